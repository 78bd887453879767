//! Lake: the folder, opened.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use onefold_model::{Catalog, Column, TableName};

use crate::{LakeError, LakeOptions, Published, QueryLimits, QueryResult, Result, Run, RunSummary};

/// A lake, opened. Cheap to clone.
#[derive(Clone)]
pub struct Lake {
    folder: PathBuf,
}

fn later<T>() -> Result<T> {
    Err(LakeError::Run("not there yet".into()))
}

impl Lake {
    /// Opens the lake in a folder, which is made if need be. A run past its point of no return is finished, the files
    /// of one before it are removed, unless another process is writing.
    pub async fn open(folder: &Path, _options: LakeOptions) -> Result<Self> {
        Ok(Self { folder: folder.to_owned() })
    }
    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
    /// The run that readers see, read again from the folder; none before the first.
    pub fn published(&self) -> Result<Option<Arc<Published>>> {
        later()
    }
    /// The tables of the published run, internal ones too, and its views.
    pub fn catalog(&self) -> Result<Catalog> {
        later()
    }
    /// The runs whose files are kept, newest first.
    pub fn runs(&self) -> Result<Vec<RunSummary>> {
        later()
    }
    /// Begins a run, at the instant that `now()` stands for. `promised` gives the columns of tables that steps look
    /// at as they were before, for the first run.
    pub async fn begin(&self, _now: Timestamp, _promised: HashMap<TableName, Vec<Column>>) -> Result<Run> {
        later()
    }
    /// Asks one question over the published tables and views.
    pub async fn query(&self, _sql: &str, _limits: QueryLimits) -> Result<QueryResult> {
        later()
    }
    /// All rows of one published table or view, without limits.
    pub async fn read(&self, _table: &TableName) -> Result<QueryResult> {
        later()
    }
}
