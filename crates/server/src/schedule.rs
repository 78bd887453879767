//! Schedule: begins the runs that are due.
//!
//! Invariants
//! - A due instant begins one run, however long looking took; one that passed while the server was down is made up for once.
//!
//! Not here: what the rule says (`Platform::schedule`).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use onefold_api::{RunAsk, ScheduleView};

use crate::jobs::JobState;
use crate::routes::Serving;

/// How often the clock is looked at.
const LOOK: Duration = Duration::from_secs(10);

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
            }
        }
        tokio::time::sleep(LOOK).await;
    }
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
