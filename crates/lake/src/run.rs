//! Run: steps at work, until all is published or nothing.
//!
//! Reads    tables of this run by list of files; tables of the published run for `Before` and `keep`
//! Writes   parts, without any log; what they are is held in memory until publication
//!
//! Invariants
//! - A table has one writer in a run.
//! - A run that is dropped, or ends before its manifest is in place, leaves no file behind.
//!
//! Not here: the order of steps, what to skip, progress on screens (the runner); publication (`publish.rs`).

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::dataframe::DataFrame;
use datafusion::prelude::SessionContext;
use jiff::Timestamp;
use onefold_model::plan::View;
use onefold_model::{Column, Output, Sql, Step, TableName, Work};
use serde::{Deserialize, Serialize};

use crate::grow::Change;
use crate::layout::Layout;
use crate::lease::Lease;
use crate::manifest::{DeltaChange, FORMAT, TableEntry};
use crate::seen::Seen;
use crate::store::Inner;
use crate::writer::TableWriter;
use crate::{
    LakeError, Published, QueryLimits, QueryResult, Result, checks, delta_log, kernels, land, lookup, publish, query,
    scan,
};

/// Told the number of rows written since it was last called, from any thread.
pub type Progress = Arc<dyn Fn(u64) + Send + Sync>;

/// What a step did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// The step.
    pub step: String,
    /// Rows of each table it read.
    pub rows_in: BTreeMap<TableName, u64>,
    /// Rows it wrote to each table.
    pub rows_out: BTreeMap<TableName, u64>,
    /// Facts that do not hold.
    pub broken: Vec<BrokenCheck>,
    /// What it has to say of how it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
}

/// A fact that does not hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrokenCheck {
    /// What had to hold.
    pub fact: String,
    /// Number of rows that break it.
    pub count: u64,
    /// Ten of them at most, as JSON records.
    pub rows: Vec<serde_json::Value>,
    /// Whether the run goes on.
    pub warning: bool,
}

/// A run under way: the one writer of its lake. Steps may run side by side.
pub struct Run {
    pub(crate) inner: Arc<Inner>,
    id: String,
    now: Timestamp,
    base: Option<Arc<Published>>,
    promised: HashMap<String, Vec<Column>>,
    state: Mutex<State>,
    next_part: AtomicUsize,
    _lease: Lease,
}

/// What the run has done so far.
#[derive(Default)]
struct State {
    tables: BTreeMap<String, Arc<TableEntry>>,
    /// What became of them since the published run.
    changes: BTreeMap<String, Change>,
    /// Rows that were looked at, of steps that were not worked out as a whole.
    looked: BTreeMap<String, BTreeMap<TableName, u64>>,
    written_rows: BTreeMap<String, u64>,
    said: BTreeMap<String, String>,
    views: Vec<View>,
    steps: Vec<StepReport>,
    notes: BTreeMap<String, serde_json::Value>,
}

impl Run {
    pub(crate) fn begin(
        inner: Arc<Inner>,
        lease: Lease,
        now: Timestamp,
        promised: HashMap<TableName, Vec<Column>>,
    ) -> Result<Self> {
        let base = inner.published()?;
        let published: u64 = base.as_ref().map_or(0, |base| base.run_id.parse().unwrap_or(0));
        let last = inner.last_run.fetch_max(published, Ordering::Relaxed).max(published);
        inner.last_run.store(last + 1, Ordering::Relaxed); // the lease is held: nobody else is here
        let id = format!("{:08}", last + 1);
        let folder = inner.layout.run(&id);
        std::fs::create_dir_all(&folder).map_err(LakeError::io("make", &folder))?;
        let promised = promised.into_iter().map(|(name, columns)| (name.folded(), columns)).collect();
        let (state, next_part) = (Mutex::default(), AtomicUsize::new(1));
        Ok(Self { inner, id, now, base, promised, state, next_part, _lease: lease })
    }
    /// Its id, which names its files and its folder.
    pub fn id(&self) -> &str {
        &self.id
    }
    /// The instant that `now()` stands for.
    pub fn now(&self) -> Timestamp {
        self.now
    }
    /// The published run it started from.
    pub fn base(&self) -> Option<&Arc<Published>> {
        self.base.as_ref()
    }
    /// Runs a step of SQL, a scan or a kernel, writes its tables, and looks at its checks. `fingerprint` is kept with
    /// the tables, for the runner to know later whether they must be written anew.
    ///
    /// A broken check is in the report, not an error; [`Run::publish`] refuses it unless it is a warning.
    pub async fn step(&self, step: &Step, fingerprint: &str, progress: Option<Progress>) -> Result<StepReport> {
        self.begin_whole(step)?;
        let work = land::Landing { run: self, step, fingerprint, progress };
        match &step.work {
            Work::Sql(sql) => {
                let output = only_output(step)?;
                let mut seen = self.seen_by(step);
                let mut looked = BTreeMap::new();
                let context = match self.pick(&mut seen, step, &step.picks, &mut looked).await? {
                    true => {
                        self.looked(&step.name, self.rows_in_of(step).into_iter().chain(looked).collect());
                        self.inner.session.picking()
                    }
                    false => self.inner.session.context(),
                };
                let query = self.query_of(step, &seen, &context, sql).await?;
                work.land(output, query).await?;
            }
            Work::Scan(scan) => work.land_rows(only_output(step)?, scan::rows(self, step, scan, None).await?).await?,
            Work::Kernel { kernel, inputs } => kernels::run(&work, kernel, inputs).await?,
            Work::Read { .. } | Work::Decisions | Work::Patches | Work::Send { .. } => {
                return Err(LakeError::step(&step.name, "its rows come from outside the lake"));
            }
        }
        self.finish(step).await
    }
    /// Opens a table for writing by a connector; several at once are fine.
    pub fn writer(&self, step: &Step, output: &Output, fingerprint: &str) -> Result<TableWriter<'_>> {
        if self.lock().tables.contains_key(&output.table.folded()) {
            return Err(written_twice(&step.name, &output.table));
        }
        TableWriter::open(self, step, output, fingerprint)
    }
    /// The same, where rows are added to those of the published run.
    pub fn adder(&self, step: &Step, output: &Output, fingerprint: &str) -> Result<TableWriter<'_>> {
        self.writer(step, &output.clone().append(), fingerprint)
    }
    /// Looks at the checks of a step whose tables are written; [`Run::step`] has done so, after [`Run::writer`] call it.
    pub async fn finish(&self, step: &Step) -> Result<StepReport> {
        let broken = checks::broken(self, step).await?;
        let report = {
            let mut state = self.lock();
            let report = StepReport {
                step: step.name.clone(),
                rows_in: state.looked.get(&step.name).cloned().unwrap_or_else(|| self.rows_in(&state, step)),
                rows_out: step
                    .writes
                    .iter()
                    .filter_map(|output| Some((output.table.clone(), *state.written_rows.get(&output.table.folded())?)))
                    .collect(),
                broken,
                said: state.said.get(&step.name).cloned(),
            };
            state.steps.push(report.clone());
            report
        };
        publish::crash_point(&self.inner, &format!("step {}", step.name))?;
        Ok(report)
    }
    /// Carries a table over from the published run as it is; false when it is not there.
    pub fn keep(&self, table: &TableName) -> Result<bool> {
        let Some(known) = self.base.as_ref().and_then(|base| base.table(table.as_str())) else { return Ok(false) };
        let kept = TableEntry { delta: None, ..TableEntry::clone(known) };
        let mut state = self.lock();
        if state.tables.contains_key(&table.folded()) {
            return Err(written_twice("keep", table));
        }
        state.tables.insert(table.folded(), Arc::new(kept));
        state.changes.insert(table.folded(), Change::Same);
        Ok(true)
    }
    /// Tells which views steps may name; [`Run::publish`] states them anew.
    pub fn see(&self, views: &[View]) {
        self.lock().views = views.to_vec();
    }
    /// The number of rows of a table as this run sees it.
    pub fn rows(&self, table: &TableName) -> Option<u64> {
        self.lock().tables.get(&table.folded()).map(|table| table.rows())
    }
    /// All rows of a table as this run sees it.
    pub async fn read(&self, table: &TableName) -> Result<QueryResult> {
        query::whole(&self.inner, self.seen(), table).await
    }
    /// All rows of a table of the published run with these columns, in the order of its files.
    pub fn whole(
        &self,
        table: &TableEntry,
        columns: &[&str],
    ) -> Result<impl Iterator<Item = Result<arrow::array::RecordBatch>> + use<>> {
        lookup::whole_in(self.inner.layout.root(), table, columns)
    }
    /// Asks over the tables of this run, under the guard of [`crate::Lake::query`].
    pub async fn query(&self, sql: &str, limits: QueryLimits) -> Result<QueryResult> {
        query::guarded(&self.inner, self.seen(), sql, limits).await
    }
    /// The rows of a query of ours over the tables of this run, internal ones too; of the tables `added` names, only
    /// what this run wrote.
    pub async fn ask(&self, sql: &Sql, added: &[TableName]) -> Result<QueryResult> {
        let mut seen = self.seen();
        for name in added {
            let files = match self.change(name) {
                Some(Change::Added(files)) => files,
                Some(Change::Same) => Vec::new(),
                _ => continue,
            };
            if let Some(table) = seen.tables.get_mut(&name.folded()) {
                *table = Arc::new(TableEntry { files, ..TableEntry::clone(table) });
            }
        }
        query::ours(&self.inner, seen, sql).await
    }
    /// What a step has to say of how it was done.
    pub(crate) fn say(&self, step: &str, words: String) {
        self.lock().said.insert(step.to_owned(), words);
    }
    /// Something the runner wants to find again in [`Published::notes`].
    pub fn note(&self, name: &str, value: serde_json::Value) {
        self.lock().notes.insert(name.to_owned(), value);
    }
    /// Makes all tables written or kept, and the views, what readers see. Tables neither written nor kept are gone.
    ///
    /// An error after the point of no return (a full disk, say) does not undo the run: the next [`crate::Lake::open`] or
    /// [`crate::Lake::begin`] finishes it.
    pub async fn publish(self, views: &[View]) -> Result<Arc<Published>> {
        self.see(views);
        self.refuse_broken()?;
        query::views_hold(&self.inner, &self.seen()).await?;
        let published = Arc::new(self.manifest()?);
        publish::seal(&self.inner, &published)?;
        publish::roll_forward(&self.inner, &published).await?;
        if let Err(error) = publish::tidy(&self.inner, &published).await {
            tracing::warn!("the run is published, but old files could not be removed: {error}");
        }
        Ok(published)
    }
    /// Removes everything the run wrote. Dropping a run does the same, but cannot tell what went wrong.
    pub fn abandon(self) -> Result<()> {
        publish::discard(&self.inner.layout, &self.id)
    }

    /// What a query over this run sees.
    pub(crate) fn seen(&self) -> Seen {
        let state = self.lock();
        Seen {
            tables: state.tables.clone(),
            views: state.views.clone(),
            before: self.base.clone(),
            promised: self.promised.clone(),
            now: self.now,
            only: None,
            slice: None,
            picked: BTreeMap::new(),
        }
    }
    /// The same, where the step's own outputs promise columns too.
    pub(crate) fn seen_by(&self, step: &Step) -> Seen {
        let mut seen = self.seen();
        for output in &step.writes {
            seen.promised.insert(output.table.folded(), output.columns.clone());
        }
        seen
    }
    /// A query of a step over what it sees.
    pub(crate) async fn query_of(
        &self,
        step: &Step,
        seen: &Seen,
        context: &SessionContext,
        sql: &Sql,
    ) -> Result<DataFrame> {
        let text = seen.bind(&self.inner.layout, context, sql).await.map_err(in_step(step))?;
        context.sql(&text).await.map_err(|error| LakeError::engine(&step.name, &error))
    }
    /// The path of the next file of a table, absolute and in the lake.
    pub(crate) fn next_part(&self, folder: &str) -> Result<(std::path::PathBuf, String)> {
        let path = self.inner.layout.path(folder);
        std::fs::create_dir_all(&path).map_err(LakeError::io("make", &path))?;
        let name = Layout::part(&self.id, self.next_part.fetch_add(1, Ordering::Relaxed));
        Ok((path.join(&name), format!("{folder}/{name}")))
    }
    /// The table of the published run.
    pub(crate) fn before(&self, table: &TableName) -> Option<&Arc<TableEntry>> {
        self.base.as_ref()?.table(table.as_str())
    }
    /// What became of a table since the published run; none while it is neither written nor kept.
    pub(crate) fn change(&self, table: &TableName) -> Option<Change> {
        self.lock().changes.get(&table.folded()).cloned()
    }
    /// Notes the rows that a step looked at.
    pub(crate) fn looked(&self, step: &str, rows: BTreeMap<TableName, u64>) {
        self.lock().looked.insert(step.to_owned(), rows);
    }
    /// Takes a table that is written.
    pub(crate) fn take(&self, step: &str, table: TableEntry, rows: u64, change: Change) -> Result<()> {
        let mut state = self.lock();
        let folded = table.name.folded();
        if state.tables.contains_key(&folded) {
            return Err(written_twice(step, &table.name));
        }
        state.written_rows.insert(folded.clone(), rows);
        state.changes.insert(folded.clone(), change);
        state.tables.insert(folded, Arc::new(table));
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub(crate) fn nothing_written_twice(&self, step: &Step) -> Result<()> {
        let state = self.lock();
        match step.writes.iter().find(|output| state.tables.contains_key(&output.table.folded())) {
            Some(output) => Err(written_twice(&step.name, &output.table)),
            None => Ok(()),
        }
    }
    /// A step begins that is worked out whole, whatever was tried before.
    pub(crate) fn begin_whole(&self, step: &Step) -> Result<()> {
        self.nothing_written_twice(step)?;
        self.lock().looked.remove(&step.name);
        Ok(())
    }
    /// The rows of the tables that a step reads.
    pub(crate) fn rows_in_of(&self, step: &Step) -> BTreeMap<TableName, u64> {
        self.rows_in(&self.lock(), step)
    }
    fn rows_in(&self, state: &State, step: &Step) -> BTreeMap<TableName, u64> {
        let now = step.reads.iter().filter_map(|name| Some((name, state.tables.get(&name.folded())?)));
        let before = step.before.iter().filter_map(|name| Some((name, self.before(name)?)));
        before.chain(now).map(|(name, table)| (name.clone(), table.rows())).collect()
    }
    fn refuse_broken(&self) -> Result<()> {
        let state = self.lock();
        let broken = state.steps.iter().flat_map(|step| step.broken.iter().map(move |check| (step, check)));
        let facts: Vec<String> = broken
            .filter(|(_, check)| !check.warning)
            .map(|(step, check)| format!("{} (`{}`, {} rows break it)", check.fact, step.step, check.count))
            .collect();
        if facts.is_empty() { Ok(()) } else { Err(LakeError::Broken { facts }) }
    }
    /// Everything the run is, once it is published.
    fn manifest(&self) -> Result<Published> {
        let state = std::mem::take(&mut *self.lock());
        let mut tables = BTreeMap::new();
        for (folded, table) in state.tables {
            tables.insert(folded, Arc::new(self.versioned(Arc::unwrap_or_clone(table))?));
        }
        let mut dropped = Vec::new();
        for (folded, old) in self.base.iter().flat_map(|base| &base.tables) {
            if !old.internal && tables.get(folded).is_none_or(|new: &Arc<TableEntry>| new.internal) {
                let mut gone = TableEntry { files: Vec::new(), ..TableEntry::clone(old) };
                gone.delta = Some(DeltaChange { base: old.version, columns: false, removed: old.files.clone() });
                dropped.push(self.versioned(gone)?);
            }
        }
        Ok(Published {
            format: FORMAT,
            run_id: self.id.clone(),
            at: self.now,
            previous: self.base.as_ref().map(|base| base.run_id.clone()),
            tables,
            dropped,
            views: state.views,
            steps: state.steps,
            notes: state.notes,
        })
    }
    /// A changed table with the version its log will have.
    fn versioned(&self, mut table: TableEntry) -> Result<TableEntry> {
        if table.delta.is_some() {
            let latest = delta_log::latest(&self.inner.layout, &table)?;
            table.version = Some(latest.map_or(0, |version| version + 1));
        }
        Ok(table)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Past the manifest the files are the lake's; recovery sees to the rest.
        if self.inner.layout.manifest(&self.id).is_file() {
            return;
        }
        if let Some(holding) = &self.inner.options.holding {
            holding.give_up(&self.id);
        }
        if let Err(error) = publish::discard(&self.inner.layout, &self.id) {
            tracing::warn!("files of run `{}` are left until the lake is opened again: {error}", self.id);
        }
    }
}

/// The one table of a step that can write only one.
pub(crate) fn only_output(step: &Step) -> Result<&Output> {
    match &step.writes[..] {
        [output] => Ok(output),
        others => Err(LakeError::step(&step.name, format!("it writes {} tables where one is possible", others.len()))),
    }
}

pub(crate) fn in_step(step: &Step) -> impl FnOnce(LakeError) -> LakeError {
    |error| match error {
        LakeError::Step { .. } | LakeError::Promise { .. } => error,
        other => LakeError::step(&step.name, other),
    }
}

fn written_twice(step: &str, table: &TableName) -> LakeError {
    LakeError::step(step, format!("table `{table}` is already written or kept in this run"))
}
