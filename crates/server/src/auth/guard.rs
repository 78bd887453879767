//! Guard: stands before every endpoint.
//!
//! Flow     endpoint ─ its line in `roles` ─ who ([`Auth::identify`]) ─ may they ([`Auth::allow`]) ─ handler ─ audit
//!
//! Invariants
//! - A change that began goes on, and is written down, when whoever asked goes away.
//! - A cookie alone changes nothing: the page must send the session's CSRF token, and be of our own origin.

use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath, Request, State};
use axum::http::header::{ALLOW, AUTHORIZATION, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures::FutureExt as _;
use onefold_api::{Account, Role, SessionRecord};
use url::Url;

use super::audit::Facts;
use super::roles::{self, Access, Rule, Trail};
use super::{Auth, instant, role_word, secrets, session, stamp};
use crate::answer::Refusal;
use crate::request::{AskedBy, RequestId};

/// Who asks.
#[derive(Clone, Debug, PartialEq)]
pub struct Who {
    /// The account's name; of a token, whose it is.
    pub account: String,
    /// The person's name.
    pub title: String,
    /// What they may do now.
    pub role: Role,
    /// The id of the token they ask with; none for a session.
    pub token: Option<String>,
    /// Whether the request carries the session's CSRF token, or needs none.
    pub csrf_ok: bool,
}

impl Who {
    /// Refused below a role.
    ///
    /// # Errors
    /// When their role is lower.
    pub fn at_least(&self, role: Role) -> Result<(), Refusal> {
        if self.role >= role {
            return Ok(());
        }
        let detail = format!("this needs the role `{}`; yours is `{}`", role_word(role), role_word(self.role));
        Err(Refusal::forbidden(detail).hint("ask an administrator"))
    }
    /// Whether they may do what a role may.
    pub fn can(&self, role: Role) -> bool {
        self.role >= role
    }
    /// As the audit names them.
    pub fn actor(&self) -> String {
        self.token.as_ref().map_or_else(|| self.account.clone(), |token| format!("token:{token}"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Who {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        parts.extensions.get::<Self>().cloned().ok_or_else(not_signed_in)
    }
}

/// Where a request comes from.
#[derive(Clone, Debug)]
pub(super) struct Address(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(|| Self("-".to_owned())))
    }
}

/// The session a request belongs to.
#[derive(Clone, Debug)]
pub(super) struct InSession(pub(super) SessionRecord);

fn not_signed_in() -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, "sign-in", "Not signed in", "nobody is signed in")
        .hint("sign in and try again")
}

/// Lets through who may, and has written down what they did. For every path under `/api` and `/fhir`; others pass.
pub async fn guard(State(auth): State<Arc<Auth>>, mut request: Request, next: Next) -> Response {
    let Some(path) = request.extensions().get::<MatchedPath>().cloned() else { return next.run(request).await };
    // Where there is nothing, there is nothing to guard.
    if matches!(path.as_str(), "/api" | "/api/{*rest}" | "/fhir/{project}" | "/fhir/{project}/{*rest}") {
        return next.run(request).await;
    }
    let Some(rule) = roles::rule(request.method(), path.as_str()) else {
        return unlisted(request.method(), path.as_str());
    };
    let address = auth.address(&request);
    request.extensions_mut().insert(Address(address.clone()));
    let asker = match auth.identify(request.headers()).await {
        Ok(asker) => asker,
        Err(refusal) => return refusal.into_response(),
    };
    let mut facts = Facts {
        actor: None,
        act: format!("{} {}", rule.method, rule.path),
        object: request.uri().path().to_owned(),
        project: project(rule, request.uri()),
        request: request.extensions().get::<RequestId>().map_or_else(String::new, |id| id.0.clone()),
        address,
    };
    let allowed = auth.allow(rule, asker.as_ref(), &request);
    if let Some(Asker { who, session }) = asker {
        facts.actor = Some(who.actor());
        request.extensions_mut().insert(who);
        if let Some(session) = session {
            request.extensions_mut().insert(InSession(session));
        }
    }
    let by = facts.actor.clone();
    let response = match allowed {
        Err(refusal) if rule.trail == Trail::Quiet => refusal.into_response(),
        Err(refusal) => auth.write_down(facts, refusal.into_response()).await,
        Ok(()) => match rule.trail {
            Trail::Quiet => next.run(request).await,
            // Whoever goes away before the answer has seen nobody.
            Trail::People => {
                let response = AssertUnwindSafe(next.run(request)).catch_unwind().await;
                auth.write_down(facts, response.unwrap_or_else(|_| broken_off())).await
            }
            Trail::Change => {
                let done = tokio::spawn(async move {
                    let response = AssertUnwindSafe(next.run(request)).catch_unwind().await;
                    auth.write_down(facts, response.unwrap_or_else(|_| broken_off())).await
                });
                done.await.unwrap_or_else(|_| broken_off())
            }
        },
    };
    match by {
        Some(by) => {
            let mut response = response;
            response.extensions_mut().insert(AskedBy(by));
            response
        }
        None => response,
    }
}

/// Who asks, and in which session.
pub(super) struct Asker {
    who: Who,
    session: Option<SessionRecord>,
}

impl Auth {
    /// Who asks by token or cookie; nobody when the cookie is of no session that lives.
    async fn identify(&self, headers: &HeaderMap) -> Result<Option<Asker>, Refusal> {
        if let Some(value) = headers.get(AUTHORIZATION) {
            return self.by_token(value).await.map(Some);
        }
        let Some(cookie) = session::cookie(headers, session::COOKIE) else { return Ok(None) };
        let hash = secrets::hash(cookie);
        let Some(found) = self.registry.session(&hash).await? else { return Ok(None) };
        let now = self.now();
        let idle = now.duration_since(instant(&found.used));
        let lives = instant(&found.expires) > now
            && idle < jiff::SignedDuration::try_from(self.settings.idle).unwrap_or_default();
        if !lives {
            self.registry.end_sessions(Some(&hash), None).await?;
            return Ok(None);
        }
        let Some(account) = self.enabled(&found.account).await? else { return Ok(None) };
        // What a page asks by itself while nobody is at the screen does not keep the session alive.
        let by_itself = headers.contains_key("x-background");
        if !by_itself && idle.as_secs() >= (self.settings.idle.as_secs() / 30).min(60) as i64 {
            self.registry.touch_session(&hash, &stamp(now)).await?;
        }
        let sent = headers.get("x-csrf-token").and_then(|token| token.to_str().ok());
        let csrf_ok = sent.is_some_and(|sent| secrets::same(sent, &found.csrf));
        let who = Who {
            account: account.view.name,
            title: account.view.title,
            role: account.view.role,
            token: None,
            csrf_ok,
        };
        Ok(Some(Asker { who, session: Some(found) }))
    }

    async fn by_token(&self, value: &HeaderValue) -> Result<Asker, Refusal> {
        let unknown = || {
            Refusal::new(
                StatusCode::UNAUTHORIZED,
                "sign-in",
                "Not signed in",
                "the token is not known, or not any more",
            )
            .hint("send `Authorization: Bearer ofd_…` with a token that lives")
        };
        let text = value.to_str().map_err(|_| unknown())?;
        let (scheme, word) = text.split_once(' ').ok_or_else(unknown)?;
        let word = word.trim();
        if !scheme.eq_ignore_ascii_case("bearer") || !word.starts_with(super::tokens::PREFIX) {
            return Err(unknown());
        }
        let token = self.registry.token(&secrets::hash(word)).await?.ok_or_else(unknown)?;
        if token.expires.as_deref().is_some_and(|expires| instant(expires) <= self.now()) {
            return Err(unknown());
        }
        let account = self.enabled(&token.account).await?.ok_or_else(unknown)?;
        // A token never does more than whoever made it may do today.
        let role = token.role.min(account.view.role);
        let who = Who { account: account.view.name, title: token.title, role, token: Some(token.id), csrf_ok: true };
        Ok(Asker { who, session: None })
    }

    async fn enabled(&self, name: &str) -> Result<Option<Account>, Refusal> {
        Ok(self.registry.account(name).await?.filter(|account| !account.view.disabled))
    }

    /// Whether a line of the table lets somebody through.
    fn allow(&self, rule: &Rule, asker: Option<&Asker>, request: &Request) -> Result<(), Refusal> {
        let by_token = asker.is_some_and(|asker| asker.who.token.is_some());
        let changes = rule.method != "GET";
        if changes && !by_token {
            self.own_origin(request.headers())?;
        }
        if rule.access == Access::Open {
            return Ok(());
        }
        let Some(Asker { who, .. }) = asker else { return Err(not_signed_in()) };
        if changes && !who.csrf_ok {
            return Err(forged());
        }
        rule.access.least(request.uri().path()).map_or(Ok(()), |role| who.at_least(role))
    }

    /// Refuses what a browser sends for a page that is not ours.
    fn own_origin(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        let foreign = || {
            Refusal::forbidden("the request comes from a page of another origin")
                .hint("open Onefold at the address it is served at; behind a proxy, tell it that address")
        };
        if text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
            return Err(foreign());
        }
        let Some(origin) = text(ORIGIN.as_str()) else { return Ok(()) };
        let Ok(url) = Url::parse(origin) else { return Err(foreign()) };
        // At an address of numbers, or of this machine itself, no other name can pose as ours: what the browser asked for counts.
        let by_number = match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(_) => true,
            None => false,
        };
        let asked = text(HOST.as_str()).unwrap_or_default();
        let authority = origin.split_once("://").map_or("", |(_, authority)| authority);
        let base = Url::parse(&self.settings.base_url);
        let ours = base.is_ok_and(|base| base.origin() == url.origin())
            || (by_number && !asked.is_empty() && authority.eq_ignore_ascii_case(asked));
        if ours { Ok(()) } else { Err(foreign()) }
    }

    /// Where a request comes from: the peer, or whom the proxy before us says it is.
    fn address(&self, request: &Request) -> String {
        let said = || {
            let all = request.headers().get_all("x-forwarded-for");
            let last = all.iter().next_back()?.to_str().ok()?.rsplit(',').next()?.trim();
            last.parse::<IpAddr>().ok()
        };
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let address = if self.settings.behind_proxy { said().or(peer) } else { peer };
        address.map_or_else(|| "-".to_owned(), |address| address.to_canonical().to_string())
    }
}

/// The refusal of a change that does not carry the session's CSRF token.
pub(super) fn forged() -> Refusal {
    Refusal::forbidden("the request does not carry the session's `x-csrf-token`").hint("load the page again")
}

fn broken_off() -> Response {
    let detail = "the answer broke off by a fault of the program";
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", "Failed", detail)
        .hint("try again; if it stays so, look for the request's id in the server's log")
        .into_response()
}

/// A route, or a method of one, that has no line in the table.
fn unlisted(method: &Method, path: &str) -> Response {
    let lines = roles::lines(path);
    if lines.is_empty() {
        tracing::error!(path, "a route has no line in the table of roles");
        return Refusal::forbidden("nobody may ask this").into_response();
    }
    let detail = format!("`{path}` is not for `{method}`");
    let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "malformed", "Not this way", detail)
        .hint("see `/api/openapi.json`");
    let mut response = refusal.into_response();
    let methods = lines.iter().map(|rule| rule.method).collect::<Vec<_>>().join(", ");
    if let Ok(value) = HeaderValue::from_str(&methods) {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}

/// The project that a request is about.
fn project(rule: &Rule, uri: &Uri) -> Option<String> {
    match rule.path {
        path if path.starts_with("/api/projects/{project}") => Some(segment(uri, 3)),
        path if path.starts_with("/fhir/{project}") => Some(segment(uri, 2)),
        _ => None,
    }
}

/// The part of a path at a place, as it was asked.
fn segment(uri: &Uri, place: usize) -> String {
    uri.path().split('/').nth(place).unwrap_or_default().to_owned()
}
