//! Overlap: how many people are in exactly these groups and in no other, by the bins of a field too.
//!
//! Invariants
//! - Each person counts once: sets are exclusive, and together they are everybody in any group.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use super::Coded;

/// The most groups that are compared.
pub const MOST: usize = 16;

/// People in exactly some groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Set {
    /// The groups: bit `n` for the group at place `n`.
    pub within: u32,
    /// Who is in them and in no other.
    pub members: RoaringBitmap,
}

/// The sets that somebody is in, the largest first, equal ones by their groups.
///
/// # Panics
/// With more than [`MOST`] groups.
pub fn overlap(groups: &[&RoaringBitmap]) -> Vec<Set> {
    assert!(groups.len() <= MOST, "at most {MOST} groups are compared");
    let mut sets: BTreeMap<u32, RoaringBitmap> = BTreeMap::new();
    let mut seen = RoaringBitmap::new();
    // Each group splits what there is so far into those in it and those not, and adds those in it alone.
    for (place, group) in groups.iter().enumerate() {
        let mut next = BTreeMap::new();
        for (within, set) in sets {
            let inside = &set & *group;
            let outside = set - *group;
            next.extend(
                [(within | 1 << place, inside), (within, outside)].into_iter().filter(|(_, set)| !set.is_empty()),
            );
        }
        let alone = *group - &seen;
        if !alone.is_empty() {
            next.insert(1 << place, alone);
        }
        seen |= *group;
        sets = next;
    }
    let mut found: Vec<Set> = sets.into_iter().map(|(within, members)| Set { within, members }).collect();
    found.sort_by_key(|set| (std::cmp::Reverse(set.members.len()), set.within));
    found
}

/// How many of each set are in each bin of a field: by set, then by bin. `numbers`: the number of each profile, ascending.
pub fn by_bin(field: Coded<'_>, numbers: &[u32], sets: &[Set]) -> Vec<Vec<u64>> {
    let count = |set: &Set| {
        let mut counts = vec![0; field.bins];
        let mut at = 0;
        for member in &set.members {
            at += numbers[at..].partition_point(|number| *number < member);
            match numbers.get(at) {
                Some(number) if *number == member => counts[usize::from(field.codes[at])] += 1,
                Some(_) => {}
                None => break,
            }
        }
        counts
    };
    sets.iter().map(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn sets_are_those_of_its_naive_twin(
            people in proptest::collection::btree_map(0_u32..300, (0_u32..16, 0_u8..3), 0..80),
        ) {
            let group = |place: u32| people.iter().filter(|(_, (of, _))| of & (1 << place) != 0).map(|(no, _)| *no).collect::<RoaringBitmap>();
            let groups: Vec<RoaringBitmap> = (0..4).map(group).collect();
            let found = overlap(&groups.iter().collect::<Vec<_>>());
            for within in 1..16_u32 {
                let naive: RoaringBitmap = people.iter().filter(|(_, (of, _))| *of == within).map(|(no, _)| *no).collect();
                let own = found.iter().find(|set| set.within == within).map(|set| set.members.clone()).unwrap_or_default();
                proptest::prop_assert_eq!(own, naive);
            }
            proptest::prop_assert!(found.iter().all(|set| !set.members.is_empty() && set.within != 0));
            let numbers: Vec<u32> = people.keys().copied().collect();
            let codes: Vec<u8> = people.values().map(|(_, code)| *code).collect();
            let bins = by_bin(Coded { codes: &codes, bins: 3, ordered: false }, &numbers, &found);
            for (set, bins) in found.iter().zip(bins) {
                for (code, count) in bins.iter().enumerate() {
                    let naive = people.values().filter(|(of, own)| *of == set.within && usize::from(*own) == code).count() as u64;
                    proptest::prop_assert_eq!(*count, naive);
                }
            }
        }
    }
}
