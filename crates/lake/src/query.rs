//! Query: what people and tools may ask of a run. Read only, within limits.
//!
//! Flow     text ─ guard ─ tables it names registered ─ plan ─ rows until a limit
//!
//! Invariants
//! - A query sees one published run from its first row to its last.
//! - A limit that is passed gives an error that names it; rows too many are cut off and said to be.
//!
//! Not here: which statements are allowed (`guard.rs`).

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::datatypes::{DataType as Arrow, Field, Schema, SchemaRef};
use datafusion::dataframe::DataFrame;
use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::parser::ParserError;
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use onefold_model::sql::Piece;
use onefold_model::{Output, Sql, TableName, sql};
use tokio::time::{Instant, timeout_at};

use crate::conform::conform;
use crate::guard::{self, Allowed};
use crate::seen::Seen;
use crate::store::Inner;
use crate::{LakeError, QueryLimits, Result};

/// The engine counts rows in 64 bits with a sign.
const MOST_ROWS: usize = i64::MAX as usize - 1;

/// Rows that come as they are found.
pub struct QueryResult {
    /// Their columns; text is Utf8, bytes are Binary.
    pub schema: SchemaRef,
    /// Batch by batch; ends with an error when a limit is passed.
    pub batches: Pin<Box<dyn Stream<Item = Result<RecordBatch>> + Send>>,
    truncated: Arc<AtomicBool>,
}

impl QueryResult {
    /// Whether rows were cut off; known once the stream has ended.
    pub fn truncated(&self) -> bool {
        self.truncated.load(Ordering::Relaxed)
    }
    /// All rows, and whether some were cut off.
    pub async fn collect(self) -> Result<(Vec<RecordBatch>, bool)> {
        let batches = self.batches.try_collect().await?;
        Ok((batches, self.truncated.load(Ordering::Relaxed)))
    }
}

impl std::fmt::Debug for QueryResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueryResult").field("schema", &self.schema).finish_non_exhaustive()
    }
}

/// Runs a statement of a user.
pub(crate) async fn guarded(inner: &Inner, seen: Seen, text: &str, limits: QueryLimits) -> Result<QueryResult> {
    let allowed = guard::allow(text)?;
    let explain = allowed.explain;
    let until = Instant::now() + limits.time;
    let planned = timeout_at(until, plan(inner, &seen, allowed, &limits)).await;
    let query = planned.map_err(|_| too_slow(limits.time))??;
    let query = if explain {
        query
    } else {
        // One more than wanted tells whether there are more.
        query.limit(0, Some(limits.rows.min(MOST_ROWS) + 1)).map_err(|error| failed(&error, &limits))?
    };
    result(query, Some((limits, until))).await
}

/// All rows of a table or view.
pub(crate) async fn whole(inner: &Inner, seen: Seen, table: &TableName) -> Result<QueryResult> {
    ours(inner, seen, &sql!("select * from ", table)).await
}

/// The rows of a query made of pieces, without limits.
pub(crate) async fn ours(inner: &Inner, seen: Seen, sql: &Sql) -> Result<QueryResult> {
    let context = inner.session.context();
    let text = seen.bind(&inner.layout, &context, sql).await?;
    let query = context.sql(&text).await.map_err(|error| LakeError::Query(plain(&error)))?;
    result(query, None).await
}

/// Looks whether every view can be planned and has the columns it promises.
pub(crate) async fn views_hold(inner: &Inner, seen: &Seen) -> Result<()> {
    let context = inner.session.context();
    let mut held = std::collections::HashSet::new();
    for view in &seen.views {
        // Ten thousand views that differ in a constant have the same columns: one of them stands for all.
        let shape = view.sql.pieces().iter().map(|piece| match piece {
            Piece::Text(_) => Piece::Text(String::new()),
            other => other.clone(),
        });
        if !held.insert(format!("{:?} {:?}", shape.collect::<Vec<_>>(), view.columns)) {
            continue;
        }
        let name = format!("view {}", view.name);
        let text =
            seen.bind(&inner.layout, &context, &view.sql).await.map_err(|error| LakeError::step(&name, error))?;
        let query = context.sql(&text).await.map_err(|error| LakeError::step(&name, plain(&error)))?;
        conform(&name, &Output::published(view.name.clone(), view.columns.clone()), query)?;
    }
    Ok(())
}

async fn plan(inner: &Inner, seen: &Seen, allowed: Allowed, limits: &QueryLimits) -> Result<DataFrame> {
    let context = inner.session.limited(limits.memory_bytes, inner.scratch.folder())?;
    for name in &allowed.relations {
        let internal = seen.tables.get(&name.to_lowercase()).is_some_and(|table| table.internal);
        let known = !internal && seen.register(&inner.layout, &context, name).await?;
        if !known && !allowed.given.contains(name) {
            return Err(seen.unknown(name));
        }
    }
    let planned = context.state().statement_to_plan(allowed.statement).await;
    let planned = planned.map_err(|error| failed(&error, limits))?;
    Ok(DataFrame::new(context.state(), planned))
}

pub(crate) async fn result(query: DataFrame, limits: Option<(QueryLimits, Instant)>) -> Result<QueryResult> {
    let schema = plain_schema(query.schema().as_arrow());
    let unlimited = QueryLimits { memory_bytes: usize::MAX, time: Duration::MAX, rows: usize::MAX };
    let (limits, until) = limits.map_or((unlimited, None), |(limits, until)| (limits, Some(until)));
    let begun = async { query.execute_stream().await.map_err(|error| failed(&error, &limits)) };
    let rows = match until {
        Some(until) => timeout_at(until, begun).await.map_err(|_| too_slow(limits.time))??,
        None => begun.await?,
    };
    let truncated = Arc::new(AtomicBool::new(false));
    let state =
        Rows { rows, left: limits.rows, truncated: Arc::clone(&truncated), schema: Arc::clone(&schema), limits, until };
    let batches = futures::stream::try_unfold(state, Rows::next).boxed();
    Ok(QueryResult { schema, batches, truncated })
}

/// The rest of a query's rows.
struct Rows {
    rows: datafusion::execution::SendableRecordBatchStream,
    left: usize,
    truncated: Arc<AtomicBool>,
    schema: SchemaRef,
    limits: QueryLimits,
    until: Option<Instant>,
}

impl Rows {
    async fn next(mut self) -> Result<Option<(RecordBatch, Self)>> {
        let batch = match self.until {
            Some(until) => timeout_at(until, self.rows.next()).await.map_err(|_| too_slow(self.limits.time))?,
            None => self.rows.next().await,
        };
        let Some(batch) = batch else { return Ok(None) };
        let mut batch = batch.map_err(|error| failed(&error, &self.limits))?;
        if batch.num_rows() > self.left {
            self.truncated.store(true, Ordering::Relaxed);
            if self.left == 0 {
                return Ok(None);
            }
            batch = batch.slice(0, self.left);
        }
        self.left -= batch.num_rows();
        Ok(Some((plain_batch(&batch, &self.schema)?, self)))
    }
}

/// Text as Utf8 and bytes as Binary, which every reader of Arrow knows.
fn plain_schema(schema: &Schema) -> SchemaRef {
    let plain = |ty: &Arrow| match ty {
        Arrow::Utf8View | Arrow::LargeUtf8 => Arrow::Utf8,
        Arrow::BinaryView | Arrow::LargeBinary => Arrow::Binary,
        other => other.clone(),
    };
    Arc::new(Schema::new(
        schema
            .fields()
            .iter()
            .map(|field| Field::new(field.name(), plain(field.data_type()), true))
            .collect::<Vec<_>>(),
    ))
}

fn plain_batch(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let wrong = |error: arrow::error::ArrowError| LakeError::Query(error.to_string());
    let columns = batch.columns().iter().zip(schema.fields());
    let columns =
        columns.map(|(column, field)| cast(column, field.data_type())).collect::<Result<Vec<_>, _>>().map_err(wrong)?;
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options).map_err(wrong)
}

pub(crate) fn too_slow(time: Duration) -> LakeError {
    let seconds = time.as_secs_f64();
    LakeError::Query(format!("the query took longer than {seconds} s; ask for less, or raise the limit on time"))
}

pub(crate) fn failed(error: &DataFusionError, limits: &QueryLimits) -> LakeError {
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => LakeError::Query(format!(
            "the query needs more memory than {} MiB; ask for fewer groups or columns, or raise the limit",
            limits.memory_bytes >> 20
        )),
        _ => LakeError::Query(plain(error)),
    }
}

/// The engine's words without the names of its parts.
pub(crate) fn plain(error: &DataFusionError) -> String {
    let root = error.find_root();
    let text = match root {
        DataFusionError::SQL(parser, _) => match parser.as_ref() {
            ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.clone(),
            ParserError::RecursionLimitExceeded => "it is nested too deeply".to_owned(),
        },
        DataFusionError::ResourcesExhausted(why) => {
            tracing::debug!("memory ran out: {why}");
            let largest = why.lines().nth(1).unwrap_or_default().trim();
            return format!("there is too little memory; raise its limit (most went to {largest})");
        }
        other => other.strip_backtrace(),
    };
    let mut text = text.as_str();
    for prefix in [
        "Error during planning: ",
        "Schema error: ",
        "Execution error: ",
        "SQL error: ",
        "This feature is not implemented: ",
    ] {
        text = text.strip_prefix(prefix).unwrap_or(text);
    }
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
