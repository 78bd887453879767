//! Edits: how many letters are typed wrong between two texts.

use super::letters::Places;
use rapidfuzz::distance::{levenshtein as rapid, osa as rapid_osa};

/// Insertions, deletions and substitutions that make one of the other.
pub fn levenshtein(a: &[u8], b: &[u8]) -> u32 {
    rapid::distance(a.iter().copied(), b.iter().copied()) as u32
}

/// The same when it is at most `most`; `None` when it is more.
pub fn levenshtein_within(a: &[u8], b: &[u8], most: u32) -> Option<u32> {
    levenshtein_near(&mut Places::default(), a, b, most)
}

/// [`levenshtein_within`] for many texts: what it needs is made once.
pub fn levenshtein_near(places: &mut Places, a: &[u8], b: &[u8], most: u32) -> Option<u32> {
    let (a, b) = without_ends(a, b);
    if b.len() - a.len() > most as usize {
        return None;
    }
    if a.is_empty() {
        return Some(b.len() as u32);
    }
    if most <= 1 {
        // With the ends gone one edit is left at most when it is a letter for a letter: the rest differs in more.
        return (most == 1 && a.len() == 1 && b.len() == 1).then_some(1);
    }
    let found =
        if a.len() <= 64 { places.of(a, |places| short::<false>(places, a.len(), b)) } else { levenshtein(a, b) };
    (found <= most).then_some(found)
}

/// Insertions, deletions, substitutions, and transpositions of neighbours that are not edited again.
pub fn osa(a: &[u8], b: &[u8]) -> u32 {
    rapid_osa::distance(a.iter().copied(), b.iter().copied()) as u32
}

/// The same when it is at most `most`; `None` when it is more.
pub fn osa_within(a: &[u8], b: &[u8], most: u32) -> Option<u32> {
    osa_near(&mut Places::default(), a, b, most)
}

/// [`osa_within`] for many texts: what it needs is made once.
pub fn osa_near(places: &mut Places, a: &[u8], b: &[u8], most: u32) -> Option<u32> {
    let (a, b) = without_ends(a, b);
    if b.len() - a.len() > most as usize {
        return None;
    }
    if a.is_empty() {
        return Some(b.len() as u32);
    }
    if most <= 1 {
        let crosswise = || a.len() == 2 && b.len() == 2 && a[0] == b[1] && a[1] == b[0];
        return (most == 1 && ((a.len() == 1 && b.len() == 1) || crosswise())).then_some(1);
    }
    let found = if a.len() <= 64 { places.of(a, |places| short::<true>(places, a.len(), b)) } else { osa(a, b) };
    (found <= most).then_some(found)
}

/// Both without what they share at the beginning and at the end, the shorter first.
fn without_ends<'a>(a: &'a [u8], b: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let (a, b) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let front = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[front..], &b[front..]);
    let back = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    (&a[..a.len() - back], &b[..b.len() - back])
}

/// Hyyrö's bit-parallel count against a text of at most 64 letters: a column of the table in a word (2003; with
/// transpositions of neighbours, or without).
fn short<const NEIGHBOURS: bool>(places: &Places, length: usize, b: &[u8]) -> u32 {
    let last = 1_u64 << (length - 1);
    let (mut up, mut down, mut zero, mut before, mut distance) = (!0_u64, 0_u64, 0_u64, 0_u64, length as u32);
    for &letter in b {
        let equal = places.places(letter);
        let crosswise = if NEIGHBOURS { ((!zero & equal) << 1) & before } else { 0 };
        zero = ((equal & up).wrapping_add(up) ^ up) | equal | down | crosswise;
        let plus = down | !(zero | up);
        let minus = up & zero;
        distance += u32::from(plus & last != 0);
        distance -= u32::from(minus & last != 0);
        let plus = (plus << 1) | 1;
        up = (minus << 1) | !(zero | plus);
        down = plus & zero;
        before = equal;
    }
    distance
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The table of the definition.
    pub(crate) fn plain(a: &[u8], b: &[u8], neighbours: bool) -> u32 {
        let mut table = vec![vec![0_u32; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                table[i][j] = if i == 0 || j == 0 {
                    (i + j) as u32
                } else {
                    let change = table[i - 1][j - 1] + u32::from(a[i - 1] != b[j - 1]);
                    change.min(table[i - 1][j] + 1).min(table[i][j - 1] + 1)
                };
                if neighbours && i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    table[i][j] = table[i][j].min(table[i - 2][j - 2] + 1);
                }
            }
        }
        table[a.len()][b.len()]
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2000))]
        #[test]
        fn distances_are_those_of_the_table(a in "[abc]{0,9}", b in "[abc]{0,9}", most in 0_u32..5) {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            let mut places = Places::default();
            for neighbours in [false, true] {
                let expected = plain(a, b, neighbours);
                let (all, within) = if neighbours { (osa(a, b), osa_near(&mut places, a, b, most)) } else { (levenshtein(a, b), levenshtein_near(&mut places, a, b, most)) };
                proptest::prop_assert_eq!(all, expected);
                proptest::prop_assert_eq!(within, (expected <= most).then_some(expected));
            }
        }
        #[test]
        fn long_texts_too(a in "[ab]{50,90}", b in "[ab]{50,90}") {
            let (mut places, a, b) = (Places::default(), a.as_bytes(), b.as_bytes());
            proptest::prop_assert_eq!(levenshtein_near(&mut places, a, b, 99), Some(plain(a, b, false)));
            proptest::prop_assert_eq!(osa_near(&mut places, a, b, 99), Some(plain(a, b, true)));
        }
    }
}
