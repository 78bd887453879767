//! Review: pairs of records to decide about, and what was decided.
//!
//! Invariants
//! - What is changed here stands in the audit of the project's server too, where there is one.

use std::path::Path;

use onefold_api::*;

use crate::cli::{Decision, Order, Review, ReviewWords};
use crate::output::{count, plain, print, print_json, text_table};
use crate::platform::Onefold;
use crate::state::SqliteRegistry;

/// Lists pairs, decides, undoes.
pub(super) async fn run(project: &Path, what: Option<Review>, which: ReviewWords, json: bool) -> Result<u8, Problem> {
    let platform = Onefold::new(project);
    let by = super::COMMAND_LINE;
    let (act, view) = match what {
        None => {
            let view = platform.review(&asked(which)).await?;
            if json {
                print_json(&view)?
            } else {
                print(&listed(&view))?
            }
            return Ok(0);
        }
        Some(Review::Decisions { all }) => {
            let ask = DecisionsAsk { all, limit: 1_000, ..DecisionsAsk::default() };
            let view = platform.decisions(&ask).await?;
            if json {
                print_json(&view)?
            } else {
                print(&decisions(&view))?
            }
            return Ok(0);
        }
        Some(Review::Decide { a, b, decision, note }) => {
            let ((table1, key1), (table2, key2)) = (record(&a)?, record(&b)?);
            let decision = match decision {
                Decision::Same => Verdict::Same,
                Decision::Different => Verdict::Different,
                Decision::Unsure => Verdict::Unsure,
            };
            let ask = DecideAsk { table1, key1, table2, key2, decision, note };
            ("onefold review decide", platform.decide(&ask, by).await?)
        }
        Some(Review::Undo { decision }) => ("onefold review undo", platform.undo(decision, by).await?),
        Some(Review::Split { id, records, note }) => {
            let named = records.iter().map(|words| record(words).map(|(table, key)| RecordRef { table, key }));
            let ask = SplitAsk { records: named.collect::<Result<_, _>>()?, note };
            ("onefold review split", platform.split(&id, &ask, by).await?)
        }
        Some(Review::Merge { ids, note }) => {
            let ask = MergeAsk { customer_ids: ids, note };
            ("onefold review merge", platform.merge(&ask, by).await?)
        }
    };
    write_down(project, act, &view).await?;
    if json {
        print_json(&view)?
    } else {
        print(&decided(&view))?
    }
    Ok(0)
}

/// `<Table>:<key>`
pub(super) fn record(words: &str) -> Result<(String, String), Problem> {
    match words.split_once(':') {
        Some((table, key)) if !table.is_empty() && !key.is_empty() => Ok((table.to_owned(), key.to_owned())),
        _ => {
            Err(Problem::refused(format!("`{words}` names no record"))
                .hint("write its table and key: `Shop_customers:42`"))
        }
    }
}

fn asked(which: ReviewWords) -> ReviewAsk {
    let ReviewWords { order, table, state, scores, decided, limit } = which;
    let order = match order {
        Order::Uncertain => ReviewOrder::Uncertain,
        Order::Cluster => ReviewOrder::Cluster,
        Order::Random => ReviewOrder::Random,
    };
    ReviewAsk { order, state, table, decided, scores, limit, ..ReviewAsk::default() }
}

/// The audit says that something was decided, by how many entries and about whom.
async fn write_down(project: &Path, act: &str, view: &DecidedView) -> Result<(), Problem> {
    if !SqliteRegistry::path(project).is_file() {
        return Ok(());
    }
    let ids: Vec<String> = view.decisions.iter().map(|decision| decision.id.to_string()).collect();
    let entry = AuditAsk {
        actor: "command line".to_owned(),
        act: act.to_owned(),
        object: format!("decisions {}", ids.join(", ")),
        people: view.customer_ids.clone(),
        outcome: "ok".to_owned(),
        address: "-".to_owned(),
        ..AuditAsk::default()
    };
    SqliteRegistry::open(project)?.audit(entry).await
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Same => "same",
        Verdict::Different => "different",
        Verdict::Unsure => "unsure",
    }
}

fn listed(view: &ReviewView) -> String {
    if let Some(nothing) = &view.nothing {
        return format!("{nothing}\n");
    }
    let mut text = format!("{} to look at, {} decided\n", count(view.total, "pair"), view.decided);
    for pair in &view.pairs {
        let (a, b) = (format!("{}:{}", pair.a.table, pair.a.key), format!("{}:{}", pair.b.table, pair.b.key));
        text.push_str(&format!("\n{a}  {b}\n"));
        if let (Some(state), why) = (&pair.state, pair.why.as_deref().unwrap_or_default()) {
            let weight = pair.weight.map_or(String::new(), |weight| format!(", {weight:.1} bits"));
            let probability = pair.probability.map_or(String::new(), |p| format!(", probability {p:.4}"));
            text.push_str(&format!("  {state} ({why}){weight}{probability}\n"));
        }
        if let Some(decision) = &pair.decision {
            text.push_str(&format!("  decided: {}, by {}\n", word(decision.decision), decision.by));
        }
        let all = |values: &[serde_json::Value]| values.iter().map(plain).collect::<Vec<_>>().join(" | ");
        let rows: Vec<Vec<String>> = pair
            .fields
            .iter()
            .map(|field| {
                let mark = match field.same {
                    Some(true) => "=",
                    Some(false) => "≠",
                    None => "",
                };
                vec![field.title.clone(), all(&field.a), mark.to_owned(), all(&field.b)]
            })
            .collect();
        let table = text_table(&["", "", "", ""], &[], &rows);
        table
            .lines()
            .skip(2)
            .filter(|line| !line.trim().is_empty())
            .for_each(|line| text.push_str(&format!("  {line}\n")));
    }
    text.push_str("\ndecide with `onefold review decide <one> <other> same|different|unsure`\n");
    text
}

fn decisions(view: &DecisionsView) -> String {
    let rows: Vec<Vec<String>> = view
        .decisions
        .iter()
        .map(|decision| {
            let state = match (&decision.undone, decision.counts, decision.applied) {
                (Some((by, _)), ..) => format!("undone by {by}"),
                (None, false, _) => "replaced".to_owned(),
                (None, true, true) => "in the published run".to_owned(),
                (None, true, false) if decision.decision == Verdict::Unsure => "a label".to_owned(),
                (None, true, false) => "waits for a run".to_owned(),
            };
            vec![
                decision.id.to_string(),
                word(decision.decision).to_owned(),
                format!("{}:{}", decision.a.table, decision.a.key),
                format!("{}:{}", decision.b.table, decision.b.key),
                decision.by.clone(),
                decision.at.clone(),
                state,
                decision.note.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let head = ["", "decision", "one", "other", "by", "at", "state", "note"];
    format!("{}\n{} of them wait for a run\n", text_table(&head, &[true], &rows), view.waiting)
}

fn decided(view: &DecidedView) -> String {
    let mut text = String::new();
    for decision in view.decisions.iter().take(20) {
        let undone = if decision.undone.is_some() { " (undone)" } else { "" };
        text.push_str(&format!(
            "decision {}: `{}:{}` and `{}:{}` are {}{undone}\n",
            decision.id,
            decision.a.table,
            decision.a.key,
            decision.b.table,
            decision.b.key,
            match decision.decision {
                Verdict::Same => "one person",
                Verdict::Different => "two people",
                Verdict::Unsure => "not to be told apart or together",
            }
        ));
    }
    if view.decisions.len() > 20 {
        text.push_str(&format!("and {} more\n", view.decisions.len() - 20));
    }
    view.warnings.iter().for_each(|warning| text.push_str(&format!("warning: {warning}\n")));
    text.push_str(&format!("{}\n", view.effect));
    text
}
