//! Example: `tests:` of measures and segments: rows that are given, and what must come of them.
//!
//! Not here: running them (`onefold test`).

use crate::{At, Spanned};

/// Rows that are given, and what must come of them.
#[derive(Clone, Debug)]
pub struct Example {
    /// What it shows.
    pub name: Option<String>,
    /// The instant of its run; a fixed one when absent.
    pub now: Option<Spanned<String>>,
    /// Rows by table, as the table is after its steps; tables that are not named are empty.
    pub given: Vec<(Spanned<String>, Vec<ExampleRow>)>,
    /// The rows that must come out, in any order, by the columns they name.
    pub expect: Vec<ExampleRow>,
    /// Where it stands.
    pub at: Option<At>,
}

/// A row: columns and cells.
pub type ExampleRow = Vec<(Spanned<String>, Spanned<Option<String>>)>;
