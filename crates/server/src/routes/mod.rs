//! Routes: what may be asked over HTTP, each a thin layer over [`Platform`].
//!
//! Flow     request ─ `auth` (who, may they) ─ [`Project`] ─ handler ─ platform ─ JSON
//!
//! Invariants
//! - Handlers decide nothing about data; what an answer shows of people they say with `Shown`.
//! - Every route has a line in `auth/roles.rs`; one without is refused.
//!
//! To add an endpoint: a handler with `#[utoipa::path]`, its name in `router` of its file, a line in `auth/roles.rs`.

mod customers;
mod definitions;
pub(crate) mod fhir;
mod insights;
mod lists;
mod live;
mod lookup;
mod preview;
mod projects;
mod runs;
mod steward;
mod tables;

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use onefold_api::{Host, Platform};
use utoipa_axum::router::OpenApiRouter;

use crate::answer::Refusal;
use crate::jobs::JobBoard;

/// What handlers share.
pub(crate) struct Serving {
    /// The projects.
    pub(crate) host: Arc<dyn Host>,
    /// Runs that were asked for.
    pub(crate) jobs: JobBoard,
}

/// The endpoints that are not about accounts.
pub(crate) fn router() -> OpenApiRouter<Arc<Serving>> {
    OpenApiRouter::new()
        .merge(projects::router())
        .merge(definitions::router())
        .merge(lists::router())
        .merge(tables::router())
        .merge(preview::router())
        .merge(customers::router())
        .merge(insights::router())
        .merge(lookup::router())
        .merge(live::router())
        .merge(fhir::router())
        .merge(runs::router())
        .merge(steward::router())
}

/// The project a path names.
pub(crate) struct Project {
    /// Its name.
    pub(crate) name: String,
    /// The project.
    pub(crate) platform: Arc<dyn Platform>,
}

impl Deref for Project {
    type Target = dyn Platform;
    fn deref(&self) -> &Self::Target {
        &*self.platform
    }
}

impl FromRequestParts<Arc<Serving>> for Project {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, serving: &Arc<Serving>) -> Result<Self, Refusal> {
        let named = RawPathParams::from_request_parts(parts, serving)
            .await
            .map_err(|_| Refusal::not_found("there is nothing at this path"))?;
        let name = named.iter().find(|(key, _)| *key == "project").map(|(_, name)| name.to_owned()).unwrap_or_default();
        match serving.host.platform(&name) {
            Some(platform) => Ok(Self { name, platform }),
            None => Err(Refusal::not_found(format!("there is no project `{name}`"))
                .hint("see `/api/projects` for those that are served")),
        }
    }
}
