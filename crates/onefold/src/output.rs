//! Output: the only place that prints. Data goes to standard output, words about it to standard error.
//!
//! Invariants
//! - A reader that goes away (`| head`) is no error: it comes up as [`ProblemKind::Gone`].
//! - Rows are printed as they come; only a `table` looks ahead, by [`LOOK_AHEAD`] rows, to align its columns.
//!
//! Not here: progress (`progress`), what a view says (`commands`).

use std::io::{self, BufWriter, Write};

use onefold_api::{ColumnView, Problem, ProblemKind, RowSink};
use serde_json::Value;

use crate::cli::Format;

/// Rows a table looks at before it decides how wide its columns are.
const LOOK_AHEAD: usize = 200;
/// Characters of a cell that a table shows.
const CELL_WIDTH: usize = 48;

/// Prints a text to standard output.
///
/// # Errors
/// When the reader has gone.
pub fn print(text: &str) -> Result<(), Problem> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Prints a value as JSON to standard output.
///
/// # Errors
/// When the reader has gone.
pub fn print_json<T: serde::Serialize>(value: &T) -> Result<(), Problem> {
    let mut text = serde_json::to_string_pretty(value).map_err(|e| Problem::failed(e.to_string()))?;
    text.push('\n');
    print(&text)
}

/// Says something about the work, on standard error.
pub fn say(text: &str) {
    let mut err = io::stderr().lock();
    // Nobody listening to words about the work does not stop the work.
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

/// Says why there is no answer, on standard error, and gives the exit code.
pub fn say_problem(problem: &Problem) -> u8 {
    match &problem.kind {
        ProblemKind::Gone => return 0,
        ProblemKind::Definitions { text, .. } => say(text),
        _ => {}
    }
    let hint = problem.hint.iter().fold(String::new(), |_, hint| format!("  hint: {hint}\n"));
    say(&format!("error: {}\n{hint}", problem.message));
    if matches!(problem.kind, ProblemKind::Definitions { .. }) { 2 } else { 1 }
}

/// Rows to standard output in one of the formats.
pub fn rows(format: Format) -> Box<dyn Rows> {
    let out = BufWriter::with_capacity(1 << 16, io::stdout());
    match format {
        Format::Table => Box::new(TableRows { out, columns: Vec::new(), held: Vec::new(), widths: None, rows: 0 }),
        Format::Csv => Box::new(CsvRows { out }),
        Format::Json => Box::new(JsonRows { out, columns: Vec::new() }),
    }
}

/// A sink that has something to do at the end.
pub trait Rows: RowSink {
    /// Prints what is left.
    ///
    /// # Errors
    /// When the reader has gone.
    fn finish(&mut self) -> io::Result<()>;
}

type Out = BufWriter<io::Stdout>;

struct CsvRows {
    out: Out,
}

impl RowSink for CsvRows {
    fn columns(&mut self, columns: &[ColumnView]) -> io::Result<()> {
        let names: Vec<String> = columns.iter().map(|column| csv_cell(&column.name)).collect();
        writeln!(self.out, "{}", names.join(","))
    }
    fn row(&mut self, values: &[Value]) -> io::Result<()> {
        for (i, value) in values.iter().enumerate() {
            if i > 0 {
                self.out.write_all(b",")?;
            }
            match value {
                // An empty text is quoted, so that it differs from null.
                Value::String(text) if text.is_empty() => self.out.write_all(b"\"\"")?,
                value => self.out.write_all(csv_cell(&plain(value)).as_bytes())?,
            }
        }
        self.out.write_all(b"\n")
    }
}

impl Rows for CsvRows {
    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn csv_cell(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

struct JsonRows {
    out: Out,
    columns: Vec<String>,
}

impl RowSink for JsonRows {
    fn columns(&mut self, columns: &[ColumnView]) -> io::Result<()> {
        self.columns = columns.iter().map(|column| column.name.clone()).collect();
        Ok(())
    }
    fn row(&mut self, values: &[Value]) -> io::Result<()> {
        let object: serde_json::Map<String, Value> = self.columns.iter().cloned().zip(values.iter().cloned()).collect();
        serde_json::to_writer(&mut self.out, &object)?;
        self.out.write_all(b"\n")
    }
}

impl Rows for JsonRows {
    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

struct TableRows {
    out: Out,
    columns: Vec<ColumnView>,
    held: Vec<Vec<String>>,
    widths: Option<Vec<usize>>,
    rows: u64,
}

impl TableRows {
    /// Decides the widths by the rows held, and prints them.
    fn settle(&mut self) -> io::Result<()> {
        let names: Vec<String> = self.columns.iter().map(|column| clip(&column.name)).collect();
        let widths: Vec<usize> = (0..names.len())
            .map(|i| self.held.iter().map(|row| wide(&row[i])).chain([wide(&names[i])]).max().unwrap_or(0))
            .collect();
        self.line(&names, &widths)?;
        let rule: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
        self.line(&rule, &widths)?;
        for row in std::mem::take(&mut self.held) {
            self.line(&row, &widths)?;
        }
        self.widths = Some(widths);
        Ok(())
    }

    fn line(&mut self, cells: &[String], widths: &[usize]) -> io::Result<()> {
        let right: Vec<bool> = self.columns.iter().map(|column| is_number(&column.ty)).collect();
        writeln!(self.out, "{}", aligned(cells, widths, &right))
    }
}

impl RowSink for TableRows {
    fn columns(&mut self, columns: &[ColumnView]) -> io::Result<()> {
        self.columns = columns.to_vec();
        Ok(())
    }
    fn row(&mut self, values: &[Value]) -> io::Result<()> {
        self.rows += 1;
        let cells: Vec<String> = values.iter().map(|value| clip(&plain(value))).collect();
        if let Some(widths) = self.widths.clone() {
            return self.line(&cells, &widths);
        }
        self.held.push(cells);
        if self.held.len() >= LOOK_AHEAD { self.settle() } else { Ok(()) }
    }
}

impl Rows for TableRows {
    fn finish(&mut self) -> io::Result<()> {
        if self.widths.is_none() {
            self.settle()?;
        }
        self.out.flush()?;
        say(&format!("({})\n", count(self.rows, "row")));
        Ok(())
    }
}

/// A whole table as text, the columns that hold numbers to the right.
pub fn text_table(head: &[&str], right: &[bool], rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = (0..head.len())
        .map(|i| rows.iter().map(|row| wide(&row[i])).chain([wide(head[i])]).max().unwrap_or(0))
        .collect();
    let names: Vec<String> = head.iter().map(|&name| name.to_owned()).collect();
    let rule: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
    let mut text = String::new();
    for row in [&names, &rule].into_iter().chain(rows) {
        text.push_str(&aligned(row, &widths, right));
        text.push('\n');
    }
    text
}

fn aligned(cells: &[String], widths: &[usize], right: &[bool]) -> String {
    let mut line = String::new();
    for (i, cell) in cells.iter().enumerate() {
        if i > 0 {
            line.push_str("  ");
        }
        let fill = " ".repeat(widths[i].saturating_sub(wide(cell)));
        if right.get(i).copied().unwrap_or(false) {
            line.push_str(&fill);
            line.push_str(cell);
        } else {
            line.push_str(cell);
            line.push_str(&fill);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

fn is_number(ty: &str) -> bool {
    ty == "integer" || ty == "number" || ty.starts_with("decimal")
}

fn wide(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

/// One line of a cell, so much of it as a table shows; control characters do not reach the terminal.
fn clip(text: &str) -> String {
    let one_line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if wide(&one_line) <= CELL_WIDTH {
        return one_line;
    }
    let mut short = String::new();
    for letter in one_line.chars() {
        short.push(letter);
        if wide(&short) >= CELL_WIDTH {
            short.pop();
            break;
        }
    }
    short + "…"
}

/// A value as a person reads it; null is empty.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// `1,234,567`
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 row`, `1,234 rows`
pub fn count(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(n), if n == 1 { "" } else { "s" })
}

/// `0.42 s`, `1 min 03 s`
pub fn duration(seconds: f64) -> String {
    if seconds < 60.0 {
        format!("{seconds:.2} s")
    } else {
        format!("{} min {:02} s", (seconds / 60.0) as u64, (seconds % 60.0) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (n, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (62_299, "62,299"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(n), text);
        }
        assert_eq!(count(1, "row"), "1 row");
        assert_eq!(count(1500, "row"), "1,500 rows");
    }

    #[test]
    fn csv_cells_are_quoted_when_they_must_be() {
        assert_eq!(csv_cell("plain"), "plain");
        assert_eq!(csv_cell("a,b"), "\"a,b\"");
        assert_eq!(csv_cell("say \"hi\""), "\"say \"\"hi\"\"\"");
    }

    #[test]
    fn a_table_is_aligned() {
        let text = text_table(&["name", "rows"], &[false, true], &[vec!["a".into(), "1,000".into()]]);
        assert_eq!(text, "name   rows\n----  -----\na     1,000\n");
    }
}
