//! Schema: the server's file, made and brought up to date.
//!
//! Invariants
//! - `user_version` says how many of the [`STEPS`] a file has been through; a newer file than ours is left alone.
//! - To change the schema: one more step, never another text for one that is there.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use onefold_api::Problem;
use rusqlite::{Connection, OpenFlags};

/// What makes a file of version n one of version n + 1.
const STEPS: &[&str] = &["
create table account (
    name text primary key,
    title text not null,
    role text not null,
    disabled integer not null,
    created text not null,
    last_seen text,
    password text,
    subject text unique
) without rowid;
create table session (
    hash text primary key,
    account text not null references account (name) on delete cascade,
    csrf text not null,
    created text not null,
    used text not null,
    expires text not null
) without rowid;
create index session_of_account on session (account);
create table token (
    id text primary key,
    hash text not null unique,
    title text not null,
    role text not null,
    account text not null references account (name) on delete cascade,
    created text not null,
    expires text,
    last_used text
) without rowid;
create table once (
    hash text primary key,
    value text not null,
    expires text not null
) without rowid;
create table audit (
    seq integer primary key,
    body text not null,
    hash text not null
);
create table audit_head (
    one integer primary key check (one = 1),
    seq integer not null,
    hash text not null
);
create table setting (
    key text primary key,
    value text not null
) without rowid;
"];

const VERSION: u32 = STEPS.len() as u32;

/// Opens the file for writing, making it if need be, as its owner's alone.
pub(super) fn open(path: &Path) -> Result<Connection, Problem> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| unusable(path, &error))?;
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| unusable(path, &error))?;
    let mut connection = Connection::open(path).map_err(|error| unusable(path, &error))?;
    settle(&mut connection).map_err(|error| unusable(path, &error))?;
    let version = update(&mut connection).map_err(|error| unusable(path, &error))?;
    if version > VERSION {
        let message = format!("`{}` was made by a newer Onefold (version {version} of the file)", path.display());
        return Err(Problem::failed(message).hint("use that Onefold, or a newer one"));
    }
    Ok(connection)
}

/// Opens the file for reading.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn settle(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // Every commit is on disk when it returns.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)
}

fn update(connection: &mut Connection) -> rusqlite::Result<u32> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for step in STEPS.iter().skip(version as usize) {
        transaction.execute_batch(step)?;
    }
    if version < VERSION {
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    transaction.commit()?;
    Ok(version)
}

pub(super) fn unusable(path: &Path, error: &dyn std::fmt::Display) -> Problem {
    Problem::failed(format!("`{}` cannot be used: {error}", path.display()))
        .hint("check that its folder can be written and that the disk has room")
}
