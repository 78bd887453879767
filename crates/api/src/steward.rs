//! Steward: why records are one profile or are not, what people decide about it, and how good the matching is.
//!
//! Invariants
//! - Weights are bits (base 2 logarithms of likelihood ratios), probabilities and shares 0 to 1, intervals of 95 %.
//! - A decision is never changed or removed: it is undone by another entry. It takes effect with the next run.
//! - What is up for review shows neither score nor outcome unless asked for: people decide by what they see.
//!
//! Not here: rules and merge (`UnifyView`), matched pairs of a rule (`PairsView`).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::PairSide;

/// What brings records together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatchKind {
    /// Nothing is unified.
    #[default]
    None,
    /// Rules alone.
    Rules,
    /// A probabilistic model alone.
    Model,
    /// Rules, and a model beside them.
    Both,
}

/// The matching of the last run: the model as it was trained, what it compared, and what it warns of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelView {
    /// What brings records together, as the definitions say now.
    pub kind: MatchKind,
    /// Whether a model has run; without one the figures below are missing.
    pub trained: bool,
    /// The instant of the run that trained it.
    pub trained_at: Option<String>,
    /// Whether `unify.yaml` was saved since.
    pub changed: bool,
    /// Probability from which a pair is a link.
    pub threshold: Option<f64>,
    /// Probability from which a pair that is no link is for people to look at.
    pub review: Option<f64>,
    /// Probability that two records taken at random are of one person.
    pub prior: Option<f64>,
    /// Records.
    pub records: Option<u64>,
    /// Pairs that were compared.
    pub pairs: Option<u64>,
    /// Links.
    pub links: Option<u64>,
    /// Clusters of records.
    pub clusters: Option<u64>,
    /// Rounds of training.
    pub iterations: Option<u64>,
    /// What is compared.
    pub comparisons: Vec<ComparisonView>,
    /// Which pairs are compared.
    pub blocking: Vec<BlockingView>,
    /// What to look at: the first 200.
    pub warnings: Vec<MatchWarningView>,
    /// How many warnings there are, by kind.
    pub warning_counts: Vec<(String, u64)>,
    /// The whole model, as it can stand in `unify.yaml` under `match.model`.
    pub yaml: Option<String>,
}

/// A comparison of a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ComparisonView {
    /// Its name.
    pub name: String,
    /// The fields it looks at.
    pub fields: Vec<String>,
    /// The columns of those fields: table and column.
    pub columns: Vec<(String, String)>,
    /// Its levels, the nearest first.
    pub levels: Vec<LevelView>,
    /// Compared pairs in which a value is missing: no evidence either way.
    pub missing: Option<u64>,
}

/// A level of nearness.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LevelView {
    /// Its place, 0 the nearest.
    pub index: u64,
    /// What must hold.
    pub test: String,
    /// How often it holds for records of one person.
    pub m: Option<f64>,
    /// How often it holds for records of two people.
    pub u: Option<f64>,
    /// What it is worth, in bits.
    pub weight: Option<f64>,
    /// How much the frequency of the agreed value counts, 0 to 1.
    pub term_frequency: Option<f64>,
    /// Compared pairs at this level.
    pub pairs: Option<u64>,
    /// Links at this level.
    pub linked: Option<u64>,
}

/// A blocking rule: records with equal keys are compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BlockingView {
    /// The rule.
    pub rule: String,
    /// Pairs it gives.
    pub pairs: Option<u64>,
    /// Pairs that no rule before it gives.
    pub new_pairs: Option<u64>,
    /// Pairs left out because their block was too large.
    pub cut_pairs: Option<u64>,
    /// Records of its largest block.
    pub largest_block: Option<u64>,
    /// The key of that block.
    pub largest_value: Option<String>,
    /// Estimated share of the true pairs that it finds.
    pub found: Option<f64>,
}

/// Something about clusters or values that a person should look at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MatchWarningView {
    /// `bridge`, `oversized`, `conflicting_id`, `generic_value`, `cut_block`, `correlated`, `untrained`.
    pub kind: String,
    /// What is the matter.
    pub detail: String,
    /// The records it is about; none when it is about the model.
    pub records: Vec<RecordRef>,
    /// The profiles of those records.
    pub customer_ids: Vec<String>,
}

/// A record: its table and key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct RecordRef {
    /// Its table.
    pub table: String,
    /// Its key.
    pub key: String,
}

/// Two records.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PairAsk {
    /// The table of the one.
    #[serde(default)]
    pub table1: String,
    /// Its key.
    #[serde(default)]
    pub key1: String,
    /// The table of the other.
    #[serde(default)]
    pub table2: String,
    /// Its key.
    #[serde(default)]
    pub key2: String,
}

/// Why two records are one profile, or are not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PairExplained {
    /// The one.
    pub a: PairSide,
    /// The other.
    pub b: PairSide,
    /// The profile of the one.
    pub a_customer_id: Option<String>,
    /// The profile of the other.
    pub b_customer_id: Option<String>,
    /// Whether they are one profile.
    pub same_profile: bool,
    /// The answer in a sentence.
    pub summary: String,
    /// What the model says of them; none without a model.
    pub evidence: Option<Evidence>,
    /// What each rule says of them.
    pub rules: Vec<RuleExplained>,
    /// Which blocking rules give them both the same key.
    pub blocking: Vec<BlockingExplained>,
    /// Why they were never compared, when they were not.
    pub never_compared: Option<String>,
    /// What was decided about them.
    pub decision: Option<DecisionView>,
    /// How they are joined through other records, when they are one profile: the path of strongest links.
    pub path: Vec<IdentityLink>,
    /// What the last run noted about the pair: `link`, `cut` or `uncertain`.
    pub state: Option<String>,
    /// Why, in that note.
    pub why: Option<String>,
}

/// The evidence of a model about a pair: `prior + comparisons + kin = total`, all in bits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    /// What is thought of any two records before they are looked at.
    pub prior_bits: f64,
    /// Each comparison.
    pub comparisons: Vec<ComparisonEvidence>,
    /// What is taken away because relatives, twins or namesakes share as much.
    pub kin_bits: f64,
    /// All of it.
    pub total_bits: f64,
    /// The same as a probability.
    pub probability: f64,
    /// Probability from which a pair is a link.
    pub threshold: f64,
    /// Probability from which a pair is up for review.
    pub review: f64,
    /// The probability after calibration by decisions, once there are enough.
    pub calibrated: Option<f64>,
}

/// What a comparison says of a pair.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ComparisonEvidence {
    /// Its name.
    pub name: String,
    /// What is compared of the one; none when missing.
    pub a: Option<String>,
    /// What is compared of the other; none when missing.
    pub b: Option<String>,
    /// The place of the level that holds, 0 the nearest; none when a value is missing.
    pub level: Option<u64>,
    /// What holds.
    pub test: String,
    /// How often it holds for records of one person.
    pub m: Option<f64>,
    /// How often it holds for records of two people.
    pub u: Option<f64>,
    /// What that is worth.
    pub bits: f64,
    /// What is added because the agreed value is rare, or taken away because it is common.
    pub tf_bits: f64,
    /// The share of records that hold the agreed value.
    pub frequency: Option<f64>,
}

/// What a match rule says of a pair.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RuleExplained {
    /// Its name.
    pub rule: String,
    /// `match` between tables, or `deduplicate` within one.
    pub kind: String,
    /// Whether all of its conditions hold and no exception does.
    pub holds: bool,
    /// Whether it is what joined the two.
    pub joined: bool,
    /// Its conditions.
    pub conditions: Vec<ConditionExplained>,
    /// Its exceptions; all must hold to keep it from matching.
    pub exceptions: Vec<ConditionExplained>,
    /// What keeps it from holding.
    pub why_not: Option<String>,
}

/// What a condition says of a pair.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConditionExplained {
    /// The column of the one.
    pub a_column: String,
    /// The column of the other.
    pub b_column: String,
    /// Its value.
    pub a: Value,
    /// Its value.
    pub b: Value,
    /// What is compared of it.
    pub a_compared: Option<String>,
    /// What is compared of it.
    pub b_compared: Option<String>,
    /// How exact they must be.
    pub precision: String,
    /// How near they are, 0 to 1; none when a value is missing.
    pub score: Option<f64>,
    /// Whether that is enough.
    pub holds: bool,
}

/// What a blocking rule makes of a pair.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BlockingExplained {
    /// The rule.
    pub rule: String,
    /// Whether both have an equal key by it.
    pub together: bool,
    /// Why not: a value is missing, or the keys differ.
    pub why_not: Option<String>,
}

/// What holds the records of a profile together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IdentityView {
    /// The profile.
    pub customer_id: String,
    /// Its number.
    pub profile_no: i64,
    /// Ids that were folded into it.
    pub previous: Vec<String>,
    /// Its records, in the order of tables, winners first.
    pub records: Vec<IdentityRecord>,
    /// The links between them, the strongest first.
    pub links: Vec<IdentityLink>,
    /// What to look at.
    pub warnings: Vec<MatchWarningView>,
    /// What was decided about its records.
    pub decisions: Vec<DecisionView>,
    /// What became of its id, newest first.
    pub events: Vec<IdentityEvent>,
}

/// A record of a profile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IdentityRecord {
    /// Its table.
    pub table: String,
    /// Its key.
    pub key: String,
    /// Whether it stands for the records of its table that are the same.
    pub winner: bool,
    /// The record with its mapped columns.
    pub side: PairSide,
}

/// A link between two records of a profile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IdentityLink {
    /// The one.
    pub a: RecordRef,
    /// The other.
    pub b: RecordRef,
    /// `rule`, `model`, `deduplication`, `source`, `always`, `decision`.
    pub kind: String,
    /// The rule, or why.
    pub rule: String,
    /// Its weight, when it is the model's.
    pub weight: Option<f64>,
    /// Its probability or score.
    pub probability: Option<f64>,
    /// Whether it is in the tree of strongest links.
    pub tree: bool,
    /// Whether without it the profile would fall apart.
    pub bridge: bool,
}

/// Something that became of a profile's id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IdentityEvent {
    /// When.
    pub at: String,
    /// `created`, `merged`, `split`, `retired`, `returned`.
    pub change: String,
    /// The other id.
    pub other: Option<String>,
}

/// In which order pairs are reviewed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewOrder {
    /// The least certain first.
    #[default]
    Uncertain,
    /// Those on which clusters hang: weak bridges, and links that were cut.
    Cluster,
    /// A random sample over all degrees of certainty: what quality is estimated from.
    Random,
}

/// Which pairs are up for review.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReviewAsk {
    /// In which order.
    #[serde(default)]
    pub order: ReviewOrder,
    /// `link`, `cut` or `uncertain`; all when absent.
    #[serde(default)]
    pub state: Option<String>,
    /// With a record of this table.
    #[serde(default)]
    pub table: Option<String>,
    /// With a record of this profile.
    #[serde(default)]
    pub customer_id: Option<String>,
    /// Whether pairs that were decided are shown too.
    #[serde(default)]
    pub decided: bool,
    /// Whether scores, states and profiles are shown.
    #[serde(default)]
    pub scores: bool,
    /// How many to pass over.
    #[serde(default)]
    pub offset: usize,
    /// How many to answer; at most 100, 20 when 0.
    #[serde(default)]
    pub limit: usize,
}

/// Pairs that are up for review.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReviewView {
    /// How many there are.
    pub total: u64,
    /// How many pairs have been decided so far.
    pub decided: u64,
    /// Some.
    pub pairs: Vec<ReviewPair>,
    /// The profiles of the records that are shown, sorted.
    pub people: Vec<String>,
    /// Why there is nothing, when there is nothing.
    pub nothing: Option<String>,
}

/// A pair that is up for review.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReviewPair {
    /// Equal for the same two records in every run.
    pub id: String,
    /// The one.
    pub a: PairSide,
    /// The other.
    pub b: PairSide,
    /// The same side by side, by meaning: what both have first.
    pub fields: Vec<ReviewField>,
    /// What was decided.
    pub decision: Option<DecisionView>,
    /// `link`, `cut` or `uncertain`; with `scores`.
    pub state: Option<String>,
    /// Why, in words; with `scores`.
    pub why: Option<String>,
    /// In bits; with `scores`.
    pub weight: Option<f64>,
    /// With `scores`.
    pub probability: Option<f64>,
    /// The profile of the one; with `scores`.
    pub a_customer_id: Option<String>,
    /// The profile of the other; with `scores`.
    pub b_customer_id: Option<String>,
}

/// A field of two records, side by side.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReviewField {
    /// What it is, for people.
    pub title: String,
    /// Its values in the one; several when it has several columns.
    pub a: Vec<Value>,
    /// Its values in the other.
    pub b: Vec<Value>,
    /// Whether a value of both is the same, upper case and space aside; none when either has none.
    pub same: Option<bool>,
}

/// What people say of two records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// One person.
    Same,
    /// Two people.
    Different,
    /// Cannot be told.
    #[default]
    Unsure,
}

/// What is decided about two records.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DecideAsk {
    /// The table of the one.
    pub table1: String,
    /// Its key.
    pub key1: String,
    /// The table of the other.
    pub table2: String,
    /// Its key.
    pub key2: String,
    /// What is decided.
    pub decision: Verdict,
    /// Why, in words.
    #[serde(default)]
    pub note: Option<String>,
}

/// A decision about two records.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DecisionView {
    /// Its number.
    pub id: i64,
    /// The one record.
    pub a: RecordRef,
    /// The other record.
    pub b: RecordRef,
    /// What was decided.
    pub decision: Verdict,
    /// Why, in words.
    pub note: Option<String>,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: String,
    /// `review`, `split` or `merge`: what it was part of.
    pub through: String,
    /// The number of the first decision that was made at once with this one; undoing one undoes all of them.
    pub group: i64,
    /// Whether it counts: neither undone nor replaced by a later one about the same records.
    pub counts: bool,
    /// Who undid it, and when.
    pub undone: Option<(String, String)>,
    /// Whether the published run knows it.
    pub applied: bool,
}

/// Which decisions are asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DecisionsAsk {
    /// Of this kind alone.
    #[serde(default)]
    pub decision: Option<Verdict>,
    /// By this person alone.
    #[serde(default)]
    pub by: Option<String>,
    /// With a record of this table.
    #[serde(default)]
    pub table: Option<String>,
    /// With a record of this key.
    #[serde(default)]
    pub key: Option<String>,
    /// Whether those that were undone or replaced are listed too.
    #[serde(default)]
    pub all: bool,
    /// How many to pass over.
    #[serde(default)]
    pub offset: usize,
    /// How many to answer; at most 1,000, 100 when 0.
    #[serde(default)]
    pub limit: usize,
}

/// Decisions, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DecisionsView {
    /// How many there are.
    pub total: u64,
    /// How many of all that count are not in the published run yet.
    pub waiting: u64,
    /// Some.
    pub decisions: Vec<DecisionView>,
    /// The profiles of the records that are shown, sorted.
    pub people: Vec<String>,
}

/// What a change of decisions came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DecidedView {
    /// The decisions that were made or undone.
    pub decisions: Vec<DecisionView>,
    /// When it takes effect, and how to see what it will change.
    pub effect: String,
    /// What speaks against it: decisions that say otherwise.
    pub warnings: Vec<String>,
    /// The profiles it is about, as they are now.
    pub customer_ids: Vec<String>,
}

/// Which records leave a profile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SplitAsk {
    /// The records that are somebody else; together they stay one profile where evidence holds them together.
    pub records: Vec<RecordRef>,
    /// Why, in words.
    #[serde(default)]
    pub note: Option<String>,
}

/// Which profiles are one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MergeAsk {
    /// Two or more of them.
    pub customer_ids: Vec<String>,
    /// Why, in words.
    #[serde(default)]
    pub note: Option<String>,
}
