//! Schedule: begins the runs that are due, by the schedule, because rows wait, or because time has passed.
//!
//! Invariants
//! - A due instant begins one run, however long looking took; one that passed while the server was down is made up for once.
//!
//! - A run that begins by itself waits for all others, and for a while after one of its kind failed.
//!
//! Not here: what the rule says (`Platform::schedule`), what waits (`Platform::due`).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use onefold_api::{RunAsk, ScheduleView};

use crate::jobs::{JobState, JobView};
use crate::routes::Serving;

/// How often the clock is looked at.
const LOOK: Duration = Duration::from_secs(10);

/// How long after a failure no run begins because rows wait or time has passed.
const AGAIN: SignedDuration = SignedDuration::from_mins(10);

/// Looks at the clock for ever.
pub(crate) async fn keep(serving: Arc<Serving>) {
    let mut due: HashMap<String, Timestamp> = HashMap::new();
    loop {
        for project in serving.host.projects() {
            let Some(platform) = serving.host.platform(&project.name) else { continue };
            let Ok(schedule) = platform.schedule().await else { continue };
            let now = Timestamp::now();
            let busy = serving
                .jobs
                .list(&project.name)
                .iter()
                .any(|job| job.by == "schedule" && matches!(job.state, JobState::Queued | JobState::Running));
            if is_due(&mut due, &project.name, &schedule, now) && !busy {
                tracing::info!(project = project.name, "a run is due");
                let _ = serving.jobs.begin(&project.name, platform, RunAsk::default(), "schedule");
                continue;
            }
            let jobs = serving.jobs.list(&project.name);
            if may_begin(&jobs, now)
                && let Ok(Some(due)) = platform.due().await
            {
                tracing::info!(project = project.name, by = due.by, "a run begins by itself");
                let _ = serving.jobs.begin(&project.name, platform, due.ask, &due.by);
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Whether a run may begin because rows wait or time has passed: none is at work, and none of these failed just now.
fn may_begin(jobs: &[JobView], now: Timestamp) -> bool {
    let by_itself = |job: &&JobView| ["live", "clock"].contains(&job.by.as_str());
    let failed_just_now = |job: &JobView| {
        let ended = job.ended.as_ref().and_then(|ended| ended.parse::<Timestamp>().ok());
        job.state != JobState::Completed && ended.is_some_and(|ended| now.duration_since(ended) < AGAIN)
    };
    jobs.iter().all(|job| job.ended.is_some()) && !jobs.iter().find(by_itself).is_some_and(failed_just_now)
}

/// Whether a run is to begin; remembers the next instant.
fn is_due(due: &mut HashMap<String, Timestamp>, project: &str, schedule: &ScheduleView, now: Timestamp) -> bool {
    let next = schedule.next.iter().find_map(|next| next.parse::<Timestamp>().ok());
    let known = due.get(project).copied();
    match next {
        Some(next) => due.insert(project.to_owned(), next),
        None => due.remove(project),
    };
    match known {
        // The instant that was next has come.
        Some(known) => known <= now && next.is_some(),
        None => next.is_some() && schedule.late_by.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_due_instant_begins_one_run() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let schedule = |next: &str, late_by| ScheduleView {
            cron: Some("0 5 * * *".into()),
            time_zone: "UTC".into(),
            next: vec![next.into()],
            last: None,
            late_by,
            problem: None,
        };
        let mut due = HashMap::new();
        let (first, second) = ("2026-01-01T05:00:00Z", "2026-01-02T05:00:00Z");
        assert!(!is_due(&mut due, "p", &schedule(first, None), at("2026-01-01T04:00:00Z")));
        assert!(!is_due(&mut due, "p", &schedule(first, None), at("2026-01-01T04:59:59Z")));
        assert!(is_due(&mut due, "p", &schedule(second, None), at("2026-01-01T05:00:03Z")));
        assert!(!is_due(&mut due, "p", &schedule(second, Some(3.0)), at("2026-01-01T05:00:13Z")));
        // A server that was down when a run was due makes up for it once.
        assert!(is_due(&mut due, "q", &schedule(second, Some(3600.0)), at("2026-01-01T06:00:00Z")));
        assert!(!is_due(&mut due, "q", &schedule(second, Some(3610.0)), at("2026-01-01T06:00:10Z")));
    }
}
