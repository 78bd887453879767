//! Sequence: rules that look at the rows of a person together: how many, which one in order, what came before or after.
//!
//! Reads    the rows of the rules
//! Writes   `SegmentRows_<level>_<rows>` (internal): `profile_no`, and a column a question: how many rows of the
//!          person meet it, or for `pick` whether the one row does (1 or 0)
//! Flow     rules over the same rows ─ one pass: windows where rows have neighbours, then one row a person ─ the scan
//!          compares its columns as it compares measures
//!
//! Invariants
//! - A column is named after what it asks: equal questions are one column, and a draft finds what the last run found.
//! - Neighbours are strictly earlier or later; rows without an order are nobody's neighbour and are never picked.
//! - Ties of `pick` are decided by the key of the table.
//!
//! Not here: what a condition means (`condition`), the scan (`segments`).

use std::collections::BTreeMap;

use onefold_model::define::{Neighbor, Pick, SegmentRule, TimeUnit, Times, Within};
use onefold_model::expr::{ColumnRef, Literal, Node, Operator};
use onefold_model::plan::Stage;
use onefold_model::sql::{cast, column, id, integer, join, text};
use onefold_model::{
    At, Code, Column, ColumnName, DataType, Diagnostic, Expr, Output, Spanned, Sql, TableName, Typed, Work, sql,
};

use super::Rule;
use crate::Planner;
use crate::board::Board;
use crate::measures::typed_condition;
use crate::order::because_segment;
use crate::planner::step;
use crate::rows::{Base, Joined, Rows, Slot, Slots, rows_of};
use crate::scope::Names;
use crate::turns;

/// The alias under which a scan names the columns of such a table.
const ALIAS: &str = "#rows";

/// What a rule asks of the rows of a person together.
#[derive(Clone, Debug)]
pub(crate) struct Sequence {
    /// What must hold for a row by itself.
    pub(crate) filter: Typed,
    /// For how many rows.
    pub(crate) times: Option<Times>,
    /// For which one row.
    pub(crate) pick: Option<Pick>,
    /// The rows it is picked from.
    pub(crate) among: Option<Typed>,
    /// What puts rows in order.
    pub(crate) order: Option<Typed>,
    /// A row that must come before.
    pub(crate) after: Option<Beside>,
    /// A row that must follow.
    pub(crate) before: Option<Beside>,
    /// The rows.
    pub(crate) rows: Rows,
    /// Where the columns of each alias are found in them.
    pub(crate) slots: Slots,
    /// The table of answers.
    pub(crate) table: TableName,
    /// The column of this one's.
    pub(crate) column: String,
}

/// A neighbouring row.
#[derive(Clone, Debug)]
pub(crate) struct Beside {
    /// What must hold for it.
    pub(crate) filter: Typed,
    /// How far away it is at most.
    pub(crate) within: Option<Within>,
}

impl Beside {
    /// As people read it: ``after a row with `status = 'noshow'` within 30 days``.
    pub(crate) fn words(&self, side: &str) -> String {
        let within = self.within.map(|within| {
            let plural = if within.count == 1 { "" } else { "s" };
            format!(" within {} {}{plural}", within.count, within.unit.word())
        });
        format!("{side} a row with {}{}", self.filter, within.unwrap_or_default())
    }
}

impl Sequence {
    /// All its expressions.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Typed> {
        let beside = self.after.iter().chain(&self.before).map(|beside| &beside.filter);
        [&self.filter].into_iter().chain(&self.among).chain(&self.order).chain(beside)
    }

    /// What the scan asks of the answer.
    fn tested(&self) -> Typed {
        let answer = || {
            let name = ColumnRef { alias: ALIAS.to_owned(), column: ColumnName::from(self.column.as_str()) };
            Expr { node: Node::Column(name), ty: DataType::Integer, span: self.filter.span }
        };
        let compared = |operator, number: u64| {
            let number = Literal::Integer(i64::try_from(number).unwrap_or(i64::MAX));
            let number = Expr { node: Node::Literal(number), ty: DataType::Integer, span: self.filter.span };
            let node = Node::Binary(Box::new(answer()), operator, Box::new(number));
            Expr { node, ty: DataType::Boolean, span: self.filter.span }
        };
        let least = |least| compared(Operator::GreaterOrEqual, least);
        match self.times {
            None => least(1),
            Some(Times { at_least: Some(few), at_most: None }) => least(few),
            Some(Times { at_least, at_most }) => {
                let most = compared(Operator::LessOrEqual, at_most.unwrap_or(u64::MAX));
                match at_least.filter(|few| *few > 0) {
                    None => most,
                    Some(few) => {
                        let node = Node::Binary(Box::new(least(few)), Operator::And, Box::new(most));
                        Expr { node, ty: DataType::Boolean, span: self.filter.span }
                    }
                }
            }
        }
    }

    /// Whether it counts rows of everybody, also of those who have none.
    fn is_for_all(&self) -> bool {
        self.times.is_some_and(Times::none_will_do)
    }

    /// What must hold for a row, neighbours included.
    pub(crate) fn holds(&self, joined: &Joined<'_>, zone: &str) -> Sql {
        let mut all = vec![joined.sql(&self.filter, &self.slots)];
        let sides = [(&self.after, true), (&self.before, false)];
        for (beside, earlier) in sides {
            all.extend(beside.as_ref().map(|beside| self.beside(joined, beside, earlier, zone)));
        }
        sql!("(", join(all, " and "), ")")
    }

    /// Whether the row has such a neighbour.
    pub(crate) fn beside(&self, joined: &Joined<'_>, beside: &Beside, earlier: bool, zone: &str) -> Sql {
        let Some(order) = &self.order else { return "false".into() };
        let ty = order.ty;
        let own = joined.sql(order, &self.slots);
        let (nearest, frame) = match earlier {
            true => ("max(", "unbounded preceding and 1 preceding"),
            false => ("min(", "1 following and unbounded following"),
        };
        // Of rows before it the one whose stretch of time ends last: where clocks change it need not be the nearest.
        let seen = match (beside.within, earlier) {
            (Some(within), true) => later(&own, ty, within, zone),
            _ => own.clone(),
        };
        let which = sql!("case when ", joined.sql(&beside.filter, &self.slots), " then ", seen, " end");
        let over = sql!("partition by ", joined.number(), " order by ", &own, " groups between ", frame);
        let other = sql!(nearest, which, ") over (", over, ")");
        let there = match (beside.within, earlier) {
            (None, _) => sql!(other, " is not null"),
            (Some(_), true) => sql!(&own, " <= ", other),
            (Some(within), false) => sql!(other, " <= ", later(&own, ty, within, zone)),
        };
        sql!("(", own, " is not null and ", there, ")")
    }

    /// A text that is equal for equal questions over equal rows.
    fn signature(&self) -> String {
        let mut all = format!("{:?} {:?} {:?} {:?} ", self.times.is_some(), self.pick, self.slots, self.rows);
        for (side, beside) in [("after", &self.after), ("before", &self.before)] {
            all.extend(beside.iter().map(|beside| beside.words(side)));
        }
        for expression in self.expressions() {
            all.push_str(&format!("{expression} "));
            expression.walk(&mut |e| {
                if let Node::InList { values, .. } = &e.node {
                    all.push_str(&format!("{values:?}"));
                }
            });
        }
        all
    }
}

/// A time so much later, in the calendar of the zone.
fn later(value: &Sql, ty: DataType, within: Within, zone: &str) -> Sql {
    let count = i64::from(within.count);
    let moved = |local: Sql| match within.unit {
        TimeUnit::Year => sql!("add_months(", local, ", ", integer(count * 12), ")"),
        TimeUnit::Month => sql!("add_months(", local, ", ", integer(count), ")"),
        TimeUnit::Week => sql!("(", local, " + interval ", text(format!("{} days", count * 7)), ")"),
        TimeUnit::Day => sql!("(", local, " + interval ", text(format!("{count} days")), ")"),
        TimeUnit::Hour => sql!("(", local, " + interval ", text(format!("{count} hours")), ")"),
    };
    match (ty, within.unit) {
        (DataType::Date, _) => {
            cast(moved(sql!("arrow_cast(", value, ", 'Timestamp(Microsecond, None)')")), DataType::Date)
        }
        // An hour is an hour, also when clocks change.
        (_, TimeUnit::Hour) => moved(value.clone()),
        _ => sql!("instant_of(", moved(sql!("local_time(", value, ", ", text(zone), ")")), ", ", text(zone), ")"),
    }
}

/// What a rule asks of many rows, and the rows; `None` once it has been said what is wrong.
pub(super) fn understand(
    p: &mut Planner<'_>,
    names: &Names,
    rule: &SegmentRule,
    filter: Typed,
    whose: &str,
) -> Option<Sequence> {
    let condition = |p: &mut Planner<'_>, expr: &Spanned<Expr>| typed_condition(p, names, expr);
    let among = rule.among.as_ref().map(|among| condition(p, among));
    let order = rule.order_by.as_ref().map(|order| ordered(p, names, order));
    let beside = |p: &mut Planner<'_>, neighbor: &Neighbor| {
        let within = neighbor.within.as_ref().map(|within| within.value);
        Some(Beside { filter: typed_condition(p, names, &neighbor.filter)?, within })
    };
    let after = rule.after.as_ref().map(|after| beside(p, after));
    let before = rule.before.as_ref().map(|before| beside(p, before));
    let (among, order, after, before) = (whole(among)?, whole(order)?, whole(after)?, whole(before)?);
    fits(p, rule, order.as_ref())?;
    let declared = only_table(names);
    let all: Vec<&Typed> = {
        let beside = after.iter().chain(&before).map(|beside: &Beside| &beside.filter);
        [&filter].into_iter().chain(&among).chain(&order).chain(beside).chain(&declared).collect()
    };
    let (rows, slots) = rows_of(p, names, &all, true, rule.filter.at)?;
    if rows.base == Base::Profiles {
        let word = word_of(rule);
        let message = format!("`{word}` looks at the rows of a person in one table, and this rule looks at the person");
        let hint = "name a related table under `tables:` and use it in the conditions";
        p.say(Diagnostic::new(Code::ExprTables, rule.filter.at, message).hint(hint));
        return None;
    }
    let (times, pick) = (rule.times.as_ref().map(|t| t.value), rule.pick.as_ref().map(|p| p.value));
    let table = TableName::new(format!("SegmentRows_{whose}_{}", rows.words()));
    let mut sequence =
        Sequence { filter, times, pick, among, order, after, before, rows, slots, table, column: String::new() };
    sequence.column = format!("q{:016x}", hash(&sequence.signature()));
    Some(sequence)
}

/// A column of the one related table there is: rows are counted in it, also where only the person is asked about.
fn only_table(names: &Names) -> Option<Typed> {
    let mut related = names.related();
    let (alias, table) = related.next().filter(|_| related.next().is_none())?;
    let column = table.table.columns.first()?.name.clone();
    let name = ColumnRef { alias: alias.to_owned(), column };
    Some(Expr { node: Node::Column(name), ty: DataType::Any, span: (0, 0) })
}

/// All or nothing: `None` where a part is there and wrong.
fn whole<T>(part: Option<Option<T>>) -> Option<Option<T>> {
    match part {
        None => Some(None),
        Some(found) => found.map(Some),
    }
}

/// The word of a rule that asks for many rows.
fn word_of(rule: &SegmentRule) -> &'static str {
    match rule {
        SegmentRule { times: Some(_), .. } => "times",
        SegmentRule { pick: Some(_), .. } => "pick",
        SegmentRule { after: Some(_), .. } => "after",
        _ => "before",
    }
}

/// A value that puts rows in order.
fn ordered(p: &mut Planner<'_>, names: &Names, order: &Spanned<Expr>) -> Option<Typed> {
    let typed = p.typed(order, &names.scope(false))?;
    if matches!(typed.ty, DataType::Boolean | DataType::Json | DataType::Bitmap) {
        let message = format!("`order_by` is a {}, which puts nothing in order", typed.ty);
        p.say(Diagnostic::new(Code::ExprType, order.at, message).hint("write a time, a number or a text"));
        return None;
    }
    Some(typed)
}

/// Whether stretches of time go with what rows are ordered by.
fn fits(p: &mut Planner<'_>, rule: &SegmentRule, order: Option<&Typed>) -> Option<()> {
    for neighbor in rule.after.iter().chain(&rule.before) {
        let (Some(within), Some(order)) = (&neighbor.within, order) else { continue };
        let said = match (order.ty, within.value.unit) {
            (DataType::Date, TimeUnit::Hour) => {
                ("`order_by` is a date, and hours need a time", "write `unit: day`, or order by a date-time")
            }
            (ty, _) if !ty.is_temporal() && ty != DataType::Any => {
                ("`within` is a stretch of time, and `order_by` is none", "order by a date or a date-time")
            }
            _ => continue,
        };
        let at: Option<At> = within.at;
        p.say(Diagnostic::new(Code::ExprType, at, said.0).hint(said.1));
        return None;
    }
    Some(())
}

/// What a scan looks at instead of the rows themselves: condition, rows, slots.
pub(super) fn settled(sequence: &Sequence) -> (Typed, Rows, Slots) {
    let slots = Slots::from([(ALIAS.to_owned(), Slot::Base)]);
    (sequence.tested(), Rows::numbered(sequence.table.clone()), slots)
}

/// Plans the tables of answers for the rules of a level.
pub(super) fn plan(p: &mut Planner<'_>, board: &Board, level: usize, rules: &[Rule<'_>]) {
    let mut tables: BTreeMap<&TableName, Vec<(&Rule<'_>, &Sequence)>> = BTreeMap::new();
    for rule in rules {
        if let Some(sequence) = &rule.sequence {
            tables.entry(&sequence.table).or_default().push((rule, sequence));
        }
    }
    for (table, asked) in tables {
        let mut columns = vec![Column::new("profile_no", DataType::Small)];
        let mut questions: Vec<&Sequence> = Vec::new();
        for (_, sequence) in &asked {
            if questions.iter().all(|known| known.column != sequence.column) {
                questions.push(sequence);
                columns.push(Column::new(sequence.column.as_str(), DataType::Integer));
            }
        }
        let query = answers(p, board, level, &questions);
        let mut because: Vec<String> = asked.iter().map(|(rule, _)| because_segment(rule.segment)).collect();
        because.dedup();
        let name = format!("segments.rows {}", table.as_str().trim_start_matches("SegmentRows_"));
        for (rule, sequence) in asked.iter().filter(|(rule, _)| !rule.segment.has_own_time()) {
            let all = sequence.expressions();
            let asks = turns::asks(all, &sequence.rows, &sequence.slots, board, p.zone(), Some(level));
            p.turns(&name, because_segment(rule.segment), asks);
        }
        let out = Output::internal(table.clone(), columns).sorted_by(&["profile_no"]);
        p.step(step(name, Stage::Segments, &because, vec![out], Work::Sql(query)));
    }
}

/// The query of one table of answers: all questions over the same rows.
fn answers(p: &Planner<'_>, board: &Board, level: usize, questions: &[&Sequence]) -> Sql {
    let Some(first) = questions.first() else { return Sql::default() };
    let mut joined = Joined::new(first.rows.clone(), board, p.zone(), level);
    for question in questions {
        question.expressions().for_each(|expression| joined.need(expression, &question.slots));
    }
    let number = joined.number();
    let mut inner = vec![sql!("cast(", &number, " as int) as \"profile_no\"")];
    if let Some(key) = key_of(&first.rows.base) {
        inner.push(sql!(column("r", key), " as \"#key\""));
    }
    let mut outer: Vec<Sql> = vec!["\"profile_no\"".into()];
    for question in questions {
        let named = |part: &str| id(format!("{part}_{}", question.column));
        let holds = sql!("coalesce(", question.holds(&joined, p.zone()), ", false)");
        inner.push(sql!(holds, " as ", named("h")));
        let answer = match (question.pick, &question.order) {
            (Some(pick), Some(order)) => {
                inner.push(sql!(joined.sql(order, &question.slots), " as ", named("o")));
                let among = question.among.as_ref().map(|among| joined.sql(among, &question.slots));
                let among = among.map_or_else(|| "true".into(), |among| sql!("coalesce(", among, ", false)"));
                inner.push(sql!(among, " as ", named("a")));
                let way = if pick == Pick::First { " asc" } else { " desc" };
                let mut by = vec![sql!(named("o"), way)];
                by.extend(key_of(&first.rows.base).map(|_| sql!("\"#key\"", way)));
                by.push(sql!(named("h"), " desc"));
                let from = sql!(named("a"), " and ", named("o"), " is not null");
                let value = sql!("case when ", named("h"), " then 1 else 0 end");
                sql!("first_value(", value, " order by ", join(by, ", "), ") filter (where ", from, ")")
            }
            _ => sql!("count(*) filter (where ", named("h"), ")"),
        };
        outer.push(sql!(cast(answer, DataType::Integer), " as ", id(&question.column)));
    }
    let rows = sql!("select ", join(inner, ", "), " from ", joined.from(), " where ", number, " is not null");
    let answers = sql!("select ", join(outer, ", "), " from (", rows, ") as \"x\" group by \"profile_no\"");
    if !questions.iter().any(|question| question.is_for_all()) {
        return answers;
    }
    let counted =
        |question: &&Sequence| sql!("coalesce(", column("a", &question.column), ", 0) as ", id(&question.column));
    sql!(
        "select \"c\".\"profile_no\", ",
        join(questions.iter().map(counted), ", "),
        " from ",
        TableName::from("Customer"),
        " as \"c\" left join (",
        answers,
        ") as \"a\" on \"a\".\"profile_no\" = \"c\".\"profile_no\"",
    )
}

/// The column that tells rows apart.
pub(crate) fn key_of(base: &Base) -> Option<&ColumnName> {
    match base {
        Base::Numbered(_, key) | Base::Plain(_, key) => key.as_ref(),
        Base::Profiles => None,
    }
}

/// FNV-1a, 64 bits: names of columns need no more.
pub(crate) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
