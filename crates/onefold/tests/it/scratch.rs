//! Scratch: a project in a temporary folder, and the binary to run on it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A project that goes away with the test.
pub(crate) struct Scratch {
    folder: TempDir,
}

/// What the binary said.
#[derive(Debug)]
pub(crate) struct Said {
    /// The exit code; `None` when it was killed.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Said {
    /// The same, if it went well.
    #[track_caller]
    pub(crate) fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{}\n{}", self.out, self.err);
        self
    }
}

/// The fixtures of the repository.
pub(crate) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}

/// A set of test data; `None`, with a notice, where it is not there and need not be.
pub(crate) fn data(name: &str) -> Option<PathBuf> {
    let given = std::env::var_os("ONEFOLD_DATA").map(PathBuf::from);
    let folder =
        given.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data")).join(name);
    if folder.is_dir() {
        return Some(folder.canonicalize().expect("a folder that is there has a path"));
    }
    let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!ci, "`{}` is not there; set ONEFOLD_DATA", folder.display());
    #[expect(clippy::print_stderr, reason = "a test that is passed over says so")]
    {
        eprintln!("skipped: `{}` is not there; set ONEFOLD_DATA to run this test", folder.display());
    }
    None
}

impl Scratch {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder can be made") }
    }

    /// A copy of a project of the fixtures.
    pub(crate) fn of(name: &str) -> Self {
        let scratch = Self::empty();
        copy(&fixture(name), scratch.path());
        scratch
    }

    /// Its folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Puts a file of test data where a source looks for it.
    pub(crate) fn link(&self, from: &Path, to: &str) {
        let to = self.path().join(to);
        std::fs::create_dir_all(to.parent().expect("a file has a folder")).expect("a folder can be made");
        let _ = std::fs::remove_file(&to);
        std::os::unix::fs::symlink(from, to).expect("a link can be made");
    }

    /// Writes a file.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder can be made");
        let _ = std::fs::remove_file(&path);
        std::fs::write(path, text).expect("a file can be written");
    }

    /// Reads a file.
    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Changes a file, which must hold what is to be replaced.
    pub(crate) fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} does not hold {from}");
        self.write(path, &text.replace(from, to));
    }

    /// The binary, about to be run on the project.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_onefold"));
        command.current_dir(self.path()).args(args).stdin(Stdio::null());
        for name in ["ONEFOLD_PROJECT", "ONEFOLD_LOG", "ONEFOLD_CRASH_AT", "D365_SECRET"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs the binary on the project.
    pub(crate) fn onefold(&self, args: &[&str]) -> Said {
        let output = self.command(args).output().expect("the binary was built with this test");
        Said {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("the binary says text"),
            err: String::from_utf8(output.stderr).expect("the binary says text"),
        }
    }

    /// The record of a run that went well, at an instant that does not move.
    #[track_caller]
    pub(crate) fn run(&self) -> Value {
        let said = self.onefold(&["run", "--now", "2026-06-01T12:00:00Z", "--json"]).done();
        serde_json::from_str(&said.out).expect("the record is JSON")
    }

    /// The rows of a query, as JSON.
    #[track_caller]
    pub(crate) fn rows(&self, sql: &str) -> Vec<Value> {
        let said = self.onefold(&["query", sql, "--format", "json"]).done();
        said.out.lines().map(|line| serde_json::from_str(line).expect("a row is JSON")).collect()
    }

    /// The one number a query answers with.
    #[track_caller]
    pub(crate) fn number(&self, sql: &str) -> f64 {
        let rows = self.rows(sql);
        let row = rows.first().and_then(Value::as_object).unwrap_or_else(|| panic!("no row: {sql}"));
        let value = row.values().next().expect("a column");
        value.as_f64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_else(|| panic!("no number: {row:?}"))
    }
}

/// The steps of a record that ran.
pub(crate) fn ran(record: &Value) -> Vec<&str> {
    let steps = record["steps"].as_array().expect("a record has steps");
    let ran = steps.iter().filter(|step| step["state"] == "done");
    ran.map(|step| step["name"].as_str().expect("a step has a name")).collect()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder can be made");
    for entry in std::fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())).flatten() {
        let target = to.join(entry.file_name());
        match entry.path() {
            path if path.is_dir() => copy(&path, &target),
            path => _ = std::fs::copy(path, target).expect("a file can be copied"),
        }
    }
}
