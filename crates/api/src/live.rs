//! Live: rows that programs send between runs.
//!
//! Not here: how they are kept (the binary), over which address they come (`onefold-server`).

use serde::{Deserialize, Serialize};
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
