//! Compared: rows that came out beside rows that were expected.
//!
//! Invariants
//! - Rows are a bag: their order says nothing, how often they are there does.
//! - Numbers are equal when they are near, times when they are the same instant, all else as text.

use onefold_api::{ColumnView, Platform, Problem, QueryAsk, RowSink};
use onefold_model::define::ExampleRow;
use onefold_model::names::nearest;
use onefold_model::sql::{column, id, join};
use onefold_model::{Sql, TableName, sql};
use serde_json::Value;

/// Where rows are read.
pub(super) struct Came {
    /// The table of the definition; and `Customer`, where its rows are of profiles.
    pub(super) tables: Vec<String>,
}

/// The rows of a definition, by the columns that are expected; without any, by a count.
pub(super) async fn rows(platform: &dyn Platform, came: &Came, expect: &[ExampleRow]) -> Result<Vec<Row>, Problem> {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in expect.iter().flatten() {
        if !names.contains(&name.value.as_str()) {
            names.push(&name.value);
        }
    }
    let mut known: Vec<(usize, Vec<String>)> = Vec::new();
    for (i, table) in came.tables.iter().enumerate() {
        let mut columns = Rows::default();
        let sql = format!("select * from {} limit 0", quoted(table));
        platform.query(&ask(sql), &mut columns).await?;
        known.push((i, columns.columns));
    }
    let mut picked: Vec<Sql> = Vec::new();
    for name in &names {
        let Some((table, _)) = known.iter().find(|(_, columns)| columns.iter().any(|column| column == name)) else {
            let all = || known.iter().flat_map(|(_, columns)| columns.iter().map(String::as_str));
            let problem = Problem::refused(format!("no column `{name}` comes out"));
            return Err(match nearest(name, all()) {
                Some(near) => problem.hint(format!("did you mean `{near}`?")),
                None => problem.hint(format!("expect some of {}", all().collect::<Vec<_>>().join(", "))),
            });
        };
        picked.push(sql!(column(&format!("t{table}"), *name), " as ", id(*name)));
    }
    if picked.is_empty() {
        picked.push("1 as \"rows\"".into());
    }
    let mut from = sql!(TableName::from(came.tables[0].as_str()), " as \"t0\"");
    for (i, table) in came.tables.iter().enumerate().skip(1) {
        let alias = format!("t{i}");
        let on = sql!(column(&alias, "profile_no"), " = \"t0\".\"profile_no\"");
        from.push(sql!(" join ", TableName::from(table.as_str()), " as ", id(&alias), " on ", on));
    }
    let mut found = Rows::default();
    let sql = sql!("select ", join(picked, ", "), " from ", from).to_string();
    platform.query(&ask(sql), &mut found).await?;
    let row = |values: Vec<Value>| found.columns.iter().cloned().zip(values).collect();
    Ok(found.rows.clone().into_iter().map(row).collect())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn ask(sql: String) -> QueryAsk {
    QueryAsk { sql, limit: None, timeout: 60.0, memory: 1 << 30 }
}

/// A row that came out.
pub(super) type Row = Vec<(String, Value)>;

#[derive(Default)]
struct Rows {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl RowSink for Rows {
    fn columns(&mut self, columns: &[ColumnView]) -> std::io::Result<()> {
        self.columns = columns.iter().map(|column| column.name.clone()).collect();
        Ok(())
    }
    fn row(&mut self, values: &[Value]) -> std::io::Result<()> {
        self.rows.push(values.to_vec());
        Ok(())
    }
}

/// What differs, a line each.
pub(super) fn differences(expect: &[ExampleRow], found: &[Row]) -> Vec<String> {
    let mut left: Vec<&Row> = found.iter().collect();
    let mut missing: Vec<&ExampleRow> = Vec::new();
    for row in expect {
        match left.iter().position(|found| row.iter().all(|(name, cell)| is_cell(found, name, cell.value.as_deref()))) {
            Some(place) => _ = left.remove(place),
            None => missing.push(row),
        }
    }
    let mut lines = Vec::new();
    for row in missing {
        // The row that begins alike is meant: what comes first tells rows apart.
        let first = row.first().map(|(name, cell)| (name.value.as_str(), cell.value.as_deref()));
        let alike = first.and_then(|(name, cell)| {
            let place = left.iter().position(|found| is_cell(found, name, cell))?;
            (row.len() > 1).then(|| left.remove(place))
        });
        let Some(alike) = alike else {
            lines.push(format!("expected and not there: {}", written(row)));
            continue;
        };
        let cells = row.iter().filter(|(name, cell)| !is_cell(alike, name, cell.value.as_deref()));
        for (name, cell) in cells {
            let got =
                alike.iter().find(|(found, _)| *found == name.value).map_or(Value::Null, |(_, value)| value.clone());
            let (first, expected) = (first.map_or(String::new(), word), cell.value.as_deref().unwrap_or("null"));
            lines.push(format!("{first}: `{}` expected {expected}, got {}", name.value, shown(&got)));
        }
    }
    for row in left {
        let cells: Vec<String> = row.iter().map(|(name, value)| format!("{name}: {}", shown(value))).collect();
        lines.push(format!("there and not expected: {}", cells.join(", ")));
    }
    lines
}

fn word((name, cell): (&str, Option<&str>)) -> String {
    format!("{name} {}", cell.unwrap_or("null"))
}

fn written(row: &ExampleRow) -> String {
    let cells = row.iter().map(|(name, cell)| format!("{}: {}", name.value, cell.value.as_deref().unwrap_or("null")));
    cells.collect::<Vec<_>>().join(", ")
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

fn is_cell(row: &Row, name: &str, expected: Option<&str>) -> bool {
    row.iter().find(|(found, _)| found == name).is_some_and(|(_, value)| same(value, expected))
}

/// Whether a value is what was expected.
fn same(value: &Value, expected: Option<&str>) -> bool {
    let Some(expected) = expected else { return value.is_null() };
    match value {
        Value::Null => false,
        Value::Number(number) => match (number.as_f64(), expected.parse::<f64>()) {
            (Some(a), Ok(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-3),
            _ => false,
        },
        Value::String(text) => {
            let instant = |text: &str| text.parse::<jiff::Timestamp>().ok();
            let number = |text: &str| text.parse::<f64>().ok();
            text == expected
                || instant(text).is_some_and(|at| Some(at) == instant(expected))
                // Decimals are answered as text, so that no digit is lost.
                || number(text).is_some_and(|n| Some(n) == number(expected))
        }
        value => {
            let shown = value.to_string();
            shown == expected
        }
    }
}

#[cfg(test)]
mod tests {
    use onefold_model::Spanned;
    use serde_json::json;

    use super::*;

    fn expected(cells: &[(&str, Option<&str>)]) -> ExampleRow {
        let cell = |(name, cell): &(&str, Option<&str>)| {
            (Spanned::made((*name).to_owned()), Spanned::made(cell.map(str::to_owned)))
        };
        cells.iter().map(cell).collect()
    }

    fn came(cells: &[(&str, Value)]) -> Row {
        cells.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    #[test]
    fn rows_are_a_bag_and_cells_are_told() {
        let found = [came(&[("id", json!("b")), ("n", json!(2))]), came(&[("id", json!("a")), ("n", json!(null))])];
        let good = [expected(&[("id", Some("a")), ("n", None)]), expected(&[("id", Some("b")), ("n", Some("2.0"))])];
        assert_eq!(differences(&good, &found), Vec::<String>::new());
        let wrong =
            [expected(&[("id", Some("a")), ("n", Some("0"))]), expected(&[("id", Some("c")), ("n", Some("1"))])];
        assert_eq!(
            differences(&wrong, &found),
            [
                "id a: `n` expected 0, got null",
                "expected and not there: id: c, n: 1",
                "there and not expected: id: b, n: 2"
            ]
        );
    }

    #[test]
    fn a_row_is_used_up_once() {
        let found = [came(&[("n", json!(1))])];
        let twice = [expected(&[("n", Some("1"))]), expected(&[("n", Some("1"))])];
        assert_eq!(differences(&twice, &found), ["expected and not there: n: 1"]);
    }

    #[test]
    fn numbers_times_and_texts_are_compared_as_what_they_are() {
        assert!(same(&json!(0.1 + 0.2), Some("0.3")));
        assert!(!same(&json!(0.31), Some("0.3")));
        assert!(same(&json!("2026-03-01T00:00:00Z"), Some("2026-03-01T01:00:00+01:00")));
        assert!(same(&json!("12.50"), Some("12.5")));
        assert!(same(&json!(true), Some("true")));
        assert!(!same(&json!("1"), None) && !same(&Value::Null, Some("null")));
    }
}
