//! Folder: an export as files.
//!
//! Writes   `<name>.csv` (or `.parquet`, `.ndjson`) for each segment and table, then `_manifest.json`
//! Flow     each file under a name of its own beside its place, synced; when all are there they are renamed
//!
//! Invariants
//! - A reader never sees half a file, and never a file of an export that failed.
//! - The manifest is written last: what it names is there, whole. It keeps what other exports wrote to the folder.
//!
//! Not here: how values look as text (`text`).

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::util::display::FormatOptions;
use futures::TryStreamExt as _;
use onefold_model::define::{Export, ExportFormat};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use serde::{Deserialize, Serialize};

use super::text::{Texts, push_json_text};
use super::{Outgoing, SendJob, SentItem, key_column, plain, plain_schema};
use crate::ConnectError;

const MANIFEST: &str = "_manifest.json";

/// `_manifest.json`: which files the folder holds, and where they come from.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Manifest {
    /// By file name.
    files: Vec<ManifestFile>,
}

/// A file that an export wrote.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct ManifestFile {
    file: String,
    rows: u64,
    export: String,
    run: String,
    at: String,
}

/// Writes every item, then the manifest. `path` is the folder, relative to the project.
pub(super) async fn send(
    job: SendJob<'_>,
    path: &str,
    items: Vec<Outgoing<'_>>,
) -> Result<Vec<SentItem>, ConnectError> {
    let folder = job.root.join(path);
    std::fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, &error))?;
    let mut manifest = Manifest::read(&folder, job)?;
    let mut offered = 0;
    let mut written = Vec::new();
    for item in items {
        let file = format!("{}.{}", item.name, extension(job.export.format));
        manifest.claim(&file, job)?;
        let sent = write_item(job, &folder, &file, item, &mut offered).await?;
        written.push((file, sent));
    }
    for (file, sent) in &mut written {
        std::fs::rename(partial(&folder, file), folder.join(&*file)).map_err(|error| unwritable(&folder, &error))?;
        sent.place = Path::new(path).join(&*file).to_string_lossy().into_owned();
        manifest.enter(file, sent.rows_sent, job);
    }
    manifest.write(&folder).map_err(|error| unwritable(&folder, &error))?;
    Ok(written.into_iter().map(|(_, sent)| sent).collect())
}

/// Writes one item under its temporary name, synced.
async fn write_item(
    job: SendJob<'_>,
    folder: &Path,
    file: &str,
    mut item: Outgoing<'_>,
    offered: &mut u64,
) -> Result<SentItem, ConnectError> {
    let key = key_column(job.export, &item.name, &item.schema)?;
    let shape = Shape::new(job.export, &plain_schema(&item.schema), key);
    let failed = |error: io::Error| unwritable(&folder.join(file), &error);
    let mut sent = SentItem { name: item.name.clone(), ..SentItem::default() };
    let mut writer = Writer::new(&partial(folder, file), job.export.format, &shape).map_err(failed)?;
    while let Some(batch) = item.rows.try_next().await? {
        let (with_key, without) = keep_keyed(&plain(&batch)?, key)?;
        sent.rows_offered += batch.num_rows() as u64;
        sent.rows_without_key += without;
        sent.rows_sent += with_key.num_rows() as u64;
        *offered += batch.num_rows() as u64;
        writer.write(&with_key, &shape)?.map_err(failed)?;
        (job.progress)(*offered);
    }
    writer.finish().map_err(failed)?;
    Ok(sent)
}

/// Which columns of a batch go into a file, and what they are called there.
struct Shape {
    chosen: Vec<usize>,
    schema: SchemaRef,
}

impl Shape {
    /// The export's `columns` where it names any (what else the rows hold is only for keys and precisions), else all.
    /// The key goes by its name at the receiver.
    fn new(export: &Export, schema: &SchemaRef, key: Option<usize>) -> Self {
        let named = |index: usize| {
            let name = schema.field(index).name();
            export.columns.is_empty() || export.columns.iter().any(|column| column.value == *name)
        };
        let mut chosen: Vec<usize> = (0..schema.fields().len()).filter(|&index| named(index)).collect();
        if chosen.is_empty() {
            chosen = (0..schema.fields().len()).collect();
        }
        let fields = chosen.iter().map(|&index| {
            let field = schema.field(index).clone();
            match &export.key {
                Some(names) if key == Some(index) => field.with_name(names.target.value.clone()),
                _ => field,
            }
        });
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        Self { chosen, schema }
    }
}

/// The rows whose key is neither null nor empty, and how many others there are.
fn keep_keyed(batch: &RecordBatch, key: Option<usize>) -> Result<(RecordBatch, u64), ConnectError> {
    let Some(key) = key else { return Ok((batch.clone(), 0)) };
    let keys = batch.column(key);
    let keep: BooleanArray = match keys.as_string_opt::<i32>() {
        Some(texts) => texts.iter().map(|text| Some(text.is_some_and(|text| !text.trim().is_empty()))).collect(),
        None => (0..keys.len()).map(|row| Some(keys.is_valid(row))).collect(),
    };
    let kept = filter_record_batch(batch, &keep)
        .map_err(|error| ConnectError::new(format!("rows cannot be sorted by whether they have a key: {error}")))?;
    let without = (batch.num_rows() - kept.num_rows()) as u64;
    Ok((kept, without))
}

/// A file being written.
enum Writer {
    Csv(Box<csv::Writer<BufWriter<File>>>),
    Ndjson(BufWriter<File>),
    Parquet(Box<ArrowWriter<File>>),
}

impl Writer {
    fn new(path: &Path, format: ExportFormat, shape: &Shape) -> io::Result<Self> {
        let file = File::create(path)?;
        Ok(match format {
            ExportFormat::Csv => {
                let mut writer = csv::WriterBuilder::new()
                    .terminator(csv::Terminator::CRLF)
                    .from_writer(BufWriter::with_capacity(1 << 18, file));
                writer.write_record(shape.schema.fields().iter().map(|field| field.name()))?;
                Self::Csv(Box::new(writer))
            }
            ExportFormat::Ndjson => Self::Ndjson(BufWriter::with_capacity(1 << 18, file)),
            ExportFormat::Parquet => {
                let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
                let writer = ArrowWriter::try_new(file, shape.schema.clone(), Some(properties))?;
                Self::Parquet(Box::new(writer))
            }
        })
    }

    /// The outer error is a value that has no text; the inner one is the disk's.
    fn write(&mut self, batch: &RecordBatch, shape: &Shape) -> Result<io::Result<()>, ConnectError> {
        if let Self::Parquet(writer) = self {
            let columns = shape.chosen.iter().map(|&index| batch.column(index).clone()).collect();
            let batch = RecordBatch::try_new(shape.schema.clone(), columns)
                .map_err(|error| ConnectError::new(format!("rows do not have the columns they promised: {error}")))?;
            return Ok(writer.write(&batch).map_err(io::Error::other));
        }
        let options = FormatOptions::default();
        let texts = Texts::new(batch, &shape.chosen, &options)?;
        Ok(self.write_texts(&texts, batch.num_rows(), shape))
    }

    fn write_texts(&mut self, texts: &Texts<'_>, rows: usize, shape: &Shape) -> io::Result<()> {
        let mut text = String::new();
        match self {
            Self::Csv(writer) => {
                for row in 0..rows {
                    for column in 0..shape.chosen.len() {
                        text.clear();
                        texts.write(column, row, &mut text);
                        writer.write_field(&text)?;
                    }
                    writer.write_record(None::<&[u8]>)?;
                }
            }
            Self::Ndjson(writer) => {
                let mut spare = String::new();
                let names: Vec<String> = shape.schema.fields().iter().map(|field| json_key(field.name())).collect();
                for row in 0..rows {
                    text.clear();
                    for (column, name) in names.iter().enumerate() {
                        text.push(if column == 0 { '{' } else { ',' });
                        text.push_str(name);
                        texts.write_json(column, row, &mut text, &mut spare);
                    }
                    text.push_str("}\n");
                    writer.write_all(text.as_bytes())?;
                }
            }
            Self::Parquet(_) => {}
        }
        Ok(())
    }

    /// Closes and syncs the file.
    fn finish(self) -> io::Result<()> {
        let file = match self {
            Self::Csv(writer) => {
                writer.into_inner().map_err(|error| error.into_error())?.into_inner().map_err(io::Error::from)?
            }
            Self::Ndjson(writer) => writer.into_inner().map_err(io::Error::from)?,
            Self::Parquet(writer) => writer.into_inner()?,
        };
        file.sync_all()
    }
}

impl Manifest {
    /// The one that is there, if any. One that cannot be understood is somebody else's file.
    fn read(folder: &Path, job: SendJob<'_>) -> Result<Self, ConnectError> {
        let path = folder.join(MANIFEST);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(unwritable(&path, &error)),
        };
        serde_json::from_slice(&text).map_err(|_| {
            ConnectError::new(format!("`{}` was not written by an export", path.display()))
                .hint(format!("point connection `{}` at a folder of its own", job.connection.name.value))
        })
    }
    /// Two exports of one run must not write the same file: the second would undo the first.
    fn claim(&self, file: &str, job: SendJob<'_>) -> Result<(), ConnectError> {
        let other = self
            .files
            .iter()
            .find(|entry| entry.file == file && entry.run == job.run && entry.export != job.export.name.value);
        match other {
            Some(entry) => Err(ConnectError::new(format!(
                "export `{}` has written `{file}` to the folder of `{}` in this run already",
                entry.export, job.connection.name.value
            ))
            .hint("give one of the exports a connection with a folder of its own")),
            None => Ok(()),
        }
    }
    fn enter(&mut self, file: &str, rows: u64, job: SendJob<'_>) {
        self.files.retain(|entry| entry.file != file);
        self.files.push(ManifestFile {
            file: file.to_owned(),
            rows,
            export: job.export.name.value.clone(),
            run: job.run.to_owned(),
            at: job.at.to_string(),
        });
        self.files.sort_by(|a, b| a.file.cmp(&b.file));
    }
    fn write(&self, folder: &Path) -> io::Result<()> {
        let mut file = File::create(partial(folder, MANIFEST))?;
        serde_json::to_writer_pretty(&mut file, self)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        std::fs::rename(partial(folder, MANIFEST), folder.join(MANIFEST))?;
        // Renames are kept over a power cut only once the folder itself is synced.
        File::open(folder)?.sync_all()
    }
}

fn json_key(name: &str) -> String {
    let mut key = String::new();
    push_json_text(&mut key, name);
    key.push(':');
    key
}

fn partial(folder: &Path, file: &str) -> PathBuf {
    folder.join(format!(".{file}.partial"))
}

fn extension(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Csv => "csv",
        ExportFormat::Parquet => "parquet",
        ExportFormat::Ndjson => "ndjson",
    }
}

fn unwritable(path: &Path, error: &io::Error) -> ConnectError {
    ConnectError::new(format!("`{}` cannot be written: {error}", path.display()))
        .hint("make room and give this user the right to write there")
}
