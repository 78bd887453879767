//! Dates: eight digits, year, month, day. A date that no calendar has keeps its digits and can still be near another.

/// The year: the first four digits.
pub fn year(date: &[u8]) -> Option<u32> {
    let digits = date.get(..4)?;
    digits.iter().try_fold(0, |all, digit| digit.is_ascii_digit().then(|| all * 10 + u32::from(digit - b'0')))
}

/// Days since 1 January of the year 0 (proleptic Gregorian); `None` when the calendar has no such day.
pub fn day_number(date: &[u8]) -> Option<i64> {
    let (year, month, day) = (i64::from(year(date)?), two(date, 4)?, two(date, 6)?);
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    if date.len() != 8 || !(1..=12).contains(&month) || !(1..=lengths[month as usize - 1]).contains(&day) {
        return None;
    }
    let before = |years: i64| years * 365 + (years + 3) / 4 - (years + 99) / 100 + (years + 399) / 400;
    Some(before(year) + lengths[..month as usize - 1].iter().sum::<i64>() + day - 1)
}

/// Whether one digit at most differs, or two neighbouring ones stand crosswise.
pub fn slip(a: &[u8], b: &[u8]) -> bool {
    if a.len() != 8 || b.len() != 8 {
        return false;
    }
    let mut differing = (0..8).filter(|&place| a[place] != b[place]);
    let (Some(first), second) = (differing.next(), differing.next()) else { return true };
    let crosswise = |second| second == first + 1 && a[first] == b[second] && a[second] == b[first];
    second.is_none_or(|second| crosswise(second) && differing.next().is_none())
}

/// Whether the years are equal and month and day, which differ, stand crosswise.
pub fn swapped(a: &[u8], b: &[u8]) -> bool {
    a.len() == 8 && b.len() == 8 && a[..4] == b[..4] && a[4..6] == b[6..] && a[6..] == b[4..6] && a[4..6] != a[6..]
}

/// Whether two at least of year, month and day are equal.
pub fn two_parts_equal(a: &[u8], b: &[u8]) -> bool {
    a.len() == 8
        && b.len() == 8
        && [0..4, 4..6, 6..8].into_iter().filter(|part| a[part.clone()] == b[part.clone()]).count() > 1
}

fn two(date: &[u8], from: usize) -> Option<i64> {
    let digits = date.get(from..from + 2)?;
    digits.iter().all(u8::is_ascii_digit).then(|| i64::from(digits[0] - b'0') * 10 + i64::from(digits[1] - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_follow_each_other() {
        let mut last = day_number(b"18991231").unwrap();
        for year in 1900..2101 {
            for month in 1..=12 {
                for day in 1..=31 {
                    if let Some(number) = day_number(format!("{year:04}{month:02}{day:02}").as_bytes()) {
                        assert_eq!(number, last + 1, "{year} {month} {day}");
                        last = number;
                    }
                }
            }
        }
        assert_eq!(day_number(b"20000101").unwrap() - day_number(b"19700101").unwrap(), 10957);
        assert_eq!((day_number(b"19561340"), day_number(b"1956"), day_number(b"19000229")), (None, None, None));
    }

    #[test]
    fn slips_of_digits() {
        for (a, b, near) in [
            ("19561340", "19561240", true),
            ("19560409", "19560490", true),
            ("19560409", "19560409", true),
            ("19560409", "19650409", true),
            ("19560409", "19560418", false),
            ("19560409", "19561508", false),
            ("1956", "1957", false),
        ] {
            assert_eq!(slip(a.as_bytes(), b.as_bytes()), near, "{a} {b}");
        }
    }

    #[test]
    fn parts_of_dates() {
        assert!(
            swapped(b"19560409", b"19560904")
                && !swapped(b"19560404", b"19560404")
                && !swapped(b"19560409", b"19570904")
        );
        assert!(two_parts_equal(b"19560409", b"19570409") && two_parts_equal(b"19560409", b"19560509"));
        assert!(!two_parts_equal(b"19560409", b"19570509") && !two_parts_equal(b"1956", b"1956"));
        assert_eq!((year(b"19561340"), year(b"195"), year(b"19x6")), (Some(1956), None, None));
    }
}
