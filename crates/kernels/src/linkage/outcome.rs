//! Outcome: what came of linking, with records numbered by table, then key, and nothing of how they are compared.
//!
//! Reads    a full run (`link`), or a population that followed changes (`population::follow`)
//!
//! Invariants
//! - Numbers are those that a full run over the same records gives them, however the records came.

use super::cluster::Clusters;
use super::link::{BlockingResult, ComparisonResult, Linked};
use super::{Edge, Model, Warning};
use crate::frame::TextColumn;

/// Everything that people and later steps want to know of linking.
#[derive(Debug, Default)]
pub struct Outcome {
    /// With all figures.
    pub model: Model,
    /// Keys of the records, by table, then key.
    pub(super) keys: TextColumn,
    /// The first record of each table, and the end of the last.
    pub(super) starts: Vec<u32>,
    /// Pairs from the review threshold on, by their ends.
    pub edges: Vec<Edge>,
    /// Who is one person.
    pub clusters: Clusters,
    /// By comparison of the model.
    pub comparisons: Vec<ComparisonResult>,
    /// By blocking rule of the model.
    pub blocking: Vec<BlockingResult>,
    /// What people should look at, those of clusters among them.
    pub warnings: Vec<Warning>,
    /// Pairs compared.
    pub pairs: u64,
    /// Rounds of training; 0 when the model had all its figures.
    pub rounds: usize,
}

impl Outcome {
    /// Number of records.
    pub fn len(&self) -> usize {
        self.keys.len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
    /// The place of a record's table.
    pub fn table(&self, record: u32) -> u32 {
        // Tables are few; those without records have the start of the next.
        (self.starts.partition_point(|&start| start <= record) as u32).saturating_sub(1)
    }
    /// A record's key in its table.
    pub fn key(&self, record: u32) -> &str {
        self.keys.text(record as usize)
    }
    /// The record with this key.
    pub fn find(&self, table: u32, key: &str) -> Option<u32> {
        let (&start, &end) = (self.starts.get(table as usize)?, self.starts.get(table as usize + 1)?);
        let (mut from, mut to) = (start, end);
        while from < to {
            let middle = from + (to - from) / 2;
            match self.key(middle).cmp(key) {
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Greater => to = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }
    /// The first record of each table, and the end of the last, of records in order.
    pub(super) fn starts(of: impl Iterator<Item = u32>, tables: usize) -> Vec<u32> {
        let mut starts = vec![0u32; tables + 1];
        for table in of {
            starts[table as usize + 1] += 1;
        }
        for table in 0..tables {
            starts[table + 1] += starts[table];
        }
        starts
    }
}

impl From<Linked> for Outcome {
    /// What a full run gave; its records are numbered so already.
    fn from(linked: Linked) -> Self {
        let records = &linked.records;
        let all = || 0..records.len() as u32;
        let tables =
            linked.model.unique.len().max(all().next_back().map_or(0, |last| records.table(last) as usize + 1));
        Self {
            keys: all().map(|record| Some(records.key(record))).collect(),
            starts: Self::starts(all().map(|record| records.table(record)), tables),
            model: linked.model,
            edges: linked.edges,
            clusters: linked.clusters,
            comparisons: linked.comparisons,
            blocking: linked.blocking,
            warnings: linked.warnings,
            pairs: linked.pairs,
            rounds: linked.rounds,
        }
    }
}
