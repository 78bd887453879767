//! Keys: which records a blocking rule puts side by side.
//!
//! Invariants
//! - Equal parts have equal keys, on every machine; 0 is no key.
//! - A missing or generic part gives no key. Several values of a part give several keys.
//!
//! Not here: which pairs come of it (`candidates`), which rules there are (`settle`).
//! To add a form: a variant of `KeyForm`, an arm in [`form`].

use super::records::Records;
use super::{BlockingRule, KeyForm, KeyPart};
use crate::compare::first_form;
use rayon::prelude::*;

/// All keys of a rule, by record; removed records have none.
pub fn block_keys(records: &Records, rule: &BlockingRule) -> Vec<(u64, u32)> {
    let parts: Vec<Vec<u64>> = rule.parts.iter().map(|part| hashes(records, part)).collect();
    let of = |range: std::ops::Range<u32>| {
        let (mut all, mut own) = (Vec::with_capacity(range.len()), Vec::new());
        for record in range {
            keys_into(records, rule, record, &mut own, &|part, value| parts[part][value as usize]);
            all.extend(own.iter().map(|&key| (key, record)));
        }
        all
    };
    let count = records.len() as u32;
    let chunks: Vec<_> =
        (0..count.div_ceil(CHUNK)).map(|chunk| chunk * CHUNK..count.min((chunk + 1) * CHUNK)).collect();
    chunks.into_par_iter().map(of).collect::<Vec<_>>().concat()
}

/// Records looked at together.
const CHUNK: u32 = 1 << 15;

/// The keys of one record, in order.
pub fn keys_of(records: &Records, rule: &BlockingRule, record: u32) -> Vec<u64> {
    let mut own = Vec::new();
    keys_into(records, rule, record, &mut own, &|part, value| hash_of(records, &rule.parts[part], value));
    own
}

fn keys_into(
    records: &Records,
    rule: &BlockingRule,
    record: u32,
    own: &mut Vec<u64>,
    hash: &dyn Fn(usize, u32) -> u64,
) {
    own.clear();
    if records.is_removed(record) || rule.parts.is_empty() {
        return;
    }
    own.push(SEED);
    for (place, part) in rule.parts.iter().enumerate().filter(|(_, part)| part.form != KeyForm::Crosswise) {
        let values = records.values(record, part.field);
        let so_far = own.len();
        for &value in values {
            let hash = hash(place, value);
            if hash != 0 {
                for known in 0..so_far {
                    own.push(mix(own[known] ^ hash));
                }
            }
        }
        own.drain(..so_far);
    }
    crosswise(records, rule, record, own, hash);
    own.iter_mut().for_each(|key| *key = (*key).max(1));
    own.sort_unstable();
    own.dedup();
}

/// Puts the parts that may stand crosswise into keys: added up, so that their order is no matter.
fn crosswise(
    records: &Records,
    rule: &BlockingRule,
    record: u32,
    own: &mut Vec<u64>,
    hash: &dyn Fn(usize, u32) -> u64,
) {
    if !rule.parts.iter().any(|part| part.form == KeyForm::Crosswise) {
        return;
    }
    let mut sums = vec![0u64];
    for (place, part) in rule.parts.iter().enumerate().filter(|(_, part)| part.form == KeyForm::Crosswise) {
        let hashes = records.values(record, part.field).iter().map(|&value| hash(place, value));
        let hashes: Vec<u64> = hashes.filter(|&hash| hash != 0).map(mix).collect();
        sums = sums.iter().flat_map(|sum| hashes.iter().map(move |hash| sum.wrapping_add(*hash))).collect();
    }
    *own = own.iter().flat_map(|key| sums.iter().map(move |sum| mix(key ^ mix(*sum)))).collect();
}

/// For each value of a field the hash of its form; 0 when it has none.
fn hashes(records: &Records, part: &KeyPart) -> Vec<u64> {
    (0..records.distinct(part.field)).into_par_iter().map(|value| hash_of(records, part, value)).collect()
}

fn hash_of(records: &Records, part: &KeyPart, value: u32) -> u64 {
    if records.is_generic(part.field, value) {
        return 0;
    }
    if part.form == KeyForm::Phonetic {
        let sound = records.sound(part.field, value).primary;
        return if sound == 0 { 0 } else { mix(u64::from(sound)).max(1) };
    }
    form(records.text(part.field, value), part.form).map_or(0, |text| hash(text.as_bytes()))
}

/// What of a text goes into a key.
fn form(text: &str, form: KeyForm) -> Option<std::borrow::Cow<'_, str>> {
    let sorted = || {
        let mut words: Vec<&str> = text.split(' ').collect();
        words.sort_unstable();
        words
    };
    Some(match form {
        KeyForm::Exact | KeyForm::Phonetic | KeyForm::Crosswise => text.into(),
        KeyForm::Prefix(count) => text[..text.len().min(count as usize)].into(),
        KeyForm::Suffix(count) => text[text.len().saturating_sub(count as usize)..].into(),
        KeyForm::Nickname => first_form(text).into(),
        KeyForm::SortedWords => sorted().join(" ").into(),
        KeyForm::FirstWord => text.split(' ').min()?.into(),
        KeyForm::LastWord => text.split(' ').max()?.into(),
        KeyForm::Year => text.get(..4)?.into(),
        KeyForm::YearMonth => text.get(..6)?.into(),
        KeyForm::MonthDay => text.get(4..8)?.into(),
        KeyForm::YearDay => format!("{}{}", text.get(..4)?, text.get(6..8)?).into(),
        KeyForm::EmailUser => text.split('@').next().filter(|user| !user.is_empty())?.into(),
    })
}

/// Where every key begins.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// A hash that is the same everywhere; never 0.
fn hash(text: &[u8]) -> u64 {
    let mut all = SEED ^ text.len() as u64;
    for part in text.chunks(8) {
        let mut word = [0; 8];
        word[..part.len()].copy_from_slice(part);
        all = mix(all ^ u64::from_le_bytes(word));
    }
    all.max(1)
}

/// Spreads the bits of a number (finaliser of splitmix64).
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(SEED);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests;
