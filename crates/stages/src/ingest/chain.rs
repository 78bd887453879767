//! Chain: a table on its way through its steps, as one select after the other, with columns that are known.
//!
//! Invariants
//! - Selects are named (`with s1 as …, s2 as …`), not nested: the engine's parser bounds how deep brackets nest.
//! - Beside its columns a row carries `_file` and `_line`, and, once a step needs them, `_errors` (why it is
//!   corrupt), `_order` (its place after a sort) and `_part` (its place in an expanded list).
//! - After a step that could not be planned the chain is open: what follows it is not blamed.
//!
//! Not here: what single steps do (`columns`, `rows`).

use std::sync::Arc;

use onefold_model::define::TransformStep;
use onefold_model::expr::{ColumnRef, Scope, ScopeTable};
use onefold_model::sql::{cast, id, join};
use onefold_model::{Code, Column, ColumnName, DataType, Diagnostic, Expr, Spanned, Sql, TableName, Typed, sql};

use crate::planner::unknown_column;
use crate::{Planner, condition};

/// A table after some of its steps.
pub(super) struct Chain {
    /// The selects so far, each over the one before it.
    selects: Vec<Sql>,
    /// The last of them, or the table.
    pub(super) from: Sql,
    /// Its columns, without those that start with `_`.
    pub(super) columns: Vec<Column>,
    /// Whether there may be columns that are not known.
    pub(super) open: bool,
    /// Whether rows carry `_errors`.
    pub(super) checked: bool,
    /// Whether rows still stand for one row of the source each.
    pub(super) lineage: bool,
    /// Corrupt rows taken out on the way, as `_errors`, `_file`, `_line`; and whether the latter mean anything.
    pub(super) rejects: Vec<(Sql, bool)>,
    sorted: bool,
    parts: bool,
    /// Whether dates have a `<name>_precision` beside them.
    precise: bool,
}

impl Chain {
    pub(super) fn new(raw: &TableName, columns: Vec<Column>, open: bool, precise: bool) -> Self {
        let (checked, sorted, parts) = (false, false, false);
        let (selects, rejects, lineage) = (Vec::new(), Vec::new(), true);
        Self { selects, from: raw.into(), columns, open, checked, lineage, rejects, sorted, parts, precise }
    }
    /// The selects as what stands before a query, with a name and comma for more of them, or a query.
    pub(super) fn with(&self, more: Option<Sql>) -> Sql {
        let own = self.selects.iter().enumerate().map(|(at, select)| sql!(id(name_of(at)), " as (", select, ")"));
        let all: Vec<Sql> = own.chain(more).collect();
        if all.is_empty() { Sql::default() } else { sql!("with ", join(all, ", "), " ") }
    }
    /// Goes on from a select over what there is.
    pub(super) fn goes_on(&mut self, select: Sql) {
        self.from = id(name_of(self.selects.len()));
        self.selects.push(select);
    }

    /// Adds a step, or says what is wrong with it.
    pub(super) fn apply(&mut self, p: &mut Planner<'_>, table: &TableName, step: &Spanned<TransformStep>) {
        use TransformStep as T;
        let done = match &step.value {
            T::ChooseColumns(columns) => self.choose(p, table, columns),
            T::RemoveColumns(columns) => self.remove(p, table, columns),
            T::RenameColumns(pairs) => self.rename(p, table, pairs),
            T::ReorderColumns(columns) => self.reorder(p, table, columns),
            T::FilterRows(condition) => self.filter(p, condition),
            T::KeepRows(count) => self.by_place(" <= ", *count),
            T::RemoveRows(count) => self.by_place(" > ", *count),
            T::Sort(columns) => self.sort(p, table, columns),
            T::Distinct(columns) => self.distinct(p, table, columns),
            T::ChangeType { columns, locale, format } => {
                self.change_type(p, table, columns, locale.as_ref(), format.as_ref())
            }
            T::ReplaceValues { columns, from, to } => self.replace(p, table, columns, from.as_deref(), to.as_deref()),
            T::Lowercase(columns) => self.text_function(p, table, columns, "lower("),
            T::Uppercase(columns) => self.text_function(p, table, columns, "upper("),
            T::Trim(columns) => self.text_function(p, table, columns, "trim("),
            T::Expand { column, fields, keep } => self.expand(p, table, column, fields, *keep),
            T::AddColumn { name, value } => self.add(p, table, name, value),
            T::GroupBy { by, columns } => self.group(p, table, by, columns),
            T::Sql(text) => self.own_sql(p, text),
            // The loader has said so already.
            T::NotYet(_) => None,
        };
        self.open |= done.is_none();
    }

    /// The place of a column; in an open chain a column not known yet is taken for granted.
    pub(super) fn find(&mut self, name: &str) -> Option<usize> {
        let at = self.columns.iter().position(|column| column.name == name);
        if at.is_none() && self.open {
            self.columns.push(Column::new(name, DataType::Any));
            return Some(self.columns.len() - 1);
        }
        at
    }
    /// The place of each column a step names, or a diagnostic at each that is not there.
    pub(super) fn find_all(
        &mut self,
        p: &mut Planner<'_>,
        table: &TableName,
        names: &[Spanned<String>],
    ) -> Option<Vec<usize>> {
        let mut all = Vec::with_capacity(names.len());
        for name in names {
            match self.find(name) {
                Some(at) => all.push(at),
                None => p.say(unknown_column(table.as_str(), &self.columns, name, name.at)),
            }
        }
        (all.len() == names.len()).then_some(all)
    }
    /// The place of `<name>_precision` of a date, which goes where the date goes.
    pub(super) fn companion(&self, at: usize) -> Option<usize> {
        let date = self.precise.then(|| &self.columns[at]).filter(|column| column.ty == DataType::Date)?;
        let wanted = format!("{}_precision", date.name);
        self.columns.iter().position(|column| column.name == wanted.as_str())
    }
    /// An expression over the columns, as SQL and its type.
    pub(super) fn expression(
        &mut self,
        p: &mut Planner<'_>,
        expr: &Spanned<Expr>,
        aggregates: bool,
    ) -> Option<(Sql, Typed)> {
        let own = ScopeTable { alias: String::new(), columns: self.columns.clone(), open: self.open };
        let scope = Scope { tables: vec![own.into()], segments: Arc::default(), aggregates };
        let typed = p.typed(expr, &scope)?;
        for column in typed.columns() {
            self.find(column.column.as_str());
        }
        p.turns_in_tables(&typed);
        let column = |column: &ColumnRef| id(column.column.as_str());
        // A table's own scope has no segments; resolving has said so.
        let segment = |_: &str| Sql::from("false");
        Some((condition::sql(&typed, &column, &segment, p.zone()), typed))
    }

    /// The columns that tell rows apart, in the order of the source.
    pub(super) fn identity(&self) -> Vec<&'static str> {
        let mut all = vec!["_file", "_line"];
        if self.parts {
            all.push("_part");
        }
        all
    }
    pub(super) fn identity_columns(&self) -> Vec<Column> {
        let ty = |name| if name == "_line" { DataType::Integer } else { DataType::Text };
        self.identity().into_iter().map(|name| Column::new(name, ty(name))).collect()
    }
    /// The column as the published table has it: one whose type nobody could tell is text.
    pub(super) fn published(column: &Column) -> Column {
        column.clone()
    }
    pub(super) fn publish(column: &Column) -> Sql {
        id(column.name.as_str())
    }

    /// The columns that every row carries beside its own.
    pub(super) fn carried(&self) -> Vec<&'static str> {
        let mut all = self.identity();
        if self.checked {
            all.push("_errors");
        }
        if self.sorted {
            all.push("_order");
        }
        all
    }
    /// The order rows stand in: after a sort its own, else that of the source.
    pub(super) fn order(&self) -> Sql {
        match self.sorted {
            true => id("_order"),
            false => join(self.identity().into_iter().map(id), ", "),
        }
    }
    /// Puts a select around what there is: these columns, the carried ones, and what comes after the relation.
    pub(super) fn select(&mut self, columns: Vec<(Column, Sql)>, carried: Vec<Sql>, rest: Sql) {
        let own = columns.iter().map(|(column, value)| named(value, column.name.as_str()));
        let all = join(own.chain(carried), ", ");
        self.goes_on(sql!("select ", all, " from ", &self.from, rest));
        self.columns = columns.into_iter().map(|(column, _)| column).collect();
    }
    /// The columns as they are.
    pub(super) fn same(&self) -> Vec<(Column, Sql)> {
        self.columns.iter().map(|column| (column.clone(), id(column.name.as_str()))).collect()
    }
    pub(super) fn carry(&self) -> Vec<Sql> {
        self.carried().into_iter().map(id).collect()
    }
    /// Puts a select around what there is, carrying what rows carry.
    pub(super) fn project(&mut self, columns: Vec<(Column, Sql)>) {
        let carried = self.carry();
        self.select(columns, carried, Sql::default());
    }
    /// Makes rows carry why they are corrupt.
    pub(super) fn check(&mut self) {
        if !self.checked {
            let mut carried = self.carry();
            carried.push("cast(null as varchar) as \"_errors\"".into());
            let same = self.same();
            self.select(same, carried, Sql::default());
            self.checked = true;
        }
    }
    /// Takes corrupt rows out, before a step in which they would be lost or counted.
    pub(super) fn set_aside(&mut self) {
        if !self.checked {
            return;
        }
        let rejects =
            sql!("select \"_errors\", \"_file\", \"_line\" from ", &self.from, " where \"_errors\" is not null");
        self.rejects.push((rejects, self.lineage));
        let same = self.same();
        self.checked = false;
        let carried = self.carry();
        self.select(same, carried, " where \"_errors\" is null".into());
    }
    pub(super) fn set_sorted(&mut self) {
        self.sorted = true;
    }
    pub(super) fn set_parts(&mut self) {
        self.parts = true;
    }
    pub(super) fn has_parts(&self) -> bool {
        self.parts
    }
    /// Rows of the source are no longer told apart: from here on rows are numbered in the order of their columns.
    pub(super) fn renumber(&mut self) {
        (self.lineage, self.sorted, self.parts) = (false, false, false);
        let order = join(self.columns.iter().map(|column| id(column.name.as_str())), ", ");
        let carried = vec![
            Sql::from("'' as \"_file\""),
            sql!("cast(row_number() over (order by ", order, ") as bigint) as \"_line\""),
        ];
        let same = self.same();
        self.select(same, carried, Sql::default());
    }
    /// Says that a column's type cannot be told.
    pub(super) fn note_any(p: &mut Planner<'_>, name: &Spanned<String>) {
        let message = format!("the type of `{}` is known only after the first read", name.value);
        p.say(Diagnostic::new(Code::ExprAny, name.at, message).hint("write `cast(… as …)`, if it matters"));
    }
    /// The new column's name, unless it is taken.
    pub(super) fn free(&self, p: &mut Planner<'_>, table: &TableName, name: &Spanned<String>) -> Option<ColumnName> {
        let taken = self.columns.iter().any(|column| column.name == name.value.as_str());
        if taken || name.starts_with('_') {
            let why = if taken { "already has a column" } else { "cannot have a column that begins with `_`:" };
            let message = format!("`{table}` {why} `{}`", name.value);
            p.say(Diagnostic::new(Code::SourceStep, name.at, message).hint("choose another name"));
            return None;
        }
        Some(ColumnName::new(name.value.clone()))
    }
}

/// The name of a select, by its place.
fn name_of(place: usize) -> String {
    format!("s{}", place + 1)
}

/// `value as "name"`, or the name alone.
pub(super) fn named(value: &Sql, name: &str) -> Sql {
    let own = id(name);
    if *value == own { own } else { sql!(value, " as ", own) }
}

/// A cell as it is shown in the reason why its row is corrupt.
pub(super) fn shown(value: &Sql) -> Sql {
    cast(value.clone(), DataType::Text)
}
