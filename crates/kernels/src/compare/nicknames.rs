//! Nicknames: which given names are forms of one.
//!
//! Invariants
//! - Two names are forms of one when one is a short form of the other, or both are of a third. This does not carry
//!   on: `al` is a form of `alan` and of `alfred`, which are two names.

use rustc_hash::FxHashMap;
use std::sync::LazyLock;

/// The names that a name is a form of, itself among them when it has forms; sorted.
static NAMES: LazyLock<FxHashMap<&'static str, Vec<u16>>> = LazyLock::new(|| {
    let mut names: FxHashMap<&str, Vec<u16>> = FxHashMap::default();
    for (place, line) in lines().enumerate() {
        for name in line.split(' ') {
            names.entry(name).or_default().push(place as u16);
        }
    }
    names
});

/// The full names, and how many forms each has.
static FULL: LazyLock<Vec<(&'static str, usize)>> = LazyLock::new(|| {
    lines().map(|line| (line.split(' ').next().unwrap_or_default(), line.split(' ').count())).collect()
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

/// One name for all forms: the one with most forms of those it is a form of; itself when it is of none. Of a name of
/// several words that of the first.
pub fn first_form(name: &str) -> &str {
    let first = parts(name).0;
    let full = NAMES.get(first).into_iter().flatten().map(|&place| FULL[place as usize]);
    full.max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0))).map_or(first, |(name, _)| name)
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
        // Every name has one, and it is one of its own.
        for (name, full) in NAMES.iter() {
            let form = first_form(name);
            assert!(full.iter().any(|&place| FULL[place as usize].0 == form), "{name} {form}");
        }
    }
}
