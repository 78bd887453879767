//! Lines: finding records in files, without holding a file.
//!
//! Reads    files, plain or gzip (told by their first bytes); bodies of pages
//! Writes   one record after another: lines of NDJSON, elements of the list of a JSON document
//!
//! Invariants
//! - At most one record (and what stands around the list of a document) is in memory.
//! - A file that ends in the middle of its gzip stream is an error that names it: its rows must not seem to be all.
//!
//! Not here: what a record means.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use crate::ConnectError;

const CHUNK: usize = 256 << 10;
/// The longest line or record; what is longer is no table.
const LONGEST: usize = 256 << 20;

/// Bytes read from files so far, as they lie on the disk.
pub(crate) type ByteCount = Arc<AtomicU64>;

/// A file or page being read, with what was read of it but not yet used.
pub(crate) struct Input {
    path: PathBuf,
    reader: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// First byte of `buffer` not yet used.
    at: usize,
    ended: bool,
}

struct Counted<R> {
    inner: R,
    count: ByteCount,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl Input {
    /// Opens a file; the bytes it takes from disk are added to `count`.
    pub(crate) fn open(path: &Path, count: &ByteCount) -> Result<Self, ConnectError> {
        let failed = |cause| ConnectError::unreadable(path, cause);
        let file = File::open(path).map_err(failed)?;
        if file.metadata().map_err(failed)?.is_dir() {
            return Err(ConnectError::new(format!("`{}` is a folder, not a file", path.display()))
                .hint("remove it, or name the files with `file:`"));
        }
        Self::over(path.to_owned(), Counted { inner: file, count: count.clone() })
    }

    /// Reads from memory; `name` stands in messages.
    pub(crate) fn of_bytes(name: &str, bytes: bytes::Bytes) -> Result<Self, ConnectError> {
        Self::over(PathBuf::from(name), io::Cursor::new(bytes))
    }

    fn over(path: PathBuf, reader: impl Read + Send + 'static) -> Result<Self, ConnectError> {
        let mut reader = io::BufReader::with_capacity(CHUNK, reader);
        let head = io::BufRead::fill_buf(&mut reader).map_err(|cause| ConnectError::unreadable(&path, cause))?;
        let reader: Box<dyn Read + Send> =
            if head.starts_with(&[0x1f, 0x8b]) { Box::new(MultiGzDecoder::new(reader)) } else { Box::new(reader) };
        let mut input = Self { path, reader, buffer: Vec::with_capacity(CHUNK * 2), at: 0, ended: false };
        input.more()?;
        if input.buffer.starts_with(&[0xff, 0xfe]) || input.buffer.starts_with(&[0xfe, 0xff]) {
            return Err(
                ConnectError::new(format!("`{}` is UTF-16 text", input.path.display())).hint("save it as UTF-8")
            );
        }
        if input.buffer.starts_with(&[0xef, 0xbb, 0xbf]) {
            input.at = 3;
        }
        Ok(input)
    }

    /// Reads on; false at the end.
    fn more(&mut self) -> Result<bool, ConnectError> {
        if self.ended {
            return Ok(false);
        }
        if self.at > 0 && self.at * 2 > self.buffer.len() {
            self.buffer.drain(..self.at);
            self.at = 0;
        }
        let had = self.buffer.len();
        if had - self.at > LONGEST {
            return Err(ConnectError::new(format!(
                "`{}` holds a line or record of more than 256 MiB",
                self.path.display()
            ))
            .hint("check that it is the kind of file its name says"));
        }
        self.buffer.resize(had + CHUNK, 0);
        let mut read = 0;
        // A few bytes at a time (as decompressors give them) would make the search for ends start over and over.
        while read < CHUNK {
            match self.reader.read(&mut self.buffer[had + read..]) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(self.broken(cause)),
            }
        }
        self.buffer.truncate(had + read);
        self.ended = read < CHUNK;
        Ok(read > 0)
    }

    fn broken(&self, cause: io::Error) -> ConnectError {
        let name = self.path.display();
        match cause.kind() {
            io::ErrorKind::UnexpectedEof => {
                ConnectError::new(format!("`{name}` ends in the middle of its compressed data"))
                    .hint("copy the file again; it was cut off")
            }
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                ConnectError::new(format!("`{name}` is damaged: its compressed data cannot be read"))
                    .hint("copy the file again")
            }
            _ => return ConnectError::unreadable(&self.path, cause),
        }
        .cause(cause)
    }

    /// The next line without its end; `None` after the last.
    pub(crate) fn line(&mut self) -> Result<Option<&[u8]>, ConnectError> {
        let mut searched = self.at;
        let end = loop {
            if let Some(found) = memchr::memchr(b'\n', &self.buffer[searched..]) {
                break searched + found;
            }
            let before = self.at;
            searched = self.buffer.len();
            if !self.more()? {
                if self.at == self.buffer.len() {
                    return Ok(None);
                }
                break self.buffer.len();
            }
            searched -= before - self.at;
        };
        let start = self.at;
        self.at = (end + 1).min(self.buffer.len());
        let line = &self.buffer[start..end];
        Ok(Some(line.strip_suffix(b"\r").unwrap_or(line)))
    }

    /// The first byte not yet used that is no white space.
    fn peek(&mut self) -> Result<Option<u8>, ConnectError> {
        loop {
            while let Some(&byte) = self.buffer.get(self.at) {
                if !byte.is_ascii_whitespace() {
                    return Ok(Some(byte));
                }
                self.at += 1;
            }
            if !self.more()? {
                return Ok(None);
            }
        }
    }

    /// Takes one JSON value by its brackets and quotes, without looking whether it is well made; `None` when the
    /// input ends within it.
    fn value(&mut self) -> Result<Option<&[u8]>, ConnectError> {
        if self.peek()?.is_none() {
            return Ok(None);
        }
        let mut length = 0;
        let (mut depth, mut quoted) = (0usize, false);
        loop {
            let Some(&byte) = self.buffer.get(self.at + length) else {
                if self.more()? {
                    continue;
                }
                // A number or word may end with the input; nothing else may.
                let whole = depth == 0 && !quoted && length > 0;
                return Ok(if whole { Some(self.take(length)) } else { None });
            };
            if quoted {
                match byte {
                    b'\\' => length += 1,
                    b'"' => {
                        quoted = false;
                        if depth == 0 {
                            return Ok(Some(self.take(length + 1)));
                        }
                    }
                    _ => {}
                }
            } else {
                match byte {
                    b'"' => quoted = true,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' if depth <= 1 => {
                        let length = length + depth;
                        return Ok(Some(self.take(length)));
                    }
                    b'}' | b']' => depth -= 1,
                    b',' | b':' if depth == 0 => return Ok(Some(self.take(length))),
                    _ if depth == 0 && byte.is_ascii_whitespace() => return Ok(Some(self.take(length))),
                    _ => {}
                }
            }
            length += 1;
        }
    }

    fn take(&mut self, length: usize) -> &[u8] {
        let start = self.at;
        self.at += length;
        &self.buffer[start..self.at]
    }

    /// What is left, the first part of it, for the record of a fault.
    fn rest(&mut self) -> Result<Vec<u8>, ConnectError> {
        while self.buffer.len() - self.at < 64 << 10 && self.more()? {}
        let rest = &self.buffer[self.at..];
        Ok(rest[..rest.len().min(64 << 10)].to_vec())
    }
}

/// What is found in a JSON document.
pub(crate) enum Part<'a> {
    /// An element of the list, counted from 1, as text not yet looked at.
    Element(u64, &'a [u8]),
    /// A document without the list: all of it.
    Whole(u64, &'a [u8]),
    /// The input is not what it should be: where (in elements), what is left of it, and why.
    Broken(u64, &'a [u8], &'static str),
}

/// Reads JSON documents, one or more after another: of each the elements of the list called `list`, or all of it.
///
/// `streams` is asked, with the members that came before, whether the list is one of records; when it is not, the
/// document is kept whole. A document that is itself a list gives its elements.
pub(crate) fn documents(
    input: &mut Input,
    list: &str,
    streams: &dyn Fn(&[u8]) -> bool,
    each: &mut dyn FnMut(Part<'_>) -> Result<(), ConnectError>,
) -> Result<(), ConnectError> {
    let mut index = 0;
    while let Some(byte) = input.peek()? {
        let why = match byte {
            b'[' => elements(input, &mut index, each)?,
            b'{' => document(input, list, streams, &mut index, each)?,
            _ => Some("not JSON: a record or a list was expected"),
        };
        if let Some(why) = why {
            let rest = input.rest()?;
            return each(Part::Broken(index + 1, &rest, why));
        }
    }
    Ok(())
}

/// The elements of a list that begins here; says why when it is broken.
fn elements(
    input: &mut Input,
    index: &mut u64,
    each: &mut dyn FnMut(Part<'_>) -> Result<(), ConnectError>,
) -> Result<Option<&'static str>, ConnectError> {
    input.at += 1;
    if input.peek()? == Some(b']') {
        input.at += 1;
        return Ok(None);
    }
    loop {
        let Some(element) = input.value()? else {
            return Ok(Some("the file ends in the middle of a record"));
        };
        *index += 1;
        each(Part::Element(*index, element))?;
        match input.peek()? {
            Some(b',') => input.at += 1,
            Some(b']') => {
                input.at += 1;
                return Ok(None);
            }
            Some(_) => return Ok(Some("not JSON: `,` or `]` was expected after a record")),
            None => return Ok(Some("the file ends before its list does")),
        }
    }
}

/// A document that begins here; says why when it is broken.
fn document(
    input: &mut Input,
    list: &str,
    streams: &dyn Fn(&[u8]) -> bool,
    index: &mut u64,
    each: &mut dyn FnMut(Part<'_>) -> Result<(), ConnectError>,
) -> Result<Option<&'static str>, ConnectError> {
    const EARLY: Option<&str> = Some("the file ends in the middle of a document");
    const BROKEN: Option<&str> = Some("not JSON: a record was expected");
    input.at += 1;
    let mut kept = vec![b'{'];
    let mut streamed = false;
    loop {
        match input.peek()? {
            Some(b'}') => break,
            Some(b',') => {
                kept.push(b',');
                input.at += 1;
            }
            Some(b'"') => {}
            Some(_) => return Ok(BROKEN),
            None => return Ok(EARLY),
        }
        if input.peek()? == Some(b'}') {
            break;
        }
        let Some(key) = input.value()? else { return Ok(EARLY) };
        let is_list = key.len() == list.len() + 2 && &key[1..key.len() - 1] == list.as_bytes();
        let key_at = kept.len();
        kept.extend_from_slice(key);
        if input.peek()? != Some(b':') {
            return Ok(BROKEN);
        }
        input.at += 1;
        if is_list && input.peek()? == Some(b'[') && streams(&kept[..key_at]) {
            kept.extend_from_slice(b":[]");
            streamed = true;
            if let Some(why) = elements(input, index, each)? {
                return Ok(Some(why));
            }
            continue;
        }
        kept.push(b':');
        let Some(value) = input.value()? else { return Ok(EARLY) };
        if value.is_empty() {
            return Ok(BROKEN);
        }
        kept.extend_from_slice(value);
    }
    input.at += 1;
    kept.push(b'}');
    if !streamed {
        *index += 1;
        each(Part::Whole(*index, &kept))?;
    }
    Ok(None)
}
