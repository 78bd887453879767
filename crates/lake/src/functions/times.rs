//! Times: instants, and what the clocks of a zone show.
//!
//! Invariants
//! - A local time that comes twice means the first; one that is left out means as much later as the gap is long.

use std::sync::Arc;

use arrow::array::{ArrayRef, TimestampMicrosecondArray};
use arrow::datatypes::DataType as Arrow;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Timestamp};

use super::{Argument, Function, Kind, Last};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "local_time",
        takes: &[Kind::Instant, Kind::Text],
        gives: || Kind::Local.arrow(),
        call: |arguments| {
            with_zone(arguments, |micros, zone| {
                let at = Timestamp::from_microsecond(micros).ok()?;
                micros_of(zone.to_datetime(at))
            })
        },
    },
    Function {
        name: "instant_of",
        takes: &[Kind::Local, Kind::Text],
        gives: || Kind::Instant.arrow(),
        call: |arguments| {
            let found = with_zone(arguments, |micros, zone| instant(local(micros)?, zone));
            arrow::compute::cast(&found, &Arrow::Int64)
                .and_then(|micros| arrow::compute::cast(&micros, &Kind::Instant.arrow()))
                .unwrap_or(found)
        },
    },
    Function {
        name: "add_months",
        takes: &[Kind::Local, Kind::Integer],
        gives: || Kind::Local.arrow(),
        call: |arguments| {
            let both = arguments[0].integers().zip(arguments[1].integers());
            Arc::new(both.map(|(at, months)| later(local(at?)?, months?)).collect::<TimestampMicrosecondArray>())
        },
    },
];

/// The microseconds in UTC of what the clocks of a zone show.
pub(super) fn instant(local: DateTime, zone: &TimeZone) -> Option<i64> {
    Some(zone.to_ambiguous_timestamp(local).compatible().ok()?.as_microsecond())
}

/// A zone by its IANA name.
pub(super) fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

fn later(at: DateTime, months: i64) -> Option<i64> {
    micros_of(at.checked_add(Span::new().try_months(months).ok()?).ok()?)
}

fn with_zone(arguments: &[Argument], change: impl Fn(i64, &TimeZone) -> Option<i64>) -> ArrayRef {
    let mut zones = Last::new();
    let rows = arguments[0].integers().zip(arguments[1].texts());
    let found = rows.map(|(micros, name)| change(micros?, zones.of(name?, zone)?));
    Arc::new(found.collect::<TimestampMicrosecondArray>())
}

/// A date and time without zone from microseconds since 1970, and back.
fn local(micros: i64) -> Option<DateTime> {
    Some(Offset::UTC.to_datetime(Timestamp::from_microsecond(micros).ok()?))
}
fn micros_of(local: DateTime) -> Option<i64> {
    Some(Offset::UTC.to_timestamp(local).ok()?.as_microsecond())
}
