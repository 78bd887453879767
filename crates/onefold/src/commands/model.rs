//! Model: the probabilistic model of `match`, shown, written into `unify.yaml`, and exchanged with Splink.
//!
//! Reads    `MatchModel`, `MatchComparison`, `MatchBlocking` of the published run; `unify.yaml`; a file of settings
//! Writes   `unify.yaml`, by the same door as the pages; settings as JSON
//!
//! Invariants
//! - Only what is under `match: model:` changes; comments and all other lines stay.

use std::path::Path;

use onefold_api::{Kind, ObjectRef, Problem, SaveAsk};
use onefold_model::linkage::{Linkage, splink};
use onefold_model::yaml::{self, Node};
use onefold_model::{TableName, edit, sql};
use serde_json::{Map, Value, json};

use super::COMMAND_LINE;
use crate::cli::Model;
use crate::desk;
use crate::lists::Look;
use crate::output::{grouped, print, print_json, say, text_table};
use crate::platform::Onefold;
use crate::runner::figures::Row;

/// Does what is asked of the model.
pub(super) async fn run(platform: &Onefold, what: Model) -> Result<u8, Problem> {
    match what {
        Model::Show { json } => show(platform, json).await,
        Model::Write { dry_run } => {
            let look = Look::at(platform).await?;
            let model = of_run(&look).await?;
            write(platform, &model, dry_run).await
        }
        Model::Import { file, dry_run } => import(platform, &file, dry_run).await,
        Model::Export { out } => export(platform, out.as_deref()).await,
    }
}

async fn rows(look: &Look, table: &str) -> Result<Vec<Row>, Problem> {
    if look.table(table).is_none() {
        let why = "the published run has no model";
        let hint = "write `match: {model: fellegi_sunter}` into `unify.yaml`, and `onefold run`";
        return Err(Problem::not_found(why).hint(hint));
    }
    look.ask(&sql!("select * from ", TableName::from(table))).await
}

/// The model as the last run settled and trained it.
async fn of_run(look: &Look) -> Result<Linkage, Problem> {
    let rows = rows(look, "MatchModel").await?;
    let text = rows.first().and_then(|row| row.get("Model")).and_then(Value::as_str).unwrap_or_default();
    Linkage::parse(text).map_err(Problem::failed)
}

async fn show(platform: &Onefold, as_json: bool) -> Result<u8, Problem> {
    let look = Look::at(platform).await?;
    let (model, comparisons) = (rows(&look, "MatchModel").await?, rows(&look, "MatchComparison").await?);
    let blocking = rows(&look, "MatchBlocking").await?;
    let head = model.first().cloned().unwrap_or_default();
    if as_json {
        let settled = of_run(&look).await?.value();
        let mut figures = head;
        figures.remove("Model");
        print_json(&json!({"model": settled, "figures": figures, "comparisons": comparisons, "blocking": blocking}))?;
        return Ok(0);
    }
    print(head.get("Model").and_then(Value::as_str).unwrap_or_default())?;
    print(&format!("\n{}\n{}\n", of_comparisons(&comparisons), of_blocking(&blocking)))?;
    let count = |name: &str| grouped(head.get(name).and_then(Value::as_u64).unwrap_or_default());
    print(&format!(
        "{} records, {} pairs compared, {} of them links; {} people\n",
        count("Records"),
        count("Pairs"),
        count("Links"),
        count("Clusters")
    ))?;
    Ok(0)
}

/// Levels with what they weigh.
fn of_comparisons(rows: &[Row]) -> String {
    let number = |row: &Row, name: &str| row.get(name).and_then(Value::as_f64);
    let share = |value: Option<f64>| match value {
        Some(value) if value >= 0.001 || value == 0.0 => format!("{value:.4}"),
        Some(value) => format!("{value:.2e}"),
        None => String::new(),
    };
    let cells = rows.iter().map(|row| {
        let word = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let count = |name: &str| row.get(name).and_then(Value::as_u64).map_or_else(String::new, grouped);
        let bits = number(row, "Weight").map_or_else(String::new, |bits| format!("{bits:+.2}"));
        let figures = [share(number(row, "M")), share(number(row, "U")), bits];
        [vec![word("Comparison"), word("Test")], figures.to_vec(), vec![count("Pairs"), count("LinkedPairs")]].concat()
    });
    let head = ["comparison", "level", "m", "u", "bits", "pairs", "links"];
    text_table(&head, &[false, false, true, true, true, true, true], &cells.collect::<Vec<_>>())
}

fn of_blocking(rows: &[Row]) -> String {
    let cells = rows.iter().map(|row| {
        let word = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let count = |name: &str| row.get(name).and_then(Value::as_u64).map_or_else(String::new, grouped);
        let found = row.get("Found").and_then(Value::as_f64).unwrap_or_default();
        let largest = match word("LargestValue") {
            value if value.is_empty() => count("LargestBlock"),
            value => format!("{} (`{value}`)", count("LargestBlock")),
        };
        vec![
            word("Rule"),
            count("Pairs"),
            count("NewPairs"),
            count("CutPairs"),
            format!("{:.1} %", 100.0 * found),
            largest,
        ]
    });
    let head = ["blocking", "pairs", "new", "cut", "of links", "largest block"];
    text_table(&head, &[false, true, true, true, true, false], &cells.collect::<Vec<_>>())
}

/// `unify.yaml` with another model.
fn with_model(value: &Value, model: &Linkage) -> Value {
    let mut value = value.clone();
    if !value.is_object() {
        value = json!({});
    }
    let matching = match value.get("match") {
        Some(Value::Object(matching)) => matching.clone(),
        // A list is the rules alone.
        Some(Value::Array(rules)) if !rules.is_empty() => Map::from_iter([("rules".to_owned(), json!(rules))]),
        _ => Map::new(),
    };
    let mut matching = matching;
    matching.insert("model".to_owned(), model.value());
    value["match"] = Value::Object(matching);
    value
}

/// The text with that value. A model that stood in one line, in braces, is given lines of its own.
fn rewritten(text: &str, value: &Value) -> Result<String, edit::Unwritten> {
    if edit::to_json(text).is_some_and(|there| edit::same(&there, value)) {
        return Ok(text.to_owned());
    }
    let in_braces = |node: &Node| text.get(node.at.start as usize..).is_some_and(|rest| rest.starts_with('{'));
    let (tree, _) = yaml::parse(text, 0);
    let matching = tree.as_ref().and_then(|tree| tree.get("match"));
    let mut plain = value.clone();
    if matching.is_some_and(in_braces) {
        plain["match"] = json!("fellegi_sunter");
    } else if matching.and_then(|matching| matching.get("model")).is_some_and(in_braces) {
        plain["match"]["model"] = json!("fellegi_sunter");
    } else {
        return edit::rewrite(text, value);
    }
    edit::rewrite(&edit::rewrite(text, &plain)?, value)
}

async fn write(platform: &Onefold, model: &Linkage, dry_run: bool) -> Result<u8, Problem> {
    let object = ObjectRef { kind: Kind::Unify, name: "unify".to_owned() };
    let there = desk::definition(platform, &object).await?;
    let value = with_model(&there.value, model);
    let text =
        rewritten(&there.yaml, &value).map_err(|unwritten| Problem::refused(unwritten.message).hint(unwritten.hint))?;
    let lines = edit::diff(&there.yaml, &text);
    if lines.is_empty() {
        say("`unify.yaml` says so already\n");
        return Ok(0);
    }
    let shown: String = lines.iter().map(|line| format!("{} {}\n", line.sign, line.text)).collect();
    print(&shown)?;
    if dry_run {
        return Ok(0);
    }
    let ask = SaveAsk { yaml: Some(text), etag: Some(there.object.etag), ..SaveAsk::default() };
    desk::save(platform, &object, &ask, COMMAND_LINE).await?;
    say("written to `unify.yaml`\n");
    Ok(0)
}

async fn import(platform: &Onefold, file: &Path, dry_run: bool) -> Result<u8, Problem> {
    let wrong = |why: String| Problem::refused(format!("`{}`: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    let settings: Value = serde_json::from_str(&text)
        .map_err(|error| wrong(error.to_string()).hint("give the JSON that Splink's `save_model_to_json` wrote"))?;
    let look = Look::at(platform).await?;
    let tables = mapped(&look);
    if tables.is_empty() {
        let hint = "write `tables: [{table: <Source>_<Table>}]` into `unify.yaml` first";
        return Err(Problem::refused("no table of the project has people in it").hint(hint));
    }
    let fold = |name: &str| name.to_lowercase().replace([' ', '_', '.', '-'], "");
    let columns_of = |name: &str| -> Vec<String> {
        let of = |table: &String| {
            let columns = look.opened.planned.catalog.get(table).map(|table| table.columns.clone()).unwrap_or_default();
            let exact = columns.iter().find(|column| column.name == name);
            let found = exact.or_else(|| columns.iter().find(|column| fold(column.name.as_str()) == fold(name)));
            found.map(|column| format!("{table}.{}", column.name))
        };
        tables.iter().filter_map(of).collect()
    };
    let imported = splink::import(&settings, &tables, &columns_of).map_err(wrong)?;
    for warning in &imported.warnings {
        say(&format!("warning: {warning}\n"));
    }
    if imported.model.comparisons.is_empty() {
        let hint = "name the columns of your tables as they are named in Splink, by `rename_columns`";
        return Err(Problem::refused("nothing of the settings fits the tables").hint(hint));
    }
    write(platform, &imported.model, dry_run).await
}

/// The tables with people in them, by their names in the catalogue.
fn mapped(look: &Look) -> Vec<String> {
    let stated = look.project().unify.iter().flat_map(|unify| &unify.tables);
    stated.filter_map(|table| Some(look.opened.planned.catalog.get(&table.table)?.name.to_string())).collect()
}

async fn export(platform: &Onefold, out: Option<&Path>) -> Result<u8, Problem> {
    let look = Look::at(platform).await?;
    let model = match look.table("MatchModel") {
        Some(_) => of_run(&look).await?,
        None => stated(&look)?,
    };
    let tables = mapped(&look);
    let key = tables.first().and_then(|table| look.key(table)).unwrap_or_else(|| "unique_id".to_owned());
    let exported = splink::export(&model, &key, tables.len());
    for warning in &exported.warnings {
        say(&format!("warning: {warning}\n"));
    }
    let Some(out) = out else {
        print_json(&exported.settings)?;
        return Ok(0);
    };
    let text = serde_json::to_string_pretty(&exported.settings).map_err(|error| Problem::failed(error.to_string()))?;
    std::fs::write(out, text + "\n")
        .map_err(|error| Problem::failed(format!("cannot write `{}`: {error}", out.display())))?;
    say(&format!("written to `{}`\n", out.display()));
    Ok(0)
}

/// The model of `unify.yaml`, where there is no run with one yet.
fn stated(look: &Look) -> Result<Linkage, Problem> {
    let stated = look.project().unify.as_ref().and_then(|unify| unify.model.as_ref());
    match stated.filter(|stated| !stated.model.comparisons.is_empty()) {
        Some(stated) => Ok(stated.model.clone()),
        None => {
            let hint = "write `match: {model: fellegi_sunter}` into `unify.yaml`, and `onefold run`";
            Err(Problem::not_found("there is no model yet: neither a run's nor one that states its comparisons")
                .hint(hint))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_in_braces_is_given_lines_of_its_own_and_comments_stay() {
        let model = Linkage::parse("kind: fellegi_sunter\nthreshold: 0.9\nblocking: [[a, b]]\n").unwrap();
        let write = |text: &str| {
            let value = with_model(&edit::to_json(text).unwrap(), &model);
            rewritten(text, &value).unwrap()
        };
        let lines = "match:\n  model:\n    kind: fellegi_sunter\n    threshold: 0.9\n    blocking:\n      - [a, b]\n";
        let head = "# who\ntables: [{table: A_t}] # one\n";
        assert_eq!(write(&format!("{head}match: {{model: fellegi_sunter}}\n")), format!("{head}{lines}"));
        assert_eq!(write(&format!("{head}match:\n  model: {{threshold: 0.5}}\n")), format!("{head}{lines}"));
        assert_eq!(write(&format!("{head}match:\n  model: fellegi_sunter\n")), format!("{head}{lines}"));
        assert_eq!(write(head), format!("{head}{lines}"));
        let rules = "match:\n  # by hand\n  - {name: X, from: B_t, to: A_t}\n";
        let written = write(&format!("{head}{rules}"));
        assert!(
            written.contains("rules:") && written.contains("name: X") && written.contains("threshold: 0.9"),
            "{written}"
        );
        let once = write(&format!("{head}match: {{model: fellegi_sunter}}\n"));
        assert_eq!(write(&once), once);
    }
}
