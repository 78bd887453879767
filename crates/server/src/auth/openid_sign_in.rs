//! Openid sign in: from the button to a session, by way of an OpenID provider.
//!
//! Flow     start: state kept by its hash, browser bound by a cookie ─ provider ─ callback: state taken, cookie compared, person
//!          asked for ─ account by issuer and subject, made when their claim gives a role ─ session
//!
//! Invariants
//! - A state works once, for ten minutes, in the browser that began.
//! - Somebody whom no claim and no default gives a role does not come in, also not with an account from before.
//! - Browsers are sent to `/signin?problem=…` with one of the words of [`Why`]; what the provider said stands in the log.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::header::{LOCATION, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{AppendHeaders, IntoResponse as _, Response};
use onefold_api::{Account, AccountChange, AccountView, Problem, ProblemKind};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::audit::{Actor, Remark, SentAway};
use super::guard::{Address, InSession};
use super::openid::{Fault, Person, Provider};
use super::session::{account_name, cookie, set_cookie};
use super::{Auth, after, secrets, stamp};
use crate::answer::{Asked, Refusal, Refusals};

/// Binds a sign-in under way to the browser that began it.
const BROWSER: &str = "__Host-onefold-openid";
/// Seconds one has at the provider.
const UNDER_WAY: i64 = 600;

/// A sign-in under way, as it is kept.
#[derive(Serialize, Deserialize)]
struct UnderWay {
    nonce: String,
    verifier: String,
    browser: String,
    to: String,
}

/// Why somebody does not come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// The provider says no, or its word does not hold.
    Refused,
    /// The sign-in was begun too long ago, elsewhere, or was used before.
    Expired,
    /// The provider does not answer.
    Unreachable,
    /// Nothing gives them a role.
    NoRole,
    /// Their account is disabled.
    Disabled,
    /// There is no Owner yet.
    NoOwner,
}

impl Why {
    fn word(self) -> &'static str {
        match self {
            Self::Refused => "openid-refused",
            Self::Expired => "openid-expired",
            Self::Unreachable => "openid-unreachable",
            Self::NoRole => "openid-no-role",
            Self::Disabled => "openid-disabled",
            Self::NoOwner => "openid-no-owner",
        }
    }
}

/// Where to go once signed in.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Start {
    /// A path of Onefold's own.
    to: Option<String>,
}

/// What the provider sends the browser back with.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Back {
    /// What the ID token is had for.
    code: Option<String>,
    /// Which sign-in it is about.
    state: Option<String>,
    /// Who says so (RFC 9207).
    iss: Option<String>,
    /// Why not.
    error: Option<String>,
}

/// Sends the browser to the OpenID provider.
#[utoipa::path(get, path = "/api/openid/start", tag = "session", security(()), params(Start),
    responses((status = 303, description = "to the provider"), Refusals))]
pub(super) async fn openid_start(
    State(auth): State<Arc<Auth>>,
    Address(address): Address,
    Asked(start): Asked<Start>,
) -> Result<Response, Refusal> {
    let provider = auth.provider()?;
    if let Err(seconds) = auth.limit.take(None, &address, auth.now()) {
        let refusal =
            Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too-many", "Too many tries", format!("wait {seconds} s"));
        return Ok(([(RETRY_AFTER, seconds.to_string())], refusal).into_response());
    }
    let away = match provider.away().await {
        Ok(away) => away,
        Err(fault) => return Ok(sent_away(why(&fault), None)),
    };
    let browser = secrets::word()?;
    let to = start.to.filter(|to| is_ours(to)).unwrap_or_else(|| "/".to_owned());
    let kept = UnderWay { nonce: away.nonce, verifier: away.verifier, browser: secrets::hash(&browser), to };
    let value = serde_json::to_string(&kept).map_err(|error| Problem::failed(error.to_string()))?;
    auth.registry.put_once(&kept_by(&away.state), &value, &stamp(after(auth.now(), UNDER_WAY))).await?;
    Ok(see(&away.url, [set_cookie(BROWSER, &browser, UNDER_WAY)]))
}

/// Where the OpenID provider sends the browser back to.
#[utoipa::path(get, path = "/api/openid/callback", tag = "session", security(()), params(Back),
    responses((status = 303, description = "to the page that was asked for, or to the sign-in page with `problem`"), Refusals))]
pub(super) async fn openid_callback(
    State(auth): State<Arc<Auth>>,
    Address(address): Address,
    session: Option<Extension<InSession>>,
    headers: HeaderMap,
    Asked(back): Asked<Back>,
) -> Result<Response, Refusal> {
    let provider = auth.provider()?;
    let (kept, code) = match auth.under_way(provider, &headers, back).await? {
        Ok(found) => found,
        Err(why) => return Ok(sent_away(why, None)),
    };
    let person = match provider.person(code, kept.nonce, kept.verifier).await {
        Ok(person) => person,
        // Whoever comes this far came by way of the provider: a word that does not hold is written down.
        Err(fault) => return Ok(sent_away(why(&fault), Some("-".to_owned()))),
    };
    let account = match auth.account_of(provider, person).await? {
        Ok(account) => account,
        Err((why, name)) => return Ok(sent_away(why, Some(name))),
    };
    auth.limit.came_in(None, &address);
    let (cookie, _) = auth.come_in(&account, session.map(|Extension(old)| old)).await?;
    let extensions = (Extension(Actor(account.view.name)), Extension(Remark("by the OpenID provider".to_owned())));
    Ok((extensions, see(&kept.to, [cookie, set_cookie(BROWSER, "", 0)])).into_response())
}

impl Auth {
    fn provider(&self) -> Result<&Provider, Refusal> {
        self.provider
            .as_ref()
            .ok_or_else(|| Refusal::not_found("no OpenID provider is set up").hint("sign in with a password"))
    }

    /// The sign-in a browser comes back to, and its code.
    async fn under_way(
        &self,
        provider: &Provider,
        headers: &HeaderMap,
        back: Back,
    ) -> Result<Result<(UnderWay, String), Why>, Refusal> {
        let Some(state) = back.state else { return Ok(Err(Why::Expired)) };
        // Taken whatever follows: no second try with the same state.
        let found = self.registry.take_once(&kept_by(&state), false).await?;
        let Some(kept) = found.and_then(|text| serde_json::from_str::<UnderWay>(&text).ok()) else {
            return Ok(Err(Why::Expired));
        };
        let same = cookie(headers, BROWSER).is_some_and(|word| secrets::same(&secrets::hash(word), &kept.browser));
        if !same {
            return Ok(Err(Why::Expired));
        }
        if back.iss.is_some_and(|iss| iss != provider.settings().issuer) {
            tracing::warn!("an answer of another OpenID provider was refused");
            return Ok(Err(Why::Refused));
        }
        match (back.code, back.error) {
            (Some(code), None) => Ok(Ok((kept, code))),
            _ => Ok(Err(Why::Refused)),
        }
    }

    /// The account of somebody at the provider, made or changed as their claim says.
    async fn account_of(&self, provider: &Provider, person: Person) -> Result<Result<Account, (Why, String)>, Refusal> {
        let known = self.registry.account_of(&person.subject).await?;
        let name = known.as_ref().map_or_else(|| "-".to_owned(), |account| account.view.name.clone());
        let Some(role) = person.role.or(provider.settings().default_role) else { return Ok(Err((Why::NoRole, name))) };
        let Some(account) = known else { return self.newcomer(person, role).await };
        if account.view.disabled {
            return Ok(Err((Why::Disabled, name)));
        }
        // What the provider's claim says of a role holds; a default never changes one that was given here.
        if person.role.is_none_or(|role| role == account.view.role) {
            return Ok(Ok(account));
        }
        match self
            .registry
            .change_account(&name, &AccountChange { role: person.role, ..AccountChange::default() })
            .await
        {
            Ok(account) => Ok(Ok(account)),
            Err(problem) if problem.kind == ProblemKind::Refused => {
                tracing::warn!(account = name, "the last owner stays owner against the OpenID provider's word");
                Ok(Ok(account))
            }
            Err(problem) => Err(problem.into()),
        }
    }

    async fn newcomer(
        &self,
        person: Person,
        role: onefold_api::Role,
    ) -> Result<Result<Account, (Why, String)>, Refusal> {
        let wanted: String = account_name(&person.name)
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "._@+-".contains(c) { c } else { '-' })
            .take(90)
            .collect();
        let wanted = wanted.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        let wanted = if wanted.is_empty() { "person" } else { wanted };
        let mut name = wanted.to_owned();
        let mut number = 2;
        // A name that is somebody else's is theirs.
        while self.registry.account(&name).await?.is_some() {
            name = format!("{wanted}-{number}");
            number += 1;
        }
        let title: String = person.title.chars().filter(|c| !c.is_control()).take(100).collect();
        let created = stamp(self.now());
        let view = AccountView { name, title, role, local: false, disabled: false, created, last_seen: None };
        let account = Account { view, password: None, subject: Some(person.subject) };
        match self.registry.put_account(&account).await {
            Ok(()) => Ok(Ok(account)),
            Err(problem) if problem.kind == ProblemKind::Refused => Ok(Err((Why::NoOwner, "-".to_owned()))),
            Err(problem) => Err(problem.into()),
        }
    }
}

fn why(fault: &Fault) -> Why {
    tracing::warn!(%fault, "a sign-in by OpenID did not work");
    match fault {
        Fault::Provider(_) => Why::Unreachable,
        Fault::Refused(_) => Why::Refused,
    }
}

/// States are kept apart from words of other purposes.
fn kept_by(state: &str) -> String {
    secrets::hash(&format!("openid {state}"))
}

/// Whether a path leads to a page of ours, whatever a browser makes of it.
fn is_ours(to: &str) -> bool {
    to.starts_with('/')
        && !to[1..].starts_with(['/', '\\'])
        && to.len() <= 2000
        && !to.chars().any(|c| c.is_control() || c == '\\')
}

/// To another page, with cookies.
fn see<const N: usize>(url: &str, cookies: [HeaderValue; N]) -> Response {
    let Ok(location) = HeaderValue::from_str(url) else { return sent_away(Why::Refused, None) };
    (StatusCode::SEE_OTHER, [(LOCATION, location)], AppendHeaders(cookies.map(|cookie| (SET_COOKIE, cookie))))
        .into_response()
}

/// To the sign-in page, which says why; `actor` is written down when it is known that somebody tried.
fn sent_away(why: Why, actor: Option<String>) -> Response {
    let mut response = see(&format!("/signin?problem={}", why.word()), [set_cookie(BROWSER, "", 0)]);
    if let Some(actor) = actor {
        response.extensions_mut().insert(Actor(actor));
        response.extensions_mut().insert(Remark(why.word().to_owned()));
        response.extensions_mut().insert(SentAway);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_are_gone_to() {
        for to in ["/", "/p/clinic/home", "/p/a?x=1#y"] {
            assert!(is_ours(to), "{to}");
        }
        for to in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "p",
            "/a\nb",
            "javascript:alert(1)",
            "/p\\..\\x",
        ] {
            assert!(!is_ours(to), "{to}");
        }
    }
}
