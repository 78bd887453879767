//! Incremental: what it costs to take in changes, against doing all again.
//!
//! `cargo run --release -p onefold-kernels --example incremental -- [records] [share]`
//!
//! Makes up so many records (a million), two of each person, always the same; links them by a stated model; then takes in a share (0.01) of changes: half new records, a quarter other values, a quarter removals. Prints the
//! pairs that were scored and the seconds of both, the difference between the clusters and those of a full run with the
//! same model over the changed records, and how long look-ups take.

#![allow(clippy::print_stdout, missing_docs)]

use std::collections::BTreeMap;
use std::time::Instant;

use onefold_kernels::frame::TextColumn;
use onefold_kernels::linkage::{
    BlockingRule, Certain, Changes, Comparison, Field, FieldKind, KeyForm, KeyPart, Kin, Level, Linked, Model,
    Population, Put, TableRecords, Test, link,
};

const FIELDS: [(&str, FieldKind); 7] = [
    ("given", FieldKind::GivenName),
    ("family", FieldKind::FamilyName),
    ("birth", FieldKind::BirthDate),
    ("email", FieldKind::Email),
    ("phone", FieldKind::Phone),
    ("street", FieldKind::Address),
    ("postcode", FieldKind::PostalCode),
];

/// A number that looks random and is not.
fn random(of: u64) -> u64 {
    let mixed = of.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A name of a few syllables; low numbers are common.
fn name(number: u64, among: u64) -> String {
    const SYLLABLES: [&str; 24] = [
        "an", "bel", "cor", "da", "el", "fin", "gar", "ho", "is", "jo", "kal", "lo", "mar", "ne", "ol", "per", "qui",
        "ros", "san", "tor", "ul", "vin", "wer", "zo",
    ];
    // Squaring makes low ones common, as names are.
    let share = (number % 1_000_000) as f64 / 1e6;
    let rank = (share * share * share * among as f64) as u64;
    let mixed = random(rank * 3 + among);
    let length = 2 + (mixed >> 32) % 2;
    (0..length).map(|place| SYLLABLES[((mixed >> (place * 8)) % 24) as usize]).collect()
}

/// The texts of a record of a person, with what went wrong in writing it.
fn row(person: u64, copy: u64) -> [Option<String>; 7] {
    let of = |what: u64| random(person.wrapping_mul(64) + what);
    let wrong =
        |what: u64, one_in: u64| random(person.wrapping_mul(7919) + copy * 104_729 + what).is_multiple_of(one_in);
    let slip = |text: String, what: u64| {
        let at = (random(person + copy + what) as usize) % text.len().max(1);
        text.chars().enumerate().filter(|(place, _)| *place != at).map(|(_, letter)| letter).collect::<String>()
    };
    let mut given = name(of(1), 4000);
    let mut family = name(of(2), 40_000);
    let email = format!("{given}.{family}{}@example{}.org", of(6) % 100, of(7) % 12);
    if wrong(1, 12) {
        given = slip(given, 1);
    }
    if wrong(2, 15) {
        family = slip(family, 2);
    }
    let day = if wrong(3, 15) { random(person + copy) % 28 } else { of(5) % 28 };
    let birth = format!("{}-{:02}-{:02}", 1930 + of(3) % 80, 1 + of(4) % 12, 1 + day);
    let moved = if wrong(4, 8) { copy + 1 } else { 0 };
    let street = format!("{} {} street", 1 + random(of(8) + moved) % 200, name(random(of(9) + moved), 20_000));
    let postcode = format!("{:05}", random(of(10) + moved) % 30_000);
    let phone = format!("+1555{:07}", of(11) % 10_000_000);
    [
        Some(given),
        Some(family),
        (!wrong(5, 20)).then_some(birth),
        (!wrong(6, 3)).then_some(email),
        (!wrong(7, 3)).then_some(phone),
        (!wrong(8, 20)).then_some(street),
        Some(postcode),
    ]
}

/// Person and copy of a record that was there from the start.
fn who(record: u64) -> (u64, u64) {
    (random(record / 2) % 1_000_000_007, record % 2)
}

fn key(record: u64) -> String {
    format!("r{record:09}")
}

fn table(rows: &mut dyn Iterator<Item = (String, [Option<String>; 7])>) -> TableRecords {
    let mut key = TextColumn::new();
    let mut fields = vec![vec![TextColumn::new()]; FIELDS.len()];
    for (own, row) in rows {
        key.push(Some(&own));
        for (field, text) in fields.iter_mut().zip(&row) {
            field[0].push(text.as_deref());
        }
    }
    TableRecords { key, fields }
}

/// Pairs within clusters, among clusters known by a number for each key.
fn pairs_of(clusters: &BTreeMap<u32, u64>) -> f64 {
    clusters.values().map(|&size| (size * (size - 1) / 2) as f64).sum()
}

/// Figures about as they would be learned; stated, so that both runs do the same work.
fn model(records: u64) -> Model {
    let level = |test, m, u, term_frequency| Level { test, m: Some(m), u: Some(u), term_frequency };
    let comparison = |name: &str, fields: &[usize], levels| Comparison {
        name: name.to_owned(),
        fields: fields.to_vec(),
        levels,
        missing: onefold_kernels::linkage::Missing::First,
        shared: None,
    };
    let part = |field, form| KeyPart { field, form };
    let rule = |parts: &[KeyPart]| BlockingRule { parts: parts.to_vec() };
    let name = |field: usize, name, u| {
        let levels = vec![
            level(Test::Exact, 0.84, u, 1.0),
            level(Test::JaroWinkler(0.9), 0.14, 0.003, 0.5),
            level(Test::JaroWinkler(0.75), 0.01, 0.03, 0.0),
            level(Test::Else, 0.01, 0.96, 0.0),
        ];
        comparison(name, &[field], levels)
    };
    let exact = |field: usize, name, m, u| {
        comparison(name, &[field], vec![level(Test::Exact, m, u, 0.0), level(Test::Else, 1.0 - m, 1.0 - u, 0.0)])
    };
    let birth = vec![
        level(Test::Exact, 0.88, 4e-5, 0.0),
        level(Test::DigitSlip, 0.02, 0.002, 0.0),
        level(Test::TwoPartsEqual, 0.08, 0.005, 0.0),
        level(Test::Else, 0.02, 0.993, 0.0),
    ];
    Model {
        fields: FIELDS.iter().map(|&(name, kind)| Field { name: name.to_owned(), kind }).collect(),
        comparisons: vec![
            name(0, "given", 0.007),
            name(1, "family", 0.002),
            comparison("birth", &[2], birth),
            exact(3, "email", 0.98, 1e-6),
            exact(4, "phone", 0.98, 1e-7),
            exact(5, "street", 0.85, 1e-6),
            exact(6, "postcode", 0.85, 4e-5),
        ],
        blocking: vec![
            rule(&[part(3, KeyForm::Exact)]),
            rule(&[part(4, KeyForm::Exact)]),
            rule(&[part(1, KeyForm::Phonetic), part(2, KeyForm::Exact)]),
            rule(&[part(0, KeyForm::Phonetic), part(2, KeyForm::Exact)]),
            rule(&[part(5, KeyForm::Exact), part(6, KeyForm::Exact)]),
            rule(&[part(1, KeyForm::Phonetic), part(6, KeyForm::Exact)]),
            rule(&[part(0, KeyForm::Exact), part(1, KeyForm::Exact), part(2, KeyForm::Year)]),
        ],
        prior: Some(1.0 / records as f64),
        kin: Some(Kin::default()),
        threshold: Some(0.9),
        review: Some(0.2),
        ..Model::default()
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let records: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let share: f64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(0.01);
    let model = model(records);
    let clock = Instant::now();
    let first = table(&mut (0..records).map(|record| {
        let (person, copy) = who(record);
        (key(record), row(person, copy))
    }));
    println!("{records} records made up in {:.1} s", clock.elapsed().as_secs_f64());

    let clock = Instant::now();
    let linked = link(model, &[first], &Certain::default());
    println!("first run: {:.2} s, {} pairs", clock.elapsed().as_secs_f64(), linked.pairs);
    let model = linked.model.clone();
    let clock = Instant::now();
    let mut population = Population::open(linked, &Certain::default());
    println!("opened: {:.2} s, {} edges", clock.elapsed().as_secs_f64(), population.edges().len());

    let count = ((records as f64 * share) as u64).max(4);
    let mut changes = Changes::default();
    // Half of the new ones are of people who are known already.
    for new in 0..count / 2 {
        let person = if new % 2 == 0 { who(random(new) % records).0 } else { 2_000_000_000 + new };
        changes.put.push(put(key(records + new), row(person, 5)));
    }
    let mut touched: Vec<u64> = (0..count / 2).map(|place| random(place + 77) % records).collect();
    touched.sort_unstable();
    touched.dedup();
    for (place, &record) in touched.iter().enumerate() {
        if place % 2 == 0 {
            changes.put.push(put(key(record), row(who(record).0, 9)));
        } else {
            changes.removed.push((0, key(record)));
        }
    }
    // The same records as a table, for the full run.
    let mut now: BTreeMap<String, [Option<String>; 7]> = BTreeMap::new();
    for put in &changes.put {
        let mut texts = put.values.iter().map(|texts| texts.first().cloned());
        now.insert(put.record.1.clone(), std::array::from_fn(|_| texts.next().flatten()));
    }
    let removed: std::collections::BTreeSet<&String> = changes.removed.iter().map(|record| &record.1).collect();
    let old = (0..records).map(key).filter(|key| !now.contains_key(key) && !removed.contains(key));
    let old = old.map(|key| {
        let (person, copy) = who(key[1..].parse().unwrap_or_default());
        let row = row(person, copy);
        (key, row)
    });
    let second = table(&mut old.chain(now.clone()));

    let clock = Instant::now();
    let changed = population.update(&changes);
    let incremental = clock.elapsed().as_secs_f64();
    println!(
        "changes: {} put, {} removed: {incremental:.3} s, {} pairs scored, {} more to fill components, {} clusters became {}",
        changes.put.len(),
        changes.removed.len(),
        changed.scored,
        changed.filled,
        changed.before.len(),
        changed.after.len()
    );

    let clock = Instant::now();
    let again: Linked = link(model, &[second], &Certain::default());
    let full = clock.elapsed().as_secs_f64();
    println!("full run over the changed records: {full:.2} s, {} pairs", again.pairs);
    println!(
        "pairs {:.2} %, wall {:.2} % of a full run",
        100.0 * (changed.scored + changed.filled) as f64 / again.pairs as f64,
        100.0 * incremental / full
    );
    compare(&population, &again);
    look_up(&mut population, records);
}

fn put(key: String, row: [Option<String>; 7]) -> Put {
    Put { record: (0, key), values: row.into_iter().map(|text| text.into_iter().collect()).collect() }
}

/// Pairwise F1 of the open population against the full run; prints where they differ.
fn compare(population: &Population, again: &Linked) {
    let (mut ours, mut theirs, mut both) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let mut differ: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for record in 0..again.records.len() as u32 {
        let here = population.records().find(0, again.records.key(record)).expect("both have the same records");
        let (own, other) = (population.clusters()[here as usize], again.clusters.of[record as usize]);
        *ours.entry(own).or_insert(0u64) += 1;
        *theirs.entry(other).or_insert(0u64) += 1;
        *both.entry((own, other)).or_insert(0u64) += 1;
        differ.entry(own).or_default().push(other);
    }
    let shared: f64 = both.values().map(|&size| (size * (size - 1) / 2) as f64).sum();
    let (ours, theirs) = (pairs_of(&ours), pairs_of(&theirs));
    println!(
        "pairwise F1 against the full run: {:.6} ({ours} and {theirs} pairs, {shared} in both)",
        2.0 * shared / (ours + theirs)
    );
    let split = differ.values().filter(|others| others.iter().any(|other| *other != others[0])).count();
    println!("clusters of the population that the full run splits: {split}");
}

/// How long look-ups of partial persons take.
fn look_up(population: &mut Population, records: u64) {
    let mut times = Vec::new();
    let mut found = 0usize;
    let asked = 2000u64;
    for number in 0..asked {
        let record = random(number + 5) % records;
        let person = who(record).0;
        let mut texts = row(person, 77);
        // Of every other only name and birth date are known; of every fifth the name alone.
        for (field, text) in texts.iter_mut().enumerate() {
            if (number % 2 == 1 && field > 2) || (number % 5 == 4 && field > 1) {
                *text = None;
            }
        }
        let values: Vec<Vec<&str>> = texts.iter().map(|text| text.as_deref().into_iter().collect()).collect();
        let clock = Instant::now();
        let looked = population.lookup(&values, 10);
        times.push(clock.elapsed().as_secs_f64() * 1000.0);
        let is = |key: &str| key[1..].parse().is_ok_and(|number| number < records && who(number).0 == person);
        let hit =
            looked.found.iter().any(|found| found.records.iter().any(|of| is(population.records().key(of.record))));
        found += usize::from(hit);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() as f64 * share) as usize).min(times.len() - 1)];
    println!(
        "{asked} look-ups: p50 {:.2} ms, p99 {:.2} ms, most {:.2} ms; {:.1} % found among ten",
        at(0.5),
        at(0.99),
        at(1.0),
        100.0 * found as f64 / asked as f64
    );
}
