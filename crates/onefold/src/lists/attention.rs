//! Attention: what somebody should look at, worst first, each with what to do and where.
//!
//! Reads    diagnostics, the last run, the ledger, corrupt and repeated rows, facts the run found broken, the schedule

use onefold_api::{AttentionView, Kind, ObjectRef, Problem, RunLine, ScheduleView};
use onefold_model::Severity;

use super::look::{Look, object};
use super::{exports, graph};
use crate::output::{count, duration, grouped};

/// The most diagnostics that are repeated here.
const DIAGNOSTICS: usize = 20;
/// Seconds by which a run may be late before anybody is told.
const GRACE: f64 = 300.0;

/// What needs a look, worst first.
pub(super) fn all(look: &Look, runs: &[RunLine], schedule: &ScheduleView) -> Result<Vec<AttentionView>, Problem> {
    let mut all = Vec::new();
    definitions(look, &mut all);
    all.extend(last_run(runs));
    sent(look, &mut all)?;
    rows(look, &mut all);
    facts(look, &mut all);
    all.extend(late(schedule));
    all.extend(unsaved(look));
    let rank = |severity: &str| ["error", "warning", "note"].iter().position(|word| *word == severity);
    all.sort_by_key(|item| rank(&item.severity));
    Ok(all)
}

fn item(severity: &str, message: String) -> AttentionView {
    AttentionView { severity: severity.to_owned(), message, hint: None, object: None, page: None }
}

fn definitions(look: &Look, all: &mut Vec<AttentionView>) {
    let found = look.opened.diagnostics.iter().filter(|found| found.severity != Severity::Note);
    let mut found: Vec<_> = found.collect();
    found.sort_by_key(|found| !found.is_error());
    for diagnostic in found.into_iter().take(DIAGNOSTICS) {
        let file = look.file_of(diagnostic);
        all.push(AttentionView {
            severity: if diagnostic.is_error() { "error" } else { "warning" }.to_owned(),
            message: match file {
                Some(file) => format!("{file}: {}", diagnostic.message),
                None => diagnostic.message.clone(),
            },
            hint: diagnostic.hint.clone(),
            object: file.and_then(|file| object(file.strip_suffix(".yaml")?)),
            page: None,
        });
    }
}

fn last_run(runs: &[RunLine]) -> Option<AttentionView> {
    let last = runs.first()?;
    let (severity, what) = match last.outcome.as_str() {
        "failed" => ("error", "the last run failed"),
        "canceled" => ("note", "the last run was stopped"),
        _ => return None,
    };
    let why = last.message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
    Some(AttentionView {
        hint: Some("see the run for the step that failed, then run again".to_owned()),
        page: Some(format!("system/runs/{}", last.run)),
        ..item(severity, format!("{what}{why}"))
    })
}

fn sent(look: &Look, all: &mut Vec<AttentionView>) -> Result<(), Problem> {
    let ledger = exports::ledger(look)?;
    for export in &look.project().exports {
        let name = &export.name.value;
        let Some(last) = exports::last(ledger.as_ref(), name)? else { continue };
        let about = |item: AttentionView| AttentionView {
            object: Some(ObjectRef { kind: Kind::Export, name: name.clone() }),
            page: Some(format!("exports/{name}")),
            ..item
        };
        if last.outcome == "failed" {
            let why = last.message.map(|message| format!(": {message}")).unwrap_or_default();
            let hint = Some("check the connection, then run the export again".to_owned());
            all.push(about(AttentionView { hint, ..item("error", format!("export `{name}` did not go out{why}")) }));
            continue;
        }
        for sent in last.items.iter().filter(|sent| sent.state == "stopped") {
            let hint = Some("look at the segment; change its `expect` if the size is meant".to_owned());
            let what = format!("export `{name}` did not send `{}`: {}", sent.item, sent.detail);
            all.push(about(AttentionView { hint, ..item("warning", what) }));
        }
        for sent in last.items.iter().filter(|sent| sent.without_key > 0 || sent.unknown > 0) {
            let key = export.key.as_ref().map_or("key", |key| key.customer.as_str());
            let mut parts = Vec::new();
            if sent.without_key > 0 {
                parts.push(format!("{} have no `{key}`", grouped(sent.without_key)));
            }
            if sent.unknown > 0 {
                parts.push(format!("{} are unknown to the receiver", grouped(sent.unknown)));
            }
            let of = count(sent.offered, "row");
            let message = format!("export `{name}`: of {of} of `{}`, {}", sent.item, parts.join(", "));
            let hint = Some("match by another key, or complete the people at their source".to_owned());
            all.push(about(AttentionView { hint, ..item("note", message) }));
        }
    }
    Ok(())
}

fn rows(look: &Look, all: &mut Vec<AttentionView>) {
    for source in &look.project().sources {
        for table in source.table_names() {
            let rows = |name: &str| look.table(name).map_or(0, |entry| entry.rows());
            let about = |item: AttentionView| AttentionView {
                object: Some(ObjectRef { kind: Kind::Source, name: source.name.value.clone() }),
                ..item
            };
            let corrupt = table.suffixed("_Corrupt");
            let bad = rows(corrupt.as_str());
            if bad > 0 {
                all.push(about(AttentionView {
                    hint: Some("look at the reasons, then mend the source or a step".to_owned()),
                    page: Some(format!("tables/{corrupt}")),
                    ..item("warning", format!("`{table}` has {}", count(bad, "corrupt row")))
                }));
            }
            let twice = rows(table.prefixed("Repeated_").as_str());
            if twice > 0 {
                all.push(about(AttentionView {
                    hint: Some("choose a key that stands once, or drop the repeats with a step".to_owned()),
                    page: Some(format!("sources/{}/tables/{}", source.name.value, local(table.as_str(), source))),
                    ..item("warning", format!("`{table}` has {} whose key was there before", count(twice, "row")))
                }));
            }
        }
    }
}

/// The name of a table within its source.
fn local<'t>(table: &'t str, source: &onefold_model::define::Source) -> &'t str {
    table.get(source.name.value.len() + 1..).unwrap_or(table)
}

/// Facts that the last run found broken: cardinalities, and the rest.
fn facts(look: &Look, all: &mut Vec<AttentionView>) {
    for related in &look.project().relationships {
        if let Some(broken) = graph::broken(look, &related.name) {
            all.push(AttentionView {
                hint: Some("relate by a column that stands once, or change the cardinality".to_owned()),
                object: Some(ObjectRef { kind: Kind::Relationships, name: "relationships".to_owned() }),
                page: Some("relationships".to_owned()),
                ..item("warning", broken)
            });
        }
    }
    let Some(published) = look.published() else { return };
    let others = published.steps.iter().flat_map(|step| step.broken.iter().map(move |broken| (step, broken)));
    for (step, broken) in others.filter(|(_, broken)| !broken.fact.contains("as the relationship `")) {
        all.push(AttentionView {
            page: Some(format!("system/runs/{}", published.run_id)),
            ..item("warning", format!("{}: {} against: {}", step.step, count(broken.count, "row"), broken.fact))
        });
    }
}

fn late(schedule: &ScheduleView) -> Option<AttentionView> {
    if let Some(problem) = &schedule.problem {
        return Some(AttentionView {
            hint: Some("change `schedule` in the settings".to_owned()),
            page: Some("system/schedule".to_owned()),
            ..item("error", format!("the schedule cannot be worked out: {problem}"))
        });
    }
    let late = schedule.late_by.filter(|late| *late > GRACE)?;
    Some(AttentionView {
        hint: Some("keep the server running at that time, or run now".to_owned()),
        page: Some("system/schedule".to_owned()),
        ..item("warning", format!("the scheduled run is late by {}", duration(late)))
    })
}

/// Definitions that the last run did not see as they are now.
fn unsaved(look: &Look) -> Option<AttentionView> {
    look.published()?;
    let waiting = look.waiting();
    let (first, more) = waiting.split_first()?;
    let message = match more.len() {
        0 => format!("`{first}` was saved since the last run"),
        n => format!("`{first}` and {} were saved since the last run", count(n as u64, "other definition")),
    };
    Some(AttentionView {
        hint: Some("run to bring everything up to date".to_owned()),
        object: object(first),
        page: Some("system".to_owned()),
        ..item("note", message)
    })
}
