//! Secrets: random words, and how they are kept and compared.
//!
//! Invariants
//! - A word is 256 random bits; what is kept is its SHA-256, so that who reads the registry cannot come in.
//! - Words are compared in constant time.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::answer::Refusal;

/// So many random bytes, as text that may stand in addresses and cookies.
fn random<const N: usize>() -> Result<String, Refusal> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "the machine gives no random bytes");
        let detail = "the machine gives no random bytes";
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "failed", "Failed", detail)
    })?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// A word nobody can guess.
pub(super) fn word() -> Result<String, Refusal> {
    random::<32>()
}

/// A short id; no secret.
pub(super) fn id() -> Result<String, Refusal> {
    random::<9>()
}

/// SHA-256 in hex: what is kept of a word.
pub(super) fn hash(word: &str) -> String {
    Sha256::digest(word.as_bytes()).iter().fold(String::with_capacity(64), |mut text, byte| {
        text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        text
    })
}

/// Whether two words are equal, in a time that does not say where they differ.
pub(super) fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_long_and_differ() {
        let (a, b) = (word().unwrap(), word().unwrap());
        assert_eq!(a.len(), 43);
        assert!(a != b && !same(&a, &b) && same(&a, &a.clone()) && !same(&a, "") && !same("ab", "a"));
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
