//! Space: the one namespace of tables, and names that belong to the system.
//!
//! Invariants
//! - Table names are compared without case; so are names of one kind, which would be one file on some machines.

use std::collections::BTreeMap;

use crate::define::{MeasureKind, Project, UsedTable};
use crate::{At, Code, Diagnostic, TableName};

/// Tables that the system writes.
const TABLES: &[&str] = &[
    "Customer",
    "KeyRing",
    "Customer_Measure",
    "UnifiedActivity",
    "SegmentMembership",
    "ProfileChange",
    "SegmentChange",
    "SegmentBitmap",
    "SegmentHistory",
    "ConflationMatchPairs",
    "MatchDecision",
    "MatchOverride",
    "MatchPair",
    "MatchModel",
    "MatchComparison",
    "MatchBlocking",
    "MatchWarning",
    "ProfileId",
];
const PREFIXES: &[&str] = &[
    "Raw_",
    "Resolved_",
    "Measures_",
    "SegmentScan_",
    "SegmentRows_",
    "SegmentRanks_",
    "SegmentDraw_",
    "SegmentBitmap_",
    "Deduplication_",
    "Measure_",
    "Enrichment_",
    "Prediction_",
    "Outbox_",
];
const SUFFIXES: &[&str] = &["_Corrupt", "_Link"];
/// Words that expressions always know as tables.
const ALIASES: &[&str] = &["Customer", "Customer_Measure", "UnifiedActivity"];
/// Columns that `Customer_Measure` always has.
const MEASURE_COLUMNS: &[&str] = &["CustomerId", "profile_no"];

/// Finds reserved names and names that two definitions share.
pub(super) fn check(project: &Project, diagnostics: &mut Vec<Diagnostic>) {
    tables(project, diagnostics);
    for (what, names) in [
        ("source", project.sources.iter().map(|it| (&it.name.value, it.name.at)).collect::<Vec<_>>()),
        ("relationship", project.relationships.iter().map(|it| (&it.name.value, it.name.at)).collect()),
        ("activity", project.activities.iter().map(|it| (&it.name.value, it.name.at)).collect()),
        ("measure", project.measures.iter().map(|it| (&it.name.value, it.name.at)).collect()),
        ("connection", project.connections.iter().map(|it| (&it.name.value, it.name.at)).collect()),
        ("export", project.exports.iter().map(|it| (&it.name.value, it.name.at)).collect()),
    ] {
        twice(what, &names, diagnostics);
    }
    if let Some(unify) = &project.unify {
        twice(
            "match rule",
            &unify.rules.iter().map(|it| (&it.name.value, it.name.at)).collect::<Vec<_>>(),
            diagnostics,
        );
        for table in &unify.tables {
            let names: Vec<_> = table.deduplicate.rules.iter().map(|it| (&it.name.value, it.name.at)).collect();
            twice("deduplication rule", &names, diagnostics);
        }
    }
    for measure in &project.measures {
        aliases(&measure.tables, diagnostics);
        let column = MEASURE_COLUMNS.iter().find(|column| column.eq_ignore_ascii_case(&measure.name));
        if let Some(column) = column.filter(|_| measure.kind.value == MeasureKind::CustomerAttribute) {
            let message = format!("`{column}` is a column that `Customer_Measure` always has");
            diagnostics
                .push(Diagnostic::new(Code::ReservedName, measure.name.at, message).hint("rename the measure's file"));
        }
    }
    for segment in &project.segments {
        aliases(&segment.tables, diagnostics);
        segment.rules.iter().for_each(|rule| aliases(&rule.tables, diagnostics));
        segment.columns.iter().for_each(|column| aliases(&column.tables, diagnostics));
    }
}

fn tables(project: &Project, diagnostics: &mut Vec<Diagnostic>) {
    let of_sources = project.sources.iter().flat_map(|source| {
        source.tables.iter().map(|table| {
            let name = TableName::of_source(&source.name, &table.name);
            (name, table.name.at, format!("the table `{}` of the source `{}`", table.name.value, source.name.value))
        })
    });
    let of_segments = project.segments.iter().map(|segment| {
        (TableName::new(segment.name.value.clone()), segment.name.at, format!("the segment `{}`", segment.name.value))
    });
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    for (name, at, what) in of_sources.chain(of_segments) {
        if let Some(why) = reserved(&name) {
            let message = format!("{what} would be called `{name}`, and {why}");
            diagnostics.push(Diagnostic::new(Code::ReservedName, at, message).hint("give it another name"));
        }
        match taken.get(&name.folded()) {
            Some(other) => {
                let message = format!("{what} and {other} would both be the table `{name}`; case makes no difference");
                diagnostics.push(Diagnostic::new(Code::NameClash, at, message).hint("rename one of them"));
            }
            None => {
                taken.insert(name.folded(), what);
            }
        }
    }
}

/// Why a name belongs to the system, if it does.
fn reserved(name: &TableName) -> Option<String> {
    let folded = name.folded();
    if let Some(table) = TABLES.iter().find(|table| table.to_lowercase() == folded) {
        return Some(format!("`{table}` is a table of the system"));
    }
    if let Some(prefix) = PREFIXES.iter().find(|prefix| folded.starts_with(&prefix.to_lowercase())) {
        return Some(format!("names that begin with `{prefix}` belong to the system"));
    }
    let suffix = SUFFIXES.iter().find(|suffix| folded.ends_with(&suffix.to_lowercase()))?;
    Some(format!("names that end with `{suffix}` belong to the system"))
}

fn twice(what: &str, names: &[(&String, Option<At>)], diagnostics: &mut Vec<Diagnostic>) {
    let mut taken: BTreeMap<String, &String> = BTreeMap::new();
    for (name, at) in names {
        if let Some(other) = taken.insert(name.to_lowercase(), name) {
            let message = format!("the {what} `{name}` has the name of `{other}`; case makes no difference");
            diagnostics.push(Diagnostic::new(Code::NameClash, *at, message).hint("rename one of them"));
        }
    }
}

fn aliases(tables: &[UsedTable], diagnostics: &mut Vec<Diagnostic>) {
    for used in tables {
        if let Some(alias) = ALIASES.iter().find(|alias| alias.eq_ignore_ascii_case(&used.alias)) {
            let message = format!("`{alias}` is a word that expressions always know");
            diagnostics.push(
                Diagnostic::new(Code::ReservedName, used.alias.at, message).hint("use another word for the table"),
            );
        }
    }
}
