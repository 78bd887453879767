//! Names of people and organisations.

use super::{one_letter, words};

/// Sorted.
const TITLES: [&str; 26] = [
    "capt",
    "dame",
    "dipl",
    "doctor",
    "dr",
    "frau",
    "hon",
    "ing",
    "lady",
    "lord",
    "madam",
    "master",
    "mevr",
    "miss",
    "mister",
    "mme",
    "mr",
    "mrs",
    "ms",
    "mx",
    "phd",
    "prof",
    "professor",
    "rev",
    "sir",
    "sra",
];
/// Sorted.
const NOBODY: [&str; 15] = [
    "baby",
    "baby boy",
    "baby girl",
    "babyboy",
    "babygirl",
    "boy",
    "child",
    "first name",
    "girl",
    "infant",
    "last name",
    "male infant",
    "newborn",
    "no surname",
    "surname",
];
/// Written forms of suffixes, and the one that is kept. Sorted.
const SUFFIXES: [(&str, &str); 17] = [
    ("1st", "i"),
    ("2", "ii"),
    ("2nd", "ii"),
    ("3", "iii"),
    ("3rd", "iii"),
    ("4", "iv"),
    ("4th", "iv"),
    ("5th", "v"),
    ("i", "i"),
    ("ii", "ii"),
    ("iii", "iii"),
    ("iv", "iv"),
    ("jnr", "jr"),
    ("jr", "jr"),
    ("junior", "jr"),
    ("senior", "sr"),
    ("sr", "sr"),
];
/// Legal forms of organisations, left out at the end. Sorted.
const LEGAL: [&str; 28] = [
    "ab",
    "ag",
    "as",
    "bv",
    "co",
    "company",
    "corp",
    "corporation",
    "gmbh",
    "inc",
    "incorporated",
    "kg",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "mbh",
    "nv",
    "oy",
    "plc",
    "pte",
    "pty",
    "sa",
    "sarl",
    "sas",
    "spa",
    "srl",
];

/// A given, middle or family name: its words, without titles.
pub(super) fn name(text: &str) -> Option<String> {
    let all = words(text);
    let title = |word: &str| TITLES.binary_search(&word).is_ok();
    let mut from = 0;
    while let Some((first, rest)) = all[from..].split_once(' ').filter(|(first, _)| title(first)) {
        debug_assert!(!rest.is_empty());
        from += first.len() + 1;
    }
    let found = if from == 0 { all } else { all[from..].to_owned() };
    (!one_letter(&found) && NOBODY.binary_search(&&*found).is_err()).then_some(found)
}

/// A whole name: its words, without titles; `Smith, John` is `John Smith`.
pub(super) fn full_name(text: &str) -> Option<String> {
    match text.split_once(',') {
        Some((last, first)) if !first.contains(',') && suffix_of(&words(first)).is_none() => {
            name(&format!("{first} {last}"))
        }
        _ => name(text),
    }
}

/// Jr, Sr, III.
pub(super) fn suffix(text: &str) -> Option<String> {
    let found = words(text);
    Some(suffix_of(&found).map_or(found, str::to_owned))
}

/// Few different values: words, and the one letter of `male` and `female`.
pub(super) fn category(text: &str) -> Option<String> {
    let found = words(text);
    Some(match &*found {
        "male" => "m".to_owned(),
        "female" => "f".to_owned(),
        // Signs alone, as `+` and `-`.
        "" if text.len() < 3 && text != "-" && text != "?" => text.to_owned(),
        _ => found,
    })
}

/// An organisation: its words, without its legal form and `the`.
pub(super) fn organization(text: &str) -> Option<String> {
    let mut found = words(&text.replace('&', " and ").replace('.', ""));
    while let Some(rest) =
        found.rsplit_once(' ').filter(|(_, last)| LEGAL.binary_search(last).is_ok()).map(|(rest, _)| rest.len())
    {
        found.truncate(rest);
    }
    if let Some(rest) = found.strip_prefix("the ") {
        found = rest.to_owned();
    }
    Some(found)
}

fn suffix_of(words: &str) -> Option<&'static str> {
    SUFFIXES.binary_search_by(|(form, _)| (*form).cmp(words)).ok().map(|place| SUFFIXES[place].1)
}

#[cfg(test)]
pub(super) fn tables_are_sorted() -> bool {
    TITLES.is_sorted() && NOBODY.is_sorted() && SUFFIXES.is_sorted() && LEGAL.is_sorted()
}
