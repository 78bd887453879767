//! World: tables of people and what they did, and the rows that expressions look at.
//!
//! Invariants
//! - A line belongs to its order, an order to who placed it and to who was given it; some lead to nobody.
//! - An order is an activity twice: of who placed it, and of who was given it.
//! - People stand below others, by `parent`; some in circles.
//!
//! Not here: what an expression means (`eval`), what definitions make of rows (`measures`, `people`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use onefold_model::expr::{ColumnRef, Literal, Node, Scope, ScopeTable, parse, resolve};
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
            ("parent", DataType::Text),
            ("name", DataType::Text),
            ("city", DataType::Text),
            ("born", DataType::Date),
            ("joined", DataType::DateTime),
            ("score", DataType::Number),
            ("level", DataType::Integer),
            ("owed", DataType::Decimal(8, 3)),
            ("vip", DataType::Boolean),
        ],
    ),
    (
        "o",
        &[
            ("order_id", DataType::Text),
            ("person", DataType::Text),
            ("giver", DataType::Text),
            ("item", DataType::Text),
            ("total", DataType::Number),
            ("price", DataType::Decimal(10, 2)),
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
            ("cost", DataType::Decimal(8, 3)),
            ("units", DataType::Integer),
        ],
    ),
];

/// Columns of activities that definitions name.
pub(super) const ACTIVITY: &[(&str, DataType)] = &[
    ("ActivityType", DataType::Text),
    ("ActivityName", DataType::Text),
    ("ActivityTime", DataType::DateTime),
    ("Title", DataType::Text),
    ("ActualActivityId", DataType::Text),
];

/// The definitions of activities over orders: name, type, the relationship that leads to a person.
pub(super) const ACTIVITIES: &[(&str, &str, Way)] =
    &[("bought", "Purchase", Way::Placed), ("given", "Present", Way::Given)];

/// Values in files, by the name of the list.
pub(super) const LISTS: &[(&str, &[&str])] = &[
    ("words", &["Bern", "tea", "A1", "no show"]),
    ("numbers", &["1", "2", "5", "7"]),
    ("days", &["2026-05-31", "2026-06-01", "2026-03-08"]),
];

/// How far up a hierarchy is followed.
const MOST_STEPS: usize = 20;

/// The way from an order to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Who placed it.
    Placed,
    /// Who was given it.
    Given,
}

impl Way {
    /// The column that holds the person.
    fn column(self) -> &'static str {
        if self == Self::Placed { "person" } else { "giver" }
    }
}

/// The tables that an expression can name beside those of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Used {
    /// Of `o` and `l`, those that are declared.
    pub(super) declared: Vec<&'static str>,
    /// The way that leads from them to people.
    pub(super) way: Way,
}

/// The rows of the tables.
#[derive(Debug, Default)]
pub(super) struct World {
    /// `Customer`, a profile each.
    pub(super) people: Vec<Record>,
    /// The ids that the profiles were given.
    pub(super) ids: Vec<String>,
    /// `o`
    pub(super) orders: Vec<Record>,
    /// `l`
    pub(super) lines: Vec<Record>,
}

/// What can be named so far, and of which type.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// Attributes.
    pub(super) attributes: BTreeMap<String, DataType>,
    /// Customer measures: their columns.
    pub(super) tables: BTreeMap<String, Vec<(String, DataType)>>,
    /// Business measures of one value.
    pub(super) scalars: BTreeMap<String, DataType>,
    /// Segments, and those held out of them.
    pub(super) segments: BTreeSet<String>,
}

/// A row of a measure's table.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    /// Whose it is; nobody's for a business measure.
    pub(super) person: Option<usize>,
    /// What it is split by.
    pub(super) keys: Vec<Value>,
    /// Its values.
    pub(super) values: Vec<Value>,
}

/// What was worked out so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// What can be named.
    pub(super) known: Known,
    /// By attribute: a value a person.
    pub(super) attributes: BTreeMap<String, Vec<Value>>,
    /// By measure with a table of its own: its rows.
    pub(super) tables: BTreeMap<String, Vec<Counted>>,
    /// By segment: its members.
    pub(super) segments: BTreeMap<String, BTreeSet<usize>>,
    /// By segment: the columns of its view, a value a person; those of its members count.
    pub(super) shown: BTreeMap<String, Vec<(String, Vec<Value>)>>,
}

/// Which rows are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Base {
    Profiles,
    Orders,
    Lines,
    Activities,
    Measure(String),
}

/// A row with all that can be seen from it.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    world: &'a World,
    found: &'a Found,
    line: Option<&'a Record>,
    order: Option<&'a Record>,
    activity: Option<&'a (&'static str, &'static str, Way)>,
    counted: Option<(&'a str, &'a Counted)>,
    /// Whose the row is.
    pub(super) person: Option<usize>,
    /// What stands for other values in columns.
    pub(super) replaced: &'a [Replacement],
}

/// What stands in the place of values of a column.
#[derive(Clone, Debug)]
pub(super) struct Replacement {
    /// `<alias>.<column>`
    pub(super) column: String,
    /// What is replaced (`None`: null), and what stands in its place.
    pub(super) values: Vec<(Option<Value>, Value)>,
    /// Whether it is written as `replace_nulls`.
    pub(super) of_nulls: bool,
}

impl Row for Seen<'_> {
    fn column(&self, column: &ColumnRef) -> Value {
        let value = self.plain(column);
        let written = format!("{}.{}", column.alias, column.column);
        for replaced in self.replaced.iter().filter(|replaced| replaced.column == written) {
            let with = replaced.values.iter().find(|(target, _)| match target {
                None => value.is_null(),
                Some(target) => !value.is_null() && value == *target,
            });
            if let Some((_, with)) = with {
                return with.clone();
            }
        }
        value
    }
    fn in_segment(&self, segment: &str) -> Option<bool> {
        self.person.map(|person| self.found.segments[segment].contains(&person))
    }
    fn stands(&self, above: bool, key: &str) -> Option<bool> {
        let other = self.world.person(&Value::Text(key.to_owned()));
        self.person.map(|person| {
            other.is_some_and(|other| {
                let (below, over) = if above { (other, person) } else { (person, other) };
                below != over && self.world.above(below).contains(&over)
            })
        })
    }
}

impl<'a> Seen<'a> {
    fn plain(&self, column: &ColumnRef) -> Value {
        let name = column.column.as_str();
        let of = |record: Option<&Record>| record.and_then(|record| record.get(name)).cloned().unwrap_or(Value::Null);
        let text = |text: &str| Value::Text(text.to_owned());
        match column.alias.as_str() {
            "Customer" => of(self.person.map(|person| &self.world.people[person])),
            "o" => of(self.order),
            "l" => of(self.line),
            "Customer_Measure" => match (self.person, self.found.attributes.get(name)) {
                (Some(person), Some(values)) => values[person].clone(),
                _ => Value::Null,
            },
            "UnifiedActivity" => {
                let Some(((definition, kind, _), order)) = self.activity.zip(self.order) else { return Value::Null };
                match name {
                    "ActivityType" => text(kind),
                    "ActivityName" => text(definition),
                    "ActivityTime" => order["at"].clone(),
                    "Title" => order["item"].clone(),
                    _ => order["order_id"].clone(),
                }
            }
            alias => match (self.counted, self.found.known.tables.get(alias)) {
                (Some((of, row)), Some(columns)) if of == alias => {
                    let place = columns.iter().position(|(known, _)| known == name).expect("a column of the measure");
                    row.keys.iter().chain(&row.values).nth(place).cloned().expect("a value a column")
                }
                // A business measure of one value.
                _ => self.found.tables[alias][0].values[0].clone(),
            },
        }
    }
    /// What tells it apart from the other rows of its table.
    pub(super) fn key(&self) -> Value {
        let of = |record: &Record, key: &str| record[key].clone();
        match (self.line, self.order) {
            (Some(line), _) => of(line, "line_id"),
            (None, Some(order)) => of(order, "order_id"),
            _ => Value::Null,
        }
    }
    /// The same row with what stands in the place of values.
    pub(super) fn with(self, replaced: &'a [Replacement]) -> Self {
        Self { replaced, ..self }
    }
}

impl World {
    /// The person with a key.
    fn person(&self, id: &Value) -> Option<usize> {
        self.people.iter().position(|person| !id.is_null() && person["id"] == *id)
    }

    /// A person and all above, at most so many steps.
    pub(super) fn above(&self, person: usize) -> BTreeSet<usize> {
        let mut all = BTreeSet::from([person]);
        let mut here = person;
        for _ in 0..MOST_STEPS {
            let Some(next) = self.person(&self.people[here]["parent"]) else { break };
            if next == here {
                break;
            }
            all.insert(next);
            here = next;
        }
        all
    }

    /// The rows that expressions look at together, of them those that lead to a profile, or all.
    pub(super) fn rows<'a>(
        &'a self,
        found: &'a Found,
        used: &Used,
        expressions: &[&Typed],
        with_profiles: bool,
    ) -> (Base, Vec<Seen<'a>>) {
        let base = base_of(found, used, expressions);
        let person_of = |order: Option<&Record>, way: Way| self.person(order?.get(way.column())?);
        let nothing = Seen {
            world: self,
            found,
            line: None,
            order: None,
            activity: None,
            counted: None,
            person: None,
            replaced: &[],
        };
        let all: Vec<Seen<'a>> = match &base {
            Base::Profiles => (0..self.people.len()).map(|person| Seen { person: Some(person), ..nothing }).collect(),
            Base::Orders => {
                let of = |order| Seen { order: Some(order), person: person_of(Some(order), used.way), ..nothing };
                self.orders.iter().map(of).collect()
            }
            Base::Lines => {
                let order_of = |line: &Record| {
                    self.orders.iter().find(|order| !line["order"].is_null() && order["order_id"] == line["order"])
                };
                let of = |line: &'a Record| {
                    let order = order_of(line);
                    Seen { line: Some(line), order, person: person_of(order, used.way), ..nothing }
                };
                self.lines.iter().map(of).collect()
            }
            Base::Activities => {
                let of = |order: &'a Record| {
                    ACTIVITIES.iter().map(move |activity| (order, activity, person_of(Some(order), activity.2)))
                };
                let seen = |(order, activity, person)| Seen {
                    order: Some(order),
                    activity: Some(activity),
                    person,
                    ..nothing
                };
                self.orders.iter().flat_map(of).map(seen).collect()
            }
            Base::Measure(name) => {
                let (name, rows) = found.tables.get_key_value(name).expect("what is named was found");
                rows.iter()
                    .map(|row| Seen { counted: Some((name.as_str(), row)), person: row.person, ..nothing })
                    .collect()
            }
        };
        (base, all.into_iter().filter(|row| row.person.is_some() || !with_profiles).collect())
    }
}

fn base_of(found: &Found, used: &Used, expressions: &[&Typed]) -> Base {
    let columns: Vec<&ColumnRef> = expressions.iter().flat_map(|e| e.columns()).collect();
    let names = |alias: &str| columns.iter().any(|column| column.alias == alias);
    let measure = found.known.tables.keys().find(|name| names(name));
    let asks_people = expressions.iter().any(|e| asks_of_people(e));
    match () {
        () if names("l") => Base::Lines,
        () if names("o") => Base::Orders,
        () if names("UnifiedActivity") => Base::Activities,
        () if measure.is_some() => Base::Measure(measure.cloned().unwrap_or_default()),
        // Rows are counted, and one table is declared.
        () if columns.is_empty() && !asks_people && used.declared == ["o"] => Base::Orders,
        () if columns.is_empty() && !asks_people && used.declared == ["l"] => Base::Lines,
        () => Base::Profiles,
    }
}

/// Whether an expression asks where the person is, without a column.
fn asks_of_people(e: &Typed) -> bool {
    let mut stands = false;
    e.walk(&mut |e| stands |= matches!(&e.node, Node::Call { function, .. } if function.is_of_hierarchy()));
    stands || !e.segments().is_empty()
}

/// Rows by the values of dimensions, null one of them.
pub(super) fn groups<'r, 's>(
    clock: &Clock,
    rows: Vec<(Vec<Value>, &'r Seen<'s>)>,
) -> Vec<(Vec<Value>, Vec<&'r Seen<'s>>)> {
    let same = |a: &Value, b: &Value| match compare(a, b, &clock.zone) {
        Some(order) => order.is_eq(),
        None => a.is_null() && b.is_null(),
    };
    let mut groups: Vec<(Vec<Value>, Vec<&Seen<'_>>)> = Vec::new();
    for (keys, row) in rows {
        match groups.iter_mut().find(|(other, _)| other.iter().zip(&keys).all(|(a, b)| same(a, b))) {
            Some((_, group)) => group.push(row),
            None => groups.push((keys, vec![row])),
        }
    }
    groups
}

/// A text's expression with its types.
pub(super) fn typed(text: &str, known: &Known, declared: &[&str], aggregates: bool) -> Typed {
    let table =
        |alias: &str, columns: Vec<Column>| Arc::new(ScopeTable { alias: alias.to_owned(), columns, open: false });
    let columns_of = |columns: &[(&str, DataType)]| columns.iter().map(|(name, ty)| Column::new(*name, *ty)).collect();
    let mut tables: Vec<Arc<ScopeTable>> = COLUMNS
        .iter()
        .filter(|(alias, _)| *alias == "Customer" || declared.contains(alias))
        .map(|(alias, columns)| table(alias, columns_of(columns)))
        .collect();
    tables.push(table("UnifiedActivity", columns_of(ACTIVITY)));
    let attributes = known.attributes.iter().map(|(name, ty)| Column::new(name.as_str(), *ty));
    tables.push(table("Customer_Measure", attributes.collect()));
    for (name, columns) in &known.tables {
        tables.push(table(name, columns.iter().map(|(name, ty)| Column::new(name.as_str(), *ty)).collect()));
    }
    for (name, ty) in &known.scalars {
        tables.push(table(name, vec![Column::new(name.as_str(), *ty)]));
    }
    let scope = Scope { tables, segments: known.segments.iter().cloned().collect(), aggregates };
    let expr = parse(text, None).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
    let expr = expr.rewrite(&mut |mut e| {
        if let Node::InList { list, values, .. } = &mut e.node {
            let listed = LISTS.iter().find(|(name, _)| name == list).expect("a list that is there").1;
            *values = listed.iter().map(|word| Literal::Text((*word).to_owned())).collect();
        }
        e
    });
    resolve(&expr, &scope, None).unwrap_or_else(|faults| panic!("{text}: {faults:?}"))
}
