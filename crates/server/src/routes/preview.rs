//! Preview: what drafts would do now.

use std::sync::Arc;

use axum::{Extension, Json};
use onefold_api::*;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Place, Refusal, Refusals, Sent};
use crate::auth::{Shown, Who};
use crate::routes::definitions::{kind_of, reaches_out};
use crate::routes::tables::people_of;
use crate::routes::{Project, Serving};

/// The endpoints.
pub(super) fn router() -> OpenApiRouter<Arc<Serving>> {
    OpenApiRouter::new()
        .routes(routes!(preview_segment))
        .routes(routes!(funnel))
        .routes(routes!(preview_measure))
        .routes(routes!(preview_activity))
        .routes(routes!(preview_rule))
        .routes(routes!(preview_transform))
        .routes(routes!(tests))
        .routes(routes!(overlap))
        .routes(routes!(probe))
}

/// Segments to compare.
#[derive(Deserialize, ToSchema)]
struct OverlapAsk {
    /// Two to five of them.
    segments: Vec<String>,
}

/// A source that reaches out to a server takes an Administrator.
fn reach(who: &Who, value: &serde_json::Value) -> Result<(), Refusal> {
    if reaches_out(value) && who.role < Role::Administrator {
        return Err(Refusal::forbidden("a source at a URL or outside the project takes an Administrator")
            .hint("ask one, or read from a folder of the project"));
    }
    Ok(())
}

/// What a segment would be.
#[utoipa::path(post, path = "/api/projects/{project}/preview/segment", operation_id = "preview_segment", tag = "segments", params(("project" = String, Path, description = "the project")), request_body = PreviewAsk, responses((status = 200, description = "the answer", body = SegmentPreview), Refusals))]
async fn preview_segment(
    project: Project,
    Sent(ask): Sent<PreviewAsk>,
) -> Result<(Extension<Shown>, Json<SegmentPreview>), Refusal> {
    let view = project.preview_segment(&ask).await?;
    let people = view.sample.iter().map(|hit| hit.customer_id.clone()).collect();
    Ok((Extension(Shown(people)), Json(view)))
}

/// What each rule and each condition of a segment keeps, as it is defined now, over the published run.
#[utoipa::path(get, path = "/api/projects/{project}/segments/{segment}/funnel", operation_id = "funnel", tag = "segments", params(("project" = String, Path, description = "the project"), ("segment" = String, Path, description = "the segment")), responses((status = 200, description = "the answer", body = SegmentPreview), Refusals))]
async fn funnel(project: Project, Place((_, segment)): Place<(String, String)>) -> Answer<SegmentPreview> {
    Ok(Json(project.funnel(&segment).await?))
}

/// What a measure would be.
#[utoipa::path(post, path = "/api/projects/{project}/preview/measure", operation_id = "preview_measure", tag = "measures", params(("project" = String, Path, description = "the project")), request_body = PreviewAsk, responses((status = 200, description = "the answer", body = MeasurePreview), Refusals))]
async fn preview_measure(
    project: Project,
    Sent(ask): Sent<PreviewAsk>,
) -> Result<(Extension<Shown>, Json<MeasurePreview>), Refusal> {
    let view = project.preview_measure(&ask).await?;
    let people = view.table.as_ref().map(people_of).unwrap_or_default();
    Ok((Extension(Shown(people)), Json(view)))
}

/// What an activity would be.
#[utoipa::path(post, path = "/api/projects/{project}/preview/activity", operation_id = "preview_activity", tag = "activities", params(("project" = String, Path, description = "the project")), request_body = PreviewAsk, responses((status = 200, description = "the answer", body = ActivityPreview), Refusals))]
async fn preview_activity(project: Project, Sent(ask): Sent<PreviewAsk>) -> Answer<ActivityPreview> {
    Ok(Json(project.preview_activity(&ask).await?))
}

/// What a match rule, or a rule of deduplication, would do by itself: pairs, what each condition does, the pairs nearest to the line.
#[utoipa::path(post, path = "/api/projects/{project}/preview/rule", operation_id = "preview_rule", tag = "match", params(("project" = String, Path, description = "the project")), request_body = MatchRuleAsk, responses((status = 200, description = "the answer", body = MatchRulePreview), Refusals))]
async fn preview_rule(
    project: Project,
    Sent(ask): Sent<MatchRuleAsk>,
) -> Result<(Extension<Shown>, Json<MatchRulePreview>), Refusal> {
    let view = project.preview_rule(&ask).await?;
    Ok((Extension(Shown(view.people.clone())), Json(view)))
}

/// Holds measures and segments, as they are saved, to their tests: each in a project of its own with the rows given.
#[utoipa::path(post, path = "/api/projects/{project}/preview/tests", operation_id = "tests", tag = "definitions", params(("project" = String, Path, description = "the project")), request_body = TestsAsk, responses((status = 200, description = "what became of each", body = Vec<TestView>), Refusals))]
async fn tests(project: Project, Sent(ask): Sent<TestsAsk>) -> Answer<Vec<TestView>> {
    Ok(Json(project.tests(&ask).await?))
}

/// A table of a source after some of its steps.
#[utoipa::path(post, path = "/api/projects/{project}/preview/transform", operation_id = "preview_transform", tag = "sources", params(("project" = String, Path, description = "the project")), request_body = TransformAsk, responses((status = 200, description = "the answer", body = TransformView), Refusals))]
async fn preview_transform(project: Project, who: Who, Sent(ask): Sent<TransformAsk>) -> Answer<TransformView> {
    reach(&who, &ask.value)?;
    Ok(Json(project.preview_transform(&ask).await?))
}

/// What two to five segments have in common.
#[utoipa::path(post, path = "/api/projects/{project}/segments/overlap", operation_id = "overlap", tag = "segments", params(("project" = String, Path, description = "the project")), request_body = OverlapAsk, responses((status = 200, description = "the answer", body = OverlapView), Refusals))]
async fn overlap(project: Project, Sent(ask): Sent<OverlapAsk>) -> Answer<OverlapView> {
    Ok(Json(project.overlap(&ask.segments).await?))
}

/// Tries a draft of a source or connection: does it answer, and what does it offer?
#[utoipa::path(post, path = "/api/projects/{project}/probe/{kind}", operation_id = "probe", tag = "sources", params(("project" = String, Path, description = "the project"), ("kind" = String, Path, description = "the kind of definition")), request_body = PreviewAsk, responses((status = 200, description = "the answer", body = ProbeView), Refusals))]
async fn probe(
    project: Project,
    Place((_, kind)): Place<(String, String)>,
    who: Who,
    Sent(ask): Sent<PreviewAsk>,
) -> Answer<ProbeView> {
    let kind = kind_of(&kind)?;
    match kind {
        Kind::Source => reach(&who, &ask.value)?,
        Kind::Connection if who.role < Role::Administrator => {
            return Err(Refusal::forbidden("trying a connection takes an Administrator"));
        }
        Kind::Connection => {}
        _ => return Err(Refusal::malformed("only a source or a connection can be tried")),
    }
    Ok(Json(project.probe(kind, &ask).await?))
}
