//! Conformance: the official cases of SQL on FHIR, counted.
//!
//! Reads    `$ONEFOLD_DATA/sql-on-fhir/tests/*.json`
//!
//! Invariants
//! - Rows are compared as a bag (the standard leaves their order open), values as the JSON the case expects.

use std::path::PathBuf;

use serde_json::{Map, Value as Json, json};

use super::rows::Stop;
use super::view::View;
use crate::cells::Cell;
use crate::json::Nodes;

/// Cases that must pass; there are 144.
const FLOOR: usize = 144;

/// The folder of test data; `None` (said on the way) where there is none and this is not CI.
pub(crate) fn data(part: &str) -> Option<PathBuf> {
    let root = std::env::var_os("ONEFOLD_DATA").map(PathBuf::from);
    let root = root.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"));
    let folder = root.join(part);
    if folder.exists() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{} is not there", folder.display());
    #[allow(clippy::print_stderr)] // the one way a test can say that it was skipped
    {
        eprintln!("skipped: {} is not there", folder.display());
    }
    None
}

#[test]
fn official_cases() {
    let Some(folder) = data("sql-on-fhir/tests") else { return };
    let mut files: Vec<_> = std::fs::read_dir(folder).expect("the folder is there").flatten().collect();
    files.sort_by_key(std::fs::DirEntry::file_name);
    let (mut passed, mut failed) = (0, Vec::new());
    for file in files {
        let text = std::fs::read_to_string(file.path()).expect("a case is UTF-8");
        let suite: Json = serde_json::from_str(&text).expect("a case is JSON");
        // Numbers must keep their digits (1.0 is not 1), so resources are read from the text itself.
        let resources = resources(&text);
        for case in suite["tests"].as_array().into_iter().flatten() {
            match run(case, &resources) {
                Ok(()) => passed += 1,
                Err(why) => {
                    failed.push(format!("{}: {}: {why}", file.file_name().display(), case["title"]));
                }
            }
        }
    }
    let total = passed + failed.len();
    assert!(passed >= FLOOR && total >= 144, "{passed} of {total} pass\n{}", failed.join("\n"));
}

fn resources(text: &str) -> Vec<String> {
    let mut nodes = Nodes::default();
    let doc = nodes.read(text).expect("a case is JSON");
    let list = doc.root().get("resources").expect("a suite has resources");
    list.elements().map(|resource| resource.raw().to_owned()).collect()
}

fn run(case: &Json, resources: &[String]) -> Result<(), String> {
    let expects_error = case.get("expectError").is_some();
    let rows = rows(&case["view"], resources);
    match (rows, expects_error) {
        (Err(_), true) => Ok(()),
        (Ok(rows), true) => Err(format!("an error was expected, found {rows:?}")),
        (Err(why), false) => Err(why),
        (Ok((columns, rows)), false) => {
            if let Some(expected) = case.get("expectColumns")
                && json!(columns) != *expected
            {
                return Err(format!("expected the columns {expected}, found {columns:?}"));
            }
            let expected = case["expect"].as_array().ok_or("the case expects nothing")?;
            let mut left = rows.clone();
            for row in expected {
                let at =
                    left.iter().position(|found| same(row, found)).ok_or(format!("{row} is not among {rows:?}"))?;
                left.remove(at);
            }
            if left.is_empty() { Ok(()) } else { Err(format!("too many rows: {left:?}")) }
        }
    }
}

type Found = (Vec<String>, Vec<Json>);

fn rows(view: &Json, resources: &[String]) -> Result<Found, String> {
    let view = View::compile(view, true).map_err(|faults| faults[0].message.clone())?;
    let names: Vec<String> = view.slots.iter().map(|slot| slot.name.clone()).collect();
    let mut rows = Vec::new();
    let mut nodes = Nodes::default();
    for resource in resources {
        let doc = nodes.read(resource).map_err(|fault| fault.to_string())?;
        if doc.root().text("resourceType").as_deref() != Some(&view.resource) {
            continue;
        }
        let mut bad = None;
        let outcome = view.rows(doc.root(), None, &mut |cells| {
            let mut row = Map::new();
            let mut at = 0;
            for slot in &view.slots {
                let cell = &cells[at];
                at += 1 + usize::from(slot.has_precision());
                if let Cell::Wrong(_, why) = cell {
                    bad = Some(why.to_string());
                }
                row.insert(slot.name.clone(), shown(cell));
            }
            rows.push(Json::Object(row));
            Ok(())
        });
        match (outcome, bad) {
            (Ok(()), None) => {}
            (Ok(()), Some(why)) => return Err(why),
            (Err(Stop::Bad(why)), _) => return Err(why.to_string()),
            (Err(Stop::Out(fault)), _) => return Err(fault.to_string()),
        }
    }
    Ok((names, rows))
}

fn shown(cell: &Cell<'_>) -> Json {
    match cell {
        Cell::Null => Json::Null,
        Cell::Boolean(value) => Json::Bool(*value),
        Cell::Number(text) | Cell::Json(text) => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        _ => json!(cell.text()),
    }
}

fn same(expected: &Json, found: &Json) -> bool {
    match (expected, found) {
        (Json::Number(expected), Json::Number(found)) => expected.as_f64() == found.as_f64(),
        (Json::Object(expected), Json::Object(found)) => {
            expected.len() == found.len()
                && expected.iter().all(|(key, value)| found.get(key).is_some_and(|found| same(value, found)))
        }
        (Json::Array(expected), Json::Array(found)) => {
            expected.len() == found.len() && expected.iter().zip(found).all(|(expected, found)| same(expected, found))
        }
        // A collection without values is an empty list in some cases, null in ours.
        (Json::Array(expected), Json::Null) => expected.is_empty(),
        _ => expected == found,
    }
}
