//! Watch: whoever looks on while a run is under way, and may stop it.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum RunEvent {
    /// The steps that will run, by name, with their stage; said first.
    Planned {
        /// Name and stage, in the order of the plan.
        steps: Vec<(String, String)>,
    },
    /// A step began.
    StepStarted {
        /// Its name.
        step: String,
    },
    /// A step goes on; said a few times a second at most.
    StepProgress {
        /// Its name.
        step: String,
        /// Rows so far.
        rows: u64,
    },
    /// A step ended.
    StepEnded {
        /// Its name.
        step: String,
        /// Rows it read, where known.
        rows_in: Option<u64>,
        /// Rows it wrote.
        rows_out: u64,
        /// How long it took.
        seconds: f64,
        /// Why it failed.
        error: Option<String>,
    },
    /// What was worked out is published.
    Published {
        /// The run.
        run: String,
    },
    /// An export is being sent.
    Sending {
        /// Its name.
        export: String,
    },
}

/// Whoever looks on while a run is under way.
#[async_trait]
pub trait Watch: Send + Sync {
    /// Something happened. Returns at once.
    fn say(&self, event: RunEvent);
    /// Ends when the run is to be stopped; never, when nobody will.
    async fn stopped(&self);
}

/// Nobody looks on.
#[derive(Clone, Copy, Debug)]
pub struct Nobody;

#[async_trait]
impl Watch for Nobody {
    fn say(&self, _event: RunEvent) {}
    async fn stopped(&self) {
        std::future::pending().await
    }
}
