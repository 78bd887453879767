//! Terms: the documents in which a word is found, as a set.

use tantivy::postings::BlockSegmentPostings;
use tantivy::schema::{IndexRecordOption, Term};
use tantivy::{InvertedIndexReader, SegmentReader};

use crate::build::{EDGE, TITLE, WORD};
use crate::words::{self, Folder};

/// A set of documents.
#[derive(Clone)]
pub(crate) struct Set {
    bits: Vec<u64>,
}

impl Set {
    fn new(documents: u32) -> Self {
        Self { bits: vec![0; documents.div_ceil(64) as usize] }
    }
    fn insert(&mut self, document: u32) {
        self.bits[document as usize / 64] |= 1 << (document % 64);
    }
    pub(crate) fn contains(&self, document: u32) -> bool {
        self.bits[document as usize / 64] & (1 << (document % 64)) != 0
    }
    fn and(&mut self, other: &Self) {
        self.bits.iter_mut().zip(&other.bits).for_each(|(own, other)| *own &= other);
    }
    fn or(&mut self, other: &Self) {
        self.bits.iter_mut().zip(&other.bits).for_each(|(own, other)| *own |= other);
    }
    /// Its documents, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.bits.iter().enumerate().flat_map(|(at, &bits)| {
            let mut left = bits;
            std::iter::from_fn(move || {
                (left != 0).then(|| {
                    let bit = left.trailing_zeros();
                    left &= left - 1;
                    at as u32 * 64 + bit
                })
            })
        })
    }
}

/// What a text finds.
pub(crate) struct Found {
    /// Documents in which every word is found.
    pub(crate) all: Set,
    /// For every word the documents that have it whole, and those that have it whole in their title.
    pub(crate) near: Vec<Set>,
}

/// The documents in which all words of a text are found; none where the text has no word.
pub(crate) fn find(segment: &SegmentReader, text: &str) -> tantivy::Result<Option<Found>> {
    let mut asked: Vec<(String, Vec<String>)> = Vec::new();
    Folder::new().each(text, |word, parts| {
        asked.push((word.to_owned(), parts.iter().map(|part| (*part).to_owned()).collect()));
    });
    if asked.is_empty() {
        return Ok(None);
    }
    let look = Look::new(segment)?;
    let (mut all, mut near) = (None::<Set>, Vec::new());
    for (word, parts) in &asked {
        let mut found = look.beginning(word)?;
        if let Some((first, others)) = parts.split_first() {
            let mut in_parts = look.beginning(first)?;
            for part in others {
                in_parts.and(&look.beginning(part)?);
            }
            found.or(&in_parts);
        }
        match &mut all {
            Some(all) => all.and(&found),
            none => *none = Some(found),
        }
        near.extend([look.whole(&look.words, WORD, word)?, look.whole(&look.titles, TITLE, word)?]);
    }
    Ok(all.map(|all| Found { all, near }))
}

struct Look<'a> {
    segment: &'a SegmentReader,
    words: std::sync::Arc<InvertedIndexReader>,
    edges: std::sync::Arc<InvertedIndexReader>,
    titles: std::sync::Arc<InvertedIndexReader>,
}

impl<'a> Look<'a> {
    fn new(segment: &'a SegmentReader) -> tantivy::Result<Self> {
        let of = |name: &str| segment.inverted_index(segment.schema().get_field(name)?);
        Ok(Self { segment, words: of(WORD)?, edges: of(EDGE)?, titles: of(TITLE)? })
    }
    /// Documents with a word that begins so.
    fn beginning(&self, word: &str) -> tantivy::Result<Set> {
        if word.chars().count() <= words::EDGE {
            return self.whole(&self.edges, EDGE, word);
        }
        let mut set = Set::new(self.segment.max_doc());
        let mut terms = self.words.terms().range().ge(word);
        if let Some(end) = after(word) {
            terms = terms.lt(end);
        }
        let mut terms = terms.into_stream()?;
        let mut postings = BlockSegmentPostings::empty();
        let mut first = true;
        while let Some((_, info)) = terms.next() {
            if std::mem::take(&mut first) {
                postings = self.words.read_block_postings_from_terminfo(info, IndexRecordOption::Basic)?;
            } else {
                self.words.reset_block_postings_from_terminfo(info, &mut postings)?;
            }
            take(&mut set, &mut postings);
        }
        Ok(set)
    }
    /// Documents with exactly this word.
    fn whole(&self, index: &InvertedIndexReader, field: &str, word: &str) -> tantivy::Result<Set> {
        let mut set = Set::new(self.segment.max_doc());
        let term = Term::from_field_text(self.segment.schema().get_field(field)?, word);
        if let Some(mut postings) = index.read_block_postings(&term, IndexRecordOption::Basic)? {
            take(&mut set, &mut postings);
        }
        Ok(set)
    }
}

fn take(set: &mut Set, postings: &mut BlockSegmentPostings) {
    loop {
        let documents = postings.docs();
        if documents.is_empty() {
            return;
        }
        documents.iter().for_each(|&document| set.insert(document));
        postings.advance();
    }
}

/// The first text after all that begin with a word.
fn after(word: &str) -> Option<Vec<u8>> {
    let mut end = word.as_bytes().to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return Some(end);
        }
    }
    None
}
