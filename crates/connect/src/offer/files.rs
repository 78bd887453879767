//! Files: what lies in the folder of a source.
//!
//! Invariants
//! - Counting ends when its time is up; types and columns are told from the first records of each file.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use onefold_model::define::{Source, SourceKind, SourceTable};
use onefold_model::{Column, DataType, Spanned};
use serde_json::{Value, json};

use super::view::starting;
use super::{Offer, likely_key, singular, table_name};
use crate::fhir::view_columns;
use crate::json::{Kind, Nodes};
use crate::lines::{ByteCount, Input, Part, documents};
use crate::read::{file_name, list};
use crate::{ConnectError, SourceRef, dataverse, files};

/// Records of a type that its view is made from.
const SAMPLE: usize = 200;
/// How long records are counted.
const TIME: Duration = Duration::from_secs(5);
/// The most tables that are offered.
const MOST: usize = 200;

/// A sentence about what was found.
pub(super) fn sentence(kind: SourceKind, folder: &str, found: usize) -> String {
    let what = match (kind, found) {
        (SourceKind::Fhir, 1) => "one resource type",
        (SourceKind::Fhir, _) => "resource types",
        (_, 1) => "one table",
        _ => "tables",
    };
    match found {
        0 => format!("`{folder}` can be read, but nothing in it is of this kind"),
        1 => format!("`{folder}` can be read; it holds {what}"),
        _ => format!("`{folder}` can be read; it holds {found} {what}"),
    }
}

/// Resources by type.
#[derive(Default)]
struct Resources {
    types: BTreeMap<String, (u64, Vec<Value>)>,
    /// Whether all were counted.
    all: bool,
}

/// The resource types in the files of a folder.
pub(super) fn resources(folder: &Path) -> Result<Vec<Offer>, ConnectError> {
    let until = Instant::now() + TIME;
    let mut found = Resources { all: true, ..Resources::default() };
    let (lines, whole) = (&[".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz"][..], &[".json", ".json.gz"][..]);
    for path in list(folder, &[lines, whole].concat())? {
        let mut input = Input::open(&path, &ByteCount::default())?;
        let lower = file_name(&path).to_lowercase();
        let mut seen = 0;
        // Of every file the first records are looked at, late as it may be.
        let mut go_on = |found: &mut Resources| {
            seen += 1;
            let go_on = seen <= SAMPLE || Instant::now() < until;
            found.all &= go_on;
            go_on
        };
        let mut nodes = Nodes::default();
        if lines.iter().any(|ending| lower.ends_with(ending)) {
            while let Some(line) = input.line()? {
                if !go_on(&mut found) {
                    break;
                }
                found.record(&mut nodes, line);
            }
            continue;
        }
        let outcome = documents(&mut input, "entry", &|_| true, &mut |part| {
            if !go_on(&mut found) {
                return Err(ConnectError::new(ENOUGH));
            }
            if let Part::Element(_, bytes) | Part::Whole(_, bytes) = part {
                found.record(&mut nodes, bytes);
            }
            Ok(())
        });
        outcome.or_else(|fault| if fault.message == ENOUGH { Ok(()) } else { Err(fault) })?;
    }
    let all = found.all;
    let offer = |(name, (count, samples)): (String, (u64, Vec<Value>))| resource(&name, all.then_some(count), &samples);
    let mut offers: Vec<(u64, Offer)> =
        found.types.into_iter().map(|(name, own)| (own.0, offer((name, own)))).collect();
    // People first, then what there is most of.
    offers.sort_by_key(|(count, offer)| (offer.name != "Patient", std::cmp::Reverse(*count)));
    Ok(offers.into_iter().map(|(_, offer)| offer).take(MOST).collect())
}

const ENOUGH: &str = "enough was looked at";

impl Resources {
    /// Counts a resource, or the one in an entry of a Bundle.
    fn record(&mut self, nodes: &mut Nodes, bytes: &[u8]) {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        let Ok(doc) = nodes.read(text) else { return };
        let root = doc.root();
        if root.kind() != Kind::Record {
            return;
        }
        let resource = if root.get("resourceType").is_some() { Some(root) } else { root.get("resource") };
        let Some((resource, name)) = resource.and_then(|own| Some((own, own.text("resourceType")?))) else { return };
        if name == "Bundle" {
            let entries = resource.get("entry").into_iter().flat_map(|entries| entries.elements());
            let inner: Vec<String> = entries.map(|entry| entry.raw().to_owned()).collect();
            inner.iter().for_each(|entry| self.record(&mut Nodes::default(), entry.as_bytes()));
            return;
        }
        let (count, samples) = self.types.entry(name.into_owned()).or_default();
        *count += 1;
        if samples.len() < SAMPLE {
            samples.extend(serde_json::from_str(resource.raw()).ok());
        }
    }
}

/// A resource type as a table.
pub(super) fn resource(name: &str, rows: Option<u64>, samples: &[Value]) -> Offer {
    let view = starting(name, samples);
    Offer {
        name: name.to_owned(),
        suggested: name.to_owned(),
        key: Some("id".to_owned()),
        columns: view_columns(&view),
        rows,
        definition: json!({"key": "id", "view": view}),
    }
}

/// The entities whose pages lie in a folder.
pub(super) fn entities(root: &Path, source: &Source, folder: &Path) -> Result<Vec<Offer>, ConnectError> {
    let mut names: Vec<String> = Vec::new();
    for path in list(folder, &[".json", ".json.gz"])? {
        let name = file_name(&path);
        let stem = name.split(".json").next().unwrap_or(&name);
        let stem = stem.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '_' | '.'));
        if !stem.is_empty() && !names.iter().any(|known| known == stem) {
            names.push(stem.to_owned());
        }
    }
    let mut offers = Vec::new();
    for entity in names.into_iter().take(MOST) {
        let asked = trial(root, source, &entity, |table| table.entity = Some(Spanned::made(entity.clone())));
        let columns = dataverse::describe(&asked)?;
        offers.push(entity_offer(&entity, None, None, columns));
    }
    Ok(offers)
}

/// An entity set as a table.
pub(super) fn entity_offer(entity: &str, logical: Option<&str>, key: Option<&str>, columns: Vec<Column>) -> Offer {
    let one = logical.map_or_else(|| singular(entity), str::to_owned);
    let names: Vec<String> = columns.iter().map(|column| column.name.to_string()).collect();
    let key = key.map(str::to_owned).or_else(|| match names.is_empty() {
        true => Some(format!("{one}id")),
        false => likely_key(&one, &names),
    });
    let suggested = table_name(&one);
    let mut definition = json!({"key": key.clone().unwrap_or_default()});
    if suggested != entity {
        definition["entity"] = entity.into();
    }
    Offer { name: entity.to_owned(), suggested, key, columns, rows: None, definition }
}

/// The files of a folder as tables; those whose names differ in a number or date alone are one.
pub(super) fn tables(root: &Path, source: &Source, folder: &Path) -> Result<Vec<Offer>, ConnectError> {
    let endings = if source.kind == SourceKind::Csv { files::CSV } else { files::PARQUET };
    let mut groups: Vec<(String, String, Vec<String>)> = Vec::new();
    for path in list(folder, endings)? {
        let name = file_name(&path);
        let lower = name.to_lowercase();
        let Some(ending) = endings.iter().filter(|e| lower.ends_with(**e)).max_by_key(|ending| ending.len()) else {
            continue;
        };
        let (stem, ending) = name.split_at(name.len() - ending.len());
        let bare = stem.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '_' | '.'));
        let bare = if bare.is_empty() { stem } else { bare };
        match groups.iter_mut().find(|(known, end, _)| known == bare && end == ending) {
            Some((_, _, names)) => names.push(name.clone()),
            None => groups.push((bare.to_owned(), ending.to_owned(), vec![name.clone()])),
        }
    }
    let mut offers = Vec::new();
    for (bare, ending, names) in groups.into_iter().take(MOST) {
        let (stem, pattern) = match names.as_slice() {
            [only] => (only[..only.len() - ending.len()].to_owned(), only.clone()),
            [first, ..] => (bare.clone(), format!("{}*{ending}", common(first, &names))),
            [] => continue,
        };
        let asked = trial(root, source, &stem, |table| table.file = Some(Spanned::made(pattern.clone())));
        let described = match source.kind {
            SourceKind::Csv => files::describe_csv(&asked),
            _ => files::describe_parquet(&asked),
        };
        let Ok(columns) = described else { continue };
        let column_names: Vec<String> = columns.iter().map(|column| column.name.to_string()).collect();
        let key = likely_key(&stem, &column_names).or_else(|| column_names.first().cloned());
        let suggested = table_name(&stem);
        let mut definition = json!({"key": key.clone().unwrap_or_default()});
        if names.len() > 1 || !names[0].eq_ignore_ascii_case(&format!("{suggested}{ending}")) {
            definition["file"] = pattern.clone().into();
        }
        // A key is text whatever it looks like.
        let text = |column: Column| match Some(column.name.as_str()) == key.as_deref() && !column.ty.is_text() {
            true => Column::new(column.name, DataType::Text),
            false => column,
        };
        let columns = columns.into_iter().map(text).collect();
        let name = if names.len() > 1 { pattern } else { names[0].clone() };
        offers.push(Offer { name, suggested, key, columns, rows: None, definition });
    }
    Ok(offers)
}

/// What all names begin with.
fn common<'n>(first: &'n str, names: &[String]) -> &'n str {
    let same =
        |length: &usize| first.is_char_boundary(*length) && names.iter().all(|n| n.starts_with(&first[..*length]));
    &first[..(0..=first.len()).rev().find(same).unwrap_or(0)]
}

/// A table that nobody has defined.
fn trial(root: &Path, source: &Source, name: &str, about: impl FnOnce(&mut SourceTable)) -> SourceRef {
    let mut table = SourceTable {
        name: Spanned::made(name.to_owned()),
        key: Spanned::made(String::new()),
        entity: None,
        file: None,
        columns: Vec::new(),
        view: None,
        view_from_file: false,
        steps: Vec::new(),
    };
    about(&mut table);
    let source = Source { tables: Vec::new(), ..source.clone() };
    SourceRef { root: root.to_owned(), source: Arc::new(source), table, last: None, only: None }
}
