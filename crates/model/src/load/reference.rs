//! Reference: definitions that name each other.
//!
//! Invariants
//! - A definition that is there but broken counts as there: one mistake is not told twice.
//!
//! Not here: tables and columns (`onefold-stages`).

use super::Present;
use crate::define::{ConnectionKind, Export, ExportFormat, Project};
use crate::expr::Node;
use crate::names::nearest;
use crate::{At, Code, Diagnostic, Expr, Spanned};

/// Finds names of definitions that are not there, and exports their connection cannot carry.
pub(super) fn check(project: &Project, present: &Present, diagnostics: &mut Vec<Diagnostic>) {
    let segments = Names { what: "segment", folder: Some("segments"), names: &present.segments };
    let connections = Names { what: "connection", folder: Some("connections"), names: &present.connections };
    for export in &project.exports {
        connections.find(&export.connection.value, export.connection.at, diagnostics);
        export.segments.iter().for_each(|name| segments.find(name, name.at, diagnostics));
        fits_connection(project, export, diagnostics);
    }
    for expr in expressions(project) {
        expr.walk(&mut |inner| {
            if let Node::InSegment(name) = &inner.node {
                let at = expr.at.map(|at| At {
                    file: at.file,
                    start: at.start + inner.span.0,
                    end: at.start + inner.span.1,
                });
                // Those held out of a segment have its name and a mark.
                let segment = name.strip_suffix("#holdout");
                let there = segment.and_then(|segment| project.segment(segment));
                if there.is_some_and(|segment| segment.holdout.is_none()) {
                    let message = format!("`{}` holds nobody out", segment.unwrap_or(name));
                    let hint = "add `holdout: 0.1` to it, or ask for its members";
                    diagnostics.push(Diagnostic::new(Code::UnknownName, at, message).hint(hint));
                    return;
                }
                segments.find(segment.unwrap_or(name), at, diagnostics);
            }
        });
    }
    let no_file = !project.files.iter().any(|file| file.path == "relationships.yaml");
    let nothing = Vec::new();
    if let Some(names) = present.relationships.as_ref().or(no_file.then_some(&nothing)) {
        let relationships = Names { what: "relationship", folder: None, names };
        for name in paths(project) {
            relationships.find(name, name.at, diagnostics);
        }
    }
}

/// The names of one kind of definition.
struct Names<'a> {
    what: &'static str,
    folder: Option<&'static str>,
    names: &'a [String],
}

impl Names<'_> {
    fn find(&self, name: &str, at: Option<At>, diagnostics: &mut Vec<Diagnostic>) {
        if self.names.iter().any(|known| known == name) {
            return;
        }
        let hint = match (nearest(name, self.names.iter().map(String::as_str)), self.folder) {
            (Some(known), _) => format!("did you mean `{known}`?"),
            (None, Some(folder)) => format!("write `{folder}/{name}.yaml`, or remove the name"),
            (None, None) => "add it to `relationships.yaml`, or remove the name".to_owned(),
        };
        let message = format!("there is no {} `{name}`", self.what);
        diagnostics.push(Diagnostic::new(Code::UnknownName, at, message).hint(hint));
    }
}

/// Names of relationships wherever a way to Customer is named.
fn paths(project: &Project) -> impl Iterator<Item = &Spanned<String>> {
    let measures = project.measures.iter().flat_map(|measure| &measure.tables);
    let segments = project.segments.iter().flat_map(crate::define::Segment::used_tables);
    let activities = project.activities.iter().flat_map(|activity| &activity.path);
    activities.chain(measures.chain(segments).flat_map(|used| &used.path))
}

/// Expressions that can ask about segments.
fn expressions(project: &Project) -> impl Iterator<Item = &Spanned<Expr>> {
    let measures = project.measures.iter().flat_map(|measure| {
        let values = measure.values.iter().map(|calculation| &calculation.value);
        values.chain(&measure.filter).chain(measure.dimensions.iter().map(|dimension| &dimension.value))
    });
    let segments = project.segments.iter().flat_map(crate::define::Segment::expressions);
    measures.chain(segments)
}

/// What a kind of connection can carry.
fn fits_connection(project: &Project, export: &Export, diagnostics: &mut Vec<Diagnostic>) {
    let connection = project.connections.iter().find(|connection| connection.name == export.connection);
    let Some(ConnectionKind::Dynamics365Marketing { .. }) = connection.map(|connection| &connection.kind) else {
        return;
    };
    let mut refuse =
        |code, at, message: &str, hint: &str| diagnostics.push(Diagnostic::new(code, at, message).hint(hint));
    if let Some(table) = export.tables.first() {
        let message = "a connection of kind `dynamics_365_marketing` takes segments, not tables";
        refuse(Code::WrongValue, table.at, message, "remove `tables:`, or use a connection of kind `folder`");
    }
    if let Some(column) = export.columns.first() {
        let message = "a connection of kind `dynamics_365_marketing` takes the key alone, no other columns";
        refuse(Code::WrongValue, column.at, message, "remove `columns:`, or use a connection of kind `folder`");
    }
    if export.format != ExportFormat::Csv {
        let message = "a connection of kind `dynamics_365_marketing` writes no files, and `format` is of files";
        refuse(Code::WrongValue, export.connection.at, message, "remove `format:`");
    }
    if export.key.is_none() {
        let message = "a connection of kind `dynamics_365_marketing` needs the key of its contacts";
        let hint = "add `match: {customer: contactid, target: contactid}`, say";
        refuse(Code::MissingKey, export.connection.at, message, hint);
    }
}
