//! Statistics: columns of a table in figures, and the commonest values of one.
//!
//! Invariants
//! - Worked out once a run and table. How many different values there are is estimated (HyperLogLog); all else is exact.
//! - Where nearly every value is another, commonest ones are not looked for.

use std::sync::Arc;

use arrow::array::AsArray as _;
use arrow::datatypes::Float64Type;
use futures::StreamExt as _;
use jiff::Span;
use jiff::civil::Date;
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
    let mut all = Vec::new();
    // One column after the other: a large table would not be done in time, nor within the memory, all at once.
    for column in columns {
        let row = summed_up(&lake, &over, &listed, column).await?;
        let count = |at: usize| row.get(at).and_then(Value::as_u64).unwrap_or_default();
        let end = |at: usize| row.get(at).cloned().unwrap_or_default();
        let (rows, there, distinct) = (count(0), count(1), count(2));
        let numbers = match column.ty.is_numeric() && column.ty != DataType::Small {
            true => number_statistics(&lake, &over, &listed, column).await?,
            false => None,
        };
        let looked_for = there > 0 && (rows <= SMALL || distinct <= MOST_DIFFERENT) && distinct < there.max(2);
        let (low, high) = (end(3), end(4));
        let top = match (column.ty.is_temporal() && distinct > 20, looked_for) {
            (true, _) => over_time(&lake, &over, &listed, column, &low, &high).await?,
            (false, true) => commonest(&lake, &over, &listed, column, "", 20).await?,
            (false, false) => Vec::new(),
        };
        all.push(ColumnStatistics {
            name: column.name.to_string(),
            ty: column.ty.to_string(),
            count: rows,
            missing: rows.saturating_sub(there),
            distinct: distinct.min(there),
            min: low,
            max: high,
            numbers,
            // A single one of each is not common.
            top: if top.iter().any(|bucket| bucket.count > 1) { top } else { Vec::new() },
        });
    }
    Ok(onefold.cache().statistics.put(key, all, 64).as_ref().clone())
}

/// Rows, rows with a value, about how many different ones, the smallest and the largest.
async fn summed_up(lake: &Lake, over: &TryOut, listed: &Listed, column: &Column) -> Result<Vec<Value>, Problem> {
    let own = id(column.name.as_str());
    // The smallest and largest of booleans are no use.
    let ends = if column.ty == DataType::Boolean { "cast(null as varchar)".into() } else { own.clone() };
    let distinct = sql!("approx_distinct(", comparable(&own, column.ty), ") as \"distinct\"");
    let (min, max) = (sql!("min(", &ends, ") as \"min\""), sql!("max(", &ends, ") as \"max\""));
    let all = ["count(*) as \"rows\"".into(), sql!("count(", own, ") as \"there\""), distinct, min, max];
    let query = sql!("select ", join(all, ", "), " from ", &listed.name);
    Ok(ask(lake, over, &query).await?.pop().unwrap_or_default())
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

/// Days or instants in at most 20 ranges of equal length, in order; days are those of UTC.
async fn over_time(
    lake: &Lake,
    over: &TryOut,
    listed: &Listed,
    column: &Column,
    low: &Value,
    high: &Value,
) -> Result<Vec<BucketView>, Problem> {
    let day = |value: &Value| value.as_str()?.get(..10)?.parse::<Date>().ok();
    let (Some(low), Some(high)) = (day(low), day(high)) else { return Ok(Vec::new()) };
    let days = (high - low).get_days();
    let (unit, first): (&'static str, Date) = match days {
        ..=140 => ("'day'", low),
        141..=1_800 => ("'month'", low.first_of_month()),
        _ => ("'year'", low.first_of_year()),
    };
    let begin = sql!("cast(date_trunc(", unit, ", ", id(column.name.as_str()), ") as date)");
    let from = sql!(" from ", &listed.name, " where ", id(column.name.as_str()), " is not null");
    let query = sql!("select ", begin, " as \"d\", count(*) as \"n\"", from, " group by \"d\" order by \"d\"");
    let units = |date: Date| -> i64 {
        let years = i64::from(date.year() - first.year());
        match unit {
            "'day'" => i64::from((date - first).get_days()),
            "'month'" => years * 12 + i64::from(date.month()) - i64::from(first.month()),
            _ => years,
        }
    };
    let width = units(high) / 20 + 1;
    let edge = |n: i64| -> Value {
        let span = match unit {
            "'day'" => Span::new().try_days(n * width),
            "'month'" => Span::new().try_months(n * width),
            _ => Span::new().try_years(n * width),
        };
        let at = span.and_then(|span| first.checked_add(span));
        at.map_or(Value::Null, |date| Value::from(date.to_string()))
    };
    let ranges = units(high) / width + 1;
    let mut found: Vec<BucketView> =
        (0..ranges).map(|n| BucketView { value: edge(n), to: Some(edge(n + 1)), count: 0 }).collect();
    for row in ask(lake, over, &query).await? {
        let (Some(date), Some(count)) = (row.first().and_then(day), row.get(1).and_then(Value::as_u64)) else {
            continue;
        };
        let place = usize::try_from(units(date) / width).unwrap_or_default();
        if let Some(bucket) = found.get_mut(place) {
            bucket.count += count;
        }
    }
    Ok(found)
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
    let over = TryOut::of(published);
    let most = if contains.is_empty() { REMEMBERED } else { 200 };
    let (mut found, all) = match nearly_unique(lake, &over, listed, column).await? {
        // There is nothing to count: some of them, and how often these stand.
        true => (some(lake, &over, listed, column, contains).await?, false),
        false => {
            let found = commonest(lake, &over, listed, column, contains, most + 1).await?;
            let all = found.len() <= most;
            (found, all)
        }
    };
    found.truncate(most);
    Ok(onefold.cache().values.put(key, Values { found, all }, 200))
}

/// Whether a column of a large table has another value in most rows, as its first rows show.
async fn nearly_unique(lake: &Lake, over: &TryOut, listed: &Listed, column: &Column) -> Result<bool, Problem> {
    if listed.rows.is_none_or(|rows| rows < 1_000_000) {
        return Ok(false);
    }
    let own = id(column.name.as_str());
    let first = sql!("select ", &own, " as \"v\" from ", &listed.name, " where ", own, " is not null limit 50000");
    let query = sql!("select count(*), count(distinct \"v\") from (", first, ") as \"f\"");
    let row = ask(lake, over, &query).await?.pop().unwrap_or_default();
    let count = |at: usize| row.get(at).and_then(Value::as_u64).unwrap_or_default();
    Ok(count(1) * 4 > count(0) && count(1) > 10_000)
}

/// Some values that contain a text, the first that are found, with the number of rows that have each.
async fn some(
    lake: &Lake,
    over: &TryOut,
    listed: &Listed,
    column: &Column,
    contains: &str,
) -> Result<Vec<BucketView>, Problem> {
    let own = id(column.name.as_str());
    let mut first = sql!("select ", &own, " as \"v\" from ", &listed.name, " where ", &own, " is not null");
    if !contains.is_empty() {
        first.push(sql!(" and contains(lower(cast(", &own, " as varchar)), ", text(contains), ")"));
    }
    let few = sql!("select distinct \"v\" from (", first, " limit 200) as \"f\"");
    let query =
        sql!("select ", &own, " as \"v\", count(*) as \"n\" from ", &listed.name, " where ", &own, " in (", few);
    let query = sql!(query, ") group by ", &own, " order by \"n\" desc, \"v\"");
    Ok(ask(lake, over, &query).await?.into_iter().filter_map(bucket).collect())
}

fn bucket(row: Vec<Value>) -> Option<BucketView> {
    let mut cells = row.into_iter();
    let value = cells.next()?;
    Some(BucketView { value, to: None, count: cells.next()?.as_u64()? })
}
