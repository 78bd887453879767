//! Growth: what new rows of a step's inputs do to the table it writes.
//!
//! Invariants
//! - What is told here holds for any rows: the table after all rows, worked out at once, is the table before the new ones
//!   and what the new ones make.
//! - A step that says nothing is worked out as a whole.
//!
//! Not here: steps that are worked out for some profiles (`onefold-stages`, `by_profile`); which rows are new (the lake).

use serde::{Deserialize, Serialize};

use crate::{ColumnName, Sql, TableName};

/// How a table grows with those it is made of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Growth {
    /// Tables of which every row makes rows by itself. All other tables must be as they were.
    pub by_row: Vec<TableName>,
    /// Tables that may have grown too, and are looked at whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<TableName>,
    /// What is asked of the new rows, where it is not the query of the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Sql>,
    /// A query of the new rows. Where it gives any, the table must be worked out as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unless: Option<Sql>,
    /// Rows of tables that were there that bear on what new rows make; all others need not be looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub picks: Vec<Pick>,
}

/// The rows of a table that bear on what a step writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pick {
    /// The table.
    pub table: TableName,
    /// A column of it: text, or the numbers of profiles.
    pub column: ColumnName,
    /// A query of one column: only rows that have one of its values bear on the step.
    pub among: Sql,
}

impl Pick {
    /// Of `table` only the rows whose `column` is among what a query gives.
    pub fn new(table: impl Into<TableName>, column: impl Into<ColumnName>, among: Sql) -> Self {
        Self { table: table.into(), column: column.into(), among }
    }
}

impl Growth {
    /// New rows of these tables make new rows, each by itself.
    pub fn by_row(tables: impl IntoIterator<Item = TableName>) -> Self {
        Self { by_row: tables.into_iter().collect(), ..Self::default() }
    }
    /// The same, where of other tables only some rows are looked at.
    #[must_use]
    pub fn picking(self, picks: impl IntoIterator<Item = Pick>) -> Self {
        Self { picks: picks.into_iter().collect(), ..self }
    }
    /// Whether a table may have grown.
    pub fn takes(&self, table: &TableName) -> bool {
        self.is_by_row(table) || self.beside.iter().any(|own| own.folded() == table.folded())
    }
    /// Whether every row of a table makes rows by itself.
    pub fn is_by_row(&self, table: &TableName) -> bool {
        self.by_row.iter().any(|own| own.folded() == table.folded())
    }
}
