//! Diagnostics: what is wrong with a project, as views and as text.
//!
//! Not here: the words and the drawing (`onefold_model::render`).

use std::io::IsTerminal as _;

use onefold_api::DiagnosticView;
use onefold_model::{Diagnostic, Project, SourceFile, render};

/// Diagnostics for programs.
pub fn views(project: &Project, found: &[Diagnostic]) -> Vec<DiagnosticView> {
    of_files(&project.files, found)
}

/// Diagnostics for programs, of files that need not be a project's.
pub fn of_files(files: &[SourceFile], found: &[Diagnostic]) -> Vec<DiagnosticView> {
    serde_json::from_value(render::json(found, files)).expect("the view has the fields that `render` writes")
}

/// Diagnostics for people, on standard error.
pub fn text(project: &Project, found: &[Diagnostic]) -> String {
    let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    render::text(found, &project.files, color)
}
