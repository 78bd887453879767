//! Opened: a project with what is known of its sources and its lake, planned.
//!
//! Reads    the project's folder, the first rows of its sources, the published run of its lake
//! Flow     load ─ look at sources ─ plan ─ diagnostics of all three in one list
//!
//! Invariants
//! - What follows from a file that could not be read is not said again as a fault of another.
//!
//! Not here: running (`runner`), rendering (`diagnostics`).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use onefold_api::{Problem, RunAsk};
use onefold_lake::holding::Holding;
use onefold_lake::{Lake, LakeOptions, Published};
use onefold_model::{Code, Diagnostic, Overlay, Project, Severity};
use onefold_stages::Planned;
use tokio::sync::OnceCell;

use crate::diagnostics;
use crate::lakes;
use crate::runner::known::{self, Known};
use crate::runner::problem::of_lake;

/// A project, ready to be run or asked about.
pub struct Opened {
    /// What the files say.
    pub project: Arc<Project>,
    /// What sources look like.
    pub known: Known,
    /// What is to be done.
    pub planned: Planned,
    /// The run that readers see.
    pub published: Option<Arc<Published>>,
    /// All there is to say, by file and place.
    pub diagnostics: Vec<Diagnostic>,
    lake: OnceCell<Lake>,
    options: LakeOptions,
}

impl Opened {
    /// Opens the project in a folder. With `network`, servers are asked what their tables look like.
    ///
    /// # Errors
    /// A lake that cannot be read. Wrong definitions are no error here: see [`Opened::sound`].
    pub async fn new(root: &Path, network: bool, ask: &RunAsk) -> Result<Self, Problem> {
        Self::open(root, Overlay::NONE, network, ask).await
    }

    /// Opens the project as if some of its files had other texts; no server is asked.
    ///
    /// # Errors
    /// As [`Opened::new`].
    pub async fn with_overlay(root: &Path, overlay: &Overlay, ask: &RunAsk) -> Result<Self, Problem> {
        Self::open(root, overlay, false, ask).await
    }

    async fn open(root: &Path, overlay: &Overlay, network: bool, ask: &RunAsk) -> Result<Self, Problem> {
        let loaded = onefold_model::load_with(root, overlay);
        let project = Arc::new(loaded.project);
        let (mut options, lake) = (options(ask), OnceCell::new());
        let folder = lake_folder(&project);
        // A trial is given up in the end: it must not touch what runs go on from.
        if network && !ask.profiles && lakes::kept() {
            let holding = holding(&folder);
            if ask.force {
                holding.forget();
            }
            options.holding = Some(holding);
        }
        // A lake that is not there yet is not made by being asked about.
        let published = if folder.is_dir() {
            // A run, which alone asks the network, has a lake of its own.
            let opened = match network {
                true => Lake::open(&folder, options.clone()).await,
                false => lakes::to_read(&folder, options.clone()).await,
            }
            .map_err(of_lake)?;
            lake.get_or_init(|| async { opened }).await.published().map_err(of_lake)?
        } else {
            None
        };
        let now = crate::runner::instant(ask.now.as_deref(), &project.settings.time_zone)
            .unwrap_or_else(|_| Timestamp::now());
        let mut known = known::look(&project, published.as_deref(), network, now).await;
        let planned = onefold_stages::plan(&project, &known.catalog);
        let customer = planned.catalog.get("Customer").map(|customer| customer.columns.as_slice()).unwrap_or_default();
        known.patches = crate::live::patch::fitting(&known.patches, customer, &project);
        let mut diagnostics = loaded.diagnostics;
        let broken = diagnostics.iter().any(Diagnostic::is_error);
        let found = known.diagnostics.iter().chain(&planned.diagnostics);
        for diagnostic in found.filter(|diagnostic| !(broken && follows(diagnostic.code))) {
            // Missing input is found by reading the definitions, and again by looking at the source.
            let said = |other: &Diagnostic| {
                other == diagnostic || (other.code == Code::SourceInput && other.at == diagnostic.at)
            };
            if !diagnostics.iter().any(said) {
                diagnostics.push(diagnostic.clone());
            }
        }
        // By place; what has none comes first. The order of finding holds among equals.
        diagnostics.sort_by_key(|diagnostic| diagnostic.at);
        Ok(Self { project, known, planned, published, diagnostics, lake, options })
    }

    /// The same, or its diagnostics when they hold an error.
    ///
    /// # Errors
    /// Wrong definitions.
    pub fn sound(self) -> Result<Self, Problem> {
        if self.diagnostics.iter().any(Diagnostic::is_error) {
            let found = self.diagnostics.iter().filter(|found| found.severity != Severity::Note).cloned();
            return Err(wrong(&self.project, &found.collect::<Vec<_>>()));
        }
        Ok(self)
    }

    /// The time zone of the project.
    pub fn zone(&self) -> &str {
        match self.project.settings.time_zone.as_str() {
            "" => "UTC",
            zone => zone,
        }
    }

    /// The folder of the lake.
    pub fn lake_folder(&self) -> PathBuf {
        lake_folder(&self.project)
    }

    /// The lake, made if need be.
    ///
    /// # Errors
    /// A folder that cannot be read or written.
    pub async fn lake(&self) -> Result<&Lake, Problem> {
        let open = || async { Lake::open(&self.lake_folder(), self.options.clone()).await.map_err(of_lake) };
        self.lake.get_or_try_init(open).await
    }

    /// The lake with its published run.
    ///
    /// # Errors
    /// A project that has not run yet.
    pub async fn readable(&self) -> Result<(&Lake, Arc<Published>), Problem> {
        match (&self.published, self.lake.get()) {
            (Some(published), Some(lake)) => Ok((lake, published.clone())),
            _ => Err(nothing_published()),
        }
    }
}

/// Wrong definitions as a problem.
pub fn wrong(project: &Project, found: &[Diagnostic]) -> Problem {
    Problem::definitions(diagnostics::views(project, found), diagnostics::text(project, found))
}

fn options(ask: &RunAsk) -> LakeOptions {
    let mut options = LakeOptions::default();
    let memory = ask.memory.unwrap_or_else(|| (machine_memory() / 4).max(1 << 30));
    options.memory_bytes = usize::try_from(memory).unwrap_or(usize::MAX);
    if let Some(threads) = ask.threads {
        options.threads = threads.max(1);
    }
    options
}

/// Where who is who in a lake is held: up to a third of the machine's memory.
pub(crate) fn holding(lake: &Path) -> Arc<Holding> {
    lakes::holding(lake, usize::try_from(machine_memory() / 3).unwrap_or(usize::MAX).max(1 << 28))
}

/// The bytes of memory this process may have in all: the machine's, or its container's; 0 where nobody tells.
fn machine_memory() -> u64 {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let total = read("/proc/meminfo").and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
    });
    let container = read("/sys/fs/cgroup/memory.max").and_then(|text| text.trim().parse::<u64>().ok());
    let total = total.map_or(0, |kib| kib * 1024);
    container.map_or(total, |most| total.min(most))
}

pub(crate) fn nothing_published() -> Problem {
    Problem::not_found("nothing has been published yet").hint("run `onefold run` first")
}

/// Opens the lake of a project for reading.
///
/// # Errors
/// A project that has not run yet.
pub async fn lake_to_read(project: &Project) -> Result<(Lake, Arc<Published>), Problem> {
    let folder = lake_folder(project);
    if !folder.is_dir() {
        return Err(nothing_published());
    }
    let lake = lakes::to_read(&folder, LakeOptions::default()).await.map_err(of_lake)?;
    match lake.published().map_err(of_lake)? {
        Some(published) => Ok((lake, published)),
        None => Err(nothing_published()),
    }
}

/// The folder of a project's lake.
pub(crate) fn lake_folder(project: &Project) -> PathBuf {
    let lake = match project.settings.lake.as_str() {
        "" => "./lake",
        lake => lake,
    };
    project.root.join(lake)
}

/// Codes of what may only be the consequence of a file that could not be read.
fn follows(code: Code) -> bool {
    use Code as C;
    matches!(
        code,
        C::UnknownTable
            | C::UnknownColumn
            | C::UnknownName
            | C::PathMissing
            | C::PathBroken
            | C::UnifyNoRule
            | C::ExportKey
            | C::ExportColumn
            | C::Unused
    )
}
