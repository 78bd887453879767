//! Json: rows as JSON records, for reports.

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use serde_json::{Map, Value};

use crate::{LakeError, Result};

/// Every row as a record; numbers and booleans as such, anything else as text.
pub(crate) fn records(batches: &[RecordBatch]) -> Result<Vec<Value>> {
    let mut rows = Vec::new();
    let wrong = |error: arrow::error::ArrowError| LakeError::Query(error.to_string());
    for batch in batches {
        let schema = batch.schema();
        let options = FormatOptions::default().with_display_error(true);
        let columns = batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options));
        let columns = columns.collect::<Result<Vec<_>, _>>().map_err(wrong)?;
        for row in 0..batch.num_rows() {
            let mut record = Map::new();
            for ((field, column), array) in schema.fields().iter().zip(&columns).zip(batch.columns()) {
                let plain = field.data_type().is_numeric()
                    || field.data_type().is_null()
                    || *field.data_type() == arrow::datatypes::DataType::Boolean;
                let value = if array.is_null(row) {
                    Value::Null
                } else {
                    let text = column.value(row).to_string();
                    let parsed = if plain { serde_json::from_str(&text).ok() } else { None };
                    parsed.unwrap_or(Value::String(text))
                };
                record.insert(field.name().clone(), value);
            }
            rows.push(Value::Object(record));
        }
    }
    Ok(rows)
}
