//! Match: winners of all tables, linked by ordered rules.

use onefold_kernels::matching::{self, MatchedRecord, Side, match_tables};
use onefold_model::plan::{MatchRule, MatchTable};

use super::{Rows, apart, conditions};
use crate::frames::{Frame, batches, boolean, integer, number, text};
use crate::land::Landing;
use crate::{LakeError, Result};

/// One input a table, in their order: the conditions of the rules that have the table on a side.
pub(super) async fn run(
    work: &Landing<'_>,
    tables: &[MatchTable],
    rules: &[MatchRule],
    mut frames: Vec<Frame>,
) -> Result<Vec<Rows>> {
    if frames.len() != tables.len() {
        let why = format!("the kernel takes one input a table, {}, and was given {}", tables.len(), frames.len());
        return Err(LakeError::step(&work.step.name, why));
    }
    let mut given = Vec::new();
    for (place, (table, frame)) in tables.iter().zip(&mut frames).enumerate() {
        given.push(match_table(place, table, rules, frame)?);
    }
    let ways: Vec<matching::MatchRule> =
        rules.iter().map(|rule| matching::MatchRule { from: rule.from, to: rule.to }).collect();
    let (given, found) = apart(work, move || {
        let found = match_tables(&given, &ways);
        (given, found)
    })
    .await?;
    let name = |table: u32| tables[table as usize].table.as_str();
    let key = |table: u32, row: u32| given[table as usize].key.get(row as usize);
    let rows = batches(found.len(), |rows| {
        let all = || found[rows.clone()].iter();
        let hit = |record: &MatchedRecord| record.hit;
        vec![
            ("SourceTable", text(all().map(|record| Some(name(record.table))))),
            ("Key", text(all().map(|record| key(record.table, record.row)))),
            ("IsWinner", boolean(all().map(|record| record.is_winner))),
            ("Cluster", integer(all().map(|record| Some(record.cluster.into())))),
            ("Included", boolean(all().map(|record| record.included))),
            ("TableOrder", integer(all().map(|record| Some(record.table.into())))),
            ("Rule", text(all().map(|record| hit(record).map(|hit| rules[hit.rule as usize].name.as_str())))),
            ("Score", number(all().map(|record| hit(record).map(|hit| hit.score)))),
            ("MatchedTable", text(all().map(|record| hit(record).map(|hit| name(hit.table))))),
            ("MatchedKey", text(all().map(|record| hit(record).and_then(|hit| key(hit.table, hit.row))))),
        ]
    })?;
    Ok(vec![rows])
}

fn match_table(
    place: usize,
    table: &MatchTable,
    rules: &[MatchRule],
    frame: &mut Frame,
) -> Result<matching::MatchTable> {
    let mut sides = Vec::new();
    for (number, rule) in rules.iter().enumerate() {
        for (from, at, prefix) in [(true, rule.from, "f"), (false, rule.to, "t")] {
            if at == place {
                sides.push(Side {
                    rule: number,
                    from,
                    conditions: conditions(frame, prefix, number, rule.conditions)?,
                    exceptions: conditions(frame, &format!("{prefix}u"), number, rule.exceptions)?,
                });
            }
        }
    }
    Ok(matching::MatchTable {
        include_all: table.include_all,
        key: frame.text("key")?,
        winner: frame.text("winner")?,
        sides,
    })
}
