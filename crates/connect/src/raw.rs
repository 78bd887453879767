//! Raw: rows and bad rows on their way out, in batches.
//!
//! Reads    cells, a row at a time        Writes   `RawBatch`es of some 8,000 rows
//!
//! Invariants
//! - A row is kept whole or not at all: one bad cell makes it corrupt, with a reason for every bad cell.
//! - Every row knows its file and line.
//!
//! Not here: what a value may look like (`cells`), where rows come from (`files`, `fhir`, `dataverse`).

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType as ArrowType, Field, Schema, SchemaRef, TimeUnit};
use onefold_model::{Column, DataType};

use crate::ConnectError;
use crate::cells::{self, Cell};
use crate::read::ReadReport;

/// Rows of a batch.
const ROWS: usize = 8192;
/// Bytes of text in a batch, of all columns.
const BYTES: usize = 32 << 20;
/// Characters of a bad line that are kept.
const RAW_KEPT: usize = 1 << 20;

/// Rows of a source, of one of three kinds.
#[derive(Clone, Debug)]
pub enum RawBatch {
    /// The columns asked for, then `_file` text and `_line` integer.
    Rows(RecordBatch),
    /// `CorruptionDetails`, `SourceFile` text, `Line` integer, `Raw` text, then the columns as text.
    Corrupt(RecordBatch),
    /// `Key`, `Other`, `Kind` text.
    Link(RecordBatch),
}

/// A page of a server: what to call it in `_file`, and its body.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// Its address without what is secret or changes from run to run, or `page 3`.
    pub(crate) name: String,
    /// JSON text.
    pub(crate) body: bytes::Bytes,
}

/// The arrow type that stores a type.
pub fn arrow_type(ty: DataType) -> ArrowType {
    match ty {
        DataType::Text | DataType::Guid | DataType::Json | DataType::Any => ArrowType::Utf8,
        DataType::Integer => ArrowType::Int64,
        DataType::Small => ArrowType::Int32,
        DataType::Number => ArrowType::Float64,
        DataType::Decimal(precision, scale) => ArrowType::Decimal128(precision, scale),
        DataType::Boolean => ArrowType::Boolean,
        DataType::Date => ArrowType::Date32,
        DataType::DateTime => ArrowType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        DataType::Bitmap => ArrowType::Binary,
    }
}

/// The schema of [`RawBatch::Rows`].
pub fn rows_schema(columns: &[Column]) -> SchemaRef {
    let mut fields: Vec<Field> =
        columns.iter().map(|column| Field::new(column.name.as_str(), arrow_type(column.ty), true)).collect();
    fields.push(Field::new("_file", ArrowType::Utf8, true));
    fields.push(Field::new("_line", ArrowType::Int64, true));
    Arc::new(Schema::new(fields))
}

/// The schema of [`RawBatch::Corrupt`].
pub fn corrupt_schema(columns: &[Column]) -> SchemaRef {
    let mut fields = vec![
        Field::new("CorruptionDetails", ArrowType::Utf8, true),
        Field::new("SourceFile", ArrowType::Utf8, true),
        Field::new("Line", ArrowType::Int64, true),
        Field::new("Raw", ArrowType::Utf8, true),
    ];
    fields.extend(columns.iter().map(|column| Field::new(column.name.as_str(), ArrowType::Utf8, true)));
    Arc::new(Schema::new(fields))
}

/// The schema of [`RawBatch::Link`].
pub fn link_schema() -> SchemaRef {
    Arc::new(Schema::new(["Key", "Other", "Kind"].map(|name| Field::new(name, ArrowType::Utf8, true)).to_vec()))
}

/// A column being filled; can be cut back when its row turns out bad.
enum Filling {
    Text(TextFilling, bool),
    Integer(Vec<Option<i64>>),
    Small(Vec<Option<i32>>),
    Number(Vec<Option<f64>>),
    Decimal(Vec<Option<i128>>, u8, i8),
    Boolean(Vec<Option<bool>>),
    Day(Vec<Option<i32>>),
    Instant(Vec<Option<i64>>),
}

/// Texts one after another.
#[derive(Default)]
struct TextFilling {
    text: String,
    ends: Vec<usize>,
    there: Vec<bool>,
}

impl TextFilling {
    fn push(&mut self, text: Option<&str>) {
        self.text.push_str(text.unwrap_or_default());
        self.ends.push(self.text.len());
        self.there.push(text.is_some());
    }
    fn cut(&mut self, rows: usize) {
        self.ends.truncate(rows);
        self.there.truncate(rows);
        self.text.truncate(self.ends.last().copied().unwrap_or(0));
    }
    fn take(&mut self) -> ArrayRef {
        let offsets: Vec<i32> = std::iter::once(0).chain(self.ends.drain(..).map(|end| end as i32)).collect();
        let size = self.text.len();
        let text = std::mem::replace(&mut self.text, String::with_capacity(size)).into_bytes();
        let nulls = NullBuffer::from_iter(self.there.drain(..));
        let nulls = (nulls.null_count() > 0).then_some(nulls);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        Arc::new(StringArray::new(offsets, Buffer::from_vec(text), nulls))
    }
}

impl Filling {
    fn new(ty: DataType) -> Self {
        match ty {
            DataType::Guid => Self::Text(TextFilling::default(), true),
            DataType::Text | DataType::Json | DataType::Any | DataType::Bitmap => {
                Self::Text(TextFilling::default(), false)
            }
            DataType::Integer => Self::Integer(Vec::new()),
            DataType::Small => Self::Small(Vec::new()),
            DataType::Number => Self::Number(Vec::new()),
            DataType::Decimal(precision, scale) => Self::Decimal(Vec::new(), precision, scale),
            DataType::Boolean => Self::Boolean(Vec::new()),
            DataType::Date => Self::Day(Vec::new()),
            DataType::DateTime => Self::Instant(Vec::new()),
        }
    }

    /// Adds a value; false when the cell is none of the column's type (nothing is added then).
    fn push(&mut self, cell: &Cell<'_>) -> bool {
        if let Cell::Wrong(..) = cell {
            return false;
        }
        if let Self::Text(texts, guid) = self {
            return push_text(texts, *guid, cell);
        }
        match (self, cell) {
            (Self::Day(days), Cell::Day(day, _)) => days.push(Some(*day)),
            (Self::Instant(instants), Cell::Instant(instant, _)) => instants.push(Some(*instant)),
            (Self::Boolean(values), Cell::Boolean(value)) => values.push(Some(*value)),
            (_, Cell::Boolean(_) | Cell::Json(_)) => return false,
            (Self::Day(_) | Self::Instant(_), Cell::Number(_)) => return false,
            (filling, cell) => {
                let text = cell.text().map(str::trim).filter(|text| !text.is_empty());
                return filling.push_parsed(text);
            }
        }
        true
    }

    fn push_parsed(&mut self, text: Option<&str>) -> bool {
        fn add<T>(values: &mut Vec<Option<T>>, text: Option<&str>, parse: impl Fn(&str) -> Option<T>) -> bool {
            match text.map(parse) {
                Some(None) => false,
                Some(value) => {
                    values.push(value);
                    true
                }
                None => {
                    values.push(None);
                    true
                }
            }
        }
        match self {
            Self::Text(texts, _) => {
                texts.push(text);
                true
            }
            Self::Integer(values) => add(values, text, cells::integer),
            Self::Small(values) => add(values, text, |text| i32::try_from(cells::integer(text)?).ok()),
            Self::Number(values) => add(values, text, cells::number),
            Self::Decimal(values, precision, scale) => {
                add(values, text, |text| cells::decimal(text, *precision, *scale))
            }
            Self::Boolean(values) => add(values, text, cells::boolean),
            Self::Day(values) => add(values, text, cells::date),
            Self::Instant(values) => add(values, text, cells::instant),
        }
    }

    fn cut(&mut self, rows: usize) {
        match self {
            Self::Text(texts, _) => texts.cut(rows),
            Self::Integer(values) | Self::Instant(values) => values.truncate(rows),
            Self::Small(values) | Self::Day(values) => values.truncate(rows),
            Self::Number(values) => values.truncate(rows),
            Self::Decimal(values, ..) => values.truncate(rows),
            Self::Boolean(values) => values.truncate(rows),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Text(texts, _) => texts.text.len(),
            _ => 0,
        }
    }

    fn take(&mut self) -> ArrayRef {
        match self {
            Self::Text(texts, _) => texts.take(),
            Self::Integer(values) => Arc::new(Int64Array::from(std::mem::take(values))),
            Self::Small(values) => Arc::new(Int32Array::from(std::mem::take(values))),
            Self::Number(values) => Arc::new(Float64Array::from(std::mem::take(values))),
            Self::Decimal(values, precision, scale) => Arc::new(
                Decimal128Array::from(std::mem::take(values))
                    .with_precision_and_scale(*precision, *scale)
                    .expect("`DataType::parse` and the planner give valid precisions"),
            ),
            Self::Boolean(values) => Arc::new(BooleanArray::from(std::mem::take(values))),
            Self::Day(values) => Arc::new(Date32Array::from(std::mem::take(values))),
            Self::Instant(values) => {
                Arc::new(TimestampMicrosecondArray::from(std::mem::take(values)).with_timezone("UTC"))
            }
        }
    }
}

fn push_text(texts: &mut TextFilling, guid: bool, cell: &Cell<'_>) -> bool {
    match cell.text() {
        Some(text) if guid => match (text.trim(), cells::guid(text.trim())) {
            ("", _) => texts.push(None),
            (_, Some(text)) => texts.push(Some(&text)),
            (_, None) => return false,
        },
        text => texts.push(text),
    }
    true
}

/// Where batches go; false says that nobody listens any more.
pub(crate) type Sink = Box<dyn FnMut(RawBatch) -> bool + Send>;

/// Takes rows of one table, and sends them on in batches.
pub(crate) struct Rows {
    columns: Vec<Column>,
    fillings: Vec<Filling>,
    file: TextFilling,
    lines: Vec<Option<i64>>,
    corrupt: Vec<TextFilling>,
    corrupt_lines: Vec<Option<i64>>,
    links: Vec<TextFilling>,
    sink: Sink,
    /// The name of the file being read, as `_file` shows it.
    file_name: String,
    /// The instant of the run, in microseconds since 1970-01-01T00:00Z, where rows depend on it.
    pub(crate) now: Option<i64>,
    /// What was counted so far.
    pub(crate) report: ReadReport,
}

impl Rows {
    /// For these columns, in this order.
    pub(crate) fn new(columns: Vec<Column>, sink: Sink) -> Self {
        Self {
            fillings: columns.iter().map(|column| Filling::new(column.ty)).collect(),
            corrupt: (0..columns.len() + 3).map(|_| TextFilling::default()).collect(),
            links: (0..3).map(|_| TextFilling::default()).collect(),
            file: TextFilling::default(),
            lines: Vec::new(),
            corrupt_lines: Vec::new(),
            columns,
            sink,
            file_name: String::new(),
            now: None,
            report: ReadReport::default(),
        }
    }

    /// The columns rows are given for.
    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The following rows are of this file.
    pub(crate) fn begin_file(&mut self, name: &str) {
        name.clone_into(&mut self.file_name);
        self.report.files += 1;
    }

    /// A row: a cell a column, the line it begins on, and a way to its text should it turn out bad.
    pub(crate) fn push(&mut self, line: u64, cells: &[Cell<'_>], raw: &dyn Fn() -> String) -> Result<(), ConnectError> {
        debug_assert_eq!(cells.len(), self.columns.len());
        let rows = self.lines.len();
        let mut whole = true;
        for (filling, cell) in self.fillings.iter_mut().zip(cells) {
            whole &= filling.push(cell);
        }
        if !whole {
            let why = self.reasons(cells);
            for filling in &mut self.fillings {
                filling.cut(rows);
            }
            return self.corrupt(line, &why, &raw(), cells);
        }
        self.file.push(Some(&self.file_name));
        self.lines.push(Some(line as i64));
        self.report.rows_read += 1;
        self.report.rows_kept += 1;
        if rows + 1 >= ROWS || self.fillings.iter().map(Filling::bytes).sum::<usize>() >= BYTES {
            self.send_rows()?;
        }
        Ok(())
    }

    /// Why a row is bad: a part for every bad cell.
    pub(crate) fn reasons(&self, cells: &[Cell<'_>]) -> String {
        let mut parts = Vec::new();
        for (column, cell) in self.columns.iter().zip(cells) {
            if let Cell::Wrong(_, why) = cell {
                parts.push(format!("{}: {why}", column.name));
            } else if !Filling::new(column.ty).push(cell) {
                let found: String = cell.text().unwrap_or_default().chars().take(80).collect();
                parts.push(format!("{}: expected {}, found \"{found}\"", column.name, cells::called(column.ty)));
            }
        }
        parts.join("; ")
    }

    /// A bad row; `cells` may be empty where there is no telling them.
    pub(crate) fn corrupt(&mut self, line: u64, why: &str, raw: &str, cells: &[Cell<'_>]) -> Result<(), ConnectError> {
        let kept = raw.char_indices().nth(RAW_KEPT).map_or(raw, |(at, _)| &raw[..at]);
        self.corrupt[0].push(Some(why));
        self.corrupt[1].push(Some(&self.file_name));
        self.corrupt[2].push(Some(kept));
        for at in 0..self.columns.len() {
            self.corrupt[at + 3].push(cells.get(at).and_then(Cell::text));
        }
        self.corrupt_lines.push(Some(line as i64));
        self.report.rows_read += 1;
        self.report.corrupt += 1;
        if self.corrupt_lines.len() >= ROWS || self.corrupt[2].text.len() >= BYTES {
            self.send_corrupt()?;
        }
        Ok(())
    }

    /// A link that the source states between two of its records.
    pub(crate) fn link(&mut self, key: &str, other: &str, kind: &str) -> Result<(), ConnectError> {
        for (filling, text) in self.links.iter_mut().zip([key, other, kind]) {
            filling.push(Some(text));
        }
        self.report.links += 1;
        if self.links[0].ends.len() >= ROWS {
            self.send_links()?;
        }
        Ok(())
    }

    /// Batches that are ready made: `rows` of them, with `_file` and `_line`.
    pub(crate) fn push_batch(&mut self, batch: RecordBatch) -> Result<(), ConnectError> {
        self.send_rows()?;
        self.report.rows_read += batch.num_rows() as u64;
        self.report.rows_kept += batch.num_rows() as u64;
        self.send(RawBatch::Rows(batch))
    }

    /// Something worth saying about the whole read.
    pub(crate) fn warn(&mut self, warning: impl Into<String>) {
        let warning = warning.into();
        if !self.report.warnings.contains(&warning) {
            self.report.warnings.push(warning);
        }
    }

    /// Something worth saying about the file being read; the sentence goes on after its name.
    pub(crate) fn warn_of_file(&mut self, what: &str) {
        self.warn(format!("`{}` {what}", self.file_name));
    }

    /// Sends what is left, and tells what was counted.
    pub(crate) fn finish(mut self) -> Result<ReadReport, ConnectError> {
        self.send_rows()?;
        self.send_corrupt()?;
        self.send_links()?;
        Ok(self.report)
    }

    fn send(&mut self, batch: RawBatch) -> Result<(), ConnectError> {
        if (self.sink)(batch) { Ok(()) } else { Err(ConnectError::new("reading was stopped")) }
    }

    fn send_rows(&mut self) -> Result<(), ConnectError> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let mut arrays: Vec<ArrayRef> = self.fillings.iter_mut().map(Filling::take).collect();
        arrays.push(self.file.take());
        arrays.push(Arc::new(Int64Array::from(std::mem::take(&mut self.lines))));
        let batch = RecordBatch::try_new(rows_schema(&self.columns), arrays)
            .expect("arrays are filled by the types of the schema, row by row");
        self.send(RawBatch::Rows(batch))
    }

    fn send_corrupt(&mut self) -> Result<(), ConnectError> {
        if self.corrupt_lines.is_empty() {
            return Ok(());
        }
        let mut arrays: Vec<ArrayRef> = self.corrupt.iter_mut().map(TextFilling::take).collect();
        arrays.insert(2, Arc::new(Int64Array::from(std::mem::take(&mut self.corrupt_lines))));
        let batch =
            RecordBatch::try_new(corrupt_schema(&self.columns), arrays).expect("every bad row adds to every array");
        self.send(RawBatch::Corrupt(batch))
    }

    fn send_links(&mut self) -> Result<(), ConnectError> {
        if self.links[0].ends.is_empty() {
            return Ok(());
        }
        let arrays: Vec<ArrayRef> = self.links.iter_mut().map(TextFilling::take).collect();
        let batch = RecordBatch::try_new(link_schema(), arrays).expect("every link adds to every array");
        self.send(RawBatch::Link(batch))
    }
}
