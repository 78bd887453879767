//! Resolve: the records of one component are parted into clusters so that the evidence within them is greatest.
//!
//! Reads    the records of a component, its edges, what is certain of them, a way to score a pair
//! Writes   the cluster of each record, the links that do not stand
//! Flow     groups by certain links ─ score the missing pairs ─ signed evidence ─ part ─ say what was cut
//!
//! Invariants
//! - Certain links join, unless that would join records that are apart: then the weakest of them gives way.
//! - Records that are apart never share a cluster, and of a table that holds everybody once at most one does.
//! - A pair of which nothing is known counts nothing: it neither joins nor splits.
//! - Evidence is counted in whole 1/1024 bits, so that sums do not depend on their order.
//!
//! The greatest sum of signed evidence is correlation clustering (Bansal, Blum, Chawla 2004): exact for up to
//! [`EXACT`] groups by going through all subsets, greedy with moves beyond.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::{CutReason, Edge, Linking, Warning, WarningKind};
use super::alike::Alike;
use super::evidence::Evidence;
use super::part;

/// So many groups of records are parted exactly.
pub(super) const EXACT: usize = 9;
/// One pair counts at most so many bits either way.
const MOST: f32 = 16.0;
/// A pair that agrees, but not enough to be a link, speaks against by at most so many bits …
const FAINT: f32 = 4.0;
/// … and by all of them only when it has so many bits of evidence in it.
const FULL: f32 = 10.0;
/// Evidence of fewer bits than this, either way, is none.
const NONE: f32 = 2.0;
/// A link is weak when fewer bits than this lie between it and the threshold.
const WEAK: f32 = 6.0;
/// A record of an oversized component is compared with the neighbours of so many of its neighbours.
const NEAR: usize = 24;
/// What a pair that may not be counts.
pub(super) const NEVER: i64 = i64::MIN / 4;

/// What of a model decides about clusters.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// Bits from which a pair is a link.
    pub(crate) threshold: f32,
    /// Bits of a pair of which nothing is known.
    pub(crate) prior: f32,
    /// Which links may stand.
    pub(crate) linking: Linking,
    /// By table: whether it holds everybody once.
    pub(crate) unique: Vec<bool>,
    /// A component of more records than this has not all its pairs looked at.
    pub(crate) largest: usize,
}

impl Terms {
    pub(crate) fn is_unique(&self, table: u32) -> bool {
        self.unique.get(table as usize).copied().unwrap_or(false)
    }
    /// Bits below which a pair speaks against its being one person.
    pub(super) fn against(&self) -> f32 {
        self.threshold.min(0.0)
    }
    /// What a pair of this weight counts for its being in one cluster, in 1/1024 bits.
    ///
    /// A link counts what it has above the threshold. What is likelier two people than one speaks against as far as its own
    /// evidence goes: the prior, which is against every pair of strangers, has been paid by the links of the component.
    /// What lies between, where the threshold is above a half, is no link and no reason to part anybody.
    pub(super) fn signed(&self, weight: f32) -> i64 {
        let (over, evidence) = (weight - self.threshold, weight - self.prior);
        let bits = if over >= 0.0 {
            over.clamp(1.0 / 1024.0, MOST)
        } else if weight >= self.against() {
            0.0
        } else if evidence >= NONE {
            -(weight - self.against()).abs().min(FAINT) * (evidence / FULL).min(1.0)
        } else if evidence > -NONE {
            0.0
        } else {
            evidence.max(-MOST)
        };
        (bits * 1024.0).round() as i64
    }
}

/// The records of a component and what is known of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Component<'a> {
    /// Its records, in order.
    pub(crate) members: Vec<u32>,
    /// The table of each.
    pub(crate) tables: Vec<u32>,
    /// Scored pairs of them, links or not.
    pub(crate) edges: Vec<&'a Edge>,
    /// Pairs that are one person.
    pub(crate) same: Vec<(u32, u32)>,
    /// Pairs that are not.
    pub(crate) apart: Vec<(u32, u32)>,
}

/// A component, parted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resolved {
    /// By member: the lowest record of its cluster.
    pub(crate) of: Vec<u32>,
    /// Links that do not stand.
    pub(crate) cut: Vec<(Edge, CutReason)>,
    /// What people should look at.
    pub(crate) warnings: Vec<Warning>,
    /// Pairs that were scored here.
    pub(crate) scored: usize,
}

/// Groups of members that are certainly together, and what may not be between them.
pub(super) struct Groups {
    /// By member: its group.
    pub(super) of: Vec<u32>,
    /// Number of groups.
    pub(super) count: usize,
    /// Pairs of groups that are apart.
    pub(super) apart: FxHashSet<(u32, u32)>,
    /// By group: its members of tables that hold everybody once, as table and person of the table.
    pub(super) seats: Vec<Vec<(u32, u32)>>,
}

/// Parts a component. `score` gives the weight of any two of its records.
pub(crate) fn resolve(part: &Component<'_>, terms: &Terms, score: &dyn Evidence) -> Resolved {
    let members = &part.members;
    if members.len() < 2 {
        return Resolved { of: members.clone(), ..Resolved::default() };
    }
    let plain = part.apart.is_empty() && !part.tables.iter().any(|&table| terms.is_unique(table));
    if plain && members.len() == 2 {
        return Resolved { of: vec![members[0]; 2], ..Resolved::default() };
    }
    let mut done = Resolved::default();
    let mut known = KnownPairs::new(part);
    let groups = groups(part, terms, &mut known, score, &mut done);
    let plain = groups.apart.is_empty() && groups.seats.iter().all(Vec::is_empty);
    let mut alone = vec![false; groups.count];
    let clusters = if groups.count == 1 {
        vec![0]
    } else if terms.linking == Linking::Best {
        best(part, terms, &known, &groups)
    } else {
        known.close(part, terms, score, &mut done);
        let mut between: FxHashMap<(u32, u32), i64> = FxHashMap::default();
        for (&(a, b), &weight) in &known.weight {
            let (a, b) = (groups.of[a as usize], groups.of[b as usize]);
            if a != b {
                *between.entry((a.min(b), a.max(b))).or_default() += terms.signed(weight);
            }
        }
        if plain && between.values().all(|&sum| sum >= 0) {
            part::joined(groups.count, &between)
        } else {
            let mut clusters = part::part(&groups, &between);
            alone = Alike { part, terms, groups: &groups, known: &known.weight, evidence: score }.part(&mut clusters);
            clusters
        }
    };
    let mut lowest = vec![u32::MAX; groups.count];
    let cluster_of = |member: usize| clusters[groups.of[member] as usize] as usize;
    for (place, &record) in members.iter().enumerate() {
        let low = &mut lowest[cluster_of(place)];
        *low = (*low).min(record);
    }
    done.of = (0..members.len()).map(|place| lowest[cluster_of(place)]).collect();
    if done.of.iter().any(|&low| low != members[0]) {
        cuts(part, terms, &groups, &clusters, &alone, &mut done);
    }
    bridges(part, terms, &known, &mut done);
    done
}

/// The weights that are known, by places of members, the lower first.
pub(super) struct KnownPairs {
    pub(super) weight: FxHashMap<(u32, u32), f32>,
}

impl KnownPairs {
    fn new(part: &Component<'_>) -> Self {
        let mut weight = FxHashMap::with_capacity_and_hasher(part.edges.len() * 2, rustc_hash::FxBuildHasher);
        for edge in &part.edges {
            let pair = ordered(place(part, edge.a), place(part, edge.b));
            let known = weight.entry(pair).or_insert(edge.weight);
            *known = known.max(edge.weight);
        }
        Self { weight }
    }
    fn of(&mut self, part: &Component<'_>, pair: (u32, u32), score: &dyn Evidence, scored: &mut usize) -> f32 {
        *self.weight.entry(pair).or_insert_with(|| {
            *scored += 1;
            score.pair(part.members[pair.0 as usize], part.members[pair.1 as usize])
        })
    }
    /// Scores the pairs that nobody has scored: all, or those near links when there are too many records.
    fn close(&mut self, part: &Component<'_>, terms: &Terms, score: &dyn Evidence, done: &mut Resolved) {
        let size = part.members.len() as u32;
        if size as usize <= terms.largest {
            for a in 0..size {
                for b in a + 1..size {
                    self.of(part, (a, b), score, &mut done.scored);
                }
            }
            return;
        }
        let mut beside: Vec<Vec<(i64, u32)>> = vec![Vec::new(); size as usize];
        for (&(a, b), &weight) in &self.weight {
            if weight >= terms.threshold {
                let weight = -terms.signed(weight);
                beside[a as usize].push((weight, b));
                beside[b as usize].push((weight, a));
            }
        }
        for beside in &mut beside {
            beside.sort_unstable();
            beside.truncate(NEAR);
        }
        for near in &beside {
            for (place, &(_, a)) in near.iter().enumerate() {
                for &(_, b) in &near[..place] {
                    self.of(part, ordered(a, b), score, &mut done.scored);
                }
            }
        }
        done.warnings.push(Warning {
            kind: WarningKind::Oversized,
            records: vec![part.members[0]],
            detail: format!(
                "{size} records hang together by links; only pairs near links were looked at: \
                 raise the threshold, or find the value that they share by chance"
            ),
        });
    }
}

/// Joins what certain links join, as far as nothing forbids it.
fn groups(
    part: &Component<'_>,
    terms: &Terms,
    known: &mut KnownPairs,
    score: &dyn Evidence,
    done: &mut Resolved,
) -> Groups {
    let size = part.members.len();
    let pairs = |pairs: &[(u32, u32)]| -> Vec<(u32, u32)> {
        let mut pairs: Vec<_> = pairs.iter().map(|&(a, b)| ordered(place(part, a), place(part, b))).collect();
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    };
    let (same, apart) = (pairs(&part.same), pairs(&part.apart));
    // Whom a record of a table with everybody once is: records of the table that are certainly one are one.
    let mut person: Vec<u32> = (0..size as u32).collect();
    for &(a, b) in &same {
        if part.tables[a as usize] == part.tables[b as usize] && apart.binary_search(&(a, b)).is_err() {
            unite(&mut person, a, b);
        }
    }
    let seat = |member: u32, person: &mut Vec<u32>| {
        let table = part.tables[member as usize];
        terms.is_unique(table).then(|| (table, root(person, member)))
    };
    let mut group: Vec<u32> = (0..size as u32).collect();
    let mut held: Vec<Vec<u32>> = (0..size as u32).map(|member| vec![member]).collect();
    let mut same = same;
    let may_conflict = !apart.is_empty() || part.tables.iter().any(|&table| terms.is_unique(table));
    if may_conflict {
        // The strongest first, so that the weakest gives way; links within a table before those between.
        let mut by_weight: Vec<(bool, i64, (u32, u32))> = same
            .iter()
            .map(|&(a, b)| {
                let weight = known.of(part, (a, b), score, &mut done.scored);
                let within = part.tables[a as usize] == part.tables[b as usize];
                (!within, -((weight * 1024.0) as i64), (a, b))
            })
            .collect();
        by_weight.sort_unstable();
        same = by_weight.into_iter().map(|(_, _, pair)| pair).collect();
    }
    for (a, b) in same {
        let (one, other) = (root(&mut group, a), root(&mut group, b));
        if one == other {
            continue;
        }
        if may_conflict {
            let clash = held[one as usize].iter().find_map(|&x| {
                held[other as usize].iter().find_map(|&y| {
                    let apart = apart.binary_search(&ordered(x, y)).is_ok();
                    let seats = (seat(x, &mut person), seat(y, &mut person));
                    let unique = matches!(seats, (Some(x), Some(y)) if x.0 == y.0 && x.1 != y.1);
                    (apart || unique).then_some((x, y, apart))
                })
            });
            if let Some((x, y, apart)) = clash {
                let why =
                    if apart { "are certainly not one person" } else { "are of a table that holds everybody once" };
                done.warnings.push(Warning {
                    kind: WarningKind::Conflict,
                    records: vec![part.members[a as usize], part.members[b as usize]],
                    detail: format!(
                        "these two are certainly one person, but then so were two records that {why} \
                         (records {} and {}); the link was left out: take back one of the two statements",
                        part.members[x as usize], part.members[y as usize]
                    ),
                });
                continue;
            }
        }
        let low = unite(&mut group, one, other);
        let moved = std::mem::take(&mut held[one.max(other) as usize]);
        held[low as usize].extend(moved);
    }
    let mut number = vec![u32::MAX; size];
    let mut count = 0;
    let of: Vec<u32> = (0..size as u32)
        .map(|member| {
            let root = root(&mut group, member) as usize;
            if number[root] == u32::MAX {
                (number[root], count) = (count, count + 1);
            }
            number[root]
        })
        .collect();
    let mut seats = vec![Vec::new(); count as usize];
    for member in 0..size as u32 {
        seats[of[member as usize] as usize].extend(seat(member, &mut person));
    }
    for seats in &mut seats {
        seats.sort_unstable();
        seats.dedup();
    }
    let apart = apart.iter().map(|&(a, b)| ordered(of[a as usize], of[b as usize])).filter(|(a, b)| a != b).collect();
    Groups { of, count: count as usize, apart, seats }
}

/// For each record the best link alone into a table that holds everybody once; the best links first.
fn best(part: &Component<'_>, terms: &Terms, known: &KnownPairs, groups: &Groups) -> Vec<u32> {
    let mut links: Vec<(i64, (u32, u32))> = (known.weight.iter())
        .filter(|(_, weight)| **weight >= terms.threshold)
        .map(|(&pair, &weight)| (-((weight * 1024.0) as i64), pair))
        .collect();
    links.sort_unstable();
    // By record and table that it leads to.
    let mut taken: FxHashMap<(u32, u32), u32> = FxHashMap::default();
    let mut clusters: Vec<u32> = (0..groups.count as u32).collect();
    let mut seats = groups.seats.clone();
    let mut members: Vec<Vec<u32>> = (0..groups.count as u32).map(|group| vec![group]).collect();
    for (_, (a, b)) in links {
        let tables = (part.tables[a as usize], part.tables[b as usize]);
        let first = |from: u32, to: u32, table: u32, taken: &mut FxHashMap<(u32, u32), u32>| {
            !terms.is_unique(table) || *taken.entry((from, table)).or_insert(to) == to
        };
        let stands = [first(a, b, tables.1, &mut taken), first(b, a, tables.0, &mut taken)];
        let (one, other) = (root(&mut clusters, groups.of[a as usize]), root(&mut clusters, groups.of[b as usize]));
        if stands != [true, true] || one == other || part::clash(&seats[one as usize], &seats[other as usize]) {
            continue;
        }
        let apart = |x: &u32| members[other as usize].iter().any(|y| groups.apart.contains(&ordered(*x, *y)));
        if members[one as usize].iter().any(apart) {
            continue;
        }
        let low = unite(&mut clusters, one, other);
        let high = one.max(other) as usize;
        let (moved, sat) = (std::mem::take(&mut members[high]), std::mem::take(&mut seats[high]));
        members[low as usize].extend(moved);
        part::seat(&mut seats[low as usize], &sat);
    }
    (0..groups.count as u32).map(|group| root(&mut clusters, group)).collect()
}

/// Links whose ends are in two clusters, and why.
fn cuts(part: &Component<'_>, terms: &Terms, groups: &Groups, clusters: &[u32], alone: &[bool], done: &mut Resolved) {
    let mut seats: FxHashMap<u32, Vec<(u32, u32)>> = FxHashMap::default();
    for (group, &cluster) in clusters.iter().enumerate() {
        part::seat(seats.entry(cluster).or_default(), &groups.seats[group]);
    }
    let apart: FxHashSet<(u32, u32)> =
        groups.apart.iter().map(|&(a, b)| ordered(clusters[a as usize], clusters[b as usize])).collect();
    for edge in &part.edges {
        let [a, b] = [edge.a, edge.b].map(|record| groups.of[place(part, record) as usize]);
        let ends = ordered(clusters[a as usize], clusters[b as usize]);
        if edge.weight < terms.threshold || ends.0 == ends.1 {
            continue;
        }
        let reason = if groups.apart.contains(&ordered(a, b)) {
            CutReason::Apart
        } else if part::clash(&groups.seats[a as usize], &groups.seats[b as usize]) {
            CutReason::Unique
        } else if terms.linking == Linking::Best {
            CutReason::NotBest
        } else if apart.contains(&ends) {
            CutReason::Apart
        } else if part::clash(&seats[&ends.0], &seats[&ends.1]) {
            CutReason::Unique
        } else if alone[a as usize] || alone[b as usize] {
            CutReason::Alike
        } else {
            CutReason::Evidence
        };
        done.cut.push((**edge, reason));
    }
    done.cut.sort_unstable_by_key(|(edge, _)| (edge.a, edge.b));
}

/// Warns of clusters of which two parts of several records each are held together by one weak link.
fn bridges(part: &Component<'_>, terms: &Terms, known: &KnownPairs, done: &mut Resolved) {
    let size = part.members.len();
    if !(4..=terms.largest).contains(&size) {
        return;
    }
    let mut beside: Vec<Vec<u32>> = vec![Vec::new(); size];
    let mut link = |a: u32, b: u32| {
        if done.of[a as usize] == done.of[b as usize] {
            beside[a as usize].push(b);
            beside[b as usize].push(a);
        }
    };
    let mut weak = Vec::new();
    for (&pair, &weight) in &known.weight {
        if weight >= terms.threshold {
            link(pair.0, pair.1);
            if weight < terms.threshold + WEAK && done.of[pair.0 as usize] == done.of[pair.1 as usize] {
                weak.push((pair, weight));
            }
        }
    }
    let same: FxHashSet<(u32, u32)> = part.same.iter().map(|&(a, b)| ordered(place(part, a), place(part, b))).collect();
    same.iter().for_each(|&(a, b)| link(a, b));
    weak.retain(|(pair, _)| !same.contains(pair));
    weak.sort_unstable_by_key(|(pair, _)| *pair);
    // A weak link is a bridge when its one end is not reached from the other without it. A tight cluster has many
    // links and few weak ones, so that each is tried.
    for ((a, b), weight) in weak {
        if beside[a as usize].iter().any(|c| beside[b as usize].contains(c)) {
            continue;
        }
        let mut seen = vec![false; size];
        let mut next = vec![a];
        seen[a as usize] = true;
        while let Some(member) = next.pop() {
            for &other in &beside[member as usize] {
                if (member, other) != (a, b) && !std::mem::replace(&mut seen[other as usize], true) {
                    next.push(other);
                }
            }
        }
        let cluster = done.of.iter().filter(|&&of| of == done.of[a as usize]).count();
        let here = seen.iter().filter(|&&seen| seen).count();
        if !seen[b as usize] && here >= 2 && cluster - here >= 2 {
            done.warnings.push(Warning {
                kind: WarningKind::Bridge,
                records: vec![part.members[a as usize], part.members[b as usize]],
                detail: format!(
                    "one weak link ({weight:.1} bits) alone joins {here} and {} records: look at the two",
                    cluster - here
                ),
            });
        }
    }
}

/// The place of a record among the members.
fn place(part: &Component<'_>, record: u32) -> u32 {
    part.members.binary_search(&record).expect("an edge of a component joins two of its records") as u32
}

/// The lower first.
pub(super) fn ordered(a: u32, b: u32) -> (u32, u32) {
    (a.min(b), a.max(b))
}

/// The representative of a member.
pub(super) fn root(parent: &mut [u32], mut member: u32) -> u32 {
    while parent[member as usize] != member {
        let above = parent[parent[member as usize] as usize];
        parent[member as usize] = above;
        member = above;
    }
    member
}

/// Joins two; the lower represents both.
pub(super) fn unite(parent: &mut [u32], a: u32, b: u32) -> u32 {
    let (low, high) = ordered(root(parent, a), root(parent, b));
    parent[high as usize] = low;
    low
}
