//! Membership: folds the rules of segments into members, and finds who entered and left.
//!
//! Reads    bitmaps of profile numbers, one a rule; the last members; ids and numbers of profiles now and before
//! Writes   per segment its members, and the profiles that entered and left
//! Flow     rules folded left to right ─ last members in today's numbers ─ differences, named
//!
//! Invariants
//! - A profile that kept its id did not enter or leave because numbers were given anew.
//! - One who left because the profile is gone is named as before.
//!
//! Not here: whether a rule holds for a profile (a scan), since when somebody is a member (a view).

use std::collections::HashMap;
use std::fmt;

use roaring::RoaringBitmap;

use crate::frame::TextColumn;

/// How a rule joins those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// Those in either; also what the first rule of a segment does, whatever it says.
    Union,
    /// Those in both.
    Intersect,
    /// Those not in this one.
    Except,
}

/// A segment: its name, and its rules in order, by the names of their bitmaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its name.
    pub name: String,
    /// Its rules.
    pub rules: Vec<(Fold, String)>,
}

/// Profiles by id and number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbered {
    /// The id of each.
    pub id: TextColumn,
    /// Its number.
    pub no: Vec<i32>,
}

/// A profile that entered or left.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moved {
    /// Its number: of today, or the last it had.
    pub no: i32,
    /// Its id.
    pub id: String,
}

/// What became of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    /// Its name.
    pub segment: String,
    /// Number of members.
    pub count: u64,
    /// A portable Roaring bitmap of their numbers.
    pub members: Vec<u8>,
    /// Who is in it and was not, by number.
    pub entered: Vec<Moved>,
    /// Who was in it and is not, by number.
    pub left: Vec<Moved>,
}

/// Why members cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Bytes that are no portable Roaring bitmap, under this name.
    NotABitmap(String),
    /// A rule without a bitmap.
    NoRule(String),
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotABitmap(name) => write!(f, "the members of `{name}` are no bitmap"),
            Self::NoRule(name) => write!(f, "rule `{name}` was not looked at"),
        }
    }
}

impl std::error::Error for Wrong {}

/// Folds the rules of each segment and compares the outcome with the last one.
///
/// `scanned` and `last` hold bitmaps by name of rule and of segment; rows of one rule are united. A segment without last
/// members had none.
///
/// # Errors
/// When bytes are no bitmap or a rule has none.
pub fn membership(
    segments: &[Segment],
    scanned: &[(String, Vec<u8>)],
    last: &[(String, Vec<u8>)],
    now: &Numbered,
    before: &Numbered,
) -> Result<Vec<Members>, Wrong> {
    let (scanned, last) = (bitmaps(scanned)?, bitmaps(last)?);
    let numbers = Numbers::new(now, before);
    segments
        .iter()
        .map(|segment| {
            let members = fold(segment, &scanned)?;
            let none = RoaringBitmap::new();
            let was = last.get(segment.name.as_str()).unwrap_or(&none);
            let (entered, left) = numbers.differences(was, &members);
            let mut bytes = Vec::with_capacity(members.serialized_size());
            members.serialize_into(&mut bytes).expect("a vector takes all bytes");
            Ok(Members { segment: segment.name.clone(), count: members.len(), members: bytes, entered, left })
        })
        .collect()
}

fn fold(segment: &Segment, scanned: &HashMap<&str, RoaringBitmap>) -> Result<RoaringBitmap, Wrong> {
    let mut members = RoaringBitmap::new();
    for (place, (fold, rule)) in segment.rules.iter().enumerate() {
        let found = scanned.get(rule.as_str()).ok_or_else(|| Wrong::NoRule(rule.clone()))?;
        match fold {
            _ if place == 0 => members |= found,
            Fold::Union => members |= found,
            Fold::Intersect => members &= found,
            Fold::Except => members -= found,
        }
    }
    Ok(members)
}

fn bitmaps(rows: &[(String, Vec<u8>)]) -> Result<HashMap<&str, RoaringBitmap>, Wrong> {
    let mut all: HashMap<&str, RoaringBitmap> = HashMap::new();
    for (name, bytes) in rows {
        let found = RoaringBitmap::deserialize_from(&bytes[..]).map_err(|_| Wrong::NotABitmap(name.clone()))?;
        *all.entry(name).or_default() |= found;
    }
    Ok(all)
}

/// Rows of profiles by number, and what became of the numbers before.
struct Numbers<'a> {
    now: &'a Numbered,
    before: &'a Numbered,
    row_now: HashMap<u32, usize>,
    row_before: HashMap<u32, usize>,
    /// Today's number of each number before, where the two differ; `None` for profiles that are gone.
    moved: HashMap<u32, Option<u32>>,
}

impl<'a> Numbers<'a> {
    fn new(now: &'a Numbered, before: &'a Numbered) -> Self {
        let rows = |all: &Numbered| all.no.iter().enumerate().map(|(row, &no)| (no as u32, row)).collect();
        let (row_now, row_before): (HashMap<u32, usize>, HashMap<u32, usize>) = (rows(now), rows(before));
        // Numbers are kept but for rare occasions: only profiles that are not where they were are looked up by id.
        let stayed = |row: usize, no: u32| row_now.get(&no).is_some_and(|&at| now.id.get(at) == before.id.get(row));
        let lost: Vec<(usize, u32)> = before
            .no
            .iter()
            .enumerate()
            .map(|(row, &no)| (row, no as u32))
            .filter(|&(row, no)| !stayed(row, no))
            .collect();
        let mut moved = HashMap::new();
        if !lost.is_empty() {
            let no_of: HashMap<&str, u32> =
                now.id.iter().zip(&now.no).filter_map(|(id, &no)| Some((id?, no as u32))).collect();
            moved.extend(lost.iter().map(|&(row, no)| (no, before.id.get(row).and_then(|id| no_of.get(id).copied()))));
        }
        Self { now, before, row_now, row_before, moved }
    }

    /// Who is in `members` and was not in `was`, and the other way round. `was` holds the numbers before.
    fn differences(&self, was: &RoaringBitmap, members: &RoaringBitmap) -> (Vec<Moved>, Vec<Moved>) {
        let mut still = was.clone();
        let mut gone = Vec::new();
        let mut arrived = RoaringBitmap::new();
        if !self.moved.is_empty() {
            for no in was {
                match self.moved.get(&no) {
                    None => {}
                    Some(to) => {
                        still.remove(no);
                        match to {
                            Some(to) => _ = arrived.insert(*to),
                            None => gone.extend(self.named(no, self.before, &self.row_before)),
                        }
                    }
                }
            }
        }
        let was_now = still | arrived;
        let entered = (members - &was_now).iter().filter_map(|no| self.named(no, self.now, &self.row_now)).collect();
        let mut left: Vec<Moved> =
            (&was_now - members).iter().filter_map(|no| self.named(no, self.now, &self.row_now)).chain(gone).collect();
        left.sort();
        (entered, left)
    }

    fn named(&self, no: u32, of: &Numbered, rows: &HashMap<u32, usize>) -> Option<Moved> {
        let row = *rows.get(&no)?;
        Some(Moved { no: of.no[row], id: of.id.get(row)?.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    fn bytes(numbers: impl IntoIterator<Item = u32>) -> Vec<u8> {
        let mut bytes = Vec::new();
        numbers.into_iter().collect::<RoaringBitmap>().serialize_into(&mut bytes).unwrap();
        bytes
    }
    fn people(of: &[(&str, i32)]) -> Numbered {
        Numbered { id: of.iter().map(|(id, _)| Some(*id)).collect(), no: of.iter().map(|(_, no)| *no).collect() }
    }
    fn segment(name: &str, rules: &[(Fold, &str)]) -> Segment {
        Segment { name: name.into(), rules: rules.iter().map(|(fold, rule)| (*fold, (*rule).into())).collect() }
    }
    fn numbers(bytes: &[u8]) -> Vec<u32> {
        RoaringBitmap::deserialize_from(bytes).unwrap().iter().collect()
    }
    fn ids(moved: &[Moved]) -> Vec<&str> {
        moved.iter().map(|moved| moved.id.as_str()).collect()
    }

    #[test]
    fn rules_fold_from_left_to_right() {
        let scanned =
            [("a".to_owned(), bytes([1, 2, 3])), ("b".to_owned(), bytes([2, 3, 4])), ("c".to_owned(), bytes([3]))];
        let people = people(&[("p1", 1), ("p2", 2), ("p3", 3), ("p4", 4)]);
        let cases = [
            (vec![(Fold::Union, "a"), (Fold::Intersect, "b"), (Fold::Except, "c")], vec![2]),
            (vec![(Fold::Intersect, "a"), (Fold::Except, "c"), (Fold::Union, "b")], vec![1, 2, 3, 4]),
            (vec![(Fold::Except, "a")], vec![1, 2, 3]),
            (vec![], vec![]),
        ];
        for (rules, expected) in cases {
            let found = membership(&[segment("s", &rules)], &scanned, &[], &people, &people).unwrap();
            assert_eq!(numbers(&found[0].members), expected, "{rules:?}");
            assert_eq!(found[0].count, expected.len() as u64);
        }
    }

    #[test]
    fn rows_of_one_rule_are_united_and_what_is_wrong_is_told() {
        let scanned = [("a".to_owned(), bytes([1])), ("a".to_owned(), bytes([2]))];
        let people = people(&[("p1", 1), ("p2", 2)]);
        let of = |rule: &str| membership(&[segment("s", &[(Fold::Union, rule)])], &scanned, &[], &people, &people);
        assert_eq!(of("a").unwrap()[0].count, 2);
        assert_eq!(of("b"), Err(Wrong::NoRule("b".into())));
        let broken = [("a".to_owned(), b"no bitmap".to_vec())];
        assert_eq!(membership(&[], &broken, &[], &people, &people), Err(Wrong::NotABitmap("a".into())));
    }

    #[test]
    fn changes_go_by_id_though_numbers_are_given_anew() {
        let before = people(&[("anna", 1), ("ben", 2), ("carl", 7), ("dora", 9)]);
        let now = people(&[("dora", 1), ("carl", 2), ("anna", 3), ("emil", 4)]);
        let scanned = [("r".to_owned(), bytes([1, 3, 4]))]; // dora, anna, emil
        let last = [("s".to_owned(), bytes([1, 2, 7]))]; // anna, ben, carl
        let found = membership(&[segment("s", &[(Fold::Union, "r")])], &scanned, &last, &now, &before).unwrap();
        assert_eq!(ids(&found[0].entered), ["dora", "emil"]);
        assert_eq!(ids(&found[0].left), ["ben", "carl"]); // ben is gone, carl is not in it
    }

    proptest! {
        /// The naive twin: sets of ids.
        #[test]
        fn changes_are_differences_of_sets_of_ids(
            now in proptest::collection::btree_map(0..30u32, 0..40i32, 0..30),
            before in proptest::collection::btree_map(0..30u32, 0..40i32, 0..30),
            members in proptest::collection::btree_set(0..40u32, 0..30),
            was in proptest::collection::btree_set(0..40u32, 0..30),
        ) {
            let distinct = |all: BTreeMap<u32, i32>| {
                let mut seen = BTreeSet::new();
                all.into_iter().filter(|(_, no)| seen.insert(*no)).map(|(id, no)| (format!("p{id}"), no)).collect::<Vec<_>>()
            };
            let (now, before) = (distinct(now), distinct(before));
            let known = |all: &[(String, i32)], set: &BTreeSet<u32>| -> BTreeMap<String, u32> {
                all.iter().filter(|(_, no)| set.contains(&(*no as u32))).map(|(id, no)| (id.clone(), *no as u32)).collect()
            };
            let (is, had) = (known(&now, &members), known(&before, &was));
            let numbered = |all: &[(String, i32)]| Numbered {
                id: all.iter().map(|(id, _)| Some(id.as_str())).collect(),
                no: all.iter().map(|(_, no)| *no).collect(),
            };
            let scanned = [("r".to_owned(), bytes(is.values().copied()))];
            let last = [("s".to_owned(), bytes(had.values().copied()))];
            let all = [segment("s", &[(Fold::Union, "r")])];
            let found = membership(&all, &scanned, &last, &numbered(&now), &numbered(&before)).unwrap();
            let set = |moved: &[Moved]| moved.iter().map(|moved| moved.id.clone()).collect::<BTreeSet<_>>();
            let expected = |a: &BTreeMap<String, u32>, b: &BTreeMap<String, u32>| {
                a.keys().filter(|id| !b.contains_key(*id)).cloned().collect::<BTreeSet<_>>()
            };
            prop_assert_eq!(set(&found[0].entered), expected(&is, &had));
            prop_assert_eq!(set(&found[0].left), expected(&had, &is));
        }
    }
}
