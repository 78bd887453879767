//! Draft: a table of a source after each of its steps, to be tried over some of its rows.
//!
//! Flow     columns as delivered ─ one step after the other, as for a run ─ what is wrong with each, and its rows as a query
//!
//! Invariants
//! - The selects are those of a run. After a step that is wrong nothing is tried.
//!
//! Not here: reading (`onefold-connect`), evaluating (`onefold-lake`).

use onefold_model::define::{Source, SourceKind, SourceTable};
use onefold_model::sql::{id, integer, join};
use onefold_model::{Catalog, Column, Diagnostic, Project, Sql, TableName, sql};

use super::chain::Chain;
use super::{delivered, raw_name};
use crate::Planner;

/// A table of a source, to be tried.
#[derive(Clone, Debug)]
pub struct TableDraft {
    /// The table its rows are read into.
    pub raw: TableName,
    /// The table as read, then after each step as far as they can be planned.
    pub states: Vec<StepDraft>,
    /// What there is to say of the step behind the last state, or of the table.
    pub diagnostics: Vec<Diagnostic>,
}

/// A table after some of its steps.
#[derive(Clone, Debug)]
pub struct StepDraft {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Whether every row still stands for one row of the source.
    pub lineage: bool,
    with: Sql,
    from: Sql,
    order: Sql,
    checked: bool,
}

impl StepDraft {
    /// The number of rows, as one cell. Those taken out because they are corrupt do not count.
    pub fn count(&self) -> Sql {
        sql!(&self.with, "select count(*) as \"n\" from ", &self.from)
    }

    /// The first rows in order: the columns, then `_errors` (why a row is corrupt), `_file` and `_line`.
    pub fn rows(&self, limit: u32) -> Sql {
        let columns = self.columns.iter().map(|column| id(column.name.as_str()));
        let errors = if self.checked { "\"_errors\"" } else { "cast(null as varchar) as \"_errors\"" };
        let own = columns.chain([Sql::from(errors), "\"_file\"".into(), "\"_line\"".into()]);
        let rest = sql!(" from ", &self.from, " order by ", &self.order, " limit ", integer(limit.into()));
        sql!(&self.with, "select ", join(own, ", "), rest)
    }

    fn of(chain: &Chain) -> Self {
        Self {
            columns: chain.columns.clone(),
            lineage: chain.lineage,
            with: chain.with(None),
            from: chain.from.clone(),
            order: chain.order(),
            checked: chain.checked,
        }
    }
}

/// The states of a table of a source, its columns as `known` has them.
pub fn draft_table(project: &Project, known: &Catalog, source: &Source, table: &SourceTable) -> TableDraft {
    let mut p = Planner::new(project, known);
    let name = source.table_name(table);
    let raw = raw_name(source, table);
    let (columns, open) = delivered(&mut p, source, table, &raw);
    let mut chain = Chain::new(&raw, columns, open, source.kind == SourceKind::Fhir);
    let mut states = vec![StepDraft::of(&chain)];
    for step in &table.steps {
        chain.apply(&mut p, &name, step);
        if p.diagnostics().iter().any(Diagnostic::is_error) || chain.open && !open {
            break;
        }
        states.push(StepDraft::of(&chain));
    }
    TableDraft { raw, states, diagnostics: p.diagnostics().to_vec() }
}
