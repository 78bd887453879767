//! List: the values of `lists/<name>.txt` and `lists/<name>.csv`, where an expression asks `in_list(x, 'name')`.
//!
//! Invariants
//! - A text file has a value a line, white space around it does not count; a CSV file has a line of headings and the
//!   values in its first column. Empty values are left out, repeated ones are kept once, in the order of the file.
//!
//! Not here: whether the values fit the column they are compared with (`expr::resolve`).

use std::collections::HashSet;

use super::form::Reader;
use crate::expr::{Literal, Node};
use crate::names::nearest;
use crate::{At, Code, Diagnostic, Expr, SourceFile};

/// The folder of lists.
const FOLDER: &str = "lists";
/// The most values of a list.
const MOST: usize = 100_000;

/// The same expression with the values of the lists it asks about; `None` once it has said which are not there.
pub(super) fn fill(expr: Expr, at: At, reader: &mut Reader<'_>) -> Option<Expr> {
    if expr.lists().is_empty() {
        return Some(expr);
    }
    let mut complete = true;
    let filled = expr.rewrite(&mut |mut e| {
        if let Node::InList { list, values, .. } = &mut e.node {
            let here = At { file: at.file, start: at.start + e.span.0, end: at.start + e.span.1 };
            match read(list, here, reader) {
                Some(read) => *values = read.into_iter().map(Literal::Text).collect(),
                None => complete = false,
            }
        }
        e
    });
    complete.then_some(filled)
}

/// The values of a list.
fn read(name: &str, at: At, reader: &mut Reader<'_>) -> Option<Vec<String>> {
    let said = |code, message: String, hint: &str| Diagnostic::new(code, Some(at), message).hint(hint);
    let safe = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\']);
    let paths = [format!("{FOLDER}/{name}.txt"), format!("{FOLDER}/{name}.csv")];
    let mut found = Vec::new();
    for path in paths.iter().filter(|_| safe) {
        match reader.overlay.read(reader.root, path) {
            Ok(bytes) => found.push((path, bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let message = format!("`{path}` cannot be read: {}", super::io_words(&error));
                reader.say(said(Code::FileUnreadable, message, "check that it may be read"));
                return None;
            }
        }
    }
    let (path, bytes) = match found.len() {
        0 => {
            let there = names(reader);
            let hint = match nearest(name, there.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("write `{FOLDER}/{name}.txt`, a value a line, or `{FOLDER}/{name}.csv`"),
            };
            reader.say(said(Code::UnknownName, format!("there is no list `{name}`"), &hint));
            return None;
        }
        1 => found.pop()?,
        _ => {
            let message = format!("the list `{name}` is there twice, as `{}` and as `{}`", paths[0], paths[1]);
            reader.say(said(Code::NameClash, message, "remove one of them"));
            return None;
        }
    };
    let Ok(text) = String::from_utf8(bytes) else {
        reader.say(said(Code::FileUnreadable, format!("`{path}` is not UTF-8"), "save it as UTF-8"));
        return None;
    };
    let values = values(&text, path.ends_with(".csv"));
    if values.is_empty() {
        let hint = "write at least one value; a CSV file begins with a line of headings";
        reader.say(said(Code::WrongValue, format!("`{path}` holds no value"), hint));
        return None;
    }
    if values.len() > MOST {
        let message = format!("`{path}` holds {} values, and a list has at most {MOST}", values.len());
        reader.say(said(Code::WrongValue, message, "make it a table of a source, and a measure of it"));
        return None;
    }
    if reader.further.iter().all(|file| file.path != *path) {
        reader.further.push(SourceFile { path: path.clone(), text });
    }
    Some(values)
}

/// The lists there are.
fn names(reader: &Reader<'_>) -> Vec<String> {
    let files = super::listing::entries(&reader.root.join(FOLDER));
    let stem = |(name, is_folder): (String, bool)| {
        let stem = name.strip_suffix(".txt").or_else(|| name.strip_suffix(".csv")).filter(|_| !is_folder)?;
        Some(stem.to_owned())
    };
    files.into_iter().filter_map(stem).collect()
}

/// The different values of a file, in order.
fn values(text: &str, is_csv: bool) -> Vec<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let all: Vec<String> =
        if is_csv { first_column(text) } else { text.lines().map(|line| line.trim().to_owned()).collect() };
    let mut seen = HashSet::new();
    all.into_iter().filter(|value| !value.is_empty() && seen.insert(value.clone())).collect()
}

/// The first cell of each record after the headings.
fn first_column(text: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let (mut first, mut quoted) = (true, false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let cell = cells.len() - 1;
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                if first {
                    cells[cell].push('"');
                }
            }
            '"' => quoted = !quoted,
            ',' | ';' | '\t' if !quoted => first = false,
            '\n' if !quoted => {
                cells.push(String::new());
                first = true;
            }
            letter if first => cells[cell].push(letter),
            _ => {}
        }
    }
    cells.into_iter().skip(1).map(|cell| cell.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::values;

    #[test]
    fn a_text_file_has_a_value_a_line() {
        assert_eq!(values("\u{feff}a \r\n\n b,c\na\n", false), ["a", "b,c"]);
    }

    #[test]
    fn a_csv_file_has_headings_and_its_values_in_front() {
        assert_eq!(values("code,name\r\n10,x\n\"a,\"\"b\",y\n,z\n10,\n", true), ["10", "a,\"b"]);
        assert!(values("code\n", true).is_empty());
    }
}
