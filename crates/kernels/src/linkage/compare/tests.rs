//! Tests of comparing: every test against a naive twin, pair by pair.

use super::*;
use crate::compare as measures;
use crate::linkage::{Field, FieldKind as Kind, Level, TableRecords};

fn level(test: Test) -> Level {
    Level { test, m: None, u: None, term_frequency: 0.0 }
}

fn comparison(fields: &[usize], tests: &[Test]) -> Comparison {
    Comparison {
        name: format!("{fields:?}"),
        fields: fields.to_vec(),
        missing: Missing::First,
        shared: None,
        levels: tests.iter().cloned().chain([Test::Else]).map(level).collect(),
    }
}

const KINDS: [Kind; 8] = [
    Kind::GivenName,
    Kind::FamilyName,
    Kind::BirthDate,
    Kind::Phone,
    Kind::Email,
    Kind::Address,
    Kind::Number,
    Kind::Point,
];

/// Rows with a text for each kind; of phones two, parted by `;`.
fn records(rows: &[Vec<Option<String>>]) -> Records {
    let fields: Vec<Field> = KINDS.iter().map(|&kind| Field { name: format!("{kind:?}"), kind }).collect();
    let keys: Vec<String> = (0..rows.len()).map(|row| format!("k{row:03}")).collect();
    let column = |field: usize, part: usize| {
        rows.iter().map(|row| row[field].as_deref().and_then(|text| text.split(';').nth(part))).collect()
    };
    let columns = |field: usize| (0..if field == 3 { 2 } else { 1 }).map(|part| column(field, part)).collect();
    let key = keys.iter().map(|key| Some(&**key)).collect();
    Records::encode(&fields, &[TableRecords { key, fields: (0..KINDS.len()).map(columns).collect() }])
}

/// The naive twin of a test: texts of two records, nothing kept, no bounds.
fn naive(
    records: &Records,
    fields: &[usize],
    test: &Test,
    place: usize,
    pair: (u32, u32),
    texts: (&str, &str),
) -> bool {
    let (a, b) = (texts.0.as_bytes(), texts.1.as_bytes());
    let again = |test: &Test| naive(records, fields, test, place, pair, texts);
    let of = |record: u32, field: usize| -> Vec<&str> {
        let values = records.values(record, field).iter().filter(|value| !records.is_generic(field, **value));
        values.map(|&value| records.text(field, value)).collect()
    };
    let figure = |text: &str| text.parse::<f64>().ok();
    let point = |text: &str| text.split_once(',').and_then(|(a, b)| figure(a).zip(figure(b)));
    // Of e-mails: edits between what is left when all that is no digit is taken away.
    let digits_apart = || match records.kind(fields[place]) {
        Kind::Email => {
            let only = |text: &[u8]| text.iter().copied().filter(u8::is_ascii_digit).collect::<Vec<u8>>();
            measures::osa(&only(a), &only(b))
        }
        _ => 0,
    };
    let word = |date: &[u8]| date.try_into().ok().map(u64::from_be_bytes);
    match test {
        Test::Exact => a == b,
        Test::Levenshtein(most) => measures::levenshtein(a, b) <= *most,
        Test::Damerau(most) => measures::osa(a, b) <= *most && (*most < 2 || digits_apart() <= 1),
        Test::Similarity(least) => 1.0 - f64::from(measures::levenshtein(a, b)) / a.len().max(b.len()) as f64 >= *least,
        Test::JaroWinkler(least) => measures::jaro_winkler(a, b) >= *least && digits_apart() == 0,
        Test::Jaccard(least) => measures::bigram_jaccard(&mut Default::default(), a, b) >= *least,
        Test::Tokens(least) => measures::token_overlap(&mut measures::Places::default(), a, b) >= *least,
        Test::Phonetic => measures::sound(texts.0).like(measures::sound(texts.1)),
        Test::Nickname => measures::forms_of_one_name(texts.0, texts.1),
        Test::Initial => [(a, b), (b, a)].iter().any(|(a, b)| (a.len() == 1 || a.len() > 2) && b.starts_with(a)),
        Test::Swapped => {
            // Edits of the nearest of all pairs: 1 when one is not known, 9 when it is more than a slip.
            let apart = |a: u32, b: u32| {
                let (left, right) = (of(a, fields[0]), of(b, fields[1]));
                let edits = |one: &&str, other: &&str| match measures::osa(one.as_bytes(), other.as_bytes()) {
                    0 => 0,
                    1 if one.len() > 2 => 1,
                    _ => 9,
                };
                let all = left.iter().flat_map(|one| right.iter().map(move |other| edits(one, other)));
                (left.is_empty() || right.is_empty(), all.min().unwrap_or(1))
            };
            let (one, other) = (apart(pair.0, pair.1), apart(pair.1, pair.0));
            one.1 + other.1 <= 1 && !(one.0 && other.0)
        }
        Test::Crosswise(x, y) => {
            let equal = |a: u32, b: u32| of(a, fields[*x]).iter().any(|one| of(b, fields[*y]).contains(one));
            equal(pair.0, pair.1) && equal(pair.1, pair.0)
        }
        Test::DayMonthSwapped => word(a).zip(word(b)).is_some_and(|(a, b)| measures::swapped(a, b)),
        Test::DigitSlip => word(a).zip(word(b)).is_some_and(|(a, b)| measures::slip(a, b)),
        Test::TwoPartsEqual => word(a).zip(word(b)).is_some_and(|(a, b)| measures::two_parts_equal(a, b)),
        Test::WithinDays(days) => {
            measures::day_number(a).zip(measures::day_number(b)).is_some_and(|(a, b)| a.abs_diff(b) <= u64::from(*days))
        }
        Test::WithinYears(years) => {
            measures::year(a).zip(measures::year(b)).is_some_and(|(a, b)| a.abs_diff(b) <= *years)
        }
        Test::Within(most) => figure(texts.0).zip(figure(texts.1)).is_some_and(|(a, b)| (a - b).abs() <= *most),
        Test::WithinShare(most) => {
            figure(texts.0).zip(figure(texts.1)).is_some_and(|(a, b)| (a - b).abs() <= most * a.abs().max(b.abs()))
        }
        Test::WithinKilometres(most) => {
            point(texts.0).zip(point(texts.1)).is_some_and(|(a, b)| measures::kilometres(a, b) <= *most)
        }
        Test::EmailUser | Test::EmailDomain => {
            let side = |text: &str| -> Option<String> {
                let (user, domain) = text.rsplit_once('@')?;
                let whole = !user.is_empty() && !domain.is_empty();
                whole.then(|| if *test == Test::EmailUser { user } else { domain }.to_owned())
            };
            side(texts.0).is_some() && side(texts.0) == side(texts.1)
        }
        Test::Suffix(count) | Test::Prefix(count) => {
            let end = |text: &str| -> Option<String> {
                let letters: Vec<char> = text.chars().collect();
                let from = letters.len().checked_sub(*count as usize)?;
                let part = if matches!(test, Test::Suffix(_)) { &letters[from..] } else { &letters[..*count as usize] };
                Some(part.iter().collect())
            };
            a == b || (end(texts.0).is_some() && end(texts.0) == end(texts.1))
        }
        Test::Rare(most) => {
            let often = |text| {
                records.find_value(fields[place], text).map_or(0, |value| records.frequency(fields[place], value))
            };
            a.len().min(b.len()) < 3 || often(texts.0).min(often(texts.1)) <= *most
        }
        Test::NumbersEqual => measures::numbers_equal(a, b),
        Test::Shared(count) => {
            let right = of(pair.1, fields[place]);
            of(pair.0, fields[place]).iter().filter(|text| right.contains(text)).count() >= *count as usize
        }
        Test::Of(other, test) if *other == place => again(test),
        Test::Of(other, test) => of(pair.0, fields[*other]).iter().any(|one| {
            of(pair.1, fields[*other]).iter().any(|two| naive(records, fields, test, *other, pair, (*one, *two)))
        }),
        Test::All(tests) => tests.iter().all(again),
        Test::Any(tests) => tests.iter().any(again),
        Test::Else => true,
    }
}

fn naive_level(records: &Records, comparison: &Comparison, a: u32, b: u32) -> Option<usize> {
    let field = comparison.fields[0];
    let known = |record| records.values(record, field).iter().filter(|value| !records.is_generic(field, **value));
    let pairs = known(a).flat_map(|&x| known(b).map(move |&y| (records.text(field, x), records.text(field, y))));
    let level = |texts| {
        comparison
            .levels
            .iter()
            .position(|level| naive(records, &comparison.fields, &level.test, 0, (a, b), texts))
            .unwrap()
    };
    pairs.map(level).min()
}

/// Comparisons that have every test.
fn comparisons() -> Vec<Comparison> {
    let both = |test: Test| Test::All(vec![test.clone(), Test::Of(1, Box::new(test))]);
    vec![
        comparison(
            &[0, 1],
            &[
                both(Test::Exact),
                Test::Swapped,
                both(Test::JaroWinkler(0.92)),
                Test::Nickname,
                both(Test::JaroWinkler(0.7)),
                Test::Rare(2),
            ],
        ),
        comparison(&[4, 0, 1], &[Test::Exact, Test::Crosswise(1, 2), Test::Of(2, Box::new(Test::Exact))]),
        comparison(
            &[0],
            &[
                Test::Exact,
                Test::JaroWinkler(0.95),
                Test::Damerau(1),
                Test::Nickname,
                Test::Initial,
                Test::JaroWinkler(0.8),
                Test::Phonetic,
            ],
        ),
        comparison(
            &[1, 0],
            &[
                Test::Exact,
                Test::Levenshtein(1),
                Test::Similarity(0.75),
                Test::Jaccard(0.4),
                Test::Tokens(0.5),
                Test::Swapped,
            ],
        ),
        comparison(
            &[2],
            &[
                Test::Exact,
                Test::DigitSlip,
                Test::DayMonthSwapped,
                Test::WithinDays(40),
                Test::TwoPartsEqual,
                Test::WithinYears(1),
                Test::Levenshtein(2),
            ],
        ),
        comparison(&[3], &[Test::Shared(2), Test::Exact, Test::Suffix(4), Test::Damerau(2)]),
        comparison(&[4], &[Test::Exact, Test::EmailUser, Test::Damerau(2), Test::JaroWinkler(0.8), Test::EmailDomain]),
        comparison(
            &[5],
            &[
                Test::Exact,
                Test::NumbersEqual,
                Test::Any(vec![Test::Tokens(0.7), Test::Jaccard(0.6)]),
                Test::Prefix(2),
                Test::Similarity(0.5),
            ],
        ),
        comparison(&[6], &[Test::Within(0.5), Test::WithinShare(0.1)]),
        comparison(&[7], &[Test::Exact, Test::WithinKilometres(1.0), Test::WithinKilometres(50.0)]),
        comparison(&[5, 3], &[Test::Exact, Test::Of(1, Box::new(Test::Exact)), Test::Of(1, Box::new(Test::Shared(1)))]),
    ]
}

fn rows() -> impl proptest::strategy::Strategy<Value = Vec<Vec<Option<String>>>> {
    let columns = [
        "(bill|will|william|jon|john|joan|maria|marai|j|mary jane|molly|smith)",
        "(smith|smyth|smithe|jones|john|will|lee ann|ann lee)",
        "19[45][01]-(01|02|12|13)-(01|02|12|21)",
        "[12]23[45]6[78](;[12]23[45]6[78])?",
        "(ann|anne|bob)([12]?[12][34]?)?@(a|b)\\.com",
        "[12]?[12]? (main|high|mian) (street|st|road)( unit [12])?",
        "1[0-9](\\.5)?",
        "5[01]\\.[01],-0\\.[12]",
    ];
    let cells: Vec<_> = columns.map(|pattern| proptest::option::weighted(0.85, pattern)).into_iter().collect();
    proptest::collection::vec(cells, 2..12)
}

proptest::proptest! {
    #[test]
    fn levels_are_those_of_the_definition(rows in rows(), generic in 0_u32..6) {
        let mut records = records(&rows);
        for field in [0, 3] {
            if generic < records.distinct(field) {
                records.set_generic(field, generic);
            }
        }
        let comparisons = comparisons();
        let mut comparer = Comparer::new(&records, &comparisons);
        // Twice: what is kept of the first time must not change the second.
        for _ in 0..2 {
            for a in 0..records.len() as u32 {
                for b in 0..records.len() as u32 {
                    let pattern = comparer.compare(a, b);
                    proptest::prop_assert_eq!(pattern, comparer.compare(b, a));
                    for (place, comparison) in comparisons.iter().enumerate() {
                        let expected = naive_level(&records, comparison, a, b);
                        proptest::prop_assert_eq!(pattern.level(place), expected, "{} {} {:?}", records.shown(a, comparison.fields[0]), records.shown(b, comparison.fields[0]), comparison);
                    }
                }
            }
        }
    }

    #[test]
    fn pushed_records_compare_as_encoded_ones(rows in rows()) {
        let whole = records(&rows);
        let mut grown = records(&rows[..1]);
        for (place, row) in rows.iter().enumerate().skip(1) {
            let values: Vec<Vec<&str>> = row.iter().map(|text| text.iter().flat_map(|text| text.split(';')).collect()).collect();
            grown.push(0, &format!("k{place:03}"), &values);
        }
        let comparisons = comparisons();
        let (mut one, mut other) = (Comparer::new(&whole, &comparisons), Comparer::new(&grown, &comparisons));
        for a in 0..whole.len() as u32 {
            for b in 0..whole.len() as u32 {
                proptest::prop_assert_eq!(one.compare(a, b), other.compare(a, b));
                for comparison in &comparisons {
                    proptest::prop_assert_eq!(shared_frequency(&whole, comparison, 0, a, b), shared_frequency(&grown, comparison, 0, a, b));
                }
            }
        }
    }
}

#[test]
fn shares_of_agreed_values() {
    let row = |given: &str, phone: &str| {
        let mut row = vec![None; KINDS.len()];
        row[0] = (!given.is_empty()).then(|| given.to_owned());
        row[3] = (!phone.is_empty()).then(|| phone.to_owned());
        row
    };
    let mut records = records(&[
        row("ann", "555123;555124"),
        row("ann", "555124;555123"),
        row("anne", "555123"),
        row("", ""),
        row("ann", ""),
    ]);
    let (given, phone) = (comparison(&[0], &[Test::Exact]), comparison(&[3], &[Test::Exact]));
    assert_eq!(shared_frequency(&records, &given, 0, 0, 1), Some(0.75));
    assert_eq!(shared_frequency(&records, &given, 0, 0, 2), Some(0.75), "the commoner is the clean one");
    assert_eq!(shared_frequency(&records, &given, 0, 0, 3), None);
    assert_eq!(shared_frequency(&records, &phone, 0, 0, 1), Some(2.0 / 3.0), "the rarest of the equal ones");
    records.set_generic(3, records.find_value(3, "555123").unwrap());
    assert_eq!(shared_frequency(&records, &phone, 0, 0, 2), None);
    assert_eq!(shared_frequency(&records, &phone, 0, 0, 1), Some(2.0 / 3.0));
}

#[test]
fn a_comparison_says_nothing_when_what_it_names_is_missing() {
    let row = |given: Option<&str>, family: Option<&str>| {
        let mut row = vec![None; KINDS.len()];
        (row[0], row[1]) = (given.map(str::to_owned), family.map(str::to_owned));
        row
    };
    let (ann, hill) = (Some("ann"), Some("hill"));
    let records = records(&[row(ann, hill), row(None, hill), row(ann, None), row(None, None)]);
    let levels = |missing: Missing, a: u32, b: u32| {
        let tests = [Test::Exact, Test::Of(1, Box::new(Test::Exact))];
        let comparisons = [Comparison { missing, ..comparison(&[0, 1], &tests) }];
        Comparer::new(&records, &comparisons).compare(a, b).level(0)
    };
    for (a, b, first, any, all) in [
        (0, 0, Some(0), Some(0), Some(0)),
        (0, 1, None, None, Some(1)),
        (0, 2, Some(0), None, Some(0)),
        (1, 2, None, None, None),
        (0, 3, None, None, None),
    ] {
        let found = [Missing::First, Missing::Any, Missing::All].map(|missing| levels(missing, a, b));
        assert_eq!(found, [first, any, all], "{a} {b}");
    }
}

#[test]
fn how_common_a_value_is_is_asked_of_the_field_that_a_level_agrees_on() {
    let row = |given: &str, family: &str| {
        let mut row = vec![None; KINDS.len()];
        (row[0], row[1]) = (Some(given.to_owned()), Some(family.to_owned()));
        row
    };
    let records = records(&[row("ann", "hill"), row("bea", "hill"), row("ann", "hill"), row("ann", "lake")]);
    let of = comparison(&[0, 1], &[Test::Exact, Test::Of(1, Box::new(Test::Exact))]);
    assert_eq!(shared_frequency(&records, &of, 0, 0, 2), Some(0.75), "three of four are called Ann");
    assert_eq!(shared_frequency(&records, &of, 1, 0, 1), Some(0.75), "three of four are called Hill");
    assert_eq!(shared_frequency(&records, &of, 0, 0, 1), Some(0.75), "the commoner of two");
    assert_eq!(shared_frequency(&records, &of, 1, 0, 3), Some(0.75));
    assert_eq!(shared_frequency(&records, &of, 1, 3, 3), Some(0.25));
}
