//! Derived: fields that say again what others say, as a whole name beside its parts.
//!
//! Reads    encoded records, kinds of fields
//! Writes   the kind `Ignored` for such fields: their agreement would count twice
//!
//! Invariants
//! - Of two fields that say the same the one that is filled more often stays, then the first.
//! - Records are looked at by a hash of their number in the order of keys: the answer does not depend on rows.

use super::settle::of_kind;
use super::train::spread;
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
}
