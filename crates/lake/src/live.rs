//! Live: rows that came in between runs, as a Delta table of their own that only grows.
//!
//! Reads    `<lake>/_live/<Table>/` through its Delta log
//! Writes   one file and one commit at a time: `part-<first>-<last>.parquet`, named by the numbers of its rows
//! Flow     rows ─ file ─ synced ─ commit;  many small files ─ one, with the newest row of each key; rows that nobody
//!          needs any more ─ taken out
//!
//! Invariants
//! - A row is in the table once its commit is: a file without one is as good as not there, and is written anew.
//! - Rows are numbered; what is in the table is told by the highest number, so that nothing is added twice.
//! - A file that was put into a larger one stays until the next time, for those who read it.
//!
//! Not here: the log that rows are in before (`onefold`, `live`), what a row means.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, AsArray as _, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{Field, Int64Type, Schema, TimestampMicrosecondType};
use jiff::Timestamp;
use onefold_model::{Column, DataType, TableName};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::{Deserialize, Serialize};

use crate::columns::arrow_type;
use crate::layout::{self, Layout};
use crate::manifest::{DeltaChange, FileEntry, TableEntry};
use crate::part::Part;
use crate::{LakeError, Result, delta_log};

/// The folder of all such tables, in the lake.
pub const FOLDER: &str = "_live";
/// Files that are put into one.
const FILES: usize = 64;
/// Rows are taken out when they are one in so many.
const LEAST: usize = 4;

/// A row that came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveRow {
    /// Its number among all rows that came in, from 1.
    pub number: u64,
    /// When it came in (µs).
    pub at: i64,
    /// Its key; none where there is no telling it.
    pub key: Option<String>,
    /// Its JSON text.
    pub row: String,
    /// Why it is bad.
    pub wrong: Option<String>,
}

/// The rows of one table that came in between runs.
pub struct LiveTable {
    layout: Layout,
    entry: TableEntry,
    /// Files of before they were put into one.
    old: Vec<FileEntry>,
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("Number", DataType::Integer),
        Column::new("At", DataType::DateTime),
        Column::new("Key", DataType::Text),
        Column::new("Row", DataType::Json),
        Column::new("CorruptionDetails", DataType::Text),
    ]
}

impl LiveTable {
    /// Opens the rows of a table; the lake's folder is made if need be, the table's with its first row.
    ///
    /// # Errors
    /// A log that cannot be read.
    pub async fn open(lake: &Path, table: &TableName) -> Result<Self> {
        let layout = Layout::create(lake)?;
        let name = table.prefixed("Live_");
        let folder = format!("{FOLDER}/{table}");
        let mut entry = TableEntry {
            name,
            id: id_of(&layout, &folder),
            folder,
            columns: columns(),
            internal: false,
            sorted_by: Vec::new(),
            written_by: String::new(),
            fingerprint: String::new(),
            version: None,
            delta: None,
            files: Vec::new(),
        };
        if let Some((version, files)) = delta_log::files(&layout, &entry).await? {
            entry.version = Some(version);
            entry.files = files
                .into_iter()
                .map(|(name, bytes)| FileEntry {
                    run: numbers_of(&name).map_or_else(String::new, |(_, last)| run_of(last)),
                    path: format!("{}/{name}", entry.folder),
                    rows: 0,
                    bytes,
                    stats: String::new(),
                })
                .collect();
            entry.files.sort_by(|a, b| a.path.cmp(&b.path));
        }
        Ok(Self { layout, entry, old: Vec::new() })
    }
    /// The tables that have rows which came in between runs.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn all(lake: &Path) -> Result<Vec<TableName>> {
        let names = layout::folder_names(&lake.join(FOLDER))?;
        Ok(names
            .into_iter()
            .filter(|name| !name.starts_with(['_', '.']) && name != "log")
            .map(TableName::new)
            .collect())
    }
    /// The highest number of a row in the table; 0 without rows.
    pub fn last(&self) -> u64 {
        let names = self.entry.files.iter().filter_map(|file| numbers_of(&file.path));
        names.map(|(_, last)| last).max().unwrap_or(0)
    }
    /// Adds rows, ascending by number, as one commit; those that are there already are passed over.
    ///
    /// # Errors
    /// A disk that does not take them: none is in the table then.
    pub async fn append(&mut self, rows: &[LiveRow], at: Timestamp) -> Result<()> {
        let there = self.last();
        let rows: Vec<&LiveRow> = rows.iter().filter(|row| row.number > there).collect();
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(()) };
        let (first, last) = (first.number, last.number);
        let file = self.write(first, last, &rows)?;
        let mut entry = self.entry.clone();
        entry.files.push(file);
        self.commit(entry, Vec::new(), &run_of(last), at).await?;
        if self.entry.files.len() >= FILES {
            self.gather(at).await?;
        }
        Ok(())
    }
    /// The rows after a number, ascending.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn rows(&self, after: u64) -> Result<Vec<LiveRow>> {
        let mut found = Vec::new();
        for file in &self.entry.files {
            if numbers_of(&file.path).is_some_and(|(_, last)| last <= after) {
                continue;
            }
            read(&self.layout.path(&file.path), after, &mut found)?;
        }
        found.sort_by_key(|row| row.number);
        Ok(found)
    }

    /// Puts many files into one, which has the newest row of each key.
    async fn gather(&mut self, at: Timestamp) -> Result<()> {
        for gone in std::mem::take(&mut self.old) {
            layout::remove_file(&self.layout.path(&gone.path))?;
        }
        let all = self.rows(0)?;
        let mut newest: HashMap<&str, u64> = HashMap::new();
        for row in all.iter().filter(|row| row.wrong.is_none()) {
            if let Some(key) = &row.key {
                newest.insert(key, row.number);
            }
        }
        let is_kept = |row: &&LiveRow| match &row.key {
            Some(key) if row.wrong.is_none() => newest.get(key.as_str()) == Some(&row.number),
            _ => true,
        };
        let kept: Vec<&LiveRow> = all.iter().filter(is_kept).collect();
        self.replace(&all, &kept, at).await
    }

    /// Takes rows out that are not to be kept, if they are a quarter of all or more; gives how many went. The newest row
    /// stays: its number tells what is in the table.
    ///
    /// # Errors
    /// A disk that does not take what is left: all rows are in the table then.
    pub async fn keep(&mut self, is_kept: &(dyn Fn(&LiveRow) -> bool + Sync), at: Timestamp) -> Result<usize> {
        let all = self.rows(0)?;
        let last = self.last();
        let kept: Vec<&LiveRow> = all.iter().filter(|row| row.number == last || is_kept(row)).collect();
        let gone = all.len() - kept.len();
        if gone == 0 || gone * LEAST < all.len() {
            return Ok(0);
        }
        for gone in std::mem::take(&mut self.old) {
            layout::remove_file(&self.layout.path(&gone.path))?;
        }
        self.replace(&all, &kept, at).await?;
        Ok(gone)
    }

    /// Puts some of the rows in the place of all of them, as one file.
    async fn replace(&mut self, all: &[LiveRow], kept: &[&LiveRow], at: Timestamp) -> Result<()> {
        let (Some(first), Some(last)) = (all.first(), all.last()) else { return Ok(()) };
        // A name of its own: the last of the small files may have the same numbers.
        let version = self.entry.version.map_or(0, |version| version + 1);
        let name = format!("part-{:012}-{:012}-all{version}.parquet", first.number, last.number);
        let file = self.write_as(&name, last.number, kept)?;
        let removed = std::mem::take(&mut self.entry.files);
        let mut entry = self.entry.clone();
        entry.files = vec![file];
        self.old = removed.clone();
        self.commit(entry, removed, &format!("live-all-{version:012}"), at).await
    }

    fn write(&self, first: u64, last: u64, rows: &[&LiveRow]) -> Result<FileEntry> {
        self.write_as(&format!("part-{first:012}-{last:012}.parquet"), last, rows)
    }
    fn write_as(&self, name: &str, last: u64, rows: &[&LiveRow]) -> Result<FileEntry> {
        let relative = format!("{}/{name}", self.entry.folder);
        let path = self.layout.path(&relative);
        let folder = self.layout.path(&self.entry.folder);
        std::fs::create_dir_all(&folder).map_err(LakeError::io("make", &folder))?;
        // One that a commit names is never written again: what is there is of a try that ended before its commit.
        layout::remove_file(&path)?;
        let batch = batch(rows)?;
        let mut part = Part::create(path.clone(), relative, &run_of(last), batch.schema(), None)?;
        part.write(&batch)?;
        let file = part.close(&self.entry.columns)?;
        layout::sync_file(&path)?;
        layout::sync_folder(&folder)?;
        layout::sync_folder(&self.layout.path(FOLDER))?;
        layout::sync_folder(self.layout.root())?;
        Ok(file)
    }
    async fn commit(&mut self, mut entry: TableEntry, removed: Vec<FileEntry>, run: &str, at: Timestamp) -> Result<()> {
        let change = DeltaChange { base: self.entry.version, columns: self.entry.version.is_none(), removed };
        // The files of this commit are those that its run wrote.
        let kept = entry.files.iter().map(|file| (file.path.clone(), file.run.clone())).collect::<HashMap<_, _>>();
        if let Some(last) = entry.files.last_mut() {
            last.run = run.to_owned();
        }
        let version = delta_log::commit(&self.layout, &entry, &change, run, at).await?;
        for file in &mut entry.files {
            file.run.clone_from(&kept[&file.path]);
        }
        entry.version = Some(version);
        self.entry = entry;
        if let Err(error) = delta_log::checkpoint(&self.layout, &self.entry).await {
            tracing::warn!("the log of `{}` gets no checkpoint: {error}", self.entry.name);
        }
        Ok(())
    }
}

/// The highest number of a row of a table, by the names of files alone: 0 when nothing came in.
pub fn newest(lake: &Path, table: &TableName) -> u64 {
    let names = layout::file_names(&lake.join(FOLDER).join(table.as_str())).unwrap_or_default();
    names.iter().filter_map(|name| numbers_of(name)).map(|(_, last)| last).max().unwrap_or(0)
}

fn run_of(number: u64) -> String {
    format!("live-{number:012}")
}

/// The numbers of the rows of a file, by its name.
fn numbers_of(path: &str) -> Option<(u64, u64)> {
    let name = path.rsplit('/').next()?.strip_prefix("part-")?.strip_suffix(".parquet")?;
    let mut parts = name.split('-');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// An id in the form of a guid, the same for the same folder.
fn id_of(layout: &Layout, folder: &str) -> String {
    use sha2::{Digest as _, Sha256};
    let hash = Sha256::digest(layout.path(folder).display().to_string().as_bytes());
    let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

fn batch(rows: &[&LiveRow]) -> Result<RecordBatch> {
    let fields = columns()
        .iter()
        .map(|column| Field::new(column.name.as_str(), arrow_type(column.ty), true))
        .collect::<Vec<_>>();
    let numbers = rows.iter().map(|row| i64::try_from(row.number).unwrap_or(i64::MAX));
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(numbers)),
        Arc::new(TimestampMicrosecondArray::from_iter_values(rows.iter().map(|row| row.at)).with_timezone("UTC")),
        Arc::new(StringArray::from_iter(rows.iter().map(|row| row.key.as_deref()))),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.row))),
        Arc::new(StringArray::from_iter(rows.iter().map(|row| row.wrong.as_deref()))),
    ];
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|error| LakeError::Run(error.to_string()))
}

fn read(path: &Path, after: u64, into: &mut Vec<LiveRow>) -> Result<()> {
    let file = File::open(path).map_err(LakeError::io("read", path))?;
    let unreadable = |error: String| LakeError::damaged(path, error, "restore it from a backup");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(ParquetRecordBatchReaderBuilder::build);
    for batch in reader.map_err(|error| unreadable(error.to_string()))? {
        let batch = batch.map_err(|error| unreadable(error.to_string()))?;
        let text = |name: &str| batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>()).cloned();
        let numbers = batch.column_by_name("Number").and_then(|column| column.as_primitive_opt::<Int64Type>()).cloned();
        let instants = batch
            .column_by_name("At")
            .and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>())
            .cloned();
        let (Some(numbers), Some(instants), Some(keys), Some(rows), Some(whys)) =
            (numbers, instants, text("Key"), text("Row"), text("CorruptionDetails"))
        else {
            return Err(unreadable("it lacks columns".to_owned()));
        };
        for at in 0..batch.num_rows() {
            let number = u64::try_from(numbers.value(at)).unwrap_or(0);
            if number > after {
                into.push(LiveRow {
                    number,
                    at: instants.value(at),
                    key: keys.is_valid(at).then(|| keys.value(at).to_owned()),
                    row: rows.value(at).to_owned(),
                    wrong: whys.is_valid(at).then(|| whys.value(at).to_owned()),
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: u64, key: &str) -> LiveRow {
        LiveRow { number, at: 5, key: Some(key.to_owned()), row: format!("{{\"n\": {number}}}"), wrong: None }
    }

    #[tokio::test]
    async fn rows_are_there_once_and_in_order_also_after_many_commits() {
        let folder = tempfile::tempdir().unwrap();
        let (table, at) = (TableName::from("Shop_orders"), Timestamp::UNIX_EPOCH);
        let mut live = LiveTable::open(folder.path(), &table).await.unwrap();
        assert_eq!((live.last(), live.rows(0).unwrap().len()), (0, 0));
        for n in 1..=150 {
            // Each row is offered again with the next one, as after a crash before the log was cut.
            let rows = [row(n.max(2) - 1, "again"), row(n, &format!("k{}", n % 100))];
            live.append(&rows[usize::from(n == 1)..], at).await.unwrap();
        }
        assert_eq!(live.last(), 150);
        let again = LiveTable::open(folder.path(), &table).await.unwrap();
        assert_eq!(again.last(), 150);
        for live in [&live, &again] {
            let rows = live.rows(0).unwrap();
            assert!(rows.is_sorted_by_key(|row| row.number) && rows.len() >= 100 && rows.len() < 150, "{}", rows.len());
            let newest: std::collections::BTreeMap<_, _> =
                rows.iter().map(|row| (row.key.clone().unwrap(), row.number)).collect();
            assert_eq!(newest.len(), 100);
            assert!(newest.values().all(|&number| number > 50), "the newest row of each key");
            assert_eq!(live.rows(149).unwrap(), [row(150, "k50")]);
        }
        assert_eq!(LiveTable::all(folder.path()).unwrap(), [table]);
    }

    #[tokio::test]
    async fn rows_that_nobody_needs_are_taken_out_and_numbers_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let (table, at) = (TableName::from("Customer"), Timestamp::UNIX_EPOCH);
        let mut live = LiveTable::open(folder.path(), &table).await.unwrap();
        let rows: Vec<LiveRow> = (1..=10).map(|n| row(n, &format!("k{n}"))).collect();
        live.append(&rows, at).await.unwrap();
        assert_eq!(live.keep(&|row| row.number != 3, at).await.unwrap(), 0, "one in ten is not worth it");
        assert_eq!(live.keep(&|row| row.number % 2 == 1, at).await.unwrap(), 4, "the newest stays");
        assert_eq!(live.keep(&|row| row.number == 5, at).await.unwrap(), 4);
        live.append(&[row(11, "k11")], at).await.unwrap();
        for live in [&live, &LiveTable::open(folder.path(), &table).await.unwrap()] {
            let numbers: Vec<u64> = live.rows(0).unwrap().iter().map(|row| row.number).collect();
            assert_eq!((numbers, live.last()), (vec![5, 10, 11], 11));
        }
    }
}
