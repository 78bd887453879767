//! Kernels: the algorithms of `onefold-kernels`, given rows and giving rows.
//!
//! Flow     inputs gathered one after the other ─ one call, on a thread of its own ─ outputs landed
//!
//! Not here: what the algorithms do; the columns they take and give are told at `onefold_model::plan::Kernel`.
//!
//! To add a kernel: one arm of [`run`] and one function.

use arrow::array::RecordBatch;
use onefold_kernels::deduplicate::{DedupeRule, Link, deduplicate};
use onefold_kernels::frame::TextColumn;
use onefold_kernels::ids::{ClusteredRecords, KeyRing, Profiles, assign_ids};
use onefold_kernels::matching::{self, MatchedRecord, Side, match_tables};
use onefold_kernels::membership::{Fold, Members, Moved, Numbered, Segment, membership};
use onefold_model::plan::{Kernel, MatchRule, MatchTable, SetOperator};
use onefold_model::{Output, Sql};

use crate::frames::{self, Frame, batches, boolean, bytes, instant, integer, number, small, text};
use crate::land::Landing;
use crate::{LakeError, Result};

/// Runs a kernel on the rows of its inputs, and writes the tables it gives.
pub(crate) async fn run(work: &Landing<'_>, kernel: &Kernel, inputs: &[Sql]) -> Result<()> {
    let mut frames = Vec::new();
    for (number, input) in inputs.iter().enumerate() {
        frames.push(Frame::gather(work, number, input).await?);
    }
    let outputs = match kernel {
        Kernel::Deduplicate { rules } => run_deduplicate(work, rules, frames).await?,
        Kernel::Match { tables, rules } => run_match(work, tables, rules, frames).await?,
        Kernel::AssignIds => run_assign_ids(work, frames).await?,
        Kernel::Membership { segments } => run_membership(work, segments, frames).await?,
    };
    if outputs.len() != work.step.writes.len() {
        let why =
            format!("the kernel gives {} tables, and {} are to be written", outputs.len(), work.step.writes.len());
        return Err(LakeError::step(&work.step.name, why));
    }
    for (output, rows) in work.step.writes.iter().zip(outputs) {
        land(work, output, rows).await?;
    }
    Ok(())
}

type Rows = Vec<RecordBatch>;

async fn land(work: &Landing<'_>, output: &Output, rows: Rows) -> Result<()> {
    let query = work.run.inner.session.context().read_batches(rows);
    work.land(output, query.map_err(|error| LakeError::engine(&work.step.name, &error))?).await
}

/// Calls an algorithm where it does not keep other tasks from running.
async fn apart<T: Send + 'static>(work: &Landing<'_>, algorithm: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(algorithm).await;
    done.map_err(|error| LakeError::step(&work.step.name, format!("the kernel broke off: {error}")))
}

/// The inputs by number, so many of them.
fn inputs<const N: usize>(work: &Landing<'_>, frames: Vec<Frame>) -> Result<[Frame; N]> {
    let given = frames.len();
    frames
        .try_into()
        .map_err(|_| LakeError::step(&work.step.name, format!("the kernel takes {N} inputs and was given {given}")))
}

fn conditions(frame: &mut Frame, prefix: &str, rule: usize, count: usize) -> Result<Vec<TextColumn>> {
    (0..count).map(|condition| frame.text(&format!("{prefix}{rule}_c{condition}"))).collect()
}

async fn run_deduplicate(work: &Landing<'_>, rules: &[(String, usize)], mut frames: Vec<Frame>) -> Result<Vec<Rows>> {
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

async fn run_match(
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

async fn run_assign_ids(work: &Landing<'_>, frames: Vec<Frame>) -> Result<Vec<Rows>> {
    let [mut records, mut ring, mut profiles] = inputs::<3>(work, frames)?;
    let records = ClusteredRecords {
        table: records.text("SourceTable")?,
        key: records.text("Key")?,
        is_winner: records.booleans("IsWinner")?,
        cluster: records.all_integers("Cluster")?,
        table_order: records.all_integers("TableOrder")?,
    };
    let ring = KeyRing {
        table: ring.text("SourceTable")?,
        key: ring.text("Key")?,
        // Who stood for a table is not asked of the last run.
        is_winner: vec![false; ring.rows()],
        customer_id: ring.text("CustomerId")?,
        profile_no: ring.all_small("profile_no")?,
    };
    let no = profiles.integers("profile_no")?.into_iter().map(|no| no.and_then(|no| i32::try_from(no).ok()));
    let profiles = Profiles {
        profile_no: no.collect(),
        customer_id: profiles.text("CustomerId")?,
        previous: profiles.text("PreviousCustomerId")?,
        founding_table: profiles.text("FoundingTable")?,
        founding_key: profiles.text("FoundingKey")?,
        retired: profiles.booleans("Retired")?,
        cluster: profiles.integers("Cluster")?,
    };
    let (ring, profiles) = apart(work, move || assign_ids(&records, &ring, &profiles)).await?;
    let ring_rows = batches(ring.key.len(), |rows| {
        vec![
            ("SourceTable", text(rows.clone().map(|row| ring.table.get(row)))),
            ("Key", text(rows.clone().map(|row| ring.key.get(row)))),
            ("IsWinner", boolean(rows.clone().map(|row| ring.is_winner[row]))),
            ("CustomerId", text(rows.clone().map(|row| ring.customer_id.get(row)))),
            ("profile_no", small(rows.map(|row| Some(ring.profile_no[row])))),
        ]
    })?;
    let profile_rows = batches(profiles.customer_id.len(), |rows| {
        vec![
            ("CustomerId", text(rows.clone().map(|row| profiles.customer_id.get(row)))),
            ("profile_no", small(rows.clone().map(|row| profiles.profile_no[row]))),
            ("PreviousCustomerId", text(rows.clone().map(|row| profiles.previous.get(row)))),
            ("FoundingTable", text(rows.clone().map(|row| profiles.founding_table.get(row)))),
            ("FoundingKey", text(rows.clone().map(|row| profiles.founding_key.get(row)))),
            ("Retired", boolean(rows.clone().map(|row| profiles.retired[row]))),
            ("Cluster", integer(rows.map(|row| profiles.cluster[row]))),
        ]
    })?;
    Ok(vec![ring_rows, profile_rows])
}

async fn run_membership(
    work: &Landing<'_>,
    segments: &[(String, Vec<(SetOperator, String)>)],
    frames: Vec<Frame>,
) -> Result<Vec<Rows>> {
    let [mut scanned, mut last, mut now, mut before] = inputs::<4>(work, frames)?;
    let (scanned, last) = (scanned.bytes_by("Rule", "Members")?, last.bytes_by("Segment", "Members")?);
    let numbered =
        |frame: &mut Frame| Ok(Numbered { id: frame.text("CustomerId")?, no: frame.all_small("profile_no")? });
    let (now, before): (Numbered, Numbered) = (numbered(&mut now)?, numbered(&mut before)?);
    let segments: Vec<Segment> = segments.iter().map(|(name, rules)| segment(name, rules)).collect();
    let found = apart(work, move || membership(&segments, &scanned, &last, &now, &before)).await?;
    let found = found.map_err(|wrong| LakeError::step(&work.step.name, wrong))?;
    let at = work.run.now();
    let members = batches(found.len(), |rows| {
        let all = || found[rows.clone()].iter();
        vec![
            ("Segment", text(all().map(|members| Some(members.segment.as_str())))),
            ("At", instant(at, rows.len())),
            ("Count", integer(all().map(|members| i64::try_from(members.count).ok()))),
            ("Members", bytes(all().map(|members| &members.members[..]))),
        ]
    })?;
    let moves: Vec<(&str, &Moved, &str)> = found.iter().flat_map(moves).collect();
    let changes = frames::batches(moves.len(), |rows| {
        let all = || moves[rows.clone()].iter();
        vec![
            ("Segment", text(all().map(|(segment, _, _)| Some(*segment)))),
            ("CustomerId", text(all().map(|(_, moved, _)| Some(moved.id.as_str())))),
            ("profile_no", small(all().map(|(_, moved, _)| Some(moved.no)))),
            ("Change", text(all().map(|(_, _, change)| Some(*change)))),
            ("At", instant(at, rows.len())),
        ]
    })?;
    Ok(vec![members, changes])
}

fn segment(name: &str, rules: &[(SetOperator, String)]) -> Segment {
    let fold = |operator: SetOperator| match operator {
        SetOperator::Union => Fold::Union,
        SetOperator::Intersect => Fold::Intersect,
        SetOperator::Except => Fold::Except,
    };
    Segment {
        name: name.to_owned(),
        rules: rules.iter().map(|(operator, rule)| (fold(*operator), rule.clone())).collect(),
    }
}

fn moves(members: &Members) -> impl Iterator<Item = (&str, &Moved, &str)> {
    let entered = members.entered.iter().map(|moved| (members.segment.as_str(), moved, "entered"));
    entered.chain(members.left.iter().map(|moved| (members.segment.as_str(), moved, "left")))
}
