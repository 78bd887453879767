//! Graph: tables and how they lead to each other: what users relate, and what unification implies.
//!
//! Reads    `relationships.yaml`, `unify.yaml`, the plan, what the last run found against cardinalities
//!
//! Invariants
//! - Both ends of every edge are tables of the graph.

use onefold_api::{GraphEdge, GraphTable, GraphView};
use onefold_model::TableName;
use onefold_model::define::{Cardinality, MeasureKind, Relationship};

use super::look::{Look, in_words};
use super::reach;

/// All tables and relationships.
pub(super) fn view(look: &Look) -> GraphView {
    let project = look.project();
    let mut tables: Vec<GraphTable> = Vec::new();
    for source in &project.sources {
        for table in &source.tables {
            let name = source.table_name(table);
            tables.push(node(look, name.as_str(), in_words(&table.name), "user"));
        }
    }
    for name in system(look) {
        tables.push(node(look, &name, in_words(&name), "system"));
    }
    let mut edges: Vec<GraphEdge> = project.relationships.iter().map(|related| user_edge(look, related)).collect();
    edges.extend(implied(look));
    edges.retain_mut(|edge| {
        let find = |name: &str| tables.iter().find(|table| table.name.eq_ignore_ascii_case(name));
        match (find(&edge.from_table), find(&edge.to_table)) {
            (Some(from), Some(to)) => {
                edge.from_table.clone_from(&from.name);
                edge.to_table.clone_from(&to.name);
                true
            }
            _ => false,
        }
    });
    GraphView { tables, edges }
}

fn node(look: &Look, name: &str, title: String, kind: &str) -> GraphTable {
    let table = look.opened.planned.catalog.get(name).map_or_else(|| TableName::from(name), |t| t.name.clone());
    GraphTable {
        name: name.to_owned(),
        title,
        kind: kind.to_owned(),
        key: look.key(name),
        columns: look.attributes(name),
        rows: look.table(name).map(|entry| entry.rows()),
        paths: reach::paths(look, &table),
    }
}

/// The tables of the system that a run leaves, or will leave.
fn system(look: &Look) -> Vec<String> {
    let fixed =
        ["Customer", "KeyRing", "ConflationMatchPairs", "UnifiedActivity", "Customer_Measure", "SegmentMembership"];
    let measures = look.project().measures.iter();
    let measures = measures.filter(|measure| measure.kind.value != MeasureKind::CustomerAttribute);
    let names = fixed.map(str::to_owned).into_iter();
    let names = names.chain(measures.map(|measure| format!("Measure_{}", measure.name.value)));
    let catalog = &look.opened.planned.catalog;
    names.filter(|name| catalog.get(name).is_some() || look.table(name).is_some()).collect()
}

fn user_edge(look: &Look, related: &Relationship) -> GraphEdge {
    GraphEdge {
        name: related.name.value.clone(),
        kind: "user".to_owned(),
        from_table: related.from.table.clone(),
        from_column: related.from.column.clone(),
        to_table: related.to.table.clone(),
        to_column: related.to.column.clone(),
        cardinality: match related.cardinality {
            Cardinality::ManyToOne => "many_to_one",
            Cardinality::OneToOne => "one_to_one",
        }
        .to_owned(),
        warning: broken(look, &related.name),
    }
}

/// What the last run found against a relationship.
pub(super) fn broken(look: &Look, relationship: &str) -> Option<String> {
    let says = format!("as the relationship `{relationship}` says");
    let steps = look.published()?.steps.iter();
    let found: Vec<String> = steps
        .flat_map(|step| &step.broken)
        .filter(|broken| broken.fact.contains(&says))
        .map(|broken| format!("{} against: {}", crate::output::count(broken.count, "value"), broken.fact))
        .collect();
    (!found.is_empty()).then(|| found.join("; "))
}

/// What unification relates: tables of people by their keys, tables of the system by the profile.
fn implied(look: &Look) -> Vec<GraphEdge> {
    let edge = |from: &str, from_column: &str, to_column: &str, cardinality: &str| GraphEdge {
        name: format!("{from}_Customer"),
        kind: "system".to_owned(),
        from_table: from.to_owned(),
        from_column: from_column.to_owned(),
        to_table: "Customer".to_owned(),
        to_column: to_column.to_owned(),
        cardinality: cardinality.to_owned(),
        warning: None,
    };
    let mut edges = Vec::new();
    for (at, (table, key, on_customer)) in keys(look).into_iter().enumerate() {
        edges.push(edge(&table, &key, &on_customer, "many_to_one"));
        if at == 0 {
            edges.push(edge("ConflationMatchPairs", &format!("{table}_{key}"), &on_customer, "one_to_one"));
        }
    }
    for (table, cardinality) in [
        ("KeyRing", "many_to_one"),
        ("UnifiedActivity", "many_to_one"),
        ("SegmentMembership", "many_to_one"),
        ("Customer_Measure", "one_to_one"),
    ] {
        edges.push(edge(table, "CustomerId", "CustomerId", cardinality));
    }
    for measure in &look.project().measures {
        if measure.kind.value == MeasureKind::CustomerMeasure {
            let table = format!("Measure_{}", measure.name.value);
            edges.push(edge(&table, "CustomerId", "CustomerId", "many_to_one"));
        }
    }
    edges
}

/// The tables with people in them: their keys, and what these are called on Customer.
pub(super) fn keys(look: &Look) -> Vec<(String, String, String)> {
    let customer = look.columns("Customer");
    let has = |name: &str| customer.iter().any(|column| column.name == name);
    let unify = look.project().unify.iter().flat_map(|unify| &unify.tables);
    unify
        .filter_map(|mapped| {
            let table = look.opened.planned.catalog.get(&mapped.table)?.name.to_string();
            let key = look.key(&table)?;
            let qualified = format!("{table}_{key}");
            let on_customer = if has(&qualified) { qualified } else { key.clone() };
            has(&on_customer).then_some((table, key, on_customer))
        })
        .collect()
}
