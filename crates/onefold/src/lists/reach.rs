//! Reach: the tables whose columns an expression may name, with the ways that lead from them to Customer.
//!
//! Reads    the plan's ways, `unify.yaml`, the columns of tables
//!
//! Invariants
//! - No two tables are offered the same alias; what is always there keeps its name.

use std::collections::BTreeSet;

use onefold_api::{PathView, ReachableTable};
use onefold_model::define::MeasureKind;
use onefold_model::{Catalog, TableName};
use onefold_stages::{Ending, Path};

use super::look::{Look, in_words};

/// All of them, nearest first.
pub(super) fn all(look: &Look) -> Vec<ReachableTable> {
    let mut tables = always(look);
    let mut taken: BTreeSet<String> = tables.iter().map(|table| table.alias.to_lowercase()).collect();
    let mut related: Vec<ReachableTable> = Vec::new();
    for table in from(look) {
        let paths = paths(look, &table);
        let Some(distance) = paths.first().map(|path| path.tables.len() - 1) else { continue };
        let (alias, title) = match look.project().source_table(table.as_str()) {
            Some((_, local)) => (local.name.value.clone(), in_words(&local.name.value)),
            None => (table.to_string(), in_words(table.as_str())),
        };
        let columns = look.attributes(table.as_str());
        related.push(ReachableTable {
            table: table.to_string(),
            alias,
            title,
            always: false,
            distance,
            paths,
            columns,
        });
    }
    related.sort_by(|a, b| (a.distance, &a.table).cmp(&(b.distance, &b.table)));
    for mut table in related {
        if !taken.insert(table.alias.to_lowercase()) {
            table.alias.clone_from(&table.table);
            taken.insert(table.alias.to_lowercase());
        }
        tables.push(table);
    }
    // What is equally near stays in the order of the product: profiles, measures, activities, then sources.
    tables.sort_by_key(|table| table.distance);
    tables.extend(segments(look));
    tables
}

/// The ways from a table to Customer, shortest first.
pub(super) fn paths(look: &Look, table: &TableName) -> Vec<PathView> {
    let planned = look.opened.planned.paths.get(table).map(Vec::as_slice).unwrap_or_default();
    let mut paths: Vec<PathView> = planned.iter().map(|path| view(table, path)).collect();
    if paths.is_empty() && is_unified(look, table.as_str()) {
        paths.push(PathView { relationships: Vec::new(), tables: vec![table.to_string(), "Customer".to_owned()] });
    }
    paths.sort_by_key(|path| path.tables.len());
    paths
}

fn view(table: &TableName, path: &Path) -> PathView {
    let mut tables = vec![table.to_string()];
    tables.extend(path.hops.iter().map(|hop| hop.to.table.clone()));
    if matches!(path.ending, Ending::Records(_)) {
        tables.push("Customer".to_owned());
    }
    PathView { relationships: path.hops.iter().map(|hop| hop.relationship.clone()).collect(), tables }
}

fn is_unified(look: &Look, table: &str) -> bool {
    let unify = look.project().unify.as_ref();
    let named = unify.is_some_and(|unify| unify.tables.iter().any(|mapped| mapped.table.eq_ignore_ascii_case(table)));
    named && look.opened.planned.catalog.get("Customer").is_some()
}

/// Tables from which something leads to Customer, once each.
fn from(look: &Look) -> Vec<TableName> {
    let planned = &look.opened.planned;
    let mut all: Vec<TableName> = planned.paths.keys().cloned().collect();
    let unify = look.project().unify.iter().flat_map(|unify| &unify.tables);
    all.extend(unify.filter_map(|mapped| Some(planned.catalog.get(&mapped.table)?.name.clone())));
    all.retain(|table| !table.as_str().eq_ignore_ascii_case("Customer"));
    all.sort();
    all.dedup();
    all
}

/// What expressions know without `tables:`.
fn always(look: &Look) -> Vec<ReachableTable> {
    let to_customer =
        |table: &str| PathView { relationships: Vec::new(), tables: vec![table.to_owned(), "Customer".to_owned()] };
    let project = look.project();
    let catalog = &look.opened.planned.catalog;
    let mut all = Vec::new();
    let mut add = |table: &str, alias: &str, title: String, distance: usize, paths: Vec<PathView>| {
        if is_known(look, catalog, table) {
            let columns = look.attributes(table);
            let (table, alias) = (table.to_owned(), alias.to_owned());
            all.push(ReachableTable { table, alias, title, always: true, distance, paths, columns });
        }
    };
    let own = PathView { relationships: Vec::new(), tables: vec!["Customer".to_owned()] };
    add("Customer", "Customer", "Customer".to_owned(), 0, vec![own]);
    let name = "Customer_Measure";
    add(name, name, "Customer measures".to_owned(), 1, vec![to_customer(name)]);
    let name = "UnifiedActivity";
    add(name, name, "Activities".to_owned(), 1, vec![to_customer(name)]);
    for measure in &project.measures {
        let (name, table) = (measure.name.as_str(), format!("Measure_{}", measure.name.value));
        let paths = match measure.kind.value {
            MeasureKind::CustomerAttribute => continue,
            MeasureKind::CustomerMeasure => vec![to_customer(&table)],
            // Its values are of nobody: expressions may name them, no way leads from them.
            MeasureKind::BusinessMeasure => Vec::new(),
        };
        let title = measure.title.clone().unwrap_or_else(|| in_words(name));
        add(&table, name, title, 1, paths);
    }
    all
}

fn is_known(look: &Look, catalog: &Catalog, table: &str) -> bool {
    catalog.get(table).is_some() || look.table(table).is_some()
}

/// Segments: `in_segment('…')` names them; they have no columns of their own.
fn segments(look: &Look) -> impl Iterator<Item = ReachableTable> {
    look.project().segments.iter().map(|segment| {
        let name = segment.name.value.clone();
        ReachableTable {
            title: segment.title.clone().unwrap_or_else(|| in_words(&name)),
            alias: name.clone(),
            always: true,
            distance: 1,
            paths: vec![PathView { relationships: Vec::new(), tables: vec![name.clone(), "Customer".to_owned()] }],
            columns: Vec::new(),
            table: name,
        }
    })
}
