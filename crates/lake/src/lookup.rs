//! Lookup: rows of a published table read from its files alone: all of them, or those of one number.
//!
//! Reads    the Parquet files that a published run names
//! Flow     number ─ its rows, by an array of beginnings read once ─ the pages that hold them ─ one batch
//!
//! Invariants
//! - No SQL is planned; only pages with wanted rows are read and decoded.
//! - Files stay open: what was opened can be read to its end, also when the lake removes them meanwhile.
//! - A table that is not sorted by its numbers is looked up all the same, by a list of rows; more pages are read then.
//!
//! Not here: how tables get sorted (`land.rs`), how their pages are cut (`part.rs`).

use std::fs::File;
use std::io::{BufReader, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{Field, Int32Type, Schema, SchemaRef};
use bytes::Bytes;
use onefold_model::{Column, ColumnName, DataType};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
    RowSelectionPolicy,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::reader::{ChunkReader, Length};

use crate::columns::arrow_type;
use crate::manifest::TableEntry;
use crate::{Lake, LakeError, Result};

/// Rows read at once when all are.
const BATCH: usize = 8192;
/// Numbers without rows are holes in an array: a table with more holes than this, and than rows, is not looked up.
const MOST_HOLES: usize = 4 << 20;

/// The column of numbers that rows are looked up by: the first one a table is sorted by, if it holds small integers.
pub(crate) fn number_column<'a>(columns: &'a [Column], sorted_by: &[ColumnName]) -> Option<&'a Column> {
    let first = sorted_by.first()?;
    columns.iter().find(|column| column.name == *first && column.ty == DataType::Small)
}

/// A table whose rows are found by a number.
pub struct Lookup {
    table: Stored,
    /// Where the rows of each number begin; one more than there are numbers.
    starts: Vec<u32>,
    /// The rows by their numbers, where the table is not sorted by them.
    order: Option<Vec<u32>>,
}

impl std::fmt::Debug for Lookup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lookup").field("rows", &self.rows()).finish_non_exhaustive()
    }
}

impl Lookup {
    /// Opens a table of a published run, whose rows have a number in a column of small integers. Reads that column once.
    pub fn open(lake: &Lake, table: &TableEntry, number: &str) -> Result<Self> {
        let stored = Stored::open(lake, table)?;
        let mut numbers = Vec::new();
        for batch in stored.batches(&[number]) {
            let batch = batch?;
            let column = batch.column(0).as_primitive_opt::<Int32Type>().ok_or_else(|| {
                LakeError::Run(format!("column `{number}` of `{}` holds no small integers", table.name))
            })?;
            // None is first among the numbers when compared, and last among the rows: it is kept apart.
            numbers.extend(column.iter().map(|value| value.and_then(|value| u32::try_from(value).ok())));
        }
        let most = numbers.iter().flatten().max().map_or(0, |most| *most as usize + 1);
        if most > MOST_HOLES.max(2 * numbers.len()) || u32::try_from(numbers.len()).is_err() {
            let why = format!("the numbers of `{}` are too far apart to look rows up by them", table.name);
            return Err(LakeError::Run(why));
        }
        let mut starts = vec![0_u32; most + 1];
        numbers.iter().flatten().for_each(|&number| starts[number as usize + 1] += 1);
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let numbered = starts.last().copied().unwrap_or_default() as usize;
        let sorted = numbers[..numbered].is_sorted() && numbers[..numbered].iter().all(Option::is_some);
        let order = (!sorted).then(|| {
            let (mut next, mut order) = (starts.clone(), vec![0_u32; numbered]);
            for (row, number) in numbers.iter().enumerate() {
                if let Some(number) = number {
                    let place = &mut next[*number as usize];
                    order[*place as usize] = row as u32;
                    *place += 1;
                }
            }
            order
        });
        Ok(Self { table: stored, starts, order })
    }
    /// The number of rows that have a number.
    pub fn rows(&self) -> u32 {
        self.starts.last().copied().unwrap_or_default()
    }
    /// Whether rows lie in the order of their numbers, so that those of one lie together.
    #[cfg(test)]
    pub(crate) fn order_is_stored(&self) -> bool {
        self.order.is_none()
    }
    /// How many rows a number has.
    pub fn count(&self, number: u32) -> usize {
        self.span(number).len()
    }
    /// The rows of a number, with these columns in this order.
    pub fn of(&self, number: u32, columns: &[&str]) -> Result<RecordBatch> {
        let span = self.span(number);
        match &self.order {
            None => self.table.at(&[span], columns),
            Some(order) => {
                let rows = &order[span.start as usize..span.end as usize];
                self.table.at(&apart(rows.iter().copied()), columns)
            }
        }
    }
    /// The rows of several numbers, ascending, with these columns in this order.
    pub fn of_all(&self, numbers: &[u32], columns: &[&str]) -> Result<RecordBatch> {
        let spans = numbers.iter().map(|&number| self.span(number)).filter(|span| !span.is_empty());
        match &self.order {
            None => self.table.at(&spans.collect::<Vec<_>>(), columns),
            Some(order) => {
                let rows = spans.flat_map(|span| &order[span.start as usize..span.end as usize]);
                let mut rows: Vec<u32> = rows.copied().collect();
                rows.sort_unstable();
                self.table.at(&apart(rows.into_iter()), columns)
            }
        }
    }
    /// Some rows of a number, by their places among those that [`Lookup::of`] gives, ascending.
    pub fn some(&self, number: u32, places: &[u32], columns: &[&str]) -> Result<RecordBatch> {
        let span = self.span(number);
        let inside = places.iter().map(|place| span.start + place).filter(|row| *row < span.end);
        match &self.order {
            None => self.table.at(&apart(inside), columns),
            Some(order) => self.table.at(&apart(inside.map(|at| order[at as usize])), columns),
        }
    }
    fn span(&self, number: u32) -> Range<u32> {
        let at = number as usize;
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(&start), Some(&end)) => start..end,
            _ => 0..0,
        }
    }
}

/// Ascending rows as ranges.
fn apart(rows: impl Iterator<Item = u32>) -> Vec<Range<u32>> {
    let mut ranges: Vec<Range<u32>> = Vec::new();
    for row in rows {
        match ranges.last_mut() {
            Some(last) if last.end == row => last.end = row + 1,
            _ => ranges.push(row..row + 1),
        }
    }
    ranges
}

/// All rows of a table of a published run, in the order of its files, with these columns in this order. A column that a
/// file lacks is null there.
pub fn whole(
    lake: &Lake,
    table: &TableEntry,
    columns: &[&str],
) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    whole_in(lake.folder(), table, columns)
}

/// The same, of a lake's folder.
pub(crate) fn whole_in(
    lake: &Path,
    table: &TableEntry,
    columns: &[&str],
) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    let stored = Stored::open_in(lake, table)?;
    let columns: Vec<String> = columns.iter().map(|&column| column.to_owned()).collect();
    let mut at = 0;
    let mut open = None::<Batches>;
    Ok(std::iter::from_fn(move || {
        loop {
            if let Some(batch) = open.as_mut().and_then(Batches::next) {
                return Some(batch);
            }
            let names: Vec<&str> = columns.iter().map(String::as_str).collect();
            let file = stored.files.get(at)?;
            at += 1;
            match stored.read(file, &names, None) {
                Ok(batches) => open = Some(batches),
                Err(error) => return Some(Err(error)),
            }
        }
    }))
}

/// The files of a table, open.
struct Stored {
    columns: Vec<Column>,
    files: Vec<Opened>,
}

/// A file, open, with its footer.
struct Opened {
    bytes: Disk,
    metadata: ArrowReaderMetadata,
    /// The place of its first row in the table.
    first: usize,
}

impl Stored {
    fn open(lake: &Lake, table: &TableEntry) -> Result<Self> {
        Self::open_in(lake.folder(), table)
    }
    fn open_in(lake: &Path, table: &TableEntry) -> Result<Self> {
        let (mut files, mut first) = (Vec::new(), 0);
        for file in &table.files {
            let path = lake.join(&file.path);
            let bytes = Disk::open(&path)?;
            let options = ArrowReaderOptions::new()
                .with_skip_arrow_metadata(true)
                .with_offset_index_policy(PageIndexPolicy::Optional)
                .with_column_index_policy(PageIndexPolicy::Skip);
            let metadata = ArrowReaderMetadata::load(&bytes, options).map_err(unreadable(&path))?;
            let rows = metadata.metadata().file_metadata().num_rows();
            files.push(Opened { bytes, metadata, first });
            first += usize::try_from(rows).unwrap_or_default();
        }
        Ok(Self { columns: table.columns.clone(), files })
    }
    /// All rows, file by file.
    fn batches<'a>(&'a self, columns: &'a [&'a str]) -> impl Iterator<Item = Result<RecordBatch>> + 'a {
        self.files.iter().flat_map(move |file| match self.read(file, columns, None) {
            Ok(batches) => Box::new(batches) as Box<dyn Iterator<Item = Result<RecordBatch>>>,
            Err(error) => Box::new(std::iter::once(Err(error))),
        })
    }
    fn at(&self, spans: &[Range<u32>], columns: &[&str]) -> Result<RecordBatch> {
        let mut found = Vec::new();
        for file in &self.files {
            let mut before = file.first;
            for (group, metadata) in file.metadata.metadata().row_groups().iter().enumerate() {
                let rows = usize::try_from(metadata.num_rows()).unwrap_or_default();
                let own: Vec<Range<usize>> = spans
                    .iter()
                    .map(|span| {
                        let from = (span.start as usize).clamp(before, before + rows);
                        let to = (span.end as usize).clamp(before, before + rows);
                        from - before..to - before
                    })
                    .filter(|range| !range.is_empty())
                    .collect();
                if !own.is_empty() {
                    for batch in self.read(file, columns, Some((group, own, rows)))? {
                        found.push(batch?);
                    }
                }
                before += rows;
            }
        }
        match found.as_slice() {
            [only] => Ok(only.clone()),
            several => concat_batches(&self.schema(columns)?, several).map_err(mismatch),
        }
    }
    /// Reads a file, or some rows of one row group of it.
    fn read(
        &self,
        file: &Opened,
        columns: &[&str],
        some: Option<(usize, Vec<Range<usize>>, usize)>,
    ) -> Result<Batches> {
        let schema = self.schema(columns)?;
        let parquet = file.metadata.parquet_schema();
        let fields = parquet.root_schema().get_fields();
        // The place of each column in what is read, which follows the order of the file.
        let roots: Vec<Option<usize>> =
            columns.iter().map(|name| fields.iter().position(|field| field.name() == *name)).collect();
        let mut read: Vec<usize> = roots.iter().flatten().copied().collect();
        read.sort_unstable();
        read.dedup();
        let places = roots.iter().map(|root| root.and_then(|root| read.binary_search(&root).ok())).collect();
        let mask = ProjectionMask::roots(parquet, read);
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file.bytes.clone(), file.metadata.clone());
        let mut builder = builder.with_projection(mask).with_batch_size(BATCH);
        if let Some((group, ranges, rows)) = some {
            let wanted = ranges.iter().map(Range::len).sum();
            builder = builder
                .with_batch_size(wanted)
                .with_row_groups(vec![group])
                .with_row_selection_policy(RowSelectionPolicy::Selectors)
                .with_row_selection(RowSelection::from_consecutive_ranges(ranges.into_iter(), rows));
        }
        let reader = builder.build().map_err(unreadable(&file.bytes.path))?;
        Ok(Batches { reader, schema, places, path: Arc::clone(&file.bytes.path) })
    }
    fn schema(&self, columns: &[&str]) -> Result<SchemaRef> {
        let field = |name: &&str| {
            let column = self.columns.iter().find(|column| column.name == **name);
            let column = column.ok_or_else(|| LakeError::Run(format!("there is no column `{name}` to look up")))?;
            Ok(Field::new(column.name.as_str(), arrow_type(column.ty), true))
        };
        Ok(Arc::new(Schema::new(columns.iter().map(field).collect::<Result<Vec<_>>>()?)))
    }
}

/// Batches of a file, with columns as the table has them.
struct Batches {
    reader: ParquetRecordBatchReader,
    schema: SchemaRef,
    places: Vec<Option<usize>>,
    path: Arc<PathBuf>,
}

impl Iterator for Batches {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = match self.reader.next()? {
            Ok(batch) => batch,
            Err(error) => return Some(Err(unreadable(&self.path)(ParquetError::ArrowError(error.to_string())))),
        };
        let columns = self.schema.fields().iter().zip(&self.places).map(|(field, place)| match place {
            Some(place) if batch.column(*place).data_type() == field.data_type() => Ok(batch.column(*place).clone()),
            Some(place) => cast(batch.column(*place), field.data_type()).map_err(mismatch),
            None => Ok(new_null_array(field.data_type(), batch.num_rows())),
        });
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let columns = columns.collect::<Result<Vec<ArrayRef>>>();
        Some(columns.and_then(|columns| {
            RecordBatch::try_new_with_options(self.schema.clone(), columns, &options).map_err(mismatch)
        }))
    }
}

fn unreadable(path: &Path) -> impl FnOnce(ParquetError) -> LakeError {
    let path = path.to_owned();
    move |error| {
        let hint = "restore it from a backup, or run again with `--force`";
        LakeError::damaged(path, error, hint)
    }
}

fn mismatch(error: arrow::error::ArrowError) -> LakeError {
    LakeError::Run(error.to_string())
}

/// A file that is read at any place, by many at once.
#[derive(Clone)]
struct Disk {
    file: Arc<File>,
    path: Arc<PathBuf>,
    len: u64,
}

impl Disk {
    fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(LakeError::io("read", path))?;
        let len = file.metadata().map_err(LakeError::io("read", path))?.len();
        Ok(Self { file: Arc::new(file), path: Arc::new(path.to_owned()), len })
    }
    fn read_at(&self, at: u64, into: &mut [u8]) -> std::io::Result<()> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::FileExt as _;
            self.file.read_exact_at(into, at)
        }
        #[cfg(not(unix))]
        {
            use std::io::{Seek as _, SeekFrom};
            // A handle of its own, with a place of its own.
            let mut file = File::open(&*self.path)?;
            file.seek(SeekFrom::Start(at))?;
            file.read_exact(into)
        }
    }
}

impl Length for Disk {
    fn len(&self) -> u64 {
        self.len
    }
}

impl ChunkReader for Disk {
    type T = BufReader<Onward>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(BufReader::new(Onward { disk: self.clone(), at: start }))
    }
    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let mut bytes = vec![0; length];
        self.read_at(start, &mut bytes)?;
        Ok(bytes.into())
    }
}

/// A file from some place on.
struct Onward {
    disk: Disk,
    at: u64,
}

impl Read for Onward {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let left = usize::try_from(self.disk.len.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let count = into.len().min(left);
        self.disk.read_at(self.at, &mut into[..count])?;
        self.at += count as u64;
        Ok(count)
    }
}
