//! Registry: accounts, sessions, tokens and the audit, as the server asks for them.
//!
//! Invariants
//! - [`Registry::audit`] returns when the entry is on disk; entries of many requests are committed together.

use async_trait::async_trait;

use crate::{Account, AccountChange, AuditAsk, AuditCheck, AuditEntry, AuditQuery, Problem, SessionRecord, TokenView};

/// What is known of who asks.
#[async_trait]
pub trait Registry: Send + Sync {
    /// All accounts, by name.
    async fn accounts(&self) -> Result<Vec<Account>, Problem>;
    /// One account.
    async fn account(&self, name: &str) -> Result<Option<Account>, Problem>;
    /// The account of somebody at an OpenID provider, by issuer and subject.
    async fn account_of(&self, subject: &str) -> Result<Option<Account>, Problem>;
    /// Makes an account. Refused when the name is taken, or when nobody enabled is Owner then.
    async fn put_account(&self, account: &Account) -> Result<(), Problem>;
    /// Changes what is given of an account, at once, and gives it as it is then. Refused when nobody enabled would be Owner
    /// any more, and when there is no such account.
    async fn change_account(&self, name: &str, change: &AccountChange) -> Result<Account, Problem>;
    /// Removes an account, its sessions and its tokens. Refused for the last Owner.
    async fn remove_account(&self, name: &str) -> Result<(), Problem>;

    /// Keeps a new session.
    async fn put_session(&self, session: &SessionRecord) -> Result<(), Problem>;
    /// The session with that hash, when it has not expired.
    async fn session(&self, hash: &str) -> Result<Option<SessionRecord>, Problem>;
    /// Notes that a session was used at an instant; one that has ended stays so.
    async fn touch_session(&self, hash: &str, used: &str) -> Result<(), Problem>;
    /// Ends a session; with an account, all of that account but the one with the hash.
    async fn end_sessions(&self, hash: Option<&str>, account: Option<&str>) -> Result<(), Problem>;

    /// All tokens.
    async fn tokens(&self) -> Result<Vec<TokenView>, Problem>;
    /// Keeps a token by the hash of its secret.
    async fn put_token(&self, token: &TokenView, hash: &str) -> Result<(), Problem>;
    /// The token with that hash, when it has not expired; notes that it was used.
    async fn token(&self, hash: &str) -> Result<Option<TokenView>, Problem>;
    /// Takes a token back.
    async fn remove_token(&self, id: &str) -> Result<(), Problem>;

    /// Keeps a one-time word (set-up link, invitation, OpenID sign-in under way) by its hash until an instant.
    async fn put_once(&self, hash: &str, value: &str, expires: &str) -> Result<(), Problem>;
    /// What was kept by that hash, and forgets it; none when it has expired or was taken. With `peek`, it stays.
    async fn take_once(&self, hash: &str, peek: bool) -> Result<Option<String>, Problem>;

    /// Adds an entry to the chain; returns when it is on disk.
    async fn audit(&self, entry: AuditAsk) -> Result<(), Problem>;
    /// Entries of the chain.
    async fn audited(&self, ask: &AuditQuery) -> Result<Vec<AuditEntry>, Problem>;
    /// Goes through the whole chain.
    async fn verify_audit(&self) -> Result<AuditCheck, Problem>;
}
