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
use onefold_model::plan::{Atoms, NumberSet, Scan, SetOperator, Tree};
use onefold_model::sql::{id, integer, join, text};
use onefold_model::{DataType, Sql, TableName, Typed, sql};

use super::{Rule, limit, understand};
use crate::Planner;
use crate::board::Board;
use crate::rows::{Base, Joined, Rows, Slots, joined_by};
use crate::scope::system;

/// The rules of a segment, to be tried.
#[derive(Clone, Debug, Default)]
pub struct SegmentDraft {
    /// The passes that find everything: rows that several rules look at are looked at once.
    pub passes: Vec<Scan>,
    /// The rules, in order.
    pub rules: Vec<RuleDraft>,
    /// The query (`profile_no`) of those within its limit, of the members that [`SegmentDraft::AUDIENCE`] holds.
    pub limit: Option<Sql>,
    /// Where those are found who are held out of it.
    pub holdout: Option<Place>,
}

impl SegmentDraft {
    /// The table of the members before a limit: one row (`Rule`, `Members`), with this name as its `Rule`.
    pub const AUDIENCE: &str = "#audience";
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
    /// Where the profiles are found for which the rule holds without it; only where that was asked for.
    pub without: Option<Place>,
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

/// A condition to be looked at.
struct Look<'r> {
    /// The rule it is of.
    rule: usize,
    condition: &'r Typed,
    rows: &'r Rows,
    slots: &'r Slots,
    /// Whether it is what the scan of the rule looks at.
    is_scan: bool,
    /// Whether its parts are those of the rule.
    has_parts: bool,
}

/// A segment's rules, or `None` when one of them is wrong; what is wrong has been said. `without`: whether it is also
/// to be found who is there when a condition is left out.
pub(crate) fn draft(
    p: &mut Planner<'_>,
    board: &Board,
    level: usize,
    segment: &Segment,
    without: bool,
) -> Option<SegmentDraft> {
    let rules: Vec<Rule<'_>> = understand(p, &system(p, board), level, segment);
    if rules.len() < segment.rules.len() {
        return None;
    }
    let mut groups: Vec<(&Rows, Vec<Look<'_>>)> = Vec::new();
    for look in rules.iter().enumerate().flat_map(|(index, rule)| looks(index, rule)) {
        match groups.iter_mut().find(|(rows, _)| *rows == look.rows) {
            Some((_, same)) => same.push(look),
            None => groups.push((look.rows, vec![look])),
        }
    }
    let mut draft = SegmentDraft::default();
    let mut scans: Vec<Option<Place>> = vec![None; rules.len()];
    let mut drafts: Vec<Option<RuleDraft>> = vec![None; rules.len()];
    for (rows, group) in groups {
        let mut joined = Joined::new(rows.clone(), board, p.zone(), level);
        group.iter().for_each(|look| joined.need(look.condition, look.slots));
        let mut pass = Pass { number: draft.passes.len(), atoms: Atoms::default(), conditions: Vec::new() };
        for look in group {
            let rule = &rules[look.rule];
            if look.is_scan {
                let holds = joined.tree(look.condition, look.slots, &mut pass.atoms);
                scans[look.rule] = Some(pass.place(&rule.name, holds));
            }
            if look.has_parts {
                drafts[look.rule] = Some(rule_draft(&joined, rule, &look, &mut pass, without));
            }
        }
        draft.passes.push(pass.atoms.scan(joined.from(), joined.number(), pass.conditions));
    }
    for (found, scan) in drafts.into_iter().zip(scans) {
        let (mut rule, place) = (found?, scan?);
        rule.place = place;
        // The whole of the rule, not of what it asks of a row.
        rule.parts[0].place = place;
        draft.rules.push(rule);
    }
    if let Some(limit) = &segment.limit {
        draft.limit = Some(within_limit(p, board, level, limit)?);
    }
    draft.holdout = segment.holdout.as_ref().map(|holdout| {
        let held = sql!(limit::draw(holdout), " < ", text(limit::threshold(holdout.share)));
        let from = sql!(TableName::from("Customer"), " as \"c\"");
        let conditions = [(limit::holdout_of(&segment.name), held)];
        draft.passes.push(Scan::of(from, "\"c\".\"profile_no\"".into(), conditions));
        Place { pass: draft.passes.len() - 1, condition: 0 }
    });
    Some(draft)
}

/// What is to be looked at for a rule: its condition; for one over many rows the answers, and its conditions by row.
fn looks<'r>(index: usize, rule: &'r Rule<'_>) -> Vec<Look<'r>> {
    let own = Look {
        rule: index,
        condition: &rule.condition,
        rows: &rule.rows,
        slots: &rule.slots,
        is_scan: true,
        has_parts: rule.sequence.is_none(),
    };
    let by_row = rule.sequence.as_ref().map(|sequence| Look {
        rule: index,
        condition: &sequence.filter,
        rows: &sequence.rows,
        slots: &sequence.slots,
        is_scan: false,
        has_parts: true,
    });
    [own].into_iter().chain(by_row).collect()
}

/// The query of those within a limit.
fn within_limit(
    p: &mut Planner<'_>,
    board: &Board,
    level: usize,
    limit: &onefold_model::define::SegmentLimit,
) -> Option<Sql> {
    let ranking = limit::understand(p, board, limit)?;
    let audience = NumberSet {
        table: SegmentDraft::AUDIENCE.into(),
        names: "Rule".into(),
        name: SegmentDraft::AUDIENCE.to_owned(),
        members: "Members".into(),
    };
    let ranked = ranking.query(p, board, Some(level), &|number| audience.holds(number));
    let most = integer(i64::try_from(ranking.count).unwrap_or(i64::MAX));
    let number = "select cast(\"profile_no\" as bigint) as \"profile_no\" from (";
    Some(sql!(number, ranked, ") as \"x\" where \"Rank\" <= ", most))
}

/// A pass in the making.
struct Pass {
    number: usize,
    atoms: Atoms,
    conditions: Vec<(String, Tree)>,
}

impl Pass {
    /// The place of a condition: the one it has, or a new one.
    fn place(&mut self, rule: &str, holds: Tree) -> Place {
        let known = self.conditions.iter().position(|(_, condition)| *condition == holds);
        let condition = known.unwrap_or(self.conditions.len());
        if known.is_none() {
            self.conditions.push((format!("{rule}/{condition}"), holds));
        }
        Place { pass: self.number, condition }
    }
}

fn rule_draft(joined: &Joined<'_>, rule: &Rule<'_>, look: &Look<'_>, pass: &mut Pass, without: bool) -> RuleDraft {
    let mut nodes = Vec::new();
    nodes_of(look.condition, &mut Vec::new(), &mut nodes);
    let mut parts: Vec<PartDraft> = Vec::new();
    for (path, node) in nodes {
        let holds = joined.tree(node, look.slots, &mut pass.atoms);
        let place = pass.place(&rule.name, holds);
        // Of rows that are counted or put in order, what is left out would change the answers themselves.
        let left_out = without && rule.sequence.is_none() && !path.is_empty();
        let without = left_out.then(|| {
            let rest = tree_without(joined, look.condition, look.slots, &mut pass.atoms, &path);
            pass.place(&rule.name, rest)
        });
        parts.push(PartDraft { path, text: node.to_string(), place, without });
    }
    let columns = onefold_model::expr::columns_of(look.condition);
    let ty_of = |name: &onefold_model::expr::ColumnRef| {
        let mut ty = DataType::Any;
        look.condition.walk(&mut |e| {
            if matches!(&e.node, Node::Column(other) if other == name) {
                ty = e.ty;
            }
        });
        ty
    };
    RuleDraft {
        operator: rule.operator,
        text: rule.text.clone(),
        of_profiles: look.rows.base == Base::Profiles,
        place: parts[0].place,
        parts,
        columns: columns.iter().map(|name| (format!("{}.{}", name.alias, name.column), ty_of(name))).collect(),
        from: joined.from(),
        number: joined.number(),
        holds: joined.sql(look.condition, look.slots),
        values: columns.iter().map(|name| joined.column(name, look.slots)).collect(),
    }
}

/// A condition without the part at a path.
#[recursive::recursive]
fn tree_without(joined: &Joined<'_>, node: &Typed, slots: &Slots, atoms: &mut Atoms, path: &[usize]) -> Tree {
    let (Some((&at, rest)), Node::Binary(_, operator @ (Operator::And | Operator::Or), _)) =
        (path.split_first(), &node.node)
    else {
        return joined.tree(node, slots, atoms);
    };
    let mut children = Vec::new();
    joined_by(node, *operator, &mut children);
    let mut trees = Vec::new();
    for (number, child) in children.into_iter().enumerate() {
        if number != at {
            trees.push(joined.tree(child, slots, atoms));
        } else if !rest.is_empty() {
            trees.push(tree_without(joined, child, slots, atoms, rest));
        }
    }
    if *operator == Operator::And { Tree::And(trees) } else { Tree::Or(trees) }
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
