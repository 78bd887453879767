//! Write: a condition as text of the language.

use serde_json::Value;

use super::super::{ColumnRef, Expr, Function, Literal, Node, Operator, parse};
use super::{Comparison, Condition, Test, UNITS};
use crate::{Code, Diagnostic};

type Tree = Expr<ColumnRef>;

/// The text of a condition; empty when it holds nothing. With `own`, the whole dotted text is a column.
///
/// # Errors
/// A comparison that is not complete, and a text that is no expression.
pub fn text(condition: &Condition, own: bool) -> Result<String, Vec<Diagnostic>> {
    Ok(part(condition, own)?.map(|(text, _)| text).unwrap_or_default())
}

/// How tightly a text binds.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
enum Binds {
    Or,
    And,
    Tight,
}

#[recursive::recursive]
fn part(condition: &Condition, own: bool) -> Result<Option<(String, Binds)>, Vec<Diagnostic>> {
    match condition {
        Condition::All(parts) => group(parts, own, Binds::And, " and "),
        Condition::Any(parts) => group(parts, own, Binds::Or, " or "),
        Condition::Is(comparison) => {
            let tree = tree(comparison, own).map_err(|message| vec![incomplete(message)])?;
            Ok(Some((tree.to_string(), Binds::Tight)))
        }
        Condition::Text(text) if text.trim().is_empty() => Ok(None),
        Condition::Text(text) => {
            let binds = match parse(text, None)?.node {
                Node::Binary(_, Operator::Or, _) => Binds::Or,
                Node::Binary(_, Operator::And, _) => Binds::And,
                _ => Binds::Tight,
            };
            Ok(Some((text.trim().to_owned(), binds)))
        }
    }
}

fn group(parts: &[Condition], own: bool, binds: Binds, word: &str) -> Result<Option<(String, Binds)>, Vec<Diagnostic>> {
    let (mut written, mut wrong) = (Vec::new(), Vec::new());
    for inner in parts {
        match part(inner, own) {
            Ok(text) => written.extend(text),
            Err(found) => wrong.extend(found),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    if written.len() < 2 {
        return Ok(written.pop());
    }
    let bracketed = |(text, tight): (String, Binds)| if tight < binds { format!("({text})") } else { text };
    Ok(Some((written.into_iter().map(bracketed).collect::<Vec<_>>().join(word), binds)))
}

fn incomplete(message: String) -> Diagnostic {
    Diagnostic::new(Code::ExprSyntax, None, message).hint("complete the condition, or remove it")
}

fn made(node: Node<ColumnRef>) -> Tree {
    Expr::new(node, (0, 0))
}

fn literal(value: &Value) -> Result<Tree, String> {
    let literal = match value {
        Value::Null => Literal::Null,
        Value::Bool(flag) => Literal::Boolean(*flag),
        Value::String(text) => Literal::Text(text.clone()),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Literal::Integer(whole),
            (None, Some(number)) => Literal::Number(number),
            (None, None) => return Err(format!("`{number}` is not a number that can be compared with")),
        },
        Value::Array(_) | Value::Object(_) => return Err("a value is a number, a text or a flag".to_owned()),
    };
    Ok(made(Node::Literal(literal)))
}

fn text_literal(text: &str) -> Tree {
    made(Node::Literal(Literal::Text(text.to_owned())))
}

fn call(function: Function, args: Vec<Tree>) -> Tree {
    made(Node::Call { function, args })
}

fn binary(left: Tree, operator: Operator, right: Tree) -> Tree {
    made(Node::Binary(Box::new(left), operator, Box::new(right)))
}

fn not(tree: Tree, negated: bool) -> Tree {
    if negated { made(Node::Not(Box::new(tree))) } else { tree }
}

/// The column of a dotted name: before the first dot stands its table, unless the whole is a table's own column.
fn column(name: &str, own: bool) -> Tree {
    let (alias, column) = match name.split_once('.') {
        Some((alias, column)) if !own && !alias.is_empty() && !column.is_empty() => (alias, column),
        _ => ("", name),
    };
    made(Node::Column(ColumnRef { alias: alias.to_owned(), column: column.into() }))
}

/// The pattern of `ilike` that stands for a text.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '%' | '_') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn tree(comparison: &Comparison, own: bool) -> Result<Tree, String> {
    let Comparison { column: name, test, values, unit, ignore_case } = comparison;
    let (positive, negated) = test.positive();
    let about = if name.is_empty() { "the condition".to_owned() } else { format!("the condition on `{name}`") };
    if positive == Test::InSegment {
        return match values.as_slice() {
            [Value::String(segment)] => Ok(not(made(Node::InSegment(segment.clone())), negated)),
            _ => Err("the condition names no segment".to_owned()),
        };
    }
    if name.is_empty() {
        return Err("the condition names no column".to_owned());
    }
    let x = column(name, own);
    let boxed = |tree: Tree| Box::new(tree);
    let lacks = |what: &str| format!("{about} lacks {what}");
    let one = || match values.as_slice() {
        [value] => Ok(value),
        _ => Err(lacks("its value")),
    };
    let compare = |x: Tree, operator: Operator| Ok(binary(x, operator, literal(one()?)?));
    let any_of = |x: Tree| -> Result<Tree, String> {
        match values.as_slice() {
            [] => Err(lacks("its value")),
            [value] => Ok(binary(x, Operator::Equal, literal(value)?)),
            many => {
                let list = many.iter().map(literal).collect::<Result<_, _>>()?;
                Ok(made(Node::In { value: boxed(x), list, negated: false }))
            }
        }
    };
    let like = |x: Tree, pattern: String, negated: bool| {
        made(Node::Like { value: boxed(x), pattern: boxed(text_literal(&pattern)), negated, ignore_case: true })
    };
    let held = |x: Tree, function: Function, before: &str, behind: &str| -> Result<Tree, String> {
        let Value::String(text) = one()? else { return Err(lacks("the text it looks for")) };
        // Every text holds the empty one, whatever its case.
        Ok(match *ignore_case && !text.is_empty() {
            true => like(x, format!("{before}{}{behind}", escaped(text)), negated),
            false => not(call(function, vec![x, text_literal(text)]), negated),
        })
    };
    let within = |x: Tree, function: Function| -> Result<Tree, String> {
        let unit = unit.as_deref().filter(|unit| UNITS.contains(unit)).ok_or_else(|| lacks("its unit"))?;
        let count = one()?.as_i64().ok_or_else(|| lacks("a whole number"))?;
        let count = made(Node::Literal(Literal::Integer(count)));
        Ok(not(call(function, vec![x, count, text_literal(unit)]), negated))
    };
    match positive {
        Test::Eq | Test::Ne => match (one()?, *ignore_case) {
            (Value::String(text), true) => Ok(like(x, escaped(text), *test == Test::Ne)),
            _ => compare(x, if *test == Test::Eq { Operator::Equal } else { Operator::NotEqual }),
        },
        Test::Lt => compare(x, Operator::Less),
        Test::Le => compare(x, Operator::LessOrEqual),
        Test::Gt => compare(x, Operator::Greater),
        Test::Ge => compare(x, Operator::GreaterOrEqual),
        Test::Between | Test::NotBetween => match values.as_slice() {
            [low, high] => {
                let (low, high) = (boxed(literal(low)?), boxed(literal(high)?));
                Ok(made(Node::Between { value: boxed(x), low, high, negated: *test == Test::NotBetween }))
            }
            _ => Err(lacks("its two values")),
        },
        Test::In | Test::NotIn => match values.is_empty() {
            true => Err(lacks("its values")),
            false => {
                let list = values.iter().map(literal).collect::<Result<_, _>>()?;
                Ok(made(Node::In { value: boxed(x), list, negated: *test == Test::NotIn }))
            }
        },
        Test::Contains => held(x, Function::Contains, "%", "%"),
        Test::StartsWith => held(x, Function::StartsWith, "", "%"),
        Test::EndsWith => held(x, Function::EndsWith, "%", ""),
        Test::IsNull | Test::IsNotNull => Ok(made(Node::IsNull { value: boxed(x), negated: *test == Test::IsNotNull })),
        Test::IsTrue | Test::IsFalse => {
            let flag = made(Node::Literal(Literal::Boolean(*test == Test::IsTrue)));
            Ok(binary(x, Operator::Equal, flag))
        }
        Test::WithinLast => within(x, Function::WithinLast),
        Test::WithinNext => within(x, Function::WithinNext),
        Test::YearToDate => Ok(call(Function::YearToDate, vec![x])),
        Test::DayOfWeek => any_of(call(Function::DayOfWeek, vec![x])),
        other => match other.part() {
            Some(part) => any_of(call(Function::DatePart, vec![text_literal(part), x])),
            None => Err(lacks("its operator")),
        },
    }
}
