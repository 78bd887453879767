//! Runs: what one would do, and jobs that run, seen while they go on.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use onefold_api::{PlanView, RunAsk};
use tokio::sync::watch;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Place, Refusal, Refusals, Sent};
use crate::auth::Who;
use crate::jobs::JobView;
use crate::routes::{Project, Serving};

/// How often a listener hears of a job at most.
const BREATH: Duration = Duration::from_millis(200);

/// The endpoints.
pub(super) fn router() -> OpenApiRouter<Arc<Serving>> {
    OpenApiRouter::new()
        .routes(routes!(plan))
        .routes(routes!(start_run))
        .routes(routes!(jobs))
        .routes(routes!(job))
        .routes(routes!(job_events))
        .routes(routes!(cancel_job))
}

/// What a run would do, and why.
#[utoipa::path(post, path = "/api/projects/{project}/plan", operation_id = "plan", tag = "runs",
    params(("project" = String, Path, description = "the project")), request_body = RunAsk,
    responses((status = 200, description = "the steps", body = PlanView), Refusals))]
async fn plan(project: Project, Sent(ask): Sent<RunAsk>) -> Answer<PlanView> {
    Ok(Json(project.plan(&ask).await?))
}

/// Asks for a run; it goes on as a job.
#[utoipa::path(post, path = "/api/projects/{project}/runs", operation_id = "start_run", tag = "runs",
    params(("project" = String, Path, description = "the project")), request_body = RunAsk,
    responses((status = 202, description = "the job", body = JobView), Refusals))]
async fn start_run(
    State(serving): State<Arc<Serving>>,
    project: Project,
    who: Who,
    Sent(ask): Sent<RunAsk>,
) -> Result<Response, Refusal> {
    let job = serving.jobs.begin(&project.name, Arc::clone(&project.platform), ask, &who.account)?;
    let mut headers = HeaderMap::new();
    if let Ok(place) = HeaderValue::from_str(&format!("/api/projects/{}/jobs/{}", project.name, job.id)) {
        headers.insert(header::LOCATION, place);
    }
    Ok((StatusCode::ACCEPTED, headers, Json(job)).into_response())
}

/// Jobs of the project since the server started, newest first.
#[utoipa::path(get, path = "/api/projects/{project}/jobs", operation_id = "jobs", tag = "runs",
    params(("project" = String, Path, description = "the project")),
    responses((status = 200, description = "the jobs", body = Vec<JobView>), Refusals))]
async fn jobs(State(serving): State<Arc<Serving>>, project: Project) -> Answer<Vec<JobView>> {
    Ok(Json(serving.jobs.list(&project.name)))
}

fn no_job(id: &str) -> Refusal {
    Refusal::not_found(format!("there is no job `{id}`"))
        .hint("jobs are forgotten when the server starts; see the runs")
}

/// A job as it is now.
#[utoipa::path(get, path = "/api/projects/{project}/jobs/{id}", operation_id = "job", tag = "runs",
    params(("project" = String, Path, description = "the project"), ("id" = String, Path, description = "the job")),
    responses((status = 200, description = "the job", body = JobView), Refusals))]
async fn job(
    State(serving): State<Arc<Serving>>,
    project: Project,
    Place((_, id)): Place<(String, String)>,
) -> Answer<JobView> {
    let looked = serving.jobs.look(&project.name, &id).ok_or_else(|| no_job(&id))?;
    let view = looked.borrow().clone();
    Ok(Json(view))
}

/// A job while it goes on: events `job` with the whole job as data, until its end.
#[utoipa::path(get, path = "/api/projects/{project}/jobs/{id}/events", operation_id = "job_events", tag = "runs",
    params(("project" = String, Path, description = "the project"), ("id" = String, Path, description = "the job")),
    responses((status = 200, description = "the job, again and again", body = String, content_type = "text/event-stream"), Refusals))]
async fn job_events(
    State(serving): State<Arc<Serving>>,
    project: Project,
    Place((_, id)): Place<(String, String)>,
) -> Result<Response, Refusal> {
    let looked = serving.jobs.look(&project.name, &id).ok_or_else(|| no_job(&id))?;
    let events = Sse::new(events(looked)).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)));
    Ok(([(header::CACHE_CONTROL, "no-store"), (header::HeaderName::from_static("x-accel-buffering"), "no")], events)
        .into_response())
}

/// The job now, and each time it changed, but not more often than a [`BREATH`]; ends with the job.
fn events(job: watch::Receiver<JobView>) -> impl Stream<Item = Result<Event, Infallible>> {
    futures::stream::unfold((job, 0_u64, false), |(mut job, count, ended)| async move {
        if ended {
            return None;
        }
        if count > 0 {
            tokio::time::sleep(BREATH).await;
            if job.changed().await.is_err() {
                return None;
            }
        }
        let view = job.borrow_and_update().clone();
        let ended = view.ended.is_some();
        let event = Event::default().event("job").id(count.to_string()).json_data(&view).ok()?;
        Some((Ok(event), (job, count + 1, ended)))
    })
}

/// Stops a job; what it has not published is left out.
#[utoipa::path(post, path = "/api/projects/{project}/jobs/{id}/cancel", operation_id = "cancel_job", tag = "runs",
    params(("project" = String, Path, description = "the project"), ("id" = String, Path, description = "the job")),
    responses((status = 202, description = "the job as it was when it was told", body = JobView), Refusals))]
async fn cancel_job(
    State(serving): State<Arc<Serving>>,
    project: Project,
    Place((_, id)): Place<(String, String)>,
) -> Result<(StatusCode, Json<JobView>), Refusal> {
    let view = serving.jobs.cancel(&project.name, &id).ok_or_else(|| no_job(&id))?;
    Ok((StatusCode::ACCEPTED, Json(view)))
}
