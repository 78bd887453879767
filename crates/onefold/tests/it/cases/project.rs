//! Project: a case as a folder of definitions and CSV files, and what running it gives.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use onefold::opened::Opened;
use onefold::progress::Progress;
use onefold::{runner, values};
use onefold_api::RunAsk;
use onefold_lake::QueryLimits;
use onefold_model::Severity;
use onefold_model::plan::Stage;
use serde_json::Value;

use super::text::{Section, cells, table};

/// A column of an input table.
struct InputColumn {
    name: String,
    ty: Option<String>,
    key: bool,
    refers: Option<String>,
}

/// A case under way.
pub(super) struct CaseProject {
    folder: tempfile::TempDir,
    tables: Vec<(String, Vec<InputColumn>)>,
    definitions: BTreeMap<String, String>,
    zone: String,
    ask: RunAsk,
    changed: bool,
    problem: Option<String>,
}

impl CaseProject {
    /// A project without definitions.
    pub(super) fn new() -> Self {
        let ask = RunAsk { now: Some("2026-03-15T12:00:00Z".to_owned()), threads: Some(1), ..RunAsk::default() };
        Self {
            folder: tempfile::tempdir().expect("a temporary folder can be made"),
            tables: Vec::new(),
            definitions: BTreeMap::new(),
            zone: "UTC".to_owned(),
            ask,
            changed: true,
            problem: None,
        }
    }

    /// Takes in a section that is not an expectation.
    pub(super) fn change(&mut self, section: &Section) {
        self.changed |= !section.word.is_empty();
        match section.word.as_str() {
            "" => {}
            "now" => self.ask.now = Some(section.name.clone()),
            "zone" => self.zone = section.name.clone(),
            "only" => self.ask.only = vec![section.name.clone()],
            "definitions" if section.body.trim().is_empty() => {
                self.definitions.remove(&section.name);
                std::fs::remove_file(self.root().join(&section.name))
                    .expect("a definition that was there is taken away");
            }
            "definitions" => _ = self.definitions.insert(section.name.clone(), section.body.clone()),
            "table" => self.set_table(&section.name, &section.body),
            other => panic!("a case has no section `{other}`"),
        }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    fn set_table(&mut self, name: &str, body: &str) {
        let cells = cells(body);
        let mut columns: Vec<InputColumn> = cells.head.iter().map(|head| input_column(head)).collect();
        if let Some(first) = columns.first_mut().filter(|_| !cells.head.iter().any(|head| head.contains(" key"))) {
            first.key = true;
        }
        let quoted = |cell: &String| {
            if cell.contains(['"', ',']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
        };
        let head: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        let mut csv = format!("{}\n", head.join(","));
        for row in &cells.rows {
            let row: Vec<String> = row.iter().map(quoted).collect();
            let _ = writeln!(csv, "{}", row.join(","));
        }
        let (source, table) = name.split_once('_').expect("a table is called `<Source>_<Table>`");
        let path = self.root().join("data").join(source).join(format!("{table}.csv"));
        write(&path, &csv);
        // A table that comes again keeps its place: the first is the one with people in it.
        match self.tables.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = columns,
            None => self.tables.push((name.to_owned(), columns)),
        }
    }

    /// What an expectation names, after a run if something has changed since the last.
    pub(super) async fn outcome(&mut self, name: &str, expected: &str) -> String {
        if self.changed {
            self.write_definitions();
            self.problem = self.run().await.err();
            self.changed = false;
            self.ask.only.clear();
        }
        match name {
            "diagnostics" => self.diagnostics().await,
            "plan" => self.plan().await,
            _ => match &self.problem {
                Some(problem) => format!("{problem}\n"),
                None => self.rows(name, expected).await.unwrap_or_else(|problem| format!("{problem}\n")),
            },
        }
    }

    /// The project as its definitions stand, without a run.
    pub(super) async fn defined(&self) -> Result<Opened, String> {
        self.write_definitions();
        self.opened().await
    }

    async fn opened(&self) -> Result<Opened, String> {
        Opened::new(&self.root(), false, &self.ask).await.map_err(|problem| format!("{problem:?}"))
    }

    async fn run(&self) -> Result<(), String> {
        let opened = self.opened().await?;
        if opened.diagnostics.iter().any(onefold_model::Diagnostic::is_error) {
            return Err(said(&opened));
        }
        let nobody = std::sync::Arc::new(onefold_api::Nobody);
        let run = runner::run(&opened, &self.ask, &Progress::hidden(), "test", nobody).await;
        run.map(|_| ()).map_err(|problem| format!("{problem:?}"))
    }

    async fn diagnostics(&self) -> String {
        match self.opened().await {
            Ok(opened) => said(&opened),
            Err(problem) => problem,
        }
    }

    async fn plan(&self) -> String {
        match self.opened().await {
            Ok(opened) => {
                let steps = opened.planned.plan.steps.iter().filter(|step| step.stage >= Stage::Measures);
                steps.map(|step| format!("{}\n", step.name)).collect()
            }
            Err(problem) => problem,
        }
    }

    /// The rows of a table or query, with the columns that are expected, or all of them.
    async fn rows(&self, name: &str, expected: &str) -> Result<String, String> {
        let opened = self.opened().await?;
        let (lake, _) = opened.readable().await.map_err(|problem| format!("{problem:?}"))?;
        let ask = async |sql: &str| -> Result<(Vec<String>, Vec<Vec<String>>), String> {
            let result = lake.query(sql, QueryLimits::default()).await.map_err(|error| error.to_string())?;
            let head = result.schema.fields().iter().map(|field| field.name().clone()).collect();
            let (batches, _) = result.collect().await.map_err(|error| error.to_string())?;
            let mut rows = Vec::new();
            for batch in &batches {
                let values = values::rows(batch).map_err(|problem| format!("{problem:?}"))?;
                rows.extend(values.iter().map(|row| row.iter().map(shown).collect::<Vec<String>>()));
            }
            Ok((head, rows))
        };
        let keys = ask(r#"select "CustomerId", "Key" from "KeyRing" order by "SourceTable", "Key""#).await?.1;
        let is_query = name.to_lowercase().starts_with("select");
        let sql = if is_query { name.to_owned() } else { format!("select * from \"{name}\"") };
        let (head, mut rows) = ask(&sql).await?;
        for (at, _) in head.iter().enumerate().filter(|(_, column)| column.ends_with("CustomerId")) {
            rows.iter_mut().for_each(|row| row[at] = records(&row[at], &keys));
        }
        let wanted = cells(expected).head;
        let wanted = if wanted.is_empty() || wanted == [""] { head.clone() } else { wanted };
        let mut places = Vec::new();
        for column in &wanted {
            let at = head.iter().position(|name| name == column);
            places.push(at.ok_or_else(|| format!("`{name}` has no column `{column}`, it has {}", head.join(", ")))?);
        }
        let rows = rows.into_iter().map(|row| places.iter().map(|&at| row[at].clone()).collect()).collect();
        Ok(table(&wanted, rows))
    }

    /// Writes the definitions of the case, and those it leaves out.
    fn write_definitions(&self) {
        let mut files = self.made_definitions();
        files.extend(self.definitions.clone());
        for (path, text) in files {
            write(&self.root().join(path), &text);
        }
    }

    fn made_definitions(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        files.insert("onefold.yaml".to_owned(), format!("name: case\ntime_zone: {}\n", self.zone));
        let mut relationships = String::new();
        for (name, columns) in &self.tables {
            let (source, table) = name.split_once('_').expect("a table is called `<Source>_<Table>`");
            let file = files
                .entry(format!("sources/{source}.yaml"))
                .or_insert_with(|| format!("kind: csv\nfrom: {{folder: ./data/{source}}}\ntables:\n"));
            let key = columns.iter().find(|column| column.key).map_or("", |column| &column.name);
            let types: Vec<String> = columns
                .iter()
                .map(|column| format!("{}: \"{}\"", quoted(&column.name), column.ty.as_deref().unwrap_or("text")))
                .collect();
            let _ = writeln!(file, "  {table}: {{key: {}, columns: {{{}}}}}", quoted(key), types.join(", "));
            for (column, refers) in columns.iter().filter_map(|column| Some((column, column.refers.as_ref()?))) {
                let relationship = format!("{name}_{}", column.name.replace('.', "_"));
                let from = format!("{name}.{}", column.name);
                let _ =
                    writeln!(relationships, "{relationship}: {{from: {from}, to: {refers}, cardinality: many_to_one}}");
            }
        }
        if !relationships.is_empty() {
            files.insert("relationships.yaml".to_owned(), relationships);
        }
        if let Some((first, columns)) = self.tables.first() {
            let key = columns.iter().find(|column| column.key).map_or("", |column| &column.name);
            let mut unify =
                format!("tables:\n  - table: {first}\n    include_all: true\n    columns: {{{}: ID", quoted(key));
            for column in columns.iter().filter(|column| !column.key) {
                let _ = write!(unify, ", {}: Case.{}", quoted(&column.name), column.name.replace('.', "_"));
            }
            unify.push_str("}\n");
            files.insert("unify.yaml".to_owned(), unify);
        }
        files
    }
}

/// `name[:type][ key][ -> Table.column]`
fn input_column(head: &str) -> InputColumn {
    let (head, refers) = match head.split_once("->") {
        Some((head, refers)) => (head.trim(), Some(refers.trim().to_owned())),
        None => (head, None),
    };
    let (head, key) = match head.strip_suffix(" key") {
        Some(head) => (head.trim(), true),
        None => (head, false),
    };
    let (name, ty) = match head.split_once(':') {
        Some((name, ty)) => (name.trim(), Some(ty.trim().to_owned())),
        None => (head.trim(), None),
    };
    InputColumn { name: name.to_owned(), ty, key, refers }
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// The keys of a profile's records, for its id.
fn records(id: &str, keys: &[Vec<String>]) -> String {
    let own: Vec<&str> = keys.iter().filter(|row| row[0] == id).map(|row| row[1].as_str()).collect();
    if own.is_empty() { id.to_owned() } else { own.join("+") }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn said(opened: &Opened) -> String {
    let worth = opened.diagnostics.iter().filter(|diagnostic| diagnostic.severity != Severity::Note);
    worth.map(|diagnostic| format!("{} {}\n", diagnostic.code, diagnostic.message)).collect()
}

fn write(path: &std::path::Path, text: &str) {
    let folder = path.parent().expect("a file stands in a folder");
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, text)).expect("a temporary file can be written");
}
