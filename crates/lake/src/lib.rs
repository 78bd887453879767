//! Lake: the only room that knows the engine. Runs steps on DataFusion, keeps tables as Delta.
//!
//! Reads    plans (`onefold-model`), the files of the lake's folder
//! Writes   the lake's folder (`layout.rs`)
//! Flow     [`Lake::open`] ─ [`Lake::begin`] ─ [`Run::step`], [`Run::writer`], [`Run::keep`] ─ [`Run::publish`]
//!
//! Invariants
//! - A run publishes all or nothing; what counts as published is decided by two files, see `publish.rs`.
//! - Readers open exactly the files that the published run names; folders are never listed to find rows.
//! - One writer, by lease; readers need none.
//!
//! Not here: what a profile, a segment or a measure is; connectors; the order of steps.
//!
//! To add a kernel: one arm in `kernels::run` and a file beside it. To add a SQL function: one file and one line in `functions/`.

mod checks;
mod columns;
mod compact;
mod conform;
mod delta_log;
mod error;
mod frames;
mod functions;
mod grow;
mod guard;
pub mod holding;
mod in_order;
mod json;
mod kernels;
mod land;
mod layout;
mod lease;
pub mod linkage;
pub mod live;
pub mod lookup;
mod manifest;
mod only;
mod options;
mod part;
mod pick;
mod publish;
mod query;
mod run;
mod scan;
mod seen;
mod session;
mod slices;
mod sort_the_rest;
mod stats;
mod store;
mod tables;
mod try_out;
mod writer;

pub use error::LakeError;
pub use grow::Partly;
pub use manifest::{DeltaChange, FileEntry, Published, RunSummary, TableEntry};
pub use options::{LakeOptions, QueryLimits};
pub use query::QueryResult;
pub use run::{BrokenCheck, Progress, Run, StepReport};
pub use store::Lake;
pub use try_out::{RowsHeld, TryOut, try_rows};
pub use writer::TableWriter;

/// The result of anything the lake does.
pub type Result<T, E = LakeError> = std::result::Result<T, E>;

#[cfg(test)]
mod tests;
