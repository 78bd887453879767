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
use onefold_model::{Column, Output, Step};

use super::problem::{of_connect, of_lake};
use crate::progress::StepProgress;

/// What a read step did.
pub(super) struct ReadDone {
    /// What the lake says.
    pub(super) report: StepReport,
    /// What the connector says.
    pub(super) read: ReadReport,
}

/// Reads the table of a step, whole.
pub(super) async fn run(
    run: &Run,
    step: &Step,
    fingerprint: &str,
    source: SourceRef,
    columns: Vec<Column>,
    progress: &StepProgress,
) -> Result<ReadDone, Problem> {
    let name = format!("{}_{}", source.source.name.value, source.table.name.value);
    let mut writers: HashMap<String, TableWriter<'_>> = HashMap::new();
    for output in &step.writes {
        let writer = run.writer(step, output, fingerprint).map_err(of_lake)?;
        writers.insert(output.table.folded(), writer);
    }
    let told = progress.clone();
    let mut stream = read(source, columns, move |at| told.at(at.rows));
    while let Some(batch) = stream.next().await {
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
    let read = stream.finish().await.map_err(|error| of_connect(&format!("reading `{name}`"), error))?;
    for Output { table, .. } in &step.writes {
        if let Some(writer) = writers.remove(&table.folded()) {
            writer.close().await.map_err(of_lake)?;
        }
    }
    let report = run.finish(step).await.map_err(of_lake)?;
    Ok(ReadDone { report, read })
}
