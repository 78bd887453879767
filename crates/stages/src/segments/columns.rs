//! Columns: what the view of a segment shows of its members beside Customer.
//!
//! Reads    attributes, related tables, `SegmentBitmap`
//! Flow     column ─ value ─ of the profile itself, an aggregate over its rows, or the list of its different values ─
//!          a query of one row a member, joined to the view
//!
//! Invariants
//! - A member has one row, whatever is shown of it. Lists are JSON, in order, without nulls and without repeats.
//!
//! Not here: the view (`membership`).

use onefold_model::define::{ProjectedColumn, Segment};
use onefold_model::expr::{Aggregate, Literal, Node, resolve_value};
use onefold_model::sql::{column, id, join, text};
use onefold_model::{Code, Column, DataType, Diagnostic, Sql, Typed, sql};

use crate::Planner;
use crate::board::Board;
use crate::order::{Item, because_segment};
use crate::rows::{Base, Joined, Slots, rows_of};
use crate::scope::names;
use crate::turns;

use super::members_step;

/// The step that writes a segment out as a table.
pub(super) fn table_step(segment: &Segment) -> String {
    format!("segments.table {}", segment.name.value)
}

/// The step after which its columns are shown as of now: a view is of the run that was published last.
fn shown_by(p: &Planner<'_>, board: &Board, segment: &Segment) -> String {
    let place = p.project().segments.iter().position(|known| known.name == segment.name);
    let level = place.and_then(|place| board.order.level(Item::Segment(place)));
    match level {
        Some(level) if !segment.materialize => members_step(level),
        _ => table_step(segment),
    }
}

/// A column of a segment's view: what it is, its value, and the query that is joined for it.
pub(super) struct Shown {
    pub(super) column: Column,
    pub(super) value: Sql,
    pub(super) join: Sql,
}

/// The columns of a segment that can be shown; what is wrong with the others has been said.
pub(super) fn shown(p: &mut Planner<'_>, board: &Board, segment: &Segment, taken: &[Column]) -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    for projected in &segment.columns {
        let name = projected.name.as_str();
        let names = taken.iter().chain(all.iter().map(|shown| &shown.column));
        if names.into_iter().any(|known| known.name.as_str().eq_ignore_ascii_case(name)) {
            let message = format!("`{}` has a column `{name}` already", segment.name.value);
            p.say(Diagnostic::new(Code::NameClash, projected.name.at, message).hint("give it another name"));
            continue;
        }
        let alias = format!("p{}", all.len());
        all.extend(one(p, board, segment, projected, &alias));
    }
    all
}

fn one(
    p: &mut Planner<'_>,
    board: &Board,
    segment: &Segment,
    projected: &ProjectedColumn,
    alias: &str,
) -> Option<Shown> {
    let names = names(p, board, &[&segment.tables, &projected.tables])?;
    let written = &projected.value;
    let typed = match written.value.has_aggregate() {
        false => p.typed(written, &names.scope(false))?,
        true => match resolve_value(&written.value, &names.scope(true), written.at) {
            Ok(resolved) => resolved.typed,
            Err(wrong) => {
                wrong.into_iter().for_each(|diagnostic| p.say(diagnostic));
                return None;
            }
        },
    };
    let (rows, slots) = rows_of(p, &names, &[&typed], true, written.at)?;
    let many = rows.base != Base::Profiles;
    let said = match (many, typed.has_aggregate(), projected.list) {
        (true, false, false) => {
            ("a person has many rows here, and this is one value", "use an aggregate such as `max(…)`, or `list: true`")
        }
        (_, true, true) => ("a list is made of the values of rows, not of an aggregate", "remove `list: true`"),
        (false, false, true) => ("a person has one value here, which is no list", "remove `list: true`"),
        _ => {
            let asks = turns::asks([&typed], &rows, &slots, board, p.zone(), None);
            p.turns(&shown_by(p, board, segment), because_segment(segment), asks);
            let mut joined = Joined::published(rows, board, p.zone());
            joined.need(&typed, &slots);
            let (ty, query) = query(&joined, &typed, &slots, projected.list, segment);
            let on = sql!(column(alias, "profile_no"), " = \"c\".\"profile_no\"");
            let value = column(alias, "value");
            let value = match typed.has_aggregate() {
                // Of a member without rows it is what the aggregates are of none: a count is 0.
                true => {
                    let is_there = sql!(column(alias, "profile_no"), " is not null");
                    sql!("case when ", is_there, " then ", value, " else ", joined.sql(&of_none(typed), &slots), " end")
                }
                false => value,
            };
            return Some(Shown {
                column: Column::new(projected.name.as_str(), ty),
                value,
                join: sql!(" left join (", query, ") as ", id(alias), " on ", on),
            });
        }
    };
    p.say(Diagnostic::new(Code::WrongValue, written.at, said.0).hint(said.1));
    None
}

/// What a value with aggregates is where there are no rows.
fn of_none(value: Typed) -> Typed {
    value.rewrite(&mut |e| match e.node {
        Node::Aggregate { aggregate: Aggregate::Count | Aggregate::CountUnique, .. } => {
            Typed { node: Node::Literal(Literal::Integer(0)), ..e }
        }
        Node::Aggregate { .. } => Typed { node: Node::Literal(Literal::Null), ..e },
        _ => e,
    })
}

/// `profile_no` and `value` of the members.
fn query(joined: &Joined<'_>, typed: &Typed, slots: &Slots, list: bool, segment: &Segment) -> (DataType, Sql) {
    let number = joined.number();
    let value = joined.sql(typed, slots);
    let of = sql!(" from ", joined.from(), " where ", joined.in_segment(&segment.name));
    let named = sql!("select ", &number, " as \"profile_no\", ", &value, " as \"value\"");
    if list {
        let shown = json(typed.ty);
        let rows = sql!("select distinct ", &number, " as \"profile_no\", ", &value, " as \"v\"", of);
        let all = sql!("concat('[', string_agg(", shown, ", ', ' order by \"v\"), ']')");
        let from = sql!(" from (", rows, ") as \"x\" where \"v\" is not null group by \"profile_no\"");
        return (DataType::Json, sql!("select \"profile_no\", ", all, " as \"value\"", from));
    }
    if typed.has_aggregate() {
        return (typed.ty, sql!(named, of, " group by ", number));
    }
    (typed.ty, sql!(named, of))
}

/// The value `v` as JSON.
fn json(ty: DataType) -> Sql {
    let plain = sql!("cast(\"v\" as varchar)");
    if ty.is_numeric() || ty == DataType::Boolean || ty == DataType::Json {
        return plain;
    }
    let escaped = [("\\", "\\\\"), ("\"", "\\\""), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")]
        .into_iter()
        .fold(plain, |value, (from, to)| sql!("replace(", value, ", ", text(from), ", ", text(to), ")"));
    sql!("concat('\"', ", join([escaped], ""), ", '\"')")
}
