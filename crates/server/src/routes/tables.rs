//! Tables: rows in pages, in files and by queries, and columns in figures.
//!
//! Invariants
//! - A page or a query's answer names the people it shows; a download is in the audit as all rows of its table in its run.
//! - A download is written as it is read; no answer is as large as a table.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use bytes::Bytes;
use onefold_api::*;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Asked, Place, Refusal, Refusals, Sent};
use crate::auth::Shown;
use crate::routes::{Project, Serving};

/// Bytes of a download that are gathered before they are sent on.
const CHUNK: usize = 64 << 10;

/// The endpoints.
pub(super) fn router() -> OpenApiRouter<Arc<Serving>> {
    OpenApiRouter::new()
        .routes(routes!(table_rows))
        .routes(routes!(table_statistics))
        .routes(routes!(table_values))
        .routes(routes!(download))
        .routes(routes!(query))
}

/// The people that rows show: the values of their column `CustomerId`.
pub(super) fn people_of(rows: &RowsView) -> Vec<String> {
    let Some(place) = rows.columns.iter().position(|column| column.name == "CustomerId") else { return Vec::new() };
    let ids = rows.rows.iter().filter_map(|row| row.get(place)?.as_str().map(str::to_owned));
    ids.collect::<BTreeSet<_>>().into_iter().collect()
}

type Seen<T> = Result<(Extension<Shown>, Json<T>), Refusal>;

/// Some rows of a table or view.
#[utoipa::path(post, path = "/api/projects/{project}/tables/{table}/rows", operation_id = "table_rows", tag = "tables",
    params(("project" = String, Path, description = "the project"), ("table" = String, Path, description = "the table")),
    request_body = RowsAsk,
    responses((status = 200, description = "the rows", body = RowsView), Refusals))]
async fn table_rows(
    project: Project,
    Place((_, table)): Place<(String, String)>,
    Sent(ask): Sent<RowsAsk>,
) -> Seen<RowsView> {
    let rows = project.page(&table, &ask).await?;
    Ok((Extension(Shown(people_of(&rows))), Json(rows)))
}

/// The columns of a table in figures.
#[utoipa::path(get, path = "/api/projects/{project}/tables/{table}/statistics", operation_id = "table_statistics", tag = "tables",
    params(("project" = String, Path, description = "the project"), ("table" = String, Path, description = "the table")),
    responses((status = 200, description = "the columns", body = Vec<ColumnStatistics>), Refusals))]
async fn table_statistics(
    project: Project,
    Place((_, table)): Place<(String, String)>,
) -> Answer<Vec<ColumnStatistics>> {
    Ok(Json(project.statistics(&table).await?))
}

/// Which values are asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ValuesAsk {
    /// The column.
    column: String,
    /// Text the values contain; all when absent.
    #[serde(default)]
    contains: String,
    /// How many at most; 20 when absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// The commonest values of a column.
#[utoipa::path(get, path = "/api/projects/{project}/tables/{table}/values", operation_id = "table_values", tag = "tables",
    params(("project" = String, Path, description = "the project"), ("table" = String, Path, description = "the table"), ValuesAsk),
    responses((status = 200, description = "the values", body = Vec<BucketView>), Refusals))]
async fn table_values(
    project: Project,
    Place((_, table)): Place<(String, String)>,
    Asked(ask): Asked<ValuesAsk>,
) -> Answer<Vec<BucketView>> {
    let limit = ask.limit.unwrap_or(20).clamp(1, 200) as usize;
    Ok(Json(project.values(&table, &ask.column, &ask.contains, limit).await?))
}

/// A query over the published tables.
#[derive(Deserialize, ToSchema)]
struct SqlAsk {
    /// One `select`.
    sql: String,
    /// The most rows to answer; 1,000 when absent, at most 10,000.
    #[schema(maximum = 10000)]
    limit: Option<u32>,
}

/// Asks the published tables in SQL; read only.
#[utoipa::path(post, path = "/api/projects/{project}/query", operation_id = "query", tag = "tables",
    params(("project" = String, Path, description = "the project")), request_body = SqlAsk,
    responses((status = 200, description = "the rows", body = RowsView), Refusals))]
async fn query(project: Project, Sent(ask): Sent<SqlAsk>) -> Seen<RowsView> {
    if ask.sql.len() > 64 << 10 {
        return Err(Refusal::malformed("the query is longer than 64 KiB"));
    }
    let mut found = Gathered::default();
    let limit = u64::from(ask.limit.unwrap_or(1_000).min(10_000));
    let ask = QueryAsk { sql: ask.sql, limit: Some(limit), timeout: 30.0, memory: 512 << 20 };
    project.query(&ask, &mut found).await?;
    let rows = RowsView { columns: found.columns, rows: found.rows, total: None };
    Ok((Extension(Shown(people_of(&rows))), Json(rows)))
}

#[derive(Default)]
struct Gathered {
    columns: Vec<ColumnView>,
    rows: Vec<Vec<Value>>,
}

impl RowSink for Gathered {
    fn columns(&mut self, columns: &[ColumnView]) -> io::Result<()> {
        self.columns = columns.to_vec();
        Ok(())
    }
    fn row(&mut self, values: &[Value]) -> io::Result<()> {
        self.rows.push(values.to_vec());
        Ok(())
    }
}

/// What a download is written as.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum FileFormat {
    /// RFC 4180, in UTF-8.
    #[default]
    Csv,
    /// One JSON object a line.
    Ndjson,
}

/// How a table is downloaded.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Downloading {
    /// The format; `csv` when absent.
    #[serde(default)]
    #[param(inline)]
    format: FileFormat,
}

/// All rows of a table or view as a file.
#[utoipa::path(get, path = "/api/projects/{project}/tables/{table}/download", operation_id = "download", tag = "tables",
    params(("project" = String, Path, description = "the project"), ("table" = String, Path, description = "the table"), Downloading),
    responses((status = 200, description = "the rows", content((String = "text/csv"), (String = "application/x-ndjson"))), Refusals))]
async fn download(
    project: Project,
    Place((_, table)): Place<(String, String)>,
    Asked(ask): Asked<Downloading>,
) -> Result<Response, Refusal> {
    // Whether there is such a table is said before the file begins.
    let listed = project.tables(false).await?;
    let known = listed.into_iter().find(|known| known.name.eq_ignore_ascii_case(&table));
    let known = known.ok_or_else(|| Refusal::not_found(format!("there is no table `{table}`")))?;
    let (ending, kind) = match ask.format {
        FileFormat::Csv => ("csv", "text/csv; charset=utf-8"),
        FileFormat::Ndjson => ("ndjson", "application/x-ndjson"),
    };
    let (sender, receiver) = mpsc::channel::<io::Result<Bytes>>(8);
    let platform = Arc::clone(&project.platform);
    let name = known.name.clone();
    let handle = tokio::runtime::Handle::current();
    // Rows are pushed into a sink that waits for the reader, so they are read on a thread that may wait.
    tokio::task::spawn_blocking(move || {
        let mut sink = Writing { format: ask.format, columns: Vec::new(), text: Vec::new(), sender };
        match handle.block_on(platform.rows(&name, None, false, &mut sink)) {
            Ok(()) => drop(sink.flush()),
            // The file breaks off, so that nobody takes it for whole.
            Err(problem) => drop(sink.sender.blocking_send(Err(io::Error::other(problem.message)))),
        }
    });
    let body = Body::from_stream(futures::stream::unfold(receiver, |mut receiver| async move {
        Some((receiver.recv().await?, receiver))
    }));
    let mut response = (Extension(Shown::all_of(&known.name)), body).into_response();
    let head = response.headers_mut();
    head.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    head.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let plain: String = known.name.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).collect();
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{plain}.{ending}\"")) {
        head.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// Writes rows into the body of an answer.
struct Writing {
    format: FileFormat,
    columns: Vec<String>,
    text: Vec<u8>,
    sender: mpsc::Sender<io::Result<Bytes>>,
}

impl Writing {
    fn flush(&mut self) -> io::Result<()> {
        let chunk = Bytes::from(std::mem::take(&mut self.text));
        // Rows come from within a runtime, where `blocking_send` panics; the thread is one that may wait. Without its
        // budget, as that is not renewed before the rows are through.
        let sent = futures::executor::block_on(tokio::task::unconstrained(self.sender.send(Ok(chunk))));
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
    fn line(&mut self, cells: impl Iterator<Item = String>) {
        for (place, cell) in cells.enumerate() {
            if place > 0 {
                self.text.push(b',');
            }
            self.text.extend_from_slice(quoted(&cell).as_bytes());
        }
        self.text.extend_from_slice(b"\r\n");
    }
}

impl RowSink for Writing {
    fn columns(&mut self, columns: &[ColumnView]) -> io::Result<()> {
        self.columns = columns.iter().map(|column| column.name.clone()).collect();
        if matches!(self.format, FileFormat::Csv) {
            let names = self.columns.clone();
            self.line(names.into_iter());
        }
        Ok(())
    }
    fn row(&mut self, values: &[Value]) -> io::Result<()> {
        match self.format {
            FileFormat::Csv => self.line(values.iter().map(|value| match value {
                Value::Null => String::new(),
                Value::String(text) => guarded(text),
                other => other.to_string(),
            })),
            FileFormat::Ndjson => {
                let object: serde_json::Map<String, Value> =
                    self.columns.iter().cloned().zip(values.iter().cloned()).collect();
                serde_json::to_writer(&mut self.text, &object)?;
                self.text.push(b'\n');
            }
        }
        if self.text.len() > CHUNK { self.flush() } else { Ok(()) }
    }
}

/// Text that a spreadsheet would take for a formula begins with an apostrophe.
fn guarded(text: &str) -> String {
    let formula =
        text.starts_with(['=', '@', '\t', '\r']) || (text.starts_with(['+', '-']) && text.parse::<f64>().is_err());
    if formula { format!("'{text}") } else { text.to_owned() }
}

/// A cell of RFC 4180.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_of_many_chunks_waits_for_its_reader() {
        let (sender, mut receiver) = mpsc::channel::<io::Result<Bytes>>(2);
        let handle = tokio::runtime::Handle::current();
        let writer = tokio::task::spawn_blocking(move || {
            let mut sink = Writing { format: FileFormat::Csv, columns: Vec::new(), text: Vec::new(), sender };
            handle.block_on(async {
                for _ in 0..300 {
                    sink.row(&[Value::String("x".repeat(CHUNK))]).unwrap();
                }
            });
        });
        let mut chunks = 0;
        while let Some(chunk) = receiver.recv().await {
            assert_eq!(chunk.unwrap().len(), CHUNK + 2);
            chunks += 1;
        }
        writer.await.unwrap();
        assert_eq!(chunks, 300);
    }

    #[test]
    fn cells_are_no_formulas_and_no_other_cells() {
        for (text, cell) in [
            ("plain", "plain"),
            ("=1+1", "'=1+1"),
            ("-5", "-5"),
            ("-5+2", "'-5+2"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
        ] {
            assert_eq!(quoted(&guarded(text)), cell, "{text}");
        }
    }
}
