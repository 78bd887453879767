//! Linkage: which records are of one person, by a probabilistic model (Fellegi and Sunter 1969, Winkler 1988).
//!
//! Reads    tables of texts by key, a model with or without figures, links that are certain
//! Writes   the model with its figures, scored pairs, clusters, and why
//! Flow     records ─ settle ─ candidates ─ train ─ score ─ cluster
//!
//! Invariants
//! - The same records give the same answer in any order of rows and on any number of threads.
//! - Records are numbered through all tables, by table, then key.
//! - A missing value is no evidence either way.
//!
//! Not here: rules (`matching`, `deduplicate`), ids (`ids`).

mod between;
pub mod candidates;
pub mod cluster;
pub mod compare;
mod defaults;
mod derived;
pub mod edge;
mod homonyms;
pub mod keys;
pub mod link;
mod measures;
pub mod model;
pub mod outcome;
pub mod population;
pub mod profile;
pub mod records;
mod restrain;
pub mod score;
pub mod settle;
mod settle_blocking;
mod thresholds;
pub mod train;
mod values;

pub use candidates::Candidates;
pub use compare::{Comparer, shared_frequency};
pub use edge::*;
pub use keys::{block_keys, keys_of};
pub use link::{Linked, link};
pub use model::*;
pub use outcome::Outcome;
pub use population::follow::{Followed, Follower};
pub use population::{Changed, Changes, Population, Put};
pub use records::Records;
pub use score::Weights;
