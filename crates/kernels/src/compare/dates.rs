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
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let leap_day = i64::from(leap && month > 2);
    Some(before(year) + BEFORE[month as usize - 1] + leap_day + day - 1)
}

/// Whether one digit at most differs, or two neighbouring ones stand crosswise. Dates are eight digits in a word, the
/// first in its top byte.
pub fn slip(a: u64, b: u64) -> bool {
    let differing = a ^ b;
    if differing == 0 {
        return true;
    }
    let first = differing.leading_zeros() / 8;
    let rest = differing & !(0xff << (56 - 8 * first));
    if rest == 0 {
        return true;
    }
    let digit = |date: u64, place: u32| date >> (56 - 8 * place) & 0xff;
    let second = first + 1;
    rest & !(0xff << (56 - 8 * second)) == 0
        && digit(a, first) == digit(b, second)
        && digit(a, second) == digit(b, first)
}

/// Whether the years are equal and month and day, which differ, stand crosswise.
pub fn swapped(a: u64, b: u64) -> bool {
    let crosswise = (a & !0xffff_ffff) | (a & 0xffff) << 16 | (a >> 16 & 0xffff);
    crosswise == b && a != b
}

/// Whether two at least of year, month and day are equal.
pub fn two_parts_equal(a: u64, b: u64) -> bool {
    let differing = a ^ b;
    [0xffff_ffff_0000_0000, 0xffff_0000, 0xffff].into_iter().filter(|part| differing & part == 0).count() > 1
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

    fn word(date: &[u8; 8]) -> u64 {
        u64::from_be_bytes(*date)
    }

    #[test]
    fn slips_of_digits() {
        for (a, b, near) in [
            (b"19561340", b"19561240", true),
            (b"19560409", b"19560490", true),
            (b"19560409", b"19560409", true),
            (b"19560409", b"19650409", true),
            (b"19560409", b"19560418", false),
            (b"19560409", b"19561508", false),
            (b"29560409", b"19560408", false),
        ] {
            assert_eq!(slip(word(a), word(b)), near, "{a:?} {b:?}");
        }
    }

    #[test]
    fn parts_of_dates() {
        let swap = |a, b| swapped(word(a), word(b));
        assert!(swap(b"19560409", b"19560904") && !swap(b"19560404", b"19560404") && !swap(b"19560409", b"19570904"));
        let two = |a, b| two_parts_equal(word(a), word(b));
        assert!(two(b"19560409", b"19570409") && two(b"19560409", b"19560509") && !two(b"19560409", b"19570509"));
        assert_eq!((year(b"19561340"), year(b"195"), year(b"19x6")), (Some(1956), None, None));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(5000))]
        #[test]
        fn words_say_what_digits_say(a in "19[01][01][01][01][01][01]", b in "19[01][01][01][01][01][01]") {
            let (left, right): (&[u8; 8], &[u8; 8]) = (a.as_bytes().try_into().unwrap(), b.as_bytes().try_into().unwrap());
            // One substitution or one transposition is what optimal string alignment counts as one, at the same length.
            let near = crate::compare::edits::tests::plain(left, right, true) <= 1;
            proptest::prop_assert_eq!(slip(word(left), word(right)), near);
            let crosswise = format!("{}{}{}", &a[..4], &a[6..], &a[4..6]) == b && a != b;
            proptest::prop_assert_eq!(swapped(word(left), word(right)), crosswise);
            let equal = [a[..4] == b[..4], a[4..6] == b[4..6], a[6..] == b[6..]].iter().filter(|equal| **equal).count();
            proptest::prop_assert_eq!(two_parts_equal(word(left), word(right)), equal > 1);
        }
    }
}
