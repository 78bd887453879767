//! Estimate: precision and recall of the links from a stratified random sample that people decided.
//!
//! Pairs are put into strata by outcome and probability. Every pair has a permanent random number, the hash of its
//! records (Ohlsson, "Coordination of samples using permanent random numbers", 1995): the pairs of a stratum that come
//! first by it are a simple random sample, whoever decided them and why, and stay one when a run changes other pairs.
//!
//! With stratum h of N pairs, n of them sampled and x of those `same`, p = x/n:
//! - total  T = Σ N p (Horvitz and Thompson 1952; all pairs of a stratum have the same chance n/N);
//! - var T  = Σ N² (1 − n/N) q(1 − q)/n, q = (x + ½)/(n + 1), so that a stratum of one voice is not taken for certain;
//! - precision = T(links) / Σ N(links): Wilson's interval (1927) with the effective size p(1 − p)/var p (Korn and
//!   Graubard 1998);
//! - recall = T(links) / (T(links) + T(others)): its logit is ln T(links) − ln T(others), of variance
//!   var T(links)/T(links)² + var T(others)/T(others)² (delta method).
//!
//! Invariants
//! - A stratum without sampled pairs is no part of an estimate; what is left out is said.
//! - Numbers in, numbers out: nothing is read here.

use onefold_api::EstimateView;

/// 97.5 % of the normal distribution lie below.
const Z: f64 = 1.959_963_984_540_054;

/// A stratum of the sample.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Stratum {
    /// Whether its pairs are links.
    pub(super) linked: bool,
    /// Its pairs.
    pub(super) pairs: u64,
    /// Those sampled and decided.
    pub(super) sampled: u64,
    /// Those of them that are one person.
    pub(super) same: u64,
}

impl Stratum {
    fn size(&self) -> f64 {
        self.pairs as f64
    }
    /// The share of `same`, drawn a little to the middle.
    fn drawn(&self) -> f64 {
        (self.same as f64 + 0.5) / (self.sampled as f64 + 1.0)
    }
    /// How many are `same`.
    fn total(&self) -> f64 {
        self.size() * self.same as f64 / self.sampled as f64
    }
    fn variance(&self) -> f64 {
        let (n, all) = (self.sampled as f64, self.size());
        all * all * (1.0 - (n / all).min(1.0)) * self.drawn() * (1.0 - self.drawn()) / n
    }
}

/// Wilson's interval for a share `p` seen in `n`.
pub(super) fn wilson(p: f64, n: f64) -> EstimateView {
    if n <= 0.0 {
        return EstimateView { value: p, low: 0.0, high: 1.0 };
    }
    let z2 = Z * Z;
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    EstimateView { value: p, low: (middle - half).max(0.0), high: (middle + half).min(1.0) }
}

/// The share of links that are right, over the strata that were sampled; none without any.
pub(super) fn precision(strata: &[Stratum]) -> Option<EstimateView> {
    let links = || strata.iter().filter(|stratum| stratum.linked && stratum.sampled > 0 && stratum.pairs > 0);
    let all: f64 = links().map(Stratum::size).sum();
    if all == 0.0 {
        return None;
    }
    let p = links().map(Stratum::total).sum::<f64>() / all;
    let variance = links().map(Stratum::variance).sum::<f64>() / (all * all);
    if variance <= 0.0 {
        // All of them were decided.
        return Some(EstimateView { value: p, low: p, high: p });
    }
    // The share by which the effective size is found is drawn to the middle as the variance is.
    let drawn = links().map(|stratum| stratum.size() * stratum.drawn()).sum::<f64>() / all;
    Some(wilson(p, drawn * (1.0 - drawn) / variance))
}

/// The share of true pairs that are links, over the strata that were sampled; none unless both links and others were.
pub(super) fn recall(strata: &[Stratum]) -> Option<EstimateView> {
    let some = |linked: bool| {
        let of = strata.iter().filter(move |stratum| stratum.linked == linked && stratum.pairs > 0);
        let sampled: Vec<&Stratum> = of.filter(|stratum| stratum.sampled > 0).collect();
        let total: f64 = sampled.iter().map(|stratum| stratum.total()).sum();
        let drawn: f64 = sampled.iter().map(|stratum| stratum.size() * stratum.drawn()).sum();
        let variance: f64 = sampled.iter().map(|stratum| stratum.variance()).sum();
        (sampled.is_empty(), total, drawn, variance)
    };
    let others = strata.iter().any(|stratum| !stratum.linked && stratum.pairs > 0);
    let ((no_links, found, found_drawn, found_variance), (no_others, missed, missed_drawn, missed_variance)) =
        (some(true), some(false));
    if no_links || found == 0.0 {
        return None;
    }
    if !others {
        return Some(EstimateView { value: 1.0, low: 1.0, high: 1.0 });
    }
    if no_others {
        return None;
    }
    let value = found / (found + missed);
    // With nothing missed in the sample the logit has no value: the interval stands on the drawn totals.
    let logit = found_drawn.ln() - missed_drawn.ln();
    let deviation =
        (found_variance / (found_drawn * found_drawn) + missed_variance / (missed_drawn * missed_drawn)).sqrt();
    let of = |logit: f64| 1.0 / (1.0 + (-logit).exp());
    let (low, high) = (of(logit - Z * deviation), of(logit + Z * deviation));
    Some(EstimateView { value, low: low.min(value), high: high.max(value) })
}

/// How many more pairs must be decided for an interval of precision of this width, spread over the strata of links as
/// they deviate (Neyman 1934); half of a stratum that nobody has looked at is taken for wrong.
pub(super) fn missing(strata: &[Stratum], width: f64) -> Option<u64> {
    let links = || strata.iter().filter(|stratum| stratum.linked && stratum.pairs > 0);
    let all: f64 = links().map(Stratum::size).sum();
    if all == 0.0 || width <= 0.0 {
        return None;
    }
    let deviation = |stratum: &Stratum| {
        let p = stratum.drawn();
        stratum.size() / all * (p * (1.0 - p)).sqrt()
    };
    let spread: f64 = links().map(deviation).sum();
    let within: f64 = links().map(|stratum| stratum.size() / all * stratum.drawn() * (1.0 - stratum.drawn())).sum();
    let wanted = width / (2.0 * Z);
    let needed = spread * spread / (wanted * wanted + within / all);
    let more = links().map(|stratum| {
        let share = if spread > 0.0 { needed * deviation(stratum) / spread } else { 0.0 };
        (share.ceil() - stratum.sampled as f64).clamp(0.0, stratum.size() - stratum.sampled.min(stratum.pairs) as f64)
    });
    Some(more.sum::<f64>() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stratum(linked: bool, pairs: u64, sampled: u64, same: u64) -> Stratum {
        Stratum { linked, pairs, sampled, same }
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 5e-4
    }

    #[test]
    fn wilson_is_as_in_the_books() {
        // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        for (x, n, low, high) in [
            (81.0, 263.0, 0.2553, 0.3662),
            (15.0, 148.0, 0.0624, 0.1605),
            (0.0, 20.0, 0.0, 0.1611),
            (1.0, 29.0, 0.0061, 0.1718),
        ] {
            let found = wilson(x / n, n);
            assert!(near(found.low, low) && near(found.high, high), "{x}/{n}: {found:?}");
        }
    }

    #[test]
    fn strata_weigh_as_many_pairs_as_they_have() {
        let strata = [stratum(true, 9_000, 50, 50), stratum(true, 1_000, 50, 25)];
        let found = precision(&strata).unwrap();
        assert!(near(found.value, 0.95), "{found:?}");
        assert!(found.low > 0.90 && found.low < 0.94 && found.high < 0.98, "{found:?}");
        // One sample over both, of the same share, says less.
        let plain = wilson(0.95, 100.0);
        assert!(found.high - found.low < plain.high - plain.low, "{found:?} {plain:?}");
    }

    #[test]
    fn a_stratum_that_was_decided_whole_is_known() {
        let found = precision(&[stratum(true, 10, 10, 8)]).unwrap();
        assert_eq!((found.value, found.low, found.high), (0.8, 0.8, 0.8));
    }

    #[test]
    fn recall_counts_what_was_missed() {
        let strata = [stratum(true, 1_000, 100, 100), stratum(false, 400, 100, 25)];
        let found = recall(&strata).unwrap();
        assert!(near(found.value, 1000.0 / 1100.0), "{found:?}");
        assert!(found.low < found.value && found.value < found.high && found.high < 0.95, "{found:?}");
        assert_eq!(recall(&[stratum(true, 10, 5, 5), stratum(false, 10, 0, 0)]), None, "nobody looked at the others");
        assert_eq!(recall(&[stratum(true, 10, 5, 5)]).unwrap().value, 1.0, "there are no others");
        let none = recall(&[stratum(true, 1_000, 100, 100), stratum(false, 400, 40, 0)]).unwrap();
        assert!(none.value == 1.0 && none.low < 0.999 && none.high == 1.0, "{none:?}");
    }

    /// Intervals hold the truth about as often as they say: 2,000 samples by a plain generator with a fixed seed.
    #[test]
    fn intervals_hold_what_they_promise() {
        let mut seed = 42_u64;
        let mut random = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1_u64 << 53) as f64
        };
        let truth = [(true, 8_000_u64, 0.99), (true, 2_000, 0.8), (false, 1_000, 0.3), (false, 3_000, 0.05)];
        let total =
            |linked: bool| truth.iter().filter(|(of, ..)| *of == linked).map(|(_, n, p)| *n as f64 * p).sum::<f64>();
        let (right, missed) = (total(true), total(false));
        let (mut precise, mut recalled) = (0, 0);
        for _ in 0..2_000 {
            let strata = truth
                .map(|(linked, pairs, p)| stratum(linked, pairs, 60, (0..60).filter(|_| random() < p).count() as u64));
            let (p, r) = (precision(&strata).unwrap(), recall(&strata).unwrap());
            precise += u32::from(p.low <= right / 10_000.0 && right / 10_000.0 <= p.high);
            let share = right / (right + missed);
            recalled += u32::from(r.low <= share && share <= r.high);
        }
        assert!((1_860..=1_996).contains(&precise), "{precise} of 2000");
        assert!((1_860..=1_996).contains(&recalled), "{recalled} of 2000");
    }

    #[test]
    fn narrower_intervals_take_more_decisions() {
        let strata = [stratum(true, 9_000, 50, 49), stratum(true, 1_000, 50, 25)];
        let (wide, narrow) = (missing(&strata, 0.1).unwrap(), missing(&strata, 0.02).unwrap());
        assert!(wide < 20 && narrow > 200, "{wide} {narrow}");
        assert_eq!(missing(&[stratum(true, 10, 10, 9)], 0.01), Some(0), "all of them are decided");
        assert_eq!(missing(&[stratum(false, 10, 0, 0)], 0.05), None, "there are no links");
    }
}
