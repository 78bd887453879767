//! Live: rows that programs send between runs.

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use onefold_api::*;
use serde_json::value::RawValue;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Place, Refusal, Refusals, Sent};
use crate::routes::{Project, Serving};

/// The endpoints.
pub(super) fn router() -> OpenApiRouter<Arc<Serving>> {
    OpenApiRouter::new().routes(routes!(live_rows))
}

/// Takes a row or a list of rows of a table of a source, `<Source>_<Table>`, in the source's columns. Answered once they
/// are on disk. A row with a key that came before takes its place; one that repeats it is nothing new.
#[utoipa::path(post, path = "/api/projects/{project}/activities/{table}", operation_id = "live_rows", tag = "live", params(("project" = String, Path, description = "the project"), ("table" = String, Path, description = "the table, `<Source>_<Table>`")), request_body = serde_json::Value, responses((status = 202, description = "what became of the rows", body = LiveView), Refusals))]
async fn live_rows(
    project: Project,
    Place((_, table)): Place<(String, String)>,
    Sent(rows): Sent<Box<RawValue>>,
) -> Result<(StatusCode, Json<LiveView>), Refusal> {
    let view = project.live(&table, rows.get()).await?;
    Ok((StatusCode::ACCEPTED, Json(view)))
}
