//! Moment: a date, a time of day, or both, with as much of it as is stated.
//!
//! Invariants
//! - Two moments compare only as far as both state; where that does not decide, the answer is unknown (`None`).
//!
//! Not here: instants of columns (`cells`).

use std::cmp::Ordering;
use std::fmt;

use crate::cells;

/// Which of the three it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// `2020`, `2020-01`, `2020-01-31`
    Date,
    /// The same with a time, or with a `T` after it in a literal.
    DateTime,
    /// `12`, `12:30`, `12:30:00.000`
    Time,
}

/// A date, a time, or both.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// Which it is.
    pub(crate) sort: Sort,
    /// Year, month, day, hour, minute, milliseconds of the minute. Of a time: the first three are 0.
    parts: [i32; 6],
    /// How many of the parts are stated, counted from the year.
    stated: u8,
    /// Whether milliseconds are stated, not whole seconds only.
    fraction: bool,
    /// Minutes east of UTC.
    offset: Option<i32>,
}

impl Moment {
    /// Reads a date, date-time or time; `None` when it is none. `sort` is the sort expected.
    pub(crate) fn parse(text: &str, sort: Sort) -> Option<Self> {
        let mut moment = Self { sort, parts: [0, 1, 1, 0, 0, 0], stated: 0, fraction: false, offset: None };
        let time = match sort {
            Sort::Time => {
                moment.parts = [0; 6];
                moment.stated = 3;
                text.strip_prefix('T').unwrap_or(text)
            }
            Sort::Date | Sort::DateTime => {
                let (date, time) = text.split_once('T').unwrap_or((text, ""));
                for (at, part) in date.split('-').enumerate() {
                    if at > 2 || part.len() != if at == 0 { 4 } else { 2 } {
                        return None;
                    }
                    moment.parts[at] = part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())??;
                    moment.stated = at as u8 + 1;
                }
                cells::day_number(moment.parts[0], moment.parts[1] as u32, moment.parts[2] as u32)?;
                if sort == Sort::Date && text.contains('T') || !time.is_empty() && moment.stated < 3 {
                    return None;
                }
                time
            }
        };
        if !time.is_empty() {
            moment.read_time(time)?;
        }
        Some(moment)
    }

    fn read_time(&mut self, text: &str) -> Option<()> {
        let end = text.find(['Z', '+', '-']).unwrap_or(text.len());
        let (clock, zone) = text.split_at(end);
        if !zone.is_empty() {
            self.offset = Some(i32::try_from(cells::offset(zone)?).ok()?);
        }
        let hour_only = clock.len() == 2;
        let full = if hour_only { format!("{clock}:00") } else { clock.to_owned() };
        let (micros, rest) = cells::time_of_day(&full)?;
        if !rest.is_empty() {
            return None;
        }
        let millis = i32::try_from(micros / 1000).ok()?;
        self.parts[3] = millis / 3_600_000;
        self.parts[4] = millis / 60_000 % 60;
        self.parts[5] = millis % 60_000;
        self.stated = if hour_only {
            4
        } else if clock.len() == 5 {
            5
        } else {
            6
        };
        self.fraction = clock.len() > 8;
        Some(())
    }

    /// An instant in UTC.
    pub(crate) fn of_micros(micros: i64) -> Self {
        let day = micros.div_euclid(86_400_000_000) as i32;
        let millis = (micros.rem_euclid(86_400_000_000) / 1000) as i32;
        let (year, month, date) = civil(day);
        Self {
            sort: Sort::DateTime,
            parts: [year, month, date, millis / 3_600_000, millis / 60_000 % 60, millis % 60_000],
            stated: 6,
            fraction: true,
            offset: Some(0),
        }
    }
    /// Its day, as a date.
    pub(crate) fn day(self) -> Self {
        Self { sort: Sort::Date, stated: self.stated.min(3), offset: None, fraction: false, ..self }
    }
    /// Its time of day.
    pub(crate) fn time(self) -> Self {
        let [_, _, _, hour, minute, millis] = self.parts;
        Self { sort: Sort::Time, parts: [0, 0, 0, hour, minute, millis], offset: None, ..self }
    }
    /// The same as a date-time.
    pub(crate) fn as_date_time(self) -> Self {
        Self { sort: Sort::DateTime, ..self }
    }

    fn minutes_of_day(self) -> i64 {
        i64::from(self.parts[3]) * 60 + i64::from(self.parts[4])
    }

    /// In UTC, when it says where it is and states minutes.
    fn in_utc(self) -> Self {
        let (Some(offset), true) = (self.offset, self.stated >= 5) else { return self };
        let Some(day) = cells::day_number(self.parts[0], self.parts[1] as u32, self.parts[2] as u32) else {
            return self;
        };
        let minutes = i64::from(day) * 1440 + self.minutes_of_day() - i64::from(offset);
        let (year, month, date) = civil(minutes.div_euclid(1440) as i32);
        let rest = minutes.rem_euclid(1440) as i32;
        Self { parts: [year, month, date, rest / 60, rest % 60, self.parts[5]], offset: Some(0), ..self }
    }

    /// Which comes first; `None` when the stated parts do not tell, or they are of different sorts.
    pub(crate) fn compare(self, other: Self) -> Option<Ordering> {
        if (self.sort == Sort::Time) != (other.sort == Sort::Time) {
            return None;
        }
        let timed = self.stated > 3 && other.stated > 3 && self.sort != Sort::Time;
        if timed && self.offset.is_some() != other.offset.is_some() {
            return None;
        }
        let (left, right) = (self.in_utc(), other.in_utc());
        let both = left.stated.min(right.stated) as usize;
        match left.parts[..both].cmp(&right.parts[..both]) {
            Ordering::Equal if left.stated != right.stated => None,
            order => Some(order),
        }
    }

    /// Whether both state the same parts with the same values.
    pub(crate) fn same(self, other: Self) -> bool {
        self.stated == other.stated && self.compare(other) == Some(Ordering::Equal)
    }

    /// The first (or last) moment of the period stated, to the millisecond; of a date, the day.
    pub(crate) fn boundary(self, high: bool) -> Self {
        let mut out = self;
        if !high {
            let least = [self.parts[0], 1, 1, 0, 0, 0];
            out.parts[self.stated as usize..].copy_from_slice(&least[self.stated as usize..]);
        } else {
            if self.stated < 2 {
                out.parts[1] = 12;
            }
            if self.stated < 3 {
                out.parts[2] = cells::month_length(out.parts[0], out.parts[1] as u32) as i32;
            }
            if self.stated < 4 {
                out.parts[3] = 23;
            }
            if self.stated < 5 {
                out.parts[4] = 59;
            }
            if self.stated < 6 {
                out.parts[5] = 59_999;
            }
        }
        if self.stated == 6 && !self.fraction && high {
            out.parts[5] += 999;
        }
        if self.sort == Sort::Date {
            out.stated = 3;
            return out;
        }
        out.stated = 6;
        out.fraction = true;
        if self.sort == Sort::DateTime && out.offset.is_none() {
            out.offset = Some(if high { -12 * 60 } else { 14 * 60 });
        }
        out
    }

    /// So many units later; `None` for a unit that is none of time's, or outside the calendar.
    pub(crate) fn plus(self, amount: i64, unit: &str) -> Option<Self> {
        let mut out = self;
        let unit = unit.strip_suffix('s').filter(|_| unit.len() > 1).unwrap_or(unit);
        let months = match unit {
            "year" | "a" => amount.checked_mul(12)?,
            "month" | "mo" => amount,
            _ => 0,
        };
        if months != 0 {
            let total = i64::from(self.parts[0]) * 12 + i64::from(self.parts[1]) - 1 + months;
            out.parts[0] = i32::try_from(total.div_euclid(12)).ok().filter(|year| (1..=9999).contains(year))?;
            out.parts[1] = total.rem_euclid(12) as i32 + 1;
            out.parts[2] = out.parts[2].min(cells::month_length(out.parts[0], out.parts[1] as u32) as i32);
            return Some(out);
        }
        let millis = match unit {
            "year" | "a" | "month" | "mo" => 0,
            "week" | "wk" => 7 * 86_400_000,
            "day" | "d" => 86_400_000,
            "hour" | "h" => 3_600_000,
            "minute" | "min" => 60_000,
            "second" | "s" => 1000,
            "millisecond" | "m" => 1,
            _ => return None,
        };
        let day = match self.sort {
            Sort::Time => 0,
            _ => cells::day_number(self.parts[0], self.parts[1] as u32, self.parts[2] as u32)?,
        };
        let total = (i64::from(day) * 86_400_000 + self.minutes_of_day() * 60_000 + i64::from(self.parts[5]))
            .checked_add(amount.checked_mul(millis)?)?;
        let rest = total.rem_euclid(86_400_000) as i32;
        if self.sort != Sort::Time {
            let (year, month, date) = civil(i32::try_from(total.div_euclid(86_400_000)).ok()?);
            (out.parts[0], out.parts[1], out.parts[2]) = (year, month, date);
            (1..=9999).contains(&year).then_some(())?;
        }
        (out.parts[3], out.parts[4], out.parts[5]) = (rest / 3_600_000, rest / 60_000 % 60, rest % 60_000);
        Some(out)
    }
}

/// Year, month, day of a day number. (Hinnant, civil_from_days.)
fn civil(day: i32) -> (i32, i32, i32) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + i32::from(month <= 2), month, of_year - (153 * from_march + 2) / 5 + 1)
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [year, month, day, hour, minute, millis] = self.parts;
        if self.sort != Sort::Time {
            write!(f, "{year:04}")?;
            if self.stated > 1 {
                write!(f, "-{month:02}")?;
            }
            if self.stated > 2 {
                write!(f, "-{day:02}")?;
            }
            if self.stated > 3 {
                f.write_str("T")?;
            }
        }
        if self.stated > 3 {
            write!(f, "{hour:02}")?;
        }
        if self.stated > 4 {
            write!(f, ":{minute:02}")?;
        }
        if self.stated > 5 {
            write!(f, ":{:02}", millis / 1000)?;
            if self.fraction {
                write!(f, ".{:03}", millis % 1000)?;
            }
        }
        match self.offset {
            Some(0) => f.write_str("Z"),
            Some(offset) => {
                let sign = if offset < 0 { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60)
            }
            None => Ok(()),
        }
    }
}
