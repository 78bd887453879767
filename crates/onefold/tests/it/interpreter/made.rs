//! Made: data from a seed.
//!
//! Invariants
//! - Equal seeds give equal data.
//! - Numbers are quarters, so that sums are exact in any order.
//!
//! Not here: definitions (`drawn`).

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use onefold_model::DataType;

use super::value::Value;
use super::world::{COLUMNS, Record, World};

pub(super) const NAMES: &[&str] = &["Ann", "ann", "Bob Lee", " Zoë ", "O'Neil", "", "50% off", "x_y"];
pub(super) const CITIES: &[&str] = &["Bern", "Oslo", "BERN", "Łódź"];
pub(super) const ITEMS: &[&str] = &["tea", "Tea", "coffee", "no show", "virtual"];
pub(super) const CODES: &[&str] = &["A1", "a1", "B2", "C-3"];

/// Numbers by chance, the same for the same seed (SplitMix64).
pub(super) struct Chance(pub(super) u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// Below `bound`.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
    /// With a chance of one in so many.
    pub(super) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
    /// One of several.
    pub(super) fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len() as u64) as usize]
    }
}

/// Tables of a seed, with instants around the changes of the clock and around now.
pub(super) fn world(chance: &mut Chance, now: Timestamp, zone: &TimeZone) -> World {
    let mut world = World::default();
    let people = 12 + chance.below(14);
    for i in 0..people {
        // Most stand below one of the first, some below anybody, themselves too.
        let parent = match chance.below(5) {
            0 => Value::Null,
            1 => Value::Text(format!("p{:02}", chance.below(people + 2))),
            _ => Value::Text(format!("p{:02}", chance.below(i.max(1)))),
        };
        let own = [("id", Value::Text(format!("p{i:02}"))), ("parent", parent)];
        world.people.push(record(chance, "Customer", now, zone, &own));
    }
    let orders = 20 + chance.below(120);
    for i in 0..orders {
        // Some of nobody: of one who is not there, or of none.
        let somebody = |chance: &mut Chance| {
            let person = chance.below(people + 3);
            if person == people + 2 { Value::Null } else { Value::Text(format!("p{person:02}")) }
        };
        let (person, giver) = (somebody(chance), somebody(chance));
        let own = [("order_id", Value::Text(format!("o{i:03}"))), ("person", person), ("giver", giver)];
        world.orders.push(record(chance, "o", now, zone, &own));
    }
    for i in 0..chance.below(200) {
        let order = chance.below(orders + 5);
        let order = if order > orders + 2 { Value::Null } else { Value::Text(format!("o{order:03}")) };
        let own = [("line_id", Value::Text(format!("l{i:03}"))), ("order", order)];
        world.lines.push(record(chance, "l", now, zone, &own));
    }
    world
}

fn record(chance: &mut Chance, alias: &str, now: Timestamp, zone: &TimeZone, own: &[(&str, Value)]) -> Record {
    let columns = COLUMNS.iter().find(|(name, _)| *name == alias).expect("a table of the world").1;
    columns
        .iter()
        .map(|(name, ty)| {
            let given = own.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone());
            let value = given.unwrap_or_else(|| value(chance, name, *ty, now, zone));
            ((*name).to_owned(), value)
        })
        .collect()
}

fn value(chance: &mut Chance, column: &str, ty: DataType, now: Timestamp, zone: &TimeZone) -> Value {
    if chance.one_in(6) {
        return Value::Null;
    }
    match ty {
        DataType::Text => {
            let words = match column {
                "name" => NAMES,
                "city" => CITIES,
                "item" => ITEMS,
                _ => CODES,
            };
            // An empty cell of a file is null.
            Some(*chance.of(words))
                .filter(|word| !word.is_empty())
                .map_or(Value::Null, |word| Value::Text(word.to_owned()))
        }
        DataType::Date => Value::Date(day(chance, now, zone)),
        DataType::DateTime => Value::Instant(instant(chance, now)),
        DataType::Number => Value::Number(chance.below(200) as f64 / 4.0 - 10.0),
        DataType::Integer => Value::Integer(chance.below(12) as i64 - 3),
        // Cents that no double holds; and eighths, which every double does.
        DataType::Decimal(_, 2) => {
            Value::Exact(i128::from(chance.below(900)) * 10 - 2000 + i128::from(chance.below(2)), 2)
        }
        DataType::Decimal(_, scale) => Value::Exact((i128::from(chance.below(160)) - 40) * 125, scale),
        DataType::Boolean => Value::Boolean(chance.one_in(2)),
        other => panic!("no values of type {other}"),
    }
}

fn day(chance: &mut Chance, now: Timestamp, zone: &TimeZone) -> Date {
    let today = zone.to_datetime(now).date();
    let range = *chance.of(&[3_u64, 40, 800]);
    let back = chance.below(range) as i64 - range as i64 / 4;
    today.checked_sub(back.days()).expect("near today")
}

fn instant(chance: &mut Chance, now: Timestamp) -> Timestamp {
    if chance.one_in(4) {
        // Around the nights in which clocks change in New York and Berlin.
        let night = *chance.of(&["2026-03-08T05:30:00Z", "2025-11-02T04:30:00Z", "2026-03-29T00:30:00Z"]);
        let night: Timestamp = night.parse().expect("an instant");
        return night + (chance.below(4 * 60) as i64).minutes();
    }
    let range = *chance.of(&[60_u64, 60 * 24 * 3, 60 * 24 * 500]);
    now - (chance.below(range) as i64 - range as i64 / 5).minutes()
}
