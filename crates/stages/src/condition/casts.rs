//! Casts: a value as one of another type, null where it cannot be.
//!
//! Invariants
//! - Text becomes a number, date, date-time, boolean or guid only if all of it is one, white space at its ends aside.
//! - Numbers become integers by leaving out what stands after the point; a decimal with fewer digits is rounded.

use onefold_model::expr::{Literal, Node};
use onefold_model::sql::{cast, integer, text, type_name};
use onefold_model::{DataType, Sql, Typed, sql};

use super::Translation;
use super::calls::WHITE;

const INSTANT: &str = "'Timestamp(Microsecond, Some(\"UTC\"))'";

impl Translation<'_> {
    /// `cast(value as type)`.
    pub(super) fn cast(&self, value: &Typed, to: DataType) -> Sql {
        self.converted(value, to)
    }

    /// The value as text, for `||`.
    pub(super) fn as_text(&self, e: &Typed) -> Sql {
        if e.ty.is_text() { self.sql(e) } else { self.converted(e, DataType::Text) }
    }

    /// The value as one of type `to`.
    pub(super) fn converted(&self, e: &Typed, to: DataType) -> Sql {
        if e.ty == to || to == DataType::Any {
            return self.sql(e);
        }
        if matches!(e.node, Node::Literal(Literal::Null)) {
            return self.literal(&Literal::Null, to);
        }
        match (e.ty, to) {
            (DataType::Text | DataType::Json | DataType::Any, to) if !to.is_text() => self.read(self.sql(e), to),
            (DataType::Guid | DataType::Text | DataType::Json, DataType::Text) => self.sql(e),
            (DataType::Text | DataType::Json | DataType::Any, DataType::Guid) => guid(self.sql(e)),
            (DataType::Date, DataType::DateTime) => self.instant(e),
            (DataType::DateTime, DataType::Date) => self.day(e),
            (DataType::Integer | DataType::Small, DataType::Number | DataType::Integer) => cast(self.sql(e), to),
            (_, DataType::Text) => cast(self.sql(e), DataType::Text),
            // Digits are left out before the cast: the engine compares a cast value with constants by casting these
            // back, which holds only where no digit is lost. It does not look into a sum.
            (DataType::Decimal(_, 1..), DataType::Integer | DataType::Small) => {
                let value = self.sql(e);
                let whole = tried(sql!("(", &value, " - ", value, " % 1)"), to);
                if to == DataType::Integer { sql!("integer_sum(", whole, ", 0)") } else { whole }
            }
            (DataType::Decimal(_, digits), DataType::Decimal(_, kept)) if kept < digits => {
                tried(sql!("round(", self.sql(e), ", ", integer(i64::from(kept)), ")"), to)
            }
            _ => tried(self.sql(e), to),
        }
    }

    /// Text as a value.
    fn read(&self, value: Sql, to: DataType) -> Sql {
        let value = sql!("btrim(", value, ", ", text(WHITE), ")");
        match to {
            DataType::Boolean => sql!("try_cast(lower(", value, ") as boolean)"),
            DataType::DateTime => {
                let local = sql!("arrow_try_cast(", &value, ", 'Timestamp(Microsecond, None)')");
                sql!(
                    "(case when ",
                    &value,
                    " ~ '(Z|z|[+-][0-9]{2}:?[0-9]{2})$' then arrow_try_cast(",
                    &value,
                    ", ",
                    INSTANT,
                    ") else ",
                    self.instant_of(local),
                    " end)",
                )
            }
            to => tried(value, to),
        }
    }
}

/// `try_cast(value as type)`.
pub(super) fn tried(value: Sql, to: DataType) -> Sql {
    match to {
        DataType::DateTime => sql!("arrow_try_cast(", value, ", ", INSTANT, ")"),
        to => sql!("try_cast(", value, " as ", type_name(to), ")"),
    }
}

fn guid(value: Sql) -> Sql {
    let shape = "'^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$'";
    let value = sql!("btrim(", value, ", ", text(WHITE), ")");
    sql!("(case when ", &value, " ~ ", shape, " then lower(", &value, ") end)")
}
