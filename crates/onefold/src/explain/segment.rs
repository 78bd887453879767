//! Segment: why a profile is in a segment, or is not: each condition with the values it saw.
//!
//! Reads    the rules as the plan scans with them, the published tables, `SegmentMembership`
//!
//! Invariants
//! - A rule over a table with many rows a profile is shown for the row that comes nearest: one for which it holds, if any.
//!
//! Not here: the queries (`onefold-stages`, `explain`).

use std::sync::Arc;

use onefold_api::{ChangeSeen, ConditionSeen, HoldoutSeen, LimitSeen, Problem, RuleSeen, SegmentExplained, Truth};
use onefold_lake::{Lake, Published};
use onefold_model::define::Times;
use onefold_model::expr::Operator;
use onefold_model::names;
use onefold_model::plan::SetOperator;
use onefold_model::sql::{integer, text};
use onefold_model::{TableName, sql};
use onefold_stages::{BoundsExplanation, ConditionExplanation, RuleExplanation, explain_segment};
use serde_json::Value;

use super::nearest::{Change, Facts, nearest};
use super::profile::{Profile, cell, find, looked};
use crate::opened::Opened;
use crate::output::plain;
use crate::runner::figures::{Row, ask, number};

/// Explains a person's place in a segment.
///
/// # Errors
/// An unknown segment or person, or definitions that the published run does not go by.
pub async fn segment(opened: &Opened, name: &str, id: &str) -> Result<SegmentExplained, Problem> {
    let known = opened.project.segments.iter().map(|segment| segment.name.as_str());
    let Some(name) = known.clone().find(|known| known.eq_ignore_ascii_case(name)) else {
        let problem = Problem::not_found(format!("there is no segment `{name}`"));
        return Err(match names::nearest(name, known) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem.hint("see the folder `segments` of the project"),
        });
    };
    let (lake, published) = opened.readable().await?;
    let profile = find(lake, &published, id).await?;
    let since = since(lake, &published, name, &profile).await?;
    let (explained, bounds) = explain_segment(&opened.project, &opened.known.catalog, name);
    let (mut rules, mut looked) = (Vec::new(), Vec::new());
    for rule in &explained {
        let look = look(lake, &published, rule, &profile).await?;
        rules.push(seen(rule, &look));
        looked.push(look);
    }
    let (limit, holdout) = match &bounds {
        Some(bounds) => {
            (limit(lake, &published, bounds, &profile).await?, holdout(lake, &published, bounds, &profile).await?)
        }
        None => (None, None),
    };
    let nearest = match since {
        Some(_) => None,
        None => changes(&explained, &looked, limit.as_ref(), holdout.as_ref()),
    };
    Ok(SegmentExplained {
        segment: name.to_owned(),
        customer_id: profile.customer_id,
        member: since.is_some(),
        since: since.flatten(),
        rules,
        limit,
        holdout,
        nearest,
    })
}

/// What a rule sees of a profile: counts of its rows, and the rows themselves.
struct Look {
    counts: Row,
    rows: Vec<Row>,
}

/// The most rows of a rule that are looked at one by one.
const ROWS: u32 = 200;

async fn look(
    lake: &Lake,
    published: &Arc<Published>,
    rule: &RuleExplanation,
    profile: &Profile,
) -> Result<Look, Problem> {
    let profile_no = small(profile)?;
    let counts = looked(lake, published, &rule.counts(profile_no)).await.map_err(newer)?;
    let mut rows = looked(lake, published, &rule.rows(profile_no, ROWS)).await.map_err(newer)?;
    // Of rows that may not be picked, none is.
    rows.retain(|row| row.get("Among") != Some(&Value::Bool(false)));
    Ok(Look { counts: counts.first().cloned().unwrap_or_default(), rows })
}

pub(super) fn small(profile: &Profile) -> Result<i32, Problem> {
    i32::try_from(profile.profile_no)
        .map_err(|_| Problem::failed(format!("`profile_no` {} is too large", profile.profile_no)))
}

pub(super) fn newer(problem: Problem) -> Problem {
    problem.hint("run `onefold run`, if the definitions have changed since the published run")
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
fn seen(rule: &RuleExplanation, look: &Look) -> RuleSeen {
    let (counts, row) = (&look.counts, look.rows.first());
    let operator = match rule.operator {
        SetOperator::Union => "union",
        SetOperator::Intersect => "intersect",
        SetOperator::Except => "except",
    };
    let mut condition = format!("`{}`", rule.text);
    let (rows, held) = (number(counts, "Rows"), number(counts, "Held"));
    if rule.many_rows {
        condition.push_str(&format!(", for {held} of {rows} rows of `{}`,", rule.table));
    }
    let mut parts = Vec::new();
    let (mut whole, mut depth) = (truth(row, "Holds"), 0);
    if let Some(times) = rule.times {
        let holds = held >= times.at_least.unwrap_or(0) && held <= times.at_most.unwrap_or(u64::MAX);
        whole = if holds { Truth::True } else { Truth::False };
        depth = 1;
        let values = vec![("rows".to_owned(), Value::from(held))];
        parts.push(ConditionSeen { condition: times_words(times), depth: 0, truth: whole, values });
    } else if let Some(pick) = rule.pick {
        depth = 1;
        let condition = format!("the {} row", pick.word());
        let there = if row.is_some() { Truth::True } else { Truth::False };
        parts.push(ConditionSeen { condition, depth: 0, truth: there, values: Vec::new() });
    }
    parts.extend(rule.conditions.iter().enumerate().map(|(n, part)| ConditionSeen {
        condition: part.text.clone(),
        depth,
        truth: truth(row, &format!("c{n}")),
        values: values(part, n, row),
    }));
    RuleSeen { operator: operator.to_owned(), condition, truth: whole, parts }
}

/// The values that a condition saw of a row.
fn values(part: &ConditionExplanation, n: usize, row: Option<&Row>) -> Vec<(String, Value)> {
    let value = |m: usize| row.and_then(|row| row.get(&format!("c{n}v{m}"))).cloned().unwrap_or(Value::Null);
    part.value_texts().enumerate().map(|(m, text)| (text.to_owned(), value(m))).collect()
}

/// `at least 3 rows`
fn times_words(times: Times) -> String {
    match (times.at_least.filter(|least| *least > 0), times.at_most) {
        (Some(least), Some(most)) if least == most => format!("exactly {least} rows"),
        (Some(least), Some(most)) => format!("{least} to {most} rows"),
        (Some(least), None) => format!("at least {least} rows"),
        (None, most) => format!("at most {} rows", most.unwrap_or_default()),
    }
}

/// Where a profile stands within the limit of a segment.
async fn limit(
    lake: &Lake,
    published: &Arc<Published>,
    bounds: &BoundsExplanation,
    profile: &Profile,
) -> Result<Option<LimitSeen>, Problem> {
    let Some(limit) = &bounds.limit else { return Ok(None) };
    let rows = looked(lake, published, &limit.rank(small(profile)?)).await.map_err(newer)?;
    let Some(row) = rows.first() else { return Ok(None) };
    let value = |column: &str| row.get(column).cloned().unwrap_or(Value::Null);
    Ok(Some(LimitSeen {
        rank: Some(number(row, "Rank")),
        of: number(row, "Ranked"),
        limit: limit.count,
        by: limit.by.clone(),
        value: value("By"),
        per: limit.per.clone().map(|per| (per, value("Per"))),
        last: value("Last"),
        ascending: limit.ascending,
    }))
}

/// Whether a profile is held out of a segment.
async fn holdout(
    lake: &Lake,
    published: &Arc<Published>,
    bounds: &BoundsExplanation,
    profile: &Profile,
) -> Result<Option<HoldoutSeen>, Problem> {
    let Some(holdout) = &bounds.holdout else { return Ok(None) };
    let rows = looked(lake, published, &holdout.held(small(profile)?)).await.map_err(newer)?;
    let held_out = rows.first().and_then(|row| row.get("Held")) == Some(&Value::Bool(true));
    Ok(Some(HoldoutSeen { name: holdout.name.clone(), share: holdout.share, held_out }))
}

/// The smallest change that would bring a profile in.
fn changes(
    rules: &[RuleExplanation],
    looked: &[Look],
    limit: Option<&LimitSeen>,
    holdout: Option<&HoldoutSeen>,
) -> Option<Vec<ChangeSeen>> {
    // Nothing that could be changed brings in somebody who is held out.
    if holdout.is_some_and(|holdout| holdout.held_out) {
        return None;
    }
    let known = |row: &Row, n: usize| row.get(&format!("c{n}")).and_then(Value::as_bool);
    let facts: Vec<Facts<'_>> = rules
        .iter()
        .zip(looked)
        .map(|(rule, look)| Facts {
            operator: rule.operator,
            logic: &rule.logic,
            texts: rule.conditions.iter().map(|part| part.text.as_str()).collect(),
            of_profile: !rule.many_rows,
            times: rule.times,
            pick: rule.pick,
            rows: look.rows.iter().map(|row| (0..rule.conditions.len()).map(|n| known(row, n)).collect()).collect(),
            held: number(&look.counts, "Held"),
        })
        .collect();
    let mut all: Vec<ChangeSeen> = nearest(&facts)?.iter().map(|change| change_seen(change, rules, looked)).collect();
    if let Some(limit) = limit
        && limit.rank.is_some_and(|rank| rank > limit.limit)
    {
        all.push(beyond(limit));
    }
    // Where nothing is to be changed, the definition is newer than the run.
    (!all.is_empty()).then_some(all)
}

fn change_seen(change: &Change, rules: &[RuleExplanation], looked: &[Look]) -> ChangeSeen {
    let of_rows = |rule: usize, needs: String| {
        let held = Value::from(number(&looked[rule].counts, "Held"));
        let condition = rules[rule].times.map_or_else(|| rules[rule].text.clone(), times_words);
        (rule + 1, condition, vec![("rows".to_owned(), held)], needs)
    };
    let (rows, words) = match change {
        Change::Condition { rule, row, condition, holds } => {
            let part = &rules[*rule].conditions[*condition];
            let row = looked[*rule].rows.get(*row);
            let values = values(part, *condition, row);
            let (needs, distance) = needed(part, *condition, row, *holds);
            let (rule, condition) = (rule + 1, part.text.clone());
            return ChangeSeen { rule, condition, holds: *holds, values, needs, distance };
        }
        Change::More { rule, rows } => {
            let plural = if *rows == 1 { "row" } else { "rows" };
            (*rows, of_rows(*rule, format!("needs {rows} more {plural} with `{}`", rules[*rule].text)))
        }
        Change::Fewer { rule, rows } => {
            let plural = if *rows == 1 { "row" } else { "rows" };
            (*rows, of_rows(*rule, format!("needs {rows} {plural} fewer with `{}`", rules[*rule].text)))
        }
    };
    let (rule, condition, values, needs) = words;
    let holds = matches!(change, Change::More { .. });
    ChangeSeen { rule, condition, holds, values, needs, distance: Some(rows as f64) }
}

/// What a condition needs, and how far away that is.
fn needed(part: &ConditionExplanation, n: usize, row: Option<&Row>, holds: bool) -> (String, Option<f64>) {
    let value = |name: String| row.and_then(|row| row.get(&name)).filter(|value| !value.is_null());
    let Some((operator, bound)) = part.threshold.zip(value(format!("c{n}b"))) else {
        let needs = if holds { "needs to hold" } else { "needs not to hold" };
        return (needs.to_owned(), None);
    };
    let words = match (operator, holds) {
        (Operator::Greater, true) | (Operator::LessOrEqual, false) => "above ",
        (Operator::GreaterOrEqual, true) | (Operator::Less, false) => "at least ",
        (Operator::Less, true) | (Operator::GreaterOrEqual, false) => "below ",
        (Operator::LessOrEqual, true) | (Operator::Greater, false) => "at most ",
        (Operator::NotEqual, true) | (Operator::Equal, false) => "other than ",
        _ => "",
    };
    let own = value(format!("c{n}v0"));
    let distance = own.and_then(Value::as_f64).zip(bound.as_f64()).map(|(own, bound)| (bound - own).abs());
    (format!("needs to be {words}{}", plain(bound)), distance)
}

/// What is needed to come within a limit.
fn beyond(limit: &LimitSeen) -> ChangeSeen {
    let within = limit.per.as_ref().map(|(per, value)| format!(" where {per} is {}", plain(value))).unwrap_or_default();
    let condition = format!("one of the first {} by {}{within}", limit.limit, limit.by);
    let words = if limit.ascending { "below" } else { "above" };
    let distance = limit.value.as_f64().zip(limit.last.as_f64()).map(|(own, last)| (last - own).abs());
    ChangeSeen {
        rule: 0,
        condition,
        holds: true,
        values: vec![(limit.by.clone(), limit.value.clone())],
        needs: format!("needs to be {words} {}, the last one within the limit", plain(&limit.last)),
        distance,
    }
}

/// A profile without rows has none for which anything holds.
fn truth(row: Option<&Row>, column: &str) -> Truth {
    match row.map(|row| row.get(column)) {
        Some(Some(Value::Bool(true))) => Truth::True,
        None | Some(Some(Value::Bool(false))) => Truth::False,
        _ => Truth::Unknown,
    }
}
