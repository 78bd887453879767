//! Live: rows that come in between runs, and values that are laid over profiles for a while.
//!
//! Flow     request ─ `onefold_connect::live` (typed, judged) ─ `intake` (on disk, answered) ─ the next run (`rows`)
//!          └ `overlay`: what profiles, measures and segments are with them, until then
//!
//! Invariants
//! - Nobody is told that a row was taken before it is on disk.
//! - A run knows what it took in (a note a table); what it does not know is what the overlay shows.
//!
//! Not here: files and servers that are read by runs (`onefold_connect`).

mod course;
pub(crate) mod intake;
mod log;
mod overlay;
pub(crate) mod patch;
mod patched;
pub(crate) mod rows;
pub(crate) mod state;
mod worked;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use onefold_api::{LiveRejected, LiveSeen, LiveView, PatchAsk, PatchView, Problem};
use onefold_connect::{SourceRef, describe, live::sent};
use onefold_lake::live::FOLDER;
use onefold_model::names::nearest;
use onefold_model::{Column, TableName};

use crate::opened::{lake_folder, lake_to_read, wrong};
use crate::platform::Onefold;
use crate::runner::known;
use crate::runner::problem::of_connect;
use intake::Intake;
pub(crate) use worked::tried;

/// How old definitions may be that rows are typed by.
const FRESH: Duration = Duration::from_secs(5);
/// Definitions older than this are not typed by any more.
const STALE: Duration = Duration::from_secs(30);

/// What a project remembers of rows that come in.
#[derive(Default)]
pub(crate) struct Live {
    intake: tokio::sync::Mutex<Option<Arc<Intake>>>,
    targets: Mutex<HashMap<String, (Instant, Arc<Target>)>>,
    /// Tables whose rows are seen soon, and the run of which that is so.
    shown: AtomicBool,
    soon: tokio::sync::Mutex<Option<(String, Arc<HashSet<String>>)>>,
    /// What could not be worked out of what came in.
    faults: AtomicU64,
    of_time: Mutex<Option<Arc<state::OfTime>>>,
    overlay: tokio::sync::Mutex<Option<overlay::Overlay>>,
}

/// A table that rows are sent for.
struct Target {
    name: TableName,
    source: SourceRef,
    columns: Vec<Column>,
    lake: PathBuf,
}

/// Takes rows of a table of a source.
pub(crate) async fn take(project: &Onefold, table: &str, body: &str) -> Result<LiveView, Problem> {
    let target = target(project, table).await?;
    let rows = sent(&target.source, &target.columns, body).map_err(|error| {
        let problem = Problem::refused(error.message);
        error.hint.map_or(problem.clone(), |hint| problem.hint(hint))
    })?;
    let intake = project.live().open(&target.lake, Some(project)).await?;
    let taken = intake.take(&target.name, &rows, Timestamp::now()).await?;
    let rejected = rows.iter().zip(0..).filter_map(|(row, at)| {
        let reason = row.wrong.clone()?;
        Some(LiveRejected { row: at, reason })
    });
    Ok(LiveView {
        accepted: taken.accepted,
        repeated: taken.repeated,
        rejected: rejected.collect(),
        seen: match soon(project).await.contains(&target.name.folded()) {
            true => LiveSeen::Soon,
            false => LiveSeen::NextRun,
        },
    })
}

/// Lays values over a profile, or takes such values away.
pub(crate) async fn patch(project: &Onefold, id: &str, ask: &PatchAsk, by: &str) -> Result<PatchView, Problem> {
    let ground = crate::customers::ground(project).await?;
    let (customer_id, defined) = (ground.find(id).await?, crate::customers::now(project).await?.0);
    let columns = ground.published().table("Customer").map(|entry| entry.columns.clone()).unwrap_or_default();
    let now = Timestamp::now();
    let judged = patch::judge(&customer_id, ask, by, &columns, &defined, now)?;
    let intake = project.live().open(ground.lake().folder(), Some(project)).await?;
    intake.take(&patch::table(), &judged.rows, now).await?;
    Ok(PatchView {
        customer_id,
        set: ask.set.keys().cloned().collect(),
        removed: ask.remove.clone(),
        valid_until: judged.until.map(|until| until.to_string()),
        seen: LiveSeen::Soon,
    })
}

/// The tables whose rows are seen soon; none where that cannot be told.
async fn soon(project: &Onefold) -> Arc<HashSet<String>> {
    let Ok(ground) = crate::customers::ground(project).await else { return Arc::default() };
    let run = &ground.published().run_id;
    let mut known = project.live().soon.lock().await;
    if let Some((of, tables)) = known.as_ref()
        && of == run
    {
        return Arc::clone(tables);
    }
    let tables = Arc::new(overlay::tables(project).await.unwrap_or_default());
    *known = Some((run.clone(), Arc::clone(&tables)));
    tables
}

/// Opens the intake of a project for which rows came in before, so that they are shown from the start.
pub(crate) async fn begin(project: &Onefold) -> Result<(), Problem> {
    let loaded = onefold_model::load(project.root());
    let lake = lake_folder(&loaded.project);
    match lake.join(FOLDER).is_dir() {
        true => project.live().try_open(&lake, Some(project)).await.map(drop),
        false => Ok(()),
    }
}

/// Puts what came in into tables, so that the run which begins takes it in. Nothing is done where nothing ever came in,
/// or another process takes rows: it does so by itself.
pub(crate) async fn settle(project: &Onefold) -> Result<(), Problem> {
    let loaded = onefold_model::load(project.root());
    let lake = lake_folder(&loaded.project);
    if !lake.join(FOLDER).is_dir() {
        return Ok(());
    }
    match project.live().try_open(&lake, None).await? {
        Some(intake) => intake.flush().await,
        None => Ok(()),
    }
}

impl Live {
    /// Whether something may be laid over what is shown.
    pub(crate) fn shows(&self) -> bool {
        self.shown.load(Ordering::Relaxed)
    }

    /// The intake, where rows were taken or could be shown.
    async fn opened(&self) -> Option<Arc<Intake>> {
        self.intake.lock().await.clone()
    }
    fn faults(&self) -> u64 {
        self.faults.load(Ordering::Relaxed)
    }
    fn of_time(&self) -> std::sync::MutexGuard<'_, Option<Arc<state::OfTime>>> {
        self.of_time.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn open(&self, lake: &Path, shows: Option<&Onefold>) -> Result<Arc<Intake>, Problem> {
        self.try_open(lake, shows).await?.ok_or_else(|| {
            Problem::refused("another process takes rows for this project").hint("send them to that server, or stop it")
        })
    }

    /// The intake, opened if need be; with a project that shows what comes in, the overlay begins, too.
    async fn try_open(&self, lake: &Path, shows: Option<&Onefold>) -> Result<Option<Arc<Intake>>, Problem> {
        let mut open = self.intake.lock().await;
        if open.is_none() {
            let published = match lake.join("_runs").is_dir() {
                true => crate::lakes::to_read(lake, onefold_lake::LakeOptions::default())
                    .await
                    .and_then(|lake| lake.published())
                    .map_err(crate::runner::problem::of_lake)?,
                false => None,
            };
            *open = Intake::open(lake, published.as_deref()).await?;
        }
        if let (Some(intake), Some(project)) = (open.as_ref(), shows)
            && !self.shown.swap(true, Ordering::Relaxed)
        {
            tokio::spawn(overlay::keep(project.beside(), Arc::downgrade(intake)));
        }
        Ok(open.clone())
    }
}

/// The table of a source that rows are sent for, and how they are typed.
async fn target(project: &Onefold, table: &str) -> Result<Arc<Target>, Problem> {
    let folded = table.to_lowercase();
    let targets = || project.live().targets.lock().unwrap_or_else(PoisonError::into_inner);
    let known = {
        let mut targets = targets();
        let known = targets.get_mut(&folded).filter(|(read, _)| read.elapsed() < STALE);
        known.map(|(read, target)| {
            let again = read.elapsed() > FRESH;
            if again {
                *read = Instant::now();
            }
            (Arc::clone(target), again)
        })
    };
    match known {
        Some((target, again)) => {
            if again {
                // Read again beside the answer.
                let (project, table) = (project.beside(), table.to_owned());
                tokio::spawn(async move {
                    if let Ok(target) = find(project.root(), &table).await {
                        let mut targets = project.live().targets.lock().unwrap_or_else(PoisonError::into_inner);
                        targets.insert(table.to_lowercase(), (Instant::now(), Arc::new(target)));
                    }
                });
            }
            Ok(target)
        }
        None => {
            let target = Arc::new(find(project.root(), table).await?);
            targets().insert(folded, (Instant::now(), Arc::clone(&target)));
            Ok(target)
        }
    }
}

async fn find(root: &Path, table: &str) -> Result<Target, Problem> {
    let own = root.to_owned();
    let loaded = crate::customers::off_the_runtime(move || Ok(onefold_model::load(&own))).await?;
    let project = loaded.project;
    if project.files.iter().all(|file| file.path != "onefold.yaml") {
        return Err(wrong(&project, &loaded.diagnostics));
    }
    let tables = || project.sources.iter().flat_map(|source| source.tables.iter().map(move |table| (source, table)));
    let name = |(source, table): &(&onefold_model::define::Source, &onefold_model::define::SourceTable)| {
        TableName::of_source(&source.name, &table.name)
    };
    let Some(found) = tables().find(|found| name(found).folded() == table.to_lowercase()) else {
        let names: Vec<String> = tables().map(|found| name(&found).to_string()).collect();
        let problem = Problem::not_found(format!("no source has a table `{table}`"));
        return Err(match nearest(table, names.iter().map(String::as_str)) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem.hint("name a table of a source: `<Source>_<Table>`"),
        });
    };
    let published = lake_to_read(&project).await.ok().map(|(_, published)| published);
    let source = known::source_ref(&project, found.0, found.1, published.as_deref());
    // As the last run read them, so that what is taken now is not refused then.
    let columns = match source.last.clone().filter(|last| !last.columns.is_empty()) {
        Some(last) => last.columns,
        None => {
            let described = describe(&source, false).await;
            let described = described.map_err(|error| of_connect(&format!("looking at `{table}`"), error))?;
            described.ok_or_else(|| {
                Problem::refused(format!("the columns of `{table}` are known only after the first read"))
                    .hint("run once, or state types under `columns:`")
            })?
        }
    };
    Ok(Target { name: name(&found), lake: lake_folder(&project), source, columns })
}
