//! Check: what is wrong with the definitions.

use onefold_api::{Check, Platform, Problem};

use crate::output::{count, print, print_json, say};

/// Says all there is to say; 2 when a run could not start.
pub(super) async fn run(platform: &dyn Platform, json: bool) -> Result<u8, Problem> {
    let check = platform.check().await?;
    let code = if check.ok { 0 } else { 2 };
    if json {
        print_json(&check)?;
        return Ok(code);
    }
    // On standard error, like the words of any other command about wrong definitions.
    say(&check.text);
    if check.ok {
        print(&format!("the definitions are sound{}\n", with_warnings(&check)))?;
    }
    Ok(code)
}

fn with_warnings(check: &Check) -> String {
    match check.warnings {
        0 => String::new(),
        n => format!(", with {}", count(n as u64, "warning")),
    }
}
