//! Clusters, against the best of all partings and in any order of input.

use proptest::prelude::*;

use super::super::{Linking, NO_RULE, Pattern, WarningKind};
use super::*;

/// The threshold lies at 0 bits, the prior at -20.
fn model() -> Model {
    Model { threshold: Some(0.5), prior: Some(1.0 / ((1 << 20) as f64 + 1.0)), ..Model::default() }
}

fn edge(a: u32, b: u32, weight: f32) -> Edge {
    Edge { a, b, weight, rule: NO_RULE, pattern: Pattern::default() }
}

fn run(
    tables: &[u32],
    edges: &[Edge],
    model: &Model,
    same: &[(u32, u32)],
    apart: &[(u32, u32)],
    other: f32,
) -> Clusters {
    let weight = |a: u32, b: u32| {
        edges.iter().find(|edge| (edge.a, edge.b) == (a.min(b), a.max(b))).map_or(other, |edge| edge.weight)
    };
    cluster(tables, edges, model, same, apart, &weight)
}

const NOTHING: f32 = -20.0;
const AGAINST: f32 = -40.0;

#[test]
fn links_join_and_missing_evidence_does_not_split() {
    let chain = [edge(0, 1, 5.0), edge(1, 2, 5.0)];
    assert_eq!(run(&[0; 4], &chain, &model(), &[], &[], NOTHING).of, [0, 0, 0, 3]);
}

#[test]
fn evidence_against_the_far_ends_cuts_the_weaker_link() {
    let chain = [edge(0, 1, 9.0), edge(1, 2, 5.0)];
    let done = run(&[0; 3], &chain, &model(), &[], &[], AGAINST);
    assert_eq!(done.of, [0, 0, 2]);
    assert_eq!(done.cut, [(chain[1], CutReason::Evidence)]);
    assert_eq!(done.scored, 1);
}

#[test]
fn what_is_likely_one_person_parts_nobody_however_high_the_threshold() {
    let high = Model { threshold: Some(0.95), ..model() };
    let with = |between: f32| [edge(0, 1, 9.0), edge(0, 2, between), edge(1, 2, 6.0)];
    assert_eq!(run(&[0; 3], &with(2.0), &high, &[], &[], AGAINST).of, [0, 0, 0], "a probability of 0.8");
    assert_eq!(run(&[0; 3], &with(-3.0), &high, &[], &[], AGAINST).of, [0, 0, 2], "one of 0.1");
    assert_eq!(run(&[0; 2], &[edge(0, 1, 2.0)], &high, &[], &[], AGAINST).of, [0, 1], "and no link");
}

#[test]
fn what_is_below_the_threshold_does_not_join() {
    assert_eq!(run(&[0; 2], &[edge(0, 1, -0.5)], &model(), &[], &[], NOTHING).of, [0, 1]);
}

#[test]
fn certain_links_stand_against_evidence_and_partings_against_both() {
    assert_eq!(run(&[0; 2], &[], &model(), &[(0, 1)], &[], AGAINST).of, [0, 0]);
    let apart = run(&[0; 2], &[edge(0, 1, 30.0)], &model(), &[], &[(1, 0)], NOTHING);
    assert_eq!((apart.of, apart.cut[0].1), (vec![0, 1], CutReason::Apart));
    // A chain of certain links between two that are apart: the weaker link gives way, and people are told.
    let chain = run(&[0; 3], &[edge(0, 1, 8.0), edge(1, 2, 3.0)], &model(), &[(0, 1), (1, 2)], &[(0, 2)], NOTHING);
    assert_eq!(chain.of, [0, 0, 2]);
    assert_eq!((chain.warnings[0].kind, &chain.warnings[0].records[..]), (WarningKind::Conflict, &[1, 2][..]));
}

#[test]
fn a_table_that_holds_everybody_once_gives_a_cluster_one_record_at_most() {
    let model = Model { unique: vec![false, true], ..model() };
    let tables = [0, 1, 1];
    let done = run(&tables, &[edge(0, 1, 4.0), edge(0, 2, 6.0), edge(1, 2, 9.0)], &model, &[], &[], NOTHING);
    assert_eq!(done.of, [0, 1, 0]);
    assert_eq!(done.cut.iter().map(|cut| cut.1).collect::<Vec<_>>(), [CutReason::Unique; 2]);
    // Records of such a table that are certainly one person are one there too.
    let stated = run(&tables, &[edge(0, 1, 4.0), edge(0, 2, 6.0)], &model, &[(1, 2)], &[], NOTHING);
    assert_eq!(stated.of, [0, 0, 0]);
    // Not so when certain links only lead from one to the other.
    let led = run(&tables, &[edge(0, 1, 4.0), edge(0, 2, 6.0)], &model, &[(0, 1), (0, 2)], &[], NOTHING);
    assert_eq!((led.of, led.warnings[0].kind), (vec![0, 1, 0], WarningKind::Conflict));
}

/// Weights of pairs, and that of all sets that hold both of two records: what those two weigh.
struct Opposed {
    pairs: Vec<Edge>,
    two: (u32, u32),
}

impl Evidence for Opposed {
    fn pair(&self, a: u32, b: u32) -> f32 {
        self.pairs.iter().find(|edge| (edge.a, edge.b) == (a, b)).map_or(NOTHING, |edge| edge.weight)
    }
    fn sets(&self, ones: &[u32], others: &[u32]) -> f32 {
        let all = |one, other| ones.contains(&one) && others.contains(&other);
        if all(self.two.0, self.two.1) || all(self.two.1, self.two.0) {
            return self.pair(self.two.0, self.two.1);
        }
        let pairs = ones.iter().flat_map(|&a| others.iter().map(move |&b| self.pair(a.min(b), a.max(b))));
        pairs.fold(f32::MIN, f32::max)
    }
}

fn of_two(pairs: Vec<Edge>, two: (u32, u32), records: u32) -> Clusters {
    cluster(&vec![0; records as usize], &pairs.clone(), &model(), &[], &[], &Opposed { pairs, two })
}

#[test]
fn what_fits_two_people_alike_is_no_bridge_between_them() {
    // Twins, 0 and 2, and a record without a given name: by the sum of the evidence all three were one person.
    let done = of_two(vec![edge(0, 1, 4.0), edge(0, 2, -3.0), edge(1, 2, 4.0)], (0, 2), 3);
    assert_eq!(done.of, [0, 1, 2]);
    let reasons: Vec<(u32, u32, CutReason)> = done.cut.iter().map(|(edge, why)| (edge.a, edge.b, *why)).collect();
    assert_eq!(reasons, [(0, 1, CutReason::Alike), (1, 2, CutReason::Alike)]);
    // Two such records, and two of the one twin.
    let links =
        [(0, 1, 12.0), (0, 2, 4.0), (1, 2, 4.0), (0, 3, 4.0), (1, 3, 4.0), (2, 3, 4.0), (2, 4, 4.0), (3, 4, 4.0)];
    let mut pairs: Vec<Edge> = links.into_iter().map(|(a, b, weight)| edge(a, b, weight)).collect();
    pairs.extend([edge(0, 4, -3.0), edge(1, 4, -3.0)]);
    let done = of_two(pairs, (0, 4), 5);
    assert_eq!(done.of[..2], [0, 0]);
    assert!(done.of[4] != 0 && done.of[2..4].iter().all(|&of| of != 0 && of != done.of[4]), "{:?}", done.of);
}

#[test]
fn what_fits_one_of_two_people_better_is_with_that_one() {
    let done = of_two(vec![edge(0, 1, 4.0), edge(0, 2, -3.0), edge(1, 2, 6.0)], (0, 2), 3);
    assert_eq!(done.of, [0, 1, 1]);
    assert_eq!(done.cut.iter().map(|cut| cut.1).collect::<Vec<_>>(), [CutReason::Evidence]);
    // Between two who have nothing in common it stays with the one, too: what is otherwise known of them decides.
    let done = of_two(vec![edge(0, 1, 4.0), edge(0, 2, -60.0), edge(1, 2, 4.0)], (0, 2), 3);
    assert_eq!(done.of.iter().filter(|&&of| of == done.of[1]).count(), 2);
}

#[test]
fn who_hung_together_only_by_what_fits_two_alike_falls_apart_with_it() {
    // 0, 2 and 3 are kin; 1 is as like the one as the others.
    let links = [(0, 1, 4.0), (1, 2, 4.0), (0, 2, -3.0), (1, 3, 4.0), (0, 3, -3.0), (2, 3, -3.0)];
    let pairs: Vec<Edge> = links.into_iter().map(|(a, b, weight)| edge(a, b, weight)).collect();
    let done = run(&[0; 4], &pairs, &model(), &[], &[], NOTHING);
    assert_eq!(done.of, [0, 1, 2, 3]);
}

#[test]
fn of_best_links_the_best_alone_stands() {
    let model = Model { unique: vec![false, true], linking: Linking::Best, ..model() };
    let tables = [0, 0, 1, 1];
    let edges = [edge(0, 2, 4.0), edge(0, 3, 6.0), edge(1, 3, 5.0), edge(1, 2, 1.0)];
    let done = run(&tables, &edges, &model, &[], &[], NOTHING);
    assert_eq!(done.of, [0, 0, 2, 0]);
    let both = Model { unique: vec![true, true], ..model };
    assert_eq!(run(&tables, &edges, &both, &[], &[], NOTHING).of, [0, 1, 2, 0]);
}

#[test]
fn a_weak_link_between_two_firm_parts_is_a_bridge() {
    let edges = [edge(0, 1, 12.0), edge(1, 2, 1.0), edge(2, 3, 12.0)];
    let done = run(&[0; 4], &edges, &model(), &[], &[], NOTHING);
    assert_eq!(done.of, [0; 4]);
    assert_eq!((done.warnings[0].kind, &done.warnings[0].records[..]), (WarningKind::Bridge, &[1, 2][..]));
}

#[test]
fn a_component_of_thousands_is_parted_and_said() {
    // A ring of 300 persons of five records each, every one linked to the next by one wrong link.
    let (persons, each) = (300u32, 5u32);
    let mut edges = Vec::new();
    for person in 0..persons {
        for a in 0..each {
            for b in a + 1..each {
                edges.push(edge(person * each + a, person * each + b, 8.0));
            }
        }
        if person > 0 {
            edges.push(edge((person - 1) * each + 4, person * each, 1.0));
        }
    }
    let truth = |record: u32| record / each;
    let weight = |a: u32, b: u32| if truth(a) == truth(b) { 8.0 } else { AGAINST };
    let tables = vec![0; (persons * each) as usize];
    let done = cluster(&tables, &edges, &model(), &[], &[], &weight);
    assert!((0..persons * each).all(|record| done.of[record as usize] == truth(record) * each));
    assert_eq!(done.cut.len() as u32, persons - 1);
    assert!(done.warnings.iter().any(|warning| warning.kind == WarningKind::Oversized));
}

/// A small world: tables, weights of all pairs, certain links.
#[derive(Clone, Debug)]
struct World {
    tables: Vec<u32>,
    weights: Vec<f32>,
    same: Vec<(u32, u32)>,
    apart: Vec<(u32, u32)>,
    unique: Vec<bool>,
}

impl World {
    fn edges(&self) -> Vec<Edge> {
        let pairs = (0..self.size()).flat_map(|a| (a + 1..self.size()).map(move |b| (a, b)));
        pairs.zip(&self.weights).map(|((a, b), &weight)| edge(a, b, weight)).collect()
    }
    fn size(&self) -> u32 {
        self.tables.len() as u32
    }
    fn model(&self) -> Model {
        Model { unique: self.unique.clone(), ..model() }
    }
    /// Whether the parting keeps all that is certain, and its sum.
    fn sum(&self, of: &[u32]) -> Option<i64> {
        let terms = Terms::of(&self.model());
        let together = |&(a, b): &(u32, u32)| of[a as usize] == of[b as usize];
        if !self.same.iter().all(together) || self.apart.iter().any(together) {
            return None;
        }
        let mut sum = 0;
        for edge in self.edges() {
            if together(&(edge.a, edge.b)) {
                let tables = (self.tables[edge.a as usize], self.tables[edge.b as usize]);
                if tables.0 == tables.1 && terms.is_unique(tables.0) {
                    return None;
                }
                // Certain links are taken as they are: between records that they join evidence counts nothing.
                sum += terms.signed(edge.weight);
            }
        }
        Some(sum)
    }
    /// Records that are with neither of two people: ends of links cut for it that are with nobody but those they certainly are.
    fn alike(&self, done: &Clusters) -> Vec<u32> {
        let certain = self.hang_together(|a, b| self.same.iter().any(|&(x, y)| (x.min(y), x.max(y)) == (a, b)));
        let alone = |record: u32| {
            (0..self.size()).all(|other| {
                done.of[other as usize] != done.of[record as usize]
                    || certain[other as usize] == certain[record as usize]
            })
        };
        let ends = done.cut.iter().filter(|cut| cut.1 == CutReason::Alike).flat_map(|cut| [cut.0.a, cut.0.b]);
        let out: Vec<u32> = ends.filter(|&end| alone(end)).map(|end| certain[end as usize]).collect();
        (0..self.size()).filter(|&record| out.contains(&certain[record as usize])).collect()
    }
    /// Whether the records but those left out are together as in a parting, as far as links or certainty still join them.
    fn without(&self, parting: &[u32], out: &[u32], of: &[u32]) -> bool {
        let there = |record: u32| !out.contains(&record);
        let edges = self.edges();
        let joined = self.hang_together(|a, b| {
            let link = edges.iter().any(|edge| (edge.a, edge.b) == (a, b) && edge.weight >= 0.0);
            let same = self.same.iter().any(|&(x, y)| (x.min(y), x.max(y)) == (a, b));
            there(a) && there(b) && parting[a as usize] == parting[b as usize] && (link || same)
        });
        let all = (0..self.size()).flat_map(|a| (a + 1..self.size()).map(move |b| (a as usize, b as usize)));
        all.filter(|&(a, b)| there(a as u32) && there(b as u32))
            .all(|(a, b)| (of[a] == of[b]) == (joined[a] == joined[b]))
    }
    /// By record the lowest that it hangs together with.
    fn hang_together(&self, pair: impl Fn(u32, u32) -> bool) -> Vec<u32> {
        let mut of: Vec<u32> = (0..self.size()).collect();
        for a in 0..self.size() {
            for b in a + 1..self.size() {
                if pair(a, b) {
                    let (low, high) = (of[a as usize].min(of[b as usize]), of[a as usize].max(of[b as usize]));
                    of.iter_mut().filter(|of| **of == high).for_each(|of| *of = low);
                }
            }
        }
        of
    }
    /// The same with nobody who has much in common without being one person: what speaks against does so for certain.
    fn without_kin(mut self) -> Self {
        self.weights.iter_mut().filter(|weight| **weight < 0.0).for_each(|weight| *weight += NOTHING - 1.0);
        self
    }
    /// All partings.
    fn partings(&self) -> Vec<Vec<u32>> {
        (0..self.size()).fold(vec![Vec::new()], |partings, record| {
            let more = |of: Vec<u32>| {
                let mut lows: Vec<u32> = of.clone();
                lows.sort_unstable();
                lows.dedup();
                lows.push(record);
                lows.into_iter().map(move |low| [&of[..], &[low]].concat())
            };
            partings.into_iter().flat_map(more).collect()
        })
    }
}

fn world(most: u32, certain: bool) -> impl Strategy<Value = World> {
    (2..=most).prop_flat_map(move |size| {
        let pairs = (size * (size - 1) / 2) as usize;
        let weight = prop_oneof![3 => 0.0f32..12.0, 2 => -60.0f32..0.0, 2 => Just(NOTHING)];
        let pair = (0..size, 0..size).prop_filter("two", |(a, b)| a != b);
        let some = if certain { 0..3usize } else { 0..1 };
        (
            proptest::collection::vec(0u32..3, size as usize),
            proptest::collection::vec(weight, pairs),
            proptest::collection::vec(pair.clone(), some.clone()),
            proptest::collection::vec(pair, some),
            proptest::collection::vec(prop::bool::weighted(if certain { 0.4 } else { 0.0 }), 3),
        )
            .prop_map(|(tables, weights, same, apart, unique)| World { tables, weights, same, apart, unique })
    })
}

proptest! {
    #[test]
    fn small_components_are_parted_as_well_as_can_be(world in world(6, true)) {
        let best = world.partings().iter().filter_map(|of| world.sum(of)).max();
        // Without contradictions among what is certain there is a best parting.
        if let Some(best) = best {
            let done = run(&world.tables, &world.edges(), &world.model(), &world.same, &world.apart, NOTHING);
            // Records that hang together by nothing are not joined by nothing; what fits two alike is with neither, and
            // the others are as in a best parting without it.
            match world.alike(&done) {
                out if out.is_empty() => prop_assert_eq!(world.sum(&done.of), Some(best)),
                out => {
                    let mut partings = world.partings().into_iter().filter(|of| world.sum(of) == Some(best));
                    prop_assert!(partings.any(|of| world.without(&of, &out, &done.of)), "{:?} without {out:?}", done.of);
                }
            }
        }
    }

    #[test]
    fn nothing_that_is_certain_is_broken_at_any_size(world in world(24, true)) {
        let done = run(&world.tables, &world.edges(), &world.model(), &world.same, &world.apart, NOTHING);
        for &(a, b) in &world.apart {
            prop_assert_ne!(done.of[a as usize], done.of[b as usize]);
        }
        let conflict = done.warnings.iter().any(|warning| warning.kind == WarningKind::Conflict);
        for &(a, b) in &world.same {
            prop_assert!(conflict || done.of[a as usize] == done.of[b as usize]);
        }
        for edge in world.edges() {
            let (a, b) = (edge.a as usize, edge.b as usize);
            let once = world.tables[a] == world.tables[b] && world.unique[world.tables[a] as usize];
            let stated = world.same.iter().any(|&(x, y)| world.tables[x as usize] == world.tables[y as usize]);
            prop_assert!(!once || stated || done.of[a] != done.of[b]);
        }
        for (record, &low) in done.of.iter().enumerate() {
            prop_assert!(low as usize <= record && done.of[low as usize] == low);
        }
    }

    #[test]
    fn greedy_joins_reach_half_of_the_best(world in world(8, false).prop_map(World::without_kin)) {
        // The same world in a component too large to go through: copies of it that have nothing to do with each other
        // but one faint link.
        let size = world.size();
        let mut edges = Vec::new();
        for copy in 0..3 {
            edges.extend(world.edges().iter().map(|e| edge(e.a + copy * size, e.b + copy * size, e.weight)));
        }
        edges.push(edge(0, size, 0.01));
        edges.push(edge(size, 2 * size, 0.01));
        let tables = vec![0; 3 * size as usize];
        let done = run(&tables, &edges, &model(), &[], &[], NOTHING - 1.0);
        let one = run(&world.tables, &world.edges(), &world.model(), &[], &[], NOTHING - 1.0);
        let terms = Terms::of(&model());
        let sum = |of: &[u32], edges: &[Edge]| -> i64 {
            let within = edges.iter().filter(|e| of[e.a as usize] == of[e.b as usize]);
            within.map(|e| terms.signed(e.weight)).sum()
        };
        let (greedy, exact) = (sum(&done.of, &edges), 3 * sum(&one.of, &world.edges()));
        prop_assert!(done.cut.iter().chain(&one.cut).all(|cut| cut.1 != CutReason::Alike));
        // The strongest link, taken first, can keep two others apart that together weigh nearly twice as much.
        prop_assert!(greedy * 100 >= exact * 49, "{greedy} against {exact}");
    }

    #[test]
    fn the_order_of_edges_and_the_number_of_threads_change_nothing(
        (world, shuffled) in world(16, true).prop_flat_map(|world| {
            let edges = world.edges();
            (Just(world), Just(edges).prop_shuffle())
        }),
    ) {
        let weight = |a: u32, b: u32| ((a * 7 + b * 13) % 50) as f32 - 30.0;
        // Half of the pairs are scored here.
        let half = |edges: &[Edge]| -> Vec<Edge> {
            edges.iter().filter(|edge| (edge.a + edge.b) % 2 == 0).copied().collect()
        };
        let model = world.model();
        let run = |edges: &[Edge], same: &[(u32, u32)]| {
            cluster(&world.tables, &half(edges), &model, same, &world.apart, &weight)
        };
        let straight = run(&world.edges(), &world.same);
        let backwards: Vec<(u32, u32)> = world.same.iter().rev().copied().collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
        prop_assert_eq!(&straight, &pool.install(|| run(&shuffled, &backwards)));
    }
}
