//! Edge: a pair of records with its evidence; why an edge may not stand; what people should look at. Data only.
//!
//! Invariants
//! - `a` is below `b`. Weights are in bits and hold everything: prior, term frequencies, kin.

use super::Pattern;

/// A scored pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// The lower record.
    pub a: u32,
    /// The higher record.
    pub b: u32,
    /// Log-odds that they are of one person, in bits.
    pub weight: f32,
    /// Place of the blocking rule that brought them together, in [`super::Model::blocking`].
    pub rule: u16,
    /// The levels of the comparisons.
    pub pattern: Pattern,
}

/// The rule of an edge that no blocking rule brought together.
pub const NO_RULE: u16 = u16::MAX;

/// Why a link that the evidence carries does not stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CutReason {
    /// The two, or two records of the clusters that it would join, are certainly not one person.
    Apart,
    /// It would join two records of a table that holds every person once.
    Unique,
    /// What else is known of the records around it speaks against it more than it speaks for it.
    Evidence,
    /// A record fits two people alike, and is with neither.
    Alike,
    /// A better link of one of the two stands, and only the best one may.
    NotBest,
}

impl CutReason {
    /// The word for it in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Apart => "apart",
            Self::Unique => "unique",
            Self::Evidence => "evidence",
            Self::Alike => "alike",
            Self::NotBest => "not_best",
        }
    }
}

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WarningKind {
    /// One weak link alone holds a cluster together.
    Bridge,
    /// So many records hang together that not all their pairs are looked at.
    Oversized,
    /// A cluster has two values of what each person has one of.
    ConflictingId,
    /// Links that are certain join records that are certainly not one person.
    Conflict,
    /// A value that too many records hold to mean anything.
    GenericValue,
    /// A block too large to compare all its pairs.
    CutBlock,
    /// Two comparisons say the same.
    Correlated,
    /// A level of a comparison had too few pairs to learn from.
    Untrained,
}

impl WarningKind {
    /// The word for it in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bridge => "bridge",
            Self::Oversized => "oversized",
            Self::ConflictingId => "conflicting_id",
            Self::Conflict => "conflict",
            Self::GenericValue => "generic_value",
            Self::CutBlock => "cut_block",
            Self::Correlated => "correlated",
            Self::Untrained => "untrained",
        }
    }
}

/// Something that people should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What it is about.
    pub kind: WarningKind,
    /// The records that it is about: none, one, or the two ends of a link.
    pub records: Vec<u32>,
    /// A sentence for people.
    pub detail: String,
}
