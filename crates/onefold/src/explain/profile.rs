//! Profile: whom somebody means by an id.
//!
//! Reads    `Customer`, `KeyRing`

use std::sync::Arc;

use onefold_api::Problem;
use onefold_lake::{Lake, Published, QueryLimits, TryOut};
use onefold_model::sql::{integer, text};
use onefold_model::{Sql, TableName, sql};
use serde_json::Value;

use crate::runner::figures::{EVERY_ROW, Row, ask};
use crate::runner::problem::of_lake;
use crate::values;

/// A profile that is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Profile {
    /// Its id.
    pub(crate) customer_id: String,
    /// Its number.
    pub(crate) profile_no: i64,
}

/// Finds the one profile that a CustomerId (also one that was folded into another), a `profile_no` or a key means;
/// `profile_no:42` and `<Table>:<key>` say which.
pub(crate) async fn find(lake: &Lake, published: &Published, id: &str) -> Result<Profile, Problem> {
    if published.table("Customer").is_none() {
        return Err(Problem::not_found("there are no profiles").hint("write `unify.yaml`, then run `onefold run`"));
    }
    let id = id.trim();
    let by_id = sql!("\"CustomerId\" = ", text(id));
    if let [one] = profiles(lake, published, customers(by_id)).await?.as_slice() {
        return Ok(one.clone());
    }
    let mut found = Vec::new();
    let (place, value) = id.split_once(':').map_or((None, id), |(place, value)| (Some(place), value));
    if place.is_none_or(|place| place.eq_ignore_ascii_case("profile_no"))
        && let Ok(number) = value.parse::<i64>()
    {
        found.extend(profiles(lake, published, customers(sql!("\"profile_no\" = ", integer(number)))).await?);
    }
    found.extend(profiles(lake, published, of_key(place, value, id)).await?);
    if found.is_empty() {
        let ids = sql!("concat(';', \"PreviousCustomerId\", ';') like ", text(format!("%;{};%", like(id))));
        found.extend(profiles(lake, published, customers(ids)).await?);
    }
    found.sort();
    found.dedup();
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(Problem::not_found(format!("nobody has the id or key `{id}`"))
            .hint("look it up: `onefold query 'select * from \"KeyRing\" limit 10'`")),
        many => {
            let ids: Vec<String> = many.iter().take(5).map(|one| format!("`{}`", one.customer_id)).collect();
            Err(Problem::refused(format!("`{id}` means {} profiles: {}", many.len(), ids.join(", ")))
                .hint("write the CustomerId, `profile_no:…`, or the table before the key: `Shop_customers:…`"))
        }
    }
}

fn customers(condition: Sql) -> Sql {
    sql!("select \"CustomerId\", \"profile_no\" from ", TableName::from("Customer"), " where ", condition)
}

/// The profiles whose records have a key, as written or in lower case (guids are kept so).
fn of_key(table: Option<&str>, key: &str, whole: &str) -> Sql {
    let is = |key: &str| sql!("\"Key\" in (", text(key), ", ", text(key.to_lowercase()), ")");
    let mut condition = is(whole);
    if let Some(table) = table {
        condition = sql!(condition, " or lower(\"SourceTable\") = ", text(table.to_lowercase()), " and ", is(key));
    }
    sql!("select distinct \"CustomerId\", \"profile_no\" from ", TableName::from("KeyRing"), " where ", condition)
}

fn like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

async fn profiles(lake: &Lake, published: &Published, sql: Sql) -> Result<Vec<Profile>, Problem> {
    let profile = |row: &Row| {
        let customer_id = row.get("CustomerId")?.as_str()?.to_owned();
        Some(Profile { customer_id, profile_no: row.get("profile_no")?.as_i64()? })
    };
    Ok(ask(lake, published, &sql).await?.iter().filter_map(profile).collect())
}

/// The text of a cell; `None` where it is null.
pub(super) fn cell(row: &Row, column: &str) -> Option<String> {
    match row.get(column)? {
        Value::Null => None,
        value => Some(crate::output::plain(value)),
    }
}

/// The rows a query of ours gives over the published run, tables that only steps read included.
pub(super) async fn looked(lake: &Lake, published: &Arc<Published>, sql: &Sql) -> Result<Vec<Row>, Problem> {
    let limits = QueryLimits { rows: EVERY_ROW, ..QueryLimits::default() };
    let found = lake.try_sql(&TryOut::of(published), sql, limits).await.map_err(of_lake)?;
    let (batches, _) = found.collect().await.map_err(of_lake)?;
    let mut all = Vec::new();
    for batch in &batches {
        let schema = batch.schema();
        let names = || schema.fields().iter().map(|field| field.name().clone());
        all.extend(values::rows(batch)?.into_iter().map(|row| names().zip(row).collect::<Row>()));
    }
    Ok(all)
}
