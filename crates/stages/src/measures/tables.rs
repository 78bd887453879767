//! Tables of measures: values by profile and dimension, or by dimension alone.
//!
//! Reads    the rows the measure looks at
//! Writes   `Measure_<Name>`: for a customer measure CustomerId, profile_no, dimensions, values; for a business measure
//!          dimensions, values
//! Flow     rows that the filter keeps ─ groups ─ values over the aggregates
//!
//! Invariants
//! - A business measure counts rows that lead to no profile too; what it asks of the profile is null for them.
//! - A business measure without dimensions has one row, whether or not there are rows to count.
//! - Days, weeks (on Monday), months, quarters and years begin in the project's time zone.

use onefold_model::define::{DateBucket, Dimension, Measure, MeasureKind};
use onefold_model::expr::{Function, Literal, Node};
use onefold_model::plan::Stage;
use onefold_model::sql::{id, join};
use onefold_model::{Code, Column, DataType, Diagnostic, Output, Sql, Table, TableName, Typed, sql};

use super::aggregates::{Aggregates, GroupKey, promised};
use super::{Understood, id_columns, understand};
use crate::Planner;
use crate::board::{Board, table_of};
use crate::order::because_measure;
use crate::planner::sql_step;
use crate::rows::{Joined, told_apart};
use crate::scope::Names;
use crate::turns::Ask;

/// Plans a measure with a table of its own.
pub(super) fn plan(p: &mut Planner<'_>, board: &Board, level: usize, measure: &Measure) {
    let Some((columns, query, turns)) = planned(p, board, level, measure) else { return };
    let own = usize::from(measure.kind.value == MeasureKind::CustomerMeasure);
    let sorted = columns.iter().skip(own).map(|column| column.name.as_str());
    let sorted: Vec<&str> = sorted.take(own + measure.dimensions.len()).collect();
    let table = table_of(measure);
    let out = Output::published(table.clone(), columns.clone()).sorted_by(&sorted);
    let name = format!("measures.table {}", measure.name.value);
    if measure.upkeep.rhythm().is_none() {
        p.turns(&name, because_measure(measure), turns);
    }
    p.step(sql_step(name, Stage::Measures, &[because_measure(measure)], out, query));
    p.table(Table { name: table, columns, key: None });
}

/// The columns and the query of such a measure, or what is wrong with it.
pub(super) fn worked_out(
    p: &mut Planner<'_>,
    board: &Board,
    level: usize,
    measure: &Measure,
) -> Option<(Vec<Column>, Sql)> {
    planned(p, board, level, measure).map(|(columns, query, _)| (columns, query))
}

/// The same, and what time alone changes of it.
fn planned(
    p: &mut Planner<'_>,
    board: &Board,
    level: usize,
    measure: &Measure,
) -> Option<(Vec<Column>, Sql, Vec<Ask>)> {
    let understood = understand(p, board, measure)?;
    let per_profile = measure.kind.value == MeasureKind::CustomerMeasure;
    let mut columns = if per_profile { id_columns() } else { Vec::new() };
    let dimensions = measure.dimensions.iter().zip(&understood.dimensions);
    columns.extend(dimensions.map(|(dimension, typed)| Column::new(dimension.name.as_str(), typed.ty)));
    let values = measure.values.iter().zip(&understood.values);
    columns.extend(values.map(|(value, typed)| Column::new(value.name.as_str(), typed.ty)));
    let turns = understood.turns(board, p.zone(), level);
    Some((columns, query(p, board, level, &understood, per_profile), turns))
}

fn query(p: &Planner<'_>, board: &Board, level: usize, measure: &Understood<'_>, per_profile: bool) -> Sql {
    let mut joined = Joined::new(measure.rows.clone(), board, p.zone(), level);
    let slots = &measure.slots;
    let all = measure.values.iter().chain(&measure.filter).chain(&measure.dimensions);
    all.for_each(|expression| joined.need(expression, slots));

    let mut keys = Vec::new();
    if per_profile {
        keys.push(GroupKey { name: "profile_no".to_owned(), value: joined.owner() });
    }
    for (i, dimension) in measure.dimensions.iter().enumerate() {
        let (name, value) = (format!("d{i}"), promised(joined.sql(dimension, slots), dimension.ty));
        keys.push(GroupKey { value: told_apart(&name, value), name });
    }
    let has_profile = per_profile.then(|| sql!(joined.number(), " is not null"));
    let filter = measure.filter.as_ref().map(|filter| sql!("(", joined.sql(filter, slots), ")"));
    let keep: Vec<Sql> = has_profile.into_iter().chain(filter).collect();
    let keep = (!keep.is_empty()).then(|| join(keep, " and "));

    let mut aggregates = Aggregates::new(0);
    let values: Vec<Typed> =
        measure.values.iter().map(|value| aggregates.take(value.clone(), &joined, slots, None)).collect();
    let mut queries = aggregates.queries(&joined, &keys, keep.as_ref()).into_iter();
    let groups = aggregates.alias();
    let mut from = queries.next().map(|(alias, groups)| sql!("(", groups, ") as ", id(alias))).unwrap_or_default();
    for (alias, counts) in queries {
        let same = |key: &GroupKey| {
            // In brackets: the parser would take `from b and c` together.
            sql!("(", sql::column(&alias, &key.name), " is not distinct from ", sql::column(groups, &key.name), ")")
        };
        let on: Vec<Sql> = keys.iter().map(same).collect();
        match on.is_empty() {
            true => from.push(sql!(" cross join (", counts, ") as ", id(&alias))),
            false => from.push(sql!(" left join (", counts, ") as ", id(&alias), " on ", join(on, " and "))),
        }
    }
    let mut columns = Vec::new();
    if per_profile {
        let number = sql::column(groups, "profile_no");
        from.push(sql!(" join ", TableName::from("Customer"), " as \"c\" on \"c\".\"profile_no\" = ", &number));
        columns.push("\"c\".\"CustomerId\" as \"CustomerId\"".into());
        columns.push(sql!(number, " as \"profile_no\""));
    }
    for (i, dimension) in measure.measure.dimensions.iter().enumerate() {
        columns.push(sql!(sql::column(groups, format!("d{i}")), " as ", id(&dimension.name.value)));
    }
    for (value, typed) in measure.measure.values.iter().zip(values) {
        columns.push(sql!(promised(joined.sql(&typed, slots), typed.ty), " as ", id(&value.name.value)));
    }
    sql!("select ", join(columns, ", "), " from ", from)
}

/// What a measure is split by, with types; a date in buckets is the first day of its bucket.
pub(super) fn dimension(p: &mut Planner<'_>, names: &Names, dimension: &Dimension) -> Option<Typed> {
    let typed = p.typed(&dimension.value, &names.scope(false))?;
    let unit = match dimension.bucket {
        DateBucket::None => return Some(typed),
        DateBucket::Day => None,
        DateBucket::Week => Some("week"),
        DateBucket::Month => Some("month"),
        DateBucket::Quarter => Some("quarter"),
        DateBucket::Year => Some("year"),
    };
    if !typed.ty.is_temporal() && typed.ty != DataType::Any {
        let message = format!("`{}` is of type {}; only dates come in buckets", dimension.name.value, typed.ty);
        let hint = "remove `bucket`, or change the type of the column to date or date-time";
        p.say(Diagnostic::new(Code::ExprType, dimension.value.at, message).hint(hint));
        return None;
    }
    let span = typed.span;
    let of = |node| Typed { node, ty: DataType::Date, span };
    let day = match typed.ty {
        DataType::Date => typed,
        _ => of(Node::Cast { value: Box::new(typed), to: DataType::Date }),
    };
    let Some(unit) = unit else { return Some(day) };
    let unit = Typed { node: Node::Literal(Literal::Text(unit.to_owned())), ty: DataType::Text, span };
    Some(of(Node::Call { function: Function::DateTrunc, args: vec![unit, day] }))
}
