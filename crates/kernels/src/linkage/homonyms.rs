//! Homonyms: strangers who share given and family name because people of one origin do.
//!
//! Reads    the names of all records, what training takes pairs of equal names for
//! Writes   the share of such pairs
//!
//! Given and family name are not independent: among people of one origin few given names meet few family names, so two
//! strangers share both far more often than the one chance times the other. How often two records share both is counted
//! exactly; what independence explains, and what is one person or kin, is taken off.
//!
//! Not here: what the share does to weights (`score`).

use rayon::prelude::*;

use super::score::names;
use super::{Model, Records, Test};

/// Pairs that are no sign of one origin.
const SLACK: f64 = 4.0;

/// How often two records share both names.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SharedNames {
    /// Pairs equal in both names, as a share of all pairs that could be of one person.
    equal: f64,
    /// Pairs in which neither misses a name, as a share of them.
    filled: f64,
    /// The comparisons of given and family name.
    pub(super) places: (usize, usize),
}

impl SharedNames {
    /// Counts them, when the model compares given and family names.
    pub(super) fn of(records: &Records, model: &Model) -> Option<Self> {
        let [(given, _), (family, _)] = names(model)?;
        let field = |place: usize| {
            let comparison = &model.comparisons[place];
            (comparison.levels[0].test == Test::Exact).then_some(comparison.fields[0])
        };
        let fields = (field(given)?, field(family)?);
        let present = (0..records.len() as u32).into_par_iter().filter(|&record| !records.is_removed(record));
        let name =
            |record: u32, field: usize| records.value(record, field).filter(|&value| !records.is_generic(field, value));
        let key = |record: u32| {
            let both = name(record, fields.0).zip(name(record, fields.1));
            (both.unwrap_or((u32::MAX, u32::MAX)), records.table(record))
        };
        let mut keys: Vec<((u32, u32), u32)> = present.map(key).collect();
        keys.par_sort_unstable();
        // Pairs among records, but not within a table that holds everybody once.
        let pairs = |records: f64| records * (records - 1.0) / 2.0;
        let within = |records: &[((u32, u32), u32)]| {
            let mut sum = pairs(records.len() as f64);
            if model.unique.contains(&true) {
                let mut tables: Vec<u32> = records.iter().map(|record| record.1).collect();
                tables.sort_unstable();
                for run in tables.chunk_by(|a, b| a == b) {
                    let unique = model.unique.get(run[0] as usize) == Some(&true);
                    sum -= if unique { pairs(run.len() as f64) } else { 0.0 };
                }
            }
            sum
        };
        let all = within(&keys);
        let known = &keys[..keys.partition_point(|key| key.0.0 != u32::MAX)];
        let equal: f64 = known.chunk_by(|a, b| a.0 == b.0).map(within).sum();
        (all > 0.0).then(|| Self { equal: equal / all, filled: within(known) / all, places: (given, family) })
    }
    /// The share of homonyms among all pairs: of so many pairs altogether so many of equal names are one person or kin, names of one
    /// person are equal so often (m), and those of any two by chance (u).
    pub(super) fn share(&self, pairs: f64, explained: f64, m: (f64, f64), u: (f64, f64)) -> f64 {
        let left = pairs * (self.equal - self.filled * u.0 * u.1) - explained - SLACK;
        (left / (pairs * self.filled * m.0.max(0.1) * m.1.max(0.1)).max(1.0)).clamp(0.0, 0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linkage::settle::levels;
    use crate::linkage::{Comparison, Field, FieldKind, Missing, TableRecords};

    /// Two tables of names, the second of which may hold everybody once.
    fn shared(tables: [&[(&str, &str)]; 2], unique: bool) -> SharedNames {
        let kinds = [FieldKind::GivenName, FieldKind::FamilyName];
        let fields: Vec<Field> = kinds.map(|kind| Field { name: format!("{kind:?}"), kind }).to_vec();
        let comparison = |field: usize| Comparison {
            name: fields[field].name.clone(),
            fields: vec![field],
            levels: levels(kinds[field], false, 0),
            missing: Missing::First,
            shared: None,
        };
        let comparisons = vec![comparison(0), comparison(1)];
        let table = |rows: &&[(&str, &str)]| {
            let keys: Vec<String> = (0..rows.len()).map(|row| row.to_string()).collect();
            TableRecords {
                key: keys.iter().map(|key| Some(&**key)).collect(),
                fields: vec![
                    vec![rows.iter().map(|row| Some(row.0).filter(|name| !name.is_empty())).collect()],
                    vec![rows.iter().map(|row| Some(row.1).filter(|name| !name.is_empty())).collect()],
                ],
            }
        };
        let tables: Vec<TableRecords> = tables.iter().map(table).collect();
        let records = Records::encode(&fields, &tables);
        let model = Model { fields, comparisons, unique: vec![false, unique], ..Model::default() };
        SharedNames::of(&records, &model).unwrap()
    }

    #[test]
    fn pairs_of_equal_names_are_counted_as_one_would() {
        let one = [("omar", "khan"), ("omar", "khan"), ("ann", "hill"), ("", "hill")];
        let two = [("omar", "khan"), ("omar", "khan"), ("ann", "khan")];
        // Of 21 pairs the six of Omar Khan are equal, and fifteen miss no name.
        let all = shared([&one, &two], false);
        assert!((all.equal - 6.0 / 21.0).abs() < 1e-12 && (all.filled - 15.0 / 21.0).abs() < 1e-12, "{all:?}");
        // Without the three within the second table: one of Omar Khan.
        let all = shared([&one, &two], true);
        assert!((all.equal - 5.0 / 18.0).abs() < 1e-12 && (all.filled - 12.0 / 18.0).abs() < 1e-12, "{all:?}");
    }

    #[test]
    fn what_chance_and_what_people_explain_is_taken_off() {
        let names = SharedNames { equal: 1e-3, filled: 1.0, places: (0, 1) };
        let share = |explained: f64, u: f64| names.share(1e6, explained, (1.0, 1.0), (u, u));
        assert!((share(0.0, 0.0) - (1000.0 - SLACK) / 1e6).abs() < 1e-12);
        assert!((share(600.0, 0.01) - (1000.0 - 600.0 - 100.0 - SLACK) / 1e6).abs() < 1e-12);
        assert_eq!(share(1000.0, 0.0), 0.0);
    }
}
