//! Merge: one row a profile, and which values go into which column.
//!
//! Reads    `ProfileId`, `KeyRing`, `ProfileStanding`, `Deduplication_<S>_<T>`, `merge:` of `unify.yaml`
//! Writes   `Customer`; with clusters `CustomerMerged` (internal), which they are found in (`clusters`);
//!          with patches `CustomerUnpatched` (internal), over which they are laid (`patches`)
//! Flow     keys ─ stated columns and groups ─ columns of one meaning ─ the rest ─ names ─ one select (`values`)
//!
//! Invariants
//! - Columns of one semantic type combine, in table order, under the first table's column name; `ID`, the user's own types
//!   and those that are kept separate never do. Of several columns of one table with one meaning the first combines.
//! - Two columns never share a name by accident: those that would are named `<Source>_<Table>_<column>`.
//!
//! Not here: which records a profile has (`matching`), which of a table's own doubles wins (`dedupe`), which of a table's
//! records stands for it in a profile (`ids`), how values are taken (`values`).

mod values;

use std::collections::{BTreeMap, BTreeSet};

use onefold_model::define::{MergePolicy, Unify};
use onefold_model::names::nearest;
use onefold_model::plan::{Check, Stage};
use onefold_model::sql::{column, join};
use onefold_model::{Code, Column, ColumnName, DataType, Diagnostic, Output, Severity, Spanned, Table, sql};

use super::map::{Mapped, SEMANTIC_TYPES};
use super::{MergedColumn, UnifiedTable, because, clusters, customer, patches, profile_id, wrong};
use crate::Planner;
use crate::planner::{listed, sql_step, unknown_column};

/// The columns that every Customer begins with.
const OURS: &[&str] = &["CustomerId", "profile_no", "PreviousCustomerId"];

/// A column of a mapped table.
type Part = (usize, Column);

/// A column of Customer under construction.
struct Target {
    name: String,
    /// Where its name was written; then it is not changed.
    named: Option<Spanned<String>>,
    parts: Vec<Part>,
    policy: MergePolicy,
    /// The group whose values are taken from one record together.
    group: Option<Spanned<String>>,
}

impl Target {
    /// Where something about it is said.
    fn at(&self) -> Option<onefold_model::At> {
        let group = self.group.as_ref().and_then(|group| group.at);
        self.named.as_ref().and_then(|name| name.at).or(group)
    }
}

pub(super) fn plan(p: &mut Planner<'_>, unify: &Unify, mapped: &[Mapped]) {
    let keys = name_keys(mapped);
    let mut targets = targets(p, unify, mapped);
    rename(p, unify, mapped, &mut targets);
    settle_names(p, mapped, &keys, &mut targets);

    let mut columns = vec![
        Column { semantic: Some("Customer".into()), ..Column::new("CustomerId", DataType::Text) },
        Column::new("profile_no", DataType::Small),
        Column::new("PreviousCustomerId", DataType::Text),
    ];
    let mut items = vec![column("p", "CustomerId"), column("p", "profile_no"), column("p", "PreviousCustomerId")];
    for (table, key) in mapped.iter().zip(&keys) {
        columns.push(Column { semantic: Some("ID".into()), ..Column::new(key.on_customer.as_str(), table.key.ty) });
        items.push(column(&values::alias(table.order), values::KEY));
        let alternate = format!("{}_Alternate", key.on_customer);
        columns.push(Column { semantic: Some("AlternateKey".into()), ..Column::new(alternate, DataType::Text) });
        items.push(column(&format!("a{}", table.order), "Keys"));
    }
    let from = values::add(p, mapped, &targets, &mut columns, &mut items);
    let items = join(items.into_iter().zip(&columns).map(|(value, column)| sql!(value, " as ", &column.name)), ", ");
    let query = sql!("select ", items, " from ", profile_id(), " p", from, " where not p.\"Retired\"");
    let (columns, step) = if unify.clusters.is_empty() {
        let out = Output::published(customer(), columns.clone()).sorted_by(&["profile_no"]);
        (columns, sql_step("unify.merge", Stage::Unify, &because(), out, query))
    } else {
        let out = Output::internal(clusters::merged(), columns.clone());
        p.step(sql_step("unify.merge", Stage::Unify, &because(), out, query));
        clusters::plan(p, unify, &columns)
    };
    let mut step = patches::plan(p, &unify.clusters, &columns, step);
    step.checks.push(Check {
        fact: "every profile is one row of `Customer`".into(),
        broken_by: sql!("select \"profile_no\" from ", customer(), " group by \"profile_no\" having count(*) > 1"),
        warning: false,
    });
    p.step(step);
    p.table(Table { name: customer(), columns, key: Some("CustomerId".into()) });
    p.unified.tables = keys;
    p.unified.merge = targets
        .into_iter()
        .map(|target| MergedColumn {
            name: target.name,
            from: target
                .parts
                .iter()
                .map(|(at, column)| (mapped[*at].table.clone(), column.name.to_string()))
                .collect(),
            policy: target.policy,
            group: target.group.map(|group| group.value),
        })
        .collect();
}

/// Keys keep their short names while no two tables have the same.
fn name_keys(mapped: &[Mapped]) -> Vec<UnifiedTable> {
    let names: Vec<&ColumnName> = mapped.iter().map(|table| &table.key.name).collect();
    let unique =
        |name: &ColumnName| names.iter().filter(|other| **other == name).count() == 1 && !OURS.contains(&name.as_str());
    mapped
        .iter()
        .map(|table| {
            let qualified = format!("{}_{}", table.table, table.key.name);
            let short = if unique(&table.key.name) { table.key.name.to_string() } else { qualified.clone() };
            UnifiedTable { table: table.table.clone(), key: table.key.name.clone(), on_customer: short, qualified }
        })
        .collect()
}

/// What goes into which column, before names are settled.
fn targets(p: &mut Planner<'_>, unify: &Unify, mapped: &[Mapped]) -> Vec<Target> {
    let mut used: BTreeSet<(usize, ColumnName)> = BTreeSet::new();
    for name in &unify.merge.exclude {
        used.extend(part(p, mapped, name).map(|(at, column)| (at, column.name)));
    }
    let mut stated = Vec::new();
    for merge in &unify.merge.columns {
        let parts = parts(p, mapped, &merge.name, &merge.from, &mut used);
        if !parts.is_empty() {
            let (name, policy) = (merge.name.value.clone(), merge.policy.clone());
            stated.push(Target { name, named: Some(merge.name.clone()), parts, policy, group: None });
        }
    }
    for group in &unify.merge.groups {
        for (name, from) in &group.columns {
            let parts = parts(p, mapped, name, from, &mut used);
            let twice = (1..parts.len()).find(|&n| parts[..n].iter().any(|(at, _)| *at == parts[n].0));
            if let Some(twice) = twice {
                let message = format!("`{}` gives `{}` two values", mapped[parts[twice].0].table, name.value);
                p.say(wrong(Code::UnifyMerge, name.at, message, "choose one column a table, or make it two groups"));
            } else if !parts.is_empty() {
                let (named, policy) = (Some(name.clone()), group.policy.clone());
                stated.push(Target { name: name.value.clone(), named, parts, policy, group: Some(group.name.clone()) });
            }
        }
    }
    let mut separate = BTreeSet::new();
    for name in &unify.merge.separate {
        let Some((at, column)) = part(p, mapped, name) else { continue };
        if used.contains(&(at, column.name.clone())) {
            let message = format!("`{}` is excluded, or part of another column", name.value);
            p.say(wrong(Code::UnifyMerge, name.at, message, "remove one of the two"));
        }
        separate.insert((at, column.name));
    }
    let mut all = by_meaning(mapped, &used, &separate);
    // A stated column stands where the first of its parts would.
    for target in stated.into_iter().rev() {
        all.insert(0, target);
    }
    all.sort_by_key(|target| {
        let (at, first) = &target.parts[0];
        (*at, mapped[*at].columns.iter().position(|column| column.name == first.name))
    });
    all
}

/// The columns that a stated column is made from; each may be used once.
fn parts(
    p: &mut Planner<'_>,
    mapped: &[Mapped],
    name: &Spanned<String>,
    from: &[Spanned<String>],
    used: &mut BTreeSet<(usize, ColumnName)>,
) -> Vec<Part> {
    let parts: Vec<Part> = from.iter().filter_map(|name| part(p, mapped, name)).collect();
    for (at, column) in &parts {
        if !used.insert((*at, column.name.clone())) {
            let message = format!("`{}.{}` is excluded, or part of another column", mapped[*at].table, column.name);
            p.say(wrong(Code::UnifyMerge, name.at, message, "use each column once"));
        }
    }
    parts
}

fn by_meaning(
    mapped: &[Mapped],
    used: &BTreeSet<(usize, ColumnName)>,
    separate: &BTreeSet<(usize, ColumnName)>,
) -> Vec<Target> {
    let mut all: Vec<Target> = Vec::new();
    let mut of_meaning: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, table) in mapped.iter().enumerate() {
        for column in table.columns.iter().filter(|column| !used.contains(&(at, column.name.clone()))) {
            if is_companion(table, column) {
                continue;
            }
            let combines = !separate.contains(&(at, column.name.clone()));
            let meaning = column
                .semantic
                .as_deref()
                .filter(|meaning| combines && *meaning != "ID" && SEMANTIC_TYPES.contains(meaning));
            let together = meaning.and_then(|meaning| of_meaning.get(meaning).copied());
            match together.filter(|&target| all[target].parts.iter().all(|(table, _)| *table != at)) {
                Some(target) => all[target].parts.push((at, column.clone())),
                None => {
                    if let Some(meaning) = meaning.filter(|_| together.is_none()) {
                        of_meaning.insert(meaning, all.len());
                    }
                    let (name, parts) = (column.name.to_string(), vec![(at, column.clone())]);
                    let policy = MergePolicy::Importance;
                    all.push(Target { name, named: None, parts, policy, group: None });
                }
            }
        }
    }
    all
}

/// Whether a mapped column only says how exact a date of the same table is.
fn is_companion(table: &Mapped, column: &Column) -> bool {
    let date = column.name.as_str().strip_suffix("_precision");
    date.and_then(|date| table.companion(date)).is_some_and(|companion| companion.name == column.name)
}

/// The mapped column that `<Table>.<column>` names.
fn part(p: &mut Planner<'_>, mapped: &[Mapped], name: &Spanned<String>) -> Option<Part> {
    let (table, column) = name.split_once('.').unwrap_or((name, ""));
    let Some(at) = mapped.iter().position(|mapped| mapped.table.as_str().eq_ignore_ascii_case(table)) else {
        let names = || mapped.iter().map(|table| table.table.as_str());
        let hint = match nearest(table, names()) {
            Some(near) => format!("write `{near}.{column}`, if that is what you mean"),
            None => format!("begin with one of {}", listed(names())),
        };
        let message = format!("`{table}` is not one of the tables of `unify.yaml`");
        p.say(wrong(Code::UnifyMerge, name.at, message, &hint));
        return None;
    };
    if let Some(found) = mapped[at].columns.iter().find(|mapped| mapped.name == column) {
        return Some((at, found.clone()));
    }
    if mapped[at].all.column(column).is_some() {
        let message = format!("`{column}` of `{}` is not mapped", mapped[at].table);
        let hint = if mapped[at].key.name == column {
            "leave it out: keys are always on Customer"
        } else {
            "add it under `columns` of the table"
        };
        p.say(wrong(Code::UnifyMerge, name.at, message, hint));
    } else {
        p.say(unknown_column(mapped[at].table.as_str(), &mapped[at].columns, column, name.at));
    }
    None
}

fn rename(p: &mut Planner<'_>, unify: &Unify, mapped: &[Mapped], targets: &mut [Target]) {
    for (from, name) in &unify.merge.rename {
        let Some((at, column)) = part(p, mapped, from) else { continue };
        let holds =
            |target: &&mut Target| target.parts.iter().any(|(table, part)| *table == at && part.name == column.name);
        match targets.iter_mut().find(holds) {
            Some(target) => {
                target.name = name.value.clone();
                target.named = Some(name.clone());
            }
            None => {
                let message = format!("`{}` is excluded from Customer", from.value);
                p.say(wrong(Code::UnifyMerge, from.at, message, "remove one of the two"));
            }
        }
    }
}

/// Gives columns that would share a name their long ones; a name that was written is never changed.
fn settle_names(p: &mut Planner<'_>, mapped: &[Mapped], keys: &[UnifiedTable], targets: &mut Vec<Target>) {
    let mut taken: BTreeSet<String> = OURS.iter().map(|name| (*name).to_owned()).collect();
    for key in keys {
        taken.extend([key.on_customer.clone(), format!("{}_Alternate", key.on_customer)]);
    }
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    targets.iter().for_each(|target| *count.entry(target.name.clone()).or_default() += 1);
    targets.retain_mut(|target| {
        if target.named.is_none() && (count[&target.name] > 1 || taken.contains(&target.name)) {
            let (at, column) = &target.parts[0];
            target.name = format!("{}_{}", mapped[*at].table, column.name);
        }
        let free = taken.insert(target.name.clone());
        if !free {
            let at = target.named.as_ref().and_then(|name| name.at);
            let message = format!("Customer would have two columns `{}`", target.name);
            p.say(wrong(Code::UnifyMerge, at, message, "choose another name"));
        }
        free
    });
}

/// The type that all parts fit; text, with a warning, where there is none.
fn common_type(p: &mut Planner<'_>, target: &Target) -> DataType {
    let types: Vec<DataType> =
        target.parts.iter().map(|(_, column)| column.ty).filter(|ty| *ty != DataType::Any).collect();
    let Some(&first) = types.first() else { return DataType::Any };
    if types.iter().all(|&ty| ty == first) {
        first
    } else if types.iter().all(|ty| ty.is_text()) {
        DataType::Text
    } else if types.iter().all(|ty| ty.is_numeric()) {
        DataType::Number
    } else if types.iter().all(|ty| ty.is_temporal()) {
        DataType::DateTime
    } else {
        let words: Vec<String> = types.iter().map(DataType::to_string).collect();
        let at = target.at();
        let message = format!("`{}` is put together from {}: it becomes text", target.name, words.join(" and "));
        let mut warning = Diagnostic::new(Code::UnifyMerge, at, message);
        warning.severity = Severity::Warning;
        p.say(warning.hint("bring the columns to one type with `change_type`"));
        DataType::Text
    }
}
