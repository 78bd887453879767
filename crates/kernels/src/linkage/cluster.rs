//! Cluster: from links to the records of one person each.
//!
//! Reads    scored pairs, certain links, certain partings, a way to score any pair
//! Writes   the cluster of each record, links that do not stand, warnings
//! Flow     what hangs together by links is a component (union-find) ─ each component is parted (`resolve`), in parallel
//!
//! Invariants
//! - A component is the unit of work and nothing more: records of one may end in several clusters.
//! - A cluster is known by its lowest record.
//! - The order of edges and the number of threads change nothing.
//!
//! Not here: which pairs are scored (`candidates`), what they weigh (`score`).

mod alike;
mod conflicts;
mod evidence;
mod part;
mod resolve;
#[cfg(test)]
mod tests;

use rayon::prelude::*;

use super::{CutReason, Edge, Model, Warning};

pub use conflicts::conflicting_ids;
pub use evidence::Evidence;
pub(crate) use evidence::Weigher;
pub(crate) use resolve::{Component, Resolved, Terms, resolve};

/// Beyond so many records of a component not all its pairs are looked at.
pub const LARGEST: usize = 400;
/// The probability from which a pair is a link, when a model says nothing.
pub const THRESHOLD: f64 = 0.95;
/// The probability that two records taken at random are one person, when a model says nothing.
pub const PRIOR: f64 = 1e-6;

/// Records in clusters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clusters {
    /// By record: the lowest record of its cluster.
    pub of: Vec<u32>,
    /// Links that the evidence carries and that do not stand, by their ends.
    pub cut: Vec<(Edge, CutReason)>,
    /// What people should look at.
    pub warnings: Vec<Warning>,
    /// Pairs that were scored to fill components.
    pub scored: usize,
}

/// Bits of log-odds of a probability.
pub fn bits(probability: f64) -> f32 {
    (probability / (1.0 - probability)).log2() as f32
}

impl Terms {
    pub(crate) fn of(model: &Model) -> Self {
        Self {
            threshold: bits(model.threshold.unwrap_or(THRESHOLD)),
            prior: bits(model.prior.unwrap_or(PRIOR)),
            linking: model.linking,
            unique: model.unique.clone(),
            largest: LARGEST,
        }
    }
}

/// Puts records into clusters.
///
/// `tables` gives the table of each record; edges below the model's threshold are evidence and no links. `same` are
/// pairs that are certainly one person, `apart` pairs that are certainly not. `evidence` weighs any two records.
///
/// # Panics
/// When an edge or a certain pair names a record that is not there.
pub fn cluster(
    tables: &[u32],
    edges: &[Edge],
    model: &Model,
    same: &[(u32, u32)],
    apart: &[(u32, u32)],
    evidence: &(dyn Evidence + Sync),
) -> Clusters {
    let terms = Terms::of(model);
    let records = tables.len();
    let roots = roots(records, edges, same, &terms);
    let mut sizes = vec![0u32; records];
    roots.iter().for_each(|&root| sizes[root as usize] += 1);
    // Components of several records, numbered by their lowest record.
    let mut number = vec![u32::MAX; records];
    let mut count = 0u32;
    for record in 0..records {
        if sizes[record] > 1 {
            (number[record], count) = (count, count + 1);
        }
    }
    let component = |record: u32| number[roots[record as usize] as usize];
    let members = Grouped::new(count, records, |record| Some(component(record as u32)));
    let within = |(a, b): (u32, u32)| (roots[a as usize] == roots[b as usize]).then(|| component(a));
    let edges_of = Grouped::new(count, edges.len(), |at| within((edges[at].a, edges[at].b)));
    let same_of = Grouped::new(count, same.len(), |at| within(same[at]));
    let apart_of = Grouped::new(count, apart.len(), |at| within(apart[at]));
    // Two records that are only linked stay as they are: most components.
    let any_unique = terms.unique.iter().any(|&unique| unique);
    let special = |at: u32| any_unique || members.of(at).len() > 2 || !apart_of.of(at).is_empty();
    let work: Vec<u32> = (0..count).filter(|&at| special(at)).collect();
    let done: Vec<Resolved> = work
        .par_iter()
        .map(|&at| {
            let members = members.of(at).to_vec();
            let part = Component {
                tables: members.iter().map(|&record| tables[record as usize]).collect(),
                members,
                edges: edges_of.of(at).iter().map(|&at| &edges[at as usize]).collect(),
                same: same_of.of(at).iter().map(|&at| same[at as usize]).collect(),
                apart: apart_of.of(at).iter().map(|&at| apart[at as usize]).collect(),
            };
            resolve(&part, &terms, evidence)
        })
        .collect();
    let mut clusters = Clusters { of: roots, ..Clusters::default() };
    for (at, resolved) in work.into_iter().zip(done) {
        for (&record, low) in members.of(at).iter().zip(resolved.of) {
            clusters.of[record as usize] = low;
        }
        clusters.cut.extend(resolved.cut);
        clusters.warnings.extend(resolved.warnings);
        clusters.scored += resolved.scored;
    }
    clusters
}

/// The lowest record that each record hangs together with.
fn roots(records: usize, edges: &[Edge], same: &[(u32, u32)], terms: &Terms) -> Vec<u32> {
    let mut parent: Vec<u32> = (0..records as u32).collect();
    for edge in edges {
        if edge.weight >= terms.threshold {
            resolve::unite(&mut parent, edge.a, edge.b);
        }
    }
    for &(a, b) in same {
        resolve::unite(&mut parent, a, b);
    }
    // A parent is never above its child, so that one pass from below finds all.
    for record in 0..records {
        parent[record] = parent[parent[record] as usize];
    }
    parent
}

/// Places of items by group: counted, then filed.
struct Grouped {
    starts: Vec<u32>,
    places: Vec<u32>,
}

impl Grouped {
    fn new(groups: u32, items: usize, group: impl Fn(usize) -> Option<u32>) -> Self {
        let group = |item| group(item).filter(|&group| group != u32::MAX);
        let mut starts = vec![0u32; groups as usize + 1];
        for at in (0..items).filter_map(group) {
            starts[at as usize + 1] += 1;
        }
        for at in 0..groups as usize {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut places = vec![0; starts[groups as usize] as usize];
        for item in 0..items {
            if let Some(at) = group(item) {
                places[next[at as usize] as usize] = item as u32;
                next[at as usize] += 1;
            }
        }
        Self { starts, places }
    }
    fn of(&self, group: u32) -> &[u32] {
        &self.places[self.starts[group as usize] as usize..self.starts[group as usize + 1] as usize]
    }
}
