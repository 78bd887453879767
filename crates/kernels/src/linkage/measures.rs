//! Measures: how near two values of a field are, each similarity worked out once and only where bounds leave it open.
//!
//! Not here: several values, several fields (`compare`).

use super::records::{Facts, Records};
use super::{FieldKind, Test};
use crate::compare;

/// The loosest that the tests of a field ask for: nearer than this is measured exactly, farther is far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Cutoffs {
    levenshtein: u32,
    similarity: Option<f64>,
    osa: u32,
    jaro_winkler: Option<f64>,
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
            _ => {}
        }
    }
}

/// Two values of a field and what was measured of them.
#[derive(Debug)]
pub(super) struct Measured {
    field: usize,
    cutoffs: Cutoffs,
    values: (u32, u32),
    facts: (Facts, Facts),
    lengths: (u32, u32),
    /// `Some(None)`: farther than any test asks for.
    levenshtein: Option<Option<u32>>,
    osa: Option<Option<u32>>,
    jaro_winkler: Option<f64>,
    jaccard: Option<f64>,
    tokens: Option<f64>,
}

impl Measured {
    pub(super) fn new(_records: &Records, field: usize, cutoffs: Cutoffs) -> Self {
        Self {
            field,
            cutoffs,
            values: (u32::MAX, u32::MAX),
            facts: Default::default(),
            lengths: (0, 0),
            levenshtein: None,
            osa: None,
            jaro_winkler: None,
            jaccard: None,
            tokens: None,
        }
    }

    /// Goes on to two values; what was measured of the same two is kept.
    pub(super) fn turn_to(&mut self, records: &Records, values: (u32, u32)) {
        if self.values == values {
            return;
        }
        self.values = values;
        self.facts = (*records.facts(self.field, values.0), *records.facts(self.field, values.1));
        let length = |value| records.text(self.field, value).len() as u32;
        self.lengths = (length(values.0), length(values.1));
        (self.levenshtein, self.osa, self.jaro_winkler, self.jaccard, self.tokens) = (None, None, None, None, None);
    }

    /// Whether a test of these two values alone holds.
    pub(super) fn holds(&mut self, records: &Records, test: &Test) -> bool {
        let (left, right) = (records.text(self.field, self.values.0), records.text(self.field, self.values.1));
        let (a, b) = (left.as_bytes(), right.as_bytes());
        match test {
            Test::Exact => self.values.0 == self.values.1,
            Test::Levenshtein(most) => self.levenshtein(a, b).is_some_and(|found| found <= *most),
            Test::Damerau(most) => self.osa(a, b).is_some_and(|found| found <= *most),
            Test::Similarity(least) => {
                self.levenshtein(a, b).is_some_and(|found| similarity(found, a.len().max(b.len())) >= *least)
            }
            Test::JaroWinkler(least) => self.jaro_winkler(a, b) >= *least,
            Test::Jaccard(least) => *self.jaccard.get_or_insert_with(|| compare::bigram_jaccard(a, b)) >= *least,
            Test::Tokens(least) => *self.tokens.get_or_insert_with(|| compare::token_overlap(a, b)) >= *least,
            Test::Phonetic => records.sound(self.field, self.values.0).like(records.sound(self.field, self.values.1)),
            Test::Nickname => compare::forms_of_one_name(left, right),
            Test::Initial => initial(a, b),
            Test::DayMonthSwapped => compare::swapped(a, b),
            Test::DigitSlip => compare::slip(a, b),
            Test::TwoPartsEqual => compare::two_parts_equal(a, b),
            Test::WithinDays(days) => {
                let days = i64::from(*days);
                compare::day_number(a).zip(compare::day_number(b)).is_some_and(|(a, b)| (a - b).abs() <= days)
            }
            Test::WithinYears(years) => {
                compare::year(a).zip(compare::year(b)).is_some_and(|(a, b)| a.abs_diff(b) <= *years)
            }
            Test::Within(most) => numbers(left, right).is_some_and(|(a, b)| (a - b).abs() <= *most),
            Test::WithinShare(most) => {
                numbers(left, right).is_some_and(|(a, b)| (a - b).abs() <= *most * a.abs().max(b.abs()))
            }
            Test::WithinKilometres(most) => {
                point(left).zip(point(right)).is_some_and(|(a, b)| compare::kilometres(a, b) <= *most)
            }
            Test::EmailUser => sides(left).zip(sides(right)).is_some_and(|(a, b)| a.0 == b.0),
            Test::EmailDomain => sides(left).zip(sides(right)).is_some_and(|(a, b)| a.1 == b.1),
            Test::Suffix(count) => {
                let count = *count as usize;
                a == b || (a.len() >= count && b.len() >= count && a[a.len() - count..] == b[b.len() - count..])
            }
            Test::Prefix(count) => {
                let count = *count as usize;
                a == b || (a.len() >= count && b.len() >= count && a[..count] == b[..count])
            }
            Test::NumbersEqual => compare::numbers_equal(a, b),
            Test::All(tests) => tests.iter().all(|test| self.holds(records, test)),
            Test::Any(tests) => tests.iter().any(|test| self.holds(records, test)),
            Test::Else => true,
            // These look at more than two values: `compare` does them.
            Test::Swapped | Test::Shared(_) | Test::Of(..) => false,
        }
    }

    fn levenshtein(&mut self, a: &[u8], b: &[u8]) -> Option<u32> {
        let (cutoffs, apart) = (self.cutoffs, self.letters_apart());
        *self.levenshtein.get_or_insert_with(|| {
            let longer = a.len().max(b.len()) as f64;
            let by_share = cutoffs.similarity.map_or(0, |least| ((1.0 - least) * longer + 1e-9).max(0.0) as u32);
            let most = cutoffs.levenshtein.max(by_share);
            if apart > most { None } else { compare::levenshtein_within(a, b, most) }
        })
    }

    fn osa(&mut self, a: &[u8], b: &[u8]) -> Option<u32> {
        let (cutoffs, apart) = (self.cutoffs, self.letters_apart());
        *self.osa.get_or_insert_with(|| if apart > cutoffs.osa { None } else { compare::osa_within(a, b, cutoffs.osa) })
    }

    fn jaro_winkler(&mut self, a: &[u8], b: &[u8]) -> f64 {
        if let Some(known) = self.jaro_winkler {
            return known;
        }
        let (left, right) = (self.facts.0, self.facts.1);
        let missing = |a: Facts, b: Facts| (a.letters & !b.letters).count_ones() as usize;
        let shared = (a.len() - missing(left, right)).min(b.len() - missing(right, left));
        let prefix = ((left.head ^ right.head).leading_zeros() / 8).min(4) as usize;
        let bound = compare::jaro_bound(shared, a.len(), b.len(), prefix) + 1e-9;
        // What is nearer than no test asks for need not be known: the bound is below them all.
        let far = self.cutoffs.jaro_winkler.is_some_and(|least| bound < least);
        *self.jaro_winkler.insert(if far { bound } else { compare::jaro_winkler(a, b) })
    }

    /// No fewer edits make one of the other: each letter that only one has takes one, and so does each in length.
    fn letters_apart(&self) -> u32 {
        let (a, b) = (self.facts.0.letters, self.facts.1.letters);
        (a & !b).count_ones().max((b & !a).count_ones()).max(self.lengths.0.abs_diff(self.lengths.1))
    }
}

impl Records {
    /// How a value sounds.
    pub(super) fn sound(&self, field: usize, value: u32) -> compare::Sound {
        let named = matches!(
            self.kind(field),
            FieldKind::GivenName
                | FieldKind::MiddleName
                | FieldKind::FamilyName
                | FieldKind::FullName
                | FieldKind::Organization
        );
        if named { self.facts(field, value).sound } else { compare::sound(self.text(field, value)) }
    }
}

fn similarity(edits: u32, longer: usize) -> f64 {
    1.0 - f64::from(edits) / longer.max(1) as f64
}

fn initial(a: &[u8], b: &[u8]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    (short.len() == 1 || short.len() > 2) && long.starts_with(short)
}

fn numbers(a: &str, b: &str) -> Option<(f64, f64)> {
    a.parse().ok().zip(b.parse().ok())
}

fn point(text: &str) -> Option<(f64, f64)> {
    let (latitude, longitude) = text.split_once(',')?;
    latitude.parse().ok().zip(longitude.parse().ok())
}

fn sides(email: &str) -> Option<(&str, &str)> {
    email.rsplit_once('@').filter(|(user, domain)| !user.is_empty() && !domain.is_empty())
}
