//! Manifest: everything a published run consists of, as one JSON file `_runs/<run>/manifest.json`.
//!
//! Invariants
//! - Once written and synced, the run *will* be published: every reader and every recovery goes by it.
//! - Files are named relative to the lake's folder, with `/`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use onefold_model::plan::View;
use onefold_model::{Catalog, Column, ColumnName, Table, TableName};
use serde::{Deserialize, Serialize};

use crate::{LakeError, Result, StepReport};

/// The format of manifests that this version writes and reads.
pub(crate) const FORMAT: u32 = 1;

/// A published run: its tables, views and reports.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Published {
    /// The format of this file.
    pub format: u32,
    /// The run.
    pub run_id: String,
    /// The instant of the run, which `now()` stood for.
    pub at: Timestamp,
    /// The run published before it.
    pub previous: Option<String>,
    /// Its tables, internal ones too, by folded name.
    pub tables: BTreeMap<String, Arc<TableEntry>>,
    /// Delta tables of the run before that are no more; emptied at publication.
    #[serde(default)]
    pub dropped: Vec<TableEntry>,
    /// Its views.
    pub views: Vec<View>,
    /// What its steps did.
    pub steps: Vec<StepReport>,
    /// What the runner wants to find again, by a name of its own.
    #[serde(default)]
    pub notes: BTreeMap<String, serde_json::Value>,
}

/// A table of a published run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TableEntry {
    /// Its name, as first written.
    pub name: TableName,
    /// Its folder in the lake.
    pub folder: String,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// The id of its Delta table; empty for internal tables.
    pub id: String,
    /// Whether it is only for steps: no Delta log, not listed.
    pub internal: bool,
    /// The columns each file is sorted by.
    pub sorted_by: Vec<ColumnName>,
    /// The run that last changed it.
    pub written_by: String,
    /// What the runner passed to know it by.
    pub fingerprint: String,
    /// The version of its Delta log; none for internal tables.
    pub version: Option<u64>,
    /// What its Delta log is to be told, when this run changed it.
    pub delta: Option<DeltaChange>,
    /// Its files.
    pub files: Vec<FileEntry>,
}

/// What the one commit of a run says about a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeltaChange {
    /// The version of the log that the run started from; none when there was no log.
    pub base: Option<u64>,
    /// Whether the columns are stated anew.
    pub columns: bool,
    /// Files that were in the run before, and are in this one no more.
    pub removed: Vec<FileEntry>,
}

/// A Parquet file of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its path in the lake.
    pub path: String,
    /// Its rows.
    pub rows: u64,
    /// Its bytes.
    pub bytes: u64,
    /// Its statistics, as the JSON text of Delta.
    pub stats: String,
    /// The run that wrote it.
    pub run: String,
}

impl FileEntry {
    /// Its statistics, as [Delta](https://github.com/delta-io/delta/blob/master/PROTOCOL.md#per-file-statistics) has them; null without.
    pub(crate) fn statistics(&self) -> serde_json::Value {
        serde_json::from_str(&self.stats).unwrap_or_default()
    }
}

/// A run as history shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunSummary {
    /// The run.
    pub run_id: String,
    /// Its instant.
    pub at: Timestamp,
    /// Number of tables that are not internal.
    pub tables: usize,
    /// Rows in them.
    pub rows: u64,
    /// Whether readers see this one.
    pub current: bool,
}

impl TableEntry {
    /// The number of its rows.
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }
    /// The number of bytes of its files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

impl Published {
    /// The table of that name, ignoring case.
    pub fn table(&self, name: &str) -> Option<&Arc<TableEntry>> {
        self.tables.get(&name.to_lowercase())
    }
    /// The view of that name, ignoring case.
    pub fn view(&self, name: &str) -> Option<&View> {
        let folded = name.to_lowercase();
        self.views.iter().find(|view| view.name.folded() == folded)
    }
    /// Reads a manifest, which must be whole: it got its name only when it was.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read(path).map_err(LakeError::io("read", path))?;
        let hint = "restore it from a backup, or remove the lake's folder and run again";
        let found: Self = serde_json::from_slice(&text).map_err(|error| LakeError::damaged(path, error, hint))?;
        if found.format != FORMAT {
            let why = format!("it has format {}, and this version reads {FORMAT}", found.format);
            return Err(LakeError::damaged(path, why, "use the version of Onefold that wrote it"));
        }
        Ok(found)
    }
    /// All tables, internal ones too, and views, with their columns.
    pub fn catalog(&self) -> Catalog {
        let mut catalog = Catalog::default();
        for view in &self.views {
            catalog.insert(Table { name: view.name.clone(), columns: view.columns.clone(), key: None });
        }
        for table in self.tables.values() {
            catalog.insert(Table { name: table.name.clone(), columns: table.columns.clone(), key: None });
        }
        catalog
    }
    /// In few words.
    pub fn summary(&self, current: bool) -> RunSummary {
        let listed = || self.tables.values().filter(|table| !table.internal);
        RunSummary {
            run_id: self.run_id.clone(),
            at: self.at,
            tables: listed().count(),
            rows: listed().map(|table| table.rows()).sum(),
            current,
        }
    }
}
