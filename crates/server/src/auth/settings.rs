//! Settings: how people come in.
//!
//! Not here: where settings are read from (the binary).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::http;
use futures::future::BoxFuture;
use jiff::Timestamp;
use onefold_api::Role;

/// Tells what time it is. The binary hands it in; tests turn it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Sends one request to an OpenID provider and gives its answer. It follows no redirect, gives up after some seconds, and
/// reads no more than a megabyte.
pub type HttpCall =
    Arc<dyn Fn(http::Request<Vec<u8>>) -> BoxFuture<'static, std::io::Result<http::Response<Vec<u8>>>> + Send + Sync>;

/// How people come in.
#[derive(Clone)]
pub struct AuthSettings {
    /// Where browsers find the server: `http://127.0.0.1:7070`. Changes from pages of other origins are refused.
    pub base_url: String,
    /// A session that is not used for so long has ended.
    pub idle: Duration,
    /// A session ends after so long.
    pub absolute: Duration,
    /// Whether a proxy stands before the server and says in `X-Forwarded-For` who asks. Only its own, last word counts.
    pub behind_proxy: bool,
    /// What time it is.
    pub clock: Clock,
    /// Signing in at an OpenID provider.
    pub openid: Option<OpenId>,
}

impl AuthSettings {
    /// Sessions end after 30 minutes without use and after 12 hours in any case; no proxy, no OpenID provider.
    pub fn new(base_url: impl Into<String>, clock: Clock) -> Self {
        let base_url = base_url.into().trim_end_matches('/').to_owned();
        let (idle, absolute) = (Duration::from_secs(30 * 60), Duration::from_secs(12 * 3600));
        Self { base_url, idle, absolute, behind_proxy: false, clock, openid: None }
    }
}

/// An OpenID provider, and what its word is worth here.
#[derive(Clone)]
pub struct OpenId {
    /// What the button says: `Contoso`.
    pub title: String,
    /// Its issuer; `https`, or on this machine.
    pub issuer: String,
    /// Onefold's id there.
    pub client_id: String,
    /// Onefold's secret there; none for a public client.
    pub client_secret: Option<String>,
    /// Scopes asked for beside `openid`.
    pub scopes: Vec<String>,
    /// The claim that says what somebody may do, in the ID token or at the user-info endpoint: `groups`.
    pub role_claim: Option<String>,
    /// Which value of the claim gives which role; of several, the highest counts.
    pub roles: Vec<(String, Role)>,
    /// The role of those whose claim says nothing; none refuses them.
    pub default_role: Option<Role>,
    /// Reaches the provider.
    pub http: HttpCall,
}

impl fmt::Debug for OpenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The secret stays out of logs.
        f.debug_struct("OpenId")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AuthSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("AuthSettings");
        shown.field("base_url", &self.base_url).field("idle", &self.idle).field("absolute", &self.absolute);
        shown.field("behind_proxy", &self.behind_proxy).field("openid", &self.openid).finish_non_exhaustive()
    }
}
