//! Kernels: the algorithms of `onefold-kernels`, given rows and giving rows.

use onefold_model::Sql;
use onefold_model::plan::Kernel;

use crate::land::Landing;
use crate::{LakeError, Result};

/// Runs a kernel on the rows of its inputs, and writes the tables it gives.
pub(crate) async fn run(work: &Landing<'_>, kernel: &Kernel, inputs: &[Sql]) -> Result<()> {
    let _ = (kernel, inputs);
    Err(LakeError::step(&work.step.name, "no kernel yet"))
}
