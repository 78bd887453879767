//! Expressions: what they answer, from `fixtures/expression_values.txt` through the engine.
//!
//! Flow     a line ─ parse ─ resolve ─ `stages::condition` ─ SQL over typed constants ─ the lake's query ─ text
//!
//! Not here: what is refused (`fixtures/expressions.txt`); the text of the SQL (`onefold-stages`, `condition`).

#![allow(missing_docs, reason = "a test binary has no readers")]

use std::path::PathBuf;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::DataType as Arrow;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use onefold_lake::{Lake, LakeOptions, QueryLimits};
use onefold_model::expr::{ColumnRef, Scope, parse_value, resolve};
use onefold_model::sql::{cast, id, integer, join, number, text};
use onefold_model::{Column, DataType, Sql, Typed, sql};
use onefold_stages::condition;
use serde_json::Value;

const NOW: &str = "2026-03-10T16:00:00Z";
const ZONE: &str = "America/New_York";

fn columns() -> Vec<Column> {
    let all = [
        ("i", DataType::Integer),
        ("j", DataType::Integer),
        ("s", DataType::Small),
        ("n", DataType::Number),
        ("m", DataType::Number),
        ("p", DataType::Decimal(10, 2)),
        ("q", DataType::Decimal(10, 2)),
        ("t", DataType::Text),
        ("u", DataType::Text),
        ("g", DataType::Guid),
        ("f", DataType::Boolean),
        ("h", DataType::Boolean),
        ("d", DataType::Date),
        ("e", DataType::Date),
        ("at", DataType::DateTime),
        ("to", DataType::DateTime),
        ("x", DataType::Any),
    ];
    all.into_iter().map(|(name, ty)| Column::new(name, ty)).collect()
}

/// One line of the file.
struct Case<'a> {
    line: usize,
    expression: &'a str,
    rows: Vec<Value>,
    now: &'a str,
    zone: &'a str,
    value: &'a str,
}

fn cases(file: &str) -> Vec<Case<'_>> {
    let mut cases = Vec::new();
    for (i, line) in file.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let parts: Vec<_> = line.split(" | ").map(str::trim).collect();
        let [expression, rows, now, zone, value] = parts[..] else {
            panic!("line {}: five parts, not {}", i + 1, parts.len())
        };
        let rows: Value = serde_json::from_str(rows).unwrap_or_else(|error| panic!("line {}: {error}", i + 1));
        let rows = match rows {
            Value::Array(rows) => rows,
            row => vec![row],
        };
        let or = |text, otherwise| if text == "." { otherwise } else { text };
        cases.push(Case { line: i + 1, expression, rows, now: or(now, NOW), zone: or(zone, ZONE), value });
    }
    cases
}

impl Case<'_> {
    fn typed(&self) -> Result<Typed, String> {
        let scope = Scope { aggregates: true, ..Scope::own(columns(), false) };
        let told = |faults: Vec<onefold_model::Diagnostic>| {
            faults.iter().map(|fault| fault.message.clone()).collect::<Vec<_>>().join("; ")
        };
        let expr = parse_value(self.expression, None).map_err(told)?;
        resolve(&expr, &scope, None).map_err(told)
    }

    fn query(&self, typed: &Typed) -> String {
        let column = |column: &ColumnRef| id(column.column.as_str());
        let segment = |_: &str| Sql::from("false");
        let value = condition::sql(typed, &column, &segment, self.zone);
        let mut rows: Vec<Sql> = self.rows.iter().map(row).collect();
        if rows.is_empty() {
            rows.push(sql!(row(&Value::Null), " where false"));
        }
        let query = sql!("select ", value, " as \"value\" from (", join(rows, " union all "), ") as \"r\"");
        let now = cast(text(self.now), DataType::DateTime).to_string();
        query.render(&|table, _| table.to_string(), &now)
    }
}

/// `select` of one row of typed constants.
fn row(values: &Value) -> Sql {
    let constants = columns().into_iter().map(|column| {
        let ty = if column.ty == DataType::Any { DataType::Text } else { column.ty };
        let value = match &values[column.name.as_str()] {
            Value::Null => "null".into(),
            Value::Bool(value) => Sql::from(if *value { "true" } else { "false" }),
            Value::String(value) => text(value),
            Value::Number(value) if matches!(ty, DataType::Decimal(..)) => text(value.to_string()),
            Value::Number(value) => match value.as_i64() {
                Some(value) => integer(value),
                None => number(value.as_f64().expect("a JSON number is a double")),
            },
            other => panic!("{other} is no value of a column"),
        };
        sql!(cast(value, ty), " as ", &column.name)
    });
    sql!("select ", join(constants, ", "))
}

/// How the lake must deliver a type.
fn stored(ty: DataType) -> Option<Arrow> {
    use arrow::datatypes::TimeUnit::Microsecond;
    Some(match ty {
        DataType::Text | DataType::Guid | DataType::Json => Arrow::Utf8,
        DataType::Integer => Arrow::Int64,
        DataType::Number => Arrow::Float64,
        DataType::Decimal(precision, scale) => Arrow::Decimal128(precision, scale),
        DataType::Boolean => Arrow::Boolean,
        DataType::Date => Arrow::Date32,
        DataType::DateTime => Arrow::Timestamp(Microsecond, Some("UTC".into())),
        DataType::Small | DataType::Any | DataType::Bitmap => return None,
    })
}

fn shown(batches: &[RecordBatch]) -> String {
    let Some(batch) = batches.iter().find(|batch| batch.num_rows() > 0) else { return "no rows".into() };
    let column = batch.column(0);
    if column.is_null(0) {
        return "null".into();
    }
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(column.as_ref(), &options).expect("every type can be shown");
    match formatter.value(0).to_string() {
        empty if empty.is_empty() => "''".into(),
        value => value,
    }
}

#[tokio::test]
async fn expressions_answer_what_the_file_says() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/expression_values.txt");
    let file = std::fs::read_to_string(file).expect("the file is there");
    let cases = cases(&file);
    assert!(cases.len() >= 120, "only {} lines are left", cases.len());
    let folder = tempfile::tempdir().expect("a folder can be made");
    let lake = Lake::open(folder.path(), LakeOptions::default()).await.expect("an empty lake opens");
    let mut wrong = Vec::new();
    for case in &cases {
        let (line, expression) = (case.line, case.expression);
        let typed = match case.typed() {
            Ok(typed) => typed,
            Err(faults) => {
                wrong.push(format!("line {line}: {expression}: {faults}"));
                continue;
            }
        };
        let query = case.query(&typed);
        let answer = match lake.query(&query, QueryLimits::default()).await {
            Ok(result) => result.collect().await,
            Err(error) => Err(error),
        };
        match answer {
            Err(error) => wrong.push(format!("line {line}: {expression}: {error}\n    {query}")),
            Ok((batches, _)) => {
                let value = shown(&batches);
                if value != case.value {
                    wrong.push(format!("line {line}: {expression} = {value}, not {}\n    {query}", case.value));
                }
                let ty = batches.first().map(|batch| batch.column(0).data_type().clone());
                if let (Some(ty), Some(promised)) = (ty, stored(typed.ty))
                    && ty != promised
                {
                    wrong.push(format!("line {line}: {expression} is {ty}, not {promised}\n    {query}"));
                }
            }
        }
    }
    let folded: Vec<_> = wrong.iter().map(|one| one.replace(&row(&Value::Null).to_string(), "…")).collect();
    assert!(wrong.is_empty(), "{} of {} lines:\n{}", wrong.len(), cases.len(), folded.join("\n"));
}
