//! Platform: one project and its lake, answering what may be asked.
//!
//! Flow     question ─ `opened` (definitions) or `Reading` (the published run alone) ─ view
//!
//! Invariants
//! - Reading published rows needs the lake alone: it works while definitions are being edited and while a run is under way.
//!
//! Not here: what a run does (`runner`), how answers look (`commands`).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use onefold_api::*;
use onefold_lake::{Lake, Published, QueryLimits, QueryResult};
use onefold_model::names::nearest;
use onefold_model::{Column, Diagnostic, Project, Severity, Work};

use crate::opened::{Opened, lake_to_read, wrong};
use crate::progress::Progress;
use crate::runner::figures::EVERY_ROW;
use crate::runner::fresh::Fate;
use crate::runner::problem::of_lake;
use crate::{
    customers, desk, diagnostics, examples, explain, insights, lists, live, lookup, preview, runner, steward, values,
};

/// The project in a folder.
pub struct Onefold {
    root: PathBuf,
    progress: Progress,
    cache: preview::Cache,
    people: Arc<customers::Memory>,
    lookups: Arc<lookup::Memory>,
    insights: Arc<insights::Memory>,
    live: Arc<live::Live>,
}

/// A published run, open for reading.
pub struct Reading {
    /// What the files say; perhaps wrong.
    pub project: Project,
    /// The lake.
    pub lake: Lake,
    /// The run that readers see.
    pub published: Arc<Published>,
}

impl Onefold {
    /// Its folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// What previews remember of the published run.
    pub(crate) fn cache(&self) -> &preview::Cache {
        &self.cache
    }

    /// What is remembered of the published run to find and show profiles.
    pub(crate) fn people(&self) -> &Arc<customers::Memory> {
        &self.people
    }

    /// The population that look-ups are answered from.
    pub(crate) fn lookups(&self) -> &Arc<lookup::Memory> {
        &self.lookups
    }

    /// What came in between runs.
    pub(crate) fn live(&self) -> &Arc<live::Live> {
        &self.live
    }

    /// What insights remember of the published run.
    pub(crate) fn insights(&self) -> &Arc<insights::Memory> {
        &self.insights
    }

    /// The project in that folder; nothing is looked at yet.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            progress: Progress::on_stderr(),
            cache: preview::Cache::default(),
            people: Arc::default(),
            lookups: Arc::default(),
            insights: Arc::default(),
            live: Arc::default(),
        }
    }

    /// The same without bars: other words go to standard error.
    pub fn quiet(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            progress: Progress::hidden(),
            cache: preview::Cache::default(),
            people: Arc::default(),
            lookups: Arc::default(),
            insights: Arc::default(),
            live: Arc::default(),
        }
    }

    /// The same project for work beside what is asked, with what is remembered of it.
    pub(crate) fn beside(&self) -> Self {
        let (people, lookups, live) = (Arc::clone(&self.people), Arc::clone(&self.lookups), Arc::clone(&self.live));
        Self { people, lookups, live, ..Self::quiet(&self.root) }
    }

    /// Makes ready what searches need of the published run, and with `to_show` what cards need.
    pub(crate) fn ready(&self, to_show: bool) -> impl Future<Output = ()> + Send + use<> {
        let project = self.beside();
        async move {
            // A project that has not run yet has nothing to be made ready.
            if let Err(problem) = customers::follow(&project, to_show).await
                && problem.kind != ProblemKind::NotFound
            {
                tracing::warn!("searches go on with what an earlier run published: {}", problem.message);
            }
            if to_show && let Err(problem) = live::begin(&project).await {
                tracing::warn!("rows cannot be taken: {}", problem.message);
            }
            // A command ends when its run does; a server goes on to be asked.
            if to_show
                && let Err(problem) = lookup::follow(&project).await
                && problem.kind != ProblemKind::NotFound
            {
                tracing::warn!("persons cannot be looked up: {}", problem.message);
            }
        }
    }

    /// The steps that are queries, by name, as text.
    ///
    /// # Errors
    /// Wrong definitions.
    pub async fn queries(&self) -> Result<Vec<(String, String)>, Problem> {
        let opened = Opened::new(&self.root, false, &RunAsk::default()).await?.sound()?;
        let text = |work: &Work| match work {
            Work::Sql(sql) => Some(sql.to_string()),
            Work::Scan(scan) => {
                let conditions = scan.conditions.iter().map(|(name, tree)| format!("-- {name}\n{}", scan.sql(tree)));
                Some(format!("from {}\n{}", scan.from, conditions.collect::<Vec<_>>().join("\n")))
            }
            Work::Kernel { inputs, .. } => Some(inputs.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
            Work::Read { .. } | Work::Decisions | Work::Patches | Work::Send { .. } => None,
        };
        let steps = &opened.planned.plan.steps;
        Ok(steps.iter().filter_map(|step| Some((step.name.clone(), text(&step.work)?))).collect())
    }

    /// Opens the published run for reading.
    pub(crate) async fn reading(&self) -> Result<Reading, Problem> {
        let loaded = onefold_model::load(&self.root);
        if loaded.project.files.iter().all(|file| file.path != "onefold.yaml") {
            return Err(wrong(&loaded.project, &loaded.diagnostics));
        }
        let (lake, published) = lake_to_read(&loaded.project).await?;
        Ok(Reading { project: loaded.project, lake, published })
    }
}

#[async_trait]
impl Platform for Onefold {
    async fn check(&self) -> Result<Check, Problem> {
        let opened = Opened::new(&self.root, false, &RunAsk::default()).await?;
        let diagnostics = diagnostics::views(&opened.project, &opened.diagnostics);
        let text = diagnostics::text(&opened.project, &opened.diagnostics);
        let of = |severity: &str| diagnostics.iter().filter(|found| found.severity == severity).count();
        let (errors, warnings) = (of("error"), of("warning"));
        Ok(Check { ok: errors == 0, errors, warnings, diagnostics, text })
    }

    async fn plan(&self, ask: &RunAsk) -> Result<PlanView, Problem> {
        let opened = Opened::new(&self.root, ask.profiles, ask).await?.sound()?;
        let decided = runner::decide(&opened, ask)?;
        let profiles = match ask.profiles {
            true => Some(runner::trial::profiles(&opened, ask, &self.progress).await?),
            false => None,
        };
        let names = |tables: &mut dyn Iterator<Item = &onefold_model::TableName>| {
            tables.map(ToString::to_string).collect::<Vec<_>>()
        };
        let steps = opened.planned.plan.steps.iter().zip(&decided.decisions).map(|(step, decision)| PlannedStep {
            name: step.name.clone(),
            stage: step.stage.word().to_owned(),
            runs: decision.fate == Fate::Runs,
            cause: decision.cause.clone(),
            because: step.because.clone(),
            reads: names(&mut step.reads.iter()),
            writes: names(&mut step.writes.iter().map(|output| &output.table)),
        });
        let warnings: Vec<Diagnostic> =
            opened.diagnostics.iter().filter(|found| found.severity == Severity::Warning).cloned().collect();
        Ok(PlanView {
            steps: steps.collect(),
            profiles,
            diagnostics: diagnostics::views(&opened.project, &opened.diagnostics),
            text: diagnostics::text(&opened.project, &warnings),
        })
    }

    async fn run(&self, ask: &RunAsk, by: &str, watch: Arc<dyn Watch>) -> Result<RunView, Problem> {
        live::settle(self).await?;
        let opened = Opened::new(&self.root, true, ask).await.and_then(Opened::sound);
        let opened = opened.inspect_err(|problem| {
            // On the command line, who asked has seen it.
            if by != crate::commands::COMMAND_LINE {
                runner::did_not_begin(&self.root, by, problem);
            }
        })?;
        let view = runner::run(&opened, ask, &self.progress, by, watch).await?;
        // What searches need of the new run is made beside whoever waits for the run, but not left undone by the command.
        let ready = self.ready(by != crate::commands::COMMAND_LINE);
        if by == crate::commands::COMMAND_LINE {
            ready.await
        } else {
            _ = tokio::spawn(ready)
        }
        Ok(view)
    }

    async fn tables(&self, all: bool) -> Result<Vec<TableView>, Problem> {
        let Reading { published, .. } = self.reading().await?;
        let tables = published.tables.values().filter(|table| all || !table.internal).map(|table| TableView {
            name: table.name.to_string(),
            kind: if table.internal { "internal" } else { "table" }.to_owned(),
            rows: Some(table.rows()),
            columns: column_views(&table.columns),
        });
        let views = published.views.iter().map(|view| TableView {
            name: view.name.to_string(),
            kind: "view".to_owned(),
            rows: None,
            columns: column_views(&view.columns),
        });
        let mut listed: Vec<TableView> = tables.chain(views).collect();
        listed.sort_by_key(|table| table.name.to_lowercase());
        Ok(listed)
    }

    async fn rows(&self, table: &str, limit: Option<u64>, all: bool, sink: &mut dyn RowSink) -> Result<(), Problem> {
        let Reading { lake, published, .. } = self.reading().await?;
        let name = match (published.table(table), published.view(table)) {
            (Some(entry), _) if all || !entry.internal => entry.name.clone(),
            (_, Some(view)) => view.name.clone(),
            (Some(_), None) => {
                return Err(Problem::refused(format!("`{table}` is a table that only steps read"))
                    .hint("add `--all` to see it all the same"));
            }
            (None, None) => return Err(no_table(&published, table, all)),
        };
        stream(lake.read(&name).await.map_err(of_lake)?, limit, sink).await
    }

    async fn query(&self, ask: &QueryAsk, sink: &mut dyn RowSink) -> Result<(), Problem> {
        let Reading { lake, .. } = self.reading().await?;
        let limits = QueryLimits {
            memory_bytes: usize::try_from(ask.memory).unwrap_or(usize::MAX),
            time: Duration::from_secs_f64(ask.timeout),
            rows: ask.limit.map_or(EVERY_ROW, |limit| usize::try_from(limit).unwrap_or(EVERY_ROW).min(EVERY_ROW)),
        };
        stream(lake.query(&ask.sql, limits).await.map_err(of_lake)?, ask.limit, sink).await
    }

    async fn explain_customer(&self, id: &str) -> Result<CustomerExplained, Problem> {
        let opened = Opened::new(&self.root, false, &RunAsk::default()).await?.sound()?;
        let ground = match self.live.shows() {
            true => customers::ground(self).await.ok(),
            false => None,
        };
        explain::customer(&opened, id, ground).await
    }

    async fn funnel(&self, segment: &str) -> Result<SegmentPreview, Problem> {
        let object = ObjectRef { kind: Kind::Segment, name: segment.to_owned() };
        let definition = desk::definition(self, &object).await?;
        let ask =
            PreviewAsk { name: segment.to_owned(), value: definition.value, without: true, ..PreviewAsk::default() };
        let preview = preview::preview_segment(self, &ask).await?;
        // Counts alone: who is meant is asked for elsewhere.
        Ok(SegmentPreview { sample: Vec::new(), ..preview })
    }

    async fn explain_measure(
        &self,
        measure: &str,
        id: &str,
        ask: &MeasureRowsAsk,
    ) -> Result<MeasureExplained, Problem> {
        let opened = Opened::new(&self.root, false, &RunAsk::default()).await?.sound()?;
        explain::measure(&opened, measure, id, ask).await
    }

    async fn explain_segment(&self, segment: &str, id: &str) -> Result<SegmentExplained, Problem> {
        let opened = Opened::new(&self.root, false, &RunAsk::default()).await?.sound()?;
        explain::segment(&opened, segment, id).await
    }

    async fn objects(&self) -> Result<Vec<ObjectView>, Problem> {
        desk::objects(self).await
    }

    async fn definition(&self, object: &ObjectRef) -> Result<DefinitionView, Problem> {
        desk::definition(self, object).await
    }

    async fn draft(&self, object: &ObjectRef, ask: &DraftAsk) -> Result<DraftView, Problem> {
        desk::draft(self, object, ask).await
    }

    async fn save(&self, object: &ObjectRef, ask: &SaveAsk, by: &str) -> Result<DefinitionView, Problem> {
        let saved = desk::save(self, object, ask, by).await;
        customers::forget_definitions(self);
        saved
    }

    async fn delete(&self, object: &ObjectRef, etag: &str, anyway: bool, by: &str) -> Result<(), Problem> {
        let deleted = desk::delete(self, object, etag, anyway, by).await;
        customers::forget_definitions(self);
        deleted
    }

    async fn versions(&self, object: &ObjectRef) -> Result<Vec<VersionView>, Problem> {
        desk::versions(self, object).await
    }

    async fn conditions(&self, asks: &[ConditionAsk]) -> Result<Vec<ConditionView>, Problem> {
        desk::conditions(self, asks).await
    }

    async fn files(&self, folder: &str) -> Result<Vec<FileView>, Problem> {
        desk::files(self, folder).await
    }

    async fn put_file(&self, path: &str, bytes: &[u8]) -> Result<FileView, Problem> {
        desk::put_file(self, path, bytes).await
    }

    async fn home(&self) -> Result<HomeView, Problem> {
        lists::home(self).await
    }

    async fn segments(&self) -> Result<Vec<SegmentView>, Problem> {
        let mut segments = lists::segments(self).await?;
        customers::count_in(self, &mut segments).await;
        Ok(segments)
    }

    async fn measure_templates(&self) -> Result<Vec<TemplateView>, Problem> {
        desk::templates(self).await
    }

    async fn fill_template(&self, template: &str, ask: &FillAsk, by: &str) -> Result<FilledView, Problem> {
        desk::fill(self, template, ask, by).await
    }

    async fn measures(&self, name: Option<&str>) -> Result<Vec<MeasureView>, Problem> {
        lists::measures(self, name).await
    }

    async fn sources(&self) -> Result<Vec<SourceView>, Problem> {
        lists::sources(self).await
    }

    async fn table_lines(&self, all: bool) -> Result<Vec<TableLine>, Problem> {
        lists::table_lines(self, all).await
    }

    async fn page(&self, table: &str, ask: &RowsAsk) -> Result<RowsView, Problem> {
        preview::page(self, table, ask).await
    }

    async fn statistics(&self, table: &str) -> Result<Vec<ColumnStatistics>, Problem> {
        preview::statistics(self, table).await
    }

    async fn values(
        &self,
        table: &str,
        column: &str,
        contains: &str,
        limit: usize,
    ) -> Result<Vec<BucketView>, Problem> {
        preview::values(self, table, column, contains, limit).await
    }

    async fn reachable(&self) -> Result<Vec<ReachableTable>, Problem> {
        lists::reachable(self).await
    }

    async fn graph(&self) -> Result<GraphView, Problem> {
        lists::graph(self).await
    }

    async fn unify(&self) -> Result<UnifyView, Problem> {
        lists::unify(self).await
    }

    async fn pairs(&self, ask: &PairsAsk) -> Result<PairsView, Problem> {
        lists::pairs(self, ask).await
    }

    async fn exports(&self) -> Result<Vec<ExportView>, Problem> {
        lists::exports(self).await
    }

    async fn deliveries(&self, export: &str) -> Result<Vec<DeliveryView>, Problem> {
        lists::deliveries(self, export).await
    }

    async fn connections(&self) -> Result<Vec<ConnectionView>, Problem> {
        lists::connections(self).await
    }

    async fn runs(&self) -> Result<Vec<RunLine>, Problem> {
        lists::runs(self).await
    }

    async fn run_view(&self, run: &str) -> Result<RunView, Problem> {
        lists::run_view(self, run).await
    }

    async fn schedule(&self) -> Result<ScheduleView, Problem> {
        lists::schedule(self).await
    }

    async fn preview_segment(&self, ask: &PreviewAsk) -> Result<SegmentPreview, Problem> {
        preview::preview_segment(self, ask).await
    }

    async fn preview_measure(&self, ask: &PreviewAsk) -> Result<MeasurePreview, Problem> {
        preview::preview_measure(self, ask).await
    }

    async fn preview_activity(&self, ask: &PreviewAsk) -> Result<ActivityPreview, Problem> {
        preview::preview_activity(self, ask).await
    }

    async fn preview_rule(&self, ask: &MatchRuleAsk) -> Result<MatchRulePreview, Problem> {
        preview::preview_rule(self, ask).await
    }

    async fn preview_transform(&self, ask: &TransformAsk) -> Result<TransformView, Problem> {
        preview::preview_transform(self, ask).await
    }

    async fn tests(&self, ask: &TestsAsk) -> Result<Vec<TestView>, Problem> {
        examples::run(&self.root, &ask.names).await
    }

    async fn overlap(&self, segments: &[String]) -> Result<OverlapView, Problem> {
        preview::overlap(self, segments).await
    }

    async fn probe(&self, kind: Kind, ask: &PreviewAsk) -> Result<ProbeView, Problem> {
        preview::probe(self, kind, ask).await
    }

    async fn insight_choices(&self) -> Result<InsightChoices, Problem> {
        insights::choices(self).await
    }

    async fn quick(&self, ask: &QuickAsk) -> Result<QuickView, Problem> {
        insights::quick(self, ask).await
    }

    async fn suggest_by_activity(&self, ask: &ActivityAsk) -> Result<ActivitySuggestions, Problem> {
        insights::by_activity(self, ask).await
    }

    async fn suggest_by_outcome(&self, ask: &OutcomeAsk) -> Result<OutcomeSuggestions, Problem> {
        insights::by_outcome(self, ask).await
    }

    async fn differences(&self, ask: &DifferencesAsk) -> Result<DifferencesView, Problem> {
        insights::differences(self, ask).await
    }

    async fn segment_overlap(&self, ask: &SegmentOverlapAsk) -> Result<SegmentOverlapView, Problem> {
        insights::overlap(self, ask).await
    }

    async fn similar(&self, ask: &SimilarAsk) -> Result<SimilarView, Problem> {
        insights::similar(self, ask).await
    }

    async fn search(&self, ask: &SearchAsk) -> Result<SearchView, Problem> {
        customers::search(self, ask).await
    }

    async fn customer(&self, id: &str) -> Result<ProfileView, Problem> {
        customers::customer(self, id).await
    }

    async fn lookup(&self, ask: &LookupAsk) -> Result<LookupView, Problem> {
        lookup::lookup(self, ask).await
    }

    async fn timeline(&self, id: &str, ask: &TimelineAsk) -> Result<TimelineView, Problem> {
        customers::timeline(self, id, ask).await
    }

    async fn live(&self, table: &str, rows: &str) -> Result<LiveView, Problem> {
        live::take(self, table, rows).await
    }

    async fn live_state(&self) -> Result<LiveState, Problem> {
        live::state::state(self).await
    }

    async fn due(&self) -> Result<Option<DueRun>, Problem> {
        live::state::due(self).await
    }

    async fn patch(&self, id: &str, ask: &PatchAsk, by: &str) -> Result<PatchView, Problem> {
        live::patch(self, id, ask, by).await
    }

    async fn match_model(&self) -> Result<ModelView, Problem> {
        steward::model(self).await
    }

    async fn explain_pair(&self, ask: &PairAsk) -> Result<PairExplained, Problem> {
        steward::explain_pair(self, ask).await
    }

    async fn identity(&self, id: &str) -> Result<IdentityView, Problem> {
        steward::identity(self, id).await
    }

    async fn review(&self, ask: &ReviewAsk) -> Result<ReviewView, Problem> {
        steward::review(self, ask).await
    }

    async fn decisions(&self, ask: &DecisionsAsk) -> Result<DecisionsView, Problem> {
        steward::decisions(self, ask).await
    }

    async fn decide(&self, ask: &DecideAsk, by: &str) -> Result<DecidedView, Problem> {
        steward::decide(self, ask, by).await
    }

    async fn undo(&self, decision: i64, by: &str) -> Result<DecidedView, Problem> {
        steward::undo(self, decision, by).await
    }

    async fn split(&self, id: &str, ask: &SplitAsk, by: &str) -> Result<DecidedView, Problem> {
        steward::split(self, id, ask, by).await
    }

    async fn merge(&self, ask: &MergeAsk, by: &str) -> Result<DecidedView, Problem> {
        steward::merge(self, ask, by).await
    }

    async fn quality(&self, width: f64) -> Result<QualityView, Problem> {
        steward::quality(self, width).await
    }
}

fn column_views(columns: &[Column]) -> Vec<ColumnView> {
    columns.iter().map(|column| ColumnView { name: column.name.to_string(), ty: column.ty.to_string() }).collect()
}

fn no_table(published: &Published, table: &str, all: bool) -> Problem {
    let tables = published.tables.values().filter(|entry| all || !entry.internal).map(|entry| entry.name.as_str());
    let views = published.views.iter().map(|view| view.name.as_str());
    let problem = Problem::not_found(format!("there is no table `{table}`"));
    match nearest(table, tables.chain(views)) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem.hint("see `onefold show` for the tables"),
    }
}

/// Hands the rows of an answer on as they come, as many as are wanted.
async fn stream(mut found: QueryResult, limit: Option<u64>, sink: &mut dyn RowSink) -> Result<(), Problem> {
    sink.columns(&values::columns(&found.schema))?;
    let mut left = limit.unwrap_or(u64::MAX);
    while left > 0 {
        let Some(batch) = found.batches.next().await else { break };
        for row in values::rows(&batch.map_err(of_lake)?)? {
            if left == 0 {
                break;
            }
            left -= 1;
            sink.row(&row)?;
        }
    }
    Ok(())
}
