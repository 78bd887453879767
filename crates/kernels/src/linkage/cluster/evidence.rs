//! Evidence: what speaks for two records, or two sets of records of one person each, being one person.
//!
//! Reads    records, a model with its figures
//! Writes   log-odds in bits
//! Flow     levels of all pairs ─ by comparison the nearest ─ their weight
//!
//! Two sets are weighed as two records would be that hold all values of theirs, each field by its nearest values. So a
//! record that lacks a value brings no evidence of its own to what those beside it say, however many such records are.
//!
//! Invariants
//! - Two sets of one record each weigh what the two records weigh.
//! - The order of records never matters.

use std::sync::Mutex;

use super::super::{Comparer, Comparison, MOST_COMPARISONS, Pattern, Records, Test, Weights};

/// A way to weigh any two records, and any two sets of them.
pub trait Evidence {
    /// Log-odds in bits that two records are of one person.
    fn pair(&self, a: u32, b: u32) -> f32;
    /// Log-odds in bits that two sets, of one person each, are of one person: with nothing known but pairs, their best.
    fn sets(&self, ones: &[u32], others: &[u32]) -> f32 {
        let pairs = ones.iter().flat_map(|&a| others.iter().map(move |&b| self.pair(a.min(b), a.max(b))));
        pairs.fold(f32::MIN, f32::max)
    }
}

impl<F: Fn(u32, u32) -> f32> Evidence for F {
    fn pair(&self, a: u32, b: u32) -> f32 {
        self(a, b)
    }
}

/// The evidence of a model.
pub(crate) struct Weigher<'a> {
    records: &'a Records,
    comparisons: &'a [Comparison],
    weights: Weights<'a>,
    /// Comparers that nobody uses just now.
    free: Mutex<Vec<Comparer<'a>>>,
}

impl<'a> Weigher<'a> {
    pub(crate) fn new(records: &'a Records, comparisons: &'a [Comparison], weights: Weights<'a>) -> Self {
        Self { records, comparisons, weights, free: Mutex::default() }
    }
    /// The levels of two sets, where the nearest is that one value may be a slip of the other: so it is not when two well-known
    /// values beside them differ, of one of which it is the slip.
    fn without_slips<I: Iterator<Item = Pattern>>(&self, nearest: Pattern, all: impl Fn() -> I) -> Pattern {
        let mut levels = nearest.0;
        for (place, comparison) in self.comparisons.iter().enumerate() {
            let last = comparison.levels.len().saturating_sub(1);
            let slip = nearest.level(place).is_some_and(|level| may_be_slip(&comparison.levels[level].test));
            if slip && all().any(|pattern| pattern.level(place) == Some(last)) {
                levels = levels & !(15 << (4 * place)) | ((last as u64 + 1) << (4 * place));
            }
        }
        Pattern(levels)
    }
    fn with_comparer<T>(&self, run: impl FnOnce(&mut Comparer<'a>) -> T) -> T {
        let free = self.free.lock().ok().and_then(|mut free| free.pop());
        let mut comparer = free.unwrap_or_else(|| Comparer::new(self.records, self.comparisons));
        let done = run(&mut comparer);
        if let Ok(mut free) = self.free.lock() {
            free.push(comparer);
        }
        done
    }
}

impl Evidence for Weigher<'_> {
    fn pair(&self, a: u32, b: u32) -> f32 {
        let (a, b) = (a.min(b), a.max(b));
        self.weights.weight(self.with_comparer(|comparer| comparer.compare(a, b)), a, b)
    }
    fn sets(&self, ones: &[u32], others: &[u32]) -> f32 {
        if let ([a], [b]) = (ones, others) {
            return self.pair(*a, *b);
        }
        let pairs = ones.iter().flat_map(|&a| others.iter().map(move |&b| (a.min(b), a.max(b))));
        let levels: Vec<(Pattern, (u32, u32))> =
            self.with_comparer(|comparer| pairs.map(|(a, b)| (comparer.compare(a, b), (a, b))).collect());
        let nearest = self.without_slips(nearest(levels.iter().map(|of| of.0)), || levels.iter().map(|of| of.0));
        // How common the values are is asked of the pair that is nearest in most.
        let agrees = |pattern: Pattern| {
            (0..MOST_COMPARISONS).filter(|&place| pattern.level(place) == nearest.level(place)).count()
        };
        let most = levels.iter().map(|of| agrees(of.0)).max().unwrap_or_default();
        let weights =
            levels.iter().filter(|of| agrees(of.0) == most).map(|of| self.weights.weight(nearest, of.1.0, of.1.1));
        weights.fold(f32::MIN, f32::max)
    }
}

/// Whether a test holds for likely slips alone, however far the values are.
fn may_be_slip(test: &Test) -> bool {
    match test {
        Test::Rare(_) => true,
        Test::All(tests) => tests.iter().any(may_be_slip),
        _ => false,
    }
}

/// By comparison the nearest level of several pairs.
fn nearest(patterns: impl Iterator<Item = Pattern> + Clone) -> Pattern {
    (0..MOST_COMPARISONS).fold(Pattern::default(), |sum, place| {
        let level = patterns.clone().filter_map(|pattern| pattern.level(place)).min();
        sum.with(place, level)
    })
}
