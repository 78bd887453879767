//! Lookup: rows of a number are those that SQL finds, whether the table is sorted or not, of one file or several.

use onefold_model::sql;

use super::*;
use crate::lookup::{Lookup, whole};

const OF: &[(&str, DataType)] = &[
    ("no", DataType::Small),
    ("note.text", DataType::Text),
    ("share", DataType::Number),
    ("at", DataType::DateTime),
    ("paid", DataType::Decimal(10, 2)),
];

/// Numbers with holes and repetitions; some rows have none.
fn rows(modulus: i64) -> Sql {
    let number = onefold_model::sql::integer(modulus);
    sql!(
        "select nullif((value * 7919) % ",
        number,
        " * 3, 21) as no, repeat('é', cast(value % 40 as int)) || value as \"note.text\", value / 7.0 as share, ",
        onefold_model::sql::now(),
        " as at, cast(value as decimal(10, 2)) / 4 as paid from generate_series(1, 30000)"
    )
}

fn conformed(modulus: i64) -> Sql {
    let names = "no, \"note.text\", share, at, cast(paid as decimal(10, 2)) as paid";
    sql!("select ", names, " from (", rows(modulus), ") as t")
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_number_are_those_that_sql_finds() {
    let at = fixture().await;
    for _ in 0..2 {
        let run = at.begin().await;
        let sorted = Output::published("Sorted", columns(OF)).sorted_by(&["no", "share"]);
        run.step(&step("test.sorted", vec![sorted], conformed(5000)), "", None).await.unwrap();
        let plain = Output::published("Plain", columns(OF)).append();
        run.step(&step("test.plain", vec![plain], conformed(400)), "", None).await.unwrap();
        run.publish(&[]).await.unwrap();
    }
    let published = at.lake.published().unwrap().unwrap();
    let names: Vec<&str> = vec!["paid", "note.text", "no", "at", "share"];
    for table in ["Sorted", "Plain"] {
        let entry = published.table(table).unwrap();
        let lookup = Lookup::open(&at.lake, entry, "no").unwrap();
        assert_eq!(lookup.order_is_stored(), table == "Sorted");
        let mut found = 0;
        for number in (0..16_000).step_by(59).chain([21, 1197, 14_997, u32::MAX]) {
            let select = names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
            let sql = format!("select {select} from {table} where no = {number} order by share");
            let (expected, _) = at.lake.query(&sql, QueryLimits::default()).await.unwrap().collect().await.unwrap();
            let mut own = json::records(&[lookup.of(number, &names).unwrap()]).unwrap();
            own.sort_by(|a, b| a["share"].as_f64().unwrap().total_cmp(&b["share"].as_f64().unwrap()));
            assert_eq!(serde_json::to_string(&own).unwrap(), text(expected), "{table} {number}");
            assert_eq!(lookup.count(number), own.len());
            found += own.len();
            if own.len() > 2 {
                let whole = lookup.of(number, &["share"]).unwrap();
                let some = lookup.some(number, &[0, 2, 99_999], &["share"]).unwrap();
                assert_eq!((some.slice(0, 1), some.slice(1, 1)), (whole.slice(0, 1), whole.slice(2, 1)));
            }
        }
        assert!(found > 500, "{found}");
        let count: usize = whole(&at.lake, entry, &["no"]).unwrap().map(|batch| batch.unwrap().num_rows()).sum();
        assert_eq!(count as u64, entry.rows());
    }
    let entry = published.table("Sorted").unwrap();
    let wrong = Lookup::open(&at.lake, entry, "share").unwrap_err().to_string();
    assert_eq!(wrong, "column `share` of `Sorted` holds no small integers");
    let lookup = Lookup::open(&at.lake, entry, "no").unwrap();
    assert_eq!(lookup.of(3, &["nothing"]).unwrap_err().to_string(), "there is no column `nothing` to look up");
    // What is open stays readable when the lake has removed it.
    std::fs::remove_dir_all(at.folder.path().join("Sorted")).unwrap();
    assert_eq!(lookup.of(3, &["no"]).unwrap().num_rows(), lookup.count(3));
}
