//! Publication: all or nothing, whatever happens in between.

use std::collections::{BTreeMap, HashSet};

use onefold_model::plan::View;
use onefold_model::{DataType, sql};
use serde_json::Value;

use super::*;
use crate::LakeError;

const ONE: &[(&str, DataType)] = &[("round", DataType::Integer)];

/// A run of the small project of these tests: two tables replaced, one appended to, one internal, one view.
async fn round(lake: &Lake, number: i64) -> Result<()> {
    let run = lake.begin(now(), HashMap::new()).await?;
    let of = sql!("select ", onefold_model::sql::integer(number), " as round");
    done(&run, &writes("A", ONE, of.clone())).await?;
    done(&run, &writes("B", ONE, sql!("select round from ", table("A")))).await?;
    done(&run, &appended(writes("Log", ONE, of.clone()))).await?;
    done(&run, &step("test.write Raw", vec![Output::internal("Raw_A", columns(ONE))], of)).await?;
    let columns = columns(&[("round", DataType::Integer), ("times", DataType::Integer)]);
    let sql = sql!("select a.round, (select count(*) from ", table("Log"), ") as times from ", table("A"), " as a");
    run.publish(&[View { name: "Seen".into(), sql, columns }]).await.map(drop)
}

/// What readers see: the round of every table, and all rounds of the log.
async fn state(lake: &Lake) -> Option<(i64, Vec<i64>)> {
    lake.published().unwrap()?;
    let rounds = |text: String| -> Vec<i64> {
        let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
        rows.iter().map(|row| row["round"].as_i64().unwrap()).collect()
    };
    let of = async |table: &str| rounds(ask(lake, &format!("select round from {table} order by round")).await);
    let a = of("A").await;
    assert_eq!(a, of("B").await);
    assert_eq!(a, of("Seen").await);
    let (raw, _) = lake.read(&table("Raw_A")).await.unwrap().collect().await.unwrap();
    assert_eq!(text(raw), format!("[{{\"round\":{}}}]", a[0]));
    Some((a[0], of("Log").await))
}

/// What an outside reader of the logs sees: the active files of every table, by replaying the log.
fn replayed(folder: &std::path::Path, table: &str) -> HashSet<String> {
    let mut active = HashSet::new();
    for action in actions(folder, table) {
        if let Some(path) = action["add"]["path"].as_str() {
            assert!(active.insert(path.to_owned()), "{path} is added twice");
        }
        if let Some(path) = action["remove"]["path"].as_str() {
            assert!(active.remove(path), "{path} is removed and was not there");
        }
    }
    active
}

fn actions(folder: &std::path::Path, table: &str) -> Vec<Value> {
    let log = folder.join(table).join("_delta_log");
    let names = crate::layout::file_names(&log).unwrap();
    assert!(names.iter().all(|name| !name.ends_with(".tmp")), "{names:?}");
    let commits = names.iter().filter(|name| name.ends_with(".json"));
    commits
        .flat_map(|name| {
            std::fs::read_to_string(log.join(name))
                .unwrap()
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Every file on the disk is named by a kept run, and every file named is there.
fn nothing_lost_nothing_left(lake: &Lake) {
    let published = lake.published().unwrap().unwrap();
    let layout = &lake.inner().layout;
    let kept = lake.runs().unwrap();
    let mut named = HashSet::new();
    for run in &kept {
        let manifest = Published::load(&layout.manifest(&run.run_id)).unwrap();
        named.extend(manifest.tables.values().flat_map(|table| table.files.iter().map(|file| file.path.clone())));
    }
    let mut found = HashSet::new();
    for folder in layout.table_folders().unwrap() {
        let names = crate::layout::file_names(&layout.path(&folder)).unwrap();
        found.extend(names.into_iter().map(|name| format!("{folder}/{name}")));
    }
    assert_eq!(found, named);
    assert_eq!(layout.run_ids().unwrap().len(), kept.len());
    for entry in published.tables.values().filter(|table| !table.internal) {
        let files: HashSet<String> =
            entry.files.iter().map(|file| file.path.rsplit('/').next().unwrap().to_owned()).collect();
        assert_eq!(replayed(layout.root(), &entry.folder), files, "{}", entry.name);
    }
}

use crate::Published;

#[tokio::test]
async fn a_run_stopped_anywhere_is_published_wholly_or_not_at_all() {
    let before = ["step test.write A", "step test.write Raw", "before-manifest"];
    let after = [
        "after-manifest",
        "before-commit-1",
        "after-commit-1",
        "before-commit-2",
        "after-commit-2",
        "before-commit-3",
        "after-commit-3",
        "before-pointer",
        "after-pointer",
        "in-vacuum",
        "end",
    ];
    for (stop, published) in before.iter().map(|stop| (stop, false)).chain(after.iter().map(|stop| (stop, true))) {
        let at = fixture().await;
        for number in 1..=3 {
            round(&at.lake, number).await.unwrap();
        }
        *at.lake.inner().stop_at.lock().unwrap() = Some((*stop).to_owned());
        let outcome = round(&at.lake, 4).await;
        // Past the pointer only tidying is left, and its failure is no failure of the run.
        assert_eq!(outcome.is_err(), !matches!(*stop, "in-vacuum" | "end"), "{stop}: {outcome:?}");
        *at.lake.inner().stop_at.lock().unwrap() = None;
        let lake = at.reopened().await;
        let expected = if published { (4, vec![1, 2, 3, 4]) } else { (3, vec![1, 2, 3]) };
        assert_eq!(state(&lake).await, Some(expected), "{stop}");
        if !matches!(*stop, "after-pointer" | "in-vacuum") {
            nothing_lost_nothing_left(&lake);
        }
        // Opening again changes nothing, and the next run leaves no trace of the accident.
        assert_eq!(state(&at.reopened().await).await.unwrap().0, if published { 4 } else { 3 });
        round(&lake, 5).await.unwrap();
        assert_eq!(state(&lake).await.unwrap().0, 5, "{stop}");
        nothing_lost_nothing_left(&lake);
    }
}

#[tokio::test]
async fn the_first_run_too() {
    for (stop, published) in [("before-manifest", false), ("after-manifest", true), ("after-commit-2", true)] {
        let at = fixture().await;
        *at.lake.inner().stop_at.lock().unwrap() = Some(stop.to_owned());
        round(&at.lake, 1).await.unwrap_err();
        let lake = at.reopened().await;
        assert_eq!(state(&lake).await, published.then(|| (1, vec![1])), "{stop}");
    }
}

#[tokio::test]
async fn readers_see_the_last_run_while_the_next_is_under_way() {
    let at = fixture().await;
    round(&at.lake, 1).await.unwrap();
    let run = at.begin().await;
    done(&run, &writes("A", ONE, sql!("select 2 as round"))).await.unwrap();
    assert_eq!(state(&at.lake).await, Some((1, vec![1])));
    // Another process may read, and may not write.
    let other = at.reopened().await;
    assert_eq!(state(&other).await, Some((1, vec![1])));
    let error = other.begin(now(), HashMap::new()).await.err().unwrap();
    assert!(matches!(error, LakeError::Busy { .. }), "{error}");
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    run.abandon().unwrap();
    assert_eq!(at.files("A").len(), 1);
    round(&other, 2).await.unwrap();
    assert_eq!(state(&at.lake).await, Some((2, vec![1, 2])));
}

#[tokio::test]
async fn kept_tables_keep_their_files_and_others_go() {
    let at = fixture().await;
    round(&at.lake, 1).await.unwrap();
    let first = at.lake.published().unwrap().unwrap();
    let run = at.begin().await;
    assert!(run.keep(&table("a")).unwrap());
    assert!(!run.keep(&table("Nowhere")).unwrap());
    assert!(run.keep(&table("A")).is_err());
    let report = done(&run, &writes("B", ONE, sql!("select round + 10 as round from ", table("A")))).await.unwrap();
    assert_eq!(report.rows_out["B"], 1);
    let second = run.publish(&[]).await.unwrap();
    let (old, new) = (first.table("A").unwrap(), second.table("A").unwrap());
    assert_eq!((&old.files, &old.version), (&new.files, &new.version));
    assert_eq!(second.table("B").unwrap().version, Some(1));
    assert_eq!(second.tables.len(), 2);
    assert_eq!(at.ask("select * from b").await, "[{\"round\":11}]");
    assert!(at.lake.query("select * from Log", QueryLimits::default()).await.is_err());
    // The log of a table that is gone says so; its files stay while a kept run has them.
    assert_eq!(replayed(at.folder.path(), "Log"), HashSet::new());
    assert_eq!(at.files("Log").len(), 1);
    for number in 3..6 {
        let run = at.begin().await;
        done(&run, &writes("A", ONE, sql!("select ", onefold_model::sql::integer(number), " as round"))).await.unwrap();
        run.publish(&[]).await.unwrap();
    }
    assert!(!at.folder.path().join("Log").exists());
    assert!(!at.folder.path().join("_internal/Raw_A").exists());
    nothing_lost_nothing_left(&at.lake);
    assert_eq!(
        at.lake.runs().unwrap().iter().map(|run| run.run_id.clone()).collect::<Vec<_>>(),
        ["00000005", "00000004", "00000003"]
    );
}

#[tokio::test]
async fn a_table_that_comes_back_goes_on_with_its_log() {
    let at = fixture().await;
    for (number, table) in [(1, "A"), (2, "B"), (3, "a")] {
        let run = at.begin().await;
        done(&run, &writes(table, ONE, sql!("select ", onefold_model::sql::integer(number), " as round")))
            .await
            .unwrap();
        run.publish(&[]).await.unwrap();
    }
    assert_eq!(at.ask("select * from A").await, "[{\"round\":3}]");
}

#[tokio::test]
async fn the_log_is_what_delta_wants() {
    let at = fixture().await;
    let run = at.begin().await;
    write(&run, "P", PATIENT, patients(50)).await;
    run.publish(&[]).await.unwrap();
    let run = at.begin().await;
    let wider =
        [PATIENT, &[("note", DataType::Text), ("paid", DataType::Decimal(10, 2)), ("born", DataType::Date)]].concat();
    let more = sql!(
        "select 'q' as id, 1 as age, ",
        onefold_model::sql::now(),
        " as \"meta.lastUpdated\", repeat('x', 40) as note, cast(3.25 as decimal(10, 2)) as paid, cast('1980-02-03' as date) as born"
    );
    done(&run, &appended(writes("P", &wider, more))).await.unwrap();
    run.publish(&[]).await.unwrap();
    let all = actions(at.folder.path(), "P");
    let kinds: Vec<&str> =
        all.iter().map(|action| action.as_object().unwrap().keys().next().unwrap().as_str()).collect();
    assert_eq!(kinds, ["commitInfo", "protocol", "metaData", "add", "commitInfo", "metaData", "add"]);
    assert_eq!(all[2]["metaData"]["id"], all[5]["metaData"]["id"]);
    let schema: Value = serde_json::from_str(all[5]["metaData"]["schemaString"].as_str().unwrap()).unwrap();
    let types: BTreeMap<&str, &str> = schema["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| (field["name"].as_str().unwrap(), field["type"].as_str().unwrap()))
        .collect();
    assert_eq!(types["meta.lastUpdated"], "timestamp");
    assert_eq!(types["paid"], "decimal(10,2)");
    let stats: Value = serde_json::from_str(all[3]["add"]["stats"].as_str().unwrap()).unwrap();
    assert_eq!(stats["numRecords"], 50);
    assert_eq!(stats["nullCount"]["age"], 8);
    assert_eq!(stats["minValues"]["meta.lastUpdated"], "2023-11-14T22:13:20.123456Z");
    assert_eq!(stats["maxValues"]["age"], 48);
    let stats: Value = serde_json::from_str(all[6]["add"]["stats"].as_str().unwrap()).unwrap();
    assert_eq!(stats["minValues"]["born"], "1980-02-03");
    assert_eq!(stats["minValues"]["note"], "x".repeat(32));
    assert_eq!(stats["maxValues"]["note"], format!("{}\u{10FFFF}", "x".repeat(32)));
    let found = opened(&at, "P").await;
    assert_eq!(found.version(), Some(1));
    assert_eq!(found.snapshot().unwrap().log_data().iter().map(|file| file.num_records().unwrap()).sum::<usize>(), 51);
    assert_eq!(
        at.ask("select count(*) as n, count(note) as notes, max(paid) as paid from P").await,
        r#"[{"n":51,"notes":1,"paid":3.25}]"#
    );
}

async fn opened(at: &Fixture, table: &str) -> deltalake_core::DeltaTable {
    let url = url::Url::from_directory_path(at.lake.folder().join(table)).unwrap();
    deltalake_core::open_table(url).await.unwrap()
}

#[tokio::test]
async fn checkpoints_are_written_and_read() {
    let at = fixture().await;
    for number in 0..12 {
        round(&at.lake, number).await.unwrap();
    }
    let log = at.files("Log/_delta_log");
    assert!(log.iter().any(|name| name.starts_with("00000000000000000010.checkpoint")), "{log:?}");
    let found = opened(&at, "Log").await;
    assert_eq!((found.version(), found.get_file_uris().unwrap().count()), (Some(11), 12));
}

#[tokio::test]
async fn what_others_write_to_a_log_is_undone() {
    let at = fixture().await;
    round(&at.lake, 1).await.unwrap();
    // Another program adds a file of its own to a table of ours.
    let log = at.folder.path().join("A/_delta_log");
    let foreign =
        r#"{"add":{"path":"foreign.parquet","partitionValues":{},"size":1,"modificationTime":1,"dataChange":true}}"#;
    std::fs::write(log.join("00000000000000000001.json"), foreign).unwrap();
    assert_eq!(state(&at.lake).await, Some((1, vec![1])));
    round(&at.lake, 2).await.unwrap();
    nothing_lost_nothing_left(&at.lake);
    let published = at.lake.published().unwrap().unwrap();
    assert_eq!(published.table("A").unwrap().version, Some(2));
    assert_eq!(opened(&at, "A").await.version(), Some(2));
    round(&at.lake, 3).await.unwrap();
    assert_eq!(opened(&at, "A").await.version(), Some(3));
}

#[tokio::test]
async fn a_damaged_lake_says_what_is_damaged() {
    let cases: &[(&str, &str, Option<&str>)] = &[
        ("_runs/current", "is damaged", Some("no JSON")),
        ("_runs/00000001/manifest.json", "is damaged", Some("{\"format\": 1")),
        ("_runs/00000001/manifest.json", "cannot read", None),
    ];
    for (path, message, text) in cases {
        let at = fixture().await;
        round(&at.lake, 1).await.unwrap();
        let full = at.folder.path().join(path);
        match text {
            Some(text) => std::fs::write(&full, text).unwrap(),
            None => std::fs::remove_file(&full).unwrap(),
        }
        let error = Lake::open(at.folder.path(), LakeOptions::default()).await.err().unwrap().to_string();
        assert!(error.contains(message) && error.contains(path), "{error}");
    }
    let at = fixture().await;
    round(&at.lake, 1).await.unwrap();
    std::fs::remove_file(at.folder.path().join("A").join(&at.files("A")[0])).unwrap();
    let error = at.lake.query("select * from A", QueryLimits::default()).await.unwrap_err().to_string();
    assert!(error.contains("it is gone, though the published run names it"), "{error}");
}

#[tokio::test]
async fn views_must_hold_before_anything_is_published() {
    let at = fixture().await;
    let wrong = [
        (sql!("select nope from ", table("A")), "view Wrong"),
        (sql!("select 1 as other"), "column `round` is missing"),
        (sql!("select * from ", table("Wrong")), "stands on itself"),
    ];
    for (sql, message) in wrong {
        let run = at.begin().await;
        done(&run, &writes("A", ONE, sql!("select 1 as round"))).await.unwrap();
        let error =
            run.publish(&[View { name: "Wrong".into(), sql, columns: columns(ONE) }]).await.unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    assert!(at.lake.published().unwrap().is_none());
    assert!(!at.folder.path().join("A").exists());
}

#[tokio::test]
async fn what_a_killed_process_leaves_is_removed() {
    let at = fixture().await;
    round(&at.lake, 1).await.unwrap();
    let run = at.begin().await;
    done(&run, &writes("A", ONE, sql!("select 2 as round"))).await.unwrap();
    done(&run, &writes("New", ONE, sql!("select 2 as round"))).await.unwrap();
    // The lake as the process leaves it when it dies here.
    let left = tempfile::TempDir::new().unwrap();
    copy(at.folder.path(), left.path());
    assert_eq!(crate::layout::file_names(&left.path().join("A")).unwrap().len(), 2);
    let lake = Lake::open(left.path(), LakeOptions::default()).await.unwrap();
    assert_eq!(state(&lake).await, Some((1, vec![1])));
    nothing_lost_nothing_left(&lake);
    assert!(!left.path().join("New").exists());
    // Only the folder of the living is left of what was spilled.
    assert_eq!(crate::layout::folder_names(&left.path().join("_tmp")).unwrap().len(), 1);
    drop(lake);
    assert_eq!(crate::layout::folder_names(&left.path().join("_tmp")).unwrap().len(), 0);
}

#[tokio::test]
async fn files_of_a_failed_step_are_not_kept() {
    let at = fixture().await;
    let run = at.begin().await;
    let read = step("ingest.read", Vec::new(), sql!());
    let mut writer = run.writer(&read, &Output::published("A", columns(PATIENT)), "").unwrap();
    writer.write(patients(10)).await.unwrap();
    drop(writer);
    write(&run, "A", PATIENT, patients(5)).await;
    run.publish(&[]).await.unwrap();
    assert_eq!(at.files("A").len(), 1);
    assert_eq!(at.ask("select count(*) as n from A").await, "[{\"n\":5}]");
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}
