//! Insight: what sets groups of people apart, and who is like whom.
//!
//! Reads    fields of profiles as codes of bins (`bins`), bitmaps of members
//! Flow     columns ─ codes ─ a tree (`tree`), levels (`levels`), distances (`difference`), sets (`overlap`), a scorecard (`similar`)
//!
//! Invariants
//! - Code 0 is a missing value in every field.
//! - Counts are whole numbers, and rows are taken in the order of a hash of their numbers where they are drawn or added up
//!   as fractions: no answer depends on the order of rows.
//!
//! Not here: what a field is called, how a result is saved as a definition.

pub mod bins;
pub mod difference;
pub mod levels;
pub mod overlap;
pub mod similar;
pub mod tree;

mod logistic;
mod significance;

/// A field of profiles: for each profile the code of its bin.
#[derive(Clone, Copy, Debug)]
pub struct Coded<'a> {
    /// The bin of each profile; 0 where the value is missing.
    pub codes: &'a [u8],
    /// Bins there are, the missing one among them: codes are below it.
    pub bins: usize,
    /// Whether bins 1, 2, … lie in the order of their values.
    pub ordered: bool,
}

/// A number that looks drawn at random and is always the same for the same input (SplitMix64).
pub fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
