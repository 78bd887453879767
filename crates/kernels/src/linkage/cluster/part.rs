//! Part: groups with signed sums between them become clusters with the greatest sum within.
//!
//! Invariants
//! - Exact up to [`EXACT`] groups. Beyond: joins by the greatest average evidence, then single groups move as long
//!   as that adds to the sum.
//! - Nothing is joined for nothing: of equal sums the one with more clusters is taken.

use std::collections::{BTreeSet, BinaryHeap};

use rustc_hash::FxHashMap;

use super::resolve::{EXACT, Groups, NEVER, ordered, root, unite};

/// Rounds of joining and moving, at most.
const ROUNDS: usize = 6;

/// Sums between groups, by the lower and the higher one.
type Between = FxHashMap<(u32, u32), i64>;

/// Clusters where nothing speaks against anything: what hangs together.
pub(super) fn joined(groups: usize, between: &Between) -> Vec<u32> {
    let mut parent: Vec<u32> = (0..groups as u32).collect();
    for (&(a, b), &sum) in between {
        if sum > 0 {
            unite(&mut parent, a, b);
        }
    }
    (0..groups as u32).map(|group| root(&mut parent, group)).collect()
}

/// Clusters with the greatest sum within.
pub(super) fn part(groups: &Groups, between: &Between) -> Vec<u32> {
    if groups.count <= EXACT { exact(groups, between) } else { Parting::new(groups, between).run() }
}

/// Whether two have different persons of one table that holds everybody once.
pub(super) fn clash(one: &[(u32, u32)], other: &[(u32, u32)]) -> bool {
    one.iter().any(|x| other.iter().any(|y| x.0 == y.0 && x.1 != y.1))
}

/// Adds what the other has.
pub(super) fn seat(one: &mut Vec<(u32, u32)>, other: &[(u32, u32)]) {
    one.extend_from_slice(other);
    one.sort_unstable();
    one.dedup();
}

/// Through all subsets: the best parting of a set is its best subset with the lowest group, and the best of the rest.
fn exact(groups: &Groups, between: &Between) -> Vec<u32> {
    let count = groups.count;
    let pair = |a: usize, b: usize| {
        let pair = ordered(a as u32, b as u32);
        if groups.apart.contains(&pair) || clash(&groups.seats[a], &groups.seats[b]) {
            NEVER
        } else {
            between.get(&pair).copied().unwrap_or(0)
        }
    };
    let weights: Vec<Vec<i64>> =
        (0..count).map(|a| (0..count).map(|b| if a == b { 0 } else { pair(a, b) }).collect()).collect();
    let whole = 1usize << count;
    let mut within = vec![0i64; whole];
    for set in 1..whole {
        let low = set.trailing_zeros() as usize;
        let rest = set & (set - 1);
        let mut sum = within[rest];
        let mut left = rest;
        while left != 0 && sum > NEVER {
            sum = sum.saturating_add(weights[low][left.trailing_zeros() as usize]).max(NEVER);
            left &= left - 1;
        }
        // What holds a pair that may not be may not be, however good the rest of it.
        within[set] = if sum <= NEVER / 2 { NEVER } else { sum };
    }
    let mut best = vec![(0i64, 0usize); whole];
    for set in 1..whole {
        let low = set & set.wrapping_neg();
        let rest = set ^ low;
        let mut found = (i64::MIN, 0);
        let mut others = 0usize;
        loop {
            let cluster = others | low;
            if within[cluster] > NEVER {
                let sum = within[cluster] + best[set ^ cluster].0;
                let fewer = cluster.count_ones() < (found.1 as u32).count_ones();
                if sum > found.0 || (sum == found.0 && fewer) {
                    found = (sum, cluster);
                }
            }
            others = others.wrapping_sub(rest) & rest;
            if others == 0 {
                break;
            }
        }
        best[set] = found;
    }
    let mut clusters = vec![0; count];
    let mut left = whole - 1;
    while left != 0 {
        let cluster = best[left].1;
        let low = cluster.trailing_zeros();
        (0..count).filter(|group| cluster >> group & 1 == 1).for_each(|group| clusters[group] = low);
        left ^= cluster;
    }
    clusters
}

/// Many groups on their way into clusters.
struct Parting<'a> {
    groups: &'a Groups,
    /// By group: other groups with what lies between; `NEVER` when apart.
    beside: Vec<Vec<(u32, i64)>>,
    /// By group: its cluster.
    of: Vec<u32>,
}

/// A join that may be made: the average evidence, then the lowest clusters; and how old the clusters were.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Join {
    average: i64,
    clusters: std::cmp::Reverse<(u32, u32)>,
    ages: (u32, u32),
}

impl<'a> Parting<'a> {
    fn new(groups: &'a Groups, between: &Between) -> Self {
        let mut beside = vec![Vec::new(); groups.count];
        for (&(a, b), &sum) in between {
            if sum != 0 && !groups.apart.contains(&(a, b)) {
                beside[a as usize].push((b, sum));
                beside[b as usize].push((a, sum));
            }
        }
        for &(a, b) in &groups.apart {
            beside[a as usize].push((b, NEVER));
            beside[b as usize].push((a, NEVER));
        }
        beside.iter_mut().for_each(|beside| beside.sort_unstable());
        Self { groups, beside, of: (0..groups.count as u32).collect() }
    }

    fn run(mut self) -> Vec<u32> {
        for _ in 0..ROUNDS {
            self.join();
            if !self.settle() {
                break;
            }
        }
        self.of
    }

    /// Joins clusters, the two with the greatest average evidence first, while that is above nothing.
    fn join(&mut self) {
        let count = self.of.len();
        let mut sums: Vec<FxHashMap<u32, i64>> = vec![FxHashMap::default(); count];
        let mut sizes = vec![0i64; count];
        let mut seats: Vec<Vec<(u32, u32)>> = vec![Vec::new(); count];
        for (group, beside) in self.beside.iter().enumerate() {
            let cluster = self.of[group];
            sizes[cluster as usize] += 1;
            seat(&mut seats[cluster as usize], &self.groups.seats[group]);
            for &(other, sum) in beside {
                let other = self.of[other as usize];
                if other != cluster {
                    add(sums[cluster as usize].entry(other).or_default(), sum);
                }
            }
        }
        let mut ages = vec![0u32; count];
        let mut heap = BinaryHeap::new();
        let offer = |heap: &mut BinaryHeap<Join>, a: u32, b: u32, sum: i64, sizes: &[i64], ages: &[u32]| {
            if sum > 0 {
                let (a, b) = ordered(a, b);
                let average = sum * 1024 / (sizes[a as usize] * sizes[b as usize]);
                let ages = (ages[a as usize], ages[b as usize]);
                heap.push(Join { average, clusters: std::cmp::Reverse((a, b)), ages });
            }
        };
        for (a, sums) in sums.iter().enumerate() {
            let later = sums.iter().filter(|(b, _)| **b > a as u32);
            later.for_each(|(&b, &sum)| offer(&mut heap, a as u32, b, sum, &sizes, &ages));
        }
        let mut parent: Vec<u32> = (0..count as u32).collect();
        while let Some(Join { clusters: std::cmp::Reverse((a, b)), ages: old, .. }) = heap.pop() {
            let (low, high) = (a as usize, b as usize);
            if old != (ages[low], ages[high]) || sizes[low] == 0 || sizes[high] == 0 || clash(&seats[low], &seats[high])
            {
                continue;
            }
            unite(&mut parent, a, b);
            let (moved, sat) = (std::mem::take(&mut sums[high]), std::mem::take(&mut seats[high]));
            seat(&mut seats[low], &sat);
            sizes[low] += std::mem::take(&mut sizes[high]);
            ages[low] += 1;
            ages[high] += 1;
            for (other, sum) in moved {
                sums[other as usize].remove(&b);
                if other != a {
                    add(sums[low].entry(other).or_default(), sum);
                }
            }
            for (&other, &sum) in &sums[low].clone() {
                sums[other as usize].insert(a, sum);
                offer(&mut heap, a, other, sum, &sizes, &ages);
            }
        }
        for group in 0..count {
            self.of[group] = root(&mut parent, self.of[group]);
        }
    }

    /// Moves single groups to where they add most; whether any moved.
    fn settle(&mut self) -> bool {
        let count = self.of.len();
        let mut seats: Vec<Vec<u32>> = vec![Vec::new(); count];
        for group in 0..count as u32 {
            seats[self.of[group as usize] as usize].push(group);
        }
        let mut free: BTreeSet<u32> = (0..count as u32).filter(|&place| seats[place as usize].is_empty()).collect();
        let mut moved = false;
        for _ in 0..ROUNDS {
            let mut round = false;
            for group in 0..count as u32 {
                let here = self.of[group as usize];
                let mut sums: FxHashMap<u32, i64> = FxHashMap::default();
                for &(other, sum) in &self.beside[group as usize] {
                    add(sums.entry(self.of[other as usize]).or_default(), sum);
                }
                let stays = sums.get(&here).copied().unwrap_or(0);
                let mut best = (stays.max(0), here);
                // Alone is better than among records that speak against it.
                if stays < 0 {
                    best.1 = u32::MAX;
                }
                let mut others: Vec<(u32, i64)> = sums.into_iter().filter(|(to, _)| *to != here).collect();
                others.sort_unstable();
                for (to, sum) in others {
                    let own = &self.groups.seats[group as usize];
                    let fits =
                        || !seats[to as usize].iter().any(|&there| clash(own, &self.groups.seats[there as usize]));
                    if sum > best.0 && fits() {
                        best = (sum, to);
                    }
                }
                if best.1 == here {
                    continue;
                }
                seats[here as usize].retain(|&there| there != group);
                if seats[here as usize].is_empty() {
                    free.insert(here);
                }
                let to = if best.1 == u32::MAX {
                    // A free number: that of a cluster without groups; its own when it left that to others.
                    free.first().copied().unwrap_or(here)
                } else {
                    best.1
                };
                free.remove(&to);
                seats[to as usize].push(group);
                self.of[group as usize] = to;
                round = true;
            }
            moved |= round;
            if !round {
                break;
            }
        }
        moved
    }
}

/// Adds to a sum; what may not be stays so.
fn add(sum: &mut i64, more: i64) {
    *sum = if *sum == NEVER || more == NEVER { NEVER } else { *sum + more };
}
