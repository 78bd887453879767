//! Read: a table of a source into the lake.
//!
//! Reads    a connector's stream        Writes   the tables of a `Work::Read` step
//!
//! Invariants
//! - Batches go from the stream to the files as they come; memory does not grow with the source.
//!
//! Not here: what a source looks like (`onefold-connect`), how files are written (`onefold-lake`).

use std::collections::HashMap;

use onefold_api::Problem;
use onefold_connect::{RawBatch, ReadReport, SourceRef, read};
use onefold_lake::{Run, StepReport, TableWriter};
use onefold_model::{Column, Output, Plan, Step, TableName, Work};

use super::fresh::{Decision, Fate};
use super::problem::{of_connect, of_lake};
use crate::live::intake::note_of;
use crate::live::rows::LiveRows;
use crate::progress::StepProgress;

/// What a read step did.
pub(super) struct ReadDone {
    /// What the lake says.
    pub(super) report: StepReport,
    /// What the connector says.
    pub(super) read: ReadReport,
}

/// Notes again, for tables that are carried over, how far they know what came in between runs.
pub(super) fn keep_notes(run: &Run, plan: &Plan, decisions: &[Decision]) {
    for (step, decision) in plan.steps.iter().zip(decisions) {
        let Work::Read { source, table } = &step.work else { continue };
        let name = note_of(&TableName::of_source(source, table));
        let noted = run.base().and_then(|base| base.notes.get(&name).cloned());
        if let (true, Some(noted)) = (decision.fate != Fate::Runs, noted) {
            run.note(&name, noted);
        }
    }
}

/// Reads the table of a step, whole.
pub(super) async fn run(
    run: &Run,
    step: &Step,
    fingerprint: &str,
    source: SourceRef,
    columns: Vec<Column>,
    lake: &std::path::Path,
    progress: &StepProgress,
) -> Result<ReadDone, Problem> {
    let name = format!("{}_{}", source.source.name.value, source.table.name.value);
    let mut writers: HashMap<String, TableWriter<'_>> = HashMap::new();
    for output in &step.writes {
        let writer = run.writer(step, output, fingerprint).map_err(of_lake)?;
        writers.insert(output.table.folded(), writer);
    }
    let table = TableName::of_source(&source.source.name.value, &source.table.name.value);
    let mut live = LiveRows::of(lake, &table, &source, &columns).await?;
    let (mut replaced, mut came_in, mut wrong) = (0, 0, 0);
    let told = progress.clone();
    let mut stream = read(source, columns, move |at| told.at(at.rows));
    while let Some(batch) = stream.next().await {
        let batch = match (batch, &mut live) {
            (RawBatch::Rows(rows), Some(live)) => {
                let before = rows.num_rows();
                let left = live.left_of(rows)?;
                replaced += (before - left.num_rows()) as u64;
                RawBatch::Rows(left)
            }
            (batch, _) => batch,
        };
        let (suffix, prefix, rows) = match batch {
            RawBatch::Rows(rows) => ("", "Raw_", rows),
            RawBatch::Corrupt(rows) => ("_Corrupt", "Raw_", rows),
            RawBatch::Link(rows) => ("_Link", "", rows),
        };
        let table = format!("{prefix}{name}{suffix}");
        if let Some(writer) = writers.get_mut(&table.to_lowercase()) {
            writer.write(rows).await.map_err(of_lake)?;
        }
    }
    // What the connector has to say comes first: a read that broke off leaves tables that look whole.
    let mut read = stream.finish().await.map_err(|error| of_connect(&format!("reading `{name}`"), error))?;
    if let Some(live) = live {
        run.note(&note_of(&table), live.last.into());
        let (good, corrupt) = live.rest()?;
        for (prefixed, rows) in
            good.into_iter().map(|rows| ("", rows)).chain(corrupt.into_iter().map(|rows| ("_Corrupt", rows)))
        {
            let count = rows.num_rows() as u64;
            if prefixed.is_empty() {
                came_in += count
            } else {
                wrong += count
            }
            if let Some(writer) = writers.get_mut(&format!("raw_{name}{prefixed}").to_lowercase()) {
                writer.write(rows).await.map_err(of_lake)?;
            }
        }
    }
    // What stands for a row of the source is read in its place.
    read.rows_read = read.rows_read + came_in + wrong - replaced;
    read.rows_kept = read.rows_kept + came_in - replaced;
    read.corrupt += wrong;
    for Output { table, .. } in &step.writes {
        if let Some(writer) = writers.remove(&table.folded()) {
            writer.close().await.map_err(of_lake)?;
        }
    }
    let report = run.finish(step).await.map_err(of_lake)?;
    Ok(ReadDone { report, read })
}
