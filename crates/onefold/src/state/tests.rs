//! Tests of the server's file: accounts and sessions, groups of changes, and a chain that shows what was done to it.

use std::path::Path;
use std::sync::Arc;

use onefold_api::{
    Account, AccountChange, AccountView, AuditAsk, AuditCheck, AuditQuery, ProblemKind, Registry as _, Role,
    SessionRecord, TokenView,
};
use rusqlite::Connection;
use tempfile::TempDir;

use super::{Head, SqliteRegistry};

const LONG_AGO: &str = "2020-01-01T00:00:00.000Z";
const IN_LONG: &str = "2999-01-01T00:00:00.000Z";

fn account(name: &str, role: Role) -> Account {
    let (name, title, created) = (name.to_owned(), name.to_uppercase(), LONG_AGO.to_owned());
    let view = AccountView { name, title, role, local: false, disabled: false, created, last_seen: None };
    Account { view, password: None, subject: None }
}

fn session(hash: &str, account: &str, expires: &str) -> SessionRecord {
    let [hash, account, expires] = [hash, account, expires].map(str::to_owned);
    let (created, used) = (LONG_AGO.to_owned(), LONG_AGO.to_owned());
    SessionRecord { hash, account, csrf: "c".to_owned(), created, used, expires }
}

fn entry(n: usize) -> AuditAsk {
    AuditAsk {
        actor: if n.is_multiple_of(2) { "ann" } else { "ben" }.to_owned(),
        act: "GET /api/projects/{project}/customers/{id}".to_owned(),
        object: format!("/api/projects/clinic/customers/{n}"),
        project: Some("clinic".to_owned()),
        people: vec![format!("person{n}"), "person \"quoted\" ü".to_owned()],
        outcome: if n.is_multiple_of(3) { "refused 403" } else { "ok 200" }.to_owned(),
        request: format!("r{n}"),
        address: "127.0.0.1".to_owned(),
        detail: None,
    }
}

async fn owned() -> (TempDir, SqliteRegistry) {
    let folder = tempfile::tempdir().unwrap();
    let registry = SqliteRegistry::open(folder.path()).unwrap();
    registry.put_account(&account("ann", Role::Owner)).await.unwrap();
    (folder, registry)
}

#[tokio::test]
async fn there_is_always_an_owner() {
    let folder = tempfile::tempdir().unwrap();
    let registry = SqliteRegistry::open(folder.path()).unwrap();
    let refused = |result: Result<(), onefold_api::Problem>| assert_eq!(result.unwrap_err().kind, ProblemKind::Refused);
    refused(registry.put_account(&account("ben", Role::Viewer)).await);
    assert_eq!(registry.accounts().await.unwrap(), []);
    registry.put_account(&account("ann", Role::Owner)).await.unwrap();
    registry.put_account(&account("ben", Role::Viewer)).await.unwrap();
    refused(registry.put_account(&account("ben", Role::Owner)).await);
    let lower = AccountChange { role: Some(Role::Viewer), ..AccountChange::default() };
    let disable = AccountChange { disabled: Some(true), ..AccountChange::default() };
    refused(registry.change_account("ann", &lower).await.map(drop));
    refused(registry.change_account("ann", &disable).await.map(drop));
    refused(registry.remove_account("ann").await);
    assert_eq!(registry.account("ann").await.unwrap(), Some(account("ann", Role::Owner)), "nothing has changed");
    let owner = AccountChange { role: Some(Role::Owner), title: Some("Ben".to_owned()), ..AccountChange::default() };
    assert_eq!(registry.change_account("ben", &owner).await.unwrap().view.title, "Ben");
    registry.remove_account("ann").await.unwrap();
    assert_eq!(registry.change_account("ann", &owner).await.unwrap_err().kind, ProblemKind::NotFound);
}

#[tokio::test]
async fn sessions_and_tokens_end_with_their_account_and_their_time() {
    let (folder, registry) = owned().await;
    registry.put_account(&account("ben", Role::Viewer)).await.unwrap();
    for (hash, name, expires) in
        [("a1", "ann", IN_LONG), ("a2", "ann", IN_LONG), ("b1", "ben", IN_LONG), ("b2", "ben", LONG_AGO)]
    {
        registry.put_session(&session(hash, name, expires)).await.unwrap();
    }
    assert_eq!(registry.session("b2").await.unwrap(), None, "it has expired");
    registry.touch_session("a1", IN_LONG).await.unwrap();
    assert_eq!(registry.session("a1").await.unwrap().unwrap().used, IN_LONG);
    registry.end_sessions(Some("a1"), Some("ann")).await.unwrap();
    assert!(registry.session("a1").await.unwrap().is_some() && registry.session("a2").await.unwrap().is_none());
    registry.end_sessions(Some("a1"), None).await.unwrap();
    registry.touch_session("a1", IN_LONG).await.unwrap();
    assert_eq!(registry.session("a1").await.unwrap(), None, "what has ended stays so");

    let token = |id: &str, expires: Option<&str>| TokenView {
        id: id.to_owned(),
        title: id.to_owned(),
        role: Role::Contributor,
        account: "ben".to_owned(),
        created: LONG_AGO.to_owned(),
        expires: expires.map(str::to_owned),
        last_used: None,
    };
    registry.put_token(&token("t1", None), "h1").await.unwrap();
    registry.put_token(&token("t2", Some(LONG_AGO)), "h2").await.unwrap();
    assert_eq!(registry.token("h1").await.unwrap().unwrap().last_used, None);
    assert!(registry.token("h1").await.unwrap().unwrap().last_used.is_some(), "its use was noted");
    assert_eq!(registry.token("h2").await.unwrap(), None, "it has expired");
    registry.remove_account("ben").await.unwrap();
    assert!(registry.session("b1").await.unwrap().is_none() && registry.tokens().await.unwrap().is_empty());
    // Another process sees the same.
    drop(registry);
    let registry = SqliteRegistry::open(folder.path()).unwrap();
    assert_eq!(registry.accounts().await.unwrap(), [account("ann", Role::Owner)]);
}

#[tokio::test]
async fn a_word_is_taken_once() {
    let (_folder, registry) = owned().await;
    registry.put_once("h", "value", IN_LONG).await.unwrap();
    registry.put_once("old", "value", LONG_AGO).await.unwrap();
    assert_eq!(registry.take_once("old", false).await.unwrap(), None);
    assert_eq!(registry.take_once("h", true).await.unwrap().as_deref(), Some("value"));
    let (a, b) = tokio::join!(registry.take_once("h", false), registry.take_once("h", false));
    assert_eq!([a.unwrap(), b.unwrap()].iter().flatten().count(), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_its_owners_alone_and_a_newer_one_is_left_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, registry) = owned().await;
    let path = SqliteRegistry::path(folder.path());
    for file in [path.clone(), path.with_extension("sqlite-wal")] {
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o077, 0, "{}", file.display());
    }
    drop(registry);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(SqliteRegistry::open(folder.path()).err().unwrap().message.contains("newer Onefold"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_of_many_at_once_make_one_chain() {
    let (folder, registry) = owned().await;
    // Two processes write: the server and the command line.
    let (registry, other) = (Arc::new(registry), Arc::new(SqliteRegistry::open(folder.path()).unwrap()));
    let tasks: Vec<_> = (0..200)
        .map(|n| {
            let registry = if n % 5 == 0 { Arc::clone(&other) } else { Arc::clone(&registry) };
            tokio::spawn(async move { registry.audit(entry(n)).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let check = registry.verify(None).await.unwrap();
    assert_eq!((check.ok, check.entries, check.message.as_str()), (true, 200, "the chain of 200 entries holds"));

    let ask = |ask: AuditQuery| {
        let registry = Arc::clone(&registry);
        async move { registry.audited(&ask).await.unwrap() }
    };
    let all = ask(AuditQuery { limit: 500, ..AuditQuery::default() }).await;
    assert_eq!(all.iter().map(|entry| entry.seq).collect::<Vec<_>>(), (1..=200).rev().collect::<Vec<_>>());
    let page = ask(AuditQuery { before: Some(11), limit: 3, ..AuditQuery::default() }).await;
    assert_eq!(page.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [10, 9, 8]);
    let of = |change: fn(&mut AuditQuery)| {
        let mut query = AuditQuery { limit: 500, ..AuditQuery::default() };
        change(&mut query);
        ask(query)
    };
    assert_eq!(of(|q| q.actor = Some("ann".to_owned())).await.len(), 100);
    assert_eq!(of(|q| q.outcome = Some("refused".to_owned())).await.len(), 67);
    assert_eq!(of(|q| q.act = Some("/Customers/".to_owned())).await.len(), 200);
    assert_eq!(of(|q| q.act = Some("/accounts".to_owned())).await.len(), 0);
    let seen = of(|q| q.person = Some("person7".to_owned())).await;
    assert_eq!(seen.iter().map(|found| found.entry.clone()).collect::<Vec<_>>(), [entry(7)]);
    assert_eq!(of(|q| q.person = Some("person".to_owned())).await.len(), 0);
}

/// What somebody does to the file, and what the check then says.
#[tokio::test]
async fn what_is_done_to_the_chain_is_found() {
    let whole = "the chain of 12 entries holds";
    let cases: &[(&str, &str, Option<i64>, &str)] = &[
        ("nothing", "select 1", None, whole),
        (
            "a byte",
            "update audit set body = replace(body, 'customers/4', 'customers/5') where seq = 5",
            Some(5),
            "entry 5 was changed",
        ),
        (
            "a hash",
            "update audit set hash = replace(hash, substr(hash, 1, 1), 'x') where seq = 7",
            Some(7),
            "entry 7 was changed",
        ),
        ("bytes that are no text", "update audit set body = x'ff00' where seq = 3", Some(3), "entry 3 was changed"),
        ("one is gone", "delete from audit where seq = 6", Some(6), "entry 6 is missing"),
        ("the first is gone", "delete from audit where seq = 1", Some(1), "entry 1 is missing"),
        (
            "the last are gone",
            "delete from audit where seq > 10",
            Some(11),
            "entry 11 and all after it, up to 12, are missing",
        ),
        ("all are gone", "delete from audit", Some(1), "entry 1 and all after it, up to 12, are missing"),
        (
            "two are swapped",
            "update audit set seq = -1 where seq = 4; update audit set seq = 4 where seq = 8; update audit set seq = 8 where seq = -1",
            Some(4),
            "entry 4 was changed",
        ),
        (
            "one is gone and the rest moves up",
            "delete from audit where seq = 6; update audit set seq = seq - 1 where seq > 6",
            Some(6),
            "entry 6 was changed",
        ),
        (
            "one more",
            "insert into audit (seq, body, hash) select 13, body, hash from audit where seq = 12",
            Some(13),
            "entry 13 was changed",
        ),
        (
            "one before the first",
            "insert into audit (seq, body, hash) select 0, body, hash from audit where seq = 1",
            Some(0),
            "entry 0 is one too many",
        ),
        (
            "the note of the end",
            "update audit_head set seq = 11",
            Some(12),
            "the note of the last entry does not fit entry 12",
        ),
    ];
    for (what, sql, broken_at, message) in cases {
        let check = after(sql, None).await.0;
        assert_eq!((check.ok, check.broken_at), (broken_at.is_none(), *broken_at), "{what}: {}", check.message);
        assert!(check.message.starts_with(message), "{what}: {}", check.message);
    }
}

/// The end can be cut off together with its note, and the whole chain written anew; a head kept elsewhere finds both.
#[tokio::test]
async fn a_head_kept_elsewhere_finds_what_the_file_alone_cannot() {
    let cut = "delete from audit where seq > 10;
               update audit_head set seq = 10, hash = (select hash from audit where seq = 10)";
    let (check, kept) = after(cut, None).await;
    assert!(check.ok && check.entries == 10, "by itself the file looks whole");
    assert_eq!(kept.seq, 12);

    for (sql, more, broken_at, message) in [
        (cut, 0, 11, "entry 11 and all after it, up to 12 whose hash was kept, are missing"),
        (cut, 5, 12, "entry 12 is not the one whose hash was kept"),
        ("delete from audit; delete from audit_head", 20, 12, "entry 12 is not the one whose hash was kept"),
    ] {
        let (folder, kept) = filled().await;
        tamper(folder.path(), sql);
        let registry = SqliteRegistry::open(folder.path()).unwrap();
        for n in 0..more {
            registry.audit(entry(n + 100)).await.unwrap();
        }
        assert!(registry.verify(None).await.unwrap().ok, "by itself the file looks whole");
        let check = registry.verify(Some(kept)).await.unwrap();
        assert_eq!((check.ok, check.broken_at), (false, Some(broken_at)), "{}", check.message);
        assert!(check.message.starts_with(message), "{}", check.message);
    }

    let (folder, kept) = filled().await;
    let registry = SqliteRegistry::open(folder.path()).unwrap();
    registry.audit(entry(1)).await.unwrap();
    assert!(registry.verify(Some(kept)).await.unwrap().ok, "the chain went on from it");
}

/// An end cut off by hand shows also after the chain went on.
#[tokio::test]
async fn a_chain_that_went_on_after_a_cut_has_a_hole() {
    let (folder, _) = filled().await;
    tamper(folder.path(), "delete from audit where seq > 10");
    let registry = SqliteRegistry::open(folder.path()).unwrap();
    registry.audit(entry(1)).await.unwrap();
    assert_eq!(registry.verify(None).await.unwrap().broken_at, Some(11));
}

#[test]
fn heads_are_read_as_they_are_printed() {
    let hash = "9f".repeat(32);
    assert_eq!(format!("17:{hash}").parse::<Head>(), Ok(Head { seq: 17, hash: hash.clone() }));
    for wrong in ["", "17", ":", &hash, "x:9f", "17:9f", &format!("-1:{hash}")] {
        assert!(wrong.parse::<Head>().is_err(), "{wrong}");
    }
}

/// A chain of twelve entries, closed, and its head.
async fn filled() -> (TempDir, Head) {
    let (folder, registry) = owned().await;
    for n in 0..12 {
        registry.audit(entry(n)).await.unwrap();
    }
    let check = registry.verify(None).await.unwrap();
    (folder, Head { seq: check.entries, hash: check.head })
}

fn tamper(folder: &Path, sql: &str) {
    Connection::open(SqliteRegistry::path(folder)).unwrap().execute_batch(sql).unwrap();
}

async fn after(sql: &str, expected: Option<Head>) -> (AuditCheck, Head) {
    let (folder, head) = filled().await;
    tamper(folder.path(), sql);
    (SqliteRegistry::open(folder.path()).unwrap().verify(expected).await.unwrap(), head)
}
