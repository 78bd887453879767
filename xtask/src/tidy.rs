//! Tidy: the rules of the house that a compiler does not know.
//!
//! Reads    `cargo metadata`, the files git tracks or would track
//!
//! Invariants
//! - Each rule is a function from what was read to faults, each with its place and what to do.
//!
//! To add a rule: a function, a line in `faults`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Which crates of ours a crate may use, and which of others it never names (`docs/ARCHITECTURE.md`, rooms).
const ROOMS: &[(&str, &[&str], &[&str])] = &[
    ("onefold-model", &[], &["tokio", "arrow", "parquet", "datafusion", "deltalake-core", "axum", "reqwest"]),
    (
        "onefold-stages",
        &["onefold-model"],
        &["tokio", "arrow", "parquet", "datafusion", "deltalake-core", "reqwest", "uuid"],
    ),
    ("onefold-kernels", &[], &["tokio", "arrow", "parquet", "datafusion", "deltalake-core", "jiff", "uuid", "rand"]),
    ("onefold-features", &[], &["arrow", "datafusion", "deltalake-core"]),
    ("onefold-lake", &["onefold-features", "onefold-model", "onefold-kernels"], &["axum", "reqwest", "rusqlite"]),
    ("onefold-connect", &["onefold-features", "onefold-model"], &["datafusion", "deltalake-core", "rusqlite"]),
    ("onefold-api", &["onefold-model"], &["tokio", "axum", "arrow", "datafusion"]),
    ("onefold-search", &[], &["tokio", "axum", "arrow", "parquet", "datafusion", "deltalake-core", "rusqlite"]),
    (
        "onefold-server",
        &["onefold-features", "onefold-api"],
        &["arrow", "parquet", "datafusion", "deltalake-core", "rusqlite", "tantivy"],
    ),
    (
        "onefold",
        &[
            "onefold-features",
            "onefold-model",
            "onefold-stages",
            "onefold-kernels",
            "onefold-lake",
            "onefold-connect",
            "onefold-api",
            "onefold-search",
            "onefold-server",
        ],
        &[],
    ),
    ("xtask", &["onefold-model"], &["tokio", "arrow", "datafusion"]),
];

/// Packages of which a second copy would compile the engine twice.
const ONCE: &[&str] =
    &["arrow", "arrow-array", "arrow-schema", "parquet", "object_store", "sqlparser", "datafusion", "deltalake-core"];

/// Words that do not stand in a room, because the room does not know the thing.
const WORDS_KEPT_OUT: &[(&str, &[&str])] = &[
    ("crates/lake/src", &["profile", "segment", "measure"]),
    ("crates/stages/src", &["patient", "appointment"]),
    ("crates/kernels/src", &["patient", "appointment"]),
    ("crates/model/src", &["patient"]),
    ("crates/lake/src/", &["patient"]),
];

const LINES_MAX: usize = 600;

/// All that is out of order.
pub(crate) fn faults(root: &Path) -> Vec<String> {
    let mut all = Vec::new();
    rooms(root, &mut all);
    one_engine(root, &mut all);
    for path in tracked(root) {
        let Ok(text) = std::fs::read_to_string(root.join(&path)) else { continue };
        machine_paths(&path, &text, &mut all);
        if path.ends_with(".rs") {
            card(&path, &text, &mut all);
            length(&path, &text, &mut all);
            kept_out(&path, &text, &mut all);
        }
    }
    all
}

/// Dependencies stay within the rooms, and the engine is there once.
fn rooms(root: &Path, all: &mut Vec<String>) {
    let out =
        Command::new(env!("CARGO")).args(["metadata", "--format-version", "1", "--locked"]).current_dir(root).output();
    let Ok(out) = out.map_err(|e| all.push(format!("cargo metadata: {e}"))) else { return };
    let Ok(metadata) = serde_json::from_slice::<serde_json::Value>(&out.stdout) else {
        all.push(format!("cargo metadata: {}", String::from_utf8_lossy(&out.stderr)));
        return;
    };
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    for once in ONCE {
        let copies = packages.iter().filter(|p| p["name"] == **once).count();
        if copies != 1 {
            all.push(format!(
                "Cargo.lock: `{once}` is there {copies} times; hold back the dependency that brings another"
            ));
        }
    }
    let ours: Vec<&serde_json::Value> = packages.iter().filter(|p| p["source"].is_null()).collect();
    for package in &ours {
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_, may, never)) = ROOMS.iter().find(|(room, ..)| *room == name) else {
            all.push(format!("{name}: a crate without a line in ROOMS of xtask/src/tidy.rs"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let used = dependency["name"].as_str().unwrap_or_default();
            let is_ours = ours.iter().any(|p| p["name"] == used);
            let is_test = dependency["kind"] == "dev";
            if is_ours && !may.contains(&used) && !is_test {
                all.push(format!("{name}: uses `{used}`, which its room may not; see docs/ARCHITECTURE.md"));
            }
            if never.contains(&used) && !is_test {
                all.push(format!("{name}: uses `{used}`, which its room never does; see docs/ARCHITECTURE.md"));
            }
        }
    }
}

/// Whatever is selected, packages have the features they have in the whole workspace: the engine is compiled once (ADR 2).
fn one_engine(root: &Path, all: &mut Vec<String>) {
    let tree = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.args(["tree", "--locked", "--offline", "--prefix", "none", "-f", "{p} [{f}]"]).args(words);
        let out = command.current_dir(root).output().map(|out| String::from_utf8_lossy(&out.stdout).into_owned());
        let ours = |line: &&str| line.starts_with("onefold") || line.starts_with("xtask") || line.is_empty();
        out.unwrap_or_default()
            .lines()
            .filter(|line| !ours(line))
            .map(|line| line.replace(" (*)", ""))
            .collect::<BTreeSet<String>>()
    };
    let whole = tree(&["--workspace", "-e", "normal,dev"]);
    for selected in [
        &["-p", "onefold", "-e", "normal"][..],
        &["-p", "onefold", "-e", "normal,dev"],
        &["-p", "onefold-lake", "-e", "normal,dev"],
    ] {
        let some = tree(selected);
        if some.is_empty() {
            all.push(format!("cargo tree {}: says nothing", selected.join(" ")));
        }
        for line in some.difference(&whole) {
            let hint = "give crates/features the features it has in the workspace";
            all.push(format!("cargo {}: `{line}` would compile the engine again; {hint}", selected.join(" ")));
        }
    }
}

/// Every file says first what it is.
fn card(path: &str, text: &str, all: &mut Vec<String>) {
    if !text.starts_with("//! ") && !text.starts_with("#!/") {
        all.push(format!("{path}:1: begins without a card; say in a `//!` line what the file is"));
    }
}

/// Files tell one story.
fn length(path: &str, text: &str, all: &mut Vec<String>) {
    let lines = text.lines().count();
    if lines > LINES_MAX && !path.contains("/tests") {
        all.push(format!("{path}: {lines} lines; split it so that no file passes {LINES_MAX}"));
    }
}

/// A room does not know what is not its own.
fn kept_out(path: &str, text: &str, all: &mut Vec<String>) {
    for (room, words) in WORDS_KEPT_OUT {
        // The kernels' columns bear their owners' names; a list of FHIR's resource types is no knowledge of them.
        let excepted = path.starts_with("crates/lake/src/kernels/") || path == "crates/model/src/load/input.rs";
        if !path.starts_with(room) || path.contains("tests") || excepted {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            if line.contains("#[cfg(test)]") {
                break;
            }
            if line.starts_with("//! Not here:") {
                continue;
            }
            let folded = line.to_lowercase();
            for word in words.iter().filter(|word| folded.contains(**word)) {
                // The number of a person's row is the one column the lake has been told of.
                if *word == "profile" && !folded.replace("profile_no", "").replace("profileid", "").contains("profile")
                {
                    continue;
                }
                all.push(format!("{path}:{}: the word `{word}` does not belong in {room}", number + 1));
            }
        }
    }
}

/// Nothing names the machine it was written on.
fn machine_paths(path: &str, text: &str, all: &mut Vec<String>) {
    // Spelled in two parts, so that this file does not find itself.
    let words = [
        concat!("/ro", "ot/"),
        concat!("/wo", "rk/"),
        concat!("/ho", "me/"),
        concat!("crates", ".io/api"),
        concat!("registry.npm", "js"),
    ];
    for (number, line) in text.lines().enumerate() {
        // A path of the machine begins with the slash; `pages/…` does not.
        let begins = |at: usize| !line[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || "+.".contains(c));
        let named = |word: &str| line.match_indices(word).any(|(at, _)| !word.starts_with('/') || begins(at));
        for word in words.iter().filter(|word| named(word)) {
            all.push(format!(
                "{path}:{}: names `{word}`; say it without a machine's path or a registry's host",
                number + 1
            ));
        }
    }
}

/// Paths of files that are in git or would be.
fn tracked(root: &Path) -> Vec<String> {
    let out = Command::new("git").args(["ls-files", "-co", "--exclude-standard"]).current_dir(root).output();
    let Ok(out) = out else { return Vec::new() };
    String::from_utf8_lossy(&out.stdout).lines().map(str::to_owned).collect()
}
