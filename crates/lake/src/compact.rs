//! Compact: text that rows no longer refer to is let go before rows are kept, and what comes in one piece is cut.
//!
//! Flow     plan ─ below each sort, and below the side of a join that is held ─ batches that own only their own text
//!
//! A sort takes a batch whole or not at all, and an outer join gives all rows without a partner as one batch.
//!
//! Text is held as views into buffers. What a join or a filter gives refers to all buffers of what it came from: 8,192 rows can
//! hold a whole table in memory, and are counted as if they did. A sort of such rows spills what would have fitted, or finds that
//! a single batch is more than it may hold.
//!
//! Invariants
//! - Rows, their order and their number are those of the input.
//! - A batch is copied only when most of the text it holds is not its own.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray as _, BinaryViewArray, GenericByteViewArray, RecordBatch, StringViewArray, UInt64Array,
};
use arrow::compute::take_record_batch;
use arrow::datatypes::{ByteViewType, DataType as Arrow};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode as _, TreeNodeRecursion};
use datafusion::common::{Result, Statistics, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::statistics::{ChildStats, StatisticsArgs};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::StreamExt as _;

/// The most rows of a batch.
const ROWS: usize = 16 << 10;
/// Text that is not a batch's own and is worth a copy, in bytes.
const WORTH: usize = 64 << 10;

/// What a node says of itself stays true with a compact input.
const SAME: ReplaceChildrenOptions = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Keep);

/// Puts [`CompactExec`] where rows are kept in memory.
#[derive(Debug)]
pub(crate) struct Compact;

impl PhysicalOptimizerRule for Compact {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let done = plan.transform_up(|node| {
            // The left side of a hash join is the one that is held.
            let keeps = node.is::<SortExec>() || node.is::<HashJoinExec>();
            let children = node.children();
            let Some(first) = children.first().filter(|_| keeps) else {
                return Ok(Transformed::no(node));
            };
            let compact: Arc<dyn ExecutionPlan> = Arc::new(CompactExec { input: Arc::clone(first) });
            let rest = children.iter().skip(1).map(|child| Arc::clone(child));
            let children = std::iter::once(compact).chain(rest).collect();
            Ok(Transformed::yes(Arc::clone(&node).replace_children(children, SAME)?))
        })?;
        Ok(done.data)
    }
    fn name(&self) -> &str {
        "compact"
    }
    fn schema_check(&self) -> bool {
        true
    }
}

/// Gives the rows of its input, each batch with the text it refers to and no more.
#[derive(Debug)]
struct CompactExec {
    input: Arc<dyn ExecutionPlan>,
}

impl DisplayAs for CompactExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CompactExec")
    }
}

impl ExecutionPlan for CompactExec {
    fn name(&self) -> &str {
        "CompactExec"
    }
    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }
    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }
    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }
    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }
    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }
    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        match <[Arc<dyn ExecutionPlan>; 1]>::try_from(children) {
            Ok([input]) => Ok(Arc::new(Self { input })),
            Err(others) => internal_err!("CompactExec has one input, not {}", others.len()),
        }
    }
    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let rows = self.input.execute(partition, context)?;
        let schema = rows.schema();
        let pieces = rows.flat_map(|batch| match batch.and_then(pieces) {
            Ok(pieces) => futures::stream::iter(pieces.into_iter().map(Ok).collect::<Vec<_>>()),
            Err(error) => futures::stream::iter(vec![Err(error)]),
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, pieces)))
    }
    fn child_stats_requests(&self, partition: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::At(partition)]
    }
    fn statistics_from_inputs(&self, inputs: &[Arc<Statistics>], _: &StatisticsArgs) -> Result<Arc<Statistics>> {
        Ok(Arc::clone(&inputs[0]))
    }
}

/// The batch, or parts of it that hold nothing in common, each with its own text only.
fn pieces(batch: RecordBatch) -> Result<Vec<RecordBatch>> {
    let rows = batch.num_rows();
    if rows <= 2 * ROWS {
        return Ok(vec![compacted(batch)]);
    }
    let piece = |start: usize| {
        // A slice would hold, and count for, the whole.
        let places = UInt64Array::from_iter_values((start..rows.min(start + ROWS)).map(|row| row as u64));
        Ok(compacted(take_record_batch(&batch, &places)?))
    };
    (0..rows).step_by(ROWS).map(piece).collect()
}

/// The batch, holding its own text only.
fn compacted(batch: RecordBatch) -> RecordBatch {
    let columns: Vec<ArrayRef> = batch.columns().iter().map(own_text).collect();
    // The columns have the types and lengths they had.
    RecordBatch::try_new(batch.schema(), columns).unwrap_or(batch)
}

fn own_text(column: &ArrayRef) -> ArrayRef {
    match column.data_type() {
        Arrow::Utf8View => {
            let views: &StringViewArray = column.as_string_view();
            if wasteful(views) { Arc::new(views.gc()) } else { Arc::clone(column) }
        }
        Arrow::BinaryView => {
            let views: &BinaryViewArray = column.as_binary_view();
            if wasteful(views) { Arc::new(views.gc()) } else { Arc::clone(column) }
        }
        _ => Arc::clone(column),
    }
}

/// Whether more than half of the text behind the views, and enough of it, is of other rows.
fn wasteful<T: ByteViewType>(views: &GenericByteViewArray<T>) -> bool {
    let held: usize = views.data_buffers().iter().map(|buffer| buffer.capacity()).sum();
    held > WORTH && held > 2 * views.total_buffer_bytes_used()
}

#[cfg(test)]
mod tests {
    use arrow::compute::concat_batches;
    use arrow::datatypes::{Field, Schema};

    use super::*;

    #[test]
    fn a_few_rows_of_many_hold_their_own_text_alone() {
        let long = |row: usize| format!("a text that is longer than twelve letters, of row {row}");
        let all: StringViewArray = (0..20_000).map(|row| Some(long(row))).collect();
        let schema = Arc::new(Schema::new(vec![Field::new("text", Arrow::Utf8View, true)]));
        let batch = RecordBatch::try_new(schema, vec![Arc::new(all)]).expect("one column");
        let few = take_record_batch(&batch, &arrow::array::UInt32Array::from(vec![19_999, 7])).expect("rows there");
        let own = compacted(few.clone());
        assert_eq!(own, few);
        let held = |batch: &RecordBatch| batch.column(0).as_string_view().data_buffers().iter().map(|b| b.len()).sum();
        let (before, after): (usize, usize) = (held(&few), held(&own));
        assert!(before > 1_000_000, "{before}");
        assert_eq!(after, long(19_999).len() + long(7).len());
        // Nothing is gained by copying all rows.
        let whole = own_text(batch.column(0));
        assert!(Arc::ptr_eq(&whole, batch.column(0)));
    }

    #[test]
    fn a_batch_of_many_rows_is_cut_and_loses_none() {
        let numbers = arrow::array::Int64Array::from_iter_values(0..100_001);
        let schema = Arc::new(Schema::new(vec![Field::new("number", Arrow::Int64, true)]));
        let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(numbers)]).expect("one column");
        let pieces = pieces(batch.clone()).expect("cut");
        assert!(pieces.iter().all(|piece| piece.num_rows() <= ROWS && piece.get_array_memory_size() < 2 * ROWS * 8));
        assert_eq!(concat_batches(&schema, &pieces).expect("one table"), batch);
    }
}
