//! Home: the project at a glance.

use jiff::Timestamp;
use onefold_api::{FirstStep, HomeView, MeasureView, Problem, SegmentView};

use super::look::Look;
use super::{attention, measures, runs, schedule, segments};
use crate::runner::figures;

/// Segments and measures that are shown.
const SHOWN: usize = 8;

/// The project at a glance.
pub(super) async fn view(look: &Look) -> Result<HomeView, Problem> {
    let project = look.project();
    let settings = &project.settings;
    let rows = |table: &str| look.table(table).map(|entry| entry.rows());
    let runs = runs::lines(&project.root)?;
    let schedule = schedule::view(settings, &runs, Timestamp::now());
    let figures = match look.published() {
        Some(published) => figures::unify(&look.opened, published).await?,
        None => None,
    };
    let (segments, measures) = (segments::all(look).await?, measures::all(look).await?);
    let steps = first_steps(look, &runs, &segments, &measures);
    let folder = || project.root.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = if settings.name.is_empty() { folder().unwrap_or_default() } else { settings.name.clone() };
    Ok(HomeView {
        title: settings.title.clone().unwrap_or_else(|| name.clone()),
        name,
        time_zone: look.opened.zone().to_owned(),
        profiles: rows("Customer"),
        records: figures.map(|figures| figures.unique_source_records),
        activities: rows("UnifiedActivity"),
        sources: project.sources.len(),
        segments: largest(segments),
        measures: business_first(measures),
        attention: attention::all(look, &runs, &schedule)?,
        next_run: schedule.next.into_iter().next(),
        last_run: runs.into_iter().next(),
        steps,
    })
}

fn largest(mut segments: Vec<SegmentView>) -> Vec<SegmentView> {
    segments.sort_by_key(|segment| std::cmp::Reverse(segment.members));
    segments.truncate(SHOWN);
    segments
}

fn business_first(mut measures: Vec<MeasureView>) -> Vec<MeasureView> {
    measures.sort_by_key(|measure| measure.kind != "business_measure");
    measures.truncate(SHOWN);
    measures
}

/// The way from nothing to a sent segment.
fn first_steps(
    look: &Look,
    runs: &[onefold_api::RunLine],
    segments: &[SegmentView],
    measures: &[MeasureView],
) -> Vec<FirstStep> {
    let project = look.project();
    let published = runs.iter().filter(|run| !matches!(run.outcome.as_str(), "failed" | "canceled")).count();
    [
        ("source", project.sources.len()),
        ("unify", project.unify.as_ref().map_or(0, |unify| unify.tables.len())),
        ("activity", project.activities.len()),
        ("measure", measures.len()),
        ("segment", segments.len()),
        ("export", project.exports.len()),
        ("run", published),
    ]
    .map(|(step, count)| FirstStep { step: step.to_owned(), done: count > 0, count })
    .into()
}
