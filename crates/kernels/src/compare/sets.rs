//! Sets: how many words, numbers or pairs of letters two texts share.

use super::jaro::{jaro_bound, jaro_winkler_from};
use super::letters::{Places, letters};

/// Words as near as this (Jaro-Winkler) are one word.
pub const ONE_WORD: f64 = 0.9;

/// Jaccard similarity of the sets of neighbouring letters; texts of one letter are compared whole.
pub fn bigram_jaccard(places: &mut (Places, Places), a: &[u8], b: &[u8]) -> f64 {
    if a.len() < 2 || b.len() < 2 {
        return f64::from(u8::from(a == b));
    }
    let (left, right, both) = if a.len() <= 64 && b.len() <= 64 {
        let (left, right) = (&mut places.0, &mut places.1);
        left.of(a, |left| right.of(b, |right| pairs_of_few(left, right, a, b)))
    } else {
        pairs_of_many(a, b)
    };
    f64::from(both) / f64::from(left + right - both)
}

/// How many different pairs of letters the one has, the other, and both. A text has a pair where the places of its
/// second letter are one behind those of its first.
fn pairs_of_few(left: &Places, right: &Places, a: &[u8], b: &[u8]) -> (u32, u32, u32) {
    let at = |places: &Places, pair: &[u8]| places.places(pair[0]) & (places.places(pair[1]) >> 1);
    let (mut all, mut both) = (0, 0);
    for (place, pair) in a.windows(2).enumerate() {
        let first = u32::from(at(left, pair).trailing_zeros() == place as u32);
        all += first;
        both += first & u32::from(at(right, pair) != 0);
    }
    let first = |(place, pair): &(usize, &[u8])| at(right, pair).trailing_zeros() == *place as u32;
    (all, b.windows(2).enumerate().filter(first).count() as u32, both)
}

fn pairs_of_many(a: &[u8], b: &[u8]) -> (u32, u32, u32) {
    let pairs = |text: &[u8]| {
        let mut pairs: Vec<u16> = text.windows(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    };
    let (a, b) = (pairs(a), pairs(b));
    let both = a.iter().filter(|pair| b.binary_search(pair).is_ok()).count();
    (a.len() as u32, b.len() as u32, both as u32)
}

/// The most that [`bigram_jaccard`] can be of texts of these lengths when so many letters of each are not in the other.
pub fn jaccard_bound(a: usize, b: usize, only_a: u32, only_b: u32) -> f64 {
    if a < 2 || b < 2 {
        return 1.0;
    }
    // A pair has two letters: half as many pairs at least are not in the other.
    let (left, right) = (only_a.div_ceil(2), only_b.div_ceil(2));
    let both = (a as u32 - 1).saturating_sub(left).min((b as u32 - 1).saturating_sub(right));
    if left + right == 0 { 1.0 } else { f64::from(both) / f64::from(both + left + right) }
}

/// Share of the words of the one with fewer words that are found in the other: equal, as an initial, or near.
/// A word counts once.
pub fn token_overlap(places: &mut Places, a: &[u8], b: &[u8]) -> f64 {
    let (mut left, mut right) = (Few::default(), Few::default());
    for (text, few) in [(a, &mut left), (b, &mut right)] {
        words(text).for_each(|word| few.push(Word { text: word, letters: letters(word) }));
    }
    let (left, right) = (left.all_mut(), right.all_mut());
    // One order of the two, so that whichever is first gives the same.
    let (few, many) = if (left.len(), a) <= (right.len(), b) { (left, right) } else { (right, left) };
    if few.is_empty() {
        return f64::from(u8::from(many.is_empty()));
    }
    let (all, mut found) = (few.len(), 0);
    let mut take = |same: &mut dyn FnMut(&Word<'_>, &Word<'_>) -> bool| {
        // A word that is found is emptied on both sides.
        for word in few.iter_mut().filter(|word| !word.text.is_empty()) {
            if let Some(other) = many.iter_mut().find(|other| !other.text.is_empty() && same(word, other)) {
                (word.text, other.text) = (&[], &[]);
                found += 1;
            }
        }
    };
    take(&mut |a, b| a.letters == b.letters && a.text == b.text);
    take(&mut |a, b| a.near(b, places));
    take(&mut |a, b| a.text[0] == b.text[0] && (a.text.len() == 1 || b.text.len() == 1));
    f64::from(found) / all as f64
}

/// A word and which letters it has.
#[derive(Clone, Copy, Default)]
struct Word<'t> {
    text: &'t [u8],
    letters: u64,
}

impl Word<'_> {
    fn near(&self, other: &Self, places: &mut Places) -> bool {
        let (a, b) = (self.text.len(), other.text.len());
        let only = |letters: u64| letters.count_ones() as usize;
        let shared = (a - only(self.letters & !other.letters)).min(b - only(other.letters & !self.letters));
        let prefix = self.text.iter().zip(other.text).take(4).take_while(|(a, b)| a == b).count();
        let open = jaro_bound(shared, a, b, prefix) + 1e-9 >= ONE_WORD;
        open && jaro_winkler_from(places, self.text, other.text, ONE_WORD) >= ONE_WORD
    }
}

/// A list that allocates only when it is long.
#[derive(Default)]
struct Few<T> {
    first: [T; 12],
    count: usize,
    all: Vec<T>,
}

impl<T: Copy> Few<T> {
    fn push(&mut self, item: T) {
        if self.count < self.first.len() {
            self.first[self.count] = item;
        } else {
            if self.all.is_empty() {
                self.all.extend_from_slice(&self.first);
            }
            self.all.push(item);
        }
        self.count += 1;
    }
    fn all_mut(&mut self) -> &mut [T] {
        if self.all.is_empty() { &mut self.first[..self.count] } else { &mut self.all }
    }
}

/// Whether the numbers in both are the same, in any order, and a word besides is in both.
pub fn numbers_equal(a: &[u8], b: &[u8]) -> bool {
    let numbers = |text| {
        let mut numbers = Few::default();
        words(text).filter(|word| is_number(word)).for_each(|word| numbers.push(word));
        numbers
    };
    let (mut left, mut right) = (numbers(a), numbers(b));
    let (left, right) = (left.all_mut(), right.all_mut());
    if left.is_empty() || left.len() != right.len() {
        return false;
    }
    left.sort_unstable();
    right.sort_unstable();
    left == right && words(a).any(|word| !is_number(word) && words(b).any(|other| other == word))
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|letter| *letter == b' ').filter(|word| !word.is_empty())
}

fn is_number(word: &[u8]) -> bool {
    word.iter().any(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn words_in_any_order() {
        for (a, b, expected) in [
            ("john a smith", "smith john", 1.0),
            ("j smith", "john adam smith", 1.0),
            ("john smith", "jane smith", 0.5),
            ("jonathan smithe", "jonathon smith", 1.0),
            ("john john", "john", 1.0),
            ("john john", "john peter", 0.5),
            ("", "", 1.0),
            ("a", "", 1.0),
        ] {
            let expected = if a == "a" && b.is_empty() { 0.0 } else { expected };
            assert_eq!(token_overlap(&mut Places::default(), a.as_bytes(), b.as_bytes()), expected, "{a} / {b}");
            assert_eq!(token_overlap(&mut Places::default(), b.as_bytes(), a.as_bytes()), expected, "{b} / {a}");
        }
    }

    #[test]
    fn numbers_and_a_word() {
        for (a, b, expected) in [
            ("12 main st", "main rd 12", true),
            ("12 main st", "13 main st", false),
            ("12 main st", "12 high rd", false),
            ("main st", "main st", false),
            ("unit 3 12 main st", "3 12 main", true),
            ("unit 3 12 main st", "12 main st", false),
        ] {
            assert_eq!(numbers_equal(a.as_bytes(), b.as_bytes()), expected, "{a} / {b}");
        }
    }

    proptest::proptest! {
        #[test]
        fn bigrams_are_sets(a in "([ab ]{0,8}|[a-e]{2,5}|[a-c]{60,70})", b in "([ab ]{0,8}|[a-e]{2,5}|[a-c]{60,70})") {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            let set = |text: &[u8]| text.windows(2).map(<[u8]>::to_vec).collect::<BTreeSet<_>>();
            let (left, right) = (set(a), set(b));
            let expected = if left.is_empty() || right.is_empty() {
                f64::from(u8::from(a == b))
            } else {
                left.intersection(&right).count() as f64 / left.union(&right).count() as f64
            };
            let found = bigram_jaccard(&mut Default::default(), a, b);
            proptest::prop_assert_eq!(found, expected);
            let (one, other) = (letters(a), letters(b));
            let bound = jaccard_bound(a.len(), b.len(), (one & !other).count_ones(), (other & !one).count_ones());
            proptest::prop_assert!(found <= bound, "{} {}", found, bound);
        }
        #[test]
        fn the_order_does_not_matter(a in "[abc]{1,3}( [abc]{1,3}){0,3}", b in "[abc]{1,3}( [abc]{1,3}){0,3}") {
            proptest::prop_assert_eq!(token_overlap(&mut Places::default(), a.as_bytes(), b.as_bytes()), token_overlap(&mut Places::default(), b.as_bytes(), a.as_bytes()));
        }
    }
}
