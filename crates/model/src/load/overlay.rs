//! Overlay: a project as if some of its files had other texts, or were not there.
//!
//! Invariants
//! - What an overlay says of a path holds; what it does not speak of is read from the folder.
//!
//! Not here: which file is what (`listing`).

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// Texts that stand in for files, by path relative to the project, with `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlay(BTreeMap<String, Option<String>>);

impl Overlay {
    /// One that changes nothing.
    pub const NONE: &Overlay = &Overlay(BTreeMap::new());

    /// One file with another text; `None` is a file that is not there.
    pub fn of(path: impl Into<String>, text: Option<String>) -> Self {
        Self::default().and(path, text)
    }

    /// The same, with one more file.
    #[must_use]
    pub fn and(mut self, path: impl Into<String>, text: Option<String>) -> Self {
        self.0.insert(path.into(), text);
        self
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The paths it speaks of, and whether each is there.
    pub(super) fn paths(&self) -> impl Iterator<Item = (&str, bool)> {
        self.0.iter().map(|(path, text)| (path.as_str(), text.is_some()))
    }

    /// The number of bytes of a file; 0 when there is none.
    pub(super) fn size(&self, root: &Path, path: &str) -> u64 {
        match self.0.get(plain(path)) {
            Some(text) => text.as_ref().map_or(0, |text| text.len() as u64),
            None => std::fs::metadata(root.join(path)).map_or(0, |file| file.len()),
        }
    }

    /// The bytes of a file.
    pub(super) fn read(&self, root: &Path, path: &str) -> io::Result<Vec<u8>> {
        match self.0.get(plain(path)) {
            Some(Some(text)) => Ok(text.clone().into_bytes()),
            Some(None) => Err(io::ErrorKind::NotFound.into()),
            None => std::fs::read(root.join(path)),
        }
    }
}

/// A path as overlays have it.
fn plain(path: &str) -> &str {
    path.trim_start_matches("./")
}
