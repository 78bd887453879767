//! Attribute: the value that a draft of a customer attribute has for each profile.
//!
//! Not here: the same summed up for people (`measure`).

use arrow::array::{Array as _, AsArray as _};
use arrow::compute::cast;
use arrow::datatypes::{DataType as Arrow, Float64Type, Int32Type};
use futures::StreamExt as _;
use onefold_api::{DiagnosticView, Problem};
use onefold_model::sql;
use onefold_model::sql::{id, join};
use serde_json::Value;

use super::draft::{Draft, limits};
use super::draft_name;
use crate::platform::Onefold;
use crate::runner::problem::of_lake;

/// The numbers of profiles with their values, as of the published run; those without a value are left out.
pub(super) async fn values(onefold: &Onefold, name: &str, value: &Value) -> Result<Vec<(u32, f64)>, Problem> {
    let name = draft_name(name)?;
    let draft = Draft::open(onefold, "measures", name, value).await?.at_the_run();
    let (measure, foundation, said) = {
        let mut plan = draft.plan();
        let measure = plan.measure(name);
        let said = draft.say(plan.diagnostics(), measure.is_some());
        let pieces: Vec<_> = measure.iter().map(|measure| &measure.sql).collect();
        let foundation = plan.foundation(&pieces);
        (measure, foundation, said)
    };
    let wrong = |said: Vec<DiagnosticView>| {
        let text = said.iter().map(|one| one.message.clone()).collect::<Vec<_>>().join("\n");
        Problem { message: format!("`{name}` cannot be worked out"), ..Problem::definitions(said, text) }
    };
    let Some(measure) = measure.filter(|_| !said.iter().any(DiagnosticView::is_error)) else { return Err(wrong(said)) };
    let over = match draft.rest(foundation).await? {
        Ok(over) => over,
        Err(first) => return Err(wrong(first)),
    };
    let columns = measure.columns.iter().map(|column| id(column.name.as_str()));
    let query = sql!("select ", join(columns, ", "), " from (", &measure.sql, ") as \"m\"");
    let mut found = draft.lake()?.try_sql(&over, &query, limits()).await.map_err(of_lake)?;
    let mut values = Vec::new();
    while let Some(batch) = found.batches.next().await {
        let batch = batch.map_err(of_lake)?;
        let numbers = batch.column(0).as_primitive_opt::<Int32Type>();
        let own = cast(batch.column(1), &Arrow::Float64).map_err(|error| Problem::failed(error.to_string()))?;
        let own = own.as_primitive::<Float64Type>();
        let there = numbers.into_iter().flatten().enumerate().filter(|(row, _)| !own.is_null(*row));
        values.extend(there.filter_map(|(row, number)| Some((u32::try_from(number?).ok()?, own.value(row)))));
    }
    values.sort_unstable_by_key(|(number, _)| *number);
    Ok(values)
}
