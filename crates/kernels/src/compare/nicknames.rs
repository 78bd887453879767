//! Nicknames: which given names are forms of one.
//!
//! Invariants
//! - Two names are forms of one when one is a short form of the other, or both are of a third. This does not carry
//!   on: `al` is a form of `alan` and of `alfred`, which are two names.

use rustc_hash::FxHashMap;
use std::sync::LazyLock;

/// By name the lines that have it, in order.
static NAMES: LazyLock<FxHashMap<&'static str, Vec<u16>>> = LazyLock::new(|| {
    let mut names: FxHashMap<&str, Vec<u16>> = FxHashMap::default();
    for (place, line) in lines().enumerate() {
        for name in line.split(' ') {
            names.entry(name).or_default().push(place as u16);
        }
    }
    names
});

fn lines() -> impl Iterator<Item = &'static str> {
    include_str!("nicknames.txt").lines().filter(|line| !line.starts_with('#'))
}

/// Whether both are forms of one name: equal, one short for the other, or both short for a third. Of a name of several
/// words the first counts when the other has one word, and when the other words are the same.
pub fn forms_of_one_name(a: &str, b: &str) -> bool {
    let ((first, rest), (other, others)) = (parts(a), parts(b));
    (rest.is_empty() || others.is_empty() || rest == others) && (first == other || share(first, other))
}

/// One name for all forms: of the names that a name is a form of the commonest with most forms, and that one's in turn;
/// itself when it is of none. Of a name of several words that of the first.
pub fn first_form(name: &str) -> &str {
    let first = parts(name).0;
    FIRST.get(first).copied().unwrap_or(first)
}

/// By name the one for all forms: the first line that has it, until that line begins with itself.
static FIRST: LazyLock<FxHashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let full: Vec<&str> = lines().filter_map(|line| line.split(' ').next()).collect();
    let step =
        |name: &'static str| NAMES.get(name).and_then(|lines| lines.first()).map_or(name, |&line| full[line as usize]);
    let last = |mut name: &'static str| {
        // Lines only become earlier: this ends.
        while step(name) != name {
            name = step(name);
        }
        name
    };
    NAMES.keys().map(|&name| (name, last(name))).collect()
});

/// Whether the first word of a text is a given name that has forms, in whatever case.
pub fn is_given_name(text: &str) -> bool {
    text.split_whitespace().next().is_some_and(|word| NAMES.contains_key(word.to_lowercase().as_str()))
}

fn parts(name: &str) -> (&str, &str) {
    name.split_once(' ').unwrap_or((name, ""))
}

fn share(a: &str, b: &str) -> bool {
    let (Some(a), Some(b)) = (NAMES.get(a), NAMES.get(b)) else { return false };
    a.iter().any(|name| b.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        for (a, b, one) in [
            ("bill", "william", true),
            ("bill", "will", true),
            ("bob", "robert", true),
            ("liz", "beth", true),
            ("alan", "alfred", false),
            ("john", "peter", false),
            ("xyzzy", "xyzzy", true),
            ("mary jane", "molly", true),
            ("mary jane", "mary ann", false),
        ] {
            assert_eq!(forms_of_one_name(a, b), one, "{a} {b}");
            assert_eq!(forms_of_one_name(b, a), one, "{b} {a}");
        }
    }

    #[test]
    fn one_form_for_all() {
        assert_eq!(first_form("liz"), first_form("elizabeth"));
        assert_eq!(first_form("xyzzy"), "xyzzy");
        assert_eq!(first_form("xyzzy foo"), "xyzzy");
        for (short, name) in [
            ("bill", "william"),
            ("bob", "robert"),
            ("jim", "james"),
            ("kate", "katherine"),
            ("dick", "richard"),
            ("peggy", "margaret"),
            ("mike", "michael"),
            ("dave", "david"),
            ("tom", "thomas"),
            ("jenny", "jennifer"),
        ] {
            assert_eq!(first_form(short), first_form(name), "{short}");
        }
        for name in NAMES.keys() {
            assert_eq!(first_form(first_form(name)), first_form(name), "{name}");
        }
    }
}
