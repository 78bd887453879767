//! Digest: a text's fingerprint.

use std::sync::Arc;

use arrow::array::StringViewBuilder;
use arrow::datatypes::DataType as Arrow;
use sha2::{Digest as _, Sha256};

use super::{Function, Kind};

const DIGITS: &[u8; 16] = b"0123456789abcdef";

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "sha256_hex",
    takes: &[Kind::Text],
    gives: || Arrow::Utf8View,
    call: |arguments| {
        let mut hashes = StringViewBuilder::with_capacity(arguments[0].rows());
        let mut hex = String::with_capacity(64);
        for text in arguments[0].texts() {
            hashes.append_option(text.map(|text| {
                hex.clear();
                for byte in Sha256::digest(text.as_bytes()).iter() {
                    hex.push(char::from(DIGITS[usize::from(byte >> 4)]));
                    hex.push(char::from(DIGITS[usize::from(byte & 15)]));
                }
                hex.as_str()
            }));
        }
        Arc::new(hashes.finish())
    },
}];
