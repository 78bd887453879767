//! Probe: does a draft of a source or connection answer, and what does it offer?
//!
//! Invariants
//! - A source without tables can be probed: what it offers is what tables are made from.
//! - No secret stands in an answer; time is bounded.
//!
//! Not here: asking (`onefold-connect`, `offer`).

use std::time::Duration;

use onefold_api::*;
use onefold_connect::{ConnectError, Offer, answers, offers};
use onefold_model::{Code, Diagnostic, Loaded, Overlay, Severity};
use tokio::time::timeout;

use super::draft_name;
use crate::diagnostics;
use crate::platform::Onefold;

/// How long everything may take.
const PATIENCE: Duration = Duration::from_secs(25);

/// Tries a draft of a source or of a connection.
pub(super) async fn probe(onefold: &Onefold, kind: Kind, asked: &PreviewAsk) -> Result<ProbeView, Problem> {
    let folder = match kind {
        Kind::Source => "sources",
        Kind::Connection => "connections",
        _ => {
            return Err(
                Problem::refused("only sources and connections can be tried").hint("choose a source or a connection")
            );
        }
    };
    let name = draft_name(&asked.name)?;
    let file = format!("{folder}/{name}.yaml");
    let overlay = Overlay::of(file.clone(), Some(asked.value.to_string()));
    let loaded = onefold_model::load_with(onefold.root(), &overlay);
    let diagnostics = wrong(&loaded, &file);
    let root = onefold.root();
    let outcome = match kind {
        Kind::Source => match loaded.project.source(name) {
            Some(source) => timeout(PATIENCE, offers(root, source)).await,
            None => return Ok(unreadable(diagnostics)),
        },
        _ => match loaded.project.connection(name) {
            Some(connection) => {
                let found = async { answers(root, connection).await.map(|said| (said, Vec::new())) };
                timeout(PATIENCE, found).await
            }
            None => return Ok(unreadable(diagnostics)),
        },
    };
    let outcome = outcome.unwrap_or_else(|_| {
        let message = format!("there was no whole answer within {} seconds", PATIENCE.as_secs());
        Err(ConnectError::new(message).hint("try again later, or look at the address"))
    });
    Ok(match outcome {
        Ok((message, found)) => {
            ProbeView { ok: true, message, hint: None, tables: found.into_iter().map(table).collect(), diagnostics }
        }
        Err(error) => {
            // Where the project lies on this machine is nobody's business.
            let message = error.message.replace(&format!("{}/", root.display()), "");
            ProbeView { ok: false, message, hint: error.hint, tables: Vec::new(), diagnostics }
        }
    })
}

/// A definition that says too little to be tried.
fn unreadable(diagnostics: Vec<DiagnosticView>) -> ProbeView {
    let first = diagnostics.iter().find(|found| found.is_error());
    let message = first.map_or_else(|| "the definition cannot be read".to_owned(), |first| first.message.clone());
    let hint = first.and_then(|first| first.hint.clone());
    ProbeView { ok: false, message, hint, tables: Vec::new(), diagnostics }
}

/// What is wrong with the draft, but for what only its tables lack.
fn wrong(loaded: &Loaded, file: &str) -> Vec<DiagnosticView> {
    let own = loaded.diagnostics.iter().filter(|found| {
        let at = found.at.and_then(|at| loaded.project.files.get(at.file as usize));
        let lacks_tables = found.code == Code::MissingKey && found.message.contains("`tables`");
        at.is_some_and(|at| at.path == file) && found.severity != Severity::Note && !lacks_tables
    });
    let own: Vec<Diagnostic> = own.filter(|found| found.code != Code::SourceInput).cloned().collect();
    let mut views = diagnostics::views(&loaded.project, &own);
    for view in &mut views {
        (view.line, view.column, view.end_line, view.end_column) = (None, None, None, None);
    }
    views
}

fn table(offer: Offer) -> ProbedTable {
    ProbedTable {
        name: offer.name,
        suggested: offer.suggested,
        key: offer.key,
        columns: offer
            .columns
            .iter()
            .map(|column| ColumnView { name: column.name.to_string(), ty: column.ty.to_string() })
            .collect(),
        rows: offer.rows,
        value: offer.definition,
    }
}
