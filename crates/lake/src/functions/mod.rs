//! Functions: what planned SQL may call beside the engine's own.
//!
//! Invariants
//! - Null in, null out, for every argument; a function never fails on a value.

use std::sync::Arc;

use datafusion::logical_expr::ScalarUDF;

/// All functions.
pub(crate) fn all() -> Vec<Arc<ScalarUDF>> {
    vec![]
}
