//! Stats: what Delta says about the values of a file, so that readers can pass it over.
//!
//! Format   <https://github.com/delta-io/delta/blob/master/PROTOCOL.md#per-file-statistics>
//!
//! Invariants
//! - A bound never excludes a value of the file: cut text is made larger at the top, and what cannot be told
//!   exactly in JSON is left out.
//! - A column stands under its own name, dots included: `{"minValues": {"meta.lastUpdated": …}}`.

use arrow::array::{Array, ArrayRef, AsArray as _};
use arrow::compute;
use arrow::datatypes::{
    DataType as Arrow, Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, Schema, TimestampMicrosecondType,
};
use onefold_model::{Column, DataType};
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::file::metadata::ParquetMetaData;
use serde_json::{Map, Value, json};

/// Letters kept of a text bound.
const LETTERS: usize = 32;
/// Columns told about, as Delta does.
const COLUMNS: usize = 32;

/// The statistics of a file just written.
pub(crate) fn of_file(metadata: &ParquetMetaData, schema: &Schema, columns: &[Column], rows: u64) -> Value {
    let (mut lows, mut highs, mut nulls) = (Map::new(), Map::new(), Map::new());
    for column in columns.iter().filter(|column| column.ty != DataType::Bitmap).take(COLUMNS) {
        let name = column.name.as_str();
        let descriptor = metadata.file_metadata().schema_descr();
        let Ok(converter) = StatisticsConverter::try_new(name, schema, descriptor) else { continue };
        if let Ok(counts) = converter.row_group_null_counts(metadata.row_groups())
            && counts.null_count() == 0
        {
            nulls.insert(name.to_owned(), json!(counts.iter().flatten().sum::<u64>()));
        }
        let bounds =
            (converter.row_group_mins(metadata.row_groups()), converter.row_group_maxes(metadata.row_groups()));
        if let (Ok(mins), Ok(maxes)) = bounds
            && let (Some(low), Some(high)) = (bound(&mins, false), bound(&maxes, true))
        {
            lows.insert(name.to_owned(), low);
            highs.insert(name.to_owned(), high);
        }
    }
    json!({"numRecords": rows, "minValues": lows, "maxValues": highs, "nullCount": nulls})
}

/// The least or greatest of the bounds of row groups; none where one is unknown or not fit for JSON.
fn bound(values: &ArrayRef, greatest: bool) -> Option<Value> {
    macro_rules! number {
        ($ty:ty) => {{
            let values = values.as_primitive::<$ty>();
            if greatest { compute::max(values) } else { compute::min(values) }
        }};
    }
    match values.data_type() {
        Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View => {
            let values = compute::cast(values, &Arrow::Utf8).ok()?;
            let values = values.as_string::<i32>();
            let found = if greatest { compute::max_string(values) } else { compute::min_string(values) };
            found.map(|text| Value::String(cut(text, greatest)))
        }
        Arrow::Int64 => number!(Int64Type).map(Value::from),
        Arrow::Int32 => number!(Int32Type).map(Value::from),
        Arrow::Float64 => number!(Float64Type).filter(|value| value.is_finite()).map(Value::from),
        Arrow::Date32 => number!(Date32Type).and_then(|days| {
            let day = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
            (0..=9999).contains(&day.year()).then(|| Value::String(day.to_string()))
        }),
        Arrow::Timestamp(..) => number!(TimestampMicrosecondType).and_then(|micros| {
            let at = jiff::Timestamp::from_microsecond(micros).ok()?;
            let year = at.to_zoned(jiff::tz::TimeZone::UTC).year();
            (0..=9999).contains(&year).then(|| Value::String(format!("{at:.6}")))
        }),
        // Numbers of JSON are doubles to most readers: only what they hold exactly is told.
        Arrow::Decimal128(_, scale) if *scale == 0 => number!(Decimal128Type)
            .and_then(|value| i64::try_from(value).ok())
            .filter(|value| value.abs() < 1 << 53)
            .map(Value::from),
        _ => None,
    }
}

/// The first letters; at the top with a letter after that no text has, so that the bound still holds.
fn cut(text: &str, greatest: bool) -> String {
    match text.char_indices().nth(LETTERS) {
        None => text.to_owned(),
        Some((end, _)) if greatest => format!("{}\u{10FFFF}", &text[..end]),
        Some((end, _)) => text[..end].to_owned(),
    }
}
