//! Phone: telephone numbers as digits, their country code in one form.
//!
//! Flow     digits of any script ─ up to a letter behind them (an extension) ─ the way abroad (`+`, `00`) and zeros before the
//!          country code dropped ─ the trunk prefix after it dropped ─ a country code added where a country is given
//!
//! Invariants
//! - `+01`, `+1` and `1` before a number are one country code.
//! - A number with a country code and one without differ, unless a country is given for those without.
//!
//! Not here: whether there is such a number.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// How numbers are dialled in a country.
#[derive(Clone, Copy)]
struct Country {
    code: &'static str,
    trunk: &'static str,
    least: usize,
    most: usize,
    abroad: &'static str,
}

static COUNTRIES: LazyLock<FxHashMap<&'static str, Country>> = LazyLock::new(|| {
    let lines = include_str!("phones.txt").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(country).collect()
});

/// Trunk prefixes by calling code, of the codes all of whose countries have one of zeros.
static TRUNKS: LazyLock<FxHashMap<&'static str, Option<&'static str>>> = LazyLock::new(|| {
    let mut trunks: FxHashMap<&str, Option<&str>> = FxHashMap::default();
    for country in COUNTRIES.values() {
        let trunk = Some(country.trunk).filter(|trunk| *trunk == "0");
        let known = trunks.entry(country.code).or_insert(trunk);
        if *known != trunk {
            *known = None;
        }
    }
    trunks
});

fn country(line: &'static str) -> Option<(&'static str, Country)> {
    let mut words = line.split(' ');
    let mut next = || words.next();
    let (name, code, trunk) = (next()?, next()?, next()?);
    let (least, most, abroad) = (next()?.parse().ok()?, next()?.parse().ok()?, next()?);
    Some((name, Country { code, trunk: if trunk == "-" { "" } else { trunk }, least, most, abroad }))
}

/// Whether numbers of a country of these two letters are known.
pub fn is_country(letters: &str) -> bool {
    COUNTRIES.contains_key(letters.to_ascii_uppercase().as_str())
}

/// A telephone number as digits. `home`: the country, two letters, of numbers that name none; empty or unknown: they keep
/// none.
pub fn phone(text: &str, home: &str) -> String {
    let (digits, mut abroad) = dialled(text);
    let home = COUNTRIES.get(home.to_ascii_uppercase().as_str());
    let mut rest = digits.as_str();
    if let Some(after) = home.map(|home| home.abroad).filter(|way| *way != "00").and_then(|way| rest.strip_prefix(way))
    {
        // A number that is too long to be the country's own.
        if !abroad && home.is_some_and(|home| rest.len() > home.most + home.trunk.len()) {
            (abroad, rest) = (true, after);
        }
    }
    if !abroad && rest.len() > 2 && rest.starts_with("00") {
        abroad = true;
    }
    if abroad {
        return without_trunk(rest.trim_start_matches('0'));
    }
    match home {
        Some(home) => at_home(rest, *home),
        None => rest.to_owned(),
    }
}

/// The digits up to a letter or `#` behind them, and whether the number says that it begins with a country code.
fn dialled(text: &str) -> (String, bool) {
    let plain = super::numerals(text);
    let (mut digits, mut abroad) = (String::with_capacity(plain.len()), false);
    let mut rest = plain.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '0'..='9' => digits.push(c),
            '+' | '＋' if digits.is_empty() => abroad = true,
            // The trunk prefix between parentheses: `+44 (0)20 …`.
            '(' if abroad && !digits.is_empty() => {
                let mut ahead = rest.clone();
                if ahead.next() == Some('0') && ahead.next() == Some(')') {
                    rest = ahead;
                }
            }
            c if (c.is_alphabetic() || c == '#') && !digits.is_empty() => break,
            _ => {}
        }
    }
    (digits, abroad)
}

/// A number that begins with its country code, without the trunk prefix behind that code.
fn without_trunk(number: &str) -> String {
    for length in 1..=3.min(number.len()) {
        let (code, rest) = number.split_at(length);
        if let Some(trunk) = TRUNKS.get(code) {
            let rest = trunk.and_then(|trunk| rest.strip_prefix(trunk)).unwrap_or(rest);
            return format!("{code}{rest}");
        }
    }
    number.to_owned()
}

/// A number of a country, with its code.
fn at_home(number: &str, home: Country) -> String {
    if number.is_empty() {
        return String::new();
    }
    let own = |length: usize| (home.least..=home.most).contains(&length);
    if let Some(rest) = number.strip_prefix(home.code)
        && own(rest.len())
        && (number.len() > home.most || home.code == home.trunk)
    {
        return format!("{}{rest}", home.code);
    }
    let rest = if home.trunk.is_empty() { number } else { number.strip_prefix(home.trunk).unwrap_or(number) };
    let rest = if own(rest.len()) || home.trunk == "0" { rest } else { number };
    format!("{}{rest}", home.code)
}
