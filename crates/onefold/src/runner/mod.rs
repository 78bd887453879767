//! Runner: a plan becomes a published run.
//!
//! Flow     decide ─ begin ─ steps in the order of what they read, several at once ─ publish ─ send ─ record, history
//!
//! Invariants
//! - Nothing is published unless every step that had to run has run and every fact holds.
//! - Exports go out after publication, each by itself: one that fails stops neither the others nor the run.
//! - A step begins when all that write what it reads have ended; nobody writes down an order.
//! - However a run ends, the history has it, with the reason and who asked for it.
//!
//! Not here: which steps must run (`fresh`), how a step runs (`onefold-lake`), what a run says (`commands::run`).

mod addition;
mod decisions;
pub mod deliver;
mod expect;
mod extent;
pub mod figures;
pub mod fresh;
pub mod history;
pub mod known;
mod patches;
pub mod problem;
mod read;
mod schedule;
pub mod trial;
pub(crate) mod turns;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use onefold_api::{Outcome, Problem, RunAsk, RunEvent, RunView, SentView, SourceLine, StepState, StepView, Watch};
use onefold_connect::ReadReport;
use onefold_lake::{Lake, LakeError, Published, Run, StepReport};
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

impl StepDone {
    /// Rows it read.
    fn rows_in(&self) -> u64 {
        match &self.read {
            Some(read) => read.rows_read,
            None => self.report.rows_in.values().sum(),
        }
    }
    /// Rows it wrote.
    fn rows_out(&self) -> u64 {
        self.report.rows_out.values().sum()
    }
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
    decide_for(opened, ask, &Asked::new(&opened.planned.plan, &ask.only, ask.force)?)
}

/// The same, where what is asked for has been found.
fn decide_for(opened: &Opened, ask: &RunAsk, asked: &Asked) -> Result<Decided, Problem> {
    let now = instant(ask.now.as_deref(), opened.zone())?;
    let plan = &opened.planned.plan;
    let published = opened.published.clone();
    let looks = known::looks(&opened.project, plan, published.as_deref(), &opened.known.patches)?;
    let sent = deliver::sent(&opened.project)?;
    let decisions = fresh::decide(&opened.project, plan, published.as_deref(), &looks, now, asked, &sent);
    Ok(Decided { now, decisions, published })
}

/// Runs what must run, publishes it, and sends what is to be sent; `by` is who asked for it. However it ends, the
/// history has it.
///
/// # Errors
/// A step that fails, a fact that does not hold, or somebody who stops it: nothing is published then. A failed export
/// is no error here, it is the outcome.
pub async fn run(
    opened: &Opened,
    ask: &RunAsk,
    progress: &Progress,
    by: &str,
    watch: Arc<dyn Watch>,
) -> Result<RunView, Problem> {
    let (started, clock) = (Timestamp::now(), Instant::now());
    let decided = decide(opened, ask)?;
    let progress = progress.watched(&watch);
    progress.say(RunEvent::Planned { steps: to_run(&opened.planned.plan, &decided.decisions) });
    let stop = Stop { watch: &*watch, asked: AtomicBool::new(false) };
    let mut going = Going::default();
    let ended = work(opened, ask, &decided, &progress, &stop, &mut going).await;
    let mut view = blank(by, decided.now, started);
    view.seconds = clock.elapsed().as_secs_f64();
    view.steps = step_views(&opened.planned.plan, &decided.decisions, &going);
    view.warnings = warnings(&opened.planned.plan, &going.done);
    let problem = match ended {
        Ok(Ended { published, idle, exports }) => {
            let before = decided.published.as_deref();
            view.run.clone_from(&published.run_id);
            view.sources = source_lines(opened, &opened.planned.plan, &going.done, &published);
            view.unify = figures::unify(opened, &published).await?;
            view.segments = figures::segments(opened, &published, before).await?;
            let problem = match exports {
                Ok(exports) => {
                    view.warnings.extend(exports.iter().filter(|sent| sent.state == "stopped").map(not_sent));
                    view.exports = exports;
                    view.outcome = outcome(&view);
                    None
                }
                Err(problem) => {
                    view.outcome = Outcome::ExportFailed;
                    Some(problem)
                }
            };
            explain_end(&mut view, problem.as_ref());
            view.seconds = clock.elapsed().as_secs_f64();
            // A run that left the lake as it is leaves the record of the one that made it, too.
            if !idle {
                record(opened, &view)?;
            }
            history::note(&opened.project.root, &view, idle);
            problem
        }
        Err(problem) => {
            if stop.asked.load(Ordering::Relaxed) {
                view.outcome = Outcome::Canceled;
            }
            explain_end(&mut view, Some(&problem));
            history::note(&opened.project.root, &view, false);
            Some(problem)
        }
    };
    problem.map_or(Ok(view), Err)
}

/// Notes in the history a run that could not begin.
pub fn did_not_begin(project: &Path, by: &str, problem: &Problem) {
    let now = Timestamp::now();
    let mut view = blank(by, now, now);
    explain_end(&mut view, Some(problem));
    history::note(project, &view, false);
}

/// The record of a run that did nothing yet.
fn blank(by: &str, now: Timestamp, started: Timestamp) -> RunView {
    RunView {
        run: String::new(),
        outcome: Outcome::Failed,
        by: by.to_owned(),
        now: now.to_string(),
        started: started.to_string(),
        seconds: 0.0,
        steps: Vec::new(),
        sources: Vec::new(),
        unify: None,
        segments: Vec::new(),
        exports: Vec::new(),
        warnings: Vec::new(),
        message: None,
        hint: None,
    }
}

fn explain_end(view: &mut RunView, problem: Option<&Problem>) {
    view.message = problem.map(|problem| problem.message.clone());
    view.hint = problem.and_then(|problem| problem.hint.clone());
}

/// How far a run is.
#[derive(Debug, Default)]
struct Going {
    done: HashMap<usize, StepDone>,
    /// The step that failed, and how long it took.
    failed: Option<(usize, f64)>,
}

/// What a run came to.
struct Ended {
    published: Arc<Published>,
    /// Whether the lake is as it was.
    idle: bool,
    exports: Result<Vec<SentView>, Problem>,
}

/// Whoever may stop a run: whoever looks on, and the signals of the machine.
struct Stop<'a> {
    watch: &'a dyn Watch,
    asked: AtomicBool,
}

impl Stop<'_> {
    /// Ends when the run is to be stopped.
    async fn asked_for(&self) {
        tokio::select! { () = signal_to_stop() => {} () = self.watch.stopped() => {} }
        self.asked.store(true, Ordering::Relaxed);
    }
}

async fn work(
    opened: &Opened,
    ask: &RunAsk,
    decided: &Decided,
    progress: &Progress,
    stop: &Stop<'_>,
    going: &mut Going,
) -> Result<Ended, Problem> {
    let Decided { now, decisions, published } = decided;
    let plan = &opened.planned.plan;
    let views = views_over(plan, decisions, published.as_deref());
    let idle = published.as_ref().is_some_and(|published| is_idle(plan, decisions, published, &views, *now));
    let published = match (idle, published.clone()) {
        (true, Some(published)) => published,
        _ => {
            let published = publish(opened, ask, decided, &views, progress, stop, going).await?;
            progress.say(RunEvent::Published { run: published.run_id.clone() });
            published
        }
    };
    let exports = tokio::select! {
        exports = deliver::all(opened, &published, *now, decisions, progress) => exports,
        () = stop.asked_for() => Err(Problem::failed("exports were stopped; the run itself is published")
            .hint("run again to send them")),
    };
    Ok(Ended { published, idle, exports })
}

/// Runs the steps and publishes what they wrote; a signal or an error leaves nothing behind.
async fn publish(
    opened: &Opened,
    ask: &RunAsk,
    decided: &Decided,
    views: &[View],
    progress: &Progress,
    stop: &Stop<'_>,
    going: &mut Going,
) -> Result<Arc<Published>, Problem> {
    let plan = &opened.planned.plan;
    let lake = opened.lake().await?;
    let run = Arc::new(begin(lake, decided.now, promised(plan)).await?);
    let mut working = JoinSet::new();
    let outcome = tokio::select! {
        outcome = schedule::steps(opened, ask, &run, &decided.decisions, progress, &mut working, going) => outcome,
        () = stop.asked_for() => {
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
    let turned = turns::found(&run, &opened.planned, &decided.decisions, &opened.project.settings.time_zone).await;
    run.note(fresh::MARKS, marks(plan, &decided.decisions, turned));
    read::keep_notes(&run, plan, &decided.decisions);
    run.publish(views).await.map_err(of_lake)
}

/// Begins a run. Whoever opens a lake holds its lease for a moment, so one more try is made before it is another run's.
async fn begin(lake: &Lake, now: Timestamp, promised: HashMap<TableName, Vec<Column>>) -> Result<Run, Problem> {
    for _ in 0..10 {
        match lake.begin(now, promised.clone()).await {
            Err(LakeError::Busy { .. }) => tokio::time::sleep(Duration::from_millis(100)).await,
            begun => return begun.map_err(of_lake),
        }
    }
    lake.begin(now, promised).await.map_err(|error| match error {
        LakeError::Busy { .. } => Problem::refused("another run of this project is under way")
            .hint("wait until it has ended, or stop it, then run again"),
        error => of_lake(error),
    })
}

/// Ends when the process is asked to stop.
pub(crate) async fn signal_to_stop() {
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

/// The steps that run, with their stages, in the order of the plan; what is sent comes last.
fn to_run(plan: &Plan, decisions: &[Decision]) -> Vec<(String, String)> {
    let runs = plan.steps.iter().zip(decisions).filter(|(_, decision)| decision.fate == Fate::Runs);
    runs.map(|(step, _)| (step.name.clone(), step.stage.word().to_owned())).collect()
}

/// The columns of tables that steps look at as they were before, for the first run.
fn promised(plan: &Plan) -> HashMap<TableName, Vec<Column>> {
    let outputs = plan.steps.iter().flat_map(|step| &step.writes);
    outputs.map(|output| (output.table.clone(), output.columns.clone())).collect()
}

fn marks(plan: &Plan, decisions: &[Decision], mut turned: HashMap<String, turns::Turned>) -> serde_json::Value {
    let marks: BTreeMap<&str, fresh::Mark> = plan
        .steps
        .iter()
        .zip(decisions)
        // What was sent is in the ledger, which knows whether it arrived.
        .filter(|(step, _)| !matches!(step.work, Work::Send { .. }))
        .filter(|(_, decision)| !decision.mark.fingerprint.is_empty())
        .map(|(step, decision)| {
            let found = turned.remove(&step.name).or_else(|| decision.mark.turned.clone());
            (step.name.as_str(), fresh::Mark { turned: found, ..decision.mark.clone() })
        })
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
fn is_idle(plan: &Plan, decisions: &[Decision], published: &Published, views: &[View], now: Timestamp) -> bool {
    let sends = |step: &Step| matches!(step.work, Work::Send { .. });
    let runs = plan.steps.iter().zip(decisions).any(|(step, d)| d.fate == Fate::Runs && !sends(step));
    let gone = published.tables.values().any(|table| plan.writer(&table.name).is_none());
    // A view that asks the time is of the instant of the run.
    let moved = published.at != now && views.iter().any(|view| view.sql.uses_now());
    !runs && !gone && !moved && published.views == views
}

/// What became of each step; those that a failure kept from beginning are not there.
fn step_views(plan: &Plan, decisions: &[Decision], going: &Going) -> Vec<StepView> {
    let mut views = Vec::new();
    for (at, (step, decision)) in plan.steps.iter().zip(decisions).enumerate() {
        // Exports have lines of their own.
        if matches!(step.work, Work::Send { .. }) {
            continue;
        }
        let done = going.done.get(&at);
        let failed = going.failed.filter(|(failed, _)| *failed == at);
        let state = match decision.fate {
            Fate::Runs if done.is_some() => StepState::Done,
            Fate::Runs if failed.is_some() => StepState::Failed,
            Fate::Runs => continue,
            Fate::Unchanged => StepState::Unchanged,
            Fate::NotAsked => StepState::NotAsked,
        };
        let rows_in = done.map(StepDone::rows_in);
        views.push(StepView {
            name: step.name.clone(),
            stage: step.stage.word().to_owned(),
            state,
            cause: decision.cause.clone(),
            rows_in,
            rows_out: done.map_or(0, StepDone::rows_out),
            warnings: done
                .map_or(0, |done| done.report.broken.len() + done.read.as_ref().map_or(0, |read| read.warnings.len())),
            seconds: done.map(|done| done.seconds).or(failed.map(|(_, seconds)| seconds)).unwrap_or(0.0),
            said: done.and_then(|done| done.report.said.clone()),
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

/// Says that a segment was not sent.
fn not_sent(sent: &SentView) -> String {
    format!("export `{}`: `{}` was not sent: {}", sent.export, sent.item, sent.detail)
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
