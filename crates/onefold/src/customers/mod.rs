//! Customers: profiles found and shown.

use onefold_api::*;

use crate::platform::Onefold;

/// Profiles that are looked for.
pub(crate) async fn search(project: &Onefold, ask: &SearchAsk) -> Result<SearchView, Problem> {
    let _ = (project, ask);
    Err(Problem::failed("`search` is not there yet"))
}

/// A profile, by CustomerId, also one that was folded into another, or by `profile_no:<n>`.
pub(crate) async fn customer(project: &Onefold, id: &str) -> Result<ProfileView, Problem> {
    let _ = (project, id);
    Err(Problem::failed("`customer` is not there yet"))
}

/// Activities of a profile.
pub(crate) async fn timeline(project: &Onefold, id: &str, ask: &TimelineAsk) -> Result<TimelineView, Problem> {
    let _ = (project, id, ask);
    Err(Problem::failed("`timeline` is not there yet"))
}
