//! Bonds: records that belong together, and pairs that must not.
//!
//! Invariants
//! - Two records that must stay apart are never together, whatever joined them to others.
//! - What stands in the way of a bond is what was joined before: whoever joins decides the order.

use crate::components::Components;

/// Records joined so far.
pub(crate) struct Bonds {
    components: Components,
    /// Pairs that must stay apart, each from both of its records.
    apart: Vec<(u32, u32)>,
    /// By root: the records of such pairs that are in it; empty for most.
    watched: rustc_hash::FxHashMap<u32, Vec<u32>>,
}

impl Bonds {
    /// So many records, each alone.
    pub(crate) fn new(records: usize, apart: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut apart: Vec<(u32, u32)> = apart.into_iter().flat_map(|(a, b)| [(a, b), (b, a)]).collect();
        apart.sort_unstable();
        apart.dedup();
        let watched = apart.iter().map(|&(a, _)| (a, vec![a])).collect();
        Self { components: Components::new(records), apart, watched }
    }
    /// The lowest record of those that a record is together with.
    pub(crate) fn root(&mut self, record: u32) -> u32 {
        self.components.root(record)
    }
    /// Whether a record of those that this one is together with must stay apart from another.
    pub(crate) fn is_watched(&mut self, record: u32) -> bool {
        let root = self.root(record);
        self.watched.contains_key(&root)
    }
    /// Joins two records and all they are together with, unless some of them must stay apart.
    pub(crate) fn join(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return true;
        }
        if !self.may_join(a, b) {
            return false;
        }
        let root = self.components.join(a, b);
        let mut all = self.watched.remove(&a).unwrap_or_default();
        all.extend(self.watched.remove(&b).unwrap_or_default());
        if !all.is_empty() {
            self.watched.insert(root, all);
        }
        true
    }
    fn may_join(&mut self, a: u32, b: u32) -> bool {
        let (Some(of_a), Some(of_b)) = (self.watched.get(&a), self.watched.get(&b)) else { return true };
        // The fewer of the two, and all that each must stay apart from.
        let (few, other) = if of_a.len() <= of_b.len() { (of_a, b) } else { (of_b, a) };
        let few = few.clone();
        few.into_iter().all(|record| {
            let from = self.apart.partition_point(|&(one, _)| one < record);
            let to = self.apart.partition_point(|&(one, _)| one <= record);
            (from..to).all(|place| self.components.root(self.apart[place].1) != other)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn what_must_stay_apart_stays_apart_and_nothing_else_is_refused(
            apart in proptest::collection::vec((0u32..10, 0u32..10), 0..8),
            links in proptest::collection::vec((0u32..10, 0u32..10), 0..20),
        ) {
            let apart: Vec<(u32, u32)> = apart.into_iter().filter(|(a, b)| a != b).collect();
            let mut bonds = Bonds::new(10, apart.iter().copied());
            let mut label: Vec<u32> = (0..10).collect();
            for (a, b) in links {
                let (low, high) = (label[a as usize].min(label[b as usize]), label[a as usize].max(label[b as usize]));
                let joined: Vec<u32> = label.iter().map(|&l| if l == high { low } else { l }).collect();
                let allowed = a == b || label[a as usize] == label[b as usize]
                    || apart.iter().all(|&(x, y)| joined[x as usize] != joined[y as usize]);
                proptest::prop_assert_eq!(bonds.join(a, b), allowed);
                if allowed {
                    label = joined;
                }
                for record in 0..10 {
                    proptest::prop_assert_eq!(bonds.root(record), label[record as usize]);
                }
            }
        }
    }
}
