//! Grow: a step worked out for what is new of its inputs alone, and put to what there was.
//!
//! Reads    what became of the tables a step reads (`Change`), its table as the published run has it
//! Writes   new files beside those of before; or, for some numbers, their rows in the place of the old ones
//! Flow     changes of inputs ─ new rows, or the numbers they bear ─ the step's query over these ─ added, or put in
//!
//! Invariants
//! - What comes out is what working out the whole would give; where that is not certain, nothing is written and the reason
//!   is told: the caller then works out the whole.
//! - What was there is never rewritten for what is added, until its files are many: then they are gathered into one.
//!
//! Not here: which steps may be worked out so (`onefold_model::plan::Growth`, `onefold-stages`).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{AsArray as _, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType as Arrow, Int32Type};
use datafusion::dataframe::DataFrame;
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use onefold_model::plan::WriteMode;
use onefold_model::{Column, Output, Step, TableName, Work};
use roaring::RoaringBitmap;

use crate::conform::conform;
use crate::land::{self, Landing};
use crate::manifest::{FileEntry, TableEntry};
use crate::only::Only;
use crate::run::only_output;
use crate::scan::{self, Patch};
use crate::{LakeError, Progress, Result, Run, StepReport, query, tables};

/// A table with so many files is put into one before rows are added.
const MOST_FILES: usize = 16;

/// What a step did that was not worked out as a whole; or why it must be.
pub type Partly<T = StepReport> = std::result::Result<T, String>;

/// What became of a table since the published run.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// Nothing.
    Same,
    /// Rows were added: those of these files.
    Added(Vec<FileEntry>),
    /// No row but those of these numbers is another.
    Numbers(Arc<RoaringBitmap>),
    /// Any row may be another.
    Whole,
}

impl Run {
    /// Adds to the table of a step what the new rows of its inputs make, as its plan says that it grows.
    pub async fn step_grown(&self, step: &Step, fingerprint: &str, progress: Option<Progress>) -> Result<Partly> {
        self.nothing_written_twice(step)?;
        let (Some(growth), Work::Sql(own)) = (&step.grows, &step.work) else {
            return Ok(Err("it has no rows by themselves".to_owned()));
        };
        let output = match self.as_before(step)? {
            Ok(output) => Output { mode: WriteMode::Append, ..output },
            Err(why) => return Ok(Err(why)),
        };
        let mut seen = self.seen_by(step);
        let mut looked = BTreeMap::new();
        for table in &step.reads {
            let files = match self.change(table) {
                Some(Change::Same) => Vec::new(),
                Some(Change::Added(files)) if growth.takes(table) => files,
                _ => return Ok(Err(format!("`{table}` has other rows than before"))),
            };
            let Some(entry) = seen.tables.get_mut(&table.folded()) else { continue };
            if growth.is_by_row(table) {
                *entry = Arc::new(TableEntry { files, ..TableEntry::clone(entry) });
            }
            looked.insert(table.clone(), entry.rows());
        }
        let context = self.inner.session.context();
        if let Some(unless) = &growth.unless {
            let failed = |error| LakeError::engine(&step.name, &error);
            let found = self.query_of(step, &seen, &context, unless).await?.limit(0, Some(1)).map_err(failed)?;
            let found = found.collect().await.map_err(failed)?;
            if found.iter().any(|rows| rows.num_rows() > 0) {
                return Ok(Err("a new row stands before one that was there".to_owned()));
            }
        }
        let context = match self.pick(&mut seen, step, &growth.picks, &mut looked).await? {
            true => self.inner.session.picking(),
            false => self.inner.session.context(),
        };
        let sql = growth.query.as_ref().unwrap_or(own);
        let query = self.query_of(step, &seen, &context, sql).await?;
        let work = Landing { run: self, step, fingerprint, progress };
        let (columns, files) = match work.files(&output, query).await {
            Err(LakeError::Promise { why, .. }) => return Ok(Err(why)),
            written => written?,
        };
        self.looked(&step.name, looked);
        self.add(step, &output, columns, files, fingerprint).await?;
        self.finish(step).await.map(Ok)
    }

    /// Works out a step anew for those numbers alone whose rows its inputs have other than before, `most` of them; tells
    /// how many.
    pub async fn step_touched(
        &self,
        step: &Step,
        fingerprint: &str,
        number: &str,
        most: u64,
        progress: Option<Progress>,
    ) -> Result<Partly<(StepReport, u64)>> {
        self.nothing_written_twice(step)?;
        let output = match self.as_before(step)? {
            Ok(output) => output,
            Err(why) => return Ok(Err(why)),
        };
        let mut numbers = RoaringBitmap::new();
        for table in &step.reads {
            match self.change(table) {
                Some(Change::Same) => {}
                Some(Change::Numbers(own)) => numbers |= &*own,
                Some(Change::Added(files)) => match self.numbers_of(table, &files, number).await? {
                    Some(own) => numbers |= own,
                    None => return Ok(Err(format!("`{table}` has new rows without numbers"))),
                },
                _ => return Ok(Err(format!("`{table}` has other rows than before"))),
            }
        }
        if numbers.len() > most {
            return Ok(Err(format!("too many are touched: {}", numbers.len())));
        }
        let touched = numbers.len();
        let numbers = Arc::new(numbers);
        let only = Only::numbers_of(number, Arc::clone(&numbers));
        let work = Landing { run: self, step, fingerprint, progress };
        let entry = match numbers.is_empty() {
            true => self.before(&output.table).map(|before| unchanged(before, fingerprint)),
            false => None,
        };
        let rows = self.rows_looked_at(step, &only).await?;
        let (entry, written) = match (entry, &step.work) {
            (Some(entry), _) => (entry, 0),
            (None, Work::Sql(sql)) => {
                let context = self.inner.session.picking();
                let mut seen = self.seen_by(step);
                seen.only = Some(only.clone());
                let query = self.query_of(step, &seen, &context, sql).await?;
                let Some(query) = self.put_in(step, &output, &only, &context, query)? else {
                    return Ok(Err("its columns are others than before".to_owned()));
                };
                let (columns, files) = match work.files(&output, query).await {
                    Err(LakeError::Promise { why, .. }) => return Ok(Err(why)),
                    written => written?,
                };
                let written = files.iter().map(|file| file.rows).sum();
                (land::entry(self, &step.name, &output, columns, files, fingerprint, None)?, written)
            }
            (None, Work::Scan(scan)) => {
                let before = self.rules_before(&output).await?;
                if !scan.conditions.iter().all(|(rule, _)| before.contains_key(rule)) {
                    return Ok(Err("it has conditions that were not looked at before".to_owned()));
                }
                let rows = scan::rows(self, step, scan, Some(Patch { only: only.clone(), before })).await?;
                let query = self.inner.session.context().read_batches(rows);
                let query = query.map_err(|error| LakeError::engine(&step.name, &error))?;
                let (columns, files) = work.files(&output, query).await?;
                let written = files.iter().map(|file| file.rows).sum();
                (land::entry(self, &step.name, &output, columns, files, fingerprint, None)?, written)
            }
            _ => return Ok(Err("it is no query of single rows".to_owned())),
        };
        self.looked(&step.name, rows);
        self.take(&step.name, entry, written, Change::Numbers(numbers))?;
        Ok(Ok((self.finish(step).await?, touched)))
    }

    /// Takes a table to which these files are added; one of many files is gathered into one first.
    pub(crate) async fn add(
        &self,
        step: &Step,
        output: &Output,
        columns: Vec<Column>,
        files: Vec<FileEntry>,
        fingerprint: &str,
    ) -> Result<()> {
        let before = self.before(&output.table).filter(|old| old.internal == output.internal).cloned();
        let rows = files.iter().map(|file| file.rows).sum();
        let Some(before) = before else {
            let entry = land::entry(self, &step.name, output, columns, files, fingerprint, None)?;
            return self.take(&step.name, entry, rows, Change::Whole);
        };
        if files.is_empty() && before.columns == columns {
            return self.take(&step.name, unchanged(&before, fingerprint), 0, Change::Same);
        }
        let gathered = match before.files.len() >= MOST_FILES {
            true => Some(self.gathered(step, output, &before).await?),
            false => None,
        };
        let entry = land::entry(self, &step.name, output, columns, files.clone(), fingerprint, gathered)?;
        self.take(&step.name, entry, rows, Change::Added(files))
    }

    /// All rows of a table of the published run, in as few files as can be.
    async fn gathered(&self, step: &Step, output: &Output, before: &TableEntry) -> Result<Vec<FileEntry>> {
        let failed = |error: DataFusionError| LakeError::engine(&step.name, &error);
        let context = self.inner.session.context();
        let rows = tables::published(&self.inner.layout, &context, before)?;
        let query = context.read_table(rows).map_err(failed)?;
        let output = Output { columns: before.columns.clone(), ..output.clone() };
        let work = Landing { run: self, step, fingerprint: "", progress: None };
        Ok(work.files(&output, query).await?.1)
    }

    /// The one table of a step with the columns it has, if it can be gone on from; or why not.
    fn as_before(&self, step: &Step) -> Result<std::result::Result<Output, String>> {
        let output = only_output(step)?;
        let Some(before) = self.before(&output.table).filter(|old| old.internal == output.internal) else {
            return Ok(Err(format!("`{}` was not there", output.table)));
        };
        let names = |columns: &[Column]| columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
        if names(&before.columns) != names(&output.columns) || before.sorted_by != output.sorted_by {
            return Ok(Err("its columns are others than before".to_owned()));
        }
        Ok(Ok(Output { columns: before.columns.clone(), ..output.clone() }))
    }

    /// The numbers in some files of a table; none if it has none.
    async fn numbers_of(&self, table: &TableName, files: &[FileEntry], number: &str) -> Result<Option<RoaringBitmap>> {
        let Some(entry) = self.seen().tables.get(&table.folded()).cloned() else { return Ok(None) };
        if !Only::numbers_of(number, Arc::default()).is_of(&entry.columns) {
            return Ok(None);
        }
        let context = self.inner.session.context();
        let own = TableEntry { files: files.to_vec(), ..TableEntry::clone(&entry) };
        let rows = tables::published(&self.inner.layout, &context, &own)?;
        let rows = context.read_table(rows).and_then(|rows| rows.select_columns(&[number])).map_err(engine)?;
        let mut found = RoaringBitmap::new();
        for batch in rows.collect().await.map_err(engine)? {
            let numbers = batch.column(0).as_primitive::<Int32Type>();
            found.extend(numbers.iter().flatten().filter_map(|number| u32::try_from(number).ok()));
        }
        Ok(Some(found))
    }

    /// How many rows of each input a step over some numbers looks at.
    async fn rows_looked_at(&self, step: &Step, only: &Only) -> Result<BTreeMap<TableName, u64>> {
        let seen = self.seen();
        let mut rows = BTreeMap::new();
        for table in &step.reads {
            let Some(entry) = seen.tables.get(&table.folded()) else { continue };
            let looked = match only.is_of(&entry.columns) {
                false => entry.rows(),
                true => {
                    let context = self.inner.session.context();
                    let whole = tables::published(&self.inner.layout, &context, entry)?;
                    only.count(&context, whole).await?
                }
            };
            rows.insert(table.clone(), looked);
        }
        Ok(rows)
    }

    /// The rows of a query over some numbers, and those of all others as they were; none where columns do not fit.
    fn put_in(
        &self,
        step: &Step,
        output: &Output,
        only: &Only,
        context: &SessionContext,
        query: DataFrame,
    ) -> Result<Option<DataFrame>> {
        let Some(before) = self.before(&output.table) else { return Ok(None) };
        if !only.is_of(&before.columns) {
            return Ok(None);
        }
        let failed = |error: DataFusionError| LakeError::engine(&step.name, &error);
        let (new, columns) = match conform(&step.name, output, query) {
            Err(LakeError::Promise { .. }) => return Ok(None),
            conformed => conformed?,
        };
        if columns != before.columns {
            return Ok(None);
        }
        let new = new.filter(only.within()).map_err(failed)?;
        let whole = tables::published(&self.inner.layout, context, before)?;
        let old = context.read_table(whole).and_then(|rows| rows.filter(only.without())).map_err(failed)?;
        let (old, _) = conform(&step.name, output, old)?;
        old.union(new).map(Some).map_err(failed)
    }

    /// The members that a scan found before, by rule.
    async fn rules_before(&self, output: &Output) -> Result<HashMap<String, RoaringBitmap>> {
        let Some(before) = self.before(&output.table) else { return Ok(HashMap::new()) };
        let context = self.inner.session.context();
        let whole = tables::published(&self.inner.layout, &context, before)?;
        let rows = context.read_table(whole).and_then(|rows| rows.select_columns(&["Rule", "Members"]));
        let mut found = HashMap::new();
        for batch in rows.map_err(engine)?.collect().await.map_err(engine)? {
            found.extend(rules(&batch)?);
        }
        Ok(found)
    }
}

/// The bitmaps of rules.
fn rules(batch: &RecordBatch) -> Result<Vec<(String, RoaringBitmap)>> {
    let plain = |at: usize, ty: Arrow| cast(batch.column(at), &ty).map_err(|error| LakeError::Run(error.to_string()));
    let (rules, members) = (plain(0, Arrow::Utf8)?, plain(1, Arrow::Binary)?);
    let (rules, members) = (rules.as_string::<i32>(), members.as_binary::<i32>());
    let mut found = Vec::with_capacity(batch.num_rows());
    for (rule, bytes) in rules.iter().zip(members) {
        let (Some(rule), Some(bytes)) = (rule, bytes) else { continue };
        let members = RoaringBitmap::deserialize_from(bytes);
        found.push((rule.to_owned(), members.map_err(|error| LakeError::Run(error.to_string()))?));
    }
    Ok(found)
}

/// A table that is as it was, under another fingerprint.
fn unchanged(before: &TableEntry, fingerprint: &str) -> TableEntry {
    TableEntry { delta: None, fingerprint: fingerprint.to_owned(), ..before.clone() }
}

fn engine(error: DataFusionError) -> LakeError {
    LakeError::Run(query::plain(&error))
}
