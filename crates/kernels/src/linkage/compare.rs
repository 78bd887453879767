//! Compare: the levels of nearness of two records.
//!
//! Reads    records, comparisons
//! Writes   a pattern: for each comparison the first level that holds
//! Flow     numbers of values ─ equal or missing ─ bounds ─ measures, each once ─ levels in order
//!
//! Invariants
//! - Which of the two is first never matters.
//! - Of several values the nearest pair counts.
//! - A missing value of the first field is a missing level; of another field, a test that does not hold.
//!
//! Not here: what a level is worth (`score`), the measures themselves (`crate::compare`).

use super::measures::{Cutoffs, Measured};
use super::records::Records;
use super::{Comparison, Pattern, Test};

/// Compares records; one a thread.
#[derive(Debug)]
pub struct Comparer<'a> {
    records: &'a Records,
    plans: Vec<Plan<'a>>,
}

/// A comparison and what was measured last.
#[derive(Debug)]
struct Plan<'a> {
    comparison: &'a Comparison,
    main: usize,
    /// Equal values of the first field are the first level.
    exact_first: bool,
    /// The levels look at one pair of values of the first field alone.
    flat: bool,
    /// By place of field.
    measured: Vec<Measured>,
}

impl<'a> Comparer<'a> {
    /// A comparer of these records.
    pub fn new(records: &'a Records, comparisons: &'a [Comparison]) -> Self {
        Self { records, plans: comparisons.iter().map(|comparison| Plan::new(records, comparison)).collect() }
    }
    /// The levels of two records.
    pub fn compare(&mut self, a: u32, b: u32) -> Pattern {
        let mut pattern = Pattern::default();
        for (place, plan) in self.plans.iter_mut().enumerate() {
            pattern = pattern.with(place, plan.level(self.records, a, b));
        }
        pattern
    }
}

impl<'a> Plan<'a> {
    fn new(records: &Records, comparison: &'a Comparison) -> Self {
        let measured = comparison.fields.iter().enumerate().map(|(place, &field)| {
            let mut cutoffs = Cutoffs::default();
            comparison.levels.iter().for_each(|level| cutoffs.widen(&level.test, 0, place));
            Measured::new(records, field, cutoffs)
        });
        Self {
            comparison,
            main: comparison.fields.first().copied().unwrap_or_default(),
            exact_first: comparison.levels.first().is_some_and(|level| level.test == Test::Exact),
            flat: comparison.levels.iter().all(|level| one_pair(&level.test)),
            measured: measured.collect(),
        }
    }

    fn level(&mut self, records: &Records, a: u32, b: u32) -> Option<usize> {
        let (left, right) = (records.values(a, self.main), records.values(b, self.main));
        let mut best: Option<usize> = None;
        for &x in left {
            if records.is_generic(self.main, x) {
                continue;
            }
            for &y in right {
                if records.is_generic(self.main, y) {
                    continue;
                }
                let level = if x == y && self.exact_first { 0 } else { self.level_of(records, (a, b), (x, y)) };
                best = Some(best.map_or(level, |best| best.min(level)));
                if best == Some(0) {
                    return best;
                }
            }
        }
        best
    }

    fn level_of(&mut self, records: &Records, pair: (u32, u32), values: (u32, u32)) -> usize {
        let levels = &self.comparison.levels;
        let last = levels.len().saturating_sub(1);
        let fields = &self.comparison.fields;
        let measured = &mut self.measured;
        if self.flat {
            let measured = &mut measured[0];
            measured.turn_to(records, values);
            return levels.iter().position(|level| measured.holds(records, &level.test)).unwrap_or(last);
        }
        let mut context = Context { records, fields, pair, measured };
        levels.iter().position(|level| context.holds(&level.test, 0, values)).unwrap_or(last)
    }
}

/// Whether a test looks at one pair of values of one field alone.
fn one_pair(test: &Test) -> bool {
    match test {
        Test::Swapped | Test::Shared(_) | Test::Of(..) => false,
        Test::All(tests) | Test::Any(tests) => tests.iter().all(one_pair),
        _ => true,
    }
}

/// Two records, and what is measured of them.
struct Context<'c> {
    records: &'c Records,
    fields: &'c [usize],
    pair: (u32, u32),
    measured: &'c mut [Measured],
}

impl Context<'_> {
    fn holds(&mut self, test: &Test, place: usize, values: (u32, u32)) -> bool {
        match test {
            Test::All(tests) => tests.iter().all(|test| self.holds(test, place, values)),
            Test::Any(tests) => tests.iter().any(|test| self.holds(test, place, values)),
            Test::Of(other, test) if *other == place => self.holds(test, place, values),
            Test::Of(other, test) => {
                let Some(&field) = self.fields.get(*other) else { return false };
                let records = self.records;
                let (left, right) = (records.values(self.pair.0, field), records.values(self.pair.1, field));
                let known = |value: &&u32| !records.is_generic(field, **value);
                left.iter()
                    .filter(known)
                    .any(|&x| right.iter().filter(known).any(|&y| self.holds(test, *other, (x, y))))
            }
            Test::Swapped => self.swapped(),
            Test::Shared(count) => self.shared(self.fields[place]) >= *count as usize,
            _ => {
                self.measured[place].turn_to(self.records, values);
                self.measured[place].holds(self.records, test)
            }
        }
    }

    fn swapped(&self) -> bool {
        let [first, second, ..] = *self.fields else { return false };
        let crosswise = |a: u32, b: u32| {
            let texts = |record, field| {
                let known = self
                    .records
                    .values(record, field)
                    .iter()
                    .filter(move |&&value| !self.records.is_generic(field, value));
                known.map(move |&value| (self.records.facts(field, value).head, self.records.text(field, value)))
            };
            texts(a, first).any(|one| texts(b, second).any(|other| one == other))
        };
        crosswise(self.pair.0, self.pair.1) && crosswise(self.pair.1, self.pair.0)
    }

    fn shared(&self, field: usize) -> usize {
        let right = self.records.values(self.pair.1, field);
        let left = self.records.values(self.pair.0, field).iter();
        left.filter(|value| right.contains(value) && !self.records.is_generic(field, **value)).count()
    }
}

/// The share of the records with a value that hold the value two records agree on; `None` when there is none.
///
/// Looks at the comparison's first field. Of several equal values the rarest counts. Where none is equal (a slip, a
/// nickname) the commoner of the two: the rarer one is likely the slip. Of several such pairs, the rarest.
pub fn shared_frequency(records: &Records, comparison: &Comparison, a: u32, b: u32) -> Option<f64> {
    let field = *comparison.fields.first()?;
    let known =
        |record| records.values(record, field).iter().copied().filter(|&value| !records.is_generic(field, value));
    let often = |value| records.frequency(field, value);
    let equal = known(a).filter(|&x| known(b).any(|y| x == y)).map(often).min();
    let near = || known(a).flat_map(|x| known(b).map(move |y| often(x).max(often(y)))).min();
    let found = equal.or_else(near)?;
    Some(f64::from(found.max(1)) / f64::from(records.filled(field).max(1)))
}

#[cfg(test)]
mod tests;
