//! Ids: gives every cluster an id and a number, kept from the last run where its records allow.
//!
//! Reads    the records of today's clusters, which of them are preferred, what ids are to be made from; the key ring
//!          and the profiles that the last run left
//! Writes   the key ring and the profiles of today, living and retired; who stands for a table (`standing`); what
//!          became of profiles (`changes`)
//! Flow     records ─ clusters with their founders ─ who inherits which profile ─ ids ─ numbers
//!
//! Invariants
//! - The same records give the same ids, in any order; a record that comes does not change the id of a profile it joins.
//! - On a split the part with most records keeps the id (tie: the part with the founder, then the lowest cluster).
//! - A split that undoes a merge gives every part its own id back, whichever is larger: a part with the founder of an id
//!   that the profile had taken in yields to the part with the profile's own founder.
//! - When profiles merge, the one that had most records gives the id (tie: the lowest number); the others are
//!   named in `PreviousCustomerId` and retire.
//! - A retired id comes back when its founder does, unless the founder now belongs to a living profile; an id that
//!   would retire goes on with its founder in the same way.
//! - A number is given once; all are given anew only when holes pass a fifth of them ([`FEW`] and more).
//!
//! Not here: which records belong together (`matching`, `linkage`).

mod changes;
mod standing;

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::frame::TextColumn;
pub use changes::{Change, ProfileChange};
pub use standing::{Preferences, Standing};

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

/// Values that ids are to be made from in place of the founding record's key: the first, by rank and then by value, of
/// a profile's records.
#[derive(Clone, Debug, Default)]
pub struct IdValues {
    /// The table of each record that has one.
    pub table: TextColumn,
    /// Its key there.
    pub key: TextColumn,
    /// The place of its column in the order in which columns are asked.
    pub rank: Vec<i64>,
    /// The value.
    pub value: TextColumn,
}

/// What ids are given by.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Today's records.
    pub records: ClusteredRecords,
    /// The key ring of the last run.
    pub ring: KeyRing,
    /// The profiles of the last run.
    pub profiles: Profiles,
    /// Which of several records of a table is preferred.
    pub preferences: Preferences,
    /// What new ids are made from; where it has no value, the founding record makes the id.
    pub id_values: IdValues,
}

/// All that is known of profiles once they have ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assigned {
    /// Which record belongs to which profile.
    pub ring: KeyRing,
    /// Profiles living and retired.
    pub profiles: Profiles,
    /// Records of one table that are together in a profile without being a group, the one that stands for them first.
    pub standing: Standing,
    /// What became of profiles since the last run.
    pub changes: Vec<ProfileChange>,
}

/// Gives ids and numbers.
///
/// # Panics
/// When columns differ in length.
pub fn assign_ids(given: &Given) -> Assigned {
    let today = Today::new(&given.records);
    let past = Past::new(&given.ring, &given.profiles);
    let claims = Claims::new(&today, &past, &given.ring);
    let mut living = name_clusters(&today, &past, &claims, &given.id_values);
    let retired_no = number(&mut living, &past);
    let standing = standing::standing(&today, &living, &given.preferences);
    Assigned {
        ring: write_ring(&today, &living, &standing),
        profiles: write_profiles(&today, &past, &living, &retired_no),
        changes: changes::changes(&past, &claims, &living),
        standing,
    }
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
    /// Whether a profile took in another one.
    fn took_in(&self, profile: u32, other: u32) -> bool {
        self.previous[profile as usize].split(';').any(|id| id == self.id[other as usize])
    }
}

/// Which cluster inherits which profiles of the last run.
struct Claims {
    /// Per cluster: the profiles it inherits, the one that gives the id first.
    inherited: Vec<Vec<u32>>,
    /// Per cluster: profiles it took records from but did not inherit.
    left: Vec<Vec<u32>>,
    /// Per cluster: profiles without records whose founder is in it, by founder's place.
    returned: Vec<Vec<u32>>,
    /// Per cluster: whether it is what a profile had taken in, and is given up again.
    given_back: Vec<bool>,
    /// Per profile of the past: whether no cluster goes on with it for its records.
    ended: Vec<bool>,
    /// Per profile of the last run: the cluster that inherits it.
    heir: Vec<Option<u32>>,
}

impl Claims {
    fn new(today: &Today<'_>, past: &Past<'_>, ring: &KeyRing) -> Self {
        let clusters = today.clusters() as usize;
        let mut claims = Self {
            inherited: vec![Vec::new(); clusters],
            left: vec![Vec::new(); clusters],
            returned: returned(today, past, &past.retired),
            ended: past.retired.clone(),
            given_back: vec![false; clusters],
            heir: vec![None; past.id.len()],
        };
        let mut parts: Vec<(u32, u32)> = (0..ring.key.len())
            .filter_map(|row| {
                let cluster = *today.cluster_of.get(&(ring.table.text(row), ring.key.text(row)))?;
                Some((past.of_id[ring.customer_id.text(row)], cluster))
            })
            .collect();
        parts.sort_unstable();
        for of_profile in parts.chunk_by(|a, b| a.0 == b.0) {
            claims.share(today, past, of_profile);
        }
        let rank = |at: u32| (std::cmp::Reverse(past.size[at as usize]), past.no[at as usize], past.id[at as usize]);
        claims.inherited.iter_mut().for_each(|all| all.sort_by_key(|&at| rank(at)));
        // Whoever has lost all records, or whose heir goes by another id, goes on where the founder is.
        for at in 0..past.id.len() {
            let first = claims.heir[at].map(|cluster| claims.inherited[cluster as usize][0]);
            claims.ended[at] = past.retired[at] || first != Some(at as u32);
        }
        claims.returned = returned(today, past, &claims.ended);
        claims
    }

    /// Decides who inherits one profile: `parts` has it with the cluster of each of its records, sorted.
    fn share(&mut self, today: &Today<'_>, past: &Past<'_>, parts: &[(u32, u32)]) {
        let profile = parts[0].0;
        let clusters: Vec<(usize, u32)> = parts.chunk_by(|a, b| a.1 == b.1).map(|p| (p.len(), p[0].1)).collect();
        let home = today.cluster_of.get(&past.founder[profile as usize]).copied();
        let home_is_here = home.is_some_and(|home| clusters.iter().any(|&(_, cluster)| cluster == home));
        // A part that has an id of its own to go back to, while the profile itself goes on elsewhere.
        let goes_back = |cluster: u32| {
            let was_taken_in = |&id: &u32| past.took_in(profile, id);
            home_is_here && home != Some(cluster) && self.returned[cluster as usize].iter().any(was_taken_in)
        };
        let heir = clusters.iter().max_by_key(|&&(size, cluster)| {
            (!goes_back(cluster), size, home == Some(cluster), std::cmp::Reverse(cluster))
        });
        let heir = heir.map(|&(_, cluster)| cluster);
        self.heir[profile as usize] = heir;
        let back: Vec<u32> = clusters.iter().map(|&(_, cluster)| cluster).filter(|&c| goes_back(c)).collect();
        for &(_, cluster) in &clusters {
            if heir == Some(cluster) {
                self.inherited[cluster as usize].push(profile);
            } else {
                self.left[cluster as usize].push(profile);
            }
        }
        back.into_iter().for_each(|cluster| self.given_back[cluster as usize] = true);
    }

    /// The profile of the last run that a cluster goes on with.
    fn kept(&self, cluster: u32) -> Option<u32> {
        let (inherited, returned) = (&self.inherited[cluster as usize], &self.returned[cluster as usize]);
        inherited.first().or(returned.first()).copied()
    }
}

/// Per cluster the profiles of the past whose founder is in it, of those that `ended`.
fn returned(today: &Today<'_>, past: &Past<'_>, ended: &[bool]) -> Vec<Vec<u32>> {
    let mut all = vec![Vec::new(); today.clusters() as usize];
    for at in (0..past.id.len() as u32).filter(|&at| ended[at as usize]) {
        if let Some(&cluster) = today.cluster_of.get(&past.founder[at as usize]) {
            all[cluster as usize].push(at);
        }
    }
    all.iter_mut().for_each(|all| all.sort_by_key(|&at: &u32| (past.founder[at as usize].1, past.id[at as usize])));
    all
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

fn name_clusters<'a>(today: &Today<'a>, past: &Past<'a>, claims: &Claims, values: &IdValues) -> Vec<Living<'a>> {
    let alive: HashSet<u32> = (0..today.clusters()).filter_map(|cluster| claims.kept(cluster)).collect();
    let stated = stated(today, values);
    let mut taken: HashSet<String> = past.id.iter().map(|&id| id.to_owned()).collect();
    let mut all = Vec::with_capacity(today.clusters() as usize);
    for cluster in 0..today.clusters() {
        let past_place = claims.kept(cluster);
        let previous = previous(past, claims, cluster, &alive);
        let id = match past_place {
            Some(place) => past.id[place as usize].to_owned(),
            None => {
                let value = stated.get(&cluster).map(|&(_, value, table)| (table, value));
                new_id(value.unwrap_or(today.founder(cluster)), &mut taken)
            }
        };
        let founder = match past_place.map(|place| past.founder[place as usize]) {
            Some(founder) if founder != ("", "") => founder,
            _ => today.founder(cluster),
        };
        let no = past_place.and_then(|place| past.no[place as usize]);
        all.push(Living { id, no, previous, founder, past: past_place });
    }
    all
}

/// The ids that a cluster takes in or was split from, with `;` between them.
fn previous(past: &Past<'_>, claims: &Claims, cluster: u32, alive: &HashSet<u32>) -> String {
    let at = cluster as usize;
    let own = claims.kept(cluster);
    let mut previous = Vec::new();
    // Whom a part goes back from is no part of what it is.
    let left = claims.left[at]
        .iter()
        .filter(|&&from| !(claims.given_back[at] && own.is_some_and(|own| past.took_in(from, own))));
    for &source in own.iter().chain(&claims.inherited[at]).chain(left).chain(&claims.returned[at]) {
        if Some(source) != own {
            previous.push(past.id[source as usize]);
        }
        if Some(source) == own || claims.inherited[at].contains(&source) {
            previous.extend(past.previous[source as usize].split(';').filter(|id| !id.is_empty()));
        }
    }
    let mut seen: HashSet<&str> = own.map(|own| past.id[own as usize]).into_iter().collect();
    // An id that lives again is no longer part of another; one that records were split from is told.
    previous.retain(|&id| {
        let source = past.of_id.get(id).copied();
        let came_back = source.is_some_and(|s| claims.ended[s as usize] && alive.contains(&s));
        seen.insert(id) && !came_back
    });
    previous.join(";")
}

/// By cluster the value that its id is made from: rank, value and table of the first.
fn stated<'v>(today: &Today<'_>, values: &'v IdValues) -> HashMap<u32, (i64, &'v str, &'v str)> {
    let mut first: HashMap<u32, (i64, &str, &str)> = HashMap::new();
    for row in 0..values.key.len() {
        let (table, value) = (values.table.text(row), values.value.text(row));
        let Some(&cluster) = today.cluster_of.get(&(table, values.key.text(row))) else { continue };
        let own = (values.rank[row], value, table);
        first.entry(cluster).and_modify(|held| *held = own.min(*held)).or_insert(own);
    }
    first
}

/// 32 hex digits of SHA-256 over table and key or value; a counter is added while the id is taken.
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

fn write_ring(today: &Today<'_>, living: &[Living<'_>], standing: &Standing) -> KeyRing {
    let behind: HashSet<(&str, &str)> = standing.behind().collect();
    let mut ring = KeyRing::default();
    let mut order: Vec<u32> = (0..today.clusters()).collect();
    order.sort_by_key(|&cluster| living[cluster as usize].no);
    for cluster in order {
        let rows = today.rows(cluster);
        for &row in rows {
            let row = row as usize;
            let (table, key) = (today.records.table.text(row), today.records.key.text(row));
            ring.table.push(Some(table));
            ring.key.push(Some(key));
            ring.is_winner.push(today.records.is_winner[row] && !behind.contains(&(table, key)));
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
