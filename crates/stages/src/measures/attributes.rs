//! Attributes: one value a profile, all of a level in one query.
//!
//! Reads    `Customer`, attributes of lower levels, one pass over each table that attributes of the level look at
//! Writes   `Measures_<level>`; at the highest level `Customer_Measure`, with the columns of all levels
//! Flow     passes (grouped by profile) ─ joined to one row a profile ─ values over the aggregates
//!
//! Invariants
//! - There is a row for every profile, whether or not it has rows to look at.
//! - What looks at profiles alone is worked out row by row: each profile is a group of one.
//!
//! Not here: how aggregates are taken apart (`aggregates`).

use std::collections::BTreeMap;

use onefold_model::define::Measure;
use onefold_model::plan::Stage;
use onefold_model::sql::{id, join};
use onefold_model::{Column, Output, Sql, Typed, sql};

use super::aggregates::{Aggregates, GroupKey, of_one_row, promised};
use super::{Understood, id_columns, understand};
use crate::Planner;
use crate::board::{Board, attributes_of, customer_measure};
use crate::order::because_measure;
use crate::planner::sql_step;
use crate::rows::{Base, Joined, Rows, Slots};

/// Plans the attributes of a level.
pub(super) fn plan(p: &mut Planner<'_>, board: &mut Board, level: usize, measures: &[&Measure]) {
    let mut attributes: Vec<Understood<'_>> = Vec::new();
    for measure in measures {
        let Some(attribute) = understand(p, board, measure) else { continue };
        board.set_type(&measure.name, attribute.values[0].ty);
        attributes.push(attribute);
    }
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
    let query = query(p, board, level, attributes, whole.then_some(&names));
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
    p.step(sql_step(name, Stage::Measures, &because, out.sorted_by(&["profile_no"]), query));
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

/// The query of a level. `whole`: the columns of all levels, in order, for `Customer_Measure`.
fn query(
    p: &Planner<'_>,
    board: &Board,
    level: usize,
    attributes: Vec<Understood<'_>>,
    whole: Option<&[String]>,
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
    if whole.is_some() {
        profiles.need_customer();
        // What lower levels worked out is repeated in the whole.
        (0..level)
            .filter(|&l| p.catalog().get(attributes_of(l).as_str()).is_some())
            .for_each(|l| profiles.need_home(attributes_of(l)));
    }
    let number = profiles.number();
    let mut from = profiles.from();
    for (joined, aggregates) in &groups {
        let keys = [GroupKey { name: "profile_no".to_owned(), value: joined.number() }];
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
    let columns = whole.unwrap_or(&own).iter().map(|name| value_of(name));
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
    for attribute in attributes.iter().filter(|attribute| attribute.rows.base != Base::Profiles) {
        let rows = attribute.rows.clone();
        let joined = passes.entry(rows.clone()).or_insert_with(|| Joined::new(rows, board, p.zone(), level));
        for expression in attribute.values.iter().chain(&attribute.filter) {
            joined.need(expression, &attribute.slots);
        }
    }
    passes
}
