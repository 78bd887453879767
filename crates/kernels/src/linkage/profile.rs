//! Profile: what the values of a field look like, and what kind of field that and its name make it.
//!
//! Reads    raw texts of a field through all tables, its name
//! Writes   a kind
//!
//! Invariants
//! - A name that says what a field is must not be belied by the values; without such a name the values decide.
//! - Rows and values are sampled by hash: the order of rows is no matter.
//!
//! Not here: what values are parsed into (`values`), whether an identifier identifies (`settle`).
//! To add a word by which a field is known: a row in `words`.

use rustc_hash::{FxHashMap, FxHasher};
use std::hash::{Hash, Hasher};

mod words;

use super::FieldKind;
use crate::frame::TextColumn;

/// Values looked at closely, at most about.
const CLOSE: usize = 20_000;

/// What the values of a field look like. Shares are of the filled rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// Rows of the tables that have the field.
    pub rows: usize,
    /// Rows with a value.
    pub filled: usize,
    /// Different values.
    pub distinct: usize,
    /// Whether every filled row has a value of its own.
    pub unique: bool,
    /// The most frequent value's share.
    pub top: f64,
    /// Values that look like an e-mail address.
    pub emails: f64,
    /// Values that look like a date.
    pub dates: f64,
    /// Years between the early and the late dates (5 % to 95 %).
    pub years: u32,
    /// Values of 7 to 15 digits with nothing but what telephone numbers are written with.
    pub phones: f64,
    /// Those of them that are written as only telephone numbers are: `+`, brackets, an extension.
    pub dialled: f64,
    /// Values of digits alone.
    pub digits: f64,
    /// Values with letters and no digits.
    pub letters: f64,
    /// Values with both.
    pub mixed: f64,
    /// Values that begin with a number and go on with a word.
    pub addresses: f64,
    /// Values of two numbers with a comma between, as of points.
    pub points: f64,
    /// Values whose first word is a given name.
    pub given: f64,
    /// Letters and digits of a value, on average.
    pub length: f64,
    /// Words of a value, on average.
    pub words: f64,
}

fn hash_of(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    text.hash(&mut hasher);
    super::train::spread(hasher.finish())
}

/// Looks at the columns of one field.
pub fn profile(columns: &[&TextColumn]) -> Profile {
    let mut profile = Profile { rows: columns.iter().map(|column| column.len()).sum(), ..Profile::default() };
    let every = (profile.rows / CLOSE).max(1) as u64;
    let mut held: FxHashMap<&str, u32> = FxHashMap::default();
    for column in columns {
        for text in column.iter().flatten().map(str::trim).filter(|text| !text.is_empty()) {
            profile.filled += 1;
            if hash_of(text).is_multiple_of(every) {
                *held.entry(text).or_default() += 1;
            }
        }
    }
    let seen: f64 = held.values().map(|&count| f64::from(count)).sum::<f64>().max(1.0);
    let mut years: Vec<u32> = Vec::new();
    for (text, &count) in &held {
        let count = f64::from(count);
        profile.top = profile.top.max(count / seen);
        let looks = Looks::of(text);
        let add = |share: &mut f64, holds: bool| *share += if holds { count / seen } else { 0.0 };
        add(&mut profile.emails, looks.email);
        add(&mut profile.dates, looks.year.is_some());
        add(&mut profile.phones, looks.phone);
        add(&mut profile.dialled, looks.phone && looks.dialled);
        add(&mut profile.digits, looks.digits > 0 && looks.letters == 0);
        add(&mut profile.letters, looks.letters > 0 && looks.digits == 0);
        add(&mut profile.mixed, looks.letters > 0 && looks.digits > 0);
        add(&mut profile.addresses, looks.address);
        add(&mut profile.points, looks.point);
        add(&mut profile.given, crate::compare::is_given_name(text));
        profile.length += (looks.digits + looks.letters) as f64 * count / seen;
        profile.words += looks.words as f64 * count / seen;
        years.extend(looks.year);
    }
    profile.distinct = held.len() * every as usize;
    profile.unique = held.values().all(|&count| count == 1);
    years.sort_unstable();
    if let (Some(early), Some(late)) = (years.get(years.len() / 20), years.get(years.len() * 19 / 20)) {
        profile.years = late - early;
    }
    profile
}

#[derive(Debug, Default)]
struct Looks {
    digits: usize,
    letters: usize,
    words: usize,
    email: bool,
    phone: bool,
    dialled: bool,
    address: bool,
    point: bool,
    year: Option<u32>,
}

impl Looks {
    fn of(text: &str) -> Self {
        let mut looks = Self { words: text.split_whitespace().count(), ..Self::default() };
        looks.digits = text.chars().filter(char::is_ascii_digit).count();
        looks.letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
        let (user, domain) = text.split_once('@').unwrap_or_default();
        looks.email = !user.is_empty() && domain.contains('.') && looks.words == 1;
        let lower = text.to_ascii_lowercase();
        let number = lower.split(['x', 'e']).next().unwrap_or_default();
        let own = number.chars().filter(char::is_ascii_digit).count();
        looks.phone =
            (7..=15).contains(&own) && number.chars().all(|sign| sign.is_ascii_digit() || " +-().,/".contains(sign));
        looks.dialled = text.contains(['+', '(']) || looks.letters > 0;
        let mut words = text.split_whitespace();
        let first = words.next().unwrap_or_default();
        looks.address = first.starts_with(|sign: char| sign.is_ascii_digit())
            && words.any(|word| word.chars().any(char::is_alphabetic));
        let point = |part: &str| part.trim().parse::<f64>().is_ok_and(|number| number.abs() <= 180.0);
        looks.point = text.split_once(',').is_some_and(|(a, b)| point(a) && point(b) && text.contains('.'));
        looks.year = year(text);
        looks
    }
}

/// The year of what is written as a date in one of the usual ways.
fn year(text: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let day = text.split(['T', ' ']).next().filter(|day| day.len() >= 8).unwrap_or(text);
    let parts: Vec<&str> = day.split(['-', '/', '.', ' ', ',']).filter(|part| !part.is_empty()).collect();
    let number = |part: &str| part.parse::<u32>().ok();
    let plausible = |year: u32| (1850..2100).contains(&year).then_some(year);
    let fits = |a: u32, b: u32| (1..=31).contains(&a) && (1..=31).contains(&b) && (a <= 12 || b <= 12);
    match parts.as_slice() {
        [one] if one.len() == 8 => {
            let (whole, head, tail) = (number(one)?, number(&one[..4])?, number(&one[4..])?);
            if fits(tail / 100, tail % 100) && plausible(head).is_some() {
                plausible(head)
            } else {
                plausible(tail).filter(|_| fits(whole / 1_000_000, whole / 10_000 % 100))
            }
        }
        [a, b, c] => {
            let month = |part: &str| {
                let part = part.to_ascii_lowercase();
                MONTHS.iter().position(|month| part.starts_with(month)).map(|place| place as u32 + 1)
            };
            if let Some(month) = month(b).or_else(|| month(a)) {
                let day = number(a).or_else(|| number(b)).filter(|day| (1..=31).contains(day))?;
                return number(c).and_then(plausible).filter(|_| fits(month, day));
            }
            let (a, b, c) = (number(a)?, number(b)?, number(c)?);
            if fits(b, c) && a > 31 { plausible(a) } else { plausible(c).filter(|_| fits(a, b)) }
        }
        _ => None,
    }
}

/// The kind of a field that is called so and looks so.
pub fn kind_of(name: &str, profile: &Profile) -> FieldKind {
    if profile.filled == 0 || profile.distinct < 2 || profile.top > 0.999 {
        return FieldKind::Ignored;
    }
    let named = words::named(name).unwrap_or_default();
    let unique_rows = profile.unique;
    match named {
        FieldKind::Ignored => FieldKind::Ignored,
        FieldKind::BirthDate if profile.dates > 0.5 => FieldKind::BirthDate,
        FieldKind::Email if profile.emails > 0.3 => FieldKind::Email,
        FieldKind::Phone if profile.digits + profile.phones > 0.4 => FieldKind::Phone,
        FieldKind::Identifier if profile.digits + profile.mixed < 0.3 => by_values(profile),
        FieldKind::Identifier if profile.length >= 4.0 && !unique_rows => FieldKind::Identifier,
        FieldKind::Identifier if unique_rows => FieldKind::Ignored,
        FieldKind::PostalCode if profile.digits + profile.mixed > 0.3 => FieldKind::PostalCode,
        FieldKind::HouseNumber if profile.digits + profile.mixed > 0.3 => FieldKind::HouseNumber,
        FieldKind::Address if profile.digits > 0.8 => FieldKind::HouseNumber,
        FieldKind::Address if profile.addresses + profile.mixed < 0.3 => FieldKind::Street,
        FieldKind::City | FieldKind::Region if profile.letters < 0.3 => by_values(profile),
        FieldKind::GivenName | FieldKind::MiddleName | FieldKind::FamilyName | FieldKind::FullName
            if profile.letters < 0.4 =>
        {
            by_values(profile)
        }
        // One word a value is no whole name.
        FieldKind::FullName if profile.words < 1.4 && profile.given > 0.3 => FieldKind::GivenName,
        FieldKind::FullName if profile.words < 1.2 => FieldKind::FamilyName,
        FieldKind::Text | FieldKind::Category if profile.distinct <= 100 => FieldKind::Category,
        FieldKind::Category => by_values(profile),
        FieldKind::BirthDate | FieldKind::Email | FieldKind::Phone | FieldKind::Unknown => by_values(profile),
        FieldKind::PostalCode | FieldKind::HouseNumber | FieldKind::Identifier => by_values(profile),
        named => named,
    }
}

/// The kind of a field whose name says nothing.
pub fn by_values(profile: &Profile) -> FieldKind {
    let unique_rows = profile.unique;
    let of = |share: f64| share > 0.6;
    if of(profile.emails) {
        FieldKind::Email
    } else if of(profile.dates) {
        // People are born over many years; what happens to records happens in few.
        if profile.years >= 30 { FieldKind::BirthDate } else { FieldKind::Ignored }
    } else if of(profile.points) {
        FieldKind::Point
    } else if of(profile.dialled) {
        FieldKind::Phone
    } else if profile.distinct <= 60 && profile.filled >= 20 * profile.distinct {
        FieldKind::Category
    } else if of(profile.addresses) {
        FieldKind::Address
    } else if unique_rows && profile.letters < 0.5 {
        FieldKind::Ignored
    } else if of(profile.digits) || (of(profile.digits + profile.mixed) && profile.words < 1.3) {
        match profile.length {
            length if length < 3.5 => FieldKind::Category,
            length if length < 5.6 => FieldKind::PostalCode,
            // Ten or eleven digits are a telephone number rather than anything else; what kin share of it is learned.
            length if (9.5..11.5).contains(&length) && of(profile.phones) => FieldKind::Phone,
            _ => FieldKind::Identifier,
        }
    } else if profile.words > 6.0 || profile.length > 60.0 {
        FieldKind::Ignored
    } else if of(profile.letters) && profile.given > 0.3 {
        if profile.words > 1.6 { FieldKind::FullName } else { FieldKind::GivenName }
    } else {
        FieldKind::Text
    }
}

/// Of fields whose names say nothing the one that holds family names: with given names beside it, the one of single words that
/// differ most.
pub(super) fn family_name<'a>(fields: impl Iterator<Item = (&'a str, FieldKind, &'a Profile)>) -> Option<usize> {
    let fits = |(name, kind, profile): &(&str, FieldKind, &Profile)| {
        *kind == FieldKind::Text
            && words::named(name).is_none()
            && profile.letters > 0.8
            && profile.words < 1.6
            && (3.0..14.0).contains(&profile.length)
            && profile.top < 0.05
            && profile.distinct >= 50
    };
    let fields = fields.enumerate().filter(|(_, field)| fits(field));
    fields.max_by_key(|(place, field)| (field.2.distinct, std::cmp::Reverse(*place))).map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str, texts: &[&str]) -> FieldKind {
        let column: TextColumn = texts.iter().map(|text| Some(*text)).collect();
        kind_of(name, &profile(&[&column]))
    }

    #[test]
    fn names_and_values_make_the_kind() {
        let dates = ["1961-02-03", "1999-12-31", "1930-01-01", "1961-02-03"];
        assert_eq!(kind("dob", &dates), FieldKind::BirthDate);
        assert_eq!(kind("c4", &dates), FieldKind::BirthDate);
        assert_eq!(kind("c4", &["2024-02-03", "2024-12-31", "2023-01-01"]), FieldKind::Ignored);
        assert_eq!(kind("date_of_birth", &["19610203", "19991231", "19300101"]), FieldKind::BirthDate);
        assert_eq!(kind("lastName", &["smith", "jones", "smith"]), FieldKind::FamilyName);
        assert_eq!(kind("last_updated", &["smith", "jones", "smith"]), FieldKind::Ignored);
        assert_eq!(kind("soc_sec_id", &["1804974", "6089216", "1804974"]), FieldKind::Identifier);
        assert_eq!(kind("row_no", &["1804974", "6089216", "2185997"]), FieldKind::Ignored);
        assert_eq!(kind("address_1", &["wallaby place", "hoseason street"]), FieldKind::Street);
        assert_eq!(kind("address", &["1 wallaby place", "54 hoseason street"]), FieldKind::Address);
        assert_eq!(kind("x", &["a@b.com", "b@c.org"]), FieldKind::Email);
        assert_eq!(kind("x", &["+1 418 555 0124", "(212) 555-0100"]), FieldKind::Phone);
        assert_eq!(kind("x", &["same", "same"]), FieldKind::Ignored);
    }

    #[test]
    fn dates_are_known_in_the_usual_ways() {
        for text in [
            "1961-02-03",
            "03/02/1961",
            "2/28/1961",
            "19610203",
            "3 Feb 1961",
            "Feb 3, 1961",
            "1961-02-03T00:00:00Z",
            "03.02.1961",
            "03021961",
        ] {
            assert_eq!(year(text), Some(1961), "{text}");
        }
        for text in ["1804974", "smith", "1961", "99999999", "12-34-5678"] {
            assert_eq!(year(text), None, "{text}");
        }
    }
}
