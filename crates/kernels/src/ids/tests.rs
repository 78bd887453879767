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

fn given(records: ClusteredRecords, before: &Left) -> Given {
    Given { records, ring: before.0.clone(), profiles: before.1.clone(), ..Given::default() }
}

fn run(clusters: &[&[(&str, &str)]], before: &Left) -> Left {
    told(clusters, before).0
}

/// The same, and what it says of changes: id by the key of a record, word, other.
fn told(clusters: &[&[(&str, &str)]], before: &Left) -> (Left, Vec<ProfileChange>) {
    let done = assign_ids(&given(records(clusters), before));
    ((done.ring, done.profiles), done.changes)
}

fn change(id: &str, change: Change, other: Option<&str>) -> ProfileChange {
    ProfileChange { customer_id: id.to_owned(), change, other: other.map(str::to_owned) }
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
fn a_merge_that_is_undone_gives_every_part_its_id_back_whichever_is_larger() {
    let apart: &[&[(&str, &str)]] = &[&[("A", "1"), ("A", "4")], &[("A", "2"), ("B", "3"), ("B", "5")]];
    let before = run(apart, &Left::default());
    let (small, large) = (id_of(&before, "1").to_owned(), id_of(&before, "2").to_owned());
    let together: &[&[(&str, &str)]] = &[&[("A", "1"), ("A", "2"), ("B", "3"), ("A", "4"), ("B", "5")]];
    let (merged, said) = told(together, &before);
    assert_eq!(said, [change(&small, Change::Merged, Some(&large))]);

    // The part that had the smaller id is the larger one now.
    let (undone, said) = told(&[&[("A", "1"), ("A", "4")], &[("A", "2")]], &merged);
    assert_eq!((id_of(&undone, "1"), id_of(&undone, "2")), (small.as_str(), large.as_str()));
    assert_eq!(said, [change(&small, Change::Returned, Some(&large))]);
    assert_eq!((previous_of(&undone, &small), previous_of(&undone, &large)), ("", ""), "nothing is left of it");

    // And again, as often as one likes.
    let again = run(apart, &run(together, &undone));
    assert_eq!((id_of(&again, "1"), id_of(&again, "2")), (small.as_str(), large.as_str()));
}

#[test]
fn a_split_that_is_undone_leaves_one_profile_that_knows_the_other() {
    let before = run(&[&[("A", "1"), ("A", "2"), ("A", "3")]], &Left::default());
    let whole = id_of(&before, "1").to_owned();
    let (split, said) = told(&[&[("A", "1"), ("A", "2")], &[("A", "3")]], &before);
    let part = id_of(&split, "3").to_owned();
    assert_eq!(said, [change(&part, Change::Split, Some(&whole))]);
    let (joined, said) = told(&[&[("A", "1"), ("A", "2"), ("A", "3")]], &split);
    assert_eq!(said, [change(&part, Change::Merged, Some(&whole))]);
    assert_eq!(previous_of(&joined, &whole), part, "and not itself");
    let (again, said) = told(&[&[("A", "1"), ("A", "2")], &[("A", "3")]], &joined);
    assert_eq!(id_of(&again, "3"), part);
    assert_eq!(said, [change(&part, Change::Returned, Some(&whole))]);
}

#[test]
fn a_merge_of_several_lists_all_of_them_and_those_they_had_taken_in() {
    let before = run(&[&[("A", "1")], &[("A", "2")], &[("A", "3"), ("B", "4")], &[("A", "5")]], &Left::default());
    let id = |key| id_of(&before, key).to_owned();
    let once = run(&[&[("A", "1"), ("A", "2")], &[("A", "3"), ("B", "4")], &[("A", "5")]], &before);
    let (twice, said) = told(&[&[("A", "1"), ("A", "2"), ("A", "3"), ("B", "4")], &[("A", "5")]], &once);
    assert_eq!(id_of(&twice, "1"), id("1"), "as many records; the lower number");
    let mut all: Vec<&str> = previous_of(&twice, &id("1")).split(';').collect();
    all.sort_unstable();
    let mut expected = [id("2"), id("3")];
    expected.sort_unstable();
    assert_eq!(all, expected);
    assert_eq!(said, [change(&id("3"), Change::Merged, Some(&id("1")))]);
}

#[test]
fn a_first_run_creates_a_rerun_says_nothing_and_what_is_gone_retires() {
    let (before, said) = told(&[&[("A", "1")], &[("A", "2")]], &Left::default());
    assert!(said.iter().all(|said| said.change == Change::Created && said.other.is_none()) && said.len() == 2);
    assert_eq!(told(&[&[("A", "1")], &[("A", "2")]], &before).1, []);
    let gone = id_of(&before, "1").to_owned();
    let (without, said) = told(&[&[("A", "2")]], &before);
    assert_eq!(said, [change(&gone, Change::Retired, None)]);
    assert_eq!(told(&[&[("A", "1")], &[("A", "2")]], &without).1, [change(&gone, Change::Returned, None)]);
}

#[test]
fn stated_values_make_ids_and_the_founder_where_there_are_none() {
    let mut given = given(records(&[&[("A", "1"), ("B", "2")], &[("A", "3")]]), &Left::default());
    for (table, key, rank, value) in [("B", "2", 0, "anna@x"), ("A", "1", 1, "first")] {
        given.id_values.table.push(Some(table));
        given.id_values.key.push(Some(key));
        given.id_values.rank.push(rank);
        given.id_values.value.push(Some(value));
    }
    let done = assign_ids(&given);
    let mut taken = HashSet::new();
    assert_eq!(done.ring.customer_id.text(0), new_id(("B", "anna@x"), &mut taken));
    assert_eq!(done.ring.customer_id.text(2), new_id(("A", "3"), &mut taken));
    assert_eq!(done.profiles.founding_key.text(0), "1", "a founder is a record all the same");
}

#[test]
fn the_most_preferred_record_stands_for_its_table_and_the_others_line_up_behind_it() {
    let mut given =
        given(records(&[&[("A", "1"), ("A", "2"), ("A", "3"), ("B", "4")], &[("A", "5")]]), &Left::default());
    for (key, preference) in [("1", Some(2.0)), ("2", Some(7.0)), ("4", Some(1.0))] {
        given.preferences.table.push(Some("A"));
        given.preferences.key.push(Some(key));
        given.preferences.preference.push(preference);
    }
    let done = assign_ids(&given);
    assert_eq!(done.ring.is_winner, [false, true, false, true, true]);
    assert_eq!(done.standing.key.iter().flatten().collect::<Vec<_>>(), ["2", "1", "3"]);
    assert_eq!((done.standing.place, done.standing.profile_no), (vec![1, 2, 3], vec![1, 1, 1]));
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
        let mut played: HashSet<String> = HashSet::new();
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
            let all = assign_ids(&given(rows(0), &before));
            prop_assert_eq!(&all, &assign_ids(&given(rows(turn), &before)), "order does not matter");
            let done = (all.ring, all.profiles);
            let again = assign_ids(&given(rows(0), &done));
            prop_assert_eq!((&done.0, &done.1), (&again.ring, &again.profiles), "a rerun changes nothing");
            prop_assert_eq!(again.changes, vec![], "and has nothing to say");
            // The naive twin of changes: played in order, they leave those that live.
            for said in all.changes {
                let id = said.customer_id;
                let fits = match said.change {
                    Change::Created | Change::Split | Change::Returned => played.insert(id),
                    Change::Merged | Change::Retired => played.remove(&id),
                };
                prop_assert!(fits, "nobody comes twice, nobody goes who was not there");
                prop_assert_eq!(said.other.is_some() || said.change == Change::Returned,
                    matches!(said.change, Change::Merged | Change::Split | Change::Returned));
            }
            let alive = (0..done.1.retired.len()).filter(|&row| !done.1.retired[row]);
            let alive: HashSet<String> = alive.map(|row| done.1.customer_id.text(row).to_owned()).collect();
            prop_assert_eq!(&played, &alive);
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
                    // A larger part may go by another id that there was.
                    let had_another = |other: i64| {
                        let row = done.1.cluster.iter().position(|c| *c == Some(other)).expect("a living profile");
                        before.1.customer_id.iter().any(|id| id == done.1.customer_id.get(row))
                    };
                    let own = parts.get(&cluster).copied();
                    let others = parts.iter().filter(|&(&other, _)| other != cluster && !had_another(other));
                    prop_assert!(own >= others.map(|(_, size)| *size).max());
                }
            }
            before = done;
        }
    }
}
