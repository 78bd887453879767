//! Check: the types of an expression, worked out from the leaves up.
//!
//! Invariants
//! - `DataType::Any` goes with every type; the first comparison that depends on it yields one note.
//!
//! Not here: functions and aggregates (`call`), names (`columns`).

use super::super::place::{inside, nearest};
use super::super::{ColumnRef, Expr, Literal, Name, Node, Operator, Typed};
use super::{Resolved, Scope, columns, constant, unify, weight};
use crate::{At, Code, DataType, Diagnostic, Severity};

/// The work of resolving one expression.
pub(super) struct Check<'a> {
    scope: &'a Scope,
    at: Option<At>,
    /// The bytes of the text, as far as the root's span tells.
    text_len: usize,
    wrong: Vec<Diagnostic>,
    notes: Vec<Diagnostic>,
    /// Whether the nodes looked at stand within an aggregate.
    pub(super) in_aggregate: bool,
    /// Whether there was an aggregate, and what reads single rows outside of all.
    pub(super) aggregates: bool,
    outside: Vec<((u32, u32), String)>,
}

impl<'a> Check<'a> {
    pub(super) fn new(scope: &'a Scope, at: Option<At>) -> Self {
        Self {
            scope,
            at,
            text_len: 0,
            wrong: Vec::new(),
            notes: Vec::new(),
            in_aggregate: false,
            aggregates: false,
            outside: Vec::new(),
        }
    }

    pub(super) fn scope(&self) -> &'a Scope {
        self.scope
    }

    /// What came of it.
    pub(super) fn outcome(mut self, typed: Option<Typed>) -> Result<Resolved, Vec<Diagnostic>> {
        if self.aggregates {
            for (span, name) in std::mem::take(&mut self.outside) {
                let message = format!("{name} stands outside the aggregates");
                self.fault::<()>(
                    Code::ExprAggregate,
                    span,
                    message,
                    "put it within one, such as `max(…)`, or move it to `where:`",
                );
            }
        }
        if let Some(typed) = &typed
            && weight::weight(typed) > weight::MOST
        {
            let message = "the expression nests too many calls and casts";
            self.fault::<()>(Code::ExprSyntax, typed.span, message, "make its parts columns or measures of their own");
        }
        match typed {
            Some(typed) if self.wrong.is_empty() => Ok(Resolved { typed, notes: self.notes }),
            _ => {
                self.wrong.sort_by_key(|diagnostic| diagnostic.at);
                Err(self.wrong)
            }
        }
    }

    fn place(&self, span: (u32, u32)) -> Option<At> {
        inside(self.at, self.text_len, span)
    }
    /// Notes a fault; the value is `None`, for use with `?`.
    pub(super) fn fault<T>(
        &mut self,
        code: Code,
        span: (u32, u32),
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Option<T> {
        let at = self.place(span);
        self.wrong.push(Diagnostic::new(code, at, message).hint(hint));
        None
    }
    pub(super) fn type_fault<T>(
        &mut self,
        span: (u32, u32),
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Option<T> {
        self.fault(Code::ExprType, span, message, hint)
    }

    /// The typed form of an expression; `None` when a fault was noted.
    #[recursive::recursive]
    pub(super) fn expr(&mut self, expr: &Expr) -> Option<Typed> {
        self.text_len = self.text_len.max(expr.span.1 as usize);
        let typed = |node, ty| Some(Expr { node, ty, span: expr.span });
        match &expr.node {
            Node::Literal(literal) => self.literal(literal, expr.span),
            Node::Column(name) => self.column(name, expr.span),
            Node::InSegment(name) => self.in_segment(name, expr.span),
            Node::Not(value) => {
                let value = self.expr(value).and_then(|value| self.truth(value))?;
                typed(Node::Not(Box::new(value)), DataType::Boolean)
            }
            Node::Negate(value) => {
                let value = self.expr(value)?;
                let ty = self.number(&value)?;
                typed(Node::Negate(Box::new(value)), ty)
            }
            Node::Binary(left, operator, right) => self.binary(left, *operator, right, expr.span),
            Node::Between { value, low, high, negated } => {
                let (value, low, high) = (self.expr(value), self.expr(low), self.expr(high));
                let (value, low) = self.comparable(value?, low?, true, expr.span)?;
                let (value, high) = self.comparable(value, high?, true, expr.span)?;
                let (value, low, high) = (Box::new(value), Box::new(low), Box::new(high));
                typed(Node::Between { value, low, high, negated: *negated }, DataType::Boolean)
            }
            Node::In { value, list, negated } => {
                let value = self.expr(value);
                let list: Vec<_> = list.iter().map(|item| self.expr(item)).collect();
                let mut value = value?;
                let mut fitted = Vec::with_capacity(list.len());
                for item in list.into_iter().collect::<Option<Vec<_>>>()? {
                    let (same, item) = self.comparable(value, item, false, expr.span)?;
                    value = same;
                    fitted.push(item);
                }
                typed(Node::In { value: Box::new(value), list: fitted, negated: *negated }, DataType::Boolean)
            }
            Node::InList { value, list, values } => {
                let value = self.expr(value)?;
                let values = self.listed(&value, list, values, expr.span)?;
                typed(Node::InList { value: Box::new(value), list: list.clone(), values }, DataType::Boolean)
            }
            Node::Like { value, pattern, negated, ignore_case } => {
                let (value, pattern) = (self.expr(value), self.expr(pattern));
                let word = if *ignore_case { "`ilike`" } else { "`like`" };
                let (value, pattern) = (self.text(value?, word)?, self.text(pattern?, word)?);
                let (value, pattern) = (Box::new(value), Box::new(pattern));
                typed(Node::Like { value, pattern, negated: *negated, ignore_case: *ignore_case }, DataType::Boolean)
            }
            Node::IsNull { value, negated } => {
                let value = Box::new(self.expr(value)?);
                typed(Node::IsNull { value, negated: *negated }, DataType::Boolean)
            }
            Node::Case { operand, whens, otherwise } => {
                self.case(operand.as_deref(), whens, otherwise.as_deref(), expr.span)
            }
            Node::Cast { value, to } => self.cast(value, *to, expr.span),
            Node::Call { function, args } => self.call(*function, args, expr.span),
            Node::Aggregate { aggregate, args } => self.aggregate(*aggregate, args, expr.span),
        }
    }

    fn literal(&mut self, literal: &Literal, span: (u32, u32)) -> Option<Typed> {
        let ty = match literal {
            Literal::Null => DataType::Any,
            Literal::Boolean(_) => DataType::Boolean,
            Literal::Integer(_) => DataType::Integer,
            Literal::Number(_) => DataType::Number,
            Literal::Text(_) => DataType::Text,
            Literal::Date(text) => {
                self.constant(text, DataType::Date, span)?;
                DataType::Date
            }
            Literal::DateTime(text) => {
                self.constant(text, DataType::DateTime, span)?;
                DataType::DateTime
            }
        };
        Some(Expr { node: Node::Literal(literal.clone()), ty, span })
    }

    fn column(&mut self, name: &Name, span: (u32, u32)) -> Option<Typed> {
        let quoted = matches!(name.0.as_slice(), [only] if span.1 - span.0 >= only.len() as u32 + 2);
        match columns::find(name, quoted, self.scope) {
            Ok((column, ty)) => {
                if !self.in_aggregate {
                    self.outside.push((span, format!("`{column}`")));
                }
                Some(Expr { node: Node::Column(column), ty, span })
            }
            Err((code, message, hint)) => self.fault(code, span, message, hint),
        }
    }

    fn in_segment(&mut self, name: &str, span: (u32, u32)) -> Option<Typed> {
        let all = || self.scope.segments.iter().map(String::as_str);
        let found = all().find(|known| *known == name).or_else(|| all().find(|known| known.eq_ignore_ascii_case(name)));
        let Some(found) = found else {
            let hint = match (nearest(name, all()), self.scope.segments.is_empty()) {
                (Some(near), _) => format!("write `in_segment('{near}')`, if that is meant"),
                (None, true) => {
                    "add the segment to `segments/`: there are none that can be asked about here".to_owned()
                }
                (None, false) => format!("use one of {}", columns::list(all().map(str::to_owned))),
            };
            return self.fault(Code::UnknownName, span, format!("there is no segment `{name}`"), hint);
        };
        if !self.in_aggregate {
            self.outside.push((span, format!("`in_segment('{found}')`")));
        }
        Some(Expr { node: Node::InSegment(found.to_owned()), ty: DataType::Boolean, span })
    }

    /// Notes what is asked of a single row.
    pub(super) fn reads_row(&mut self, span: (u32, u32), what: String) {
        if !self.in_aggregate {
            self.outside.push((span, what));
        }
    }

    /// The values of a list as constants of the type they are compared with.
    fn listed(&mut self, value: &Typed, list: &str, values: &[Literal], span: (u32, u32)) -> Option<Vec<Literal>> {
        let fitted: Result<Vec<Literal>, &Literal> =
            values.iter().map(|text| constant::listed(text, value.ty).ok_or(text)).collect();
        match fitted {
            Ok(fitted) => Some(fitted),
            Err(text) => {
                let message = format!("the list `{list}` holds {text}, which is not {}", a(value.ty));
                let hint = format!("remove it from `lists/{list}`, or write `in_list(cast(x as text), '{list}')`");
                self.type_fault(span, message, hint)
            }
        }
    }

    fn binary(&mut self, left: &Expr, operator: Operator, right: &Expr, span: (u32, u32)) -> Option<Typed> {
        let (left, right) = (self.expr(left), self.expr(right));
        let done =
            |left, right, ty| Some(Expr { node: Node::Binary(Box::new(left), operator, Box::new(right)), ty, span });
        match operator {
            Operator::And | Operator::Or => {
                let left = left.and_then(|left| self.truth(left));
                let right = right.and_then(|right| self.truth(right));
                done(left?, right?, DataType::Boolean)
            }
            _ if operator.is_comparison() => {
                let ordered = !matches!(operator, Operator::Equal | Operator::NotEqual);
                let (left, right) = self.comparable(left?, right?, ordered, span)?;
                done(left, right, DataType::Boolean)
            }
            Operator::Concat => {
                let (left, right) = (left?, right?);
                let (left, right) = (self.text(left, "`||`"), self.text(right, "`||`"));
                done(left?, right?, DataType::Text)
            }
            _ => {
                let (left, right) = (left?, right?);
                let ty = self.arithmetic(&left, operator, &right, span)?;
                done(left, right, ty)
            }
        }
    }

    fn arithmetic(&mut self, left: &Typed, operator: Operator, right: &Typed, span: (u32, u32)) -> Option<DataType> {
        let pair = (left.ty, right.ty);
        if operator == Operator::Add && (left.ty.is_text() || right.ty.is_text()) {
            return self.type_fault(span, "`+` adds numbers, and here is a text", "write `||` to join texts");
        }
        if pair.0.is_temporal() || pair.1.is_temporal() {
            let word = operator.word();
            let hint = "write `days_between(a, b)` for a number of days, or `within_last(x, n, 'day')`";
            return self.type_fault(span, format!("`{word}` does not work on dates"), hint);
        }
        let (left, right) = (self.number(left), self.number(right));
        let (left, right) = (left?, right?);
        Some(match operator {
            Operator::Divide | Operator::Power => DataType::Number,
            Operator::Multiply => match (decimal(left), decimal(right)) {
                (Some((p, s)), Some((q, t))) if is_decimal(left) || is_decimal(right) => {
                    DataType::Decimal((p + q).min(38), (s + t).min(38))
                }
                _ => unify(left, right)?,
            },
            _ => match unify(left, right)? {
                DataType::Decimal(p, s) if operator != Operator::Modulo => DataType::Decimal((p + 1).min(38), s),
                ty => ty,
            },
        })
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        whens: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
        span: (u32, u32),
    ) -> Option<Typed> {
        let mut operand = match operand {
            Some(operand) => Some(self.expr(operand)?),
            None => None,
        };
        let (mut conditions, mut results) = (Vec::new(), Vec::new());
        let mut right = true;
        for (when, then) in whens {
            let (when, then) = (self.expr(when), self.expr(then));
            let when = match (when, operand.take()) {
                (Some(when), Some(value)) => {
                    let (value, when) = self.comparable(value, when, false, span)?;
                    operand = Some(value);
                    Some(when)
                }
                (Some(when), None) => self.truth(when),
                (None, value) => {
                    operand = value;
                    None
                }
            };
            right &= when.is_some() && then.is_some();
            conditions.extend(when);
            results.extend(then);
        }
        if let Some(otherwise) = otherwise {
            let value = self.expr(otherwise);
            right &= value.is_some();
            results.extend(value);
        }
        if !right {
            return None;
        }
        let (mut results, ty) = self.same(results, "the results of `case`")?;
        let last = if otherwise.is_some() { results.pop() } else { None };
        let whens = conditions.into_iter().zip(results).collect();
        let node = Node::Case { operand: operand.map(Box::new), whens, otherwise: last.map(Box::new) };
        Some(Expr { node, ty, span })
    }

    fn cast(&mut self, value: &Expr, to: DataType, span: (u32, u32)) -> Option<Typed> {
        let value = self.expr(value)?;
        let from = value.ty;
        let allowed = match (from, to) {
            (DataType::Bitmap, _) | (_, DataType::Bitmap | DataType::Json | DataType::Any) => false,
            (a, b) if a == b => true,
            (DataType::Any, _) | (_, DataType::Text) => true,
            (a, _) if a.is_text() => true,
            (a, b) if a.is_numeric() && b.is_numeric() => true,
            (DataType::Boolean, b) => b == DataType::Integer,
            (a, b) => a.is_temporal() && b.is_temporal(),
        };
        if !allowed {
            let hint = match (from, to) {
                (a, DataType::Boolean) if a.is_numeric() => "write a comparison such as `x <> 0`",
                (a, b) if a.is_temporal() && b.is_numeric() => "write `date_part('year', x)` or `days_between(a, b)`",
                _ => "cast to text, or leave the cast out",
            };
            return self.type_fault(span, format!("a value of type {from} cannot become {to}"), hint);
        }
        let value = match (&value.node, to) {
            (Node::Literal(Literal::Text(_)), DataType::Date | DataType::DateTime | DataType::Guid) => {
                self.fit(value, to)?
            }
            _ => value,
        };
        Some(Expr { node: Node::Cast { value: Box::new(value), to }, ty: to, span })
    }

    /// A value that must be true or false.
    pub(super) fn truth(&mut self, value: Typed) -> Option<Typed> {
        match value.ty {
            DataType::Boolean => Some(value),
            DataType::Any => {
                self.depends_on_any(&value);
                Some(value)
            }
            ty => {
                let message = format!("a condition is needed, and this is {}", a(ty));
                let hint = match ty {
                    _ if ty.is_numeric() => "compare it, as in `x > 0`",
                    _ => "compare it, as in `x = 'text'` or `x is not null`",
                };
                self.type_fault(value.span, message, hint)
            }
        }
    }

    /// The type of a number; what is not known to be one is read as a double.
    pub(super) fn number(&mut self, value: &Typed) -> Option<DataType> {
        match value.ty {
            DataType::Small => Some(DataType::Integer),
            DataType::Any => Some(DataType::Number),
            ty if ty.is_numeric() => Some(ty),
            ty => {
                let hint = match (&value.node, ty.is_text()) {
                    (Node::Literal(Literal::Text(text)), _) if text.parse::<f64>().is_ok() => {
                        format!("write `{text}` without quotes")
                    }
                    (_, true) => "write `cast(x as number)` where texts are numbers".to_owned(),
                    _ => "use a number here".to_owned(),
                };
                self.type_fault(value.span, format!("a number is needed, and this is {}", a(ty)), hint)
            }
        }
    }

    /// A value that must be text.
    pub(super) fn text(&mut self, value: Typed, what: &str) -> Option<Typed> {
        if value.ty.is_text() || value.ty == DataType::Any {
            return Some(value);
        }
        let message = format!("{what} needs text, and this is {}", a(value.ty));
        self.type_fault(value.span, message, "write `cast(x as text)`")
    }

    /// Two values that are compared, constants fitted to the other side.
    pub(super) fn comparable(
        &mut self,
        left: Typed,
        right: Typed,
        ordered: bool,
        span: (u32, u32),
    ) -> Option<(Typed, Typed)> {
        if is_null(&left) || is_null(&right) {
            let at = self.place(span);
            let mut note = Diagnostic::new(Code::ExprType, at, "a comparison with null is never true")
                .hint("write `is null` or `is not null`");
            note.severity = Severity::Warning;
            self.notes.push(note);
            return Some((left, right));
        }
        let (left_ty, right_ty) = (left.ty, right.ty);
        let left = self.fit(left, right_ty)?;
        let right = self.fit(right, left_ty)?;
        if left.ty == DataType::Any || right.ty == DataType::Any {
            self.depends_on_any(if left.ty == DataType::Any { &left } else { &right });
        }
        match unify(left.ty, right.ty) {
            None => self.unlike(&left, &right, span),
            Some(DataType::Boolean) if ordered => {
                self.type_fault(span, "true and false have no order", "write `=` or `<>`")
            }
            Some(DataType::Bitmap) => self.type_fault(span, "bitmaps cannot be compared", "use another column"),
            Some(_) => Some((left, right)),
        }
    }

    fn unlike<T>(&mut self, left: &Typed, right: &Typed, span: (u32, u32)) -> Option<T> {
        let message = format!("{} is compared with {}", a(left.ty), a(right.ty));
        let hint = match (&left.node, &right.node) {
            (Node::Literal(Literal::Text(text)), _) if right.ty.is_numeric() => number_hint(text),
            (_, Node::Literal(Literal::Text(text))) if left.ty.is_numeric() => number_hint(text),
            (Node::Literal(Literal::Text(_)), _) | (_, Node::Literal(Literal::Text(_))) => {
                "write `true` or `false` without quotes".to_owned()
            }
            (literal @ Node::Literal(Literal::Integer(_) | Literal::Number(_)), _) if right.ty.is_text() => {
                quotes_hint(literal)
            }
            (_, literal @ Node::Literal(Literal::Integer(_) | Literal::Number(_))) if left.ty.is_text() => {
                quotes_hint(literal)
            }
            _ => "make them alike with `cast(x as type)`".to_owned(),
        };
        self.type_fault(span, message, hint)
    }

    /// A text constant beside a date, date-time or guid takes its type, if it is one; null takes any.
    pub(super) fn fit(&mut self, mut value: Typed, to: DataType) -> Option<Typed> {
        match &value.node {
            Node::Literal(Literal::Null) => value.ty = to,
            Node::Literal(Literal::Text(text)) if value.ty == DataType::Text => {
                if matches!(to, DataType::Date | DataType::DateTime | DataType::Guid) {
                    value.ty = self.constant(text, to, value.span)?;
                }
            }
            _ => {}
        }
        Some(value)
    }

    /// The type that a text has as a constant of a type: a date may turn out to be a date-time.
    fn constant(&mut self, text: &str, ty: DataType, span: (u32, u32)) -> Option<DataType> {
        match ty {
            DataType::Date if constant::date(text).is_some() => Some(ty),
            DataType::Date | DataType::DateTime if constant::date_time(text).is_some() => Some(DataType::DateTime),
            DataType::Guid if constant::guid(text).is_some() => Some(ty),
            DataType::Guid => {
                let message = format!("`'{text}'` is not a guid");
                self.type_fault(span, message, "write `'00000000-0000-0000-0000-000000000000'` with its own digits")
            }
            DataType::Date => {
                let message = format!("`'{text}'` is not a date");
                self.type_fault(span, message, "write year, month and day: `'2020-01-31'`")
            }
            _ => {
                let message = format!("`'{text}'` is not a date-time");
                let hint = "write `'2020-01-31 12:30:00'` in the project's time zone, or `'2020-01-31T12:30:00Z'`";
                self.type_fault(span, message, hint)
            }
        }
    }

    /// Values that must all be of one type: constants fitted, the type they share.
    pub(super) fn same(&mut self, values: Vec<Typed>, what: &str) -> Option<(Vec<Typed>, DataType)> {
        let lead = |text: bool| values.iter().filter(move |value| is_text_constant(value) == text && !is_null(value));
        let mut ty = DataType::Any;
        for value in lead(false).chain(lead(true)) {
            let constant =
                is_text_constant(value) && matches!(ty, DataType::Date | DataType::DateTime | DataType::Guid);
            let next = if constant { self.constant(text_of(value), ty, value.span)? } else { value.ty };
            ty = match unify(ty, next) {
                Some(ty) => ty,
                None => {
                    let message = format!("{what} are {} and {}", a(ty), a(next));
                    return self.type_fault(value.span, message, "make them alike with `cast(x as type)`");
                }
            };
        }
        let values = values.into_iter().map(|value| self.fit(value, ty)).collect::<Option<Vec<_>>>()?;
        Some((values, ty))
    }

    /// Notes, once, that what an expression means hangs on a type not known yet.
    fn depends_on_any(&mut self, value: &Typed) {
        if self.notes.iter().any(|note| note.code == Code::ExprAny) || is_null(value) {
            return;
        }
        let at = self.place(value.span);
        let message = match &value.node {
            Node::Column(column) => format!("the type of `{column}` is known only after the first read"),
            _ => "the type of this is known only after the first read".to_owned(),
        };
        self.notes
            .push(Diagnostic::new(Code::ExprAny, at, message).hint("state the type under `columns:` of its table"));
    }
}

pub(super) fn is_null<N>(value: &Expr<N>) -> bool {
    matches!(value.node, Node::Literal(Literal::Null))
}

fn is_text_constant(value: &Expr<ColumnRef>) -> bool {
    matches!(value.node, Node::Literal(Literal::Text(_)))
}

fn text_of(value: &Expr<ColumnRef>) -> &str {
    match &value.node {
        Node::Literal(Literal::Text(text)) => text,
        _ => "",
    }
}

fn is_decimal(ty: DataType) -> bool {
    matches!(ty, DataType::Decimal(..))
}

/// Precision and scale of an exact number.
fn decimal(ty: DataType) -> Option<(u8, i8)> {
    match ty {
        DataType::Decimal(p, s) => Some((p, s)),
        DataType::Integer | DataType::Small => Some((19, 0)),
        _ => None,
    }
}

fn number_hint(text: &str) -> String {
    match text.parse::<f64>() {
        Ok(_) => format!("write `{text}` without quotes"),
        Err(_) => "write a number, or `cast(x as text)`".to_owned(),
    }
}

fn quotes_hint(literal: &Node<ColumnRef>) -> String {
    match literal {
        Node::Literal(literal) => format!("write `'{literal}'` in single quotes"),
        _ => String::new(),
    }
}

/// A type with its article.
pub(super) fn a(ty: DataType) -> String {
    match ty {
        DataType::Text => "a text".to_owned(),
        DataType::Integer | DataType::Small => "an integer".to_owned(),
        DataType::Any => "a value of unknown type".to_owned(),
        DataType::Json => "JSON".to_owned(),
        ty => format!("a {ty}"),
    }
}
