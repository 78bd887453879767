//! Runner: a plan becomes a published run.
//!
//! Flow     decide ─ begin ─ steps in the order of what they read, several at once ─ publish ─ send ─ record
//!
//! Invariants
//! - Nothing is published unless every step that had to run has run and every fact holds.
//! - Exports go out after publication, each by itself: one that fails stops neither the others nor the run.
//! - A step begins when all that write what it reads have ended; nobody writes down an order.
//!
//! Not here: which steps must run (`fresh`), how a step runs (`onefold-lake`), what a run says (`commands::run`).

pub mod deliver;
pub mod figures;
pub mod fresh;
pub mod known;
pub mod problem;
mod read;
mod schedule;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use onefold_api::{Outcome, Problem, RunAsk, RunView, SourceLine, StepState, StepView};
use onefold_connect::ReadReport;
use onefold_lake::{Published, StepReport};
use onefold_model::plan::View;
use onefold_model::sql::Piece;
use onefold_model::{Column, Plan, Step, TableName, Work};
use tokio::task::JoinSet;

use crate::opened::Opened;
use crate::progress::Progress;
use fresh::{Asked, Decision, Fate};
use problem::of_lake;

/// What a step that ran has to say.
#[derive(Debug, Default)]
pub struct StepDone {
    /// What the lake says.
    pub report: StepReport,
    /// What the connector says, when it was a read.
    pub read: Option<ReadReport>,
    /// How long it took.
    pub seconds: f64,
}

/// All there is to know before the first step runs.
pub struct Decided {
    /// The instant of the run.
    pub now: Timestamp,
    /// What is to be done with each step, in the order of the plan.
    pub decisions: Vec<Decision>,
    /// The run that readers see now.
    pub published: Option<Arc<Published>>,
}

/// Decides what must run.
///
/// # Errors
/// Words of `--only` or `--now` that mean nothing.
pub fn decide(opened: &Opened, ask: &RunAsk) -> Result<Decided, Problem> {
    let now = instant(ask.now.as_deref(), opened.zone())?;
    let plan = &opened.planned.plan;
    let asked = Asked::new(plan, &ask.only, ask.force)?;
    let published = opened.published.clone();
    let looks = known::looks(&opened.project, plan, published.as_deref());
    let sent = deliver::sent(&opened.project)?;
    let decisions = fresh::decide(&opened.project, plan, published.as_deref(), &looks, now, &asked, &sent);
    Ok(Decided { now, decisions, published })
}

/// Runs what must run, publishes it, and sends what is to be sent.
///
/// # Errors
/// A step that fails or a fact that does not hold: nothing is published then. A failed export is no error here, it
/// is the outcome.
pub async fn run(opened: &Opened, ask: &RunAsk, progress: &Progress) -> Result<RunView, Problem> {
    let (started, clock) = (Timestamp::now(), Instant::now());
    let Decided { now, decisions, published } = decide(opened, ask)?;
    let plan = &opened.planned.plan;
    let views = views_over(plan, &decisions, published.as_deref());
    let mut done: HashMap<usize, StepDone> = HashMap::new();
    let idle = published.as_ref().is_some_and(|published| is_idle(plan, &decisions, published, &views));
    let now_published = match (idle, published.clone()) {
        (true, Some(published)) => published,
        _ => publish(opened, ask, now, &decisions, &views, progress, &mut done).await?,
    };
    let exports = tokio::select! {
        exports = deliver::all(opened, &now_published, now, &decisions, progress) => exports?,
        () = stop_asked_for() => {
            return Err(Problem::failed("exports were stopped; the run itself is published").hint("run again to send them"));
        }
    };
    let mut view = RunView {
        run: now_published.run_id.clone(),
        outcome: Outcome::Completed,
        now: now.to_string(),
        started: started.to_string(),
        seconds: 0.0,
        steps: step_views(plan, &decisions, &done),
        sources: source_lines(opened, plan, &done, &now_published),
        unify: figures::unify(opened, &now_published).await?,
        segments: figures::segments(opened, &now_published, published.as_deref()).await?,
        exports,
        warnings: warnings(plan, &done),
    };
    view.outcome = outcome(&view);
    view.seconds = clock.elapsed().as_secs_f64();
    // A run that left the lake as it is leaves the record of the one that made it, too.
    if !idle {
        record(opened, &view)?;
    }
    Ok(view)
}

/// Runs the steps and publishes what they wrote; a signal or an error leaves nothing behind.
async fn publish(
    opened: &Opened,
    ask: &RunAsk,
    now: Timestamp,
    decisions: &[Decision],
    views: &[View],
    progress: &Progress,
    done: &mut HashMap<usize, StepDone>,
) -> Result<Arc<Published>, Problem> {
    let plan = &opened.planned.plan;
    let lake = opened.lake().await?;
    let run = Arc::new(lake.begin(now, promised(plan)).await.map_err(of_lake)?);
    let mut working = JoinSet::new();
    let outcome = tokio::select! {
        outcome = schedule::steps(opened, ask, &run, decisions, progress, &mut working, done) => outcome,
        () = stop_asked_for() => {
            Err(Problem::failed("the run was stopped; nothing of it is published").hint("run again when you like"))
        }
    };
    // Steps that are still at work are stopped, so that nobody else holds the run.
    working.shutdown().await;
    let run = Arc::into_inner(run).ok_or_else(|| Problem::failed("a step is still at work; the run is given up"))?;
    if let Err(problem) = outcome {
        run.abandon().map_err(of_lake)?;
        return Err(problem);
    }
    run.note(fresh::MARKS, marks(plan, decisions));
    run.publish(views).await.map_err(of_lake)
}

/// Ends when the process is asked to stop.
async fn stop_asked_for() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminated) => {
                tokio::select! { _ = interrupted => {}, _ = terminated.recv() => {} }
            }
            Err(_) => drop(interrupted.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupted.await);
}

/// The columns of tables that steps look at as they were before, for the first run.
fn promised(plan: &Plan) -> HashMap<TableName, Vec<Column>> {
    let outputs = plan.steps.iter().flat_map(|step| &step.writes);
    outputs.map(|output| (output.table.clone(), output.columns.clone())).collect()
}

fn marks(plan: &Plan, decisions: &[Decision]) -> serde_json::Value {
    let marks: BTreeMap<&str, &fresh::Mark> = plan
        .steps
        .iter()
        .zip(decisions)
        // What was sent is in the ledger, which knows whether it arrived.
        .filter(|(step, _)| !matches!(step.work, Work::Send { .. }))
        .filter(|(_, decision)| !decision.mark.fingerprint.is_empty())
        .map(|(step, decision)| (step.name.as_str(), &decision.mark))
        .collect();
    serde_json::to_value(marks).expect("marks are texts and numbers")
}

/// The views whose tables will all be there; under `--only` on a first run some are not.
fn views_over(plan: &Plan, decisions: &[Decision], published: Option<&Published>) -> Vec<View> {
    let mut there: Vec<String> = Vec::new();
    for (step, decision) in plan.steps.iter().zip(decisions) {
        for output in &step.writes {
            let folded = output.table.folded();
            if decision.fate == Fate::Runs || published.is_some_and(|published| published.table(&folded).is_some()) {
                there.push(folded);
            }
        }
    }
    let mut views = Vec::new();
    for view in &plan.views {
        let needs = view.sql.pieces().iter().filter_map(|piece| match piece {
            Piece::Table(name) => Some(name.folded()),
            _ => None,
        });
        if needs.into_iter().all(|name| there.contains(&name)) {
            there.push(view.name.folded());
            views.push(view.clone());
        }
    }
    views
}

/// Whether a run would leave the lake as it is.
fn is_idle(plan: &Plan, decisions: &[Decision], published: &Published, views: &[View]) -> bool {
    let sends = |step: &Step| matches!(step.work, Work::Send { .. });
    let runs = plan.steps.iter().zip(decisions).any(|(step, d)| d.fate == Fate::Runs && !sends(step));
    let gone = published.tables.values().any(|table| plan.writer(&table.name).is_none());
    !runs && !gone && published.views == views
}

fn step_views(plan: &Plan, decisions: &[Decision], done: &HashMap<usize, StepDone>) -> Vec<StepView> {
    let mut views = Vec::new();
    for (at, (step, decision)) in plan.steps.iter().zip(decisions).enumerate() {
        // Exports have lines of their own.
        if matches!(step.work, Work::Send { .. }) {
            continue;
        }
        let done = done.get(&at);
        let state = match decision.fate {
            Fate::Runs => StepState::Done,
            Fate::Unchanged => StepState::Unchanged,
            Fate::NotAsked => StepState::NotAsked,
        };
        let rows_in = done.map(|done| match &done.read {
            Some(read) => read.rows_read,
            None => done.report.rows_in.values().sum(),
        });
        views.push(StepView {
            name: step.name.clone(),
            stage: step.stage.word().to_owned(),
            state,
            cause: decision.cause.clone(),
            rows_in,
            rows_out: done.map_or(0, |done| done.report.rows_out.values().sum()),
            warnings: done
                .map_or(0, |done| done.report.broken.len() + done.read.as_ref().map_or(0, |read| read.warnings.len())),
            seconds: done.map_or(0.0, |done| done.seconds),
        });
    }
    views
}

/// What became of the rows of the sources that were read in this run.
fn source_lines(
    opened: &Opened,
    plan: &Plan,
    done: &HashMap<usize, StepDone>,
    published: &Published,
) -> Vec<SourceLine> {
    let mut lines = Vec::new();
    for (at, step) in plan.steps.iter().enumerate() {
        let (Work::Read { source, table }, Some(done)) = (&step.work, done.get(&at)) else { continue };
        let Some(read) = &done.read else { continue };
        let name = TableName::of_source(source, table);
        lines.push(figures::source_line(opened, published, &name, source, table, read));
    }
    lines
}

fn warnings(plan: &Plan, done: &HashMap<usize, StepDone>) -> Vec<String> {
    let mut all = Vec::new();
    for (at, step) in plan.steps.iter().enumerate() {
        let Some(done) = done.get(&at) else { continue };
        for broken in &done.report.broken {
            let rows = crate::output::count(broken.count, "row");
            all.push(format!("{}: {rows} against: {}", step.name, broken.fact));
        }
        let said = done.read.iter().flat_map(|read| &read.warnings);
        all.extend(said.map(|warning| format!("{}: {warning}", step.name)));
    }
    all
}

fn outcome(view: &RunView) -> Outcome {
    let rows = view.sources.iter().any(|line| line.corrupt > 0 || line.repeated > 0);
    if view.exports.iter().any(|sent| sent.state == "failed") {
        Outcome::ExportFailed
    } else if rows || !view.warnings.is_empty() {
        Outcome::CompletedWithWarnings
    } else {
        Outcome::Completed
    }
}

/// Leaves the record of the run in its folder of the lake.
fn record(opened: &Opened, view: &RunView) -> Result<(), Problem> {
    let folder = opened.lake_folder().join("_runs").join(&view.run);
    let path = folder.join("record.json");
    let text = serde_json::to_string_pretty(view).expect("the record is plain data");
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&path, text))
        .map_err(|error| Problem::failed(format!("cannot write `{}`: {error}", path.display())))
}

/// The instant of a run: RFC 3339, or a day or local time in the project's time zone; the clock's when absent.
///
/// # Errors
/// A text that is no time.
pub fn instant(text: Option<&str>, zone: &str) -> Result<Timestamp, Problem> {
    let Some(text) = text else { return Ok(micros(Timestamp::now())) };
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(micros(instant));
    }
    let local = text
        .parse::<jiff::civil::DateTime>()
        .or_else(|_| text.parse::<jiff::civil::Date>().map(|day| day.at(0, 0, 0, 0)));
    let wrong = || {
        Problem::refused(format!("`--now {text}` is no time"))
            .hint("write an instant, `2026-11-01T06:00:00Z`, or a day, `2026-11-01`")
    };
    let zoned = local.map_err(|_| wrong())?.in_tz(zone).map_err(|_| wrong())?;
    Ok(micros(zoned.timestamp()))
}

/// The lake keeps microseconds; what `now()` stands for must not have more.
fn micros(instant: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(instant.as_microsecond()).unwrap_or(instant)
}
