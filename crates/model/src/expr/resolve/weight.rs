//! Weight: how long an expression gets as SQL, roughly.
//!
//! Some calls name an argument several times in their SQL, and the engine's parser reads the arguments of each call
//! twice: what nests such calls deeply grows with each level. A bound on the weight keeps planning quick.
//!
//! Not here: the SQL itself (`onefold-stages`, `condition`); the bounds on text and depth (`parse`).

use super::super::{Expr, Function, Node, Operator, Typed};
use crate::DataType;

/// The most that is planned: 17 calls within each other, or 20,000 constants in a list.
pub(super) const MOST: f64 = 200_000.0;

/// The weight of an expression.
#[recursive::recursive]
pub(super) fn weight(e: &Typed) -> f64 {
    let all = |list: &[Typed]| list.iter().map(weight).sum::<f64>();
    1.0 + match &e.node {
        Node::Literal(_) | Node::Column(_) | Node::InSegment(_) => 0.0,
        Node::Not(x) | Node::Negate(x) | Node::IsNull { value: x, .. } => weight(x),
        Node::Binary(x, Operator::Power, y) if !matches!(y.node, Node::Literal(_)) => 8.0 * (weight(x) + weight(y)),
        Node::Binary(x, Operator::Power, y) => 6.0 * weight(x) + weight(y),
        Node::Binary(x, Operator::Divide | Operator::Modulo, y) => weight(x) + 2.0 * weight(y),
        Node::Binary(x, _, y) => weight(x) + weight(y),
        Node::Between { value, low, high, .. } => weight(value) + weight(low) + weight(high),
        Node::In { value, list, .. } => weight(value) + all(list),
        // The values of a list are constants that were read, however many.
        Node::InList { value, .. } => weight(value),
        Node::Like { value, pattern, .. } => weight(value) + weight(pattern),
        Node::Case { operand, whens, otherwise } => {
            let arms: f64 = whens.iter().map(|(when, then)| weight(when) + weight(then)).sum();
            arms + [operand, otherwise].into_iter().flatten().map(|x| weight(x)).sum::<f64>()
        }
        Node::Cast { value, to } => cast(value, *to) * weight(value),
        Node::Call { function, args } => 2.0 * repeats(*function, args) * all(args),
        Node::Aggregate { args, .. } => 6.0 * all(args),
    }
}

fn repeats(function: Function, args: &[Typed]) -> f64 {
    match function {
        Function::DateTrunc | Function::TimeOfDay => 6.0,
        Function::DatePart | Function::DayOfWeek | Function::DaysBetween => 2.0,
        Function::Substr if args.len() == 3 => 2.0,
        Function::Nullif if args.windows(2).any(|pair| pair[0].ty != pair[1].ty) => 2.0,
        _ => 1.0,
    }
}

fn cast<N>(value: &Expr<N>, to: DataType) -> f64 {
    match (value.ty, to) {
        (from, DataType::DateTime | DataType::Guid) if from.is_text() || from == DataType::Any => 8.0,
        (from, _) if from == to || from.is_numeric() => 1.0,
        _ => 2.0,
    }
}
