//! Sources: where each is, what its tables hold, and when it was last read.

use onefold_api::{Kind, SourceTable, SourceView};
use onefold_model::define::{Location, RefreshWhen, Source};

use super::look::{Look, place};

/// All sources, by name; those of files that cannot be read at the end.
pub(super) fn all(look: &Look) -> Vec<SourceView> {
    let project = look.project();
    let mut views: Vec<SourceView> = project.sources.iter().map(|source| view(look, source)).collect();
    let broken = look.broken("sources", &|name| project.source(name).is_some());
    views.extend(broken.into_iter().map(|name| SourceView {
        used_by: look.used_by(Kind::Source, &name),
        name,
        kind: String::new(),
        place: String::new(),
        refresh: "with_every_run".to_owned(),
        tables: Vec::new(),
        state: "error".to_owned(),
        refreshed: None,
    }));
    views
}

fn view(look: &Look, source: &Source) -> SourceView {
    let name = source.name.value.clone();
    let tables: Vec<SourceTable> = source
        .tables
        .iter()
        .map(|table| {
            let lake = source.table_name(table);
            let rows = |table: &str| look.table(table).map(|entry| entry.rows());
            SourceTable {
                name: table.name.value.clone(),
                rows: rows(lake.as_str()),
                corrupt: rows(lake.suffixed("_Corrupt").as_str()),
                columns: look.columns(lake.as_str()).len(),
                steps: table.steps.len(),
                table: lake.to_string(),
            }
        })
        .collect();
    let read = source.table_names().filter_map(|table| look.table(table.prefixed("Raw_").as_str()));
    let last = read.map(|entry| entry.written_by.clone()).max();
    let definition = format!("sources/{name}");
    let state = match look.state(&definition) {
        "error" => "error",
        _ if last.is_none() => "never_read",
        "changed" => "changed",
        _ => "ready",
    };
    SourceView {
        kind: source.kind.word().to_owned(),
        place: match &source.from {
            Location::Folder(folder) => folder.value.clone(),
            Location::Url { url, .. } => place(&url.value),
        },
        refresh: refresh(source.refresh).to_owned(),
        state: state.to_owned(),
        refreshed: last.and_then(|run| look.instant(&run)),
        used_by: look.used_by(Kind::Source, &name),
        tables,
        name,
    }
}

/// The word users write.
pub(super) fn refresh(when: RefreshWhen) -> &'static str {
    match when {
        RefreshWhen::WithEveryRun => "with_every_run",
        RefreshWhen::Manual => "manual",
    }
}
