//! Send: what goes out, and the counts that come back.
//!
//! Reads    an export with its connection, and rows of segments and tables
//! Writes   files (`folder`), static segments (`dynamics_365_marketing`)
//! Flow     [`SendJob`] + [`Outgoing`]s ─ [`send`] ─ [`SendReport`]
//!
//! Invariants
//! - Sending twice leaves the receiver as sending once does; what a broken-off export left half done, the next one mends.
//! - rows_offered = rows_sent + rows_without_key + rows_unknown_to_receiver.
//!
//! Not here: which rows (the plan and the lake), when (the runner).
//! To add a destination: a kind in `onefold_model::define::ConnectionKind`, a file here, a line in [`send`].

mod dynamics_365_marketing;
mod folder;
mod text;

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use futures::stream::BoxStream;
use onefold_model::define::{Connection, ConnectionKind, Export};

use crate::ConnectError;
use crate::http::Patience;

/// An export that is due.
#[derive(Clone, Copy)]
pub struct SendJob<'a> {
    /// The project's folder: folders and files with secrets lie below it.
    pub root: &'a Path,
    /// Where to.
    pub connection: &'a Connection,
    /// What, and keyed on what.
    pub export: &'a Export,
    /// `public_url` of the project, for links back.
    pub public_url: Option<&'a str>,
    /// The run whose tables are sent.
    pub run: &'a str,
    /// The run's instant.
    pub at: jiff::Timestamp,
    /// How long to wait for a receiver that is busy or away.
    pub patience: Patience,
    /// Told the rows offered so far, of all items.
    pub progress: &'a (dyn Fn(u64) + Send + Sync),
}

/// A segment or table on its way.
pub struct Outgoing<'a> {
    /// Its name.
    pub name: String,
    /// The name shown to people, if it has one.
    pub title: Option<String>,
    /// Whether it is a segment; else a table.
    pub segment: bool,
    /// The columns of `rows`.
    pub schema: SchemaRef,
    /// Its rows, the key among their columns.
    pub rows: BoxStream<'a, Result<RecordBatch, ConnectError>>,
}

/// What became of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendReport {
    /// The connection.
    pub connection: String,
    /// One for each segment and table, in the order given.
    pub items: Vec<SentItem>,
}

/// What became of a segment or table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SentItem {
    /// Its name.
    pub name: String,
    /// Rows there were.
    pub rows_offered: u64,
    /// Rows that arrived.
    pub rows_sent: u64,
    /// Rows left out because their key is null or empty.
    pub rows_without_key: u64,
    /// Rows left out because the receiver has no such record, or the key cannot be one.
    pub rows_unknown_to_receiver: u64,
    /// The file, relative to the project, or the receiver's address of the segment.
    pub place: String,
    /// Something worth saying: `created as a draft`, say. Empty when there is nothing.
    pub note: String,
}

/// Sends everything an export holds, in the order given.
///
/// # Errors
/// When the receiver cannot be reached or refuses, a secret is missing, or rows lack the key's column. What was sent
/// before stays, and is named in the message; sending again is safe.
pub async fn send(job: SendJob<'_>, items: Vec<Outgoing<'_>>) -> Result<SendReport, ConnectError> {
    let items = match &job.connection.kind {
        ConnectionKind::Folder { path } => folder::send(job, path, items).await?,
        ConnectionKind::Dynamics365Marketing { url, auth } => {
            dynamics_365_marketing::send(job, url, auth, items).await?
        }
    };
    debug_assert!(items.iter().all(SentItem::adds_up));
    Ok(SendReport { connection: job.connection.name.value.clone(), items })
}

impl SentItem {
    /// Whether every row offered is accounted for.
    pub fn adds_up(&self) -> bool {
        self.rows_offered == self.rows_sent + self.rows_without_key + self.rows_unknown_to_receiver
    }
}

/// The index of the key's column.
fn key_column(export: &Export, item: &str, schema: &SchemaRef) -> Result<Option<usize>, ConnectError> {
    let Some(key) = &export.key else { return Ok(None) };
    match schema.index_of(&key.customer.value) {
        Ok(index) => Ok(Some(index)),
        Err(_) => Err(ConnectError::new(format!(
            "export `{}` is keyed on `{}`, a column that the rows of `{item}` do not have",
            export.name.value, key.customer.value
        ))
        .hint("name a column of Customer under `match: {customer: …}`")),
    }
}

/// The type in which a column is written: engines hand text over in several encodings, we write one.
fn plain_type(ty: &DataType) -> DataType {
    match ty {
        DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
        DataType::Dictionary(_, values) => plain_type(values),
        other => other.clone(),
    }
}

/// A schema of such columns.
fn plain_schema(schema: &Schema) -> SchemaRef {
    let plain = |field: &Field| Field::new(field.name(), plain_type(field.data_type()), true);
    Arc::new(Schema::new(schema.fields().iter().map(|field| plain(field)).collect::<Vec<_>>()))
}

/// A batch of such columns.
fn plain(batch: &RecordBatch) -> Result<RecordBatch, ConnectError> {
    let wrong = |error| ConnectError::new(format!("rows cannot be turned into what is sent: {error}"));
    let columns = batch.columns().iter().map(|column| cast(column, &plain_type(column.data_type())));
    let columns = columns.collect::<Result<_, _>>().map_err(wrong)?;
    RecordBatch::try_new(plain_schema(batch.schema_ref()), columns).map_err(wrong)
}
