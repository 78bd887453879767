//! Suggest: what the columns of tables seem to mean, as the `tables:` of `unify.yaml`.
//!
//! Reads    names of columns; values of the published run, where there is one
//!
//! Invariants
//! - Nothing is written: what is printed is to be looked at and put into `unify.yaml`.

use onefold_api::Problem;
use onefold_model::edit;
use serde_json::{Map, Value, json};

use crate::lists::{Look, suggestions};
use crate::output::{print, say};
use crate::platform::Onefold;

/// Prints the mapping of a table, or of all tables of sources.
pub(super) async fn run(platform: &Onefold, table: Option<String>) -> Result<u8, Problem> {
    let look = Look::at(platform).await?;
    let catalog = &look.opened.planned.catalog;
    let sources = look.project().sources.iter();
    let tables: Vec<String> = match table {
        Some(name) => {
            let found = catalog.get(&name).map(|table| table.name.to_string());
            let hint = "name a table of a source, `<Source>_<Table>`";
            vec![found.ok_or_else(|| Problem::not_found(format!("no table `{name}`")).hint(hint))?]
        }
        None => {
            sources.flat_map(|source| source.tables.iter().map(|table| source.table_name(table).to_string())).collect()
        }
    };
    let mut mapped = Vec::new();
    for table in &tables {
        let (known, unknown): (Vec<_>, Vec<_>) =
            suggestions(&look, table).await?.into_iter().partition(|(_, meaning)| meaning.is_some());
        // A key alone says nothing of people.
        if known.iter().all(|(_, meaning)| *meaning == Some("ID")) && tables.len() > 1 {
            continue;
        }
        if look.table(table).is_none() {
            say(&format!("`{table}` was not read yet: its columns are told by their names alone\n"));
        }
        if !unknown.is_empty() {
            let names: Vec<String> = unknown.iter().map(|(name, _)| format!("`{name}`")).collect();
            say(&format!("nothing is suggested for {} of `{table}`\n", names.join(", ")));
        }
        let columns: Map<String, Value> = known.into_iter().map(|(name, meaning)| (name, json!(meaning))).collect();
        mapped.push(json!({"table": table, "columns": columns}));
    }
    if mapped.is_empty() {
        return Err(Problem::not_found("no table of a source seems to hold people").hint("add a source, and run it"));
    }
    print(&edit::write(&json!({"tables": mapped})))?;
    Ok(0)
}
