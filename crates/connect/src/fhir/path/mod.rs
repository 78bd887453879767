//! FHIRPath: read once, worked out for many records.
//!
//! Flow     text ─ `token` ─ `parse` ─ `Tree` ─ `eval` (with `functions` and `text`) ─ items
//!
//! Invariants
//! - Nothing of the record is copied, no structure is built from it; types are told by names and JSON.
//! - What is wrong with the text is found when it is read; a `Fault` later concerns one record.
//!
//! Not here: rows (`view`). Left out: `defineVariable`, UCUM conversion, terminology functions.

#[cfg(test)]
mod cases;
mod decimal;
mod eval;
mod functions;
mod item;
mod moment;
mod numbers;
mod parse;
mod text;
mod token;
mod tree;
pub(crate) mod types;

pub(crate) use decimal::Decimal;
pub(crate) use eval::{Evaluator, Fault, Scope, reference_key};
pub(crate) use item::Item;
pub(crate) use moment::{Moment, Sort};
pub(crate) use parse::{Constants, parse};
pub(crate) use tree::Tree;

/// What is wrong with a path, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathFault {
    /// The byte of the text.
    pub(crate) at: usize,
    /// A lower-case sentence.
    pub(crate) message: String,
    /// What to do.
    pub(crate) hint: Option<String>,
}

impl PathFault {
    fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), hint: None }
    }
    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The name nearest to one that does not exist, when one is near.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = |other: &str| {
        if other.eq_ignore_ascii_case(name) { 0 } else { distance(name, other) }
    };
    let best = known.map(|other| (near(other), other)).min_by_key(|(far, _)| *far)?;
    (best.0 <= name.chars().count().div_ceil(3)).then_some(best.1)
}

/// How many letters must be changed, added, dropped or swapped with the next. (Optimal string alignment.)
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut rows = vec![vec![0; right.len() + 1]; left.len() + 1];
    for i in 0..=left.len() {
        for j in 0..=right.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let changed = rows[i - 1][j - 1] + usize::from(left[i - 1] != right[j - 1]);
                let mut least = changed.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                    least = least.min(rows[i - 2][j - 2] + 1);
                }
                least
            };
        }
    }
    rows[left.len()][right.len()]
}
