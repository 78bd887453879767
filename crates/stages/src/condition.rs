//! Condition: an expression as SQL.
