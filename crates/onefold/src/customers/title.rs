//! Title: what a profile is called, and which of its columns come first on a card.
//!
//! Reads    the columns of Customer and what they mean
//!
//! Invariants
//! - A profile is called by its full name, else by first and last name, else by its first id.
//! - A date of which the source states only the year or month is shown so.

use onefold_api::FieldView;
use onefold_model::{Column, Project};
use serde_json::Value;

use crate::lists::in_words;

/// Columns that every profile has, which are said elsewhere.
pub(super) const OURS: &[&str] = &["CustomerId", "profile_no", "PreviousCustomerId"];

/// The columns of Customer by what they are to a reader.
pub(crate) struct Layout {
    /// What makes the name, best first: each a list of columns that are joined.
    names: Vec<Vec<usize>>,
    /// Keys of tables, and other columns that hold ids.
    ids: Vec<usize>,
    /// What a card shows, names and addresses first.
    pub(super) fields: Vec<usize>,
    /// The column that says how exact a date is.
    precision: Vec<Option<usize>>,
}

impl Layout {
    pub(crate) fn of(columns: &[Column]) -> Self {
        let place = |name: &str| columns.iter().position(|column| column.name == name);
        let meaning = |word: &str| {
            columns.iter().position(|column| column.semantic.as_deref().is_some_and(|meaning| meaning == word))
        };
        let full = meaning("Person.FullName").map(|full| vec![full]);
        let parts: Vec<usize> = ["Person.FirstName", "Person.LastName"].into_iter().filter_map(meaning).collect();
        let of_id = |column: &Column| matches!(column.semantic.as_deref(), Some("ID"));
        let precision: Vec<Option<usize>> =
            columns.iter().map(|column| place(&format!("{}_precision", column.name))).collect();
        let is_key = |column: &Column| place(&format!("{}_Alternate", column.name)).is_some();
        let shown = |at: usize, column: &Column| {
            let ours = OURS.contains(&column.name.as_str()) || column.semantic.as_deref() == Some("AlternateKey");
            let key = of_id(column) && is_key(column);
            !(ours || key || precision.contains(&Some(at)))
        };
        let mut fields: Vec<usize> =
            columns.iter().enumerate().filter(|(at, column)| shown(*at, column)).map(|(at, _)| at).collect();
        fields.sort_by_key(|&at| rank(columns[at].semantic.as_deref()));
        Self {
            names: full.into_iter().chain(Some(parts).filter(|parts| !parts.is_empty())).collect(),
            ids: columns.iter().enumerate().filter(|(_, column)| of_id(column)).map(|(at, _)| at).collect(),
            fields,
            precision,
        }
    }
    /// Columns of the name.
    pub(crate) fn name_columns(&self) -> impl Iterator<Item = usize> {
        self.names.iter().flatten().copied()
    }
    /// Columns of ids, from which it is called when it has no name.
    pub(crate) fn id_columns(&self) -> impl Iterator<Item = usize> {
        self.ids.iter().copied()
    }
    /// What a profile is called; `text` gives the text of a column.
    pub(crate) fn title(&self, text: impl Fn(usize) -> Option<String>) -> Option<String> {
        let filled = |at: &usize| text(*at).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let named = self.names.iter().map(|parts| parts.iter().filter_map(filled).collect::<Vec<_>>().join(" "));
        named.into_iter().find(|name| !name.is_empty()).or_else(|| self.ids.iter().find_map(filled))
    }
    /// The column that says how exact a date is.
    pub(super) fn precision_of(&self, at: usize) -> Option<usize> {
        self.precision.get(at).copied().flatten()
    }
}

/// How far to the front a meaning stands.
fn rank(meaning: Option<&str>) -> u8 {
    let Some(meaning) = meaning else { return 9 };
    match meaning {
        "Person.FullName" => 0,
        "Person.FirstName" => 1,
        "Person.MiddleName" => 2,
        "Person.LastName" => 3,
        _ if meaning.starts_with("Identity.") => 4,
        _ if meaning.starts_with("Person.") => 5,
        _ if meaning.starts_with("Location.") => 6,
        "ID" => 8,
        _ => 7,
    }
}

/// A value as its source states it: `1956-03` where only the month is known.
pub(super) fn as_stated(value: Value, precision: Option<&Value>) -> Value {
    let letters = match precision.and_then(Value::as_str) {
        Some("year") => 4,
        Some("month") => 7,
        _ => return value,
    };
    match value {
        Value::String(mut date) => {
            date.truncate(letters);
            Value::String(date)
        }
        other => other,
    }
}

/// A column with its value.
pub(super) fn field(project: &Project, column: &Column, value: Value) -> FieldView {
    FieldView {
        column: column.name.to_string(),
        title: heading(column),
        ty: column.ty.to_string(),
        semantic: column.semantic.clone(),
        value,
        source: source(project, column),
        patched: None,
    }
}

/// A column of Customer in words: by its meaning where that is plain, else by its name.
pub(super) fn heading(column: &Column) -> String {
    let plain = column.semantic.as_deref().and_then(|meaning| match meaning {
        "Identity.Service.Email" => Some("E-mail"),
        "Identity.Service.Phone" => Some("Phone"),
        "Person.FullName" => Some("Full name"),
        "Person.FirstName" => Some("First name"),
        "Person.MiddleName" => Some("Middle name"),
        "Person.LastName" => Some("Last name"),
        "Person.BirthDate" => Some("Birth date"),
        "Person.Gender" => Some("Gender"),
        _ => None,
    });
    plain.map_or_else(|| in_words(column.name.as_str()), str::to_owned)
}

/// The one table that a column can have come from.
fn source(project: &Project, column: &Column) -> Option<String> {
    let unify = project.unify.as_ref()?;
    let stated = unify.merge.columns.iter().find(|merge| merge.name.value == column.name.as_str());
    let mut tables: Vec<&str> = match stated {
        Some(merge) => merge.from.iter().filter_map(|from| Some(from.value.split_once('.')?.0)).collect(),
        None => {
            let gives = |name: &str, meaning: &str| {
                let same = meaning != "ID" && column.semantic.as_deref() == Some(meaning);
                name == column.name.as_str() || same
            };
            let mapped = unify.tables.iter();
            mapped
                .filter(|table| table.columns.iter().any(|(name, meaning)| gives(&name.value, &meaning.value)))
                .map(|table| table.table.value.as_str())
                .collect()
        }
    };
    tables.dedup();
    match tables.as_slice() {
        [only] => Some((*only).to_owned()),
        _ => None,
    }
}
