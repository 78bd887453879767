//! Replace: what stands in the place of null and of other values, in the value of one measure.
//!
//! Invariants
//! - Only what the value sees is changed; filter and dimensions see what is there.
//! - What the user wrote is typed before anything is replaced, so that diagnostics point at it.

use std::sync::Arc;

use onefold_model::define::{Measure, Replacement};
use onefold_model::expr::{Function, Literal, Name, Node, Operator, ScopeTable, resolve};
use onefold_model::{At, Code, DataType, Diagnostic, Expr, Spanned, Typed};

use super::said_value;
use crate::Planner;
use crate::scope::Names;

/// The value of a measure with types, values replaced where the measure says so.
pub(super) fn value(p: &mut Planner<'_>, names: &Names, measure: &Measure, value: &Spanned<Expr>) -> Option<Typed> {
    let written = said_value(p, names, value)?;
    if measure.replace_nulls.is_empty() && measure.replace.is_empty() {
        return Some(written);
    }
    let scope = names.scope(true);
    let mut replaced = value.value.clone();
    for (column, constant) in &measure.replace_nulls {
        replaced = on_column(p, replaced, column, |e| instead_of_null(e, &constant.value));
    }
    for replacement in &measure.replace {
        let ty = type_of(&scope.tables, &replacement.column.value);
        let whens = whens(p, replacement, ty)?;
        replaced = on_column(p, replaced, &replacement.column, |e| cases(e, &whens));
    }
    if let Ok(typed) = resolve(&replaced, &scope, value.at) {
        return Some(typed);
    }
    let nulls = measure.replace_nulls.iter().map(|(_, constant)| constant.at);
    let others = measure.replace.iter().flat_map(|r| r.values.iter().map(|(_, constant)| constant.at));
    let message = match measure.replace.is_empty() {
        true => "what stands in the place of null is of another type than the column",
        false => "what stands in the place of a value is of another type than the column",
    };
    let at: Option<At> = nulls.chain(others).flatten().next();
    p.say(Diagnostic::new(Code::ExprType, at, message).hint("write a constant of the column's type"));
    None
}

/// The expression with a column replaced; says so where it does not name the column.
fn on_column(p: &mut Planner<'_>, e: Expr, column: &Spanned<String>, change: impl Fn(Expr) -> Expr) -> Expr {
    let mut used = false;
    let replaced = e.rewrite(&mut |e| {
        let is_it = matches!(&e.node, Node::Column(name) if is_column(name, &column.value));
        used |= is_it;
        if is_it { change(e) } else { e }
    });
    if !used {
        let message = format!("the value does not use `{}`", column.value);
        let hint = "write the column as the value does, or remove the line";
        p.say(Diagnostic::new(Code::Unused, column.at, message).hint(hint));
    }
    replaced
}

/// What is replaced (`None`: null) and by what; what is replaced has the type of the column.
fn whens(p: &mut Planner<'_>, replacement: &Replacement, ty: DataType) -> Option<Vec<(Option<Literal>, Expr)>> {
    let mut all = Vec::new();
    let mut sound = true;
    for (target, constant) in &replacement.values {
        let literal = match &target.value {
            None => None,
            Some(word) => match literal(word, ty) {
                Some(literal) => Some(literal),
                None => {
                    let message = format!("`{word}` is no value of `{}`, which is {ty}", replacement.column.value);
                    let hint = "write a value of the column's type, or `null`";
                    p.say(Diagnostic::new(Code::ExprType, target.at, message).hint(hint));
                    sound = false;
                    continue;
                }
            },
        };
        all.push((literal, constant.value.clone()));
    }
    sound.then_some(all)
}

/// A word as a value of a type.
fn literal(word: &str, ty: DataType) -> Option<Literal> {
    let number = || word.parse().ok().map(Literal::Integer).or_else(|| word.parse().ok().map(Literal::Number));
    match ty {
        DataType::Boolean => word.parse().ok().map(Literal::Boolean),
        ty if ty.is_numeric() => number(),
        DataType::Any => number().or_else(|| Some(Literal::Text(word.to_owned()))),
        _ => Some(Literal::Text(word.to_owned())),
    }
}

/// The type of `<alias>.<column>`; `any` for what is not known.
fn type_of(tables: &[Arc<ScopeTable>], written: &str) -> DataType {
    let found = tables.iter().find_map(|table| {
        let column = written.strip_prefix(table.alias.as_str())?.strip_prefix('.')?;
        table.columns.iter().find(|known| known.name == column)
    });
    found.map_or(DataType::Any, |column| column.ty)
}

fn is_column(name: &Name, written: &str) -> bool {
    name.0.join(".") == written
}

fn instead_of_null(column: Expr, constant: &Expr) -> Expr {
    let span = column.span;
    Expr::new(Node::Call { function: Function::Coalesce, args: vec![column, constant.clone()] }, span)
}

/// `case when column is null then … when column = … then … else column end`
fn cases(column: Expr, whens: &[(Option<Literal>, Expr)]) -> Expr {
    let span = column.span;
    let make = |node| Expr::new(node, span);
    let is = |target: &Option<Literal>| match target {
        None => make(Node::IsNull { value: Box::new(column.clone()), negated: false }),
        Some(literal) => {
            let literal = make(Node::Literal(literal.clone()));
            make(Node::Binary(Box::new(column.clone()), Operator::Equal, Box::new(literal)))
        }
    };
    let whens = whens.iter().map(|(target, constant)| (is(target), constant.clone())).collect();
    make(Node::Case { operand: None, whens, otherwise: Some(Box::new(column.clone())) })
}
