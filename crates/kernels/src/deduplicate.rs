//! Deduplicate: which records of one table are the same, and which of them stands for the others.
//!
//! Reads    keys, preferences, one tuple of texts a rule, links that the source states or people decided
//! Writes   per record its group, the group's winner, and the rules that joined it with their scores; counts by rule
//! Flow     links ─ every rule against every record ─ components ─ winner
//!
//! Invariants
//! - Groups that share a record are one group (2.2 of the reference), whichever rules made them.
//! - A null never groups.
//! - Two records that are said to be different people never end in one group.
//! - Links come before rules; rules come in their order, pairs of one rule in that of their keys.
//!
//! Not here: which pairs meet a rule with near conditions or exceptions (`rule`); composite winners (`onefold-stages`
//! takes values column by column).

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use crate::bonds::Bonds;
use crate::components::Components;
use crate::frame::{NO_CODE, TextColumn, TupleCodes, order_of, rank_of};
use crate::near::MOST_WORK;
use crate::rule::{Evaluation, Exception, RuleCounts, Texts};

/// A rule: records whose texts are all there and near enough are the same, unless all exceptions hold.
#[derive(Clone, Debug, Default)]
pub struct DedupeRule {
    /// Its name.
    pub name: String,
    /// One column a condition.
    pub conditions: Vec<TextColumn>,
    /// The least score of each condition, above 0 to 1; 1 is equality.
    pub at_least: Vec<f64>,
    /// One column an exception.
    pub exceptions: Vec<TextColumn>,
    /// When each exception holds.
    pub except: Vec<Exception>,
}

/// What is said of two records of the table, by their source or by people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The key of one.
    pub key: String,
    /// The key of the other; one that is not in the table says nothing.
    pub other: String,
    /// Whether they are the same or never the same.
    pub same: bool,
    /// Whether people say so; what they say goes before what the source says.
    pub by_people: bool,
}

/// The word that stands for stated links among the names of rules.
pub const STATED: &str = "stated by the source";

/// The word that stands for links of people among the names of rules.
pub const ALWAYS: &str = "always";

/// Per record, in the order they were given.
#[derive(Clone, Debug, PartialEq)]
pub struct Deduplicated {
    /// Row of the record that stands for the group.
    pub winner: Vec<u32>,
    /// Number of the group; groups are numbered by their lowest key.
    pub group: Vec<u32>,
    /// Names of the rules that joined the group, with `;` between them; `None` for a record that is alone.
    pub rule: Vec<Option<String>>,
    /// The lowest score at which they joined it.
    pub score: Vec<Option<f64>>,
    /// The same for each rule by itself.
    pub by_rule: Vec<ByRule>,
    /// What was counted of each rule.
    pub counts: Vec<RuleCounts>,
}

/// What one rule did, by record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ByRule {
    /// Number of the group that the rule alone makes; `None` where it joins the record to none.
    pub group: Vec<Option<u32>>,
    /// The lowest score at which it joined records of the record's whole group.
    pub score: Vec<Option<f64>>,
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
    let mut joined = Joined::new(key, &rank, links, rules.len());
    let counts: Vec<RuleCounts> =
        rules.iter().enumerate().map(|(number, rule)| joined.rule(number + 2, rule, &order)).collect();
    let fired = joined.fired_by_root(rules.len() + 2);
    let mut own = std::mem::take(&mut joined.own);
    let mut roots = joined.bonds;

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
    let names: HashMap<u32, String> = fired.iter().map(|(&root, scores)| (root, names(scores, rules))).collect();
    let root_of: Vec<u32> = rank.iter().map(|&place| roots.root(place)).collect();
    let lowest = |scores: &Vec<Option<f64>>| scores.iter().flatten().copied().min_by(f64::total_cmp);
    let by_rule = own.iter_mut().enumerate().map(|(number, own)| ByRule {
        group: by_rule_groups(own, &rank),
        score: root_of.iter().map(|root| fired.get(root).and_then(|scores| scores[number + 2])).collect(),
    });
    Deduplicated {
        winner: root_of.iter().map(|&root| order[winner_of[root as usize] as usize]).collect(),
        group: root_of.iter().map(|&root| number_of[root as usize]).collect(),
        rule: root_of.iter().map(|root| names.get(root).cloned()).collect(),
        score: root_of.iter().map(|root| fired.get(root).and_then(lowest)).collect(),
        by_rule: by_rule.collect(),
        counts,
    }
}

/// The groups that one rule makes, numbered by their lowest key; none for a record that it joins to none.
fn by_rule_groups(own: &mut Components, rank: &[u32]) -> Vec<Option<u32>> {
    let mut members = vec![0_u32; rank.len()];
    (0..rank.len() as u32).for_each(|place| members[own.root(place) as usize] += 1);
    let mut groups = 0;
    let numbers: Vec<Option<u32>> = members
        .iter()
        .map(|&members| {
            groups += u32::from(members > 1);
            (members > 1).then(|| groups - 1)
        })
        .collect();
    rank.iter().map(|&place| numbers[own.root(place) as usize]).collect()
}

fn compare(a: Option<f64>, b: Option<f64>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn names(scores: &[Option<f64>], rules: &[DedupeRule]) -> String {
    let name = |number: usize| match number {
        0 => ALWAYS,
        1 => STATED,
        number => rules[number - 2].name.as_str(),
    };
    let fired = (0..scores.len()).filter(|&number| scores[number].is_some());
    fired.map(name).collect::<Vec<_>>().join(";")
}

/// Records joined so far, by their place in the order of keys.
struct Joined {
    bonds: Bonds,
    /// The groups of each rule alone, where there are several.
    own: Vec<Components>,
    /// Rule (0: people, 1: the source), one record it joined to another, and the score.
    fired: Vec<(usize, u32, f64)>,
}

impl Joined {
    fn new(key: &TextColumn, rank: &[u32], links: &[Link], rules: usize) -> Self {
        let place: HashMap<&str, u32> = match links.is_empty() {
            true => HashMap::new(),
            false => key.iter().zip(rank).filter_map(|(key, &rank)| Some((key?, rank))).collect(),
        };
        let pair = |link: &Link| {
            let (a, b) = (*place.get(link.key.as_str())?, *place.get(link.other.as_str())?);
            (a != b).then_some((a.min(b), a.max(b)))
        };
        // Where people speak of a pair, the source is not asked.
        let by_people: HashSet<(u32, u32)> = links.iter().filter(|link| link.by_people).filter_map(pair).collect();
        let pair = |link: &Link| pair(link).filter(|pair| link.by_people || !by_people.contains(pair));
        let apart = links.iter().filter(|link| !link.same).filter_map(pair);
        let own = if rules > 1 { vec![Components::new(key.len()); rules] } else { Vec::new() };
        let mut joined = Self { bonds: Bonds::new(key.len(), apart), own, fired: Vec::new() };
        for by_people in [true, false] {
            let same = links.iter().filter(|link| link.same && link.by_people == by_people);
            let mut same: Vec<(u32, u32)> = same.filter_map(pair).collect();
            same.sort_unstable();
            same.into_iter().for_each(|(a, b)| joined.join(usize::from(!by_people), a, b, 1.0));
        }
        joined
    }
    fn rule(&mut self, number: usize, rule: &DedupeRule, order: &[u32]) -> RuleCounts {
        assert_eq!(rule.conditions.len(), rule.at_least.len(), "one threshold a condition");
        assert_eq!(rule.exceptions.len(), rule.except.len(), "one column an exception");
        if rule.exceptions.is_empty() && rule.at_least.iter().all(|&least| least >= 1.0) {
            return self.exact(number, rule, order);
        }
        let places = rank_of(order);
        let texts = Texts { conditions: &rule.conditions, exceptions: &rule.exceptions, order };
        let mut evaluation = Evaluation::new(texts, None, &rule.at_least, &rule.except, MOST_WORK);
        evaluation.pairs(&mut |classes, a, b, score| {
            let (of_a, of_b) = (classes.rows(a), classes.rows(b));
            let mut join = |a: u32, b: u32| self.join(number, places[a as usize], places[b as usize], score);
            // Each record of one class meets each of the other: a chain through the first ones joins them all.
            if a == b {
                of_a[1..].iter().for_each(|&row| join(of_a[0], row));
            } else {
                of_b.iter().for_each(|&row| join(of_a[0], row));
                of_a[1..].iter().for_each(|&row| join(row, of_b[0]));
            }
        });
        evaluation.counts().clone()
    }
    /// A rule of equal values.
    fn exact(&mut self, number: usize, rule: &DedupeRule, order: &[u32]) -> RuleCounts {
        let mut codes = TupleCodes::new();
        let of_row = codes.add(&rule.conditions);
        assert!(rule.conditions.is_empty() || of_row.len() == order.len(), "one text a record and condition");
        let mut first = vec![NO_CODE; codes.len()];
        let mut held = vec![0_u64; codes.len()];
        for (place, &row) in order.iter().enumerate() {
            let Some(&code) = of_row.get(row as usize) else { break };
            if code == NO_CODE {
                continue;
            }
            held[code as usize] += 1;
            match first[code as usize] {
                NO_CODE => first[code as usize] = place as u32,
                earlier => self.join(number, earlier, place as u32, 1.0),
            }
        }
        let pairs = |held: &[u64]| held.iter().map(|held| held * held.saturating_sub(1) / 2).sum();
        let met = pairs(&held);
        let of_condition = |condition: &TextColumn| {
            let mut codes = TupleCodes::new();
            let mut held = Vec::new();
            for code in codes.add(std::slice::from_ref(condition)).into_iter().filter(|&code| code != NO_CODE) {
                held.resize(held.len().max(code as usize + 1), 0);
                held[code as usize] += 1;
            }
            pairs(&held)
        };
        let conditions = match rule.conditions.as_slice() {
            [_] => vec![met],
            all => all.iter().map(of_condition).collect(),
        };
        RuleCounts { met, conditions, ..RuleCounts::default() }
    }
    fn join(&mut self, number: usize, a: u32, b: u32, score: f64) {
        if self.bonds.join(a, b) {
            self.fired.push((number, a, score));
            if let Some(own) = number.checked_sub(2).and_then(|rule| self.own.get_mut(rule)) {
                own.join(a, b);
            }
        }
    }
    /// The rules that joined each group, in their order, each with its lowest score.
    fn fired_by_root(&mut self, rules: usize) -> HashMap<u32, Vec<Option<f64>>> {
        let mut all: HashMap<u32, Vec<Option<f64>>> = HashMap::new();
        for (number, place, score) in std::mem::take(&mut self.fired) {
            let lowest = &mut all.entry(self.bonds.root(place)).or_insert_with(|| vec![None; rules])[number];
            *lowest = Some(lowest.map_or(score, |lowest| lowest.min(score)));
        }
        all
    }
}

#[cfg(test)]
mod tests;
