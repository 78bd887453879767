//! Reference: the pages of `docs/reference/` that are made from code, so that they cannot be wrong.
//!
//! Writes   docs/reference/expressions.md, docs/reference/diagnostics.md, docs/schema/*.json
//!
//! To add a page: a function, a line in `pages`.

use std::fmt::Write as _;
use std::path::Path;

use onefold_model::expr::{Aggregate, Function};
use onefold_model::{Code, DataType};

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
    ]
}

fn expressions() -> String {
    let mut page = String::from(
        "# Expressions\n\nMade from the code by `cargo xtask reference`.\n\n## Functions\n\n| function | arguments | gives |\n|---|---|---|\n",
    );
    let arity = |(least, most): (usize, usize)| if least == most { least.to_string() } else { format!("{least} to {most}") };
    for f in Function::ALL {
        let _ = writeln!(page, "| `{}` | {} | {} |", f.word(), arity(f.arity()), f.about());
    }
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
