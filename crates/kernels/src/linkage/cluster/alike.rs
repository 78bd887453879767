//! Alike: records that fit two people alike do not make one person of them.
//!
//! Reads    a component in clusters, the evidence of its records
//! Writes   the clusters without such bridges; the groups that stay alone
//! Flow     clusters with evidence against in them fall into parts ─ what fits two opposed clusters alike is taken out
//!
//! A record without a given name is as like the one twin as the other, one without a birth date as like the father as the
//! son. By the sum of its evidence it would make one person of the two: it counts for both, though it says nothing of
//! whether they are one. So parts of a cluster are weighed as a whole each (`evidence`), the likest first (as merged
//! records are matched in Benjelloun et al. 2009, Swoosh); and a record that fits the one no better than the other is with
//! neither, for somebody to look at.
//!
//! Invariants
//! - Groups that are certainly together stay together, and nothing is joined here.

use rustc_hash::FxHashMap;

use super::evidence::Evidence;
use super::resolve::{Component, Groups, Terms, ordered};

/// A record that fits one cluster better than another by fewer bits than this fits both alike. No more: what is likelier by
/// little is still likelier, and leaving it out would be wrong more often than right.
const HARDLY: f32 = 0.1;
/// Clusters of more groups than this are left as they are.
const MOST: usize = 64;

/// Groups in clusters, and what is known of their pairs.
pub(super) struct Alike<'a> {
    pub(super) part: &'a Component<'a>,
    pub(super) terms: &'a Terms,
    pub(super) groups: &'a Groups,
    /// Weights by places of members.
    pub(super) known: &'a FxHashMap<(u32, u32), f32>,
    pub(super) evidence: &'a dyn Evidence,
}

impl Alike<'_> {
    /// Takes bridges out of clusters; by group whether it stays alone for being like two people.
    pub(super) fn part(&self, clusters: &mut [u32]) -> Vec<bool> {
        let mut alone = vec![false; self.groups.count];
        let (records, members) = (self.records(), self.members());
        let mut sets = by_cluster(clusters);
        sets = sets.into_iter().flat_map(|set| self.fall_apart(set, 3, &records, &members)).collect();
        let mut out = Vec::new();
        if sets.len() > 1 {
            let linked = self.linked(&sets);
            for (place, set) in sets.iter().enumerate() {
                if set.len() > 1 && set.len() <= MOST {
                    let torn = |&&group: &&u32| self.is_torn(group, place, &sets, &linked, &records);
                    out.extend(set.iter().filter(torn).copied());
                }
            }
        }
        if !out.is_empty() {
            out.iter().for_each(|&group| alone[group as usize] = true);
            let mut left = Vec::new();
            for set in sets {
                let before = set.len();
                let rest: Vec<u32> = set.into_iter().filter(|&group| !alone[group as usize]).collect();
                // What only those who left held together falls apart with them.
                if rest.len() < before {
                    left.extend(self.fall_apart(rest, 2, &records, &members))
                } else {
                    left.push(rest)
                }
            }
            sets = left;
            sets.extend(out.into_iter().map(|group| vec![group]));
        }
        for set in &sets {
            let lowest = set.iter().copied().min().unwrap_or_default();
            set.iter().for_each(|&group| clusters[group as usize] = lowest);
        }
        alone
    }

    /// By group its records.
    fn records(&self) -> Vec<Vec<u32>> {
        let mut records = vec![Vec::new(); self.groups.count];
        for (&group, &record) in self.groups.of.iter().zip(&self.part.members) {
            records[group as usize].push(record);
        }
        records
    }

    /// By group the places of its records among the members.
    fn members(&self) -> Vec<Vec<u32>> {
        let mut members = vec![Vec::new(); self.groups.count];
        for (&group, place) in self.groups.of.iter().zip(0..) {
            members[group as usize].push(place);
        }
        members
    }

    /// By group the sets that a link leads to, by their places.
    fn linked(&self, sets: &[Vec<u32>]) -> Vec<Vec<u32>> {
        let mut set_of = vec![0u32; self.groups.count];
        for (place, set) in (0..).zip(sets) {
            set.iter().for_each(|&group| set_of[group as usize] = place);
        }
        let mut linked = vec![Vec::new(); self.groups.count];
        for (&(a, b), &weight) in self.known {
            let (a, b) = (self.groups.of[a as usize], self.groups.of[b as usize]);
            if a != b && weight >= self.terms.threshold {
                linked[a as usize].push(set_of[b as usize]);
                linked[b as usize].push(set_of[a as usize]);
            }
        }
        for linked in &mut linked {
            linked.sort_unstable();
            linked.dedup();
        }
        linked
    }

    /// The parts of a cluster of so many groups or more that are each one person, when it has evidence against in it.
    fn fall_apart(&self, set: Vec<u32>, least: usize, records: &[Vec<u32>], members: &[Vec<u32>]) -> Vec<Vec<u32>> {
        if set.is_empty() {
            return Vec::new();
        }
        if set.len() < least || set.len() > MOST || !self.is_doubtful(&set, members) {
            return vec![set];
        }
        let mut parts: Vec<(Vec<u32>, Vec<u32>)> =
            set.iter().map(|&group| (vec![group], records[group as usize].clone())).collect();
        let mut weights: FxHashMap<(usize, usize), f32> = FxHashMap::default();
        for b in 0..parts.len() {
            for a in 0..b {
                weights.insert((a, b), self.evidence.sets(&parts[a].1, &parts[b].1));
            }
        }
        let mut there: Vec<usize> = (0..parts.len()).collect();
        loop {
            let mut best: Option<(f32, (usize, usize))> = None;
            for (place, &b) in there.iter().enumerate() {
                for &a in &there[..place] {
                    let weight = weights[&(a, b)];
                    if weight >= self.terms.threshold && best.is_none_or(|best| weight > best.0) {
                        best = Some((weight, (a, b)));
                    }
                }
            }
            let Some((_, (a, b))) = best else { break };
            let (groups, moved) = std::mem::take(&mut parts[b]);
            parts[a].0.extend(groups);
            parts[a].1.extend(moved);
            there.retain(|&part| part != b);
            for &other in there.iter().filter(|&&other| other != a) {
                weights.insert((a.min(other), a.max(other)), self.evidence.sets(&parts[a].1, &parts[other].1));
            }
        }
        there.into_iter().map(|part| std::mem::take(&mut parts[part].0)).collect()
    }

    /// Whether two groups of a cluster are likelier two people than one.
    fn is_doubtful(&self, set: &[u32], members: &[Vec<u32>]) -> bool {
        let members: Vec<u32> = set.iter().flat_map(|&group| members[group as usize].iter().copied()).collect();
        members.iter().enumerate().any(|(place, &b)| {
            members[..place].iter().any(|&a| {
                self.groups.of[a as usize] != self.groups.of[b as usize]
                    && self.known.get(&ordered(a, b)).is_some_and(|&weight| weight < self.terms.against())
            })
        })
    }

    /// Whether a group fits another cluster as well as its own, and the two are of two people who have much in common: kin.
    /// Two who have not are told apart by what the record says besides, be it little.
    fn is_torn(&self, group: u32, own: usize, sets: &[Vec<u32>], linked: &[Vec<u32>], records: &[Vec<u32>]) -> bool {
        let all = |set: &[u32]| -> Vec<u32> {
            let groups = set.iter().filter(|&&other| other != group);
            groups.flat_map(|&other| records[other as usize].iter().copied()).collect()
        };
        let rest = all(&sets[own]);
        let mut fits: Option<f32> = None;
        linked[group as usize].iter().filter(|place| **place as usize != own).any(|&place| {
            let other = all(&sets[place as usize]);
            let fits = *fits.get_or_insert_with(|| self.evidence.sets(&records[group as usize], &rest));
            let there = self.evidence.sets(&records[group as usize], &other);
            there >= self.terms.threshold
                && fits - there < HARDLY
                && (self.terms.prior..self.terms.threshold).contains(&self.evidence.sets(&rest, &other))
        })
    }
}

/// Groups by cluster, in order.
fn by_cluster(clusters: &[u32]) -> Vec<Vec<u32>> {
    let mut sets: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for (group, &cluster) in clusters.iter().enumerate() {
        sets.entry(cluster).or_default().push(group as u32);
    }
    let mut sets: Vec<Vec<u32>> = sets.into_values().collect();
    sets.sort_unstable();
    sets
}
