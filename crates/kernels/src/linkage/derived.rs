//! Derived: fields that say again what others say: a whole name beside its parts, the year beside the birth date, a clinic
//! that goes by the town.
//!
//! Reads    encoded records, kinds of fields
//! Writes   the kind `Ignored` for such fields: their agreement would count twice
//!
//! Invariants
//! - Of two fields that say the same the one that is filled more often stays, then the first.
//! - What strangers who share the one field share in the other too says nothing new. Only what is not known by its kind is left
//!   out for it: town and postal code are told by their kinds to go together.
//! - Records are looked at by a hash of their number in the order of keys: the answer does not depend on rows.

use rustc_hash::{FxHashMap, FxHashSet};

use super::settle::of_kind;
use super::train::{equal_by_chance, spread};
use super::{FieldKind, Model, Records};

/// Records looked at.
const LOOKED_AT: u64 = 4000;
/// From this share of records on, a field repeats another.
const SHARE: f64 = 0.5;

/// Leaves out whole names beside their parts, and fields that are nearly always equal to another.
pub(super) fn drop_repeated(model: &mut Model, records: &Records) {
    use FieldKind::{FamilyName, FullName, GivenName, Organization, Text};
    for whole in 0..model.fields.len() {
        let may = [FullName, GivenName, FamilyName, Text, Organization].contains(&model.fields[whole].kind);
        let part = |kind| of_kind(model, records, kind).into_iter().find(|&field| field != whole);
        let parts: Vec<usize> = [GivenName, FamilyName].into_iter().filter_map(part).collect();
        if may && parts.len() == 2 && says_again(records, whole, &parts) {
            model.fields[whole].kind = FieldKind::Ignored;
        }
    }
    for later in 0..model.fields.len() {
        for earlier in 0..later {
            let same_kind = model.fields[earlier].kind == model.fields[later].kind;
            if same_kind && model.fields[later].kind != FieldKind::Ignored && equal(records, earlier, later) {
                let less = if records.filled(later) > records.filled(earlier) { earlier } else { later };
                model.fields[less].kind = FieldKind::Ignored;
            }
        }
    }
}

/// Whether most records that have all of them hold the words of the parts in the whole.
fn says_again(records: &Records, whole: usize, parts: &[usize]) -> bool {
    let (mut seen, mut again) = (0u32, 0u32);
    for record in some(records) {
        let text = |field: usize| records.value(record, field).map(|value| records.text(field, value));
        let Some(text_of_whole) = text(whole) else { continue };
        let Some(texts): Option<Vec<&str>> = parts.iter().map(|&part| text(part)).collect() else { continue };
        let words: Vec<String> = text_of_whole.split_whitespace().map(str::to_lowercase).collect();
        let mut wanted = texts.iter().flat_map(|text| text.split_whitespace());
        seen += 1;
        again += u32::from(wanted.all(|word| words.contains(&word.to_lowercase())));
    }
    // Where few records have both, the one is there for records without the other.
    seen > 0 && f64::from(again) >= SHARE * f64::from(seen) && records.filled(whole) <= 2 * records.filled(parts[0])
}

/// Whether two fields are equal in nearly all records that have both, and neither is there without the other.
fn equal(records: &Records, a: usize, b: usize) -> bool {
    let (mut either, mut same) = (0u32, 0u32);
    for record in some(records) {
        let text = |field: usize| records.value(record, field).map(|value| records.text(field, value));
        let (left, right) = (text(a), text(b));
        either += u32::from(left.is_some() || right.is_some());
        same += u32::from(left.is_some() && left == right);
    }
    records.distinct(a).min(records.distinct(b)) > 5 && either > 0 && f64::from(same) >= 0.8 * f64::from(either)
}

/// Leaves out what goes by another field: strangers who share the one mostly share the other.
pub(super) fn drop_determined(model: &mut Model, records: &Records) {
    let is = |model: &Model, field: usize, kinds: &[FieldKind]| kinds.contains(&model.fields[field].kind);
    let own: Vec<usize> = (0..model.fields.len()).filter(|&field| is(model, field, &PERSONAL)).collect();
    for field in 0..model.fields.len() {
        let open = is(model, field, &OPEN);
        if !open && !is(model, field, &PLACES) || equal_by_chance(records, field) > HARMLESS {
            continue;
        }
        for other in (0..model.fields.len()).filter(|&other| other != field) {
            // Of two fields of which nothing is known the later goes by the earlier.
            let may = is(model, other, &NAMED)
                || (open && (is(model, other, &PLACES) || (other < field && is(model, other, &OPEN))));
            if may && (is_part(records, field, other) || goes_by(records, field, other, &own)) {
                model.fields[field].kind = FieldKind::Ignored;
                break;
            }
        }
    }
}

/// Of what nobody knows what it is.
const OPEN: [FieldKind; 4] = [FieldKind::Text, FieldKind::Category, FieldKind::Organization, FieldKind::Number];
const PLACES: [FieldKind; 3] = [FieldKind::City, FieldKind::Region, FieldKind::PostalCode];
const NAMED: [FieldKind; 4] = [FieldKind::GivenName, FieldKind::FamilyName, FieldKind::FullName, FieldKind::BirthDate];
/// Strangers hardly share any of these.
const PERSONAL: [FieldKind; 7] = [
    FieldKind::GivenName,
    FieldKind::FamilyName,
    FieldKind::FullName,
    FieldKind::BirthDate,
    FieldKind::Email,
    FieldKind::Phone,
    FieldKind::Identifier,
];
/// What two of five share anyway does no harm to count twice.
const HARMLESS: f64 = 0.2;
/// Pairs of strangers looked at, at most and at least.
const STRANGERS: (u32, u32) = (20_000, 50);

/// Whether a field is a part of another in most records, and of that of other records in few.
fn is_part(records: &Records, field: usize, whole: usize) -> bool {
    let text = |record: u32, field: usize| records.value(record, field).map(|value| records.text(field, value));
    let (mut seen, mut part, mut chance, mut last) = (0u32, 0u32, 0u32, None);
    let mut alone = 0u32;
    for record in some(records) {
        let Some(own) = text(record, field) else { continue };
        let Some(of_whole) = text(record, whole) else {
            alone += 1;
            continue;
        };
        seen += 1;
        part += u32::from(of_whole.contains(own));
        chance += u32::from(last.is_some_and(|last: &str| last.contains(own)));
        last = Some(of_whole);
    }
    seen > 0
        && f64::from(part) >= 0.8 * f64::from(seen)
        && f64::from(chance) <= 0.3 * f64::from(seen)
        && f64::from(alone) <= 0.2 * f64::from(seen + alone)
}

/// Whether strangers who share the one field mostly share the other, far more often than by chance.
fn goes_by(records: &Records, field: usize, other: usize, own: &[usize]) -> bool {
    let own: Vec<usize> = own.iter().copied().filter(|&own| own != other && own != field).collect();
    // A slip or a missing value makes no stranger: two of these begin otherwise, and none is equal.
    let strangers = |a: u32, b: u32| {
        let mut differing = 0;
        for &field in &own {
            if let (Some(x), Some(y)) = (records.value(a, field), records.value(b, field)) {
                if x == y {
                    return false;
                }
                let signs = if records.kind(field) == FieldKind::BirthDate { 4 } else { 1 };
                let (x, y) = (records.text(field, x).as_bytes(), records.text(field, y).as_bytes());
                differing += u32::from(x.get(..signs) != y.get(..signs));
            }
        }
        differing > 1
    };
    let (mut pairs, mut seen, mut shared, mut alone, mut all) = (0u32, 0u32, 0u32, 0u32, 0u32);
    let mut last: FxHashMap<u32, u32> = FxHashMap::default();
    let mut values: FxHashSet<u32> = FxHashSet::default();
    for record in 0..records.len() as u32 {
        let Some(value) = records.value(record, field) else { continue };
        all += 1;
        let Some(of_other) = records.value(record, other).filter(|&value| !records.is_generic(other, value)) else {
            alone += 1;
            continue;
        };
        if let Some(before) = last.insert(of_other, record) {
            pairs += 1;
            if !strangers(before, record) {
                continue;
            }
            seen += 1;
            shared += u32::from(records.value(before, field) == Some(value));
            values.insert(of_other);
            if seen >= STRANGERS.0 {
                break;
            }
        }
    }
    let chance = equal_by_chance(records, field);
    let share = f64::from(shared) / f64::from(seen.max(1));
    // Where those who share it are mostly one person, some of the strangers are too.
    seen >= STRANGERS.1
        && f64::from(seen) >= 0.7 * f64::from(pairs)
        && values.len() > 5
        && f64::from(alone) <= 0.2 * f64::from(all)
        && share - chance >= SHARE * (1.0 - chance)
}

fn some(records: &Records) -> impl Iterator<Item = u32> {
    let size = records.len() as u64;
    (0..LOOKED_AT.min(size))
        .map(move |number| if size <= LOOKED_AT { number as u32 } else { (spread(number) % size) as u32 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linkage::{Field, TableRecords};

    /// The kinds that are left of a whole name, a given name, a family name and a second family name.
    fn kinds(rows: &[[Option<&str>; 4]]) -> Vec<FieldKind> {
        use FieldKind::{FamilyName, FullName, GivenName};
        let kinds = [FullName, GivenName, FamilyName, FamilyName];
        let fields: Vec<Field> = kinds.map(|kind| Field { name: format!("{kind:?}"), kind }).to_vec();
        let keys: Vec<String> = (0..rows.len()).map(|row| format!("{row:03}")).collect();
        let column = |field: usize| vec![rows.iter().map(|row| row[field]).collect()];
        let table =
            TableRecords { key: keys.iter().map(|key| Some(&**key)).collect(), fields: (0..4).map(column).collect() };
        let records = Records::encode(&fields, &[table]);
        let mut model = Model { fields, ..Model::default() };
        drop_repeated(&mut model, &records);
        model.fields.into_iter().map(|field| field.kind).collect()
    }

    const NAMES: [[Option<&str>; 4]; 8] = [
        [Some("ann hill"), Some("ann"), Some("hill"), None],
        [Some("bob stone"), Some("bob"), Some("stone"), None],
        [Some("eve marsh"), Some("eve"), Some("marsh"), None],
        [Some("lee wood"), Some("lee"), Some("wood"), None],
        [Some("una lake"), Some("una"), Some("lake"), None],
        [Some("max ford"), Some("max"), Some("ford"), None],
        [Some("ida cole"), Some("ida"), Some("cole"), None],
        [Some("ned park"), Some("ned"), Some("park"), None],
    ];

    #[test]
    fn a_whole_name_beside_its_parts_is_left_out() {
        use FieldKind::{FamilyName, FullName, GivenName, Ignored};
        assert_eq!(kinds(&NAMES)[..3], [Ignored, GivenName, FamilyName]);
        let alone = NAMES.map(|row| [row[0], None, None, None]);
        let parts = [[Some("ann hill"), Some("ann"), Some("hill"), None]];
        let mixed: Vec<_> = alone.iter().chain(&parts).copied().collect();
        assert_eq!(kinds(&mixed)[0], FullName, "it is there for records without parts");
        let other = NAMES.map(|row| [Some("someone else"), row[1], row[2], None]);
        assert_eq!(kinds(&other)[0], FullName, "it says something else");
    }

    #[test]
    fn of_two_fields_that_are_equal_one_stays() {
        use FieldKind::{FamilyName, Ignored};
        let twice = NAMES.map(|row| [None, row[1], row[2], row[2]]);
        assert_eq!(kinds(&twice)[2..], [FamilyName, Ignored]);
        let mut fuller = twice;
        fuller[0][2] = None;
        assert_eq!(kinds(&fuller)[2..], [Ignored, FamilyName], "the one that is filled more often");
        let apart = NAMES.map(|row| [None, row[1], row[2], row[1]]);
        assert_eq!(kinds(&apart)[2..], [FamilyName, FamilyName]);
    }

    /// Records of 300 people, three each, who live in one of twelve towns: given and family name, town, and three more columns.
    fn towns(columns: [&dyn Fn(u64, u64) -> String; 3]) -> Vec<FieldKind> {
        use FieldKind::{City, FamilyName, GivenName, Text};
        let kinds = [GivenName, FamilyName, City, Text, Text, Text];
        let fields: Vec<Field> =
            kinds.iter().enumerate().map(|(place, &kind)| Field { name: format!("c{place}"), kind }).collect();
        let letter = |number: u64| char::from(b'a' + (spread(number) % 26) as u8);
        let mut rows: Vec<Vec<String>> = vec![Vec::new(); 6];
        for record in 0..900u64 {
            let person = record / 3;
            let town = spread(person + 5000) % 12;
            rows[0].push(format!("{}nn{person}", letter(person)));
            rows[1].push(format!("{}ill{}", letter(person + 1000), person % 150));
            rows[2].push(format!("town{}", char::from(b'a' + town as u8)));
            (0..3).for_each(|place| rows[3 + place].push(columns[place](person, town)));
        }
        let keys: Vec<String> = (0..900u64).map(|record| format!("{:x}", spread(record))).collect();
        let table = TableRecords {
            key: keys.iter().map(|key| Some(&**key)).collect(),
            fields: rows.iter().map(|texts| vec![texts.iter().map(|text| Some(&**text)).collect()]).collect(),
        };
        let records = Records::encode(&fields, &[table]);
        let mut model = Model { fields, ..Model::default() };
        drop_determined(&mut model, &records);
        model.fields.into_iter().map(|field| field.kind).collect()
    }

    #[test]
    fn what_goes_by_another_field_is_left_out() {
        use FieldKind::{Ignored, Text};
        let clinic = |_: u64, town: u64| format!("clinic {}", char::from(b'q' + (town % 8) as u8));
        let own = |person: u64, _: u64| format!("own {}", person % 40);
        let sign = |person: u64, _: u64| format!("ill{}", person % 150);
        let kinds = towns([&clinic, &own, &sign]);
        assert_eq!(kinds[3..], [Ignored, Text, Ignored], "by the town, by nothing, a part of the family name");
        // Of two that say the same of strangers one stays.
        let other = |person: u64, _: u64| format!("other {}", person % 40);
        assert_eq!(towns([&own, &other, &clinic])[3..], [Text, Ignored, Ignored]);
    }
}
