//! Setup: one-time links: to make the first account, to accept an invitation, to set a lost password.
//!
//! Flow     link shown once ─ `/setup#word` in the browser (what follows `#` is sent to no server) ─ POST /api/setup ─ signed in
//!
//! Invariants
//! - A link works once, until it expires; the one for the first account only while there is none.
//! - A password that is refused does not use up the link.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use jiff::Timestamp;
use onefold_api::{Account, AccountChange, AccountView, Problem, Registry, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::audit::{Actor, Remark};
use super::guard::InSession;
use super::session::{SessionView, account_name};
use super::{Auth, after, passwords, secrets, stamp};
use crate::answer::{Refusal, Refusals, Sent};

/// Seconds for which the link for the first account works.
const FIRST: i64 = 24 * 3600;
/// Seconds for which an invitation works.
const INVITATION: i64 = 7 * 24 * 3600;

/// What a link is for, as it is kept.
#[derive(Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "snake_case")]
enum Purpose {
    /// Making the first account.
    First,
    /// Setting a password of one that is there. The link is for the account made then, with the password of then: it ends with a
    /// new password, and says nothing to another account of the same name.
    Password { account: String, state: String },
}

/// A one-time link's word, and what to make of it.
#[derive(Deserialize, ToSchema)]
pub(super) struct Setup {
    /// What stands behind `#` in the link.
    token: String,
    /// The name to sign in with; needed for the first account, else it is known.
    #[serde(default)]
    name: Option<String>,
    /// The person's name.
    #[serde(default)]
    title: Option<String>,
    /// The password from now on: 12 to 128 characters.
    password: String,
}

/// Makes the link for the first account; its path.
pub(super) async fn first(registry: &dyn Registry, now: Timestamp) -> Result<String, Problem> {
    Ok(make(registry, &Purpose::First, now, FIRST).await?.0)
}

/// Makes a link by which whoever has it sets the password of an account, once, within seven days, unless another link does
/// before. Gives its path (to be put behind the server's address) and when it expires.
///
/// # Errors
/// No such account, or a registry that cannot be used.
pub async fn invite(registry: &dyn Registry, name: &str, now: Timestamp) -> Result<(String, String), Problem> {
    let known = registry.account(name).await?;
    let known = known.ok_or_else(|| Problem::not_found(format!("there is no account `{name}`")))?;
    let purpose = Purpose::Password { account: name.to_owned(), state: state(&known) };
    make(registry, &purpose, now, INVITATION).await
}

/// What changes when an account's password does, or when it is another account.
fn state(account: &Account) -> String {
    secrets::hash(&format!("{} {}", account.view.created, account.password.as_deref().unwrap_or_default()))
}

async fn make(
    registry: &dyn Registry,
    purpose: &Purpose,
    now: Timestamp,
    seconds: i64,
) -> Result<(String, String), Problem> {
    let word = secrets::word().map_err(|refusal| Problem::failed(refusal.0.detail))?;
    let value = serde_json::to_string(purpose).map_err(|error| Problem::failed(error.to_string()))?;
    let expires = stamp(after(now, seconds));
    registry.put_once(&kept(&word), &value, &expires).await?;
    Ok((format!("/setup#{word}"), expires))
}

/// Words of links are kept apart from those of other purposes.
fn kept(word: &str) -> String {
    secrets::hash(&format!("link {word}"))
}

/// Sets a password by a one-time link, and signs in.
#[utoipa::path(post, path = "/api/setup", tag = "session", security(()), request_body = Setup,
    responses((status = 200, body = SessionView, headers(("set-cookie" = String))), Refusals))]
pub(super) async fn set_up(
    State(auth): State<Arc<Auth>>,
    session: Option<Extension<InSession>>,
    Sent(ask): Sent<Setup>,
) -> Result<Response, Refusal> {
    let hash = kept(ask.token.trim());
    let found = auth.registry.take_once(&hash, true).await?;
    let purpose = found.and_then(|text| serde_json::from_str(&text).ok()).ok_or_else(used_up)?;
    let account = match purpose {
        Purpose::First => auth.first_account(&hash, ask).await?,
        Purpose::Password { account, state } => auth.new_password(&hash, account, &state, ask).await?,
    };
    let (cookie, view) = auth.come_in(&account, session.map(|Extension(old)| old)).await?;
    let actor = Actor(account.view.name);
    Ok((Extension(actor), Extension(Remark("by a one-time link".to_owned())), [(SET_COOKIE, cookie)], Json(view))
        .into_response())
}

impl Auth {
    async fn first_account(&self, hash: &str, ask: Setup) -> Result<Account, Refusal> {
        if self.is_peopled().await? {
            return Err(used_up());
        }
        let name = account_name(ask.name.as_deref().unwrap_or_default());
        well_named(&name)?;
        let title = titled(ask.title.as_deref(), &name)?;
        passwords::acceptable(&ask.password, &name, &title)?;
        let password = Some(self.passwords.hash(ask.password).await?);
        self.registry.take_once(hash, false).await?.ok_or_else(used_up)?;
        let created = stamp(self.now());
        let view =
            AccountView { name, title, role: Role::Owner, local: true, disabled: false, created, last_seen: None };
        let account = Account { view, password, subject: None };
        self.registry.put_account(&account).await?;
        Ok(account)
    }

    async fn new_password(&self, hash: &str, name: String, then: &str, ask: Setup) -> Result<Account, Refusal> {
        let known = self.registry.account(&name).await?;
        let same = |account: &Account| !account.view.disabled && state(account) == then;
        let known = known.filter(same).ok_or_else(used_up)?;
        let said = account_name(ask.name.as_deref().unwrap_or_default());
        if !said.is_empty() && said != name {
            return Err(wrong(format!("this link is for `{name}`"), "leave the name as it is"));
        }
        let title = titled(ask.title.as_deref(), &known.view.title)?;
        passwords::acceptable(&ask.password, &name, &title)?;
        let password = Some(self.passwords.hash(ask.password).await?);
        self.registry.take_once(hash, false).await?.ok_or_else(used_up)?;
        let change = AccountChange { title: Some(title), password, ..AccountChange::default() };
        let account = self.registry.change_account(&name, &change).await?;
        self.registry.end_sessions(None, Some(&name)).await?;
        Ok(account)
    }
}

/// Whether a text may be the name of an account.
pub(super) fn well_named(name: &str) -> Result<(), Refusal> {
    let letters =
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._@+-".contains(&byte));
    if letters && (1..=100).contains(&name.len()) && name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Ok(());
    }
    Err(wrong(
        "this cannot be the name of an account".to_owned(),
        "use letters a to z, digits and `. _ @ + -`, at most 100",
    ))
}

/// A person's name as it is kept; another when none was given.
pub(super) fn titled(title: Option<&str>, other: &str) -> Result<String, Refusal> {
    let title = title.map(str::trim).filter(|title| !title.is_empty()).unwrap_or(other);
    if title.chars().count() > 100 || title.chars().any(char::is_control) {
        return Err(wrong("this cannot be a person's name".to_owned(), "write at most 100 characters in one line"));
    }
    Ok(title.to_owned())
}

pub(super) fn wrong(detail: String, hint: &str) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", "Refused", detail).hint(hint)
}

fn used_up() -> Refusal {
    Refusal::forbidden("this link has been used, has expired, or never was one")
        .hint("ask an administrator for a new one; for the first account, start the server again")
}
