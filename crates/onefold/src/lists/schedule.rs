//! Schedule: when runs happen by themselves.
//!
//! Invariants
//! - Days and hours are those of the project's time zone: at the change to summer time a run is neither lost nor done twice.
//! - A project that has never run is not late.
//!
//! Not here: beginning a run (the server's timetable).

use std::cmp::Ordering;
use std::str::FromStr as _;

use croner::errors::CronError;
use croner::{CivilDate, CivilDateTime, CivilTime, Cron, CronDateTime, Resolution, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, Zoned};
use onefold_api::{RunLine, ScheduleView};
use onefold_model::define::Settings;

/// Instants that are told in advance.
const TOLD: usize = 5;

/// When runs happen, as of an instant, given the runs there were.
pub(super) fn view(settings: &Settings, runs: &[RunLine], now: Timestamp) -> ScheduleView {
    let zone = if settings.time_zone.is_empty() { "UTC" } else { settings.time_zone.as_str() };
    let cron = settings.schedule.as_ref().map(|schedule| schedule.cron.value.clone());
    let (next, last, late_by) = (Vec::new(), None, None);
    let mut view = ScheduleView { cron, time_zone: zone.to_owned(), next, last, late_by, problem: None };
    let Some(line) = view.cron.clone() else { return view };
    match due(&line, zone, now) {
        Ok((next, last)) => {
            view.next = next.iter().map(ToString::to_string).collect();
            view.last = last.as_ref().map(ToString::to_string);
            view.late_by = last.and_then(|last| late(last, runs, now));
        }
        Err(problem) => view.problem = Some(problem),
    }
    view
}

/// Seconds since a due instant after which no run began; none for a project that had not run by then.
fn late(due: Timestamp, runs: &[RunLine], now: Timestamp) -> Option<f64> {
    let started: Vec<Timestamp> = runs.iter().filter_map(|run| run.started.parse().ok()).collect();
    let waits = started.iter().any(|&at| at < due) && !started.iter().any(|&at| at >= due);
    waits.then(|| now.duration_since(due).as_secs_f64())
}

/// The next instants, and the last one.
fn due(line: &str, zone: &str, now: Timestamp) -> Result<(Vec<Timestamp>, Option<Timestamp>), String> {
    let words = |error: CronError| error.to_string().trim_end_matches('.').to_lowercase();
    let zone = TimeZone::get(zone).map_err(|_| format!("there is no time zone `{zone}`"))?;
    let cron = Cron::from_str(line).map_err(words)?;
    let now = Local(now.to_zoned(zone));
    let mut next: Vec<Timestamp> = Vec::new();
    let mut from = now.clone();
    while next.len() < TOLD {
        match cron.find_next_occurrence(&from, false) {
            Ok(found) => {
                next.push(found.0.timestamp());
                from = found;
            }
            // A rule that never comes, such as the 30th of February.
            Err(error) if next.is_empty() => return Err(words(error)),
            Err(_) => break,
        }
    }
    let last = cron.find_previous_occurrence(&now, true).ok().map(|found| found.0.timestamp());
    Ok((next, last))
}

/// An instant on the clocks of a time zone, as the rule is read.
#[derive(Clone, Debug)]
struct Local(Zoned);

impl CronDateTime for Local {
    fn to_civil(&self) -> CivilDateTime {
        let time = self.0.datetime();
        let part = |part: i8| u32::from(part.unsigned_abs());
        let date = (i32::from(time.year()), part(time.month()), part(time.day()));
        let clock = (part(time.hour()), part(time.minute()), part(time.second()));
        // Parts of a time that is there are in range.
        CivilDateTime::new(
            CivilDate::from_parts_unchecked(date.0, date.1, date.2),
            CivilTime::from_parts_unchecked(clock.0, clock.1, clock.2),
        )
    }

    fn civil_weekday(&self) -> Weekday {
        Weekday::from_days_from_sunday(u32::from(self.0.weekday().to_sunday_zero_offset().unsigned_abs()))
    }

    fn resolve_civil(&self, civil: CivilDateTime) -> Result<Resolution<Self>, CronError> {
        let small = |part: u32| i8::try_from(part).map_err(|_| CronError::InvalidDate);
        let time = jiff::civil::DateTime::new(
            i16::try_from(civil.year()).map_err(|_| CronError::InvalidDate)?,
            small(civil.month())?,
            small(civil.day())?,
            small(civil.hour())?,
            small(civil.minute())?,
            small(civil.second())?,
            0,
        )
        .map_err(|_| CronError::InvalidDate)?;
        let found = self.0.time_zone().to_ambiguous_zoned(time);
        let local = |zoned: Result<Zoned, jiff::Error>| zoned.map(Local).map_err(|_| CronError::InvalidTime);
        Ok(match found.offset() {
            AmbiguousOffset::Unambiguous { .. } => Resolution::Single(local(found.unambiguous())?),
            AmbiguousOffset::Fold { .. } => {
                Resolution::Ambiguous(local(found.clone().earlier())?, local(found.later())?)
            }
            AmbiguousOffset::Gap { .. } => Resolution::Gap,
        })
    }

    fn checked_add_seconds(&self, seconds: i64) -> Option<Self> {
        self.0.checked_add(SignedDuration::from_secs(seconds)).ok().map(Local)
    }

    fn cmp_instant(&self, other: &Self) -> Ordering {
        self.0.timestamp().cmp(&other.0.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn next(line: &str, zone: &str, now: &str) -> Vec<String> {
        due(line, zone, at(now)).unwrap().0.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn five_in_the_morning_is_where_the_project_is() {
        let found = next("0 5 * * *", "Europe/Berlin", "2026-03-27T12:00:00Z");
        // Summer time begins on the 29th.
        assert_eq!(found[..3], ["2026-03-28T04:00:00Z", "2026-03-29T03:00:00Z", "2026-03-30T03:00:00Z"]);
        assert_eq!(next("0 5 * * *", "UTC", "2026-01-01T05:00:00Z")[0], "2026-01-02T05:00:00Z");
        assert_eq!(next("30 6 * * 1", "UTC", "2026-01-01T05:00:00Z")[0], "2026-01-05T06:30:00Z");
    }

    #[test]
    fn a_time_that_the_clocks_skip_or_repeat_is_due_once_a_day() {
        for (day, now) in [("2026-03-29", "2026-03-28T12:00:00Z"), ("2026-10-25", "2026-10-24T12:00:00Z")] {
            let found = next("30 2 * * *", "Europe/Berlin", now);
            let days: Vec<&str> = found.iter().map(|instant| &instant[..10]).collect();
            assert!(days.iter().filter(|known| **known == day).count() <= 1, "{found:?}");
        }
    }

    #[test]
    fn a_run_that_is_missing_is_late_and_one_that_was_never_begun_is_not() {
        let run = |started: &str| RunLine {
            run: "1".into(),
            outcome: "failed".into(),
            now: started.into(),
            started: started.into(),
            seconds: 1.0,
            by: "schedule".into(),
            steps: 0,
            rows: 0,
            warnings: 0,
            message: None,
            current: false,
        };
        let (due, now) = (at("2026-01-02T05:00:00Z"), at("2026-01-02T06:00:00Z"));
        assert_eq!(late(due, &[], now), None);
        assert_eq!(late(due, &[run("2026-01-01T05:00:00Z")], now), Some(3600.0));
        assert_eq!(late(due, &[run("2026-01-01T05:00:00Z"), run("2026-01-02T05:00:03Z")], now), None);
        // Somebody's own run will do.
        assert_eq!(late(due, &[run("2026-01-02T05:30:00Z")], now), None);
    }

    #[test]
    fn a_rule_that_never_comes_says_so() {
        let mut settings = Settings::default();
        let cron = onefold_model::Spanned::made("0 5 30 2 *".to_owned());
        settings.schedule = Some(onefold_model::define::Schedule { cron });
        let found = view(&settings, &[], at("2026-01-01T00:00:00Z"));
        assert!(found.next.is_empty() && found.problem.is_some(), "{found:?}");
    }
}
