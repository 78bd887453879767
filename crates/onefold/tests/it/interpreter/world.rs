//! World: tables of people and what they did, and what definitions make of them, row by row.
//!
//! Invariants
//! - A line belongs to its order, an order to its person; some lead to nobody.
//! - Measures and segments are worked out one after the other, each over all rows anew.
//!
//! Not here: what an expression means (`eval`), where data and definitions come from (`made`).

use std::collections::{BTreeMap, BTreeSet};

use onefold_model::define::DateBucket;
use onefold_model::expr::{ColumnRef, Scope, ScopeTable, parse, resolve};
use onefold_model::plan::SetOperator;
use onefold_model::{Column, DataType, Typed};

use super::eval::{Clock, Row};
use super::value::{Value, compare};

/// A row of a table.
pub(super) type Record = BTreeMap<String, Value>;

/// The columns of the three tables: aliases `Customer`, `o` and `l`.
pub(super) const COLUMNS: &[(&str, &[(&str, DataType)])] = &[
    (
        "Customer",
        &[
            ("id", DataType::Text),
            ("name", DataType::Text),
            ("city", DataType::Text),
            ("born", DataType::Date),
            ("joined", DataType::DateTime),
            ("score", DataType::Number),
            ("level", DataType::Integer),
            ("vip", DataType::Boolean),
        ],
    ),
    (
        "o",
        &[
            ("order_id", DataType::Text),
            ("person", DataType::Text),
            ("item", DataType::Text),
            ("total", DataType::Number),
            ("qty", DataType::Integer),
            ("at", DataType::DateTime),
            ("day", DataType::Date),
            ("paid", DataType::Boolean),
        ],
    ),
    (
        "l",
        &[
            ("line_id", DataType::Text),
            ("order", DataType::Text),
            ("code", DataType::Text),
            ("amount", DataType::Number),
            ("units", DataType::Integer),
        ],
    ),
];

/// The rows of the tables.
#[derive(Debug, Default)]
pub(super) struct World {
    /// `Customer`, a profile each.
    pub(super) people: Vec<Record>,
    /// `o`
    pub(super) orders: Vec<Record>,
    /// `l`
    pub(super) lines: Vec<Record>,
}

/// What a definition is, with its expressions as text.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A value a profile.
    Attribute { value: String },
    /// Values by profile and dimension.
    Split { values: Vec<String>, by: String, bucket: DateBucket },
    /// Values, by a dimension or none.
    Business { values: Vec<String>, by: Option<String> },
    /// A group of people.
    Segment { rules: Vec<(SetOperator, String)> },
}

/// A definition.
#[derive(Clone, Debug)]
pub(super) struct Definition {
    /// Its name.
    pub(super) name: String,
    /// What it is.
    pub(super) kind: Kind,
    /// Which rows count.
    pub(super) filter: Option<String>,
    /// What stands for null in a column, for values.
    pub(super) replace: Option<(String, Value)>,
}

/// What was worked out so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// By attribute: its type, a value a person.
    pub(super) attributes: BTreeMap<String, (DataType, Vec<Value>)>,
    /// By measure: rows of (person or none, dimension or none, values).
    pub(super) tables: BTreeMap<String, Vec<(Option<usize>, Option<Value>, Vec<Value>)>>,
    /// By segment: its members.
    pub(super) segments: BTreeMap<String, BTreeSet<usize>>,
}

/// Which rows a definition looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Base {
    Profiles,
    Orders,
    Lines,
}

/// A row with all that can be seen from it.
struct Seen<'a> {
    world: &'a World,
    found: &'a Found,
    line: Option<&'a Record>,
    order: Option<&'a Record>,
    person: Option<usize>,
    /// What stands for null in a column.
    replaced: Option<&'a (String, Value)>,
}

impl Row for Seen<'_> {
    fn column(&self, column: &ColumnRef) -> Value {
        let name = column.column.as_str();
        let of = |record: Option<&Record>| record.and_then(|record| record.get(name)).cloned().unwrap_or(Value::Null);
        let value = match column.alias.as_str() {
            "Customer" => of(self.person.map(|person| &self.world.people[person])),
            "o" => of(self.order),
            "l" => of(self.line),
            "Customer_Measure" => match (self.person, self.found.attributes.get(name)) {
                (Some(person), Some((_, values))) => values[person].clone(),
                _ => Value::Null,
            },
            other => panic!("no table `{other}`"),
        };
        match self.replaced {
            Some((replaced, with)) if value.is_null() && *replaced == format!("{}.{name}", column.alias) => {
                with.clone()
            }
            _ => value,
        }
    }
    fn in_segment(&self, segment: &str) -> Option<bool> {
        self.person.map(|person| self.found.segments[segment].contains(&person))
    }
}

impl World {
    /// Works out one definition after the other.
    pub(super) fn work_out(&self, clock: &Clock, definitions: &[Definition]) -> Found {
        let mut found = Found::default();
        for definition in definitions {
            self.one(clock, definition, &mut found);
        }
        found
    }

    fn one(&self, clock: &Clock, definition: &Definition, found: &mut Found) {
        let typed = |text: &str, aggregates: bool| typed(text, found, aggregates);
        let filter = definition.filter.as_ref().map(|filter| typed(filter, false));
        match &definition.kind {
            Kind::Attribute { value } => {
                let value = typed(value, true);
                let rows = self.rows(found, &[Some(&value), filter.as_ref()], true, clock, filter.as_ref());
                let values = (0..self.people.len())
                    .map(|person| {
                        let own = rows.iter().filter(|row| row.person == Some(person));
                        value_of(clock, &value, own, definition.replace.as_ref())
                    })
                    .collect();
                found.attributes.insert(definition.name.clone(), (value.ty, values));
            }
            Kind::Split { values, by, bucket } => {
                let values: Vec<Typed> = values.iter().map(|value| typed(value, true)).collect();
                let by = typed(by, false);
                let all: Vec<Option<&Typed>> = values.iter().chain([&by]).map(Some).chain([filter.as_ref()]).collect();
                let rows = self.rows(found, &all, true, clock, filter.as_ref());
                let mut table = Vec::new();
                for person in 0..self.people.len() {
                    let own: Vec<&Seen<'_>> = rows.iter().filter(|row| row.person == Some(person)).collect();
                    for (key, group) in groups(clock, &own, &by, *bucket) {
                        let of = |value| value_of(clock, value, group.iter().copied(), definition.replace.as_ref());
                        table.push((Some(person), Some(key), values.iter().map(of).collect()));
                    }
                }
                found.tables.insert(definition.name.clone(), table);
            }
            Kind::Business { values, by } => {
                let values: Vec<Typed> = values.iter().map(|value| typed(value, true)).collect();
                let by = by.as_ref().map(|by| typed(by, false));
                let all: Vec<Option<&Typed>> = values.iter().map(Some).chain([by.as_ref(), filter.as_ref()]).collect();
                let rows = self.rows(found, &all, false, clock, filter.as_ref());
                let all: Vec<&Seen<'_>> = rows.iter().collect();
                let groups = match &by {
                    Some(by) => {
                        let keyed = groups(clock, &all, by, DateBucket::None);
                        keyed.into_iter().map(|(key, group)| (Some(key), group)).collect()
                    }
                    None => vec![(None, all)],
                };
                let of = |group: &[&Seen<'_>], value| {
                    value_of(clock, value, group.iter().copied(), definition.replace.as_ref())
                };
                let table = groups
                    .into_iter()
                    .map(|(key, group)| (None, key, values.iter().map(|value| of(&group, value)).collect()))
                    .collect();
                found.tables.insert(definition.name.clone(), table);
            }
            Kind::Segment { rules } => {
                let mut members = BTreeSet::new();
                for (place, (operator, rule)) in rules.iter().enumerate() {
                    let rule = typed(rule, false);
                    let rows = self.rows(found, &[Some(&rule)], true, clock, Some(&rule));
                    let meet: BTreeSet<usize> = rows.iter().filter_map(|row| row.person).collect();
                    members = match operator {
                        _ if place == 0 => meet,
                        SetOperator::Union => &members | &meet,
                        SetOperator::Intersect => &members & &meet,
                        SetOperator::Except => &members - &meet,
                    };
                }
                found.segments.insert(definition.name.clone(), members);
            }
        }
    }

    /// The rows that expressions look at together, of them those that a filter keeps.
    fn rows<'a>(
        &'a self,
        found: &'a Found,
        expressions: &[Option<&Typed>],
        with_profiles: bool,
        clock: &Clock,
        filter: Option<&Typed>,
    ) -> Vec<Seen<'a>> {
        let expressions: Vec<&Typed> = expressions.iter().flatten().copied().collect();
        let names = |alias: &str| expressions.iter().any(|e| e.columns().iter().any(|c| c.alias == alias));
        let base = match () {
            () if names("l") => Base::Lines,
            () if names("o") => Base::Orders,
            () => Base::Profiles,
        };
        let person_of = |order: Option<&Record>| {
            let id = order?.get("person")?;
            self.people.iter().position(|person| !id.is_null() && person["id"] == *id)
        };
        let seen = |line, order, person| Seen { world: self, found, line, order, person, replaced: None };
        let all: Vec<Seen<'a>> = match base {
            Base::Profiles => (0..self.people.len()).map(|person| seen(None, None, Some(person))).collect(),
            Base::Orders => self.orders.iter().map(|order| seen(None, Some(order), person_of(Some(order)))).collect(),
            Base::Lines => {
                let order_of = |line: &Record| {
                    self.orders.iter().find(|order| !line["order"].is_null() && order["order_id"] == line["order"])
                };
                let each = |line: &'a Record| (line, order_of(line));
                self.lines.iter().map(each).map(|(line, order)| seen(Some(line), order, person_of(order))).collect()
            }
        };
        all.into_iter()
            .filter(|row| row.person.is_some() || !with_profiles)
            .filter(|row| filter.is_none_or(|filter| clock.of_row(filter, row).truth() == Some(true)))
            .collect()
    }
}

/// A value over rows, with what stands for null.
fn value_of<'a, 's: 'a>(
    clock: &Clock,
    value: &Typed,
    rows: impl Iterator<Item = &'a Seen<'s>>,
    replaced: Option<&(String, Value)>,
) -> Value {
    let rows: Vec<Seen<'_>> = rows.map(|row| Seen { replaced, ..*row }).collect();
    let rows: Vec<&dyn Row> = rows.iter().map(|row| row as &dyn Row).collect();
    clock.of_rows(value, &rows)
}

/// Rows by the value of a dimension, null one of them.
fn groups<'r, 's>(
    clock: &Clock,
    rows: &[&'r Seen<'s>],
    by: &Typed,
    bucket: DateBucket,
) -> Vec<(Value, Vec<&'r Seen<'s>>)> {
    let mut groups: Vec<(Value, Vec<&Seen<'_>>)> = Vec::new();
    for &row in rows {
        let key = in_bucket(clock, clock.of_row(by, row), bucket);
        let same = |other: &Value| match compare(other, &key, &clock.zone) {
            Some(order) => order.is_eq(),
            None => other.is_null() && key.is_null(),
        };
        match groups.iter_mut().find(|(other, _)| same(other)) {
            Some((_, group)) => group.push(row),
            None => groups.push((key, vec![row])),
        }
    }
    groups
}

/// The first day of a date's bucket.
fn in_bucket(clock: &Clock, value: Value, bucket: DateBucket) -> Value {
    let day = match (&value, bucket) {
        (_, DateBucket::None) | (Value::Null, _) => return value,
        (Value::Instant(at), _) => clock.zone.to_datetime(*at).date(),
        (Value::Date(day), _) => *day,
        (other, _) => panic!("{other:?} does not come in buckets"),
    };
    Value::Date(match bucket {
        DateBucket::Month => day.first_of_month(),
        DateBucket::Year => day.first_of_year(),
        _ => day,
    })
}

/// The types of a text's expression.
pub(super) fn typed(text: &str, found: &Found, aggregates: bool) -> Typed {
    let table = |alias: &str, columns: Vec<Column>| ScopeTable { alias: alias.to_owned(), columns, open: false };
    let mut tables: Vec<ScopeTable> = COLUMNS
        .iter()
        .map(|(alias, columns)| table(alias, columns.iter().map(|(name, ty)| Column::new(*name, *ty)).collect()))
        .collect();
    let attributes = found.attributes.iter().map(|(name, (ty, _))| Column::new(name.as_str(), *ty));
    tables.push(table("Customer_Measure", attributes.collect()));
    let scope = Scope { tables, segments: found.segments.keys().cloned().collect(), aggregates };
    let expr = parse(text, None).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
    resolve(&expr, &scope, None).unwrap_or_else(|faults| panic!("{text}: {faults:?}"))
}
