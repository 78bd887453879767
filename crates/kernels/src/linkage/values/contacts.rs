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

/// What is before the `@`.
pub(super) fn email_user(text: &str) -> Option<String> {
    let user = email(text)?.split('@').next()?.trim_end_matches(['.', ',', ';']).to_owned();
    (!user.is_empty()).then_some(user)
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

/// The letters that a British postcode begins with.
pub(super) fn postal_area(text: &str) -> Option<String> {
    let found: String = text.chars().take_while(char::is_ascii_alphabetic).take(2).collect();
    (!found.is_empty()).then(|| found.to_ascii_uppercase())
}

/// The first half of a British postcode, whether a space follows it or not.
pub(super) fn postal_district(text: &str) -> Option<String> {
    let all = letters_and_digits(text);
    if is_postcode(all.as_bytes()) {
        return Some(all[..all.len() - 3].to_owned());
    }
    let first = letters_and_digits(text.split(|letter: char| !letter.is_ascii_alphanumeric()).next()?);
    let letters = postal_area(&first)?.len();
    let digit = first.as_bytes().get(letters).is_some_and(u8::is_ascii_digit);
    digit.then(|| first[..first.len().min(letters + 2)].to_owned())
}

/// The first half and a digit more.
pub(super) fn postal_sector(text: &str) -> Option<String> {
    let all = letters_and_digits(text);
    if is_postcode(all.as_bytes()) {
        return Some(format!("{} {}", &all[..all.len() - 3], &all[all.len() - 3..all.len() - 2]));
    }
    let (first, rest) = text.split_once(' ')?;
    let district = postal_district(first).filter(|district| district.len() == first.len())?;
    let digit = rest.chars().next().filter(char::is_ascii_digit)?;
    Some(format!("{district} {digit}"))
}

/// One letter or two, a digit, another or a letter, a digit and two letters.
fn is_postcode(text: &[u8]) -> bool {
    let letters = text.iter().take_while(|letter| letter.is_ascii_alphabetic()).count();
    let (Some(first), Some(last)) = (text.get(letters..), text.len().checked_sub(3)) else { return false };
    (1..=2).contains(&letters)
        && (last == letters + 1 || last == letters + 2)
        && first[0].is_ascii_digit()
        && text[last].is_ascii_digit()
        && text[last + 1..].iter().all(u8::is_ascii_alphabetic)
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
