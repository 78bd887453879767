//! Read: the port through which tables of sources come in.
//!
//! Reads    a `SourceRef`; folders by themselves, servers through `dataverse_url` and `fhir_url`
//! Writes   a stream of `RawBatch`es, then a `ReadReport`
//! Flow     `describe` ─ columns ─ `read` ─ batches;  `signature` tells whether a folder changed since
//!
//! Invariants
//! - Work on bytes runs on a blocking thread; the stream holds at most a few batches.
//! - Files are read in order of name, rows in order of line.
//!
//! Not here: what a kind of file looks like (`files`, `fhir`, `dataverse`).

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use onefold_model::define::{Location, Source, SourceKind, SourceTable, TransformStep};
use onefold_model::{Column, DataType, Table};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use crate::raw::{Page, RawBatch, Rows};
use crate::{ConnectError, dataverse, dataverse_url, fhir, fhir_url, files};

/// A table of a source, and what is known of it.
#[derive(Clone, Debug)]
pub struct SourceRef {
    /// The project's folder; paths of the definition are relative to it.
    pub root: PathBuf,
    /// The source.
    pub source: Arc<Source>,
    /// The table, one of the source's.
    pub table: SourceTable,
    /// The columns of `Raw_<Source>_<Table>` as the last run left them.
    pub last: Option<Table>,
    /// The names of the files to read; all that are the table's when `None`. No part of what its columns are.
    pub only: Option<BTreeSet<String>>,
}

/// A file by which it is told whether it is the one that was read before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Its name, without its folder, as `_file` has it.
    pub name: String,
    /// Its bytes.
    pub bytes: u64,
    /// When it was last changed (ns).
    pub changed: u64,
}

/// How far a read is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Rows so far, bad ones included.
    pub rows: u64,
    /// Bytes read so far, as they lie on the disk or came over the wire.
    pub bytes: u64,
    /// Bytes there are; `None` for servers.
    pub of_bytes: Option<u64>,
}

/// What a read came to. `rows_read = rows_kept + corrupt`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadReport {
    /// Rows found.
    pub rows_read: u64,
    /// Rows delivered.
    pub rows_kept: u64,
    /// Rows delivered as corrupt.
    pub corrupt: u64,
    /// Links delivered.
    pub links: u64,
    /// Files or pages read.
    pub files: u64,
    /// Bytes read, as they lie on the disk or came over the wire.
    pub bytes: u64,
    /// What is worth saying, in sentences.
    pub warnings: Vec<String>,
}

/// Batches on their way, and the report at the end.
#[derive(Debug)]
pub struct RawStream {
    batches: mpsc::Receiver<RawBatch>,
    work: tokio::task::JoinHandle<Result<ReadReport, ConnectError>>,
}

impl RawStream {
    /// The next batch; `None` when there are no more, or something failed: `finish` tells.
    pub async fn next(&mut self) -> Option<RawBatch> {
        self.batches.recv().await
    }
    /// What the read came to. Batches not yet taken are dropped, and the read then fails.
    pub async fn finish(self) -> Result<ReadReport, ConnectError> {
        drop(self.batches);
        match self.work.await {
            Ok(outcome) => outcome,
            Err(fault) => Err(ConnectError::new("reading stopped because of a fault in Onefold").cause(fault)),
        }
    }
}

impl SourceRef {
    /// The folder of the source; `None` when it is a server.
    pub fn folder(&self) -> Option<PathBuf> {
        match &self.source.from {
            Location::Folder(folder) => Some(self.root.join(folder.as_str())),
            Location::Url { .. } => None,
        }
    }

    /// When the files of this table were last changed (µs), by what `_file` says of them; none for a server.
    pub fn changed(&self) -> HashMap<String, i64> {
        let changed = |path: &PathBuf| {
            let at = path.metadata().ok()?.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
            Some((file_name(path), i64::try_from(at.as_micros()).ok()?))
        };
        self.files().unwrap_or_default().iter().filter_map(changed).collect()
    }

    /// The files of this table as they are now, by name; `None` for a server, and where they cannot be looked at.
    pub fn stamps(&self) -> Option<Vec<Stamp>> {
        self.folder()?;
        let stamp = |path: &PathBuf| {
            let about = path.metadata().ok()?;
            let changed = about.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?.as_nanos();
            Some(Stamp { name: file_name(path), bytes: about.len(), changed: u64::try_from(changed).ok()? })
        };
        self.files().ok()?.iter().map(stamp).collect()
    }

    /// The key by the name it has before the steps rename it.
    pub fn key(&self) -> String {
        let mut key = self.table.key.value.clone();
        for step in self.table.steps.iter().rev() {
            if let TransformStep::RenameColumns(pairs) = &step.value
                && let Some((old, _)) = pairs.iter().find(|(_, new)| new.value == key)
            {
                key.clone_from(&old.value);
            }
        }
        key
    }

    /// The type declared for a column.
    pub(crate) fn declared(&self, column: &str) -> Option<DataType> {
        self.table.columns.iter().find(|(name, _)| name.value == column).map(|(_, ty)| *ty)
    }

    /// The type a column had in the last run.
    pub(crate) fn remembered(&self, column: &str) -> Option<DataType> {
        let ty = self.last.as_ref()?.column(column)?.ty;
        (ty != DataType::Any).then_some(ty)
    }

    /// The files of this table, by name; an error when the folder is not there.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>, ConnectError> {
        let Some(folder) = self.folder() else { return Ok(Vec::new()) };
        match self.source.kind {
            SourceKind::Fhir => fhir::files(&folder, self),
            SourceKind::Dataverse => dataverse::files(&folder, self),
            SourceKind::Csv => files::of_table(&folder, self, files::CSV),
            SourceKind::Parquet => files::of_table(&folder, self, files::PARQUET),
        }
    }
    /// Those of them that are to be read.
    pub(crate) fn files_to_read(&self) -> Result<Vec<PathBuf>, ConnectError> {
        let mut files = self.files()?;
        files.retain(|path| self.only.as_ref().is_none_or(|only| only.contains(&file_name(path))));
        Ok(files)
    }
}

/// The columns the table will deliver, before steps and without `_file` and `_line`.
///
/// `None` when they cannot be known without asking a server and `network` is false. A missing file is an error.
pub async fn describe(source: &SourceRef, network: bool) -> Result<Option<Vec<Column>>, ConnectError> {
    if source.source.kind == SourceKind::Fhir {
        return fhir::columns(source).map(Some);
    }
    if source.folder().is_some() {
        let source = source.clone();
        return on_thread(move || match source.source.kind {
            SourceKind::Csv => files::describe_csv(&source),
            SourceKind::Parquet => files::describe_parquet(&source),
            SourceKind::Dataverse | SourceKind::Fhir => dataverse::describe(&source),
        })
        .await
        .map(Some);
    }
    if let Some(last) = source.last.as_ref().filter(|last| !last.columns.is_empty()) {
        return Ok(Some(dataverse::remembered(source, last)));
    }
    if !network {
        return Ok(None);
    }
    let (to, mut pages) = mpsc::channel(1);
    let asking = tokio::spawn(dataverse_url::pages(source.clone(), to));
    let first = pages.recv().await;
    drop(pages);
    match first {
        Some(page) => {
            asking.abort();
            let source = source.clone();
            on_thread(move || dataverse::describe_page(&source, page)).await.map(Some)
        }
        None => {
            finished(asking).await?;
            dataverse::describe_pages(source, Vec::new()).map(Some)
        }
    }
}

/// Names, sizes and times of the files the table is read from, as a text that changes when they do; `None` for a
/// server, and where the folder cannot be read (reading will say so).
pub fn signature(source: &SourceRef) -> Option<String> {
    source.folder()?;
    let mut text = String::new();
    for path in source.files().ok()? {
        let about = path.metadata().ok()?;
        let changed = about.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?.as_nanos();
        let _ = writeln!(text, "{}\t{}\t{changed}", path.display(), about.len());
    }
    Some(text)
}

/// What is missing of a declared table's input, as a sentence and a hint; `None` when all is there or a server has it.
pub fn missing_input(source: &SourceRef) -> Option<(String, String)> {
    source.folder()?;
    let fault = source.files().err()?;
    Some((fault.message, fault.hint.unwrap_or_default()))
}

/// Whether a table delivers links between its own records, for `<Source>_<Table>_Link`.
pub fn delivers_links(kind: SourceKind, table: &SourceTable) -> bool {
    let resource = table.view.as_ref().and_then(|view| view.value.get("resource")).and_then(|name| name.as_str());
    kind == SourceKind::Fhir && resource.is_some_and(fhir::has_links)
}

/// Reads a table: columns as `describe` gave them, in that order; batches come through the stream.
///
/// `progress` is called now and then, from the thread that reads. A view that asks for `now()` or `today()` needs
/// [`read_at`]: here its rows are corrupt.
pub fn read(source: SourceRef, columns: Vec<Column>, progress: impl Fn(Progress) + Send + Sync + 'static) -> RawStream {
    start(source, columns, None, progress)
}

/// As [`read`], at the instant of the run, in microseconds since 1970-01-01T00:00Z.
pub fn read_at(
    source: SourceRef,
    columns: Vec<Column>,
    now: i64,
    progress: impl Fn(Progress) + Send + Sync + 'static,
) -> RawStream {
    start(source, columns, Some(now), progress)
}

fn start(
    source: SourceRef,
    columns: Vec<Column>,
    now: Option<i64>,
    progress: impl Fn(Progress) + Send + Sync + 'static,
) -> RawStream {
    let (to, batches) = mpsc::channel(4);
    let work = tokio::spawn(async move {
        let bytes = Arc::new(AtomicU64::new(0));
        let sink = sink(to, bytes.clone(), total(&source), progress);
        let mut rows = Rows::new(columns, sink);
        rows.now = now;
        if source.folder().is_some() {
            let counted = bytes.clone();
            let outcome = on_thread(move || read_folder(&source, rows, &counted)).await;
            return outcome.map(|report| ReadReport { bytes: bytes.load(Ordering::Relaxed), ..report });
        }
        let (page_to, pages) = mpsc::channel::<Page>(2);
        let asking = match source.source.kind {
            SourceKind::Fhir => tokio::spawn(fhir_url::pages(source.clone(), page_to)),
            _ => tokio::spawn(dataverse_url::pages(source.clone(), page_to)),
        };
        let counted = bytes.clone();
        let outcome = on_thread(move || read_pages(&source, rows, pages, &counted)).await;
        // The server's error is the cause of anything that looks cut off.
        let asked = finished(asking).await;
        let report = match (asked, outcome) {
            (_, Err(fault)) => return Err(fault),
            (Err(fault), _) => return Err(fault),
            (Ok(()), Ok(report)) => report,
        };
        Ok(ReadReport { bytes: bytes.load(Ordering::Relaxed), ..report })
    });
    RawStream { batches, work }
}

fn total(source: &SourceRef) -> Option<u64> {
    let files = source.folder().and_then(|_| source.files_to_read().ok())?;
    Some(files.iter().filter_map(|path| path.metadata().ok()).map(|about| about.len()).sum())
}

fn sink(
    to: mpsc::Sender<RawBatch>,
    bytes: Arc<AtomicU64>,
    of_bytes: Option<u64>,
    progress: impl Fn(Progress) + Send + Sync + 'static,
) -> crate::raw::Sink {
    let mut rows = 0;
    Box::new(move |batch| {
        rows += match &batch {
            RawBatch::Rows(batch) | RawBatch::Corrupt(batch) => batch.num_rows() as u64,
            RawBatch::Link(_) => 0,
        };
        progress(Progress { rows, bytes: bytes.load(Ordering::Relaxed), of_bytes });
        to.blocking_send(batch).is_ok()
    })
}

/// Reads a folder on the thread of the caller.
pub(crate) fn read_folder(source: &SourceRef, rows: Rows, bytes: &Arc<AtomicU64>) -> Result<ReadReport, ConnectError> {
    match source.source.kind {
        SourceKind::Csv => files::read_csv(source, rows, bytes),
        SourceKind::Parquet => files::read_parquet(source, rows, bytes),
        SourceKind::Dataverse => dataverse::read_folder(source, rows, bytes),
        SourceKind::Fhir => fhir::read_folder(source, rows, bytes),
    }
}

fn read_pages(
    source: &SourceRef,
    rows: Rows,
    mut pages: mpsc::Receiver<Page>,
    bytes: &Arc<AtomicU64>,
) -> Result<ReadReport, ConnectError> {
    let next = std::iter::from_fn(|| {
        let page = pages.blocking_recv()?;
        bytes.fetch_add(page.body.len() as u64, Ordering::Relaxed);
        Some(page)
    });
    match source.source.kind {
        SourceKind::Fhir => fhir::read_pages(source, rows, next),
        _ => dataverse::read_pages(source, rows, next),
    }
}

async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ConnectError> + Send + 'static,
) -> Result<T, ConnectError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(fault) => Err(ConnectError::new("reading stopped because of a fault in Onefold").cause(fault)),
    }
}

async fn finished(asking: tokio::task::JoinHandle<Result<(), ConnectError>>) -> Result<(), ConnectError> {
    match asking.await {
        Ok(outcome) => outcome,
        Err(fault) => Err(ConnectError::new("asking the server stopped because of a fault in Onefold").cause(fault)),
    }
}

/// The files of a folder (not of folders within it) whose names end in one of these, by name.
pub(crate) fn list(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>, ConnectError> {
    let entries = std::fs::read_dir(folder).map_err(|cause| match cause.kind() {
        std::io::ErrorKind::NotFound => ConnectError::new(format!("the folder `{}` is not there", folder.display()))
            .hint("create it, or correct `from: {folder: …}`"),
        _ => ConnectError::unreadable(folder, cause),
    })?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|cause| ConnectError::unreadable(folder, cause))?.path();
        let name = file_name(&path).to_lowercase();
        if !name.starts_with('.') && path.is_file() && endings.iter().any(|ending| name.ends_with(ending)) {
            found.push(path);
        }
    }
    found.sort_by_key(|path| file_name(path));
    Ok(found)
}

/// The name of a file, without its folder.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
