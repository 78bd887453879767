//! Lists: what pages show of sources, tables, segments, measures, exports, runs.
//!
//! Invariants
//! - Everything computed says of which instant it is.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{BucketView, ColumnView, NumberStatistics, ObjectRef, SentView};

/// A project at a glance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HomeView {
    /// The project.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its time zone.
    pub time_zone: String,
    /// Profiles; none before the first run.
    pub profiles: Option<u64>,
    /// Unique source records.
    pub records: Option<u64>,
    /// Activities.
    pub activities: Option<u64>,
    /// Sources that are defined.
    pub sources: usize,
    /// Segments, largest first, at most 8.
    pub segments: Vec<SegmentView>,
    /// Business measures first, at most 8.
    pub measures: Vec<MeasureView>,
    /// The last run.
    pub last_run: Option<RunLine>,
    /// When the schedule runs next.
    pub next_run: Option<String>,
    /// What needs a look, worst first.
    pub attention: Vec<AttentionView>,
    /// The way from nothing to a sent segment.
    pub steps: Vec<FirstStep>,
}

/// Something that needs a look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AttentionView {
    /// `error`, `warning` or `note`.
    pub severity: String,
    /// What it is.
    pub message: String,
    /// What to do.
    #[serde(default)]
    pub hint: Option<String>,
    /// The definition it is about.
    #[serde(default)]
    pub object: Option<ObjectRef>,
    /// The page that helps: `runs`, `tables/Shop_orders_Corrupt`.
    #[serde(default)]
    pub page: Option<String>,
}

/// A first step and whether it was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FirstStep {
    /// `source`, `unify`, `activity`, `measure`, `segment`, `export` or `run`.
    pub step: String,
    /// Whether it was taken.
    pub done: bool,
    /// How many there are.
    pub count: usize,
}

/// A segment in lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SegmentView {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: Option<String>,
    /// Members; none before it ran.
    pub members: Option<u64>,
    /// Members of the run before.
    pub before: Option<u64>,
    /// Members over the runs that are known, oldest first.
    pub trend: Vec<PointView>,
    /// `active`, `draft` (never ran), `changed` (saved since the run) or `error`.
    pub state: String,
    /// `dynamic` or `static` (refreshed by hand).
    pub kind: String,
    /// Whether it is written out as a table.
    pub materialize: bool,
    /// The run it was worked out in.
    pub refreshed: Option<String>,
    /// Whether it is worked out at all.
    #[serde(default)]
    pub active: bool,
    /// When it is worked out: `with every run`, `every week on mon`, `by hand`.
    #[serde(default)]
    pub schedule: String,
    /// The earliest instant at which time alone changes it; none where it never does, or it has a schedule of its own.
    #[serde(default)]
    pub next_change: Option<String>,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// What uses it.
    pub used_by: Vec<ObjectRef>,
}

/// A number at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PointView {
    /// When.
    pub at: String,
    /// How many.
    pub value: f64,
}

/// A measure in lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MeasureView {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// `customer_attribute`, `customer_measure` or `business_measure`.
    pub kind: String,
    /// Its value, as an expression.
    pub formula: String,
    /// The value of a business measure without dimensions; else null.
    pub value: Value,
    /// The table it is in: `Customer_Measure` or `Measure_<Name>`.
    pub table: Option<String>,
    /// `active`, `draft`, `changed` or `error`.
    pub state: String,
    /// The run it was worked out in.
    pub refreshed: Option<String>,
    /// Whether it is worked out at all.
    #[serde(default)]
    pub active: bool,
    /// When it is worked out: `with every run`, `every week on mon`, `by hand`.
    #[serde(default)]
    pub schedule: String,
    /// The earliest instant at which time alone changes it; none where it never does, or it has a schedule of its own.
    #[serde(default)]
    pub next_change: Option<String>,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The values of a customer attribute; only when one measure is asked for.
    pub numbers: Option<NumberStatistics>,
    /// What uses it.
    pub used_by: Vec<ObjectRef>,
}

/// A source in lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SourceView {
    /// Its name.
    pub name: String,
    /// `fhir`, `dataverse`, `csv` or `parquet`.
    pub kind: String,
    /// Where it is: a folder or a URL, without secrets.
    pub place: String,
    /// `with_every_run` or `manual`.
    pub refresh: String,
    /// Its tables.
    pub tables: Vec<SourceTable>,
    /// `ready`, `never_read`, `changed` or `error`.
    pub state: String,
    /// The run it was last read in.
    pub refreshed: Option<String>,
    /// What uses its tables.
    pub used_by: Vec<ObjectRef>,
}

/// A table of a source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SourceTable {
    /// Its local name.
    pub name: String,
    /// Its name in the lake.
    pub table: String,
    /// Rows; none before the first run.
    pub rows: Option<u64>,
    /// Corrupt rows.
    pub corrupt: Option<u64>,
    /// Columns.
    pub columns: usize,
    /// Transform steps.
    pub steps: usize,
}

/// A table in lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TableLine {
    /// Its name.
    pub name: String,
    /// `source`, `corrupt`, `profiles`, `activities`, `measures`, `segments`, `exports` or `system`.
    pub group: String,
    /// `table`, `view` or `internal`.
    pub kind: String,
    /// The source it is of.
    pub source: Option<String>,
    /// Rows; none for a view.
    pub rows: Option<u64>,
    /// Bytes on disk.
    pub bytes: Option<u64>,
    /// Columns.
    pub columns: Vec<AttributeView>,
    /// The instant of the run that last changed it.
    pub written: Option<String>,
    /// The definition it comes from.
    pub by: Option<ObjectRef>,
}

/// A column with what is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AttributeView {
    /// Its name; with its table before a dot where tables are mixed.
    pub name: String,
    /// In words.
    pub title: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// What it means.
    pub semantic: Option<String>,
    /// Whether it is the key.
    #[serde(default)]
    pub key: bool,
    /// Whether words are looked for in it.
    #[serde(default)]
    pub searchable: bool,
    /// Whether its values can be counted.
    #[serde(default)]
    pub facet: bool,
}

/// A column in figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ColumnStatistics {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// Rows.
    pub count: u64,
    /// Rows without a value.
    pub missing: u64,
    /// Different values, about.
    pub distinct: u64,
    /// The smallest.
    #[serde(default)]
    pub min: Value,
    /// The largest.
    #[serde(default)]
    pub max: Value,
    /// When it is a number.
    pub numbers: Option<NumberStatistics>,
    /// The commonest values, or ranges of days and instants in order; at most 20.
    pub top: Vec<BucketView>,
}

/// Which rows of a table are asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RowsAsk {
    /// Text that some column contains, without regard to case.
    #[serde(default)]
    pub search: String,
    /// A condition over the table's own columns.
    #[serde(default)]
    pub condition: Option<String>,
    /// Columns; all when empty.
    #[serde(default)]
    pub columns: Vec<String>,
    /// A column.
    #[serde(default)]
    pub sort: Option<String>,
    /// Whether the largest come first.
    #[serde(default)]
    pub descending: bool,
    /// How many to pass over.
    #[serde(default)]
    pub offset: u64,
    /// How many to answer; at most 1,000, 100 when 0.
    #[serde(default)]
    pub limit: u64,
    /// Whether internal tables may be read.
    #[serde(default)]
    pub internal: bool,
}

/// Rows of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RowsView {
    /// Columns.
    pub columns: Vec<ColumnView>,
    /// Values in the order of columns.
    pub rows: Vec<Vec<Value>>,
    /// How many rows there are in all, when known.
    pub total: Option<u64>,
}

/// A table somebody may take attributes from, nearest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReachableTable {
    /// The table.
    pub table: String,
    /// The name expressions use; a suggestion where `tables:` must say it.
    pub alias: String,
    /// In words.
    pub title: String,
    /// Whether it is there without `tables:`.
    pub always: bool,
    /// Hops to Customer; 0 for Customer.
    pub distance: usize,
    /// The ways to Customer, shortest first.
    pub paths: Vec<PathView>,
    /// Its columns.
    pub columns: Vec<AttributeView>,
}

/// A way from a table to Customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PathView {
    /// As in `path:`; empty for what needs none.
    pub relationships: Vec<String>,
    /// The tables on it: `AzureAPIforFHIR_Appointment`, `Customer`.
    pub tables: Vec<String>,
}

/// All tables and how they lead to each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GraphView {
    /// The tables.
    pub tables: Vec<GraphTable>,
    /// The relationships.
    pub edges: Vec<GraphEdge>,
}

/// A table of the graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GraphTable {
    /// Its name.
    pub name: String,
    /// In words.
    pub title: String,
    /// `user` (of a source) or `system`.
    pub kind: String,
    /// Its key.
    pub key: Option<String>,
    /// Its columns.
    pub columns: Vec<AttributeView>,
    /// Its rows.
    pub rows: Option<u64>,
    /// Its ways to Customer.
    pub paths: Vec<PathView>,
}

/// A relationship of the graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GraphEdge {
    /// Its name.
    pub name: String,
    /// `user`, `system` or `inherited`.
    pub kind: String,
    /// The table that looks up.
    pub from_table: String,
    /// Its column.
    pub from_column: String,
    /// The table looked up.
    pub to_table: String,
    /// Its column.
    pub to_column: String,
    /// `many_to_one` or `one_to_one`.
    pub cardinality: String,
    /// What is wrong with it, such as a broken cardinality.
    #[serde(default)]
    pub warning: Option<String>,
}

/// An export in lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExportView {
    /// Its name.
    pub name: String,
    /// Its connection.
    pub connection: String,
    /// The connection's kind.
    pub kind: String,
    /// Segments and tables it sends.
    pub items: Vec<String>,
    /// When it goes out.
    pub schedule: String,
    /// `ready`, `never_sent`, `sent`, `stopped` (a segment is not as large as expected, and was not sent), `failed` or
    /// `error`.
    pub state: String,
    /// The last delivery.
    pub last: Option<DeliveryView>,
}

/// A delivery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryView {
    /// The export.
    pub export: String,
    /// When.
    pub at: String,
    /// The run whose rows were sent.
    pub run: String,
    /// `sent` or `failed`.
    pub outcome: String,
    /// What became of each segment or table: offered = sent + without_key + unknown.
    pub items: Vec<SentView>,
    /// Why it failed.
    #[serde(default)]
    pub message: Option<String>,
}

/// A connection in lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConnectionView {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Its folder or URL, without secrets.
    pub place: String,
    /// Exports that use it.
    pub used_by: Vec<ObjectRef>,
    /// Number of errors.
    pub errors: usize,
}

/// A run in lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunLine {
    /// Its number.
    pub run: String,
    /// `completed`, `completed_with_warnings`, `export_failed`, `failed` or `canceled`.
    pub outcome: String,
    /// The instant it stood for.
    pub now: String,
    /// When it began.
    pub started: String,
    /// How long it took.
    pub seconds: f64,
    /// Who asked for it, `schedule` or `command line`.
    pub by: String,
    /// Steps that ran.
    pub steps: usize,
    /// Rows written.
    pub rows: u64,
    /// Warnings.
    pub warnings: usize,
    /// Why it failed.
    #[serde(default)]
    pub message: Option<String>,
    /// Whether readers see this one.
    pub current: bool,
}

/// When runs happen by themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleView {
    /// The rule; none when there is no schedule.
    pub cron: Option<String>,
    /// The time zone.
    pub time_zone: String,
    /// The next five instants.
    pub next: Vec<String>,
    /// The last instant a run was due.
    pub last: Option<String>,
    /// Seconds that a run is overdue.
    pub late_by: Option<f64>,
    /// Why it cannot be worked out.
    #[serde(default)]
    pub problem: Option<String>,
}

/// A file or folder of the project's data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FileView {
    /// Relative to the project.
    pub path: String,
    /// Whether it is a folder.
    pub folder: bool,
    /// Its size.
    pub bytes: u64,
    /// When it was last changed.
    pub modified: Option<String>,
}
