//! Tests of scorecards: who is like a group is found, and what is said of how well that goes is true.

use super::*;

fn pick(seed: u64, most: u64) -> u64 {
    mixed(seed) % most
}

/// People with two fields that differ in the group, one that does not, and one that is the group.
fn people(count: u32, group: impl Fn(u64) -> bool) -> (Vec<u32>, Vec<bool>, Vec<Vec<u8>>) {
    let numbers: Vec<u32> = (0..count).map(|n| 2 * n + 5).collect();
    let is_in: Vec<bool> = numbers.iter().map(|no| group(u64::from(*no))).collect();
    let of = |salt: u64, lift: u64| {
        let code = |(no, own): (&u32, &bool)| {
            let drawn = pick(u64::from(*no) * 41 + salt, 4);
            (1 + if *own && pick(u64::from(*no) * 43 + salt, 10) < lift { 3 } else { drawn }) as u8
        };
        numbers.iter().zip(&is_in).map(code).collect::<Vec<u8>>()
    };
    let secret = is_in.iter().map(|own| 1 + u8::from(*own)).collect();
    let fields = vec![of(1, 5), of(2, 3), of(3, 0), secret];
    (numbers, is_in, fields)
}

fn coded(fields: &[Vec<u8>]) -> Vec<Coded<'_>> {
    fields.iter().map(|codes| Coded { codes, bins: 5, ordered: false }).collect()
}

#[test]
fn those_like_the_group_score_higher_and_fields_are_judged() {
    let (numbers, is_in, fields) = people(8_000, |no| pick(no, 10) == 0);
    let fields = coded(&fields);
    let found = learn(&fields, &is_in, &numbers, Learning::default()).unwrap();
    assert_eq!(found.points.iter().map(|(field, _)| *field).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(found.unused, [(2, Unused::SaysNothing), (3, Unused::GivesAway)]);
    assert_eq!(
        (found.group, found.rest),
        (is_in.iter().filter(|own| **own).count(), is_in.iter().filter(|own| !**own).count())
    );
    assert!(found.points[0].1[4] > 0.5 && found.points[0].1[1] < -0.3, "{found:?}");
    // What is said of the area is what people that nobody learned from have.
    let (numbers2, is_in2, fields2) = people(8_000, |no| pick(no + 999_983, 10) == 0);
    let fields2 = coded(&fields2);
    let fresh: Vec<(f64, bool)> = (0..numbers2.len()).map(|n| (found.score(&fields2, n), is_in2[n])).collect();
    let area = auc(fresh.clone());
    assert!((found.auc - area).abs() < 0.03, "said {} but it is {area}", found.auc);
    // Scores are probabilities where both sides count alike.
    for (low, high) in [(0.3, 0.5), (0.6, 0.9)] {
        let within: Vec<&(f64, bool)> = fresh.iter().filter(|(score, _)| (low..high).contains(score)).collect();
        let (hits, all) = (is_in2.iter().filter(|own| **own).count() as f64, is_in2.len() as f64);
        let weight = |hit: bool| if hit { 1.0 / hits } else { 1.0 / (all - hits) };
        let sum = |of: &dyn Fn(&(f64, bool)) -> f64| within.iter().map(|one| of(one) * weight(one.1)).sum::<f64>();
        let (said, came) = (sum(&|one| one.0), sum(&|one| f64::from(u8::from(one.1))));
        let total = sum(&|_| 1.0);
        assert!((said - came).abs() / total < 0.06, "{} said, {} came true", said / total, came / total);
    }
}

#[test]
fn a_group_drawn_by_chance_is_like_nobody() {
    let (numbers, is_in, fields) = people(6_000, |no| pick(no, 5) == 0);
    // Fields of other people: nothing in them tells of the group.
    let turned: Vec<Vec<u8>> = fields.iter().map(|field| field.iter().rev().copied().collect()).collect();
    match learn(&coded(&turned), &is_in, &numbers, Learning { gives_away: 1.1, ..Learning::default() }) {
        None => {}
        Some(found) => assert!((found.auc - 0.5).abs() < 0.03, "{found:?}"),
    }
    assert_eq!(learn(&coded(&fields), &vec![true; 6_000], &numbers, Learning::default()), None, "there is no rest");
}

#[test]
fn the_order_of_people_counts_for_nothing() {
    let (numbers, is_in, fields) = people(5_000, |no| pick(no, 6) == 0);
    let how = Learning { most: 600, ..Learning::default() };
    let found = learn(&coded(&fields), &is_in, &numbers, how).unwrap();
    let mut order: Vec<usize> = (0..5_000).collect();
    order.sort_by_key(|n| mixed(*n as u64));
    let turned: Vec<Vec<u8>> = fields.iter().map(|field| order.iter().map(|n| field[*n]).collect()).collect();
    let is_in: Vec<bool> = order.iter().map(|n| is_in[*n]).collect();
    let numbers: Vec<u32> = order.iter().map(|n| numbers[*n]).collect();
    assert_eq!(learn(&coded(&turned), &is_in, &numbers, how), Some(found));
}

proptest::proptest! {
    #[test]
    fn areas_are_those_of_its_naive_twin(scores in proptest::collection::vec((0_u8..6, proptest::bool::ANY), 0..40)) {
        let scores: Vec<(f64, bool)> = scores.into_iter().map(|(score, hit)| (f64::from(score), hit)).collect();
        let (mut won, mut pairs) = (0.0, 0.0);
        for (a, _) in scores.iter().filter(|(_, hit)| *hit) {
            for (b, _) in scores.iter().filter(|(_, hit)| !*hit) {
                pairs += 1.0;
                won += if a > b { 1.0 } else if a == b { 0.5 } else { 0.0 };
            }
        }
        let naive = if pairs == 0.0 { 0.5 } else { won / pairs };
        proptest::prop_assert!((auc(scores) - naive).abs() < 1e-12);
    }

    #[test]
    fn thresholds_keep_to_the_limit(scores in proptest::collection::vec(0_u8..20, 0..40), most in 0_usize..30) {
        let scores: Vec<f64> = scores.into_iter().map(|score| f64::from(score) / 20.0).collect();
        let found = threshold(scores.clone(), most, 0.4);
        let taken = |from: f64| scores.iter().filter(|score| **score >= from).count();
        proptest::prop_assert!(taken(found) <= most && found >= 0.4);
        // No lower score would do.
        for lower in scores.iter().copied().filter(|score| *score >= 0.4 && *score < found) {
            proptest::prop_assert!(taken(lower) > most);
        }
    }
}
