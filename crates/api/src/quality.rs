//! Quality: how good the matching is, as far as people have looked at it.
//!
//! Invariants
//! - Shares are 0 to 1, intervals of 95 %; what nobody decided about is said, not guessed.
//!
//! Not here: decisions themselves (`steward`).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How good the matching is, estimated from decisions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QualityView {
    /// Decisions that are `same` or `different`.
    pub labels: u64,
    /// Those of them in the random sample, from which the estimates below are made.
    pub sampled: u64,
    /// Share of the links that are right.
    pub precision: Option<EstimateView>,
    /// Share of the true pairs, among those with a probability from `review` on, that are links.
    pub recall: Option<EstimateView>,
    /// Estimated share of true pairs that blocking finds at all, from the model.
    pub found: Option<f64>,
    /// The layers of the sample.
    pub strata: Vec<StratumView>,
    /// What the model says against what people say.
    pub calibration: Vec<CalibrationBin>,
    /// `probability = 1 / (1 + 2^-(slope × bits + intercept))`, learned from all decisions; none with too few.
    pub calibrated: Option<CalibratedView>,
    /// The threshold now.
    pub threshold: Option<f64>,
    /// The threshold that decisions suggest; never taken by itself.
    pub suggested: Option<SuggestedThreshold>,
    /// The width of interval that was asked for.
    pub width: f64,
    /// Decisions of the random sample that are missing for it.
    pub missing: Option<u64>,
    /// Why something above is not there, in sentences.
    pub remarks: Vec<String>,
}

/// An estimate with its interval.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EstimateView {
    /// The estimate.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// A layer of the random sample: pairs of one outcome and of similar probability.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StratumView {
    /// `links`, 0.99 to 0.999.
    pub name: String,
    /// Whether its pairs are links.
    pub linked: bool,
    /// Pairs.
    pub pairs: u64,
    /// Decided ones in the random sample.
    pub sampled: u64,
    /// Those of them that are one person.
    pub same: u64,
}

/// Pairs of similar predicted probability, and what was decided about them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CalibrationBin {
    /// From this probability on.
    pub from: f64,
    /// To this.
    pub to: f64,
    /// Decided pairs.
    pub pairs: u64,
    /// Their mean probability by the model.
    pub predicted: f64,
    /// The share decided `same`.
    pub decided: EstimateView,
    /// Their mean probability after calibration.
    pub calibrated: Option<f64>,
}

/// What was learned from decisions about the model's probabilities.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CalibratedView {
    /// 1 when the model's evidence counts as much as it says.
    pub slope: f64,
    /// 0 when the model's prior is right.
    pub intercept: f64,
    /// Mean logarithmic loss of the model, in bits a decision.
    pub loss_before: f64,
    /// The same after calibration.
    pub loss_after: f64,
}

/// A threshold that decisions suggest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SuggestedThreshold {
    /// The probability of the model from which a pair should be a link.
    pub threshold: f64,
    /// Expected precision there.
    pub precision: f64,
    /// Expected recall there, among pairs from `review` on.
    pub recall: f64,
    /// Links it would have more (or, negative, fewer).
    pub more_links: i64,
}
