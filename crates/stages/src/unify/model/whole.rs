//! Whole: given and family name of tables that have only the two together.
//!
//! Reads    fields under construction; a model
//! Writes   columns of whole names under given and family name, and the part that each takes
//!
//! `Ann Hill` in one table and `Ann` and `Hill` in another can be compared only when both have parts. What is before
//! a comma is the family name; else the last word is, with the particles before it (`van der Berg`). Titles and suffixes
//! are left out. A single word is a family name.
//!
//! Not here: names as they are compared (the kernel).

use onefold_model::linkage::{FieldKind, Linkage};
use onefold_model::sql::text;
use onefold_model::{Sql, TableName, sql};

use super::Draft;

/// What of a whole name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Given,
    Family,
}

/// Puts columns of whole names under given and family name, where a table has no parts and another has.
pub(super) fn share(drafts: &mut Vec<Draft>) {
    let place = |drafts: &[Draft], wanted: &str| {
        drafts.iter().position(|draft| draft.meaning.as_deref() == Some(wanted) && !draft.columns.is_empty())
    };
    let meanings = ["Person.FullName", "Person.FirstName", "Person.LastName"];
    let [Some(whole), Some(given), Some(family)] = meanings.map(|meaning| place(drafts, meaning)) else { return };
    let has = |draft: &Draft, table: usize| draft.columns.iter().any(|(at, _)| *at == table);
    let alone = |&(at, _): &(usize, String)| !has(&drafts[given], at) && !has(&drafts[family], at);
    let moved: Vec<(usize, String)> = drafts[whole].columns.iter().filter(|column| alone(column)).cloned().collect();
    if moved.is_empty() {
        return;
    }
    drafts[whole].columns.retain(|column| !moved.contains(column));
    for part in [given, family] {
        drafts[part].columns.extend(moved.iter().cloned());
        drafts[part].parted = true;
    }
    drafts.retain(|draft| !draft.columns.is_empty());
}

/// The part that a field of a kind takes of a column: when the column is under a given and a family name.
pub(super) fn part(model: &Linkage, table: &TableName, kind: Option<FieldKind>, column: &str) -> Option<Part> {
    let (own, other) = match kind? {
        FieldKind::GivenName => (Part::Given, FieldKind::FamilyName),
        FieldKind::FamilyName => (Part::Family, FieldKind::GivenName),
        _ => return None,
    };
    let fields = model.fields.iter().filter(|field| field.kind == Some(other));
    let mut named = fields.flat_map(|field| field.columns_of(table));
    named.any(|name| name.eq_ignore_ascii_case(column)).then_some(own)
}

const TITLE: &str = r"(?i)^\s*((dr|mr|mrs|ms|miss|prof|sir)\.?\s+)+";
const SUFFIX: &str = r"(?i)[\s,]+(jr|sr|ii|iii|iv|md|phd)\.?\s*$";
/// What is before a comma, and what is after it.
const COMMA: &str = r"^\s*([^,]*\S)\s*,\s*(.*\S)\s*$";
/// The last word and the particles before it, when a word is before them.
const LAST: &str =
    r"(?i)^(.*?\S)\s+(((van|von|der|den|de|del|della|di|da|dos|du|la|le|ter|ten|bin|ibn|al|el|st)\s+)*\S+)\s*$";

/// A part of a whole name; null where there is none.
pub(super) fn value(whole: Sql, part: Part) -> Sql {
    let replaced =
        |of: Sql, pattern: &str, by: &str| sql!("regexp_replace(", of, ", ", text(pattern), ", ", text(by), ")");
    let plain = replaced(replaced(whole, TITLE, ""), SUFFIX, "");
    // After this the family name is behind a comma in any case, or alone.
    let turned = replaced(plain, COMMA, r"\2|\1");
    let parted = sql!(
        "case when strpos(",
        &turned,
        ", '|') > 0 then ",
        &turned,
        " else ",
        replaced(turned.clone(), LAST, r"\1|\2"),
        " end"
    );
    let side = match part {
        Part::Given => sql!("case when strpos(", &parted, ", '|') > 0 then split_part(", &parted, ", '|', 1) end"),
        Part::Family => sql!(
            "case when strpos(",
            &parted,
            ", '|') > 0 then split_part(",
            &parted,
            ", '|', 2) else ",
            &parted,
            " end"
        ),
    };
    sql!("nullif(trim(", side, "), '')")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(meaning: &str, columns: &[(usize, &str)]) -> Draft {
        let columns = columns.iter().map(|(at, name)| (*at, (*name).to_owned())).collect();
        Draft { meaning: Some(meaning.to_owned()), columns, parted: false }
    }
    fn shared(mut drafts: Vec<Draft>) -> Vec<(String, Vec<(usize, String)>, bool)> {
        share(&mut drafts);
        drafts.into_iter().map(|draft| (draft.meaning.unwrap_or_default(), draft.columns, draft.parted)).collect()
    }

    #[test]
    fn whole_names_go_under_both_parts_where_a_table_has_no_parts() {
        let names = |whole: &[(usize, &str)]| {
            vec![
                draft("Person.FirstName", &[(0, "given")]),
                draft("Person.LastName", &[(0, "family")]),
                draft("Person.FullName", whole),
            ]
        };
        let done = shared(names(&[(1, "full_name")]));
        let both = |own: &str| vec![(0, own.to_owned()), (1, "full_name".to_owned())];
        let expected = [("Person.FirstName", both("given"), true), ("Person.LastName", both("family"), true)];
        assert_eq!(done, expected.map(|(meaning, columns, parted)| (meaning.to_owned(), columns, parted)));
        // A table that has its parts beside the whole keeps the whole as it is.
        let beside = names(&[(0, "full_name")]);
        let before: Vec<_> = beside.iter().map(|draft| draft.columns.clone()).collect();
        assert_eq!(shared(beside).into_iter().map(|draft| draft.1).collect::<Vec<_>>(), before);
        // Where nobody has parts, whole names are compared with whole names.
        assert_eq!(shared(vec![draft("Person.FullName", &[(0, "name"), (1, "name")])])[0].1.len(), 2);
    }

    #[test]
    fn a_column_under_both_names_is_a_whole_one() {
        use onefold_model::linkage::Field;
        let field = |name: &str, kind, columns: &[&str]| Field {
            name: name.to_owned(),
            kind: Some(kind),
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        };
        let fields = vec![
            field("given", FieldKind::GivenName, &["Crm_contact.given", "Shop_people.name"]),
            field("family", FieldKind::FamilyName, &["Crm_contact.family", "Shop_people.name"]),
        ];
        let model = Linkage { fields, ..Linkage::default() };
        let part = |table: &str, kind, column| part(&model, &TableName::from(table), Some(kind), column);
        assert_eq!(part("Shop_people", FieldKind::GivenName, "name"), Some(Part::Given));
        assert_eq!(part("Shop_people", FieldKind::FamilyName, "Name"), Some(Part::Family));
        assert_eq!(part("Crm_contact", FieldKind::GivenName, "given"), None);
        assert_eq!(part("Crm_contact", FieldKind::FullName, "given"), None);
    }
}
