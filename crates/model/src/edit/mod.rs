//! Edit: a definition written back into its text with the smallest change.
//!
//! Reads    a text and the value it shall have
//! Flow     text ─ tree with places ─ `change` (what differs, as span edits) ─ text ─ parsed again
//!
//! Invariants
//! - Bytes that no change touches stay as they are: comments, order of keys, quotes, blank lines, line ends.
//! - What is handed out means exactly the value that was asked for: it has been parsed again.
//!
//! Not here: files (`load`), what a value means.

mod align;
mod change;
mod compare;
mod fresh;
mod layout;
mod scalar;
#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::yaml::{self, Node};
pub use compare::{Line, diff};
use layout::Document;

/// Why a value cannot be written into a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwritten {
    /// A lower-case sentence, names in backticks.
    pub message: String,
    /// What to do, beginning with a verb.
    pub hint: String,
}

/// The value of a text, keys in the order of the file; `None` when the text is no YAML as definitions have it.
pub fn to_json(text: &str) -> Option<Value> {
    match yaml::parse(text, 0) {
        (Some(node), faults) if faults.is_empty() => Some(node.json()),
        (None, faults) if faults.is_empty() => Some(Value::Null),
        _ => None,
    }
}

/// A value as the text of a new file.
pub fn write(value: &Value) -> String {
    let mut text = fresh::Style::default().whole(value).join("\n");
    text.push('\n');
    text
}

/// Writes a value into a text; what is equal stays untouched.
///
/// # Errors
/// A text that is no YAML, and one whose layout cannot carry the value.
pub fn rewrite(old: &str, new: &Value) -> Result<String, Unwritten> {
    let (mark, body) = match old.strip_prefix('\u{feff}') {
        Some(body) => ("\u{feff}", body),
        None => ("", old),
    };
    let open = !body.is_empty() && !body.ends_with('\n');
    let eol = if body.contains("\r\n") { "\r\n" } else { "\n" };
    let padded = if open { format!("{body}{eol}") } else { body.to_owned() };
    let (tree, faults) = yaml::parse(&padded, 0);
    if let Some(fault) = faults.first() {
        return Err(Unwritten {
            message: format!("the text that is there is no YAML: {}", fault.message),
            hint: "mend the text first, or write the whole text anew".to_owned(),
        });
    }
    if same(&tree.as_ref().map_or(Value::Null, Node::json), new) {
        return Ok(old.to_owned());
    }
    let changed = match tree {
        Some(tree) if !(tree.is_null() && tree.at.start == tree.at.end) => {
            change::apply(Document::new(&padded, eol, &tree), &tree, new)
        }
        _ => format!("{padded}{}", write(new).replace('\n', eol)),
    };
    let means = |text: &str| to_json(text).is_some_and(|value| same(&value, new));
    let short = changed.strip_suffix(eol).filter(|_| open).map(str::to_owned);
    let fitting = short.into_iter().chain([changed]).find(|text| means(text));
    fitting.map(|text| format!("{mark}{text}")).ok_or_else(|| Unwritten {
        message: "the layout of the text cannot carry this change".to_owned(),
        hint: "change the text itself".to_owned(),
    })
}

/// Whether two values mean the same: order of keys and the way a number is written do not matter.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => match (x.as_i64(), y.as_i64()) {
            (Some(x), Some(y)) => x == y,
            _ => x.as_f64() == y.as_f64(),
        },
        (Value::Array(x), Value::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y)),
        (Value::Object(x), Value::Object(y)) => {
            x.len() == y.len() && x.iter().all(|(key, x)| y.get(key).is_some_and(|y| same(x, y)))
        }
        _ => a == b,
    }
}
