//! Tests of keys: against what a key must be, value by value.

use super::*;
use crate::linkage::{Field, FieldKind as Kind, TableRecords};

/// Records of two tables with a name, phones (two columns) and a birth date.
fn records(rows: &[[Option<String>; 4]]) -> Records {
    let fields: Vec<Field> =
        [Kind::FullName, Kind::Phone, Kind::BirthDate].map(|kind| Field { name: format!("{kind:?}"), kind }).into();
    let table = |rows: &[[Option<String>; 4]]| {
        let column = |place: usize| rows.iter().map(|row| row[place].as_deref()).collect();
        let keys: Vec<String> = (0..rows.len()).map(|row| format!("k{row}")).collect();
        TableRecords {
            key: keys.iter().map(|key| Some(&**key)).collect(),
            fields: vec![vec![column(0)], vec![column(1), column(2)], vec![column(3)]],
        }
    };
    let half = rows.len() / 2;
    Records::encode(&fields, &[table(&rows[..half]), table(&rows[half..])])
}

#[test]
fn forms_of_texts() {
    for (text, part, expected) in [
        ("smith john", KeyForm::Exact, Some("smith john")),
        ("smith john", KeyForm::Prefix(3), Some("smi")),
        ("al", KeyForm::Prefix(3), Some("al")),
        ("15550102030", KeyForm::Suffix(7), Some("0102030")),
        ("555", KeyForm::Suffix(7), Some("555")),
        ("bill", KeyForm::Nickname, Some(first_form("william"))),
        ("smith john a", KeyForm::SortedWords, Some("a john smith")),
        ("smith john", KeyForm::FirstWord, Some("john")),
        ("smith john", KeyForm::LastWord, Some("smith")),
        ("19560409", KeyForm::Year, Some("1956")),
        ("1956", KeyForm::Year, Some("1956")),
        ("195", KeyForm::Year, None),
        ("19560409", KeyForm::YearMonth, Some("195604")),
        ("1956", KeyForm::YearMonth, None),
        ("19560409", KeyForm::MonthDay, Some("0409")),
        ("195604", KeyForm::MonthDay, None),
        ("19560409", KeyForm::YearDay, Some("195609")),
        ("john@example.com", KeyForm::EmailUser, Some("john")),
    ] {
        assert_eq!(form(text, part).as_deref(), expected, "{text} {part:?}");
    }
}

#[test]
fn keys_are_the_same_everywhere() {
    // Written down once: another machine or version must not give others.
    assert_eq!((hash(b""), hash(b"smith")), (11_400_714_819_323_198_485, 6_252_607_329_859_593_691));
}

proptest::proptest! {
    #[test]
    fn equal_parts_have_equal_keys(
        rows in proptest::collection::vec([
            proptest::strategy::Strategy::boxed(proptest::option::of("(ann|bob|smith|bill|will)( lee| ann)?")),
            proptest::strategy::Strategy::boxed(proptest::option::of("[12]0000[12]")),
            proptest::strategy::Strategy::boxed(proptest::option::of("[12]0000[12]")),
            proptest::strategy::Strategy::boxed(proptest::option::of("(19[45]0-0[12]-0[12]|19[45]0)")),
        ], 0..14),
        gone in 0_u32..14, generic in 0_u32..4, second in 0_usize..4,
    ) {
        let mut records = records(&rows);
        if records.distinct(1) > generic {
            records.set_generic(1, generic);
        }
        if (gone as usize) < records.len() {
            records.remove(gone);
        }
        let forms = [KeyForm::Year, KeyForm::YearMonth, KeyForm::MonthDay, KeyForm::YearDay];
        let rules = [
            vec![KeyPart { field: 0, form: KeyForm::SortedWords }],
            vec![KeyPart { field: 0, form: KeyForm::Phonetic }, KeyPart { field: 2, form: forms[second] }],
            vec![KeyPart { field: 1, form: KeyForm::Suffix(3) }],
            vec![KeyPart { field: 1, form: KeyForm::Exact }, KeyPart { field: 0, form: KeyForm::Prefix(1) }, KeyPart { field: 2, form: KeyForm::Exact }],
        ];
        for rule in rules.map(|parts| BlockingRule { parts }) {
            let all = block_keys(&records, &rule);
            // The naive twin: the forms themselves, every choice of one value a part.
            let mut plain: Vec<Vec<Vec<String>>> = Vec::new();
            for record in 0..records.len() as u32 {
                let mut choices: Vec<Vec<String>> = if records.is_removed(record) { vec![] } else { vec![vec![]] };
                for part in &rule.parts {
                    let of = |value: &u32| if part.form == KeyForm::Phonetic {
                        Some(format!("{}", records.sound(part.field, *value).primary))
                    } else {
                        form(records.text(part.field, *value), part.form).map(|text| text.into_owned())
                    };
                    let own: Vec<String> = records.values(record, part.field).iter().filter(|value| !records.is_generic(part.field, **value)).filter_map(of).collect();
                    choices = choices.iter().flat_map(|choice| own.iter().map(|text| [&choice[..], std::slice::from_ref(text)].concat())).collect();
                }
                choices.sort();
                choices.dedup();
                plain.push(choices);
                let own: Vec<u64> = all.iter().filter(|(_, other)| *other == record).map(|(key, _)| *key).collect();
                proptest::prop_assert_eq!(&own, &keys_of(&records, &rule, record));
                proptest::prop_assert_eq!(own.len(), plain[record as usize].len());
                proptest::prop_assert!(own.iter().all(|key| *key != 0));
            }
            for a in 0..records.len() {
                for b in 0..records.len() {
                    let shared = plain[a].iter().filter(|choice| plain[b].contains(choice)).count();
                    let (left, right) = (keys_of(&records, &rule, a as u32), keys_of(&records, &rule, b as u32));
                    proptest::prop_assert_eq!(left.iter().filter(|key| right.contains(key)).count(), shared);
                }
            }
        }
    }
}

#[test]
fn names_that_stand_crosswise_have_one_key() {
    let fields = [Kind::GivenName, Kind::FamilyName].map(|kind| Field { name: format!("{kind:?}"), kind });
    let rows = [("ann", "hill"), ("hill", "ann"), ("ann", "hill"), ("ann", "ann"), ("hill", "hill"), ("ann", "")];
    let keys: Vec<String> = (0..rows.len()).map(|row| format!("k{row}")).collect();
    let known = |text: &'static str| Some(text).filter(|text| !text.is_empty());
    let table = TableRecords {
        key: keys.iter().map(|key| Some(&**key)).collect(),
        fields: vec![
            vec![rows.iter().map(|row| known(row.0)).collect()],
            vec![rows.iter().map(|row| known(row.1)).collect()],
        ],
    };
    let records = Records::encode(&fields, &[table]);
    let parts = [0, 1].map(|field| KeyPart { field, form: KeyForm::Crosswise }).to_vec();
    let of = |record| keys_of(&records, &BlockingRule { parts: parts.clone() }, record);
    assert_eq!((of(0).len(), of(0)), (1, of(1)));
    assert_eq!(of(0), of(2), "and those that do not");
    assert_ne!(of(3), of(4));
    assert_ne!(of(3), of(0));
    assert_eq!(of(5), Vec::<u64>::new(), "without the one there is none");
}
