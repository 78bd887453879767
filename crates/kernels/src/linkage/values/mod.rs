//! Values: what a text becomes before it is compared, by the kind of its field.
//!
//! Flow     text ─ ASCII, lower case, words ─ what the kind asks for ─ normalised text, or missing
//!
//! Invariants
//! - A normalised text is printable ASCII, never empty, and normalising it again changes nothing.
//! - What stands for no value (`unknown`, `n/a`, `-`) is missing.
//! - A value that is wrong (a date that no calendar has) is kept: it can still be near another.
//!
//! Not here: numbers of values (`records`), nearness (`compare`).
//! To add a kind: a variant of `FieldKind`, an arm in [`normal`].

mod addresses;
mod contacts;
mod dates;
mod names;
mod numbers;
mod regions;

use super::FieldKind;
pub(super) use dates::{DateCounts, DateOrder};
use std::borrow::Cow;

/// The normalised form of a text; `None` when it stands for no value.
pub(super) fn normal(kind: FieldKind, order: DateOrder, text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || kind == FieldKind::Ignored {
        return None;
    }
    let text = &*ascii(text);
    let found = match kind {
        FieldKind::Ignored => None,
        FieldKind::GivenName | FieldKind::MiddleName | FieldKind::FamilyName => names::name(text),
        FieldKind::FullName => names::full_name(text),
        FieldKind::NameSuffix => names::suffix(text),
        FieldKind::BirthDate => dates::date(text, order),
        FieldKind::Category => names::category(text),
        FieldKind::Email => contacts::email(text),
        FieldKind::Phone => contacts::phone(text),
        FieldKind::Identifier => contacts::identifier(text),
        FieldKind::PostalCode => contacts::postal_code(text),
        FieldKind::EmailUser => contacts::email_user(text),
        FieldKind::PostalArea => contacts::postal_area(text),
        FieldKind::PostalDistrict => contacts::postal_district(text),
        FieldKind::PostalSector => contacts::postal_sector(text),
        FieldKind::Address | FieldKind::Street => addresses::address(text),
        FieldKind::HouseNumber => addresses::house_number(text),
        FieldKind::City => addresses::city(text),
        FieldKind::Region => regions::region(text),
        FieldKind::Text | FieldKind::Unknown => Some(words(text)),
        FieldKind::Organization => names::organization(text),
        FieldKind::Number => numbers::number(text),
        FieldKind::Point => numbers::point(text),
    };
    found.filter(|found| !found.is_empty() && !stands_for_nothing(found))
}

/// A text in lower-case ASCII. Letters without any are written as their numbers: two of them stay two.
fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return if text.bytes().any(|letter| letter.is_ascii_uppercase()) {
            text.to_ascii_lowercase().into()
        } else {
            text.into()
        };
    }
    let mut all = String::with_capacity(text.len());
    for letter in text.chars() {
        let plain = any_ascii::any_ascii_char(letter);
        match plain {
            "" if letter.is_alphabetic() => all.push_str(&format!("u{:x}", u32::from(letter))),
            _ => all.extend(plain.chars().map(|letter| letter.to_ascii_lowercase())),
        }
    }
    all.into()
}

/// The words of an ASCII text, letters and digits, with single spaces; apostrophes join.
fn words(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    for letter in text.bytes() {
        match letter {
            b'a'..=b'z' | b'0'..=b'9' => all.push(letter as char),
            b'A'..=b'Z' => all.push(letter.to_ascii_lowercase() as char),
            b'\'' | b'`' => {}
            _ => {
                if !all.is_empty() && !all.ends_with(' ') {
                    all.push(' ');
                }
            }
        }
    }
    all.truncate(all.trim_end().len());
    all
}

/// What people write where they have no value, as words.
const NOTHING: [&str; 32] = [
    "a definir",
    "anonymous",
    "dummy",
    "empty",
    "missing",
    "n a",
    "na",
    "nan",
    "nil",
    "no data",
    "no name",
    "none",
    "not applicable",
    "not available",
    "not given",
    "not known",
    "not provided",
    "null",
    "sin datos",
    "tba",
    "tbc",
    "tbd",
    "test",
    "tester",
    "testing",
    "unassigned",
    "undefined",
    "unk",
    "unknown",
    "unnamed",
    "unspecified",
    "xx",
];

/// Whether a normalised text is what people write where they have no value.
fn stands_for_nothing(text: &str) -> bool {
    let lower = text.as_bytes()[0].is_ascii_uppercase().then(|| text.to_ascii_lowercase());
    let text = lower.as_deref().unwrap_or(text);
    text.len() <= 16 && NOTHING.binary_search(&text).is_ok()
}

/// Whether a text is three or more of one letter or digit.
fn one_letter(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > 2 && bytes.iter().all(|letter| *letter == bytes[0])
}

#[cfg(test)]
mod tests;
