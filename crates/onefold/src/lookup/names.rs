//! Names: which fields of the model the values of a question are of.
//!
//! Reads    fields of the model with their columns and kinds, what `unify.yaml` says that columns mean
//!
//! Invariants
//! - A name is a field, a column, or a meaning, looked for in this order and ignoring case; then the kind of the meaning.
//! - Names of persons are put together, or taken apart, as the model has them.

use std::collections::BTreeMap;

use onefold_kernels::linkage::FieldKind;

/// A field of the model.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) name: String,
    pub(super) kind: FieldKind,
    /// `<Table>.<column>`
    pub(super) columns: Vec<String>,
    /// Semantic types of its columns.
    pub(super) meanings: Vec<String>,
}

/// The fields of the model.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(pub(super) Vec<Known>);

const FIRST: &str = "Person.FirstName";
const LAST: &str = "Person.LastName";
const FULL: &str = "Person.FullName";

impl Names {
    /// Values by field, and the names of those that are of none.
    pub(super) fn values(&self, asked: &BTreeMap<String, Vec<String>>) -> (Vec<Vec<String>>, Vec<String>) {
        let mut values = vec![Vec::new(); self.0.len()];
        let mut ignored = Vec::new();
        for (name, texts) in self.as_the_model_has_names(asked) {
            let fields = self.find(&name);
            if fields.is_empty() {
                ignored.push(name);
                continue;
            }
            for field in fields {
                values[field].extend(texts.iter().filter(|text| !text.trim().is_empty()).cloned());
            }
        }
        (values, ignored)
    }

    /// Fields that a name stands for.
    fn find(&self, name: &str) -> Vec<usize> {
        let named = |test: &dyn Fn(&Known) -> bool| -> Vec<usize> {
            (0..self.0.len()).filter(|&field| test(&self.0[field])).collect()
        };
        let same = |own: &str| own.eq_ignore_ascii_case(name);
        let ends = |own: &String| same(own) || own.split_once('.').is_some_and(|(_, column)| same(column));
        let mut found = named(&|field| same(&field.name));
        if found.is_empty() {
            found = named(&|field| field.columns.iter().any(ends));
        }
        if found.is_empty() {
            found = named(&|field| field.meanings.iter().any(|meaning| same(meaning)));
        }
        for kind in kinds(name) {
            if found.is_empty() {
                found = named(&|field| field.kind == *kind);
            }
        }
        found
    }

    /// First and last name become a whole one, or a whole one first and last, where the model has it so.
    fn as_the_model_has_names(&self, asked: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
        let mut asked: BTreeMap<String, Vec<String>> =
            asked.iter().map(|(name, texts)| (name.clone(), texts.clone())).collect();
        let has = |name: &str| !self.find(name).is_empty();
        let first = |asked: &BTreeMap<String, Vec<String>>, name: &str| asked.get(name)?.first().cloned();
        if !has(FULL) && has(FIRST) && has(LAST) && !asked.contains_key(FIRST) && !asked.contains_key(LAST) {
            if let Some(whole) = first(&asked, FULL) {
                // `Lidell, Alice` or `Alice Lidell`.
                let parts = match whole.split_once(',') {
                    Some((family, given)) => Some((given, family)),
                    None => whole.trim().rsplit_once(' '),
                };
                if let Some((given, family)) = parts {
                    asked.insert(FIRST.to_owned(), vec![given.trim().to_owned()]);
                    asked.insert(LAST.to_owned(), vec![family.trim().to_owned()]);
                    asked.remove(FULL);
                }
            }
        } else if has(FULL)
            && !has(FIRST)
            && !has(LAST)
            && !asked.contains_key(FULL)
            && let (Some(given), Some(family)) = (first(&asked, FIRST), first(&asked, LAST))
        {
            asked.insert(FULL.to_owned(), vec![format!("{given} {family}")]);
            asked.remove(FIRST);
            asked.remove(LAST);
        }
        asked
    }
}

/// The kinds of fields that hold a meaning, the nearest first.
fn kinds(meaning: &str) -> &'static [FieldKind] {
    use FieldKind as Kind;
    match meaning {
        FIRST => &[Kind::GivenName],
        "Person.MiddleName" => &[Kind::MiddleName],
        LAST => &[Kind::FamilyName],
        FULL => &[Kind::FullName],
        "Person.BirthDate" => &[Kind::BirthDate],
        "Identity.Service.Email" => &[Kind::Email],
        "Identity.Service.Phone" => &[Kind::Phone],
        "Identity.GovernmentID" => &[Kind::Identifier],
        "Location.Address" => &[Kind::Address, Kind::Street],
        "Location.Address.Street" => &[Kind::Street, Kind::Address],
        "Location.City" => &[Kind::City],
        "Location.State" => &[Kind::Region],
        "Location.PostalCode" => &[Kind::PostalCode],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(fields: &[(&str, FieldKind, &str, &str)]) -> Names {
        let known = |&(name, kind, column, meaning): &(&str, FieldKind, &str, &str)| Known {
            name: name.to_owned(),
            kind,
            columns: vec![column.to_owned()],
            meanings: vec![meaning.to_owned()],
        };
        Names(fields.iter().map(known).collect())
    }

    fn ask(values: &[(&str, &str)]) -> BTreeMap<String, Vec<String>> {
        values.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect()
    }

    #[test]
    fn values_are_known_by_field_column_meaning_and_kind() {
        let names = names(&[
            ("given", FieldKind::GivenName, "Shop.first", FIRST),
            ("family", FieldKind::FamilyName, "Shop.last", "Mine"),
            ("mail", FieldKind::Email, "Shop.contact", ""),
        ]);
        for (name, place) in [("GIVEN", 0), ("first", 0), ("Shop.LAST", 1), (FIRST, 0), (LAST, 1), ("contact", 2)] {
            let (values, ignored) = names.values(&ask(&[(name, "x")]));
            assert_eq!((values[place].len(), ignored.len()), (1, 0), "{name}");
        }
        let (values, ignored) = names.values(&ask(&[("shoe", "x"), ("mail", " ")]));
        assert_eq!((values.concat().len(), ignored), (0, vec!["shoe".to_owned()]));
    }

    #[test]
    fn names_are_taken_apart_and_put_together_as_the_model_has_them() {
        let parts = names(&[("g", FieldKind::GivenName, "T.g", FIRST), ("f", FieldKind::FamilyName, "T.f", LAST)]);
        for whole in ["Alice Mary Lidell", "Lidell, Alice Mary"] {
            assert_eq!(parts.values(&ask(&[(FULL, whole)])).0, [["Alice Mary"], ["Lidell"]]);
        }
        let whole = names(&[("n", FieldKind::FullName, "T.n", FULL)]);
        assert_eq!(whole.values(&ask(&[(FIRST, "Alice"), (LAST, "Lidell")])).0, [["Alice Lidell"]]);
        // One name alone is no whole name.
        assert_eq!(parts.values(&ask(&[(FULL, "Alice")])).1, [FULL]);
    }
}
