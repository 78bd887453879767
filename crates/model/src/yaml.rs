//! YAML: a text to a tree whose every node knows its bytes.
//!
//! Reads    one document, core schema of YAML 1.2, by the events of `saphyr-parser`.
//! Flow     text ─ events ─ `Builder` ─ `Node`
//!
//! Invariants
//! - `text[at]` of a scalar, parsed again, gives the same scalar.
//! - A mapping has each key once; keys are text. What breaks that is a diagnostic, and the first one stays.
//! - No recursion: depth is bounded by [`MAX_DEPTH`], not by the stack.
//!
//! Not here: what keys mean (`load`).

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use crate::{At, Code, Diagnostic, Spanned};

/// The deepest nesting that is read.
pub const MAX_DEPTH: usize = 64;

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub data: Data,
    /// Its bytes; those of its key when there is nothing to point at.
    pub at: At,
    /// The bytes of the key that leads to it.
    pub named: Option<At>,
}

/// The kinds of value.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// One word or text.
    Scalar(Scalar),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the file.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key as text.
    pub key: Spanned<String>,
    /// The place of the key.
    pub key_at: At,
    /// Its value.
    pub value: Node,
}

/// A scalar: its text, and what the core schema makes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// The text without quotes and escapes.
    pub text: String,
    /// Its meaning.
    pub kind: ScalarKind,
}

/// What the core schema makes of a scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ScalarKind {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number of 64 bits.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// Text.
    Text,
}

impl Node {
    /// The scalar, if it is one.
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.data {
            Data::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }
    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        self.scalar().filter(|scalar| scalar.kind == ScalarKind::Text).map(|scalar| scalar.text.as_str())
    }
    /// The entries, if it is a mapping.
    pub fn map(&self) -> Option<&[Entry]> {
        match &self.data {
            Data::Map(entries) => Some(entries),
            _ => None,
        }
    }
    /// The value of a key, if it is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.map()?.iter().find(|entry| entry.key.value == key).map(|entry| &entry.value)
    }
    /// Whether there is nothing.
    pub fn is_null(&self) -> bool {
        self.scalar().is_some_and(|scalar| scalar.kind == ScalarKind::Null)
    }
    /// What it is, in words: `a list`.
    pub fn words(&self) -> &'static str {
        match &self.data {
            Data::List(_) => "a list",
            Data::Map(_) => "a mapping",
            Data::Scalar(scalar) => match scalar.kind {
                ScalarKind::Null => "nothing",
                ScalarKind::Boolean(_) => "`true` or `false`",
                ScalarKind::Integer(_) | ScalarKind::Number(_) => "a number",
                ScalarKind::Text => "a text",
            },
        }
    }
    /// The same as JSON; keys keep their order.
    pub fn json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.data {
            Data::List(items) => Value::Array(items.iter().map(Node::json).collect()),
            Data::Map(entries) => {
                Value::Object(entries.iter().map(|entry| (entry.key.value.clone(), entry.value.json())).collect())
            }
            Data::Scalar(scalar) => match scalar.kind {
                ScalarKind::Null => Value::Null,
                ScalarKind::Boolean(flag) => Value::Bool(flag),
                ScalarKind::Integer(number) => number.into(),
                ScalarKind::Number(number) => number.into(),
                ScalarKind::Text => Value::String(scalar.text.clone()),
            },
        }
    }
}

/// Reads one document. The tree is there as far as it could be read; it is `None` after a syntax error.
pub fn parse(text: &str, file: u32) -> (Option<Node>, Vec<Diagnostic>) {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let shift = text.len() - body.len();
    let mut builder = Builder {
        text,
        file,
        bytes: byte_offsets(body, shift),
        open: Vec::new(),
        root: None,
        last_end: shift as u32,
        diagnostics: Vec::new(),
    };
    if let Some((start, found)) = body.char_indices().find(|(_, c)| c.is_ascii_control() && !"\t\n\r".contains(*c)) {
        let start = (start + shift) as u32;
        let message = format!("the file holds the control character U+{:04X}, which YAML does not allow", found as u32);
        let at = At { file, start, end: start + 1 };
        builder.say(Diagnostic::new(Code::YamlSyntax, Some(at), message).hint("remove the character"));
        return (None, builder.diagnostics);
    }
    let complete = builder.read(Parser::new_from_str(body));
    (builder.root.filter(|_| complete), builder.diagnostics)
}

/// For each character of the body and its end, the byte it begins at in the whole text.
fn byte_offsets(body: &str, shift: usize) -> Vec<u32> {
    body.char_indices().map(|(byte, _)| byte).chain([body.len()]).map(|byte| (byte + shift) as u32).collect()
}

/// A list or mapping that is not closed yet.
struct Open {
    start: u32,
    flow: bool,
    named: Option<At>,
    inside: Inside,
}

enum Inside {
    List(Vec<Node>),
    /// The entries so far, the key that waits, and where each key stood first.
    Map(Vec<Entry>, Waiting, BTreeMap<String, At>),
}

/// The key that waits for its value; `Some(None)` when that key cannot be used.
type Waiting = Option<Option<(String, At)>>;

struct Builder<'a> {
    text: &'a str,
    file: u32,
    bytes: Vec<u32>,
    open: Vec<Open>,
    root: Option<Node>,
    /// Where the event before ended: anchors and tags stand after it.
    last_end: u32,
    diagnostics: Vec<Diagnostic>,
}

impl Builder<'_> {
    fn say(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn byte(&self, index: usize) -> u32 {
        self.bytes.get(index).or(self.bytes.last()).copied().unwrap_or(0)
    }

    fn at(&self, span: Span) -> At {
        let (start, end) = (self.byte(span.start.index()), self.byte(span.end.index()));
        At { file: self.file, start, end: end.max(start) }
    }

    /// Reads all events; whether the document could be read to its end.
    fn read(&mut self, mut parser: Parser<'_, saphyr_parser::StrInput<'_>>) -> bool {
        let mut documents = 0;
        while let Some(event) = parser.next_event() {
            let (event, span) = match event {
                Ok(event) => event,
                Err(error) => {
                    self.syntax(self.byte(error.marker().index()), error.info());
                    return false;
                }
            };
            let at = self.at(span);
            // The mark of a document that begins without `---` lies behind its first value.
            let implicit = matches!(event, Event::DocumentStart(false) | Event::StreamStart);
            match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        let message = "a file holds one definition, and a second document begins here";
                        let hint = "move what follows to a file of its own, and delete the `---`";
                        self.say(Diagnostic::new(Code::YamlDocuments, Some(at), message).hint(hint));
                        return true;
                    }
                }
                Event::Alias(_) => {
                    self.feature(at, "aliases", "write the value out where it is used");
                    self.leave_out();
                }
                Event::Scalar(value, style, anchor, tag) => {
                    self.refuse_properties(anchor > 0, tag.is_some(), at.start);
                    self.scalar(&value, style, at);
                }
                Event::SequenceStart(anchor, tag) => {
                    self.refuse_properties(anchor > 0, tag.is_some(), at.start);
                    if !self.begin(at, b'[', Inside::List(Vec::new())) {
                        return false;
                    }
                }
                Event::MappingStart(anchor, tag) => {
                    self.refuse_properties(anchor > 0, tag.is_some(), at.start);
                    if !self.begin(at, b'{', Inside::Map(Vec::new(), None, BTreeMap::new())) {
                        return false;
                    }
                }
                Event::SequenceEnd | Event::MappingEnd => self.end(at),
                Event::StreamStart | Event::StreamEnd | Event::DocumentEnd | Event::Nothing => {}
            }
            if !implicit {
                self.last_end = at.end.max(self.last_end);
            }
        }
        true
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle, mut at: At) {
        self.tighten(&mut at, style);
        if at.start == at.end {
            at = self.named().unwrap_or(at);
        }
        let kind = if style == ScalarStyle::Plain { core_schema(value) } else { ScalarKind::Text };
        let data = Data::Scalar(Scalar { text: value.to_owned(), kind });
        self.add(Node { data, at, named: None });
    }

    /// The parser's spans are wide: they may take in blanks and a comment behind a scalar, and leave out the
    /// header of a block. Afterwards the bytes are the scalar's own.
    fn tighten(&self, at: &mut At, style: ScalarStyle) {
        let rest = &self.text[at.start as usize..];
        let length = match style {
            ScalarStyle::Plain => rest[..(at.end - at.start) as usize].trim_end().len(),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => quoted_length(rest),
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let before = &self.text[self.last_end.min(at.start) as usize..at.start as usize];
                let header = before.find(['|', '>']).map_or(at.start, |offset| self.last_end + offset as u32);
                *at = At { start: header, ..*at };
                return;
            }
        };
        at.end = at.start + length as u32;
    }

    /// The place of the key that waits for a value.
    fn named(&self) -> Option<At> {
        match self.open.last().map(|open| &open.inside) {
            Some(Inside::Map(_, Some(Some((_, at))), _)) => Some(*at),
            _ => None,
        }
    }

    fn begin(&mut self, at: At, bracket: u8, inside: Inside) -> bool {
        if self.open.len() >= MAX_DEPTH {
            let message = format!("the file nests deeper than {MAX_DEPTH} levels");
            self.say(Diagnostic::new(Code::YamlSyntax, Some(at), message).hint("flatten what stands here"));
            return false;
        }
        let flow = at.end > at.start && self.text.as_bytes().get(at.start as usize) == Some(&bracket);
        let named = self.named();
        self.open.push(Open { start: at.start, flow, named, inside });
        true
    }

    fn end(&mut self, at: At) {
        let Some(open) = self.open.pop() else { return };
        let (data, ends) = match open.inside {
            Inside::List(items) => {
                let ends = items.first().map(|n| n.at.start).zip(items.last().map(|n| n.at.end));
                (Data::List(items), ends)
            }
            Inside::Map(entries, ..) => {
                let last = entries.last().map(|e| e.value.at.end.max(e.key_at.end));
                let ends = entries.first().map(|e| e.key_at.start).zip(last);
                (Data::Map(entries), ends)
            }
        };
        let (start, end) =
            if open.flow { (open.start, at.start + 1) } else { ends.unwrap_or((open.start, open.start)) };
        self.add(Node { data, at: At { file: self.file, start, end }, named: open.named });
    }

    /// Forgets the value that would stand here, and its key.
    fn leave_out(&mut self) {
        if let Some(Open { inside: Inside::Map(_, waiting, _), .. }) = self.open.last_mut() {
            *waiting = if waiting.is_some() { None } else { Some(None) };
        }
    }

    /// Puts a finished node where it belongs: it is a key, a value, an item or the whole.
    fn add(&mut self, mut node: Node) {
        let Some(open) = self.open.last_mut() else {
            self.root.get_or_insert(node);
            return;
        };
        match &mut open.inside {
            Inside::List(items) => items.push(node),
            Inside::Map(entries, waiting, _) => match waiting.take() {
                Some(None) => {}
                Some(Some((key, key_at))) => {
                    node.named = Some(key_at);
                    entries.push(Entry { key: Spanned::new(key, key_at), key_at, value: node });
                }
                None => self.key(node),
            },
        }
    }

    fn key(&mut self, node: Node) {
        let at = node.at;
        let mut usable = None;
        if let Data::Scalar(scalar) = node.data {
            if scalar.text == "<<" {
                self.feature(at, "merge keys", "write the keys out where they are used");
            } else if let Some(first) = self.earlier(&scalar.text, at) {
                let line = self.text[..first.start as usize].matches('\n').count() + 1;
                let message = format!("the key `{}` stands twice, first in line {line}", scalar.text);
                self.say(Diagnostic::new(Code::YamlDuplicateKey, Some(at), message).hint("remove one of them"));
            } else {
                usable = Some((scalar.text, at));
            }
        } else {
            let message = format!("a key must be a text, not {}", node.words());
            self.say(Diagnostic::new(Code::WrongKind, Some(at), message).hint("write one word before the `:`"));
        }
        if let Some(Open { inside: Inside::Map(_, waiting, _), .. }) = self.open.last_mut() {
            *waiting = Some(usable);
        }
    }

    /// Where the key stood before in the mapping that is open.
    fn earlier(&mut self, key: &str, at: At) -> Option<At> {
        let Inside::Map(_, _, first) = &mut self.open.last_mut()?.inside else { return None };
        let earlier = first.get(key).copied();
        first.entry(key.to_owned()).or_insert(at);
        earlier
    }

    fn feature(&mut self, at: At, what: &str, hint: &str) {
        let message = format!("{what} are not part of the format");
        self.say(Diagnostic::new(Code::YamlFeature, Some(at), message).hint(hint));
    }

    /// Anchors and tags stand between the event before and the value.
    fn refuse_properties(&mut self, anchor: bool, tag: bool, start: u32) {
        for (there, sign, what, hint) in [
            (anchor, '&', "anchors", "write the value out where it is used"),
            (tag, '!', "tags", "remove the tag; put a value that is meant as text in quotes"),
        ] {
            if there {
                let from = self.last_end.min(start) as usize;
                let found = self.text[from..].find(sign).map_or(start as usize, |offset| from + offset);
                let length = self.text[found..].find(|c: char| c.is_whitespace()).unwrap_or(self.text.len() - found);
                let at = At { file: self.file, start: found as u32, end: (found + length) as u32 };
                self.feature(at, what, hint);
            }
        }
    }

    fn syntax(&mut self, byte: u32, info: &str) {
        let mut start = (byte as usize).min(self.text.len());
        if self.text[start..].trim().is_empty() {
            // At the end of the file: the last letter says more than the empty line after it.
            start = self.text.trim_end().char_indices().next_back().map_or(start, |(last, _)| last);
        }
        let length = self.text[start..].chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8);
        let line = self.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let indent = &self.text[line..start + length];
        let tab = indent.trim().is_empty() && indent.contains('\t');
        let known = FAULTS.iter().find(|(part, ..)| if tab { *part == "tab" } else { info.contains(part) });
        let (message, hint) = match known {
            Some((_, message, hint)) => ((*message).to_owned(), *hint),
            None => (format!("this is not YAML: {info}"), "check the indentation, the quotes and the `:` here"),
        };
        let at = At { file: self.file, start: start as u32, end: (start + length) as u32 };
        self.say(Diagnostic::new(Code::YamlSyntax, Some(at), message).hint(hint));
    }
}

/// What the parser says, in part; our words for it; what to do. The first that fits counts.
const FAULTS: &[(&str, &str, &str)] = &[
    ("tab", "the line is indented with a tab", "indent with spaces; YAML does not take tabs"),
    (
        "trailing content",
        "text goes on behind the closing quote",
        "put the whole value in double quotes, or write it below `>-`",
    ),
    ("quoted scalar", "a quote is never closed", "close the quote"),
    ("flow", "a `[` or `{` is not closed, or a comma is missing", "close it, or add the comma"),
    ("bracket", "a bracket closes nothing", "remove it, or put the value in quotes"),
    (
        "mapping values are not allowed",
        "a `:` stands where no key can be",
        "put a value that holds `: ` in quotes, or mend the indentation",
    ),
    ("did not find expected key", "the line belongs to nothing above it", "indent it like the lines it belongs to"),
    ("expected '-' indicator", "the line is no entry of the list above it", "begin it with `- `, or indent it"),
    ("unexpected character", "a value cannot begin with this character", "put the value in quotes"),
    ("anchor or alias", "a value cannot begin with this character", "put the value in quotes"),
    ("expected node content", "a value is missing or not closed", "close every `[` and `{`, or write the value"),
];

/// The bytes of a quoted scalar that stands at the beginning of a text, quotes included.
fn quoted_length(text: &str) -> usize {
    let mut letters = text.char_indices();
    let quote = letters.next().map(|(_, quote)| quote);
    while let Some((byte, c)) = letters.next() {
        if c == '\\' && quote == Some('"')
            || Some(c) == quote && quote == Some('\'') && text[byte + 1..].starts_with('\'')
        {
            letters.next();
        } else if Some(c) == quote {
            return byte + 1;
        }
    }
    text.len()
}

/// Chapter 10.3.2 of the YAML 1.2.2 specification.
pub(crate) fn core_schema(text: &str) -> ScalarKind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return ScalarKind::Null,
        "true" | "True" | "TRUE" => return ScalarKind::Boolean(true),
        "false" | "False" | "FALSE" => return ScalarKind::Boolean(false),
        ".nan" | ".NaN" | ".NAN" => return ScalarKind::Number(f64::NAN),
        _ => {}
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return ScalarKind::Number(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits(unsigned) {
        return match text.parse::<i64>() {
            Ok(number) => ScalarKind::Integer(number),
            Err(_) => text.parse().map_or(ScalarKind::Text, ScalarKind::Number),
        };
    }
    for (prefix, radix) in [("0o", 8), ("0x", 16)] {
        let number = text.strip_prefix(prefix).filter(|digits| !digits.starts_with(['+', '-']));
        if let Some(number) = number.and_then(|digits| i64::from_str_radix(digits, radix).ok()) {
            return ScalarKind::Integer(number);
        }
    }
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_holds = digits(&format!("{whole}{fraction}"));
    let exponent_holds = exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)));
    if mantissa_holds && exponent_holds && mantissa.bytes().filter(|b| *b == b'.').count() <= 1 {
        return text.parse().map_or(ScalarKind::Text, ScalarKind::Number);
    }
    ScalarKind::Text
}
