//! Segments.

use crate::Planner;

/// Plans them.
pub fn plan(p: &mut Planner<'_>) {
    let _ = p;
}
