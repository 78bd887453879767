//! Customers: profiles found and shown.
//!
//! Not here: why a profile is what it is (`CustomerExplained`).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{AttributeView, PatchedView};

/// What profiles are looked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SearchAsk {
    /// Words in names, e-mails, ids; all when empty. A word finds what begins with it.
    #[serde(default)]
    pub text: String,
    /// All must hold.
    #[serde(default)]
    pub filters: Vec<SearchFilter>,
    /// Columns to count values of: `city`, `Customer_Measure.pct_no_show`, `Segment`.
    #[serde(default)]
    pub facets: Vec<String>,
    /// A column; by nearness when there is a text, else by profile_no.
    #[serde(default)]
    pub sort: Option<String>,
    /// Whether the largest come first.
    #[serde(default)]
    pub descending: bool,
    /// How many to pass over; at most 10,000.
    #[serde(default)]
    pub offset: usize,
    /// How many to answer; at most 100, 25 when 0.
    #[serde(default)]
    pub limit: usize,
}

/// A filter of a search: values, or a range.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SearchFilter {
    /// The column of Customer or `Customer_Measure.<name>`, or `Segment`.
    pub column: String,
    /// Any of these; null stands for no value.
    #[serde(default)]
    pub values: Vec<Value>,
    /// At least this.
    #[serde(default)]
    pub from: Option<Value>,
    /// At most this.
    #[serde(default)]
    pub to: Option<Value>,
    /// Less than this: the end of a range that was counted.
    #[serde(default)]
    pub below: Option<Value>,
}

/// Profiles found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SearchView {
    /// How many there are.
    pub total: u64,
    /// The run they are of.
    pub run: String,
    /// The columns that can be searched, filtered, counted or sorted by.
    pub columns: Vec<AttributeView>,
    /// Some of them, in order.
    pub hits: Vec<CustomerHit>,
    /// The values counted over all found.
    pub facets: Vec<FacetView>,
    /// How long it took.
    pub seconds: f64,
    /// The same filters as a segment's condition, when they can be one.
    #[serde(default)]
    pub condition: Option<String>,
}

/// A profile in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CustomerHit {
    /// Its id.
    pub customer_id: String,
    /// Its number.
    pub profile_no: i64,
    /// Its name, else its first id.
    pub title: String,
    /// What a card shows first.
    pub fields: Vec<FieldView>,
}

/// The values of a column, counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FacetView {
    /// The column.
    pub column: String,
    /// The commonest values, or ranges of numbers and dates, at most 50.
    pub buckets: Vec<BucketView>,
    /// Profiles with values beyond these.
    pub others: u64,
    /// Profiles without a value.
    pub missing: u64,
}

/// A value or range and how many there are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BucketView {
    /// The value, or the lower end of the range.
    pub value: Value,
    /// The upper end of a range, not part of it.
    #[serde(default)]
    pub to: Option<Value>,
    /// How many.
    pub count: u64,
}

/// A value with its column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FieldView {
    /// The column.
    pub column: String,
    /// The column in words.
    pub title: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// What it means: `Person.FirstName`.
    pub semantic: Option<String>,
    /// The value.
    pub value: Value,
    /// The table it came from.
    #[serde(default)]
    pub source: Option<String>,
    /// Who laid it over what sources say, where somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patched: Option<PatchedView>,
}

/// A profile, whole: the customer card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProfileView {
    /// Its id.
    pub customer_id: String,
    /// Its number.
    pub profile_no: i64,
    /// Ids that were folded into this one.
    pub previous: Vec<String>,
    /// Its name, else its first id.
    pub title: String,
    /// The run it is of.
    pub run: String,
    /// The instant of that run.
    pub at: String,
    /// Merged columns that have a value, names and addresses first.
    pub fields: Vec<FieldView>,
    /// Its keys by table.
    pub ids: Vec<IdView>,
    /// Its customer attributes.
    pub measures: Vec<MeasureValue>,
    /// The segments it is in.
    pub segments: Vec<MembershipView>,
    /// Activities counted by type.
    pub activities: Vec<BucketView>,
    /// When the first was.
    pub first_activity: Option<String>,
    /// When the last up to the run's instant was.
    pub last_activity: Option<String>,
    /// The clusters it is in, households say.
    #[serde(default)]
    pub clusters: Vec<ClusterView>,
    /// What became of it, and of others with it, oldest first; that it began is left out.
    #[serde(default)]
    pub history: Vec<ProfileChangeView>,
}

/// A cluster that a profile is in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ClusterView {
    /// What kind of cluster: `Household`.
    pub name: String,
    /// Its id.
    pub cluster_id: String,
    /// How many profiles are in it.
    pub size: u64,
    /// The others, by number, at most 100.
    pub others: Vec<ClusterMember>,
}

/// Another profile of a cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ClusterMember {
    /// Its id.
    pub customer_id: String,
    /// Its number.
    pub profile_no: i64,
    /// Its name, else its first id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// Something that became of a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProfileChangeView {
    /// The instant of the run.
    pub at: String,
    /// `created`, `merged`, `split`, `retired` or `returned`.
    pub change: String,
    /// The profile it happened to.
    pub customer_id: String,
    /// The one it went into, or that its records came from.
    pub other: Option<String>,
}

/// A key of a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IdView {
    /// The table.
    pub table: String,
    /// The key.
    pub key: String,
    /// Whether it stands for the rows of its table.
    pub winner: bool,
}

/// A customer attribute of a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MeasureValue {
    /// The measure.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its value.
    pub value: Value,
}

/// A segment a profile is in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MembershipView {
    /// The segment.
    pub segment: String,
    /// Its title.
    pub title: String,
    /// Since when.
    pub since: Option<String>,
}

/// Which activities of a profile are asked for; newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TimelineAsk {
    /// Types; all when empty.
    #[serde(default)]
    pub types: Vec<String>,
    /// Not before this day or instant.
    #[serde(default)]
    pub from: Option<String>,
    /// Before this day or instant.
    #[serde(default)]
    pub to: Option<String>,
    /// Words that all stand in what happened, in its details or in the words of its type, in any case.
    #[serde(default)]
    pub text: Option<String>,
    /// Where the page before ended: its `next`. Pages stay as they are while activities are added above them.
    #[serde(default)]
    pub cursor: Option<String>,
    /// How many to pass over, from the cursor on.
    #[serde(default)]
    pub offset: usize,
    /// How many to answer; at most 500, 50 when 0.
    #[serde(default)]
    pub limit: usize,
}

/// Activities of a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TimelineView {
    /// How many there are.
    pub total: u64,
    /// All of the profile's, by type.
    pub types: Vec<BucketView>,
    /// The found ones by month, `2016-06`, newest first.
    pub months: Vec<BucketView>,
    /// Some of them, newest first; those of one instant by id.
    pub items: Vec<ActivityView>,
    /// The `cursor` of the next page; none when this is the last.
    #[serde(default)]
    pub next: Option<String>,
}

/// An activity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ActivityView {
    /// Its ActivityId; empty in a preview.
    pub id: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// The type in words.
    pub type_display: String,
    /// The definition it comes from.
    pub activity: String,
    /// When.
    pub time: Option<String>,
    /// Until when.
    pub end: Option<String>,
    /// What happened.
    pub title: Option<String>,
    /// More of it.
    pub description: Option<String>,
    /// Where to see it.
    pub url: Option<String>,
    /// The icon of its type.
    pub icon: Option<String>,
    /// The table it is a row of.
    pub table: String,
    /// The key of that row.
    pub key: String,
    /// Its status where the definition names one.
    #[serde(default)]
    pub status: Option<String>,
}
