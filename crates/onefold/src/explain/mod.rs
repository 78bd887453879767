//! Explain: why, from what the published run holds.
//!
//! Invariants
//! - Nothing is worked out here a second time: rules are those the plan scans with, values are those of the tables.
//!
//! Not here: how it is put into words (`commands::explain`).

mod customer;
mod identity;
mod measure;
mod nearest;
mod profile;
mod segment;

pub(crate) use customer::customer;
pub use measure::measure;
pub(crate) use profile::{Profile, find};
pub use segment::segment;
