//! Memory: a registry without a file, for tests. It remembers what the real one would, and can be made to fail.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use onefold_api::*;

use super::Clock;
use super::instant;

#[derive(Default)]
struct Kept {
    accounts: BTreeMap<String, Account>,
    sessions: BTreeMap<String, SessionRecord>,
    tokens: BTreeMap<String, TokenView>,
    once: BTreeMap<String, (String, String)>,
    audit: Vec<AuditAsk>,
}

/// A registry in memory.
pub(crate) struct MemoryRegistry {
    kept: Mutex<Kept>,
    clock: Clock,
    /// Whether the audit cannot be written.
    pub(crate) full: AtomicBool,
}

impl MemoryRegistry {
    /// An empty one.
    pub(crate) fn new(clock: Clock) -> Self {
        Self { kept: Mutex::default(), clock, full: AtomicBool::new(false) }
    }
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// The entries of the audit so far, which are forgotten.
    pub(crate) fn entries(&self) -> Vec<AuditAsk> {
        std::mem::take(&mut self.kept().audit)
    }
    /// All that is kept, as text: no secret may stand in it.
    pub(crate) fn text(&self) -> String {
        let kept = self.kept();
        format!("{:?} {:?} {:?} {:?} {:?}", kept.accounts, kept.sessions, kept.tokens, kept.once, kept.audit)
    }
    fn past(&self, text: &str) -> bool {
        instant(text) <= (self.clock)()
    }
    fn owned(kept: &Kept) -> Result<(), Problem> {
        let owner = kept.accounts.values().any(|account| account.view.role == Role::Owner && !account.view.disabled);
        if owner { Ok(()) } else { Err(Problem::refused("nobody would be owner then")) }
    }
}

#[async_trait]
impl Registry for MemoryRegistry {
    async fn accounts(&self) -> Result<Vec<Account>, Problem> {
        Ok(self.kept().accounts.values().cloned().collect())
    }
    async fn account(&self, name: &str) -> Result<Option<Account>, Problem> {
        Ok(self.kept().accounts.get(name).cloned())
    }
    async fn account_of(&self, subject: &str) -> Result<Option<Account>, Problem> {
        Ok(self.kept().accounts.values().find(|account| account.subject.as_deref() == Some(subject)).cloned())
    }
    async fn put_account(&self, account: &Account) -> Result<(), Problem> {
        let mut kept = self.kept();
        let name = account.view.name.clone();
        if kept.accounts.contains_key(&name) {
            return Err(Problem::refused(format!("there is an account `{name}` already")));
        }
        kept.accounts.insert(name.clone(), account.clone());
        Self::owned(&kept).inspect_err(|_| drop(kept.accounts.remove(&name)))
    }
    async fn change_account(&self, name: &str, change: &AccountChange) -> Result<Account, Problem> {
        let mut kept = self.kept();
        let old = kept.accounts.get(name).cloned();
        let old = old.ok_or_else(|| Problem::not_found(format!("there is no account `{name}`")))?;
        let mut new = old.clone();
        let AccountChange { title, role, disabled, password, last_seen } = change.clone();
        new.view.title = title.unwrap_or(new.view.title);
        new.view.role = role.unwrap_or(new.view.role);
        new.view.disabled = disabled.unwrap_or(new.view.disabled);
        new.view.last_seen = last_seen.or(new.view.last_seen);
        new.password = password.or(new.password);
        new.view.local = new.password.is_some();
        kept.accounts.insert(name.to_owned(), new.clone());
        Self::owned(&kept).inspect_err(|_| drop(kept.accounts.insert(name.to_owned(), old)))?;
        Ok(new)
    }
    async fn remove_account(&self, name: &str) -> Result<(), Problem> {
        let mut kept = self.kept();
        let old =
            kept.accounts.remove(name).ok_or_else(|| Problem::not_found(format!("there is no account `{name}`")))?;
        Self::owned(&kept).inspect_err(|_| drop(kept.accounts.insert(name.to_owned(), old)))?;
        kept.sessions.retain(|_, session| session.account != name);
        kept.tokens.retain(|_, token| token.account != name);
        Ok(())
    }

    async fn put_session(&self, session: &SessionRecord) -> Result<(), Problem> {
        self.kept().sessions.insert(session.hash.clone(), session.clone());
        Ok(())
    }
    async fn session(&self, hash: &str) -> Result<Option<SessionRecord>, Problem> {
        Ok(self.kept().sessions.get(hash).filter(|session| !self.past(&session.expires)).cloned())
    }
    async fn touch_session(&self, hash: &str, used: &str) -> Result<(), Problem> {
        if let Some(session) = self.kept().sessions.get_mut(hash) {
            session.used = used.to_owned();
        }
        Ok(())
    }
    async fn end_sessions(&self, hash: Option<&str>, account: Option<&str>) -> Result<(), Problem> {
        self.kept().sessions.retain(|key, session| match account {
            Some(account) => session.account != account || hash == Some(key),
            None => hash != Some(key),
        });
        Ok(())
    }

    async fn tokens(&self) -> Result<Vec<TokenView>, Problem> {
        Ok(self.kept().tokens.values().cloned().collect())
    }
    async fn put_token(&self, token: &TokenView, hash: &str) -> Result<(), Problem> {
        self.kept().tokens.insert(hash.to_owned(), token.clone());
        Ok(())
    }
    async fn token(&self, hash: &str) -> Result<Option<TokenView>, Problem> {
        let found = self.kept().tokens.get(hash).cloned();
        Ok(found.filter(|token| !token.expires.as_deref().is_some_and(|expires| self.past(expires))))
    }
    async fn remove_token(&self, id: &str) -> Result<(), Problem> {
        self.kept().tokens.retain(|_, token| token.id != id);
        Ok(())
    }

    async fn put_once(&self, hash: &str, value: &str, expires: &str) -> Result<(), Problem> {
        self.kept().once.insert(hash.to_owned(), (value.to_owned(), expires.to_owned()));
        Ok(())
    }
    async fn take_once(&self, hash: &str, peek: bool) -> Result<Option<String>, Problem> {
        let mut kept = self.kept();
        let found = if peek { kept.once.get(hash).cloned() } else { kept.once.remove(hash) };
        Ok(found.filter(|(_, expires)| !self.past(expires)).map(|(value, _)| value))
    }

    async fn audit(&self, entry: AuditAsk) -> Result<(), Problem> {
        if self.full.load(Ordering::Relaxed) {
            return Err(Problem::failed("the disk is full"));
        }
        self.kept().audit.push(entry);
        Ok(())
    }
    async fn audited(&self, ask: &AuditQuery) -> Result<Vec<AuditEntry>, Problem> {
        let kept = self.kept();
        let entries = kept.audit.iter().enumerate().rev().map(|(place, entry)| AuditEntry {
            seq: place as i64 + 1,
            at: String::new(),
            entry: entry.clone(),
            hash: String::new(),
        });
        Ok(entries.take(ask.limit).collect())
    }
    async fn verify_audit(&self) -> Result<AuditCheck, Problem> {
        let entries = self.kept().audit.len() as i64;
        Ok(AuditCheck {
            ok: true,
            entries,
            head: String::new(),
            broken_at: None,
            message: "the chain holds".to_owned(),
        })
    }
}
