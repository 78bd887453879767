//! Explain: why somebody is in a segment or not, as queries over the published run.
//!
//! Flow     rule ─ its conditions, each with the values it compares ─ queries for one profile
//!
//! Invariants
//! - The SQL is that of the scan, over the same rows; only the tables are the published ones.
//!
//! Not here: asking the queries and showing the answers (`onefold`, `explain`).

use onefold_model::expr::{ColumnRef, Node, Operator};
use onefold_model::plan::SetOperator;
use onefold_model::sql::{id, join};
use onefold_model::{Catalog, Project, Sql, TableName, Typed, sql};

use super::Rule;
use crate::Planner;
use crate::board::Board;
use crate::rows::{Base, Joined};

/// A rule of a segment, with what it takes to look at it for one profile.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleExplanation {
    /// The segment.
    pub segment: String,
    /// `<Segment>#<n>`, as in the scan.
    pub rule: String,
    /// How it joins the rules before it.
    pub operator: SetOperator,
    /// The condition as written.
    pub text: String,
    /// The table whose rows it looks at; `Customer` when it looks at the profile itself.
    pub table: TableName,
    /// Whether a profile can have any number of rows in it.
    pub many_rows: bool,
    /// The conditions joined by `and`, `or` and `not`, in order.
    pub conditions: Vec<ConditionExplanation>,
    from: Sql,
    number: Sql,
    holds: Sql,
}

/// A condition that is not made of others.
#[derive(Clone, Debug, PartialEq)]
pub struct ConditionExplanation {
    /// As a person reads it.
    pub text: String,
    /// The columns it reads.
    pub columns: Vec<ColumnRef>,
    /// Whether it holds for a row of the rule.
    holds: Sql,
    /// The values it looks at: text and SQL.
    values: Vec<(String, Sql)>,
}

impl ConditionExplanation {
    /// What the values of [`RuleExplanation::rows`] are called by people: `Customer_Measure.pct_no_show`.
    pub fn value_texts(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(|(text, _)| text.as_str())
    }
}

impl RuleExplanation {
    /// One row: `Rows`, the number of rows the profile has here; `Held`, for how many the whole rule holds; for each
    /// condition `n` (from 0) `c<n>`, for how many it holds.
    pub fn counts(&self, profile_no: i32) -> Sql {
        let count = |holds: &Sql| sql!("count(*) filter (where ", holds, ")");
        let each = self.conditions.iter().enumerate().map(|(n, c)| sql!(count(&c.holds), " as ", id(format!("c{n}"))));
        let columns = [sql!("count(*) as \"Rows\""), sql!(count(&self.holds), " as \"Held\"")].into_iter().chain(each);
        sql!("select ", join(columns, ", "), self.of(profile_no))
    }

    /// Up to `limit` rows, those for which the rule holds first: `Holds`; for each condition `n` `c<n>` (whether it
    /// holds, null when unknown) and for each of its values `m` `c<n>v<m>`.
    pub fn rows(&self, profile_no: i32, limit: u32) -> Sql {
        let mut columns = vec![sql!(&self.holds, " as \"Holds\"")];
        for (n, condition) in self.conditions.iter().enumerate() {
            columns.push(sql!(&condition.holds, " as ", id(format!("c{n}"))));
            let values = condition.values.iter().enumerate();
            columns.extend(values.map(|(m, (_, value))| sql!(value, " as ", id(format!("c{n}v{m}")))));
        }
        let order = " order by coalesce(\"Holds\", false) desc limit ";
        sql!("select ", join(columns, ", "), self.of(profile_no), order, sql::integer(limit.into()))
    }

    fn of(&self, profile_no: i32) -> Sql {
        sql!(" from ", &self.from, " where ", &self.number, " = ", sql::integer(profile_no.into()))
    }
}

/// The rules of a segment, in order, as they can be looked at for one profile. Who has a plan already finds those of
/// all segments in [`Planned::rules`](crate::Planned::rules).
pub fn explain_segment(project: &Project, known: &Catalog, name: &str) -> Vec<RuleExplanation> {
    let rules = crate::plan(project, known).rules;
    rules.into_iter().filter(|rule| rule.segment == name).collect()
}

/// Notes how the rules of a level can be looked at.
pub(super) fn note(p: &mut Planner<'_>, board: &Board, rules: &[Rule<'_>]) {
    for rule in rules {
        let mut joined = Joined::published(rule.rows.clone(), board, p.zone());
        joined.need(&rule.condition, &rule.slots);
        let mut leaves = Vec::new();
        leaves_of(&rule.condition, &mut leaves);
        let conditions = leaves.into_iter().map(|leaf| {
            let values = operands(leaf).into_iter().map(|value| (value.to_string(), joined.sql(value, &rule.slots)));
            ConditionExplanation {
                text: leaf.to_string(),
                columns: leaf.columns().into_iter().cloned().collect(),
                holds: joined.sql(leaf, &rule.slots),
                values: values.collect(),
            }
        });
        let (table, many_rows) = match &rule.rows.base {
            Base::Profiles => (TableName::from("Customer"), false),
            Base::Numbered(table, _) | Base::Plain(table, _) => (table.clone(), true),
        };
        let explanation = RuleExplanation {
            segment: rule.segment.name.value.clone(),
            rule: rule.name.clone(),
            operator: rule.rule.operator,
            text: rule.rule.filter.value.to_string(),
            table,
            many_rows,
            conditions: conditions.collect(),
            from: joined.from(),
            number: joined.number(),
            holds: joined.sql(&rule.condition, &rule.slots),
        };
        p.rules.push(explanation);
    }
}

/// The conditions that `and`, `or` and `not` join.
fn leaves_of<'e>(condition: &'e Typed, leaves: &mut Vec<&'e Typed>) {
    match &condition.node {
        Node::Binary(a, Operator::And | Operator::Or, b) => {
            leaves_of(a, leaves);
            leaves_of(b, leaves);
        }
        Node::Not(a) => leaves_of(a, leaves),
        _ => leaves.push(condition),
    }
}

/// What a condition compares: the outermost parts of it that read a column.
fn operands(condition: &Typed) -> Vec<&Typed> {
    let parts: Vec<&Typed> = match &condition.node {
        Node::Binary(a, _, b) => vec![a, b],
        Node::Between { value, low, high, .. } => vec![value, low, high],
        Node::In { value, list, .. } => std::iter::once(&**value).chain(list).collect(),
        Node::Like { value, pattern, .. } => vec![value, pattern],
        Node::IsNull { value, .. } => vec![value],
        Node::Call { args, .. } => args.iter().collect(),
        _ => vec![condition],
    };
    parts.into_iter().filter(|part| !part.columns().is_empty()).collect()
}
