//! Words: expressions from a seed, over the columns that a definition looks at.
//!
//! Invariants
//! - What is summed is never divided first: sums are exact in any order.
//!
//! Not here: definitions (`drawn`).

use onefold_model::DataType;

use super::made::{CITIES, CODES, Chance, ITEMS, NAMES};
use super::world::{ACTIVITY, COLUMNS, Known};

/// Asks for a decimal, of however many digits.
pub(super) const EXACT: DataType = DataType::Decimal(10, 2);

/// Writes expressions over some columns.
pub(super) struct Writer<'c> {
    pub(super) chance: &'c mut Chance,
    /// What can be named so far.
    pub(super) known: Known,
    /// The columns that can be named now, of the rows and of what is joined to them.
    columns: Vec<(String, DataType)>,
    /// Those of the rows themselves.
    of_rows: Vec<(String, DataType)>,
}

impl<'c> Writer<'c> {
    /// One that knows no definition.
    pub(super) fn new(chance: &'c mut Chance) -> Self {
        Self { chance, known: Known::default(), columns: Vec::new(), of_rows: Vec::new() }
    }
}

fn is(own: DataType, wanted: DataType) -> bool {
    own == wanted || matches!((own, wanted), (DataType::Decimal(..), DataType::Decimal(..)))
}

impl Writer<'_> {
    /// Chooses the tables that are named; `declared`: those of them that stand under `tables:`.
    pub(super) fn look_at(&mut self, aliases: &[&str], declared: &[&str]) {
        self.columns.clear();
        self.of_rows.clear();
        for alias in aliases {
            let of = |columns: &[(&str, DataType)]| -> Vec<(String, DataType)> {
                columns.iter().map(|(name, ty)| (format!("{alias}.{name}"), *ty)).collect()
            };
            let (own, is_rows): (Vec<(String, DataType)>, bool) = match *alias {
                "Customer_Measure" => {
                    let all = self.known.attributes.iter();
                    (all.map(|(name, ty)| (format!("{alias}.{name}"), *ty)).collect(), false)
                }
                "UnifiedActivity" => (of(ACTIVITY), true),
                alias => {
                    let table = COLUMNS.iter().find(|(name, _)| *name == alias);
                    let measure = self.known.tables.get(alias);
                    match (table, measure) {
                        (Some((_, columns)), _) => (of(columns), declared.contains(&alias)),
                        (None, Some(columns)) => {
                            (columns.iter().map(|(name, ty)| (format!("{alias}.{name}"), *ty)).collect(), true)
                        }
                        (None, None) => (vec![(format!("{alias}.{alias}"), self.known.scalars[alias])], false),
                    }
                }
            };
            self.columns.extend(own.iter().cloned());
            if is_rows {
                // Of two tables the later one is the deeper: its rows are looked at.
                self.of_rows = own;
            }
        }
    }

    /// Whether nothing but people is looked at.
    pub(super) fn rows_are_people(&self) -> bool {
        self.of_rows.is_empty()
    }
    /// A column of the rows.
    pub(super) fn row_column(&self) -> String {
        self.of_rows.first().map(|(name, _)| name.clone()).expect("rows have columns")
    }
    /// A column of the rows of a type.
    pub(super) fn row_column_of(&mut self, ty: DataType) -> Option<String> {
        let own: Vec<String> =
            self.of_rows.iter().filter(|(_, own)| is(*own, ty)).map(|(name, _)| name.clone()).collect();
        (!own.is_empty()).then(|| self.chance.of(&own).clone())
    }
    /// A column of a type.
    pub(super) fn column_of(&mut self, ty: DataType) -> Option<String> {
        let own: Vec<String> =
            self.columns.iter().filter(|(_, own)| is(*own, ty)).map(|(name, _)| name.clone()).collect();
        (!own.is_empty()).then(|| self.chance.of(&own).clone())
    }

    /// A value with aggregates.
    pub(super) fn aggregated(&mut self) -> String {
        let number = |w: &mut Self| match w.chance.below(8) {
            0 => "count(*)".to_owned(),
            1 => format!("count({})", w.any(1)),
            2 => format!("count_unique({})", w.any(1)),
            3 => format!("sum({})", w.exact()),
            4 => format!("avg({})", w.exact()),
            5 => format!("min({})", w.expression(DataType::Number, 1)),
            6 => format!("sum({})", w.expression(EXACT, 1)),
            _ => format!("sum(case when {} then 1 else 0 end)", w.expression(DataType::Boolean, 1)),
        };
        match self.chance.below(10) {
            0..4 => number(self),
            4 => format!("{} / {}", number(self), number(self)),
            5 => format!("coalesce({}, 0) - {}", number(self), number(self)),
            6 => {
                let which = *self.chance.of(&["min", "max"]);
                let ty = *self.chance.of(&[DataType::Text, DataType::Date, DataType::DateTime, EXACT]);
                format!("{which}({})", self.expression(ty, 1))
            }
            7 => {
                let which = *self.chance.of(&["first", "last", "argmax", "argmin"]);
                let ty = *self.chance.of(&[DataType::DateTime, DataType::Integer, DataType::Date, EXACT]);
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
            let ty = *w.chance.of(&[DataType::Number, DataType::Integer, DataType::Decimal(8, 3)]);
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
        let types = [DataType::Integer, DataType::Number, DataType::Text, DataType::Date, DataType::DateTime, EXACT];
        let ty = *self.chance.of(&types);
        self.expression(ty, depth)
    }

    fn leaf(&mut self, ty: DataType) -> String {
        let columns: Vec<String> =
            self.columns.iter().filter(|(_, of)| is(*of, ty)).map(|(name, _)| name.clone()).collect();
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
            DataType::Decimal(..) => format!("cast({} as decimal(10,2))", self.chance.below(30)),
            _ => (*self.chance.of(&["true", "false"])).to_owned(),
        }
    }

    /// An expression of a type.
    pub(super) fn expression(&mut self, ty: DataType, depth: u32) -> String {
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
            DataType::Decimal(..) => self.decimal(),
            _ => self.boolean(depth),
        }
    }

    fn two(&mut self, ty: DataType, depth: u32) -> (String, String) {
        (self.expression(ty, depth), self.expression(ty, depth))
    }

    /// Of columns alone, so that all digits have room.
    fn decimal(&mut self) -> String {
        let (x, y) = (self.leaf(EXACT), self.leaf(EXACT));
        match self.chance.below(9) {
            0 => format!("({x} + {y})"),
            1 => format!("({x} - {y})"),
            2 => format!("({x} * {})", self.chance.below(7)),
            3 => format!("coalesce({x}, {y})"),
            4 => format!("case when {} then {x} else {y} end", self.expression(DataType::Boolean, 1)),
            5 => format!("{}({x})", self.chance.of(&["round", "floor", "ceil", "abs"])),
            6 => format!("round({x}, 1)"),
            7 => format!("nullif({x}, {y})"),
            _ => format!("-{x}"),
        }
    }

    fn integer(&mut self, depth: u32) -> String {
        let moment = *self.chance.of(&[DataType::Date, DataType::DateTime]);
        match self.chance.below(13) {
            8 => format!("cast({} as integer)", self.expression(DataType::Number, depth)),
            9 => format!("cast({} as integer)", self.expression(EXACT, depth)),
            10 => format!("cast({} as integer)", self.expression(DataType::Text, depth)),
            11 => {
                let unit = *self.chance.of(&["hour", "minute", "second"]);
                format!("date_part('{unit}', {})", self.expression(DataType::DateTime, depth))
            }
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
        match self.chance.below(11) {
            6 => format!("({} ^ {})", self.expression(DataType::Number, depth), self.chance.of(&["2", "-1", "0.5"])),
            7 => format!("round({}, 1)", self.expression(DataType::Number, depth)),
            8 => format!("cast({} as number)", self.expression(EXACT, depth)),
            9 => format!("({} / {})", self.expression(EXACT, depth), self.expression(DataType::Integer, depth)),
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
        match self.chance.below(9) {
            5 => format!("cast({} as text)", self.expression(DataType::Integer, depth)),
            6 => format!("cast({} as text)", self.expression(EXACT, depth)),
            7 => format!("substr({}, {})", self.expression(DataType::Text, depth), self.chance.below(4)),
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
                let unit = *self.chance.of(&["year", "quarter", "month", "week", "day", "hour"]);
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
        let types = [DataType::Integer, DataType::Number, DataType::Text, DataType::Date, DataType::DateTime, EXACT];
        let ty = *self.chance.of(&types);
        match self.chance.below(20) {
            14 => match self.chance.below(3) {
                0 => format!("in_list({}, 'words')", self.expression(DataType::Text, depth)),
                1 => format!("in_list({}, 'numbers')", self.expression(DataType::Integer, depth)),
                _ => format!("in_list({}, 'days')", self.expression(DataType::Date, depth)),
            },
            15 => {
                let which = *self.chance.of(&["child_of", "parent_of"]);
                format!("{which}('p{:02}', 'Shop_people.parent')", self.chance.below(8))
            }
            16 => format!("{} in ({}, 1.25)", self.expression(EXACT, depth), self.leaf(EXACT)),
            17 => {
                let (x, y) = self.two(DataType::Boolean, depth);
                format!("({x}) {} ({y})", self.chance.of(&["=", "<>"]))
            }
            18 => {
                let numbers = [DataType::Integer, DataType::Number, EXACT];
                let (a, b) = (*self.chance.of(&numbers), *self.chance.of(&numbers));
                format!("{} < {}", self.expression(a, depth), self.expression(b, depth))
            }
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
            12 if !self.known.segments.is_empty() => {
                let segments: Vec<String> = self.known.segments.iter().cloned().collect();
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
