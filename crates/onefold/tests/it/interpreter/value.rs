//! Value: what an expression answers, one at a time.
//!
//! Invariants
//! - A comparison with null is unknown; integers beside doubles are doubles, dates beside instants are midnights.
//! - Decimals are whole numbers of their last digit: sums, differences, products and comparisons of them are exact.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use onefold_model::DataType;

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// None, or not known.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number of 64 bits.
    Integer(i64),
    /// A double.
    Number(f64),
    /// A decimal: so many of its last digit, and the digits after the point.
    Exact(i128, i8),
    /// Text.
    Text(String),
    /// A day.
    Date(Date),
    /// An instant.
    Instant(Timestamp),
}

impl Value {
    /// Whether it is null.
    pub(super) fn is_null(&self) -> bool {
        *self == Self::Null
    }
    /// Yes, no or unknown.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::Boolean(yes) => Some(*yes),
            Self::Null => None,
            other => panic!("{other:?} is neither true nor false"),
        }
    }
    /// From yes, no or unknown.
    pub(super) fn from_truth(truth: Option<bool>) -> Self {
        truth.map_or(Self::Null, Self::Boolean)
    }
    /// As a double.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(i) => Some(*i as f64),
            Self::Number(n) => Some(*n),
            Self::Exact(digits, scale) => Some(*digits as f64 / 10_f64.powi(i32::from(*scale))),
            Self::Null => None,
            other => panic!("{other:?} is no number"),
        }
    }
    /// As a whole number.
    pub(super) fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(i) => Some(*i),
            Self::Null => None,
            other => panic!("{other:?} is no integer"),
        }
    }
    /// As text, when it is text.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null => None,
            other => panic!("{other:?} is no text"),
        }
    }
    /// As so many of the last digit of so many after the point, for decimals and integers.
    pub(super) fn digits(&self, scale: i8) -> Option<i128> {
        let (digits, own) = match self {
            Self::Integer(i) => (i128::from(*i), 0),
            Self::Exact(digits, own) => (*digits, *own),
            Self::Null => return None,
            other => panic!("{other:?} has no digits"),
        };
        assert!(own <= scale, "{self:?} does not lose digits");
        Some(digits * 10_i128.pow(u32::from((scale - own).unsigned_abs())))
    }
    /// As a value of another type, where the types of an expression make it one.
    pub(super) fn made(self, ty: DataType, zone: &TimeZone) -> Self {
        match (self, ty) {
            (Self::Integer(i), DataType::Number) => Self::Number(i as f64),
            (value @ Self::Exact(..), DataType::Number) => value.number().map_or(Self::Null, Self::Number),
            (value @ (Self::Integer(_) | Self::Exact(..)), DataType::Decimal(_, scale)) => {
                value.digits(scale).map_or(Self::Null, |digits| Self::Exact(digits, scale))
            }
            (Self::Date(day), DataType::DateTime) => Self::Instant(midnight(day, zone)),
            (value, _) => value,
        }
    }
}

/// The instant at which a day begins in a zone.
pub(super) fn midnight(day: Date, zone: &TimeZone) -> Timestamp {
    zone.to_ambiguous_timestamp(day.to_datetime(jiff::civil::Time::midnight()))
        .compatible()
        .expect("days of tests lie in the range of instants")
}

/// Which of two comes first; `None` when one of them is null.
pub(super) fn compare(a: &Value, b: &Value, zone: &TimeZone) -> Option<Ordering> {
    Some(match (a, b) {
        (Value::Null, _) | (_, Value::Null) => return None,
        (Value::Boolean(a), Value::Boolean(b)) => a.cmp(b),
        (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
        (Value::Integer(_) | Value::Exact(..), Value::Integer(_) | Value::Exact(..)) => {
            let scale = |value: &Value| if let Value::Exact(_, scale) = value { *scale } else { 0 };
            let scale = scale(a).max(scale(b));
            a.digits(scale)?.cmp(&b.digits(scale)?)
        }
        (
            Value::Integer(_) | Value::Number(_) | Value::Exact(..),
            Value::Integer(_) | Value::Number(_) | Value::Exact(..),
        ) => {
            // Adding 0 makes -0.0 the same as 0.0.
            (a.number()? + 0.0).total_cmp(&(b.number()? + 0.0))
        }
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        (Value::Instant(a), Value::Instant(b)) => a.cmp(b),
        (Value::Date(a), Value::Instant(b)) => midnight(*a, zone).cmp(b),
        (Value::Instant(a), Value::Date(b)) => a.cmp(&midnight(*b, zone)),
        _ => panic!("{a:?} and {b:?} cannot be compared"),
    })
}
