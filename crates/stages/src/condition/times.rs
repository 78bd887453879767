//! Times: dates and instants in the project's time zone.
//!
//! Invariants
//! - A date beside a date-time means its midnight in the zone.
//! - Days, weeks, months and years are those of the zone's calendar: a day before noon is noon, whatever the clocks
//!   did; the 31st less a month is the last day of that month.
//!
//! Not here: `local_time`, `instant_of`, `add_months` (`onefold-lake`, functions).

use onefold_model::expr::{Literal, Node, constant};
use onefold_model::sql::{cast, integer, now, text};
use onefold_model::{DataType, Sql, Typed, sql};

use super::Translation;

impl Translation<'_> {
    /// A text constant as an instant.
    pub(super) fn instant_constant(&self, value: &str) -> Sql {
        match constant::date_time(value).and_then(|when| when.instant(&self.rules)) {
            Some(instant) => cast(text(format!("{instant:.6}")), DataType::DateTime),
            None => cast("null".into(), DataType::DateTime),
        }
    }

    /// A date or date-time as an instant.
    pub(super) fn instant(&self, e: &Typed) -> Sql {
        match (&e.node, e.ty) {
            (Node::Literal(Literal::Text(value) | Literal::Date(value)), DataType::Date) => {
                self.instant_constant(value)
            }
            (_, DataType::Date) => self.instant_of(unzoned(self.sql(e))),
            (_, DataType::Any) => self.converted(e, DataType::DateTime),
            _ => self.sql(e),
        }
    }

    /// A date or date-time as the local time of the zone.
    fn local(&self, e: &Typed) -> Sql {
        match e.ty {
            DataType::Date => unzoned(self.sql(e)),
            _ => self.local_time(self.instant(e)),
        }
    }

    /// A date or date-time as a day of the zone.
    pub(super) fn day(&self, e: &Typed) -> Sql {
        match e.ty {
            DataType::Date => self.sql(e),
            _ => cast(self.local(e), DataType::Date),
        }
    }

    fn local_time(&self, instant: Sql) -> Sql {
        sql!("local_time(", instant, ", ", text(self.zone), ")")
    }
    pub(super) fn instant_of(&self, local: Sql) -> Sql {
        sql!("instant_of(", local, ", ", text(self.zone), ")")
    }
    /// The day of the run.
    pub(super) fn today(&self) -> Sql {
        cast(self.local_time(now()), DataType::Date)
    }

    /// The midnights from one to the other.
    pub(super) fn days_between(&self, from: &Typed, to: &Typed) -> Sql {
        let number = |e: &Typed| sql!("cast(cast(", self.day(e), " as int) as bigint)");
        sql!("(", number(to), " - ", number(from), ")")
    }

    /// `within_last` and `within_next`: from now less so many units up to now, or from now on. Dates are compared by
    /// day, today included.
    pub(super) fn within(&self, value: &Typed, count: &Typed, unit: &Typed, forward: bool) -> Sql {
        let Node::Literal(Literal::Integer(count)) = count.node else { return "null".into() };
        let count = if forward { count } else { -count };
        let here = self.local_time(now());
        let there = match unit_word(unit) {
            "year" => sql!("add_months(", here, ", ", integer(count * 12), ")"),
            "month" => sql!("add_months(", here, ", ", integer(count), ")"),
            "week" => sql!("(", here, " + interval ", text(format!("{} days", count * 7)), ")"),
            _ => sql!("(", here, " + interval ", text(format!("{count} days")), ")"),
        };
        let (value, there, here) = match value.ty {
            DataType::Date => (self.sql(value), cast(there, DataType::Date), self.today()),
            _ => (self.instant(value), self.instant_of(there), now()),
        };
        let (low, high) = if forward { (here, there) } else { (there, here) };
        sql!("(", value, " between ", low, " and ", high, ")")
    }

    pub(super) fn year_to_date(&self, value: &Typed) -> Sql {
        let start = sql!("date_trunc('year', ", self.local_time(now()), ")");
        match value.ty {
            DataType::Date => {
                sql!("(", self.sql(value), " between ", cast(start, DataType::Date), " and ", self.today(), ")")
            }
            _ => sql!("(", self.instant(value), " between ", self.instant_of(start), " and ", now(), ")"),
        }
    }

    pub(super) fn date_trunc(&self, unit: &Typed, value: &Typed) -> Sql {
        let unit = unit_word(unit);
        let start = sql!("date_trunc(", text(unit), ", ", self.local(value), ")");
        match (value.ty, unit) {
            (DataType::Date, _) => cast(start, DataType::Date),
            // Less the time since the hour began: of the two hours when clocks go back, each has its own start.
            (_, "hour") => sql!("(", self.instant(value), " - (", self.local(value), " - ", start, "))"),
            _ => self.instant_of(start),
        }
    }

    pub(super) fn date_part(&self, unit: &Typed, value: &Typed) -> Sql {
        sql!("cast(date_part(", text(unit_word(unit)), ", ", self.local(value), ") as bigint)")
    }

    /// Monday is 1.
    pub(super) fn day_of_week(&self, value: &Typed) -> Sql {
        sql!("cast(date_part('isodow', ", self.local(value), ") as bigint)")
    }

    pub(super) fn time_of_day(&self, value: &Typed) -> Sql {
        let part = |unit| sql!("cast(date_part(", text(unit), ", ", self.local(value), ") as bigint)");
        sql!("(", part("hour"), " * 60 + ", part("minute"), ")")
    }
}

/// A day as its midnight, without a zone. Microseconds: nanoseconds end in the year 2262.
fn unzoned(day: Sql) -> Sql {
    sql!("arrow_cast(", day, ", 'Timestamp(Microsecond, None)')")
}

fn unit_word(unit: &Typed) -> &str {
    match &unit.node {
        Node::Literal(Literal::Text(word)) => word,
        // The resolver lets only constants through.
        _ => "day",
    }
}
