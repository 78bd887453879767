//! Matching, against a naive twin and in any order of input.

use proptest::prelude::*;

use super::*;

fn column(texts: &[Option<&str>]) -> TextColumn {
    texts.iter().copied().collect()
}

fn side(rule: usize, from: bool, texts: &[Option<&str>]) -> Side {
    Side { rule, from, conditions: vec![column(texts)], exceptions: Vec::new() }
}

fn table(include_all: bool, key: &[&str], winner: &[&str], sides: Vec<Side>) -> MatchTable {
    let of = |texts: &[&str]| texts.iter().map(|t| Some(*t)).collect();
    MatchTable { include_all, key: of(key), winner: of(winner), sides }
}

fn up(from: usize, to: usize) -> MatchRule {
    MatchRule { from, to, at_least: vec![1.0], except: Vec::new() }
}

fn matched(tables: &[MatchTable], rules: &[MatchRule]) -> Vec<MatchedRecord> {
    match_tables(tables, rules, &[]).0
}

#[test]
fn the_second_rule_is_tried_only_where_the_first_found_nothing() {
    let tables = [
        table(
            true,
            &["p1", "p2"],
            &["p1", "p2"],
            vec![side(0, false, &[Some("x"), None]), side(1, false, &[Some("u"), Some("v")])],
        ),
        table(
            false,
            &["c1", "c2", "c3"],
            &["c1", "c2", "c3"],
            vec![side(0, true, &[Some("x"), None, None]), side(1, true, &[Some("v"), Some("v"), None])],
        ),
    ];
    let done = matched(&tables, &[up(1, 0), up(1, 0)]);
    let clusters: Vec<_> = done.iter().map(|record| (record.cluster, record.included)).collect();
    assert_eq!(clusters, [(0, true), (1, true), (0, true), (1, true), (4, false)]);
    assert_eq!(done[2].hit, Some(Hit { rule: Some(0), score: 1.0, table: 0, row: 0 }));
    assert_eq!(done[3].hit.map(|hit| hit.rule), Some(Some(1)));
    assert_eq!(done[4].hit, None);
}

#[test]
fn a_hit_on_an_alternate_leads_to_its_group_and_a_hit_of_one_brings_its_group() {
    let tables = [
        table(true, &["p1", "p2"], &["p2", "p2"], vec![side(0, false, &[Some("x"), None])]),
        table(false, &["c1", "c2"], &["c2", "c2"], vec![side(0, true, &[Some("x"), None])]),
    ];
    let done = matched(&tables, &[up(1, 0)]);
    assert!(done.iter().all(|record| record.cluster == 0 && record.included));
    assert_eq!(done[3].hit.map(|hit| hit.row), Some(0), "the winner tells what was found");
    assert_eq!(done[2].hit, None);
}

#[test]
fn a_pair_that_fulfils_the_exception_does_not_match() {
    let with = |mut side: Side, texts: &[Option<&str>]| {
        side.exceptions = vec![column(texts)];
        side
    };
    let tables = [
        table(
            true,
            &["p1", "p2"],
            &["p1", "p2"],
            vec![with(side(0, false, &[Some("x"), Some("x")]), &[Some("same"), None])],
        ),
        table(false, &["c1"], &["c1"], vec![with(side(0, true, &[Some("x")]), &[Some("same")])]),
    ];
    let excepted = MatchRule { except: vec![Exception { at_least: 1.0, differs: false }], ..up(1, 0) };
    assert_eq!(matched(&tables, &[excepted])[2].cluster, 1);
}

#[test]
fn a_record_reaches_the_profile_that_its_counterpart_was_attached_to() {
    let tables = [
        table(true, &["p"], &["p"], vec![side(0, false, &[Some("x")])]),
        table(false, &["c"], &["c"], vec![side(0, true, &[Some("x")]), side(1, false, &[Some("y")])]),
        table(false, &["d"], &["d"], vec![side(1, true, &[Some("y")])]),
    ];
    let done = matched(&tables, &[up(1, 0), up(2, 1)]);
    assert!(done.iter().all(|record| record.cluster == 0));
}

fn said(a: (usize, &str), b: (usize, &str), same: bool) -> Override {
    Override { a: (a.0, a.1.into()), b: (b.0, b.1.into()), same, decided: false }
}

#[test]
fn the_nearest_of_several_is_taken_then_the_lowest() {
    let names = [Some("jaclyne"), Some("jacqueline"), Some("jacquelin"), Some("jacquelin")];
    let tables = [
        table(true, &["p1", "p2", "p3", "p4"], &["p1", "p2", "p3", "p4"], vec![side(0, false, &names)]),
        table(
            false,
            &["c1", "c2", "c3"],
            &["c1", "c2", "c3"],
            vec![side(0, true, &[Some("jacquelina"), Some("jaclyn"), Some("xyz")])],
        ),
    ];
    let (done, counts) = match_tables(&tables, &[MatchRule { at_least: vec![0.6], ..up(1, 0) }], &[]);
    assert_eq!(
        done[4].hit.map(|hit| (hit.row, hit.score)),
        Some((1, 0.9)),
        "p2, p3 and p4 are one letter away: the lowest key"
    );
    assert_eq!(done[5].hit.map(|hit| (hit.row, hit.score)), Some((0, 6.0 / 7.0)));
    assert_eq!(done[6].hit, None);
    assert_eq!(counts[0].conditions, [counts[0].met]);
}

#[test]
fn pairs_that_always_match_go_before_rules_and_pairs_that_never_match_stay_apart() {
    let tables = [
        table(true, &["p1", "p2"], &["p1", "p2"], vec![side(0, false, &[Some("x"), Some("y")])]),
        table(true, &["c1", "c2", "c3"], &["c1", "c2", "c3"], vec![side(0, true, &[Some("x"), Some("x"), Some("y")])]),
    ];
    let always = [said((1, "c1"), (0, "p2"), true), said((0, "gone"), (1, "c2"), true)];
    let (done, _) = match_tables(&tables, &[up(1, 0)], &always);
    assert_eq!(done.iter().map(|record| record.cluster).collect::<Vec<_>>(), [0, 1, 1, 0, 1]);
    assert_eq!(done[2].hit, Some(Hit { rule: None, score: 1.0, table: 0, row: 1 }));
    let never =
        [said((1, "c1"), (0, "p1"), false), said((1, "c2"), (1, "c3"), false), said((1, "c3"), (0, "p1"), true)];
    let (done, _) = match_tables(&tables, &[up(1, 0)], &never);
    // c1 may not join p1; c3 is with p1 by decree, so c2 may not.
    assert_eq!(done.iter().map(|record| record.cluster).collect::<Vec<_>>(), [0, 1, 2, 3, 0]);
}

#[test]
fn a_decision_goes_before_a_list_and_each_cluster_has_one_group_that_nothing_attached() {
    let tables =
        [table(true, &["p1", "p2"], &["p1", "p2"], Vec::new()), table(true, &["c1", "c2"], &["c1", "c2"], Vec::new())];
    let decided = |said: Override| Override { decided: true, ..said };
    let all = [
        said((0, "p1"), (1, "c1"), true),
        decided(said((0, "p2"), (1, "c1"), true)),
        said((0, "p1"), (0, "p2"), false),
    ];
    let (done, _) = match_tables(&tables, &[], &all);
    assert_eq!(done.iter().map(|record| record.cluster).collect::<Vec<_>>(), [0, 1, 1, 3]);
    let all = [said((0, "p1"), (1, "c1"), true), said((0, "p2"), (1, "c1"), true), said((1, "c1"), (1, "c2"), true)];
    let (done, _) = match_tables(&tables, &[], &all);
    assert!(done.iter().all(|record| record.cluster == 0));
    assert_eq!(done.iter().filter(|record| record.hit.is_none()).count(), 1);
}

/// The reference's sketch, word for word, over every pair.
fn naive(tables: &[Vec<(u8, [Option<u8>; 2])>], rules: &[(usize, usize, usize)]) -> Vec<Vec<(usize, usize)>> {
    let mut cluster: Vec<Vec<Option<(usize, usize)>>> = tables.iter().map(|t| vec![None; t.len()]).collect();
    for (k, records) in tables.iter().enumerate() {
        let mut groups: Vec<u8> = records.iter().map(|record| record.0).collect();
        groups.sort_unstable();
        groups.dedup();
        for group in groups {
            let members: Vec<usize> = (0..records.len()).filter(|&row| records[row].0 == group).collect();
            let mut best = None;
            for &(from, to, column) in rules.iter().filter(|rule| rule.0 == k) {
                assert_eq!(from, k);
                for &row in &members {
                    for (other, candidate) in tables[to].iter().enumerate() {
                        let value = records[row].1[column];
                        if value.is_some() && value == candidate.1[column] {
                            let to_cluster = cluster[to][other].expect("higher tables are done");
                            best = Some(best.map_or(to_cluster, |b: (usize, usize)| b.min(to_cluster)));
                        }
                    }
                }
                if best.is_some() {
                    break;
                }
            }
            for row in members {
                cluster[k][row] = Some(best.unwrap_or((k, usize::from(group))));
            }
        }
    }
    cluster.into_iter().map(|t| t.into_iter().map(|c| c.expect("all done")).collect()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn a_precision_of_one_is_the_exact_rule(
        left in proptest::collection::vec(proptest::option::of("[ab]{1,3}|[a-c]{9,12}"), 1..9),
        right in proptest::collection::vec(proptest::option::of("[ab]{1,3}|[a-c]{9,12}"), 1..9),
    ) {
        let keys = |count: usize| (0..count).map(|row| format!("k{row}")).collect::<Vec<_>>();
        let of = |texts: &[Option<String>], from: bool| {
            let keys = keys(texts.len());
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            let texts: Vec<Option<&str>> = texts.iter().map(Option::as_deref).collect();
            table(true, &keys, &keys, vec![side(0, from, &texts)])
        };
        let tables = [of(&left, false), of(&right, true)];
        let exact = matched(&tables, &[up(1, 0)]);
        // Nearly one, so that texts are measured: no two of these texts are so near without being equal.
        let near = matched(&tables, &[MatchRule { at_least: vec![0.999], ..up(1, 0) }]);
        let all = |done: &[MatchedRecord]| -> Vec<_> {
            done.iter().map(|record| (record.cluster, record.included, record.hit.map(|hit| (hit.table, hit.row)))).collect()
        };
        prop_assert_eq!(all(&exact), all(&near));
        for (row, text) in right.iter().enumerate() {
            let first = text.as_ref().and_then(|text| left.iter().position(|other| other.as_ref() == Some(text)));
            prop_assert_eq!(exact[left.len() + row].hit.map(|hit| hit.row), first.map(|row| row as u32));
        }
    }

    #[test]
    fn it_does_as_the_reference_says(
        records in proptest::collection::vec(
            proptest::collection::vec((0u8..5, [proptest::option::of(0u8..5), proptest::option::of(0u8..5)]), 0..7), 3),
    ) {
        // Table 2 by column 0 to table 1, then by column 1 to table 0; table 1 by column 0, then 1, to table 0.
        let rules = [(1, 0, 0), (1, 0, 1), (2, 1, 0), (2, 0, 1)];
        let texts: Vec<Vec<[Option<String>; 2]>> = records.iter()
            .map(|t| t.iter().map(|(_, v)| v.map(|v| v.map(|v| v.to_string()))).collect()).collect();
        let tables: Vec<MatchTable> = records.iter().enumerate().map(|(k, rows)| {
            let keys: Vec<String> = rows.iter().enumerate().map(|(i, (g, _))| format!("{g}-{i}")).collect();
            // The first record of a group stands for it: groups then have the order of their numbers.
            let winners: Vec<&String> = rows.iter()
                .map(|(g, _)| &keys[rows.iter().position(|(other, _)| other == g).expect("itself")]).collect();
            MatchTable {
                include_all: true,
                key: keys.iter().map(|t| Some(t.as_str())).collect(),
                winner: winners.iter().map(|t| Some(t.as_str())).collect(),
                sides: rules.iter().enumerate().filter(|(_, r)| r.0 == k || r.1 == k).map(|(number, r)| Side {
                    rule: number,
                    from: r.0 == k,
                    conditions: vec![texts[k].iter().map(|t| t[r.2].as_deref()).collect()],
                    exceptions: Vec::new(),
                }).collect(),
            }
        }).collect();
        let plain: Vec<MatchRule> = rules.iter().map(|r| up(r.0, r.1)).collect();
        let done = matched(&tables, &plain);
        let expected: Vec<(usize, usize)> = naive(&records, &rules).into_iter().flatten().collect();
        for (x, a) in done.iter().zip(&expected) {
            for (y, b) in done.iter().zip(&expected) {
                prop_assert_eq!(x.cluster == y.cluster, a == b);
            }
        }
    }
}
