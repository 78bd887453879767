//! Run: runs what has changed, and says what became of everything.
//!
//! Invariants
//! - Counts that belong together are printed as a sum, so that a reader can add them up.

use std::sync::Arc;

use onefold_api::{Nobody, Outcome, Platform, Problem, RunAsk, RunView, SourceLine, StepState};

use crate::output::{count, duration, grouped, print, print_json, text_table};

/// Runs; 1 when an export failed.
pub(super) async fn run(platform: &dyn Platform, ask: RunAsk, json: bool) -> Result<u8, Problem> {
    let view = platform.run(&ask, super::COMMAND_LINE, Arc::new(Nobody)).await?;
    if json {
        print_json(&view)?;
    } else {
        print(&text(&view))?;
    }
    Ok(exit_code(&view))
}

/// 1 when an export failed, else 0.
pub(super) fn exit_code(view: &RunView) -> u8 {
    u8::from(!matches!(view.outcome, Outcome::Completed | Outcome::CompletedWithWarnings))
}

/// The run in words and tables.
pub(super) fn text(view: &RunView) -> String {
    let mut text = steps(view);
    let mut part = |lines: Vec<String>| {
        if !lines.is_empty() {
            text.push('\n');
            lines.iter().for_each(|line| text.push_str(&format!("{line}\n")));
        }
    };
    part(view.sources.iter().map(source).collect());
    part(unify(view));
    part(segments(view));
    part(exports(view));
    part(view.warnings.iter().map(|warning| format!("warning: {warning}")).collect());
    part(vec![ending(view)]);
    text
}

/// The steps that ran, and how many did not have to.
fn steps(view: &RunView) -> String {
    let ran: Vec<_> = view.steps.iter().filter(|step| step.state == StepState::Done).collect();
    let not_asked = view.steps.iter().filter(|step| step.state == StepState::NotAsked).count();
    let unchanged = view.steps.len() - ran.len() - not_asked;
    let mut text = String::new();
    if !ran.is_empty() {
        // How it was done, where a step has something to say of it.
        let told = ran.iter().any(|step| step.said.is_some());
        let rows: Vec<Vec<String>> = ran
            .iter()
            .map(|step| {
                let warnings = if step.warnings == 0 { String::new() } else { grouped(step.warnings as u64) };
                let rows_in = step.rows_in.map_or(String::new(), grouped);
                let mut row =
                    vec![step.name.clone(), rows_in, grouped(step.rows_out), warnings, duration(step.seconds)];
                row.extend(told.then(|| step.said.clone().unwrap_or_default()));
                row
            })
            .collect();
        let columns = 5 + usize::from(told);
        text.push_str(&text_table(
            &["step", "rows in", "rows out", "warnings", "time", "how"][..columns],
            &[false, true, true, true, true, false][..columns],
            &rows,
        ));
    }
    for (n, why) in [(unchanged, "unchanged, skipped"), (not_asked, "not asked for, left as they were")] {
        if n > 0 {
            text.push_str(&format!("{} {why}\n", count(n as u64, "step")));
        }
    }
    text
}

fn source(line: &SourceLine) -> String {
    let SourceLine { table, read, kept, corrupt, repeated, left_out } = line;
    let (read, kept) = (grouped(*read), grouped(*kept));
    let (corrupt, repeated) = (grouped(*corrupt), grouped(*repeated));
    match left_out {
        Some(0) => format!("{table}: {read} read = {kept} kept + {corrupt} corrupt + {repeated} repeated keys"),
        Some(left_out) => {
            let left_out = grouped(*left_out);
            format!(
                "{table}: {read} read = {kept} kept + {corrupt} corrupt + {repeated} repeated keys + {left_out} left out by its steps"
            )
        }
        None => {
            format!("{table}: {read} read, {corrupt} corrupt; its steps made {kept} rows, {repeated} repeated keys")
        }
    }
}

fn unify(view: &RunView) -> Vec<String> {
    let Some(figures) = &view.unify else { return Vec::new() };
    vec![
        format!("unique source records: {}", grouped(figures.unique_source_records)),
        format!("matched and non-matched records: {}", grouped(figures.matched_and_non_matched)),
        format!("matched records only: {}", grouped(figures.matched_only)),
        format!("profiles: {}", grouped(figures.profiles)),
    ]
}

fn segments(view: &RunView) -> Vec<String> {
    let line = |count: &onefold_api::SegmentCount| {
        let members = crate::output::count(count.members, "member");
        match count.before {
            Some(before) if before != count.members => {
                format!("segment `{}`: {members} ({} before)", count.segment, grouped(before))
            }
            _ => format!("segment `{}`: {members}", count.segment),
        }
    };
    view.segments.iter().map(line).collect()
}

fn exports(view: &RunView) -> Vec<String> {
    let line = |sent: &onefold_api::SentView| {
        let name = if sent.item.is_empty() { sent.export.clone() } else { format!("{}: {}", sent.export, sent.item) };
        match sent.state.as_str() {
            "sent" => {
                let said: Vec<&str> =
                    [&sent.place, &sent.detail].into_iter().map(String::as_str).filter(|s| !s.is_empty()).collect();
                let place = if said.is_empty() { String::new() } else { format!(" ({})", said.join(", ")) };
                format!(
                    "export {name}: {} offered = {} sent + {} without key + {} unknown{place}",
                    grouped(sent.offered),
                    grouped(sent.sent),
                    grouped(sent.without_key),
                    grouped(sent.unknown),
                )
            }
            state => format!("export {name}: {state}, {}", sent.detail),
        }
    };
    view.exports.iter().map(line).collect()
}

fn ending(view: &RunView) -> String {
    let took = duration(view.seconds);
    match view.outcome {
        Outcome::Completed => format!("completed in {took}"),
        Outcome::CompletedWithWarnings => format!("completed with warnings in {took}"),
        Outcome::ExportFailed => format!("published in {took}, but an export failed"),
        Outcome::Failed => format!("failed after {took}"),
        Outcome::Canceled => format!("stopped after {took}"),
    }
}
