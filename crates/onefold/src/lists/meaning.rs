//! Meaning: which semantic type fits a column, by its name, and by values where the name says nothing.
//!
//! Invariants
//! - A suggestion is only that: it becomes part of `unify.yaml` when somebody accepts it.
//! - Values suggest something only when every one that was looked at has the form.
//!
//! Not here: names (`onefold-stages`, where tables without `columns:` are mapped by them).

use onefold_model::{Column, DataType};
use onefold_stages::suggestion;
use serde_json::Value;

/// The fewest values from which anything is concluded.
const FEWEST: usize = 3;

/// A type that fits a column.
pub(super) fn suggested(column: &Column, key: bool, values: &[Value]) -> Option<&'static str> {
    if key {
        return Some("ID");
    }
    let by_name = suggestion(column.name.as_str()).filter(|meaning| fits(meaning, column.ty));
    by_name.or_else(|| by_values(column, values))
}

/// Whether values of a type can mean that.
fn fits(meaning: &str, ty: DataType) -> bool {
    match meaning {
        "Person.BirthDate" | "Measurement.Date.Creation" | "Measurement.Date.Modify" => {
            ty.is_temporal() || ty.is_text() || ty == DataType::Any
        }
        "Location.Latitude" | "Location.Longitude" => ty.is_numeric() || ty.is_text() || ty == DataType::Any,
        "Location.PostalCode" | "Identity.Service.Phone" | "Identity.GovernmentID" => {
            !ty.is_temporal() && ty != DataType::Boolean
        }
        _ => ty.is_text() || ty == DataType::Any,
    }
}

fn by_values(column: &Column, values: &[Value]) -> Option<&'static str> {
    if column.ty == DataType::DateTime {
        return Some("Calendar.Date");
    }
    let texts: Vec<&str> = values.iter().filter_map(Value::as_str).map(str::trim).filter(|v| !v.is_empty()).collect();
    if texts.len() < FEWEST || !column.ty.is_text() {
        return None;
    }
    let all = |form: &dyn Fn(&str) -> bool| texts.iter().all(|text| form(text));
    if all(&is_email) {
        Some("Identity.Service.Email")
    } else if all(&|text| text.starts_with("https://") || text.starts_with("http://")) {
        Some("Reference.URL")
    } else if all(&is_guid) {
        Some("ID")
    } else if all(&is_phone) {
        Some("Identity.Service.Phone")
    } else if all(&|text| matches!(text.to_lowercase().as_str(), "male" | "female" | "other" | "unknown" | "m" | "f")) {
        Some("Person.Gender")
    } else {
        None
    }
}

fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else { return false };
    !name.is_empty() && host.contains('.') && !host.contains('@') && !text.contains(char::is_whitespace)
}

fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(at, letter)| match at {
            8 | 13 | 18 | 23 => letter == '-',
            _ => letter.is_ascii_hexdigit(),
        })
}

/// A number as people write it for calling: a plus, or brackets, blanks or dashes among the digits. Digits alone may
/// be anything.
fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let written = text.starts_with('+') || text.contains(['(', ' ', '-']);
    let is_date = text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
    (7..=15).contains(&digits)
        && written
        && !is_date
        && text.chars().all(|letter| letter.is_ascii_digit() || "+()-. /".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggest(name: &str, ty: DataType, values: &[&str]) -> Option<&'static str> {
        let values: Vec<Value> = values.iter().map(|&value| Value::from(value)).collect();
        suggested(&Column::new(name, ty), false, &values)
    }

    #[test]
    fn names_come_first_and_values_second() {
        use DataType::{Date, Integer, Text};
        let mails = ["a@x.org", "b.c@y.example", "d@z.net"];
        assert_eq!(suggest("emailaddress1", Text, &[]), Some("Identity.Service.Email"));
        assert_eq!(suggest("contact_field", Text, &mails), Some("Identity.Service.Email"));
        assert_eq!(suggest("contact_field", Text, &["a@x.org", "none", "d@z.net"]), None);
        assert_eq!(suggest("contact_field", Text, &["a@x.org"]), None, "one value tells nothing");
        assert_eq!(suggest("firstname", Integer, &[]), None, "a number is no name");
        assert_eq!(suggest("dob", Date, &[]), Some("Person.BirthDate"));
        assert_eq!(
            suggest("x", Text, &["+49 30 1234567", "(030) 123-4567", "030 123 4567"]),
            Some("Identity.Service.Phone")
        );
        assert_eq!(suggest("x", Text, &["2020-01-01", "2020-01-02", "2020-01-03"]), None);
        assert_eq!(suggest("x", Text, &["29872499824296", "558997776694438", "4262962299951"]), None);
    }
}
