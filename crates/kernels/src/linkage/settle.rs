//! Settle: what is compared and how, chosen from the values where the model does not say it.
//!
//! Reads    raw texts, then encoded records
//! Writes   kinds of fields, comparisons with their levels, values that mean nothing, blocking (`settle_blocking`)
//!
//! Invariants
//! - What the model states is kept. What is chosen is written into the model, so that it can be changed and run again.
//!
//! Not here: what the levels are worth (`train`).

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::defaults::default_dates;
use super::derived::{drop_determined, drop_repeated};
use super::profile::{Profile, family_name, kind_of, profile};
use super::train::spread;
use super::{
    Comparison, FieldKind, Level, MOST_COMPARISONS, Missing, Model, Records, TableRecords, Test, Warning, WarningKind,
};
use crate::frame::TextColumn;

/// Finds out the kinds of fields that are unknown.
pub fn settle(model: &mut Model, tables: &[TableRecords]) {
    let looks: Vec<(FieldKind, Option<Profile>)> = model
        .fields
        .par_iter()
        .enumerate()
        .map(|(place, field)| match field.kind {
            FieldKind::Unknown => {
                let columns: Vec<&TextColumn> =
                    tables.iter().filter_map(|table| table.fields.get(place)).flatten().collect();
                let profile = profile(&columns);
                (kind_of(&field.name, &profile), Some(profile))
            }
            known => (known, None),
        })
        .collect();
    let mut kinds: Vec<FieldKind> = looks.iter().map(|looks| looks.0).collect();
    let lacks = |kind| !kinds.contains(&kind);
    if !lacks(FieldKind::GivenName) && lacks(FieldKind::FamilyName) && lacks(FieldKind::FullName) {
        let open: Vec<usize> = (0..looks.len()).filter(|&place| looks[place].1.is_some()).collect();
        let fields = open.iter().filter_map(|&place| {
            looks[place].1.as_ref().map(|profile| (&*model.fields[place].name, looks[place].0, profile))
        });
        if let Some(found) = family_name(fields) {
            kinds[open[found]] = FieldKind::FamilyName;
        }
    }
    // What a model compares is compared, whatever it is.
    let stated = |place: usize| {
        let compared = model.comparisons.iter().any(|comparison| comparison.fields.contains(&place));
        compared || model.blocking.iter().any(|rule| rule.parts.iter().any(|part| part.field == place))
    };
    for (place, kind) in kinds.iter_mut().enumerate() {
        if *kind == FieldKind::Ignored && looks[place].1.is_some() && stated(place) {
            *kind = FieldKind::Text;
        }
    }
    model.fields.iter_mut().zip(kinds).for_each(|(field, kind)| field.kind = kind);
}

/// What came of choosing.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    /// What people should know of it.
    pub warnings: Vec<Warning>,
    /// Rounds of training, where the model was trained with it; else 0.
    pub rounds: usize,
}

/// Chooses comparisons, values that mean nothing, and blocking.
pub fn settle_encoded(model: &mut Model, records: &mut Records) -> Settled {
    let mut settled = Settled::default();
    if model.comparisons.is_empty() {
        mark_generic(model, records, &mut settled.warnings);
        drop_row_numbers(model, records);
        drop_repeated(model, records);
        drop_determined(model, records);
        model.comparisons = comparisons(model, records);
    }
    if model.blocking.is_empty() {
        settled.rounds = super::settle_blocking::choose(model, records);
    }
    settled
}

/// The fields of a kind, the most filled first.
pub(super) fn of_kind(model: &Model, records: &Records, kind: FieldKind) -> Vec<usize> {
    let mut fields: Vec<usize> = (0..model.fields.len()).filter(|&field| model.fields[field].kind == kind).collect();
    fields.sort_by_key(|&field| (std::cmp::Reverse(records.filled(field)), field));
    fields
}

/// The fields that tell people apart, for the question whether records are of one person at all.
fn personal(model: &Model, records: &Records) -> Vec<usize> {
    use FieldKind::{BirthDate, FamilyName, FullName, GivenName};
    let kinds = [GivenName, FamilyName, FullName, BirthDate];
    kinds.into_iter().filter_map(|kind| of_kind(model, records, kind).first().copied()).collect()
}

/// A number that repeats between records that have nothing else in common is one of rows, not of people.
fn drop_row_numbers(model: &mut Model, records: &Records) {
    let by = personal(model, records);
    if by.is_empty() {
        return;
    }
    let agree = |a: u32, b: u32| {
        by.iter().any(|&field| {
            let (a, b) = (records.value(a, field), records.value(b, field));
            a.is_some() && a == b
        })
    };
    let size = records.len() as u64;
    if size < 2 {
        return;
    }
    let random = (0..4000u64).filter(|&number| {
        let (a, b) = ((spread(number * 2) % size) as u32, (spread(number * 2 + 1) % size) as u32);
        a != b && agree(a, b)
    });
    let chance = random.count() as f64 / 4000.0;
    for field in of_kind(model, records, FieldKind::Identifier) {
        let (mut pairs, mut together) = (0u32, 0u32);
        let mut first: FxHashMap<u32, u32> = FxHashMap::default();
        for record in 0..records.len() as u32 {
            let Some(value) = records.value(record, field) else { continue };
            match first.get(&value) {
                Some(&other) => {
                    pairs += 1;
                    together += u32::from(agree(other, record));
                }
                None => _ = first.insert(value, record),
            }
            if pairs >= 20_000 {
                break;
            }
        }
        let share = f64::from(together) / f64::from(pairs.max(1));
        if pairs == 0 || (share < 0.25 && share < 4.0 * chance + 0.02) {
            model.fields[field].kind = FieldKind::Ignored;
        }
    }
}

/// A phone, an address or a number that many different people hold says nothing of one of them.
fn mark_generic(model: &Model, records: &mut Records, warnings: &mut Vec<Warning>) {
    for field in 0..model.fields.len() {
        for value in default_dates(records, field) {
            records.set_generic(field, value);
            warnings.push(Warning {
                kind: WarningKind::GenericValue,
                records: Vec::new(),
                detail: format!(
                    "`{}` of `{}` is held by {} records, far more than any other date, and counts for nothing",
                    records.text(field, value),
                    model.fields[field].name,
                    records.frequency(field, value),
                ),
            });
        }
    }
    let by = personal(model, records);
    if by.len() < 2 {
        return;
    }
    for field in 0..model.fields.len() {
        let most = match model.fields[field].kind {
            FieldKind::Identifier => 5,
            FieldKind::Email => 8,
            FieldKind::Phone => 12,
            FieldKind::Address => 150,
            _ => continue,
        };
        let mut holders: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for record in 0..records.len() as u32 {
            for &value in records.values(record, field) {
                if records.frequency(field, value) > most {
                    holders.entry(value).or_default().push(record);
                }
            }
        }
        let mut holders: Vec<(u32, Vec<u32>)> = holders.into_iter().collect();
        holders.sort_unstable_by_key(|held| held.0);
        for (value, held) in holders {
            // Slips make one person's values differ: a person more is counted only where all fields differ that far.
            let different = |field: &usize| {
                let mut values: Vec<u32> = held.iter().filter_map(|&record| records.value(record, *field)).collect();
                values.sort_unstable();
                values.dedup();
                values.len()
            };
            let people = by.iter().map(different).min().unwrap_or_default();
            if people > most as usize {
                records.set_generic(field, value);
                warnings.push(Warning {
                    kind: WarningKind::GenericValue,
                    records: Vec::new(),
                    detail: format!(
                        "`{}` of `{}` is held by {} records of about {people} people, and counts for nothing",
                        records.text(field, value),
                        model.fields[field].name,
                        held.len(),
                    ),
                });
            }
        }
    }
}

fn level(test: Test, term_frequency: f64) -> Level {
    Level { test, m: None, u: None, term_frequency }
}

/// The levels of a field of a kind, from nearest to farthest; none for what is not compared. A value that at most `rare`
/// records hold may be a slip.
pub fn levels(kind: FieldKind, swapped: bool, rare: u32) -> Vec<Level> {
    use Test::{
        All, Any, Damerau, DayMonthSwapped, DigitSlip, Else, EmailUser, Exact, Initial, Jaccard, JaroWinkler, Nickname,
        NumbersEqual, Phonetic, Prefix, Rare, Similarity, Suffix, Swapped, Tokens, TwoPartsEqual, Within,
        WithinKilometres, WithinShare, WithinYears,
    };
    let mut levels = match kind {
        FieldKind::GivenName => vec![
            level(Exact, 1.0),
            level(Nickname, 0.5),
            level(JaroWinkler(0.92), 0.5),
            level(Any(vec![Initial, Tokens(1.0)]), 0.0),
            level(Any(vec![Phonetic, Damerau(1)]), 0.5),
            // Of two well-known names neither is a slip of the other, however alike they are: so are those of many twins.
            level(All(vec![Rare(rare), JaroWinkler(0.8)]), 0.0),
            level(All(vec![Rare(rare), Any(vec![JaroWinkler(0.7), Similarity(0.5)])]), 0.0),
            level(Rare(rare), 0.0),
        ],
        FieldKind::MiddleName => vec![
            level(Exact, 1.0),
            level(Any(vec![Initial, Nickname]), 0.0),
            level(JaroWinkler(0.88), 0.5),
            level(Rare(rare), 0.0),
        ],
        FieldKind::FamilyName => vec![
            level(Exact, 1.0),
            level(JaroWinkler(0.92), 0.5),
            level(Any(vec![Phonetic, Damerau(1)]), 0.5),
            level(Any(vec![Tokens(1.0), Initial]), 0.5),
            level(JaroWinkler(0.8), 0.0),
            level(Any(vec![JaroWinkler(0.7), Similarity(0.5)]), 0.0),
            level(Rare(rare), 0.0),
        ],
        FieldKind::FullName => vec![
            level(Exact, 1.0),
            level(JaroWinkler(0.95), 0.5),
            level(Tokens(1.0), 0.5),
            level(JaroWinkler(0.88), 0.0),
            level(Tokens(0.5), 0.0),
        ],
        FieldKind::NameSuffix => vec![level(Exact, 1.0)],
        FieldKind::BirthDate => vec![
            level(Exact, 1.0),
            level(DigitSlip, 0.5),
            level(DayMonthSwapped, 0.0),
            level(TwoPartsEqual, 0.0),
            level(Damerau(2), 0.0),
            level(WithinYears(1), 0.0),
        ],
        FieldKind::Email => {
            vec![level(Exact, 1.0), level(EmailUser, 1.0), level(Damerau(2), 0.5), level(JaroWinkler(0.88), 0.0)]
        }
        FieldKind::Phone => {
            vec![level(Exact, 1.0), level(Suffix(7), 1.0), level(Damerau(1), 0.5), level(Damerau(2), 0.0)]
        }
        FieldKind::Identifier => vec![level(Exact, 1.0), level(Damerau(1), 0.5), level(Damerau(2), 0.0)],
        FieldKind::Address => vec![
            level(Exact, 1.0),
            level(NumbersEqual, 0.0),
            level(JaroWinkler(0.92), 0.0),
            level(Tokens(0.6), 0.0),
            level(Similarity(0.6), 0.0),
        ],
        FieldKind::Street => vec![
            level(Exact, 1.0),
            level(JaroWinkler(0.92), 0.5),
            level(Tokens(1.0), 0.5),
            level(Any(vec![Similarity(0.7), Jaccard(0.5)]), 0.0),
        ],
        FieldKind::HouseNumber => vec![level(Exact, 1.0), level(Damerau(1), 0.0)],
        FieldKind::City => vec![level(Exact, 1.0), level(JaroWinkler(0.9), 0.5), level(JaroWinkler(0.8), 0.0)],
        FieldKind::Region => vec![level(Exact, 1.0), level(Damerau(1), 0.0)],
        FieldKind::PostalCode => vec![level(Exact, 1.0), level(Damerau(1), 0.0), level(Prefix(3), 0.0)],
        FieldKind::Category => vec![level(Exact, 1.0)],
        FieldKind::Point => {
            vec![level(Exact, 1.0), level(WithinKilometres(1.0), 0.0), level(WithinKilometres(20.0), 0.0)]
        }
        FieldKind::Number => vec![level(Exact, 1.0), level(Within(1.0), 0.0), level(WithinShare(0.05), 0.0)],
        FieldKind::Organization | FieldKind::Text => {
            vec![level(Exact, 1.0), level(JaroWinkler(0.92), 0.5), level(Tokens(1.0), 0.5), level(Jaccard(0.5), 0.0)]
        }
        // Parts of another field are compared where a model states it.
        FieldKind::EmailUser | FieldKind::PostalArea | FieldKind::PostalDistrict | FieldKind::PostalSector => {
            return Vec::new();
        }
        FieldKind::Unknown | FieldKind::Ignored => return Vec::new(),
    };
    if swapped {
        levels.insert(levels.len() - 3, level(Swapped, 0.0));
    }
    levels.push(level(Else, 0.0));
    levels
}

/// How much a field of a kind tells of people, for the case that there are too many.
fn worth(kind: FieldKind) -> u32 {
    match kind {
        FieldKind::GivenName | FieldKind::FamilyName | FieldKind::FullName | FieldKind::BirthDate => 0,
        FieldKind::Identifier | FieldKind::Email | FieldKind::Phone => 1,
        FieldKind::Address | FieldKind::PostalCode | FieldKind::NameSuffix => 2,
        FieldKind::City | FieldKind::Street | FieldKind::HouseNumber | FieldKind::MiddleName | FieldKind::Point => 3,
        FieldKind::Category | FieldKind::Organization | FieldKind::Region => 4,
        _ => 5,
    }
}

/// A comparison for every field that is worth one.
fn comparisons(model: &Model, records: &Records) -> Vec<Comparison> {
    let given = of_kind(model, records, FieldKind::GivenName);
    let family = of_kind(model, records, FieldKind::FamilyName);
    let names = match (given.first(), family.first()) {
        (Some(&given), Some(&family)) => Some((given, family)),
        _ => None,
    };
    let mut fields: Vec<usize> = (0..model.fields.len())
        .filter(|&field| records.filled(field) > 1 && records.distinct(field) > 1)
        .filter(|&field| !levels(model.fields[field].kind, false, 0).is_empty())
        .collect();
    fields.sort_by_key(|&field| (worth(model.fields[field].kind), std::cmp::Reverse(records.filled(field)), field));
    fields.truncate(MOST_COMPARISONS);
    fields.sort_unstable();
    // Slips of a large population repeat.
    let rare = 3.max(records.len() as u32 / 20_000);
    let comparison = |field: usize| {
        let mut of = vec![field];
        match names {
            Some((given, family)) if field == given => of.push(family),
            Some((given, family)) if field == family => of.push(given),
            _ => {}
        }
        let kind = model.fields[field].kind;
        Comparison {
            name: model.fields[field].name.clone(),
            levels: levels(kind, of.len() > 1, rare),
            fields: of,
            missing: Missing::First,
            shared: None,
        }
    };
    fields.into_iter().map(comparison).collect()
}
