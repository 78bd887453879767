//! Cache: what previews remember, as long as it is true of the published run.
//!
//! Invariants
//! - What is remembered is keyed by what it was worked out from: the run, and the text of definitions or the look of files.
//! - Few things are kept: the oldest go first.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use onefold_api::{BucketView, ColumnStatistics};
use onefold_model::Catalog;
use roaring::RoaringBitmap;

use super::sample::Sample;

/// What previews remember.
#[derive(Default)]
pub(crate) struct Cache {
    /// What sources deliver, by run and definitions of sources.
    pub(super) known: Kept<String, Catalog>,
    /// The members of all segments, by run.
    pub(super) members: Kept<String, HashMap<String, RoaringBitmap>>,
    /// The profiles for which a condition holds, by run, rows and condition, where nothing but the published run counts.
    pub(super) conditions: Kept<(String, String, String), RoaringBitmap>,
    /// Rows of sources, by the reading part of their definitions and the look of their files.
    pub(super) samples: Kept<String, Sample>,
    /// Figures of tables, by run and table.
    pub(super) statistics: Kept<(String, String), Vec<ColumnStatistics>>,
    /// The commonest values, by run, table and column, and the text asked for where they are not all.
    pub(super) values: Kept<(String, String, String, String), Values>,
    /// Rows there are, by run, table and what is asked of them.
    pub(super) totals: Kept<(String, String, String), u64>,
}

/// Values of a column, commonest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    /// The values.
    pub(super) found: Vec<BucketView>,
    /// Whether there are no others.
    pub(super) all: bool,
}

/// A few things by their keys, the oldest first.
pub(super) struct Kept<K, V>(Mutex<Vec<(K, Arc<V>)>>);

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash + Clone, V> Kept<K, V> {
    /// What is kept under a key.
    pub(super) fn get(&self, key: &K) -> Option<Arc<V>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(known, _)| known == key)?;
        let found = kept.remove(at);
        let value = Arc::clone(&found.1);
        kept.push(found);
        Some(value)
    }

    /// Keeps something, and forgets what was not asked for longest when there are more than `most`.
    pub(super) fn put(&self, key: K, value: V, most: usize) -> Arc<V> {
        let value = Arc::new(value);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, _)| *known != key);
        if kept.len() >= most {
            kept.remove(0);
        }
        kept.push((key, Arc::clone(&value)));
        value
    }
}
