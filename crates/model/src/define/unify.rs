//! Unify: `unify.yaml`, how records become profiles.

use super::{Cluster, Merge};
use crate::Spanned;

/// Map, match and merge.
#[derive(Clone, Debug)]
pub struct Unify {
    /// The tables with people in them, in order of priority; the first is primary.
    pub tables: Vec<MapTable>,
    /// The match rules, in order.
    pub rules: Vec<MatchRule>,
    /// Tables of pairs that always match: `Table1`, `Table1Key`, `Table2`, `Table2Key`.
    pub always: Vec<Spanned<String>>,
    /// Tables of pairs that never match.
    pub never: Vec<Spanned<String>>,
    /// The probabilistic model beside the rules.
    pub model: Option<crate::linkage::Stated>,
    /// How values are chosen.
    pub merge: Merge,
    /// Profiles that belong together.
    pub clusters: Vec<Cluster>,
    /// `<Table>.<column>` in order, the first value of which makes the id of a profile; none: the founding record does.
    pub customer_id: Vec<Spanned<String>>,
}

/// A table and what its columns mean.
#[derive(Clone, Debug)]
pub struct MapTable {
    /// `<Source>_<Table>`
    pub table: Spanned<String>,
    /// Whether records that match nothing become profiles. Default: true for the first table, false for others.
    pub include_all: bool,
    /// Column and semantic type; empty when the mapping is to be suggested.
    pub columns: Vec<(Spanned<String>, Spanned<String>)>,
    /// How the table's own doubles are found and which row represents them.
    pub deduplicate: Deduplicate,
}

/// Deduplication of one table.
#[derive(Clone, Debug, Default)]
pub struct Deduplicate {
    /// Explicit rules; when none, the columns the match rules use.
    pub rules: Vec<DeduplicateRule>,
    /// Which row represents a group.
    pub keep: Keep,
    /// Other choices for single columns.
    pub columns: Vec<(Spanned<String>, Keep)>,
}

/// Records that agree on all conditions are the same.
#[derive(Clone, Debug)]
pub struct DeduplicateRule {
    /// Its name.
    pub name: Spanned<String>,
    /// All must hold.
    pub when: Vec<Condition>,
    /// Pairs for which all of these hold are not the same.
    pub unless: Vec<Condition>,
    /// Whether it is used.
    pub active: bool,
}

/// Which of several rows or values is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Keep {
    /// The row with most values; for a column the first value there is.
    #[default]
    MostFilled,
    /// The row with the largest value of the column.
    MostRecent(Spanned<String>),
    /// The row with the smallest value of the column.
    LeastRecent(Spanned<String>),
}

/// A rule between two tables.
#[derive(Clone, Debug)]
pub struct MatchRule {
    /// Its name.
    pub name: Spanned<String>,
    /// The lower table.
    pub from: Spanned<String>,
    /// The higher table.
    pub to: Spanned<String>,
    /// All must hold.
    pub when: Vec<Condition>,
    /// Pairs for which all of these hold do not match.
    pub unless: Vec<Condition>,
    /// Whether it is used.
    pub active: bool,
}

/// Two columns that are to be equal.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The column of `from`; in deduplication the column.
    pub column: ConditionSide,
    /// The column of `to` (`equals:`); in deduplication absent.
    pub equals: Option<ConditionSide>,
    /// How near they must be.
    pub precision: Spanned<Precision>,
    /// In exceptions: whether it holds for values that are there and *not* that near.
    pub differs: bool,
}

/// One side of a condition.
#[derive(Clone, Debug)]
pub struct ConditionSide {
    /// The column.
    pub column: Spanned<String>,
    /// What is done to values before they are compared, in order.
    pub normalize: Vec<Spanned<Normalize>>,
}

/// How near two values must be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Precision {
    /// Similarity at least 0.30
    Low,
    /// At least 0.60
    Medium,
    /// At least 0.80
    High,
    /// Equal
    #[default]
    Exact,
    /// At least this, 0 to 1
    AtLeast(f64),
}

impl Precision {
    /// The lowest score that is near enough, above 0 to 1.
    pub fn at_least(self) -> f64 {
        match self {
            Self::Low => 0.3,
            Self::Medium => 0.6,
            Self::High => 0.8,
            Self::Exact => 1.0,
            Self::AtLeast(least) => least,
        }
    }
    /// Whether only equal values will do.
    pub fn is_exact(self) -> bool {
        self.at_least() >= 1.0
    }
}

/// What can be done to values before they are compared.
#[derive(Clone, Debug, PartialEq)]
pub enum Normalize {
    /// Lower case.
    Lowercase,
    /// Without any white space.
    Whitespace,
    /// Without symbols.
    Symbols,
    /// Without white space at the ends.
    Trim,
    /// Digits only.
    Digits,
    /// Unicode, roman (single characters) and circled numerals as Arabic digits.
    Numerals,
    /// A telephone number: digits, its country code in one form; added where a country is given.
    Phone(Option<Spanned<String>>),
    /// Forms of names and titles as one.
    Name,
    /// Words of addresses as their abbreviations.
    Address,
    /// Without words that organisations have in common.
    Organization,
    /// Letters and signs of all scripts as ASCII.
    Ascii,
    /// Values of a table in the place of which others of it stand: `value`, `canonical`.
    Alias(Spanned<String>),
    /// Values of a table never match.
    Bypass(Spanned<String>),
}
