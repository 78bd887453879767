//! History: every run that ended, also those that published nothing.
//!
//! Reads, writes   `<project>/.onefold/runs.sqlite`
//!
//! Invariants
//! - Losing the file loses no data, only the story of older runs.
//! - A history that cannot be written stops no run; the log says so.
//! - It does not grow without end: the last [`KEPT`] runs stay.
//!
//! Not here: the record of a published run, which lies with it in the lake (`super::record`).

use std::path::{Path, PathBuf};
use std::time::Duration;

use onefold_api::{Outcome, Problem, RunLine, RunView, StepState};
use rusqlite::{Connection, OptionalExtension as _, params};

/// Runs that are kept.
const KEPT: i64 = 1_000;

const SCHEMA: &str = "
create table if not exists run (
    number integer primary key,
    name text not null,
    line text not null,
    view text not null
);
create index if not exists run_by_name on run (name);
pragma user_version = 1;";

/// The history of a project, open.
pub struct History {
    connection: Connection,
    path: PathBuf,
}

impl History {
    /// Opens the history of a project; `None` when nothing has run yet and it is not to be made.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn open(project: &Path, make: bool) -> Result<Option<Self>, Problem> {
        let path = project.join(".onefold").join("runs.sqlite");
        if !make && !path.is_file() {
            return Ok(None);
        }
        let prepared = || -> rusqlite::Result<Connection> {
            let connection = Connection::open(&path)?;
            connection.busy_timeout(Duration::from_secs(10))?;
            if connection.query_row("pragma user_version", [], |row| row.get::<_, i64>(0))? == 0 {
                connection.pragma_update(None, "journal_mode", "wal")?;
                connection.execute_batch(SCHEMA)?;
            }
            Ok(connection)
        };
        if make && let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| unusable(&path, &error))?;
        }
        match prepared() {
            Ok(connection) => Ok(Some(Self { connection, path })),
            Err(error) => Err(unusable(&path, &error)),
        }
    }

    /// Writes down how a run ended; gives the name it is found by. A published run keeps its own, `idle` ones and those
    /// that published nothing get one.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn add(&self, view: &RunView, idle: bool) -> Result<String, Problem> {
        let add = || -> rusqlite::Result<String> {
            let number: i64 =
                self.connection.query_row("select coalesce(max(number), 0) + 1 from run", [], |row| row.get(0))?;
            let mut view = view.clone();
            if view.run.is_empty() || idle {
                view.run = format!("{}-{number}", if idle { "unchanged" } else { view.outcome.word() });
            }
            let text = |json: serde_json::Result<String>| json.unwrap_or_default();
            self.connection.execute(
                "insert into run (number, name, line, view) values (?1, ?2, ?3, ?4)",
                params![
                    number,
                    view.run,
                    text(serde_json::to_string(&line(&view))),
                    text(serde_json::to_string(&view))
                ],
            )?;
            self.connection.execute("delete from run where number <= ?1", params![number - KEPT])?;
            Ok(view.run)
        };
        add().map_err(|error| unusable(&self.path, &error))
    }

    /// All runs, newest first.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn lines(&self) -> Result<Vec<RunLine>, Problem> {
        let all = || -> rusqlite::Result<Vec<RunLine>> {
            let mut lines = self.connection.prepare("select line from run order by number desc")?;
            let found = lines.query_map([], |row| row.get::<_, String>(0))?;
            let found: Vec<String> = found.collect::<rusqlite::Result<_>>()?;
            Ok(found.iter().filter_map(|line| serde_json::from_str(line).ok()).collect())
        };
        all().map_err(|error| unusable(&self.path, &error))
    }

    /// The record of one run; the latest of that name.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn view(&self, name: &str) -> Result<Option<RunView>, Problem> {
        let found = self.connection.query_row(
            "select view from run where name = ?1 order by number desc limit 1",
            params![name],
            |row| row.get::<_, String>(0),
        );
        let found = found.optional().map_err(|error| unusable(&self.path, &error))?;
        Ok(found.and_then(|view| serde_json::from_str(&view).ok()))
    }
}

/// Writes down how a run ended, as well as it goes.
pub(super) fn note(project: &Path, view: &RunView, idle: bool) {
    let noted = History::open(project, true).and_then(|history| match history {
        Some(history) => history.add(view, idle).map(drop),
        None => Ok(()),
    });
    if let Err(problem) = noted {
        tracing::warn!("the run is not in the history: {}", problem.message);
    }
}

/// A run in a list.
pub fn line(view: &RunView) -> RunLine {
    let ran = || view.steps.iter().filter(|step| step.state == StepState::Done);
    let published = !matches!(view.outcome, Outcome::Failed | Outcome::Canceled);
    RunLine {
        run: view.run.clone(),
        outcome: view.outcome.word().to_owned(),
        now: view.now.clone(),
        started: view.started.clone(),
        seconds: view.seconds,
        by: view.by.clone(),
        steps: ran().count(),
        rows: if published { ran().map(|step| step.rows_out).sum() } else { 0 },
        warnings: view.warnings.len(),
        message: view.message.clone(),
        current: false,
    }
}

fn unusable(path: &Path, error: &dyn std::fmt::Display) -> Problem {
    Problem::failed(format!("`{}` cannot be used: {error}", path.display()))
        .hint("check that the project's folder can be written, or remove the file: only the history of runs is lost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(run: &str, outcome: Outcome) -> RunView {
        RunView {
            run: run.into(),
            outcome,
            by: "anna".into(),
            now: "2026-01-01T00:00:00Z".into(),
            started: "2026-01-01T00:00:00Z".into(),
            seconds: 1.5,
            steps: Vec::new(),
            sources: Vec::new(),
            unify: None,
            segments: Vec::new(),
            exports: Vec::new(),
            warnings: Vec::new(),
            message: None,
            hint: None,
        }
    }

    #[test]
    fn runs_are_found_again_newest_first() {
        let folder = tempfile::tempdir().unwrap();
        assert!(History::open(folder.path(), false).unwrap().is_none());
        let history = History::open(folder.path(), true).unwrap().unwrap();
        history.add(&view("00000001", Outcome::Completed), false).unwrap();
        history.add(&view("", Outcome::Failed), false).unwrap();
        history.add(&view("00000001", Outcome::Completed), true).unwrap();
        let names: Vec<String> = history.lines().unwrap().into_iter().map(|line| line.run).collect();
        assert_eq!(names, ["unchanged-3", "failed-2", "00000001"]);
        assert_eq!(history.view("failed-2").unwrap().unwrap().outcome, Outcome::Failed);
        assert_eq!(history.view("failed-9").unwrap(), None);
    }
}
