//! Problem: errors of the rooms below, in the words of the platform.

use onefold_api::Problem;
use onefold_connect::ConnectError;
use onefold_lake::LakeError;

/// An error of the lake.
pub fn of_lake(error: LakeError) -> Problem {
    match &error {
        LakeError::NoTable { name, hint } => {
            let problem = Problem::not_found(format!("there is no table `{name}`"));
            match hint.trim_start_matches([';', ' ']) {
                "" => problem.hint("see `onefold show` for the tables"),
                hint => problem.hint(hint),
            }
        }
        LakeError::Refused(message) => refused(message),
        LakeError::Step { why, .. } if why.contains("memory") => Problem::failed(error.to_string())
            .hint("give the run more with `--memory`, or let fewer steps run at once with `--threads 1`"),
        _ => Problem::failed(error.to_string()),
    }
}

/// A refusal; what stands after a semicolon is what to do.
fn refused(message: &str) -> Problem {
    match message.split_once("; ") {
        Some((message, hint)) => Problem::refused(message).hint(hint),
        None => Problem::refused(message),
    }
}

/// An error of a connector.
pub fn of_connect(doing: &str, error: ConnectError) -> Problem {
    let problem = Problem::failed(format!("{doing}: {}", error.message));
    match error.hint {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}
