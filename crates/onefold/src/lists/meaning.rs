//! Meaning: which semantic type fits a column, by its name, and by values where the name says nothing.
//!
//! Invariants
//! - A suggestion is only that: it becomes part of `unify.yaml` when somebody accepts it.
//! - A form (of an e-mail address, a postal code) is suggested only when every value that was looked at has it. Names
//!   of people and dates of birth are told by many values together.
//!
//! Not here: names of columns (`onefold-stages`, where tables without `columns:` are mapped by them); what a model takes
//! columns for (`onefold_kernels::linkage::profile`).

use std::collections::HashSet;

use onefold_kernels::frame::TextColumn;
use onefold_kernels::linkage::FieldKind;
use onefold_kernels::linkage::profile::{by_values as kind_of_values, profile};
use onefold_model::{Column, DataType};
use onefold_stages::suggestion;
use serde_json::Value;

/// The fewest values from which a form is concluded.
const FEWEST: usize = 3;
/// The fewest different values by which names and dates of birth are told.
const MANY: usize = 15;

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
    let may = column.ty.is_text() || column.ty == DataType::Date;
    if texts.len() < FEWEST || !may {
        return None;
    }
    if column.ty == DataType::Date {
        return by_many(&texts).filter(|meaning| *meaning == "Person.BirthDate");
    }
    FORMS
        .iter()
        .find(|(_, form)| texts.iter().all(|text| form(text)))
        .map(|(meaning, _)| *meaning)
        .or_else(|| by_many(&texts))
}

/// What every value of a column with a meaning looks like; the first that fits counts.
const FORMS: &[(&str, fn(&str) -> bool)] = &[
    ("Identity.Service.Email", is_email),
    ("Reference.URL", |text| text.starts_with("https://") || text.starts_with("http://")),
    ("ID", is_guid),
    ("Identity.GovernmentID", |text| has_form(text, "999-99-9999")),
    ("Location.PostalCode", is_postal_code),
    ("Identity.Service.Phone", is_phone),
    ("Person.Gender", |text| GENDERS.iter().any(|word| word.eq_ignore_ascii_case(text))),
];

const GENDERS: &[&str] = &["male", "female", "other", "unknown", "m", "f", "diverse", "non-binary", "nonbinary"];

/// What many values together are: names, by the names people bear; dates of people's births, which lie over many years.
fn by_many(texts: &[&str]) -> Option<&'static str> {
    let different: HashSet<&str> = texts.iter().copied().collect();
    if different.len() < MANY {
        return None;
    }
    let column: TextColumn = texts.iter().map(|text| Some(*text)).collect();
    match kind_of_values(&profile(&[&column])) {
        FieldKind::GivenName => Some("Person.FirstName"),
        FieldKind::FullName => Some("Person.FullName"),
        FieldKind::BirthDate => Some("Person.BirthDate"),
        FieldKind::Address => Some("Location.Address"),
        FieldKind::Point => Some("Location.Point"),
        FieldKind::Email => Some("Identity.Service.Email"),
        FieldKind::Phone => Some("Identity.Service.Phone"),
        _ => None,
    }
}

/// Codes whose form is that of one country's post; digits alone may be anything.
fn is_postal_code(text: &str) -> bool {
    let forms = [
        "99999-9999",
        "A9A 9A9",
        "A9 9AA",
        "A99 9AA",
        "AA9 9AA",
        "AA99 9AA",
        "A9A 9AA",
        "AA9A 9AA",
        "9999 AA",
        "99-999",
    ];
    forms.iter().any(|form| has_form(text, form))
}

/// `9` stands for a digit, `A` for a letter, anything else for itself.
fn has_form(text: &str, form: &str) -> bool {
    text.chars().count() == form.len()
        && text.chars().zip(form.chars()).all(|(letter, form)| match form {
            '9' => letter.is_ascii_digit(),
            'A' => letter.is_ascii_alphabetic(),
            other => letter == other,
        })
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
        assert_eq!(suggest("x", Text, &["SW1A 1AA", "M1 1AE", "CR2 6XH"]), Some("Location.PostalCode"));
        assert_eq!(suggest("x", Text, &["078-05-1120", "219-09-9999", "457-55-5462"]), Some("Identity.GovernmentID"));
        assert_eq!(suggest("x", Text, &["m", "F", "female"]), Some("Person.Gender"));
        assert_eq!(suggest("x", Text, &["29872499824296", "558997776694438", "4262962299951"]), None);
    }

    #[test]
    fn many_values_together_tell_names_and_dates_of_birth() {
        use DataType::{Date, Text};
        let given = [
            "Mary", "John", "Linda", "James", "Susan", "Robert", "Karen", "Michael", "Lisa", "William", "Nancy",
            "David", "Betty", "Richard", "Helen", "Joseph", "Sandra", "Thomas", "Donna", "Charles",
        ];
        assert_eq!(suggest("c1", Text, &given), Some("Person.FirstName"));
        assert_eq!(suggest("c1", Text, &given[..5]), None, "too few to tell");
        let full: Vec<String> = given.iter().map(|given| format!("{given} Smith")).collect();
        let full: Vec<&str> = full.iter().map(String::as_str).collect();
        assert_eq!(suggest("c2", Text, &full), Some("Person.FullName"));
        let things: Vec<String> = (0..20).map(|n| format!("order {n} of the shop")).collect();
        assert_eq!(suggest("c3", Text, &things.iter().map(String::as_str).collect::<Vec<_>>()), None);
        let born: Vec<String> = (0..20).map(|n| format!("{}-0{}-1{}", 1940 + 3 * n, 1 + n % 9, n % 10)).collect();
        let born: Vec<&str> = born.iter().map(String::as_str).collect();
        assert_eq!(suggest("c4", Date, &born), Some("Person.BirthDate"));
        assert_eq!(suggest("c4", Text, &born), Some("Person.BirthDate"));
        let bought: Vec<String> = (0..20).map(|n| format!("2024-0{}-1{}", 1 + n % 9, n % 10)).collect();
        assert_eq!(suggest("c5", Date, &bought.iter().map(String::as_str).collect::<Vec<_>>()), None);
    }
}
