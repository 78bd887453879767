//! Seen: the tables and views that SQL may name, put into a context of the engine.
//!
//! Invariants
//! - Only what the SQL names is registered, under the name as it stands there; it is found ignoring case.
//! - A view's query sees the same tables and the same instant as the query that names it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::catalog::MemorySchemaProvider;
use datafusion::common::TableReference;
use datafusion::prelude::SessionContext;
use futures::future::{BoxFuture, FutureExt as _};
use jiff::Timestamp;
use onefold_model::plan::View;
use onefold_model::sql::Piece;
use onefold_model::{Column, Sql};

use crate::layout::Layout;
use crate::manifest::{Published, TableEntry};
use crate::only::Only;
use crate::slices::Slice;
use crate::{LakeError, Result, session, tables};

/// Views may stand on views, so deep.
const DEPTH: usize = 32;

/// What a query sees.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    /// Tables, by folded name.
    pub(crate) tables: BTreeMap<String, Arc<TableEntry>>,
    /// Views.
    pub(crate) views: Vec<View>,
    /// The run whose tables `Before` means.
    pub(crate) before: Option<Arc<Published>>,
    /// Columns of tables that `Before` may mean though they are not there, by folded name.
    pub(crate) promised: HashMap<String, Vec<Column>>,
    /// What `now()` stands for.
    pub(crate) now: Timestamp,
    /// The only rows of tables with numbers; not of what `Before` means.
    pub(crate) only: Option<Only>,
    /// The slice of tables with numbers whose rows are seen; likewise.
    pub(crate) slice: Option<Slice>,
    /// The only rows of some tables, by folded name; not of what `Before` means.
    pub(crate) picked: BTreeMap<String, Only>,
}

impl Seen {
    /// What readers of a published run see.
    pub(crate) fn of(published: &Published) -> Self {
        Self { tables: published.tables.clone(), views: published.views.clone(), now: published.at, ..Self::default() }
    }
    /// The text of SQL of ours, with every table it names registered in the context.
    pub(crate) async fn bind(&self, layout: &Layout, context: &SessionContext, sql: &Sql) -> Result<String> {
        self.bind_at(layout, context, sql, 0).await
    }
    /// Registers a table or view under the name as it is written; false if there is none.
    pub(crate) async fn register(&self, layout: &Layout, context: &SessionContext, name: &str) -> Result<bool> {
        self.register_at(layout, context, name, 0).await
    }
    /// An error for a name that means nothing, with the nearest one that does.
    pub(crate) fn unknown(&self, name: &str) -> LakeError {
        let folded = name.to_lowercase();
        let tables = self.tables.values().filter(|table| !table.internal).map(|table| table.name.as_str());
        let near = tables
            .chain(self.views.iter().map(|view| view.name.as_str()))
            .map(|known| (strsim::osa_distance(&folded, &known.to_lowercase()), known))
            .min()
            .filter(|(far, _)| *far <= 2.max(folded.len() / 4));
        let hint = near.map(|(_, known)| format!("; did you mean `{known}`?")).unwrap_or_default();
        LakeError::NoTable { name: name.to_owned(), hint }
    }

    fn bind_at<'a>(
        &'a self,
        layout: &'a Layout,
        context: &'a SessionContext,
        sql: &'a Sql,
        depth: usize,
    ) -> BoxFuture<'a, Result<String>> {
        async move {
            for piece in sql.pieces() {
                match piece {
                    Piece::Table(name) => {
                        let known = self.register_at(layout, context, name.as_str(), depth).await?;
                        known.then_some(()).ok_or_else(|| self.unknown(name.as_str()))?;
                    }
                    Piece::Before(name) => self.register_before(layout, context, name.as_str())?,
                    _ => {}
                }
            }
            let table = |name: &onefold_model::TableName, before: bool| {
                let quoted = format!("\"{}\"", name.as_str().replace('"', "\"\""));
                if before { format!("\"{}\".{quoted}", session::BEFORE) } else { quoted }
            };
            Ok(sql.render(&table, &session::instant(self.now)))
        }
        .boxed()
    }

    fn register_at<'a>(
        &'a self,
        layout: &'a Layout,
        context: &'a SessionContext,
        name: &'a str,
        depth: usize,
    ) -> BoxFuture<'a, Result<bool>> {
        async move {
            let reference = TableReference::bare(name);
            let folded = name.to_lowercase();
            if context.table_exist(reference.clone()).unwrap_or(false) {
                return Ok(true);
            }
            let relation = if let Some(table) = self.tables.get(&folded) {
                let whole = || tables::published(layout, context, table);
                match (self.picked.get(&folded).or(self.only.as_ref()), &self.slice) {
                    (Some(only), _) if only.is_of(&table.columns) => only.of(context, whole()?)?,
                    (_, Some(slice)) if slice.is_of(&table.columns) => slice.of(layout, context, table)?,
                    _ => whole()?,
                }
            } else if let Some(view) = self.views.iter().find(|view| view.name.folded() == folded) {
                if depth >= DEPTH {
                    return Err(LakeError::Run(format!("view `{name}` stands on itself; remove the circle")));
                }
                let text = self.bind_at(layout, context, &view.sql, depth + 1).await?;
                let query = context.sql(&text).await;
                query.map_err(|error| LakeError::Run(format!("view `{name}` cannot be planned: {error}")))?.into_view()
            } else {
                return Ok(false);
            };
            context.register_table(reference, relation).map_err(|error| LakeError::Run(error.to_string()))?;
            Ok(true)
        }
        .boxed()
    }

    /// Registers a table as it was before, with promised columns it did not have yet as nulls.
    fn register_before(&self, layout: &Layout, context: &SessionContext, name: &str) -> Result<()> {
        let engine = |error: datafusion::error::DataFusionError| LakeError::Run(error.to_string());
        let reference = TableReference::partial(session::BEFORE, name);
        if context.table_exist(reference.clone()).unwrap_or(false) {
            return Ok(());
        }
        let catalog =
            context.catalog("datafusion").ok_or_else(|| LakeError::Run("the session has no catalogue".into()))?;
        if catalog.schema(session::BEFORE).is_none() {
            catalog.register_schema(session::BEFORE, Arc::new(MemorySchemaProvider::new())).map_err(engine)?;
        }
        let known = self.before.as_ref().and_then(|before| before.table(name));
        let folded = name.to_lowercase();
        // What the run itself wrote under that name promises its columns as well.
        let promised = self.promised.get(&folded).or_else(|| self.tables.get(&folded).map(|table| &table.columns));
        let mut columns = known.map(|table| table.columns.clone()).unwrap_or_default();
        for column in promised.into_iter().flatten() {
            if !columns.iter().any(|known| known.name == column.name) {
                columns.push(column.clone());
            }
        }
        if known.is_none() && promised.is_none() {
            let hint = "; a plan must promise the columns of a table it looks at before its first run".to_owned();
            return Err(LakeError::NoTable { name: name.to_owned(), hint });
        }
        let (files, sorted) = known.map(|table| (&table.files[..], &table.sorted_by[..])).unwrap_or_default();
        let relation = tables::relation(layout, context, &columns, files, sorted)?;
        context.register_table(reference, relation).map_err(engine)?;
        Ok(())
    }
}
