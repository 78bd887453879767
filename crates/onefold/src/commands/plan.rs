//! Plan: what a run would do, and why.

use onefold_api::{PlanView, Problem, ProfilePlanned, ProfilesPlanned, RecordKey, RunAsk};

use crate::output::{count, grouped, print, print_json, say, text_table};
use crate::platform::Onefold;

/// Shows the steps in order.
pub(super) async fn run(platform: &Onefold, ask: RunAsk, sql: bool, json: bool) -> Result<u8, Problem> {
    let view = onefold_api::Platform::plan(platform, &ask).await?;
    if json {
        print_json(&view)?;
        return Ok(0);
    }
    say(&view.text);
    print(&text(&view))?;
    if let Some(planned) = &view.profiles {
        print(&format!("\n{}", profiles(planned)))?;
    }
    if sql {
        for (name, text) in platform.queries().await? {
            print(&format!("\n-- {name}\n{text}\n"))?;
        }
    }
    Ok(0)
}

fn text(view: &PlanView) -> String {
    let rows: Vec<Vec<String>> = view
        .steps
        .iter()
        .map(|step| {
            let word = if step.runs { "run" } else { "skip" };
            vec![word.to_owned(), step.name.clone(), step.cause.clone()]
        })
        .collect();
    let runs = view.steps.iter().filter(|step| step.runs).count() as u64;
    let skips = view.steps.len() as u64 - runs;
    let table = text_table(&["", "step", "because"], &[], &rows);
    format!("{table}\n{} to run, {skips} to skip\n", count(runs, "step"))
}

/// What would become of profiles, and of whom: merges and splits first.
fn profiles(planned: &ProfilesPlanned) -> String {
    let ProfilesPlanned { before, after, created, merged, split, retired, returned, unchanged, samples } = planned;
    let mut text = format!("profiles: {} published, {} after a run\n", grouped(*before), grouped(*after));
    let parts = [
        (unchanged, "would go on"),
        (created, "would be new"),
        (merged, "would go into another"),
        (split, "would be split off"),
        (returned, "would come back"),
        (retired, "would end"),
    ];
    for (n, what) in parts.into_iter().filter(|(n, _)| **n > 0) {
        text.push_str(&format!("  {:>9} {what}\n", grouped(*n)));
    }
    // New ones are many on a first run, and there is nothing to tell of them.
    for sample in samples.iter().filter(|sample| sample.change != "created") {
        text.push_str(&format!("\n{}\n", line(sample)));
        text.push_str(&format!("  {}\n", listed(&sample.records)));
        if !sample.other_records.is_empty() {
            text.push_str(&format!("  {}\n", listed(&sample.other_records)));
        }
    }
    let changed = merged + split + retired + returned;
    let shown = samples.iter().filter(|sample| sample.change != "created").count() as u64;
    if changed > shown {
        text.push_str(&format!("\nand {} more\n", grouped(changed - shown)));
    }
    text
}

fn line(sample: &ProfilePlanned) -> String {
    let (id, other) = (&sample.customer_id, sample.other.as_deref());
    match (sample.change.as_str(), other) {
        ("merged", Some(other)) => format!("{id} would go into {other}"),
        ("split", Some(other)) => format!("{id} would be split off from {other}"),
        ("returned", Some(other)) => format!("{id} would come back, parted from {other}"),
        ("returned", None) => format!("{id} would come back"),
        ("retired", _) => format!("{id} would end"),
        (change, _) => format!("{id}: {change}"),
    }
}

fn listed(records: &[RecordKey]) -> String {
    records.iter().map(|record| format!("{} `{}`", record.table, record.key)).collect::<Vec<_>>().join(", ")
}
