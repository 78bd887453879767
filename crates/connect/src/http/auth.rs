//! Auth: from a definition's `auth` to what goes with a request.
//!
//! Reads    secrets (`secrets`); a token endpoint, as Entra ID asks: a form with grant type, client id, secret and scope
//!
//! Invariants
//! - A token is asked for once per endpoint, client, secret and scope of the process, until shortly before it ends.
//! - Two requests that need a new token ask for one.
//!
//! Not here: sending the request, trying again (`client`).

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use onefold_model::define::Auth;
use reqwest::{RequestBuilder, Url};
use serde::Deserialize;
use tokio::sync::Mutex as Waiting;

use super::secrets::{Hidden, resolve};
use crate::ConnectError;

/// A token is left alone so long before its end, or half its life if that is shorter.
const MARGIN: Duration = Duration::from_secs(60);

/// How a server wants us to sign in, with the secrets resolved.
#[derive(Clone, Debug)]
pub(super) enum SignIn {
    None,
    Bearer(Hidden),
    Basic { user: String, password: Hidden },
    Token(TokenSource),
}

/// Where tokens come from, and the last one.
#[derive(Clone, Debug)]
pub(super) struct TokenSource {
    pub(super) url: Url,
    client_id: String,
    client_secret: Hidden,
    scope: String,
    last: Arc<Waiting<Option<Token>>>,
}

#[derive(Clone, Debug)]
struct Token {
    text: Hidden,
    until: Option<Instant>,
}

/// A token endpoint's answer.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: Option<Seconds>,
}

/// Some providers write the number as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(f64),
    Text(String),
}

type Tokens = HashMap<(String, String, u64, String), Arc<Waiting<Option<Token>>>>;

static TOKENS: LazyLock<Mutex<Tokens>> = LazyLock::new(Mutex::default);

impl SignIn {
    /// Resolves what `auth` refers to.
    pub(super) fn new(auth: &Auth, who: &str, root: &Path) -> Result<Self, ConnectError> {
        Ok(match auth {
            Auth::None => Self::None,
            Auth::Bearer(token) => Self::Bearer(resolve(token, who, root)?),
            Auth::Basic { user, password } => {
                Self::Basic { user: user.clone(), password: resolve(password, who, root)? }
            }
            Auth::ClientCredentials { token_url, client_id, client_secret, scope } => {
                let client_secret = resolve(client_secret, who, root)?;
                let url = super::client::address(who, "token_url", token_url)?;
                Self::Token(TokenSource::new(url, client_id.clone(), client_secret, scope.clone()))
            }
        })
    }
    /// Puts it on a request. `token` is the one to use, for client credentials.
    pub(super) fn on(&self, request: RequestBuilder, token: Option<&Hidden>) -> RequestBuilder {
        match self {
            Self::None => request,
            Self::Bearer(token) => request.bearer_auth(token.reveal()),
            Self::Basic { user, password } => request.basic_auth(user, Some(password.reveal())),
            Self::Token(_) => match token {
                Some(token) => request.bearer_auth(token.reveal()),
                None => request,
            },
        }
    }
    /// The secrets that must not show.
    pub(super) fn secrets(&self) -> Vec<&Hidden> {
        match self {
            Self::None => Vec::new(),
            Self::Bearer(secret) | Self::Basic { password: secret, .. } => vec![secret],
            Self::Token(source) => vec![&source.client_secret],
        }
    }
    /// What to look at when the server will not let us in.
    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::None => "add `auth` to say how to sign in",
            Self::Bearer(_) => "look at the token that `auth.bearer` names: it may have ended",
            Self::Basic { .. } => "look at `user` and `password` of `auth.basic`",
            Self::Token(_) => "give the client the right to do this, and look at `scope` of `auth.client_credentials`",
        }
    }
}

impl TokenSource {
    fn new(url: Url, client_id: String, client_secret: Hidden, scope: String) -> Self {
        let mut hasher = DefaultHasher::new();
        client_secret.hash(&mut hasher);
        let key = (url.to_string(), client_id.clone(), hasher.finish(), scope.clone());
        let last = TOKENS.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
        Self { url, client_id, client_secret, scope, last }
    }
    /// A token good for a while: the last one, else what `fetch` brings. `refused` is one a server would not take.
    pub(super) async fn token<F>(&self, refused: Option<&Hidden>, fetch: F) -> Result<Hidden, ConnectError>
    where
        F: AsyncFnOnce(&Self) -> Result<(String, Option<Duration>), ConnectError>,
    {
        let mut last = self.last.lock().await;
        if let Some(token) = &*last
            && token.until.is_none_or(|until| Instant::now() < until)
            && refused != Some(&token.text)
        {
            return Ok(token.text.clone());
        }
        *last = None;
        let asked = Instant::now();
        let (text, life) = fetch(self).await?;
        let text = Hidden::new(text);
        let until = life.map(|life| asked + life.saturating_sub(MARGIN.min(life / 2)));
        *last = Some(Token { text: text.clone(), until });
        Ok(text)
    }
    /// The form that asks for a token.
    pub(super) fn form(&self) -> [(&'static str, &str); 4] {
        [
            ("grant_type", "client_credentials"),
            ("client_id", &self.client_id),
            ("client_secret", self.client_secret.reveal()),
            ("scope", &self.scope),
        ]
    }
    /// The token in an endpoint's answer, and how long it lives.
    pub(super) fn read(&self, who: &str, body: &[u8]) -> Result<(String, Option<Duration>), ConnectError> {
        let granted: Granted = serde_json::from_slice(body).map_err(|_| {
            ConnectError::new(format!("{who}: {} did not answer with a token", super::client::shown(&self.url)))
                .hint("look at `token_url` of `auth.client_credentials`")
        })?;
        let seconds = granted.expires_in.and_then(|life| match life {
            Seconds::Number(seconds) => Some(seconds),
            Seconds::Text(text) => text.trim().parse().ok(),
        });
        let life = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds.clamp(0.0, 1e9)).ok());
        Ok((granted.access_token, life))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(scope: &str) -> TokenSource {
        let url = Url::parse("https://login.example/token").unwrap();
        TokenSource::new(url, "client".into(), Hidden::new("secret"), scope.into())
    }

    #[tokio::test]
    async fn a_token_is_shared_until_it_ends_or_is_refused() {
        let asked = std::cell::Cell::new(0);
        let get = async |source: &TokenSource, refused: Option<&Hidden>, life: u64| {
            let fetch = async |_: &TokenSource| {
                asked.set(asked.get() + 1);
                Ok((format!("token {}", asked.get()), Some(Duration::from_secs(life))))
            };
            source.token(refused, fetch).await.unwrap().reveal().to_owned()
        };
        assert_eq!(get(&source("a"), None, 3600).await, "token 1");
        assert_eq!(get(&source("a"), None, 3600).await, "token 1", "another source of the same client shares it");
        assert_eq!(get(&source("b"), None, 3600).await, "token 2", "another scope does not");
        assert_eq!(get(&source("a"), Some(&Hidden::new("token 1")), 0).await, "token 3", "a refused one is dropped");
        assert_eq!(get(&source("a"), Some(&Hidden::new("token 1")), 3600).await, "token 4", "and so is one that ended");
        assert_eq!(
            get(&source("a"), Some(&Hidden::new("token 1")), 3600).await,
            "token 4",
            "an older refusal is stale"
        );
    }

    #[test]
    fn life_is_a_number_or_text_or_unknown() {
        let read = |body: &str| source("c").read("source `A`", body.as_bytes());
        assert_eq!(read(r#"{"access_token":"x","expires_in":5}"#).unwrap().1, Some(Duration::from_secs(5)));
        assert_eq!(read(r#"{"access_token":"x","expires_in":"3599"}"#).unwrap().1, Some(Duration::from_secs(3599)));
        assert_eq!(read(r#"{"access_token":"x"}"#).unwrap(), ("x".into(), None));
        assert_eq!(read(r#"{"access_token":"x","expires_in":-1}"#).unwrap().1, Some(Duration::ZERO));
        assert!(read("<html>").unwrap_err().to_string().contains("did not answer with a token"));
    }
}
