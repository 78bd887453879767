//! Locale: how people of a language and country write numbers and dates.
//!
//! Source   Unicode CLDR 46, cut down to separators and the order of day, month and year
//!
//! Invariants
//! - A locale that is not known writes like `en-US`.

/// The order in which a date is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    DayMonthYear,
    MonthDayYear,
    YearMonthDay,
}

/// What is written how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Locale {
    /// The mark before the fraction.
    pub(super) decimal: char,
    /// Marks between groups of digits.
    pub(super) groups: &'static [char],
    /// Whether groups of two digits are written too (India).
    pub(super) pairs: bool,
    /// The order of a date.
    pub(super) order: Order,
    /// Names of months from January on, in small letters; English ones are always understood.
    pub(super) months: &'static [&'static str],
}

/// All that is used as a space between groups of digits.
const SPACES: &[char] = &[' ', '\u{a0}', '\u{202f}', '\u{2009}'];
const POINT_AND_SPACES: &[char] = &['.', ' ', '\u{a0}', '\u{202f}', '\u{2009}'];
const APOSTROPHES: &[char] = &['\'', '’', ' ', '\u{a0}', '\u{202f}'];

/// Languages that write a comma before the fraction.
const COMMA: &[&str] = &[
    "af", "az", "be", "bg", "bs", "ca", "cs", "da", "de", "el", "es", "et", "eu", "fi", "fr", "gl", "hr", "hu", "hy",
    "id", "is", "it", "ka", "kk", "lt", "lv", "mk", "nb", "nl", "nn", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sq",
    "sr", "sv", "tr", "uk", "uz", "vi",
];
/// Those of them that part groups by spaces and not by points.
const COMMA_AND_SPACES: &[&str] = &[
    "be", "bg", "cs", "et", "fi", "fr", "hu", "hy", "ka", "kk", "lt", "lv", "nb", "nn", "no", "pl", "ru", "sk", "sq",
    "sv", "uk", "uz",
];
/// Languages and locales that begin with the year.
const YEAR_FIRST: &[&str] = &["zh", "ja", "ko", "hu", "lt", "mn", "eu", "sv", "en-ca", "fr-ca", "en-za"];
/// Locales that begin with the month.
const MONTH_FIRST: &[&str] = &["en", "en-us", "en-ph", "es-us", "es-pr", "fil"];
/// Locales of comma languages that write a point.
const POINT: &[&str] = &[
    "de-ch", "de-li", "it-ch", "es-mx", "es-us", "es-pr", "es-gt", "es-hn", "es-ni", "es-pa", "es-pe", "es-sv", "es-do",
];

impl Locale {
    /// The locale of a tag such as `de-AT`; of the language where the country is not special.
    pub(super) fn of(tag: &str) -> Self {
        let tag = tag.trim().replace('_', "-").to_lowercase();
        let language = tag.split('-').next().unwrap_or_default();
        let (decimal, groups) = match tag.as_str() {
            "de-ch" | "de-li" | "it-ch" => ('.', APOSTROPHES),
            "de-at" | "pt-pt" | "es-es" => (',', POINT_AND_SPACES),
            "en-za" => (',', SPACES),
            tag if POINT.contains(&tag) || !COMMA.contains(&language) => ('.', &[',', '\u{a0}', '\u{202f}'][..]),
            _ if COMMA_AND_SPACES.contains(&language) => (',', SPACES),
            _ => (',', POINT_AND_SPACES),
        };
        let is_one_of = |list: &[&str]| list.contains(&tag.as_str());
        let order = if is_one_of(YEAR_FIRST) || YEAR_FIRST.contains(&language) {
            Order::YearMonthDay
        } else if is_one_of(MONTH_FIRST) || tag.is_empty() {
            Order::MonthDayYear
        } else {
            Order::DayMonthYear
        };
        Self { decimal, groups, pairs: tag.ends_with("-in") || language == "hi", order, months: months(language) }
    }
    /// The number of a month by its name or the first letters of it, three at least.
    pub(super) fn month(&self, word: &str) -> Option<i8> {
        let word = word.trim_end_matches('.').to_lowercase();
        if word.chars().count() < 3 {
            return None;
        }
        let of = |names: &[&str]| names.iter().position(|name| name.starts_with(&word));
        let place = of(self.months).or_else(|| of(ENGLISH))?;
        i8::try_from(place + 1).ok()
    }
}

const ENGLISH: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

fn months(language: &str) -> &'static [&'static str] {
    match language {
        "de" => &[
            "januar",
            "februar",
            "märz",
            "april",
            "mai",
            "juni",
            "juli",
            "august",
            "september",
            "oktober",
            "november",
            "dezember",
        ],
        "fr" => &[
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ],
        "es" => &[
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ],
        "it" => &[
            "gennaio",
            "febbraio",
            "marzo",
            "aprile",
            "maggio",
            "giugno",
            "luglio",
            "agosto",
            "settembre",
            "ottobre",
            "novembre",
            "dicembre",
        ],
        "pt" => &[
            "janeiro",
            "fevereiro",
            "março",
            "abril",
            "maio",
            "junho",
            "julho",
            "agosto",
            "setembro",
            "outubro",
            "novembro",
            "dezembro",
        ],
        "nl" => &[
            "januari",
            "februari",
            "maart",
            "april",
            "mei",
            "juni",
            "juli",
            "augustus",
            "september",
            "oktober",
            "november",
            "december",
        ],
        "sv" => &[
            "januari",
            "februari",
            "mars",
            "april",
            "maj",
            "juni",
            "juli",
            "augusti",
            "september",
            "oktober",
            "november",
            "december",
        ],
        "da" | "nb" | "no" => &[
            "januar",
            "februar",
            "mars",
            "april",
            "mai",
            "juni",
            "juli",
            "august",
            "september",
            "oktober",
            "november",
            "desember",
        ],
        _ => ENGLISH,
    }
}
