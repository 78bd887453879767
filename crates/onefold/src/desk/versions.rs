//! Versions: older texts of definitions, with who saved them and when.
//!
//! Reads, writes   `<project>/.onefold/versions.sqlite`
//!
//! Invariants
//! - Losing the file loses no definition.
//! - A text that came about without the desk is kept when the desk replaces it.
//! - Of each definition the last [`KEPT`] texts are kept.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use onefold_api::{Problem, VersionView};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::place::{File, Place};
use super::saving::hash;

/// Relative to the project.
const FILE: &str = ".onefold/versions.sqlite";

/// The most texts of one definition.
const KEPT: i64 = 500;

/// Who is said to have saved a text that was changed by other means.
const OUTSIDE: &str = "a change of the file";

const SCHEMA: &str = "
create table if not exists version (
    id integer primary key,
    path text not null,
    at text not null,
    by text not null,
    etag text not null,
    yaml text not null
);
create index if not exists version_by_path on version (path, id);
pragma user_version = 1;";

/// The file, open.
pub(super) struct Versions {
    connection: Connection,
}

impl Versions {
    /// Whether anything was ever saved.
    pub(super) fn is_there(root: &Path) -> bool {
        root.join(FILE).is_file()
    }

    /// Opens the file of a project, making it if need be.
    ///
    /// # Errors
    /// A folder that cannot be written, or a file that is none of ours.
    pub(super) fn open(root: &Path) -> Result<Self, Problem> {
        let folder = root.join(".onefold");
        std::fs::create_dir_all(&folder).map_err(|error| unusable(&error))?;
        let connection = Connection::open(root.join(FILE)).map_err(|error| unusable(&error))?;
        let prepare = || {
            connection.busy_timeout(Duration::from_secs(10))?;
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.execute_batch(SCHEMA)
        };
        prepare().map_err(|error| unusable(&error))?;
        Ok(Self { connection })
    }

    /// The texts of a definition, newest first.
    pub(super) fn all(&self, place: &Place) -> Result<Vec<VersionView>, Problem> {
        let read = || {
            let sql = "select at, by, etag, yaml from version where path = ?1 order by id desc";
            let mut query = self.connection.prepare(sql)?;
            let rows = query.query_map([&place.path], |row| {
                Ok(VersionView { at: row.get(0)?, by: row.get(1)?, etag: row.get(2)?, yaml: row.get(3)? })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| unusable(&error))
    }

    /// Keeps the text that is there, unless it is the last that was kept.
    pub(super) fn found(&self, place: &Place, file: &Path, saved: Option<&File>) -> Result<(), Problem> {
        let sql = "select etag from version where path = ?1 order by id desc limit 1";
        let last = self.connection.query_row(sql, [&place.path], |row| row.get::<_, String>(0)).optional();
        let last = last.map_err(|error| unusable(&error))?;
        match saved {
            Some(saved) if last.as_ref() != Some(&saved.etag) => {
                let changed = std::fs::metadata(file).and_then(|file| file.modified()).ok();
                let at = changed.and_then(|changed| Timestamp::try_from(changed).ok()).unwrap_or_else(Timestamp::now);
                self.add(place, at, OUTSIDE, &saved.etag, &saved.text)
            }
            _ => Ok(()),
        }
    }

    /// Keeps a text that was saved; an empty one is a deletion.
    pub(super) fn saved(&self, place: &Place, text: &str, by: &str) -> Result<(), Problem> {
        self.add(place, Timestamp::now(), by, &hash(text), text)
    }

    fn add(&self, place: &Place, at: Timestamp, by: &str, etag: &str, text: &str) -> Result<(), Problem> {
        let at = at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        let write = || {
            let sql = "insert into version (path, at, by, etag, yaml) values (?1, ?2, ?3, ?4, ?5)";
            self.connection.execute(sql, params![place.path, at, by, etag, text])?;
            let sql = "delete from version where path = ?1 and id not in
                (select id from version where path = ?1 order by id desc limit ?2)";
            self.connection.execute(sql, params![place.path, KEPT])
        };
        write().map(|_| ()).map_err(|error| unusable(&error))
    }
}

fn unusable(error: &dyn std::fmt::Display) -> Problem {
    Problem::failed(format!("the history of definitions cannot be used: {error}"))
        .hint("check that `.onefold/versions.sqlite` may be written; without it no text is lost but older ones")
}
