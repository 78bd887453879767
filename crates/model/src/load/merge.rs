//! Merge: the forms of `merge:`, `clusters:` and `customer_id:` in `unify.yaml`.

use std::collections::BTreeSet;

use super::form::{Fields, Form, List, Named, Reader, Record, Some1, Then};
use super::unify::{deduplicate_rule, one_of, own_condition};
use super::word::{Choice, Text, mapping_or};
use crate::define::{Cluster, DeduplicateRule, Merge, MergeColumn, MergeGroup, MergePolicy};
use crate::yaml::Node;
use crate::{Code, Diagnostic, Spanned};

/// The most columns that an id can be made from.
const ID_COLUMNS: usize = 5;

/// `merge:`
pub(super) fn merge(f: &mut Fields<'_, '_>) -> Option<Merge> {
    let columns = f.several(
        "columns",
        "columns of Customer that are not left to the semantic types",
        Named { of: "a column", strict: false, form: Record(merge_column) },
    );
    let groups = f.several(
        "groups",
        "columns of Customer whose values are taken from one record together, by a name for them",
        Named { of: "a group", strict: true, form: Record(group) },
    );
    let separate = f.several(
        "separate",
        "`<Table>.<column>` that stay columns of their own, whatever their semantic type",
        List(table_column()),
    );
    let exclude = f.several("exclude", "`<Table>.<column>` that stay out of Customer", List(table_column()));
    let rename = f.several(
        "rename",
        "`<Table>.<column>` and its name on Customer",
        Named { of: "a column", strict: false, form: Text },
    );
    let columns = columns.into_iter().map(|(name, column)| MergeColumn { name, ..column }).collect();
    let groups = groups.into_iter().map(|(name, group)| MergeGroup { name, ..group }).collect();
    Some(Merge { columns, groups, separate, exclude, rename })
}

fn merge_column(f: &mut Fields<'_, '_>) -> Option<MergeColumn> {
    let from = f.required("from", "`<Table>.<column>` in order", Some1(List(table_column())));
    let policy = f.optional(
        "policy",
        "which of several values wins: `importance` (the first), `most_frequent`, or the most or least recent",
        policy(VALUES),
    );
    let name = Spanned::made(String::new());
    Some(MergeColumn { name, from: from?, policy: policy.unwrap_or_default() })
}

fn group(f: &mut Fields<'_, '_>) -> Option<MergeGroup> {
    let columns = f.required(
        "columns",
        "names on Customer, each with its `<Table>.<column>` in order",
        Some1(Named { of: "a column", strict: false, form: Some1(List(table_column())) }),
    );
    let policy = f.optional(
        "policy",
        "which record they are taken from: `importance` (the first that has any of them), or the most or least recent",
        policy(GROUPS),
    );
    let name = Spanned::made(String::new());
    Some(MergeGroup { name, columns: columns?, policy: policy.unwrap_or_default() })
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

/// The policies of a word: of single columns, and of groups.
const VALUES: Choice<Word> =
    Choice { words: &[("importance", Word::Importance), ("most_frequent", Word::MostFrequent)], later: &[] };
const GROUPS: Choice<Word> = Choice { words: &[("importance", Word::Importance)], later: &[] };

#[derive(Clone, Copy)]
enum Word {
    Importance,
    MostFrequent,
}

fn policy(words: Choice<Word>) -> impl Form<Out = MergePolicy> {
    let recent = Record(|f: &mut Fields<'_, '_>| {
        let most =
            f.optional("most_recent", "the value whose row is largest in its table's column", Record(by_columns));
        let least =
            f.optional("least_recent", "the value whose row is smallest in its table's column", Record(by_columns));
        one_of(f, most.map(MergePolicy::MostRecent), least.map(MergePolicy::LeastRecent))
    });
    let word = Then(words, |word: Spanned<Word>, _: &Node, _: &mut Reader<'_>| {
        Some(match word.value {
            Word::Importance => MergePolicy::Importance,
            Word::MostFrequent => MergePolicy::MostFrequent,
        })
    });
    mapping_or(recent, word)
}

fn by_columns(f: &mut Fields<'_, '_>) -> Option<Vec<Spanned<String>>> {
    f.required("by", "`<Table>.<column>`, one a table", Some1(List(table_column())))
}

/// `clusters:`
pub(super) fn clusters() -> impl Form<Out = Vec<Cluster>> {
    let named = Named { of: "a cluster", strict: true, form: Record(cluster) };
    Then(named, |all: Vec<(Spanned<String>, Cluster)>, _: &Node, _: &mut Reader<'_>| {
        let named = |(name, cluster): (Spanned<String>, Cluster)| {
            let rules = cluster.rules.into_iter().map(|rule| match rule.name.value.is_empty() {
                true => DeduplicateRule { name: name.clone(), ..rule },
                false => rule,
            });
            Cluster { rules: rules.collect(), name }
        };
        Some(all.into_iter().map(named).collect())
    })
}

/// One rule (`when:`), or several (`rules:`).
fn cluster(f: &mut Fields<'_, '_>) -> Option<Cluster> {
    let rules = f.several("rules", "several rules, any of which may hold", List(Record(deduplicate_rule)));
    let when = f.optional(
        "when",
        "the conditions over columns of Customer that must all hold, where one rule is enough",
        Some1(List(Record(own_condition))),
    );
    if f.reading() && !f.has("when") && !f.has("rules") {
        f.lacks("when", "the conditions over columns of Customer that must all hold");
    }
    if f.has("when") {
        f.refuse("rules", "`when` and `rules` exclude each other".to_owned(), "move `when` into a rule of its own");
    }
    let only =
        when.map(|when| DeduplicateRule { name: Spanned::made(String::new()), when, unless: Vec::new(), active: true });
    let rules: Vec<DeduplicateRule> = rules.into_iter().chain(only).collect();
    (!rules.is_empty()).then(|| Cluster { name: Spanned::made(String::new()), rules })
}

/// `customer_id:`
pub(super) fn customer_id(f: &mut Fields<'_, '_>) -> Option<Vec<Spanned<String>>> {
    let limited = Then(Some1(List(table_column())), |from: Vec<Spanned<String>>, _: &Node, reader: &mut Reader<'_>| {
        if let Some(over) = from.get(ID_COLUMNS) {
            let message = format!("an id is made from at most {ID_COLUMNS} columns, and these are {}", from.len());
            reader.say(Diagnostic::new(Code::WrongValue, over.at, message).hint("keep the most lasting ones"));
            return None;
        }
        let mut seen = BTreeSet::new();
        let twice = from.iter().find(|name| !seen.insert(name.value.to_lowercase()));
        if let Some(twice) = twice {
            let message = format!("`{}` stands twice in `from`", twice.value);
            reader.say(Diagnostic::new(Code::WrongValue, twice.at, message).hint("remove one of them"));
        }
        Some(from)
    });
    f.required("from", "`<Table>.<column>` in order: the first that has a value makes the id", limited)
}
