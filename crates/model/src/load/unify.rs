//! Unify: the form of `unify.yaml`.

use serde_json::{Value, json};

use super::form::{Either, Fields, Form, List, Named, Reader, Record, Some1, Then};
use super::word::{Choice, Flag, Text, mapping_or};
use crate::define::{
    Condition, ConditionSide, Deduplicate, DeduplicateRule, Keep, MapTable, MatchRule, Merge, MergeColumn, MergePolicy,
    Normalize, Precision, Unify,
};
use crate::yaml::{Node, ScalarKind};
use crate::{Code, Diagnostic, Spanned};

/// `unify.yaml`
pub(crate) fn unify(f: &mut Fields<'_, '_>) -> Option<Unify> {
    let tables =
        f.required("tables", "the tables with people in them, in order of priority", Some1(List(Record(map_table))));
    let rules = f.several(
        "match",
        "the match rules, in order",
        Either(|node| node.map().is_some(), Record(rules_and_model), List(Record(match_rule))),
    );
    let merge = f.optional("merge", "how values are chosen", Record(merge));
    let mut tables = tables?;
    let tables = tables
        .drain(..)
        .enumerate()
        .map(|(i, (table, include_all))| MapTable { include_all: include_all.unwrap_or(i == 0), ..table })
        .collect();
    Some(Unify { tables, rules, merge: merge.unwrap_or_default() })
}

fn map_table(f: &mut Fields<'_, '_>) -> Option<(MapTable, Option<bool>)> {
    let table = f.required("table", "the table, `<Source>_<Table>`", Text);
    let include_all = f.optional(
        "include_all",
        "whether records that match nothing become profiles; default true for the first table alone",
        Flag,
    );
    let columns = f.several(
        "columns",
        "columns and their semantic types; suggested when absent",
        Named { of: "a column", strict: false, form: Text },
    );
    let deduplicate = f.optional(
        "deduplicate",
        "how the table's own doubles are found, and which row represents them",
        Record(deduplicate),
    );
    let table = MapTable { table: table?, include_all: false, columns, deduplicate: deduplicate.unwrap_or_default() };
    Some((table, include_all))
}

fn deduplicate(f: &mut Fields<'_, '_>) -> Option<Deduplicate> {
    let rules = f.several(
        "rules",
        "explicit rules; when none, the columns that the match rules use",
        List(Record(deduplicate_rule)),
    );
    let kept = f.optional("keep", "which row represents a group: `most_filled`, or the most or least recent", keep());
    let columns =
        f.several("columns", "other choices for single columns", Named { of: "a column", strict: false, form: keep() });
    Some(Deduplicate { rules, keep: kept.unwrap_or_default(), columns })
}

fn deduplicate_rule(f: &mut Fields<'_, '_>) -> Option<DeduplicateRule> {
    let name = f.required("name", "the rule's name", Text);
    let when = f.required("when", "the conditions that must all hold", Some1(List(Record(own_condition))));
    Some(DeduplicateRule { name: name?, when: when? })
}

const FILLED: Choice<()> = Choice { words: &[("most_filled", ())], later: &[] };

/// `most_filled`, `{most_recent: {by: column}}` or `{least_recent: {by: column}}`
fn keep() -> impl Form<Out = Keep> {
    let recent = Record(|f: &mut Fields<'_, '_>| {
        let most = f.optional("most_recent", "the row with the largest value of a column", Record(by_column));
        let least = f.optional("least_recent", "the row with the smallest value of a column", Record(by_column));
        one_of(f, most.map(Keep::MostRecent), least.map(Keep::LeastRecent))
    });
    mapping_or(recent, Then(FILLED, |_, _: &Node, _: &mut Reader<'_>| Some(Keep::MostFilled)))
}

fn one_of<T>(f: &mut Fields<'_, '_>, most: Option<T>, least: Option<T>) -> Option<T> {
    if f.reading() && !f.has("most_recent") && !f.has("least_recent") {
        f.lacks("most_recent", "the column that tells which is newest: `{by: column}`");
    }
    if f.has("most_recent") {
        let why = "`most_recent` and `least_recent` exclude each other".to_owned();
        f.refuse("least_recent", why, "remove one of them");
    }
    most.or(least)
}

fn by_column(f: &mut Fields<'_, '_>) -> Option<Spanned<String>> {
    f.required("by", "the column, a date or a number", Text)
}

/// A list of rules, or `{rules: […], model: {…}}`.
fn rules_and_model(f: &mut Fields<'_, '_>) -> Option<Vec<MatchRule>> {
    let rules = f.several("rules", "the match rules, in order", List(Record(match_rule)));
    f.optional("model", "a probabilistic model; not possible yet", Model);
    Some(rules)
}

/// A probabilistic model: not possible yet.
struct Model;

impl Form for Model {
    type Out = ();
    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<()> {
        let message = "matching by a model is not possible yet";
        let at = node.named.unwrap_or(node.at);
        reader.say(Diagnostic::new(Code::NotYet, Some(at), message).hint("remove `model:` and match by `rules:`"));
        None
    }
    fn schema(&self) -> Value {
        json!({"not": {}})
    }
}

fn match_rule(f: &mut Fields<'_, '_>) -> Option<MatchRule> {
    let name = f.required("name", "the rule's name", Text);
    let from = f.required("from", "the lower table", Text);
    let to = f.required("to", "the higher table", Text);
    let when = f.required("when", "the conditions that must all hold", Some1(List(Record(condition))));
    let unless = f.several("unless", "pairs for which all of these hold do not match", List(Record(condition)));
    let active = f.optional("active", "whether the rule is used; default true", Flag).unwrap_or(true);
    Some(MatchRule { name: name?, from: from?, to: to?, when: when?, unless, active })
}

/// A condition between two tables.
fn condition(f: &mut Fields<'_, '_>) -> Option<Condition> {
    let column = f.required("column", "the column of `from`; or `{column, normalize}`", side());
    let equals = f.required("equals", "the column of `to`; or `{column, normalize}`", side());
    let (precision, normalize) = precision_and_normalize(f);
    let (column, equals) = (column?.with(&normalize), equals?.with(&normalize));
    Some(Condition { column, equals: Some(equals), precision })
}

/// A condition within one table.
fn own_condition(f: &mut Fields<'_, '_>) -> Option<Condition> {
    let column = f.required("column", "the column that must be equal", Text);
    let (precision, normalize) = precision_and_normalize(f);
    Some(Condition { column: ConditionSide { column: column?, normalize }, equals: None, precision })
}

fn precision_and_normalize(f: &mut Fields<'_, '_>) -> (Spanned<Precision>, Vec<Spanned<Normalize>>) {
    let precision = f.optional(
        "precision",
        "how near they must be: `low`, `medium`, `high`, `exact`, or a number up to 1; default `exact`",
        PrecisionForm,
    );
    let normalize = f.several("normalize", "what is done to values before they are compared, in order", normalizers());
    (precision.unwrap_or_else(|| Spanned::made(Precision::Exact)), normalize)
}

fn normalizers() -> impl Form<Out = Vec<Spanned<Normalize>>> {
    List(Choice {
        words: &[
            ("lowercase", Normalize::Lowercase),
            ("whitespace", Normalize::Whitespace),
            ("symbols", Normalize::Symbols),
            ("trim", Normalize::Trim),
            ("digits", Normalize::Digits),
        ],
        later: &["numerals", "phone", "name", "address", "organization", "ascii", "alias", "bypass"],
    })
}

/// A column and, if it has its own, what is done to it.
struct Side(Spanned<String>, Option<Vec<Spanned<Normalize>>>);

impl Side {
    fn with(self, shared: &[Spanned<Normalize>]) -> ConditionSide {
        ConditionSide { column: self.0, normalize: self.1.unwrap_or_else(|| shared.to_vec()) }
    }
}

fn side() -> impl Form<Out = Side> {
    let own = Record(|f: &mut Fields<'_, '_>| {
        let column = f.required("column", "the column", Text);
        let normalize = f.optional("normalize", "what is done to its values before they are compared", normalizers());
        Some(Side(column?, normalize))
    });
    mapping_or(own, Then(Text, |column, _: &Node, _: &mut Reader<'_>| Some(Side(column, None))))
}

/// `low`, `medium`, `high`, `exact` or a number above 0 up to 1.
struct PrecisionForm;

const PRECISIONS: Choice<Precision> = Choice {
    words: &[
        ("low", Precision::Low),
        ("medium", Precision::Medium),
        ("high", Precision::High),
        ("exact", Precision::Exact),
    ],
    later: &[],
};

impl Form for PrecisionForm {
    type Out = Spanned<Precision>;

    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Spanned<Precision>> {
        let number = match node.scalar().map(|scalar| scalar.kind) {
            Some(ScalarKind::Integer(number)) => number as f64,
            Some(ScalarKind::Number(number)) => number,
            _ => return PRECISIONS.read(node, reader),
        };
        if number > 0.0 && number <= 1.0 {
            return Some(Spanned::new(Precision::AtLeast(number), node.at));
        }
        let message = format!("a precision lies above 0 and is at most 1, and this is {number}");
        reader.say(Diagnostic::new(Code::WrongValue, Some(node.at), message).hint("write `0.85` for 85 %"));
        None
    }

    fn schema(&self) -> Value {
        json!({"anyOf": [PRECISIONS.schema(), {"type": "number", "exclusiveMinimum": 0, "maximum": 1}]})
    }
}

fn merge(f: &mut Fields<'_, '_>) -> Option<Merge> {
    let columns = f.several(
        "columns",
        "columns of Customer that are not left to the semantic types",
        Named { of: "a column", strict: false, form: Record(merge_column) },
    );
    let exclude = f.several("exclude", "`<Table>.<column>` that stay out of Customer", List(table_column()));
    let rename = f.several(
        "rename",
        "`<Table>.<column>` and its name on Customer",
        Named { of: "a column", strict: false, form: Text },
    );
    let columns = columns.into_iter().map(|(name, column)| MergeColumn { name, ..column }).collect();
    Some(Merge { columns, exclude, rename })
}

fn merge_column(f: &mut Fields<'_, '_>) -> Option<MergeColumn> {
    let from = f.required("from", "`<Table>.<column>` in order", Some1(List(table_column())));
    let policy = f.optional(
        "policy",
        "which of several values wins: `importance` (the first), or the most or least recent",
        policy(),
    );
    let name = Spanned::made(String::new());
    Some(MergeColumn { name, from: from?, policy: policy.unwrap_or_default() })
}

/// `<Table>.<column>` as one text.
pub(crate) fn table_column() -> impl Form<Out = Spanned<String>> {
    Then(Text, |text: Spanned<String>, _: &Node, reader: &mut Reader<'_>| {
        if text.split_once('.').is_some_and(|(table, column)| !table.is_empty() && !column.is_empty()) {
            return Some(text);
        }
        let message = format!("`{}` does not name a table and a column", text.value);
        reader.say(Diagnostic::new(Code::WrongValue, text.at, message).hint("write `<Source>_<Table>.<column>`"));
        None
    })
}

const IMPORTANCE: Choice<()> = Choice { words: &[("importance", ())], later: &[] };

fn policy() -> impl Form<Out = MergePolicy> {
    let recent = Record(|f: &mut Fields<'_, '_>| {
        let most =
            f.optional("most_recent", "the value whose row is largest in its table's column", Record(by_columns));
        let least =
            f.optional("least_recent", "the value whose row is smallest in its table's column", Record(by_columns));
        one_of(f, most.map(MergePolicy::MostRecent), least.map(MergePolicy::LeastRecent))
    });
    mapping_or(recent, Then(IMPORTANCE, |_, _: &Node, _: &mut Reader<'_>| Some(MergePolicy::Importance)))
}

fn by_columns(f: &mut Fields<'_, '_>) -> Option<Vec<Spanned<String>>> {
    f.required("by", "`<Table>.<column>`, one a table", Some1(List(table_column())))
}
