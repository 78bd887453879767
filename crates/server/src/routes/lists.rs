//! Lists: what pages show of a project.
//!
//! To add a list: a line here, one in `auth/roles.rs`.

use std::sync::Arc;

use axum::Json;
use onefold_api::*;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Asked, Place, Refusal, Refusals};
use crate::routes::{Project, Serving};

/// The endpoints.
pub(super) fn router() -> OpenApiRouter<Arc<Serving>> {
    OpenApiRouter::new()
        .routes(routes!(home))
        .routes(routes!(check))
        .routes(routes!(segments))
        .routes(routes!(measures))
        .routes(routes!(measure))
        .routes(routes!(sources))
        .routes(routes!(tables))
        .routes(routes!(reachable))
        .routes(routes!(graph))
        .routes(routes!(unify))
        .routes(routes!(exports))
        .routes(routes!(deliveries))
        .routes(routes!(connections))
        .routes(routes!(runs))
        .routes(routes!(run_view))
        .routes(routes!(schedule))
}

/// Whether internal tables are listed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Internal {
    /// Internal tables too.
    #[serde(default)]
    all: bool,
}

/// The project at a glance.
#[utoipa::path(get, path = "/api/projects/{project}/home", operation_id = "home", tag = "project", params(("project" = String, Path, description = "the project")), responses((status = 200, description = "the answer", body = HomeView), Refusals))]
async fn home(project: Project) -> Answer<HomeView> {
    Ok(Json(project.home().await?))
}

/// What is wrong with the definitions.
#[utoipa::path(get, path = "/api/projects/{project}/check", operation_id = "check", tag = "project", params(("project" = String, Path, description = "the project")), responses((status = 200, description = "the answer", body = Check), Refusals))]
async fn check(project: Project) -> Answer<Check> {
    Ok(Json(project.check().await?))
}

/// Segments.
#[utoipa::path(get, path = "/api/projects/{project}/segments", operation_id = "segments", tag = "segments", params(("project" = String, Path, description = "the project")), responses((status = 200, description = "the answer", body = Vec<SegmentView>), Refusals))]
async fn segments(project: Project) -> Answer<Vec<SegmentView>> {
    Ok(Json(project.segments().await?))
}

/// Measures.
#[utoipa::path(get, path = "/api/projects/{project}/measures", operation_id = "measures", tag = "measures", params(("project" = String, Path, description = "the project")), responses((status = 200, description = "the answer", body = Vec<MeasureView>), Refusals))]
async fn measures(project: Project) -> Answer<Vec<MeasureView>> {
    Ok(Json(project.measures(None).await?))
}

/// One measure, with statistics.
#[utoipa::path(get, path = "/api/projects/{project}/measures/{name}", operation_id = "measure", tag = "measures", params(("project" = String, Path, description = "the project"), ("name" = String, Path, description = "the name")), responses((status = 200, description = "the answer", body = MeasureView), Refusals))]
async fn measure(project: Project, Place((_, name)): Place<(String, String)>) -> Answer<MeasureView> {
    let found = project.measures(Some(&name)).await?.into_iter().next();
    found.map(Json).ok_or_else(|| Refusal::not_found(format!("there is no measure `{name}`")))
}

/// Sources.
#[utoipa::path(get, path = "/api/projects/{project}/sources", operation_id = "sources", tag = "sources", params(("project" = String, Path, description = "the project")), responses((status = 200, description = "the answer", body = Vec<SourceView>), Refusals))]
async fn sources(project: Project) -> Answer<Vec<SourceView>> {
    Ok(Json(project.sources().await?))
}

/// Published tables and views.
#[utoipa::path(get, path = "/api/projects/{project}/tables", operation_id = "tables", tag = "tables", params(("project" = String, Path, description = "the project"), Internal), responses((status = 200, description = "the answer", body = Vec<TableLine>), Refusals))]
async fn tables(project: Project, Asked(internal): Asked<Internal>) -> Answer<Vec<TableLine>> {
    Ok(Json(project.table_lines(internal.all).await?))
}

/// Tables to take attributes from, with the ways to Customer, nearest first.
#[utoipa::path(get, path = "/api/projects/{project}/reachable", operation_id = "reachable", tag = "project", params(("project" = String, Path, description = "the project")), responses((status = 200, description = "the answer", body = Vec<ReachableTable>), Refusals))]
async fn reachable(project: Project) -> Answer<Vec<ReachableTable>> {
    Ok(Json(project.reachable().await?))
}

/// All tables and relationships.
#[utoipa::path(get, path = "/api/projects/{project}/graph", operation_id = "graph", tag = "project", params(("project" = String, Path, description = "the project")), responses((status = 200, description = "the answer", body = GraphView), Refusals))]
async fn graph(project: Project) -> Answer<GraphView> {
    Ok(Json(project.graph().await?))
}

/// What unification is and does.
#[utoipa::path(get, path = "/api/projects/{project}/unify", operation_id = "unify", tag = "unify", params(("project" = String, Path, description = "the project")), responses((status = 200, description = "the answer", body = UnifyView), Refusals))]
async fn unify(project: Project) -> Answer<UnifyView> {
    Ok(Json(project.unify().await?))
}

/// Exports.
#[utoipa::path(get, path = "/api/projects/{project}/exports", operation_id = "exports", tag = "exports", params(("project" = String, Path, description = "the project")), responses((status = 200, description = "the answer", body = Vec<ExportView>), Refusals))]
async fn exports(project: Project) -> Answer<Vec<ExportView>> {
    Ok(Json(project.exports().await?))
}

/// Deliveries of an export, newest first.
#[utoipa::path(get, path = "/api/projects/{project}/exports/{name}/deliveries", operation_id = "deliveries", tag = "exports", params(("project" = String, Path, description = "the project"), ("name" = String, Path, description = "the name")), responses((status = 200, description = "the answer", body = Vec<DeliveryView>), Refusals))]
async fn deliveries(project: Project, Place((_, name)): Place<(String, String)>) -> Answer<Vec<DeliveryView>> {
    Ok(Json(project.deliveries(&name).await?))
}

/// Connections.
#[utoipa::path(get, path = "/api/projects/{project}/connections", operation_id = "connections", tag = "exports", params(("project" = String, Path, description = "the project")), responses((status = 200, description = "the answer", body = Vec<ConnectionView>), Refusals))]
async fn connections(project: Project) -> Answer<Vec<ConnectionView>> {
    Ok(Json(project.connections().await?))
}

/// Runs, newest first; failed and canceled ones too.
#[utoipa::path(get, path = "/api/projects/{project}/runs", operation_id = "runs", tag = "runs", params(("project" = String, Path, description = "the project")), responses((status = 200, description = "the answer", body = Vec<RunLine>), Refusals))]
async fn runs(project: Project) -> Answer<Vec<RunLine>> {
    Ok(Json(project.runs().await?))
}

/// The record of a run.
#[utoipa::path(get, path = "/api/projects/{project}/runs/{run}", operation_id = "run_view", tag = "runs", params(("project" = String, Path, description = "the project"), ("run" = String, Path, description = "the run")), responses((status = 200, description = "the answer", body = RunView), Refusals))]
async fn run_view(project: Project, Place((_, run)): Place<(String, String)>) -> Answer<RunView> {
    Ok(Json(project.run_view(&run).await?))
}

/// When runs happen by themselves.
#[utoipa::path(get, path = "/api/projects/{project}/schedule", operation_id = "schedule", tag = "runs", params(("project" = String, Path, description = "the project")), responses((status = 200, description = "the answer", body = ScheduleView), Refusals))]
async fn schedule(project: Project) -> Answer<ScheduleView> {
    Ok(Json(project.schedule().await?))
}
