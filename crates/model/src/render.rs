//! Render: diagnostics as people and programs read them.
//!
//! Flow     diagnostics, sorted by file and place ─ `text` (the line, a caret, a hint) or `json`
//!
//! Invariants
//! - Lines and columns count from 1, columns in characters.
//! - What `file/secret-in-text` points at is never shown, also not for another fault in that line.
//! - Control characters of a file never reach the terminal.
//!
//! Not here: the sentences (written where the fault is found).

use std::fmt::Write as _;

use serde_json::{Value, json};
use unicode_width::UnicodeWidthChar;

use crate::{At, Code, Diagnostic, Severity, SourceFile};

/// The widest line that is shown whole, in columns of the terminal.
const WIDEST: usize = 160;

/// Line and column of a byte, both from 1; the column in characters.
pub fn line_and_column(text: &str, byte: u32) -> (usize, usize) {
    let byte = floor_char(text, byte as usize);
    let start = text[..byte].rfind('\n').map_or(0, |newline| newline + 1);
    let column = text[start..byte].trim_start_matches('\u{feff}').chars().count();
    (text[..byte].matches('\n').count() + 1, column + 1)
}

/// Compiler style: for each diagnostic its sentence, its place, the line with a caret, a hint; then how many there are.
pub fn text(diagnostics: &[Diagnostic], files: &[SourceFile], color: bool) -> String {
    let paint = Paint { color };
    let mut out = String::new();
    let sorted = sorted(diagnostics);
    for diagnostic in &sorted {
        let word = severity_word(diagnostic.severity);
        let head = paint.severity(diagnostic.severity, &format!("{word}[{}]", diagnostic.code));
        let _ = writeln!(out, "{head}: {}", paint.bold(&visible(&diagnostic.message)));
        if let Some((at, file)) = diagnostic.at.and_then(|at| Some((at, files.get(at.file as usize)?))) {
            place(&mut out, &paint, diagnostic, at, file, &sorted);
        }
        if let Some(hint) = &diagnostic.hint {
            let _ = writeln!(out, "  {}: {}", paint.hint("hint"), visible(hint));
        }
        out.push('\n');
    }
    if let Some(line) = count_line(&sorted) {
        let _ = writeln!(out, "{line}");
    }
    out
}

/// For programs: an array of objects with file, line, column, end_line, end_column, code, severity, message, hint.
pub fn json(diagnostics: &[Diagnostic], files: &[SourceFile]) -> Value {
    let each = |diagnostic: &Diagnostic| {
        let file = diagnostic.at.and_then(|at| files.get(at.file as usize));
        let place = diagnostic.at.zip(file).map(|(at, file)| {
            let (start, end) = (line_and_column(&file.text, at.start), line_and_column(&file.text, at.end));
            (start, end)
        });
        json!({
            "file": file.map(|file| &file.path),
            "line": place.map(|(start, _)| start.0),
            "column": place.map(|(start, _)| start.1),
            "end_line": place.map(|(_, end)| end.0),
            "end_column": place.map(|(_, end)| end.1),
            "code": diagnostic.code.word(),
            "severity": severity_word(diagnostic.severity),
            "message": diagnostic.message,
            "hint": diagnostic.hint,
        })
    };
    Value::Array(sorted(diagnostics).into_iter().map(each).collect())
}

/// By file and place, those without a place first; the same thing said twice is said once.
fn sorted(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|diagnostic| (diagnostic.at, std::cmp::Reverse(diagnostic.severity)));
    sorted.dedup_by(|a, b| a.at.is_some() && a.at == b.at && a.code == b.code && a.message == b.message);
    sorted
}

fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// `2 errors, 1 warning`
fn count_line(diagnostics: &[&Diagnostic]) -> Option<String> {
    let counted = [Severity::Error, Severity::Warning, Severity::Note].map(|severity| {
        let count = diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
        let plural = if count == 1 { "" } else { "s" };
        (count, format!("{count} {}{plural}", severity_word(severity)))
    });
    let there: Vec<String> = counted.into_iter().filter(|(count, _)| *count > 0).map(|(_, words)| words).collect();
    (!there.is_empty()).then(|| there.join(", "))
}

fn place(out: &mut String, paint: &Paint, diagnostic: &Diagnostic, at: At, file: &SourceFile, all: &[&Diagnostic]) {
    let (line, column) = line_and_column(&file.text, at.start);
    let gutter = line.to_string().len();
    let arrow = paint.gutter(&format!("{:gutter$}-->", ""));
    let _ = writeln!(out, "{arrow} {}:{line}:{column}", visible(&file.path));
    if file.text.is_empty() {
        return;
    }
    let start = floor_char(&file.text, at.start as usize);
    let line_start = file.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = file.text[start..].find(['\n', '\r']).map_or(file.text.len(), |newline| start + newline);
    let end = floor_char(&file.text, at.end as usize).clamp(start, line_end.max(start));
    let secrets: Vec<(usize, usize)> = all
        .iter()
        .filter(|other| other.code == Code::SecretInText)
        .filter_map(|other| other.at.filter(|secret| secret.file == at.file))
        .map(|secret| (secret.start as usize, secret.end as usize))
        .collect();
    let shown: Vec<Shown> = file.text[line_start..line_end]
        .char_indices()
        .map(|(offset, c)| Shown::new(line_start + offset, c, &secrets))
        .collect();
    let (before, under): (usize, usize) = shown.iter().fold((0, 0), |(before, under), c| match c.byte {
        byte if byte < start => (before + c.width, under),
        byte if byte < end => (before, under + c.width),
        _ => (before, under),
    });
    let (line_text, before, under) = window(&shown, before, under.max(1));
    let bar = paint.gutter(&format!("{:gutter$} |", ""));
    let _ = writeln!(out, "{bar}");
    let _ = writeln!(out, "{} {line_text}", paint.gutter(&format!("{line} |")));
    let carets = paint.severity(diagnostic.severity, &"^".repeat(under));
    let _ = writeln!(out, "{bar} {:before$}{carets}", "");
}

/// A character as it is shown, and how many columns of the terminal it takes.
struct Shown {
    byte: usize,
    text: String,
    width: usize,
}

impl Shown {
    fn new(byte: usize, c: char, secrets: &[(usize, usize)]) -> Self {
        if secrets.iter().any(|(start, end)| (*start..*end).contains(&byte)) {
            return Self { byte, text: "*".to_owned(), width: 1 };
        }
        match c {
            '\t' => Self { byte, text: "    ".to_owned(), width: 4 },
            '\u{feff}' => Self { byte, text: String::new(), width: 0 },
            c if hidden(c) => Self { byte, text: "\u{fffd}".to_owned(), width: 1 },
            c => Self { byte, text: c.to_string(), width: c.width().unwrap_or(0) },
        }
    }
}

/// The part of a long line around what is underlined, with what stands before it and under it.
fn window(shown: &[Shown], before: usize, under: usize) -> (String, usize, usize) {
    let width: usize = shown.iter().map(|c| c.width).sum();
    if width <= WIDEST {
        return (shown.iter().map(|c| c.text.as_str()).collect::<String>().trim_end().to_owned(), before, under);
    }
    let from = before.saturating_sub(WIDEST / 3);
    let (mut column, mut skipped, mut text) = (0, 0, String::new());
    for c in shown {
        if column < from {
            skipped = column + c.width;
        } else if column < from + WIDEST {
            text.push_str(&c.text);
        }
        column += c.width;
    }
    let dots = if skipped > 0 { "… " } else { "" };
    let tail = if column > from + WIDEST { " …" } else { "" };
    let before = before - skipped + dots.chars().count();
    (format!("{dots}{text}{tail}"), before, under.min(WIDEST))
}

/// Characters that change what a terminal shows instead of showing something.
fn hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn visible(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c == '\n' {
                ' '
            } else if hidden(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

/// The last place at or before a byte where a character begins.
fn floor_char(text: &str, byte: usize) -> usize {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    byte
}

/// Colours of a terminal, or none.
struct Paint {
    color: bool,
}

impl Paint {
    fn with(&self, code: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
    fn severity(&self, severity: Severity, text: &str) -> String {
        let code = match severity {
            Severity::Note => "1;36",
            Severity::Warning => "1;33",
            Severity::Error => "1;31",
        };
        self.with(code, text)
    }
    fn bold(&self, text: &str) -> String {
        self.with("1", text)
    }
    fn gutter(&self, text: &str) -> String {
        self.with("1;34", text)
    }
    fn hint(&self, text: &str) -> String {
        self.with("1;32", text)
    }
}
