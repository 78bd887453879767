//! Follow: a population kept in step with its tables, with everything that a full run tells of them.
//!
//! Reads    what a full run gave and was given; the same tables again, later
//! Writes   the outcome that a full run over them would have, as far as `Population` promises
//! Flow     tables ─ digests ─ records added, changed, gone; statements made and taken back ─ `update` ─ figures kept
//!
//! Invariants
//! - A record whose texts are as they were is left alone.
//! - Figures of levels and blocking rules are counted on and off by pair. Two may lag behind a full run: the size of the
//!   largest block never falls, and pairs cut out of a block too large stay as many as they were.
//! - When more than [`MOST`] of the records have changed since the full run, nothing is followed: the model wants to be
//!   learned again, and doing all anew costs no more.
//!
//! Not here: what a change does to clusters (`population`).

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::super::cluster::{Clusters, conflicting_ids};
use super::super::link::{BlockingResult, ComparisonResult, Linked};
use super::super::outcome::Outcome;
use super::super::{Certain, CutReason, Edge, Record, TableRecords, Warning, WarningKind};
use super::{Changed, Changes, Population, Put, Tally};

/// The share of the records that may have changed since the full run.
pub const MOST: f64 = 0.2;

/// No record.
const GONE: u32 = u32::MAX;

/// A population and what is told of it.
#[derive(Debug)]
pub struct Follower {
    population: Population,
    /// By record: its texts in a number.
    digests: Vec<u64>,
    /// What is certain, by records, the lower first; ascending.
    same: Vec<(u32, u32)>,
    apart: Vec<(u32, u32)>,
    cut: Vec<(Edge, CutReason)>,
    warnings: Vec<Warning>,
    comparisons: Vec<ComparisonResult>,
    blocking: Vec<BlockingResult>,
    /// Links, and by blocking rule those whose pair is in its blocks.
    links: i64,
    found: Vec<i64>,
    pairs: u64,
    /// Of training, in the full run.
    rounds: usize,
    /// Tables there are.
    tables: usize,
    /// Records of the full run, and those that changed since; whether two of them had one key.
    full: usize,
    changed: usize,
    repeated: bool,
}

/// What following did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Followed {
    /// Records that are new.
    pub added: usize,
    /// Records with other texts.
    pub changed: usize,
    /// Records that are gone.
    pub removed: usize,
    /// Pairs that something certain was said of, or is said no more.
    pub stated: usize,
    /// Pairs scored because a record of them changed, and to fill components.
    pub scored: usize,
    /// Clusters that are other than before.
    pub clusters: usize,
}

/// What is to be followed.
struct Difference {
    changes: Changes,
    /// Records that go, ascending: those put again, too.
    outgoing: Vec<u32>,
    /// Digests of the records put, by what they are.
    digests: Vec<(Record, u64)>,
    followed: Followed,
}

impl Follower {
    /// Holds what a full run gave, with what it was given.
    pub fn new(linked: Linked, tables: &[TableRecords], certain: &Certain) -> Self {
        let threshold = super::bits(linked.model.threshold.unwrap_or(0.5));
        let links = linked.edges.iter().filter(|edge| edge.weight >= threshold).count();
        let found = linked.blocking.iter().map(|result| (result.found * links as f64).round() as i64).collect();
        let (cut, warnings) = (linked.clusters.cut.clone(), linked.warnings.clone());
        let (comparisons, blocking, pairs) = (linked.comparisons.clone(), linked.blocking.clone(), linked.pairs);
        let rounds = linked.rounds;
        let population = Population::open(linked, certain);
        let records = &population.records;
        let mut digests = vec![0; records.len()];
        let mut met = vec![false; records.len()];
        let mut repeated = false;
        for (table, rows) in tables.iter().enumerate() {
            for (record, digest) in read(&population, table, rows) {
                let Some(record) = record else { continue };
                digests[record as usize] = digest;
                repeated |= std::mem::replace(&mut met[record as usize], true);
            }
        }
        let mut all = Self {
            full: population.records.len(),
            tables: tables.len(),
            population,
            digests,
            same: Vec::new(),
            apart: Vec::new(),
            cut,
            warnings,
            comparisons,
            blocking,
            links: links as i64,
            found,
            pairs,
            rounds,
            changed: 0,
            repeated,
        };
        (all.same, all.apart) = (all.numbers(&certain.same), all.numbers(&certain.apart));
        all
    }

    /// The population.
    pub fn population(&self) -> &Population {
        &self.population
    }
    /// The same, for questions that stand among the records while they are answered.
    pub fn population_mut(&mut self) -> &mut Population {
        &mut self.population
    }
    /// Pairs compared, as a full run would count them.
    pub fn pairs(&self) -> u64 {
        self.pairs
    }
    /// About the bytes it holds.
    pub fn bytes(&self) -> usize {
        let own = self.digests.len() * 8 + (self.same.len() + self.apart.len()) * 8;
        own + self.population.bytes()
    }

    /// Takes in what is other in these tables, and in what is certain. None, and nothing is done, where only a full run
    /// will do.
    pub fn follow(&mut self, tables: &[TableRecords], certain: &Certain) -> Option<Followed> {
        self.follow_new(tables, &[], certain)
    }

    /// The same, where of some tables only new rows are given: by table, whether it is one of these. All other records of
    /// such a table are as they were, and a row whose key is there is none of a new record: only a full run will do.
    pub fn follow_new(&mut self, tables: &[TableRecords], only_new: &[bool], certain: &Certain) -> Option<Followed> {
        if self.repeated || tables.len() != self.tables {
            return None;
        }
        let mut difference = self.difference(tables, only_new)?;
        self.state(certain, &mut difference);
        let Difference { changes, outgoing, digests, mut followed } = difference;
        let off = self.population.tally(&outgoing, |other| outgoing.binary_search(&other).is_ok());
        self.count(&off, -1);
        let off: Vec<Edge> = self.edges_of(&outgoing, |other| outgoing.binary_search(&other).is_ok());
        self.count_links(&off, -1);
        let first = self.population.records.len() as u32;
        let done = self.population.update(&changes);
        let fresh: Vec<u32> = (first..self.population.records.len() as u32).collect();
        self.count(&done.tally, 1);
        let on = self.edges_of(&fresh, |other| other >= first);
        self.count_links(&on, 1);
        self.grow(&fresh);
        self.digests.resize(self.population.records.len(), 0);
        for ((table, key), digest) in digests {
            if let Some(record) = self.population.records.find(table, &key) {
                self.digests[record as usize] = digest;
            }
        }
        (self.same, self.apart) = (self.numbers(&certain.same), self.numbers(&certain.apart));
        self.changed += followed.added + followed.changed + followed.removed;
        (followed.scored, followed.clusters) = (done.scored + done.filled, done.after.len());
        self.tell(done);
        Some(followed)
    }

    /// What is other in the tables; none when it is more than can be followed.
    fn difference(&self, tables: &[TableRecords], only_new: &[bool]) -> Option<Difference> {
        let records = &self.population.records;
        let mut there = vec![false; records.len()];
        let (mut changes, mut outgoing, mut digests) = (Changes::default(), Vec::new(), Vec::new());
        let mut followed = Followed::default();
        let room = (self.full as f64 * MOST) as usize;
        let is_new = |table: usize| only_new.get(table).copied().unwrap_or_default();
        for (table, rows) in tables.iter().enumerate() {
            for (row, (record, digest)) in read(&self.population, table, rows).into_iter().enumerate() {
                if let Some(record) = record {
                    if std::mem::replace(&mut there[record as usize], true) || is_new(table) {
                        return None;
                    }
                    if self.digests[record as usize] == digest {
                        continue;
                    }
                    followed.changed += 1;
                    outgoing.push(record);
                } else {
                    followed.added += 1;
                }
                if self.changed + followed.changed + followed.added > room {
                    return None;
                }
                let text = |column: &crate::frame::TextColumn| column.text(row).to_owned();
                let values = rows.fields.iter().map(|columns| columns.iter().map(text).collect()).collect();
                let own = (table as u32, rows.key.text(row).to_owned());
                digests.push((own.clone(), digest));
                changes.put.push(Put { record: own, values });
            }
        }
        for record in (0..records.len() as u32).filter(|&record| !there[record as usize]) {
            if !records.is_removed(record) && !is_new(records.table(record) as usize) {
                followed.removed += 1;
                outgoing.push(record);
                changes.removed.push((records.table(record), records.key(record).to_owned()));
            }
        }
        outgoing.sort_unstable();
        let of_all = self.changed + followed.changed + followed.added + followed.removed;
        // Two new rows of one key: which of them counts is for a full run to say.
        digests.sort_unstable();
        let twice = digests.windows(2).any(|two| two[0].0 == two[1].0);
        (of_all <= room && !twice).then_some(Difference { changes, outgoing, digests, followed })
    }

    /// What is said of pairs now and was not, and the other way round.
    fn state(&self, certain: &Certain, difference: &mut Difference) {
        let (same, apart) = (self.numbers(&certain.same), self.numbers(&certain.apart));
        let without = |one: &[(u32, u32)], other: &[(u32, u32)]| -> Vec<(u32, u32)> {
            one.iter().filter(|pair| other.binary_search(pair).is_err()).copied().collect()
        };
        let forget: FxHashSet<(u32, u32)> =
            without(&self.same, &same).into_iter().chain(without(&self.apart, &apart)).collect();
        let records = &self.population.records;
        let name = |record: u32| (records.table(record), records.key(record).to_owned());
        let named = |&(a, b): &(u32, u32)| (name(a), name(b));
        let mut forgotten: Vec<&(u32, u32)> = forget.iter().collect();
        forgotten.sort_unstable();
        difference.changes.forget = forgotten.into_iter().map(named).collect();
        // What is forgotten of a pair is all that was said of it.
        let said = |now: &[(u32, u32)], before: &[(u32, u32)], all: &[(Record, Record, String)]| {
            let again = |pair: &&(u32, u32)| before.binary_search(pair).is_err() || forget.contains(*pair);
            let mut said: Vec<(Record, Record)> = now.iter().filter(again).map(named).collect();
            // Those of records that are only now put.
            let is_new = |record: &Record| records.find(record.0, &record.1).is_none();
            let new = all.iter().filter(|(one, other, _)| one != other && (is_new(one) || is_new(other)));
            said.extend(new.map(|(one, other, _)| (one.clone(), other.clone())));
            said
        };
        difference.changes.same = said(&same, &self.same, &certain.same);
        difference.changes.apart = said(&apart, &self.apart, &certain.apart);
        difference.followed.stated =
            difference.changes.forget.len() + difference.changes.same.len() + difference.changes.apart.len();
    }

    /// Pairs of records by their numbers, ascending; those of records that are not there are left out.
    fn numbers(&self, pairs: &[(Record, Record, String)]) -> Vec<(u32, u32)> {
        let find = |record: &Record| self.population.records.find(record.0, &record.1);
        let both = |(one, other, _): &(Record, Record, String)| {
            let (one, other) = (find(one)?, find(other)?);
            (one != other).then(|| (one.min(other), one.max(other)))
        };
        let mut all: Vec<(u32, u32)> = pairs.par_iter().filter_map(both).collect();
        all.par_sort_unstable();
        all.dedup();
        all
    }

    /// Counts levels and blocking rules of pairs on or off.
    fn count(&mut self, tally: &Tally, sign: i64) {
        let add = |to: &mut u64, count: u64| *to = to.saturating_add_signed(sign * count as i64);
        for (&(rule, pattern), &count) in &tally.levels {
            add(&mut self.pairs, count);
            add(&mut self.blocking[rule as usize].new_pairs, count);
            for (place, result) in self.comparisons.iter_mut().enumerate() {
                match pattern.level(place) {
                    Some(level) => add(&mut result.pairs[level], count),
                    None => add(&mut result.missing, count),
                }
            }
        }
        for (result, &met) in self.blocking.iter_mut().zip(&tally.met) {
            add(&mut result.blocks.pairs, met);
        }
    }

    /// Counts links on or off.
    fn count_links(&mut self, edges: &[Edge], sign: i64) {
        let threshold = self.population.terms.threshold;
        for edge in edges.iter().filter(|edge| edge.weight >= threshold) {
            self.links += sign;
            for (rule, found) in self.found.iter_mut().enumerate() {
                if self.population.index.together(&self.population.records, rule, edge.a, edge.b).0 {
                    *found += sign;
                }
            }
            for (place, result) in self.comparisons.iter_mut().enumerate() {
                if let Some(level) = edge.pattern.level(place) {
                    result.linked[level] = result.linked[level].saturating_add_signed(sign);
                }
            }
        }
    }

    /// The edges of some records, each once.
    fn edges_of(&self, some: &[u32], among: impl Fn(u32) -> bool) -> Vec<Edge> {
        let mut all = Vec::new();
        for &record in some {
            let other = |edge: &Edge| edge.a ^ edge.b ^ record;
            let counts = |edge: &&Edge| {
                let other = other(edge);
                !(self.population.records.is_removed(other) || among(other) && other > record)
            };
            all.extend(self.population.edges.of(record).filter(counts).copied());
        }
        all
    }

    /// The largest block of a rule may be one that new records are in.
    fn grow(&mut self, fresh: &[u32]) {
        let population = &self.population;
        for &record in fresh {
            for block in population.index.blocks(&population.records, record, 0..population.model.blocking.len()) {
                let known = &mut self.blocking[block.rule as usize];
                if block.len() <= known.blocks.largest_block as usize {
                    continue;
                }
                let there = block.records().filter(|&record| !population.records.is_removed(record)).count() as u32;
                if there > known.blocks.largest_block {
                    known.blocks.largest_block = there;
                    known.blocks.largest_record = Some(record);
                    let parts = &population.model.blocking[block.rule as usize].parts;
                    let shown = parts.iter().map(|part| population.records.shown(record, part.field));
                    known.largest_value = shown.collect::<Vec<_>>().join(" ");
                }
            }
        }
    }

    /// What is told of the clusters that were looked at takes the place of what was told of them.
    fn tell(&mut self, done: Changed) {
        let looked: FxHashSet<u32> = done.looked.into_iter().collect();
        self.cut.retain(|(edge, _)| !looked.contains(&edge.a) && !looked.contains(&edge.b));
        self.cut.extend(done.cut);
        self.warnings.retain(|warning| !warning.records.iter().any(|record| looked.contains(record)));
        self.warnings.extend(done.warnings);
    }

    /// What a full run would tell.
    pub fn outcome(&self) -> Outcome {
        let population = &self.population;
        let records = &population.records;
        let mut order: Vec<u32> = (0..records.len() as u32).filter(|&record| !records.is_removed(record)).collect();
        let name = |record: u32| (records.table(record), records.key(record));
        // Those of the full run are in order; a stable sort finds that.
        order.par_sort_by(|&a, &b| name(a).cmp(&name(b)));
        let mut rank = vec![GONE; records.len()];
        for (place, &record) in order.iter().enumerate() {
            rank[record as usize] = place as u32;
        }
        let place = |edge: &Edge| {
            let (a, b) = (rank[edge.a as usize], rank[edge.b as usize]);
            (a != GONE && b != GONE).then(|| Edge { a: a.min(b), b: a.max(b), ..*edge })
        };
        let mut edges: Vec<Edge> = population.edges.all().iter().filter_map(place).collect();
        edges.par_sort_unstable_by_key(|edge| (edge.a, edge.b));
        let mut lowest = vec![GONE; records.len()];
        let of = order.iter().enumerate().map(|(place, &record)| {
            let low = &mut lowest[population.of[record as usize] as usize];
            if *low == GONE {
                *low = place as u32;
            }
            *low
        });
        let of: Vec<u32> = of.collect();
        let cut = self.cut.iter().filter_map(|(edge, why)| Some((place(edge)?, *why))).collect();
        let own = self.warnings.iter().filter(|warning| warning.kind != WarningKind::ConflictingId).cloned();
        let warnings = own.chain(conflicting_ids(records, &population.model, &population.of));
        let warnings = warnings.filter_map(|mut warning| {
            warning.records.iter_mut().for_each(|record| *record = rank[*record as usize]);
            (!warning.records.contains(&GONE)).then_some(warning)
        });
        let mut blocking = self.blocking.clone();
        for (result, &found) in blocking.iter_mut().zip(&self.found) {
            result.found = found as f64 / self.links.max(1) as f64;
            result.blocks.largest_record =
                result.blocks.largest_record.map(|record| rank[record as usize]).filter(|&record| record != GONE);
        }
        Outcome {
            keys: order.iter().map(|&record| Some(records.key(record))).collect(),
            starts: Outcome::starts(order.iter().map(|&record| records.table(record)), self.tables),
            model: population.model.clone(),
            edges,
            clusters: Clusters { of, cut, warnings: Vec::new(), scored: 0 },
            comparisons: self.comparisons.clone(),
            blocking,
            warnings: warnings.collect(),
            pairs: self.pairs,
            rounds: self.rounds,
        }
    }
}

/// By row of a table: the record that has its key, and its texts in a number.
fn read(population: &Population, table: usize, rows: &TableRecords) -> Vec<(Option<u32>, u64)> {
    let row = |row: usize| {
        let mut hash = DefaultHasher::new();
        for columns in &rows.fields {
            columns.len().hash(&mut hash);
            columns.iter().for_each(|column| column.get(row).hash(&mut hash));
        }
        (population.records.find(table as u32, rows.key.text(row)), hash.finish())
    };
    (0..rows.key.len()).into_par_iter().map(row).collect()
}

#[cfg(test)]
mod tests;
