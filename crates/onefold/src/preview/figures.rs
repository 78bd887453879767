//! Figures: many numbers in few words.

use onefold_api::{BucketView, NumberStatistics};
use serde_json::{Number, Value};

/// The most ranges of a histogram.
const RANGES: f64 = 20.0;

/// Numbers summed up; `None` when there are none. Those that are not finite count as missing.
pub(super) fn numbers(mut values: Vec<f64>, missing: u64) -> Option<NumberStatistics> {
    let there = values.len() as u64;
    values.retain(|value| value.is_finite());
    let missing = missing + there - values.len() as u64;
    let (min, max) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)));
    if values.is_empty() {
        return None;
    }
    let count = values.len();
    let mean = values.iter().map(|value| value / count as f64).sum();
    let histogram = histogram(&values, min, max);
    let half = count / 2;
    let (below, upper, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    let upper = *upper;
    let median = match count % 2 {
        1 => upper,
        _ => f64::midpoint(below.iter().copied().fold(f64::NEG_INFINITY, f64::max), upper),
    };
    Some(NumberStatistics { count: count as u64, missing, min, max, mean, median, histogram })
}

/// Ranges of equal width that begin at round numbers.
fn histogram(values: &[f64], min: f64, max: f64) -> Vec<BucketView> {
    let (low, width, ranges) = ranges(min, max);
    let mut counts = vec![0_u64; ranges];
    for value in values {
        let place = ((value - low) / width) as usize;
        counts[place.min(ranges - 1)] += 1;
    }
    let edge = |n: usize| json(low + width * n as f64, width);
    let bucket = |(n, count)| BucketView { value: edge(n), to: Some(edge(n + 1)), count };
    counts.into_iter().enumerate().map(bucket).collect()
}

/// Where the ranges begin, how wide they are (1, 2 or 5 times a power of ten), and how many there are.
fn ranges(min: f64, max: f64) -> (f64, f64, usize) {
    let span = max - min;
    if span <= 0.0 || !span.is_finite() {
        let width = if min.abs() < 1e15 { 1.0 } else { min.abs() };
        return ((min / width).floor() * width, width, 1);
    }
    let mut power = 10_f64.powf((span / RANGES).log10().floor());
    loop {
        for factor in [1.0, 2.0, 5.0] {
            let width = power * factor;
            let low = (min / width).floor() * width;
            let ranges = ((max - low) / width).floor() + 1.0;
            if ranges <= RANGES {
                return (low, width, ranges as usize);
            }
        }
        power *= 10.0;
    }
}

/// An edge without the dust of binary fractions.
fn json(edge: f64, width: f64) -> Value {
    let digits = (-width.log10().floor()).clamp(0.0, 300.0) as usize;
    let text = format!("{edge:.digits$}");
    match text.parse::<i64>() {
        Ok(whole) => Value::from(whole),
        Err(_) => text.parse().ok().and_then(Number::from_f64).map_or(Value::Null, Value::Number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_summed_up() {
        let found = numbers((0..=100).map(f64::from).collect(), 3).unwrap();
        assert_eq!((found.count, found.missing, found.min, found.max), (101, 3, 0.0, 100.0));
        assert!((found.mean - 50.0).abs() < 1e-9 && (found.median - 50.0).abs() < 1e-9);
        assert!(found.histogram.len() <= 20);
        assert_eq!(found.histogram.iter().map(|bucket| bucket.count).sum::<u64>(), 101);
        assert_eq!(found.histogram[0].value, serde_json::json!(0));
        let even = numbers(vec![4.0, 1.0, f64::NAN, 3.0, 2.0], 0).unwrap();
        assert_eq!((even.median, even.missing), (2.5, 1));
        assert_eq!(numbers(vec![], 9), None);
        let same = numbers(vec![19.64; 4], 0).unwrap().histogram;
        assert_eq!((same.len(), &same[0].value, same[0].count), (1, &serde_json::json!(19), 4));
    }

    #[test]
    fn edges_are_round() {
        let found = numbers(vec![0.1, 0.15, 0.3], 0).unwrap();
        assert!(found.histogram.len() <= 20 && found.histogram[0].value == serde_json::json!(0.1), "{found:?}");
        let found = numbers(vec![-3.0, 1e12], 0).unwrap();
        assert_eq!(found.histogram.iter().map(|bucket| bucket.count).sum::<u64>(), 2);
    }
}
