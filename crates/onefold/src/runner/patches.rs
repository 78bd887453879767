//! Patches: what programs laid over profiles and holds at the instant of a run, into the lake.
//!
//! Reads    `Live_Customer`, as `known` has found it        Writes   `CustomerPatchSent`
//!
//! Invariants
//! - A run lays over what fits the columns of Customer as that run makes them.
//!
//! Not here: how patches come in (`live::patch`), what is made of them (`onefold_stages`, `patches`).

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use onefold_api::Problem;
use onefold_lake::{Run, StepReport};
use onefold_model::Step;

use super::fresh::{PATCHED, digest};
use super::problem::of_lake;
use crate::live::patch::Patch;

/// Patches as one text that is equal for equal patches.
pub(super) fn look(patches: &[Patch]) -> String {
    let parts: Vec<String> = patches.iter().map(|patch| format!("{patch:?}")).collect();
    format!("{PATCHED}{}", digest(parts.iter().map(String::as_str)))
}

/// Writes the table.
pub(super) async fn run(run: &Run, step: &Step, fingerprint: &str, patches: &[Patch]) -> Result<StepReport, Problem> {
    for output in &step.writes {
        let mut writer = run.writer(step, output, fingerprint).map_err(of_lake)?;
        if !patches.is_empty() {
            writer.write(batch(patches)?).await.map_err(of_lake)?;
        }
        writer.close().await.map_err(of_lake)?;
    }
    run.finish(step).await.map_err(of_lake)
}

fn batch(patches: &[Patch]) -> Result<RecordBatch, Problem> {
    let text = |of: &dyn Fn(&Patch) -> Option<&str>| -> ArrayRef {
        let texts: Vec<Option<&str>> = patches.iter().map(of).collect();
        Arc::new(StringArray::from(texts))
    };
    fn owned(text: &str) -> Option<&str> {
        Some(text)
    }
    let instants = |of: &dyn Fn(&Patch) -> i64| -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from_iter_values(patches.iter().map(of)).with_timezone("UTC"))
    };
    let numbers = patches.iter().map(|patch| i64::try_from(patch.number).unwrap_or(i64::MAX));
    RecordBatch::try_from_iter_with_nullable([
        ("Number", Arc::new(Int64Array::from_iter_values(numbers)) as ArrayRef, true),
        ("SentTo", text(&|patch| owned(&patch.customer_id)), true),
        ("Column", text(&|patch| owned(&patch.column)), true),
        ("Value", text(&|patch| patch.value.as_deref()), true),
        ("By", text(&|patch| owned(&patch.by)), true),
        ("At", instants(&|patch| patch.at), true),
        ("ValidUntil", instants(&|patch| patch.until), true),
    ])
    .map_err(|error| Problem::failed(error.to_string()))
}
