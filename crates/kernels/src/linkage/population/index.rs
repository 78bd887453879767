//! Index: for each blocking rule, which records have a key; for finding the few records that one may be.
//!
//! Reads    encoded records, a model's blocking rules
//! Writes   nothing outside
//! Flow     keys ─ sort ─ one list of records by key; blocks that are too large have finer keys, as in `candidates`
//!
//! Invariants
//! - It brings together what `candidates` brings together. A block that grows past the most it may be by additions is
//!   split at the next building only.
//! - Removed records stay in their lists; who asks passes over them.
//!
//! Not here: what a key is (`keys`).

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::super::candidates::{LARGEST_BLOCK, mix, refiners};
use super::super::keys::{block_keys, keys_of};
use super::super::{BlockingRule, KeyPart, Model, Records};

/// The keys of all rules.
#[derive(Debug)]
pub(super) struct KeyIndex {
    rules: Vec<RuleIndex>,
}

#[derive(Debug)]
struct RuleIndex {
    rule: BlockingRule,
    refiners: Vec<KeyPart>,
    /// Keys, ascending, and where the records of each begin.
    keys: Vec<u64>,
    starts: Vec<u32>,
    records: Vec<u32>,
    /// Keys whose blocks are too large: they have finer ones; or the first records of its runs, when nothing splits it.
    split: FxHashMap<u64, Vec<u32>>,
    /// Records that came later.
    added: FxHashMap<u64, Vec<u32>>,
}

/// The records with a key: those from the start, and those that came later.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'a> {
    pub(super) rule: u16,
    first: &'a [u32],
    later: &'a [u32],
}

impl<'a> Block<'a> {
    pub(super) fn len(&self) -> usize {
        self.first.len() + self.later.len()
    }
    pub(super) fn records(&self) -> impl Iterator<Item = u32> + 'a {
        self.first.iter().chain(self.later).copied()
    }
}

impl KeyIndex {
    /// Of all records, by these rules.
    pub(super) fn new(records: &Records, model: &Model, rules: &[BlockingRule]) -> Self {
        // One rule after the other: each is parallel within, and the sorting of several at once would take much room.
        Self { rules: rules.iter().map(|rule| RuleIndex::new(records, model, rule)).collect() }
    }
    /// Number of rules.
    pub(super) fn len(&self) -> usize {
        self.rules.len()
    }
    /// About the bytes it holds.
    pub(super) fn bytes(&self) -> usize {
        let of = |index: &RuleIndex| {
            let later: usize = index.added.values().map(|records| 40 + records.capacity() * 4).sum();
            index.keys.capacity() * 8 + (index.starts.capacity() + index.records.capacity()) * 4 + later
        };
        self.rules.iter().map(of).sum()
    }
    /// The blocks that a record is in, by the first so many rules.
    pub(super) fn blocks(&self, records: &Records, record: u32, rules: std::ops::Range<usize>) -> Vec<Block<'_>> {
        let mut blocks = Vec::new();
        for (place, index) in self.rules[rules.clone()].iter().enumerate() {
            for key in index.keys_of(records, record) {
                let block = index.block((rules.start + place) as u16, key);
                if block.len() > 0 {
                    blocks.push(block);
                }
            }
        }
        blocks
    }
    /// Adds a record that was pushed.
    pub(super) fn add(&mut self, records: &Records, record: u32) {
        for index in &mut self.rules {
            for key in index.keys_of(records, record) {
                index.added.entry(key).or_default().push(record);
            }
        }
    }
    /// Whether a rule brings two records together, and whether it would, were the block not too large.
    pub(super) fn together(&self, records: &Records, rule: usize, a: u32, b: u32) -> (bool, bool) {
        let index = &self.rules[rule];
        let share = |one: Vec<u64>, other: Vec<u64>| one.iter().any(|key| other.contains(key));
        (
            share(index.keys_of(records, a), index.keys_of(records, b)),
            share(keys_of(records, &index.rule, a), keys_of(records, &index.rule, b)),
        )
    }
}

impl RuleIndex {
    fn new(records: &Records, model: &Model, rule: &BlockingRule) -> Self {
        let mut keys = block_keys(records, rule);
        keys.retain(|key| key.0 != 0);
        keys.par_sort_unstable();
        let mut all = Self {
            rule: rule.clone(),
            refiners: refiners(model, rule),
            keys: Vec::new(),
            starts: vec![0],
            records: Vec::new(),
            split: FxHashMap::default(),
            added: FxHashMap::default(),
        };
        let mut finer = Vec::new();
        for block in keys.chunk_by(|a, b| a.0 == b.0) {
            if block.len() > LARGEST_BLOCK {
                all.refine(records, block, 0, &mut finer);
            }
        }
        if !finer.is_empty() {
            keys.retain(|key| !all.split.contains_key(&key.0));
            keys.append(&mut finer);
            keys.par_sort_unstable();
        }
        all.records = keys.iter().map(|key| key.1).collect();
        for block in keys.chunk_by(|a, b| a.0 == b.0) {
            all.keys.push(block[0].0);
            all.starts.push(all.starts.last().copied().unwrap_or(0) + block.len() as u32);
        }
        all
    }

    fn refine(&mut self, records: &Records, block: &[(u64, u32)], depth: usize, out: &mut Vec<(u64, u32)>) {
        let whole = block[0].0;
        let Some(&part) = self.refiners.get(depth) else {
            let runs = block.chunks(LARGEST_BLOCK);
            self.split.insert(whole, runs.clone().map(|run| run[0].1).collect());
            for (place, run) in runs.enumerate() {
                out.extend(run.iter().map(|&(key, record)| (mix(key, place as u64 + 2), record)));
            }
            return;
        };
        self.split.insert(whole, Vec::new());
        let rule = BlockingRule { parts: vec![part] };
        let mut finer: Vec<(u64, u32)> = Vec::with_capacity(block.len());
        for &(key, record) in block {
            finer.extend(own_keys(records, &rule, record).into_iter().map(|own| (mix(key, own), record)));
        }
        finer.sort_unstable();
        finer.dedup();
        for block in finer.chunk_by(|a, b| a.0 == b.0) {
            if block.len() > LARGEST_BLOCK {
                self.refine(records, block, depth + 1, out);
            } else {
                out.extend_from_slice(block);
            }
        }
    }

    /// The keys under which a record stands, finer ones where blocks were split.
    fn keys_of(&self, records: &Records, record: u32) -> Vec<u64> {
        let mut found = Vec::new();
        let mut open: Vec<(u64, usize)> =
            keys_of(records, &self.rule, record).into_iter().map(|key| (key, 0)).collect();
        while let Some((key, depth)) = open.pop() {
            match (self.split.get(&key), self.refiners.get(depth)) {
                (None, _) => found.push(key),
                (Some(_), Some(&part)) => {
                    let rule = BlockingRule { parts: vec![part] };
                    open.extend(own_keys(records, &rule, record).into_iter().map(|own| (mix(key, own), depth + 1)));
                }
                (Some(runs), None) => {
                    let place = runs.partition_point(|&first| first <= record).saturating_sub(1);
                    found.push(mix(key, place as u64 + 2));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found.retain(|&key| key != 0);
        found
    }

    fn block(&self, rule: u16, key: u64) -> Block<'_> {
        let first = self
            .keys
            .binary_search(&key)
            .map_or(&[][..], |place| &self.records[self.starts[place] as usize..self.starts[place + 1] as usize]);
        Block { rule, first, later: self.added.get(&key).map_or(&[], Vec::as_slice) }
    }
}

/// The keys of a part of a finer key; 0 for none.
fn own_keys(records: &Records, rule: &BlockingRule, record: u32) -> Vec<u64> {
    let mut own = keys_of(records, rule, record);
    own.retain(|&key| key != 0);
    if own.is_empty() {
        own.push(0);
    }
    own
}
