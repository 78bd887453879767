//! Plan: what is to be done, as data.
//!
//! Reads    nothing; stages make it, the runner orders it, `lake` and `connect` carry it out
//!
//! Invariants
//! - A step holds everything it needs but rows: it can be serialised and run elsewhere.
//! - Nobody writes down an order; it follows from what steps read and write.
//! - A table has one writer.
//!
//! Not here: whether a step must run again (`fingerprint` below is only what it *is*; the runner adds its inputs).

mod growth;
mod scan;

use serde::{Deserialize, Serialize};

use crate::linkage::Linkage;
use crate::{Column, ColumnName, Sql, TableName};

pub use growth::{Growth, Pick};
pub use scan::{Atoms, NumberSet, Scan, Tree};

/// All steps of a project, and the views over their tables.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// In an order in which they can run.
    pub steps: Vec<Step>,
    /// Names that stand for a query: segments, `SegmentMembership`.
    pub views: Vec<View>,
}

/// The eight stages, in the order of the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Sources to tables.
    Ingest,
    /// Records to profiles.
    Unify,
    /// Ways to Customer.
    Relationships,
    /// Who did what when.
    Activities,
    /// Columns from outside.
    Enrich,
    /// Numbers.
    Measures,
    /// Groups of people.
    Segments,
    /// What is sent.
    Activate,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: &[Stage] = &[
        Self::Ingest,
        Self::Unify,
        Self::Relationships,
        Self::Activities,
        Self::Enrich,
        Self::Measures,
        Self::Segments,
        Self::Activate,
    ];
    /// The word users write.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Unify => "unify",
            Self::Relationships => "relationships",
            Self::Activities => "activities",
            Self::Enrich => "enrich",
            Self::Measures => "measures",
            Self::Segments => "segments",
            Self::Activate => "activate",
        }
    }
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// `<stage>.<noun>[ <table or definition>]`, unique in the plan: `ingest.read Shop_orders`.
    pub name: String,
    /// Where it belongs.
    pub stage: Stage,
    /// The definitions it comes from, as file stems: `measures/NoShowAppointments`, `unify`.
    pub because: Vec<String>,
    /// Tables it reads as this run writes them.
    pub reads: Vec<TableName>,
    /// Tables it reads as the last published run left them; no part of the order.
    pub before: Vec<TableName>,
    /// Tables it writes; for SQL and scans exactly one.
    pub writes: Vec<Output>,
    /// How.
    pub work: Work,
    /// Facts about what was written, looked at before publication.
    pub checks: Vec<Check>,
    /// How what it writes grows with new rows of what it reads; none where it must be worked out as a whole. A kernel that has
    /// kept what it found last is given the new rows alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grows: Option<Growth>,
    /// Rows of tables it reads that bear on it at all, where they may be few of many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub picks: Vec<Pick>,
}

/// A table that a step writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Its name.
    pub table: TableName,
    /// The columns promised, in order; the lake compares names and types.
    pub columns: Vec<Column>,
    /// Whether rows take the place of the old ones.
    pub mode: WriteMode,
    /// Whether it is only for later steps: not listed, no Delta log.
    pub internal: bool,
    /// Columns its rows are sorted by when written.
    pub sorted_by: Vec<ColumnName>,
}

/// How rows go into a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteMode {
    /// In the place of all that was there.
    Replace,
    /// After those that were there.
    Append,
}

/// The closed list of kinds of work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Rows of a query.
    Sql(Sql),
    /// Many conditions over one relation in one pass; writes one row a condition:
    /// `(Rule text, Members bitmap, Count integer)`.
    Scan(Scan),
    /// An algorithm on slices.
    Kernel {
        /// Which one, with its settings.
        kernel: Kernel,
        /// What it is given, one query an input; columns as the kernel documents, found by name.
        inputs: Vec<Sql>,
    },
    /// A table of a source: writes `Raw_<Source>_<Table>`, `Raw_<Source>_<Table>_Corrupt`, and
    /// `<Source>_<Table>_Link` where the source states links.
    Read {
        /// The source.
        source: String,
        /// The local name of its table.
        table: String,
    },
    /// What people decided of pairs of records, as the project's state file has it: the rows of `MatchDecision`.
    Decisions,
    /// What was patched of profiles between runs and holds still: the rows of `CustomerPatchSent`.
    Patches,
    /// An export, after publication, of its `Outbox_<Export>`.
    Send {
        /// The export.
        export: String,
    },
}

/// The closed list of algorithms. Each names the columns of its inputs and outputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "a plan holds few kernels, and one with a model at most")]
pub enum Kernel {
    /// Groups the records of one table that are the same by any rule.
    ///
    /// Input: `key` text; `preference` number (higher wins, null lowest, ties by larger key); per rule r and
    /// condition c `r<r>_c<c>` text (normalised; null never groups), per exception `ru<r>_c<c>`.
    /// Input 1, may be absent: what is said of two records: `Key`, `Other` text, `Kind` text (`same` or `split`; two records
    /// that are split never end in one group), `By` text (`people`, before all else, or `source`).
    /// Output 0: `Key` text, `WinnerKey` text, `IsWinner` boolean, `Group` integer, `Rule` text (names joined by
    /// `;`, null when alone), `Score` number (the lowest that joined the group); with more than one rule, for each, from 1:
    /// `Score_<n>` number, `Group_<n>` integer (the group that the rule alone makes).
    /// Output 1: what was counted, see [`Kernel::Match`].
    Deduplicate {
        /// The rules, in order.
        rules: Vec<DedupeRule>,
    },
    /// Attaches the records of lower tables to those of higher ones.
    ///
    /// Input k (one a table, in order): `key`, `winner` text; and per rule r this table has a part in, per
    /// condition c, `f<r>_c<c>` when it is the rule's `from`, `t<r>_c<c>` when it is its `to` (text, normalised); for
    /// exception c likewise `fu<r>_c<c>` and `tu<r>_c<c>`.
    /// Input n, may be absent: what people say of pairs: `Table1`, `Key1`, `Table2`, `Key2`, `Kind` text (`same` or
    /// `split`), `Why` text (one that begins with `decided` goes before lists).
    /// Output 0: `SourceTable`, `Key` text, `IsWinner` boolean, `Cluster` integer (groups of all tables numbered by
    /// table, then key), `Included` boolean (false for a single of a table without include-all), `TableOrder`
    /// integer, `Rule` text (`always` where people said so), `Score` number, `MatchedTable` text, `MatchedKey` text (null
    /// but for the winner of a group that matched).
    /// Output 1, what was counted, in pairs of records: `Rule` text, `Condition` integer (from 1; null for the rule), `Name`
    /// text (`pairs that meet it`, `pairs excepted`, `pairs not compared`), `Value` number.
    Match {
        /// The tables, in order.
        tables: Vec<MatchTable>,
        /// The rules, in order.
        rules: Vec<MatchRule>,
    },
    /// Finds the records of one person by a probabilistic model, in one table or several.
    ///
    /// Input k (one a table, in order): `key` text; `winner` text, the key that stands for its group; and for field i of
    /// the model and the j-th column of this table that holds it, `f<i>_<j>` text.
    /// Input n: what rules found, as `Match` gives it. Input n+1: `Table1`, `Key1`, `Table2`, `Key2` text, `Kind` text
    /// (`same` or `split`), `Why` text.
    /// Output 0: as `Match` gives it; `Rule` is the rule's name, `model`, or why two records always match; `Score` is a
    /// probability for the model; a winner names the record it joined best. Each record of a table that shares a
    /// cluster with others stands for its own group, when no rule put them together.
    /// Output 1, pairs that link the records of a cluster, were cut, or are uncertain: `Table1`, `Key1`, `Table2`, `Key2`
    /// text, `Weight` number (bits), `Probability` number, `State` text (`link`, `cut`, `uncertain`), `Why` text,
    /// `Pattern` text (a level a comparison, 0 the nearest, `-` missing, joined by `|`).
    /// Output 2, one row: `Model` text (its whole definition), `Threshold`, `Review`, `Prior` number, `Records`, `Pairs`,
    /// `Links`, `Clusters`, `Iterations` integer.
    /// Output 3, a row a level: `Comparison` text, `Level` integer, `Test` text, `M`, `U`, `Weight`, `TermFrequency`
    /// number, `Pairs`, `LinkedPairs` integer.
    /// Output 4, a row a blocking rule: `Rule` text, `Pairs`, `NewPairs`, `CutPairs`, `LargestBlock` integer,
    /// `LargestValue` text, `Found` number.
    /// Output 5: `Kind`, `Table`, `Key`, `Table2`, `Key2`, `Detail` text.
    Link {
        /// The tables, in order.
        tables: Vec<MatchTable>,
        /// What is stated of the model, its fields and their columns always.
        model: Linkage,
    },
    /// Gives every cluster an id and a number, kept from the last run where its records allow.
    ///
    /// Input 0: `SourceTable`, `Key` text, `IsWinner` boolean, `Cluster`, `TableOrder` integer, included ones only.
    /// Input 1: the last `KeyRing`: `SourceTable`, `Key`, `CustomerId` text, `profile_no` integer.
    /// Input 2: the last `ProfileId`.
    /// Input 3: how much records are preferred that meet others of their table in a profile: `SourceTable`, `Key` text,
    /// `Preference` number (higher wins, null and absent lowest, ties by larger key).
    /// Input 4, may be absent: what new ids are made from: `SourceTable`, `Key` text, `Rank` integer, `Value` text.
    /// Output 0, `KeyRing`: `SourceTable`, `Key` text, `IsWinner` boolean, `CustomerId` text, `profile_no` small.
    /// Output 1, `ProfileId`, one row a profile living or retired: `CustomerId` text, `profile_no` small,
    /// `PreviousCustomerId` text (`;`-separated), `FoundingTable`, `FoundingKey` text, `Retired` boolean,
    /// `Cluster` integer (null when retired).
    /// Output 2, `ProfileStanding`: `SourceTable`, `Key` text, `profile_no` small, `Place` integer: groups of one table
    /// that are together in a profile, the one that stands for the others first (1).
    /// Output 3, `ProfileChange`, appended: `CustomerId`, `Change` text (created, merged, split, retired, returned),
    /// `Other` text, `At` date-time.
    AssignIds,
    /// Folds the rules of segments into members.
    ///
    /// Input: `Rule` text, `Members` bitmap: the rows of scans.
    /// Output: `Segment` text, `At` date-time, `Count` integer, `Members` bitmap.
    Membership {
        /// Name, and rules with the way each joins those before it. Rules are named as in the scans.
        segments: Vec<(String, Vec<(SetOperator, String)>)>,
    },
    /// Notes who entered and left segments.
    ///
    /// Input 0: `Segment` text, `Members` bitmap and more: the members of all segments. Input 1: `Segment` text, `Members`
    /// bitmap: the last ones. Input 2: `CustomerId` text, `profile_no` integer of all profiles. Input 3: the same for the last
    /// run, so that one who is gone can be named.
    /// Output 0: input 0 as it is. Output 1, appended: `Segment`, `CustomerId` text, `profile_no` small, `Change` text
    /// (`entered` or `left`), `At` date-time.
    Moves,
}

/// A table of a match.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatchTable {
    /// Its name.
    pub table: TableName,
    /// Whether records that match nothing become profiles.
    pub include_all: bool,
}

/// A rule of a match.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatchRule {
    /// Its name.
    pub name: String,
    /// Index of the lower table.
    pub from: usize,
    /// Index of the higher table.
    pub to: usize,
    /// The least score of each condition, above 0 to 1; all must hold. 1 is equality.
    pub conditions: Vec<f64>,
    /// A pair for which all of them hold does not match. None when there is no exception.
    #[serde(default)]
    pub exceptions: Vec<Exception>,
}

/// A rule of a deduplication.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DedupeRule {
    /// Its name.
    pub name: String,
    /// The least score of each condition, above 0 to 1; all must hold. 1 is equality.
    pub conditions: Vec<f64>,
    /// A pair for which all of them hold is not the same.
    #[serde(default)]
    pub exceptions: Vec<Exception>,
}

/// When an exception holds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exception {
    /// The least score at which values are near.
    pub at_least: f64,
    /// Whether it holds for values that are there and *not* that near.
    #[serde(default)]
    pub differs: bool,
}

/// How a rule of a segment joins those before it, left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SetOperator {
    /// Those in either; also the first rule.
    Union,
    /// Those in both.
    Intersect,
    /// Those not in this one.
    Except,
}

/// A fact about a written table. A broken one stops the run, unless it is a warning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// What must hold, as a sentence: `every key of `Customer` is there once`.
    pub fact: String,
    /// A query that gives the rows that break it; none means it holds.
    pub broken_by: Sql,
    /// Whether the run goes on, completed with warnings; the message shows the count of rows.
    pub warning: bool,
}

/// A name that stands for a query over published tables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Its name.
    pub name: TableName,
    /// The query.
    pub sql: Sql,
    /// Its columns.
    pub columns: Vec<Column>,
}

impl Output {
    /// A published table whose rows take the place of the old ones.
    pub fn published(table: impl Into<TableName>, columns: Vec<Column>) -> Self {
        Self { table: table.into(), columns, mode: WriteMode::Replace, internal: false, sorted_by: Vec::new() }
    }
    /// A table that only later steps read.
    pub fn internal(table: impl Into<TableName>, columns: Vec<Column>) -> Self {
        Self { internal: true, ..Self::published(table, columns) }
    }
    /// The same, sorted by these columns.
    #[must_use]
    pub fn sorted_by(mut self, columns: &[&str]) -> Self {
        self.sorted_by = columns.iter().map(|&column| column.into()).collect();
        self
    }
    /// The same, appended to what is there.
    #[must_use]
    pub fn append(mut self) -> Self {
        self.mode = WriteMode::Append;
        self
    }
}

impl Step {
    /// Whether its outcome depends on the instant of the run.
    pub fn uses_now(&self) -> bool {
        match &self.work {
            Work::Sql(sql) => sql.uses_now(),
            Work::Scan(scan) => scan.from.uses_now() || scan.atoms.iter().any(Sql::uses_now),
            Work::Kernel { inputs, .. } => inputs.iter().any(Sql::uses_now),
            Work::Read { .. } | Work::Decisions | Work::Patches | Work::Send { .. } => false,
        }
    }
    /// A text that is equal for equal steps.
    pub fn fingerprint(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Plan {
    /// The step that writes a table.
    pub fn writer(&self, table: &TableName) -> Option<&Step> {
        self.steps.iter().find(|step| step.writes.iter().any(|out| out.table.folded() == table.folded()))
    }
}
