//! Errors of the lake: what the outside world, a plan or a broken folder did, named by step, table and path.
//!
//! Invariants
//! - Every message is a lower-case sentence with names in backticks and, where one helps, a hint.

use std::path::PathBuf;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LakeError {
    /// A file or folder could not be read or written.
    #[error("cannot {doing} `{}`: {source}", path.display())]
    Io {
        /// What was tried, as a verb: `read`, `write`.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file of the lake does not hold what it must.
    #[error("`{}` is damaged: {why}; {hint}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
        /// What to do.
        hint: &'static str,
    },
    /// Another process writes to this lake.
    #[error("the lake `{}` is being written by {owner}; wait until that run has ended", folder.display())]
    Busy {
        /// The lake.
        folder: PathBuf,
        /// Who, as far as known.
        owner: String,
    },
    /// A table that is not there.
    #[error("there is no table `{name}`{hint}")]
    NoTable {
        /// As it was asked for.
        name: String,
        /// `; did you mean …?` or nothing.
        hint: String,
    },
    /// A step failed in the engine.
    #[error("step `{step}` failed: {why}")]
    Step {
        /// The step.
        step: String,
        /// The engine's words.
        why: String,
    },
    /// A step gave other columns than it promised.
    #[error("step `{step}` promised `{table}` otherwise: {why}")]
    Promise {
        /// The step.
        step: String,
        /// The table.
        table: String,
        /// The difference.
        why: String,
    },
    /// Facts that had to hold do not.
    #[error("the run is not published, because this does not hold: {}", facts.join("; "))]
    Broken {
        /// Each with the number of rows that break it.
        facts: Vec<String>,
    },
    /// A query is refused.
    #[error("{0}")]
    Refused(String),
    /// A query failed, or went over a limit.
    #[error("{0}")]
    Query(String),
    /// The run cannot do this now.
    #[error("{0}")]
    Run(String),
    /// The Delta log of a table could not be read or written.
    #[error("the Delta log of `{table}` could not be {doing}: {why}")]
    Delta {
        /// The table.
        table: String,
        /// What was tried: `read`, `written`.
        doing: &'static str,
        /// Why not.
        why: String,
    },
}

impl LakeError {
    pub(crate) fn io(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { doing, path, source }
    }
    pub(crate) fn damaged(path: impl Into<PathBuf>, why: impl std::fmt::Display, hint: &'static str) -> Self {
        Self::Damaged { path: path.into(), why: why.to_string(), hint }
    }
    pub(crate) fn parquet(path: impl Into<PathBuf>) -> impl FnOnce(parquet::errors::ParquetError) -> Self {
        let path = path.into();
        move |error| Self::Io { doing: "write", path, source: std::io::Error::other(error) }
    }
    /// A step that the engine could not carry out.
    pub(crate) fn engine(step: &str, error: &datafusion::error::DataFusionError) -> Self {
        Self::Step { step: step.to_owned(), why: crate::query::plain(error) }
    }
    pub(crate) fn step(step: &str, why: impl std::fmt::Display) -> Self {
        Self::Step { step: step.to_owned(), why: why.to_string() }
    }
}
