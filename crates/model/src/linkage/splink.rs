//! Splink: settings of Splink 4 and 5 (JSON), read as a model and written from one.
//!
//! Reads    the settings of a Splink model, its SQL conditions in the DuckDB dialect
//! Writes   a [`Linkage`] and what could not be said in it; settings that Splink loads, and what could not be said there
//!
//! Invariants
//! - What has no equal is left out and said; the figures of a level that is left out go to `else`, where its pairs fall.
//! - What is exported comes back the same when it is imported, but for what was said.
//!
//! Not here: files and projects (`onefold`).

mod condition;
mod export;
mod import;
#[cfg(test)]
mod tests;
mod written;

pub use export::{Exported, export};
pub use import::{Imported, import};
