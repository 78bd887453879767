//! Kill: whenever a run is killed, the lake stays readable, shows one run and not two, and the next run completes.
//!
//! `ONEFOLD_KILL_ROUNDS=1000` for more rounds; `ONEFOLD_KILL_SEED` for others.

use std::time::Duration;

use crate::scratch::{Scratch, ran};

/// Small numbers from a seed, the same everywhere.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

fn setting(name: &str, or: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(or)
}

/// Orders so many; every number of the lake follows from it.
fn orders(scratch: &Scratch, count: u64) {
    let mut text = "order_id,customer_id,ordered_at,product,amount\n".to_owned();
    for n in 0..count {
        text.push_str(&format!("O{n},C{},2026-01-05T10:00:00Z,Gear wheel,10\n", n % 4 + 1));
    }
    scratch.write("data/orders.csv", &text);
}

/// The number of orders as each of several tables has it: one number, if all are of one run.
fn seen(scratch: &Scratch) -> u64 {
    let sql = r#"select (select count(*) from "Shop_orders") as a, (select count(*) from "UnifiedActivity") as b,
                 (select cast(sum("TotalSpent") / 10 as bigint) from "Customer_Measure") as c"#;
    let row = &scratch.rows(sql)[0];
    assert!(row["a"] == row["b"] && row["b"] == row["c"], "tables of two runs: {row}");
    row["a"].as_u64().expect("a count")
}

/// The points at which a run can be made to die, in order, and whether what it did counts by then.
fn points(scratch: &Scratch, record: &serde_json::Value) -> Vec<(String, bool)> {
    let tables = scratch.onefold(&["show"]).done().out.lines().filter(|line| line.contains("  table  ")).count();
    let mut points: Vec<(String, bool)> = ran(record).iter().map(|name| (format!("step {name}"), false)).collect();
    points.extend([("before-manifest".to_owned(), false), ("after-manifest".to_owned(), true)]);
    for n in 1..=tables {
        points.extend([(format!("before-commit-{n}"), true), (format!("after-commit-{n}"), true)]);
    }
    points.extend(["before-pointer", "after-pointer", "in-vacuum", "end"].map(|point| (point.to_owned(), true)));
    points
}

#[test]
fn a_killed_run_leaves_one_run_to_read() {
    let scratch = Scratch::empty();
    scratch.onefold(&["init"]).done();
    let mut count = 8;
    orders(&scratch, count);
    let points = points(&scratch, &scratch.run());
    let mut seeded = Seeded(setting("ONEFOLD_KILL_SEED", 1));
    let mut died = 0;
    for round in 0..setting("ONEFOLD_KILL_ROUNDS", 50) {
        let before = count;
        count += 4;
        orders(&scratch, count);
        let mut command = scratch.command(&["run", "--now", "2026-06-01T12:00:00Z"]);
        let (what, counts) = if round % 3 == 2 {
            // Anywhere at all, from outside.
            let mut child = command.stdout(std::process::Stdio::null()).spawn().expect("the binary can be run");
            std::thread::sleep(Duration::from_millis(20 + seeded.below(400)));
            child.kill().expect("a process of ours can be killed");
            died += u64::from(!child.wait().expect("a process of ours ends").success());
            ("killed from outside".to_owned(), None)
        } else {
            let (point, counts) = &points[seeded.below(points.len() as u64) as usize];
            let output = command.env("ONEFOLD_CRASH_AT", point).output().expect("the binary can be run");
            died += u64::from(!output.status.success());
            // A point that this run did not come by is none.
            (point.clone(), (!output.status.success()).then_some(*counts))
        };
        let found = seen(&scratch);
        match counts {
            Some(true) => assert_eq!(found, count, "round {round}, {what}: a sealed run must be finished"),
            Some(false) => assert_eq!(found, before, "round {round}, {what}: a broken run must not show"),
            None => assert!(found == before || found == count, "round {round}, {what}: {found}"),
        }
        scratch.run();
        assert_eq!(seen(&scratch), count, "round {round}, {what}: the next run must complete");
    }
    assert!(died > 0, "no run died");
}

#[test]
fn an_interrupted_run_is_given_up_and_says_so() {
    let scratch = Scratch::empty();
    scratch.onefold(&["init"]).done();
    orders(&scratch, 8);
    scratch.run();
    let mut stopped = 0;
    for wait in [30, 60, 90, 120, 150] {
        orders(&scratch, 400_000);
        let mut command = scratch.command(&["run"]);
        let child = command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped()).spawn();
        let child = child.expect("the binary can be run");
        std::thread::sleep(Duration::from_millis(wait));
        let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(killed.expect("there is a `kill`").success());
        let output = child.wait_with_output().expect("a process of ours ends");
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        // Before the run begins a signal just ends the process.
        if output.status.code() == Some(1) {
            assert!(err.contains("error: the run was stopped; nothing of it is published"), "{err}");
            stopped += 1;
        }
        assert_eq!(seen(&scratch), 8, "{err}");
    }
    assert!(stopped > 0, "no run was stopped while it was at work");
}
