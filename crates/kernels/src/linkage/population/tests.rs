//! Populations, against full runs over the same records.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::candidates::Candidates;
use super::super::cluster::cluster;
use super::super::*;
use super::explain::PartState;
use super::*;
use crate::frame::TextColumn;

const GIVEN: [&str; 12] =
    ["anna", "bert", "clara", "david", "emma", "fritz", "greta", "hans", "ida", "jonas", "klara", "ludwig"];
const FAMILY: [&str; 14] = [
    "adler",
    "brandt",
    "cornelius",
    "dreher",
    "ebert",
    "fischer",
    "gerber",
    "huber",
    "iversen",
    "jaeger",
    "kaiser",
    "lindner",
    "maurer",
    "neumann",
];

/// Rows by table and key: given name, family name, birth date, e-mail.
type Rows = BTreeMap<Record, [Option<String>; 4]>;

fn model() -> Model {
    let field = |name: &str, kind| Field { name: name.to_owned(), kind };
    let level = |test, m, u, term_frequency| Level { test, m: Some(m), u: Some(u), term_frequency };
    let comparison = |name: &str, fields: Vec<usize>, levels| Comparison {
        name: name.to_owned(),
        fields,
        levels,
        missing: Missing::First,
        shared: None,
    };
    let part = |field, form| KeyPart { field, form };
    Model {
        fields: vec![
            field("given", FieldKind::GivenName),
            field("family", FieldKind::FamilyName),
            field("birth", FieldKind::BirthDate),
            field("email", FieldKind::Email),
        ],
        comparisons: vec![
            comparison(
                "given",
                vec![0],
                vec![
                    level(Test::Exact, 0.85, 0.08, 1.0),
                    level(Test::JaroWinkler(0.85), 0.1, 0.01, 0.0),
                    level(Test::Else, 0.05, 0.91, 0.0),
                ],
            ),
            comparison(
                "family",
                vec![1],
                vec![
                    level(Test::Exact, 0.85, 0.07, 1.0),
                    level(Test::JaroWinkler(0.85), 0.1, 0.01, 0.0),
                    level(Test::Else, 0.05, 0.92, 0.0),
                ],
            ),
            comparison(
                "birth",
                vec![2],
                vec![
                    level(Test::Exact, 0.9, 0.001, 0.0),
                    level(Test::DigitSlip, 0.07, 0.01, 0.0),
                    level(Test::Else, 0.03, 0.989, 0.0),
                ],
            ),
            comparison(
                "email",
                vec![3],
                vec![level(Test::Exact, 0.8, 0.0005, 0.0), level(Test::Else, 0.2, 0.9995, 0.0)],
            ),
        ],
        blocking: vec![
            BlockingRule { parts: vec![part(1, KeyForm::Phonetic), part(2, KeyForm::Year)] },
            BlockingRule { parts: vec![part(3, KeyForm::Exact)] },
            BlockingRule { parts: vec![part(0, KeyForm::Exact), part(2, KeyForm::MonthDay)] },
        ],
        prior: Some(1.0 / 400.0),
        kin: Some(Kin::default()),
        threshold: Some(0.9),
        review: Some(0.3),
        ..Model::default()
    }
}

/// A number that looks random and is not.
fn random(of: u64) -> u64 {
    let mixed = of.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A record of a person, with what went wrong in writing it.
fn row(person: u64, copy: u64) -> [Option<String>; 4] {
    let of = |what: u64| random(person * 64 + what);
    let wrong = |what: u64| random(person * 7919 + copy * 104_729 + what);
    let mut given = GIVEN[(of(1) % 12) as usize].to_owned();
    let family = FAMILY[(of(2) % 14) as usize].to_owned();
    let mut birth = format!("{}-{:02}-{:02}", 1950 + of(3) % 30, 1 + of(4) % 12, 1 + of(5) % 28);
    let email = format!("{given}{}@example.org", of(6) % 900);
    if wrong(1).is_multiple_of(6) {
        given.truncate(given.len() - 1);
    }
    if wrong(2).is_multiple_of(8) {
        birth = format!("{}-{:02}-{:02}", 1950 + of(3) % 30, 1 + of(4) % 12, 1 + wrong(3) % 28);
    }
    let email = (!wrong(4).is_multiple_of(3)).then_some(email);
    [Some(given), Some(family), Some(birth), email]
}

fn rows(people: u64) -> Rows {
    let records = (0..people).flat_map(|person| (0..1 + random(person) % 3).map(move |copy| (person, copy)));
    records.map(|(person, copy)| (((copy % 2) as u32, format!("p{person:05}-{copy}")), row(person, copy))).collect()
}

fn encode(model: &Model, rows: &Rows) -> Records {
    let tables: Vec<TableRecords> = (0..2)
        .map(|table| {
            let own: Vec<_> = rows.iter().filter(|(record, _)| record.0 == table).collect();
            let column = |field: usize| own.iter().map(|(_, row)| row[field].as_deref()).collect::<TextColumn>();
            TableRecords {
                key: own.iter().map(|(record, _)| Some(record.1.as_str())).collect(),
                fields: (0..4).map(|field| vec![column(field)]).collect(),
            }
        })
        .collect();
    Records::encode(&model.fields, &tables)
}

/// A full run; and how many pairs it scored.
fn full(model: &Model, rows: &Rows, same: &[(u32, u32)], apart: &[(u32, u32)]) -> (Population, usize) {
    let records = encode(model, rows);
    let weigh = |a: u32, b: u32| {
        let pattern = Comparer::new(&records, &model.comparisons).compare(a, b);
        (pattern, Weights::new(model, &records).weight(pattern, a, b))
    };
    let candidates = Candidates::new(&records, model);
    let (mut edges, mut scored) = (Vec::new(), 0);
    for chunk in candidates.chunks() {
        candidates.pairs(chunk, |a, b| {
            scored += 1;
            let (pattern, weight) = weigh(a, b);
            if weight >= bits(model.review.unwrap_or(REVIEW)) {
                edges.push(Edge { a, b, weight, rule: chunk.rule, pattern });
            }
        });
    }
    let tables: Vec<u32> = (0..records.len() as u32).map(|record| records.table(record)).collect();
    let clusters = cluster(&tables, &edges, model, same, apart, &|a, b| weigh(a, b).1);
    (Population::new(model.clone(), records, edges, clusters.of, same, apart), scored)
}

/// Clusters by table and key.
fn named(population: &Population) -> BTreeSet<Vec<Record>> {
    let there = (0..population.records().len() as u32).filter(|&record| !population.records().is_removed(record));
    there.map(|record| population.named(&population.cluster_of(record))).collect()
}

/// Pairs within clusters.
fn pairs(clusters: &BTreeSet<Vec<Record>>) -> BTreeSet<(&Record, &Record)> {
    clusters.iter().flat_map(|of| (0..of.len()).flat_map(move |b| (0..b).map(move |a| (&of[a], &of[b])))).collect()
}

fn put(record: &Record, row: &[Option<String>; 4]) -> Put {
    Put { record: record.clone(), values: row.iter().map(|text| text.iter().cloned().collect()).collect() }
}

#[test]
fn changes_give_what_a_full_run_gives() {
    let model = model();
    let mut now = rows(600);
    let (mut population, scored) = full(&model, &now, &[], &[]);
    for round in 0..5u64 {
        let before = named(&population);
        let mut changes = Changes::default();
        let keys: Vec<Record> = now.keys().cloned().collect();
        for (place, key) in keys.iter().enumerate() {
            match random(round * 1_000_003 + place as u64) % 200 {
                0 | 1 => {
                    now.remove(key);
                    changes.removed.push(key.clone());
                }
                2 | 3 => {
                    let row = row(random(place as u64) % 700, 40 + round);
                    changes.put.push(put(key, &row));
                    now.insert(key.clone(), row);
                }
                _ => {}
            }
        }
        for added in 0..8 {
            let key = ((added % 2) as u32, format!("new{round}-{added}"));
            let row = row(random(round * 31 + added) % 620, 9 + added);
            changes.put.push(put(&key, &row));
            now.insert(key, row);
        }
        let changed = population.update(&changes);
        let (again, _) = full(&model, &now, &[], &[]);
        let (here, there) = (named(&population), named(&again));
        let (ours, theirs) = (pairs(&here), pairs(&there));
        let both = ours.intersection(&theirs).count() as f64;
        let f1 = 2.0 * both / (ours.len() + theirs.len()) as f64;
        let differences: Vec<_> = here.symmetric_difference(&there).collect();
        assert!(f1 >= 0.999, "round {round}: F1 {f1}; different: {differences:?}");
        assert!(ours.len() > 300);
        assert!(changed.scored * 5 < scored, "{} of {scored} pairs", changed.scored);
        // What is reported is the difference of before and after.
        let gone: BTreeSet<_> = before.difference(&here).cloned().collect();
        let come: BTreeSet<_> = here.difference(&before).cloned().collect();
        assert_eq!(changed.before.into_iter().collect::<BTreeSet<_>>(), gone);
        assert_eq!(changed.after.into_iter().collect::<BTreeSet<_>>(), come);
    }
}

#[test]
fn what_is_added_and_removed_again_leaves_everything_as_it_was() {
    let (mut population, _) = full(&model(), &rows(200), &[], &[]);
    let before = named(&population);
    let added: Vec<Record> = (0..60).map(|number| (0, format!("new{number}"))).collect();
    let rows = added.iter().enumerate().map(|(place, key)| put(key, &row(place as u64 * 3, 5)));
    let done = population.update(&Changes { put: rows.collect(), ..Changes::default() });
    assert!(!done.after.is_empty() && named(&population) != before);
    population.update(&Changes { removed: added, ..Changes::default() });
    assert_eq!(named(&population), before);
    // A change of nothing changes nothing.
    let key = (0, "p00000-0".to_owned());
    let done = population.update(&Changes { put: vec![put(&key, &row(0, 0))], ..Changes::default() });
    assert_eq!((done.before, done.after), (Vec::new(), Vec::new()));
    assert_eq!(named(&population), before);
}

#[test]
fn what_is_certain_is_taken_in_kept_through_changes_and_taken_back() {
    let (mut population, _) = full(&model(), &rows(60), &[], &[]);
    let before = named(&population);
    let (one, other) = ((0, "p00001-0".to_owned()), (0, "p00002-0".to_owned()));
    let stated = vec![(one.clone(), other.clone())];
    let together = |population: &Population| {
        let find = |record: &Record| population.records().find(record.0, &record.1).expect("it is there");
        population.clusters()[find(&one) as usize] == population.clusters()[find(&other) as usize]
    };
    assert!(!together(&population));
    population.update(&Changes { same: stated.clone(), ..Changes::default() });
    assert!(together(&population));
    population.update(&Changes { put: vec![put(&one, &row(1, 7))], ..Changes::default() });
    assert!(together(&population));
    population.update(&Changes { forget: stated.clone(), ..Changes::default() });
    assert!(!together(&population));
    population.update(&Changes { put: vec![put(&one, &row(1, 0))], ..Changes::default() });
    assert_eq!(named(&population), before);
    // Records that are apart do not come together again, whatever they look like.
    population.update(&Changes { apart: stated, put: vec![put(&one, &row(2, 0))], ..Changes::default() });
    assert!(!together(&population));
}

#[test]
fn a_partial_person_is_found_and_what_was_asked_leaves_no_trace() {
    let (mut population, _) = full(&model(), &rows(600), &[], &[]);
    let before = (population.records().len(), population.records().filled(0), named(&population));
    let [given, family, birth, email] = row(17, 0);
    let texts = [given, family, birth, email];
    let own = population.records().find(0, "p00017-0").expect("it is there");
    let ask = |fields: &[usize]| -> Vec<Vec<&str>> {
        (0..4).map(|field| texts[field].as_deref().filter(|_| fields.contains(&field)).into_iter().collect()).collect()
    };
    for fields in [&[0, 1, 2][..], &[0, 1, 2, 3], &[1, 2]] {
        let looked = population.lookup(&ask(fields), 5);
        assert!(looked.fields.iter().all(|field| fields.contains(field)));
        let first = &looked.found[0];
        assert!(first.records.iter().any(|candidate| candidate.record == own), "{fields:?}: {looked:?}");
        assert!(looked.found.windows(2).all(|two| two[0].weight >= two[1].weight));
        assert!(looked.found.iter().map(|found| found.probability).sum::<f64>() <= 1.0);
    }
    assert!(population.lookup(&ask(&[0, 1, 2, 3]), 1).found[0].probability > 0.9);
    assert!(population.lookup(&[vec!["zzyzx"], vec!["qwrtp"], vec!["1901-01-01"], vec![]], 5).found.is_empty());
    assert_eq!((population.records().len(), population.records().filled(0), named(&population)), before);
}

#[test]
fn evidence_adds_up_and_what_was_never_compared_is_told() {
    let (population, _) = full(&model(), &rows(600), &[], &[]);
    let edge = population.edges().iter().find(|edge| edge.weight > 5.0).copied().expect("some are alike");
    let explained = population.explain(edge.b, edge.a);
    let sum: f64 = explained.comparisons.iter().map(|of| of.bits + of.term_frequency).sum();
    assert!((sum + explained.prior + explained.kin - f64::from(edge.weight)).abs() < 1e-3);
    assert!(explained.kin.abs() < 0.1, "without kin there is nothing to take off: {}", explained.kin);
    assert_eq!(explained.weight, edge.weight);
    let first = explained.rules.iter().position(|rule| rule.together);
    assert_eq!(first, Some(edge.rule as usize));
    // Of two that no rule brings together each rule names a part that differs or is missing.
    let stranger = (0..population.records().len() as u32)
        .find(|&other| other != edge.a && population.explain(edge.a, other).rules.iter().all(|rule| !rule.together))
        .expect("most are strangers");
    for rule in population.explain(edge.a, stranger).rules {
        assert!(rule.parts.iter().any(|part| part.state != PartState::Equal));
    }
}

#[test]
fn a_path_leads_over_the_strongest_links() {
    let (population, _) = full(&model(), &rows(600), &[], &[]);
    let large = named(&population).into_iter().find(|cluster| cluster.len() >= 3).expect("three of one person");
    let find = |record: &Record| population.records().find(record.0, &record.1).expect("it is there");
    let records: Vec<u32> = large.iter().map(find).collect();
    assert_eq!(population.tree(records[0]).len(), records.len() - 1);
    let path = population.path(records[0], records[2]);
    // It begins and ends at the two, and its weakest link is as strong as the link between them.
    let mut at = records[0];
    for joint in &path {
        assert!(joint.edge.a == at || joint.edge.b == at);
        at ^= joint.edge.a ^ joint.edge.b;
    }
    assert_eq!(at, records[2]);
    let weakest = path.iter().map(|joint| joint.edge.weight).fold(f32::MAX, f32::min);
    assert!(weakest >= population.edge(records[0], records[2]).weight);
    let other = (0..population.records().len() as u32).find(|record| !records.contains(record)).expect("others");
    assert!(population.path(records[0], other).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_changes_in_any_order_give_what_a_full_run_gives(
        changes in proptest::collection::vec((0usize..150, 0u64..90, 0u64..12, 0u32..3), 1..40),
    ) {
        // Without frequencies of values, which move with every record, nothing at all may differ.
        let mut model = model();
        model.comparisons.iter_mut().flat_map(|of| &mut of.levels).for_each(|level| level.term_frequency = 0.0);
        let mut now = rows(80);
        let keys: Vec<Record> = now.keys().cloned().chain((0..20).map(|n| (n % 2, format!("x{n}")))).collect();
        let (mut population, _) = full(&model, &now, &[], &[]);
        for chunk in changes.chunks(7) {
            let mut batch = Changes::default();
            let mut seen = BTreeSet::new();
            for &(key, person, copy, kind) in chunk {
                let key = &keys[key % keys.len()];
                if !seen.insert(key) {
                    continue;
                }
                if kind == 0 {
                    now.remove(key);
                    batch.removed.push(key.clone());
                } else {
                    now.insert(key.clone(), row(person, copy));
                    batch.put.push(put(key, &row(person, copy)));
                }
            }
            population.update(&batch);
        }
        let (again, _) = full(&model, &now, &[], &[]);
        let (here, there) = (named(&population), named(&again));
        prop_assert_eq!(here, there);
    }
}
