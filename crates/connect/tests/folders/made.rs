//! Made: sources from a few words, and what reading them gives, as text.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, TimestampMicrosecondArray};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use onefold_connect::{ConnectError, RawBatch, ReadReport, SourceRef, describe, read};
use onefold_model::define::{Location, RefreshWhen, Source, SourceKind, SourceTable};
use onefold_model::{Column, DataType, Spanned};
use serde_json::Value;

/// A source as `table.json` declares it: `kind`, and by name `tables` with `key`, `entity`, `file`, `columns`, `view`.
pub fn source(declared: &Value, folder: &str) -> Source {
    let kind = match declared["kind"].as_str() {
        Some("csv") => SourceKind::Csv,
        Some("parquet") => SourceKind::Parquet,
        Some("dataverse") => SourceKind::Dataverse,
        _ => SourceKind::Fhir,
    };
    let spanned = |value: &Value| value.as_str().map(|text| Spanned::made(text.to_owned()));
    let tables =
        declared["tables"].as_object().expect("`tables` is a record").iter().map(|(name, table)| SourceTable {
            name: Spanned::made(name.clone()),
            key: spanned(&table["key"]).expect("a table has a key"),
            entity: spanned(&table["entity"]),
            file: spanned(&table["file"]),
            columns: table["columns"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, ty)| {
                    let ty = ty.as_str().and_then(DataType::parse).expect("a type");
                    (Spanned::made(name.clone()), ty)
                })
                .collect(),
            view: table.get("view").cloned().map(Spanned::made),
            view_from_file: false,
            steps: Vec::new(),
        });
    Source {
        name: Spanned::made("S".to_owned()),
        title: None,
        kind,
        from: Location::Folder(Spanned::made(folder.to_owned())),
        refresh: RefreshWhen::WithEveryRun,
        tables: tables.collect(),
    }
}

/// A reference to each table of a source.
pub fn tables(source: Source, root: &Path) -> Vec<SourceRef> {
    let source = Arc::new(source);
    let one = |table: &SourceTable| SourceRef {
        root: root.to_owned(),
        source: source.clone(),
        table: table.clone(),
        last: None,
        only: None,
    };
    source.tables.iter().map(one).collect()
}

/// All that came.
#[derive(Default)]
pub struct Came {
    pub columns: Vec<Column>,
    pub rows: Vec<RecordBatch>,
    pub corrupt: Vec<RecordBatch>,
    pub links: Vec<RecordBatch>,
    pub report: ReadReport,
}

/// Describes and reads a table.
pub async fn all(source: SourceRef) -> Result<Came, ConnectError> {
    let columns = describe(&source, false).await?.expect("a folder is always known");
    let mut stream = read(source, columns.clone(), |_| {});
    let mut came = Came { columns, ..Came::default() };
    while let Some(batch) = stream.next().await {
        match batch {
            RawBatch::Rows(batch) => came.rows.push(batch),
            RawBatch::Corrupt(batch) => came.corrupt.push(batch),
            RawBatch::Link(batch) => came.links.push(batch),
        }
    }
    came.report = stream.finish().await?;
    assert_eq!(came.report.rows_read, came.report.rows_kept + came.report.corrupt);
    let count = |batches: &[RecordBatch]| batches.iter().map(RecordBatch::num_rows).sum::<usize>() as u64;
    assert_eq!(count(&came.rows), came.report.rows_kept);
    assert_eq!(count(&came.corrupt), came.report.corrupt);
    assert_eq!(count(&came.links), came.report.links);
    Ok(came)
}

/// Instants without their zone, which is UTC always.
fn without_zone(array: &ArrayRef) -> ArrayRef {
    match array.as_any().downcast_ref::<TimestampMicrosecondArray>() {
        Some(instants) => Arc::new(instants.clone().with_timezone_opt(None::<&str>)),
        None => array.clone(),
    }
}

/// Rows as lines: fields between ` | `, null as nothing, line ends as `\n`.
pub fn lines(batches: &[RecordBatch]) -> Vec<String> {
    let options = FormatOptions::default();
    let mut out = Vec::new();
    for batch in batches {
        let plain: Vec<ArrayRef> = batch.columns().iter().map(without_zone).collect();
        let columns: Vec<_> = plain
            .iter()
            .map(|array| (array, ArrayFormatter::try_new(array, &options).expect("every type can be shown")))
            .collect();
        for row in 0..batch.num_rows() {
            let fields = columns.iter().map(|(array, text)| match array.is_null(row) {
                true => String::new(),
                false => text.value(row).to_string().replace('\n', "\\n").replace('\r', "\\r").replace('\0', "\\0"),
            });
            out.push(fields.collect::<Vec<_>>().join(" | ").trim_end().to_owned());
        }
    }
    out
}

/// What came of a table, as text to compare.
pub fn shown(name: &str, outcome: &Result<Came, ConnectError>) -> String {
    let mut text = format!("table {name}\n");
    let came = match outcome {
        Ok(came) => came,
        Err(fault) => {
            let _ = writeln!(text, "error: {fault}\nhint: {}\n", fault.hint.as_deref().unwrap_or_default());
            return text;
        }
    };
    let columns: Vec<String> = came.columns.iter().map(|column| format!("{} {}", column.name, column.ty)).collect();
    let _ = writeln!(text, "columns: {}", columns.join(", "));
    for (title, batches) in [("rows", &came.rows), ("corrupt", &came.corrupt), ("links", &came.links)] {
        let lines = lines(batches);
        if !lines.is_empty() {
            let _ = writeln!(text, "{title}:\n  {}", lines.join("\n  "));
        }
    }
    for warning in &came.report.warnings {
        let _ = writeln!(text, "warning: {warning}");
    }
    let report = &came.report;
    let _ = writeln!(
        text,
        "{} read, {} kept, {} corrupt, {} files\n",
        report.rows_read, report.rows_kept, report.corrupt, report.files
    );
    text
}
