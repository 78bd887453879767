//! State: what waits, what is not seen yet, and the run that is to begin because of it.
//!
//! Reads    the intake, the marks of the published run, `live:` of `onefold.yaml`
//!
//! Invariants
//! - Rows that no run would take in (their source is gone, or refreshed by hand) begin none.
//! - What has a rhythm of its own is not worked out because of the time.
//!
//! Not here: beginning a run (the server).

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use onefold_api::{DueRun, LiveState, Problem, RunAsk};
use onefold_lake::Published;
use onefold_model::TableName;
use onefold_model::define::{Clock, Project, RefreshWhen};

use super::intake::Intake;
use crate::opened::Opened;
use crate::platform::Onefold;
use crate::runner::fresh;

/// What of a published run depends on the time.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct OfTime {
    run: String,
    /// The instant of which the oldest of it is.
    since: Option<Timestamp>,
    /// What asks the time, and what is made of it.
    steps: BTreeSet<String>,
}

impl OfTime {
    fn of(published: &Published) -> Self {
        let marks = fresh::marks(published);
        let worked_out = |name: &str, mark: &fresh::Mark| mark.at.is_none() && !name.starts_with("activate.");
        let asks = marks.iter().filter(|(name, mark)| mark.now.is_some() && worked_out(name, mark));
        let since = asks.clone().filter_map(|(_, mark)| mark.now.as_ref()?.parse::<Timestamp>().ok()).min();
        let mut steps: BTreeSet<String> = asks.map(|(name, _)| name.clone()).collect();
        // A table was written under the fingerprint of its step.
        let by_fingerprint: HashMap<&str, &String> =
            marks.iter().map(|(name, mark)| (mark.fingerprint.as_str(), name)).collect();
        let writer = |table: &String| by_fingerprint.get(published.table(table)?.fingerprint.as_str()).copied();
        loop {
            let made_of = |mark: &fresh::Mark| mark.inputs.keys().filter_map(writer).any(|step| steps.contains(step));
            let more: Vec<String> = marks
                .iter()
                .filter(|(name, mark)| !steps.contains(*name) && worked_out(name, mark) && made_of(mark))
                .map(|(name, _)| name.clone())
                .collect();
            if more.is_empty() {
                break;
            }
            steps.extend(more);
        }
        Self { run: published.run_id.clone(), since, steps }
    }
}

/// When what asks the time is next worked out anew.
fn next(since: Timestamp, clock: Clock, zone: &TimeZone) -> Option<Timestamp> {
    match clock {
        Clock::Never => None,
        Clock::Hourly => {
            let hour = SignedDuration::from_hours(1).as_secs();
            Timestamp::from_second((since.as_second().div_euclid(hour) + 1) * hour).ok()
        }
        Clock::Daily => {
            let day = since.to_zoned(zone.clone()).date().checked_add(1.day()).ok()?;
            day.to_zoned(zone.clone()).ok().map(|begins| begins.timestamp())
        }
    }
}

/// How what came in is doing.
pub(crate) async fn state(project: &Onefold) -> Result<LiveState, Problem> {
    let mut state = LiveState::default();
    if let Some(intake) = project.live().opened().await {
        state = intake.state(Timestamp::now());
    }
    state.errors += project.live().faults();
    if let Ok((defined, _, published)) = crate::customers::now(project).await {
        state.clock_next = clock_next(project, &defined, &published).map(|next| next.to_string());
    }
    Ok(state)
}

fn clock_next(project: &Onefold, defined: &Project, published: &Published) -> Option<Timestamp> {
    let since = of_time(project, published).since?;
    let zone = TimeZone::get(&defined.settings.time_zone).unwrap_or(TimeZone::UTC);
    next(since, defined.settings.live.clock, &zone)
}

fn of_time(project: &Onefold, published: &Published) -> Arc<OfTime> {
    let mut known = project.live().of_time();
    match known.as_ref() {
        Some(of_time) if of_time.run == published.run_id => Arc::clone(of_time),
        _ => Arc::clone(known.insert(Arc::new(OfTime::of(published)))),
    }
}

/// The run that is to begin now.
pub(crate) async fn due(project: &Onefold) -> Result<Option<DueRun>, Problem> {
    // Without a run there is nothing to show that rows or the time could change.
    let Ok((defined, _, published)) = crate::customers::now(project).await else { return Ok(None) };
    if let Some(intake) = project.live().opened().await
        && rows_wait(&defined, &intake, Timestamp::now())
    {
        return Ok(Some(DueRun { by: "live".to_owned(), ask: RunAsk::default() }));
    }
    if clock_next(project, &defined, &published).is_none_or(|next| next > Timestamp::now()) {
        return Ok(None);
    }
    // Definitions may have changed: what is no step any more is not asked for.
    let opened = Opened::new(project.root(), false, &RunAsk::default()).await?.sound()?;
    let steps: HashSet<&str> = opened.planned.plan.steps.iter().map(|step| step.name.as_str()).collect();
    let of_time = of_time(project, &published);
    let only: Vec<String> = of_time.steps.iter().filter(|name| steps.contains(name.as_str())).cloned().collect();
    Ok((!only.is_empty()).then(|| DueRun { by: "clock".to_owned(), ask: RunAsk { only, ..RunAsk::default() } }))
}

/// Whether enough rows wait for a run, or one has waited long enough.
fn rows_wait(defined: &Project, intake: &Intake, now: Timestamp) -> bool {
    let by_run = defined.sources.iter().filter(|source| source.refresh != RefreshWhen::Manual);
    let tables: HashSet<String> = by_run
        .flat_map(|source| source.tables.iter().map(|table| TableName::of_source(&source.name, &table.name).folded()))
        .collect();
    let (rows, oldest) = intake.waiting(&tables);
    let live = &defined.settings.live;
    let waited = oldest.map_or(SignedDuration::ZERO, |oldest| now.duration_since(oldest));
    live.rows > 0 && rows >= live.rows
        || live.hours > 0 && waited.as_secs() >= i64::try_from(live.hours).unwrap_or(i64::MAX).saturating_mul(3600)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_hours_begin_on_the_clocks_of_the_project() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let since = at("2026-03-28T23:30:00Z");
        assert_eq!(next(since, Clock::Daily, &zone), Some(at("2026-03-29T22:00:00Z")), "a day of 23 hours");
        assert_eq!(next(since, Clock::Daily, &TimeZone::UTC), Some(at("2026-03-29T00:00:00Z")));
        assert_eq!(next(since, Clock::Hourly, &zone), Some(at("2026-03-29T00:00:00Z")));
        assert_eq!(next(at("2026-03-29T00:00:00Z"), Clock::Hourly, &zone), Some(at("2026-03-29T01:00:00Z")));
        assert_eq!(next(since, Clock::Never, &zone), None);
    }
}
