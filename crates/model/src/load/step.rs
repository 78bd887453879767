//! Step: the forms of transform steps, named after the Power Query commands people know.
//!
//! ```yaml
//! - choose_columns: [a, b]             # likewise remove_columns, reorder_columns, lowercase, uppercase, trim
//! - rename_columns: {old: new}
//! - filter_rows: a = 1 and b is not null
//! - keep_rows: 100                     # likewise remove_rows
//! - sort: [a, {b: descending}]
//! - distinct: [a]                      # or `- distinct`: all columns
//! - change_type: {amount: number}      # or {columns: {start: date-time}, locale: en-US, format: "%d/%m/%Y"}
//! - replace_values: {columns: [a], from: n/a, to: null}
//! - expand: {column: participant, fields: {actor.reference: text}, keep: true}   # or `expand: participant`
//! - add_column: {name: full, value: "first || ' ' || last"}
//! - group_by: {by: [a], columns: {total: sum(amount)}}
//! - sql: select … from input
//! ```
//!
//! Invariants
//! - A step is a mapping with one key, the step's name; `distinct` may stand alone.
//!
//! To add a step: a line in `step`, a variant of `TransformStep`, and its planning in `onefold-stages`.

use serde_json::{Value, json};

use super::expression::{Aggregated, Expression};
use super::form::{Either, Fields, Form, List, Named, Reader, Record, Some1, Then, keys, listed};
use super::word::{Choice, Count, Flag, Name, Plain, Text, Type, columns, mapping_or};
use crate::define::TransformStep;
use crate::names::nearest;
use crate::yaml::{Data, Node};
use crate::{Code, DataType, Diagnostic, Spanned};

/// Steps of the list that cannot be planned yet.
const LATER: &[&str] = &[
    "replace_errors",
    "fill",
    "split_column",
    "merge_columns",
    "extract",
    "pivot",
    "unpivot",
    "merge_queries",
    "append_queries",
];

/// A step of a source's table.
pub(crate) struct StepForm;

impl Form for StepForm {
    type Out = Spanned<TransformStep>;

    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Spanned<TransformStep>> {
        if node.text() == Some("distinct") {
            return Some(Spanned::new(TransformStep::Distinct(Vec::new()), node.at));
        }
        let name = match &node.data {
            Data::Map(entries) if entries.len() == 1 => entries[0].key.clone(),
            Data::Scalar(scalar) if LATER.contains(&scalar.text.as_str()) => Spanned::new(scalar.text.clone(), node.at),
            Data::Map(entries) if !entries.is_empty() => {
                let message = "a step is one command, and this one has several keys";
                let at = entries[1].key_at;
                let hint = format!("begin a new step: write `- {}:` in a line of its own", entries[1].key.value);
                reader.say(Diagnostic::new(Code::WrongKind, Some(at), message).hint(hint));
                return None;
            }
            _ => {
                reader.wrong_kind(node, "a step", "write `- choose_columns: [a, b]`, say");
                return None;
            }
        };
        if let Some(later) = LATER.iter().find(|later| **later == name.value) {
            let message = format!("the step `{later}` is not possible yet");
            reader.say(
                Diagnostic::new(Code::NotYet, name.at, message).hint("use `sql: \"select … from input\"` instead"),
            );
            return Some(Spanned { value: TransformStep::NotYet(later), at: name.at });
        }
        let words = keys(step);
        if !words.contains(&name.value.as_str()) {
            let hint = match nearest(&name.value, words.iter().copied()) {
                Some(word) => format!("did you mean `{word}`?"),
                None => format!("write one of {}", listed(&words)),
            };
            let message = format!("there is no step `{}`", name.value);
            reader.say(Diagnostic::new(Code::UnknownKey, name.at, message).hint(hint));
            return None;
        }
        Some(Spanned { value: Record(step).read(node, reader)?, at: name.at })
    }

    fn schema(&self) -> Value {
        let mut schema = Record(step).schema();
        schema["minProperties"] = json!(1);
        schema["maxProperties"] = json!(1);
        json!({"anyOf": [schema, {"const": "distinct"}]})
    }
}

/// All steps, each asked for; one of them is there.
fn step(f: &mut Fields<'_, '_>) -> Option<TransformStep> {
    use TransformStep as Step;
    let steps = [
        f.optional("choose_columns", "the columns to keep, in this order", columns()).map(Step::ChooseColumns),
        f.optional("remove_columns", "the columns to drop", columns()).map(Step::RemoveColumns),
        f.optional("rename_columns", "old names and new names", Some1(named(Text))).map(Step::RenameColumns),
        f.optional("reorder_columns", "the columns that come first, in this order", columns())
            .map(Step::ReorderColumns),
        f.optional("filter_rows", "the condition for rows to keep", Expression).map(Step::FilterRows),
        f.optional("keep_rows", "how many rows to keep, from the first", Count).map(Step::KeepRows),
        f.optional("remove_rows", "how many rows to drop, from the first", Count).map(Step::RemoveRows),
        f.optional("sort", "columns, each alone or with `ascending` or `descending`", sort()).map(Step::Sort),
        f.optional("distinct", "the columns whose values tell rows apart; all when empty", List(Text))
            .map(Step::Distinct),
        f.optional("change_type", "columns and their types; or `columns`, `locale` and `format`", change_type()),
        f.optional("replace_values", "one value in the place of another", Record(replace_values)),
        f.optional("lowercase", "the columns to put in lower case", columns()).map(Step::Lowercase),
        f.optional("uppercase", "the columns to put in upper case", columns()).map(Step::Uppercase),
        f.optional("trim", "the columns that lose white space at their ends", columns()).map(Step::Trim),
        f.optional("expand", "a column of records or lists, to columns or rows", mapping_or(Record(expand), whole())),
        f.optional("add_column", "a column worked out from the others", Record(add_column)),
        f.optional("group_by", "one row a group, with aggregates", Record(group_by)),
        f.optional("sql", "one `select` over the table so far, called `input`", Text).map(Step::Sql),
    ];
    steps.into_iter().flatten().next()
}

fn named<F: Form>(form: F) -> Named<F> {
    Named { of: "a column", strict: false, form }
}

const ORDERS: Choice<bool> = Choice { words: &[("ascending", false), ("descending", true)], later: &[] };

/// `[a, {b: descending}]`
fn sort() -> impl Form<Out = Vec<(Spanned<String>, bool)>> {
    let with_order = Then(
        named(ORDERS),
        |mut pairs: Vec<(Spanned<String>, Spanned<bool>)>, node: &Node, reader: &mut Reader<'_>| {
            if pairs.len() == 1 {
                return pairs.pop().map(|(column, descending)| (column, descending.value));
            }
            if node.map().is_some_and(|entries| entries.len() != 1) {
                reader.wrong_kind(node, "one column and its order", "write `{column: descending}`, one an entry");
            }
            None
        },
    );
    let alone = Then(Text, |column, _: &Node, _: &mut Reader<'_>| Some((column, false)));
    Some1(List(mapping_or(with_order, alone)))
}

/// `{amount: number}`, or `{columns: {amount: number}, locale: de-DE, format: "%d.%m.%Y"}`
fn change_type() -> impl Form<Out = TransformStep> {
    let short = Then(Some1(named(Type)), |columns, _: &Node, _: &mut Reader<'_>| {
        Some(TransformStep::ChangeType { columns, locale: None, format: None })
    });
    let long = Record(|f: &mut Fields<'_, '_>| {
        let columns: Option<Vec<(Spanned<String>, DataType)>> =
            f.required("columns", "columns and their types", Some1(named(Type)));
        let locale = f.optional("locale", "how numbers and dates are written, `en-US` or `de-DE` say", locale());
        let format = f.optional("format", "how dates are written, as in strptime: `%d/%m/%Y`", Text);
        Some(TransformStep::ChangeType { columns: columns?, locale, format })
    });
    Either(|node| node.get("columns").is_some_and(|columns| columns.map().is_some()), long, short)
}

fn locale() -> impl Form<Out = Spanned<String>> {
    Then(Text, |text: Spanned<String>, _: &Node, reader: &mut Reader<'_>| {
        let mut parts = text.split('-');
        let language =
            parts.next().is_some_and(|p| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_lowercase()));
        let rest = parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
        if language && rest {
            return Some(text);
        }
        let message = format!("`{}` is not a locale", text.value);
        reader.say(Diagnostic::new(Code::WrongValue, text.at, message).hint("write a language and a country: `en-US`"));
        None
    })
}

/// A text, number or nothing, as text.
struct Cell;

impl Form for Cell {
    type Out = Option<String>;
    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Option<String>> {
        match node.scalar() {
            Some(_) if node.is_null() => Some(None),
            Some(scalar) => Some(Some(scalar.text.clone())),
            None => {
                reader.wrong_kind(node, "one value", "write a text, a number, or `\"\"`");
                None
            }
        }
    }
    fn schema(&self) -> Value {
        json!({"type": ["string", "number", "boolean", "null"]})
    }
}

fn replace_values(f: &mut Fields<'_, '_>) -> Option<TransformStep> {
    let columns = f.several("columns", "the columns to look in; all that hold text when absent", columns());
    let from = f.nullable("from", "the value to replace; `null` for an empty cell", Cell);
    let to = f.nullable("to", "the value to put there; `null` for an empty cell", Cell);
    Some(TransformStep::ReplaceValues { columns, from: from?, to: to? })
}

fn whole() -> impl Form<Out = TransformStep> {
    Then(Text, |column, _: &Node, _: &mut Reader<'_>| {
        Some(TransformStep::Expand { column, fields: Vec::new(), keep: false })
    })
}

fn expand(f: &mut Fields<'_, '_>) -> Option<TransformStep> {
    let column = f.required("column", "the column that holds records or lists", Text);
    let fields =
        f.several("fields", "fields of the record and their types; each becomes `<column>.<field>`", named(Type));
    let keep = f.optional("keep", "whether the column stays; default false", Flag).unwrap_or(false);
    Some(TransformStep::Expand { column: column?, fields, keep })
}

fn add_column(f: &mut Fields<'_, '_>) -> Option<TransformStep> {
    let name = f.required("name", "the new column", Text);
    let value = f.required("value", "what it is worked out from, an expression", Expression);
    Some(TransformStep::AddColumn { name: name?, value: value? })
}

fn group_by(f: &mut Fields<'_, '_>) -> Option<TransformStep> {
    let by = f.several("by", "the columns that make a group; one group of all rows when empty", List(Text));
    let columns =
        f.required("columns", "new columns and their aggregates: `total: sum(amount)`", Some1(named(Aggregated)));
    Some(TransformStep::GroupBy { by, columns: columns? })
}

/// `title:` and the other texts that all resources share.
pub(crate) fn title(f: &mut Fields<'_, '_>) -> Option<String> {
    f.optional("title", "the name shown to people", Plain)
}

/// `renamed_from:`, which keeps a resource's history over a renaming of its file.
pub(crate) fn renamed_from(f: &mut Fields<'_, '_>) {
    if let Some(name) = f.optional("renamed_from", "the name this had before; keeps its history", Name) {
        f.keep_old_name(name);
    }
}
