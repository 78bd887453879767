//! The binary as a library, so that tests can call its parts.
//!
//! Flow     `cli` ─ `commands` ─ [`platform::Onefold`] ─ `opened` (load, look, plan) ─ `runner` ─ `output`
//!
//! Invariants
//! - Only `output` prints. Data goes to standard output, words about the work to standard error.
//! - Exit codes: 0 done (with or without warnings), 1 failed, 2 wrong definitions.
//!
//! Not here: what definitions mean (`onefold-stages`), how steps run (`onefold-lake`), formats (`onefold-connect`).

#![allow(
    clippy::disallowed_methods,
    reason = "the binary is where the clock is asked; the rooms below are handed the instant"
)]

pub mod cli;
pub mod commands;
mod customers;
pub mod demo;
mod desk;
pub mod diagnostics;
pub mod examples;
pub mod explain;
pub mod host;
mod insights;
pub mod lakes;
mod lists;
mod live;
pub mod log;
mod lookup;
pub mod opened;
pub mod openid_client;
pub mod output;
pub mod platform;
mod preview;
pub mod progress;
pub mod runner;
pub mod state;
mod steward;
mod uses;
pub mod values;

/// What must be in place before anything else: TLS, and the log on standard error.
pub fn prepare(command: &cli::Command) {
    // An error says that one is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match command {
        cli::Command::Serve(words) => log::begin(words.log_format, true),
        _ => log::begin(log::LogFormat::Text, false),
    }
}
