//! Tasks of the house: `cargo xtask tidy` (its rules), `cargo xtask reference [--check]` (pages made from code).
//!
//! Not here: building, testing, running; those are plain cargo (README).

mod reference;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let faults = match words.as_slice() {
        ["tidy"] => tidy::faults(&root()),
        ["reference"] => reference::write(&root()),
        ["reference", "--check"] => reference::faults(&root()),
        _ => vec!["usage: cargo xtask tidy | reference [--check]".to_owned()],
    };
    for fault in &faults {
        say(fault);
    }
    if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::print_stderr, reason = "the one place where tasks speak")]
fn say(line: &str) {
    eprintln!("{line}");
}

/// The project's folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the project's folder").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_is_tidy() {
        let faults = tidy::faults(&root());
        assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    }

    #[test]
    fn the_reference_is_true() {
        let faults = reference::faults(&root());
        assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    }
}
