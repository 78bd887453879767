//! Attributes: one value a profile, all of a level in one query.
//!
//! Reads    `Customer`, attributes of lower levels, one pass over each table that attributes of the level look at
//! Writes   `Measures_<level>`; at the highest level `Customer_Measure`, with the columns of all levels
//! Flow     passes (grouped by profile) ─ joined to one row a profile ─ values over the aggregates
//!
//! Invariants
//! - There is a row for every profile, whether or not it has rows to look at.
//! - What looks at profiles alone is worked out row by row: each profile is a group of one.
//! - An attribute with a rhythm is worked out in a step of its own; a profile that came since has no value.
//!
//! Not here: how aggregates are taken apart (`aggregates`).

use std::collections::BTreeMap;

use onefold_model::define::Measure;
use onefold_model::plan::Stage;
use onefold_model::sql::{id, join};
use onefold_model::{Column, DataType, Output, Sql, TableName, Typed, sql};

use super::aggregates::{Aggregates, GroupKey, of_one_row, promised};
use super::{Understood, id_columns, understand};
use crate::Planner;
use crate::board::{Board, attributes_of, customer_measure};
use crate::order::because_measure;
use crate::planner::sql_step;
use crate::rows::{Base, Joined, Rows, Slots};
use crate::turns::Ask;

/// Plans the attributes of a level.
pub(super) fn plan(p: &mut Planner<'_>, board: &mut Board, level: usize, measures: &[&Measure]) {
    let mut attributes: Vec<Understood<'_>> = Vec::new();
    let mut kept: Vec<TableName> = Vec::new();
    for measure in measures {
        let Some(attribute) = understand(p, board, measure) else { continue };
        board.set_type(&measure.name, attribute.values[0].ty);
        match measure.upkeep.rhythm() {
            Some(_) => kept.extend(plan_kept(p, board, level, attribute)),
            None => attributes.push(attribute),
        }
    }
    let of_levels = (0..level).map(attributes_of).filter(|table| p.catalog().get(table.as_str()).is_some());
    let lower: Vec<TableName> = of_levels.chain(board.kept(level)).collect();
    let measures: Vec<&Measure> = measures.iter().copied().filter(|m| m.upkeep.rhythm().is_none()).collect();
    if p.catalog().get("Customer").is_none() || (attributes.is_empty() && board.top() != Some(level)) {
        return;
    }
    let whole = board.top() == Some(level);
    let mut columns = id_columns();
    if whole {
        columns.extend(board.attributes().map(|(name, ty)| Column::new(name, ty)));
    } else {
        columns.remove(0);
        columns.extend(attributes.iter().map(|a| Column::new(a.measure.name.as_str(), a.values[0].ty)));
    }
    let names: Vec<String> = columns.iter().skip(if whole { 2 } else { 1 }).map(|c| c.name.to_string()).collect();
    let repeated: Vec<TableName> =
        lower.into_iter().filter(|table| p.catalog().get(table.as_str()).is_some()).collect();
    let turns: Vec<(String, Vec<Ask>)> =
        attributes.iter().map(|a| (because_measure(a.measure), a.turns(board, p.zone(), level))).collect();
    let query = query(p, board, level, attributes, whole.then_some(Whole { names: &names, repeated: &repeated }));
    let project = p.project();
    let because: Vec<String> = if whole {
        let attribute = |name: &String| project.measures.iter().find(|m| m.name.value == *name);
        names.iter().filter_map(attribute).map(because_measure).collect()
    } else {
        measures.iter().map(|measure| because_measure(measure)).collect()
    };
    let (name, out) = if whole {
        ("measures.attributes".to_owned(), Output::published(customer_measure(), columns))
    } else {
        (format!("measures.attributes {level}"), Output::internal(attributes_of(level), columns))
    };
    turns.into_iter().for_each(|(definition, asks)| p.turns(&name, definition, asks));
    p.step(sql_step(name, Stage::Measures, &because, out.sorted_by(&["profile_no"]), query));
}

/// An attribute with a rhythm of its own has a step and a table of its own, so that the runner can keep it as it is.
fn plan_kept(p: &mut Planner<'_>, board: &Board, level: usize, attribute: Understood<'_>) -> Option<TableName> {
    p.catalog().get("Customer")?;
    let measure = attribute.measure;
    let table = board.home_of_kept(&measure.name)?;
    let columns =
        vec![Column::new("profile_no", DataType::Small), Column::new(measure.name.as_str(), attribute.values[0].ty)];
    let query = query(p, board, level, vec![attribute], None);
    let out = Output::internal(table.clone(), columns).sorted_by(&["profile_no"]);
    let name = format!("measures.attribute {}", measure.name.value);
    p.step(sql_step(name, Stage::Measures, &[because_measure(measure)], out, query));
    Some(table)
}

/// Some attributes of a level by themselves: `profile_no` and a column each, and their types; `None` when none of them
/// can be worked out.
pub(super) fn some(
    p: &mut Planner<'_>,
    board: &Board,
    level: usize,
    measures: &[&Measure],
) -> Option<(Vec<Column>, Sql)> {
    let attributes: Vec<Understood<'_>> = measures.iter().filter_map(|measure| understand(p, board, measure)).collect();
    if attributes.is_empty() || p.catalog().get("Customer").is_none() {
        return None;
    }
    // The query has its columns in order of name.
    let types: BTreeMap<&str, Column> = attributes
        .iter()
        .map(|a| (a.measure.name.as_str(), Column::new(a.measure.name.as_str(), a.values[0].ty)))
        .collect();
    let columns = id_columns().into_iter().skip(1).chain(types.into_values()).collect();
    Some((columns, query(p, board, level, attributes, None)))
}

/// What `Customer_Measure` has beside the attributes of its level.
struct Whole<'a> {
    /// The columns of all levels, in order.
    names: &'a [String],
    /// The tables that hold those worked out before.
    repeated: &'a [TableName],
}

/// The query of a level. `whole`: for `Customer_Measure`.
fn query(
    p: &Planner<'_>,
    board: &Board,
    level: usize,
    attributes: Vec<Understood<'_>>,
    whole: Option<Whole<'_>>,
) -> Sql {
    let mut profiles = Joined::new(Rows::profiles(), board, p.zone(), level);
    let passes = passes(p, board, level, &attributes);
    let mut groups: Vec<(Joined<'_>, Aggregates)> =
        passes.into_iter().enumerate().map(|(i, (_, joined))| (joined, Aggregates::new(i))).collect();

    let mut values: BTreeMap<String, (Typed, Slots)> = BTreeMap::new();
    for mut attribute in attributes {
        let value = attribute.values.remove(0);
        let slots = attribute.slots;
        let value = match groups.iter_mut().find(|(joined, _)| *joined.rows() == attribute.rows) {
            None => of_one_row(value, attribute.filter.as_ref()),
            Some((joined, aggregates)) => {
                let filter = attribute.filter.as_ref().map(|filter| joined.sql(filter, &slots));
                aggregates.take(value, joined, &slots, filter.as_ref())
            }
        };
        profiles.need(&value, &slots);
        values.insert(attribute.measure.name.value.clone(), (value, slots));
    }
    if let Some(whole) = &whole {
        profiles.need_customer();
        // What was worked out before is repeated in the whole.
        whole.repeated.iter().for_each(|table| profiles.need_home(table.clone()));
    }
    let number = profiles.number();
    let mut from = profiles.from();
    for (joined, aggregates) in &groups {
        let keys = [GroupKey { name: "profile_no".to_owned(), value: joined.owner() }];
        let keep = sql!(joined.number(), " is not null");
        let skip = usize::from(aggregates.only_uniques());
        for (alias, grouped) in aggregates.queries(joined, &keys, Some(&keep)).into_iter().skip(skip) {
            let on = sql!(sql::column(&alias, "profile_no"), " = ", &number);
            from.push(sql!(" left join (", grouped, ") as ", id(&alias), " on ", on));
        }
    }
    let value_of = |name: &str| match values.get(name) {
        Some((value, slots)) => sql!(promised(profiles.sql(value, slots), value.ty), " as ", id(name)),
        None => sql!(profiles.attribute(name), " as ", id(name)),
    };
    let ids = match whole {
        Some(_) => sql!("\"c\".\"CustomerId\" as \"CustomerId\", ", &number, " as \"profile_no\""),
        None => sql!(&number, " as \"profile_no\""),
    };
    let own: Vec<String> = values.keys().cloned().collect();
    let columns = whole.as_ref().map_or(&own[..], |whole| whole.names).iter().map(|name| value_of(name));
    sql!("select ", join([ids].into_iter().chain(columns), ", "), " from ", from)
}

/// The rows that attributes of a level group, each once, with all joined that they need.
fn passes<'b>(
    p: &Planner<'b>,
    board: &'b Board,
    level: usize,
    attributes: &[Understood<'_>],
) -> BTreeMap<Rows, Joined<'b>> {
    let mut passes: BTreeMap<Rows, Joined<'b>> = BTreeMap::new();
    let grouped =
        |attribute: &&Understood<'_>| attribute.rows.base != Base::Profiles || attribute.rows.roll_up.is_some();
    for attribute in attributes.iter().filter(grouped) {
        let rows = attribute.rows.clone();
        let joined = passes.entry(rows.clone()).or_insert_with(|| Joined::new(rows, board, p.zone(), level));
        for expression in attribute.values.iter().chain(&attribute.filter) {
            joined.need(expression, &attribute.slots);
        }
    }
    passes
}
