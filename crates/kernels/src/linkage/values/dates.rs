//! Dates, in whatever order their parts are written.
//!
//! Invariants
//! - The order of the parts is that of a whole column: one text alone often fits several.
//! - What has eight digits stays eight digits, also when no calendar has that day; a year alone is four.

/// How the dates of a column are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::linkage) enum DateOrder {
    /// Year, month, day; where the year is not first the month is, if it can be.
    #[default]
    YearFirst,
    /// Day, month, year.
    DayFirst,
    /// Month, day, year.
    MonthFirst,
    /// Day, month, year, or else month, day, year where the one cannot be.
    DayMostly,
    /// Month, day, year, or else day, month, year where the one cannot be.
    MonthMostly,
}

/// Of fewer texts that fit one order alone no order is sure …
const SURE: u64 = 20;
/// … and where more than one in so many fits the other, both are written.
const SLIPS: u64 = 20;

/// What speaks for which order, counted over the texts of a column.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::linkage) struct DateCounts {
    year: u64,
    day: u64,
    month: u64,
    points: u64,
    ends: u64,
}

impl DateCounts {
    /// Counts a text.
    pub(in crate::linkage) fn add(&mut self, text: &str) {
        let Parts { numbers, count, month, .. } = Parts::of(text.trim());
        match (count, numbers) {
            (1, [(number, 8), ..]) => {
                let (first, last) = (number / 10_000, number % 10_000);
                if is_year(first) && !is_year(last) {
                    self.year += 1;
                } else if is_year(last) && !is_year(first) {
                    self.ends += 1;
                    self.order(number / 1_000_000, number / 10_000 % 100);
                }
            }
            (3.., [(_, 3..), ..]) => self.year += 1,
            (3.., [(first, _), (second, _), _]) if month.is_none() => {
                self.ends += 1;
                self.points += u64::from(text.contains('.'));
                self.order(first, second);
            }
            _ => {}
        }
    }
    fn order(&mut self, first: u32, second: u32) {
        self.day += u64::from(first > 12 && second <= 12);
        self.month += u64::from(second > 12 && first <= 12);
    }
    /// With the counts of more texts.
    pub(in crate::linkage) fn plus(self, other: Self) -> Self {
        Self {
            year: self.year + other.year,
            day: self.day + other.day,
            month: self.month + other.month,
            points: self.points + other.points,
            ends: self.ends + other.ends,
        }
    }
    /// The order that most speaks for; when all of its days could be months, that of all columns of the field.
    pub(in crate::linkage) fn order_among(self, all: Self) -> DateOrder {
        let open = self.ends > self.year && self.day == self.month;
        if open && all.day != all.month {
            Self { day: all.day, month: all.month, ..self }.order_of()
        } else {
            self.order_of()
        }
    }
    /// The order that most speaks for.
    fn order_of(self) -> DateOrder {
        let day = self.day > self.month || (self.day == self.month && self.points * 2 > self.ends);
        // A few that fit the other order alone are slips.
        let sure = self.day + self.month >= SURE && self.day.min(self.month) * SLIPS <= self.day.max(self.month);
        match (day, sure) {
            _ if self.ends <= self.year => DateOrder::YearFirst,
            (true, true) => DateOrder::DayFirst,
            (true, false) => DateOrder::DayMostly,
            (false, true) => DateOrder::MonthFirst,
            (false, false) => DateOrder::MonthMostly,
        }
    }
}

/// Eight digits, or the four of a year. What is no date keeps its digits, eight at most.
pub(super) fn date(text: &str, order: DateOrder) -> Option<String> {
    let Parts { numbers, count, month, digits, digit_count } = Parts::of(text);
    let found = match (count, numbers, month) {
        (1, [(number, 8), ..], None) => {
            let year_last = order != DateOrder::YearFirst && is_year(number % 10_000);
            if year_last {
                of(number / 1_000_000, number / 10_000 % 100, number % 10_000, order)
            } else {
                Some((number / 10_000, number / 100 % 100, number % 100))
            }
        }
        (1, [(year, 4), ..], None) => return Some(format!("{year:04}")),
        (2, [(year, 4), (month, 1 | 2), _], None) => return Some(format!("{year:04}{month:02}")),
        // `12 Jan 1980`, `Jan 12, 1980`, `1980 Jan 12`.
        (2.., [(year, 4), (day, _), _], Some(month)) => Some((year, month, day)),
        (2.., [(day, _), (year, length), _], Some(month)) => Some((whole_year(year, length), month, day)),
        (3.., [(year, 3..), (month, _), (day, _)], None) => Some((year, month, day)),
        (3.., [(first, _), (second, _), (year, length)], None) => {
            if length < 3 && order == DateOrder::YearFirst {
                Some((whole_year(first, 2), second, year))
            } else {
                of(first, second, whole_year(year, length), order)
            }
        }
        _ => None,
    };
    match found {
        Some((year, month, day)) if year < 10_000 && month < 100 && day < 100 => {
            Some(format!("{year:04}{month:02}{day:02}"))
        }
        _ if digit_count == 8 && is_last(&numbers, order) => {
            // A separator that slipped: the digits in the order of the others.
            let [first, second, year] = numbers.map(|(number, length)| format!("{number:0length$}"));
            let day_first = matches!(order, DateOrder::DayFirst | DateOrder::DayMostly);
            let (month, day) = if day_first { (second, first) } else { (first, second) };
            Some(format!("{year}{month}{day}"))
        }
        _ if digit_count > 0 => Some(digits[..digit_count].iter().map(|digit| *digit as char).collect()),
        _ => None,
    }
}

/// Whether the year is the last of three numbers that have eight digits together.
fn is_last(numbers: &[(u32, usize); 3], order: DateOrder) -> bool {
    order != DateOrder::YearFirst && numbers.iter().all(|part| part.1 > 0) && numbers[2].1 == 4
}

fn of(first: u32, second: u32, year: u32, order: DateOrder) -> Option<(u32, u32, u32)> {
    // Where both are written, a part that is no month does not stand where the month stands; one that is no day either is a slip.
    let (is_day, is_month) = (|part: u32| (13..=31).contains(&part), |part: u32| part <= 12);
    let day_first = match order {
        DateOrder::DayFirst => true,
        DateOrder::MonthFirst => false,
        DateOrder::DayMostly => !(is_day(second) && is_month(first)),
        DateOrder::MonthMostly | DateOrder::YearFirst => is_day(first) && is_month(second),
    };
    Some(if day_first { (year, second, first) } else { (year, first, second) })
}

/// Years of two digits are of the hundred years before 2030.
fn whole_year(year: u32, length: usize) -> u32 {
    match length {
        1 | 2 if year < 30 => 2000 + year,
        1 | 2 => 1900 + year,
        _ => year,
    }
}

fn is_year(number: u32) -> bool {
    (1850..=2100).contains(&number)
}

/// The first three numbers of a text, with how many digits each has, the month when it is a word, and the first eight digits.
struct Parts {
    numbers: [(u32, usize); 3],
    count: usize,
    month: Option<u32>,
    digits: [u8; 8],
    digit_count: usize,
}

impl Parts {
    fn of(text: &str) -> Self {
        let mut parts = Self { numbers: [(0, 0); 3], count: 0, month: None, digits: [0; 8], digit_count: 0 };
        let bytes = text.as_bytes();
        let mut place = 0;
        while place < bytes.len() && parts.count < 3 {
            let from = place;
            if bytes[place].is_ascii_digit() {
                while place < bytes.len() && bytes[place].is_ascii_digit() {
                    if parts.digit_count < 8 {
                        parts.digits[parts.digit_count] = bytes[place];
                        parts.digit_count += 1;
                    }
                    place += 1;
                }
                // More than nine digits are no part of a date.
                let number = bytes[from..place].iter().take(9).fold(0, |all, digit| all * 10 + u32::from(digit - b'0'));
                parts.numbers[parts.count] = (number, place - from);
                parts.count += 1;
            } else if bytes[place].is_ascii_alphabetic() {
                while place < bytes.len() && bytes[place].is_ascii_alphabetic() {
                    place += 1;
                }
                parts.month = parts.month.or_else(|| month_of(&bytes[from..place]));
            } else {
                place += 1;
            }
            // A whole date: what follows is the time of day.
            if parts.count == 1 && parts.numbers[0].1 == 8 {
                break;
            }
        }
        parts
    }
}

/// The month that a word begins like, in English.
fn month_of(word: &[u8]) -> Option<u32> {
    const MONTHS: [&[u8]; 12] =
        [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    let head = word.get(..3)?;
    MONTHS.iter().position(|month| month.eq_ignore_ascii_case(head)).map(|place| place as u32 + 1)
}
