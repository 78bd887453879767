//! Load: a folder of YAML files to a project, with every mistake in one pass.
//!
//! Reads    the definition files of a project, view files they name, the names of files in source folders.
//! Flow     `listing` (which file is what; `overlay`: as if) ─ `yaml` (text to tree) ─ forms (tree to definition) ─
//!          `space` and `reference` (definitions among each other) ─ `input` (are the sources' files there)
//!
//! Invariants
//! - A file that cannot be read does not keep the others from being read, and what refers to it is not called wrong.
//! - Keys are written once: `form` reads and describes with the same function (`schema`).
//!
//! Not here: what needs the catalogue (columns, types, paths: `onefold-stages`).
//! To add a definition: its struct in `define`, its function here, a line in `listing::FOLDERS` and in `schema`.

mod activity;
mod example;
mod expression;
mod form;
mod input;
mod linkage;
mod list;
mod listing;
mod measure;
mod merge;
mod overlay;
mod people;
mod receiver;
mod reference;
mod segment;
mod source;
mod space;
mod step;
mod unify;
mod window;
mod word;

use std::path::Path;

use crate::define::{Project, Renamed};
use crate::yaml::{self, Node};
use crate::{At, Code, Diagnostic, SourceFile, Spanned};
use form::{Fields, Form, Reader, Record};
use listing::{Folder, Found, Place};

pub use overlay::Overlay;
pub(crate) use word::is_name as word_is_name;

/// The largest definition file that is read, in bytes.
pub const MAX_FILE: u64 = 4 << 20;

/// A project and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// What could be read.
    pub project: Project,
    /// What was found wrong, by file and place.
    pub diagnostics: Vec<Diagnostic>,
}

impl Loaded {
    /// Whether something stops a run.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Reads the project in a folder. A folder that is not there, or is no project, is a diagnostic too.
pub fn load(root: &Path) -> Loaded {
    load_with(root, Overlay::NONE)
}

/// Reads the project in a folder as if some of its files had other texts.
pub fn load_with(root: &Path, overlay: &Overlay) -> Loaded {
    let mut found = listing::find(root);
    for (path, there) in overlay.paths() {
        found.retain(|found| there || found.path != path);
        if there && !found.iter().any(|found| found.path == path) {
            found.extend(listing::place(path).map(|place| Found { path: path.to_owned(), place }));
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    let mut loading = Loading {
        overlay,
        project: Project { root: root.to_owned(), ..Project::default() },
        further: Vec::new(),
        present: Present::default(),
        diagnostics: Vec::new(),
    };
    for (number, found) in found.iter().enumerate() {
        loading.file(number as u32, found);
    }
    if !found.iter().any(|found| found.place == Place::Settings) {
        let message = "the folder is no project: it has no `onefold.yaml`";
        let hint = "run `onefold init` to begin a project there, or name another folder";
        loading.diagnostics.push(Diagnostic::new(Code::FileMissing, None, message).hint(hint));
    }
    let Loading { mut project, further, present, mut diagnostics, .. } = loading;
    // A file that a definition points at is not out of place.
    diagnostics.retain(|diagnostic| {
        let path = diagnostic.at.map(|at| project.files[at.file as usize].path.as_str());
        diagnostic.code != Code::FileMisplaced || !further.iter().any(|file| Some(file.path.as_str()) == path)
    });
    project.files.extend(further);
    space::check(&project, &mut diagnostics);
    reference::check(&project, &present, &mut diagnostics);
    input::check(&project, &mut diagnostics);
    diagnostics.sort_by_key(|diagnostic| diagnostic.at.map(|at| (at.file, at.start, at.end)));
    Loaded { project, diagnostics }
}

/// The names that are there, though their definitions may be broken.
#[derive(Debug, Default)]
struct Present {
    connections: Vec<String>,
    segments: Vec<String>,
    /// `None` when the file cannot be read.
    relationships: Option<Vec<String>>,
}

struct Loading<'a> {
    overlay: &'a Overlay,
    project: Project,
    further: Vec<SourceFile>,
    present: Present,
    diagnostics: Vec<Diagnostic>,
}

impl Loading<'_> {
    fn file(&mut self, number: u32, found: &Found) {
        let nowhere = At { file: number, start: 0, end: 0 };
        let text = match &found.place {
            Place::Misplaced { hint } => {
                let message = format!("nothing is looked for at `{}`", found.path);
                self.diagnostics.push(Diagnostic::new(Code::FileMisplaced, Some(nowhere), message).hint(hint));
                None
            }
            Place::Later { what } => {
                let message = format!("{what} are not possible yet");
                self.diagnostics.push(Diagnostic::new(Code::NotYet, Some(nowhere), message).hint("remove the file"));
                None
            }
            _ => self.text(&found.path, nowhere),
        };
        let read = text.is_some();
        self.project.files.push(SourceFile { path: found.path.clone(), text: text.unwrap_or_default() });
        if let Place::Resource { folder: Folder::Connections, name } = &found.place {
            self.present.connections.push(name.clone());
        }
        if let Place::Resource { folder: Folder::Segments, name } = &found.place {
            self.present.segments.push(name.clone());
        }
        if !read {
            return;
        }
        let (node, diagnostics) = yaml::parse(&self.project.files[number as usize].text, number);
        let broken = node.is_none() && !diagnostics.is_empty();
        self.diagnostics.extend(diagnostics);
        match node {
            Some(mut node) if !node.is_null() => {
                node.named.get_or_insert(At { end: node.at.start, ..node.at });
                self.definition(number, found, &node);
            }
            _ if broken => {}
            _ if found.place == Place::Relationships => self.present.relationships = Some(Vec::new()),
            _ => {
                let message = format!("`{}` is empty", found.path);
                let hint = "write the definition, or remove the file";
                self.diagnostics.push(Diagnostic::new(Code::MissingKey, Some(nowhere), message).hint(hint));
            }
        }
    }

    /// The text of a file, if it is one that can be read.
    fn text(&mut self, path: &str, at: At) -> Option<String> {
        let size = self.overlay.size(&self.project.root, path);
        let (message, hint) = if size > MAX_FILE {
            (
                format!("the file has {size} bytes, and a definition has at most {MAX_FILE}"),
                "move data out of the definitions",
            )
        } else {
            match self.overlay.read(&self.project.root, path).map(String::from_utf8) {
                Ok(Ok(text)) => return Some(text),
                Ok(Err(error)) => {
                    let byte = error.utf8_error().valid_up_to();
                    (format!("the file is not UTF-8 from byte {} on", byte + 1), "save it as UTF-8")
                }
                Err(error) => (format!("the file cannot be read: {}", io_words(&error)), "check that it may be read"),
            }
        };
        self.diagnostics.push(Diagnostic::new(Code::FileUnreadable, Some(at), message).hint(hint));
        None
    }

    fn definition(&mut self, number: u32, found: &Found, node: &Node) {
        let text = std::mem::take(&mut self.project.files[number as usize].text);
        let root = self.project.root.clone();
        let mut reader = Reader {
            root: &root,
            overlay: self.overlay,
            text: &text,
            further: Vec::new(),
            label: format!("`{}`", found.path),
            renamed_from: None,
            diagnostics: Vec::new(),
        };
        let at = At { file: number, start: 0, end: 0 };
        let project = &mut self.project;
        let mut name = Spanned::new(String::new(), at);
        match &found.place {
            Place::Settings => {
                if let Some(settings) = Record(source::settings).read(node, &mut reader) {
                    project.settings = settings;
                }
            }
            Place::Unify => project.unify = Record(unify::unify).read(node, &mut reader),
            Place::Relationships => {
                let names = node.map().unwrap_or_default().iter().map(|entry| entry.key.value.clone()).collect();
                self.present.relationships = Some(names);
                project.relationships = people::relationships().read(node, &mut reader).unwrap_or_default();
            }
            Place::Resource { folder, name: of_file } => {
                name.value.clone_from(of_file);
                if !word::is_name(of_file) {
                    reader.say(word::bad_name(of_file, Some(at)));
                }
                let reader = &mut reader;
                match folder {
                    Folder::Sources => project.sources.extend(resource(node, reader, &name, source::source)),
                    Folder::Activities => project.activities.extend(resource(node, reader, &name, activity::activity)),
                    Folder::Measures => project.measures.extend(resource(node, reader, &name, measure::measure)),
                    Folder::Segments => project.segments.extend(resource(node, reader, &name, segment::segment)),
                    Folder::Connections => {
                        project.connections.extend(resource(node, reader, &name, receiver::connection))
                    }
                    Folder::Exports => project.exports.extend(resource(node, reader, &name, receiver::export)),
                }
            }
            Place::Misplaced { .. } | Place::Later { .. } => {}
        }
        let Reader { further, renamed_from, diagnostics, .. } = reader;
        if let (Some(from), Place::Resource { folder, .. }) = (renamed_from, &found.place) {
            project.renamed.push(Renamed { folder: folder.word(), from, to: name.value });
        }
        self.further.extend(further);
        self.diagnostics.extend(diagnostics);
        self.project.files[number as usize].text = text;
    }
}

type Definition<T> = fn(&mut Fields<'_, '_>, &Spanned<String>) -> Option<T>;

fn resource<T>(node: &Node, reader: &mut Reader<'_>, name: &Spanned<String>, definition: Definition<T>) -> Option<T> {
    Record(|fields: &mut Fields<'_, '_>| definition(fields, name)).read(node, reader)
}

/// The JSON Schema of a definition whose name is its file's.
fn resource_schema<T>(definition: Definition<T>) -> serde_json::Value {
    let name = Spanned::made(String::new());
    Record(|fields: &mut Fields<'_, '_>| definition(fields, &name)).schema()
}

/// The JSON Schemas of all files: the place they are for, what they define, the schema.
pub(crate) fn schemas() -> Vec<(&'static str, &'static str, serde_json::Value)> {
    vec![
        ("onefold", "the project's settings: `onefold.yaml`", Record(source::settings).schema()),
        ("source", "a source and its tables: `sources/<Name>.yaml`", resource_schema(source::source)),
        ("unify", "how records become profiles: `unify.yaml`", Record(unify::unify).schema()),
        ("relationships", "how tables lead to each other: `relationships.yaml`", people::relationships().schema()),
        (
            "activity",
            "a table whose rows are somebody's doing: `activities/<name>.yaml`",
            resource_schema(activity::activity),
        ),
        ("measure", "a number about people: `measures/<name>.yaml`", resource_schema(measure::measure)),
        ("segment", "a group of people: `segments/<Name>.yaml`", resource_schema(segment::segment)),
        ("connection", "where to send: `connections/<Name>.yaml`", resource_schema(receiver::connection)),
        ("export", "what is sent where: `exports/<Name>.yaml`", resource_schema(receiver::export)),
    ]
}

/// What the world said, in words that are the same everywhere.
fn io_words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "it is not there".to_owned(),
        std::io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    }
}
