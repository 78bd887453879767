//! Openid: asks an OpenID provider who somebody is (OpenID Connect Core 1.0, authorization code with PKCE).
//!
//! Flow     [`Provider::away`]: address with state, nonce, challenge ─ browser ─ [`Provider::person`]: code ─ ID token ─ claims ─ [`Person`]
//!
//! Invariants
//! - An ID token counts only when its signature, issuer, audience, expiry and nonce hold; keys are the provider's own (no HMAC, no `none`).
//! - A person is issuer and subject. Names and e-mail addresses, verified or not, match nobody.
//!
//! Not here: sessions and accounts (`openid_sign_in`), the HTTP client (the binary).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use onefold_api::Role;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClientAuthMethod, CoreErrorResponseType,
    CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, IdTokenFields,
    IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    Scope, StandardErrorResponse, StandardTokenResponse, TokenResponse as _, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Mutex;

use super::settings::OpenId;

/// How long what a provider says of itself is believed.
const BELIEVED: Duration = Duration::from_secs(300);

/// Claims beyond the standard's.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Extra {
    #[serde(flatten)]
    claims: HashMap<String, Value>,
}
impl AdditionalClaims for Extra {}

type Fields = IdTokenFields<
    Extra,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Tokens = StandardTokenResponse<Fields, CoreTokenType>;
type Client = openidconnect::Client<
    Extra,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Why somebody is not known by the provider's word. For the log; browsers are told the kind only.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum Fault {
    /// The provider cannot be reached, or does not speak OpenID Connect.
    #[error("the OpenID provider does not answer as it should: {0}")]
    Provider(String),
    /// The code or the ID token is not good.
    #[error("the sign-in does not hold: {0}")]
    Refused(String),
}

/// Where to send a browser, and what to remember meanwhile.
pub(super) struct Away {
    pub(super) url: String,
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
}

/// Somebody, by the provider's word.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Person {
    /// Issuer and subject.
    pub(super) subject: String,
    /// A name to be called by here.
    pub(super) name: String,
    /// The person's name.
    pub(super) title: String,
    /// The role their claim gives; none when it says nothing.
    pub(super) role: Option<Role>,
}

/// An OpenID provider.
pub(super) struct Provider {
    openid: OpenId,
    redirect: String,
    /// What it says of itself, with its keys, and since when we know.
    known: Mutex<Option<(Instant, Arc<CoreProviderMetadata>)>>,
}

impl Provider {
    pub(super) fn new(openid: OpenId, base_url: &str) -> Self {
        Self { openid, redirect: format!("{base_url}/api/openid/callback"), known: Mutex::new(None) }
    }
    pub(super) fn settings(&self) -> &OpenId {
        &self.openid
    }

    /// Where to send a browser for signing in.
    pub(super) async fn away(&self) -> Result<Away, Fault> {
        let client = self.client(false).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request =
            client.authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random);
        for scope in self.openid.scopes.iter().filter(|scope| *scope != "openid") {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        let (url, state, nonce) = request.set_pkce_challenge(challenge).url();
        let (state, nonce, verifier) = (state.into_secret(), nonce.secret().clone(), verifier.into_secret());
        Ok(Away { url: url.to_string(), state, nonce, verifier })
    }

    /// Who somebody is, by the code they came back with.
    pub(super) async fn person(&self, code: String, nonce: String, verifier: String) -> Result<Person, Fault> {
        let client = self.client(false).await?;
        let call = self.call();
        let request =
            client.exchange_code(AuthorizationCode::new(code)).map_err(|error| Fault::Provider(error.to_string()))?;
        let tokens = request.set_pkce_verifier(PkceCodeVerifier::new(verifier)).request_async(&call).await;
        let tokens = tokens.map_err(|error| match error {
            RequestTokenError::ServerResponse(said) => Fault::Refused(said.to_string()),
            RequestTokenError::Request(error) => Fault::Provider(error.to_string()),
            // What could not be read may hold tokens: only the place of the fault is told.
            RequestTokenError::Parse(error, _) => Fault::Provider(error.to_string()),
            RequestTokenError::Other(words) => Fault::Provider(words),
        })?;
        let nonce = Nonce::new(nonce);
        match claimed(&client, &tokens, &nonce) {
            // The provider may have changed its keys since we asked.
            Err(ClaimsVerificationError::SignatureVerification(_)) => {
                let client = self.client(true).await?;
                let claims = claimed(&client, &tokens, &nonce).map_err(|error| Fault::Refused(error.to_string()))?;
                self.complete(&client, &tokens, claims).await
            }
            Err(error) => Err(Fault::Refused(error.to_string())),
            Ok(claims) => self.complete(&client, &tokens, claims).await,
        }
    }

    /// Asks the user-info endpoint for what the ID token does not say.
    async fn complete(&self, client: &Client, tokens: &Tokens, mut claims: Claimed) -> Result<Person, Fault> {
        let lacks_role = self.openid.role_claim.as_deref().is_some_and(|name| at(&claims.extra, name).is_none());
        if (lacks_role || claims.name.is_none() || claims.title.is_none())
            && let Ok(request) = client.user_info(tokens.access_token().clone(), Some(claims.subject.clone()))
        {
            let call = self.call();
            let found: UserInfoClaims<Extra, CoreGenderClaim> =
                request.request_async(&call).await.map_err(|error| Fault::Provider(format!("user info: {error}")))?;
            claims.name = claims.name.or_else(|| found.preferred_username().map(|name| name.to_string()));
            claims.name = claims.name.or_else(|| found.email().map(|email| email.to_string()));
            claims.title =
                claims.title.or_else(|| found.name().and_then(|name| name.get(None)).map(|name| name.to_string()));
            for (key, value) in &found.additional_claims().claims {
                claims.extra.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        let role = self
            .openid
            .role_claim
            .as_deref()
            .and_then(|name| at(&claims.extra, name))
            .and_then(|value| self.role(value));
        let name = claims.name.unwrap_or_else(|| claims.subject.to_string());
        Ok(Person {
            // A space stands in no issuer.
            subject: format!("{} {}", self.openid.issuer, claims.subject.as_str()),
            title: claims.title.unwrap_or_else(|| name.clone()),
            name,
            role,
        })
    }

    /// The highest role that a claim's values give.
    fn role(&self, claim: &Value) -> Option<Role> {
        let has = |wanted: &str| match claim {
            Value::String(text) => text == wanted,
            Value::Array(all) => all.iter().any(|value| value.as_str() == Some(wanted)),
            _ => false,
        };
        self.openid.roles.iter().filter(|(value, _)| has(value)).map(|(_, role)| *role).max()
    }

    /// The client by what the provider says of itself; asked again when it is old, or when `anew`.
    async fn client(&self, anew: bool) -> Result<Client, Fault> {
        let mut known = self.known.lock().await;
        let young = known.as_ref().filter(|(since, _)| !anew && since.elapsed() < BELIEVED);
        let metadata = match young {
            Some((_, metadata)) => Arc::clone(metadata),
            None => {
                let issuer = self.issuer()?;
                let call = self.call();
                let found = CoreProviderMetadata::discover_async(issuer, &call).await;
                let metadata = Arc::new(found.map_err(|error| Fault::Provider(deepest(&error)))?);
                *known = Some((Instant::now(), Arc::clone(&metadata)));
                metadata
            }
        };
        drop(known);
        let basic = metadata.token_endpoint_auth_methods_supported().is_none_or(|methods| {
            methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
                || !methods.contains(&CoreClientAuthMethod::ClientSecretPost)
        });
        let redirect = RedirectUrl::new(self.redirect.clone()).map_err(|error| Fault::Provider(error.to_string()))?;
        let id = ClientId::new(self.openid.client_id.clone());
        let secret = self.openid.client_secret.clone().map(ClientSecret::new);
        let client = Client::from_provider_metadata((*metadata).clone(), id, secret).set_redirect_uri(redirect);
        Ok(client.set_auth_type(if basic { AuthType::BasicAuth } else { AuthType::RequestBody }))
    }

    /// The issuer, when it may be asked: encrypted, or on this machine.
    fn issuer(&self) -> Result<IssuerUrl, Fault> {
        let issuer = IssuerUrl::new(self.openid.issuer.clone()).map_err(|error| Fault::Provider(error.to_string()))?;
        let url = issuer.url();
        let here = match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        if url.scheme() == "https" || (url.scheme() == "http" && here) {
            return Ok(issuer);
        }
        Err(Fault::Provider(format!("`{}` is neither https nor on this machine", self.openid.issuer)))
    }

    fn call(
        &self,
    ) -> impl Fn(HttpRequest) -> futures::future::BoxFuture<'static, std::io::Result<openidconnect::HttpResponse>> + use<>
    {
        let http = Arc::clone(&self.openid.http);
        move |request| http(request)
    }
}

/// What an ID token says, once it holds.
struct Claimed {
    subject: openidconnect::SubjectIdentifier,
    name: Option<String>,
    title: Option<String>,
    extra: HashMap<String, Value>,
}

fn claimed(client: &Client, tokens: &Tokens, nonce: &Nonce) -> Result<Claimed, ClaimsVerificationError> {
    let other = |words: &str| ClaimsVerificationError::Other(words.to_owned());
    let token = tokens.id_token().ok_or_else(|| other("there is no ID token"))?;
    let verifier = client.id_token_verifier().set_allowed_algs(SIGNED.iter().cloned());
    let claims = token.claims(&verifier, nonce)?;
    if let Some(said) = claims.access_token_hash() {
        let key = token.signing_key(&verifier).map_err(ClaimsVerificationError::SignatureVerification)?;
        let algorithm = token.signing_alg().map_err(|error| other(&error.to_string()))?;
        let found = AccessTokenHash::from_token(tokens.access_token(), algorithm, key);
        if found.map_err(|error| other(&error.to_string()))? != *said {
            return Err(other("the access token is another's"));
        }
    }
    let name = claims.preferred_username().map(|name| name.to_string());
    Ok(Claimed {
        subject: claims.subject().clone(),
        name: name.or_else(|| claims.email().map(|email| email.to_string())),
        title: claims.name().and_then(|name| name.get(None)).map(|name| name.to_string()),
        extra: claims.additional_claims().claims.clone(),
    })
}

/// Signatures by a key that only the provider has.
const SIGNED: &[CoreJwsSigningAlgorithm] = &[
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// A claim by its name; `realm_access.roles` is also found inside `realm_access`.
fn at<'a>(claims: &'a HashMap<String, Value>, name: &str) -> Option<&'a Value> {
    claims.get(name).or_else(|| {
        let (outer, inner) = name.split_once('.')?;
        inner.split('.').try_fold(claims.get(outer)?, |value, part| value.get(part))
    })
}

/// What lies at the bottom of an error.
fn deepest(error: &dyn std::error::Error) -> String {
    let mut at = error;
    while let Some(source) = at.source() {
        at = source;
    }
    at.to_string()
}
