//! Dataverse: records of Web API pages to rows.
//!
//! Reads    pages `{"@odata.context": …, "value": [...]}` in a folder, or as a server sends them
//! Writes   rows: scalars as they are, records and lists as JSON text
//!
//! Invariants
//! - Numbers keep their digits. Look-ups stay `_x_value`; what annotates another column (`x@…`) comes only when
//!   `columns:` names it.
//! - Guids are lower case, so that a key is one text wherever it comes from.
//!
//! Not here: asking a server (`dataverse_url`).

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use onefold_model::{Column, DataType, Table};

use crate::cells::{self, Cell};
use crate::fhir::scalar;
use crate::json::{Kind, Nodes, Value};
use crate::lines::{ByteCount, Input, Part, documents};
use crate::raw::{Page, Rows};
use crate::read::{ReadReport, file_name, list};
use crate::{ConnectError, SourceRef};

/// Records looked at to tell types.
const SAMPLE: u64 = 1000;

/// The pages of the table: `contacts.json`, `contacts-1.json.gz`; the name at the source or the local one. Where no
/// file has such a name and the source has one table, all pages are its.
pub(crate) fn files(folder: &Path, source: &SourceRef) -> Result<Vec<PathBuf>, ConnectError> {
    let table = &source.table;
    let all = list(folder, &[".json", ".json.gz"])?;
    let entity = table.entity.as_ref().map_or(table.name.as_str(), |entity| entity.as_str());
    let names = [entity.to_lowercase(), table.name.to_lowercase()];
    let named = |path: &PathBuf| {
        let name = file_name(path).to_lowercase();
        let stem = name.strip_suffix(".gz").unwrap_or(&name).strip_suffix(".json").unwrap_or(&name);
        names.iter().any(|wanted| {
            stem.strip_prefix(wanted.as_str()).is_some_and(|rest| {
                rest.trim_start_matches(['-', '_', '.']).chars().all(|c| c.is_ascii_digit()) || rest.starts_with('.')
            })
        })
    };
    let found: Vec<PathBuf> = all.iter().filter(|path| named(path)).cloned().collect();
    if !found.is_empty() {
        return Ok(found);
    }
    if source.source.tables.len() == 1 && !all.is_empty() {
        return Ok(all);
    }
    let message = format!("no page of `{entity}` is in `{}`", folder.display());
    Err(ConnectError::new(message).hint(format!("put `{entity}.json` or `{entity}-1.json`, `{entity}-2.json` … there")))
}

/// The columns, from a sample of the first records.
pub(crate) fn describe(source: &SourceRef) -> Result<Vec<Column>, ConnectError> {
    let folder = source.folder().unwrap_or_default();
    let count = ByteCount::default();
    let mut sample = Sample::default();
    for path in files(&folder, source)? {
        sample.add(&mut Input::open(&path, &count)?)?;
    }
    Ok(sample.columns(source))
}

/// The columns, from the first page of a server.
pub(crate) fn describe_page(source: &SourceRef, page: Page) -> Result<Vec<Column>, ConnectError> {
    describe_pages(source, vec![page])
}

/// The columns, from these pages.
pub(crate) fn describe_pages(source: &SourceRef, pages: Vec<Page>) -> Result<Vec<Column>, ConnectError> {
    let mut sample = Sample::default();
    for page in pages {
        sample.add(&mut Input::of_bytes(&page.name, page.body)?)?;
    }
    Ok(sample.columns(source))
}

/// The columns of the last run, with the types declared since, and columns declared since.
pub(crate) fn remembered(source: &SourceRef, last: &Table) -> Vec<Column> {
    let kept = last.columns.iter().filter(|column| !matches!(column.name.as_str(), "_file" | "_line"));
    let mut columns: Vec<Column> = kept
        .map(|column| Column::new(column.name.clone(), source.declared(column.name.as_str()).unwrap_or(column.ty)))
        .collect();
    add_declared(source, &mut columns);
    columns
}

fn add_declared(source: &SourceRef, columns: &mut Vec<Column>) {
    for (name, ty) in &source.table.columns {
        if !columns.iter().any(|column| column.name == name.as_str()) {
            columns.push(Column::new(name.as_str(), *ty));
        }
    }
}

/// What the values of a column were in a sample.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    text: u64,
    guid: u64,
    instant: u64,
    date: u64,
    boolean: u64,
    integer: u64,
    number: u64,
    json: u64,
}

impl Seen {
    fn add(&mut self, value: Value<'_>) {
        match value.kind() {
            Kind::Null => {}
            Kind::True | Kind::False => self.boolean += 1,
            Kind::Number if cells::integer(value.raw()).is_some() => self.integer += 1,
            Kind::Number => self.number += 1,
            Kind::Record | Kind::List => self.json += 1,
            Kind::String => {
                let text = value.string().unwrap_or_default();
                self.text += 1;
                self.guid += u64::from(text.len() == 36 && cells::guid(&text).is_some());
                self.date += u64::from(cells::date(&text).is_some());
                self.instant += u64::from(text.len() > 10 && cells::instant(&text).is_some());
            }
        }
    }
    /// The type all values have; text where they differ or there were none.
    fn ty(self) -> DataType {
        let Self { text, guid, instant, date, boolean, integer, number, json } = self;
        let kinds = [text, boolean, integer + number, json].iter().filter(|count| **count > 0).count();
        match () {
            () if kinds != 1 => DataType::Text,
            () if json > 0 => DataType::Json,
            () if boolean > 0 => DataType::Boolean,
            () if number > 0 => DataType::Number,
            () if integer > 0 => DataType::Integer,
            () if guid == text => DataType::Guid,
            () if instant == text => DataType::DateTime,
            () if date == text => DataType::Date,
            () => DataType::Text,
        }
    }
}

#[derive(Default)]
struct Sample {
    names: Vec<String>,
    seen: HashMap<String, Seen>,
    records: u64,
}

impl Sample {
    fn add(&mut self, input: &mut Input) -> Result<(), ConnectError> {
        let mut nodes = Nodes::default();
        let full = "the sample is full";
        let outcome = documents(input, "value", &|_| true, &mut |part| {
            let (Part::Element(_, bytes) | Part::Whole(_, bytes)) = part else { return Ok(()) };
            if self.records >= SAMPLE {
                return Err(ConnectError::new(full));
            }
            if let Ok(doc) = std::str::from_utf8(bytes).map_err(drop).and_then(|text| nodes.read(text).map_err(drop)) {
                self.records += 1;
                self.record(doc.root());
            }
            Ok(())
        });
        match outcome {
            Err(fault) if fault.message == full => Ok(()),
            other => other,
        }
    }

    fn record(&mut self, record: Value<'_>) {
        for (key, value) in record.members() {
            let name = key.name();
            if name.contains('@') {
                continue;
            }
            if let Some(seen) = self.seen.get_mut(&*name) {
                seen.add(value);
                continue;
            }
            let mut seen = Seen::default();
            seen.add(value);
            self.names.push(name.to_string());
            self.seen.insert(name.into_owned(), seen);
        }
    }

    fn columns(&self, source: &SourceRef) -> Vec<Column> {
        let key = source.key();
        let mut columns: Vec<Column> = Vec::new();
        for name in &self.names {
            let sampled = self.seen.get(name).copied().unwrap_or_default().ty();
            let declared = source.declared(name);
            let mut ty = declared.or_else(|| source.remembered(name)).unwrap_or(sampled);
            if (*name == key || declared.is_none() && is_id(name, &key)) && !ty.is_text() {
                ty = DataType::Text;
            }
            columns.push(Column::new(name.as_str(), ty));
        }
        add_declared(source, &mut columns);
        columns
    }
}

/// Whether a column holds ids, which are text always: the key, and names that end like one.
pub(crate) fn is_id(name: &str, key: &str) -> bool {
    const WORDS: &[&str] = &["paid", "prepaid", "unpaid", "bid", "valid", "invalid", "covid", "void", "grid", "avoid"];
    let lower = name.to_lowercase();
    let last = lower.rsplit(['_', '.', '-', ' ']).next().unwrap_or(&lower);
    name == key || last.ends_with("id") && !WORDS.contains(&last) || last.ends_with("guid")
}

/// Reads the table from its folder.
pub(crate) fn read_folder(source: &SourceRef, mut rows: Rows, bytes: &ByteCount) -> Result<ReadReport, ConnectError> {
    let mut nodes = Nodes::default();
    for path in source.files_to_read()? {
        rows.begin_file(&file_name(&path));
        page(&mut Input::open(&path, bytes)?, &mut rows, &mut nodes)?;
    }
    rows.finish()
}

/// Reads the table from pages of a server.
pub(crate) fn read_pages(
    _source: &SourceRef,
    mut rows: Rows,
    pages: impl Iterator<Item = Page>,
) -> Result<ReadReport, ConnectError> {
    let mut nodes = Nodes::default();
    for body in pages {
        rows.begin_file(&body.name);
        page(&mut Input::of_bytes(&body.name, body.body)?, &mut rows, &mut nodes)?;
    }
    rows.finish()
}

fn page(input: &mut Input, rows: &mut Rows, nodes: &mut Nodes) -> Result<(), ConnectError> {
    let places: HashMap<String, usize> =
        rows.columns().iter().enumerate().map(|(at, column)| (column.name.to_string(), at)).collect();
    documents(input, "value", &|_| true, &mut |part| match part {
        Part::Element(index, bytes) => record(rows, nodes, &places, index, bytes),
        Part::Whole(index, bytes) => {
            refused(nodes, bytes)?;
            record(rows, nodes, &places, index, bytes)
        }
        Part::Broken(index, rest, why) => rows.corrupt(index, why, &String::from_utf8_lossy(rest), &[]),
    })
}

/// A document without records that states an error is one, not a row.
fn refused(nodes: &mut Nodes, bytes: &[u8]) -> Result<(), ConnectError> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(()) };
    let Ok(doc) = nodes.read(text) else { return Ok(()) };
    match doc.root().get("error").and_then(|error| error.text("message")) {
        Some(said) => {
            Err(ConnectError::new(format!("a page holds an error instead of records: {said}"))
                .hint("fetch the page again"))
        }
        None => Ok(()),
    }
}

fn record(
    rows: &mut Rows,
    nodes: &mut Nodes,
    places: &HashMap<String, usize>,
    index: u64,
    bytes: &[u8],
) -> Result<(), ConnectError> {
    let raw = || String::from_utf8_lossy(bytes).into_owned();
    let Ok(text) = std::str::from_utf8(bytes) else {
        return rows.corrupt(index, "not UTF-8", &raw(), &[]);
    };
    let doc = match nodes.read(text) {
        Ok(doc) => doc,
        Err(fault) => return rows.corrupt(index, &fault.to_string(), &raw(), &[]),
    };
    let root = doc.root();
    if root.kind() != Kind::Record {
        return rows.corrupt(index, "not a record", &raw(), &[]);
    }
    let mut cells = vec![Cell::Null; places.len()];
    let types: &[Column] = rows.columns();
    for (key, value) in root.members() {
        let Some(&at) = places.get(&*key.name()) else { continue };
        let cell = scalar(value);
        // A guid among texts of other shapes stays as it is; where all are guids the column's type says so.
        cells[at] = match cell {
            Cell::Text(text) if text.is_empty() && types[at].ty != DataType::Text => Cell::Null,
            other => other,
        };
    }
    rows.push(index, &cells, &raw)
}
