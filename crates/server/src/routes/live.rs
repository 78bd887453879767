//! Live: rows that programs send between runs, and values that they lay over profiles.
//!
//! Invariants
//! - A patch is made under the name of whoever asks; whose it is stands in the audit.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::{Extension, Json};
use onefold_api::*;
use serde_json::value::RawValue;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Place, Refusal, Refusals, Sent};
use crate::auth::{Shown, Who};
use crate::routes::steward::by;
use crate::routes::{Project, Serving};

/// The endpoints.
pub(super) fn router() -> OpenApiRouter<Arc<Serving>> {
    OpenApiRouter::new()
        .routes(routes!(live_rows))
        .routes(routes!(patch_customer))
        .routes(routes!(live_state))
        .routes(routes!(metrics))
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

/// Lays values over a profile until they run out, or takes such values away. Answered once they are on disk; shown within
/// seconds, and laid over `Customer` by every run until then.
#[utoipa::path(patch, path = "/api/projects/{project}/customers/{id}", operation_id = "patch_customer", tag = "live", params(("project" = String, Path, description = "the project"), ("id" = String, Path, description = "the id")), request_body = PatchAsk, responses((status = 202, description = "what became of the values", body = PatchView), Refusals))]
async fn patch_customer(
    project: Project,
    who: Who,
    Place((_, id)): Place<(String, String)>,
    Sent(ask): Sent<PatchAsk>,
) -> Result<(StatusCode, Extension<Shown>, Json<PatchView>), Refusal> {
    let view = project.patch(&id, &ask, &by(&who)).await?;
    Ok((StatusCode::ACCEPTED, Extension(Shown(vec![view.customer_id.clone()])), Json(view)))
}

/// How what came in between runs is doing: what waits, what is not seen yet, what went wrong.
#[utoipa::path(get, path = "/api/projects/{project}/live", operation_id = "live_state", tag = "live", params(("project" = String, Path, description = "the project")), responses((status = 200, description = "the answer", body = LiveState), Refusals))]
async fn live_state(project: Project) -> Answer<LiveState> {
    Ok(Json(project.live_state().await?))
}

/// The same of all projects, and their runs, as programs that watch servers read it.
#[utoipa::path(get, path = "/metrics", operation_id = "metrics", tag = "health", responses((status = 200, description = "lines of names and numbers", body = String, content_type = "text/plain"), Refusals))]
async fn metrics(State(serving): State<Arc<Serving>>) -> impl IntoResponse {
    let mut all = Vec::new();
    for project in serving.host.projects() {
        let Some(platform) = serving.host.platform(&project.name) else { continue };
        let jobs = serving.jobs.list(&project.name);
        let running = jobs.iter().filter(|job| job.ended.is_none()).count() as u64;
        if let Ok(state) = platform.live_state().await {
            all.push((project.name, state, running));
        }
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], metric_lines(&all))
}

/// What a figure is called, what it is, and how it is read.
type Figure = (&'static str, &'static str, fn(&LiveState, u64) -> f64);

/// An instant in seconds; 0 for none.
fn seconds(at: Option<&String>) -> f64 {
    at.and_then(|at| at.parse::<jiff::Timestamp>().ok()).map_or(0.0, |at| at.as_microsecond() as f64 / 1e6)
}

/// Figures of projects in the form that Prometheus reads.
fn metric_lines(all: &[(String, LiveState, u64)]) -> String {
    let figures: [Figure; 10] = [
        ("onefold_live_log_bytes", "bytes in the log of rows that came in", |s, _| s.log_bytes as f64),
        ("onefold_live_log_rows", "rows in the log that are in no table yet", |s, _| s.in_log as f64),
        ("onefold_live_waiting_rows", "rows that wait for a run", |s, _| s.waiting as f64),
        ("onefold_live_waiting_since_seconds", "when the oldest of them came", |s, _| {
            seconds(s.waiting_since.as_ref())
        }),
        ("onefold_live_last_commit_seconds", "when rows were last put into tables", |s, _| {
            seconds(s.last_commit.as_ref())
        }),
        ("onefold_live_unseen_rows", "rows that are not seen yet", |s, _| s.unseen as f64),
        ("onefold_live_lag_seconds", "for how long the oldest of them has been there", |s, _| s.lag),
        ("onefold_live_patches", "values that are laid over profiles", |s, _| s.patches as f64),
        ("onefold_live_errors_total", "what went wrong with rows that came in", |s, _| s.errors as f64),
        ("onefold_jobs_unfinished", "runs that wait or are at work", |_, running| running as f64),
    ];
    let mut text = String::new();
    for (name, about, of) in figures {
        let kind = if name.ends_with("_total") { "counter" } else { "gauge" };
        text.push_str(&format!("# HELP {name} {about}\n# TYPE {name} {kind}\n"));
        for (project, state, running) in all {
            let project = project.replace('\\', "\\\\").replace('"', "\\\"");
            text.push_str(&format!("{name}{{project=\"{project}\"}} {}\n", of(state, *running)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_lines_with_their_project() {
        let state = LiveState { waiting: 7, last_commit: Some("1970-01-01T00:01:00Z".into()), ..LiveState::default() };
        let text = metric_lines(&[("p\"q".into(), state, 2)]);
        for line in [
            "onefold_live_waiting_rows{project=\"p\\\"q\"} 7",
            "onefold_live_last_commit_seconds{project=\"p\\\"q\"} 60",
            "onefold_jobs_unfinished{project=\"p\\\"q\"} 2",
            "# TYPE onefold_live_errors_total counter",
        ] {
            assert!(text.lines().any(|own| own == line), "{line} is not in {text}");
        }
    }
}
