//! Link: from tables of texts to people, the whole way.
//!
//! Reads    tables, a model with or without figures, links that are certain
//! Writes   the model with all figures, scored pairs, clusters, what every rule and level did, warnings
//! Flow     kinds ─ records encoded ─ comparisons and blocking chosen ─ trained ─ all candidates scored ─ threshold ─ clusters
//!
//! Invariants
//! - A model with all figures is only applied: nothing of it changes.
//! - Pairs below the review threshold are forgotten where they are scored.
//!
//! Not here: each step by itself.

use rustc_hash::FxHashMap;

use super::candidates::{BlockStatistic, Candidates};
use super::cluster::{Clusters, Weigher, cluster, conflicting_ids};
use super::compare::Comparer;
use super::score::Weights;
use super::settle::{settle, settle_encoded};
use super::train::train;
use super::{Certain, Edge, Model, Pattern, Records, TableRecords, Warning, WarningKind};

/// What a blocking rule did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BlockingResult {
    /// Its blocks.
    pub blocks: BlockStatistic,
    /// The shared value of its largest block.
    pub largest_value: String,
    /// Pairs that no rule before it found: those it had compared.
    pub new_pairs: u64,
    /// The share of all links found whose pair is in its blocks, whichever rule came first.
    pub found: f64,
}

/// How often the levels of a comparison came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComparisonResult {
    /// By level: pairs compared.
    pub pairs: Vec<u64>,
    /// By level: pairs that are links.
    pub linked: Vec<u64>,
    /// Pairs compared in which a value was missing.
    pub missing: u64,
}

/// Everything that came of linking.
#[derive(Debug)]
pub struct Linked {
    /// With all figures.
    pub model: Model,
    /// Encoded.
    pub records: Records,
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

/// Links the records of tables.
pub fn link(mut model: Model, tables: &[TableRecords], certain: &Certain) -> Linked {
    settle(&mut model, tables);
    let mut records = Records::encode(&model.fields, tables);
    let super::settle::Settled { mut warnings, mut rounds } = settle_encoded(&mut model, &mut records);
    let candidates = Candidates::new(&records, &model);
    if !is_trained(&model) {
        rounds = train(&mut model, &records, &candidates);
    }
    let mut scored = score(&model, &records, &candidates);
    thresholds(&mut model, &mut scored, &candidates);
    let certain_pairs = |pairs: &[(super::Record, super::Record, String)]| {
        let find = |record: &super::Record| records.find(record.0, &record.1);
        let both = |pair: &(super::Record, super::Record, String)| Some((find(&pair.0)?, find(&pair.1)?));
        let known = pairs.iter().filter_map(both).filter(|(a, b)| a != b).map(|(a, b)| (a.min(b), a.max(b)));
        let mut known: Vec<(u32, u32)> = known.collect();
        known.sort_unstable();
        known.dedup();
        known
    };
    let (same, apart) = (certain_pairs(&certain.same), certain_pairs(&certain.apart));
    let of_table: Vec<u32> = (0..records.len() as u32).map(|record| records.table(record)).collect();
    let mut clusters = {
        let weigher = Weigher::new(&records, &model.comparisons, Weights::new(&model, &records));
        cluster(&of_table, &scored.edges, &model, &same, &apart, &weigher)
    };
    let blocking = blocking_results(&model, &records, &candidates, &scored);
    for (rule, result) in blocking.iter().enumerate().filter(|(_, result)| result.blocks.cut_pairs > 0) {
        warnings.push(Warning {
            kind: WarningKind::CutBlock,
            records: Vec::new(),
            detail: format!(
                "{} pairs of blocking rule {} are not compared: {} records share `{}`",
                result.blocks.cut_pairs,
                rule + 1,
                result.blocks.largest_block,
                result.largest_value,
            ),
        });
    }
    warnings.append(&mut clusters.warnings);
    warnings.extend(conflicting_ids(&records, &model, &clusters.of));
    Linked {
        pairs: scored.new_pairs.iter().sum(),
        rounds,
        edges: scored.edges,
        comparisons: scored.comparisons,
        clusters,
        blocking,
        warnings,
        model,
        records,
    }
}

/// Whether nothing is left to learn.
pub(super) fn is_trained(model: &Model) -> bool {
    let figures = model.comparisons.iter().flat_map(|comparison| &comparison.levels);
    model.prior.is_some()
        && model.kin.is_some()
        && figures.into_iter().all(|level| level.m.is_some() && level.u.is_some())
}

/// Chooses thresholds by the scored pairs; forgets those below, and counts the levels of links.
fn thresholds(model: &mut Model, scored: &mut Scored, candidates: &Candidates) {
    let pair = |edge: &Edge| (Weights::probability(edge.weight), candidates.rules_of(edge.a, edge.b).count_ones());
    super::thresholds::choose(model, scored.edges.iter().map(pair));
    let review = Weights::bits(model.review.unwrap_or(0.5).min(model.threshold.unwrap_or(1.0)));
    scored.edges.retain(|edge| edge.weight >= review);
    let threshold = Weights::bits(model.threshold.unwrap_or(0.5));
    for edge in scored.edges.iter().filter(|edge| edge.weight >= threshold) {
        for (place, result) in scored.comparisons.iter_mut().enumerate() {
            if let Some(level) = edge.pattern.level(place) {
                result.linked[level] += 1;
            }
        }
    }
}

/// What scoring all candidates gives.
struct Scored {
    edges: Vec<Edge>,
    comparisons: Vec<ComparisonResult>,
    new_pairs: Vec<u64>,
}

/// Scores all candidates; keeps those that may be for people to look at.
fn score(model: &Model, records: &Records, candidates: &Candidates) -> Scored {
    let weights = Weights::new(model, records);
    let review = Weights::bits(super::thresholds::floor(model));
    struct Own<'a> {
        comparer: Comparer<'a>,
        most: FxHashMap<u64, f32>,
    }
    let parts = candidates.scan(
        || Own { comparer: Comparer::new(records, &model.comparisons), most: FxHashMap::default() },
        |own, chunk| {
            let mut edges = Vec::new();
            let mut counts: FxHashMap<u64, u64> = FxHashMap::default();
            let mut pairs = 0u64;
            candidates.pairs(chunk, |a, b| {
                let pattern = own.comparer.compare(a, b);
                pairs += 1;
                *counts.entry(pattern.0).or_default() += 1;
                let most = *own.most.entry(pattern.0).or_insert_with(|| weights.most(pattern));
                if most >= review {
                    let weight = weights.weight(pattern, a, b);
                    if weight >= review {
                        edges.push(Edge { a, b, weight, rule: chunk.rule, pattern });
                    }
                }
            });
            (chunk.rule, pairs, edges, counts)
        },
    );
    let mut comparisons: Vec<ComparisonResult> = model
        .comparisons
        .iter()
        .map(|comparison| ComparisonResult {
            pairs: vec![0; comparison.levels.len()],
            linked: vec![0; comparison.levels.len()],
            missing: 0,
        })
        .collect();
    let mut scored = Scored { edges: Vec::new(), comparisons: Vec::new(), new_pairs: vec![0; model.blocking.len()] };
    for (rule, pairs, mut edges, counts) in parts {
        scored.new_pairs[rule as usize] += pairs;
        for (pattern, count) in counts {
            for (place, result) in comparisons.iter_mut().enumerate() {
                match Pattern(pattern).level(place) {
                    Some(level) => result.pairs[level] += count,
                    None => result.missing += count,
                }
            }
        }
        scored.edges.append(&mut edges);
    }
    scored.edges.sort_unstable_by_key(|edge| (edge.a, edge.b));
    scored.comparisons = comparisons;
    scored
}

fn blocking_results(model: &Model, records: &Records, candidates: &Candidates, scored: &Scored) -> Vec<BlockingResult> {
    let threshold = Weights::bits(model.threshold.unwrap_or(0.5));
    let mut links = 0u64;
    let mut found = vec![0u64; model.blocking.len()];
    for edge in scored.edges.iter().filter(|edge| edge.weight >= threshold) {
        links += 1;
        let mut rules = candidates.rules_of(edge.a, edge.b);
        while rules != 0 {
            found[rules.trailing_zeros() as usize] += 1;
            rules &= rules - 1;
        }
    }
    let result = |(rule, blocks): (usize, &BlockStatistic)| {
        let shown = |record| {
            let parts = model.blocking[rule].parts.iter().map(|part| records.shown(record, part.field));
            parts.collect::<Vec<_>>().join(" ")
        };
        BlockingResult {
            blocks: blocks.clone(),
            largest_value: blocks.largest_record.map(shown).unwrap_or_default(),
            new_pairs: scored.new_pairs[rule],
            found: found[rule] as f64 / links.max(1) as f64,
        }
    };
    candidates.statistics().iter().enumerate().map(result).collect()
}

#[cfg(test)]
mod tests;
