//! Bins: values of a field put into few bins, numbers by their quantiles, categories by how common they are.
//!
//! Invariants
//! - Equal values are in one bin, and a number on a cut is in the bin above it.
//! - Cuts are the roundest numbers that part the same values.

use std::collections::BTreeMap;

/// The most bins a field can have beside the missing one; codes are bytes.
pub const MOST: usize = 250;

/// The cuts between at most `bins` bins that hold about as many numbers each, ascending; those that are not finite count
/// for nothing. `step`: the cuts are whole multiples of it where such a one parts the same numbers (0: roundest decimals).
pub fn cuts(values: &[f64], bins: usize, step: f64) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut found: Vec<f64> = Vec::new();
    let Some(&least) = sorted.first() else { return found };
    for bin in 1..bins.min(MOST) {
        let upper = sorted[(bin * sorted.len() / bins).min(sorted.len() - 1)];
        // The value below: a cut parts it from `upper`.
        let at = sorted.partition_point(|value| *value < upper);
        if at == 0 || upper <= least {
            continue;
        }
        let cut = between(sorted[at - 1], upper, step);
        if found.last().is_none_or(|last| *last < cut) {
            found.push(cut);
        }
    }
    // Few different values: the last ones may lie above the last quantile.
    if found.is_empty() && sorted.last().is_some_and(|most| *most > least) {
        let at = sorted.partition_point(|value| *value <= least);
        found.push(between(least, sorted[at], step));
    }
    found
}

/// The roundest number above `below` and at most `upper`; with a `step`, a whole multiple of it where there is one.
pub fn between(below: f64, upper: f64, step: f64) -> f64 {
    if step > 0.0 {
        let whole = (upper / step).floor() * step;
        return if whole > below { whole } else { upper };
    }
    let begin = upper.abs().max(below.abs()).log10().ceil();
    if !begin.is_finite() {
        return upper;
    }
    for place in 0..18_i32 {
        let power = begin as i32 - place;
        // Powers of ten below one are not exact: dividing by their inverse is.
        let (scale, divide) = if power >= 0 { (10_f64.powi(power), true) } else { (10_f64.powi(-power), false) };
        let round = if divide { (upper / scale).floor() * scale } else { (upper * scale).floor() / scale };
        if round > below && round <= upper {
            return round + 0.0;
        }
    }
    upper
}

/// The bin of a number: 0 where it is not finite, else 1 + the cuts at or below it.
pub fn code(value: f64, cuts: &[f64]) -> u8 {
    if !value.is_finite() {
        return 0;
    }
    (1 + cuts.partition_point(|cut| *cut <= value)) as u8
}

/// Categories by how many have them, the commonest first, equal ones in order of their names; at most `most` of them.
pub fn commonest(counts: &BTreeMap<String, u64>, most: usize) -> Vec<(String, u64)> {
    let mut all: Vec<(String, u64)> = counts.iter().map(|(name, count)| (name.clone(), *count)).collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all.truncate(most);
    all
}

/// Numbers at these shares of all (0 to 1): the least value that at least so many do not exceed.
pub fn percentiles(values: &[f64], shares: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    if sorted.is_empty() {
        return Vec::new();
    }
    let place = |share: &f64| ((share * sorted.len() as f64).ceil() as usize).clamp(1, sorted.len()) - 1;
    shares.iter().map(|share| sorted[place(share)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_are_round_and_part_what_quantiles_part() {
        let values: Vec<f64> = (0..1000).map(f64::from).collect();
        assert_eq!(cuts(&values, 4, 0.0), [250.0, 500.0, 750.0]);
        assert_eq!(cuts(&[0.0, 0.0, 0.0, 0.0, 7.3], 4, 0.0), [7.0], "what is rare is parted all the same");
        assert_eq!(cuts(&[1.0; 9], 4, 0.0), [0.0; 0]);
        assert_eq!(cuts(&[0.123, 0.456, 0.789], 3, 0.0), [0.4, 0.7]);
        assert_eq!(cuts(&[-0.789, -0.456, -0.123], 3, 0.0), [-0.5, -0.2]);
        assert_eq!(cuts(&[f64::NAN, 3.0, f64::INFINITY], 3, 0.0), [0.0; 0]);
        assert_eq!(
            cuts(&[10.0, 90_000.0, 170_000.0], 3, 86_400.0),
            [86_400.0, 170_000.0],
            "a whole day where one parts them"
        );
    }

    proptest::proptest! {
        #[test]
        fn codes_keep_the_order_of_values(values in proptest::collection::vec(-1e6_f64..1e6, 1..60), bins in 2_usize..12) {
            let cuts = cuts(&values, bins, 0.0);
            proptest::prop_assert!(cuts.len() < bins);
            proptest::prop_assert!(cuts.windows(2).all(|pair| pair[0] < pair[1]));
            for a in &values {
                // Its naive twin: cuts are counted one by one.
                let naive = 1 + cuts.iter().filter(|cut| *a >= **cut).count();
                proptest::prop_assert_eq!(usize::from(code(*a, &cuts)), naive);
                for b in &values {
                    proptest::prop_assert!(a > b || code(*a, &cuts) <= code(*b, &cuts));
                }
            }
            // No bin is empty.
            for bin in 1..=cuts.len() + 1 {
                proptest::prop_assert!(values.iter().any(|value| usize::from(code(*value, &cuts)) == bin));
            }
        }

        #[test]
        fn percentiles_are_values_that_so_many_do_not_exceed(values in proptest::collection::vec(-50_i32..50, 1..40), share in 0.0_f64..=1.0) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let found = percentiles(&values, &[share])[0];
            let count = |of: f64| values.iter().filter(|value| **value <= of).count() as f64;
            proptest::prop_assert!(count(found) >= share * values.len() as f64);
            let lower = values.iter().copied().filter(|value| *value < found);
            for value in lower {
                proptest::prop_assert!(count(value) < share * values.len() as f64);
            }
        }
    }

    #[test]
    fn the_commonest_come_first() {
        let counts = [("b", 2), ("a", 2), ("c", 9)].map(|(name, count)| (name.to_owned(), count)).into();
        let found = commonest(&counts, 2);
        assert_eq!(found, [("c".to_owned(), 9), ("a".to_owned(), 2)]);
    }
}
