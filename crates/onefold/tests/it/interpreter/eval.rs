//! Eval: an expression over one row, and over many; slow and obvious.
//!
//! Reads    a typed expression (`onefold_model::expr`), rows that answer for columns and segments
//!
//! Invariants
//! - Nothing of the planner or the engine is used: what a function means stands here a second time.
//! - Unknown is neither true nor false: `and`, `or`, `not` and `in` follow three-valued logic.
//!
//! Not here: which rows a definition looks at (`world`).

use std::cmp::Ordering;

use jiff::civil::{Date, DateTime, ISOWeekDate, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan as _};
use onefold_model::expr::{Aggregate, ColumnRef, Function, Literal, Node, Operator, constant};
use onefold_model::{DataType, Typed};

use super::value::{Value, compare, midnight};

/// The instant and the zone of a run.
pub(super) struct Clock {
    /// The instant.
    pub(super) now: Timestamp,
    /// The project's time zone.
    pub(super) zone: TimeZone,
}

/// One row.
pub(super) trait Row {
    /// The value of a column.
    fn column(&self, column: &ColumnRef) -> Value;
    /// Whether the row's profile is in a segment; `None` for a row without a profile.
    fn in_segment(&self, segment: &str) -> Option<bool>;
    /// Whether the row's profile stands above (or below) the record with a key; `None` for a row without a profile.
    fn stands(&self, above: bool, key: &str) -> Option<bool>;
}

impl Clock {
    /// The value of an expression for one row.
    pub(super) fn of_row(&self, e: &Typed, row: &dyn Row) -> Value {
        self.value(e, Some(row), &[]).made(e.ty, &self.zone)
    }
    /// The value of an expression with aggregates over rows.
    pub(super) fn of_rows(&self, e: &Typed, rows: &[&dyn Row]) -> Value {
        self.value(e, None, rows).made(e.ty, &self.zone)
    }

    fn value(&self, e: &Typed, row: Option<&dyn Row>, rows: &[&dyn Row]) -> Value {
        let of = |e: &Typed| self.value(e, row, rows);
        match &e.node {
            Node::Literal(literal) => self.literal(literal, e.ty),
            Node::Column(column) => row.expect("columns stand within aggregates").column(column),
            Node::InSegment(name) => Value::from_truth(row.expect("segments are asked of a row").in_segment(name)),
            Node::Not(x) => Value::from_truth(of(x).truth().map(|yes| !yes)),
            Node::Negate(x) => match of(x) {
                Value::Integer(i) => i.checked_neg().map_or(Value::Null, Value::Integer),
                Value::Number(n) => Value::Number(-n),
                Value::Exact(digits, scale) => Value::Exact(-digits, scale),
                other => other,
            },
            Node::Binary(left, operator, right) => self.binary(e.ty, of(left), *operator, of(right)),
            Node::Between { value, low, high, negated } => {
                let (value, low, high) = (of(value), of(low), of(high));
                let above = compare(&value, &low, &self.zone).map(Ordering::is_ge);
                let below = compare(&value, &high, &self.zone).map(Ordering::is_le);
                negated_if(*negated, and(above, below))
            }
            Node::In { value, list, negated } => {
                let value = of(value);
                let found = list.iter().map(|item| compare(&value, &of(item), &self.zone).map(Ordering::is_eq));
                negated_if(*negated, found.fold(Some(false), or))
            }
            Node::InList { value, values, .. } => {
                let (own, ty) = (of(value), value.ty);
                let same = |item: &Literal| compare(&own, &self.literal(item, ty), &self.zone).map(Ordering::is_eq);
                Value::from_truth(values.iter().map(same).fold(Some(false), or))
            }
            Node::Like { value, pattern, negated, ignore_case } => {
                let (value, pattern) = (of(value), of(pattern));
                let fold = |text: &str| if *ignore_case { text.to_lowercase() } else { text.to_owned() };
                let holds = value.text().zip(pattern.text()).map(|(value, pattern)| {
                    let (value, pattern): (Vec<char>, Vec<char>) =
                        (fold(value).chars().collect(), fold(pattern).chars().collect());
                    like(&value, &pattern)
                });
                negated_if(*negated, holds)
            }
            Node::IsNull { value, negated } => Value::Boolean(of(value).is_null() != *negated),
            Node::Case { operand, whens, otherwise } => {
                let operand = operand.as_ref().map(|operand| of(operand));
                for (when, then) in whens {
                    let when = of(when);
                    let holds = match &operand {
                        Some(operand) => compare(operand, &when, &self.zone).map(Ordering::is_eq),
                        None => when.truth(),
                    };
                    if holds == Some(true) {
                        return of(then).made(e.ty, &self.zone);
                    }
                }
                otherwise.as_ref().map_or(Value::Null, |x| of(x).made(e.ty, &self.zone))
            }
            Node::Cast { value, to } => self.cast(of(value), *to),
            Node::Call { function: function @ (Function::ChildOf | Function::ParentOf), args } => {
                let key = of(&args[0]);
                let row = row.expect("hierarchies are asked of a row");
                Value::from_truth(row.stands(*function == Function::ParentOf, key.text().unwrap_or_default()))
            }
            Node::Call { function, args } => self.call(*function, args, e.ty, &of),
            Node::Aggregate { aggregate, args } => self.aggregate(*aggregate, args, e.ty, rows),
        }
    }

    fn literal(&self, literal: &Literal, ty: DataType) -> Value {
        match literal {
            Literal::Null => Value::Null,
            Literal::Boolean(yes) => Value::Boolean(*yes),
            Literal::Integer(i) => Value::Integer(*i),
            Literal::Number(n) => Value::Number(*n),
            Literal::Text(text) | Literal::Date(text) | Literal::DateTime(text) => match ty {
                DataType::Date => constant::date(text).map_or(Value::Null, Value::Date),
                DataType::DateTime => {
                    let instant = constant::date_time(text).and_then(|when| when.instant(&self.zone));
                    instant.map_or(Value::Null, Value::Instant)
                }
                _ => Value::Text(text.clone()),
            },
        }
    }

    fn binary(&self, ty: DataType, left: Value, operator: Operator, right: Value) -> Value {
        let test = |holds: fn(Ordering) -> bool| Value::from_truth(compare(&left, &right, &self.zone).map(holds));
        match operator {
            Operator::And => Value::from_truth(and(left.truth(), right.truth())),
            Operator::Or => Value::from_truth(or(left.truth(), right.truth())),
            Operator::Equal => test(Ordering::is_eq),
            Operator::NotEqual => test(Ordering::is_ne),
            Operator::Less => test(Ordering::is_lt),
            Operator::LessOrEqual => test(Ordering::is_le),
            Operator::Greater => test(Ordering::is_gt),
            Operator::GreaterOrEqual => test(Ordering::is_ge),
            Operator::Concat => match (self.shown(&left), self.shown(&right)) {
                (Some(left), Some(right)) => Value::Text(left + &right),
                _ => Value::Null,
            },
            _ if left.is_null() || right.is_null() => Value::Null,
            Operator::Divide => {
                let (left, right) = (left.number().unwrap_or_default(), right.number().unwrap_or_default());
                if right == 0.0 { Value::Null } else { Value::Number(left / right) }
            }
            Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Modulo if ty == DataType::Integer => {
                let (left, right) = (left.integer().unwrap_or_default(), right.integer().unwrap_or_default());
                let found = match operator {
                    Operator::Add => left.checked_add(right),
                    Operator::Subtract => left.checked_sub(right),
                    Operator::Multiply => left.checked_mul(right),
                    _ => left.checked_rem(right),
                };
                found.map_or(Value::Null, Value::Integer)
            }
            Operator::Add | Operator::Subtract | Operator::Multiply if matches!(ty, DataType::Decimal(..)) => {
                let DataType::Decimal(_, scale) = ty else { return Value::Null };
                if operator == Operator::Multiply {
                    let of = |value: &Value| match value {
                        Value::Exact(digits, scale) => (*digits, *scale),
                        other => (other.digits(0).unwrap_or_default(), 0),
                    };
                    let ((a, s), (b, t)) = (of(&left), of(&right));
                    return Value::Exact(a * b, s + t).made(ty, &self.zone);
                }
                let (left, right) = (left.digits(scale).unwrap_or_default(), right.digits(scale).unwrap_or_default());
                Value::Exact(if operator == Operator::Add { left + right } else { left - right }, scale)
            }
            Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Modulo | Operator::Power => {
                let (left, right) = (left.number().unwrap_or_default(), right.number().unwrap_or_default());
                let found = match operator {
                    Operator::Add => left + right,
                    Operator::Subtract => left - right,
                    Operator::Multiply => left * right,
                    Operator::Modulo if right == 0.0 => return Value::Null,
                    Operator::Modulo => left % right,
                    _ => left.powf(right),
                };
                // A power that is no number is null.
                if operator == Operator::Power && !found.is_finite() { Value::Null } else { Value::Number(found) }
            }
        }
    }

    /// As text, for `||`; numbers are only joined where they are whole.
    fn shown(&self, value: &Value) -> Option<String> {
        match value {
            Value::Null => None,
            Value::Text(text) => Some(text.clone()),
            Value::Integer(i) => Some(i.to_string()),
            other => panic!("the interpreter does not write {other:?} as text"),
        }
    }

    fn cast(&self, value: Value, to: DataType) -> Value {
        match (value, to) {
            (Value::Null, _) => Value::Null,
            (Value::Number(n), DataType::Integer) => Value::Integer(n.trunc() as i64),
            (Value::Exact(digits, scale), DataType::Integer) => {
                let whole = digits / 10_i128.pow(u32::from(scale.unsigned_abs()));
                i64::try_from(whole).map_or(Value::Null, Value::Integer)
            }
            (Value::Exact(digits, scale), DataType::Text) => Value::Text(written(digits, scale)),
            (value @ (Value::Integer(_) | Value::Exact(..)), DataType::Number | DataType::Decimal(..)) => {
                value.made(to, &self.zone)
            }
            (Value::Integer(i), DataType::Text) => Value::Text(i.to_string()),
            (Value::Text(text), DataType::Integer) => text.trim().parse().map_or(Value::Null, Value::Integer),
            (Value::Date(day), DataType::DateTime) => Value::Instant(midnight(day, &self.zone)),
            (Value::Instant(at), DataType::Date) => Value::Date(self.local(at).date()),
            (value, _) => value,
        }
    }

    pub(super) fn local(&self, at: Timestamp) -> DateTime {
        self.zone.to_datetime(at)
    }
    pub(super) fn instant(&self, local: DateTime) -> Timestamp {
        self.zone.to_ambiguous_timestamp(local).compatible().expect("times of tests lie in the range of instants")
    }
    /// The local time of a date or an instant.
    fn moment(&self, value: &Value) -> Option<DateTime> {
        match value {
            Value::Date(day) => Some(day.to_datetime(Time::midnight())),
            Value::Instant(at) => Some(self.local(*at)),
            _ => None,
        }
    }
    fn day(&self, value: &Value) -> Option<Date> {
        self.moment(value).map(DateTime::date)
    }

    fn call(&self, function: Function, args: &[Typed], ty: DataType, of: &dyn Fn(&Typed) -> Value) -> Value {
        let all: Vec<Value> = args.iter().map(of).collect();
        let text = |i: usize| all[i].text().map(str::to_owned);
        let found = |found: Option<Value>| found.unwrap_or(Value::Null);
        let word = |i: usize| all[i].text().unwrap_or_default();
        match function {
            Function::Lower => found(text(0).map(|x| Value::Text(x.to_lowercase()))),
            Function::Upper => found(text(0).map(|x| Value::Text(x.to_uppercase()))),
            Function::Trim => found(text(0).map(|x| Value::Text(x.trim().to_owned()))),
            Function::Length => found(text(0).map(|x| Value::Integer(x.chars().count() as i64))),
            Function::Substr => {
                let (Some(x), Some(from)) = (text(0), all[1].integer()) else { return Value::Null };
                let count = match all.get(2) {
                    Some(count) => count.integer().map(|count| count.max(0)),
                    None => Some(i64::MAX / 2),
                };
                let Some(count) = count else { return Value::Null };
                let places =
                    (1..).zip(x.chars()).filter(|(place, _)| (from..from.saturating_add(count)).contains(place));
                Value::Text(places.map(|(_, letter)| letter).collect())
            }
            Function::Concat => Value::Text(all.iter().filter_map(|x| self.shown(x)).collect()),
            Function::Coalesce => all.into_iter().find(|x| !x.is_null()).unwrap_or(Value::Null).made(ty, &self.zone),
            Function::Nullif => match compare(&all[0], &all[1], &self.zone) {
                Some(Ordering::Equal) => Value::Null,
                _ => all[0].clone(),
            },
            Function::Abs => match &all[0] {
                Value::Integer(i) => i.checked_abs().map_or(Value::Null, Value::Integer),
                Value::Number(n) => Value::Number(n.abs()),
                Value::Exact(digits, scale) => Value::Exact(digits.abs(), *scale),
                other => other.clone(),
            },
            Function::Round | Function::Floor | Function::Ceil => match (&all[0], all.get(1)) {
                (Value::Number(n), places) => {
                    let scale = 10_f64.powi(places.and_then(Value::integer).unwrap_or(0) as i32);
                    let scaled = n * scale;
                    let whole = match function {
                        Function::Round => scaled.round(),
                        Function::Floor => scaled.floor(),
                        _ => scaled.ceil(),
                    };
                    Value::Number(whole / scale)
                }
                (Value::Exact(digits, scale), places) => {
                    let places = places.and_then(Value::integer).unwrap_or(0);
                    let lost = u32::try_from((i64::from(*scale) - places).max(0)).unwrap_or_default();
                    let unit = 10_i128.pow(lost);
                    let whole = match function {
                        Function::Floor => digits.div_euclid(unit),
                        Function::Ceil => -(-digits).div_euclid(unit),
                        _ => digits.signum() * ((digits.abs() + unit / 2) / unit),
                    };
                    Value::Exact(whole * unit, *scale)
                }
                (other, _) => other.clone(),
            },
            Function::Contains => found(text(0).zip(text(1)).map(|(x, y)| Value::Boolean(x.contains(&y)))),
            Function::StartsWith => found(text(0).zip(text(1)).map(|(x, y)| Value::Boolean(x.starts_with(&y)))),
            Function::EndsWith => found(text(0).zip(text(1)).map(|(x, y)| Value::Boolean(x.ends_with(&y)))),
            Function::Now => Value::Instant(self.now),
            Function::Today => Value::Date(self.local(self.now).date()),
            Function::DateTrunc => found(self.moment(&all[1]).map(|at| match &all[1] {
                Value::Date(_) => Value::Date(truncated(word(0), at).date()),
                // Less what has passed of the hour: of the two hours when clocks go back each has its own start.
                Value::Instant(instant) if word(0) == "hour" => {
                    let passed = i64::from(at.minute()) * 60_000_000_000
                        + i64::from(at.second()) * 1_000_000_000
                        + i64::from(at.subsec_nanosecond());
                    Value::Instant(*instant - passed.nanoseconds())
                }
                _ => Value::Instant(self.instant(truncated(word(0), at))),
            })),
            Function::DatePart => found(self.moment(&all[1]).map(|at| Value::Integer(part(word(0), at)))),
            Function::DaysBetween => found(self.day(&all[0]).zip(self.day(&all[1])).map(|(from, to)| {
                Value::Integer(i64::from(from.until(to).expect("days of tests are near each other").get_days()))
            })),
            Function::WithinLast => self.within(&all, -1),
            Function::WithinNext => self.within(&all, 1),
            Function::YearToDate => {
                let here = self.local(self.now);
                let start = here.date().first_of_year().to_datetime(Time::midnight());
                self.lies_between(&all[0], start, here, true)
            }
            Function::DayOfWeek => {
                found(self.day(&all[0]).map(|day| Value::Integer(i64::from(day.weekday().to_monday_one_offset()))))
            }
            Function::ChildOf | Function::ParentOf => unreachable!("asked of the row"),
            Function::TimeOfDay => {
                found(self.moment(&all[0]).map(|at| Value::Integer(i64::from(at.hour()) * 60 + i64::from(at.minute()))))
            }
        }
    }

    fn within(&self, all: &[Value], sign: i64) -> Value {
        let (count, unit) = (all[1].integer().unwrap_or_default(), all[2].text().unwrap_or_default());
        self.within_so_many(&all[0], count, unit, sign)
    }

    /// Whether a value lies within so many units of the calendar before (-1) or after (1) now.
    pub(super) fn within_so_many(&self, value: &Value, count: i64, unit: &str, sign: i64) -> Value {
        let count = count * sign;
        let span = match unit {
            "year" => Span::new().years(count),
            "month" => Span::new().months(count),
            "week" => Span::new().weeks(count),
            _ => Span::new().days(count),
        };
        let here = self.local(self.now);
        let there = here.checked_add(span).expect("spans of tests are short");
        if sign < 0 {
            self.lies_between(value, there, here, true)
        } else {
            self.lies_between(value, here, there, false)
        }
    }

    /// Whether a date lies between two days, or an instant between two local times, of which one is now.
    fn lies_between(&self, value: &Value, low: DateTime, high: DateTime, high_is_now: bool) -> Value {
        match value {
            Value::Date(day) => Value::Boolean((low.date()..=high.date()).contains(day)),
            Value::Instant(at) => {
                let (low, high) =
                    if high_is_now { (self.instant(low), self.now) } else { (self.now, self.instant(high)) };
                Value::Boolean((low..=high).contains(at))
            }
            _ => Value::Null,
        }
    }

    fn aggregate(&self, aggregate: Aggregate, args: &[Typed], ty: DataType, rows: &[&dyn Row]) -> Value {
        let values = |i: usize| rows.iter().map(move |row| self.of_row(&args[i], *row));
        let there = || values(0).filter(|value| !value.is_null());
        let extreme = |wanted: Ordering| {
            there().fold(Value::Null, |best, value| match compare(&value, &best, &self.zone) {
                None => value,
                Some(order) if order == wanted => value,
                Some(_) => best,
            })
        };
        match aggregate {
            Aggregate::Count if args.is_empty() => Value::Integer(rows.len() as i64),
            Aggregate::Count => Value::Integer(there().count() as i64),
            Aggregate::CountUnique => {
                let mut different: Vec<Value> = Vec::new();
                for value in there() {
                    if !different.iter().any(|other| compare(other, &value, &self.zone) == Some(Ordering::Equal)) {
                        different.push(value);
                    }
                }
                Value::Integer(different.len() as i64)
            }
            Aggregate::Sum if there().next().is_none() => Value::Null,
            Aggregate::Sum if ty == DataType::Integer => {
                Value::Integer(there().filter_map(|value| value.integer()).sum())
            }
            Aggregate::Sum if matches!(ty, DataType::Decimal(..)) => {
                let DataType::Decimal(_, scale) = ty else { return Value::Null };
                Value::Exact(there().filter_map(|value| value.digits(scale)).sum(), scale)
            }
            Aggregate::Sum => Value::Number(there().filter_map(|value| value.number()).sum()),
            Aggregate::Avg => match there().count() {
                0 => Value::Null,
                count => Value::Number(there().filter_map(|value| value.number()).sum::<f64>() / count as f64),
            },
            Aggregate::Min => extreme(Ordering::Less),
            Aggregate::Max => extreme(Ordering::Greater),
            Aggregate::First => self.by(values(0).zip(values(1)), Ordering::Less, Ordering::Less),
            Aggregate::Last => self.by(values(0).zip(values(1)), Ordering::Greater, Ordering::Greater),
            Aggregate::ArgMin => self.by(values(0).zip(values(1)), Ordering::Less, Ordering::Less),
            Aggregate::ArgMax => self.by(values(0).zip(values(1)), Ordering::Greater, Ordering::Less),
        }
    }

    /// The first where the second is least or greatest; of several, the least or greatest of them, null last.
    fn by(&self, pairs: impl Iterator<Item = (Value, Value)>, wanted: Ordering, tie: Ordering) -> Value {
        let mut best: Option<(Value, Value)> = None;
        for (value, by) in pairs.filter(|(_, by)| !by.is_null()) {
            let better = match &best {
                None => true,
                Some((kept, at)) => match compare(&by, at, &self.zone) {
                    Some(Ordering::Equal) => {
                        !value.is_null() && compare(&value, kept, &self.zone).is_none_or(|order| order == tie)
                    }
                    order => order == Some(wanted),
                },
            };
            if better {
                best = Some((value, by));
            }
        }
        best.map_or(Value::Null, |(value, _)| value)
    }
}

fn and(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn or(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    and(left.map(|x| !x), right.map(|x| !x)).map(|x| !x)
}

fn negated_if(negated: bool, truth: Option<bool>) -> Value {
    Value::from_truth(truth.map(|yes| yes != negated))
}

/// A decimal as text, with all digits after its point.
pub(super) fn written(digits: i128, scale: i8) -> String {
    let unit = 10_u128.pow(u32::from(scale.unsigned_abs()));
    let (whole, rest) = (digits.unsigned_abs() / unit, digits.unsigned_abs() % unit);
    let sign = if digits < 0 { "-" } else { "" };
    match scale {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{rest:0width$}", width = usize::from(scale.unsigned_abs())),
    }
}

/// `%` is any text, `_` one letter, `\` takes the next as it is.
fn like(value: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => value.is_empty(),
        ['%', rest @ ..] => (0..=value.len()).any(|skipped| like(&value[skipped..], rest)),
        ['\\', letter, rest @ ..] => value.first() == Some(letter) && like(&value[1..], rest),
        ['_', rest @ ..] => !value.is_empty() && like(&value[1..], rest),
        [letter, rest @ ..] => value.first() == Some(letter) && like(&value[1..], rest),
    }
}

pub(super) fn truncated(unit: &str, at: DateTime) -> DateTime {
    let day = at.date();
    let start = match unit {
        "year" => day.first_of_year(),
        "quarter" => Date::new(day.year(), (day.month() - 1) / 3 * 3 + 1, 1).expect("quarters begin on a day"),
        "month" => day.first_of_month(),
        "week" => day.checked_sub((i64::from(day.weekday().to_monday_zero_offset())).days()).expect("a Monday"),
        _ => day,
    };
    start.to_datetime(Time::midnight())
}

fn part(unit: &str, at: DateTime) -> i64 {
    match unit {
        "year" => i64::from(at.year()),
        "quarter" => i64::from((at.month() - 1) / 3 + 1),
        "month" => i64::from(at.month()),
        "week" => i64::from(ISOWeekDate::from(at.date()).week()),
        "day" => i64::from(at.day()),
        "hour" => i64::from(at.hour()),
        "minute" => i64::from(at.minute()),
        _ => i64::from(at.second()),
    }
}
