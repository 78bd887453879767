//! Receiver: a stand-in, on this machine, for the marketing application's Web API.
//!
//! Reads    requests on a loopback port, on a thread of its own: tests with and without a runtime can use it
//!
//! It knows only the contacts it is given, and refuses what the real one refuses: a wrong token, missing OData headers,
//! unknown properties, values that do not fit their column, member ids without `crm`, a jump to Live.
//!
//! To add a refusal: a line in `State::answer` or `State::checked`.

// Two test binaries include this file, and neither uses all of it.
#![allow(dead_code, unreachable_pub)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{Response, Uri};
use serde_json::{Map, Value, json};

/// What client credentials must say.
pub const CLIENT: &str = "onefold-test";
/// The secret that goes with it.
pub const SECRET: &str = "s3cret-of-the-receiver";
/// The scope asked for.
pub const SCOPE: &str = "https://receiver.example/.default";

const API: &str = "/api/data/v9.2";
const DRAFT: i64 = 192_350_000;
const LIVE: i64 = 192_350_001;
const GOING_LIVE: i64 = 192_350_006;
/// The longest address it takes.
const LONGEST_ADDRESS: usize = 16_384;

/// A running receiver; ends when dropped.
pub struct Receiver {
    /// Its address: `http://127.0.0.1:…`.
    pub url: String,
    state: Arc<Mutex<State>>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What it remembers, and how it is set to behave.
#[derive(Default)]
pub struct State {
    /// Ids of the contacts it knows, lower case.
    pub contacts: BTreeSet<String>,
    /// Its segments, by id.
    pub segments: BTreeMap<String, Segment>,
    /// `METHOD path` of every request that was let in, in order.
    pub log: Vec<String>,
    /// Tokens it lets in.
    pub tokens: BTreeSet<String>,
    /// Answer every so many-th request with 429 and `Retry-After: 1`.
    pub throttle_every: Option<u64>,
    /// Answer so many more requests, then 500 for ever.
    pub breaks_after: Option<u64>,
    /// Contacts on a page.
    pub page_size: Option<usize>,
    requests: u64,
    throttled: u64,
    granted: u64,
}

/// A segment as it is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Segment {
    /// All columns as last written.
    pub columns: Map<String, Value>,
    /// The contacts that are in it: those of the member ids that exist.
    pub members: BTreeSet<String>,
    /// Member ids of no contact.
    pub ignored: u64,
}

impl Segment {
    /// A column as text.
    pub fn text(&self, column: &str) -> &str {
        self.columns.get(column).and_then(Value::as_str).unwrap_or_default()
    }
    /// The status reason.
    pub fn status(&self) -> i64 {
        self.columns.get("statuscode").and_then(Value::as_i64).unwrap_or(DRAFT)
    }
    /// Whether it is live.
    pub fn is_live(&self) -> bool {
        self.status() == LIVE
    }
}

impl Receiver {
    /// Starts one that knows these contacts.
    pub fn start(contacts: impl IntoIterator<Item = String>) -> Self {
        let contacts = contacts.into_iter().map(|id| id.to_lowercase()).collect();
        let state = Arc::new(Mutex::new(State { contacts, ..State::default() }));
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (tell, told) = std::sync::mpsc::channel();
        let shared = state.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                let url = format!("http://{}", listener.local_addr().unwrap());
                tell.send(url.clone()).unwrap();
                let app = Router::new().fallback(move |request: Request| {
                    let (state, url) = (shared.clone(), url.clone());
                    async move { answer(&state, &url, request).await }
                });
                let ended = async {
                    let _ = stopped.await;
                };
                tokio::select! {
                    _ = axum::serve(listener, app).into_future() => {}
                    () = ended => {}
                }
            });
        });
        Self { url: told.recv().unwrap(), state, stop: Some(stop), thread: Some(thread) }
    }
    /// What it remembers, and how it behaves.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
    /// Where tokens come from.
    pub fn token_url(&self) -> String {
        format!("{}/token", self.url)
    }
    /// The one segment of that name.
    pub fn segment(&self, name: &str) -> Segment {
        let state = self.state();
        let mut named = state.segments.values().filter(|segment| segment.text("msdyncrm_segmentname") == name);
        let segment = named.next().unwrap_or_else(|| panic!("there is no segment `{name}`")).clone();
        assert!(named.next().is_none(), "there are two segments `{name}`");
        segment
    }
    /// What a marketer does: the segment of that name goes live.
    pub fn go_live(&self, name: &str) {
        let mut state = self.state();
        let segment = state.segments.values_mut().find(|segment| segment.text("msdyncrm_segmentname") == name).unwrap();
        segment.columns.insert("statuscode".into(), LIVE.into());
    }
    /// How many requests it turned away for coming too fast.
    pub fn throttled(&self) -> u64 {
        self.state().throttled
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A refusal: status, and the receiver's words.
struct Refusal(u16, &'static str, String);

async fn answer(state: &Mutex<State>, url: &str, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 64 << 20).await.unwrap();
    let mut state = state.lock().unwrap();
    if head.uri.path() == "/token" {
        return state.grant(&body);
    }
    state.requests += 1;
    if state.throttle_every.is_some_and(|every| state.requests.is_multiple_of(every)) {
        state.throttled += 1;
        return with_header(
            refuse(429, "0x80072322", "Number of requests exceeded the limit of 6000"),
            "Retry-After",
            "1",
        );
    }
    if let Some(left) = &mut state.breaks_after {
        if *left == 0 {
            return refuse(500, "0x80040216", "An unexpected error occurred.");
        }
        *left -= 1;
    }
    let header =
        |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let known = header("Authorization").strip_prefix("Bearer ").is_some_and(|token| state.tokens.contains(token));
    if !known {
        return Response::builder().status(401).header("WWW-Authenticate", "Bearer").body(Body::empty()).unwrap();
    }
    if header("OData-Version") != "4.0" || header("OData-MaxVersion") != "4.0" {
        return refuse(400, "0x80060888", "The OData-Version and OData-MaxVersion headers must be 4.0.");
    }
    if !header("Accept").contains("application/json") {
        return refuse(415, "0x80060888", "The Accept header must name application/json.");
    }
    if head.uri.to_string().len() > LONGEST_ADDRESS {
        return refuse(414, "0x80060888", "The request address is too long.");
    }
    let path = decoded(head.uri.path());
    state.log.push(format!("{} {path}", head.method));
    let asked = Asked {
        method: head.method.as_str(),
        path: &path,
        url,
        uri: &head.uri,
        if_match: header("If-Match"),
        prefer: header("Prefer"),
        body: &body,
    };
    state.answer(&asked).unwrap_or_else(|Refusal(status, code, words)| refuse(status, code, &words))
}

struct Asked<'a> {
    method: &'a str,
    path: &'a str,
    url: &'a str,
    uri: &'a Uri,
    if_match: String,
    prefer: String,
    body: &'a [u8],
}

impl Asked<'_> {
    fn option(&self, name: &str) -> Option<String> {
        let pairs = url::form_urlencoded::parse(self.uri.query().unwrap_or_default().as_bytes());
        pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

impl State {
    fn grant(&mut self, body: &[u8]) -> Response<Body> {
        let form: BTreeMap<String, String> = url::form_urlencoded::parse(body).into_owned().collect();
        let is = |key: &str, value: &str| form.get(key).is_some_and(|given| given == value);
        if !is("client_id", CLIENT) || !is("client_secret", SECRET) {
            let words = json!({"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided."});
            return reply(401, &words);
        }
        if !is("grant_type", "client_credentials") || !is("scope", SCOPE) {
            let words = json!({"error": "invalid_scope", "error_description": "AADSTS70011: The provided value for scope is not valid."});
            return reply(400, &words);
        }
        self.granted += 1;
        let token = format!("token-{}-of-the-receiver", self.granted);
        self.tokens.insert(token.clone());
        reply(200, &json!({"token_type": "Bearer", "expires_in": 3599, "access_token": token}))
    }

    fn answer(&mut self, asked: &Asked<'_>) -> Result<Response<Body>, Refusal> {
        let Some(rest) = asked.path.strip_prefix(API).and_then(|rest| rest.strip_prefix('/')) else {
            return Err(Refusal(404, "", "No HTTP resource was found that matches the request URI.".into()));
        };
        match (asked.method, rest) {
            ("GET", "contacts") => self.contacts(asked),
            ("GET", "msdyncrm_segments") => self.find_segments(asked),
            ("POST", "msdyncrm_segments") => {
                let id = format!("5e600000-0000-4000-8000-{:012x}", self.segments.len() + 1);
                self.write(id, asked)
            }
            ("PATCH", rest) => match rest.strip_prefix("msdyncrm_segments(").and_then(|rest| rest.strip_suffix(')')) {
                Some(id) => self.patch(id, asked),
                None => Err(unknown_resource(rest)),
            },
            _ => Err(unknown_resource(rest)),
        }
    }

    fn patch(&mut self, id: &str, asked: &Asked<'_>) -> Result<Response<Body>, Refusal> {
        if !self.segments.contains_key(id) && asked.if_match == "*" {
            let words = format!("Entity 'msdyncrm_segment' With Id = {id} Does Not Exist");
            return Err(Refusal(404, "0x80040217", words));
        }
        self.write(id.to_owned(), asked)
    }

    fn write(&mut self, id: String, asked: &Asked<'_>) -> Result<Response<Body>, Refusal> {
        let mut segment = self.segments.get(&id).cloned().unwrap_or_default();
        let was = segment.status();
        let given = checked(asked.body, was)?;
        if let Some(ids) = given.get("msdyncrm_segmentmemberids").and_then(Value::as_str) {
            let ids = member_ids(ids)?;
            let all = ids.len();
            segment.members = ids.into_iter().filter(|id| self.contacts.contains(id)).collect();
            segment.ignored = (all - segment.members.len()) as u64;
        }
        for (name, value) in given {
            let value = if name == "statuscode" && value == GOING_LIVE { LIVE.into() } else { value };
            segment.columns.insert(name, value);
        }
        if segment.text("msdyncrm_segmentname").is_empty() {
            return Err(Refusal(400, "0x80040203", "The property 'msdyncrm_segmentname' is required.".into()));
        }
        segment.columns.insert("msdyncrm_segmentid".into(), id.clone().into());
        let place = format!("{}{API}/msdyncrm_segments({id})", asked.url);
        self.segments.insert(id, segment);
        Ok(Response::builder().status(204).header("OData-EntityId", place).body(Body::empty()).unwrap())
    }

    fn find_segments(&self, asked: &Asked<'_>) -> Result<Response<Body>, Refusal> {
        let filter = asked.option("$filter").unwrap_or_default();
        let wanted: Vec<(String, String)> = filter.split(" or ").map(equality).collect::<Result<_, _>>()?;
        let matches = |segment: &&Segment| wanted.iter().any(|(column, value)| segment.text(column) == value);
        let found: Vec<Value> =
            self.segments.values().filter(matches).map(|segment| segment.columns.clone().into()).collect();
        Ok(reply(200, &json!({"value": found})))
    }

    fn contacts(&self, asked: &Asked<'_>) -> Result<Response<Body>, Refusal> {
        let found: Vec<&String> = match asked.option("$filter") {
            Some(filter) => {
                let ids = contained(&filter)?;
                self.contacts.iter().filter(|id| ids.contains(id.as_str())).collect()
            }
            None => self.contacts.iter().collect(),
        };
        let asked_for =
            asked.prefer.strip_prefix("odata.maxpagesize=").and_then(|size| size.parse().ok()).unwrap_or(5000);
        let size: usize = self.page_size.unwrap_or(5000).min(asked_for);
        let start: usize = asked.option("$skiptoken").and_then(|token| token.parse().ok()).unwrap_or(0);
        let page: Vec<Value> = found.iter().skip(start).take(size).map(|id| json!({"contactid": id})).collect();
        let mut body = json!({"value": page});
        if start + size < found.len() {
            let next = format!("{}{API}/contacts?$select=contactid&$skiptoken={}", asked.url, start + size);
            body["@odata.nextLink"] = next.into();
        }
        Ok(reply(200, &body))
    }
}

/// The properties given, if the segment can have them.
fn checked(body: &[u8], was: i64) -> Result<Map<String, Value>, Refusal> {
    let Ok(Value::Object(given)) = serde_json::from_slice(body) else {
        return Err(Refusal(400, "0x80048d19", "Error identified in Payload provided by the user.".into()));
    };
    for (name, value) in &given {
        let fits = match name.as_str() {
            "msdyncrm_segmentname" => value.as_str().is_some_and(|text| text.chars().count() <= 100),
            "msdyncrm_description" | "msdyncrm_externalsegmenturl" => {
                value.as_str().is_some_and(|text| text.len() <= 2000)
            }
            "msdyncrm_segmentmemberids" => value.as_str().is_some_and(|text| text.len() <= 1_000_000),
            "msdyncrm_segmenttype" => value.as_i64().is_some_and(|kind| (192_350_000..=192_350_002).contains(&kind)),
            "msdyncrm_externalsource" => value.as_i64() == Some(192_350_000),
            "statuscode" => match value.as_i64() {
                Some(LIVE) if was != LIVE => {
                    let words = "A segment cannot be moved to Live directly; set Going live.";
                    return Err(Refusal(400, "0x80040265", words.into()));
                }
                Some(DRAFT | LIVE | GOING_LIVE | 192_350_002 | 192_350_007) => true,
                _ => false,
            },
            _ => {
                let words =
                    format!("Invalid property '{name}' was found in entity 'Microsoft.Dynamics.CRM.msdyncrm_segment'.");
                return Err(Refusal(400, "0x80060888", words));
            }
        };
        if !fits {
            return Err(Refusal(400, "0x80040203", format!("The value of '{name}' does not fit.")));
        }
    }
    Ok(given)
}

fn member_ids(text: &str) -> Result<Vec<String>, Refusal> {
    let ids: Vec<String> = serde_json::from_str(text)
        .map_err(|_| Refusal(400, "0x80040203", "msdyncrm_segmentmemberids is not a JSON list of texts.".into()))?;
    let plain = ids.iter().map(|id| match id.strip_prefix("crm") {
        Some(plain) if plain.len() == 36 && *plain == plain.to_lowercase() => Ok(plain.to_owned()),
        _ => Err(Refusal(400, "0x80040203", format!("The member id '{id}' does not begin with 'crm'."))),
    });
    plain.collect()
}

/// `column eq 'text'`
fn equality(term: &str) -> Result<(String, String), Refusal> {
    let parts = term.split_once(" eq ").and_then(|(column, text)| {
        Some((column.trim().to_owned(), text.trim().strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'")))
    });
    parts.ok_or_else(|| Refusal(400, "0x80060888", format!("Syntax error in the query option $filter: {term}")))
}

/// `Microsoft.Dynamics.CRM.In(PropertyName='contactid',PropertyValues=['…','…'])`
fn contained(filter: &str) -> Result<BTreeSet<&str>, Refusal> {
    let ids = filter
        .strip_prefix("Microsoft.Dynamics.CRM.In(PropertyName='contactid',PropertyValues=[")
        .and_then(|rest| rest.strip_suffix("])"))
        .ok_or_else(|| Refusal(400, "0x80060888", format!("Syntax error in the query option $filter: {filter}")))?;
    Ok(ids.split(',').map(|id| id.trim_matches('\'')).collect())
}

fn unknown_resource(rest: &str) -> Refusal {
    Refusal(404, "0x8006088a", format!("Resource not found for the segment '{rest}'."))
}

fn decoded(path: &str) -> String {
    path.replace("%28", "(").replace("%29", ")")
}

fn reply(status: u16, body: &Value) -> Response<Body> {
    let builder = Response::builder().status(status).header("Content-Type", "application/json; odata.metadata=minimal");
    builder.body(Body::from(body.to_string())).unwrap()
}

fn refuse(status: u16, code: &str, words: &str) -> Response<Body> {
    reply(status, &json!({"error": {"code": code, "message": words}}))
}

fn with_header(mut response: Response<Body>, name: &'static str, value: &'static str) -> Response<Body> {
    response.headers_mut().insert(name, value.parse().unwrap());
    response
}
