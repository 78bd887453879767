//! Fake: a platform without an engine, for the tests of this crate. It keeps one definition and knows one person, Alice.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use onefold_api::*;
use serde_json::Value;

/// The one file.
#[derive(Default)]
struct File {
    yaml: String,
    etag: Option<String>,
}

impl File {
    fn view(&self, object: &ObjectRef) -> DefinitionView {
        DefinitionView {
            object: ObjectView {
                kind: object.kind,
                name: object.name.clone(),
                title: None,
                description: None,
                file: "file.yaml".into(),
                etag: self.etag.clone().unwrap_or_default(),
                errors: 0,
                warnings: 0,
                depends_on: Vec::new(),
                used_by: Vec::new(),
            },
            yaml: self.yaml.clone(),
            value: Value::Null,
            diagnostics: Vec::new(),
        }
    }
}

/// A platform that answers little.
#[derive(Default)]
pub(crate) struct FakePlatform(Mutex<File>);

#[async_trait]
impl Platform for FakePlatform {
    async fn check(&self) -> Result<Check, Problem> {
        Err(Problem::not_found("`check` is not in this platform"))
    }
    async fn plan(&self, ask: &RunAsk) -> Result<PlanView, Problem> {
        let _ = ask;
        Err(Problem::not_found("`plan` is not in this platform"))
    }
    async fn run(&self, ask: &RunAsk, by: &str, watch: Arc<dyn Watch>) -> Result<RunView, Problem> {
        watch.say(RunEvent::Planned { steps: vec![("a step".into(), "ingest".into())] });
        watch.say(RunEvent::StepStarted { step: "a step".into() });
        if ask.only == ["forever"] {
            watch.stopped().await;
            return Err(Problem::failed("the run was stopped"));
        }
        assert!(ask.only != ["panic"], "as the test asked");
        let _ = by;
        Err(Problem::failed("this platform runs nothing").hint("use a real one"))
    }
    async fn tables(&self, all: bool) -> Result<Vec<TableView>, Problem> {
        let _ = all;
        Ok(vec![TableView { name: "Customer".into(), kind: "table".into(), rows: Some(2), columns: Vec::new() }])
    }
    async fn rows(&self, table: &str, limit: Option<u64>, all: bool, sink: &mut dyn RowSink) -> Result<(), Problem> {
        let _ = (table, limit, all);
        sink.columns(&[ColumnView { name: "CustomerId".into(), ty: "text".into() }])?;
        sink.row(&["alice".into()])?;
        sink.row(&["=bob".into()])?;
        Ok(())
    }
    async fn query(&self, ask: &QueryAsk, sink: &mut dyn RowSink) -> Result<(), Problem> {
        let _ = (ask, sink);
        Err(Problem::not_found("`query` is not in this platform"))
    }
    async fn explain_customer(&self, id: &str) -> Result<CustomerExplained, Problem> {
        let _ = id;
        Err(Problem::not_found("`explain_customer` is not in this platform"))
    }
    async fn funnel(&self, segment: &str) -> Result<SegmentPreview, Problem> {
        let _ = segment;
        Err(Problem::not_found("`funnel` is not in this platform"))
    }
    async fn explain_measure(
        &self,
        measure: &str,
        id: &str,
        ask: &MeasureRowsAsk,
    ) -> Result<MeasureExplained, Problem> {
        let _ = (measure, id, ask);
        Err(Problem::not_found("`explain_measure` is not in this platform"))
    }
    async fn explain_segment(&self, segment: &str, id: &str) -> Result<SegmentExplained, Problem> {
        let _ = (segment, id);
        Err(Problem::not_found("`explain_segment` is not in this platform"))
    }
    async fn objects(&self) -> Result<Vec<ObjectView>, Problem> {
        Ok(Vec::new())
    }
    async fn definition(&self, object: &ObjectRef) -> Result<DefinitionView, Problem> {
        let file = self.0.lock().unwrap();
        if file.etag.is_none() {
            return Err(Problem::not_found("there is no such definition"));
        }
        Ok(file.view(object))
    }
    async fn draft(&self, _object: &ObjectRef, ask: &DraftAsk) -> Result<DraftView, Problem> {
        Ok(DraftView {
            yaml: ask.yaml.clone().unwrap_or_default(),
            value: ask.value.clone().unwrap_or_default(),
            diagnostics: Vec::new(),
            elsewhere: Vec::new(),
            diff: Vec::new(),
        })
    }
    async fn save(&self, object: &ObjectRef, ask: &SaveAsk, by: &str) -> Result<DefinitionView, Problem> {
        if self.0.lock().unwrap().etag.as_deref() != ask.etag.as_deref() {
            let etag = self.0.lock().unwrap().etag.clone();
            let kind = ProblemKind::Conflict { etag, used_by: Vec::new() };
            return Err(Problem { kind, ..Problem::refused("the file changed") });
        }
        let mut file = self.0.lock().unwrap();
        file.yaml = ask.yaml.clone().unwrap_or_default();
        file.etag = Some(format!("{by}-{}", file.yaml.len()));
        Ok(file.view(object))
    }
    async fn delete(&self, object: &ObjectRef, etag: &str, anyway: bool, by: &str) -> Result<(), Problem> {
        let _ = (object, etag, anyway, by);
        Err(Problem::not_found("`delete` is not in this platform"))
    }
    async fn versions(&self, object: &ObjectRef) -> Result<Vec<VersionView>, Problem> {
        let _ = object;
        Err(Problem::not_found("`versions` is not in this platform"))
    }
    async fn conditions(&self, asks: &[ConditionAsk]) -> Result<Vec<ConditionView>, Problem> {
        let _ = asks;
        Err(Problem::not_found("`conditions` is not in this platform"))
    }
    async fn files(&self, folder: &str) -> Result<Vec<FileView>, Problem> {
        let _ = folder;
        Ok(Vec::new())
    }
    async fn put_file(&self, path: &str, bytes: &[u8]) -> Result<FileView, Problem> {
        Ok(FileView { path: path.to_owned(), folder: false, bytes: bytes.len() as u64, modified: None })
    }
    async fn home(&self) -> Result<HomeView, Problem> {
        Err(Problem::not_found("`home` is not in this platform"))
    }
    async fn segments(&self) -> Result<Vec<SegmentView>, Problem> {
        Ok(Vec::new())
    }
    async fn measures(&self, name: Option<&str>) -> Result<Vec<MeasureView>, Problem> {
        let _ = name;
        Err(Problem::not_found("`measures` is not in this platform"))
    }
    async fn measure_templates(&self) -> Result<Vec<TemplateView>, Problem> {
        Ok(Vec::new())
    }
    async fn fill_template(&self, template: &str, ask: &FillAsk, by: &str) -> Result<FilledView, Problem> {
        let _ = (template, ask, by);
        Err(Problem::not_found("`fill_template` is not in this platform"))
    }
    async fn sources(&self) -> Result<Vec<SourceView>, Problem> {
        Err(Problem::not_found("`sources` is not in this platform"))
    }
    async fn table_lines(&self, all: bool) -> Result<Vec<TableLine>, Problem> {
        let _ = all;
        Err(Problem::not_found("`table_lines` is not in this platform"))
    }
    async fn page(&self, table: &str, ask: &RowsAsk) -> Result<RowsView, Problem> {
        let _ = (table, ask);
        Ok(RowsView {
            columns: vec![ColumnView { name: "CustomerId".into(), ty: "text".into() }],
            rows: vec![vec!["alice".into()], vec!["bob".into()], vec!["alice".into()]],
            total: Some(3),
        })
    }
    async fn statistics(&self, table: &str) -> Result<Vec<ColumnStatistics>, Problem> {
        let _ = table;
        Err(Problem::not_found("`statistics` is not in this platform"))
    }
    async fn values(
        &self,
        table: &str,
        column: &str,
        contains: &str,
        limit: usize,
    ) -> Result<Vec<BucketView>, Problem> {
        let _ = (table, column, contains, limit);
        Err(Problem::not_found("`values` is not in this platform"))
    }
    async fn reachable(&self) -> Result<Vec<ReachableTable>, Problem> {
        Err(Problem::not_found("`reachable` is not in this platform"))
    }
    async fn graph(&self) -> Result<GraphView, Problem> {
        Err(Problem::not_found("`graph` is not in this platform"))
    }
    async fn unify(&self) -> Result<UnifyView, Problem> {
        Err(Problem::not_found("`unify` is not in this platform"))
    }
    async fn pairs(&self, ask: &PairsAsk) -> Result<PairsView, Problem> {
        let _ = ask;
        Err(Problem::not_found("`pairs` is not in this platform"))
    }
    async fn exports(&self) -> Result<Vec<ExportView>, Problem> {
        Err(Problem::not_found("`exports` is not in this platform"))
    }
    async fn deliveries(&self, export: &str) -> Result<Vec<DeliveryView>, Problem> {
        let _ = export;
        Err(Problem::not_found("`deliveries` is not in this platform"))
    }
    async fn connections(&self) -> Result<Vec<ConnectionView>, Problem> {
        panic!("as the test asked")
    }
    async fn runs(&self) -> Result<Vec<RunLine>, Problem> {
        Err(Problem::not_found("`runs` is not in this platform"))
    }
    async fn run_view(&self, run: &str) -> Result<RunView, Problem> {
        let _ = run;
        Err(Problem::not_found("`run_view` is not in this platform"))
    }
    async fn schedule(&self) -> Result<ScheduleView, Problem> {
        Ok(ScheduleView {
            cron: None,
            time_zone: "UTC".into(),
            next: Vec::new(),
            last: None,
            late_by: None,
            problem: None,
        })
    }
    async fn preview_segment(&self, ask: &PreviewAsk) -> Result<SegmentPreview, Problem> {
        let _ = ask;
        Err(Problem::not_found("`preview_segment` is not in this platform"))
    }
    async fn preview_measure(&self, ask: &PreviewAsk) -> Result<MeasurePreview, Problem> {
        let _ = ask;
        Err(Problem::not_found("`preview_measure` is not in this platform"))
    }
    async fn preview_activity(&self, ask: &PreviewAsk) -> Result<ActivityPreview, Problem> {
        let _ = ask;
        Err(Problem::not_found("`preview_activity` is not in this platform"))
    }
    async fn preview_rule(&self, ask: &MatchRuleAsk) -> Result<MatchRulePreview, Problem> {
        let _ = ask;
        Err(Problem::not_found("`preview_rule` is not in this platform"))
    }
    async fn preview_transform(&self, ask: &TransformAsk) -> Result<TransformView, Problem> {
        let _ = ask;
        Err(Problem::not_found("`preview_transform` is not in this platform"))
    }
    async fn tests(&self, ask: &TestsAsk) -> Result<Vec<TestView>, Problem> {
        let _ = ask;
        Err(Problem::not_found("`tests` is not in this platform"))
    }
    async fn overlap(&self, segments: &[String]) -> Result<OverlapView, Problem> {
        let _ = segments;
        Err(Problem::not_found("`overlap` is not in this platform"))
    }
    async fn probe(&self, kind: Kind, ask: &PreviewAsk) -> Result<ProbeView, Problem> {
        let _ = (kind, ask);
        Err(Problem::not_found("`probe` is not in this platform"))
    }
    async fn insight_choices(&self) -> Result<InsightChoices, Problem> {
        Ok(InsightChoices { run: "r1".into(), profiles: 2, fields: Vec::new(), activities: Vec::new() })
    }
    async fn quick(&self, ask: &QuickAsk) -> Result<QuickView, Problem> {
        Err(Problem::not_found(format!("there is no field `{}`", ask.field)))
    }
    async fn suggest_by_activity(&self, ask: &ActivityAsk) -> Result<ActivitySuggestions, Problem> {
        Err(Problem::not_found(format!("there are no activities `{}`", ask.activity)))
    }
    async fn suggest_by_outcome(&self, ask: &OutcomeAsk) -> Result<OutcomeSuggestions, Problem> {
        Err(Problem::not_found(format!("there is no field `{}`", ask.outcome)))
    }
    async fn differences(&self, ask: &DifferencesAsk) -> Result<DifferencesView, Problem> {
        Err(Problem::not_found(format!("there is no segment `{}`", ask.segment)))
    }
    async fn segment_overlap(&self, ask: &SegmentOverlapAsk) -> Result<SegmentOverlapView, Problem> {
        Err(Problem::refused(format!("{} segments cannot be compared", ask.segments.len())))
    }
    async fn similar(&self, ask: &SimilarAsk) -> Result<SimilarView, Problem> {
        let person = SimilarPerson { customer_id: "alice".into(), title: "Alice".into(), score: 0.9 };
        Ok(SimilarView {
            segment: ask.segment.clone(),
            members: 1,
            target: 1,
            found: 1,
            threshold: 0.4,
            auc: 0.7,
            auc_spread: 0.01,
            learned_from: (1, 1),
            verdict: String::new(),
            bands: Vec::new(),
            fields: Vec::new(),
            left_out: Vec::new(),
            people: vec![person],
            rule: String::new(),
            saves: Vec::new(),
            seconds: 0.0,
        })
    }
    async fn search(&self, ask: &SearchAsk) -> Result<SearchView, Problem> {
        let _ = ask;
        Err(Problem::not_found("`search` is not in this platform"))
    }
    async fn customer(&self, id: &str) -> Result<ProfileView, Problem> {
        if id != "alice" {
            return Err(Problem::not_found("nobody has this id"));
        }
        Ok(ProfileView {
            customer_id: id.to_owned(),
            profile_no: 1,
            previous: Vec::new(),
            title: "Alice".into(),
            run: "r1".into(),
            at: "2026-01-01T00:00:00Z".into(),
            fields: Vec::new(),
            ids: Vec::new(),
            measures: Vec::new(),
            segments: Vec::new(),
            activities: Vec::new(),
            first_activity: None,
            last_activity: None,
            clusters: Vec::new(),
            history: Vec::new(),
        })
    }
    async fn lookup(&self, ask: &LookupAsk) -> Result<LookupView, Problem> {
        match lookup(ask) {
            view if view.fields.len() < 2 => Err(Problem::refused("too little is known").hint("send more")),
            view => Ok(view),
        }
    }
    async fn timeline(&self, id: &str, ask: &TimelineAsk) -> Result<TimelineView, Problem> {
        let _ = (id, ask);
        Err(Problem::not_found("`timeline` is not in this platform"))
    }
    async fn live(&self, table: &str, rows: &str) -> Result<LiveView, Problem> {
        let _ = (table, rows);
        Err(Problem::not_found("`live` is not in this platform"))
    }
    async fn live_state(&self) -> Result<LiveState, Problem> {
        Ok(LiveState { waiting: 3, ..LiveState::default() })
    }
    async fn due(&self) -> Result<Option<DueRun>, Problem> {
        Ok(None)
    }
    async fn patch(&self, id: &str, ask: &PatchAsk, by: &str) -> Result<PatchView, Problem> {
        let set = ask.set.keys().map(|column| format!("{column} by {by}")).collect();
        Ok(PatchView { customer_id: id.to_owned(), set, removed: ask.remove.clone(), ..PatchView::default() })
    }
    async fn match_model(&self) -> Result<ModelView, Problem> {
        let warning = MatchWarningView { customer_ids: vec!["alice".into()], ..MatchWarningView::default() };
        Ok(ModelView { warnings: vec![warning], ..ModelView::default() })
    }
    async fn explain_pair(&self, ask: &PairAsk) -> Result<PairExplained, Problem> {
        if ask.key1 != "1" {
            return Err(Problem::not_found(format!("no record `{}`", ask.key1)));
        }
        let ids = (Some("alice".into()), Some("bob".into()));
        Ok(PairExplained { a_customer_id: ids.0, b_customer_id: ids.1, ..PairExplained::default() })
    }
    async fn identity(&self, id: &str) -> Result<IdentityView, Problem> {
        let customer_id = self.customer(id).await?.customer_id;
        Ok(IdentityView { customer_id, ..IdentityView::default() })
    }
    async fn review(&self, ask: &ReviewAsk) -> Result<ReviewView, Problem> {
        let probability = ask.scores.then_some(0.5);
        let pair = ReviewPair { id: "1".into(), probability, ..ReviewPair::default() };
        Ok(ReviewView { total: 1, pairs: vec![pair], people: vec!["alice".into()], ..ReviewView::default() })
    }
    async fn decisions(&self, ask: &DecisionsAsk) -> Result<DecisionsView, Problem> {
        let decision = ask.decision.unwrap_or_default();
        let decision = DecisionView { id: 7, decision, ..DecisionView::default() };
        Ok(DecisionsView { total: 1, decisions: vec![decision], people: vec!["alice".into()], waiting: 0 })
    }
    async fn decide(&self, ask: &DecideAsk, by: &str) -> Result<DecidedView, Problem> {
        Ok(decided(ask.decision, by))
    }
    async fn undo(&self, decision: i64, by: &str) -> Result<DecidedView, Problem> {
        match decision {
            7 => Ok(decided(Verdict::Unsure, by)),
            _ => Err(Problem::not_found(format!("there is no decision {decision}"))),
        }
    }
    async fn split(&self, id: &str, ask: &SplitAsk, by: &str) -> Result<DecidedView, Problem> {
        let _ = ask;
        self.customer(id).await?;
        Ok(decided(Verdict::Different, by))
    }
    async fn merge(&self, ask: &MergeAsk, by: &str) -> Result<DecidedView, Problem> {
        let _ = ask;
        Ok(decided(Verdict::Same, by))
    }
    async fn quality(&self, width: f64) -> Result<QualityView, Problem> {
        Ok(QualityView { width, ..QualityView::default() })
    }
}

fn decided(decision: Verdict, by: &str) -> DecidedView {
    let decision = DecisionView { id: 7, decision, by: by.to_owned(), ..DecisionView::default() };
    DecidedView { decisions: vec![decision], customer_ids: vec!["alice".into()], ..DecidedView::default() }
}

/// Knows two of the name `Lidell`: Alice, whom the given name and another value make certain, and Bob.
fn lookup(ask: &LookupAsk) -> LookupView {
    let said = |name: &str, value: &str| {
        ask.values.get(name).is_some_and(|values| values.iter().any(|own| own.eq_ignore_ascii_case(value)))
    };
    let fields: Vec<String> =
        ask.values.iter().filter(|(_, own)| !own.is_empty()).map(|(name, _)| name.clone()).collect();
    let field = |column: &str, semantic: &str, value: &str| FieldView {
        column: column.to_owned(),
        title: column.to_owned(),
        ty: "text".to_owned(),
        semantic: Some(semantic.to_owned()),
        value: Value::from(value),
        source: None,
        patched: None,
    };
    let candidate = |id: &str, given: &str, probability: f64| LookupCandidate {
        customer_id: id.to_owned(),
        title: format!("{given} Lidell"),
        probability,
        grade: Grade::of(probability),
        fields: vec![
            field("given", "Person.FirstName", given),
            field("family", "Person.LastName", "Lidell"),
            field("born", "Person.BirthDate", "1852-05-04"),
            field("sex", "Person.Gender", "F"),
            field("mail", "Identity.Service.Email", "one@example.org"),
            field("street", "Location.Address.Street", "1 Tom Gate"),
            field("city", "Location.City", "Oxford"),
        ],
        ..LookupCandidate::default()
    };
    let mut candidates = Vec::new();
    if said("Person.LastName", "Lidell") {
        let certain = said("Person.FirstName", "Alice") && ask.values.contains_key("Person.BirthDate");
        let odds = if certain { (0.995, 0.004) } else { (0.5, 0.4) };
        candidates = vec![candidate("alice", "Alice", odds.0), candidate("bob", "Bob", odds.1)];
    }
    candidates.retain(|one| !ask.only_certain || one.grade == Grade::Certain);
    candidates.truncate(if ask.limit == 0 { 10 } else { ask.limit });
    LookupView { run: "r1".into(), fields, candidates, ..LookupView::default() }
}

/// One project, `p`.
#[derive(Default)]
pub(crate) struct FakeHost(Arc<FakePlatform>);

#[async_trait]
impl Host for FakeHost {
    fn projects(&self) -> Vec<ProjectEntry> {
        vec![ProjectEntry { name: "p".into(), title: "P".into(), time_zone: "UTC".into() }]
    }
    fn platform(&self, name: &str) -> Option<Arc<dyn Platform>> {
        (name == "p").then(|| Arc::clone(&self.0) as Arc<dyn Platform>)
    }
    async fn create(&self, ask: &NewProject) -> Result<ProjectEntry, Problem> {
        Err(Problem::refused(format!("`{}` cannot be made here", ask.name)))
    }
}
