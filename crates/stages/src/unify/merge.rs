//! Merge: one row a profile, and which value goes into which column.
//!
//! Reads    `ProfileId`, `KeyRing`, `Deduplication_<S>_<T>`, `merge:` of `unify.yaml`
//! Writes   `Customer`
//! Flow     keys ─ stated columns ─ columns of one meaning ─ the rest ─ names ─ one select
//!
//! Invariants
//! - Columns of one semantic type combine, in table order, under the first table's column name; `ID` and the
//!   user's own types never do. Of several columns of one table with one meaning the first combines.
//! - Two columns never share a name by accident: those that would are named `<Source>_<Table>_<column>`.
//! - How exact a date is goes with the date that won, and is never chosen by itself.
//!
//! Not here: which records a profile has (`matching`), which of a table's own doubles wins (`dedupe`).

use std::collections::{BTreeMap, BTreeSet};

use onefold_model::define::{MergePolicy, Unify};
use onefold_model::names::nearest;
use onefold_model::plan::{Check, Stage};
use onefold_model::sql::{cast, column, id, join, text};
use onefold_model::{Code, Column, ColumnName, DataType, Diagnostic, Output, Severity, Spanned, Sql, Table, sql};

use super::map::{Mapped, SEMANTIC_TYPES};
use super::normal::as_order;
use super::{MergedColumn, UnifiedTable, because, customer, key_ring, profile_id, wrong};
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
    let mut values = vec![column("p", "CustomerId"), column("p", "profile_no"), column("p", "PreviousCustomerId")];
    for (table, key) in mapped.iter().zip(&keys) {
        columns.push(Column { semantic: Some("ID".into()), ..Column::new(key.on_customer.as_str(), table.key.ty) });
        values.push(column(&alias(table.order), table.key.name.as_str()));
        let alternate = format!("{}_Alternate", key.on_customer);
        columns.push(Column { semantic: Some("AlternateKey".into()), ..Column::new(alternate, DataType::Text) });
        values.push(column(&format!("a{}", table.order), "Keys"));
    }
    for target in &targets {
        add(p, mapped, target, &mut columns, &mut values);
    }
    let items = join(values.into_iter().zip(&columns).map(|(value, column)| sql!(value, " as ", &column.name)), ", ");
    let query = sql!("select ", items, " from ", profile_id(), " p", sources(mapped), " where not p.\"Retired\"");
    let out = Output::published(customer(), columns.clone()).sorted_by(&["profile_no"]);
    let mut step = sql_step("unify.merge", Stage::Unify, &because(), out, query);
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
        })
        .collect();
}

fn alias(order: usize) -> String {
    format!("d{order}")
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
        let parts: Vec<Part> = merge.from.iter().filter_map(|name| part(p, mapped, name)).collect();
        for (at, column) in &parts {
            if !used.insert((*at, column.name.clone())) {
                let message = format!("`{}.{}` is excluded, or part of another column", mapped[*at].table, column.name);
                p.say(wrong(Code::UnifyMerge, merge.name.at, message, "use each column once"));
            }
        }
        if !parts.is_empty() {
            let (name, policy) = (merge.name.value.clone(), merge.policy.clone());
            stated.push(Target { name, named: Some(merge.name.clone()), parts, policy });
        }
    }
    let mut all = by_meaning(mapped, &used);
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

fn by_meaning(mapped: &[Mapped], used: &BTreeSet<(usize, ColumnName)>) -> Vec<Target> {
    let mut all: Vec<Target> = Vec::new();
    let mut of_meaning: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, table) in mapped.iter().enumerate() {
        for column in table.columns.iter().filter(|column| !used.contains(&(at, column.name.clone()))) {
            if is_companion(table, column) {
                continue;
            }
            let meaning =
                column.semantic.as_deref().filter(|meaning| *meaning != "ID" && SEMANTIC_TYPES.contains(meaning));
            let together = meaning.and_then(|meaning| of_meaning.get(meaning).copied());
            match together.filter(|&target| all[target].parts.iter().all(|(table, _)| *table != at)) {
                Some(target) => all[target].parts.push((at, column.clone())),
                None => {
                    if let Some(meaning) = meaning.filter(|_| together.is_none()) {
                        of_meaning.insert(meaning, all.len());
                    }
                    let (name, parts) = (column.name.to_string(), vec![(at, column.clone())]);
                    all.push(Target { name, named: None, parts, policy: MergePolicy::Importance });
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

/// Adds a column, and how exact it is when it is a date that says so.
fn add(p: &mut Planner<'_>, mapped: &[Mapped], target: &Target, columns: &mut Vec<Column>, values: &mut Vec<Sql>) {
    let ty = common_type(p, target);
    let typed = |(at, part): &Part| {
        let own = column(&alias(*at), part.name.as_str());
        if part.ty == ty || ty == DataType::Any || (part.ty.is_text() && ty.is_text()) { own } else { cast(own, ty) }
    };
    let wins = wins(p, mapped, target);
    let value = match (target.parts.as_slice(), &target.policy) {
        ([only], _) => typed(only),
        (parts, MergePolicy::Importance) => sql!("coalesce(", join(parts.iter().map(typed), ", "), ")"),
        (parts, _) => choose(wins.iter().map(|(part, won)| (won.clone(), typed(&parts[*part])))),
    };
    let semantic = target.parts[0].1.semantic.clone();
    columns.push(Column { semantic, ..Column::new(target.name.as_str(), ty) });
    values.push(value);

    let companion = |part: usize| mapped[target.parts[part].0].companion(target.parts[part].1.name.as_str());
    if ty == DataType::Date && (0..target.parts.len()).any(|part| companion(part).is_some()) {
        let of = |part: usize| match companion(part) {
            Some(precision) => column(&alias(target.parts[part].0), precision.name.as_str()),
            None => "cast(null as varchar)".into(),
        };
        columns.push(Column::new(format!("{}_precision", target.name), DataType::Text));
        values.push(choose(wins.iter().map(|(part, won)| (won.clone(), of(*part)))));
    }
}

fn choose(cases: impl Iterator<Item = (Sql, Sql)>) -> Sql {
    sql!("case ", join(cases.map(|(won, value)| sql!("when ", won, " then ", value)), " "), " end")
}

/// Parts in the order in which they are asked, and when each wins.
fn wins(p: &mut Planner<'_>, mapped: &[Mapped], target: &Target) -> Vec<(usize, Sql)> {
    let there = |(at, part): &Part| sql!(column(&alias(*at), part.name.as_str()), " is not null");
    let first: Vec<(usize, Sql)> = target.parts.iter().map(there).enumerate().collect();
    let (by, best) = match &target.policy {
        MergePolicy::Importance | MergePolicy::MostFrequent => return first,
        MergePolicy::MostRecent(by) => (by, "greatest("),
        MergePolicy::LeastRecent(by) => (by, "least("),
    };
    let orders: Vec<Option<Sql>> = target.parts.iter().map(|part| order_of(p, mapped, target, by, part)).collect();
    let known = first.iter().zip(&orders).filter_map(|((_, there), order)| {
        order.as_ref().map(|order| sql!("case when ", there, " then ", order, " end"))
    });
    let best = sql!(best, join(known, ", "), ")");
    let mut all: Vec<(usize, Sql)> = first
        .iter()
        .zip(&orders)
        .filter_map(|((part, there), order)| Some((*part, sql!(there, " and ", order.as_ref()?, " = ", &best))))
        .collect();
    // Where no row says when it was made, the first value counts.
    all.extend(first);
    all
}

/// When the row of a part was made, by the column that `by` names for its table.
fn order_of(p: &mut Planner<'_>, mapped: &[Mapped], target: &Target, by: &[Spanned<String>], of: &Part) -> Option<Sql> {
    let table = &mapped[of.0].table;
    let own =
        by.iter().find(|name| name.split('.').next().is_some_and(|word| word.eq_ignore_ascii_case(table.as_str())));
    let Some(own) = own else {
        let at = by.first().and_then(|name| name.at).or(target.named.as_ref().and_then(|name| name.at));
        let message = format!("`by` of `{}` names no column of `{table}`", target.name);
        p.say(wrong(Code::UnifyMerge, at, message, "name a date or a number of each table"));
        return None;
    };
    let (_, found) = part(p, mapped, own)?;
    let order = as_order(column(&alias(of.0), found.name.as_str()), found.ty);
    if order.is_none() {
        let message = format!("`{}` is {}: rows cannot be put in order by it", own.value, found.ty);
        p.say(wrong(Code::UnifyMerge, own.at, message, "choose a date or a number"));
    }
    order
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
        let at = target.named.as_ref().and_then(|name| name.at);
        let message = format!("`{}` is put together from {}: it becomes text", target.name, words.join(" and "));
        let mut warning = Diagnostic::new(Code::UnifyMerge, at, message);
        warning.severity = Severity::Warning;
        p.say(warning.hint("bring the columns to one type with `change_type`"));
        DataType::Text
    }
}

/// For each table the record that stands for it in the profile, and the keys of the others.
fn sources(mapped: &[Mapped]) -> Sql {
    let mut from = Sql::default();
    for table in mapped {
        let (d, a) = (alias(table.order), format!("a{}", table.order));
        let of_table =
            |condition: &'static str| sql!("k.\"SourceTable\" = ", text(table.table.as_str()), " and ", condition);
        from.push(sql!(
            " left join (select k.\"profile_no\" as \"_no\", d.* from ",
            key_ring(),
            " k join ",
            table.table.prefixed("Deduplication_"),
            " d on ",
            cast(column("d", table.key.name.as_str()), DataType::Text),
            " = k.\"Key\" where ",
            of_table("k.\"IsWinner\""),
            ") ",
            id(&d),
            " on ",
            id(&d),
            ".\"_no\" = p.\"profile_no\""
        ));
        from.push(sql!(
            " left join (select k.\"profile_no\" as \"_no\", ",
            super::listed(&column("k", "Key")),
            " as \"Keys\" from ",
            key_ring(),
            " k where ",
            of_table("not k.\"IsWinner\""),
            " group by k.\"profile_no\") ",
            id(&a),
            " on ",
            id(&a),
            ".\"_no\" = p.\"profile_no\""
        ));
    }
    from
}
