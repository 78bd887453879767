//! Members: bitmaps of segments, folded, compared and drawn from.
//!
//! Reads    `SegmentBitmap` of the published run, once a run

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, BinaryArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType as Arrow, Field, Schema};
use onefold_api::{OverlapSet, OverlapView, Problem};
use onefold_lake::{Lake, Published, RowsHeld, TryOut};
use onefold_model::names::nearest;
use onefold_model::plan::SetOperator;
use onefold_model::{TableName, sql};
use onefold_stages::{Place, SegmentDraft};
use roaring::RoaringBitmap;
use serde_json::Value;

use super::draft::{ask, limits};
use crate::platform::{Onefold, Reading};
use crate::runner::problem::of_lake;

/// The members after each rule, from left to right.
pub(super) fn fold<'b>(rules: impl IntoIterator<Item = (SetOperator, &'b RoaringBitmap)>) -> Vec<RoaringBitmap> {
    let mut so_far = RoaringBitmap::new();
    let after = |(operator, own): (SetOperator, &RoaringBitmap)| {
        match operator {
            SetOperator::Union => so_far |= own,
            SetOperator::Intersect => so_far &= own,
            SetOperator::Except => so_far -= own,
        }
        so_far.clone()
    };
    rules.into_iter().map(after).collect()
}

/// What the rules, the limit and the hold-out of a segment come to.
pub(super) struct Outcome {
    /// The members after each rule, from left to right.
    pub(super) after: Vec<RoaringBitmap>,
    /// Who is in it.
    pub(super) members: RoaringBitmap,
    /// How many the limit leaves out.
    pub(super) beyond_limit: Option<u64>,
    /// How many are held out.
    pub(super) held_out: Option<u64>,
}

/// Folds what the passes of a segment found: rules, then the limit, then the hold-out.
pub(super) async fn outcome<B: Borrow<RoaringBitmap>>(
    lake: &Lake,
    over: &TryOut,
    segment: &SegmentDraft,
    found: &[Vec<B>],
) -> Result<Outcome, Problem> {
    let of = |place: Place| -> &RoaringBitmap { found[place.pass][place.condition].borrow() };
    let after = fold(segment.rules.iter().map(|rule| (rule.operator, of(rule.place))));
    let mut members = after.last().cloned().unwrap_or_default();
    let mut beyond_limit = None;
    if let Some(limit) = &segment.limit {
        let audience = [(SegmentDraft::AUDIENCE.to_owned(), members.clone())];
        let mut over = over.clone();
        over.rows.push(sets_held(SegmentDraft::AUDIENCE, "Rule", &audience));
        let rows = ask(lake, &over, limit).await?;
        let number = |row: &Vec<Value>| u32::try_from(row.first()?.as_u64()?).ok();
        let within: RoaringBitmap = rows.iter().filter_map(number).collect();
        beyond_limit = Some(members.difference_len(&within));
        members &= within;
    }
    let held_out = segment.holdout.map(|place| {
        let held = of(place);
        let count = members.intersection_len(held);
        members -= held;
        count
    });
    Ok(Outcome { after, members, beyond_limit, held_out })
}

/// Sets of numbers as a table of a name and a bitmap.
pub(super) fn sets_held(table: &str, names: &str, sets: &[(String, RoaringBitmap)]) -> RowsHeld {
    let words = StringArray::from_iter_values(sets.iter().map(|(name, _)| name));
    let bytes: Vec<Vec<u8>> = sets
        .iter()
        .map(|(_, bitmap)| {
            let mut bytes = Vec::with_capacity(bitmap.serialized_size());
            // A vector takes all bytes.
            let _ = bitmap.serialize_into(&mut bytes);
            bytes
        })
        .collect();
    let fields = vec![Field::new(names, Arrow::Utf8, true), Field::new("Members", Arrow::Binary, true)];
    let schema = Arc::new(Schema::new(fields));
    let columns: Vec<ArrayRef> = vec![Arc::new(words), Arc::new(BinaryArray::from_iter_values(bytes))];
    let batches = RecordBatch::try_new(Arc::clone(&schema), columns).into_iter().collect();
    RowsHeld { table: table.into(), schema, batches }
}

/// Some members, drawn by a seed, in order.
pub(super) fn draw(members: &RoaringBitmap, count: usize, seed: u64) -> Vec<u32> {
    let all = members.len();
    if all <= count as u64 {
        return members.iter().collect();
    }
    // SplitMix64: the same seed draws the same members.
    let mut state = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut drawn = std::collections::BTreeSet::new();
    while drawn.len() < count {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let place = u32::try_from((z ^ (z >> 31)) % all).unwrap_or_default();
        drawn.extend(members.select(place));
    }
    drawn.into_iter().collect()
}

/// The members of all segments of the published run.
pub(super) async fn all(
    onefold: &Onefold,
    lake: &Lake,
    published: &Arc<Published>,
) -> Result<Arc<HashMap<String, RoaringBitmap>>, Problem> {
    if let Some(known) = onefold.cache().members.get(&published.run_id) {
        return Ok(known);
    }
    let mut members = HashMap::new();
    if published.table("SegmentBitmap").is_some() {
        let query = sql!("select \"Segment\", \"Members\" from ", TableName::from("SegmentBitmap"));
        let found = lake.try_sql(&TryOut::of(published), &query, limits()).await.map_err(of_lake)?;
        let (batches, _) = found.collect().await.map_err(of_lake)?;
        for batch in &batches {
            let (Some(names), Some(bitmaps)) =
                (batch.column(0).as_string_opt::<i32>(), batch.column(1).as_binary_opt::<i32>())
            else {
                return Err(Problem::failed("the members of segments are not as this version writes them")
                    .hint("run again to write them anew"));
            };
            for (name, bitmap) in names.iter().zip(bitmaps.iter()) {
                let bitmap = bitmap.and_then(|bytes| RoaringBitmap::deserialize_from(bytes).ok());
                members.extend(name.map(str::to_owned).zip(bitmap));
            }
        }
    }
    Ok(onefold.cache().members.put(published.run_id.clone(), members, 2))
}

/// What segments have in common: every combination that somebody is in.
pub(super) async fn overlap(onefold: &Onefold, segments: &[String]) -> Result<OverlapView, Problem> {
    let mut wanted: Vec<&String> = Vec::new();
    for name in segments {
        if !wanted.contains(&name) {
            wanted.push(name);
        }
    }
    if !(2..=5).contains(&wanted.len()) {
        return Err(Problem::refused(format!("{} segments cannot be compared", wanted.len()))
            .hint("choose two to five different ones"));
    }
    let Reading { lake, published, .. } = onefold.reading().await?;
    let members = all(onefold, &lake, &published).await?;
    let mut bitmaps = Vec::new();
    for name in &wanted {
        let Some(bitmap) = members.get(name.as_str()) else {
            let problem = Problem::not_found(format!("the published run has no segment `{name}`"));
            return Err(match nearest(name, members.keys().map(String::as_str)) {
                Some(near) => problem.hint(format!("did you mean `{near}`?")),
                None => problem.hint("run first, or choose another segment"),
            });
        };
        bitmaps.push(bitmap);
    }
    // Each set splits what there is so far into those in it and those not, and adds those in it alone.
    let mut sets: BTreeMap<u32, RoaringBitmap> = BTreeMap::new();
    let mut seen = RoaringBitmap::new();
    for (place, bitmap) in bitmaps.iter().enumerate() {
        let mut next: BTreeMap<u32, RoaringBitmap> = BTreeMap::new();
        for (within, set) in sets {
            next.insert(within | 1 << place, &set & *bitmap);
            next.insert(within, set - *bitmap);
        }
        next.insert(1 << place, *bitmap - &seen);
        seen |= *bitmap;
        sets = next;
    }
    let within = |key: u32| wanted.iter().enumerate().filter(move |(place, _)| key & (1 << place) != 0);
    let mut sets: Vec<OverlapSet> = sets
        .into_iter()
        .filter(|(_, set)| !set.is_empty())
        .map(|(key, set)| OverlapSet {
            within: within(key).map(|(_, name)| (*name).clone()).collect(),
            count: set.len(),
        })
        .collect();
    sets.sort_by_key(|set| std::cmp::Reverse(set.count));
    Ok(OverlapView { segments: wanted.into_iter().cloned().collect(), sets })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_fold_from_left_to_right() {
        let of = |numbers: &[u32]| numbers.iter().copied().collect::<RoaringBitmap>();
        let (a, b, c) = (of(&[1, 2, 3]), of(&[2, 3, 4]), of(&[3]));
        let rules = [(SetOperator::Union, &a), (SetOperator::Intersect, &b), (SetOperator::Except, &c)];
        assert_eq!(fold(rules), [of(&[1, 2, 3]), of(&[2, 3]), of(&[2])]);
        let rules = [(SetOperator::Intersect, &a), (SetOperator::Union, &b)];
        assert_eq!(fold(rules), [of(&[]), b.clone()], "the first rule joins nobody");
    }

    #[test]
    fn a_seed_draws_the_same_members() {
        let members: RoaringBitmap = (0..10_000).map(|no| no * 3).collect();
        let drawn = draw(&members, 20, 7);
        assert_eq!((drawn.len(), &drawn), (20, &draw(&members, 20, 7)));
        assert!(drawn.iter().all(|no| members.contains(*no)) && drawn != draw(&members, 20, 8));
        assert_eq!(draw(&members, 20_000, 7).len(), 10_000);
    }
}
