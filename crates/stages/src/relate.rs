//! Relate: which ways lead from a table to Customer.

use std::collections::BTreeMap;

use onefold_model::TableName;
use onefold_model::define::TableColumn;

use crate::Planner;

/// A way from a table to Customer; no hops for a unified table itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The relationships, in order.
    pub hops: Vec<Hop>,
    /// How it ends.
    pub ending: Ending,
}

/// One look-up from a table into the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The relationship's name.
    pub relationship: String,
    /// The column that is looked up.
    pub from: TableColumn,
    /// The column it is looked up in.
    pub to: TableColumn,
}

/// How a path ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// In a unified table; its records lead on through the key ring.
    Records(TableName),
    /// In a column of Customer.
    Customer(String),
}

/// The relationships that hold, and the paths worked out so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Relations {
    paths: BTreeMap<TableName, Vec<Path>>,
}

impl Relations {
    pub(crate) fn into_paths(self) -> BTreeMap<TableName, Vec<Path>> {
        self.paths
    }
}

pub(crate) fn plan(p: &mut Planner<'_>) {
    let _ = p.known();
}
