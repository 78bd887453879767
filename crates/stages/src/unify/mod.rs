//! Unify: records become profiles.

use onefold_model::TableName;

use crate::Planner;

/// The semantic types a column can be mapped to; others are custom.
pub const SEMANTIC_TYPES: &[&str] = &["ID"];

/// A column of Customer and where its value comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct MergedColumn {
    /// Its name on Customer.
    pub name: String,
    /// The tables and columns, in order.
    pub from: Vec<(TableName, String)>,
    /// Which of them wins.
    pub policy: onefold_model::define::MergePolicy,
}

/// What unify leaves for the stages after it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unified {
    /// The columns of Customer.
    pub(crate) merge: Vec<MergedColumn>,
}

pub(crate) fn plan(p: &mut Planner<'_>) {
    let _ = p.known();
}
