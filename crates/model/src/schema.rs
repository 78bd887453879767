//! Schema: the JSON Schemas of the definition files, for editors.
//!
//! Invariants
//! - They come from the functions that read the files (`load::form`): a key cannot be in one and not in the other.
//! - What cannot be said in a schema (names that must exist, expressions) is said by `load` alone.

use serde_json::{Value, json};

/// All schemas (draft 2020-12) and the names of the files to write them to: `measure.schema.json`.
pub fn all() -> Vec<(String, Value)> {
    crate::load::schemas()
        .into_iter()
        .map(|(name, about, schema)| {
            let mut whole = json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "title": format!("Onefold {name}"),
                "description": about,
            });
            if let (Value::Object(whole), Value::Object(schema)) = (&mut whole, schema) {
                whole.extend(schema);
            }
            (format!("{name}.schema.json"), whole)
        })
        .collect()
}
