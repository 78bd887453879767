//! Kernels: rows in and rows out, through a step. What the algorithms do is tested where they are.

use onefold_model::plan::{DedupeRule, Kernel, MatchRule, MatchTable, SetOperator};
use onefold_model::sql::before;
use onefold_model::{DataType, sql};

use super::*;

fn kernel(name: &str, kernel: Kernel, inputs: Vec<Sql>, writes: Vec<Output>) -> Step {
    Step { work: Work::Kernel { kernel, inputs }, ..step(name, writes, Sql::default()) }
}

async fn rows(run: &Run, name: &str) -> String {
    text(run.read(&table(name)).await.unwrap().collect().await.unwrap().0)
}

/// A rule of so many exact conditions.
fn rule(name: &str, conditions: usize) -> DedupeRule {
    DedupeRule { name: name.to_owned(), conditions: vec![1.0; conditions], exceptions: Vec::new() }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_become_profiles_and_keep_their_ids() {
    use DataType::{Boolean, Integer, Number, Small, Text};
    let at = fixture().await;
    let mut rings = Vec::new();
    for _ in 0..2 {
        let run = at.begin().await;
        let of = [
            ("Key", Text),
            ("WinnerKey", Text),
            ("IsWinner", Boolean),
            ("Group", Integer),
            ("Rule", Text),
            ("Score", Number),
        ];
        let records = sql!(
            "select * from (values ('a', 1, 'x@y'), ('b', 2, 'x@y'), ('c', 3, null), ('d', null, null)) ",
            "as t(key, preference, r0_c0)"
        );
        let rules = vec![rule("Email", 1)];
        let counts = [("Rule", Text), ("Condition", Integer), ("Name", Text), ("Value", Number)];
        let dedupe = kernel(
            "k.dedupe",
            Kernel::Deduplicate { rules },
            vec![records],
            vec![Output::published("D", columns(&of)), Output::internal("D_Counts", columns(&counts))],
        );
        assert_eq!(done(&run, &dedupe).await.unwrap().rows_out["D"], 4);
        assert_eq!(
            text(
                run.query("select * from D where \"Group\" = 0 order by 1", QueryLimits::default())
                    .await
                    .unwrap()
                    .collect()
                    .await
                    .unwrap()
                    .0
            ),
            r#"[{"Key":"a","WinnerKey":"b","IsWinner":false,"Group":0,"Rule":"Email","Score":1.0},{"Key":"b","WinnerKey":"b","IsWinner":true,"Group":0,"Rule":"Email","Score":1.0}]"#
        );
        let tables = ["D", "E"].map(|name| MatchTable { table: name.into(), include_all: name == "D" }).to_vec();
        let rule = MatchRule { name: "ById".into(), from: 1, to: 0, conditions: vec![1.0], exceptions: Vec::new() };
        let upper = sql!("select \"Key\" as key, \"WinnerKey\" as winner, \"Key\" as \"t0_c0\" from ", table("D"));
        let lower =
            sql!("select k as key, k as winner, c as \"f0_c0\" from (values ('e1', 'a'), ('e2', null)) as t(k, c)");
        let of = [
            ("SourceTable", Text),
            ("Key", Text),
            ("IsWinner", Boolean),
            ("Cluster", Integer),
            ("Included", Boolean),
            ("TableOrder", Integer),
            ("Rule", Text),
            ("Score", Number),
            ("MatchedTable", Text),
            ("MatchedKey", Text),
        ];
        let links = kernel(
            "k.match",
            Kernel::Match { tables, rules: vec![rule] },
            vec![upper, lower],
            vec![
                Output::internal("Links", columns(&of)).sorted_by(&["Cluster"]),
                Output::internal("Links_Counts", columns(&counts)),
            ],
        );
        assert_eq!(done(&run, &links).await.unwrap().rows_out["Links"], 6);
        let ring =
            [("SourceTable", Text), ("Key", Text), ("IsWinner", Boolean), ("CustomerId", Text), ("profile_no", Small)];
        let ids = [
            ("CustomerId", Text),
            ("profile_no", Small),
            ("PreviousCustomerId", Text),
            ("FoundingTable", Text),
            ("FoundingKey", Text),
            ("Retired", Boolean),
            ("Cluster", Integer),
        ];
        let included = sql!(
            "select \"SourceTable\", \"Key\", \"IsWinner\", \"Cluster\", \"TableOrder\" from ",
            table("Links"),
            " where \"Included\""
        );
        let inputs = vec![
            included,
            sql!("select * from ", before(&table("KeyRing"))),
            sql!("select * from ", before(&table("ProfileId"))),
            sql!("select \"SourceTable\", \"Key\", 1.0 as \"Preference\" from ", table("Links"), " where false"),
        ];
        let standing = [("SourceTable", Text), ("Key", Text), ("profile_no", Small), ("Place", Integer)];
        let changes = [("CustomerId", Text), ("Change", Text), ("Other", Text), ("At", DataType::DateTime)];
        let writes = vec![
            Output::published("KeyRing", columns(&ring)),
            Output::internal("ProfileId", columns(&ids)),
            Output::internal("ProfileStanding", columns(&standing)),
            Output::published("ProfileChange", columns(&changes)).append(),
        ];
        let report = done(&run, &kernel("k.ids", Kernel::AssignIds, inputs, writes)).await.unwrap();
        // a with b and e1, c, d; e2 matches nothing and its table does not include all.
        assert_eq!((report.rows_out["KeyRing"], report.rows_out["ProfileId"]), (5, 3));
        assert_eq!(report.rows_out["ProfileChange"], if rings.is_empty() { 3 } else { 0 }, "a rerun changes nobody");
        rings.push(rows(&run, "KeyRing").await);
        run.publish(&[]).await.unwrap();
    }
    assert_eq!(rings[0], rings[1]);
    assert!(rings[0].contains("\"Key\":\"e1\""), "{}", rings[0]);
}

#[tokio::test]
async fn segments_note_who_enters_and_leaves() {
    use DataType::{Bitmap, DateTime, Integer, Small, Text};
    let at = fixture().await;
    let mut seen = Vec::new();
    for (least, kept) in [(2, false), (3, false), (2, true)] {
        let run = at.begin().await;
        if kept {
            assert!(run.keep(&table("Customer")).unwrap());
        } else {
            let people =
                sql!("select 'c' || value as \"CustomerId\", value as \"profile_no\" from generate_series(1, 4)");
            done(&run, &writes("Customer", &[("CustomerId", Text), ("profile_no", Small)], people)).await.unwrap();
        }
        let mut scan = writes("Scan", &[("Rule", Text), ("Members", Bitmap), ("Count", Integer)], sql!());
        scan.work = Work::Scan(onefold_model::plan::Scan::of(
            table("Customer").into(),
            onefold_model::sql::id("profile_no"),
            vec![
                ("S.1".into(), sql!("profile_no >= ", onefold_model::sql::integer(least))),
                ("S.2".into(), sql!("profile_no = 4")),
            ],
        ));
        done(&run, &scan).await.unwrap();
        let segments = vec![(
            "S".to_owned(),
            vec![(SetOperator::Union, "S.1".to_owned()), (SetOperator::Except, "S.2".to_owned())],
        )];
        let bitmaps = columns(&[("Segment", Text), ("At", DateTime), ("Count", Integer), ("Members", Bitmap)]);
        let scanned = sql!("select \"Rule\", \"Members\" from ", table("Scan"));
        let writes = vec![Output::internal("SegmentBitmap_0", bitmaps.clone())];
        done(&run, &kernel("k.members", Kernel::Membership { segments }, vec![scanned], writes)).await.unwrap();
        let inputs = vec![
            sql!("select * from ", table("SegmentBitmap_0")),
            sql!("select \"Segment\", \"Members\" from ", before(&table("SegmentBitmap"))),
            sql!("select * from ", table("Customer")),
            sql!("select * from ", before(&table("Customer"))),
        ];
        let changes =
            [("Segment", Text), ("CustomerId", Text), ("profile_no", Small), ("Change", Text), ("At", DateTime)];
        let writes = vec![
            Output::published("SegmentBitmap", bitmaps),
            Output::published("SegmentChange", columns(&changes)).append(),
        ];
        let mut moves = kernel("k.moves", Kernel::Moves, inputs, writes);
        moves.reads = vec![table("SegmentBitmap_0"), table("Customer")];
        let report = done(&run, &moves).await.unwrap();
        // Where nobody has another number, those who moved are looked up alone.
        assert_eq!(report.rows_in["Customer"], if kept { 1 } else { 4 });
        seen.push(rows(&run, "SegmentChange").await);
        run.publish(&[]).await.unwrap();
    }
    let changed = |seen: &str| -> Vec<String> {
        let rows: Vec<serde_json::Value> = serde_json::from_str(seen).unwrap();
        let row = |row: &serde_json::Value| {
            format!("{} {}", row["CustomerId"].as_str().unwrap(), row["Change"].as_str().unwrap())
        };
        rows.iter().map(row).collect::<std::collections::BTreeSet<_>>().into_iter().collect()
    };
    assert_eq!(changed(&seen[0]), ["c2 entered", "c3 entered"]);
    assert_eq!(changed(&seen[1]), ["c2 entered", "c2 left", "c3 entered"]);
    let times = |seen: &str, word: &str| seen.matches(word).count();
    assert_eq!((times(&seen[1], "entered"), times(&seen[2], "entered"), times(&seen[2], "left")), (2, 3, 1));
}

#[tokio::test]
async fn kernels_say_what_their_input_lacks() {
    let at = fixture().await;
    let run = at.begin().await;
    let rules = vec![rule("Email", 2)];
    let records = sql!("select 'a' as key, 1 as preference, 'x' as r0_c0");
    let dedupe =
        kernel("k.dedupe", Kernel::Deduplicate { rules }, vec![records], vec![Output::published("D", Vec::new())]);
    let error = done(&run, &dedupe).await.unwrap_err().to_string();
    assert_eq!(error, "step `k.dedupe` failed: column `r0_c1` of input 0 is missing");
    let ids = kernel("k.ids", Kernel::AssignIds, vec![sql!("select 1 as a")], Vec::new());
    let error = done(&run, &ids).await.unwrap_err().to_string();
    assert_eq!(error, "step `k.ids` failed: the kernel takes 4 inputs and was given 1");
}
