//! Place: which file a definition is.
//!
//! Invariants
//! - A name has letters, digits and `_` and begins with a letter, so that it can be no path.
//! - A file is told apart by the SHA-256 of its bytes.

use std::path::{Path, PathBuf};

use onefold_api::{Kind, ObjectRef, Problem};
use onefold_model::{Diagnostic, Project};
use sha2::{Digest as _, Sha256};

/// The kinds that have a file a definition, and their folders.
const FOLDERS: &[(Kind, &str)] = &[
    (Kind::Source, "sources"),
    (Kind::Activity, "activities"),
    (Kind::Measure, "measures"),
    (Kind::Segment, "segments"),
    (Kind::Connection, "connections"),
    (Kind::Export, "exports"),
];

/// The kinds that have one file, its name without `.yaml`, and the name of their one definition.
const SINGLE: &[(Kind, &str, &str)] = &[
    (Kind::Settings, "onefold", "settings"),
    (Kind::Unify, "unify", "unify"),
    (Kind::Relationships, "relationships", "relationships"),
];

/// A definition and its file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) kind: Kind,
    pub(super) name: String,
    /// Relative to the project, with `/`.
    pub(super) path: String,
}

/// A file as it is.
#[derive(Clone, Debug, Default)]
pub(super) struct File {
    pub(super) text: String,
    pub(super) etag: String,
}

impl Place {
    /// The place of a definition.
    ///
    /// # Errors
    /// A name that is none.
    pub(super) fn of(object: &ObjectRef) -> Result<Self, Problem> {
        let ObjectRef { kind, name } = object;
        if let Some((_, stem, one)) = SINGLE.iter().find(|(single, ..)| single == kind) {
            if name != one && name != stem {
                let problem = Problem::not_found(format!("there is one definition of this kind, called `{one}`"));
                return Err(problem.hint(format!("ask for `{one}`")));
            }
            return Ok(Self { kind: *kind, name: (*one).to_owned(), path: format!("{stem}.yaml") });
        }
        let folder = FOLDERS.iter().find(|(known, _)| known == kind).map_or("", |(_, folder)| folder);
        let good = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.len() <= 200
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !good {
            let message = format!("`{}` is not a name", name.escape_debug());
            return Err(Problem::refused(message).hint("use letters, digits and `_`, and begin with a letter"));
        }
        Ok(Self { kind: *kind, name: name.clone(), path: format!("{folder}/{name}.yaml") })
    }

    /// The definition of a file, if it is one of a definition.
    pub(super) fn of_path(path: &str) -> Option<Self> {
        let stem = path.strip_suffix(".yaml")?;
        let (kind, name) = match stem.split_once('/') {
            None => SINGLE.iter().find(|(_, single, _)| *single == stem).map(|(kind, _, one)| (*kind, *one))?,
            Some((folder, name)) if !name.contains('/') => {
                (FOLDERS.iter().find(|(_, known)| *known == folder)?.0, name)
            }
            Some(_) => return None,
        };
        Some(Self { kind, name: name.to_owned(), path: path.to_owned() })
    }

    /// Whether there is one of its kind.
    pub(super) fn is_single(&self) -> bool {
        SINGLE.iter().any(|(kind, ..)| *kind == self.kind)
    }

    pub(super) fn object(&self) -> ObjectRef {
        ObjectRef { kind: self.kind, name: self.name.clone() }
    }

    /// Whether something is said about this file.
    pub(super) fn holds(&self, project: &Project, found: &Diagnostic) -> bool {
        let file = found.at.and_then(|at| project.files.get(at.file as usize));
        file.is_some_and(|file| file.path == self.path)
    }

    pub(super) fn not_there(&self) -> Problem {
        Problem::not_found(format!("there is no `{}`", self.path)).hint("see the list of definitions")
    }

    /// The file of it within a project.
    ///
    /// # Errors
    /// A folder of definitions that lies elsewhere.
    pub(super) fn file(&self, root: &Path) -> Result<PathBuf, Problem> {
        let file = root.join(&self.path);
        let folder = file.parent().unwrap_or(root);
        if let (Ok(folder), Ok(root)) = (folder.canonicalize(), root.canonicalize())
            && !folder.starts_with(&root)
        {
            let message = format!("the folder of `{}` lies outside of the project", self.path);
            return Err(Problem::refused(message).hint("move it into the project, and remove the link"));
        }
        Ok(file)
    }

    /// The file as it is; `None` when there is none.
    ///
    /// # Errors
    /// A file that cannot be read, or is no text.
    pub(super) fn read(&self, root: &Path) -> Result<Option<File>, Problem> {
        let bytes = match std::fs::read(self.file(root)?) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let message = format!("`{}` cannot be read: {error}", self.path);
                return Err(Problem::failed(message).hint("check that it may be read"));
            }
        };
        let etag = etag(&bytes);
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(File { text, etag })),
            Err(_) => {
                Err(Problem::refused(format!("`{}` is not UTF-8", self.path)).hint("save it as UTF-8 with an editor"))
            }
        }
    }
}

/// What tells a file apart.
pub(super) fn etag(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The folders of definitions.
pub(super) fn folders() -> impl Iterator<Item = &'static str> {
    FOLDERS.iter().map(|(_, folder)| *folder)
}
