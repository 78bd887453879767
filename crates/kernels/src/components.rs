//! Components: which rows hang together.
//!
//! Invariants
//! - The representative of a component is its lowest row, whatever the order of the links.

/// Rows joined into components.
#[derive(Clone, Debug)]
pub struct Components {
    parent: Vec<u32>,
}

impl Components {
    /// So many rows, each alone.
    pub fn new(rows: usize) -> Self {
        Self { parent: (0..rows as u32).collect() }
    }
    /// The lowest row of the component that a row is in.
    pub fn root(&mut self, row: u32) -> u32 {
        let mut root = row;
        while self.parent[root as usize] != root {
            root = self.parent[root as usize];
        }
        let mut step = row;
        while self.parent[step as usize] != root {
            step = std::mem::replace(&mut self.parent[step as usize], root);
        }
        root
    }
    /// Joins the components of two rows; gives the lowest row of the whole.
    pub fn join(&mut self, a: u32, b: u32) -> u32 {
        let (a, b) = (self.root(a), self.root(b));
        let (low, high) = (a.min(b), a.max(b));
        self.parent[high as usize] = low;
        low
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_are_together_exactly_when_links_lead_from_one_to_the_other(
            links in proptest::collection::vec((0u32..12, 0u32..12), 0..16),
        ) {
            let mut components = Components::new(12);
            links.iter().for_each(|&(a, b)| _ = components.join(a, b));
            // The naive twin: spread the lowest row along links until nothing changes.
            let mut lowest: Vec<u32> = (0..12).collect();
            for _ in 0..12 {
                for &(a, b) in &links {
                    let low = lowest[a as usize].min(lowest[b as usize]);
                    (lowest[a as usize], lowest[b as usize]) = (low, low);
                }
            }
            for row in 0..12 {
                prop_assert_eq!(components.root(row), lowest[row as usize]);
            }
        }
    }
}
