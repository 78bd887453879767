//! Diagnostics: what is wrong with a definition, where, and what to do.
//!
//! Invariants
//! - Every diagnostic has a code of the closed list (`codes`) and, when a file is at fault, a place in it.
//! - Places are byte ranges of the text that was read; line and column are worked out when shown.
//!
//! Not here: rendering (`render`), the codes (`codes`).

use std::ops::Deref;

use serde::{Deserialize, Serialize};

use crate::Code;

/// A place in a definition file: bytes `start..end` of the file with that number in `Project::files`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct At {
    /// Index into `Project::files`.
    pub file: u32,
    /// First byte.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
}

/// A value with the place it was read from. Compares by value alone.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Spanned<T> {
    /// What was read.
    pub value: T,
    /// Where; `None` for what was made, not read.
    #[serde(skip)]
    pub at: Option<At>,
}

impl<T> Spanned<T> {
    /// A value read at a place.
    pub fn new(value: T, at: At) -> Self {
        Self { value, at: Some(at) }
    }
    /// A value that no file states.
    pub fn made(value: T) -> Self {
        Self { value, at: None }
    }
    /// Another value at the same place.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: f(self.value), at: self.at }
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

/// A definition file as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Path relative to the project's folder, with `/`.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; nothing to do.
    Note,
    /// The project runs, but perhaps not as meant.
    Warning,
    /// Nothing runs until this is mended.
    Error,
}

/// One thing to say about the definitions.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// What kind of thing, from the closed list.
    pub code: Code,
    /// How bad it is; the code's own unless lowered.
    pub severity: Severity,
    /// A lower-case sentence, names in backticks.
    pub message: String,
    /// Where in the files.
    pub at: Option<At>,
    /// What to do, beginning with a verb.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// A diagnostic with the code's severity.
    pub fn new(code: Code, at: Option<At>, message: impl Into<String>) -> Self {
        Self { code, severity: code.severity(), message: message.into(), at, hint: None }
    }
    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
    /// Whether it stops a run.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
