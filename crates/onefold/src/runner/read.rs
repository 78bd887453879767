//! Read: a table of a source into the lake.
//!
//! Reads    a connector's stream        Writes   the tables of a `Work::Read` step
//!
//! Invariants
//! - Batches go from the stream to the files as they come; memory does not grow with the source.
//!
//! Not here: what a source looks like (`onefold-connect`), how files are written (`onefold-lake`).

use std::collections::HashMap;

use onefold_api::Problem;
use onefold_connect::{RawBatch, ReadReport, SourceRef, read};
use onefold_lake::{Run, StepReport, TableWriter};
use onefold_model::{Column, Output, Plan, Step, TableName, Work};

use super::addition::{self, Addition};
use super::extent::Extent;
use super::fresh::{Decision, Fate};
use super::problem::{of_connect, of_lake};
use crate::live::intake::note_of;
use crate::live::rows::LiveRows;
use crate::output::count;
use crate::progress::StepProgress;

/// What a read step did.
pub(super) struct ReadDone {
    /// What the lake says.
    pub(super) report: StepReport,
    /// What the connector says.
    pub(super) read: ReadReport,
}

/// Notes again, for tables that are carried over, how far they know what came in between runs.
pub(super) fn keep_notes(run: &Run, plan: &Plan, decisions: &[Decision]) {
    for (step, decision) in plan.steps.iter().zip(decisions) {
        let Work::Read { source, table } = &step.work else { continue };
        let table = TableName::of_source(source, table);
        for name in [note_of(&table), addition::note_of(&table)] {
            let noted = run.base().and_then(|base| base.notes.get(&name).cloned());
            if let (true, Some(noted)) = (decision.fate != Fate::Runs, noted) {
                run.note(&name, noted);
            }
        }
    }
}

/// Reads the table of a step: what is new, where that is all there is to read and the rows allow for it, else the whole.
#[expect(clippy::too_many_arguments, reason = "the parts of one read, which is begun in one place")]
pub(super) async fn run(
    run: &Run,
    step: &Step,
    fingerprint: &str,
    source: SourceRef,
    columns: Vec<Column>,
    lake: &std::path::Path,
    extent: &Extent,
    progress: &StepProgress,
) -> Result<ReadDone, Problem> {
    let reading = Reading { run, step, fingerprint, columns: &columns, lake, progress };
    let mut why = None;
    if let Extent::New(addition) = extent {
        match reading.rows(source.clone(), Some(addition)).await? {
            Ok(done) => return Ok(done),
            Err(found) => why = Some(found),
        }
    }
    let mut done = reading.rows(source, None).await?.map_err(Problem::failed)?;
    done.report.said = why.map(|why| format!("read whole: {why}"));
    Ok(done)
}

/// A read at work.
struct Reading<'a> {
    run: &'a Run,
    step: &'a Step,
    fingerprint: &'a str,
    columns: &'a [Column],
    lake: &'a std::path::Path,
    progress: &'a StepProgress,
}

impl Reading<'_> {
    /// Whether a row that came in since has the key of a row that was read: the older one would have to go.
    fn meets(&self, raw: &TableName, live: &LiveRows) -> Result<bool, Problem> {
        let base = self.run.base().and_then(|base| base.table(raw.as_str()));
        let Some(entry) = base else { return Ok(false) };
        for batch in self.run.whole(entry, &[live.key()]).map_err(of_lake)? {
            if live.meets(&batch.map_err(of_lake)?)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads all, or what is added to what was read; why it must be all, if so.
    async fn rows(
        &self,
        mut source: SourceRef,
        addition: Option<&Addition>,
    ) -> Result<Result<ReadDone, String>, Problem> {
        let Self { run, step, fingerprint, lake, progress, .. } = *self;
        let columns = self.columns.to_vec();
        // What is noted was looked at before it is read, and nothing else is read.
        let stamps = addition.map_or_else(|| source.stamps(), |addition| Some(addition.all()));
        source.only = match addition {
            Some(addition) => Some(addition.names()),
            None => stamps.as_ref().map(|stamps| stamps.iter().map(|stamp| stamp.name.clone()).collect()),
        };
        let noted = stamps.map(|stamps| addition::note(&source, stamps));
        let name = format!("{}_{}", source.source.name.value, source.table.name.value);
        let mut writers: HashMap<String, TableWriter<'_>> = HashMap::new();
        for output in &step.writes {
            let writer = match addition {
                Some(_) => run.adder(step, output, fingerprint),
                None => run.writer(step, output, fingerprint),
            };
            let writer = writer.map_err(of_lake)?;
            writers.insert(output.table.folded(), writer);
        }
        let table = TableName::of_source(&source.source.name.value, &source.table.name.value);
        let after = addition.map_or(0, |addition| addition.after);
        let mut live = LiveRows::of(lake, &table, &source, &columns, after).await?;
        if let (Some(_), Some(live)) = (addition, &live)
            && live.has_new()
            && self.meets(&table.prefixed("Raw_"), live)?
        {
            return Ok(Err("a row that came in stands for one that was read".to_owned()));
        }
        let (mut replaced, mut came_in, mut wrong) = (0, 0, 0);
        let told = progress.clone();
        let mut stream = read(source, columns, move |at| told.at(at.rows));
        while let Some(batch) = stream.next().await {
            let batch = match (batch, &mut live) {
                (RawBatch::Rows(rows), Some(live)) => {
                    if addition.is_some() && live.stands_for(&rows)? {
                        return Ok(Err("a new file has a row that came in before".to_owned()));
                    }
                    let before = rows.num_rows();
                    let left = live.left_of(rows)?;
                    replaced += (before - left.num_rows()) as u64;
                    RawBatch::Rows(left)
                }
                (batch, _) => batch,
            };
            let (suffix, prefix, rows) = match batch {
                RawBatch::Rows(rows) => ("", "Raw_", rows),
                RawBatch::Corrupt(rows) => ("_Corrupt", "Raw_", rows),
                RawBatch::Link(rows) => ("_Link", "", rows),
            };
            let table = format!("{prefix}{name}{suffix}");
            if let Some(writer) = writers.get_mut(&table.to_lowercase()) {
                writer.write(rows).await.map_err(of_lake)?;
            }
        }
        // What the connector has to say comes first: a read that broke off leaves tables that look whole.
        let mut read = stream.finish().await.map_err(|error| of_connect(&format!("reading `{name}`"), error))?;
        if let Some(live) = live {
            run.note(&note_of(&table), live.last.into());
            let (good, corrupt) = live.rest()?;
            for (prefixed, rows) in
                good.into_iter().map(|rows| ("", rows)).chain(corrupt.into_iter().map(|rows| ("_Corrupt", rows)))
            {
                let count = rows.num_rows() as u64;
                if prefixed.is_empty() {
                    came_in += count
                } else {
                    wrong += count
                }
                if let Some(writer) = writers.get_mut(&format!("raw_{name}{prefixed}").to_lowercase()) {
                    writer.write(rows).await.map_err(of_lake)?;
                }
            }
        }
        // What stands for a row of the source is read in its place.
        read.rows_read = read.rows_read + came_in + wrong - replaced;
        read.rows_kept = read.rows_kept + came_in - replaced;
        read.corrupt += wrong;
        for Output { table, .. } in &step.writes {
            if let Some(writer) = writers.remove(&table.folded()) {
                writer.close().await.map_err(of_lake)?;
            }
        }
        if let Some(noted) = noted {
            run.note(&addition::note_of(&table), noted);
        }
        let mut report = run.finish(step).await.map_err(of_lake)?;
        if let Some(addition) = addition {
            report.said = Some(format!("added {} of {}", count(read.rows_read, "row"), addition.words()));
        }
        Ok(Ok(ReadDone { report, read }))
    }
}
