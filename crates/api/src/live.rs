//! Live: rows that programs send between runs, and values that they lay over profiles for a while.
//!
//! Not here: how they are kept (the binary), over which address they come (`onefold-server`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// What became of rows that were sent. All of them are on disk: bad ones will be in the table's `_Corrupt` table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LiveView {
    /// Rows that were taken.
    pub accepted: u64,
    /// Rows that were here already, with the same key and the same content: nothing was done about them.
    pub repeated: u64,
    /// Rows that are bad, and why.
    pub rejected: Vec<LiveRejected>,
    /// When the rows that were taken are seen.
    pub seen: LiveSeen,
}

/// A row that is bad.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LiveRejected {
    /// Its place among the rows that were sent, from 0.
    pub row: u64,
    /// Why.
    pub reason: String,
}

/// When rows are seen in profiles, measures and segments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LiveSeen {
    /// Within seconds.
    Soon,
    /// With the next run: who is who may depend on them, or on more than one row at once.
    #[default]
    NextRun,
}

/// Values for columns of a profile, until they run out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchAsk {
    /// By column of Customer; null for no value.
    #[serde(default)]
    pub set: BTreeMap<String, Value>,
    /// Columns whose patches go: what sources say holds again.
    #[serde(default)]
    pub remove: Vec<String>,
    /// Until when the values hold: an instant to come, `2026-11-01T06:00:00Z`. Four hours from now when absent.
    #[serde(default)]
    pub valid_until: Option<String>,
}

/// What became of values for a profile. They are on disk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PatchView {
    /// The profile.
    pub customer_id: String,
    /// Columns that were set.
    pub set: Vec<String>,
    /// Columns whose patches were taken away.
    pub removed: Vec<String>,
    /// Until when what was set holds.
    pub valid_until: Option<String>,
    /// When it is seen.
    pub seen: LiveSeen,
}

/// Who laid a value over those of sources.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PatchedView {
    /// Whoever sent it.
    pub by: String,
    /// When.
    pub at: String,
    /// Until when it holds.
    pub until: String,
}

/// How what came in between runs is doing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LiveState {
    /// Whether this server takes rows of the project, or has since it began.
    pub open: bool,
    /// Rows in the log that are in no table yet.
    pub in_log: u64,
    /// Bytes of the log.
    pub log_bytes: u64,
    /// Rows that wait for a run.
    pub waiting: u64,
    /// When the oldest of them came.
    pub waiting_since: Option<String>,
    /// Values that are laid over profiles.
    pub patches: u64,
    /// When rows were last put into tables.
    pub last_commit: Option<String>,
    /// Rows that are on disk and not seen yet; those that are seen with the next run do not count.
    pub unseen: u64,
    /// For how long the oldest of them has been, in seconds.
    pub lag: f64,
    /// What went wrong since the server began.
    pub errors: u64,
    /// When what asks the time is next worked out anew.
    pub clock_next: Option<String>,
}

/// A run that is to begin by itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DueRun {
    /// Under which name: `live` when rows wait, `clock` when time has passed.
    pub by: String,
    /// What is to run.
    pub ask: crate::RunAsk,
}
