//! Pick: fields as columns of ordered numbers, and filters as ranges over them.
//!
//! Invariants
//! - Whatever a field holds, its values are numbers in the same order: a condition is a few ranges.
//!
//! To add a kind of field: an arm in `Slot::open`, one in `ordered`, one in `value`.

use std::ops::RangeInclusive;
use std::sync::Arc;

use tantivy::SegmentReader;
use tantivy::columnar::{Cardinality, Column, Dictionary};
use tantivy::{f64_to_u64, i64_to_u64, u64_to_f64, u64_to_i64};

use crate::build::{column, keyword};
use crate::{Error, Field, Filter, Kind, Result, Test, Value};

/// A field, open.
pub(crate) struct Slot {
    pub(crate) field: Field,
    pub(crate) column: Column<u64>,
    dictionary: Option<Arc<Dictionary>>,
}

impl Slot {
    pub(crate) fn open(segment: &SegmentReader, position: usize, field: &Field) -> tantivy::Result<Self> {
        let (fast, name) = (segment.fast_fields(), column(position));
        let empty = || Column::build_empty_column(segment.max_doc());
        let (column, dictionary) = match field.kind {
            Kind::Keyword => match fast.str(&name)? {
                Some(texts) => {
                    let (dictionary, ords) = texts.into_parts();
                    (ords, Some(dictionary))
                }
                None => (empty(), None),
            },
            Kind::Integer => (fast.column_opt::<i64>(&name)?.map_or_else(empty, Column::to_u64_monotonic), None),
            Kind::Number => (fast.column_opt::<f64>(&name)?.map_or_else(empty, Column::to_u64_monotonic), None),
            Kind::Presence => (fast.column_opt::<u64>(&name)?.unwrap_or_else(empty), None),
        };
        Ok(Self { field: field.clone(), column, dictionary })
    }
    /// A field of an index without documents.
    pub(crate) fn empty(field: &Field) -> Self {
        Self { field: field.clone(), column: Column::build_empty_column(0), dictionary: None }
    }
    /// Whether a document may have several values.
    pub(crate) fn many(&self) -> bool {
        self.column.get_cardinality() == Cardinality::Multivalued
    }
    /// How many different values there are; known of keywords alone.
    pub(crate) fn distinct(&self) -> usize {
        self.dictionary.as_ref().map_or(0, |dictionary| dictionary.num_terms())
    }
    /// The value that a number of the column stands for.
    pub(crate) fn value(&self, number: u64) -> Value {
        match self.field.kind {
            Kind::Keyword => {
                let mut text = Vec::new();
                // A number of the column is a place in its dictionary.
                let known = self.dictionary.as_ref().map(|dictionary| dictionary.ord_to_term(number, &mut text));
                debug_assert!(matches!(known, Some(Ok(true))), "a keyword without a text");
                Value::Text(String::from_utf8_lossy(&text).into_owned())
            }
            Kind::Integer => Value::Integer(u64_to_i64(number)),
            Kind::Number => Value::Number(u64_to_f64(number)),
            Kind::Presence => Value::There,
        }
    }
    fn unfit(&self, why: &'static str) -> Error {
        Error::Unfit { field: self.field.name.clone(), why }
    }
    /// The first number that is not less than a value, and whether it is that value itself.
    fn ordered(&self, value: &Value) -> Result<(u64, bool)> {
        match (self.field.kind, value) {
            (Kind::Keyword, Value::Text(text)) => {
                let Some(dictionary) = &self.dictionary else { return Ok((0, false)) };
                let hit = dictionary.term_ord_or_next(keyword(text).as_bytes());
                let hit = hit.map_err(|error| Error::Folder { folder: "".into(), why: error.to_string() })?;
                Ok(match hit {
                    tantivy::columnar::TermOrdHit::Exact(ord) => (ord, true),
                    tantivy::columnar::TermOrdHit::Next(ord) => (ord, false),
                })
            }
            (Kind::Integer, Value::Integer(value)) => Ok((i64_to_u64(*value), true)),
            (Kind::Integer, Value::Number(value)) => {
                let up = value.ceil();
                Ok((i64_to_u64(up as i64), up == *value))
            }
            (Kind::Number, Value::Integer(value)) => Ok((f64_to_u64(plain(*value as f64)), true)),
            (Kind::Number, Value::Number(value)) => Ok((f64_to_u64(plain(*value)), true)),
            (Kind::Keyword, _) => Err(self.unfit("holds texts; compare it with a text")),
            (Kind::Integer | Kind::Number, _) => Err(self.unfit("holds numbers; compare it with a number")),
            (Kind::Presence, _) => Err(self.unfit("is only known to be there or not; look its values up as words")),
        }
    }
    /// The numbers where ranges begin.
    pub(crate) fn edges(&self, edges: &[Value]) -> Result<Vec<u64>> {
        edges.iter().map(|edge| Ok(self.ordered(edge)?.0)).collect()
    }
    /// A filter over this field.
    pub(crate) fn pick(&self, filter: &Filter) -> Result<Pick<'_>> {
        let (mut ranges, mut without) = (Vec::new(), false);
        match &filter.test {
            Test::Present => ranges.push(0..=u64::MAX),
            Test::AnyOf { values, missing } => {
                without = *missing;
                for value in values {
                    if let (at, true) = self.ordered(value)? {
                        ranges.push(at..=at);
                    }
                }
            }
            Test::Between { from, to, below } => {
                let low = from.as_ref().map_or(Ok(0), |from| Ok(self.ordered(from)?.0))?;
                // The first number that is too large.
                let mut high = None::<u64>;
                if let Some(to) = to {
                    let (at, itself) = self.ordered(to)?;
                    high = Some(if itself { at.saturating_add(1) } else { at });
                }
                if let Some(below) = below {
                    let (at, _) = self.ordered(below)?;
                    high = Some(high.map_or(at, |high| high.min(at)));
                }
                match high {
                    None => ranges.push(low..=u64::MAX),
                    Some(high) if high > low => ranges.push(low..=high - 1),
                    Some(_) => {}
                }
            }
        }
        ranges.sort_unstable_by_key(|range| *range.start());
        Ok(Pick { column: &self.column, many: self.many(), ranges, without })
    }
}

/// There is one zero.
pub(crate) fn plain(value: f64) -> f64 {
    value + 0.0
}

/// A filter, ready to be asked.
pub(crate) struct Pick<'a> {
    column: &'a Column<u64>,
    many: bool,
    ranges: Vec<RangeInclusive<u64>>,
    without: bool,
}

impl Pick<'_> {
    /// Keeps the documents that pass. `first` is room for as many values.
    pub(crate) fn keep(&self, documents: &mut Vec<u32>, first: &mut Vec<Option<u64>>) {
        if self.many {
            documents.retain(|&document| {
                let mut values = self.column.values_for_doc(document).peekable();
                if values.peek().is_none() { self.without } else { values.any(|value| self.takes(value)) }
            });
            return;
        }
        first_values(self.column, documents, first);
        let mut at = 0;
        documents.retain(|_| {
            at += 1;
            first[at - 1].map_or(self.without, |value| self.takes(value))
        });
    }
    fn takes(&self, value: u64) -> bool {
        match self.ranges.as_slice() {
            [] => false,
            [only] => only.contains(&value),
            several => {
                let after = several.partition_point(|range| *range.start() <= value);
                after > 0 && several[after - 1].contains(&value)
            }
        }
    }
}

/// The first value of each document.
pub(crate) fn first_values(column: &Column<u64>, documents: &[u32], first: &mut Vec<Option<u64>>) {
    first.clear();
    first.resize(documents.len(), None);
    column.first_vals(documents, first);
}
