//! Client: asks one server, signed in, patiently.
//!
//! Flow     `ask`: token ─ send ─ a 401 renews the token once ─ a redirect on the same origin is followed ─
//!          a busy or absent server is asked again while patience lasts
//!
//! Not here: the words of refusals (`words`), how long to wait (`patience`).

use std::error::Error as _;
use std::path::Path;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use onefold_model::define::{Auth, Location};
use reqwest::header::{self, HeaderMap};
use reqwest::{Client, Method, StatusCode, Url};
use url::Host;

use super::auth::{SignIn, TokenSource};
use super::patience::{Patience, Waits, retry_after};
use super::secrets::{Hidden, scrub};
use super::words::words;
use crate::{ConnectError, SourceRef};

/// A page larger than this is not read: something is wrong.
const LARGEST_BODY: usize = 512 << 20;
/// Redirects followed for one request.
const MOST_HOPS: u32 = 8;

/// A server, and how to sign in there.
#[derive(Debug)]
pub struct Server {
    who: String,
    base: Url,
    client: Client,
    sign_in: SignIn,
    patience: Patience,
}

/// One thing to ask.
#[derive(Clone, Debug)]
pub struct Request {
    /// GET, POST, PATCH.
    pub method: Method,
    /// Where; of the server's origin.
    pub url: Url,
    /// Headers beside those for signing in.
    pub headers: Vec<(&'static str, String)>,
    /// A JSON body.
    pub body: Option<Bytes>,
    /// Whether asking twice does no harm. GET is; a PATCH that sets everything anew is.
    pub repeatable: bool,
}

impl Request {
    /// A GET.
    pub fn get(url: Url) -> Self {
        Self { method: Method::GET, url, headers: Vec::new(), body: None, repeatable: true }
    }
    /// The same with a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// What a server answered, whatever its status.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body, unpacked.
    pub body: Bytes,
    /// The token that was used, when one was.
    token: Option<Hidden>,
}

/// Why there is no answer.
enum Failure {
    /// Not reached, or cut off. The words, and whether the server cannot have seen the request.
    Cut { words: String, unseen: bool },
    /// Another try would not help.
    Hopeless(ConnectError),
}

impl Server {
    /// A server at the address a definition gives. `who` names the source or connection in messages ("source `A`");
    /// `root` is the project's folder, below which secrets lie.
    ///
    /// # Errors
    /// When the address is not `http(s)://…`, is `http` but not of this machine, or a secret is missing.
    pub fn new(who: &str, url: &str, auth: &Auth, root: &Path) -> Result<Self, ConnectError> {
        let base = address(who, "url", url)?;
        let sign_in = SignIn::new(auth, who, root)?;
        // Tolerant of one that is there: only the process's first call can install it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .user_agent(concat!("onefold/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(Duration::from_secs(150))
            .redirect(reqwest::redirect::Policy::none());
        if is_this_machine(&base) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| {
            ConnectError::new(format!("{who}: no client for HTTPS can be set up: {}", deepest(&error)))
                .hint("install the system's certificates (package `ca-certificates`)")
        })?;
        Ok(Self { who: who.to_owned(), base, client, sign_in, patience: Patience::default() })
    }
    /// The server a source is read from.
    ///
    /// # Errors
    /// As [`Server::new`], and when the source is a folder.
    pub(crate) fn of_source(source: &SourceRef) -> Result<Self, ConnectError> {
        let who = format!("source `{}`", source.source.name.value);
        match &source.source.from {
            Location::Url { url, auth } => Self::new(&who, url, auth, &source.root),
            Location::Folder(_) => Err(ConnectError::new(format!("{who} is a folder, not a server"))),
        }
    }
    /// The same with another patience.
    #[must_use]
    pub fn patient(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }
    /// The source or connection, as messages name it.
    pub fn who(&self) -> &str {
        &self.who
    }
    /// An address below the server's: `path` is put after a slash.
    pub fn below(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{path}"));
        url.set_query(None);
        url.set_fragment(None);
        url
    }

    /// Asks, signed in; waits and asks again while that may help. Answers of any status come back as they are.
    ///
    /// # Errors
    /// When no token is to be had, the server cannot be reached, or it sends elsewhere.
    pub async fn ask(&self, request: &Request) -> Result<Answer, ConnectError> {
        let mut waits = Waits::new(self.patience);
        let mut url = request.url.clone();
        let mut refused: Option<Hidden> = None;
        let mut hops = 0;
        loop {
            let wait = match self.once(request, &url, refused.as_ref()).await {
                Ok(answer)
                    if answer.status == StatusCode::UNAUTHORIZED && answer.token.is_some() && refused.is_none() =>
                {
                    refused = answer.token;
                    continue;
                }
                Ok(answer) if answer.is_redirect() => {
                    hops += 1;
                    url = self.redirected(request, &url, &answer, hops)?;
                    continue;
                }
                Ok(answer) => match answer.worth_another_try(request.repeatable) {
                    Some(asked) => match waits.next(asked) {
                        Some(wait) => wait,
                        None => return Err(self.busy(&url, &answer, &waits)),
                    },
                    None => return Ok(answer),
                },
                Err(Failure::Hopeless(error)) => return Err(error),
                Err(Failure::Cut { words, unseen }) => {
                    let again = (request.repeatable || unseen).then(|| waits.next(None)).flatten();
                    match again {
                        Some(wait) => wait,
                        None => return Err(self.unreachable(&url, &words)),
                    }
                }
            };
            tracing::debug!(method = %request.method, url = shown(&url), wait_ms = wait.as_millis() as u64, "asking again");
            tokio::time::sleep(wait).await;
        }
    }

    /// Asks for something that must be there: any status but 2xx is an error with the server's words.
    ///
    /// # Errors
    /// As [`Server::ask`], and when the server refuses.
    pub async fn fetch(&self, request: &Request) -> Result<Answer, ConnectError> {
        let answer = self.ask(request).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(self.refusal(request, &answer)) }
    }

    /// The error for an answer that is not what was asked for, in the server's words.
    pub fn refusal(&self, request: &Request, answer: &Answer) -> ConnectError {
        let said = words(&answer.body).map(|words| format!(": {}", self.scrub(&words, answer.token.as_ref())));
        let message = format!(
            "{}: {} {} was refused with {}{}",
            self.who,
            request.method,
            shown(&request.url),
            status_words(answer.status),
            said.unwrap_or_default()
        );
        let hint = match answer.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => self.sign_in.hint(),
            StatusCode::NOT_FOUND => "look at `url` and at the name of the table or entity",
            status if status.is_server_error() => "try again later; if it stays, ask the server's operator",
            _ => "correct what the server's words name",
        };
        ConnectError::new(message).hint(hint)
    }

    /// The error for a 2xx answer that is not what was asked for: `what`, "a Bundle" say.
    pub(crate) fn not_as_asked(&self, request: &Request, answer: &Answer, what: &str) -> ConnectError {
        let said = words(&answer.body).map(|words| format!(": {}", self.scrub(&words, answer.token.as_ref())));
        let (who, url) = (&self.who, shown(&request.url));
        ConnectError::new(format!("{who}: {url} did not answer with {what}{}", said.unwrap_or_default()))
            .hint("look at `url`: it must be the base address of the server's API")
    }

    /// One try.
    async fn once(&self, request: &Request, url: &Url, refused: Option<&Hidden>) -> Result<Answer, Failure> {
        let token = match &self.sign_in {
            SignIn::Token(source) => Some(
                source.token(refused, async |source| self.new_token(source).await).await.map_err(Failure::Hopeless)?,
            ),
            _ => None,
        };
        let mut building = self.client.request(request.method.clone(), url.clone());
        for (name, value) in &request.headers {
            building = building.header(*name, value);
        }
        if let Some(body) = &request.body {
            building = building.header(header::CONTENT_TYPE, "application/json; charset=utf-8").body(body.clone());
        }
        let mut answer = self.send(self.sign_in.on(building, token.as_ref())).await?;
        answer.token = token;
        Ok(answer)
    }

    /// A new token from its endpoint. Asking twice does no harm.
    async fn new_token(&self, source: &TokenSource) -> Result<(String, Option<Duration>), ConnectError> {
        let mut waits = Waits::new(self.patience);
        loop {
            let wait = match self.send(self.client.post(source.url.clone()).form(&source.form())).await {
                Ok(answer) if answer.status.is_success() => return source.read(&self.who, &answer.body),
                Ok(answer) => match answer.worth_another_try(true) {
                    Some(asked) => match waits.next(asked) {
                        Some(wait) => wait,
                        None => return Err(self.busy(&source.url, &answer, &waits)),
                    },
                    None => return Err(self.no_token(source, &answer)),
                },
                Err(Failure::Hopeless(error)) => return Err(error),
                Err(Failure::Cut { words, .. }) => match waits.next(None) {
                    Some(wait) => wait,
                    None => return Err(self.unreachable(&source.url, &words)),
                },
            };
            tracing::debug!(url = shown(&source.url), wait_ms = wait.as_millis() as u64, "asking for a token again");
            tokio::time::sleep(wait).await;
        }
    }

    /// Sends and reads the whole answer.
    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer, Failure> {
        let cut = |error: reqwest::Error| {
            if error.is_builder() {
                let message = format!("{}: the request cannot be made: {}", self.who, deepest(&error.without_url()));
                return Failure::Hopeless(ConnectError::new(message).hint("look at `url` and `auth`"));
            }
            let unseen = error.is_connect();
            let words = if error.is_timeout() { "no answer in time".to_owned() } else { deepest(&error.without_url()) };
            Failure::Cut { words: self.scrub(&words, None), unseen }
        };
        let mut response = request.send().await.map_err(cut)?;
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(cut)? {
            if body.len() + chunk.len() > LARGEST_BODY {
                let message = format!("{}: an answer of more than {} MiB", self.who, LARGEST_BODY >> 20);
                return Err(Failure::Hopeless(ConnectError::new(message).hint("ask the server for smaller pages")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status: response.status(), headers: response.headers().clone(), body: body.freeze(), token: None })
    }

    /// Where a redirect leads, if it may be followed.
    fn redirected(&self, request: &Request, from: &Url, answer: &Answer, hops: u32) -> Result<Url, ConnectError> {
        let to = answer.headers.get(header::LOCATION).and_then(|to| to.to_str().ok()).and_then(|to| from.join(to).ok());
        let who = &self.who;
        let Some(to) = to.filter(|_| request.method == Method::GET && hops <= MOST_HOPS) else {
            return Err(ConnectError::new(format!(
                "{who}: {} {} redirects to nowhere useful",
                request.method,
                shown(from)
            ))
            .hint("look at `url`"));
        };
        if to.origin() != from.origin() {
            let message = format!("{who}: {} redirects to another server, {}", shown(from), shown(&to));
            return Err(ConnectError::new(message)
                .hint("write that address as `url` if it is the right one; a token is sent to no other"));
        }
        Ok(to)
    }

    fn unreachable(&self, url: &Url, words: &str) -> ConnectError {
        ConnectError::new(format!("{}: {} cannot be reached: {words}", self.who, shown(url)))
            .hint("look at the address, and whether the server runs and this machine can reach it")
    }

    fn busy(&self, url: &Url, answer: &Answer, waits: &Waits) -> ConnectError {
        let said = words(&answer.body).map(|words| format!(": {}", self.scrub(&words, answer.token.as_ref())));
        let message = format!(
            "{}: {} still answers {} and asks to wait longer than {} seconds{}",
            self.who,
            shown(url),
            status_words(answer.status),
            waits.total().as_secs(),
            said.unwrap_or_default()
        );
        ConnectError::new(message).hint("run again later: what was sent so far does no harm")
    }

    fn no_token(&self, source: &TokenSource, answer: &Answer) -> ConnectError {
        let said = match words(&answer.body) {
            Some(words) => self.scrub(&words, None),
            None => status_words(answer.status),
        };
        ConnectError::new(format!("{}: {} gave no token: {said}", self.who, shown(&source.url)))
            .hint("look at `client_id`, `client_secret` and `scope` of `auth.client_credentials`")
    }

    fn scrub(&self, text: &str, token: Option<&Hidden>) -> String {
        scrub(text, self.sign_in.secrets().into_iter().chain(token))
    }
}

impl Answer {
    fn is_redirect(&self) -> bool {
        matches!(self.status.as_u16(), 301 | 302 | 303 | 307 | 308)
    }
    /// `None`: take it as it is. `Some(wait)`: ask again, after what the server asks for if it does.
    fn worth_another_try(&self, repeatable: bool) -> Option<Option<Duration>> {
        let asked = retry_after(&self.headers);
        match self.status.as_u16() {
            // With `Retry-After` these say that nothing was done; without, only what may be done twice is repeated.
            429 | 503 if repeatable || asked.is_some() => Some(asked),
            502 | 504 if repeatable => Some(asked),
            _ => None,
        }
    }
}

/// An address of a definition: `https`, or `http` on this machine.
pub(super) fn address(who: &str, key: &str, text: &str) -> Result<Url, ConnectError> {
    let url = Url::parse(text.trim()).ok().filter(|url| url.has_host()).ok_or_else(|| {
        ConnectError::new(format!("{who}: `{key}` is not an address")).hint("write it whole: `https://…`")
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ConnectError::new(format!("{who}: `{key}` holds a user or password"))
            .hint("move them to `auth.basic`, the password as a reference"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_this_machine(&url) => Ok(url),
        "http" => Err(ConnectError::new(format!("{who}: `{key}` is {}, which is not encrypted", shown(&url)))
            .hint("write `https://`; `http://` is only for a server on this machine")),
        scheme => Err(ConnectError::new(format!("{who}: `{key}` begins with `{scheme}:`")).hint("write `https://…`")),
    }
}

/// Whether a server is on this machine.
fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// An address as messages show it: no user, no query, no fragment.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

fn status_words(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_u16().to_string(),
    }
}

/// The innermost cause: the outer ones say only that a request failed.
fn deepest(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    let mut words = error.to_string();
    while let Some(error) = cause {
        words = error.to_string();
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_encrypted_addresses_or_this_machine() {
        let said =
            |text: &str| address("source `A`", "url", text).map(|url| url.to_string()).map_err(|e| e.to_string());
        assert!(said("https://fhir.example/r4").is_ok());
        for near in ["http://localhost:8080", "http://127.0.0.1:1/x", "http://[::1]:9/"] {
            assert!(said(near).is_ok(), "{near}");
        }
        let cases = [
            ("http://fhir.example/r4?code=1", "`url` is http://fhir.example/r4, which is not encrypted"),
            ("http://localhost.evil.example", "not encrypted"),
            ("ftp://fhir.example", "begins with `ftp:`"),
            ("fhir.example", "is not an address"),
            ("https://me:hunter2@fhir.example", "holds a user or password"),
        ];
        for (text, words) in cases {
            let error = said(text).unwrap_err();
            assert!(error.contains(words) && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn paths_are_put_below_the_address() {
        for base in ["https://fhir.example/r4", "https://fhir.example/r4/?x=1#y"] {
            let server = Server::new("source `A`", base, &Auth::None, Path::new(".")).unwrap();
            assert_eq!(server.below("Patient").as_str(), "https://fhir.example/r4/Patient");
        }
    }
}
