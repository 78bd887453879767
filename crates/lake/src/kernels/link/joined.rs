//! Joined: for each group of a cluster, what joins it to the rest.
//!
//! Reads    clusters, scored pairs, pairs that are certain
//! Writes   a tree a cluster: every group but the one with the lowest record names one pair that leads towards that
//! Flow     pairs within a cluster, the surest first ─ a forest (Kruskal 1956) ─ turned towards the lowest record
//!
//! Invariants
//! - A cluster of n groups has n - 1 joins. What is certain goes before what a model found.
//! - The order of pairs changes nothing.

use std::cmp::Ordering;

use onefold_kernels::frame::TextColumn;
use onefold_kernels::linkage::score::Weights;
use onefold_kernels::linkage::{Outcome, TableRecords};

/// The word of what a model found.
pub(super) const MODEL: &str = "model";

/// What joined a group.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Joined {
    /// A rule's name, `model` or `always`.
    pub(super) rule: String,
    /// How sure, 0 to 1; `None` where no single pair joins them.
    pub(super) score: Option<f64>,
    /// The record of the cluster that it leads to.
    pub(super) to: u32,
}

/// A pair that is certainly one person.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stated {
    pub(super) a: u32,
    pub(super) b: u32,
    pub(super) rule: String,
    pub(super) score: f64,
}

/// Pairs of known records as pairs of numbers; those of records that are gone are left out.
pub(super) fn placed(records: &Outcome, stated: Vec<((u32, String), (u32, String), String, f64)>) -> Vec<Stated> {
    let mut all: Vec<Stated> = stated
        .into_iter()
        .filter_map(|(one, two, rule, score)| {
            let (one, two) = (records.find(one.0, &one.1)?, records.find(two.0, &two.1)?);
            (one != two).then(|| Stated { a: one.min(two), b: one.max(two), rule, score })
        })
        .collect();
    all.sort_by(|x, y| (x.a, x.b).cmp(&(y.a, y.b)).then(y.score.total_cmp(&x.score)).then_with(|| x.rule.cmp(&y.rule)));
    all.dedup_by_key(|stated| (stated.a, stated.b));
    all
}

/// By record, the record that stands for its group; a record whose winner is elsewhere now stands for itself.
pub(super) fn winners(linked: &Outcome, tables: &[TableRecords], winners: &[TextColumn]) -> Vec<u32> {
    let of = &linked.clusters.of;
    let mut all: Vec<u32> = (0..linked.len() as u32).collect();
    for (table, (records, winners)) in tables.iter().zip(winners).enumerate() {
        for row in 0..records.key.len() {
            let (key, winner) = (records.key.text(row), winners.text(row));
            if key == winner {
                continue;
            }
            let find = |key: &str| linked.find(table as u32, key);
            if let (Some(own), Some(winner)) = (find(key), find(winner))
                && of[own as usize] == of[winner as usize]
            {
                all[own as usize] = winner;
            }
        }
    }
    all
}

/// A pair that may join two groups.
struct Candidate<'a> {
    a: u32,
    b: u32,
    weight: f32,
    stated: Option<&'a Stated>,
}

impl Candidate<'_> {
    /// The surest first.
    fn cmp(&self, other: &Self) -> Ordering {
        let sure = |it: &Self| it.stated.map_or(-1.0, |stated| stated.score);
        let by_weight = other.weight.total_cmp(&self.weight);
        sure(other).total_cmp(&sure(self)).then(by_weight).then((self.a, self.b).cmp(&(other.a, other.b)))
    }
}

/// By record: what joins its group, on the record that stands for it.
pub(super) fn join(linked: &Outcome, winner: &[u32], stated: &[Stated]) -> Vec<Option<Joined>> {
    let of = &linked.clusters.of;
    let scored = linked.edges.iter().map(|edge| Candidate { a: edge.a, b: edge.b, weight: edge.weight, stated: None });
    let certain = stated.iter().map(|stated| Candidate { a: stated.a, b: stated.b, weight: 0.0, stated: Some(stated) });
    let within = |pair: &Candidate<'_>| {
        of[pair.a as usize] == of[pair.b as usize] && winner[pair.a as usize] != winner[pair.b as usize]
    };
    let pairs: Vec<Candidate<'_>> = scored.chain(certain).filter(within).collect();
    tree(of, winner, pairs)
}

fn tree(of: &[u32], winner: &[u32], mut pairs: Vec<Candidate<'_>>) -> Vec<Option<Joined>> {
    pairs.sort_unstable_by(Candidate::cmp);
    // A forest over the records that stand for groups.
    let mut parent: Vec<u32> = (0..of.len() as u32).collect();
    let mut ends: Vec<(u32, u32)> = Vec::new();
    for (number, pair) in pairs.iter().enumerate() {
        let (a, b) = (root(&mut parent, winner[pair.a as usize]), root(&mut parent, winner[pair.b as usize]));
        if a != b {
            parent[a.max(b) as usize] = a.min(b);
            ends.push((winner[pair.a as usize], number as u32));
            ends.push((winner[pair.b as usize], number as u32));
        }
    }
    ends.sort_unstable();
    let of_group = |group: u32| {
        let start = ends.partition_point(|(at, _)| *at < group);
        ends[start..].iter().take_while(move |(at, _)| *at == group).map(|(_, number)| *number)
    };
    let mut joined: Vec<Option<Joined>> = vec![None; of.len()];
    let mut reached = vec![false; of.len()];
    let mut open = Vec::new();
    for record in 0..of.len() as u32 {
        let group = winner[record as usize];
        if of[record as usize] == record {
            reached[group as usize] = true;
            open.push(group);
        }
    }
    while let Some(group) = open.pop() {
        for number in of_group(group) {
            let pair = &pairs[number as usize];
            let here = winner[pair.a as usize] == group;
            let (to, other) = if here { (pair.a, pair.b) } else { (pair.b, pair.a) };
            let other = winner[other as usize];
            if std::mem::replace(&mut reached[other as usize], true) {
                continue;
            }
            joined[other as usize] = Some(match pair.stated {
                Some(stated) => Joined { rule: stated.rule.clone(), score: Some(stated.score), to },
                None => Joined { rule: MODEL.to_owned(), score: Some(Weights::probability(pair.weight)), to },
            });
            open.push(other);
        }
    }
    // What only the sum of weak evidence joins belongs to the cluster all the same.
    for record in 0..of.len() {
        if winner[record] == record as u32 && !reached[record] {
            joined[record] = Some(Joined { rule: MODEL.to_owned(), score: None, to: of[record] });
        }
    }
    joined
}

fn root(parent: &mut [u32], mut at: u32) -> u32 {
    while parent[at as usize] != at {
        let above = parent[parent[at as usize] as usize];
        parent[at as usize] = above;
        at = above;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(a: u32, b: u32, weight: f32) -> Candidate<'static> {
        Candidate { a, b, weight, stated: None }
    }

    #[test]
    fn each_group_but_the_first_is_joined_once_by_its_surest_pair() {
        // Records 0 and 1 are one group that 1 stands for; 2, 3 and 4 are their own; 5 is alone.
        let (of, winner) = ([0, 0, 0, 0, 0, 5], [1, 1, 2, 3, 4, 5]);
        let sure = Stated { a: 2, b: 3, rule: "Mail".into(), score: 0.9 };
        let pairs = || {
            vec![
                pair(0, 2, 3.0),
                pair(0, 3, 9.0),
                Candidate { a: 2, b: 3, weight: 0.0, stated: Some(&sure) },
                pair(1, 2, 2.0),
            ]
        };
        let joined = tree(&of, &winner, pairs());
        let shown = |at: usize| joined[at].as_ref().map(|joined| (joined.rule.as_str(), joined.to));
        assert_eq!(shown(1), None, "the group of the lowest record");
        assert_eq!(shown(0), None, "not the one that stands for it");
        assert_eq!(shown(3), Some(("model", 0)));
        assert_eq!(shown(2), Some(("Mail", 3)), "what is certain goes first, though 0 and 2 were scored too");
        assert_eq!(joined[4], Some(Joined { rule: "model".into(), score: None, to: 0 }), "no pair of its own");
        assert_eq!(shown(5), None);
        let mut turned = pairs();
        turned.reverse();
        assert_eq!(tree(&of, &winner, turned), joined);
    }
}
