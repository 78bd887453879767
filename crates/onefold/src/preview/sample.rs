//! Sample: the first rows of a table of a source.
//!
//! Reads    files at once; of a server the rows the last run read, where the definition still reads them so, else one page
//!
//! Invariants
//! - Kept while the reading part of the definition and the files stay the same: editing a step reads nothing.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use jiff::Timestamp;
use onefold_api::{DiagnosticView, Problem};
use onefold_connect::{ConnectError, RawBatch, SourceRef, describe, missing_input, read_at, rows_schema, signature};
use onefold_lake::{Lake, LakeOptions, Published, TryOut};
use onefold_model::define::{Location, Project, Source, SourceTable};
use onefold_model::sql::{id, integer, join};
use onefold_model::{Column, TableName, sql};
use serde_json::Value;
use tokio::time::timeout;

use super::draft::{ask, limits};
use super::transform::fault;
use crate::opened::lake_folder;
use crate::platform::Onefold;
use crate::runner::fresh::digest;
use crate::runner::known::{declared, find, raw_name, source_ref};
use crate::runner::problem::of_lake;
use crate::{lakes, values};

/// Rows that are looked at.
const LOOKED_AT: usize = 2_000;
/// How long a source may take to give them.
const PATIENCE: Duration = Duration::from_secs(20);

/// The first rows of a table of a source.
pub(crate) struct Sample {
    /// The columns as delivered, without `_file` and `_line`.
    pub(super) columns: Vec<Column>,
    /// The schema of rows.
    pub(super) schema: SchemaRef,
    /// Rows that could be read.
    pub(super) rows: Vec<RecordBatch>,
    /// Rows that could not: the reason, then the cells as text.
    pub(super) corrupt: Vec<Vec<Value>>,
    /// Whether there are more rows.
    pub(super) more: bool,
    /// Rows looked at.
    pub(super) read: u64,
}

impl Sample {
    /// Rows that could be read.
    pub(super) fn kept(&self) -> u64 {
        self.rows.iter().map(|batch| batch.num_rows() as u64).sum()
    }
}

/// The first rows of a table, or why there are none.
pub(super) async fn sample(
    onefold: &Onefold,
    project: &Project,
    source: &Source,
    table: &SourceTable,
) -> Result<Result<Arc<Sample>, DiagnosticView>, Problem> {
    let (lake, published) = published(project).await?;
    let asked = source_ref(project, source, table, published.as_deref());
    let run = published.as_ref().map_or("", |published| published.run_id.as_str());
    let look = match &source.from {
        Location::Folder(_) => signature(&asked).unwrap_or_default(),
        Location::Url { .. } => run.to_owned(),
    };
    // What the last run took a column for counts where no definition says otherwise.
    let types = asked.last.as_ref().map(|last| format!("{:?}", last.columns)).unwrap_or_default();
    let name = source.table_name(table);
    let key = digest([name.as_str(), &*declared(source, table), &*table.key.value, &*look, &*types]);
    if let Some(known) = onefold.cache().samples.get(&key) {
        return Ok(Ok(known));
    }
    let mut found = None;
    if let (Location::Url { .. }, Some(lake), Some(published)) = (&source.from, &lake, &published) {
        let saved = onefold_model::load(onefold.root()).project;
        let same = find(&saved, &source.name, &table.name)
            .is_some_and(|(before, own)| declared(before, own) == declared(source, table));
        if same {
            found = of_published(lake, published, &asked).await?;
        }
    }
    let found = match found {
        Some(found) => found,
        None => match timeout(PATIENCE, read(&asked)).await {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => return Ok(Err(said(error.message, error.hint))),
            Err(_) => {
                let message = format!("the source gave no rows within {} seconds", PATIENCE.as_secs());
                return Ok(Err(said(message, Some("try again later, or read a smaller table".to_owned()))));
            }
        },
    };
    Ok(Ok(onefold.cache().samples.put(key, found, 8)))
}

fn said(message: String, hint: Option<String>) -> DiagnosticView {
    fault("source/input", "error", message, hint.unwrap_or_else(|| "check the source".to_owned()))
}

async fn published(project: &Project) -> Result<(Option<Lake>, Option<Arc<Published>>), Problem> {
    let folder = lake_folder(project);
    if !folder.is_dir() {
        return Ok((None, None));
    }
    let lake = lakes::to_read(&folder, LakeOptions::default()).await.map_err(of_lake)?;
    let published = lake.published().map_err(of_lake)?;
    Ok((Some(lake), published))
}

/// The rows that the last run read; `None` when it did not.
async fn of_published(lake: &Lake, published: &Arc<Published>, asked: &SourceRef) -> Result<Option<Sample>, Problem> {
    let raw = raw_name(&asked.source, &asked.table);
    let (Some(entry), Some(last)) = (published.table(raw.as_str()), &asked.last) else { return Ok(None) };
    let mut over = TryOut::of(published);
    over.in_order = true;
    let places = [id("_file"), id("_line")];
    let names = || last.columns.iter().map(|column| id(column.name.as_str()));
    let limit = || integer(i64::try_from(LOOKED_AT).unwrap_or(i64::MAX));
    let query = sql!("select ", join(names().chain(places), ", "), " from ", &raw, " limit ", limit());
    let rows = lake.try_sql(&over, &query, limits()).await.map_err(of_lake)?;
    let schema = rows.schema.clone();
    let (rows, _) = rows.collect().await.map_err(of_lake)?;
    let bad: TableName = raw.suffixed("_Corrupt");
    let mut corrupt = Vec::new();
    if published.table(bad.as_str()).is_some() {
        let names = join([id("CorruptionDetails")].into_iter().chain(names()), ", ");
        corrupt = ask(lake, &over, &sql!("select ", names, " from ", &bad, " limit ", limit())).await?;
    }
    let kept: u64 = rows.iter().map(|batch| batch.num_rows() as u64).sum();
    let (columns, more, read) = (last.columns.clone(), entry.rows() > kept, kept + corrupt.len() as u64);
    Ok(Some(Sample { columns, schema, rows, corrupt, more, read }))
}

/// The first rows, from the source.
async fn read(asked: &SourceRef) -> Result<Sample, ConnectError> {
    if let Some((message, hint)) = missing_input(asked) {
        return Err(ConnectError::new(message).hint(hint));
    }
    let described = describe(asked, true).await?;
    let columns = described.or_else(|| asked.last.clone().map(|last| last.columns)).unwrap_or_default();
    let now = Timestamp::now().as_microsecond();
    let mut stream = read_at(asked.clone(), columns.clone(), now, |_| {});
    let (mut rows, mut corrupt) = (Vec::new(), Vec::new());
    let (mut kept, mut more) = (0, false);
    while let Some(batch) = stream.next().await {
        match batch {
            RawBatch::Rows(batch) => {
                let left = LOOKED_AT - kept;
                more |= batch.num_rows() > left;
                let batch = batch.slice(0, batch.num_rows().min(left));
                kept += batch.num_rows();
                rows.push(batch);
            }
            RawBatch::Corrupt(batch) => {
                let wrong = |problem: Problem| ConnectError::new(problem.message);
                for mut row in values::rows(&batch).map_err(wrong)?.into_iter().take(LOOKED_AT) {
                    // The file, the line and the text stand between the reason and the cells.
                    row.drain(1..4);
                    corrupt.push(row);
                }
            }
            RawBatch::Link(_) => {}
        }
        if kept >= LOOKED_AT {
            more = true;
            break;
        }
    }
    if !more {
        // Whoever stops listening need not hear why the rest did not come.
        stream.finish().await?;
    }
    let read = kept as u64 + corrupt.len() as u64;
    Ok(Sample { schema: rows_schema(&columns), columns, rows, corrupt, more, read })
}
