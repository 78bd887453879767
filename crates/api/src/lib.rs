//! Api: what may be asked of the platform, as one trait.
//!
//! Flow     command line, server ─ [`Platform`] ─ the binary, or a fake in tests
//!
//! Invariants
//! - Views are plain data that serialise to stable JSON: what `--json` prints is what the server answers.
//! - Rows come one at a time into a [`RowSink`]; no answer is as large as a table.
//!
//! Not here: how an answer is found (`onefold`), how it looks (`output` of the binary, the web pages).

mod problem;
mod views;

use async_trait::async_trait;
use serde_json::Value;

pub use problem::{Problem, ProblemKind};
pub use views::{
    Check, ColumnView, ConditionSeen, CustomerExplained, DiagnosticView, Outcome, PlanView, PlannedStep, ProfileRecord,
    QueryAsk, RuleSeen, RunAsk, RunView, SegmentCount, SegmentExplained, SentView, SourceLine, StepState, StepView,
    TableView, Truth, UnifyFigures, ValueOrigin,
};

/// Takes rows as they are found.
pub trait RowSink: Send {
    /// Called once, before any row.
    ///
    /// # Errors
    /// When nobody listens any more.
    fn columns(&mut self, columns: &[ColumnView]) -> std::io::Result<()>;
    /// Called for each row; values stand in the order of the columns.
    ///
    /// # Errors
    /// When nobody listens any more.
    fn row(&mut self, values: &[Value]) -> std::io::Result<()>;
}

/// One project and its lake, as seen from outside.
#[async_trait]
pub trait Platform: Send + Sync {
    /// What is wrong with the definitions. Nothing is read over the network.
    async fn check(&self) -> Result<Check, Problem>;
    /// What a run would do, and why.
    async fn plan(&self, ask: &RunAsk) -> Result<PlanView, Problem>;
    /// Runs what must run and publishes it, then sends.
    async fn run(&self, ask: &RunAsk) -> Result<RunView, Problem>;
    /// The published tables and views; with `all`, the internal ones too.
    async fn tables(&self, all: bool) -> Result<Vec<TableView>, Problem>;
    /// Rows of a published table; with `all`, of an internal one too.
    async fn rows(&self, table: &str, limit: Option<u64>, all: bool, sink: &mut dyn RowSink) -> Result<(), Problem>;
    /// Rows of a query over the published tables; read only.
    async fn query(&self, ask: &QueryAsk, sink: &mut dyn RowSink) -> Result<(), Problem>;
    /// Which records make a profile, by which rules, and where each value came from.
    async fn explain_customer(&self, id: &str) -> Result<CustomerExplained, Problem>;
    /// Why a profile is in a segment, or is not.
    async fn explain_segment(&self, segment: &str, id: &str) -> Result<SegmentExplained, Problem>;
}
