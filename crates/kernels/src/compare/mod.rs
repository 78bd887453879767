//! Compare: how near two texts, dates or places are. Plain functions.
//!
//! Flow     two normalised texts ─ a distance or a similarity
//!
//! Invariants
//! - Symmetric: the order of the two never matters, not even in the last bit.
//! - Texts are bytes of ASCII (`linkage::values` makes them so): a byte is a letter.
//!
//! Not here: what values are normalised to (`linkage::values`), levels (`linkage::compare`).
//! To add a measure: one file or function here, an arm in `linkage::compare`.

mod dates;
mod edits;
mod jaro;
mod letters;
mod nicknames;
mod points;
mod sets;
mod sound;

pub use dates::{day_number, slip, swapped, two_parts_equal, year};
pub use edits::{levenshtein, levenshtein_near, levenshtein_within, osa, osa_near, osa_within};
pub use jaro::{jaro_bound, jaro_winkler, jaro_winkler_from};
pub use letters::{DIGITS, Places, SPACE, letters};
pub use nicknames::{first_form, forms_of_one_name, is_given_name};
pub use points::kilometres;
pub use sets::{ONE_WORD, bigram_jaccard, jaccard_bound, numbers_equal, token_overlap};
pub use sound::{Sound, sound};
