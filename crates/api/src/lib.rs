//! Api: what may be asked of the platform, as one trait; and of who asks, as another.
//!
//! Flow     command line, server ─ [`Platform`] ─ the binary, or a fake in tests
//!          server ─ [`Registry`] (accounts, sessions, tokens, audit) and [`Host`] (projects) ─ the binary
//!
//! Invariants
//! - Views are plain data that serialise to stable JSON: what `--json` prints is what the server answers.
//! - Rows come one at a time into a [`RowSink`]; no answer is as large as a table.
//!
//! Not here: how an answer is found (`onefold`), how it looks (`output` of the binary, the web pages).

mod accounts;
mod customers;
mod host;
mod insights;
mod lists;
mod live;
mod lookup;
mod objects;
mod platform;
mod preview;
mod problem;
mod quality;
mod reasons;
mod registry;
mod rules;
mod steward;
mod unify;
mod views;
mod watch;

pub use accounts::*;
pub use customers::*;
pub use host::{Host, NewProject, ProjectEntry};
pub use insights::*;
pub use lists::*;
pub use live::*;
pub use lookup::*;
pub use objects::*;
pub use platform::{Platform, RowSink};
pub use preview::*;
pub use problem::{Problem, ProblemKind};
pub use quality::*;
pub use reasons::*;
pub use registry::Registry;
pub use rules::*;
pub use steward::*;
pub use unify::*;
pub use views::*;
pub use watch::{Nobody, RunEvent, Watch};
