//! Columns: which column a dotted name means, and which one was meant when there is none.

use super::super::place::nearest;
use super::super::refusal::bare_hint;
use super::super::{ColumnRef, Name};
use super::{Scope, ScopeTable};
use crate::{Code, ColumnName, DataType};

/// Why a name is no column: the code, the sentence, the hint.
pub(super) type Fault = (Code, String, String);

/// The column that a name means.
pub(super) fn find(name: &Name, quoted: bool, scope: &Scope) -> Result<(ColumnRef, DataType), Fault> {
    let whole = name.0.join(".");
    let own = scope.tables.iter().find(|table| table.alias.is_empty());
    if let Some(found) = own.and_then(|table| column(table, &whole)) {
        return Ok(found);
    }
    let aliased = name.0.split_first().filter(|(_, rest)| !rest.is_empty()).and_then(|(alias, rest)| {
        let exact = scope.tables.iter().find(|table| !table.alias.is_empty() && table.alias == *alias);
        exact.map(|table| (table, rest.join(".")))
    });
    if let Some((table, rest)) = &aliased {
        return column(table, rest).or_else(|| open(table, rest)).ok_or_else(|| unknown_column(table, rest, scope));
    }
    if let Some(found) = own.and_then(|table| open(table, &whole)) {
        return Ok(found);
    }
    Err(match own {
        Some(table) => unknown_column(table, &whole, scope),
        None => unknown_alias(name, quoted, scope),
    })
    .map_err(|fault| if own.is_some() { text_or(fault, name, quoted) } else { fault })
}

fn column(table: &ScopeTable, name: &str) -> Option<(ColumnRef, DataType)> {
    let column = table.columns.iter().find(|column| column.name == name)?;
    Some((ColumnRef { alias: table.alias.clone(), column: column.name.clone() }, column.ty))
}

fn open(table: &ScopeTable, name: &str) -> Option<(ColumnRef, DataType)> {
    table.open.then(|| (ColumnRef { alias: table.alias.clone(), column: ColumnName::from(name) }, DataType::Any))
}

fn full(table: &ScopeTable, column: &str) -> String {
    let column = ColumnRef { alias: table.alias.clone(), column: column.into() };
    column.to_string()
}

fn unknown_column(table: &ScopeTable, name: &str, scope: &Scope) -> Fault {
    let message = match table.alias.as_str() {
        "" => format!("the table has no column `{name}`"),
        alias => format!("`{alias}` has no column `{name}`"),
    };
    let names = || table.columns.iter().map(|column| column.name.as_str());
    let elsewhere = || scope.tables.iter().find(|other| other.alias != table.alias && column(other, name).is_some());
    let hint = if let Some(same) = names().find(|column| column.eq_ignore_ascii_case(name)) {
        format!("write `{}`: names of columns keep their case", full(table, same))
    } else if let Some(other) = elsewhere() {
        format!("write `{}`: that table has one", full(other, name))
    } else if let Some(near) = nearest(name, names()) {
        format!("write `{}`, if that is meant", full(table, near))
    } else if let (true, Some(hint)) = (table.alias.is_empty(), bare_hint(name)) {
        hint.to_owned()
    } else {
        known(names().map(|column| full(table, column)), "columns")
    };
    (Code::UnknownColumn, message, hint)
}

fn unknown_alias(name: &Name, quoted: bool, scope: &Scope) -> Fault {
    let aliases = || scope.tables.iter().map(|table| table.alias.as_str());
    let first = name.0.first().map_or("", String::as_str);
    if let [only] = name.0.as_slice() {
        let message = format!("`{only}` does not say which table it belongs to");
        let owner = scope.tables.iter().find_map(|table| column(table, only).map(|_| full(table, only)));
        let near = || {
            scope.tables.iter().find_map(|table| {
                let near = nearest(only, table.columns.iter().map(|column| column.name.as_str()))?;
                Some(full(table, near))
            })
        };
        let hint = match (owner, quoted, bare_hint(only)) {
            (Some(owner), ..) => format!("write `{owner}`"),
            (_, true, _) => text_hint(only),
            (_, _, Some(hint)) => hint.to_owned(),
            _ => near().map_or_else(
                || format!("write `Table.column`, or `'{only}'` in single quotes for a text"),
                |near| format!("write `{near}`, if that is meant"),
            ),
        };
        return (Code::UnknownColumn, message, hint);
    }
    let message = format!("there is no table `{first}` here");
    let hint = match aliases().find(|alias| alias.eq_ignore_ascii_case(first)).or_else(|| nearest(first, aliases())) {
        Some(near) => format!("write `{}.{}`, if that is meant", near, name.0[1..].join(".")),
        None => format!("name it under `tables:`, or use {}", list(aliases().map(str::to_owned))),
    };
    (Code::UnknownTable, message, hint)
}

/// In a table's own scope, a quoted name that is no column is often a text in the wrong quotes.
fn text_or(fault: Fault, name: &Name, quoted: bool) -> Fault {
    match (quoted, name.0.as_slice(), fault) {
        (true, [only], (code, message, hint)) if !hint.starts_with("write `") => (code, message, {
            _ = hint;
            text_hint(only)
        }),
        (_, _, fault) => fault,
    }
}

fn text_hint(text: &str) -> String {
    format!("use single quotes for a text: `'{}'`", text.replace('\'', "''"))
}

fn known(names: impl Iterator<Item = String>, what: &str) -> String {
    let all: Vec<_> = names.collect();
    match all.is_empty() {
        true => format!("check the table: it has no {what}"),
        false => format!("use one of its {what}: {}", list(all.into_iter())),
    }
}

/// Names in backticks, the first eight.
pub(super) fn list(names: impl Iterator<Item = String>) -> String {
    let all: Vec<_> = names.filter(|name| !name.is_empty()).map(|name| format!("`{name}`")).collect();
    match all.len() {
        0..=8 => all.join(", "),
        n => format!("{} and {} more", all[..8].join(", "), n - 8),
    }
}
