//! Condition: an expression as SQL.

use onefold_model::expr::ColumnRef;
use onefold_model::{Sql, Typed};

/// An expression as SQL.
pub(crate) fn sql(
    _expression: &Typed,
    _columns: &dyn Fn(&ColumnRef) -> Sql,
    _in_segment: &dyn Fn(&str) -> Sql,
    _zone: &str,
) -> Sql {
    Sql::default()
}
