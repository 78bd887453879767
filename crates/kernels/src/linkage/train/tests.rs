//! Tests of training: what teaches, and what is learned of tables and origins.

use super::super::{Comparison, Field, FieldKind, Level, Missing, TableRecords};
use super::*;
use crate::frame::TextColumn;
use crate::linkage::{Certain, Linked, link};

fn trained_model() -> Model {
    let level = |test, m, u| Level { test, m: Some(m), u: Some(u), term_frequency: 0.0 };
    let comparison = |field: usize| Comparison {
        name: field.to_string(),
        fields: vec![field],
        levels: vec![level(Test::Exact, 0.9, 0.01), level(Test::Else, 0.1, 0.99)],
        missing: Missing::First,
        shared: None,
    };
    Model {
        fields: ["a", "b", "c"].map(|name| Field { name: name.to_owned(), kind: FieldKind::Text }).to_vec(),
        comparisons: (0..3).map(comparison).collect(),
        prior: Some(1e-4),
        kin: Some(Kin::default()),
        ..Model::default()
    }
}

#[test]
fn strangers_are_left_out_of_most_rounds_and_nobody_else() {
    let model = trained_model();
    let pattern = |levels: [usize; 3]| {
        levels.into_iter().enumerate().fold(Pattern::default(), |all, (place, level)| all.with(place, Some(level)))
    };
    let counted = |levels| Counted { pattern: pattern(levels), eligible: 7, between: 0, pairs: 10.0 };
    let counts = Counts::of([[0, 0, 0], [0, 0, 1], [0, 1, 1], [1, 1, 1]].map(counted).into_iter());
    let kept: Vec<Pattern> = lively_of(&model, &counts).patterns.iter().map(|of| of.pattern).collect();
    let mut expected = vec![pattern([0, 0, 0]), pattern([0, 0, 1])];
    expected.sort_unstable();
    // 0 bits for three that agree, -4 for two, -13 for one: only what is above -10 can teach.
    assert_eq!(kept, expected);
}

/// Names of people of two origins who hardly share any: (given, family).
fn name(person: u64) -> (&'static str, &'static str) {
    const NAMES: [([&str; 6], [&str; 6]); 4] = [
        (
            ["khalid", "yasmin", "omar", "leila", "hassan", "farah"],
            ["khan", "rahman", "mansour", "saleh", "aziz", "haddad"],
        ),
        (
            ["pawel", "zofia", "marcin", "kasia", "tomasz", "ewa"],
            ["kaminski", "nowak", "szymanski", "wojcik", "mazur", "krol"],
        ),
        (["tuan", "phuong", "linh", "minh", "quang", "thuy"], ["pham", "nguyen", "tran", "hoang", "vu", "dang"]),
        (
            ["megan", "gareth", "rhys", "sian", "dylan", "carys"],
            ["davies", "morgan", "griffiths", "powell", "vaughan", "bevan"],
        ),
    ];
    let pick = |what: u64, of: u64| (spread(person * 8 + what) % of) as usize;
    let (given, family) = &NAMES[pick(0, 4)];
    (given[pick(1, 6)], family[pick(2, 6)])
}

/// A firm's clients with birth dates, and contacts with names and e-mail alone: most of the contacts are clients too.
/// `order` is that of the rows.
fn lists(order: u64) -> Linked {
    let mut clients: Vec<(String, [Option<String>; 4])> = Vec::new();
    let mut contacts = clients.clone();
    for person in 0..1200u64 {
        let (given, family) = name(person);
        let pick = |what: u64, of: u64| spread(person * 16 + what) % of;
        let email = format!("{given}.{family}{}@example.org", 1000 + pick(3, 9000));
        let birth = format!("{}-{:02}-{:02}", 1940 + pick(4, 70), 1 + pick(5, 12), 1 + pick(6, 28));
        let texts = |birth: Option<&str>, email: Option<&str>| {
            [Some(given.to_owned()), Some(family.to_owned()), birth.map(str::to_owned), email.map(str::to_owned)]
        };
        let known = (pick(7, 20) > 0).then_some(&*email);
        clients.push((person.to_string(), texts(Some(&birth), known)));
        if pick(8, 12) == 0 {
            clients.push((format!("{person}-again"), texts(Some(&birth), known)));
        }
        if pick(9, 3) > 0 {
            contacts.push((person.to_string(), texts(None, Some(&email))));
        }
    }
    let table = |mut rows: Vec<(String, [Option<String>; 4])>| {
        rows.sort_by_key(|row| spread(order ^ row.0.bytes().fold(0, |sum, byte| sum * 31 + u64::from(byte))));
        let column = |field: usize| -> TextColumn { rows.iter().map(|row| row.1[field].as_deref()).collect() };
        let key = rows.iter().map(|row| Some(row.0.as_str())).collect();
        TableRecords { key, fields: (0..4).map(|field| vec![column(field)]).collect() }
    };
    let fields = ["given", "family", "birth_date", "email"];
    let fields = fields.map(|name| Field { name: name.to_owned(), kind: FieldKind::Unknown }).to_vec();
    link(Model { fields, ..Model::default() }, &[table(clients), table(contacts)], &Certain::default())
}

#[test]
fn people_of_one_origin_and_of_one_name_are_not_one_person() {
    let linked = lists(0);
    let kin = linked.model.kin.unwrap();
    assert!(kin.homonyms > 1e-3, "{kin:?}");
    let person = |record: u32| linked.records.key(record).split('-').next().unwrap().to_owned();
    let (mut right, mut wrong) = (0, 0);
    for a in 0..linked.records.len() as u32 {
        let low = linked.clusters.of[a as usize];
        if low != a {
            if person(low) == person(a) { right += 1 } else { wrong += 1 }
        }
    }
    assert!(right > 800 && wrong * 50 < right, "{right} right, {wrong} wrong");
}

#[test]
fn each_pair_of_tables_has_its_prior_in_any_order_and_on_any_number_of_threads() {
    let first = lists(0);
    let prior = |low, high| first.model.priors.iter().find(|of| of.tables == (low, high)).unwrap().prior;
    // Some 800 of the 1300 × 800 pairs across are of one person; of those within the contacts none.
    assert!(prior(0, 1) > 4.0 * prior(0, 0) && prior(0, 0) > 2.0 * prior(1, 1), "{:?}", first.model.priors);
    assert!(first.rounds > 1);
    for (order, threads) in [(7, 1), (3, 3)] {
        let other = crate::on_threads(threads, || lists(order));
        assert_eq!(other.model, first.model);
        assert_eq!(other.edges, first.edges);
        assert_eq!(other.clusters.of, first.clusters.of);
    }
}

/// People of one to four records in five columns; of one record in twelve the given name is another's, or the birth date, or
/// else there are twins. Who each record is, by key.
fn households(wrong: Option<usize>, twins: bool) -> (Linked, impl Fn(u32) -> u64) {
    const GIVEN: [&str; 12] = [
        "anna", "brian", "claire", "derek", "emily", "felix", "gloria", "henry", "isabel", "jonas", "kathryn", "louis",
    ];
    const FAMILY: [&str; 8] = ["smith", "walker", "hughes", "bennett", "carter", "dawson", "fletcher", "gibson"];
    let mut rows: Vec<(String, [String; 5])> = Vec::new();
    let pick = |person: u64, what: u64, of: u64| spread(person * 64 + what) % of;
    for person in 0..700u64 {
        // The second of a family of twins has all of the first but the given name.
        let of_family = if twins && person % 5 == 1 { person - 1 } else { person };
        let texts = |who: u64| {
            let given = GIVEN[(pick(of_family, 0, 12) + 5 * (who - of_family)) as usize % 12];
            let birth = format!(
                "{}-{:02}-{:02}",
                1930 + pick(of_family, 3, 80),
                1 + pick(of_family, 4, 12),
                1 + pick(of_family, 5, 28)
            );
            let (family, town) = (FAMILY[pick(of_family, 1, 8) as usize], format!("town {}", pick(of_family, 6, 15)));
            let street = format!("{} lane {}", 1 + pick(of_family, 7, 80), pick(of_family, 8, 300));
            [given.to_owned(), family.to_owned(), birth, street, town]
        };
        for copy in 0..=pick(person, 9, 4) {
            let mut own = texts(person);
            let salt = person * 8 + copy;
            if let Some(place) = wrong.filter(|_| copy > 0 && pick(salt, 10, 12) == 0) {
                let other = pick(salt, 11, 12) as usize;
                own[place] =
                    if place == 0 { GIVEN[other].to_owned() } else { format!("19{}-07-1{}", 40 + other, other % 9) };
            }
            rows.push((format!("{person}-{copy}"), own));
        }
    }
    let column = |field: usize| -> TextColumn { rows.iter().map(|row| Some(row.1[field].as_str())).collect() };
    let key = rows.iter().map(|row| Some(row.0.as_str())).collect();
    let table = TableRecords { key, fields: (0..5).map(|field| vec![column(field)]).collect() };
    let fields = ["given_name", "family_name", "birth_date", "address", "city"];
    let fields = fields.map(|name| Field { name: name.to_owned(), kind: FieldKind::Unknown }).to_vec();
    let linked = link(Model { fields, ..Model::default() }, &[table], &Certain::default());
    let people: Vec<u64> = (0..linked.records.len() as u32)
        .map(|record| linked.records.key(record).split('-').next().and_then(|person| person.parse().ok()).unwrap())
        .collect();
    (linked, move |record| people[record as usize])
}

/// Of the records that are linked at all, pairs that are right and wrong; and those of one person that are apart.
fn told(linked: &Linked, person: impl Fn(u32) -> u64) -> [usize; 3] {
    let size = linked.records.len() as u32;
    let pairs = (0..size).flat_map(|a| (a + 1..size).map(move |b| (a, b)));
    pairs.fold([0; 3], |mut told, (a, b)| {
        let (one, found) = (person(a) == person(b), linked.clusters.of[a as usize] == linked.clusters.of[b as usize]);
        match (one, found) {
            (true, true) => told[0] += 1,
            (false, true) => told[1] += 1,
            (true, false) => told[2] += 1,
            (false, false) => {}
        }
        told
    })
}

#[test]
fn a_wrong_name_that_stands_alone_is_no_twin() {
    for place in [0, 2] {
        let (linked, person) = households(Some(place), false);
        let kin = linked.model.kin.unwrap();
        let [right, wrong, apart] = told(&linked, person);
        assert!(apart * 100 < right && wrong * 100 < right, "{right} right, {wrong} wrong, {apart} apart, {kin:?}");
    }
}

#[test]
fn twins_with_records_of_their_own_stay_two() {
    let (linked, person) = households(None, true);
    let kin = linked.model.kin.unwrap();
    let [right, wrong, apart] = told(&linked, person);
    assert!(kin.twins > 0.0, "{kin:?}");
    assert!(apart * 100 < right && wrong * 100 < right, "{right} right, {wrong} wrong, {apart} apart");
}

/// Two records each of 800 people, by a model without figures whose names are compared one by one, as other programs state
/// it: of one person in eight the names of the second record stand crosswise.
fn crosswise(order: u64) -> Linked {
    let kinds = [FieldKind::GivenName, FieldKind::FamilyName, FieldKind::BirthDate, FieldKind::Identifier];
    let mut rows: Vec<(String, [String; 4])> = Vec::new();
    for person in 0..800u64 {
        let (given, family) = name(person);
        let pick = |what: u64, of: u64| spread(person * 16 + what) % of;
        let birth = format!("{}-{:02}-{:02}", 1940 + pick(4, 70), 1 + pick(5, 12), 1 + pick(6, 28));
        let number = format!("{}", 100_000 + pick(3, 800_000));
        let texts = |given: &str, family: &str| [given.to_owned(), family.to_owned(), birth.clone(), number.clone()];
        rows.push((format!("{person}-a"), texts(given, family)));
        let crossed = person % 8 == 0;
        rows.push((format!("{person}-b"), if crossed { texts(family, given) } else { texts(given, family) }));
    }
    rows.sort_by_key(|row| spread(order ^ row.0.bytes().fold(0, |sum, byte| sum * 31 + u64::from(byte))));
    let column = |field: usize| -> TextColumn { rows.iter().map(|row| Some(row.1[field].as_str())).collect() };
    let table = TableRecords {
        key: rows.iter().map(|row| Some(row.0.as_str())).collect(),
        fields: (0..4).map(|field| vec![column(field)]).collect(),
    };
    let level = |test: Test| Level { test, m: None, u: None, term_frequency: 0.0 };
    let comparison = |(field, kind): (usize, FieldKind)| Comparison {
        name: format!("{kind:?}"),
        fields: vec![field],
        missing: Missing::First,
        levels: [Test::Exact, Test::JaroWinkler(0.92), Test::JaroWinkler(0.7), Test::Else].map(level).to_vec(),
        shared: None,
    };
    let rule =
        |field| BlockingRule { parts: vec![super::super::KeyPart { field, form: super::super::KeyForm::Exact }] };
    let model = Model {
        fields: kinds.map(|kind| Field { name: format!("{kind:?}"), kind }).to_vec(),
        comparisons: kinds.into_iter().enumerate().map(comparison).collect(),
        blocking: vec![rule(2), rule(3)],
        ..Model::default()
    };
    link(model, &[table], &Certain::default())
}

#[test]
fn names_that_stand_crosswise_are_not_taken_for_two_peoples_where_no_level_tells_them() {
    let linked = crosswise(0);
    assert_eq!(linked.model.kin.unwrap().mixed, 0.0);
    let person = |record: u32| linked.records.key(record).split('-').next().unwrap().to_owned();
    let of: Vec<String> = (0..linked.records.len() as u32).map(person).collect();
    let right = linked.edges.iter().filter(|edge| of[edge.a as usize] == of[edge.b as usize]);
    assert!(right.filter(|edge| edge.weight > 0.0).count() > 780);
    for (order, threads) in [(7, 1), (3, 3)] {
        let other = crate::on_threads(threads, || crosswise(order));
        assert_eq!(
            (other.model, other.edges, other.clusters.of),
            (linked.model.clone(), linked.edges.clone(), linked.clusters.of.clone())
        );
    }
}
