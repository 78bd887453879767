//! Registry: accounts, sessions, tokens and the audit in one SQLite file.
//!
//! Reads, writes   `<folder>/.onefold/server.sqlite`; several processes may, so accounts can be made while the server runs
//!
//! Invariants
//! - Changes go through one thread (`writer`) and are on disk when they return. Readers never wait for it.
//! - There is always an Owner who is not disabled.
//!
//! Not here: what a role may do, what is asked of passwords (`onefold-server`).

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use onefold_api::{
    Account, AccountChange, AccountView, AuditAsk, AuditCheck, AuditEntry, AuditQuery, Problem, Registry, Role,
    SessionRecord, TokenView,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::chain::{self, Head};
use super::schema;
use super::writer::Writer;

/// Seconds after which another use of a token is noted.
const NOTED: i64 = 60;

/// The file, open.
pub struct SqliteRegistry {
    writer: Writer,
    readers: Arc<Mutex<Vec<Connection>>>,
    path: PathBuf,
}

impl SqliteRegistry {
    /// Opens the file of a folder, making it if need be.
    ///
    /// # Errors
    /// A folder that cannot be written, or a file of a newer Onefold.
    pub fn open(folder: &Path) -> Result<Self, Problem> {
        let path = Self::path(folder);
        let connection = schema::open(&path)?;
        let writer = Writer::start(connection, path.clone())?;
        Ok(Self { writer, readers: Arc::default(), path })
    }

    /// Where the file of a folder lies.
    pub fn path(folder: &Path) -> PathBuf {
        folder.join(".onefold").join("server.sqlite")
    }

    /// Goes through the whole audit; with a head kept elsewhere, also sees that the chain still has it.
    ///
    /// # Errors
    /// A file that cannot be read. A chain that does not hold is an answer.
    pub async fn verify(&self, expected: Option<Head>) -> Result<AuditCheck, Problem> {
        self.read(move |connection| chain::verify(connection, expected.as_ref())).await
    }

    /// Notes where browsers find the server, for links that the command line makes.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub async fn note_address(&self, url: &str) -> Result<(), Problem> {
        let url = url.to_owned();
        let sql = "insert into setting (key, value) values ('address', ?1) on conflict (key) do update set value = excluded.value";
        self.writer.change(move |connection| connection.execute(sql, [url]).map(drop).map_err(broken)).await
    }

    /// Where browsers found the server last.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub async fn address(&self) -> Result<Option<String>, Problem> {
        let sql = "select value from setting where key = 'address'";
        self.read(move |connection| connection.query_row(sql, [], |row| row.get(0)).optional().map_err(broken)).await
    }

    /// Reads, on a thread where waiting is fine.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let (readers, path) = (Arc::clone(&self.readers), self.path.clone());
        let work = move || {
            let idle = readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match idle {
                Some(connection) => connection,
                None => schema::reader(&path).map_err(|error| schema::unusable(&path, &error))?,
            };
            let found = read(&connection);
            readers.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            found
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| Problem::failed(error.to_string()))?
    }
}

/// A failure of the file as a problem.
pub(super) fn broken(error: rusqlite::Error) -> Problem {
    Problem::failed(format!("the server's file cannot be used: {error}"))
        .hint("check that the project's folder can be written and that the disk has room")
}

const ACCOUNT: &str = "select name, title, role, disabled, created, last_seen, password, subject from account";

fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    let password: Option<String> = row.get(6)?;
    let view = AccountView {
        name: row.get(0)?,
        title: row.get(1)?,
        role: role(&row.get::<_, String>(2)?),
        local: password.is_some(),
        disabled: row.get(3)?,
        created: row.get(4)?,
        last_seen: row.get(5)?,
    };
    Ok(Account { view, password, subject: row.get(7)? })
}

fn one_account(connection: &Connection, by: &str, value: &str) -> Result<Option<Account>, Problem> {
    let sql = format!("{ACCOUNT} where {by} = ?1");
    connection.prepare_cached(&sql).and_then(|mut asked| asked.query_row([value], account).optional()).map_err(broken)
}

fn session(row: &Row<'_>) -> rusqlite::Result<SessionRecord> {
    Ok(SessionRecord {
        hash: row.get(0)?,
        account: row.get(1)?,
        csrf: row.get(2)?,
        created: row.get(3)?,
        used: row.get(4)?,
        expires: row.get(5)?,
    })
}

const TOKEN: &str = "select id, title, role, account, created, expires, last_used from token";

fn token(row: &Row<'_>) -> rusqlite::Result<TokenView> {
    Ok(TokenView {
        id: row.get(0)?,
        title: row.get(1)?,
        role: role(&row.get::<_, String>(2)?),
        account: row.get(3)?,
        created: row.get(4)?,
        expires: row.get(5)?,
        last_used: row.get(6)?,
    })
}

fn role_text(role: Role) -> &'static str {
    match role {
        Role::Viewer => "viewer",
        Role::Contributor => "contributor",
        Role::Administrator => "administrator",
        Role::Owner => "owner",
    }
}

/// What is no role is the least one.
fn role(text: &str) -> Role {
    let all = [Role::Owner, Role::Administrator, Role::Contributor];
    all.into_iter().find(|&role| role_text(role) == text).unwrap_or(Role::Viewer)
}

/// Refuses a state in which nobody enabled is Owner.
fn owned(connection: &Connection) -> Result<(), Problem> {
    let sql = "select exists (select 1 from account where role = 'owner' and not disabled)";
    if connection.query_row(sql, [], |row| row.get(0)).map_err(broken)? {
        return Ok(());
    }
    Err(Problem::refused("nobody would be owner then").hint("make somebody else owner first"))
}

fn nobody(name: &str) -> Problem {
    Problem::not_found(format!("there is no account `{name}`"))
}

fn now() -> Timestamp {
    Timestamp::now()
}

/// An instant as the file keeps it: texts sort as instants do.
fn stamp(at: Timestamp) -> String {
    format!("{at:.3}")
}

#[async_trait]
impl Registry for SqliteRegistry {
    async fn accounts(&self) -> Result<Vec<Account>, Problem> {
        self.read(|connection| {
            let mut asked = connection.prepare_cached(&format!("{ACCOUNT} order by name")).map_err(broken)?;
            asked.query_map([], account).and_then(Iterator::collect).map_err(broken)
        })
        .await
    }

    async fn account(&self, name: &str) -> Result<Option<Account>, Problem> {
        let name = name.to_owned();
        self.read(move |connection| one_account(connection, "name", &name)).await
    }

    async fn account_of(&self, subject: &str) -> Result<Option<Account>, Problem> {
        let subject = subject.to_owned();
        self.read(move |connection| one_account(connection, "subject", &subject)).await
    }

    async fn put_account(&self, account: &Account) -> Result<(), Problem> {
        let Account { view, password, subject } = account.clone();
        let sql = "insert into account (name, title, role, disabled, created, last_seen, password, subject)
                   values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        self.writer
            .change(move |connection| {
                if one_account(connection, "name", &view.name)?.is_some() {
                    let message = format!("there is an account `{}` already", view.name);
                    return Err(Problem::refused(message).hint("choose another name"));
                }
                let AccountView { name, title, role, disabled, created, last_seen, .. } = view;
                let values = params![name, title, role_text(role), disabled, created, last_seen, password, subject];
                connection.execute(sql, values).map_err(broken)?;
                owned(connection)
            })
            .await
    }

    async fn change_account(&self, name: &str, change: &AccountChange) -> Result<Account, Problem> {
        let (name, change) = (name.to_owned(), change.clone());
        let sql = "update account set title = coalesce(?2, title), role = coalesce(?3, role), disabled = coalesce(?4, disabled),
                   password = coalesce(?5, password), last_seen = coalesce(?6, last_seen) where name = ?1";
        self.writer
            .change(move |connection| {
                let AccountChange { title, role, disabled, password, last_seen } = change;
                let values = params![name, title, role.map(role_text), disabled, password, last_seen];
                connection.prepare_cached(sql).and_then(|mut update| update.execute(values)).map_err(broken)?;
                if role.is_some() || disabled.is_some() {
                    owned(connection)?;
                }
                one_account(connection, "name", &name)?.ok_or_else(|| nobody(&name))
            })
            .await
    }

    async fn remove_account(&self, name: &str) -> Result<(), Problem> {
        let name = name.to_owned();
        self.writer
            .change(move |connection| {
                match connection.execute("delete from account where name = ?1", [&name]).map_err(broken)? {
                    0 => Err(nobody(&name)),
                    _ => owned(connection),
                }
            })
            .await
    }

    async fn put_session(&self, session: &SessionRecord) -> Result<(), Problem> {
        let session = session.clone();
        let sql = "insert into session (hash, account, csrf, created, used, expires) values (?1, ?2, ?3, ?4, ?5, ?6)";
        self.writer
            .change(move |connection| {
                connection.execute("delete from session where expires <= ?1", [stamp(now())]).map_err(broken)?;
                let SessionRecord { hash, account, csrf, created, used, expires } = session;
                connection.execute(sql, params![hash, account, csrf, created, used, expires]).map(drop).map_err(broken)
            })
            .await
    }

    async fn session(&self, hash: &str) -> Result<Option<SessionRecord>, Problem> {
        let hash = hash.to_owned();
        let sql = "select hash, account, csrf, created, used, expires from session where hash = ?1 and expires > ?2";
        self.read(move |connection| {
            let mut asked = connection.prepare_cached(sql).map_err(broken)?;
            asked.query_row(params![hash, stamp(now())], session).optional().map_err(broken)
        })
        .await
    }

    async fn touch_session(&self, hash: &str, used: &str) -> Result<(), Problem> {
        let (hash, used) = (hash.to_owned(), used.to_owned());
        let sql = "update session set used = ?2 where hash = ?1 and used < ?2";
        self.writer.change(move |connection| connection.execute(sql, [hash, used]).map(drop).map_err(broken)).await
    }

    async fn end_sessions(&self, hash: Option<&str>, account: Option<&str>) -> Result<(), Problem> {
        let (hash, account) = (hash.map(str::to_owned), account.map(str::to_owned));
        self.writer
            .change(move |connection| {
                let done = match (hash, account) {
                    (Some(hash), None) => connection.execute("delete from session where hash = ?1", [hash]),
                    (kept, Some(account)) => connection
                        .execute("delete from session where account = ?1 and hash is not ?2", params![account, kept]),
                    (None, None) => Ok(0),
                };
                done.map(drop).map_err(broken)
            })
            .await
    }

    async fn tokens(&self) -> Result<Vec<TokenView>, Problem> {
        self.read(|connection| {
            let mut asked = connection.prepare_cached(&format!("{TOKEN} order by created desc, id")).map_err(broken)?;
            asked.query_map([], token).and_then(Iterator::collect).map_err(broken)
        })
        .await
    }

    async fn put_token(&self, token: &TokenView, hash: &str) -> Result<(), Problem> {
        let (token, hash) = (token.clone(), hash.to_owned());
        let sql = "insert into token (id, hash, title, role, account, created, expires, last_used)
                   values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        self.writer
            .change(move |connection| {
                let TokenView { id, title, role, account, created, expires, last_used } = token;
                let values = params![id, hash, title, role_text(role), account, created, expires, last_used];
                connection.execute(sql, values).map(drop).map_err(broken)
            })
            .await
    }

    async fn token(&self, hash: &str) -> Result<Option<TokenView>, Problem> {
        let key = hash.to_owned();
        let found = self
            .read(move |connection| {
                let sql = format!("{TOKEN} where hash = ?1 and (expires is null or expires > ?2)");
                let mut asked = connection.prepare_cached(&sql).map_err(broken)?;
                asked.query_row(params![key, stamp(now())], token).optional().map_err(broken)
            })
            .await?;
        let stale = now().checked_sub(SignedDuration::from_secs(NOTED)).map(stamp).unwrap_or_default();
        if let Some(token) = found.as_ref().filter(|token| token.last_used.as_ref().is_none_or(|used| *used < stale)) {
            let id = token.id.clone();
            let sql = "update token set last_used = ?2 where id = ?1";
            let note =
                move |connection: &Connection| connection.execute(sql, [id, stamp(now())]).map(drop).map_err(broken);
            self.writer.change(note).await?;
        }
        Ok(found)
    }

    async fn remove_token(&self, id: &str) -> Result<(), Problem> {
        let id = id.to_owned();
        let sql = "delete from token where id = ?1";
        self.writer.change(move |connection| connection.execute(sql, [id]).map(drop).map_err(broken)).await
    }

    async fn put_once(&self, hash: &str, value: &str, expires: &str) -> Result<(), Problem> {
        let (hash, value, expires) = (hash.to_owned(), value.to_owned(), expires.to_owned());
        self.writer
            .change(move |connection| {
                connection.execute("delete from once where expires <= ?1", [stamp(now())]).map_err(broken)?;
                let sql = "insert into once (hash, value, expires) values (?1, ?2, ?3)";
                connection.execute(sql, [hash, value, expires]).map(drop).map_err(broken)
            })
            .await
    }

    async fn take_once(&self, hash: &str, peek: bool) -> Result<Option<String>, Problem> {
        let hash = hash.to_owned();
        if peek {
            let sql = "select value from once where hash = ?1 and expires > ?2";
            let read = move |connection: &Connection| {
                connection.query_row(sql, [hash, stamp(now())], |row| row.get(0)).optional().map_err(broken)
            };
            return self.read(read).await;
        }
        let sql = "delete from once where hash = ?1 and expires > ?2 returning value";
        self.writer
            .change(move |connection| {
                connection.query_row(sql, [hash, stamp(now())], |row| row.get(0)).optional().map_err(broken)
            })
            .await
    }

    async fn audit(&self, entry: AuditAsk) -> Result<(), Problem> {
        self.writer.change(move |connection| chain::append(connection, &stamp(now()), &entry)).await
    }

    async fn audited(&self, ask: &AuditQuery) -> Result<Vec<AuditEntry>, Problem> {
        let ask = ask.clone();
        self.read(move |connection| chain::entries(connection, &ask)).await
    }

    async fn verify_audit(&self) -> Result<AuditCheck, Problem> {
        self.verify(None).await
    }
}
