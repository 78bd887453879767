//! Organization: names of organisations without the words that many of them have.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::words::{self, bare};

/// Legal forms and words that say little, without dots.
const NOISE: &str = "the of and & a an \
    co company companies corp corporation corporate inc incorporated ltd limited llc lllp llp lp pllc plc pc pa pty pvt \
    private public gmbh ag kg kgaa ohg ug ev se sa sas sarl srl spa sl bv nv ab as asa oy oyj aps kk kft zrt sro doo \
    group holding holdings enterprise enterprises international intl association assn assoc associates foundation org organization \
    organisation partners partnership trust dba";

static NOISE_WORDS: LazyLock<BTreeSet<&str>> = LazyLock::new(|| NOISE.split_whitespace().collect());

/// A name in lower case without the words that many organisations have, dots and commas: `The Contoso Co., Ltd.` as
/// `contoso`. A name of such words alone keeps them.
pub fn organization(text: &str) -> String {
    let short = words::each(text, |word| {
        let plain = bare(word);
        (!NOISE_WORDS.contains(plain.as_str())).then_some(plain)
    });
    if short.is_empty() { words::each(text, |word| Some(bare(word))) } else { short }
}

#[cfg(test)]
pub(super) fn noise() -> usize {
    NOISE_WORDS.len()
}
