//! Deliver: exports, after publication.
//!
//! Reads    `Outbox_…` tables of the published run, the ledger        Writes   to receivers, and to the ledger
//! Flow     decision ─ outbox, a segment or table at a time ─ `send` ─ counts ─ ledger
//!
//! Invariants
//! - One export that fails stops no other; what happened to each is in the answer.
//! - What is in the ledger as sent has arrived whole; as stopped, all of it but the segments that say they were.
//!
//! Not here: what is in an outbox (the plan), how a receiver takes it (`onefold-connect`).

use std::time::{Duration, Instant};

use futures::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use onefold_api::{Problem, RunEvent, SentView};
use onefold_connect::http::Patience;
use onefold_connect::{ConnectError, Outgoing, SendJob, SentItem, send};
use onefold_lake::{Lake, Published, QueryLimits};
use onefold_model::define::{Connection, ConnectionKind, Export, Project};
use onefold_model::sql::{id, join, text};
use onefold_model::{Sql, Step, TableName, Work, sql};

use super::expect;
use super::figures::EVERY_ROW;
use super::fresh::{Decision, Fate, Sent};
use super::problem::{of_connect, of_lake};
use crate::opened::Opened;
use crate::progress::Progress;
use crate::state::{Delivery, State};

/// How long reading an outbox may take; a slow receiver holds up its rows.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What was sent last, as far as it is still where it was sent.
///
/// # Errors
/// A ledger that cannot be read.
pub fn sent(project: &Project) -> Result<Sent, Problem> {
    let mut sent = Sent::new();
    // A ledger is not made by being asked.
    if project.exports.is_empty() || !project.root.join(".onefold").is_dir() {
        return Ok(sent);
    }
    let state = State::open(&project.root)?;
    for export in &project.exports {
        // After one that was stopped in part, the receiver may have more than the last whole one.
        let stopped = state.deliveries(&export.name, 1)?.first().is_some_and(|(outcome, _)| outcome == "stopped");
        if let Some(delivery) = state.last_delivery(&export.name)?.filter(|_| !stopped)
            && is_there(project, export, &delivery)
        {
            sent.insert(export.name.value.clone(), delivery.fingerprint);
        }
    }
    Ok(sent)
}

/// Whether the files of a delivery are still in their folder; what a server was sent is taken for there.
fn is_there(project: &Project, export: &Export, delivery: &Delivery) -> bool {
    let Some(connection) = connection(project, export) else { return false };
    if !matches!(connection.kind, ConnectionKind::Folder { .. }) {
        return true;
    }
    let views: Vec<SentView> = serde_json::from_str(&delivery.report).unwrap_or_default();
    !views.is_empty() && views.iter().all(|view| project.root.join(&view.place).is_file())
}

fn connection<'p>(project: &'p Project, export: &Export) -> Option<&'p Connection> {
    project.connections.iter().find(|connection| connection.name == export.connection)
}

/// Sends every export that is due; says what became of each.
///
/// # Errors
/// A ledger that cannot be written. An export that fails is no error, it is in the answer.
pub async fn all(
    opened: &Opened,
    published: &Published,
    now: Timestamp,
    decisions: &[Decision],
    progress: &Progress,
) -> Result<Vec<SentView>, Problem> {
    let project = &opened.project;
    let mut views = Vec::new();
    for (step, decision) in opened.planned.plan.steps.iter().zip(decisions) {
        let Work::Send { export } = &step.work else { continue };
        let Some(export) = project.exports.iter().find(|defined| *defined.name == *export) else { continue };
        match decision.fate {
            Fate::NotAsked => continue,
            Fate::Unchanged => {
                views.push(without_rows(export, "unchanged", decision.cause.clone()));
                continue;
            }
            Fate::Runs => {}
        }
        let clock = Instant::now();
        progress.say(RunEvent::Sending { export: export.name.value.clone() });
        progress.say(RunEvent::StepStarted { step: step.name.clone() });
        let stopped = expect::stopped(project, published, opened.lake().await?, export).await?;
        let outcome = one(opened, published, now, step, export, &stopped, progress).await;
        progress.say(RunEvent::StepEnded {
            step: step.name.clone(),
            rows_in: outcome.as_ref().ok().map(|items| items.iter().map(|item| item.rows_offered).sum()),
            rows_out: outcome.as_ref().map_or(0, |items| items.iter().map(|item| item.rows_sent).sum()),
            seconds: clock.elapsed().as_secs_f64(),
            error: outcome.as_ref().err().map(|problem| problem.message.clone()),
        });
        let (word, sent) = match outcome {
            Ok(items) => {
                let held = stopped.iter().map(|(segment, reason)| SentView {
                    item: segment.clone(),
                    ..without_rows(export, "stopped", reason.clone())
                });
                let word = if stopped.is_empty() { "sent" } else { "stopped" };
                (word, items.into_iter().map(|item| view(export, item)).chain(held).collect())
            }
            Err(problem) => {
                let hint = problem.hint.map_or(String::new(), |hint| format!("; {hint}"));
                ("failed", vec![without_rows(export, "failed", format!("{}{hint}", problem.message))])
            }
        };
        let delivery = Delivery {
            fingerprint: decision.mark.fingerprint.clone(),
            run: published.run_id.clone(),
            at: Timestamp::now().to_string(),
            report: serde_json::to_string(&sent).expect("views are plain data"),
        };
        State::open(&project.root)?.record_delivery(&export.name, word, &delivery)?;
        views.extend(sent);
    }
    Ok(views)
}

fn without_rows(export: &Export, state: &str, detail: String) -> SentView {
    let (export, state) = (export.name.value.clone(), state.to_owned());
    SentView { export, state, detail, ..SentView::default() }
}

fn view(export: &Export, item: SentItem) -> SentView {
    SentView {
        export: export.name.value.clone(),
        item: item.name,
        offered: item.rows_offered,
        sent: item.rows_sent,
        without_key: item.rows_without_key,
        unknown: item.rows_unknown_to_receiver,
        state: "sent".to_owned(),
        place: item.place,
        detail: item.note,
    }
}

/// Sends one export.
async fn one(
    opened: &Opened,
    published: &Published,
    now: Timestamp,
    step: &Step,
    export: &Export,
    stopped: &[(String, String)],
    progress: &Progress,
) -> Result<Vec<SentItem>, Problem> {
    let project = &opened.project;
    let connection = connection(project, export)
        .ok_or_else(|| Problem::failed(format!("there is no connection `{}`", export.connection.value)))?;
    let lake = opened.lake().await?;
    let line = progress.step(&step.name);
    let told = move |rows| line.at(rows);
    let job = SendJob {
        root: &project.root,
        connection,
        export,
        public_url: project.settings.public_url.as_deref(),
        run: &published.run_id,
        at: now,
        patience: Patience::default(),
        progress: &told,
    };
    let items = outgoing(project, published, lake, step, export, stopped).await?;
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let report =
        send(job, items).await.map_err(|error| of_connect(&format!("export `{}`", export.name.value), error))?;
    Ok(report.items)
}

/// The rows of an export: its segments, then its tables.
async fn outgoing(
    project: &Project,
    published: &Published,
    lake: &Lake,
    step: &Step,
    export: &Export,
    stopped: &[(String, String)],
) -> Result<Vec<Outgoing<'static>>, Problem> {
    let mut items = Vec::new();
    let mut outboxes = step.reads.iter();
    if !export.segments.is_empty()
        && let Some(outbox) = outboxes.next()
    {
        let sent = export.segments.iter().filter(|segment| stopped.iter().all(|(name, _)| *name != segment.value));
        for segment in sent {
            let title = project.segments.iter().find(|defined| defined.name == *segment);
            let title = title.and_then(|defined| defined.title.clone());
            let sql = of_segment(published, outbox, segment);
            items.push(item(lake, &sql, segment, title, true).await?);
        }
    }
    for (outbox, table) in outboxes.zip(&export.tables) {
        let sql = sql!("select * from ", outbox);
        items.push(item(lake, &sql, table, None, false).await?);
    }
    Ok(items)
}

/// The rows of one segment, by key, without its name.
fn of_segment(published: &Published, outbox: &TableName, segment: &str) -> Sql {
    let entry = published.table(outbox.as_str());
    let columns = entry.map(|entry| entry.columns.as_slice()).unwrap_or_default();
    let sorted = entry.map(|entry| entry.sorted_by.as_slice()).unwrap_or_default();
    let names = columns.iter().filter(|column| column.name != "Segment").map(|column| id(column.name.as_str()));
    let order: Vec<Sql> =
        sorted.iter().filter(|&column| *column != "Segment").map(|column| id(column.as_str())).collect();
    let order = if order.is_empty() { Sql::default() } else { sql!(" order by ", join(order, ", ")) };
    sql!("select ", join(names, ", "), " from ", outbox, " where \"Segment\" = ", text(segment), order)
}

async fn item(
    lake: &Lake,
    sql: &Sql,
    name: &str,
    title: Option<String>,
    segment: bool,
) -> Result<Outgoing<'static>, Problem> {
    let limits = QueryLimits { time: DAY, rows: EVERY_ROW, ..QueryLimits::default() };
    let found = lake.query(&sql.to_string(), limits).await.map_err(of_lake)?;
    let rows = found.batches.map_err(|error| ConnectError::new(error.to_string())).boxed();
    Ok(Outgoing { name: name.to_owned(), title, segment, schema: found.schema, rows })
}
