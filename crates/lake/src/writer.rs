//! Writer: a table written batch by batch from outside the engine.
//!
//! Invariants
//! - Columns are found by name and have the promised types, or fit them without loss.

use std::sync::Arc;

use arrow::array::{Array as _, RecordBatch, RecordBatchOptions};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{Field, Schema};
use onefold_model::plan::WriteMode;
use onefold_model::{Column, Output, Step};

use crate::conform::{same_names, target};
use crate::grow::Change;
use crate::manifest::FileEntry;
use crate::part::{PART_BYTES, Part};
use crate::{LakeError, Result, Run, land};

/// A table being written by a connector.
pub struct TableWriter<'a> {
    run: &'a Run,
    step: Step,
    output: Output,
    fingerprint: String,
    /// The columns, with a type for every `any` once there are rows.
    columns: Vec<Column>,
    part: Option<Part>,
    files: Vec<FileEntry>,
    rows: u64,
}

impl<'a> TableWriter<'a> {
    pub(crate) fn open(run: &'a Run, step: &Step, output: &Output, fingerprint: &str) -> Result<Self> {
        Ok(Self {
            run,
            step: step.clone(),
            // The rows of a connector come in the order of its files; nobody sorts them.
            output: Output { sorted_by: Vec::new(), ..output.clone() },
            fingerprint: fingerprint.to_owned(),
            columns: output.columns.clone(),
            part: None,
            files: Vec::new(),
            rows: 0,
        })
    }
    /// Writes rows; columns are found by name and must have the promised types.
    pub async fn write(&mut self, batch: RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let batch = self.conformed(&batch)?;
        let part = match &mut self.part {
            Some(part) => part,
            none => {
                let (path, relative) = self.run.next_part(&land::folder(self.run, &self.output))?;
                none.insert(Part::create(path, relative, self.run.id(), batch.schema(), None)?)
            }
        };
        part.write(&batch)?;
        self.rows += batch.num_rows() as u64;
        if part.bytes() > PART_BYTES
            && let Some(full) = self.part.take()
        {
            self.files.push(full.close(&self.columns)?);
        }
        // Encoding is long work: let other tasks of this thread go on.
        tokio::task::yield_now().await;
        Ok(())
    }
    /// Ends the table; gives its number of rows. Without this the table is not written.
    pub async fn close(mut self) -> Result<u64> {
        if let Some(last) = self.part.take() {
            self.files.push(last.close(&self.columns)?);
        }
        let rows = self.rows;
        match self.output.mode {
            WriteMode::Append => {
                let Self { run, step, output, fingerprint, columns, files, .. } = self;
                run.add(&step, &output, columns, files, &fingerprint).await?;
            }
            WriteMode::Replace => {
                let Self { run, step, output, fingerprint, columns, files, .. } = self;
                let entry = land::entry(run, &step.name, &output, columns, files, &fingerprint, None)?;
                run.take(&step.name, entry, rows, Change::Whole)?;
            }
        }
        Ok(rows)
    }

    /// The rows with the promised columns in their order and types.
    fn conformed(&mut self, batch: &RecordBatch) -> Result<RecordBatch> {
        let promise = |why: String| LakeError::Promise {
            step: self.step.name.clone(),
            table: self.output.table.to_string(),
            why,
        };
        let schema = batch.schema();
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        same_names(&self.columns, &names).map_err(&promise)?;
        let (mut fields, mut arrays, mut columns) = (Vec::new(), Vec::new(), Vec::new());
        for column in &self.columns {
            let array = batch
                .column_by_name(column.name.as_str())
                .ok_or_else(|| promise(format!("column `{}` is missing", column.name)))?;
            let ty = array.data_type();
            let (to, column) = target(column, ty).ok_or_else(|| {
                promise(format!("column `{}` is `{ty}`, which does not fit `{}`", column.name, column.ty))
            })?;
            let array = if to == *ty {
                Arc::clone(array)
            } else {
                let options = CastOptions { safe: false, ..CastOptions::default() };
                cast_with_options(array, &to, &options)
                    .map_err(|error| promise(format!("column `{}`: {error}", column.name)))?
            };
            fields.push(Field::new(column.name.as_str(), to, true));
            arrays.push(array);
            columns.push(column);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let conformed = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
            .map_err(|error| promise(error.to_string()))?;
        self.columns = columns;
        Ok(conformed)
    }
}
