//! Expression: the form of conditions and values, and where their words stand in the file.
//!
//! Invariants
//! - `at.start + span` of every node is its place in the file, however the scalar was quoted or folded.
//!
//! Not here: the language (`expr`).

use serde_json::{Value, json};

use super::form::{Form, Reader};
use crate::expr::{self, Node as ExprNode};
use crate::yaml::{Node, ScalarKind};
use crate::{At, Diagnostic, Expr, Spanned};

/// A condition or value over one row.
pub(crate) struct Expression;
/// A value with aggregates.
pub(crate) struct Aggregated;
/// A constant.
pub(crate) struct Constant;

impl Form for Expression {
    type Out = Spanned<Expr>;
    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Spanned<Expr>> {
        read(node, reader, expr::parse)
    }
    fn schema(&self) -> Value {
        json!({"type": ["string", "number", "boolean"]})
    }
}

impl Form for Aggregated {
    type Out = Spanned<Expr>;
    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Spanned<Expr>> {
        read(node, reader, expr::parse_value)
    }
    fn schema(&self) -> Value {
        Expression.schema()
    }
}

impl Form for Constant {
    type Out = Spanned<Expr>;

    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Spanned<Expr>> {
        let Some(scalar) = node.scalar() else {
            reader.wrong_kind(node, "a constant", "write a number, a text, `true` or `false`");
            return None;
        };
        let literal = match scalar.kind {
            ScalarKind::Null => expr::Literal::Null,
            ScalarKind::Boolean(flag) => expr::Literal::Boolean(flag),
            ScalarKind::Integer(number) => expr::Literal::Integer(number),
            ScalarKind::Number(number) => expr::Literal::Number(number),
            ScalarKind::Text => expr::Literal::Text(scalar.text.clone()),
        };
        let span = (0, node.at.end - node.at.start);
        Some(Spanned::new(Expr::new(ExprNode::Literal(literal), span), node.at))
    }

    fn schema(&self) -> Value {
        json!({"type": ["string", "number", "boolean"]})
    }
}

fn read(
    node: &Node,
    reader: &mut Reader<'_>,
    parse: fn(&str, Option<At>) -> Result<Expr, Vec<Diagnostic>>,
) -> Option<Spanned<Expr>> {
    let Some(scalar) = node.scalar() else {
        reader.wrong_kind(node, "an expression", "write `column = 'text'`, say, in one value");
        return None;
    };
    let raw = &reader.text[node.at.start as usize..node.at.end as usize];
    if let Some(offset) = verbatim(raw, &scalar.text) {
        let start = node.at.start + offset;
        let at = At { file: node.at.file, start, end: start + scalar.text.len() as u32 };
        return match parse(&scalar.text, Some(at)) {
            Ok(expr) => Some(Spanned::new(super::list::fill(expr, at, reader)?, at)),
            Err(diagnostics) => {
                reader.diagnostics.extend(diagnostics);
                None
            }
        };
    }
    let map = align(raw, &scalar.text);
    let place = |offset: u32| map.get(offset as usize).or(map.last()).copied().unwrap_or(0);
    match parse(&scalar.text, Some(At { file: node.at.file, start: 0, end: scalar.text.len() as u32 })) {
        Ok(mut expr) => {
            move_spans(&mut expr, &place);
            // The place ends with the expression, not with the line ends behind a block.
            let end = node.at.start + expr.span.1;
            let at = At { end, ..node.at };
            Some(Spanned::new(super::list::fill(expr, at, reader)?, at))
        }
        Err(diagnostics) => {
            let moved = diagnostics.into_iter().map(|mut diagnostic| {
                diagnostic.at = diagnostic.at.map(|at| At {
                    file: at.file,
                    start: node.at.start + place(at.start),
                    end: node.at.start + place(at.end),
                });
                diagnostic
            });
            reader.diagnostics.extend(moved);
            None
        }
    }
}

/// Where the text stands in its raw form, when it stands there letter by letter.
fn verbatim(raw: &str, text: &str) -> Option<u32> {
    if raw == text {
        return Some(0);
    }
    let inner = raw.strip_prefix(['"', '\'']).and_then(|raw| raw.strip_suffix(['"', '\'']))?;
    (inner == text).then_some(1)
}

/// For each byte of the text and its end, the byte of the raw form it comes from: quotes, escapes, indentation
/// and line ends are skipped. What a numeric escape stands for is placed where the text before it ended.
pub(crate) fn align(raw: &str, text: &str) -> Vec<u32> {
    let mut place = match raw.as_bytes().first() {
        Some(b'"' | b'\'') => 1,
        Some(b'|' | b'>') => raw.find('\n').map_or(raw.len(), |newline| newline + 1),
        _ => 0,
    };
    let mut map = Vec::with_capacity(text.len() + 1);
    for c in text.chars() {
        if !c.is_whitespace()
            && let Some(gap) = raw[place..].find(c)
            && raw[place..place + gap].chars().all(|skipped| skipped.is_whitespace() || "\\'".contains(skipped))
        {
            place += gap;
        }
        map.extend(std::iter::repeat_n(place as u32, c.len_utf8()));
        if let Some(next) = raw[place..].chars().next()
            && (next == c || next.is_whitespace() && c.is_whitespace())
        {
            place += next.len_utf8();
        }
    }
    map.push(place as u32);
    map
}

fn move_spans(expr: &mut Expr, place: &dyn Fn(u32) -> u32) {
    expr.span = (place(expr.span.0), place(expr.span.1));
    let mut each = |inner: &mut Expr| move_spans(inner, place);
    match &mut expr.node {
        ExprNode::Literal(_) | ExprNode::Column(_) | ExprNode::InSegment(_) => {}
        ExprNode::Not(x) | ExprNode::Negate(x) => each(x),
        ExprNode::Binary(x, _, y) => [x, y].into_iter().for_each(|x| each(x)),
        ExprNode::Between { value, low, high, .. } => [value, low, high].into_iter().for_each(|x| each(x)),
        ExprNode::In { value, list, .. } => {
            each(value);
            list.iter_mut().for_each(each);
        }
        ExprNode::Like { value, pattern, .. } => [value, pattern].into_iter().for_each(|x| each(x)),
        ExprNode::IsNull { value, .. } | ExprNode::Cast { value, .. } | ExprNode::InList { value, .. } => each(value),
        ExprNode::Case { operand, whens, otherwise } => {
            operand.iter_mut().for_each(|x| each(x));
            whens.iter_mut().flat_map(|(when, then)| [when, then]).for_each(&mut each);
            otherwise.iter_mut().for_each(|x| each(x));
        }
        ExprNode::Call { args, .. } | ExprNode::Aggregate { args, .. } => args.iter_mut().for_each(each),
    }
}
