//! Deduplicate, against a naive twin and in any order of input.

use proptest::prelude::*;

use super::*;

fn column(texts: &[Option<&str>]) -> TextColumn {
    texts.iter().copied().collect()
}

#[test]
fn groups_that_share_a_record_are_one_and_a_null_never_groups() {
    let key = column(&[Some("3"), Some("1"), Some("2"), Some("4"), Some("5")]);
    let rules = [
        DedupeRule { name: "mail".into(), conditions: vec![column(&[Some("a"), Some("a"), Some("b"), None, None])] },
        DedupeRule { name: "phone".into(), conditions: vec![column(&[None, Some("7"), Some("7"), None, Some("8")])] },
    ];
    let done = deduplicate(&key, &[Some(1.0), None, Some(1.0), None, None], &rules, &[]);
    assert_eq!(done.group, [0, 0, 0, 1, 2]);
    assert_eq!(done.winner, [0, 0, 0, 3, 4], "equal preference: the larger key, 3");
    assert_eq!(done.rule[1].as_deref(), Some("mail;phone"));
    assert_eq!(done.rule[3], None);
}

#[test]
fn a_stated_link_joins_and_a_stated_split_keeps_apart() {
    let key = column(&[Some("a"), Some("b"), Some("c")]);
    let same_mail = [DedupeRule { name: "mail".into(), conditions: vec![column(&[Some("m"), Some("m"), Some("m")])] }];
    let link = |key: &str, other: &str, same| Link { key: key.into(), other: other.into(), same };
    let joined = deduplicate(&key, &[None; 3], &[], &[link("a", "c", true), link("a", "gone", true)]);
    assert_eq!(joined.group, [0, 1, 0]);
    assert_eq!(joined.rule, [Some(STATED.to_owned()), None, Some(STATED.to_owned())]);
    let split = deduplicate(&key, &[None; 3], &same_mail, &[link("c", "a", false)]);
    assert_eq!(split.group, [0, 0, 1], "a and b by mail; c is stated to be someone else than a");
}

/// What the kernel does, said in the plainest way: compare all pairs, spread until nothing changes.
fn naive(keys: &[String], preference: &[Option<f64>], rules: &[Vec<Vec<Option<String>>>]) -> Vec<(usize, usize)> {
    let n = keys.len();
    let same = |a: usize, b: usize| {
        rules.iter().any(|conditions| conditions.iter().all(|texts| texts[a].is_some() && texts[a] == texts[b]))
    };
    let mut low: Vec<usize> = (0..n).collect();
    for _ in 0..n {
        for a in 0..n {
            for b in 0..n {
                if same(a, b) {
                    let l = if keys[low[a]] < keys[low[b]] { low[a] } else { low[b] };
                    (low[a], low[b]) = (l, l);
                }
            }
        }
    }
    let winner = |a: usize| {
        let members = (0..n).filter(|&b| low[b] == low[a]);
        members.max_by(|&x, &y| compare(preference[x], preference[y]).then(keys[x].cmp(&keys[y]))).expect("a itself")
    };
    (0..n).map(|a| (low[a], winner(a))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn it_does_as_its_naive_twin_in_any_order(
        cells in proptest::collection::vec(
            (proptest::option::of(0u8..4), proptest::option::of(0u8..3), proptest::option::of(0u8..3), proptest::option::of(0u8..3)), 1..14),
        turn in 0usize..14,
    ) {
        let n = cells.len();
        let rows: Vec<usize> = (0..n).map(|i| (i + turn) % n).collect();
        let text = |x: Option<u8>| x.map(|x| x.to_string());
        let keys: Vec<String> = rows.iter().map(|row| format!("k{row:02}")).collect();
        let preference: Vec<Option<f64>> = rows.iter().map(|&row| cells[row].0.map(f64::from)).collect();
        let a: Vec<_> = rows.iter().map(|&row| text(cells[row].1)).collect();
        let b: Vec<_> = rows.iter().map(|&row| text(cells[row].2)).collect();
        let c: Vec<_> = rows.iter().map(|&row| text(cells[row].3)).collect();
        let of = |texts: &[Option<String>]| texts.iter().map(|t| t.as_deref()).collect::<TextColumn>();
        let rules = [
            DedupeRule { name: "one".into(), conditions: vec![of(&a), of(&b)] },
            DedupeRule { name: "two".into(), conditions: vec![of(&b), of(&c)] },
        ];
        let key: TextColumn = keys.iter().map(|k| Some(k.as_str())).collect();
        let done = deduplicate(&key, &preference, &rules, &[]);
        let expected = naive(&keys, &preference, &[vec![a, b.clone()], vec![b, c]]);
        for x in 0..n {
            prop_assert_eq!(done.winner[x] as usize, expected[x].1);
            for y in 0..n {
                prop_assert_eq!(done.group[x] == done.group[y], expected[x].0 == expected[y].0);
            }
        }
    }
}
