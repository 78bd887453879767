//! Commands: one file each; what the words of the command line do.
//!
//! Flow     words ─ a question to [`Platform`] ─ a view ─ text for people, or JSON
//!
//! Invariants
//! - A command gives its exit code or a problem; nothing here ends the process.

mod account;
mod audit;
mod check;
mod demo;
mod explain;
mod init;
mod matching;
mod measure;
mod model;
mod plan;
mod query;
mod review;
mod run;
mod schema;
mod segments;
mod serve;
mod show;
mod suggest;
mod test;

use std::path::Path;

use onefold_api::{Problem, RunAsk};

use crate::cli::{Cli, Command, What};
use crate::platform::Onefold;

/// Who asks, as the history of runs has it.
pub(crate) const COMMAND_LINE: &str = "command line";

/// What a new project keeps out of its repository.
pub(crate) const GITIGNORE: &str = include_str!("../starter/gitignore");

/// Does what the command line says; gives the exit code.
///
/// # Errors
/// Why it could not be done.
pub async fn run(cli: Cli) -> Result<u8, Problem> {
    let platform = || Onefold::new(&cli.project);
    match cli.command {
        Command::Init { dir } => init::run(dir.as_deref().unwrap_or(&cli.project)),
        Command::Check { json } => check::run(&platform(), json).await,
        Command::Plan { what, profiles, sql, json } => {
            plan::run(&platform(), RunAsk { profiles, ..what.into() }, sql, json).await
        }
        Command::Run { what, json } => run::run(&platform(), what.into(), json).await,
        Command::Show { table: None, format, all, .. } => show::tables(&platform(), format, all).await,
        Command::Show { table: Some(table), limit, format, all } => {
            show::rows(&platform(), &table, limit, format, all).await
        }
        Command::Query { sql, format, limit, timeout, memory } => {
            query::run(&platform(), sql, format, limit, timeout, memory).await
        }
        Command::Explain { what, json } => explain::run(&platform(), what, json).await,
        Command::Review { what, which, json } => review::run(&cli.project, what, which, json).await,
        Command::Match { what, json } => matching::run(&platform(), what, json).await,
        Command::Measure { what, json } => measure::run(&platform(), what, json).await,
        Command::Test { names, json } => test::run(&cli.project, &names, json).await,
        Command::Suggest { table } => suggest::run(&platform(), table).await,
        Command::Segments { what, json } => segments::run(&platform(), what, json).await,
        Command::Model { what } => model::run(&platform(), what).await,
        Command::Schema { out } => schema::run(out.as_deref()),
        Command::Account { what, json } => account::run(&cli.project, what, json).await,
        Command::Audit { what, json } => audit::run(&cli.project, what, json).await,
        Command::Serve(words) => serve::run(*words).await,
        Command::Demo { dir, patients, appointments, seed, now, no_run, no_serve, listen } => {
            let code = demo::run(&dir, (patients, appointments), seed, now, no_run).await?;
            if no_run || no_serve || code != 0 { Ok(code) } else { serve::one(&dir, listen).await }
        }
    }
}

impl From<What> for RunAsk {
    fn from(what: What) -> Self {
        let What { only, force, now, memory, threads } = what;
        Self { only, force, now, memory, threads, profiles: false }
    }
}

/// Words to put behind `onefold` so that it finds the project: nothing in its own folder.
fn at(project: &Path) -> String {
    if project == Path::new(".") { String::new() } else { format!(" -C {}", project.display()) }
}

/// `1 person`, `1,000 people`
fn people(n: u64) -> String {
    if n == 1 { "1 person".to_owned() } else { format!("{} people", crate::output::grouped(n)) }
}
