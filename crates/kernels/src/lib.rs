//! Kernels: algorithms on plain slices.
//!
//! Flow     `lake` turns rows into columns (`frame`), calls one function, turns columns into rows
//!
//! Invariants
//! - The same rows give the same answer in any order and on any number of threads.
//! - No arrow, no I/O, no clock, no randomness.
//! - Each has a naive twin among its tests.
//!
//! Not here: which kernel a plan names (`onefold_model::plan::Kernel`), and the columns it expects.
//! To add a kernel: one file here, one variant there, one arm in `lake`.

mod bonds;
pub mod compare;
pub mod components;
pub mod deduplicate;
pub mod frame;
pub mod ids;
pub mod insight;
pub mod linkage;
pub mod matching;
pub mod membership;
pub mod near;
pub mod normalize;
pub mod rule;
pub mod tried;

/// Runs an algorithm on so many threads; where no such pool can be made, on those there are.
pub fn on_threads<T: Send>(threads: usize, algorithm: impl FnOnce() -> T + Send) -> T {
    match rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).build() {
        Ok(pool) => pool.install(algorithm),
        Err(_) => algorithm(),
    }
}
