//! Audit: the entries of a server's audit, and whether their chain holds.

use std::path::Path;

use onefold_api::{AuditCheck, AuditEntry, AuditQuery, Problem, Registry as _};

use crate::cli::Audit;
use crate::output::{print, print_json, say, text_table};
use crate::state::{Head, SqliteRegistry};

/// Lists entries or checks the chain; 1 when it does not hold.
pub(super) async fn run(project: &Path, what: Audit, json: bool) -> Result<u8, Problem> {
    let registry = there(project)?;
    match what {
        Audit::Verify { expect } => {
            let expected = expect.map(|text| text.parse::<Head>()).transpose().map_err(Problem::refused)?;
            let check = registry.verify(expected).await?;
            if json {
                print_json(&check)?;
            } else {
                say_check(&check)?;
            }
            Ok(u8::from(!check.ok))
        }
        Audit::List { limit, before, actor, act, person, outcome } => {
            let query = AuditQuery { before, limit, actor, act, person, outcome };
            let entries = registry.audited(&query).await?;
            if json {
                print_json(&entries)?
            } else {
                print(&list(&entries))?
            }
            Ok(0)
        }
    }
}

/// The file of a project that has been served.
fn there(project: &Path) -> Result<SqliteRegistry, Problem> {
    let path = SqliteRegistry::path(project);
    if !path.is_file() {
        return Err(Problem::not_found(format!("there is no `{}`: no server has run here", path.display()))
            .hint("name the server's folder with `-C`"));
    }
    SqliteRegistry::open(project)
}

fn say_check(check: &AuditCheck) -> Result<(), Problem> {
    if check.ok {
        print(&format!("{}\nhead {}:{}\n", check.message, check.entries, check.head))?;
        say(
            "keep the head elsewhere; `onefold audit verify --expect HEAD` then finds also what was cut off or written anew\n",
        );
    } else {
        let holds = format!("up to there it holds: {}:{}", check.entries, check.head);
        print(&format!(
            "the chain is broken at entry {}: {}\n{holds}\n",
            check.broken_at.unwrap_or_default(),
            check.message
        ))?;
    }
    Ok(())
}

fn list(entries: &[AuditEntry]) -> String {
    let rows: Vec<Vec<String>> = entries
        .iter()
        .map(|AuditEntry { seq, at, entry, .. }| {
            let people = match entry.people.as_slice() {
                [] => String::new(),
                [one] => one.clone(),
                [first, rest @ ..] => format!("{first} and {} more", rest.len()),
            };
            let said = entry.detail.clone().unwrap_or_default();
            let [actor, outcome, act] = [&entry.actor, &entry.outcome, &entry.act].map(Clone::clone);
            vec![seq.to_string(), at.clone(), actor, outcome, act, entry.object.clone(), people, said]
        })
        .collect();
    let head = ["entry", "at", "who", "outcome", "what", "on", "people", "said"];
    text_table(&head, &[true], &rows)
}
