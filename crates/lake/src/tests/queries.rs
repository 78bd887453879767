//! Queries: what is answered, what is refused.

use std::time::Duration;

use onefold_model::plan::View;
use onefold_model::{DataType, sql};

use super::*;

/// A lake with `Customer`, internal `Raw_T` and the view `Adults`.
async fn people() -> Fixture {
    let at = fixture().await;
    let run = at.begin().await;
    write(&run, "Customer", PATIENT, patients(100)).await;
    done(
        &run,
        &step(
            "test.write Raw_T",
            vec![Output::internal("Raw_T", columns(&[("a", DataType::Integer)]))],
            sql!("select 1 as a"),
        ),
    )
    .await
    .unwrap();
    let adults = View {
        name: "Adults".into(),
        sql: sql!(
            "select id, age from ",
            table("Customer"),
            " where age >= 18 and ",
            onefold_model::sql::now(),
            " is not null and exists (select 1 from ",
            table("Raw_T"),
            ")"
        ),
        columns: columns(&[("id", DataType::Text), ("age", DataType::Integer)]),
    };
    run.publish(&[adults]).await.unwrap();
    at
}

const ALLOWED: &[&str] = &[
    "select 1",
    "select 1;",
    "SELECT * FROM Customer",
    "select * from customer",
    "select * from \"CUSTOMER\"",
    "select c.\"meta.lastUpdated\" from Customer as c",
    "select \"meta.lastUpdated\" from Customer order by 1 limit 3",
    "select * from Adults",
    "select count(*) from adults a join customer c on c.id = a.id",
    "with old as (select * from Customer where age > 50) select count(*) from old",
    "with recursive n as (select 1 as i union all select i + 1 from n where i < 5) select sum(i) from n",
    "with Customer as (select 1 as x) select x from Customer",
    "select (select max(age) from Customer) as oldest",
    "select * from (select id from Customer) t where id in (select id from Adults)",
    "select age, count(*) from Customer group by age having count(*) > 1",
    "select * from generate_series(1, 10)",
    "select * from range(0, 5)",
    "select unnest(make_array(1, 2, 3))",
    "select * from unnest(make_array(1, 2)) as t(a)",
    "values (1, 'a'), (2, 'b')",
    "select id from Customer union select id from Adults",
    "explain select * from Customer",
    "explain analyze select count(*) from Customer",
    "select sha256_hex(id), row_number() over (order by id) from Customer",
    "select 'drop table Customer; --' as text",
    "(select 1)",
];

const REFUSED: &[(&str, &str)] = &[
    ("", "there is no statement"),
    ("select", "this is not SQL that can be read: expected: an expression, found: EOF; check the text"),
    ("table Customer", "this is not SQL that can be read: expected: an SQL statement, found: table at Line: 1"),
    ("select 1; select 2", "more than one statement"),
    ("select 1; drop table Customer", "more than one statement"),
    ("drop table Customer", "only queries are allowed"),
    ("delete from Customer", "only queries are allowed"),
    ("update Customer set id = '1'", "only queries are allowed"),
    ("insert into Customer values ('x')", "only queries are allowed"),
    ("truncate table Customer", "only queries are allowed"),
    ("create table t as select 1", "only queries are allowed"),
    ("create view v as select 1", "only queries are allowed"),
    ("create external table t stored as parquet location '/etc'", ""),
    ("create function f() returns int as '1'", ""),
    ("copy Customer to '/tmp/out.parquet'", "only queries are allowed"),
    ("copy (select 1) to '/tmp/out.csv' stored as csv", "only queries are allowed"),
    ("set datafusion.execution.batch_size = 1", "only queries are allowed"),
    ("reset datafusion.execution.batch_size", "only queries are allowed"),
    ("show tables", "only queries are allowed"),
    ("show all", "only queries are allowed"),
    ("describe Customer", "only queries are allowed"),
    ("begin", "only queries are allowed"),
    ("prepare p as select 1", "only queries are allowed"),
    ("execute p", "only queries are allowed"),
    ("explain drop table Customer", "only queries are allowed"),
    ("explain copy (select 1) to '/tmp/out.csv'", "only queries can be explained"),
    ("select * into t from Customer", "`select into` writes a table"),
    ("with x as (delete from Customer returning *) select * from x", ""),
    ("with x as (insert into Customer values ('a')) select 1", ""),
    ("select * from Customer for update", "rows cannot be locked"),
    ("select * from '/etc/passwd'", "files cannot be read"),
    ("select * from 'part.parquet'", "files cannot be read"),
    ("select * from \"/etc/passwd\"", "there is no table `/etc/passwd`"),
    ("select * from \"file:///tmp/x.parquet\"", "there is no table"),
    ("select * from \"https://example.org/x.parquet\"", "there is no table"),
    ("select * from read_parquet('/tmp/x.parquet')", "cannot stand for a table"),
    ("select * from parquet_metadata('/tmp/x.parquet')", "cannot stand for a table"),
    ("select * from lateral read_csv('/x') as t", ""),
    ("select * from information_schema.tables", "tables lie in no schema"),
    ("select * from public.Customer", "tables lie in no schema"),
    ("select * from before.Customer", "tables lie in no schema"),
    ("select * from Custmer", "there is no table `Custmer`; did you mean `Customer`?"),
    ("select * from Raw_T", "there is no table `Raw_T`"),
    ("select (select count(*) from Nowhere)", "there is no table `Nowhere`"),
    ("select nope from Customer", "nope"),
    ("select ID from Customer", "ID"),
    ("select frobnicate(id) from Customer", "frobnicate"),
];

#[tokio::test]
async fn statements_that_only_read_are_answered_and_others_refused() {
    let at = people().await;
    assert!(ALLOWED.len() + REFUSED.len() > 60);
    for sql in ALLOWED {
        let rows = match at.lake.query(sql, QueryLimits::default()).await {
            Ok(result) => result.collect().await,
            Err(error) => Err(error),
        };
        assert!(rows.as_ref().is_ok_and(|(rows, _)| rows.iter().any(|batch| batch.num_rows() > 0)), "{sql}: {rows:?}");
    }
    let mut wrong = Vec::new();
    for (sql, message) in REFUSED {
        let answer = match at.lake.query(sql, QueryLimits::default()).await {
            Ok(result) => result.collect().await.map(drop),
            Err(error) => Err(error),
        };
        let told = answer.map_or_else(|error| error.to_string(), |()| "It was answered".to_owned());
        if !told.contains(message) || told.starts_with(char::is_uppercase) {
            wrong.push(format!("{sql}: {told}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Nothing was changed.
    assert_eq!(at.ask("select count(*) as n from Customer").await, "[{\"n\":100}]");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_told() {
    let at = people().await;
    let ask = async |sql: &str, limits: QueryLimits| match at.lake.query(sql, limits).await {
        Ok(result) => result.collect().await,
        Err(error) => Err(error),
    };
    let rows = |rows: usize| QueryLimits { rows, ..QueryLimits::default() };
    for (wanted, given, cut) in [(100, 100, false), (99, 99, true), (0, 0, true), (1000, 100, false)] {
        let (batches, truncated) = ask("select * from Customer", rows(wanted)).await.unwrap();
        assert_eq!((batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), truncated), (given, cut));
    }
    let quick = QueryLimits { time: Duration::from_millis(200), ..QueryLimits::default() };
    let long = "select count(*) from generate_series(1, 100000000) a, generate_series(1, 100000) b where a.value % 7 = b.value % 5";
    let error = ask(long, quick).await.unwrap_err().to_string();
    assert!(error.contains("longer than 0.2 s"), "{error}");
    let small = QueryLimits { memory_bytes: 1 << 20, ..QueryLimits::default() };
    let wide = "select array_agg(value) from generate_series(1, 3000000)";
    let error = ask(wide, small).await.unwrap_err().to_string();
    assert!(error.contains("more memory than 1 MiB"), "{error}");
}

#[tokio::test]
async fn a_lake_without_runs_answers_what_needs_no_table() {
    let at = fixture().await;
    assert_eq!(at.ask("select 1 + 1 as two").await, "[{\"two\":2}]");
    assert!(at.lake.catalog().unwrap().iter().next().is_none());
    assert!(at.lake.runs().unwrap().is_empty());
    let error = at.lake.query("select * from Customer", QueryLimits::default()).await.unwrap_err().to_string();
    assert_eq!(error, "there is no table `Customer`");
}

#[tokio::test]
async fn functions_answer_row_by_row_and_for_constants() {
    let at = fixture().await;
    let cases = [
        ("json_field('{\"a\": \"x\\u00e9\", \"b\": [1, 2], \"c\": null}', 'a')", "\"xé\""),
        ("json_field('{\"a\": 1, \"b\": [1, {\"c\": 2}]}', 'b')", "\"[1, {\\\"c\\\": 2}]\""),
        ("json_field('{\"a\": true}', 'a')", "\"true\""),
        ("json_field('{\"a\": null}', 'a')", "null"),
        ("json_field('[1]', 'a')", "null"),
        ("json_field('no JSON', 'a')", "null"),
        ("json_field(null, 'a')", "null"),
        ("array_to_string(json_elements('[1, \"two\", {\"c\": 3}, null]'), '|', '-')", "\"1|two|{\\\"c\\\": 3}|-\""),
        ("json_elements('{}')", "null"),
        ("sha256_hex('abc')", "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\""),
        ("sha256_hex(null)", "null"),
        ("parse_number('1.234,5', 'de-DE')", "1234.5"),
        ("parse_number('x', 'de-DE')", "null"),
        ("parse_date('3.4.2026', '', 'de-DE')", "\"2026-04-03\""),
        ("parse_date_time('3/4/2026 9:05 PM', '', 'en-US', 'America/New_York')", "\"2026-03-05T02:05:00Z\""),
        ("parse_date_time('3/4/2026', '', 'en-US', 'Nowhere/Land')", "null"),
        (
            "local_time(arrow_cast('2026-03-08T07:30:00Z', 'Timestamp(Microsecond, Some(\"UTC\"))'), 'America/New_York')",
            "\"2026-03-08T03:30:00\"",
        ),
        ("instant_of(cast('2026-03-08T02:30:00' as timestamp), 'America/New_York')", "\"2026-03-08T07:30:00Z\""),
        ("instant_of(cast('2026-11-01' as date), 'America/New_York')", "\"2026-11-01T04:00:00Z\""),
        ("add_months(cast('2026-01-31T10:00:00' as timestamp), 1)", "\"2026-02-28T10:00:00\""),
        ("add_months(cast('2026-03-31T10:00:00' as timestamp), -1)", "\"2026-02-28T10:00:00\""),
        ("add_months(cast(null as timestamp), 1)", "null"),
    ];
    for (call, expected) in cases {
        let constant = at.ask(&format!("select {call} as x")).await;
        assert_eq!(constant, format!("[{{\"x\":{expected}}}]"), "{call}");
        // The same where the first argument comes from rows, one of them null.
        let (name, rest) = call.split_once('(').unwrap();
        if let Some((first, more)) = rest.trim_end_matches(')').split_once(", '") {
            let first = first.strip_suffix(')').map_or(first.to_owned(), |_| first.to_owned());
            if first.matches('(').count() != first.matches(')').count() || first == "null" || name == "array_to_string"
            {
                continue;
            }
            let of_rows =
                format!("select {name}(v, '{more}) as x from (values (1, {first}), (2, null)) as t(n, v) order by n");
            assert_eq!(at.ask(&of_rows).await, format!("[{{\"x\":{expected}}},{{\"x\":null}}]"), "{of_rows}");
        }
    }
    let wrong = at.lake.query("select sha256_hex(1)", QueryLimits::default()).await.unwrap_err().to_string();
    assert!(wrong.contains("takes (text) and was given (int64)"), "{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bitmaps_stand_beside_many_rows_in_little_memory() {
    let at = fixture().await;
    let run = at.begin().await;
    let of = &[("no", DataType::Small)];
    done(&run, &writes("People", of, sql!("select value as no from generate_series(1, 300000)"))).await.unwrap();
    // Every third number, and so irregular that the bitmap has its full size.
    let mut scan = writes(
        "Found",
        &[("Rule", DataType::Text), ("Members", DataType::Bitmap), ("Count", DataType::Integer)],
        sql!(),
    );
    scan.work = onefold_model::Work::Scan(onefold_model::plan::Scan::of(
        table("People").into(),
        onefold_model::sql::id("no"),
        vec![("third".into(), sql!("(no * 7919) % 1009 < 336")), ("none".into(), sql!("no < 0"))],
    ));
    scan.writes[0].internal = true;
    done(&run, &scan).await.unwrap();
    let members = sql!("(select \"Members\" from ", table("Found"), " where \"Rule\" = 'third')");
    let inside = sql!("select no from ", table("People"), " where bitmap_contains(", members, ", no)");
    let report = done(&run, &writes("Inside", of, inside)).await.unwrap();
    let listed = sql!("select unnest(bitmap_values(\"Members\")) as no from ", table("Found"));
    let list = done(&run, &writes("Listed", of, listed)).await.unwrap();
    assert_eq!(report.rows_out["Inside"], list.rows_out["Listed"]);
    run.publish(&[]).await.unwrap();
    let expected = at.ask("select count(*) as n from People where (no * 7919) % 1009 < 336").await;
    assert_eq!(at.ask("select count(*) as n from Inside").await, expected);
    assert_eq!(at.ask("select count(*) as n from Inside i join Listed l on l.no = i.no").await, expected);
}
