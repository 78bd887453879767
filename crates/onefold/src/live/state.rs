//! State: what waits, what is not seen yet, and the run that is to begin because of it.
//!
//! Reads    the intake, the marks of the published run, `live:` of `onefold.yaml`
//!
//! Invariants
//! - Rows that no run would take in (their source is gone, or refreshed by hand) begin none.
//! - What has a rhythm of its own is not worked out because of the time.
//! - With `clock: exact`, none begins while time alone changes nothing, and what does not change is not named.
//!
//! Not here: beginning a run (the server).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use onefold_api::{DueRun, LiveState, Problem, RunAsk};
use onefold_lake::Published;
use onefold_model::TableName;
use onefold_model::define::{Clock, Live, Project, RefreshWhen};

use super::intake::Intake;
use crate::opened::Opened;
use crate::platform::Onefold;
use crate::runner::fresh;

/// What of a published run depends on the time.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct OfTime {
    run: String,
    /// The steps that ask the time.
    asks: BTreeMap<String, Asks>,
    /// By step: those that read what it writes.
    readers: HashMap<String, Vec<String>>,
}

/// A step that asks the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Asks {
    /// The instant of which it is.
    since: Timestamp,
    /// When time alone next changes it; `None` when never.
    next: Option<Timestamp>,
}

impl OfTime {
    fn of(published: &Published, zone: &TimeZone) -> Self {
        let marks = fresh::marks(published);
        let worked_out = |name: &str, mark: &fresh::Mark| mark.at.is_none() && !name.starts_with("activate.");
        let asks = marks.iter().filter(|(name, mark)| worked_out(name, mark)).filter_map(|(name, mark)| {
            // A view may ask the time where the step that it is shown by does not.
            let since = mark.now.as_ref().or(mark.turned.as_ref().map(|turned| &turned.at));
            let since = since?.parse::<Timestamp>().ok()?;
            let next = match &mark.turned {
                Some(turned) => turned.first(),
                // What cannot be told may change at any time.
                None => next(since, Clock::Hourly, zone),
            };
            Some((name.clone(), Asks { since, next }))
        });
        // A table was written under the fingerprint of its step.
        let by_fingerprint: HashMap<&str, &String> =
            marks.iter().map(|(name, mark)| (mark.fingerprint.as_str(), name)).collect();
        let writer = |table: &String| by_fingerprint.get(published.table(table)?.fingerprint.as_str()).copied();
        let mut readers: HashMap<String, Vec<String>> = HashMap::new();
        for (name, mark) in marks.iter().filter(|(name, mark)| worked_out(name, mark)) {
            for writer in mark.inputs.keys().filter_map(writer) {
                readers.entry(writer.clone()).or_default().push(name.clone());
            }
        }
        Self { run: published.run_id.clone(), asks: asks.collect(), readers }
    }

    /// When a run is to begin because time has passed.
    fn begins(&self, live: &Live, zone: &TimeZone) -> Option<Timestamp> {
        if live.clock != Clock::Exact {
            return next(self.asks.values().map(|asks| asks.since).min()?, live.clock, zone);
        }
        let first = self.asks.values().filter_map(|asks| asks.next).min()?;
        let minutes = i64::try_from(live.clock_minutes).unwrap_or(i64::MAX / 60).min(i64::MAX / 60);
        let last = self.asks.values().map(|asks| asks.since).max()?;
        let soonest = last.checked_add(SignedDuration::from_secs(minutes * 60)).unwrap_or(Timestamp::MAX);
        Some(first.max(soonest))
    }

    /// The steps that time has changed at an instant, and all that is made of them.
    fn changed(&self, clock: Clock, now: Timestamp) -> BTreeSet<String> {
        let is_due = |asks: &Asks| clock != Clock::Exact || asks.next.is_some_and(|next| next <= now);
        let due = self.asks.iter().filter(|(_, asks)| is_due(asks)).map(|(name, _)| name.clone());
        let mut left: Vec<String> = due.collect();
        let mut all = BTreeSet::new();
        while let Some(step) = left.pop() {
            left.extend(self.readers.get(&step).into_iter().flatten().filter(|reader| !all.contains(*reader)).cloned());
            all.insert(step);
        }
        all
    }
}

/// When what asks the time is next worked out anew, by the calendar.
fn next(since: Timestamp, clock: Clock, zone: &TimeZone) -> Option<Timestamp> {
    match clock {
        Clock::Never => None,
        Clock::Hourly | Clock::Exact => {
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
    let zone = defined.time_zone();
    of_time(project, published, &zone).begins(&defined.settings.live, &zone)
}

fn of_time(project: &Onefold, published: &Published, zone: &TimeZone) -> Arc<OfTime> {
    let mut known = project.live().of_time();
    match known.as_ref() {
        Some(of_time) if of_time.run == published.run_id => Arc::clone(of_time),
        _ => Arc::clone(known.insert(Arc::new(OfTime::of(published, zone)))),
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
    let now = Timestamp::now();
    if clock_next(project, &defined, &published).is_none_or(|next| next > now) {
        return Ok(None);
    }
    // Definitions may have changed: what is no step any more is not asked for.
    let opened = Opened::new(project.root(), false, &RunAsk::default()).await?.sound()?;
    let steps: HashSet<&str> = opened.planned.plan.steps.iter().map(|step| step.name.as_str()).collect();
    let of_time = of_time(project, &published, &defined.time_zone());
    let changed = of_time.changed(defined.settings.live.clock, now);
    let only: Vec<String> = changed.into_iter().filter(|name| steps.contains(name.as_str())).collect();
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

    #[test]
    fn a_run_begins_when_time_changes_something_and_names_that_alone() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let asks = |since: &str, next: Option<&str>| Asks { since: at(since), next: next.map(at) };
        let mut of_time = OfTime {
            run: "00000001".to_owned(),
            asks: BTreeMap::from([
                ("soon".to_owned(), asks("2026-03-01T10:00:00Z", Some("2026-03-01T10:01:00Z"))),
                ("later".to_owned(), asks("2026-03-01T10:02:00Z", Some("2026-03-05T00:00:00Z"))),
                ("never".to_owned(), asks("2026-03-01T10:00:00Z", None)),
            ]),
            readers: HashMap::from([
                ("soon".to_owned(), vec!["made of soon".to_owned()]),
                ("made of soon".to_owned(), vec!["made of that".to_owned(), "soon".to_owned()]),
                ("later".to_owned(), vec!["made of later".to_owned()]),
            ]),
        };
        let live = |clock, clock_minutes| Live { clock, clock_minutes, ..Live::default() };
        let zone = TimeZone::UTC;
        assert_eq!(of_time.begins(&live(Clock::Exact, 0), &zone), Some(at("2026-03-01T10:02:00Z")));
        assert_eq!(of_time.begins(&live(Clock::Exact, 5), &zone), Some(at("2026-03-01T10:07:00Z")));
        assert_eq!(of_time.begins(&live(Clock::Daily, 5), &zone), Some(at("2026-03-02T00:00:00Z")));
        assert_eq!(of_time.begins(&live(Clock::Never, 5), &zone), None);
        let named =
            |of_time: &OfTime, clock, now: &str| of_time.changed(clock, at(now)).into_iter().collect::<Vec<_>>();
        assert_eq!(named(&of_time, Clock::Exact, "2026-03-01T10:07:00Z"), ["made of soon", "made of that", "soon"]);
        assert_eq!(named(&of_time, Clock::Daily, "2026-03-01T10:07:00Z").len(), 6);
        of_time.asks.retain(|name, _| name == "never");
        assert_eq!(of_time.begins(&live(Clock::Exact, 0), &zone), None);
    }
}
