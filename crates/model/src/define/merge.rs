//! Merge: how one row a profile is made, and which profiles belong together.

use super::DeduplicateRule;
use crate::Spanned;

/// How one row a profile is made.
#[derive(Clone, Debug, Default)]
pub struct Merge {
    /// Columns of Customer that are not left to the semantic types.
    pub columns: Vec<MergeColumn>,
    /// Columns whose values are taken from one record together.
    pub groups: Vec<MergeGroup>,
    /// `<Table>.<column>` that stay columns of their own, whatever their semantic type.
    pub separate: Vec<Spanned<String>>,
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

/// Columns of Customer that take all their values from one record, so that parts never mix.
#[derive(Clone, Debug)]
pub struct MergeGroup {
    /// Its name; no column has it.
    pub name: Spanned<String>,
    /// Names on Customer, each with its `<Table>.<column>`, at most one a table.
    pub columns: Vec<(Spanned<String>, Vec<Spanned<String>>)>,
    /// Which record wins, of those in which not all columns are null. Never `MostFrequent`.
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
    /// The one that most records of the profile have; on a tie the first in order.
    MostFrequent,
}

impl MergePolicy {
    /// The word users write.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Importance => "importance",
            Self::MostRecent(_) => "most_recent",
            Self::LeastRecent(_) => "least_recent",
            Self::MostFrequent => "most_frequent",
        }
    }
    /// `<Table>.<column>` of which the policy asks the order of rows.
    pub fn by(&self) -> &[Spanned<String>] {
        match self {
            Self::MostRecent(by) | Self::LeastRecent(by) => by,
            Self::Importance | Self::MostFrequent => &[],
        }
    }
}

/// Profiles that belong together: a household.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its name; Customer gets `<Name>_ClusterId`.
    pub name: Spanned<String>,
    /// Profiles for which any of the rules holds are in one; conditions name columns of Customer.
    pub rules: Vec<DeduplicateRule>,
}
