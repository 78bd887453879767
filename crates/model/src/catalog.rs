//! Catalogue: which tables there are, and what columns they have.
//!
//! Invariants
//! - A table is found ignoring case; a column by its exact name.
//!
//! Not here: rows, files, versions (`onefold-lake`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{ColumnName, DataType, TableName};

/// A column: its name, its type, and what it means when that is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Column {
    /// The exact name.
    pub name: ColumnName,
    /// The type of its values; every column may hold nulls.
    pub ty: DataType,
    /// The semantic type, `Person.FirstName` say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub semantic: Option<String>,
}

impl Column {
    /// A column without a semantic type.
    pub fn new(name: impl Into<ColumnName>, ty: DataType) -> Self {
        Self { name: name.into(), ty, semantic: None }
    }
}

/// A table as the planner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name, as first written.
    pub name: TableName,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// The column that tells its rows apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<ColumnName>,
}

impl Table {
    /// The column of that exact name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// The tables known so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    tables: BTreeMap<String, Table>,
}

impl Catalog {
    /// Adds a table, or puts it in the place of the one with the same name.
    pub fn insert(&mut self, table: Table) {
        self.tables.insert(table.name.folded(), table);
    }
    /// The table of that name, ignoring case.
    pub fn get(&self, name: &str) -> Option<&Table> {
        self.tables.get(&name.to_lowercase())
    }
    /// All tables, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Table> {
        self.tables.values()
    }
}
