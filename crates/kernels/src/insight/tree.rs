//! Tree: the people among whom an outcome differs from everybody's, told by a few values of their fields.
//!
//! A classification and regression tree (Breiman and others, 1984): each split is the one that leaves least variance, or
//! least Gini impurity. It is grown on one half of the people and tested on the other, so that a leaf is not called
//! different for what was sought out in it.
//!
//! Flow     halves by a hash of numbers ─ grown on one ─ splits whose sides are alike in the other taken back ─ leaves tested
//!          there, for as many tests as leaves were grown ─ counted over all
//!
//! Invariants
//! - A leaf is the people for whom each of its conditions holds: what it counts a rule made of them finds.

use std::marker::PhantomData;

use super::significance::{Moments, beyond, means, shares};
use super::{Coded, mixed};

/// The most classes of an outcome.
pub const CLASSES: usize = 11;

/// Sides of a split that are less far apart than this, in standard deviations, are one (1 in 300 by chance).
const ALIKE: f64 = 3.0;

/// What is to be told apart.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'a> {
    /// A number; missing where it is not finite.
    Number(&'a [f64]),
    /// A category; 0 where it is missing.
    Category {
        /// The category of each person.
        codes: &'a [u8],
        /// Categories there are, the missing one among them; at most [`CLASSES`].
        classes: usize,
        /// The one that is asked about; each leaf tells its own when none is.
        wanted: Option<u8>,
    },
}

/// How a tree grows.
#[derive(Clone, Copy, Debug)]
pub struct Growth {
    /// The most conditions on the way to a leaf.
    pub depth: usize,
    /// The least share of people in a leaf.
    pub least_share: f64,
    /// The least number of people in a leaf.
    pub least: u64,
    /// How often a leaf may be shown though chance alone made it differ.
    pub level: f64,
}

impl Default for Growth {
    fn default() -> Self {
        Self { depth: 4, least_share: 0.01, least: 40, level: 0.05 }
    }
}

/// People whose outcome differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// Fields, by their places, with the bins that people have, ascending.
    pub conditions: Vec<(usize, Vec<u8>)>,
    /// People, those without an outcome too.
    pub members: u64,
    /// The category that is told of.
    pub class: Option<u8>,
    /// The share of that category, or the mean, among them.
    pub value: f64,
    /// The same among everybody.
    pub overall: f64,
    /// How likely it is by chance: two-sided, times the number of leaves.
    pub p: f64,
    /// The difference in standard deviations, on the half that the tree was not grown on.
    pub z: f64,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Leaves that differ, the clearest first.
    pub leaves: Vec<Leaf>,
    /// Leaves there are.
    pub grown: usize,
    /// People with an outcome.
    pub known: u64,
}

/// Grows a tree over people and tests its leaves. `numbers`: what each person is told from others by.
pub fn grow(fields: &[Coded<'_>], outcome: Outcome<'_>, numbers: &[u32], growth: Growth) -> Found {
    match outcome {
        Outcome::Number(values) => {
            let known = values.iter().copied().filter(|value| value.is_finite());
            let (low, high) =
                known.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), value| (a.min(value), b.max(value)));
            if low >= high {
                return Found {
                    known: values.iter().filter(|value| value.is_finite()).count() as u64,
                    ..Found::default()
                };
            }
            // Whole numbers are added up without regard to order.
            let unit = (high - low) / (1_u64 << 45) as f64;
            let whole: Vec<Option<i64>> =
                values.iter().map(|value| value.is_finite().then(|| ((value - low) / unit).round() as i64)).collect();
            let people =
                People { fields, numbers, growth, one: |person: usize| whole[person], tally: PhantomData::<Moments> };
            people.found(|_| 0, |moments, _| low + moments.mean() * unit, |inside, outside, _| means(inside, outside))
        }
        Outcome::Category { codes, classes, wanted } => {
            assert!(classes <= CLASSES, "at most {CLASSES} categories are told apart");
            let one = |person: usize| Some(codes[person]).filter(|code| *code != 0);
            let people = People { fields, numbers, growth, one, tally: PhantomData::<Counts> };
            let apart = |a: &Counts, b: &Counts, class: u8| shares(a.of(class), a.n(), b.of(class), b.n());
            let told = |inside: (&Counts, &Counts)| {
                wanted.unwrap_or_else(|| {
                    let z = |class: u8| apart(inside.0, inside.1, class);
                    (1..classes as u8).fold(1, |best, class| if z(class) > z(best) { class } else { best })
                })
            };
            people.found(told, |counts, class| counts.of(class) as f64 / counts.n().max(1) as f64, apart)
        }
    }
}

/// Outcomes of a group, added up.
trait Tally: Default + Clone {
    /// One outcome.
    type One: Copy;
    fn put(&mut self, one: Self::One);
    fn n(&self) -> u64;
    fn join(&mut self, other: &Self);
    fn without(&self, other: &Self) -> Self;
    /// What a group lacks to be all alike, times its size.
    fn impurity(&self) -> f64;
    /// How far apart two groups are, in standard deviations of what chance gives.
    fn unlike(&self, other: &Self) -> f64;
    /// By what bins without an order are put into one; several ways may be tried.
    fn keys(&self) -> usize;
    fn key(&self, which: usize) -> f64;
}

impl Tally for Moments {
    type One = i64;
    fn put(&mut self, one: i64) {
        self.add(one);
    }
    fn n(&self) -> u64 {
        self.n
    }
    fn join(&mut self, other: &Self) {
        self.join(other);
    }
    fn without(&self, other: &Self) -> Self {
        self.without(other)
    }
    fn impurity(&self) -> f64 {
        self.scatter()
    }
    fn unlike(&self, other: &Self) -> f64 {
        means(self, other).abs()
    }
    fn keys(&self) -> usize {
        1
    }
    fn key(&self, _: usize) -> f64 {
        self.mean()
    }
}

/// How many have each category; none have the missing one.
#[derive(Clone, Debug, Default, PartialEq)]
struct Counts([u64; CLASSES]);

impl Counts {
    fn of(&self, class: u8) -> u64 {
        self.0[usize::from(class)]
    }
}

impl Tally for Counts {
    type One = u8;
    fn put(&mut self, one: u8) {
        self.0[usize::from(one)] += 1;
    }
    fn n(&self) -> u64 {
        self.0.iter().sum()
    }
    fn join(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(own, other)| *own += other);
    }
    fn without(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|class| self.0[class] - other.0[class]))
    }
    fn impurity(&self) -> f64 {
        let n = self.n() as f64;
        if n == 0.0 { 0.0 } else { n - self.0.iter().map(|count| (*count as f64).powi(2)).sum::<f64>() / n }
    }
    fn unlike(&self, other: &Self) -> f64 {
        let of = |class: u8| shares(self.of(class), self.n(), other.of(class), other.n()).abs();
        (1..CLASSES as u8).map(of).fold(0.0, f64::max)
    }
    fn keys(&self) -> usize {
        // With two categories the share of one is as good as that of the other.
        let there = self.0.iter().filter(|count| **count > 0).count();
        if there <= 2 { 1 } else { CLASSES }
    }
    fn key(&self, which: usize) -> f64 {
        let first = self.0.iter().position(|count| *count > 0).unwrap_or_default();
        let class = if self.keys() == 1 { first } else { which };
        self.0[class] as f64 / self.n().max(1) as f64
    }
}

/// People with their fields, and how their outcomes are told and added up.
struct People<'a, O, T> {
    fields: &'a [Coded<'a>],
    numbers: &'a [u32],
    growth: Growth,
    one: O,
    tally: PhantomData<T>,
}

/// A split: a field, and the bins that go one way and the other.
#[derive(Clone, Debug, PartialEq)]
struct Split {
    field: usize,
    left: Vec<u8>,
    right: Vec<u8>,
    gain: f64,
}

/// A leaf while it grows.
struct Grown {
    conditions: Vec<(usize, Vec<u8>)>,
    rows: Vec<u32>,
}

impl<T: Tally, O: Fn(usize) -> Option<T::One>> People<'_, O, T> {
    fn found(
        &self,
        told: impl Fn((&T, &T)) -> u8,
        value: impl Fn(&T, u8) -> f64,
        apart: impl Fn(&T, &T, u8) -> f64,
    ) -> Found {
        let known = |person: &u32| (self.one)(*person as usize).is_some();
        let all: Vec<u32> = (0..self.numbers.len() as u32).collect();
        let is_grown = |person: &u32| mixed(u64::from(self.numbers[*person as usize]) ^ 0x7ee5) & 1 == 0;
        let (grown, held): (Vec<u32>, Vec<u32>) = all.iter().copied().filter(known).partition(is_grown);
        let least = ((grown.len() as f64 * self.growth.least_share) as u64).max(self.growth.least.div_ceil(2)).max(1);
        let of = |rows: &[u32]| self.sum(rows);
        let (of_grown, of_held) = (of(&grown), of(&held));
        let of_all = {
            let mut all = of_grown.clone();
            all.join(&of_held);
            all
        };
        let mut grown_in_all = 0;
        let leaves = self.branch(grown, &held, Vec::new(), least, self.growth.depth, &mut grown_in_all);
        let mut found = Found { leaves: Vec::new(), grown: grown_in_all, known: of_all.n() };
        if leaves.len() < 2 {
            return found;
        }
        for leaf in leaves {
            let inside = |rows: &[u32]| -> Vec<u32> {
                rows.iter().copied().filter(|row| self.holds(&leaf.conditions, *row)).collect()
            };
            let own_grown = of(&leaf.rows);
            let class = told((&own_grown, &of_grown.without(&own_grown)));
            let own = of(&inside(&held));
            let z = apart(&own, &of_held.without(&own), class);
            let p = (beyond(z) * found.grown as f64).min(1.0);
            if p > self.growth.level || own.n() < least / 2 {
                continue;
            }
            let members = inside(&all);
            let mut whole = own;
            whole.join(&own_grown);
            found.leaves.push(Leaf {
                conditions: leaf.conditions.clone(),
                members: members.len() as u64,
                class: Some(class).filter(|class| *class != 0),
                value: value(&whole, class),
                overall: value(&of_all, class),
                p,
                z,
            });
        }
        found.leaves.sort_by(|a, b| b.z.abs().total_cmp(&a.z.abs()).then_with(|| a.conditions.cmp(&b.conditions)));
        found
    }

    fn sum(&self, rows: &[u32]) -> T {
        let mut sum = T::default();
        rows.iter().filter_map(|row| (self.one)(*row as usize)).for_each(|value| sum.put(value));
        sum
    }

    fn holds(&self, conditions: &[(usize, Vec<u8>)], row: u32) -> bool {
        conditions.iter().all(|(field, bins)| bins.binary_search(&self.fields[*field].codes[row as usize]).is_ok())
    }

    /// The leaves below a group; `grown` counts those there were before any split was taken back.
    fn branch(
        &self,
        rows: Vec<u32>,
        held: &[u32],
        conditions: Vec<(usize, Vec<u8>)>,
        least: u64,
        depth: usize,
        grown: &mut usize,
    ) -> Vec<Grown> {
        let small = depth == 0 || (rows.len() as u64) < 2 * least;
        let Some(split) = (if small { None } else { self.split(&rows, &conditions, least) }) else {
            *grown += 1;
            return vec![Grown { conditions, rows }];
        };
        let codes = self.fields[split.field].codes;
        let (mut leaves, mut tested) = (Vec::new(), Vec::new());
        for side in [split.left, split.right] {
            let inside = |rows: &[u32]| -> Vec<u32> {
                rows.iter().copied().filter(|row| side.binary_search(&codes[*row as usize]).is_ok()).collect()
            };
            let mut own = conditions.clone();
            own.retain(|(field, _)| *field != split.field);
            own.push((split.field, side.clone()));
            own.sort();
            let held = inside(held);
            leaves.push(self.branch(inside(&rows), &held, own, least, depth - 1, grown));
            tested.push(self.sum(&held));
        }
        let ends = leaves.iter().all(|side| side.len() == 1);
        if ends && tested[0].unlike(&tested[1]) < ALIKE {
            return vec![Grown { conditions, rows }];
        }
        leaves.into_iter().flatten().collect()
    }

    /// The split that leaves least impurity; none where none takes away a thousandth of it.
    fn split(&self, rows: &[u32], conditions: &[(usize, Vec<u8>)], least: u64) -> Option<Split> {
        let mut best: Option<Split> = None;
        let whole = self.sum(rows).impurity();
        for (place, field) in self.fields.iter().enumerate() {
            let mut bins: Vec<T> = vec![T::default(); field.bins];
            for row in rows {
                if let Some(value) = (self.one)(*row as usize) {
                    bins[usize::from(field.codes[*row as usize])].put(value);
                }
            }
            let allowed = conditions.iter().find(|(known, _)| *known == place).map(|(_, bins)| bins.as_slice());
            let found = best_split(place, *field, &bins, allowed, least);
            if let Some(found) = found.filter(|found| best.as_ref().is_none_or(|best| found.gain > best.gain)) {
                best = Some(found);
            }
        }
        best.filter(|best| best.gain > whole * 1e-3)
    }
}

/// The best way to part the bins of a field.
fn best_split<T: Tally>(
    place: usize,
    field: Coded<'_>,
    bins: &[T],
    allowed: Option<&[u8]>,
    least: u64,
) -> Option<Split> {
    let mut whole = T::default();
    bins.iter().for_each(|bin| whole.join(bin));
    let impurity = whole.impurity();
    let within = |bin: u8| allowed.is_none_or(|allowed| allowed.binary_search(&bin).is_ok());
    let there = |bin: u8| bins[usize::from(bin)].n() > 0;
    let every = 0..=(field.bins - 1) as u8;
    let mut best: Option<Split> = None;
    let mut consider = |left: &T, sides: &dyn Fn() -> (Vec<u8>, Vec<u8>)| {
        let right = whole.without(left);
        if left.n() < least || right.n() < least {
            return;
        }
        let gain = impurity - left.impurity() - right.impurity();
        // A later one must be better by more than the dust of fractions.
        if best.as_ref().is_none_or(|best| gain > best.gain + impurity * 1e-12) {
            let (mut left, mut right) = sides();
            left.sort_unstable();
            right.sort_unstable();
            best = Some(Split { field: place, left, right, gain });
        }
    };
    if field.ordered {
        let values: Vec<u8> = every.filter(|bin| *bin != 0 && within(*bin)).collect();
        let mut left = T::default();
        for (at, bin) in values.iter().enumerate() {
            left.join(&bins[usize::from(*bin)]);
            let (below, above) = values.split_at(at + 1);
            if !there(0) {
                consider(&left, &|| (below.to_vec(), above.to_vec()));
                continue;
            }
            let mut with = left.clone();
            with.join(&bins[0]);
            // Those without a value go with either side, or stand against all others.
            if !above.is_empty() {
                consider(&left, &|| (below.to_vec(), [&[0], above].concat()));
                consider(&with, &|| ([&[0], below].concat(), above.to_vec()));
            } else {
                consider(&left, &|| (below.to_vec(), vec![0]));
            }
        }
        return best;
    }
    let mut values: Vec<u8> = every.filter(|bin| there(*bin)).collect();
    for which in 0..whole.keys() {
        let key = |bin: u8| bins[usize::from(bin)].key(which);
        if whole.keys() > 1 && values.iter().all(|bin| key(*bin) == 0.0) {
            continue;
        }
        values.sort_by(|a, b| key(*b).total_cmp(&key(*a)).then(a.cmp(b)));
        let mut left = T::default();
        for (at, bin) in values.iter().enumerate() {
            left.join(&bins[usize::from(*bin)]);
            let (first, rest) = values.split_at(at + 1);
            consider(&left, &|| (first.to_vec(), rest.to_vec()));
        }
    }
    best
}

#[cfg(test)]
mod tests;
