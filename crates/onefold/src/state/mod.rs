//! State: what is private, hot and small, in SQLite.
//!
//! Reads, writes   `<project>/.onefold/state.sqlite`: the ledger of deliveries (`ledger`), what people decided of pairs
//!                 of records (`decisions`)
//!                 `<folder>/.onefold/server.sqlite`: accounts, sessions, tokens (`registry`), the audit (`chain`)
//!
//! Invariants
//! - Secrets are kept as hashes. The server's file can be read and written by its owner alone.
//! - The audit is a chain: who changes, removes or swaps entries breaks it, and who rewrites it whole differs from a head kept elsewhere.
//!
//! Not here: tables of people (`onefold-lake`), what accounts may do (`onefold-server`).

mod chain;
mod decisions;
mod ledger;
mod registry;
mod schema;
#[cfg(test)]
mod tests;
mod writer;

pub use chain::Head;
pub use decisions::{Decided, Pair, Said, Seen, standing, with_its_group};
pub use ledger::{Delivery, State};
pub use registry::SqliteRegistry;
