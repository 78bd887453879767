//! Matching: attaches the records of lower tables to those of higher ones, rule by rule.
//!
//! Reads    per table keys, their winners after deduplication, one tuple of texts a rule and side
//! Writes   per record its cluster, and what joined it to it
//! Flow     for each table from the second on, for each rule in order: look up tuples ─ exceptions ─ best cluster
//!
//! Invariants
//! - A group goes to rule 2 only if rule 1 found nothing for any of its records (2.3 of the reference).
//! - Winners and alternates are searched and found alike; a hit of one is a hit of its group.
//! - Of several clusters the lowest is taken; clusters are numbered by table, then key.
//! - A null never matches.
//!
//! Not here: near matches: they come with candidate pairs and scores, and meet this file at `Hit`.

use crate::frame::{NO_CODE, TextColumn, TupleCodes, order_of, rank_of};

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
    /// One column an exception: pairs equal in all of them do not match. None when there is no exception.
    pub exceptions: Vec<TextColumn>,
}

/// A rule between two tables, by their index; `from` is the lower one, with the higher index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatchRule {
    /// Index of the lower table.
    pub from: usize,
    /// Index of the higher table.
    pub to: usize,
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
    /// Index of the rule.
    pub rule: u32,
    /// How sure, 0 to 1; 1 for exact conditions.
    pub score: f64,
    /// Index of the higher table.
    pub table: u32,
    /// Row of the record that was found.
    pub row: u32,
}

/// Attaches the groups of lower tables to those of higher ones.
///
/// # Panics
/// When a rule does not lead from a lower table to a higher one, or a winner is not among the keys.
pub fn match_tables(tables: &[MatchTable], rules: &[MatchRule]) -> Vec<MatchedRecord> {
    assert!(rules.iter().all(|rule| rule.from > rule.to && rule.from < tables.len()), "rules lead upwards");
    let groups = number_groups(tables);
    let mut cluster: Vec<u32> = (0..groups.count).collect();
    let mut hits: Vec<Option<Hit>> = vec![None; groups.count as usize];
    for lower in 1..tables.len() {
        for (number, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.from == lower) {
            let found = best_hits(tables, &groups, &cluster, &hits, number, *rule);
            for (group, best) in found.into_iter().enumerate().filter_map(|(group, best)| Some((group as u32, best?))) {
                cluster[group as usize] = best.cluster;
                let hit = Hit { rule: number as u32, score: 1.0, table: rule.to as u32, row: best.to_row };
                hits[group as usize] = Some(hit);
            }
        }
    }
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
    all
}

/// The groups of all tables, numbered by table, then winner's key.
struct Groups {
    count: u32,
    /// Per table and row.
    of_row: Vec<Vec<u32>>,
    /// Per table and row: its place among the keys of its table.
    rank: Vec<Vec<u32>>,
    /// Per group: the row of its winner.
    winner_row: Vec<u32>,
}

fn number_groups(tables: &[MatchTable]) -> Groups {
    let mut groups = Groups { count: 0, of_row: Vec::new(), rank: Vec::new(), winner_row: Vec::new() };
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
    }
    groups
}

/// The best candidate of a group by one rule: the lowest cluster, then the lowest keys.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Best {
    cluster: u32,
    to_rank: u32,
    to_row: u32,
}

fn best_hits(
    tables: &[MatchTable],
    groups: &Groups,
    cluster: &[u32],
    hits: &[Option<Hit>],
    number: usize,
    rule: MatchRule,
) -> Vec<Option<Best>> {
    let side =
        |table: usize, from: bool| tables[table].sides.iter().find(|side| side.rule == number && side.from == from);
    let (Some(from), Some(to)) = (side(rule.from, true), side(rule.to, false)) else { return Vec::new() };
    let mut codes = TupleCodes::new();
    let rows_of = Buckets::new(&codes.add(&to.conditions), codes.len());
    let mut exceptions = TupleCodes::new();
    let except_to = exceptions.add(&to.exceptions);
    let except_from = exceptions.find(&from.exceptions);
    let excepted = |from: usize, to: usize| {
        !except_from.is_empty() && except_from[from] != NO_CODE && except_from[from] == except_to[to]
    };
    let mut found: Vec<Option<Best>> = vec![None; groups.count as usize];
    for (row, code) in codes.find(&from.conditions).into_iter().enumerate() {
        let group = groups.of_row[rule.from][row];
        if code == NO_CODE || hits[group as usize].is_some() {
            continue;
        }
        for &to_row in rows_of.of(code).iter().filter(|&&to_row| !excepted(row, to_row as usize)) {
            let target = groups.of_row[rule.to][to_row as usize];
            let to_rank = groups.rank[rule.to][to_row as usize];
            let candidate = Best { cluster: cluster[target as usize], to_rank, to_row };
            let best = &mut found[group as usize];
            *best = Some(best.map_or(candidate, |best| best.min(candidate)));
        }
    }
    found
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
