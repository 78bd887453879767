//! Records: those that somebody names, found and shown side by side.
//!
//! Invariants
//! - A record is named by a table of `unify.yaml` and its key as text; names of tables are found ignoring case.

use std::collections::HashMap;

use onefold_api::{PairSide, Problem, RecordRef, ReviewField};
use onefold_model::DataType;
use onefold_model::names::nearest;
use serde_json::Value;

use crate::lists::{Look, pairs};
use crate::output::plain;
use crate::runner::figures::Row;

/// The record that a table and a key name; whether it is there is another question.
pub(super) fn named(look: &Look, table: &str, key: &str) -> Result<RecordRef, Problem> {
    let tables: Vec<String> =
        look.project().unify.iter().flat_map(|unify| &unify.tables).map(|t| t.table.value.clone()).collect();
    let Some(own) = tables.iter().find(|own| own.eq_ignore_ascii_case(table.trim())) else {
        let problem = Problem::not_found(format!("`{table}` is no table of `unify.yaml`"));
        return Err(match nearest(table, tables.iter().map(String::as_str)) {
            Some(near) => problem.hint(format!("write `{near}`, if that is what you mean")),
            None => problem.hint(format!("choose one of `{}`", tables.join("`, `"))),
        });
    };
    // As published, which is how matching writes it.
    let own = look.table(own).map_or_else(|| own.clone(), |entry| entry.name.to_string());
    let is_guid = look.key(&own).is_some_and(|name| {
        let columns = look.table(&own).map(|entry| entry.columns.as_slice()).unwrap_or_default();
        columns.iter().any(|column| column.name == name.as_str() && column.ty == DataType::Guid)
    });
    let key = key.trim();
    Ok(RecordRef { table: own, key: if is_guid { key.to_lowercase() } else { key.to_owned() } })
}

/// Rows of records with the profiles they are part of.
#[derive(Default)]
pub(super) struct Shown {
    rows: HashMap<pairs::Record, Row>,
    profiles: HashMap<pairs::Record, String>,
}

impl Shown {
    /// Reads them.
    pub(super) async fn read(look: &Look, records: &[&RecordRef]) -> Result<Self, Problem> {
        let own: Vec<pairs::Record> = records.iter().map(|record| of(record)).collect();
        let all: Vec<&pairs::Record> = own.iter().collect();
        Ok(Self { rows: pairs::rows(look, &all).await?, profiles: pairs::profiles(look, &all).await? })
    }
    /// Reads their profiles alone.
    pub(super) async fn profiles_of(look: &Look, records: &[&RecordRef]) -> Result<Self, Problem> {
        let own: Vec<pairs::Record> = records.iter().map(|record| of(record)).collect();
        let all: Vec<&pairs::Record> = own.iter().collect();
        Ok(Self { rows: HashMap::new(), profiles: pairs::profiles(look, &all).await? })
    }
    /// Whether a record is there.
    pub(super) fn row(&self, record: &RecordRef) -> Option<&Row> {
        self.rows.get(&of(record))
    }
    /// The profile of a record.
    pub(super) fn profile(&self, record: &RecordRef) -> Option<&String> {
        self.profiles.get(&of(record))
    }
    /// A record with its mapped columns.
    pub(super) fn side(&self, look: &Look, record: &RecordRef) -> PairSide {
        pairs::side(look, of(record), self.row(record))
    }
    /// The profiles of all records, sorted.
    pub(super) fn people(&self) -> Vec<String> {
        let mut people: Vec<String> = self.profiles.values().cloned().collect();
        people.sort_unstable();
        people.dedup();
        people
    }
    /// Refuses records that are not there.
    pub(super) fn must_hold(&self, records: &[&RecordRef]) -> Result<(), Problem> {
        match records.iter().find(|record| self.row(record).is_none()) {
            None => Ok(()),
            Some(gone) => {
                Err(Problem::not_found(format!("`{}` has no record with the key `{}`", gone.table, gone.key))
                    .hint("look its key up: `onefold query 'select * from \"KeyRing\" limit 10'`"))
            }
        }
    }
}

fn of(record: &RecordRef) -> pairs::Record {
    (record.table.clone(), record.key.clone())
}

/// Two records side by side: fields of one meaning, or of one name, in one line; what both have comes first.
pub(super) fn side_by_side(a: &PairSide, b: &PairSide) -> Vec<ReviewField> {
    struct Line {
        meaning: String,
        field: ReviewField,
    }
    let mut lines: Vec<Line> = Vec::new();
    for (side, left) in [(a, true), (b, false)] {
        for (at, field) in side.fields.iter().enumerate() {
            // The key of a record, which stands first, is no evidence.
            if at == 0 && plain(&field.value) == side.key {
                continue;
            }
            let meaning = field.semantic.clone().unwrap_or_else(|| field.column.to_lowercase());
            let at = lines.iter().position(|line| line.meaning == meaning);
            let at = at.unwrap_or_else(|| {
                lines.push(Line {
                    meaning,
                    field: ReviewField { title: field.title.clone(), ..ReviewField::default() },
                });
                lines.len() - 1
            });
            let line = &mut lines[at].field;
            if !field.value.is_null() && field.value != Value::String(String::new()) {
                if left { line.a.push(field.value.clone()) } else { line.b.push(field.value.clone()) }
            }
        }
    }
    lines.retain(|line| !line.field.a.is_empty() || !line.field.b.is_empty());
    for line in &mut lines {
        let field = &mut line.field;
        if !field.a.is_empty() && !field.b.is_empty() {
            field.same = Some(field.a.iter().any(|a| field.b.iter().any(|b| even(a) == even(b))));
        }
    }
    lines.sort_by_key(|line| line.field.same.is_none());
    lines.into_iter().map(|line| line.field).collect()
}

/// A value as people take it for the same: case and space aside.
fn even(value: &Value) -> String {
    plain(value).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use onefold_api::FieldView;

    fn field(column: &str, semantic: Option<&str>, value: Value) -> FieldView {
        FieldView {
            title: column.to_owned(),
            ty: "text".to_owned(),
            semantic: semantic.map(str::to_owned),
            value,
            source: None,
            patched: None,
            column: column.to_owned(),
        }
    }

    #[test]
    fn fields_of_one_meaning_stand_side_by_side() {
        let name = Some("Person.FirstName");
        let a = PairSide {
            key: "1".to_owned(),
            fields: vec![
                field("id", Some("ID"), "1".into()),
                field("given", name, "Ann".into()),
                field("phone", Some("Phone"), "1".into()),
                field("mobile", Some("Phone"), "2 2".into()),
                field("pet", None, "cat".into()),
            ],
            ..PairSide::default()
        };
        let b = PairSide {
            fields: vec![
                field("firstname", name, "ANN ".into()),
                field("tel", Some("Phone"), "22".into()),
                field("PET", None, "dog".into()),
                field("note", None, Value::Null),
            ],
            ..PairSide::default()
        };
        let lines = side_by_side(&a, &b);
        let told: Vec<(&str, Option<bool>)> = lines.iter().map(|line| (line.title.as_str(), line.same)).collect();
        assert_eq!(told, [("given", Some(true)), ("phone", Some(true)), ("pet", Some(false))]);
        assert_eq!(lines[1].a, ["1", "2 2"]);
    }

    #[test]
    fn what_only_one_has_comes_last() {
        let a = PairSide {
            fields: vec![field("x", None, "1".into()), field("y", None, "2".into())],
            ..PairSide::default()
        };
        let b = PairSide { fields: vec![field("y", None, "3".into())], ..PairSide::default() };
        let lines = side_by_side(&a, &b);
        assert_eq!(lines.iter().map(|line| line.title.as_str()).collect::<Vec<_>>(), ["y", "x"]);
        assert_eq!((lines[1].same, lines[1].b.len()), (None, 0));
    }
}
