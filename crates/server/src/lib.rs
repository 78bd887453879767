//! Server: HTTP over what the platform answers, who may ask, and the web application.
//!
//! Flow     socket ─ `request` (id, log, limits) ─ `auth` (who, may they, audit) ─ `routes` ─ `Platform`
//!                                          └ anything outside `/api` and `/fhir` ─ `web`
//!
//! Invariants
//! - Nobody gets in by default; a route that has no line in `auth/roles.rs` is refused.
//! - Only `onefold-api` is known: tests run on a fake platform and never compile the engine.
//! - Answers hold no secrets, logs hold neither secrets nor people.
//!
//! Not here: what the platform answers, where accounts are kept (the binary).

#![allow(clippy::disallowed_methods, reason = "the server asks the clock")]

mod answer;
pub mod auth;
mod jobs;
mod request;
mod routes;
mod schedule;
mod web;

#[cfg(test)]
mod fake;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request};
use axum::http::header;
use axum::response::IntoResponse as _;
use axum::{Router, middleware};
use onefold_api::{Host, Problem, Registry};
use tokio::net::TcpListener;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder, SecurityRequirement};
use utoipa_axum::router::OpenApiRouter;

pub use answer::{ProblemView, Refusal};
pub use auth::AuthSettings;
pub use jobs::{JobProblem, JobState, JobStep, JobStepState, JobView};

/// The largest body of JSON that is read, in bytes.
const BODY_MAX: usize = 8 << 20;
/// How long answers that are under way may take when the server stops.
const GRACE: Duration = Duration::from_secs(20);

/// How the server is to be.
pub struct Settings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The pages of a folder instead of those in the binary.
    pub web: Option<PathBuf>,
    /// Who gets in and how; an empty base URL becomes the address it listens at.
    pub auth: AuthSettings,
    /// Called once it listens, with the address, and the one-time link for the first account when there is none.
    pub started: Box<dyn FnOnce(SocketAddr, Option<String>) + Send>,
}

/// Serves until `stop` ends; then answers under way are finished and runs are stopped.
///
/// # Errors
/// An address that cannot be listened at, or a registry that cannot be read.
pub async fn serve(
    host: Arc<dyn Host>,
    registry: Arc<dyn Registry>,
    settings: Settings,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Problem> {
    let Settings { listen, web, mut auth, started } = settings;
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        Problem::failed(format!("cannot listen at {listen}: {error}")).hint("choose another with `--listen`")
    })?;
    let at = listener.local_addr().map_err(|error| Problem::failed(error.to_string()))?;
    if auth.base_url.is_empty() {
        auth.base_url = format!("http://{at}");
    }
    let auth = Arc::new(auth::Auth::new(registry, auth));
    let link = auth.begin().await?;
    let pages = web.map_or(web::Pages::Embedded, web::Pages::Folder);
    let serving = Arc::new(routes::Serving { host, jobs: jobs::JobBoard::new() });
    let (app, _) = app(Arc::clone(&serving), auth, pages);
    let timetable = tokio::spawn(schedule::keep(Arc::clone(&serving)));
    started(at, link);
    let (tell, mut told) = tokio::sync::watch::channel(false);
    let stopping = {
        let serving = Arc::clone(&serving);
        async move {
            stop.await;
            tell.send_replace(true);
            // Runs end first, so that listeners hear of it and their connections close.
            serving.jobs.close().await;
        }
    };
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service).with_graceful_shutdown(stopping);
    let cut = async {
        let _ = told.wait_for(|told| *told).await;
        tokio::time::sleep(GRACE).await;
    };
    let ended = tokio::select! {
        ended = served.into_future() => ended.map_err(|error| Problem::failed(error.to_string())),
        () = cut => Ok(()),
    };
    timetable.abort();
    serving.jobs.close().await;
    ended
}

/// The whole application, and its document.
pub(crate) fn app(serving: Arc<routes::Serving>, auth: Arc<auth::Auth>, pages: web::Pages) -> (Router, OpenApi) {
    let host = Arc::clone(&serving.host);
    let documented = OpenApiRouter::with_openapi(document())
        .merge(routes::router().with_state(serving))
        .merge(auth::router(Arc::clone(&auth)));
    let (router, document) = documented.split_for_parts();
    let text = serde_json::to_string(&document).unwrap_or_default();
    let router = router
        .route(
            "/api/openapi.json",
            axum::routing::get(move || {
                let text = text.clone();
                async move { ([(header::CONTENT_TYPE, "application/json")], text) }
            }),
        )
        .route("/api", axum::routing::any(nothing))
        .route("/api/{*rest}", axum::routing::any(nothing))
        .route("/fhir/{project}", axum::routing::any(nothing))
        .route("/fhir/{project}/{*rest}", axum::routing::any(nothing))
        .method_not_allowed_fallback(not_this_way)
        .layer(middleware::from_fn_with_state(auth, auth::guard))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .fallback(move |request: Request| {
            let pages = pages.clone();
            async move { pages.answer(request.method(), request.uri(), request.headers()) }
        })
        .layer(middleware::from_fn(request::through));
    // What is asked in short is known by its whole path to all that follows: roles, audit and log.
    let whole = middleware::map_request(move |request: Request| {
        let whole = in_full(request, host.as_ref());
        async move { whole }
    });
    (Router::new().fallback_service(router).layer(whole), document)
}

/// `/api/v1/…` is short for `/api/projects/<project>/…` where one project is served.
fn in_full(mut request: Request, host: &dyn Host) -> Request {
    let short = request.uri().path_and_query().and_then(|path| path.as_str().strip_prefix("/api/v1/"));
    let whole = short.and_then(|rest| match host.projects().as_slice() {
        [only] => format!("/api/projects/{}/{rest}", only.name).parse().ok(),
        _ => None,
    });
    if let Some(whole) = whole {
        *request.uri_mut() = whole;
    }
    request
}

/// The description of the API, but for its paths (those of `routes` and `auth` are merged in).
fn document() -> OpenApi {
    let components = ComponentsBuilder::new()
        .schema("ProblemView", <ProblemView as utoipa::PartialSchema>::schema())
        .schema("ObjectRef", <onefold_api::ObjectRef as utoipa::PartialSchema>::schema())
        .schema("Kind", <onefold_api::Kind as utoipa::PartialSchema>::schema())
        .schema("DiagnosticView", <onefold_api::DiagnosticView as utoipa::PartialSchema>::schema())
        .security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)))
        .security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(auth::COOKIE))))
        .build();
    let info = InfoBuilder::new()
        .title("Onefold")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "What the web application asks, anybody may ask. Programs send `Authorization: Bearer` with a token; \
             a session of the browser also sends its `x-csrf-token` with everything but GET. Refusals are problem details (RFC 9457).",
        ))
        .build();
    let none: [&str; 0] = [];
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .security(Some([SecurityRequirement::new("token", none), SecurityRequirement::new("session", none)]))
        .build()
}

async fn nothing(request: Request) -> axum::response::Response {
    let path = request.uri().path();
    Refusal::not_found(format!("there is nothing at `{path}`")).hint("see `/api/openapi.json`").into_response()
}

async fn not_this_way(request: Request) -> axum::response::Response {
    let detail = format!("`{}` is not for `{}`", request.uri().path(), request.method());
    Refusal::new(axum::http::StatusCode::METHOD_NOT_ALLOWED, "malformed", "Not this way", detail)
        .hint("see `/api/openapi.json`")
        .into_response()
}
