//! Measures: how near two values of a field are, each similarity worked out once and only where bounds leave it open.
//!
//! Invariants
//! - What the facts of two values decide is decided without their texts: these are elsewhere in memory.
//!
//! Not here: several values, several fields (`compare`).

use super::records::{Facts, Records, sounds};
use super::{FieldKind, Test};
use crate::compare::{self, Places};

/// The loosest that the tests of a field ask for: nearer than this is measured exactly, farther is far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Cutoffs {
    levenshtein: u32,
    similarity: Option<f64>,
    osa: u32,
    jaro_winkler: Option<f64>,
    jaccard: Option<f64>,
}

impl Cutoffs {
    /// Takes in what a test asks of the field at a place.
    pub(super) fn widen(&mut self, test: &Test, at: usize, place: usize) {
        let lower = |known: Option<f64>, new: f64| Some(known.map_or(new, |known| known.min(new)));
        match test {
            Test::Of(other, test) => self.widen(test, *other, place),
            Test::All(tests) | Test::Any(tests) => tests.iter().for_each(|test| self.widen(test, at, place)),
            _ if at != place => {}
            Test::Levenshtein(most) => self.levenshtein = self.levenshtein.max(*most),
            Test::Damerau(most) => self.osa = self.osa.max(*most),
            Test::Similarity(least) => self.similarity = lower(self.similarity, *least),
            Test::JaroWinkler(least) => self.jaro_winkler = lower(self.jaro_winkler, *least),
            Test::Jaccard(least) => self.jaccard = lower(self.jaccard, *least),
            _ => {}
        }
    }
}

/// Two values of a field and what was measured of them.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) field: usize,
    sounds: bool,
    cutoffs: Cutoffs,
    values: (u32, u32),
    facts: (Facts, Facts),
    /// Which of the following are known, a bit each.
    known: u8,
    /// [`FAR`]: more than any test asks for.
    levenshtein: u32,
    osa: u32,
    jaro_winkler: f64,
    jaccard: f64,
    tokens: f64,
    /// `None` when one of the two is no date.
    days: Option<u64>,
    places: (Places, Places),
}

/// Farther than any test asks for.
const FAR: u32 = u32::MAX;
const LEVENSHTEIN: u8 = 1;
const OSA: u8 = 2;
const JARO_WINKLER: u8 = 4;
const JACCARD: u8 = 8;
const TOKENS: u8 = 16;
const DAYS: u8 = 32;
/// More than rounding makes of a similarity.
const SLACK: f64 = 1e-9;

impl Measured {
    pub(super) fn new(records: &Records, field: usize) -> Self {
        Self {
            field,
            sounds: sounds(records.kind(field)),
            cutoffs: Cutoffs::default(),
            values: (u32::MAX, u32::MAX),
            facts: Default::default(),
            known: 0,
            levenshtein: FAR,
            osa: FAR,
            jaro_winkler: 0.0,
            jaccard: 0.0,
            tokens: 0.0,
            days: None,
            places: Default::default(),
        }
    }
    /// Takes in what a test asks: it looks at the field that is at a place, this one is at another.
    pub(super) fn widen(&mut self, test: &Test, at: usize, place: usize) {
        self.cutoffs.widen(test, at, place);
    }

    /// Goes on to two values; what was measured of the same two is kept.
    #[inline]
    pub(super) fn turn_to(&mut self, records: &Records, values: (u32, u32)) {
        if self.values != values {
            self.values = values;
            self.facts = (*records.facts(self.field, values.0), *records.facts(self.field, values.1));
            self.known = 0;
        }
    }

    /// Whether a test of these two values alone holds.
    pub(super) fn holds(&mut self, records: &Records, test: &Test) -> bool {
        let (left, right) = (self.facts.0, self.facts.1);
        match test {
            Test::Exact => self.values.0 == self.values.1,
            Test::Levenshtein(most) => self.levenshtein(records) <= *most,
            Test::Damerau(most) => self.osa(records) <= *most && (*most < 2 || self.digits_near(records, 1)),
            Test::Similarity(least) => {
                let edits = self.levenshtein(records);
                edits != FAR && 1.0 - f64::from(edits) / f64::from(left.length.max(right.length)) >= *least
            }
            Test::JaroWinkler(least) => self.jaro_winkler(records) >= *least && self.digits_near(records, 0),
            Test::Jaccard(least) => self.jaccard(records) >= *least,
            Test::Tokens(least) => self.tokens(records) >= *least,
            Test::Phonetic if self.sounds => left.sound().like(right.sound()),
            Test::Phonetic => self.of_strings(records, |a, b| compare::sound(a).like(compare::sound(b))),
            Test::Nickname => self.of_strings(records, compare::forms_of_one_name),
            Test::Initial => {
                let (short, long) = if left.length <= right.length { (left, right) } else { (right, left) };
                let count = short.length.min(8);
                count != 2
                    && count != 0
                    && (short.head ^ long.head) >> (64 - 8 * count) == 0
                    && (count < 8 || self.of_strings(records, |a, b| a.starts_with(b) || b.starts_with(a)))
            }
            Test::DayMonthSwapped => whole_dates(&left, &right) && compare::swapped(left.head, right.head),
            Test::DigitSlip => whole_dates(&left, &right) && compare::slip(left.head, right.head),
            Test::TwoPartsEqual => whole_dates(&left, &right) && compare::two_parts_equal(left.head, right.head),
            Test::WithinDays(most) => self.days().is_some_and(|days| days <= u64::from(*most)),
            Test::WithinYears(years) => {
                let year = |facts: &Facts| compare::year(&facts.head.to_be_bytes());
                year(&left).zip(year(&right)).is_some_and(|(a, b)| a.abs_diff(b) <= *years)
            }
            Test::Within(most) => self.of_numbers(records, |a, b| (a - b).abs() <= *most),
            Test::WithinShare(most) => self.of_numbers(records, |a, b| (a - b).abs() <= *most * a.abs().max(b.abs())),
            Test::WithinKilometres(most) => self.of_strings(records, |a, b| {
                point(a).zip(point(b)).is_some_and(|(a, b)| compare::kilometres(a, b) <= *most)
            }),
            Test::EmailUser => {
                user_open(left.head, right.head)
                    && self.of_strings(records, |a, b| sides(a).zip(sides(b)).is_some_and(|(a, b)| a.0 == b.0))
            }
            Test::EmailDomain => {
                self.of_strings(records, |a, b| sides(a).zip(sides(b)).is_some_and(|(a, b)| a.1 == b.1))
            }
            Test::Suffix(count) => self.ends_equal(records, *count, true),
            Test::Prefix(count) => self.ends_equal(records, *count, false),
            Test::NumbersEqual => {
                let (a, b) = (left.letters & compare::DIGITS, right.letters & compare::DIGITS);
                a == b && a != 0 && self.of_texts(records, |_, a, b| compare::numbers_equal(a, b))
            }
            Test::Rare(most) => {
                let often = |value| records.frequency(self.field, value);
                let short = self.facts.0.length.min(self.facts.1.length) < 3;
                short || often(self.values.0) <= *most || often(self.values.1) <= *most
            }
            Test::All(tests) => tests.iter().all(|test| self.holds(records, test)),
            Test::Any(tests) => tests.iter().any(|test| self.holds(records, test)),
            Test::Else => true,
            // These look at more than two values: `compare` does them.
            Test::Swapped | Test::Crosswise(..) | Test::Shared(_) | Test::Of(..) => false,
        }
    }

    /// Of e-mail addresses: whether their digits differ by so many edits at most. `ann.hill46@` and `ann.hill91@` are near
    /// only because both are made from one name, which the names have told already.
    fn digits_near(&mut self, records: &Records, most: u32) -> bool {
        let without = |facts: &Facts| facts.letters & compare::DIGITS == 0;
        if records.kind(self.field) != FieldKind::Email || (without(&self.facts.0) && without(&self.facts.1)) {
            return true;
        }
        self.of_strings(records, |a, b| {
            let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
            compare::osa(digits(a).as_bytes(), digits(b).as_bytes()) <= most
        })
    }

    /// Whether this was not worked out yet; from now on it is.
    fn unknown(&mut self, measure: u8) -> bool {
        let unknown = self.known & measure == 0;
        self.known |= measure;
        unknown
    }

    fn levenshtein(&mut self, records: &Records) -> u32 {
        if self.unknown(LEVENSHTEIN) {
            let longer = f64::from(self.facts.0.length.max(self.facts.1.length));
            let by_share = self.cutoffs.similarity.map_or(0, |least| ((1.0 - least) * longer + SLACK).max(0.0) as u32);
            let most = self.cutoffs.levenshtein.max(by_share);
            let far = self.letters_apart() > most;
            let measure = |places: &mut (Places, Places), a: &[u8], b: &[u8]| {
                compare::levenshtein_near(&mut places.0, a, b, most)
            };
            self.levenshtein = if far { FAR } else { self.of_texts(records, measure).unwrap_or(FAR) };
        }
        self.levenshtein
    }

    fn days(&mut self) -> Option<u64> {
        if self.unknown(DAYS) {
            let day = |facts: &Facts| (facts.length == 8).then(|| compare::day_number(&facts.head.to_be_bytes()))?;
            self.days = day(&self.facts.0).zip(day(&self.facts.1)).map(|(a, b)| a.abs_diff(b));
        }
        self.days
    }

    fn osa(&mut self, records: &Records) -> u32 {
        if self.unknown(OSA) {
            let most = self.cutoffs.osa;
            let far = self.letters_apart() > most;
            let measure =
                |places: &mut (Places, Places), a: &[u8], b: &[u8]| compare::osa_near(&mut places.0, a, b, most);
            self.osa = if far { FAR } else { self.of_texts(records, measure).unwrap_or(FAR) };
        }
        self.osa
    }

    fn jaro_winkler(&mut self, records: &Records) -> f64 {
        if self.unknown(JARO_WINKLER) {
            let (left, right) = (self.facts.0, self.facts.1);
            let least = self.cutoffs.jaro_winkler.unwrap_or_default();
            let bound = jaro_bound(&left, &right);
            // What is nearer than no test asks for need not be known: the bound is below them all.
            self.jaro_winkler = if bound + SLACK < least {
                bound
            } else {
                self.of_texts(records, |places, a, b| compare::jaro_winkler_from(&mut places.0, a, b, least))
            };
        }
        self.jaro_winkler
    }

    fn tokens(&mut self, records: &Records) -> f64 {
        if self.unknown(TOKENS) {
            let (left, right) = (self.facts.0, self.facts.1);
            let one_word = (left.letters | right.letters) & compare::SPACE == 0;
            let initial = (left.length == 1 || right.length == 1) && (left.head ^ right.head) >> 56 == 0;
            // Two words that are neither near nor an initial share none.
            let far = one_word && !initial && jaro_bound(&left, &right) + SLACK < compare::ONE_WORD;
            let measure =
                |places: &mut (Places, Places), a: &[u8], b: &[u8]| compare::token_overlap(&mut places.0, a, b);
            self.tokens = if far { 0.0 } else { self.of_texts(records, measure) };
        }
        self.tokens
    }

    fn jaccard(&mut self, records: &Records) -> f64 {
        if self.unknown(JACCARD) {
            let (left, right) = (self.facts.0, self.facts.1);
            let only = |a: Facts, b: Facts| (a.letters & !b.letters).count_ones();
            let (a, b) = (left.length as usize, right.length as usize);
            let bound = compare::jaccard_bound(a, b, only(left, right), only(right, left));
            let far = self.cutoffs.jaccard.is_some_and(|least| bound + SLACK < least);
            self.jaccard = if far { bound } else { self.of_texts(records, compare::bigram_jaccard) };
        }
        self.jaccard
    }

    /// No fewer edits make one of the other: each letter that only one has takes one, and so does each in length.
    fn letters_apart(&self) -> u32 {
        let (a, b) = (self.facts.0.letters, self.facts.1.letters);
        (a & !b).count_ones().max((b & !a).count_ones()).max(self.facts.0.length.abs_diff(self.facts.1.length))
    }

    fn ends_equal(&self, records: &Records, count: u32, last: bool) -> bool {
        let (left, right) = (self.facts.0, self.facts.1);
        if self.values.0 == self.values.1 {
            return true;
        }
        if left.length < count || right.length < count {
            return false;
        }
        let known = !last || !self.sounds;
        let differing = if last { left.tail() ^ right.tail() } else { left.head ^ right.head };
        let near = count.min(8);
        let open =
            count == 0 || if last { differing << (64 - 8 * near) == 0 } else { differing >> (64 - 8 * near) == 0 };
        if known && (!open || count <= 8) {
            return open;
        }
        let count = count as usize;
        self.of_strings(records, |a, b| {
            if last { a[a.len() - count..] == b[b.len() - count..] } else { a[..count] == b[..count] }
        })
    }

    /// Texts of at most eight letters are in the facts.
    fn of_texts<T>(&mut self, records: &Records, measure: impl FnOnce(&mut (Places, Places), &[u8], &[u8]) -> T) -> T {
        let (left, right) = (self.facts.0, self.facts.1);
        let heads = (left.head.to_be_bytes(), right.head.to_be_bytes());
        let of = |value| records.bytes(self.field, value);
        let a = if left.length <= 8 { &heads.0[..left.length as usize] } else { of(self.values.0) };
        let b = if right.length <= 8 { &heads.1[..right.length as usize] } else { of(self.values.1) };
        measure(&mut self.places, a, b)
    }
    fn of_strings<T>(&self, records: &Records, measure: impl FnOnce(&str, &str) -> T) -> T {
        measure(records.text(self.field, self.values.0), records.text(self.field, self.values.1))
    }
    fn of_numbers(&self, records: &Records, measure: impl FnOnce(f64, f64) -> bool) -> bool {
        self.of_strings(records, |a, b| a.parse().ok().zip(b.parse().ok()).is_some_and(|(a, b)| measure(a, b)))
    }
}

impl Records {
    /// How a value sounds.
    pub(super) fn sound(&self, field: usize, value: u32) -> compare::Sound {
        if sounds(self.kind(field)) {
            self.facts(field, value).sound()
        } else {
            compare::sound(self.text(field, value))
        }
    }
}

/// The most that Jaro-Winkler can be.
fn jaro_bound(a: &Facts, b: &Facts) -> f64 {
    let only = |a: &Facts, b: &Facts| (a.letters & !b.letters).count_ones();
    let shared = (a.length - only(a, b)).min(b.length - only(b, a));
    let prefix = ((a.head ^ b.head).leading_zeros() / 8).min(4).min(a.length).min(b.length);
    compare::jaro_bound(shared as usize, a.length as usize, b.length as usize, prefix as usize)
}

fn whole_dates(a: &Facts, b: &Facts) -> bool {
    a.length == 8 && b.length == 8
}

/// Whether two e-mails can be equal before the `@`: they are where they first differ, or have one before.
fn user_open(a: u64, b: u64) -> bool {
    let same = (a ^ b).leading_zeros() / 8;
    same == 8 || a.to_be_bytes()[..same as usize].contains(&b'@')
}

fn point(text: &str) -> Option<(f64, f64)> {
    let (latitude, longitude) = text.split_once(',')?;
    latitude.parse().ok().zip(longitude.parse().ok())
}

fn sides(email: &str) -> Option<(&str, &str)> {
    email.rsplit_once('@').filter(|(user, domain)| !user.is_empty() && !domain.is_empty())
}
