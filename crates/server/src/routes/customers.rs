//! Customers: people found and shown. Every answer names those it shows, for the audit.

use std::sync::Arc;

use axum::{Extension, Json};
use onefold_api::*;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Asked, Place, Refusal, Refusals, Sent};
use crate::auth::Shown;
use crate::routes::{Project, Serving};

/// The endpoints.
pub(super) fn router() -> OpenApiRouter<Arc<Serving>> {
    OpenApiRouter::new()
        .routes(routes!(search_customers))
        .routes(routes!(customer))
        .routes(routes!(explain_customer))
        .routes(routes!(timeline, timeline_page))
        .routes(routes!(explain_segment))
        .routes(routes!(explain_measure))
        .routes(routes!(pairs))
}

/// Profiles that are looked for.
#[utoipa::path(post, path = "/api/projects/{project}/customers/search", operation_id = "search_customers", tag = "customers", params(("project" = String, Path, description = "the project")), request_body = SearchAsk, responses((status = 200, description = "the answer", body = SearchView), Refusals))]
async fn search_customers(
    project: Project,
    Sent(ask): Sent<SearchAsk>,
) -> Result<(Extension<Shown>, Json<SearchView>), Refusal> {
    let view = project.search(&ask).await?;
    let people = view.hits.iter().map(|hit| hit.customer_id.clone()).collect();
    Ok((Extension(Shown(people)), Json(view)))
}

/// A profile: the customer card.
#[utoipa::path(get, path = "/api/projects/{project}/customers/{id}", operation_id = "customer", tag = "customers", params(("project" = String, Path, description = "the project"), ("id" = String, Path, description = "the id")), responses((status = 200, description = "the answer", body = ProfileView), Refusals))]
async fn customer(
    project: Project,
    Place((_, id)): Place<(String, String)>,
) -> Result<(Extension<Shown>, Json<ProfileView>), Refusal> {
    let view = project.customer(&id).await?;
    let people = vec![view.customer_id.clone()];
    Ok((Extension(Shown(people)), Json(view)))
}

/// Which records make a profile, and where each value came from.
#[utoipa::path(get, path = "/api/projects/{project}/customers/{id}/explain", operation_id = "explain_customer", tag = "customers", params(("project" = String, Path, description = "the project"), ("id" = String, Path, description = "the id")), responses((status = 200, description = "the answer", body = CustomerExplained), Refusals))]
async fn explain_customer(
    project: Project,
    Place((_, id)): Place<(String, String)>,
) -> Result<(Extension<Shown>, Json<CustomerExplained>), Refusal> {
    let view = project.explain_customer(&id).await?;
    let people = vec![view.customer_id.clone()];
    Ok((Extension(Shown(people)), Json(view)))
}

/// Activities of a profile, newest first.
#[utoipa::path(post, path = "/api/projects/{project}/customers/{id}/timeline", operation_id = "timeline", tag = "customers", params(("project" = String, Path, description = "the project"), ("id" = String, Path, description = "the id")), request_body = TimelineAsk, responses((status = 200, description = "the answer", body = TimelineView), Refusals))]
async fn timeline(
    project: Project,
    Place((_, id)): Place<(String, String)>,
    Sent(ask): Sent<TimelineAsk>,
) -> Result<(Extension<Shown>, Json<TimelineView>), Refusal> {
    let view = project.timeline(&id, &ask).await?;
    let people = vec![id];
    Ok((Extension(Shown(people)), Json(view)))
}

/// Which activities are asked for, in the address.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TimelineWords {
    /// Types, with commas between; all when absent.
    #[serde(default)]
    types: Option<String>,
    /// Not before this day or instant.
    #[serde(default)]
    from: Option<String>,
    /// Before this day or instant.
    #[serde(default)]
    to: Option<String>,
    /// Words that all stand in what happened, in its details or in the words of its type. What names people is better asked
    /// for by `POST`: addresses are kept in logs.
    #[serde(default)]
    text: Option<String>,
    /// The `next` of the page before.
    #[serde(default)]
    cursor: Option<String>,
    /// How many to answer; at most 500, 50 when absent.
    #[serde(default)]
    limit: Option<usize>,
}

/// Activities of a profile, newest first, page by page.
#[utoipa::path(get, path = "/api/projects/{project}/customers/{id}/timeline", operation_id = "timeline_page", tag = "customers", params(("project" = String, Path, description = "the project"), ("id" = String, Path, description = "the id"), TimelineWords), responses((status = 200, description = "the answer", body = TimelineView), Refusals))]
async fn timeline_page(
    project: Project,
    Place((_, id)): Place<(String, String)>,
    Asked(words): Asked<TimelineWords>,
) -> Result<(Extension<Shown>, Json<TimelineView>), Refusal> {
    let TimelineWords { types, from, to, text, cursor, limit } = words;
    let types =
        types.iter().flat_map(|types| types.split(',')).filter(|ty| !ty.is_empty()).map(str::to_owned).collect();
    let ask = TimelineAsk { types, from, to, text, cursor, offset: 0, limit: limit.unwrap_or_default() };
    let view = project.timeline(&id, &ask).await?;
    Ok((Extension(Shown(vec![id])), Json(view)))
}

/// Why a profile is in a segment, or is not.
#[utoipa::path(get, path = "/api/projects/{project}/customers/{id}/segments/{segment}", operation_id = "explain_segment", tag = "customers", params(("project" = String, Path, description = "the project"), ("id" = String, Path, description = "the id"), ("segment" = String, Path, description = "the segment")), responses((status = 200, description = "the answer", body = SegmentExplained), Refusals))]
async fn explain_segment(
    project: Project,
    Place((_, id, segment)): Place<(String, String, String)>,
) -> Result<(Extension<Shown>, Json<SegmentExplained>), Refusal> {
    let view = project.explain_segment(&segment, &id).await?;
    let people = vec![view.customer_id.clone()];
    Ok((Extension(Shown(people)), Json(view)))
}

/// The rows that a measure's value of a profile comes from, page by page.
#[utoipa::path(get, path = "/api/projects/{project}/customers/{id}/measures/{measure}", operation_id = "explain_measure", tag = "customers", params(("project" = String, Path, description = "the project"), ("id" = String, Path, description = "the id"), ("measure" = String, Path, description = "the measure"), MeasureRowsAsk), responses((status = 200, description = "the answer", body = MeasureExplained), Refusals))]
async fn explain_measure(
    project: Project,
    Place((_, id, measure)): Place<(String, String, String)>,
    Asked(ask): Asked<MeasureRowsAsk>,
) -> Result<(Extension<Shown>, Json<MeasureExplained>), Refusal> {
    let view = project.explain_measure(&measure, &id, &ask).await?;
    let people = vec![view.customer_id.clone()];
    Ok((Extension(Shown(people)), Json(view)))
}

/// Pairs of records that were matched.
#[utoipa::path(post, path = "/api/projects/{project}/unify/pairs", operation_id = "pairs", tag = "unify", params(("project" = String, Path, description = "the project")), request_body = PairsAsk, responses((status = 200, description = "the answer", body = PairsView), Refusals))]
async fn pairs(project: Project, Sent(ask): Sent<PairsAsk>) -> Result<(Extension<Shown>, Json<PairsView>), Refusal> {
    let view = project.pairs(&ask).await?;
    let people = view.pairs.iter().filter_map(|pair| pair.customer_id.clone()).collect();
    Ok((Extension(Shown(people)), Json(view)))
}
