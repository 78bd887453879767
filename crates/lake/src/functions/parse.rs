//! Parse: numbers, dates and times out of text, as people of a locale write them.
//!
//! Invariants
//! - What is not wholly understood is null: a wrong value is worse than none.
//! - Without a format, ISO 8601 comes first and the locale's own way second.

use std::sync::Arc;

use arrow::array::{Date32Array, Float64Array, TimestampMicrosecondArray};
use arrow::datatypes::DataType as Arrow;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, date};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;

use super::locale::{Locale, Order};
use super::{Function, Kind, Last, times};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "parse_number",
        takes: &[Kind::Text, Kind::Text],
        gives: || Arrow::Float64,
        call: |arguments| {
            let mut locales = Last::new();
            let rows = arguments[0].texts().zip(arguments[1].texts());
            let found = rows.map(|(text, tag)| number(text?, locales.of(tag?, |tag| Some(Locale::of(tag)))?));
            Arc::new(found.collect::<Float64Array>())
        },
    },
    Function {
        name: "parse_date",
        takes: &[Kind::Text, Kind::Text, Kind::Text],
        gives: || Arrow::Date32,
        call: |arguments| {
            let mut locales = Last::new();
            let rows = arguments[0].texts().zip(arguments[1].texts()).zip(arguments[2].texts());
            let found = rows.map(|((text, format), tag)| {
                let locale = locales.of(tag?, |tag| Some(Locale::of(tag)))?;
                days(day(text?, format?, locale)?)
            });
            Arc::new(found.collect::<Date32Array>())
        },
    },
    Function {
        name: "parse_date_time",
        takes: &[Kind::Text, Kind::Text, Kind::Text, Kind::Text],
        gives: || Kind::Instant.arrow(),
        call: |arguments| {
            let (mut locales, mut zones) = (Last::new(), Last::new());
            let rows =
                arguments[0].texts().zip(arguments[1].texts()).zip(arguments[2].texts()).zip(arguments[3].texts());
            let found = rows.map(|(((text, format), tag), zone)| {
                let locale = locales.of(tag?, |tag| Some(Locale::of(tag)))?;
                instant(text?, format?, locale, zones.of(zone?, times::zone)?)
            });
            Arc::new(found.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
        },
    },
];

/// A number: a sign, groups of digits, a fraction, an exponent, a per cent sign.
fn number(text: &str, locale: &Locale) -> Option<f64> {
    let mut rest = text.trim();
    let per_cent = rest.strip_suffix('%');
    rest = per_cent.unwrap_or(rest).trim_end();
    let mut plain = String::with_capacity(rest.len());
    if let Some(unsigned) = rest.strip_prefix(['-', '\u{2212}']) {
        plain.push('-');
        rest = unsigned.trim_start();
    } else {
        rest = rest.strip_prefix('+').unwrap_or(rest).trim_start();
    }
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    let (whole, fraction) =
        mantissa.split_once(locale.decimal).map_or((mantissa, None), |(whole, fraction)| (whole, Some(fraction)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !whole.is_empty() {
        plain.push_str(&ungrouped(whole, locale)?);
    } else if fraction.is_none() {
        return None;
    } else {
        plain.push('0');
    }
    if let Some(fraction) = fraction.filter(|fraction| !fraction.is_empty()) {
        if !digits(fraction) {
            return None;
        }
        plain.push('.');
        plain.push_str(fraction);
    }
    if let Some(exponent) = exponent {
        if !digits(exponent.trim_start_matches(['-', '+'])) {
            return None;
        }
        plain.push('e');
        plain.push_str(exponent);
    }
    let value: f64 = plain.parse().ok().filter(|value: &f64| value.is_finite())?;
    Some(if per_cent.is_some() { value / 100.0 } else { value })
}

/// The digits before the fraction; groups after the first have three digits, so that `1.5` is not fifteen.
fn ungrouped(whole: &str, locale: &Locale) -> Option<String> {
    let groups: Vec<&str> = whole.split(locale.groups).collect();
    let last = groups.len() - 1;
    for (place, group) in groups.iter().enumerate() {
        let length_fits = match place {
            0 if last == 0 => true,
            0 => (1..=3).contains(&group.len()),
            place if place == last => group.len() == 3,
            _ => group.len() == 3 || locale.pairs && group.len() == 2,
        };
        if group.is_empty() || !length_fits || !group.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
    }
    Some(groups.concat())
}

/// A day, with whatever time may follow it.
fn day(text: &str, format: &str, locale: &Locale) -> Option<Date> {
    let text = text.trim();
    if !format.is_empty() {
        return BrokenDownTime::parse(format, text).ok()?.to_date().ok();
    }
    iso_day(text).or_else(|| written_day(text, locale)).or_else(|| Some(written(text, locale)?.date()))
}

/// An instant; the zone is that of texts without one.
fn instant(text: &str, format: &str, locale: &Locale, zone: &TimeZone) -> Option<i64> {
    let text = text.trim();
    if !format.is_empty() {
        let parsed = BrokenDownTime::parse(format, text).ok()?;
        if parsed.offset().is_some() || parsed.iana_time_zone().is_some() {
            return Some(parsed.to_timestamp().ok()?.as_microsecond());
        }
        let local = parsed.to_datetime().or_else(|_| parsed.to_date().map(|day| day.to_datetime(Time::midnight())));
        return times::instant(local.ok()?, zone);
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_microsecond());
    }
    let local = iso(text).or_else(|| written(text, locale));
    if let Some(local) = local {
        return times::instant(local, zone);
    }
    jiff::fmt::rfc2822::parse(text).ok().map(|at| at.timestamp().as_microsecond())
}

/// `2026-03-01`, and the same with a time after it.
fn iso_day(text: &str) -> Option<Date> {
    iso(text).map(|local| local.date())
}

fn iso(text: &str) -> Option<DateTime> {
    // Four digits of a year first: `20-03-01` is no ISO date, and `20260301` may be a number of something.
    let starts_with_year =
        text.len() >= 10 && text.as_bytes()[..4].iter().all(u8::is_ascii_digit) && text.as_bytes()[4] == b'-';
    if !starts_with_year {
        return None;
    }
    text.parse::<DateTime>().or_else(|_| text.parse::<Date>().map(|day| day.to_datetime(Time::midnight()))).ok()
}

/// A day and a time as a locale writes them.
fn written(text: &str, locale: &Locale) -> Option<DateTime> {
    let at = text.find(':')?;
    let before = text[..at].trim_end_matches(|letter: char| letter.is_ascii_digit());
    let (day, time) = text.split_at(before.len());
    let day = day.trim_end().trim_end_matches([',', 'T']).trim_end();
    let day = iso_day(day).or_else(|| written_day(day, locale))?;
    Some(day.to_datetime(clock(time)?))
}

/// `9:05`, `09:05:30.25`, `9:05 PM`.
fn clock(text: &str) -> Option<Time> {
    let lower = text.trim().to_lowercase();
    let half = ["am", "pm", "a.m.", "p.m."].into_iter().find(|half| lower.ends_with(half));
    let numbers = half.map_or(lower.as_str(), |half| &lower[..lower.len() - half.len()]).trim();
    let mut parts = numbers.split(':');
    let mut hour: i8 = parts.next()?.parse().ok()?;
    let minute: i8 = parts.next()?.parse().ok()?;
    let (mut second, mut nanos) = (0, 0);
    if let Some(part) = parts.next() {
        let (whole, fraction) = part.split_once(['.', ',']).unwrap_or((part, ""));
        second = whole.parse().ok()?;
        if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        nanos = format!("{fraction:0<9}").parse().ok()?;
    }
    if let Some(half) = half {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + if half.starts_with('p') { 12 } else { 0 };
    }
    if parts.next().is_some() { None } else { Time::new(hour, minute, second, nanos).ok() }
}

/// A day in the order of the locale, with figures or the name of the month; a weekday before it is passed over.
fn written_day(text: &str, locale: &Locale) -> Option<Date> {
    let parts: Vec<&str> = text
        .split(['/', '.', '-', ' ', ','])
        .filter(|part| !part.is_empty() && !matches!(*part, "de" | "of"))
        .collect();
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let parts = match &parts[..] {
        [weekday, rest @ ..] if rest.len() == 3 && !is_number(weekday) && locale.month(weekday).is_none() => rest,
        all => all,
    };
    let [first, second, third] = parts else { return None };
    if [first, second, third].iter().any(|part| part.len() > 4 && is_number(part)) {
        return None;
    }
    let named = |part: &str| if is_number(part) { None } else { locale.month(part) };
    if let Some(month) = named(first) {
        return on(year(third)?, month, second);
    }
    if let Some(month) = named(second) {
        return if first.len() == 4 { on(year(first)?, month, third) } else { on(year(third)?, month, first) };
    }
    let (y, m, d) = match locale.order {
        _ if first.len() == 4 => (first, second, third),
        Order::DayMonthYear => (third, second, first),
        Order::MonthDayYear => (third, first, second),
        Order::YearMonthDay => (first, second, third),
    };
    on(year(y)?, m.parse().ok()?, d)
}

fn on(year: i16, month: i8, day: &str) -> Option<Date> {
    let day = day.trim_end_matches(['s', 't', 'n', 'd', 'r', 'h']); // 1st, 2nd, 3rd, 4th
    Date::new(year, month, day.parse().ok()?).ok()
}

/// A year of four figures, or of two: up to 49 of this century.
fn year(text: &str) -> Option<i16> {
    let year: i16 = text.parse().ok()?;
    match text.len() {
        4 => Some(year),
        2 => Some(if year < 50 { 2000 + year } else { 1900 + year }),
        _ => None,
    }
}

/// Days since 1970.
fn days(day: Date) -> Option<i32> {
    Some((day - date(1970, 1, 1)).get_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_written() {
        let cases = [
            ("en-US", "1,234.5", Some(1234.5)),
            ("en-US", "1.234,5", None),
            ("en-US", "-12", Some(-12.0)),
            ("en-US", "+ .5", Some(0.5)),
            ("en-US", "12%", Some(0.12)),
            ("en-US", "1,23", None),
            ("en-US", "1e3", Some(1000.0)),
            ("en-US", "1e", None),
            ("en-US", "", None),
            ("en-US", "-", None),
            ("en-US", "NaN", None),
            ("", "1,000", Some(1000.0)),
            ("xx-YY", "1,000.25", Some(1000.25)),
            ("en-IN", "12,34,567.5", Some(1_234_567.5)),
            ("de-DE", "1.234,5", Some(1234.5)),
            ("de-DE", "1.5", None),
            ("de-DE", "1,5", Some(1.5)),
            ("de_ch", "1’234.50", Some(1234.5)),
            ("fr-FR", "1\u{202f}234\u{a0}567,89", Some(1_234_567.89)),
            ("sv-SE", "\u{2212}1 234,5 %", Some(-12.345)),
            ("es-MX", "1,234.5", Some(1234.5)),
            ("pt-BR", "1.234,5", Some(1234.5)),
        ];
        for (locale, text, expected) in cases {
            assert_eq!(number(text, &Locale::of(locale)), expected, "{locale} {text}");
        }
    }

    #[test]
    fn days_as_written() {
        let cases = [
            ("en-US", "", "03/04/2026", Some("2026-03-04")),
            ("en-GB", "", "03/04/2026", Some("2026-04-03")),
            ("de-DE", "", "3.4.26", Some("2026-04-03")),
            ("de-DE", "", "3. März 2026", Some("2026-03-03")),
            ("de-DE", "", "Dienstag, 3. März 2026", Some("2026-03-03")),
            ("en-US", "", "March 3rd, 1999", Some("1999-03-03")),
            ("en-US", "", "Mar 3 99", Some("1999-03-03")),
            ("fr-FR", "", "1 août 2025", Some("2025-08-01")),
            ("es-ES", "", "1 de agosto de 2025", Some("2025-08-01")),
            ("ja-JP", "", "2026/3/4", Some("2026-03-04")),
            ("en-US", "", "2026-03-04", Some("2026-03-04")),
            ("en-US", "", "2026-03-04T23:30:00", Some("2026-03-04")),
            ("en-US", "", "13/04/2026", None),
            ("en-US", "", "2026-02-30", None),
            ("en-US", "", "soon", None),
            ("en-US", "", "4", None),
            ("en-US", "", "", None),
            ("en-US", "%d.%m.%Y", "04.03.2026", Some("2026-03-04")),
            ("en-US", "%d.%m.%Y", "2026-03-04", None),
            ("en-US", "%Y%m%d", "20260304", Some("2026-03-04")),
        ];
        for (locale, format, text, expected) in cases {
            let found = day(text, format, &Locale::of(locale)).map(|day| day.to_string());
            assert_eq!(found.as_deref(), expected, "{locale} {format} {text}");
        }
    }

    #[test]
    fn instants_as_written() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let cases = [
            ("en-US", "", "2026-03-04T10:00:00Z", Some("2026-03-04T10:00:00Z")),
            ("en-US", "", "2026-03-04T10:00:00.123456+01:00", Some("2026-03-04T09:00:00.123456Z")),
            ("en-US", "", "2026-03-04 10:00", Some("2026-03-04T15:00:00Z")),
            ("en-US", "", "2026-03-04", Some("2026-03-04T05:00:00Z")),
            ("en-US", "", "3/4/2026 9:05 PM", Some("2026-03-05T02:05:00Z")),
            ("en-US", "", "3/4/2026, 12:00:30.5 am", Some("2026-03-04T05:00:30.5Z")),
            ("de-DE", "", "4.3.2026 21:05", Some("2026-03-05T02:05:00Z")),
            ("en-US", "", "Wed, 4 Mar 2026 10:00:00 +0000", Some("2026-03-04T10:00:00Z")),
            ("en-US", "", "3/4/2026 25:00", None),
            ("en-US", "", "3/4/2026 13:00 PM", None),
            ("en-US", "%d.%m.%Y %H:%M", "04.03.2026 10:00", Some("2026-03-04T15:00:00Z")),
            ("en-US", "%d.%m.%Y %H:%M %z", "04.03.2026 10:00 +0100", Some("2026-03-04T09:00:00Z")),
            ("en-US", "%d.%m.%Y", "04.03.2026", Some("2026-03-04T05:00:00Z")),
            // The clocks go forward at 2:00 on 8 March and back at 2:00 on 1 November.
            ("en-US", "", "2026-03-08 02:30", Some("2026-03-08T07:30:00Z")),
            ("en-US", "", "2026-11-01 01:30", Some("2026-11-01T05:30:00Z")),
        ];
        for (locale, format, text, expected) in cases {
            let found = instant(text, format, &Locale::of(locale), &zone);
            let found = found.map(|micros| Timestamp::from_microsecond(micros).unwrap().to_string());
            assert_eq!(found.as_deref(), expected, "{locale} {format} {text}");
        }
    }
}
