//! Accounts: who may come in.
//!
//! Invariants
//! - Only an Owner makes, changes or invites an Owner; there is always one who can come in (the registry sees to it).
//! - Nobody sets somebody else's password: they are given a link to set it themselves.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use onefold_api::{Account, AccountChange, AccountView, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::audit::Remark;
use super::session::account_name;
use super::setup::{invite, titled, well_named};
use super::{Auth, Who, role_word, stamp};
use crate::answer::{Answer, Place, Refusal, Refusals, Sent};

/// Somebody to be invited.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewAccount {
    /// The name to sign in with: letters a to z, digits and `. _ @ + -`.
    name: String,
    /// The person's name.
    #[serde(default)]
    title: Option<String>,
    /// What they may do.
    role: Role,
}

/// What is to be different.
#[derive(Deserialize, ToSchema)]
pub(super) struct ChangedAccount {
    /// The person's name.
    #[serde(default)]
    title: Option<String>,
    /// What they may do.
    #[serde(default)]
    role: Option<Role>,
    /// Whether they may not come in.
    #[serde(default)]
    disabled: Option<bool>,
}

/// An account and the link by which its password is set.
#[derive(Serialize, ToSchema)]
pub(super) struct InvitedView {
    /// The account.
    account: AccountView,
    /// The link; it works once.
    url: String,
    /// Until when.
    expires: String,
}

/// A link by which a password is set.
#[derive(Serialize, ToSchema)]
pub(super) struct InvitationView {
    /// The link; it works once.
    url: String,
    /// Until when.
    expires: String,
}

/// That something is not there any more.
#[derive(Serialize, ToSchema)]
pub(super) struct RemovedView {
    /// What.
    pub(super) removed: String,
}

type Remarked<T> = Result<(Extension<Remark>, Json<T>), Refusal>;

/// All accounts.
#[utoipa::path(get, path = "/api/accounts", tag = "accounts", responses((status = 200, body = Vec<AccountView>), Refusals))]
pub(super) async fn accounts(State(auth): State<Arc<Auth>>) -> Answer<Vec<AccountView>> {
    Ok(Json(auth.registry.accounts().await?.into_iter().map(|account| account.view).collect()))
}

/// Makes an account, and a link to set its password.
#[utoipa::path(post, path = "/api/accounts", tag = "accounts", request_body = NewAccount,
    responses((status = 200, body = InvitedView), Refusals))]
pub(super) async fn make_account(
    State(auth): State<Arc<Auth>>,
    who: Who,
    Sent(ask): Sent<NewAccount>,
) -> Remarked<InvitedView> {
    who.at_least(ask.role)?;
    let name = account_name(&ask.name);
    well_named(&name)?;
    let title = titled(ask.title.as_deref(), &name)?;
    if auth.registry.account(&name).await?.is_some() {
        return Err(super::setup::wrong(format!("there is an account `{name}` already"), "choose another name"));
    }
    let now = auth.now();
    let created = stamp(now);
    let view = AccountView {
        name: name.clone(),
        title,
        role: ask.role,
        local: false,
        disabled: false,
        created,
        last_seen: None,
    };
    auth.registry.put_account(&Account { view: view.clone(), password: None, subject: None }).await?;
    let (path, expires) = invite(&*auth.registry, &name, now).await?;
    let url = format!("{}{path}", auth.settings.base_url);
    let remark = format!("`{name}` as {}", role_word(ask.role));
    Ok((Extension(Remark(remark)), Json(InvitedView { account: view, url, expires })))
}

/// Changes an account.
#[utoipa::path(patch, path = "/api/accounts/{name}", tag = "accounts", params(("name" = String, Path)), request_body = ChangedAccount,
    responses((status = 200, body = AccountView), Refusals))]
pub(super) async fn change_account(
    State(auth): State<Arc<Auth>>,
    who: Who,
    Place(name): Place<String>,
    Sent(ask): Sent<ChangedAccount>,
) -> Remarked<AccountView> {
    let account = auth.within_reach(&who, &name).await?;
    if let Some(role) = ask.role {
        who.at_least(role)?;
    }
    let title = ask.title.map(|title| titled(Some(&title), &account.view.title)).transpose()?;
    let change = AccountChange { title, role: ask.role, disabled: ask.disabled, ..AccountChange::default() };
    let changed = auth.registry.change_account(&account.view.name, &change).await?;
    if changed.view.disabled {
        auth.registry.end_sessions(None, Some(&changed.view.name)).await?;
    }
    let mut remark = Vec::new();
    if account.view.role != changed.view.role {
        remark.push(format!("{} instead of {}", role_word(changed.view.role), role_word(account.view.role)));
    }
    if account.view.disabled != changed.view.disabled {
        remark.push(if changed.view.disabled { "disabled" } else { "enabled" }.to_owned());
    }
    Ok((Extension(Remark(remark.join(", "))), Json(changed.view)))
}

/// Removes an account with its sessions and tokens.
#[utoipa::path(delete, path = "/api/accounts/{name}", tag = "accounts", params(("name" = String, Path)),
    responses((status = 200, body = RemovedView), Refusals))]
pub(super) async fn remove_account(
    State(auth): State<Arc<Auth>>,
    who: Who,
    Place(name): Place<String>,
) -> Answer<RemovedView> {
    let account = auth.within_reach(&who, &name).await?;
    auth.registry.remove_account(&account.view.name).await?;
    Ok(Json(RemovedView { removed: account.view.name }))
}

/// Makes a link by which the account's password is set anew.
#[utoipa::path(post, path = "/api/accounts/{name}/invitation", tag = "accounts", params(("name" = String, Path)),
    responses((status = 200, body = InvitationView), Refusals))]
pub(super) async fn invite_account(
    State(auth): State<Arc<Auth>>,
    who: Who,
    Place(name): Place<String>,
) -> Answer<InvitationView> {
    let account = auth.within_reach(&who, &name).await?;
    if account.view.disabled {
        return Err(super::setup::wrong(format!("`{}` is disabled", account.view.name), "enable the account first"));
    }
    let (path, expires) = invite(&*auth.registry, &account.view.name, auth.now()).await?;
    Ok(Json(InvitationView { url: format!("{}{path}", auth.settings.base_url), expires }))
}

impl Auth {
    /// An account that somebody may change: none above their own role.
    async fn within_reach(&self, who: &Who, name: &str) -> Result<Account, Refusal> {
        let name = account_name(name);
        let gone = || Refusal::not_found(format!("there is no account `{name}`"));
        let account = self.registry.account(&name).await?.ok_or_else(gone)?;
        who.at_least(account.view.role)?;
        Ok(account)
    }
}
