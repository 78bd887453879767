//! Secrets: from a reference in a definition to the text, at the moment of use.
//!
//! Reads    the environment; files below the project's folder
//!
//! Invariants
//! - A [`Hidden`] never shows its text in `Debug`, in an error or in a log; it has no `Display`.
//! - Text of others (a server's words) goes through [`scrub`] before anyone sees it.
//!
//! Not here: what is done with them (`auth`).

use std::fmt;
use std::path::Path;

use onefold_model::define::Secret;

use crate::ConnectError;

/// Text that does not show itself.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Hidden(String);

impl Hidden {
    /// Hides a text.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    /// The text, for the one place that sends it.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The text a reference stands for. `who` names the source or connection in messages; `root` is the project's folder.
///
/// # Errors
/// When the variable is not set, the file cannot be read, or either is empty.
pub(super) fn resolve(secret: &Secret, who: &str, root: &Path) -> Result<Hidden, ConnectError> {
    let (text, place, hint) = match secret {
        Secret::Env(name) => {
            let hint = format!("set `{name}` before the run");
            match std::env::var(name) {
                Ok(text) => (text, format!("the environment variable `{name}`"), hint),
                Err(std::env::VarError::NotPresent) => {
                    let message = format!("{who} needs the environment variable `{name}`, which is not set");
                    return Err(ConnectError::new(message).hint(hint));
                }
                Err(std::env::VarError::NotUnicode(_)) => {
                    let message = format!("{who} needs the environment variable `{name}`, which is not UTF-8");
                    return Err(ConnectError::new(message).hint(hint));
                }
            }
        }
        Secret::File(path) => {
            let hint = format!("write the secret to `{path}`, or name another file under `auth`");
            match std::fs::read_to_string(root.join(path)) {
                Ok(text) => (text.trim().to_owned(), format!("the file `{path}`"), hint),
                Err(error) => {
                    let message = format!("{who} cannot read its secret from the file `{path}`: {error}");
                    return Err(ConnectError::new(message).hint(hint));
                }
            }
        }
    };
    if text.is_empty() {
        return Err(ConnectError::new(format!("{who} takes its secret from {place}, which is empty")).hint(hint));
    }
    if text.chars().any(char::is_control) {
        let message =
            format!("{who} takes its secret from {place}, which holds a line break or another control character");
        return Err(ConnectError::new(message).hint(hint));
    }
    Ok(Hidden(text))
}

/// Words of another system, fit to be shown: secrets struck out, one line, at most 600 letters.
pub(super) fn scrub<'a>(text: &str, secrets: impl IntoIterator<Item = &'a Hidden>) -> String {
    let mut text = text.to_owned();
    for secret in secrets {
        // A secret of one or two letters would strike out half of any sentence and protect nothing.
        if secret.0.len() > 2 {
            text = text.replace(&secret.0, "***");
        }
    }
    let mut line = String::new();
    for word in text.split(|letter: char| letter.is_whitespace() || letter.is_control()).filter(|word| !word.is_empty())
    {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    match line.char_indices().nth(600) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_shows() {
        let secret = Hidden::new("hunter2");
        assert_eq!(format!("{secret:?}"), "***");
        assert_eq!(scrub("bad\n  password hunter2!\u{7}", [&secret]), "bad password ***!");
        assert_eq!(scrub(&"ä".repeat(700), []).chars().count(), 601);
    }

    #[test]
    fn files_are_trimmed_and_missing_ones_are_named() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("secret.txt"), "  hunter2\n").unwrap();
        std::fs::write(root.path().join("empty.txt"), "\n").unwrap();
        let read = |name: &str| resolve(&Secret::File(name.into()), "connection `Out`", root.path());
        assert_eq!(read("secret.txt").unwrap().reveal(), "hunter2");
        assert!(read("empty.txt").unwrap_err().to_string().contains("the file `empty.txt`, which is empty"));
        assert!(read("none.txt").unwrap_err().to_string().contains("connection `Out` cannot read its secret"));
        let error = resolve(&Secret::Env("ONEFOLD_TEST_NOT_SET".into()), "source `A`", root.path()).unwrap_err();
        assert!(error.to_string().contains("source `A` needs the environment variable `ONEFOLD_TEST_NOT_SET`"));
    }
}
