//! Defaults: dates that systems fill in where they know none, such as 1 January 1900.
//!
//! Not here: what is done about them (`settle` makes them generic).

use super::FieldKind;
use super::records::Records;

/// Dates that are defaults of systems more often than birthdays.
const USUAL: [&str; 10] = [
    "00010101", "11111111", "17530101", "18000101", "18991230", "18991231", "19000101", "19010101", "19700101",
    "99991231",
];
/// So many times as often as others, and so many records at least: no chance of births.
const TIMES: f64 = 10.0;

/// The values of a field of dates that stand for no date: a usual default or a first of January that is held ten times
/// as often as dates are, and ten times as often as other firsts of January (where days are rounded, all are frequent).
pub(super) fn default_dates(records: &Records, field: usize) -> Vec<u32> {
    if records.kind(field) != FieldKind::BirthDate {
        return Vec::new();
    }
    let held = |value: &u32| f64::from(records.frequency(field, *value));
    let mean = |sum: f64, count: usize| if count == 0 { 0.0 } else { sum / count as f64 };
    let all: Vec<u32> = (0..records.distinct(field)).filter(|value| held(value) > 0.0).collect();
    let text = |value: u32| records.text(field, value);
    let first: Vec<u32> =
        all.iter().copied().filter(|&value| text(value).len() == 8 && text(value).ends_with("0101")).collect();
    let (sum, sum_first) = (all.iter().map(held).sum::<f64>(), first.iter().map(held).sum::<f64>());
    let open = |value: &u32| {
        let own = held(value);
        let is_first = text(*value).ends_with("0101");
        let others = mean(sum - own, all.len() - 1);
        let other_firsts = if is_first { mean(sum_first - own, first.len() - 1) } else { 0.0 };
        own >= TIMES && own > TIMES * others.max(other_firsts)
    };
    let usual = all.iter().copied().filter(|&value| USUAL.contains(&text(value)) && !first.contains(&value));
    let mut found: Vec<u32> = first.iter().copied().chain(usual).filter(open).collect();
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linkage::{Field, TableRecords};

    fn found(dates: &[(&str, usize)]) -> Vec<String> {
        let texts: Vec<&str> = dates.iter().flat_map(|(date, times)| std::iter::repeat_n(*date, *times)).collect();
        let keys: Vec<String> = (0..texts.len()).map(|row| format!("{row:04}")).collect();
        let table = TableRecords {
            key: keys.iter().map(|key| Some(&**key)).collect(),
            fields: vec![vec![texts.into_iter().map(Some).collect()]],
        };
        let records = Records::encode(&[Field { name: "birth".to_owned(), kind: FieldKind::BirthDate }], &[table]);
        default_dates(&records, 0).into_iter().map(|value| records.text(0, value).to_owned()).collect()
    }

    #[test]
    fn what_systems_fill_in_is_found() {
        assert_eq!(found(&[("1900-01-01", 30), ("1980-02-03", 2), ("1981-02-03", 1), ("1950-01-01", 1)]), ["19000101"]);
        assert_eq!(found(&[("9999-12-31", 30), ("1980-02-03", 2), ("1981-02-03", 1)]), ["99991231"]);
        assert_eq!(found(&[("1900-01-01", 9), ("1980-02-03", 1)]), Vec::<String>::new());
    }

    #[test]
    fn years_alone_are_no_defaults() {
        let years = [("1950-01-01", 40), ("1951-01-01", 38), ("1952-01-01", 41), ("1980-02-03", 1), ("1981-02-04", 1)];
        assert_eq!(found(&years), Vec::<String>::new());
        assert_eq!(
            found(&[("1980-02-03", 90), ("1981-02-03", 1), ("1982-02-03", 1)]),
            Vec::<String>::new(),
            "a common birthday"
        );
    }
}
