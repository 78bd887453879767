//! Pick: of a table that a step reads, the rows that can bear on it.
//!
//! Reads    what a step says of its tables (`onefold_model::plan::Pick`)
//! Flow     a query's values ─ the rows of a table that have one of them ─ what the step's query sees of the table
//!
//! Invariants
//! - Where the values are many beside the rows, the table is seen whole: picking would be more work than it saves.
//! - Rows that were picked are those that a step is told to have looked at.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::AsArray as _;
use arrow::compute::cast;
use arrow::datatypes::{DataType as Arrow, Int32Type};
use onefold_model::plan::Pick;
use onefold_model::{DataType, Step, TableName, sql};
use roaring::RoaringBitmap;
use rustc_hash::FxHashSet;

use crate::only::Only;
use crate::seen::Seen;
use crate::{LakeError, Result, Run, tables};

/// Of so many rows of a table at most one is picked; else it is seen whole.
const ONE_OF: u64 = 2;

impl Run {
    /// Lets a query see only what the picks say of their tables; false when it sees all. `looked`: rows by table.
    pub(crate) async fn pick(
        &self,
        seen: &mut Seen,
        step: &Step,
        picks: &[Pick],
        looked: &mut BTreeMap<TableName, u64>,
    ) -> Result<bool> {
        let mut picked = BTreeMap::new();
        for pick in picks {
            let Some(entry) = seen.tables.get(&pick.table.folded()).cloned() else { continue };
            let most = entry.rows() / ONE_OF;
            let Some(only) = self.values(seen, step, pick, most).await? else { continue };
            if !only.is_of(&entry.columns) {
                continue;
            }
            let context = self.inner.session.picking();
            let whole = tables::published(&self.inner.layout, &context, &entry)?;
            looked.insert(pick.table.clone(), only.count(&context, whole).await?);
            picked.insert(pick.table.folded(), only);
        }
        let some = !picked.is_empty();
        seen.picked = picked;
        Ok(some)
    }

    /// The values that a query gives, so many at most; none when they are more.
    async fn values(&self, seen: &Seen, step: &Step, pick: &Pick, most: u64) -> Result<Option<Only>> {
        let failed = |error| LakeError::engine(&step.name, &error);
        let is_numbered = seen.tables.get(&pick.table.folded()).is_some_and(|entry| {
            entry.columns.iter().any(|column| column.name == pick.column && column.ty == DataType::Small)
        });
        let context = self.inner.session.context();
        let value = onefold_model::sql::id("value");
        let query = sql!("select distinct ", &value, " from (", &pick.among, ") as \"x\" (", &value, ")");
        let limit = usize::try_from(most).unwrap_or(usize::MAX).saturating_add(1);
        let rows = self.query_of(step, seen, &context, &query).await?.limit(0, Some(limit)).map_err(failed)?;
        let rows = rows.collect().await.map_err(failed)?;
        if rows.iter().map(|rows| rows.num_rows() as u64).sum::<u64>() > most {
            return Ok(None);
        }
        let wrong = |error: arrow::error::ArrowError| LakeError::step(&step.name, error);
        let (mut numbers, mut texts) = (RoaringBitmap::new(), FxHashSet::default());
        for rows in &rows {
            if is_numbered {
                let own = cast(rows.column(0), &Arrow::Int32).map_err(wrong)?;
                let own = own.as_primitive::<Int32Type>();
                numbers.extend(own.iter().flatten().filter_map(|number| u32::try_from(number).ok()));
            } else {
                let own = cast(rows.column(0), &Arrow::Utf8View).map_err(wrong)?;
                texts.extend(own.as_string_view().iter().flatten().map(Box::from));
            }
        }
        Ok(Some(match is_numbered {
            true => Only::numbers_of(pick.column.as_str(), Arc::new(numbers)),
            false => Only::texts_of(pick.column.as_str(), texts),
        }))
    }
}
