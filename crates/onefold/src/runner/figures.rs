//! Figures: what a run is summed up by, read from the tables it published.
//!
//! Reads    the tables of unify, the members of segments, the record of the run before
//!
//! Not here: how figures are printed (`commands::run`).

use std::collections::{HashMap, HashSet};

use arrow::array::{AsArray as _, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::Int32Type;
use futures::StreamExt as _;
use onefold_api::{Problem, SegmentCount, SourceLine, UnifyFigures};
use onefold_connect::ReadReport;
use onefold_lake::{Lake, Published, QueryLimits};
use onefold_model::define::TransformStep;
use onefold_model::{Sql, TableName, sql};
use serde_json::Value;

use super::known;
use super::problem::of_lake;
use crate::opened::Opened;
use crate::values;

/// So many rows that none is cut off; the engine counts them in a signed number.
pub const EVERY_ROW: usize = 1 << 48;

/// A row, by column.
pub type Row = HashMap<String, Value>;

/// The rows a query of ours gives over the published run.
///
/// # Errors
/// What the lake has against it.
pub async fn ask(lake: &Lake, published: &Published, sql: &Sql) -> Result<Vec<Row>, Problem> {
    let quoted = |table: &TableName, _| format!("\"{}\"", table.as_str().replace('"', "\"\""));
    let now = format!("arrow_cast('{:.6}', 'Timestamp(Microsecond, Some(\"UTC\"))')", published.at);
    let limits = QueryLimits { rows: EVERY_ROW, ..QueryLimits::default() };
    let found = lake.query(&sql.render(&quoted, &now), limits).await.map_err(of_lake)?;
    let (batches, _) = found.collect().await.map_err(of_lake)?;
    let mut all = Vec::new();
    for batch in &batches {
        all.extend(rows(batch)?);
    }
    Ok(all)
}

/// The rows of a table, internal ones too, in which `column` is one of these numbers.
///
/// # Errors
/// What the lake has against it.
pub async fn pick_number(lake: &Lake, table: &str, column: &str, wanted: &HashSet<i64>) -> Result<Vec<Row>, Problem> {
    let mut found = lake.read(&TableName::from(table)).await.map_err(of_lake)?;
    let mut all = Vec::new();
    while let Some(batch) = found.batches.next().await {
        let batch = batch.map_err(of_lake)?;
        let Some(numbers) = batch.column_by_name(column).and_then(|column| column.as_primitive_opt::<Int32Type>())
        else {
            break;
        };
        let is_wanted = |number: Option<i32>| Some(number.is_some_and(|number| wanted.contains(&i64::from(number))));
        let mask: BooleanArray = numbers.iter().map(is_wanted).collect();
        if mask.true_count() > 0 {
            let few = filter_record_batch(&batch, &mask).map_err(|error| Problem::failed(error.to_string()))?;
            all.extend(rows(&few)?);
        }
    }
    Ok(all)
}

/// The rows of a table, internal ones too, in which `column` is one of these texts.
///
/// # Errors
/// What the lake has against it.
pub async fn pick(lake: &Lake, table: &str, column: &str, wanted: &HashSet<String>) -> Result<Vec<Row>, Problem> {
    let mut found = lake.read(&TableName::from(table)).await.map_err(of_lake)?;
    let mut all = Vec::new();
    while let Some(batch) = found.batches.next().await {
        let batch = batch.map_err(of_lake)?;
        let Some(texts) = batch.column_by_name(column).and_then(|column| column.as_string_opt::<i32>()) else { break };
        let mask: BooleanArray =
            texts.iter().map(|text| Some(text.is_some_and(|text| wanted.contains(text)))).collect();
        if mask.true_count() > 0 {
            let few = filter_record_batch(&batch, &mask).map_err(|error| Problem::failed(error.to_string()))?;
            all.extend(rows(&few)?);
        }
    }
    Ok(all)
}

/// The rows of a batch, by column.
pub(super) fn rows(batch: &RecordBatch) -> Result<Vec<Row>, Problem> {
    let schema = batch.schema();
    let names = || schema.fields().iter().map(|field| field.name().clone());
    Ok(values::rows(batch)?.into_iter().map(|row| names().zip(row).collect()).collect())
}

/// A whole number of a row; 0 where there is none.
pub fn number(row: &HashMap<String, Value>, column: &str) -> u64 {
    row.get(column).and_then(Value::as_u64).unwrap_or(0)
}

/// The three figures of unification, and the number of profiles; `None` where nothing is unified.
pub async fn unify(opened: &Opened, published: &Published) -> Result<Option<UnifyFigures>, Problem> {
    let Some(customer) = published.table("Customer") else { return Ok(None) };
    let mut figures = UnifyFigures { profiles: customer.rows(), ..UnifyFigures::default() };
    if published.table("UnifyStatistics").is_some() {
        let statistics = TableName::from("UnifyStatistics");
        let sql = sql!("select \"Name\", \"Value\" from ", statistics, " where \"Table\" is null and \"Rule\" is null");
        for row in ask(opened.lake().await?, published, &sql).await? {
            let value = row.get("Value").and_then(Value::as_f64).unwrap_or(0.0) as u64;
            match row.get("Name").and_then(Value::as_str) {
                Some("unique source records") => figures.unique_source_records = value,
                Some("matched and non-matched records") => figures.matched_and_non_matched = value,
                Some("matched records only") => figures.matched_only = value,
                _ => {}
            }
        }
    }
    Ok(Some(figures))
}

/// Segments and their sizes, with those of the run before.
pub async fn segments(
    opened: &Opened,
    published: &Published,
    before: Option<&Published>,
) -> Result<Vec<SegmentCount>, Problem> {
    if published.table("SegmentBitmap").is_none() {
        return Ok(Vec::new());
    }
    let before = before.map(|before| recorded(opened, &before.run_id)).unwrap_or_default();
    let lake = opened.lake().await?;
    let sql = sql!("select \"Segment\", \"Count\" from ", TableName::from("SegmentBitmap"), " order by \"Segment\"");
    let counts = ask(lake, published, &sql)
        .await?
        .iter()
        .filter_map(|row| {
            let segment = row.get("Segment")?.as_str()?.to_owned();
            let before = before.get(&segment).copied();
            Some(SegmentCount { segment, members: number(row, "Count"), before })
        })
        .collect();
    Ok(counts)
}

/// The sizes of segments as the record of a run has them.
fn recorded(opened: &Opened, run: &str) -> HashMap<String, u64> {
    let path = opened.lake_folder().join("_runs").join(run).join("record.json");
    let record = std::fs::read(path).ok().and_then(|text| serde_json::from_slice::<onefold_api::RunView>(&text).ok());
    let segments = record.map(|record| record.segments).unwrap_or_default();
    segments.into_iter().map(|count| (count.segment, count.members)).collect()
}

/// What became of the rows of a table of a source.
pub fn source_line(
    opened: &Opened,
    published: &Published,
    name: &TableName,
    source: &str,
    table: &str,
    read: &ReadReport,
) -> SourceLine {
    let rows = |table: &TableName| published.table(table.as_str()).map_or(0, |entry| entry.rows());
    let kept = rows(name);
    let corrupt = rows(&name.suffixed("_Corrupt")).max(read.corrupt);
    // Where only what is new was read, the table has what was read before as well.
    let raw = name.prefixed("Raw_");
    let read = (rows(&raw) + rows(&raw.suffixed("_Corrupt"))).max(read.rows_read);
    let repeated = rows(&name.prefixed("Repeated_"));
    // Where steps make rows of their own, what was left out cannot be told from what was added.
    let counts_hold = known::find(&opened.project, source, table).is_some_and(|(_, table)| {
        table.steps.iter().all(|step| {
            !matches!(step.value, TransformStep::Expand { .. } | TransformStep::GroupBy { .. } | TransformStep::Sql(_))
        })
    });
    let left_out = counts_hold.then(|| read.saturating_sub(kept + corrupt + repeated));
    SourceLine { table: name.to_string(), read, kept, corrupt, repeated, left_out }
}
