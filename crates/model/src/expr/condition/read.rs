//! Read: an expression as a condition.

use serde_json::Value;

use super::super::{Expr, Function, Literal, Node, Operator};
use super::{Comparison, Condition, Test, UNITS};

/// The condition that an expression is; `text` is what it was parsed from.
pub fn read(expr: &Expr, text: &str) -> Condition {
    match &expr.node {
        Node::Binary(_, operator @ (Operator::And | Operator::Or), _) => {
            let mut parts = Vec::new();
            chain(expr, *operator, &mut |part| parts.push(read(part, text)));
            if *operator == Operator::And { Condition::All(parts) } else { Condition::Any(parts) }
        }
        _ => match comparison(expr) {
            Some(comparison) => Condition::Is(comparison),
            None => {
                let (start, end) = (expr.span.0 as usize, expr.span.1 as usize);
                Condition::Text(text.get(start..end).map_or_else(|| expr.to_string(), |part| part.trim().to_owned()))
            }
        },
    }
}

/// The parts of `a and b and c`, in order.
fn chain<'e>(expr: &'e Expr, of: Operator, each: &mut dyn FnMut(&'e Expr)) {
    // Chains lean to the left and may be long.
    let (mut rest, mut found) = (vec![expr], Vec::new());
    while let Some(expr) = rest.pop() {
        match &expr.node {
            Node::Binary(left, operator, right) if *operator == of => rest.extend([&**right, &**left]),
            _ => found.push(expr),
        }
    }
    found.into_iter().for_each(each);
}

fn made(column: String, test: Test, values: Vec<Value>) -> Comparison {
    Comparison { column, test, values, unit: None, ignore_case: false }
}

/// The one comparison that an expression is.
fn comparison(expr: &Expr) -> Option<Comparison> {
    match &expr.node {
        // A flag by itself.
        Node::Column(_) => Some(made(column(expr)?, Test::IsTrue, Vec::new())),
        Node::Not(inner) => not(comparison(inner)?, &inner.node),
        Node::InSegment(name) => Some(made(String::new(), Test::InSegment, vec![name.as_str().into()])),
        Node::IsNull { value, negated } => {
            Some(made(column(value)?, if *negated { Test::IsNotNull } else { Test::IsNull }, Vec::new()))
        }
        Node::Between { value, low, high, negated } => {
            let test = if *negated { Test::NotBetween } else { Test::Between };
            Some(made(column(value)?, test, vec![constant(low)?, constant(high)?]))
        }
        Node::In { value, list, negated } => {
            let values = list.iter().map(constant).collect::<Option<Vec<_>>>()?;
            match (column(value), *negated) {
                (Some(column), true) => Some(made(column, Test::NotIn, values)),
                (Some(column), false) => Some(made(column, Test::In, values)),
                (None, false) if values.len() > 1 => {
                    let (column, test) = dated(value)?;
                    Some(made(column, test, values))
                }
                (None, _) => None,
            }
        }
        Node::Like { value, pattern, negated, ignore_case } => {
            let Value::String(pattern) = constant(pattern)? else { return None };
            let (test, text) = pattern_of(&pattern)?;
            let test = match (test, negated) {
                (test, false) => test,
                (Test::Eq, true) => Test::Ne,
                (test, true) => test.negated()?,
            };
            Some(Comparison { ignore_case: *ignore_case, ..made(column(value)?, test, vec![text.into()]) })
        }
        Node::Binary(left, operator, right) => compared(left, *operator, right),
        Node::Call { function, args } => called(*function, args),
        _ => None,
    }
}

fn compared(left: &Expr, operator: Operator, right: &Expr) -> Option<Comparison> {
    let value = constant(right)?;
    let test = match operator {
        Operator::Equal => Test::Eq,
        Operator::NotEqual => Test::Ne,
        Operator::Less => Test::Lt,
        Operator::LessOrEqual => Test::Le,
        Operator::Greater => Test::Gt,
        Operator::GreaterOrEqual => Test::Ge,
        _ => return None,
    };
    match (column(left), test, &value) {
        (Some(column), Test::Eq, Value::Bool(true)) => Some(made(column, Test::IsTrue, Vec::new())),
        (Some(column), Test::Eq, Value::Bool(false)) => Some(made(column, Test::IsFalse, Vec::new())),
        (Some(column), ..) => Some(made(column, test, vec![value])),
        (None, Test::Eq, _) => {
            let (column, test) = dated(left)?;
            Some(made(column, test, vec![value]))
        }
        (None, ..) => None,
    }
}

/// `date_part('month', x)` and its like.
fn dated(expr: &Expr) -> Option<(String, Test)> {
    match &expr.node {
        Node::Call { function: Function::DayOfWeek, args } => Some((column(args.first()?)?, Test::DayOfWeek)),
        Node::Call { function: Function::DatePart, args } => {
            let [part, x] = args.as_slice() else { return None };
            let Value::String(part) = constant(part)? else { return None };
            let test = Test::ALL.iter().copied().find(|test| test.part() == Some(part.as_str()))?;
            Some((column(x)?, test))
        }
        _ => None,
    }
}

fn called(function: Function, args: &[Expr]) -> Option<Comparison> {
    let x = column(args.first()?)?;
    let (test, rest) = match function {
        Function::Contains => (Test::Contains, 1),
        Function::StartsWith => (Test::StartsWith, 1),
        Function::EndsWith => (Test::EndsWith, 1),
        Function::YearToDate => (Test::YearToDate, 0),
        Function::WithinLast => (Test::WithinLast, 2),
        Function::WithinNext => (Test::WithinNext, 2),
        _ => return None,
    };
    let mut values = args[1..].iter().map(constant).collect::<Option<Vec<_>>>()?;
    match (rest, values.as_slice()) {
        (0, []) | (1, [Value::String(_)]) => Some(made(x, test, values)),
        (2, [Value::Number(count), Value::String(unit)]) if count.is_i64() && UNITS.contains(&unit.as_str()) => {
            let unit = Some(unit.clone());
            values.truncate(1);
            Some(Comparison { unit, ..made(x, test, values) })
        }
        _ => None,
    }
}

/// A comparison with `not` before it, where that is one too.
fn not(comparison: Comparison, node: &Node<super::super::Name>) -> Option<Comparison> {
    let test = match (comparison.test, node) {
        (Test::IsTrue, Node::Column(_)) => Test::IsFalse,
        // `not (x ilike '…')` reads as `x not ilike '…'` would.
        (Test::Eq, Node::Like { .. }) => Test::Ne,
        (Test::IsNull, _) => Test::IsNotNull,
        (Test::IsNotNull, _) => Test::IsNull,
        (Test::In, Node::In { .. }) => Test::NotIn,
        (Test::Between, _) => Test::NotBetween,
        (test, _) => test.negated()?,
    };
    Some(Comparison { test, ..comparison })
}

fn column(expr: &Expr) -> Option<String> {
    match &expr.node {
        Node::Column(name) => Some(name.0.join(".")),
        _ => None,
    }
}

fn constant(expr: &Expr) -> Option<Value> {
    match &expr.node {
        Node::Literal(Literal::Null) => Some(Value::Null),
        Node::Literal(Literal::Boolean(flag)) => Some((*flag).into()),
        Node::Literal(Literal::Integer(number)) => Some((*number).into()),
        Node::Literal(Literal::Number(number)) => Some((*number).into()),
        // Beside a date or an instant a text is read as the same day.
        Node::Literal(Literal::Text(text) | Literal::Date(text)) => Some(text.as_str().into()),
        _ => None,
    }
}

/// What a pattern of `like` asks for: `%x%`, `x%`, `%x` or `x`, with what stands for itself unescaped.
fn pattern_of(pattern: &str) -> Option<(Test, String)> {
    let (inner, before) = match pattern.strip_prefix('%') {
        Some(inner) => (inner, true),
        None => (pattern, false),
    };
    let (mut text, mut behind) = (String::new(), false);
    let mut letters = inner.chars();
    while let Some(c) = letters.next() {
        match c {
            '\\' => text.push(letters.next().filter(|c| matches!(c, '\\' | '%' | '_'))?),
            '_' => return None,
            '%' if letters.as_str().is_empty() => behind = true,
            '%' => return None,
            c => text.push(c),
        }
    }
    let test = match (before, behind) {
        (false, false) => Test::Eq,
        (true, true) => Test::Contains,
        (false, true) => Test::StartsWith,
        (true, false) => Test::EndsWith,
    };
    // `%` alone holds for every text there is, which no test says.
    (!text.is_empty() || test == Test::Eq).then_some((test, text))
}
