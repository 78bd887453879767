//! Files: tables that lie in a folder as CSV or Parquet.
//!
//! Not here: FHIR and Dataverse, whose files hold records of many shapes.
//! To add a kind of file: a file here, its ending in `SourceRef::files`, a line in `read`.

mod csv;
mod parquet;
mod record;

use std::path::{Path, PathBuf};

use onefold_model::DataType;

pub(crate) use csv::{describe_csv, read_csv};
pub(crate) use parquet::{describe_parquet, read_parquet};

use crate::read::{file_name, list};
use crate::{ConnectError, SourceRef};

/// Endings of the CSV file that is named after its table.
pub(crate) const CSV: &[&str] = &[".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz"];
/// Endings of the Parquet file that is named after its table.
pub(crate) const PARQUET: &[&str] = &[".parquet"];

/// The files of the table: those of its pattern, else the one named after it.
pub(crate) fn of_table(folder: &Path, source: &SourceRef, endings: &[&str]) -> Result<Vec<PathBuf>, ConnectError> {
    let name = source.table.name.as_str();
    let (within, pattern) = match source.table.file.as_ref().map(|file| file.as_str()) {
        Some(pattern) => match pattern.rsplit_once('/') {
            Some((within, pattern)) => (folder.join(within), pattern.to_owned()),
            None => (folder.to_owned(), pattern.to_owned()),
        },
        None => (folder.to_owned(), String::new()),
    };
    let all = list(&within, &[""])?;
    let wanted = |path: &PathBuf| {
        let file = file_name(path);
        match pattern.is_empty() {
            true => endings.iter().any(|ending| file.eq_ignore_ascii_case(&format!("{name}{ending}"))),
            false => matches(pattern.as_bytes(), file.as_bytes()),
        }
    };
    let found: Vec<PathBuf> = all.iter().filter(|path| wanted(path)).cloned().collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let looked_for = if pattern.is_empty() { format!("{name}{}", endings[0]) } else { pattern };
    let there: Vec<String> = all.iter().take(5).map(|path| format!("`{}`", file_name(path))).collect();
    let hint = match there.is_empty() {
        true => "put the file there, or name it with `file:`".to_owned(),
        false => format!("name it with `file:`; there are {}", there.join(", ")),
    };
    Err(ConnectError::new(format!("no file `{looked_for}` is in `{}`", within.display())).hint(hint))
}

/// Whether a name fits a pattern of letters, `*` and `?`.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match pattern.split_first() {
        None => name.is_empty(),
        Some((b'*', rest)) => (0..=name.len()).any(|at| matches(rest, &name[at..])),
        Some((b'?', rest)) => !name.is_empty() && matches(rest, &name[1..]),
        Some((letter, rest)) => name.first() == Some(letter) && matches(rest, &name[1..]),
    }
}

/// The type of a column: declared, remembered or told from a sample. The key is text always, and so is what is
/// named like an id unless declared otherwise.
fn column_type(source: &SourceRef, name: &str, sampled: DataType) -> DataType {
    let key = source.key();
    let declared = source.declared(name);
    let ty = declared.or_else(|| source.remembered(name)).unwrap_or(sampled);
    let is_key = name == key;
    let is_id = is_key || declared.is_none() && crate::dataverse::is_id(name, &key);
    if is_id && !ty.is_text() { DataType::Text } else { ty }
}

#[cfg(test)]
mod tests {
    #[test]
    fn patterns() {
        let fits = |pattern: &str, name: &str| super::matches(pattern.as_bytes(), name.as_bytes());
        assert!(
            fits("orders-*.csv", "orders-2026.csv")
                && fits("*", "")
                && fits("a?c", "abc")
                && fits("*.csv*", "a.csv.gz")
        );
        assert!(!fits("orders-*.csv", "orders.csv") && !fits("a?c", "ac") && !fits("a", "ab"));
    }
}
