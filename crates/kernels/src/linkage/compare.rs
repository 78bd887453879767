//! Compare: the levels of nearness of two records.
//!
//! Reads    records, comparisons
//! Writes   a pattern: for each comparison the first level that holds
//! Flow     numbers of values ─ equal or missing ─ bounds ─ measures, each once ─ levels in order
//!
//! Invariants
//! - Which of the two is first never matters.
//! - Of several values the nearest pair counts.
//! - A missing value of the first field (or of any, or of all, as the comparison says) is a missing level; of another
//!   field, a test that does not hold.
//!
//! Not here: what a level is worth (`score`), the measures themselves (`crate::compare`).

use super::measures::Measured;
use super::records::{LIST, NONE, Records};
use super::{Comparison, Missing, Pattern, Test};
use crate::compare::osa_within;

/// Compares records; one a thread.
#[derive(Debug)]
pub struct Comparer<'a> {
    records: &'a Records,
    plans: Vec<Plan<'a>>,
    /// One for each field that a comparison looks at.
    measured: Vec<Measured>,
    /// What the two have of each, and the values where it is one each.
    states: Vec<(State, (u32, u32))>,
}

/// A comparison, and how much of two records it looks at.
#[derive(Debug)]
struct Plan<'a> {
    comparison: &'a Comparison,
    /// The places of its fields among those measured.
    fields: Vec<usize>,
    /// Equal values of the first field are the first level.
    exact_first: bool,
    /// The levels look at one pair of values of the first field alone.
    flat: bool,
}

/// What two records have of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// One has none.
    Missing,
    /// One each, the same.
    Equal,
    /// One each.
    Pair,
    /// Several.
    Several,
}

impl<'a> Comparer<'a> {
    /// A comparer of these records.
    pub fn new(records: &'a Records, comparisons: &'a [Comparison]) -> Self {
        let mut measured: Vec<Measured> = Vec::new();
        let mut plans = Vec::new();
        for comparison in comparisons {
            let place = |&field: &usize| {
                measured.iter().position(|measured| measured.field == field).unwrap_or_else(|| {
                    measured.push(Measured::new(records, field));
                    measured.len() - 1
                })
            };
            let fields: Vec<usize> = comparison.fields.iter().map(place).collect();
            for (place, &field) in fields.iter().enumerate() {
                comparison.levels.iter().for_each(|level| measured[field].widen(&level.test, 0, place));
            }
            plans.push(Plan {
                comparison,
                fields,
                exact_first: comparison.levels.first().is_some_and(|level| level.test == Test::Exact),
                flat: comparison.levels.iter().all(|level| one_pair(&level.test)),
            });
        }
        let states = vec![(State::Missing, (NONE, NONE)); measured.len()];
        Self { records, plans, measured, states }
    }

    /// The levels of two records.
    pub fn compare(&mut self, a: u32, b: u32) -> Pattern {
        let (left, right) = (self.records.cells(a), self.records.cells(b));
        // The facts of all fields are fetched before any is looked at: memory brings them together.
        for (measured, state) in self.measured.iter_mut().zip(&mut self.states) {
            let values = (left[measured.field], right[measured.field]);
            *state = (state_of(self.records, measured.field, values), values);
            if state.0 == State::Pair {
                measured.turn_to(self.records, values);
            }
        }
        let mut pattern = Pattern::default();
        for (place, plan) in self.plans.iter().enumerate() {
            let Some(&main) = plan.fields.first() else { continue };
            let (records, measured) = (self.records, &mut self.measured[..]);
            let level = match self.states[main] {
                _ if plan.says_nothing(&self.states, main) => None,
                (State::Equal, _) if plan.exact_first => Some(0),
                (State::Pair, _) if plan.flat => Some(plan.level(|test| measured[main].holds(records, test))),
                (state, values) => {
                    let mut context =
                        Context { records, fields: &plan.fields, pair: (a, b), states: &self.states, measured };
                    let one = (state != State::Missing).then_some(values);
                    match state {
                        State::Several => plan.nearest(&mut context),
                        _ => Some(plan.level(|test| context.holds(test, 0, one))),
                    }
                }
            };
            pattern = pattern.with(place, level);
        }
        pattern
    }
}

#[inline]
fn state_of(records: &Records, field: usize, (a, b): (u32, u32)) -> State {
    if a == NONE || b == NONE {
        State::Missing
    } else if a >= LIST || b >= LIST {
        State::Several
    } else if records.is_generic(field, a) || records.is_generic(field, b) {
        State::Missing
    } else if a == b {
        State::Equal
    } else {
        State::Pair
    }
}

impl Plan<'_> {
    /// Whether too much is missing for any level.
    #[inline]
    fn says_nothing(&self, states: &[(State, (u32, u32))], main: usize) -> bool {
        let is_missing = |field: &usize| states[*field].0 == State::Missing;
        match self.comparison.missing {
            Missing::First => is_missing(&main),
            Missing::Any => self.fields.iter().any(is_missing),
            Missing::All => self.fields.iter().all(is_missing),
        }
    }

    /// The first level that holds, or the last.
    #[inline]
    fn level(&self, mut holds: impl FnMut(&Test) -> bool) -> usize {
        let levels = &self.comparison.levels;
        levels.iter().position(|level| holds(&level.test)).unwrap_or(levels.len().saturating_sub(1))
    }

    /// The nearest level of all pairs of values of the first field; without any, of the other fields if these say something.
    fn nearest(&self, context: &mut Context<'_>) -> Option<usize> {
        let (records, pair) = (context.records, context.pair);
        let main = context.field(0)?;
        let mut best: Option<usize> = None;
        for x in known(records, pair.0, main) {
            for y in known(records, pair.1, main) {
                let level = if x == y && self.exact_first {
                    0
                } else {
                    self.level(|test| context.holds(test, 0, Some((x, y))))
                };
                best = Some(best.map_or(level, |best| best.min(level)));
                if best == Some(0) {
                    return best;
                }
            }
        }
        match best {
            None if self.comparison.missing == Missing::All && self.fields.len() > 1 => {
                Some(self.level(|test| context.holds(test, 0, None)))
            }
            best => best,
        }
    }
}

/// The values of a record's field that are not generic.
fn known(records: &Records, record: u32, field: usize) -> impl Iterator<Item = u32> {
    records.values(record, field).iter().copied().filter(move |&value| !records.is_generic(field, value))
}

/// Whether a test looks at one pair of values of one field alone.
fn one_pair(test: &Test) -> bool {
    match test {
        Test::Swapped | Test::Crosswise(..) | Test::Shared(_) | Test::Of(..) => false,
        Test::All(tests) | Test::Any(tests) => tests.iter().all(one_pair),
        _ => true,
    }
}

/// Two records, and what is measured of them.
struct Context<'c> {
    records: &'c Records,
    /// The places of a comparison's fields among those measured.
    fields: &'c [usize],
    pair: (u32, u32),
    states: &'c [(State, (u32, u32))],
    measured: &'c mut [Measured],
}

impl Context<'_> {
    /// `values`: those of the field at the place, if it has any.
    fn holds(&mut self, test: &Test, place: usize, values: Option<(u32, u32)>) -> bool {
        match test {
            Test::All(tests) => tests.iter().all(|test| self.holds(test, place, values)),
            Test::Any(tests) => tests.iter().any(|test| self.holds(test, place, values)),
            Test::Of(other, test) if *other == place => self.holds(test, place, values),
            Test::Of(other, test) => {
                let Some(&field) = self.fields.get(*other) else { return false };
                match self.states[field] {
                    (State::Missing, _) => false,
                    (State::Equal | State::Pair, values) => self.holds(test, *other, Some(values)),
                    (State::Several, _) => {
                        let (records, pair, field) = (self.records, self.pair, self.measured[field].field);
                        known(records, pair.0, field)
                            .any(|x| known(records, pair.1, field).any(|y| self.holds(test, *other, Some((x, y)))))
                    }
                }
            }
            Test::Swapped => self.swapped(),
            Test::Crosswise(one, other) => self.crosswise(*one, *other),
            Test::Shared(count) => self.shared(place) >= *count as usize,
            Test::Else => true,
            _ => {
                let Some(values) = values else { return false };
                let measured = &mut self.measured[self.fields[place]];
                measured.turn_to(self.records, values);
                measured.holds(self.records, test)
            }
        }
    }

    /// Each is equal to the other of the other.
    fn crosswise(&self, one: usize, other: usize) -> bool {
        let (Some(first), Some(second)) = (self.field(one), self.field(other)) else { return false };
        let records = self.records;
        let equal = |(a, b): (u32, u32)| {
            known(records, a, first).any(|one| {
                known(records, b, second).any(|other| {
                    records.facts(first, one).head == records.facts(second, other).head
                        && records.text(first, one) == records.text(second, other)
                })
            })
        };
        equal(self.pair) && equal((self.pair.1, self.pair.0))
    }

    fn field(&self, place: usize) -> Option<usize> {
        self.fields.get(place).map(|&place| self.measured[place].field)
    }

    /// One side is equal; the other is equal, within a slip of one letter, or not known.
    fn swapped(&self) -> bool {
        let (Some(first), Some(second)) = (self.field(0), self.field(1)) else { return false };
        let records = self.records;
        if let [(State::Equal | State::Pair, of_first), (State::Equal | State::Pair, of_second)] =
            [self.states[self.fields[0]], self.states[self.fields[1]]]
        {
            // The usual case, and its usual answer: one value each, no side equal.
            let head = |field, value| records.facts(field, value).head;
            if head(first, of_first.0) != head(second, of_second.1)
                && head(first, of_first.1) != head(second, of_second.0)
            {
                return false;
            }
        }
        let pairs = |(a, b): (u32, u32)| {
            known(records, a, first).flat_map(move |one| known(records, b, second).map(move |other| (one, other)))
        };
        let equal = |pair| {
            pairs(pair).any(|(one, other)| {
                records.facts(first, one).head == records.facts(second, other).head
                    && records.text(first, one) == records.text(second, other)
            })
        };
        let near = |pair| {
            let slip =
                |one: &str, other: &str| one.len() > 2 && osa_within(one.as_bytes(), other.as_bytes(), 1).is_some();
            let mut pairs = pairs(pair).peekable();
            pairs.peek().is_none()
                || pairs.any(|(one, other)| slip(records.text(first, one), records.text(second, other)))
        };
        let crosswise = (self.pair.1, self.pair.0);
        match (equal(self.pair), equal(crosswise)) {
            (true, true) => true,
            (true, false) => near(crosswise),
            (false, true) => near(self.pair),
            (false, false) => false,
        }
    }

    fn shared(&self, place: usize) -> usize {
        let Some(field) = self.field(place) else { return 0 };
        let right = self.records.values(self.pair.1, field);
        known(self.records, self.pair.0, field).filter(|value| right.contains(value)).count()
    }
}

/// The share of the records with a value that hold the value two records agree on; `None` when there is none.
///
/// Looks at the field that the level agrees on. Of several equal values the rarest counts. Where none is equal (a slip, a
/// nickname) the commoner of the two: the rarer one is likely the slip. Of several such pairs, the rarest.
pub fn shared_frequency(records: &Records, comparison: &Comparison, level: usize, a: u32, b: u32) -> Option<f64> {
    let field = *comparison.fields.get(comparison.levels.get(level)?.agrees_on())?;
    let often = |value| records.frequency(field, value);
    let equal = known(records, a, field).filter(|&x| known(records, b, field).any(|y| x == y)).map(often).min();
    let near =
        || known(records, a, field).flat_map(|x| known(records, b, field).map(move |y| often(x).max(often(y)))).min();
    let found = equal.or_else(near)?;
    Some(f64::from(found.max(1)) / f64::from(records.filled(field).max(1)))
}

#[cfg(test)]
mod tests;
