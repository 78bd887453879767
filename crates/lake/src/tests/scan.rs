//! Scans against their naive twin: each condition as one query of the engine.

use arrow::array::AsArray as _;
use arrow::datatypes::Int32Type;
use onefold_model::plan::{Atoms, NumberSet, Scan, Tree};
use onefold_model::sql::{id, integer, number, text};
use roaring::RoaringBitmap;

use onefold_model::sql;

use super::*;

/// Draws from a fixed sequence.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
    fn one_of<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize].clone()
    }
}

const ROWS: &[(&str, DataType)] = &[
    ("no", DataType::Small),
    ("age", DataType::Integer),
    ("score", DataType::Number),
    ("fee", DataType::Decimal(12, 2)),
    ("big", DataType::Decimal(38, 0)),
    ("city", DataType::Text),
    ("word", DataType::Text),
    ("day", DataType::Date),
    ("at", DataType::DateTime),
    ("flag", DataType::Boolean),
];

/// Rows with nulls everywhere, in no order, several of an owner and some of none.
fn rows(count: i64) -> Sql {
    let null =
        |every: i64, value: Sql| sql!("case when value % ", integer(every), " = 3 then null else ", value, " end");
    let parts = [
        (null(41, sql!("cast((value * 7919) % 3001 as int)")), "no"),
        (null(7, sql!("(value * 31) % 100 - 20")), "age"),
        (
            null(
                11,
                sql!(
                    "case when value % 13 = 0 then cast('nan' as double) when value % 17 = 0 then cast('-0.0' as double) ",
                    "else (value % 1000) / 8.0 - 40 end"
                ),
            ),
            "score",
        ),
        (null(5, sql!("cast((value % 5000) / 100.0 as decimal(12, 2))")), "fee"),
        (sql!("cast(value as decimal(38, 0)) * cast('10000000000000000000000' as decimal(38, 0))"), "big"),
        (null(9, sql!("'City ' || (value % 37)")), "city"),
        (sql!("'a word that is not short ' || value"), "word"),
        (null(8, sql!("cast(date '2024-01-01' + cast(value % 700 as int) as date)")), "day"),
        (
            null(6, sql!("arrow_cast(1700000000000000 + value * 3600000000, 'Timestamp(Microsecond, Some(\"UTC\"))')")),
            "at",
        ),
        (null(10, sql!("value % 3 = 0")), "flag"),
    ];
    let columns = onefold_model::sql::join(parts.map(|(value, name)| sql!(value, " as ", id(name))), ", ");
    sql!("select ", columns, " from generate_series(1, ", integer(count), ")")
}

fn atom(draw: &mut Draw) -> Sql {
    let op = draw.one_of(&[" = ", " <> ", " < ", " <= ", " > ", " >= "]);
    let not = draw.one_of(&["", "not "]);
    let n = draw.below(130) as i64 - 30;
    let city = |draw: &mut Draw| text(format!("City {}", draw.below(45)));
    let day = |draw: &mut Draw| sql!("cast(", text(format!("2024-{:02}-15", 1 + draw.below(12))), " as date)");
    let instant = |draw: &mut Draw| {
        let at = text(format!("2023-{:02}-20T10:00:00Z", 11 + draw.below(2)));
        onefold_model::sql::cast(at, DataType::DateTime)
    };
    match draw.below(22) {
        0 | 1 => sql!("(age", op, integer(n), ")"),
        2 => sql!("(", integer(n), op, "age)"),
        3 | 4 => sql!("(score", op, number(n as f64 / 2.0), ")"),
        5 => sql!(
            "(score",
            op,
            draw.one_of(&["cast('nan' as double)", "cast(0 as double)", "cast('-0.0' as double)"]),
            ")"
        ),
        6 => sql!("(fee", op, number(n as f64 / 2.0), ")"),
        7 => sql!("(fee", op, "cast(", integer(n), " as decimal(12, 2)))"),
        8 => sql!(
            "(big",
            op,
            "cast(",
            integer(n),
            " as decimal(38, 0)) * cast('20000000000000000000000' as decimal(38, 0)))"
        ),
        9 | 10 => sql!("(city", op, city(draw), ")"),
        11 => sql!(
            "(city ",
            not,
            "in (",
            city(draw),
            ", ",
            city(draw),
            ", ",
            city(draw),
            ", ",
            city(draw),
            ", ",
            city(draw),
            "))"
        ),
        12 => sql!("(city ", not, "in (", city(draw), ", null, 'x', 'y', 'z', 'v'))"),
        13 => sql!("(city ", not, "like ", text(format!("%{}", draw.below(10))), ")"),
        14 => sql!("(word", op, text(format!("a word that is not short {}", draw.below(9000))), ")"),
        15 => sql!("(age ", not, "between ", integer(n), " and ", integer(n + 20), ")"),
        16 => sql!("(day", op, day(draw), ")"),
        17 => sql!("(at", op, instant(draw), ")"),
        18 => sql!("(", draw.one_of(&["age", "city", "score", "flag", "day"]), " is ", not, "null)"),
        19 => draw.one_of(&["flag", "(flag = true)", "null", "true", "false", "(age + null > 3)"]).into(),
        20 => sql!("(age % 10", op, integer(n % 10), ")"),
        _ => sql!("(age ", not, "in (1, 2, 3, 5, ", integer(n), "))"),
    }
}

fn tree(draw: &mut Draw, atoms: &mut Atoms, depth: u64) -> Tree {
    let set = |draw: &mut Draw| NumberSet {
        table: table("Sets"),
        names: "Name".into(),
        name: draw.one_of(&["some", "few", "none", "gone"]).to_owned(),
        members: "Members".into(),
    };
    match draw.below(if depth == 0 { 5 } else { 10 }) {
        0 => {
            let set = set(draw);
            atoms.member(set)
        }
        1..=4 => {
            let atom = atom(draw);
            atoms.atom(atom)
        }
        5 | 6 => Tree::And((0..draw.below(4)).map(|_| tree(draw, atoms, depth - 1)).collect()),
        7 | 8 => Tree::Or((0..draw.below(4)).map(|_| tree(draw, atoms, depth - 1)).collect()),
        _ => Tree::Not(Box::new(tree(draw, atoms, depth - 1))),
    }
}

async fn members_of(run: &Run, sql: Sql) -> RoaringBitmap {
    let (rows, _) = run.ask(&sql, &[]).await.unwrap().collect().await.unwrap();
    let numbers = rows.iter().flat_map(|batch| batch.column(0).as_primitive::<Int32Type>().iter().flatten());
    numbers.map(|number| u32::try_from(number).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_finds_what_each_condition_finds_as_a_query() {
    let at = fixture().await;
    let run = at.begin().await;
    done(&run, &writes("Rows", ROWS, rows(20_011))).await.unwrap();
    // The same again as a table clustered by number, as resolved tables are.
    let mut clustered = writes("Clustered", ROWS, sql!("select * from ", table("Rows")));
    clustered.writes[0].sorted_by = vec!["no".into()];
    done(&run, &clustered).await.unwrap();

    let found = [("Name", DataType::Text), ("Members", DataType::Bitmap), ("Count", DataType::Integer)];
    let columns = [("Rule", DataType::Text), ("Members", DataType::Bitmap), ("Count", DataType::Integer)];
    let mut sets = writes("FoundSets", &columns, sql!());
    let of = [("some", sql!("no % 3 = 0")), ("few", sql!("no < 20")), ("none", sql!("false"))];
    let of = of.map(|(name, sql)| (name.to_owned(), sql));
    sets.work = Work::Scan(Scan::of(table("Rows").into(), id("no"), of));
    done(&run, &sets).await.unwrap();
    let named = sql!("select \"Rule\" as \"Name\", \"Members\", \"Count\" from ", table("FoundSets"));
    done(&run, &writes("Sets", &found, named)).await.unwrap();

    for (round, from) in ["Rows", "Clustered"].into_iter().enumerate() {
        let mut draw = Draw(7 + round as u64);
        let mut atoms = Atoms::default();
        // Many thresholds and many texts on one column beside each other.
        let mut trees: Vec<Tree> =
            (0..40).map(|n| atoms.atom(sql!("(score > ", number(f64::from(n) * 3.0 - 45.0), ")"))).collect();
        trees.extend((0..30).map(|n| atoms.atom(sql!("(city = ", text(format!("City {n}")), ")"))));
        trees.extend((0..130).map(|_| tree(&mut draw, &mut atoms, 3)));
        let named = trees.into_iter().enumerate().map(|(n, tree)| (format!("c{n}"), tree)).collect();
        let scan = atoms.scan(table(from).into(), id("no"), named);
        let name = format!("Found_{from}");
        let mut step = writes(&name, &columns, sql!());
        step.work = Work::Scan(scan.clone());
        done(&run, &step).await.unwrap();
        let (rows, _) = run.read(&table(&name)).await.unwrap().collect().await.unwrap();
        let mut seen = 0;
        for batch in rows {
            let members = arrow::compute::cast(batch.column(1), &arrow::datatypes::DataType::BinaryView).unwrap();
            for (row, (name, tree)) in (0..batch.num_rows()).zip(&scan.conditions[seen..]) {
                let members = RoaringBitmap::deserialize_from(members.as_binary_view().value(row)).unwrap();
                let holds = scan.sql(tree);
                let query = sql!("select distinct no from ", table(from), " where no is not null and ", &holds);
                let expected = members_of(&run, query).await;
                assert_eq!(members, expected, "{name} of {from}: {holds}");
                seen += 1;
            }
        }
        assert_eq!(seen, scan.conditions.len());
    }
}

#[tokio::test]
async fn a_condition_that_is_no_condition_is_told() {
    let at = fixture().await;
    let run = at.begin().await;
    done(&run, &writes("Rows", ROWS, rows(10))).await.unwrap();
    let columns = [("Rule", DataType::Text), ("Members", DataType::Bitmap), ("Count", DataType::Integer)];
    let mut step = writes("Found", &columns, sql!());
    step.work = Work::Scan(Scan::of(table("Rows").into(), id("no"), [("c".to_owned(), sql!("age + 1"))]));
    let error = done(&run, &step).await.unwrap_err().to_string();
    assert!(error.contains("a condition is `Int64`, not true or false"), "{error}");
}
