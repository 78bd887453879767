//! Slices: a step whose rows for a number depend on rows of that number alone, worked out for ranges of numbers side by side.
//!
//! Reads    the bounds of numbers in the files of the step's inputs
//! Flow     ranges of numbers, one a thread ─ the step's query over the rows of each, in order ─ a file each, in order
//!          rows without a number ─ the query over them ─ the end of the last file
//!
//! Invariants
//! - Every row is in one range or without a number; what comes out is what one query over all rows gives.
//! - Tables without numbers are looked at whole in every range; where they are large, or tables are not in order, nothing is cut.
//! - Where a range cannot be worked out, all rows are asked at once.
//!
//! Tables in order of a number need no sort, no exchange of rows between threads and no table of all groups: each thread has rows
//! of its own. Not here: which steps those are (`onefold-stages`).

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::{Column as Reference, ScalarValue};
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{Expr, lit};
use datafusion::prelude::SessionContext;
use onefold_model::plan::WriteMode;
use onefold_model::{Column, DataType, Sql, Step, Work};

use crate::land::Landing;
use crate::layout::Layout;
use crate::manifest::{FileEntry, TableEntry};
use crate::run::only_output;
use crate::{LakeError, Progress, Result, Run, StepReport, tables};

/// Fewer rows are not worth the plans.
const WORTH: u64 = 250_000;

/// Some rows of all tables with numbers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slice {
    column: String,
    rows: Rows,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Rows {
    /// Those whose number is after the one, up to and with the other.
    Between(Option<i32>, Option<i32>),
    /// Those without a number.
    Without,
}

impl Slice {
    /// Whether rows of these columns have numbers.
    pub(crate) fn is_of(&self, columns: &[Column]) -> bool {
        columns.iter().any(|column| column.name == self.column.as_str() && column.ty == DataType::Small)
    }
    /// The rows of a table that are in it.
    pub(crate) fn of(
        &self,
        layout: &Layout,
        context: &SessionContext,
        table: &TableEntry,
    ) -> Result<Arc<dyn TableProvider>> {
        let files = table.files.iter().filter(|file| self.may_hold(file)).cloned().collect();
        let whole = tables::published(layout, context, &TableEntry { files, ..table.clone() })?;
        let number = || Expr::Column(Reference::new_unqualified(self.column.as_str()));
        let value = |bound: i32| lit(ScalarValue::Int32(Some(bound)));
        let within = match self.rows {
            Rows::Without => number().is_null(),
            Rows::Between(after, to) => {
                let after = after.map(|after| number().gt(value(after)));
                let to = to.map(|to| number().lt_eq(value(to)));
                after.into_iter().chain(to).reduce(Expr::and).unwrap_or_else(|| number().is_not_null())
            }
        };
        let rows = context.read_table(whole).and_then(|rows| rows.filter(within));
        Ok(rows.map_err(|error| LakeError::Run(error.to_string()))?.into_view())
    }
    /// Whether a file may have rows that are in it.
    fn may_hold(&self, file: &FileEntry) -> bool {
        let stats = file.statistics();
        let (nulls, rows) = (&stats["nullCount"][&self.column], file.rows);
        match self.rows {
            Rows::Without => nulls.as_u64() != Some(0),
            Rows::Between(after, to) => {
                let bound = |kind: &str| stats[kind][&self.column].as_i64();
                nulls.as_u64() != Some(rows)
                    && bound("maxValues").zip(after).is_none_or(|(most, after)| most > i64::from(after))
                    && bound("minValues").zip(to).is_none_or(|(least, to)| least <= i64::from(to))
            }
        }
    }
}

/// So many ranges, each of about as many numbers from the least to the greatest.
fn ranges(column: &str, least: i32, greatest: i32, count: usize) -> Vec<Slice> {
    let (least, greatest, count) = (i64::from(least), i64::from(greatest), i64::try_from(count).unwrap_or(1));
    // Where two ranges meet; the first and the last are open, so that a bound that is wrong loses no row.
    let meet = |place: i64| i32::try_from(least - 1 + (greatest - least + 1) * place / count).ok();
    let slice = |place: i64| {
        let (after, to) = ((place > 0).then(|| meet(place)), (place + 1 < count).then(|| meet(place + 1)));
        Slice { column: column.to_owned(), rows: Rows::Between(after.flatten(), to.flatten()) }
    };
    (0..count).map(slice).collect()
}

impl Run {
    /// Does what [`Run::step`] does, for a step whose rows for a number depend on rows of that number alone: in ranges of
    /// numbers where tables are large and in order.
    pub async fn step_by_number(
        &self,
        step: &Step,
        fingerprint: &str,
        number: &str,
        progress: Option<Progress>,
    ) -> Result<StepReport> {
        let (Work::Sql(sql), Some(slices)) = (&step.work, self.slices(step, number)) else {
            return self.step(step, fingerprint, progress).await;
        };
        self.begin_whole(step)?;
        let work = Landing { run: self, step, fingerprint, progress: progress.clone() };
        match self.land_slices(&work, sql, slices, number).await {
            Ok(()) => self.finish(step).await,
            // The rows of one number may be more than fit into the memory: at once they can go through the disk.
            Err(error) => {
                tracing::info!(step = %step.name, %error, "not worked out in ranges");
                self.step(step, fingerprint, progress).await
            }
        }
    }

    async fn land_slices(&self, work: &Landing<'_>, sql: &Sql, slices: Vec<Slice>, number: &str) -> Result<()> {
        let step = work.step;
        let mut queries = Vec::new();
        for slice in slices {
            queries.push(vec![self.sliced(step, sql, slice, self.inner.session.in_order()).await?]);
        }
        // They are all of one kind: a sort of them may have to spill.
        let without = Slice { column: number.to_owned(), rows: Rows::Without };
        if let Some(last) = queries.last_mut().filter(|_| self.may_hold(step, &without)) {
            last.push(self.sliced(step, sql, without, self.inner.session.context()).await?);
        }
        work.land_all(only_output(step)?, queries).await
    }

    /// The step's query over the rows of a slice.
    pub(crate) async fn sliced(
        &self,
        step: &Step,
        sql: &Sql,
        slice: Slice,
        context: SessionContext,
    ) -> Result<DataFrame> {
        let mut seen = self.seen_by(step);
        seen.slice = Some(slice);
        self.query_of(step, &seen, &context, sql).await
    }

    /// Whether a table with numbers that a step reads may have rows that are in a slice.
    fn may_hold(&self, step: &Step, slice: &Slice) -> bool {
        let seen = self.seen();
        let read = step.reads.iter().filter_map(|table| seen.tables.get(&table.folded()));
        let numbered = read.filter(|table| slice.is_of(&table.columns));
        numbered.flat_map(|table| &table.files).any(|file| slice.may_hold(file))
    }

    /// The ranges to cut a step into; none where it is worked out at once.
    pub(crate) fn slices(&self, step: &Step, number: &str) -> Option<Vec<Slice>> {
        let threads = self.inner.options.threads;
        let [output] = &step.writes[..] else { return None };
        let in_order = |columns: &[onefold_model::ColumnName]| columns.first().is_some_and(|first| *first == number);
        let other_rows = !step.before.is_empty() || !step.picks.is_empty();
        if threads < 2 || output.mode != WriteMode::Replace || !in_order(&output.sorted_by) || other_rows {
            return None;
        }
        let (mut largest, mut others) = (None::<Arc<TableEntry>>, 0);
        let seen = self.seen();
        for table in &step.reads {
            let entry = seen.tables.get(&table.folded())?;
            if !in_order(&entry.sorted_by) || bounds(&entry.files, number).is_none() {
                others += entry.rows();
            } else if largest.as_ref().is_none_or(|largest| largest.rows() < entry.rows()) {
                largest = Some(Arc::clone(entry));
            }
        }
        let largest = largest.filter(|largest| largest.rows() >= WORTH && others <= largest.rows() / 8)?;
        let (least, greatest) = bounds(&largest.files, number)?;
        Some(ranges(number, least, greatest, threads))
    }
}

/// The least and the greatest number in some files; none where one does not tell.
fn bounds(files: &[FileEntry], number: &str) -> Option<(i32, i32)> {
    let told = |file: &FileEntry| {
        let stats = file.statistics();
        let bound = |kind: &str| i32::try_from(stats[kind][number].as_i64()?).ok();
        Some((bound("minValues")?, bound("maxValues")?))
    };
    files.iter().map(told).reduce(|one, other| {
        let ((least, greatest), (low, high)) = (one?, other?);
        Some((least.min(low), greatest.max(high)))
    })?
}

#[cfg(test)]
mod tests {
    use super::{Rows, ranges};

    #[test]
    fn every_number_is_in_one_range() {
        for (least, greatest, count) in [(1, 10, 3), (1, 2, 5), (7, 7, 2), (i32::MIN, i32::MAX, 2), (0, 99, 1)] {
            let bounds = |slice: super::Slice| match slice.rows {
                Rows::Between(after, to) => (after, to),
                Rows::Without => panic!("a range"),
            };
            let ranges: Vec<_> = ranges("n", least, greatest, count).into_iter().map(bounds).collect();
            assert_eq!(ranges.len(), count);
            assert!(ranges[0].0.is_none() && ranges[count - 1].1.is_none());
            for both in ranges.windows(2) {
                assert!(both[0].1.is_some() && both[0].1 == both[1].0, "{both:?}");
            }
            let holds = |n: i64, after: Option<i32>, to: Option<i32>| {
                after.is_none_or(|after| n > i64::from(after)) && to.is_none_or(|to| n <= i64::from(to))
            };
            for n in [i64::from(least), i64::from(greatest), (i64::from(least) + i64::from(greatest)) / 2, 0, 5] {
                let held = ranges.iter().filter(|(after, to)| holds(n, *after, *to)).count();
                assert_eq!(held, 1, "{n} of {ranges:?}");
            }
        }
    }
}
