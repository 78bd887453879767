//! Thresholds: from which probability a pair is a link, and from which it is for people to look at.
//!
//! Reads    the probabilities of all pairs that are worth a look, by how many rules each was found
//! Writes   the model's threshold and review threshold, where it states none
//!
//! If probabilities are right, F1 is greatest when every pair from half of that F1 on is taken for a link (Lipton, Elkan,
//! Naryanaswamy 2014). What is expected can be worked out without labels: a link of probability 0.8 is right 0.8 times. What
//! no rule brought together is estimated from how many likely pairs only one rule found, and how many two (Chao 1984).
//!
//! Invariants
//! - Thresholds have two decimals: the order of sums is no matter.
//!
//! Not here: the probabilities (`score`).

use super::Model;

/// A chosen threshold is not lower: below it more is guessed than known, and groups grow together.
const LOWEST: f64 = 0.3;
/// A pair from this share of the threshold on is for people to look at …
const REVIEW: f64 = 0.2;
/// … and from this probability on in any case.
const REVIEW_AT_MOST: f64 = 0.1;

/// The probability from which pairs have to be known to choose.
pub(super) fn floor(model: &Model) -> f64 {
    match (model.threshold, model.review) {
        (Some(threshold), Some(review)) => review.min(threshold),
        (Some(threshold), None) => review_of(threshold),
        (None, review) => review.unwrap_or(1.0).min(review_of(LOWEST)),
    }
}

fn review_of(threshold: f64) -> f64 {
    (threshold * REVIEW).min(REVIEW_AT_MOST)
}

/// Chooses what the model does not state, by pairs with their probability and the number of rules that find them.
pub(super) fn choose(model: &mut Model, pairs: impl Iterator<Item = (f64, u32)>) {
    let threshold = match model.threshold {
        Some(threshold) => threshold,
        None => best(pairs),
    };
    model.threshold = Some(threshold);
    model.review.get_or_insert(review_of(threshold));
}

/// Half the greatest F1 that can be expected.
fn best(pairs: impl Iterator<Item = (f64, u32)>) -> f64 {
    let mut pairs: Vec<(f64, u32)> = pairs.collect();
    pairs.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let by = |rules: u32| -> f64 { pairs.iter().filter(|pair| pair.1 == rules).map(|pair| pair.0).sum() };
    let (once, twice) = (by(1), by(2));
    let missed = once * (once - 1.0).max(0.0) / (2.0 * (twice + 1.0));
    let wanted: f64 = missed + pairs.iter().map(|pair| pair.0).sum::<f64>();
    let (mut right, mut greatest) = (0.0, 0.0f64);
    for (taken, (probability, _)) in (1..).zip(&pairs) {
        right += probability;
        greatest = greatest.max(2.0 * right / (f64::from(taken) + wanted));
    }
    if pairs.is_empty() { 0.5 } else { (50.0 * greatest).round() / 100.0 }.max(LOWEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(pairs: &[(f64, u32)]) -> (f64, f64) {
        let mut model = Model::default();
        choose(&mut model, pairs.iter().copied());
        (model.threshold.unwrap(), model.review.unwrap())
    }

    /// The F1 that is expected of all pairs from a threshold on, when there are so many more that nobody compared.
    fn expected(pairs: &[(f64, u32)], missed: f64, threshold: f64) -> f64 {
        let taken = || pairs.iter().map(|pair| pair.0).filter(|probability| *probability >= threshold);
        let wanted: f64 = missed + pairs.iter().map(|pair| pair.0).sum::<f64>();
        2.0 * taken().sum::<f64>() / (taken().count() as f64 + wanted)
    }

    #[test]
    fn sure_pairs_are_parted_in_the_middle() {
        assert_eq!(chosen(&[]), (0.5, 0.1));
        assert_eq!(chosen(&vec![(1.0, 9); 100]), (0.5, 0.1));
    }

    #[test]
    fn no_other_threshold_promises_more() {
        let pairs: Vec<(f64, u32)> = (0..1000).map(|place| (f64::from(place % 100) / 99.0, 3)).collect();
        let (threshold, _) = chosen(&pairs);
        let best = (0..100).map(|step| expected(&pairs, 0.0, f64::from(step) / 100.0)).fold(0.0, f64::max);
        assert!(best - expected(&pairs, 0.0, threshold) < 1e-3, "{threshold}");
        assert!(threshold < 0.45, "{threshold}");
    }

    #[test]
    fn what_rules_missed_lowers_it_and_no_more_than_so_far() {
        let (whole, _) = chosen(&[(1.0, 4); 60]);
        let few: Vec<(f64, u32)> = (0..60).map(|place| (1.0, 1 + place % 2)).collect();
        let (missing, review) = chosen(&few);
        // 30 found once and 30 twice: some 14 more are there.
        assert!(missing < whole && missing > 0.4, "{missing}");
        assert!((review - missing * 0.2).abs() < 1e-12);
        let (lowest, _) = chosen(&[(1.0, 1); 60]);
        assert_eq!(lowest, LOWEST);
    }

    #[test]
    fn what_is_stated_stands() {
        let mut model = Model { threshold: Some(0.9), ..Model::default() };
        assert_eq!(floor(&model), 0.1);
        choose(&mut model, std::iter::empty());
        assert_eq!((model.threshold, model.review), (Some(0.9), Some(0.1)));
        let mut model = Model { review: Some(0.4), ..Model::default() };
        choose(&mut model, [(0.9, 5)].into_iter());
        assert_eq!(model.review, Some(0.4));
    }
}
