//! Changes: what became of profiles since the last run.
//!
//! Invariants
//! - Whoever plays the changes of all runs in order has exactly the living profiles: `created`, `split` and
//!   `returned` add one, `merged` and `retired` take one away.
//! - In the order of ids; of one id the one that ends it comes first.

use std::collections::HashSet;

use super::{Claims, Living, Past};

/// What can become of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// Its records have gone over to another one, which names it in `PreviousCustomerId`.
    Merged,
    /// It has no records any more.
    Retired,
    /// It is new, and so are its records.
    Created,
    /// It is new, and its records were another one's.
    Split,
    /// It had ended, and lives again; where its records were another one's, that one is named.
    Returned,
}

impl Change {
    /// The word in the table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Merged => "merged",
            Self::Retired => "retired",
            Self::Created => "created",
            Self::Split => "split",
            Self::Returned => "returned",
        }
    }
}

/// Something that became of a profile.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProfileChange {
    /// The profile.
    pub customer_id: String,
    /// What became of it.
    pub change: Change,
    /// The profile it was merged into, or that its records were split from.
    pub other: Option<String>,
}

pub(super) fn changes(past: &Past<'_>, claims: &Claims, living: &[Living<'_>]) -> Vec<ProfileChange> {
    let alive: HashSet<u32> = living.iter().filter_map(|profile| profile.past).collect();
    let mut all = Vec::new();
    let mut say = |id: &str, change, other: Option<&str>| {
        all.push(ProfileChange { customer_id: id.to_owned(), change, other: other.map(str::to_owned) });
    };
    for at in (0..past.id.len() as u32).filter(|&at| !past.retired[at as usize] && !alive.contains(&at)) {
        let heir = claims.heir[at as usize].map(|cluster| living[cluster as usize].id.as_str());
        say(past.id[at as usize], if heir.is_some() { Change::Merged } else { Change::Retired }, heir);
    }
    for (cluster, profile) in living.iter().enumerate() {
        // The largest of those that records came from, where there are several.
        let sources = claims.left[cluster].iter().copied();
        let from = sources.max_by_key(|&at| (past.size[at as usize], std::cmp::Reverse(past.id[at as usize])));
        let from = from.map(|at| past.id[at as usize]);
        match profile.past {
            None if from.is_some() => say(&profile.id, Change::Split, from),
            None => say(&profile.id, Change::Created, None),
            Some(at) if past.retired[at as usize] => say(&profile.id, Change::Returned, from),
            Some(_) => {}
        }
    }
    all.sort();
    all
}
