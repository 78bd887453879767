//! Known: what the tables of sources look like, before anything is read.
//!
//! Reads    files of folders (their first rows), the published run; servers only when told to
//! Flow     source table ─ `describe` ─ columns of `Raw_<Source>_<Table>` ─ the catalogue that planning begins with
//!
//! Invariants
//! - Input that is not there is a diagnostic at the definition that asks for it, not an error.
//!
//! Not here: reading rows (`read`).

use std::sync::Arc;

use jiff::Timestamp;
use onefold_api::Problem;
use onefold_connect::{SourceRef, delivers_links, describe, missing_input, signature};
use onefold_lake::Published;
use onefold_model::define::{Location, Project, Source, SourceTable};
use onefold_model::{Catalog, Code, Column, DataType, Diagnostic, Plan, Spanned, Table, TableName, Work};
use onefold_stages::PATCHES;

use super::addition::addition;
use super::fresh::{Looks, digest};
use super::{decisions, patches};
use crate::live::patch::{self, Patch};
use crate::opened::lake_folder;

/// What sources look like.
#[derive(Debug, Default)]
pub struct Known {
    /// `Raw_<Source>_<Table>` with the columns as the connector will deliver them, and `<Source>_<Table>_Link` where it
    /// delivers links.
    pub catalog: Catalog,
    /// Input that is missing, or cannot be looked at.
    pub diagnostics: Vec<Diagnostic>,
    /// What is laid over profiles, by number.
    pub(crate) patches: Vec<Patch>,
}

/// A table of a source as connectors take it.
pub fn source_ref(project: &Project, source: &Source, table: &SourceTable, published: Option<&Published>) -> SourceRef {
    let raw = raw_name(source, table);
    let last = published.and_then(|published| published.table(raw.as_str())).map(|entry| Table {
        name: entry.name.clone(),
        columns: entry.columns.iter().filter(|column| !is_place(column.name.as_str())).cloned().collect(),
        key: None,
    });
    SourceRef { root: project.root.clone(), source: Arc::new(source.clone()), table: table.clone(), last, only: None }
}

/// `Raw_<Source>_<Table>`
pub fn raw_name(source: &Source, table: &SourceTable) -> TableName {
    TableName::of_source(&source.name, &table.name).prefixed("Raw_")
}

/// Whether a column of a raw table tells where its row stood, and is not the source's own.
fn is_place(column: &str) -> bool {
    column == "_file" || column == "_line"
}

/// Looks at every table of every source, and at what is laid over profiles at an instant.
pub async fn look(project: &Project, published: Option<&Published>, network: bool, now: Timestamp) -> Known {
    let mut known = Known::default();
    match patch::standing(&lake_folder(project), now).await {
        Ok(patches) => known.patches = patches,
        Err(problem) => known.diagnostics.push(unreadable(&problem)),
    }
    if !known.patches.is_empty() {
        let columns = vec![Column::new("Number", DataType::Integer)];
        known.catalog.insert(Table { name: TableName::from(PATCHES), columns, key: None });
    }
    for source in &project.sources {
        for table in &source.tables {
            let asked = source_ref(project, source, table, published);
            let last = asked.last.clone();
            if let Some((message, hint)) = missing_input(&asked) {
                known.diagnostics.push(missing(source, table, message, hint));
                continue;
            }
            if delivers_links(source.kind, table) {
                let name = TableName::of_source(&source.name, &table.name).suffixed("_Link");
                let columns = ["Key", "Other", "Kind"].map(|name| Column::new(name, DataType::Text)).to_vec();
                known.catalog.insert(Table { name, columns, key: None });
            }
            let columns = match describe(&asked, network).await {
                Ok(columns) => columns,
                // A server that does not answer is no fault of the definitions: reading it will say so.
                Err(_) if matches!(source.from, Location::Url { .. }) => None,
                Err(error) => {
                    let hint = error.hint.clone().unwrap_or_else(|| "check the source".to_owned());
                    known.diagnostics.push(missing(source, table, error.message, hint));
                    continue;
                }
            };
            if let Some(columns) = columns.or_else(|| last.map(|last| last.columns)) {
                let key = Some(table.key.value.as_str().into());
                known.catalog.insert(Table { name: raw_name(source, table), columns, key });
            }
        }
    }
    known
}

/// Patches that cannot be read: a run without them would take back what was promised.
fn unreadable(problem: &Problem) -> Diagnostic {
    let hint = problem.hint.clone().unwrap_or_else(|| "check the folder `_live` of the lake".to_owned());
    let message = format!("what was laid over profiles cannot be read: {}", problem.message);
    Diagnostic::new(Code::SourceInput, None, message).hint(hint)
}

/// A fault of input, at the line that names the folder or address.
fn missing(source: &Source, table: &SourceTable, message: String, hint: String) -> Diagnostic {
    let at = match (&table.file, &source.from) {
        (Some(file), _) => file.at,
        (None, Location::Folder(folder)) => folder.at,
        (None, Location::Url { url, .. }) => url.at,
    };
    let about = format!("table `{}_{}`: {message}", source.name.value, table.name.value);
    Diagnostic::new(Code::SourceInput, at, about).hint(hint)
}

/// What the source of each read step looks like now, and what people decided.
///
/// # Errors
/// Decisions that cannot be read.
pub(crate) fn looks(
    project: &Project,
    plan: &Plan,
    published: Option<&Published>,
    patches: &[Patch],
) -> Result<Looks, Problem> {
    let mut looks = Looks::default();
    for step in &plan.steps {
        if matches!(step.work, Work::Patches) {
            looks.insert(step.name.clone(), Some(patches::look(patches)));
        }
        if matches!(step.work, Work::Decisions) {
            looks.insert(step.name.clone(), Some(decisions::look(&project.root)?));
        }
        let Work::Read { source, table } = &step.work else { continue };
        let found = find(project, source, table).and_then(|(source, table)| {
            let asked = source_ref(project, source, table, published);
            if let Some(addition) = published.and_then(|published| addition(project, &asked, published)) {
                looks.added.insert(step.name.clone(), addition);
            }
            // Paths of the project's own files begin with the folder as it was named this time.
            let root = project.root.display().to_string();
            let own = |line: &str| line.strip_prefix(&root).unwrap_or(line).to_owned();
            let files = |text: String| text.lines().map(own).collect::<Vec<_>>().join("\n");
            let name = TableName::of_source(&source.name, &table.name);
            let came_in = match onefold_lake::live::newest(&lake_folder(project), &name) {
                0 => String::new(),
                last => format!("\n{last} came in"),
            };
            signature(&asked)
                .map(|text| digest([files(text).as_str(), &format!("{}{came_in}", declared(source, table))]))
        });
        looks.insert(step.name.clone(), found);
    }
    Ok(looks)
}

/// What the definition says about reading a table: another view or type gives other rows from the same files.
pub(crate) fn declared(source: &Source, table: &SourceTable) -> String {
    let text = |text: &Option<Spanned<String>>| text.as_ref().map(|text| text.value.clone()).unwrap_or_default();
    let folder = match &source.from {
        Location::Folder(folder) => folder.value.as_str(),
        Location::Url { url, .. } => url.value.as_str(),
    };
    let mut all = vec![source.kind.word().to_owned(), folder.to_owned(), text(&table.entity), text(&table.file)];
    all.extend(table.view.iter().map(|view| view.value.to_string()));
    all.extend(table.columns.iter().map(|(name, ty)| format!("{}: {ty}", name.value)));
    all.join("\n")
}

/// The definition of a table of a source.
pub fn find<'p>(project: &'p Project, source: &str, table: &str) -> Option<(&'p Source, &'p SourceTable)> {
    let source = project.sources.iter().find(|defined| *defined.name == source)?;
    Some((source, source.tables.iter().find(|defined| *defined.name == table)?))
}
