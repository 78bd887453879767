//! Refresh: a run that adds to what there is leaves what a run of everything would leave.
//!
//! `ONEFOLD_REFRESH_ROUNDS=200` for more steps; `ONEFOLD_REFRESH_SEED` for others.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::scratch::Scratch;

const NOW: &str = "2026-06-01T12:00:00Z";
/// What tells of the runs there were, and not of the records.
const OF_RUNS: &[&str] = &["segmentchange", "segmenthistory", "profilechange"];

/// Small numbers from a seed, the same everywhere.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len() as u64) as usize]
    }
}

fn setting(name: &str, or: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(or)
}

/// A shop whose tables are in files of which more can come.
fn shop() -> Scratch {
    let scratch = Scratch::of("retail");
    for table in ["orders", "lines", "visits"] {
        scratch.replace(
            "sources/Shop.yaml",
            &format!("  {table}:\n"),
            &format!("  {table}:\n    file: \"{table}*.csv\"\n"),
        );
    }
    scratch.write(
        "measures/VisitsByPage.yaml",
        "title: Visits by page\nkind: customer_measure\nvalues: {visits: count(*), last: max(V.at)}\n\
         tables: {V: Shop_visits}\ndimensions:\n  - {name: page, value: V.page}\n",
    );
    scratch.write(
        "measures/SinceLast.yaml",
        "title: Days since the last visit\nkind: customer_attribute\n\
         value: days_between(max(V.at), now())\ntables: {V: Shop_visits}\nwhere: V.at <= now()\n",
    );
    scratch.write(
        "segments/ReturnedOften.yaml",
        "title: Returned something twice\nrules:\n  - where: O.state = 'returned'\n    tables: {O: Shop_orders}\n    times: {at_least: 2}\n",
    );
    scratch.write(
        "segments/CartVisitors.yaml",
        "title: Looked at the cart\nrules:\n  - where: V.page = '/cart'\n    tables: {V: Shop_visits}\n",
    );
    scratch
}

/// A project with the definitions and files of another, and no lake.
fn afresh(of: &Scratch) -> Scratch {
    let fresh = Scratch::empty();
    copy(of.path(), fresh.path());
    fresh
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("a folder can be made");
    for entry in std::fs::read_dir(from).expect("a folder can be read") {
        let entry = entry.expect("an entry can be read");
        let target = to.join(entry.file_name());
        match entry.file_type().expect("a file has a type").is_dir() {
            true if entry.file_name() == "lake" || entry.file_name() == "out" => {}
            true => copy(&entry.path(), &target),
            false => _ = std::fs::copy(entry.path(), target).expect("a file can be copied"),
        }
    }
}

/// The published run.
fn manifest(scratch: &Scratch) -> Value {
    let current: Value = serde_json::from_str(&scratch.read("lake/_runs/current")).expect("the pointer is JSON");
    let run = current["run"].as_str().expect("a run").to_owned();
    serde_json::from_str(&scratch.read(&format!("lake/_runs/{run}/manifest.json"))).expect("a manifest is JSON")
}

/// The number of rows of every table, internal ones too.
fn sizes(manifest: &Value) -> BTreeMap<String, u64> {
    let tables = manifest["tables"].as_object().expect("a run has tables");
    let rows = |table: &Value| -> u64 {
        table["files"].as_array().into_iter().flatten().filter_map(|file| file["rows"].as_u64()).sum()
    };
    let tables = tables.iter().filter(|(name, _)| !OF_RUNS.iter().any(|of| name.starts_with(of)));
    tables.map(|(name, table)| (name.clone(), rows(table))).collect()
}

/// A row as text. Sums of numbers with a point depend on the order of rows in their last digits, in any two runs.
fn plain(row: &Value) -> String {
    let cells = row.as_object().expect("a row has columns").iter();
    let cell = |(name, value): (&String, &Value)| match value.as_f64().filter(|_| value.is_f64()) {
        Some(number) => format!("{name}: {number:.8}"),
        None => format!("{name}: {value}"),
    };
    cells.map(cell).collect::<Vec<_>>().join(", ")
}

/// Every row of every table that people see, in one order.
fn rows(scratch: &Scratch, manifest: &Value) -> BTreeMap<String, Vec<String>> {
    let tables = manifest["tables"].as_object().expect("a run has tables");
    let listed = tables.iter().filter(|(name, table)| table["internal"] == false && !OF_RUNS.contains(&name.as_str()));
    let read = |(folded, table): (&String, &Value)| {
        let name = table["name"].as_str().expect("a table has a name");
        let mut rows: Vec<String> = scratch.rows(&format!("select * from \"{name}\"")).iter().map(plain).collect();
        rows.sort();
        (folded.clone(), rows)
    };
    listed.map(read).collect()
}

/// Whether a project that was refreshed is what it would be if it were run for the first time.
#[track_caller]
fn same_as_afresh(scratch: &Scratch, now: &str, what: &str) {
    let fresh = afresh(scratch);
    fresh.onefold(&["run", "--now", now]).done();
    let (own, other) = (manifest(scratch), manifest(&fresh));
    assert_eq!(sizes(&own), sizes(&other), "{what}: numbers of rows");
    // Who entered and did not leave is who is in.
    let noted = "select \"Segment\", \"CustomerId\", sum(case \"Change\" when 'entered' then 1 else -1 end) as \"n\" \
                 from \"SegmentChange\" group by \"Segment\", \"CustomerId\"";
    let apart = format!(
        "select count(*) from \"SegmentMembership\" m full join (select * from ({noted}) x where \"n\" <> 0) c \
         on c.\"Segment\" = m.\"Segment\" and c.\"CustomerId\" = m.\"CustomerId\" \
         where m.\"Segment\" is null or c.\"Segment\" is null or c.\"n\" <> 1"
    );
    assert_eq!(scratch.number(&apart), 0.0, "{what}: who entered and left");
    let (own, other) = (rows(scratch, &own), rows(&fresh, &other));
    for (table, rows) in &own {
        let expected = &other[table];
        let more: Vec<&String> = rows.iter().filter(|row| !expected.contains(row)).take(3).collect();
        let less: Vec<&String> = expected.iter().filter(|row| !rows.contains(row)).take(3).collect();
        assert!(rows == expected, "{what}: `{table}` has {more:?} where it should have {less:?}");
    }
}

/// A run; what each step said of how it was done.
#[track_caller]
fn run(scratch: &Scratch, now: &str) -> BTreeMap<String, String> {
    let said = scratch.onefold(&["run", "--now", now, "--json"]).done();
    let record: Value = serde_json::from_str(&said.out).expect("the record is JSON");
    let done = record["steps"].as_array().expect("a record has steps").iter().filter(|step| step["state"] == "done");
    let words = |step: &Value| step["said"].as_str().unwrap_or_default().to_owned();
    done.map(|step| (step["name"].as_str().expect("a step has a name").to_owned(), words(step))).collect()
}

fn orders(rows: &[(&str, &str, &str, &str, &str)]) -> String {
    let mut text = "order_id,customer,ordered_at,state,total\n".to_owned();
    for (id, customer, at, state, total) in rows {
        let _ = writeln!(text, "{id},{customer},{at},{state},{total}");
    }
    text
}

#[test]
fn a_new_file_is_added_and_touches_only_its_profiles() {
    let scratch = shop();
    run(&scratch, NOW);
    scratch.write(
        "data/orders_1.csv",
        &orders(&[
            ("N1", "C0001", "2026-05-01T10:00:00Z", "paid", "700.00"),
            ("N2", "C0002", "2026-05-02T10:00:00Z", "returned", "5.00"),
            // Somebody unknown, a key that is there, a key twice in the file, and two rows that cannot be read.
            ("N3", "C9999", "2026-05-03T10:00:00Z", "paid", "9.00"),
            ("O00001", "C0003", "2026-05-03T10:00:00Z", "paid", "100000.00"),
            ("N2", "C0004", "2026-05-04T10:00:00Z", "paid", "1.00"),
            ("N4", "C0005", "long ago", "paid", "1.00"),
            ("", "C0005", "2026-05-04T10:00:00Z", "paid", "1.00"),
        ]),
    );
    let planned = scratch.onefold(&["plan", "--now", NOW]).done().out;
    assert!(planned.contains("1 new file: only what is new is read"), "{planned}");
    let steps = run(&scratch, NOW);
    assert_eq!(steps["ingest.read Shop_orders"], "added 7 rows of 1 new file");
    assert_eq!(steps["ingest.repeats Shop_orders"], "added 2 rows");
    assert_eq!(steps["ingest.table Shop_orders"], "added 3 rows");
    assert_eq!(steps["ingest.corrupt Shop_orders"], "added 2 rows");
    assert_eq!(steps["relationships.resolve Shop_orders.customer"], "added 3 rows");
    assert_eq!(steps["activities.unify"], "added 3 rows");
    assert!(steps["measures.table BasketByMonth"].starts_with("2 of "), "{steps:?}");
    assert!(
        steps.iter().any(|(step, said)| step.starts_with("segments.scan") && said.starts_with("2 of ")),
        "{steps:?}"
    );
    same_as_afresh(&scratch, NOW, "one new file");
    scratch.write(
        "data/visits_1.csv",
        "visit_id,email,at,page\nW1,tina.lang.1@example.org,2026-05-30T10:00:00Z,/cart\nW2,no.body@example.org,2026-05-30T10:00:00Z,/cart\n",
    );
    let steps = run(&scratch, NOW);
    for step in ["measures.attributes 0", "measures.attributes", "measures.table VisitsByPage"] {
        assert!(steps[step].starts_with("1 of "), "{step}: {steps:?}");
    }
    same_as_afresh(&scratch, NOW, "a new file of another table");
    // Nothing came: nothing runs.
    assert!(run(&scratch, NOW).is_empty());
}

/// The rows that steps of the last run read, and those they wrote.
fn rows_of_steps(record: &Value) -> BTreeMap<String, (u64, u64)> {
    let done = record["steps"].as_array().expect("a record has steps").iter().filter(|step| step["state"] == "done");
    let count = |step: &Value, what: &str| step[what].as_u64().unwrap_or_default();
    let rows = |step: &Value| (count(step, "rows_in"), count(step, "rows_out"));
    done.map(|step| (step["name"].as_str().expect("a step has a name").to_owned(), rows(step))).collect()
}

#[test]
fn what_new_rows_do_not_lead_to_is_not_looked_at() {
    let scratch = shop();
    run(&scratch, NOW);
    let people = scratch.number("select count(*) from \"Customer\"") as u64;
    assert!(people > 100, "{people}");
    let row = [("N1", "C0001", "2026-05-01T10:00:00Z", "paid", "7.00")];
    scratch.write("data/orders_1.csv", &orders(&row));
    let said = scratch.onefold(&["run", "--now", NOW, "--json"]).done();
    let steps = rows_of_steps(&serde_json::from_str(&said.out).expect("the record is JSON"));
    // The new row, and the key or the profile that it leads to.
    assert_eq!(steps["relationships.resolve Shop_orders.customer"], (2, 1), "{steps:?}");
    assert_eq!(steps["activities.unify"], (2, 1), "{steps:?}");
    // Members now and before, a row a segment each, and nobody by name.
    let (looked, _) = steps["segments.bitmaps"];
    assert!(looked < people / 4, "{steps:?}");
    same_as_afresh(&scratch, NOW, "one row");
    // Whoever is in no segment of an export is not looked at for it; who is, is in its file.
    scratch.write("data/orders_2.csv", &orders(&[("N2", "C0001", "2026-05-02T10:00:00Z", "paid", "90000.00")]));
    let said = scratch.onefold(&["run", "--now", NOW, "--json"]).done();
    let steps = rows_of_steps(&serde_json::from_str(&said.out).expect("the record is JSON"));
    let outboxes: Vec<_> = steps.iter().filter(|(step, _)| step.starts_with("activate.outbox ")).collect();
    assert!(!outboxes.is_empty(), "{steps:?}");
    same_as_afresh(&scratch, NOW, "another row");
}

#[test]
fn what_cannot_be_added_is_worked_out_whole() {
    let scratch = shop();
    run(&scratch, NOW);
    // It stands before the file that has the key.
    scratch.write("data/orders-0.csv", &orders(&[("O00001", "C0003", "2026-05-03T10:00:00Z", "paid", "100000.00")]));
    let steps = run(&scratch, NOW);
    assert!(steps["ingest.repeats Shop_orders"].starts_with("worked out whole: "), "{steps:?}");
    same_as_afresh(&scratch, NOW, "a file before the others");
    // A file that was read is another now.
    scratch.write("data/orders-0.csv", &orders(&[("N9", "C0003", "2026-05-03T10:00:00Z", "paid", "11.00")]));
    assert_eq!(run(&scratch, NOW)["ingest.read Shop_orders"], "");
    same_as_afresh(&scratch, NOW, "a changed file");
    std::fs::remove_file(scratch.path().join("data/orders-0.csv")).expect("a file can be removed");
    assert_eq!(run(&scratch, NOW)["ingest.read Shop_orders"], "");
    same_as_afresh(&scratch, NOW, "a file that is gone");
    // The instant moves: what asks for it is worked out for everybody.
    scratch
        .write("data/visits_1.csv", "visit_id,email,at,page\nW1,tina.lang.1@example.org,2026-06-03T10:00:00Z,/cart\n");
    let later = "2026-06-09T12:00:00Z";
    let steps = run(&scratch, later);
    assert_eq!(steps["measures.table VisitsByPage"].split(' ').next(), Some("1"), "{steps:?}");
    assert!(steps.values().any(String::is_empty), "{steps:?}");
    same_as_afresh(&scratch, later, "another instant");
}

#[test]
fn many_files_are_gathered() {
    let scratch = shop();
    run(&scratch, NOW);
    for n in 0..20 {
        let row = format!("G{n},tina.lang.1@example.org,2026-05-{:02}T10:00:00Z,/cart", n + 1);
        scratch.write(&format!("data/visits_{n:02}.csv"), &format!("visit_id,email,at,page\n{row}\n"));
        let steps = run(&scratch, NOW);
        assert_eq!(steps["ingest.table Shop_visits"], "added 1 row", "file {n}");
        assert_eq!(steps["activities.unify"], "added 1 row", "file {n}");
    }
    let own = manifest(&scratch);
    for table in ["raw_shop_visits", "shop_visits", "unifiedactivity"] {
        let files = own["tables"][table]["files"].as_array().expect("a table has files").len();
        assert!((2..=17).contains(&files), "`{table}` has {files} files");
    }
    same_as_afresh(&scratch, NOW, "twenty files");
}

#[test]
fn a_killed_refresh_leaves_what_was_there() {
    let scratch = shop();
    run(&scratch, NOW);
    let before = manifest(&scratch);
    scratch
        .write("data/visits_1.csv", "visit_id,email,at,page\nK1,tina.lang.1@example.org,2026-05-01T10:00:00Z,/cart\n");
    for point in ["step ingest.table Shop_visits", "step activities.unify", "before-manifest"] {
        let output = scratch.command(&["run", "--now", NOW]).env("ONEFOLD_CRASH_AT", point).output();
        assert!(!output.expect("the binary can be run").status.success(), "{point}");
        assert_eq!(sizes(&manifest(&scratch)), sizes(&before), "{point}");
        assert_eq!(scratch.number("select count(*) from \"Shop_visits\" where \"visit_id\" = 'K1'"), 0.0, "{point}");
    }
    assert_eq!(run(&scratch, NOW)["ingest.table Shop_visits"], "added 1 row");
    same_as_afresh(&scratch, NOW, "after crashes");
}

#[test]
fn many_random_refreshes_end_where_one_run_would() {
    let scratch = shop();
    let mut seeded = Seeded(setting("ONEFOLD_REFRESH_SEED", 1));
    let rounds = setting("ONEFOLD_REFRESH_ROUNDS", 20);
    let mut now = NOW.to_owned();
    run(&scratch, &now);
    let mut added = 0;
    for round in 0..rounds {
        let mut what = Vec::new();
        for table in ["orders", "lines", "visits"] {
            if seeded.below(3) == 0 {
                continue;
            }
            // Most come after those that are there; some before.
            let file = match seeded.below(12) {
                0 => format!("data/{table}-{round}.csv"),
                _ => format!("data/{table}_{round:04}.csv"),
            };
            scratch.write(&file, &made(table, round, &mut seeded));
            what.push(file);
        }
        match seeded.below(16) {
            0 => now = format!("2026-06-{:02}T12:00:00Z", 2 + round % 28),
            1 => {
                let line = format!("C8{round:03},New,Comer,new.{round}@example.org,Graz,2026-01-01\n");
                let text = scratch.read("data/customers.csv") + &line;
                scratch.write("data/customers.csv", &text);
                what.push("a customer".to_owned());
            }
            2 => {
                let gone = std::fs::remove_file(scratch.path().join(format!("data/orders_{:04}.csv", round / 2)));
                what.extend(gone.is_ok().then(|| "a file is gone".to_owned()));
            }
            _ => {}
        }
        let steps = run(&scratch, &now);
        added += steps.values().filter(|said| said.starts_with("added ") || said.contains(" of ")).count();
        if round % 4 == 3 || round + 1 == rounds {
            same_as_afresh(&scratch, &now, &format!("round {round}, {now}, {what:?}"));
        }
    }
    assert!(added as u64 > rounds, "only {added} steps were refreshed in {rounds} rounds");
}

/// Rows of a table: of known and unknown people, with new keys and old ones, some that cannot be read.
fn made(table: &str, round: u64, seeded: &mut Seeded) -> String {
    let mut text = match table {
        "orders" => "order_id,customer,ordered_at,state,total\n",
        "lines" => "line_id,order,product,quantity\n",
        _ => "visit_id,email,at,page\n",
    }
    .to_owned();
    for n in 0..1 + seeded.below(12) {
        let number = format!("{:04}", 1 + seeded.below(260));
        let at = format!("2026-{:02}-{:02}T{:02}:00:00Z", 1 + seeded.below(6), 1 + seeded.below(28), seeded.below(24));
        let at = if seeded.below(10) == 0 { "soon".to_owned() } else { at };
        let key = match seeded.below(8) {
            0 => format!("{}{:05}", &table[..1].to_uppercase(), 1 + seeded.below(50)),
            1 => format!("X{}", seeded.below(40)),
            _ => format!("X{round}-{n}"),
        };
        let _ = match table {
            "orders" => {
                let state = seeded.of(&["paid", "paid", "returned", "open"]);
                writeln!(text, "{key},C{number},{at},{state},{}.{:02}", seeded.below(900), seeded.below(100))
            }
            "lines" => {
                let product = seeded.of(&["tea", "pot", "cups"]);
                writeln!(text, "{key},O{:05},{product},{}", 1 + seeded.below(900), seeded.below(9))
            }
            _ => {
                let email = seeded.of(&["tina.lang.1@example.org", "ida.lang.74@example.org", "no.body@example.org"]);
                writeln!(text, "{key},{email},{at},{}", seeded.of(&["/cart", "/cups", "/tea"]))
            }
        };
    }
    text
}
