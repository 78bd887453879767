//! Rules: what a match rule, or a rule of deduplication, would do now, while it is being written.
//!
//! Not here: rules of segments (`preview`), pairs that a run matched (`lists`).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::DiagnosticView;

/// A rule to be tried.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MatchRuleAsk {
    /// The table that it leads from; the one it deduplicates, when there is no `to`.
    pub from: String,
    /// The table that it leads to.
    #[serde(default)]
    pub to: Option<String>,
    /// The rule as JSON: `when`, `unless`.
    pub rule: Value,
    /// Pairs to show; at most 50, 12 when 0.
    #[serde(default)]
    pub sample: usize,
}

/// What a rule would do now, by itself: rules before it, groups and decisions are left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MatchRulePreview {
    /// Pairs that match.
    pub pairs: u64,
    /// Pairs that its exceptions keep apart.
    pub excepted: u64,
    /// Records of `from` that match.
    pub matched: u64,
    /// Records of `from`.
    pub records: u64,
    /// What each condition does, in order.
    pub conditions: Vec<MatchConditionPreview>,
    /// Pairs that meet all exact conditions.
    pub blocked: u64,
    /// Those of them that were compared; fewer when they are too many, and then all counts of pairs are of these.
    pub compared: u64,
    /// Pairs of the largest group of records that share the values of the exact conditions.
    pub largest_block: u64,
    /// Those values.
    pub largest_value: Vec<String>,
    /// Pairs by likeness.
    pub likeness: Vec<LikenessPreview>,
    /// Pairs nearest to the line, on either side.
    pub examples: Vec<RulePairPreview>,
    /// The profiles of the records of those pairs, sorted.
    #[serde(default)]
    pub people: Vec<String>,
    /// What is wrong; counts are 0 when it holds an error.
    pub diagnostics: Vec<DiagnosticView>,
    /// How long it took.
    pub seconds: f64,
}

/// What a condition does by itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MatchConditionPreview {
    /// The column of `from`.
    pub column: String,
    /// The column of `to`.
    pub equals: String,
    /// The least likeness, 0 to 1; 1 is equality.
    pub at_least: f64,
    /// Pairs that meet it: of an exact one all there are, of another those among the pairs compared.
    pub pairs: u64,
}

/// Pairs of one likeness.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LikenessPreview {
    /// By condition that is not exact, in order: the likeness in whole percent; pairs below 20 in any are left out.
    pub percent: Vec<u8>,
    /// How many, exceptions left out.
    pub pairs: u64,
}

/// Two records side by side, condition by condition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RulePairPreview {
    /// The key of the one.
    pub a: String,
    /// The key of the other.
    pub b: String,
    /// Whether the two match.
    pub matches: bool,
    /// The values of each condition.
    pub values: Vec<RuleValuesPreview>,
}

/// The values of a condition in two records, as they are compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RuleValuesPreview {
    /// Of the one.
    pub a: String,
    /// Of the other.
    pub b: String,
    /// How alike they are, 0 to 1.
    pub score: f64,
}
