//! Show: the tables, or the rows of one.

use onefold_api::{Platform, Problem, TableView};

use crate::cli::Format;
use crate::output::{self, grouped, print, print_json, text_table};

/// Lists the tables.
pub(super) async fn tables(platform: &dyn Platform, format: Format, all: bool) -> Result<u8, Problem> {
    let tables = platform.tables(all).await?;
    match format {
        Format::Json => print_json(&tables)?,
        Format::Csv => {
            let lines = tables.iter().map(|table| {
                format!(
                    "{},{},{}\r\n",
                    table.name,
                    table.kind,
                    table.rows.map_or(String::new(), |rows| rows.to_string())
                )
            });
            print(&format!("name,kind,rows\r\n{}", lines.collect::<String>()))?;
        }
        Format::Table => print(&list(&tables))?,
    }
    Ok(0)
}

fn list(tables: &[TableView]) -> String {
    let rows: Vec<Vec<String>> = tables
        .iter()
        .map(|table| {
            let rows = table.rows.map_or(String::new(), grouped);
            vec![table.name.clone(), table.kind.clone(), rows, table.columns.len().to_string()]
        })
        .collect();
    text_table(&["table", "kind", "rows", "columns"], &[false, false, true, true], &rows)
}

/// Shows the rows of one; all of them when `limit` is 0.
pub(super) async fn rows(
    platform: &dyn Platform,
    table: &str,
    limit: u64,
    format: Format,
    all: bool,
) -> Result<u8, Problem> {
    let mut sink = output::rows(format);
    platform.rows(table, (limit > 0).then_some(limit), all, sink.as_mut()).await?;
    sink.finish()?;
    Ok(0)
}
