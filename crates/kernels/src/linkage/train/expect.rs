//! Expect: of which sort the pairs of each pattern are, by the figures of a round, and what they teach the next.
//!
//! Reads    a model with the figures of a round, patterns and how often they came
//! Writes   pairs by sort; levels of pairs of one person; what kin share; what doubtful levels are taken for
//!
//! Invariants
//! - Sums are taken in one order, part by part.
//!
//! Not here: the next figures (`train`).

use rayon::prelude::*;

use super::super::between::Between;
use super::super::restrain::Doubtful;
use super::super::score::{About, Likelihood, SORTS, Sort, Sum, about, counted_elsewhere, names, shared, without};
use super::super::{Comparison, Level, Model, Pattern};
use super::{Counted, Counts, LIVELY};

/// Pairs by sort, and levels of pairs of one person.
pub(super) struct Sums {
    pub(super) pairs: [f64; SORTS.len()],
    pub(super) levels: Vec<Vec<f64>>,
    /// By comparison and sort, kin who share it and all kin who may.
    pub(super) shared: Vec<[(f64, f64); SORTS.len()]>,
    /// Pairs of one person that may teach a doubtful level: those that have it, and all.
    pub(super) doubtful: Vec<(f64, f64)>,
    /// Pairs of one person that differ in both names.
    pub(super) two_names: f64,
    /// Pairs of one person or of kin that share both names.
    pub(super) equal_names: f64,
    /// Pairs of one person by the number of their tables.
    pub(super) between: Vec<f64>,
}

/// The patterns that may be of one person or of kin; the others are of strangers and teach nothing of people. Most are.
pub(super) fn lively_of(model: &Model, counts: &Counts) -> Counts {
    let sorts = Likelihood::all(model);
    let between = Between::of(model);
    let known = |of: &Counted| {
        let (mut known, mut all) = (Sum::default(), Sum::default());
        for sort in &sorts {
            let bits = sort.of_counted(of, &between);
            all.add(bits);
            if !matches!(sort.sort, Sort::Stranger | Sort::Neighbour | Sort::Homonym) {
                known.add(bits);
            }
        }
        known.bits() - all.bits() > LIVELY
    };
    Counts { patterns: counts.patterns.par_iter().filter(|of| known(of)).copied().collect() }
}

/// What kin share of what not all of them do.
struct Sharing {
    /// By sort, comparison and level the probability that those who have it share it; none for what the sort tells.
    likely: [Vec<Option<Vec<f64>>>; SORTS.len()],
}

impl Sharing {
    fn of(model: &Model) -> Self {
        let likely = SORTS.map(|sort| {
            let of = |comparison: &Comparison| {
                let about = about(model, comparison);
                let share = sort.of_shared(comparison.shared.or_else(|| shared(about)).unwrap_or_default());
                let level = |level: &Level| {
                    let (m, u) = (share * level.m.unwrap_or_default(), (1.0 - share) * level.u.unwrap_or_default());
                    if m > 0.0 { m / (m + u) } else { 0.0 }
                };
                sort.may_share(about).then(|| comparison.levels.iter().map(level).collect())
            };
            model.comparisons.iter().map(of).collect()
        });
        Self { likely }
    }
    /// Adds pairs of a sort with these levels.
    fn add(&self, sort: Sort, pattern: Pattern, eligible: u16, pairs: f64, sums: &mut [[(f64, f64); SORTS.len()]]) {
        for (place, likely) in self.likely[sort as usize].iter().enumerate() {
            if let Some(likely) = likely.as_ref().filter(|_| eligible >> place & 1 == 1)
                && let Some(level) = pattern.level(place)
            {
                let sum = &mut sums[place][sort as usize];
                *sum = (sum.0 + pairs * likely[level], sum.1 + pairs);
            }
        }
    }
}

pub(super) fn expect(model: &Model, counts: &Counts, doubtful: &[Doubtful], tables: usize) -> Sums {
    let sorts = Likelihood::all(model);
    let empty = || Sums {
        pairs: [0.0; SORTS.len()],
        levels: model.comparisons.iter().map(|comparison| vec![0.0; comparison.levels.len()]).collect(),
        shared: vec![[(0.0, 0.0); SORTS.len()]; model.comparisons.len()],
        doubtful: vec![(0.0, 0.0); doubtful.len()],
        two_names: 0.0,
        equal_names: 0.0,
        between: vec![0.0; tables],
    };
    let names = names(model);
    let between = Between::of(model);
    let place_like: u16 = (0..model.comparisons.len())
        .filter(|&place| matches!(about(model, &model.comparisons[place]), About::Place | About::Street))
        .fold(0, |bits, place| bits | (1 << place));
    let elsewhere = counted_elsewhere(&model.comparisons);
    let sharing = Sharing::of(model);
    let part = |patterns: &[Counted]| {
        let mut sums = empty();
        for of in patterns {
            let Counted { pattern, eligible, pairs, .. } = *of;
            let mut bits = [0.0; SORTS.len()];
            let mut all = Sum::default();
            for (bits, sort) in bits.iter_mut().zip(&sorts) {
                *bits = sort.of_counted(of, &between);
                all.add(*bits);
            }
            let all = all.bits();
            let (mut same, mut mover) = (0.0, 0.0);
            let mut of_sort = [0.0; SORTS.len()];
            for (sort, bits) in sorts.iter().zip(bits) {
                let share = (bits - all).exp2() * pairs;
                sums.pairs[sort.sort as usize] += share;
                of_sort[sort.sort as usize] = share;
                match sort.sort {
                    Sort::Same => same = share,
                    Sort::Mover => mover = share,
                    _ => {}
                }
            }
            if let Some([given, family]) = names
                && pattern.level(given.0) == Some(0)
                && pattern.level(family.0) == Some(0)
            {
                let others =
                    |of: &(&Likelihood, f64)| !matches!(of.0.sort, Sort::Stranger | Sort::Neighbour | Sort::Homonym);
                let known = sorts.iter().zip(bits).filter(others).map(|(_, bits)| (bits - all).exp2() * pairs);
                sums.equal_names += known.sum::<f64>();
            }
            for (sort, bits) in sorts.iter().zip(bits) {
                let share = (bits - all).exp2() * pairs;
                if share > 1e-9 * pairs {
                    sharing.add(sort.sort, pattern, eligible, share, &mut sums.shared);
                }
            }
            for (of, sums) in doubtful.iter().zip(&mut sums.doubtful) {
                if let Some(level) = pattern.level(of.place)
                    && of.may_teach(without(pattern, &elsewhere))
                {
                    let has = level == of.level;
                    let kin =
                        SORTS.into_iter().filter(|&sort| has && of.may_be(sort)).map(|sort| of_sort[sort as usize]);
                    let one = of.of_kin.map_or(same + mover, |kin_share| {
                        (same + mover + kin.sum::<f64>()) * if has { 1.0 - kin_share } else { 1.0 }
                    });
                    sums.1 += one;
                    sums.0 += if has { one } else { 0.0 };
                }
            }
            if same + mover > 1e-9 * pairs {
                sums.between[of.between as usize] += same + mover;
                let pattern = without(pattern, &elsewhere);
                if let Some([given, family]) = names
                    && pattern.level(given.0) == Some(given.1)
                    && pattern.level(family.0) == Some(family.1)
                {
                    sums.two_names += same + mover;
                }
                for place in 0..model.comparisons.len() {
                    if eligible >> place & 1 == 1
                        && let Some(level) = pattern.level(place)
                    {
                        let same_place = place_like >> place & 1 == 1;
                        sums.levels[place][level] += if same_place { same } else { same + mover };
                    }
                }
            }
        }
        sums
    };
    let parts: Vec<Sums> = counts.patterns.par_chunks(4096).map(part).collect();
    parts.into_iter().fold(empty(), |mut sums, part| {
        sums.pairs.iter_mut().zip(part.pairs).for_each(|(sum, part)| *sum += part);
        for (sum, part) in sums.shared.iter_mut().flatten().zip(part.shared.into_iter().flatten()) {
            (sum.0, sum.1) = (sum.0 + part.0, sum.1 + part.1);
        }
        for (sum, part) in sums.doubtful.iter_mut().zip(part.doubtful) {
            (sum.0, sum.1) = (sum.0 + part.0, sum.1 + part.1);
        }
        sums.two_names += part.two_names;
        sums.equal_names += part.equal_names;
        sums.between.iter_mut().zip(part.between).for_each(|(sum, part)| *sum += part);
        for (sums, part) in sums.levels.iter_mut().zip(part.levels) {
            sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
        sums
    })
}

/// The probability that a pair with these levels is of one person, by sorts that are ready.
pub(in super::super) fn posterior(sorts: &[Likelihood], between: &Between, of: &Counted) -> f64 {
    let (mut same, mut all) = (Sum::default(), Sum::default());
    for sort in sorts {
        let bits = sort.of_counted(of, between);
        all.add(bits);
        if sort.sort.is_same() {
            same.add(bits);
        }
    }
    (same.bits() - all.bits()).exp2()
}
