//! In order: a left join whose left rows come in order of what they are joined by keeps that order.
//!
//! Flow     hash join that holds its left side ─ the same join with its sides changed: the right side is held, the left streams
//!
//! Invariants
//! - Rows are the same; their order is that of the left side.
//! - The right side is held only when it has one row for what it is joined by, or is not much larger than the left.
//!
//! The engine holds the side it thinks smaller, and thinks groups as many as the rows they are made of. Rows of a side that is
//! held come out in the order of the other, so that a table in order would have to be sorted again.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::common::{JoinType, Result};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::ExecutionPlanProperties as _;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::joins::{HashJoinExec, PartitionMode};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};

/// Changes the sides of left joins over rows in order.
#[derive(Debug)]
pub(crate) struct InOrder;

impl PhysicalOptimizerRule for InOrder {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let done = plan.transform_up(|node| {
            let Some(join) = node.downcast_ref::<HashJoinExec>().filter(|join| is_in_order(join)) else {
                return Ok(Transformed::no(node));
            };
            Ok(Transformed::yes(join.swap_inputs(PartitionMode::CollectLeft)?))
        })?;
        Ok(done.data)
    }
    fn name(&self) -> &str {
        "in_order"
    }
    fn schema_check(&self) -> bool {
        true
    }
}

fn is_in_order(join: &HashJoinExec) -> bool {
    let (JoinType::Left, [(left, right)]) = (join.join_type(), join.on()) else { return false };
    let first = join.left().output_ordering().map(|order| Arc::clone(&order.first().expr));
    let is_small = || matches!((rows(join.right()), rows(join.left())), (Some(right), Some(left)) if right <= left * 2);
    first.is_some_and(|first| first.eq(left)) && (has_one_row_each(join.right(), right) || is_small())
}

/// Whether rows are groups by this column alone.
fn has_one_row_each(plan: &Arc<dyn ExecutionPlan>, column: &Arc<dyn PhysicalExpr>) -> bool {
    let Some(column) = column.downcast_ref::<Column>() else { return false };
    if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        let made = projection.expr().get(column.index());
        return made.is_some_and(|made| has_one_row_each(projection.input(), &made.expr));
    }
    plan.downcast_ref::<AggregateExec>().is_some_and(|groups| {
        groups.group_expr().is_single() && groups.group_expr().expr().len() == 1 && column.index() == 0
    })
}

/// How many rows there are, as far as is known.
fn rows(plan: &Arc<dyn ExecutionPlan>) -> Option<usize> {
    let known = StatisticsContext::new().compute(plan.as_ref(), &StatisticsArgs::new()).ok()?;
    known.num_rows.get_value().copied()
}
