//! Near, against its naive twin: every pair, compared.

use proptest::prelude::*;

use super::*;

#[test]
fn scores_of_the_reference() {
    for (a, b, expected) in [
        ("Jacqueline", "Jaclyne", 0.6),
        ("fred@gmail.com", "fred@gmal.cm", 12.0 / 14.0),
        ("franklin", "frank", 0.625),
        ("robert2020@hotmail.com", "robrt2020@hotmail.cm", 20.0 / 22.0),
        ("é", "e", 0.0),
        ("", "", 1.0),
    ] {
        assert_eq!(similarity(a, b), expected, "{a} {b}");
        assert_eq!(similarity(b, a), expected, "{b} {a}");
    }
}

#[test]
fn a_threshold_in_hundredths_is_met_exactly() {
    for percent in 1..=100_usize {
        let least = percent as f64 / 100.0;
        for longer in 1..60_usize {
            let exact = (0..=longer).rev().find(|edits| (longer - edits) * 100 >= percent * longer).unwrap();
            assert_eq!(most_edits(longer, least), exact, "{percent} {longer}");
        }
    }
}

fn naive(texts: &[&str], left: &[u32], right: Option<&[u32]>, least: f64) -> Vec<(u32, u32)> {
    let mut all = Vec::new();
    for (place, &a) in left.iter().enumerate() {
        for &b in right.unwrap_or(&left[place + 1..]) {
            if similarity(texts[a as usize], texts[b as usize]) >= least {
                all.push(if right.is_none() { (a.min(b), a.max(b)) } else { (a, b) });
            }
        }
    }
    all.sort_unstable();
    all
}

fn found(texts: &[&str], left: &[u32], right: Option<&[u32]>, least: f64) -> Vec<(u32, u32)> {
    let mut all = Vec::new();
    let letters = Letters::new(texts);
    let skipped = pairs(&letters, left, right, least, MOST_WORK, &mut |a, b, score| {
        assert_eq!(score, similarity(texts[a as usize], texts[b as usize]));
        assert!(score >= least);
        all.push(if right.is_none() { (a.min(b), a.max(b)) } else { (a, b) });
    });
    assert_eq!(skipped, 0);
    all.sort_unstable();
    all
}

fn distinct(mut texts: Vec<String>) -> Vec<String> {
    let mut seen = FxHashSet::default();
    texts.retain(|text| seen.insert(text.clone()));
    texts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn it_finds_what_its_naive_twin_finds(
        texts in proptest::collection::vec("[ab]{0,7}|[a-c]{8,14}|[abé]{3,6}", 0..40),
        split in 0usize..40,
        percent in 20u32..=100,
    ) {
        let texts = distinct(texts);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let least = f64::from(percent) / 100.0;
        let all: Vec<u32> = (0..texts.len() as u32).collect();
        prop_assert_eq!(found(&texts, &all, None, least), naive(&texts, &all, None, least));
        // Some texts are on both sides.
        let (left, right) = (&all[..split.min(all.len())], &all[(split / 2).min(all.len())..]);
        prop_assert_eq!(found(&texts, left, Some(right), least), naive(&texts, left, Some(right), least));
    }
}

/// Texts of two lengths in such numbers that segments are used.
#[test]
fn many_texts_are_found_by_their_segments() {
    let mut state = 7_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut texts: Vec<String> = Vec::new();
    for _ in 0..600 {
        let length = 8 + next(5);
        let text: String = (0..length).map(|_| char::from(b'a' + next(4) as u8)).collect();
        let mut other: Vec<char> = text.chars().collect();
        let at = next(other.len() as u64) as usize;
        match next(3) {
            0 => other[at] = 'z',
            1 => _ = other.remove(at),
            _ => other.insert(at, 'q'),
        }
        texts.extend([text, other.into_iter().collect()]);
    }
    let texts = distinct(texts);
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let all: Vec<u32> = (0..texts.len() as u32).collect();
    for least in [0.8, 0.85, 0.9, 0.6] {
        let naive = naive(&texts, &all, None, least);
        assert!(naive.len() > 300, "{}", naive.len());
        assert_eq!(found(&texts, &all, None, least), naive);
        let (left, right) = all.split_at(500);
        assert_eq!(found(&texts, left, Some(right), least), super::tests::naive(&texts, left, Some(right), least));
    }
}

#[test]
fn what_is_not_looked_at_is_counted_and_does_not_depend_on_order() {
    let texts: Vec<String> = (0..300).map(|n| format!("{}{n:04}", char::from(b'a' + (n % 3) as u8))).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let letters = Letters::new(&texts);
    let run = |order: &[u32]| {
        let mut all = Vec::new();
        let skipped = pairs(&letters, order, None, 0.4, 40_000 * 8, &mut |a, b, _| all.push((a.min(b), a.max(b))));
        all.sort_unstable();
        (skipped, all)
    };
    let all: Vec<u32> = (0..300).collect();
    let (skipped, some) = run(&all);
    assert!(skipped > 0 && some.iter().all(|&(a, b)| a % 3 == b % 3), "only texts that begin alike were compared");
    assert!(!some.is_empty());
    assert_eq!(run(&all.iter().rev().copied().collect::<Vec<_>>()), (skipped, some));
}
