//! Tests that link the engine, in one binary.

mod cases;
mod retail;
