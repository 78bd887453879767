//! Measures: numbers about people.
//!
//! Reads    resolved tables, `UnifiedActivity`, `Customer`, other measures, bitmaps of segments of lower levels
//! Writes   `Customer_Measure`, `Measures_<level>` (internal), `Measure_<Name>`
//! Flow     kind ─ names ─ types ─ rows ─ aggregates (`aggregates`) ─ one column (`attributes`) or a table (`tables`)
//!
//! Invariants
//! - All attributes of a level that look at the same rows share one pass over them.
//! - `replace_nulls` and `replace` change what the value sees; the filter sees what is there.
//! - A window is a condition beside the filter.
//! - A wrong measure is left out, and its column is `any` to what uses it: a fault is said once.
//!
//! Not here: the order of measures (`order`), what an expression means (`condition`).

mod aggregates;
mod attributes;
pub(crate) mod explain;
mod replace;
mod tables;
mod window;

use onefold_model::define::{Measure, MeasureKind};
use onefold_model::expr::{Node, Operator, Resolved, resolve_condition, resolve_value};
use onefold_model::plan::Stage;
use onefold_model::{Code, Column, DataType, Diagnostic, Expr, Output, Spanned, Sql, TableName, Typed, sql};

use crate::Planner;
use crate::board::{Board, customer_measure};
use crate::planner::sql_step;
use crate::rows::{Rows, Slots, rows_of};
use crate::scope::{Names, names};
use crate::turns::{self, Ask};

/// Plans the measures of a level.
pub(crate) fn plan_level(p: &mut Planner<'_>, board: &mut Board, level: usize) {
    let project = p.project();
    let (attributes, others): (Vec<&Measure>, Vec<&Measure>) = board
        .order
        .measures(level)
        .into_iter()
        .map(|i| &project.measures[i])
        .partition(|measure| measure.kind.value == MeasureKind::CustomerAttribute);
    attributes::plan(p, board, level, &attributes);
    for measure in others {
        tables::plan(p, board, level, measure);
    }
}

/// Some attributes of a level by themselves: their columns and query; see `attributes::some`.
pub(crate) fn some_attributes(
    p: &mut Planner<'_>,
    board: &Board,
    level: usize,
    measures: &[&Measure],
) -> Option<(Vec<Column>, Sql)> {
    attributes::some(p, board, level, measures)
}

/// A measure with a table of its own: its columns and query.
pub(crate) fn own_table(
    p: &mut Planner<'_>,
    board: &Board,
    level: usize,
    measure: &Measure,
) -> Option<(Vec<Column>, Sql)> {
    tables::worked_out(p, board, level, measure)
}

/// Plans `Customer_Measure` for a project without customer attributes: the ids alone.
pub(crate) fn publish_without_attributes(p: &mut Planner<'_>) {
    if p.catalog().get("Customer").is_none() {
        return;
    }
    let table = customer_measure();
    let query = sql!("select \"CustomerId\", \"profile_no\" from ", TableName::from("Customer"));
    let out = Output::published(table, id_columns()).sorted_by(&["profile_no"]);
    p.step(sql_step("measures.attributes", Stage::Measures, &["unify".to_owned()], out, query));
}

/// The columns with which every table of profiles begins.
pub(crate) fn id_columns() -> Vec<Column> {
    vec![Column::new("CustomerId", DataType::Text), Column::new("profile_no", DataType::Small)]
}

/// A measure with types, and the rows it looks at.
struct Understood<'a> {
    measure: &'a Measure,
    values: Vec<Typed>,
    filter: Option<Typed>,
    dimensions: Vec<Typed>,
    rows: Rows,
    slots: Slots,
}

impl Understood<'_> {
    /// What time alone changes of it.
    fn turns(&self, board: &Board, zone: &str, level: usize) -> Vec<Ask> {
        let all = self.values.iter().chain(&self.filter).chain(&self.dimensions);
        turns::asks(all, &self.rows, &self.slots, board, zone, Some(level))
    }
}

/// Finds names, types and rows of a measure, or says what is wrong with it.
fn understand<'a>(p: &mut Planner<'_>, board: &Board, measure: &'a Measure) -> Option<Understood<'a>> {
    let with_profiles = measure.kind.value != MeasureKind::BusinessMeasure;
    if !fits_its_kind(p, measure) || (with_profiles && !has_profiles(p, &measure.name)) {
        return None;
    }
    let names = names(p, board, &[&measure.tables])?;
    let values: Vec<Option<Typed>> =
        measure.values.iter().map(|value| replace::value(p, &names, measure, &value.value)).collect();
    let filter = measure.filter.as_ref().map(|filter| typed_condition(p, &names, filter));
    let window = measure.window.as_ref().map(|window| window::window(p, &names, measure, window));
    let dimensions: Vec<Option<Typed>> = measure.dimensions.iter().map(|d| tables::dimension(p, &names, d)).collect();
    let values: Vec<Typed> = values.into_iter().collect::<Option<_>>()?;
    let dimensions: Vec<Typed> = dimensions.into_iter().collect::<Option<_>>()?;
    let filter =
        both(filter.map_or(Some(None), |typed| typed.map(Some))?, window.map_or(Some(None), |typed| typed.map(Some))?);
    let all: Vec<&Typed> = values.iter().chain(&filter).chain(&dimensions).collect();
    let (mut rows, slots) = rows_of(p, &names, &all, with_profiles, measure.name.at)?;
    if let Some(roll_up) = &measure.roll_up {
        rows.roll_up = Some(p.hierarchy(roll_up)?);
    }
    Some(Understood { measure, values, filter, dimensions, rows, slots })
}

/// Whether there are profiles. A project without `unify.yaml` is told at what asks for them; what is wrong in that file
/// has been said.
pub(crate) fn has_profiles(p: &mut Planner<'_>, asks: &Spanned<String>) -> bool {
    if p.project().unify.is_none() {
        let message = format!("`{}` asks for profiles, and nothing says which tables have people in them", asks.value);
        let hint = "write `unify.yaml`: one table with people in it is enough";
        p.say(Diagnostic::new(Code::PathMissing, asks.at, message).hint(hint));
    }
    p.catalog().get("Customer").is_some()
}

/// Whether a measure has the parts of its kind.
fn fits_its_kind(p: &mut Planner<'_>, measure: &Measure) -> bool {
    let (values, dimensions) = (measure.values.len(), measure.dimensions.len());
    let wrong = match measure.kind.value {
        // Said where definitions were read.
        MeasureKind::CustomerAttribute if values != 1 || dimensions > 0 => return false,
        MeasureKind::CustomerMeasure if dimensions == 0 => Some((
            "a customer measure is split by at least one dimension",
            "add `dimensions`, or make it a `customer_attribute`",
        )),
        MeasureKind::BusinessMeasure if dimensions == 0 && values != 1 => {
            Some(("a business measure without dimensions has exactly one value", "add `dimensions`, or keep one value"))
        }
        _ if values == 0 => Some(("a measure has at least one value", "add `value` or `values`")),
        _ => None,
    };
    if let Some((message, hint)) = wrong {
        p.say(Diagnostic::new(Code::MeasureKind, measure.kind.at.or(measure.name.at), message).hint(hint));
    }
    wrong.is_none() && columns_differ(p, measure)
}

/// Whether no two columns of a measure's table share a name.
fn columns_differ(p: &mut Planner<'_>, measure: &Measure) -> bool {
    if measure.kind.value == MeasureKind::CustomerAttribute {
        return true;
    }
    let mut seen: Vec<&str> = Vec::new();
    let mut differ = true;
    let names = measure.dimensions.iter().map(|d| &d.name).chain(measure.values.iter().map(|v| &v.name));
    for name in names {
        if seen.contains(&name.value.as_str()) {
            let message = format!("two columns of `{}` are called `{}`", measure.name.value, name.value);
            p.say(Diagnostic::new(Code::NameClash, name.at, message).hint("rename one of them"));
            differ = false;
        }
        seen.push(&name.value);
        differ &= reserved_free(p, name);
    }
    differ
}

fn reserved_free(p: &mut Planner<'_>, name: &Spanned<String>) -> bool {
    let reserved = ["customerid", "profile_no"].contains(&name.value.to_lowercase().as_str());
    if reserved {
        let message = format!("`{}` is a column of the system", name.value);
        p.say(Diagnostic::new(Code::ReservedName, name.at, message).hint("choose another name"));
    }
    !reserved
}

/// A condition with types: it must be true or false, and without aggregates.
pub(crate) fn typed_condition(p: &mut Planner<'_>, names: &Names, filter: &Spanned<Expr>) -> Option<Typed> {
    said(p, resolve_condition(&filter.value, &names.scope(false), filter.at))
}

/// A value with types, as it is written.
fn said_value(p: &mut Planner<'_>, names: &Names, value: &Spanned<Expr>) -> Option<Typed> {
    said(p, resolve_value(&value.value, &names.scope(true), value.at))
}

/// Two conditions, both of which must hold.
fn both(a: Option<Typed>, b: Option<Typed>) -> Option<Typed> {
    match (a, b) {
        (Some(a), Some(b)) => {
            let span = a.span;
            Some(Typed { node: Node::Binary(Box::new(a), Operator::And, Box::new(b)), ty: DataType::Boolean, span })
        }
        (a, b) => a.or(b),
    }
}

/// What came of resolving, once all there is to say about it has been said.
fn said(p: &mut Planner<'_>, resolved: Result<Resolved, Vec<Diagnostic>>) -> Option<Typed> {
    let (typed, said) = match resolved {
        Ok(resolved) => (Some(resolved.typed), resolved.notes),
        Err(wrong) => (None, wrong),
    };
    said.into_iter().for_each(|diagnostic| p.say(diagnostic));
    typed
}
