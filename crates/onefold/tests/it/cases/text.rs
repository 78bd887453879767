//! Text: sections of a case, and tables as lines of cells.

/// A part of a case.
pub(super) struct Section {
    /// The heading line as it stands, or what comes before the first heading.
    pub(super) heading: String,
    /// `table`, `expect` …; empty before the first heading.
    pub(super) word: String,
    /// What the heading names.
    pub(super) name: String,
    /// All lines up to the next heading.
    pub(super) body: String,
}

/// The sections of a case, in order; together they are the text.
pub(super) fn sections(text: &str) -> Vec<Section> {
    let first = Section { heading: String::new(), word: String::new(), name: String::new(), body: String::new() };
    let mut all = vec![first];
    for line in text.split_inclusive('\n') {
        match line.strip_prefix("--- ") {
            Some(rest) => {
                let (word, name) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
                all.push(Section {
                    heading: line.to_owned(),
                    word: word.to_owned(),
                    name: name.trim().to_owned(),
                    body: String::new(),
                });
            }
            None => all.last_mut().expect("there is a first section").body.push_str(line),
        }
    }
    all
}

/// A table written as lines of cells.
pub(super) struct Cells {
    /// The first line.
    pub(super) head: Vec<String>,
    /// The others.
    pub(super) rows: Vec<Vec<String>>,
}

/// Reads lines of cells between `|`; empty lines, lines of dashes and comments do not count.
pub(super) fn cells(body: &str) -> Cells {
    let mut lines = body
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .filter(|line| !line.chars().all(|letter| matches!(letter, '-' | '|' | '+' | ' ')))
        .map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>());
    let head = lines.next().unwrap_or_default();
    let rows = lines.inspect(|row| assert_eq!(row.len(), head.len(), "a row has as many cells as the head: {row:?}"));
    Cells { rows: rows.collect(), head }
}

/// Lines of cells, aligned; the rows sorted as text.
pub(super) fn table(head: &[String], mut rows: Vec<Vec<String>>) -> String {
    rows.sort();
    let width = |column: usize| {
        let cells = std::iter::once(&head[column]).chain(rows.iter().map(|row| &row[column]));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded: Vec<String> = cells.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}")).collect();
        format!("{}\n", padded.join(" | ").trim_end())
    };
    let mut text = line(head);
    rows.iter().for_each(|row| text.push_str(&line(row)));
    text
}

/// Whether two outcomes say the same, however they are aligned; rows of tables in any order.
pub(super) fn same(name: &str, expected: &str, found: &str) -> bool {
    let lines = |text: &str| {
        let filled = text.lines().filter(|line| !line.trim().is_empty());
        let split = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect();
        let mut lines: Vec<Vec<String>> = filled.map(split).collect();
        if !matches!(name, "diagnostics" | "plan") && !lines.is_empty() {
            lines[1..].sort();
        }
        lines
    };
    lines(expected) == lines(found)
}
