//! Decisions: what people decided of pairs of records, from the state file into the lake.
//!
//! Reads    the project's state file        Writes   `MatchDecision`
//!
//! Invariants
//! - A state file is not made by being asked; without one the table is empty.
//! - Rows stand in the order of their pairs, so that equal decisions are equal tables.
//!
//! Not here: how decisions are kept (`state::decisions`), what matching makes of them (`onefold_stages::unify`).

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use jiff::Timestamp;
use onefold_api::{Problem, Verdict};
use onefold_lake::{Run, StepReport};
use onefold_model::Step;

use super::fresh::{DECIDED, digest};
use super::problem::of_lake;
use crate::state::{Decided, State, standing};

/// What is decided now, as one text that is equal for equal decisions.
pub(super) fn look(project: &Path) -> Result<String, Problem> {
    let all = decided(project)?;
    let parts: Vec<String> = standing(&all)
        .values()
        .map(|decided| format!("{:?} {} {} {}", decided.said.pair, word(decided), decided.by, decided.at))
        .collect();
    Ok(format!("{DECIDED}{}", digest(parts.iter().map(String::as_str))))
}

/// Writes the table.
pub(super) async fn run(run: &Run, step: &Step, fingerprint: &str, project: &Path) -> Result<StepReport, Problem> {
    let all = decided(project)?;
    let rows: Vec<&Decided> = standing(&all).into_values().collect();
    for output in &step.writes {
        let mut writer = run.writer(step, output, fingerprint).map_err(of_lake)?;
        if !rows.is_empty() {
            writer.write(batch(&rows)?).await.map_err(of_lake)?;
        }
        writer.close().await.map_err(of_lake)?;
    }
    run.finish(step).await.map_err(of_lake)
}

fn decided(project: &Path) -> Result<Vec<Decided>, Problem> {
    State::there(project)?.map_or_else(|| Ok(Vec::new()), |state| state.decisions())
}

fn word(decided: &Decided) -> &'static str {
    if decided.said.verdict == Verdict::Same { "same" } else { "different" }
}

fn batch(rows: &[&Decided]) -> Result<RecordBatch, Problem> {
    let text = |of: &dyn Fn(&Decided) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(|decided| of(decided))))
    };
    let at = rows.iter().map(|decided| decided.at.parse::<Timestamp>().ok().map(Timestamp::as_microsecond));
    let at: TimestampMicrosecondArray = at.collect();
    RecordBatch::try_from_iter([
        ("Table1", text(&|decided| decided.said.pair.a.table.clone())),
        ("Key1", text(&|decided| decided.said.pair.a.key.clone())),
        ("Table2", text(&|decided| decided.said.pair.b.table.clone())),
        ("Key2", text(&|decided| decided.said.pair.b.key.clone())),
        ("Decision", text(&|decided| word(decided).to_owned())),
        ("By", text(&|decided| decided.by.clone())),
        ("At", Arc::new(at.with_timezone("UTC"))),
    ])
    .map_err(|error| Problem::failed(error.to_string()))
}
