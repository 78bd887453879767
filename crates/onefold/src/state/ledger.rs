//! Ledger: a project's state file, and the deliveries of exports in it.
//!
//! Reads, writes   `<project>/.onefold/state.sqlite`
//!
//! Invariants
//! - Losing the file loses no data of sources: exports go out once more, whole. Decisions about pairs of records
//!   (`decisions`) are nowhere else but, as the last run knew them, in the lake's `MatchDecision`.
//! - A delivery is written down after the receiver has taken all of it, never before.
//!
//! Not here: tables of people (`onefold-lake`).

use std::path::{Path, PathBuf};
use std::time::Duration;

use onefold_api::Problem;
use rusqlite::{Connection, OptionalExtension as _, params};

/// The state file, open.
pub struct State {
    connection: Connection,
    path: PathBuf,
}

/// A delivery that went well.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// What was sent: equal for an equal outbox to an equal place.
    pub fingerprint: String,
    /// The run whose outbox it was.
    pub run: String,
    /// When.
    pub at: String,
    /// The answer, as JSON.
    pub report: String,
}

const SCHEMA: &str = "
create table if not exists delivery (
    export text not null,
    fingerprint text not null,
    run text not null,
    at text not null,
    outcome text not null,
    report text not null
);
create index if not exists delivery_by_export on delivery (export, outcome);
pragma user_version = 2;";

impl State {
    /// Opens the file of a project, making it if need be.
    ///
    /// # Errors
    /// A folder that cannot be written, or a file that is none of ours.
    pub fn open(project: &Path) -> Result<Self, Problem> {
        let folder = project.join(".onefold");
        let path = folder.join("state.sqlite");
        std::fs::create_dir_all(&folder).map_err(|error| unusable(&path, &error))?;
        let connection = Connection::open(&path).map_err(|error| unusable(&path, &error))?;
        let state = Self { connection, path };
        state.prepare().map_err(|error| unusable(&state.path, &error))?;
        Ok(state)
    }

    fn prepare(&self) -> rusqlite::Result<()> {
        self.connection.busy_timeout(Duration::from_secs(10))?;
        self.connection.pragma_update(None, "journal_mode", "wal")?;
        self.connection.pragma_update(None, "synchronous", "full")?;
        self.connection.execute_batch(SCHEMA)?;
        self.connection.execute_batch(super::decisions::SCHEMA)
    }

    /// The file of a project, open, if there is one: it is not made by being asked.
    ///
    /// # Errors
    /// As [`State::open`].
    pub fn there(project: &Path) -> Result<Option<Self>, Problem> {
        if project.join(".onefold").join("state.sqlite").is_file() { Self::open(project).map(Some) } else { Ok(None) }
    }

    pub(super) fn parts(&self) -> (&Connection, &Path) {
        (&self.connection, &self.path)
    }

    pub(super) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// The last delivery of an export that went well.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn last_delivery(&self, export: &str) -> Result<Option<Delivery>, Problem> {
        self.connection
            .query_row(
                "select fingerprint, run, at, report from delivery where export = ?1 and outcome = 'sent'
                 order by rowid desc limit 1",
                params![export],
                |row| Ok(Delivery { fingerprint: row.get(0)?, run: row.get(1)?, at: row.get(2)?, report: row.get(3)? }),
            )
            .optional()
            .map_err(|error| unusable(&self.path, &error))
    }

    /// The last deliveries of an export, newest first, each with its outcome: `sent` or `failed`.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn deliveries(&self, export: &str, most: u32) -> Result<Vec<(String, Delivery)>, Problem> {
        let all = || -> rusqlite::Result<Vec<(String, Delivery)>> {
            let mut found = self.connection.prepare(
                "select outcome, fingerprint, run, at, report from delivery where export = ?1 order by rowid desc limit ?2",
            )?;
            let found = found.query_map(params![export, most], |row| {
                let (fingerprint, run) = (row.get(1)?, row.get(2)?);
                Ok((row.get(0)?, Delivery { fingerprint, run, at: row.get(3)?, report: row.get(4)? }))
            })?;
            found.collect()
        };
        all().map_err(|error| unusable(&self.path, &error))
    }

    /// Writes down a delivery, `sent` or `failed`.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn record_delivery(&self, export: &str, outcome: &str, delivery: &Delivery) -> Result<(), Problem> {
        let Delivery { fingerprint, run, at, report } = delivery;
        self.connection
            .execute(
                "insert into delivery (export, fingerprint, run, at, outcome, report) values (?1, ?2, ?3, ?4, ?5, ?6)",
                params![export, fingerprint, run, at, outcome, report],
            )
            .map_err(|error| unusable(&self.path, &error))?;
        Ok(())
    }
}

pub(super) fn unusable(path: &Path, error: &dyn std::fmt::Display) -> Problem {
    Problem::failed(format!("`{}` cannot be used: {error}", path.display())).hint(
        "check that the project's folder can be written, or put it back from a backup: it holds what people decided",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_delivery_that_went_well_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let delivery = |fingerprint: &str| Delivery {
            fingerprint: fingerprint.into(),
            run: "r1".into(),
            at: "2026-01-01T00:00:00Z".into(),
            report: "{}".into(),
        };
        let state = State::open(folder.path()).unwrap();
        assert_eq!(state.last_delivery("Out").unwrap(), None);
        state.record_delivery("Out", "sent", &delivery("a")).unwrap();
        state.record_delivery("Out", "failed", &delivery("b")).unwrap();
        state.record_delivery("Other", "sent", &delivery("c")).unwrap();
        drop(state);
        let state = State::open(folder.path()).unwrap();
        assert_eq!(state.last_delivery("Out").unwrap(), Some(delivery("a")));
        let all = state.deliveries("Out", 10).unwrap();
        assert_eq!(all, [("failed".to_owned(), delivery("b")), ("sent".to_owned(), delivery("a"))]);
    }
}
