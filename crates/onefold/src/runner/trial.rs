//! Trial: what a run would make of profiles, found out by a run that is never published.
//!
//! Reads    sources and `unify.yaml`, as a run does; `KeyRing` and `ProfileId` as they are published
//! Flow     all that leads to ids ─ run ─ what became of profiles, read from it ─ given up
//!
//! Invariants
//! - Nothing is published, whatever happens; files that were written are removed.
//! - Changes are told by the very step that a run would take.
//!
//! Not here: what becomes of profiles (`onefold-kernels`, `ids`).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use onefold_api::{Problem, ProfilePlanned, ProfilesPlanned, RecordKey, RunAsk};
use onefold_lake::Run;
use onefold_model::sql::{before, integer, join, text};
use onefold_model::{Sql, TableName, sql};
use serde_json::Value;
use tokio::task::JoinSet;

use super::figures::{Row, number, rows};
use super::fresh::{Asked, Fate};
use super::problem::of_lake;
use super::{Going, begin, decide_for, promised, schedule, signal_to_stop};
use crate::opened::Opened;
use crate::progress::Progress;

/// The step that gives ids.
const IDS: &str = "unify.ids";
/// Profiles that are shown.
const SAMPLES: i64 = 50;
/// Records that are shown of each.
const RECORDS: usize = 20;

/// Finds out what would become of profiles.
///
/// # Errors
/// A project without profiles, another run under way, whatever keeps a run from getting that far.
pub async fn profiles(opened: &Opened, ask: &RunAsk, progress: &Progress) -> Result<ProfilesPlanned, Problem> {
    let plan = &opened.planned.plan;
    let Some(ids) = plan.steps.iter().position(|step| step.name == IDS) else {
        return Err(Problem::refused("this project has no profiles").hint("write `unify.yaml` first"));
    };
    let decided = decide_for(opened, ask, &Asked::reaching(BTreeSet::from([ids]), ask.force))?;
    let run = Arc::new(begin(opened.lake().await?, decided.now, promised(plan)).await?);
    let (mut working, mut going) = (JoinSet::new(), Going::default());
    let outcome = tokio::select! {
        outcome = schedule::steps(opened, ask, &run, &decided.decisions, progress, &mut working, &mut going) => outcome,
        () = signal_to_stop() => Err(Problem::failed("it was stopped; nothing was published")),
    };
    working.shutdown().await;
    let found = match outcome {
        Ok(()) => compared(&run, decided.decisions[ids].fate == Fate::Runs).await,
        Err(problem) => Err(problem),
    };
    let run = Arc::into_inner(run).ok_or_else(|| Problem::failed("a step is still at work; it is given up"))?;
    run.abandon().map_err(of_lake)?;
    found
}

/// What the step wrote, and who is meant by it.
async fn compared(run: &Run, anew: bool) -> Result<ProfilesPlanned, Problem> {
    let (ids, changes) = (TableName::from("ProfileId"), TableName::from("ProfileChange"));
    let ask = async |sql: Sql| -> Result<Vec<Row>, Problem> {
        let found = run.ask(&sql, &[TableName::from("ProfileChange")]).await.map_err(of_lake)?;
        let (batches, _) = found.collect().await.map_err(of_lake)?;
        let mut all = Vec::new();
        for batch in &batches {
            all.extend(rows(batch)?);
        }
        Ok(all)
    };
    let living = |table: Sql| sql!("select count(*) as \"n\" from ", table, " where not \"Retired\"");
    let count = |rows: Vec<Row>| rows.first().map_or(0, |row| number(row, "n"));
    let mut planned = ProfilesPlanned {
        before: count(ask(living(before(&ids))).await?),
        after: count(ask(living((&ids).into())).await?),
        ..ProfilesPlanned::default()
    };
    if anew {
        let counts = sql!("select \"Change\", count(*) as \"n\" from ", &changes, " group by \"Change\"");
        for row in ask(counts).await? {
            let n = number(&row, "n");
            match word(&row, "Change").unwrap_or_default() {
                "created" => planned.created = n,
                "merged" => planned.merged = n,
                "split" => planned.split = n,
                "retired" => planned.retired = n,
                "returned" => planned.returned = n,
                _ => {}
            }
        }
        let some = sql!(
            "select \"CustomerId\", \"Change\", \"Other\" from ",
            &changes,
            " order by case \"Change\" when 'merged' then 0 when 'split' then 1 when 'returned' then 2 ",
            "when 'retired' then 3 else 4 end, \"CustomerId\" limit ",
            integer(SAMPLES)
        );
        planned.samples = samples(ask(some).await?);
        let meant = planned.samples.iter().flat_map(|sample| [Some(&sample.customer_id), sample.other.as_ref()]);
        let meant: BTreeSet<&String> = meant.flatten().collect();
        if !meant.is_empty() {
            let ring = TableName::from("KeyRing");
            let of = |table: Sql| {
                let ids = join(meant.iter().map(|id| text(id.as_str())), ", ");
                sql!(
                    "select \"CustomerId\", \"SourceTable\", \"Key\" from ",
                    table,
                    " where \"CustomerId\" in (",
                    ids,
                    ") order by \"SourceTable\", \"Key\""
                )
            };
            let (was, is) = (keys(ask(of(before(&ring))).await?), keys(ask(of((&ring).into())).await?));
            for sample in &mut planned.samples {
                let ends = matches!(sample.change.as_str(), "merged" | "retired");
                let known = if ends { &was } else { &is };
                let records = |id: &str| known.get(id).cloned().unwrap_or_default();
                sample.other_records = sample.other.as_deref().map(records).unwrap_or_default();
                sample.records = known.get(&sample.customer_id).cloned().unwrap_or_default();
            }
        }
    }
    planned.unchanged = planned.before.saturating_sub(planned.merged + planned.retired);
    Ok(planned)
}

fn word<'r>(row: &'r Row, column: &str) -> Option<&'r str> {
    row.get(column).and_then(Value::as_str)
}

fn samples(rows: Vec<Row>) -> Vec<ProfilePlanned> {
    let sample = |row: &Row| {
        Some(ProfilePlanned {
            customer_id: word(row, "CustomerId")?.to_owned(),
            change: word(row, "Change")?.to_owned(),
            records: Vec::new(),
            other: word(row, "Other").map(str::to_owned),
            other_records: Vec::new(),
        })
    };
    rows.iter().filter_map(sample).collect()
}

/// The keys of profiles, by id.
fn keys(rows: Vec<Row>) -> HashMap<String, Vec<RecordKey>> {
    let mut all: HashMap<String, Vec<RecordKey>> = HashMap::new();
    for row in &rows {
        let (Some(id), Some(table), Some(key)) = (word(row, "CustomerId"), word(row, "SourceTable"), word(row, "Key"))
        else {
            continue;
        };
        let own = all.entry(id.to_owned()).or_default();
        if own.len() < RECORDS {
            own.push(RecordKey { table: table.to_owned(), key: key.to_owned() });
        }
    }
    all
}
