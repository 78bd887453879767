//! Facets: where the ranges begin in which numbers and dates are counted.
//!
//! Invariants
//! - Ranges are round, a dozen or so; every value lies in one. What is far out at either end shares one wide range.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use onefold_model::DataType;
use onefold_search::{Bounds, Value};
use serde_json::Value as Json;

/// The most ranges between the ends.
const MOST: i64 = 14;

/// Where ranges begin, and where the last one ends.
pub(super) fn edges(bounds: &Bounds, ty: DataType, zone: &TimeZone) -> Vec<Value> {
    match (ty, bounds) {
        (
            DataType::Date,
            Bounds {
                least: Value::Integer(least),
                low: Value::Integer(low),
                high: Value::Integer(high),
                largest: Value::Integer(largest),
            },
        ) => {
            let day = |days: i64| day_of(days).unwrap_or(Date::constant(1970, 1, 1));
            let days = by_calendar(day(*least), day(*low), day(*high), day(*largest));
            days.into_iter().map(|day| Value::Integer(number_of(day))).collect()
        }
        (
            DataType::DateTime,
            Bounds {
                least: Value::Integer(least),
                low: Value::Integer(low),
                high: Value::Integer(high),
                largest: Value::Integer(largest),
            },
        ) => {
            let day = |micros: i64| {
                let at = Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH);
                zone.to_datetime(at).date()
            };
            let days = by_calendar(day(*least), day(*low), day(*high), day(*largest));
            let begins =
                |day: Date| zone.to_timestamp(day.at(0, 0, 0, 0)).map(|at| Value::Integer(at.as_microsecond()));
            days.into_iter().filter_map(|day| begins(day).ok()).collect()
        }
        (_, bounds) => {
            let number = |value: &Value| match value {
                Value::Integer(value) => *value as f64,
                Value::Number(value) => *value,
                Value::Text(_) | Value::There => 0.0,
            };
            let whole = matches!(bounds.least, Value::Integer(_));
            let ends = [&bounds.least, &bounds.low, &bounds.high, &bounds.largest].map(number);
            let value = |edge: f64| if whole { Value::Integer(edge as i64) } else { Value::Number(edge) };
            by_number(ends, whole).into_iter().map(value).collect()
        }
    }
}

/// Round numbers.
fn by_number([least, low, high, largest]: [f64; 4], whole: bool) -> Vec<f64> {
    if whole && largest - least <= 20.0 {
        return (0..=(largest - least) as i64 + 1).map(|n| least + n as f64).collect();
    }
    // One value alone has no span; a range about its size holds it.
    let spans = [high - low, largest - least, largest.abs(), 1.0];
    let span = spans.into_iter().find(|span| *span > 0.0).unwrap_or(1.0);
    let rough = span / 10.0;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|n| n * power).into_iter().find(|step| *step >= rough).unwrap_or(rough);
    let step = if whole { step.max(1.0).round() } else { step };
    if !step.is_finite() || step <= 0.0 {
        return vec![least, largest];
    }
    let (first, last) = ((low / step).floor(), (high / step).floor());
    let mut edges: Vec<f64> = Vec::new();
    let own = (least / step).floor();
    if own < first {
        edges.push(round(own * step));
    }
    let count = (last - first) as i64;
    edges.extend((0..=count.min(2 * MOST)).map(|n| round((first + n as f64) * step)));
    let end = ((largest / step).floor() + 1.0).max(last + 1.0);
    if end > last + 1.0 {
        edges.push(round((last + 1.0) * step));
    }
    // A far value may swallow the step beyond it.
    let top = round(end * step);
    edges.push(if top > largest { top } else { round(largest + largest.abs() / 100.0) });
    edges
}

/// The number that was meant: `0.30000000000000004` is `0.3`.
fn round(number: f64) -> f64 {
    format!("{number:.12e}").parse().unwrap_or(number)
}

/// Beginnings of days, weeks, months, quarters, years.
fn by_calendar(least: Date, low: Date, high: Date, largest: Date) -> Vec<Date> {
    let days = i64::from((high - low).get_days());
    let unit = [
        (Unit::Days(1), 1),
        (Unit::Days(7), 7),
        (Unit::Months(1), 30),
        (Unit::Months(3), 91),
        (Unit::Months(12), 365),
        (Unit::Months(60), 1826),
        (Unit::Months(120), 3652),
        (Unit::Months(240), 7305),
    ]
    .into_iter()
    .find(|(_, length)| days / length < MOST)
    .map_or(Unit::Months(1200), |(unit, _)| unit);
    let mut edges = Vec::new();
    let first = unit.begin(low);
    if unit.begin(least) < first {
        edges.push(unit.begin(least));
    }
    let mut edge = first;
    while edge <= high && edges.len() < 4 * MOST as usize {
        edges.push(edge);
        let Some(next) = unit.next(edge) else { break };
        edge = next;
    }
    edges.push(edge);
    if largest >= edge {
        edges.extend(unit.next(unit.begin(largest)));
    }
    edges
}

#[derive(Clone, Copy)]
enum Unit {
    Days(i64),
    Months(i32),
}

impl Unit {
    fn begin(self, day: Date) -> Date {
        match self {
            // Weeks begin on Monday: the first of 1970 was a Thursday.
            Self::Days(7) => day_of((number_of(day) + 3).div_euclid(7) * 7 - 3).unwrap_or(day),
            Self::Days(_) => day,
            Self::Months(months) => {
                let since = i32::from(day.year()) * 12 + i32::from(day.month()) - 1;
                let begin = since.div_euclid(months) * months;
                let year = i16::try_from(begin.div_euclid(12)).unwrap_or(day.year());
                Date::new(year, i8::try_from(begin.rem_euclid(12) + 1).unwrap_or(1), 1).unwrap_or(day)
            }
        }
    }
    fn next(self, day: Date) -> Option<Date> {
        let span = match self {
            Self::Days(days) => Span::new().days(days),
            Self::Months(months) => Span::new().months(months),
        };
        day.checked_add(span).ok()
    }
}

/// The day so many days after the first of 1970.
pub(super) fn day_of(days: i64) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(Span::new().try_days(days).ok()?).ok()
}

/// How many days after the first of 1970.
pub(super) fn number_of(day: Date) -> i64 {
    i64::from((day - Date::constant(1970, 1, 1)).get_days())
}

/// A value of a field as people get it.
pub(super) fn shown(value: &Value, ty: Option<DataType>) -> Json {
    match (value, ty) {
        (Value::Integer(days), Some(DataType::Date)) => {
            day_of(*days).map_or(Json::Null, |day| Json::from(day.to_string()))
        }
        (Value::Integer(micros), Some(DataType::DateTime)) => {
            Timestamp::from_microsecond(*micros).map_or(Json::Null, |at| Json::from(at.to_string()))
        }
        (Value::Text(text), Some(DataType::Boolean)) => Json::from(text == "true"),
        (Value::Text(text), _) => Json::from(text.as_str()),
        (Value::Integer(value), _) => Json::from(*value),
        (Value::Number(value), _) => Json::from(*value),
        (Value::There, _) => Json::from(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_numbers_are_round_and_hold_every_value() {
        assert_eq!(by_number([0.0, 0.0, 3.0, 4.0], true), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(by_number([-7.0, 0.0, 97.0, 1000.0], true)[..4], [-10.0, 0.0, 10.0, 20.0]);
        assert_eq!(*by_number([-7.0, 0.0, 97.0, 1000.0], true).last().unwrap(), 1010.0);
        assert_eq!(by_number([0.0, 0.0, 1.0, 1.0], false)[..4], [0.0, 0.1, 0.2, 0.3]);
        for ends in [[0.0, 0.0, 0.0, 0.0], [5.5, 5.5, 5.5, 5.5], [-1e9, -1.0, 1.0, 1e12], [1.0, 1.0, 1.0, 900.0]] {
            for whole in [false, true] {
                let edges = by_number(ends, whole);
                assert!(edges.is_sorted() && edges.len() < 40, "{edges:?}");
                assert!(edges[0] <= ends[0] && *edges.last().unwrap() > ends[3], "{ends:?} {edges:?}");
            }
        }
    }

    #[test]
    fn ranges_of_days_begin_where_the_calendar_does() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let years = by_calendar(day("1921-03-04"), day("1930-05-06"), day("2009-12-31"), day("2026-01-01"));
        assert_eq!((years[0], years[1]), (day("1920-01-01"), day("1930-01-01")));
        assert!(*years.last().unwrap() > day("2026-01-01"));
        let weeks = by_calendar(day("2026-03-04"), day("2026-03-04"), day("2026-04-20"), day("2026-04-20"));
        assert_eq!(weeks[0], day("2026-03-02"));
        let one = by_calendar(day("2026-03-04"), day("2026-03-04"), day("2026-03-04"), day("2026-03-04"));
        assert_eq!(one, [day("2026-03-04"), day("2026-03-05")]);
    }
}
