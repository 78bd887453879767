//! Preview: what a draft would do now, and tables looked at; nothing is written.

use onefold_api::*;

use crate::platform::Onefold;

/// Some rows of a table or view.
pub(crate) async fn page(project: &Onefold, table: &str, ask: &RowsAsk) -> Result<RowsView, Problem> {
    let _ = (project, table, ask);
    Err(Problem::failed("`page` is not there yet"))
}

/// The columns of a table in figures.
pub(crate) async fn statistics(project: &Onefold, table: &str) -> Result<Vec<ColumnStatistics>, Problem> {
    let _ = (project, table);
    Err(Problem::failed("`statistics` is not there yet"))
}

/// The commonest values of a column of a table, that contain a text.
pub(crate) async fn values(
    project: &Onefold,
    table: &str,
    column: &str,
    contains: &str,
    limit: usize,
) -> Result<Vec<BucketView>, Problem> {
    let _ = (project, table, column, contains, limit);
    Err(Problem::failed("`values` is not there yet"))
}

/// What a segment would be.
pub(crate) async fn preview_segment(project: &Onefold, ask: &PreviewAsk) -> Result<SegmentPreview, Problem> {
    let _ = (project, ask);
    Err(Problem::failed("`preview_segment` is not there yet"))
}

/// What a measure would be.
pub(crate) async fn preview_measure(project: &Onefold, ask: &PreviewAsk) -> Result<MeasurePreview, Problem> {
    let _ = (project, ask);
    Err(Problem::failed("`preview_measure` is not there yet"))
}

/// What an activity would be.
pub(crate) async fn preview_activity(project: &Onefold, ask: &PreviewAsk) -> Result<ActivityPreview, Problem> {
    let _ = (project, ask);
    Err(Problem::failed("`preview_activity` is not there yet"))
}

/// A table of a source after some of its steps.
pub(crate) async fn preview_transform(project: &Onefold, ask: &TransformAsk) -> Result<TransformView, Problem> {
    let _ = (project, ask);
    Err(Problem::failed("`preview_transform` is not there yet"))
}

/// What segments have in common.
pub(crate) async fn overlap(project: &Onefold, segments: &[String]) -> Result<OverlapView, Problem> {
    let _ = (project, segments);
    Err(Problem::failed("`overlap` is not there yet"))
}

/// Tries a draft of a source (or of a connection): does it answer, and what does it offer?
pub(crate) async fn probe(project: &Onefold, kind: Kind, ask: &PreviewAsk) -> Result<ProbeView, Problem> {
    let _ = (project, kind, ask);
    Err(Problem::failed("`probe` is not there yet"))
}
