//! CSV: rows of text with a header.
//!
//! Reads    `.csv`, `.tsv`, `.txt`, gzipped too; `,` `;` tab or `|` between fields
//! Writes   rows; an empty field is null
//!
//! Invariants
//! - Columns are found by name: files of one table may have them in another order.
//! - A file without a line, or with a header alone, is an empty table.
//!
//! Not here: fields and quotes (`record`), what a date may look like (`crate::cells`).

use std::borrow::Cow;
use std::path::Path;

use onefold_model::{Column, DataType};

use super::record::{Found, Records};
use super::{CSV, column_type, of_table};
use crate::cells::{self, Cell};
use crate::lines::{ByteCount, Input};
use crate::raw::Rows;
use crate::read::{ReadReport, file_name};
use crate::{ConnectError, SourceRef};

/// Rows looked at to tell types.
const SAMPLE: usize = 1000;

/// The columns, from the header of the first file that has one, and a sample of its rows.
pub(crate) fn describe_csv(source: &SourceRef) -> Result<Vec<Column>, ConnectError> {
    let folder = source.folder().unwrap_or_default();
    let mut names = Vec::new();
    let mut guesses = Vec::new();
    for path in of_table(&folder, source, CSV)? {
        let Some((mut records, header)) = open(&path, &ByteCount::default())? else { continue };
        guesses = vec![Guess::default(); header.len()];
        names = header;
        let mut left = SAMPLE;
        while left > 0 {
            let Some(found) = records.next()? else { break };
            left -= 1;
            if let (Found::Record(_), true) = (&found, records.count() == names.len()) {
                for (at, guess) in guesses.iter_mut().enumerate() {
                    guess.add(records.field(at).unwrap_or_default());
                }
            }
        }
        break;
    }
    let mut columns = Vec::new();
    for (name, guess) in names.into_iter().zip(guesses) {
        let ty = column_type(source, &name, guess.ty());
        columns.push(Column::new(name, ty));
    }
    // Without a single line the declaration is all that is known of the columns.
    if columns.is_empty() {
        columns.push(Column::new(source.key(), DataType::Text));
        let declared = source.table.columns.iter().filter(|(name, _)| name.value != source.key());
        columns.extend(declared.map(|(name, ty)| Column::new(name.as_str(), *ty)));
    }
    Ok(columns)
}

/// The records of a file after its header, and the header; `None` for a file without a line.
fn open(path: &Path, count: &ByteCount) -> Result<Option<(Records, Vec<String>)>, ConnectError> {
    let mut records = Records::new(Input::open(path, count)?)?;
    match records.next()? {
        None => Ok(None),
        Some(Found::Bad(_, _, why)) => {
            Err(ConnectError::new(format!("the first line of `{}` is no header: {why}", path.display()))
                .hint("write the names of the columns in the first line"))
        }
        Some(Found::Record(_)) => {
            let mut header: Vec<String> = Vec::new();
            for at in 0..records.count() {
                let name = records.field(at).unwrap_or_default().trim();
                let name = if name.is_empty() { format!("column_{}", at + 1) } else { name.to_owned() };
                let twice = header.iter().filter(|other| **other == name).count();
                header.push(if twice > 0 { format!("{name}_{}", twice + 1) } else { name });
            }
            Ok(Some((records, header)))
        }
    }
}

/// Reads the table.
pub(crate) fn read_csv(source: &SourceRef, mut rows: Rows, bytes: &ByteCount) -> Result<ReadReport, ConnectError> {
    for path in source.files_to_read()? {
        let name = file_name(&path);
        rows.begin_file(&name);
        let Some((mut records, header)) = open(&path, bytes)? else { continue };
        let places: Vec<Option<usize>> = rows
            .columns()
            .iter()
            .map(|column| header.iter().position(|header| column.name == header.as_str()))
            .collect();
        warn_of_header(&mut rows, &name, &header, &places);
        while let Some(found) = records.next()? {
            match found {
                Found::Bad(line, raw, why) => rows.corrupt(line, why, &raw, &[])?,
                Found::Record(line) => {
                    let cells: Vec<Cell<'_>> = places
                        .iter()
                        .map(|place| match place.and_then(|at| records.field(at)) {
                            None | Some("") => Cell::Null,
                            Some(text) => Cell::Text(Cow::Borrowed(text)),
                        })
                        .collect();
                    if records.count() == header.len() {
                        rows.push(line, &cells, &|| records.raw())?;
                    } else {
                        let why = format!("expected {} fields, found {}", header.len(), records.count());
                        rows.corrupt(line, &why, &records.raw(), &cells)?;
                    }
                }
            }
        }
    }
    rows.finish()
}

fn warn_of_header(rows: &mut Rows, file: &str, header: &[String], places: &[Option<usize>]) {
    let columns = rows.columns().iter().zip(places);
    let missing: Vec<String> =
        columns.filter(|(_, place)| place.is_none()).map(|(column, _)| format!("`{}`", column.name)).collect();
    let extra: Vec<String> = header
        .iter()
        .enumerate()
        .filter(|(at, _)| !places.contains(&Some(*at)))
        .map(|(_, name)| format!("`{name}`"))
        .collect();
    if !missing.is_empty() {
        rows.warn(format!("`{file}` lacks the columns {}; they are null in its rows", missing.join(", ")));
    }
    if !extra.is_empty() {
        rows.warn(format!("`{file}` has columns that are not read: {}", extra.join(", ")));
    }
}

/// What the fields of a column could all be.
#[derive(Clone, Debug)]
struct Guess {
    any: bool,
    integer: bool,
    number: bool,
    boolean: bool,
    date: bool,
    instant: bool,
}

impl Default for Guess {
    fn default() -> Self {
        Self { any: false, integer: true, number: true, boolean: true, date: true, instant: true }
    }
}

impl Guess {
    fn add(&mut self, field: &str) {
        let text = field.trim();
        if text.is_empty() {
            return;
        }
        self.any = true;
        // 007 and 15 digits or more are names of things, not amounts.
        let digits = text.trim_start_matches(['-', '+']);
        let named = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.") || text.starts_with('+');
        self.integer &= !named && digits.len() < 15 && cells::integer(text).is_some();
        let short = digits.len() < 15 || digits.contains(['.', 'e', 'E']);
        self.number &= !named && short && cells::number(text).is_some();
        self.boolean &= text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
        self.date &= cells::date(text).is_some();
        self.instant &= cells::instant(text).is_some();
    }
    fn ty(&self) -> DataType {
        match () {
            () if !self.any => DataType::Text,
            () if self.integer => DataType::Integer,
            () if self.number => DataType::Number,
            () if self.boolean => DataType::Boolean,
            () if self.date => DataType::Date,
            () if self.instant => DataType::DateTime,
            () => DataType::Text,
        }
    }
}
