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

mod doubles;
mod expect;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::{Hash, Hasher};

use super::between::Universe;
use super::candidates::Candidates;
use super::compare::Comparer;
use super::homonyms::SharedNames;
use super::restrain::{Doubtful, PRIOR_PAIRS, keep_sane, usual};
use super::score::{About, SORTS, Sort, about, names, sees_crosswise, shared};
use super::{BlockingRule, FieldKind, Kin, Model, Pattern, Records, Shared, Test};
pub(super) use doubles::Doubles;
pub(super) use expect::posterior;
use expect::{expect, lively_of};

/// Candidate pairs looked at in training, at most about.
pub(super) const TRAINING_PAIRS: u64 = 1_000_000;
const RANDOM_PAIRS: u64 = 400_000;
const ROUNDS: usize = 100;
/// With fewer pairs that tell than this, and more pairs of kin, it is asked whether these are kin.
const KNOWN: f64 = 200.0;
const ASKED: f64 = 20.0;
/// Patterns that are less likely of one person or of kin than this, in bits, are left out of most rounds.
const LIVELY: f64 = -10.0;

/// Patterns and how often they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub(super) patterns: Vec<Counted>,
}

/// A pattern and how often it came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    pub(super) pattern: Pattern,
    /// Comparisons that may learn from it, as bits.
    pub(super) eligible: u16,
    /// The pair of tables, by its number.
    pub(super) between: u16,
    pub(super) pairs: f64,
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
    /// Pairs that share both names.
    names: Option<SharedNames>,
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

/// Learns from the candidates what the model does not state; says in how many rounds.
pub fn train(model: &mut Model, records: &Records, candidates: &Candidates) -> usize {
    let chance = chance(records, model);
    let universe = Universe::new(records, model, 1.0);
    let pairs: u64 = candidates.statistics().iter().map(|statistic| statistic.pairs).sum();
    let every = pairs.div_ceil(TRAINING_PAIRS).max(1);
    let hashes = hashes(records);
    let free = free_of(model, &model.blocking);
    let counts = {
        let own: &Model = model;
        let parts = candidates.scan(
            || Comparer::new(records, &own.comparisons),
            |comparer, chunk| {
                let mut counts: FxHashMap<(u64, u16, u16), f64> = FxHashMap::default();
                candidates.pairs(chunk, |a, b| {
                    if sampled(&hashes, a, b, every) {
                        let eligible = eligible(candidates.rules_of(a, b), &free);
                        let key = (comparer.compare(a, b).0, eligible, universe.number(records, a, b));
                        *counts.entry(key).or_default() += every as f64;
                    }
                });
                counts
            },
        );
        let counted =
            |((pattern, eligible, between), pairs)| Counted { pattern: Pattern(pattern), eligible, between, pairs };
        Counts::of(parts.into_iter().flatten().map(counted))
    };
    let doubles = Doubles { records, candidates, hashes: &hashes, every };
    learn(model, records.len(), &counts, &chance, &universe, Some(doubles))
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
    pub(super) fn of(parts: impl Iterator<Item = Counted>) -> Self {
        let key = |of: &Counted| (of.pattern, of.eligible, of.between);
        let mut patterns: Vec<Counted> = parts.collect();
        patterns.sort_unstable_by_key(key);
        patterns.dedup_by(|next, kept| {
            let equal = key(next) == key(kept);
            if equal {
                kept.pairs += next.pairs;
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
    let counted =
        |(pattern, pairs)| Counted { pattern: Pattern(pattern), eligible: 0, between: 0, pairs: f64::from(pairs) };
    let patterns = Counts::of(parts.into_iter().flatten().map(counted));
    let mut chance = Chance { names: SharedNames::of(records, model), ..Chance::default() };
    for (place, comparison) in model.comparisons.iter().enumerate() {
        let mut levels = vec![0.0; comparison.levels.len()];
        for of in &patterns.patterns {
            if let Some(level) = of.pattern.level(place) {
                levels[level] += of.pairs;
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
        let all: f64 = patterns.patterns.iter().filter(|of| known(of.pattern)).map(|of| of.pairs).sum();
        let hits: f64 = patterns.patterns.iter().filter(|of| both(of.pattern)).map(|of| of.pairs).sum();
        let apart = nearest(&first) * nearest(&second) * all;
        if hits > 8.0 + 3.0 * apart {
            chance.place = Some((first, second, hits / all));
        }
    }
    chance
}

/// How often two random records with a value have the same one. Values that mean nothing are none.
pub(super) fn equal_by_chance(records: &Records, field: usize) -> f64 {
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

/// What a model states, to be put back after every round.
fn stated(model: &Model) -> Vec<Vec<(Option<f64>, Option<f64>)>> {
    model
        .comparisons
        .iter()
        .map(|comparison| comparison.levels.iter().map(|level| (level.m, level.u)).collect())
        .collect()
}

/// Expectation and maximisation over patterns; writes what the model does not state. Says in how many rounds.
pub(super) fn learn(
    model: &mut Model,
    records: usize,
    counts: &Counts,
    chance: &Chance,
    tables: &Universe,
    doubles: Option<Doubles<'_>>,
) -> usize {
    let universe = tables.all();
    let stated = stated(model);
    let (prior_stated, kin_stated) = (model.prior, model.kin);
    let learn_priors = prior_stated.is_none() && model.priors.is_empty();
    let mut usual: Vec<Vec<f64>> = (0..model.comparisons.len()).map(|place| usual(model, place)).collect();
    let place_like = |place: usize| matches!(about(model, &model.comparisons[place]), About::Place | About::Street);
    let can_move = (0..model.comparisons.len()).filter(|&place| place_like(place)).count() > 1;
    let abouts: Vec<About> = model.comparisons.iter().map(|comparison| about(model, comparison)).collect();
    let has = |wanted: About| abouts.contains(&wanted);
    // Who shares neither given name nor birth date is kin; twins and namesakes are told by the one and the other.
    let (named, dated) = (has(About::Given) || has(About::FullName), has(About::Birth));
    let (kin_possible, twins_possible) = (named || dated, named && dated);
    let mut prior = prior_stated.unwrap_or((records as f64 * 0.2 / universe).min(0.05));
    let kin_share = |possible: bool| if possible { prior * 0.05 } else { 0.0 };
    let mut kin = kin_stated.unwrap_or(Kin {
        relatives: kin_share(kin_possible),
        twins: kin_share(twins_possible),
        namesakes: kin_share(twins_possible),
        mixed: 0.0,
        neighbours: 0.0,
        homonyms: 0.0,
        movers: if can_move { 0.02 } else { 0.0 },
    });
    let shared_stated: Vec<bool> = model.comparisons.iter().map(|comparison| comparison.shared.is_some()).collect();
    let mut doubtful = Doubtful::all(model, &abouts);
    let mut doubles = doubles.filter(|_| kin_stated.is_none());
    // Where names that stand crosswise are not told, they look like those of two.
    let never_mixed = kin_stated.is_some() || !sees_crosswise(model);
    doubtful.iter().for_each(|of| of.hold(&mut usual[of.place], 0.0, 0.0));
    let mut m = usual.clone();
    let mut last = (prior, kin);
    let mut mixing = false;
    let mut lively = Counts::default();
    let mut rounds = 0;
    // Until more is known, names are shared by people of one origin rather than by one person.
    let mut explained = prior * universe;
    let mut most = ROUNDS;
    while rounds < most {
        let round = rounds;
        rounds += 1;
        write(model, &m, chance, &stated, prior, kin_stated.is_none(), &mut kin);
        if let (None, Some(names)) = (kin_stated, chance.names) {
            let exact = |place: usize| (m[place][0], model.comparisons[place].levels[0].u.unwrap_or_default());
            let ((m_given, u_given), (m_family, u_family)) = (exact(names.places.0), exact(names.places.1));
            kin.homonyms = names.share(universe, explained, (m_given, m_family), (u_given, u_family));
        }
        (model.prior, model.kin) = (Some(prior), Some(kin));
        if round >= 3 && round % 10 == 3 {
            lively = lively_of(model, counts);
        }
        let sums = expect(model, if round < 3 { counts } else { &lively }, &doubtful, tables.len());
        let found = |sort: Sort| sums.pairs[sort as usize];
        let same = found(Sort::Same) + found(Sort::Mover);
        if prior_stated.is_none() {
            prior = ((same + 0.5) / universe).clamp(1e-12, 0.5);
        }
        if learn_priors {
            model.priors = tables.priors(&sums.between, prior);
        }
        explained = sums.equal_names;
        if kin_stated.is_none() {
            // Below a few pairs there is no sign of such people.
            let share = |sort: Sort| (found(sort) - 4.0).max(0.0) / universe;
            kin.relatives = share(Sort::Relative);
            // Those who moved are tied to those who did not, and teach nothing: strangers are too like them.
            kin.twins = share(Sort::Twin) / (1.0 - kin.movers);
            kin.namesakes = share(Sort::Namesake);
            kin.mixed = if mixing { share(Sort::Mixed) } else { 0.0 };
            if can_move {
                kin.movers = ((found(Sort::Mover) + 0.5) / (same + 25.0)).min(0.6);
            }
        }
        for (place, sums) in sums.shared.iter().enumerate() {
            // A number that tells people apart teaches nothing here: two of one person, of whom a name is wrong, look like
            // kin who share it.
            let learns =
                kin_possible && kin_stated.is_none() && !shared_stated[place] && abouts[place] != About::Shared;
            if let Some(usual) = shared(abouts[place]).filter(|_| learns) {
                let of = |sort: Sort| {
                    let (seen, all) = sums[sort as usize];
                    (seen + PRIOR_PAIRS * sort.of_shared(usual)) / (all + PRIOR_PAIRS)
                };
                let (relatives, twins) = (of(Sort::Relative), of(Sort::Twin));
                model.comparisons[place].shared = Some(Shared { relatives, twins, namesakes: of(Sort::Namesake) });
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
            && (kin.homonyms - last.1.homonyms).abs() * universe < 0.1
            && (kin.movers - last.1.movers).abs() < 1e-5;
        last = (prior, kin);
        let pause = still || round + 1 == ROUNDS / 2;
        if pause && let Some(doubles) = doubles.take() {
            let of_kin = |place: usize| -> f64 {
                SORTS.into_iter().filter(|&sort| doubtful[place].may_be(sort)).map(found).sum()
            };
            let open = |place: &usize| {
                doubtful[*place].is_question() && sums.doubtful[*place].1 < KNOWN && of_kin(*place) >= ASKED
            };
            let open: Vec<usize> = (0..doubtful.len()).filter(open).collect();
            let kin_found: Vec<f64> = open.iter().map(|&place| of_kin(place)).collect();
            let questions: Vec<Doubtful> = open.iter().map(|&place| doubtful[place].clone().of_near(model)).collect();
            let answers = if open.is_empty() { Vec::new() } else { doubles.ask(model, &questions, &kin_found, tables) };
            let answers = open.into_iter().zip(questions).zip(answers);
            for ((place, question), answer) in answers.filter(|of| of.1.is_some_and(|share| share < 1.0)) {
                doubtful[place] = question;
                doubtful[place].of_kin = answer;
                let share = |sort: Sort| answer.filter(|_| doubtful[place].may_be(sort)).unwrap_or(1.0);
                kin.twins *= share(Sort::Twin);
                kin.namesakes *= share(Sort::Namesake);
                kin.relatives *= share(Sort::Relative);
                most = rounds + ROUNDS;
            }
            if most > ROUNDS {
                continue;
            }
        }
        if pause {
            // Slips of both names come together more often than apart, but not that much more.
            let apart = names(model).map_or(0.0, |[given, family]| same * m[given.0][given.1] * m[family.0][family.1]);
            if mixing || never_mixed || sums.two_names < 4.0 * apart + 20.0 {
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
    rounds
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

#[cfg(test)]
mod tests;
