//! E-mails, phones, identifiers and postal codes.

use super::{one_letter, words};

/// Who gets mail for nobody, without what is no letter. Sorted.
const NOBODY: [&str; 16] = [
    "abc",
    "anonymous",
    "asdf",
    "donotreply",
    "dummy",
    "example",
    "na",
    "nobody",
    "noemail",
    "nomail",
    "none",
    "noreply",
    "null",
    "test",
    "unknown",
    "user",
];

/// In lower case without what surrounds it; missing when it is nobody's.
pub(super) fn email(text: &str) -> Option<String> {
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    let text = text.rsplit_once('<').map_or(text, |(_, address)| address.trim_end_matches('>'));
    let mut found: String =
        text.chars().filter(|letter| letter.is_ascii_graphic()).map(|letter| letter.to_ascii_lowercase()).collect();
    found.truncate(found.trim_end_matches(['.', ',', ';']).len());
    let user: String =
        found.split('@').next().unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).collect();
    let known = !user.is_empty() && !one_letter(&user) && NOBODY.binary_search(&&*user).is_err();
    known.then_some(found)
}

/// Digits. `00` or `+` before the country's code and what follows a letter (an extension) are left out.
pub(super) fn phone(text: &str) -> Option<String> {
    let from = text.find(|letter: char| letter.is_ascii_digit())?;
    let international = text[..from].contains('+');
    let text = &text[from..];
    let number = text.split(|letter: char| letter.is_ascii_alphabetic() || letter == '#').next().unwrap_or(text);
    let number = if international { number.replace("(0)", "") } else { number.to_owned() };
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.strip_prefix("00").unwrap_or(&digits);
    (digits.len() > 4 && !made_up(digits)).then(|| digits.to_owned())
}

/// Letters and digits, upper case; missing when all are the same or count on.
pub(super) fn identifier(text: &str) -> Option<String> {
    let found = letters_and_digits(text);
    let nothing = found.bytes().all(|letter| letter == b'0') || (found.len() > 4 && made_up(&found));
    (!nothing && words(text) != "n a").then_some(found)
}

/// Letters and digits, upper case.
pub(super) fn postal_code(text: &str) -> Option<String> {
    let found = letters_and_digits(text);
    (!one_letter(&found) || found.bytes().any(|letter| (b'1'..=b'9').contains(&letter))).then_some(found)
}

fn letters_and_digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect()
}

/// All the same, or `12345…`.
fn made_up(text: &str) -> bool {
    one_letter(text) || "12345678901234567890".starts_with(text) || "01234567890".starts_with(text)
}

#[cfg(test)]
pub(super) fn tables_are_sorted() -> bool {
    NOBODY.is_sorted()
}
