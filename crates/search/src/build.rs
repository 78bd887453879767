//! Build: documents into a folder, once.
//!
//! Writes   `<folder>/fields.json`, the files of tantivy
//! Flow     documents ─ as many threads as are given ─ segments in the order of numbers ─ merged into one
//!
//! Invariants
//! - Memory is bounded by [`Options::memory`], whatever the number of documents.
//! - The folder must be new; whoever wants an index to appear whole builds beside its place and renames.

use std::fs;
use std::path::Path;

use tantivy::index::{IndexSettings, IndexSortByField, Order};
use tantivy::merge_policy::NoMergePolicy;
use tantivy::schema::{
    BytesOptions, Field as Place, IndexRecordOption, NumericOptions, STORED, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{TextAnalyzer, TokenizerManager};
use tantivy::{IndexWriter, TantivyDocument};

use crate::pick::plain;
use crate::words::Splitter;
use crate::{Document, Error, Field, Kind, Result, Value};

/// The least memory a thread of tantivy takes.
const LEAST_MEMORY: usize = 16 << 20;
/// What is kept of a long keyword, in bytes.
const LONGEST: usize = 500;

pub(crate) const FIELDS: &str = "fields.json";
pub(crate) const NUMBER: &str = "number";
pub(crate) const CARD: &str = "card";
pub(crate) const WORD: &str = "word";
pub(crate) const EDGE: &str = "edge";
pub(crate) const TITLE: &str = "title";

/// How an index is built.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many threads.
    pub threads: usize,
    /// Bytes that may be held before they are written, over all threads.
    pub memory: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { threads: 2, memory: 256 << 20 }
    }
}

/// What was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Built {
    /// How many documents.
    pub documents: u64,
    /// The bytes of the folder.
    pub bytes: u64,
}

/// The name of a field within tantivy, which has its own ideas about dots.
pub(crate) fn column(position: usize) -> String {
    format!("c{position}")
}

/// Builds an index in a folder that is not there yet.
///
/// # Errors
/// A folder that cannot be written, or what the documents themselves say.
pub fn build<E: From<Error>>(
    folder: &Path,
    fields: &[Field],
    options: Options,
    documents: impl IntoIterator<Item = Result<Document, E>>,
) -> Result<Built, E> {
    let unusable = Error::folder(folder);
    let io = |error: std::io::Error| Error::Folder { folder: folder.to_owned(), why: error.to_string() };
    fs::create_dir_all(folder).map_err(io)?;
    let text = serde_json::to_vec(fields).expect("fields are plain data");
    fs::write(folder.join(FIELDS), text).map_err(io)?;

    let places = Places::new(fields);
    let settings = IndexSettings {
        sort_by_field: Some(IndexSortByField { field: NUMBER.to_owned(), order: Order::Asc }),
        ..IndexSettings::default()
    };
    let index = tantivy::Index::builder()
        .schema(places.schema.clone())
        .settings(settings)
        .tokenizers(tokenizers())
        .create_in_dir(folder)
        .map_err(&unusable)?;
    let threads = options.threads.clamp(1, (options.memory / LEAST_MEMORY).max(1));
    let memory = options.memory.max(LEAST_MEMORY);
    let mut writer: IndexWriter = index.writer_with_num_threads(threads, memory).map_err(&unusable)?;
    // Merged once, at the end.
    writer.set_merge_policy(Box::new(NoMergePolicy));
    let mut count = 0;
    for document in documents {
        writer.add_document(places.document(&document?)).map_err(&unusable)?;
        count += 1;
    }
    writer.commit().map_err(&unusable)?;
    let segments = index.searchable_segment_ids().map_err(&unusable)?;
    if segments.len() > 1 {
        writer.merge(&segments).wait().map_err(&unusable)?;
        writer.garbage_collect_files().wait().map_err(&unusable)?;
    }
    writer.wait_merging_threads().map_err(&unusable)?;
    let mut bytes = 0;
    for entry in fs::read_dir(folder).map_err(io)? {
        bytes += entry.and_then(|entry| entry.metadata()).map_err(io)?.len();
    }
    Ok(Built { documents: count, bytes })
}

/// How texts are split.
pub(crate) fn tokenizers() -> TokenizerManager {
    let manager = TokenizerManager::default();
    manager.register(WORD, TextAnalyzer::from(Splitter::words()));
    manager.register(EDGE, TextAnalyzer::from(Splitter::beginnings()));
    manager
}

/// Where things go within tantivy.
struct Places {
    schema: Schema,
    number: Place,
    card: Place,
    word: Place,
    edge: Place,
    title: Place,
    fields: Vec<Place>,
}

impl Places {
    fn new(fields: &[Field]) -> Self {
        let mut schema = Schema::builder();
        let split = |tokenizer: &str| {
            let indexing = TextFieldIndexing::default()
                .set_tokenizer(tokenizer)
                .set_fieldnorms(false)
                .set_index_option(IndexRecordOption::Basic);
            TextOptions::default().set_indexing_options(indexing)
        };
        let fast = || NumericOptions::default().set_fast();
        let number = schema.add_u64_field(NUMBER, fast());
        let card = schema.add_bytes_field(CARD, BytesOptions::from(STORED));
        let (word, edge) = (schema.add_text_field(WORD, split(WORD)), schema.add_text_field(EDGE, split(EDGE)));
        let title = schema.add_text_field(TITLE, split(WORD));
        let fields = fields.iter().enumerate().map(|(position, field)| {
            let name = column(position);
            match field.kind {
                Kind::Keyword => schema.add_text_field(&name, TextOptions::default().set_fast("raw")),
                Kind::Integer => schema.add_i64_field(&name, fast()),
                Kind::Number => schema.add_f64_field(&name, fast()),
                Kind::Presence => schema.add_u64_field(&name, fast()),
            }
        });
        let fields = fields.collect();
        Self { schema: schema.build(), number, card, word, edge, title, fields }
    }

    fn document(&self, document: &Document) -> TantivyDocument {
        let mut all = TantivyDocument::default();
        all.add_u64(self.number, document.number);
        all.add_bytes(self.card, &document.card);
        for text in document.title.iter().chain(&document.words) {
            all.add_text(self.word, text);
            all.add_text(self.edge, text);
        }
        for text in &document.title {
            all.add_text(self.title, text);
        }
        for (position, value) in &document.values {
            let place = self.fields[*position];
            match value {
                Value::Text(text) => all.add_text(place, keyword(text)),
                Value::Integer(value) => all.add_i64(place, *value),
                Value::Number(value) if value.is_nan() => {}
                Value::Number(value) => all.add_f64(place, plain(*value)),
                Value::There => all.add_u64(place, 1),
            }
        }
        all
    }
}

/// A keyword as it is kept.
pub(crate) fn keyword(text: &str) -> &str {
    if text.len() <= LONGEST {
        return text;
    }
    let end = (0..=LONGEST).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    &text[..end]
}
