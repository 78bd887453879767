//! Turns: when what a definition says can next turn out otherwise because time passes, and for no other reason.
//!
//! Reads    the expressions of a step that asks for the instant of the run, the rows they look at
//! Flow     expression ─ [`apart`]: points of time that pass constants or values of rows, stretches of the calendar ─
//!          [`Turns`] of a step and definition ─ queries for the nearest values (`asked`) ─ the next instant (`along`)
//!
//! Invariants
//! - No answer is too late: whatever else a condition asks is taken to hold. What cannot be taken apart turns when the
//!   next hour begins.
//! - What is made of something else that turns is not told here: it turns with it.
//! - No clock: the instant is given.
//!
//! Not here: what an expression means (`condition`), remembering the answers and beginning runs (the binary).
//! To add a function that asks the time: an arm in [`apart`].

mod along;
mod asked;
#[cfg(test)]
mod tests;

use jiff::tz::TimeZone;
use onefold_model::expr::{Aggregate, Function, Literal, Node, Operator, constant, unify};
use onefold_model::sql::cast;
use onefold_model::{DataType, Sql, Typed, sql};

use crate::board::Board;
use crate::condition::is_constant;
use crate::rows::{Joined, Rows, Slot, Slots};

use along::{Of, Passing, Point, Unit, number_of};
pub use asked::{Nearest, Questions, questions};

/// What time alone makes of a definition's part in a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Turns {
    /// The step that works it out.
    pub step: String,
    /// The definition, as in `Step::because`.
    pub definition: String,
    asks: Vec<Ask>,
}

/// One thing that turns.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ask {
    /// When a stretch of the calendar begins.
    Begins(Unit),
    /// When a point passes a constant.
    Passes(Point, Passing, i64),
    /// When a point passes any value of some rows.
    PassesRows {
        point: Point,
        passing: Passing,
        from: Sql,
        /// An integer: days or microseconds since 1970.
        value: Sql,
    },
}

/// One thing that turns in an expression.
#[derive(Clone, Debug, PartialEq)]
enum Turn {
    Begins(Unit),
    Passes(Point, Passing, i64),
    /// A date or a date-time of rows.
    PassesValue(Point, Passing, Typed),
}

impl Turns {
    /// Those of a definition in a step; `None` where it does not ask the time.
    pub(crate) fn of(step: &str, definition: String, asks: Vec<Ask>) -> Option<Self> {
        (!asks.is_empty()).then(|| Self { step: step.to_owned(), definition, asks })
    }
}

/// What turns in expressions over these rows; `level`: of what asks, `None` where it reads published tables alone.
pub(crate) fn asks<'e>(
    expressions: impl IntoIterator<Item = &'e Typed>,
    rows: &Rows,
    slots: &Slots,
    board: &Board,
    zone: &str,
    level: Option<usize>,
) -> Vec<Ask> {
    let rules = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let mut turns = Vec::new();
    expressions.into_iter().for_each(|e| apart(e, &rules, &mut turns));
    let mut all: Vec<Ask> = Vec::new();
    for turn in turns {
        let ask = match turn {
            Turn::Begins(unit) => Ask::Begins(unit),
            Turn::Passes(point, passing, value) => Ask::Passes(point, passing, value),
            Turn::PassesValue(point, passing, value) => {
                let (from, value) = of_rows(&value, point, rows, slots, board, zone, level);
                Ask::PassesRows { point, passing, from, value }
            }
        };
        if !all.contains(&ask) {
            all.push(ask);
        }
    }
    all
}

/// What turns in an expression of which the rows are not looked at: a value of rows that an instant passes may turn in any
/// hour, one that a day passes when a day begins.
pub(crate) fn by_calendar(e: &Typed, zone: &str) -> Vec<Ask> {
    let rules = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let mut turns = Vec::new();
    apart(e, &rules, &mut turns);
    let ask = |turn| match turn {
        Turn::Begins(unit) => Ask::Begins(unit),
        Turn::Passes(point, passing, value) => Ask::Passes(point, passing, value),
        Turn::PassesValue(Point { of: Of::Now, .. }, ..) => Ask::Begins(Unit::Hour),
        Turn::PassesValue(..) => Ask::Begins(Unit::Day),
    };
    turns.into_iter().map(ask).collect()
}

/// The rows that a value is of, and the value as an integer.
fn of_rows(
    value: &Typed,
    point: Point,
    rows: &Rows,
    slots: &Slots,
    board: &Board,
    zone: &str,
    level: Option<usize>,
) -> (Sql, Sql) {
    let found: Vec<Option<&Slot>> = value.columns().into_iter().map(|column| slots.get(&column.alias)).collect();
    let of_person = |slot: &Option<&Slot>| matches!(slot, Some(Slot::Customer | Slot::Attributes | Slot::Scalar(_)));
    // What is a person's is looked at once a person.
    let rows = match found.iter().all(of_person) {
        true => Rows::profiles(),
        false => rows.plain(found.iter().any(|slot| matches!(slot, Some(Slot::Lookup(_))))),
    };
    let mut joined = match level {
        Some(level) => Joined::new(rows, board, zone, level),
        None => Joined::published(rows, board, zone),
    };
    joined.need(value, slots);
    let number = joined.sql(value, slots);
    let number = match point.of {
        Of::Day => cast(sql!("cast(", number, " as int)"), DataType::Integer),
        _ => cast(number, DataType::Integer),
    };
    (joined.from(), number)
}

/// Takes an expression apart: all that can turn in it.
#[recursive::recursive]
fn apart(e: &Typed, zone: &TimeZone, found: &mut Vec<Turn>) {
    if !e.uses_now() {
        return;
    }
    let is_told = match &e.node {
        Node::Binary(left, operator, right) if is_comparison(*operator) => {
            compared(left, *operator, right, unify(left.ty, right.ty), zone, found)
        }
        Node::Between { value, low, high, .. } => {
            let ty = unify(value.ty, low.ty).and_then(|ty| unify(ty, high.ty));
            for (bound, operator) in [(low, Operator::GreaterOrEqual), (high, Operator::LessOrEqual)] {
                if !compared(value, operator, bound, ty, zone, found) {
                    apart(value, zone, found);
                    apart(bound, zone, found);
                }
            }
            true
        }
        Node::Cast { value, to: DataType::Date } if is_present(value) => {
            found.push(Turn::Begins(Unit::Day));
            true
        }
        Node::Call { function, args } => called(*function, args, zone, found),
        _ => false,
    };
    if is_told {
        return;
    }
    // A whole turns with one of its parts.
    e.parts().into_iter().for_each(|part| apart(part, zone, found));
}

/// What turns in a call; false where it is what turns in its arguments.
fn called(function: Function, args: &[Typed], zone: &TimeZone, found: &mut Vec<Turn>) -> bool {
    let mut begins = |unit| {
        found.push(Turn::Begins(unit));
        true
    };
    match (function, args) {
        (Function::Now, _) => begins(Unit::Hour),
        (Function::Today, _) => begins(Unit::Day),
        (Function::DateTrunc | Function::DatePart, [unit, value]) if is_present(value) => {
            begins(word(unit).map_or(Unit::Hour, Unit::of_word))
        }
        (Function::DayOfWeek, [value]) if is_present(value) => begins(Unit::Day),
        (Function::DaysBetween, [from, to]) => {
            for side in [from, to] {
                if is_present(side) {
                    found.push(Turn::Begins(Unit::Day));
                } else {
                    apart(side, zone, found);
                }
            }
            true
        }
        (Function::WithinLast | Function::WithinNext, [value, count, unit]) => {
            let forward = function == Function::WithinNext;
            let (Node::Literal(Literal::Integer(count)), Some(unit)) = (&count.node, word(unit)) else {
                return begins(Unit::Hour);
            };
            let Some(count) = count.checked_mul(if forward { 1 } else { -1 }) else { return begins(Unit::Hour) };
            let (months, days) = match unit {
                "year" => (count.checked_mul(12), Some(0)),
                "month" => (Some(count), Some(0)),
                "week" => (Some(0), count.checked_mul(7)),
                _ => (Some(0), Some(count)),
            };
            let (Some(months), Some(days)) = (months, days) else { return begins(Unit::Hour) };
            let here = if value.ty == DataType::Date { Point::TODAY } else { Point::NOW };
            let there = Point { months, days, ..here };
            let (low, high) = if forward { (here, there) } else { (there, here) };
            let both = passes(value, low, &[Passing::Exceeds], zone, found)
                && passes(value, high, &[Passing::Reaches], zone, found);
            both || {
                apart(value, zone, found);
                found.push(Turn::Begins(Unit::Hour));
                true
            }
        }
        (Function::YearToDate, [value]) => {
            let here = if value.ty == DataType::Date { Point::TODAY } else { Point::NOW };
            if !passes(value, here, &[Passing::Reaches], zone, found) {
                apart(value, zone, found);
                found.push(Turn::Begins(Unit::Hour));
            }
            found.push(Turn::Begins(Unit::Year));
            true
        }
        _ => false,
    }
}

/// What turns in a comparison; false where one side is no point, or the other asks the time itself.
fn compared(
    left: &Typed,
    operator: Operator,
    right: &Typed,
    ty: Option<DataType>,
    zone: &TimeZone,
    found: &mut Vec<Turn>,
) -> bool {
    if let Some(days) = whole(right) {
        return days_compared(left, operator, days, zone, found);
    }
    if let Some(days) = whole(left) {
        return days_compared(right, turned(operator), days, zone, found);
    }
    let (value, operator, point) = match (point(left), point(right)) {
        (None, Some(point)) => (left, operator, point),
        (Some(point), None) => (right, turned(operator), point),
        _ => return false,
    };
    let point = match (ty, point.of) {
        // Beside a date-time a day is its midnight.
        (Some(DataType::DateTime), Of::Day) => Point { of: Of::Midnight, ..point },
        (Some(DataType::DateTime), Of::Now | Of::Midnight) | (Some(DataType::Date), Of::Day) => point,
        _ => return false,
    };
    passes(value, point, passings(operator), zone, found)
}

/// The same for so many days between a value and the present day.
fn days_compared(e: &Typed, operator: Operator, days: i64, zone: &TimeZone, found: &mut Vec<Turn>) -> bool {
    let Node::Call { function: Function::DaysBetween, args } = &e.node else { return false };
    let [from, to] = args.as_slice() else { return false };
    let (value, operator, days) = match (is_present(from), is_present(to)) {
        // to - today <= days: to <= today + days
        (true, false) => (to, operator, days),
        // today - from <= days: from >= today - days
        (false, true) => (from, turned(operator), -days),
        _ => return false,
    };
    // A text is read as a time, of which the day is taken.
    let read = (value.ty == DataType::Any).then(|| made_to(value.clone(), DataType::DateTime));
    passes(read.as_ref().unwrap_or(value), Point { days, ..Point::TODAY }, passings(operator), zone, found)
}

/// Notes that a point passes a value; false where the value cannot be told without the time, or from rows one by one.
fn passes(value: &Typed, point: Point, passings: &[Passing], zone: &TimeZone, found: &mut Vec<Turn>) -> bool {
    if value.uses_now() {
        return false;
    }
    let wanted = if point.of == Of::Day { DataType::Date } else { DataType::DateTime };
    if let Node::Literal(literal) = &value.node {
        let constant = match (literal, wanted) {
            // What is compared with nothing never holds.
            (Literal::Null, _) => return true,
            (Literal::Text(text) | Literal::Date(text) | Literal::DateTime(text), DataType::Date) => {
                constant::date(text).map(number_of)
            }
            (Literal::Text(text) | Literal::Date(text) | Literal::DateTime(text), _) => {
                constant::date_time(text).and_then(|when| when.instant(zone)).map(|instant| instant.as_microsecond())
            }
            _ => None,
        };
        let Some(constant) = constant else { return false };
        found.extend(passings.iter().map(|passing| Turn::Passes(point, *passing, constant)));
        return true;
    }
    let Some(value) = of_one_row(value).filter(|value| !is_constant(value)) else { return false };
    if !value.ty.is_temporal() && value.ty != DataType::Any {
        return false;
    }
    let value = if value.ty == wanted { value } else { made_to(value, wanted) };
    found.extend(passings.iter().map(|passing| Turn::PassesValue(point, *passing, value.clone())));
    true
}

/// A value cast to a type.
fn made_to(value: Typed, ty: DataType) -> Typed {
    let span = value.span;
    Typed { node: Node::Cast { value: Box::new(value), to: ty }, ty, span }
}

/// A value of many rows as one that each of them has: the greatest, say, is the value of some row. Of no rows it must be
/// null: what stands in the place of null is of no row.
#[recursive::recursive]
fn of_one_row(value: &Typed) -> Option<Typed> {
    let again = |part: &Typed| of_one_row(part);
    let node = match &value.node {
        _ if !value.has_aggregate() => return Some(value.clone()),
        Node::Aggregate {
            aggregate:
                Aggregate::Min | Aggregate::Max | Aggregate::First | Aggregate::Last | Aggregate::ArgMin | Aggregate::ArgMax,
            args,
        } => return args.first().cloned(),
        Node::Cast { value, to } => Node::Cast { value: Box::new(again(value)?), to: *to },
        Node::Call { function: Function::DateTrunc, args } => {
            let args = args.iter().map(again).collect::<Option<_>>()?;
            Node::Call { function: Function::DateTrunc, args }
        }
        _ => return None,
    };
    Some(Typed { node, ..*value })
}

/// The point that an expression is.
fn point(e: &Typed) -> Option<Point> {
    match &e.node {
        Node::Call { function: Function::Now, .. } => Some(Point::NOW),
        Node::Call { function: Function::Today, .. } => Some(Point::TODAY),
        Node::Cast { value, to: DataType::Date } if is_present(value) => Some(Point::TODAY),
        Node::Cast { value, to: DataType::DateTime } if is_present(value) => match point(value)? {
            Point { of: Of::Day, .. } => Some(Point { of: Of::Midnight, ..Point::TODAY }),
            point => Some(point),
        },
        Node::Call { function: Function::DateTrunc, args } => match args.as_slice() {
            [unit, value] if word(unit) == Some("day") && is_present(value) => match value.ty {
                DataType::Date => Some(Point::TODAY),
                _ => Some(Point { of: Of::Midnight, ..Point::TODAY }),
            },
            _ => None,
        },
        _ => None,
    }
}

/// Whether an expression is the present instant, or the present day.
fn is_present(e: &Typed) -> bool {
    match &e.node {
        Node::Call { function, .. } => matches!(function, Function::Now | Function::Today),
        Node::Cast { value, to: DataType::Date | DataType::DateTime } => is_present(value),
        _ => false,
    }
}

fn is_comparison(operator: Operator) -> bool {
    use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    matches!(operator, Equal | NotEqual | Less | LessOrEqual | Greater | GreaterOrEqual)
}

/// The comparison with its sides exchanged.
fn turned(operator: Operator) -> Operator {
    match operator {
        Operator::Less => Operator::Greater,
        Operator::LessOrEqual => Operator::GreaterOrEqual,
        Operator::Greater => Operator::Less,
        Operator::GreaterOrEqual => Operator::LessOrEqual,
        other => other,
    }
}

/// When `value <operator> point` turns.
fn passings(operator: Operator) -> &'static [Passing] {
    match operator {
        Operator::LessOrEqual | Operator::Greater => &[Passing::Reaches],
        Operator::Less | Operator::GreaterOrEqual => &[Passing::Exceeds],
        _ => &[Passing::Reaches, Passing::Exceeds],
    }
}

/// A whole number that is written down; days beyond any calendar are none.
fn whole(e: &Typed) -> Option<i64> {
    let number = match &e.node {
        Node::Literal(Literal::Integer(number)) => *number,
        Node::Negate(value) => whole(value)?.checked_neg()?,
        _ => return None,
    };
    (number.unsigned_abs() < 10_000_000).then_some(number)
}

fn word(e: &Typed) -> Option<&str> {
    match &e.node {
        Node::Literal(Literal::Text(word)) => Some(word),
        _ => None,
    }
}
