//! Difference: how differently a field is distributed in two groups of people.
//!
//! The score is the Jensen–Shannon distance: the square root of the Jensen–Shannon divergence in bits (Lin, 1991; Endres
//! and Schindelin, 2003), from 0 (alike) to 1 (nothing in common).

use roaring::RoaringBitmap;

use super::Coded;

/// How many of two groups are in each bin of a field, and how far apart that is.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// People of the first group, by bin.
    pub first: Vec<u64>,
    /// People of the second, by bin.
    pub second: Vec<u64>,
    /// The distance, 0 to 1.
    pub score: f64,
    /// The distance that groups of this size would have by chance, though nothing set them apart.
    pub chance: f64,
}

/// Compares two groups of profiles. `numbers`: the number of each profile, ascending; groups are sets of numbers.
pub fn difference(field: Coded<'_>, numbers: &[u32], first: &RoaringBitmap, second: &RoaringBitmap) -> Difference {
    let mut counts = [vec![0_u64; field.bins], vec![0_u64; field.bins]];
    for (own, group) in counts.iter_mut().zip([first, second]) {
        let mut members = group.iter().peekable();
        for (number, code) in numbers.iter().zip(field.codes) {
            while members.peek().is_some_and(|member| member < number) {
                members.next();
            }
            if members.peek() == Some(number) {
                own[usize::from(*code)] += 1;
            }
        }
    }
    let both = first.intersection_len(second) as f64;
    let [first, second] = counts;
    let score = distance(&first, &second);
    let chance = chance(&first, &second, both);
    Difference { first, second, score, chance }
}

/// The Jensen–Shannon distance of two distributions given as counts.
pub fn distance(first: &[u64], second: &[u64]) -> f64 {
    let total = |counts: &[u64]| counts.iter().sum::<u64>() as f64;
    let (of_first, of_second) = (total(first), total(second));
    if of_first == 0.0 || of_second == 0.0 {
        return 0.0;
    }
    let part = |p: f64, middle: f64| if p > 0.0 { p * (p / middle).log2() } else { 0.0 };
    let divergence: f64 = first
        .iter()
        .zip(second)
        .map(|(a, b)| {
            let (p, q) = (*a as f64 / of_first, *b as f64 / of_second);
            let middle = f64::midpoint(p, q);
            f64::midpoint(part(p, middle), part(q, middle))
        })
        .sum();
    divergence.clamp(0.0, 1.0).sqrt()
}

/// The distance to be expected of two groups drawn from one population: the divergence is about an eighth of chi squared
/// over natural logarithms, and chi squared is about the bins less one. Who is in both groups sets them less apart.
fn chance(first: &[u64], second: &[u64], both: f64) -> f64 {
    let (n, m) = (first.iter().sum::<u64>() as f64, second.iter().sum::<u64>() as f64);
    if n == 0.0 || m == 0.0 {
        return 0.0;
    }
    let bins = first.iter().zip(second).filter(|(a, b)| **a + **b > 0).count();
    let spread = (1.0 / n + 1.0 / m - 2.0 * both / (n * m)).max(0.0);
    ((bins.saturating_sub(1)) as f64 * spread / (8.0 * std::f64::consts::LN_2)).min(1.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::mixed;

    #[test]
    fn distances_are_those_of_the_definition() {
        assert!(distance(&[5, 5], &[9, 9]) < 1e-9);
        assert!((distance(&[7, 0], &[0, 3]) - 1.0).abs() < 1e-12);
        assert_eq!(distance(&[0, 0], &[1, 0]), 0.0);
        // By hand: P = (1/2, 1/2), Q = (1, 0), M = (3/4, 1/4).
        let by_hand: f64 =
            0.5 * (0.5 * (0.5_f64 / 0.75).log2() + 0.5 * (0.5_f64 / 0.25).log2()) + 0.5 * (1.0_f64 / 0.75).log2();
        assert!((distance(&[1, 1], &[2, 0]) - by_hand.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn groups_drawn_by_chance_lie_about_as_far_apart_as_is_said() {
        let numbers: Vec<u32> = (0..20_000).collect();
        let codes: Vec<u8> = numbers.iter().map(|no| (mixed(u64::from(*no) * 7) % 10) as u8).collect();
        let field = Coded { codes: &codes, bins: 10, ordered: true };
        let all: RoaringBitmap = numbers.iter().copied().collect();
        let mut ratio = 0.0;
        for seed in 0..40_u64 {
            let some: RoaringBitmap =
                numbers.iter().copied().filter(|no| mixed(u64::from(*no) ^ (seed << 40)).is_multiple_of(20)).collect();
            let rest = &all - &some;
            for other in [&all, &rest] {
                let found = difference(field, &numbers, &some, other);
                ratio += (found.score / found.chance).powi(2) / 80.0;
            }
        }
        assert!((0.85..1.15).contains(&ratio), "{ratio}");
    }

    proptest::proptest! {
        #[test]
        fn counts_are_those_of_its_naive_twin(
            people in proptest::collection::btree_map(0_u32..500, (0_u8..5, proptest::bool::ANY, proptest::bool::ANY), 0..80),
        ) {
            let numbers: Vec<u32> = people.keys().copied().collect();
            let codes: Vec<u8> = people.values().map(|(code, ..)| *code).collect();
            let first = people.iter().filter(|(_, (_, a, _))| *a).map(|(no, _)| *no).collect();
            let second = people.iter().filter(|(_, (.., b))| *b).map(|(no, _)| *no).chain([900]).collect();
            let found = difference(Coded { codes: &codes, bins: 5, ordered: false }, &numbers, &first, &second);
            for bin in 0..5_u8 {
                let count = |which: fn(&(u8, bool, bool)) -> bool| people.values().filter(|of| of.0 == bin && which(of)).count() as u64;
                proptest::prop_assert_eq!(found.first[usize::from(bin)], count(|of| of.1));
                proptest::prop_assert_eq!(found.second[usize::from(bin)], count(|of| of.2));
            }
            proptest::prop_assert!((0.0..=1.0).contains(&found.score));
            proptest::prop_assert!((distance(&found.second, &found.first) - found.score).abs() < 1e-12);
        }
    }
}
