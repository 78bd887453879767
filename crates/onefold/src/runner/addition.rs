//! Addition: what came to a source since the published run read it.
//!
//! Reads    the note that a read left (`Published::notes`), the files of the source as they are now
//! Flow     files by name, bytes and time ─ those that were read, all as they were ─ the others are new
//!
//! Invariants
//! - A file that was read and is gone or changed leaves nothing to add to: the source is read whole.
//! - What is noted is what was read: the files were looked at before they were opened, and no others were opened.
//!
//! Not here: reading (`read`), whether a step may add (`extent`).

use std::collections::{BTreeSet, HashMap};

use onefold_connect::{SourceRef, Stamp};
use onefold_lake::{Published, live};
use onefold_model::TableName;
use onefold_model::define::Project;
use serde::{Deserialize, Serialize};

use super::fresh::digest;
use super::known::declared;
use crate::live::intake::known_to;
use crate::opened::lake_folder;
use crate::output::count;

/// What came to a table of a source.
#[derive(Clone, Debug, PartialEq)]
pub struct Addition {
    /// The files that were read before, as they still are.
    pub(super) before: Vec<Stamp>,
    /// The new ones.
    pub(super) files: Vec<Stamp>,
    /// The number of the last row that came in between runs and was taken in.
    pub(super) after: u64,
    /// Whether more came in.
    pub(super) came_in: bool,
}

/// What a run notes of the files it read.
#[derive(Serialize, Deserialize)]
struct Noted {
    /// What the definition said of reading them.
    declared: String,
    files: Vec<Stamp>,
}

impl Addition {
    /// The names of the new files.
    pub(super) fn names(&self) -> BTreeSet<String> {
        self.files.iter().map(|file| file.name.clone()).collect()
    }
    /// All files, once the new ones are read.
    pub(super) fn all(&self) -> Vec<Stamp> {
        self.before.iter().chain(&self.files).cloned().collect()
    }
    /// `2 new files and rows that came in`
    pub(super) fn words(&self) -> String {
        let files = (!self.files.is_empty()).then(|| count(self.files.len() as u64, "new file"));
        let rows = self.came_in.then(|| "rows that came in".to_owned());
        files.into_iter().chain(rows).collect::<Vec<_>>().join(" and ")
    }
}

/// Under what a run notes the files it read.
pub(super) fn note_of(table: &TableName) -> String {
    format!("files {}", table.folded())
}

/// What a run notes of files it read.
pub(super) fn note(source: &SourceRef, files: Vec<Stamp>) -> serde_json::Value {
    let noted = Noted { declared: digest([declared(&source.source, &source.table).as_str()]), files };
    serde_json::to_value(noted).expect("names and numbers are JSON")
}

/// What came to a source whose files are as they were read; none where nothing came, or something else changed.
pub(super) fn addition(project: &Project, source: &SourceRef, published: &Published) -> Option<Addition> {
    let table = TableName::of_source(&source.source.name.value, &source.table.name.value);
    let noted: Noted = serde_json::from_value(published.notes.get(&note_of(&table))?.clone()).ok()?;
    if noted.declared != digest([declared(&source.source, &source.table).as_str()]) {
        return None;
    }
    let now = source.stamps()?;
    let by_name: HashMap<&str, &Stamp> = now.iter().map(|stamp| (stamp.name.as_str(), stamp)).collect();
    if !noted.files.iter().all(|before| by_name.get(before.name.as_str()) == Some(&before)) {
        return None;
    }
    let before: BTreeSet<&str> = noted.files.iter().map(|stamp| stamp.name.as_str()).collect();
    let files: Vec<Stamp> = now.iter().filter(|stamp| !before.contains(stamp.name.as_str())).cloned().collect();
    let after = known_to(Some(published), &table);
    let came_in = live::newest(&lake_folder(project), &table) > after;
    (came_in || !files.is_empty()).then_some(Addition { before: noted.files, files, after, came_in })
}
