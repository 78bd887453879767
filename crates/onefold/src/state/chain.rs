//! Chain: the audit, each entry bound to all before it.
//!
//! An entry is its canonical JSON `{"at":…,"entry":{…},"seq":n}` (members sorted, no space) and
//! `SHA-256(hash before ‖ "\n" ‖ JSON)` in hex; before the first stand 64 zeros.
//!
//! Invariants
//! - `seq` begins at 1 and has no holes. The head is kept beside the chain: entries cut off at the end are missed at once.
//! - Who can write the file can rewrite the whole chain. A [`Head`] that was kept elsewhere, on paper or in another system, is not in
//!   such a chain.

use std::fmt::Write as _;
use std::str::FromStr;

use onefold_api::{AuditAsk, AuditCheck, AuditEntry, AuditQuery, Problem};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::registry::broken;

/// What stands before the first entry.
pub(super) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// An entry's number and hash, by which the chain up to it can be recognised: `17:9f86d0…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The entry's number; 0 before the first.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
}

impl FromStr for Head {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is no head of an audit; write it as `onefold audit verify` prints it: `17:9f86d0…`");
        let (seq, hash) = text.trim().split_once(':').ok_or_else(wrong)?;
        let seq = seq.parse().map_err(|_| wrong())?;
        let hex = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        if hex && seq >= 0 { Ok(Self { seq, hash: hash.to_ascii_lowercase() }) } else { Err(wrong()) }
    }
}

/// Adds an entry, within a transaction.
pub(super) fn append(connection: &Connection, at: &str, entry: &AuditAsk) -> Result<(), Problem> {
    let head = head(connection).map_err(broken)?;
    let seq = head.seq + 1;
    let body = canonical(&serde_json::json!({ "seq": seq, "at": at, "entry": entry }));
    let hash = bind(&head.hash, &body);
    let insert = "insert into audit (seq, body, hash) values (?1, ?2, ?3)";
    connection
        .prepare_cached(insert)
        .and_then(|mut insert| insert.execute(params![seq, body, hash]))
        .map_err(broken)?;
    let note = "insert into audit_head (one, seq, hash) values (1, ?1, ?2)
                on conflict (one) do update set seq = excluded.seq, hash = excluded.hash";
    connection.prepare_cached(note).and_then(|mut note| note.execute(params![seq, hash])).map_err(broken)?;
    Ok(())
}

/// The last entry, as it was noted when it was written.
fn head(connection: &Connection) -> rusqlite::Result<Head> {
    let mut asked = connection.prepare_cached("select seq, hash from audit_head")?;
    let head = asked.query_row([], |row| Ok(Head { seq: row.get(0)?, hash: row.get(1)? })).optional()?;
    Ok(head.unwrap_or_else(|| Head { seq: 0, hash: GENESIS.to_owned() }))
}

/// Goes through the chain. With a head kept elsewhere, also sees that the chain still has it.
pub(super) fn verify(connection: &Connection, expected: Option<&Head>) -> Result<AuditCheck, Problem> {
    // One state of the file, while others go on writing.
    connection.execute_batch("begin").map_err(broken)?;
    let found = walk(connection, expected);
    connection.execute_batch("rollback").map_err(broken)?;
    found.map_err(broken)
}

fn walk(connection: &Connection, expected: Option<&Head>) -> rusqlite::Result<AuditCheck> {
    let noted = head(connection)?;
    let mut asked = connection.prepare("select seq, body, hash from audit order by seq")?;
    let mut rows = asked.query([])?;
    let mut last = Head { seq: 0, hash: GENESIS.to_owned() };
    let broken_at = |seq: i64, last: &Head, message: String| {
        Ok(AuditCheck { ok: false, entries: last.seq, head: last.hash.clone(), broken_at: Some(seq), message })
    };
    let elsewhere = |at: &Head| expected.filter(|kept| kept.seq == at.seq && kept.hash != at.hash);
    while let Some(row) = rows.next()? {
        let next = last.seq + 1;
        // What is no text any more was changed too.
        let (seq, body, hash) = match (row.get::<_, i64>(0), row.get::<_, String>(1), row.get::<_, String>(2)) {
            (Ok(seq), Ok(body), Ok(hash)) => (seq, body, hash),
            _ => return broken_at(next, &last, format!("entry {next} was changed: it cannot be read")),
        };
        if seq != next {
            let gone =
                if seq > next { format!("entry {next} is missing") } else { format!("entry {seq} is one too many") };
            return broken_at(next.min(seq), &last, gone);
        }
        if bind(&last.hash, &body) != hash || !holds(&body, seq) {
            return broken_at(seq, &last, format!("entry {seq} was changed, or does not follow the one before it"));
        }
        last = Head { seq, hash };
        if elsewhere(&last).is_some() {
            return broken_at(
                seq,
                &last,
                format!("entry {seq} is not the one whose hash was kept: the chain was written anew"),
            );
        }
    }
    if noted.seq > last.seq {
        let next = last.seq + 1;
        return broken_at(next, &last, format!("entry {next} and all after it, up to {}, are missing", noted.seq));
    }
    if noted != last {
        let seq = last.seq;
        return broken_at(seq, &last, format!("the note of the last entry does not fit entry {seq}"));
    }
    if let Some(kept) = expected.filter(|kept| kept.seq > last.seq) {
        let next = last.seq + 1;
        return broken_at(
            next,
            &last,
            format!("entry {next} and all after it, up to {} whose hash was kept, are missing", kept.seq),
        );
    }
    let Head { seq, hash } = last;
    let entries = if seq == 1 { "1 entry".to_owned() } else { format!("{seq} entries") };
    Ok(AuditCheck {
        ok: true,
        entries: seq,
        head: hash,
        broken_at: None,
        message: format!("the chain of {entries} holds"),
    })
}

/// Whether a body says the number that it stands at.
fn holds(body: &str, seq: i64) -> bool {
    serde_json::from_str::<Value>(body).is_ok_and(|value| value["seq"] == seq && canonical(&value) == body)
}

/// Entries, newest first.
pub(super) fn entries(connection: &Connection, ask: &AuditQuery) -> Result<Vec<AuditEntry>, Problem> {
    let limit = if ask.limit == 0 { 100 } else { ask.limit.min(500) };
    // What is asked for is searched as text first, and looked at closely in the entries that remain.
    let sql = "select seq, body, hash from audit where seq < ?1
               and (?2 is null or json_extract(body, '$.entry.actor') = ?2)
               and (?3 is null or instr(lower(json_extract(body, '$.entry.act')), lower(?3)) > 0)
               and (?4 is null or (instr(body, ?4) > 0 and exists (select 1 from json_each(body, '$.entry.people') where value = ?4)))
               and (?5 is null or instr(json_extract(body, '$.entry.outcome'), ?5) = 1)
               order by seq desc limit ?6";
    let mut asked = connection.prepare_cached(sql).map_err(broken)?;
    let before = ask.before.unwrap_or(i64::MAX);
    let given = params![before, ask.actor, ask.act, ask.person, ask.outcome, limit as i64];
    let rows =
        asked.query_map(given, |row| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?))).map_err(broken)?;
    rows.map(|row| {
        let (seq, body, hash) = row.map_err(broken)?;
        let unreadable =
            || Problem::failed(format!("entry {seq} of the audit cannot be read")).hint("run `onefold audit verify`");
        let mut value: Value = serde_json::from_str(&body).map_err(|_| unreadable())?;
        let entry = serde_json::from_value(value["entry"].take()).map_err(|_| unreadable())?;
        Ok(AuditEntry { seq, at: value["at"].as_str().unwrap_or_default().to_owned(), entry, hash })
    })
    .collect()
}

pub(super) fn bind(before: &str, body: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(before.as_bytes());
    digest.update(b"\n");
    digest.update(body.as_bytes());
    digest.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// JSON with sorted members and no space, so that equal entries are equal texts.
pub(super) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            let members =
                sorted.iter().map(|(name, value)| format!("{}:{}", Value::String((*name).clone()), canonical(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Array(all) => format!("[{}]", all.iter().map(canonical).collect::<Vec<_>>().join(",")),
        plain => plain.to_string(),
    }
}
