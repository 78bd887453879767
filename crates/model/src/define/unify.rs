//! Unify: `unify.yaml`, how records become profiles.

use crate::Spanned;

/// Map, match and merge.
#[derive(Clone, Debug)]
pub struct Unify {
    /// The tables with people in them, in order of priority; the first is primary.
    pub tables: Vec<MapTable>,
    /// The match rules, in order.
    pub rules: Vec<MatchRule>,
    /// How values are chosen.
    pub merge: Merge,
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

/// What can be done to values before they are compared. The others of the product come with fuzzy matching.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
}

/// How one row a profile is made.
#[derive(Clone, Debug, Default)]
pub struct Merge {
    /// Columns of Customer that are not left to the semantic types.
    pub columns: Vec<MergeColumn>,
    /// `<Table>.<column>` that stay out of Customer.
    pub exclude: Vec<Spanned<String>>,
    /// `<Table>.<column>` and its name on Customer.
    pub rename: Vec<(Spanned<String>, Spanned<String>)>,
}

/// A column of Customer and where its value comes from.
#[derive(Clone, Debug)]
pub struct MergeColumn {
    /// Its name on Customer.
    pub name: Spanned<String>,
    /// `<Table>.<column>`, in order.
    pub from: Vec<Spanned<String>>,
    /// Which of them wins.
    pub policy: MergePolicy,
}

/// Which of several values wins.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum MergePolicy {
    /// The first in order that is not null.
    #[default]
    Importance,
    /// The one whose row is largest in its table's column; `by: [<Table>.<column>, …]`, one a table.
    MostRecent(Vec<Spanned<String>>),
    /// The one whose row is smallest.
    LeastRecent(Vec<Spanned<String>>),
}
