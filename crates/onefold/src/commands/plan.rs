//! Plan: what a run would do, and why.

use onefold_api::{PlanView, Problem, RunAsk};

use crate::output::{count, print, print_json, say, text_table};
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
