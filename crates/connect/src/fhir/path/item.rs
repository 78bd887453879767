//! Item: one value of a FHIRPath collection: a part of the record, or something worked out.
//!
//! Invariants
//! - A part of the record is never copied.
//!
//! Not here: collections and their rules (`eval`, `functions`).

use std::borrow::Cow;
use std::cmp::Ordering;

use super::decimal::Decimal;
use super::moment::{Moment, Sort};
use super::types;
use crate::json::{Kind, Value};

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Item<'a> {
    /// A part of the record, and its FHIR type where the name of its choice told it.
    Part(Value<'a>, Option<&'static str>),
    /// Text.
    Text(Cow<'a, str>),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Decimal(Decimal),
    /// True or false.
    Boolean(bool),
    /// A date, a time or both.
    Moment(Moment),
    /// A number with a unit.
    Quantity(Decimal, Cow<'a, str>),
}

/// What an item is once looked at: parts of the record as what they hold.
#[derive(Clone, Debug)]
pub(crate) enum Plain<'a> {
    Text(Cow<'a, str>),
    Integer(i64),
    Decimal(Decimal),
    Boolean(bool),
    Moment(Moment),
    Quantity(Decimal, Cow<'a, str>),
    /// A record or list.
    Record(Value<'a>),
}

impl<'a> Item<'a> {
    /// What it is. A text of the record with a choice type of time is a moment.
    pub(crate) fn plain(&self) -> Plain<'a> {
        match self {
            Self::Part(value, ty) => match value.kind() {
                Kind::String => {
                    let text = value.string().unwrap_or_default();
                    let sort = match ty {
                        Some("date") => Some(Sort::Date),
                        Some("dateTime" | "instant") => Some(Sort::DateTime),
                        Some("time") => Some(Sort::Time),
                        _ => None,
                    };
                    match sort.and_then(|sort| Moment::parse(&text, sort)) {
                        Some(moment) => Plain::Moment(moment),
                        None => Plain::Text(text),
                    }
                }
                Kind::Number => {
                    let digits = value.raw();
                    match digits.parse() {
                        Ok(whole) => Plain::Integer(whole),
                        Err(_) => match Decimal::parse(digits) {
                            Some(number) => Plain::Decimal(number),
                            None => Plain::Text(Cow::Borrowed(digits)),
                        },
                    }
                }
                Kind::True => Plain::Boolean(true),
                Kind::False => Plain::Boolean(false),
                Kind::Record | Kind::List | Kind::Null => match quantity(*value, *ty) {
                    Some((number, unit)) => Plain::Quantity(number, unit),
                    None => Plain::Record(*value),
                },
            },
            Self::Text(text) => Plain::Text(text.clone()),
            Self::Integer(number) => Plain::Integer(*number),
            Self::Decimal(number) => Plain::Decimal(*number),
            Self::Boolean(value) => Plain::Boolean(*value),
            Self::Moment(moment) => Plain::Moment(*moment),
            Self::Quantity(number, unit) => Plain::Quantity(*number, unit.clone()),
        }
    }

    /// The truth of a boolean.
    pub(crate) fn plain_boolean(&self) -> Option<bool> {
        match self.plain() {
            Plain::Boolean(value) => Some(value),
            _ => None,
        }
    }

    /// The text of a text.
    pub(crate) fn text(&self) -> Option<Cow<'a, str>> {
        match self {
            Self::Part(value, _) => value.string(),
            Self::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// As a text for people and columns; records as JSON.
    pub(crate) fn shown(&self) -> Cow<'a, str> {
        match self {
            Self::Part(value, _) => value.string().unwrap_or(Cow::Borrowed(value.raw())),
            Self::Text(text) => text.clone(),
            Self::Integer(number) => Cow::Owned(number.to_string()),
            Self::Decimal(number) => Cow::Owned(number.to_string()),
            Self::Boolean(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Self::Moment(moment) => Cow::Owned(moment.to_string()),
            Self::Quantity(number, unit) => Cow::Owned(format!("{number} '{unit}'")),
        }
    }

    /// Whether it is a record with members.
    pub(crate) fn record(&self) -> Option<Value<'a>> {
        match self {
            Self::Part(value, _) if value.kind() == Kind::Record => Some(*value),
            _ => None,
        }
    }

    /// Whether it is of a type, as far as its JSON tells.
    pub(crate) fn is(&self, wanted: &str) -> bool {
        let of = |names: &[&str]| names.contains(&wanted);
        match self {
            Self::Part(_, Some(ty)) => types::is_kind_of(ty, wanted),
            Self::Part(value, None) => match value.kind() {
                Kind::String => {
                    let stringlike = "string String code id markdown uri url canonical uuid oid base64Binary xhtml";
                    stringlike.split(' ').any(|name| name == wanted) || {
                        let text = value.string().unwrap_or_default();
                        match wanted {
                            "date" | "Date" => Moment::parse(&text, Sort::Date).is_some(),
                            "dateTime" | "DateTime" | "instant" => Moment::parse(&text, Sort::DateTime).is_some(),
                            "time" | "Time" => Moment::parse(&text, Sort::Time).is_some(),
                            _ => false,
                        }
                    }
                }
                Kind::Number => {
                    let whole = value.raw().parse::<i64>().is_ok();
                    of(&["decimal", "Decimal"])
                        || whole && of(&["integer", "Integer", "positiveInt", "unsignedInt", "integer64"])
                }
                Kind::True | Kind::False => of(&["boolean", "Boolean"]),
                Kind::Record => match value.text("resourceType") {
                    Some(ty) => ty == wanted || of(&["Resource", "DomainResource"]),
                    // An element whose type nothing tells may be any complex type.
                    None => wanted.starts_with(|c: char| c.is_ascii_uppercase()) && !types::RESOURCES.contains(&wanted),
                },
                Kind::List | Kind::Null => false,
            },
            Self::Text(_) => of(&["String", "string"]),
            Self::Integer(_) => of(&["Integer", "integer"]),
            Self::Decimal(_) => of(&["Decimal", "decimal"]),
            Self::Boolean(_) => of(&["Boolean", "boolean"]),
            Self::Moment(moment) => match moment.sort {
                Sort::Date => of(&["Date", "date"]),
                Sort::DateTime => of(&["DateTime", "dateTime", "instant"]),
                Sort::Time => of(&["Time", "time"]),
            },
            Self::Quantity(..) => of(&["Quantity"]),
        }
    }
}

/// A FHIR Quantity as number and unit, when the record is known to be one.
fn quantity<'a>(value: Value<'a>, ty: Option<&str>) -> Option<(Decimal, Cow<'a, str>)> {
    if !ty.is_some_and(|ty| types::is_kind_of(ty, "Quantity")) {
        return None;
    }
    let number = Decimal::parse(value.get("value")?.number()?)?;
    Some((number, value.text("code").or_else(|| value.text("unit")).unwrap_or(Cow::Borrowed("1"))))
}

impl<'a> Plain<'a> {
    /// As a number.
    pub(crate) fn number(&self) -> Option<Decimal> {
        match self {
            Self::Integer(whole) => Some(Decimal::whole(*whole)),
            Self::Decimal(number) => Some(*number),
            _ => None,
        }
    }
    /// As a moment; a text where it reads as one of that sort.
    pub(crate) fn moment(&self, sort: Sort) -> Option<Moment> {
        match self {
            Self::Moment(moment) => Some(*moment),
            Self::Text(text) => match sort {
                Sort::Time => Moment::parse(text, Sort::Time),
                _ => Moment::parse(text, Sort::Date).or_else(|| Moment::parse(text, Sort::DateTime)),
            },
            _ => None,
        }
    }
}

fn unit(name: &str) -> &str {
    match name.strip_suffix('s').filter(|bare| bare.len() > 2).unwrap_or(name) {
        "week" => "wk",
        "day" => "d",
        "hour" => "h",
        "minute" => "min",
        "second" => "s",
        "millisecond" => "ms",
        other => other,
    }
}

/// The order of two values; `Ok(None)` is unknown, `Err` says that they do not compare.
pub(crate) fn compare(left: &Item<'_>, right: &Item<'_>) -> Result<Option<Ordering>, ()> {
    let (left, right) = (left.plain(), right.plain());
    if let (Some(left), Some(right)) = (left.number(), right.number()) {
        return Ok(Some(left.compare(right)));
    }
    match (&left, &right) {
        (Plain::Text(left), Plain::Text(right)) => {
            let timed = |text: &str| text.len() > 10 && text.as_bytes()[10] == b'T';
            let moment = |text: &str| if timed(text) { Moment::parse(text, Sort::DateTime) } else { None };
            if let (Some(left), Some(right)) = (moment(left), moment(right)) {
                return Ok(left.compare(right));
            }
            Ok(Some(left.cmp(right)))
        }
        (Plain::Moment(moment), other) | (other, Plain::Moment(moment)) => {
            let Some(other_moment) = other.moment(moment.sort) else { return Err(()) };
            let swapped = !matches!(left, Plain::Moment(_));
            let order = if swapped { other_moment.compare(*moment) } else { moment.compare(other_moment) };
            Ok(order)
        }
        (Plain::Quantity(left, left_unit), Plain::Quantity(right, right_unit)) => {
            Ok((unit(left_unit) == unit(right_unit)).then(|| left.compare(*right)))
        }
        _ => Err(()),
    }
}

/// Whether two values are equal; `None` is unknown.
pub(crate) fn equal(left: &Item<'_>, right: &Item<'_>) -> Option<bool> {
    let (left, right) = (left.plain(), right.plain());
    if let (Some(left), Some(right)) = (left.number(), right.number()) {
        return Some(left.compare(right) == Ordering::Equal);
    }
    match (&left, &right) {
        (Plain::Text(left), Plain::Text(right)) => Some(left == right),
        (Plain::Boolean(left), Plain::Boolean(right)) => Some(left == right),
        (Plain::Moment(moment), other) | (other, Plain::Moment(moment)) => match other.moment(moment.sort) {
            Some(other) => moment.compare(other).map(Ordering::is_eq),
            None => Some(false),
        },
        (Plain::Quantity(left, left_unit), Plain::Quantity(right, right_unit)) => {
            (unit(left_unit) == unit(right_unit)).then(|| left.compare(*right).is_eq())
        }
        (Plain::Record(left), Plain::Record(right)) => Some(same_json(*left, *right)),
        (Plain::Quantity(number, name), Plain::Record(record))
        | (Plain::Record(record), Plain::Quantity(number, name)) => {
            let (other, other_unit) = quantity(*record, Some("Quantity"))?;
            (unit(name) == unit(&other_unit)).then(|| number.compare(other).is_eq())
        }
        _ => Some(false),
    }
}

/// Whether two values are equivalent: text without case and runs of blanks, moments of the same precision.
pub(crate) fn equivalent(left: &Item<'_>, right: &Item<'_>) -> bool {
    let fold = |text: &str| text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    match (left.plain(), right.plain()) {
        (Plain::Text(left), Plain::Text(right)) => fold(&left) == fold(&right),
        (Plain::Moment(left), Plain::Moment(right)) => left.same(right),
        _ => equal(left, right) == Some(true),
    }
}

/// Whether two parts are the same JSON, whatever the order of members.
fn same_json(left: Value<'_>, right: Value<'_>) -> bool {
    if left.kind() != right.kind() {
        return false;
    }
    match left.kind() {
        Kind::Record => {
            left.members().count() == right.members().count()
                && left
                    .members()
                    .all(|(key, value)| right.get(&key.name()).is_some_and(|other| same_json(value, other)))
        }
        Kind::List => {
            left.elements().count() == right.elements().count()
                && left.elements().zip(right.elements()).all(|(left, right)| same_json(left, right))
        }
        Kind::String => left.string() == right.string(),
        Kind::Number => match (Decimal::parse(left.raw()), Decimal::parse(right.raw())) {
            (Some(left), Some(right)) => left.compare(right).is_eq(),
            _ => left.raw() == right.raw(),
        },
        Kind::Null | Kind::True | Kind::False => true,
    }
}
