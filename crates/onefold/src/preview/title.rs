//! Title: what a profile is called in lists: its name, else its first id.
//!
//! Reads    the columns of Customer and what they mean
//!
//! Not here: the customer card (`customers`), which calls profiles by the same rule.

use std::collections::HashMap;
use std::sync::Arc;

use onefold_api::Problem;
use onefold_lake::{Lake, Published, TryOut};
use onefold_model::sql::{id, integer, join};
use onefold_model::{Column, TableName, sql};
use serde_json::Value;

use super::draft::ask;

/// A profile in a list.
#[derive(Clone, Debug, Default)]
pub(super) struct Titled {
    /// Its id.
    pub(super) customer_id: String,
    /// Its name, else its first id.
    pub(super) title: String,
}

/// Whether a column is part of a profile's name, and where in it.
fn place_in_name(column: &Column) -> Option<u8> {
    match column.semantic.as_deref()? {
        "Person.FullName" => Some(0),
        "Person.FirstName" => Some(1),
        "Person.LastName" => Some(2),
        _ => None,
    }
}

/// Profiles by their numbers.
pub(super) async fn titles(
    lake: &Lake,
    published: Option<&Arc<Published>>,
    profiles: &[u32],
) -> Result<HashMap<u32, Titled>, Problem> {
    let Some(published) = published.filter(|_| !profiles.is_empty()) else { return Ok(HashMap::new()) };
    let Some(customer) = published.table("Customer") else { return Ok(HashMap::new()) };
    let mut names: Vec<&Column> = customer.columns.iter().filter(|column| place_in_name(column).is_some()).collect();
    names.sort_by_key(|column| place_in_name(column));
    let ids: Vec<&Column> = customer.columns.iter().filter(|c| c.semantic.as_deref() == Some("ID")).collect();
    let columns = names.iter().chain(&ids).map(|column| sql!(", cast(", id(column.name.as_str()), " as varchar)"));
    let columns: Vec<_> = columns.enumerate().map(|(n, sql)| sql!(sql, " as ", id(format!("v{n}")))).collect();
    let any = profiles.iter().map(|no| sql!("\"profile_no\" = ", integer(i64::from(*no))));
    let from = sql!(" from ", TableName::from("Customer"), " where ", join(any, " or "));
    let query = sql!("select cast(\"profile_no\" as bigint) as \"n\", \"CustomerId\"", join(columns, ""), from);
    let rows = ask(lake, &TryOut::of(published), &query).await?;
    let full = names.first().is_some_and(|first| place_in_name(first) == Some(0));
    let found = rows.into_iter().filter_map(|row| {
        let no = u32::try_from(row.first()?.as_u64()?).ok()?;
        let text = |value: &Value| value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let customer_id = text(row.get(1)?)?;
        let mut parts: Vec<String> = row[2..2 + names.len()].iter().filter_map(text).collect();
        if full && text(&row[2]).is_some() {
            parts.truncate(1);
        }
        let title = match parts.is_empty() {
            false => parts.join(" "),
            true => row[2 + names.len()..].iter().find_map(text).unwrap_or_else(|| customer_id.clone()),
        };
        Some((no, Titled { customer_id, title }))
    });
    Ok(found.collect())
}
