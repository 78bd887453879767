//! Resolve: names to columns, and types that go together.
//!
//! Flow     `Expr` ─ columns found (`columns`) ─ types worked out (`check`) ─ `Typed`
//!
//! Invariants
//! - Nothing panics, whatever the tree; all faults are found, not only the first.
//! - A text constant beside a date, date-time or guid is checked here; it keeps its letters.
//!
//! Not here: the project's time zone, in which a text without an offset is read (`onefold-stages`, `condition`).

mod call;
mod check;
mod columns;
pub mod constant;
mod weight;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Expr, Typed};
use crate::{At, Code, Column, DataType, Diagnostic};

/// What an expression can name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// The tables in scope. One with an empty alias is a table's own scope: the whole dotted text is a column.
    pub tables: Vec<Arc<ScopeTable>>,
    /// The segments `in_segment` may name.
    pub segments: Arc<[String]>,
    /// Whether aggregates can stand in it.
    pub aggregates: bool,
}

/// A table an expression can name.
#[derive(Clone, Debug, PartialEq)]
pub struct ScopeTable {
    /// The word before the first dot; empty in a table's own scope.
    pub alias: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Whether more columns may turn up at the first read: an unknown column is then typed `any`.
    pub open: bool,
}

impl Scope {
    /// A table's own scope.
    pub fn own(columns: Vec<Column>, open: bool) -> Self {
        Self { tables: vec![Arc::new(ScopeTable { alias: String::new(), columns, open })], ..Self::default() }
    }
}

/// An expression that is right, and what is worth knowing about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// The expression.
    pub typed: Typed,
    /// Notes: comparisons that depend on a type known only after the first read.
    pub notes: Vec<Diagnostic>,
}

/// The same expression with columns found and types worked out.
///
/// `at` is the place of the whole text; diagnostics point at the words within.
///
/// # Errors
/// All that is wrong, not only the first: unknown aliases and columns (with the nearest name), types that do
/// not go together, aggregates where none can stand.
pub fn resolve(expr: &Expr, scope: &Scope, at: Option<At>) -> Result<Typed, Vec<Diagnostic>> {
    resolve_with_notes(expr, scope, at).map(|resolved| resolved.typed)
}

/// As [`resolve`], with the notes.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_with_notes(expr: &Expr, scope: &Scope, at: Option<At>) -> Result<Resolved, Vec<Diagnostic>> {
    let mut check = check::Check::new(scope, at);
    let typed = check.expr(expr);
    check.outcome(typed)
}

/// As [`resolve_with_notes`], for what must be true or false.
///
/// # Errors
/// As [`resolve`], and a value that is not boolean.
pub fn resolve_condition(expr: &Expr, scope: &Scope, at: Option<At>) -> Result<Resolved, Vec<Diagnostic>> {
    let mut check = check::Check::new(scope, at);
    let typed = check.expr(expr).and_then(|typed| check.truth(typed));
    check.outcome(typed)
}

/// As [`resolve_with_notes`], for a value with aggregates: the value of a measure.
///
/// # Errors
/// As [`resolve`], and a value without any aggregate.
pub fn resolve_value(expr: &Expr, scope: &Scope, at: Option<At>) -> Result<Resolved, Vec<Diagnostic>> {
    let resolved = resolve_with_notes(expr, scope, at)?;
    if expr.has_aggregate() {
        return Ok(resolved);
    }
    let message = "a value of many rows needs an aggregate";
    Err(vec![
        Diagnostic::new(Code::ExprAggregate, at, message)
            .hint("write `max(…)`, `sum(…)`, `count_unique(…)` or another aggregate"),
    ])
}

/// The columns an expression reads, each once, in order of name.
pub fn columns_of(typed: &Typed) -> BTreeSet<&super::ColumnRef> {
    typed.columns().into_iter().collect()
}

/// The type that values of both types can have, if there is one.
pub fn unify(left: DataType, right: DataType) -> Option<DataType> {
    use DataType::{Any, Date, DateTime, Decimal, Guid, Integer, Json, Number, Small, Text};
    Some(match (left, right) {
        (a, b) if a == b => a,
        (Any, b) => b,
        (a, Any) => a,
        (Number, b) if b.is_numeric() => Number,
        (a, Number) if a.is_numeric() => Number,
        (Integer | Small, Integer | Small) => Integer,
        (Decimal(p, s), Decimal(q, t)) => {
            let (whole, scale) = ((p as i16 - s as i16).max(q as i16 - t as i16), s.max(t));
            Decimal((whole + scale as i16).clamp(1, 38) as u8, scale)
        }
        (Decimal(p, s), Integer | Small) | (Integer | Small, Decimal(p, s)) => {
            Decimal((p as i16).max(19 + s as i16).clamp(1, 38) as u8, s)
        }
        (Date, DateTime) | (DateTime, Date) => DateTime,
        (Text | Guid | Json, Text | Guid | Json) => Text,
        _ => return None,
    })
}
