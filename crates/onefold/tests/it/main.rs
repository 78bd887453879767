//! Tests that link the engine, in one binary.
//!
//! To add some: a file here and a line below; never another target, each of which links the engine once more.

mod accounts;
mod cases;
mod cli;
mod customers;
mod desk;
mod follow;
mod insights;
mod interpreter;
mod kill;
mod lists;
mod live;
mod live_patch;
mod mc4h;
mod model;
mod outreach;
mod preview;
mod profiles;
#[path = "../../../connect/tests/receiver/mod.rs"]
mod receiver;
mod refresh;
mod retail;
mod scratch;
mod segments;
mod serve;
mod steward;
mod synthea;
mod templates;
mod turns;
mod wrong;
