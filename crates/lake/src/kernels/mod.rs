//! Kernels: the algorithms of `onefold-kernels`, given rows and giving rows.
//!
//! Flow     inputs gathered one after the other ─ one call, on a thread of its own ─ outputs landed
//!
//! Not here: what the algorithms do; the columns they take and give are told at `onefold_model::plan::Kernel`.
//!
//! To add a kernel: one arm of [`run`] and a file beside this one.

mod assign_ids;
mod deduplicate;
mod link;
mod matching;
mod membership;

use arrow::array::RecordBatch;
use onefold_kernels::frame::TextColumn;
use onefold_kernels::rule::{Exception, RuleCounts};
use onefold_model::plan::{self, Kernel};
use onefold_model::{Output, Sql};

use crate::frames::{self, Frame};
use crate::land::Landing;
use crate::{LakeError, Result};

/// Runs a kernel on the rows of its inputs, and writes the tables it gives.
pub(crate) async fn run(work: &Landing<'_>, kernel: &Kernel, inputs: &[Sql]) -> Result<()> {
    let frames = match kernel {
        // These choose what they read.
        Kernel::Link { .. } | Kernel::Moves => Vec::new(),
        _ => gathered(work, inputs).await?,
    };
    let outputs = match kernel {
        Kernel::Deduplicate { rules } => deduplicate::run(work, rules, frames).await?,
        Kernel::Match { tables, rules } => matching::run(work, tables, rules, frames).await?,
        Kernel::Link { tables, model } => link::run(work, tables, model, inputs).await?,
        Kernel::AssignIds => assign_ids::run(work, frames).await?,
        Kernel::Membership { segments } => membership::run(work, segments, frames).await?,
        Kernel::Moves => return membership::note(work, inputs).await,
    };
    if outputs.len() != work.step.writes.len() {
        let why =
            format!("the kernel gives {} tables, and {} are to be written", outputs.len(), work.step.writes.len());
        return Err(LakeError::step(&work.step.name, why));
    }
    for (output, rows) in work.step.writes.iter().zip(outputs) {
        land(work, output, rows).await?;
    }
    Ok(())
}

async fn gathered(work: &Landing<'_>, inputs: &[Sql]) -> Result<Vec<Frame>> {
    let mut frames = Vec::new();
    for (number, input) in inputs.iter().enumerate() {
        frames.push(Frame::gather(work, number, input).await?);
    }
    Ok(frames)
}

type Rows = Vec<RecordBatch>;

async fn land(work: &Landing<'_>, output: &Output, rows: Rows) -> Result<()> {
    let query = work.run.inner.session.context().read_batches(rows);
    work.land(output, query.map_err(|error| LakeError::engine(&work.step.name, &error))?).await
}

/// Calls an algorithm where it does not keep other tasks from running, on as many threads as the run may have.
async fn apart<T: Send + 'static>(work: &Landing<'_>, algorithm: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let threads = work.run.inner.options.threads;
    let done = tokio::task::spawn_blocking(move || onefold_kernels::on_threads(threads, algorithm)).await;
    done.map_err(|error| LakeError::step(&work.step.name, format!("the kernel broke off: {error}")))
}

/// The inputs by number, so many of them.
fn inputs<const N: usize>(work: &Landing<'_>, frames: Vec<Frame>) -> Result<[Frame; N]> {
    let given = frames.len();
    frames
        .try_into()
        .map_err(|_| LakeError::step(&work.step.name, format!("the kernel takes {N} inputs and was given {given}")))
}

/// When exceptions hold, in the kernels' words.
fn exceptions(planned: &[plan::Exception]) -> Vec<Exception> {
    planned.iter().map(|planned| Exception { at_least: planned.at_least, differs: planned.differs }).collect()
}

/// What was counted of rules, as rows.
fn counts(rules: &[&str], counted: &[RuleCounts]) -> Result<Rows> {
    let mut all: Vec<(&str, Option<i64>, &str, u64)> = Vec::new();
    for (rule, counted) in rules.iter().zip(counted) {
        all.push((rule, None, "pairs that meet it", counted.met));
        all.push((rule, None, "pairs excepted", counted.excepted));
        all.push((rule, None, "pairs not compared", counted.skipped));
        let conditions = (1..).zip(&counted.conditions);
        all.extend(conditions.map(|(number, pairs)| (*rule, Some(number), "pairs that meet it", *pairs)));
    }
    frames::batches(all.len(), |rows| {
        let all = || all[rows.clone()].iter();
        vec![
            ("Rule", frames::text(all().map(|row| Some(row.0)))),
            ("Condition", frames::integer(all().map(|row| row.1))),
            ("Name", frames::text(all().map(|row| Some(row.2)))),
            ("Value", frames::number(all().map(|row| Some(row.3 as f64)))),
        ]
    })
}

fn conditions(frame: &mut Frame, prefix: &str, rule: usize, count: usize) -> Result<Vec<TextColumn>> {
    (0..count).map(|condition| frame.text(&format!("{prefix}{rule}_c{condition}"))).collect()
}
