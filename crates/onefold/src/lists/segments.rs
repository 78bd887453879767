//! Segments: how many are in each, now and before.
//!
//! Reads    `SegmentBitmap` (members now), `SegmentHistory` (members of each run that worked a segment out)

use std::collections::HashMap;

use onefold_api::{Kind, PointView, Problem, SegmentView};
use onefold_model::define::RefreshWhen;
use onefold_model::{TableName, sql};
use serde_json::Value;

use super::look::Look;
use crate::runner::figures::{Row, number};

/// The most points of a trend.
const POINTS: usize = 60;

/// All segments, by name; those of files that cannot be read at the end.
pub(super) async fn all(look: &Look) -> Result<Vec<SegmentView>, Problem> {
    let now = counts(look).await?;
    let mut trends = trends(look).await?;
    let project = look.project();
    let mut views: Vec<SegmentView> = Vec::new();
    for segment in &project.segments {
        let name = segment.name.value.clone();
        let trend = trends.remove(&name).unwrap_or_default();
        let (members, refreshed) = now.get(&name).cloned().unzip();
        views.push(SegmentView {
            title: segment.title.clone().unwrap_or_else(|| name.clone()),
            description: segment.description.clone(),
            members,
            before: trend.iter().rev().nth(1).map(|point| point.value as u64),
            trend,
            state: look.state(&format!("segments/{name}")).to_owned(),
            kind: if segment.refresh == RefreshWhen::Manual { "static" } else { "dynamic" }.to_owned(),
            materialize: segment.materialize,
            refreshed: refreshed.flatten(),
            active: segment.upkeep.is_active(),
            next_change: look.next_change(Kind::Segment, &name).filter(|_| !segment.has_own_time()),
            schedule: segment.upkeep.rhythm().cloned().unwrap_or_default().words(),
            tags: segment.upkeep.tags.iter().map(|tag| tag.value.clone()).collect(),
            used_by: look.used_by(Kind::Segment, &name),
            name,
        });
    }
    for name in look.broken("segments", &|name| project.segment(name).is_some()) {
        views.push(SegmentView {
            title: name.clone(),
            description: None,
            members: None,
            before: None,
            trend: Vec::new(),
            state: "error".to_owned(),
            kind: "dynamic".to_owned(),
            materialize: false,
            refreshed: None,
            active: true,
            schedule: String::new(),
            next_change: None,
            tags: Vec::new(),
            used_by: look.used_by(Kind::Segment, &name),
            name,
        });
    }
    Ok(views)
}

fn text(row: &Row, column: &str) -> Option<String> {
    row.get(column).and_then(Value::as_str).map(str::to_owned)
}

/// Members and the instant they are of.
async fn counts(look: &Look) -> Result<HashMap<String, (u64, Option<String>)>, Problem> {
    if look.table("SegmentBitmap").is_none() {
        return Ok(HashMap::new());
    }
    let sql = sql!("select \"Segment\", \"At\", \"Count\" from ", TableName::from("SegmentBitmap"));
    let rows = look.ask(&sql).await?;
    let count = |row: &Row| Some((text(row, "Segment")?, (number(row, "Count"), text(row, "At"))));
    Ok(rows.iter().filter_map(count).collect())
}

async fn trends(look: &Look) -> Result<HashMap<String, Vec<PointView>>, Problem> {
    let mut trends: HashMap<String, Vec<PointView>> = HashMap::new();
    if look.table("SegmentHistory").is_none() {
        return Ok(trends);
    }
    let history = TableName::from("SegmentHistory");
    let sql = sql!("select \"Segment\", \"At\", \"Members\" from ", history, " order by \"At\"");
    for row in look.ask(&sql).await? {
        let (Some(segment), Some(at)) = (text(&row, "Segment"), text(&row, "At")) else { continue };
        let value = number(&row, "Members") as f64;
        trends.entry(segment).or_default().push(PointView { at, value });
    }
    for trend in trends.values_mut() {
        let old = trend.len().saturating_sub(POINTS);
        trend.drain(..old);
    }
    Ok(trends)
}
