//! Lists: what pages show of segments, sources, runs and the rest.
//!
//! Reads    the definitions, the published run, the history of runs, the ledger of deliveries
//! Flow     project ─ `look` (definitions, plan, published run, what changed since) ─ one file a page
//!
//! Invariants
//! - Every list answers while definitions are wrong, and before the first run: what is not known is absent, not an error.
//! - A file that cannot be read is in its list all the same, with the state `error`.
//! - Nothing is worked out here that a run works out: figures are those of the published tables.
//!
//! Not here: rows of tables and drafts (`preview`), single definitions (`desk`), people (`customers`).

mod aliases;
mod attention;
mod exports;
mod graph;
mod home;
mod look;
mod meaning;
mod measures;
pub(crate) mod pairs;
mod reach;
mod runs;
mod schedule;
mod segments;
mod sources;
mod tables;
mod unify;

use onefold_api::*;

use crate::platform::Onefold;
pub(crate) use aliases::Lists;
pub(crate) use look::{Look, in_words};
pub(crate) use unify::suggestions;

/// The project at a glance.
pub(crate) async fn home(project: &Onefold) -> Result<HomeView, Problem> {
    home::view(&Look::at(project).await?).await
}

/// Segments.
pub(crate) async fn segments(project: &Onefold) -> Result<Vec<SegmentView>, Problem> {
    segments::all(&Look::at(project).await?).await
}

/// Measures; with a name that one alone, with statistics.
pub(crate) async fn measures(project: &Onefold, name: Option<&str>) -> Result<Vec<MeasureView>, Problem> {
    let look = Look::at(project).await?;
    match name {
        None => measures::all(&look).await,
        Some(name) => measures::one(&look, name).await.map(|measure| vec![measure]),
    }
}

/// Sources.
pub(crate) async fn sources(project: &Onefold) -> Result<Vec<SourceView>, Problem> {
    Ok(sources::all(&Look::at(project).await?))
}

/// Published tables and views; with `all`, internal ones too.
pub(crate) async fn table_lines(project: &Onefold, all: bool) -> Result<Vec<TableLine>, Problem> {
    Ok(tables::lines(&Look::at(project).await?, all))
}

/// Tables to take attributes from, with the ways to Customer, nearest first.
pub(crate) async fn reachable(project: &Onefold) -> Result<Vec<ReachableTable>, Problem> {
    Ok(reach::all(&Look::at(project).await?))
}

/// All tables and relationships.
pub(crate) async fn graph(project: &Onefold) -> Result<GraphView, Problem> {
    Ok(graph::view(&Look::at(project).await?))
}

/// What unification is and does.
pub(crate) async fn unify(project: &Onefold) -> Result<UnifyView, Problem> {
    unify::view(&Look::at(project).await?).await
}

/// Pairs of records that were matched.
pub(crate) async fn pairs(project: &Onefold, ask: &PairsAsk) -> Result<PairsView, Problem> {
    pairs::view(&Look::at(project).await?, ask).await
}

/// Exports.
pub(crate) async fn exports(project: &Onefold) -> Result<Vec<ExportView>, Problem> {
    exports::all(&Look::at(project).await?)
}

/// Deliveries of an export, newest first.
pub(crate) async fn deliveries(project: &Onefold, export: &str) -> Result<Vec<DeliveryView>, Problem> {
    exports::deliveries(&Look::at(project).await?, export)
}

/// Connections.
pub(crate) async fn connections(project: &Onefold) -> Result<Vec<ConnectionView>, Problem> {
    Ok(exports::connections(&Look::at(project).await?))
}

/// Runs, newest first; failed and canceled ones too.
pub(crate) async fn runs(project: &Onefold) -> Result<Vec<RunLine>, Problem> {
    runs::lines(project.root())
}

/// The record of a run.
pub(crate) async fn run_view(project: &Onefold, run: &str) -> Result<RunView, Problem> {
    runs::view(project.root(), run)
}

/// When runs happen by themselves.
pub(crate) async fn schedule(project: &Onefold) -> Result<ScheduleView, Problem> {
    let settings = onefold_model::load(project.root()).project.settings;
    Ok(schedule::view(&settings, &runs::lines(project.root())?, jiff::Timestamp::now()))
}
