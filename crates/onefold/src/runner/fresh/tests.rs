//! Which steps run and why, on plans made by hand.

use std::collections::BTreeMap;

use onefold_lake::TableEntry;
use onefold_model::plan::Stage;
use onefold_model::sql::now as instant;
use onefold_model::{Column, DataType, Output, SourceFile, TableName, sql};

use super::*;

fn step(name: &str, stage: Stage, because: &str, reads: &[&str], writes: &str, work: Work) -> Step {
    Step {
        name: name.into(),
        stage,
        because: vec![because.into()],
        reads: reads.iter().map(|&table| table.into()).collect(),
        before: Vec::new(),
        writes: if writes.is_empty() {
            Vec::new()
        } else {
            vec![Output::published(writes, vec![Column::new("x", DataType::Integer)])]
        },
        work,
        checks: Vec::new(),
        grows: None,
        picks: Vec::new(),
    }
}

fn read(table: &str) -> Step {
    let work = Work::Read { source: "Shop".into(), table: table.into() };
    step(&format!("ingest.read Shop_{table}"), Stage::Ingest, "sources/Shop", &[], &format!("Raw_Shop_{table}"), work)
}

/// a ── Sum ── Old (asks for the instant)
/// b ── Other
fn plan() -> Plan {
    let sum = Work::Sql(sql!("select sum(x) from ", TableName::from("Raw_Shop_a")));
    let other = Work::Sql(sql!("select x from ", TableName::from("Raw_Shop_b")));
    let old = Work::Sql(sql!("select x from ", TableName::from("Sum"), " where x < ", instant()));
    Plan {
        steps: vec![
            read("a"),
            read("b"),
            step("measures.sum", Stage::Measures, "measures/Sum", &["Raw_Shop_a"], "Sum", sum),
            step("measures.other", Stage::Measures, "measures/Other", &["Raw_Shop_b"], "Other", other),
            step("segments.old", Stage::Segments, "segments/Old", &["Sum"], "Old", old),
        ],
        views: Vec::new(),
    }
}

fn project() -> Project {
    let file = |path: &str| SourceFile { path: path.into(), text: format!("# {path}") };
    let files = ["sources/Shop.yaml", "measures/Sum.yaml", "measures/Other.yaml", "segments/Old.yaml"].map(file);
    Project { files: files.to_vec(), ..Project::default() }
}

fn looks() -> Looks {
    let look = |name: &str| (name.to_owned(), Some("as it was".to_owned()));
    [look("ingest.read Shop_a"), look("ingest.read Shop_b")].into_iter().collect()
}

fn noon() -> Timestamp {
    "2026-01-01T12:00:00Z".parse().unwrap()
}

/// The published run that running all decisions would leave.
fn publish(plan: &Plan, decisions: &[Decision], before: Option<&Published>) -> Published {
    let mut tables = BTreeMap::new();
    for (step, decision) in plan.steps.iter().zip(decisions) {
        for output in &step.writes {
            let folded = output.table.folded();
            let kept = before.and_then(|before| before.table(&folded)).map(|table| table.fingerprint.clone());
            let fingerprint = match decision.fate {
                Fate::Runs => decision.mark.fingerprint.clone(),
                _ => kept.expect("what is kept was there"),
            };
            tables.insert(folded, table(output, fingerprint));
        }
    }
    let marks: BTreeMap<String, Mark> =
        plan.steps.iter().zip(decisions).map(|(step, decision)| (step.name.clone(), decision.mark.clone())).collect();
    published(tables, marks)
}

fn table(output: &Output, fingerprint: String) -> std::sync::Arc<TableEntry> {
    let entry = serde_json::json!({
        "name": output.table, "folder": output.table, "columns": output.columns, "id": "1", "internal": false,
        "sorted_by": [], "written_by": "1", "fingerprint": fingerprint, "version": 0, "delta": null, "files": [],
    });
    std::sync::Arc::new(serde_json::from_value(entry).expect("an entry of the manifest"))
}

fn published(tables: BTreeMap<String, std::sync::Arc<TableEntry>>, marks: BTreeMap<String, Mark>) -> Published {
    let manifest = serde_json::json!({
        "format": 1, "run_id": "1", "at": noon(), "previous": null, "tables": {}, "views": [], "steps": [],
        "notes": {MARKS: marks},
    });
    let mut published: Published = serde_json::from_value(manifest).expect("a manifest");
    published.tables = tables;
    published
}

fn all(plan: &Plan, published: Option<&Published>, looks: &Looks, now: Timestamp, asked: &Asked) -> Vec<Decision> {
    decide(&project(), plan, published, looks, now, asked, &Sent::new())
}

/// Names of the steps that run, with their causes.
fn running<'d>(plan: &'d Plan, decisions: &'d [Decision]) -> Vec<(&'d str, &'d str)> {
    let pairs = plan.steps.iter().zip(decisions);
    pairs.filter(|(_, d)| d.fate == Fate::Runs).map(|(step, d)| (step.name.as_str(), d.cause.as_str())).collect()
}

#[test]
fn all_run_at_first_and_none_the_second_time() {
    let (plan, asked) = (plan(), Asked::default());
    let first = all(&plan, None, &looks(), noon(), &asked);
    assert!(first.iter().all(|decision| decision.fate == Fate::Runs && decision.cause == "first run"));
    let published = publish(&plan, &first, None);
    let second = all(&plan, Some(&published), &looks(), noon(), &asked);
    assert_eq!(running(&plan, &second), []);
}

#[test]
fn a_changed_file_runs_what_hangs_on_it() {
    let (plan, asked) = (plan(), Asked::default());
    let published = publish(&plan, &all(&plan, None, &looks(), noon(), &asked), None);
    let mut changed = looks();
    changed.insert("ingest.read Shop_b".into(), Some("otherwise".into()));
    let decisions = all(&plan, Some(&published), &changed, noon(), &asked);
    assert_eq!(
        running(&plan, &decisions),
        [("ingest.read Shop_b", "its files changed"), ("measures.other", "`Raw_Shop_b` is written anew")]
    );
}

#[test]
fn what_people_decide_runs_what_reads_it() {
    let asked = Asked::default();
    let mut plan = plan();
    plan.steps.push(step("unify.decisions", Stage::Unify, "unify", &[], "MatchDecision", Work::Decisions));
    let match_it = Work::Sql(sql!("select x from ", TableName::from("MatchDecision")));
    plan.steps.push(step("unify.match", Stage::Unify, "unify", &["MatchDecision"], "MatchLinks", match_it));
    let mut looks = looks();
    looks.insert("unify.decisions".into(), Some(format!("{DECIDED}nothing")));
    let published = publish(&plan, &all(&plan, None, &looks, noon(), &asked), None);
    let again = all(&plan, Some(&published), &looks, noon(), &asked);
    assert_eq!(running(&plan, &again), [], "nothing was decided since");
    looks.insert("unify.decisions".into(), Some(format!("{DECIDED}something")));
    let decisions = all(&plan, Some(&published), &looks, noon(), &asked);
    assert_eq!(
        running(&plan, &decisions),
        [("unify.decisions", "people decided otherwise since"), ("unify.match", "`MatchDecision` is written anew")]
    );
}

#[test]
fn a_server_is_asked_every_time_but_not_for_others_under_only() {
    let (plan, asked) = (plan(), Asked::default());
    let mut server = looks();
    server.insert("ingest.read Shop_a".into(), None);
    let published = publish(&plan, &all(&plan, None, &server, noon(), &asked), None);
    let later = noon() + jiff::SignedDuration::from_hours(1);
    let decisions = all(&plan, Some(&published), &server, later, &asked);
    assert_eq!(running(&plan, &decisions)[0], ("ingest.read Shop_a", "a server is asked every time"));
    let only = Asked::new(&plan, &["Sum".into()], false).unwrap();
    let decisions = all(&plan, Some(&published), &server, later, &only);
    assert_eq!(running(&plan, &decisions), [("measures.sum", "asked for by `--only`")]);
}

#[test]
fn the_instant_matters_to_who_asks_for_it() {
    let (plan, asked) = (plan(), Asked::default());
    let published = publish(&plan, &all(&plan, None, &looks(), noon(), &asked), None);
    let later = noon() + jiff::SignedDuration::from_hours(1);
    let decisions = all(&plan, Some(&published), &looks(), later, &asked);
    assert_eq!(running(&plan, &decisions), [("segments.old", "it asks for the instant of the run")]);
}

#[test]
fn what_time_alone_has_not_changed_is_as_it_was() {
    let (plan, asked) = (plan(), Asked::default());
    let mut first = all(&plan, None, &looks(), noon(), &asked);
    let after = |hours| noon() + jiff::SignedDuration::from_hours(hours);
    let next = BTreeMap::from([("segments/Old".to_owned(), after(3).to_string())]);
    first[4].mark.turned = Some(Turned { at: noon().to_string(), next });
    let published = publish(&plan, &first, None);
    let decided = |now, looks: &Looks, asked: &Asked| all(&plan, Some(&published), looks, now, asked);
    let later = decided(after(2), &looks(), &asked);
    assert_eq!(running(&plan, &later), []);
    assert_eq!(later[4].mark, first[4].mark, "it stands for the instant at which it ran");
    let asks = [("segments.old", "it asks for the instant of the run")];
    assert_eq!(running(&plan, &decided(after(3), &looks(), &asked)), asks, "it has turned");
    assert_eq!(running(&plan, &decided(after(-1), &looks(), &asked)), asks, "nothing is known of the time before");
    // What is written anew meanwhile is worked out as of now.
    let mut changed = looks();
    changed.insert("ingest.read Shop_a".into(), Some("otherwise".into()));
    let decisions = decided(after(2), &changed, &asked);
    assert_eq!(running(&plan, &decisions).last(), Some(&("segments.old", "`Sum` is written anew")));
    assert_eq!(decisions[4].mark.now, Some(after(2).to_string()));
    assert_eq!(decisions[4].mark.turned, None, "it is found again");
    let only = Asked::new(&plan, &["Old".into()], false).unwrap();
    let decisions = decided(after(2), &looks(), &only);
    assert_eq!(running(&plan, &decisions), [("segments.old", "asked for by `--only`")]);
}

#[test]
fn a_changed_definition_is_named() {
    let (before, asked) = (plan(), Asked::default());
    let published = publish(&before, &all(&before, None, &looks(), noon(), &asked), None);
    let mut after = plan();
    after.steps[2].work = Work::Sql(sql!("select max(x) from ", TableName::from("Raw_Shop_a")));
    let mut project = project();
    project.files[1].text.push_str("\nvalue: max(x)");
    let decisions = decide(&project, &after, Some(&published), &looks(), noon(), &asked, &Sent::new());
    assert_eq!(
        running(&after, &decisions),
        [("measures.sum", "`measures/Sum` changed"), ("segments.old", "`Sum` is written anew")]
    );
    // A comment changes the file, not the step.
    let mut commented = super::tests::project();
    commented.files[1].text.push_str("\n# a remark");
    let decisions = decide(&commented, &before, Some(&published), &looks(), noon(), &asked, &Sent::new());
    assert_eq!(running(&before, &decisions), []);
}

#[test]
fn only_leaves_the_rest_as_it_is_and_force_runs_all() {
    let (plan, asked) = (plan(), Asked::default());
    let published = publish(&plan, &all(&plan, None, &looks(), noon(), &asked), None);
    let mut changed = looks();
    changed.insert("ingest.read Shop_a".into(), Some("otherwise".into()));
    changed.insert("ingest.read Shop_b".into(), Some("otherwise".into()));
    let only = Asked::new(&plan, &["measures/Other".into()], false).unwrap();
    let decisions = all(&plan, Some(&published), &changed, noon(), &only);
    let fates: Vec<Fate> = decisions.iter().map(|decision| decision.fate).collect();
    assert_eq!(fates, [Fate::NotAsked, Fate::Runs, Fate::NotAsked, Fate::Runs, Fate::NotAsked]);
    // What was left is still due the next time.
    let published = publish(&plan, &decisions, Some(&published));
    let decisions = all(&plan, Some(&published), &changed, noon(), &asked);
    assert_eq!(
        running(&plan, &decisions).iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        ["ingest.read Shop_a", "measures.sum", "segments.old"]
    );
    let force = Asked::new(&plan, &[], true).unwrap();
    assert_eq!(running(&plan, &all(&plan, Some(&published), &changed, noon(), &force)).len(), 5);
}

#[test]
fn a_mistyped_word_of_only_is_refused_with_the_nearest() {
    let problem = Asked::new(&plan(), &["mesures".into()], false).unwrap_err();
    assert_eq!(problem.hint.as_deref(), Some("did you mean `measures`?"));
}
