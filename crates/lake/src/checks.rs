//! Checks: facts about written tables, looked at as queries.

use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::lit;
use onefold_model::Step;
use onefold_model::plan::Check;

use crate::run::BrokenCheck;
use crate::{LakeError, Result, Run, json, query};

/// Rows shown of those that break a fact.
const SHOWN: usize = 10;

/// The facts of a step that do not hold.
pub(crate) async fn broken(run: &Run, step: &Step) -> Result<Vec<BrokenCheck>> {
    let mut broken = Vec::new();
    for check in &step.checks {
        if let Some(found) = look(run, step, check).await? {
            broken.push(found);
        }
    }
    Ok(broken)
}

async fn look(run: &Run, step: &Step, check: &Check) -> Result<Option<BrokenCheck>> {
    let failed = |error| {
        LakeError::step(&step.name, format!("its check `{}` cannot be made: {}", check.fact, query::plain(&error)))
    };
    // Few rows break a fact.
    let context = run.inner.session.picking();
    let text = run.seen_by(step).bind(&run.inner.layout, &context, &check.broken_by).await?;
    let query = context.sql(&text).await.map_err(failed)?;
    // Most facts hold: the rows are counted only when there are more than can be shown.
    let shown = query.clone().limit(0, Some(SHOWN + 1)).map_err(failed)?.collect().await.map_err(failed)?;
    let mut rows = json::records(&shown)?;
    if rows.is_empty() {
        return Ok(None);
    }
    let mut number = rows.len() as u64;
    if rows.len() > SHOWN {
        let counted = query.aggregate(Vec::new(), vec![count(lit(1)).alias("n")]).map_err(failed)?;
        let counted = json::records(&counted.collect().await.map_err(failed)?)?;
        number = counted.first().and_then(|row| row["n"].as_u64()).unwrap_or(number);
        rows.truncate(SHOWN);
    }
    Ok(Some(BrokenCheck { fact: check.fact.clone(), count: number, rows, warning: check.warning }))
}
