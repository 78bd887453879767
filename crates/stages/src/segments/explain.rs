//! Explain: why somebody is in a segment or not, as queries over the published run.
//!
//! Flow     rule ─ its conditions, each with the values it compares ─ queries for one profile
//!
//! Invariants
//! - The SQL is that of the scan, over the same rows; only the tables are the published ones.
//! - A rule over many rows is looked at row by row: its answer follows from the rows shown.
//!
//! Not here: asking the queries and showing the answers (`onefold`, `explain`).

use onefold_model::define::{Pick, Segment, Times};
use onefold_model::expr::{ColumnRef, Node, Operator};
use onefold_model::plan::{NumberSet, SetOperator};
use onefold_model::sql::{column, id, integer, join, text};
use onefold_model::{Catalog, Project, Sql, TableName, Typed, sql};

use super::sequence::{Sequence, key_of};
use super::{Rule, limit};
use crate::Planner;
use crate::board::Board;
use crate::rows::{Base, Joined, Rows, Slots, joined_by};

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
    /// For how many rows it must hold; for one when there is none.
    pub times: Option<Times>,
    /// Which row it is about; any when there is none.
    pub pick: Option<Pick>,
    /// The conditions joined by `and`, `or` and `not`, in order; then what must hold for neighbours.
    pub conditions: Vec<ConditionExplanation>,
    /// How the conditions make the rule.
    pub logic: Logic,
    from: Sql,
    number: Sql,
    holds: Sql,
    /// What puts rows in order, the one that is picked first.
    order: Vec<Sql>,
    /// Whether a row may be picked.
    among: Option<Sql>,
}

/// How conditions make a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Logic {
    /// A condition, by its index.
    Condition(usize),
    /// All of them.
    And(Vec<Logic>),
    /// Any of them.
    Or(Vec<Logic>),
    /// Not this one.
    Not(Box<Logic>),
}

/// A condition that is not made of others.
#[derive(Clone, Debug, PartialEq)]
pub struct ConditionExplanation {
    /// As a person reads it.
    pub text: String,
    /// The columns it reads.
    pub columns: Vec<ColumnRef>,
    /// When it compares one value that reads columns with another: how, with that value on the left.
    pub threshold: Option<Operator>,
    /// Whether it holds for a row of the rule.
    holds: Sql,
    /// The values it looks at: text and SQL.
    values: Vec<(String, Sql)>,
    /// What the first value is compared with, when there is a threshold.
    bound: Option<Sql>,
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
        let count = |name: &str| sql!("count(*) filter (where ", id(name), ")");
        let each = (0..self.conditions.len()).map(|n| format!("c{n}")).map(|n| sql!(count(&n), " as ", id(&n)));
        let columns = [sql!("count(*) as \"Rows\""), sql!(count("Holds"), " as \"Held\"")].into_iter().chain(each);
        sql!("select ", join(columns, ", "), " from (", self.seen(profile_no, false), ") as \"x\"")
    }

    /// Up to `limit` rows, the one that is picked first, else those for which the rule holds first: `Holds`; for each
    /// condition `n` `c<n>` (whether it holds, null when unknown), for each of its values `m` `c<n>v<m>`, and where it
    /// has a threshold `c<n>b`; for `pick` `Among` (whether the row may be picked).
    pub fn rows(&self, profile_no: i32, limit: u32) -> Sql {
        let by = match self.order.is_empty() {
            true => "coalesce(\"Holds\", false) desc".into(),
            false => join((0..self.order.len()).map(|n| id(format!("o{n}"))), ", "),
        };
        let all = sql!("select * from (", self.seen(profile_no, true), ") as \"x\" order by ", by);
        sql!(all, " limit ", integer(limit.into()))
    }

    /// The rows of a profile, with what is seen of each.
    fn seen(&self, profile_no: i32, values: bool) -> Sql {
        let mut columns = vec![sql!(&self.holds, " as \"Holds\"")];
        for (n, condition) in self.conditions.iter().enumerate() {
            columns.push(sql!(&condition.holds, " as ", id(format!("c{n}"))));
            if values {
                let all = condition.values.iter().enumerate();
                columns.extend(all.map(|(m, (_, value))| sql!(value, " as ", id(format!("c{n}v{m}")))));
                columns.extend(condition.bound.iter().map(|bound| sql!(bound, " as ", id(format!("c{n}b")))));
            }
        }
        columns.extend(self.among.iter().map(|among| sql!(among, " as \"Among\"")));
        // Places in the order are numbers, so that they can be sorted by whatever they are made of.
        let order = self.order.iter().enumerate();
        columns.extend(order.map(|(n, by)| sql!("row_number() over (order by ", by, ") as ", id(format!("o{n}")))));
        let own = sql!(" where ", &self.number, " = ", integer(profile_no.into()));
        sql!("select ", join(columns, ", "), " from ", &self.from, own)
    }
}

/// What a segment says beside its rules, with what it takes to look at it for one profile.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundsExplanation {
    /// Its limit.
    pub limit: Option<LimitExplanation>,
    /// Its hold-out.
    pub holdout: Option<HoldoutExplanation>,
}

/// A limit.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitExplanation {
    /// How many members at most.
    pub count: u64,
    /// What they are ranked by, as a person reads it.
    pub by: String,
    /// So many of each of these.
    pub per: Option<String>,
    /// Whether the smallest come first.
    pub ascending: bool,
    ranked: Sql,
}

impl LimitExplanation {
    /// One row for somebody whom the rules find: `Rank`, `By`, `Per`, `Ranked` (how many are ranked with it) and `Last`
    /// (the value of the last one within the limit).
    pub fn rank(&self, profile_no: i32) -> Sql {
        let own = sql!(" where \"profile_no\" = ", integer(profile_no.into()));
        let same = "\"a\".\"Per\" is not distinct from \"x\".\"Per\"";
        let most = integer(i64::try_from(self.count).unwrap_or(i64::MAX));
        let last = sql!("max(case when \"a\".\"Rank\" = ", most, " then \"a\".\"By\" end) as \"Last\"");
        let figures = "\"x\".\"Rank\", \"x\".\"By\", \"x\".\"Per\"";
        sql!(
            "with \"a\" as (",
            &self.ranked,
            "), \"x\" as (select * from \"a\"",
            own,
            ") select ",
            figures,
            ", count(*) as \"Ranked\", ",
            last,
            " from \"x\" join \"a\" on ",
            same,
            " group by ",
            figures
        )
    }
}

/// A hold-out.
#[derive(Clone, Debug, PartialEq)]
pub struct HoldoutExplanation {
    /// What the choice is made from.
    pub name: String,
    /// The share of people.
    pub share: f64,
    held: Sql,
}

impl HoldoutExplanation {
    /// One row: `Held`, whether somebody is held out.
    pub fn held(&self, profile_no: i32) -> Sql {
        let own = sql!(" where \"c\".\"profile_no\" = ", integer(profile_no.into()));
        sql!("select ", &self.held, " as \"Held\" from ", TableName::from("Customer"), " as \"c\"", own)
    }
}

/// The rules of a segment, in order, as they can be looked at for one profile. Who has a plan already finds those of
/// all segments in [`Planned::rules`](crate::Planned::rules).
pub fn explain_segment(
    project: &Project,
    known: &Catalog,
    name: &str,
) -> (Vec<RuleExplanation>, Option<BoundsExplanation>) {
    let mut planned = crate::plan(project, known);
    let rules = planned.rules.into_iter().filter(|rule| rule.segment == name).collect();
    (rules, planned.bounds.remove(name))
}

/// Notes how the rules of a level can be looked at, and what segments say beside them; `scan_of` gives the scan that
/// found a rule.
pub(super) fn note(
    p: &mut Planner<'_>,
    board: &Board,
    segments: &[&Segment],
    rules: &[Rule<'_>],
    scan_of: &dyn Fn(&str) -> Option<TableName>,
) {
    for rule in rules {
        let explanation = match &rule.sequence {
            Some(sequence) => of_sequence(p, board, rule, sequence),
            None => of_rows(p, board, rule),
        };
        p.rules.push(explanation);
    }
    for segment in segments {
        let holdout = segment.holdout.as_ref().map(|holdout| HoldoutExplanation {
            name: holdout.name.clone(),
            share: holdout.share,
            held: sql!("(", limit::draw(holdout), " < ", text(limit::threshold(holdout.share)), ")"),
        });
        let own = rules.iter().filter(|rule| rule.segment.name == segment.name);
        let limit = segment.limit.as_ref().and_then(|written| {
            let ranking = limit::understand(p, board, written)?;
            let sets: Vec<(SetOperator, NumberSet)> = own
                .map(|rule| Some((rule.operator, limit::found_by(scan_of(&rule.name)?, &rule.name))))
                .collect::<Option<_>>()?;
            let ranked = ranking.query(p, board, None, &|number| limit::folded(&sets, number));
            let (by, per) = (ranking.by.to_string(), ranking.per.as_ref().map(ToString::to_string));
            Some(LimitExplanation { count: ranking.count, by, per, ascending: written.ascending, ranked })
        });
        if limit.is_some() || holdout.is_some() {
            p.bounds.insert(segment.name.value.clone(), BoundsExplanation { limit, holdout });
        }
    }
}

/// A rule that looks at each row by itself.
fn of_rows(p: &Planner<'_>, board: &Board, rule: &Rule<'_>) -> RuleExplanation {
    let mut joined = Joined::published(rule.rows.clone(), board, p.zone());
    joined.need(&rule.condition, &rule.slots);
    let mut conditions = Vec::new();
    let logic = logic_of(&rule.condition, &joined, &rule.slots, &mut conditions);
    let holds = joined.sql(&rule.condition, &rule.slots);
    explanation(rule, &rule.rows, &joined, conditions, logic, holds)
}

/// A rule that looks at the rows of a person together.
fn of_sequence(p: &Planner<'_>, board: &Board, rule: &Rule<'_>, sequence: &Sequence) -> RuleExplanation {
    let (zone, slots) = (p.zone(), &sequence.slots);
    let mut joined = Joined::published(sequence.rows.clone(), board, zone);
    sequence.expressions().for_each(|expression| joined.need(expression, slots));
    let mut conditions = Vec::new();
    let mut all = vec![logic_of(&sequence.filter, &joined, slots, &mut conditions)];
    for (beside, side, earlier) in [(&sequence.after, "after", true), (&sequence.before, "before", false)] {
        let Some(beside) = beside else { continue };
        let order = sequence.order.iter().map(|order| (order.to_string(), joined.sql(order, slots)));
        all.push(Logic::Condition(conditions.len()));
        conditions.push(ConditionExplanation {
            text: beside.words(side),
            columns: beside.filter.columns().into_iter().cloned().collect(),
            threshold: None,
            holds: sequence.beside(&joined, beside, earlier, zone),
            values: order.collect(),
            bound: None,
        });
    }
    let logic = if all.len() == 1 { all.swap_remove(0) } else { Logic::And(all) };
    let holds = sequence.holds(&joined, zone);
    let mut found = explanation(rule, &sequence.rows, &joined, conditions, logic, holds);
    (found.times, found.pick) = (sequence.times, sequence.pick);
    if let (Some(pick), Some(order)) = (sequence.pick, &sequence.order) {
        let way = if pick == Pick::First { " asc" } else { " desc" };
        let order = joined.sql(order, slots);
        let among = sequence.among.as_ref().map_or_else(|| "true".into(), |among| joined.sql(among, slots));
        let among = sql!("(coalesce(", among, ", false) and ", &order, " is not null)");
        let mut by = vec![sql!(&among, " desc"), sql!(order, way)];
        found.among = Some(among);
        by.extend(key_of(&sequence.rows.base).map(|key| sql!(column("r", key), way)));
        found.order = vec![join(by, ", ")];
    }
    found
}

fn explanation(
    rule: &Rule<'_>,
    rows: &Rows,
    joined: &Joined<'_>,
    conditions: Vec<ConditionExplanation>,
    logic: Logic,
    holds: Sql,
) -> RuleExplanation {
    let (table, many_rows) = match &rows.base {
        Base::Profiles => (TableName::from("Customer"), false),
        Base::Numbered(table, _) | Base::Plain(table, _) => (table.clone(), true),
    };
    RuleExplanation {
        segment: rule.segment.name.value.clone(),
        rule: rule.name.clone(),
        operator: rule.operator,
        text: rule.text.clone(),
        table,
        many_rows,
        times: None,
        pick: None,
        conditions,
        logic,
        from: joined.from(),
        number: joined.number(),
        holds,
        order: Vec::new(),
        among: None,
    }
}

/// The conditions that `and`, `or` and `not` join, and how they do.
#[recursive::recursive]
fn logic_of(
    condition: &Typed,
    joined: &Joined<'_>,
    slots: &Slots,
    conditions: &mut Vec<ConditionExplanation>,
) -> Logic {
    match &condition.node {
        Node::Binary(_, operator @ (Operator::And | Operator::Or), _) => {
            let mut parts = Vec::new();
            joined_by(condition, *operator, &mut parts);
            let parts = parts.into_iter().map(|part| logic_of(part, joined, slots, conditions)).collect();
            if *operator == Operator::And { Logic::And(parts) } else { Logic::Or(parts) }
        }
        Node::Not(inner) => Logic::Not(Box::new(logic_of(inner, joined, slots, conditions))),
        _ => {
            let values = operands(condition).into_iter();
            let (threshold, bound) = match threshold(condition) {
                Some((operator, bound)) => (Some(operator), Some(joined.sql(bound, slots))),
                None => (None, None),
            };
            conditions.push(ConditionExplanation {
                text: condition.to_string(),
                columns: condition.columns().into_iter().cloned().collect(),
                threshold,
                holds: joined.sql(condition, slots),
                values: values.map(|value| (value.to_string(), joined.sql(value, slots))).collect(),
                bound,
            });
            Logic::Condition(conditions.len() - 1)
        }
    }
}

/// How a comparison compares its first value that reads columns, and with what.
fn threshold(condition: &Typed) -> Option<(Operator, &Typed)> {
    let Node::Binary(left, operator, right) = &condition.node else { return None };
    let turned = match operator {
        Operator::Less => Operator::Greater,
        Operator::LessOrEqual => Operator::GreaterOrEqual,
        Operator::Greater => Operator::Less,
        Operator::GreaterOrEqual => Operator::LessOrEqual,
        Operator::Equal | Operator::NotEqual => *operator,
        _ => return None,
    };
    match (left.columns().is_empty(), right.columns().is_empty()) {
        (false, _) => Some((*operator, right)),
        (true, false) => Some((turned, left)),
        (true, true) => None,
    }
}

/// What a condition compares: the outermost parts of it that read a column.
fn operands(condition: &Typed) -> Vec<&Typed> {
    let parts: Vec<&Typed> = match &condition.node {
        Node::Binary(a, _, b) => vec![a, b],
        Node::Between { value, low, high, .. } => vec![value, low, high],
        Node::In { value, list, .. } => std::iter::once(&**value).chain(list).collect(),
        Node::InList { value, .. } => vec![value],
        Node::Like { value, pattern, .. } => vec![value, pattern],
        Node::IsNull { value, .. } => vec![value],
        Node::Call { args, .. } => args.iter().collect(),
        _ => vec![condition],
    };
    parts.into_iter().filter(|part| !part.columns().is_empty()).collect()
}
