//! Jaro-Winkler: how near two names are, the beginning counting more.

/// Jaro-Winkler similarity, 0 to 1: prefix weight 0.1, at most four letters, only where Jaro's exceeds 0.7.
pub fn jaro_winkler(a: &[u8], b: &[u8]) -> f64 {
    // One order of the two, so that whichever is first gives the same.
    let (a, b) = if (a.len(), a) <= (b.len(), b) { (a, b) } else { (b, a) };
    if a.is_empty() {
        return f64::from(u8::from(b.is_empty()));
    }
    let prefix = a.iter().zip(b).take(4).take_while(|(a, b)| a == b).count();
    with_prefix(if b.len() <= 64 { jaro_short(a, b) } else { jaro_long(a, b) }, prefix)
}

/// The most that [`jaro_winkler`] can be when so many letters of `a` can be in `b` at all.
pub fn jaro_bound(shared: usize, a: usize, b: usize, prefix: usize) -> f64 {
    if shared == 0 {
        return 0.0;
    }
    let shared = shared.min(a).min(b) as f64;
    with_prefix((shared / a as f64 + shared / b as f64 + 1.0) / 3.0, prefix)
}

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

fn jaro_short(a: &[u8], b: &[u8]) -> f64 {
    let window = (b.len() / 2).saturating_sub(1);
    let (mut of_a, mut of_b) = (0_u64, 0_u64);
    for (place, letter) in a.iter().enumerate() {
        let from = place.saturating_sub(window);
        let to = (place + window + 1).min(b.len());
        if from >= to {
            break;
        }
        for (other, candidate) in b[from..to].iter().enumerate() {
            if candidate == letter && of_b >> (from + other) & 1 == 0 {
                of_a |= 1 << place;
                of_b |= 1 << (from + other);
                break;
            }
        }
    }
    let matched = of_a.count_ones();
    let mut crosswise = 0;
    let (mut left, mut right) = (of_a, of_b);
    while left != 0 {
        crosswise += u32::from(a[left.trailing_zeros() as usize] != b[right.trailing_zeros() as usize]);
        left &= left - 1;
        right &= right - 1;
    }
    similarity(matched, crosswise, a.len(), b.len())
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
        fn short_and_long_count_the_same(a in "[abc]{1,64}", b in "[abc]{1,64}") {
            let (a, b) = if a.len() <= b.len() { (a.as_bytes(), b.as_bytes()) } else { (b.as_bytes(), a.as_bytes()) };
            proptest::prop_assert_eq!(jaro_short(a, b).to_bits(), jaro_long(a, b).to_bits());
        }
        #[test]
        fn never_above_the_bound(a in "[abcde]{1,12}", b in "[abcde]{1,12}") {
            let shared = a.bytes().filter(|letter| b.as_bytes().contains(letter)).count();
            let prefix = a.bytes().zip(b.bytes()).take(4).take_while(|(a, b)| a == b).count();
            proptest::prop_assert!(jaro_winkler(a.as_bytes(), b.as_bytes()) <= jaro_bound(shared, a.len(), b.len(), prefix));
        }
    }
}
