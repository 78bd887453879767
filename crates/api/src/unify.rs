//! Unify: what unification is, in lists, and the pairs it matched.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{FieldView, UnifyFigures};

/// What unification is and does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UnifyView {
    /// Whether there is a `unify.yaml`.
    pub defined: bool,
    /// The figures of the last run.
    pub figures: Option<UnifyFigures>,
    /// Its tables, in order.
    pub tables: Vec<UnifyTable>,
    /// Its rules, in order.
    pub rules: Vec<UnifyRule>,
    /// The columns of Customer.
    pub columns: Vec<UnifyColumn>,
    /// Keys: table and column of Customer.
    pub keys: Vec<(String, String)>,
    /// Columns left out: `<table>.<column>`.
    pub excluded: Vec<String>,
    /// Semantic types that are known.
    pub semantic_types: Vec<String>,
    /// The instant of the run.
    pub at: Option<String>,
    /// Whether `unify.yaml` was saved since that run.
    pub changed: bool,
}

/// A table of unification.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UnifyTable {
    /// The table.
    pub table: String,
    /// Its key.
    pub key: Option<String>,
    /// Whether records that match nothing become profiles.
    pub include_all: bool,
    /// Rows of the table.
    pub source_records: Option<u64>,
    /// Rows after deduplication.
    pub unique_records: Option<u64>,
    /// Unique records that joined a record of a higher table.
    pub matched: Option<u64>,
    /// Its columns.
    pub columns: Vec<UnifySourceColumn>,
}

/// A column of a table of unification.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UnifySourceColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// The semantic type it was given; none when it is not mapped.
    pub semantic: Option<String>,
    /// A type that fits its name and values, for one that is not mapped.
    pub suggested: Option<String>,
    /// Some values.
    pub sample: Vec<Value>,
}

/// A match rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UnifyRule {
    /// Its name.
    pub name: String,
    /// The lower table.
    pub from: String,
    /// The higher table.
    pub to: String,
    /// What it says: `msemr_azurefhirid` equals `id`, exactly.
    pub sentence: String,
    /// Records it attached.
    pub matched: Option<u64>,
    /// Unique records of the lower table.
    pub of: Option<u64>,
}

/// A column of Customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UnifyColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// What it means.
    pub semantic: Option<String>,
    /// `importance`, `most_recent` or `least_recent`.
    pub policy: String,
    /// Table and column, in order of rank.
    pub from: Vec<(String, String)>,
    /// Profiles that have a value.
    pub filled: Option<u64>,
}

/// Which pairs of records are asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PairsAsk {
    /// Of one rule; of all when absent.
    #[serde(default)]
    pub rule: Option<String>,
    /// Text in either record.
    #[serde(default)]
    pub search: String,
    /// How many to pass over.
    #[serde(default)]
    pub offset: usize,
    /// How many to answer; at most 100, 20 when 0.
    #[serde(default)]
    pub limit: usize,
}

/// Pairs of records that were matched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PairsView {
    /// How many there are.
    pub total: u64,
    /// Some.
    pub pairs: Vec<PairView>,
}

/// Two records that were matched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PairView {
    /// The rule that matched them.
    pub rule: String,
    /// How well.
    pub score: Option<f64>,
    /// The profile they are part of.
    pub customer_id: Option<String>,
    /// The lower record.
    pub a: PairSide,
    /// The higher record.
    pub b: PairSide,
    /// What was compared.
    pub conditions: Vec<PairCondition>,
}

/// A record of a pair.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PairSide {
    /// Its table.
    pub table: String,
    /// Its key.
    pub key: String,
    /// Its mapped columns.
    pub fields: Vec<FieldView>,
}

/// A comparison of a pair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PairCondition {
    /// The lower record's column.
    pub a_column: String,
    /// The higher record's column.
    pub b_column: String,
    /// Its value.
    pub a: Value,
    /// Its value.
    pub b: Value,
    /// How exact they must be.
    pub precision: String,
    /// Whether they are the same.
    pub holds: bool,
}
