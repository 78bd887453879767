//! Sending segments and tables to a folder.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
    StringViewArray, TimestampMicrosecondArray,
};
use futures::StreamExt as _;
use onefold_connect::{ConnectError, Outgoing, SendReport};
use onefold_model::define::{ConnectionKind, Export, ExportFormat, MatchKey};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::made::{connection, export, segment, send_to, text};

/// People with everything that is hard to write down.
fn people() -> RecordBatch {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("contactid", Arc::new(StringViewArray::from(vec![Some("a"), Some("b"), None, Some(" ")]))),
        ("name", Arc::new(StringArray::from(vec![Some("Doe, \"Jo\"\r\nJr"), Some("=1+1"), Some("x"), Some("y")]))),
        ("birthDate", Arc::new(Date32Array::from(vec![Some(0), Some(31), Some(0), None]))),
        ("birthDate_precision", Arc::new(StringArray::from(vec![Some("year"), Some("month"), None, None]))),
        ("seen", Arc::new(TimestampMicrosecondArray::from(vec![Some(0), None, None, None]).with_timezone("UTC"))),
        ("visits", Arc::new(Int64Array::from(vec![Some(-3), None, None, None]))),
        ("share", Arc::new(Float64Array::from(vec![Some(0.1), Some(f64::NAN), None, None]))),
        (
            "paid",
            Arc::new(
                Decimal128Array::from(vec![Some(1250), None, None, None]).with_precision_and_scale(10, 2).unwrap(),
            ),
        ),
        ("asked", Arc::new(BooleanArray::from(vec![Some(true), None, None, None]))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true))).unwrap()
}

fn outgoing(name: &str, batch: &RecordBatch) -> Outgoing<'static> {
    let rows = futures::stream::iter([Ok(batch.clone())]).boxed();
    Outgoing { name: name.into(), title: None, segment: true, schema: batch.schema(), rows }
}

async fn send_people(root: &Path, export: &Export) -> SendReport {
    let out = connection(ConnectionKind::Folder { path: text("./out") });
    send_to(root, &out, export, vec![outgoing("NoShow50", &people())]).await.unwrap()
}

#[tokio::test]
async fn csv_is_quoted_and_nothing_else_is_changed() {
    let root = tempfile::tempdir().unwrap();
    let report = send_people(root.path(), &export()).await;
    let item = &report.items[0];
    assert_eq!((item.rows_offered, item.rows_sent, item.rows_without_key), (4, 2, 2));
    assert_eq!(item.place, "./out/NoShow50.csv");
    let written = fs::read_to_string(root.path().join("out/NoShow50.csv")).unwrap();
    let expected = "contactid,name,birthDate,birthDate_precision,seen,visits,share,paid,asked\r\n\
        a,\"Doe, \"\"Jo\"\"\r\nJr\",1970,year,1970-01-01T00:00:00Z,-3,0.1,12.50,true\r\n\
        b,=1+1,1970-02,month,,,NaN,,\r\n";
    assert_eq!(written, expected);
}

#[tokio::test]
async fn ndjson_says_null() {
    let root = tempfile::tempdir().unwrap();
    send_people(root.path(), &Export { format: ExportFormat::Ndjson, ..export() }).await;
    let written = fs::read_to_string(root.path().join("out/NoShow50.ndjson")).unwrap();
    let lines: Vec<&str> = written.lines().collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(
        lines[0],
        r#"{"contactid":"a","name":"Doe, \"Jo\"\r\nJr","birthDate":"1970","birthDate_precision":"year","seen":"1970-01-01T00:00:00Z","visits":-3,"share":0.1,"paid":12.50,"asked":true}"#
    );
    assert!(lines[1].ends_with(r#""seen":null,"visits":null,"share":null,"paid":null,"asked":null}"#), "{}", lines[1]);
    assert!(lines.iter().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
}

#[tokio::test]
async fn parquet_keeps_types() {
    let root = tempfile::tempdir().unwrap();
    send_people(root.path(), &Export { format: ExportFormat::Parquet, ..export() }).await;
    let file = fs::File::open(root.path().join("out/NoShow50.parquet")).unwrap();
    let mut reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let batch = reader.next().unwrap().unwrap();
    assert_eq!(batch.num_rows(), 2);
    for column in ["birthDate", "seen", "visits", "share", "paid", "asked"] {
        let expected = people().column_by_name(column).unwrap().slice(0, 2);
        assert_eq!(batch.column_by_name(column).unwrap(), &expected, "{column}");
    }
}

#[tokio::test]
async fn only_the_chosen_columns_go_out_and_the_key_by_its_name_there() {
    let root = tempfile::tempdir().unwrap();
    let mut export = export();
    export.columns = vec![text("contactid"), text("birthDate")];
    export.key = Some(MatchKey { customer: text("contactid"), target: text("contact_id") });
    send_people(root.path(), &export).await;
    let written = fs::read_to_string(root.path().join("out/NoShow50.csv")).unwrap();
    assert_eq!(written, "contact_id,birthDate\r\na,1970\r\nb,1970-02\r\n");

    export.columns = vec![text("birthDate")];
    send_people(root.path(), &export).await;
    let written = fs::read_to_string(root.path().join("out/NoShow50.csv")).unwrap();
    assert_eq!(written, "birthDate\r\n1970\r\n1970-02\r\n", "the key decides, but does not go out");
}

#[tokio::test]
async fn the_manifest_names_what_is_there() {
    let root = tempfile::tempdir().unwrap();
    send_people(root.path(), &export()).await;
    let out = connection(ConnectionKind::Folder { path: text("out") });
    let mut second = export();
    second.name = text("More");
    let empty = segment("Empty", &[]);
    send_to(root.path(), &out, &second, vec![empty]).await.unwrap();
    let manifest = fs::read_to_string(root.path().join("out/_manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let entry = |file: &str, rows: u64, export: &str| serde_json::json!({"file": file, "rows": rows, "export": export, "run": "run-1", "at": "2026-11-22T05:00:00.25Z"});
    assert_eq!(
        manifest["files"],
        serde_json::json!([entry("Empty.csv", 0, "More"), entry("NoShow50.csv", 2, "Segments")])
    );
    assert_eq!(fs::read_to_string(root.path().join("out/Empty.csv")).unwrap(), "CustomerId,contactid\r\n");
    let mut files: Vec<_> =
        fs::read_dir(root.path().join("out")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["Empty.csv", "NoShow50.csv", "_manifest.json"], "nothing temporary is left");
}

#[tokio::test]
async fn an_export_that_fails_changes_nothing() {
    let root = tempfile::tempdir().unwrap();
    send_people(root.path(), &export()).await;
    let before = fs::read(root.path().join("out/NoShow50.csv")).unwrap();
    let out = connection(ConnectionKind::Folder { path: text("out") });
    let fine = segment("NoShow50", &[Some("z".into())]);
    let mut broken = segment("Missed50", &[]);
    broken.rows = futures::stream::iter([Err(ConnectError::new("the disk of the lake is gone"))]).boxed();
    let error = send_to(root.path(), &out, &export(), vec![fine, broken]).await.unwrap_err();
    assert_eq!(error.to_string(), "the disk of the lake is gone");
    assert_eq!(fs::read(root.path().join("out/NoShow50.csv")).unwrap(), before);
    assert!(!root.path().join("out/Missed50.csv").exists());
}

#[tokio::test]
async fn two_exports_of_a_run_cannot_write_one_file() {
    let root = tempfile::tempdir().unwrap();
    send_people(root.path(), &export()).await;
    let out = connection(ConnectionKind::Folder { path: text("out") });
    let mut second = export();
    second.name = text("More");
    let error = send_to(root.path(), &out, &second, vec![outgoing("NoShow50", &people())]).await.unwrap_err();
    assert!(error.to_string().contains("export `Segments` has written `NoShow50.csv`"), "{error}");
    send_people(root.path(), &export()).await;
}

#[tokio::test]
async fn a_place_that_is_no_folder_is_said() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("out"), "a file").unwrap();
    let out = connection(ConnectionKind::Folder { path: text("out") });
    let error = send_to(root.path(), &out, &export(), vec![segment("A", &[])]).await.unwrap_err();
    assert!(error.to_string().contains("cannot be written"), "{error}");
}
