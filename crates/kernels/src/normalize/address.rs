//! Address: words of addresses as the post abbreviates them.
//!
//! The list is that of Publication 28 of the United States Postal Service (directions, suffixes of streets, units), with what is
//! usual in the other countries that write in English, German, French and Spanish.

use std::sync::LazyLock;

use super::words::{self, Words, bare};

static WORDS: LazyLock<Words> = LazyLock::new(|| words::read(include_str!("addresses.txt")));

/// An address in lower case with its words abbreviated: `12 Main Street, North-West` as `12 main st nw`; commas and dots dropped.
pub fn address(text: &str) -> String {
    words::each(text, |word| {
        let plain = bare(word);
        let plain = plain.trim_start_matches(['#', '-']).trim_end_matches('-');
        let joined: String = plain.chars().filter(|c| *c != '-').collect();
        Some(match WORDS.get(plain).or_else(|| WORDS.get(joined.as_str())) {
            Some(short) => (*short).to_owned(),
            None => plain.to_owned(),
        })
    })
}
