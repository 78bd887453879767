//! Steward: two records explained, decided about, split, merged and undone; what people decide outlives runs.

use std::collections::BTreeMap;

use onefold::platform::Onefold;
use onefold_api::*;
use serde_json::Value;

use crate::scratch::{Scratch, ran};

/// A shop and a club; rules join by e-mail.
const UNIFY: &str = "
tables:
  - table: Shop_people
    include_all: true
    columns: {id: ID, first: Person.FirstName, last: Person.LastName, email: Identity.Service.Email}
  - table: Club_members
    include_all: true
    columns: {no: ID, given: Person.FirstName, family: Person.LastName, mail: Identity.Service.Email}
match:
  - name: Email
    from: Club_members
    to: Shop_people
    when: [{column: mail, equals: email, normalize: [lowercase]}]
";

/// The same by a model that nobody configured.
const MODEL: &str = "match:\n  model: fellegi_sunter\n";

fn source(name: &str, table: &str, key: &str) -> (String, String) {
    let text = format!("kind: csv\nfrom: {{folder: ./data}}\ntables:\n  {table}: {{file: {table}.csv, key: {key}}}\n");
    (format!("sources/{name}.yaml"), text)
}

fn club() -> Scratch {
    let scratch = Scratch::empty();
    scratch.write("onefold.yaml", "name: club\ntime_zone: UTC\nlake: ./lake\n");
    for (file, text) in [source("Shop", "people", "id"), source("Club", "members", "no")] {
        scratch.write(&file, &text);
    }
    scratch.write(
        "data/people.csv",
        "id,first,last,email\n1,Ann,Ash,ann@x.org\n2,Ben,Birch,ben@x.org\n3,Cora,Cedar,cora@x.org\n",
    );
    scratch.write(
        "data/members.csv",
        "no,given,family,mail\nm1,Anne,Ash,ANN@x.org\nm2,Benjamin,Birch,\nm3,Cora,Cedar,cora@x.org\n",
    );
    scratch.write("unify.yaml", UNIFY);
    scratch
}

/// Whom each record belongs to.
fn ring(scratch: &Scratch) -> BTreeMap<String, String> {
    let rows = scratch.rows("select \"SourceTable\", \"Key\", \"CustomerId\" from \"KeyRing\"");
    let text = |row: &Value, column: &str| row[column].as_str().unwrap().to_owned();
    rows.iter().map(|row| (text(row, "Key"), text(row, "CustomerId"))).collect()
}

fn json(scratch: &Scratch, words: &[&str]) -> Value {
    let said = scratch.onefold(&[words, &["--json"]].concat()).done();
    serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {}", said.out))
}

#[test]
fn different_splits_same_merges_and_undoing_returns() {
    let scratch = club();
    scratch.run();
    let before = ring(&scratch);
    assert_eq!(before["1"], before["m1"], "the rule joined them");
    assert_ne!(before["2"], before["m2"]);
    assert!(ran(&scratch.run()).is_empty(), "nothing changed");

    // A linked pair is parted: the shop's record, which founded the profile, keeps the id.
    let said =
        json(&scratch, &["review", "decide", "Club_members:m1", "shop_people:1", "different", "--note", "sisters"]);
    assert_eq!(said["decisions"][0]["id"], 1);
    assert!(said["effect"].as_str().unwrap().contains("next run"), "{said}");
    assert_eq!(ring(&scratch), before, "nothing changes before the run");
    let record = scratch.run();
    assert_eq!(ran(&record)[0], "unify.decisions", "{:?}", ran(&record));
    let parted = ring(&scratch);
    assert_eq!(parted["1"], before["1"], "the founding record keeps the id");
    assert_ne!(parted["m1"], parted["1"]);
    assert!(ran(&scratch.run()).is_empty(), "the same decisions change nothing");

    // Two profiles become one, with the id of the one that stands higher.
    json(&scratch, &["review", "merge", &before["2"], &before["m2"]]);
    scratch.run();
    let merged = ring(&scratch);
    assert_eq!((&merged["m2"], &merged["2"]), (&before["2"], &before["2"]));
    let decisions = json(&scratch, &["review", "decisions"]);
    assert_eq!((decisions["total"].as_u64(), decisions["waiting"].as_u64()), (Some(2), Some(0)), "{decisions}");

    // Both outlive a rerun of everything and another rule.
    let all = scratch.onefold(&["run", "--force", "--now", "2026-06-02T12:00:00Z", "--json"]).done();
    assert!(!ran(&serde_json::from_str(&all.out).unwrap()).is_empty());
    assert_eq!(ring(&scratch), merged);
    scratch.replace("unify.yaml", "normalize: [lowercase]", "normalize: [lowercase, trim]");
    scratch.run();
    assert_eq!(ring(&scratch), merged, "the rule changed, what people decided stays");

    // Undone, everything is as it was.
    json(&scratch, &["review", "undo", "1"]);
    json(&scratch, &["review", "undo", "2"]);
    assert_eq!(scratch.onefold(&["review", "undo", "2"]).code, Some(1), "it is undone already");
    scratch.run();
    let after = ring(&scratch);
    assert_eq!(after["1"], after["m1"]);
    assert_ne!(after["2"], after["m2"]);
    assert_eq!((&after["1"], &after["2"], &after["3"]), (&before["1"], &before["2"], &before["3"]));
    assert_eq!(json(&scratch, &["review", "decisions", "--all"])["total"], 2, "the log keeps them");
}

#[test]
fn a_split_moves_the_records_that_are_named() {
    let scratch = club();
    // Two of the shop's records are one by deduplication, and a member is joined to them.
    scratch.write(
        "data/people.csv",
        "id,first,last,email\n1,Ann,Ash,ann@x.org\n2,Ann,Ash,ann@x.org\n3,Cora,Cedar,cora@x.org\n",
    );
    scratch.run();
    let before = ring(&scratch);
    assert!(before["1"] == before["2"] && before["1"] == before["m1"], "{before:?}");
    let said = json(&scratch, &["review", "split", &before["1"], "Shop_people:2", "--note", "a namesake"]);
    assert_eq!(said["decisions"].as_array().unwrap().len(), 2, "against each of the others: {said}");
    assert_eq!(
        scratch.onefold(&["review", "split", &before["1"], "Shop_people:3"]).code,
        Some(1),
        "of another profile"
    );
    scratch.run();
    let after = ring(&scratch);
    assert_ne!(after["2"], after["1"]);
    assert_eq!(after["1"], after["m1"], "the others stay together");
    json(&scratch, &["review", "undo", "2"]);
    scratch.run();
    let back = ring(&scratch);
    assert!(back["1"] == back["2"] && back["1"] == back["m1"], "undoing one undoes the split: {back:?}");
}

#[test]
fn two_records_are_explained_by_rules() {
    let scratch = club();
    scratch.run();
    let joined = json(&scratch, &["explain", "pair", "Club_members:m1", "Shop_people:1"]);
    assert_eq!((joined["same_profile"].as_bool(), joined["rules"][0]["joined"].as_bool()), (Some(true), Some(true)));
    assert!(joined["summary"].as_str().unwrap().starts_with("one profile: the rule `Email` joins them"), "{joined}");
    let missing = json(&scratch, &["explain", "pair", "Shop_people:2", "Club_members:m2"]);
    assert_eq!(missing["same_profile"], false);
    assert_eq!(missing["rules"][0]["why_not"], "`mail` and `email`: a value is missing");
    let words = scratch.onefold(&["explain", "pair", "Shop_people:2", "Club_members:m2"]).done().out;
    assert!(words.contains("rule `Email` (match) does not hold: `mail` and `email`: a value is missing"), "{words}");
    let nobody = scratch.onefold(&["explain", "pair", "Shop_people:99", "Club_members:m2"]);
    assert_eq!(nobody.code, Some(1));
    assert!(nobody.err.contains("`Shop_people` has no record with the key `99`"), "{}", nobody.err);
    let identity = json(&scratch, &["explain", "identity", "Shop_people:1"]);
    let links = identity["links"].as_array().unwrap();
    assert_eq!(links.len(), 1, "{identity}");
    assert_eq!((links[0]["kind"].as_str(), links[0]["bridge"].as_bool()), (Some("rule"), Some(true)), "{identity}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_answers_before_the_first_run() {
    let scratch = club();
    let project = Onefold::quiet(scratch.path());
    assert_eq!(project.match_model().await.unwrap().kind, MatchKind::Rules);
    let review = project.review(&ReviewAsk::default()).await.unwrap();
    assert!(review.nothing.unwrap().contains("nothing was matched yet"));
    assert_eq!(project.decisions(&DecisionsAsk::default()).await.unwrap().total, 0);
    assert_eq!(project.quality(0.05).await.unwrap().labels, 0);
    assert!(!scratch.path().join(".onefold/state.sqlite").exists(), "asking makes no file");
    let ask =
        PairAsk { table1: "Shop_people".into(), key1: "1".into(), table2: "Club_members".into(), key2: "m1".into() };
    assert_eq!(project.explain_pair(&ask).await.unwrap_err().kind, ProblemKind::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_alone_are_reviewed_at_random_and_estimated() {
    let scratch = club();
    scratch.run();
    let project = Onefold::quiet(scratch.path());
    let uncertain = project.review(&ReviewAsk::default()).await.unwrap();
    assert!(uncertain.nothing.unwrap().contains("rules leave no doubt"));
    let ask = ReviewAsk { order: ReviewOrder::Random, ..ReviewAsk::default() };
    let view = project.review(&ask).await.unwrap();
    assert_eq!((view.total, view.pairs.len(), view.people.len()), (2, 2, 2));
    let pair = &view.pairs[0];
    assert!(pair.state.is_none() && pair.probability.is_none() && pair.a_customer_id.is_none(), "blind: {pair:?}");
    assert!(pair.fields.iter().any(|field| field.same == Some(true)), "{:?}", pair.fields);
    for pair in &view.pairs {
        let decide = DecideAsk {
            table1: pair.a.table.clone(),
            key1: pair.a.key.clone(),
            table2: pair.b.table.clone(),
            key2: pair.b.key.clone(),
            decision: Verdict::Same,
            note: None,
        };
        project.decide(&decide, "ann").await.unwrap();
    }
    let quality = project.quality(0.05).await.unwrap();
    assert_eq!((quality.labels, quality.sampled), (2, 2));
    assert_eq!(quality.precision.map(|precision| precision.value), Some(1.0));
    assert_eq!(quality.recall, None, "rules do not note what they miss");
    assert_eq!(project.review(&ask).await.unwrap().total, 0, "all were decided");
    // A mistake that was put right stays a mistake of the rule.
    let (a, b) = (&view.pairs[0].a, &view.pairs[0].b);
    let words = |side: &PairSide| format!("{}:{}", side.table, side.key);
    json(&scratch, &["review", "decide", &words(a), &words(b), "different"]);
    scratch.run();
    let after = project.quality(0.05).await.unwrap();
    assert_eq!((after.labels, after.precision.map(|precision| precision.value)), (2, Some(0.5)));
}

/// People enough for a model to be trained: each twice, with slips.
fn crowd(scratch: &Scratch) {
    let given =
        ["Ann", "Ben", "Cora", "Dave", "Eve", "Finn", "Gail", "Hugo", "Iris", "Jack", "Kim", "Lena", "Max", "Nora"];
    let family = ["Ash", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gum", "Hazel", "Ivy", "Juniper", "Larch"];
    let (mut people, mut members) =
        ("id,first,last,email,born\n".to_owned(), "no,given,family,mail,birth\n".to_owned());
    for n in 0..300_usize {
        let (first, last) = (given[n % given.len()], family[(n / 3) % family.len()]);
        let born = format!("{}-{:02}-{:02}", 1940 + n % 60, 1 + n % 12, 1 + (n * 7) % 28);
        people.push_str(&format!("{n},{first},{last},{first}.{last}{n}@x.org,{born}\n").replace(' ', ""));
        if n % 2 == 0 {
            let slip = if n % 10 == 0 { format!("{last}e") } else { last.to_owned() };
            let mail = if n % 6 == 0 { String::new() } else { format!("{first}.{last}{n}@x.org") };
            members.push_str(&format!("m{n},{first},{slip},{mail},{born}\n"));
        }
    }
    scratch.write("data/people.csv", &people);
    scratch.write("data/members.csv", &members);
    let unify = UNIFY.split("match:").next().unwrap().to_owned() + MODEL;
    let unify = unify.replace("email: Identity.Service.Email", "email: Identity.Service.Email, born: Person.BirthDate");
    scratch.write(
        "unify.yaml",
        &unify.replace("mail: Identity.Service.Email}", "mail: Identity.Service.Email, birth: Person.BirthDate}"),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_shown_explained_and_overruled() {
    let scratch = club();
    crowd(&scratch);
    scratch.run();
    let project = Onefold::quiet(scratch.path());
    let model = project.match_model().await.unwrap();
    assert_eq!((model.kind, model.trained, model.records), (MatchKind::Model, true, Some(450)), "{model:?}");
    assert!(!model.comparisons.is_empty() && !model.blocking.is_empty() && model.yaml.is_some());
    assert!(model.comparisons.iter().all(|comparison| !comparison.columns.is_empty()), "{:?}", model.comparisons);

    // The parts of a waterfall are the whole.
    let pair = |key1: &str, key2: &str| PairAsk {
        table1: "Shop_people".into(),
        key1: key1.into(),
        table2: "Club_members".into(),
        key2: key2.into(),
    };
    let same = project.explain_pair(&pair("4", "m4")).await.unwrap();
    let evidence = same.evidence.clone().unwrap();
    let parts: f64 = evidence.comparisons.iter().map(|one| one.bits + one.tf_bits).sum();
    assert!((evidence.prior_bits + parts + evidence.kin_bits - evidence.total_bits).abs() < 0.02, "{evidence:?}");
    assert!(same.same_profile && evidence.probability > evidence.threshold, "{}", same.summary);
    let strangers = project.explain_pair(&pair("4", "m6")).await.unwrap();
    assert!(!strangers.same_profile && strangers.evidence.unwrap().probability < 0.5, "{}", strangers.summary);
    // What the run noted is what is explained.
    let noted = scratch
        .number("select \"Weight\" from \"MatchPair\" where \"Key1\" in ('4', 'm4') and \"Key2\" in ('4', 'm4')");
    assert!((noted - evidence.total_bits).abs() < 0.05, "{noted} {}", evidence.total_bits);

    // What people decide is stronger, and keeps its weight as a label.
    let ids = ring(&scratch);
    assert_eq!(ids["4"], ids["m4"]);
    let decide = DecideAsk {
        table1: "Shop_people".into(),
        key1: "4".into(),
        table2: "Club_members".into(),
        key2: "m4".into(),
        decision: Verdict::Different,
        note: None,
    };
    project.decide(&decide, "ann").await.unwrap();
    let quality = project.quality(0.05).await.unwrap();
    scratch.run();
    let parted = ring(&scratch);
    assert_ne!(parted["4"], parted["m4"]);
    assert_eq!(parted["4"], ids["4"], "the founding record keeps the id");
    let after = project.quality(0.05).await.unwrap();
    assert_eq!(after.labels, 1);
    let count = |view: &QualityView| view.calibration.iter().map(|bin| bin.pairs).sum::<u64>();
    assert_eq!((count(&quality), count(&after)), (1, 1), "the run that follows it does not forget what it overruled");
    // Another threshold changes nothing about it.
    scratch.replace("unify.yaml", MODEL, "match:\n  model: {kind: fellegi_sunter, threshold: 0.6}\n");
    scratch.run();
    let lower = ring(&scratch);
    assert_ne!(lower["4"], lower["m4"]);
}

/// Rules that look values up in lists, and others that are being written.
#[tokio::test(flavor = "multi_thread")]
async fn rules_that_name_lists_are_explained_and_tried_as_a_run_compares() {
    let scratch = club();
    let list = "kind: csv\nfrom: {folder: ./data}\ntables:\n  alias: {file: alias.csv, key: value}\n  none: {file: none.csv, key: value}\n";
    scratch.write("sources/Lists.yaml", list);
    scratch.write("data/alias.csv", "value,canonical\nBenjamin,Ben\nAnne,Ann\n");
    scratch.write("data/none.csv", "value\nCora\n");
    let rule = "
match:
  - name: Name
    from: Club_members
    to: Shop_people
    when:
      - {column: family, equals: last}
      - column: {column: given, normalize: [lowercase, {alias: Lists_alias}, {bypass: Lists_none}]}
        equals: {column: first, normalize: [lowercase, {alias: Lists_alias}, {bypass: Lists_none}]}
";
    scratch.write("unify.yaml", &format!("{}{rule}", UNIFY.split("match:").next().unwrap()));
    scratch.run();
    let now = ring(&scratch);
    assert_eq!(now["2"], now["m2"], "an alias joined them");
    assert_ne!(now["3"], now["m3"], "the name means nothing");
    let open = Onefold::quiet(scratch.path());
    let explained = async |a: &str, b: &str| {
        let ask =
            PairAsk { table1: "Club_members".into(), key1: a.into(), table2: "Shop_people".into(), key2: b.into() };
        open.explain_pair(&ask).await.unwrap().rules.remove(0)
    };
    let told = explained("m2", "2").await;
    assert!(told.holds && told.joined, "{told:?}");
    assert_eq!(told.conditions[1].a_compared.as_deref(), Some("ben"));
    let told = explained("m3", "3").await;
    assert!(!told.holds && told.conditions[1].a_compared.is_none(), "{told:?}");

    // The same rule while it is written; and one that is not exact, within a table.
    let side = |column: &str| serde_json::json!({"column": column, "normalize": ["lowercase", {"alias": "Lists_alias"}, {"bypass": "Lists_none"}]});
    let when = serde_json::json!([
        {"column": "family", "equals": "last"},
        {"column": side("given"), "equals": side("first")},
    ]);
    let ask = MatchRuleAsk {
        from: "Club_members".into(),
        to: Some("Shop_people".into()),
        rule: serde_json::json!({"when": when}),
        sample: 0,
    };
    let tried = open.preview_rule(&ask).await.unwrap();
    assert_eq!((tried.pairs, tried.matched, tried.records), (2, 2, 3), "{tried:?}");
    let each: Vec<u64> = tried.conditions.iter().map(|condition| condition.pairs).collect();
    assert_eq!((each, tried.largest_block, tried.examples.len()), (vec![3, 2], 1, 2), "{tried:?}");
    // The audit is to name whom it shows.
    let mut people = std::collections::BTreeSet::new();
    for pair in &tried.examples {
        for record in [format!("Club_members:{}", pair.a), format!("Shop_people:{}", pair.b)] {
            people.insert(open.customer(&record).await.unwrap().customer_id);
        }
    }
    assert_eq!(tried.people, Vec::from_iter(people));
    let near = serde_json::json!({"when": [{"column": "first", "precision": 0.3}]});
    let ask = MatchRuleAsk { from: "Shop_people".into(), to: None, rule: near, sample: 0 };
    let tried = open.preview_rule(&ask).await.unwrap();
    assert_eq!((tried.pairs, tried.blocked, tried.compared), (1, 3, 3), "{tried:?}");
    assert_eq!(tried.likeness.iter().map(|bin| bin.pairs).sum::<u64>(), 1, "`ann` and `ben`: {tried:?}");
    // What is wrong is said, not counted.
    let ask = MatchRuleAsk {
        from: "Shop_people".into(),
        to: None,
        rule: serde_json::json!({"when": [{"column": "nothing"}]}),
        sample: 0,
    };
    let tried = open.preview_rule(&ask).await.unwrap();
    assert!(tried.pairs == 0 && tried.diagnostics.iter().any(DiagnosticView::is_error), "{tried:?}");
}
