//! Standing: which of several records of one table stands for it in a profile.
//!
//! Reads    today's clusters, and what is preferred of records that share table and profile
//! Writes   for every such profile and table its records in order, the one that stands for them first
//!
//! Invariants
//! - Only winners of groups stand; a table with one winner in a profile is not listed.
//! - The most preferred stands first, nothing stated is least, ties go to the larger key: as within a group.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::{Living, Today};
use crate::frame::TextColumn;

/// How much records are preferred: the higher the better.
#[derive(Clone, Debug, Default)]
pub struct Preferences {
    /// The table of each.
    pub table: TextColumn,
    /// Its key there.
    pub key: TextColumn,
    /// How much.
    pub preference: Vec<Option<f64>>,
}

/// Records of one table that are together in a profile without being a group, in order of table and profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The table of each.
    pub table: TextColumn,
    /// Its key there.
    pub key: TextColumn,
    /// The number of the profile.
    pub profile_no: Vec<i32>,
    /// Its place, from 1: the one that stands for the others.
    pub place: Vec<i64>,
}

impl Standing {
    /// The records that another one stands for.
    pub(super) fn behind(&self) -> impl Iterator<Item = (&str, &str)> {
        let rows = (0..self.key.len()).filter(|&row| self.place[row] > 1);
        rows.map(|row| (self.table.text(row), self.key.text(row)))
    }
}

pub(super) fn standing(today: &Today<'_>, living: &[Living<'_>], preferences: &Preferences) -> Standing {
    let of: HashMap<(&str, &str), f64> = (0..preferences.key.len())
        .filter_map(|row| {
            let record = (preferences.table.text(row), preferences.key.text(row));
            Some((record, preferences.preference[row]?))
        })
        .collect();
    let mut all = Standing::default();
    for cluster in 0..today.clusters() {
        let table = |row: u32| today.records.table.text(row as usize);
        let key = |row: u32| today.records.key.text(row as usize);
        // Rows of a cluster are in the order of tables and keys.
        for of_table in today.rows(cluster).chunk_by(|&a, &b| table(a) == table(b)) {
            let winners = of_table.iter().copied().filter(|&row| today.records.is_winner[row as usize]);
            if winners.clone().count() < 2 {
                continue;
            }
            let mut winners: Vec<u32> = winners.collect();
            let preference = |row: u32| of.get(&(table(row), key(row))).copied();
            winners.sort_by(|&a, &b| {
                let (one, other) = (preference(a), preference(b));
                let more = match (one, other) {
                    (Some(one), Some(other)) => other.total_cmp(&one),
                    (one, other) => other.is_some().cmp(&one.is_some()),
                };
                if more == Ordering::Equal { key(b).cmp(key(a)) } else { more }
            });
            for (place, &row) in winners.iter().enumerate() {
                all.table.push(Some(table(row)));
                all.key.push(Some(key(row)));
                all.profile_no.push(living[cluster as usize].no.unwrap_or_default());
                all.place.push(place as i64 + 1);
            }
        }
    }
    all
}
