//! Ids: gives every cluster an id and a number, kept from the last run where its records allow.
//!
//! Reads    the records of today's clusters; the key ring and the profiles that the last run left
//! Writes   the key ring and the profiles of today, living and retired
//! Flow     records ─ clusters with their founders ─ who inherits which profile ─ ids ─ numbers
//!
//! Invariants
//! - The same records give the same ids, in any order; a record that comes does not change the id of a profile it joins.
//! - On a split the part with most records keeps the id (tie: the part with the founder, then the lowest cluster).
//! - When profiles merge, the one that had most records gives the id (tie: the lowest number); the others are
//!   named in `PreviousCustomerId` and retire.
//! - A retired id comes back when its founder does, unless the founder now belongs to a living profile.
//! - A number is given once; all are given anew only when holes pass a fifth of them ([`FEW`] and more).
//!
//! Not here: which records belong together (`matching`).

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::frame::TextColumn;

/// Up to this number holes do not matter: a bitmap of so few costs nothing.
pub const FEW: i32 = 1000;

/// The records of today's profiles.
#[derive(Clone, Debug, Default)]
pub struct ClusteredRecords {
    /// The table of each.
    pub table: TextColumn,
    /// Its key there.
    pub key: TextColumn,
    /// Whether it stands for its group.
    pub is_winner: Vec<bool>,
    /// The cluster it is in.
    pub cluster: Vec<i64>,
    /// The place of its table in the order of priority.
    pub table_order: Vec<i64>,
}

/// Which record belongs to which profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyRing {
    /// The table of each record.
    pub table: TextColumn,
    /// Its key there.
    pub key: TextColumn,
    /// Whether it stands for its table in the profile: one a table and profile.
    pub is_winner: Vec<bool>,
    /// The profile's id.
    pub customer_id: TextColumn,
    /// The profile's number.
    pub profile_no: Vec<i32>,
}

/// Profiles living and retired.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profiles {
    /// The id.
    pub customer_id: TextColumn,
    /// The number; `None` for a retired one whose number was given away.
    pub profile_no: Vec<Option<i32>>,
    /// Ids that became part of it, or that it was part of, with `;` between them.
    pub previous: TextColumn,
    /// The table of the record the id was made from.
    pub founding_table: TextColumn,
    /// The key of that record.
    pub founding_key: TextColumn,
    /// Whether it has no records today.
    pub retired: Vec<bool>,
    /// Today's cluster; `None` when retired.
    pub cluster: Vec<Option<i64>>,
}

/// Gives ids and numbers.
///
/// # Panics
/// When columns differ in length.
pub fn assign_ids(records: &ClusteredRecords, ring: &KeyRing, profiles: &Profiles) -> (KeyRing, Profiles) {
    let today = Today::new(records);
    let past = Past::new(ring, profiles);
    let claims = Claims::new(&today, &past, ring);
    let mut living = name_clusters(&today, &past, &claims);
    let retired_no = number(&mut living, &past);
    (write_ring(&today, &living), write_profiles(&today, &past, &living, &retired_no))
}

/// Today's records in the order of cluster, table, key; clusters counted from zero.
struct Today<'a> {
    records: &'a ClusteredRecords,
    order: Vec<u32>,
    /// First place in `order` of each cluster, and the end.
    starts: Vec<u32>,
    /// The cluster of each record, counted.
    cluster_of: HashMap<(&'a str, &'a str), u32>,
}

impl<'a> Today<'a> {
    fn new(records: &'a ClusteredRecords) -> Self {
        let mut order: Vec<u32> = (0..records.key.len() as u32).collect();
        let place = |row: u32| {
            let row = row as usize;
            (records.cluster[row], records.table_order[row], records.key.text(row), records.table.text(row))
        };
        order.sort_by(|&a, &b| place(a).cmp(&place(b)));
        let mut starts = Vec::new();
        let mut cluster_of = HashMap::with_capacity(order.len());
        for (at, &row) in order.iter().enumerate() {
            if at == 0 || records.cluster[order[at - 1] as usize] != records.cluster[row as usize] {
                starts.push(at as u32);
            }
            let record = (records.table.text(row as usize), records.key.text(row as usize));
            cluster_of.insert(record, starts.len() as u32 - 1);
        }
        starts.push(order.len() as u32);
        Self { records, order, starts, cluster_of }
    }
    fn clusters(&self) -> u32 {
        self.starts.len() as u32 - 1
    }
    fn rows(&self, cluster: u32) -> &[u32] {
        &self.order[self.starts[cluster as usize] as usize..self.starts[cluster as usize + 1] as usize]
    }
    /// The record of lowest table, then lowest key: what a new id is made from.
    fn founder(&self, cluster: u32) -> (&'a str, &'a str) {
        let row = self.rows(cluster)[0] as usize;
        (self.records.table.text(row), self.records.key.text(row))
    }
}

/// The profiles of the last run. One that only the key ring knows has no founder.
struct Past<'a> {
    id: Vec<&'a str>,
    no: Vec<Option<i32>>,
    previous: Vec<&'a str>,
    founder: Vec<(&'a str, &'a str)>,
    retired: Vec<bool>,
    /// How many records each had.
    size: Vec<u32>,
    of_id: HashMap<&'a str, u32>,
}

impl<'a> Past<'a> {
    fn new(ring: &'a KeyRing, profiles: &'a Profiles) -> Self {
        let rows = profiles.customer_id.len();
        let mut past = Self {
            id: (0..rows).map(|row| profiles.customer_id.text(row)).collect(),
            no: profiles.profile_no.clone(),
            previous: (0..rows).map(|row| profiles.previous.text(row)).collect(),
            founder: (0..rows)
                .map(|row| (profiles.founding_table.text(row), profiles.founding_key.text(row)))
                .collect(),
            retired: profiles.retired.clone(),
            size: vec![0; rows],
            of_id: HashMap::new(),
        };
        past.of_id = past.id.iter().enumerate().map(|(at, &id)| (id, at as u32)).collect();
        for row in 0..ring.key.len() {
            let at = past.add(ring.customer_id.text(row), ring.profile_no[row]);
            past.size[at as usize] += 1;
        }
        past
    }
    fn add(&mut self, id: &'a str, no: i32) -> u32 {
        let next = self.id.len() as u32;
        let at = *self.of_id.entry(id).or_insert(next);
        if at == next {
            self.id.push(id);
            self.no.push(Some(no));
            self.previous.push("");
            self.founder.push(("", ""));
            self.retired.push(false);
            self.size.push(0);
        }
        at
    }
}

/// Which cluster inherits which profiles of the last run.
struct Claims {
    /// Per cluster: the profiles it inherits, the one that gives the id first.
    inherited: Vec<Vec<u32>>,
    /// Per cluster: profiles it took records from but did not inherit.
    left: Vec<Vec<u32>>,
    /// Per cluster: retired profiles whose founder is in it, by founder's place.
    returned: Vec<Vec<u32>>,
}

impl Claims {
    fn new(today: &Today<'_>, past: &Past<'_>, ring: &KeyRing) -> Self {
        let clusters = today.clusters() as usize;
        let mut claims = Self {
            inherited: vec![Vec::new(); clusters],
            left: vec![Vec::new(); clusters],
            returned: vec![Vec::new(); clusters],
        };
        let mut parts: Vec<(u32, u32)> = (0..ring.key.len())
            .filter_map(|row| {
                let cluster = *today.cluster_of.get(&(ring.table.text(row), ring.key.text(row)))?;
                Some((past.of_id[ring.customer_id.text(row)], cluster))
            })
            .collect();
        parts.sort_unstable();
        for of_profile in parts.chunk_by(|a, b| a.0 == b.0) {
            let profile = of_profile[0].0;
            let home = today.cluster_of.get(&past.founder[profile as usize]).copied();
            let sizes = of_profile.chunk_by(|a, b| a.1 == b.1).map(|part| (part.len(), part[0].1));
            let heir = sizes.max_by_key(|&(size, cluster)| (size, home == Some(cluster), std::cmp::Reverse(cluster)));
            let heir = heir.map(|(_, cluster)| cluster);
            for part in of_profile.chunk_by(|a, b| a.1 == b.1) {
                let takers = if heir == Some(part[0].1) { &mut claims.inherited } else { &mut claims.left };
                takers[part[0].1 as usize].push(profile);
            }
        }
        let rank = |at: u32| (std::cmp::Reverse(past.size[at as usize]), past.no[at as usize], past.id[at as usize]);
        claims.inherited.iter_mut().for_each(|all| all.sort_by_key(|&at| rank(at)));
        for at in (0..past.id.len() as u32).filter(|&at| past.retired[at as usize]) {
            if let Some(&cluster) = today.cluster_of.get(&past.founder[at as usize]) {
                claims.returned[cluster as usize].push(at);
            }
        }
        claims
            .returned
            .iter_mut()
            .for_each(|all| all.sort_by_key(|&at| (past.founder[at as usize].1, past.id[at as usize])));
        claims
    }
}

/// A profile of today.
struct Living<'a> {
    id: String,
    no: Option<i32>,
    previous: String,
    founder: (&'a str, &'a str),
    /// Its place in the past, when it has one.
    past: Option<u32>,
}

fn name_clusters<'a>(today: &Today<'a>, past: &Past<'a>, claims: &Claims) -> Vec<Living<'a>> {
    let kept = |cluster: u32| {
        let (inherited, returned) = (&claims.inherited[cluster as usize], &claims.returned[cluster as usize]);
        inherited.first().or(returned.first()).copied()
    };
    let alive: HashSet<u32> = (0..today.clusters()).filter_map(kept).collect();
    let mut taken: HashSet<String> = past.id.iter().map(|&id| id.to_owned()).collect();
    let mut all = Vec::with_capacity(today.clusters() as usize);
    for cluster in 0..today.clusters() {
        let at = cluster as usize;
        let past_place = kept(cluster);
        let mut previous = Vec::new();
        let sources =
            past_place.iter().chain(&claims.inherited[at]).chain(&claims.left[at]).chain(&claims.returned[at]);
        for &source in sources {
            if Some(source) != past_place {
                previous.push(past.id[source as usize]);
            }
            if Some(source) == past_place || claims.inherited[at].contains(&source) {
                previous.extend(past.previous[source as usize].split(';').filter(|id| !id.is_empty()));
            }
        }
        let mut seen = HashSet::new();
        // An id that lives again is no longer part of another; one that records were split from is told.
        previous.retain(|&id| {
            let source = past.of_id.get(id).copied();
            let came_back = source.is_some_and(|s| past.retired[s as usize] && alive.contains(&s));
            seen.insert(id) && !came_back
        });
        let id = match past_place {
            Some(place) => past.id[place as usize].to_owned(),
            None => new_id(today.founder(cluster), &mut taken),
        };
        let founder = match past_place.map(|place| past.founder[place as usize]) {
            Some(founder) if founder != ("", "") => founder,
            _ => today.founder(cluster),
        };
        let no = past_place.and_then(|place| past.no[place as usize]);
        all.push(Living { id, no, previous: previous.join(";"), founder, past: past_place });
    }
    all
}

/// 32 hex digits of SHA-256 over table and key; a counter is added while the id is taken.
fn new_id(founder: (&str, &str), taken: &mut HashSet<String>) -> String {
    for counter in 0u32.. {
        let mut hash = Sha256::new();
        hash.update(founder.0.as_bytes());
        hash.update([0]);
        hash.update(founder.1.as_bytes());
        if counter > 0 {
            hash.update([0]);
            hash.update(counter.to_string().as_bytes());
        }
        let mut id = String::with_capacity(32);
        hash.finalize()[..16].iter().for_each(|byte| _ = write!(id, "{byte:02x}"));
        if taken.insert(id.clone()) {
            return id;
        }
    }
    unreachable!("fewer than 2^32 profiles share a founder")
}

/// Numbers those without one, and all of them anew when holes pass a fifth. Gives the numbers of the past ones.
fn number(living: &mut [Living<'_>], past: &Past<'_>) -> Vec<Option<i32>> {
    let mut last = past.no.iter().flatten().copied().max().unwrap_or(0);
    for profile in living.iter_mut().filter(|profile| profile.no.is_none()) {
        last += 1;
        profile.no = Some(last);
    }
    let holes = i64::from(last) - living.len() as i64;
    if last < FEW || holes * 5 <= i64::from(last) {
        return past.no.clone();
    }
    let mut order: Vec<usize> = (0..living.len()).collect();
    order.sort_by_key(|&at| living[at].no);
    for (place, at) in order.into_iter().enumerate() {
        living[at].no = Some(place as i32 + 1);
    }
    vec![None; past.no.len()]
}

fn write_ring(today: &Today<'_>, living: &[Living<'_>]) -> KeyRing {
    let mut ring = KeyRing::default();
    let mut order: Vec<u32> = (0..today.clusters()).collect();
    order.sort_by_key(|&cluster| living[cluster as usize].no);
    for cluster in order {
        let rows = today.rows(cluster);
        for (place, &row) in rows.iter().enumerate() {
            let row = row as usize;
            let table = today.records.table.text(row);
            let is_winner = today.records.is_winner[row];
            // Of several groups of one table the larger key stands for the profile, as on a tie within a group.
            let later = rows[place + 1..].iter().map(|&row| row as usize);
            let beaten =
                later.take_while(|&row| today.records.table.text(row) == table).any(|row| today.records.is_winner[row]);
            ring.table.push(Some(table));
            ring.key.push(Some(today.records.key.text(row)));
            ring.is_winner.push(is_winner && !beaten);
            ring.customer_id.push(Some(&living[cluster as usize].id));
            ring.profile_no.push(living[cluster as usize].no.unwrap_or_default());
        }
    }
    ring
}

fn write_profiles(today: &Today<'_>, past: &Past<'_>, living: &[Living<'_>], retired_no: &[Option<i32>]) -> Profiles {
    let mut all = Profiles::default();
    let mut order: Vec<usize> = (0..living.len()).collect();
    order.sort_by_key(|&at| living[at].no);
    for at in order {
        let profile = &living[at];
        let cluster = today.records.cluster[today.rows(at as u32)[0] as usize];
        all.push(&profile.id, profile.no, &profile.previous, profile.founder, Some(cluster));
    }
    let alive: HashSet<u32> = living.iter().filter_map(|profile| profile.past).collect();
    let mut gone: Vec<u32> = (0..past.id.len() as u32).filter(|at| !alive.contains(at)).collect();
    gone.sort_by_key(|&at| past.id[at as usize]);
    for at in gone {
        let at = at as usize;
        all.push(past.id[at], retired_no[at], past.previous[at], past.founder[at], None);
    }
    all
}

impl Profiles {
    fn push(&mut self, id: &str, no: Option<i32>, previous: &str, founder: (&str, &str), cluster: Option<i64>) {
        self.customer_id.push(Some(id));
        self.profile_no.push(no);
        self.previous.push(Some(previous).filter(|ids| !ids.is_empty()));
        self.founding_table.push(Some(founder.0));
        self.founding_key.push(Some(founder.1));
        self.retired.push(cluster.is_none());
        self.cluster.push(cluster);
    }
}

#[cfg(test)]
mod tests;
