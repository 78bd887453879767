//! Convert: a value of one type as another, in SQL that gives null where it cannot be.
//!
//! Not here: what becomes of a row with such a value (`columns`).

use onefold_model::sql::{cast, text, type_name};
use onefold_model::{DataType, Sql, sql};

/// How text is to be read.
pub(super) struct How<'a> {
    /// The zone of times that state none.
    pub(super) zone: &'a str,
    /// `de-DE`; `en-US` when absent.
    pub(super) locale: Option<&'a str>,
    /// As in strptime; ISO 8601 when absent.
    pub(super) format: Option<&'a str>,
}

impl<'a> How<'a> {
    /// As computers write: ISO 8601, decimal points.
    pub(super) fn plain(zone: &'a str) -> Self {
        Self { zone, locale: None, format: None }
    }
}

/// The value as another type, null where it cannot be; `None` when no value of the type can.
pub(super) fn convert(value: Sql, from: DataType, to: DataType, how: &How<'_>) -> Option<Sql> {
    use DataType as T;
    let tried = |value: &Sql| sql!("try_cast(", value, " as ", type_name(to), ")");
    let locale = || text(how.locale.unwrap_or_default());
    let format = || text(how.format.unwrap_or_default());
    Some(match (from, to) {
        (T::Any, T::DateTime) => cast(value, to),
        (T::Any, _) => tried(&value),
        (from, to) if from == to => value,
        (T::Text | T::Guid | T::Json, T::Text | T::Json) => value,
        (T::Text | T::Json, T::Guid) => {
            let plain = sql!("lower(trim(", value, "))");
            let shape = "'^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'";
            sql!("case when regexp_like(", &plain, ", ", shape, ") then ", &plain, " end")
        }
        (from, T::Text) if from != T::Bitmap => cast(value, T::Text),
        (from, T::Integer) if from.is_text() && how.locale.is_some() => {
            whole(sql!("parse_number(", value, ", ", locale(), ")"))
        }
        (T::Number | T::Decimal(..), T::Integer) => whole(value),
        (from, T::Number) if from.is_text() && how.locale.is_some() => {
            sql!("parse_number(", value, ", ", locale(), ")")
        }
        (from, T::Decimal(..)) if from.is_text() && how.locale.is_some() => {
            tried(&sql!("parse_number(", value, ", ", locale(), ")"))
        }
        (from, T::Integer | T::Small | T::Number | T::Decimal(..)) if from.is_text() => {
            tried(&sql!("trim(", value, ")"))
        }
        (from, T::Integer | T::Small | T::Number | T::Decimal(..)) if from.is_numeric() || from == T::Boolean => {
            tried(&value)
        }
        (from, T::Boolean) if from.is_text() => sql!(
            "case lower(trim(",
            value,
            ")) when 'true' then true when 'yes' then true when '1' then true ",
            "when 'false' then false when 'no' then false when '0' then false end"
        ),
        (from, T::Boolean) if from.is_numeric() => {
            sql!("case when ", &value, " = 1 then true when ", &value, " = 0 then false end")
        }
        (from, T::Date) if from.is_text() => sql!("parse_date(", value, ", ", format(), ", ", locale(), ")"),
        (from, T::DateTime) if from.is_text() => {
            sql!("parse_date_time(", value, ", ", format(), ", ", locale(), ", ", text(how.zone), ")")
        }
        (T::DateTime, T::Date) => sql!("cast(local_time(", value, ", ", text(how.zone), ") as date)"),
        (T::Date, T::DateTime) => midnight(value, how.zone),
        _ => return None,
    })
}

/// The instant at which a day begins in a time zone.
pub(crate) fn midnight(day: Sql, zone: &str) -> Sql {
    sql!("instant_of(arrow_cast(", day, ", 'Timestamp(Microsecond, None)'), ", text(zone), ")")
}

/// A number as an integer; one with a fraction is none.
fn whole(value: Sql) -> Sql {
    sql!("case when ", &value, " = floor(", &value, ") then try_cast(", &value, " as bigint) end")
}
