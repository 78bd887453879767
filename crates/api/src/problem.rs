//! Problem: why there is no answer.
//!
//! Not here: exit codes and HTTP statuses (whoever shows it decides).

use crate::{DiagnosticView, ObjectRef};

/// What kind of problem it is.
#[derive(Clone, Debug, PartialEq)]
pub enum ProblemKind {
    /// The definitions are wrong; nothing was done.
    Definitions {
        /// All there is to say.
        found: Vec<DiagnosticView>,
        /// The same as text, with the lines and a caret.
        text: String,
    },
    /// What was asked for is not there.
    NotFound,
    /// What was asked for is not allowed or not understood.
    Refused,
    /// What is there is not what the asker thought, or others use it.
    Conflict {
        /// The hash of the file as it is now.
        etag: Option<String>,
        /// What uses it.
        used_by: Vec<ObjectRef>,
    },
    /// Something outside did not work.
    Failed,
    /// Whoever asked has gone.
    Gone,
}

/// Why there is no answer, in words for people.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// What kind.
    pub kind: ProblemKind,
    /// A lower-case sentence, names in backticks.
    pub message: String,
    /// What to do, beginning with a verb.
    pub hint: Option<String>,
}

impl Problem {
    /// Something outside did not work.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { kind: ProblemKind::Failed, message: message.into(), hint: None }
    }
    /// What was asked for is not there.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self { kind: ProblemKind::NotFound, ..Self::failed(message) }
    }
    /// What was asked for is not allowed or not understood.
    pub fn refused(message: impl Into<String>) -> Self {
        Self { kind: ProblemKind::Refused, ..Self::failed(message) }
    }
    /// The definitions are wrong.
    pub fn definitions(found: Vec<DiagnosticView>, text: String) -> Self {
        let kind = ProblemKind::Definitions { found, text };
        Self { kind, ..Self::failed("the definitions are wrong; nothing was done") }
    }
    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self { kind: ProblemKind::Gone, ..Self::failed("the reader has gone") },
            _ => Self::failed(error.to_string()),
        }
    }
}
