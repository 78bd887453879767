//! Insights: what sets segments apart, who is like whom, and segments that suggest themselves.
//!
//! Invariants
//! - Nothing is saved here: an answer holds definitions, which are saved as any other.

use std::sync::Arc;

use axum::{Extension, Json};
use onefold_api::*;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Refusal, Refusals, Sent};
use crate::auth::Shown;
use crate::routes::{Project, Serving};

/// The endpoints.
pub(super) fn router() -> OpenApiRouter<Arc<Serving>> {
    OpenApiRouter::new()
        .routes(routes!(choices))
        .routes(routes!(quick))
        .routes(routes!(by_activity))
        .routes(routes!(by_outcome))
        .routes(routes!(differences))
        .routes(routes!(overlap))
        .routes(routes!(similar))
}

/// What insights can be asked about.
#[utoipa::path(get, path = "/api/projects/{project}/segments/insights/choices", operation_id = "insight_choices", tag = "segments", params(("project" = String, Path, description = "the project")), responses((status = 200, description = "the answer", body = InsightChoices), Refusals))]
async fn choices(project: Project) -> Answer<InsightChoices> {
    Ok(Json(project.insight_choices().await?))
}

/// What a segment of one field could be: its commonest values, or its values at shares of people.
#[utoipa::path(post, path = "/api/projects/{project}/segments/insights/quick", operation_id = "quick_segment", tag = "segments", params(("project" = String, Path, description = "the project")), request_body = QuickAsk, responses((status = 200, description = "the answer", body = QuickView), Refusals))]
async fn quick(project: Project, Sent(ask): Sent<QuickAsk>) -> Answer<QuickView> {
    Ok(Json(project.quick(&ask).await?))
}

/// Segments by how recent, frequent and much activities are.
#[utoipa::path(post, path = "/api/projects/{project}/segments/insights/activity", operation_id = "suggest_by_activity", tag = "segments", params(("project" = String, Path, description = "the project")), request_body = ActivityAsk, responses((status = 200, description = "the answer", body = ActivitySuggestions), Refusals))]
async fn by_activity(project: Project, Sent(ask): Sent<ActivityAsk>) -> Answer<ActivitySuggestions> {
    Ok(Json(project.suggest_by_activity(&ask).await?))
}

/// Segments among whom an outcome differs from everybody's.
#[utoipa::path(post, path = "/api/projects/{project}/segments/insights/outcome", operation_id = "suggest_by_outcome", tag = "segments", params(("project" = String, Path, description = "the project")), request_body = OutcomeAsk, responses((status = 200, description = "the answer", body = OutcomeSuggestions), Refusals))]
async fn by_outcome(project: Project, Sent(ask): Sent<OutcomeAsk>) -> Answer<OutcomeSuggestions> {
    Ok(Json(project.suggest_by_outcome(&ask).await?))
}

/// How the members of a segment differ from everybody, or from those of another.
#[utoipa::path(post, path = "/api/projects/{project}/segments/insights/differences", operation_id = "segment_differences", tag = "segments", params(("project" = String, Path, description = "the project")), request_body = DifferencesAsk, responses((status = 200, description = "the answer", body = DifferencesView), Refusals))]
async fn differences(project: Project, Sent(ask): Sent<DifferencesAsk>) -> Answer<DifferencesView> {
    Ok(Json(project.differences(&ask).await?))
}

/// How many are in exactly which segments, by the values of a field too.
#[utoipa::path(post, path = "/api/projects/{project}/segments/insights/overlap", operation_id = "segment_overlap", tag = "segments", params(("project" = String, Path, description = "the project")), request_body = SegmentOverlapAsk, responses((status = 200, description = "the answer", body = SegmentOverlapView), Refusals))]
async fn overlap(project: Project, Sent(ask): Sent<SegmentOverlapAsk>) -> Answer<SegmentOverlapView> {
    Ok(Json(project.segment_overlap(&ask).await?))
}

/// People like the members of a segment.
#[utoipa::path(post, path = "/api/projects/{project}/segments/insights/similar", operation_id = "similar_customers", tag = "segments", params(("project" = String, Path, description = "the project")), request_body = SimilarAsk, responses((status = 200, description = "the answer", body = SimilarView), Refusals))]
async fn similar(
    project: Project,
    Sent(ask): Sent<SimilarAsk>,
) -> Result<(Extension<Shown>, Json<SimilarView>), Refusal> {
    let view = project.similar(&ask).await?;
    let people = view.people.iter().map(|person| person.customer_id.clone()).collect();
    Ok((Extension(Shown(people)), Json(view)))
}
