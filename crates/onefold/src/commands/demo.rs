//! Demo: a project with made-up people, run, and what to look at.
//!
//! Not here: the people (`demo`).

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use onefold_api::{Nobody, Platform as _, Problem, RunAsk};

use crate::demo::{DemoOptions, generate};
use crate::output::{count, duration, print, say};
use crate::platform::Onefold;
use crate::progress::Progress;
use crate::runner::instant;

/// Makes the project, runs it, and says what to look at next.
pub(super) async fn run(
    dir: &Path,
    (patients, appointments): (u64, u64),
    seed: u64,
    now: Option<String>,
    no_run: bool,
) -> Result<u8, Problem> {
    if dir.join("onefold.yaml").exists() {
        return Err(Problem::refused(format!("`{}` is a project already", dir.display()))
            .hint(format!("name another folder: `onefold demo DIR`, or run it: `onefold{} run`", super::at(dir))));
    }
    let now = instant(now.as_deref(), "UTC")?;
    make(dir, DemoOptions { patients, appointments, seed, now }).await?;
    let at = super::at(dir);
    if no_run {
        print(&format!("next:\n  onefold{at} run --now {now}\n"))?;
        return Ok(0);
    }
    let ask = RunAsk { now: Some(now.to_string()), ..RunAsk::default() };
    let view = Onefold::new(dir).run(&ask, super::COMMAND_LINE, Arc::new(Nobody)).await?;
    print(&super::run::text(&view))?;
    print(&look_at(&at))?;
    Ok(super::run::exit_code(&view))
}

/// Generates on a thread of its own, with a bar.
async fn make(dir: &Path, options: DemoOptions) -> Result<(), Problem> {
    let clock = Instant::now();
    let line = Progress::on_stderr().step("making people up");
    let folder = dir.to_owned();
    let made = tokio::task::spawn_blocking(move || generate(&folder, &options, &|done, _| line.at(done)));
    let report = made
        .await
        .map_err(|fault| Problem::failed(format!("making people up ended by a fault in Onefold: {fault}")))?
        .map_err(|error| Problem::failed(format!("cannot write to `{}`: {error}", dir.display())))?;
    let (files, mib) = (count(report.files, "file"), report.bytes as f64 / (1024.0 * 1024.0));
    let took = duration(clock.elapsed().as_secs_f64());
    say(&format!(
        "made up {} in {took}: {files}, {mib:.1} MiB, in {}\n\n",
        super::people(options.patients),
        dir.display()
    ));
    Ok(())
}

/// What to look at after the first run.
fn look_at(at: &str) -> String {
    format!(
        "\nlook at\n  \
         onefold{at} show                       the tables\n  \
         onefold{at} show NoShow50              who missed more than half of the appointments\n  \
         onefold{at} query 'select avg(\"pct_no_show\") from \"Customer_Measure\"'\n  \
         onefold{at} explain customer profile_no:1\n  \
         onefold{at} explain segment NoShow50 profile_no:1\n  \
         onefold{at} plan                       what the next run would do\n"
    )
}
