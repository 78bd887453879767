//! Look-up: whom a partial person may be.

use std::sync::Arc;

use axum::{Extension, Json};
use onefold_api::*;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Refusal, Refusals, Sent};
use crate::auth::Shown;
use crate::routes::{Project, Serving};

/// The endpoints.
pub(super) fn router() -> OpenApiRouter<Arc<Serving>> {
    OpenApiRouter::new().routes(routes!(lookup_customers))
}

/// Profiles that a partial person may be, the likeliest first, with what speaks for and against each.
#[utoipa::path(post, path = "/api/projects/{project}/customers/lookup", operation_id = "lookup_customers", tag = "customers", params(("project" = String, Path, description = "the project")), request_body = LookupAsk, responses((status = 200, description = "the answer", body = LookupView), Refusals))]
async fn lookup_customers(
    project: Project,
    Sent(ask): Sent<LookupAsk>,
) -> Result<(Extension<Shown>, Json<LookupView>), Refusal> {
    let view = project.lookup(&ask).await?;
    let people = view.candidates.iter().map(|candidate| candidate.customer_id.clone()).collect();
    Ok((Extension(Shown(people)), Json(view)))
}
