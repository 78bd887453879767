//! Page: rows of a published table or view, searched, filtered, sorted, page by page.
//!
//! Flow     table ─ columns ─ search and condition as SQL ─ rows, and how many there are in all
//!
//! Invariants
//! - Rows come in the same order at every question: in that of the files, or sorted with that order among equals.
//! - A condition is of the expression language, in the table's own scope.

use std::sync::Arc;

use onefold_api::*;
use onefold_lake::{Lake, Published, QueryLimits, TryOut};
use onefold_model::expr::{self, ColumnRef, Scope};
use onefold_model::names::nearest;
use onefold_model::sql::{id, integer, join, text};
use onefold_model::{At, Column, DataType, Diagnostic, SourceFile, Sql, TableName, render, sql};
use onefold_stages::condition;

use super::draft::{ask as all_rows, limits};
use crate::platform::{Onefold, Reading};
use crate::runner::problem::of_lake;
use crate::values;

/// The most rows of a page.
const MOST: u64 = 1_000;

/// A published table or view.
pub(super) struct Listed {
    /// Its name, as first written.
    pub(super) name: TableName,
    /// Its columns.
    pub(super) columns: Vec<Column>,
    /// Its rows; not known of a view.
    pub(super) rows: Option<u64>,
}

impl Listed {
    /// The table of that name; those that only steps read when `internal`.
    pub(super) fn find(published: &Published, name: &str, internal: bool) -> Result<Self, Problem> {
        if let Some(table) = published.table(name) {
            if table.internal && !internal {
                return Err(Problem::refused(format!("`{name}` is a table that only steps read"))
                    .hint("show internal tables to see it all the same"));
            }
            let (name, columns) = (table.name.clone(), table.columns.clone());
            return Ok(Self { name, columns, rows: Some(table.rows()) });
        }
        if let Some(view) = published.view(name) {
            return Ok(Self { name: view.name.clone(), columns: view.columns.clone(), rows: None });
        }
        let tables = published.tables.values().filter(|table| internal || !table.internal);
        let names = tables.map(|table| table.name.as_str());
        let near = nearest(name, names.chain(published.views.iter().map(|view| view.name.as_str())));
        let problem = Problem::not_found(format!("there is no table `{name}`"));
        Err(match near {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem.hint("run first, if it is a new one; see the list of tables"),
        })
    }

    /// One of its columns.
    pub(super) fn column(&self, name: &str) -> Result<&Column, Problem> {
        self.columns.iter().find(|column| column.name == name).ok_or_else(|| {
            let problem = Problem::not_found(format!("`{}` has no column `{name}`", self.name));
            match nearest(name, self.columns.iter().map(|column| column.name.as_str())) {
                Some(near) => problem.hint(format!("did you mean `{near}`?")),
                None => problem.hint("choose one of its columns"),
            }
        })
    }
}

/// Some rows of a table.
pub(super) async fn page(onefold: &Onefold, table: &str, asked: &RowsAsk) -> Result<RowsView, Problem> {
    let Reading { project, lake, published } = onefold.reading().await?;
    let listed = Listed::find(&published, table, asked.internal)?;
    let shown: Vec<&Column> = match asked.columns.is_empty() {
        true => listed.columns.iter().collect(),
        false => asked.columns.iter().map(|name| listed.column(name)).collect::<Result<_, _>>()?,
    };
    let zone = match project.settings.time_zone.as_str() {
        "" => "UTC",
        zone => zone,
    };
    let which = which(&listed, asked, zone)?;
    let mut query = sql!("select ", join(shown.iter().map(|column| id(column.name.as_str())), ", "));
    query.push(sql!(" from ", &listed.name, &which));
    if let Some(sort) = &asked.sort {
        let direction = if asked.descending { " desc nulls last" } else { " asc nulls last" };
        query.push(sql!(" order by ", id(listed.column(sort)?.name.as_str()), direction));
        // Equal rows keep one order from page to page.
        let rest = listed.columns.iter().filter(|column| column.name != sort.as_str() && column.ty != DataType::Bitmap);
        rest.take(3).for_each(|column| query.push(sql!(", ", id(column.name.as_str()))));
    }
    let limit = if asked.limit == 0 { 100 } else { asked.limit.min(MOST) };
    let whole = |number: u64| integer(i64::try_from(number).unwrap_or(i64::MAX));
    query.push(sql!(" limit ", whole(limit), " offset ", whole(asked.offset)));
    let mut over = TryOut::of(&published);
    over.in_order = asked.sort.is_none();
    let limits = QueryLimits { rows: MOST as usize, ..limits() };
    let rows = async {
        let found = lake.try_sql(&over, &query, limits).await.map_err(of_lake)?;
        let columns = values::columns(&found.schema);
        let (batches, _) = found.collect().await.map_err(of_lake)?;
        let mut rows = Vec::new();
        for batch in &batches {
            rows.extend(values::rows(batch)?);
        }
        Ok::<_, Problem>((columns, rows))
    };
    let ((_, rows), total) = futures::try_join!(rows, total(onefold, &lake, &published, &listed, &which))?;
    // The words of the definitions, which know guids and json.
    let columns = shown.iter().map(|c| ColumnView { name: c.name.to_string(), ty: c.ty.to_string() }).collect();
    Ok(RowsView { columns, rows, total: Some(total) })
}

/// How many rows there are.
async fn total(
    onefold: &Onefold,
    lake: &Lake,
    published: &Arc<Published>,
    listed: &Listed,
    which: &Sql,
) -> Result<u64, Problem> {
    if let (Some(rows), true) = (listed.rows, which.is_empty()) {
        return Ok(rows);
    }
    let key = (published.run_id.clone(), listed.name.folded(), which.to_string());
    if let Some(known) = onefold.cache().totals.get(&key) {
        return Ok(*known);
    }
    let query = sql!("select count(*) from ", &listed.name, which);
    let rows = all_rows(lake, &TryOut::of(published), &query).await?;
    let count = rows.first().and_then(|row| row.first()).and_then(serde_json::Value::as_u64).unwrap_or_default();
    onefold.cache().totals.put(key, count, 64);
    Ok(count)
}

/// What stands behind the table: `where …`, or nothing.
fn which(listed: &Listed, asked: &RowsAsk, zone: &str) -> Result<Sql, Problem> {
    let mut all = Vec::new();
    let search = asked.search.trim().to_lowercase();
    if !search.is_empty() {
        let texts = listed.columns.iter().filter(|column| column.ty.is_text() || column.ty == DataType::Any);
        let holds = |column: &Column| sql!("contains(lower(", id(column.name.as_str()), "), ", text(&*search), ")");
        let any: Vec<Sql> = texts.map(holds).collect();
        all.push(if any.is_empty() { "false".into() } else { sql!("(", join(any, " or "), ")") });
    }
    if let Some(written) = asked.condition.as_deref().filter(|condition| !condition.trim().is_empty()) {
        all.push(sql!("(", condition_sql(listed, written, zone)?, ")"));
    }
    Ok(if all.is_empty() { Sql::default() } else { sql!(" where ", join(all, " and ")) })
}

/// A condition over the table's own columns.
fn condition_sql(listed: &Listed, written: &str, zone: &str) -> Result<Sql, Problem> {
    let at = At { file: 0, start: 0, end: u32::try_from(written.len()).unwrap_or(u32::MAX) };
    let typed = expr::parse(written, Some(at)).and_then(|parsed| {
        let resolved = expr::resolve_condition(&parsed, &Scope::own(listed.columns.clone(), false), Some(at))?;
        Ok(resolved.typed)
    });
    match typed {
        Ok(typed) => {
            let column = |column: &ColumnRef| id(column.column.as_str());
            Ok(condition::sql(&typed, &column, &|_| "false".into(), zone))
        }
        Err(wrong) => Err(wrong_condition(written, &wrong)),
    }
}

fn wrong_condition(written: &str, wrong: &[Diagnostic]) -> Problem {
    let files = [SourceFile { path: "condition".to_owned(), text: written.to_owned() }];
    let found = serde_json::from_value(render::json(wrong, &files)).unwrap_or_default();
    let (message, hint) = wrong.first().map(|first| (first.message.clone(), first.hint.clone())).unwrap_or_default();
    Problem { message, hint, ..Problem::definitions(found, render::text(wrong, &files, false)) }
}
