//! Documents: records and lists of a source, as JSON text.
//!
//! Invariants
//! - Only what is asked for is built; the rest of a document is passed over.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, ListBuilder, StringViewBuilder};
use arrow::datatypes::{DataType as Arrow, Field};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Argument, Function, Kind};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "json_field",
        takes: &[Kind::Text, Kind::Text],
        gives: || Arrow::Utf8View,
        call: |arguments| field(&arguments[0], &arguments[1]),
    },
    Function {
        name: "json_elements",
        takes: &[Kind::Text],
        gives: || Arrow::List(Arc::new(Field::new("item", Arrow::Utf8View, true))),
        call: |arguments| elements(&arguments[0]),
    },
];

fn field(documents: &Argument, keys: &Argument) -> ArrayRef {
    let mut found = StringViewBuilder::with_capacity(documents.rows());
    for (document, key) in documents.texts().zip(keys.texts()) {
        let raw = document.zip(key).and_then(|(document, key)| {
            let mut reader = serde_json::Deserializer::from_str(document);
            Wanted(key).deserialize(&mut reader).ok()?
        });
        found.append_option(raw.and_then(|raw| text(raw.get())));
    }
    Arc::new(found.finish())
}

fn elements(documents: &Argument) -> ArrayRef {
    let mut found = ListBuilder::new(StringViewBuilder::new());
    for document in documents.texts() {
        let list = document.and_then(|document| serde_json::from_str::<Vec<&RawValue>>(document).ok());
        list.iter().flatten().for_each(|raw| found.values().append_option(text(raw.get())));
        found.append(list.is_some());
    }
    Arc::new(found.finish())
}

/// A value as text: a text without its quotes, nothing for null, anything else as it stands.
fn text(raw: &str) -> Option<Cow<'_, str>> {
    if raw == "null" {
        return None;
    }
    if !raw.starts_with('"') {
        return Some(Cow::Borrowed(raw));
    }
    match serde_json::from_str::<&str>(raw) {
        Ok(plain) => Some(Cow::Borrowed(plain)),
        Err(_) => serde_json::from_str::<String>(raw).ok().map(Cow::Owned),
    }
}

/// Looks for a key of a record; the last one of that name counts.
struct Wanted<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for Wanted<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Wanted<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }
    fn visit_map<M: MapAccess<'de>>(self, mut record: M) -> Result<Self::Value, M::Error> {
        let mut found = None;
        while let Some(key) = record.next_key::<Key<'de>>()? {
            if key.0 == self.0 {
                found = Some(record.next_value()?);
            } else {
                record.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// A key, borrowed unless it has escapes.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
