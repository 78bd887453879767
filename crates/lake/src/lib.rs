//! Lake: the only room that knows the engine. Runs steps on DataFusion, keeps tables as Delta.
//!
//! Reads    plans (`onefold-model`), the files of the lake's folder
//! Writes   `<lake>/<Table>/` (Parquet and a Delta log), `<lake>/_internal/<Table>/` (Parquet), `<lake>/_runs/`
//! Flow     [`Lake::open`] ─ [`Lake::begin`] ─ [`Run::step`], [`Run::writer`], [`Run::keep`] ─ [`Run::publish`]
//!
//! Invariants
//! - A run publishes all or nothing; what counts as published is decided by two files, see `publish.rs`.
//! - Readers open exactly the files that the published run names; folders are never listed to find rows.
//! - One writer, by lease; readers need none.
//!
//! Not here: what a profile, a segment or a measure is; connectors; the order of steps.
//!
//! To add a kernel: one arm in `kernels.rs`. To add a SQL function: one file and one line in `functions/`.

mod error;
mod manifest;
mod options;
mod query;
mod run;
mod store;

pub use error::LakeError;
pub use manifest::{FileEntry, Published, RunSummary, TableEntry};
pub use options::{LakeOptions, QueryLimits};
pub use query::QueryResult;
pub use run::{BrokenCheck, Progress, Run, StepReport, TableWriter};
pub use store::Lake;

/// The result of anything the lake does.
pub type Result<T, E = LakeError> = std::result::Result<T, E>;
