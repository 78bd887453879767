//! Expect: segments that are not sent, because they are not as large as they should be or are not worked out.
//!
//! Reads    `SegmentBitmap` and `SegmentHistory` of the published run, what an export sent before
//!
//! Invariants
//! - A change is measured against what the receiver has: the last count that this export sent, else the one published
//!   before. What was stopped stays so until the segment is near that again, or its `expect` is changed.
//!
//! Not here: the warning of the run (a check of the plan).

use std::collections::HashMap;

use onefold_api::{Problem, SentView};
use onefold_lake::{Lake, Published};
use onefold_model::define::{Expectation, Export, Project};
use onefold_model::{TableName, sql};
use serde_json::Value;

use super::figures::{ask, number};
use crate::state::{Delivery, State};

/// How many deliveries are looked back for the last one of a segment.
const BACK: u32 = 200;

/// The segments of an export that must not be sent, each with the reason.
///
/// # Errors
/// What the lake or the ledger has against being read.
pub(super) async fn stopped(
    project: &Project,
    published: &Published,
    lake: &Lake,
    export: &Export,
) -> Result<Vec<(String, String)>, Problem> {
    let mut reasons = Vec::new();
    let segments: Vec<_> = export.segments.iter().filter_map(|name| project.segment(name)).collect();
    for segment in segments.iter().filter(|segment| !segment.upkeep.is_active()) {
        let name = segment.name.value.clone();
        reasons.push((name.clone(), format!("`{name}` is not active: remove `active: false` to send it")));
    }
    if !segments.iter().any(|segment| segment.upkeep.is_active() && segment.expect.is_some()) {
        return Ok(reasons);
    }
    let now = counts(lake, published).await?;
    let before = before(lake, published).await?;
    let deliveries = State::open(&project.root)?.deliveries(&export.name, BACK)?;
    for segment in segments.iter().filter(|segment| segment.upkeep.is_active()) {
        let (name, Some(expect)) = (segment.name.as_str(), &segment.expect) else { continue };
        let Some(&members) = now.get(name) else { continue };
        let had = match sent(&deliveries, name) {
            Some(count) => Some((count, "when it was last sent")),
            None => before.get(name).map(|&count| (count, "in the run before")),
        };
        reasons.extend(broken(name, expect, members, had).map(|reason| (name.to_owned(), reason)));
    }
    Ok(reasons)
}

/// Why a segment is not as it should be; `None` when it is.
fn broken(name: &str, expect: &Expectation, members: u64, had: Option<(u64, &str)>) -> Option<String> {
    if let Some(min) = expect.min.filter(|min| members < *min) {
        return Some(format!("`{name}` has {members} members, and `expect` says at least {min}"));
    }
    if let Some(max) = expect.max.filter(|max| members > *max) {
        return Some(format!("`{name}` has {members} members, and `expect` says at most {max}"));
    }
    let (most, (before, when)) = expect.max_change.zip(had.filter(|(count, _)| *count > 0))?;
    let change = members.abs_diff(before) as f64 / before as f64;
    (change > most).then(|| {
        let (change, most) = (percent(change), percent(most));
        let why = format!("`{name}` has {members} members and had {before} {when}: a change of {change} %");
        format!("{why}, and `expect` says at most {most} %; raise `max_change` for a run if it is meant")
    })
}

/// A share in percent, to one decimal where there is one.
fn percent(share: f64) -> String {
    let text = format!("{:.1}", share * 100.0);
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// How many members of a segment were sent last.
fn sent(deliveries: &[(String, Delivery)], segment: &str) -> Option<u64> {
    deliveries.iter().find_map(|(_, delivery)| {
        let views: Vec<SentView> = serde_json::from_str(&delivery.report).unwrap_or_default();
        views.iter().find(|view| view.item == segment && view.state == "sent").map(|view| view.offered)
    })
}

/// The members of each segment now.
async fn counts(lake: &Lake, published: &Published) -> Result<HashMap<String, u64>, Problem> {
    let sql = sql!("select \"Segment\", \"Count\" as \"Members\" from ", TableName::from("SegmentBitmap"));
    named(lake, published, &sql).await
}

/// The members of each segment when it was worked out the time before.
async fn before(lake: &Lake, published: &Published) -> Result<HashMap<String, u64>, Problem> {
    let place = "row_number() over (partition by \"Segment\" order by \"At\" desc) as \"n\"";
    let all = sql!("select \"Segment\", \"Members\", ", place, " from ", TableName::from("SegmentHistory"));
    named(lake, published, &sql!("select \"Segment\", \"Members\" from (", all, ") as \"x\" where \"n\" = 2")).await
}

async fn named(lake: &Lake, published: &Published, sql: &onefold_model::Sql) -> Result<HashMap<String, u64>, Problem> {
    let rows = ask(lake, published, sql).await?;
    let name = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    Ok(rows.iter().filter_map(|row| Some((name(row.get("Segment"))?, number(row, "Members")))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_and_changes_are_told_with_their_numbers() {
        let expect = Expectation { min: Some(10), max: Some(100), max_change: Some(0.2) };
        assert_eq!(broken("S", &expect, 50, None), None);
        assert!(broken("S", &expect, 9, None).is_some_and(|why| why.contains("at least 10")));
        assert!(broken("S", &expect, 101, None).is_some_and(|why| why.contains("at most 100")));
        assert_eq!(broken("S", &expect, 60, Some((50, "before"))), None);
        assert!(broken("S", &expect, 61, Some((50, "before"))).is_some_and(|why| why.contains("22 %")));
        assert_eq!(broken("S", &expect, 61, Some((0, "before"))), None);
    }
}
