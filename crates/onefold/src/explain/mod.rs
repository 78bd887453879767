//! Explain: why a profile is what it is.

use onefold_api::{CustomerExplained, Problem, SegmentExplained};

use crate::opened::Opened;

/// c
pub async fn customer(opened: &Opened, id: &str) -> Result<CustomerExplained, Problem> {
    let _ = (opened, id);
    Err(Problem::failed("x"))
}
/// s
pub async fn segment(opened: &Opened, segment: &str, id: &str) -> Result<SegmentExplained, Problem> {
    let _ = (opened, id, segment);
    Err(Problem::failed("x"))
}
