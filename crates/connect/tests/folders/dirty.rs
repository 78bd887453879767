//! Dirty: every folder of `fixtures/dirty` holds a declaration (`table.json`), input (`in/`), and what becomes of it
//! (`expected.txt`). With `ONEFOLD_UPDATE=1` the expectation is written anew; read it before it is committed.

use std::path::PathBuf;

use crate::made::{all, shown, source, tables};

#[tokio::test]
async fn dirty_inputs() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/dirty");
    let mut cases: Vec<_> =
        std::fs::read_dir(&folder).expect("fixtures/dirty is there").flatten().map(|entry| entry.path()).collect();
    cases.sort();
    assert!(cases.len() >= 20, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let declared = std::fs::read_to_string(case.join("table.json")).expect("a case has `table.json`");
        let declared = serde_json::from_str(&declared).expect("`table.json` is JSON");
        let mut found = String::new();
        for table in tables(source(&declared, "in"), &case) {
            let name = table.table.name.value.clone();
            found += &shown(&name, &all(table).await);
        }
        let found = found.replace(&case.display().to_string(), "").trim_end().to_owned() + "\n";
        let expected = case.join("expected.txt");
        if std::env::var_os("ONEFOLD_UPDATE").is_some() {
            std::fs::write(&expected, &found).expect("the expectation can be written");
        }
        let expected = std::fs::read_to_string(expected).unwrap_or_default();
        if found != expected {
            wrong.push(format!("{}\n--- expected\n{expected}--- found\n{found}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
