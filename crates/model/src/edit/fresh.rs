//! Fresh: values that have no text yet, in the style of the definitions.
//!
//! Invariants
//! - Short leaves stand in flow (`{folder: ./data}`, `[a, b]`), everything else in block; lists of mappings in block.
//!
//! Not here: values that are there already (`change`).

use serde_json::{Map, Value};

use super::scalar;

/// The longest line that flow may make.
const WIDTH: usize = 120;

/// How a text indents.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// Columns a level.
    pub(super) step: usize,
    /// Whether the dashes of a list stand below the first letter of its key.
    pub(super) compact: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { step: 2, compact: false }
    }
}

/// A value written: what stands behind its key or dash, and whole lines below.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) head: String,
    pub(super) lines: Vec<String>,
}

/// How mappings and lists beside a new one are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Beside {
    /// Nothing of its kind is there.
    Nothing,
    Flow,
    Block,
}

impl Style {
    /// A whole document.
    pub(super) fn whole(self, value: &Value) -> Vec<String> {
        match value {
            Value::Object(map) if !map.is_empty() => self.entries(map, 0),
            Value::Array(items) if !items.is_empty() => self.items(items, 0),
            other => vec![scalar::inline(other, false)],
        }
    }

    /// The entry of a mapping whose keys stand in a column.
    pub(super) fn entry(self, key: &str, value: &Value, column: usize, beside: Beside) -> Vec<String> {
        let start = format!("{}{}:", pad(column), scalar::text_inline(key, false));
        let Written { head, lines } = self.value(value, column, start.chars().count(), beside);
        let first = if head.is_empty() { start } else { format!("{start} {head}") };
        std::iter::once(first).chain(lines).collect()
    }

    /// The item of a list whose dashes stand in a column.
    pub(super) fn item(self, value: &Value, column: usize, beside: Beside) -> Vec<String> {
        let Written { head, mut lines } = self.item_value(value, column, beside);
        if head.is_empty() && !lines.is_empty() {
            lines[0] = format!("{}- {}", pad(column), lines[0].trim_start());
            return lines;
        }
        std::iter::once(format!("{}- {head}", pad(column))).chain(lines).collect()
    }

    /// The value of a key in a column; `used` columns of its line are taken.
    pub(super) fn value(self, value: &Value, column: usize, used: usize, beside: Beside) -> Written {
        let list = column + if self.compact { 0 } else { self.step };
        self.written(value, (column + self.step, list), used, beside, true)
    }

    /// The value of an item whose dash stands in a column.
    pub(super) fn item_value(self, value: &Value, column: usize, beside: Beside) -> Written {
        // A mapping of one key reads better as a line of its own: `- where: …`.
        let single = matches!(value, Value::Object(map) if map.len() == 1);
        let beside = if single && beside == Beside::Nothing { Beside::Block } else { beside };
        self.written(value, (column + 2, column + 2), column + 2, beside, false)
    }

    fn written(self, value: &Value, below: (usize, usize), used: usize, beside: Beside, deep: bool) -> Written {
        let flow = match beside {
            Beside::Flow => flow(value).filter(|_| !spans_lines(value)),
            Beside::Nothing => flow(value).filter(|text| leaf(value, deep) && used + 1 + text.chars().count() <= WIDTH),
            Beside::Block => None,
        };
        match (value, flow) {
            (_, Some(text)) => Written { head: text, lines: Vec::new() },
            (Value::Object(map), _) if !map.is_empty() => {
                Written { head: String::new(), lines: self.entries(map, below.0) }
            }
            (Value::Array(items), _) if !items.is_empty() => {
                Written { head: String::new(), lines: self.items(items, below.1) }
            }
            (Value::String(text), _) if text.contains('\n') => match scalar::literal(text) {
                Some((head, lines)) => Written { head: head.to_owned(), lines: indented(&lines, below.0) },
                None => Written { head: scalar::text_inline(text, false), lines: Vec::new() },
            },
            (other, _) => Written { head: scalar::inline(other, false), lines: Vec::new() },
        }
    }

    fn entries(self, map: &Map<String, Value>, column: usize) -> Vec<String> {
        map.iter().flat_map(|(key, value)| self.entry(key, value, column, Beside::Nothing)).collect()
    }

    fn items(self, items: &[Value], column: usize) -> Vec<String> {
        items.iter().flat_map(|item| self.item(item, column, Beside::Nothing)).collect()
    }
}

/// Lines of a block in a column; empty ones stay empty.
pub(super) fn indented<T: AsRef<str>>(lines: &[T], column: usize) -> Vec<String> {
    let line = |line: &T| match line.as_ref() {
        "" => String::new(),
        text => format!("{}{text}", pad(column)),
    };
    lines.iter().map(line).collect()
}

/// So many blanks.
pub(super) fn pad(column: usize) -> String {
    " ".repeat(column)
}

/// A collection in flow; `None` for a single value.
fn flow(value: &Value) -> Option<String> {
    (value.is_array() || value.is_object()).then(|| in_flow(value))
}

/// Any value within `{…}` or `[…]`.
pub(super) fn in_flow(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let entries = map.iter().map(|(key, value)| flow_entry(key, value));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(in_flow).collect::<Vec<_>>().join(", ")),
        single => scalar::inline(single, true),
    }
}

/// An entry within `{…}`.
pub(super) fn flow_entry(key: &str, value: &Value) -> String {
    format!("{}: {}", scalar::text_inline(key, true), in_flow(value))
}

/// Whether a value is small enough to stand in flow: no list of collections, no text of several lines, and few levels.
fn leaf(value: &Value, deep: bool) -> bool {
    fn holds(value: &Value, levels: usize) -> bool {
        match value {
            // A mapping of one key reads as a word with its value: `{test: {jaro_winkler: 0.92}, m: 0.1}`.
            Value::Object(map) if map.len() == 1 && levels == 0 => {
                map.values().all(|value| !value.is_array() && !value.is_object() && holds(value, 0))
            }
            Value::Object(map) => levels > 0 && map.values().all(|value| holds(value, levels - 1)),
            Value::Array(items) => items.iter().all(|item| !item.is_array() && !item.is_object() && holds(item, 0)),
            Value::String(text) => !text.contains('\n'),
            _ => true,
        }
    }
    holds(value, if deep { 3 } else { 1 })
}

/// Whether a text of several lines stands anywhere in it.
fn spans_lines(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.values().any(spans_lines),
        Value::Array(items) => items.iter().any(spans_lines),
        Value::String(text) => text.contains('\n'),
        _ => false,
    }
}
