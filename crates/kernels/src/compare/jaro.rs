//! Jaro-Winkler: how near two names are, the beginning counting more.

use super::letters::Places;

/// Jaro-Winkler similarity, 0 to 1: prefix weight 0.1, at most four letters, only where Jaro's exceeds 0.7.
pub fn jaro_winkler(a: &[u8], b: &[u8]) -> f64 {
    jaro_winkler_from(&mut Places::default(), a, b, 0.0)
}

/// The same when it is at least so much; otherwise something less than that, and not less than it is.
pub fn jaro_winkler_from(places: &mut Places, a: &[u8], b: &[u8], least: f64) -> f64 {
    // One order of the two, so that whichever is first gives the same.
    let (a, b) = if (a.len(), a) <= (b.len(), b) { (a, b) } else { (b, a) };
    if a.is_empty() {
        return f64::from(u8::from(b.is_empty()));
    }
    let prefix = a.iter().zip(b).take(4).take_while(|(a, b)| a == b).count();
    if b.len() > 64 {
        return with_prefix(jaro_long(a, b), prefix);
    }
    let (of_a, of_b) =
        if b.len() <= 8 { matched_few(a, b) } else { places.of(b, |places| matched(places, a, b.len())) };
    let matched = of_a.count_ones();
    let bound = jaro_bound(matched as usize, a.len(), b.len(), prefix);
    if bound + SLACK < least {
        return bound;
    }
    let (mut crosswise, mut left, mut right) = (0, of_a, of_b);
    while left != 0 {
        crosswise += u32::from(a[left.trailing_zeros() as usize] != b[right.trailing_zeros() as usize]);
        left &= left - 1;
        right &= right - 1;
    }
    with_prefix(similarity(matched, crosswise, a.len(), b.len()), prefix)
}

/// More than rounding makes of it.
const SLACK: f64 = 1e-9;

/// The most that [`jaro_winkler`] can be when so many letters of `a` can be in `b` at all.
#[inline]
pub fn jaro_bound(shared: usize, a: usize, b: usize, prefix: usize) -> f64 {
    if shared == 0 {
        return 0.0;
    }
    let shared = shared.min(a).min(b) as f64;
    with_prefix((shared / a as f64 + shared / b as f64 + 1.0) / 3.0, prefix)
}

#[inline]
fn with_prefix(jaro: f64, prefix: usize) -> f64 {
    if jaro > 0.7 { jaro + prefix as f64 * 0.1 * (1.0 - jaro) } else { jaro }
}

fn similarity(matched: u32, crosswise: u32, a: usize, b: usize) -> f64 {
    if matched == 0 {
        return 0.0;
    }
    let matched = f64::from(matched);
    (matched / a as f64 + matched / b as f64 + (matched - f64::from(crosswise / 2)) / matched) / 3.0
}

/// The letters of both that are found in the other, near enough: each takes the first that is free.
fn matched(places: &Places, a: &[u8], length: usize) -> (u64, u64) {
    let window = (length / 2).saturating_sub(1) as u32;
    let (mut of_a, mut of_b) = (0_u64, 0_u64);
    for (place, &letter) in a.iter().enumerate() {
        let place = place as u32;
        let from = !0_u64 << place.saturating_sub(window);
        let to = !0_u64 >> (63_u32.saturating_sub(place + window));
        let free = places.places(letter) & from & to & !of_b;
        // The lowest bit, and whether there is one.
        of_b |= free & free.wrapping_neg();
        of_a |= u64::from(free != 0) << place;
    }
    (of_a, of_b)
}

/// The same of texts of at most eight letters: all letters of the other are looked at in one word.
fn matched_few(a: &[u8], b: &[u8]) -> (u64, u64) {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    const ONES: u64 = 0x0101_0101_0101_0101;
    let mut word = [0; 8];
    word[..b.len()].copy_from_slice(b);
    let word = u64::from_le_bytes(word);
    let window = (b.len() / 2).saturating_sub(1) as u32;
    let (mut of_a, mut taken) = (0_u64, 0_u64);
    for (place, &letter) in a.iter().enumerate() {
        let place = place as u32;
        let differing = word ^ (u64::from(letter) * ONES);
        let equal = !(((differing & LOW) + LOW) | differing | LOW);
        let from = !0_u64 << (8 * place.saturating_sub(window));
        let to = !0_u64 >> (8 * 7_u32.saturating_sub(place + window));
        let free = equal & from & to & !taken;
        taken |= free & free.wrapping_neg();
        of_a |= u64::from(free != 0) << place;
    }
    // The top bits of bytes, together.
    (of_a, (taken >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56)
}

fn jaro_long(a: &[u8], b: &[u8]) -> f64 {
    let window = (b.len() / 2).saturating_sub(1);
    let (mut of_a, mut of_b) = (Vec::new(), vec![false; b.len()]);
    for (place, &letter) in a.iter().enumerate() {
        let to = (place + window + 1).min(b.len());
        if let Some(other) = (place.saturating_sub(window)..to).find(|&other| b[other] == letter && !of_b[other]) {
            of_a.push(letter);
            of_b[other] = true;
        }
    }
    let in_order = of_b.iter().zip(b).filter(|(taken, _)| **taken).map(|(_, letter)| *letter);
    let crosswise = of_a.iter().zip(in_order).filter(|(a, b)| **a != *b).count();
    similarity(of_a.len() as u32, crosswise as u32, a.len(), b.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rapid(a: &[u8], b: &[u8]) -> f64 {
        let (a, b) = if (a.len(), a) <= (b.len(), b) { (a, b) } else { (b, a) };
        rapidfuzz::distance::jaro_winkler::similarity(a.iter().copied(), b.iter().copied())
    }

    #[test]
    fn known_pairs() {
        for (a, b, expected) in [
            ("martha", "marhta", 0.9611),
            ("dwayne", "duane", 0.8400),
            ("dixon", "dicksonx", 0.8133),
            ("", "", 1.0),
            ("a", "", 0.0),
        ] {
            assert!((jaro_winkler(a.as_bytes(), b.as_bytes()) - expected).abs() < 0.0001, "{a} {b}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(3000))]
        #[test]
        fn as_another_counts_it(a in "[abcd]{0,12}", b in "[abcd]{0,12}") {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            proptest::prop_assert!((jaro_winkler(a, b) - rapid(a, b)).abs() < 1e-12, "{} {}", jaro_winkler(a, b), rapid(a, b));
            proptest::prop_assert_eq!(jaro_winkler(a, b).to_bits(), jaro_winkler(b, a).to_bits());
        }
        #[test]
        fn short_and_long_count_the_same(a in "([abc]{1,9}|[abc]{1,64})", b in "([abc]{1,9}|[abc]{1,64})") {
            let (a, b) = if (a.len(), &a) <= (b.len(), &b) { (a.as_bytes(), b.as_bytes()) } else { (b.as_bytes(), a.as_bytes()) };
            let found = jaro_winkler(a, b);
            let prefix = a.iter().zip(b).take(4).take_while(|(a, b)| a == b).count();
            proptest::prop_assert_eq!(found.to_bits(), with_prefix(jaro_long(a, b), prefix).to_bits());
            for least in [0.0, 0.7, 0.85, 0.95] {
                let from = jaro_winkler_from(&mut Places::default(), a, b, least);
                let right = if found >= least { from == found } else { from < least };
                proptest::prop_assert!(right, "{} {} {}", found, from, least);
            }
        }
        #[test]
        fn never_above_the_bound(a in "[abcde]{1,12}", b in "[abcde]{1,12}") {
            let shared = a.bytes().filter(|letter| b.as_bytes().contains(letter)).count();
            let prefix = a.bytes().zip(b.bytes()).take(4).take_while(|(a, b)| a == b).count();
            proptest::prop_assert!(jaro_winkler(a.as_bytes(), b.as_bytes()) <= jaro_bound(shared, a.len(), b.len(), prefix));
        }
    }
}
