//! Session: signing in with a password, staying in, and leaving.
//!
//! Invariants
//! - Every sign-in makes a new random session and ends the one the browser had: nobody can plant one (fixation).
//! - Unknown names, disabled accounts and wrong passwords get one answer, after one time.
//! - A changed password ends all sessions of the account.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::header::{COOKIE as COOKIES, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use onefold_api::{Account, AccountChange, Problem, Role, SessionRecord};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::audit::Actor;
use super::guard::{Address, InSession, forged};
use super::{Auth, Who, after, passwords, secrets, stamp};
use crate::answer::{Answer, Refusal, Refusals, Sent};

/// The cookie of a session. Browsers keep one of this name to this very server, and to encrypted or local connections.
pub const COOKIE: &str = "__Host-onefold";

/// Who is signed in, and how one could be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub(super) struct SessionView {
    /// Who; nobody when null.
    user: Option<UserView>,
    /// What changes must carry as `x-csrf-token`.
    csrf: Option<String>,
    /// The OpenID provider one can sign in at.
    openid: Option<OpenIdView>,
    /// Whether nobody has an account yet.
    setup: bool,
    /// The version of the server.
    version: String,
}

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub(super) struct UserView {
    /// The name to sign in with.
    name: String,
    /// The person's name.
    title: String,
    /// What they may do.
    role: Role,
}

/// An OpenID provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub(super) struct OpenIdView {
    /// What the button says.
    title: String,
}

/// A name and its password.
#[derive(Deserialize, ToSchema)]
pub(super) struct SignIn {
    /// The account's name.
    name: String,
    /// Its password.
    password: String,
}

/// A password and the one that follows it.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewPassword {
    /// The password so far.
    old: String,
    /// The one from now on: 12 to 128 characters.
    new: String,
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/session", tag = "session", security(()), responses((status = 200, body = SessionView), Refusals))]
pub(super) async fn session(
    State(auth): State<Arc<Auth>>,
    who: Option<Extension<Who>>,
    session: Option<Extension<InSession>>,
) -> Answer<SessionView> {
    let user = who.map(|Extension(who)| UserView { name: who.account, title: who.title, role: who.role });
    let csrf = session.map(|Extension(InSession(session))| session.csrf);
    Ok(Json(auth.session_view(user, csrf).await?))
}

/// Signs in with a password.
#[utoipa::path(post, path = "/api/session", tag = "session", security(()), request_body = SignIn,
    responses((status = 200, body = SessionView, headers(("set-cookie" = String))), Refusals))]
pub(super) async fn sign_in(
    State(auth): State<Arc<Auth>>,
    address: Address,
    session: Option<Extension<InSession>>,
    Sent(ask): Sent<SignIn>,
) -> Result<Response, Refusal> {
    let name = account_name(&ask.name);
    if let Err(seconds) = auth.limit.take(Some(&name), &address.0, auth.now()) {
        return Ok(too_many(seconds));
    }
    let known = auth.registry.account(&name).await?;
    let kept = known.as_ref().and_then(|account| account.password.clone());
    let right = auth.passwords.check(ask.password, kept).await?;
    // Only names that are accounts are written down: people type passwords into the wrong box.
    let actor = Actor(known.as_ref().map_or_else(|| "-".to_owned(), |account| account.view.name.clone()));
    let Some(account) = known.filter(|account| right && !account.view.disabled) else {
        let detail = "the name or the password is wrong";
        let refusal = Refusal::new(StatusCode::UNAUTHORIZED, "sign-in", "Not signed in", detail)
            .hint("try again, or ask an administrator for a link to set a new password");
        return Ok((Extension(actor), refusal).into_response());
    };
    auth.limit.came_in(Some(&name), &address.0);
    let (cookie, view) = auth.come_in(&account, session.map(|Extension(old)| old)).await?;
    Ok((Extension(actor), [(SET_COOKIE, cookie)], Json(view)).into_response())
}

/// Signs out.
#[utoipa::path(delete, path = "/api/session", tag = "session", security(()), responses((status = 200, body = SessionView), Refusals))]
pub(super) async fn sign_out(
    State(auth): State<Arc<Auth>>,
    who: Option<Extension<Who>>,
    session: Option<Extension<InSession>>,
) -> Result<Response, Refusal> {
    if let Some(Extension(InSession(session))) = session {
        if !who.is_some_and(|who| who.csrf_ok) {
            return Err(forged());
        }
        auth.registry.end_sessions(Some(&session.hash), None).await?;
    }
    let view = auth.session_view(None, None).await?;
    Ok(([(SET_COOKIE, set_cookie(COOKIE, "", 0))], Json(view)).into_response())
}

/// Changes one's own password; ends all other sessions.
#[utoipa::path(post, path = "/api/session/password", tag = "session", request_body = NewPassword,
    responses((status = 200, body = SessionView, headers(("set-cookie" = String))), Refusals))]
pub(super) async fn change_password(
    State(auth): State<Arc<Auth>>,
    who: Who,
    address: Address,
    session: Option<Extension<InSession>>,
    Sent(ask): Sent<NewPassword>,
) -> Result<Response, Refusal> {
    let Some(Extension(session)) = session else {
        return Err(Refusal::forbidden("a token has no password").hint("sign in and change it there"));
    };
    passwords::acceptable(&ask.new, &who.account, &who.title)?;
    if let Err(seconds) = auth.limit.take(Some(&who.account), &address.0, auth.now()) {
        return Ok(too_many(seconds));
    }
    let gone = || Refusal::not_found(format!("there is no account `{}`", who.account));
    let account = auth.registry.account(&who.account).await?.ok_or_else(gone)?;
    if account.password.is_none() {
        return Err(Refusal::from(Problem::refused("this account has no password: it signs in elsewhere")));
    }
    if !auth.passwords.check(ask.old, account.password).await? {
        return Err(Refusal::forbidden("the password so far is wrong").hint("try again"));
    }
    auth.limit.came_in(Some(&who.account), &address.0);
    let password = Some(auth.passwords.hash(ask.new).await?);
    let account =
        auth.registry.change_account(&who.account, &AccountChange { password, ..AccountChange::default() }).await?;
    auth.registry.end_sessions(None, Some(&account.view.name)).await?;
    let (cookie, view) = auth.come_in(&account, Some(session)).await?;
    Ok(([(SET_COOKIE, cookie)], Json(view)).into_response())
}

impl Auth {
    /// Begins a session of an account in place of the one the browser had; gives its cookie.
    pub(super) async fn come_in(
        &self,
        account: &Account,
        old: Option<InSession>,
    ) -> Result<(HeaderValue, SessionView), Refusal> {
        if let Some(InSession(old)) = old {
            self.registry.end_sessions(Some(&old.hash), None).await?;
        }
        let now = self.now();
        let (word, csrf) = (secrets::word()?, secrets::word()?);
        let seconds = self.settings.absolute.as_secs() as i64;
        let name = &account.view.name;
        let session = SessionRecord {
            hash: secrets::hash(&word),
            account: name.clone(),
            csrf: csrf.clone(),
            created: stamp(now),
            used: stamp(now),
            expires: stamp(after(now, seconds)),
        };
        self.registry.put_session(&session).await?;
        let seen = AccountChange { last_seen: Some(stamp(now)), ..AccountChange::default() };
        self.registry.change_account(name, &seen).await?;
        let user = UserView { name: name.clone(), title: account.view.title.clone(), role: account.view.role };
        let view = self.session_view(Some(user), Some(csrf)).await?;
        Ok((set_cookie(COOKIE, &word, seconds), view))
    }

    async fn session_view(&self, user: Option<UserView>, csrf: Option<String>) -> Result<SessionView, Problem> {
        Ok(SessionView {
            user,
            csrf,
            openid: self.settings.openid.as_ref().map(|openid| OpenIdView { title: openid.title.clone() }),
            setup: !self.is_peopled().await?,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }

    /// Whether somebody has an account.
    pub(super) async fn is_peopled(&self) -> Result<bool, Problem> {
        if self.peopled.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let peopled = !self.registry.accounts().await?.is_empty();
        self.peopled.store(peopled, Ordering::Relaxed);
        Ok(peopled)
    }
}

/// A name as it is kept: names that differ by case only are one. What is too long for a name stays too long, but no longer.
pub(super) fn account_name(text: &str) -> String {
    text.trim().chars().take(120).collect::<String>().to_lowercase()
}

/// The value of a cookie, when it looks like one of ours.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let ours = |text: &&str| {
        text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let pairs =
        headers.get_all(COOKIES).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(';'));
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
        .filter(ours)
}

/// A cookie that scripts cannot read and other sites' pages do not send; `seconds` 0 takes it away.
pub(super) fn set_cookie(name: &str, value: &str, seconds: i64) -> HeaderValue {
    let text = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}");
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// Too many tries: when to come again.
fn too_many(seconds: i64) -> Response {
    let detail = format!("too many tries; the next is taken in {seconds} s");
    let refusal =
        Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too-many", "Too many tries", detail).hint("wait, then try again");
    ([(RETRY_AFTER, seconds.to_string())], refusal).into_response()
}
