//! Text: the values of a batch as CSV fields or JSON values.
//!
//! Invariants
//! - A date whose sibling `<name>_precision` says `year` or `month` is written as short as its source stated it.
//! - Instants are ISO 8601 in UTC with `Z`; a fraction only when there is one.
//! - Text is written as it is: nothing is put before `=` or `+` to please spreadsheets.
//!
//! Not here: quoting of CSV fields (the `csv` crate).

use std::fmt::Write as _;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::ConnectError;

/// The columns of a batch, ready to be written row by row.
pub(super) struct Texts<'a> {
    columns: Vec<Values<'a>>,
}

enum Values<'a> {
    Text(&'a arrow::array::StringArray),
    Integer(&'a arrow::array::Int64Array),
    Small(&'a arrow::array::Int32Array),
    Number(&'a arrow::array::Float64Array),
    Decimal(&'a arrow::array::Decimal128Array),
    Boolean(&'a arrow::array::BooleanArray),
    Day(&'a arrow::array::Date32Array, Option<&'a arrow::array::StringArray>),
    Instant(&'a arrow::array::TimestampMicrosecondArray),
    /// Types that the lake has no column of today: as arrow shows them, as text.
    Other(&'a ArrayRef, ArrayFormatter<'a>),
}

impl<'a> Texts<'a> {
    /// The columns at `chosen`; precisions are found by name in the whole batch.
    pub(super) fn new(
        batch: &'a RecordBatch,
        chosen: &[usize],
        options: &'a FormatOptions<'a>,
    ) -> Result<Self, ConnectError> {
        let columns = chosen.iter().map(|&index| {
            let array = batch.column(index);
            Ok(match array.data_type() {
                DataType::Utf8 => Values::Text(array.as_string()),
                DataType::Int64 => Values::Integer(array.as_primitive::<Int64Type>()),
                DataType::Int32 => Values::Small(array.as_primitive::<Int32Type>()),
                DataType::Float64 => Values::Number(array.as_primitive::<Float64Type>()),
                DataType::Decimal128(..) => Values::Decimal(array.as_primitive::<Decimal128Type>()),
                DataType::Boolean => Values::Boolean(array.as_boolean()),
                DataType::Date32 => {
                    let sibling = format!("{}_precision", batch.schema_ref().field(index).name());
                    let precision = batch.column_by_name(&sibling).and_then(|precision| precision.as_string_opt());
                    Values::Day(array.as_primitive::<Date32Type>(), precision)
                }
                DataType::Timestamp(TimeUnit::Microsecond, _) => {
                    Values::Instant(array.as_primitive::<TimestampMicrosecondType>())
                }
                _ => Values::Other(
                    array,
                    ArrayFormatter::try_new(array, options).map_err(|error| {
                        let name = batch.schema_ref().field(index).name();
                        ConnectError::new(format!("column `{name}` cannot be written as text: {error}"))
                            .hint("leave it out of `columns`, or send parquet")
                    })?,
                ),
            })
        });
        Ok(Self { columns: columns.collect::<Result<_, ConnectError>>()? })
    }

    /// Writes a value as text after what is in `to`; false when it is null, and nothing is written.
    pub(super) fn write(&self, column: usize, row: usize, to: &mut String) -> bool {
        let values = &self.columns[column];
        if values.array().is_null(row) {
            return false;
        }
        // Writing to a `String` cannot fail.
        let _ = match values {
            Values::Text(texts) => to.write_str(texts.value(row)),
            Values::Integer(values) => write!(to, "{}", values.value(row)),
            Values::Small(values) => write!(to, "{}", values.value(row)),
            Values::Number(values) => write!(to, "{}", values.value(row)),
            Values::Decimal(values) => to.write_str(&values.value_as_string(row)),
            Values::Boolean(values) => write!(to, "{}", values.value(row)),
            Values::Day(days, precision) => {
                let precision = precision.filter(|precision| precision.is_valid(row)).map(|texts| texts.value(row));
                write_day(to, days.value(row), precision)
            }
            Values::Instant(instants) => write_instant(to, instants.value(row)),
            Values::Other(_, formatter) => write!(to, "{}", formatter.value(row)),
        };
        true
    }

    /// Writes a value as JSON after what is in `to`.
    pub(super) fn write_json(&self, column: usize, row: usize, to: &mut String, spare: &mut String) {
        spare.clear();
        let values = &self.columns[column];
        // JSON has no word for NaN and the infinities.
        let nameless = matches!(values, Values::Number(numbers) if !numbers.value(row).is_finite());
        if nameless || !self.write(column, row, spare) {
            to.push_str("null");
        } else if values.is_bare() {
            to.push_str(spare);
        } else {
            push_json_text(to, spare);
        }
    }
}

impl Values<'_> {
    fn array(&self) -> &dyn Array {
        match self {
            Self::Text(array) => *array,
            Self::Integer(array) => *array,
            Self::Small(array) => *array,
            Self::Number(array) => *array,
            Self::Decimal(array) => *array,
            Self::Boolean(array) => *array,
            Self::Day(array, _) => *array,
            Self::Instant(array) => *array,
            Self::Other(array, _) => *array,
        }
    }
    /// Whether JSON has the value without quotes.
    fn is_bare(&self) -> bool {
        matches!(self, Self::Integer(_) | Self::Small(_) | Self::Number(_) | Self::Decimal(_) | Self::Boolean(_))
    }
}

/// A text as a JSON string.
pub(super) fn push_json_text(to: &mut String, text: &str) {
    to.push_str(&serde_json::to_string(text).expect("text can always be written as JSON"));
}

fn write_day(to: &mut String, days: i32, precision: Option<&str>) -> std::fmt::Result {
    let epoch = jiff::civil::date(1970, 1, 1);
    let Ok(date) = jiff::Span::new().try_days(days).and_then(|span| epoch.checked_add(span)) else {
        // Outside the years -9999 to 9999: no calendar text, so the number itself.
        return write!(to, "{days}");
    };
    match precision {
        Some("year") => write!(to, "{:04}", date.year()),
        Some("month") => write!(to, "{:04}-{:02}", date.year(), date.month()),
        _ => write!(to, "{date}"),
    }
}

fn write_instant(to: &mut String, microseconds: i64) -> std::fmt::Result {
    match jiff::Timestamp::from_microsecond(microseconds) {
        Ok(instant) => write!(to, "{instant}"),
        Err(_) => write!(to, "{microseconds}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_as_short_as_their_source_stated() {
        let day = |days: i32, precision: Option<&str>| {
            let mut text = String::new();
            write_day(&mut text, days, precision).unwrap();
            text
        };
        assert_eq!(day(0, None), "1970-01-01");
        assert_eq!(day(-1, Some("day")), "1969-12-31");
        assert_eq!(day(31, Some("month")), "1970-02");
        assert_eq!(day(31, Some("year")), "1970");
        assert_eq!(day(i32::MAX, None), i32::MAX.to_string());
    }

    #[test]
    fn instants_are_utc() {
        let instant = |microseconds: i64| {
            let mut text = String::new();
            write_instant(&mut text, microseconds).unwrap();
            text
        };
        assert_eq!(instant(0), "1970-01-01T00:00:00Z");
        assert_eq!(instant(1_500_000), "1970-01-01T00:00:01.5Z");
    }
}
