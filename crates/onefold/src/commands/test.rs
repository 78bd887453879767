//! Test: measures and segments held to their examples.

use std::path::Path;

use onefold_api::Problem;

use crate::examples;
use crate::output::{count, print, print_json};

/// Runs examples; 1 when one of them differs.
pub(super) async fn run(project: &Path, names: &[String], json: bool) -> Result<u8, Problem> {
    let outcomes = examples::run(project, names).await?;
    let wrong = outcomes.iter().filter(|outcome| !outcome.ok).count();
    if json {
        print_json(&outcomes)?;
        return Ok(u8::from(wrong > 0));
    }
    let mut text = String::new();
    for outcome in &outcomes {
        let word = if outcome.ok { "ok" } else { "differs" };
        text.push_str(&format!("{}: {}: {word}\n", outcome.definition, outcome.name));
        outcome.differences.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
    }
    let all = count(outcomes.len() as u64, "test");
    text.push_str(&match (outcomes.len(), wrong) {
        (0, _) => "no measure and no segment has `tests`\n".to_owned(),
        (_, 0) => format!("{all}, all as expected\n"),
        (_, wrong) => format!("{all}, {wrong} not as expected\n"),
    });
    print(&text)?;
    Ok(u8::from(wrong > 0))
}
