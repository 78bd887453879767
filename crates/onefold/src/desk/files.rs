//! Files: the data beside the definitions, listed and added to.
//!
//! Invariants
//! - A path leads from the project's folder downwards, without `..`, hidden names or links to elsewhere.
//! - Definitions, the lake and what is hidden are neither listed nor written.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use onefold_api::{FileView, Problem};

use super::place::folders;
use super::saving::replace;
use crate::platform::Onefold;

/// The most entries of a folder that are listed.
const MOST: usize = 10_000;

/// The files and folders in a folder of the project (`""` for the project's own), definitions and lake left out.
pub(crate) async fn files(project: &Onefold, folder: &str) -> Result<Vec<FileView>, Problem> {
    let root = project.root();
    let lake = lake(root);
    let parts = parts(folder)?;
    let path = within(root, &parts, lake.as_deref())?;
    let listed = match fs::read_dir(&path) {
        Ok(listed) => listed,
        // A project that has no data yet.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && parts == ["data"] => return Ok(Vec::new()),
        Err(_) => {
            return Err(Problem::not_found(format!("there is no folder `{folder}`")).hint("see the folder above it"));
        }
    };
    let mut found = Vec::new();
    for entry in listed.flatten().take(MOST) {
        let name = entry.file_name().to_string_lossy().into_owned();
        // The target of a link: sources read through links, too.
        let Ok(metadata) = fs::metadata(entry.path()) else { continue };
        let mut inner = parts.clone();
        inner.push(&name);
        let open = within(root, &inner, lake.as_deref()).is_ok() || metadata.is_file() && is_open(&inner);
        if open && !(parts.is_empty() && name.ends_with(".yaml")) {
            found.push(view(inner.join("/"), &metadata));
        }
    }
    found.sort_by_key(|file| (!file.folder, file.path.to_lowercase()));
    Ok(found)
}

/// Writes a file below `data/`. Refused for paths that lead elsewhere.
pub(crate) async fn put_file(project: &Onefold, path: &str, bytes: &[u8]) -> Result<FileView, Problem> {
    let root = project.root();
    let parts = parts(path)?;
    if parts.len() < 2 || parts[0] != "data" {
        return Err(Problem::refused(format!("`{path}` is not below `data/`")).hint("write `data/people.csv`, say"));
    }
    let lake = lake(root);
    let file = within(root, &parts, lake.as_deref())?;
    match fs::symlink_metadata(&file) {
        Ok(there) if there.is_dir() => {
            return Err(Problem::refused(format!("`{path}` is a folder")).hint("name a file in it"));
        }
        Ok(there) if there.is_symlink() => {
            return Err(Problem::refused(format!("`{path}` is a link")).hint("choose another name"));
        }
        _ => {}
    }
    replace(&file, bytes).map_err(|error| {
        Problem::failed(format!("`{path}` cannot be written: {error}")).hint("check that `data/` may be written")
    })?;
    Ok(view(parts.join("/"), &fs::metadata(&file)?))
}

fn view(path: String, metadata: &fs::Metadata) -> FileView {
    let modified = metadata.modified().ok().and_then(|at| Timestamp::try_from(at).ok());
    FileView {
        path,
        folder: metadata.is_dir(),
        bytes: if metadata.is_dir() { 0 } else { metadata.len() },
        modified: modified.map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
    }
}

/// The names of a path, one after the other.
fn parts(path: &str) -> Result<Vec<&str>, Problem> {
    let refused = |why: &str| {
        let message = format!("`{}` {why}", path.escape_debug());
        Err(Problem::refused(message).hint("name a path below the project's folder, as `data/people.csv`"))
    };
    if path.len() > 1000 || path.chars().any(|c| c.is_control() || c == '\\') {
        return refused("is not a path here");
    }
    if path.starts_with('/') || path.as_bytes().get(1) == Some(&b':') {
        return refused("does not begin in the project");
    }
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').filter(|part| *part != ".").collect();
    match parts.as_slice() {
        [""] | [] => Ok(Vec::new()),
        parts if parts.iter().any(|part| part.starts_with('.')) => {
            refused("leads out of the project, or to hidden files")
        }
        parts if parts.iter().any(|part| part.is_empty() || part.len() > 200) => refused("is not a path here"),
        _ => Ok(parts),
    }
}

/// Whether neither definitions nor hidden files lie there.
fn is_open(parts: &[&str]) -> bool {
    let first = parts.first().copied().unwrap_or_default();
    let definitions = folders().any(|folder| folder.eq_ignore_ascii_case(first));
    !definitions && !parts.iter().any(|part| part.starts_with('.'))
}

/// The path of names within the project, links followed.
fn within(root: &Path, parts: &[&str], lake: Option<&Path>) -> Result<PathBuf, Problem> {
    let refused =
        |why: &str| Err(Problem::refused(format!("`{}` {why}", parts.join("/"))).hint("choose a path below `data/`"));
    if !is_open(parts) {
        return refused("is no place for data");
    }
    let root = root.canonicalize()?;
    let path = parts.iter().fold(root.clone(), |path, part| path.join(part));
    // The deepest folder that is there decides where all the rest lies.
    let mut there = path.as_path();
    let real = loop {
        match (there.canonicalize(), there.parent()) {
            (Ok(real), _) => break real,
            // A link to nowhere is there, and leads nobody knows where.
            (Err(_), Some(parent)) if there.symlink_metadata().is_err() => there = parent,
            _ => return refused("leads out of the project"),
        }
    };
    if !real.starts_with(&root) {
        return refused("leads out of the project");
    }
    if lake.is_some_and(|lake| real.starts_with(lake)) {
        return refused("lies in the lake");
    }
    Ok(path)
}

/// The folder of the lake, when there is one.
fn lake(root: &Path) -> Option<PathBuf> {
    let text = fs::read_to_string(root.join("onefold.yaml")).unwrap_or_default();
    let settings = onefold_model::edit::to_json(&text).unwrap_or_default();
    let lake = settings.get("lake").and_then(serde_json::Value::as_str).unwrap_or("./lake");
    root.join(lake).canonicalize().ok()
}
