//! Name: forms of given names as the usual one, titles as their abbreviation.
//!
//! Invariants
//! - A form stands for one name, whatever else it may be short for: `al` is `albert`. Where that is too coarse, match by a
//!   model, which knows that a short form may be of several.

use std::sync::LazyLock;

use super::words::{self, Words, bare};

static NAMES: LazyLock<Words> = LazyLock::new(|| words::read(include_str!("names.txt")));

/// Titles and what follows names: the abbreviation, then its forms, without dots.
static TITLES: LazyLock<Words> = LazyLock::new(|| {
    words::read(
        "adm admiral
        amb ambassador
        atty attorney
        br brother bro
        brig brigadier
        capt captain cpt
        cmdr commander cdr
        col colonel
        cpl corporal
        dame
        dr doctor doktor docteur dott dottore doc dra
        esq esquire
        fr father
        frau
        gen general
        gov governor
        herr
        hon honorable honourable
        ii 2nd second
        iii 3rd third
        iv 4th fourth
        jr junior jnr
        judge
        lady
        lt lieutenant leut
        ltcol
        lord
        maj major
        miss
        mlle mademoiselle
        mme madame
        mr mister master mstr
        mrs missus missis misses
        ms
        mx
        ofc officer
        pfc
        phd
        pres president
        prof professor professeur professore
        pvt private
        rabbi
        rep representative
        rev reverend revd
        sen senator
        sgt sergeant serjeant
        sig signor signore
        sr senior snr señor
        sra señora
        sister
        sir
        supt superintendent
        md
        dds
        rn",
    )
});

/// A name in lower case with forms of given names as the usual one and titles abbreviated: `Debby` as `deborah`, `Professor` as
/// `prof.`; white space as single spaces, commas dropped.
pub fn name(text: &str) -> String {
    words::each(text, |word| {
        let plain = bare(word);
        if let Some(title) = TITLES.get(plain.as_str()) {
            return Some(format!("{title}."));
        }
        Some(match NAMES.get(plain.as_str()) {
            Some(name) => (*name).to_owned(),
            None => plain,
        })
    })
}
