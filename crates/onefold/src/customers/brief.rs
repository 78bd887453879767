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
    Ok(briefs(project, shown, &[number])?.pop().flatten())
}

/// The profiles of several numbers, in their order. They are read together: a page of a column that holds several is
/// decoded once.
pub(super) fn briefs(project: &Project, shown: &Shown, numbers: &[u32]) -> Result<Vec<Option<Brief>>, Problem> {
    let columns = &shown.customer.entry.columns;
    let layout = Layout::of(columns);
    let (mut ascending, number) = (numbers.to_vec(), columns.iter().position(|column| column.name == "profile_no"));
    ascending.sort_unstable();
    ascending.dedup();
    let mut rows = Vec::new();
    for batch in shown.customer.of_all(&ascending, &shown.customer.columns())? {
        rows.extend(values::rows(&batch)?);
    }
    let id = columns.iter().position(|column| column.name == "CustomerId");
    let brief = |wanted: &u32| {
        let row = rows.iter().find(|row| number.is_some_and(|at| row[at].as_u64() == Some(u64::from(*wanted))))?;
        let text = |at: usize| row.get(at).filter(|value: &&Value| !value.is_null()).map(plain);
        let id = id.and_then(text).unwrap_or_default();
        let value = |at: usize| as_stated(row[at].clone(), layout.precision_of(at).map(|at| &row[at]));
        let there = layout.fields.iter().filter(|&&at| !row[at].is_null());
        Some(Brief {
            title: layout.title(text).unwrap_or_else(|| id.clone()),
            fields: there.map(|&at| field(project, &columns[at], value(at))).collect(),
            customer_id: id,
        })
    };
    Ok(numbers.iter().map(brief).collect())
}
