//! Segment: why a profile is in a segment, or is not: each condition with the values it saw.
//!
//! Reads    the rules as the plan scans with them, the published tables, `SegmentMembership`
//!
//! Invariants
//! - A rule over a table with many rows a profile is shown for the row that comes nearest: one for which it holds, if any.
//!
//! Not here: the queries (`onefold-stages`, `explain`).

use onefold_api::{ConditionSeen, Problem, RuleSeen, SegmentExplained, Truth};
use onefold_lake::{Lake, Published};
use onefold_model::names::nearest;
use onefold_model::plan::SetOperator;
use onefold_model::sql::{integer, text};
use onefold_model::{TableName, sql};
use onefold_stages::{RuleExplanation, explain_segment};
use serde_json::Value;

use super::profile::{Profile, cell, find};
use crate::opened::Opened;
use crate::runner::figures::{Row, ask, number};

/// Explains a person's place in a segment.
///
/// # Errors
/// An unknown segment or person, or definitions that the published run does not go by.
pub async fn segment(opened: &Opened, name: &str, id: &str) -> Result<SegmentExplained, Problem> {
    let known = opened.project.segments.iter().map(|segment| segment.name.as_str());
    let Some(name) = known.clone().find(|known| known.eq_ignore_ascii_case(name)) else {
        let problem = Problem::not_found(format!("there is no segment `{name}`"));
        return Err(match nearest(name, known) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem.hint("see the folder `segments` of the project"),
        });
    };
    let (lake, published) = opened.readable().await?;
    let profile = find(lake, &published, id).await?;
    let since = since(lake, &published, name, &profile).await?;
    let mut rules = Vec::new();
    for rule in explain_segment(&opened.project, &opened.known.catalog, name) {
        rules.push(seen(lake, &published, &rule, &profile).await?);
    }
    Ok(SegmentExplained {
        segment: name.to_owned(),
        customer_id: profile.customer_id,
        member: since.is_some(),
        since: since.flatten(),
        rules,
    })
}

/// Since when the profile is a member; `None` when it is not.
async fn since(
    lake: &Lake,
    published: &Published,
    name: &str,
    profile: &Profile,
) -> Result<Option<Option<String>>, Problem> {
    if published.view("SegmentMembership").is_none() {
        return Err(Problem::not_found(format!("`{name}` has not been worked out yet")).hint("run `onefold run` first"));
    }
    let view = TableName::from("SegmentMembership");
    let is = sql!("\"Segment\" = ", text(name), " and \"profile_no\" = ", integer(profile.profile_no));
    let sql = sql!("select \"Since\" from ", view, " where ", is);
    Ok(ask(lake, published, &sql).await?.first().map(|row| cell(row, "Since")))
}

/// A rule and what it saw of a profile.
async fn seen(
    lake: &Lake,
    published: &Published,
    rule: &RuleExplanation,
    profile: &Profile,
) -> Result<RuleSeen, Problem> {
    let profile_no = i32::try_from(profile.profile_no)
        .map_err(|_| Problem::failed(format!("`profile_no` {} is too large", profile.profile_no)))?;
    let newer =
        |problem: Problem| problem.hint("run `onefold run`, if the definitions have changed since the published run");
    let counts = ask(lake, published, &rule.counts(profile_no)).await.map_err(newer)?;
    let rows = ask(lake, published, &rule.rows(profile_no, 1)).await.map_err(newer)?;
    let (counts, row) = (counts.first().cloned().unwrap_or_default(), rows.first());
    let operator = match rule.operator {
        SetOperator::Union => "union",
        SetOperator::Intersect => "intersect",
        SetOperator::Except => "except",
    };
    let mut condition = format!("`{}`", rule.text);
    if rule.many_rows {
        let (rows, held) = (number(&counts, "Rows"), number(&counts, "Held"));
        condition.push_str(&format!(", for {held} of {rows} rows of `{}`,", rule.table));
    }
    let parts = rule.conditions.iter().enumerate().map(|(n, part)| {
        let value = |m: usize| row.and_then(|row| row.get(&format!("c{n}v{m}"))).cloned().unwrap_or(Value::Null);
        ConditionSeen {
            condition: part.text.clone(),
            depth: 0,
            truth: truth(row, &format!("c{n}")),
            values: part.value_texts().enumerate().map(|(m, text)| (text.to_owned(), value(m))).collect(),
        }
    });
    Ok(RuleSeen { operator: operator.to_owned(), condition, truth: truth(row, "Holds"), parts: parts.collect() })
}

/// A profile without rows has none for which anything holds.
fn truth(row: Option<&Row>, column: &str) -> Truth {
    match row.map(|row| row.get(column)) {
        Some(Some(Value::Bool(true))) => Truth::True,
        None | Some(Some(Value::Bool(false))) => Truth::False,
        _ => Truth::Unknown,
    }
}
