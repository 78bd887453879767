//! Reference: the pages of `docs/reference/` that are made from code, so that they cannot be wrong.
//!
//! Writes   docs/reference/expressions.md, diagnostics.md, definitions.md
//!
//! To add a page: a function, a line in `pages`.

use std::fmt::Write as _;
use std::path::Path;

use onefold_model::expr::{Aggregate, Function};
use onefold_model::{Code, DataType};
use serde_json::Value;

/// Writes all pages; faults are files that could not be written.
pub(crate) fn write(root: &Path) -> Vec<String> {
    let put = |(path, text): (String, String)| {
        let path = root.join(path);
        let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        folder.and_then(|()| std::fs::write(&path, text)).err().map(|e| format!("{}: {e}", path.display()))
    };
    pages().into_iter().filter_map(put).collect()
}

/// The pages that differ from the code.
pub(crate) fn faults(root: &Path) -> Vec<String> {
    let differs = |(path, text): (String, String)| {
        let there = std::fs::read_to_string(root.join(&path)).unwrap_or_default();
        (there != text).then(|| format!("{path}: not what the code says; run `cargo xtask reference`"))
    };
    pages().into_iter().filter_map(differs).collect()
}

fn pages() -> Vec<(String, String)> {
    vec![
        ("docs/reference/expressions.md".to_owned(), expressions()),
        ("docs/reference/diagnostics.md".to_owned(), diagnostics()),
        ("docs/reference/definitions.md".to_owned(), definitions()),
    ]
}

fn expressions() -> String {
    let mut page = String::from(
        "# Expressions\n\nMade from the code by `cargo xtask reference`.\n\n## Functions\n\n| function | arguments | gives |\n|---|---|---|\n",
    );
    let arity =
        |(least, most): (usize, usize)| if least == most { least.to_string() } else { format!("{least} to {most}") };
    for f in Function::ALL {
        let _ = writeln!(page, "| `{}` | {} | {} |", f.word(), arity(f.arity()), f.about());
    }
    page.push_str("| `in_segment` | 1 | whether the person is a member of the segment of that name; with `#holdout` behind it, whether held out of it |\n");
    page.push_str("| `in_list` | 2 | whether the value is in `lists/<name>.txt` (a value a line) or in the first column of `lists/<name>.csv` |\n");
    page.push_str("\n## Aggregates\n\n| aggregate | arguments | gives |\n|---|---|---|\n");
    for f in Aggregate::ALL {
        let _ = writeln!(page, "| `{}` | {} | {} |", f.word(), arity(f.arity()), f.about());
    }
    let _ = write!(page, "\n## Types\n\n`{}`\n", DataType::WORDS.join("`, `"));
    page
}

fn diagnostics() -> String {
    let mut page = String::from(
        "# Diagnostics\n\nMade from the code by `cargo xtask reference`. Everything that `onefold check` can say of a project.\n\n| code | severity | meaning |\n|---|---|---|\n",
    );
    for code in Code::ALL {
        let severity = format!("{:?}", code.severity()).to_lowercase();
        let _ = writeln!(page, "| `{}` | {severity} | {} |", code.word(), code.about());
    }
    page
}

/// Every key of every definition file, from the schemas that editors use.
fn definitions() -> String {
    let mut page = String::from(
        "# Definitions, key by key\n\nMade from the code by `cargo xtask reference`; the same schemas come from `onefold schema`. [The guide](../definitions.md) shows whole files.\n",
    );
    for (name, schema) in onefold_model::schema::all() {
        let about = schema["description"].as_str().unwrap_or_default();
        let _ = write!(page, "\n## {}\n\n{about}\n\n", name.trim_end_matches(".schema.json"));
        page.push_str("| key | must | what it is |\n|---|---|---|\n");
        keys(&schema, "", &mut page);
    }
    page
}

/// One row a key, those within it after it.
fn keys(schema: &Value, before: &str, page: &mut String) {
    for (key, inner) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{before}{key}");
        let must = schema["required"].as_array().is_some_and(|all| all.iter().any(|k| k == key));
        let about = inner["description"].as_str().unwrap_or_default().replace('|', "\\|");
        let allowed = match inner["enum"].as_array() {
            Some(words) => {
                let words: Vec<String> = words.iter().filter_map(Value::as_str).map(|w| format!("`{w}`")).collect();
                format!(" ({})", words.join(", "))
            }
            None => String::new(),
        };
        let _ = writeln!(page, "| `{path}` | {} | {about}{allowed} |", if must { "yes" } else { "" });
        within(inner, &path, page);
    }
}

/// The keys of a record, of a list's records, of a map's records, and of each alternative.
fn within(schema: &Value, path: &str, page: &mut String) {
    keys(schema, &format!("{path}."), page);
    if schema["items"].is_object() {
        within(&schema["items"], &format!("{path}[]"), page);
    }
    if schema["additionalProperties"].is_object() {
        within(&schema["additionalProperties"], &format!("{path}.<name>"), page);
    }
    for word in ["anyOf", "oneOf"] {
        for one in schema[word].as_array().into_iter().flatten() {
            within(one, path, page);
        }
    }
}
