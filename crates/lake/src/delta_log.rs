//! Delta log: the one metadata-only commit a run makes to each published table.
//!
//! Format   <https://github.com/delta-io/delta/blob/master/PROTOCOL.md>, reader version 1, writer version 2
//! Reads    the manifest; the log, where another program has written to it
//! Writes   `<lake>/<Table>/_delta_log/`
//!
//! Invariants
//! - A commit carries the run's id, so that one already made is recognised and never made twice.
//! - A version is written whole or not at all, and only if it is not there.
//! - Nobody's rows are read or written here.
//!
//! Not here: when a commit is made (`publish.rs`).

use std::path::{Path, PathBuf};

use deltalake_core::DeltaTableBuilder;
use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use crate::columns::delta_schema;
use crate::layout::{Layout, file_names, put_if_absent, sync_folder};
use crate::manifest::{DeltaChange, FileEntry, TableEntry};
use crate::{LakeError, Result};

/// A checkpoint is written at every version that this divides, so that readers need not read the whole log.
const CHECKPOINT_EVERY: u64 = 10;
/// How often a commit is tried again when other programs commit at the same time.
const ATTEMPTS: usize = 5;
/// The field of a commit that names the run.
const RUN: &str = "onefoldRun";

/// The newest version in a table's log; none without a log.
pub(crate) fn latest(layout: &Layout, table: &TableEntry) -> Result<Option<u64>> {
    let names = file_names(&log_folder(layout, table))?;
    Ok(names.iter().filter_map(|name| version_of(name)).max())
}

/// The newest version of a table with its files, by name in its folder, and their bytes; none without a log.
pub(crate) async fn files(layout: &Layout, table: &TableEntry) -> Result<Option<(u64, Vec<(String, u64)>)>> {
    if latest(layout, table)?.is_none() {
        return Ok(None);
    }
    let found = open(layout, table).await?;
    let snapshot = found.snapshot().map_err(|error| failed(table, "read", error))?;
    let data = snapshot.log_data();
    let files = data.iter().map(|file| (file.path().to_string(), u64::try_from(file.size()).unwrap_or(0))).collect();
    Ok(Some((snapshot.version(), files)))
}

/// Makes the commit of a run to a table, unless it is made already. Gives the version.
pub(crate) async fn commit(
    layout: &Layout,
    table: &TableEntry,
    change: &DeltaChange,
    run: &str,
    at: Timestamp,
) -> Result<u64> {
    let folder = log_folder(layout, table);
    std::fs::create_dir_all(&folder).map_err(LakeError::io("make", &folder))?;
    sync_folder(&layout.path(&table.folder))?;
    for _ in 0..ATTEMPTS {
        let latest = latest(layout, table)?;
        if let Some(done) = already_made(&folder, change.base, latest, run)? {
            return Ok(done);
        }
        let (version, actions) = if latest == change.base {
            (latest.map_or(0, |version| version + 1), planned_actions(table, change, run, at))
        } else {
            reconciling_actions(layout, table, run, at).await?
        };
        if put_if_absent(&version_path(&folder, version), lines(&actions).as_bytes())? {
            return Ok(version);
        }
    }
    Err(failed(table, "written", "other programs keep committing to it; stop them and run again"))
}

/// Writes a checkpoint where one is due, and removes what has long been in one.
pub(crate) async fn checkpoint(layout: &Layout, table: &TableEntry) -> Result<()> {
    if !table.version.is_some_and(|version| version > 0 && version.is_multiple_of(CHECKPOINT_EVERY)) {
        return Ok(());
    }
    let found = open(layout, table).await?;
    let written = deltalake_core::checkpoints::create_checkpoint(&found, None).await;
    written.map_err(|error| failed(table, "written", error))?;
    // Versions that the checkpoint makes needless go after thirty days, as Delta does by default.
    let cleaned = deltalake_core::checkpoints::cleanup_metadata(&found, None).await;
    cleaned.map(drop).map_err(|error| failed(table, "written", error))
}

/// The actions of a commit that follows the version the run started from.
fn planned_actions(table: &TableEntry, change: &DeltaChange, run: &str, at: Timestamp) -> Vec<Value> {
    let mut actions = vec![commit_info(table, run, at)];
    if change.base.is_none() {
        actions.push(json!({"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}));
    }
    if change.base.is_none() || change.columns {
        actions.push(metadata(table, &table.id, at));
    }
    actions.extend(change.removed.iter().map(|file| remove(&in_folder(table, file), file.bytes, at)));
    actions.extend(table.files.iter().filter(|file| file.run == run).map(|file| add(table, file, at)));
    actions
}

/// The actions that bring a log to the state the run published, whatever other programs did to it.
async fn reconciling_actions(
    layout: &Layout,
    table: &TableEntry,
    run: &str,
    at: Timestamp,
) -> Result<(u64, Vec<Value>)> {
    let found = open(layout, table).await?;
    let snapshot = found.snapshot().map_err(|error| failed(table, "read", error))?;
    let data = snapshot.log_data();
    let active: Vec<(String, u64)> =
        data.iter().map(|file| (file.path().to_string(), u64::try_from(file.size()).unwrap_or(0))).collect();
    let wanted: Vec<String> = table.files.iter().map(|file| in_folder(table, file)).collect();
    let mut actions = vec![commit_info(table, run, at), metadata(table, snapshot.metadata().id(), at)];
    for (path, bytes) in active.iter().filter(|(path, _)| !wanted.contains(path)) {
        actions.push(remove(path, *bytes, at));
    }
    let missing = |path: &str| !active.iter().any(|(known, _)| known == path);
    actions.extend(table.files.iter().filter(|file| missing(&in_folder(table, file))).map(|file| add(table, file, at)));
    Ok((snapshot.version() + 1, actions))
}

/// The version in which a run's commit stands already.
fn already_made(folder: &Path, base: Option<u64>, latest: Option<u64>, run: &str) -> Result<Option<u64>> {
    let Some(latest) = latest else { return Ok(None) };
    for version in base.map_or(0, |base| base + 1)..=latest {
        let path = version_path(folder, version);
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let infos = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        if infos.into_iter().any(|action| action["commitInfo"][RUN] == run) {
            return Ok(Some(version));
        }
    }
    Ok(None)
}

fn commit_info(table: &TableEntry, run: &str, at: Timestamp) -> Value {
    let mode = if table.files.iter().all(|file| file.run == run) { "Overwrite" } else { "Append" };
    json!({"commitInfo": {
        "timestamp": at.as_millisecond(),
        "operation": "WRITE",
        "operationParameters": {"mode": mode},
        "engineInfo": concat!("onefold/", env!("CARGO_PKG_VERSION")),
        RUN: run,
    }})
}

fn metadata(table: &TableEntry, id: &str, at: Timestamp) -> Value {
    json!({"metaData": {
        "id": id,
        "name": table.name,
        "format": {"provider": "parquet", "options": {}},
        "schemaString": delta_schema(&table.columns).to_string(),
        "partitionColumns": [],
        "configuration": {},
        "createdTime": at.as_millisecond(),
    }})
}

fn add(table: &TableEntry, file: &FileEntry, at: Timestamp) -> Value {
    json!({"add": {
        "path": in_folder(table, file),
        "partitionValues": {},
        "size": file.bytes,
        "modificationTime": at.as_millisecond(),
        "dataChange": true,
        "stats": file.stats,
    }})
}

fn remove(path: &str, bytes: u64, at: Timestamp) -> Value {
    json!({"remove": {
        "path": path,
        "deletionTimestamp": at.as_millisecond(),
        "dataChange": true,
        "extendedFileMetadata": true,
        "partitionValues": {},
        "size": bytes,
    }})
}

fn lines(actions: &[Value]) -> String {
    actions.iter().map(|action| format!("{action}\n")).collect()
}

/// A file's path as its table's log names it.
fn in_folder(table: &TableEntry, file: &FileEntry) -> String {
    file.path.strip_prefix(&table.folder).map_or(file.path.as_str(), |rest| rest.trim_start_matches('/')).to_owned()
}

async fn open(layout: &Layout, table: &TableEntry) -> Result<deltalake_core::DeltaTable> {
    let path = layout.path(&table.folder);
    let url = Url::from_directory_path(&path).map_err(|()| failed(table, "read", "its path cannot be made a URL"))?;
    let builder = DeltaTableBuilder::from_url(url).map_err(|error| failed(table, "read", error))?;
    builder.load().await.map_err(|error| failed(table, "read", error))
}

fn failed(table: &TableEntry, doing: &'static str, why: impl std::fmt::Display) -> LakeError {
    LakeError::Delta { table: table.name.to_string(), doing, why: why.to_string() }
}

fn log_folder(layout: &Layout, table: &TableEntry) -> PathBuf {
    layout.path(&table.folder).join("_delta_log")
}

fn version_path(folder: &Path, version: u64) -> PathBuf {
    folder.join(format!("{version:020}.json"))
}

/// The version a file of a log belongs to: commits and checkpoints begin with it.
fn version_of(name: &str) -> Option<u64> {
    let (version, rest) = name.split_once('.')?;
    (version.len() == 20 && (rest == "json" || rest.starts_with("checkpoint"))).then(|| version.parse().ok())?
}
