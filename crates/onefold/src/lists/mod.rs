//! Lists: what pages show of segments, sources, runs and the rest.

use onefold_api::*;

use crate::platform::Onefold;

/// The project at a glance.
pub(crate) async fn home(project: &Onefold) -> Result<HomeView, Problem> {
    let _ = (project);
    Err(Problem::failed("`home` is not there yet"))
}

/// Segments.
pub(crate) async fn segments(project: &Onefold) -> Result<Vec<SegmentView>, Problem> {
    let _ = (project);
    Err(Problem::failed("`segments` is not there yet"))
}

/// Measures; with a name that one alone, with statistics.
pub(crate) async fn measures(project: &Onefold, name: Option<&str>) -> Result<Vec<MeasureView>, Problem> {
    let _ = (project, name);
    Err(Problem::failed("`measures` is not there yet"))
}

/// Sources.
pub(crate) async fn sources(project: &Onefold) -> Result<Vec<SourceView>, Problem> {
    let _ = (project);
    Err(Problem::failed("`sources` is not there yet"))
}

/// Published tables and views; with `all`, internal ones too.
pub(crate) async fn table_lines(project: &Onefold, all: bool) -> Result<Vec<TableLine>, Problem> {
    let _ = (project, all);
    Err(Problem::failed("`table_lines` is not there yet"))
}

/// Tables to take attributes from, with the ways to Customer, nearest first.
pub(crate) async fn reachable(project: &Onefold) -> Result<Vec<ReachableTable>, Problem> {
    let _ = (project);
    Err(Problem::failed("`reachable` is not there yet"))
}

/// All tables and relationships.
pub(crate) async fn graph(project: &Onefold) -> Result<GraphView, Problem> {
    let _ = (project);
    Err(Problem::failed("`graph` is not there yet"))
}

/// What unification is and does.
pub(crate) async fn unify(project: &Onefold) -> Result<UnifyView, Problem> {
    let _ = (project);
    Err(Problem::failed("`unify` is not there yet"))
}

/// Pairs of records that were matched.
pub(crate) async fn pairs(project: &Onefold, ask: &PairsAsk) -> Result<PairsView, Problem> {
    let _ = (project, ask);
    Err(Problem::failed("`pairs` is not there yet"))
}

/// Exports.
pub(crate) async fn exports(project: &Onefold) -> Result<Vec<ExportView>, Problem> {
    let _ = (project);
    Err(Problem::failed("`exports` is not there yet"))
}

/// Deliveries of an export, newest first.
pub(crate) async fn deliveries(project: &Onefold, export: &str) -> Result<Vec<DeliveryView>, Problem> {
    let _ = (project, export);
    Err(Problem::failed("`deliveries` is not there yet"))
}

/// Connections.
pub(crate) async fn connections(project: &Onefold) -> Result<Vec<ConnectionView>, Problem> {
    let _ = (project);
    Err(Problem::failed("`connections` is not there yet"))
}

/// Runs, newest first; failed and canceled ones too.
pub(crate) async fn runs(project: &Onefold) -> Result<Vec<RunLine>, Problem> {
    let _ = (project);
    Err(Problem::failed("`runs` is not there yet"))
}

/// The record of a run.
pub(crate) async fn run_view(project: &Onefold, run: &str) -> Result<RunView, Problem> {
    let _ = (project, run);
    Err(Problem::failed("`run_view` is not there yet"))
}

/// When runs happen by themselves.
pub(crate) async fn schedule(project: &Onefold) -> Result<ScheduleView, Problem> {
    let _ = (project);
    Err(Problem::failed("`schedule` is not there yet"))
}
