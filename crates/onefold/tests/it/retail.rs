//! Retail: the shop of `fixtures/retail`, from CSV files to numbers, segments and files, on the same code as the labs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use onefold::opened::Opened;
use onefold::progress::Progress;
use onefold::{runner, values};
use onefold_api::RunAsk;
use onefold_lake::QueryLimits;
use serde_json::Value;

fn fixture() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/retail")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a temporary folder can be made");
    for entry in std::fs::read_dir(from).expect("the fixture is there").flatten() {
        let target = to.join(entry.file_name());
        match entry.path() {
            path if path.is_dir() => copy(&path, &target),
            path => _ = std::fs::copy(path, target).expect("a file can be copied"),
        }
    }
}

async fn one(opened: &Opened, sql: &str) -> Value {
    let (lake, _) = opened.readable().await.expect("the project has run");
    let result = lake.query(sql, QueryLimits::default()).await.expect("a query of ours");
    let (batches, _) = result.collect().await.expect("a query of ours");
    let rows: Vec<Vec<Value>> = batches.iter().flat_map(|batch| values::rows(batch).expect("plain types")).collect();
    assert_eq!(rows.len(), 1, "{sql}: {rows:?}");
    rows[0][0].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_gives_the_numbers_worked_out_beside_it() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    copy(&fixture(), folder.path());
    let ask = RunAsk { now: Some("2026-03-15T12:00:00Z".to_owned()), ..RunAsk::default() };
    let opened = Opened::new(folder.path(), false, &ask).await.expect("the project opens");
    assert!(opened.diagnostics.iter().all(|diagnostic| !diagnostic.is_error()), "{:#?}", opened.diagnostics);
    let nobody = std::sync::Arc::new(onefold_api::Nobody);
    let run = runner::run(&opened, &ask, &Progress::hidden(), "test", nobody).await.expect("the project runs");
    assert!(run.exports.iter().all(|sent| sent.state != "failed"), "{:#?}", run.exports);

    let expected = std::fs::read_to_string(fixture().join("expected.tsv")).expect("it stands beside the data");
    let expected: BTreeMap<&str, &str> = expected.lines().filter_map(|line| line.split_once('\t')).collect();
    let opened = Opened::new(folder.path(), false, &ask).await.expect("the project opens");
    let members = |segment: &str| format!(r#"select count(*) from "{segment}""#);
    let asked = [
        ("Customer", r#"select count(*) from "Customer""#.to_owned()),
        ("Orders", r#"select sum("Orders") from "Customer_Measure""#.to_owned()),
        ("Spend", r#"select cast(sum("Spend") as varchar) from "Customer_Measure""#.to_owned()),
        ("Months", r#"select count(*) from "Measure_RevenueByMonth""#.to_owned()),
        ("Revenue", r#"select cast(sum("revenue") as varchar) from "Measure_RevenueByMonth""#.to_owned()),
        ("LapsedBuyers", members("LapsedBuyers")),
        ("BigSpenders", members("BigSpenders")),
        ("BigSpendersNotLapsed", members("BigSpendersNotLapsed")),
        ("Members", r#"select count("points") from "Customer""#.to_owned()),
        ("LoyalBigSpenders", members("LoyalBigSpenders")),
    ];
    assert_eq!(asked.len(), expected.len());
    for (name, sql) in &asked {
        let found = match one(&opened, sql).await {
            Value::String(text) => text,
            other => other.to_string(),
        };
        assert_eq!(found, expected[name], "{name}");
    }
    let sent: usize = ["BigSpendersNotLapsed", "LoyalBigSpenders", "LapsedBuyers"]
        .map(|name| expected[name].parse::<usize>().expect("a number"))
        .iter()
        .sum();
    assert_eq!(one(&opened, r#"select count(*) from "Outbox_Spenders""#).await.to_string(), sent.to_string());
    assert!(folder.path().join("out").is_dir(), "files were written");
}
