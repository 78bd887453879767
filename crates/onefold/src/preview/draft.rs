//! Draft: a definition that is being written, laid over its file and planned; its pieces tried over the published run.
//!
//! Reads    the project's folder, the published run; no server and, once something was published, no file of a source
//!
//! Invariants
//! - What other files hold wrong is not said, unless it keeps the draft from being planned.
//!
//! Not here: what is tried (`segment`, `measure`, `activity`).

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use onefold_api::{DiagnosticView, Problem};
use onefold_connect::{delivers_links, describe};
use onefold_lake::{Lake, LakeOptions, Published, QueryLimits, RowsHeld, TryOut};
use onefold_model::define::SourceKind;
use onefold_model::{Catalog, Column, DataType, Diagnostic, Overlay, Project, Severity, Sql, Table, TableName};
use onefold_stages::{Drafts, Foundation};
use roaring::RoaringBitmap;
use serde_json::Value;

use super::members::{outcome, sets_held};
use crate::opened::lake_folder;
use crate::platform::Onefold;
use crate::runner::fresh::digest;
use crate::runner::known::{raw_name, source_ref};
use crate::runner::problem::of_lake;
use crate::{diagnostics, lakes, values};

/// What a preview may use.
pub(super) fn limits() -> QueryLimits {
    QueryLimits { memory_bytes: 768 << 20, time: Duration::from_secs(10), rows: 1 << 40 }
}

/// A project with a draft in it, and the published run.
pub(super) struct Draft {
    /// The project as it would be.
    pub(super) project: Project,
    /// The published run; none before the first.
    pub(super) published: Option<Arc<Published>>,
    /// What sources deliver.
    pub(super) known: Arc<Catalog>,
    /// The tables of the published run.
    pub(super) catalog: Catalog,
    /// The instant a run that begins now would have.
    pub(super) now: Timestamp,
    lake: Option<Lake>,
    file: String,
    loaded: Vec<Diagnostic>,
}

impl Draft {
    /// Lays a draft over its file. `folder`: that of its kind.
    pub(super) async fn open(onefold: &Onefold, folder: &str, name: &str, value: &Value) -> Result<Self, Problem> {
        let file = format!("{folder}/{name}.yaml");
        // JSON is YAML; what is said of places in it means nothing to whoever wrote the draft, and is left out.
        let overlay = Overlay::of(file.clone(), Some(value.to_string()));
        let loaded = onefold_model::load_with(onefold.root(), &overlay);
        let folder = lake_folder(&loaded.project);
        let (mut lake, mut published) = (None, None);
        // A lake that is not there yet is not made by being asked about.
        if folder.is_dir() {
            let found = lakes::to_read(&folder, LakeOptions::default()).await.map_err(of_lake)?;
            published = found.published().map_err(of_lake)?;
            lake = Some(found);
        }
        let known = known(onefold, &loaded.project, published.as_deref()).await;
        let catalog = published.as_ref().map(|published| published.catalog()).unwrap_or_default();
        let (project, now, loaded) = (loaded.project, Timestamp::now(), loaded.diagnostics);
        Ok(Self { project, published, known, catalog, now, lake, file, loaded })
    }

    /// The same at the instant of the published run, as what is shown beside it is.
    pub(super) fn at_the_run(mut self) -> Self {
        self.now = self.published.as_ref().map_or(self.now, |published| published.at);
        self
    }

    /// The draft planned with the project.
    pub(super) fn plan(&self) -> Drafts<'_> {
        Drafts::new(&self.project, &self.known, &self.catalog)
    }

    /// What is wrong with the draft. When it could not be planned (`whole` is false) and nothing is wrong in it, what
    /// is wrong elsewhere.
    pub(super) fn say(&self, planned: &[Diagnostic], whole: bool) -> Vec<DiagnosticView> {
        let all: Vec<Diagnostic> = self.loaded.iter().chain(planned).cloned().collect();
        let is_own = |found: &&Diagnostic| {
            let file = found.at.and_then(|at| self.project.files.get(at.file as usize));
            file.is_some_and(|file| file.path == self.file) && found.severity != Severity::Note
        };
        let mut own: Vec<Diagnostic> = all.iter().filter(is_own).cloned().collect();
        if !whole && !own.iter().any(Diagnostic::is_error) {
            own.extend(all.iter().filter(|found| found.is_error()).cloned());
        }
        own.dedup();
        let mut views = diagnostics::views(&self.project, &own);
        for view in views.iter_mut().filter(|view| view.file.as_deref() == Some(&self.file)) {
            (view.line, view.column, view.end_line, view.end_column) = (None, None, None, None);
        }
        views
    }

    /// What the pieces rest on, ready to be tried; or what only a run can make.
    pub(super) async fn rest(&self, foundation: Foundation) -> Result<Result<TryOut, Vec<DiagnosticView>>, Problem> {
        if !foundation.missing.is_empty() {
            return Ok(Err(foundation.missing.iter().map(run_first).collect()));
        }
        let mut over = TryOut::at(self.published.clone(), self.now);
        over.views = foundation.views;
        let mut members: Vec<(String, RoaringBitmap)> = Vec::new();
        if !foundation.segments.is_empty() {
            over.rows = vec![held(&members)];
        }
        for (name, segment) in foundation.segments {
            let mut found = Vec::new();
            for pass in &segment.passes {
                found.push(self.lake()?.try_scan(&over, pass, &limits()).await.map_err(of_lake)?);
            }
            members.push((name, outcome(self.lake()?, &over, &segment, &found).await?.members));
            over.rows = vec![held(&members)];
        }
        Ok(Ok(over))
    }

    /// The lake.
    ///
    /// # Errors
    /// Before the first run.
    pub(super) fn lake(&self) -> Result<&Lake, Problem> {
        let none = || Problem::not_found("nothing has been published yet").hint("run first");
        self.lake.as_ref().ok_or_else(none)
    }

    /// The number of profiles of the published run.
    pub(super) fn profiles(&self) -> u64 {
        let customer = self.published.as_ref().and_then(|published| published.table("Customer"));
        customer.map_or(0, |customer| customer.rows())
    }
}

/// All rows of a query, as JSON.
pub(super) async fn ask(lake: &Lake, over: &TryOut, sql: &Sql) -> Result<Vec<Vec<Value>>, Problem> {
    let found = lake.try_sql(over, sql, limits()).await.map_err(of_lake)?;
    let (batches, _) = found.collect().await.map_err(of_lake)?;
    let mut rows = Vec::new();
    for batch in &batches {
        rows.extend(values::rows(batch)?);
    }
    Ok(rows)
}

/// Says that a table must be made by a run.
fn run_first(table: &TableName) -> DiagnosticView {
    DiagnosticView {
        file: None,
        line: None,
        column: None,
        end_line: None,
        end_column: None,
        code: "preview/run-first".to_owned(),
        severity: "error".to_owned(),
        message: format!("`{table}` has not been worked out yet, and only a run can"),
        hint: Some("run first, then this can be shown".to_owned()),
    }
}

/// Members of segments as a table.
fn held(members: &[(String, RoaringBitmap)]) -> RowsHeld {
    sets_held(Foundation::MEMBERS, "Segment", members)
}

/// What sources deliver, as the published run has it; looked at once a run and text of the sources.
pub(super) async fn known(onefold: &Onefold, project: &Project, published: Option<&Published>) -> Arc<Catalog> {
    let sources = project.sources.iter().flat_map(|source| &source.tables);
    let views = sources.filter_map(|table| table.view.as_ref().map(|view| view.value.to_string()));
    let texts = project.files.iter().filter(|file| file.path.starts_with("sources/"));
    let texts: Vec<String> = texts.map(|file| file.text.clone()).chain(views).collect();
    let run = published.map_or("", |published| published.run_id.as_str());
    let key = format!("{run} {}", digest(texts.iter().map(String::as_str)));
    if let Some(known) = onefold.cache().known.get(&key) {
        return known;
    }
    let mut catalog = Catalog::default();
    for source in &project.sources {
        for table in &source.tables {
            let asked = source_ref(project, source, table, published);
            if delivers_links(source.kind, table) {
                let name = TableName::of_source(&source.name, &table.name).suffixed("_Link");
                let columns = ["Key", "Other", "Kind"].map(|name| Column::new(name, DataType::Text)).to_vec();
                catalog.insert(Table { name, columns, key: None });
            }
            let last = asked.last.clone().map(|last| last.columns).filter(|_| source.kind != SourceKind::Fhir);
            let columns = match last {
                Some(mut columns) => {
                    for (name, ty) in &table.columns {
                        match columns.iter_mut().find(|column| column.name == name.value.as_str()) {
                            Some(column) => column.ty = *ty,
                            None => columns.push(Column::new(name.value.as_str(), *ty)),
                        }
                    }
                    Some(columns)
                }
                None => describe(&asked, false).await.ok().flatten(),
            };
            if let Some(columns) = columns {
                let key = Some(table.key.value.as_str().into());
                catalog.insert(Table { name: raw_name(source, table), columns, key });
            }
        }
    }
    onefold.cache().known.put(key, catalog, 4)
}
