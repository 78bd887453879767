//! Members: the segments of a profile and since when, by bitmaps that are read once a run.
//!
//! Reads    `SegmentBitmap`, `SegmentChange`
//!
//! Invariants
//! - `since` is the last instant at which a present member entered; as the view `SegmentMembership` has it.

use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array as _, AsArray as _};
use arrow::datatypes::TimestampMicrosecondType;
use onefold_api::Problem;
use onefold_lake::lookup::whole;
use onefold_lake::{Lake, Published};
use roaring::RoaringBitmap;

use super::ids::Ids;
use super::laid::LaidMembers;
use crate::runner::problem::of_lake;

/// The members of the segments of a run, by name.
#[derive(Default)]
pub(super) struct Members(BTreeMap<String, Segment>);

#[derive(Default)]
struct Segment {
    members: RoaringBitmap,
    /// Members by when they entered (µs), newest first; each is in one.
    entered: Vec<(i64, RoaringBitmap)>,
}

impl Members {
    /// Reads the members of a run.
    pub(super) fn read(lake: &Lake, published: &Published, ids: &Ids) -> Result<Self, Problem> {
        let mut all = Self(
            bitmaps(lake, published)?
                .into_iter()
                .map(|(name, members)| (name, Segment { members, entered: Vec::new() }))
                .collect(),
        );
        let Some(changes) = published.table("SegmentChange") else { return Ok(all) };
        // By segment and instant.
        let mut entered: HashMap<String, BTreeMap<i64, RoaringBitmap>> = HashMap::new();
        let columns = ["Segment", "CustomerId", "Change", "At"];
        for batch in whole(lake, changes, &columns).map_err(of_lake)? {
            let batch = batch.map_err(of_lake)?;
            let text = |at: usize| batch.column(at).as_string::<i32>();
            let (names, customers, kinds) = (text(0), text(1), text(2));
            let instants = batch.column(3).as_primitive::<TimestampMicrosecondType>();
            for row in 0..batch.num_rows() {
                if kinds.value(row) != "entered" || instants.is_null(row) {
                    continue;
                }
                let Some(segment) = all.0.get(names.value(row)) else { continue };
                let Some(number) = ids.of_id(customers.value(row)) else { continue };
                if segment.members.contains(number) {
                    let of_segment = match entered.get_mut(names.value(row)) {
                        Some(known) => known,
                        None => entered.entry(names.value(row).to_owned()).or_default(),
                    };
                    of_segment.entry(instants.value(row)).or_default().insert(number);
                }
            }
        }
        for (name, by_instant) in entered {
            let Some(segment) = all.0.get_mut(&name) else { continue };
            let mut seen = RoaringBitmap::new();
            for (at, mut numbers) in by_instant.into_iter().rev() {
                numbers -= &seen;
                seen |= &numbers;
                segment.entered.push((at, numbers));
            }
        }
        Ok(all)
    }
    /// The members of a segment.
    pub(super) fn bitmap(&self, segment: &str) -> Option<&RoaringBitmap> {
        self.0.get(segment).map(|segment| &segment.members)
    }
    /// The segments of a profile, each with when it entered (µs), by name, with what is laid over.
    pub(super) fn with<'a>(
        &'a self,
        laid: &'a LaidMembers,
        number: u32,
    ) -> impl Iterator<Item = (&'a str, Option<i64>)> {
        let is_member = move |(name, segment): &(&String, &Segment)| {
            laid.has(name, number).unwrap_or_else(|| segment.members.contains(number))
        };
        self.0.iter().filter(is_member).map(move |(name, segment)| {
            // Who entered since the run has no instant yet.
            let since = segment.entered.iter().find(|(_, numbers)| numbers.contains(number));
            (name.as_str(), since.map(|(at, _)| *at))
        })
    }
}

/// The members of every segment of a run.
pub(super) fn bitmaps(lake: &Lake, published: &Published) -> Result<BTreeMap<String, RoaringBitmap>, Problem> {
    let mut all = BTreeMap::new();
    let Some(table) = published.table("SegmentBitmap") else { return Ok(all) };
    for batch in whole(lake, table, &["Segment", "Members"]).map_err(of_lake)? {
        let batch = batch.map_err(of_lake)?;
        let names = batch.column(0).as_string::<i32>();
        for (name, bytes) in names.iter().zip(batch.column(1).as_binary::<i32>()) {
            let members = bytes.and_then(|bytes| RoaringBitmap::deserialize_from(bytes).ok());
            all.extend(name.map(str::to_owned).zip(members));
        }
    }
    Ok(all)
}
