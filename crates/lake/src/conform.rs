//! Conform: the columns of a query against those its step promised.
//!
//! Invariants
//! - Names must be the promised ones, each once; types may differ only where no value can be lost unnoticed: a cast
//!   that overflows stops the step.

use arrow::datatypes::DataType as Arrow;
use datafusion::common::Column as Reference;
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{Expr, cast};
use onefold_model::{Column, DataType, Output};

use crate::columns::{arrow_type, engine_type, type_of};
use crate::{LakeError, Result};

/// The query with the promised columns in their order, and those columns with types for every `any`.
pub(crate) fn conform(step: &str, output: &Output, query: DataFrame) -> Result<(DataFrame, Vec<Column>)> {
    let found: Vec<(Expr, String, Arrow)> = query
        .schema()
        .iter()
        .map(|(qualifier, field)| {
            let column = Expr::Column(Reference::from((qualifier, field)));
            (column, field.name().clone(), field.data_type().clone())
        })
        .collect();
    let promise = |why: String| LakeError::Promise { step: step.to_owned(), table: output.table.to_string(), why };
    let names: Vec<&str> = found.iter().map(|(_, name, _)| name.as_str()).collect();
    same_names(&output.columns, &names).map_err(&promise)?;
    let (mut exprs, mut columns) = (Vec::new(), Vec::new());
    for column in &output.columns {
        let (expr, name, ty) = found
            .iter()
            .find(|(_, name, _)| column.name == name.as_str())
            .ok_or_else(|| promise(format!("column `{}` is missing", column.name)))?;
        let (target, column) = target(column, ty).ok_or_else(|| {
            promise(format!(
                "column `{}` is `{ty}`, which does not fit `{}`; cast it in the query",
                column.name, column.ty
            ))
        })?;
        let expr = if target == *ty { expr.clone() } else { cast(expr.clone(), target) };
        exprs.push(expr.alias(name));
        columns.push(column);
    }
    let query = query.select(exprs).map_err(|error| LakeError::step(step, error))?;
    Ok((query, columns))
}

/// Whether the names found are those promised, in any order; else what differs.
pub(crate) fn same_names(promised: &[Column], found: &[&str]) -> Result<(), String> {
    let mut seen = std::collections::HashSet::new();
    if let Some(twice) = found.iter().find(|name| !seen.insert(**name)) {
        return Err(format!("column `{twice}` is there twice; give one of them another name"));
    }
    if let Some(missing) = promised.iter().find(|column| !seen.contains(column.name.as_str())) {
        return Err(format!("column `{}` is missing; the columns are {}", missing.name, list(found)));
    }
    match found.iter().find(|name| !promised.iter().any(|column| column.name == **name)) {
        Some(extra) => Err(format!("column `{extra}` was not promised")),
        None => Ok(()),
    }
}

/// The type to write a column in, and the column with the type it then has; none if it does not fit.
pub(crate) fn target(column: &Column, found: &Arrow) -> Option<(Arrow, Column)> {
    if column.ty == DataType::Any {
        let ty = if *found == Arrow::Null { DataType::Text } else { type_of(found) };
        return Some((written(ty, found), Column { ty, ..column.clone() }));
    }
    fits(column.ty, found).then(|| (written(column.ty, found), column.clone()))
}

/// Text and bytes are written as they come; everything else in the one type that stands for ours.
fn written(ty: DataType, found: &Arrow) -> Arrow {
    match (arrow_type(ty), found) {
        (Arrow::Utf8, Arrow::Utf8 | Arrow::Utf8View) | (Arrow::Binary, Arrow::Binary | Arrow::BinaryView) => {
            found.clone()
        }
        (Arrow::Utf8 | Arrow::Binary, _) => engine_type(ty),
        (plain, _) => plain,
    }
}

fn fits(ty: DataType, found: &Arrow) -> bool {
    let whole = found.is_integer();
    match ty {
        _ if *found == Arrow::Null => true,
        DataType::Text | DataType::Guid | DataType::Json | DataType::Any => match found {
            Arrow::Dictionary(_, value) => fits(ty, value),
            _ => matches!(found, Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View),
        },
        DataType::Integer | DataType::Small => whole,
        DataType::Number => whole || found.is_floating() || matches!(found, Arrow::Decimal128(..)),
        DataType::Decimal(_, scale) => match found {
            Arrow::Decimal128(_, from) => *from <= scale,
            _ => whole,
        },
        DataType::Boolean => *found == Arrow::Boolean,
        DataType::Date => *found == Arrow::Date32,
        // Without a zone it would be local time taken for an instant.
        DataType::DateTime => matches!(found, Arrow::Timestamp(_, Some(_))),
        DataType::Bitmap => matches!(found, Arrow::Binary | Arrow::LargeBinary | Arrow::BinaryView),
    }
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
