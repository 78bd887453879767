//! Measure: the rows that a measure's value of a profile comes from.
//!
//! Reads    the measure as the plan works it out, the published tables, `Customer_Measure`
//!
//! Not here: the queries (`onefold-stages`, `measures::explain`).

use onefold_api::{MeasureExplained, MeasureRow, MeasureRowsAsk, Problem, Truth};
use onefold_model::names::nearest;
use onefold_model::sql::{id, integer};
use onefold_model::{Catalog, TableName, sql};
use onefold_stages::Drafts;
use serde_json::Value;

use super::profile::{find, looked};
use super::segment::{newer, small};
use crate::opened::Opened;
use crate::runner::figures::{Row, number};

/// The most rows of a page.
const MOST: usize = 200;

/// Explains a measure's value of a person.
///
/// # Errors
/// An unknown measure or person, a measure that is not of people, or definitions that the published run does not go by.
pub async fn measure(
    opened: &Opened,
    name: &str,
    who: &str,
    page: &MeasureRowsAsk,
) -> Result<MeasureExplained, Problem> {
    let known = opened.project.measures.iter().map(|measure| measure.name.value.as_str());
    let Some(name) = known.clone().find(|known| known.eq_ignore_ascii_case(name)) else {
        let problem = Problem::not_found(format!("there is no measure `{name}`"));
        return Err(match nearest(name, known) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem.hint("see the folder `measures` of the project"),
        });
    };
    let (lake, published) = opened.readable().await?;
    let profile = find(lake, &published, who).await?;
    let number_of = small(&profile)?;
    let explained = {
        let nothing = Catalog::default();
        Drafts::new(&opened.project, &opened.known.catalog, &nothing).explain_measure(name)
    };
    let Some(explained) = explained else {
        return Err(Problem::refused(format!("no row of `{name}` belongs to a person"))
            .hint("choose a customer attribute or a customer measure that `onefold check` finds right"));
    };
    let value = match explained.is_attribute {
        true => {
            let own = sql!(" where \"profile_no\" = ", integer(profile.profile_no));
            let query = sql!("select ", id(name), " as \"Value\" from ", TableName::from("Customer_Measure"), own);
            let rows = looked(lake, &published, &query).await.map_err(newer)?;
            rows.first().and_then(|row| row.get("Value")).cloned().unwrap_or(Value::Null)
        }
        false => Value::Null,
    };
    let counts = looked(lake, &published, &explained.counts(number_of)).await.map_err(newer)?;
    let counts = counts.first().cloned().unwrap_or_default();
    let limit = if page.limit == 0 { 20 } else { page.limit.min(MOST) };
    let rows = explained.rows(number_of, page.offset as u64, limit as u64);
    let rows = looked(lake, &published, &rows).await.map_err(newer)?;
    Ok(MeasureExplained {
        measure: explained.measure.clone(),
        customer_id: profile.customer_id,
        value,
        calculation: explained.calculation.clone(),
        filter: explained.filter.clone(),
        table: explained.table.to_string(),
        columns: explained.columns.clone(),
        total: number(&counts, "Rows"),
        kept: number(&counts, "Kept"),
        rows: rows.iter().map(|row| seen(row, explained.columns.len())).collect(),
    })
}

fn seen(row: &Row, columns: usize) -> MeasureRow {
    let value = |name: &str| row.get(name).cloned().unwrap_or(Value::Null);
    let kept = match value("Kept") {
        Value::Bool(true) => Truth::True,
        Value::Bool(false) => Truth::False,
        _ => Truth::Unknown,
    };
    MeasureRow { key: value("Key"), values: (0..columns).map(|n| value(&format!("v{n}"))).collect(), kept }
}
