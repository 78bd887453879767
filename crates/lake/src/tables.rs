//! Tables: files by list, as relations the engine can read.
//!
//! Invariants
//! - A relation reads exactly the files it was given; a column that a file lacks is null there.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::Column as Reference;
use datafusion::datasource::empty::EmptyTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::logical_expr::Expr;
use datafusion::prelude::SessionContext;
use onefold_model::{Column, ColumnName};
use url::Url;

use crate::columns::engine_schema;
use crate::layout::Layout;
use crate::manifest::{FileEntry, TableEntry};
use crate::{LakeError, Result};

/// A relation of these columns over these files, each sorted as said.
pub(crate) fn relation(
    layout: &Layout,
    context: &SessionContext,
    columns: &[Column],
    files: &[FileEntry],
    sorted_by: &[ColumnName],
) -> Result<Arc<dyn TableProvider>> {
    let schema = engine_schema(columns);
    if files.is_empty() {
        return Ok(Arc::new(EmptyTable::new(schema)));
    }
    let paths = files.iter().map(|file| listing_path(layout, file)).collect::<Result<Vec<_>>>()?;
    let state = context.state();
    let format = ParquetFormat::default().with_options(state.default_table_options().parquet);
    let sorted = if ordered(files, sorted_by) { sorted_by.iter().map(ascending).collect() } else { Vec::new() };
    let options = ListingOptions::new(Arc::new(format))
        .with_file_extension(".parquet")
        .with_file_sort_order(if sorted.is_empty() { Vec::new() } else { vec![sorted] });
    let config = ListingTableConfig::new_with_multi_paths(paths).with_listing_options(options).with_schema(schema);
    let table = ListingTable::try_new(config).map_err(|error| LakeError::Run(error.to_string()))?;
    Ok(Arc::new(table.with_cache(state.runtime_env().cache_manager.get_file_statistic_cache())))
}

/// The relation of a table of the published run.
pub(crate) fn published(
    layout: &Layout,
    context: &SessionContext,
    table: &TableEntry,
) -> Result<Arc<dyn TableProvider>> {
    relation(layout, context, &table.columns, &table.files, &table.sorted_by)
}

/// Whether files may be taken one after the other: the engine looks at their bounds, but not at nulls, which are last in
/// each file and would come before the rows of the next. They do not where ranges of the first column follow each other and
/// only the last file has nulls in it.
fn ordered(files: &[FileEntry], sorted_by: &[ColumnName]) -> bool {
    if files.len() <= 1 {
        return true;
    }
    let all: Vec<serde_json::Value> = files.iter().map(FileEntry::statistics).collect();
    let without_nulls = |stats: &serde_json::Value, column: &ColumnName| stats["nullCount"][column.as_str()] == 0;
    if all.iter().all(|stats| sorted_by.iter().all(|column| without_nulls(stats, column))) {
        return true;
    }
    let Some(first) = sorted_by.first() else { return true };
    all.windows(2).all(|both| {
        let (end, start) = (&both[0]["maxValues"][first.as_str()], &both[1]["minValues"][first.as_str()]);
        without_nulls(&both[0], first)
            && matches!((end.as_i64(), start.as_i64()), (Some(end), Some(start)) if end < start)
    })
}

/// The way rows of a sorted table follow each other: ascending, nulls last.
pub(crate) fn ascending(name: &ColumnName) -> datafusion::logical_expr::SortExpr {
    Expr::Column(Reference::new_unqualified(name.as_str())).sort(true, false)
}

fn listing_path(layout: &Layout, file: &FileEntry) -> Result<ListingTableUrl> {
    let path = layout.path(&file.path);
    let missing =
        || LakeError::damaged(&path, "its path cannot be made a URL", "move the lake to a folder with a plain name");
    if !path.is_file() {
        return Err(LakeError::damaged(
            &path,
            "it is gone, though the published run names it",
            "restore it from a backup, or remove the lake's folder and run again",
        ));
    }
    let url = Url::from_file_path(&path).map_err(|()| missing())?;
    ListingTableUrl::try_new(url, None).map_err(|_| missing())
}
