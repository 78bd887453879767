//! Steward: why records are one profile or are not, and what people decide about it.
//!
//! Invariants
//! - Decisions are made under the name of whoever asks; which profiles an answer is about stands in the audit.

use std::sync::Arc;

use axum::{Extension, Json};
use onefold_api::*;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Asked, Place, Refusal, Refusals, Sent};
use crate::auth::{Shown, Who};
use crate::routes::{Project, Serving};

/// An answer that shows people.
type Seen<T> = Result<(Extension<Shown>, Json<T>), Refusal>;

/// The endpoints.
pub(super) fn router() -> OpenApiRouter<Arc<Serving>> {
    OpenApiRouter::new()
        .routes(routes!(match_model))
        .routes(routes!(explain_pair))
        .routes(routes!(review))
        .routes(routes!(decisions, decide))
        .routes(routes!(undo))
        .routes(routes!(quality))
        .routes(routes!(identity))
        .routes(routes!(split))
        .routes(routes!(merge))
}

/// Whoever asks, as decisions name them: a token by its id, as the audit does.
pub(super) fn by(who: &Who) -> String {
    who.token.as_ref().map_or_else(|| who.account.clone(), |token| format!("token:{token}"))
}

/// The matching of the last run: the trained model, what it compared, what it warns of.
#[utoipa::path(get, path = "/api/projects/{project}/match/model", operation_id = "match_model", tag = "match", params(("project" = String, Path, description = "the project")), responses((status = 200, description = "the answer", body = ModelView), Refusals))]
async fn match_model(project: Project) -> Seen<ModelView> {
    let view = project.match_model().await?;
    let people = view.warnings.iter().flat_map(|warning| warning.customer_ids.clone()).collect();
    Ok((Extension(Shown(people)), Json(view)))
}

/// Why two records are one profile, or are not; also for two that were never compared.
#[utoipa::path(post, path = "/api/projects/{project}/match/explain", operation_id = "explain_pair", tag = "match", params(("project" = String, Path, description = "the project")), request_body = PairAsk, responses((status = 200, description = "the answer", body = PairExplained), Refusals))]
async fn explain_pair(project: Project, Sent(ask): Sent<PairAsk>) -> Seen<PairExplained> {
    let view = project.explain_pair(&ask).await?;
    let people = view.a_customer_id.iter().chain(&view.b_customer_id).cloned().collect();
    Ok((Extension(Shown(people)), Json(view)))
}

/// Pairs of records that people should look at; without scores unless asked for.
#[utoipa::path(post, path = "/api/projects/{project}/match/review", operation_id = "review", tag = "match", params(("project" = String, Path, description = "the project")), request_body = ReviewAsk, responses((status = 200, description = "the answer", body = ReviewView), Refusals))]
async fn review(project: Project, Sent(ask): Sent<ReviewAsk>) -> Seen<ReviewView> {
    let view = project.review(&ask).await?;
    Ok((Extension(Shown(view.people.clone())), Json(view)))
}

/// Decisions, newest first.
#[utoipa::path(get, path = "/api/projects/{project}/match/decisions", operation_id = "decisions", tag = "match", params(("project" = String, Path, description = "the project"), DecisionsAsk), responses((status = 200, description = "the answer", body = DecisionsView), Refusals))]
async fn decisions(project: Project, Asked(ask): Asked<DecisionsAsk>) -> Seen<DecisionsView> {
    let view = project.decisions(&ask).await?;
    Ok((Extension(Shown(view.people.clone())), Json(view)))
}

/// Decides about two records; takes effect with the next run.
#[utoipa::path(post, path = "/api/projects/{project}/match/decisions", operation_id = "decide", tag = "match", params(("project" = String, Path, description = "the project")), request_body = DecideAsk, responses((status = 200, description = "the answer", body = DecidedView), Refusals))]
async fn decide(project: Project, who: Who, Sent(ask): Sent<DecideAsk>) -> Seen<DecidedView> {
    Ok(decided(project.decide(&ask, &by(&who)).await?))
}

/// Undoes a decision, and those that were made at once with it.
#[utoipa::path(delete, path = "/api/projects/{project}/match/decisions/{id}", operation_id = "undo_decision", tag = "match", params(("project" = String, Path, description = "the project"), ("id" = String, Path, description = "the number of the decision")), responses((status = 200, description = "the answer", body = DecidedView), Refusals))]
async fn undo(project: Project, who: Who, Place((_, id)): Place<(String, i64)>) -> Seen<DecidedView> {
    Ok(decided(project.undo(id, &by(&who)).await?))
}

/// How wide an interval may be.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Width {
    /// The width of the 95 % interval that is wanted, as a share; 0.05 when absent.
    width: Option<f64>,
}

/// How good the matching is, estimated from decisions about a random sample.
#[utoipa::path(get, path = "/api/projects/{project}/match/quality", operation_id = "match_quality", tag = "match", params(("project" = String, Path, description = "the project"), Width), responses((status = 200, description = "the answer", body = QualityView), Refusals))]
async fn quality(project: Project, Asked(ask): Asked<Width>) -> Answer<QualityView> {
    Ok(Json(project.quality(ask.width.unwrap_or(0.05)).await?))
}

/// What holds the records of a profile together.
#[utoipa::path(get, path = "/api/projects/{project}/customers/{id}/identity", operation_id = "identity", tag = "match", params(("project" = String, Path, description = "the project"), ("id" = String, Path, description = "the id")), responses((status = 200, description = "the answer", body = IdentityView), Refusals))]
async fn identity(project: Project, Place((_, id)): Place<(String, String)>) -> Seen<IdentityView> {
    let view = project.identity(&id).await?;
    let people = vec![view.customer_id.clone()];
    Ok((Extension(Shown(people)), Json(view)))
}

/// Decides that records of a profile are somebody else; takes effect with the next run.
#[utoipa::path(post, path = "/api/projects/{project}/customers/{id}/split", operation_id = "split_customer", tag = "match", params(("project" = String, Path, description = "the project"), ("id" = String, Path, description = "the id")), request_body = SplitAsk, responses((status = 200, description = "the answer", body = DecidedView), Refusals))]
async fn split(
    project: Project,
    who: Who,
    Place((_, id)): Place<(String, String)>,
    Sent(ask): Sent<SplitAsk>,
) -> Seen<DecidedView> {
    Ok(decided(project.split(&id, &ask, &by(&who)).await?))
}

/// Decides that profiles are one; takes effect with the next run.
#[utoipa::path(post, path = "/api/projects/{project}/customers/merge", operation_id = "merge_customers", tag = "match", params(("project" = String, Path, description = "the project")), request_body = MergeAsk, responses((status = 200, description = "the answer", body = DecidedView), Refusals))]
async fn merge(project: Project, who: Who, Sent(ask): Sent<MergeAsk>) -> Seen<DecidedView> {
    Ok(decided(project.merge(&ask, &by(&who)).await?))
}

fn decided(view: DecidedView) -> (Extension<Shown>, Json<DecidedView>) {
    (Extension(Shown(view.customer_ids.clone())), Json(view))
}
