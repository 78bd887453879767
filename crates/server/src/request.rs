//! Request: every one gets an id, a line in the log, headers that protect browsers, and an answer whatever happens.
//!
//! Invariants
//! - The log names the route, not the path: ids of people do not stand in it.
//! - A panic in a handler is an answer with status 500 and a line in the log.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures::FutureExt as _;
use uuid::Uuid;

use crate::answer::Refusal;
use crate::routes;

const ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, for whoever handles it.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

/// Who asked, for the log; put into the answer by `auth`.
#[derive(Clone, Debug)]
pub(crate) struct AskedBy(pub(crate) String);

/// Takes a request through to its handler and its answer back.
pub(crate) async fn through(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    // An id from outside is taken when it is plain; a proxy's log and ours then speak of the same request.
    let given = request.headers().get(&ID).and_then(|id| id.to_str().ok());
    let plain =
        |id: &&str| (8..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let id = given.filter(plain).map_or_else(|| Uuid::new_v4().simple().to_string(), str::to_owned);
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().clone();
    let is_fhir = routes::fhir::is_below(request.uri().path());
    let path = request.uri().path();
    let is_api = is_fhir || path.starts_with("/api") || path == "/metrics";
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let mut response = answered.unwrap_or_else(|_| {
        tracing::error!(request = id, "a handler broke off by a fault of the program");
        Refusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "failed",
            "Failed",
            "the answer broke off by a fault of the program",
        )
        .hint("try again; if it stays so, look for the request's id in the server's log")
        .into_response()
    });
    if let Some(mut refusal) = response.extensions_mut().remove::<Refusal>() {
        refusal.0.request = Some(id.clone());
        // Who speaks FHIR is answered in FHIR, whoever refuses.
        let text = if is_fhir {
            response.headers_mut().insert(header::CONTENT_TYPE, routes::fhir::CONTENT);
            serde_json::to_vec(&routes::fhir::outcome(&refusal.0))
        } else {
            serde_json::to_vec(&refusal.0)
        };
        if let Ok(text) = text {
            response.headers_mut().remove(header::CONTENT_LENGTH);
            *response.body_mut() = Body::from(text);
        }
    }
    protect(&mut response, is_api, &id);
    let status = response.status().as_u16();
    let by = response.extensions().get::<AskedBy>().map_or("-", |by| by.0.as_str());
    let route = route.as_deref().unwrap_or(if is_api { "/api" } else { "page" });
    let ms = started.elapsed().as_secs_f64() * 1e3;
    if status >= 500 {
        tracing::warn!(request = id, %method, route, status, ms, by, "answered");
    } else if is_api {
        tracing::info!(request = id, %method, route, status, ms, by, "answered");
    }
    response
}

/// Headers that keep browsers from guessing, framing and telling others.
fn protect(response: &mut Response, is_api: bool, id: &str) {
    let head = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(id) {
        head.insert(ID, value);
    }
    head.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    head.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    head.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    head.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    head.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    head.insert(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), microphone=(), geolocation=()"),
    );
    if is_api {
        head.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    head.entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
}
