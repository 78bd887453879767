//! Limit: the best so many of a segment, and who is held out of it at random.
//!
//! Reads    the scans of the segment's rules, `Customer`, attributes
//! Writes   `SegmentRanks_<Segment>` (`profile_no`, `Rank`: 1 is the best, within each of `per`) and
//!          `SegmentDraw_<level>` (`profile_no`, and for each name of a hold-out 12 hex digits of a hash), both internal
//! Flow     rules folded ─ ranked ─ a scan compares ranks ─ less those held out: what `segments.members` folds
//!
//! Invariants
//! - Limits come first, hold-outs are taken from who is left: a tenth of 500 is held out, not 500 taken of nine tenths.
//! - A draw depends on CustomerId and name alone: it is the same in every run and for every segment of that name.
//! - People without a value to be ranked by are left out; ties are decided by CustomerId.
//!
//! Not here: the fold itself (the kernel `membership`).

use onefold_model::define::{Holdout, Segment, SegmentLimit};
use onefold_model::expr::{ColumnRef, Literal, Node, Operator};
use onefold_model::plan::{NumberSet, SetOperator, Stage};
use onefold_model::sql::{id, join, text};
use onefold_model::{
    Code, Column, ColumnName, DataType, Diagnostic, Expr, Output, Spanned, Sql, TableName, Typed, Work, sql,
};

use super::{Rule, sequence};
use crate::Planner;
use crate::board::Board;
use crate::order::because_segment;
use crate::planner::step;
use crate::rows::{Base, Joined, Rows, Slot, Slots, rows_of};
use crate::scope::{Names, names};
use crate::turns;

/// The alias of the tables written here.
const ALIAS: &str = "#rank";
/// How many hex digits a draw has.
const DIGITS: usize = 12;

/// The rule that holds for those within the limit of a segment.
pub(crate) fn limit_rule(segment: &str) -> String {
    format!("{segment}#limit")
}
/// Those held out of a segment: a rule, and the name under which they can be asked for.
pub(crate) fn holdout_of(segment: &str) -> String {
    format!("{segment}#holdout")
}
/// `SegmentRanks_<Segment>`
fn ranks_of(segment: &Segment) -> TableName {
    TableName::new(format!("SegmentRanks_{}", segment.name.value))
}
/// `SegmentDraw_<level>`
fn draw_of(level: usize) -> TableName {
    TableName::new(format!("SegmentDraw_{level}"))
}

/// A limit with types, and the profiles it ranks.
pub(crate) struct Ranking {
    pub(crate) by: Typed,
    pub(crate) per: Option<Typed>,
    rows: Rows,
    slots: Slots,
    ascending: bool,
    pub(crate) count: u64,
}

/// A limit with types; `None` once it has been said what is wrong.
pub(crate) fn understand(p: &mut Planner<'_>, board: &Board, limit: &SegmentLimit) -> Option<Ranking> {
    let names = names(p, board, &[])?;
    let by = ranked(p, &names, &limit.by)?;
    let per = match &limit.per {
        Some(per) => Some(ranked(p, &names, per)?),
        None => None,
    };
    let all: Vec<&Typed> = [&by].into_iter().chain(&per).collect();
    let (rows, slots) = rows_of(p, &names, &all, true, limit.by.at)?;
    if rows.base != Base::Profiles {
        let message = "`limit` ranks people, and this looks at a table with many rows a person";
        let hint = "make a measure of it, and rank by `Customer_Measure.<name>`";
        p.say(Diagnostic::new(Code::ExprTables, limit.by.at, message).hint(hint));
        return None;
    }
    Some(Ranking { by, per, rows, slots, ascending: limit.ascending, count: limit.count })
}

fn ranked(p: &mut Planner<'_>, names: &Names, value: &Spanned<Expr>) -> Option<Typed> {
    let typed = p.typed(value, &names.scope(false))?;
    if matches!(typed.ty, DataType::Json | DataType::Bitmap) {
        let message = format!("people cannot be ranked by a {}", typed.ty);
        p.say(Diagnostic::new(Code::ExprType, value.at, message).hint("write a number, a date or a text"));
        return None;
    }
    Some(typed)
}

impl Ranking {
    /// `profile_no`, `Rank`, `By` and `Per` of the people for whom `within` (of a number) holds; `published`: as the
    /// last run left everything.
    pub(crate) fn query(
        &self,
        p: &Planner<'_>,
        board: &Board,
        level: Option<usize>,
        within: &dyn Fn(&Sql) -> Sql,
    ) -> Sql {
        let mut joined = match level {
            Some(level) => Joined::new(self.rows.clone(), board, p.zone(), level),
            None => Joined::published(self.rows.clone(), board, p.zone()),
        };
        [&self.by].into_iter().chain(&self.per).for_each(|e| joined.need(e, &self.slots));
        joined.need_customer();
        let number = joined.number();
        let by = joined.sql(&self.by, &self.slots);
        let per = self.per.as_ref().map(|per| joined.sql(per, &self.slots));
        let parted = per.as_ref().map(|per| sql!("partition by ", per, " ")).unwrap_or_default();
        let way = if self.ascending { " asc" } else { " desc" };
        let order = sql!(parted, "order by ", &by, way, ", \"c\".\"CustomerId\"");
        let per = per.unwrap_or_else(|| "null".into());
        sql!(
            "select cast(",
            &number,
            " as int) as \"profile_no\", cast(row_number() over (",
            order,
            ") as bigint) as \"Rank\", ",
            &by,
            " as \"By\", ",
            per,
            " as \"Per\" from ",
            joined.from(),
            " where ",
            within(&number),
            " and ",
            by,
            " is not null"
        )
    }
}

/// Plans the ranks of a segment, and gives the rule that compares them; `scan_of` gives the scan that found a rule.
pub(super) fn plan<'a>(
    p: &mut Planner<'_>,
    board: &Board,
    level: usize,
    segment: &'a Segment,
    own: &[&Rule<'_>],
    scan_of: &dyn Fn(&str) -> Option<TableName>,
) -> Option<Rule<'a>> {
    let ranking = understand(p, board, segment.limit.as_ref()?)?;
    let found: Vec<(SetOperator, NumberSet)> = own
        .iter()
        .map(|rule| Some((rule.operator, found_by(scan_of(&rule.name)?, &rule.name))))
        .collect::<Option<_>>()?;
    let within = |number: &Sql| folded(&found, number);
    let query =
        sql!("select \"profile_no\", \"Rank\" from (", ranking.query(p, board, Some(level), &within), ") as \"x\"");
    let table = ranks_of(segment);
    let columns = vec![Column::new("profile_no", DataType::Small), Column::new("Rank", DataType::Integer)];
    let out = Output::internal(table.clone(), columns).sorted_by(&["profile_no"]);
    let name = format!("segments.ranks {}", segment.name.value);
    if !segment.has_own_time() {
        let all = [&ranking.by].into_iter().chain(&ranking.per);
        let asks = turns::asks(all, &ranking.rows, &ranking.slots, board, p.zone(), Some(level));
        p.turns(&name, because_segment(segment), asks);
    }
    p.step(step(name, Stage::Segments, &[because_segment(segment)], vec![out], Work::Sql(query)));
    let most = Literal::Integer(i64::try_from(ranking.count).unwrap_or(i64::MAX));
    let condition = compared("Rank", DataType::Integer, Operator::LessOrEqual, most);
    Some(extra(segment, limit_rule(&segment.name), condition, table))
}

/// The bitmap that a scan wrote for a rule.
pub(crate) fn found_by(table: TableName, rule: &str) -> NumberSet {
    NumberSet { table, names: "Rule".into(), name: rule.to_owned(), members: "Members".into() }
}

/// Whether a number is in sets, folded left to right.
pub(crate) fn folded(sets: &[(SetOperator, NumberSet)], number: &Sql) -> Sql {
    let mut all: Sql = "false".into();
    for (place, (operator, set)) in sets.iter().enumerate() {
        let own = set.holds(number);
        all = match operator {
            _ if place == 0 => own,
            SetOperator::Union => sql!("(", all, " or ", own, ")"),
            SetOperator::Intersect => sql!("(", all, " and ", own, ")"),
            SetOperator::Except => sql!("(", all, " and not ", own, ")"),
        };
    }
    all
}

/// Plans the draws of a level, and gives the rules that compare them.
pub(super) fn plan_draws<'a>(p: &mut Planner<'_>, level: usize, segments: &[&'a Segment]) -> Vec<Rule<'a>> {
    let held: Vec<(&Segment, &Holdout)> =
        segments.iter().filter_map(|segment| Some((*segment, segment.holdout.as_ref()?))).collect();
    let Some(table) = held.first().map(|_| draw_of(level)) else { return Vec::new() };
    let mut columns = vec![Column::new("profile_no", DataType::Small)];
    let mut values = vec![Sql::from("\"c\".\"profile_no\"")];
    for (_, holdout) in &held {
        let name = draw_column(holdout);
        if columns.iter().all(|known| known.name != name.as_str()) {
            columns.push(Column::new(name.as_str(), DataType::Text));
            values.push(sql!(draw(holdout), " as ", id(&name)));
        }
    }
    let query = sql!("select ", join(values, ", "), " from ", TableName::from("Customer"), " as \"c\"");
    let mut because: Vec<String> = held.iter().map(|(segment, _)| because_segment(segment)).collect();
    because.dedup();
    let out = Output::internal(table.clone(), columns).sorted_by(&["profile_no"]);
    p.step(step(format!("segments.draw {level}"), Stage::Segments, &because, vec![out], Work::Sql(query)));
    let rule = |(segment, holdout): &(&'a Segment, &Holdout)| {
        let condition =
            compared(&draw_column(holdout), DataType::Text, Operator::Less, Literal::Text(threshold(holdout.share)));
        extra(segment, holdout_of(&segment.name), condition, table.clone())
    };
    held.iter().map(rule).collect()
}

/// The draw of a profile: the same for the same CustomerId and name.
pub(crate) fn draw(holdout: &Holdout) -> Sql {
    let words = sql!("concat(", text(format!("{}/", holdout.name)), ", \"c\".\"CustomerId\")");
    sql!("substr(sha256_hex(", words, "), 1, ", onefold_model::sql::integer(DIGITS as i64), ")")
}

/// Draws below this are held out.
pub(crate) fn threshold(share: f64) -> String {
    let most = 16f64.powi(DIGITS as i32);
    format!("{:0width$x}", (share * most) as u64, width = DIGITS)
}

fn draw_column(holdout: &Holdout) -> String {
    format!("d{:016x}", sequence::hash(&holdout.name))
}

fn compared(name: &str, ty: DataType, operator: Operator, with: Literal) -> Typed {
    let column = Node::Column(ColumnRef { alias: ALIAS.to_owned(), column: ColumnName::from(name) });
    let column = Expr { node: column, ty, span: (0, 0) };
    let with = Expr { node: Node::Literal(with), ty, span: (0, 0) };
    Expr { node: Node::Binary(Box::new(column), operator, Box::new(with)), ty: DataType::Boolean, span: (0, 0) }
}

/// A rule that no one wrote, over a table made here.
fn extra(segment: &Segment, name: String, condition: Typed, table: TableName) -> Rule<'_> {
    let slots = Slots::from([(ALIAS.to_owned(), Slot::Base)]);
    let rows = Rows::numbered(table);
    let text = condition.to_string();
    Rule { segment, operator: SetOperator::Union, text, name, condition, rows, slots, sequence: None }
}
