//! Conditions: between the text of definitions and the trees of builders.
//!
//! Reads    the plan, for columns and their types
//!
//! Not here: the two forms themselves (`onefold_model::expr::condition`).

use std::collections::BTreeSet;
use std::sync::Arc;

use onefold_api::{Condition as Tree, ConditionAsk, ConditionView, Problem};
use onefold_model::define::MeasureKind;
use onefold_model::expr::condition::{self, Comparison, Condition, Test};
use onefold_model::expr::{Scope, ScopeTable, parse, resolve_condition};
use onefold_model::{At, Code, Diagnostic, Severity, SourceFile};

use crate::diagnostics;
use crate::opened::Opened;
use crate::platform::Onefold;

/// Conditions from text to tree and back; one answer each, in order.
pub(crate) async fn conditions(project: &Onefold, asks: &[ConditionAsk]) -> Result<Vec<ConditionView>, Problem> {
    let opened = super::open(project).await?;
    Ok(asks.iter().map(|ask| answer(&opened, ask)).collect())
}

fn answer(opened: &Opened, ask: &ConditionAsk) -> ConditionView {
    let written = match (&ask.text, &ask.tree) {
        (Some(text), _) => Ok(text.clone()),
        (None, Some(tree)) => of_view(tree).and_then(|tree| condition::text(&tree, ask.table.is_some())),
        (None, None) => Ok(String::new()),
    };
    let text = match written {
        Ok(text) => text,
        Err(found) => {
            return ConditionView { text: String::new(), tree: ask.tree.clone(), diagnostics: views("", found) };
        }
    };
    if text.trim().is_empty() {
        // Nothing is asked yet, which is no fault.
        return ConditionView { text, tree: ask.tree.clone(), diagnostics: Vec::new() };
    }
    let at = At { file: 0, start: 0, end: text.len() as u32 };
    match parse(&text, Some(at)) {
        Ok(expr) => {
            let tree = to_view(&condition::read(&expr, &text));
            let found = match resolve_condition(&expr, &scope(opened, ask), Some(at)) {
                Ok(resolved) => resolved.notes,
                Err(found) => found,
            };
            let diagnostics = views(&text, found);
            ConditionView { text, tree: Some(tree), diagnostics }
        }
        Err(found) => {
            let diagnostics = views(&text, found);
            ConditionView { text, tree: None, diagnostics }
        }
    }
}

fn views(text: &str, mut found: Vec<Diagnostic>) -> Vec<onefold_api::DiagnosticView> {
    found.retain(|found| found.severity != Severity::Note);
    let mut views = diagnostics::of_files(&[SourceFile { path: String::new(), text: text.to_owned() }], &found);
    views.iter_mut().for_each(|view| view.file = None);
    views
}

/// What the condition can name.
fn scope(opened: &Opened, ask: &ConditionAsk) -> Scope {
    let catalog = &opened.planned.catalog;
    let segments = opened.project.segments.iter().map(|segment| segment.name.value.clone()).collect();
    if let Some(table) = &ask.table {
        // Steps before it may have made other columns.
        let raw = format!("Raw_{table}");
        let tables = [catalog.get(table), catalog.get(&raw), opened.known.catalog.get(&raw)];
        let mut seen = BTreeSet::new();
        let columns = tables.into_iter().flatten().flat_map(|table| table.columns.clone());
        let columns = columns.filter(|column| seen.insert(column.name.clone())).collect();
        return Scope { segments, ..Scope::own(columns, true) };
    }
    let measures = opened.project.measures.iter();
    let measures = measures.filter(|measure| measure.kind.value != MeasureKind::CustomerAttribute);
    let measures = measures.map(|measure| (measure.name.value.clone(), format!("Measure_{}", measure.name.value)));
    let system = ["Customer", "Customer_Measure", "UnifiedActivity"].map(|name| (name.to_owned(), name.to_owned()));
    let own = ask.tables.iter().map(|(alias, table)| (alias.clone(), table.clone()));
    let mut tables: Vec<Arc<ScopeTable>> = Vec::new();
    for (alias, table) in system.into_iter().chain(own).chain(measures) {
        if tables.iter().any(|known| known.alias == alias) {
            continue;
        }
        // A table that is not there is said where it is named.
        let found = catalog.get(&table);
        let columns = found.map(|table| table.columns.clone()).unwrap_or_default();
        tables.push(Arc::new(ScopeTable { alias, columns, open: found.is_none() }));
    }
    Scope { tables, segments, aggregates: false }
}

/// A tree as it came.
fn of_view(tree: &Tree) -> Result<Condition, Vec<Diagnostic>> {
    let wrong = |message: String, hint: &str| vec![Diagnostic::new(Code::ExprSyntax, None, message).hint(hint)];
    let parts = || tree.of.iter().map(of_view).collect::<Result<Vec<_>, _>>();
    match tree.op.as_str() {
        "and" => parts().map(Condition::All),
        "or" => parts().map(Condition::Any),
        "text" => Ok(Condition::Text(tree.text.clone().unwrap_or_default())),
        "is" => {
            let word = tree.operator.as_deref().unwrap_or_default();
            let Some(test) = Test::of_word(word) else {
                return Err(match word {
                    "" => wrong("a condition has no operator".to_owned(), "choose one"),
                    word => wrong(format!("`{word}` is not an operator"), "choose one of the list"),
                });
            };
            Ok(Condition::Is(Comparison {
                column: tree.column.clone().unwrap_or_default(),
                test,
                values: tree.values.clone(),
                unit: tree.unit.clone(),
                ignore_case: tree.ignore_case,
            }))
        }
        other => Err(wrong(format!("`{other}` is not a kind of condition"), "send `and`, `or`, `is` or `text`")),
    }
}

/// A tree as it goes.
fn to_view(condition: &Condition) -> Tree {
    let op = |op: &str| Tree { op: op.to_owned(), ..Tree::default() };
    match condition {
        Condition::All(parts) => Tree { of: parts.iter().map(to_view).collect(), ..op("and") },
        Condition::Any(parts) => Tree { of: parts.iter().map(to_view).collect(), ..op("or") },
        Condition::Text(text) => Tree { text: Some(text.clone()), ..op("text") },
        Condition::Is(comparison) => Tree {
            column: Some(comparison.column.clone()).filter(|column| !column.is_empty()),
            operator: Some(comparison.test.word().to_owned()),
            values: comparison.values.clone(),
            unit: comparison.unit.clone(),
            ignore_case: comparison.ignore_case,
            ..op("is")
        },
    }
}
