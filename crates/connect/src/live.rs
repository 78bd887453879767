//! Live: rows that programs send one by one, typed as if their source had delivered them.
//!
//! Reads    JSON text: a record, or a list of records, in the columns of a table before its steps
//! Writes   per record its text, its key, and why it is bad; on reading, the same batches that a connector gives
//!
//! Invariants
//! - A record is judged by the very rules by which a connector types its rows: what is taken here is never corrupt later
//!   for its types.
//! - A name that is no column of the table makes a record bad: a misspelt column must not go unnoticed.
//! - Numbers keep their digits: a record is kept as the text that was sent.
//!
//! Not here: keeping rows (`onefold`, `live`), files of a source (`files`, `fhir`, `dataverse`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use onefold_model::Column;

use crate::cells::Cell;
use crate::fhir::scalar;
use crate::json::{Kind, Nodes, Value};
use crate::raw::{RawBatch, Rows};
use crate::{ConnectError, SourceRef};

/// A record that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its JSON text.
    pub text: String,
    /// The value of the table's key, as text; none when it is not there or empty.
    pub key: Option<String>,
    /// Why it is bad.
    pub wrong: Option<String>,
}

/// A record that was kept, on its way into the tables of a read.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'a> {
    /// Its number among all that were sent, from 1.
    pub number: u64,
    /// Its JSON text.
    pub text: &'a str,
    /// Why it is bad; typed all the same when absent.
    pub wrong: Option<&'a str>,
}

/// Takes apart and judges what was sent for a table, in order.
///
/// # Errors
/// Text that is no JSON, or neither a record nor a list.
pub fn sent(source: &SourceRef, columns: &[Column], body: &str) -> Result<Vec<Sent>, ConnectError> {
    let mut nodes = Nodes::default();
    let doc = nodes.read(body).map_err(|fault| {
        ConnectError::new(format!("the body is no JSON: {fault}")).hint("send a record, or a list of records")
    })?;
    let root = doc.root();
    let judge = Judge::new(source, columns);
    match root.kind() {
        Kind::Record => Ok(vec![judge.sent(root)]),
        Kind::List => Ok(root.elements().map(|record| judge.sent(record)).collect()),
        _ => {
            Err(ConnectError::new("the body is neither a record nor a list")
                .hint("send a record, or a list of records"))
        }
    }
}

/// One record as a row of these columns; columns that it does not name are empty.
///
/// # Errors
/// Why it is bad: a name that is no column, a value of another type.
pub fn record(columns: &[Column], body: &str) -> Result<RecordBatch, String> {
    let mut nodes = Nodes::default();
    let doc = nodes.read(body).map_err(|fault| format!("no JSON: {fault}"))?;
    let judge = Judge::of(columns, String::new());
    let (cells, wrong) = judge.cells(doc.root());
    if let Some(wrong) = wrong.or_else(|| judge.typed(&cells)) {
        return Err(wrong);
    }
    let (mut rows, found) = gathering(columns);
    let added = rows.push(1, &cells, &|| body.to_owned()).and_then(|()| rows.finish().map(drop));
    added.map_err(|error| error.message)?;
    let found = std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner));
    match found.into_iter().next() {
        Some(RawBatch::Rows(row)) => Ok(row),
        _ => Err("no row of the table".to_owned()),
    }
}

/// The batches of kept records, good ones typed by these columns. `file` is what `_file` says, the number is the line.
pub fn batches<'a>(
    source: &SourceRef,
    columns: &[Column],
    file: &str,
    kept: impl Iterator<Item = Kept<'a>>,
) -> Result<Vec<RawBatch>, ConnectError> {
    let judge = Judge::new(source, columns);
    let (mut rows, found) = gathering(columns);
    rows.begin_file(file);
    let mut nodes = Nodes::default();
    for record in kept {
        let raw = || record.text.to_owned();
        let Ok(doc) = nodes.read(record.text) else {
            rows.corrupt(record.number, record.wrong.unwrap_or("no JSON"), record.text, &[])?;
            continue;
        };
        let (cells, wrong) = judge.cells(doc.root());
        match record.wrong.map(str::to_owned).or(wrong) {
            Some(why) => rows.corrupt(record.number, &why, record.text, &cells)?,
            None => rows.push(record.number, &cells, &raw)?,
        }
    }
    rows.finish()?;
    Ok(std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner)))
}

type Found = Arc<Mutex<Vec<RawBatch>>>;

/// Rows that stay here.
fn gathering(columns: &[Column]) -> (Rows, Found) {
    let found = Found::default();
    let into = Arc::clone(&found);
    let sink = Box::new(move |batch| {
        into.lock().unwrap_or_else(PoisonError::into_inner).push(batch);
        true
    });
    (Rows::new(columns.to_vec(), sink), found)
}

/// What is known to judge records by.
struct Judge {
    columns: Vec<Column>,
    places: HashMap<String, usize>,
    key: String,
}

impl Judge {
    fn new(source: &SourceRef, columns: &[Column]) -> Self {
        Self::of(columns, source.key())
    }

    fn of(columns: &[Column], key: String) -> Self {
        let places = columns.iter().enumerate().map(|(at, column)| (column.name.to_string(), at)).collect();
        Self { columns: columns.to_vec(), places, key }
    }

    fn sent(&self, record: Value<'_>) -> Sent {
        let (cells, wrong) = self.cells(record);
        let key = self.places.get(&self.key).and_then(|&at| self.key_text(&cells, at));
        let wrong = wrong.or_else(|| self.typed(&cells)).or_else(|| match key {
            Some(_) => None,
            None => Some(format!("{}: is empty, and is the key", self.key)),
        });
        Sent { text: record.raw().to_owned(), key, wrong }
    }

    /// A cell a column, and what is wrong before any type is looked at.
    fn cells<'a>(&self, record: Value<'a>) -> (Vec<Cell<'a>>, Option<String>) {
        let mut cells = vec![Cell::Null; self.columns.len()];
        if record.kind() != Kind::Record {
            return (cells, Some("not a record".to_owned()));
        }
        let mut strange = Vec::new();
        for (name, value) in record.members() {
            match self.places.get(&*name.name()) {
                Some(&at) => cells[at] = scalar(value),
                None => strange.push(format!("{}: is no column of the table", name.name())),
            }
        }
        let wrong = (!strange.is_empty()).then(|| strange.join("; "));
        (cells, wrong)
    }

    /// Why a connector would call a row corrupt.
    fn typed(&self, cells: &[Cell<'_>]) -> Option<String> {
        let (rows, _) = gathering(&self.columns);
        let why = rows.reasons(cells);
        (!why.is_empty()).then_some(why)
    }

    /// The key as its typed column has it, so that one key is one text however it was sent.
    fn key_text(&self, cells: &[Cell<'_>], at: usize) -> Option<String> {
        let text = cells.get(at)?.text()?;
        let text = match self.columns[at].ty {
            onefold_model::DataType::Guid => crate::cells::guid(text.trim())?,
            onefold_model::DataType::Text => text.to_owned(),
            onefold_model::DataType::Integer => crate::cells::integer(text.trim())?.to_string(),
            _ => text.trim().to_owned(),
        };
        (!text.is_empty()).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use onefold_model::DataType;
    use onefold_model::define::{Location, Source, SourceKind};

    use super::*;

    fn columns() -> Vec<Column> {
        vec![
            Column::new("id", DataType::Integer),
            Column::new("who", DataType::Text),
            Column::new("amount", DataType::Decimal(20, 2)),
            Column::new("at", DataType::DateTime),
        ]
    }

    fn source() -> SourceRef {
        let text = "kind: csv\nfrom: {folder: ./data}\ntables:\n  orders: {key: id}\n";
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("sources")).unwrap();
        std::fs::write(folder.path().join("onefold.yaml"), "name: p\n").unwrap();
        std::fs::write(folder.path().join("sources/Shop.yaml"), text).unwrap();
        let project = onefold_model::load(folder.path()).project;
        let source: Source = project.sources.into_iter().next().expect("the source is there");
        assert!(matches!(source.from, Location::Folder(_)) && source.kind == SourceKind::Csv);
        let table = source.tables[0].clone();
        SourceRef { root: folder.path().to_owned(), source: Arc::new(source), table, last: None, only: None }
    }

    #[test]
    fn records_are_judged_one_by_one() {
        let body = r#"[{"id": 7, "who": "C1", "amount": 12345678901234567.25, "at": "2026-01-05T10:00:00Z"},
            {"id": "x"}, {"who": "C1"}, {"id": 8, "whom": "C1"}, 5, {"id": "9"}]"#;
        let found = sent(&source(), &columns(), body).unwrap();
        let seen: Vec<(Option<&str>, Option<&str>)> =
            found.iter().map(|sent| (sent.key.as_deref(), sent.wrong.as_deref())).collect();
        assert_eq!(
            seen,
            [
                (Some("7"), None),
                (None, Some("id: expected an integer, found \"x\"")),
                (None, Some("id: is empty, and is the key")),
                (Some("8"), Some("whom: is no column of the table")),
                (None, Some("not a record")),
                (Some("9"), None),
            ]
        );
        assert!(sent(&source(), &columns(), "{").is_err());
        assert!(sent(&source(), &columns(), "5").is_err());
    }

    #[test]
    fn one_record_is_typed_as_a_row_or_refused() {
        use arrow::array::{Array as _, AsArray as _};
        let row = record(&columns(), r#"{"who": "C1", "amount": 3.5, "at": null}"#).unwrap();
        assert_eq!((row.num_rows(), row.column(0).is_null(0), row.column(3).is_null(0)), (1, true, true));
        assert_eq!(row.column(1).as_string::<i32>().value(0), "C1");
        let wrong = record(&columns(), r#"{"amount": "much"}"#).unwrap_err();
        assert!(wrong.starts_with("amount: expected a "), "{wrong}");
        assert_eq!(record(&columns(), r#"{"whom": 1}"#).unwrap_err(), "whom: is no column of the table");
    }

    #[test]
    fn kept_records_become_the_rows_a_connector_gives() {
        let body = r#"[{"id": 7, "amount": 12345678901234567.25}, {"id": "x"}]"#;
        let found = sent(&source(), &columns(), body).unwrap();
        let kept =
            found.iter().zip(1..).map(|(sent, number)| Kept { number, text: &sent.text, wrong: sent.wrong.as_deref() });
        let batches = batches(&source(), &columns(), "(live)", kept).unwrap();
        let [RawBatch::Rows(rows), RawBatch::Corrupt(corrupt)] = &batches[..] else { panic!("{batches:?}") };
        assert_eq!((rows.num_rows(), corrupt.num_rows()), (1, 1));
        use arrow::array::AsArray as _;
        let amounts = rows.column(2).as_primitive::<arrow::datatypes::Decimal128Type>();
        assert_eq!(amounts.value(0), 1_234_567_890_123_456_725);
        let why = corrupt.column(0).as_string::<i32>();
        assert_eq!(why.value(0), "id: expected an integer, found \"x\"");
    }
}
