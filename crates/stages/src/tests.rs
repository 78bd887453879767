//! Tests of stages: projects as text, and what is planned for them.

mod ingest;
mod levels;
mod relate;
mod turns;
mod unify;

use std::path::Path;

use onefold_model::load::{Loaded, load};
use onefold_model::{Catalog, Code, Column, DataType, Step, Table, Work};

use crate::{Planned, plan};

/// A project as text: files, each after a line `== path`.
struct Case {
    folder: tempfile::TempDir,
    known: Catalog,
}

impl Case {
    fn new(files: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let mut text = files.to_owned();
        if !text.contains("== onefold.yaml") {
            text.push_str("\n== onefold.yaml\nname: test\ntime_zone: UTC\n");
        }
        for file in text.split("== ").skip(1) {
            let (path, content) = file.split_once('\n').expect("a line after the path");
            let path = folder.path().join(path.trim());
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, content).expect("written");
        }
        Self { folder, known: Catalog::default() }
    }
    /// Says what a connector delivers: `id text, n integer`.
    fn delivers(mut self, raw: &str, columns: &str) -> Self {
        self.known.insert(Table { name: raw.into(), columns: columns_of(columns), key: None });
        self
    }
    fn plan(&self) -> Planned {
        plan_folder(self.folder.path(), &self.known)
    }
}

fn columns_of(columns: &str) -> Vec<Column> {
    let column = |column: &str| {
        let (name, ty) = column.trim().split_once(' ').expect("a name and a type");
        Column::new(name, DataType::parse(ty).expect("a type"))
    };
    columns.split(", ").map(column).collect()
}

fn plan_folder(root: &Path, known: &Catalog) -> Planned {
    plan(&read(root).project, known)
}

/// The definitions, which must be right as far as loading sees; there are no sources to read here.
fn read(root: &Path) -> Loaded {
    let loaded = load(root);
    let wrong: Vec<_> = loaded.diagnostics.iter().filter(|diagnostic| diagnostic.code != Code::SourceInput).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    loaded
}

/// What is wrong, as `code message / hint`, with the words at its place.
fn said(case: &Case) -> Vec<String> {
    let loaded = read(case.folder.path());
    plan(&loaded.project, &case.known)
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let place = diagnostic
                .at
                .map_or("", |at| &loaded.project.files[at.file as usize].text[at.start as usize..at.end as usize]);
            format!(
                "{} {} / {} @ {place}",
                diagnostic.code,
                diagnostic.message,
                diagnostic.hint.as_deref().unwrap_or("-")
            )
        })
        .collect()
}

/// `name type, …` of a planned table.
fn table(planned: &Planned, name: &str) -> String {
    let table = planned.catalog.get(name).unwrap_or_else(|| panic!("no table {name}"));
    table.columns.iter().map(|column| format!("{} {}", column.name, column.ty)).collect::<Vec<_>>().join(", ")
}

fn step<'a>(planned: &'a Planned, name: &str) -> &'a Step {
    planned.plan.steps.iter().find(|step| step.name == name).unwrap_or_else(|| panic!("no step {name}"))
}

fn sql_of(planned: &Planned, name: &str) -> String {
    match &step(planned, name).work {
        Work::Sql(sql) => sql.to_string(),
        Work::Kernel { inputs, .. } => inputs.iter().map(|sql| sql.to_string()).collect::<Vec<_>>().join("\n"),
        other => panic!("{other:?}"),
    }
}

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}
