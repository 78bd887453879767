//! Explain: the rows that a measure's value of a profile comes from, as queries over the published run.
//!
//! Flow     measure ─ its rows ─ the columns it reads, whether its filter keeps a row ─ queries for one profile
//!
//! Invariants
//! - Filter and rows are those of the measure's own pass; only the tables are the published ones.
//!
//! Not here: asking the queries and showing the answers (`onefold`, `explain`).

use onefold_model::define::{Measure, MeasureKind};
use onefold_model::expr::columns_of;
use onefold_model::sql::{column, id, integer, join};
use onefold_model::{Sql, TableName, sql};

use super::understand;
use crate::Planner;
use crate::board::Board;
use crate::rows::{Base, Joined};

/// A measure, with what it takes to look at its rows for one profile.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasureExplanation {
    /// The measure.
    pub measure: String,
    /// Whether it is a column of `Customer_Measure`.
    pub is_attribute: bool,
    /// The calculation, as a person reads it.
    pub calculation: String,
    /// Which rows count, windows included.
    pub filter: Option<String>,
    /// The table its rows are of; `Customer` when it is worked out from the profile itself.
    pub table: TableName,
    /// What the values of [`MeasureExplanation::rows`] are called by people.
    pub columns: Vec<String>,
    from: Sql,
    owner: Sql,
    key: Option<Sql>,
    keeps: Sql,
    values: Vec<Sql>,
}

impl MeasureExplanation {
    /// One row: `Rows`, the number of rows the profile has, and `Kept`, how many the filter keeps.
    pub fn counts(&self, profile_no: i32) -> Sql {
        let kept = sql!("count(*) filter (where ", &self.keeps, ") as \"Kept\"");
        sql!("select count(*) as \"Rows\", ", kept, self.of(profile_no))
    }

    /// Some rows, those that are kept first, then by key: `Key`, `Kept` (null when unknown), and for each column `n`
    /// (from 0) `v<n>`.
    pub fn rows(&self, profile_no: i32, offset: u64, limit: u64) -> Sql {
        let number = |count: u64| integer(i64::try_from(count).unwrap_or(i64::MAX));
        let key = self.key.clone().unwrap_or_else(|| "null".into());
        let values = self.values.iter().enumerate().map(|(n, value)| sql!(", ", value, " as ", id(format!("v{n}"))));
        let order = match (&self.key, self.values.is_empty()) {
            (None, false) => "\"v0\"",
            _ => "\"Key\"",
        };
        sql!(
            "select ",
            key,
            " as \"Key\", (",
            &self.keeps,
            ") as \"Kept\"",
            join(values, ""),
            self.of(profile_no),
            " order by coalesce(\"Kept\", false) desc, ",
            order,
            " limit ",
            number(limit),
            " offset ",
            number(offset)
        )
    }

    fn of(&self, profile_no: i32) -> Sql {
        sql!(" from ", &self.from, " where ", &self.owner, " = ", integer(profile_no.into()))
    }
}

/// How a measure can be looked at; `None` for one without profiles, or a wrong one.
pub(crate) fn explain(p: &mut Planner<'_>, board: &Board, measure: &Measure) -> Option<MeasureExplanation> {
    if measure.kind.value == MeasureKind::BusinessMeasure {
        return None;
    }
    let understood = understand(p, board, measure)?;
    let (rows, slots) = (understood.rows, understood.slots);
    let mut joined = Joined::published(rows.clone(), board, p.zone());
    let all = || understood.values.iter().chain(&understood.filter).chain(&understood.dimensions);
    all().for_each(|expression| joined.need(expression, &slots));
    let mut columns = Vec::new();
    for name in all().flat_map(columns_of) {
        if !columns.contains(&name) {
            columns.push(name);
        }
    }
    let (table, key) = match &rows.base {
        Base::Profiles => (TableName::from("Customer"), None),
        Base::Numbered(table, key) | Base::Plain(table, key) => (table.clone(), key.clone()),
    };
    let keeps = understood.filter.as_ref().map_or_else(|| "true".into(), |filter| joined.sql(filter, &slots));
    let calculations: Vec<String> = measure.values.iter().map(|value| value.value.value.to_string()).collect();
    Some(MeasureExplanation {
        measure: measure.name.value.clone(),
        is_attribute: measure.kind.value == MeasureKind::CustomerAttribute,
        calculation: calculations.join(", "),
        filter: understood.filter.as_ref().map(ToString::to_string),
        table,
        columns: columns.iter().map(ToString::to_string).collect(),
        from: joined.from(),
        owner: joined.owner(),
        key: key.map(|key| column("r", &key)),
        keeps,
        values: columns.iter().map(|name| joined.column(name, &slots)).collect(),
    })
}
