//! Digest: a text's fingerprint.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow::array::StringViewBuilder;
use arrow::datatypes::DataType as Arrow;
use sha2::{Digest as _, Sha256};

use super::{Function, Kind};

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
                    _ = write!(hex, "{byte:02x}"); // a string takes all text
                }
                hex.as_str()
            }));
        }
        Arc::new(hashes.finish())
    },
}];
