//! Tests of linking: one answer in any order and on any number of threads; candidates against their naive twin.

use std::collections::BTreeSet;

use super::super::train::spread;
use super::super::{Field, FieldKind, KeyForm, KeyPart};
use super::*;
use crate::frame::TextColumn;
use crate::linkage::BlockingRule;

const GIVEN: [&str; 12] =
    ["anna", "robert", "maria", "joseph", "helena", "victor", "susan", "peter", "olivia", "martin", "grace", "felix"];
const FAMILY: [&str; 20] = [
    "smith",
    "jones",
    "novak",
    "garcia",
    "okafor",
    "lindqvist",
    "moreau",
    "tanaka",
    "petrov",
    "kowalski",
    "brandt",
    "silva",
    "haddad",
    "osullivan",
    "fischer",
    "marino",
    "dubois",
    "yilmaz",
    "larsen",
    "whitaker",
];

/// The name, birth date and e-mail of a person, in the spelling of a copy.
fn row(person: u64, copy: u64) -> [Option<String>; 4] {
    let pick = |what: u64, of: u64| spread(person * 16 + what) % of;
    let slip = |what: u64, one_in: u64| copy > 0 && spread(person * 64 + copy * 8 + what).is_multiple_of(one_in);
    let mut family = FAMILY[pick(1, 20) as usize].to_owned();
    if slip(1, 4) {
        family.remove(2);
    }
    let given = GIVEN[pick(0, 12) as usize].to_owned();
    let birth = format!("{}-{:02}-{:02}", 1940 + pick(2, 60), 1 + pick(3, 12), 1 + pick(4, 28));
    let email = format!("{}{}@example.org", given, pick(5, 90_000));
    [(!slip(0, 9)).then_some(given), Some(family), (!slip(2, 9)).then_some(birth), (!slip(3, 3)).then_some(email)]
}

/// Some 600 records of 300 people, in an order of rows.
fn table(order: u64) -> (Model, TableRecords) {
    let mut rows: Vec<(String, [Option<String>; 4])> =
        (0..600u64).map(|number| (format!("{}-{}", number / 2, number % 2), row(number / 2, number % 2))).collect();
    rows.sort_by_key(|row| spread(order ^ row.0.bytes().fold(0, |sum, byte| sum * 31 + u64::from(byte))));
    let column = |field: usize| -> TextColumn { rows.iter().map(|row| row.1[field].as_deref()).collect() };
    let key = rows.iter().map(|row| Some(row.0.as_str())).collect();
    let fields = (0..4).map(|field| vec![column(field)]).collect();
    let field = |name: &str| Field { name: name.to_owned(), kind: FieldKind::Unknown };
    let fields_of = ["first_name", "surname", "dob", "email"].map(field).to_vec();
    (Model { fields: fields_of, ..Model::default() }, TableRecords { key, fields })
}

fn clusters(linked: &Linked) -> BTreeSet<Vec<String>> {
    let mut of: std::collections::BTreeMap<u32, Vec<String>> = std::collections::BTreeMap::new();
    for (record, &root) in linked.clusters.of.iter().enumerate() {
        of.entry(root).or_default().push(linked.records.key(record as u32).to_owned());
    }
    of.into_values().collect()
}

#[test]
fn people_are_found_with_no_configuration_in_any_order_and_on_any_number_of_threads() {
    let (model, rows) = table(0);
    let first = link(model, &[rows], &Certain::default());
    let kinds: Vec<FieldKind> = first.model.fields.iter().map(|field| field.kind).collect();
    assert_eq!(kinds, [FieldKind::GivenName, FieldKind::FamilyName, FieldKind::BirthDate, FieldKind::Email]);
    let found = clusters(&first);
    let whole = found.iter().filter(|cluster| {
        cluster.len() == 2 && cluster[0][..cluster[0].len() - 1] == cluster[1][..cluster[1].len() - 1]
    });
    let whole = whole.count();
    assert!(whole > 265 && found.len() < 325, "{whole} whole of {} clusters", found.len());
    let (model, rows) = table(7);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let other = pool.install(|| link(model, &[rows], &Certain::default()));
    assert_eq!(clusters(&other), found);
    assert_eq!(other.model, first.model);
    assert_eq!(other.edges, first.edges);
    // A model with all figures is only applied.
    let (_, rows) = table(3);
    let again = link(first.model.clone(), &[rows], &Certain::default());
    assert_eq!(again.model, first.model);
    assert_eq!(again.edges, first.edges);
}

#[test]
fn candidates_are_the_pairs_of_equal_keys_each_once() {
    let (mut model, rows) = table(0);
    model
        .fields
        .iter_mut()
        .zip([FieldKind::GivenName, FieldKind::FamilyName, FieldKind::BirthDate, FieldKind::Email])
        .for_each(|(field, kind)| field.kind = kind);
    let part = |field, form| KeyPart { field, form };
    model.blocking = vec![
        BlockingRule { parts: vec![part(0, KeyForm::Exact), part(1, KeyForm::Phonetic)] },
        BlockingRule { parts: vec![part(2, KeyForm::Year)] },
        BlockingRule { parts: vec![part(1, KeyForm::Prefix(1)), part(2, KeyForm::MonthDay)] },
    ];
    let records = Records::encode(&model.fields, &[rows]);
    let candidates = Candidates::new(&records, &model);
    let parts = candidates.scan(
        || (),
        |(), chunk| {
            let mut pairs = Vec::new();
            candidates.pairs(chunk, |a, b| pairs.push((a, b, chunk.rule)));
            pairs
        },
    );
    let mut found = parts.concat();
    found.sort_unstable();
    let mut naive = Vec::new();
    for a in 0..records.len() as u32 {
        for b in a + 1..records.len() as u32 {
            let shares = |rule: &BlockingRule| {
                let (of_a, of_b) =
                    (crate::linkage::keys_of(&records, rule, a), crate::linkage::keys_of(&records, rule, b));
                of_a.iter().any(|key| *key != 0 && of_b.contains(key))
            };
            if let Some(rule) = model.blocking.iter().position(shares) {
                naive.push((a, b, rule as u16));
            }
        }
    }
    assert_eq!(found, naive);
    assert!(found.iter().all(|&(a, b, rule)| candidates.rules_of(a, b).trailing_zeros() == u32::from(rule)));
}

#[test]
fn a_block_too_large_is_split_by_what_else_is_known_and_what_is_cut_is_counted() {
    let rows = 5000u64;
    let text = |number: u64| [Some("smith".to_owned()), row(number, 0)[2].clone()];
    let all: Vec<[Option<String>; 2]> = (0..rows).map(text).collect();
    let keys: Vec<String> = (0..rows).map(|number| number.to_string()).collect();
    let column = |field: usize| -> TextColumn { all.iter().map(|row| row[field].as_deref()).collect() };
    let field = |name: &str, kind| Field { name: name.to_owned(), kind };
    let model = Model {
        fields: vec![field("surname", FieldKind::FamilyName), field("dob", FieldKind::BirthDate)],
        blocking: vec![BlockingRule { parts: vec![KeyPart { field: 0, form: KeyForm::Exact }] }],
        ..Model::default()
    };
    let key = keys.iter().map(|key| Some(key.as_str())).collect();
    let table = TableRecords { key, fields: vec![vec![column(0)], vec![column(1)]] };
    let records = Records::encode(&model.fields, &[table]);
    let candidates = Candidates::new(&records, &model);
    let statistic = &candidates.statistics()[0];
    assert_eq!(u64::from(statistic.largest_block), rows);
    assert_eq!(statistic.pairs + statistic.cut_pairs, rows * (rows - 1) / 2);
    assert!(statistic.pairs > 0 && statistic.cut_pairs > statistic.pairs);
    let equal = |a: u32, b: u32| records.value(a, 1) == records.value(b, 1);
    let first = (1..rows as u32).find(|&other| equal(0, other));
    assert!(first.is_none_or(|other| candidates.rules_of(0, other) == 1));
}

/// Given name, family name, birth date, address, e-mail of a person; of forty one has a twin, one a namesake a generation
/// apart, each the person after. One person in four has a second record, with a slip or without a birth date.
fn households() -> (Model, TableRecords, Vec<(u64, u64)>) {
    let people = 3000u64;
    let base = |person: u64| -> [String; 5] {
        let pick = |what: u64, of: u64| spread(person * 32 + what) % of;
        let given = GIVEN[pick(0, 12) as usize].to_owned();
        let family = FAMILY[pick(1, 20) as usize].to_owned();
        let birth = format!("{}-{:02}-{:02}", 1940 + pick(2, 60), 1 + pick(3, 12), 1 + pick(4, 28));
        let address =
            format!("{} {} street", 1 + pick(5, 400), ["oak", "mill", "lake", "hill", "elm"][pick(6, 5) as usize]);
        let email = format!("{given}.{family}{:04}@example.org", pick(7, 10_000));
        [given, family, birth, address, email]
    };
    let mut rows: Vec<(String, [Option<String>; 5])> = Vec::new();
    let mut kin = Vec::new();
    for person in 0..people {
        let mut own = base(person);
        if person % 40 == 21 || person % 40 == 31 {
            let other = base(person - 1);
            (own[1], own[3]) = (other[1].clone(), other[3].clone());
            if person % 40 == 21 && own[0] != other[0] {
                own[2].clone_from(&other[2]);
                kin.push((person, person - 1));
            } else if person % 40 == 31 {
                own[0].clone_from(&other[0]);
                let year: u32 = other[2][..4].parse().unwrap();
                own[2] = format!("{}{}", if year > 1970 { year - 27 } else { year + 27 }, &own[2][4..]);
                kin.push((person, person - 1));
            }
            own[4] = format!("{}.{}{:04}@example.org", own[0], own[1], spread(person) % 10_000);
        }
        let mut row = own.map(Some);
        rows.push((format!("{person:05}-0"), row.clone()));
        if spread(person + 77).is_multiple_of(4) {
            match spread(person + 99) % 4 {
                0 => row[2] = None,
                1 => row[4] = None,
                2 => _ = row[1].as_mut().map(|family| family.remove(1)),
                _ => row[0] = row[0].as_ref().map(|given| given[..given.len() - 1].to_owned()),
            }
            rows.push((format!("{person:05}-1"), row));
        }
    }
    let column = |field: usize| -> TextColumn { rows.iter().map(|row| row.1[field].as_deref()).collect() };
    let key = rows.iter().map(|row| Some(row.0.as_str())).collect();
    let field = |name: &str| Field { name: name.to_owned(), kind: FieldKind::Unknown };
    let fields = ["first_name", "last_name", "birth_date", "address", "email"].map(field).to_vec();
    let columns = (0..5).map(|field| vec![column(field)]).collect();
    (Model { fields, ..Model::default() }, TableRecords { key, fields: columns }, kin)
}

#[test]
fn twins_namesakes_and_emails_made_of_names_stay_apart_where_few_have_two_records() {
    let (model, rows, kin) = households();
    let linked = link(model, &[rows], &Certain::default());
    let (mut right, mut wrong) = (0, 0);
    let mut of_person: std::collections::BTreeMap<u64, Vec<u32>> = std::collections::BTreeMap::new();
    for cluster in clusters(&linked) {
        for (place, one) in cluster.iter().enumerate() {
            for other in &cluster[..place] {
                if one[..5] == other[..5] { right += 1 } else { wrong += 1 }
            }
        }
    }
    for record in 0..linked.records.len() as u32 {
        let person = linked.records.key(record)[..5].parse().unwrap();
        of_person.entry(person).or_default().push(linked.clusters.of[record as usize]);
    }
    let two = of_person.values().filter(|records| records.len() > 1).count();
    assert!(right * 100 >= two * 93, "{right} of {two} found");
    assert!(wrong * 100 <= right * 3, "{wrong} wrong beside {right}");
    let merged = kin.iter().filter(|(a, b)| of_person[a].iter().any(|of| of_person[b].contains(of))).count();
    assert!(kin.len() > 120 && merged * 100 <= kin.len() * 3, "{merged} of {} merged", kin.len());
}
