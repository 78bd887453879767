//! Steps: rows in, rows out, promises kept or told.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use onefold_model::plan::Scan;
use onefold_model::sql::{before, id, now as at_now};
use onefold_model::{DataType, Output, Work, sql};

use super::*;
use crate::{LakeError, LakeOptions};

#[tokio::test(flavor = "multi_thread")]
async fn a_step_reads_what_an_earlier_one_wrote() {
    let at = fixture().await;
    let run = at.begin().await;
    assert_eq!(write(&run, "Shop_Patient", PATIENT, patients(20_000)).await, 20_000);
    let counted = Arc::new(AtomicU64::new(0));
    let told = Arc::clone(&counted);
    let mut old = writes("Old", PATIENT, sql!("select * from ", table("Shop_Patient"), " where age >= 80"));
    old.reads = vec!["Shop_Patient".into()];
    let progress: crate::Progress = Arc::new(move |rows| _ = told.fetch_add(rows, Ordering::Relaxed));
    let report = run.step(&old, "print", Some(progress)).await.unwrap();
    let written = report.rows_out["Old"];
    assert_eq!(report.rows_in["Shop_Patient"], 20_000);
    assert_eq!(counted.load(Ordering::Relaxed), written);
    assert_eq!(run.rows(&table("old")), Some(written));
    let published = run.publish(&[]).await.unwrap();
    assert_eq!(published.table("OLD").unwrap().fingerprint, "print");
    assert_eq!(
        at.ask("select count(*) as n, min(age) as low from old").await,
        format!("[{{\"n\":{written},\"low\":80}}]")
    );
    let dotted = at.ask("select \"meta.lastUpdated\" as at from Shop_Patient where \"meta.lastUpdated\" < '2023-11-14T22:13:20.123457Z'").await;
    assert_eq!(dotted, "[{\"at\":\"2023-11-14T22:13:20.123456Z\"}]");
}

#[tokio::test]
async fn columns_are_held_to_the_promise() {
    let at = fixture().await;
    let run = at.begin().await;
    let cases = [
        (sql!("select 1 as a"), "promised `T` otherwise: column `b` is missing; the columns are `a`"),
        (sql!("select 1 as a, 'x' as b, 2 as c"), "column `c` was not promised"),
        (sql!("select 1 as a, 2 as b"), "column `b` is `Int64`, which does not fit `text`; cast it in the query"),
        (sql!("select 1.5 as a, 'x' as b"), "column `a` is `Float64`, which does not fit `integer`"),
        (sql!("select 1 as a, nope as b"), "nope"),
        (sql!("select 1 as a, 'x' as b from ", table("Nowhere")), "there is no table `Nowhere`"),
    ];
    for (query, message) in cases {
        let wrong = writes("T", &[("a", DataType::Integer), ("b", DataType::Text)], query);
        let error = done(&run, &wrong).await.unwrap_err().to_string();
        assert!(error.contains(message) && error.contains("test.write T"), "{error}");
    }
    // Another order is no difference; a null column and a narrower number fit.
    let small = &[("a", DataType::Small), ("b", DataType::Text), ("c", DataType::Number), ("d", DataType::Date)];
    let fits = writes("T", small, sql!("select 'x' as b, 7 as a, null as d, 3 as c"));
    done(&run, &fits).await.unwrap();
    let too_large = writes("Large", &[("a", DataType::Small)], sql!("select 3000000000 as a"));
    let error = done(&run, &too_large).await.unwrap_err();
    assert!(matches!(error, LakeError::Step { .. }), "{error}");
    assert!(done(&run, &fits).await.unwrap_err().to_string().contains("already written"));
    let published = run.publish(&[]).await.unwrap();
    assert_eq!(published.table("T").unwrap().columns, columns(small));
}

#[tokio::test]
async fn a_column_of_any_type_gets_the_type_found() {
    let at = fixture().await;
    let run = at.begin().await;
    let any = writes("T", &[("a", DataType::Any), ("b", DataType::Any)], sql!("select 1 as a, 'x' as b"));
    done(&run, &any).await.unwrap();
    let published = run.publish(&[]).await.unwrap();
    assert_eq!(published.table("T").unwrap().columns, columns(&[("a", DataType::Integer), ("b", DataType::Text)]));
}

#[tokio::test]
async fn now_and_before_are_those_of_the_run() {
    let at = fixture().await;
    let tick = writes(
        "Tick",
        &[("n", DataType::Integer), ("at", DataType::DateTime)],
        sql!("select count(*) as n, ", at_now(), " as at from ", before(&table("Tick"))),
    );
    for (round, rows) in [(0, 1), (1, 2)] {
        let run = at.begin().await;
        let appended = appended(tick.clone());
        done(&run, &appended).await.unwrap();
        let published = run.publish(&[]).await.unwrap();
        assert_eq!(published.table("Tick").unwrap().rows(), rows, "round {round}");
    }
    assert_eq!(
        at.ask("select * from Tick order by n").await,
        r#"[{"n":0,"at":"2026-03-01T05:00:00Z"},{"n":1,"at":"2026-03-01T05:00:00Z"}]"#
    );
    // A table promised by the plan but never written is empty before.
    let promised = HashMap::from([(table("Ring"), columns(&[("Key", DataType::Text)]))]);
    let run = at.lake.begin(now(), promised).await.unwrap();
    let report = done(
        &run,
        &writes("N", &[("n", DataType::Integer)], sql!("select count(\"Key\") as n from ", before(&table("ring")))),
    )
    .await;
    assert_eq!(report.unwrap().rows_out["N"], 1);
    let error =
        done(&run, &writes("M", &[("n", DataType::Integer)], sql!("select 1 as n from ", before(&table("Never")))))
            .await;
    assert!(error.unwrap_err().to_string().contains("Never"));
}

#[tokio::test]
async fn a_table_before_has_its_new_columns_as_nulls() {
    let at = fixture().await;
    let run = at.begin().await;
    done(&run, &writes("T", &[("a", DataType::Integer)], sql!("select 1 as a"))).await.unwrap();
    run.publish(&[]).await.unwrap();
    let run = at.begin().await;
    let wider = &[("a", DataType::Integer), ("b", DataType::Text)];
    let next =
        appended(writes("T", wider, sql!("select a + 1 as a, coalesce(b, 'new') as b from ", before(&table("T")))));
    done(&run, &next).await.unwrap();
    run.publish(&[]).await.unwrap();
    assert_eq!(at.ask("select * from T order by a").await, r#"[{"a":1,"b":null},{"a":2,"b":"new"}]"#);
    // Rows cannot be added under another type.
    let run = at.begin().await;
    let other = appended(writes("T", &[("a", DataType::Text)], sql!("select 'x' as a")));
    let error = done(&run, &other).await.unwrap_err().to_string();
    assert!(error.contains("was `integer` and is now `text`"), "{error}");
}

#[tokio::test]
async fn checks_count_and_show_and_stop() {
    let at = fixture().await;
    let run = at.begin().await;
    let many = writes("T", &[("a", DataType::Integer)], sql!("select value as a from generate_series(1, 50)"));
    let broken_by = |from: i64| sql!("select a from ", table("T"), " where a > ", onefold_model::sql::integer(from));
    let many = checked(many, "all is well", broken_by(50), false);
    let many = checked(many, "few are large", broken_by(47), true);
    let many = checked(many, "none is large", broken_by(30), false);
    let report = done(&run, &many).await.unwrap();
    let [few, none] = &report.broken[..] else { panic!("{report:?}") };
    assert_eq!((few.count, few.rows.len(), few.warning), (3, 3, true));
    assert_eq!((none.count, none.rows.len(), none.warning), (20, 10, false));
    assert_eq!(few.rows[0], serde_json::json!({"a": 48}));
    let error = run.publish(&[]).await.unwrap_err().to_string();
    assert!(error.contains("none is large (`test.write T`, 20 rows break it)"), "{error}");
    assert!(at.lake.published().unwrap().is_none());
    assert_eq!(at.files("T"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn sorted_tables_are_sorted_in_little_memory() {
    let folder = tempfile::TempDir::new().unwrap();
    let options = LakeOptions { memory_bytes: 48 << 20, threads: 2, keep_runs: 3, holding: None };
    let lake = Lake::open(folder.path(), options).await.unwrap();
    let run = lake.begin(now(), HashMap::new()).await.unwrap();
    let query =
        sql!("select (value * 7919) % 1000003 as n, repeat('x', 40) || value as pad from generate_series(1, 600000)");
    let output =
        Output::published("Sorted", columns(&[("n", DataType::Integer), ("pad", DataType::Text)])).sorted_by(&["n"]);
    let report = run.step(&step("test.sort", vec![output], query), "", None).await.unwrap();
    assert_eq!(report.rows_out["Sorted"], 600_000);
    run.publish(&[]).await.unwrap();
    let fell = "select count(*) as n from (select n, lag(n) over () as b from Sorted) as t where n < b";
    assert_eq!(ask(&lake, fell).await, r#"[{"n":0}]"#);
    // The order is known to the engine: nothing is sorted to group or order by it.
    let plan = ask(&lake, "explain select n, count(*) from Sorted group by n").await;
    assert!(plan.contains("ordering_mode=Sorted"), "{plan}");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_little_memory_is_told_in_plain_words() {
    let folder = tempfile::TempDir::new().unwrap();
    let options = LakeOptions { memory_bytes: 1 << 20, threads: 2, keep_runs: 3, holding: None };
    let lake = Lake::open(folder.path(), options).await.unwrap();
    let run = lake.begin(now(), HashMap::new()).await.unwrap();
    let query = sql!("select array_to_string(array_agg(value), ',') as x from generate_series(1, 3000000)");
    let error = done(&run, &writes("Wide", &[("x", DataType::Text)], query)).await.unwrap_err().to_string();
    assert!(error.starts_with("step `test.write Wide` failed: there is too little memory; raise its limit"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_gives_one_bitmap_a_condition() {
    let at = fixture().await;
    let run = at.begin().await;
    let of = &[("no", DataType::Small), ("age", DataType::Integer)];
    // 300 numbers are missing and one row in three has an unknown age.
    let people = sql!(
        "select nullif(value % 10000, 17) as no, case when value % 3 > 0 then value % 100 end as age from generate_series(1, 30000)"
    );
    done(&run, &writes("People", of, people)).await.unwrap();
    let conditions = (0..250).map(|n| (format!("age over {n}"), sql!("age > ", onefold_model::sql::integer(n))));
    let mut scan = writes(
        "Found",
        &[("Rule", DataType::Text), ("Members", DataType::Bitmap), ("Count", DataType::Integer)],
        sql!(),
    );
    let conditions = conditions.chain([("never".to_owned(), sql!("null")), ("all".to_owned(), sql!("true"))]);
    scan.work = Work::Scan(Scan::of(table("People").into(), id("no"), conditions));
    let report = done(&run, &scan).await.unwrap();
    assert_eq!(report.rows_out["Found"], 252);
    run.publish(&[]).await.unwrap();
    let counts = at
        .ask("select \"Rule\", \"Count\" from Found where \"Rule\" in ('age over 49', 'never', 'all') order by 2")
        .await;
    let by_hand = at.ask("select count(distinct no) as n from People where age > 49").await;
    let expected = by_hand.trim_start_matches("[{\"n\":").trim_end_matches("}]").to_owned();
    assert_eq!(
        counts,
        format!(
            r#"[{{"Rule":"never","Count":0}},{{"Rule":"age over 49","Count":{expected}}},{{"Rule":"all","Count":9999}}]"#
        )
    );
    let (rows, _) = at.lake.read(&table("Found")).await.unwrap().collect().await.unwrap();
    let bytes = arrow::array::cast::as_generic_binary_array::<i32>(rows[0].column(1)).value(49);
    let members = roaring::RoaringBitmap::deserialize_from(bytes).unwrap();
    assert_eq!(members.len().to_string(), expected);
    assert!(members.contains(50) && !members.contains(17) && !members.contains(49));
}

#[tokio::test]
async fn connectors_write_by_name_and_type() {
    let at = fixture().await;
    let run = at.begin().await;
    let read = step("ingest.read Shop_T", Vec::new(), sql!());
    let mut writer = run.writer(&read, &Output::internal("Raw_Shop_T", columns(PATIENT)), "").unwrap();
    writer.write(patients(3)).await.unwrap();
    let error = writer.write(patients(3).project(&[0]).unwrap()).await.unwrap_err().to_string();
    assert!(error.contains("column `age` is missing"), "{error}");
    writer.write(patients(2).project(&[2, 1, 0]).unwrap()).await.unwrap();
    assert_eq!(writer.close().await.unwrap(), 5);
    assert!(run.writer(&read, &Output::internal("raw_shop_t", columns(PATIENT)), "").is_err());
    // A table that was opened and not closed is not there.
    drop(run.writer(&read, &Output::published("Half", columns(PATIENT)), "").unwrap());
    let published = run.publish(&[]).await.unwrap();
    assert!(published.table("Half").is_none());
    assert_eq!(at.files("_internal/Raw_Shop_T").len(), 1);
    assert!(!at.folder.path().join("_internal/Raw_Shop_T/_delta_log").exists());
}

/// The runner spawns steps: what they return must be able to go to another thread.
#[tokio::test(flavor = "multi_thread")]
async fn steps_run_side_by_side() {
    let at = fixture().await;
    let run = std::sync::Arc::new(at.begin().await);
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..8 {
        let run = std::sync::Arc::clone(&run);
        tasks.spawn(async move {
            let name = format!("T{number}");
            let of = &[("n", DataType::Integer)];
            if number % 2 == 0 {
                write(&run, &name, PATIENT, patients(100)).await
            } else {
                done(&run, &writes(&name, of, sql!("select value as n from generate_series(1, 1000)")))
                    .await
                    .unwrap()
                    .rows_out[name.as_str()]
            }
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().sum::<u64>(), 4400);
    let published = std::sync::Arc::into_inner(run).unwrap().publish(&[]).await.unwrap();
    assert_eq!(published.tables.len(), 8);
    assert_eq!(published.steps.len(), 4);
}
