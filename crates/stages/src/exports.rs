//! Exports: what is to be sent, laid ready in an outbox.
//!
//! Reads    `SegmentBitmap`, `Customer`, `Customer_Measure`, unified tables; the tables to be sent
//! Writes   `Outbox_<Export>` (`Segment`, then the chosen columns: one row a segment and member),
//!          `Outbox_<Export>_<Table>` (one for each table to be sent)
//! Flow     connection ─ key ─ columns ─ outbox ─ `Send`, after publication
//!
//! Invariants
//! - The key column is always among the columns; rows without it are left out, and counted, when sent.
//! - One row of Customer is one row of a segment's part: whatever else is named has one row a profile.
//! - A date that states only a year or a month takes its `<name>_precision` with it.
//!
//! Not here: sending (`onefold-connect`).

use onefold_model::define::Export;
use onefold_model::names::nearest;
use onefold_model::plan::{Pick, Stage};
use onefold_model::sql::{id, join};
use onefold_model::{
    Code, Column, ColumnName, DataType, Diagnostic, Output, Spanned, Sql, Table, TableName, Work, sql,
};

use crate::Planner;
use crate::planner::{listed, sql_step, step, unknown_column};
use crate::segments::members;

/// Plans all exports.
pub(crate) fn plan(p: &mut Planner<'_>) {
    let project = p.project();
    for export in &project.exports {
        plan_export(p, export);
    }
}

fn plan_export(p: &mut Planner<'_>, export: &Export) {
    let project = p.project();
    let known = |segment: &Spanned<String>| project.segments.iter().any(|known| known.name == *segment);
    let connection = project.connections.iter().any(|connection| connection.name == export.connection);
    if !connection || !export.segments.iter().all(known) || p.catalog().get("Customer").is_none() {
        // What is not there has been said where definitions were read.
        return;
    }
    let because = vec![format!("exports/{}", export.name.value), format!("connections/{}", export.connection.value)];
    let mut outboxes = Vec::new();
    if !export.segments.is_empty() {
        let Some(outbox) = plan_segments(p, export, &because) else { return };
        outboxes.push(outbox);
    }
    for table in &export.tables {
        let Some(outbox) = plan_table(p, export, table, &because) else { return };
        outboxes.push(outbox);
    }
    let name = format!("activate.send {}", export.name.value);
    let mut send = step(name, Stage::Activate, &because, Vec::new(), Work::Send { export: export.name.value.clone() });
    send.reads = outboxes;
    p.step(send);
}

/// A column of an outbox.
struct Chosen {
    column: Column,
    value: Sql,
}

/// The outbox of segments: one row a segment and member.
fn plan_segments(p: &mut Planner<'_>, export: &Export, because: &[String]) -> Option<TableName> {
    let customer = p.catalog().get("Customer")?.clone();
    let mut from = Joins::default();
    let chosen = choose(p, export, &customer, &mut from)?;

    let names: Vec<Sql> = export.segments.iter().map(|segment| sql::text(segment.as_str())).collect();
    let mut columns = vec![Column::new("Segment", DataType::Text)];
    columns.extend(chosen.iter().map(|chosen| chosen.column.clone()));
    let values = chosen.iter().map(|chosen| sql!(&chosen.value, " as ", &chosen.column.name));
    let values = join(["\"s\".\"Segment\"".into()].into_iter().chain(values), ", ");
    let query = sql!(
        "select ",
        values,
        " from (",
        members(Some(&names)),
        ") as \"s\" join ",
        &customer.name,
        " as \"c\" on \"c\".\"profile_no\" = \"s\".\"profile_no\"",
        from.sql
    );
    let table = TableName::new(format!("Outbox_{}", export.name.value));
    let order = ["CustomerId"].into_iter().chain(export.key.as_ref().map(|key| key.customer.as_str()));
    let order = order.filter(|&name| chosen.iter().any(|c| c.column.name == name)).take(1);
    let sorted: Vec<&str> = ["Segment"].into_iter().chain(order).collect();
    let out = Output::published(table.clone(), columns).sorted_by(&sorted);
    let mut step = sql_step(format!("activate.outbox {}", export.name.value), Stage::Activate, because, out, query);
    // Who is in no segment of it need not be looked at.
    let numbers = || sql!("select \"profile_no\" from (", members(Some(&names)), ") as \"s\"");
    let by_number = from.tables.iter().filter(|table| **table == "Customer_Measure").chain([&customer.name]);
    step.picks = by_number.map(|table| Pick::new(table.clone(), "profile_no", numbers())).collect();
    p.step(step);
    Some(table)
}

/// The columns that an export chooses, its key among them; all of Customer when it chooses none.
fn choose(p: &mut Planner<'_>, export: &Export, customer: &Table, from: &mut Joins) -> Option<Vec<Chosen>> {
    let mut chosen: Vec<Chosen> = Vec::new();
    let mut complete = true;
    let of_customer = |column: &Column| Chosen { column: column.clone(), value: sql::column("c", &column.name) };
    if export.columns.is_empty() {
        chosen.extend(customer.columns.iter().map(of_customer));
    }
    for written in &export.columns {
        let Some((table, column, alias)) = find(p, written, customer, from) else {
            complete = false;
            continue;
        };
        let precision = table.column(&format!("{}_precision", column.name));
        for (column, name) in
            [(Some(&column), written.value.clone()), (precision, format!("{}_precision", written.value))]
        {
            let Some(column) = column else { continue };
            if chosen.iter().all(|other| other.column.name != name.as_str()) {
                let value = sql::column(&alias, &column.name);
                chosen.push(Chosen { column: Column { name: ColumnName::from(name), ..column.clone() }, value });
            }
        }
    }
    if let Some(key) = &export.key {
        match customer.column(&key.customer) {
            Some(column) if chosen.iter().all(|other| other.column.name != column.name) => {
                chosen.push(of_customer(column));
            }
            Some(_) => {}
            None if p.is_open("Customer") => {}
            None => {
                p.say(no_key(customer, &key.customer));
                complete = false;
            }
        }
    }
    if let Some(clash) = chosen.iter().find(|chosen| chosen.column.name == "Segment") {
        let message = format!("`{}` would stand beside the name of the segment", clash.column.name);
        let hint = "choose the other columns by name, or rename this one in `unify.yaml`";
        p.say(Diagnostic::new(Code::ExportColumn, export.name.at, message).hint(hint));
        complete = false;
    }
    complete.then_some(chosen)
}

fn no_key(customer: &Table, key: &Spanned<String>) -> Diagnostic {
    let keys = || {
        let is_key = |column: &&Column| column.semantic.as_deref() == Some("ID") || column.name == "CustomerId";
        customer.columns.iter().filter(is_key).map(|column| column.name.as_str())
    };
    let hint = match nearest(key, customer.columns.iter().map(|column| column.name.as_str())) {
        Some(near) => format!("write `{near}`, if that is what you mean"),
        None => format!("unify the source that holds it, or choose one of {}", listed(keys())),
    };
    Diagnostic::new(Code::ExportKey, key.at, format!("Customer has no column `{}`", key.value)).hint(hint)
}

/// The tables joined to the members, besides Customer.
#[derive(Default)]
struct Joins {
    tables: Vec<TableName>,
    sql: Sql,
}

impl Joins {
    /// The alias of a table with one row a profile, joined where `on` (made from the alias) holds.
    fn alias(&mut self, table: &TableName, on: impl Fn(&str) -> Sql) -> String {
        if let Some(at) = self.tables.iter().position(|known| known == table) {
            return format!("t{at}");
        }
        let alias = format!("t{}", self.tables.len());
        self.sql.push(sql!(" left join ", table, " as ", id(&alias), " on ", on(&alias)));
        self.tables.push(table.clone());
        alias
    }
}

/// The table, column and alias that a written column means: `email`, `Customer_Measure.spend`, `Shop_people.phone`.
fn find(
    p: &mut Planner<'_>,
    written: &Spanned<String>,
    customer: &Table,
    from: &mut Joins,
) -> Option<(Table, Column, String)> {
    // A name without a known table before its dot is a column of Customer, dots included.
    let split = written.value.split_once('.').filter(|_| customer.column(written).is_none());
    let other = split.and_then(|(table, rest)| Some((p.catalog().get(table)?.clone(), rest)));
    let Some((table, name)) = other.filter(|(table, _)| table.name != customer.name) else {
        let name =
            split.filter(|(table, _)| *table == customer.name.as_str()).map_or(written.as_str(), |(_, rest)| rest);
        let column =
            customer.column(name).cloned().or_else(|| p.is_open("Customer").then(|| Column::new(name, DataType::Any)));
        let Some(column) = column else {
            let mut diagnostic = unknown_column("Customer", &customer.columns, name, written.at);
            diagnostic.code = Code::ExportColumn;
            p.say(diagnostic);
            return None;
        };
        return Some((customer.clone(), column, "c".to_owned()));
    };
    let Some(column) = table.column(name).cloned() else {
        let mut diagnostic = unknown_column(table.name.as_str(), &table.columns, name, written.at);
        diagnostic.code = Code::ExportColumn;
        p.say(diagnostic);
        return None;
    };
    if table.name == "Customer_Measure" {
        let alias = from.alias(&table.name, |alias| sql!(sql::column(alias, "profile_no"), " = \"c\".\"profile_no\""));
        return Some((table, column, alias));
    }
    // The winning record of a unified table: Customer holds its key.
    if let Some(key) = key_on_customer(p, &table, customer) {
        let record = table.key.clone()?;
        let alias = from.alias(&table.name, |alias| sql!(sql::column(alias, &record), " = ", sql::column("c", &key)));
        return Some((table, column, alias));
    }
    let message = format!("`{}` does not have one row a profile", table.name);
    let hint = "choose columns of Customer, of Customer_Measure, or of a unified table; or make a measure of it";
    p.say(Diagnostic::new(Code::ExportColumn, written.at, message).hint(hint));
    None
}

/// The column of Customer that holds the key of a unified table's winning record.
fn key_on_customer(p: &Planner<'_>, table: &Table, customer: &Table) -> Option<ColumnName> {
    let unified = p.project().unify.as_ref()?;
    unified.tables.iter().find(|mapped| mapped.table.eq_ignore_ascii_case(table.name.as_str()))?;
    let key = table.key.as_ref()?;
    let full = format!("{}_{key}", table.name);
    customer.column(&full).or_else(|| customer.column(key.as_str())).map(|column| column.name.clone())
}

/// The outbox of a table: all of it, with the key of each row's profile where there is one.
fn plan_table(p: &mut Planner<'_>, export: &Export, name: &Spanned<String>, because: &[String]) -> Option<TableName> {
    let table = p.find_table(name)?;
    let customer = p.catalog().get("Customer").cloned();
    let is_customer = table.name == "Customer";
    let mut columns: Vec<Column> = table.columns.clone();
    let mut values: Vec<Sql> = columns.iter().map(|column| sql::column("t", &column.name)).collect();
    let mut from = sql!(&table.name, " as \"t\"");
    if is_customer && !export.columns.is_empty() {
        let mut joins = Joins::default();
        let chosen = choose(p, export, &table, &mut joins)?;
        columns = chosen.iter().map(|chosen| chosen.column.clone()).collect();
        values = chosen.into_iter().map(|chosen| chosen.value).collect();
        from = sql!(&table.name, " as \"c\"", joins.sql);
    } else if let (Some(key), Some(customer)) = (&export.key, &customer)
        && table.column(&key.customer).is_none()
    {
        let Some(column) = customer.column(&key.customer) else {
            p.say(no_key(customer, &key.customer));
            return None;
        };
        if table.column("profile_no").is_none() {
            let message =
                format!("no row of `{}` belongs to a profile, so none has a `{}`", table.name, key.customer.value);
            let hint = "send it with an export of its own, without `match`";
            p.say(Diagnostic::new(Code::ExportKey, name.at, message).hint(hint));
            return None;
        }
        values.push(sql::column("c", &column.name));
        columns.push(column.clone());
        from.push(sql!(" left join ", &customer.name, " as \"c\" on \"c\".\"profile_no\" = \"t\".\"profile_no\""));
    }
    let outbox = TableName::new(format!("Outbox_{}_{}", export.name.value, table.name));
    let values = values.into_iter().zip(&columns).map(|(value, column)| sql!(value, " as ", &column.name));
    let query = sql!("select ", join(values, ", "), " from ", from);
    let step = format!("activate.outbox {} {}", export.name.value, table.name);
    p.step(sql_step(step, Stage::Activate, because, Output::published(outbox.clone(), columns), query));
    Some(outbox)
}
