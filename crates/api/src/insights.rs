//! Insights: what sets segments apart, who is like whom, and segments that suggest themselves.
//!
//! Invariants
//! - What can be saved is a plain definition (`SuggestedDefinition`), in the order in which it must be saved.
//! - A field is `Customer.<column>` or `Customer_Measure.<measure>`, as expressions name it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{Kind, OverlapSet};

/// A definition that can be saved as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SuggestedDefinition {
    /// Its kind.
    pub kind: Kind,
    /// A name that is free; it may be changed where nothing else in the suggestion names it.
    pub name: String,
    /// The definition as JSON.
    pub value: Value,
}

/// What insights can be asked about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InsightChoices {
    /// The published run that is looked at.
    pub run: String,
    /// Profiles.
    pub profiles: u64,
    /// Columns of profiles, and measures.
    pub fields: Vec<InsightField>,
    /// Types of activities.
    pub activities: Vec<InsightActivity>,
}

/// A field of profiles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InsightField {
    /// `Customer.city`
    pub field: String,
    /// Its name for people.
    pub title: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// Whether it is a measure.
    pub measure: bool,
}

/// A type of activities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InsightActivity {
    /// The type, as activities have it.
    pub activity: String,
    /// Columns of its table that hold numbers, for how much.
    pub amounts: Vec<String>,
}

/// A field that was not looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LeftOut {
    /// The field.
    pub field: String,
    /// Its name for people.
    pub title: String,
    /// Why.
    pub why: String,
}

/// One field, to make a segment of one of its values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QuickAsk {
    /// The field.
    pub field: String,
    /// Among the members of a segment only.
    #[serde(default)]
    pub within: Option<String>,
}

/// What a field offers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QuickView {
    /// The field.
    pub field: String,
    /// Its name for people.
    pub title: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// People looked at.
    pub of: u64,
    /// People without a value.
    pub missing: u64,
    /// The ten commonest values; empty for numbers and dates.
    pub values: Vec<QuickValue>,
    /// Values that shares of people do not exceed; empty for categories.
    pub percentiles: Vec<QuickPercentile>,
}

/// A value that people have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QuickValue {
    /// The value.
    pub value: Value,
    /// People who have it.
    pub count: u64,
    /// The condition that finds them.
    pub rule: String,
}

/// A value at a share of people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QuickPercentile {
    /// The share of people with a value who do not exceed it, in per cent.
    pub percent: u32,
    /// The value.
    pub value: Value,
    /// People with at least this value.
    pub at_least: u64,
    /// The condition that finds them.
    pub at_least_rule: String,
    /// People with at most this value.
    pub at_most: u64,
    /// The condition that finds them.
    pub at_most_rule: String,
}

/// People by how recent, frequent and much their activities are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ActivityAsk {
    /// The type of activities.
    pub activity: String,
    /// Days to look back; 365 when 0.
    #[serde(default)]
    pub days: u32,
    /// A column of the activity's table that is added up, or `Customer_Measure.<measure>`; without it how much is not looked at.
    #[serde(default)]
    pub amount: Option<String>,
    /// Any of `recency`, `frequency`; both when empty.
    #[serde(default)]
    pub dimensions: Vec<String>,
    /// Among the members of a segment only.
    #[serde(default)]
    pub within: Option<String>,
}

/// People by levels of their activities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ActivitySuggestions {
    /// The type of activities.
    pub activity: String,
    /// Days looked back.
    pub days: u32,
    /// People looked at.
    pub of: u64,
    /// People with such activities in that time.
    pub active: u64,
    /// What they are held against.
    pub dimensions: Vec<ActivityDimension>,
    /// Groups that somebody is in: alike in all dimensions first, best first; then the others, largest first.
    pub cards: Vec<ActivityCard>,
    /// How long it took.
    pub seconds: f64,
}

/// What people are held against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ActivityDimension {
    /// `recency` (days since the last), `frequency` (how many) or `monetary` (how much).
    pub dimension: String,
    /// The measure whose values these are: one that is there, or one that is saved with a card.
    pub measure: String,
    /// Where low and medium part.
    pub low: f64,
    /// Where medium and high part.
    pub high: f64,
}

/// People alike in their activities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ActivityCard {
    /// In words.
    pub title: String,
    /// The level in each dimension: `high`, `medium`, `low`. A small number of days is a high recency.
    pub levels: Vec<String>,
    /// The mean in each dimension.
    pub averages: Vec<f64>,
    /// People.
    pub members: u64,
    /// Their share of the active.
    pub share: f64,
    /// The condition that finds them, once the measures are there.
    pub rule: String,
    /// What to save.
    pub saves: Vec<SuggestedDefinition>,
}

/// People among whom an outcome differs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OutcomeAsk {
    /// The field that is told apart: a number, or at most ten categories.
    pub outcome: String,
    /// The category that is asked about; each card tells its own without.
    #[serde(default)]
    pub category: Option<Value>,
    /// The fields that may be why; when empty all that are fit, without those the outcome is made of.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Among the members of a segment only.
    #[serde(default)]
    pub within: Option<String>,
    /// The most conditions of a card: 1 to 4; 4 when 0.
    #[serde(default)]
    pub depth: usize,
}

/// People among whom an outcome differs from everybody's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OutcomeSuggestions {
    /// The outcome.
    pub outcome: String,
    /// Its name for people.
    pub title: String,
    /// Whether it is a number, whose mean is told; else the share of a category is.
    pub number: bool,
    /// People looked at.
    pub of: u64,
    /// Those of whom the outcome is known.
    pub known: u64,
    /// Groups that differ, the clearest first.
    pub cards: Vec<OutcomeCard>,
    /// Groups that were tested.
    pub tested: usize,
    /// Fields that were looked at.
    pub fields: Vec<String>,
    /// Fields that were not.
    pub left_out: Vec<LeftOut>,
    /// How long it took.
    pub seconds: f64,
}

/// A group that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OutcomeCard {
    /// In words.
    pub title: String,
    /// The category that is told of; null for a number.
    pub category: Value,
    /// The mean, or the share (0 to 1), among them.
    pub value: f64,
    /// The same among everybody.
    pub overall: f64,
    /// People.
    pub members: u64,
    /// Their share of everybody.
    pub share: f64,
    /// How likely such a difference is by chance, for as many groups as were tested.
    pub p: f64,
    /// What they have in common, in words.
    pub conditions: Vec<String>,
    /// The condition that finds them.
    pub rule: String,
    /// What to save.
    pub saves: Vec<SuggestedDefinition>,
}

/// Two groups of people to be compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DifferencesAsk {
    /// A segment.
    pub segment: String,
    /// Another; everybody without.
    #[serde(default)]
    pub other: Option<String>,
    /// The fields; all that are fit when empty.
    #[serde(default)]
    pub fields: Vec<String>,
}

/// How two groups differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DifferencesView {
    /// The segment.
    pub segment: String,
    /// The other; null for everybody.
    pub other: Option<String>,
    /// Members of the segment.
    pub members: u64,
    /// People of the other group.
    pub others: u64,
    /// Fields, those that differ most first.
    pub fields: Vec<FieldDifference>,
    /// Fields that were not looked at.
    pub left_out: Vec<LeftOut>,
    /// How long it took.
    pub seconds: f64,
}

/// How a field differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FieldDifference {
    /// The field.
    pub field: String,
    /// Its name for people.
    pub title: String,
    /// Whether it is a measure.
    pub measure: bool,
    /// The Jensen–Shannon distance, 0 (alike) to 1 (nothing in common).
    pub score: f64,
    /// The distance that groups of this size have by chance.
    pub chance: f64,
    /// Whether the field is part of what the segment says.
    pub defines: bool,
    /// How many have which values.
    pub bins: Vec<DifferenceBin>,
}

/// People by values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DifferenceBin {
    /// The values in words.
    pub label: String,
    /// Members of the segment.
    pub members: u64,
    /// People of the other group.
    pub others: u64,
}

/// Segments to be laid over each other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SegmentOverlapAsk {
    /// Two to eight of them.
    pub segments: Vec<String>,
    /// A field whose values are told apart.
    #[serde(default)]
    pub field: Option<String>,
}

/// Segments laid over each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SegmentOverlapView {
    /// The segments with their members, as they were asked for.
    pub segments: Vec<OverlapMember>,
    /// People in all of them.
    pub common: u64,
    /// People in any of them.
    pub any: u64,
    /// Every combination somebody is in, largest first; each profile counts once.
    pub sets: Vec<OverlapSet>,
    /// The values of the field, and how many of each set have them, in the order of sets.
    pub values: Vec<OverlapValue>,
    /// How long it took.
    pub seconds: f64,
}

/// A segment that is laid over others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OverlapMember {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its members.
    pub members: u64,
}

/// A value and who has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OverlapValue {
    /// The value in words.
    pub label: String,
    /// People of each set.
    pub counts: Vec<u64>,
}

/// People like the members of a segment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SimilarAsk {
    /// The segment.
    pub segment: String,
    /// Among the members of another segment only.
    #[serde(default)]
    pub target: Option<String>,
    /// The fields that are compared; when empty all that are fit, without those the segment is made of.
    #[serde(default)]
    pub fields: Vec<String>,
    /// The most people, as a share of those looked among; 0.2 when absent.
    #[serde(default)]
    pub share: Option<f64>,
    /// The least score: 0.4 to 1; 0.4 when absent.
    #[serde(default)]
    pub least: Option<f64>,
    /// Whether the members of the segment itself are among them.
    #[serde(default)]
    pub include_source: bool,
}

/// People like the members of a segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SimilarView {
    /// The segment.
    pub segment: String,
    /// Its members.
    pub members: u64,
    /// People looked among, without the members.
    pub target: u64,
    /// People found.
    pub found: u64,
    /// The least score of those found.
    pub threshold: f64,
    /// How often a member has a higher score than somebody else, among people it was not learned from: 0.5 is chance.
    pub auc: f64,
    /// How far parts of the people scatter about that.
    pub auc_spread: f64,
    /// Members, and others, that were learned from.
    pub learned_from: (usize, usize),
    /// What to think of it, in a sentence.
    pub verdict: String,
    /// How many of those looked among have which score.
    pub bands: Vec<SimilarBand>,
    /// What counts, the most first.
    pub fields: Vec<SimilarField>,
    /// Fields that were not used.
    pub left_out: Vec<LeftOut>,
    /// Some of those found, the likest first.
    pub people: Vec<SimilarPerson>,
    /// The condition that finds them, once the measure is there.
    pub rule: String,
    /// What to save: a measure that holds the score, and the segment.
    pub saves: Vec<SuggestedDefinition>,
    /// How long it took.
    pub seconds: f64,
}

/// People by score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SimilarBand {
    /// In words: `very similar`, `similar`, `somewhat similar`, `not similar`, `never shown`.
    pub band: String,
    /// From this score on.
    pub from: f64,
    /// Below this score.
    pub to: f64,
    /// People.
    pub count: u64,
}

/// What a field says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SimilarField {
    /// The field.
    pub field: String,
    /// Its name for people.
    pub title: String,
    /// How far its values move the score: the spread of its points among people.
    pub weight: f64,
    /// The values that speak most for it, in words.
    pub speaks_for: Vec<String>,
    /// The values that speak most against it.
    pub speaks_against: Vec<String>,
}

/// Somebody like the members.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SimilarPerson {
    /// The id.
    pub customer_id: String,
    /// What the profile is called.
    pub title: String,
    /// The score, 0 to 1.
    pub score: f64,
}
