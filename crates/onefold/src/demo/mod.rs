//! Demo: a made-up clinic, for `onefold demo`: a project's folder, its data, and the truth beside it.
//!
//! Writes   the definitions of `fixtures/patient-outreach`; `data/fhir`, `data/dataverse`; `truth/`
//! Flow     people in chunks of [`CHUNK`], made on every core, written in order
//!
//! Invariants
//! - The same seed, number of people and `now` give the same bytes, whatever the machine: no clock, no other randomness.
//! - Memory does not grow with the number of people.
//! - `truth/` is for scoring: nothing of it is in the data.
//!
//! Not here: people (`person`), names (`names`), what is done with the project (`commands::demo`).

mod chunk;
mod kin;
mod names;
mod person;
mod random;
mod writing;

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::mpsc;

use chunk::Chunk;
pub use chunk::Expected;
use writing::Writing;

/// Appointments of a person, about.
pub const APPOINTMENTS: u64 = 4;
/// People in a chunk.
const CHUNK: u64 = 2_000;
/// From so many people on, the clinic's files are gzipped.
const GZIP_FROM: u64 = 100_000;

/// What to make.
#[derive(Clone, Copy, Debug)]
pub struct DemoOptions {
    /// How many people; their records are some 7 % more.
    pub patients: u64,
    /// How many appointments they have on average, about; [`APPOINTMENTS`] unless somebody wants more.
    pub appointments: u64,
    /// The same seed gives the same people.
    pub seed: u64,
    /// The instant the data ends at; appointments lie up to three years before and three months after.
    pub now: jiff::Timestamp,
}

/// What was made.
#[derive(Clone, Debug)]
pub struct DemoReport {
    /// Files written, data and truth.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What a run must come to; also in `truth/expected.json`.
    pub expected: Expected,
}

macro_rules! project_files {
    ($($path:literal)*) => {
        /// The lab's definitions.
        const PROJECT: &[(&str, &str)] = &[$(($path, include_str!(concat!("../../../../fixtures/patient-outreach/", $path)))),*];
    };
}

project_files! {
    "onefold.yaml"
    "unify.yaml"
    "relationships.yaml"
    "sources/AzureAPIforFHIR.yaml"
    "sources/D365Patients.yaml"
    "activities/patientAppointments.yaml"
    "measures/TotalAppointments.yaml"
    "measures/NoShowAppointments.yaml"
    "measures/CancelledAppointments.yaml"
    "measures/DaysSinceLastAppointment.yaml"
    "measures/pct_no_show.yaml"
    "measures/pct_missed.yaml"
    "segments/NoShow50.yaml"
    "segments/Missed50.yaml"
    "connections/OutFolder.yaml"
    "connections/PatientOutreach.yaml"
    "exports/SegmentsToFolder.yaml"
    "exports/SegmentsToOutreach.yaml"
}

/// Makes a project in `dir`, which is created. `progress` is told the people done and the people there will be.
///
/// # Errors
/// When `dir` cannot be written.
pub fn generate(dir: &Path, options: &DemoOptions, progress: &dyn Fn(u64, u64)) -> io::Result<DemoReport> {
    write_project(dir)?;
    let gzip = options.patients >= GZIP_FROM;
    let mut writing = Writing::new(dir, gzip)?;
    let chunks = options.patients.div_ceil(CHUNK);
    let workers = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    std::thread::scope(|scope| {
        // Each worker makes every so many-th chunk and hands it over in turn: the order is fixed, and nobody runs ahead.
        let queues: Vec<mpsc::Receiver<io::Result<writing::Ready>>> = (0..workers)
            .map(|worker| {
                let (to, queue) = mpsc::sync_channel(2);
                scope.spawn(move || {
                    for chunk in (worker..chunks).step_by(workers as usize) {
                        if to.send(writing::ready(make_chunk(chunk, options), gzip)).is_err() {
                            return;
                        }
                    }
                });
                queue
            })
            .collect();
        for chunk in 0..chunks {
            let ready = queues[(chunk % workers) as usize].recv().map_err(io::Error::other)??;
            writing.add(ready)?;
            progress(((chunk + 1) * CHUNK).min(options.patients), options.patients);
        }
        io::Result::Ok(())
    })?;
    writing.finish(options)
}

fn make_chunk(number: u64, options: &DemoOptions) -> Chunk {
    let mut chunk = Chunk::default();
    for person in number * CHUNK..((number + 1) * CHUNK).min(options.patients) {
        person::make(person, options, &mut chunk);
    }
    chunk
}

/// The definitions. The marketing export goes out only when it is named: its receiver is made up.
fn write_project(dir: &Path) -> io::Result<()> {
    for (path, text) in PROJECT {
        let path = dir.join(path);
        fs::create_dir_all(path.parent().unwrap_or(dir))?;
        let mut file = fs::File::create(&path)?;
        if path.ends_with("exports/SegmentsToOutreach.yaml") {
            file.write_all(text.replace("schedule: with_every_run", "schedule: manual").as_bytes())?;
        } else {
            file.write_all(text.as_bytes())?;
        }
    }
    fs::write(dir.join(".gitignore"), "data/\nlake/\nout/\ntruth/\n.onefold/\n")
}

#[cfg(test)]
mod tests;
