//! Land: the rows of a step, on their way into files.
//!
//! Flow     query ─ columns as promised ─ sorted ─ one stream a thread ─ parts ─ the table's entry
//!
//! Invariants
//! - A table's files are sorted each by itself; the engine looks at their bounds before it relies on more.
//! - A step's rows are in the run all together or not at all.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::dataframe::DataFrame;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::display::DisplayableExecutionPlan;
use datafusion::physical_plan::execute_stream_partitioned;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::SessionContext;
use futures::StreamExt as _;
use onefold_model::plan::WriteMode;
use onefold_model::{Column, DataType, Output, Sql, Step};

use crate::conform::conform;
use crate::grow::Change;
use crate::layout::Layout;
use crate::manifest::{DeltaChange, FileEntry, TableEntry};
use crate::part::{PART_BYTES, Part};
use crate::{LakeError, Progress, Result, Run, lookup, tables};

/// A step at work.
pub(crate) struct Landing<'a> {
    pub(crate) run: &'a Run,
    pub(crate) step: &'a Step,
    pub(crate) fingerprint: &'a str,
    pub(crate) progress: Option<Progress>,
}

impl Landing<'_> {
    /// Writes rows of a query to one of the step's tables.
    pub(crate) async fn land(&self, output: &Output, query: DataFrame) -> Result<()> {
        self.land_all(output, vec![vec![query]]).await
    }
    /// The same for several lists of queries, side by side; files stand in their order. The queries of a list are asked one
    /// after the other, their rows go into the same files.
    pub(crate) async fn land_all(&self, output: &Output, queries: Vec<Vec<DataFrame>>) -> Result<()> {
        let (columns, files) = self.files_of(output, queries).await?;
        let change = match output.mode {
            WriteMode::Replace => Change::Whole,
            WriteMode::Append if self.run.before(&output.table).is_some() => Change::Added(files.clone()),
            WriteMode::Append => Change::Whole,
        };
        let rows = files.iter().map(|file| file.rows).sum();
        let entry = entry(self.run, &self.step.name, output, columns, files, self.fingerprint, None)?;
        self.run.take(&self.step.name, entry, rows, change)
    }
    /// A query over what the step sees.
    pub(crate) async fn query(&self, context: &SessionContext, sql: &Sql) -> Result<DataFrame> {
        self.run.query_of(self.step, &self.run.seen_by(self.step), context, sql).await
    }
    /// Writes rows of a query to files of a table, which is not the run's yet.
    pub(crate) async fn files(&self, output: &Output, query: DataFrame) -> Result<(Vec<Column>, Vec<FileEntry>)> {
        self.files_of(output, vec![vec![query]]).await
    }
    async fn files_of(&self, output: &Output, queries: Vec<Vec<DataFrame>>) -> Result<(Vec<Column>, Vec<FileEntry>)> {
        let failed = |error| LakeError::engine(&self.step.name, &error);
        let (mut known, mut plans, mut streams) = (Vec::new(), Vec::new(), Vec::new());
        for list in queries {
            let mut own = Vec::new();
            for query in list {
                let (mut query, columns) = conform(&self.step.name, output, query)?;
                known = columns;
                if !output.sorted_by.is_empty() {
                    query = query.sort(output.sorted_by.iter().map(tables::ascending).collect()).map_err(failed)?;
                }
                let context = query.task_ctx();
                let plan = query.create_physical_plan().await.map_err(failed)?;
                own.push(execute_stream_partitioned(Arc::clone(&plan), Arc::new(context)).map_err(failed)?);
                plans.push(plan);
            }
            match <[Vec<SendableRecordBatchStream>; 1]>::try_from(own) {
                Ok([only]) => streams.extend(only),
                Err(several) => streams.extend(one_after_the_other(several)),
            }
        }
        tracing::debug!(step = %self.step.name, plans = plans.len(), streams = streams.len(), "planned");
        let files = self.write(output, &known, streams).await;
        for plan in plans {
            // With the rows, bytes and times of each part, for whoever wants to know where a step's time and memory go.
            tracing::trace!(step = %self.step.name, "carried out:\n{}", DisplayableExecutionPlan::with_metrics(plan.as_ref()).indent(false));
        }
        Ok((known, files?))
    }
    /// Writes rows held in memory to one of the step's tables.
    pub(crate) async fn land_rows(&self, output: &Output, rows: Vec<RecordBatch>) -> Result<()> {
        let query = self.run.inner.session.context().read_batches(rows);
        self.land(output, query.map_err(|error| LakeError::engine(&self.step.name, &error))?).await
    }

    /// Every stream writes files of its own, on a thread of its own.
    async fn write(
        &self,
        output: &Output,
        columns: &[Column],
        streams: Vec<SendableRecordBatchStream>,
    ) -> Result<Vec<FileEntry>> {
        let folder = folder(self.run, output);
        let number = lookup::number_column(columns, &output.sorted_by).filter(|_| !output.internal);
        let number = number.map(|column| column.name.as_str());
        let mut tasks = tokio::task::JoinSet::new();
        let (parts, mut wanted) = tokio::sync::mpsc::channel::<PartRequest>(streams.len().max(1));
        for (number, stream) in streams.into_iter().enumerate() {
            let work =
                Stream { number, columns: columns.to_vec(), progress: self.progress.clone(), parts: parts.clone() };
            let step = self.step.name.clone();
            tasks.spawn(async move { Ok((number, work.write(&step, stream).await?)) });
        }
        drop(parts);
        let (mut files, mut running) = (Vec::new(), true);
        while running || !tasks.is_empty() {
            tokio::select! {
                request = wanted.recv(), if running => match request {
                    // A stream that is gone needs no file; its error comes below.
                    Some(request) => _ = request.answer.send(self.begin_part(&folder, request.schema, number)),
                    None => running = false,
                },
                Some(done) = tasks.join_next() => {
                    let done: Result<(usize, Vec<FileEntry>)> = done.map_err(|error| LakeError::step(&self.step.name, error))?;
                    files.push(done?);
                }
            }
        }
        files.sort_by_key(|(number, _)| *number);
        Ok(files.into_iter().flat_map(|(_, files)| files).collect())
    }
    fn begin_part(&self, folder: &str, schema: SchemaRef, looked_up_by: Option<&str>) -> Result<Part> {
        let (path, relative) = self.run.next_part(folder)?;
        Part::create(path, relative, self.run.id(), schema, looked_up_by)
    }
}

/// All rows of several streams of the same columns, those of the first first.
fn one_after_the_other(streams: Vec<Vec<SendableRecordBatchStream>>) -> Option<SendableRecordBatchStream> {
    let streams: Vec<SendableRecordBatchStream> = streams.into_iter().flatten().collect();
    let schema = streams.first()?.schema();
    let rows = futures::stream::iter(streams).flatten();
    Some(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
}

/// A stream asks for its next file.
struct PartRequest {
    schema: SchemaRef,
    answer: tokio::sync::oneshot::Sender<Result<Part>>,
}

/// One of the streams that write a table.
struct Stream {
    number: usize,
    columns: Vec<Column>,
    progress: Option<Progress>,
    parts: tokio::sync::mpsc::Sender<PartRequest>,
}

impl Stream {
    /// Writes all rows; no rows, no file.
    async fn write(self, step: &str, mut rows: SendableRecordBatchStream) -> Result<Vec<FileEntry>> {
        let (mut files, mut part) = (Vec::new(), None::<Part>);
        while let Some(batch) = rows.next().await {
            let batch = batch.map_err(|error| LakeError::engine(step, &error))?;
            if batch.num_rows() == 0 {
                continue;
            }
            let open = match &mut part {
                Some(open) => open,
                none => none.insert(self.next_part(step, batch.schema()).await?),
            };
            open.write(&batch)?;
            if let Some(progress) = &self.progress {
                progress(batch.num_rows() as u64);
            }
            if open.bytes() > PART_BYTES
                && let Some(full) = part.take()
            {
                files.push(full.close(&self.columns)?);
            }
        }
        if let Some(last) = part {
            files.push(last.close(&self.columns)?);
        }
        tracing::trace!(step, stream = self.number, files = files.len(), "written");
        Ok(files)
    }
    async fn next_part(&self, step: &str, schema: SchemaRef) -> Result<Part> {
        let (answer, part) = tokio::sync::oneshot::channel();
        let stopped = || LakeError::step(step, "it was stopped");
        self.parts.send(PartRequest { schema, answer }).await.map_err(|_| stopped())?;
        part.await.map_err(|_| stopped())?
    }
}

/// The folder of a table: the one it has, even if its name is now written with other capitals.
pub(crate) fn folder(run: &Run, output: &Output) -> String {
    match run.before(&output.table) {
        Some(old) if old.internal == output.internal => old.folder.clone(),
        _ => Layout::table_folder(output.table.as_str(), output.internal),
    }
}

/// The entry of a table whose new files are written. `gathered`: the files that hold what was there, where it was written
/// anew with them.
pub(crate) fn entry(
    run: &Run,
    step: &str,
    output: &Output,
    columns: Vec<Column>,
    new: Vec<FileEntry>,
    fingerprint: &str,
    gathered: Option<Vec<FileEntry>>,
) -> Result<TableEntry> {
    let old = run.before(&output.table).filter(|old| old.internal == output.internal);
    let old_files = old.map(|old| old.files.clone()).unwrap_or_default();
    let (mut files, removed) = match (output.mode, gathered) {
        (WriteMode::Replace, _) => (Vec::new(), old_files),
        (WriteMode::Append, None) => (old_files, Vec::new()),
        (WriteMode::Append, Some(gathered)) => (gathered, old_files),
    };
    if let (WriteMode::Append, Some(old)) = (output.mode, old) {
        same_types(step, output, &old.columns, &columns)?;
    }
    files.extend(new);
    let change = DeltaChange {
        base: old.and_then(|old| old.version),
        columns: old.is_none_or(|old| old.columns != columns),
        removed,
    };
    Ok(TableEntry {
        name: output.table.clone(),
        folder: folder(run, output),
        columns,
        id: if output.internal {
            String::new()
        } else {
            old.map_or_else(|| table_id(run, output), |old| old.id.clone())
        },
        internal: output.internal,
        sorted_by: output.sorted_by.clone(),
        written_by: run.id().to_owned(),
        fingerprint: fingerprint.to_owned(),
        version: None,
        delta: (!output.internal).then_some(change),
        files,
    })
}

/// Rows can be added to a table only while its columns keep their types.
fn same_types(step: &str, output: &Output, old: &[Column], new: &[Column]) -> Result<()> {
    let stored = |ty: DataType| crate::columns::arrow_type(ty);
    for column in new {
        if let Some(before) =
            old.iter().find(|before| before.name == column.name && stored(before.ty) != stored(column.ty))
        {
            let why = format!(
                "column `{}` was `{}` and is now `{}`, so that rows cannot be added; give it another name",
                column.name, before.ty, column.ty
            );
            return Err(LakeError::Promise { step: step.to_owned(), table: output.table.to_string(), why });
        }
    }
    Ok(())
}

/// An id for a new Delta table, in the form of a guid; derived, so that a run can be repeated.
fn table_id(run: &Run, output: &Output) -> String {
    use sha2::{Digest as _, Sha256};
    let place = run.inner.layout.root().join(output.table.as_str());
    let seed = format!("{}\n{}\n{}", place.display(), run.id(), run.now());
    let hash = Sha256::digest(seed.as_bytes());
    let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
