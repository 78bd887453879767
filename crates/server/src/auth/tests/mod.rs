//! Tests of sign-in, roles and audit on the whole application, with a platform and a registry that are made up.
//!
//! Not here: the real registry (the binary).

mod doors;
mod fhir;
mod insights;
mod openid;
mod people;
mod sessions;
mod steward;
mod table;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use jiff::{SignedDuration, Timestamp};
use onefold_api::{Account, AccountView, AuditAsk, Registry as _, Role};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use utoipa::openapi::OpenApi;

use super::memory::MemoryRegistry;
use super::{Auth, AuthSettings, Clock, OpenId, stamp};
use crate::fake::FakeHost;
use crate::jobs::JobBoard;
use crate::routes::Serving;
use crate::web::Pages;

const BASE: &str = "http://127.0.0.1:7070";
const PASSWORD: &str = "lamp river seven otter";

/// A server that is not listening, and all that can be turned about it.
struct House {
    app: Router,
    document: OpenApi,
    auth: Arc<Auth>,
    registry: Arc<MemoryRegistry>,
    time: Arc<Mutex<Timestamp>>,
}

impl House {
    fn new() -> Self {
        Self::with(None)
    }

    fn with(openid: Option<OpenId>) -> Self {
        let time = Arc::new(Mutex::new(Timestamp::from_second(1_800_000_000).unwrap()));
        let clock: Clock = {
            let time = Arc::clone(&time);
            Arc::new(move || *time.lock().unwrap())
        };
        let registry = Arc::new(MemoryRegistry::new(Arc::clone(&clock)));
        let settings = AuthSettings { openid, ..AuthSettings::new(BASE, clock) };
        let auth = Arc::new(Auth::new(Arc::clone(&registry) as _, settings));
        let serving = Arc::new(Serving { host: Arc::new(FakeHost::default()), jobs: JobBoard::new() });
        let (app, document) = crate::app(serving, Arc::clone(&auth), Pages::Embedded);
        Self { app, document, auth, registry, time }
    }

    /// With an owner `olga`, an administrator `adam`, a contributor `carl` and a viewer `vera`, who have no passwords.
    async fn peopled() -> Self {
        let house = Self::new();
        for (name, role) in PEOPLE {
            house.person(name, *role).await;
        }
        house
    }

    async fn person(&self, name: &str, role: Role) -> Account {
        let (title, created) = (name.to_uppercase(), stamp(self.auth.now()));
        let view =
            AccountView { name: name.to_owned(), title, role, local: false, disabled: false, created, last_seen: None };
        let account = Account { view, password: None, subject: None };
        self.registry.put_account(&account).await.unwrap();
        account
    }

    fn wait(&self, seconds: i64) {
        let mut time = self.time.lock().unwrap();
        *time = time.checked_add(SignedDuration::from_secs(seconds)).unwrap();
    }

    /// A browser in which nobody is signed in.
    fn browser(&self) -> Browser {
        Browser { app: self.app.clone(), cookies: Vec::new(), csrf: None }
    }

    /// A browser in which somebody is signed in.
    async fn signed_in(&self, name: &str) -> Browser {
        let account = self.registry.account(name).await.unwrap().unwrap();
        let (cookie, view) = self.auth.come_in(&account, None).await.unwrap();
        let mut browser = self.browser();
        browser.keep(cookie.to_str().unwrap());
        browser.csrf = serde_json::to_value(view).unwrap()["csrf"].as_str().map(str::to_owned);
        browser
    }

    /// Sets a password by an invitation.
    async fn password(&self, name: &str, password: &str) {
        let (path, _) = super::invite(&*self.registry, name, self.auth.now()).await.unwrap();
        let token = path.strip_prefix("/setup#").unwrap();
        let answer = self.browser().post("/api/setup", json!({ "token": token, "password": password })).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        self.registry.entries();
    }

    /// The only entry of the audit since the last look.
    fn entry(&self) -> AuditAsk {
        let mut entries = self.registry.entries();
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries.remove(0)
    }
}

const PEOPLE: &[(&str, Role)] =
    &[("olga", Role::Owner), ("adam", Role::Administrator), ("carl", Role::Contributor), ("vera", Role::Viewer)];

/// A browser: it keeps cookies and says where its pages come from.
#[derive(Clone)]
struct Browser {
    app: Router,
    cookies: Vec<(String, String)>,
    csrf: Option<String>,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
    fn set_cookies(&self) -> Vec<&str> {
        self.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect()
    }
}

impl Browser {
    async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None, &[]).await
    }
    async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body), &[]).await
    }

    /// As a page of ours does; `headers` are put in place of what the browser says by itself, an empty one takes it away.
    async fn send(&mut self, method: Method, path: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Answer {
        let request = self.request(method, path, body, headers);
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let answer = Answer { status: head.status.as_u16(), headers: head.headers, text };
        for cookie in answer.set_cookies() {
            self.keep(cookie);
        }
        if let Some(csrf) =
            serde_json::from_str::<Value>(&answer.text).ok().filter(|value| value.get("setup").is_some())
        {
            self.csrf = csrf["csrf"].as_str().map(str::to_owned);
        }
        answer
    }

    fn request(&self, method: Method, path: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Request<Body> {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut own = vec![("host", "127.0.0.1:7070".to_owned()), ("sec-fetch-site", "same-origin".to_owned())];
        if method != Method::GET {
            own.push(("origin", BASE.to_owned()));
            own.extend(self.csrf.clone().map(|csrf| ("x-csrf-token", csrf)));
        }
        if body.is_some() {
            own.push(("content-type", "application/json".to_owned()));
        }
        if !cookies.is_empty() {
            own.push(("cookie", cookies.join("; ")));
        }
        own.retain(|(name, _)| !headers.iter().any(|(other, _)| other == name));
        own.extend(
            headers.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (*name, (*value).to_owned())),
        );
        let builder = own
            .iter()
            .fold(Request::builder().method(method).uri(path), |builder, (name, value)| builder.header(*name, value));
        builder.body(body.map_or_else(Body::empty, |body| Body::from(body.to_string()))).unwrap()
    }

    fn keep(&mut self, cookie: &str) {
        let (pair, _) = cookie.split_once(';').unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        self.cookies.retain(|(other, _)| other != name);
        if !value.is_empty() {
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Who is signed in here; empty when nobody is.
    async fn who(&mut self) -> String {
        let answer = self.get("/api/session").await;
        assert_eq!(answer.status, StatusCode::OK.as_u16());
        answer.json()["user"]["name"].as_str().unwrap_or_default().to_owned()
    }
}
