//! Between: pairs of tables, and how often records of the two are of one person.
//!
//! Reads    records by table, a model
//! Writes   how many pairs could be of one person, what the tables of a pair say beyond the prior of all
//! Flow     tables ─ pairs of tables, numbered ─ pairs that could be ─ bits
//!
//! Two lists may share most of their people, while each holds hardly anybody twice: it takes more to believe that two records
//! of one list are of one person than that a record of the one and a record of the other are.
//!
//! Not here: the learning (`train`).

use super::{Model, Records, TablePrior};

/// Of more tables than this the pairs are not told apart.
const MOST_TABLES: usize = 64;
/// So many pairs of one person speak for the prior of all: few pairs make no prior of their own.
const PRIOR_PAIRS: f64 = 10.0;

/// The number of a pair of tables, in any order.
fn number(a: u32, b: u32) -> usize {
    let (low, high) = (a.min(b) as usize, a.max(b) as usize);
    high * (high + 1) / 2 + low
}

/// Pairs of tables, and how many pairs of records of each could be of one person.
#[derive(Clone, Debug, Default)]
pub(super) struct Universe {
    /// By number; one when tables are not told apart.
    pairs: Vec<f64>,
    tables: Vec<(u32, u32)>,
}

impl Universe {
    /// Of a share of these records.
    pub(super) fn new(records: &Records, model: &Model, share: f64) -> Self {
        let mut of_table: Vec<f64> = Vec::new();
        for record in (0..records.len() as u32).filter(|&record| !records.is_removed(record)) {
            let table = records.table(record) as usize;
            of_table.resize(of_table.len().max(table + 1), 0.0);
            of_table[table] += 1.0;
        }
        let mut all = Self::default();
        for (high, &of_high) in of_table.iter().enumerate() {
            for (low, &of_low) in of_table[..=high].iter().enumerate() {
                let pairs = match low == high {
                    true if model.unique.get(high) == Some(&true) => 0.0,
                    true => of_high * (of_high - 1.0) / 2.0,
                    false => of_low * of_high,
                };
                all.pairs.push(pairs * share * share);
                all.tables.push((low as u32, high as u32));
            }
        }
        if of_table.len() > MOST_TABLES {
            return Self { pairs: vec![all.all()], tables: Vec::new() };
        }
        all
    }
    /// The number of two records' tables.
    pub(super) fn number(&self, records: &Records, a: u32, b: u32) -> u16 {
        if self.pairs.len() < 2 {
            return 0;
        }
        u16::try_from(number(records.table(a), records.table(b))).unwrap_or_default()
    }
    /// How many pairs of tables are told apart.
    pub(super) fn len(&self) -> usize {
        self.pairs.len().max(1)
    }
    /// Pairs that could be of one person, altogether.
    pub(super) fn all(&self) -> f64 {
        self.pairs.iter().sum::<f64>().max(1.0)
    }
    /// The prior of each pair of tables, by how many pairs of one person were found and the prior of all; none when only one
    /// pair of tables could have any.
    pub(super) fn priors(&self, found: &[f64], prior: f64) -> Vec<TablePrior> {
        let mut priors = Vec::new();
        for ((&tables, &pairs), found) in self.tables.iter().zip(&self.pairs).zip(found).filter(|of| *of.0.1 > 0.0) {
            let own = prior * (found + PRIOR_PAIRS) / (prior * pairs + PRIOR_PAIRS);
            priors.push(TablePrior { tables, prior: own.clamp(1e-12, 0.5) });
        }
        if priors.len() > 1 { priors } else { Vec::new() }
    }
}

/// What the tables of a pair say beyond the prior of all pairs, in bits.
#[derive(Clone, Debug, Default)]
pub(super) struct Between(Vec<f32>);

impl Between {
    /// Of a model; of tables that it does not name nothing is said.
    pub(super) fn of(model: &Model) -> Self {
        let odds = |prior: f64| {
            let prior = prior.clamp(1e-12, 1.0 - 1e-12);
            (prior / (1.0 - prior)).log2()
        };
        let prior = odds(model.prior.unwrap_or(1e-6));
        let mut bits = Vec::new();
        for of in &model.priors {
            let number = number(of.tables.0, of.tables.1);
            bits.resize(bits.len().max(number + 1), 0.0);
            bits[number] = (odds(of.prior) - prior) as f32;
        }
        Self(bits)
    }
    /// For records of these tables; of a record of no table nothing is said.
    pub(super) fn bits(&self, a: u32, b: u32) -> f32 {
        if self.0.is_empty() || a == u32::MAX || b == u32::MAX {
            return 0.0;
        }
        self.of_number(number(a, b))
    }
    /// For a pair of tables by its number.
    pub(super) fn of_number(&self, number: usize) -> f32 {
        self.0.get(number).copied().unwrap_or_default()
    }
    /// The most that it says of any.
    pub(super) fn most(&self) -> f32 {
        self.0.iter().copied().fold(0.0, f32::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::TextColumn;
    use crate::linkage::TableRecords;

    fn universe(sizes: &[usize], unique: &[bool]) -> Universe {
        let table = |size: &usize| {
            let keys: Vec<String> = (0..*size).map(|row| row.to_string()).collect();
            TableRecords { key: keys.iter().map(|key| Some(&**key)).collect::<TextColumn>(), fields: Vec::new() }
        };
        let tables: Vec<TableRecords> = sizes.iter().map(table).collect();
        let model = Model { unique: unique.to_vec(), ..Model::default() };
        Universe::new(&Records::encode(&[], &tables), &model, 1.0)
    }

    #[test]
    fn pairs_are_numbered_in_any_order_and_counted() {
        let all = universe(&[4, 3, 2], &[false, true, false]);
        assert_eq!(all.tables, [(0, 0), (0, 1), (1, 1), (0, 2), (1, 2), (2, 2)]);
        assert_eq!(all.pairs, [6.0, 12.0, 0.0, 8.0, 6.0, 1.0]);
        for (place, &(a, b)) in all.tables.iter().enumerate() {
            assert_eq!((number(a, b), number(b, a)), (place, place));
        }
    }

    #[test]
    fn few_pairs_make_no_prior_of_their_own() {
        let all = universe(&[1000, 1000], &[]);
        let prior = 1000.0 / all.all();
        let priors = all.priors(&[0.0, 1000.0, 0.0], prior);
        let of = |tables| priors.iter().find(|of| of.tables == tables).unwrap().prior;
        // Twice as many pairs lie across the tables as within.
        assert!((of((0, 1)) / prior - 2.0).abs() < 0.05, "{priors:?}");
        assert!(of((0, 0)) < prior / 20.0 && of((0, 0)) > prior / 40.0, "{priors:?}");
        let rare = 1.0 / all.all();
        for own in all.priors(&[1.0, 0.0, 0.0], rare) {
            assert!((own.prior / rare - 1.0).abs() < 0.12, "{own:?}");
        }
        assert_eq!(universe(&[1000], &[]).priors(&[5.0], 1e-3), []);
    }

    #[test]
    fn tables_that_a_model_does_not_name_say_nothing() {
        let priors = vec![TablePrior { tables: (0, 1), prior: 4e-6 }];
        let between = Between::of(&Model { prior: Some(1e-6), priors, ..Model::default() });
        assert!((between.bits(1, 0) - 2.0).abs() < 1e-4);
        assert_eq!([between.bits(0, 0), between.bits(1, 1), between.bits(0, u32::MAX), between.bits(5, 9)], [0.0; 4]);
        assert_eq!(between.most(), between.bits(0, 1));
    }
}
