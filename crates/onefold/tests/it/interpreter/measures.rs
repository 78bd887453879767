//! Measures: what they make of rows, one after the other.
//!
//! Invariants
//! - A row counts to its person; where a measure rolls up, to everybody above too, once each.
//! - Filter, window and dimensions see what is there; values see what stands in its place.
//!
//! Not here: which rows there are (`world`), what an expression means (`eval`).

use jiff::ToSpan as _;
use jiff::civil::{Date, Time};
use onefold_model::Typed;
use onefold_model::define::{DateBucket, MeasureKind, Stretch, WindowUnit};

use super::eval::{Clock, Row, truncated};
use super::value::{Value, compare};
use super::world::{Base, Counted, Found, Replacement, Seen, Used, World, groups, typed};

/// A measure, its expressions as text.
#[derive(Clone, Debug)]
pub(super) struct Measure {
    /// What kind of result.
    pub(super) kind: MeasureKind,
    /// The tables it names.
    pub(super) used: Used,
    /// Its values.
    pub(super) values: Vec<String>,
    /// What it is split by.
    pub(super) dimensions: Vec<(String, DateBucket)>,
    /// Which rows count.
    pub(super) filter: Option<String>,
    /// The stretch of time that counts, and the time; that of the activity when `None`.
    pub(super) window: Option<(Stretch, Option<String>)>,
    /// What stands in the place of values.
    pub(super) replaced: Vec<Replacement>,
    /// Whether rows count to those above too.
    pub(super) rolls_up: bool,
}

impl Measure {
    /// The text of the time that its window looks at.
    fn time(&self) -> Option<String> {
        let (_, time) = self.window.as_ref()?;
        let usual = if self.used.declared.contains(&"o") { "o.at" } else { "UnifiedActivity.ActivityTime" };
        Some(time.clone().unwrap_or_else(|| usual.to_owned()))
    }
}

impl World {
    /// Works out a measure.
    pub(super) fn measure(&self, clock: &Clock, name: &str, measure: &Measure, found: &mut Found) {
        let typed = |text: &String, aggregates: bool| typed(text, &found.known, &measure.used.declared, aggregates);
        let values: Vec<Typed> = measure.values.iter().map(|value| typed(value, true)).collect();
        let dimensions: Vec<Typed> = measure.dimensions.iter().map(|(by, _)| typed(by, false)).collect();
        let filter = measure.filter.as_ref().map(|filter| typed(filter, false));
        let time = measure.time().map(|time| typed(&time, false));
        let all: Vec<&Typed> = values.iter().chain(&dimensions).chain(&filter).chain(&time).collect();
        let of_people = measure.kind != MeasureKind::BusinessMeasure;
        let (_, rows) = self.rows(found, &measure.used, &all, of_people);
        let counts = |row: &&Seen<'_>| {
            let kept = filter.as_ref().is_none_or(|filter| clock.of_row(filter, *row).truth() == Some(true));
            let stretch = measure.window.as_ref().map(|(stretch, _)| stretch);
            let inside = stretch.zip(time.as_ref());
            kept && inside.is_none_or(|(stretch, time)| lies_in(clock, stretch, &clock.of_row(time, *row)))
        };
        let rows: Vec<&Seen<'_>> = rows.iter().filter(counts).collect();
        let counts_to = |row: &Seen<'_>, person: usize| match row.person {
            Some(own) if measure.rolls_up => self.above(own).contains(&person),
            own => own == Some(person),
        };
        let keys = |row: &Seen<'_>| -> Vec<Value> {
            let of =
                |(by, (_, bucket)): (&Typed, &(String, DateBucket))| in_bucket(clock, clock.of_row(by, row), *bucket);
            dimensions.iter().zip(&measure.dimensions).map(of).collect()
        };
        let of_group = |group: &[&Seen<'_>]| -> Vec<Value> {
            values.iter().map(|value| value_of(clock, value, group, &measure.replaced)).collect()
        };
        let columns = || {
            let by = dimensions.iter().zip(&measure.dimensions).enumerate().map(|(i, (by, (_, bucket)))| {
                let ty = if *bucket == DateBucket::None { by.ty } else { onefold_model::DataType::Date };
                (format!("by{i}"), ty)
            });
            by.chain(values.iter().enumerate().map(|(i, value)| (format!("v{i}"), value.ty))).collect()
        };
        let mut table = Vec::new();
        match measure.kind {
            MeasureKind::CustomerAttribute => {
                let of = |person| {
                    let own: Vec<&Seen<'_>> = rows.iter().copied().filter(|row| counts_to(row, person)).collect();
                    value_of(clock, &values[0], &own, &measure.replaced)
                };
                let all = (0..self.people.len()).map(of).collect();
                found.known.attributes.insert(name.to_owned(), values[0].ty);
                found.attributes.insert(name.to_owned(), all);
                return;
            }
            MeasureKind::CustomerMeasure => {
                for person in 0..self.people.len() {
                    let own = rows.iter().filter(|row| counts_to(row, person)).map(|row| (keys(row), *row)).collect();
                    for (keys, group) in groups(clock, own) {
                        table.push(Counted { person: Some(person), keys, values: of_group(&group) });
                    }
                }
                let columns = columns();
                found.known.tables.insert(name.to_owned(), columns);
            }
            MeasureKind::BusinessMeasure if dimensions.is_empty() => {
                table.push(Counted { person: None, keys: Vec::new(), values: of_group(&rows) });
                found.known.scalars.insert(name.to_owned(), values[0].ty);
            }
            MeasureKind::BusinessMeasure => {
                for (keys, group) in groups(clock, rows.iter().map(|row| (keys(row), *row)).collect()) {
                    table.push(Counted { person: None, keys, values: of_group(&group) });
                }
            }
        }
        found.tables.insert(name.to_owned(), table);
    }

    /// Works out the columns of a segment's view: expression, whether it is a list, and its tables.
    pub(super) fn shown(&self, clock: &Clock, found: &Found, text: &str, list: bool, used: &Used) -> Vec<Value> {
        let value = typed(text, &found.known, &used.declared, !list);
        let (base, rows) = self.rows(found, used, &[&value], true);
        let of = |person: usize| {
            let own: Vec<&Seen<'_>> = rows.iter().filter(|row| row.person == Some(person)).collect();
            match (list, base == Base::Profiles && !value.has_aggregate()) {
                (true, _) => listed(clock, own.iter().map(|row| clock.of_row(&value, *row))),
                (false, true) => clock.of_row(&value, own[0]),
                (false, false) => value_of(clock, &value, &own, &[]),
            }
        };
        (0..self.people.len()).map(of).collect()
    }
}

/// The different values in order, as JSON; null when there are none.
fn listed(clock: &Clock, values: impl Iterator<Item = Value>) -> Value {
    let mut all: Vec<Value> = values.filter(|value| !value.is_null()).collect();
    all.sort_by(|a, b| compare(a, b, &clock.zone).expect("none of them is null"));
    all.dedup();
    let json: Vec<String> = all.iter().map(|value| super::project::shown(value).to_string()).collect();
    if json.is_empty() { Value::Null } else { Value::Text(format!("[{}]", json.join(", "))) }
}

/// A value over rows, with what stands in the place of values.
fn value_of<'a>(clock: &Clock, value: &Typed, rows: &[&Seen<'a>], replaced: &'a [Replacement]) -> Value {
    let rows: Vec<Seen<'_>> = rows.iter().map(|row| row.with(replaced)).collect();
    let rows: Vec<&dyn Row> = rows.iter().map(|row| row as &dyn Row).collect();
    clock.of_rows(value, &rows)
}

/// The first day of a date's bucket.
fn in_bucket(clock: &Clock, value: Value, bucket: DateBucket) -> Value {
    let unit = match bucket {
        DateBucket::None => return value,
        DateBucket::Day => "day",
        DateBucket::Week => "week",
        DateBucket::Month => "month",
        DateBucket::Quarter => "quarter",
        DateBucket::Year => "year",
    };
    day_of(clock, &value).map_or(Value::Null, |day| Value::Date(start(unit, day)))
}

fn start(unit: &str, day: Date) -> Date {
    truncated(unit, day.to_datetime(Time::midnight())).date()
}

fn day_of(clock: &Clock, value: &Value) -> Option<Date> {
    match value {
        Value::Null => None,
        Value::Date(day) => Some(*day),
        Value::Instant(at) => Some(clock.local(*at).date()),
        other => panic!("{other:?} lies on no calendar"),
    }
}

/// Whether a time lies in a stretch of time.
fn lies_in(clock: &Clock, stretch: &Stretch, time: &Value) -> bool {
    let Some(day) = day_of(clock, time) else { return false };
    let today = clock.local(clock.now).date();
    let rolling = |count: u64, unit: WindowUnit, sign: i64| {
        let (count, word) = match unit {
            WindowUnit::Quarter => (count * 3, "month"),
            unit => (count, unit.word()),
        };
        clock.within_so_many(time, count as i64, word, sign).truth() == Some(true)
    };
    // So many whole units before (or after) the present one.
    let first = |unit: WindowUnit, back: i64| {
        let here = start(unit.word(), today);
        let moved = match unit {
            WindowUnit::Day => back.days(),
            WindowUnit::Week => back.weeks(),
            WindowUnit::Month => back.months(),
            WindowUnit::Quarter => (back * 3).months(),
            WindowUnit::Year => back.years(),
        };
        here.checked_add(moved).expect("windows of tests are near today")
    };
    let has_passed = || match time {
        Value::Instant(at) => *at <= clock.now,
        _ => day <= today,
    };
    match stretch {
        Stretch::Last(count, unit) => rolling(*count, *unit, -1),
        Stretch::Next(count, unit) => rolling(*count, *unit, 1),
        Stretch::WholeLast(count, unit) => first(*unit, -(*count as i64)) <= day && day < first(*unit, 0),
        Stretch::WholeNext(count, unit) => first(*unit, 1) <= day && day < first(*unit, 1 + *count as i64),
        Stretch::This(unit) => first(*unit, 0) <= day && day < first(*unit, 1),
        Stretch::ToDate(unit) => first(*unit, 0) <= day && day < first(*unit, 1) && has_passed(),
        Stretch::Between(from, to) => {
            let bound = |text: &str| match text.parse::<Date>() {
                Ok(day) => Value::Date(day),
                Err(_) => Value::Instant(text.parse().expect("a day or an instant")),
            };
            let order = |text: &str| compare(time, &bound(text), &clock.zone).expect("none of them is null");
            from.as_ref().is_none_or(|from| order(&from.value).is_ge())
                && to.as_ref().is_none_or(|to| order(&to.value).is_lt())
        }
    }
}
