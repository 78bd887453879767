//! Cases: every `fixtures/cases/*/*.case` as a test; the format stands in the README there.
//!
//! Flow     file ─ sections ─ a project in a temporary folder ─ `onefold::runner` ─ tables as text ─ compared
//!
//! Invariants
//! - The whole chain runs as `onefold run` runs it: definitions, CSV, plan, lake, publication.
//! - `UPDATE_EXPECT=1` writes what came out into the file; nothing else of the file changes.
//!
//! To add a case: a file. This one does not change.

mod covered;
mod project;
mod text;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use project::CaseProject;
use text::{Section, same, sections};

/// A case whose outcome differs from what it expects.
struct Difference {
    case: String,
    section: String,
    expected: String,
    found: String,
}

#[test]
fn cases_give_what_they_expect() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/cases");
    let only = std::env::var("CASE").unwrap_or_default();
    let mut paths = files(&root);
    paths.retain(|path| path.to_string_lossy().contains(&only));
    assert!(!paths.is_empty(), "no case in {} has `{only}` in its path", root.display());
    let update = std::env::var_os("UPDATE_EXPECT").is_some();

    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let left = Arc::new(Mutex::new(paths));
    let differences: Vec<Difference> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                let left = left.clone();
                scope.spawn(move || {
                    let mut found = Vec::new();
                    while let Some(path) = { left.lock().expect("no worker panics while it holds the list").pop() } {
                        found.extend(run_case(&path, update));
                    }
                    found
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a case panicked")).collect()
    });
    let shown: Vec<String> = differences
        .iter()
        .map(|d| format!("{}\n--- {}\nexpected:\n{}found:\n{}", d.case, d.section, d.expected, d.found))
        .collect();
    assert!(shown.is_empty(), "{} sections differ\n\n{}", shown.len(), shown.join("\n"));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder of cases is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "case") {
            all.push(path);
        }
    }
    all.sort();
    all
}

/// Runs one case; with `update`, writes what came out into its file instead of telling.
fn run_case(path: &Path, update: bool) -> Vec<Difference> {
    let text = std::fs::read_to_string(path).expect("a case is text");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    let mut differences = Vec::new();
    let mut written = String::new();
    let mut project = CaseProject::new();
    for section in sections(&text) {
        let found = match &section {
            Section { word, .. } if word != "expect" => {
                project.change(&section);
                section.body.clone()
            }
            Section { name, body, .. } => {
                let found = runtime.block_on(project.outcome(name, body));
                if !same(name, body, &found) {
                    differences.push(Difference {
                        case: path.display().to_string(),
                        section: format!("expect {name}"),
                        expected: body.clone(),
                        found: found.clone(),
                    });
                    format!("{}\n", found.trim_end())
                } else {
                    body.clone()
                }
            }
        };
        written.push_str(&section.heading);
        written.push_str(&found);
    }
    if update {
        if !differences.is_empty() {
            std::fs::write(path, written).expect("a case can be written");
        }
        differences.clear();
    }
    differences
}
