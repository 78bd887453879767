//! Condition: an expression as SQL, the single translation.
//!
//! Reads    a typed expression, where its columns and segments are found, the project's time zone
//!
//! Invariants
//! - What comes out stands on its own: anything but a name, a call or a constant is in brackets. Chains of `and`,
//!   `or`, `+`, `*` and `||` share one pair, since the engine's parser bounds how deep brackets nest.
//! - No value makes a query fail: x/0 and x%0 are null, so is a cast that does not work, a power that is no number,
//!   and an integer sum, difference or product beyond 64 bits.
//! - An aggregate is one call at the end of its text, so that ` filter (where …)` can follow.
//! - Nothing depends on the clock: the instant of the run is [`now`].
//!
//! Not here: types (`onefold_model::expr::resolve`), unique counts without `distinct` (`measures::aggregates`).
//! To add a function: an arm in `calls`, lines in `fixtures/expression_values.txt`.

mod calls;
mod casts;
mod times;

use jiff::tz::TimeZone;
use onefold_model::expr::{Aggregate, ColumnRef, Literal, Node, Operator, constant, unify};
use onefold_model::sql::{cast, integer, join, number, text};
use onefold_model::{DataType, Sql, Typed, sql};

/// An expression as SQL.
///
/// `columns` and `in_segment` give the SQL of a column, and of whether a row's profile is in a segment; `zone` is the
/// IANA name in which days begin and texts without an offset are read. Where several rows make one, each aggregate
/// becomes the engine's: `count_unique` a `count(distinct …)`, which callers with many groups plan otherwise.
pub fn sql(
    expression: &Typed,
    columns: &dyn Fn(&ColumnRef) -> Sql,
    in_segment: &dyn Fn(&str) -> Sql,
    zone: &str,
) -> Sql {
    let rules = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    Translation { columns, in_segment, zone, rules }.sql(expression)
}

struct Translation<'a> {
    columns: &'a dyn Fn(&ColumnRef) -> Sql,
    in_segment: &'a dyn Fn(&str) -> Sql,
    zone: &'a str,
    rules: TimeZone,
}

impl Translation<'_> {
    #[recursive::recursive]
    fn sql(&self, e: &Typed) -> Sql {
        match &e.node {
            Node::Literal(literal) => self.literal(literal, e.ty),
            Node::Column(column) => (self.columns)(column),
            Node::InSegment(name) => (self.in_segment)(name),
            Node::Not(value) => sql!("(not ", self.truth(value), ")"),
            Node::Negate(value) if is_integer(e.ty) => {
                casts::tried(sql!("(- ", self.wide(value), ")"), DataType::Integer)
            }
            Node::Negate(value) => sql!("(- ", self.number(value), ")"),
            Node::Binary(left, operator, right) => self.binary(e, left, *operator, right),
            Node::Between { value, low, high, negated } => {
                let (ty, guid) = common([&**value, low, high]);
                let [value, low, high] = [value, low, high].map(|side| self.side(side, ty, guid));
                sql!("(", value, not(*negated, " between ", " not between "), low, " and ", high, ")")
            }
            // One value alone is a comparison: of a query in its place the engine would make a join.
            Node::In { value, list, negated } if list.len() == 1 => {
                let (ty, guid) = common(list.iter().chain([&**value]));
                let list = join(list.iter().map(|item| self.side(item, ty, guid)), ", ");
                sql!("(", self.side(value, ty, guid), not(*negated, " = ", " <> "), list, ")")
            }
            Node::In { value, list, negated } => {
                let (ty, guid) = common(list.iter().chain([&**value]));
                let list = list.iter().map(|item| self.side(item, ty, guid));
                sql!("(", self.side(value, ty, guid), not(*negated, " in (", " not in ("), join(list, ", "), "))")
            }
            Node::InList { value, values, .. } if values.is_empty() => {
                sql!("(", self.sql(value), " is null and null)")
            }
            Node::InList { value, values, .. } => {
                let constant = |literal: &Literal| {
                    let ty = match literal {
                        Literal::Integer(_) => DataType::Integer,
                        Literal::Number(_) => DataType::Number,
                        Literal::Date(_) => DataType::Date,
                        Literal::DateTime(_) => DataType::DateTime,
                        _ if value.ty == DataType::Guid => DataType::Guid,
                        _ => DataType::Text,
                    };
                    Typed { node: Node::Literal(literal.clone()), ty, span: value.span }
                };
                let list: Vec<Typed> = values.iter().map(constant).collect();
                let (ty, guid) = common(list.iter().chain([&**value]));
                let list = list.iter().map(|item| self.side(item, ty, guid));
                sql!("(", self.side(value, ty, guid), " in (", join(list, ", "), "))")
            }
            // A pattern without wildcards is a comparison, and costs far less as one.
            Node::Like { value, pattern, negated, ignore_case: true } if is_word(pattern) => {
                let same = sql!("equals_ignoring_case(", self.sql(value), ", ", self.sql(pattern), ")");
                if *negated { sql!("(not ", same, ")") } else { same }
            }
            Node::Like { value, pattern, negated, ignore_case } => {
                let word = if *ignore_case {
                    not(*negated, " ilike ", " not ilike ")
                } else {
                    not(*negated, " like ", " not like ")
                };
                sql!("(", self.sql(value), word, self.sql(pattern), ")")
            }
            Node::IsNull { value, negated } => {
                sql!("(", self.sql(value), not(*negated, " is null", " is not null"), ")")
            }
            Node::Case { operand, whens, otherwise } => {
                self.case(e.ty, operand.as_deref(), whens, otherwise.as_deref())
            }
            Node::Cast { value, to } => self.cast(value, *to),
            Node::Call { function, args } => self.call(*function, args, e.ty),
            Node::Aggregate { aggregate, args } => self.aggregate(*aggregate, args),
        }
    }

    fn literal(&self, literal: &Literal, ty: DataType) -> Sql {
        match (literal, ty) {
            (Literal::Null, DataType::Any | DataType::Bitmap) => "null".into(),
            (Literal::Null, ty) => cast("null".into(), ty),
            (Literal::Boolean(value), _) => if *value { "true" } else { "false" }.into(),
            (Literal::Integer(value), _) => integer(*value),
            (Literal::Number(value), _) => number(*value),
            (Literal::Text(value) | Literal::Date(value), DataType::Date) => cast(text(value), DataType::Date),
            (Literal::Text(value) | Literal::DateTime(value) | Literal::Date(value), DataType::DateTime) => {
                self.instant_constant(value)
            }
            (Literal::Text(value), DataType::Guid) => text(constant::guid(value).unwrap_or_else(|| value.clone())),
            (Literal::Text(value) | Literal::Date(value) | Literal::DateTime(value), _) => text(value),
        }
    }

    /// A boolean; what is not known to be one is tried.
    fn truth(&self, e: &Typed) -> Sql {
        match e.ty {
            DataType::Any => self.converted(e, DataType::Boolean),
            _ => self.sql(e),
        }
    }

    /// A number; what is not known to be one is tried.
    fn number(&self, e: &Typed) -> Sql {
        match e.ty {
            DataType::Any => self.converted(e, DataType::Number),
            _ => self.sql(e),
        }
    }

    fn double(&self, e: &Typed) -> Sql {
        match e.ty {
            DataType::Number => self.sql(e),
            DataType::Any => self.converted(e, DataType::Number),
            _ => cast(self.sql(e), DataType::Number),
        }
    }

    fn binary(&self, e: &Typed, left: &Typed, operator: Operator, right: &Typed) -> Sql {
        match operator {
            Operator::And => bracketed(self.chain(e, operator, &|e| self.truth(e)), " and "),
            Operator::Or => bracketed(self.chain(e, operator, &|e| self.truth(e)), " or "),
            Operator::Concat => bracketed(self.chain(e, operator, &|e| self.as_text(e)), " || "),
            Operator::Divide => sql!("(", self.double(left), " / ", not_zero(right, self.double(right)), ")"),
            Operator::Modulo => {
                let divisor = self.converted(right, e.ty);
                sql!("(", self.converted(left, e.ty), " % ", not_zero(right, divisor), ")")
            }
            Operator::Power => self.power(left, right),
            Operator::Add | Operator::Subtract | Operator::Multiply => self.arithmetic(e, left, operator, right),
            _ => {
                let (ty, guid) = common([left, right]);
                sql!("(", self.side(left, ty, guid), comparison(operator), self.side(right, ty, guid), ")")
            }
        }
    }

    /// The operands of a chain of one operator, front to back: what leans left needs no brackets.
    fn chain(&self, e: &Typed, operator: Operator, each: &dyn Fn(&Typed) -> Sql) -> Vec<Sql> {
        let mut operands = Vec::new();
        let mut rest = e;
        while let Node::Binary(left, same, right) = &rest.node
            && *same == operator
        {
            operands.push(each(right));
            rest = left;
        }
        operands.push(each(rest));
        operands.reverse();
        operands
    }

    /// A power. Where there is no number (0 ^ -1, -8 ^ 0.5, beyond the largest double) there is null.
    fn power(&self, left: &Typed, right: &Typed) -> Sql {
        let (base, exponent) = (self.double(left), self.double(right));
        let power = sql!("power(", &base, ", ", &exponent, ")");
        let whole = matches!(&right.node, Node::Literal(Literal::Integer(0..)));
        let power = if whole {
            power
        } else {
            sql!(
                "(case when (",
                &base,
                " > 0) or (",
                &base,
                " = 0 and ",
                &exponent,
                " >= 0) or (",
                &base,
                " < 0 and ",
                &exponent,
                " = floor(",
                &exponent,
                ")) then ",
                power,
                " end)",
            )
        };
        sql!("nullif(nullif(", power, ", cast('inf' as double)), cast('-inf' as double))")
    }

    /// Sums, differences and products. What does not fit 64 bits is null and not another number; sums of more than two
    /// integers are worked out with 38 digits, so that only the whole has to fit.
    fn arithmetic(&self, e: &Typed, left: &Typed, operator: Operator, right: &Typed) -> Sql {
        if is_integer(left.ty) && is_integer(right.ty) {
            let of_two = match operator {
                Operator::Multiply => Some("integer_product("),
                _ if is_sum(left) || is_sum(right) => None,
                Operator::Add => Some("integer_sum("),
                Operator::Subtract => Some("integer_difference("),
                _ => None,
            };
            if let Some(function) = of_two {
                return sql!(function, self.sql(left), ", ", self.sql(right), ")");
            }
        }
        let times = |left: Sql, right: Sql| sql!("(", left, " * ", right, ")");
        match (e.ty, operator) {
            (DataType::Integer | DataType::Small, Operator::Multiply) => {
                // Each factor is brought back to 64 bits first: 38 digits hold the product of two, not of more.
                let factor = |e: &Typed| match e.ty {
                    DataType::Integer | DataType::Small => cast(self.sql(e), DataType::Decimal(19, 0)),
                    _ => self.wide(e),
                };
                casts::tried(times(factor(left), factor(right)), DataType::Integer)
            }
            (DataType::Integer | DataType::Small, _) => casts::tried(self.sum(e, &|e| self.wide(e)), DataType::Integer),
            (DataType::Decimal(..), Operator::Multiply) => {
                casts::tried(times(self.exact(left), self.exact(right)), e.ty)
            }
            (DataType::Decimal(..), _) => casts::tried(self.sum(e, &|e| self.exact(e)), e.ty),
            (_, Operator::Multiply) => bracketed(self.chain(e, operator, &|e| self.double(e)), " * "),
            _ => self.sum(e, &|e| self.double(e)),
        }
    }

    /// A chain of `+` and `-`, as it leans left, in one pair of brackets.
    fn sum(&self, e: &Typed, each: &dyn Fn(&Typed) -> Sql) -> Sql {
        let mut terms = Vec::new();
        let mut rest = e;
        while let Node::Binary(left, operator @ (Operator::Add | Operator::Subtract), right) = &rest.node {
            terms.push((if *operator == Operator::Add { " + " } else { " - " }, each(right)));
            rest = left;
        }
        let mut all = sql!("(", each(rest));
        for (sign, term) in terms.into_iter().rev() {
            all.push(sql!(sign, term));
        }
        all.push(")");
        all
    }

    /// An integer with room for what comes of it.
    fn wide(&self, e: &Typed) -> Sql {
        match e.ty {
            // Within a sum there is room for one more; only the whole is brought back to 64 bits.
            DataType::Integer if is_sum(e) => self.sum(e, &|e| self.wide(e)),
            DataType::Integer | DataType::Small => cast(self.sql(e), DataType::Decimal(19, 0)),
            _ => self.converted(e, DataType::Decimal(19, 0)),
        }
    }

    /// A decimal, or an integer as one.
    fn exact(&self, e: &Typed) -> Sql {
        if is_integer(e.ty) { self.wide(e) } else { self.sql(e) }
    }

    /// One side of a comparison whose sides have the type `ty` in common.
    fn side(&self, e: &Typed, ty: DataType, guid: bool) -> Sql {
        let value = match (e.ty, ty) {
            (DataType::Date, DataType::DateTime) => self.instant(e),
            (DataType::Any, ty) if ty != DataType::Any && !ty.is_text() => self.converted(e, ty),
            (DataType::Text | DataType::Json | DataType::Any, _) if guid => sql!("lower(", self.sql(e), ")"),
            _ => self.sql(e),
        };
        match (&e.node, e.ty) {
            // What is worked out may be -0.0, which the engine tells from 0.0.
            (Node::Column(_) | Node::Literal(_), _) => value,
            (_, DataType::Number) => sql!("(", value, " + cast(0 as double))"),
            _ => value,
        }
    }

    fn case(&self, ty: DataType, operand: Option<&Typed>, whens: &[(Typed, Typed)], otherwise: Option<&Typed>) -> Sql {
        let mut all = sql!("(case");
        let values = whens.iter().map(|(when, _)| when);
        let (same, guid) = operand.map_or((DataType::Boolean, false), |operand| common(values.chain([operand])));
        if let Some(operand) = operand {
            all.push(sql!(" ", self.side(operand, same, guid)));
        }
        for (when, then) in whens {
            let when = if operand.is_some() { self.side(when, same, guid) } else { self.truth(when) };
            all.push(sql!(" when ", when, " then ", self.converted(then, ty)));
        }
        if let Some(otherwise) = otherwise {
            all.push(sql!(" else ", self.converted(otherwise, ty)));
        }
        all.push(" end)");
        all
    }

    fn aggregate(&self, aggregate: Aggregate, args: &[Typed]) -> Sql {
        match (aggregate, args) {
            (Aggregate::Count, [value]) => sql!("count(", self.sql(value), ")"),
            (Aggregate::CountUnique, [value]) => sql!("count(distinct ", self.sql(value), ")"),
            (Aggregate::Sum, [value]) => sql!("sum(", self.number(value), ")"),
            (Aggregate::Avg, [value]) => sql!("avg(", self.double(value), ")"),
            (Aggregate::Min, [value]) => sql!("min(", self.sql(value), ")"),
            (Aggregate::Max, [value]) => sql!("max(", self.sql(value), ")"),
            (Aggregate::First, [value, by]) => self.by(value, by, " asc", " asc"),
            (Aggregate::Last, [value, by]) => self.by(value, by, " desc", " desc"),
            (Aggregate::ArgMax, [value, by]) => self.by(value, by, " desc", " asc"),
            (Aggregate::ArgMin, [value, by]) => self.by(value, by, " asc", " asc"),
            // `count(*)`; of the rest, the parser saw that they have arguments.
            _ => "count(*)".into(),
        }
    }

    /// The value of the row that comes first; rows where `by` is null do not take part.
    fn by(&self, value: &Typed, by: &Typed, order: &'static str, tie: &'static str) -> Sql {
        // A bare number after `order by` would be the place of a column.
        let plain = |e: &Typed| match e.node {
            Node::Literal(Literal::Integer(_) | Literal::Number(_)) => cast(self.sql(e), e.ty),
            _ => self.sql(e),
        };
        let is_constant = is_constant(by);
        let (value, by) = (plain(value), plain(by));
        if is_constant {
            // All rows are alike: what decides between them decides alone, and the engine orders by no constants.
            let best = if tie == " asc" { "min(" } else { "max(" };
            return sql!(best, "case when ", by, " is not null then ", value, " end)");
        }
        if value == by {
            // Ordered by the same twice, the engine stops.
            return sql!("first_value(", &value, " order by ", by, order, " nulls last)");
        }
        sql!(
            "first_value(case when ",
            &by,
            " is not null then ",
            &value,
            " end order by ",
            &by,
            order,
            " nulls last, ",
            value,
            tie,
            " nulls last)",
        )
    }
}

/// The type that values have in common, and whether one of them is a guid.
fn common<'a>(values: impl IntoIterator<Item = &'a Typed>) -> (DataType, bool) {
    values.into_iter().fold((DataType::Any, false), |(ty, guid), value| {
        (unify(ty, value.ty).unwrap_or(ty), guid || value.ty == DataType::Guid)
    })
}

fn is_sum(e: &Typed) -> bool {
    matches!(e.node, Node::Binary(_, Operator::Add | Operator::Subtract, _))
}

/// Whether a value is the same for all rows.
pub(crate) fn is_constant(e: &Typed) -> bool {
    let mut constant = true;
    e.walk(&mut |e| {
        constant &= match &e.node {
            Node::Column(_) | Node::InSegment(_) => false,
            Node::Call { function, .. } => !function.is_of_hierarchy(),
            _ => true,
        }
    });
    constant
}

fn is_integer(ty: DataType) -> bool {
    matches!(ty, DataType::Integer | DataType::Small)
}

fn not(negated: bool, plain: &'static str, otherwise: &'static str) -> &'static str {
    if negated { otherwise } else { plain }
}

fn bracketed(operands: Vec<Sql>, separator: &'static str) -> Sql {
    sql!("(", join(operands, separator), ")")
}

/// A divisor that is null instead of 0; -0.0 becomes 0.0 first.
fn not_zero(e: &Typed, value: Sql) -> Sql {
    match (&e.node, e.ty) {
        (Node::Literal(Literal::Integer(constant)), _) if *constant != 0 => value,
        (_, DataType::Number | DataType::Any) => sql!("nullif(", value, " + cast(0 as double), cast(0 as double))"),
        _ => sql!("nullif(", value, ", 0)"),
    }
}

fn comparison(operator: Operator) -> &'static str {
    match operator {
        Operator::Equal => " = ",
        Operator::NotEqual => " <> ",
        Operator::Less => " < ",
        Operator::LessOrEqual => " <= ",
        Operator::Greater => " > ",
        _ => " >= ",
    }
}

#[cfg(test)]
mod tests;

/// Whether a pattern stands for one text of ASCII letters and signs, in any case.
fn is_word(pattern: &Typed) -> bool {
    let wild = |letter: char| !letter.is_ascii() || matches!(letter, '%' | '_' | '\\');
    matches!(&pattern.node, Node::Literal(Literal::Text(word)) if !word.contains(wild))
}
