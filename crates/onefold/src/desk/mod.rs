//! Desk: definitions read, tried, saved and deleted, as files.
//!
//! Reads    the files of the project; the plan, for what they say
//! Writes   definition files, files below `data/`, `.onefold/versions.sqlite`
//! Flow     ask ─ `place` (which file) ─ `draft` (the text it would have, and what there is to say) ─ `saving` ─ `versions`
//!
//! Invariants
//! - A file that is not the one that was read is never written over.
//! - A name is no path: what leads out of the project is refused.
//!
//! Not here: how a text changes (`onefold_model::edit`), what a definition does (`preview`).

mod conditions;
mod draft;
mod files;
mod place;
mod saving;
mod templates;
mod versions;

use std::collections::BTreeMap;

use onefold_api::*;
use onefold_model::{Severity, edit};
use serde_json::Value;

use crate::opened::Opened;
use crate::platform::Onefold;
use crate::uses::Uses;
use place::{File, Place};

pub(crate) use conditions::conditions;
pub(crate) use draft::draft;
pub(crate) use files::{files, put_file};
pub(crate) use saving::{delete, save};
pub(crate) use templates::{fill, templates};

/// All definitions, with what uses them.
pub(crate) async fn objects(project: &Onefold) -> Result<Vec<ObjectView>, Problem> {
    let opened = open(project).await?;
    let uses = Uses::of(&opened.project);
    let counts = Counts::of(&opened);
    let places = opened.project.files.iter().filter_map(|file| Some((Place::of_path(&file.path)?, file)));
    let mut objects: Vec<ObjectView> = places
        .map(|(place, file)| {
            let etag = place.read(project.root()).ok().flatten().map_or_else(String::new, |file| file.etag);
            view(&place, &etag, &edit::to_json(&file.text).unwrap_or(Value::Null), &uses, &counts)
        })
        .collect();
    objects.sort_by_key(|object| (object.kind, object.name.to_lowercase()));
    Ok(objects)
}

/// One definition. One that has no file yet is answered with an empty text for `settings`, `unify`, `relationships`.
pub(crate) async fn definition(project: &Onefold, object: &ObjectRef) -> Result<DefinitionView, Problem> {
    let place = Place::of(object)?;
    let file = match place.read(project.root())? {
        Some(file) => file,
        None if place.is_single() => File::default(),
        None => return Err(place.not_there()),
    };
    let opened = open(project).await?;
    let value = edit::to_json(&file.text).unwrap_or(Value::Null);
    let found = opened.diagnostics.iter().filter(|found| place.holds(&opened.project, found)).cloned();
    let diagnostics = crate::diagnostics::views(&opened.project, &found.collect::<Vec<_>>());
    let object = view(&place, &file.etag, &value, &Uses::of(&opened.project), &Counts::of(&opened));
    Ok(DefinitionView { object, yaml: file.text, value, diagnostics })
}

/// Older texts, newest first.
pub(crate) async fn versions(project: &Onefold, object: &ObjectRef) -> Result<Vec<VersionView>, Problem> {
    let place = Place::of(object)?;
    // Reading alone writes nothing.
    match versions::Versions::is_there(project.root()) {
        true => versions::Versions::open(project.root())?.all(&place),
        false => Ok(Vec::new()),
    }
}

async fn open(project: &Onefold) -> Result<Opened, Problem> {
    Opened::new(project.root(), false, &RunAsk::default()).await
}

/// Errors and warnings, by file.
struct Counts(BTreeMap<String, (usize, usize)>);

impl Counts {
    fn of(opened: &Opened) -> Self {
        let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for found in &opened.diagnostics {
            let Some(file) = found.at.and_then(|at| opened.project.files.get(at.file as usize)) else { continue };
            let count = counts.entry(file.path.clone()).or_default();
            match found.severity {
                Severity::Error => count.0 += 1,
                Severity::Warning => count.1 += 1,
                Severity::Note => {}
            }
        }
        Self(counts)
    }
}

fn view(place: &Place, etag: &str, value: &Value, uses: &Uses, counts: &Counts) -> ObjectView {
    let word = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let object = place.object();
    let (errors, warnings) = counts.0.get(&place.path).copied().unwrap_or_default();
    ObjectView {
        kind: place.kind,
        name: place.name.clone(),
        title: word("title"),
        description: word("description"),
        file: place.path.clone(),
        etag: etag.to_owned(),
        errors,
        warnings,
        depends_on: uses.depends_on(&object),
        used_by: uses.used_by(&object),
    }
}
