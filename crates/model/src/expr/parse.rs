//! Parse: text to an expression.
//!
//! Flow     text ─ `tokens` (refusals) ─ sqlparser, PostgreSQL dialect ─ its tree cut down to ours
//!
//! Invariants
//! - No text makes it panic, hang or use up the stack: length, operators and depth are bounded.
//!
//! Not here: whether columns exist and types go together (`resolve`).

use super::dialect::Language;
use sqlparser::ast::{self, BinaryOperator, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator, Value};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token};

use super::place::inside;
use super::refusal::{function_hint, refusal, type_hint, word_hint};
use super::tokens::{Tokens, tokens};
use super::{Aggregate, Expr, Function, Literal, Name, Node, Operator};
use crate::{At, Code, DataType, Diagnostic};

/// How deep brackets, calls and signs may nest.
const DEEPEST_NEST: usize = 100;
/// How deep the tree may be, chains of operators included.
const DEEPEST: usize = 400;

/// Parses a condition or value; `at` is the place of the text in its file.
///
/// # Errors
/// What is not an expression, or is SQL that the language leaves out.
pub fn parse(text: &str, at: Option<At>) -> Result<Expr, Vec<Diagnostic>> {
    let tokens = tokens(text, at)?;
    let mut parser =
        Parser::new(&Language).with_recursion_limit(DEEPEST_NEST).with_tokens_with_locations(tokens.all.clone());
    let mut reader = Reader { text, tokens: &tokens, at, depth: 0, wrong: Vec::new() };
    let tree = match parser.parse_expr() {
        Ok(tree) => tree,
        Err(error) => return Err(vec![reader.syntax(&error)]),
    };
    let rest = parser.peek_token();
    if rest.token != Token::EOF {
        return Err(vec![reader.unexpected(tokens.at(rest.span.start))]);
    }
    match (reader.expr(&tree), reader.wrong.is_empty()) {
        (Some(expr), true) => Ok(expr),
        (None, true) => Err(vec![Diagnostic::new(Code::ExprSyntax, at, "this is not an expression")]),
        _ => Err(reader.wrong),
    }
}

/// Parses the value of a measure: the same language with aggregates.
///
/// # Errors
/// As [`parse`].
pub fn parse_value(text: &str, at: Option<At>) -> Result<Expr, Vec<Diagnostic>> {
    parse(text, at)
}

/// Reads sqlparser's tree into ours, and notes what the language does not have.
struct Reader<'a> {
    text: &'a str,
    tokens: &'a Tokens,
    at: Option<At>,
    depth: usize,
    wrong: Vec<Diagnostic>,
}

type Span = (u32, u32);

impl Reader<'_> {
    fn place(&self, span: Span) -> Option<At> {
        inside(self.at, self.text.len(), span)
    }
    fn whole(&self) -> Span {
        (0, self.text.len() as u32)
    }
    fn note<T>(&mut self, code: Code, span: Span, message: impl Into<String>, hint: impl Into<String>) -> Option<T> {
        let at = self.place(span);
        self.wrong.push(Diagnostic::new(code, at, message).hint(hint));
        None
    }
    fn refuse<T>(&mut self, span: Span, message: impl Into<String>, hint: impl Into<String>) -> Option<T> {
        self.note(Code::ExprRefused, span, message, hint)
    }
    /// The bytes of the token at a place.
    fn token(&self, place: Location) -> Span {
        self.tokens.at(place).map_or(self.whole(), |i| self.tokens.bytes[i])
    }
    /// The byte where the nearest of these words after a byte ends.
    fn end_of_word(&self, after: u32, word: &str) -> u32 {
        let from = self.tokens.ending(after).map_or(self.tokens.all.len(), |i| i + 1);
        (from..self.tokens.all.len()).find(|&i| self.tokens.is_word(i, word)).map_or(after, |i| self.tokens.bytes[i].1)
    }
    /// `span` with the token before it, and the one after it where asked.
    fn widened(&self, span: Span, after: bool) -> Span {
        let before = self.tokens.starting(span.0).and_then(|i| i.checked_sub(1));
        let next = self.tokens.ending(span.1).map(|i| i + 1).filter(|_| after);
        let end = next.and_then(|i| self.tokens.bytes.get(i)).map_or(span.1, |bytes| bytes.1);
        (before.map_or(span.0, |i| self.tokens.bytes[i].0), end)
    }

    #[recursive::recursive]
    fn expr(&mut self, tree: &ast::Expr) -> Option<Expr> {
        self.depth += 1;
        let read = match self.depth > DEEPEST {
            true => self.note(
                Code::ExprSyntax,
                self.whole(),
                format!("the expression nests or chains more than {DEEPEST} deep"),
                "use `in (…)` for many values, or split it into several definitions",
            ),
            false => self.node(tree),
        };
        self.depth -= 1;
        read
    }
    fn boxed(&mut self, tree: &ast::Expr) -> Option<Box<Expr>> {
        self.expr(tree).map(Box::new)
    }
    /// All of a list, so that every fault in it is found.
    fn list(&mut self, trees: &[ast::Expr]) -> Option<Vec<Expr>> {
        let read: Vec<_> = trees.iter().map(|tree| self.expr(tree)).collect();
        read.into_iter().collect()
    }

    fn node(&mut self, tree: &ast::Expr) -> Option<Expr> {
        use ast::Expr as Sql;
        match tree {
            Sql::Identifier(name) => self.name(std::slice::from_ref(name)),
            Sql::CompoundIdentifier(names) => self.name(names),
            Sql::Nested(inner) => {
                let mut expr = self.expr(inner)?;
                expr.span = self.widened(expr.span, true);
                Some(expr)
            }
            Sql::Value(value) => {
                let span = self.token(value.span.start);
                let literal = self.literal(&value.value, span)?;
                Some(Expr::new(Node::Literal(literal), span))
            }
            Sql::TypedString(typed) => self.typed(typed),
            Sql::UnaryOp { op, expr } => self.unary(*op, expr),
            Sql::BinaryOp { left, op, right } => self.binary(left, op, right),
            Sql::IsNull(value) => self.is_null(value, false),
            Sql::IsNotNull(value) => self.is_null(value, true),
            Sql::Between { expr, negated, low, high } => {
                let (value, low, high) = (self.boxed(expr), self.boxed(low), self.boxed(high));
                let (value, low, high) = (value?, low?, high?);
                let span = (value.span.0, high.span.1);
                Some(Expr::new(Node::Between { value, low, high, negated: *negated }, span))
            }
            Sql::InList { expr, list, negated } => {
                let (value, list) = (self.boxed(expr), self.list(list));
                let (value, list) = (value?, list?);
                let last = list.last().map_or(value.span, |last| last.span);
                let span = (value.span.0, self.widened(last, true).1);
                Some(Expr::new(Node::In { value, list, negated: *negated }, span))
            }
            Sql::Like { negated, any: false, expr, pattern, escape_char: None } => {
                self.like(expr, pattern, *negated, false)
            }
            Sql::ILike { negated, any: false, expr, pattern, escape_char: None } => {
                self.like(expr, pattern, *negated, true)
            }
            Sql::Case { case_token, end_token, operand, conditions, else_result } => {
                let operand = operand.as_ref().map(|tree| self.boxed(tree));
                let whens: Vec<_> =
                    conditions.iter().map(|arm| (self.expr(&arm.condition), self.expr(&arm.result))).collect();
                let otherwise = else_result.as_ref().map(|tree| self.boxed(tree));
                let whens = whens.into_iter().map(|(when, then)| Some((when?, then?))).collect::<Option<_>>()?;
                let node = Node::Case { operand: transpose(operand)?, whens, otherwise: transpose(otherwise)? };
                Some(Expr::new(node, (self.token(case_token.0.span.start).0, self.token(end_token.0.span.start).1)))
            }
            Sql::Function(call) => self.call(call),
            other => {
                let (message, hint) = refusal(other);
                let span = self.spread(other);
                self.refuse(span, message, hint)
            }
        }
    }

    /// The bytes of a tree that is refused.
    fn spread(&self, tree: &ast::Expr) -> Span {
        let span = ast::Spanned::span(tree);
        match (self.tokens.at(span.start), span.start.line) {
            (Some(first), 1..) => {
                let end = self.tokens.all.iter().zip(&self.tokens.bytes).skip(first);
                let end = end.take_while(|(token, _)| token.span.end <= span.end).last().map(|(_, bytes)| bytes.1);
                (self.tokens.bytes[first].0, end.unwrap_or(self.tokens.bytes[first].1))
            }
            _ => self.whole(),
        }
    }

    fn name(&mut self, names: &[ast::Ident]) -> Option<Expr> {
        let (first, last) = (names.first()?, names.last()?);
        let span = (self.token(first.span.start).0, self.token(last.span.start).1);
        if names.iter().any(|name| name.value.is_empty()) {
            return self.note(Code::ExprSyntax, span, "an empty name", "write the column's name between the quotes");
        }
        Some(Expr::new(Node::Column(Name(names.iter().map(|name| name.value.clone()).collect())), span))
    }

    fn literal(&mut self, value: &Value, span: Span) -> Option<Literal> {
        match value {
            Value::Null => Some(Literal::Null),
            Value::Boolean(value) => Some(Literal::Boolean(*value)),
            Value::SingleQuotedString(text) => Some(Literal::Text(text.clone())),
            Value::Number(digits, false) => self.number(digits, span),
            _ => self.refuse(
                span,
                "a constant that the language does not have",
                "write a number, `'text'`, `true`, `false` or `null`",
            ),
        }
    }

    fn number(&mut self, digits: &str, span: Span) -> Option<Literal> {
        if digits.bytes().enumerate().all(|(i, b)| b.is_ascii_digit() || (i == 0 && b == b'-')) {
            return match digits.parse() {
                Ok(value) => Some(Literal::Integer(value)),
                Err(_) => self.note(
                    Code::ExprSyntax,
                    span,
                    format!("`{digits}` does not fit an integer of 64 bits"),
                    format!("write `{digits}.0` for a double"),
                ),
            };
        }
        match digits.parse::<f64>() {
            Ok(value) if value.is_finite() => Some(Literal::Number(value)),
            _ => self.note(
                Code::ExprSyntax,
                span,
                format!("`{digits}` is not a number"),
                "write digits with at most one `.`",
            ),
        }
    }

    fn typed(&mut self, typed: &ast::TypedString) -> Option<Expr> {
        let text = self.token(typed.value.span.start);
        let span = self.widened(text, false);
        let Value::SingleQuotedString(value) = &typed.value.value else {
            return self.refuse(span, "a constant that the language does not have", "write `date '2020-01-31'`");
        };
        match &typed.data_type {
            ast::DataType::Date => Some(Expr::new(Node::Literal(Literal::Date(value.clone())), span)),
            ast::DataType::Timestamp(None, _) => Some(Expr::new(Node::Literal(Literal::DateTime(value.clone())), span)),
            _ => self.refuse(
                span,
                "a constant that the language does not have",
                "write `date '2020-01-31'` or `timestamp '2020-01-31 12:00:00'`",
            ),
        }
    }

    fn unary(&mut self, op: UnaryOperator, inner: &ast::Expr) -> Option<Expr> {
        if let (UnaryOperator::Minus, ast::Expr::Value(value)) = (op, inner)
            && let Value::Number(digits, false) = &value.value
        {
            let span = self.widened(self.token(value.span.start), false);
            // The sign belongs to the constant, or the least integer could not be written.
            let literal = self.number(&format!("-{digits}"), span)?;
            return Some(Expr::new(Node::Literal(literal), span));
        }
        let value = self.boxed(inner)?;
        let span = self.widened(value.span, false);
        match op {
            UnaryOperator::Not => Some(Expr::new(Node::Not(value), span)),
            UnaryOperator::Minus => Some(Expr::new(Node::Negate(value), span)),
            UnaryOperator::Plus => self.refuse(span, "a sign `+` is not part of the language", "remove it"),
            _ => self.refuse(span, "an operator that the language does not have", "write `-x` or `not x`"),
        }
    }

    fn binary(&mut self, left: &ast::Expr, op: &BinaryOperator, right: &ast::Expr) -> Option<Expr> {
        let (left, right) = (self.boxed(left), self.boxed(right));
        let (left, right) = (left?, right?);
        let span = (left.span.0, right.span.1);
        let operator = match op {
            BinaryOperator::Or => Operator::Or,
            BinaryOperator::And => Operator::And,
            BinaryOperator::Eq => Operator::Equal,
            BinaryOperator::NotEq => Operator::NotEqual,
            BinaryOperator::Lt => Operator::Less,
            BinaryOperator::LtEq => Operator::LessOrEqual,
            BinaryOperator::Gt => Operator::Greater,
            BinaryOperator::GtEq => Operator::GreaterOrEqual,
            BinaryOperator::StringConcat => Operator::Concat,
            BinaryOperator::Plus => Operator::Add,
            BinaryOperator::Minus => Operator::Subtract,
            BinaryOperator::Multiply => Operator::Multiply,
            BinaryOperator::Divide => Operator::Divide,
            BinaryOperator::Modulo => Operator::Modulo,
            BinaryOperator::PGExp => Operator::Power,
            _ => {
                return self.refuse(
                    span,
                    "an operator that the language does not have",
                    "write one of `+ - * / % ^ || = <> < <= > >=`",
                );
            }
        };
        Some(Expr::new(Node::Binary(left, operator, right), span))
    }

    fn is_null(&mut self, value: &ast::Expr, negated: bool) -> Option<Expr> {
        let value = self.boxed(value)?;
        let span = (value.span.0, self.end_of_word(value.span.1, "null"));
        Some(Expr::new(Node::IsNull { value, negated }, span))
    }

    fn like(&mut self, value: &ast::Expr, pattern: &ast::Expr, negated: bool, ignore_case: bool) -> Option<Expr> {
        let (value, pattern) = (self.boxed(value), self.boxed(pattern));
        let (value, pattern) = (value?, pattern?);
        let span = (value.span.0, pattern.span.1);
        Some(Expr::new(Node::Like { value, pattern, negated, ignore_case }, span))
    }

    fn call(&mut self, call: &ast::Function) -> Option<Expr> {
        let [ast::ObjectNamePart::Identifier(name)] = call.name.0.as_slice() else {
            return self.refuse(self.whole(), "functions have no dots in their names", "write `lower(x)`");
        };
        let first = self.tokens.at(name.span.start);
        let close = first.and_then(|i| self.tokens.pair.get(&(i + 1)).copied());
        let word = first.map_or(self.whole(), |i| self.tokens.bytes[i]);
        let span = (word.0, close.map_or(word.1, |i| self.tokens.bytes[i].1));
        let FunctionArguments::List(list) = &call.args else {
            return self.refuse(span, format!("`{}` is not a function", name.value), "write its arguments in brackets");
        };
        if call.over.is_some()
            || call.filter.is_some()
            || call.null_treatment.is_some()
            || !call.within_group.is_empty()
            || list.duplicate_treatment.is_some()
            || !list.clauses.is_empty()
        {
            return self.refuse(span, "a call with more than arguments", "write `function(x, y)`");
        }
        let mut args = Vec::new();
        for arg in &list.args {
            match arg {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(tree)) => args.push(tree),
                FunctionArg::Unnamed(FunctionArgExpr::Wildcard)
                    if name.value.eq_ignore_ascii_case("count") && list.args.len() == 1 => {}
                FunctionArg::Unnamed(_) => {
                    return self.refuse(span, "`*` stands for no column here", "name a column, or write `count(*)`");
                }
                _ => {
                    return self.refuse(
                        span,
                        "arguments have no names",
                        "write the arguments in order, separated by commas",
                    );
                }
            }
        }
        if name.value.eq_ignore_ascii_case("cast") {
            return self.cast(&args, span);
        }
        if name.value.eq_ignore_ascii_case("in_segment") {
            return self.in_segment(&args, span);
        }
        if name.value.eq_ignore_ascii_case("in_list") {
            return self.in_list(&args, span);
        }
        let read: Vec<_> = args.iter().map(|tree| self.expr(tree)).collect();
        let args = read.into_iter().collect::<Option<Vec<_>>>();
        let found = match (Function::of_word(&name.value), Aggregate::of_word(&name.value)) {
            (Some(function), _) => Called::Function(function),
            (_, Some(aggregate)) => Called::Aggregate(aggregate),
            (None, None) => {
                let hint = function_hint(&name.value);
                return self.note(Code::ExprFunction, word, format!("`{}` is not a function", name.value), hint);
            }
        };
        let (word, (least, most), about) = found.told();
        let count = list_len(list);
        if !(least..=most).contains(&count) {
            let asked = match (least, most) {
                (0, 0) => "no arguments".to_owned(),
                (1, 1) => "1 argument".to_owned(),
                (a, b) if a == b => format!("{a} arguments"),
                (a, b) => format!("{a} to {b} arguments"),
            };
            let message = format!("`{word}` takes {asked}, not {count}");
            return self.note(Code::ExprFunction, span, message, format!("give what it needs: {about}"));
        }
        let args = args?;
        Some(Expr::new(
            match found {
                Called::Function(function) => Node::Call { function, args },
                Called::Aggregate(aggregate) => Node::Aggregate { aggregate, args },
            },
            span,
        ))
    }

    fn cast(&mut self, args: &[&ast::Expr], span: Span) -> Option<Expr> {
        let words = DataType::WORDS.iter().filter(|word| **word != "json").map(|word| format!("`{word}`"));
        let hint = format!("write `cast(x as type)` with one of {}", words.collect::<Vec<_>>().join(", "));
        let [value, ast::Expr::Value(ty)] = args else {
            return self.note(Code::ExprFunction, span, "a cast without its type", hint);
        };
        let Value::Placeholder(word) = &ty.value else {
            return self.note(Code::ExprFunction, span, "a cast without its type", hint);
        };
        let place = self.token(ty.span.start);
        let value = self.boxed(value);
        match DataType::parse(&word.split_whitespace().collect::<Vec<_>>().join(" ")) {
            Some(to) if to != DataType::Json => Some(Expr::new(Node::Cast { value: value?, to }, span)),
            _ => {
                let hint = type_hint(word).map_or(hint, |ty| format!("write `{ty}`"));
                self.refuse(place, format!("`{word}` is not a type"), hint)
            }
        }
    }

    fn in_segment(&mut self, args: &[&ast::Expr], span: Span) -> Option<Expr> {
        if let [ast::Expr::Value(value)] = args
            && let Value::SingleQuotedString(name) = &value.value
        {
            return Some(Expr::new(Node::InSegment(name.clone()), span));
        }
        self.note(Code::ExprFunction, span, "`in_segment` takes the name of one segment", "write `in_segment('Name')`")
    }

    fn in_list(&mut self, args: &[&ast::Expr], span: Span) -> Option<Expr> {
        if let [value, ast::Expr::Value(name)] = args
            && let Value::SingleQuotedString(list) = &name.value
        {
            let value = self.boxed(value)?;
            return Some(Expr::new(Node::InList { value, list: list.clone(), values: Vec::new() }, span));
        }
        let message = "`in_list` takes a value and the name of a list";
        self.note(Code::ExprFunction, span, message, "write `in_list(x, 'codes')` for `lists/codes.txt`")
    }

    /// What sqlparser could not read, in our words.
    fn syntax(&self, error: &ParserError) -> Diagnostic {
        let message = match error {
            ParserError::RecursionLimitExceeded => {
                let message = format!("the expression nests more than {DEEPEST_NEST} deep");
                return Diagnostic::new(Code::ExprSyntax, self.at, message).hint("remove brackets, or split it");
            }
            ParserError::ParserError(message) | ParserError::TokenizerError(message) => message,
        };
        self.unexpected(place_in(message).and_then(|place| self.tokens.at(place)))
    }

    /// A token that cannot stand where it stands; `None` is the end of the text.
    fn unexpected(&self, index: Option<usize>) -> Diagnostic {
        let words =
            |word: &str| (0..self.tokens.all.len()).filter(|&i| self.tokens.is_word(i, word)).collect::<Vec<_>>();
        let (cases, ends) = (words("case"), words("end"));
        if let (Some(&case), true) = (cases.last(), cases.len() > ends.len()) {
            let at = self.place(self.tokens.bytes[case]);
            return Diagnostic::new(Code::ExprSyntax, at, "a `case` without its `end`")
                .hint("write `case when … then … else … end`");
        }
        let Some(index) = index else {
            let end = self.text.len() as u32;
            let at = self.place((self.tokens.bytes.last().map_or(0, |bytes| bytes.0), end));
            return Diagnostic::new(Code::ExprSyntax, at, "the expression ends too early")
                .hint("write what should follow");
        };
        let bytes = self.tokens.bytes[index];
        let word = &self.text[bytes.0 as usize..bytes.1 as usize];
        let at = self.place(bytes);
        let before = index.checked_sub(1).map(|i| self.tokens.bytes[i]);
        let before = before.map_or("", |bytes| &self.text[bytes.0 as usize..bytes.1 as usize]);
        let opening = ["select", "where", "filter"].iter().any(|word| word.eq_ignore_ascii_case(before));
        if let Some((message, hint)) = word_hint(word).or_else(|| word_hint(before).filter(|_| opening)) {
            return Diagnostic::new(Code::ExprRefused, at, message).hint(hint);
        }
        let hint = match (&self.tokens.all[index].token, index.checked_sub(1).map(|i| &self.tokens.all[i].token)) {
            (Token::Comma, _) => "separate conditions with `and` or `or`",
            (Token::SingleQuotedString(_) | Token::Number(..) | Token::Word(_), Some(_))
                if self.tokens.is_word(index - 1, "in") =>
            {
                "put the values in brackets: `in ('a', 'b')`"
            }
            (Token::RParen, Some(Token::LParen)) => "write something between the brackets",
            (Token::LParen, _) => "check the name before the bracket",
            (
                Token::Word(_) | Token::Number(..) | Token::SingleQuotedString(_),
                Some(Token::Word(_) | Token::Number(..) | Token::SingleQuotedString(_) | Token::RParen),
            ) => "write an operator before it, or put a name with spaces in double quotes",
            _ => "check what stands before it",
        };
        Diagnostic::new(Code::ExprSyntax, at, format!("`{word}` cannot stand here")).hint(hint)
    }
}

/// What a call names.
enum Called {
    Function(Function),
    Aggregate(Aggregate),
}

impl Called {
    fn told(&self) -> (&'static str, (usize, usize), &'static str) {
        match self {
            Self::Function(f) => (f.word(), f.arity(), f.about()),
            Self::Aggregate(a) => (a.word(), a.arity(), a.about()),
        }
    }
}

fn list_len(list: &ast::FunctionArgumentList) -> usize {
    match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)] => 0,
        args => args.len(),
    }
}

fn transpose<T>(value: Option<Option<T>>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(inner) => inner.map(Some),
    }
}

/// The place that a message of sqlparser ends with: `… at Line: 1, Column: 5`.
fn place_in(message: &str) -> Option<Location> {
    let (line, column) = message.rsplit_once("Line: ")?.1.split_once(", Column: ")?;
    let digits = column.find(|c: char| !c.is_ascii_digit()).unwrap_or(column.len());
    Some(Location::new(line.parse().ok()?, column[..digits].parse().ok()?))
}
