//! Runs: all that ended, newest first, and the record of each.
//!
//! Reads    the history (`runner::history`); `_runs/<run>/record.json` of the lake for runs the history does not know

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use onefold_api::{Problem, RunLine, RunView};

use crate::runner::history::{self, History};

/// All runs, newest first.
pub(super) fn lines(root: &Path) -> Result<Vec<RunLine>, Problem> {
    let mut lines = match History::open(root, false)? {
        Some(history) => history.lines()?,
        None => Vec::new(),
    };
    let known: HashSet<String> = lines.iter().map(|line| line.run.clone()).collect();
    let records = records(root);
    let others = records.iter().filter(|(run, _)| !known.contains(run)).filter_map(|(_, path)| read(path));
    lines.extend(others.map(|view| history::line(&view)));
    lines.sort_by(|a, b| b.started.cmp(&a.started));
    let current = current(root);
    for line in &mut lines {
        line.current = current.as_ref() == Some(&line.run);
    }
    Ok(lines)
}

/// The record of a run.
pub(super) fn view(root: &Path, run: &str) -> Result<RunView, Problem> {
    let history = History::open(root, false)?;
    let noted = history.map(|history| history.view(run)).transpose()?.flatten();
    let record = || records(root).into_iter().find(|(known, _)| known == run).and_then(|(_, path)| read(&path));
    noted.or_else(record).ok_or_else(|| {
        Problem::not_found(format!("there is no run `{run}`")).hint("see the list of runs; old ones are forgotten")
    })
}

fn runs_folder(root: &Path) -> PathBuf {
    let settings = onefold_model::load(root).project.settings;
    let lake = if settings.lake.is_empty() { "./lake" } else { settings.lake.as_str() };
    root.join(lake).join("_runs")
}

/// The records that lie in the lake, by run.
fn records(root: &Path) -> Vec<(String, PathBuf)> {
    let entries = std::fs::read_dir(runs_folder(root)).into_iter().flatten().flatten();
    let records = entries.filter_map(|entry| {
        let path = entry.path().join("record.json");
        path.is_file().then(|| (entry.file_name().to_string_lossy().into_owned(), path))
    });
    records.collect()
}

fn read(path: &Path) -> Option<RunView> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// The run that readers see.
fn current(root: &Path) -> Option<String> {
    let text = std::fs::read(runs_folder(root).join("current")).ok()?;
    let pointer: serde_json::Value = serde_json::from_slice(&text).ok()?;
    pointer.get("run")?.as_str().map(str::to_owned)
}
