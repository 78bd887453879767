//! Brief: what profiles say of themselves, without all that is counted around them.

use onefold_api::{FieldView, Problem};
use onefold_model::Project;
use serde_json::Value;

use super::shown::Shown;
use super::title::{Layout, as_stated, field};
use crate::output::plain;
use crate::values;

/// A profile in brief.
pub(crate) struct Brief {
    pub(crate) customer_id: String,
    pub(crate) title: String,
    pub(crate) fields: Vec<FieldView>,
}

/// The profile of a number; none when there is none.
pub(super) fn brief(project: &Project, shown: &Shown, number: u32) -> Result<Option<Brief>, Problem> {
    let columns = &shown.customer.entry.columns;
    let layout = Layout::of(columns);
    let rows = values::rows(&shown.customer.of(number, &shown.customer.columns())?)?;
    let Some(row) = rows.into_iter().next() else { return Ok(None) };
    let text = |at: usize| row.get(at).filter(|value: &&Value| !value.is_null()).map(plain);
    let id = columns.iter().position(|column| column.name == "CustomerId").and_then(text).unwrap_or_default();
    let value = |at: usize| as_stated(row[at].clone(), layout.precision_of(at).map(|at| &row[at]));
    let there = layout.fields.iter().filter(|&&at| !row[at].is_null());
    Ok(Some(Brief {
        title: layout.title(text).unwrap_or_else(|| id.clone()),
        fields: there.map(|&at| field(project, &columns[at], value(at))).collect(),
        customer_id: id,
    }))
}
