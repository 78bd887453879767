//! Deduplicate, against a naive twin and in any order of input.

use proptest::prelude::*;

use super::*;

fn column(texts: &[Option<&str>]) -> TextColumn {
    texts.iter().copied().collect()
}

fn exact(name: &str, conditions: Vec<TextColumn>) -> DedupeRule {
    DedupeRule { name: name.into(), at_least: vec![1.0; conditions.len()], conditions, ..DedupeRule::default() }
}

#[test]
fn groups_that_share_a_record_are_one_and_a_null_never_groups() {
    let key = column(&[Some("3"), Some("1"), Some("2"), Some("4"), Some("5")]);
    let rules = [
        exact("mail", vec![column(&[Some("a"), Some("a"), Some("b"), None, None])]),
        exact("phone", vec![column(&[None, Some("7"), Some("7"), None, Some("8")])]),
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
    let same_mail = [exact("mail", vec![column(&[Some("m"), Some("m"), Some("m")])])];
    let link = |key: &str, other: &str, same| Link { key: key.into(), other: other.into(), same, by_people: false };
    let joined = deduplicate(&key, &[None; 3], &[], &[link("a", "c", true), link("a", "gone", true)]);
    assert_eq!(joined.group, [0, 1, 0]);
    assert_eq!(joined.rule, [Some(STATED.to_owned()), None, Some(STATED.to_owned())]);
    let split = deduplicate(&key, &[None; 3], &same_mail, &[link("c", "a", false)]);
    assert_eq!(split.group, [0, 0, 1], "a and b by mail; c is stated to be someone else than a");
}

#[test]
fn what_people_say_goes_before_what_the_source_says_and_before_rules() {
    let key = column(&[Some("a"), Some("b"), Some("c"), Some("d")]);
    let link = |key: &str, other: &str, same, by_people| Link { key: key.into(), other: other.into(), same, by_people };
    let rules = [exact("mail", vec![column(&[Some("m"), Some("m"), None, Some("m")])])];
    let links = [link("a", "b", false, true), link("a", "c", true, true), link("b", "c", true, false)];
    let done = deduplicate(&key, &[None; 4], &rules, &links);
    assert_eq!(done.group, [0, 1, 0, 0], "b is someone else than a, so it does not follow c");
    assert_eq!(done.rule[0].as_deref(), Some("always;mail"));
    assert_eq!(done.rule[1], None);
    let done = deduplicate(&key, &[None; 4], &[], &[link("a", "b", false, false), link("b", "a", true, true)]);
    assert_eq!(done.group, [0, 0, 1, 2], "people contradict the source");
}

#[test]
fn near_names_group_with_their_score_and_rules_are_told_apart() {
    let key = column(&[Some("1"), Some("2"), Some("3"), Some("4")]);
    let name = column(&[Some("jacqueline"), Some("jaclyne"), Some("jaclyn"), Some("peter")]);
    let near = |least| DedupeRule { at_least: vec![least], ..exact("name", vec![name.clone()]) };
    let done = deduplicate(&key, &[None; 4], &[near(0.6)], &[]);
    assert_eq!(done.group, [0, 0, 0, 1]);
    assert_eq!(done.score, [Some(0.6), Some(0.6), Some(0.6), None]);
    assert_eq!(
        (done.counts[0].met, done.counts[0].conditions.as_slice()),
        (2, [2].as_slice()),
        "jacqueline and jaclyn are half alike"
    );
    assert!(done.by_rule.is_empty());
    let city = exact("city", vec![column(&[None, None, Some("x"), Some("x")])]);
    let done = deduplicate(&key, &[None; 4], &[near(0.8), city], &[]);
    assert_eq!(done.group, [0, 1, 1, 1]);
    assert_eq!(done.rule[1].as_deref(), Some("name;city"));
    assert_eq!(done.by_rule[0].group, [None, Some(0), Some(0), None]);
    assert_eq!(done.by_rule[1].group, [None, None, Some(0), Some(0)]);
    assert_eq!(done.by_rule[0].score, [None, Some(6.0 / 7.0), Some(6.0 / 7.0), Some(6.0 / 7.0)]);
}

#[test]
fn an_exception_on_first_names_that_differ_keeps_twins_apart() {
    let key = column(&[Some("1"), Some("2"), Some("3"), Some("4")]);
    let rule = DedupeRule {
        exceptions: vec![column(&[Some("anna"), Some("anne"), Some("paul"), None])],
        except: vec![Exception { at_least: 0.6, differs: true }],
        ..exact("family", vec![column(&[Some("f"); 4])])
    };
    // 4 has no first name: it is no exception with anyone, and brings them together.
    assert_eq!(deduplicate(&key, &[None; 4], std::slice::from_ref(&rule), &[]).group, [0, 0, 0, 0]);
    let mut known = rule;
    known.exceptions = vec![column(&[Some("anna"), Some("anne"), Some("paul"), Some("paula")])];
    let done = deduplicate(&key, &[None; 4], &[known], &[]);
    assert_eq!(done.group, [0, 0, 1, 1]);
    assert_eq!((done.counts[0].met, done.counts[0].excepted), (2, 4));
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
            exact("one", vec![of(&a), of(&b)]),
            exact("two", vec![of(&b), of(&c)]),
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

/// Whether two records meet a rule, said in the plainest way.
fn meets(rule: &DedupeRule, a: usize, b: usize) -> bool {
    let near = |column: &TextColumn, least: f64| {
        let texts = column.get(a).zip(column.get(b));
        texts.map(|(a, b)| crate::near::similarity(a, b) >= least)
    };
    let holds = rule.conditions.iter().zip(&rule.at_least).all(|(column, &least)| near(column, least) == Some(true));
    let mut excepted = rule
        .exceptions
        .iter()
        .zip(&rule.except)
        .map(|(column, exception)| near(column, exception.at_least).is_some_and(|near| near != exception.differs));
    holds && (rule.exceptions.is_empty() || !excepted.all(|holds| holds))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn near_conditions_and_exceptions_do_as_their_naive_twin_in_any_order(
        cells in proptest::collection::vec(
            (proptest::option::of("[ab]{1,2}"), proptest::option::of("[abc]{1,6}"), proptest::option::of("[ab]{1,4}")), 1..16),
        turn in 0usize..16,
        thresholds in (1usize..=10, 1usize..=10, 1usize..=10),
        differs in proptest::bool::ANY,
    ) {
        let n = cells.len();
        let rows: Vec<usize> = (0..n).map(|i| (i + turn) % n).collect();
        let column = |pick: &dyn Fn(usize) -> Option<String>| rows.iter().map(|&row| pick(row)).collect::<Vec<_>>();
        let of = |texts: Vec<Option<String>>| texts.iter().map(|t| t.as_deref()).collect::<TextColumn>();
        let (a, b, c) = (
            of(column(&|row| cells[row].0.clone())), of(column(&|row| cells[row].1.clone())), of(column(&|row| cells[row].2.clone())));
        let least = |tenths: usize| tenths as f64 / 10.0;
        let rules = [
            DedupeRule { name: "one".into(), conditions: vec![a.clone(), b.clone()], at_least: vec![1.0, least(thresholds.0)],
                exceptions: vec![c.clone()], except: vec![Exception { at_least: least(thresholds.1), differs }] },
            DedupeRule { name: "two".into(), conditions: vec![b, c], at_least: vec![least(thresholds.1), least(thresholds.2)], ..DedupeRule::default() },
        ];
        let keys: Vec<String> = rows.iter().map(|row| format!("k{row:02}")).collect();
        let key: TextColumn = keys.iter().map(|k| Some(k.as_str())).collect();
        let done = deduplicate(&key, &vec![None; n], &rules, &[]);
        for (number, rule) in rules.iter().enumerate() {
            let pairs = (0..n).flat_map(|x| (0..x).map(move |y| (x, y))).filter(|&(x, y)| meets(rule, x, y)).count();
            prop_assert_eq!(done.counts[number].met, pairs as u64);
        }
        let mut label: Vec<usize> = (0..n).collect();
        for _ in 0..n {
            for x in 0..n {
                for y in 0..n {
                    if rules.iter().any(|rule| x != y && meets(rule, x, y)) {
                        let low = label[x].min(label[y]);
                        (label[x], label[y]) = (low, low);
                    }
                }
            }
        }
        for x in 0..n {
            for y in 0..n {
                prop_assert_eq!(done.group[x] == done.group[y], label[x] == label[y]);
            }
        }
    }
}
