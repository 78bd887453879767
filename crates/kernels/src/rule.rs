//! Rule: which records meet the conditions of a rule, and how well.
//!
//! Reads    one column a condition and side, thresholds, one column an exception and side
//! Writes   pairs of classes of records that meet the rule, with the lowest of their scores; counts
//! Flow     equal values of exact conditions: blocks ─ records that look alike: classes ─ within a block classes pair by
//!          pair, or in large blocks the pairs of the strictest near condition ─ the other conditions ─ exceptions
//!
//! Invariants
//! - A null meets no condition, neither in rules nor in exceptions.
//! - A threshold of 1 is equality, and costs what equality costs.
//! - Classes are numbered by their first record, left side first; pairs come in an order that follows from that.
//!
//! Not here: what is done with pairs (`deduplicate`, `matching`); the search for near texts (`near`).

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::frame::{NO_CODE, TextColumn};
use crate::near::{self, Letters};

/// An exception: a pair for which all exceptions of a rule hold does not match.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exception {
    /// The least score at which values are near, above 0 to 1.
    pub at_least: f64,
    /// Whether it holds where values are *not* that near.
    pub differs: bool,
}

/// What was counted while a rule was looked at, in pairs of records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleCounts {
    /// Pairs that meet the rule.
    pub met: u64,
    /// Pairs that meet its conditions and its exceptions.
    pub excepted: u64,
    /// Pairs that were not looked at because there were too many.
    pub skipped: u64,
    /// By condition: for an exact one all pairs that meet it; for a near one those among the pairs that meet the exact
    /// conditions (and, in large blocks, the strictest near one).
    pub conditions: Vec<u64>,
}

/// The texts of one side.
#[derive(Clone, Copy)]
pub(crate) struct Texts<'a> {
    pub(crate) conditions: &'a [TextColumn],
    pub(crate) exceptions: &'a [TextColumn],
    /// Its records in the order of their keys.
    pub(crate) order: &'a [u32],
}

/// Pairs of classes in one block above which they are looked for by value.
const MANY: usize = 1 << 14;
/// Blocks that are looked at at once.
const BATCH: usize = 4096;

/// A rule over one side or two.
pub(crate) struct Evaluation<'a> {
    at_least: &'a [f64],
    exceptions: &'a [Exception],
    /// Per class its block.
    block: Vec<u32>,
    /// Per class and condition the value.
    values: Vec<u32>,
    /// Per class and exception the value, or none.
    excepted: Vec<u32>,
    /// Per condition the letters of its values; none for exact ones.
    letters: Vec<Option<Letters>>,
    /// Per exception likewise.
    excepted_letters: Vec<Option<Letters>>,
    /// Per class its records, in the order of their keys.
    rows: Vec<Vec<u32>>,
    /// Classes from here on are those of the right side.
    right: u32,
    most_work: u64,
    counts: RuleCounts,
}

/// Texts of both sides by number.
#[derive(Default)]
struct Numbers<'a> {
    of: FxHashMap<&'a str, u32>,
    texts: Vec<&'a str>,
}

impl<'a> Numbers<'a> {
    fn number(&mut self, text: Option<&'a str>) -> u32 {
        let Some(text) = text else { return NO_CODE };
        *self.of.entry(text).or_insert_with(|| {
            self.texts.push(text);
            self.texts.len() as u32 - 1
        })
    }
}

impl<'a> Evaluation<'a> {
    /// Puts the records of one side, or of two, into classes.
    pub(crate) fn new(
        left: Texts<'a>,
        right: Option<Texts<'a>>,
        at_least: &'a [f64],
        exceptions: &'a [Exception],
        most_work: u64,
    ) -> Self {
        let (width, extra) = (at_least.len(), exceptions.len());
        let mut numbers: Vec<Numbers<'a>> = (0..width + extra).map(|_| Numbers::default()).collect();
        let mut blocks: FxHashMap<Vec<u32>, u32> = FxHashMap::default();
        let exact: Vec<usize> = (0..width).filter(|&c| at_least[c] >= 1.0).collect();
        let mut all = Self {
            at_least,
            exceptions,
            block: Vec::new(),
            values: Vec::new(),
            excepted: Vec::new(),
            letters: Vec::new(),
            excepted_letters: Vec::new(),
            rows: Vec::new(),
            right: 0,
            most_work,
            counts: RuleCounts { conditions: vec![0; width], ..RuleCounts::default() },
        };
        let mut held: Vec<Vec<[u64; 2]>> = vec![Vec::new(); width];
        for (number, side) in [Some(left), right].into_iter().enumerate() {
            let Some(side) = side else { continue };
            all.right = if number == 0 { u32::MAX } else { all.rows.len() as u32 };
            let mut classes: FxHashMap<Vec<u32>, u32> = FxHashMap::default();
            let mut tuple = Vec::with_capacity(width + extra);
            for &row in side.order {
                tuple.clear();
                let columns = side.conditions.iter().chain(side.exceptions);
                tuple.extend(
                    columns.zip(&mut numbers).map(|(column, numbers)| numbers.number(column.get(row as usize))),
                );
                for &condition in &exact {
                    if tuple[condition] != NO_CODE {
                        let held = &mut held[condition];
                        held.resize(held.len().max(tuple[condition] as usize + 1), [0; 2]);
                        held[tuple[condition] as usize][number] += 1;
                    }
                }
                if width == 0 || tuple[..width].contains(&NO_CODE) {
                    continue;
                }
                let class = match classes.get(&tuple) {
                    Some(&class) => class,
                    None => {
                        let class = all.rows.len() as u32;
                        let key: Vec<u32> = exact.iter().map(|&condition| tuple[condition]).collect();
                        let next = blocks.len() as u32;
                        all.block.push(*blocks.entry(key).or_insert(next));
                        all.values.extend_from_slice(&tuple[..width]);
                        all.excepted.extend_from_slice(&tuple[width..]);
                        all.rows.push(Vec::new());
                        classes.insert(tuple.clone(), class);
                        class
                    }
                };
                all.rows[class as usize].push(row);
            }
        }
        for &condition in &exact {
            let pairs =
                held[condition].iter().map(|[a, b]| if right.is_some() { a * b } else { a * a.saturating_sub(1) / 2 });
            all.counts.conditions[condition] = pairs.sum();
        }
        let letters = |numbers: &Numbers<'_>, at_least: f64| (at_least < 1.0).then(|| Letters::new(&numbers.texts));
        all.letters = numbers.iter().zip(at_least).map(|(numbers, &least)| letters(numbers, least)).collect();
        all.excepted_letters = numbers[width..].iter().zip(exceptions).map(|(n, e)| letters(n, e.at_least)).collect();
        all
    }
    /// The records of a class, in the order of their keys.
    pub(crate) fn rows(&self, class: u32) -> &[u32] {
        &self.rows[class as usize]
    }
    /// What was counted.
    pub(crate) fn counts(&self) -> &RuleCounts {
        &self.counts
    }
    /// Calls `found` with the pairs of classes that meet the rule. On one side a class and itself is such a pair where it has more
    /// than one record and these are no exception.
    pub(crate) fn pairs(&mut self, found: &mut dyn FnMut(&Self, u32, u32, f64)) {
        let blocks = self.blocks();
        let one_side = self.right == u32::MAX;
        for batch in blocks.chunks(BATCH) {
            let small: Vec<(Vec<Met>, Tally)> = batch
                .par_iter()
                .map(
                    |(left, right)| {
                        if self.is_large(left, right) { Default::default() } else { self.block_by_pairs(left, right) }
                    },
                )
                .collect();
            for ((left, right), (met, tally)) in batch.iter().zip(small) {
                self.count(&tally);
                met.iter().for_each(|met| found(self, met.a, met.b, met.score));
                if self.is_large(left, right) {
                    self.block_by_values(left, if one_side { None } else { Some(right) }, found);
                }
            }
        }
    }

    /// Classes by block: those of the left side and those of the right, the same on one side.
    fn blocks(&self) -> Vec<(Vec<u32>, Vec<u32>)> {
        let count = self.block.iter().max().map_or(0, |&most| most as usize + 1);
        let mut blocks = vec![(Vec::new(), Vec::new()); count];
        for (class, &block) in self.block.iter().enumerate() {
            let class = class as u32;
            let (left, right) = &mut blocks[block as usize];
            if class < self.right { left.push(class) } else { right.push(class) }
        }
        blocks
    }
    fn is_large(&self, left: &[u32], right: &[u32]) -> bool {
        let others = if self.right == u32::MAX { left.len() } else { right.len() };
        left.len() * others > MANY
    }
    fn strictest(&self) -> Option<usize> {
        let near = (0..self.at_least.len()).filter(|&condition| self.at_least[condition] < 1.0);
        near.max_by(|&a, &b| self.at_least[a].total_cmp(&self.at_least[b]).then(b.cmp(&a)))
    }
    fn count(&mut self, tally: &Tally) {
        self.counts.met += tally.met;
        self.counts.excepted += tally.excepted;
        tally.conditions.iter().zip(&mut self.counts.conditions).for_each(|(more, sum)| *sum += more);
    }
    /// All pairs of a block.
    fn block_by_pairs(&self, left: &[u32], right: &[u32]) -> (Vec<Met>, Tally) {
        let (mut met, mut tally) = (Vec::new(), Tally::default());
        for (place, &a) in left.iter().enumerate() {
            let others = if self.right == u32::MAX { &left[place..] } else { right };
            met.extend(others.iter().filter_map(|&b| self.look(a, b, None, &mut tally)));
        }
        (met, tally)
    }
    /// The pairs of a large block: by the values of the strictest near condition, or, without one, all of them up to a limit.
    fn block_by_values(&mut self, left: &[u32], right: Option<&[u32]>, found: &mut dyn FnMut(&Self, u32, u32, f64)) {
        let Some(condition) = self.strictest() else { return self.block_to_limit(left, right, found) };
        let width = self.at_least.len();
        let by_value = |classes: &[u32]| {
            let mut by_value: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
            let mut values = Vec::new();
            for &class in classes {
                let value = self.values[class as usize * width + condition];
                let list = by_value.entry(value).or_default();
                if list.is_empty() {
                    values.push(value);
                }
                list.push(class);
            }
            (values, by_value)
        };
        let (values, classes) = by_value(left);
        let (other_values, other_classes) = right.map(by_value).unzip();
        let others = other_classes.as_ref().unwrap_or(&classes);
        let mut tally = Tally::default();
        let this = &*self;
        let mut meet = |a: u32, b: u32, score: f64| {
            for (place, &a_class) in classes[&a].iter().enumerate() {
                let from = if right.is_none() && a == b { place } else { 0 };
                for &b_class in &others[&b][from..] {
                    let (low, high) =
                        if right.is_none() { (a_class.min(b_class), a_class.max(b_class)) } else { (a_class, b_class) };
                    if let Some(met) = this.look(low, high, Some((condition, score)), &mut tally) {
                        found(this, met.a, met.b, met.score);
                    }
                }
            }
        };
        if right.is_none() {
            values.iter().for_each(|&value| meet(value, value, 1.0));
        }
        let letters = this.letters[condition].as_ref().expect("a near condition has letters");
        let least = this.at_least[condition];
        let skipped = near::pairs(letters, &values, other_values.as_deref(), least, this.most_work, &mut meet);
        self.counts.skipped += skipped;
        self.count(&tally);
    }
    /// A large block of a rule that has exceptions and no near conditions.
    fn block_to_limit(&mut self, left: &[u32], right: Option<&[u32]>, found: &mut dyn FnMut(&Self, u32, u32, f64)) {
        let mut tally = Tally::default();
        let most = (self.most_work / 16) as usize / left.len().max(1);
        let mut skipped = 0;
        for (place, &a) in left.iter().enumerate() {
            let others = right.unwrap_or(&left[place..]);
            skipped += others.len().saturating_sub(most) as u64;
            for &b in others.iter().take(most) {
                if let Some(met) = self.look(a, b, None, &mut tally) {
                    found(self, met.a, met.b, met.score);
                }
            }
        }
        self.counts.skipped += skipped;
        self.count(&tally);
    }
    /// Whether two classes of a block meet the rule. `known`: a condition whose score is known.
    fn look(&self, a: u32, b: u32, known: Option<(usize, f64)>, tally: &mut Tally) -> Option<Met> {
        let (of_a, of_b) = (self.rows[a as usize].len() as u64, self.rows[b as usize].len() as u64);
        let pairs = if a == b { of_a * (of_a - 1) / 2 } else { of_a * of_b };
        if pairs == 0 {
            return None;
        }
        let width = self.at_least.len();
        tally.conditions.resize(width, 0);
        let (mut lowest, mut meets) = (1.0_f64, true);
        for (condition, letters) in self.letters.iter().enumerate() {
            let Some(letters) = letters else { continue };
            let value = |class: u32| self.values[class as usize * width + condition];
            let score = match known {
                Some((known, score)) if known == condition => Some(score),
                _ => letters.at_least(value(a), value(b), self.at_least[condition]),
            };
            match score {
                Some(score) => {
                    tally.conditions[condition] += pairs;
                    lowest = lowest.min(score);
                }
                None => meets = false,
            }
        }
        if !meets {
            return None;
        }
        if self.is_exception(a, b) {
            tally.excepted += pairs;
            return None;
        }
        tally.met += pairs;
        Some(Met { a, b, score: lowest })
    }
    /// Whether all exceptions hold; without exceptions it is none.
    fn is_exception(&self, a: u32, b: u32) -> bool {
        let width = self.exceptions.len();
        let holds = |(place, exception): (usize, &Exception)| {
            let value = |class: u32| self.excepted[class as usize * width + place];
            let (a, b) = (value(a), value(b));
            if a == NO_CODE || b == NO_CODE {
                return false;
            }
            let letters = self.excepted_letters[place].as_ref();
            let near = a == b || letters.is_some_and(|letters| letters.at_least(a, b, exception.at_least).is_some());
            near != exception.differs
        };
        width > 0 && self.exceptions.iter().enumerate().all(holds)
    }
}

/// A pair of classes that meets a rule.
struct Met {
    a: u32,
    b: u32,
    score: f64,
}

/// Counts of some pairs.
#[derive(Default)]
struct Tally {
    met: u64,
    excepted: u64,
    conditions: Vec<u64>,
}
