//! Try out: pieces of a plan worked out over the published run, without writing anything.
//!
//! Flow     published tables ─ views and rows laid over them ─ a query or a scan ─ rows or bitmaps
//!
//! Invariants
//! - No lease, no file, no run: whoever is writing is not disturbed, and nobody else sees anything.
//! - What is laid over stands in the place of a published table of that name; `Before` still means the published one.
//! - Dropping the future stops the work.
//!
//! Not here: which pieces a draft needs (`onefold-stages`, `draft`).

use std::sync::{Arc, OnceLock};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::TableReference;
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;
use jiff::Timestamp;
use onefold_model::plan::{Scan, View};
use onefold_model::{Sql, TableName};
use roaring::RoaringBitmap;
use tokio::time::{Instant, timeout_at};

use crate::layout::Layout;
use crate::query::{failed, result, too_slow};
use crate::seen::Seen;
use crate::session::Session;
use crate::{Lake, LakeError, LakeOptions, Published, QueryLimits, QueryResult, Result, scan};

/// What pieces of a plan see when they are tried.
#[derive(Clone, Debug)]
pub struct TryOut {
    /// The run whose tables there are; none before the first.
    pub published: Option<Arc<Published>>,
    /// What `now()` stands for.
    pub now: Timestamp,
    /// Views that stand in the place of tables, or beside them.
    pub views: Vec<View>,
    /// Tables that are held in memory.
    pub rows: Vec<RowsHeld>,
    /// Whether rows are to come in the order in which files hold them: slower where there is much to do.
    pub in_order: bool,
}

/// A table that is held in memory.
#[derive(Clone, Debug)]
pub struct RowsHeld {
    /// Its name.
    pub table: TableName,
    /// Its columns.
    pub schema: SchemaRef,
    /// Its rows.
    pub batches: Vec<RecordBatch>,
}

impl TryOut {
    /// A published run as readers see it, at its own instant.
    pub fn of(published: &Arc<Published>) -> Self {
        Self::at(Some(Arc::clone(published)), published.at)
    }
    /// A published run as a run that begins at this instant would see it.
    pub fn at(published: Option<Arc<Published>>, now: Timestamp) -> Self {
        Self { published, now, views: Vec::new(), rows: Vec::new(), in_order: false }
    }

    fn seen(&self) -> Seen {
        let mut seen = self.published.as_deref().map(Seen::of).unwrap_or_default();
        seen.now = self.now;
        seen.before.clone_from(&self.published);
        for view in &self.views {
            seen.tables.remove(&view.name.folded());
        }
        for rows in &self.rows {
            seen.tables.remove(&rows.table.folded());
        }
        seen.views = self.views.iter().cloned().chain(seen.views).collect();
        seen
    }
}

impl Lake {
    /// The rows of a query made of pieces.
    ///
    /// # Errors
    /// A table that is not there, what the engine refuses, a limit that is passed.
    pub async fn try_sql(&self, over: &TryOut, sql: &Sql, limits: QueryLimits) -> Result<QueryResult> {
        let inner = self.inner();
        let until = Instant::now() + limits.time;
        let planned = async {
            let context = context(&inner.session, over, &limits)?;
            let text = over.seen().bind(&inner.layout, &context, sql).await?;
            context.sql(&text).await.map_err(|error| failed(&error, &limits))
        };
        let query = timeout_at(until, planned).await.map_err(|_| too_slow(limits.time))??;
        let most = limits.rows.saturating_add(1).min(i64::MAX as usize - 1);
        let query = query.limit(0, Some(most)).map_err(|error| failed(&error, &limits))?;
        result(query, Some((limits, until))).await
    }

    /// The bitmap of each condition of a scan, in order, in one pass.
    ///
    /// # Errors
    /// As [`Lake::try_sql`].
    pub async fn try_scan(&self, over: &TryOut, work: &Scan, limits: &QueryLimits) -> Result<Vec<RoaringBitmap>> {
        let inner = self.inner();
        let passes = async {
            let context = context(&inner.session, over, limits)?;
            scan::bitmaps(TRIED, &context, &inner.layout, &over.seen(), work).await
        };
        let found: Result<Vec<RoaringBitmap>> =
            tokio::time::timeout(limits.time, passes).await.map_err(|_| too_slow(limits.time))?;
        found.map_err(|error| match error {
            LakeError::Step { why, .. } => LakeError::Query(why),
            other => other,
        })
    }
}

/// The rows of a query over rows that are held in memory, and nothing else: no lake need be there.
///
/// # Errors
/// As [`Lake::try_sql`].
pub async fn try_rows(over: &TryOut, sql: &Sql, limits: QueryLimits) -> Result<QueryResult> {
    static ENGINE: OnceLock<Session> = OnceLock::new();
    let engine = match ENGINE.get() {
        Some(engine) => engine,
        None => {
            let made = Session::new(&LakeOptions::default(), &std::env::temp_dir())?;
            ENGINE.get_or_init(|| made)
        }
    };
    let until = Instant::now() + limits.time;
    let planned = async {
        let context = context(engine, over, &limits)?;
        let text = over.seen().bind(&Layout::nowhere(), &context, sql).await?;
        context.sql(&text).await.map_err(|error| failed(&error, &limits))
    };
    let query = timeout_at(until, planned).await.map_err(|_| too_slow(limits.time))??;
    result(query, Some((limits, until))).await
}

/// The name of the step that a scan is part of, where there is none.
const TRIED: &str = "preview";

/// A context with the rows that are held, within the limits; it knows what is remembered of files.
fn context(engine: &Session, over: &TryOut, limits: &QueryLimits) -> Result<SessionContext> {
    let context = engine.trying(limits.memory_bytes, over.in_order)?;
    for held in &over.rows {
        let table = MemTable::try_new(Arc::clone(&held.schema), vec![held.batches.clone()]);
        let table = table.map_err(|error| failed(&error, limits))?;
        let name = TableReference::bare(held.table.as_str());
        context.register_table(name, Arc::new(table)).map_err(|error| failed(&error, limits))?;
    }
    Ok(context)
}
