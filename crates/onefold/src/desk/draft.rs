//! Draft: a definition as if it were saved.
//!
//! Reads    the project with the draft laid over its file; no server
//!
//! Invariants
//! - Of other files only the errors are said that were not there before.

use onefold_api::{DiagnosticView, DiffLine, DraftAsk, DraftView, ObjectRef, Problem, RunAsk};
use onefold_model::{Overlay, edit};
use serde_json::Value;

use super::place::{File, Place};
use crate::opened::Opened;
use crate::platform::Onefold;

/// What there is to say about a text, as if it were saved.
pub(super) struct Looked {
    /// The project with it.
    pub(super) opened: Opened,
    /// In its own file.
    pub(super) own: Vec<DiagnosticView>,
    /// Errors in other files that were not there before.
    pub(super) elsewhere: Vec<DiagnosticView>,
}

/// Looks at a draft of a definition, new or changed; nothing is saved.
pub(crate) async fn draft(project: &Onefold, object: &ObjectRef, ask: &DraftAsk) -> Result<DraftView, Problem> {
    let place = Place::of(object)?;
    let saved = place.read(project.root())?;
    let text = text(saved.as_ref(), ask.yaml.as_deref(), ask.value.as_ref())?;
    let Looked { own, elsewhere, .. } = look(project, &place, Some(&text)).await?;
    let before = saved.map(|file| file.text).unwrap_or_default();
    let diff = edit::diff(&before, &text).into_iter().map(|line| DiffLine {
        sign: line.sign.to_string(),
        line: line.number,
        text: line.text,
    });
    let diff = diff.collect();
    let value = edit::to_json(&text).unwrap_or(Value::Null);
    Ok(DraftView { yaml: text, value, diagnostics: own, elsewhere, diff })
}

/// The text that a draft would have: its own, or its value written into what is there.
///
/// # Errors
/// Neither text nor value, and a value that the text cannot carry.
pub(super) fn text(saved: Option<&File>, yaml: Option<&str>, value: Option<&Value>) -> Result<String, Problem> {
    let Some(value) = value else {
        let lacks = || Problem::refused("the draft has neither a text nor a value").hint("send `yaml` or `value`");
        return yaml.map(str::to_owned).ok_or_else(lacks);
    };
    match yaml.or(saved.map(|file| file.text.as_str())) {
        Some(text) => edit::rewrite(text, value).map_err(|why| Problem::refused(why.message).hint(why.hint)),
        None => Ok(edit::write(value)),
    }
}

/// Looks at the project as if a file had a text, or were not there.
pub(super) async fn look(project: &Onefold, place: &Place, text: Option<&str>) -> Result<Looked, Problem> {
    let overlay = Overlay::of(place.path.clone(), text.map(str::to_owned));
    let opened = Opened::with_overlay(project.root(), &overlay, &RunAsk::default()).await?;
    let own: Vec<_> = opened.diagnostics.iter().filter(|found| place.holds(&opened.project, found)).cloned().collect();
    let own = crate::diagnostics::views(&opened.project, &own);
    let errors = opened.diagnostics.iter().filter(|found| found.is_error() && !place.holds(&opened.project, found));
    let mut elsewhere = crate::diagnostics::views(&opened.project, &errors.cloned().collect::<Vec<_>>());
    if !elsewhere.is_empty() {
        let before = Opened::new(project.root(), false, &RunAsk::default()).await?;
        let before = crate::diagnostics::views(&before.project, &before.diagnostics);
        // A hint may name what the draft adds or takes away; the fault is the same.
        let place = |found: &DiagnosticView| (found.file.clone(), found.line, found.column, found.code.clone());
        elsewhere.retain(|found| !before.iter().any(|known| place(known) == place(found)));
    }
    Ok(Looked { opened, own, elsewhere })
}
