//! Edges: scored pairs by record, and what is certain; both can be added to.
//!
//! Invariants
//! - An edge of a removed record is no edge; who asks passes over it.

use rustc_hash::FxHashMap;

use super::super::Edge;

/// Scored pairs, found by either record.
#[derive(Debug, Default)]
pub(super) struct Edges {
    list: Vec<Edge>,
    /// Where the places of each record begin; of the records known from the start.
    starts: Vec<u32>,
    places: Vec<u32>,
    /// Places of edges that came later.
    added: FxHashMap<u32, Vec<u32>>,
}

impl Edges {
    pub(super) fn new(records: usize, list: Vec<Edge>) -> Self {
        let mut starts = vec![0u32; records + 1];
        for edge in &list {
            starts[edge.a as usize + 1] += 1;
            starts[edge.b as usize + 1] += 1;
        }
        for record in 0..records {
            starts[record + 1] += starts[record];
        }
        let mut next = starts.clone();
        let mut places = vec![0; list.len() * 2];
        for (place, edge) in list.iter().enumerate() {
            for record in [edge.a, edge.b] {
                places[next[record as usize] as usize] = place as u32;
                next[record as usize] += 1;
            }
        }
        Self { list, starts, places, added: FxHashMap::default() }
    }
    /// The edges of a record, those of removed records among them.
    pub(super) fn of(&self, record: u32) -> impl Iterator<Item = &Edge> {
        let record = record as usize;
        let first = match self.starts.get(record + 1) {
            Some(&end) => &self.places[self.starts[record] as usize..end as usize],
            None => &[],
        };
        let later = self.added.get(&(record as u32)).map_or(&[][..], Vec::as_slice);
        first.iter().chain(later).map(|&place| &self.list[place as usize])
    }
    pub(super) fn add(&mut self, edge: Edge) {
        let place = self.list.len() as u32;
        self.list.push(edge);
        for record in [edge.a, edge.b] {
            self.added.entry(record).or_default().push(place);
        }
    }
    /// About the bytes it holds.
    pub(super) fn bytes(&self) -> usize {
        let later: usize = self.added.values().map(|places| 40 + places.capacity() * 4).sum();
        self.list.capacity() * size_of::<Edge>() + (self.starts.capacity() + self.places.capacity()) * 4 + later
    }
    /// All, those of removed records among them.
    pub(super) fn all(&self) -> &[Edge] {
        &self.list
    }
}

/// Pairs of which something is certain, found by either record.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    others: FxHashMap<u32, Vec<u32>>,
}

impl Pairs {
    pub(super) fn new(pairs: &[(u32, u32)]) -> Self {
        let mut all = Self::default();
        pairs.iter().for_each(|&(a, b)| all.add(a, b));
        all
    }
    pub(super) fn of(&self, record: u32) -> &[u32] {
        self.others.get(&record).map_or(&[], Vec::as_slice)
    }
    pub(super) fn add(&mut self, a: u32, b: u32) {
        if a != b && !self.of(a).contains(&b) {
            self.others.entry(a).or_default().push(b);
            self.others.entry(b).or_default().push(a);
        }
    }
    pub(super) fn forget(&mut self, a: u32, b: u32) {
        for (one, other) in [(a, b), (b, a)] {
            if let Some(others) = self.others.get_mut(&one) {
                others.retain(|&known| known != other);
            }
        }
    }
    /// What was said of one record is said of another.
    pub(super) fn rename(&mut self, from: u32, to: u32) {
        for other in self.others.remove(&from).unwrap_or_default() {
            if let Some(others) = self.others.get_mut(&other) {
                others.retain(|&known| known != from);
            }
            self.add(to, other);
        }
    }
}
