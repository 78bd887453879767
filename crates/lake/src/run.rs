//! Run: steps at work, until all is published or nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use onefold_model::plan::View;
use onefold_model::{Output, Step, TableName};
use serde::{Deserialize, Serialize};

use crate::{LakeError, Published, QueryLimits, QueryResult, Result};

/// Told the number of rows written since it was last called, from any thread.
pub type Progress = Arc<dyn Fn(u64) + Send + Sync>;

/// What a step did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// The step.
    pub step: String,
    /// Rows of each table it read.
    pub rows_in: BTreeMap<TableName, u64>,
    /// Rows of each table it wrote.
    pub rows_out: BTreeMap<TableName, u64>,
    /// Facts that do not hold.
    pub broken: Vec<BrokenCheck>,
}

/// A fact that does not hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrokenCheck {
    /// What had to hold.
    pub fact: String,
    /// Number of rows that break it.
    pub count: u64,
    /// Ten of them at most, as JSON records.
    pub rows: Vec<serde_json::Value>,
    /// Whether the run goes on.
    pub warning: bool,
}

/// A run under way: the one writer of its lake. Steps may run side by side.
pub struct Run {}

/// A table being written by a connector.
pub struct TableWriter {}

fn later<T>() -> Result<T> {
    Err(LakeError::Run("not there yet".into()))
}

impl Run {
    /// Its id, which names its files and its folder.
    pub fn id(&self) -> &str {
        ""
    }
    /// Runs a step of SQL, a scan or a kernel, writes its tables, and looks at its checks.
    ///
    /// A broken check is in the report, not an error; [`Run::publish`] refuses it unless it is a warning.
    pub async fn step(&self, _step: &Step, _fingerprint: &str, _progress: Option<Progress>) -> Result<StepReport> {
        later()
    }
    /// Opens a table for writing by a connector; several at once are fine.
    pub fn writer(&self, _step: &Step, _output: &Output, _fingerprint: &str) -> Result<TableWriter> {
        later()
    }
    /// Looks at the checks of a step whose tables were written through [`Run::writer`].
    pub async fn finish(&self, _step: &Step) -> Result<StepReport> {
        later()
    }
    /// Carries a table over from the published run as it is; false when it is not there.
    pub fn keep(&self, _table: &TableName) -> Result<bool> {
        later()
    }
    /// All rows of a table as this run sees it.
    pub async fn read(&self, _table: &TableName) -> Result<QueryResult> {
        later()
    }
    /// Asks over the tables of this run, under the guard of [`crate::Lake::query`].
    pub async fn query(&self, _sql: &str, _limits: QueryLimits) -> Result<QueryResult> {
        later()
    }
    /// Something the runner wants to find again in [`Published::notes`].
    pub fn note(&self, _name: &str, _value: serde_json::Value) {}
    /// Makes all tables written or kept, and the views, what readers see. Tables neither written nor kept are gone.
    pub async fn publish(self, _views: &[View]) -> Result<Arc<Published>> {
        later()
    }
    /// Removes everything the run wrote. Dropping a run does the same.
    pub fn abandon(self) -> Result<()> {
        later()
    }
}

impl TableWriter {
    /// Writes rows; columns are found by name and must have the promised types.
    pub async fn write(&mut self, _batch: RecordBatch) -> Result<()> {
        later()
    }
    /// Ends the table; gives its number of rows. Without this the table is not written.
    pub async fn close(self) -> Result<u64> {
        later()
    }
}
