//! Speed: how long the lake takes to write, sort, group, scan and publish. `lake_speed [millions of rows] [memory in MiB]`.
#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

use std::collections::HashMap;
use std::time::Instant;

use onefold_lake::{Lake, LakeOptions, QueryLimits, Run};
use onefold_model::plan::{Scan, Stage};
use onefold_model::sql::{id, integer};
use onefold_model::{Column, DataType, Output, Sql, Step, TableName, Work, sql};

const VISIT: &[(&str, DataType)] = &[
    ("id", DataType::Text),
    ("no", DataType::Small),
    ("status", DataType::Text),
    ("at", DataType::DateTime),
    ("amount", DataType::Number),
];

fn output(table: &str, columns: &[(&str, DataType)]) -> Output {
    Output::published(table, columns.iter().map(|(name, ty)| Column::new(*name, *ty)).collect())
}

async fn timed(run: &Run, output: Output, work: Work) -> u64 {
    let table = output.table.clone();
    let (reads, before, because, checks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let writes = vec![output];
    let step = Step {
        name: format!("write {table}"),
        stage: Stage::Ingest,
        because,
        reads,
        before,
        writes,
        work,
        checks,
        grows: None,
        picks: Vec::new(),
    };
    let begun = Instant::now();
    let rows = run.step(&step, "", None).await.expect("the step holds").rows_out[&table];
    println!("{:>7.2} s  {rows:>9} rows  {table}", begun.elapsed().as_secs_f64());
    rows
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<i64>().expect("a number"));
    let rows = arguments.next().unwrap_or(10) * 1_000_000;
    let memory_bytes = usize::try_from(arguments.next().unwrap_or(1024)).expect("a size") << 20;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let options = LakeOptions { memory_bytes, ..LakeOptions::default() };
    let lake = Lake::open(folder.path(), options).await.expect("a lake");
    let now = "2026-03-01T05:00:00Z".parse().expect("an instant");
    let run = lake.begin(now, HashMap::new()).await.expect("a run");
    let table = |name: &str| TableName::from(name);
    let people = rows / 10;

    let made = sql!(
        "select sha256_hex(cast(value as varchar)) as id, cast(value * 7919 % ",
        integer(people),
        " as int) as no, ",
        "case value % 4 when 0 then 'noshow' when 1 then 'cancelled' else 'fulfilled' end as status, ",
        "arrow_cast(1700000000000000 + value % 1000 * 3600000000, 'Timestamp(Microsecond, Some(\"UTC\"))') as at, ",
        "(value % 997) / 7.0 as amount ",
        "from generate_series(1, ",
        integer(rows),
        ")"
    );
    timed(&run, output("Visit", VISIT), Work::Sql(made)).await;
    let all = |table: &TableName| sql!("select * from ", table);
    timed(&run, output("Sorted", VISIT).sorted_by(&["no"]), Work::Sql(all(&table("Visit")))).await;
    let grouped = |table: &TableName| -> Sql {
        sql!(
            "select no, count(*) as n, count(*) filter (where status = 'noshow') as missed, max(at) as last from ",
            table,
            " group by no"
        )
    };
    let measure: &[_] = &[
        ("no", DataType::Small),
        ("n", DataType::Integer),
        ("missed", DataType::Integer),
        ("last", DataType::DateTime),
    ];
    timed(&run, output("Measure", measure).sorted_by(&["no"]), Work::Sql(grouped(&table("Sorted")))).await;
    timed(&run, output("MeasureUnsorted", measure), Work::Sql(grouped(&table("Visit")))).await;
    let conditions =
        (0..100).map(|n| (format!("c{n}"), sql!("missed > ", integer(n % 7), " and n % 100 <> ", integer(n))));
    let scan = Scan::of(table("Measure").into(), id("no"), conditions);
    let found: &[_] = &[("Rule", DataType::Text), ("Members", DataType::Bitmap), ("Count", DataType::Integer)];
    let bitmaps = Output { internal: true, ..output("Found", found) };
    timed(&run, bitmaps, Work::Scan(scan)).await;
    let begun = Instant::now();
    let published = run.publish(&[]).await.expect("publication");
    println!("{:>7.2} s  publish", begun.elapsed().as_secs_f64());
    for table in published.tables.values() {
        println!("{:>7.1} MB {}", table.bytes() as f64 / 1e6, table.name);
    }
    for question in [
        "select count(*) from Visit where id > 'f'",
        "select * from Measure where no = 4711",
        "select avg(amount) from Sorted",
        "select avg(amount) from Visit",
    ] {
        let begun = Instant::now();
        let limits = QueryLimits::default();
        let (found, _) = lake.query(question, limits).await.expect("a query").collect().await.expect("rows");
        let first = found.first().map(|batch| format!("{:?}", batch.slice(0, 1).columns()[0])).unwrap_or_default();
        println!("{:>7.3} s  {question}: {}", begun.elapsed().as_secs_f64(), first.replace('\n', " "));
    }
}
