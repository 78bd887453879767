//! Doubles: whether those who differ in one thing are two people, or one of whom it was put down wrongly.
//!
//! Reads    candidate pairs, a model that was learned so far
//! Writes   of pairs that agree in all but the given name, or all but the birth date, how many are of two people
//! Flow     such pairs ─ their records, and records taken at random ─ who has a double ─ the share of two people
//!
//! Two records that agree in all but the given name are of twins, or of one person of whom a wrong name was put down;
//! nothing in the pair tells which. But a twin is a person as everybody is, and has further records under the own name as
//! often as anybody, while a name that was put down wrongly stands alone. So the share of these pairs in which both
//! records have a double that shares what the two differ in, beside that share for any two records, is the share of kin.
//! Where people hardly have further records this says nothing, and they are taken for kin.
//!
//! Invariants
//! - Pairs and records are sampled by hashes of keys: the answer depends on neither rows nor threads.
//!
//! Not here: what is made of the share (`train`).

use rustc_hash::FxHashMap;

use super::super::between::{Between, Universe};
use super::super::candidates::{Candidates, Chunk};
use super::super::compare::Comparer;
use super::super::restrain::Doubtful;
use super::super::score::{Likelihood, Sum};
use super::super::{Model, Pattern, Records};
use super::{Counted, posterior, sampled, spread};

/// Pairs looked at for each question, at most and about, and records taken at random.
const PAIRS: usize = 4000;
const ENOUGH: f64 = 1000.0;
const RANDOM: u64 = 2000;
/// Two records that are one person so surely are doubles.
const SURE: f64 = 0.9;
/// That all are kin counts for so many pairs in which both have a double.
const KIN: f64 = 4.0;

/// The pairs that are asked about.
#[derive(Clone, Copy)]
pub(in super::super) struct Doubles<'a> {
    pub(in super::super) records: &'a Records,
    pub(in super::super) candidates: &'a Candidates,
    pub(in super::super) hashes: &'a [u32],
    /// One pair in so many was looked at.
    pub(in super::super) every: u64,
}

/// A pair that differs in what is asked about.
#[derive(Clone, Copy, Debug)]
struct Differing {
    order: u64,
    ends: [u32; 2],
    /// How likely it is of one person or of kin.
    likely: f64,
}

impl Doubles<'_> {
    /// The share of two people for each of some questions, of each of which so many pairs are taken for kin; none where it
    /// cannot be told.
    pub(super) fn ask(
        &self,
        model: &Model,
        questions: &[Doubtful],
        kin: &[f64],
        tables: &Universe,
    ) -> Vec<Option<f64>> {
        let fewest = kin.iter().copied().fold(f64::MAX, f64::min);
        let every = self.every.max((fewest / ENOUGH) as u64);
        let differing = self.differing(model, questions, tables, every);
        let mut looked_at = vec![false; self.records.len()];
        let present = |record: &u32| !self.records.is_removed(*record);
        let below = (u64::from(u32::MAX) * RANDOM / (self.records.len() as u64).max(RANDOM)) as u32;
        let random = (0..self.records.len() as u32).filter(present);
        let random: Vec<u32> = random.filter(|&record| self.hashes[record as usize] <= below).collect();
        random.iter().for_each(|&record| looked_at[record as usize] = true);
        for pair in differing.iter().flatten() {
            pair.ends.iter().for_each(|&end| looked_at[end as usize] = true);
        }
        let doubled = self.doubled(model, questions, tables, &looked_at);
        let answer = |(number, pairs): (usize, &Vec<Differing>)| {
            let question = &questions[number];
            let has = |record: u32| f64::from(doubled[record as usize] >> number & 1);
            let usual = self.usual(&random, model.comparisons[question.place].fields[0], has);
            let of = |record: u32| usual.get(self.records.table(record) as usize).copied().unwrap_or_default();
            let (mut both, mut expected) = (0.0, 0.0);
            for pair in pairs {
                let [a, b] = pair.ends;
                both += pair.likely * has(a) * has(b);
                expected += pair.likely * of(a) * of(b);
            }
            (expected >= KIN).then(|| ((both + KIN) / (expected + KIN)).min(1.0))
        };
        differing.iter().enumerate().map(answer).collect()
    }

    /// By table, how often a record taken at random has a double.
    fn usual(&self, random: &[u32], field: usize, has: impl Fn(u32) -> f64) -> Vec<f64> {
        let mut sums: Vec<(f64, f64)> = Vec::new();
        for &record in random.iter().filter(|&&record| self.records.value(record, field).is_some()) {
            let table = self.records.table(record) as usize;
            sums.resize(sums.len().max(table + 1), (0.0, 0.0));
            sums[table] = (sums[table].0 + has(record), sums[table].1 + 1.0);
        }
        let all = sums.iter().fold((0.0, 1.0), |all, of| (all.0 + of.0, all.1 + of.1));
        sums.iter().map(|of| (of.0 + KIN * all.0 / all.1) / (of.1 + KIN)).collect()
    }

    /// By question, pairs that differ in it and are of one person or of kin.
    fn differing(&self, model: &Model, questions: &[Doubtful], tables: &Universe, every: u64) -> Vec<Vec<Differing>> {
        let (sorts, between) = (Likelihood::all(model), Between::of(model));
        let likely = |of: &Counted, question: &Doubtful| {
            if of.pattern.level(question.place) != Some(question.level) || !question.is_open(of.pattern) {
                return 0.0;
            }
            let (mut known, mut all) = (Sum::default(), Sum::default());
            for sort in &sorts {
                let bits = sort.of_counted(of, &between);
                all.add(bits);
                if sort.sort.is_same() || question.may_be(sort.sort) {
                    known.add(bits);
                }
            }
            (known.bits() - all.bits()).exp2()
        };
        let parts = self.candidates.scan(
            || (Comparer::new(self.records, &model.comparisons), FxHashMap::<(u64, u16), Vec<f64>>::default()),
            |(comparer, known), chunk: Chunk| {
                let mut found: Vec<(usize, Differing)> = Vec::new();
                self.candidates.pairs(chunk, |a, b| {
                    if !sampled(self.hashes, a, b, every) {
                        return;
                    }
                    let (pattern, between) = (comparer.compare(a, b), tables.number(self.records, a, b));
                    let likely = known.entry((pattern.0, between)).or_insert_with(|| {
                        let of = Counted { pattern, eligible: 0, between, pairs: 1.0 };
                        questions.iter().map(|question| likely(&of, question)).collect()
                    });
                    for (number, &likely) in likely.iter().enumerate().filter(|of| *of.1 > 0.5) {
                        let hash = |record: u32| u64::from(self.hashes[record as usize]);
                        let order = spread(hash(a) << 32 | hash(b));
                        found.push((number, Differing { order, ends: [a, b], likely }));
                    }
                });
                found
            },
        );
        let mut differing = vec![Vec::new(); questions.len()];
        parts.into_iter().flatten().for_each(|(number, pair)| differing[number].push(pair));
        for pairs in &mut differing {
            pairs.sort_unstable_by_key(|pair: &Differing| (pair.order, pair.ends));
            pairs.truncate(PAIRS);
        }
        differing
    }

    /// By record and question, as bits, whether another record is surely the same person and shares what is asked about.
    fn doubled(&self, model: &Model, questions: &[Doubtful], tables: &Universe, looked_at: &[bool]) -> Vec<u8> {
        let (sorts, between) = (Likelihood::all(model), Between::of(model));
        let shares = |of: &Counted| {
            let bits = questions.iter().enumerate().fold(0u8, |bits, (number, question)| {
                bits | u8::from(of.pattern.level(question.place) == Some(0)) << number
            });
            if bits != 0 && posterior(&sorts, &between, of) >= SURE { bits } else { 0 }
        };
        let parts = self.candidates.scan(
            || (Comparer::new(self.records, &model.comparisons), FxHashMap::<(Pattern, u16), u8>::default()),
            |(comparer, known), chunk: Chunk| {
                let mut found: Vec<(u32, u32, u8)> = Vec::new();
                self.candidates.pairs(chunk, |a, b| {
                    if looked_at[a as usize] || looked_at[b as usize] {
                        let (pattern, between) = (comparer.compare(a, b), tables.number(self.records, a, b));
                        let of = Counted { pattern, eligible: 0, between, pairs: 1.0 };
                        let bits = *known.entry((pattern, between)).or_insert_with(|| shares(&of));
                        if bits != 0 {
                            found.push((a, b, bits));
                        }
                    }
                });
                found
            },
        );
        let mut doubled = vec![0; self.records.len()];
        for (a, b, bits) in parts.into_iter().flatten() {
            doubled[a as usize] |= bits;
            doubled[b as usize] |= bits;
        }
        doubled
    }
}
