//! Worked: what measures, activities and segments are for profiles about which something came in.
//!
//! Reads    rows of the touched profiles, with what came in; the steps of the course
//! Writes   rows and members laid over what is shown; for drafts of segments bitmaps
//! Flow     touched profiles ─ their rows ─ step by step in the order of the plan ─ laid over
//!
//! Invariants
//! - What rests on a table that cannot be worked out by profile is left as the run has it.
//! - Drafts are tried over what came in for [`MOST`] profiles at most: beyond, they see the run alone.
//!
//! Not here: which rows came in for whom (`overlay`), which steps there are (`course`).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray, UInt32Array,
};
use arrow::compute::{concat_batches, take_record_batch};
use onefold_api::Problem;
use onefold_connect::arrow_type;
use onefold_lake::{RowsHeld, TryOut};
use onefold_model::plan::{Kernel, Scan};
use onefold_model::sql::Piece;
use onefold_model::{Column, TableName, Work};
use roaring::RoaringBitmap;

use super::course::folded;
use super::overlay::{CUSTOMER, Overlay, fault, held, limits, numbers, schema};
use crate::platform::Onefold;
use crate::runner::problem::of_lake;

/// Profiles over whose rows a draft is tried.
const MOST: u64 = 5_000;

/// The tables of the course for some profiles.
pub(super) struct Worked {
    /// Their rows, by folded name.
    over: HashMap<String, RowsHeld>,
    /// Those of which rows may differ from the run's.
    changed: HashSet<String>,
    /// Those that cannot be told.
    stale: HashSet<String>,
    members: BTreeMap<String, RoaringBitmap>,
}

/// The same of all profiles about which anything came in.
pub(super) type Kept = Arc<Worked>;

/// The bitmaps of a draft for profiles about which something came in.
pub(crate) struct Tried {
    /// Those profiles.
    pub(crate) profiles: RoaringBitmap,
    /// For which of them each condition holds.
    pub(crate) bitmaps: Vec<RoaringBitmap>,
}

/// The profiles about which something came in and for which conditions of a draft hold; none where nothing did, where
/// that cannot be told, or where the draft is tried over another run.
pub(crate) async fn tried(project: &Onefold, over: &TryOut, pass: &Scan) -> Result<Option<Tried>, Problem> {
    if !project.live().shows() {
        return Ok(None);
    }
    let mut overlay = project.live().overlay.lock().await;
    let run = over.published.as_ref().map(|published| &published.run_id);
    match overlay.as_mut().filter(|overlay| Some(&overlay.ground.published().run_id) == run) {
        Some(overlay) => overlay.tried(over, pass).await,
        None => Ok(None),
    }
}

impl Overlay {
    async fn tried(&mut self, over: &TryOut, pass: &Scan) -> Result<Option<Tried>, Problem> {
        if self.touched.is_empty() || self.touched.len() > MOST {
            return Ok(None);
        }
        let touched: Vec<u32> = self.touched.iter().collect();
        let worked = match &self.kept {
            Some(kept) => Arc::clone(kept),
            None => {
                let worked = Arc::new(self.worked(&touched).await?);
                Arc::clone(self.kept.insert(worked))
            }
        };
        let mut reads: HashSet<String> = HashSet::new();
        let views = over.views.iter().flat_map(|view| view.sql.pieces().to_vec());
        for piece in pass.pieces().flat_map(|sql| sql.pieces().to_vec()).chain(views) {
            if let Piece::Table(name) = piece {
                reads.insert(name.folded());
            }
        }
        if reads.iter().any(|read| worked.stale.contains(read))
            || !reads.iter().any(|read| worked.changed.contains(read))
        {
            return Ok(None);
        }
        let mut trying = over.clone();
        let is_free = |name: &str| {
            !over.rows.iter().any(|rows| rows.table.folded() == name)
                && !over.views.iter().any(|view| view.name.folded() == name)
        };
        let laid = worked.over.iter().filter(|(name, _)| reads.contains(*name) && is_free(name));
        trying.rows.extend(laid.map(|(_, rows)| rows.clone()));
        let bitmaps = self.ground.lake().try_scan(&trying, pass, &limits()).await.map_err(of_lake)?;
        let bitmaps = bitmaps.into_iter().map(|members| members & &self.touched).collect();
        Ok(Some(Tried { profiles: self.touched.clone(), bitmaps }))
    }

    /// Works out what is shown of profiles, and lays it over.
    pub(super) async fn work_out(&mut self, touched: &[u32]) -> Result<(), Problem> {
        self.touched.extend(touched);
        self.kept = None;
        let Worked { over, changed, members, .. } = self.worked(touched).await?;
        for table in ["Customer_Measure", "UnifiedActivity"] {
            if let Some(rows) = over.get(&table.to_lowercase()).filter(|_| changed.contains(&table.to_lowercase())) {
                self.ground.lay(table, apart(rows, touched)?);
            }
        }
        self.ground.lay_members(&touched.iter().copied().collect(), &members);
        Ok(())
    }

    /// The tables of the course, as far as profiles are concerned.
    async fn worked(&mut self, touched: &[u32]) -> Result<Worked, Problem> {
        let profiles: RoaringBitmap = touched.iter().copied().collect();
        let mut over: HashMap<String, RowsHeld> = HashMap::new();
        let names: Vec<String> = self.resolved.keys().cloned().collect();
        for name in names {
            let rows = self.all_rows(&name, touched).await?;
            over.insert(name, rows);
        }
        let mut changed: HashSet<String> = over.keys().cloned().collect();
        if self.patched.touches(touched) {
            changed.insert(CUSTOMER.to_owned());
        }
        let mut stale: HashSet<String> = HashSet::new();
        let mut found: HashMap<String, RoaringBitmap> = HashMap::new();
        let mut untold: HashSet<String> = HashSet::new();
        let mut members: BTreeMap<String, RoaringBitmap> = BTreeMap::new();
        let on_course: HashSet<usize> = self.course.steps.iter().copied().collect();
        for at in 0..self.opened.planned.plan.steps.len() {
            let step = self.opened.planned.plan.steps[at].clone();
            let reads: Vec<String> = step.reads.iter().map(TableName::folded).collect();
            let writes = step.writes.iter().map(|output| output.table.folded());
            let is_members = matches!(&step.work, Work::Kernel { kernel: Kernel::Membership { .. }, .. });
            if !reads.iter().any(|read| changed.contains(read) || stale.contains(read)) {
                continue;
            }
            if !on_course.contains(&at) || !is_members && reads.iter().any(|read| stale.contains(read)) {
                stale.extend(writes);
                if let Work::Scan(scan) = &step.work {
                    untold.extend(scan.conditions.iter().map(|(rule, _)| rule.clone()));
                }
                continue;
            }
            if let Work::Kernel { kernel: Kernel::Membership { segments, .. }, .. } = &step.work {
                let mut own = BTreeMap::new();
                for (segment, rules) in segments {
                    for (_, rule) in rules {
                        if let (false, Some(before)) = (found.contains_key(rule), self.scanned.get(rule)) {
                            found.insert(rule.clone(), before & &profiles);
                        }
                    }
                    let known = !rules.iter().any(|(_, rule)| untold.contains(rule));
                    own.extend(folded(rules, &found).filter(|_| known).map(|members| (segment.clone(), members)));
                }
                if let Some(output) = step.writes.first() {
                    let as_before = |segment: &str| self.ground.members_of(segment).map(|all| all & &profiles);
                    let of =
                        |segment: &String| own.get(segment).cloned().or_else(|| as_before(segment)).unwrap_or_default();
                    let rows = segments.iter().map(|(segment, _)| (segment.clone(), of(segment))).collect::<Vec<_>>();
                    over.insert(
                        output.table.folded(),
                        held(&output.table, schema(&output.columns), vec![bitmaps(&rows, &output.columns)?]),
                    );
                    changed.insert(output.table.folded());
                }
                members.extend(own);
                continue;
            }
            for read in &step.reads {
                if !over.contains_key(&read.folded())
                    && let Some(rows) = self.rows_of(read, touched).await?
                {
                    let rows = match read.folded() == CUSTOMER {
                        true => self.with_patches(rows, touched)?,
                        false => rows,
                    };
                    over.insert(read.folded(), rows);
                }
            }
            let here: Vec<RowsHeld> = reads.iter().filter_map(|read| over.get(read).cloned()).collect();
            match (&step.work, step.writes.first()) {
                (Work::Sql(sql), Some(output)) => {
                    let rows = self.ask(sql, &output.columns, here).await?;
                    over.insert(output.table.folded(), held(&output.table, schema(&output.columns), vec![rows]));
                }
                (Work::Scan(scan), Some(_)) => {
                    let bitmaps =
                        self.ground.lake().try_scan(&self.trying(here), scan, &limits()).await.map_err(of_lake)?;
                    let rules = scan.conditions.iter().map(|(rule, _)| rule.clone());
                    found.extend(rules.zip(bitmaps.into_iter().map(|members| members & &profiles)));
                }
                _ => {}
            }
            changed.extend(writes);
        }
        Ok(Worked { over, changed, stale, members })
    }
}

/// The rows of a table of bitmaps.
fn bitmaps(rows: &[(String, RoaringBitmap)], columns: &[Column]) -> Result<RecordBatch, Problem> {
    let bytes = rows.iter().map(|(_, members)| {
        let mut bytes = Vec::with_capacity(members.serialized_size());
        members.serialize_into(&mut bytes).expect("a vector takes all bytes");
        bytes
    });
    let of = |column: &Column| -> ArrayRef {
        match column.name.as_str() {
            "Segment" => Arc::new(StringArray::from_iter_values(rows.iter().map(|(segment, _)| segment))),
            "Members" => Arc::new(BinaryArray::from_iter_values(bytes.clone())),
            "Count" => Arc::new(Int64Array::from_iter_values(
                rows.iter().map(|(_, members)| i64::try_from(members.len()).unwrap_or(i64::MAX)),
            )),
            "At" => Arc::new(TimestampMicrosecondArray::from(vec![None::<i64>; rows.len()]).with_timezone("UTC")),
            _ => arrow::array::new_null_array(&arrow_type(column.ty), rows.len()),
        }
    };
    RecordBatch::try_new(schema(columns), columns.iter().map(of).collect()).map_err(fault)
}

/// The rows of each profile; none for those without.
fn apart(rows: &RowsHeld, profiles: &[u32]) -> Result<HashMap<u32, RecordBatch>, Problem> {
    let mut places: HashMap<u32, Vec<u32>> = profiles.iter().map(|&number| (number, Vec::new())).collect();
    let together = concat_batches(&rows.schema, &rows.batches).map_err(fault)?;
    for (place, number) in (0..).zip(numbers(&together)?) {
        if let Some(places) = number.and_then(|number| places.get_mut(&number)) {
            places.push(place);
        }
    }
    let own = |(number, places): (u32, Vec<u32>)| {
        Ok((number, take_record_batch(&together, &UInt32Array::from(places)).map_err(fault)?))
    };
    places.into_iter().map(own).collect()
}
