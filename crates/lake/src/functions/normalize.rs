//! Normalize: what rules do to texts before they compare them.
//!
//! Not here: what each does (`onefold_kernels::normalize`).

use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewBuilder};
use arrow::datatypes::DataType as Arrow;
use onefold_kernels::normalize;

use super::{Argument, Function, Kind};

/// A function of one text.
macro_rules! normalizers {
    ($($name:literal => $function:path,)*) => {
        &[
            $(Function {
                name: $name,
                takes: &[Kind::Text],
                gives: || Arrow::Utf8View,
                call: |arguments| each(&arguments[0], $function),
            },)*
            Function {
                name: "normalize_phone",
                takes: &[Kind::Text, Kind::Text],
                gives: || Arrow::Utf8View,
                call: |arguments| {
                    let mut phones = StringViewBuilder::with_capacity(arguments[0].rows());
                    for (text, home) in arguments[0].texts().zip(arguments[1].texts()) {
                        phones.append_option(text.zip(home).map(|(text, home)| normalize::phone(text, home)));
                    }
                    Arc::new(phones.finish())
                },
            },
        ]
    };
}

pub(super) const FUNCTIONS: &[Function] = normalizers! {
    "normalize_numerals" => normalize::numerals,
    "normalize_symbols" => normalize::symbols,
    "normalize_lowercase" => normalize::lowercase,
    "normalize_whitespace" => normalize::whitespace,
    "normalize_trim" => normalize::trim,
    "normalize_digits" => normalize::digits,
    "normalize_ascii" => normalize::ascii,
    "normalize_name" => normalize::name,
    "normalize_address" => normalize::address,
    "normalize_organization" => normalize::organization,
};

fn each(texts: &Argument, function: fn(&str) -> String) -> ArrayRef {
    let mut all = StringViewBuilder::with_capacity(texts.rows());
    texts.texts().for_each(|text| all.append_option(text.map(function)));
    Arc::new(all.finish())
}
