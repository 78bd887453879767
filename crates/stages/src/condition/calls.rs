//! Calls: the functions over one row.

use onefold_model::expr::{Function, Literal, Node};
use onefold_model::sql::{cast, integer, join, now, text};
use onefold_model::{DataType, Sql, Typed, sql};

use super::casts::tried;
use super::{Translation, common, is_integer};
use crate::hierarchy::standing;

/// White space, as `trim` takes it away.
pub(super) const WHITE: &str = " \t\n\r\u{b}\u{c}\u{a0}\u{2007}\u{202f}\u{3000}\u{feff}";

impl Translation<'_> {
    pub(super) fn call(&self, function: Function, args: &[Typed], ty: DataType) -> Sql {
        match (function, args) {
            (Function::Lower, [x]) => sql!("lower(", self.as_text(x), ")"),
            (Function::Upper, [x]) => sql!("upper(", self.as_text(x), ")"),
            (Function::Trim, [x]) => sql!("btrim(", self.as_text(x), ", ", text(WHITE), ")"),
            (Function::Length, [x]) => sql!("cast(character_length(", self.as_text(x), ") as bigint)"),
            (Function::Substr, [x, from]) => {
                sql!("substr(", self.as_text(x), ", ", self.converted(from, DataType::Integer), ")")
            }
            (Function::Substr, [x, from, count]) => {
                // Fewer than no letters are none.
                let count = match count.node {
                    Node::Literal(Literal::Integer(count)) => integer(count.max(0)),
                    _ => {
                        let count = self.converted(count, DataType::Integer);
                        sql!("case when ", &count, " < 0 then 0 else ", count, " end")
                    }
                };
                sql!("substr(", self.as_text(x), ", ", self.converted(from, DataType::Integer), ", ", count, ")")
            }
            (Function::Concat, all) => sql!("concat(", join(all.iter().map(|x| self.as_text(x)), ", "), ")"),
            (Function::Coalesce, all) => {
                sql!("coalesce(", join(all.iter().map(|x| self.converted(x, ty)), ", "), ")")
            }
            (Function::Nullif, [x, y]) if x.ty == y.ty => sql!("nullif(", self.sql(x), ", ", self.sql(y), ")"),
            (Function::Nullif, [x, y]) => {
                let (ty, guid) = common([x, y]);
                let same = sql!(self.side(x, ty, guid), " = ", self.side(y, ty, guid));
                sql!("(case when ", same, " then null else ", self.sql(x), " end)")
            }
            (Function::Abs, [x]) if is_integer(ty) => tried(sql!("abs(", self.wide(x), ")"), DataType::Integer),
            (Function::Abs, [x]) => sql!("abs(", self.number(x), ")"),
            (Function::Round, [x]) => self.rounded("round(", x, None, ty),
            (Function::Round, [x, places]) => match places.node {
                Node::Literal(Literal::Integer(places)) => self.rounded("round(", x, Some(places), ty),
                _ => "null".into(),
            },
            (Function::Floor, [x]) => self.rounded("floor(", x, None, ty),
            (Function::Ceil, [x]) => self.rounded("ceil(", x, None, ty),
            (Function::Contains, [x, y]) => sql!("contains(", self.as_text(x), ", ", self.as_text(y), ")"),
            (Function::StartsWith, [x, y]) => sql!("starts_with(", self.as_text(x), ", ", self.as_text(y), ")"),
            (Function::EndsWith, [x, y]) => sql!("ends_with(", self.as_text(x), ", ", self.as_text(y), ")"),
            (Function::Now, _) => now(),
            (Function::Today, _) => self.today(),
            (Function::DateTrunc, [unit, x]) => self.date_trunc(unit, x),
            (Function::DatePart, [unit, x]) => self.date_part(unit, x),
            (Function::DaysBetween, [from, to]) => self.days_between(from, to),
            (Function::WithinLast, [x, count, unit]) => self.within(x, count, unit, false),
            (Function::WithinNext, [x, count, unit]) => self.within(x, count, unit, true),
            (Function::YearToDate, [x]) => self.year_to_date(x),
            (Function::DayOfWeek, [x]) => self.day_of_week(x),
            (Function::TimeOfDay, [x]) => self.time_of_day(x),
            (Function::ChildOf | Function::ParentOf, _) => {
                // One value a profile, joined to the rows.
                standing(function, args).map_or_else(|| "null".into(), |asked| (self.columns)(&asked.column()))
            }
            // The resolver counted the arguments.
            _ => "null".into(),
        }
    }

    /// `round`, `floor` and `ceil` keep the type of the number.
    fn rounded(&self, word: &'static str, x: &Typed, places: Option<i64>, ty: DataType) -> Sql {
        let places = places.filter(|places| *places != 0);
        let call = |value: Sql| match places {
            Some(places) => sql!(word, value, ", ", integer(places), ")"),
            None => sql!(word, value, ")"),
        };
        match ty {
            DataType::Integer | DataType::Small if places.is_none_or(|places| places > 0) => self.sql(x),
            DataType::Integer | DataType::Small => {
                tried(call(cast(self.sql(x), DataType::Decimal(20, 0))), DataType::Integer)
            }
            DataType::Decimal(..) => tried(call(self.sql(x)), ty),
            _ => call(self.number(x)),
        }
    }
}
