//! Settle, blocking: which rules find most pairs of one person for least pairs compared.
//!
//! Reads    encoded records, comparisons
//! Writes   blocking rules; where all records were looked at, figures of the model too
//! Flow     keys of every field ─ rules of one, two, three keys that the budget allows ─ pairs of a sample, scored by a first training ─
//!          the rule that finds most likely pairs not yet found per pair, again and again
//!
//! Invariants
//! - Samples are by hashes of keys. Pairs compared stay under the budget.
//!
//! Not here: blocks themselves (`candidates`).

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::between::{Between, Universe};
use super::candidates::Candidates;
use super::compare::Comparer;
use super::score::Likelihood;
use super::train::{self, Counted, Counts, Doubles};
use super::{BlockingRule, FieldKind, KeyForm, KeyPart, Model, Records};

/// Pairs of a record that blocking may give, when the model does not say.
const BUDGET: f64 = 60.0;
/// Records looked at to choose rules.
const SAMPLE: usize = 100_000;
/// Pairs of the sample that all rules together may give, about; and the fewest records of a sample that is made smaller for that.
const SAMPLE_PAIRS: f64 = 3e6;
const LEAST_SAMPLE: usize = 25_000;
/// Rules looked at.
const RULES: usize = 127;
/// Up to so many records all pairs are looked at in training.
const ALL_PAIRS: usize = 1500;

/// Pairs that more rules find are all looked at.
const SURE: u32 = 8;

/// A key of a field, and how often two records share it.
#[derive(Clone, Debug)]
struct Key {
    part: KeyPart,
    /// Records that have it, as a share.
    filled: f64,
    /// How often two records that have it share it.
    shared: f64,
    /// How often records of one person share it, about.
    holds: f64,
    /// By member, 0 for none.
    of: Vec<u64>,
}

/// Chooses the blocking rules of a model. Where it was trained with it, says in how many rounds.
pub(super) fn choose(model: &mut Model, records: &Records) -> usize {
    let present: Vec<u32> = (0..records.len() as u32).filter(|&record| !records.is_removed(record)).collect();
    if present.len() < 2 {
        return 0;
    }
    let budget = model.budget.unwrap_or_else(|| BUDGET.max(150_000.0 / present.len() as f64));
    let hashes = train::hashes(records);
    let below = |size: usize| (u64::from(u32::MAX) * size as u64 / present.len() as u64) as u32;
    let members: Vec<u32> = match present.len() <= SAMPLE {
        true => present.clone(),
        false => present.iter().copied().filter(|&record| hashes[record as usize] <= below(SAMPLE)).collect(),
    };
    let mut keys = keys(model, records, &members);
    let mut rules = rules(&keys, present.len() as f64, budget);
    let members = fewer(members, &mut keys, &rules, |record, size| hashes[record as usize] <= below(size));
    let whole = members.len() == present.len();
    if present.len() <= ALL_PAIRS {
        rules.push(BlockingRule { parts: Vec::new() });
    }
    if rules.is_empty() {
        return 0;
    }
    let sample = Sample::new(model, records, &rules, members, &keys, &hashes);
    let mut trained = model.clone();
    let free = train::free_of(model, &rules);
    let counts =
        Counts::of(sample.pairs.iter().map(|of| Counted { eligible: train::eligible(of.rules, &free), ..of.counted }));
    let chance = train::chance(records, model);
    let share = sample.members as f64 / present.len() as f64;
    let universe = Universe::new(records, model, share);
    let doubles = Doubles { records, candidates: &sample.candidates, hashes: &hashes, every: sample.every };
    let rounds =
        train::learn(&mut trained, sample.members, &counts, &chance, &universe, Some(doubles).filter(|_| whole));
    let selectable = rules.iter().filter(|rule| !rule.parts.is_empty()).count();
    let chosen = sample.cover(&trained, selectable, present.len(), share, budget);
    model.blocking = chosen.into_iter().map(|rule| rules[rule].clone()).collect();
    if whole {
        trained.blocking.clone_from(&model.blocking);
        *model = trained;
        return rounds;
    }
    0
}

/// A smaller sample, where the rules would give more pairs than are needed to choose among them.
fn fewer(members: Vec<u32>, keys: &mut [Key], rules: &[BlockingRule], stays: impl Fn(u32, usize) -> bool) -> Vec<u32> {
    let shared =
        |part: &KeyPart| keys.iter().find(|key| key.part == *part).map_or(0.0, |key| key.filled.powi(2) * key.shared);
    let chance: f64 = rules.iter().map(|rule| rule.parts.iter().map(shared).product::<f64>()).sum();
    let size = (2.0 * SAMPLE_PAIRS / chance.max(1e-12)).sqrt().max(LEAST_SAMPLE as f64) as usize;
    if size >= members.len() {
        return members;
    }
    // A sample of a sample by the same hashes is one of the whole.
    let kept: Vec<bool> = members.iter().map(|&record| stays(record, size)).collect();
    for key in keys {
        let mut place = 0..;
        key.of.retain(|_| place.next().is_some_and(|at: usize| kept[at]));
    }
    members.into_iter().zip(kept).filter_map(|(record, kept)| kept.then_some(record)).collect()
}

/// The pairs of a sample of records: pattern, rules that find it, and how many.
struct Sample {
    members: usize,
    candidates: Candidates,
    /// One pair in so many was looked at, of those that few rules find.
    every: u64,
    pairs: Vec<Found>,
}

/// Equal pairs of a sample, and the rules that find them.
#[derive(Clone, Copy, Debug)]
struct Found {
    counted: Counted,
    rules: u128,
}

impl Sample {
    fn new(
        model: &Model,
        records: &Records,
        rules: &[BlockingRule],
        members: Vec<u32>,
        keys: &[Key],
        hashes: &[u32],
    ) -> Self {
        let size = members.len();
        let key = |rule: usize| {
            let mut all = vec![1; size];
            for part in &rules[rule].parts {
                let Some(of) = keys.iter().find(|key| key.part == *part) else { continue };
                for (key, own) in all.iter_mut().zip(&of.of) {
                    *key = if *key == 0 || *own == 0 { 0 } else { train::spread(*key ^ own) | 1 };
                }
            }
            all
        };
        let candidates = Candidates::with_keys(records, model, rules, members, &key);
        let tables = Universe::new(records, model, 1.0);
        let all: u64 = candidates.statistics().iter().map(|statistic| statistic.pairs).sum();
        let every = all.div_ceil(train::TRAINING_PAIRS).max(1);
        let parts = candidates.scan(
            || Comparer::new(records, &model.comparisons),
            |comparer, chunk| {
                let mut counts: FxHashMap<(u64, u128, u16), f64> = FxHashMap::default();
                candidates.pairs_and_rules(chunk, |a, b, rules| {
                    // What many rules find is likely of one person: of that nothing is left out.
                    let every = if rules.count_ones() > SURE { 1 } else { every };
                    if train::sampled(hashes, a, b, every) {
                        let pattern = comparer.compare(a, b).0;
                        *counts.entry((pattern, rules, tables.number(records, a, b))).or_default() += every as f64;
                    }
                });
                counts
            },
        );
        let found = |((pattern, rules, between), pairs)| {
            let counted = Counted { pattern: super::Pattern(pattern), eligible: 0, between, pairs };
            Found { counted, rules }
        };
        let mut pairs: Vec<Found> = parts.into_iter().flatten().map(found).collect();
        let key = |of: &Found| (of.counted.pattern, of.rules, of.counted.between);
        pairs.sort_unstable_by_key(key);
        pairs.dedup_by(|next, kept| {
            let equal = key(next) == key(kept);
            if equal {
                kept.counted.pairs += next.counted.pairs;
            }
            equal
        });
        Self { members: size, candidates, every, pairs }
    }

    /// Rules, best first, that together find the pairs that are likely of one person.
    fn cover(&self, trained: &Model, rules: usize, records: usize, share: f64, budget: f64) -> Vec<usize> {
        let (sorts, between) = (Likelihood::all(trained), Between::of(trained));
        let mut left: Vec<(u128, f64, f64)> = self
            .pairs
            .par_iter()
            .map(|of| {
                let likely = train::posterior(&sorts, &between, &of.counted);
                let pairs = of.counted.pairs;
                (of.rules, pairs, if likely > 0.3 { likely * pairs } else { 0.0 })
            })
            .collect();
        let all: f64 = left.iter().map(|pair| pair.2).sum();
        // A pair compared costs time; one more found is worth so many compared, the fewer the larger the data.
        let price = (records as f64 * 2e-10).min(5e-4);
        let mut spent = 0.0;
        let mut chosen: Vec<usize> = Vec::new();
        let per_record = 1.0 / (share * share * records as f64);
        loop {
            let mut found = vec![(0.0, 0.0); rules];
            for &(mask, pairs, likely) in &left {
                let mut bits = mask;
                while bits != 0 {
                    let rule = bits.trailing_zeros() as usize;
                    if rule < rules {
                        found[rule].0 += likely;
                        found[rule].1 += pairs;
                    }
                    bits &= bits - 1;
                }
            }
            let value = |rule: usize| found[rule].0 / (found[rule].1 + 0.02 * self.members as f64);
            let fits = |rule: &usize| {
                found[*rule].0 > 0.5
                    && spent + found[*rule].1 * per_record <= budget
                    && found[*rule].0 > price * found[*rule].1
            };
            let best = (0..rules).filter(fits).max_by(|&a, &b| value(a).total_cmp(&value(b)).then(b.cmp(&a)));
            let Some(best) = best else { break };
            spent += found[best].1 * per_record;
            chosen.push(best);
            left.retain(|pair| pair.0 >> best & 1 == 0);
            let missing: f64 = left.iter().map(|pair| pair.2).sum();
            if missing <= all * 2e-5 {
                break;
            }
        }
        chosen
    }
}

/// The forms that a field of a kind is blocked by, and how often they hold for records of one person, about.
fn forms(kind: FieldKind) -> &'static [(KeyForm, f64)] {
    use KeyForm::{
        EmailUser, Exact, FirstWord, LastWord, MonthDay, Nickname, Phonetic, Prefix, SortedWords, Suffix, Year,
        YearDay, YearMonth,
    };
    match kind {
        FieldKind::Identifier => &[(Exact, 0.85), (Prefix(4), 0.9), (Suffix(4), 0.9)],
        FieldKind::Email => &[(EmailUser, 0.8), (Prefix(4), 0.85)],
        FieldKind::Phone => &[(Suffix(7), 0.75), (Suffix(4), 0.8)],
        FieldKind::BirthDate => &[(Exact, 0.85), (YearMonth, 0.9), (MonthDay, 0.88), (YearDay, 0.9), (Year, 0.94)],
        FieldKind::GivenName => &[(Nickname, 0.8), (Phonetic, 0.84), (Prefix(3), 0.84), (Prefix(1), 0.93)],
        FieldKind::FamilyName => &[(Phonetic, 0.86), (Prefix(3), 0.87), (Prefix(1), 0.94)],
        FieldKind::FullName => &[(SortedWords, 0.7), (FirstWord, 0.8), (LastWord, 0.8)],
        FieldKind::MiddleName => &[(Phonetic, 0.7)],
        FieldKind::PostalCode => &[(Exact, 0.8), (Prefix(3), 0.86)],
        FieldKind::City => &[(Prefix(4), 0.82)],
        FieldKind::Region => &[(Exact, 0.85)],
        FieldKind::Address => &[(SortedWords, 0.6), (Prefix(6), 0.75)],
        FieldKind::Street => &[(Prefix(6), 0.75), (SortedWords, 0.65)],
        FieldKind::HouseNumber => &[(Exact, 0.8)],
        FieldKind::Category => &[(Exact, 0.85)],
        FieldKind::Organization | FieldKind::Text => &[(Prefix(5), 0.7), (FirstWord, 0.7)],
        FieldKind::Number | FieldKind::Point => &[(Exact, 0.7)],
        FieldKind::EmailUser | FieldKind::PostalArea | FieldKind::PostalDistrict | FieldKind::PostalSector => &[],
        FieldKind::NameSuffix | FieldKind::Unknown | FieldKind::Ignored => &[],
    }
}

fn keys(model: &Model, records: &Records, members: &[u32]) -> Vec<Key> {
    let compared = |field: &usize| model.comparisons.iter().any(|comparison| comparison.fields.first() == Some(field));
    let fields = (0..model.fields.len()).filter(compared);
    let parts: Vec<(KeyPart, f64)> = fields
        .flat_map(|field| {
            forms(model.fields[field].kind).iter().map(move |&(form, holds)| (KeyPart { field, form }, holds))
        })
        .collect();
    let key = |&(part, holds): &(KeyPart, f64)| {
        let rule = BlockingRule { parts: vec![part] };
        let first = |&record: &u32| super::keys_of(records, &rule, record).first().copied().unwrap_or_default();
        let of: Vec<u64> = members.iter().map(first).collect();
        let mut all = of.clone();
        all.retain(|key| *key != 0);
        all.sort_unstable();
        let pairs: f64 = all.chunk_by(|a, b| a == b).map(|run| run.len() as f64 * (run.len() as f64 - 1.0)).sum();
        let held = all.len() as f64;
        let shared = if held > 1.0 { pairs / (held * (held - 1.0)) } else { 0.0 };
        Key { part, filled: held / members.len() as f64, shared, holds, of }
    };
    parts.par_iter().map(key).filter(|key| key.filled > 0.002).collect()
}

/// Rules that the budget allows, those that find most first.
fn rules(keys: &[Key], records: f64, budget: f64) -> Vec<BlockingRule> {
    // Pairs per record, and pairs of one person found, about.
    let cost = |keys: &[&Key]| keys.iter().map(|key| key.filled.powi(2) * key.shared).product::<f64>() * records / 2.0;
    let finds = |keys: &[&Key]| keys.iter().map(|key| key.filled.powi(2) * key.holds).product::<f64>();
    let most = budget / 3.0;
    let cheap = |key: &Key| cost(&[key]) <= (budget / 100.0).max(0.5);
    let mut all: Vec<(f64, Vec<usize>)> = Vec::new();
    for (first, one) in keys.iter().enumerate() {
        if cost(&[one]) <= most {
            all.push((finds(&[one]), vec![first]));
        }
        for (second, two) in keys.iter().enumerate().skip(first + 1) {
            if two.part.field == one.part.field || cheap(one) || cheap(two) {
                continue;
            }
            let pair = cost(&[one, two]);
            if pair <= most {
                all.push((finds(&[one, two]), vec![first, second]));
            } else if pair <= most * 2000.0 {
                for (third, three) in keys.iter().enumerate() {
                    let other = three.part.field != one.part.field && three.part.field != two.part.field;
                    if other && !cheap(three) && cost(&[one, two, three]) <= most {
                        let mut parts = vec![first, second, third];
                        parts.sort_unstable();
                        all.push((finds(&[one, two, three]) * 0.9, parts));
                    }
                }
            }
        }
    }
    all.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    all.dedup_by(|a, b| a.1 == b.1);
    let mut of_fields: FxHashMap<Vec<usize>, u32> = FxHashMap::default();
    let mut chosen = Vec::new();
    for (_, places) in all {
        let fields: Vec<usize> = places.iter().map(|&place| keys[place].part.field).collect();
        let most = if fields.len() > 2 { 2 } else { 4 };
        let count = of_fields.entry(fields).or_default();
        if *count < most {
            *count += 1;
            chosen.push(BlockingRule { parts: places.into_iter().map(|place| keys[place].part).collect() });
        }
        if chosen.len() == RULES {
            break;
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_made_smaller_where_pairs_abound_and_its_keys_with_it() {
        let size = 60_000u32;
        let part = |field| KeyPart { field, form: KeyForm::Exact };
        let key = |field, shared, times: u64| Key {
            part: part(field),
            filled: 1.0,
            shared,
            holds: 0.9,
            of: (0..size).map(|record| u64::from(record) * times).collect(),
        };
        let stays = |record: u32, size: usize| (record as usize * 7919) % 60_000 < size;
        let rules = vec![BlockingRule { parts: vec![part(0)] }, BlockingRule { parts: vec![part(0), part(1)] }];
        // One rule gives 60,000² / 2 · 0.02 = 36 million pairs: three million are enough.
        let mut keys = vec![key(0, 0.02, 3), key(1, 0.001, 5)];
        let members = fewer((0..size).collect(), &mut keys, &rules, stays);
        assert!(members.len() < 26_000 && members.len() > 24_000, "{}", members.len());
        for key in &keys {
            let expected: Vec<u64> =
                members.iter().map(|&record| u64::from(record) * if key.part.field == 0 { 3 } else { 5 }).collect();
            assert!(key.of == expected, "keys stay with their records");
        }
        // Few pairs: all stay.
        let mut keys = vec![key(0, 1e-5, 3), key(1, 1e-5, 5)];
        let members = fewer((0..size).collect(), &mut keys, &rules, stays);
        assert_eq!((members.len(), keys[0].of.len()), (size as usize, size as usize));
    }
}
