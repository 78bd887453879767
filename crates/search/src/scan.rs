//! Scan: one pass over the documents that may be meant: filters, counts, the first few.
//!
//! Invariants
//! - Documents are seen in the order of their numbers, in blocks; memory does not grow with how many are found.

use crate::pick::{Pick, Slot, first_values};
use crate::terms::Found;
use crate::{Bucket, Count, Counted, Error, Kind, MOST_VALUES, Result};

const BLOCK: usize = 2048;

/// What is done with the documents that pass.
pub(crate) struct Scan<'a> {
    pub(crate) picks: Vec<Pick<'a>>,
    pub(crate) tallies: Vec<Tally<'a>>,
    pub(crate) first: First<'a>,
}

impl Scan<'_> {
    /// Looks at all documents, or at those of a set; how many passed.
    pub(crate) fn run(&mut self, documents: u32, found: Option<&Found>) -> u64 {
        match found {
            Some(found) => self.each(found.all.iter()),
            None => self.each(0..documents),
        }
    }
    fn each(&mut self, mut documents: impl Iterator<Item = u32>) -> u64 {
        let (mut block, mut values, mut total) = (Vec::with_capacity(BLOCK), Vec::with_capacity(BLOCK), 0);
        loop {
            block.clear();
            block.extend(documents.by_ref().take(BLOCK));
            if block.is_empty() {
                return total;
            }
            for pick in &self.picks {
                pick.keep(&mut block, &mut values);
            }
            total += block.len() as u64;
            for tally in &mut self.tallies {
                tally.count(&block, &mut values);
            }
            self.first.take(&block, &mut values);
        }
    }
}

/// Values of a field, being counted.
pub(crate) struct Tally<'a> {
    slot: &'a Slot,
    many: bool,
    edges: Vec<u64>,
    counts: Vec<u64>,
    missing: u64,
    most: usize,
}

impl<'a> Tally<'a> {
    pub(crate) fn new(slot: &'a Slot, count: &Count) -> Result<Self> {
        let unfit = |why| Error::Unfit { field: slot.field.name.clone(), why };
        let edges = slot.edges(&count.edges)?;
        let room = match slot.field.kind {
            _ if !edges.is_empty() => edges.len(),
            Kind::Keyword if slot.distinct() > MOST_VALUES => return Err(unfit("has too many values to count them")),
            Kind::Keyword => slot.distinct(),
            Kind::Presence => 2,
            Kind::Integer | Kind::Number => return Err(unfit("holds numbers; count them in ranges")),
        };
        Ok(Self { slot, many: slot.many(), edges, counts: vec![0; room], missing: 0, most: count.most })
    }
    fn count(&mut self, documents: &[u32], values: &mut Vec<Option<u64>>) {
        if self.many {
            for &document in documents {
                let mut none = true;
                for value in self.slot.column.values_for_doc(document) {
                    none = false;
                    let at = self.place(value);
                    self.counts[at] += 1;
                }
                self.missing += u64::from(none);
            }
            return;
        }
        first_values(&self.slot.column, documents, values);
        for value in &*values {
            match value {
                Some(value) => {
                    let at = self.place(*value);
                    self.counts[at] += 1;
                }
                None => self.missing += 1,
            }
        }
    }
    fn place(&self, value: u64) -> usize {
        if self.edges.is_empty() {
            value as usize
        } else {
            // What lies before the first range is counted in it.
            self.edges.partition_point(|edge| *edge <= value).saturating_sub(1)
        }
    }
    pub(crate) fn done(self) -> Counted {
        if !self.edges.is_empty() {
            let ranges = self.edges.iter().zip(&self.counts);
            let buckets = ranges.map(|(&edge, &count)| Bucket { value: self.slot.value(edge), count }).collect();
            return Counted { buckets, others: 0, missing: self.missing };
        }
        let mut there: Vec<(usize, u64)> =
            self.counts.iter().copied().enumerate().filter(|(_, count)| *count > 0).collect();
        there.sort_by_key(|(value, count)| (std::cmp::Reverse(*count), *value));
        let others = there.iter().skip(self.most).map(|(_, count)| count).sum();
        there.truncate(self.most);
        let bucket = |(value, count): (usize, u64)| Bucket { value: self.slot.value(value as u64), count };
        Counted { buckets: there.into_iter().map(bucket).collect(), others, missing: self.missing }
    }
}

/// The first few of the documents that passed.
pub(crate) enum First<'a> {
    /// By number.
    ByNumber {
        /// How many to keep.
        room: usize,
        /// Those kept.
        kept: Vec<u32>,
    },
    /// By how many words stand there whole, then by number.
    Near {
        /// How many to keep of each nearness.
        room: usize,
        /// Where words stand whole.
        near: &'a [crate::terms::Set],
        /// Those kept, by nearness.
        kept: Vec<Vec<u32>>,
    },
    /// By a field, then by number; those without a value last.
    Sorted {
        /// How many to keep.
        room: usize,
        /// The field; of several values the least counts.
        slot: &'a Slot,
        /// Whether the largest come first.
        descending: bool,
        /// More than those to keep, at times twice as many.
        kept: Vec<(bool, u64, u32)>,
    },
}

impl First<'_> {
    fn take(&mut self, documents: &[u32], values: &mut Vec<Option<u64>>) {
        match self {
            Self::ByNumber { room, kept } => {
                let left = room.saturating_sub(kept.len()).min(documents.len());
                kept.extend_from_slice(&documents[..left]);
            }
            Self::Near { room, near, kept } => {
                kept.resize_with(near.len() + 1, Vec::new);
                for &document in documents {
                    let level = near.iter().filter(|set| set.contains(document)).count();
                    if kept[level].len() < *room {
                        kept[level].push(document);
                    }
                }
            }
            Self::Sorted { room, slot, descending, kept } => {
                if slot.many() {
                    values.clear();
                    values.extend(documents.iter().map(|&document| slot.column.values_for_doc(document).min()));
                } else {
                    first_values(&slot.column, documents, values);
                }
                for (&document, value) in documents.iter().zip(&*values) {
                    let order = value.map_or(0, |value| if *descending { u64::MAX - value } else { value });
                    kept.push((value.is_none(), order, document));
                }
                if kept.len() >= (2 * *room).max(BLOCK) {
                    shrink(kept, *room);
                }
            }
        }
    }
    /// Documents in order.
    pub(crate) fn done(self) -> Vec<u32> {
        match self {
            Self::ByNumber { kept, .. } => kept,
            Self::Near { kept, .. } => kept.into_iter().rev().flatten().collect(),
            Self::Sorted { room, mut kept, .. } => {
                shrink(&mut kept, room);
                kept.sort_unstable();
                kept.into_iter().map(|(_, _, document)| document).collect()
            }
        }
    }
}

fn shrink(kept: &mut Vec<(bool, u64, u32)>, room: usize) {
    if kept.len() > room && room > 0 {
        kept.select_nth_unstable(room - 1);
    }
    kept.truncate(room);
}
