//! Rows: what came in between runs, as part of the table that a read writes.
//!
//! Reads    `Live_<Source>_<Table>`, when the files of a source were last changed
//! Flow     kept rows ─ typed ─ the newest of each key ─ in the place of rows of older files ─ the read's batches
//!
//! Invariants
//! - Of a row that came in and a row of a file with the same key, the newer counts: a file that was changed after the row
//!   came in has the later word, and a server that is read now has it always.
//! - Of two rows that came in with one key, the later counts.
//!
//! Not here: how connectors type (`onefold_connect`).

use std::collections::{HashMap, HashSet};

use arrow::array::{Array as _, ArrayRef, AsArray as _, BooleanArray, RecordBatch};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::{DataType as ArrowType, Int64Type};
use onefold_api::Problem;
use onefold_connect::live::{Kept, batches};
use onefold_connect::{RawBatch, SourceRef};
use onefold_lake::live::LiveTable;
use onefold_model::{Column, TableName};

use crate::runner::problem::{of_connect, of_lake};

/// What `_file` says of rows that came in: before all names of files, so that of equal keys they are the first.
pub(crate) const FILE: &str = "(live)";

/// The rows of a table that came in between runs.
pub(crate) struct LiveRows {
    key: String,
    good: Vec<RecordBatch>,
    corrupt: Vec<RecordBatch>,
    /// By key: where the newest row is, when it came in, and whether a newer file has one.
    newest: HashMap<String, Newest>,
    changed: HashMap<String, i64>,
    /// The keys of those that were taken in.
    taken: HashSet<String>,
    /// The highest number among them.
    pub(crate) last: u64,
}

struct Newest {
    batch: usize,
    row: usize,
    at: i64,
    beaten: bool,
}

impl LiveRows {
    /// The rows of the table of a source, typed; none came in when there are none. Those up to number `after` were taken
    /// in: they are known by their keys alone.
    pub(crate) async fn of(
        lake: &std::path::Path,
        table: &TableName,
        source: &SourceRef,
        columns: &[Column],
        after: u64,
    ) -> Result<Option<Self>, Problem> {
        if onefold_lake::live::newest(lake, table) == 0 {
            return Ok(None);
        }
        let live = LiveTable::open(lake, table).await.map_err(of_lake)?;
        let rows = live.rows(0).map_err(of_lake)?;
        let typed = |new: bool| {
            let rows = rows.iter().filter(|row| (row.number > after) == new);
            let kept = rows.map(|row| Kept { number: row.number, text: &row.row, wrong: row.wrong.as_deref() });
            let found = batches(source, columns, FILE, kept);
            found.map_err(|error| of_connect(&format!("reading what came in for `{table}`"), error))
        };
        let came_in: HashMap<u64, i64> = rows.iter().map(|row| (row.number, row.at)).collect();
        let mut all = Self {
            key: source.key(),
            good: Vec::new(),
            corrupt: Vec::new(),
            newest: HashMap::new(),
            changed: source.changed(),
            last: live.last(),
            taken: HashSet::new(),
        };
        for batch in typed(false)? {
            if let RawBatch::Rows(batch) = batch {
                let keys = keys(&batch, &all.key)?;
                all.taken.extend(keys.as_string::<i32>().iter().flatten().map(str::to_owned));
            }
        }
        for batch in typed(true)? {
            match batch {
                RawBatch::Rows(batch) => all.add(batch, &came_in)?,
                RawBatch::Corrupt(batch) => all.corrupt.push(batch),
                RawBatch::Link(_) => {}
            }
        }
        Ok(Some(all))
    }

    /// The column of keys.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }
    /// Whether rows came in that were not taken in yet.
    pub(crate) fn has_new(&self) -> bool {
        !self.newest.is_empty()
    }
    /// Whether a row that was not taken in yet has the key of one of these.
    pub(crate) fn meets(&self, batch: &RecordBatch) -> Result<bool, Problem> {
        let keys = keys(batch, &self.key)?;
        Ok(keys.as_string::<i32>().iter().flatten().any(|key| self.newest.contains_key(key)))
    }
    /// Whether a row that was taken in has the key of one of these.
    pub(crate) fn stands_for(&self, batch: &RecordBatch) -> Result<bool, Problem> {
        let keys = keys(batch, &self.key)?;
        Ok(keys.as_string::<i32>().iter().flatten().any(|key| self.taken.contains(key)))
    }

    fn add(&mut self, batch: RecordBatch, came_in: &HashMap<u64, i64>) -> Result<(), Problem> {
        let at = self.good.len();
        let (keys, lines) = (keys(&batch, &self.key)?, batch.column_by_name("_line").cloned());
        let lines = lines.as_ref().and_then(|lines| lines.as_primitive_opt::<Int64Type>());
        for row in (0..batch.num_rows()).filter(|&row| keys.is_valid(row)) {
            let number = lines.map_or(0, |lines| u64::try_from(lines.value(row)).unwrap_or(0));
            let came = came_in.get(&number).copied().unwrap_or(0);
            let newest = Newest { batch: at, row, at: came, beaten: false };
            self.newest.insert(keys.as_string::<i32>().value(row).to_owned(), newest);
        }
        self.good.push(batch);
        Ok(())
    }

    /// The rows of a batch of the source that no newer row that came in stands for.
    pub(crate) fn left_of(&mut self, batch: RecordBatch) -> Result<RecordBatch, Problem> {
        if self.newest.is_empty() {
            return Ok(batch);
        }
        let keys = keys(&batch, &self.key)?;
        let keys = keys.as_string::<i32>();
        let files = batch.column_by_name("_file").and_then(|files| files.as_string_opt::<i32>().cloned());
        let mut stays = vec![true; batch.num_rows()];
        for (row, stays) in stays.iter_mut().enumerate().filter(|(row, _)| keys.is_valid(*row)) {
            let Some(newest) = self.newest.get_mut(keys.value(row)) else { continue };
            let file = files.as_ref().filter(|files| files.is_valid(row)).map(|files| files.value(row));
            // What is no file of a folder was read just now.
            let changed = file.and_then(|file| self.changed.get(file).copied()).unwrap_or(i64::MAX);
            match changed > newest.at {
                true => newest.beaten = true,
                false => *stays = false,
            }
        }
        if stays.iter().all(|stays| *stays) {
            return Ok(batch);
        }
        filter_record_batch(&batch, &BooleanArray::from(stays)).map_err(fault)
    }

    /// The rows that came in and still count, after all batches of the source; and the bad ones.
    pub(crate) fn rest(self) -> Result<(Vec<RecordBatch>, Vec<RecordBatch>), Problem> {
        let mut stays: Vec<Vec<bool>> = self.good.iter().map(|batch| vec![false; batch.num_rows()]).collect();
        for newest in self.newest.values().filter(|newest| !newest.beaten) {
            stays[newest.batch][newest.row] = true;
        }
        let good = self.good.iter().zip(stays);
        let good = good.map(|(batch, stays)| filter_record_batch(batch, &BooleanArray::from(stays)).map_err(fault));
        Ok((good.collect::<Result<_, _>>()?, self.corrupt))
    }
}

/// The keys of rows as text; the same key is the same text in every batch of the table.
fn keys(batch: &RecordBatch, key: &str) -> Result<ArrayRef, Problem> {
    let keys = batch.column_by_name(key);
    let keys = keys.ok_or_else(|| Problem::failed(format!("a batch of the source lacks its key `{key}`")))?;
    cast(keys, &ArrowType::Utf8).map_err(fault)
}

fn fault(error: arrow::error::ArrowError) -> Problem {
    Problem::failed(format!("rows that came in cannot be put beside those of the source: {error}"))
}
