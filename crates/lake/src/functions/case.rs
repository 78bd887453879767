//! Case: texts compared whatever the case of their letters.
//!
//! Invariants
//! - The answers are those of `ilike`: letters outside ASCII that fold to one inside are it.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, BooleanArray, BooleanBuilder, StringViewArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::DataType as Arrow;

use super::{Argument, Function, Kind};

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "equals_ignoring_case",
    takes: &[Kind::Text, Kind::Text],
    gives: || Arrow::Boolean,
    call: |arguments| Arc::new(same(&arguments[0], &arguments[1])) as ArrayRef,
}];

fn same(texts: &Argument, words: &Argument) -> BooleanArray {
    if let (Some(views), Some(Some(word))) = (texts.views(), words.constant()) {
        return same_as(views, word);
    }
    let mut same = BooleanBuilder::with_capacity(texts.rows());
    for (text, word) in texts.texts().zip(words.texts()) {
        same.append_option(text.zip(word).map(|(text, word)| equal(text, word)));
    }
    same.finish()
}

/// Bytes of a text that a view holds itself; the length stands before them.
const INLINE: usize = 12;
/// Every byte of a view one, and the highest bit of each byte of its text.
const ONES: u128 = u128::MAX / 255;
const HIGH: u128 = (ONES << 7) & !0xffff_ffff;

/// Whether each text is one word. Most texts are short: all their letters are folded at once.
fn same_as(texts: &StringViewArray, word: &str) -> BooleanArray {
    let wanted = (word.len() <= INLINE && word.is_ascii()).then(|| folded_view(view_of(word)));
    let views = texts.views();
    let same = BooleanBuffer::collect_bool(views.len(), |row| {
        let view = views[row];
        if view as u32 <= INLINE as u32 && view & HIGH == 0 {
            wanted == Some(folded_view(view))
        } else {
            texts.is_valid(row) && equal(texts.value(row), word)
        }
    });
    BooleanArray::new(same, texts.nulls().cloned())
}

/// The view of a short text: its length, and its bytes.
fn view_of(word: &str) -> u128 {
    let mut bytes = [0; 16];
    bytes[0] = word.len() as u8;
    bytes[4..4 + word.len()].copy_from_slice(word.as_bytes());
    u128::from_le_bytes(bytes)
}

/// A view of ASCII with small letters in the place of capitals. A length is no letter.
fn folded_view(view: u128) -> u128 {
    let from_a = view + ONES * u128::from(0x80 - b'A');
    let past_z = view + ONES * u128::from(0x7f - b'Z');
    let capitals = (from_a ^ past_z) & (ONES << 7);
    view | capitals >> 2
}

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

    use super::{equal, same_as};

    #[test]
    fn answers_are_those_of_ilike() {
        let every: String = (1..=127_u8).map(char::from).collect();
        let long = "A Text of More than Twelve Letters";
        let mut texts: Vec<&str> =
            every.as_bytes().chunks(7).map(|few| std::str::from_utf8(few).expect("ASCII")).collect();
        texts.extend(["", "noshow", "NoShow", "NOSHOW ", "no-show", "no\u{17f}how", "\u{212a}ey", "key", "KEY", "kéy"]);
        texts.extend([
            "nöshow",
            "ABCDEFGHIJKL",
            "abcdefghijklm",
            long,
            "a text of more than twelve letters",
            "[\\]^",
            "{|}~",
        ]);
        let words = ["", "noshow", "NOSHOW", "key", "Key", "abcdefghijkl", "ABCDEFGHIJKLM", long, "@[`{", "`abc"];
        let folded: Vec<String> = texts.iter().map(|text| text.to_lowercase()).filter(|text| text.is_ascii()).collect();
        let plain = |word: &&str| !word.contains(['%', '_', '\\']);
        for word in words.into_iter().chain(folded.iter().map(String::as_str)).filter(plain) {
            let all = StringViewArray::from_iter_values(&texts);
            let pattern = Scalar::new(StringViewArray::from_iter_values([word]));
            let expected = ilike(&all, &pattern).expect("texts");
            let at_once = same_as(&all, word);
            for ((text, expected), at_once) in texts.iter().zip(expected.iter()).zip(at_once.iter()) {
                assert_eq!(Some(equal(text, word)), expected, "`{text}` ilike `{word}`");
                assert_eq!(at_once, expected, "`{text}` ilike `{word}`, at once");
            }
        }
    }

    #[test]
    fn what_is_unknown_stays_unknown() {
        let texts: StringViewArray =
            [Some("noshow"), None, Some("a text of more than twelve letters"), None].into_iter().collect();
        let found: Vec<Option<bool>> = same_as(&texts, "NoShow").iter().collect();
        assert_eq!(found, [Some(true), None, Some(false), None]);
    }
}
