//! Model: records matched by a probabilistic model, from one line of `unify.yaml` to profiles, and the model as a
//! definition that can be written, edited, and exchanged.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::scratch::{Scratch, fixture};

/// Numbers that look random and are always the same.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % end as u64) as usize
    }
    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

const GIVEN: &[&str] = &[
    "Mary", "John", "Linda", "James", "Susan", "Robert", "Karen", "Michael", "Lisa", "William", "Nancy", "David",
    "Betty", "Richard", "Helen", "Joseph", "Sandra", "Thomas", "Donna", "Charles", "Carol", "Daniel", "Ruth", "Paul",
    "Sharon", "Mark", "Laura", "Steven", "Emma", "George",
];
const FIRST: &[&str] = &["Har", "Wil", "Bran", "Mor", "Tel", "Cas", "Del", "Fen", "Gar", "Hol", "Ken", "Lor"];
const LAST: &[&str] = &["ton", "son", "ley", "well", "ford", "man", "wick", "by", "stead", "more"];
const STREETS: &[&str] = &["Main St", "Oak Ave", "Hill Rd", "Lake Dr", "Mill Ln", "Park Ave", "Elm St", "River Rd"];
const CITIES: &[&str] = &["Springfield", "Riverton", "Fairview", "Madison", "Georgetown"];

/// A person as the shop has them.
struct Person {
    given: String,
    family: String,
    born: String,
    mail: String,
    street: String,
    city: String,
}

fn person(numbers: &mut Numbers) -> Person {
    let (given, family) = (numbers.one(GIVEN), format!("{}{}", numbers.one(FIRST), numbers.one(LAST)));
    let born = format!("{}-{:02}-{:02}", 1930 + numbers.below(75), 1 + numbers.below(12), 1 + numbers.below(28));
    let mail = format!("{}.{}{}@mail.example", given.to_lowercase(), family.to_lowercase(), numbers.below(1000));
    let street = format!("{} {}", 1 + numbers.below(300), numbers.one(STREETS));
    Person { given: given.into(), family, born, mail, street, city: numbers.one(CITIES).into() }
}

/// Two neighbouring letters change places.
fn slip(numbers: &mut Numbers, text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = 1 + numbers.below(letters.len() - 2);
    letters.swap(at, at + 1);
    letters.into_iter().collect()
}

/// The same person once more, with a slip and something missing.
fn again(numbers: &mut Numbers, of: &Person) -> Person {
    let mut other = Person {
        given: of.given.clone(),
        family: of.family.clone(),
        born: of.born.clone(),
        mail: of.mail.clone(),
        street: of.street.clone(),
        city: of.city.clone(),
    };
    match numbers.below(4) {
        0 => other.family = slip(numbers, &of.family),
        1 => other.street = slip(numbers, &of.street),
        2 => other.given = of.given.chars().take(1).collect(),
        _ => {}
    }
    match numbers.below(3) {
        0 => other.mail.clear(),
        1 => other.street.clear(),
        _ => {}
    }
    other
}

/// Rows by table; the number in a key is the person.
pub(crate) fn tables() -> (Vec<String>, Vec<String>) {
    let mut numbers = Numbers(11);
    let (mut shop, mut crm) = (Vec::new(), Vec::new());
    let row = |key: String, p: &Person| {
        format!("{key},{},{},{},{},{},{}", p.given, p.family, p.born, p.mail, p.street, p.city)
    };
    for number in 0..500 {
        let own = person(&mut numbers);
        shop.push(row(format!("s{number}"), &own));
        if number % 6 == 0 {
            let other = again(&mut numbers, &own);
            shop.push(row(format!("s{number}b"), &other));
        }
        if number % 2 == 0 {
            let other = again(&mut numbers, &own);
            crm.push(row(format!("c{number}"), &other));
        }
    }
    (shop, crm)
}

pub(crate) const UNIFY: &str = "# who is who
tables:
  - table: Shop_people      # the shop comes first
  - {table: Crm_contact, include_all: true}
match: {model: fellegi_sunter}
";

pub(crate) fn project(unify: &str) -> Scratch {
    let scratch = Scratch::empty();
    let (shop, crm) = tables();
    scratch.write("onefold.yaml", "name: model\ntime_zone: UTC\n");
    scratch.write("sources/Shop.yaml", "kind: csv\nfrom: {folder: ./data/shop}\ntables: {people: {key: id}}\n");
    scratch.write("sources/Crm.yaml", "kind: csv\nfrom: {folder: ./data/crm}\ntables: {contact: {key: no}}\n");
    scratch.write("unify.yaml", unify);
    put(&scratch, &shop, &crm);
    scratch
}

pub(crate) fn put(scratch: &Scratch, shop: &[String], crm: &[String]) {
    let head = "first_name,last_name,date_of_birth,email,street,city";
    scratch.write("data/shop/people.csv", &format!("id,{head}\n{}\n", shop.join("\n")));
    scratch.write("data/crm/contact.csv", &format!("no,{head}\n{}\n", crm.join("\n")));
}

/// Lines of an answer in CSV, its head left out.
pub(crate) fn ask(scratch: &Scratch, sql: &str) -> Vec<Vec<String>> {
    let said = scratch.onefold(&["query", sql, "--format", "csv"]).done();
    said.out.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// Keys by profile.
pub(crate) fn profiles(scratch: &Scratch) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in ask(scratch, r#"select "CustomerId", "Key" from "KeyRing""#) {
        all.entry(row[0].clone()).or_default().insert(row[1].clone());
    }
    all
}

fn person_of(key: &str) -> &str {
    key[1..].trim_end_matches('b')
}

/// Pairs of keys that share a profile: how many are right, how many there are, how many there should be.
fn pairs(profiles: &BTreeMap<String, BTreeSet<String>>) -> (usize, usize, usize) {
    let two = |count: usize| count * count.saturating_sub(1) / 2;
    let mut right = 0;
    let mut people: BTreeMap<&str, usize> = BTreeMap::new();
    for keys in profiles.values() {
        let mut own: BTreeMap<&str, usize> = BTreeMap::new();
        for key in keys {
            *own.entry(person_of(key)).or_default() += 1;
            *people.entry(person_of(key)).or_default() += 1;
        }
        right += own.into_values().map(two).sum::<usize>();
    }
    (right, profiles.values().map(|keys| two(keys.len())).sum(), people.into_values().map(two).sum())
}

fn figure(scratch: &Scratch, name: &str, more: &str) -> u64 {
    let sql = format!(r#"select sum("Value") from "UnifyStatistics" where "Name" = '{name}' and {more}"#);
    ask(scratch, &sql)[0][0].parse::<f64>().map_or(0, |value| value as u64)
}

#[test]
fn a_model_needs_one_line_and_is_written_down_as_a_definition() {
    let scratch = project(UNIFY);
    scratch.run();
    let found = profiles(&scratch);
    let (right, there, wanted) = pairs(&found);
    assert!(right as f64 >= 0.97 * there as f64, "{right} of {there} pairs are right");
    assert!(right as f64 >= 0.9 * wanted as f64, "{right} of {wanted} pairs are found");

    // Every record is in a profile, every profile a row, and the statistics add up.
    let records: usize = found.values().map(BTreeSet::len).sum();
    assert_eq!(records, 500 + 84 + 250);
    assert_eq!(ask(&scratch, r#"select count(*) from "Customer""#)[0][0], found.len().to_string());
    let several = found.values().filter(|keys| keys.len() > 1).count() as u64;
    let all = "true";
    assert_eq!(figure(&scratch, "unique source records", all), records as u64, "no rule groups anything");
    assert_eq!(figure(&scratch, "matched and non-matched records", all), found.len() as u64);
    assert_eq!(figure(&scratch, "matched records only", all), several);
    let matched = figure(&scratch, "records matched", r#""Rule" is null"#);
    assert_eq!(matched, (records - found.len()) as u64, "each but the first of a profile");
    assert_eq!(figure(&scratch, "records matched", r#""Rule" = 'model'"#), matched);

    // What was chosen and learned is shown, written, and then only applied.
    let shown = scratch.onefold(&["model", "show"]).done().out;
    for word in ["kind: fellegi_sunter", "first_name:", "kind: given_name", "comparison", "bits", "blocking"] {
        assert!(shown.contains(word), "{word} is missing in\n{shown}");
    }
    let dry = scratch.onefold(&["model", "write", "--dry-run"]).done().out;
    assert_eq!(scratch.read("unify.yaml"), UNIFY, "nothing is written by looking");
    assert!(dry.contains("+ "), "{dry}");
    scratch.onefold(&["model", "write"]).done();
    let written = scratch.read("unify.yaml");
    assert!(written.starts_with("# who is who\n"), "{written}");
    assert!(written.contains("# the shop comes first"), "{written}");
    assert!(written.lines().all(|line| line.chars().count() <= 120), "{written}");
    for word in ["comparisons:", "blocking:", "threshold:", "term_frequency:"] {
        assert!(written.contains(word), "{word} is missing in\n{written}");
    }
    scratch.onefold(&["check"]).done();
    scratch.run();
    assert_eq!(profiles(&scratch), found, "a model that is written down finds the same");
    assert!(scratch.onefold(&["model", "write"]).done().err.contains("says so already"));
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let scratch = project(UNIFY);
    scratch.run();
    let before = profiles(&scratch);
    let model = ask(&scratch, r#"select "Model", "Pairs", "Links" from "MatchModel""#);
    let other = project(UNIFY);
    let (mut shop, mut crm) = tables();
    shop.reverse();
    crm.rotate_left(77);
    put(&other, &shop, &crm);
    other.run();
    assert_eq!(profiles(&other), before);
    assert_eq!(ask(&other, r#"select "Model", "Pairs", "Links" from "MatchModel""#), model);
}

#[test]
fn rules_go_with_a_model_and_what_is_unique_stays_apart() {
    let unify = UNIFY.replace(
        "match: {model: fellegi_sunter}",
        "match:
  rules:
    - name: Mail
      from: Crm_contact
      to: Shop_people
      when: [{column: email, equals: email}]
  model: {unique: [Crm_contact]}",
    );
    let scratch = project(&unify);
    scratch.run();
    let (right, there, wanted) = pairs(&profiles(&scratch));
    assert!(right as f64 >= 0.97 * there as f64, "{right} of {there} pairs are right");
    assert!(right as f64 >= 0.9 * wanted as f64, "{right} of {wanted} pairs are found");
    let by_rule = figure(&scratch, "records matched", r#""Rule" = 'Mail'"#);
    let by_model = figure(&scratch, "records matched", r#""Rule" = 'model'"#);
    assert!(by_rule > 50 && by_model > 20, "{by_rule} by the rule, {by_model} by the model");
    let twice =
        r#"select "CustomerId" from "KeyRing" where "SourceTable" = 'Crm_contact' group by 1 having count(*) > 1"#;
    assert_eq!(ask(&scratch, twice), Vec::<Vec<String>>::new());
    // Every link of the rule stands, and says so.
    let why = ask(&scratch, r#"select distinct "State" from "MatchPair" where "Why" = 'Mail'"#);
    assert_eq!(why, [["link"]]);
}

#[test]
fn pairs_that_never_match_do_not_whatever_the_model_says() {
    let scratch = project(UNIFY);
    scratch.run();
    let found = profiles(&scratch);
    // Pairs of two records that the model put together.
    let joined: Vec<Vec<&String>> = found
        .values()
        .filter(|keys| keys.len() == 2 && keys.iter().any(|key| key.starts_with('c')))
        .map(|keys| keys.iter().collect())
        .take(5)
        .collect();
    assert_eq!(joined.len(), 5);
    let mut never = String::from("no,Table1,Table1Key,Table2,Table2Key\n");
    for (number, pair) in joined.iter().enumerate() {
        writeln!(never, "{number},Crm_contact,{},Shop_people,{}", pair[0], pair[1]).expect("a text takes all");
    }
    scratch.write("data/ops/never.csv", &never);
    scratch.write("sources/Ops.yaml", "kind: csv\nfrom: {folder: ./data/ops}\ntables: {never: {key: no}}\n");
    scratch.replace("unify.yaml", "{model: fellegi_sunter}", "{never: Ops_never, model: fellegi_sunter}");
    scratch.run();
    let now = profiles(&scratch);
    for pair in &joined {
        let together = now.values().any(|keys| pair.iter().all(|key| keys.contains(*key)));
        assert!(!together, "{pair:?} are together");
    }
    assert_eq!(now.len(), found.len() + 5);
}

#[test]
fn a_model_comes_from_splink_and_goes_there() {
    let scratch = project(UNIFY);
    scratch.write("settings.json", &std::fs::read_to_string(fixture("splink/saved.json")).expect("it is there"));
    let said = scratch.onefold(&["model", "import", "settings.json"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.err.contains("no table has a column `surname`"), "{}", said.err);
    let written = scratch.read("unify.yaml");
    assert!(written.contains("jaro_winkler: 0.92"), "{written}");
    assert!(written.contains("Shop_people.first_name, Crm_contact.first_name"), "{written}");
    scratch.run();
    scratch.onefold(&["model", "export", "--out", "out.json"]).done();
    let out: serde_json::Value = serde_json::from_str(&scratch.read("out.json")).expect("it is JSON");
    assert_eq!(out["link_type"], "link_and_dedupe");
    assert!(out["comparisons"].as_array().is_some_and(|all| all.len() >= 3), "{out}");
}
