//! Upkeep: what measures and segments share beside what they are: whether they are worked out, when, and their tags.
//!
//! Invariants
//! - A rhythm is a set of days; something is due when one of them began since it was last worked out.
//!
//! Not here: the clock and when something was last worked out (the runner).

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::Spanned;

/// Whether a definition is worked out, when, and its tags.
#[derive(Clone, Debug, Default)]
pub struct Upkeep {
    /// Where `active: false` stands; a definition is active unless it says so.
    pub inactive: Option<Spanned<bool>>,
    /// When it is worked out again; with every run when absent.
    pub schedule: Option<Spanned<Rhythm>>,
    /// Words to find it by, at most [`Upkeep::MOST_TAGS`].
    pub tags: Vec<Spanned<String>>,
}

impl Upkeep {
    /// The most tags a definition has.
    pub const MOST_TAGS: usize = 20;

    /// Whether it is worked out at all.
    pub fn is_active(&self) -> bool {
        self.inactive.is_none()
    }

    /// When it is worked out, if not with every run.
    pub fn rhythm(&self) -> Option<&Rhythm> {
        self.schedule.as_ref().map(|schedule| &schedule.value).filter(|rhythm| rhythm.every != Every::Run)
    }
}

/// How often something is worked out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Every {
    /// With every run.
    #[default]
    Run,
    /// On days of the week.
    Week,
    /// On days of the month.
    Month,
    /// Only when `--only` names it.
    Never,
}

impl Every {
    /// The words users write.
    pub const WORDS: &[(&str, Every)] =
        &[("run", Every::Run), ("week", Every::Week), ("month", Every::Month), ("never", Every::Never)];

    /// The word users write.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, every)| *every == self).map_or("", |(word, _)| word)
    }
}

/// When something is worked out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rhythm {
    /// How often.
    pub every: Every,
    /// The days: 1 (Monday) to 7 of a week, 1 to 31 of a month; a month that is shorter has its last day instead. The
    /// first when empty.
    pub on: Vec<u8>,
}

/// The days of a week, as users write them.
pub const WEEKDAYS: &[(&str, u8)] =
    &[("mon", 1), ("tue", 2), ("wed", 3), ("thu", 4), ("fri", 5), ("sat", 6), ("sun", 7)];

impl Rhythm {
    /// Whether something that was last worked out at one instant is due at another: one of its days has begun between.
    pub fn is_due(&self, last: Timestamp, now: Timestamp, zone: &TimeZone) -> bool {
        let (last, now) = (zone.to_datetime(last).date(), zone.to_datetime(now).date());
        match self.every {
            Every::Run => true,
            Every::Never => false,
            Every::Week | Every::Month => {
                // A month has every one of the days.
                let first = now.saturating_sub(jiff::Span::new().days(31)).max(last);
                let mut day = now;
                while day > first {
                    if self.has(day) {
                        return true;
                    }
                    let Ok(before) = day.yesterday() else { return false };
                    day = before;
                }
                false
            }
        }
    }

    /// Whether a day is one of its days.
    fn has(&self, day: Date) -> bool {
        let on = |wanted: &u8| match self.every {
            Every::Week => day.weekday().to_monday_one_offset() == *wanted as i8,
            _ => {
                let last = day.days_in_month();
                day.day() == (*wanted as i8).min(last)
            }
        };
        if self.on.is_empty() { on(&1) } else { self.on.iter().any(on) }
    }

    /// As people read it: `every week on mon, thu`.
    pub fn words(&self) -> String {
        let day = |on: &u8| match self.every {
            Every::Week => WEEKDAYS.iter().find(|(_, n)| n == on).map_or(String::new(), |(word, _)| (*word).to_owned()),
            _ => on.to_string(),
        };
        match self.every {
            Every::Run => "with every run".to_owned(),
            Every::Never => "by hand".to_owned(),
            every => {
                let days: Vec<String> =
                    if self.on.is_empty() { vec![day(&1)] } else { self.on.iter().map(day).collect() };
                format!("every {} on {}", every.word(), days.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(every: Every, on: &[u8], last: &str, now: &str) -> bool {
        let zone = TimeZone::get("America/New_York").unwrap();
        Rhythm { every, on: on.to_vec() }.is_due(last.parse().unwrap(), now.parse().unwrap(), &zone)
    }

    #[test]
    fn a_day_of_the_week_counts_once_it_has_begun_in_the_time_zone() {
        // 2026-03-16 is a Monday; it begins at 04:00 UTC.
        assert!(!due(Every::Week, &[1], "2026-03-10T12:00:00Z", "2026-03-16T03:59:00Z"));
        assert!(due(Every::Week, &[1], "2026-03-10T12:00:00Z", "2026-03-16T04:00:00Z"));
        assert!(!due(Every::Week, &[1], "2026-03-16T04:00:00Z", "2026-03-16T23:00:00Z"));
        assert!(due(Every::Week, &[], "2026-03-15T12:00:00Z", "2026-03-18T12:00:00Z"));
        assert!(due(Every::Week, &[2, 4], "2026-03-16T12:00:00Z", "2026-03-19T12:00:00Z"));
        assert!(!due(Every::Week, &[5], "2026-03-14T12:00:00Z", "2026-03-19T12:00:00Z"));
    }

    #[test]
    fn a_day_that_a_month_does_not_have_is_its_last() {
        assert!(due(Every::Month, &[31], "2026-02-10T12:00:00Z", "2026-02-28T12:00:00Z"));
        assert!(!due(Every::Month, &[31], "2026-02-10T12:00:00Z", "2026-02-27T12:00:00Z"));
        assert!(due(Every::Month, &[], "2026-01-10T12:00:00Z", "2027-06-20T12:00:00Z"));
        assert!(!due(Every::Month, &[1, 15], "2026-03-01T12:00:00Z", "2026-03-14T12:00:00Z"));
    }

    #[test]
    fn never_is_never_and_run_is_always() {
        assert!(!due(Every::Never, &[], "2000-01-01T00:00:00Z", "2026-03-14T12:00:00Z"));
        assert!(due(Every::Run, &[], "2026-03-14T12:00:00Z", "2026-03-14T12:00:00Z"));
    }
}
