//! Cli: the whole binary on small projects; what it prints, where, and how it ends.

use std::io::Read as _;
use std::process::Stdio;

use serde_json::Value;

use crate::scratch::{Scratch, ran};

/// A starter project that has run.
fn starter() -> Scratch {
    let scratch = Scratch::empty();
    scratch.onefold(&["init"]).done();
    scratch.run();
    scratch
}

#[test]
fn help_names_every_command() {
    let said = Scratch::empty().onefold(&["--help"]).done();
    for command in ["init", "check", "plan", "run", "show", "query", "explain", "schema", "serve", "demo"] {
        assert!(said.out.lines().any(|line| line.trim_start().starts_with(command)), "{command}: {}", said.out);
    }
    assert!(said.out.contains("exit codes: 0 done (with or without warnings), 1 failed, 2 wrong definitions"));
}

#[test]
fn a_folder_without_a_project_is_said_to_be_none() {
    let scratch = Scratch::empty();
    for command in [&["check"][..], &["plan"], &["run"], &["show"], &["query", "select 1"]] {
        let said = scratch.onefold(command);
        assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{command:?}: {said:?}");
        assert!(said.err.contains("it has no `onefold.yaml`"), "{command:?}: {said:?}");
        assert!(said.err.contains("hint: run `onefold init`"), "{command:?}: {said:?}");
    }
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0, "asking leaves nothing behind");
}

#[test]
fn init_makes_a_project_that_runs_and_never_writes_over_one() {
    let scratch = Scratch::empty();
    scratch.onefold(&["init", "shop"]).done();
    let again = scratch.onefold(&["init", "shop"]);
    assert_eq!(again.code, Some(1), "{again:?}");
    assert!(again.err.contains("error: `shop` is a project already"), "{again:?}");
    let check = scratch.onefold(&["-C", "shop", "check"]).done();
    assert_eq!(check.out, "the definitions are sound\n", "{check:?}");
    let run = scratch.onefold(&["--project", "shop", "run"]).done();
    assert!(run.out.contains("Shop_customers: 4 read = 4 kept + 0 corrupt + 0 repeated keys"), "{}", run.out);
    assert!(run.out.contains("segment `GoodCustomers`: 2 members"), "{}", run.out);
    let last = run.out.lines().last().unwrap_or_default();
    assert!(last.starts_with("completed in "), "{}", run.out);
    assert!(scratch.path().join("shop/out/GoodCustomers.csv").is_file());
}

#[test]
fn nothing_is_published_before_the_first_run() {
    let scratch = Scratch::empty();
    scratch.onefold(&["init"]).done();
    for command in [&["show"][..], &["query", "select 1"], &["explain", "customer", "C1"]] {
        let said = scratch.onefold(command);
        assert_eq!(said.code, Some(1), "{command:?}: {said:?}");
        assert!(
            said.err.contains("error: nothing has been published yet\n  hint: run `onefold run` first"),
            "{said:?}"
        );
    }
    assert!(!scratch.path().join("lake").exists(), "asking does not make a lake");
}

#[test]
fn the_second_run_does_nothing_and_a_change_runs_what_hangs_on_it() {
    let scratch = starter();
    let plan = scratch.onefold(&["plan", "--now", "2026-06-01T12:00:00Z", "--json"]).done();
    let plan: Value = serde_json::from_str(&plan.out).unwrap();
    assert!(plan["steps"].as_array().unwrap().iter().all(|step| step["runs"] == false), "{plan:#}");
    // From another folder it is the same project.
    let there = scratch.path().to_str().expect("a temporary folder has a plain name");
    let mut elsewhere = scratch.command(&["-C", there, "plan", "--now", "2026-06-01T12:00:00Z"]);
    let output = elsewhere.current_dir("/").output().expect("the binary can be run");
    assert!(String::from_utf8_lossy(&output.stdout).contains("\n0 steps to run, "), "{output:?}");
    let record = scratch.run();
    assert_eq!(ran(&record), Vec::<&str>::new(), "{record:#}");
    assert_eq!(record["exports"][0]["state"], "unchanged");

    scratch.replace("segments/GoodCustomers.yaml", "> 100", "> 10");
    let plan = scratch.onefold(&["plan", "--now", "2026-06-01T12:00:00Z"]).done();
    assert!(plan.out.contains("`segments/GoodCustomers` changed"), "{}", plan.out);
    let record = scratch.run();
    assert!(
        ran(&record).iter().all(|name| name.starts_with("segments.") || name.starts_with("activate.")),
        "{record:#}"
    );
    assert_eq!(record["segments"][0]["members"], 3);
    assert_eq!(record["segments"][0]["before"], 2);
    assert_eq!(record["exports"][0]["state"], "sent");

    // What was sent and is there no more is sent again.
    std::fs::remove_dir_all(scratch.path().join("out")).unwrap();
    let record = scratch.run();
    assert_eq!(record["exports"][0]["state"], "sent");
}

#[test]
fn only_runs_what_is_named() {
    let scratch = starter();
    scratch.write(
        "data/orders.csv",
        "order_id,customer_id,ordered_at,product,amount\nO1,C1,2026-01-05T10:00:00Z,Gear,7\n",
    );
    let said = scratch.onefold(&["run", "--only", "unify", "--json"]).done();
    let record: Value = serde_json::from_str(&said.out).unwrap();
    assert!(ran(&record).iter().all(|name| name.starts_with("unify.")), "{record:#}");
    assert_eq!(scratch.number(r#"select count(*) from "Shop_orders""#), 4.0);
    let said = scratch.onefold(&["run", "--only", "unfy"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("hint: did you mean `unify`?"), "{said:?}");
    scratch.run();
    assert_eq!(scratch.number(r#"select count(*) from "Shop_orders""#), 1.0);
}

#[test]
fn check_answers_as_json() {
    let scratch = Scratch::empty();
    scratch.onefold(&["init"]).done();
    scratch.replace("measures/TotalSpent.yaml", "Order.amount", "Order.amont");
    let said = scratch.onefold(&["check", "--json"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    let check: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&check["ok"], &check["errors"]), (&false.into(), &1.into()), "{check:#}");
    let found = &check["diagnostics"][0];
    assert_eq!(found["code"], "name/unknown-column");
    assert_eq!(found["file"], "measures/TotalSpent.yaml");
    assert_eq!((&found["line"], &found["column"]), (&4.into(), &12.into()), "{found:#}");
    assert!(found["hint"].as_str().unwrap().contains("amount"), "{found:#}");
    let run = scratch.onefold(&["run"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.err.contains("error: the definitions are wrong; nothing was done"), "{run:?}");
}

#[test]
fn queries_only_read() {
    let scratch = starter();
    for sql in [
        "drop table \"Customer\"",
        "insert into \"Customer\" values (1)",
        "create table x as select 1",
        "set datafusion.execution.batch_size = 1",
        "copy \"Customer\" to 'x.csv'",
        "select * from 'data/orders.csv'",
        "select 1; select 2",
        "create external table x stored as csv location 'data/orders.csv'",
        "select * from \"ProfileId\"",
        "this is not sql",
        "",
    ] {
        let said = scratch.onefold(&["query", sql]);
        assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{sql}: {said:?}");
        assert!(said.err.starts_with("error: "), "{sql}: {said:?}");
    }
    assert_eq!(scratch.number(r#"select count(*) from "Customer""#), 3.0);
    let slow =
        scratch.onefold(&["query", "--timeout", "0.2", "select count(*) from generate_series(1, 100000000000) a"]);
    assert_eq!(slow.code, Some(1), "{slow:?}");
}

#[test]
fn rows_are_shown_in_three_forms() {
    let scratch = starter();
    let said = scratch.onefold(&["show", "shop_orders", "--limit", "1", "--format", "csv"]).done();
    assert_eq!(
        said.out,
        "order_id,customer_id,ordered_at,product,amount\nO1,C1,2026-01-05T10:00:00Z,Punched cards,80.5\n"
    );
    let said = scratch.onefold(&["query", "select 1 as \"a\", 'x' as \"b\", null as \"c\"", "--format", "json"]).done();
    assert_eq!(said.out, "{\"a\":1,\"b\":\"x\",\"c\":null}\n");
    let said = scratch.onefold(&["query", "select 'long' as \"word\", 12 as \"n\""]).done();
    assert_eq!(said.out, "word   n\n----  --\nlong  12\n");
    assert_eq!(said.err, "(1 row)\n");

    let list = scratch.onefold(&["show"]).done();
    assert!(list.out.lines().any(|line| line.starts_with("Customer  ") && line.contains("table")), "{}", list.out);
    assert!(list.out.lines().any(|line| line.starts_with("GoodCustomers ") && line.contains("view")), "{}", list.out);
    assert!(!list.out.contains("internal"), "{}", list.out);
    assert!(scratch.onefold(&["show", "--all"]).done().out.contains("internal"));
}

#[test]
fn an_unknown_table_has_a_nearest() {
    let scratch = starter();
    let said = scratch.onefold(&["show", "Custmer"]);
    assert_eq!(said.code, Some(1));
    assert_eq!(said.err, "error: there is no table `Custmer`\n  hint: did you mean `Customer`?\n");
    let said = scratch.onefold(&["query", r#"select * from "Custmer""#]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("there is no table `Custmer`") && said.err.contains("`Customer`"), "{said:?}");
    let said = scratch.onefold(&["show", "ProfileId"]);
    assert!(said.err.contains("hint: add `--all`"), "{said:?}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let scratch = starter();
    let sql = "select * from generate_series(1, 3000000)";
    let mut child = scratch
        .command(&["query", sql, "--format", "csv"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut [0; 64]).unwrap();
    drop(out);
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""));
}

#[test]
fn a_profile_is_explained_in_words() {
    let scratch = starter();
    let said = scratch.onefold(&["explain", "customer", "C3"]).done();
    assert!(said.out.contains("by rule `SameEmail`"), "{}", said.out);
    assert!(said.out.contains("segments: `GoodCustomers`"), "{}", said.out);
    let said = scratch.onefold(&["explain", "segment", "GoodCustomers", "C2"]).done();
    assert!(said.out.contains("is not a member of `GoodCustomers`"), "{}", said.out);
    assert!(
        said.out.contains("false   Customer_Measure.TotalSpent > 100   [Customer_Measure.TotalSpent = 12.9]"),
        "{}",
        said.out
    );
    let said = scratch.onefold(&["explain", "segment", "GoodCustmers", "C2"]);
    assert!(said.err.contains("hint: did you mean `GoodCustomers`?"), "{said:?}");
}

#[test]
fn schemas_are_written_for_editors() {
    let scratch = Scratch::empty();
    scratch.onefold(&["schema", "--out", "schemas"]).done();
    let schema: Value = serde_json::from_str(&scratch.read("schemas/measure.schema.json")).unwrap();
    assert!(schema["properties"]["value"].is_object(), "{schema:#}");
}

#[test]
fn a_small_demo_runs() {
    let scratch = Scratch::empty();
    let said =
        scratch.onefold(&["demo", "clinic", "--patients", "200", "--now", "2026-06-01T12:00:00Z", "--no-serve"]).done();
    assert!(said.out.contains("look at\n  onefold -C clinic show"), "{}", said.out);
    assert!(said.out.contains("profiles: "), "{}", said.out);
}

#[test]
fn what_is_refreshed_by_hand_waits_to_be_named() {
    let scratch = Scratch::empty();
    scratch.onefold(&["init"]).done();
    let segment = scratch.read("segments/GoodCustomers.yaml");
    scratch.write("segments/GoodCustomers.yaml", &format!("{segment}refresh: manual\n"));
    scratch.run();
    let members = || scratch.number(r#"select count(*) from "GoodCustomers""#);
    assert_eq!(members(), 2.0);
    let order = |n: u32| format!("O{n},C2,2026-04-0{n}T10:00:00Z,Engine,500\n");
    let orders = scratch.read("data/orders.csv") + &order(5);
    scratch.write("data/orders.csv", &orders);
    scratch.run();
    assert_eq!(scratch.number(r#"select count(*) from "Shop_orders""#), 5.0);
    assert_eq!(members(), 2.0);
    scratch.onefold(&["run", "--only", "GoodCustomers"]).done();
    assert_eq!(members(), 3.0);

    // A source likewise.
    let source = scratch.read("sources/Shop.yaml");
    scratch.write("sources/Shop.yaml", &format!("{source}refresh: manual\n"));
    scratch.write("data/orders.csv", &(orders + &order(6)));
    scratch.run();
    assert_eq!(scratch.number(r#"select count(*) from "Shop_orders""#), 5.0);
    scratch.onefold(&["run", "--only", "sources/Shop"]).done();
    assert_eq!(scratch.number(r#"select count(*) from "Shop_orders""#), 6.0);
}
