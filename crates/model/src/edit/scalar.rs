//! Scalar: texts, numbers and flags as YAML writes them.
//!
//! Invariants
//! - What is written, read again, is the same value: what looks like something else stands in quotes.
//!
//! Not here: where it stands (`fresh`, `change`).

use serde_json::Value;

use crate::yaml::{ScalarKind, core_schema};

/// A single value on one line. In flow (`{…}`, `[…]`) more letters ask for quotes.
pub(super) fn inline(value: &Value, flow: bool) -> String {
    match value {
        Value::String(text) => text_inline(text, flow),
        other => other.to_string(),
    }
}

/// A text on one line: plain where that holds it, else in quotes.
pub(super) fn text_inline(text: &str, flow: bool) -> String {
    if plain_holds(text, flow) { text.to_owned() } else { quoted(text) }
}

/// A text in the quotes it needs fewer escapes in.
fn quoted(text: &str) -> String {
    if text.contains(['"', '\\']) && !text.contains('\'') {
        return single(text).unwrap_or_else(|| double(text));
    }
    double(text)
}

/// A text in single quotes, if they can hold it.
pub(super) fn single(text: &str) -> Option<String> {
    (!text.chars().any(needs_escape)).then(|| format!("'{}'", text.replace('\'', "''")))
}

/// A text in double quotes.
pub(super) fn double(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if needs_escape(c) => out.push_str(&format!("\\u{:04X}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Letters that cannot be seen, or end a line.
fn needs_escape(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether a text without quotes is read as that very text.
pub(super) fn plain_holds(text: &str, flow: bool) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let ends_blank = first.is_whitespace() || text.ends_with(char::is_whitespace);
    !ends_blank
        && !"-?:,[]{}#&*!|>'\"%@`=".contains(first)
        && !text.starts_with("...")
        && text != "<<"
        && !text.chars().any(needs_escape)
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':')
        && !(flow && (text.contains([',', '[', ']', '{', '}']) || text.ends_with('-')))
        && core_schema(text) == ScalarKind::Text
        && !looks_otherwise(text)
}

/// Words that other readers of YAML take for a flag, a date or a time.
fn looks_otherwise(text: &str) -> bool {
    const FLAGS: &[&str] = &["y", "n", "yes", "no", "on", "off"];
    if FLAGS.iter().any(|flag| text.eq_ignore_ascii_case(flag)) {
        return true;
    }
    let digits =
        |part: Option<&str>| part.is_some_and(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let mut date = text.get(..10).unwrap_or(text).split('-');
    let date = digits(date.next()) && digits(date.next()) && digits(date.next());
    let time = text.contains(':') && text.bytes().all(|b| b.is_ascii_digit() || b == b':' || b == b'.');
    // `0 5 * * *`, `1_000`: no word at all.
    let number = !text.chars().any(char::is_alphabetic);
    date || time || number
}

/// A text of several lines as a block `|`: its head and its lines, without indentation. `None` where a block
/// would be read otherwise.
pub(super) fn literal(text: &str) -> Option<(&'static str, Vec<&str>)> {
    let (head, body) = match text.strip_suffix('\n') {
        Some(body) => ("|", body),
        None => ("|-", text),
    };
    let lines: Vec<&str> = body.split('\n').collect();
    let first = lines.iter().find(|line| !line.is_empty())?;
    let good = !body.ends_with('\n')
        && !first.starts_with([' ', '\t'])
        && lines.iter().all(|line| line.is_empty() || !line.trim().is_empty())
        && !text.chars().any(|c| c != '\n' && needs_escape(c));
    good.then_some((head, lines))
}
