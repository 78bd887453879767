//! Match: winners of all tables, linked by ordered rules.

use onefold_kernels::deduplicate::ALWAYS;
use onefold_kernels::matching::{self, MatchedRecord, Override, Side, match_tables};
use onefold_model::plan::{MatchRule, MatchTable};

use super::{Rows, apart, conditions, counts, exceptions};
use crate::frames::{Frame, batches, boolean, integer, number, text};
use crate::land::Landing;
use crate::{LakeError, Result};

/// One input a table, in their order: the conditions of the rules that have the table on a side; then what people say.
pub(super) async fn run(
    work: &Landing<'_>,
    tables: &[MatchTable],
    rules: &[MatchRule],
    mut frames: Vec<Frame>,
) -> Result<Vec<Rows>> {
    let said = if frames.len() == tables.len() + 1 { frames.pop() } else { None };
    let said = said.map(|frame| overrides(tables, frame)).transpose()?.unwrap_or_default();
    if frames.len() != tables.len() {
        let why = format!("the kernel takes one input a table, {}, and was given {}", tables.len(), frames.len());
        return Err(LakeError::step(&work.step.name, why));
    }
    let mut given = Vec::new();
    for (place, (table, frame)) in tables.iter().zip(&mut frames).enumerate() {
        given.push(match_table(place, table, rules, frame)?);
    }
    let way = |rule: &MatchRule| matching::MatchRule {
        from: rule.from,
        to: rule.to,
        at_least: rule.conditions.clone(),
        except: exceptions(&rule.exceptions),
    };
    let ways: Vec<matching::MatchRule> = rules.iter().map(way).collect();
    let (given, (found, counted)) = apart(work, move || {
        let found = match_tables(&given, &ways, &said);
        (given, found)
    })
    .await?;
    let name = |table: u32| tables[table as usize].table.as_str();
    let key = |table: u32, row: u32| given[table as usize].key.get(row as usize);
    let rule_of = |hit: matching::Hit| hit.rule.map_or(ALWAYS, |rule| rules[rule as usize].name.as_str());
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
            ("Rule", text(all().map(|record| hit(record).map(rule_of)))),
            ("Score", number(all().map(|record| hit(record).map(|hit| hit.score)))),
            ("MatchedTable", text(all().map(|record| hit(record).map(|hit| name(hit.table))))),
            ("MatchedKey", text(all().map(|record| hit(record).and_then(|hit| key(hit.table, hit.row))))),
        ]
    })?;
    let names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
    Ok(vec![rows, counts(&names, &counted)?])
}

/// What people say of pairs; pairs of other tables say nothing.
fn overrides(tables: &[MatchTable], mut frame: Frame) -> Result<Vec<Override>> {
    let [table1, key1, table2, key2] = ["Table1", "Key1", "Table2", "Key2"].map(|name| frame.text(name));
    let (table1, key1, table2, key2) = (table1?, key1?, table2?, key2?);
    let (kind, why) = (frame.text("Kind")?, frame.text("Why")?);
    let place = |name: &str| tables.iter().position(|table| table.table.as_str().eq_ignore_ascii_case(name));
    let said = |row: usize| {
        Some(Override {
            a: (place(table1.get(row)?)?, key1.get(row)?.to_owned()),
            b: (place(table2.get(row)?)?, key2.get(row)?.to_owned()),
            same: kind.get(row)? == "same",
            decided: why.text(row).starts_with("decided"),
        })
    };
    Ok((0..kind.len()).filter_map(said).collect())
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
                    conditions: conditions(frame, prefix, number, rule.conditions.len())?,
                    exceptions: conditions(frame, &format!("{prefix}u"), number, rule.exceptions.len())?,
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
