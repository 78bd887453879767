//! Schedule: steps at work, several at once, each when what it reads is there.
//!
//! Invariants
//! - The first problem ends it; whoever holds the set of working steps then stops those that are left.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Instant;

use onefold_api::{Problem, RunAsk, RunEvent};
use onefold_lake::Run;
use onefold_model::{Plan, Work};
use tokio::task::JoinSet;

use super::fresh::{Decision, Fate};
use super::problem::of_lake;
use super::{Going, StepDone, decisions, extent, known, patches, read};
use crate::opened::Opened;
use crate::progress::Progress;

/// Steps at work: each ends with its number, how long it took, and what it has to say.
pub(super) type Working = JoinSet<(usize, f64, Result<StepDone, Problem>)>;

/// Carries over what is unchanged and runs the rest; what steps have to say goes into `going`.
pub(super) async fn steps(
    opened: &Opened,
    ask: &RunAsk,
    run: &Arc<Run>,
    decisions: &[Decision],
    progress: &Progress,
    working: &mut Working,
    going: &mut Going,
) -> Result<(), Problem> {
    let plan = &opened.planned.plan;
    for (step, decision) in plan.steps.iter().zip(decisions) {
        if decision.fate != Fate::Runs {
            for output in &step.writes {
                run.keep(&output.table).map_err(of_lake)?;
            }
        }
    }
    let mut waits = waits(plan, decisions);
    let most = ask.threads.unwrap_or_else(threads).max(1);
    loop {
        while working.len() < most {
            let Some(at) = waits.iter().find(|(_, on)| on.is_empty()).map(|(&at, _)| at) else { break };
            waits.remove(&at);
            start(opened, run, at, &decisions[at], progress, working);
        }
        match working.join_next().await {
            None => break,
            Some(Ok((at, seconds, ended))) => {
                progress.say(ended_event(&plan.steps[at].name, seconds, &ended));
                match ended {
                    Ok(step) => {
                        waits.values_mut().for_each(|on| _ = on.remove(&at));
                        going.done.insert(at, step);
                    }
                    Err(problem) => {
                        going.failed = Some((at, seconds));
                        return Err(problem);
                    }
                }
            }
            Some(Err(fault)) => return Err(Problem::failed(format!("a step ended by a fault in Onefold: {fault}"))),
        }
    }
    debug_assert!(waits.is_empty(), "the plan has no circles");
    Ok(())
}

/// How many threads this machine runs at once.
pub(super) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// For each step that runs, the steps that run and write what it reads.
fn waits(plan: &Plan, decisions: &[Decision]) -> BTreeMap<usize, BTreeSet<usize>> {
    let runs = |at: usize| decisions[at].fate == Fate::Runs && !matches!(plan.steps[at].work, Work::Send { .. });
    let mut writers: HashMap<String, usize> = HashMap::new();
    for at in (0..plan.steps.len()).filter(|&at| runs(at)) {
        writers.extend(plan.steps[at].writes.iter().map(|output| (output.table.folded(), at)));
    }
    (0..plan.steps.len())
        .filter(|&at| runs(at))
        .map(|at| {
            let reads = plan.steps[at].reads.iter().filter_map(|table| writers.get(&table.folded()).copied());
            (at, reads.filter(|&writer| writer != at).collect())
        })
        .collect()
}

fn start(opened: &Opened, run: &Arc<Run>, at: usize, decision: &Decision, progress: &Progress, working: &mut Working) {
    let step = opened.planned.plan.steps[at].clone();
    let fingerprint = decision.mark.fingerprint.clone();
    let extent = decision.extent.clone();
    let profiles =
        opened.published.as_ref().and_then(|published| published.table("Customer")).map_or(0, |it| it.rows());
    let line = progress.step(&step.name);
    let run = run.clone();
    let source = match &step.work {
        Work::Read { source, table } => known::find(&opened.project, source, table).map(|(source, table)| {
            let asked = known::source_ref(&opened.project, source, table, opened.published.as_deref());
            let raw = known::raw_name(source, table);
            let columns = opened.known.catalog.get(raw.as_str()).map(|table| table.columns.clone()).unwrap_or_default();
            (asked, columns)
        }),
        _ => None,
    };
    let lake = opened.lake_folder();
    let decided = matches!(step.work, Work::Decisions).then(|| opened.project.root.clone());
    let laid = matches!(step.work, Work::Patches).then(|| opened.known.patches.clone());
    progress.say(RunEvent::StepStarted { step: step.name.clone() });
    working.spawn(async move {
        let clock = Instant::now();
        tracing::debug!(step = step.name, "begins");
        let work = async {
            let (report, read) = match (source, decided) {
                (Some((source, columns)), _) => {
                    let done = read::run(&run, &step, &fingerprint, source, columns, &lake, &extent, &line).await?;
                    (done.report, Some(done.read))
                }
                _ if laid.is_some() => {
                    (patches::run(&run, &step, &fingerprint, &laid.unwrap_or_default()).await?, None)
                }
                (None, Some(project)) => (decisions::run(&run, &step, &fingerprint, &project).await?, None),
                (None, None) => {
                    let line = line.clone();
                    let told = Arc::new(move |rows| line.rows(rows));
                    (extent::run(&run, &step, &fingerprint, &extent, profiles, told).await?, None)
                }
            };
            Ok(StepDone { report, read, seconds: clock.elapsed().as_secs_f64() })
        };
        let ended = work.await;
        let seconds = clock.elapsed().as_secs_f64();
        tracing::debug!(step = step.name, seconds, "ends");
        (at, seconds, ended)
    });
}

fn ended_event(step: &str, seconds: f64, ended: &Result<StepDone, Problem>) -> RunEvent {
    let step = step.to_owned();
    match ended {
        Ok(done) => {
            RunEvent::StepEnded { step, rows_in: Some(done.rows_in()), rows_out: done.rows_out(), seconds, error: None }
        }
        Err(problem) => {
            RunEvent::StepEnded { step, rows_in: None, rows_out: 0, seconds, error: Some(problem.message.clone()) }
        }
    }
}
