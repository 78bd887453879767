//! Laid: what is shown in the place of a run's rows, for profiles about which something came in since.
//!
//! Writes   nothing; `live::overlay` lays rows and members over, here they are found
//!
//! Invariants
//! - What is laid over is of one run, and goes with it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::{PoisonError, RwLock};

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::{Int32Type, TimestampMicrosecondType};
use onefold_api::Problem;
use onefold_lake::lookup::whole;
use onefold_lake::{Lake, Published};
use roaring::RoaringBitmap;

use crate::live::patch::Patch;
use crate::runner::problem::of_lake;

/// Rows by the numbers of profiles.
#[derive(Default)]
pub(crate) struct LaidRows(RwLock<HashMap<u32, RecordBatch>>);

impl LaidRows {
    /// Lays the rows of some profiles over; all columns of the table, by name.
    pub(crate) fn lay(&self, rows: HashMap<u32, RecordBatch>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).extend(rows);
    }
    /// The rows of a profile with these columns; none where nothing is laid over.
    pub(super) fn of(&self, number: u32, columns: &[&str]) -> Option<Result<RecordBatch, Problem>> {
        let laid = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let rows = laid.get(&number)?;
        let places: Result<Vec<usize>, _> = columns.iter().map(|name| rows.schema().index_of(name)).collect();
        let picked = places.and_then(|places| rows.project(&places));
        Some(picked.map_err(|error| Problem::failed(format!("what came in cannot be shown: {error}"))))
    }
}

/// Patches of profiles, by number and column.
pub(crate) type Patches = HashMap<u32, BTreeMap<String, Arc<Patch>>>;

/// The patches that a run laid over profiles.
pub(super) fn patches(lake: &Lake, published: &Published) -> Result<Patches, Problem> {
    let mut all = Patches::new();
    let Some(table) = published.table(onefold_stages::PATCH) else { return Ok(all) };
    let columns = ["profile_no", "SentTo", "Column", "Value", "By", "At", "ValidUntil"];
    for batch in whole(lake, table, &columns).map_err(of_lake)? {
        let batch = batch.map_err(of_lake)?;
        let numbers = batch.column(0).as_primitive::<Int32Type>();
        let text = |column: usize, row: usize| {
            let texts = batch.column(column).as_string::<i32>();
            texts.is_valid(row).then(|| texts.value(row).to_owned())
        };
        let instant =
            |column: usize, row: usize| batch.column(column).as_primitive::<TimestampMicrosecondType>().value(row);
        for row in 0..batch.num_rows() {
            let Ok(number) = u32::try_from(numbers.value(row)) else { continue };
            let column = text(2, row).unwrap_or_default();
            let patch = Patch {
                number: 0,
                customer_id: text(1, row).unwrap_or_default(),
                column: column.clone(),
                value: text(3, row),
                by: text(4, row).unwrap_or_default(),
                at: instant(5, row),
                until: instant(6, row),
            };
            all.entry(number).or_default().insert(column, Arc::new(patch));
        }
    }
    Ok(all)
}

/// Who patched what of profiles since the run.
#[derive(Default)]
pub(crate) struct LaidPatches(RwLock<Patches>);

impl LaidPatches {
    /// Lays over what is patched of some profiles.
    pub(super) fn lay(&self, patches: Patches) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).extend(patches);
    }
    /// What is patched of a profile; none where the run has it.
    pub(super) fn of(&self, number: u32) -> Option<BTreeMap<String, Arc<Patch>>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&number).cloned()
    }
}

/// The members of segments among some profiles.
#[derive(Default)]
pub(crate) struct LaidMembers(RwLock<Inside>);

#[derive(Default)]
struct Inside {
    /// The profiles for which it is told here who is in.
    over: RoaringBitmap,
    of: BTreeMap<String, RoaringBitmap>,
}

impl LaidMembers {
    /// Lays over which of some profiles are in each segment. A segment that is not named is as the run has it.
    pub(crate) fn lay<'b>(
        &self,
        profiles: &RoaringBitmap,
        members: &BTreeMap<String, RoaringBitmap>,
        before: &impl Fn(&str) -> Option<&'b RoaringBitmap>,
    ) {
        let mut inside = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let earlier = inside.over.clone();
        for (segment, found) in members {
            let known = inside.of.entry(segment.clone()).or_insert_with(|| {
                // Profiles of earlier rows, as the run has them.
                before(segment).map(|members| members & &earlier).unwrap_or_default()
            });
            *known -= profiles;
            *known |= found;
        }
        let left_out: Vec<String> = inside.of.keys().filter(|name| !members.contains_key(*name)).cloned().collect();
        for segment in left_out {
            let as_before = before(&segment).map(|members| members & profiles).unwrap_or_default();
            if let Some(known) = inside.of.get_mut(&segment) {
                *known -= profiles;
                *known |= as_before;
            }
        }
        inside.over |= profiles;
    }
    /// Whether a profile is in a segment; none where nothing is laid over.
    pub(super) fn has(&self, segment: &str, number: u32) -> Option<bool> {
        let inside = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let members = inside.of.get(segment).filter(|_| inside.over.contains(number))?;
        Some(members.contains(number))
    }
    /// By how much the counts of segments differ from those of the run.
    pub(super) fn differences<'b>(&self, before: &impl Fn(&str) -> Option<&'b RoaringBitmap>) -> BTreeMap<String, i64> {
        let inside = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let difference = |(segment, members): (&String, &RoaringBitmap)| {
            let was = before(segment).map_or(0, |was| was.intersection_len(&inside.over));
            let by = i64::try_from(members.len()).unwrap_or(i64::MAX) - i64::try_from(was).unwrap_or(i64::MAX);
            (by != 0).then(|| (segment.clone(), by))
        };
        inside.of.iter().filter_map(difference).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_told_for_those_that_are_laid_over() {
        let set = |numbers: &[u32]| numbers.iter().copied().collect::<RoaringBitmap>();
        let named = |members: &[(&str, &[u32])]| {
            members.iter().map(|(name, numbers)| ((*name).to_owned(), set(numbers))).collect::<BTreeMap<_, _>>()
        };
        let run = named(&[("a", &[1, 2, 3]), ("b", &[7])]);
        let before = |segment: &str| run.get(segment);
        let laid = LaidMembers::default();
        laid.lay(&set(&[1, 9]), &named(&[("a", &[9])]), &before);
        assert_eq!(
            (laid.has("a", 1), laid.has("a", 9), laid.has("a", 2), laid.has("b", 1)),
            (Some(false), Some(true), None, None)
        );
        assert!(laid.differences(&before).is_empty(), "one left and one came");
        laid.lay(&set(&[7, 2]), &named(&[("a", &[2, 7]), ("b", &[2])]), &before);
        assert_eq!((laid.has("b", 7), laid.has("b", 2), laid.has("b", 1)), (Some(false), Some(true), Some(false)));
        assert_eq!(laid.differences(&before), [("a".to_owned(), 1)].into());
        laid.lay(&set(&[9]), &named(&[]), &before);
        assert_eq!(laid.has("a", 9), Some(false), "as the run has it");
    }
}
