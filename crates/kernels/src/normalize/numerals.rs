//! Numerals: digits and numbers of all scripts as Arabic digits.
//!
//! Not here: roman numerals written with letters (`VIII`): they may be words.

/// Runs of characters that stand for whole numbers one after the other: the first, how many, the first's number.
const RUNS: &[(u32, u32, u32)] = &[
    (0xb2, 2, 2),
    (0xb9, 1, 1),
    (0x660, 10, 0),
    (0x6f0, 10, 0),
    (0x7c0, 10, 0),
    (0x966, 10, 0),
    (0x9e6, 10, 0),
    (0x9f9, 1, 16),
    (0xa66, 10, 0),
    (0xae6, 10, 0),
    (0xb66, 10, 0),
    (0xbe6, 11, 0),
    (0xbf1, 1, 100),
    (0xbf2, 1, 1000),
    (0xc66, 10, 0),
    (0xc78, 4, 0),
    (0xc7c, 3, 1),
    (0xce6, 10, 0),
    (0xd66, 11, 0),
    (0xd71, 1, 100),
    (0xd72, 1, 1000),
    (0xde6, 10, 0),
    (0xe50, 10, 0),
    (0xed0, 10, 0),
    (0xf20, 10, 0),
    (0x1040, 10, 0),
    (0x1090, 10, 0),
    (0x1369, 10, 1),
    (0x1373, 1, 20),
    (0x1374, 1, 30),
    (0x1375, 1, 40),
    (0x1376, 1, 50),
    (0x1377, 1, 60),
    (0x1378, 1, 70),
    (0x1379, 1, 80),
    (0x137a, 1, 90),
    (0x137b, 1, 100),
    (0x137c, 1, 10000),
    (0x16ee, 3, 17),
    (0x17e0, 10, 0),
    (0x17f0, 10, 0),
    (0x1810, 10, 0),
    (0x1946, 10, 0),
    (0x19d0, 10, 0),
    (0x19da, 1, 1),
    (0x1a80, 10, 0),
    (0x1a90, 10, 0),
    (0x1b50, 10, 0),
    (0x1bb0, 10, 0),
    (0x1c40, 10, 0),
    (0x1c50, 10, 0),
    (0x2070, 1, 0),
    (0x2074, 6, 4),
    (0x2080, 10, 0),
    (0x215f, 1, 1),
    (0x2160, 12, 1),
    (0x216c, 1, 50),
    (0x216d, 1, 100),
    (0x216e, 1, 500),
    (0x216f, 1, 1000),
    (0x2170, 12, 1),
    (0x217c, 1, 50),
    (0x217d, 1, 100),
    (0x217e, 1, 500),
    (0x217f, 1, 1000),
    (0x2180, 1, 1000),
    (0x2181, 1, 5000),
    (0x2182, 1, 10000),
    (0x2185, 1, 6),
    (0x2186, 1, 50),
    (0x2187, 1, 50000),
    (0x2188, 1, 100000),
    (0x2189, 1, 0),
    (0x2460, 20, 1),
    (0x2474, 20, 1),
    (0x2488, 20, 1),
    (0x24ea, 1, 0),
    (0x24eb, 10, 11),
    (0x24f5, 10, 1),
    (0x24ff, 1, 0),
    (0x2776, 10, 1),
    (0x2780, 10, 1),
    (0x278a, 10, 1),
    (0x3007, 1, 0),
    (0x3021, 9, 1),
    (0x3038, 1, 10),
    (0x3039, 1, 20),
    (0x303a, 1, 30),
    (0x3192, 4, 1),
    (0x3220, 10, 1),
    (0x3248, 1, 10),
    (0x3249, 1, 20),
    (0x324a, 1, 30),
    (0x324b, 1, 40),
    (0x324c, 1, 50),
    (0x324d, 1, 60),
    (0x324e, 1, 70),
    (0x324f, 1, 80),
    (0x3251, 15, 21),
    (0x3280, 10, 1),
    (0x32b1, 15, 36),
    (0xa620, 10, 0),
    (0xa6e6, 9, 1),
    (0xa6ef, 1, 0),
    (0xa8d0, 10, 0),
    (0xa900, 10, 0),
    (0xa9d0, 10, 0),
    (0xa9f0, 10, 0),
    (0xaa50, 10, 0),
    (0xabf0, 10, 0),
    (0xff10, 10, 0),
    (0x104a0, 10, 0),
    (0x1d7ce, 10, 0),
    (0x1d7d8, 10, 0),
    (0x1d7e2, 10, 0),
    (0x1d7ec, 10, 0),
    (0x1d7f6, 10, 0),
    (0x1e140, 10, 0),
    (0x1e2f0, 10, 0),
    (0x1f100, 1, 0),
    (0x1f101, 10, 0),
    (0x1f10b, 1, 0),
    (0x1f10c, 1, 0),
    (0x1fbf0, 10, 0),
];

/// A text with each character that stands for a whole number as Arabic digits: `❽`, `Ⅷ`, `８` and `٨` as `8`, `Ⅻ` as `12`.
pub fn numerals(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut all = String::with_capacity(text.len());
    for c in text.chars() {
        match number(c) {
            Some(number) => all.push_str(&number.to_string()),
            None => all.push(c),
        }
    }
    all
}

/// The whole number that a character stands for; none for the digits 0 to 9, which are as they should be.
fn number(c: char) -> Option<u32> {
    let code = u32::from(c);
    if c.is_ascii() {
        return None;
    }
    let after = RUNS.partition_point(|&(from, ..)| from <= code);
    let (from, count, first) = *RUNS.get(after.checked_sub(1)?)?;
    (code < from + count).then_some(first + (code - from))
}
