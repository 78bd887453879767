//! Projects: those that are served, new ones, and whether the server is well.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use onefold_api::{NewProject, ProjectEntry};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Refusal, Refusals, Sent};
use crate::routes::Serving;

/// The endpoints.
pub(super) fn router() -> OpenApiRouter<Arc<Serving>> {
    OpenApiRouter::new().routes(routes!(projects, create_project)).routes(routes!(live)).routes(routes!(ready))
}

/// The projects that are served.
#[utoipa::path(get, path = "/api/projects", operation_id = "projects", tag = "project",
    responses((status = 200, description = "the projects", body = Vec<ProjectEntry>), Refusals))]
async fn projects(State(serving): State<Arc<Serving>>) -> Answer<Vec<ProjectEntry>> {
    Ok(Json(serving.host.projects()))
}

/// Makes a project and serves it.
#[utoipa::path(post, path = "/api/projects", operation_id = "create_project", tag = "project", request_body = NewProject,
    responses((status = 201, description = "the project", body = ProjectEntry), Refusals))]
async fn create_project(
    State(serving): State<Arc<Serving>>,
    Sent(ask): Sent<NewProject>,
) -> Result<(StatusCode, Json<ProjectEntry>), Refusal> {
    Ok((StatusCode::CREATED, Json(serving.host.create(&ask).await?)))
}

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// `ok`.
    status: &'static str,
    /// Its version.
    version: &'static str,
}

const WELL: Health = Health { status: "ok", version: env!("CARGO_PKG_VERSION") };

/// Whether the server lives.
#[utoipa::path(get, path = "/api/health/live", operation_id = "live", tag = "health", security(()),
    responses((status = 200, description = "it does", body = Health)))]
async fn live() -> Json<Health> {
    Json(WELL)
}

/// Whether the server can answer: its projects are there.
#[utoipa::path(get, path = "/api/health/ready", operation_id = "ready", tag = "health", security(()),
    responses((status = 200, description = "it can", body = Health), Refusals))]
async fn ready(State(serving): State<Arc<Serving>>) -> Answer<Health> {
    for project in serving.host.projects() {
        let platform = serving.host.platform(&project.name);
        let tables = match &platform {
            Some(platform) => platform.schedule().await.map(drop),
            None => Ok(()),
        };
        tables.map_err(|_| {
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "failed", "Not ready", "a project cannot be read")
        })?;
    }
    Ok(Json(WELL))
}
