//! Statistics: columns of a table in figures, and the commonest values of one.
//!
//! Invariants
//! - Worked out once a run and table. How many different values there are is estimated (HyperLogLog); all else is exact.
//! - Where nearly every value is another, commonest ones are not looked for.

use std::sync::Arc;

use arrow::array::AsArray as _;
use arrow::datatypes::Float64Type;
use futures::StreamExt as _;
use onefold_api::*;
use onefold_lake::{Lake, Published, TryOut};
use onefold_model::sql::{id, integer, join, text};
use onefold_model::{Column, DataType, Sql, sql};
use serde_json::Value;

use super::cache::Values;
use super::draft::{ask, limits};
use super::figures::numbers;
use super::page::Listed;
use crate::platform::{Onefold, Reading};
use crate::runner::problem::of_lake;

/// The most different values among which commonest ones are looked for in large tables.
const MOST_DIFFERENT: u64 = 20_000;
/// Tables up to so many rows are small.
const SMALL: u64 = 200_000;
/// The most values of a column that are remembered.
const REMEMBERED: usize = 5_000;

/// The columns of a table in figures.
pub(super) async fn statistics(onefold: &Onefold, table: &str) -> Result<Vec<ColumnStatistics>, Problem> {
    let Reading { lake, published, .. } = onefold.reading().await?;
    let listed = Listed::find(&published, table, true)?;
    let key = (published.run_id.clone(), listed.name.folded());
    if let Some(known) = onefold.cache().statistics.get(&key) {
        return Ok(known.as_ref().clone());
    }
    let over = TryOut::of(&published);
    let columns: Vec<&Column> = listed.columns.iter().filter(|column| column.ty != DataType::Bitmap).collect();
    let mut select = vec![Sql::from("count(*)")];
    for column in &columns {
        let own = id(column.name.as_str());
        select.push(sql!("count(", &own, ")"));
        select.push(sql!("approx_distinct(", comparable(&own, column.ty), ")"));
        // Text would not do: the smallest and largest of booleans are no use.
        let ends = if column.ty == DataType::Boolean { "cast(null as varchar)".into() } else { own };
        select.push(sql!("min(", &ends, ")"));
        select.push(sql!("max(", &ends, ")"));
    }
    let numbered = select.into_iter().enumerate().map(|(n, value)| sql!(value, " as ", id(format!("v{n}"))));
    let query = sql!("select ", join(numbered, ", "), " from ", &listed.name);
    let row = ask(&lake, &over, &query).await?.pop().unwrap_or_default();
    let count = |at: usize| row.get(at).and_then(Value::as_u64).unwrap_or_default();
    let rows = count(0);
    let mut all = Vec::new();
    for (n, column) in columns.into_iter().enumerate() {
        let (there, distinct) = (count(1 + 4 * n), count(2 + 4 * n));
        let end = |at: usize| row.get(at).cloned().unwrap_or_default();
        let numbers = match column.ty.is_numeric() && column.ty != DataType::Small {
            true => number_statistics(&lake, &over, &listed, column).await?,
            false => None,
        };
        let looked_for = there > 0 && (rows <= SMALL || distinct <= MOST_DIFFERENT) && distinct < there.max(2);
        let top = match looked_for {
            true => commonest(&lake, &over, &listed, column, "", 20).await?,
            false => Vec::new(),
        };
        all.push(ColumnStatistics {
            name: column.name.to_string(),
            ty: column.ty.to_string(),
            count: rows,
            missing: rows.saturating_sub(there),
            distinct: distinct.min(there),
            min: end(3 + 4 * n),
            max: end(4 + 4 * n),
            numbers,
            // A single one of each is not common.
            top: if top.first().is_some_and(|first| first.count > 1) { top } else { Vec::new() },
        });
    }
    Ok(onefold.cache().statistics.put(key, all, 64).as_ref().clone())
}

/// A value of a type that different ones can be counted of.
fn comparable(own: &Sql, ty: DataType) -> Sql {
    if ty.is_text() || matches!(ty, DataType::Integer | DataType::Small) {
        return own.clone();
    }
    sql!("cast(", own, " as varchar)")
}

async fn number_statistics(
    lake: &Lake,
    over: &TryOut,
    listed: &Listed,
    column: &Column,
) -> Result<Option<NumberStatistics>, Problem> {
    let query = sql!("select cast(", id(column.name.as_str()), " as double) as \"v\" from ", &listed.name);
    let mut found = lake.try_sql(over, &query, limits()).await.map_err(of_lake)?;
    let (mut values, mut missing) = (Vec::new(), 0);
    while let Some(batch) = found.batches.next().await {
        let batch = batch.map_err(of_lake)?;
        let Some(column) = batch.column(0).as_primitive_opt::<Float64Type>() else { return Ok(None) };
        missing += arrow::array::Array::null_count(column) as u64;
        values.extend(column.iter().flatten());
    }
    Ok(numbers(values, missing))
}

/// The commonest values that contain a text in lower case, equal ones in order of value.
async fn commonest(
    lake: &Lake,
    over: &TryOut,
    listed: &Listed,
    column: &Column,
    contains: &str,
    limit: usize,
) -> Result<Vec<BucketView>, Problem> {
    let own = id(column.name.as_str());
    let mut query = sql!("select ", &own, " as \"v\", count(*) as \"n\" from ", &listed.name);
    query.push(sql!(" where ", &own, " is not null"));
    if !contains.is_empty() {
        query.push(sql!(" and contains(lower(cast(", &own, " as varchar)), ", text(contains), ")"));
    }
    let limit = integer(i64::try_from(limit).unwrap_or(i64::MAX));
    query.push(sql!(" group by ", own, " order by \"n\" desc, \"v\" limit ", limit));
    let bucket = |row: Vec<Value>| {
        let mut cells = row.into_iter();
        let value = cells.next()?;
        Some(BucketView { value, to: None, count: cells.next()?.as_u64()? })
    };
    Ok(ask(lake, over, &query).await?.into_iter().filter_map(bucket).collect())
}

/// The commonest values of a column that contain a text, whatever its case.
pub(super) async fn values(
    onefold: &Onefold,
    table: &str,
    column: &str,
    contains: &str,
    limit: usize,
) -> Result<Vec<BucketView>, Problem> {
    let Reading { lake, published, .. } = onefold.reading().await?;
    let listed = Listed::find(&published, table, false)?;
    let column = listed.column(column)?;
    if column.ty == DataType::Bitmap {
        return Ok(Vec::new());
    }
    let contains = contains.trim().to_lowercase();
    let limit = if limit == 0 { 20 } else { limit.min(200) };
    let every = remembered(onefold, &lake, &published, &listed, column, "").await?;
    let text = |value: &Value| match value {
        Value::String(text) => text.to_lowercase(),
        other => other.to_string(),
    };
    if every.all || contains.is_empty() {
        let fits = every.found.iter().filter(|bucket| contains.is_empty() || text(&bucket.value).contains(&contains));
        return Ok(fits.take(limit).cloned().collect());
    }
    let some = remembered(onefold, &lake, &published, &listed, column, &contains).await?;
    Ok(some.found.iter().take(limit).cloned().collect())
}

/// The values of a column that contain a text, from the cache or the table.
async fn remembered(
    onefold: &Onefold,
    lake: &Lake,
    published: &Arc<Published>,
    listed: &Listed,
    column: &Column,
    contains: &str,
) -> Result<Arc<Values>, Problem> {
    let key = (published.run_id.clone(), listed.name.folded(), column.name.to_string(), contains.to_owned());
    if let Some(known) = onefold.cache().values.get(&key) {
        return Ok(known);
    }
    let most = if contains.is_empty() { REMEMBERED } else { 200 };
    let mut found = commonest(lake, &TryOut::of(published), listed, column, contains, most + 1).await?;
    let all = found.len() <= most;
    found.truncate(most);
    Ok(onefold.cache().values.put(key, Values { found, all }, 200))
}
