//! Population: everything that is known of who is who, held open for changes and questions.
//!
//! Reads    what a full run gave: records, the model with its figures, edges, what is certain
//! Writes   clusters that follow changes of single records; answers to look-ups; explanations
//! Flow     change ─ keys ─ the records of their blocks ─ scores ─ the components it touches are parted anew
//!
//! Invariants
//! - A change gives the clusters that a full run with the same model gives. Two differences are possible: weights of
//!   older pairs keep the frequencies of values that they were scored with, and a block that grew past the most it may
//!   be stays whole until the next full run.
//! - Only pairs with a record that is new or changed are scored, and pairs that fill components touched by it.
//! - A changed record has a new number; its key stays.
//!
//! Not here: where changes come from, ids (`ids`).

mod edges;
pub mod explain;
pub mod follow;
mod index;
pub mod lookup;
#[cfg(test)]
mod tests;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::candidates::Candidates;
use super::cluster::{Component, Resolved, Terms, Weigher, bits, resolve};
use super::link::is_trained;
use super::score::Weights;
use super::settle::{settle, settle_encoded};
use super::train::train;
use super::{
    Certain, Comparer, CutReason, Edge, Linked, Model, NO_RULE, Pattern, Record, Records, TableRecords, Warning,
};
use edges::{Edges, Pairs};
use index::KeyIndex;

/// The probability from which a pair is for people to look at, when a model says nothing.
pub const REVIEW: f64 = 0.5;

/// Who is who.
#[derive(Debug)]
pub struct Population {
    model: Model,
    records: Records,
    terms: Terms,
    /// Bits from which a pair is kept.
    review: f32,
    index: KeyIndex,
    edges: Edges,
    same: Pairs,
    apart: Pairs,
    /// By record: the lowest of its cluster.
    of: Vec<u32>,
    /// By record: the next of its cluster, in a ring.
    next: Vec<u32>,
}

/// What changes.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Records that are new or have other values.
    pub put: Vec<Put>,
    /// Records that are gone. What was certain of them is forgotten with them.
    pub removed: Vec<Record>,
    /// Records that are certainly one person.
    pub same: Vec<(Record, Record)>,
    /// Records that certainly are not.
    pub apart: Vec<(Record, Record)>,
    /// Records of which nothing is certain any more.
    pub forget: Vec<(Record, Record)>,
}

/// A record with its values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Put {
    /// Which.
    pub record: Record,
    /// Its texts by field; of a field with several columns, in their order.
    pub values: Vec<Vec<String>>,
}

/// What a change did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changed {
    /// Pairs that were scored because a record of them changed.
    pub scored: usize,
    /// Pairs that were scored to fill components.
    pub filled: usize,
    /// Clusters that are no more, as sets of records.
    pub before: Vec<Vec<Record>>,
    /// Clusters in their place.
    pub after: Vec<Vec<Record>>,
    /// Links that do not stand, of the clusters touched.
    pub cut: Vec<(Edge, CutReason)>,
    /// What people should look at, of the clusters touched.
    pub warnings: Vec<Warning>,
    /// The records of the clusters touched, removed ones among them.
    pub looked: Vec<u32>,
    /// What the pairs were that were scored because a record of them changed.
    pub tally: Tally,
}

/// What pairs were, counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// By the first rule that brings a pair together, and its levels: how many.
    pub levels: FxHashMap<(u16, Pattern), u64>,
    /// By rule: pairs in its blocks, whichever rule was first.
    pub met: Vec<u64>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        other.levels.into_iter().for_each(|(pair, count)| *self.levels.entry(pair).or_default() += count);
        self.met.resize(self.met.len().max(other.met.len()), 0);
        self.met.iter_mut().zip(other.met).for_each(|(met, more)| *met += more);
    }
    /// Number of pairs.
    fn pairs(&self) -> usize {
        self.levels.values().sum::<u64>() as usize
    }
}

/// Records and a model with all its figures, ready to be held open when it is known by other means who is who.
///
/// What the model leaves out is chosen and learned, as a full run would.
pub fn ready(mut model: Model, tables: &[TableRecords]) -> (Model, Records) {
    settle(&mut model, tables);
    let mut records = Records::encode(&model.fields, tables);
    settle_encoded(&mut model, &mut records);
    if !is_trained(&model) {
        let candidates = Candidates::new(&records, &model);
        train(&mut model, &records, &candidates);
    }
    (model, records)
}

impl Population {
    /// Holds what a full run gave: all edges from the model's `review` on, and the lowest record of each one's cluster.
    ///
    /// # Panics
    /// When `of` is not as long as the records are many.
    pub fn new(
        model: Model,
        records: Records,
        edges: Vec<Edge>,
        of: Vec<u32>,
        same: &[(u32, u32)],
        apart: &[(u32, u32)],
    ) -> Self {
        assert_eq!(of.len(), records.len(), "every record has a cluster");
        let rules: Vec<_> = model.blocking.iter().cloned().chain(lookup::rules(&model)).collect();
        let index = KeyIndex::new(&records, &model, &rules);
        let mut all = Self {
            terms: Terms::of(&model),
            review: bits(model.review.unwrap_or(REVIEW)).min(Terms::of(&model).threshold),
            index,
            edges: Edges::new(records.len(), edges),
            same: Pairs::new(same),
            apart: Pairs::new(apart),
            next: (0..of.len() as u32).collect(),
            of,
            model,
            records,
        };
        for record in (0..all.of.len() as u32).rev() {
            let low = all.of[record as usize];
            if low != record {
                // Behind the lowest, which leads on to what stood there.
                all.next[record as usize] = all.next[low as usize];
                all.next[low as usize] = record;
            }
        }
        all
    }

    /// Holds what linking gave, with what was certain.
    pub fn open(linked: Linked, certain: &Certain) -> Self {
        let Linked { model, records, edges, clusters, .. } = linked;
        let find = |record: &Record| records.find(record.0, &record.1);
        let known = |pairs: &[(Record, Record, String)]| -> Vec<(u32, u32)> {
            pairs.iter().filter_map(|(one, other, _)| Some((find(one)?, find(other)?))).collect()
        };
        let (same, apart) = (known(&certain.same), known(&certain.apart));
        Self::new(model, records, edges, clusters.of, &same, &apart)
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }
    /// The records.
    pub fn records(&self) -> &Records {
        &self.records
    }
    /// By record, the lowest record of its cluster.
    pub fn clusters(&self) -> &[u32] {
        &self.of
    }
    /// Scored pairs, those of removed records among them.
    pub fn edges(&self) -> &[Edge] {
        self.edges.all()
    }
    /// The records of the cluster that a record is in, ascending.
    pub fn cluster_of(&self, record: u32) -> Vec<u32> {
        let mut all = vec![record];
        let mut step = self.next[record as usize];
        while step != record {
            all.push(step);
            step = self.next[step as usize];
        }
        all.sort_unstable();
        all
    }

    /// Takes changes in and puts the records that they touch into clusters anew.
    ///
    /// Of several puts of one record the last counts. A statement about a record that is not there is passed over.
    pub fn update(&mut self, changes: &Changes) -> Changed {
        let mut changed = Changed::default();
        let gone: Vec<(u32, bool)> = self.gone(changes);
        // Everybody of a component that loses a record or a statement is looked at again.
        let mut touched: FxHashSet<u32> = FxHashSet::default();
        for &(record, _) in &gone {
            self.component(record, &mut touched);
        }
        for (one, other) in changes.forget.iter().chain(&changes.apart).chain(&changes.same) {
            for record in [one, other] {
                if let Some(record) = self.records.find(record.0, &record.1) {
                    self.component(record, &mut touched);
                }
            }
        }
        for (one, other) in &changes.forget {
            if let (Some(a), Some(b)) = (self.records.find(one.0, &one.1), self.records.find(other.0, &other.1)) {
                self.same.forget(a, b);
                self.apart.forget(a, b);
            }
        }
        let fresh = self.put(changes, &gone);
        for (pairs, stated) in [(&mut self.same, &changes.same), (&mut self.apart, &changes.apart)] {
            for (one, other) in stated {
                if let (Some(a), Some(b)) = (self.records.find(one.0, &one.1), self.records.find(other.0, &other.1)) {
                    pairs.add(a, b);
                    touched.extend([a, b]);
                }
            }
        }
        let first = fresh.first().copied().unwrap_or(u32::MAX);
        let (edges, tally) = self.score(&fresh, |other| other >= first);
        (changed.scored, changed.tally) = (tally.pairs(), tally);
        edges.into_iter().for_each(|edge| self.edges.add(edge));
        touched.extend(&fresh);
        self.part(touched, &fresh, &mut changed);
        changed
    }

    /// The records that go: those removed, and those put again (`true`), each once.
    fn gone(&self, changes: &Changes) -> Vec<(u32, bool)> {
        let find = |record: &Record| self.records.find(record.0, &record.1);
        let mut gone: Vec<(u32, bool)> =
            changes.put.iter().filter_map(|put| Some((find(&put.record)?, true))).collect();
        gone.extend(changes.removed.iter().filter_map(|record| Some((find(record)?, false))));
        // A record that is removed and put again is put.
        gone.sort_unstable_by_key(|&(record, put)| (record, !put));
        gone.dedup_by_key(|gone| gone.0);
        gone
    }

    /// Removes and adds records; gives the new numbers.
    fn put(&mut self, changes: &Changes, gone: &[(u32, bool)]) -> Vec<u32> {
        let mut last: Vec<(&Record, usize)> =
            changes.put.iter().enumerate().map(|(place, put)| (&put.record, place)).collect();
        last.sort_unstable();
        let last: Vec<usize> =
            last.chunk_by(|a, b| a.0 == b.0).filter_map(|same| same.last()).map(|&(_, place)| place).collect();
        let mut renamed = Vec::new();
        let mut fresh = Vec::with_capacity(last.len());
        for place in last {
            let put = &changes.put[place];
            let old = self.records.find(put.record.0, &put.record.1);
            if let Some(old) = old {
                self.records.remove(old);
            }
            let values: Vec<Vec<&str>> =
                put.values.iter().map(|texts| texts.iter().map(String::as_str).collect()).collect();
            let record = self.records.push(put.record.0, &put.record.1, &values);
            self.index.add(&self.records, record);
            self.of.push(record);
            self.next.push(record);
            renamed.extend(old.map(|old| (old, record)));
            fresh.push(record);
        }
        for (old, record) in renamed {
            self.same.rename(old, record);
            self.apart.rename(old, record);
        }
        for &(record, put) in gone {
            if !put {
                self.records.remove(record);
                for other in self.same.of(record).to_vec() {
                    self.same.forget(record, other);
                }
                for other in self.apart.of(record).to_vec() {
                    self.apart.forget(record, other);
                }
            }
        }
        fresh
    }

    /// What the pairs of some records are; `among` says which those are.
    fn tally(&self, some: &[u32], among: impl Fn(u32) -> bool + Sync) -> Tally {
        self.score(some, among).1
    }

    /// Scores some records with all that share a key with them; `among` says which those are.
    fn score(&self, some: &[u32], among: impl Fn(u32) -> bool + Sync) -> (Vec<Edge>, Tally) {
        let own = self.model.blocking.len();
        let part = |some: &[u32]| {
            let mut comparer = Comparer::new(&self.records, &self.model.comparisons);
            let weights = Weights::new(&self.model, &self.records);
            let (mut edges, mut tally) = (Vec::new(), Tally { met: vec![0; own], ..Tally::default() });
            let mut pairs: Vec<(u32, u16)> = Vec::new();
            for &record in some {
                let once = self.terms.is_unique(self.records.table(record)).then(|| self.records.table(record));
                // Of two of them the later looks at the earlier.
                let passed =
                    |other: u32| other == record || (other > record && among(other)) || self.records.is_removed(other);
                pairs.clear();
                for block in self.index.blocks(&self.records, record, 0..own) {
                    let before = pairs.len();
                    pairs.extend(block.records().filter(|&other| !passed(other)).map(|other| (other, block.rule)));
                    tally.met[block.rule as usize] += (pairs.len() - before) as u64;
                }
                // The first rule that brings two together counts.
                pairs.sort_unstable();
                pairs.dedup_by_key(|pair| pair.0);
                for &(other, rule) in pairs.iter().filter(|pair| once != Some(self.records.table(pair.0))) {
                    let (a, b) = (other.min(record), other.max(record));
                    let pattern = comparer.compare(a, b);
                    *tally.levels.entry((rule, pattern)).or_default() += 1;
                    let weight = weights.weight(pattern, a, b);
                    if weight >= self.review {
                        edges.push(Edge { a, b, weight, rule, pattern });
                    }
                }
            }
            (edges, tally)
        };
        let size = some.len().div_ceil(rayon::current_num_threads() * 4).max(1);
        let parts: Vec<(Vec<Edge>, Tally)> = some.par_chunks(size).map(part).collect();
        let (mut edges, mut tally) = (Vec::new(), Tally::default());
        for (own, counts) in parts {
            edges.extend(own);
            tally.add(counts);
        }
        (edges, tally)
    }

    /// Parts the components of these records anew.
    fn part(&mut self, touched: FxHashSet<u32>, fresh: &[u32], changed: &mut Changed) {
        let mut seeds: Vec<u32> = touched.into_iter().collect();
        seeds.sort_unstable();
        let mut seen = FxHashSet::default();
        let mut components: Vec<Vec<u32>> = Vec::new();
        for &seed in &seeds {
            if !self.records.is_removed(seed) && !seen.contains(&seed) {
                components.push(self.component(seed, &mut seen));
            }
        }
        let size = components.len().div_ceil(rayon::current_num_threads() * 4).max(1);
        let done: Vec<Resolved> = components
            .par_chunks(size)
            .flat_map_iter(|components| {
                let weights = Weights::new(&self.model, &self.records);
                let weigher = Weigher::new(&self.records, &self.model.comparisons, weights);
                let resolve = |members: &Vec<u32>| resolve(&self.component_with_edges(members), &self.terms, &weigher);
                components.iter().map(resolve).collect::<Vec<_>>()
            })
            .collect();
        // Old clusters: those of all records looked at, removed ones among them.
        let everyone: FxHashSet<u32> = components.iter().flatten().chain(&seeds).copied().collect();
        changed.looked = everyone.iter().copied().collect();
        changed.looked.sort_unstable();
        let mut olds: Vec<u32> = everyone.iter().map(|&record| self.of[record as usize]).collect();
        olds.sort_unstable();
        olds.dedup();
        // A record that was only just pushed was no cluster before.
        let first = fresh.first().copied().unwrap_or(u32::MAX);
        let mut before: Vec<Vec<Record>> =
            olds.into_iter().filter(|&old| old < first).map(|old| self.named(&self.cluster_of(old))).collect();
        let mut after: Vec<Vec<Record>> = Vec::new();
        for &record in &everyone {
            (self.of[record as usize], self.next[record as usize]) = (record, record);
        }
        for (members, resolved) in components.iter().zip(done) {
            for (&record, &low) in members.iter().zip(&resolved.of) {
                self.of[record as usize] = low;
                if low != record {
                    self.next[record as usize] = self.next[low as usize];
                    self.next[low as usize] = record;
                }
            }
            let mut lows = resolved.of;
            lows.sort_unstable();
            lows.dedup();
            after.extend(lows.into_iter().map(|low| self.named(&self.cluster_of(low))));
            changed.filled += resolved.scored;
            changed.cut.extend(resolved.cut);
            changed.warnings.extend(resolved.warnings);
        }
        // What is as it was is no change.
        before.sort_unstable();
        after.sort_unstable();
        let (was, is): (FxHashSet<_>, FxHashSet<_>) =
            (before.iter().cloned().collect(), after.iter().cloned().collect());
        before.retain(|cluster| !is.contains(cluster));
        after.retain(|cluster| !was.contains(cluster));
        (changed.before, changed.after) = (before, after);
    }

    /// The records that hang together with one by links, ascending; adds them to those seen. A removed one is looked
    /// at as if it were there.
    fn component(&self, seed: u32, seen: &mut FxHashSet<u32>) -> Vec<u32> {
        let mut members = vec![];
        let mut open = vec![seed];
        seen.insert(seed);
        while let Some(record) = open.pop() {
            members.push(record);
            let linked = self.edges.of(record).filter(|edge| edge.weight >= self.terms.threshold);
            let others = linked.map(|edge| edge.a ^ edge.b ^ record).chain(self.same.of(record).iter().copied());
            for other in others {
                if !self.records.is_removed(other) && seen.insert(other) {
                    open.push(other);
                }
            }
        }
        members.sort_unstable();
        members
    }

    fn component_with_edges(&self, members: &[u32]) -> Component<'_> {
        let within = |record: &u32| members.binary_search(record).is_ok();
        let mut part = Component {
            tables: members.iter().map(|&record| self.records.table(record)).collect(),
            members: members.to_vec(),
            ..Component::default()
        };
        for &record in members {
            // Each pair once: from its lower record.
            part.edges.extend(self.edges.of(record).filter(|edge| edge.a == record && within(&edge.b)));
            let pairs = |others: &Pairs| -> Vec<(u32, u32)> {
                let others = others.of(record).iter().filter(|&&other| other > record && within(&other));
                others.map(|&other| (record, other)).collect()
            };
            part.same.extend(pairs(&self.same));
            part.apart.extend(pairs(&self.apart));
        }
        part
    }

    /// About the bytes it holds.
    pub fn bytes(&self) -> usize {
        let of = (self.of.capacity() + self.next.capacity()) * 4;
        of + self.records.held_bytes() + self.index.bytes() + self.edges.bytes()
    }

    /// Table and key of records, ascending.
    fn named(&self, records: &[u32]) -> Vec<Record> {
        let mut named: Vec<Record> =
            records.iter().map(|&record| (self.records.table(record), self.records.key(record).to_owned())).collect();
        named.sort_unstable();
        named
    }

    /// The weight of two records, as if they had been brought together.
    fn edge(&self, a: u32, b: u32) -> Edge {
        let (a, b) = (a.min(b), a.max(b));
        let pattern = Comparer::new(&self.records, &self.model.comparisons).compare(a, b);
        let weight = Weights::new(&self.model, &self.records).weight(pattern, a, b);
        Edge { a, b, weight, rule: NO_RULE, pattern }
    }
}
