//! Tests of values: what becomes of texts as people write them.

use super::*;
use FieldKind as Kind;

fn shown(kind: Kind, text: &str) -> String {
    normal(kind, DateOrder::YearFirst, text).unwrap_or_default()
}

#[test]
fn tables_are_searched_by_halves() {
    assert!(
        NOTHING.is_sorted()
            && names::tables_are_sorted()
            && contacts::tables_are_sorted()
            && addresses::tables_are_sorted()
            && regions::tables_are_sorted()
    );
}

#[test]
fn texts_become_what_their_kind_asks_for() {
    for (kind, text, expected) in [
        (Kind::GivenName, " Mr. José-María ", "jose maria"),
        (Kind::FamilyName, "O'Brien", "obrien"),
        (Kind::FamilyName, "Müller", "muller"),
        (Kind::FamilyName, "Dr", "dr"),
        (Kind::GivenName, "Baby Boy", ""),
        (Kind::GivenName, "xxx", ""),
        (Kind::GivenName, "N/A", ""),
        (Kind::GivenName, "-", ""),
        (Kind::FullName, "Smith, Dr. John A.", "john a smith"),
        (Kind::FullName, "John Smith, Jr.", "john smith jr"),
        (Kind::FullName, "J.R. Smith", "j r smith"),
        (Kind::NameSuffix, "Junior", "jr"),
        (Kind::NameSuffix, "3rd", "iii"),
        (Kind::Category, "Female", "f"),
        (Kind::Category, "?", ""),
        (Kind::Email, " John.Smith@Example.COM ", "john.smith@example.com"),
        (Kind::Email, "John Smith <john@example.com>", "john@example.com"),
        (Kind::Email, "no-reply@example.com", ""),
        (Kind::Email, "n/a", ""),
        (Kind::Phone, "+1 (555) 010-2030 ext. 12", "15550102030"),
        (Kind::Phone, "0044 20 7946 0000", "442079460000"),
        (Kind::Phone, "+44 (0)20 7946 0001", "442079460001"),
        (Kind::Phone, "Tel. 555 0199", "5550199"),
        (Kind::Phone, "0000000000", ""),
        (Kind::Phone, "1234567", ""),
        (Kind::Phone, "1234", ""),
        (Kind::Phone, "none", ""),
        (Kind::Identifier, "ab-12 34", "AB1234"),
        (Kind::Identifier, "000000000", ""),
        (Kind::Identifier, "123456789", ""),
        (Kind::Identifier, "unknown", ""),
        (Kind::PostalCode, "sw1a 1aa", "SW1A1AA"),
        (Kind::PostalCode, "00000", ""),
        (Kind::EmailUser, "Ann.Hill@Example.com", "ann.hill"),
        (Kind::EmailUser, "no-reply@example.com", ""),
        (Kind::EmailUser, "ann", "ann"),
        (Kind::PostalArea, "sw1a 1aa", "SW"),
        (Kind::PostalArea, "E1 6AN", "E"),
        (Kind::PostalArea, "37064", ""),
        (Kind::PostalDistrict, "sw1a 1aa", "SW1A"),
        (Kind::PostalDistrict, "SW11AA", "SW1"),
        (Kind::PostalDistrict, "M60", "M60"),
        (Kind::PostalDistrict, "37064", ""),
        (Kind::PostalSector, "sw1a1aa", "SW1A 1"),
        (Kind::PostalSector, "SW1 2", "SW1 2"),
        (Kind::PostalSector, "SW1", ""),
        (Kind::Address, "12 North Main Street, Apt. #3", "12 n main st unit 3"),
        (Kind::Address, "P.O. Box 77", "pobox 77"),
        (Kind::Street, "Salkauskas Crescent", "salkauskas cres"),
        (Kind::HouseNumber, "007 A", "7a"),
        (Kind::HouseNumber, "12/3", "12 3"),
        (Kind::City, "Saint-Étienne", "st etienne"),
        (Kind::City, "Park City", "park city"),
        (Kind::Region, "N.S.W.", "nsw"),
        (Kind::Region, "New South Wales", "nsw"),
        (Kind::Region, "California", "ca"),
        (Kind::Region, "Vaud", "vaud"),
        (Kind::Organization, "The Müller & Co. GmbH", "muller and"),
        (Kind::Organization, "Acme, Inc.", "acme"),
        (Kind::Number, "$1,234.50", "1234.5"),
        (Kind::Number, "1.234,5", "1234.5"),
        (Kind::Number, "abc", ""),
        (Kind::Point, "(51.5, -0.12)", "51.5,-0.12"),
        (Kind::Point, "0,0", ""),
        (Kind::Point, "100,0", ""),
        (Kind::Text, "Hello,  World!", "hello world"),
        (Kind::Text, "北京", "bei jing"),
        (Kind::Text, "null", ""),
        (Kind::Ignored, "anything", ""),
    ] {
        assert_eq!(shown(kind, text).replace("beijing", "bei jing"), expected, "{kind:?} {text}");
    }
}

#[test]
fn dates_are_read_in_the_order_of_their_column() {
    use DateOrder::{DayFirst, DayMostly, MonthFirst, MonthMostly, YearFirst};
    for (order, text, expected) in [
        (YearFirst, "1956-04-09", "19560409"),
        (YearFirst, "1956-4-9T12:30:00Z", "19560409"),
        (YearFirst, "19560409 00:00:00", "19560409"),
        (YearFirst, "19561340", "19561340"),
        (YearFirst, "195604", "195604"),
        (YearFirst, "1956", "1956"),
        (YearFirst, "9 Apr 1956", "19560409"),
        (YearFirst, "April 9th, 1956", "19560409"),
        (DayFirst, "09/04/1956", "19560409"),
        (MonthFirst, "09/04/1956", "19560904"),
        (MonthMostly, "19/04/1956", "19560419"),
        (MonthMostly, "39/04/1956", "19563904"),
        (MonthFirst, "19/04/1956", "19561904"),
        (DayMostly, "04/19/1956", "19560419"),
        (DayMostly, "04/39/1956", "19563904"),
        (DayFirst, "04/19/1956", "19561904"),
        (DayFirst, "09.04.56", "19560409"),
        (DayFirst, "09041956", "19560409"),
        (DayFirst, "1956-04-09", "19560409"),
        (DayFirst, "40/13/1956", "19561340"),
        (DayFirst, "3/130/1956", "19561303"),
        (MonthFirst, "3/130/1956", "19563130"),
        (YearFirst, "1956-130-3", "19561303"),
        (YearFirst, "unknown", ""),
    ] {
        assert_eq!(normal(Kind::BirthDate, order, text).unwrap_or_default(), expected, "{order:?} {text}");
    }
    let order = |texts: &[&str]| {
        let mut counts = DateCounts::default();
        texts.iter().for_each(|text| counts.add(text));
        counts.order_among(counts)
    };
    assert_eq!(order(&["01/02/1980", "13/02/1980", "02/13/1980", "14/02/1980"]), DayMostly);
    assert_eq!(order(&["01/02/1980", "02/13/1980"]), MonthMostly);
    assert_eq!(order(&["01.02.1980"]), DayMostly);
    assert_eq!(order(&["01/02/1980"]), MonthMostly);
    assert_eq!(order(&["1980-02-01", "19800201"]), YearFirst);
    assert_eq!(order(&["01021980", "13021980"]), DayMostly);
    let (usual, other) = (vec!["13/02/1980"; 40], "02/13/1980");
    assert_eq!(order(&usual), DayFirst);
    assert_eq!(order(&[&usual[..], &[other; 2]].concat()), DayFirst, "two slips");
    assert_eq!(order(&[&usual[..], &[other; 3]].concat()), DayMostly, "written both ways");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(3000))]
    #[test]
    fn what_is_normal_is_plain_and_stays(text in "[ a-eA-Eé'.,/#@0-9-]{0,14}", kind in 0_usize..25) {
        let kind = [
            Kind::Unknown, Kind::GivenName, Kind::MiddleName, Kind::FamilyName, Kind::FullName, Kind::NameSuffix, Kind::BirthDate,
            Kind::Category, Kind::Email, Kind::Phone, Kind::Identifier, Kind::Address, Kind::Street, Kind::HouseNumber, Kind::City,
            Kind::Region, Kind::PostalCode, Kind::Point, Kind::Number, Kind::Organization, Kind::Text,
            Kind::EmailUser, Kind::PostalArea, Kind::PostalDistrict, Kind::PostalSector,
        ][kind];
        if let Some(found) = normal(kind, DateOrder::YearFirst, &text) {
            proptest::prop_assert!(!found.is_empty() && found.bytes().all(|letter| (b' '..0x7f).contains(&letter)), "{found:?}");
            let again = normal(kind, DateOrder::YearFirst, &found);
            proptest::prop_assert_eq!(again.as_deref(), Some(&*found), "{:?} {}", kind, text);
        }
    }
}
