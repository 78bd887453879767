//! Constant: dates, instants and guids written as text.
//!
//! Invariants
//! - What [`date`], [`date_time`] and [`guid`] accept is exactly what can stand in a text constant of that type.

use jiff::civil;
use jiff::tz::TimeZone;

use super::super::Literal;
use crate::DataType;

/// A date-time constant: an instant, or a local time that a zone makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// It states its offset.
    Instant(jiff::Timestamp),
    /// It does not: read it in the project's time zone.
    Local(civil::DateTime),
}

impl When {
    /// The instant; of two the first, and shifted forward where clocks skipped it.
    pub fn instant(self, zone: &TimeZone) -> Option<jiff::Timestamp> {
        match self {
            Self::Instant(instant) => Some(instant),
            Self::Local(local) => zone.to_timestamp(local).ok(),
        }
    }
}

/// `2020-01-31`.
pub fn date(text: &str) -> Option<civil::Date> {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| match i {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        });
    if !shaped {
        return None;
    }
    civil::Date::new(text[..4].parse().ok()?, text[5..7].parse().ok()?, text[8..].parse().ok()?).ok()
}

/// `2020-01-31`, `2020-01-31 12:30`, `2020-01-31T12:30:00.5`, each with `Z` or an offset such as `+01:00` after the time.
pub fn date_time(text: &str) -> Option<When> {
    if let Some(day) = date(text) {
        return Some(When::Local(day.to_datetime(civil::Time::midnight())));
    }
    let day = date(text.get(..10)?)?;
    let clock = text.get(11..).filter(|_| matches!(text.as_bytes().get(10), Some(b' ' | b'T' | b't')))?;
    let (clock, offset) = match clock.find(['Z', 'z', '+', '-']) {
        Some(split) => (&clock[..split], Some(&clock[split..])),
        None => (clock, None),
    };
    let local = day.to_datetime(time(clock.trim_end())?);
    match offset {
        None => Some(When::Local(local)),
        Some(offset) => {
            let seconds = offset_seconds(offset)?;
            let offset = jiff::tz::Offset::from_seconds(seconds).ok()?;
            offset.to_timestamp(local).ok().map(When::Instant)
        }
    }
}

/// `12:30`, `12:30:15`, `12:30:15.123456`: at most microseconds.
fn time(text: &str) -> Option<civil::Time> {
    let (clock, fraction) = text.split_once('.').map_or((text, None), |(clock, fraction)| (clock, Some(fraction)));
    let two = |part: Option<&str>| part.filter(|p| p.len() == 2 && p.bytes().all(|b| b.is_ascii_digit()))?.parse().ok();
    let mut parts = clock.split(':');
    let (hour, minute): (i8, i8) = (two(parts.next())?, two(parts.next())?);
    let second: i8 = match parts.next() {
        Some(second) => two(Some(second))?,
        None if fraction.is_some() => return None,
        None => 0,
    };
    let micros: i32 = match fraction {
        None => 0,
        Some(digits) if (1..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{digits:0<6}").parse().ok()?
        }
        Some(_) => return None,
    };
    if parts.next().is_some() {
        return None;
    }
    civil::Time::new(hour, minute, second, micros * 1000).ok()
}

fn offset_seconds(text: &str) -> Option<i32> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    let shaped = matches!(text.len(), 3 | 5) && !text.contains(':') || text.len() == 6 && text.as_bytes()[3] == b':';
    if !shaped || !digits.bytes().all(|b| b.is_ascii_digit()) || !matches!(digits.len(), 2 | 4) {
        return None;
    }
    let hours: i32 = digits[..2].parse().ok()?;
    let minutes: i32 = if digits.len() == 4 { digits[2..].parse().ok()? } else { 0 };
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// A guid in lower case: `00000000-0000-0000-0000-000000000000`, brackets dropped.
pub fn guid(text: &str) -> Option<String> {
    let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    let shaped = inner.len() == 36
        && inner.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        });
    shaped.then(|| inner.to_ascii_lowercase())
}

/// A value of a list as a constant of a type; `None` when it is none.
pub fn listed(value: &Literal, ty: DataType) -> Option<Literal> {
    let Literal::Text(text) = value else { return Some(value.clone()) };
    match ty {
        DataType::Integer | DataType::Small => text.parse().ok().map(Literal::Integer),
        DataType::Number | DataType::Decimal(..) => match text.parse::<i64>() {
            Ok(whole) => Some(Literal::Integer(whole)),
            Err(_) => text.parse().ok().filter(|number: &f64| number.is_finite()).map(Literal::Number),
        },
        DataType::Date => date(text).map(|_| Literal::Date(text.clone())),
        DataType::DateTime => date_time(text).map(|_| Literal::DateTime(text.clone())),
        DataType::Guid => guid(text).map(|_| value.clone()),
        DataType::Text | DataType::Json | DataType::Any => Some(value.clone()),
        DataType::Boolean | DataType::Bitmap => None,
    }
}
