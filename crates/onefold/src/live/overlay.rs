//! Overlay: what profiles, measures and segments are with the rows that came in since the last run.
//!
//! Reads    rows and patches of `intake`, the course of their tables, the rows of touched profiles by number
//! Writes   rows and members laid over the run that is shown (`customers::laid`)
//! Flow     new rows ─ typed ─ their table's steps ─ their profiles ─ all rows of these profiles ─ steps by profile ─ laid over
//!
//! Invariants
//! - The very queries of a run are asked, over the rows of the touched profiles alone: what is shown is what a run that
//!   begins now would find for them.
//! - What a row stands in the place of is not counted any more, whichever profile it belonged to.
//! - What cannot be worked out is left as the run has it; a fault here never stands in the way of taking rows.
//!
//! Not here: which steps these are (`course`), keeping rows (`intake`), laying patches over rows (`patched`).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use arrow::array::{Array as _, ArrayRef, AsArray as _, BooleanArray, RecordBatch};
use arrow::compute::{cast, concat_batches, filter_record_batch};
use arrow::datatypes::{DataType as ArrowType, Field, Int32Type, Schema, SchemaRef};
use jiff::Timestamp;
use onefold_api::{Problem, RunAsk};
use onefold_connect::live::{Kept, batches};
use onefold_connect::{RawBatch, arrow_type, rows_schema};
use onefold_lake::lookup::{Lookup, whole};
use onefold_lake::{Lake, Published, QueryLimits, RowsHeld, TryOut};
use onefold_model::{Column, Sql, TableName, Work};
use roaring::RoaringBitmap;

use super::course::{Course, Resolve, Way, query};
use super::intake::{Entry, Intake};
use super::patched::Patched;
use super::rows::FILE;
use super::worked;
use crate::customers::{self, Ground};
use crate::opened::Opened;
use crate::platform::Onefold;
use crate::runner::known;
use crate::runner::problem::{of_connect, of_lake};

/// How often it is looked whether another run is shown.
const LOOK: Duration = Duration::from_millis(500);
/// How long nothing is tried after a fault.
const AGAIN: Duration = Duration::from_secs(5);
/// Rows that are worked out at once.
const TOGETHER: usize = 2000;
/// The table of profiles, folded.
pub(super) const CUSTOMER: &str = "customer";
/// What nobody is: rows that lead to no profile.
const NOBODY: u32 = u32::MAX;

/// Keeps the overlay of a project as long as its intake is open.
pub(super) async fn keep(project: Onefold, intake: Weak<Intake>) {
    loop {
        let Some(taking) = intake.upgrade() else { return };
        let told = tokio::time::timeout(LOOK, taking.news.notified()).await.is_ok();
        let mut work = project.live().overlay.lock().await;
        // Nothing came in, and the run that is shown is the published one still.
        let idle = match work.as_ref() {
            Some(work) => !work.is_outdated() && !work.patched.is_due(&taking, Timestamp::now()),
            None => taking.after(0).is_empty() && taking.patched() == 0,
        };
        if !told && idle {
            continue;
        }
        if let Err(problem) = step(&project, &taking, &mut work).await {
            project.live().faults.fetch_add(1, Ordering::Relaxed);
            tracing::warn!("rows that came in are shown with the next run: {}", problem.message);
            drop(work);
            tokio::time::sleep(AGAIN).await;
        }
    }
}

/// Works out what is new.
async fn step(project: &Onefold, intake: &Intake, work: &mut Option<Overlay>) -> Result<(), Problem> {
    let ground = customers::ground(project).await?;
    if work.as_ref().is_none_or(|work| !work.ground.is(&ground)) {
        if intake.after(0).is_empty() && intake.patched() == 0 {
            return Ok(());
        }
        intake.known_by(ground.published());
        let laid = ground.patches().values().flat_map(|own| own.values().map(|patch| patch.key())).collect();
        if let Err(problem) = intake.forget_patches(&laid, Timestamp::now()).await {
            tracing::warn!("patches that hold no more stay in their table for now: {}", problem.message);
        }
        *work = Some(Overlay::new(project, ground).await?);
    }
    let Some(work) = work else { return Ok(()) };
    loop {
        let mut rows = intake.after(work.done);
        rows.truncate(TOGETHER);
        if let Some(last) = rows.last() {
            // Whatever comes of them, they are not tried again.
            work.done = last.row.number;
            work.take(&rows).await?;
            intake.seen.fetch_max(work.done, Ordering::Relaxed);
        }
        let now = Timestamp::now();
        if work.patched.is_due(intake, now) {
            let touched: Vec<u32> = work.patch(intake, now).await?.into_iter().collect();
            if !touched.is_empty() {
                work.work_out(&touched).await?;
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
    }
}

/// The tables whose rows are seen soon.
pub(super) async fn tables(project: &Onefold) -> Result<HashSet<String>, Problem> {
    let ground = customers::ground(project).await?;
    let opened = Opened::new(project.root(), false, &RunAsk::default()).await?.sound()?;
    Ok(Course::of(&opened, ground.published()).tables.into_keys().collect())
}

/// What is laid over one run.
pub(crate) struct Overlay {
    pub(super) ground: Ground,
    pub(super) opened: Arc<Opened>,
    pub(super) patched: Patched,
    /// Profiles about which anything came in.
    pub(super) touched: RoaringBitmap,
    /// What was worked out of them last, for those who try something.
    pub(super) kept: Option<worked::Kept>,
    pub(super) course: Course,
    /// The number of the last row that was taken.
    done: u64,
    pub(super) resolved: HashMap<String, Resolved>,
    lookups: HashMap<String, Arc<Lookup>>,
    /// The rules of scans as the run found them.
    pub(super) scanned: HashMap<String, RoaringBitmap>,
}

/// A table with the profile of each row, and what came in for it.
pub(super) struct Resolved {
    key: String,
    /// By hash of key: the profile in the run.
    before: Vec<(u64, u32)>,
    /// Keys of the run whose rows do not count any more.
    replaced: HashSet<String>,
    /// By key: the profile of the row that came in.
    of_key: HashMap<String, u32>,
    /// By profile: keys and rows that came in.
    rows: HashMap<u32, Vec<(String, RecordBatch)>>,
}

impl Overlay {
    async fn new(project: &Onefold, ground: Ground) -> Result<Self, Problem> {
        let opened = Opened::new(project.root(), false, &RunAsk::default()).await?.sound()?;
        let course = Course::of(&opened, ground.published());
        let (lake, published) = (ground.lake().clone(), Arc::clone(ground.published()));
        let scans: Vec<TableName> = opened
            .planned
            .plan
            .steps
            .iter()
            .filter(|step| matches!(step.work, Work::Scan(_)))
            .flat_map(|step| step.writes.iter().map(|output| output.table.clone()))
            .collect();
        let scanned = customers::off_the_runtime(move || scanned(&lake, &published, &scans)).await?;
        Ok(Self {
            ground,
            opened: Arc::new(opened),
            patched: Patched::default(),
            touched: RoaringBitmap::new(),
            kept: None,
            course,
            done: 0,
            resolved: HashMap::new(),
            lookups: HashMap::new(),
            scanned,
        })
    }

    /// Whether another run is published than the one that is laid over.
    fn is_outdated(&self) -> bool {
        let published = self.ground.lake().published().ok().flatten();
        published.is_some_and(|published| published.run_id != self.ground.published().run_id)
    }

    /// Takes rows in, and lays over what they change.
    async fn take(&mut self, rows: &[Arc<Entry>]) -> Result<(), Problem> {
        let mut by_table: BTreeMap<String, Vec<&Entry>> = BTreeMap::new();
        for entry in rows {
            by_table.entry(entry.table.folded()).or_default().push(entry);
        }
        let mut touched = BTreeSet::new();
        for (table, rows) in by_table {
            if let Some(way) = self.course.tables.remove(&table) {
                let taken = self.resolve(&way, &rows, &mut touched).await;
                self.course.tables.insert(table, way);
                taken?;
            }
        }
        match touched.is_empty() {
            true => Ok(()),
            false => self.work_out(&touched.into_iter().collect::<Vec<u32>>()).await,
        }
    }

    /// Finds the profiles of rows, and puts the rows in their places.
    async fn resolve(&mut self, way: &Way, rows: &[&Entry], touched: &mut BTreeSet<u32>) -> Result<(), Problem> {
        let published = Arc::clone(self.ground.published());
        let Some((source, defined)) = known::find(&self.opened.project, &way.source, &way.table) else { return Ok(()) };
        let asked = known::source_ref(&self.opened.project, source, defined, Some(&published));
        let columns = asked.last.clone().map(|last| last.columns).unwrap_or_default();
        let newest: HashMap<&str, u64> =
            rows.iter().filter_map(|entry| Some((entry.row.key.as_deref()?, entry.row.number))).collect();
        let kept = rows
            .iter()
            .filter(|entry| entry.row.key.as_deref().is_some_and(|key| newest.get(key) == Some(&entry.row.number)))
            .map(|entry| Kept { number: entry.row.number, text: &entry.row.row, wrong: None });
        let found = batches(&asked, &columns, FILE, kept).map_err(|error| of_connect("typing what came in", error))?;
        let raw = found.into_iter().filter_map(|batch| match batch {
            RawBatch::Rows(rows) => Some(rows),
            _ => None,
        });
        let raw = held(&way.raw, rows_schema(&columns), raw.collect());
        let opened = Arc::clone(&self.opened);
        let plan = &opened.planned.plan;
        let repeated = plan.writer(&way.repeated).and_then(|step| step.writes.first());
        let repeated =
            held(&way.repeated, schema(&repeated.map(|output| output.columns.clone()).unwrap_or_default()), Vec::new());
        let make = &plan.steps[way.make];
        let (Some(sql), Some(output)) = (query(make), make.writes.first()) else { return Ok(()) };
        let made = self.ask(sql, &output.columns, vec![raw, repeated]).await?;
        let key = defined.key.value.clone();
        let sent: Vec<&str> = newest.keys().copied().collect();
        for resolve in &way.resolve {
            let step = &plan.steps[resolve.step];
            let (Some(sql), Some(resolved)) = (query(step), step.writes.first()) else { continue };
            let mut over = vec![held(&output.table, schema(&output.columns), vec![made.clone()])];
            if let Some(by) = &resolve.by {
                over.extend(self.ground.keys_of(&made, by).await?);
            }
            let rows = self.ask(sql, &resolved.columns, over).await?;
            self.place(resolve, &key, rows, &sent, touched).await?;
        }
        Ok(())
    }

    /// Puts rows in the place of those with the same keys.
    async fn place(
        &mut self,
        resolve: &Resolve,
        key: &str,
        rows: RecordBatch,
        sent: &[&str],
        touched: &mut BTreeSet<u32>,
    ) -> Result<(), Problem> {
        let folded = resolve.name.folded();
        if !self.resolved.contains_key(&folded) {
            let (lake, published) = (self.ground.lake().clone(), Arc::clone(self.ground.published()));
            let (name, own) = (resolve.name.clone(), key.to_owned());
            let before = customers::off_the_runtime(move || keys(&lake, &published, &name, &own)).await?;
            let (replaced, of_key, rows) = Default::default();
            self.resolved.insert(folded.clone(), Resolved { key: key.to_owned(), before, replaced, of_key, rows });
        }
        let Some(known) = self.resolved.get_mut(&folded) else { return Ok(()) };
        let (keys, numbers) = (texts(&rows, key)?, numbers(&rows)?);
        let keys = keys.as_string::<i32>();
        let there: HashSet<&str> = keys.iter().flatten().collect();
        // What a step of the table left out has gone from where it was.
        let gone = sent.iter().filter(|key| !there.contains(*key)).map(|key| ((*key).to_owned(), NOBODY, None));
        let came = (0..rows.num_rows())
            .filter(|&row| keys.is_valid(row))
            .map(|row| (keys.value(row).to_owned(), numbers[row].unwrap_or(NOBODY), Some(rows.slice(row, 1))));
        for (own, number, row) in came.chain(gone) {
            match known.of_key.get(&own).copied() {
                Some(earlier) => {
                    touched.insert(earlier);
                    known.rows.entry(earlier).or_default().retain(|(key, _)| *key != own);
                }
                None => {
                    let hash = hashed(&own);
                    let at = known.before.partition_point(|(known, _)| *known < hash);
                    if let Some(&(_, earlier)) = known.before.get(at).filter(|(known, _)| *known == hash) {
                        touched.insert(earlier);
                        known.replaced.insert(own.clone());
                    }
                }
            }
            touched.insert(number);
            known.of_key.insert(own.clone(), number);
            known.rows.entry(number).or_default().extend(row.map(|row| (own, row)));
        }
        touched.remove(&NOBODY);
        Ok(())
    }

    /// All rows of profiles in a table for which rows came in.
    pub(super) async fn all_rows(&mut self, name: &str, touched: &[u32]) -> Result<RowsHeld, Problem> {
        let table = TableName::new(name);
        let before = self.rows_of(&table, touched).await?;
        let known = &self.resolved[name];
        let Some(before) = before else {
            return Err(Problem::failed(format!("`{name}` has no numbers of profiles")));
        };
        let mut batches = Vec::new();
        for batch in before.batches {
            let keys = texts(&batch, &known.key)?;
            let keys = keys.as_string::<i32>();
            let stays: BooleanArray = (0..batch.num_rows())
                .map(|row| Some(keys.is_null(row) || !known.replaced.contains(keys.value(row))))
                .collect();
            batches.push(filter_record_batch(&batch, &stays).map_err(fault)?);
        }
        for number in touched {
            batches.extend(known.rows.get(number).into_iter().flatten().map(|(_, row)| row.clone()));
        }
        let together = concat_batches(&before.schema, &batches).map_err(fault)?;
        Ok(RowsHeld { batches: vec![together], ..before })
    }

    /// The rows of profiles as the run has them; none for a table without numbers of profiles.
    pub(super) async fn rows_of(&mut self, table: &TableName, touched: &[u32]) -> Result<Option<RowsHeld>, Problem> {
        let Some(entry) = self.ground.published().table(table.as_str()).cloned() else { return Ok(None) };
        let Some(number) = entry.columns.iter().find(|column| column.name == onefold_stages::NUMBER) else {
            return Ok(None);
        };
        if number.ty != onefold_model::DataType::Small {
            return Ok(None);
        }
        let known = self.lookups.get(&table.folded()).cloned();
        let (lake, numbers) = (self.ground.lake().clone(), touched.to_vec());
        let own = Arc::clone(&entry);
        let (lookup, rows) = customers::off_the_runtime(move || {
            let lookup = match known {
                Some(known) => known,
                None => Arc::new(Lookup::open(&lake, &own, onefold_stages::NUMBER).map_err(of_lake)?),
            };
            let columns: Vec<&str> = own.columns.iter().map(|column| column.name.as_str()).collect();
            let rows = lookup.of_all(&numbers, &columns).map_err(of_lake)?;
            Ok((lookup, rows))
        })
        .await?;
        self.lookups.insert(table.folded(), lookup);
        Ok(Some(held(&entry.name, schema(&entry.columns), vec![rows])))
    }

    /// The rows of a query, as a step would write them.
    pub(super) async fn ask(&self, sql: &Sql, columns: &[Column], over: Vec<RowsHeld>) -> Result<RecordBatch, Problem> {
        let found = self.ground.lake().try_sql(&self.trying(over), sql, limits()).await.map_err(of_lake)?;
        let (batches, _) = found.collect().await.map_err(of_lake)?;
        let schema = schema(columns);
        let mut fitted = Vec::new();
        for batch in &batches {
            let arrays = schema.fields().iter().map(|field| {
                let found = batch.column_by_name(field.name());
                let found =
                    found.ok_or_else(|| Problem::failed(format!("a query lacks its column `{}`", field.name())))?;
                cast(found, field.data_type()).map_err(fault)
            });
            fitted.push(RecordBatch::try_new(Arc::clone(&schema), arrays.collect::<Result<_, _>>()?).map_err(fault)?);
        }
        concat_batches(&schema, &fitted).map_err(fault)
    }

    pub(super) fn trying(&self, rows: Vec<RowsHeld>) -> TryOut {
        let now = Timestamp::from_microsecond(Timestamp::now().as_microsecond()).unwrap_or_default();
        let mut over = TryOut::at(Some(Arc::clone(self.ground.published())), now);
        over.rows = rows;
        over.in_order = true;
        over
    }
}

pub(super) fn limits() -> QueryLimits {
    QueryLimits { rows: 1 << 40, ..QueryLimits::default() }
}

pub(super) fn held(table: &TableName, schema: SchemaRef, batches: Vec<RecordBatch>) -> RowsHeld {
    RowsHeld { table: table.clone(), schema, batches }
}

/// The schema of a table as files hold it.
pub(super) fn schema(columns: &[Column]) -> SchemaRef {
    let field = |column: &Column| Field::new(column.name.as_str(), arrow_type(column.ty), true);
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

fn texts(rows: &RecordBatch, column: &str) -> Result<ArrayRef, Problem> {
    let found = rows.column_by_name(column);
    let found = found.ok_or_else(|| Problem::failed(format!("rows that came in lack their key `{column}`")))?;
    cast(found, &ArrowType::Utf8).map_err(fault)
}

pub(super) fn numbers(rows: &RecordBatch) -> Result<Vec<Option<u32>>, Problem> {
    let found = rows.column_by_name(onefold_stages::NUMBER).and_then(|numbers| numbers.as_primitive_opt::<Int32Type>());
    let found = found.ok_or_else(|| Problem::failed("rows lack the numbers of profiles"))?;
    Ok(found.iter().map(|number| number.and_then(|number| u32::try_from(number).ok())).collect())
}

/// The keys of a table by their hashes, ascending, with the profile of each.
fn keys(lake: &Lake, published: &Published, table: &TableName, key: &str) -> Result<Vec<(u64, u32)>, Problem> {
    let Some(entry) = published.table(table.as_str()) else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for batch in whole(lake, entry, &[key, onefold_stages::NUMBER]).map_err(of_lake)? {
        let batch = batch.map_err(of_lake)?;
        let (keys, numbers) = (texts(&batch, key)?, numbers(&batch)?);
        for (key, number) in keys.as_string::<i32>().iter().zip(numbers) {
            all.extend(key.map(|key| (hashed(key), number.unwrap_or(NOBODY))));
        }
    }
    all.sort_unstable();
    Ok(all)
}

fn hashed(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// The bitmaps of rules as a run found them.
fn scanned(
    lake: &Lake,
    published: &Published,
    tables: &[TableName],
) -> Result<HashMap<String, RoaringBitmap>, Problem> {
    let mut all: HashMap<String, RoaringBitmap> = HashMap::new();
    for entry in tables.iter().filter_map(|table| published.table(table.as_str())) {
        for batch in whole(lake, entry, &["Rule", "Members"]).map_err(of_lake)? {
            let batch = batch.map_err(of_lake)?;
            let (rules, members) = (batch.column(0).as_string::<i32>(), batch.column(1).as_binary::<i32>());
            for (rule, bytes) in rules.iter().zip(members) {
                let members = bytes.and_then(|bytes| RoaringBitmap::deserialize_from(bytes).ok());
                if let (Some(rule), Some(members)) = (rule, members) {
                    *all.entry(rule.to_owned()).or_default() |= members;
                }
            }
        }
    }
    Ok(all)
}

pub(super) fn fault(error: arrow::error::ArrowError) -> Problem {
    Problem::failed(format!("rows that came in cannot be worked with: {error}"))
}
