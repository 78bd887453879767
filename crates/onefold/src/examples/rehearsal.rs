//! Rehearsal: the project of one example: the definitions it needs, and CSV files with the rows that are given.
//!
//! Invariants
//! - Every table of every source is there, with the columns and types that are known of it; what is given has rows.
//! - Measures and segments that the definition does not need are left out, connections and exports always.
//!
//! Not here: running it.

use std::fs;
use std::path::Path;

use onefold_api::{Kind, ObjectRef, Problem};
use onefold_model::define::{Example, ExampleRow, SourceTable};
use onefold_model::names::nearest;
use onefold_model::{DataType, Project, TableName};
use serde_json::{Map, Value, json};

use crate::opened::Opened;
use crate::uses::Uses;

/// Folders of definitions that are not copied as they are.
const LEFT_OUT: &[&str] = &["sources/", "connections/", "exports/"];

/// Writes the project of an example.
pub(super) fn write(opened: &Opened, object: &ObjectRef, example: &Example, root: &Path) -> Result<(), Problem> {
    let project = &opened.project;
    for (table, _) in &example.given {
        if project.source_table(&table.value).is_none() {
            let names: Vec<String> =
                project.sources.iter().flat_map(|source| source.table_names()).map(|name| name.to_string()).collect();
            let problem = Problem::refused(format!("no table `{}` of a source is there to be given", table.value));
            return Err(match nearest(&table.value, names.iter().map(String::as_str)) {
                Some(near) => problem.hint(format!("did you mean `{near}`?")),
                None => problem.hint("name it `<Source>_<Table>`"),
            });
        }
    }
    let needed = needed(project, object);
    let settings = json!({"name": "test", "time_zone": opened.zone(), "lake": "./lake"});
    put(root, "onefold.yaml", &settings.to_string())?;
    for file in &project.files {
        let is = |folder: &str| file.path.strip_prefix(folder).and_then(|name| name.strip_suffix(".yaml"));
        let unneeded =
            [("measures/", Kind::Measure), ("segments/", Kind::Segment)].into_iter().any(|(folder, kind)| {
                is(folder).is_some_and(|name| !needed.contains(&ObjectRef { kind, name: name.to_owned() }))
            });
        let left_out = LEFT_OUT.iter().any(|folder| file.path.starts_with(folder));
        if file.path != "onefold.yaml" && !unneeded && !left_out && !file.path.contains("..") {
            put(root, &file.path, &file.text)?;
        }
    }
    for source in &project.sources {
        let mut tables = Map::new();
        for table in &source.tables {
            let name = source.table_name(table);
            let given: Vec<&ExampleRow> = example
                .given
                .iter()
                .filter(|(given, _)| given.value.to_lowercase() == name.folded())
                .flat_map(|(_, rows)| rows)
                .collect();
            let (definition, csv) = self::table(opened, table, &name, &given)?;
            put(root, &format!("data/{name}.csv"), &csv)?;
            tables.insert(table.name.value.clone(), definition);
        }
        let definition = json!({"kind": "csv", "from": {"folder": "./data"}, "tables": tables});
        put(root, &format!("sources/{}.yaml", source.name.value), &definition.to_string())?;
    }
    Ok(())
}

/// The measures and segments that a definition needs, itself included.
fn needed(project: &Project, object: &ObjectRef) -> Vec<ObjectRef> {
    let uses = Uses::of(project);
    let mut needed = vec![object.clone()];
    let mut next = 0;
    while let Some(object) = needed.get(next).cloned() {
        for used in uses.depends_on(&object) {
            if !needed.contains(&used) {
                needed.push(used);
            }
        }
        next += 1;
    }
    needed
}

/// A table as a CSV source defines it, and its file.
fn table(
    opened: &Opened,
    table: &SourceTable,
    name: &TableName,
    given: &[&ExampleRow],
) -> Result<(Value, String), Problem> {
    let known = opened.planned.catalog.get(name.as_str()).map(|known| known.columns.clone()).unwrap_or_default();
    let mut columns: Vec<String> = known.iter().map(|column| column.name.to_string()).collect();
    let key = opened.planned.catalog.get(name.as_str()).and_then(|known| known.key.clone());
    let key = key.map_or_else(|| table.key.value.clone(), |key| key.to_string());
    if !columns.contains(&key) {
        columns.insert(0, key.clone());
    }
    // Before the first read nobody knows what columns there are.
    let open = known.is_empty() || known.iter().any(|column| column.ty == DataType::Any);
    for (column, _) in given.iter().flat_map(|row| row.iter()) {
        if columns.contains(&column.value) {
            continue;
        }
        if !open {
            let problem = Problem::refused(format!("`{name}` has no column `{}` to be given", column.value));
            return Err(match nearest(&column.value, columns.iter().map(String::as_str)) {
                Some(near) => problem.hint(format!("did you mean `{near}`?")),
                None => problem.hint(format!("its columns are {}", columns.join(", "))),
            });
        }
        columns.push(column.value.clone());
    }
    let types: Map<String, Value> = known
        .iter()
        .filter(|column| column.ty != DataType::Any)
        .map(|column| (column.name.to_string(), Value::from(column.ty.to_string())))
        .collect();
    let mut csv = line(columns.iter().map(|column| Some(column.as_str())));
    for (number, row) in given.iter().enumerate() {
        let number = (number + 1).to_string();
        let cell = |column: &String| {
            let cell = row.iter().find(|(name, _)| name.value == *column).map(|(_, cell)| cell.value.as_deref());
            // A row that does not say is told apart by its number.
            cell.unwrap_or((*column == key).then_some(number.as_str()))
        };
        csv.push_str(&line(columns.iter().map(cell)));
    }
    let mut definition = json!({"key": key, "file": format!("{name}.csv")});
    if !types.is_empty() {
        definition["columns"] = Value::Object(types);
    }
    Ok((definition, csv))
}

fn line<'a>(cells: impl Iterator<Item = Option<&'a str>>) -> String {
    let cells: Vec<String> =
        cells.map(|cell| cell.map_or(String::new(), |text| format!("\"{}\"", text.replace('"', "\"\"")))).collect();
    format!("{}\n", cells.join(","))
}

fn put(root: &Path, path: &str, text: &str) -> Result<(), Problem> {
    let file = root.join(path);
    let written = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&file, text));
    written.map_err(|error| Problem::failed(format!("cannot write `{}`: {error}", file.display())))
}
