//! Typed: Parquet files, signatures, and what a view may not say.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Array, Float64Array, Int32Array, ListArray, RecordBatch, StringArray, TimestampMillisecondArray,
};
use arrow::datatypes::Int32Type;
use onefold_connect::{delivers_links, missing_input, signature, view_errors};
use parquet::arrow::ArrowWriter;
use serde_json::json;

use crate::made::{all, lines, source, tables};

fn write(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .expect("columns are as long as each other");
    let file = File::create(path).expect("the file can be made");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("the schema can be written");
    writer.write(&batch).expect("the batch can be written");
    writer.close().expect("the file can be closed");
}

#[tokio::test]
async fn parquet_is_typed_or_corrupt() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = TimestampMillisecondArray::from(vec![Some(0), Some(1_500), None]).with_timezone("+02:00");
    let tags = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), None]), None, Some(vec![])]);
    write(
        &folder.path().join("orders.parquet"),
        vec![
            ("id", Arc::new(Int32Array::from(vec![7, 8, 9]))),
            (
                "sum",
                Arc::new(Decimal128Array::from(vec![1050, 2000, 1]).with_precision_and_scale(9, 2).expect("it fits")),
            ),
            ("at", Arc::new(at)),
            ("day", Arc::new(StringArray::from(vec![Some("2026-01-01"), Some("soon"), None]))),
            ("share", Arc::new(Float64Array::from(vec![Some(0.5), None, Some(2.0)]))),
            ("tags", Arc::new(tags)),
        ],
    );
    let plain = json!({"kind": "parquet", "tables": {"orders": {"key": "id"}}});
    let came = all(tables(source(&plain, "."), folder.path()).remove(0)).await.expect("the file is whole");
    let types: Vec<String> = came.columns.iter().map(|column| column.ty.to_string()).collect();
    assert_eq!(types, ["text", "decimal(9,2)", "date-time", "text", "number", "json"]);
    assert_eq!(
        lines(&came.rows),
        [
            "7 | 10.50 | 1970-01-01T00:00:00 | 2026-01-01 | 0.5 | [1,null] | orders.parquet | 1",
            "8 | 20.00 | 1970-01-01T00:00:01.500 | soon |  |  | orders.parquet | 2",
            "9 | 0.01 |  |  | 2.0 | [] | orders.parquet | 3",
        ]
    );
    let dated =
        json!({"kind": "parquet", "tables": {"orders": {"key": "id", "columns": {"day": "date", "share": "integer"}}}});
    let came = all(tables(source(&dated, "."), folder.path()).remove(0)).await.expect("the file is whole");
    assert_eq!((came.report.rows_kept, came.report.corrupt), (1, 2));
    assert!(lines(&came.corrupt)[0].starts_with("share: expected an integer, found \"0.5\" | orders.parquet | 1 | "));
    assert!(lines(&came.corrupt)[1].starts_with("day: expected a date, found \"soon\" | orders.parquet | 2 | "));
    std::fs::write(folder.path().join("orders.parquet"), "PAR1 no").expect("the file can be written");
    let fault = all(tables(source(&plain, "."), folder.path()).remove(0)).await.err().expect("it is damaged");
    assert!(fault.message.contains("orders.parquet` is not a whole Parquet file"), "{fault}");
}

#[tokio::test]
async fn a_signature_changes_with_the_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let declared = json!({"kind": "csv", "tables": {"a": {"key": "id", "file": "a*.csv"}}});
    let table = tables(source(&declared, "."), folder.path()).remove(0);
    let (message, hint) = missing_input(&table).expect("there is no file yet");
    assert!(message.starts_with("no file `a*.csv` is in") && hint.starts_with("put"), "{message} {hint}");
    assert_eq!(signature(&table), None);
    std::fs::write(folder.path().join("a1.csv"), "id\n1\n").expect("the file can be written");
    let first = signature(&table).expect("there is a file");
    assert_eq!(signature(&table).as_deref(), Some(&*first));
    std::fs::write(folder.path().join("a2.csv"), "id\n2\n").expect("the file can be written");
    assert_ne!(signature(&table), Some(first));
    assert!(missing_input(&table).is_none());
}

#[test]
fn wrong_views_are_told_all_at_once() {
    let view = json!({"resource": "Patients", "constant": [{"name": "x"}], "select": [
        {"column": [
            {"name": "a.b", "path": "name.frist()"},
            {"name": "c", "path": "name.where(use = %offical", "type": "strin"},
            {"name": "c", "path": "birthDate", "type": "date", "colection": true},
        ], "forEech": "name"},
        {"forEach": "@@"},
        {"unionAll": [{"column": [{"name": "d", "path": "id"}]}, {"column": [{"name": "e", "path": "id"}]}]},
    ]});
    let told: Vec<String> = view_errors(&view, true)
        .into_iter()
        .map(|fault| format!("{} {} ({})", fault.pointer, fault.message, fault.hint.unwrap_or_default()))
        .collect();
    assert_eq!(
        told,
        [
            "/resource `Patients` is not a resource type of FHIR (did you mean `Patient`?)",
            "/constant/0 the constant `x` needs one value of a primitive type (write `valueString`, `valueCode`, `valueInteger` or the like)",
            "/select/0/forEech a select has no `forEech` (did you mean `forEach`?)",
            "/select/0/column/0/name `a.b` cannot be the name of a column (begin with a letter; go on with letters, digits and `_` (dots only in views written inline))",
            "/select/0/column/0/path in the path `name.frist()`, at character 6: the function `frist` does not exist (did you mean `first`?)",
            "/select/0/column/1/type `strin` is not a type of FHIR (did you mean `string`?)",
            "/select/0/column/1/path in the path `name.where(use = %offical`, at character 18: the constant `%offical` is not declared (add it to `constant` of the view)",
            "/select/0/column/2/colection a column has no `colection` (did you mean `collection`?)",
            "/select/1/forEach in the path `@@`, at character 1: `@` is not followed by a date or time (correct the path)",
            "/select/2/unionAll/1 the branches of a union must have the same columns in the same order: `d`, not `e` (give every branch the columns of the first)",
            "/select two columns are called `c` (rename one of them)",
        ]
    );
    let inline = json!({"resource": "Patient", "select": [{"column": [{"name": "a.b", "path": "id"}]}]});
    assert!(view_errors(&inline, false).is_empty());
    let made = source(&json!({"kind": "fhir", "tables": {"p": {"key": "id", "view": inline}}}), ".");
    assert!(delivers_links(made.kind, &made.tables[0]));
}
