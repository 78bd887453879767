//! Examples: measures and segments held to their `tests:`, in a project of their own with the rows that are given.
//!
//! Reads    definitions; what is known of the columns of source tables
//! Writes   a temporary folder, which is removed
//! Flow     example ─ a project of CSV files (`rehearsal`) ─ a run ─ rows that came out ─ compared (`compared`)
//!
//! Invariants
//! - The project's own lake, sources, connections and exports are never touched.
//! - A given table has the rows it would have after its steps; one that is not given is empty.
//!
//! Not here: the form of `tests:` (`onefold_model::load`).

mod compared;
mod rehearsal;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use onefold_api::{Kind, Nobody, ObjectRef, Platform, Problem, RunAsk, TestView};
use onefold_model::define::{Example, MeasureKind, Project};
use onefold_model::names::nearest;

use crate::opened::Opened;
use crate::platform::Onefold;

/// The instant of an example that names none.
const NOW: &str = "2026-03-15T12:00:00Z";

/// Runs the examples of some definitions (`NoShow` or `measures/NoShow`), or of all.
///
/// # Errors
/// Wrong definitions, or a word that names none.
pub async fn run(root: &Path, names: &[String]) -> Result<Vec<TestView>, Problem> {
    let opened = Opened::new(root, false, &RunAsk::default()).await?.sound()?;
    let project = &opened.project;
    let all = examined(project);
    for name in names {
        if !all.iter().any(|(object, _)| is_named(object, name)) {
            let known: Vec<&str> = all.iter().map(|(object, _)| object.name.as_str()).collect();
            let problem = Problem::refused(format!("`{name}` names no measure and no segment"));
            return Err(match nearest(name, known) {
                Some(near) => problem.hint(format!("did you mean `{near}`?")),
                None => problem.hint("see `onefold check` for what is there"),
            });
        }
    }
    let mut outcomes = Vec::new();
    for (object, examples) in &all {
        if !names.is_empty() && !names.iter().any(|name| is_named(object, name)) {
            continue;
        }
        for (i, example) in examples.iter().enumerate() {
            let differences = match one(&opened, object, example).await {
                Ok(differences) => differences,
                Err(problem) => vec![match &problem.hint {
                    Some(hint) => format!("{}; {hint}", problem.message),
                    None => problem.message.clone(),
                }],
            };
            let name = example.name.clone().unwrap_or_else(|| format!("test {}", i + 1));
            let definition = format!("{}/{}", folder(object.kind), object.name);
            outcomes.push(TestView { definition, name, ok: differences.is_empty(), differences });
        }
    }
    Ok(outcomes)
}

/// Measures and segments with their examples.
fn examined(project: &Project) -> Vec<(ObjectRef, &[Example])> {
    let measures = project.measures.iter().map(|m| (Kind::Measure, &m.name.value, m.tests.as_slice()));
    let segments = project.segments.iter().map(|s| (Kind::Segment, &s.name.value, s.tests.as_slice()));
    measures.chain(segments).map(|(kind, name, tests)| (ObjectRef { kind, name: name.clone() }, tests)).collect()
}

fn folder(kind: Kind) -> &'static str {
    if kind == Kind::Segment { "segments" } else { "measures" }
}

fn is_named(object: &ObjectRef, word: &str) -> bool {
    word == object.name || word.split_once('/') == Some((folder(object.kind), object.name.as_str()))
}

/// What differs in one example.
async fn one(opened: &Opened, object: &ObjectRef, example: &Example) -> Result<Vec<String>, Problem> {
    let folder = Folder::new()?;
    rehearsal::write(opened, object, example, &folder.0)?;
    let platform = Onefold::new(&folder.0);
    let now = example.now.as_ref().map_or(NOW, |now| now.value.as_str());
    let ask = RunAsk { now: Some(now.to_owned()), threads: Some(1), ..RunAsk::default() };
    let run = platform.run(&ask, "onefold test", std::sync::Arc::new(Nobody)).await?;
    // A row that is not as its columns are would be missing without a word.
    if let Some(line) = run.sources.iter().find(|line| line.corrupt + line.repeated > 0) {
        let message = format!("given rows of `{}` do not fit its columns, or repeat a key", line.table);
        return Err(Problem::refused(message).hint("give values of the types that the table's columns have"));
    }
    let found = compared::rows(&platform, &source_of(&opened.project, object), &example.expect).await?;
    Ok(compared::differences(&example.expect, &found))
}

/// Where the rows of a definition are read: its own table, and whether profiles stand beside it.
fn source_of(project: &Project, object: &ObjectRef) -> compared::Came {
    match project.measure(&object.name).filter(|_| object.kind == Kind::Measure) {
        None => compared::Came { tables: vec![object.name.clone()] },
        Some(measure) => match measure.kind.value {
            MeasureKind::CustomerAttribute => {
                compared::Came { tables: vec!["Customer_Measure".to_owned(), "Customer".to_owned()] }
            }
            MeasureKind::CustomerMeasure => {
                compared::Came { tables: vec![format!("Measure_{}", object.name), "Customer".to_owned()] }
            }
            MeasureKind::BusinessMeasure => compared::Came { tables: vec![format!("Measure_{}", object.name)] },
        },
    }
}

/// A folder that is there as long as this is.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Result<Self, Problem> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("onefold-test-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path)
            .map_err(|error| Problem::failed(format!("cannot make `{}`: {error}", path.display())))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to the system, whose folder it is.
        _ = std::fs::remove_dir_all(&self.0);
    }
}
