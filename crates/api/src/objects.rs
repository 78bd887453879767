//! Objects: definitions as things with a place: read, edited, tried, saved, compared.
//!
//! Invariants
//! - A definition is its file: `value` is the YAML as JSON, `yaml` its text, `etag` the hash of the text that was read.
//!
//! Not here: what a definition does (`preview`).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::DiagnosticView;

/// The kinds of definitions. `settings`, `unify` and `relationships` have one file, named like the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `onefold.yaml`
    Settings,
    /// `sources/`
    Source,
    /// `unify.yaml`
    Unify,
    /// `relationships.yaml`
    Relationships,
    /// `activities/`
    Activity,
    /// `measures/`
    Measure,
    /// `segments/`
    Segment,
    /// `connections/`
    Connection,
    /// `exports/`
    Export,
}

/// One definition, named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ObjectRef {
    /// Its kind.
    pub kind: Kind,
    /// Its name: the stem of its file.
    pub name: String,
}

/// A definition in lists, with its place among the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ObjectView {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Its title, when it has one.
    pub title: Option<String>,
    /// Its description, when it has one.
    pub description: Option<String>,
    /// Its file, relative to the project.
    pub file: String,
    /// The hash of the file.
    pub etag: String,
    /// Number of errors in it.
    pub errors: usize,
    /// Number of warnings in it.
    pub warnings: usize,
    /// Definitions it names.
    pub depends_on: Vec<ObjectRef>,
    /// Definitions that name it.
    pub used_by: Vec<ObjectRef>,
}

/// A definition with its text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DefinitionView {
    /// Its place.
    pub object: ObjectView,
    /// The text of its file; empty when there is none yet.
    pub yaml: String,
    /// The same as JSON; null where the text is no YAML.
    pub value: Value,
    /// What is to be said about this file; lines count in `yaml`.
    pub diagnostics: Vec<DiagnosticView>,
}

/// A definition as somebody would have it: by text or by value, one of the two. A value is written into the text that is there with the smallest change: comments and untouched lines stay.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DraftAsk {
    /// The text.
    #[serde(default)]
    pub yaml: Option<String>,
    /// The definition as JSON.
    #[serde(default)]
    pub value: Option<Value>,
    /// The hash of the text this began from; none for a new definition.
    #[serde(default)]
    pub etag: Option<String>,
}

/// A draft looked at; nothing is saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DraftView {
    /// Its text.
    pub yaml: String,
    /// The same as JSON; null where the text is no YAML.
    pub value: Value,
    /// What is to be said about this file, as if it were saved.
    pub diagnostics: Vec<DiagnosticView>,
    /// Errors in other files that this draft would bring about.
    pub elsewhere: Vec<DiagnosticView>,
    /// How the text differs from the saved one, with three lines around each change.
    pub diff: Vec<DiffLine>,
}

/// A line of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DiffLine {
    /// `+`, `-` or a space.
    pub sign: String,
    /// Its number: in the new text, or in the old one for `-`.
    pub line: Option<usize>,
    /// The line.
    pub text: String,
}

/// What is to be saved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SaveAsk {
    /// The text, or
    #[serde(default)]
    pub yaml: Option<String>,
    /// the definition as JSON.
    #[serde(default)]
    pub value: Option<Value>,
    /// The hash of the text this began from; none for a new definition. Another hash in the file refuses the save.
    #[serde(default)]
    pub etag: Option<String>,
    /// Save though it holds errors; text that is no YAML is never saved.
    #[serde(default)]
    pub anyway: bool,
}

/// A measure that is written once and filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TemplateView {
    /// Its name: `transaction_count`.
    pub name: String,
    /// The trade it is of; empty for all.
    pub trade: String,
    /// Its title.
    pub title: String,
    /// What it gives.
    pub about: String,
    /// The name of its measure, unless another is chosen.
    pub measure: String,
    /// The type of activity it looks at; none when it looks at all.
    #[serde(rename = "type")]
    pub ty: Option<String>,
    /// The fields of that type it needs.
    pub fields: Vec<String>,
    /// What can be filled in.
    pub parameters: Vec<ParameterView>,
    /// What the project lacks for it; none when it can be filled in.
    pub lacks: Option<String>,
    /// What to do about that.
    pub hint: Option<String>,
}

/// Something that can be filled into a template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ParameterView {
    /// Its name.
    pub name: String,
    /// What it is.
    pub about: String,
    /// What it is unless somebody says otherwise.
    pub default: String,
}

/// A template to be filled in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FillAsk {
    /// The name of the measure; the template's when absent.
    #[serde(default)]
    pub measure: Option<String>,
    /// What is filled in, by parameter.
    #[serde(default)]
    pub values: std::collections::BTreeMap<String, String>,
    /// Only show the definition; nothing is saved.
    #[serde(default)]
    pub draft: bool,
}

/// A template that was filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FilledView {
    /// The measure.
    pub measure: String,
    /// The text of its definition.
    pub yaml: String,
    /// Whether it was saved.
    pub saved: bool,
}

/// An older text of a definition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VersionView {
    /// When it was saved.
    pub at: String,
    /// Who saved it.
    pub by: String,
    /// Its hash.
    pub etag: String,
    /// The text; empty for a deletion.
    pub yaml: String,
}

/// Conditions to turn from text into a tree, or from a tree into text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConditionAsk {
    /// As text, or
    #[serde(default)]
    pub text: Option<String>,
    /// as a tree.
    #[serde(default)]
    pub tree: Option<Condition>,
    /// Tables by alias, as in `tables:`; Customer, Customer_Measure, UnifiedActivity and measure tables are always there.
    #[serde(default)]
    pub tables: std::collections::BTreeMap<String, String>,
    /// A table whose own columns the condition speaks of (filter_rows); then the whole dotted text is a column.
    #[serde(default)]
    pub table: Option<String>,
}

/// A condition both ways.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConditionView {
    /// As text.
    pub text: String,
    /// As a tree; none when the text cannot be read.
    pub tree: Option<Condition>,
    /// What is wrong with it; columns count in `text`.
    pub diagnostics: Vec<DiagnosticView>,
}

/// A condition as builders show it. What they cannot show stays as text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Condition {
    /// `and`, `or`, `is` (one comparison) or `text`.
    pub op: String,
    /// The parts of `and` and `or`.
    #[serde(default)]
    #[schema(no_recursion)]
    pub of: Vec<Condition>,
    /// The column of `is`: `Customer_Measure.pct_no_show`.
    #[serde(default)]
    pub column: Option<String>,
    /// The operator of `is`: eq ne lt le gt ge between not_between in not_in contains not_contains starts_with not_starts_with ends_with not_ends_with is_null is_not_null is_true is_false within_last not_within_last within_next year_to_date in_segment not_in_segment day_of_month month_of year_of day_of_week.
    #[serde(default)]
    pub operator: Option<String>,
    /// Its values: one, two for between, any number for in, a number for within_last, a name for in_segment.
    #[serde(default)]
    pub values: Vec<Value>,
    /// `day`, `week`, `month` or `year` of within_last and within_next.
    #[serde(default)]
    pub unit: Option<String>,
    /// Whether letters count the same in both cases.
    #[serde(default)]
    pub ignore_case: bool,
    /// The expression of `text`.
    #[serde(default)]
    pub text: Option<String>,
}
