//! Platform: one project and its lake, as seen from outside.
//!
//! To add a question: a method here, its answer in a module of views, one in the binary, a fake, a route.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use crate::*;

/// Takes rows as they are found.
pub trait RowSink: Send {
    /// Called once, before any row.
    ///
    /// # Errors
    /// When nobody listens any more.
    fn columns(&mut self, columns: &[ColumnView]) -> std::io::Result<()>;
    /// Called for each row; values stand in the order of the columns.
    ///
    /// # Errors
    /// When nobody listens any more.
    fn row(&mut self, values: &[Value]) -> std::io::Result<()>;
}

/// One project and its lake, as seen from outside.
#[async_trait]
pub trait Platform: Send + Sync {
    /// What is wrong with the definitions. Nothing is read over the network.
    async fn check(&self) -> Result<Check, Problem>;
    /// What a run would do, and why.
    async fn plan(&self, ask: &RunAsk) -> Result<PlanView, Problem>;
    /// Runs what must run and publishes it, then sends; `by` is who asked for it.
    async fn run(&self, ask: &RunAsk, by: &str, watch: Arc<dyn Watch>) -> Result<RunView, Problem>;
    /// The published tables and views; with `all`, the internal ones too.
    async fn tables(&self, all: bool) -> Result<Vec<TableView>, Problem>;
    /// Rows of a published table; with `all`, of an internal one too.
    async fn rows(&self, table: &str, limit: Option<u64>, all: bool, sink: &mut dyn RowSink) -> Result<(), Problem>;
    /// Rows of a query over the published tables; read only.
    async fn query(&self, ask: &QueryAsk, sink: &mut dyn RowSink) -> Result<(), Problem>;
    /// Which records make a profile, by which rules, and where each value came from.
    async fn explain_customer(&self, id: &str) -> Result<CustomerExplained, Problem>;
    /// What each rule and each condition of a segment keeps, as it is defined now, over the published run.
    async fn funnel(&self, segment: &str) -> Result<SegmentPreview, Problem>;
    /// The rows that a measure's value of a profile comes from.
    async fn explain_measure(&self, measure: &str, id: &str, ask: &MeasureRowsAsk)
    -> Result<MeasureExplained, Problem>;
    /// Why a profile is in a segment, or is not.
    async fn explain_segment(&self, segment: &str, id: &str) -> Result<SegmentExplained, Problem>;

    // Definitions: `onefold/src/desk`.

    /// All definitions, with what uses them.
    async fn objects(&self) -> Result<Vec<ObjectView>, Problem>;
    /// One definition. One that has no file yet is answered with an empty text for `settings`, `unify`, `relationships`.
    async fn definition(&self, object: &ObjectRef) -> Result<DefinitionView, Problem>;
    /// Looks at a draft of a definition, new or changed; nothing is saved.
    async fn draft(&self, object: &ObjectRef, ask: &DraftAsk) -> Result<DraftView, Problem>;
    /// Saves a definition and keeps the older text.
    async fn save(&self, object: &ObjectRef, ask: &SaveAsk, by: &str) -> Result<DefinitionView, Problem>;
    /// Deletes a definition. Refused while others use it, unless `anyway`.
    async fn delete(&self, object: &ObjectRef, etag: &str, anyway: bool, by: &str) -> Result<(), Problem>;
    /// Older texts, newest first.
    async fn versions(&self, object: &ObjectRef) -> Result<Vec<VersionView>, Problem>;
    /// Conditions from text to tree and back; one answer each, in order.
    async fn conditions(&self, asks: &[ConditionAsk]) -> Result<Vec<ConditionView>, Problem>;
    /// Measures that can be filled in.
    async fn measure_templates(&self) -> Result<Vec<TemplateView>, Problem>;
    /// Fills in a template and saves the measure; refused where one of that name is there.
    async fn fill_template(&self, template: &str, ask: &FillAsk, by: &str) -> Result<FilledView, Problem>;
    /// The files and folders in a folder of the project (`""` for the project's own), definitions and lake left out.
    async fn files(&self, folder: &str) -> Result<Vec<FileView>, Problem>;
    /// Writes a file below `data/`. Refused for paths that lead elsewhere.
    async fn put_file(&self, path: &str, bytes: &[u8]) -> Result<FileView, Problem>;

    // Lists: `onefold/src/lists`.

    /// The project at a glance.
    async fn home(&self) -> Result<HomeView, Problem>;
    /// Segments.
    async fn segments(&self) -> Result<Vec<SegmentView>, Problem>;
    /// Measures; with a name that one alone, with statistics.
    async fn measures(&self, name: Option<&str>) -> Result<Vec<MeasureView>, Problem>;
    /// Sources.
    async fn sources(&self) -> Result<Vec<SourceView>, Problem>;
    /// Published tables and views; with `all`, internal ones too.
    async fn table_lines(&self, all: bool) -> Result<Vec<TableLine>, Problem>;
    /// Some rows of a table or view.
    async fn page(&self, table: &str, ask: &RowsAsk) -> Result<RowsView, Problem>;
    /// The columns of a table in figures.
    async fn statistics(&self, table: &str) -> Result<Vec<ColumnStatistics>, Problem>;
    /// The commonest values of a column of a table, that contain a text.
    async fn values(&self, table: &str, column: &str, contains: &str, limit: usize)
    -> Result<Vec<BucketView>, Problem>;
    /// Tables to take attributes from, with the ways to Customer, nearest first.
    async fn reachable(&self) -> Result<Vec<ReachableTable>, Problem>;
    /// All tables and relationships.
    async fn graph(&self) -> Result<GraphView, Problem>;
    /// What unification is and does.
    async fn unify(&self) -> Result<UnifyView, Problem>;
    /// Pairs of records that were matched.
    async fn pairs(&self, ask: &PairsAsk) -> Result<PairsView, Problem>;
    /// Exports.
    async fn exports(&self) -> Result<Vec<ExportView>, Problem>;
    /// Deliveries of an export, newest first.
    async fn deliveries(&self, export: &str) -> Result<Vec<DeliveryView>, Problem>;
    /// Connections.
    async fn connections(&self) -> Result<Vec<ConnectionView>, Problem>;
    /// Runs, newest first; failed and canceled ones too.
    async fn runs(&self) -> Result<Vec<RunLine>, Problem>;
    /// The record of a run.
    async fn run_view(&self, run: &str) -> Result<RunView, Problem>;
    /// When runs happen by themselves.
    async fn schedule(&self) -> Result<ScheduleView, Problem>;

    // Previews: `onefold/src/preview`.

    /// What a segment would be.
    async fn preview_segment(&self, ask: &PreviewAsk) -> Result<SegmentPreview, Problem>;
    /// What a measure would be.
    async fn preview_measure(&self, ask: &PreviewAsk) -> Result<MeasurePreview, Problem>;
    /// What an activity would be.
    async fn preview_activity(&self, ask: &PreviewAsk) -> Result<ActivityPreview, Problem>;
    /// A table of a source after some of its steps.
    async fn preview_transform(&self, ask: &TransformAsk) -> Result<TransformView, Problem>;
    /// Holds measures and segments, as they are saved, to their tests: each in a project of its own with the rows given.
    async fn tests(&self, ask: &TestsAsk) -> Result<Vec<TestView>, Problem>;
    /// What segments have in common.
    async fn overlap(&self, segments: &[String]) -> Result<OverlapView, Problem>;
    /// Tries a draft of a source (or of a connection): does it answer, and what does it offer?
    async fn probe(&self, kind: Kind, ask: &PreviewAsk) -> Result<ProbeView, Problem>;

    // Insights: `onefold/src/insights`.

    /// What insights can be asked about.
    async fn insight_choices(&self) -> Result<InsightChoices, Problem>;
    /// What a segment of one field could be.
    async fn quick(&self, ask: &QuickAsk) -> Result<QuickView, Problem>;
    /// Segments by how recent, frequent and much activities are.
    async fn suggest_by_activity(&self, ask: &ActivityAsk) -> Result<ActivitySuggestions, Problem>;
    /// Segments among whom an outcome differs.
    async fn suggest_by_outcome(&self, ask: &OutcomeAsk) -> Result<OutcomeSuggestions, Problem>;
    /// How two groups of people differ.
    async fn differences(&self, ask: &DifferencesAsk) -> Result<DifferencesView, Problem>;
    /// Segments laid over each other, by the values of a field too.
    async fn segment_overlap(&self, ask: &SegmentOverlapAsk) -> Result<SegmentOverlapView, Problem>;
    /// People like the members of a segment.
    async fn similar(&self, ask: &SimilarAsk) -> Result<SimilarView, Problem>;

    // Customers: `onefold/src/customers`.

    /// Profiles that are looked for.
    async fn search(&self, ask: &SearchAsk) -> Result<SearchView, Problem>;
    /// A profile, by CustomerId, also one that was folded into another, or by `profile_no:<n>`.
    async fn customer(&self, id: &str) -> Result<ProfileView, Problem>;
    /// What a match rule would do now, by itself: `onefold/src/preview/rule.rs`.
    async fn preview_rule(&self, ask: &MatchRuleAsk) -> Result<MatchRulePreview, Problem>;
    /// Profiles that a partial person may be, the likeliest first: `onefold/src/lookup`.
    async fn lookup(&self, ask: &LookupAsk) -> Result<LookupView, Problem>;
    /// Activities of a profile.
    async fn timeline(&self, id: &str, ask: &TimelineAsk) -> Result<TimelineView, Problem>;

    // Between runs: `onefold/src/live`.

    /// Takes rows of a table of a source, a record or a list of records as JSON text; answers once they are on disk.
    async fn live(&self, table: &str, rows: &str) -> Result<LiveView, Problem>;

    /// How what came in between runs is doing.
    async fn live_state(&self) -> Result<LiveState, Problem>;

    /// The run that is to begin now, because rows have waited or time has passed; none most of the time.
    async fn due(&self) -> Result<Option<DueRun>, Problem>;

    /// Lays values over a profile until they run out; `by` is who asked. Answered once they are on disk.
    async fn patch(&self, id: &str, ask: &PatchAsk, by: &str) -> Result<PatchView, Problem>;

    // Stewardship: `onefold/src/steward`.

    /// The matching of the last run: the trained model, what it compared, what it warns of.
    async fn match_model(&self) -> Result<ModelView, Problem>;
    /// Why two records are one profile, or are not; also for two that were never compared.
    async fn explain_pair(&self, ask: &PairAsk) -> Result<PairExplained, Problem>;
    /// What holds the records of a profile together.
    async fn identity(&self, id: &str) -> Result<IdentityView, Problem>;
    /// Pairs that people should look at.
    async fn review(&self, ask: &ReviewAsk) -> Result<ReviewView, Problem>;
    /// Decisions, newest first.
    async fn decisions(&self, ask: &DecisionsAsk) -> Result<DecisionsView, Problem>;
    /// Decides about two records; takes effect with the next run.
    async fn decide(&self, ask: &DecideAsk, by: &str) -> Result<DecidedView, Problem>;
    /// Undoes a decision, and those that were made at once with it.
    async fn undo(&self, decision: i64, by: &str) -> Result<DecidedView, Problem>;
    /// Decides that records of a profile are somebody else.
    async fn split(&self, id: &str, ask: &SplitAsk, by: &str) -> Result<DecidedView, Problem>;
    /// Decides that profiles are one.
    async fn merge(&self, ask: &MergeAsk, by: &str) -> Result<DecidedView, Problem>;
    /// How good the matching is; `width` is the width of interval that is wanted.
    async fn quality(&self, width: f64) -> Result<QualityView, Problem>;
}
