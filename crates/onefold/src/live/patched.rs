//! Patched: profiles with the values that are laid over them now, in the place of what the run shows.
//!
//! Reads    patches of `intake`; `CustomerUnpatched` where the run laid patches over, else `Customer`
//! Writes   rows of Customer and who patched them (`customers::laid`); touched profiles are worked out by `overlay`
//! Flow     patches that hold now ─ whose they are ─ profiles that the run has otherwise ─ their rows
//!
//! Invariants
//! - A patch that runs out is taken back at that instant, without a run, also where a run laid it over.
//! - What is laid over is what a run that begins now writes.
//!
//! Not here: what depends on Customer (`overlay`).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::concat_batches;
use jiff::Timestamp;
use onefold_api::Problem;
use onefold_lake::RowsHeld;
use onefold_model::{Column, TableName};
use onefold_stages::{UNPATCHED, patchable};

use super::intake::Intake;
use super::overlay::{Overlay, fault, held, numbers};
use super::patch::{Patch, clusters, typed};

/// The patches of a profile, by column.
type Own = BTreeMap<String, Arc<Patch>>;

/// What is laid over the profiles of a run.
#[derive(Default)]
pub(super) struct Patched {
    /// What is laid over now, where it is not what the run has.
    laid: HashMap<u32, Own>,
    /// Rows of Customer with it.
    rows: HashMap<u32, RecordBatch>,
    /// The number of the last row about patches that was looked at.
    seen: u64,
    /// When the next patch runs out (µs).
    next: Option<i64>,
    begun: bool,
}

impl Patched {
    /// Whether there is something new to lay over.
    pub(super) fn is_due(&self, intake: &Intake, now: Timestamp) -> bool {
        !self.begun && intake.patched() > 0
            || self.seen != intake.patched()
            || self.next.is_some_and(|next| next <= now.as_microsecond())
    }
    /// Whether any of some profiles has another row than the run's.
    pub(super) fn touches(&self, profiles: &[u32]) -> bool {
        profiles.iter().any(|number| self.rows.contains_key(number))
    }
}

impl Overlay {
    /// Lays patches over that came in or ran out; gives the profiles that are touched.
    pub(super) async fn patch(&mut self, intake: &Intake, now: Timestamp) -> Result<BTreeSet<u32>, Problem> {
        let seen = intake.patched();
        let all = intake.patches(now);
        let Some(entry) = self.ground.published().table("Customer").cloned() else { return Ok(BTreeSet::new()) };
        let clusters = clusters(&self.opened.project);
        let may: BTreeMap<String, Column> =
            patchable(&entry.columns, &clusters.iter().map(String::as_str).collect::<Vec<_>>())
                .into_iter()
                .map(|column| (column.name.to_string(), column.clone()))
                .collect();
        let mut wanted: HashMap<u32, Own> = HashMap::new();
        let mut next: Option<i64> = None;
        for patch in &all {
            let fits = may
                .get(&patch.column)
                .is_some_and(|column| typed(patch.value.as_deref(), &onefold_connect::arrow_type(column.ty)).is_some());
            let Some(number) = self.ground.whose(&patch.customer_id).filter(|_| fits) else { continue };
            next = Some(next.map_or(patch.until, |next| next.min(patch.until)));
            // By number: of two patches of one column the newer counts.
            wanted.entry(number).or_default().insert(patch.column.clone(), Arc::clone(patch));
        }
        let run = self.ground.patches();
        let empty = Own::new();
        let mut touched = BTreeSet::new();
        let profiles = wanted.keys().chain(run.keys()).chain(self.patched.laid.keys());
        for number in profiles {
            let want = wanted.get(number).unwrap_or(&empty);
            let have = self.patched.laid.get(number).or_else(|| run.get(number)).unwrap_or(&empty);
            if !same(want, have) {
                touched.insert(*number);
            }
        }
        let profiles: Vec<u32> = touched.iter().copied().collect();
        if !profiles.is_empty() {
            let rows = self.patched_rows(&profiles, &wanted, &may).await?;
            let laid: HashMap<u32, Own> =
                profiles.iter().map(|number| (*number, wanted.remove(number).unwrap_or_default())).collect();
            self.ground.lay("Customer", rows.clone());
            self.ground.lay_patches(laid.clone());
            self.patched.rows.extend(rows);
            self.patched.laid.extend(laid);
        }
        (self.patched.seen, self.patched.next, self.patched.begun) = (seen, next, true);
        Ok(touched)
    }

    /// Rows of Customer of some profiles, with their patches.
    async fn patched_rows(
        &mut self,
        profiles: &[u32],
        wanted: &HashMap<u32, Own>,
        may: &BTreeMap<String, Column>,
    ) -> Result<HashMap<u32, RecordBatch>, Problem> {
        let base = TableName::from(match self.ground.published().table(UNPATCHED) {
            Some(_) => UNPATCHED,
            None => "Customer",
        });
        let Some(rows) = self.rows_of(&base, profiles).await? else { return Ok(HashMap::new()) };
        let together = concat_batches(&rows.schema, &rows.batches).map_err(fault)?;
        let mut found = HashMap::new();
        for (at, number) in numbers(&together)?.into_iter().enumerate() {
            let Some(number) = number else { continue };
            let mut row = together.slice(at, 1);
            for (column, patch) in wanted.get(&number).into_iter().flatten() {
                if may.contains_key(column) {
                    row = set(&row, column, patch.value.as_deref())?;
                    // A day that is patched is known to the day.
                    let precision = format!("{column}_precision");
                    if may.get(column).is_some_and(|own| own.ty == onefold_model::DataType::Date)
                        && row.column_by_name(&precision).is_some()
                    {
                        row = set(&row, &precision, patch.value.as_ref().map(|_| "day"))?;
                    }
                }
            }
            found.insert(number, row);
        }
        Ok(found)
    }

    /// The rows of Customer as the run has them, with those that are patched otherwise in their places.
    pub(super) fn with_patches(&self, rows: RowsHeld, profiles: &[u32]) -> Result<RowsHeld, Problem> {
        if !self.patched.touches(profiles) {
            return Ok(rows);
        }
        let mut batches = Vec::new();
        for batch in &rows.batches {
            for (at, number) in numbers(batch)?.into_iter().enumerate() {
                let own = number.and_then(|number| self.patched.rows.get(&number)).cloned();
                batches.push(own.unwrap_or_else(|| batch.slice(at, 1)));
            }
        }
        let together = concat_batches(&rows.schema, &batches).map_err(fault)?;
        Ok(held(&rows.table, Arc::clone(&rows.schema), vec![together]))
    }
}

/// A row with another value in a column.
fn set(row: &RecordBatch, column: &str, value: Option<&str>) -> Result<RecordBatch, Problem> {
    let at = row.schema().index_of(column).map_err(fault)?;
    let ty = row.column(at).data_type();
    let Some(cell) = typed(value, ty) else { return Ok(row.clone()) };
    let mut columns: Vec<ArrayRef> = row.columns().to_vec();
    columns[at] = cell;
    RecordBatch::try_new(row.schema(), columns).map_err(fault)
}

/// Whether patches lay the same values over, until the same instants, by the same people.
fn same(a: &Own, b: &Own) -> bool {
    let alike = |a: &Patch, b: &Patch| (&a.value, &a.by, a.at, a.until) == (&b.value, &b.by, b.at, b.until);
    a.len() == b.len() && a.iter().all(|(column, patch)| b.get(column).is_some_and(|other| alike(patch, other)))
}
