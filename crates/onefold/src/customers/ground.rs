//! Ground: the run that is shown, as what comes in meanwhile is laid over it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType as ArrowType, Field, Schema};
use onefold_api::{PatchedView, Problem, SegmentView};
use onefold_connect::arrow_type;
use onefold_lake::{Lake, Published, RowsHeld};
use onefold_model::TableName;
use roaring::RoaringBitmap;

use super::laid::Patches;
use super::shown::{self, Shown};
use super::{book, off_the_runtime};
use crate::platform::Onefold;
use crate::runner::problem::of_lake;
use crate::values;

/// The run that is shown.
#[derive(Clone)]
pub(crate) struct Ground(Arc<Shown>);

/// The run that is shown now.
pub(crate) async fn ground(project: &Onefold) -> Result<Ground, Problem> {
    let book = book::open(project).await?;
    Ok(Ground(shown::open(project, &book).await?))
}

impl Ground {
    /// Whether it is the very same.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
    pub(crate) fn published(&self) -> &Arc<Published> {
        &self.0.published
    }
    pub(crate) fn lake(&self) -> &Lake {
        &self.0.lake
    }
    /// The id of the one profile that an id or key means.
    pub(crate) async fn find(&self, id: &str) -> Result<String, Problem> {
        let (shown, id) = (Arc::clone(&self.0), id.to_owned());
        off_the_runtime(move || {
            let number = shown.find(&id)?;
            let row = shown.customer.rows.of(number, &["CustomerId"]).map_err(of_lake)?;
            let ids = row.column(0).as_string::<i32>();
            let own = ids.iter().flatten().next().map(str::to_owned);
            own.ok_or_else(|| Problem::not_found(format!("nobody has the id or key `{id}`")))
        })
        .await
    }
    /// The number of the profile that a patch which was sent to an id is of.
    pub(crate) fn whose(&self, id: &str) -> Option<u32> {
        self.0.ids.of_id(id).or_else(|| self.0.ids.of_previous(id).iter().min().copied())
    }
    /// The patches that the run laid over profiles.
    pub(crate) fn patches(&self) -> &Patches {
        &self.0.patches
    }
    /// Who patched what of a profile.
    pub(crate) fn patched(&self, number: u32) -> BTreeMap<String, PatchedView> {
        self.0.patched(number).into_iter().map(|(column, patch)| (column, patch.view())).collect()
    }
    /// The row of a profile in Customer by column, where another than the run's is laid over.
    pub(crate) fn laid_customer(&self, number: u32) -> Result<Option<Vec<(String, serde_json::Value)>>, Problem> {
        let columns = self.0.customer.columns();
        let Some(laid) = self.0.customer.laid.of(number, &columns) else { return Ok(None) };
        let row = values::rows(&laid?)?.into_iter().next();
        Ok(row.map(|row| columns.iter().map(|name| (*name).to_owned()).zip(row).collect()))
    }
    /// Lays over who patched what of profiles, in the place of what the run says of them.
    pub(crate) fn lay_patches(&self, patches: Patches) {
        self.0.laid_patches.lay(patches);
    }
    /// The members of a segment, as the run has them.
    pub(crate) fn members_of(&self, segment: &str) -> Option<&RoaringBitmap> {
        self.0.members.bitmap(segment)
    }
    /// The rows of the key ring that values of a column may be keys of, to stand for all of it; none where values have a
    /// type whose text is not known here.
    pub(crate) async fn keys_of(&self, rows: &RecordBatch, column: &str) -> Result<Option<RowsHeld>, Problem> {
        let Some(values) = rows.column_by_name(column).filter(|values| is_plain(values.data_type())).cloned() else {
            return Ok(None);
        };
        let shown = Arc::clone(&self.0);
        off_the_runtime(move || {
            let Some(ring) = &shown.ring else { return Ok(None) };
            let texts = cast(&values, &ArrowType::Utf8).map_err(|error| Problem::failed(error.to_string()))?;
            let mut numbers = Vec::new();
            for key in texts.as_string::<i32>().iter().flatten() {
                numbers.extend(shown.ids.perhaps_of_key(&shown.lake, &ring.entry, key)?);
            }
            numbers.sort_unstable();
            numbers.dedup();
            let found = ring.rows.of_all(&numbers, &ring.columns()).map_err(of_lake)?;
            let fields = ring.entry.columns.iter();
            let fields: Vec<Field> =
                fields.map(|column| Field::new(column.name.as_str(), arrow_type(column.ty), true)).collect();
            let schema = Arc::new(Schema::new(fields));
            Ok(Some(RowsHeld { table: TableName::from("KeyRing"), schema, batches: vec![found] }))
        })
        .await
    }
    /// Lays the rows of profiles over a table that is shown.
    pub(crate) fn lay(&self, table: &str, rows: HashMap<u32, RecordBatch>) {
        let table = match table {
            "Customer_Measure" => self.0.measures.as_ref(),
            "UnifiedActivity" => self.0.activities.as_ref(),
            "Customer" => Some(&self.0.customer),
            _ => None,
        };
        if let Some(table) = table {
            table.laid.lay(rows);
        }
    }
    /// Lays over which of some profiles are in each segment.
    pub(crate) fn lay_members(&self, profiles: &RoaringBitmap, members: &BTreeMap<String, RoaringBitmap>) {
        self.0.laid.lay(profiles, members, &|segment| self.0.members.bitmap(segment));
    }
}

/// Counts what came in into the members of segments.
pub(crate) async fn count_in(project: &Onefold, segments: &mut [SegmentView]) {
    if !project.live().shows() {
        return;
    }
    let Ok(Ground(shown)) = ground(project).await else { return };
    let by = shown.laid.differences(&|segment| shown.members.bitmap(segment));
    for segment in segments {
        if let (Some(members), Some(by)) = (&mut segment.members, by.get(&segment.name)) {
            *members = members.saturating_add_signed(*by);
        }
    }
}

/// Whether values of a type are texts in one way only.
fn is_plain(ty: &ArrowType) -> bool {
    matches!(ty, ArrowType::Utf8 | ArrowType::Utf8View | ArrowType::Int64 | ArrowType::Int32)
}
