//! Sets: how many words, numbers or pairs of letters two texts share.

use super::jaro::jaro_winkler;

/// Words nearer than this are one word.
const ONE_WORD: f64 = 0.9;

/// Jaccard similarity of the sets of neighbouring letters; texts of one letter are compared whole.
pub fn bigram_jaccard(a: &[u8], b: &[u8]) -> f64 {
    if a.len() < 2 || b.len() < 2 {
        return f64::from(u8::from(a == b));
    }
    let pairs = |text: &[u8]| {
        let mut pairs: Vec<u16> = text.windows(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    };
    let (a, b) = (pairs(a), pairs(b));
    let (mut i, mut j, mut both) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        both += usize::from(a[i] == b[j]);
        let (left, right) = (a[i], b[j]);
        i += usize::from(left <= right);
        j += usize::from(right <= left);
    }
    both as f64 / (a.len() + b.len() - both) as f64
}

/// Share of the words of the one with fewer words that are found in the other: equal, as an initial, or near.
/// A word counts once.
pub fn token_overlap(a: &[u8], b: &[u8]) -> f64 {
    let words = |text| -> Vec<&[u8]> { words(text).collect() };
    let (a, b) = (words(a), words(b));
    // One order of the two, so that whichever is first gives the same.
    let (few, many) = if (a.len(), &a) <= (b.len(), &b) { (a, b) } else { (b, a) };
    if few.is_empty() {
        return f64::from(u8::from(many.is_empty()));
    }
    let (mut found, mut taken) = (vec![false; few.len()], vec![false; many.len()]);
    let tests: [fn(&[u8], &[u8]) -> bool; 3] =
        [|a, b| a == b, |a, b| jaro_winkler(a, b) >= ONE_WORD, |a, b| a[0] == b[0] && (a.len() == 1 || b.len() == 1)];
    for same in tests {
        for (word, found) in few.iter().zip(&mut found).filter(|(_, found)| !**found) {
            if let Some(place) = (0..many.len()).find(|&place| !taken[place] && same(word, many[place])) {
                (*found, taken[place]) = (true, true);
            }
        }
    }
    found.iter().filter(|found| **found).count() as f64 / few.len() as f64
}

/// Whether the numbers in both are the same, in any order, and a word besides is in both.
pub fn numbers_equal(a: &[u8], b: &[u8]) -> bool {
    let numbers = |text| {
        let mut numbers: Vec<&[u8]> = words(text).filter(|word| is_number(word)).collect();
        numbers.sort_unstable();
        numbers
    };
    let (left, right) = (numbers(a), numbers(b));
    !left.is_empty() && left == right && words(a).any(|word| !is_number(word) && words(b).any(|other| other == word))
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
            assert_eq!(token_overlap(a.as_bytes(), b.as_bytes()), expected, "{a} / {b}");
            assert_eq!(token_overlap(b.as_bytes(), a.as_bytes()), expected, "{b} / {a}");
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
        fn bigrams_are_sets(a in "[ab ]{0,8}", b in "[ab ]{0,8}") {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            let set = |text: &[u8]| text.windows(2).map(<[u8]>::to_vec).collect::<BTreeSet<_>>();
            let (left, right) = (set(a), set(b));
            let expected = if left.is_empty() || right.is_empty() {
                f64::from(u8::from(a == b))
            } else {
                left.intersection(&right).count() as f64 / left.union(&right).count() as f64
            };
            proptest::prop_assert_eq!(bigram_jaccard(a, b), expected);
        }
        #[test]
        fn the_order_does_not_matter(a in "[abc]{1,3}( [abc]{1,3}){0,3}", b in "[abc]{1,3}( [abc]{1,3}){0,3}") {
            proptest::prop_assert_eq!(token_overlap(a.as_bytes(), b.as_bytes()), token_overlap(b.as_bytes(), a.as_bytes()));
        }
    }
}
