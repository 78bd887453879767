//! Words: lists of words and what stands for them.
//!
//! Flow     a text: lines of a word and the words for which it stands ─ a map ─ texts, word by word

use rustc_hash::FxHashMap;

/// What stands for a word, by word.
pub(super) type Words = FxHashMap<&'static str, &'static str>;

/// Reads lines of a word and the words for which it stands. The first that names a word has it.
pub(super) fn read(lines: &'static str) -> Words {
    let mut words = Words::default();
    for line in lines.lines().filter(|line| !line.starts_with('#')) {
        let mut all = line.split_whitespace();
        let Some(stands) = all.next() else { continue };
        words.insert(stands, stands);
        all.for_each(|word| _ = words.entry(word).or_insert(stands));
    }
    words
}

/// The words of a text: what lies between white space and commas, in lower case, one space between them; each put
/// through `change`, which leaves it out by `None`.
pub(super) fn each(text: &str, mut change: impl FnMut(&str) -> Option<String>) -> String {
    let lower = text.to_lowercase();
    let mut all = String::with_capacity(lower.len());
    for word in lower.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()) {
        let Some(word) = change(word) else { continue };
        if !all.is_empty() && !word.is_empty() {
            all.push(' ');
        }
        all.push_str(&word);
    }
    all
}

/// A word without dots and apostrophes at its ends or between single letters: `st.`, `n.w.`, `s.p.a.`.
pub(super) fn bare(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '.' | '\'' | '\u{2019}' | '(' | ')' | '"')).collect()
}
