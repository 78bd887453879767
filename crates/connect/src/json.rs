//! JSON: a record read into a flat list of nodes over its own text.
//!
//! Reads    JSON text (RFC 8259)        Writes   nothing is copied: a node is a range of the text
//!
//! Invariants
//! - Numbers keep their digits: they stay text until a column asks for a type.
//! - The list is reused from record to record, so that reading allocates nothing once it is warm.
//! - What this accepts, `serde_json` accepts, and the other way round (tested), but for depth: 128 there, 256 here.
//!
//! Not here: finding records in files (`lines`), what they mean (`fhir`, `dataverse`).

use std::borrow::Cow;

/// How deep lists and records may lie in each other.
const DEPTH: u32 = 256;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    True,
    False,
    Number,
    String,
    List,
    Record,
}

/// A value: its kind, its range of the text (of a string: between the quotes), and the node after its last.
#[derive(Clone, Copy, Debug)]
struct Node {
    kind: Kind,
    /// Whether a string holds escapes.
    escaped: bool,
    start: u32,
    end: u32,
    next: u32,
}

/// The nodes of a record; kept and filled again for the next.
#[derive(Debug, Default)]
pub(crate) struct Nodes(Vec<Node>);

/// Why text is not JSON: a clause, and the byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotJson {
    pub(crate) why: &'static str,
    pub(crate) at: usize,
}

impl std::fmt::Display for NotJson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "not JSON: {} at byte {}", self.why, self.at + 1)
    }
}

/// A record that was read: text and nodes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Doc<'a> {
    text: &'a str,
    nodes: &'a [Node],
}

/// A value of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'a> {
    doc: &'a Doc<'a>,
    at: u32,
}

impl Nodes {
    /// Reads one JSON value, which is all of the text.
    pub(crate) fn read<'a>(&'a mut self, text: &'a str) -> Result<Doc<'a>, NotJson> {
        self.0.clear();
        // Places are 32 bit, and columns of text hold 2 GiB.
        if text.len() > 1 << 30 {
            return Err(NotJson { why: "longer than 1 GiB", at: 0 });
        }
        let mut reader = Reader { text: text.as_bytes(), at: 0, nodes: &mut self.0 };
        reader.space();
        reader.value(0)?;
        reader.space();
        if reader.at < text.len() {
            return Err(reader.wrong("text after the end"));
        }
        Ok(Doc { text, nodes: &self.0 })
    }
}

struct Reader<'a, 'n> {
    text: &'a [u8],
    at: usize,
    nodes: &'n mut Vec<Node>,
}

impl Reader<'_, '_> {
    fn wrong(&self, why: &'static str) -> NotJson {
        NotJson { why: if self.at >= self.text.len() { "it ends too early" } else { why }, at: self.at }
    }
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }
    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }
    fn leaf(&mut self, kind: Kind, escaped: bool, start: usize, end: usize) {
        let next = self.nodes.len() as u32 + 1;
        self.nodes.push(Node { kind, escaped, start: start as u32, end: end as u32, next });
    }

    fn value(&mut self, depth: u32) -> Result<(), NotJson> {
        match self.peek() {
            b'"' => self.string(),
            b'{' | b'[' if depth >= DEPTH => Err(self.wrong("too many levels")),
            b'{' => self.record(depth),
            b'[' => self.list(depth),
            b't' => self.word("true", Kind::True),
            b'f' => self.word("false", Kind::False),
            b'n' => self.word("null", Kind::Null),
            b'-' | b'0'..=b'9' => self.number(),
            _ => Err(self.wrong("a value was expected")),
        }
    }

    fn word(&mut self, word: &str, kind: Kind) -> Result<(), NotJson> {
        if !self.text[self.at..].starts_with(word.as_bytes()) {
            return Err(self.wrong("a value was expected"));
        }
        let start = self.at;
        self.at += word.len();
        self.leaf(kind, false, start, self.at);
        Ok(())
    }

    fn some_digits(&mut self) -> Result<(), NotJson> {
        if !self.peek().is_ascii_digit() {
            return Err(self.wrong("a digit was expected"));
        }
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), NotJson> {
        let start = self.at;
        if self.peek() == b'-' {
            self.at += 1;
        }
        if self.peek() == b'0' {
            self.at += 1;
        } else {
            self.some_digits()?;
        }
        if self.peek() == b'.' {
            self.at += 1;
            self.some_digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            self.some_digits()?;
        }
        self.leaf(Kind::Number, false, start, self.at);
        Ok(())
    }

    fn string(&mut self) -> Result<(), NotJson> {
        self.at += 1;
        let start = self.at;
        let mut escaped = false;
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.iter().position(|&byte| byte < 0x20 || byte == b'"' || byte == b'\\');
            self.at += plain.unwrap_or(rest.len());
            match self.text.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                _ => return Err(self.wrong("a control character in a string")),
            }
        }
        self.leaf(Kind::String, escaped, start, self.at);
        self.at += 1;
        Ok(())
    }

    fn escape(&mut self) -> Result<(), NotJson> {
        let (_, length) = unescape(&self.text[self.at..]).ok_or(self.wrong("an escape that does not exist"))?;
        self.at += length;
        Ok(())
    }

    fn open(&mut self, kind: Kind) -> usize {
        let here = self.nodes.len();
        self.nodes.push(Node { kind, escaped: false, start: self.at as u32, end: 0, next: 0 });
        self.at += 1;
        here
    }
    fn close(&mut self, here: usize) {
        self.at += 1;
        self.nodes[here].end = self.at as u32;
        self.nodes[here].next = self.nodes.len() as u32;
    }

    fn record(&mut self, depth: u32) -> Result<(), NotJson> {
        let here = self.open(Kind::Record);
        self.space();
        if self.peek() != b'}' {
            loop {
                self.space();
                if self.peek() != b'"' {
                    return Err(self.wrong("a name in quotes was expected"));
                }
                self.string()?;
                self.space();
                if self.peek() != b':' {
                    return Err(self.wrong("`:` was expected"));
                }
                self.at += 1;
                self.space();
                self.value(depth + 1)?;
                self.space();
                match self.peek() {
                    b',' => self.at += 1,
                    b'}' => break,
                    _ => return Err(self.wrong("`,` or `}` was expected")),
                }
            }
        }
        self.close(here);
        Ok(())
    }

    fn list(&mut self, depth: u32) -> Result<(), NotJson> {
        let here = self.open(Kind::List);
        self.space();
        if self.peek() != b']' {
            loop {
                self.space();
                self.value(depth + 1)?;
                self.space();
                match self.peek() {
                    b',' => self.at += 1,
                    b']' => break,
                    _ => return Err(self.wrong("`,` or `]` was expected")),
                }
            }
        }
        self.close(here);
        Ok(())
    }
}

/// The character an escape stands for, and how many bytes it takes.
fn unescape(text: &[u8]) -> Option<(char, usize)> {
    let simple = match *text.get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let unit = |at: usize| {
                let digits = text.get(at..at + 4)?;
                digits.iter().try_fold(0u32, |sum, &digit| Some(sum * 16 + (digit as char).to_digit(16)?))
            };
            let first = unit(2)?;
            if !(0xD800..0xDC00).contains(&first) {
                return Some((char::from_u32(first)?, 6));
            }
            if text.get(6..8)? != b"\\u" {
                return None;
            }
            let second = unit(8).filter(|second| (0xDC00..0xE000).contains(second))?;
            return Some((char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))?, 12));
        }
        _ => return None,
    };
    Some((simple, 2))
}

/// The text of a string without its escapes.
fn plain(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let (letter, length) = unescape(&rest.as_bytes()[at..]).expect("escapes were looked at when reading");
        out.push(letter);
        rest = &rest[at + length..];
    }
    out.push_str(rest);
    out
}

impl<'a> Doc<'a> {
    /// The value itself.
    pub(crate) fn root(&'a self) -> Value<'a> {
        Value { doc: self, at: 0 }
    }
}

impl<'a> Value<'a> {
    fn node(self) -> &'a Node {
        &self.doc.nodes[self.at as usize]
    }
    /// What it is.
    pub(crate) fn kind(self) -> Kind {
        self.node().kind
    }
    /// A number that tells this value from the others of its record.
    pub(crate) fn place(self) -> u32 {
        self.at
    }
    /// Its JSON text.
    pub(crate) fn raw(self) -> &'a str {
        let node = self.node();
        let quotes = u32::from(node.kind == Kind::String);
        &self.doc.text[(node.start - quotes) as usize..(node.end + quotes) as usize]
    }
    /// The text of a string.
    pub(crate) fn string(self) -> Option<Cow<'a, str>> {
        let node = self.node();
        if node.kind != Kind::String {
            return None;
        }
        let raw = &self.doc.text[node.start as usize..node.end as usize];
        Some(if node.escaped { Cow::Owned(plain(raw)) } else { Cow::Borrowed(raw) })
    }
    /// The digits of a number.
    pub(crate) fn number(self) -> Option<&'a str> {
        (self.kind() == Kind::Number).then(|| self.raw())
    }
    /// The members of a record, in order; none for other kinds.
    pub(crate) fn members(self) -> Members<'a> {
        let node = self.node();
        let end = if node.kind == Kind::Record { node.next } else { self.at + 1 };
        Members { doc: self.doc, at: self.at + 1, end }
    }
    /// The elements of a list; none for other kinds.
    pub(crate) fn elements(self) -> Elements<'a> {
        let node = self.node();
        let end = if node.kind == Kind::List { node.next } else { self.at + 1 };
        Elements { doc: self.doc, at: self.at + 1, end }
    }
    /// The member of that name.
    pub(crate) fn get(self, name: &str) -> Option<Value<'a>> {
        self.members().find(|(key, _)| key.is(name)).map(|(_, value)| value)
    }
    /// The text of the string of that name.
    pub(crate) fn text(self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name)?.string()
    }
}

/// The name of a member.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key<'a>(Value<'a>);

impl<'a> Key<'a> {
    /// Whether it is this name.
    pub(crate) fn is(self, name: &str) -> bool {
        let node = self.0.node();
        if node.escaped {
            return self.name() == name;
        }
        &self.0.doc.text.as_bytes()[node.start as usize..node.end as usize] == name.as_bytes()
    }
    /// What follows this beginning of the name; nothing for another name, or one with escapes.
    pub(crate) fn after(self, start: &str) -> Option<&'a [u8]> {
        let node = self.0.node();
        let name = &self.0.doc.text.as_bytes()[node.start as usize..node.end as usize];
        name.strip_prefix(start.as_bytes()).filter(|_| !node.escaped)
    }
    /// The name.
    pub(crate) fn name(self) -> Cow<'a, str> {
        self.0.string().unwrap_or_default()
    }
}

/// See [`Value::members`].
pub(crate) struct Members<'a> {
    doc: &'a Doc<'a>,
    at: u32,
    end: u32,
}

impl<'a> Iterator for Members<'a> {
    type Item = (Key<'a>, Value<'a>);
    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let key = Value { doc: self.doc, at: self.at };
        let value = Value { doc: self.doc, at: self.at + 1 };
        self.at = value.node().next;
        Some((Key(key), value))
    }
}

/// See [`Value::elements`].
pub(crate) struct Elements<'a> {
    doc: &'a Doc<'a>,
    at: u32,
    end: u32,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;
    fn next(&mut self) -> Option<Value<'a>> {
        if self.at >= self.end {
            return None;
        }
        let value = Value { doc: self.doc, at: self.at };
        self.at = value.node().next;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_serde_accepts() {
        let texts = [
            "{}",
            "[]",
            "[[[]]]",
            "{\"a\":1}",
            "{\"a\":1,}",
            "[1,]",
            "[,1]",
            "01",
            "-",
            "-0",
            "1.",
            "1.5e+3",
            "1e",
            "nul",
            "null",
            "true false",
            " true ",
            "\"a\\u00e9\"",
            "\"\\ud83d\\ude00\"",
            "\"\\ud83d\"",
            "\"\\x\"",
            "\"a\nb\"",
            "\"",
            "{\"a\" 1}",
            "{a:1}",
            "[1 2]",
            "",
            " ",
            "\"\\u12\"",
            "[\"a\",{\"b\":[null,{\"c\":\"\\n\"}]}]",
            "{\"a\":{}",
            "+1",
            "\u{feff}1",
            "\"\u{7f}é😀\"",
            "1E5",
            "-1.0E-10",
            "{\"a\":1 ,\t\"b\" : [ ] }\n",
            "\"\\ude00\"",
            "tru",
            "[tru]",
        ];
        for text in texts {
            let mut nodes = Nodes::default();
            let ours = nodes.read(text).map(|doc| rebuild(doc.root()));
            let theirs = serde_json::from_str::<serde_json::Value>(text);
            assert_eq!(ours.is_ok(), theirs.is_ok(), "{text:?}: {ours:?} and {theirs:?}");
            if let (Ok(ours), Ok(theirs)) = (ours, theirs) {
                assert_eq!(ours, theirs, "{text:?}");
            }
        }
    }

    #[test]
    fn accepts_what_serde_accepts_of_damaged_text() {
        let whole =
            r#"{"a":[1,-2.5e+3,0,{"b":null,"c":"x\u00e9\n\"é"}],"d":{},"e":[true,false,[]],"f":"\ud83d\ude00"}"#;
        let letters = br#"{}[]",:\0123456789.eE+-truefalsn u/ x"#;
        // A linear congruential generator (Knuth's MMIX), so that every run looks at the same texts.
        let mut state = 1u64;
        let mut below = |limit: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % limit
        };
        let mut accepted = 0;
        for _ in 0..20_000 {
            let mut bytes = whole.as_bytes().to_vec();
            for _ in 0..=below(3) {
                let at = below(bytes.len());
                match below(3) {
                    0 => bytes[at] = letters[below(letters.len())],
                    1 => bytes.insert(at, letters[below(letters.len())]),
                    _ => {
                        bytes.remove(at);
                    }
                }
            }
            let Ok(text) = std::str::from_utf8(&bytes) else { continue };
            let ours = Nodes::default().read(text).is_ok();
            let theirs = serde_json::from_str::<serde_json::Value>(text);
            // A number too large for a double is a fault there and digits here.
            if theirs.as_ref().is_err_and(|fault| fault.to_string().contains("out of range")) {
                continue;
            }
            assert_eq!(ours, theirs.is_ok(), "{text}");
            accepted += usize::from(ours);
        }
        assert!(accepted > 1000, "{accepted}");
    }

    fn rebuild(value: Value<'_>) -> serde_json::Value {
        match value.kind() {
            Kind::Record => value
                .members()
                .map(|(key, value)| (key.name().into_owned(), rebuild(value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            Kind::List => value.elements().map(rebuild).collect::<Vec<_>>().into(),
            Kind::String => value.string().expect("it is a string").into_owned().into(),
            _ => serde_json::from_str(value.raw()).expect("raw text is JSON"),
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = "[".repeat(100_000);
        assert_eq!(Nodes::default().read(&deep).expect_err("it is too deep").why, "too many levels");
    }
}
