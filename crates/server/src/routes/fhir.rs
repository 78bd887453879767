//! Fhir: `Patient/$match` of FHIR R4 over the look-up, and what this server can do.
//!
//! Flow     Parameters or Patient ─ `patient` (values by semantic type) ─ `Platform::lookup` ─ searchset Bundle
//!
//! Invariants
//! - This is the only place that knows FHIR: the platform is asked by semantic types and answers profiles.
//! - Whatever is refused below `/fhir`, and by whom, is an OperationOutcome.
//! - Of the Bundle's entries the likeliest comes first; nobody found is an empty Bundle.
//!
//! Sources: https://hl7.org/fhir/R4/patient-operation-match.html, https://hl7.org/fhir/R4/http.html#capabilities

mod patient;

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use onefold_api::*;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{ProblemView, Refusal};
use crate::auth::Shown;
use crate::routes::{Project, Serving};

/// What bodies are.
pub(crate) const CONTENT: HeaderValue = HeaderValue::from_static("application/fhir+json");
/// The extension that says how sure a match is.
const GRADE: &str = "http://hl7.org/fhir/StructureDefinition/match-grade";
/// Candidates when the count is not said, and at most.
const USUAL: usize = 10;
const MOST: usize = 50;

/// The endpoints.
pub(super) fn router() -> OpenApiRouter<Arc<Serving>> {
    OpenApiRouter::new().routes(routes!(capabilities)).routes(routes!(match_patient))
}

/// Whether a path is one of these.
pub(crate) fn is_below(path: &str) -> bool {
    path.strip_prefix("/fhir").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A refusal as FHIR says it.
pub(crate) fn outcome(problem: &ProblemView) -> Value {
    let code = match problem.status {
        401 => "login",
        403 => "forbidden",
        404 => "not-found",
        405 | 415 => "not-supported",
        413 => "too-long",
        429 => "throttled",
        400..500 => "invalid",
        _ => "exception",
    };
    let diagnostics = match &problem.hint {
        Some(hint) => format!("{}; {hint}", problem.detail),
        None => problem.detail.clone(),
    };
    json!({
        "resourceType": "OperationOutcome",
        "issue": [{
            "severity": "error",
            "code": code,
            "details": { "text": problem.title },
            "diagnostics": diagnostics,
        }],
    })
}

/// What this server can do of FHIR. It is the same for every project, and says nothing about any.
#[utoipa::path(get, path = "/fhir/{project}/metadata", operation_id = "fhir_capabilities", tag = "fhir", params(("project" = String, Path, description = "the project")), responses((status = 200, description = "a CapabilityStatement", body = Value, content_type = "application/fhir+json")))]
async fn capabilities() -> Response {
    let statement = json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-22",
        "kind": "instance",
        "software": { "name": "Onefold", "version": env!("CARGO_PKG_VERSION") },
        "implementation": { "description": "Onefold: patient matching" },
        "fhirVersion": "4.0.1",
        "format": ["json", "application/fhir+json"],
        "rest": [{
            "mode": "server",
            "security": {
                "description": "Send `Authorization: Bearer` with a token of Onefold; it needs the role `viewer`.",
            },
            "resource": [{
                "type": "Patient",
                "operation": [{
                    "name": "match",
                    "definition": "http://hl7.org/fhir/OperationDefinition/Patient-match",
                    "documentation": "Values by name, birth date, gender, telecom, address and identifier. \
                        The score is the probability that it is the one, given all others found; \
                        grades: certain from 0.99, probable from 0.8, possible from 0.05.",
                }],
            }],
        }],
    });
    fhir(&statement)
}

/// Patients that a partial one may be. The body is a Patient, or Parameters with `resource`, `count` and `onlyCertainMatches`.
#[utoipa::path(post, path = "/fhir/{project}/Patient/$match", operation_id = "fhir_match_patient", tag = "fhir", params(("project" = String, Path, description = "the project")), request_body(content = Value, content_type = "application/fhir+json", description = "Parameters, or a Patient"), responses((status = 200, description = "a Bundle of the type searchset, the likeliest first", body = Value, content_type = "application/fhir+json"), (status = 400, description = "an OperationOutcome: not understood, or too little is known", body = Value, content_type = "application/fhir+json"), (status = 401, description = "an OperationOutcome: not signed in", body = Value, content_type = "application/fhir+json"), (status = 403, description = "an OperationOutcome: not allowed", body = Value, content_type = "application/fhir+json"), (status = 404, description = "an OperationOutcome: no such project", body = Value, content_type = "application/fhir+json")))]
async fn match_patient(project: Project, body: Bytes) -> Result<(Extension<Shown>, Response), Refusal> {
    let asked = Asked::read(&body)?;
    let ask =
        LookupAsk { values: patient::values(&asked.patient), limit: asked.count, only_certain: asked.only_certain };
    if ask.values.is_empty() {
        return Err(Refusal::malformed("the Patient says nothing to match by")
            .hint("send a name and a birth date, or an address, telecom or identifier beside a name"));
    }
    let view = project.lookup(&ask).await.map_err(|problem| match problem.kind {
        // Too little is known of the person: FHIR asks for 400.
        ProblemKind::Refused => {
            let refusal = Refusal::malformed(problem.message);
            match problem.hint {
                Some(hint) => refusal.hint(hint),
                None => refusal,
            }
        }
        _ => Refusal::from(problem),
    })?;
    let people = view.candidates.iter().map(|candidate| candidate.customer_id.clone()).collect();
    Ok((Extension(Shown(people)), fhir(&bundle(&view))))
}

/// What is asked for.
struct Asked {
    patient: Value,
    count: usize,
    only_certain: bool,
}

impl Asked {
    fn read(body: &[u8]) -> Result<Self, Refusal> {
        let wrong = |detail: String| {
            Refusal::malformed(detail).hint("send a Patient, or Parameters with a Patient as `resource`")
        };
        let body: Value =
            serde_json::from_slice(body).map_err(|error| wrong(format!("the body is no JSON: {error}")))?;
        match body["resourceType"].as_str() {
            Some("Patient") => Ok(Self { patient: body, count: USUAL, only_certain: false }),
            Some("Parameters") => {
                let parameters = body["parameter"].as_array().map_or(&[][..], Vec::as_slice);
                let of = |name: &str| parameters.iter().find(|parameter| parameter["name"] == name);
                let patient = of("resource").map(|parameter| &parameter["resource"]);
                let patient = patient.filter(|patient| patient["resourceType"] == "Patient");
                let patient = patient.ok_or_else(|| wrong("the parameter `resource` is no Patient".to_owned()))?;
                let count = match of("count") {
                    None => USUAL,
                    Some(count) => match count["valueInteger"].as_u64() {
                        Some(count @ 1..) => usize::try_from(count).unwrap_or(MOST).min(MOST),
                        _ => return Err(wrong("the parameter `count` is no whole number above 0".to_owned())),
                    },
                };
                let only_certain = match of("onlyCertainMatches") {
                    None => false,
                    Some(only) => only["valueBoolean"].as_bool().ok_or_else(|| {
                        wrong("the parameter `onlyCertainMatches` is neither true nor false".to_owned())
                    })?,
                };
                Ok(Self { patient: patient.clone(), count, only_certain })
            }
            Some(other) => Err(wrong(format!("a `{other}` cannot be matched"))),
            None => Err(wrong("the body is no resource".to_owned())),
        }
    }
}

/// Candidates as a Bundle.
fn bundle(view: &LookupView) -> Value {
    let entry = |candidate: &LookupCandidate| {
        json!({
            "fullUrl": format!("urn:onefold:customer:{}", candidate.customer_id),
            "resource": patient::resource(candidate),
            "search": {
                "extension": [{ "url": GRADE, "valueCode": candidate.grade.word() }],
                "mode": "match",
                "score": (candidate.probability * 1e6).round() / 1e6,
            },
        })
    };
    let mut bundle = json!({ "resourceType": "Bundle", "type": "searchset", "total": view.candidates.len() });
    // FHIR has no empty lists: a Bundle of nobody has no entries.
    if !view.candidates.is_empty() {
        bundle["entry"] = view.candidates.iter().map(entry).collect();
    }
    bundle
}

fn fhir(resource: &Value) -> Response {
    let text = serde_json::to_vec(resource).unwrap_or_default();
    (StatusCode::OK, [(header::CONTENT_TYPE, CONTENT)], Body::from(text)).into_response()
}
