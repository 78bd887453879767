//! Decisions: what people decided of pairs of records, as a table.
//!
//! Reads    nothing; the runner brings the rows from the project's state file
//! Writes   `MatchDecision`
//!
//! Invariants
//! - Planned whether or not anything was decided: what follows reads the table, empty or not.
//! - A pair is there once, with what counts now; who is unsure decides nothing.

use onefold_model::plan::Stage;
use onefold_model::{DataType, Output, TableName, Work};

use super::{because, columns};
use crate::Planner;
use crate::planner::step;

/// What people decided.
pub(super) fn decisions() -> TableName {
    TableName::from("MatchDecision")
}

/// Plans the table.
pub(super) fn plan(p: &mut Planner<'_>) {
    let text = DataType::Text;
    let written = columns([
        ("Table1", text),
        ("Key1", text),
        ("Table2", text),
        ("Key2", text),
        ("Decision", text),
        ("By", text),
        ("At", DataType::DateTime),
    ]);
    let out = vec![Output::published(decisions(), written)];
    p.step(step("unify.decisions", Stage::Unify, &because(), out, Work::Decisions));
}
