//! Overlap: how many are in exactly which segments, by the values of a field too.

use std::time::Instant;

use onefold_api::{OverlapMember, OverlapSet, OverlapValue, Problem, SegmentOverlapAsk, SegmentOverlapView};
use onefold_kernels::insight::overlap;

use super::fields::{CATEGORIES, People};
use super::words;

/// The most segments; more sets than these make cannot be looked at.
const MOST: usize = 8;

/// Segments laid over each other.
pub(super) fn overlap(people: &People, ask: &SegmentOverlapAsk) -> Result<SegmentOverlapView, Problem> {
    let began = Instant::now();
    let mut names: Vec<&String> = Vec::new();
    for name in &ask.segments {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if !(2..=MOST).contains(&names.len()) {
        return Err(Problem::refused(format!("{} segments cannot be laid over each other", names.len()))
            .hint(format!("choose two to {MOST} different ones")));
    }
    let groups = names.iter().map(|name| people.members(name)).collect::<Result<Vec<_>, _>>()?;
    let sets = overlap::overlap(&groups);
    let whole = (1_u32 << names.len()) - 1;
    let mut values = Vec::new();
    if let Some(field) = ask.field.as_deref().filter(|field| !field.is_empty()) {
        let field = people.field(&people.choice(field)?)?;
        if let Some(why) = field.unfit(CATEGORIES) {
            return Err(Problem::refused(format!(
                "`{}` cannot be told apart by its values: {why}",
                field.choice.field
            ))
            .hint("choose another field"));
        }
        let counts = overlap::by_bin(field.coded(), &people.numbers, &sets);
        values = (0..field.bins())
            .map(|bin| OverlapValue {
                label: words::label(&field, bin),
                counts: counts.iter().map(|bins| bins[bin]).collect(),
            })
            .filter(|value| value.counts.iter().any(|count| *count > 0))
            .collect();
    }
    let member = |(name, group): (&&String, &&roaring::RoaringBitmap)| OverlapMember {
        name: (*name).clone(),
        title: people.title(name),
        members: group.len(),
    };
    let within = |key: u32| names.iter().enumerate().filter(move |(place, _)| key & (1 << place) != 0);
    Ok(SegmentOverlapView {
        segments: names.iter().zip(&groups).map(member).collect(),
        common: sets.iter().find(|set| set.within == whole).map_or(0, |set| set.members.len()),
        any: sets.iter().map(|set| set.members.len()).sum(),
        sets: sets
            .iter()
            .map(|set| OverlapSet {
                within: within(set.within).map(|(_, name)| (*name).clone()).collect(),
                count: set.members.len(),
            })
            .collect(),
        values,
        seconds: began.elapsed().as_secs_f64(),
    })
}
