//! Segments: texts of one length by their pieces.
//!
//! Invariants
//! - A text at most so many edits away from an indexed one has one of its segments at a place where it is looked for (the
//!   multi-match-aware choice of Pass-Join, section 4.2 there).

use rustc_hash::FxHashMap;

use super::Letters;

/// The segments of texts of one length.
pub(super) struct Segments {
    length: usize,
    edits: usize,
    /// Start and length of each segment.
    parts: Vec<(usize, usize)>,
    /// Texts by segment and its letters.
    texts: FxHashMap<(u32, u64), Vec<u32>>,
}

impl Segments {
    /// Cuts texts of a length into one segment more than there may be edits.
    pub(super) fn new(letters: &Letters, texts: &[u32], length: usize, edits: usize) -> Self {
        let count = edits + 1;
        let (least, longer) = (length / count, length % count);
        let mut parts = Vec::with_capacity(count);
        let mut start = 0;
        for part in 0..count {
            let size = least + usize::from(part >= count - longer);
            parts.push((start, size));
            start += size;
        }
        let mut by_part: FxHashMap<(u32, u64), Vec<u32>> = FxHashMap::default();
        for &text in texts {
            for (part, &(start, size)) in parts.iter().enumerate() {
                by_part.entry((part as u32, letters.hash(text, start, size))).or_default().push(text);
            }
        }
        Self { length, edits, parts, texts: by_part }
    }
    /// The length of its texts.
    pub(super) fn length(&self) -> usize {
        self.length
    }
    /// The lists in which texts near one of length `n` are looked for.
    fn lists<'s>(&'s self, letters: &'s Letters, text: u32, n: usize) -> impl Iterator<Item = &'s Vec<u32>> {
        let more = n - self.length;
        self.parts.iter().enumerate().flat_map(move |(part, &(start, size))| {
            let left = (start.saturating_sub(part), start + part);
            let behind = self.edits - part;
            let right = ((start + more).saturating_sub(behind), start + more + behind);
            let (from, to) = (left.0.max(right.0), left.1.min(right.1).min(n - size));
            (from..=to).filter_map(move |at| self.texts.get(&(part as u32, letters.hash(text, at, size))))
        })
    }
    /// The longest list that may be looked through so that the work stays within bounds, and the pairs in longer ones.
    pub(super) fn longest(&self, letters: &Letters, texts: &[u32], n: usize, most_work: u64) -> (usize, u64) {
        let mut by_size = [0_u64; 33];
        for &text in texts {
            for list in self.lists(letters, text, n) {
                by_size[list.len().next_power_of_two().ilog2() as usize] += list.len() as u64;
            }
        }
        let mut sum = 0;
        for (power, &pairs) in by_size.iter().enumerate() {
            if sum + pairs > most_work {
                return ((1 << power) / 2, by_size[power..].iter().sum());
            }
            sum += pairs;
        }
        (usize::MAX, 0)
    }
    /// Texts that share a segment with this one; some more than once.
    pub(super) fn candidates(&self, letters: &Letters, text: u32, n: usize, longest: usize) -> Vec<u32> {
        self.lists(letters, text, n).filter(|list| list.len() <= longest).flatten().copied().collect()
    }
}
