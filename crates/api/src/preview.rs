//! Preview: what a draft would do now, against the published run. Nothing is written.
//!
//! Invariants
//! - A preview answers though other files hold errors, as long as the draft itself can be planned.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{ActivityView, BucketView, ColumnView, CustomerHit, DiagnosticView, RowsView};

/// A draft of a segment or measure to be tried.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PreviewAsk {
    /// The name it has or will have.
    pub name: String,
    /// The definition as JSON.
    pub value: Value,
    /// Rows of sample; at most 100, 10 when 0.
    #[serde(default)]
    pub sample: usize,
    /// Another seed, another sample.
    #[serde(default)]
    pub seed: u64,
    /// Of a segment: whether it is also to be counted how many would be in it without each condition.
    #[serde(default)]
    pub without: bool,
}

/// What a segment would be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SegmentPreview {
    /// Members.
    pub count: u64,
    /// Profiles in all.
    pub of: u64,
    /// What each rule does, in order.
    pub rules: Vec<RulePreview>,
    /// Those whom its rules find and its limit leaves out; none without a limit.
    #[serde(default)]
    pub beyond_limit: Option<u64>,
    /// Those who are held out of it; none without a hold-out.
    #[serde(default)]
    pub held_out: Option<u64>,
    /// Some members, with the values the rules look at among their fields.
    pub sample: Vec<CustomerHit>,
    /// Members that the published segment does not have.
    pub entered: u64,
    /// Members of the published segment that would go; both 0 for a new one.
    pub left: u64,
    /// What is wrong; counts are 0 when it holds an error.
    pub diagnostics: Vec<DiagnosticView>,
    /// How long it took.
    pub seconds: f64,
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RulePreview {
    /// `union`, `intersect` or `except`.
    pub operator: String,
    /// Profiles it finds by itself.
    pub count: u64,
    /// Members after it, left to right.
    pub cumulative: u64,
    /// Its conditions, depth first.
    pub parts: Vec<PartPreview>,
}

/// What a condition of a rule does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PartPreview {
    /// Its place in the tree: indexes of `of`.
    pub path: Vec<usize>,
    /// The condition, as text.
    pub condition: String,
    /// Profiles for which it holds by itself.
    pub keeps: u64,
    /// Members that the rules would find without it; only where that was asked for.
    #[serde(default)]
    pub without: Option<u64>,
}

/// Which tests to run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TestsAsk {
    /// The measures and segments whose tests are run, `NoShow` or `measures/NoShow`; all when empty.
    #[serde(default)]
    pub names: Vec<String>,
}

/// What became of a test of a measure or segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TestView {
    /// Its definition: `measures/NoShow`.
    pub definition: String,
    /// What it shows, or its number.
    pub name: String,
    /// Whether what came out is what was expected.
    pub ok: bool,
    /// What differs, a line each: cells, and rows that are missing or too many; or why it could not be run.
    pub differences: Vec<String>,
}

/// What a measure would be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MeasurePreview {
    /// `customer_attribute`, `customer_measure` or `business_measure`.
    pub kind: String,
    /// The value of a business measure without dimensions; else null.
    pub value: Value,
    /// Rows it would have.
    pub rows: u64,
    /// Its values, when they are numbers.
    pub numbers: Option<NumberStatistics>,
    /// Some rows: profiles with the largest values first, or dimensions.
    pub table: Option<RowsView>,
    /// Profiles in all.
    pub of: u64,
    /// What is wrong.
    pub diagnostics: Vec<DiagnosticView>,
    /// How long it took.
    pub seconds: f64,
}

/// Numbers in few words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NumberStatistics {
    /// Values there are.
    pub count: u64,
    /// Values that are missing.
    pub missing: u64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// The mean.
    pub mean: f64,
    /// The median.
    pub median: f64,
    /// At most 20 ranges of equal width.
    pub histogram: Vec<BucketView>,
}

/// What several segments have in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OverlapView {
    /// The segments, two to five.
    pub segments: Vec<String>,
    /// Every combination somebody is in, largest first; each profile counts once.
    pub sets: Vec<OverlapSet>,
}

/// Profiles in exactly these segments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OverlapSet {
    /// The segments.
    pub within: Vec<String>,
    /// Profiles.
    pub count: u64,
}

/// A draft of a source whose table is to be shown after some steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TransformAsk {
    /// The source.
    pub name: String,
    /// Its definition as JSON.
    pub value: Value,
    /// The local name of the table.
    pub table: String,
    /// Only the first so many steps; all when absent.
    #[serde(default)]
    pub after: Option<usize>,
    /// Rows; at most 1,000, 200 when 0.
    #[serde(default)]
    pub limit: usize,
}

/// The rows of a table after some steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TransformView {
    /// Its columns.
    pub columns: Vec<ColumnQuality>,
    /// Some rows, in the order of columns.
    pub rows: Vec<Vec<Value>>,
    /// All steps with their rows.
    pub steps: Vec<TransformStep>,
    /// Whether only the first rows of the source were looked at.
    pub sampled: bool,
    /// Rows of the source looked at.
    pub read: u64,
    /// Cells that cannot be read, at most 100.
    pub corrupt: Vec<CorruptCell>,
    /// What is wrong.
    pub diagnostics: Vec<DiagnosticView>,
    /// How long it took.
    pub seconds: f64,
}

/// A column and how good it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ColumnQuality {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// Cells with a value.
    pub valid: u64,
    /// Cells without one.
    pub empty: u64,
    /// Cells that cannot be read.
    pub error: u64,
    /// Different values, about.
    pub distinct: u64,
    /// The commonest values, at most 10.
    pub top: Vec<BucketView>,
}

/// A step of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TransformStep {
    /// From 0; the first step is reading the source.
    pub index: usize,
    /// The key of the step; `source` for reading.
    pub step: String,
    /// What it does, in words: `keep rows where msemr_contacttype = 935000000`.
    pub sentence: String,
    /// Rows after it, of those looked at.
    pub rows: Option<u64>,
    /// Why it could not be tried.
    #[serde(default)]
    pub error: Option<String>,
}

/// A cell that cannot be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CorruptCell {
    /// The row looked at, from 0.
    pub row: u64,
    /// The column.
    pub column: String,
    /// What stands there.
    pub text: String,
    /// Why it cannot be read.
    pub reason: String,
}

/// A draft of an activity to be tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ActivityPreview {
    /// Rows.
    pub total: u64,
    /// Rows that lead to nobody.
    pub without_profile: u64,
    /// Some, newest first, of one profile where possible.
    pub items: Vec<ActivityView>,
    /// What is wrong.
    pub diagnostics: Vec<DiagnosticView>,
}

/// An answer of a connection or source that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProbeView {
    /// Whether it answered.
    pub ok: bool,
    /// What it said, in a sentence.
    pub message: String,
    /// What to do.
    #[serde(default)]
    pub hint: Option<String>,
    /// Tables it offers.
    #[serde(default)]
    pub tables: Vec<ProbedTable>,
    /// What is wrong with the definition.
    #[serde(default)]
    pub diagnostics: Vec<DiagnosticView>,
}

/// A table a source offers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProbedTable {
    /// The name at the source: a resource type, an entity, a file.
    pub name: String,
    /// A local name for it.
    #[serde(default)]
    pub suggested: String,
    /// Its key, when known or likely.
    #[serde(default)]
    pub key: Option<String>,
    /// Its columns, when known.
    #[serde(default)]
    pub columns: Vec<ColumnView>,
    /// Its rows, when known.
    #[serde(default)]
    pub rows: Option<u64>,
    /// A starting definition of the table, as in `tables:`.
    #[serde(default)]
    pub value: Value,
}
