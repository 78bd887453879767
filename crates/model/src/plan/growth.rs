//! Growth: what new rows of a step's inputs do to the table it writes.
//!
//! Invariants
//! - What is told here holds for any rows: the table after all rows, worked out at once, is the table before the new ones
//!   and what the new ones make.
//! - A step that says nothing is worked out as a whole.
//!
//! Not here: steps that are worked out for some profiles (`onefold-stages`, `by_profile`); which rows are new (the lake).

use serde::{Deserialize, Serialize};

use crate::{Sql, TableName};

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
}

impl Growth {
    /// New rows of these tables make new rows, each by itself.
    pub fn by_row(tables: impl IntoIterator<Item = TableName>) -> Self {
        Self { by_row: tables.into_iter().collect(), ..Self::default() }
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
