//! Scan: many conditions over one relation in one pass, as one bitmap of row numbers each.
//!
//! Flow     `select number, condition, condition, … from …` ─ one stream a thread ─ bitmaps ─ united
//!
//! Invariants
//! - Rows without a number are passed over; an unknown condition counts as no.
//! - The outcome does not depend on the order of rows or on the number of threads.

use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, AsArray as _, BinaryArray, BooleanArray, Int64Array, RecordBatch, StringArray,
};
use arrow::datatypes::{DataType as Arrow, Field, Int32Type, Schema};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::execute_stream_partitioned;
use datafusion::prelude::SessionContext;
use futures::StreamExt as _;
use onefold_model::plan::Scan;
use onefold_model::{Sql, Step, sql};
use roaring::RoaringBitmap;

use crate::{LakeError, Result, Run};

/// Conditions in one pass: planning many more at once costs more than a second pass.
pub(crate) const TOGETHER: usize = 200;

/// The rows of a scan: `(Rule, Members, Count)`, in the order of its conditions.
pub(crate) async fn rows(run: &Run, step: &Step, scan: &Scan) -> Result<RecordBatch> {
    let mut found = Vec::new();
    for conditions in scan.conditions.chunks(TOGETHER) {
        found.extend(pass(run, step, scan, conditions).await?);
    }
    let rules = StringArray::from_iter_values(scan.conditions.iter().map(|(rule, _)| rule));
    let members = found.iter().map(bytes).collect::<Vec<_>>();
    let counts =
        Int64Array::from_iter_values(found.iter().map(|members| i64::try_from(members.len()).unwrap_or(i64::MAX)));
    let schema = Schema::new(vec![
        Field::new("Rule", Arrow::Utf8, false),
        Field::new("Members", Arrow::Binary, false),
        Field::new("Count", Arrow::Int64, false),
    ]);
    let columns: Vec<ArrayRef> =
        vec![Arc::new(rules), Arc::new(BinaryArray::from_iter_values(members)), Arc::new(counts)];
    RecordBatch::try_new(Arc::new(schema), columns).map_err(|error| LakeError::step(&step.name, error))
}

async fn pass(run: &Run, step: &Step, scan: &Scan, conditions: &[(String, Sql)]) -> Result<Vec<RoaringBitmap>> {
    let context = run.inner.session.context();
    let text = run.seen_by(step).bind(&run.inner.layout, &context, &query(scan, conditions)).await?;
    bitmaps(&step.name, &context, &text, conditions.len()).await
}

/// The query of one pass: the number of each row's owner, then a column a condition.
pub(crate) fn query(scan: &Scan, conditions: &[(String, Sql)]) -> Sql {
    let mut query = sql!("select cast(", &scan.number, " as int) as \"number\"");
    for (place, (_, condition)) in conditions.iter().enumerate() {
        // No condition can have this name by chance: they are numbered here and read by place.
        query.push(sql!(", (", condition, ") as ", onefold_model::sql::id(format!("c{place}"))));
    }
    query.push(sql!(" from ", &scan.from));
    query
}

/// The bitmap of each condition of the query of a pass.
pub(crate) async fn bitmaps(
    step: &str,
    context: &SessionContext,
    text: &str,
    conditions: usize,
) -> Result<Vec<RoaringBitmap>> {
    let failed = |error| LakeError::engine(step, &error);
    let frame = context.sql(text).await.map_err(failed)?;
    let task = Arc::new(frame.task_ctx());
    let plan = frame.create_physical_plan().await.map_err(failed)?;
    let mut tasks = tokio::task::JoinSet::new();
    for stream in execute_stream_partitioned(plan, task).map_err(failed)? {
        tasks.spawn(members(step.to_owned(), stream, conditions));
    }
    let mut united = vec![RoaringBitmap::new(); conditions];
    while let Some(done) = tasks.join_next().await {
        let part = done.map_err(|error| LakeError::step(step, error))??;
        united.iter_mut().zip(part).for_each(|(all, part)| *all |= part);
    }
    Ok(united)
}

/// The members that one stream shows.
async fn members(step: String, mut rows: SendableRecordBatchStream, conditions: usize) -> Result<Vec<RoaringBitmap>> {
    let mut found = vec![RoaringBitmap::new(); conditions];
    let mut numbers = Vec::new();
    while let Some(batch) = rows.next().await {
        let batch = batch.map_err(|error| LakeError::engine(&step, &error))?;
        let number = batch.column(0).as_primitive::<Int32Type>();
        for (place, bitmap) in found.iter_mut().enumerate() {
            let condition = batch.column(place + 1);
            if *condition.data_type() == Arrow::Null {
                continue;
            }
            let condition = condition.as_boolean_opt().ok_or_else(|| {
                LakeError::step(
                    &step,
                    format!("condition {} is `{}`, not true or false", place + 1, condition.data_type()),
                )
            })?;
            numbers.clear();
            numbers.extend(
                true_rows(condition)
                    .filter(|&row| number.is_valid(row))
                    .filter_map(|row| u32::try_from(number.value(row)).ok()),
            );
            gather(bitmap, &mut numbers);
        }
    }
    Ok(found)
}

/// The rows where a condition holds.
fn true_rows(condition: &BooleanArray) -> impl Iterator<Item = usize> {
    let holds = match condition.nulls() {
        Some(valid) => condition.values() & valid.inner(),
        None => condition.values().clone(),
    };
    holds.set_indices().collect::<Vec<_>>().into_iter()
}

/// Adds numbers to a bitmap; those of clustered tables come in order, and are appended.
fn gather(bitmap: &mut RoaringBitmap, numbers: &mut Vec<u32>) {
    if !numbers.is_sorted() {
        numbers.sort_unstable();
    }
    numbers.dedup();
    if let Err(stopped) = bitmap.append(numbers.iter().copied()) {
        let rest = usize::try_from(stopped.valid_until()).unwrap_or(0);
        *bitmap |= RoaringBitmap::from_sorted_iter(numbers[rest..].iter().copied()).unwrap_or_default();
    }
}

/// A bitmap in the portable form that every Roaring library reads.
pub(crate) fn bytes(bitmap: &RoaringBitmap) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(bitmap.serialized_size());
    bitmap.serialize_into(&mut bytes).expect("a vector takes all bytes");
    bytes
}
