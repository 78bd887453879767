//! Accounts: who may come in, and what they did.
//!
//! Invariants
//! - Secrets (passwords, sessions, tokens) are kept as hashes; whoever made them sees them once.
//! - An audit entry is committed before the answer it is about leaves.
//!
//! Not here: which endpoint needs which role (`onefold-server`).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody may do; each may what those before may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads pages, customers, tables.
    Viewer,
    /// Changes definitions, runs, exports on connections that are there.
    Contributor,
    /// Changes connections, people, schedule, tokens; reads the audit.
    Administrator,
    /// Also gives ownership, makes and deletes projects.
    Owner,
}

/// A person with an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AccountView {
    /// The name to sign in with.
    pub name: String,
    /// The person's name.
    pub title: String,
    /// What they may do.
    pub role: Role,
    /// Whether they have a password here.
    pub local: bool,
    /// Whether they may not come in.
    pub disabled: bool,
    /// When it was made.
    pub created: String,
    /// When they last signed in.
    pub last_seen: Option<String>,
}

/// An account as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Account {
    /// What may be shown.
    pub view: AccountView,
    /// The argon2id hash in PHC form.
    pub password: Option<String>,
    /// Issuer and subject of the person at the OpenID provider.
    pub subject: Option<String>,
}

/// What is to be different about an account; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccountChange {
    /// The person's name.
    pub title: Option<String>,
    /// What they may do.
    pub role: Option<Role>,
    /// Whether they may not come in.
    pub disabled: Option<bool>,
    /// The argon2id hash in PHC form.
    pub password: Option<String>,
    /// When they last signed in.
    pub last_seen: Option<String>,
}

/// A session as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SessionRecord {
    /// SHA-256 of the cookie, in hex.
    pub hash: String,
    /// Whose.
    pub account: String,
    /// The token that changes must carry.
    pub csrf: String,
    /// When it began.
    pub created: String,
    /// When it was last used.
    pub used: String,
    /// When it ends at the latest.
    pub expires: String,
}

/// A token of a program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TokenView {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub title: String,
    /// What it may do.
    pub role: Role,
    /// Who made it.
    pub account: String,
    /// When.
    pub created: String,
    /// Until when.
    pub expires: Option<String>,
    /// When it was last used.
    pub last_used: Option<String>,
}

/// An entry of the audit, before it is chained.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditAsk {
    /// Who: an account, `token:<id>`, `schedule` or `-`.
    pub actor: String,
    /// What: `GET /api/projects/{project}/customers/{id}`.
    pub act: String,
    /// On what: the path as asked.
    pub object: String,
    /// In which project.
    pub project: Option<String>,
    /// CustomerIds of those whose data was shown.
    pub people: Vec<String>,
    /// `ok`, `refused` or `failed`, and the status.
    pub outcome: String,
    /// The id of the request.
    pub request: String,
    /// Where it came from.
    pub address: String,
    /// What was asked for, when it matters.
    pub detail: Option<String>,
}

/// An entry of the audit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Its number, without holes.
    pub seq: i64,
    /// When.
    pub at: String,
    /// What it says.
    pub entry: AuditAsk,
    /// SHA-256 over the hash before and this entry, in hex.
    pub hash: String,
}

/// Which entries are asked for; newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditQuery {
    /// Only entries with smaller numbers.
    #[serde(default)]
    pub before: Option<i64>,
    /// How many; at most 500, 100 when 0.
    #[serde(default)]
    pub limit: usize,
    /// Of one actor.
    #[serde(default)]
    pub actor: Option<String>,
    /// Acts that contain this.
    #[serde(default)]
    pub act: Option<String>,
    /// That show one CustomerId.
    #[serde(default)]
    pub person: Option<String>,
    /// Outcomes that begin with this.
    #[serde(default)]
    pub outcome: Option<String>,
}

/// Whether the chain holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditCheck {
    /// Whether every entry fits the one before.
    pub ok: bool,
    /// Number of entries.
    pub entries: i64,
    /// The hash of the last.
    pub head: String,
    /// The first entry that does not fit.
    #[serde(default)]
    pub broken_at: Option<i64>,
    /// The same in words.
    pub message: String,
}
