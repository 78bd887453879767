//! Call: the types of functions and aggregates.
//!
//! To add a function: an arm in `call_type`.

use super::super::place::nearest;
use super::super::{Aggregate, Expr, Function, Literal, Node, Typed};
use super::check::{Check, a};
use super::columns;
use crate::{Code, DataType};

/// The units of `date_trunc` and `date_part`; the first so many work on dates too.
const PARTS: &[&str] = &["year", "quarter", "month", "week", "day", "hour", "minute", "second"];
const PARTS_OF_DATES: usize = 5;
const TRUNCATIONS: usize = 6;
/// The units of `within_last` and `within_next`.
const SPANS: &[&str] = &["day", "week", "month", "year"];

impl Check<'_> {
    pub(super) fn call(&mut self, function: Function, args: &[Expr], span: (u32, u32)) -> Option<Typed> {
        let read: Vec<_> = args.iter().map(|arg| self.expr(arg)).collect();
        let args = read.into_iter().collect::<Option<Vec<_>>>()?;
        let (least, most) = function.arity();
        if !(least..=most).contains(&args.len()) {
            let message = format!("`{}` takes {least} to {most} arguments, not {}", function.word(), args.len());
            return self.fault(Code::ExprFunction, span, message, "give it what it needs");
        }
        let (args, ty) = self.call_type(function, args, span)?;
        Some(Expr { node: Node::Call { function, args }, ty, span })
    }

    fn call_type(
        &mut self,
        function: Function,
        mut args: Vec<Typed>,
        span: (u32, u32),
    ) -> Option<(Vec<Typed>, DataType)> {
        let word = format!("`{}`", function.word());
        let ty = match function {
            Function::Lower | Function::Upper | Function::Trim | Function::Concat => {
                args = self.texts(args, &word)?;
                DataType::Text
            }
            Function::Length => {
                args = self.texts(args, &word)?;
                DataType::Integer
            }
            Function::Contains | Function::StartsWith | Function::EndsWith => {
                args = self.texts(args, &word)?;
                DataType::Boolean
            }
            Function::Substr => {
                let rest = args.split_off(1);
                args = self.texts(args, &word)?;
                for arg in &rest {
                    self.whole(arg, &word)?;
                }
                args.extend(rest);
                DataType::Text
            }
            Function::Coalesce => {
                let (values, ty) = self.same(args, "the arguments of `coalesce`")?;
                args = values;
                ty
            }
            Function::Nullif => {
                let right = args.pop()?;
                let (left, right) = self.comparable(args.pop()?, right, false, span)?;
                let ty = left.ty;
                args = vec![left, right];
                ty
            }
            Function::Abs => self.number(args.first()?)?,
            Function::Round | Function::Floor | Function::Ceil => {
                if let Some(places) = args.get(1) {
                    self.places(places)?;
                }
                self.number(args.first()?)?
            }
            Function::Now => DataType::DateTime,
            Function::Today => DataType::Date,
            Function::DateTrunc | Function::DatePart => {
                let units = if function == Function::DateTrunc { &PARTS[..TRUNCATIONS] } else { PARTS };
                let value = self.moment(args.pop()?, &word)?;
                let unit = self.unit(args.first()?, units)?;
                let timed = !PARTS[..PARTS_OF_DATES].contains(&unit);
                if timed && value.ty == DataType::Date {
                    let message = format!("a date has no {unit}");
                    return self.type_fault(value.span, message, "use a date-time, or another unit");
                }
                let ty = if function == Function::DateTrunc { value.ty } else { DataType::Integer };
                args.push(value);
                ty
            }
            Function::DaysBetween => {
                args = args.into_iter().map(|arg| self.moment(arg, &word)).collect::<Option<_>>()?;
                DataType::Integer
            }
            Function::WithinLast | Function::WithinNext => {
                self.unit(args.get(2)?, SPANS)?;
                self.count(args.get(1)?, &word)?;
                let rest = args.split_off(1);
                args = vec![self.moment(args.pop()?, &word)?];
                args.extend(rest);
                DataType::Boolean
            }
            Function::YearToDate => {
                args = vec![self.moment(args.pop()?, &word)?];
                DataType::Boolean
            }
            Function::DayOfWeek => {
                args = vec![self.moment(args.pop()?, &word)?];
                DataType::Integer
            }
            Function::TimeOfDay => {
                let value = self.moment(args.pop()?, &word)?;
                if value.ty == DataType::Date {
                    return self.type_fault(value.span, "a date has no time of day", "use a date-time");
                }
                args = vec![value];
                DataType::Integer
            }
            Function::ChildOf | Function::ParentOf => {
                self.standing(&args, function, span)?;
                DataType::Boolean
            }
        };
        Some((args, ty))
    }

    /// Where a person stands: a key and a column, both constants; asked where there are people.
    fn standing(&mut self, args: &[Typed], function: Function, span: (u32, u32)) -> Option<()> {
        let word = function.word();
        let is_text = |arg: &Typed| matches!(&arg.node, Node::Literal(Literal::Text(_)));
        let is_column = |arg: &Typed| match &arg.node {
            Node::Literal(Literal::Text(text)) => {
                text.split_once('.').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
            }
            _ => false,
        };
        if !matches!(args, [key, column] if is_text(key) && is_column(column)) {
            let message = format!("`{word}` takes a key and the column that leads up, both in quotes");
            let hint = format!("write `{word}('4711', 'Crm_accounts.parent_id')`");
            return self.fault(Code::ExprFunction, span, message, hint);
        }
        if !self.scope().tables.iter().any(|table| table.alias == "Customer") {
            let message = format!("`{word}` asks about a person, and here are rows of one table");
            return self.fault(Code::ExprFunction, span, message, "use it in a measure or a segment");
        }
        self.reads_row(span, format!("`{word}`"));
        Some(())
    }

    fn texts(&mut self, args: Vec<Typed>, word: &str) -> Option<Vec<Typed>> {
        let read: Vec<_> = args.into_iter().map(|arg| self.text(arg, word)).collect();
        read.into_iter().collect()
    }

    /// A date or date-time; a text constant becomes one.
    fn moment(&mut self, value: Typed, word: &str) -> Option<Typed> {
        let constant = matches!(&value.node, Node::Literal(Literal::Text(_)));
        let value = if constant { self.fit(value, DataType::Date)? } else { value };
        if value.ty.is_temporal() || value.ty == DataType::Any {
            return Some(value);
        }
        let message = format!("{word} needs a date or date-time, and this is {}", a(value.ty));
        let hint =
            if value.ty.is_text() { "write `cast(x as date)` or `cast(x as date-time)`" } else { "use a date here" };
        self.type_fault(value.span, message, hint)
    }

    fn whole(&mut self, value: &Typed, word: &str) -> Option<()> {
        match value.ty {
            DataType::Integer | DataType::Small | DataType::Any => Some(()),
            ty => self.type_fault(
                value.span,
                format!("{word} needs an integer, and this is {}", a(ty)),
                "write `cast(x as integer)`",
            ),
        }
    }

    /// The number of decimals: a constant from -18 to 18.
    fn places(&mut self, value: &Typed) -> Option<()> {
        match value.node {
            Node::Literal(Literal::Integer(-18..=18)) => Some(()),
            _ => self.type_fault(
                value.span,
                "`round` needs a constant number of decimals",
                "write an integer from -18 to 18",
            ),
        }
    }

    /// A number of days, weeks, months or years: a constant from 0.
    fn count(&mut self, value: &Typed, word: &str) -> Option<()> {
        match value.node {
            Node::Literal(Literal::Integer(0..=100_000)) => Some(()),
            _ => self.type_fault(
                value.span,
                format!("{word} needs a constant number"),
                "write an integer from 0 to 100000",
            ),
        }
    }

    fn unit(&mut self, value: &Typed, units: &[&'static str]) -> Option<&'static str> {
        let all = columns::list(units.iter().map(|unit| format!("'{unit}'")));
        let Node::Literal(Literal::Text(text)) = &value.node else {
            return self.type_fault(value.span, "the unit must be a constant", format!("write one of {all}"));
        };
        if let Some(unit) = units.iter().find(|unit| *unit == text) {
            return Some(unit);
        }
        let hint = match nearest(text, units.iter().copied()) {
            Some(near) => format!("write `'{near}'`"),
            None => format!("write one of {all}"),
        };
        self.type_fault(value.span, format!("`'{text}'` is not a unit here"), hint)
    }

    pub(super) fn aggregate(&mut self, aggregate: Aggregate, args: &[Expr], span: (u32, u32)) -> Option<Typed> {
        let word = aggregate.word();
        if !self.scope().aggregates {
            let message = format!("`{word}` is an aggregate, and this looks at one row at a time");
            return self.fault(Code::ExprAggregate, span, message, "use it in the `value:` of a measure");
        }
        if self.in_aggregate {
            let message = format!("`{word}` stands within another aggregate");
            return self.fault(Code::ExprAggregate, span, message, "make it a measure of its own, and aggregate that");
        }
        self.aggregates = true;
        self.in_aggregate = true;
        let read: Vec<_> = args.iter().map(|arg| self.expr(arg)).collect();
        self.in_aggregate = false;
        let args = read.into_iter().collect::<Option<Vec<_>>>()?;
        let ty = match (aggregate, args.as_slice()) {
            (Aggregate::Count, [] | [_]) | (Aggregate::CountUnique, [_]) => DataType::Integer,
            (Aggregate::Sum, [value]) => match self.number(value)? {
                DataType::Decimal(p, s) => DataType::Decimal((p + 10).min(38), s),
                ty => ty,
            },
            (Aggregate::Avg, [value]) => {
                self.number(value)?;
                DataType::Number
            }
            (Aggregate::Min | Aggregate::Max, [value]) => {
                self.ordered(value, word)?;
                value.ty
            }
            (Aggregate::First | Aggregate::Last | Aggregate::ArgMax | Aggregate::ArgMin, [value, by]) => {
                let (value, by) = (self.ordered(value, word).map(|()| value.ty), self.ordered(by, word));
                by?;
                value?
            }
            _ => {
                let (least, most) = aggregate.arity();
                let message = format!("`{word}` takes {least} to {most} arguments, not {}", args.len());
                return self.fault(Code::ExprFunction, span, message, "give it what it needs");
            }
        };
        Some(Expr { node: Node::Aggregate { aggregate, args }, ty, span })
    }

    fn ordered(&mut self, value: &Typed, word: &str) -> Option<()> {
        match value.ty {
            DataType::Bitmap | DataType::Json => {
                let message = format!("`{word}` needs values that have an order, and this is {}", a(value.ty));
                self.type_fault(value.span, message, "expand the column in a transform step")
            }
            _ => Some(()),
        }
    }
}
