//! Membership: folds the rules of segments into members, and finds who entered and left.
//!
//! Reads    bitmaps of profile numbers, one a rule; the last members; ids and numbers of profiles now and before
//! Writes   per segment its members, and the profiles that entered and left
//! Flow     rules folded left to right ─ last members in today's numbers ─ differences, named
//!
//! Members are folded level by level (`membership`), and compared when those of all levels are known (`moves`).
//!
//! Invariants
//! - A profile that kept its id did not enter or leave because numbers were given anew.
//! - One who left because the profile is gone is named as before.
//!
//! Not here: whether a rule holds for a profile (a scan), since when somebody is a member (a view).

use std::collections::HashMap;
use std::fmt;

use rayon::prelude::*;
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moved<'a> {
    /// Its number: of today, or the last it had.
    pub no: i32,
    /// Its id.
    pub id: &'a str,
}

/// The members of a segment.
#[derive(Clone, Debug, PartialEq)]
pub struct Members {
    /// Its name.
    pub segment: String,
    /// Number of members.
    pub count: u64,
    /// A portable Roaring bitmap of their numbers.
    pub members: Vec<u8>,
}

/// Who came to a segment and went from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// Its name.
    pub segment: String,
    /// Numbers of those who are in it and were not.
    entered: RoaringBitmap,
    /// Numbers of those who were in it and are not.
    left: RoaringBitmap,
    /// Numbers before of those who were in it and are no more.
    gone: RoaringBitmap,
}

/// Who came to all segments and went from them.
#[derive(Debug)]
pub struct Moves {
    /// Each, in order.
    pub segments: Vec<Changed>,
    numbers: Numbers,
}

impl Moves {
    /// Who entered a segment, by number.
    pub fn entered<'a>(&'a self, changed: &'a Changed) -> impl Iterator<Item = Moved<'a>> {
        changed.entered.iter().filter_map(|no| self.numbers.now.named(no))
    }
    /// Who left it, by number.
    pub fn left<'a>(&'a self, changed: &'a Changed) -> impl Iterator<Item = Moved<'a>> {
        let left = changed.left.iter().filter_map(|no| self.numbers.now.named(no));
        let mut gone = changed.gone.iter().filter_map(|no| self.numbers.before.named(no)).peekable();
        let mut left = left.peekable();
        std::iter::from_fn(move || match (left.peek(), gone.peek()) {
            (Some(a), Some(b)) if a <= b => left.next(),
            (Some(_), None) => left.next(),
            _ => gone.next(),
        })
    }
    /// How many entered or left in all.
    pub fn changes(&self) -> u64 {
        self.segments.iter().map(|changed| changed.entered.len() + changed.left.len() + changed.gone.len()).sum()
    }
    /// The numbers of all who entered or left.
    pub fn numbers(&self) -> RoaringBitmap {
        self.segments.iter().flat_map(|changed| [&changed.entered, &changed.left]).fold(
            RoaringBitmap::new(),
            |mut all, some| {
                all |= some;
                all
            },
        )
    }
    /// The same, where those who moved are named afterwards, as everybody has the number of before.
    #[must_use]
    pub fn named(self, now: Numbered) -> Self {
        Self { numbers: Numbers::new(now, Numbered::default()), ..self }
    }
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

/// Folds the rules of each segment.
///
/// `scanned` holds bitmaps by name of rule; rows of one rule are united.
///
/// # Errors
/// When bytes are no bitmap or a rule has none.
pub fn membership(segments: &[Segment], scanned: &[(String, Vec<u8>)]) -> Result<Vec<Members>, Wrong> {
    let scanned = Bitmaps::new(scanned);
    let members = |segment: &Segment| {
        let members = fold(segment, &scanned)?;
        let mut bytes = Vec::with_capacity(members.serialized_size());
        members.serialize_into(&mut bytes).expect("a vector takes all bytes");
        Ok(Members { segment: segment.name.clone(), count: members.len(), members: bytes })
    };
    let members: Vec<Result<Members, Wrong>> = segments.par_iter().map(members).collect();
    members.into_iter().collect()
}

/// Compares the members of segments with the last ones.
///
/// Both hold bitmaps by name of segment; a segment without last members had none. `before` may be empty where everybody
/// has the number of before; then `now` may be, too, until the changes are [named](Moves::named).
///
/// # Errors
/// When bytes are no bitmap.
pub fn moves(
    members: &[(String, Vec<u8>)],
    last: &[(String, Vec<u8>)],
    now: Numbered,
    before: Numbered,
) -> Result<Moves, Wrong> {
    let last = Bitmaps::new(last);
    let numbers = Numbers::new(now, before);
    let changed = |(segment, bytes): &(String, Vec<u8>)| {
        let members = bitmap(segment, bytes)?;
        let was = last.get(segment)?.unwrap_or_default();
        let (entered, left, gone) = numbers.differences(was, &members);
        Ok(Changed { segment: segment.clone(), entered, left, gone })
    };
    let segments: Vec<Result<Changed, Wrong>> = members.par_iter().map(changed).collect();
    Ok(Moves { segments: segments.into_iter().collect::<Result<_, _>>()?, numbers })
}

fn bitmap(name: &str, bytes: &[u8]) -> Result<RoaringBitmap, Wrong> {
    RoaringBitmap::deserialize_from(bytes).map_err(|_| Wrong::NotABitmap(name.to_owned()))
}

fn fold(segment: &Segment, scanned: &Bitmaps<'_>) -> Result<RoaringBitmap, Wrong> {
    let mut members = RoaringBitmap::new();
    for (place, (fold, rule)) in segment.rules.iter().enumerate() {
        let found = scanned.get(rule)?.ok_or_else(|| Wrong::NoRule(rule.clone()))?;
        match fold {
            _ if place == 0 => members = found,
            Fold::Union => members |= found,
            Fold::Intersect => members &= found,
            Fold::Except => members -= found,
        }
    }
    Ok(members)
}

/// Bitmaps by name, read when they are asked for: of ten thousand, a few are held at a time.
struct Bitmaps<'a>(HashMap<&'a str, Vec<&'a [u8]>>);

impl<'a> Bitmaps<'a> {
    fn new(rows: &'a [(String, Vec<u8>)]) -> Self {
        let mut all: HashMap<&str, Vec<&[u8]>> = HashMap::with_capacity(rows.len());
        rows.iter().for_each(|(name, bytes)| all.entry(name).or_default().push(bytes));
        Self(all)
    }
    /// What all rows of a name hold together; none when there is no such row.
    fn get(&self, name: &str) -> Result<Option<RoaringBitmap>, Wrong> {
        let Some(rows) = self.0.get(name) else { return Ok(None) };
        let mut all = RoaringBitmap::new();
        for bytes in rows {
            all |= bitmap(name, bytes)?;
        }
        Ok(Some(all))
    }
}

/// No row.
const NONE: u32 = u32::MAX;

/// Profiles, and the row of each number.
#[derive(Debug)]
struct Rows {
    of: Numbered,
    row: Vec<u32>,
}

impl Rows {
    fn new(of: Numbered) -> Self {
        // Numbers are given from zero on, with few holes.
        let end = of.no.iter().max().map_or(0, |&most| most as usize + 1);
        let mut row = vec![NONE; end];
        of.no.iter().enumerate().for_each(|(at, &no)| row[no as usize] = at as u32);
        Self { of, row }
    }
    fn id(&self, no: u32) -> Option<&str> {
        let row = self.row.get(no as usize).copied().filter(|&row| row != NONE)?;
        self.of.id.get(row as usize)
    }
    fn named(&self, no: u32) -> Option<Moved<'_>> {
        Some(Moved { no: no as i32, id: self.id(no)? })
    }
}

/// Profiles by number, and what became of the numbers before.
#[derive(Debug)]
struct Numbers {
    now: Rows,
    before: Rows,
    /// Numbers before that are not the same profile's today.
    moved: RoaringBitmap,
    /// Today's numbers of those; the others are gone.
    to: HashMap<u32, u32>,
}

impl Numbers {
    fn new(now: Numbered, before: Numbered) -> Self {
        let (now, before) = (Rows::new(now), Rows::new(before));
        // Numbers are kept but for rare occasions: only profiles that are not where they were are looked up by id.
        let all = before.of.no.iter().map(|&no| no as u32);
        let moved: RoaringBitmap = all.filter(|&no| now.id(no).is_none() || now.id(no) != before.id(no)).collect();
        let mut to = HashMap::new();
        if !moved.is_empty() {
            let no_of: HashMap<&str, u32> =
                now.of.id.iter().zip(&now.of.no).filter_map(|(id, &no)| Some((id?, no as u32))).collect();
            to.extend(moved.iter().filter_map(|no| Some((no, *no_of.get(before.id(no)?)?))));
        }
        Self { now, before, moved, to }
    }

    /// Who is in `members` and was not in `was`, who the other way round, and who was in it and is gone. `was` and those
    /// who are gone go by the numbers before.
    fn differences(
        &self,
        was: RoaringBitmap,
        members: &RoaringBitmap,
    ) -> (RoaringBitmap, RoaringBitmap, RoaringBitmap) {
        let mut gone = &was & &self.moved;
        let mut was_now = was - &self.moved;
        if !gone.is_empty() {
            let arrived: RoaringBitmap = gone.iter().filter_map(|no| self.to.get(&no).copied()).collect();
            was_now |= arrived;
            gone = gone.iter().filter(|no| !self.to.contains_key(no)).collect();
        }
        (members - &was_now, was_now - members, gone)
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
    fn ids<'a>(moved: impl Iterator<Item = Moved<'a>>) -> Vec<&'a str> {
        moved.map(|moved| moved.id).collect()
    }

    #[test]
    fn rules_fold_from_left_to_right() {
        let scanned =
            [("a".to_owned(), bytes([1, 2, 3])), ("b".to_owned(), bytes([2, 3, 4])), ("c".to_owned(), bytes([3]))];
        let cases = [
            (vec![(Fold::Union, "a"), (Fold::Intersect, "b"), (Fold::Except, "c")], vec![2]),
            (vec![(Fold::Intersect, "a"), (Fold::Except, "c"), (Fold::Union, "b")], vec![1, 2, 3, 4]),
            (vec![(Fold::Except, "a")], vec![1, 2, 3]),
            (vec![], vec![]),
        ];
        for (rules, expected) in cases {
            let found = membership(&[segment("s", &rules)], &scanned).unwrap();
            assert_eq!(numbers(&found[0].members), expected, "{rules:?}");
            assert_eq!(found[0].count, expected.len() as u64);
        }
    }

    #[test]
    fn rows_of_one_rule_are_united_and_what_is_wrong_is_told() {
        let scanned = [("a".to_owned(), bytes([1])), ("a".to_owned(), bytes([2]))];
        let of = |rule: &str| membership(&[segment("s", &[(Fold::Union, rule)])], &scanned);
        assert_eq!(of("a").unwrap()[0].count, 2);
        assert_eq!(of("b").unwrap_err(), Wrong::NoRule("b".into()));
        let broken = [("a".to_owned(), b"no bitmap".to_vec())];
        let of_broken = membership(&[segment("s", &[(Fold::Union, "a")])], &broken);
        assert_eq!(of_broken.unwrap_err(), Wrong::NotABitmap("a".into()));
        let moved = moves(&broken, &[], Numbered::default(), Numbered::default());
        assert_eq!(moved.unwrap_err(), Wrong::NotABitmap("a".into()));
    }

    #[test]
    fn changes_go_by_id_though_numbers_are_given_anew() {
        let before = people(&[("anna", 1), ("ben", 2), ("carl", 7), ("dora", 9)]);
        let now = people(&[("dora", 1), ("carl", 2), ("anna", 3), ("emil", 4)]);
        let members = [("s".to_owned(), bytes([1, 3, 4]))]; // dora, anna, emil
        let last = [("s".to_owned(), bytes([1, 2, 7]))]; // anna, ben, carl
        let found = moves(&members, &last, now, before).unwrap();
        assert_eq!(ids(found.entered(&found.segments[0])), ["dora", "emil"]);
        assert_eq!(ids(found.left(&found.segments[0])), ["ben", "carl"]); // ben is gone, carl is not in it
    }

    #[test]
    fn where_numbers_are_as_they_were_those_who_moved_are_named_afterwards() {
        let all = people(&[("anna", 1), ("ben", 2), ("carl", 7)]);
        let (members, last) = ([("s".to_owned(), bytes([1, 7]))], [("s".to_owned(), bytes([2, 7]))]);
        let known = moves(&members, &last, all.clone(), all).unwrap();
        let found = moves(&members, &last, Numbered::default(), Numbered::default()).unwrap();
        assert_eq!(found.numbers(), RoaringBitmap::from([1, 2]));
        let found = found.named(people(&[("anna", 1), ("ben", 2)]));
        for found in [known, found] {
            assert_eq!(ids(found.entered(&found.segments[0])), ["anna"]);
            assert_eq!(ids(found.left(&found.segments[0])), ["ben"]);
        }
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
            let members = [("s".to_owned(), bytes(is.values().copied()))];
            let last = [("s".to_owned(), bytes(had.values().copied()))];
            let found = moves(&members, &last, numbered(&now), numbered(&before)).unwrap();
            let of = &found.segments[0];
            let entered: BTreeSet<String> = found.entered(of).map(|moved| moved.id.to_owned()).collect();
            let left: Vec<Moved<'_>> = found.left(of).collect();
            prop_assert!(left.is_sorted());
            prop_assert_eq!((entered.len() + left.len()) as u64, found.changes());
            let left: BTreeSet<String> = left.iter().map(|moved| moved.id.to_owned()).collect();
            let expected = |a: &BTreeMap<String, u32>, b: &BTreeMap<String, u32>| {
                a.keys().filter(|id| !b.contains_key(*id)).cloned().collect::<BTreeSet<_>>()
            };
            prop_assert_eq!(entered, expected(&is, &had));
            prop_assert_eq!(left, expected(&had, &is));
        }
    }
}
