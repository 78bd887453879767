//! Columns: our types in the words of Arrow and of Delta, and back.
//!
//! Invariants
//! - Every column may hold nulls; the time zone of every date-time is `UTC`.
//!
//! Not here: whether a query's columns may become promised ones (`conform.rs`).

use std::sync::Arc;

use arrow::datatypes::{DataType as Arrow, Field, Schema, SchemaRef, TimeUnit};
use onefold_model::{Column, DataType};
use serde_json::{Value, json};

/// The Arrow type of a column's values.
pub(crate) fn arrow_type(ty: DataType) -> Arrow {
    match ty {
        DataType::Text | DataType::Guid | DataType::Json | DataType::Any => Arrow::Utf8,
        DataType::Integer => Arrow::Int64,
        DataType::Small => Arrow::Int32,
        DataType::Number => Arrow::Float64,
        DataType::Decimal(precision, scale) => Arrow::Decimal128(precision, scale),
        DataType::Boolean => Arrow::Boolean,
        DataType::Date => Arrow::Date32,
        DataType::DateTime => Arrow::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        DataType::Bitmap => Arrow::Binary,
    }
}

/// The type in which the engine holds a column: text and bytes as views into what was read, which saves copies; a bitmap
/// beside every row of another table would not fit into memory otherwise.
pub(crate) fn engine_type(ty: DataType) -> Arrow {
    match arrow_type(ty) {
        Arrow::Utf8 => Arrow::Utf8View,
        Arrow::Binary => Arrow::BinaryView,
        other => other,
    }
}

/// Our type for what the engine found, where a plan only said `any`.
pub(crate) fn type_of(arrow: &Arrow) -> DataType {
    match arrow {
        Arrow::Boolean => DataType::Boolean,
        Arrow::Int8 | Arrow::Int16 | Arrow::Int32 | Arrow::Int64 => DataType::Integer,
        Arrow::UInt8 | Arrow::UInt16 | Arrow::UInt32 | Arrow::UInt64 => DataType::Integer,
        Arrow::Float16 | Arrow::Float32 | Arrow::Float64 => DataType::Number,
        Arrow::Decimal128(precision, scale) => DataType::Decimal(*precision, *scale),
        Arrow::Date32 | Arrow::Date64 => DataType::Date,
        Arrow::Timestamp(..) => DataType::DateTime,
        Arrow::Binary | Arrow::LargeBinary | Arrow::BinaryView => DataType::Bitmap,
        _ => DataType::Text,
    }
}

/// The Arrow schema of columns as the engine reads them.
pub(crate) fn engine_schema(columns: &[Column]) -> SchemaRef {
    let field = |column: &Column| Field::new(column.name.as_str(), engine_type(column.ty), true);
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

/// The schema of a Delta table, as its log states it.
pub(crate) fn delta_schema(columns: &[Column]) -> Value {
    let fields: Vec<Value> = columns
        .iter()
        .map(|column| json!({"name": column.name, "type": delta_type(column.ty), "nullable": true, "metadata": {}}))
        .collect();
    json!({"type": "struct", "fields": fields})
}

fn delta_type(ty: DataType) -> String {
    match ty {
        DataType::Text | DataType::Guid | DataType::Json | DataType::Any => "string".into(),
        DataType::Integer => "long".into(),
        DataType::Small => "integer".into(),
        DataType::Number => "double".into(),
        DataType::Decimal(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::Boolean => "boolean".into(),
        DataType::Date => "date".into(),
        DataType::DateTime => "timestamp".into(),
        DataType::Bitmap => "binary".into(),
    }
}
