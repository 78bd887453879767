//! Query: one question in SQL.

use std::io::Read as _;

use onefold_api::{Platform, Problem, QueryAsk};

use crate::cli::Format;
use crate::output;

/// Prints the rows of the answer.
pub(super) async fn run(
    platform: &dyn Platform,
    sql: String,
    format: Format,
    limit: Option<u64>,
    timeout: f64,
    memory: u64,
) -> Result<u8, Problem> {
    let sql = if sql == "-" { from_stdin()? } else { sql };
    if !timeout.is_finite() || timeout <= 0.0 {
        return Err(Problem::refused("a query cannot end in no time").hint("give `--timeout` seconds above 0"));
    }
    let mut sink = output::rows(format);
    platform.query(&QueryAsk { sql, limit, timeout, memory }, sink.as_mut()).await?;
    sink.finish()?;
    Ok(0)
}

fn from_stdin() -> Result<String, Problem> {
    let mut sql = String::new();
    std::io::stdin()
        .read_to_string(&mut sql)
        .map_err(|error| Problem::failed(format!("standard input cannot be read: {error}")))?;
    Ok(sql)
}
