//! Deduplicate: records of one table, grouped by rules.

use arrow::array::ArrayRef;
use onefold_kernels::deduplicate::{DedupeRule, Link, deduplicate};
use onefold_model::plan;

use super::{Rows, apart, conditions, counts, exceptions, inputs};
use crate::Result;
use crate::frames::{Frame, batches, boolean, integer, number, text};
use crate::land::Landing;

/// Records with a key, a preference, the conditions and exceptions of each rule; links as a second input.
pub(super) async fn run(work: &Landing<'_>, rules: &[plan::DedupeRule], mut frames: Vec<Frame>) -> Result<Vec<Rows>> {
    let mut links = Vec::new();
    if frames.len() > 1 {
        links = stated(&mut frames.remove(1))?;
    }
    let [mut frame] = inputs::<1>(work, frames)?;
    let (key, preference) = (frame.text("key")?, frame.numbers("preference")?);
    let mut given = Vec::new();
    for (number, rule) in rules.iter().enumerate() {
        given.push(DedupeRule {
            name: rule.name.clone(),
            conditions: conditions(&mut frame, "r", number, rule.conditions.len())?,
            at_least: rule.conditions.clone(),
            exceptions: conditions(&mut frame, "ru", number, rule.exceptions.len())?,
            except: exceptions(&rule.exceptions),
        });
    }
    let (key, found) = apart(work, move || {
        let found = deduplicate(&key, &preference, &given, &links);
        drop(frame);
        (key, found)
    })
    .await?;
    let rows = batches(key.len(), |rows| {
        let mut all: Vec<(String, ArrayRef)> = vec![
            ("Key".into(), text(rows.clone().map(|row| key.get(row)))),
            ("WinnerKey".into(), text(rows.clone().map(|row| key.get(found.winner[row] as usize)))),
            ("IsWinner".into(), boolean(rows.clone().map(|row| found.winner[row] as usize == row))),
            ("Group".into(), integer(rows.clone().map(|row| Some(found.group[row].into())))),
            ("Rule".into(), text(rows.clone().map(|row| found.rule[row].as_deref()))),
            ("Score".into(), number(rows.clone().map(|row| found.score[row]))),
        ];
        for (n, by_rule) in (1..).zip(&found.by_rule) {
            all.push((format!("Score_{n}"), number(rows.clone().map(|row| by_rule.score[row]))));
            all.push((format!("Group_{n}"), integer(rows.clone().map(|row| by_rule.group[row].map(i64::from)))));
        }
        all
    })?;
    let names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
    Ok(vec![rows, counts(&names, &found.counts)?])
}

/// What the source or people say of two records.
fn stated(frame: &mut Frame) -> Result<Vec<Link>> {
    let (key, other, kind) = (frame.text("Key")?, frame.text("Other")?, frame.text("Kind")?);
    let by = frame.text("By")?;
    let rows = (0..key.len()).filter_map(|row| {
        let same = match kind.get(row)? {
            "same" => true,
            "split" => false,
            _ => return None,
        };
        let (key, other) = (key.get(row)?.to_owned(), other.get(row)?.to_owned());
        Some(Link { key, other, same, by_people: by.get(row) == Some("people") })
    });
    Ok(rows.collect())
}
