//! Index: a folder that was built, open for questions.
//!
//! Invariants
//! - Files stay readable while the index is open, also when the folder is removed meanwhile.
//! - Counts of an equal question are worked out once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use tantivy::columnar::Column;
use tantivy::schema::{Field as Place, Value as _};
use tantivy::{DocAddress, Searcher, TantivyDocument};

use crate::build::{CARD, FIELDS, NUMBER, tokenizers};
use crate::pick::Slot;
use crate::scan::{First, Scan, Tally};
use crate::terms;
use crate::{Answer, Ask, Counted, DEEPEST, Error, Field, Hit, Result, Value};

/// Counts that are remembered.
const REMEMBERED: usize = 256;
/// Values that are looked at to know how a field's values are spread.
const SAMPLE: u32 = 4096;

/// A folder that was built, open for questions.
pub struct Index {
    folder: PathBuf,
    searcher: Searcher,
    slots: Vec<Slot>,
    /// Absent without documents.
    numbers: Option<Column<u64>>,
    card: Place,
    bounds: Vec<OnceLock<Option<Bounds>>>,
    counted: Mutex<HashMap<String, (u64, Vec<Counted>)>>,
}

/// How the values of a field are spread.
#[derive(Clone, Debug, PartialEq)]
pub struct Bounds {
    /// The least value.
    pub least: Value,
    /// A value with about one of a hundred below it.
    pub low: Value,
    /// A value with about one of a hundred above it.
    pub high: Value,
    /// The largest value.
    pub largest: Value,
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Index {
    /// Opens a folder.
    ///
    /// # Errors
    /// A folder that was not built by [`crate::build`].
    pub fn open(folder: &Path) -> Result<Self> {
        let unusable = Error::folder(folder);
        let why = |why: String| Error::Folder { folder: folder.to_owned(), why };
        let text = std::fs::read(folder.join(FIELDS)).map_err(|error| why(error.to_string()))?;
        let fields: Vec<Field> = serde_json::from_slice(&text).map_err(|error| why(error.to_string()))?;
        let mut index = tantivy::Index::open_in_dir(folder).map_err(&unusable)?;
        index.set_tokenizers(tokenizers());
        let card = index.schema().get_field(CARD).map_err(&unusable)?;
        let reader = index.reader_builder().reload_policy(tantivy::ReloadPolicy::Manual).try_into();
        let searcher = tantivy::IndexReader::searcher(&reader.map_err(&unusable)?);
        let (mut slots, mut numbers) = (Vec::new(), None);
        match searcher.segment_readers() {
            [] => {}
            [segment] => {
                for (position, field) in fields.iter().enumerate() {
                    slots.push(Slot::open(segment, position, field).map_err(&unusable)?);
                }
                numbers = Some(segment.fast_fields().u64(NUMBER).map_err(&unusable)?);
            }
            several => return Err(why(format!("it has {} parts where one is expected", several.len()))),
        }
        let bounds = fields.iter().map(|_| OnceLock::new()).collect();
        let mut opened =
            Self { folder: folder.to_owned(), searcher, slots, numbers, card, bounds, counted: Mutex::default() };
        if opened.numbers.is_none() {
            opened.slots = fields.iter().map(Slot::empty).collect();
        }
        Ok(opened)
    }
    /// How many documents there are.
    pub fn documents(&self) -> u64 {
        self.searcher.num_docs()
    }
    /// Its fields, in order.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.slots.iter().map(|slot| &slot.field)
    }
    /// How many different values a keyword has; 0 for other fields.
    pub fn distinct(&self, field: &str) -> usize {
        self.slot(field).map_or(0, |(_, slot)| slot.distinct())
    }
    /// How the values of a field are spread; nothing where it has none.
    ///
    /// # Errors
    /// A field that is not there.
    pub fn bounds(&self, field: &str) -> Result<Option<Bounds>> {
        let (at, slot) = self.slot(field)?;
        Ok(self.bounds[at].get_or_init(|| self.spread(slot)).clone())
    }
    /// What is found.
    ///
    /// # Errors
    /// Fields that are not there or do not fit, too deep an offset, files that cannot be read.
    pub fn search(&self, ask: &Ask) -> Result<Answer> {
        if ask.offset > DEEPEST {
            return Err(Error::TooDeep);
        }
        let unusable = Error::folder(&self.folder);
        let key = serde_json::to_string(&(&ask.text, &ask.filters, &ask.count)).expect("a question is plain data");
        let known = self.counted.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        // Everything is looked at before anything is answered, so that a wrong question is wrong at any time.
        let picks = ask.filters.iter().map(|filter| self.slot(&filter.field)?.1.pick(filter)).collect::<Result<_>>()?;
        let tallies = ask.count.iter().map(|count| Tally::new(self.slot(&count.field)?.1, count));
        let tallies = tallies.collect::<Result<Vec<_>>>()?;
        let sort = ask.sort.as_ref().map(|sort| Ok((self.slot(&sort.field)?.1, sort.descending))).transpose()?;
        let Some(segment) = self.searcher.segment_readers().first() else {
            let counted = tallies.into_iter().map(Tally::done).collect();
            return Ok(Answer { total: 0, hits: Vec::new(), counted });
        };
        let found = terms::find(segment, &ask.text).map_err(&unusable)?;
        let room = ask.offset + ask.limit;
        let first = match (sort, &found) {
            (Some((slot, descending)), _) => First::Sorted { room, slot, descending, kept: Vec::new() },
            (None, Some(found)) => First::Near { room, near: &found.near, kept: Vec::new() },
            (None, None) => First::ByNumber { room, kept: Vec::new() },
        };
        let tallies = if known.is_some() { Vec::new() } else { tallies };
        let mut scan = Scan { picks, tallies, first };
        let total = scan.run(segment.max_doc(), found.as_ref());
        let counted = match known {
            Some((_, counted)) => counted,
            None => scan.tallies.into_iter().map(Tally::done).collect::<Vec<_>>(),
        };
        if !ask.count.is_empty() {
            self.remember(key, total, &counted);
        }
        let documents = scan.first.done();
        let hits = documents.into_iter().skip(ask.offset).take(ask.limit).map(|document| self.hit(document));
        Ok(Answer { total, hits: hits.collect::<Result<_>>()?, counted })
    }

    fn remember(&self, key: String, total: u64, counted: &[Counted]) {
        let mut all = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED {
            all.clear();
        }
        all.insert(key, (total, counted.to_vec()));
    }
    fn hit(&self, document: u32) -> Result<Hit> {
        let stored: TantivyDocument =
            self.searcher.doc(DocAddress::new(0, document)).map_err(Error::folder(&self.folder))?;
        let card = stored.get_first(self.card).and_then(|value| value.as_bytes().map(<[u8]>::to_vec));
        let number = self.numbers.as_ref().and_then(|numbers| numbers.first(document));
        Ok(Hit { number: number.unwrap_or_default(), card: card.unwrap_or_default() })
    }
    fn slot(&self, field: &str) -> Result<(usize, &Slot)> {
        let found = self.slots.iter().enumerate().find(|(_, slot)| slot.field.name == field);
        found.ok_or_else(|| Error::NoField(field.to_owned()))
    }
    fn spread(&self, slot: &Slot) -> Option<Bounds> {
        let documents = self.searcher.num_docs() as u32;
        let step = (documents / SAMPLE).max(1);
        let mut values: Vec<u64> =
            (0..documents).step_by(step as usize).filter_map(|document| slot.column.first(document)).collect();
        values.sort_unstable();
        let (first, last) = (*values.first()?, *values.last()?);
        let at = |share: usize| values[(values.len() - 1) * share / 100];
        Some(Bounds {
            least: slot.value(slot.column.min_value().min(first)),
            low: slot.value(at(1)),
            high: slot.value(at(99)),
            largest: slot.value(slot.column.max_value().max(last)),
        })
    }
}
