//! Desk: definitions are read, tried, saved and deleted as files, and nothing is lost on the way.

use onefold::platform::Onefold;
use onefold_api::*;
use serde_json::{Value, json};

use crate::scratch::{Scratch, data};

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads can be had");
    runtime.block_on(future)
}

fn object(kind: Kind, name: &str) -> ObjectRef {
    ObjectRef { kind, name: name.to_owned() }
}

fn segment(name: &str) -> ObjectRef {
    object(Kind::Segment, name)
}

fn names(objects: &[ObjectRef]) -> Vec<&str> {
    objects.iter().map(|object| object.name.as_str()).collect()
}

fn by_text(yaml: &str, etag: Option<&str>) -> SaveAsk {
    SaveAsk { yaml: Some(yaml.to_owned()), etag: etag.map(str::to_owned), ..SaveAsk::default() }
}

fn by_value(value: &Value, etag: Option<&str>) -> SaveAsk {
    SaveAsk { value: Some(value.clone()), etag: etag.map(str::to_owned), ..SaveAsk::default() }
}

const COMMENTED: &str = "# Asked for by marketing.
title: Spent more than 600   # euro
rules:
  # of paid orders
  - where: Customer_Measure.Spend > 600
";

#[test]
fn comments_survive_an_edit_by_value_and_older_texts_come_back() {
    let scratch = Scratch::of("retail");
    scratch.write("segments/BigSpenders.yaml", COMMENTED);
    let project = Onefold::new(scratch.path());
    block_on(async {
        let there = project.definition(&segment("BigSpenders")).await.expect("it is there");
        assert_eq!((there.yaml.as_str(), there.object.title.as_deref()), (COMMENTED, Some("Spent more than 600")));
        assert!(there.diagnostics.iter().all(|found| !found.is_error()), "{:?}", there.diagnostics);
        let mut value = there.value.clone();
        value["rules"][0]["where"] = json!("Customer_Measure.Spend > 700");
        value["title"] = json!("Spent more than 700");

        let ask = DraftAsk { value: Some(value.clone()), ..DraftAsk::default() };
        let draft = project.draft(&segment("BigSpenders"), &ask).await.expect("a draft");
        let changed: Vec<String> = draft
            .diff
            .iter()
            .filter(|line| line.sign != " ")
            .map(|line| format!("{}{}", line.sign, line.text))
            .collect();
        assert_eq!(
            changed,
            [
                "-title: Spent more than 600   # euro",
                "+title: Spent more than 700   # euro",
                "-  - where: Customer_Measure.Spend > 600",
                "+  - where: Customer_Measure.Spend > 700",
            ]
        );
        assert_eq!(scratch.read("segments/BigSpenders.yaml"), COMMENTED);

        let ask = by_value(&value, Some(&there.object.etag));
        let saved = project.save(&segment("BigSpenders"), &ask, "ann").await.expect("it is saved");
        assert_eq!(saved.yaml, COMMENTED.replace("600", "700"));
        assert_eq!(scratch.read("segments/BigSpenders.yaml"), saved.yaml);
        assert_eq!(saved.value, value);

        let versions = project.versions(&segment("BigSpenders")).await.expect("they are kept");
        let said: Vec<(&str, &str)> = versions.iter().map(|one| (one.by.as_str(), one.yaml.as_str())).collect();
        assert_eq!(said, [("ann", saved.yaml.as_str()), ("a change of the file", COMMENTED)]);
        assert_eq!((&versions[0].etag, &versions[1].etag), (&saved.object.etag, &there.object.etag));

        let undo = by_text(&versions[1].yaml, Some(&saved.object.etag));
        let undone = project.save(&segment("BigSpenders"), &undo, "bob").await.expect("it is saved");
        assert_eq!((undone.yaml.as_str(), &undone.object.etag), (COMMENTED, &there.object.etag));
        assert_eq!(project.versions(&segment("BigSpenders")).await.expect("they are kept").len(), 3);
        // What is equal is no new version.
        let again = by_value(&undone.value, Some(&undone.object.etag));
        project.save(&segment("BigSpenders"), &again, "bob").await.expect("it is saved");
        assert_eq!(project.versions(&segment("BigSpenders")).await.expect("they are kept").len(), 3);
    });
}

fn is_conflict(problem: &Problem) -> Option<&str> {
    match &problem.kind {
        ProblemKind::Conflict { etag, .. } => Some(etag.as_deref().unwrap_or_default()),
        _ => None,
    }
}

#[test]
fn a_file_that_changed_meanwhile_is_not_written_over() {
    let scratch = Scratch::of("retail");
    let project = Onefold::new(scratch.path());
    block_on(async {
        let there = project.definition(&segment("BigSpenders")).await.expect("it is there");
        let mine = there.yaml.replace("600", "700");
        let theirs = there.yaml.replace("600", "800");
        scratch.write("segments/BigSpenders.yaml", &theirs);
        let ask = by_text(&mine, Some(&there.object.etag));
        let refused = project.save(&segment("BigSpenders"), &ask, "ann").await.expect_err("it changed");
        let now = project.definition(&segment("BigSpenders")).await.expect("it is there").object.etag;
        assert_eq!(is_conflict(&refused), Some(now.as_str()), "{refused:?}");
        assert!(refused.message.contains("changed by somebody else"), "{refused:?}");
        assert_eq!(scratch.read("segments/BigSpenders.yaml"), theirs);
        // As new over one that is there; as changed where none is any more.
        let new = project.save(&segment("BigSpenders"), &by_text(&mine, None), "ann").await.expect_err("it is there");
        assert_eq!(is_conflict(&new), Some(now.as_str()));
        let ask = by_text(&mine, Some(&there.object.etag));
        let gone = project.save(&segment("Nobody"), &ask, "ann").await.expect_err("it is gone");
        assert_eq!(is_conflict(&gone), Some(""));
        let gone = project.delete(&segment("BigSpenders"), &there.object.etag, true, "ann").await;
        assert!(is_conflict(&gone.expect_err("it changed")).is_some());
        // Anyway is about faults, not about others' work.
        let anyway = SaveAsk { anyway: true, ..ask };
        assert!(
            is_conflict(&project.save(&segment("BigSpenders"), &anyway, "ann").await.expect_err("it changed"))
                .is_some()
        );
        // Of two that save at once, one wins.
        let (one, other) = (by_text(&mine, Some(&now)), by_text(&there.yaml.replace("600", "900"), Some(&now)));
        let name = segment("BigSpenders");
        let (one, other) = tokio::join!(project.save(&name, &one, "ann"), project.save(&name, &other, "bob"));
        assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|ok| **ok).count(), 1);
    });
}

#[test]
fn what_is_wrong_is_saved_anyway_and_what_is_no_yaml_never() {
    let scratch = Scratch::of("retail");
    let project = Onefold::new(scratch.path());
    block_on(async {
        let wrong = "title: New\nrules:\n  - where: Customer_Measure.Spent > 5\n";
        let refused = project.save(&segment("New"), &by_text(wrong, None), "ann").await.expect_err("it is wrong");
        let ProblemKind::Definitions { found, .. } = &refused.kind else { panic!("{refused:?}") };
        assert_eq!((found[0].line, found[0].file.as_deref()), (Some(3), Some("segments/New.yaml")));
        assert!(!scratch.path().join("segments/New.yaml").exists());
        let ask = SaveAsk { anyway: true, ..by_text(wrong, None) };
        let saved = project.save(&segment("New"), &ask, "ann").await.expect("it is saved");
        assert_eq!((saved.object.errors, saved.diagnostics.len()), (1, 1));

        let broken = SaveAsk { anyway: true, ..by_text("title: [", Some(&saved.object.etag)) };
        let refused = project.save(&segment("New"), &broken, "ann").await.expect_err("it is no YAML");
        assert!(matches!(refused.kind, ProblemKind::Definitions { .. }) && refused.message.contains("no YAML"));
        let empty = SaveAsk { anyway: true, ..by_text("# nothing\n", Some(&saved.object.etag)) };
        let refused = project.save(&segment("New"), &empty, "ann").await.expect_err("it is empty");
        assert_eq!(refused.kind, ProblemKind::Refused);
        assert_eq!(scratch.read("segments/New.yaml"), wrong);
        // A draft that is no YAML is looked at all the same.
        let ask = DraftAsk { yaml: Some("title: [".to_owned()), ..DraftAsk::default() };
        let draft = project.draft(&segment("New"), &ask).await.expect("a draft");
        assert!(draft.value.is_null() && draft.diagnostics[0].is_error());
        let ask = DraftAsk { value: Some(json!({"title": "T"})), ..ask };
        assert_eq!(
            project.draft(&segment("New"), &ask).await.expect_err("nothing to write into").kind,
            ProblemKind::Refused
        );

        // A fault that shows elsewhere is said, and only what is new.
        let measure = object(Kind::Measure, "Spend");
        let there = project.definition(&measure).await.expect("it is there");
        let other = there.yaml.replace("customer_attribute", "business_measure");
        let ask = DraftAsk { yaml: Some(other.clone()), ..DraftAsk::default() };
        let draft = project.draft(&measure, &ask).await.expect("a draft");
        assert!(draft.diagnostics.iter().all(|found| !found.is_error()), "{:?}", draft.diagnostics);
        let files: Vec<&str> = draft.elsewhere.iter().filter_map(|found| found.file.as_deref()).collect();
        assert!(files.contains(&"segments/BigSpenders.yaml") && !files.contains(&"segments/New.yaml"), "{files:?}");
        let refused = project.save(&measure, &by_text(&other, Some(&there.object.etag)), "ann").await;
        assert!(matches!(refused.expect_err("others break").kind, ProblemKind::Definitions { .. }));
    });
}

#[test]
fn what_others_use_is_deleted_only_anyway() {
    let scratch = Scratch::of("retail");
    let project = Onefold::new(scratch.path());
    block_on(async {
        let there = project.definition(&segment("LapsedBuyers")).await.expect("it is there");
        assert_eq!(names(&there.object.used_by), ["BigSpendersNotLapsed", "Spenders"]);
        let etag = &there.object.etag;
        let refused = project.delete(&segment("LapsedBuyers"), etag, false, "ann").await.expect_err("it is used");
        let ProblemKind::Conflict { used_by, .. } = &refused.kind else { panic!("{refused:?}") };
        assert_eq!(names(used_by), ["BigSpendersNotLapsed", "Spenders"]);
        assert!(scratch.path().join("segments/LapsedBuyers.yaml").exists());
        project.delete(&segment("LapsedBuyers"), etag, true, "ann").await.expect("it is deleted");
        assert!(!scratch.path().join("segments/LapsedBuyers.yaml").exists());
        let gone = project.definition(&segment("LapsedBuyers")).await.expect_err("it is gone");
        assert_eq!(gone.kind, ProblemKind::NotFound);
        let versions = project.versions(&segment("LapsedBuyers")).await.expect("they are kept");
        assert_eq!((versions[0].yaml.as_str(), versions[0].by.as_str()), ("", "ann"));
        // And back again.
        let back = project.save(&segment("LapsedBuyers"), &by_text(&versions[1].yaml, None), "bob").await;
        assert_eq!(back.expect("it is saved").yaml, there.yaml);
        let settings = object(Kind::Settings, "settings");
        let etag = project.definition(&settings).await.expect("it is there").object.etag;
        assert_eq!(project.delete(&settings, &etag, true, "ann").await.expect_err("never").kind, ProblemKind::Refused);
    });
}

#[test]
fn definitions_know_whom_they_name() {
    let scratch = Scratch::of("retail");
    let project = Onefold::new(scratch.path());
    let objects = block_on(project.objects()).expect("a list");
    let named = |kind: Kind, name: &str| {
        let found = objects.iter().find(|object| object.kind == kind && object.name == name);
        let found = found.unwrap_or_else(|| panic!("{name} is not there"));
        (names(&found.depends_on).join(" "), names(&found.used_by).join(" "))
    };
    let pair = |depends: &str, used: &str| (depends.to_owned(), used.to_owned());
    assert_eq!(
        named(Kind::Source, "Shop"),
        pair(
            "",
            "unify relationships orders visits BasketByMonth LastOrder Orders RevenueByMonth Spend Tea LapsedBuyers"
        )
    );
    assert_eq!(named(Kind::Measure, "Spend"), pair("Shop", "AverageBasket BigSpenders BigSpendersNotLapsed Spenders"));
    assert_eq!(named(Kind::Measure, "Tea"), pair("Shop relationships", ""));
    assert_eq!(named(Kind::Measure, "RevenueByMonth"), pair("Shop", "Revenue"));
    assert_eq!(named(Kind::Segment, "LoyalBigSpenders"), pair("unify BigSpendersNotLapsed", "Spenders"));
    assert_eq!(named(Kind::Connection, "OutFolder"), pair("", "Revenue Spenders"));
    assert_eq!(named(Kind::Unify, "unify"), pair("Loyalty Shop", "relationships LoyalBigSpenders Spenders"));
    assert_eq!(named(Kind::Settings, "settings"), pair("", ""));
    assert!(objects.iter().all(|object| object.errors == 0 && object.etag.len() == 64));
    assert_eq!(objects.len(), 21);
}

#[test]
fn the_three_single_files_are_edited_like_the_others() {
    let scratch = Scratch::of("retail");
    let project = Onefold::new(scratch.path());
    block_on(async {
        for (kind, name) in
            [(Kind::Settings, "settings"), (Kind::Unify, "unify"), (Kind::Relationships, "relationships")]
        {
            let there = project.definition(&object(kind, name)).await.expect("it is there");
            let mut value = there.value.clone();
            match kind {
                Kind::Settings => value["title"] = json!("Another shop"),
                Kind::Unify => value["tables"][1]["include_all"] = json!(true),
                _ => value["OrderOfCustomer"]["cardinality"] = json!("one_to_one"),
            }
            let ask = by_value(&value, Some(&there.object.etag));
            let saved = project.save(&object(kind, name), &ask, "ann").await.expect("it is saved");
            assert_eq!(saved.value, value);
            let differing = there.yaml.lines().zip(saved.yaml.lines()).filter(|(old, new)| old != new).count();
            assert_eq!((differing, there.yaml.lines().count()), (1, saved.yaml.lines().count()), "{name}");
        }
        // One that has no file yet begins empty, and is written in the style of the others.
        std::fs::remove_file(scratch.path().join("relationships.yaml")).expect("it was there");
        let object = object(Kind::Relationships, "relationships");
        let there = project.definition(&object).await.expect("an empty one");
        assert_eq!((there.yaml.as_str(), there.object.etag.as_str()), ("", ""));
        let value = json!({"OrderOfCustomer": {"from": "Shop_orders.customer", "to": "Shop_customers.customer_id", "cardinality": "many_to_one"}});
        let ask = SaveAsk { anyway: true, ..by_value(&value, None) };
        project.save(&object, &ask, "ann").await.expect("it is saved");
        assert_eq!(
            scratch.read("relationships.yaml"),
            "OrderOfCustomer: {from: Shop_orders.customer, to: Shop_customers.customer_id, cardinality: many_to_one}\n"
        );
    });
}

#[test]
fn no_name_and_no_path_leads_out_of_the_project() {
    let scratch = Scratch::of("retail");
    let outside = Scratch::empty();
    outside.write("secret.csv", "a\n1\n");
    scratch.link(outside.path(), "data/out");
    scratch.link(&outside.path().join("secret.csv"), "data/secret.csv");
    let project = Onefold::new(scratch.path());
    block_on(async {
        for name in ["", "..", "../x", "a/b", "a.b", "1a", "a b", "é", "a\0", "x/../../y", "settings/../x"] {
            let refused = project.definition(&segment(name)).await.expect_err("it is no name");
            assert_eq!(refused.kind, ProblemKind::Refused, "{name}");
            let ask = SaveAsk { anyway: true, ..by_text("title: x\n", None) };
            assert!(project.save(&segment(name), &ask, "ann").await.is_err(), "{name}");
        }
        for path in [
            "x.csv",
            "data",
            "data/",
            "data/../x.csv",
            "/etc/passwd",
            "data//x.csv",
            "data/a\0.csv",
            "data/.hidden",
            "data\\x.csv",
            "data/out/x.csv",
            "data/out/new/x.csv",
            "data/secret.csv",
            "lake/x.csv",
            "segments/x.yaml",
            ".onefold/x",
            "C:/x",
            "data/customers.csv/x",
        ] {
            assert!(project.put_file(path, b"a\n").await.is_err(), "{path}");
        }
        assert_eq!(outside.read("secret.csv"), "a\n1\n");
        for folder in ["..", "/", "data/..", "segments", ".onefold", "data/out", "data/../..", "nowhere", "sources/"] {
            assert!(project.files(folder).await.is_err(), "{folder}");
        }
        let put = project.put_file("data/new/people.csv", b"id\n1\n").await.expect("it is written");
        assert_eq!((put.path.as_str(), put.bytes, put.folder), ("data/new/people.csv", 5, false));
        assert_eq!(scratch.read("data/new/people.csv"), "id\n1\n");
        project.put_file("data/new/people.csv", b"id\n").await.expect("it is written over");
        let listed = |files: Vec<FileView>| files.into_iter().map(|file| file.path).collect::<Vec<_>>();
        let root = listed(project.files("").await.expect("a list"));
        assert_eq!(root, ["data", "expected.tsv", "generate.py", "README.md"]);
        let data = listed(project.files("data").await.expect("a list"));
        let files =
            ["customers", "lines", "members", "orders", "secret", "visits"].map(|name| format!("data/{name}.csv"));
        assert_eq!(data[0], "data/new");
        assert_eq!(data[1..], files);
        assert_eq!(listed(project.files("data/new/").await.expect("a list")), ["data/new/people.csv"]);
    });
}

#[test]
fn conditions_go_there_and_back() {
    let scratch = Scratch::of("retail");
    let project = Onefold::new(scratch.path());
    let text = |text: &str| ConditionAsk { text: Some(text.to_owned()), ..ConditionAsk::default() };
    let mut related = text("O.state = 'paid' and within_last(O.ordered_at, 6, 'month')");
    related.tables.insert("O".to_owned(), "Shop_orders".to_owned());
    let own = ConditionAsk { table: Some("Shop_orders".to_owned()), ..text("total > 5") };
    let asks = [related, text("Customer_Measure.Spent > 5"), text("Customer_Measure.Spend >"), own, text("")];
    block_on(async {
        let found = project.conditions(&asks).await.expect("answers");
        let tree = found[0].tree.clone().expect("it can be read");
        assert_eq!((tree.op.as_str(), tree.of.len(), found[0].diagnostics.len()), ("and", 2, 0), "{:?}", found[0]);
        assert_eq!(tree.of[1].operator.as_deref(), Some("within_last"));
        assert_eq!((&found[1].diagnostics[0].column, found[1].tree.is_some()), (&Some(1), true));
        assert!(found[1].diagnostics[0].hint.as_deref().is_some_and(|hint| hint.contains("Spend")), "{:?}", found[1]);
        assert!(found[2].tree.is_none() && found[2].diagnostics[0].is_error());
        assert!(found[3].diagnostics.is_empty() && found[4].diagnostics.is_empty(), "{found:?}");
        let back = ConditionAsk { tree: Some(tree), tables: asks[0].tables.clone(), ..ConditionAsk::default() };
        let again = project.conditions(&[back]).await.expect("answers");
        assert_eq!(Some(&again[0].text), asks[0].text.as_ref());
    });
}

#[test]
fn drafts_are_answered_while_somebody_types() {
    let Some(from) = data("no-show") else { return };
    let scratch = Scratch::of("patient-outreach");
    for name in ["Patient.ndjson.gz", "Appointment.ndjson.gz"] {
        scratch.link(&from.join(name), &format!("data/fhir/{name}"));
    }
    scratch.link(&from.join("contacts.json.gz"), "data/dataverse/contacts.json.gz");
    let project = Onefold::new(scratch.path());
    block_on(async {
        let there = project.definition(&segment("NoShow50")).await.expect("it is there");
        for percent in 50..60 {
            let mut value = there.value.clone();
            value["rules"][0]["where"] = json!(format!("Customer_Measure.pct_no_show > {percent}"));
            let ask = DraftAsk { value: Some(value), ..DraftAsk::default() };
            let draft = project.draft(&segment("NoShow50"), &ask).await.expect("a draft");
            assert!(draft.diagnostics.iter().chain(&draft.elsewhere).all(|found| !found.is_error()), "{draft:?}");
        }
    });
}
