//! Uses: which definitions name a segment, a measure, a table or a connection.
//!
//! Reads    the definitions alone
//!
//! Not here: whether what they name is there (diagnostics).

use onefold_api::{Kind, ObjectRef};
use onefold_model::define::{Measure, Segment, UsedTable};
use onefold_model::{Expr, Project};

fn object(kind: Kind, name: &str) -> ObjectRef {
    ObjectRef { kind, name: name.to_owned() }
}

/// All expressions of a measure.
fn of_measure(measure: &Measure) -> impl Iterator<Item = &Expr> {
    let values = measure.values.iter().map(|value| &value.value.value);
    let dimensions = measure.dimensions.iter().map(|dimension| &dimension.value.value);
    values.chain(measure.filter.iter().map(|filter| &filter.value)).chain(dimensions)
}

/// All conditions of a segment.
fn of_segment(segment: &Segment) -> impl Iterator<Item = &Expr> {
    segment.rules.iter().map(|rule| &rule.filter.value)
}

/// Measures and segments in which one of the expressions is as asked.
fn by_expressions(project: &Project, names: &dyn Fn(&Expr) -> bool) -> Vec<ObjectRef> {
    let measures = project.measures.iter().filter(|measure| of_measure(measure).any(names));
    let segments = project.segments.iter().filter(|segment| of_segment(segment).any(names));
    let measures = measures.map(|measure| object(Kind::Measure, &measure.name));
    measures.chain(segments.map(|segment| object(Kind::Segment, &segment.name))).collect()
}

/// What names a segment.
pub(super) fn segment(project: &Project, name: &str) -> Vec<ObjectRef> {
    let same = |other: &str| other.eq_ignore_ascii_case(name);
    let mut all = by_expressions(project, &|expr| expr.segments().into_iter().any(same));
    all.retain(|object| object.kind != Kind::Segment || object.name != name);
    let sent = project
        .exports
        .iter()
        .filter(|export| export.segments.iter().chain(&export.tables).any(|segment| same(&segment.value)));
    all.extend(sent.map(|export| object(Kind::Export, &export.name)));
    all
}

/// What names a measure: as a column of `Customer_Measure`, or as a table.
pub(super) fn measure(project: &Project, name: &str) -> Vec<ObjectRef> {
    let names = |parts: &[String]| match parts {
        [table, column] => table == "Customer_Measure" && column == name || table == name,
        [table, ..] => table == name,
        [] => false,
    };
    let mut all = by_expressions(project, &|expr| expr.columns().into_iter().any(|column| names(&column.0)));
    all.retain(|object| object.kind != Kind::Measure || object.name != name);
    let (column, table) = (format!("Customer_Measure.{name}"), format!("Measure_{name}"));
    let sent = project.exports.iter().filter(|export| {
        export.columns.iter().any(|sent| sent.value == column)
            || export.tables.iter().any(|sent| sent.eq_ignore_ascii_case(&table))
    });
    all.extend(sent.map(|export| object(Kind::Export, &export.name)));
    all
}

/// What names one of several tables.
pub(super) fn tables(project: &Project, names: &dyn Fn(&str) -> bool) -> Vec<ObjectRef> {
    let mut all = Vec::new();
    if project.unify.as_ref().is_some_and(|unify| unify.tables.iter().any(|mapped| names(&mapped.table))) {
        all.push(object(Kind::Unify, "unify"));
    }
    if project.relationships.iter().any(|related| names(&related.from.table) || names(&related.to.table)) {
        all.push(object(Kind::Relationships, "relationships"));
    }
    let used = |tables: &[UsedTable]| tables.iter().any(|used| names(&used.table));
    let activities = project.activities.iter().filter(|activity| names(&activity.table));
    all.extend(activities.map(|activity| object(Kind::Activity, &activity.name)));
    let measures = project.measures.iter().filter(|measure| used(&measure.tables));
    all.extend(measures.map(|measure| object(Kind::Measure, &measure.name)));
    let segments = project
        .segments
        .iter()
        .filter(|segment| used(&segment.tables) || segment.rules.iter().any(|rule| used(&rule.tables)));
    all.extend(segments.map(|segment| object(Kind::Segment, &segment.name)));
    let of_table = |column: &str| column.split_once('.').is_some_and(|(table, _)| names(table));
    let exports = project.exports.iter().filter(|export| {
        export.tables.iter().any(|table| names(table)) || export.columns.iter().any(|column| of_table(column))
    });
    all.extend(exports.map(|export| object(Kind::Export, &export.name)));
    all
}

/// What names a connection.
pub(super) fn connection(project: &Project, name: &str) -> Vec<ObjectRef> {
    let exports = project.exports.iter().filter(|export| export.connection.value == name);
    exports.map(|export| object(Kind::Export, &export.name)).collect()
}
