//! Stages: what a project says, as steps. The whole product in one function.
//!
//! Reads    `Project` (what users wrote), `Catalog` (what connectors will deliver)
//! Flow     ingest ─ unify ─ relationships ─ activities ─ measures and segments (`levels`) ─ exports ─ one plan
//!
//! Invariants
//! - A stage plans, it never runs: no engine, no I/O, no clock, no randomness.
//! - Each stage sees the catalogue as the stages before it will leave it.
//! - Nobody writes down an order; it follows from what steps read and write.
//! - A wrong definition is a diagnostic; planning goes on with the rest.
//!
//! Not here: running anything (`onefold-lake`, `onefold-connect`); reading definitions (`onefold-model`).
//! To add a stage: one module with `plan(&mut Planner)`, one line in [`plan`].

mod activities;
mod board;
mod by_profile;
pub mod condition;
mod draft;
mod exports;
mod hierarchy;
mod ingest;
mod levels;
mod measures;
mod order;
mod planner;
mod relate;
mod resolved;
mod rows;
mod scope;
mod segments;
mod turns;
mod unify;

use onefold_model::{Catalog, Project};

pub use by_profile::{NUMBER, by_profile, row_by_row};
pub use draft::{Drafts, Foundation, MeasureDraft};
pub use ingest::draft::{StepDraft, TableDraft, draft_table};
pub use measures::explain::MeasureExplanation;
pub use planner::{Planned, Planner};
pub use relate::{Ending, Hop, Path};
pub use resolved::ResolvedTable;
pub use segments::draft::{PartDraft, Place, RuleDraft, SegmentDraft};
pub use segments::explain::{
    BoundsExplanation, ConditionExplanation, HoldoutExplanation, LimitExplanation, Logic, RuleExplanation,
    explain_segment,
};
pub use turns::{Nearest, Questions, Turns, questions};
pub use unify::{MergedColumn, PATCH, PATCHES, PlannedLinkage, SEMANTIC_TYPES, UNPATCHED, patchable, suggestion};

/// Everything that is to be done for a project, and everything that is wrong with it.
///
/// `known` holds, for each table of a source that could be looked at, `Raw_<Source>_<Table>` with its columns as the
/// connector delivers them, and `<Source>_<Table>_Link` where it states links. A table that is absent is planned with
/// `any` types and a note.
pub fn plan(project: &Project, known: &Catalog) -> Planned {
    let mut p = Planner::new(project, known);
    ingest::plan(&mut p);
    unify::plan(&mut p);
    relate::plan(&mut p);
    activities::plan(&mut p);
    levels::plan(&mut p);
    exports::plan(&mut p);
    p.finish()
}

#[cfg(test)]
mod tests;
