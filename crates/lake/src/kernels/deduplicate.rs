//! Deduplicate: records of one table, grouped by rules.

use onefold_kernels::deduplicate::{DedupeRule, Link, deduplicate};

use super::{Rows, apart, conditions, inputs};
use crate::Result;
use crate::frames::{Frame, batches, boolean, integer, number, text};
use crate::land::Landing;

/// Records with a key, a preference and the conditions of each rule; links as a second input.
pub(super) async fn run(work: &Landing<'_>, rules: &[(String, usize)], mut frames: Vec<Frame>) -> Result<Vec<Rows>> {
    let mut links = Vec::new();
    if frames.len() > 1 {
        links = stated(&mut frames.remove(1))?;
    }
    let [mut frame] = inputs::<1>(work, frames)?;
    let (key, preference) = (frame.text("key")?, frame.numbers("preference")?);
    let mut given = Vec::new();
    for (number, (name, count)) in rules.iter().enumerate() {
        given.push(DedupeRule { name: name.clone(), conditions: conditions(&mut frame, "r", number, *count)? });
    }
    let (key, found) = apart(work, move || {
        let found = deduplicate(&key, &preference, &given, &links);
        drop(frame);
        (key, found)
    })
    .await?;
    let rows = batches(key.len(), |rows| {
        vec![
            ("Key", text(rows.clone().map(|row| key.get(row)))),
            ("WinnerKey", text(rows.clone().map(|row| key.get(found.winner[row] as usize)))),
            ("IsWinner", boolean(rows.clone().map(|row| found.winner[row] as usize == row))),
            ("Group", integer(rows.clone().map(|row| Some(found.group[row].into())))),
            ("Rule", text(rows.clone().map(|row| found.rule[row].as_deref()))),
            // Conditions are exact: what they join is sure.
            ("Score", number(rows.map(|row| found.rule[row].as_ref().map(|_| 1.0)))),
        ]
    })?;
    Ok(vec![rows])
}

/// What the source itself says of two records.
fn stated(frame: &mut Frame) -> Result<Vec<Link>> {
    let (key, other, kind) = (frame.text("Key")?, frame.text("Other")?, frame.text("Kind")?);
    let rows = (0..key.len()).filter_map(|row| {
        let same = match kind.get(row)? {
            "same" => true,
            "split" => false,
            _ => return None,
        };
        Some(Link { key: key.get(row)?.to_owned(), other: other.get(row)?.to_owned(), same })
    });
    Ok(rows.collect())
}
