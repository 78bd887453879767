//! Exports: what each sends, where to, and what became of it.
//!
//! Reads    the ledger of deliveries

use onefold_api::{ConnectionView, DeliveryView, ExportView, Kind, Problem, SentView};
use onefold_model::define::{ConnectionKind, Export};
use onefold_model::names::nearest;

use super::look::{Look, place};
use super::sources::refresh;
use crate::state::{Delivery, State};

/// The most deliveries of one answer.
const MOST: u32 = 200;

/// All exports, by name; those of files that cannot be read at the end.
pub(super) fn all(look: &Look) -> Result<Vec<ExportView>, Problem> {
    let project = look.project();
    let ledger = ledger(look)?;
    let mut views = Vec::new();
    for export in &project.exports {
        views.push(view(look, export, ledger.as_ref())?);
    }
    for name in look.broken("exports", &|name| project.export(name).is_some()) {
        views.push(ExportView {
            name,
            connection: String::new(),
            kind: String::new(),
            items: Vec::new(),
            schedule: "with_every_run".to_owned(),
            state: "error".to_owned(),
            last: None,
        });
    }
    Ok(views)
}

fn view(look: &Look, export: &Export, ledger: Option<&State>) -> Result<ExportView, Problem> {
    let name = export.name.value.clone();
    let connection = look.project().connection(&export.connection);
    let last = last(ledger, &name)?;
    let state = match &last {
        _ if look.errors(&format!("exports/{name}.yaml")) > 0 => "error",
        None => "never_sent",
        Some(last) if last.outcome == "sent" => "sent",
        Some(last) if last.outcome == "stopped" => "stopped",
        Some(_) => "failed",
    };
    Ok(ExportView {
        connection: export.connection.value.clone(),
        kind: connection.map_or("", |connection| kind(&connection.kind)).to_owned(),
        items: export.segments.iter().chain(&export.tables).map(|item| item.value.clone()).collect(),
        schedule: refresh(export.schedule).to_owned(),
        state: state.to_owned(),
        last,
        name,
    })
}

/// The last delivery of an export, however it ended.
pub(super) fn last(ledger: Option<&State>, export: &str) -> Result<Option<DeliveryView>, Problem> {
    let Some(ledger) = ledger else { return Ok(None) };
    Ok(ledger.deliveries(export, 1)?.pop().map(|(outcome, delivery)| delivered(export, outcome, delivery)))
}

/// The ledger, if anything was ever sent: it is not made by being asked.
pub(super) fn ledger(look: &Look) -> Result<Option<State>, Problem> {
    let root = &look.project().root;
    if !root.join(".onefold").join("state.sqlite").is_file() {
        return Ok(None);
    }
    State::open(root).map(Some)
}

/// Deliveries of an export, newest first.
pub(super) fn deliveries(look: &Look, export: &str) -> Result<Vec<DeliveryView>, Problem> {
    let project = look.project();
    let found = match ledger(look)? {
        Some(ledger) => ledger.deliveries(export, MOST)?,
        None => Vec::new(),
    };
    let known = project.export(export).is_some() || !look.broken("exports", &|name| name != export).is_empty();
    if found.is_empty() && !known {
        let problem = Problem::not_found(format!("there is no export `{export}`"));
        let names = project.exports.iter().map(|export| export.name.as_str());
        return Err(match nearest(export, names) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem,
        });
    }
    Ok(found.into_iter().map(|(outcome, delivery)| delivered(export, outcome, delivery)).collect())
}

fn delivered(export: &str, outcome: String, delivery: Delivery) -> DeliveryView {
    let items: Vec<SentView> = serde_json::from_str(&delivery.report).unwrap_or_default();
    let failed = items.iter().find(|item| ["failed", "stopped"].contains(&item.state.as_str()));
    DeliveryView {
        export: export.to_owned(),
        at: delivery.at,
        run: delivery.run,
        message: failed.map(|item| item.detail.clone()),
        outcome,
        items,
    }
}

/// All connections, by name; those of files that cannot be read at the end.
pub(super) fn connections(look: &Look) -> Vec<ConnectionView> {
    let project = look.project();
    let errors = |name: &str| look.errors(&format!("connections/{name}.yaml"));
    let view = |name: &str, kind: &str, place: String| ConnectionView {
        name: name.to_owned(),
        kind: kind.to_owned(),
        place,
        used_by: look.used_by(Kind::Connection, name),
        errors: errors(name),
    };
    let mut views: Vec<ConnectionView> = project
        .connections
        .iter()
        .map(|connection| {
            let at = match &connection.kind {
                ConnectionKind::Folder { path } => path.value.clone(),
                ConnectionKind::Dynamics365Marketing { url, .. } => place(&url.value),
            };
            view(&connection.name, kind(&connection.kind), at)
        })
        .collect();
    let broken = look.broken("connections", &|name| project.connection(name).is_some());
    views.extend(broken.into_iter().map(|name| view(&name, "", String::new())));
    views
}

/// The word users write.
fn kind(kind: &ConnectionKind) -> &'static str {
    match kind {
        ConnectionKind::Folder { .. } => "folder",
        ConnectionKind::Dynamics365Marketing { .. } => "dynamics_365_marketing",
    }
}
