//! Made: data and definitions from a seed.
//!
//! Invariants
//! - Equal seeds give equal data and definitions.
//! - Numbers are quarters, and what is summed is never divided first: sums are exact in any order.
//! - A definition uses only those made before it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use onefold_model::DataType;
use onefold_model::define::DateBucket;
use onefold_model::plan::SetOperator;

use super::value::Value;
use super::world::{COLUMNS, Definition, Kind, Record, World};

const NAMES: &[&str] = &["Ann", "ann", "Bob Lee", " Zoë ", "O'Neil", "", "50% off", "x_y"];
const CITIES: &[&str] = &["Bern", "Oslo", "BERN", "Łódź"];
const ITEMS: &[&str] = &["tea", "Tea", "coffee", "no show", "virtual"];
const CODES: &[&str] = &["A1", "a1", "B2", "C-3"];

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
    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len() as u64) as usize]
    }
}

/// Tables of a seed, with instants around the changes of the clock and around now.
pub(super) fn world(chance: &mut Chance, now: Timestamp, zone: &TimeZone) -> World {
    let mut world = World::default();
    let people = 12 + chance.below(14);
    for i in 0..people {
        world.people.push(record(chance, "Customer", now, zone, &[("id", Value::Text(format!("p{i:02}")))]));
    }
    let orders = 20 + chance.below(120);
    for i in 0..orders {
        // Some of nobody: of one who is not there, or of none.
        let person = chance.below(people + 3);
        let person = if person == people + 2 { Value::Null } else { Value::Text(format!("p{person:02}")) };
        let own = [("order_id", Value::Text(format!("o{i:03}"))), ("person", person)];
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

/// The definitions of a seed: so many, each using those before it.
pub(super) fn definitions(chance: &mut Chance, count: usize) -> Vec<Definition> {
    let mut all: Vec<Definition> = Vec::new();
    let mut writer = Writer { chance, columns: Vec::new(), attributes: Vec::new(), segments: Vec::new() };
    for i in 0..count {
        let definition = writer.definition(i);
        match &definition.kind {
            Kind::Attribute { value } => {
                let ty = writer.type_of(value, &all);
                writer.attributes.push((definition.name.clone(), ty));
            }
            Kind::Segment { .. } => writer.segments.push(definition.name.clone()),
            _ => {}
        }
        all.push(definition);
    }
    all
}

/// Writes expressions over some columns.
struct Writer<'c> {
    chance: &'c mut Chance,
    /// What can be named now.
    columns: Vec<(String, DataType)>,
    attributes: Vec<(String, DataType)>,
    segments: Vec<String>,
}

impl Writer<'_> {
    /// The type of an attribute, as the interpreter finds it.
    fn type_of(&self, value: &str, _before: &[Definition]) -> DataType {
        let mut found = super::world::Found::default();
        for (name, ty) in &self.attributes {
            found.attributes.insert(name.clone(), (*ty, Vec::new()));
        }
        for name in &self.segments {
            found.segments.insert(name.clone(), Default::default());
        }
        super::world::typed(value, &found, true).ty
    }

    /// Chooses the tables that a definition names.
    fn look_at(&mut self, aliases: &[&str]) {
        self.columns.clear();
        for (alias, columns) in COLUMNS.iter().filter(|(alias, _)| aliases.contains(alias)) {
            self.columns.extend(columns.iter().map(|(name, ty)| (format!("{alias}.{name}"), *ty)));
        }
        if aliases.contains(&"Customer_Measure") {
            let attributes = self.attributes.iter().map(|(name, ty)| (format!("Customer_Measure.{name}"), *ty));
            self.columns.extend(attributes);
        }
    }

    fn tables(&mut self) -> &'static [&'static str] {
        self.chance.of::<&[&str]>(&[
            &["o"],
            &["o"],
            &["l"],
            &["o", "l"],
            &["o", "Customer"],
            &["o", "Customer_Measure"],
            &["Customer"],
            &["Customer_Measure"],
            &["Customer", "Customer_Measure"],
            &["l", "Customer", "Customer_Measure"],
        ])
    }

    fn definition(&mut self, i: usize) -> Definition {
        let tables = self.tables();
        self.look_at(tables);
        let name = format!("D{i:03}");
        let plain = Definition { name, kind: Kind::Segment { rules: Vec::new() }, filter: None, replace: None };
        match self.chance.below(10) {
            0..4 => {
                let (value, filter, replace) = (self.aggregated(), self.filter(), self.replace());
                Definition { kind: Kind::Attribute { value }, filter, replace, ..plain }
            }
            4 => {
                let values = vec![self.aggregated(), self.aggregated()];
                let (by, bucket) = match self.chance.of(&[0, 1]) {
                    0 => (self.expression(DataType::Text, 1), DateBucket::None),
                    _ => {
                        let ty = *self.chance.of(&[DataType::Date, DataType::DateTime]);
                        let buckets = [DateBucket::Day, DateBucket::Month, DateBucket::Year];
                        (self.expression(ty, 0), *self.chance.of(&buckets))
                    }
                };
                let (filter, replace) = (self.filter(), self.replace());
                Definition { kind: Kind::Split { values, by, bucket }, filter, replace, ..plain }
            }
            5 => {
                let values = vec![self.aggregated()];
                let by = self.chance.one_in(2).then(|| self.expression(DataType::Text, 1));
                let filter = self.filter();
                Definition { kind: Kind::Business { values, by }, filter, ..plain }
            }
            _ => {
                let count = 1 + self.chance.below(3);
                let operators = [SetOperator::Union, SetOperator::Intersect, SetOperator::Except];
                let rules = (0..count)
                    .map(|_| {
                        let tables = self.tables();
                        self.look_at(tables);
                        (*self.chance.of(&operators), self.expression(DataType::Boolean, 3))
                    })
                    .collect();
                Definition { kind: Kind::Segment { rules }, ..plain }
            }
        }
    }

    fn filter(&mut self) -> Option<String> {
        self.chance.one_in(2).then(|| self.expression(DataType::Boolean, 2))
    }

    fn replace(&mut self) -> Option<(String, Value)> {
        let numbers: Vec<(String, DataType)> = self
            .columns
            .iter()
            .filter(|(name, ty)| *ty == DataType::Integer && !name.starts_with("Customer_Measure"))
            .cloned()
            .collect();
        if numbers.is_empty() || !self.chance.one_in(3) {
            return None;
        }
        Some((self.chance.of(&numbers).0.clone(), Value::Integer(self.chance.below(5) as i64)))
    }

    /// A value with aggregates.
    fn aggregated(&mut self) -> String {
        let number = |w: &mut Self| match w.chance.below(7) {
            0 => "count(*)".to_owned(),
            1 => format!("count({})", w.any(1)),
            2 => format!("count_unique({})", w.any(1)),
            3 => format!("sum({})", w.exact()),
            4 => format!("avg({})", w.exact()),
            5 => format!("min({})", w.expression(DataType::Number, 1)),
            _ => format!("sum(case when {} then 1 else 0 end)", w.expression(DataType::Boolean, 1)),
        };
        match self.chance.below(10) {
            0..4 => number(self),
            4 => format!("{} / {}", number(self), number(self)),
            5 => format!("coalesce({}, 0) - {}", number(self), number(self)),
            6 => {
                let which = *self.chance.of(&["min", "max"]);
                let ty = *self.chance.of(&[DataType::Text, DataType::Date, DataType::DateTime]);
                format!("{which}({})", self.expression(ty, 1))
            }
            7 => {
                let which = *self.chance.of(&["first", "last", "argmax", "argmin"]);
                let ty = *self.chance.of(&[DataType::DateTime, DataType::Integer, DataType::Date]);
                format!("{which}({}, {})", self.any(1), self.expression(ty, 0))
            }
            8 => format!("case when {} > 2 then {} end", number(self), number(self)),
            _ => {
                let ty = *self.chance.of(&[DataType::Date, DataType::DateTime]);
                format!("days_between(max({}), now())", self.expression(ty, 0))
            }
        }
    }

    /// A number that sums of any order make the same.
    fn exact(&mut self) -> String {
        let column = |w: &mut Self| {
            let ty = *w.chance.of(&[DataType::Number, DataType::Integer]);
            w.base_column(ty)
        };
        match self.chance.below(4) {
            0 => format!("{} * {}", column(self), column(self)),
            1 => format!("{} - {}", column(self), column(self)),
            2 => format!("case when {} then {} end", self.expression(DataType::Boolean, 1), column(self)),
            _ => column(self),
        }
    }

    /// A column of a table, no attribute: those may hold what was divided.
    fn base_column(&mut self, ty: DataType) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .filter(|(name, of)| *of == ty && !name.starts_with("Customer_Measure"))
            .map(|(name, _)| name.clone())
            .collect();
        if columns.is_empty() { "2".to_owned() } else { self.chance.of(&columns).clone() }
    }

    fn any(&mut self, depth: u32) -> String {
        let types = [DataType::Integer, DataType::Number, DataType::Text, DataType::Date, DataType::DateTime];
        let ty = *self.chance.of(&types);
        self.expression(ty, depth)
    }

    fn leaf(&mut self, ty: DataType) -> String {
        let columns: Vec<String> =
            self.columns.iter().filter(|(_, of)| *of == ty).map(|(name, _)| name.clone()).collect();
        if !columns.is_empty() && !self.chance.one_in(5) {
            return self.chance.of(&columns).clone();
        }
        match ty {
            DataType::Integer => format!("{}", self.chance.below(9)),
            DataType::Number => format!("{}", self.chance.below(60) as f64 / 4.0 + 0.25),
            DataType::Text => {
                let words = *self.chance.of(&[NAMES, CITIES, ITEMS, CODES]);
                quoted(self.chance.of::<&str>(words))
            }
            DataType::Date => {
                let days = ["2026-03-01", "2026-05-31", "2025-12-31", "2026-06-01"];
                format!("date '{}'", self.chance.of(&days))
            }
            DataType::DateTime => {
                let times = ["2026-03-08 02:30:00", "2026-05-31T23:59:59Z", "2025-11-02 01:30:00", "2026-06-01 08:00"];
                format!("timestamp '{}'", self.chance.of(&times))
            }
            _ => (*self.chance.of(&["true", "false"])).to_owned(),
        }
    }

    /// An expression of a type.
    fn expression(&mut self, ty: DataType, depth: u32) -> String {
        if depth == 0 || self.chance.one_in(4) && ty != DataType::Boolean {
            return self.leaf(ty);
        }
        let depth = depth - 1;
        match ty {
            DataType::Integer => self.integer(depth),
            DataType::Number => self.number(depth),
            DataType::Text => self.text(depth),
            DataType::Date => self.date(depth),
            DataType::DateTime => self.date_time(depth),
            _ => self.boolean(depth),
        }
    }

    fn two(&mut self, ty: DataType, depth: u32) -> (String, String) {
        (self.expression(ty, depth), self.expression(ty, depth))
    }

    fn integer(&mut self, depth: u32) -> String {
        let moment = *self.chance.of(&[DataType::Date, DataType::DateTime]);
        match self.chance.below(9) {
            0 => {
                let ((x, y), operator) = (self.two(DataType::Integer, depth), *self.chance.of(&["+", "-", "*", "%"]));
                format!("({x} {operator} {y})")
            }
            1 => format!("length({})", self.expression(DataType::Text, depth)),
            2 => {
                let unit = *self.chance.of(&["year", "quarter", "month", "week", "day"]);
                format!("date_part('{unit}', {})", self.expression(moment, depth))
            }
            3 => format!("day_of_week({})", self.expression(moment, depth)),
            4 => format!("days_between({}, {})", self.expression(moment, depth), self.expression(moment, depth)),
            5 => format!("time_of_day({})", self.expression(DataType::DateTime, depth)),
            6 => format!("abs({})", self.expression(DataType::Integer, depth)),
            7 => {
                let (x, y) = self.two(DataType::Integer, depth);
                format!("coalesce({x}, {y})")
            }
            _ => format!("-{}", self.leaf(DataType::Integer)),
        }
    }

    fn number(&mut self, depth: u32) -> String {
        match self.chance.below(7) {
            0..3 => {
                let ((x, y), operator) = (self.two(DataType::Number, depth), *self.chance.of(&["+", "-", "*", "/"]));
                format!("({x} {operator} {y})")
            }
            3 => {
                let which = *self.chance.of(&["round", "floor", "ceil", "abs"]);
                format!("{which}({})", self.expression(DataType::Number, depth))
            }
            4 => format!(
                "({} / {})",
                self.expression(DataType::Integer, depth),
                self.expression(DataType::Integer, depth)
            ),
            5 => {
                let (x, y) = self.two(DataType::Number, depth);
                format!("nullif({x}, {y})")
            }
            _ => {
                let (x, y) = self.two(DataType::Number, depth);
                format!("case when {} then {x} else {y} end", self.expression(DataType::Boolean, depth))
            }
        }
    }

    fn text(&mut self, depth: u32) -> String {
        match self.chance.below(6) {
            0 => {
                let which = *self.chance.of(&["lower", "upper", "trim"]);
                format!("{which}({})", self.expression(DataType::Text, depth))
            }
            1 => {
                let (from, count) = (self.chance.below(5), self.chance.below(4));
                format!("substr({}, {from}, {count})", self.expression(DataType::Text, depth))
            }
            2 => {
                let (x, y) = self.two(DataType::Text, depth);
                format!("concat({x}, '-', {y})")
            }
            3 => {
                let (x, y) = self.two(DataType::Text, depth);
                format!("({x} || {y})")
            }
            4 => {
                let (x, y) = self.two(DataType::Text, depth);
                format!("coalesce({x}, {y})")
            }
            _ => {
                let x = self.expression(DataType::Text, depth);
                format!("case {x} when {} then 'one' when {} then 'two' end", quoted("tea"), quoted("Bern"))
            }
        }
    }

    fn date(&mut self, depth: u32) -> String {
        match self.chance.below(3) {
            0 => {
                let unit = *self.chance.of(&["year", "quarter", "month", "week"]);
                format!("date_trunc('{unit}', {})", self.expression(DataType::Date, depth))
            }
            1 => format!("cast({} as date)", self.expression(DataType::DateTime, depth)),
            _ => {
                let (x, y) = self.two(DataType::Date, depth);
                format!("coalesce({x}, {y}, today())")
            }
        }
    }

    fn date_time(&mut self, depth: u32) -> String {
        match self.chance.below(3) {
            0 => {
                let unit = *self.chance.of(&["year", "month", "week", "day", "hour"]);
                format!("date_trunc('{unit}', {})", self.expression(DataType::DateTime, depth))
            }
            1 => format!("cast({} as date-time)", self.expression(DataType::Date, depth)),
            _ => {
                let (x, y) = self.two(DataType::DateTime, depth);
                format!("coalesce({x}, {y})")
            }
        }
    }

    fn boolean(&mut self, depth: u32) -> String {
        let types = [DataType::Integer, DataType::Number, DataType::Text, DataType::Date, DataType::DateTime];
        let ty = *self.chance.of(&types);
        match self.chance.below(16) {
            0 | 1 => {
                let ((x, y), operator) = (self.two(DataType::Boolean, depth), *self.chance.of(&["and", "and", "or"]));
                format!("({x} {operator} {y})")
            }
            2 => format!("not ({})", self.expression(DataType::Boolean, depth)),
            3 => format!("{} is null", self.any(depth)),
            4 => format!("{} is not null", self.any(depth)),
            5 => {
                let (low, high) = self.two(ty, 0);
                let not = *self.chance.of(&["", "not "]);
                format!("{} {not}between {low} and {high}", self.expression(ty, depth))
            }
            6 => {
                let (x, y) = (self.leaf(DataType::Text), self.leaf(DataType::Text));
                let not = *self.chance.of(&["", "not "]);
                format!("{} {not}in ({x}, {y}, 'tea')", self.expression(DataType::Text, depth))
            }
            7 => format!("{} in (1, 2, 5)", self.expression(DataType::Integer, depth)),
            8 => {
                let pattern = *self.chance.of(&["%e%", "te_", "b%", "%\\%%", "_\\_y", ""]);
                let word = *self.chance.of(&["like", "ilike", "not like", "not ilike"]);
                format!("{} {word} '{pattern}'", self.expression(DataType::Text, depth))
            }
            9 => {
                let which = *self.chance.of(&["contains", "starts_with", "ends_with"]);
                let word = *self.chance.of(&["e", "T", " ", "1"]);
                format!("{which}({}, '{word}')", self.expression(DataType::Text, depth))
            }
            10 => {
                let moment = *self.chance.of(&[DataType::Date, DataType::DateTime]);
                let which = *self.chance.of(&["within_last", "within_next"]);
                let unit = *self.chance.of(&["day", "week", "month", "year"]);
                format!("{which}({}, {}, '{unit}')", self.expression(moment, 0), 1 + self.chance.below(6))
            }
            11 => {
                let moment = *self.chance.of(&[DataType::Date, DataType::DateTime]);
                format!("year_to_date({})", self.expression(moment, 0))
            }
            12 if !self.segments.is_empty() => {
                let segments = self.segments.clone();
                format!("in_segment('{}')", self.chance.of(&segments))
            }
            13 => self.leaf(DataType::Boolean),
            _ => {
                let (x, y) = self.two(ty, depth);
                let operator = *self.chance.of(&["=", "<>", "<", "<=", ">", ">="]);
                format!("{x} {operator} {y}")
            }
        }
    }
}

/// A text constant.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
