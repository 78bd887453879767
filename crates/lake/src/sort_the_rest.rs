//! Sort the rest: rows that come in order of the first columns of a sort are sorted a few at a time.
//!
//! Flow     rows in order of some columns ─ held until these change ─ sorted by all columns ─ on their way
//!
//! Invariants
//! - What comes out is what a sort of all rows gives.
//! - No more is held than the rows of a batch and those that agree in the first columns; where these are more than fit into the
//!   memory, it is an error.
//!
//! Not here: what to do then (`slices`).

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::{concat_batches, partition};
use arrow::datatypes::SchemaRef;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode as _, TreeNodeRecursion};
use datafusion::common::{Result, Statistics, internal_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{LexOrdering, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::sorts::sort::{SortExec, sort_batch};
use datafusion::physical_plan::statistics::{ChildStats, StatisticsArgs};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties as _, PlanProperties,
};
use futures::StreamExt as _;

/// Puts [`RestExec`] in the place of sorts whose input is in order of the first columns.
#[derive(Debug)]
pub(crate) struct SortTheRest;

impl PhysicalOptimizerRule for SortTheRest {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let done = plan.transform_up(|node| match node.downcast_ref::<SortExec>().and_then(rest) {
            Some(rest) => Ok(Transformed::yes(Arc::new(rest) as Arc<dyn ExecutionPlan>)),
            None => Ok(Transformed::no(node)),
        })?;
        Ok(done.data)
    }
    fn name(&self) -> &str {
        "sort_the_rest"
    }
    fn schema_check(&self) -> bool {
        true
    }
}

/// What does the work of a sort whose input is in order of the first columns; none where it is not.
fn rest(sort: &SortExec) -> Option<RestExec> {
    let input = sort.input();
    let known = input.output_ordering()?;
    let first = sort.expr().iter().zip(known.iter()).take_while(|(wanted, is)| wanted == is).count();
    let one_stream = sort.preserve_partitioning() || input.output_partitioning().partition_count() == 1;
    if first == 0 || sort.fetch().is_some() || !one_stream {
        return None;
    }
    Some(RestExec {
        input: Arc::clone(input),
        order: sort.expr().clone(),
        first,
        properties: Arc::clone(sort.properties()),
    })
}

#[derive(Debug)]
struct RestExec {
    input: Arc<dyn ExecutionPlan>,
    order: LexOrdering,
    /// So many columns of the order are in order already.
    first: usize,
    properties: Arc<PlanProperties>,
}

impl DisplayAs for RestExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RestExec: order=[{}], first={}", self.order, self.first)
    }
}

impl ExecutionPlan for RestExec {
    fn name(&self) -> &str {
        "RestExec"
    }
    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }
    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }
    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }
    fn apply_expressions(
        &self,
        look: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        let mut next = TreeNodeRecursion::Continue;
        for by in &self.order {
            next = next.visit_sibling(|| look(&by.expr))?;
        }
        Ok(next)
    }
    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        match <[Arc<dyn ExecutionPlan>; 1]>::try_from(children) {
            Ok([input]) => {
                let (order, first, properties) = (self.order.clone(), self.first, Arc::clone(&self.properties));
                Ok(Arc::new(Self { input, order, first, properties }))
            }
            Err(others) => internal_err!("RestExec has one input, not {}", others.len()),
        }
    }
    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let rows = self.input.execute(partition, Arc::clone(&context))?;
        let schema = rows.schema();
        let memory = MemoryConsumer::new("RestExec").register(context.memory_pool());
        let (order, first) = (self.order.clone(), self.first);
        let held = Held { schema: Arc::clone(&schema), order, first, rows: Vec::new(), memory };
        // A last round without rows gives what is still held.
        let rounds = rows.map(Some).chain(futures::stream::iter([None]));
        let sorted = rounds.scan(held, |held, batch| {
            let next = match batch {
                Some(batch) => batch.and_then(|batch| held.take(batch)),
                None => held.sorted(None),
            };
            std::future::ready(Some(next))
        });
        let sorted = sorted.filter(|next| std::future::ready(!matches!(next, Ok(rows) if rows.num_rows() == 0)));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, sorted)))
    }
    fn child_stats_requests(&self, partition: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::At(partition)]
    }
    fn statistics_from_inputs(&self, inputs: &[Arc<Statistics>], _: &StatisticsArgs) -> Result<Arc<Statistics>> {
        Ok(Arc::clone(&inputs[0]))
    }
}

/// Rows are held, put into one piece and sorted: so many times their bytes.
const SORTED: usize = 3;

/// Rows whose group may go on.
struct Held {
    schema: SchemaRef,
    order: LexOrdering,
    first: usize,
    rows: Vec<RecordBatch>,
    memory: MemoryReservation,
}

impl Held {
    /// Takes the next rows; gives those of groups that have ended, sorted.
    fn take(&mut self, batch: RecordBatch) -> Result<RecordBatch> {
        let columns = self.order.iter().take(self.first).map(|by| by.evaluate_to_sort_column(&batch));
        let columns = columns.map(|column| Ok(column?.values)).collect::<Result<Vec<ArrayRef>>>()?;
        let start = partition(&columns)?.ranges().last().map_or(0, |last| last.start);
        if start == 0 {
            // The whole batch is of one group; what is held may be of the one before and waits with it.
            self.memory.try_grow(SORTED * batch.get_array_memory_size())?;
            self.rows.push(batch);
            return Ok(RecordBatch::new_empty(Arc::clone(&self.schema)));
        }
        self.rows.push(batch.slice(0, start));
        self.sorted(Some(batch.slice(start, batch.num_rows() - start)))
    }
    /// All rows that are held, sorted; from now on these are.
    fn sorted(&mut self, next: Option<RecordBatch>) -> Result<RecordBatch> {
        let rows = std::mem::replace(&mut self.rows, next.into_iter().collect());
        self.memory.resize(self.rows.iter().map(RecordBatch::get_array_memory_size).sum());
        sort_batch(&concat_batches(&self.schema, &rows)?, &self.order, None)
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int32Array, StringViewArray};
    use arrow::compute::SortOptions;
    use arrow::datatypes::{DataType, Field, Schema};
    use datafusion::datasource::memory::MemorySourceConfig;
    use datafusion::physical_expr::PhysicalSortExpr;
    use datafusion::physical_expr::expressions::col;
    use datafusion::physical_plan::{collect, displayable};

    use super::*;

    /// Rows `(number, text)` in order of the number, in batches of these sizes.
    fn source(numbers: &[Option<i32>], sizes: &[usize]) -> (Arc<dyn ExecutionPlan>, LexOrdering) {
        let fields = vec![Field::new("number", DataType::Int32, true), Field::new("text", DataType::Utf8View, true)];
        let schema = Arc::new(Schema::new(fields));
        let text = |row: usize| (row % 5 != 3).then(|| format!("the text of row {:03}", row * 7919 % 1000));
        let texts: StringViewArray = (0..numbers.len()).map(text).collect();
        let columns: Vec<ArrayRef> = vec![Arc::new(Int32Array::from(numbers.to_vec())), Arc::new(texts)];
        let all = RecordBatch::try_new(Arc::clone(&schema), columns).expect("two columns");
        let (mut batches, mut start) = (Vec::new(), 0);
        for size in sizes.iter().cycle() {
            let size = (*size).min(all.num_rows() - start);
            batches.push(all.slice(start, size));
            start += size;
            if start == all.num_rows() {
                break;
            }
        }
        let by = |name: &str| {
            let options = SortOptions { descending: false, nulls_first: false };
            PhysicalSortExpr { expr: col(name, &schema).expect("a column"), options }
        };
        let known = LexOrdering::new([by("number")]).expect("one column");
        let order = LexOrdering::new([by("number"), by("text")]).expect("two columns");
        let rows = MemorySourceConfig::try_new(&[batches], Arc::clone(&schema), None).expect("rows");
        let rows = rows.try_with_sort_information(vec![known]).expect("in order");
        (datafusion::datasource::source::DataSourceExec::from_data_source(rows), order)
    }

    #[tokio::test]
    async fn what_comes_out_is_what_a_sort_gives() {
        let groups = |of: &[usize]| {
            let numbers = of.iter().enumerate().flat_map(|(number, rows)| vec![Some(number as i32); *rows]);
            numbers.chain([None; 9]).collect::<Vec<_>>()
        };
        let many: Vec<usize> = (0..300).map(|n| n * n % 7).collect();
        for numbers in [groups(&many), groups(&[1, 500, 1, 1, 40]), groups(&[]), groups(&[1]), groups(&[64])] {
            for sizes in [&[1][..], &[16], &[7, 100, 1, 0, 3], &[100_000]] {
                let (rows, order) = source(&numbers, sizes);
                let sort: Arc<dyn ExecutionPlan> = Arc::new(SortExec::new(order, rows));
                let context = Arc::new(TaskContext::default());
                let expected = collect(Arc::clone(&sort), Arc::clone(&context)).await.expect("sorted");
                let own = SortTheRest.optimize(sort, &ConfigOptions::default()).expect("a plan");
                assert!(displayable(own.as_ref()).indent(false).to_string().contains("RestExec"), "{own:?}");
                let schema = own.schema();
                let found = collect(own, context).await.expect("sorted");
                assert!(found.iter().all(|batch| batch.num_rows() > 0));
                let one = |batches: &[RecordBatch]| concat_batches(&schema, batches).expect("one table");
                assert_eq!(one(&found), one(&expected), "{sizes:?}");
            }
        }
    }

    #[test]
    fn a_sort_by_other_columns_stays() {
        let (rows, order) = source(&[Some(1), Some(2)], &[1]);
        let other = LexOrdering::new([order[1].clone(), order[0].clone()]).expect("two columns");
        let sort: Arc<dyn ExecutionPlan> = Arc::new(SortExec::new(other, Arc::clone(&rows)));
        let kept = SortTheRest.optimize(Arc::clone(&sort), &ConfigOptions::default()).expect("a plan");
        assert!(kept.is::<SortExec>());
        let few: Arc<dyn ExecutionPlan> = Arc::new(SortExec::new(order, rows).with_fetch(Some(1)));
        assert!(SortTheRest.optimize(few, &ConfigOptions::default()).expect("a plan").is::<SortExec>());
    }
}
