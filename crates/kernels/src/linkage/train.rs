//! Train: the figures of a model, learned without labels.
//!
//! Reads    candidate pairs and their rules, random pairs, how often values are held
//! Writes   m, u, prior, shares of kin; what is stated is kept
//! Flow     patterns counted ─ chance by random pairs ─ expectation, maximisation, until still ─ figures into the model
//!
//! The likelihood is that of all pairs of the population, of which candidates are those that can be of one person: so the prior is
//! one over all pairs, and chance (u) is measured on random pairs and held, but for what pairs of one person add to it. A rule says nothing of the fields in its key, so m of a comparison
//! is learned from pairs that another rule finds too (Dempster, Laird, Rubin 1977; Winkler 1988; Enamorado, Fifield, Imai 2019).
//!
//! Invariants
//! - Pairs are sampled by hashes of keys, sums are taken in one order: the answer depends on neither rows nor threads.
//!
//! Not here: what is compared (`settle`), the weight of a pair (`score`).

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::{Hash, Hasher};

use super::candidates::Candidates;
use super::compare::Comparer;
use super::score::{About, Likelihood, SORTS, Sort, Sum, about, counted_elsewhere, without};
use super::{BlockingRule, FieldKind, Kin, Model, Pattern, Records, Test};

/// Candidate pairs looked at in training, at most about.
pub(super) const TRAINING_PAIRS: u64 = 1_000_000;
const RANDOM_PAIRS: u64 = 400_000;
const ROUNDS: usize = 100;
/// Patterns that are less likely of one person or of kin than this, in bits, are left out of most rounds.
const LIVELY: f64 = -10.0;
/// What default figures count for, in pairs.
const PRIOR_PAIRS: f64 = 12.0;
/// How often two records of one person have two well-known given names or unrelated birth dates, before anything is known.
const RARE: f64 = 0.005;

/// Patterns and how often they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    /// Pattern, comparisons that may learn from it, pairs.
    pub(super) patterns: Vec<(Pattern, u16, f64)>,
}

/// How often levels hold for random pairs.
#[derive(Clone, Debug, Default)]
pub(super) struct Chance {
    /// By comparison and level; the chance of the nearest is exact where it is equality.
    levels: Vec<Vec<f64>>,
    /// By comparison: the lowest chance of its nearest level.
    least: Vec<f64>,
    /// Random pairs that share the place by two comparisons, as a share; and these two.
    place: Option<(usize, usize, f64)>,
}

/// A number for a record that depends on its table and key alone.
pub(super) fn hashes(records: &Records) -> Vec<u32> {
    let hash = |record| {
        let mut hasher = FxHasher::default();
        (records.table(record), records.key(record)).hash(&mut hasher);
        (spread(hasher.finish()) >> 32) as u32
    };
    (0..records.len() as u32).into_par_iter().map(hash).collect()
}

pub(super) fn spread(number: u64) -> u64 {
    let mut number = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

/// Whether a pair is in a sample of one in `every`.
pub(super) fn sampled(hashes: &[u32], a: u32, b: u32, every: u64) -> bool {
    every <= 1 || spread(u64::from(hashes[a as usize]) << 32 | u64::from(hashes[b as usize])).is_multiple_of(every)
}

/// By rule, the comparisons that do not look at its key, as bits.
pub(super) fn free_of(model: &Model, rules: &[BlockingRule]) -> Vec<u16> {
    let free = |rule: &BlockingRule| {
        let apart = |fields: &[usize]| !rule.parts.iter().any(|part| fields.contains(&part.field));
        let comparisons = model.comparisons.iter().enumerate();
        comparisons.filter(|(_, comparison)| apart(&comparison.fields)).fold(0, |bits, (place, _)| bits | (1 << place))
    };
    rules.iter().map(free).collect()
}

/// Pairs of the population: those that could be of one person.
pub(super) fn universe(records: &Records, model: &Model) -> f64 {
    let mut by_table: FxHashMap<u32, f64> = FxHashMap::default();
    let present = (0..records.len() as u32).filter(|&record| !records.is_removed(record));
    let mut all = 0.0f64;
    for record in present {
        *by_table.entry(records.table(record)).or_default() += 1.0;
        all += 1.0;
    }
    let pairs = |records: f64| records * (records - 1.0) / 2.0;
    let mut tables: Vec<(u32, f64)> = by_table.into_iter().collect();
    tables.sort_unstable_by_key(|table| table.0);
    let unique = tables.iter().filter(|(table, _)| model.unique.get(*table as usize) == Some(&true));
    (pairs(all) - unique.map(|(_, records)| pairs(*records)).sum::<f64>()).max(1.0)
}

/// Learns from the candidates what the model does not state.
pub fn train(model: &mut Model, records: &Records, candidates: &Candidates) {
    let chance = chance(records, model);
    let pairs: u64 = candidates.statistics().iter().map(|statistic| statistic.pairs).sum();
    let every = pairs.div_ceil(TRAINING_PAIRS).max(1);
    let hashes = hashes(records);
    let free = free_of(model, &model.blocking);
    let counts = {
        let own: &Model = model;
        let parts = candidates.scan(
            || Comparer::new(records, &own.comparisons),
            |comparer, chunk| {
                let mut counts: FxHashMap<(u64, u16), f64> = FxHashMap::default();
                candidates.pairs(chunk, |a, b| {
                    if sampled(&hashes, a, b, every) {
                        let eligible = eligible(candidates.rules_of(a, b), &free);
                        *counts.entry((comparer.compare(a, b).0, eligible)).or_default() += every as f64;
                    }
                });
                counts
            },
        );
        Counts::of(parts.into_iter().flatten().map(|((pattern, eligible), pairs)| (Pattern(pattern), eligible, pairs)))
    };
    let universe = universe(records, model);
    learn(model, records.len(), &counts, &chance, universe);
}

/// The comparisons that may learn from a pair found by these rules.
pub(super) fn eligible(rules: u128, free: &[u16]) -> u16 {
    let mut rules = rules;
    let mut bits = 0;
    while rules != 0 {
        bits |= free[rules.trailing_zeros() as usize];
        rules &= rules - 1;
    }
    bits
}

impl Counts {
    /// Equal ones added up, in order.
    pub(super) fn of(parts: impl Iterator<Item = (Pattern, u16, f64)>) -> Self {
        let mut patterns: Vec<(Pattern, u16, f64)> = parts.collect();
        patterns.sort_unstable_by_key(|&(pattern, eligible, _)| (pattern, eligible));
        patterns.dedup_by(|next, kept| {
            let equal = (next.0, next.1) == (kept.0, kept.1);
            if equal {
                kept.2 += next.2;
            }
            equal
        });
        Self { patterns }
    }
}

/// How often levels hold for random pairs.
pub(super) fn chance(records: &Records, model: &Model) -> Chance {
    let size = records.len() as u64;
    let wanted = RANDOM_PAIRS.min(size * size.saturating_sub(1) * 2);
    let places: Vec<usize> =
        (0..model.comparisons.len()).filter(|&place| about(model, &model.comparisons[place]) == About::Place).collect();
    let unique = |record: u32| model.unique.get(records.table(record) as usize) == Some(&true);
    let parts: Vec<FxHashMap<u64, u32>> = (0..wanted.div_ceil(8192))
        .into_par_iter()
        .map(|part| {
            let mut comparer = Comparer::new(records, &model.comparisons);
            let mut counts: FxHashMap<u64, u32> = FxHashMap::default();
            for number in part * 8192..((part + 1) * 8192).min(wanted) {
                let (a, b) = (spread(number * 2) % size, spread(number * 2 + 1) % size);
                let (a, b) = (a.min(b) as u32, a.max(b) as u32);
                let one_table = unique(a) && records.table(a) == records.table(b);
                if a != b && !one_table && !records.is_removed(a) && !records.is_removed(b) {
                    *counts.entry(comparer.compare(a, b).0).or_default() += 1;
                }
            }
            counts
        })
        .collect();
    let patterns =
        Counts::of(parts.into_iter().flatten().map(|(pattern, pairs)| (Pattern(pattern), 0, f64::from(pairs))));
    let mut chance = Chance::default();
    for (place, comparison) in model.comparisons.iter().enumerate() {
        let mut levels = vec![0.0; comparison.levels.len()];
        for &(pattern, _, pairs) in &patterns.patterns {
            if let Some(level) = pattern.level(place) {
                levels[level] += pairs;
            }
        }
        let all = levels.iter().sum::<f64>().max(1.0);
        // A level that no random pair reaches is rarer the fewer values it leaves.
        levels.iter_mut().for_each(|level| *level = level.max(0.3) / all);
        let field = comparison.fields[0];
        if comparison.levels[0].test == Test::Exact {
            levels[0] = equal_by_chance(records, field).max(1e-9);
        }
        let distinct = f64::from(records.distinct(field)).max(1.0);
        chance.least.push(match model.fields[field].kind {
            FieldKind::Identifier | FieldKind::Email | FieldKind::Phone => 0.05 / distinct,
            _ => (0.1 * levels[0]).max(0.02 / distinct),
        });
        chance.levels.push(levels);
    }
    if places.len() > 1 {
        let nearest = |place: &usize| chance.levels[*place][0];
        let mut places = places;
        places.sort_by(|a, b| nearest(a).total_cmp(&nearest(b)).then(a.cmp(b)));
        let (first, second) = (places[0], places[1]);
        let known = |pattern: Pattern| pattern.level(first).is_some() && pattern.level(second).is_some();
        let both = |pattern: Pattern| pattern.level(first) == Some(0) && pattern.level(second) == Some(0);
        let all: f64 = patterns.patterns.iter().filter(|of| known(of.0)).map(|of| of.2).sum();
        let hits: f64 = patterns.patterns.iter().filter(|of| both(of.0)).map(|of| of.2).sum();
        let apart = nearest(&first) * nearest(&second) * all;
        if hits > 8.0 + 3.0 * apart {
            chance.place = Some((first, second, hits / all));
        }
    }
    chance
}

/// How often two random records with a value have the same one. Values that mean nothing are none.
fn equal_by_chance(records: &Records, field: usize) -> f64 {
    let (mut pairs, mut held) = (0.0, 0.0);
    for record in 0..records.len() as u32 {
        if let Some(value) = records.value(record, field)
            && !records.is_generic(field, value)
            && !records.is_removed(record)
        {
            pairs += f64::from(records.frequency(field, value)) - 1.0;
            held += 1.0;
        }
    }
    if held > 1.0 { pairs / (held * (held - 1.0)) } else { 0.0 }
}

/// How records of one person agree, before anything is known.
fn usual(model: &Model, comparison: usize) -> Vec<f64> {
    let comparison = &model.comparisons[comparison];
    let levels = comparison.levels.len();
    let weak =
        matches!(model.fields[comparison.fields[0]].kind, FieldKind::Text | FieldKind::Category | FieldKind::Phone);
    let (exact, other) = if weak { (0.7, 0.2) } else { (0.82, 0.06) };
    let near = 1.0 - exact - other;
    let mut shape: Vec<f64> = (0..levels)
        .map(|level| match level {
            0 => exact,
            _ if level + 1 == levels => other,
            _ => near / (1 << level.min(3)) as f64,
        })
        .collect();
    let all: f64 = shape.iter().sum();
    shape.iter_mut().for_each(|level| *level /= all);
    shape
}

/// Holds back what cannot be so of records of one person, however badly kept. Without this, expectation and maximisation may settle on
/// people of one name instead of one person where the same name is common and true pairs are few.
fn keep_sane(model: &Model, place: usize, levels: &mut [f64]) {
    let comparison = &model.comparisons[place];
    let last = levels.len() - 1;
    let (first_far, most) = match model.fields[comparison.fields[0]].kind {
        FieldKind::BirthDate => {
            let near =
                |level: &super::Level| matches!(level.test, Test::WithinYears(_) | Test::Else | Test::Damerau(_));
            (comparison.levels.iter().position(near).unwrap_or(last), 0.6)
        }
        FieldKind::Identifier => (last, 0.4),
        FieldKind::Email => (last, 0.65),
        FieldKind::Phone => (last, 0.75),
        _ => return,
    };
    let far: f64 = levels[first_far..].iter().sum();
    if far > most {
        let (more, less) = ((1.0 - most) / (1.0 - far).max(1e-9), most / far);
        levels[..first_far].iter_mut().for_each(|level| *level *= more);
        levels[first_far..].iter_mut().for_each(|level| *level *= less);
    }
}

/// Two well-known given names that differ can be of one person or of twins, two birth dates of one person or of father and
/// son, both names of one person or of two whose numbers were mixed up. How often of one person is learned where the other
/// cannot be: from pairs that share what those others hardly do; where there are none, it is taken to be rare.
#[derive(Clone, Debug)]
struct Doubtful {
    place: usize,
    level: usize,
    /// A pair may teach when each of these comparisons has a level, and none of those not allowed (bits from 1).
    unless: Vec<(usize, u16)>,
    /// And when one of these is at its nearest level, if the question is whose records they are: what kin hardly share.
    one_of: Option<Vec<usize>>,
}

impl Doubtful {
    fn all(model: &Model, abouts: &[About]) -> Vec<Self> {
        let main = |wanted: About| abouts.iter().position(|about| *about == wanted);
        let last = |place: usize| model.comparisons[place].levels.len() - 1;
        let is_last = |place: usize| (place, 2u16 << last(place));
        let (given, family, birth) = (main(About::Given), main(About::Family), main(About::Birth));
        let mut all = Vec::new();
        let shared = || Some((0..abouts.len()).filter(|&place| abouts[place] == About::Shared).collect());
        if let (Some(given), Some(birth)) = (given, birth) {
            let unless = family.map(is_last).into_iter().collect();
            all.push(Self { place: given, level: last(given), unless, one_of: shared() });
            all.push(Self { place: birth, level: last(birth), unless: vec![is_last(given)], one_of: shared() });
        }
        if let (Some(given), Some(family)) = (given, family) {
            all.push(Self { place: family, level: last(family), unless: vec![is_last(given)], one_of: None });
        }
        if let (Some(full), Some(_)) = (main(About::FullName), birth) {
            let half = |level: &super::Level| matches!(level.test, Test::Tokens(share) if share < 0.9);
            if let Some(level) = model.comparisons[full].levels.iter().position(half) {
                all.push(Self { place: full, level, unless: Vec::new(), one_of: shared() });
            }
        }
        all
    }
    fn may_teach(&self, pattern: Pattern) -> bool {
        self.unless.iter().all(|&(place, levels)| {
            let level = (pattern.0 >> (4 * place)) & 15;
            level != 0 && levels >> level & 1 == 0
        }) && self.one_of.as_ref().is_none_or(|places| places.iter().any(|&place| pattern.level(place) == Some(0)))
    }
    /// Puts the level right, `seen` of `all` pairs that may teach having it.
    fn hold(&self, levels: &mut [f64], seen: f64, all: f64) {
        let share = (seen + PRIOR_PAIRS * RARE) / (all + PRIOR_PAIRS);
        let others = 1.0 - levels[self.level];
        let scale = if others > 0.0 { (1.0 - share) / others } else { 0.0 };
        levels.iter_mut().for_each(|level| *level *= scale);
        levels[self.level] = share;
    }
}

/// What a model states, to be put back after every round.
fn stated(model: &Model) -> Vec<Vec<(Option<f64>, Option<f64>)>> {
    model
        .comparisons
        .iter()
        .map(|comparison| comparison.levels.iter().map(|level| (level.m, level.u)).collect())
        .collect()
}

/// Expectation and maximisation over patterns; writes what the model does not state.
pub(super) fn learn(model: &mut Model, records: usize, counts: &Counts, chance: &Chance, universe: f64) {
    let stated = stated(model);
    let (prior_stated, kin_stated) = (model.prior, model.kin);
    let mut usual: Vec<Vec<f64>> = (0..model.comparisons.len()).map(|place| usual(model, place)).collect();
    let place_like = |place: usize| matches!(about(model, &model.comparisons[place]), About::Place | About::Street);
    let can_move = (0..model.comparisons.len()).filter(|&place| place_like(place)).count() > 1;
    let abouts: Vec<About> = model.comparisons.iter().map(|comparison| about(model, comparison)).collect();
    let has = |wanted: About| abouts.contains(&wanted);
    let kin_possible = (has(About::Given) || has(About::FullName)) && has(About::Birth);
    let mut prior = prior_stated.unwrap_or((records as f64 * 0.2 / universe).min(0.05));
    let kin_share = if kin_possible { prior * 0.05 } else { 0.0 };
    let mut kin = kin_stated.unwrap_or(Kin {
        relatives: kin_share,
        twins: kin_share,
        namesakes: kin_share,
        mixed: 0.0,
        neighbours: 0.0,
        movers: if can_move { 0.02 } else { 0.0 },
    });
    let doubtful = Doubtful::all(model, &abouts);
    doubtful.iter().for_each(|of| of.hold(&mut usual[of.place], 0.0, 0.0));
    let mut m = usual.clone();
    let mut last = (prior, kin);
    let mut mixing = false;
    let mut lively = Counts::default();
    for round in 0..ROUNDS {
        write(model, &m, chance, &stated, prior, kin_stated.is_none(), &mut kin);
        (model.prior, model.kin) = (Some(prior), Some(kin));
        if round >= 3 && round % 10 == 3 {
            lively = lively_of(model, counts);
        }
        let sums = expect(model, if round < 3 { counts } else { &lively }, &doubtful);
        let found = |sort: Sort| sums.pairs[sort as usize];
        let same = found(Sort::Same) + found(Sort::Mover);
        if prior_stated.is_none() {
            prior = ((same + 0.5) / universe).clamp(1e-12, 0.5);
        }
        if kin_stated.is_none() {
            // Below a few pairs there is no sign of such people.
            let share = |sort: Sort| (found(sort) - 4.0).max(0.0) / universe;
            kin.relatives = share(Sort::Relative);
            kin.twins = share(Sort::Twin);
            kin.namesakes = share(Sort::Namesake);
            kin.mixed = if mixing { share(Sort::Mixed) } else { 0.0 };
            if can_move {
                kin.movers = ((found(Sort::Mover) + 0.5) / (same + 25.0)).min(0.6);
            }
        }
        for (place, levels) in m.iter_mut().enumerate() {
            let seen = &sums.levels[place];
            let all: f64 = seen.iter().sum::<f64>() + PRIOR_PAIRS;
            for (level, m) in levels.iter_mut().enumerate() {
                *m = (seen[level] + PRIOR_PAIRS * usual[place][level]) / all;
            }
            keep_sane(model, place, levels);
            if kin_possible {
                for (doubtful, &(seen, all)) in doubtful.iter().zip(&sums.doubtful) {
                    if doubtful.place == place {
                        doubtful.hold(levels, seen, all);
                    }
                }
            }
        }
        let still = (prior / last.0 - 1.0).abs() < 1e-5
            && (kin.twins - last.1.twins).abs() * universe < 0.01
            && (kin.relatives - last.1.relatives).abs() * universe < 0.1
            && (kin.namesakes - last.1.namesakes).abs() * universe < 0.01
            && (kin.movers - last.1.movers).abs() < 1e-5;
        last = (prior, kin);
        if still || round + 1 == ROUNDS / 2 {
            // Slips of both names come together more often than apart, but not that much more.
            let apart = names(model).map_or(0.0, |[given, family]| same * m[given.0][given.1] * m[family.0][family.1]);
            if mixing || kin_stated.is_some() || sums.two_names < 4.0 * apart + 20.0 {
                if still {
                    break;
                }
            } else {
                mixing = true;
                kin.mixed = (sums.two_names - apart) / universe;
            }
        }
    }
    write(model, &m, chance, &stated, prior, kin_stated.is_none(), &mut kin);
    (model.prior, model.kin) = (Some(prior), Some(kin));
}

/// Puts figures into the model: m as learned, u as measured less what pairs of one person add.
fn write(
    model: &mut Model,
    m: &[Vec<f64>],
    chance: &Chance,
    stated: &[Vec<(Option<f64>, Option<f64>)>],
    prior: f64,
    learn_kin: bool,
    kin: &mut Kin,
) {
    if let Some((first, second, share)) = chance.place
        && learn_kin
    {
        let strangers = share - prior * m[first][0] * m[second][0] * (1.0 - kin.movers);
        kin.neighbours = (strangers / (m[first][0] * m[second][0])).max(0.0);
    }
    for (place, comparison) in model.comparisons.iter_mut().enumerate() {
        let measured = &chance.levels[place];
        let last = measured.len() - 1;
        let mut u: Vec<f64> = (0..measured.len())
            .map(|level| {
                let least = if level == 0 { chance.least[place] } else { measured[level] * 0.1 };
                ((measured[level] - prior * m[place][level]) / (1.0 - prior)).max(least)
            })
            .collect();
        let all: f64 = u.iter().sum();
        u.iter_mut().for_each(|u| *u /= all);
        let mut m = m[place].clone();
        // What differs never speaks for one person.
        if m[last] > u[last] {
            m[last] = u[last];
        }
        for (level, of) in comparison.levels.iter_mut().enumerate() {
            of.m = stated[place][level].0.or(Some(m[level]));
            of.u = stated[place][level].1.or(Some(u[level]));
        }
    }
}

/// The comparisons of given and family name, and their last levels.
fn names(model: &Model) -> Option<[(usize, usize); 2]> {
    let main = |wanted: About| model.comparisons.iter().position(|comparison| about(model, comparison) == wanted);
    let last = |place: usize| (place, model.comparisons[place].levels.len() - 1);
    Some([last(main(About::Given)?), last(main(About::Family)?)])
}

/// Pairs by sort, and levels of pairs of one person.
struct Sums {
    pairs: [f64; SORTS.len()],
    levels: Vec<Vec<f64>>,
    /// Pairs of one person that may teach a doubtful level: those that have it, and all.
    doubtful: Vec<(f64, f64)>,
    /// Pairs of one person that differ in both names.
    two_names: f64,
}

/// The patterns that may be of one person or of kin; the others are of strangers and teach nothing of people. Most are.
fn lively_of(model: &Model, counts: &Counts) -> Counts {
    let sorts = Likelihood::all(model);
    let known = |pattern: Pattern| {
        let (mut known, mut all) = (Sum::default(), Sum::default());
        for sort in &sorts {
            let bits = sort.of(pattern);
            all.add(bits);
            if !matches!(sort.sort, Sort::Stranger | Sort::Neighbour) {
                known.add(bits);
            }
        }
        known.bits() - all.bits() > LIVELY
    };
    Counts { patterns: counts.patterns.par_iter().filter(|of| known(of.0)).copied().collect() }
}

fn expect(model: &Model, counts: &Counts, doubtful: &[Doubtful]) -> Sums {
    let sorts = Likelihood::all(model);
    let empty = || Sums {
        pairs: [0.0; SORTS.len()],
        levels: model.comparisons.iter().map(|comparison| vec![0.0; comparison.levels.len()]).collect(),
        doubtful: vec![(0.0, 0.0); doubtful.len()],
        two_names: 0.0,
    };
    let names = names(model);
    let place_like: u16 = (0..model.comparisons.len())
        .filter(|&place| matches!(about(model, &model.comparisons[place]), About::Place | About::Street))
        .fold(0, |bits, place| bits | (1 << place));
    let elsewhere = counted_elsewhere(&model.comparisons);
    let part = |patterns: &[(Pattern, u16, f64)]| {
        let mut sums = empty();
        for &(pattern, eligible, pairs) in patterns {
            let mut bits = [0.0; SORTS.len()];
            let mut all = Sum::default();
            for (bits, sort) in bits.iter_mut().zip(&sorts) {
                *bits = sort.of(pattern);
                all.add(*bits);
            }
            let all = all.bits();
            let (mut same, mut mover) = (0.0, 0.0);
            for (sort, bits) in sorts.iter().zip(bits) {
                let share = (bits - all).exp2() * pairs;
                sums.pairs[sort.sort as usize] += share;
                match sort.sort {
                    Sort::Same => same = share,
                    Sort::Mover => mover = share,
                    _ => {}
                }
            }
            if same + mover > 1e-9 * pairs {
                let pattern = without(pattern, &elsewhere);
                for (of, sums) in doubtful.iter().zip(&mut sums.doubtful) {
                    if of.may_teach(pattern)
                        && let Some(level) = pattern.level(of.place)
                    {
                        sums.1 += same + mover;
                        sums.0 += if level == of.level { same + mover } else { 0.0 };
                    }
                }
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
        for (sum, part) in sums.doubtful.iter_mut().zip(part.doubtful) {
            (sum.0, sum.1) = (sum.0 + part.0, sum.1 + part.1);
        }
        sums.two_names += part.two_names;
        for (sums, part) in sums.levels.iter_mut().zip(part.levels) {
            sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
        sums
    })
}

/// The probability that a pair with these levels is of one person, by sorts that are ready.
pub(super) fn posterior(sorts: &[Likelihood], pattern: Pattern) -> f64 {
    let (mut same, mut all) = (Sum::default(), Sum::default());
    for sort in sorts {
        let bits = sort.of(pattern);
        all.add(bits);
        if sort.sort.is_same() {
            same.add(bits);
        }
    }
    (same.bits() - all.bits()).exp2()
}
