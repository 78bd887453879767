//! Compare speed: how long encoding, keys and comparing take on people that are made up, the same ones on every machine.
//!
//! `cargo run --release -p onefold-kernels --example compare_speed -- [records]`

use onefold_kernels::frame::TextColumn;
use onefold_kernels::linkage::{
    BlockingRule, Comparer, Comparison, Field, FieldKind, KeyForm, KeyPart, Level, Records, TableRecords, Test,
    block_keys,
};
use std::time::Instant;

/// Numbers that look like chance (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let number = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    }
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
    /// Small numbers more often, as names are.
    fn skewed(&mut self, end: u64) -> u64 {
        let share = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        ((end as f64 + 1.0).powf(share) - 1.0) as u64
    }
}

/// A word of syllables, the same for the same number.
fn word(number: u64, salt: u64) -> String {
    const SYLLABLES: [&str; 24] = [
        "ma", "ri", "jo", "an", "el", "ka", "to", "be", "ro", "li", "sa", "ne", "th", "or", "en", "da", "vi", "mi",
        "che", "ber", "son", "ton", "ley", "ste",
    ];
    let mut numbers = Numbers(number * 31 + salt);
    (0..2 + numbers.below(3)).map(|_| SYLLABLES[numbers.below(24) as usize]).collect()
}

/// With a slip of the keyboard now and then.
fn typed(text: String, numbers: &mut Numbers) -> String {
    let mut letters = text.into_bytes();
    if numbers.below(10) == 0 && letters.len() > 2 {
        let place = 1 + numbers.below(letters.len() as u64 - 2) as usize;
        match numbers.below(3) {
            0 => letters[place] = b'a' + numbers.below(26) as u8,
            1 => letters.swap(place, place + 1),
            _ => drop(letters.remove(place)),
        }
    }
    String::from_utf8(letters).unwrap_or_default()
}

const KINDS: [FieldKind; 8] = [
    FieldKind::GivenName,
    FieldKind::FamilyName,
    FieldKind::BirthDate,
    FieldKind::Phone,
    FieldKind::Email,
    FieldKind::Address,
    FieldKind::City,
    FieldKind::PostalCode,
];

fn people(count: u64) -> TableRecords {
    let mut numbers = Numbers(7);
    let mut columns: Vec<TextColumn> = (0..9).map(|_| TextColumn::with_capacity(count as usize)).collect();
    for record in 0..count {
        // Four records a person on average: what is the person's follows from its number.
        let mut person = Numbers(record / 4);
        let (given, family) = (word(person.skewed(5000), 1), word(person.skewed(80_000), 2));
        let birth = format!("{}-{:02}-{:02}", 1930 + person.below(80), 1 + person.below(12), 1 + person.below(28));
        let phone = format!("555{:07}", person.below(10_000_000));
        let place = person.skewed(3000);
        let street = format!("{} {} street", 1 + person.below(200), word(person.skewed(30_000), 3));
        let texts = [
            format!("{record:09}"),
            typed(given.clone(), &mut numbers),
            typed(family.clone(), &mut numbers),
            typed(birth, &mut numbers),
            typed(phone, &mut numbers),
            typed(format!("{given}.{family}{}@example.com", person.below(100)), &mut numbers),
            typed(street, &mut numbers),
            typed(word(place, 4), &mut numbers),
            format!("{:04}", 1000 + place),
        ];
        for (column, text) in columns.iter_mut().zip(texts) {
            column.push(
                (column.is_empty() || numbers.below(20) != 0 || text.len() == 9 && text.starts_with('0'))
                    .then_some(&text),
            );
        }
    }
    let mut columns = columns.into_iter();
    TableRecords { key: columns.next().unwrap_or_default(), fields: columns.map(|column| vec![column]).collect() }
}

fn comparisons() -> Vec<Comparison> {
    let comparison = |fields: &[usize], tests: &[Test]| Comparison {
        name: String::new(),
        fields: fields.to_vec(),
        missing: onefold_kernels::linkage::Missing::First,
        shared: None,
        levels: tests
            .iter()
            .cloned()
            .chain([Test::Else])
            .map(|test| Level { test, m: None, u: None, term_frequency: 0.0 })
            .collect(),
    };
    vec![
        comparison(
            &[0, 1],
            &[Test::Exact, Test::JaroWinkler(0.92), Test::Nickname, Test::Swapped, Test::JaroWinkler(0.8)],
        ),
        comparison(&[1], &[Test::Exact, Test::JaroWinkler(0.92), Test::Damerau(1), Test::JaroWinkler(0.8)]),
        comparison(
            &[2],
            &[Test::Exact, Test::DigitSlip, Test::DayMonthSwapped, Test::TwoPartsEqual, Test::WithinYears(1)],
        ),
        comparison(&[3], &[Test::Exact, Test::Suffix(7), Test::Damerau(1)]),
        comparison(&[4], &[Test::Exact, Test::EmailUser, Test::JaroWinkler(0.9)]),
        comparison(&[5], &[Test::Exact, Test::NumbersEqual, Test::Tokens(0.7), Test::Similarity(0.7)]),
        comparison(&[6], &[Test::Exact, Test::JaroWinkler(0.9)]),
        comparison(&[7], &[Test::Exact, Test::Damerau(1), Test::Prefix(2)]),
    ]
}

/// Seconds this thread has run: another program on the machine does not count. Where the system does not say, the clock.
fn seconds(since: Instant) -> f64 {
    let own = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let own = own.and_then(|all| all.split(' ').next()?.parse::<f64>().ok());
    own.map_or_else(|| since.elapsed().as_secs_f64(), |nanoseconds| nanoseconds / 1e9)
}

#[allow(clippy::print_stdout, reason = "an example prints")]
fn main() {
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(200_000);
    let made = people(count);
    let fields: Vec<Field> = KINDS.iter().map(|&kind| Field { name: format!("{kind:?}"), kind }).collect();
    let begin = Instant::now();
    let start = Instant::now();
    let records = Records::encode(&fields, std::slice::from_ref(&made));
    println!("encode {count} records x {} fields: {:.2} s", fields.len(), start.elapsed().as_secs_f64());
    let rule = |parts: &[(usize, KeyForm)]| BlockingRule {
        parts: parts.iter().map(|&(field, form)| KeyPart { field, form }).collect(),
    };
    for (name, rule) in [
        ("family", rule(&[(1, KeyForm::Phonetic), (2, KeyForm::Year)])),
        ("birth date", rule(&[(2, KeyForm::Exact)])),
        ("city", rule(&[(6, KeyForm::Exact), (0, KeyForm::Prefix(1))])),
    ] {
        let start = Instant::now();
        let mut keys = block_keys(&records, &rule);
        println!("keys of {name}: {} in {:.3} s", keys.len(), start.elapsed().as_secs_f64());
        keys.sort_unstable();
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        for block in keys.chunk_by(|a, b| a.0 == b.0) {
            for (place, a) in block.iter().enumerate() {
                pairs.extend(block[place + 1..].iter().take(40).map(|b| (a.1, b.1)));
            }
        }
        pairs.truncate(6_000_000);
        let all = comparisons();
        for from in 0..=all.len() {
            // All, then one alone.
            let some = if from == 0 { &all[..] } else { &all[from - 1..from] };
            let start = seconds(begin);
            let mut comparer = Comparer::new(&records, some);
            let mut sum = 0_u64;
            for &(a, b) in &pairs {
                sum = sum.wrapping_mul(31).wrapping_add(comparer.compare(a, b).0);
            }
            let seconds = seconds(begin) - start;
            let name =
                if from == 0 { format!("{} comparisons", all.len()) } else { format!("only {:?}", KINDS[from - 1]) };
            println!(
                "  {name}: {} pairs, {:.2} M pairs/s/core, sum {sum:016x}",
                pairs.len(),
                pairs.len() as f64 / seconds / 1e6
            );
        }
    }
}
