//! Relationship: an entry of `relationships.yaml`, how tables lead to each other.

use std::fmt;

use crate::Spanned;

/// A look-up from one table into another.
#[derive(Clone, Debug)]
pub struct Relationship {
    /// Its name.
    pub name: Spanned<String>,
    /// The column that refers.
    pub from: Spanned<TableColumn>,
    /// The column referred to; the table may be `Customer`.
    pub to: Spanned<TableColumn>,
    /// How many rows may refer to one.
    pub cardinality: Cardinality,
}

/// `<Table>.<column>`: everything after the first dot is the column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TableColumn {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
}

impl fmt::Display for TableColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.table, self.column)
    }
}

/// How many rows may refer to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cardinality {
    /// Any number.
    ManyToOne,
    /// One.
    OneToOne,
}
