//! Near: how near two texts are, and all pairs of texts that are near enough.
//!
//! Reads    distinct texts, the least score
//! Writes   pairs of them with their score
//! Flow     lengths that can be near ─ texts that share a segment (or, where segments are too short, share letters) ─ edits
//!
//! The score is that of 2.3 of the reference: (n − edits) / n, n the letters of the longer text, edits the least number of
//! insertions, deletions and substitutions. A text in d + 1 segments has at least one of them whole in every text
//! that is at most d edits away (Li, Deng, Wang, Feng: Pass-Join, VLDB 2011): that finds the pairs of high scores without
//! looking at all. Below some 0.7 segments are single letters and find nothing: there all texts of fitting lengths are looked
//! at, most of them only by a set of their letters in one word.
//!
//! Invariants
//! - Every pair that is near enough is found, each once, unless the work would pass [`MOST_WORK`]: then the pairs that were
//!   not looked at are counted, and those that are left out are the same whatever the order of the texts.
//! - A score of 1 is equality.

mod segments;

use std::collections::BTreeMap;

use rapidfuzz::distance::levenshtein as rapid;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use segments::Segments;

/// What may be done before pairs are left out, in pairs that are looked at by a word of letters each: some seconds on one
/// core.
pub const MOST_WORK: u64 = 1 << 33;
/// Texts whose pairs are kept at once.
const CHUNK: usize = 512;
/// Pairs of two lengths below which all are looked at.
const FEW: usize = 1 << 14;

/// How near two texts are: 0 nothing in common, 1 equal. Two empty texts are equal.
pub fn similarity(a: &str, b: &str) -> f64 {
    let longer = a.chars().count().max(b.chars().count());
    if longer == 0 {
        return 1.0;
    }
    score(longer, rapid::distance(a.chars(), b.chars()))
}

/// The score of texts of which the longer has so many letters, at so many edits.
fn score(longer: usize, edits: usize) -> f64 {
    (longer - edits) as f64 / longer as f64
}

/// The most edits at which texts, of which the longer has so many letters, are near enough.
fn most_edits(longer: usize, at_least: f64) -> usize {
    let enough = |edits: usize| edits <= longer && score(longer, edits) >= at_least;
    let mut edits = ((longer as f64) * (1.0 - at_least)).floor().max(0.0) as usize;
    while !enough(edits) && edits > 0 {
        edits -= 1;
    }
    while enough(edits + 1) {
        edits += 1;
    }
    edits
}

/// Texts as letters that can be compared fast.
pub struct Letters {
    /// Where each text ends.
    ends: Vec<usize>,
    /// Letters by number, when there are at most 256 different ones.
    small: Vec<u8>,
    /// Letters, when there are more.
    wide: Vec<char>,
    /// Which letters a text has, one bit for several.
    sets: Vec<u64>,
}

impl Letters {
    /// The letters of texts.
    pub fn new(texts: &[&str]) -> Self {
        let mut numbers: FxHashMap<char, u32> = FxHashMap::default();
        let mut different: Vec<char> =
            texts.iter().flat_map(|text| text.chars()).collect::<FxHashSet<_>>().into_iter().collect();
        different.sort_unstable();
        different.iter().enumerate().for_each(|(number, &letter)| _ = numbers.insert(letter, number as u32));
        let is_small = different.len() <= 256;
        let mut all = Self { ends: Vec::new(), small: Vec::new(), wide: Vec::new(), sets: Vec::new() };
        for text in texts {
            let mut set = 0;
            for letter in text.chars() {
                let number = numbers[&letter];
                set |= 1 << (number % 64);
                if is_small { all.small.push(number as u8) } else { all.wide.push(letter) }
            }
            all.ends.push(all.small.len().max(all.wide.len()));
            all.sets.push(set);
        }
        all
    }
    fn range(&self, text: u32) -> std::ops::Range<usize> {
        let text = text as usize;
        (if text == 0 { 0 } else { self.ends[text - 1] })..self.ends[text]
    }
    /// Letters of a text.
    pub fn len(&self, text: u32) -> usize {
        self.range(text).len()
    }
    /// The score of two texts, when it is at least so much.
    pub fn at_least(&self, a: u32, b: u32, least: f64) -> Option<f64> {
        if a == b {
            return Some(1.0);
        }
        let longer = self.len(a).max(self.len(b));
        let most = most_edits(longer, least);
        (most > 0).then(|| self.within(a, b, most)).flatten().map(|edits| score(longer, edits))
    }
    /// The edits between two texts, when they are at most so many.
    fn within(&self, a: u32, b: u32, most: usize) -> Option<usize> {
        if self.have_more_edits(a, b, most) {
            return None;
        }
        Pattern::new(self, a).within(self, b, most)
    }
    /// Whether two texts have so many letters of their own that there are more edits: each of them is one.
    fn have_more_edits(&self, a: u32, b: u32, most: usize) -> bool {
        let (set, other) = (self.sets[a as usize], self.sets[b as usize]);
        (set & !other).count_ones().max((other & !set).count_ones()) as usize > most
    }
    /// A number for the letters from `from` on, so many of them: equal for equal letters.
    fn hash(&self, text: u32, from: usize, count: usize) -> u64 {
        let start = self.range(text).start + from;
        let mix = |hash: u64, letter: u64| (hash ^ (letter + 1)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23);
        match self.wide.is_empty() {
            true => self.small[start..start + count].iter().fold(7, |hash, &letter| mix(hash, letter.into())),
            false => {
                self.wide[start..start + count].iter().fold(7, |hash, &letter| mix(hash, u32::from(letter).into()))
            }
        }
    }
}

/// A text against which others are held.
struct Pattern {
    text: u32,
    letters: usize,
    /// By letter the places that have it; for texts of at most 64 letters out of at most 256.
    places: Option<Box<[u64; 256]>>,
}

impl Pattern {
    fn new(all: &Letters, text: u32) -> Self {
        let range = all.range(text);
        let letters = range.len();
        let fits = all.wide.is_empty() && (1..=64).contains(&letters);
        let places = fits.then(|| {
            let mut places = Box::new([0; 256]);
            all.small[range].iter().enumerate().for_each(|(place, &letter)| places[usize::from(letter)] |= 1 << place);
            places
        });
        Self { text, letters, places }
    }
    /// The edits between it and another text, when they are at most so many.
    fn within(&self, all: &Letters, other: u32, most: usize) -> Option<usize> {
        let (own, other) = (all.range(self.text), all.range(other));
        let args = rapid::Args::default().score_cutoff(most);
        match &self.places {
            Some(places) => self.count(places, &all.small[other], most),
            None if all.wide.is_empty() => {
                rapid::distance_with_args(all.small[own].iter().copied(), all.small[other].iter().copied(), &args)
            }
            None => rapid::distance_with_args(all.wide[own].iter().copied(), all.wide[other].iter().copied(), &args),
        }
    }
    /// Hyyrö's bit-parallel count: a column of the table in a word.
    fn count(&self, places: &[u64; 256], other: &[u8], most: usize) -> Option<usize> {
        let last = 1_u64 << (self.letters - 1);
        let (mut more, mut less, mut edits) = (u64::MAX, 0_u64, self.letters);
        for (at, &letter) in other.iter().enumerate() {
            let equal = places[usize::from(letter)];
            let across = (((equal & more).wrapping_add(more)) ^ more) | equal;
            let (mut up, mut down) = (less | !(across | more), more & across);
            edits += usize::from(up & last != 0);
            edits -= usize::from(down & last != 0);
            if edits > most + (other.len() - at - 1) {
                return None; // each letter that is left takes back one edit at most
            }
            (up, down) = ((up << 1) | 1, down << 1);
            let vertical = equal | less;
            (more, less) = (down | !(vertical | up), up & vertical);
        }
        (edits <= most).then_some(edits)
    }
}

/// Calls `found` with all pairs of a text of `left` and one of `right` that are at least so near, and their score; in an
/// order that follows from that of the texts alone. Without `right` the pairs within `left`, each once. Texts of a side
/// differ from each other; equal texts have the same number. Gives the number of pairs that were not looked at.
pub fn pairs(
    letters: &Letters,
    left: &[u32],
    right: Option<&[u32]>,
    at_least: f64,
    most_work: u64,
    found: &mut dyn FnMut(u32, u32, f64),
) -> u64 {
    let longer = Join { letters, at_least, most_work, same: right.is_none(), equal: true };
    match right {
        None => longer.run(left, left, found),
        Some(right) => {
            let skipped = longer.run(left, right, found);
            // Texts of the right that are longer than those of the left.
            let shorter = Join { equal: false, ..longer };
            skipped + shorter.run(right, left, &mut |b, a, score| found(a, b, score))
        }
    }
}

/// Texts of one side, the longer ones, against those of the other.
struct Join<'a> {
    letters: &'a Letters,
    at_least: f64,
    most_work: u64,
    /// Both sides are the same: pairs of one length come once.
    same: bool,
    /// Texts of one length are compared too.
    equal: bool,
}

/// Texts of one length that begin alike, sorted by their letters.
type Shelves = BTreeMap<(u64, usize), Vec<u32>>;

impl Join<'_> {
    fn run(&self, longer: &[u32], shorter: &[u32], found: &mut dyn FnMut(u32, u32, f64)) -> u64 {
        let prefix = self.prefix(longer, shorter);
        let (long, short) = (self.shelves(longer, prefix), self.shelves(shorter, prefix));
        let mut skipped = match prefix {
            0 => 0,
            _ => work(&self.shelves(longer, 0), &self.shelves(shorter, 0), self) - work(&long, &short, self),
        };
        let mut segments: FxHashMap<(usize, usize), Segments> = FxHashMap::default();
        let (by_length, by_length_short) = (self.shelves(longer, 0), self.shelves(shorter, 0));
        // Where segments find the pairs, texts need not begin alike.
        for (&(_, n), texts) in &by_length {
            let edits = most_edits(n, self.at_least);
            for m in self.lengths(n) {
                let Some(others) = by_length_short.get(&(0, m)).filter(|_| self.by_segments(m, edits)) else {
                    continue;
                };
                if texts.len() * others.len() <= FEW {
                    self.scan(texts, others, edits, found);
                    continue;
                }
                let index = segments.entry((m, edits)).or_insert_with(|| Segments::new(self.letters, others, m, edits));
                skipped += self.probe(index, texts, n, edits, found);
            }
            segments.retain(|(m, _), _| *m + edits + 1 >= n);
        }
        for (&(start, n), texts) in &long {
            let edits = most_edits(n, self.at_least);
            for m in self.lengths(n).filter(|&m| !self.by_segments(m, edits)) {
                if let Some(others) = short.get(&(start, m)) {
                    self.scan(texts, others, edits, found);
                }
            }
        }
        skipped
    }
    /// The lengths, up to this one, of texts that can be near one of this length.
    fn lengths(&self, n: usize) -> std::ops::Range<usize> {
        n - most_edits(n, self.at_least)..n + usize::from(self.equal)
    }
    /// Whether segments are long enough to tell texts apart; at no edits the one segment is the whole text.
    fn by_segments(&self, m: usize, edits: usize) -> bool {
        edits == 0 || m >= 3 * (edits + 1)
    }
    /// How many letters must be alike at the beginning for the work not to pass what may be done.
    fn prefix(&self, longer: &[u32], shorter: &[u32]) -> usize {
        let fits = |prefix: usize| {
            work(&self.shelves(longer, prefix), &self.shelves(shorter, prefix), self) <= self.most_work / self.dear()
        };
        (0..8).find(|&prefix| fits(prefix)).unwrap_or(8)
    }
    /// What looking at a pair costs: the lower the score, the more pairs must have their edits counted.
    fn dear(&self) -> u64 {
        match self.at_least {
            low if low < 0.7 => 8,
            _ => 1,
        }
    }
    fn shelves(&self, texts: &[u32], prefix: usize) -> Shelves {
        let mut shelves = Shelves::new();
        for &text in texts {
            let length = self.letters.len(text);
            let start = if prefix == 0 { 0 } else { self.letters.hash(text, 0, prefix.min(length)) };
            shelves.entry((start, length)).or_default().push(text);
        }
        shelves
    }
    fn scan(&self, texts: &[u32], others: &[u32], edits: usize, found: &mut dyn FnMut(u32, u32, f64)) {
        let once =
            self.same && texts.first().map(|&t| self.letters.len(t)) == others.first().map(|&t| self.letters.len(t));
        self.chunks(texts, found, |place, text| {
            let others = if once { &others[place + 1..] } else { others };
            let pattern = Pattern::new(self.letters, text);
            others.iter().filter_map(|&other| self.near(&pattern, other, edits)).collect()
        });
    }
    fn probe(
        &self,
        index: &Segments,
        texts: &[u32],
        n: usize,
        edits: usize,
        found: &mut dyn FnMut(u32, u32, f64),
    ) -> u64 {
        let (longest, skipped) = index.longest(self.letters, texts, n, self.most_work / 16);
        let once = self.same && index.length() == n;
        let place: FxHashMap<u32, usize> = match once {
            true => texts.iter().enumerate().map(|(place, &text)| (text, place)).collect(),
            false => FxHashMap::default(),
        };
        self.chunks(texts, found, |at, text| {
            let mut candidates = index.candidates(self.letters, text, n, longest);
            candidates.sort_unstable();
            candidates.dedup();
            candidates.retain(|other| !once || place.get(other).is_none_or(|&other| other > at));
            let pattern = Pattern::new(self.letters, text);
            candidates.into_iter().filter_map(|other| self.near(&pattern, other, edits)).collect()
        });
        skipped
    }
    fn near(&self, pattern: &Pattern, other: u32, edits: usize) -> Option<(u32, u32, f64)> {
        let text = pattern.text;
        if text == other {
            return (!self.same).then_some((text, other, 1.0));
        }
        if edits == 0 || self.letters.have_more_edits(text, other, edits) {
            return None;
        }
        let edits = pattern.within(self.letters, other, edits)?;
        Some((text, other, score(pattern.letters, edits)))
    }
    /// Looks for the pairs of each text, some texts at a time on all threads, and tells them in the order of texts.
    fn chunks(
        &self,
        texts: &[u32],
        found: &mut dyn FnMut(u32, u32, f64),
        pairs: impl Fn(usize, u32) -> Vec<(u32, u32, f64)> + Sync,
    ) {
        for (number, chunk) in texts.chunks(CHUNK).enumerate() {
            let first = number * CHUNK;
            let of_chunk: Vec<Vec<_>> =
                chunk.par_iter().enumerate().map(|(place, &text)| pairs(first + place, text)).collect();
            of_chunk.into_iter().flatten().for_each(|(a, b, score)| found(a, b, score));
        }
    }
}

/// Pairs that are looked at one by one.
fn work(long: &Shelves, short: &Shelves, join: &Join<'_>) -> u64 {
    let of = |(&(start, n), texts): (&(u64, usize), &Vec<u32>)| -> u64 {
        let edits = most_edits(n, join.at_least);
        let lengths = join.lengths(n).filter(|&m| !join.by_segments(m, edits));
        let others = lengths.map(|m| short.get(&(start, m)).map_or(0, Vec::len) as u64).sum::<u64>();
        texts.len() as u64 * others
    };
    long.iter().map(of).sum()
}

#[cfg(test)]
mod tests;
