//! Features: no code. Names the features of third parties once, so that every selection of crates builds the same engine.
//!
//! Invariants
//! - `-p onefold`, `-p onefold-lake` and `--workspace`, with tests or without, resolve to the same features (tested by `xtask`).
//!
//! Not here: anything to call.
