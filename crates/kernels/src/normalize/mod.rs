//! Normalize: what is done to texts before rules compare them (2.3 of the reference). Pure functions on text.
//!
//! | function | does |
//! |---|---|
//! | [`numerals`] | digits of all scripts, circled, roman as one character: Arabic digits |
//! | [`symbols`] | drops what is no letter, mark, number or white space |
//! | [`lowercase`] | lower case |
//! | [`whitespace`] | drops all white space |
//! | [`trim`] | drops white space at the ends |
//! | [`digits`] | keeps the digits 0 to 9 |
//! | [`ascii`] | letters and signs of all scripts in ASCII |
//! | [`phone`] | a telephone number as digits, its country code in one form |
//! | [`name`] | forms of names and titles as one, in lower case |
//! | [`address`] | words of addresses abbreviated, in lower case |
//! | [`organization`] | without the words that organisations have in common, in lower case |
//!
//! Invariants
//! - Doing it twice gives what doing it once gives.
//! - A text of which nothing is left is empty; whoever compares takes that for none.
//!
//! Not here: lists that users bring (`alias`, `bypass`): they are joined; what records are encoded to for the model
//! (`linkage::values`).
//! To add a normaliser: a function here or in a file of its own, a row above, a row in `lake`'s functions, a word in
//! `onefold_model`.

mod address;
mod marks;
mod name;
mod numerals;
mod organization;
mod phone;
mod words;

pub use address::address;
pub use name::name;
pub use numerals::numerals;
pub use organization::organization;
pub use phone::{is_country, phone};

/// A text in lower case.
pub fn lowercase(text: &str) -> String {
    text.to_lowercase()
}

/// A text without what is no letter, mark, number or white space.
pub fn symbols(text: &str) -> String {
    text.chars().filter(|&c| c.is_alphanumeric() || c.is_whitespace() || marks::is_mark(c)).collect()
}

/// A text without white space.
pub fn whitespace(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// A text without white space at its ends.
pub fn trim(text: &str) -> String {
    text.trim().to_owned()
}

/// The digits 0 to 9 of a text.
pub fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// A text in ASCII: accents dropped, wide and circled letters plain, other scripts as they are spoken. An accent of its own goes with
/// its letter.
pub fn ascii(text: &str) -> String {
    any_ascii::any_ascii(text)
}

#[cfg(test)]
mod tests;
