//! Listing: which files a project has, and what each of them is.
//!
//! Reads    the names in the project's folder and, where definitions could be meant, one level further.
//!
//! Invariants
//! - The order is that of the paths, whatever the file system says.
//! - Hidden files and folders are nobody's business.
//!
//! To add a folder: a variant and a line in `FOLDERS`.

use std::path::Path;

use crate::names::nearest;

/// A folder of definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Folder {
    Sources,
    Activities,
    Measures,
    Segments,
    Connections,
    Exports,
}

const FOLDERS: &[(&str, Folder)] = &[
    ("sources", Folder::Sources),
    ("activities", Folder::Activities),
    ("measures", Folder::Measures),
    ("segments", Folder::Segments),
    ("connections", Folder::Connections),
    ("exports", Folder::Exports),
];

impl Folder {
    /// The folder's name.
    pub(super) fn word(self) -> &'static str {
        FOLDERS.iter().find(|(_, folder)| *folder == self).map_or("", |(word, _)| word)
    }
}

const SINGLE: &[(&str, Place)] =
    &[("onefold.yaml", Place::Settings), ("relationships.yaml", Place::Relationships), ("unify.yaml", Place::Unify)];

/// Folders that will hold definitions.
const LATER: &[(&str, &str)] = &[
    ("enrich", "enrichments"),
    ("enrichment", "enrichments"),
    ("enrichments", "enrichments"),
    ("predict", "predictions"),
    ("predictions", "predictions"),
];

/// A file and what it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    /// Relative to the project, with `/`.
    pub(super) path: String,
    pub(super) place: Place,
}

/// What a file is, by where it lies.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place {
    Settings,
    Unify,
    Relationships,
    Resource {
        folder: Folder,
        name: String,
    },
    /// Nothing is looked for there.
    Misplaced {
        hint: String,
    },
    /// Definitions of a kind that Onefold does not know yet.
    Later {
        what: &'static str,
    },
}

/// All definition files of a project, and what looks like one, by path.
pub(super) fn find(root: &Path) -> Vec<Found> {
    let mut found = Vec::new();
    for (name, is_folder) in entries(root) {
        let folder = FOLDERS.iter().find(|(word, _)| *word == name).map(|(_, folder)| *folder);
        match (is_folder, folder) {
            (true, Some(folder)) => in_folder(root, folder, &mut found),
            (true, None) => elsewhere(root, &name, &mut found),
            (false, _) => {
                if let Some((_, place)) = SINGLE.iter().find(|(word, _)| *word == name) {
                    found.push(Found { path: name, place: place.clone() });
                } else if is_yaml(&name) {
                    let hint = match nearest(&name, SINGLE.iter().map(|(word, _)| *word)) {
                        Some(word) => format!("rename it to `{word}`"),
                        None => format!("move it to one of the folders {}", folder_words()),
                    };
                    found.push(Found { path: name, place: Place::Misplaced { hint } });
                }
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// What a file at that path would be; `None` where no definition is looked for.
pub(super) fn place(path: &str) -> Option<Place> {
    if let Some((_, place)) = SINGLE.iter().find(|(word, _)| *word == path) {
        return Some(place.clone());
    }
    let (word, file) = path.split_once('/')?;
    let (_, folder) = FOLDERS.iter().find(|(known, _)| *known == word)?;
    let name = file.strip_suffix(".yaml").filter(|name| !name.contains('/'))?;
    Some(Place::Resource { folder: *folder, name: name.to_owned() })
}

/// The files of a folder of definitions.
fn in_folder(root: &Path, folder: Folder, found: &mut Vec<Found>) {
    let word = folder.word();
    for (name, is_folder) in entries(&root.join(word)) {
        let path = format!("{word}/{name}");
        if is_folder {
            for (inner, inner_is_folder) in entries(&root.join(&path)) {
                if !inner_is_folder && is_yaml(&inner) {
                    let hint = format!("move it to `{word}/`; folders within it are not looked into");
                    found.push(Found { path: format!("{path}/{inner}"), place: Place::Misplaced { hint } });
                }
            }
        } else if let Some(name) = name.strip_suffix(".yaml") {
            found.push(Found { path, place: Place::Resource { folder, name: name.to_owned() } });
        } else if is_yaml(&name) || name.ends_with(".json") {
            let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
            let hint = format!("rename it to `{stem}.yaml`");
            found.push(Found { path, place: Place::Misplaced { hint } });
        }
    }
}

/// YAML files of a folder that is none of ours.
fn elsewhere(root: &Path, folder: &str, found: &mut Vec<Found>) {
    let later = LATER.iter().find(|(word, _)| *word == folder).map(|(_, what)| *what);
    for (name, is_folder) in entries(&root.join(folder)) {
        if is_folder || !is_yaml(&name) {
            continue;
        }
        let place = match (later, nearest(folder, FOLDERS.iter().map(|(word, _)| *word))) {
            (Some(what), _) => Place::Later { what },
            (None, Some(word)) => Place::Misplaced { hint: format!("rename the folder to `{word}`") },
            (None, None) => Place::Misplaced { hint: format!("move it to one of the folders {}", folder_words()) },
        };
        found.push(Found { path: format!("{folder}/{name}"), place });
    }
}

fn folder_words() -> String {
    super::form::listed(&FOLDERS.iter().map(|(word, _)| *word).collect::<Vec<_>>())
}

fn is_yaml(name: &str) -> bool {
    let name = name.to_lowercase();
    name.ends_with(".yaml") || name.ends_with(".yml")
}

/// What a folder holds, hidden entries left out: name, and whether it is a folder itself. Sorted.
pub(super) fn entries(folder: &Path) -> Vec<(String, bool)> {
    let mut entries: Vec<(String, bool)> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path().is_dir()))
        .filter(|(name, _)| !name.starts_with('.'))
        .collect();
    entries.sort();
    entries
}
