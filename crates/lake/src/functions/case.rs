//! Case: texts compared whatever the case of their letters.
//!
//! Invariants
//! - The answers are those of `ilike`: letters outside ASCII that fold to one inside are it.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanBuilder};
use arrow::datatypes::DataType as Arrow;

use super::{Function, Kind};

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "equals_ignoring_case",
    takes: &[Kind::Text, Kind::Text],
    gives: || Arrow::Boolean,
    call: |arguments| {
        let mut same = BooleanBuilder::with_capacity(arguments[0].rows());
        for (text, word) in arguments[0].texts().zip(arguments[1].texts()) {
            same.append_option(text.zip(word).map(|(text, word)| equal(text, word)));
        }
        Arc::new(same.finish()) as ArrayRef
    },
}];

fn equal(text: &str, word: &str) -> bool {
    if text.len() == word.len() {
        return text.eq_ignore_ascii_case(word);
    }
    // Of other lengths they are equal only by letters that take more bytes than what they fold to.
    !text.is_ascii() && text.chars().map(folded).eq(word.chars().map(folded))
}

fn folded(letter: char) -> char {
    match letter {
        '\u{212a}' => 'k',
        '\u{17f}' => 's',
        _ => letter.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Scalar, StringViewArray};
    use arrow::compute::kernels::comparison::ilike;

    use super::equal;

    #[test]
    fn answers_are_those_of_ilike() {
        let texts =
            ["", "noshow", "NoShow", "NOSHOW ", "no-show", "no\u{17f}how", "\u{212a}ey", "key", "KEY", "kéy", "nöshow"];
        for word in ["", "noshow", "NOSHOW", "key", "Key"] {
            let all = StringViewArray::from_iter_values(texts);
            let pattern = Scalar::new(StringViewArray::from_iter_values([word]));
            let expected = ilike(&all, &pattern).expect("texts");
            for (text, expected) in texts.iter().zip(expected.iter()) {
                assert_eq!(Some(equal(text, word)), expected, "`{text}` ilike `{word}`");
            }
        }
    }
}
