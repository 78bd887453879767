//! Condition: the filters of a search as the condition of a segment.
//!
//! Invariants
//! - The condition holds for exactly the profiles that the filters find; where that cannot be said there is none.

use onefold_api::{SearchAsk, SearchFilter};
use onefold_model::expr::{ColumnRef, Expr, Literal, Node, Operator, Typed};
use onefold_model::{DataType, Project};
use serde_json::Value as Json;

use super::indexing::{Indexed, MEASURES, SEGMENT};
use super::search::known;
use super::shelf::Opened;

/// The filters as text; none without any, or where words are looked for as well.
pub(super) fn condition(project: &Project, opened: &Opened, ask: &SearchAsk) -> Option<String> {
    if !ask.text.trim().is_empty() {
        return None;
    }
    let mut parts = Vec::new();
    for filter in &ask.filters {
        let indexed = known(opened, &filter.column).ok()?;
        if indexed.name == SEGMENT {
            parts.extend(membership(project, filter)?);
        } else {
            parts.extend(comparison(indexed, filter)?);
        }
    }
    joined(parts, Operator::And).map(|all| all.to_string())
}

fn made(node: Node<ColumnRef>) -> Typed {
    Expr::new(node, (0, 0))
}

fn joined(parts: Vec<Typed>, operator: Operator) -> Option<Typed> {
    parts.into_iter().reduce(|left, right| made(Node::Binary(Box::new(left), operator, Box::new(right))))
}

/// In any of some segments; no value means in none at all.
fn membership(project: &Project, filter: &SearchFilter) -> Option<Vec<Typed>> {
    if filter.from.is_some() || filter.to.is_some() || filter.below.is_some() {
        return None;
    }
    let in_segment = |name: &str| made(Node::InSegment(name.to_owned()));
    let mut parts = Vec::new();
    for value in &filter.values {
        match value {
            Json::Null => {
                let all = project.segments.iter().map(|segment| in_segment(&segment.name.value)).collect();
                parts.push(made(Node::Not(Box::new(joined(all, Operator::Or)?))));
            }
            Json::String(name) => parts.push(in_segment(name)),
            _ => return None,
        }
    }
    Some(joined(parts, Operator::Or).into_iter().collect())
}

fn comparison(indexed: &Indexed, filter: &SearchFilter) -> Option<Vec<Typed>> {
    let column = indexed.column.as_ref()?;
    let alias = if indexed.name.starts_with(MEASURES) { MEASURES } else { "Customer" };
    let own = || made(Node::Column(ColumnRef { alias: alias.to_owned(), column: column.name.clone() }));
    let value = |value: &Json| literal(value, column.ty);
    let compared =
        |operator, other: &Json| Some(made(Node::Binary(Box::new(own()), operator, Box::new(value(other)?))));
    let mut parts = Vec::new();
    if !filter.values.is_empty() {
        let there: Vec<&Json> = filter.values.iter().filter(|value| !value.is_null()).collect();
        let mut any = Vec::new();
        match there.as_slice() {
            [] => {}
            [only] => any.push(compared(Operator::Equal, only)?),
            several => {
                let list = several.iter().map(|other| value(other)).collect::<Option<_>>()?;
                any.push(made(Node::In { value: Box::new(own()), list, negated: false }));
            }
        }
        if there.len() < filter.values.len() {
            any.push(made(Node::IsNull { value: Box::new(own()), negated: false }));
        }
        parts.extend(joined(any, Operator::Or));
    }
    let end = |value: &'_ Option<Json>| value.clone().filter(|value| !value.is_null());
    match (end(&filter.from), end(&filter.to)) {
        (Some(from), Some(to)) => {
            let (low, high) = (Box::new(value(&from)?), Box::new(value(&to)?));
            // Up to a day is up to its end, which `between` does not say of date-times.
            if column.ty == DataType::DateTime {
                return None;
            }
            parts.push(made(Node::Between { value: Box::new(own()), low, high, negated: false }));
        }
        (Some(from), None) => parts.push(compared(Operator::GreaterOrEqual, &from)?),
        (None, Some(_)) if column.ty == DataType::DateTime => return None,
        (None, Some(to)) => parts.push(compared(Operator::LessOrEqual, &to)?),
        (None, None) => {}
    }
    if let Some(below) = end(&filter.below) {
        parts.push(compared(Operator::Less, &below)?);
    }
    Some(parts)
}

fn literal(value: &Json, ty: DataType) -> Option<Typed> {
    let literal = match (value, ty) {
        (Json::Bool(value), _) => Literal::Boolean(*value),
        (Json::String(text), DataType::Boolean) => Literal::Boolean(text.parse().ok()?),
        (Json::Number(number), _) => match number.as_i64() {
            Some(whole) => Literal::Integer(whole),
            None => Literal::Number(number.as_f64()?),
        },
        (Json::String(text), DataType::Integer | DataType::Small | DataType::Number | DataType::Decimal(..)) => {
            match text.trim().parse::<i64>() {
                Ok(whole) => Literal::Integer(whole),
                Err(_) => Literal::Number(text.trim().parse().ok()?),
            }
        }
        (Json::String(text), _) => Literal::Text(text.clone()),
        _ => return None,
    };
    // A negative number is written, and read, as the negation of one.
    let negated = match literal {
        Literal::Integer(n) if n < 0 => Some(Literal::Integer(n.checked_neg()?)),
        Literal::Number(n) if n < 0.0 => Some(Literal::Number(-n)),
        _ => None,
    };
    Some(match negated {
        Some(positive) => made(Node::Negate(Box::new(made(Node::Literal(positive))))),
        None => made(Node::Literal(literal)),
    })
}
