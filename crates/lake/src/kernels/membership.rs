//! Membership: the members of segments as bitmaps, and who entered and left.

use onefold_kernels::membership::{Fold, Members, Moved, Numbered, Segment, membership};
use onefold_model::plan::SetOperator;

use super::{Rows, apart, inputs};
use crate::frames::{Frame, batches, bytes, instant, integer, small, text};
use crate::land::Landing;
use crate::{LakeError, Result};

/// What the rules found, the members of the last run, and the numbers of profiles now and then.
pub(super) async fn run(
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
    let changes = batches(moves.len(), |rows| {
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
