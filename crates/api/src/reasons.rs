//! Reasons: what would bring somebody into a segment, and the rows that a measure's value comes from.
//!
//! Not here: a segment explained condition by condition (`views`).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::Truth;

/// A condition that must become true, or stop being so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChangeSeen {
    /// The rule, counted from 1; 0 for the segment's limit.
    pub rule: usize,
    /// The condition, as text.
    pub condition: String,
    /// Whether it must hold, or must not.
    pub holds: bool,
    /// The columns it names and the values they have.
    pub values: Vec<(String, Value)>,
    /// What is needed, as a sentence: `needs to be above 0.5`.
    pub needs: String,
    /// How far away that is, where it is a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance: Option<f64>,
}

/// Where a profile stands in a segment with a limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LimitSeen {
    /// Its place, the best is 1; none without a value to be ranked by.
    pub rank: Option<u64>,
    /// How many are ranked with it.
    pub of: u64,
    /// How many of them are members.
    pub limit: u64,
    /// What they are ranked by.
    pub by: String,
    /// Its value.
    pub value: Value,
    /// What they are ranked within, and its value.
    pub per: Option<(String, Value)>,
    /// The value of the last one within the limit.
    pub last: Value,
    /// Whether the smallest come first.
    #[serde(default)]
    pub ascending: bool,
}

/// Whether a profile is held out of a segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HoldoutSeen {
    /// What the choice is made from.
    pub name: String,
    /// The share of people.
    pub share: f64,
    /// Whether it is one of them.
    pub held_out: bool,
}

/// A measure's value of a profile explained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MeasureExplained {
    /// The measure.
    pub measure: String,
    /// The profile.
    pub customer_id: String,
    /// Its value in the published run; null for a measure that is no customer attribute.
    pub value: Value,
    /// The calculation, as written.
    pub calculation: String,
    /// Which rows count, as written.
    pub filter: Option<String>,
    /// The table its rows are of; `Customer` when it is worked out from the profile itself.
    pub table: String,
    /// What the columns of rows are called.
    pub columns: Vec<String>,
    /// Rows of the profile in the table.
    pub total: u64,
    /// Rows that the filter kept.
    pub kept: u64,
    /// Some of them, those that were kept first.
    pub rows: Vec<MeasureRow>,
}

/// A row that a measure's value may come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MeasureRow {
    /// Its key, where the table has one.
    pub key: Value,
    /// Its values, in the order of columns.
    pub values: Vec<Value>,
    /// Whether the filter kept it.
    pub kept: Truth,
}

/// Which rows of a measure's value are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MeasureRowsAsk {
    /// How many to pass over.
    #[serde(default)]
    pub offset: usize,
    /// How many to answer; at most 200, 20 when 0.
    #[serde(default)]
    pub limit: usize,
}
