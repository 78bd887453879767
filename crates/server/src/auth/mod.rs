//! Auth: who asks, whether they may, and what is written down about it.
//!
//! Flow     request ─ [`guard`]: cookie or token ─ account ─ origin and CSRF token ─ role (`roles`) ─ handler ─ audit ─ answer
//!
//! Reads, writes   the [`Registry`]: accounts, sessions, tokens, one-time words, audit
//!
//! Invariants
//! - Nobody gets in by default: the first account is made through a one-time link that only who starts the server sees.
//! - An account that is disabled, or lowered, is so from the next request on; nothing about it is remembered here.
//! - Sessions, tokens and links are random words of which only a hash is kept.
//! - An entry of the audit is on disk before the answer it is about leaves.
//!
//! Not here: what handlers do with what they may do (`routes`); where the registry lies (the binary).

mod accounts;
mod audit;
mod guard;
mod limit;
#[cfg(test)]
pub(crate) mod memory;
mod openid;
mod openid_sign_in;
mod passwords;
mod roles;
mod secrets;
mod session;
mod settings;
mod setup;
#[cfg(test)]
mod tests;
mod tokens;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::{SignedDuration, Timestamp};
use onefold_api::{Problem, Registry, Role};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use audit::Shown;
pub use guard::{Who, guard};
pub use roles::{Access, RULES, Rule, Trail};
pub use session::COOKIE;
pub use settings::{AuthSettings, Clock, HttpCall, OpenId};
pub use setup::invite;

/// Sign-in, roles and audit of one server.
pub struct Auth {
    registry: Arc<dyn Registry>,
    settings: AuthSettings,
    limit: limit::Limit,
    passwords: passwords::Passwords,
    provider: Option<openid::Provider>,
    /// Whether somebody has an account; once so, it is not asked any more.
    peopled: AtomicBool,
}

impl Auth {
    /// Sign-in by a registry.
    pub fn new(registry: Arc<dyn Registry>, settings: AuthSettings) -> Self {
        let provider = settings.openid.clone().map(|openid| openid::Provider::new(openid, &settings.base_url));
        Self {
            registry,
            settings,
            provider,
            limit: limit::Limit::default(),
            passwords: passwords::Passwords::new(),
            peopled: AtomicBool::new(false),
        }
    }

    /// When nobody has an account: a link, good once and for a day, to make the first one. Its last part is a secret; who
    /// starts the server is told, nobody else.
    ///
    /// # Errors
    /// A registry that cannot be used.
    pub async fn begin(&self) -> Result<Option<String>, Problem> {
        if self.is_peopled().await? {
            return Ok(None);
        }
        let link = setup::first(&*self.registry, self.now()).await?;
        Ok(Some(format!("{}{link}", self.settings.base_url)))
    }

    fn now(&self) -> Timestamp {
        (self.settings.clock)()
    }
}

/// An instant as the registry keeps it: always as long, so that texts sort as instants do.
fn stamp(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// Some time later.
fn after(at: Timestamp, seconds: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

/// The instant a text of the registry means; the beginning of time when it means none, which is past for everything.
fn instant(text: &str) -> Timestamp {
    text.parse().unwrap_or(Timestamp::MIN)
}

/// A role as people read it.
fn role_word(role: Role) -> &'static str {
    match role {
        Role::Viewer => "viewer",
        Role::Contributor => "contributor",
        Role::Administrator => "administrator",
        Role::Owner => "owner",
    }
}

/// The endpoints of sign-in, accounts, tokens and audit.
pub fn router(auth: Arc<Auth>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(session::session, session::sign_in, session::sign_out))
        .routes(routes!(session::change_password))
        .routes(routes!(setup::set_up))
        .routes(routes!(openid_sign_in::openid_start))
        .routes(routes!(openid_sign_in::openid_callback))
        .routes(routes!(accounts::accounts, accounts::make_account))
        .routes(routes!(accounts::change_account, accounts::remove_account))
        .routes(routes!(accounts::invite_account))
        .routes(routes!(tokens::tokens, tokens::make_token))
        .routes(routes!(tokens::remove_token))
        .routes(routes!(audit::audited))
        .routes(routes!(audit::check_audit))
        .with_state(auth)
}
