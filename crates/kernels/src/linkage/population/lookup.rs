//! Look-up: whom a partial person may be.
//!
//! Reads    texts by field, as much as is known
//! Writes   clusters with the evidence for each, the likeliest first
//! Flow     keys of what is known ─ rarest blocks first, up to a bound ─ scores ─ whole clusters ─ probabilities
//!
//! Invariants
//! - What is asked leaves no trace.
//! - The one asked for is one of those found or nobody: their probabilities add up to at most 1.

use std::cmp::Reverse;

use super::super::score::Weights;
use super::super::{BlockingRule, Comparer, FieldKind, KeyForm, KeyPart, Model, Pattern};
use super::Population;

/// The most records that are compared for one question.
const MOST: usize = 3000;
/// The most records of one cluster that are.
const MEMBERS: usize = 32;

/// A cluster that the one asked for may be.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Its lowest record.
    pub cluster: u32,
    /// The weight of its best record, in bits.
    pub weight: f32,
    /// The probability that it is the one, given all others found.
    pub probability: f64,
    /// Its records that were compared, the likeliest first.
    pub records: Vec<Candidate>,
}

/// A record that the one asked for may be of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Which.
    pub record: u32,
    /// Log-odds in bits, by the model's figures.
    pub weight: f32,
    /// The levels of the comparisons.
    pub pattern: Pattern,
}

/// What an answer rests on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Looked {
    /// Clusters, the likeliest first.
    pub found: Vec<Found>,
    /// Fields of what was asked with a value that means something.
    pub fields: Vec<usize>,
    /// By field: what was asked, as it is compared.
    pub asked: Vec<String>,
    /// Records that were compared.
    pub compared: usize,
    /// Whether more records share what was asked than are compared for one question.
    pub bounded: bool,
}

/// Keys that a partial person has though the model's rules ask for more.
pub(super) fn rules(model: &Model) -> Vec<BlockingRule> {
    use FieldKind as Kind;
    let of = |kind: Kind, form: KeyForm| {
        let field = model.fields.iter().position(|field| field.kind == kind)?;
        Some(KeyPart { field, form })
    };
    let wanted: [&[(Kind, KeyForm)]; 10] = [
        &[(Kind::Email, KeyForm::Exact)],
        &[(Kind::Phone, KeyForm::Suffix(7))],
        &[(Kind::Identifier, KeyForm::Exact)],
        &[(Kind::FullName, KeyForm::SortedWords)],
        &[(Kind::FamilyName, KeyForm::Phonetic), (Kind::GivenName, KeyForm::Phonetic)],
        &[(Kind::FamilyName, KeyForm::Phonetic), (Kind::BirthDate, KeyForm::Exact)],
        &[(Kind::GivenName, KeyForm::Phonetic), (Kind::BirthDate, KeyForm::Exact)],
        &[(Kind::FamilyName, KeyForm::Exact), (Kind::PostalCode, KeyForm::Exact)],
        &[(Kind::BirthDate, KeyForm::Exact), (Kind::PostalCode, KeyForm::Exact)],
        &[(Kind::Address, KeyForm::Exact)],
    ];
    let rule = |parts: &[(Kind, KeyForm)]| {
        let parts = parts.iter().map(|&(kind, form)| of(kind, form)).collect::<Option<Vec<_>>>()?;
        Some(BlockingRule { parts }).filter(|rule| !model.blocking.contains(rule))
    };
    wanted.into_iter().filter_map(rule).collect()
}

impl Population {
    /// Whom a person may be, of whom these texts are known by field; at most so many clusters.
    pub fn lookup(&mut self, values: &[Vec<&str>], limit: usize) -> Looked {
        // Of no table that there is, so that no table's habits are taken for its own.
        let asked = self.records.push(u32::MAX, "", values);
        let mut looked = self.compare_with(asked, limit);
        let known = |field: &usize| {
            let values = self.records.values(asked, *field);
            values.iter().any(|&value| !self.records.is_generic(*field, value))
        };
        looked.fields = (0..self.records.width()).filter(known).collect();
        looked.asked = (0..self.records.width()).map(|field| self.records.shown(asked, field)).collect();
        self.records.pop();
        looked
    }

    fn compare_with(&self, asked: u32, limit: usize) -> Looked {
        let mut blocks = self.index.blocks(&self.records, asked, 0..self.index.len());
        blocks.sort_by_key(|block| (block.len(), block.rule));
        let mut looked = Looked::default();
        let mut near: Vec<u32> = Vec::new();
        for block in blocks {
            let room = MOST.saturating_sub(near.len());
            looked.bounded |= block.len() > room;
            near.extend(block.records().filter(|&record| !self.records.is_removed(record)).take(room));
        }
        near.sort_unstable();
        near.dedup();
        let mut comparer = Comparer::new(&self.records, &self.model.comparisons);
        let weights = Weights::new(&self.model, &self.records);
        let mut score = |record: u32| {
            let pattern = comparer.compare(record, asked);
            Candidate { record, weight: weights.weight(pattern, record, asked), pattern }
        };
        let order = |candidate: &Candidate| (Reverse(ordered(candidate.weight)), candidate.record);
        let mut all: Vec<Candidate> = near.iter().map(|&record| score(record)).collect();
        looked.compared = all.len();
        all.sort_by_key(order);
        let mut found: Vec<Found> = Vec::new();
        // Everybody counts against the others; more than these change nothing that can be seen.
        for candidate in all.into_iter().take(limit.max(1) * 8 + 32) {
            let cluster = self.of[candidate.record as usize];
            match found.iter_mut().find(|found| found.cluster == cluster) {
                Some(found) => found.records.push(candidate),
                None => {
                    found.push(Found { cluster, weight: candidate.weight, probability: 0.0, records: vec![candidate] });
                }
            }
        }
        for found in found.iter_mut().take(limit) {
            for record in self.cluster_of(found.cluster).into_iter().take(MEMBERS) {
                if !found.records.iter().any(|known| known.record == record) {
                    looked.compared += 1;
                    found.records.push(score(record));
                }
            }
            found.records.sort_by_key(order);
            found.weight = found.records[0].weight;
        }
        found.sort_by_key(|found| (Reverse(ordered(found.weight)), found.cluster));
        // One of them or nobody.
        let odds = |weight: f32| f64::from(weight).min(200.0).exp2();
        let sum: f64 = 1.0 + found.iter().map(|found| odds(found.weight)).sum::<f64>();
        found.iter_mut().for_each(|found| found.probability = odds(found.weight) / sum);
        found.truncate(limit);
        looked.found = found;
        looked
    }
}

/// A weight that can be put in order.
fn ordered(weight: f32) -> i64 {
    (f64::from(weight) * 65536.0) as i64
}
