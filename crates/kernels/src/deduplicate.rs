//! Deduplicate: which records of one table are the same, and which of them stands for the others.
//!
//! Reads    keys, preferences, one tuple of texts a rule, links that the source itself states
//! Writes   per record its group, the group's winner, and the rules that joined it
//! Flow     stated links ─ every rule against every record ─ components ─ winner
//!
//! Invariants
//! - Groups that share a record are one group (2.2 of the reference), whichever rules made them.
//! - A null never groups.
//! - Two records that the source says are different people never end in one group.
//!
//! Not here: composite winners (`onefold-stages` takes values column by column).

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::components::Components;
use crate::frame::{NO_CODE, TextColumn, TupleCodes, order_of, rank_of};

/// A rule: records with equal, complete tuples are the same.
#[derive(Clone, Debug)]
pub struct DedupeRule {
    /// Its name.
    pub name: String,
    /// One column a condition.
    pub conditions: Vec<TextColumn>,
}

/// What a source itself says of two records of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The key of one.
    pub key: String,
    /// The key of the other; one that is not in the table says nothing.
    pub other: String,
    /// Whether they are the same or never the same.
    pub same: bool,
}

/// The word that stands for stated links among the names of rules.
pub const STATED: &str = "stated by the source";

/// Per record, in the order they were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deduplicated {
    /// Row of the record that stands for the group.
    pub winner: Vec<u32>,
    /// Number of the group; groups are numbered by their lowest key.
    pub group: Vec<u32>,
    /// Names of the rules that joined the group, with `;` between them; `None` for a record that is alone.
    pub rule: Vec<Option<String>>,
}

/// Groups records. `preference`: higher wins, `None` is lowest, ties go to the larger key.
///
/// # Panics
/// When columns differ in length.
pub fn deduplicate(key: &TextColumn, preference: &[Option<f64>], rules: &[DedupeRule], links: &[Link]) -> Deduplicated {
    assert_eq!(key.len(), preference.len(), "one preference a record");
    let order = order_of(key);
    let rank = rank_of(&order);
    // From here on records are known by their place in the order of keys.
    let mut joined = Joined::new(key.len());
    joined.stated(key, &rank, links);
    for (number, rule) in rules.iter().enumerate() {
        joined.rule(number + 1, rule, &order);
    }
    let fired = joined.fired_by_root(rules.len() + 1);
    let mut roots = joined.components;

    let mut winner_of: Vec<u32> = (0..key.len() as u32).collect();
    let mut number_of = vec![0; key.len()];
    let mut groups = 0;
    for place in 0..key.len() as u32 {
        let root = roots.root(place);
        if root == place {
            number_of[root as usize] = groups;
            groups += 1;
            continue;
        }
        let best = &mut winner_of[root as usize];
        let (held, challenger) = (order[*best as usize] as usize, order[place as usize] as usize);
        if compare(preference[challenger], preference[held]) != Ordering::Less {
            *best = place; // the larger key, on a tie: places rise with keys
        }
    }
    let names: HashMap<u32, String> = fired.into_iter().map(|(root, numbers)| (root, names(&numbers, rules))).collect();
    let root_of: Vec<u32> = rank.iter().map(|&place| roots.root(place)).collect();
    Deduplicated {
        winner: root_of.iter().map(|&root| order[winner_of[root as usize] as usize]).collect(),
        group: root_of.iter().map(|&root| number_of[root as usize]).collect(),
        rule: root_of.iter().map(|root| names.get(root).cloned()).collect(),
    }
}

fn compare(a: Option<f64>, b: Option<f64>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn names(numbers: &[usize], rules: &[DedupeRule]) -> String {
    let name = |&number: &usize| if number == 0 { STATED } else { rules[number - 1].name.as_str() };
    numbers.iter().map(name).collect::<Vec<_>>().join(";")
}

/// Records joined so far, by their place in the order of keys.
struct Joined {
    components: Components,
    /// Pairs that must stay apart.
    apart: Vec<(u32, u32)>,
    /// Whether a component holds a record of such a pair, by root.
    watched: Vec<bool>,
    /// Rule (0: stated) and one record it joined to another.
    fired: Vec<(usize, u32)>,
}

impl Joined {
    fn new(records: usize) -> Self {
        Self {
            components: Components::new(records),
            apart: Vec::new(),
            watched: vec![false; records],
            fired: Vec::new(),
        }
    }
    fn stated(&mut self, key: &TextColumn, rank: &[u32], links: &[Link]) {
        if links.is_empty() {
            return;
        }
        let place: HashMap<&str, u32> = key.iter().zip(rank).filter_map(|(key, &rank)| Some((key?, rank))).collect();
        let pair = |link: &Link| {
            let (a, b) = (*place.get(link.key.as_str())?, *place.get(link.other.as_str())?);
            (a != b).then_some((a.min(b), a.max(b)))
        };
        self.apart = links.iter().filter(|link| !link.same).filter_map(pair).collect();
        for &(a, b) in &self.apart {
            self.watched[a as usize] = true;
            self.watched[b as usize] = true;
        }
        let mut same: Vec<(u32, u32)> = links.iter().filter(|link| link.same).filter_map(pair).collect();
        same.sort_unstable();
        same.into_iter().for_each(|(a, b)| self.join(0, a, b));
    }
    fn rule(&mut self, number: usize, rule: &DedupeRule, order: &[u32]) {
        let mut codes = TupleCodes::new();
        let of_row = codes.add(&rule.conditions);
        assert!(rule.conditions.is_empty() || of_row.len() == order.len(), "one text a record and condition");
        let mut first = vec![NO_CODE; codes.len()];
        for (place, &row) in order.iter().enumerate() {
            let Some(&code) = of_row.get(row as usize) else { return };
            if code == NO_CODE {
                continue;
            }
            match first[code as usize] {
                NO_CODE => first[code as usize] = place as u32,
                earlier => self.join(number, earlier, place as u32),
            }
        }
    }
    fn join(&mut self, number: usize, a: u32, b: u32) {
        let (root_a, root_b) = (self.components.root(a), self.components.root(b));
        if root_a != root_b {
            let (watched_a, watched_b) = (self.watched[root_a as usize], self.watched[root_b as usize]);
            if watched_a && watched_b && self.must_stay_apart(root_a, root_b) {
                return;
            }
            let root = self.components.join(root_a, root_b);
            self.watched[root as usize] = watched_a || watched_b;
        }
        self.fired.push((number, a));
    }
    fn must_stay_apart(&mut self, root_a: u32, root_b: u32) -> bool {
        let wanted = (root_a.min(root_b), root_a.max(root_b));
        (0..self.apart.len()).any(|i| {
            let (a, b) = self.apart[i];
            let (a, b) = (self.components.root(a), self.components.root(b));
            (a.min(b), a.max(b)) == wanted
        })
    }
    /// The rules that joined each group, in their order.
    fn fired_by_root(&mut self, rules: usize) -> HashMap<u32, Vec<usize>> {
        let mut all: HashMap<u32, Vec<bool>> = HashMap::new();
        for (number, place) in std::mem::take(&mut self.fired) {
            all.entry(self.components.root(place)).or_insert_with(|| vec![false; rules])[number] = true;
        }
        let numbers = |fired: Vec<bool>| (0..rules).filter(|&number| fired[number]).collect();
        all.into_iter().map(|(root, fired)| (root, numbers(fired))).collect()
    }
}

#[cfg(test)]
mod tests;
