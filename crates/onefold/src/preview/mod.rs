//! Preview: what a draft would do now, and tables looked at; nothing is written.
//!
//! Flow     draft laid over its file ─ planned (`draft`) ─ its own pieces tried over the published run ─ view
//!
//! Invariants
//! - A preview takes no lease and writes no file; dropping it stops it.
//! - What it costs is bounded: memory, time and rows (`draft::limits`).
//! - What is wrong with a draft is in the answer; a problem is of the outside world.
//!
//! Not here: planning (`onefold-stages`, `draft`), evaluating (`onefold-lake`, `try_out`).

mod activity;
mod attribute;
mod cache;
mod draft;
mod figures;
mod measure;
mod members;
mod page;
mod probe;
mod quality;
mod rule;
mod sample;
mod segment;
mod sentence;
mod statistics;
mod title;
mod transform;

use std::collections::HashMap;
use std::sync::Arc;

use onefold_api::*;
use onefold_lake::{Lake, Published};
use roaring::RoaringBitmap;

use crate::platform::Onefold;

pub(crate) use cache::Cache;

/// Some rows of a table or view.
pub(crate) async fn page(project: &Onefold, table: &str, ask: &RowsAsk) -> Result<RowsView, Problem> {
    page::page(project, table, ask).await
}

/// The columns of a table in figures.
pub(crate) async fn statistics(project: &Onefold, table: &str) -> Result<Vec<ColumnStatistics>, Problem> {
    statistics::statistics(project, table).await
}

/// The commonest values of a column of a table, that contain a text.
pub(crate) async fn values(
    project: &Onefold,
    table: &str,
    column: &str,
    contains: &str,
    limit: usize,
) -> Result<Vec<BucketView>, Problem> {
    statistics::values(project, table, column, contains, limit).await
}

/// What a segment would be.
pub(crate) async fn preview_segment(project: &Onefold, ask: &PreviewAsk) -> Result<SegmentPreview, Problem> {
    segment::preview(project, ask).await
}

/// What a measure would be.
pub(crate) async fn preview_measure(project: &Onefold, ask: &PreviewAsk) -> Result<MeasurePreview, Problem> {
    measure::preview(project, ask).await
}

/// What an activity would put on the timeline.
pub(crate) async fn preview_activity(project: &Onefold, ask: &PreviewAsk) -> Result<ActivityPreview, Problem> {
    activity::preview(project, ask).await
}

/// What a match rule would do.
pub(crate) async fn preview_rule(project: &Onefold, ask: &MatchRuleAsk) -> Result<MatchRulePreview, Problem> {
    rule::preview(project, ask).await
}

/// A table of a source after some of its steps.
pub(crate) async fn preview_transform(project: &Onefold, ask: &TransformAsk) -> Result<TransformView, Problem> {
    transform::preview(project, ask).await
}

/// The value that a draft of a customer attribute has for each profile, by its number.
pub(crate) async fn attribute(
    project: &Onefold,
    name: &str,
    value: &serde_json::Value,
) -> Result<Vec<(u32, f64)>, Problem> {
    attribute::values(project, name, value).await
}

/// The members of all segments of a published run.
pub(crate) async fn members(
    project: &Onefold,
    lake: &Lake,
    published: &Arc<Published>,
) -> Result<Arc<HashMap<String, RoaringBitmap>>, Problem> {
    members::all(project, lake, published).await
}

/// What segments have in common.
pub(crate) async fn overlap(project: &Onefold, segments: &[String]) -> Result<OverlapView, Problem> {
    members::overlap(project, segments).await
}

/// Tries a draft of a source (or of a connection): does it answer, and what does it offer?
pub(crate) async fn probe(project: &Onefold, kind: Kind, ask: &PreviewAsk) -> Result<ProbeView, Problem> {
    probe::probe(project, kind, ask).await
}

/// The name of a draft: one that a file could have.
fn draft_name(name: &str) -> Result<&str, Problem> {
    if name.is_empty() {
        return Ok("Untitled");
    }
    if name.chars().all(|letter| letter.is_alphanumeric() || letter == '_') {
        return Ok(name);
    }
    Err(Problem::refused(format!("`{name}` cannot be a name")).hint("use letters, digits and `_`, a letter first"))
}
