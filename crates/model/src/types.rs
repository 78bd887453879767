//! Types: what a value can be, in files, expressions and tables.
//!
//! Invariants
//! - The words are the ones users write (`Display`, `parse`).
//! - [`DataType::Any`] is what is not known before the first read; it is never the type of a published column.
//!
//! Not here: how the lake stores them (`onefold-lake`), how text becomes one (`onefold-connect`).

use std::fmt;

use serde::{Deserialize, Serialize};

/// The type of a column or an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataType {
    /// Unicode text. Stored as Utf8.
    Text,
    /// A 64 bit signed integer. Stored as Int64.
    Integer,
    /// A 32 bit signed integer, only for `profile_no`; users see it as `integer`. Stored as Int32.
    Small,
    /// A double. Stored as Float64.
    Number,
    /// A fixed-point number. Stored as Decimal128(precision, scale).
    Decimal(u8, i8),
    /// True or false. Stored as Boolean.
    Boolean,
    /// A day. Stored as Date32.
    Date,
    /// An instant in microseconds, UTC. Stored as Timestamp(µs, "UTC").
    DateTime,
    /// A guid as lower-case text. Stored as Utf8.
    Guid,
    /// A record or list of the source, as JSON text, until a step expands it. Stored as Utf8.
    Json,
    /// A set of `profile_no`, a portable Roaring bitmap. Stored as Binary; published only in `SegmentBitmap`.
    Bitmap,
    /// Not known before the first read.
    Any,
}

impl DataType {
    /// The type a user means by a word: `text`, `date-time`, `decimal(10,2)`; `None` for an unknown word.
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.trim().to_lowercase();
        Some(match word.as_str() {
            "text" => Self::Text,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            "date" => Self::Date,
            "date-time" => Self::DateTime,
            "guid" => Self::Guid,
            "json" => Self::Json,
            _ => {
                let (precision, scale) = word.strip_prefix("decimal(")?.strip_suffix(')')?.split_once(',')?;
                let (precision, scale) = (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
                if !(1..=38).contains(&precision) || !(0..=precision as i8).contains(&scale) {
                    return None;
                }
                Self::Decimal(precision, scale)
            }
        })
    }
    /// The words of [`DataType::parse`], for hints and schemas.
    pub const WORDS: &[&str] =
        &["text", "integer", "number", "decimal(p,s)", "boolean", "date", "date-time", "guid", "json"];
    /// Whether values are numbers that can be added.
    pub fn is_numeric(self) -> bool {
        matches!(self, Self::Integer | Self::Small | Self::Number | Self::Decimal(..))
    }
    /// Whether values are text: text itself and guids.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Guid | Self::Json)
    }
    /// Whether values lie on the calendar.
    pub fn is_temporal(self) -> bool {
        matches!(self, Self::Date | Self::DateTime)
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("text"),
            Self::Integer | Self::Small => f.write_str("integer"),
            Self::Number => f.write_str("number"),
            Self::Decimal(precision, scale) => write!(f, "decimal({precision},{scale})"),
            Self::Boolean => f.write_str("boolean"),
            Self::Date => f.write_str("date"),
            Self::DateTime => f.write_str("date-time"),
            Self::Guid => f.write_str("guid"),
            Self::Json => f.write_str("json"),
            Self::Bitmap => f.write_str("bitmap"),
            Self::Any => f.write_str("any"),
        }
    }
}
