//! Cells: one value of a source on its way to a typed column.
//!
//! Reads    text of files, scalars of JSON        Writes   values of a `DataType`
//!
//! Invariants
//! - The rules are exact and know no locale: `1.0` is no integer, `3/4/2026` no date. (`change_type` knows locales.)
//! - A number that goes to a text column keeps its digits; it never passes through a double.
//! - White space at the ends of text counts only in text columns; nothing but white space is null elsewhere.
//!
//! Not here: columns and batches (`raw`).

use std::borrow::Cow;

use onefold_model::DataType;

/// A value as its source gives it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    /// Nothing.
    Null,
    /// Text.
    Text(Cow<'a, str>),
    /// A number, as it is written.
    Number(Cow<'a, str>),
    /// True or false.
    Boolean(bool),
    /// A record or list, as JSON text.
    Json(Cow<'a, str>),
    /// A day in days since 1970-01-01, and the text it was made from.
    Day(i32, Cow<'a, str>),
    /// An instant in microseconds since 1970-01-01T00:00Z, and the text it was made from.
    Instant(i64, Cow<'a, str>),
    /// What cannot be a value of its column whatever the type: the text found, and why.
    Wrong(Cow<'a, str>, Cow<'static, str>),
}

impl Cell<'_> {
    /// The value as text; `None` for null.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Null => None,
            Self::Text(text) | Self::Number(text) | Self::Json(text) => Some(text),
            Self::Day(_, text) | Self::Instant(_, text) | Self::Wrong(text, _) => Some(text),
            Self::Boolean(true) => Some("true"),
            Self::Boolean(false) => Some("false"),
        }
    }
}

/// What a value of the type is called in a sentence: `a date`.
pub(crate) fn called(ty: DataType) -> String {
    match ty {
        DataType::Integer | DataType::Small => "an integer".to_owned(),
        DataType::Text | DataType::Any => "text".to_owned(),
        other => format!("a {other}"),
    }
}

/// An integer: an optional sign and digits.
pub(crate) fn integer(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// A double: sign, digits, point, exponent; neither infinity nor not-a-number.
pub(crate) fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
    if !plain {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// A fixed-point number in units of its scale; `None` also where digits would be lost.
pub(crate) fn decimal(text: &str, precision: u8, scale: i8) -> Option<i128> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, digits) = match mantissa.as_bytes().first()? {
        b'-' => (true, &mantissa[1..]),
        b'+' => (false, &mantissa[1..]),
        _ => (false, mantissa),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut units: i128 = 0;
    for digit in whole.bytes().chain(fraction.bytes()) {
        if !digit.is_ascii_digit() {
            return None;
        }
        units = units.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
    }
    // units stand for units * 10^-(fraction digits - exponent); bring them to the scale.
    let shift = i32::from(scale) - (i32::try_from(fraction.len()).ok()?).checked_sub(exponent)?;
    if shift >= 0 {
        units = if units == 0 { 0 } else { units.checked_mul(10i128.checked_pow(shift.unsigned_abs())?)? };
    } else {
        let divisor = 10i128.checked_pow(shift.unsigned_abs());
        match divisor {
            Some(divisor) if units % divisor == 0 => units /= divisor,
            _ if units == 0 => {}
            _ => return None,
        }
    }
    (units < 10i128.checked_pow(u32::from(precision))?).then_some(if negative { -units } else { units })
}

/// True or false: `true`, `false`, `1`, `0`, in any case.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    if text == "1" || text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text == "0" || text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// A guid in lower case with its dashes; with or without braces or dashes in the source.
pub(crate) fn guid(text: &str) -> Option<String> {
    let bare = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    let dashed = bare.len() == 36;
    if !(dashed || bare.len() == 32) {
        return None;
    }
    let mut out = String::with_capacity(36);
    for (at, byte) in bare.bytes().enumerate() {
        if dashed && matches!(at, 8 | 13 | 18 | 23) {
            if byte != b'-' {
                return None;
            }
            out.push('-');
            continue;
        }
        if !byte.is_ascii_hexdigit() {
            return None;
        }
        if !dashed && matches!(at, 8 | 12 | 16 | 20) {
            out.push('-');
        }
        out.push(byte.to_ascii_lowercase() as char);
    }
    Some(out)
}

/// Days since 1970-01-01 of a day of the Gregorian calendar; `None` when there is no such day.
pub(crate) fn day_number(year: i32, month: u32, day: u32) -> Option<i32> {
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || day == 0 || day > month_length(year, month) {
        return None;
    }
    // Years begin in March, so that a leap day ends one. (Hinnant, days_from_civil.)
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year as i32;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// The number of days in a month, 1 to 12.
pub(crate) fn month_length(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

fn digits(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0u32, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
}

/// A day, `YYYY-MM-DD`, in days since 1970-01-01.
pub(crate) fn date(text: &str) -> Option<i32> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    day_number(digits(&bytes[..4])? as i32, digits(&bytes[5..7])?, digits(&bytes[8..])?)
}

/// How much of a day a FHIR `date` states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precision {
    /// `YYYY`
    Year,
    /// `YYYY-MM`
    Month,
    /// `YYYY-MM-DD`
    Day,
}

impl Precision {
    /// The word of the `_precision` column.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
        }
    }
}

/// A FHIR `date`: the first day of the period it states, and how much it states.
pub(crate) fn partial_date(text: &str) -> Option<(i32, Precision)> {
    let bytes = text.as_bytes();
    match bytes.len() {
        4 => Some((day_number(digits(bytes)? as i32, 1, 1)?, Precision::Year)),
        7 if bytes[4] == b'-' => {
            Some((day_number(digits(&bytes[..4])? as i32, digits(&bytes[5..])?, 1)?, Precision::Month))
        }
        _ => Some((date(text)?, Precision::Day)),
    }
}

/// Microseconds since midnight, and what follows the time: `HH:MM`, seconds and a fraction when there.
pub(crate) fn time_of_day(text: &str) -> Option<(i64, &str)> {
    let bytes = text.as_bytes();
    if bytes.len() < 5 || bytes[2] != b':' {
        return None;
    }
    let (hour, minute) = (digits(&bytes[..2])?, digits(&bytes[3..5])?);
    let mut second = 0;
    let mut micros = 0i64;
    let mut end = 5;
    if bytes.get(5) == Some(&b':') {
        second = digits(bytes.get(6..8)?)?;
        end = 8;
        if matches!(bytes.get(8), Some(b'.' | b',')) {
            let fraction = bytes[9..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            if fraction == 0 {
                return None;
            }
            // Digits past the microsecond are cut.
            for place in 0..6 {
                let digit = if place < fraction { bytes[9 + place] - b'0' } else { 0 };
                micros = micros * 10 + i64::from(digit);
            }
            end = 9 + fraction;
        }
    }
    // Second 60 is a leap second: the first instant of the next minute.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some((i64::from(hour * 3600 + minute * 60 + second) * 1_000_000 + micros, &text[end..]))
}

/// Minutes east of UTC: `Z`, `+HH:MM`, `+HHMM`, `+HH`; nothing is UTC.
pub(crate) fn offset(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let sign = match bytes.first() {
        None => return Some(0),
        Some(b'Z' | b'z') if bytes.len() == 1 => return Some(0),
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return None,
    };
    let (hour, minute) = match bytes.len() {
        3 => (digits(&bytes[1..])?, 0),
        5 => (digits(&bytes[1..3])?, digits(&bytes[3..])?),
        6 if bytes[3] == b':' => (digits(&bytes[1..3])?, digits(&bytes[4..])?),
        _ => return None,
    };
    (hour <= 14 && minute <= 59).then(|| sign * i64::from(hour * 60 + minute))
}

/// An instant in microseconds: an ISO date, `T` or a blank, a time, an offset. Without an offset, and for a date
/// alone (midnight), UTC.
pub(crate) fn instant(text: &str) -> Option<i64> {
    const DAY: i64 = 86_400_000_000;
    if text.len() == 10 {
        return Some(i64::from(date(text)?) * DAY);
    }
    if !matches!(text.as_bytes().get(10)?, b'T' | b't' | b' ') {
        return None;
    }
    let day = date(text.get(..10)?)?;
    let (micros, rest) = time_of_day(text.get(11..)?)?;
    Some(i64::from(day) * DAY + micros - offset(rest.trim_start())? * 60_000_000)
}

/// A FHIR `dateTime` or `instant`: as [`instant`], and `YYYY` and `YYYY-MM` as the midnight they begin with.
pub(crate) fn partial_instant(text: &str) -> Option<i64> {
    match text.len() {
        4 | 7 => Some(i64::from(partial_date(text)?.0) * 86_400_000_000),
        _ => instant(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact() {
        assert_eq!(integer("937889365674"), Some(937_889_365_674));
        assert_eq!((integer("1.0"), integer("1e3"), integer("")), (None, None, None));
        assert_eq!((number("1.5e3"), number("nan"), number("inf"), number("1e999")), (Some(1500.0), None, None, None));
        assert_eq!(decimal("12.30", 10, 2), Some(1230));
        assert_eq!(decimal("-0.5", 10, 2), Some(-50));
        assert_eq!(decimal("1.2e2", 10, 2), Some(12_000));
        assert_eq!((decimal("1.234", 10, 2), decimal("100", 2, 0), decimal(".", 9, 1)), (None, None, None));
        assert_eq!(decimal("1.500", 10, 1), Some(15));
    }

    #[test]
    fn days_and_instants() {
        assert_eq!((date("1970-01-01"), date("2000-02-29"), date("2026-11-22")), (Some(0), Some(11_016), Some(20_779)));
        assert_eq!(
            (date("1900-02-29"), date("2026-13-01"), date("1/2/2026"), date("19x4-01-01")),
            (None, None, None, None)
        );
        assert_eq!(instant("1970-01-01T02:00:00+02:00"), Some(0));
        assert_eq!(instant("1970-01-01"), Some(0));
        assert_eq!(instant("1970-01-01 00:00:01.5Z"), Some(1_500_000));
        assert_eq!(instant("1970-01-01T00:00:00.1234567-0100"), Some(3_600_123_456));
        assert_eq!(
            (instant("1970-01-01T25:00Z"), instant("1970-01-01x"), instant("é970-01-01T00:00")),
            (None, None, None)
        );
        assert_eq!(partial_date("1954"), Some((-5844, Precision::Year)));
        assert_eq!(partial_date("1970-02"), Some((31, Precision::Month)));
    }

    #[test]
    fn guids_are_lower_case() {
        let expected = Some("85a5d9ec-bc40-53ab-0101-c8bd5f0179fb".to_owned());
        assert_eq!(guid("85A5D9EC-BC40-53AB-0101-C8BD5F0179FB"), expected);
        assert_eq!(guid("{85A5D9EC-BC40-53AB-0101-C8BD5F0179FB}"), expected);
        assert_eq!(guid("85A5D9ECBC4053AB0101C8BD5F0179FB"), expected);
        assert_eq!(guid("85A5D9EC-BC40-53AB-0101-C8BD5F0179F"), None);
    }
}
