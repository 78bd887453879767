//! Segment: the form of `segments/`.
//!
//! Not here: whether the tables and columns it names are there (`onefold-stages`).

use super::expression::Expression;
use super::form::{Fields, List, Record, Some1};
use super::people::{description, used_tables};
use super::source::refresh;
use super::step::{renamed_from, title};
use super::word::Flag;
use crate::define::{Segment, SegmentRule, UsedTable};
use crate::plan::SetOperator;
use crate::{Expr, Spanned};

/// `segments/<Name>.yaml`
pub(crate) fn segment(f: &mut Fields<'_, '_>, name: &Spanned<String>) -> Option<Segment> {
    let title = title(f);
    let description = description(f);
    renamed_from(f);
    let tables = used_tables(f);
    let rules = f.required("rules", "the rules, folded left to right", Some1(List(Record(rule))));
    let materialize = f.optional("materialize", "whether its rows are written out as a table too; default false", Flag);
    let refresh = refresh(f, "refresh", "when it is worked out again; default `with_every_run`");
    let (name, materialize) = (name.clone(), materialize.unwrap_or(false));
    Some(Segment { name, title, description, tables, rules: rules?, materialize, refresh })
}

/// `where:`, or one of `union:`, `intersect:`, `except:` around it.
fn rule(f: &mut Fields<'_, '_>) -> Option<SegmentRule> {
    let filter = f.optional("where", "the condition; a rule without an operator is a union", Expression);
    let tables = used_tables(f);
    let others = [
        ("union", SetOperator::Union, f.optional("union", "adds those who match", Record(inner_rule))),
        ("intersect", SetOperator::Intersect, f.optional("intersect", "keeps those who match too", Record(inner_rule))),
        ("except", SetOperator::Except, f.optional("except", "removes those who match", Record(inner_rule))),
    ];
    let keys: Vec<&str> = ["where", "union", "intersect", "except"].into_iter().filter(|key| f.has(key)).collect();
    if let [first, second, ..] = keys[..] {
        let why = format!("a rule has one operator, and this one has `{first}` and `{second}`");
        f.refuse(second, why, "begin a new rule: write `- ` before it");
        return None;
    }
    if keys.is_empty() && f.reading() {
        f.lacks("where", "the condition, or `union:`, `intersect:`, `except:` around it");
    }
    if !f.has("where") {
        f.refuse(
            "tables",
            "`tables` stands outside the rule's operator".to_owned(),
            "move it beside `where:`, or to the segment",
        );
    }
    if let Some(filter) = filter {
        return Some(SegmentRule { operator: SetOperator::Union, filter, tables });
    }
    let (operator, (filter, tables)) = others.into_iter().find_map(|(_, operator, rule)| Some((operator, rule?)))?;
    Some(SegmentRule { operator, filter, tables })
}

fn inner_rule(f: &mut Fields<'_, '_>) -> Option<(Spanned<Expr>, Vec<UsedTable>)> {
    let filter = f.required("where", "the condition", Expression);
    let tables = used_tables(f);
    Some((filter?, tables))
}
