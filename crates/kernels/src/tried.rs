//! Tried: what one rule does to the records of two tables, or of one, for whoever is writing it.
//!
//! Reads    one column a condition and side, thresholds, one column an exception and side
//! Writes   counts, pairs by likeness, the pairs nearest to the line
//! Flow     equal values of exact conditions: blocks ─ pairs of each block ─ likeness of the other conditions ─ exceptions
//!
//! Invariants
//! - Likeness and exceptions are those of a run (`near`, `rule`); a null meets no condition.
//! - More pairs than were asked for are not compared: records of the left side are then drawn by their key, always the
//!   same ones in any order of rows.
//!
//! Not here: rules before this one, groups, what is decided: a run does all of it.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::frame::{NO_CODE, TextColumn, TupleCodes};
use crate::near::similarity;
use crate::rule::Exception;

/// Pairs that are less alike than this in any condition are far from any line.
const FAR: f64 = 0.2;
/// Records of a block that are worked at together.
const ROWS: usize = 256;

/// Records of one side.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// Keys.
    pub key: TextColumn,
    /// One column a condition.
    pub conditions: Vec<TextColumn>,
    /// One column an exception.
    pub exceptions: Vec<TextColumn>,
}

/// A pair near the line.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    /// The row of the left side, and of the right one.
    pub rows: (u32, u32),
    /// How alike the two are, by condition.
    pub scores: Vec<f64>,
    /// Whether the two match.
    pub matches: bool,
}

/// What a rule does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tried {
    /// Pairs that match.
    pub pairs: u64,
    /// Pairs that meet the conditions and the exceptions.
    pub excepted: u64,
    /// Records of the left side that match; of one table all that do.
    pub matched: u64,
    /// By condition: pairs that meet it. Of an exact one all there are, of another those among the pairs compared.
    pub conditions: Vec<u64>,
    /// Pairs that meet all exact conditions.
    pub blocked: u64,
    /// Those of them that were compared.
    pub compared: u64,
    /// Pairs of the largest block, and a row of it on the left.
    pub largest: Option<(u64, u32)>,
    /// By likeness in each condition that is not exact, in whole percent: pairs that are no exception.
    pub bins: Vec<(Vec<u8>, u64)>,
    /// The pairs nearest to the line on either side of it.
    pub nearest: Vec<Near>,
}

/// A block: rows of the left side and of the right one.
type Block = (Vec<u32>, Vec<u32>);

/// Tries a rule: `right` is absent within one table. At most `most` pairs are compared, `examples` shown.
///
/// # Panics
/// When sides have other numbers of columns than there are conditions and exceptions.
pub fn try_rule(
    left: &Side,
    right: Option<&Side>,
    at_least: &[f64],
    exceptions: &[Exception],
    most: u64,
    examples: usize,
) -> Tried {
    let own = right.is_none();
    let other = right.unwrap_or(left);
    for side in [left, other] {
        assert_eq!((side.conditions.len(), side.exceptions.len()), (at_least.len(), exceptions.len()), "columns");
    }
    let exact: Vec<usize> = (0..at_least.len()).filter(|&at| at_least[at] >= 1.0).collect();
    let near: Vec<usize> = (0..at_least.len()).filter(|&at| at_least[at] < 1.0).collect();
    let blocks = blocks(left, right, &exact);
    let pairs_of = |block: &Block| {
        let (left, right) = (block.0.len() as u64, block.1.len() as u64);
        if own { left * left.saturating_sub(1) / 2 } else { left * right }
    };
    let largest = blocks.iter().map(|block| (pairs_of(block), std::cmp::Reverse(block.0[0]))).max();
    let mut tried = Tried {
        conditions: (0..at_least.len()).map(|at| if at_least[at] < 1.0 { 0 } else { equal(left, right, at) }).collect(),
        blocked: blocks.iter().map(pairs_of).sum(),
        largest: largest.filter(|largest| largest.0 > 0).map(|(pairs, row)| (pairs, row.0)),
        ..Tried::default()
    };
    // Rows of the left side that are looked at: all, or those with the lowest numbers drawn by key.
    let share = most as f64 / tried.blocked.max(1) as f64;
    let drawn = |row: u32| share >= 1.0 || draw(left.key.text(row as usize)) < share;
    if near.is_empty() && exceptions.is_empty() {
        let of_block = |block: &Block| -> Vec<(u32, u32)> {
            let partners = |at: usize| if own { &block.0[at + 1..] } else { &block.1 };
            let rows = block.0.iter().enumerate();
            let pairs = rows.flat_map(|(at, &row)| partners(at).iter().map(move |&partner| (row, partner)));
            pairs.take(examples).collect()
        };
        let near = |rows| Near { rows, scores: vec![1.0; at_least.len()], matches: true };
        // Of each block one, before a second of any.
        let rest = blocks.iter().flat_map(|block| of_block(block).into_iter().skip(1));
        let pairs = blocks.iter().flat_map(|block| of_block(block).into_iter().take(1)).chain(rest);
        tried.nearest = pairs.take(examples).map(near).collect();
        (tried.pairs, tried.compared) = (tried.blocked, tried.blocked);
        tried.matched = blocks.iter().map(|block| block.0.len() as u64).sum();
        tried.bins = vec![(Vec::new(), tried.blocked)];
        return tried;
    }
    let starts = |block: &Block| (0..block.0.len()).step_by(ROWS);
    let work: Vec<(&Block, usize)> =
        blocks.iter().flat_map(|block| starts(block).map(move |start| (block, start))).collect();
    let look = |&(block, start): &(&Block, usize)| {
        let mut found = Found { conditions: vec![0; at_least.len()], ..Found::default() };
        let rows = block.0.iter().enumerate().skip(start).take(ROWS);
        for (at, &row) in rows.filter(|(_, row)| drawn(**row)) {
            let mut others = 0u64;
            for &partner in if own { &block.0[at + 1..] } else { &block.1[..] } {
                found.compared += 1;
                let scores: Vec<f64> = (0..at_least.len())
                    .map(|at| {
                        if at_least[at] >= 1.0 {
                            return 1.0;
                        }
                        let (a, b) = (&left.conditions[at], &other.conditions[at]);
                        similarity(a.text(row as usize), b.text(partner as usize))
                    })
                    .collect();
                for &at in near.iter().filter(|&&at| scores[at] >= at_least[at]) {
                    found.conditions[at] += 1;
                }
                let meets = near.iter().all(|&at| scores[at] >= at_least[at]);
                let excepted = is_excepted((left, row), (other, partner), exceptions);
                found.excepted += u64::from(meets && excepted);
                let matches = meets && !excepted;
                if matches {
                    others += 1;
                    found.matched.extend(own.then_some(partner));
                }
                if excepted || near.iter().any(|&at| scores[at] < FAR) {
                    continue;
                }
                let bin: Vec<u8> = near.iter().map(|&at| (scores[at] * 100.0 + 1e-9) as u8).collect();
                *found.bins.entry(bin).or_default() += 1;
                let margin = near.iter().map(|&at| scores[at] - at_least[at]).fold(f64::MAX, f64::min);
                let margin = if near.is_empty() { 0 } else { (margin.abs() * 1e6) as u64 };
                if found.is_near(examples, margin) {
                    let values = |at: &usize| {
                        let (a, b) =
                            (left.conditions[*at].text(row as usize), other.conditions[*at].text(partner as usize));
                        if own && b < a { (b, a) } else { (a, b) }
                    };
                    let place = (margin, near.iter().map(values).collect());
                    found.keep(examples, place, Near { rows: (row, partner), scores, matches });
                }
            }
            found.pairs += others;
            if others > 0 {
                found.matched.push(row);
            }
        }
        found
    };
    let mut all = Found { conditions: vec![0; at_least.len()], ..Found::default() };
    for part in work.par_iter().map(look).collect::<Vec<_>>() {
        all.add(part, examples);
    }
    all.matched.sort_unstable();
    all.matched.dedup();
    (tried.pairs, tried.excepted, tried.compared) = (all.pairs, all.excepted, all.compared);
    tried.matched = all.matched.len() as u64;
    tried.conditions.iter_mut().zip(all.conditions).for_each(|(count, more)| *count += more);
    tried.bins = all.bins.into_iter().collect();
    tried.nearest = all.nearest.into_values().collect();
    tried
}

/// What was found in a part of the work.
#[derive(Default)]
struct Found<'a> {
    pairs: u64,
    excepted: u64,
    compared: u64,
    matched: Vec<u32>,
    conditions: Vec<u64>,
    bins: BTreeMap<Vec<u8>, u64>,
    /// By distance from the line, then what is compared: of pairs that agree in it, the first.
    nearest: BTreeMap<Place<'a>, Near>,
}

/// The distance from the line, and the values that are compared.
type Place<'a> = (u64, Vec<(&'a str, &'a str)>);

impl<'a> Found<'a> {
    /// Whether a pair so far from the line may be among the nearest.
    fn is_near(&self, most: usize, margin: u64) -> bool {
        self.nearest.len() < most || self.nearest.last_key_value().is_some_and(|(last, _)| margin <= last.0)
    }
    fn keep(&mut self, most: usize, place: Place<'a>, near: Near) {
        let held = self.nearest.entry(place).or_insert_with(|| near.clone());
        if near.rows < held.rows {
            *held = near;
        }
        if self.nearest.len() > most {
            self.nearest.pop_last();
        }
    }
    fn add(&mut self, other: Self, most: usize) {
        self.pairs += other.pairs;
        self.excepted += other.excepted;
        self.compared += other.compared;
        self.matched.extend(other.matched);
        self.conditions.iter_mut().zip(other.conditions).for_each(|(count, more)| *count += more);
        other.bins.into_iter().for_each(|(bin, count)| *self.bins.entry(bin).or_default() += count);
        other.nearest.into_iter().for_each(|(place, near)| self.keep(most, place, near));
    }
}

/// A number from 0 to 1 that is a key's own.
fn draw(key: &str) -> f64 {
    let mut hash = DefaultHasher::new();
    key.hash(&mut hash);
    hash.finish() as f64 / u64::MAX as f64
}

/// Whether all exceptions hold; without any none does.
fn is_excepted((left, row): (&Side, u32), (right, other): (&Side, u32), exceptions: &[Exception]) -> bool {
    let holds = |(at, exception): (usize, &Exception)| {
        let (a, b) = (left.exceptions[at].get(row as usize), right.exceptions[at].get(other as usize));
        let near = a.zip(b).map(|(a, b)| similarity(a, b) >= exception.at_least);
        near.is_some_and(|near| near != exception.differs)
    };
    !exceptions.is_empty() && exceptions.iter().enumerate().all(holds)
}

/// The records with equal values of exact conditions, and a value of each other one; in the order of their rows' keys.
fn blocks(left: &Side, right: Option<&Side>, exact: &[usize]) -> Vec<Block> {
    let columns = |side: &Side| exact.iter().map(|&at| side.conditions[at].clone()).collect::<Vec<_>>();
    let (of_left, of_right) = (columns(left), right.map(columns));
    let mut codes = TupleCodes::new();
    let rows = |side: &Side| side.key.len();
    let own = |codes: Vec<u32>, rows: usize| if exact.is_empty() { vec![0; rows] } else { codes };
    let known = own(codes.add(&of_left), rows(left));
    let found = right.map(|side| own(codes.find(of_right.as_deref().unwrap_or_default()), rows(side)));
    let whole = |side: &Side, row: usize| side.conditions.iter().all(|column| column.get(row).is_some());
    let mut all: FxHashMap<u32, Block> = FxHashMap::default();
    for row in crate::frame::order_of(&left.key) {
        if known[row as usize] != NO_CODE && whole(left, row as usize) {
            all.entry(known[row as usize]).or_default().0.push(row);
        }
    }
    if let (Some(right), Some(found)) = (right, found) {
        for row in crate::frame::order_of(&right.key) {
            if whole(right, row as usize)
                && let Some(block) = all.get_mut(&found[row as usize])
            {
                block.1.push(row);
            }
        }
        all.retain(|_, block| !block.1.is_empty());
    } else {
        all.retain(|_, block| block.0.len() > 1);
    }
    let mut all: Vec<Block> = all.into_values().collect();
    all.sort_unstable_by_key(|block| block.0[0]);
    all
}

/// How many pairs have equal values in a column.
fn equal(left: &Side, right: Option<&Side>, at: usize) -> u64 {
    fn count(column: &TextColumn) -> FxHashMap<&str, u64> {
        let mut counts: FxHashMap<&str, u64> = FxHashMap::default();
        column.iter().flatten().for_each(|text| *counts.entry(text).or_default() += 1);
        counts
    }
    let own = count(&left.conditions[at]);
    match right {
        None => own.values().map(|n| n * (n - 1) / 2).sum(),
        Some(right) => count(&right.conditions[at]).iter().map(|(text, n)| n * own.get(text).unwrap_or(&0)).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(rows: &[(&str, &[Option<&str>])], exceptions: usize) -> Side {
        let width = rows.first().map_or(0, |row| row.1.len());
        let column = |at: usize| rows.iter().map(|row| row.1[at]).collect::<TextColumn>();
        Side {
            key: rows.iter().map(|row| Some(row.0)).collect(),
            conditions: (0..width - exceptions).map(column).collect(),
            exceptions: (width - exceptions..width).map(column).collect(),
        }
    }

    #[test]
    fn what_a_rule_between_two_tables_does_is_counted() {
        let left = side(
            &[
                ("a", &[Some("10"), Some("meyer"), Some("1")]),
                ("b", &[Some("10"), Some("smith"), Some("1")]),
                ("c", &[Some("20"), Some("jones"), None]),
                ("d", &[None, Some("jones"), None]),
            ],
            1,
        );
        let right = side(
            &[
                ("x", &[Some("10"), Some("meier"), Some("2")]),
                ("y", &[Some("10"), Some("meyer"), Some("1")]),
                ("z", &[Some("20"), None, None]),
            ],
            1,
        );
        let differs = [Exception { at_least: 1.0, differs: true }];
        let tried = try_rule(&left, Some(&right), &[1.0, 0.8], &differs, 1000, 10);
        assert_eq!((tried.pairs, tried.excepted, tried.matched), (1, 1, 1), "{tried:?}");
        assert_eq!((tried.conditions, tried.blocked, tried.compared), (vec![5, 2], 4, 4));
        assert_eq!(tried.largest, Some((4, 0)));
        assert_eq!(tried.bins, [(vec![100], 1)]);
        assert_eq!(tried.nearest.len(), 1, "exceptions are not near the line, and `smith` is far from it");
        assert!(tried.nearest[0].matches && tried.nearest[0].rows == (0, 1));
    }

    #[test]
    fn pairs_within_a_table_are_counted_once_in_any_order_and_samples_are_the_same() {
        let rows: Vec<(String, String)> = (0..400).map(|n| (format!("k{n:03}"), format!("name{}", n % 37))).collect();
        let table = |order: &mut dyn Iterator<Item = usize>| {
            let rows: Vec<&(String, String)> = order.map(|at| &rows[at]).collect();
            let key = rows.iter().map(|row| Some(row.0.as_str())).collect();
            let names = rows.iter().map(|row| Some(row.1.as_str())).collect();
            Side { key, conditions: vec![names], exceptions: Vec::new() }
        };
        let (there, back) = (table(&mut (0..400)), table(&mut (0..400).rev()));
        let all = try_rule(&there, None, &[1.0], &[], u64::MAX, 3);
        let same = (0..37u64).map(|n| (400 - n).div_ceil(37)).map(|n| n * (n - 1) / 2).sum::<u64>();
        assert_eq!((all.pairs, all.matched, all.conditions.as_slice()), (same, 400, &[same][..]));
        assert_eq!(all.nearest.len(), 3);
        let other = try_rule(&back, None, &[1.0], &[], u64::MAX, 3);
        assert_eq!((other.pairs, other.matched), (all.pairs, all.matched));
        // Without an exact condition all would be compared with all.
        let some = try_rule(&there, None, &[0.9], &[], 5000, 3);
        assert_eq!(some.blocked, 400 * 399 / 2);
        assert!(some.compared > 2000 && some.compared < 9000, "{}", some.compared);
        assert_eq!(some, try_rule(&there, None, &[0.9], &[], 5000, 3));
        // What is shown differs in what is compared.
        let shown: std::collections::BTreeSet<(&str, &str)> = some
            .nearest
            .iter()
            .map(|near| {
                let (a, b) =
                    (there.conditions[0].text(near.rows.0 as usize), there.conditions[0].text(near.rows.1 as usize));
                (a.min(b), a.max(b))
            })
            .collect();
        assert_eq!((some.nearest.len(), shown.len()), (3, 3), "{shown:?}");
        assert!(some.pairs <= some.compared && some.bins.iter().map(|bin| bin.1).sum::<u64>() <= some.compared);
    }
}
