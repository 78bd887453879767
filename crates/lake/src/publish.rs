//! Publish: how a run becomes what readers see, and what is done after a crash.
//!
//! Flow     parts synced ─ manifest (the point of no return) ─ one Delta commit a table ─ pointer ─ vacuum
//!
//! Invariants
//! - Before the manifest is in place nothing of the run counts; after it all of it does. Recovery only asks for that file.
//! - Every phase may be done again and again with the same outcome.
//! - Vacuum removes only files that a run named and no kept run names.
//!
//! An outside reader of the Delta logs may see tables of two runs in the milliseconds between the first commit and the
//! last; our own readers never do, since they go by the pointer.
//!
//! Crash points, for tests: with `ONEFOLD_CRASH_AT=<point>` the process dies at that point. In order:
//! `step <name>` (after each step), `before-manifest`, `after-manifest`, `before-commit-<n>` and `after-commit-<n>` (the
//! n-th Delta commit, from 1), `before-pointer`, `after-pointer`, `in-vacuum` (after each removal), `end`.

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use crate::layout::{self, Layout};
use crate::manifest::{Published, TableEntry};
use crate::store::Inner;
use crate::{LakeError, Result, delta_log, lease};

/// The file that names the published run.
#[derive(Serialize, Deserialize)]
struct Pointer {
    run: String,
}

/// Dies here if a test says so.
pub(crate) fn crash_point(inner: &Inner, point: &str) -> Result<()> {
    if std::env::var_os("ONEFOLD_CRASH_AT").is_some_and(|at| at == point) {
        std::process::abort();
    }
    inner.stop(point)
}

/// The id of the published run.
pub(crate) fn current(layout: &Layout) -> Result<Option<String>> {
    let path = layout.current();
    let hint = "write `{\"run\": \"<newest folder of _runs>\"}` into it, or remove the lake's folder and run again";
    match std::fs::read(&path) {
        Ok(text) => {
            let pointer: Pointer =
                serde_json::from_slice(&text).map_err(|error| LakeError::damaged(&path, error, hint))?;
            Ok(Some(pointer.run))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(LakeError::io("read", path)(error)),
    }
}

/// Writes the manifest: from here on the run will be published.
pub(crate) fn seal(inner: &Inner, published: &Published) -> Result<()> {
    crash_point(inner, "before-manifest")?;
    let layout = &inner.layout;
    remove_unnamed(layout, published)?;
    let mut folders = BTreeSet::from([layout.root().to_owned(), layout.runs(), layout.root().join("_internal")]);
    for table in published.tables.values() {
        for file in table.files.iter().filter(|file| file.run == published.run_id) {
            layout::sync_file(&layout.path(&file.path))?;
            folders.insert(layout.path(&table.folder));
        }
    }
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        layout::sync_folder(folder)?;
    }
    let text = serde_json::to_vec_pretty(published).map_err(|error| LakeError::Run(error.to_string()))?;
    layout::durable(&layout.manifest(&published.run_id), &text)?;
    crash_point(inner, "after-manifest")
}

/// Makes the Delta commits of a sealed run and moves the pointer.
pub(crate) async fn roll_forward(inner: &Inner, published: &Published) -> Result<()> {
    let layout = &inner.layout;
    let tables = published.tables.values().map(AsRef::as_ref).chain(&published.dropped);
    let changed = tables.filter_map(|table| Some((table, table.delta.as_ref()?)));
    for (number, (table, change)) in changed.enumerate() {
        crash_point(inner, &format!("before-commit-{}", number + 1))?;
        let version = delta_log::commit(layout, table, change, &published.run_id, published.at).await?;
        if table.version != Some(version) {
            tracing::warn!("another program has written to the Delta log of `{}`; its changes are undone", table.name);
        }
        crash_point(inner, &format!("after-commit-{}", number + 1))?;
    }
    crash_point(inner, "before-pointer")?;
    let pointer = Pointer { run: published.run_id.clone() };
    let text = serde_json::to_vec(&pointer).map_err(|error| LakeError::Run(error.to_string()))?;
    layout::durable(&layout.current(), &text)?;
    crash_point(inner, "after-pointer")
}

/// What is nice to have once a run is published; what fails here is tried again after the next run.
pub(crate) async fn tidy(inner: &Inner, published: &Published) -> Result<()> {
    for table in published.tables.values().filter(|table| table.delta.is_some()) {
        if let Err(error) = delta_log::checkpoint(&inner.layout, table).await {
            tracing::warn!("{error}");
        }
    }
    vacuum(inner, &published.run_id)?;
    crash_point(inner, "end")
}

/// Finishes a run past its point of no return, and removes what is left of one before it. Needs the lease.
pub(crate) async fn recover(inner: &Inner) -> Result<()> {
    let layout = &inner.layout;
    let current = current(layout)?;
    for run in layout.run_ids()? {
        if current.as_ref().is_some_and(|current| run <= *current) {
            continue;
        }
        if layout.manifest(&run).is_file() {
            let published = Published::load(&layout.manifest(&run))?;
            tracing::info!("finishing run `{run}`, which was stopped while it was being published");
            roll_forward(inner, &published).await?;
            tidy(inner, &published).await?;
        } else {
            discard(layout, &run)?;
        }
    }
    lease::remove_dead_scratch(layout)
}

/// Removes files of the run that none of its tables names: those of a step that failed, of a writer that was not closed.
fn remove_unnamed(layout: &Layout, published: &Published) -> Result<()> {
    let tables = published.tables.values();
    let named: HashSet<&str> = tables.flat_map(|table| &table.files).map(|file| file.path.as_str()).collect();
    for folder in layout.table_folders()? {
        for name in layout::file_names(&layout.path(&folder))? {
            let path = format!("{folder}/{name}");
            if Layout::run_of_part(&name) == Some(&published.run_id) && !named.contains(path.as_str()) {
                layout::remove_file(&layout.path(&path))?;
            }
        }
    }
    Ok(())
}

/// Removes every file of a run that is not published; its folder last, so that this can be done again.
pub(crate) fn discard(layout: &Layout, run: &str) -> Result<()> {
    for folder in layout.table_folders()? {
        let folder = layout.path(&folder);
        for name in layout::file_names(&folder)? {
            if Layout::run_of_part(&name) == Some(run) {
                layout::remove_file(&folder.join(name))?;
            }
        }
        // A folder made by this run alone is empty now; any other stays.
        _ = std::fs::remove_dir(&folder);
    }
    layout::remove_folder(&layout.run(run))
}

/// Removes the files of runs that are kept no longer.
fn vacuum(inner: &Inner, current: &str) -> Result<()> {
    let layout = &inner.layout;
    let mut runs = layout.run_ids()?;
    runs.retain(|run| run.as_str() <= current && layout.manifest(run).is_file());
    let gone = runs.len().saturating_sub(inner.options.keep_runs.max(1));
    let (old, kept) = runs.split_at(gone);
    let load =
        |runs: &[String]| runs.iter().map(|run| Published::load(&layout.manifest(run))).collect::<Result<Vec<_>>>();
    let (old_runs, kept_runs) = (load(old)?, load(kept)?);
    let kept_tables: Vec<&TableEntry> =
        kept_runs.iter().flat_map(|run| run.tables.values()).map(AsRef::as_ref).collect();
    let needed: HashSet<&str> =
        kept_tables.iter().flat_map(|table| &table.files).map(|file| file.path.as_str()).collect();
    let living: HashSet<&str> = kept_tables.iter().map(|table| table.folder.as_str()).collect();
    for table in old_runs.iter().flat_map(|run| run.tables.values()) {
        for file in table.files.iter().filter(|file| !needed.contains(file.path.as_str())) {
            layout::remove_file(&layout.path(&file.path))?;
            crash_point(inner, "in-vacuum")?;
        }
        if !living.contains(table.folder.as_str()) {
            remove_dead_folder(layout, &table.folder)?;
        }
    }
    for run in old {
        layout::remove_folder(&layout.run(run))?;
        crash_point(inner, "in-vacuum")?;
    }
    Ok(())
}

/// Removes the folder of a table that no kept run has, with its log, unless others put files there.
fn remove_dead_folder(layout: &Layout, folder: &str) -> Result<()> {
    let path = layout.path(folder);
    if layout::file_names(&path)?.is_empty() {
        layout::remove_folder(&path)?;
    }
    Ok(())
}
