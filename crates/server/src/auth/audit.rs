//! Audit: one entry a request that changes something or shows people, on disk before the answer leaves.
//!
//! Flow     handler: [`Shown`], [`Actor`], [`Remark`] in the answer's extensions ─ `guard` ─ `Registry::audit` ─ answer
//!
//! Invariants
//! - When the entry cannot be written, the answer is 503 and nobody's data leaves.
//! - No password, token, query, search text or body stands in an entry: only the path, ids of people, and words written here.
//!
//! Not here: the chain (the binary), which endpoints leave an entry (`roles`).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use onefold_api::{AuditAsk, AuditCheck, AuditEntry, AuditQuery};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Auth, Who};
use crate::answer::{Answer, Asked, Refusal, Refusals};

/// The most CustomerIds an entry names; one that shows more says how many.
const MOST_PEOPLE: usize = 500;
/// The longest path an entry holds.
const LONGEST_PATH: usize = 500;

/// CustomerIds of the people whose data an answer shows; handlers put it in the answer's extensions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shown(pub Vec<String>);

impl Shown {
    /// All that a table holds: a download, of which nobody counts the people.
    pub fn all_of(table: &str) -> Self {
        Self(vec![format!("all of {table}")])
    }
}

/// Who came in by this answer, where the request itself did not say; `-` when nobody did.
#[derive(Clone, Debug)]
pub(super) struct Actor(pub(super) String);

/// What more an entry says, in words that hold no secret.
#[derive(Clone, Debug)]
pub(super) struct Remark(pub(super) String);

/// That it was refused although the status is one of success: browsers are sent to a page that says so.
#[derive(Clone, Copy, Debug)]
pub(super) struct SentAway;

/// What is known of a request when it comes in.
pub(super) struct Facts {
    pub(super) actor: Option<String>,
    pub(super) act: String,
    pub(super) object: String,
    pub(super) project: Option<String>,
    pub(super) request: String,
    pub(super) address: String,
}

impl Auth {
    /// Writes the entry about an answer, and gives the answer; 503 when the entry cannot be written.
    pub(super) async fn write_down(&self, facts: Facts, mut response: Response) -> Response {
        let status = response.status();
        let extensions = response.extensions_mut();
        let named = extensions.remove::<Actor>().map(|actor| actor.0);
        let Some(actor) = facts.actor.or(named) else {
            // Nobody came in and nothing happened: who is not known cannot fill the audit.
            return response;
        };
        let mut people = extensions.remove::<Shown>().unwrap_or_default().0;
        let mut detail = extensions.remove::<Remark>().map(|remark| remark.0);
        let outcome = match status.as_u16() {
            _ if extensions.remove::<SentAway>().is_some() => "refused 401".to_owned(),
            status @ 0..400 => format!("ok {status}"),
            status @ 400..500 => format!("refused {status}"),
            status => format!("failed {status}"),
        };
        people.sort_unstable();
        people.dedup();
        if people.len() > MOST_PEOPLE {
            detail = Some(format!("{} people, of whom the first {MOST_PEOPLE} are named", people.len()));
            people.truncate(MOST_PEOPLE);
        }
        let Facts { act, object, project, request, address, .. } = facts;
        let object = object.chars().take(LONGEST_PATH).collect();
        let entry = AuditAsk { actor, act, object, project, people, outcome, request, address, detail };
        match self.registry.audit(entry).await {
            Ok(()) => response,
            Err(problem) => {
                tracing::error!(problem = problem.message, "the audit could not be written");
                let detail =
                    "the audit could not be written, so the answer is held back; what was asked for may have been done";
                Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "failed", "Not written down", detail)
                    .hint("see to it that the project's folder has room and can be written, then look before you try again")
                    .into_response()
            }
        }
    }
}

/// Which entries are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Only entries with smaller numbers.
    before: Option<i64>,
    /// How many; at most 500, 100 when absent.
    #[param(maximum = 500)]
    limit: Option<usize>,
    /// Of one actor.
    actor: Option<String>,
    /// Acts that contain this.
    act: Option<String>,
    /// That show one CustomerId.
    person: Option<String>,
    /// Outcomes that begin with this: `refused`.
    outcome: Option<String>,
}

/// The audit, newest first.
#[utoipa::path(get, path = "/api/audit", tag = "audit", params(Which), responses((status = 200, body = Vec<AuditEntry>), Refusals))]
pub(super) async fn audited(State(auth): State<Arc<Auth>>, Asked(which): Asked<Which>) -> Answer<Vec<AuditEntry>> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let Which { before, limit, actor, act, person, outcome } = which;
    let limit = limit.filter(|&limit| limit > 0).unwrap_or(100).min(500);
    let query = AuditQuery {
        before,
        limit,
        actor: given(actor),
        act: given(act),
        person: given(person),
        outcome: given(outcome),
    };
    Ok(Json(auth.registry.audited(&query).await?))
}

/// Whether the chain of the audit holds from its first entry to its last.
#[utoipa::path(get, path = "/api/audit/check", tag = "audit", responses((status = 200, body = AuditCheck), Refusals))]
pub(super) async fn check_audit(State(auth): State<Arc<Auth>>, _who: Who) -> Answer<AuditCheck> {
    Ok(Json(auth.registry.verify_audit().await?))
}
