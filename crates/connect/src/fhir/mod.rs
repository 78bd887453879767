//! FHIR: resources to rows, by a SQL on FHIR ViewDefinition.
//!
//! Reads    NDJSON, Bundles and single resources of a folder; Bundles of a server (`crate::fhir_url`)
//! Flow     definition ─ `view` (once) ─ resource ─ `rows` ─ cells
//!
//! Not here: FHIR's structure definitions; a path is worked out on JSON as it is.

mod folder;
mod path;
mod rows;
mod view;

#[cfg(test)]
mod conformance;

use onefold_model::Column;

pub(crate) use folder::{files, read_folder, read_pages};
pub(crate) use rows::scalar;
pub use view::ViewFault;

use crate::{ConnectError, SourceRef};

/// All that is wrong with a view. One `from_file` is held to the standard: no dots in the names of columns.
pub fn view_errors(view: &serde_json::Value, from_file: bool) -> Vec<ViewFault> {
    view::View::compile(view, from_file).err().unwrap_or_default()
}

/// The columns of a view that is right; none of one that is not.
pub(crate) fn view_columns(view: &serde_json::Value) -> Vec<Column> {
    view::View::compile(view, false).map(|view| view.columns()).unwrap_or_default()
}

/// Whether resources of the type link to others of the same person.
pub(crate) fn has_links(resource: &str) -> bool {
    resource == "Patient"
}

/// The columns of the table's view.
pub(crate) fn columns(source: &SourceRef) -> Result<Vec<Column>, ConnectError> {
    Ok(compiled(source)?.columns())
}

/// The view of the table.
pub(crate) fn compiled(source: &SourceRef) -> Result<view::View, ConnectError> {
    let name = &source.table.name.value;
    let Some(definition) = &source.table.view else {
        return Err(ConnectError::new(format!("the table `{name}` has no view")).hint("add `view:` to it"));
    };
    view::View::compile(&definition.value, source.table.view_from_file).map_err(|faults| {
        let first = faults.into_iter().next();
        let (message, hint) = first.map(|fault| (fault.message, fault.hint)).unwrap_or_default();
        ConnectError { hint, ..ConnectError::new(format!("the view of `{name}` is wrong: {message}")) }
    })
}
