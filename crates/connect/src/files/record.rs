//! Record: the records of a CSV file, each with the line it begins on (RFC 4180).
//!
//! Reads    lines        Writes   fields
//!
//! Invariants
//! - A bad line spoils itself alone: after a quote that is never closed, reading goes on with the next line.
//! - A field in quotes may hold line ends; its record has the number of its first line.
//!
//! Not here: headers and types (`csv`).

use std::collections::VecDeque;

use crate::ConnectError;
use crate::lines::Input;

/// Lines a field in quotes may go over; beyond, its quote counts as never closed.
const FIELD_LINES: usize = 1000;

/// The records of a file.
pub(super) struct Records {
    input: Input,
    /// Lines looked at before their turn, while a quote was open.
    ahead: VecDeque<Vec<u8>>,
    /// The number of the first line of `ahead`, less one.
    line: u64,
    delimiter: u8,
    /// The fields of the last record, one after another.
    text: String,
    ends: Vec<usize>,
    /// The last record as it stands in the file.
    whole: Vec<u8>,
}

/// A record, or why it is none.
pub(super) enum Found {
    /// The line it begins on; the fields are in [`Records::field`].
    Record(u64),
    /// The line, its text, and why.
    Bad(u64, String, &'static str),
}

/// How reading the fields of some text ended.
enum Outcome {
    Whole,
    Open,
    Bad(&'static str),
}

impl Records {
    /// Over a file; the delimiter is told from its first line: the most frequent of `,` `;` tab `|` outside quotes.
    pub(super) fn new(input: Input) -> Result<Self, ConnectError> {
        let mut records = Self {
            input,
            ahead: VecDeque::new(),
            line: 0,
            delimiter: b',',
            text: String::new(),
            ends: Vec::new(),
            whole: Vec::new(),
        };
        if records.look(0)? {
            let first = &records.ahead[0];
            if let Some(named) = first.strip_prefix(b"sep=").filter(|named| named.len() == 1) {
                records.delimiter = named[0];
                records.ahead.pop_front();
                records.line += 1;
                return Ok(records);
            }
            let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
            let mut quoted = false;
            for byte in first {
                quoted ^= *byte == b'"';
                if let Some((_, count)) = counts.iter_mut().find(|(delimiter, _)| *delimiter == *byte && !quoted) {
                    *count += 1;
                }
            }
            // Of equals the first of the list.
            for (delimiter, count) in counts.into_iter().rev() {
                let best = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
                if count == best {
                    records.delimiter = delimiter;
                }
            }
        }
        Ok(records)
    }

    /// Fetches lines until the one of that place is there; false at the end.
    fn look(&mut self, place: usize) -> Result<bool, ConnectError> {
        while self.ahead.len() <= place {
            match self.input.line()? {
                Some(line) => self.ahead.push_back(line.to_vec()),
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    /// The next record that is not blank; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Found>, ConnectError> {
        loop {
            if !self.look(0)? {
                return Ok(None);
            }
            self.line += 1;
            if self.ahead[0].iter().all(u8::is_ascii_whitespace) && !self.ahead[0].contains(&self.delimiter) {
                self.ahead.pop_front();
                continue;
            }
            return self.record().map(Some);
        }
    }

    fn record(&mut self) -> Result<Found, ConnectError> {
        let number = self.line;
        self.whole.clear();
        let mut used = 0;
        let why = loop {
            if !self.look(used)? || used >= FIELD_LINES {
                break "a quote is not closed";
            }
            if used > 0 {
                self.whole.push(b'\n');
            }
            self.whole.extend_from_slice(&self.ahead[used]);
            used += 1;
            if memchr::memchr(0, &self.whole).is_some() {
                break "a NUL byte";
            }
            let Ok(text) = std::str::from_utf8(&self.whole) else { break "not UTF-8" };
            match fields(text, self.delimiter, &mut self.text, &mut self.ends) {
                Outcome::Open => {}
                Outcome::Bad(why) => break why,
                Outcome::Whole => {
                    self.ahead.drain(..used);
                    self.line += used as u64 - 1;
                    return Ok(Found::Record(number));
                }
            }
        };
        let bad = self.ahead.pop_front().unwrap_or_default();
        Ok(Found::Bad(number, String::from_utf8_lossy(&bad).into_owned(), why))
    }

    /// How many fields the record has.
    pub(super) fn count(&self) -> usize {
        self.ends.len()
    }
    /// A field of the record.
    pub(super) fn field(&self, at: usize) -> Option<&str> {
        let end = *self.ends.get(at)?;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        Some(&self.text[start..end])
    }
    /// The record as it stands in the file.
    pub(super) fn raw(&self) -> String {
        String::from_utf8_lossy(&self.whole).into_owned()
    }
}

/// Takes a record's fields apart.
fn fields(record: &str, delimiter: u8, text: &mut String, ends: &mut Vec<usize>) -> Outcome {
    text.clear();
    ends.clear();
    let bytes = record.as_bytes();
    let mut at = 0;
    loop {
        if bytes.get(at) == Some(&b'"') {
            at += 1;
            loop {
                let Some(quote) = memchr::memchr(b'"', &bytes[at..]) else { return Outcome::Open };
                text.push_str(&record[at..at + quote]);
                at += quote + 1;
                if bytes.get(at) != Some(&b'"') {
                    break;
                }
                text.push('"');
                at += 1;
            }
            if at < bytes.len() && bytes[at] != delimiter {
                return Outcome::Bad("text after a closing quote");
            }
        } else {
            let end = memchr::memchr2(delimiter, b'\n', &bytes[at..]).map_or(bytes.len(), |found| at + found);
            text.push_str(&record[at..end]);
            at = end;
        }
        ends.push(text.len());
        if at >= bytes.len() {
            return Outcome::Whole;
        }
        at += 1;
    }
}
