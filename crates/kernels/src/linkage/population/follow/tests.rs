//! Following, against full runs over the same tables.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::train::spread;
use super::super::super::{Field, FieldKind, Model, link};
use super::*;

const GIVEN: [&str; 10] = ["anna", "bert", "clara", "david", "emma", "fritz", "greta", "hans", "ida", "jonas"];
const FAMILY: [&str; 15] = [
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
    "okafor",
];

type Rows = BTreeMap<Record, [Option<String>; 4]>;

/// A record of a person, with what went wrong in writing it.
fn row(person: u64, copy: u64) -> [Option<String>; 4] {
    let pick = |what: u64, of: u64| spread(person * 16 + what) % of;
    let slip = |what: u64, one_in: u64| copy > 0 && spread(person * 64 + copy * 8 + what).is_multiple_of(one_in);
    let mut family = FAMILY[pick(1, 15) as usize].to_owned();
    if slip(1, 4) {
        family.remove(2);
    }
    let given = GIVEN[pick(0, 10) as usize].to_owned();
    let birth = format!("{}-{:02}-{:02}", 1940 + pick(2, 60), 1 + pick(3, 12), 1 + pick(4, 28));
    let email = format!("{given}{}@example.org", pick(5, 90_000));
    [(!slip(0, 9)).then_some(given), Some(family), (!slip(2, 9)).then_some(birth), (!slip(3, 3)).then_some(email)]
}

fn rows(people: u64) -> Rows {
    let copies = (0..people).flat_map(|person| (0..1 + spread(person) % 3).map(move |copy| (person, copy)));
    copies.map(|(person, copy)| (((copy % 2) as u32, format!("p{person:05}-{copy}")), row(person, copy))).collect()
}

fn tables(rows: &Rows) -> Vec<TableRecords> {
    let table = |table: u32| {
        let own: Vec<_> = rows.iter().filter(|(record, _)| record.0 == table).collect();
        TableRecords {
            key: own.iter().map(|(record, _)| Some(record.1.as_str())).collect(),
            fields: (0..4).map(|field| vec![own.iter().map(|(_, row)| row[field].as_deref()).collect()]).collect(),
        }
    };
    (0..2).map(table).collect()
}

fn blank() -> Model {
    let field = |name: &str| Field { name: name.to_owned(), kind: FieldKind::Unknown };
    Model { fields: ["first_name", "surname", "dob", "email"].map(field).to_vec(), ..Model::default() }
}

/// Clusters, by the names of their records.
fn clusters(outcome: &Outcome) -> BTreeSet<Vec<Record>> {
    let mut all: BTreeMap<u32, Vec<Record>> = BTreeMap::new();
    for record in 0..outcome.len() as u32 {
        let of = outcome.clusters.of[record as usize];
        assert!(of <= record, "a cluster is known by its lowest record");
        all.entry(of).or_default().push((outcome.table(record), outcome.key(record).to_owned()));
    }
    all.into_values().collect()
}

fn certain(same: &[(&str, &str)], apart: &[(&str, &str)]) -> Certain {
    let of = |pairs: &[(&str, &str)]| {
        let record = |key: &str| (u32::from(key.ends_with('1')), key.to_owned());
        pairs.iter().map(|(one, other)| (record(one), record(other), String::new())).collect()
    };
    Certain { same: of(same), apart: of(apart) }
}

/// A few records other than they were.
fn change(now: &mut Rows, round: u64) -> (usize, usize, usize) {
    let keys: Vec<Record> = now.keys().cloned().collect();
    let (mut changed, mut removed) = (0, 0);
    for (place, key) in keys.iter().enumerate() {
        match spread(round * 1_000_003 + place as u64) % 150 {
            0 => {
                now.remove(key);
                removed += 1;
            }
            1 => {
                let other = row(spread(place as u64) % 700, 40 + round);
                changed += usize::from(now.insert(key.clone(), other.clone()) != Some(other));
            }
            _ => {}
        }
    }
    for added in 0..6 {
        now.insert(((added % 2) as u32, format!("a{round}-{added}")), row(spread(round * 31 + added) % 620, 9 + added));
    }
    (6, changed, removed)
}

#[test]
fn tables_that_change_are_followed_to_what_a_full_run_tells() {
    let mut now = rows(600);
    let said = certain(&[("p00001-0", "p00002-0")], &[("p00004-0", "p00004-1")]);
    let first = link(blank(), &tables(&now), &said);
    let (model, all) = (first.model.clone(), first.pairs);
    let mut follower = Follower::new(first, &tables(&now), &said);
    for round in 0..4 {
        let (added, changed, removed) = change(&mut now, round);
        let followed = follower.follow(&tables(&now), &said).expect("it is little");
        assert_eq!((followed.added, followed.changed, followed.removed), (added, changed, removed));
        assert!((followed.scored as u64) * 5 < all, "{followed:?} of {all}");
        let (ours, theirs) = (follower.outcome(), Outcome::from(link(model.clone(), &tables(&now), &said)));
        let (here, there) = (clusters(&ours), clusters(&theirs));
        let differ = here.symmetric_difference(&there).count();
        assert!(differ * 500 <= there.len(), "{differ} of {}", there.len());
        assert_eq!(ours.pairs, theirs.pairs, "round {round}");
        for (one, other) in ours.comparisons.iter().zip(&theirs.comparisons) {
            assert_eq!((&one.missing, one.pairs.iter().sum::<u64>()), (&other.missing, other.pairs.iter().sum()));
        }
        for (one, other) in ours.blocking.iter().zip(&theirs.blocking) {
            assert_eq!((one.new_pairs, one.blocks.pairs), (other.new_pairs, other.blocks.pairs));
            assert!(one.blocks.largest_block >= other.blocks.largest_block);
            assert!((one.found - other.found).abs() < 0.005, "{one:?} {other:?}");
        }
        let ends = |outcome: &Outcome| outcome.edges.iter().map(|edge| (edge.a, edge.b)).collect::<BTreeSet<_>>();
        let differ = ends(&ours).symmetric_difference(&ends(&theirs)).count();
        assert!(differ * 100 <= theirs.edges.len(), "{differ} of {}", theirs.edges.len());
    }
    // Nothing is other: nothing is done.
    let before = follower.outcome();
    assert_eq!(follower.follow(&tables(&now), &said), Some(Followed::default()));
    assert_eq!(follower.outcome().edges, before.edges);
}

#[test]
fn new_rows_by_themselves_are_followed_as_all_rows_are() {
    let mut now = rows(300);
    let (before, said) = (tables(&now), Certain::default());
    let follower = || Follower::new(link(blank(), &before, &said), &before, &said);
    let (mut by_new, mut by_all) = (follower(), follower());
    for round in 0..3u64 {
        // Of the first table only what is new is given; the other is given whole, and has a change too.
        let mut given: Rows =
            now.iter().filter(|(record, _)| record.0 == 1).map(|(k, v)| (k.clone(), v.clone())).collect();
        for added in 0..5 {
            let (record, row) = ((0, format!("b{round}-{added}")), row(spread(round * 17 + added) % 320, 8 + added));
            now.insert(record.clone(), row.clone());
            given.insert(record, row);
        }
        let gone = now.keys().filter(|record| record.0 == 1).nth(round as usize * 7).cloned().expect("there are many");
        now.remove(&gone);
        given.remove(&gone);
        let some = by_new.follow_new(&tables(&given), &[true, false], &said).expect("it is little");
        assert_eq!((some.added, some.changed, some.removed), (5, 0, 1));
        assert_eq!(Some(some), by_all.follow(&tables(&now), &said));
        let (some, all) = (by_new.outcome(), by_all.outcome());
        assert_eq!((some.edges, some.pairs), (all.edges, all.pairs));
        assert_eq!(clusters(&by_new.outcome()), clusters(&by_all.outcome()));
    }
    // A row that is not new after all.
    let known: Rows =
        now.iter().filter(|(record, _)| record.0 == 0).take(1).map(|(k, v)| (k.clone(), v.clone())).collect();
    assert_eq!(by_new.follow_new(&tables(&known), &[true, true], &said), None);
}

#[test]
fn what_is_certain_is_followed_as_it_is_said_and_taken_back() {
    let now = tables(&rows(120));
    let none = Certain::default();
    let mut follower = Follower::new(link(blank(), &now, &none), &now, &none);
    let before = clusters(&follower.outcome());
    let together = |follower: &Follower, a: &str, b: &str| {
        let outcome = follower.outcome();
        let find = |key: &str| outcome.find(u32::from(key.ends_with('1')), key).expect("it is there");
        outcome.clusters.of[find(a) as usize] == outcome.clusters.of[find(b) as usize]
    };
    let same = certain(&[("p00001-0", "p00002-0")], &[]);
    assert_eq!(follower.follow(&now, &same).map(|done| done.stated), Some(1));
    assert!(together(&follower, "p00001-0", "p00002-0"));
    // The other way round: what was said is taken back with it.
    let apart = certain(&[], &[("p00001-0", "p00002-0")]);
    assert_eq!(follower.follow(&now, &apart).map(|done| done.stated), Some(2));
    assert!(!together(&follower, "p00001-0", "p00002-0"));
    assert_eq!(follower.follow(&now, &none).map(|done| done.stated), Some(1));
    assert_eq!(clusters(&follower.outcome()), before);
}

#[test]
fn what_only_a_full_run_can_do_is_left_to_it() {
    let mut now = rows(100);
    let said = Certain::default();
    let mut follower = Follower::new(link(blank(), &tables(&now), &said), &tables(&now), &said);
    let before = clusters(&follower.outcome());
    for added in 0..(now.len() / 4) as u64 {
        now.insert((0, format!("x{added}")), row(500 + added, 0));
    }
    assert_eq!(follower.follow(&tables(&now), &said), None, "a quarter is new");
    assert_eq!(follower.follow(&tables(&now)[..1], &said), None, "a table is gone");
    assert_eq!(clusters(&follower.outcome()), before);
    // Two rows of one key.
    let mut twice = tables(&rows(100));
    twice[0].key.push(Some("p00001-0"));
    twice[0].fields.iter_mut().for_each(|columns| columns[0].push(None));
    assert_eq!(follower.follow(&twice, &said), None);
}
