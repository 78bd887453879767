//! Slices: ranges of numbers side by side give what one query gives.

use onefold_model::{DataType, Output, Sql, Step, sql};

use super::*;

const PEOPLE: &[(&str, DataType)] = &[("n", DataType::Small), ("name", DataType::Text)];
const VISITS: &[(&str, DataType)] = &[("n", DataType::Small), ("fee", DataType::Integer)];
const TOTALS: &[(&str, DataType)] =
    &[("n", DataType::Small), ("name", DataType::Text), ("visits", DataType::Integer), ("fees", DataType::Integer)];
const MARKED: &[(&str, DataType)] = &[("n", DataType::Small), ("fee", DataType::Integer), ("name", DataType::Text)];

fn in_order(name: &str, of: &[(&str, DataType)], reads: &[&str], by: &[&str], query: Sql) -> Step {
    let output = Output::internal(name, columns(of)).sorted_by(by);
    let mut step = step(&format!("test.write {name}"), vec![output], query);
    step.reads = reads.iter().map(|name| table(name)).collect();
    step
}

/// People 1 to 100,000, and 300,000 visits of most of them; some are nobody's.
async fn made(run: &Run) {
    let people =
        sql!("select cast(value as int) as n, concat('person ', value % 977) as name from generate_series(1, 100000)");
    done(run, &in_order("People", PEOPLE, &[], &["n"], people)).await.unwrap();
    let visits = sql!(
        "select case when value % 50 = 0 then null else cast(1 + (value * 7919) % 99000 as int) end as n, value % 131 as fee from generate_series(1, 300000)"
    );
    done(run, &in_order("Visits", VISITS, &[], &["n"], visits)).await.unwrap();
}

fn totals(name: &str, more: Sql) -> Step {
    let query = sql!(
        "select p.n, p.name, coalesce(v.visits, 0) as visits, v.fees from ",
        table("People"),
        " p left join (select n, count(*) as visits, sum(fee) as fees from ",
        table("Visits"),
        " where n is not null group by n) v on v.n = p.n",
        more
    );
    in_order(name, TOTALS, &["People", "Visits"], &["n"], query)
}

fn marked(name: &str) -> Step {
    let query =
        sql!("select v.n, v.fee, p.name from ", table("Visits"), " v left join ", table("People"), " p on p.n = v.n");
    in_order(name, MARKED, &["People", "Visits"], &["n", "fee"], query)
}

/// How many rows are in one table and not in the other, as often.
async fn differ(run: &Run, one: &str, other: &str) -> usize {
    let of = |one: &str, other: &str| sql!("select * from ", table(one), " except all select * from ", table(other));
    let mut differ = 0;
    for query in [of(one, other), of(other, one)] {
        differ += run
            .ask(&query, &[])
            .await
            .unwrap()
            .collect()
            .await
            .unwrap()
            .0
            .iter()
            .map(RecordBatch::num_rows)
            .sum::<usize>();
    }
    differ
}

/// The files of a table, each with its least and greatest number.
fn ranges(run: &Run, name: &str) -> Vec<(i64, i64)> {
    let seen = run.seen();
    let bounds = |file: &crate::manifest::FileEntry| {
        let stats = file.statistics();
        (stats["minValues"]["n"].as_i64().unwrap(), stats["maxValues"]["n"].as_i64().unwrap())
    };
    seen.tables[&table(name).folded()].files.iter().map(bounds).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_side_by_side_give_what_one_query_gives() {
    let at = fixture().await;
    let run = at.begin().await;
    made(&run).await;
    for (whole, sliced, of) in [
        (totals("TotalsWhole", Sql::default()), totals("Totals", Sql::default()), "Totals"),
        (marked("MarkedWhole"), marked("Marked"), "Marked"),
    ] {
        let report = done(&run, &whole).await.unwrap();
        let own = run.step_by_number(&sliced, "", "n", None).await.unwrap();
        assert_eq!(own.rows_in, report.rows_in);
        assert_eq!(own.rows_out[of], report.rows_out[format!("{of}Whole").as_str()]);
        assert_eq!(differ(&run, of, &format!("{of}Whole")).await, 0);
    }
    // The visits' numbers, 2 to 99,000, are cut in two; the last file has what is beyond.
    assert_eq!(ranges(&run, "Totals"), [(1, 49_500), (49_501, 100_000)]);
    assert_eq!(ranges(&run, "Marked"), [(2, 49_500), (49_502, 99_000)]);
    // What was cut is in order, those without a number last, and cut again.
    let again = sql!("select n, count(*) as visits, sum(fee) as fees from ", table("Marked"), " group by n");
    let again = |name: &str| in_order(name, &[TOTALS[0], TOTALS[2], TOTALS[3]], &["Marked"], &["n"], again.clone());
    done(&run, &again("AgainWhole")).await.unwrap();
    run.step_by_number(&again("Again"), "", "n", None).await.unwrap();
    assert_eq!(differ(&run, "Again", "AgainWhole").await, 0);
    assert_eq!(ranges(&run, "Again").len(), 2);
    let entry = Arc::clone(&run.seen().tables[&table("Marked").folded()]);
    let numbers = run.whole(&entry, &["n"]).unwrap().flat_map(|batch| {
        use arrow::array::AsArray as _;
        let batch = batch.unwrap();
        batch["n"]
            .as_primitive::<arrow::datatypes::Int32Type>()
            .iter()
            .map(|n| n.unwrap_or(i32::MAX))
            .collect::<Vec<_>>()
    });
    assert!(numbers.is_sorted());
}

/// How the first range of a step is worked out.
async fn plan(run: &Run, step: &Step) -> String {
    let onefold_model::Work::Sql(sql) = &step.work else { panic!("a query") };
    let slice = run.slices(step, "n").expect("ranges").remove(0);
    let query = run.sliced(step, sql, slice, run.inner.session.in_order()).await.unwrap();
    let query = query.sort(step.writes[0].sorted_by.iter().map(crate::tables::ascending).collect()).unwrap();
    let plan = query.create_physical_plan().await.unwrap();
    datafusion::physical_plan::displayable(plan.as_ref()).indent(false).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_in_order_are_neither_sorted_nor_dealt_out() {
    let at = fixture().await;
    let run = at.begin().await;
    made(&run).await;
    let joined = plan(&run, &totals("Totals", Sql::default())).await;
    assert!(joined.contains("join_type=Right") && joined.contains("ordering_mode=Sorted"), "{joined}");
    // What is wanted in order of a second column is sorted a few rows at a time.
    let rest = plan(&run, &marked("Marked")).await;
    assert!(rest.contains("RestExec") && rest.contains("first=1"), "{rest}");
    // A table that was cut, of two files, the last of which has the rows without a number.
    run.step_by_number(&marked("Marked"), "", "n", None).await.unwrap();
    let again = sql!("select n, count(*) as visits, sum(fee) as fees from ", table("Marked"), " group by n");
    let again = in_order("Again", &[TOTALS[0], TOTALS[2], TOTALS[3]], &["Marked"], &["n"], again);
    let grouped = plan(&run, &again).await;
    assert!(grouped.contains("ordering_mode=Sorted"), "{grouped}");
    for plan in [joined, rest, grouped] {
        assert!(!plan.contains("SortExec") && !plan.contains("RepartitionExec"), "{plan}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_small_or_in_no_order_is_not_cut() {
    let at = fixture().await;
    let run = at.begin().await;
    made(&run).await;
    // Few rows; rows in another order; a large table without numbers beside.
    let few = sql!("select n, name from ", table("People"));
    run.step_by_number(&in_order("Few", PEOPLE, &["People"], &["n"], few), "", "n", None).await.unwrap();
    let other = Step {
        writes: vec![Output::internal("Other", columns(TOTALS)).sorted_by(&["visits"])],
        ..totals("Other", Sql::default())
    };
    run.step_by_number(&other, "", "n", None).await.unwrap();
    done(
        &run,
        &in_order(
            "Fees",
            &[("fee", DataType::Integer)],
            &["Visits"],
            &["fee"],
            sql!("select fee from ", table("Visits")),
        ),
    )
    .await
    .unwrap();
    let beside = sql!(" where exists (select 1 from ", table("Fees"), " f where f.fee = v.visits)");
    let mut beside = totals("Beside", beside);
    beside.reads.push(table("Fees"));
    run.step_by_number(&beside, "", "n", None).await.unwrap();
    for name in ["Few", "Other", "Beside"] {
        assert_eq!(ranges(&run, name).len(), 1, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_number_with_too_many_rows_goes_through_the_disk() {
    let folder = TempDir::new().unwrap();
    let options = LakeOptions { memory_bytes: 48 << 20, threads: 2, keep_runs: 3, holding: None };
    let lake = Lake::open(folder.path(), options).await.unwrap();
    let run = lake.begin(now(), HashMap::new()).await.unwrap();
    let of = &[("n", DataType::Small), ("pad", DataType::Text)];
    let padded = sql!(
        "select cast(case when value <= 600000 then 7 else value end as int) as n, repeat('x', 40) || (value * 7919) % 1000003 as pad from generate_series(1, 700000)"
    );
    done(&run, &in_order("Padded", of, &[], &["n"], padded)).await.unwrap();
    let again = sql!("select n, pad from ", table("Padded"));
    let step = in_order("Again", of, &["Padded"], &["n", "pad"], again);
    let report = run.step_by_number(&step, "", "n", None).await.unwrap();
    assert_eq!(report.rows_out["Again"], 700_000);
    let sums = |name: &str| {
        let what = "select count(*) as a, sum(n) as b, sum(length(pad)) as c, min(pad) as d, max(pad) as e from ";
        sql!(what, table(name))
    };
    let mut found = Vec::new();
    for name in ["Padded", "Again"] {
        found.push(text(run.ask(&sums(name), &[]).await.unwrap().collect().await.unwrap().0));
    }
    assert_eq!(found[0], found[1]);
    assert_eq!(ranges(&run, "Again").len(), 1, "at once");
}
