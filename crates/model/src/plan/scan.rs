//! Scan: many conditions over the same rows, to be looked at in one pass.
//!
//! Flow     [`Scan::of`] or [`Atoms`] ─ atoms, each once ─ trees over them ─ the lake
//!
//! Invariants
//! - Equal SQL is one atom, however many conditions hold it.
//! - Unknown is no after the whole tree, not within it: `not` of something unknown is no too.
//!
//! Not here: how rows are looked at (`onefold-lake`, `scan`).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::sql::{id, join, text};
use crate::{ColumnName, Sql, TableName, sql};

/// Conditions looked at in one pass over a relation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scan {
    /// What stands after `from`, joins included.
    pub from: Sql,
    /// The column that numbers rows' owners, an int32; rows where it is null are passed over.
    pub number: Sql,
    /// What is asked of each row: boolean SQL over `from`, each once.
    pub atoms: Vec<Sql>,
    /// Sets of numbers that conditions ask for the row's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sets: Vec<NumberSet>,
    /// The name of each condition, and what it is made of. Unknown counts as no.
    pub conditions: Vec<(String, Tree)>,
}

/// A set of numbers, stored as a bitmap beside its name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NumberSet {
    /// The table that holds it.
    pub table: TableName,
    /// The column of names.
    pub names: ColumnName,
    /// Its name. Whether a number is in a set that is not there is unknown.
    pub name: String,
    /// The column of bitmaps.
    pub members: ColumnName,
}

/// A condition over atoms and sets.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tree {
    /// An atom of the scan, by its index.
    Atom(usize),
    /// Whether the row's number is in a set of the scan, by its index.
    Member(usize),
    /// All of them; none is true.
    And(Vec<Tree>),
    /// Any of them; none is false.
    Or(Vec<Tree>),
    /// Not this one.
    Not(Box<Tree>),
}

/// The atoms and sets of a scan while its conditions are made.
#[derive(Clone, Debug, Default)]
pub struct Atoms {
    atoms: Vec<Sql>,
    by_text: HashMap<String, usize>,
    sets: Vec<NumberSet>,
    by_set: HashMap<NumberSet, usize>,
}

impl Atoms {
    /// An atom: the one that is there, or a new one.
    pub fn atom(&mut self, condition: Sql) -> Tree {
        let next = self.atoms.len();
        let index = *self.by_text.entry(condition.to_string()).or_insert(next);
        if index == next {
            self.atoms.push(condition);
        }
        Tree::Atom(index)
    }
    /// Membership in a set.
    pub fn member(&mut self, set: NumberSet) -> Tree {
        let next = self.sets.len();
        let index = *self.by_set.entry(set.clone()).or_insert(next);
        if index == next {
            self.sets.push(set);
        }
        Tree::Member(index)
    }
    /// The scan of these conditions.
    pub fn scan(self, from: Sql, number: Sql, conditions: Vec<(String, Tree)>) -> Scan {
        Scan { from, number, atoms: self.atoms, sets: self.sets, conditions }
    }
}

impl Scan {
    /// A scan of conditions that are one atom each.
    pub fn of(from: Sql, number: Sql, conditions: impl IntoIterator<Item = (String, Sql)>) -> Self {
        let mut atoms = Atoms::default();
        let conditions = conditions.into_iter().map(|(name, sql)| (name, atoms.atom(sql))).collect();
        atoms.scan(from, number, conditions)
    }
    /// A condition as one piece of SQL over `from`.
    pub fn sql(&self, tree: &Tree) -> Sql {
        let all = |trees: &[Tree], separator, none: &'static str| match trees {
            [] => none.into(),
            trees => sql!("(", join(trees.iter().map(|tree| self.sql(tree)), separator), ")"),
        };
        match tree {
            Tree::Atom(index) => self.atoms.get(*index).cloned().unwrap_or_else(|| "null".into()),
            Tree::Member(index) => self.sets.get(*index).map_or_else(|| "null".into(), |set| set.holds(&self.number)),
            Tree::And(trees) => all(trees, " and ", "true"),
            Tree::Or(trees) => all(trees, " or ", "false"),
            Tree::Not(tree) => sql!("(not ", self.sql(tree), ")"),
        }
    }
    /// Everything it asks: what stands after `from`, atoms, and the queries of sets.
    pub fn pieces(&self) -> impl Iterator<Item = Sql> {
        let sets = self.sets.iter().map(NumberSet::query);
        [self.from.clone(), self.number.clone()].into_iter().chain(self.atoms.iter().cloned()).chain(sets)
    }
    /// The same scan with some of its conditions, and only the atoms and sets they are made of.
    pub fn with(&self, conditions: impl IntoIterator<Item = (String, Tree)>) -> Self {
        let mut atoms = Atoms::default();
        let conditions = conditions.into_iter().map(|(name, tree)| (name, self.moved(&tree, &mut atoms))).collect();
        atoms.scan(self.from.clone(), self.number.clone(), conditions)
    }

    fn moved(&self, tree: &Tree, to: &mut Atoms) -> Tree {
        let mut all = |trees: &[Tree]| trees.iter().map(|tree| self.moved(tree, to)).collect();
        match tree {
            Tree::Atom(index) => to.atom(self.atoms[*index].clone()),
            Tree::Member(index) => to.member(self.sets[*index].clone()),
            Tree::And(trees) => Tree::And(all(trees)),
            Tree::Or(trees) => Tree::Or(all(trees)),
            Tree::Not(tree) => Tree::Not(Box::new(self.moved(tree, to))),
        }
    }
}

impl NumberSet {
    /// The query of its bitmap.
    pub fn query(&self) -> Sql {
        sql!("select ", &self.members, " from ", &self.table, " where ", &self.names, " = ", text(&self.name))
    }
    /// Whether it holds a number.
    pub fn holds(&self, number: &Sql) -> Sql {
        sql!("bitmap_contains((", self.query(), "), ", number, ")")
    }
    /// Names and bitmaps of all sets of one table that have one of these names: `name`, `members`.
    pub fn query_of<'s>(table: &TableName, sets: impl IntoIterator<Item = &'s Self>) -> Sql {
        let mut sets = sets.into_iter().peekable();
        let (names, members) =
            sets.peek().map_or_else(|| (id("name"), id("members")), |set| ((&set.names).into(), (&set.members).into()));
        let listed = join(sets.map(|set| text(&set.name)), ", ");
        let columns = sql!(&names, " as \"name\", ", members, " as \"members\"");
        sql!("select ", columns, " from ", table, " where ", names, " in (", listed, ")")
    }
}
