//! Words: bins of a field as conditions of the language, and as words for people.

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use onefold_model::expr::{ColumnRef, Literal};
use onefold_model::{ColumnName, DataType};
use serde_json::Value;

use super::fields::{Choice, Field, Shape};

/// A field as expressions name it.
pub(super) fn column(choice: &Choice) -> String {
    let alias = if choice.measure { "Customer_Measure" } else { "Customer" };
    ColumnRef { alias: alias.to_owned(), column: ColumnName::from(choice.column.name.as_str()) }.to_string()
}

/// A value on the scale of an ordered field as JSON.
pub(super) fn value(ty: DataType, value: f64) -> Value {
    match ty {
        DataType::Date => date(value).map_or(Value::Null, |date| Value::from(date.to_string())),
        DataType::DateTime => instant(value).map_or(Value::Null, |at| Value::from(at.to_string())),
        _ if value.fract() == 0.0 && value.abs() < 9e15 => Value::from(value as i64),
        _ => Value::from(value),
    }
}

fn date(days: f64) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(Span::new().try_days(days as i64).ok()?).ok()
}

fn instant(micros: f64) -> Option<Timestamp> {
    Timestamp::from_microsecond(micros as i64).ok()
}

/// A value on the scale of an ordered field as a literal.
pub(super) fn literal(ty: DataType, number: f64) -> String {
    match value(ty, number) {
        Value::String(text) => quoted(&text),
        other => other.to_string(),
    }
}

/// The same for people.
pub(super) fn shown(ty: DataType, number: f64) -> String {
    match value(ty, number) {
        Value::String(text) => text.strip_suffix("T00:00:00Z").map_or(text.clone(), str::to_owned),
        other => other.to_string(),
    }
}

/// A text as a literal.
pub(super) fn quoted(text: &str) -> String {
    Literal::Text(text.to_owned()).to_string()
}

/// A category as a literal.
fn category(ty: DataType, text: &str) -> String {
    if ty == DataType::Boolean { text.to_owned() } else { quoted(text) }
}

/// The condition that a field has one category.
pub(super) fn is(choice: &Choice, text: &str) -> String {
    format!("{} = {}", column(choice), category(choice.column.ty, text))
}

/// A bin in words: `below 5`, `5 to 10`, `Boston`.
pub(super) fn label(field: &Field, bin: usize) -> String {
    let ty = field.choice.column.ty;
    match &field.shape {
        _ if bin == 0 => "no value".to_owned(),
        Shape::Ordered { cuts } if cuts.is_empty() => "any value".to_owned(),
        Shape::Ordered { cuts } => match (bin.checked_sub(2).and_then(|at| cuts.get(at)), cuts.get(bin - 1)) {
            (None, Some(to)) => format!("below {}", shown(ty, *to)),
            (Some(from), Some(to)) => format!("{} to below {}", shown(ty, *from), shown(ty, *to)),
            (Some(from), None) => format!("{} or more", shown(ty, *from)),
            (None, None) => "any value".to_owned(),
        },
        Shape::Categories { values, .. } => values.get(bin - 1).cloned().unwrap_or_else(|| "others".to_owned()),
        Shape::Unfit(_) => String::new(),
    }
}

/// Some bins of a field, ascending, as a condition and in words.
pub(super) fn condition(field: &Field, codes: &[u8]) -> (String, String) {
    let (name, ty) = (column(&field.choice), field.choice.column.ty);
    let title = &field.choice.title;
    let missing = codes.contains(&0);
    let there: Vec<usize> = codes.iter().filter(|code| **code != 0).map(|code| usize::from(*code)).collect();
    if there.is_empty() {
        return (format!("{name} is null"), format!("{title} has no value"));
    }
    let or_missing = |rule: String, words: String, joined: bool| match missing {
        true if joined => (format!("({name} is null or ({rule}))"), format!("{words}, or none")),
        true => (format!("({name} is null or {rule})"), format!("{words}, or none")),
        false => (rule, words),
    };
    match &field.shape {
        Shape::Ordered { cuts } => {
            let (first, last) = (there[0], there[there.len() - 1]);
            let from = first.checked_sub(2).and_then(|at| cuts.get(at));
            let to = cuts.get(last - 1);
            match (from, to) {
                (None, None) => match missing {
                    true => ("true".to_owned(), format!("{title}: any")),
                    false => (format!("{name} is not null"), format!("{title} has a value")),
                },
                (Some(from), None) => {
                    let words = format!("{title} is {} or more", shown(ty, *from));
                    or_missing(format!("{name} >= {}", literal(ty, *from)), words, false)
                }
                (None, Some(to)) => {
                    let words = format!("{title} is below {}", shown(ty, *to));
                    or_missing(format!("{name} < {}", literal(ty, *to)), words, false)
                }
                (Some(from), Some(to)) => {
                    let words = format!("{title} is from {} to below {}", shown(ty, *from), shown(ty, *to));
                    let rule = format!("{name} >= {} and {name} < {}", literal(ty, *from), literal(ty, *to));
                    or_missing(rule, words, true)
                }
            }
        }
        Shape::Categories { values, .. } => {
            let own: Vec<&String> = there.iter().filter_map(|code| values.get(code - 1)).collect();
            let words = match own.as_slice() {
                [only] => format!("{title} is {only}"),
                few if few.len() <= 4 => {
                    let (last, rest) = few.split_last().map_or(("", Vec::new()), |(last, rest)| {
                        (last.as_str(), rest.iter().map(|name| name.as_str()).collect())
                    });
                    format!("{title} is {} or {last}", rest.join(", "))
                }
                many => {
                    let names: Vec<&str> = many.iter().take(3).map(|name| name.as_str()).collect();
                    format!("{title} is {} or one of {} others", names.join(", "), many.len() - 3)
                }
            };
            let literals: Vec<String> = own.iter().map(|text| category(ty, text)).collect();
            let rule = match literals.as_slice() {
                [only] => format!("{name} = {only}"),
                // Flags are not in lists.
                both if ty == DataType::Boolean && both.len() > 1 => format!("{name} is not null"),
                some => format!("{name} in ({})", some.join(", ")),
            };
            or_missing(rule, words, false)
        }
        Shape::Unfit(_) => ("true".to_owned(), String::new()),
    }
}

/// The points of each bin as an expression.
pub(super) fn points(field: &Field, points: &[f64]) -> String {
    let (name, ty) = (column(&field.choice), field.choice.column.ty);
    let mut whens = vec![format!("when {name} is null then {}", points[0])];
    match &field.shape {
        Shape::Ordered { cuts } => {
            whens.extend(
                cuts.iter()
                    .zip(&points[1..])
                    .map(|(cut, own)| format!("when {name} < {} then {own}", literal(ty, *cut))),
            );
            format!("case {} else {} end", whens.join(" "), points[points.len() - 1])
        }
        Shape::Categories { values, .. } => {
            whens.extend(
                values
                    .iter()
                    .zip(&points[1..])
                    .map(|(value, own)| format!("when {name} = {} then {own}", category(ty, value))),
            );
            // A value that nobody had when this was learned says nothing.
            format!("case {} else 0 end", whens.join(" "))
        }
        Shape::Unfit(_) => "0".to_owned(),
    }
}

/// Conditions that all must hold.
pub(super) fn all(rules: &[String]) -> String {
    match rules {
        [only] => only.clone(),
        several => several.join(" and "),
    }
}
