//! Scope: what the words before a dot stand for in a measure, a segment or an export.
//!
//! Reads    the catalogue, the `tables:` of the definition, what the board knows of measures and segments
//!
//! Invariants
//! - `Customer`, `Customer_Measure`, `UnifiedActivity`, `Activity_<Type>` and the measures with tables of their own can always be named.
//! - A definition's own alias goes before a measure of that name, never before a table of the system.
//!
//! Not here: which rows an expression looks at (`rows`).

use std::collections::BTreeMap;
use std::sync::Arc;

use onefold_model::define::UsedTable;
use onefold_model::expr::{Scope, ScopeTable};
use onefold_model::{At, Column, DataType, Spanned, Table, TableName};

use crate::Planner;
use crate::activities::ACTIVITY_PREFIX;
use crate::board::{Board, MeasureTable};

/// What an alias stands for.
#[derive(Clone, Debug)]
pub(crate) enum Meaning {
    /// The profiles.
    Customer,
    /// The customer attributes.
    Attributes,
    /// A table whose rows carry a `profile_no`: activities, customer measures.
    Numbered(TableName),
    /// A business measure of one value.
    Scalar(TableName),
    /// A business measure with dimensions: no row of it belongs to a profile.
    Split(TableName),
    /// A table of the definition's `tables:`.
    Related(Related),
}

/// A table of `tables:` that was found.
#[derive(Clone, Debug)]
pub(crate) struct Related {
    /// The table.
    pub(crate) table: Table,
    /// The relationships named; empty when the only way is meant.
    pub(crate) path: Vec<Spanned<String>>,
    /// The place of its alias.
    pub(crate) at: Option<At>,
}

/// What one definition can name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    meanings: BTreeMap<String, Meaning>,
    tables: Vec<Arc<ScopeTable>>,
    segments: Arc<[String]>,
}

impl Names {
    /// What an alias stands for.
    pub(crate) fn meaning(&self, alias: &str) -> Option<&Meaning> {
        self.meanings.get(alias)
    }

    /// The aliases of the definition's own tables.
    pub(crate) fn related(&self) -> impl Iterator<Item = (&str, &Related)> {
        self.meanings.iter().filter_map(|(alias, meaning)| match meaning {
            Meaning::Related(related) => Some((alias.as_str(), related)),
            _ => None,
        })
    }

    /// The scope in which its expressions are resolved.
    pub(crate) fn scope(&self, aggregates: bool) -> Scope {
        Scope { tables: self.tables.clone(), segments: self.segments.clone(), aggregates }
    }

    /// The same with the tables of a definition; those of a rule come after, and before, those of its segment.
    ///
    /// `None` when one of them is not there; a diagnostic says so.
    pub(crate) fn with(&self, p: &mut Planner<'_>, tables: &[&[UsedTable]]) -> Option<Names> {
        let mut names = self.clone();
        let mut complete = true;
        for used in tables.iter().copied().flatten() {
            if let Some(Meaning::Customer | Meaning::Attributes) = names.meaning(&used.alias) {
                // Said where definitions were read.
                complete = false;
                continue;
            }
            let Some(table) = p.find_table(&used.table) else {
                complete = false;
                continue;
            };
            let open = p.is_open(table.name.as_str());
            let columns = table.columns.clone();
            let related = Related { table, path: used.path.clone(), at: used.alias.at };
            names.add(&used.alias, Meaning::Related(related), columns, open);
        }
        complete.then_some(names)
    }

    fn add(&mut self, alias: &str, meaning: Meaning, columns: Vec<Column>, open: bool) {
        self.tables.retain(|table| table.alias != alias);
        self.tables.push(Arc::new(ScopeTable { alias: alias.to_owned(), columns, open }));
        self.meanings.insert(alias.to_owned(), meaning);
    }
}

/// The names of a definition with these `tables:`; those of a rule come after, and before, those of its segment.
///
/// `None` when one of its tables is not there; a diagnostic says so.
pub(crate) fn names(p: &mut Planner<'_>, board: &Board, tables: &[&[UsedTable]]) -> Option<Names> {
    system(p, board).with(p, tables)
}

/// What every definition can name.
pub(crate) fn system(p: &Planner<'_>, board: &Board) -> Names {
    let mut names = Names { segments: board.segment_names(), ..Names::default() };
    add_system(p, board, &mut names);
    names
}

fn add_system(p: &Planner<'_>, board: &Board, names: &mut Names) {
    for (name, measure) in board.measure_tables() {
        let table = measure.table();
        let columns = p.catalog().get(table.as_str()).map(|t| t.columns.clone());
        let open = columns.is_none();
        let meaning = match measure {
            MeasureTable::PerProfile(table) => Meaning::Numbered(table.clone()),
            MeasureTable::Scalar(table) => Meaning::Scalar(table.clone()),
            MeasureTable::Split(table) => Meaning::Split(table.clone()),
        };
        names.add(name, meaning, columns.unwrap_or_default(), open);
    }
    if let Some(customer) = p.catalog().get("Customer") {
        names.add("Customer", Meaning::Customer, customer.columns.clone(), p.is_open("Customer"));
        let attributes = board.attributes().map(|(name, ty)| Column::new(name, ty));
        let columns = [Column::new("CustomerId", DataType::Text)].into_iter().chain(attributes).collect();
        names.add("Customer_Measure", Meaning::Attributes, columns, false);
    }
    let of_types = p.catalog().iter().filter(|table| {
        let kind = table.name.as_str().strip_prefix(ACTIVITY_PREFIX);
        kind.is_some_and(|kind| p.project().activities.iter().any(|activity| activity.kind.value == kind))
    });
    for table in of_types {
        names.add(table.name.as_str(), Meaning::Numbered(table.name.clone()), table.columns.clone(), false);
    }
    if let Some(activities) = p.catalog().get("UnifiedActivity") {
        let meaning = Meaning::Numbered(activities.name.clone());
        names.add("UnifiedActivity", meaning, activities.columns.clone(), p.is_open("UnifiedActivity"));
    }
}
