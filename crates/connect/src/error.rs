//! Errors of the outside world: what went wrong while reading or sending, and what to do.
//!
//! Invariants
//! - The message is a lower-case sentence with names in backticks and no secret in it; the hint begins with a verb.
//!
//! Not here: bad rows (they are data, `raw`), wrong definitions (diagnostics of `onefold-model`).

use std::path::Path;

/// Why a source could not be read or an export not sent.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ConnectError {
    /// A lower-case sentence, names in backticks.
    pub message: String,
    /// What to do, beginning with a verb.
    pub hint: Option<String>,
    /// What lies beneath, if anything.
    #[source]
    pub cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl ConnectError {
    /// An error with a message alone.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, cause: None }
    }
    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
    /// The same with what lies beneath.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }
    /// A file or folder that cannot be read.
    pub fn unreadable(path: &Path, cause: std::io::Error) -> Self {
        let said = cause.to_string();
        Self::new(format!("`{}` cannot be read: {}", path.display(), said.to_lowercase()))
            .hint("check that it exists, is whole, and may be read")
            .cause(cause)
    }
}
