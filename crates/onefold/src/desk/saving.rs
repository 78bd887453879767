//! Saving: a definition's file written or removed.
//!
//! Flow     lock ─ the file as it is ─ is it the one that was read? ─ is the new text right? ─ old text kept ─ file replaced
//!
//! Invariants
//! - One at a time a project, in this process and others that save by way of the desk.
//! - A file is replaced whole: readers see the old text or the new one.
//! - The text that goes is kept first.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use onefold_api::{DefinitionView, ObjectRef, Problem, ProblemKind, SaveAsk};
use onefold_model::load::MAX_FILE;
use onefold_model::{Diagnostic, yaml};

use super::draft::{Looked, look, text};
use super::place::{File, Place, etag};
use super::versions::Versions;
use crate::platform::Onefold;
use crate::uses::Uses;

/// How long a save waits for another.
const PATIENCE: Duration = Duration::from_secs(10);

/// Saves a definition and keeps the older text.
pub(crate) async fn save(
    project: &Onefold,
    object: &ObjectRef,
    ask: &SaveAsk,
    by: &str,
) -> Result<DefinitionView, Problem> {
    let place = Place::of(object)?;
    let root = project.root();
    let _lock = lock(root).await?;
    let saved = place.read(root)?;
    same_file(&place, saved.as_ref(), ask.etag.as_deref())?;
    let text = text(saved.as_ref(), ask.yaml.as_deref(), ask.value.as_ref())?;
    is_yaml(&place, &text)?;
    if !ask.anyway {
        let Looked { opened, own, elsewhere } = look(project, &place, Some(&text)).await?;
        let found: Vec<_> = own.into_iter().chain(elsewhere).filter(|found| found.severity != "note").collect();
        if found.iter().any(|found| found.is_error()) {
            let is_own = |found: &&Diagnostic| found.is_error() && place.holds(&opened.project, found);
            let own: Vec<_> = opened.diagnostics.iter().filter(is_own).cloned().collect();
            let text = crate::diagnostics::text(&opened.project, &own);
            let problem = Problem {
                message: "the definition is wrong and was not saved".to_owned(),
                ..Problem::definitions(found, text)
            };
            return Err(problem.hint("mend it, or save it anyway"));
        }
    }
    if saved.as_ref().is_none_or(|file| file.text != text) {
        let file = place.file(root)?;
        let versions = Versions::open(root)?;
        versions.found(&place, &file, saved.as_ref())?;
        replace(&file, text.as_bytes()).map_err(|error| unwritable(&place, &error))?;
        versions.saved(&place, &text, by)?;
    }
    super::definition(project, object).await
}

/// Deletes a definition. Refused while others use it, unless `anyway`.
pub(crate) async fn delete(
    project: &Onefold,
    object: &ObjectRef,
    etag: &str,
    anyway: bool,
    by: &str,
) -> Result<(), Problem> {
    let place = Place::of(object)?;
    if place.path == "onefold.yaml" {
        let message = "a project without its settings is no project";
        return Err(Problem::refused(message).hint("change the settings, or remove the project's folder"));
    }
    let root = project.root();
    let _lock = lock(root).await?;
    let Some(saved) = place.read(root)? else { return Err(place.not_there()) };
    same_file(&place, Some(&saved), Some(etag))?;
    if !anyway {
        let loaded = onefold_model::load(root);
        let used_by = Uses::of(&loaded.project).used_by(object);
        if !used_by.is_empty() {
            let names = used_by.iter().map(|user| format!("`{}`", user.name)).collect::<Vec<_>>().join(", ");
            let kind = ProblemKind::Conflict { etag: Some(saved.etag), used_by };
            let message = format!("`{}` is used by {names}", place.name);
            return Err(Problem { kind, ..Problem::refused(message) }.hint("change them first, or delete it anyway"));
        }
    }
    let file = place.file(root)?;
    let versions = Versions::open(root)?;
    versions.found(&place, &file, Some(&saved))?;
    fs::remove_file(&file).map_err(|error| unwritable(&place, &error))?;
    versions.saved(&place, "", by)
}

/// Whether the file is the one that the asker has seen.
fn same_file(place: &Place, saved: Option<&File>, etag: Option<&str>) -> Result<(), Problem> {
    let etag = etag.filter(|etag| !etag.is_empty());
    let (message, hint) = match (saved, etag) {
        (None, None) => return Ok(()),
        (Some(file), Some(etag)) if file.etag == etag => return Ok(()),
        (Some(_), None) => ("is there already", "choose another name, or open the one that is there"),
        (Some(_), Some(_)) => {
            ("was changed by somebody else meanwhile", "look at the text as it is now, then save again")
        }
        (None, Some(_)) => ("was deleted meanwhile", "save it as a new definition, or leave it"),
    };
    let kind = ProblemKind::Conflict { etag: saved.map(|file| file.etag.clone()), used_by: Vec::new() };
    Err(Problem { kind, ..Problem::refused(format!("`{}` {message}", place.path)) }.hint(hint))
}

/// Refuses what no reader could make anything of.
fn is_yaml(place: &Place, text: &str) -> Result<(), Problem> {
    if text.len() as u64 > MAX_FILE {
        let message = format!("the text has {} bytes, and a definition has at most {MAX_FILE}", text.len());
        return Err(Problem::refused(message).hint("move data out of the definition"));
    }
    let (node, found) = yaml::parse(text, 0);
    let something = match place.kind {
        // A project without relationships may keep a file that says why.
        onefold_api::Kind::Relationships => true,
        _ => node.as_ref().is_some_and(|node| !node.is_null()),
    };
    if node.is_none() && !found.is_empty() {
        let files = [onefold_model::SourceFile { path: place.path.clone(), text: text.to_owned() }];
        let views = crate::diagnostics::of_files(&files, &found);
        let text = onefold_model::render::text(&found, &files, false);
        let problem = Problem {
            message: "the text is no YAML and was not saved".to_owned(),
            ..Problem::definitions(views, text)
        };
        return Err(problem.hint("mend it where it is marked"));
    }
    if !something {
        let hint = if place.is_single() { "write a definition" } else { "write a definition, or delete this one" };
        return Err(Problem::refused("there is nothing in the text").hint(hint));
    }
    Ok(())
}

/// Holds the project's definitions until it is dropped.
async fn lock(root: &Path) -> Result<fs::File, Problem> {
    let folder = root.join(".onefold");
    let unusable = |error: std::io::Error| {
        Problem::failed(format!("`{}` cannot be used: {error}", folder.display())).hint("check that it may be written")
    };
    fs::create_dir_all(&folder).map_err(unusable)?;
    let path = folder.join("desk.lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(unusable)?;
    let begun = std::time::Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(fs::TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(fs::TryLockError::WouldBlock) => {
                return Err(Problem::failed("somebody else is saving").hint("try again in a moment"));
            }
            Err(fs::TryLockError::Error(error)) => return Err(unusable(error)),
        }
    }
}

/// Replaces a file, whole, on the disk before it is seen.
pub(super) fn replace(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let new = folder.join(format!(".{}.{}", name.chars().take(100).collect::<String>(), uuid::Uuid::new_v4().simple()));
    let written = (|| {
        let mut out = OpenOptions::new().create_new(true).write(true).open(&new)?;
        out.write_all(bytes)?;
        if let Ok(old) = fs::metadata(file) {
            out.set_permissions(old.permissions())?;
        }
        out.sync_all()?;
        fs::rename(&new, file)?;
        fs::File::open(folder)?.sync_all()
    })();
    if written.is_err() {
        // What failed is said; the rest of it is nobody's.
        let _ = fs::remove_file(&new);
    }
    written
}

fn unwritable(place: &Place, error: &std::io::Error) -> Problem {
    Problem::failed(format!("`{}` cannot be written: {error}", place.path)).hint("check that the folder may be written")
}

/// The hash of a text.
pub(super) fn hash(text: &str) -> String {
    if text.is_empty() { String::new() } else { etag(text.as_bytes()) }
}
