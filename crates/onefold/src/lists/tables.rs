//! Tables: what the published run holds, by what it is of.

use onefold_api::{Kind, ObjectRef, TableLine};
use onefold_model::TableName;

use super::look::{Look, object};

/// Published tables and views, by name; with `all`, internal ones too.
pub(super) fn lines(look: &Look, all: bool) -> Vec<TableLine> {
    let Some(published) = look.published() else { return Vec::new() };
    let tables = published.tables.values().filter(|entry| all || !entry.internal).map(|entry| TableLine {
        name: entry.name.to_string(),
        group: group(look, entry.name.as_str(), entry.internal).to_owned(),
        kind: if entry.internal { "internal" } else { "table" }.to_owned(),
        source: source(look, entry.name.as_str()),
        rows: Some(entry.rows()),
        bytes: Some(entry.bytes()),
        columns: look.attributes(entry.name.as_str()),
        written: look.instant(&entry.written_by),
        by: definition(look, entry.name.as_str()),
    });
    let views = published.views.iter().map(|view| TableLine {
        name: view.name.to_string(),
        group: group(look, view.name.as_str(), false).to_owned(),
        kind: "view".to_owned(),
        source: None,
        rows: None,
        bytes: None,
        columns: look.attributes(view.name.as_str()),
        written: look.written("SegmentBitmap"),
        by: definition(look, view.name.as_str()),
    });
    let mut lines: Vec<TableLine> = tables.chain(views).collect();
    lines.sort_by_key(|line| line.name.to_lowercase());
    lines
}

/// What a table is of.
fn group(look: &Look, name: &str, internal: bool) -> &'static str {
    let project = look.project();
    let starts = |prefix: &str| name.starts_with(prefix);
    if internal {
        "system"
    } else if of_source(look, name).is_some() {
        "source"
    } else if name.strip_suffix("_Corrupt").is_some_and(|name| of_source(look, name).is_some()) {
        "corrupt"
    } else if project.segment(name).is_some() || name == "SegmentMembership" {
        "segments"
    } else if name == "Customer" {
        "profiles"
    } else if name == "UnifiedActivity" {
        "activities"
    } else if name == "Customer_Measure" || starts("Measure_") {
        "measures"
    } else if starts("Outbox_") {
        "exports"
    } else {
        "system"
    }
}

fn of_source(look: &Look, name: &str) -> Option<String> {
    look.project().source_table(name).map(|(source, _)| source.name.value.clone())
}

/// The source a table is of, or holds the corrupt rows of.
fn source(look: &Look, name: &str) -> Option<String> {
    let raw = name.strip_prefix("Raw_").unwrap_or(name);
    let own = ["_Corrupt", "_Link"].iter().find_map(|suffix| raw.strip_suffix(suffix)).unwrap_or(raw);
    of_source(look, name).or_else(|| of_source(look, own))
}

/// The definition that alone makes a table.
fn definition(look: &Look, name: &str) -> Option<ObjectRef> {
    let project = look.project();
    if let Some(segment) = project.segments.iter().find(|segment| segment.name.eq_ignore_ascii_case(name)) {
        return Some(ObjectRef { kind: Kind::Segment, name: segment.name.value.clone() });
    }
    if let Some(source) = source(look, name) {
        return Some(ObjectRef { kind: Kind::Source, name: source });
    }
    // A table that many definitions make together is of none.
    let step = look.opened.planned.plan.writer(&TableName::from(name))?;
    match step.because.as_slice() {
        [only] => object(only),
        _ => None,
    }
}
