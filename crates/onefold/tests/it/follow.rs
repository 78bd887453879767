//! Follow: a process that stays open goes on from what it linked, and comes to what linking all anew comes to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use onefold::platform::Onefold;
use onefold_api::*;
use tokio::sync::Notify;

use crate::model::{UNIFY, ask, profiles, project, put, tables};
use crate::scratch::Scratch;

/// Stops a run when records have been linked.
#[derive(Default)]
struct AfterLinking(Notify);

#[async_trait]
impl Watch for AfterLinking {
    fn say(&self, event: RunEvent) {
        if matches!(event, RunEvent::StepEnded { step, .. } if step == "unify.link") {
            self.0.notify_one();
        }
    }
    async fn stopped(&self) {
        self.0.notified().await;
    }
}

/// What the step has to say of how it linked; empty when it did not run.
async fn linked(project: &Onefold, ask: RunAsk) -> String {
    let view = project.run(&ask, "ann", Arc::new(Nobody)).await.unwrap();
    let step = view.steps.into_iter().find(|step| step.name == "unify.link").unwrap();
    step.said.unwrap_or_default()
}

/// The rows of a table in some columns, in order.
fn rows(scratch: &Scratch, sql: &str) -> BTreeSet<Vec<String>> {
    ask(scratch, sql).into_iter().collect()
}

/// The same rows for a model that is written down, and a shop of which some records are other than before.
fn changed() -> (Vec<String>, Vec<String>) {
    let (mut shop, mut crm) = tables();
    shop.retain(|row| !row.starts_with("s7,"));
    shop.push("n1,Zelda,Quillfeather,1961-02-03,zelda.q@mail.example,9 Oak Ave,Madison".to_owned());
    crm.push("n2,Zelda,Quilfeather,1961-02-03,zelda.q@mail.example,,Madison".to_owned());
    let own = crm.iter_mut().find(|row| row.starts_with("c10,")).unwrap();
    *own = "c10,Zelda,Quillfeather,1961-02-03,,9 Oak Ave,Madison".to_owned();
    (shop, crm)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_process_takes_in_changes_and_tells_what_a_full_run_tells() {
    onefold::lakes::keep();
    // One writes down the model that it found, so that the other links all anew by the same.
    let (scratch, other) = (project(UNIFY), project(UNIFY));
    other.run();
    other.onefold(&["model", "write"]).done();
    scratch.write("unify.yaml", &other.read("unify.yaml"));
    let open = Onefold::quiet(scratch.path());
    let said = linked(&open, RunAsk::default()).await;
    assert!(said.starts_with("all 834 records linked: "), "{said}");
    let before = profiles(&scratch);

    let (shop, crm) = changed();
    put(&scratch, &shop, &crm);
    let said = linked(&open, RunAsk::default()).await;
    assert!(said.starts_with("updated: 2 records new, 1 changed, 1 gone, 0 statements; "), "{said}");
    let scored: Vec<u64> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    assert!(scored[4] > 0 && scored[4] * 10 < scored[5], "{said}");
    put(&other, &shop, &crm);
    other.run();
    let (ours, theirs) = (profiles(&scratch), profiles(&other));
    assert_eq!(ours, theirs);
    assert!(ours.values().any(|keys| ["c10", "n1", "n2"].iter().all(|key| keys.contains(*key))), "one person");
    assert_ne!(ours, before);
    for sql in [
        r#"select "Table1", "Key1", "Table2", "Key2", "State", "Pattern" from "MatchPair""#,
        r#"select "Comparison", "Level", "Test", "M", "U", "Pairs", "LinkedPairs" from "MatchComparison""#,
        r#"select "Rule", "Pairs", "NewPairs", "CutPairs", "LargestBlock", "Found" from "MatchBlocking""#,
        r#"select "Kind", "Table", "Key", "Table2", "Key2", "Detail" from "MatchWarning""#,
        r#"select "Records", "Pairs", "Links", "Clusters", "Model" from "MatchModel""#,
        r#"select "Name", "Rule", "Value" from "UnifyStatistics""#,
    ] {
        assert_eq!(rows(&scratch, sql), rows(&other, sql), "{sql}");
    }

    // Look-ups and explanations are asked of the same population.
    let values = [("first_name", "Zelda"), ("last_name", "Quillfeather"), ("date_of_birth", "1961-02-03")];
    let values = values.into_iter().map(|(name, value)| (name.to_owned(), vec![value.to_owned()]));
    let found = open.lookup(&LookupAsk { values: values.collect(), ..LookupAsk::default() }).await.unwrap();
    let id = ours.iter().find(|(_, keys)| keys.contains("n1")).map(|(id, _)| id.clone()).unwrap();
    assert_eq!(found.candidates.first().map(|candidate| &candidate.customer_id), Some(&id), "{found:?}");
    // Whoever shares two things with somebody is compared, and is no candidate where all else speaks against it.
    let own = ["Zelda", "Quillfeather", "1961-02-03", "zelda.q@mail.example", "9 Oak Ave", "Madison"];
    let others = ["Xaver", "Oppenhauser", "1903-11-30", "xo@post.example", "77 Birch Lane", "Duluth"];
    let names = ["first_name", "last_name", "date_of_birth", "email", "street", "city"];
    let mut seen = Vec::new();
    for shared in (0..6).flat_map(|one| (one + 1..6).map(move |other| [one, other])) {
        let value = |at: usize| vec![if shared.contains(&at) { own[at] } else { others[at] }.to_owned()];
        let values = names.iter().enumerate().map(|(at, name)| ((*name).to_owned(), value(at)));
        let found = open.lookup(&LookupAsk { values: values.collect(), ..LookupAsk::default() }).await.unwrap();
        seen.push((shared, found.compared, found.candidates.iter().map(|one| one.weight).collect::<Vec<_>>()));
    }
    assert!(seen.iter().any(|(_, compared, candidates)| *compared > 0 && candidates.is_empty()), "{seen:?}");
    assert!(seen.iter().flat_map(|(.., candidates)| candidates).all(|weight| *weight >= -10.0), "{seen:?}");
    let pair =
        PairAsk { table1: "Shop_people".into(), key1: "n1".into(), table2: "Crm_contact".into(), key2: "n2".into() };
    let explained = open.explain_pair(&pair).await.unwrap();
    let weight = ask(&scratch, r#"select "Weight" from "MatchPair" where "Key1" = 'n1' and "Key2" = 'n2'"#);
    let weight: f64 = weight[0][0].parse().unwrap();
    assert!((explained.evidence.unwrap().total_bits - weight).abs() < 0.1, "{weight}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_table_that_only_grew_new_rows_alone_are_read() {
    onefold::lakes::keep();
    let (scratch, other) = (project(UNIFY), project(UNIFY));
    let source = "kind: csv\nfrom: {folder: ./data/shop}\ntables: {people: {key: id, file: \"people*.csv\"}}\n";
    for project in [&scratch, &other] {
        project.write("sources/Shop.yaml", source);
    }
    other.run();
    other.onefold(&["model", "write"]).done();
    scratch.write("unify.yaml", &other.read("unify.yaml"));
    let open = Onefold::quiet(scratch.path());
    let said = linked(&open, RunAsk::default()).await;
    assert!(said.starts_with("all 834 records linked: "), "{said}");
    let file =
        |rows: &[&str]| format!("id,first_name,last_name,date_of_birth,email,street,city\n{}\n", rows.join("\n"));
    let put_both = |name: &str, rows: &[&str]| {
        for project in [&scratch, &other] {
            project.write(&format!("data/shop/{name}.csv"), &file(rows));
        }
    };
    let same = |what: &str| {
        other.run();
        assert_eq!(profiles(&scratch), profiles(&other), "{what}");
        let pairs = r#"select "Table1", "Key1", "Table2", "Key2", "State", "Pattern" from "MatchPair""#;
        assert_eq!(rows(&scratch, pairs), rows(&other, pairs), "{what}");
    };
    let zelda = "n1,Zelda,Quillfeather,1961-02-03,zelda.q@mail.example,9 Oak Ave,Madison";
    put_both("people_1", &[zelda, "n2,Zelda,Quilfeather,1961-02-03,zelda.q@mail.example,,Madison"]);
    let said = linked(&open, RunAsk::default()).await;
    assert!(said.starts_with("updated: 2 records new, 0 changed, 0 gone, "), "{said}");
    assert!(said.ends_with("; 2 of 836 records read"), "{said}");
    same("a new file");
    // A source that was read in between, and not linked: what is new since the last run is not all that is new.
    put_both("people_2", &["n3,Yorick,Ashgrove,1959-12-30,y.ashgrove@mail.example,1 Elm St,Monona"]);
    let only = RunAsk { only: vec!["ingest".to_owned()], ..RunAsk::default() };
    open.run(&only, "ann", Arc::new(Nobody)).await.unwrap();
    put_both("people_3", &["n4,Yorick,Ashgrove,1959-12-30,,1 Elm St,Monona"]);
    let said = linked(&open, RunAsk::default()).await;
    assert!(said.starts_with("updated: 2 records new, 0 changed, 0 gone, "), "{said}");
    assert!(said.ends_with("; 838 of 838 records read"), "{said}");
    same("a source that was read by itself");
    // A row that is another than before: its file is read again, and so is the table.
    put_both("people_3", &["n4,Yorick,Ashgrove,1959-12-30,,2 Elm St,Monona"]);
    let said = linked(&open, RunAsk::default()).await;
    assert!(said.starts_with("updated: 0 records new, 1 changed, 0 gone, "), "{said}");
    same("a changed row");
    // And what is new after that is read by itself again.
    put_both("people_4", &["n5,Xenia,Birchwood,1971-01-02,x.birchwood@mail.example,3 Fir St,Verona"]);
    let said = linked(&open, RunAsk::default()).await;
    assert!(said.ends_with("; 1 of 839 records read"), "{said}");
    same("one more file");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_decided_is_taken_in_and_what_is_given_up_leaves_nothing() {
    onefold::lakes::keep();
    let scratch = project(UNIFY);
    let open = Onefold::quiet(scratch.path());
    linked(&open, RunAsk::default()).await;
    let before = profiles(&scratch);
    let by_key = |profiles: &BTreeMap<String, BTreeSet<String>>, key: &str| -> String {
        profiles.iter().find(|(_, keys)| keys.contains(key)).map(|(id, _)| id.clone()).unwrap()
    };
    let same = DecideAsk {
        table1: "Shop_people".into(),
        key1: "s1".into(),
        table2: "Shop_people".into(),
        key2: "s3".into(),
        decision: Verdict::Same,
        ..DecideAsk::default()
    };
    let number = open.decide(&same, "ann").await.unwrap().decisions[0].id;
    let said = linked(&open, RunAsk::default()).await;
    assert!(said.starts_with("updated: 0 records new, 0 changed, 0 gone, 1 statements; "), "{said}");
    let now = profiles(&scratch);
    assert_eq!(by_key(&now, "s1"), by_key(&now, "s3"));
    // A trial, and a run that is given up after it linked.
    let trial = open.plan(&RunAsk { profiles: true, ..RunAsk::default() }).await.unwrap();
    assert!(trial.profiles.is_some());
    open.undo(number, "ann").await.unwrap();
    let stopped = open.run(&RunAsk::default(), "ann", Arc::new(AfterLinking::default())).await;
    assert!(stopped.is_err());
    assert_eq!(profiles(&scratch), now);
    let said = linked(&open, RunAsk::default()).await;
    assert!(said.starts_with("all 834 records linked: "), "{said}");
    assert_eq!(profiles(&scratch), before);
    // All anew when that is asked for, and when the definition is another.
    let said = linked(&open, RunAsk { force: true, ..RunAsk::default() }).await;
    assert!(said.starts_with("all 834 "), "{said}");
    scratch.replace("unify.yaml", "match: {model: fellegi_sunter}", "match: {model: {threshold: 0.9}}");
    let said = linked(&open, RunAsk::default()).await;
    assert!(said.starts_with("all 834 "), "{said}");
    // Another process that ran in between: what is kept is not of its run.
    let (mut shop, crm) = tables();
    shop.retain(|row| !row.starts_with("s7,"));
    put(&scratch, &shop, &crm);
    scratch.run();
    shop.retain(|row| !row.starts_with("s9,"));
    put(&scratch, &shop, &crm);
    let said = linked(&open, RunAsk::default()).await;
    assert!(said.starts_with("all 832 "), "{said}");
}
