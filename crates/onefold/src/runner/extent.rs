//! Extent: how much of a step that runs is worked out.
//!
//! Reads    the marks and tables of the published run, what becomes of the tables a step reads
//! Flow     what a step is, and what of its inputs is new ─ whole, new rows alone, or touched profiles alone ─ the lake
//!
//! Invariants
//! - Less than the whole is worked out only from tables that were written by the very step, from the very inputs, that the
//!   published run holds: what is missing there is exactly what is new.
//! - What moves with the instant of the run is worked out as a whole once time alone has changed any of it.
//! - This tells what can be expected; the lake looks at the rows, and may say that it takes the whole after all.
//!
//! Not here: which steps grow by rows (`onefold_model::plan::Growth`) and which are by profile (`onefold-stages`).

use std::collections::HashMap;

use onefold_api::Problem;
use onefold_lake::{Progress, Published, Run, StepReport};
use onefold_model::plan::Stage;
use onefold_model::sql::Piece;
use onefold_model::{Plan, Sql, Step, TableName, Work};
use onefold_stages::{NUMBER, by_profile};

use super::addition::Addition;
use super::fresh::Mark;
use super::problem::of_lake;
use crate::output::{count, grouped};

/// How much of a step is worked out.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Extent {
    /// All of it.
    #[default]
    Whole,
    /// Of a source: new files, and rows that came in.
    New(Addition),
    /// What new rows make, to be added to what was there.
    Added,
    /// What belongs to profiles whose rows are others than before.
    Touched,
}

/// How much of a step that must run is worked out; `grown`: what becomes of tables that are written in this run.
pub(super) fn of(
    plan: &Plan,
    step: &Step,
    mark: &Mark,
    marks: &HashMap<String, Mark>,
    published: &Published,
    grown: &HashMap<String, Extent>,
    addition: Option<&Addition>,
) -> Extent {
    let same = |old: &Mark| mark.meaning == old.meaning && mark.step == old.step && mark.now == old.now;
    let Some(old) = marks.get(&step.name).filter(|old| same(old)) else { return Extent::Whole };
    // A query of the new rows may look at other tables as they were before, too.
    let growth = step.grows.iter().flat_map(|growth| growth.query.iter().chain(&growth.unless));
    let mut before = growth.flat_map(Sql::pieces).filter_map(|piece| match piece {
        Piece::Before(table) => Some(table),
        _ => None,
    });
    let is_known = |table: &TableName| {
        let writer = plan.writer(table);
        let mark = writer.and_then(|writer| Some((writer, marks.get(&writer.name)?)));
        mark.is_some_and(|(writer, mark)| is_of_published(writer, mark, published))
    };
    if !is_of_published(step, old, published) || !before.all(is_known) {
        return Extent::Whole;
    }
    let mut changed = step.reads.iter().filter_map(|table| Some((table, grown.get(&table.folded())?)));
    match (&step.work, &step.grows) {
        (Work::Read { .. }, _) => addition.map_or(Extent::Whole, |addition| Extent::New(addition.clone())),
        (Work::Sql(_), Some(growth))
            if changed
                .all(|(table, extent)| growth.takes(table) && matches!(extent, Extent::New(_) | Extent::Added)) =>
        {
            Extent::Added
        }
        (Work::Sql(_) | Work::Scan(_), None)
            if matches!(step.stage, Stage::Measures | Stage::Segments)
                && by_profile(step)
                && changed.all(|(_, extent)| *extent != Extent::Whole) =>
        {
            Extent::Touched
        }
        _ => Extent::Whole,
    }
}

/// Whether the tables of a step, and those they were made of, are the ones that the published run holds.
fn is_of_published(step: &Step, mark: &Mark, published: &Published) -> bool {
    let under = |table: &TableName| published.table(table.as_str()).map(|entry| entry.fingerprint.as_str());
    let own = step.writes.iter().all(|output| under(&output.table) == Some(mark.fingerprint.as_str()));
    own && step.reads.iter().all(|table| {
        let known = mark.inputs.iter().find(|(name, _)| name.eq_ignore_ascii_case(table.as_str()));
        known.is_some_and(|(_, known)| under(table) == Some(known.as_str()))
    })
}

/// Why a step runs of which less than the whole is worked out, and what of it is; none for the whole.
pub(super) fn cause(extent: &Extent, mark: &Mark, old: &Mark, grown: &HashMap<String, Extent>) -> Option<String> {
    let differ = mark.inputs.iter().filter(|(table, under)| old.inputs.get(*table) != Some(*under));
    let names: Vec<String> = differ
        .filter(|(table, _)| grown.contains_key(&table.to_lowercase()))
        .map(|(table, _)| format!("`{table}`"))
        .collect();
    let has = if names.len() == 1 { "has" } else { "have" };
    let names = names.join(", ");
    match extent {
        Extent::Whole => None,
        Extent::New(addition) => Some(format!("{}: only what is new is read", addition.words())),
        Extent::Added => Some(format!("{names} {has} new rows: what they make is added")),
        Extent::Touched => Some(format!("{names} {has} other rows for some profiles: only these are worked out")),
    }
}

/// Runs a step of the lake to its extent, or whole where the lake finds that it must be; `profiles`: how many there are.
pub(super) async fn run(
    run: &Run,
    step: &Step,
    fingerprint: &str,
    extent: &Extent,
    profiles: u64,
    told: Progress,
) -> Result<StepReport, Problem> {
    let why = match extent {
        Extent::Whole | Extent::New(_) => None,
        Extent::Added => match run.step_grown(step, fingerprint, Some(told.clone())).await.map_err(of_lake)? {
            Ok(report) => {
                let rows = report.rows_out.values().sum();
                return Ok(StepReport { said: Some(format!("added {}", count(rows, "row"))), ..report });
            }
            Err(why) => Some(why),
        },
        Extent::Touched => {
            // Where many are touched, one pass over all is less work than picking them out.
            let most = profiles / 5 * 2;
            let found = run.step_touched(step, fingerprint, NUMBER, most, Some(told.clone())).await.map_err(of_lake)?;
            match found {
                Ok((report, touched)) => {
                    let said = format!("{} of {} worked out", grouped(touched), count(profiles, "profile"));
                    return Ok(StepReport { said: Some(said), ..report });
                }
                Err(why) => Some(why),
            }
        }
    };
    let report = match by_profile(step) {
        true => run.step_by_number(step, fingerprint, NUMBER, Some(told)).await,
        false => run.step(step, fingerprint, Some(told)).await,
    };
    let report = report.map_err(of_lake)?;
    Ok(match why {
        Some(why) => StepReport { said: Some(format!("worked out whole: {why}")), ..report },
        None => report,
    })
}
