//! Openid client: what the words of the command line say about an OpenID provider, and how it is reached.
//!
//! Reads    the environment or a file: the client's secret, which never stands on the command line
//!
//! Invariants
//! - No redirect is followed, nothing is waited for beyond seconds, no answer is read beyond a megabyte: a provider is asked at the
//!   addresses it states, and cannot make the server ask elsewhere.
//!
//! Not here: the protocol (`onefold-server`).

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::http;
use onefold_api::{Problem, Role};
use onefold_server::auth::{HttpCall, OpenId};

use crate::cli::OpenIdWords;

/// The largest answer that is read, in bytes.
const LARGEST: usize = 1 << 20;

/// The provider the words of the command line speak of; none when they speak of none.
///
/// # Errors
/// Words that do not fit together, or a secret that cannot be read.
pub fn provider(words: &OpenIdWords) -> Result<Option<OpenId>, Problem> {
    let Some(issuer) = words.openid_issuer.clone() else { return Ok(None) };
    let Some(client_id) = words.openid_client_id.clone() else {
        return Err(Problem::refused("the OpenID provider is given without Onefold's id there")
            .hint("add `--openid-client-id`"));
    };
    let roles = words.openid_role.iter().map(|text| mapped(text)).collect::<Result<Vec<_>, _>>()?;
    if words.openid_role_claim.is_some() == roles.is_empty() {
        return Err(Problem::refused("a role claim and what its values mean belong together")
            .hint("give `--openid-role-claim groups` and `--openid-role clinic-staff=viewer`"));
    }
    if roles.is_empty() && words.openid_default_role.is_none() {
        return Err(Problem::refused("nobody who signs in at the OpenID provider would have a role")
            .hint("give `--openid-role-claim` with `--openid-role`, or `--openid-default-role`"));
    }
    let url = url::Url::parse(&issuer).map_err(|_| {
        Problem::refused(format!("`{issuer}` is no address of an OpenID provider"))
            .hint("write `https://…`, as the provider states it")
    })?;
    let title =
        words.openid_title.clone().or_else(|| url.host_str().map(str::to_owned)).unwrap_or_else(|| issuer.clone());
    Ok(Some(OpenId {
        title,
        client_secret: secret(words)?,
        issuer,
        client_id,
        scopes: words.openid_scope.clone(),
        role_claim: words.openid_role_claim.clone(),
        roles,
        default_role: words.openid_default_role.as_deref().map(role).transpose()?,
        http: http_call()?,
    }))
}

/// The client's secret, from the file or the environment.
fn secret(words: &OpenIdWords) -> Result<Option<String>, Problem> {
    let Some(path) = &words.openid_client_secret_file else {
        return Ok(std::env::var("ONEFOLD_OPENID_CLIENT_SECRET").ok().filter(|secret| !secret.is_empty()));
    };
    let text = std::fs::read_to_string(path).map_err(|error| {
        Problem::failed(format!("cannot read the client's secret in `{}`: {error}", path.display()))
    })?;
    Ok(Some(text.trim().to_owned()))
}

/// `clinic-staff=viewer`
fn mapped(text: &str) -> Result<(String, Role), Problem> {
    // Values of claims may hold `=`; roles do not.
    let (value, word) = text.rsplit_once('=').ok_or_else(|| {
        Problem::refused(format!("`{text}` does not say which role a value gives")).hint("write `clinic-staff=viewer`")
    })?;
    Ok((value.to_owned(), role(word)?))
}

/// A role by its word.
///
/// # Errors
/// A word that is none of the four.
pub fn role(word: &str) -> Result<Role, Problem> {
    match word {
        "viewer" => Ok(Role::Viewer),
        "contributor" => Ok(Role::Contributor),
        "administrator" => Ok(Role::Administrator),
        "owner" => Ok(Role::Owner),
        other => Err(Problem::refused(format!("`{other}` is no role"))
            .hint("write `viewer`, `contributor`, `administrator` or `owner`")),
    }
}

/// Reaches a provider.
///
/// # Errors
/// When no client for HTTPS can be set up.
pub fn http_call() -> Result<HttpCall, Problem> {
    // Tolerant of one that is there: only the process's first call can install it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = || {
        reqwest::Client::builder()
            .user_agent(concat!("onefold/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(15))
    };
    let failed = |error: reqwest::Error| {
        Problem::failed(format!("no client for HTTPS can be set up: {error}"))
            .hint("install the system's certificates (package `ca-certificates`)")
    };
    let far = builder().build().map_err(failed)?;
    let near = builder().no_proxy().build().map_err(failed)?;
    Ok(Arc::new(move |request: http::Request<Vec<u8>>| {
        let client = if is_near(request.uri()) { near.clone() } else { far.clone() };
        Box::pin(async move { send(&client, request).await.map_err(io::Error::other) })
    }))
}

/// Whether an address is of this machine: no proxy stands before it.
fn is_near(uri: &http::Uri) -> bool {
    matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

async fn send(
    client: &reqwest::Client,
    request: http::Request<Vec<u8>>,
) -> Result<http::Response<Vec<u8>>, Box<dyn std::error::Error + Send + Sync>> {
    let (head, body) = request.into_parts();
    let mut answer = client.request(head.method, head.uri.to_string()).headers(head.headers).body(body).send().await?;
    let mut response = http::Response::builder().status(answer.status());
    if let Some(headers) = response.headers_mut() {
        *headers = answer.headers().clone();
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if bytes.len() + chunk.len() > LARGEST {
            return Err("the provider's answer is larger than a megabyte".into());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(response.body(bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> OpenIdWords {
        OpenIdWords {
            openid_issuer: Some("https://id.example.org/realm".to_owned()),
            openid_client_id: Some("onefold".to_owned()),
            openid_role_claim: Some("groups".to_owned()),
            openid_role: vec!["cn=staff,dc=clinic=viewer".to_owned(), "admins=administrator".to_owned()],
            ..OpenIdWords::default()
        }
    }

    #[test]
    fn words_make_a_provider() {
        let found = provider(&words()).unwrap().unwrap();
        assert_eq!(found.title, "id.example.org");
        assert_eq!(
            found.roles,
            [("cn=staff,dc=clinic".to_owned(), Role::Viewer), ("admins".to_owned(), Role::Administrator)]
        );
        assert!(provider(&OpenIdWords::default()).unwrap().is_none());
    }

    #[test]
    fn words_that_do_not_fit_together_are_refused() {
        let wrong: [fn(&mut OpenIdWords); 6] = [
            |words| words.openid_client_id = None,
            |words| words.openid_role.clear(),
            |words| words.openid_role_claim = None,
            |words| words.openid_role = vec!["admins".to_owned()],
            |words| words.openid_role = vec!["admins=king".to_owned()],
            |words| words.openid_client_secret_file = Some("/does/not/exist".into()),
        ];
        for (i, change) in wrong.iter().enumerate() {
            let mut words = words();
            change(&mut words);
            assert!(provider(&words).is_err(), "{i}");
        }
    }
}
