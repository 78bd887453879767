//! Ids: kept over reruns, merges and splits, against a naive twin.

use proptest::prelude::*;

use super::*;

/// Records as `(table, key)`, one list a cluster; table `A` before table `B`.
fn records(clusters: &[&[(&str, &str)]]) -> ClusteredRecords {
    let mut all = ClusteredRecords::default();
    for (number, cluster) in clusters.iter().enumerate() {
        for (table, key) in *cluster {
            all.table.push(Some(table));
            all.key.push(Some(key));
            all.is_winner.push(true);
            all.cluster.push(number as i64);
            all.table_order.push(i64::from(*table != "A"));
        }
    }
    all
}

type Left = (KeyRing, Profiles);

fn run(clusters: &[&[(&str, &str)]], before: &Left) -> Left {
    assign_ids(&records(clusters), &before.0, &before.1)
}

fn id_of<'a>(left: &'a Left, key: &str) -> &'a str {
    let row = left.0.key.iter().position(|k| k == Some(key)).expect("a record of a profile");
    left.0.customer_id.text(row)
}

fn previous_of<'a>(left: &'a Left, id: &str) -> &'a str {
    left.1.previous.text(left.1.customer_id.iter().position(|i| i == Some(id)).expect("a profile"))
}

fn no_of(left: &Left, id: &str) -> Option<i32> {
    left.1.profile_no[left.1.customer_id.iter().position(|i| i == Some(id)).expect("a profile")]
}

#[test]
fn an_id_is_32_hex_digits_of_the_founders_hash() {
    let first = run(&[&[("B", "1"), ("A", "2")]], &Left::default());
    assert_eq!(id_of(&first, "1"), "08154df40bbeefcb67fe83979fab54e9");
    assert_eq!((first.1.founding_table.text(0), first.1.founding_key.text(0)), ("A", "2"));
}

#[test]
fn profiles_that_merge_keep_the_id_of_the_larger_and_remember_the_other() {
    let before = run(&[&[("A", "1")], &[("A", "2"), ("B", "3")]], &Left::default());
    let (small, large) = (id_of(&before, "1").to_owned(), id_of(&before, "2").to_owned());
    let merged = run(&[&[("A", "1"), ("A", "2"), ("B", "3")]], &before);
    assert_eq!(id_of(&merged, "1"), large);
    assert_eq!(previous_of(&merged, &large), small);
    assert_eq!(merged.1.retired, [false, true]);

    let apart = run(&[&[("A", "1")], &[("A", "2"), ("B", "3")]], &merged);
    assert_eq!((id_of(&apart, "1"), id_of(&apart, "2")), (small.as_str(), large.as_str()), "the old id comes back");
    assert_eq!(previous_of(&apart, &large), "", "and is no longer part of the other");
    assert_eq!(no_of(&apart, &small), Some(1));
}

#[test]
fn on_a_split_the_larger_part_keeps_the_id_and_on_a_tie_the_founders() {
    let before = run(&[&[("A", "1"), ("B", "2"), ("B", "3")]], &Left::default());
    let old = id_of(&before, "1").to_owned();
    let split = run(&[&[("A", "1")], &[("B", "2"), ("B", "3")]], &before);
    assert_eq!(id_of(&split, "2"), old);
    assert_ne!(id_of(&split, "1"), old, "its hash is taken: a counter is added");
    assert_eq!(previous_of(&split, id_of(&split, "1")), old);
    let tie = run(&[&[("B", "2")], &[("A", "1")]], &before);
    assert_eq!(id_of(&tie, "1"), old);
}

#[test]
fn a_profile_without_records_ends_and_comes_back_with_its_id_and_number() {
    let before = run(&[&[("A", "1")], &[("A", "2")]], &Left::default());
    let old = id_of(&before, "1").to_owned();
    let without = run(&[&[("A", "2")], &[("A", "3")]], &before);
    assert_eq!(without.1.customer_id.iter().zip(&without.1.retired).filter(|(_, r)| **r).count(), 1);
    assert_eq!(no_of(&without, id_of(&without, "3")), Some(3), "a hole is not filled");
    let again = run(&[&[("A", "1")], &[("A", "2")], &[("A", "3")]], &without);
    assert_eq!(id_of(&again, "1"), old);
    assert_eq!(no_of(&again, &old), Some(1));
}

#[test]
fn one_record_a_table_stands_for_a_profile() {
    let done = run(&[&[("A", "1"), ("B", "2"), ("B", "3")]], &Left::default());
    assert_eq!(done.0.is_winner, [true, false, true]);
}

#[test]
fn numbers_are_given_anew_only_when_holes_pass_a_fifth() {
    let keys: Vec<String> = (0..2000).map(|key| format!("{key:04}")).collect();
    let all: Vec<Vec<(&str, &str)>> = keys.iter().map(|key| vec![("A", key.as_str())]).collect();
    let go =
        |some: Vec<Vec<(&str, &str)>>, before: &Left| run(&some.iter().map(Vec::as_slice).collect::<Vec<_>>(), before);
    let before = go(all.clone(), &Left::default());
    let few_holes = go(all[300..].to_vec(), &before);
    assert_eq!(few_holes.0.profile_no[0], 301);
    let many_holes = go(all[500..].to_vec(), &before);
    assert_eq!(many_holes.0.profile_no, (1..=1500).collect::<Vec<_>>());
    assert_eq!(id_of(&many_holes, "0500"), id_of(&before, "0500"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    /// Any history of clusterings over ten records: what must hold after each run.
    #[test]
    fn ids_keep_their_promises_through_any_history(
        history in proptest::collection::vec(proptest::collection::vec(proptest::option::of(0i64..5), 10), 1..5),
        turn in 0usize..10,
    ) {
        let mut before = Left::default();
        let mut ever: HashMap<String, (String, String)> = HashMap::new();
        for clustering in history {
            let rows = |turn: usize| {
                let mut all = ClusteredRecords::default();
                for i in (0..10).map(|i| (i + turn) % 10) {
                    let Some(cluster) = clustering[i] else { continue };
                    all.table.push(Some(if i < 6 { "A" } else { "B" }));
                    all.key.push(Some(&format!("k{i}")));
                    all.is_winner.push(true);
                    all.cluster.push(cluster);
                    all.table_order.push(i64::from(i >= 6));
                }
                all
            };
            let done = assign_ids(&rows(0), &before.0, &before.1);
            prop_assert_eq!(&done, &assign_ids(&rows(turn), &before.0, &before.1), "order does not matter");
            prop_assert_eq!(&done.0, &assign_ids(&rows(0), &done.0, &done.1).0, "a rerun changes nothing");
            let living = done.1.retired.iter().filter(|retired| !**retired).count();
            let clusters: HashSet<i64> = clustering.iter().flatten().copied().collect();
            prop_assert_eq!(living, clusters.len());
            let ids: HashSet<_> = done.1.customer_id.iter().collect();
            prop_assert_eq!(ids.len(), done.1.customer_id.len(), "an id stands for one profile");
            let numbers: HashSet<_> = done.1.profile_no.iter().collect();
            prop_assert_eq!(numbers.len(), done.1.profile_no.len(), "and so does a number");
            for row in 0..done.1.customer_id.len() {
                let founder = (done.1.founding_table.text(row).to_owned(), done.1.founding_key.text(row).to_owned());
                let id = done.1.customer_id.text(row).to_owned();
                prop_assert_eq!(ever.entry(id).or_insert(founder.clone()), &founder, "a founder is for ever");
            }
            // The naive twin of inheritance: a profile lives on in the cluster that has most of its records.
            for at in 0..before.1.customer_id.len() {
                let id = before.1.customer_id.text(at);
                let mut parts: HashMap<i64, usize> = HashMap::new();
                for row in (0..before.0.key.len()).filter(|&row| before.0.customer_id.text(row) == id) {
                    let i: usize = before.0.key.text(row)[1..].parse().expect("a key of this test");
                    clustering[i].iter().for_each(|&cluster| *parts.entry(cluster).or_default() += 1);
                }
                let lives = done.1.customer_id.iter().zip(&done.1.cluster).find(|(i, _)| *i == Some(id)).and_then(|(_, c)| *c);
                if let Some(cluster) = lives.filter(|_| !parts.is_empty()) {
                    prop_assert_eq!(parts.get(&cluster), parts.values().max());
                }
            }
            before = done;
        }
    }
}
