//! Values: cells of record batches as JSON.
//!
//! Invariants
//! - Nothing is lost: integers stay integers, decimals are text of all their digits, instants are RFC 3339 in UTC.
//!
//! Not here: how a value is printed (`output`).

use arrow::array::{Array, AsArray as _, BooleanArray, Float32Array, Float64Array, PrimitiveArray, RecordBatch};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType as ArrowType, Int8Type, Int16Type, Int32Type, Int64Type, Schema, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use onefold_api::{ColumnView, Problem};
use serde_json::{Number, Value};

/// The columns of a schema, in the words of the definitions.
pub fn columns(schema: &Schema) -> Vec<ColumnView> {
    schema.fields().iter().map(|field| ColumnView { name: field.name().clone(), ty: word(field.data_type()) }).collect()
}

fn word(ty: &ArrowType) -> String {
    match ty {
        ty if ty.is_integer() => "integer".to_owned(),
        ty if ty.is_floating() => "number".to_owned(),
        ArrowType::Decimal128(precision, scale) => format!("decimal({precision},{scale})"),
        ArrowType::Boolean => "boolean".to_owned(),
        ArrowType::Date32 | ArrowType::Date64 => "date".to_owned(),
        ArrowType::Timestamp(..) => "date-time".to_owned(),
        ArrowType::Binary | ArrowType::LargeBinary | ArrowType::BinaryView => "bitmap".to_owned(),
        ArrowType::List(_) | ArrowType::LargeList(_) | ArrowType::Struct(_) => "json".to_owned(),
        _ => "text".to_owned(),
    }
}

/// The rows of a batch.
///
/// # Errors
/// A type that has no form as text.
pub fn rows(batch: &RecordBatch) -> Result<Vec<Vec<Value>>, Problem> {
    let mut rows = vec![Vec::with_capacity(batch.num_columns()); batch.num_rows()];
    for column in batch.columns() {
        for (row, value) in rows.iter_mut().zip(cells(column.as_ref())?) {
            row.push(value);
        }
    }
    Ok(rows)
}

/// The cells of a column.
fn cells(column: &dyn Array) -> Result<Vec<Value>, Problem> {
    Ok(match column.data_type() {
        ArrowType::Null => vec![Value::Null; column.len()],
        ArrowType::Utf8 => column.as_string::<i32>().iter().map(text).collect(),
        ArrowType::LargeUtf8 => column.as_string::<i64>().iter().map(text).collect(),
        ArrowType::Utf8View => column.as_string_view().iter().map(text).collect(),
        ArrowType::Boolean => {
            let column: &BooleanArray = column.as_boolean();
            column.iter().map(|value| value.map_or(Value::Null, Value::Bool)).collect()
        }
        ArrowType::Int8 => integers::<Int8Type>(column),
        ArrowType::Int16 => integers::<Int16Type>(column),
        ArrowType::Int32 => integers::<Int32Type>(column),
        ArrowType::Int64 => integers::<Int64Type>(column),
        ArrowType::UInt8 => integers::<UInt8Type>(column),
        ArrowType::UInt16 => integers::<UInt16Type>(column),
        ArrowType::UInt32 => integers::<UInt32Type>(column),
        ArrowType::UInt64 => integers::<UInt64Type>(column),
        ArrowType::Float32 => {
            let column: &Float32Array = column.as_primitive();
            column.iter().map(|value| double(value.map(f64::from))).collect()
        }
        ArrowType::Float64 => {
            let column: &Float64Array = column.as_primitive();
            column.iter().map(double).collect()
        }
        ArrowType::Binary => bytes(column.as_binary::<i32>().iter()),
        ArrowType::LargeBinary => bytes(column.as_binary::<i64>().iter()),
        ArrowType::BinaryView => bytes(column.as_binary_view().iter()),
        _ => formatted(column)?,
    })
}

fn text(value: Option<&str>) -> Value {
    value.map_or(Value::Null, |value| Value::String(value.to_owned()))
}

fn integers<T: ArrowPrimitiveType>(column: &dyn Array) -> Vec<Value>
where
    T::Native: Into<Number>,
{
    let column: &PrimitiveArray<T> = column.as_primitive();
    column.iter().map(|value| value.map_or(Value::Null, |value| Value::Number(value.into()))).collect()
}

/// JSON has no words for what is not finite; they stay visible as text.
fn double(value: Option<f64>) -> Value {
    value.map_or(Value::Null, |value| {
        Number::from_f64(value).map_or_else(|| Value::String(value.to_string()), Value::Number)
    })
}

fn bytes<'a>(values: impl Iterator<Item = Option<&'a [u8]>>) -> Vec<Value> {
    values.map(|value| value.map_or(Value::Null, |value| Value::String(format!("({} bytes)", value.len())))).collect()
}

/// Dates, instants, decimals and nested values by arrow's own formatter.
fn formatted(column: &dyn Array) -> Result<Vec<Value>, Problem> {
    let options = FormatOptions::default().with_display_error(true);
    let formatter =
        ArrayFormatter::try_new(column, &options).map_err(|error| Problem::failed(error.to_string().to_lowercase()))?;
    Ok((0..column.len())
        .map(|at| if column.is_null(at) { Value::Null } else { Value::String(formatter.value(at).to_string()) })
        .collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, StringArray, TimestampMicrosecondArray};
    use serde_json::json;

    use super::*;

    #[test]
    fn values_keep_their_meaning() {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("t", Arc::new(StringArray::from(vec![Some("a"), None]))),
            ("i", Arc::new(Int64Array::from(vec![Some(i64::MAX), None]))),
            ("n", Arc::new(Float64Array::from(vec![Some(f64::NAN), Some(0.5)]))),
            ("d", Arc::new(Date32Array::from(vec![Some(0), None]))),
            ("m", Arc::new(Decimal128Array::from(vec![Some(12345), None]).with_precision_and_scale(10, 2).unwrap())),
            ("at", Arc::new(TimestampMicrosecondArray::from(vec![Some(1_500_000), None]).with_timezone("UTC"))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let rows = rows(&batch).unwrap();
        assert_eq!(
            rows[0],
            [
                json!("a"),
                json!(i64::MAX),
                json!("NaN"),
                json!("1970-01-01"),
                json!("123.45"),
                json!("1970-01-01T00:00:01.500Z")
            ]
        );
        assert_eq!(rows[1], [json!(null), json!(null), json!(0.5), json!(null), json!(null), json!(null)]);
        let words: Vec<String> = super::columns(&batch.schema()).into_iter().map(|column| column.ty).collect();
        assert_eq!(words, ["text", "integer", "number", "date", "decimal(10,2)", "date-time"]);
    }
}
