//! Options: what the lake and its queries may use of the machine.

use std::sync::Arc;
use std::time::Duration;

use crate::holding::Holding;

/// What the lake may use.
#[derive(Clone, Debug)]
pub struct LakeOptions {
    /// Bytes that running steps may hold in memory together; beyond, they spill to `<lake>/_tmp`.
    pub memory_bytes: usize,
    /// Threads a step may keep busy.
    pub threads: usize,
    /// How many published runs keep their files.
    pub keep_runs: usize,
    /// Where what a run linked is kept for the next; none when the process ends with its run.
    pub holding: Option<Arc<Holding>>,
}

impl Default for LakeOptions {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self { memory_bytes: 1 << 30, threads, keep_runs: 3, holding: None }
    }
}

/// What one query may use.
#[derive(Clone, Debug)]
pub struct QueryLimits {
    /// Bytes in memory; beyond, sorts and groups spill, and what cannot spill fails.
    pub memory_bytes: usize,
    /// Time until the last row.
    pub time: Duration,
    /// Rows given back; more are cut off and [`crate::QueryResult::truncated`] tells so.
    pub rows: usize,
}

impl Default for QueryLimits {
    fn default() -> Self {
        Self { memory_bytes: 512 << 20, time: Duration::from_secs(30), rows: 10_000 }
    }
}
