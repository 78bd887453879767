//! Numbers: the functions of FHIRPath over one value: conversions, rounding, boundaries.

use std::borrow::Cow;

use super::decimal::Decimal;
use super::eval::{Evaluator, Fault, Items, Scope, numbered};
use super::item::{Item, Plain};
use super::moment::{Moment, Sort};
use super::tree::{Function, Tree};

impl<'a> Evaluator<'a> {
    /// Adds what the function gives for a value to `out`.
    pub(super) fn number(
        &self,
        function: Function,
        item: &Item<'a>,
        arguments: &'a [Tree],
        scope: &Scope<'a>,
        out: &mut Items<'a>,
    ) -> Result<(), Fault> {
        use Function as F;
        let asks = match function {
            F::ConvertsToInteger => Some(F::ToInteger),
            F::ConvertsToDecimal => Some(F::ToDecimal),
            F::ConvertsToText => Some(F::ToText),
            F::ConvertsToBoolean => Some(F::ToBoolean),
            F::ConvertsToDate => Some(F::ToDate),
            F::ConvertsToDateTime => Some(F::ToDateTime),
            F::ConvertsToTime => Some(F::ToTime),
            _ => None,
        };
        if let Some(conversion) = asks {
            out.push(Item::Boolean(converted(conversion, item).is_some()));
            return Ok(());
        }
        match function {
            F::ToInteger
            | F::ToDecimal
            | F::ToText
            | F::ToBoolean
            | F::ToDate
            | F::ToDateTime
            | F::ToTime
            | F::ToQuantity => out.extend(converted(function, item)),
            F::LowBoundary | F::HighBoundary => out.extend(boundary(item, function == F::HighBoundary)),
            _ => {
                let plain = item.plain();
                let whole = matches!(plain, Plain::Integer(_));
                let Some(number) = plain.number() else {
                    return Err(format!("a number was expected, found `{}`", item.shown()).into());
                };
                let given = match arguments.first() {
                    Some(argument) => match self.one(argument, scope)?.and_then(|item| item.plain().number()) {
                        Some(given) => Some(given),
                        None => return Ok(()),
                    },
                    None => None,
                };
                out.extend(reckoned(function, number, whole, given));
            }
        }
        Ok(())
    }
}

fn reckoned<'a>(function: Function, number: Decimal, whole: bool, given: Option<Decimal>) -> Option<Item<'a>> {
    use Function as F;
    let double = |value: f64| {
        let text = if value.is_finite() { format!("{value}") } else { return None };
        Decimal::parse(&text).map(Item::Decimal)
    };
    match function {
        F::Abs if number.compare(Decimal::whole(0)).is_lt() => Some(numbered(number.negated(), whole)),
        F::Abs => Some(numbered(number, whole)),
        F::Ceiling => number.rounded(true).map(Item::Integer),
        F::Floor => number.rounded(false).map(Item::Integer),
        F::Truncate => number.truncated().map(Item::Integer),
        F::Round => {
            let digits = given.map_or(Some(0), Decimal::integer)?;
            number.round(u32::try_from(digits).ok()?).map(|number| numbered(number, whole))
        }
        F::Sqrt => double(number.double().sqrt()),
        F::Exp => double(number.double().exp()),
        F::Ln => double(number.double().ln()),
        F::Log => double(number.double().log(given?.double())),
        F::Power => {
            let power = given?;
            let exact = power
                .integer()
                .filter(|power| whole && (0..=62).contains(power))
                .and_then(|power| number.integer()?.checked_pow(power as u32));
            match exact {
                Some(integer) => Some(Item::Integer(integer)),
                None => double(number.double().powf(power.double())),
            }
        }
        _ => None,
    }
}

fn converted<'a>(function: Function, item: &Item<'a>) -> Option<Item<'a>> {
    use Function as F;
    let plain = item.plain();
    match function {
        F::ToInteger => match plain {
            Plain::Integer(number) => Some(Item::Integer(number)),
            Plain::Text(text) => text.parse().ok().map(Item::Integer),
            Plain::Boolean(value) => Some(Item::Integer(i64::from(value))),
            _ => None,
        },
        F::ToDecimal => match plain {
            Plain::Integer(number) => Some(Item::Decimal(Decimal::whole(number))),
            Plain::Decimal(number) => Some(Item::Decimal(number)),
            Plain::Text(text) => Decimal::parse(&text).map(Item::Decimal),
            Plain::Boolean(value) => Some(Item::Decimal(Decimal::whole(i64::from(value)))),
            _ => None,
        },
        F::ToText => match plain {
            Plain::Record(_) => None,
            _ => Some(Item::Text(item.shown())),
        },
        F::ToBoolean => match plain {
            Plain::Boolean(value) => Some(Item::Boolean(value)),
            Plain::Text(text) => match text.to_lowercase().as_str() {
                "true" | "t" | "yes" | "y" | "1" | "1.0" => Some(Item::Boolean(true)),
                "false" | "f" | "no" | "n" | "0" | "0.0" => Some(Item::Boolean(false)),
                _ => None,
            },
            other => match other.number()?.integer()? {
                1 => Some(Item::Boolean(true)),
                0 => Some(Item::Boolean(false)),
                _ => None,
            },
        },
        F::ToDate => {
            plain.moment(Sort::Date).filter(|moment| moment.sort != Sort::Time).map(Moment::day).map(Item::Moment)
        }
        F::ToDateTime => {
            let moment = plain.moment(Sort::DateTime).filter(|moment| moment.sort != Sort::Time)?;
            Some(Item::Moment(moment.as_date_time()))
        }
        F::ToTime => plain.moment(Sort::Time).filter(|moment| moment.sort == Sort::Time).map(Item::Moment),
        _ => match plain {
            Plain::Quantity(number, unit) => Some(Item::Quantity(number, unit)),
            Plain::Text(text) => {
                let (number, unit) = text.split_once(' ').unwrap_or((&text, "1"));
                let unit = unit.trim().trim_matches('\'').to_owned();
                Decimal::parse(number).map(|number| Item::Quantity(number, Cow::Owned(unit)))
            }
            other => other.number().map(|number| Item::Quantity(number, Cow::Borrowed("1"))),
        },
    }
}

/// The least or greatest value that, written with the same precision, reads the same.
fn boundary<'a>(item: &Item<'a>, high: bool) -> Option<Item<'a>> {
    match item.plain() {
        Plain::Integer(number) => Decimal::whole(number).boundary(high).map(Item::Decimal),
        Plain::Decimal(number) => number.boundary(high).map(Item::Decimal),
        Plain::Quantity(number, unit) => number.boundary(high).map(|number| Item::Quantity(number, unit)),
        Plain::Moment(moment) => Some(Item::Moment(moment.boundary(high))),
        Plain::Text(text) => {
            let sorts = [Sort::Date, Sort::DateTime, Sort::Time];
            let moment = sorts.into_iter().find_map(|sort| Moment::parse(&text, sort))?;
            Some(Item::Moment(moment.boundary(high)))
        }
        Plain::Boolean(_) | Plain::Record(_) => None,
    }
}
