//! Folder: resources found in files and pages, given to the view.
//!
//! Reads    `.ndjson` and `.json`, gzipped too: resources by line, Bundles, single resources; Bundles of a server
//! Writes   rows, bad rows, and the links that patients state
//!
//! Invariants
//! - A file whose name begins with a resource type (up to `.`, `-` or `_`) holds that type alone; others are mixed.
//! - A line that cannot be told to be any resource belongs to one table: the first of the type in the file's name,
//!   else the first of the source.
//!
//! Not here: paths and columns (`view`, `rows`).

use std::path::{Path, PathBuf};

use super::path::types;
use super::rows::Stop;
use super::view::View;
use crate::json::{Kind, Nodes, Value};
use crate::lines::{ByteCount, Input, Part, documents};
use crate::raw::{Page, Rows};
use crate::read::{ReadReport, file_name, list};
use crate::{ConnectError, SourceRef};

const LINES: &[&str] = &[".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz"];
const DOCUMENTS: &[&str] = &[".json", ".json.gz"];

/// The files that may hold resources of the table's type.
pub(crate) fn files(folder: &Path, source: &SourceRef) -> Result<Vec<PathBuf>, ConnectError> {
    let resource = resource_of(source);
    let mut found = list(folder, &[LINES, DOCUMENTS].concat())?;
    found.retain(|path| named_type(&file_name(path)).is_none_or(|named| named == resource));
    if found.is_empty() {
        let message = format!(
            "no file in `{}` can hold the `{resource}` resources of `{}`",
            folder.display(),
            source.table.name.value
        );
        return Err(ConnectError::new(message)
            .hint(format!("put `{resource}.ndjson` there, or a mixed `.ndjson` or Bundle `.json` file")));
    }
    Ok(found)
}

fn resource_of(source: &SourceRef) -> String {
    let view = source.table.view.as_ref().map(|view| &view.value);
    view.and_then(|view| view.get("resource")).and_then(|name| name.as_str()).unwrap_or_default().to_owned()
}

/// The resource type a file's name begins with; containers of other resources do not count.
fn named_type(name: &str) -> Option<&str> {
    let start = &name[..name.find(['.', '-', '_']).unwrap_or(name.len())];
    (types::RESOURCES.contains(&start) && !matches!(start, "Bundle" | "Parameters")).then_some(start)
}

/// Whether lines that are no resource belong to this table.
fn owns_strays(source: &SourceRef, file: &str) -> bool {
    let tables = &source.source.tables;
    let view_of = |table: &onefold_model::define::SourceTable| {
        table.view.as_ref().and_then(|view| view.value.get("resource")?.as_str().map(str::to_owned))
    };
    let owner = match named_type(file) {
        Some(named) => tables.iter().find(|table| view_of(table).as_deref() == Some(named)),
        None => tables.first(),
    };
    owner.is_some_and(|table| table.name == source.table.name)
}

/// Reads the table from its folder.
pub(crate) fn read_folder(source: &SourceRef, rows: Rows, bytes: &ByteCount) -> Result<ReadReport, ConnectError> {
    let mut reader = Reader::new(source, rows)?;
    for path in source.files_to_read()? {
        let name = file_name(&path);
        reader.begin(source, &name);
        let mut input = Input::open(&path, bytes)?;
        let lower = name.to_lowercase();
        if LINES.iter().any(|ending| lower.ends_with(ending)) {
            reader.lines(&mut input)?;
        } else {
            reader.bundle(&mut input)?;
        }
    }
    reader.rows.finish()
}

/// Reads the table from Bundles of a server.
pub(crate) fn read_pages(
    source: &SourceRef,
    rows: Rows,
    pages: impl Iterator<Item = Page>,
) -> Result<ReadReport, ConnectError> {
    let mut reader = Reader::new(source, rows)?;
    for page in pages {
        reader.begin(source, &page.name);
        // A page of a search belongs to the one table it was asked for.
        reader.strays = true;
        reader.bundle(&mut Input::of_bytes(&page.name, page.body)?)?;
    }
    reader.rows.finish()
}

/// Whether a document is a whole one of another kind: true for a page of a Web API, false for any other record
/// without a resource type, `None` when it is FHIR or cannot be read.
fn foreign(nodes: &mut Nodes, bytes: &[u8]) -> Option<bool> {
    let doc = nodes.read(std::str::from_utf8(bytes).ok()?).ok()?;
    let root = doc.root();
    (root.kind() == Kind::Record && root.get("resourceType").is_none()).then(|| root.get("@odata.context").is_some())
}

struct Reader {
    table: Table,
    rows: Rows,
    nodes: Nodes,
    strays: bool,
}

struct Table {
    view: View,
    links: bool,
    now: Option<i64>,
}

impl Reader {
    fn new(source: &SourceRef, rows: Rows) -> Result<Self, ConnectError> {
        let view = super::compiled(source)?;
        let given: Vec<String> = view.columns().iter().map(|column| column.name.to_string()).collect();
        let asked: Vec<String> = rows.columns().iter().map(|column| column.name.to_string()).collect();
        if given != asked {
            return Err(ConnectError::new(format!(
                "the columns of `{}` are not those of its view: `{}`",
                source.table.name.value,
                asked.join("`, `")
            ))
            .hint("plan again; the view changed meanwhile"));
        }
        let links = super::has_links(&view.resource);
        let now = rows.now;
        Ok(Self { table: Table { view, links, now }, rows, nodes: Nodes::default(), strays: false })
    }

    fn begin(&mut self, source: &SourceRef, name: &str) {
        self.rows.begin_file(name);
        self.strays = owns_strays(source, name);
    }

    fn lines(&mut self, input: &mut Input) -> Result<(), ConnectError> {
        let mut number = 0;
        while let Some(line) = input.line()? {
            number += 1;
            if !line.iter().all(u8::is_ascii_whitespace) {
                let Self { table, rows, nodes, strays } = self;
                table.record(rows, nodes, *strays, number, line, false)?;
            }
        }
        Ok(())
    }

    fn bundle(&mut self, input: &mut Input) -> Result<(), ConnectError> {
        let Self { table, rows, nodes, strays } = self;
        // Only what says before its entries that it is a Bundle is taken entry by entry; a `List` has entries too.
        let is_bundle = |head: &[u8]| {
            let closed = [head.strip_suffix(b",").unwrap_or(head), b"}"].concat();
            let text = String::from_utf8_lossy(&closed);
            Nodes::default()
                .read(&text)
                .is_ok_and(|doc| doc.root().text("resourceType").is_some_and(|name| name == "Bundle"))
        };
        documents(input, "entry", &is_bundle, &mut |part| match part {
            Part::Element(index, bytes) => table.record(rows, nodes, *strays, index, bytes, true),
            Part::Whole(index, bytes) => match foreign(nodes, bytes) {
                Some(true) => Ok(()),
                Some(false) if *strays => {
                    rows.warn_of_file("is passed over: it holds no FHIR resource");
                    Ok(())
                }
                Some(false) => Ok(()),
                None => table.record(rows, nodes, *strays, index, bytes, false),
            },
            Part::Broken(index, rest, why) if *strays => rows.corrupt(index, why, &String::from_utf8_lossy(rest), &[]),
            Part::Broken(..) => Ok(()),
        })
    }
}

impl Table {
    /// One record: a resource, an entry of a Bundle, or a Bundle.
    fn record(
        &self,
        rows: &mut Rows,
        nodes: &mut Nodes,
        strays: bool,
        line: u64,
        bytes: &[u8],
        entry: bool,
    ) -> Result<(), ConnectError> {
        let stray = |rows: &mut Rows, why: &str| match strays {
            true => rows.corrupt(line, why, &String::from_utf8_lossy(bytes), &[]),
            false => Ok(()),
        };
        let Ok(text) = std::str::from_utf8(bytes) else {
            return stray(rows, "not UTF-8");
        };
        let doc = match nodes.read(text) {
            Ok(doc) => doc,
            Err(fault) => return stray(rows, &fault.to_string()),
        };
        let root = doc.root();
        if root.kind() != Kind::Record {
            return stray(rows, "not a resource: a record was expected");
        }
        if entry {
            return self.entry(rows, root, line);
        }
        match root.text("resourceType").as_deref() {
            None => stray(rows, "not a resource: it has no `resourceType`"),
            Some("Bundle") => {
                for entry in root.get("entry").into_iter().flat_map(Value::elements) {
                    self.entry(rows, entry, line)?;
                }
                Ok(())
            }
            Some(_) => self.resource(rows, root, line),
        }
    }

    /// An entry of a Bundle, or a resource of a plain list; deleted entries and those without a resource are passed
    /// over.
    fn entry(&self, rows: &mut Rows, entry: Value<'_>, line: u64) -> Result<(), ConnectError> {
        if entry.get("resourceType").is_some() {
            return self.resource(rows, entry, line);
        }
        let deleted =
            entry.get("request").and_then(|request| request.text("method")).is_some_and(|method| method == "DELETE");
        match entry.get("resource") {
            Some(resource) if !deleted => self.resource(rows, resource, line),
            _ => Ok(()),
        }
    }

    fn resource(&self, rows: &mut Rows, resource: Value<'_>, line: u64) -> Result<(), ConnectError> {
        if resource.text("resourceType").as_deref() != Some(&self.view.resource) {
            return Ok(());
        }
        let raw = || resource.raw().to_owned();
        match self.view.rows(resource, self.now, &mut |cells| rows.push(line, cells, &raw)) {
            Ok(()) => {}
            Err(Stop::Bad(fault)) => return rows.corrupt(line, &fault, &raw(), &[]),
            Err(Stop::Out(fault)) => return Err(fault),
        }
        if self.links { self.link(rows, resource) } else { Ok(()) }
    }

    /// The links a patient states. `replaced-by`, `replaces`, `refer` and `seealso` all say that the other record
    /// is about the same person; they differ in which of the two is to be used.
    fn link(&self, rows: &mut Rows, patient: Value<'_>) -> Result<(), ConnectError> {
        let Some(key) = patient.text("id") else { return Ok(()) };
        for link in patient.get("link").into_iter().flat_map(Value::elements) {
            let other = link.get("other").and_then(|other| super::path::reference_key(other, Some("Patient")));
            let known = matches!(link.text("type").as_deref(), Some("replaced-by" | "replaces" | "refer" | "seealso"));
            if let (Some(other), true) = (other, known) {
                rows.link(&key, &other, "same")?;
            }
        }
        Ok(())
    }
}
