//! Steward: why records are one profile or are not, what people decide about it, and how good the matching is.

use onefold_api::*;

use crate::platform::Onefold;

fn soon<T>() -> Result<T, Problem> {
    Err(Problem::refused("not built yet"))
}

/// The matching of the last run.
pub(crate) async fn model(_project: &Onefold) -> Result<ModelView, Problem> {
    soon()
}
/// Why two records are one profile, or are not.
pub(crate) async fn explain_pair(_project: &Onefold, _ask: &PairAsk) -> Result<PairExplained, Problem> {
    soon()
}
/// What holds the records of a profile together.
pub(crate) async fn identity(_project: &Onefold, _id: &str) -> Result<IdentityView, Problem> {
    soon()
}
/// Pairs that people should look at.
pub(crate) async fn review(_project: &Onefold, _ask: &ReviewAsk) -> Result<ReviewView, Problem> {
    soon()
}
/// Decisions.
pub(crate) async fn decisions(_project: &Onefold, _ask: &DecisionsAsk) -> Result<DecisionsView, Problem> {
    soon()
}
/// Decides.
pub(crate) async fn decide(_project: &Onefold, _ask: &DecideAsk, _by: &str) -> Result<DecidedView, Problem> {
    soon()
}
/// Undoes.
pub(crate) async fn undo(_project: &Onefold, _decision: i64, _by: &str) -> Result<DecidedView, Problem> {
    soon()
}
/// Splits.
pub(crate) async fn split(_project: &Onefold, _id: &str, _ask: &SplitAsk, _by: &str) -> Result<DecidedView, Problem> {
    soon()
}
/// Merges.
pub(crate) async fn merge(_project: &Onefold, _ask: &MergeAsk, _by: &str) -> Result<DecidedView, Problem> {
    soon()
}
/// Quality.
pub(crate) async fn quality(_project: &Onefold, _width: f64) -> Result<QualityView, Problem> {
    soon()
}
