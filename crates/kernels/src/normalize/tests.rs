//! Normalisers, by the examples of the reference and a few more.

use proptest::prelude::*;

use super::*;

fn all(function: impl Fn(&str) -> String, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(function(text), *expected, "{text}");
    }
}

#[test]
fn numbers_of_all_scripts() {
    all(
        numerals,
        &[
            ("❽", "8"),
            ("Ⅷ", "8"),
            ("ⅷ", "8"),
            ("⑧", "8"),
            ("８", "8"),
            ("٨", "8"),
            ("Ⅻ", "12"),
            ("㊿", "50"),
            ("VIII", "VIII"),
            ("a1½", "a1½"),
        ],
    );
}

#[test]
fn what_is_no_letter_mark_or_number() {
    all(
        symbols,
        &[
            ("!?\"#$%&'()+,.-_/:;<=>@^\\~{}`[]*|", ""),
            ("O'Brien-Smith", "OBrienSmith"),
            ("Zo\u{eb} & Zoe\u{308}", "Zo\u{eb}  Zoe\u{308}"),
            ("5 €™", "5 "),
            ("हिन्दी।", "हिन्दी"),
        ],
    );
    all(whitespace, &[(" a\u{a0}b\tc\n", "abc")]);
    all(trim, &[("\u{a0} a b\n", "a b")]);
    all(digits, &[("+49 (0)30/12-34", "490301234"), ("none", "")]);
    all(lowercase, &[("ÄÖÜ Straße", "äöü straße")]);
    all(ascii, &[("Zoë Müller", "Zoe Muller"), ("ｆｕｌｌ ⓒ", "full c"), ("e\u{301}", "e")]);
}

#[test]
fn country_codes_of_telephone_numbers() {
    let plain = |text: &str| phone(text, "");
    let one = "12065550100";
    for same in [
        "+1 206 555 0100",
        "+01 (206) 555-0100",
        "1-206-555-0100",
        "001 206 555 0100",
        "+1 206.555.0100 ext 7",
        "tel:+1-206-555-0100;ext=7",
        "＋１ ２０６ ５５５ ０１００",
        "1 206 555 0100 x12",
        "1 206 555 0100 #12",
    ] {
        assert_eq!(plain(same), one, "{same}");
    }
    assert_eq!(plain("206 555 0100"), "2065550100", "without a country code it is another number");
    let american = |text: &str| phone(text, "US");
    for same in ["206 555 0100", "1 206 555 0100", "+1 206 555 0100", "011 1 206 555 0100", "(206) 555-0100 Ext. 12"] {
        assert_eq!(american(same), one, "{same}");
    }
    for same in ["+44 20 7946 0958", "+44 (0)20 7946 0958", "+44 020 7946 0958", "0044 20 7946 0958"] {
        assert_eq!(plain(same), "442079460958", "{same}");
    }
    for (home, text) in
        [("GB", "020 7946 0958"), ("gb", "20 7946 0958"), ("GB", "44 20 7946 0958"), ("US", "011 44 20 7946 0958")]
    {
        assert_eq!(phone(text, home), "442079460958", "{home} {text}");
    }
    assert_eq!(phone("06 1234 5678", "IT"), "390612345678", "an Italian number keeps its zero");
    assert_eq!(plain("+39 06 1234 5678"), "390612345678");
    assert_eq!(phone("8 (495) 123-45-67", "RU"), "74951234567");
    assert_eq!(phone("912 34 56 78", "ES"), phone("+34 912 345 678", "ES"));
    assert_eq!(phone("030 1234567", "DE"), "49301234567");
    assert_eq!(phone("", "DE"), "");
    assert_eq!(phone("unknown", "DE"), "");
    assert_eq!(phone("206 555 0100", "ZZ"), "2065550100");
    assert!(is_country("us") && !is_country("ZZ"));
}

#[test]
fn names_and_titles() {
    all(
        name,
        &[
            ("Debby", "deborah"),
            ("Professor", "prof."),
            ("Prof. Debby  Smith, Jr.", "prof. deborah smith jr."),
            ("DR BILL O'Hara", "dr. william ohara"),
            ("doctor william ohara", "dr. william ohara"),
            ("Erin", "erin"),
            ("María", "maría"),
        ],
    );
    let forms: Vec<&str> = include_str!("names.txt").lines().filter(|line| !line.starts_with('#')).collect();
    let count: usize = forms.iter().map(|line| line.split(' ').count() - 1).sum();
    assert!(count > 500, "{count}");
}

#[test]
fn addresses_and_organisations() {
    all(
        address,
        &[
            ("12 Main Street, Northwest", "12 main st nw"),
            ("12 Main St. N.W.", "12 main st nw"),
            ("12 MAIN STR North-West", "12 main st nw"),
            ("5 Fifth Avenue, Apartment 3", "5 fifth ave apt 3"),
            ("5 Fifth Av Apt #3", "5 fifth ave apt 3"),
        ],
    );
    all(
        organization,
        &[
            ("Contoso Co., Ltd.", "contoso"),
            ("The Contoso Corporation", "contoso"),
            ("Müller GmbH & Co. KG", "müller"),
            ("Fabrikam S.p.A.", "fabrikam"),
            ("The Company", "the company"),
        ],
    );
    assert!(super::organization::noise() >= 50);
}

proptest! {
    #[test]
    fn twice_is_as_once(text in "\\PC{0,24}|[+0-9 ()a-z.,#-]{0,20}") {
        let functions: [fn(&str) -> String; 11] = [
            numerals, symbols, lowercase, whitespace, trim, digits, ascii, name, address, organization, |text| phone(text, ""),
        ];
        for (number, function) in functions.into_iter().enumerate() {
            let once = function(&text);
            prop_assert_eq!(function(&once), once.clone(), "{} {}", number, text);
        }
    }
}
