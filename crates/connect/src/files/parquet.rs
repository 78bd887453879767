//! Parquet: batches that come typed.
//!
//! Reads    `.parquet`        Writes   batches as they are where types agree, else rows cell by cell
//!
//! Invariants
//! - Lists, records and maps come as JSON text.
//! - A value that does not fit the type asked for makes its row corrupt; nothing is turned to null.

use std::borrow::Cow;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, make_array, new_null_array};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType as ArrowType, SchemaRef, TimeUnit, TimestampMicrosecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use onefold_model::{Column, DataType};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{PARQUET, column_type, of_table};
use crate::cells::Cell;
use crate::lines::ByteCount;
use crate::raw::{Rows, arrow_type, rows_schema};
use crate::read::{ReadReport, file_name};
use crate::{ConnectError, SourceRef};

const ROWS: usize = 8192;

/// The columns, from the schema of the first file.
pub(crate) fn describe_parquet(source: &SourceRef) -> Result<Vec<Column>, ConnectError> {
    let folder = source.folder().unwrap_or_default();
    let paths = of_table(&folder, source, PARQUET)?;
    let Some(first) = paths.first() else { return Ok(Vec::new()) };
    let schema = open(first)?.schema().clone();
    let fields = schema.fields().iter();
    Ok(fields
        .map(|field| {
            Column::new(field.name().as_str(), column_type(source, field.name(), model_type(field.data_type())))
        })
        .collect())
}

fn open(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>, ConnectError> {
    let file = File::open(path).map_err(|cause| ConnectError::unreadable(path, cause))?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(|cause| damaged(path, cause))
}

fn damaged(path: &Path, cause: impl std::error::Error + Send + Sync + 'static) -> ConnectError {
    ConnectError::new(format!("`{}` is not a whole Parquet file: {}", path.display(), cause.to_string().to_lowercase()))
        .hint("copy the file again, or write it anew")
        .cause(cause)
}

/// The type that stands for an arrow type.
fn model_type(ty: &ArrowType) -> DataType {
    use ArrowType as A;
    match ty {
        A::Int8 | A::Int16 | A::Int32 | A::Int64 | A::UInt8 | A::UInt16 | A::UInt32 => DataType::Integer,
        A::UInt64 => DataType::Decimal(20, 0),
        A::Float16 | A::Float32 | A::Float64 | A::Decimal256(..) => DataType::Number,
        A::Decimal32(precision, scale) | A::Decimal64(precision, scale) | A::Decimal128(precision, scale) => {
            DataType::Decimal(*precision, *scale)
        }
        A::Boolean => DataType::Boolean,
        A::Date32 | A::Date64 => DataType::Date,
        A::Timestamp(..) => DataType::DateTime,
        A::Dictionary(_, values) => model_type(values),
        _ if ty.is_nested() => DataType::Json,
        _ => DataType::Text,
    }
}

/// Reads the table.
pub(crate) fn read_parquet(source: &SourceRef, mut rows: Rows, bytes: &ByteCount) -> Result<ReadReport, ConnectError> {
    let schema = rows_schema(rows.columns());
    for path in source.files_to_read()? {
        let name = file_name(&path);
        rows.begin_file(&name);
        let builder = open(&path)?;
        let file_schema = builder.schema().clone();
        let missing: Vec<String> = rows
            .columns()
            .iter()
            .filter(|column| file_schema.field_with_name(column.name.as_str()).is_err())
            .map(|column| format!("`{}`", column.name))
            .collect();
        if !missing.is_empty() {
            rows.warn(format!("`{name}` lacks the columns {}; they are null in its rows", missing.join(", ")));
        }
        let batches = builder.with_batch_size(ROWS).build().map_err(|cause| damaged(&path, cause))?;
        let mut line = 0;
        for batch in batches {
            let batch = batch.map_err(|cause| damaged(&path, cause))?;
            add(&mut rows, &schema, &batch, &name, line)?;
            line += batch.num_rows() as u64;
        }
        bytes.fetch_add(path.metadata().map_or(0, |about| about.len()), Ordering::Relaxed);
    }
    rows.finish()
}

/// A batch: whole where every value fits, else row by row.
fn add(rows: &mut Rows, schema: &SchemaRef, batch: &RecordBatch, file: &str, before: u64) -> Result<(), ConnectError> {
    let count = batch.num_rows();
    let mut given: Vec<ArrayRef> = Vec::new();
    let mut fitting: Vec<ArrayRef> = Vec::new();
    for column in rows.columns() {
        let array = match batch.column_by_name(column.name.as_str()) {
            Some(array) if array.data_type().is_nested() => Arc::new(as_json(array)),
            Some(array) => without_zone(array),
            None => without_zone(&new_null_array(&arrow_type(column.ty), count)),
        };
        fitting.extend(cast(&array, column.ty));
        given.push(array);
    }
    if fitting.len() == given.len() {
        fitting.push(Arc::new(StringArray::from_iter_values(std::iter::repeat_n(file, count))));
        fitting.push(Arc::new(Int64Array::from_iter_values((1..=count as i64).map(|row| before as i64 + row))));
        let whole = RecordBatch::try_new(schema.clone(), fitting)
            .map_err(|cause| ConnectError::new(format!("`{file}` gives columns of the wrong type")).cause(cause))?;
        return rows.push_batch(whole);
    }
    let options = FormatOptions::default();
    let texts: Vec<ArrayFormatter<'_>> =
        given.iter().filter_map(|array| ArrayFormatter::try_new(array, &options).ok()).collect();
    if texts.len() != given.len() {
        return Err(ConnectError::new(format!("`{file}` has a column of a type that cannot be read")));
    }
    for row in 0..count {
        let cells: Vec<Cell<'_>> = rows
            .columns()
            .iter()
            .zip(given.iter().zip(&texts))
            .map(|(column, (array, text))| match array.is_null(row) {
                true => Cell::Null,
                false => cell(text.value(row).to_string(), array.data_type(), column.ty),
            })
            .collect();
        let raw = || {
            let shown: Vec<&str> = cells.iter().map(|cell| cell.text().unwrap_or_default()).collect();
            shown.join(",")
        };
        rows.push(before + row as u64 + 1, &cells, &raw)?;
    }
    Ok(())
}

/// A value as text; a whole double is an integer where one is asked for.
fn cell(text: String, given: &ArrowType, asked: DataType) -> Cell<'static> {
    let whole = matches!(asked, DataType::Integer | DataType::Small) && given.is_floating();
    match text.strip_suffix(".0") {
        Some(digits) if whole => Cell::Text(Cow::Owned(digits.to_owned())),
        _ => Cell::Text(Cow::Owned(text)),
    }
}

/// Instants without the zone they are shown in: their numbers are UTC with any.
fn without_zone(array: &ArrayRef) -> ArrayRef {
    match array.data_type() {
        ArrowType::Timestamp(unit, Some(_)) => {
            let plain = array.to_data().into_builder().data_type(ArrowType::Timestamp(*unit, None));
            // Only the name of the zone differs, so that the data stays valid.
            plain.build().map_or_else(|_| array.clone(), make_array)
        }
        _ => array.clone(),
    }
}

/// An array as the type asked for, when that loses nothing; text is typed by our own rules, cell by cell.
fn cast(array: &ArrayRef, ty: DataType) -> Option<ArrayRef> {
    if ty == DataType::DateTime {
        if !matches!(array.data_type(), ArrowType::Timestamp(..)) {
            return None;
        }
        let micros =
            cast_with_options(array, &ArrowType::Timestamp(TimeUnit::Microsecond, None), &CastOptions::default())
                .ok()?;
        return Some(Arc::new(micros.as_primitive::<TimestampMicrosecondType>().clone().with_timezone("UTC")));
    }
    let wanted = arrow_type(ty);
    if ty == DataType::Guid || array.data_type() != &wanted && model_type(array.data_type()).is_text() && !ty.is_text()
    {
        return None;
    }
    if array.data_type() == &wanted {
        return Some(array.clone());
    }
    let cast = cast_with_options(array, &wanted, &CastOptions { safe: true, ..CastOptions::default() }).ok()?;
    let exact = match (model_type(array.data_type()), ty) {
        (DataType::Number | DataType::Decimal(..), DataType::Integer | DataType::Small | DataType::Decimal(..)) => {
            let back = cast_with_options(&cast, array.data_type(), &CastOptions::default()).ok()?;
            &back == array
        }
        _ => true,
    };
    (exact && cast.logical_null_count() == array.logical_null_count()).then_some(cast)
}

/// Lists, records and maps as JSON text.
fn as_json(array: &ArrayRef) -> StringArray {
    (0..array.len()).map(|row| (!array.is_null(row)).then(|| json(array, row).to_string())).collect()
}

fn json(array: &dyn Array, row: usize) -> serde_json::Value {
    use serde_json::Value;
    if array.is_null(row) {
        return Value::Null;
    }
    let list = |items: ArrayRef| Value::Array((0..items.len()).map(|at| json(&items, at)).collect());
    match array.data_type() {
        ArrowType::List(_) => list(array.as_list::<i32>().value(row)),
        ArrowType::LargeList(_) => list(array.as_list::<i64>().value(row)),
        ArrowType::FixedSizeList(..) => list(array.as_fixed_size_list().value(row)),
        ArrowType::Map(..) => {
            let entries = array.as_map().value(row);
            let (keys, values) = (entries.column(0), entries.column(1));
            let pair = |at| {
                (json(keys, at).as_str().map_or_else(|| json(keys, at).to_string(), str::to_owned), json(values, at))
            };
            Value::Object((0..entries.len()).map(pair).collect())
        }
        ArrowType::Struct(fields) => {
            let columns = array.as_struct().columns();
            let pairs = fields.iter().zip(columns);
            Value::Object(pairs.map(|(field, column)| (field.name().clone(), json(column, row))).collect())
        }
        ty => {
            let options = FormatOptions::default();
            let text = ArrayFormatter::try_new(array, &options).map(|text| text.value(row).to_string());
            let text = text.unwrap_or_default();
            match model_type(ty) {
                DataType::Integer | DataType::Number | DataType::Boolean => {
                    serde_json::from_str(&text).unwrap_or(Value::String(text))
                }
                _ => Value::String(text),
            }
        }
    }
}
