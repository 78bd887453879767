//! Matching: attaches the records of lower tables to those of higher ones, rule by rule.
//!
//! Reads    per table keys, their winners after deduplication, one tuple of texts a rule and side; what people said of pairs
//! Writes   per record its cluster, and what joined it to it; counts by rule
//! Flow     pairs that always match ─ for each table from the second on, for each rule in order: pairs that meet it ─ best
//!          cluster that may be joined
//!
//! Invariants
//! - A group goes to rule 2 only if rule 1 found nothing for any of its records that it may join (2.3 of the reference).
//! - Winners and alternates are searched and found alike; a hit of one is a hit of its group.
//! - Of several clusters the one with the highest score is taken, then the lowest; clusters are numbered by table, then
//!   key. Of several records in it the one with the lowest key.
//! - Pairs that never match never end in one cluster; pairs that always match go before rules.
//! - A null never matches.
//!
//! Not here: which pairs meet a rule with near conditions or exceptions (`rule`).

use rustc_hash::FxHashMap;

use crate::bonds::Bonds;
use crate::frame::{NO_CODE, TextColumn, TupleCodes, order_of, rank_of};
use crate::near::MOST_WORK;
use crate::rule::{Evaluation, Exception, RuleCounts, Texts};

/// A table of a match, in order of priority.
#[derive(Clone, Debug, Default)]
pub struct MatchTable {
    /// Whether records that match nothing become profiles.
    pub include_all: bool,
    /// Keys, each once.
    pub key: TextColumn,
    /// For each record the key of the one that stands for its group.
    pub winner: TextColumn,
    /// What it has to offer to rules.
    pub sides: Vec<Side>,
}

/// The texts of a table for one rule.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// Index of the rule.
    pub rule: usize,
    /// Whether the table is the rule's lower one (`from`).
    pub from: bool,
    /// One column a condition.
    pub conditions: Vec<TextColumn>,
    /// One column an exception.
    pub exceptions: Vec<TextColumn>,
}

/// A rule between two tables, by their index; `from` is the lower one, with the higher index.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MatchRule {
    /// Index of the lower table.
    pub from: usize,
    /// Index of the higher table.
    pub to: usize,
    /// The least score of each condition, above 0 to 1; 1 is equality.
    pub at_least: Vec<f64>,
    /// When each exception holds.
    pub except: Vec<Exception>,
}

/// What people say of two records of any tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Index of the table and key of one.
    pub a: (usize, String),
    /// Those of the other; a key that is not there says nothing.
    pub b: (usize, String),
    /// Whether they always match or never.
    pub same: bool,
    /// Whether it was decided record by record: that goes before lists.
    pub decided: bool,
}

/// A record and where it belongs. Records come in the order of tables, then of rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatchedRecord {
    /// Index of its table.
    pub table: u32,
    /// Its row.
    pub row: u32,
    /// Whether it stands for its group.
    pub is_winner: bool,
    /// Number of the cluster.
    pub cluster: u32,
    /// Whether the cluster becomes a profile.
    pub included: bool,
    /// What attached its group to a record of a higher table; on the winner's row alone.
    pub hit: Option<Hit>,
}

/// What attached a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Index of the rule; `None` when people said so.
    pub rule: Option<u32>,
    /// How sure, 0 to 1; 1 for exact conditions.
    pub score: f64,
    /// Index of the higher table.
    pub table: u32,
    /// Row of the record that was found.
    pub row: u32,
}

/// Attaches the groups of lower tables to those of higher ones. Also gives what was counted of each rule.
///
/// # Panics
/// When a rule does not lead from a lower table to a higher one, or a winner is not among the keys.
pub fn match_tables(
    tables: &[MatchTable],
    rules: &[MatchRule],
    overrides: &[Override],
) -> (Vec<MatchedRecord>, Vec<RuleCounts>) {
    assert!(rules.iter().all(|rule| rule.from > rule.to && rule.from < tables.len()), "rules lead upwards");
    let groups = number_groups(tables);
    let mut matching = Matching::new(tables, &groups, overrides);
    let mut counts = vec![RuleCounts::default(); rules.len()];
    for lower in 1..tables.len() {
        for (number, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.from == lower) {
            counts[number] = matching.rule(number, rule);
        }
    }
    let (mut bonds, hits) = (matching.bonds, matching.hits);
    let cluster: Vec<u32> = (0..groups.count).map(|group| bonds.root(group)).collect();
    let mut members = vec![0u32; groups.count as usize];
    cluster.iter().for_each(|&cluster| members[cluster as usize] += 1);
    let mut all = Vec::with_capacity(tables.iter().map(|table| table.key.len()).sum());
    for (table, of_rows) in groups.of_row.iter().enumerate() {
        for (row, &group) in of_rows.iter().enumerate() {
            let is_winner = groups.winner_row[group as usize] == row as u32;
            let cluster = cluster[group as usize];
            // Alone in its cluster, a group is a profile only where the table takes in all records.
            let included = members[cluster as usize] > 1 || tables[table].include_all;
            let hit = hits[group as usize].filter(|_| is_winner);
            all.push(MatchedRecord { table: table as u32, row: row as u32, is_winner, cluster, included, hit });
        }
    }
    (all, counts)
}

/// The groups of all tables, numbered by table, then winner's key.
struct Groups {
    count: u32,
    /// Per table and row.
    of_row: Vec<Vec<u32>>,
    /// Per table: its rows in the order of their keys.
    order: Vec<Vec<u32>>,
    /// Per table and row: its place among the keys of its table.
    rank: Vec<Vec<u32>>,
    /// Per group: the row of its winner.
    winner_row: Vec<u32>,
}

impl Groups {
    /// The table of a group.
    fn table(&self, group: u32) -> usize {
        let row = self.winner_row[group as usize] as usize;
        let holds = |of_row: &Vec<u32>| of_row.get(row) == Some(&group);
        self.of_row.iter().position(holds).expect("a group is one of a table")
    }
}

fn number_groups(tables: &[MatchTable]) -> Groups {
    let mut groups =
        Groups { count: 0, of_row: Vec::new(), order: Vec::new(), rank: Vec::new(), winner_row: Vec::new() };
    for table in tables {
        let order = order_of(&table.key);
        let rank = rank_of(&order);
        let own = |row: u32| table.winner.get(row as usize) == table.key.get(row as usize);
        let mut of_row = vec![NO_CODE; table.key.len()];
        for &row in order.iter().filter(|&&row| own(row)) {
            of_row[row as usize] = groups.count;
            groups.winner_row.push(row);
            groups.count += 1;
        }
        for row in 0..table.key.len() {
            if of_row[row] == NO_CODE {
                let at = order.binary_search_by(|&at| table.key.get(at as usize).cmp(&table.winner.get(row)));
                of_row[row] = of_row[order[at.expect("a winner is a record of its table")] as usize];
            }
        }
        groups.of_row.push(of_row);
        groups.rank.push(rank);
        groups.order.push(order);
    }
    groups
}

/// A record that a group may be attached to: better ones come first.
#[derive(Clone, Copy, PartialEq)]
struct Best {
    score: f64,
    cluster: u32,
    to_rank: u32,
    to_row: u32,
}

impl Best {
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        let places = |best: &Self| (best.cluster, best.to_rank, best.to_row);
        other.score.total_cmp(&self.score).then_with(|| places(self).cmp(&places(other)))
    }
}

/// What is attached so far.
struct Matching<'a> {
    tables: &'a [MatchTable],
    groups: &'a Groups,
    bonds: Bonds,
    hits: Vec<Option<Hit>>,
}

impl<'a> Matching<'a> {
    fn new(tables: &'a [MatchTable], groups: &'a Groups, overrides: &[Override]) -> Self {
        let row = |(table, key): &(usize, String)| {
            let (column, order) = (&tables.get(*table)?.key, &groups.order[*table]);
            let at = order.binary_search_by(|&row| column.get(row as usize).cmp(&Some(key.as_str()))).ok()?;
            Some((*table, order[at]))
        };
        let group = |(table, row): (usize, u32)| groups.of_row[table][row as usize];
        let mut pairs = Vec::new();
        for said in overrides {
            let (Some(a), Some(b)) = (row(&said.a), row(&said.b)) else { continue };
            let (a, b) = if group(a) <= group(b) { (a, b) } else { (b, a) };
            // Groups of one table are the concern of its deduplication.
            if group(a) != group(b) {
                pairs.push((said, a, b));
            }
        }
        let apart = pairs.iter().filter(|(said, ..)| !said.same).map(|&(_, a, b)| (group(a), group(b)));
        let bonds = Bonds::new(groups.count as usize, apart);
        let mut matching = Self { tables, groups, bonds, hits: vec![None; groups.count as usize] };
        let mut same: Vec<_> = pairs.iter().filter(|(said, ..)| said.same).collect();
        same.sort_unstable_by_key(|(said, a, b)| (!said.decided, group(*a), group(*b), *a, *b));
        for &&(_, a, b) in &same {
            matching.bonds.join(group(a), group(b));
        }
        // Each group but the highest of its cluster was attached: to the record that was named, if that is higher.
        for &&(_, a, b) in &same {
            let (high, low) = (group(a), group(b));
            let root = matching.bonds.root(low);
            if root == matching.bonds.root(high) && root != low && matching.hits[low as usize].is_none() {
                let hit = Hit { rule: None, score: 1.0, table: a.0 as u32, row: a.1 };
                matching.hits[low as usize] = Some(hit);
            }
        }
        for &&(_, a, _) in &same {
            let (root, high) = (matching.bonds.root(group(a)), group(a));
            if root != high && matching.hits[high as usize].is_none() {
                let table = groups.table(root);
                let hit = Hit { rule: None, score: 1.0, table: table as u32, row: groups.winner_row[root as usize] };
                matching.hits[high as usize] = Some(hit);
            }
        }
        matching
    }

    /// Attaches the groups of a table that nothing attached yet.
    fn rule(&mut self, number: usize, rule: &MatchRule) -> RuleCounts {
        let tables = self.tables;
        let side =
            |table: usize, from: bool| tables[table].sides.iter().find(|side| side.rule == number && side.from == from);
        let (Some(from), Some(to)) = (side(rule.from, true), side(rule.to, false)) else {
            return RuleCounts::default();
        };
        let mut offers = Offers::new(self, rule);
        let counts = if rule.except.is_empty() && rule.at_least.iter().all(|&least| least >= 1.0) {
            exact(from, to, &mut |row, to_row| offers.offer(row, to_row, 1.0))
        } else {
            let texts = |side: &'a Side, table: usize| Texts {
                conditions: &side.conditions,
                exceptions: &side.exceptions,
                order: &self.groups.order[table],
            };
            let (from, to) = (texts(from, rule.from), texts(to, rule.to));
            let mut evaluation = Evaluation::new(from, Some(to), &rule.at_least, &rule.except, MOST_WORK);
            evaluation.pairs(&mut |classes, a, b, score| {
                offers.offer_all(classes.rows(a), classes.rows(b), b, score);
            });
            evaluation.counts().clone()
        };
        let (best, lists) = (offers.best, offers.lists);
        for group in 0..self.groups.count {
            let list = lists.get(&group);
            let alone = best[group as usize];
            let candidates = list.map_or_else(|| alone.as_slice(), Vec::as_slice);
            // The root of a cluster may have been attached since.
            let taken = candidates.iter().find(|best| self.bonds.join(best.cluster, group));
            if let Some(taken) = taken {
                let hit =
                    Hit { rule: Some(number as u32), score: taken.score, table: rule.to as u32, row: taken.to_row };
                self.hits[group as usize] = Some(hit);
            }
        }
        counts
    }
}

/// What a rule offers to groups.
struct Offers<'a> {
    groups: &'a Groups,
    from: usize,
    to: usize,
    /// By group of the lower table: whether it was attached before.
    done: Vec<bool>,
    /// By group: its cluster when the rule began.
    cluster: Vec<u32>,
    /// By group: the best so far.
    best: Vec<Option<Best>>,
    /// All there are, best first, for groups that may not join every cluster.
    lists: FxHashMap<u32, Vec<Best>>,
    /// The best record of a class of the higher table.
    of_class: FxHashMap<u32, Best>,
}

impl<'a> Offers<'a> {
    fn new(matching: &mut Matching<'a>, rule: &MatchRule) -> Self {
        let groups = matching.groups;
        let count = groups.count;
        let mut lists = FxHashMap::default();
        for &group in &groups.of_row[rule.from] {
            if matching.bonds.is_watched(group) {
                lists.insert(group, Vec::new());
            }
        }
        Self {
            groups,
            from: rule.from,
            to: rule.to,
            done: matching.hits.iter().map(Option::is_some).collect(),
            cluster: (0..count).map(|group| matching.bonds.root(group)).collect(),
            best: vec![None; count as usize],
            lists,
            of_class: FxHashMap::default(),
        }
    }
    fn candidate(&self, to_row: u32, score: f64) -> Best {
        let target = self.groups.of_row[self.to][to_row as usize];
        let to_rank = self.groups.rank[self.to][to_row as usize];
        Best { score, cluster: self.cluster[target as usize], to_rank, to_row }
    }
    fn offer(&mut self, row: u32, to_row: u32, score: f64) {
        let group = self.groups.of_row[self.from][row as usize];
        if !self.done[group as usize] {
            self.put(group, self.candidate(to_row, score));
        }
    }
    /// All records of a class to all of another.
    fn offer_all(&mut self, rows: &[u32], to_rows: &[u32], class: u32, score: f64) {
        for &row in rows {
            let group = self.groups.of_row[self.from][row as usize];
            if self.done[group as usize] {
                continue;
            }
            if self.lists.contains_key(&group) {
                to_rows.iter().for_each(|&to_row| self.put(group, self.candidate(to_row, score)));
                continue;
            }
            let best = match self.of_class.get(&class) {
                Some(best) => *best,
                None => {
                    let all = to_rows.iter().map(|&to_row| self.candidate(to_row, 1.0));
                    let Some(best) = all.min_by(Best::order) else { continue };
                    self.of_class.insert(class, best);
                    best
                }
            };
            self.put(group, Best { score, ..best });
        }
    }
    fn put(&mut self, group: u32, candidate: Best) {
        match self.lists.get_mut(&group) {
            Some(list) => {
                let place = list.partition_point(|known| known.order(&candidate).is_lt());
                list.insert(place, candidate);
            }
            None => {
                let best = &mut self.best[group as usize];
                if best.is_none_or(|best| candidate.order(&best).is_lt()) {
                    *best = Some(candidate);
                }
            }
        }
    }
}

/// Calls `met` with the rows whose texts are equal in all conditions.
fn exact(from: &Side, to: &Side, met: &mut dyn FnMut(u32, u32)) -> RuleCounts {
    let mut codes = TupleCodes::new();
    let rows_of = Buckets::new(&codes.add(&to.conditions), codes.len());
    let mut counts = RuleCounts::default();
    for (row, code) in codes.find(&from.conditions).into_iter().enumerate().filter(|(_, code)| *code != NO_CODE) {
        let rows = rows_of.of(code);
        counts.met += rows.len() as u64;
        rows.iter().for_each(|&to_row| met(row as u32, to_row));
    }
    let of_condition = |(from, to): (&TextColumn, &TextColumn)| {
        let mut codes = TupleCodes::new();
        let rows_of = Buckets::new(&codes.add(std::slice::from_ref(to)), codes.len());
        let found = codes.find(std::slice::from_ref(from));
        found.into_iter().filter(|&code| code != NO_CODE).map(|code| rows_of.of(code).len() as u64).sum()
    };
    counts.conditions = match from.conditions.len() {
        1 => vec![counts.met],
        _ => from.conditions.iter().zip(&to.conditions).map(of_condition).collect(),
    };
    counts
}

/// The rows of each code.
struct Buckets {
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Buckets {
    fn new(codes: &[u32], count: usize) -> Self {
        let mut starts = vec![0u32; count + 1];
        codes.iter().filter(|&&code| code != NO_CODE).for_each(|&code| starts[code as usize + 1] += 1);
        for code in 0..count {
            starts[code + 1] += starts[code];
        }
        let mut next = starts.clone();
        let mut rows = vec![0; starts[count] as usize];
        for (row, &code) in codes.iter().enumerate().filter(|(_, code)| **code != NO_CODE) {
            rows[next[code as usize] as usize] = row as u32;
            next[code as usize] += 1;
        }
        Self { starts, rows }
    }
    fn of(&self, code: u32) -> &[u32] {
        &self.rows[self.starts[code as usize] as usize..self.starts[code as usize + 1] as usize]
    }
}

#[cfg(test)]
mod tests;
