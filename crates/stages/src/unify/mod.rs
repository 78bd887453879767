//! Unify: records become profiles.
//!
//! Reads    `unify.yaml`, the tables it maps, `<S>_<T>_Link` where a source states links; `KeyRing` and `ProfileId` of
//!          the last run
//!          `PATCHES` in the catalogue where profiles are patched
//! Writes   `Dedupe_<S>_<T>`, `MatchLinks`, `ProfileId` (internal); `Deduplication_<S>_<T>`, `ConflationMatchPairs`,
//!          `KeyRing`, `ProfileChange`, `Customer`, `<Name>_Cluster`, `UnifyStatistics`, `MatchDecision`, `CustomerPatch`
//! Flow     map ─ dedupe (one table each) ─ match (all tables) ─ ids ─ merge ─ clusters ─ patches
//!
//! Invariants
//! - Nulls and empty texts never match and never group.
//! - Every record of an included cluster, winner or alternate, is in `KeyRing`; every profile is one row of `Customer`.
//! - An id depends on records and on the last run, never on the order of rows.
//!
//! Not here: the algorithms (`onefold-kernels`).

mod clusters;
mod decisions;
mod dedupe;
mod ids;
mod map;
mod matching;
mod merge;
mod model;
mod normal;
mod overrides;
mod patches;
mod statistics;

use onefold_model::define::MergePolicy;
use onefold_model::{Code, Column, ColumnName, DataType, Diagnostic, Sql, TableName, sql};

use crate::Planner;
pub use map::{SEMANTIC_TYPES, suggestion};
pub use model::PlannedLinkage;
pub(crate) use normal::{as_text, comparable};
pub use patches::{PATCH, PATCHES, UNPATCHED, patchable};

/// A column of Customer and where its value comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct MergedColumn {
    /// Its name on Customer.
    pub name: String,
    /// The tables and columns, in order.
    pub from: Vec<(TableName, String)>,
    /// Which of them wins.
    pub policy: MergePolicy,
    /// The group whose values come from one record together.
    pub group: Option<String>,
}

/// What unify leaves for the stages after it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unified {
    /// The columns of Customer that come from sources, keys left out.
    pub(crate) merge: Vec<MergedColumn>,
    /// The tables with people in them, in order, and their keys.
    pub(crate) tables: Vec<UnifiedTable>,
    /// What a model compares of them.
    pub(crate) linkage: Option<PlannedLinkage>,
}

/// A table with people in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct UnifiedTable {
    /// Its name.
    pub(crate) table: TableName,
    /// Its key.
    pub(crate) key: ColumnName,
    /// The key's name on Customer.
    pub(crate) on_customer: String,
    /// The name that always works: `<Source>_<Table>_<key>`.
    pub(crate) qualified: String,
}

impl Unified {
    /// The table with people in it of that name.
    pub(crate) fn table(&self, name: &str) -> Option<&UnifiedTable> {
        self.tables.iter().find(|unified| unified.table.folded() == name.to_lowercase())
    }
    /// The table whose key a column of Customer is, under its short or its qualified name.
    pub(crate) fn of_key(&self, column: &str) -> Option<&UnifiedTable> {
        self.tables.iter().find(|unified| unified.on_customer == column || unified.qualified == column)
    }
}

/// Which record belongs to which profile.
pub(crate) fn key_ring() -> TableName {
    TableName::from("KeyRing")
}
/// The profiles, living and retired.
pub(crate) fn profile_id() -> TableName {
    TableName::from("ProfileId")
}
/// One row a profile.
pub(crate) fn customer() -> TableName {
    TableName::from("Customer")
}

/// Plans all of `unify.yaml`.
pub(crate) fn plan(p: &mut Planner<'_>) {
    let Some(unify) = &p.project().unify else { return };
    let mapped = map::map(p, unify);
    if mapped.is_empty() {
        return;
    }
    decisions::plan(p);
    let said = overrides::plan(p, unify, &mapped);
    let rules = matching::rules(p, unify, &mapped);
    let dedupes: Vec<dedupe::Dedupe> = mapped.iter().map(|table| dedupe::plan(p, table, &rules, &said)).collect();
    matching::plan(p, &mapped, &dedupes, &rules);
    model::plan(p, unify, &mapped, &dedupes);
    ids::plan(p, unify, &mapped);
    matching::plan_pairs(p, &mapped);
    merge::plan(p, unify, &mapped);
    statistics::plan(p, &mapped, &dedupes, &rules);
}

fn because() -> Vec<String> {
    vec!["unify".to_owned()]
}

fn columns<const N: usize>(columns: [(&str, DataType); N]) -> Vec<Column> {
    columns.into_iter().map(|(name, ty)| Column::new(name, ty)).collect()
}

/// All values of a group in order, with `;` between them; null without any. An ordered `string_agg` sorts a group at a
/// time and takes a hundred times as long.
fn listed(value: &Sql) -> Sql {
    sql!("array_to_string(array_sort(array_agg(", value, ") filter (where ", value, " is not null)), ';')")
}

/// A diagnostic about `unify.yaml`.
fn wrong(code: Code, at: Option<onefold_model::At>, message: String, hint: &str) -> Diagnostic {
    Diagnostic::new(code, at, message).hint(hint)
}
