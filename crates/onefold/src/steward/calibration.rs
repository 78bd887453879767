//! Calibration: what decisions say of a model's probabilities, and the threshold that follows.
//!
//! A logistic curve of two parameters over the weight, `P(same) = 1/(1 + 2^-(slope × weight + intercept))`, is fitted to
//! the decided pairs by Newton's method (Platt 1999, with his targets (n₊+1)/(n₊+2) and 1/(n₋+2) in place of 1 and 0, as
//! Lin, Lin and Weng 2007 work it out). Which pairs were looked at does not bend it: it is a curve *given* the weight.
//! The suggested threshold is where the expected F1 over all pairs is highest, given calibrated probabilities (Lipton,
//! Elkan and Naryanaswamy 2014: a pair belongs to the links when its probability is at least half of that F1).
//!
//! Invariants
//! - The slope is above 0: more evidence never means less probability. Where decisions say otherwise there is no curve.
//! - Nothing is suggested with fewer than [`ENOUGH`] decisions, or with fewer than 5 of either kind.
//! - Numbers in, numbers out: nothing is read here.

use onefold_api::{CalibratedView, CalibrationBin, SuggestedThreshold};

use super::estimate::wilson;

/// Decisions that a curve takes.
pub(super) const ENOUGH: usize = 50;
/// Decisions of either kind that a curve takes.
const EITHER: usize = 5;
/// Bounds of the bins of probability, as people read them.
const BOUNDS: [f64; 9] = [0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999, 1.0];

/// A decided pair: the model's weight in bits, prior included, and whether it is one person.
pub(super) type Label = (f64, bool);

/// The probability of a weight.
pub(super) fn probability(bits: f64) -> f64 {
    1.0 / (1.0 + (-bits).exp2())
}

/// A curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Curve {
    /// What a bit is worth.
    pub(super) slope: f64,
    /// What is added, in bits.
    pub(super) intercept: f64,
}

impl Curve {
    /// The probability of a weight.
    pub(super) fn at(&self, weight: f64) -> f64 {
        probability(self.slope * weight + self.intercept)
    }
}

/// The curve that decisions give; none when they are too few or say nothing.
pub(super) fn fit(labels: &[Label]) -> Option<Curve> {
    let same = labels.iter().filter(|(_, same)| *same).count();
    let different = labels.len() - same;
    if labels.len() < ENOUGH || same.min(different) < EITHER {
        return None;
    }
    let high = (same as f64 + 1.0) / (same as f64 + 2.0);
    let low = 1.0 / (different as f64 + 2.0);
    let target = |same: bool| if same { high } else { low };
    // Natural units inside: a bit is ln 2.
    let unit = std::f64::consts::LN_2;
    let loss = |a: f64, b: f64| -> f64 {
        labels
            .iter()
            .map(|&(weight, same)| {
                let x = a * weight * unit + b;
                // ln(1 + e^x) − t x, without overflow.
                x.max(0.0) + (-x.abs()).exp().ln_1p() - target(same) * x
            })
            .sum()
    };
    let (mut a, mut b) = (0.0, ((same as f64 + 1.0) / (different as f64 + 1.0)).ln());
    let mut now = loss(a, b);
    for _ in 0..100 {
        let (mut ga, mut gb, mut haa, mut hab, mut hbb) = (0.0, 0.0, 1e-9, 0.0, 1e-9);
        for &(weight, same) in labels {
            let x = weight * unit;
            let p = 1.0 / (1.0 + (-(a * x + b)).exp());
            let (error, curvature) = (p - target(same), p * (1.0 - p));
            ga += error * x;
            gb += error;
            haa += curvature * x * x;
            hab += curvature * x;
            hbb += curvature;
        }
        if ga.abs() < 1e-7 && gb.abs() < 1e-7 {
            break;
        }
        let determinant = haa * hbb - hab * hab;
        if determinant <= 0.0 {
            break;
        }
        let (da, db) = (-(hbb * ga - hab * gb) / determinant, -(haa * gb - hab * ga) / determinant);
        let (mut step, before) = (1.0, now);
        while step > 1e-8 {
            let next = loss(a + step * da, b + step * db);
            if next < before {
                (a, b, now) = (a + step * da, b + step * db, next);
                break;
            }
            step /= 2.0;
        }
        if before - now < 1e-12 {
            break;
        }
    }
    (a > 1e-3).then_some(Curve { slope: a, intercept: b / unit })
}

/// The curve for people, with what it gains.
pub(super) fn view(curve: Curve, labels: &[Label]) -> CalibratedView {
    let mean = |p: &dyn Fn(f64) -> f64| {
        let loss = labels.iter().map(|&(weight, same)| {
            let p = p(weight).clamp(1e-12, 1.0 - 1e-12);
            -(if same { p } else { 1.0 - p }).log2()
        });
        loss.sum::<f64>() / labels.len() as f64
    };
    CalibratedView {
        slope: curve.slope,
        intercept: curve.intercept,
        loss_before: mean(&probability),
        loss_after: mean(&|weight| curve.at(weight)),
    }
}

/// Decided pairs by predicted probability; bins without pairs are left out.
pub(super) fn bins(labels: &[Label], curve: Option<Curve>) -> Vec<CalibrationBin> {
    let mut bins = Vec::new();
    for bounds in BOUNDS.windows(2) {
        let (from, to) = (bounds[0], bounds[1]);
        let within = |p: f64| p >= from && (p < to || to >= 1.0);
        let of: Vec<&Label> = labels.iter().filter(|(weight, _)| within(probability(*weight))).collect();
        if of.is_empty() {
            continue;
        }
        let n = of.len() as f64;
        let mean = |p: &dyn Fn(f64) -> f64| of.iter().map(|(weight, _)| p(*weight)).sum::<f64>() / n;
        let same = of.iter().filter(|(_, same)| *same).count() as f64;
        bins.push(CalibrationBin {
            from,
            to,
            pairs: of.len() as u64,
            predicted: mean(&probability),
            decided: wilson(same / n, n),
            calibrated: curve.map(|curve| mean(&|weight| curve.at(weight))),
        });
    }
    bins
}

/// The threshold of highest expected F1, over pairs that are counted by weight (bits, in steps that the caller chose).
///
/// `counted` holds every pair with a probability from `review` on, as (weight, pairs); `now` is the threshold in force.
pub(super) fn suggest(curve: Curve, counted: &[(f64, u64)], now: f64) -> Option<SuggestedThreshold> {
    let mut sorted = counted.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let all: f64 = sorted.iter().map(|(weight, n)| curve.at(*weight) * *n as f64).sum();
    if all <= 0.0 {
        return None;
    }
    let (mut taken, mut right) = (0.0, 0.0);
    let mut best: Option<(f64, f64, f64, f64)> = None;
    for (weight, n) in &sorted {
        taken += *n as f64;
        right += curve.at(*weight) * *n as f64;
        let f1 = 2.0 * right / (taken + all);
        if best.is_none_or(|(known, ..)| f1 > known) {
            best = Some((f1, *weight, right, taken));
        }
    }
    let (_, weight, right, taken) = best?;
    let linked: f64 = sorted.iter().filter(|(weight, _)| probability(*weight) >= now).map(|(_, n)| *n as f64).sum();
    // Cut off, not rounded: the pair at the threshold stays a link.
    let threshold = (probability(weight) * 1e6).floor() / 1e6;
    Some(SuggestedThreshold {
        threshold,
        precision: right / taken,
        recall: right / all,
        more_links: (taken - linked) as i64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decisions as a curve would give them, by a plain generator with a fixed seed.
    fn drawn(curve: Curve, n: usize) -> Vec<Label> {
        let mut seed = 7_u64;
        let mut random = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..n)
            .map(|_| {
                let weight = random() * 20.0 - 10.0;
                (weight, random() < curve.at(weight))
            })
            .collect()
    }

    #[test]
    fn a_curve_is_found_again() {
        for truth in [Curve { slope: 1.0, intercept: 0.0 }, Curve { slope: 0.4, intercept: -2.0 }] {
            let labels = drawn(truth, 20_000);
            let found = fit(&labels).unwrap();
            assert!((found.slope - truth.slope).abs() < 0.05, "{found:?}");
            assert!((found.intercept - truth.intercept).abs() < 0.15, "{found:?}");
            let said = view(found, &labels);
            assert!(said.loss_after <= said.loss_before + 1e-3, "{said:?}");
        }
    }

    #[test]
    fn few_or_senseless_decisions_give_no_curve() {
        let right = Curve { slope: 1.0, intercept: 0.0 };
        assert_eq!(fit(&drawn(right, 49)), None, "too few");
        assert_eq!(fit(&vec![(3.0, true); 100]), None, "all the same");
        let turned: Vec<Label> = drawn(right, 500).into_iter().map(|(weight, same)| (weight, !same)).collect();
        assert_eq!(fit(&turned), None, "more evidence, less probable");
    }

    #[test]
    fn decisions_that_fit_perfectly_still_give_a_curve() {
        let labels: Vec<Label> = (0..60).map(|n| (f64::from(n) - 30.0, n >= 30)).collect();
        let found = fit(&labels).unwrap();
        assert!(found.slope.is_finite() && found.slope > 0.2, "{found:?}");
        assert!(found.at(20.0) > 0.95 && found.at(-20.0) < 0.05);
    }

    #[test]
    fn the_threshold_is_half_of_the_f1_it_gives() {
        let curve = Curve { slope: 1.0, intercept: 0.0 };
        let counted: Vec<(f64, u64)> = (-40..=40).map(|n| (f64::from(n) / 4.0, 100)).collect();
        let found = suggest(curve, &counted, 0.95).unwrap();
        let f1 = 2.0 * found.precision * found.recall / (found.precision + found.recall);
        assert!((found.threshold - f1 / 2.0).abs() < 0.05, "{found:?} {f1}");
        assert!(found.more_links > 0);
        // A model that is too sure of itself needs a higher threshold.
        let sure = suggest(Curve { slope: 0.5, intercept: -2.0 }, &counted, 0.95).unwrap();
        assert!(sure.threshold > found.threshold, "{sure:?}");
    }

    #[test]
    fn bins_hold_each_decision_once() {
        let labels = drawn(Curve { slope: 1.0, intercept: 0.0 }, 500);
        let bins = bins(&labels, None);
        assert_eq!(bins.iter().map(|bin| bin.pairs).sum::<u64>(), 500);
        assert!(bins.iter().all(|bin| bin.predicted >= bin.from && bin.predicted <= bin.to));
        assert!(
            bins.iter().all(|bin| bin.decided.low <= bin.predicted + 0.15 && bin.decided.high >= bin.predicted - 0.15)
        );
    }
}
