//! Search: a text index over documents of fields, in a folder: words, filters, counts of values, sorting.
//!
//! Reads    documents once ([`build`]), then the folder alone ([`Index::open`])
//! Flow     build: documents ─ tokens (`words`) ─ tantivy, several threads ─ one segment in the order of numbers
//!          search: words ─ sets of documents (`terms`) ─ filters, counts, the first few (`scan`) ─ their cards
//!
//! Invariants
//! - An index never changes once it is built; what was counted once is true for as long as it is open.
//! - Documents are numbered by the caller, and stand in the order of their numbers: ties are broken by it.
//! - All words must be found in some text of a document; the last letters of a word may be missing.
//!
//! Not here: what the documents are; where folders lie; when an index is built anew.

mod ask;
mod build;
mod index;
mod pick;
mod scan;
mod terms;
mod words;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use ask::{Answer, Ask, Bucket, Count, Counted, Filter, Hit, Sort, Test};
pub use build::{Built, Options, build};
pub use index::{Bounds, Index};

/// The most hits that can be passed over.
pub const DEEPEST: usize = 10_000;
/// The most values of a field that are counted one by one.
pub const MOST_VALUES: usize = 10_000;

/// A field that is filtered, counted or sorted by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name, unique in the index.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Texts that are compared as they are; a document may have several.
    Keyword,
    /// Whole numbers: days and instants too.
    Integer,
    /// Numbers.
    Number,
    /// Only whether there is a value.
    Presence,
}

/// A value of a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Of a keyword.
    Text(String),
    /// Of an integer.
    Integer(i64),
    /// Of a number.
    Number(f64),
    /// Of a presence.
    There,
}

/// What is indexed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// Its number, unique in the index.
    pub number: u64,
    /// Texts in which a word counts most.
    pub title: Vec<String>,
    /// Texts in which words are looked for; those of the title need not be repeated.
    pub words: Vec<String>,
    /// Values by the position of their field.
    pub values: Vec<(usize, Value)>,
    /// What is handed out with a hit.
    pub card: Vec<u8>,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder cannot be read or written.
    #[error("the index in `{}` cannot be used: {why}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        why: String,
    },
    /// A field that is not there.
    #[error("there is no field `{0}` to search by")]
    NoField(String),
    /// A field that cannot be used so.
    #[error("field `{field}` {why}")]
    Unfit {
        /// The field.
        field: String,
        /// Why not, as the rest of a sentence.
        why: &'static str,
    },
    /// More was asked for than is answered.
    #[error("no more than {DEEPEST} hits can be passed over")]
    TooDeep,
}

impl Error {
    pub(crate) fn folder(folder: &std::path::Path) -> impl Fn(tantivy::TantivyError) -> Self {
        let folder = folder.to_owned();
        move |error| Self::Folder { folder: folder.clone(), why: error.to_string() }
    }
}

/// The result of anything asked of an index.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[cfg(test)]
mod tests;
