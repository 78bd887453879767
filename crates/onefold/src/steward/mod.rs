//! Steward: why records are one profile or are not, what people decide about it, and how good the matching is.
//!
//! Reads    the tables that matching publishes (`MatchPair`, `MatchModel`, …; without a model `MatchLinks`), the rows of
//!          records, the log of decisions (`state::decisions`)
//! Writes   the log of decisions; nothing else
//! Flow     question ─ `Look` (definitions and the published run) ─ one file a question
//!
//! Invariants
//! - Nobody's profile changes here: decisions take effect with the next run, as a table that unify reads.
//! - Everything answers before the first run and without a model: what is not known is absent, and it is said why.
//!
//! Not here: matching itself (`onefold-kernels`), the tables (`onefold-stages`), who may ask (`onefold-server`).

mod calibration;
mod decide;
mod estimate;
mod evidence;
mod explain;
mod frame;
mod identity;
mod model;
mod quality;
mod records;
mod review;

use onefold_api::*;

use crate::platform::Onefold;

/// The matching of the last run.
pub(crate) async fn model(project: &Onefold) -> Result<ModelView, Problem> {
    model::view_of(project).await
}

/// Why two records are one profile, or are not.
pub(crate) async fn explain_pair(project: &Onefold, ask: &PairAsk) -> Result<PairExplained, Problem> {
    explain::pair(project, ask).await
}

/// What holds the records of a profile together.
pub(crate) async fn identity(project: &Onefold, id: &str) -> Result<IdentityView, Problem> {
    identity::view_of(project, id).await
}

/// Pairs that people should look at.
pub(crate) async fn review(project: &Onefold, ask: &ReviewAsk) -> Result<ReviewView, Problem> {
    review::view_of(project, ask).await
}

/// Decisions, newest first.
pub(crate) async fn decisions(project: &Onefold, ask: &DecisionsAsk) -> Result<DecisionsView, Problem> {
    decide::list(project, ask).await
}

/// Decides about two records.
pub(crate) async fn decide(project: &Onefold, ask: &DecideAsk, by: &str) -> Result<DecidedView, Problem> {
    decide::decide(project, ask, by).await
}

/// Undoes a decision.
pub(crate) async fn undo(project: &Onefold, decision: i64, by: &str) -> Result<DecidedView, Problem> {
    decide::undo(project, decision, by).await
}

/// Decides that records of a profile are somebody else.
pub(crate) async fn split(project: &Onefold, id: &str, ask: &SplitAsk, by: &str) -> Result<DecidedView, Problem> {
    decide::split(project, id, ask, by).await
}

/// Decides that profiles are one.
pub(crate) async fn merge(project: &Onefold, ask: &MergeAsk, by: &str) -> Result<DecidedView, Problem> {
    decide::merge(project, ask, by).await
}

/// How good the matching is.
pub(crate) async fn quality(project: &Onefold, width: f64) -> Result<QualityView, Problem> {
    quality::view_of(project, width).await
}
