//! Draft: the rules of a segment as scans to be tried, with every part of every condition a condition of its own.
//!
//! Flow     rule ─ its rows ─ one pass for all rules over the same rows ─ where in the pass each part is found
//!
//! Invariants
//! - A part stands where a builder shows it: what `and` joins are children of one node, likewise `or`.
//! - A condition that stands twice in a pass is looked at once.
//!
//! Not here: working it out (`onefold-lake`), what it rests on (`crate::draft`).

use onefold_model::define::Segment;
use onefold_model::expr::{Node, Operator};
use onefold_model::plan::{Scan, SetOperator};
use onefold_model::sql::{id, integer, join};
use onefold_model::{DataType, Sql, Typed, sql};

use super::{Rule, understand};
use crate::Planner;
use crate::board::Board;
use crate::rows::{Base, Joined, Rows};

/// The rules of a segment, to be tried.
#[derive(Clone, Debug, Default)]
pub struct SegmentDraft {
    /// The passes that find everything: rows that several rules look at are looked at once.
    pub passes: Vec<Scan>,
    /// The rules, in order.
    pub rules: Vec<RuleDraft>,
}

/// A rule, to be tried.
#[derive(Clone, Debug)]
pub struct RuleDraft {
    /// How it joins the rules before it.
    pub operator: SetOperator,
    /// The condition as written.
    pub text: String,
    /// Whether it looks at profiles themselves: each has one row.
    pub of_profiles: bool,
    /// Where the rule's members are found.
    pub place: Place,
    /// The nodes of its condition, depth first, the whole first.
    pub parts: Vec<PartDraft>,
    /// The columns it reads: as text, and their types.
    pub columns: Vec<(String, DataType)>,
    from: Sql,
    number: Sql,
    holds: Sql,
    values: Vec<Sql>,
}

/// A condition of a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Index into [`SegmentDraft::passes`].
    pub pass: usize,
    /// Index into the conditions of the pass.
    pub condition: usize,
}

/// A node of a rule's condition.
#[derive(Clone, Debug)]
pub struct PartDraft {
    /// The way to it from the whole: the number of the child at each step.
    pub path: Vec<usize>,
    /// As a person reads it.
    pub text: String,
    /// Where the profiles are found for which it holds by itself.
    pub place: Place,
}

impl RuleDraft {
    /// Rows of the rule for which it holds, of these profiles: `number`, then `v<n>` for each of the columns.
    pub fn rows(&self, profiles: &[u32]) -> Sql {
        let values = self.values.iter().enumerate().map(|(n, value)| sql!(", ", value, " as ", id(format!("v{n}"))));
        // Single comparisons, not a list: the engine passes over pages by them, however many there are.
        let is = |no: &u32| sql!(&self.number, " = ", integer(i64::from(*no)));
        let any = join(profiles.iter().map(is), " or ");
        let number = sql!("cast(", &self.number, " as bigint) as \"number\"");
        let mut query = sql!("select ", number, join(values, ""), " from ", &self.from);
        query.push(sql!(" where (", any, ") and (", &self.holds, ")"));
        query
    }
}

/// A segment's rules, or `None` when one of them is wrong; what is wrong has been said.
pub(crate) fn draft(p: &mut Planner<'_>, board: &Board, level: usize, segment: &Segment) -> Option<SegmentDraft> {
    let rules: Vec<Rule<'_>> = understand(p, board, segment);
    if rules.len() < segment.rules.len() {
        return None;
    }
    let mut groups: Vec<(&Rows, Vec<&Rule<'_>>)> = Vec::new();
    for rule in &rules {
        match groups.iter_mut().find(|(rows, _)| **rows == rule.rows) {
            Some((_, same)) => same.push(rule),
            None => groups.push((&rule.rows, vec![rule])),
        }
    }
    let mut passes = Vec::new();
    let mut drafts: Vec<(usize, RuleDraft)> = Vec::new();
    for (rows, group) in groups {
        let mut joined = Joined::new(rows.clone(), board, p.zone(), level);
        group.iter().for_each(|rule| joined.need(&rule.condition, &rule.slots));
        let mut conditions: Vec<(String, Sql)> = Vec::new();
        for rule in group {
            let index = rules.iter().position(|other| other.name == rule.name).unwrap_or_default();
            drafts.push((index, rule_draft(&joined, rule, passes.len(), &mut conditions)));
        }
        passes.push(Scan { from: joined.from(), number: joined.number(), conditions });
    }
    drafts.sort_by_key(|(index, _)| *index);
    Some(SegmentDraft { passes, rules: drafts.into_iter().map(|(_, rule)| rule).collect() })
}

fn rule_draft(joined: &Joined<'_>, rule: &Rule<'_>, pass: usize, conditions: &mut Vec<(String, Sql)>) -> RuleDraft {
    let mut nodes = Vec::new();
    nodes_of(&rule.condition, &mut Vec::new(), &mut nodes);
    let parts: Vec<PartDraft> = nodes
        .into_iter()
        .map(|(path, node)| {
            let holds = joined.sql(node, &rule.slots);
            let known = conditions.iter().position(|(_, condition)| *condition == holds);
            let condition = known.unwrap_or(conditions.len());
            if known.is_none() {
                conditions.push((format!("{}/{condition}", rule.name), holds));
            }
            PartDraft { path, text: node.to_string(), place: Place { pass, condition } }
        })
        .collect();
    let columns = onefold_model::expr::columns_of(&rule.condition);
    let ty_of = |name: &onefold_model::expr::ColumnRef| {
        let mut ty = DataType::Any;
        rule.condition.walk(&mut |e| {
            if matches!(&e.node, Node::Column(other) if other == name) {
                ty = e.ty;
            }
        });
        ty
    };
    RuleDraft {
        operator: rule.rule.operator,
        text: rule.rule.filter.value.to_string(),
        of_profiles: rule.rows.base == Base::Profiles,
        place: parts[0].place,
        parts,
        columns: columns.iter().map(|name| (format!("{}.{}", name.alias, name.column), ty_of(name))).collect(),
        from: joined.from(),
        number: joined.number(),
        holds: joined.sql(&rule.condition, &rule.slots),
        values: columns.iter().map(|name| joined.column(name, &rule.slots)).collect(),
    }
}

/// The nodes of a condition, depth first, each with the way to it.
#[recursive::recursive]
fn nodes_of<'e>(node: &'e Typed, path: &mut Vec<usize>, all: &mut Vec<(Vec<usize>, &'e Typed)>) {
    all.push((path.clone(), node));
    let Node::Binary(_, operator @ (Operator::And | Operator::Or), _) = &node.node else { return };
    let mut children = Vec::new();
    joined_by(node, *operator, &mut children);
    for (number, child) in children.into_iter().enumerate() {
        path.push(number);
        nodes_of(child, path, all);
        path.pop();
    }
}

/// What one operator joins, from left to right.
#[recursive::recursive]
fn joined_by<'e>(node: &'e Typed, operator: Operator, all: &mut Vec<&'e Typed>) {
    match &node.node {
        Node::Binary(a, own, b) if *own == operator => {
            joined_by(a, operator, all);
            joined_by(b, operator, all);
        }
        _ => all.push(node),
    }
}
