//! Views: the answers, as plain data.
//!
//! Invariants
//! - Field names are stable once released. Times are RFC 3339 in UTC, durations are seconds.
//! - Numbers that belong together add up: `read = kept + corrupt + repeated + left out`.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{ChangeSeen, HoldoutSeen, LimitSeen};

/// What is wrong with a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Check {
    /// Whether a run could start.
    pub ok: bool,
    /// Number of errors.
    pub errors: usize,
    /// Number of warnings.
    pub warnings: usize,
    /// All there is to say, by file and place.
    pub diagnostics: Vec<DiagnosticView>,
    /// The same as text, with the lines and a caret; not part of the JSON.
    #[serde(skip)]
    pub text: String,
}

/// One thing to say about the definitions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DiagnosticView {
    /// The file, relative to the project.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The column in characters, from 1.
    pub column: Option<usize>,
    /// The line it ends on.
    pub end_line: Option<usize>,
    /// The column behind its end.
    pub end_column: Option<usize>,
    /// The code: `file/unknown-key`.
    pub code: String,
    /// `error`, `warning` or `note`.
    pub severity: String,
    /// A lower-case sentence.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl DiagnosticView {
    /// Whether it stops a run.
    pub fn is_error(&self) -> bool {
        self.severity == "error"
    }
}

/// What a run is asked to do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct RunAsk {
    /// Stages, steps or definitions; `match` for unification up to matching, `profiles` for all of it; all when empty.
    pub only: Vec<String>,
    /// Whether unchanged steps run too.
    pub force: bool,
    /// The instant of the run, RFC 3339 or a day; the clock's when absent.
    pub now: Option<String>,
    /// The most memory the engine may use, in bytes.
    pub memory: Option<u64>,
    /// How many threads, and how many steps at once.
    pub threads: Option<usize>,
    /// Of a plan alone: whether it works out what would become of profiles, in a run that is never published.
    pub profiles: bool,
}

/// What a query may take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QueryAsk {
    /// One `select`.
    pub sql: String,
    /// The most rows to answer; all when absent.
    pub limit: Option<u64>,
    /// The most seconds it may take.
    pub timeout: f64,
    /// The most memory, in bytes.
    pub memory: u64,
}

/// What a run would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanView {
    /// Steps in an order in which they can run.
    pub steps: Vec<PlannedStep>,
    /// What would become of profiles; where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profiles: Option<ProfilesPlanned>,
    /// What else there is to say: types not known yet, warnings.
    pub diagnostics: Vec<DiagnosticView>,
    /// The warnings as text; not part of the JSON.
    #[serde(skip)]
    pub text: String,
}

/// What would become of profiles, compared with those that are published.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProfilesPlanned {
    /// Profiles that are published.
    pub before: u64,
    /// Profiles that there would be.
    pub after: u64,
    /// Those that would be new, with new records.
    pub created: u64,
    /// Those that would go into another one.
    pub merged: u64,
    /// Those that would be new, with records of another one.
    pub split: u64,
    /// Those that would have no records any more.
    pub retired: u64,
    /// Those that would live again.
    pub returned: u64,
    /// Those that would go on, with the same records or others.
    pub unchanged: u64,
    /// Some of them: merges and splits first.
    pub samples: Vec<ProfilePlanned>,
}

/// A profile that would merge, split, begin or end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProfilePlanned {
    /// Its id.
    pub customer_id: String,
    /// `merged`, `split`, `returned`, `retired` or `created`.
    pub change: String,
    /// The keys of its records: as they are published for one that ends, as they would be for one that begins.
    pub records: Vec<RecordKey>,
    /// The profile it would go into, or that its records come from.
    pub other: Option<String>,
    /// The keys of that one's records, likewise.
    pub other_records: Vec<RecordKey>,
}

/// A record, by its table and key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct RecordKey {
    /// Its table.
    pub table: String,
    /// Its key there.
    pub key: String,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlannedStep {
    /// Its name.
    pub name: String,
    /// Its stage.
    pub stage: String,
    /// Whether it will run.
    pub runs: bool,
    /// Why, or why not.
    pub cause: String,
    /// The definitions it comes from.
    pub because: Vec<String>,
    /// Tables it reads.
    pub reads: Vec<String>,
    /// Tables it writes.
    pub writes: Vec<String>,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// It ran.
    Done,
    /// Nothing had changed.
    Unchanged,
    /// It was not asked for.
    NotAsked,
    /// It did not work.
    Failed,
}

/// One step of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StepView {
    /// Its name.
    pub name: String,
    /// Its stage.
    pub stage: String,
    /// What became of it.
    pub state: StepState,
    /// Why it ran, or why not.
    pub cause: String,
    /// Rows of the tables it read, where known.
    pub rows_in: Option<u64>,
    /// Rows it wrote.
    pub rows_out: u64,
    /// Number of things worth knowing.
    pub warnings: usize,
    /// How long it took.
    pub seconds: f64,
    /// What it has to say of how it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All went well.
    Completed,
    /// All ran; some rows or records need a look.
    CompletedWithWarnings,
    /// Published, but an export did not go out.
    ExportFailed,
    /// It did not work; nothing was published.
    Failed,
    /// Somebody stopped it.
    Canceled,
}

impl Outcome {
    /// The word programs see.
    pub fn word(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::CompletedWithWarnings => "completed_with_warnings",
            Self::ExportFailed => "export_failed",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }
}

/// What became of the rows of a table of a source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SourceLine {
    /// The table.
    pub table: String,
    /// Rows the source gave.
    pub read: u64,
    /// Rows of the table.
    pub kept: u64,
    /// Rows with a bad cell.
    pub corrupt: u64,
    /// Rows whose key was there already.
    pub repeated: u64,
    /// Rows that the table's own steps left out; `None` when the steps change what a row is.
    pub left_out: Option<u64>,
}

/// The figures of unification.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UnifyFigures {
    /// Records after deduplication, over all tables.
    pub unique_source_records: u64,
    /// Groups, singles included.
    pub matched_and_non_matched: u64,
    /// Groups of two or more tables.
    pub matched_only: u64,
    /// Rows of Customer.
    pub profiles: u64,
}

/// A segment and its size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SegmentCount {
    /// The segment.
    pub segment: String,
    /// Its members.
    pub members: u64,
    /// Members of the run before; `None` when it is new.
    pub before: Option<u64>,
}

/// What became of one segment or table of an export; of all of it when it did not go out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SentView {
    /// The export.
    pub export: String,
    /// The segment or table.
    pub item: String,
    /// Rows there were.
    pub offered: u64,
    /// Rows the receiver took.
    pub sent: u64,
    /// Rows without the key.
    pub without_key: u64,
    /// Rows the receiver does not know.
    pub unknown: u64,
    /// `sent`, `unchanged` or `failed`.
    pub state: String,
    /// The file, relative to the project, or the receiver's address of it.
    pub place: String,
    /// Something worth saying, or why it did not go out.
    pub detail: String,
}

/// A run, as recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunView {
    /// Its number or name in the lake.
    pub run: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Who asked for it: an account, `schedule` or `command line`.
    #[serde(default)]
    pub by: String,
    /// The instant of the run.
    pub now: String,
    /// When it began.
    pub started: String,
    /// How long it took.
    pub seconds: f64,
    /// Its steps, in order.
    pub steps: Vec<StepView>,
    /// What became of the rows of sources that were read.
    pub sources: Vec<SourceLine>,
    /// The figures of unification, when there is one.
    pub unify: Option<UnifyFigures>,
    /// Segments and their sizes.
    pub segments: Vec<SegmentCount>,
    /// What was sent.
    pub exports: Vec<SentView>,
    /// What is worth knowing.
    pub warnings: Vec<String>,
    /// Why it failed, or what stopped it.
    #[serde(default)]
    pub message: Option<String>,
    /// What to do about that.
    #[serde(default)]
    pub hint: Option<String>,
}

/// A table or view of the lake.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TableView {
    /// Its name.
    pub name: String,
    /// `table`, `view` or `internal`.
    pub kind: String,
    /// Its rows; `None` for a view.
    pub rows: Option<u64>,
    /// Its columns.
    pub columns: Vec<ColumnView>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ColumnView {
    /// Its name.
    pub name: String,
    /// Its type, in the words of the definitions.
    #[serde(rename = "type")]
    pub ty: String,
}

/// A profile explained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CustomerExplained {
    /// The id.
    pub customer_id: String,
    /// The number.
    pub profile_no: i64,
    /// Ids that were folded into this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// Its records: every source row that belongs to it.
    pub records: Vec<ProfileRecord>,
    /// Where each value of Customer came from.
    pub values: Vec<ValueOrigin>,
    /// The segments it is in.
    pub segments: Vec<String>,
    /// Its measures.
    pub measures: Vec<(String, Value)>,
    /// The clusters it is in, households say.
    #[serde(default)]
    pub clusters: Vec<crate::ClusterView>,
    /// What became of it, and of others with it, oldest first.
    #[serde(default)]
    pub history: Vec<crate::ProfileChangeView>,
}

/// A source row that belongs to a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProfileRecord {
    /// The table.
    pub table: String,
    /// Its key.
    pub key: String,
    /// Whether it represents the rows of its table.
    pub winner: bool,
    /// The rule that brought it here; `None` when it stands for itself.
    pub rule: Option<String>,
    /// The record it matched, as table and key.
    pub matched: Option<(String, String)>,
    /// How well.
    pub score: Option<f64>,
}

/// Where a value of Customer came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ValueOrigin {
    /// The column of Customer.
    pub column: String,
    /// Its value.
    pub value: Value,
    /// The table it came from; `None` for what the system made, or when no record has a value.
    pub table: Option<String>,
    /// The key of the record it came from.
    pub key: Option<String>,
    /// Other values that did not win, as table and value.
    pub others: Vec<(String, Value)>,
    /// Who laid it over what sources say, where somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patched: Option<crate::PatchedView>,
}

/// True, false, or not known for want of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Truth {
    /// It holds.
    True,
    /// It does not.
    False,
    /// A value is missing; unknown never matches.
    Unknown,
}

/// A segment and a profile explained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SegmentExplained {
    /// The segment.
    pub segment: String,
    /// The profile.
    pub customer_id: String,
    /// Whether the profile is a member in the published run.
    pub member: bool,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// The rules, in order.
    pub rules: Vec<RuleSeen>,
    /// Where it stands among those whom the rules find, when the segment has a limit and they find it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<LimitSeen>,
    /// Whether it is held out, when the segment holds people out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout: Option<HoldoutSeen>,
    /// The smallest change that would bring it in; none for a member, and where no change of values would.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<Vec<ChangeSeen>>,
}

/// A rule of a segment and what it saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RuleSeen {
    /// `union`, `intersect` or `except`.
    pub operator: String,
    /// The condition, as written.
    pub condition: String,
    /// Whether it holds for the profile.
    pub truth: Truth,
    /// Its parts.
    pub parts: Vec<ConditionSeen>,
}

/// A condition and the values it saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConditionSeen {
    /// The condition, as text.
    pub condition: String,
    /// How deep it lies in the rule.
    pub depth: usize,
    /// Whether it holds.
    pub truth: Truth,
    /// The columns it names and the values they have.
    pub values: Vec<(String, Value)>,
}
