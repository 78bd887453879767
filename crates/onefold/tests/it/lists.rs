//! Lists: what pages list of a project, in process: before the first run, after it, and while definitions are wrong.
//!
//! Also here: runs that are watched, stopped, or never begin, and what the history says of them.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use onefold::host::Projects;
use onefold::platform::Onefold;
use onefold_api::*;
use onefold_lake::{Lake, LakeOptions};
use tokio::sync::Notify;

use crate::scratch::{Scratch, data};

/// The longest a list may take on this machine while others use it too; by itself each takes a tenth of that.
const LONG: Duration = Duration::from_secs(2);

/// Looks on, and stops the run when a step has begun.
#[derive(Default)]
struct Looker {
    said: Mutex<Vec<RunEvent>>,
    stops: bool,
    stop: Notify,
}

#[async_trait]
impl Watch for Looker {
    fn say(&self, event: RunEvent) {
        if self.stops && matches!(event, RunEvent::StepStarted { .. }) {
            self.stop.notify_one();
        }
        self.said.lock().unwrap().push(event);
    }
    async fn stopped(&self) {
        self.stop.notified().await;
    }
}

fn starter() -> Scratch {
    let scratch = Scratch::empty();
    scratch.onefold(&["init"]).done();
    scratch
}

fn at() -> RunAsk {
    RunAsk { now: Some("2026-06-01T12:00:00Z".into()), ..RunAsk::default() }
}

async fn run(project: &Onefold, ask: &RunAsk) -> Result<RunView, Problem> {
    project.run(ask, "anna", Arc::new(Nobody)).await
}

/// Every list that can be asked for without naming anything.
async fn every_list(project: &dyn Platform) {
    let timed = |name: &'static str, began: Instant| {
        let took = began.elapsed();
        assert!(took < LONG, "`{name}` took {took:?}");
    };
    macro_rules! ask {
        ($($name:ident($($word:expr),*))*) => {$(
            let began = Instant::now();
            project.$name($($word),*).await.unwrap_or_else(|problem| panic!("{}: {problem:?}", stringify!($name)));
            timed(stringify!($name), began);
        )*};
    }
    let pairs = PairsAsk::default();
    ask! {
        home() segments() measures(None) sources() table_lines(false) table_lines(true) reachable() graph() unify()
        pairs(&pairs) exports() connections() runs() schedule() check()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_watched_and_its_record_says_who_asked() {
    let scratch = starter();
    let project = Onefold::quiet(scratch.path());
    let looker = Arc::new(Looker::default());
    let view = project.run(&at(), "anna", looker.clone()).await.unwrap();
    assert_eq!(view.by, "anna");
    let said = looker.said.lock().unwrap().clone();
    let Some(RunEvent::Planned { steps }) = said.first() else { panic!("{said:?}") };
    for (name, _) in steps {
        let began = |event: &RunEvent| matches!(event, RunEvent::StepStarted { step } if step == name);
        let ended = |event: &RunEvent| matches!(event, RunEvent::StepEnded { step, error: None, .. } if step == name);
        let (began, ended) = (said.iter().position(began), said.iter().position(ended));
        assert!(began.is_some() && began < ended, "{name}: {said:?}");
    }
    let published = said.iter().position(|event| matches!(event, RunEvent::Published { run } if *run == view.run));
    let sending = said.iter().position(|event| matches!(event, RunEvent::Sending { .. }));
    assert!(published.is_some() && published < sending, "{said:?}");

    let runs = project.runs().await.unwrap();
    assert_eq!((runs.len(), runs[0].by.as_str(), runs[0].outcome.as_str()), (1, "anna", "completed"));
    assert!(runs[0].current);
    assert_eq!(project.run_view(&view.run).await.unwrap().steps, view.steps);
    // A run that changes nothing is told too, and is not the current one.
    run(&project, &at()).await.unwrap();
    let runs = project.runs().await.unwrap();
    assert_eq!((runs.len(), runs[0].steps, runs[0].current), (2, 0, false), "{runs:?}");
    assert!(project.run_view(&runs[0].run).await.is_ok());
    assert!(project.run_view("../../onefold").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_stopped_leaves_nothing_and_says_so() {
    let scratch = starter();
    let project = Onefold::quiet(scratch.path());
    let first = run(&project, &at()).await.unwrap();
    let mut orders = "order_id,customer_id,ordered_at,product,amount\n".to_owned();
    for n in 0..300_000 {
        orders.push_str(&format!("O{n},C{},2026-01-05T10:00:00Z,Gear wheel,10\n", n % 4 + 1));
    }
    scratch.write("data/orders.csv", &orders);
    let looker = Arc::new(Looker { stops: true, ..Looker::default() });
    let problem = project.run(&at(), "berta", looker).await.unwrap_err();
    assert_eq!(problem.message, "the run was stopped; nothing of it is published");
    assert_eq!(scratch.number(r#"select count(*) from "Shop_orders""#), 4.0);
    let left = std::fs::read_dir(scratch.path().join("lake/_runs")).unwrap().flatten();
    let left: Vec<String> = left
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(left, std::slice::from_ref(&first.run));
    let runs = project.runs().await.unwrap();
    assert_eq!((runs[0].outcome.as_str(), runs[0].by.as_str()), ("canceled", "berta"));
    assert_eq!(runs[0].message.as_deref(), Some(problem.message.as_str()));
    let view = project.run_view(&runs[0].run).await.unwrap();
    assert_eq!((view.outcome, view.hint.is_some()), (Outcome::Canceled, true));
    // The next one goes through.
    run(&project, &at()).await.unwrap();
    assert_eq!(scratch.number(r#"select count(*) from "Shop_orders""#), 300_000.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_beside_one_is_refused_and_both_are_told_of() {
    let scratch = starter();
    let project = Onefold::quiet(scratch.path());
    let lake = Lake::open(&scratch.path().join("lake"), LakeOptions::default()).await.unwrap();
    let other = lake.begin("2026-01-01T00:00:00Z".parse().unwrap(), std::collections::HashMap::new()).await.unwrap();
    let problem = run(&project, &at()).await.unwrap_err();
    assert_eq!(problem.message, "another run of this project is under way");
    other.abandon().unwrap();
    scratch.replace("measures/TotalSpent.yaml", "Order.amount", "Order.amont");
    project.run(&at(), "schedule", Arc::new(Nobody)).await.unwrap_err();
    let runs = project.runs().await.unwrap();
    let told: Vec<(&str, &str)> = runs.iter().map(|run| (run.outcome.as_str(), run.by.as_str())).collect();
    assert_eq!(told, [("failed", "schedule"), ("failed", "anna")], "{runs:?}");
    assert!(runs.iter().all(|run| run.message.is_some() && !run.current));
    let home = project.home().await.unwrap();
    let attention = &home.attention[0];
    assert_eq!(attention.severity, "error", "{:?}", home.attention);
    assert!(home.attention.iter().any(|item| item.message.starts_with("the last run failed: ")), "{home:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_project_answers_every_list() {
    let folder = tempfile::tempdir().unwrap();
    let projects = Projects::open(&[], Some(folder.path()), &folder.path().join("projects.json")).unwrap();
    projects.create(&NewProject { name: "new".into(), ..NewProject::default() }).await.unwrap();
    let project = projects.platform("new").unwrap();
    every_list(&*project).await;
    let home = project.home().await.unwrap();
    assert_eq!((home.profiles, home.sources, home.last_run.is_none()), (None, 0, true));
    assert!(home.steps.iter().all(|step| !step.done), "{:?}", home.steps);
    assert!(home.attention.is_empty(), "{:?}", home.attention);
    project.run(&at(), "anna", Arc::new(Nobody)).await.unwrap();
    every_list(&*project).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_answer_before_the_first_run_and_while_definitions_are_wrong() {
    let scratch = starter();
    let project = Onefold::quiet(scratch.path());
    every_list(&project).await;
    let segments = project.segments().await.unwrap();
    assert_eq!((segments[0].state.as_str(), segments[0].members), ("draft", None));
    run(&project, &at()).await.unwrap();
    let segments = project.segments().await.unwrap();
    assert_eq!((segments[0].state.as_str(), segments[0].members), ("active", Some(2)));
    assert_eq!(segments[0].used_by[0].kind, Kind::Export);
    scratch.replace("segments/GoodCustomers.yaml", "> 100", "> 10");
    assert_eq!(project.segments().await.unwrap()[0].state, "changed");
    let home = project.home().await.unwrap();
    assert!(home.attention.iter().any(|item| item.message.contains("`segments/GoodCustomers`")), "{home:?}");

    scratch.write("segments/GoodCustomers.yaml", "rules: [\n");
    scratch.write("measures/TotalSpent.yaml", "title: 1\n");
    scratch.write("sources/Shop.yaml", "kind: spreadsheet\n");
    every_list(&project).await;
    for state in [
        project.segments().await.unwrap()[0].state.clone(),
        project.measures(None).await.unwrap()[0].state.clone(),
        project.sources().await.unwrap()[0].state.clone(),
    ] {
        assert_eq!(state, "error");
    }
    assert_eq!(project.measures(Some("TotalSpent")).await.unwrap()[0].name, "TotalSpent");
    assert!(project.measures(Some("TotalSpnt")).await.is_err());
    assert!(project.home().await.unwrap().attention.iter().any(|item| item.severity == "error"));
}

fn outreach(from: &Path) -> Scratch {
    let scratch = Scratch::of("patient-outreach");
    // There is no server to send to.
    scratch.replace("exports/SegmentsToOutreach.yaml", "with_every_run", "manual");
    for name in ["Patient.ndjson.gz", "Appointment.ndjson.gz"] {
        scratch.link(&from.join(name), &format!("data/fhir/{name}"));
    }
    scratch.link(&from.join("contacts.json.gz"), "data/dataverse/contacts.json.gz");
    scratch
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_the_story_say_its_numbers() {
    let Some(from) = data("no-show") else { return };
    let scratch = outreach(&from);
    let project = Onefold::quiet(scratch.path());
    run(&project, &at()).await.unwrap();
    onefold::lakes::keep();
    every_list(&project).await;

    let home = project.home().await.unwrap();
    assert_eq!((home.profiles, home.records, home.activities), (Some(62_299), Some(102_299), Some(110_527)));
    assert!(home.steps.iter().all(|step| step.done), "{:?}", home.steps);
    assert_eq!(home.next_run.is_some(), home.attention.iter().all(|item| !item.message.contains("schedule")));
    let without_key = home.attention.iter().find(|item| item.message.contains("have no `contactid`"));
    assert!(without_key.is_some_and(|item| item.message.contains("3,572")), "{:?}", home.attention);

    let segments = project.segments().await.unwrap();
    let no_show = segments.iter().find(|segment| segment.name == "NoShow50").unwrap();
    assert_eq!((no_show.members, no_show.trend.len(), no_show.before), (Some(9_157), 1, None));
    assert_eq!(no_show.refreshed.as_deref(), Some("2026-06-01T12:00:00Z"));

    let sources = project.sources().await.unwrap();
    let fhir = sources.iter().find(|source| source.name == "AzureAPIforFHIR").unwrap();
    assert_eq!((fhir.state.as_str(), fhir.tables[1].rows, fhir.tables[1].corrupt), ("ready", Some(110_527), Some(0)));

    unify_of_the_story(&project).await;
    ways_of_the_story(&project).await;

    let measure = &project.measures(Some("NoShowAppointments")).await.unwrap()[0];
    let numbers = measure.numbers.as_ref().unwrap();
    let sum: u64 = numbers.histogram.iter().map(|range| range.count).sum();
    assert_eq!((sum, numbers.count + numbers.missing), (numbers.count, 62_299), "{measure:?}");

    let exports = project.exports().await.unwrap();
    let folder = exports.iter().find(|export| export.name == "SegmentsToFolder").unwrap();
    assert_eq!((folder.state.as_str(), folder.kind.as_str()), ("sent", "folder"));
    let item = &project.deliveries("SegmentsToFolder").await.unwrap()[0].items[0];
    assert_eq!((item.offered, item.sent, item.without_key), (9_157, 5_585, 3_572));
    assert!(project.deliveries("Nowhere").await.is_err());

    let tables = project.table_lines(false).await.unwrap();
    let group = |name: &str| tables.iter().find(|table| table.name == name).map(|table| table.group.as_str());
    for (table, of) in [
        ("Customer", "profiles"),
        ("AzureAPIforFHIR_Patient", "source"),
        ("AzureAPIforFHIR_Patient_Corrupt", "corrupt"),
        ("NoShow50", "segments"),
        ("Customer_Measure", "measures"),
        ("UnifiedActivity", "activities"),
        ("KeyRing", "system"),
    ] {
        assert_eq!(group(table), Some(of), "{table}");
    }
}

async fn unify_of_the_story(project: &Onefold) {
    let unify = project.unify().await.unwrap();
    let figures = unify.figures.unwrap();
    assert_eq!(
        (figures.unique_source_records, figures.matched_and_non_matched, figures.matched_only),
        (102_299, 64_299, 38_000)
    );
    let rule = &unify.rules[0];
    assert_eq!((rule.name.as_str(), rule.matched), ("ExactFHIRID", Some(38_000)));
    assert_eq!(rule.sentence, "`msemr_azurefhirid` equals `id`, exactly");
    assert_eq!(rule.of, unify.tables[1].unique_records);
    let id = unify.tables[0].columns.iter().find(|column| column.name == "id").unwrap();
    assert_eq!((id.semantic.as_deref(), id.sample.len()), (Some("ID"), 3));
    let email = unify.columns.iter().find(|column| column.name == "email").unwrap();
    assert_eq!((email.policy.as_str(), email.from.len()), ("importance", 2));
    assert!(email.filled.is_some_and(|filled| filled > 0 && filled <= 62_299), "{email:?}");
    assert_eq!(unify.excluded, ["D365Patients_contact.msemr_azurefhirid"]);

    let pairs = project.pairs(&PairsAsk { rule: Some("ExactFHIRID".into()), ..PairsAsk::default() }).await.unwrap();
    assert_eq!((pairs.total, pairs.pairs.len()), (38_000, 20));
    for pair in &pairs.pairs {
        assert!(pair.customer_id.is_some() && pair.conditions[0].holds, "{pair:?}");
        assert_eq!(pair.conditions[0].b.as_str(), Some(pair.b.key.as_str()));
    }
    let words = pairs.pairs[0].a.key.clone();
    let found = project.pairs(&PairsAsk { search: words.clone(), ..PairsAsk::default() }).await.unwrap();
    assert_eq!((found.total, &found.pairs[0].a.key), (1, &words));
    let last = project.pairs(&PairsAsk { offset: 37_990, limit: 100, ..PairsAsk::default() }).await.unwrap();
    assert_eq!((last.total, last.pairs.len()), (38_000, 10));
}

async fn ways_of_the_story(project: &Onefold) {
    let reachable = project.reachable().await.unwrap();
    let near: Vec<&str> = reachable.iter().take(3).map(|table| table.alias.as_str()).collect();
    assert_eq!(near, ["Customer", "Customer_Measure", "UnifiedActivity"]);
    let appointment = reachable.iter().find(|table| table.table == "AzureAPIforFHIR_Appointment").unwrap();
    assert_eq!((appointment.alias.as_str(), appointment.always, appointment.distance), ("Appointment", false, 1));
    let paths: Vec<Vec<&str>> =
        appointment.paths.iter().map(|path| path.relationships.iter().map(String::as_str).collect()).collect();
    assert_eq!(paths[0], ["FHIRAptToUnifiedCustomer"]);
    assert!(paths.contains(&vec!["FHIRAptPatient"]), "{paths:?}");
    let start = appointment.columns.iter().find(|column| column.name == "start").unwrap();
    assert_eq!(start.ty, "date-time");
    assert!(reachable.iter().any(|table| table.table == "NoShow50" && table.always));

    let graph = project.graph().await.unwrap();
    let edge = |kind: &str| graph.edges.iter().filter(|edge| edge.kind == kind).count();
    assert_eq!(edge("user"), 3);
    let implied = |from: &str| graph.edges.iter().any(|edge| edge.kind == "system" && edge.from_table == from);
    for table in ["AzureAPIforFHIR_Patient", "D365Patients_contact", "UnifiedActivity", "Customer_Measure", "KeyRing"] {
        assert!(implied(table), "{table}: {:?}", graph.edges);
    }
    let there = |name: &str| graph.tables.iter().any(|table| table.name == name);
    assert!(graph.edges.iter().all(|edge| there(&edge.from_table) && there(&edge.to_table)));
}
