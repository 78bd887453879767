//! Candidates: which pairs of records are compared, by blocking rules.
//!
//! Reads    encoded records, blocking rules
//! Writes   blocks by rule; every pair of a block belongs to the first rule that brings it together
//! Flow     keys by rule ─ sort ─ blocks ─ too large? finer keys, at last neighbours in order ─ pairs, chunk by chunk
//!
//! Invariants
//! - A pair is given once, whatever number of rules finds it, and nothing is stored for a pair.
//! - No block is larger than the most it may be; what is not compared for that is counted, with the value at fault.
//! - Memory grows with records times rules, never with pairs.
//!
//! Not here: which rules (`settle`), levels of a pair (`compare`).

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::keys::keys_of;
use super::{BlockingRule, FieldKind, KeyForm, KeyPart, Model, Records};

/// The most records of a block whose pairs are all compared.
pub(super) const LARGEST_BLOCK: usize = 1000;
/// Pairs of a chunk of work, about.
const CHUNK_PAIRS: u64 = 1 << 16;

/// What a blocking rule does to these records.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BlockStatistic {
    /// Pairs in its blocks.
    pub pairs: u64,
    /// Pairs that were too many to compare.
    pub cut_pairs: u64,
    /// Records of its largest block, before it was split.
    pub largest_block: u32,
    /// A record of that block.
    pub largest_record: Option<u32>,
}

/// The pairs that blocking rules bring together.
#[derive(Debug)]
pub struct Candidates {
    rules: usize,
    /// The records looked at, ascending; places in it stand for records below.
    members: Vec<u32>,
    /// The short key of each member by rule, 0 for none: `members * rules`.
    short: Vec<u32>,
    /// The other short keys where a member has several.
    more: FxHashMap<(u32, u16), Vec<u32>>,
    many: Vec<bool>,
    blocks: Vec<Blocks>,
    /// By member: its table when the table holds everyone once, else 0; 0 is no table here.
    once: Vec<u32>,
    statistics: Vec<BlockStatistic>,
}

#[derive(Debug, Default)]
struct Blocks {
    members: Vec<u32>,
    starts: Vec<u32>,
}

/// A part of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The rule.
    pub rule: u16,
    blocks: (u32, u32),
    rows: (u32, u32),
}

impl Candidates {
    /// The pairs of all records by the model's rules.
    pub fn new(records: &Records, model: &Model) -> Self {
        let members = (0..records.len() as u32).filter(|&record| !records.is_removed(record)).collect();
        Self::among(records, model, &model.blocking, members)
    }

    /// The pairs of some records, ascending, by some rules. A rule without parts brings all together.
    pub fn among(records: &Records, model: &Model, rules: &[BlockingRule], members: Vec<u32>) -> Self {
        let once = once(records, model, &members);
        let keys = |rule: usize| keys_of_members(records, &rules[rule], &members);
        let built: Vec<Built> = rules
            .par_iter()
            .enumerate()
            .map(|(place, rule)| build(records, model, rule, &members, keys(place)))
            .collect();
        Self::of(rules.len(), members, once, built)
    }

    /// The same with keys that are known: by rule the key of each member, 0 for none.
    pub(super) fn with_keys(
        records: &Records,
        model: &Model,
        rules: &[BlockingRule],
        members: Vec<u32>,
        keys: &(dyn Fn(usize) -> Vec<u64> + Sync),
    ) -> Self {
        let built = |(place, rule): (usize, &BlockingRule)| {
            let keys = keys(place).into_iter().zip(0..).collect();
            build(records, model, rule, &members, keys)
        };
        let built = rules.par_iter().enumerate().map(built).collect();
        let once = once(records, model, &members);
        Self::of(rules.len(), members, once, built)
    }

    fn of(rules: usize, members: Vec<u32>, once: Vec<u32>, built: Vec<Built>) -> Self {
        let mut all = Self {
            rules,
            short: vec![0; members.len() * rules],
            members,
            more: FxHashMap::default(),
            many: vec![false; rules],
            blocks: Vec::with_capacity(rules),
            once,
            statistics: Vec::with_capacity(rules),
        };
        let mut columns = Vec::with_capacity(rules);
        for (rule, built) in built.into_iter().enumerate() {
            for (key, member) in built.more {
                all.many[rule] = true;
                all.more.entry((member, rule as u16)).or_default().push(key);
            }
            all.blocks.push(built.blocks);
            all.statistics.push(built.statistic);
            columns.push(built.short);
        }
        const ROWS: usize = 4096;
        if rules > 0 {
            all.short.par_chunks_mut(ROWS * rules).enumerate().for_each(|(part, rows)| {
                for (rule, column) in columns.iter().enumerate() {
                    for (row, short) in rows.chunks_mut(rules).zip(&column[part * ROWS..]) {
                        row[rule] = *short;
                    }
                }
            });
        }
        all
    }

    /// By rule, what it does to these records.
    pub fn statistics(&self) -> &[BlockStatistic] {
        &self.statistics
    }

    /// The work in parts of about equal size, always the same ones in the same order.
    pub fn chunks(&self) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        for (rule, blocks) in self.blocks.iter().enumerate() {
            let rule = rule as u16;
            let (mut from, mut pairs) = (0, 0);
            for block in 0..blocks.len() {
                let size = blocks.get(block).len() as u64;
                let own = size * (size - 1) / 2;
                if own > 4 * CHUNK_PAIRS {
                    if from < block {
                        chunks.push(Chunk { rule, blocks: (from as u32, block as u32), rows: (0, u32::MAX) });
                    }
                    let step = (CHUNK_PAIRS / size).max(1) as usize;
                    for row in (0..size as usize).step_by(step) {
                        let rows = (row as u32, (row + step) as u32);
                        chunks.push(Chunk { rule, blocks: (block as u32, block as u32 + 1), rows });
                    }
                    (from, pairs) = (block + 1, 0);
                    continue;
                }
                pairs += own;
                if pairs >= CHUNK_PAIRS {
                    chunks.push(Chunk { rule, blocks: (from as u32, block as u32 + 1), rows: (0, u32::MAX) });
                    (from, pairs) = (block + 1, 0);
                }
            }
            if from < blocks.len() {
                chunks.push(Chunk { rule, blocks: (from as u32, blocks.len() as u32), rows: (0, u32::MAX) });
            }
        }
        chunks
    }

    /// The pairs of a chunk, the lower record first.
    pub fn pairs(&self, chunk: Chunk, mut take: impl FnMut(u32, u32)) {
        let blocks = &self.blocks[chunk.rule as usize];
        for block in chunk.blocks.0..chunk.blocks.1 {
            let block = blocks.get(block as usize);
            let to = block.len().min(chunk.rows.1 as usize);
            for first in chunk.rows.0 as usize..to {
                let a = block[first];
                for &b in &block[first + 1..] {
                    let (low, high) = if a < b { (a, b) } else { (b, a) };
                    if low != high && !self.one_table(low, high) && !self.found_before(low, high, chunk.rule as usize) {
                        take(self.members[low as usize], self.members[high as usize]);
                    }
                }
            }
        }
    }

    /// The pairs of a chunk with the rules that bring them together, as bits; of at most 128 rules.
    pub(super) fn pairs_and_rules(&self, chunk: Chunk, mut take: impl FnMut(u32, u32, u128)) {
        let blocks = &self.blocks[chunk.rule as usize];
        for block in chunk.blocks.0..chunk.blocks.1 {
            let block = blocks.get(block as usize);
            let to = block.len().min(chunk.rows.1 as usize);
            for first in chunk.rows.0 as usize..to {
                for &second in &block[first + 1..] {
                    let (low, high) = (block[first].min(second), block[first].max(second));
                    if low == high || self.one_table(low, high) {
                        continue;
                    }
                    let bits = self.bits(low, high);
                    if bits.trailing_zeros() == u32::from(chunk.rule) {
                        take(self.members[low as usize], self.members[high as usize], bits);
                    }
                }
            }
        }
    }

    /// Does the work of all chunks on all threads, each with a state of its own; gives what they give, in order of chunks.
    pub fn scan<S, T: Send>(&self, state: impl Fn() -> S + Sync, work: impl Fn(&mut S, Chunk) -> T + Sync) -> Vec<T> {
        let chunks = self.chunks();
        let next = AtomicUsize::new(0);
        let threads = rayon::current_num_threads().max(1);
        let mut parts: Vec<(usize, T)> = (0..threads)
            .into_par_iter()
            .flat_map_iter(|_| {
                let mut own = state();
                let mut done = Vec::new();
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&chunk) = chunks.get(place) else { break };
                    done.push((place, work(&mut own, chunk)));
                }
                done
            })
            .collect();
        parts.sort_unstable_by_key(|part| part.0);
        parts.into_iter().map(|part| part.1).collect()
    }

    /// Which rules bring two records together, as bits; the first 128 rules count.
    pub fn rules_of(&self, a: u32, b: u32) -> u128 {
        let (Ok(a), Ok(b)) = (self.place(a), self.place(b)) else { return 0 };
        self.bits(a, b)
    }

    fn bits(&self, a: u32, b: u32) -> u128 {
        let count = self.rules.min(128);
        let row = |member: u32| &self.short[member as usize * self.rules..][..count];
        let (of_a, of_b) = (row(a), row(b));
        let mut bits = 0;
        for rule in 0..count {
            bits |= u128::from(of_a[rule] == of_b[rule] && of_a[rule] != 0) << rule;
        }
        if !self.more.is_empty() {
            for rule in (0..count).filter(|&rule| self.many[rule]) {
                bits |= u128::from(self.together(a, b, rule)) << rule;
            }
        }
        bits
    }

    fn place(&self, record: u32) -> Result<u32, usize> {
        match self.members.get(record as usize) {
            Some(&own) if own == record => Ok(record),
            _ => self.members.binary_search(&record).map(|place| place as u32),
        }
    }
    fn one_table(&self, a: u32, b: u32) -> bool {
        !self.once.is_empty() && self.once[a as usize] != 0 && self.once[a as usize] == self.once[b as usize]
    }
    fn found_before(&self, a: u32, b: u32, rule: usize) -> bool {
        let (of_a, of_b) = (&self.short[a as usize * self.rules..], &self.short[b as usize * self.rules..]);
        let simple = of_a[..rule].iter().zip(&of_b[..rule]).any(|(a, b)| a == b && *a != 0);
        simple || !self.more.is_empty() && (0..rule).any(|earlier| self.many[earlier] && self.together(a, b, earlier))
    }
    fn together(&self, a: u32, b: u32, rule: usize) -> bool {
        let (of_a, of_b) = (self.short[a as usize * self.rules + rule], self.short[b as usize * self.rules + rule]);
        if of_a == 0 || of_b == 0 {
            return false;
        }
        if of_a == of_b || !self.many[rule] {
            return of_a == of_b;
        }
        let more = |member| self.more.get(&(member, rule as u16)).map_or(&[][..], Vec::as_slice);
        let (more_a, more_b) = (more(a), more(b));
        more_a.contains(&of_b) || more_b.contains(&of_a) || more_a.iter().any(|key| more_b.contains(key))
    }
}

impl Blocks {
    fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }
    fn get(&self, block: usize) -> &[u32] {
        &self.members[self.starts[block] as usize..self.starts[block + 1] as usize]
    }
}

/// Never 0.
fn short(key: u64) -> u32 {
    ((key ^ (key >> 32)) as u32).max(1)
}

pub(super) fn mix(a: u64, b: u64) -> u64 {
    let mixed = (a ^ b.rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) | 1
}

/// By member: its table when the table holds everyone once, else 0; nothing when none does.
fn once(records: &Records, model: &Model, members: &[u32]) -> Vec<u32> {
    if !model.unique.contains(&true) {
        return Vec::new();
    }
    let unique = |record: u32| model.unique.get(records.table(record) as usize).copied().unwrap_or_default();
    members.iter().map(|&record| if unique(record) { records.table(record) + 1 } else { 0 }).collect()
}

fn keys_of_members(records: &Records, rule: &BlockingRule, members: &[u32]) -> Vec<(u64, u32)> {
    if rule.parts.is_empty() {
        (0..members.len() as u32).map(|place| (1, place)).collect()
    } else if members.len() == records.len() {
        super::keys::block_keys(records, rule)
    } else {
        let of = |place: usize| keys_of(records, rule, members[place]).into_iter().map(move |key| (key, place as u32));
        (0..members.len()).flat_map(of).collect()
    }
}

/// What one rule makes: blocks, the short key of every member, further short keys.
struct Built {
    blocks: Blocks,
    short: Vec<u32>,
    more: Vec<(u32, u32)>,
    statistic: BlockStatistic,
}

/// Sorts keys: by their first bits into parts that fit a cache, then each part.
fn sort(keys: &mut Vec<(u64, u32)>) {
    const BITS: u32 = 10;
    if keys.len() < 1 << 14 {
        keys.sort_unstable();
        return;
    }
    let mut starts = vec![0usize; (1 << BITS) + 1];
    keys.iter().for_each(|key| starts[(key.0 >> (64 - BITS)) as usize + 1] += 1);
    for part in 0..1 << BITS {
        starts[part + 1] += starts[part];
    }
    let mut next = starts.clone();
    let mut sorted = vec![(0, 0); keys.len()];
    for &key in keys.iter() {
        let place = &mut next[(key.0 >> (64 - BITS)) as usize];
        sorted[*place] = key;
        *place += 1;
    }
    starts.windows(2).for_each(|part| sorted[part[0]..part[1]].sort_unstable());
    *keys = sorted;
}

/// The blocks of a rule, from the keys of members.
fn build(records: &Records, model: &Model, rule: &BlockingRule, members: &[u32], mut keys: Vec<(u64, u32)>) -> Built {
    keys.retain(|key| key.0 != 0);
    sort(&mut keys);
    keys.dedup();
    let mut statistic = BlockStatistic::default();
    let mut finer = Vec::new();
    let mut split = Vec::new();
    for block in keys.chunk_by(|a, b| a.0 == b.0) {
        if block.len() > statistic.largest_block as usize {
            statistic.largest_block = block.len() as u32;
            statistic.largest_record = Some(members[block[0].1 as usize]);
        }
        if block.len() > LARGEST_BLOCK && !rule.parts.is_empty() {
            let before = pairs_of(block.len());
            let from = finer.len();
            refine(records, members, block, &refiners(model, rule), &mut finer);
            finer[from..].sort_unstable();
            let after: u64 = finer[from..].chunk_by(|a, b| a.0 == b.0).map(|block| pairs_of(block.len())).sum();
            statistic.cut_pairs += before - after.min(before);
            split.push(block[0].0);
        }
    }
    if !split.is_empty() {
        keys.retain(|key| split.binary_search(&key.0).is_err());
        keys.append(&mut finer);
        sort(&mut keys);
    }
    let mut blocks = Blocks { members: Vec::new(), starts: vec![0] };
    for block in keys.chunk_by(|a, b| a.0 == b.0) {
        if block.len() > 1 {
            blocks.members.extend(block.iter().map(|key| key.1));
            blocks.starts.push(blocks.members.len() as u32);
            statistic.pairs += pairs_of(block.len());
        }
    }
    let mut short_keys = vec![0; members.len()];
    let mut more = Vec::new();
    for (key, member) in keys {
        let slot = &mut short_keys[member as usize];
        match short(key) {
            key if *slot == 0 => *slot = key,
            key if *slot != key => more.push((key, member)),
            _ => {}
        }
    }
    Built { blocks, short: short_keys, more, statistic }
}

fn pairs_of(records: usize) -> u64 {
    (records as u64) * (records as u64).saturating_sub(1) / 2
}

/// Splits a block by what else is known of its records, as far as needed; what is still too large, into runs of neighbours
/// in the order of their keys.
fn refine(records: &Records, members: &[u32], block: &[(u64, u32)], by: &[KeyPart], out: &mut Vec<(u64, u32)>) {
    let Some((&part, rest)) = by.split_first() else {
        for (place, run) in block.chunks(LARGEST_BLOCK).enumerate() {
            out.extend(run.iter().map(|&(key, member)| (mix(key, place as u64 + 2), member)));
        }
        return;
    };
    let rule = BlockingRule { parts: vec![part] };
    let mut finer: Vec<(u64, u32)> = Vec::with_capacity(block.len());
    for &(key, member) in block {
        let own = keys_of(records, &rule, members[member as usize]);
        finer.extend(own.iter().filter(|own| **own != 0).map(|own| (mix(key, *own), member)));
        if own.iter().all(|own| *own == 0) {
            finer.push((mix(key, 0), member));
        }
    }
    finer.sort_unstable();
    finer.dedup();
    for block in finer.chunk_by(|a, b| a.0 == b.0) {
        if block.len() > LARGEST_BLOCK {
            refine(records, members, block, rest, out);
        } else {
            out.extend_from_slice(block);
        }
    }
}

/// What splits a block of a rule: fields that the rule does not use, those that tell people apart best first.
pub(super) fn refiners(model: &Model, rule: &BlockingRule) -> Vec<KeyPart> {
    use FieldKind as Kind;
    let order = [
        (Kind::BirthDate, KeyForm::YearMonth),
        (Kind::FamilyName, KeyForm::Phonetic),
        (Kind::FullName, KeyForm::FirstWord),
        (Kind::GivenName, KeyForm::Phonetic),
        (Kind::PostalCode, KeyForm::Exact),
        (Kind::Phone, KeyForm::Suffix(7)),
        (Kind::Email, KeyForm::EmailUser),
        (Kind::Address, KeyForm::Prefix(6)),
        (Kind::Street, KeyForm::Prefix(6)),
        (Kind::City, KeyForm::Prefix(4)),
        (Kind::Identifier, KeyForm::Exact),
        (Kind::Organization, KeyForm::Prefix(4)),
        (Kind::Text, KeyForm::Prefix(4)),
    ];
    let of = |(kind, form)| {
        let fields = model.fields.iter().enumerate().filter(move |(_, field)| field.kind == kind);
        fields.map(move |(field, _)| KeyPart { field, form })
    };
    let used = |part: &KeyPart| rule.parts.iter().any(|own| own.field == part.field);
    order.into_iter().flat_map(of).filter(|part| !used(part)).take(6).collect()
}
