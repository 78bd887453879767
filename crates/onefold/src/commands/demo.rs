//! Demo.

use std::path::Path;

use onefold_api::Problem;

/// d
pub(super) async fn run(
    _dir: &Path,
    _patients: u64,
    _seed: u64,
    _now: Option<String>,
    _no_run: bool,
) -> Result<u8, Problem> {
    Ok(0)
}
