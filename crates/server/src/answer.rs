//! Answer: what goes back over HTTP, and what comes in, with refusals as problem+json (RFC 9457).
//!
//! Flow     request ─ [`Place`], [`Asked`], [`Sent`] ─ handler ─ `Json` or [`Refusal`]
//!
//! Invariants
//! - Nothing of the framework's own wording reaches a client; every refusal says what to do where that is known.
//!
//! Not here: who may ask (`auth`).

use axum::Json;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use onefold_api::{DiagnosticView, Problem, ProblemKind};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

/// What a handler gives back.
pub(crate) type Answer<T> = Result<Json<T>, Refusal>;

/// Why there is no answer (RFC 9457, problem details).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProblemView {
    /// A word for the kind: `not-found`, `refused`, `definitions`, `conflict`, `failed`, `sign-in`, `forbidden`, `too-many`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The status of HTTP.
    pub status: u16,
    /// What happened: a lower-case sentence, names in backticks.
    pub detail: String,
    /// What to do.
    #[serde(default)]
    pub hint: Option<String>,
    /// What is wrong with the definitions, when that is why.
    #[serde(default)]
    pub diagnostics: Vec<DiagnosticView>,
    /// The hash of the file as it is now, in a conflict.
    #[serde(default)]
    pub etag: Option<String>,
    /// Who uses what was to be deleted, in a conflict.
    #[serde(default)]
    pub used_by: Vec<onefold_api::ObjectRef>,
    /// The id of the request, as in `x-request-id` and the log.
    #[serde(default)]
    pub request: Option<String>,
}

/// A refusal: a status and its problem.
#[derive(Clone, Debug)]
pub struct Refusal(pub Box<ProblemView>);

impl Refusal {
    /// A refusal with a status, its kind, and what happened.
    pub fn new(status: StatusCode, kind: &str, title: &str, detail: impl Into<String>) -> Self {
        Self(Box::new(ProblemView {
            kind: kind.to_owned(),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            hint: None,
            diagnostics: Vec::new(),
            etag: None,
            used_by: Vec::new(),
            request: None,
        }))
    }
    /// The same with what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }
    /// What was asked for is not there.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
    }
    /// What came in is not understood.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", "Not understood", detail)
    }
    /// Whoever asks may not.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail)
    }
    /// The status of HTTP.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let Problem { kind, message, hint } = problem;
        let mut refusal = match &kind {
            ProblemKind::Definitions { .. } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "definitions", "Wrong definitions", message)
            }
            ProblemKind::NotFound => Self::not_found(message),
            ProblemKind::Refused => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", "Refused", message),
            ProblemKind::Conflict { .. } => Self::new(StatusCode::CONFLICT, "conflict", "Conflict", message),
            ProblemKind::Failed | ProblemKind::Gone => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", "Failed", message)
            }
        };
        match kind {
            ProblemKind::Definitions { found, .. } => refusal.0.diagnostics = found,
            ProblemKind::Conflict { etag, used_by } => {
                refusal.0.etag = etag;
                refusal.0.used_by = used_by;
            }
            _ => {}
        }
        refusal.0.hint = hint;
        refusal
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = self.status();
        let text = serde_json::to_vec(&self.0).unwrap_or_default();
        let mut response = (status, text).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        // The layer that knows the request's id puts it in.
        response.extensions_mut().insert(self);
        response
    }
}

/// What every endpoint may answer instead.
pub(crate) struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> std::collections::BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let said = [
            ("400", "not understood"),
            ("401", "not signed in"),
            ("403", "not allowed"),
            ("404", "not there"),
            ("409", "in conflict with what is there"),
            ("413", "too large"),
            ("415", "not JSON"),
            ("422", "refused, or wrong definitions"),
            ("429", "too many tries"),
            ("500", "something outside did not work"),
            ("503", "cannot be answered now"),
        ];
        let one = |description: &str| {
            let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemView::name()))).build();
            RefOr::T(
                ResponseBuilder::new().description(description).content("application/problem+json", content).build(),
            )
        };
        said.iter().map(|(status, description)| ((*status).to_owned(), one(description))).collect()
    }
}

/// Names in the path.
pub(crate) struct Place<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Place<T> {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Path(found) = Path::<T>::from_request_parts(parts, state).await.map_err(|error: PathRejection| {
            Refusal::not_found(format!("there is nothing at this path: {}", lower(&error.body_text())))
        })?;
        Ok(Self(found))
    }
}

/// What stands behind the question mark.
pub(crate) struct Asked<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Query(found) = Query::<T>::from_request_parts(parts, state)
            .await
            .map_err(|error: QueryRejection| Refusal::malformed(lower(&error.body_text())))?;
        Ok(Self(found))
    }
}

/// A body of JSON.
pub(crate) struct Sent<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = Refusal;
    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let is_json = kind.is_some_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("application/json")
        });
        if !is_json {
            return Err(Refusal::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "malformed",
                "Not understood",
                "the body is not said to be JSON",
            )
            .hint("send `content-type: application/json`"));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(too_large)?;
        let mut reader = serde_json::Deserializer::from_slice(&bytes);
        let found = T::deserialize(&mut reader).and_then(|found| reader.end().map(|()| found));
        found.map(Self).map_err(|error| Refusal::malformed(format!("the body is not what is asked for: {error}")))
    }
}

/// A body of bytes that was not taken.
pub(crate) fn too_large(error: BytesRejection) -> Refusal {
    let status = error.status();
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Refusal::new(status, "too-large", "Too large", "the body is larger than may be sent here");
    }
    Refusal::malformed(lower(&error.body_text()))
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
