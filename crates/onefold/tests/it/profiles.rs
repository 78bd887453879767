//! Profiles: what a change would make of them before it is published, what is worked out again, and what is told of them.

use onefold::platform::Onefold;
use onefold_api::{Platform as _, RunAsk};
use serde_json::Value;

use crate::scratch::{Scratch, ran};

const UNIFY: &str = "tables:
  - {table: Shop_people, columns: {id: ID, first: Person.FirstName, last: Person.LastName, street: Location.Address, mail: Mine}}
  - table: Crm_contact
    include_all: true
    columns: {no: ID, name: Person.FirstName, last: Person.LastName, street: Location.Address, city: Location.City}
match:
  - {name: ByMail, from: Crm_contact, to: Shop_people, when: [{column: mail, equals: mail}]}
merge:
  groups: {address: {columns: {street: [Shop_people.street, Crm_contact.street], city: [Crm_contact.city]}}}
clusters:
  Household: {when: [{column: last}, {column: street}]}
";

fn project() -> Scratch {
    let scratch = Scratch::empty();
    scratch.write("onefold.yaml", "name: people\ntime_zone: UTC\n");
    scratch.write("sources/Shop.yaml", "kind: csv\nfrom: {folder: ./data/shop}\ntables: {people: {key: id}}\n");
    scratch.write("sources/Crm.yaml", "kind: csv\nfrom: {folder: ./data/crm}\ntables: {contact: {key: no}}\n");
    scratch.write(
        "data/shop/people.csv",
        "id,first,last,street,mail\ns1,Ann,Smith,1 Main St,ann@x\ns2,Bo,Smith,1 Main St,bo@x\ns3,Cy,Jones,,cy@x\n",
    );
    scratch.write(
        "data/crm/contact.csv",
        "no,name,last,street,city,mail\nc1,Anna,Smith,9 Old Rd,Rome,ann@x\nc3,Cyril,Jones,7 Far Way,Oslo,cy@x\nc4,Di,Brown,,Bern,di@x\n",
    );
    scratch.write("unify.yaml", UNIFY);
    scratch.write(
        "measures/People.yaml",
        "kind: business_measure\nvalue: count(p.id)\ntables: {p: {table: Shop_people}}\n",
    );
    scratch
}

fn plan(scratch: &Scratch) -> Value {
    let said = scratch.onefold(&["plan", "--profiles", "--now", "2026-06-02T12:00:00Z", "--json"]).done();
    serde_json::from_str::<Value>(&said.out).expect("a plan is JSON")["profiles"].clone()
}

fn counts(planned: &Value) -> [u64; 8] {
    ["before", "after", "created", "merged", "split", "retired", "returned", "unchanged"]
        .map(|word| planned[word].as_u64().unwrap_or_else(|| panic!("no `{word}` in {planned}")))
}

fn files(scratch: &Scratch) -> Vec<String> {
    let mut all = Vec::new();
    let mut left = vec![scratch.path().join("lake")];
    while let Some(folder) = left.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => left.push(path),
                path => all.push(path.display().to_string()),
            }
        }
    }
    all.retain(|path| path.ends_with(".parquet"));
    all.sort();
    all
}

#[test]
fn a_plan_tells_who_would_merge_and_split_and_publishes_nothing() {
    let scratch = project();
    assert_eq!(counts(&plan(&scratch)), [0, 4, 4, 0, 0, 0, 0, 0], "before the first run all are new");
    assert!(scratch.onefold(&["show"]).code != Some(0), "nothing is published");
    scratch.run();
    assert_eq!(counts(&plan(&scratch)), [4, 4, 0, 0, 0, 0, 0, 4], "nothing would change");

    // c1 now has the mail of s3, c3 that of nobody: two profiles change without changing number, c4 joins s1.
    let before = (files(&scratch), scratch.rows(r#"select * from "KeyRing" order by "Key""#));
    scratch.write(
        "data/crm/contact.csv",
        "no,name,last,street,city,mail\nc1,Anna,Smith,9 Old Rd,Rome,ann@x\nc3,Cyril,Jones,7 Far Way,Oslo,no@x\nc4,Di,Brown,,Bern,ann@x\n",
    );
    let planned = plan(&scratch);
    assert_eq!(counts(&planned), [4, 4, 0, 1, 1, 0, 0, 3]);
    let samples = planned["samples"].as_array().expect("samples").clone();
    let keys = |records: &Value| -> Vec<String> {
        let records = records.as_array().expect("records").iter();
        records.map(|record| record["key"].as_str().expect("a key").to_owned()).collect()
    };
    assert_eq!(samples[0]["change"], "merged");
    assert_eq!(keys(&samples[0]["records"]), ["c4"]);
    assert_eq!(keys(&samples[0]["other_records"]), ["c1", "s1"]);
    assert_eq!(samples[1]["change"], "split");
    assert_eq!(
        (keys(&samples[1]["records"]), keys(&samples[1]["other_records"])),
        (vec!["c3".into()], vec!["s3".into()])
    );
    let said = scratch.onefold(&["plan", "--profiles", "--now", "2026-06-02T12:00:00Z"]).done();
    for line in ["4 published, 4 after a run", "1 would go into another", "1 would be split off", "Crm_contact `c4`"] {
        assert!(said.out.contains(line), "{line}\n{}", said.out);
    }
    let after = (files(&scratch), scratch.rows(r#"select * from "KeyRing" order by "Key""#));
    assert_eq!(before, after, "nothing was published and nothing was left");

    // What was foretold is what comes.
    scratch.run();
    let events =
        r#"select "CustomerId", "Change", "Other" from "ProfileChange" where "Change" <> 'created' order by "Change""#;
    let told: Vec<Value> = scratch.rows(events);
    for (sample, row) in samples.iter().zip(&told) {
        assert_eq!(
            (&sample["customer_id"], &sample["change"], &sample["other"]),
            (&row["CustomerId"], &row["Change"], &row["Other"])
        );
    }
    assert_eq!(told.len(), 2);
}

#[test]
fn a_changed_policy_merges_anew_and_matches_nothing_anew() {
    let scratch = project();
    scratch.run();
    scratch.replace(
        "unify.yaml",
        "city: [Crm_contact.city]}}}",
        "city: [Crm_contact.city]}, policy: {most_recent: {by: [Shop_people.mail, Crm_contact.city]}}}}",
    );
    let wrong = scratch.onefold(&["check"]);
    assert_eq!(wrong.code, Some(2), "a text puts nothing in order\n{}", wrong.out);
    scratch.write(
        "unify.yaml",
        &UNIFY.replace("[Shop_people.street, Crm_contact.street]", "[Crm_contact.street, Shop_people.street]"),
    );
    let record = scratch.run();
    let ran = ran(&record);
    assert!(ran.contains(&"unify.merge"), "{ran:?}");
    let again = ["unify.merge", "unify.cluster Household", "unify.members Household", "unify.customer"];
    let unify = ran.iter().filter(|step| step.starts_with("unify.") || step.starts_with("ingest."));
    assert!(unify.clone().all(|step| again.contains(step)), "{ran:?}");
    assert!(!ran.contains(&"measures.table People"), "what does not read Customer stays: {ran:?}");
    assert_eq!(
        scratch.rows(r#"select "street" from "Customer" where "id" = 's1'"#)[0]["street"],
        "9 Old Rd",
        "the group goes by the new order"
    );
}

#[test]
fn unification_can_end_at_matching_or_at_profiles() {
    let scratch = project();
    scratch.run();
    let ring = || scratch.rows(r#"select * from "KeyRing" order by "Key""#);
    let pairs = || scratch.number(r#"select count(*) from "ConflationMatchPairs""#);
    let (before, people) = (ring(), scratch.rows(r#"select * from "Customer" order by 1"#));
    assert_eq!(pairs(), 4.0);
    scratch.write(
        "data/crm/contact.csv",
        "no,name,last,street,city,mail\nc1,Anna,Smith,9 Old Rd,Rome,ann@x\nc3,Cyril,Jones,7 Far Way,Oslo,no@x\n",
    );
    let only = |word: &str| -> Value {
        let said = scratch.onefold(&["run", "--only", word, "--now", "2026-06-02T12:00:00Z", "--json"]).done();
        serde_json::from_str(&said.out).expect("a record is JSON")
    };
    let record = only("match");
    let matched = ran(&record);
    assert!(matched.contains(&"unify.match") && matched.contains(&"unify.pairs"), "{matched:?}");
    assert!(!matched.iter().any(|step| ["unify.ids", "unify.merge", "unify.customer"].contains(step)), "{matched:?}");
    assert_eq!(pairs(), 4.0, "c1 with s1; s2, s3 and c3 alone");
    assert_eq!(scratch.number(r#"select count(*) from "ConflationMatchPairs" where "Rule" is not null"#), 1.0);
    assert_eq!(
        (ring(), scratch.rows(r#"select * from "Customer" order by 1"#)),
        (before, people),
        "profiles are as they were"
    );

    let record = only("match");
    assert!(ran(&record).is_empty(), "what is as it was does not run again: {:?}", ran(&record));
    let record = only("profiles");
    let merged = ran(&record);
    assert!(merged.contains(&"unify.ids") && merged.contains(&"unify.customer"), "{merged:?}");
    assert!(!merged.contains(&"unify.match") && merged.iter().all(|step| step.starts_with("unify.")), "{merged:?}");
    assert_eq!(scratch.rows(r#"select "Key" from "KeyRing" order by "Key""#).len(), 5);
}

#[test]
fn what_is_told_of_a_profile_names_its_household_its_history_and_the_record_of_a_group() {
    let scratch = project();
    scratch.run();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads can be had");
    runtime.block_on(async {
        let project = Onefold::quiet(scratch.path());
        let ann = project.explain_customer("Shop_people:s1").await.expect("a profile");
        let origin = |column: &str| {
            let value = ann.values.iter().find(|value| value.column == column).expect("a column");
            (value.key.clone(), value.value.clone())
        };
        assert_eq!(origin("street"), (Some("s1".into()), "1 Main St".into()));
        assert_eq!(origin("city"), (None, Value::Null), "not from another record");
        assert_eq!(ann.clusters.len(), 1);
        let household = &ann.clusters[0];
        assert_eq!((household.name.as_str(), household.size, household.others.len()), ("Household", 2, 1));
        assert_eq!(ann.history.iter().map(|change| change.change.as_str()).collect::<Vec<_>>(), ["created"]);

        let card = project.customer(&ann.customer_id).await.expect("a card");
        assert_eq!(card.clusters[0].cluster_id, household.cluster_id);
        assert_eq!(card.clusters[0].others[0].title.as_deref(), Some("Bo Smith"));
        assert_eq!(card.history, []);

        let cy = project.explain_customer("Shop_people:s3").await.expect("a profile");
        let street = cy.values.iter().find(|value| value.column == "street").expect("a column");
        assert_eq!((street.key.as_deref(), street.table.as_deref()), (Some("c3"), Some("Crm_contact")));

        // A record that changes sides is told of both.
        scratch.write("data/crm/contact.csv", "no,name,last,street,city,mail\nc4,Di,Brown,,Bern,bo@x\n");
        let ask = RunAsk { now: Some("2026-06-03T12:00:00Z".into()), ..RunAsk::default() };
        project.run(&ask, "test", std::sync::Arc::new(onefold_api::Nobody)).await.expect("a run");
        let bo = project.customer("Shop_people:s2").await.expect("a card");
        assert_eq!(bo.previous.len(), 1, "the profile of c4");
        assert_eq!(bo.history.len(), 1);
        let change = &bo.history[0];
        assert_eq!((change.change.as_str(), &change.customer_id), ("merged", &bo.previous[0]));
        assert_eq!(change.other.as_ref(), Some(&bo.customer_id));
        let again = project.customer(&bo.previous[0]).await.expect("an old id leads to the profile it went into");
        assert_eq!(again.customer_id, bo.customer_id);
    });
}
