//! Along: points of time that go along with now, and when they pass a value.
//!
//! Flow     a point (now, its midnight or its day, moved in the calendar) ─ stretches in which it only goes forward ─ the
//!          first instant at which it has passed the nearest value
//!
//! Invariants
//! - No answer is too late. Where clocks go back, or several days of a month are moved to the last one of another, a point
//!   goes back too: a value that it passed just before is passed again.
//! - A point is where the SQL of the condition has it (`condition`, times).
//!
//! Not here: which points an expression asks for (`turns`), the values of rows (`asked`).

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp, ToSpan as _};

/// What a point of time is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Of {
    /// The present instant; values are microseconds since 1970.
    Now,
    /// The instant at which the present day began; values are microseconds since 1970.
    Midnight,
    /// The present day; values are days since 1970.
    Day,
}

/// A point of time that goes along with now, moved in the calendar of the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Point {
    pub(crate) of: Of,
    pub(crate) months: i64,
    pub(crate) days: i64,
}

/// When something turns out otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Passing {
    /// As soon as the point reaches the value: `value <= point`.
    Reaches,
    /// As soon as the point is beyond the value: `value < point`.
    Exceeds,
}

/// A stretch of the calendar or of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unit {
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

/// The farthest that a point is ever thrown back, with room: a day of a month that is too long, and clocks.
const BACK: i64 = 3;
/// How many days around the nominal instant a value is looked for.
const AROUND: i64 = 5;
const DAY: i64 = 86_400_000_000;

impl Unit {
    /// The unit of that word; an hour for those that are shorter.
    pub(crate) fn of_word(word: &str) -> Self {
        match word {
            "year" => Self::Year,
            "quarter" => Self::Quarter,
            "month" => Self::Month,
            "week" => Self::Week,
            "day" => Self::Day,
            _ => Self::Hour,
        }
    }

    /// The first day of the stretch a day is in.
    fn begin(self, day: Date) -> Date {
        let first = |month: i8| Date::new(day.year(), month, 1).unwrap_or(day);
        match self {
            Self::Hour | Self::Day => day,
            Self::Week => {
                let since = i64::from(day.weekday().to_monday_zero_offset());
                day.checked_sub(since.days()).unwrap_or(day)
            }
            Self::Month => first(day.month()),
            Self::Quarter => first((day.month() - 1) / 3 * 3 + 1),
            Self::Year => first(1),
        }
    }

    /// When the next such stretch begins.
    pub(crate) fn next(self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let local = zone.to_datetime(now);
        let next = match self {
            Self::Hour => {
                let (minutes, seconds) = (i64::from(local.minute()), i64::from(local.second()));
                let since = SignedDuration::new(minutes * 60 + seconds, local.subsec_nanosecond());
                now.checked_add(SignedDuration::from_hours(1) - since).ok()?
            }
            _ => {
                let span = match self {
                    Self::Week => 1.weeks(),
                    Self::Month => 1.months(),
                    Self::Quarter => 3.months(),
                    Self::Year => 1.years(),
                    _ => 1.days(),
                };
                let begins = self.begin(local.date()).checked_add(span).ok()?;
                instant(begins.at(0, 0, 0, 0), zone)?
            }
        };
        // Clocks that are set meanwhile may show another day, or another hour.
        let own = self.begin(local.date());
        let set = zone.following(now).map(|set| set.timestamp()).take_while(|set| *set < next);
        let mut set = set.filter(|set| self == Self::Hour || self.begin(zone.to_datetime(*set).date()) != own);
        Some(set.next().unwrap_or(next))
    }
}

/// When to look again where it cannot be told: when the next hour begins.
pub(crate) fn next_hour(now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    Unit::Hour.next(now, zone)
}

impl Point {
    /// The present instant itself.
    pub(crate) const NOW: Self = Self { of: Of::Now, months: 0, days: 0 };
    /// The present day.
    pub(crate) const TODAY: Self = Self { of: Of::Day, months: 0, days: 0 };

    fn is_now(self) -> bool {
        self == Self::NOW
    }

    /// A local time moved as the point is; `sign`: -1 for the way back.
    fn moved(self, local: DateTime, sign: i64) -> Option<DateTime> {
        let months = Span::new().try_months(self.months.checked_mul(sign)?).ok()?;
        let days = Span::new().try_days(self.days.checked_mul(sign)?).ok()?;
        local.checked_add(months).ok()?.checked_add(days).ok()
    }

    /// Where the point is at an instant; `None` beyond the calendar.
    pub(crate) fn at(self, now: Timestamp, zone: &TimeZone) -> Option<i64> {
        if self.is_now() {
            return Some(now.as_microsecond());
        }
        let local = self.moved(zone.to_datetime(now), 1)?;
        match self.of {
            Of::Now => Some(instant(local, zone)?.as_microsecond()),
            Of::Midnight => Some(instant(local.date().at(0, 0, 0, 0), zone)?.as_microsecond()),
            Of::Day => Some(number_of(local.date())),
        }
    }

    /// When a comparison with the point next turns out otherwise for any of some values, of which these are the least one
    /// above the present point, and the greatest one that is not; `None` when it never does.
    pub(crate) fn next(
        self,
        passing: Passing,
        above: Option<i64>,
        below: Option<i64>,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Option<Timestamp> {
        let Some(here) = self.at(now, zone) else { return next_hour(now, zone) };
        let nearest = match passing {
            // What is reached just now is passed in a moment.
            Passing::Exceeds if below == Some(here) => below,
            _ => above,
        };
        let forth = nearest.and_then(|value| self.first(passing, value, now, zone));
        let back = below.and_then(|value| self.back(passing, value, here, now, zone));
        forth.into_iter().chain(back).min()
    }

    /// The first instant at which the point has passed a value that it has not passed yet.
    fn first(self, passing: Passing, value: i64, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        if self.is_now() {
            let beyond = i64::from(passing == Passing::Exceeds);
            return Timestamp::from_microsecond(value.checked_add(beyond)?).ok();
        }
        // Beyond the calendar nothing comes.
        let about = self.nominal(value, zone)?;
        let around = SignedDuration::from_hours(24 * AROUND);
        let next = moment_after(now);
        let begin = about.checked_sub(around).unwrap_or(next).max(next);
        let end = about.checked_add(around).ok()?.max(begin);
        let has_passed = |at: Timestamp| {
            let here = self.at(at, zone);
            here.is_some_and(|here| if passing == Passing::Exceeds { here > value } else { here >= value })
        };
        for (from, to) in self.stretches(begin, end, zone) {
            if has_passed(from) {
                return Some(from);
            }
            let (mut before, mut passed) = (from.as_microsecond(), to.as_microsecond() - 1);
            if !has_passed(Timestamp::from_microsecond(passed).ok()?) {
                continue;
            }
            while passed - before > 1 {
                let middle = before + (passed - before) / 2;
                if has_passed(Timestamp::from_microsecond(middle).ok()?) { passed = middle } else { before = middle }
            }
            return Timestamp::from_microsecond(passed).ok();
        }
        next_hour(now, zone)
    }

    /// The next instant at which the point is thrown back over a value that it has passed.
    fn back(self, passing: Passing, value: i64, here: i64, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let farthest = if self.of == Of::Day { BACK } else { BACK * DAY };
        if self.is_now() || value < here.saturating_sub(farthest) {
            return None;
        }
        let end = now.checked_add(SignedDuration::from_hours(24 * (BACK + 1))).ok()?;
        let stretches = self.stretches(moment_after(now), end, zone);
        let mut begins = stretches.into_iter().skip(1).map(|(from, _)| from);
        begins.find(|from| {
            let before = Timestamp::from_microsecond(from.as_microsecond() - 1).ok();
            let before = before.and_then(|before| self.at(before, zone));
            let after = self.at(*from, zone);
            match passing {
                Passing::Reaches => after.is_some_and(|after| after < value),
                Passing::Exceeds => after.is_some_and(|after| after <= value) && after < before,
            }
        })
    }

    /// The instant at which the point is at a value, but for what months and clocks make of it.
    fn nominal(self, value: i64, zone: &TimeZone) -> Option<Timestamp> {
        let local = match self.of {
            Of::Day => day_of(value)?.at(0, 0, 0, 0),
            _ => zone.to_datetime(Timestamp::from_microsecond(value).ok()?),
        };
        instant(self.moved(local, -1)?, zone)
    }

    /// Stretches of time, without gaps, in each of which the point only goes forward.
    fn stretches(self, begin: Timestamp, end: Timestamp, zone: &TimeZone) -> Vec<(Timestamp, Timestamp)> {
        let mut cuts = vec![begin, end];
        let mut cut = |local: DateTime| {
            let at = zone.to_ambiguous_timestamp(local);
            cuts.extend(at.earlier().into_iter().chain(at.later()));
        };
        let last = zone.to_datetime(end).date();
        let mut day = zone.to_datetime(begin).date();
        while day <= last {
            let midnight = day.at(0, 0, 0, 0);
            cut(midnight);
            // Where the clocks are set on the day to which this one is moved.
            let to = self.moved(midnight, 1).map(|moved| moved.date());
            if let (Of::Now, Some(to)) = (self.of, to)
                && let Some(from) = instant(to.at(0, 0, 0, 0), zone)
            {
                let near = SignedDuration::from_hours(48);
                let after = from.checked_sub(near).unwrap_or(from);
                let until = from.checked_add(near).unwrap_or(from);
                let set = zone.following(after).map(|set| set.timestamp()).take_while(|set| *set < until);
                let shown = set.map(|set| zone.to_datetime(set)).filter(|shown| shown.date() == to);
                shown.for_each(|shown| cut(day.to_datetime(shown.time())));
            }
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        cuts.extend(zone.following(begin).map(|set| set.timestamp()).take_while(|set| *set < end));
        cuts.retain(|cut| begin <= *cut && *cut <= end);
        cuts.sort_unstable();
        cuts.dedup();
        cuts.windows(2).map(|pair| (pair[0], pair[1])).collect()
    }
}

/// A local time as an instant: of two the first, as much later as the gap is long where there is none.
fn instant(local: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_ambiguous_timestamp(local).compatible().ok()
}

/// The next instant that tables tell from this one.
fn moment_after(now: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(now.as_microsecond() + 1).unwrap_or(now)
}

/// A day as its number since 1970, and back.
pub(crate) fn number_of(day: Date) -> i64 {
    let midnight = Offset::UTC.to_timestamp(day.at(0, 0, 0, 0));
    midnight.map_or(i64::MAX, |midnight| midnight.as_second().div_euclid(86_400))
}
fn day_of(number: i64) -> Option<Date> {
    let midnight = Timestamp::from_second(number.checked_mul(86_400)?).ok()?;
    Some(Offset::UTC.to_datetime(midnight).date())
}
