//! Example: the form of `tests:`.
//!
//! Invariants
//! - Cells are kept as they are written; what type they are is that of their column.
//!
//! Not here: whether the tables and columns are there, and running them (`onefold test`).

use serde_json::{Value, json};

use super::form::{Fields, Form, List, Named, Reader, Record, Some1};
use super::word::{Plain, Text};
use crate::Spanned;
use crate::define::Example;
use crate::yaml::{Node, ScalarKind};

/// `tests:`
pub(super) fn examples(f: &mut Fields<'_, '_>) -> Vec<Example> {
    let about = "examples that `onefold test` runs: rows that are given, and what must come of them";
    f.several("tests", about, List(Record(example)))
}

fn example(f: &mut Fields<'_, '_>) -> Option<Example> {
    let at = f.at();
    let name = f.optional("name", "what it shows", Plain);
    let now = f.optional("now", "the instant of its run; default 2026-03-15T12:00:00Z", Text);
    let tables = Named { of: "a table", strict: false, form: List(Row) };
    let given = f.optional("given", "rows by table, as `<Source>_<Table>` has them after its steps", Some1(tables));
    if given.is_none() && f.reading() && !f.has("given") {
        f.lacks("given", "rows by table: `{Shop_orders: [{order_id: a, total: 10}]}`");
    }
    let expect = f.required("expect", "the rows that must come out, by the columns they name", List(Row));
    Some(Example { name, now, given: given?, expect: expect?, at })
}

/// `{column: cell}`
struct Row;

impl Form for Row {
    type Out = crate::define::ExampleRow;

    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Self::Out> {
        let Some(entries) = node.map() else {
            reader.wrong_kind(node, "a row", "write `{column: value}`");
            return None;
        };
        let mut cells = Vec::new();
        for entry in entries {
            let Some(scalar) = entry.value.scalar() else {
                reader.wrong_kind(&entry.value, "a row of single values", "write a text, a number, `true` or `null`");
                return None;
            };
            let text = (scalar.kind != ScalarKind::Null).then(|| scalar.text.clone());
            cells.push((entry.key.clone(), Spanned::new(text, entry.value.at)));
        }
        Some(cells)
    }

    fn schema(&self) -> Value {
        json!({"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}})
    }
}
