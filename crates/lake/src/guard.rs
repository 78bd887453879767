//! Guard: which statements people and tools may send.
//!
//! Invariants
//! - One statement, and it only reads: a query, or `explain` of one. Everything else is refused by kind, not by name.
//! - A relation is a table, a view, a `with` of the same query, or a function on a closed list; never a path.
//!
//! Not here: limits on time, memory and rows (`query.rs`).

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{
    Ident, ObjectName, ObjectNamePart, Query, SetExpr, Statement as Ast, TableFactor, Visit, Visitor,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;

use crate::{LakeError, Result};

/// Functions that may stand for a table.
const TABLE_FUNCTIONS: &[&str] = &["generate_series", "range", "unnest"];

/// A statement that may run, and the names in it that must be tables or views.
#[derive(Debug)]
pub(crate) struct Allowed {
    pub(crate) statement: Statement,
    /// As written.
    pub(crate) relations: BTreeSet<String>,
    /// Names that `with` gives.
    pub(crate) given: BTreeSet<String>,
    /// Whether it asks how and not what.
    pub(crate) explain: bool,
}

/// Parses a text and refuses it unless it only reads.
pub(crate) fn allow(sql: &str) -> Result<Allowed> {
    let parser = DFParserBuilder::new(sql).with_dialect(&PostgreSqlDialect {}).build();
    let mut statements = parser.and_then(|mut parser| parser.parse_statements()).map_err(|error| {
        LakeError::Refused(format!("this is not SQL that can be read: {}; check the text", crate::query::plain(&error)))
    })?;
    let refused = |why: &str| Err(LakeError::Refused(format!("{why}; send one `select` or `explain select`")));
    let Some(statement) = statements.pop_front() else { return refused("there is no statement") };
    if !statements.is_empty() {
        return refused("there is more than one statement");
    }
    let (ast, explain) = match &statement {
        Statement::Statement(ast) => (ast.as_ref(), false),
        Statement::Explain(explain) => match explain.statement.as_ref() {
            Statement::Statement(ast) => (ast.as_ref(), true),
            _ => return refused("only queries can be explained"),
        },
        _ => return refused("only queries are allowed"),
    };
    let Ast::Query(query) = ast else { return refused("only queries are allowed") };
    let mut seen = Seen::default();
    if let ControlFlow::Break(why) = query.visit(&mut seen) {
        return Err(LakeError::Refused(why));
    }
    let Seen { relations, given } = seen;
    Ok(Allowed { statement, relations, given, explain })
}

/// What a walk over a query found.
#[derive(Default)]
struct Seen {
    relations: BTreeSet<String>,
    given: BTreeSet<String>,
}

impl Visitor for Seen {
    type Break = String;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<String> {
        if !query.locks.is_empty() {
            return ControlFlow::Break("rows cannot be locked; leave `for …` out".into());
        }
        for with in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.given.insert(with.alias.name.value.clone());
        }
        reads_only(&query.body)
    }

    fn pre_visit_relation(&mut self, name: &ObjectName) -> ControlFlow<String> {
        match &name.0[..] {
            [ObjectNamePart::Identifier(Ident { value, quote_style, .. })] if *quote_style != Some('\'') => {
                self.relations.insert(value.clone());
                ControlFlow::Continue(())
            }
            [ObjectNamePart::Identifier(Ident { value, .. })] => {
                ControlFlow::Break(format!("there is no table '{value}'; files cannot be read, name a table"))
            }
            _ => ControlFlow::Break(format!(
                "there is no table `{name}`; tables lie in no schema, and a name with dots stands in double quotes"
            )),
        }
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<String> {
        match factor {
            TableFactor::Table { name, args: Some(_), .. } => table_function(name),
            TableFactor::Function { name, .. } => table_function(name),
            TableFactor::Table { .. }
            | TableFactor::Derived { .. }
            | TableFactor::NestedJoin { .. }
            | TableFactor::UNNEST { .. } => ControlFlow::Continue(()),
            other => ControlFlow::Break(format!("`{other}` cannot stand for a table; name a table or a view")),
        }
    }

    fn post_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<String> {
        // The name of a function was met on the way like that of a table.
        if let TableFactor::Table { name, args: Some(_), .. } | TableFactor::Function { name, .. } = factor {
            self.relations.remove(&name.to_string());
        }
        ControlFlow::Continue(())
    }
}

fn table_function(name: &ObjectName) -> ControlFlow<String> {
    if TABLE_FUNCTIONS.iter().any(|known| name.to_string().eq_ignore_ascii_case(known)) {
        return ControlFlow::Continue(());
    }
    let known = TABLE_FUNCTIONS.join("`, `");
    ControlFlow::Break(format!("function `{name}` cannot stand for a table; use a table, a view or one of `{known}`"))
}

/// Whether the body of a query changes nothing.
fn reads_only(body: &SetExpr) -> ControlFlow<String> {
    match body {
        SetExpr::Select(select) if select.into.is_some() => {
            ControlFlow::Break("`select into` writes a table; leave `into` out".into())
        }
        SetExpr::Select(_) | SetExpr::Values(_) | SetExpr::Table(_) => ControlFlow::Continue(()),
        // A query in brackets is visited as a query of its own.
        SetExpr::Query(_) => ControlFlow::Continue(()),
        SetExpr::SetOperation { left, right, .. } => {
            reads_only(left)?;
            reads_only(right)
        }
        SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {
            ControlFlow::Break("tables cannot be changed; send a query".into())
        }
    }
}
