//! Dedupe: which records of one table are the same, and what stands for them.
//!
//! Reads    a mapped table, `<S>_<T>_Link` where its source states links, `MatchOverride`
//! Writes   `Dedupe_<S>_<T>`, `Dedupe_<S>_<T>_Counts` (internal, only when something can group), `Deduplication_<S>_<T>`
//!
//! Invariants
//! - A table without rules of its own is deduplicated on the columns its match rules use (2.2 of the reference). A rule
//!   with exceptions is not used for that: exceptions are about pairs, groups about chains.
//! - A rule on the key alone groups nothing: keys are unique after ingest.
//! - The winner's values stand for the group, column by column where the definition says so.
//!
//! Not here: grouping itself (the kernel).

use onefold_model::define::{Condition, Keep, Normalize};
use onefold_model::plan::{DedupeRule, Exception, Kernel, Stage};
use onefold_model::sql::{cast, column, id, join, text as words};
use onefold_model::{Code, Column, DataType, Output, Spanned, Sql, TableName, sql};

use super::map::Mapped;
use super::matching::Rule;
use super::normal::{Lookups, as_order};
use super::overrides::{self, Overrides};
use super::{because, columns, listed, wrong};
use crate::Planner;
use crate::planner::{kernel_step, sql_step, unknown_column};

/// How records of a table stand for each other.
pub(super) struct Dedupe {
    /// A relation with `Key`, `WinnerKey`, `IsWinner`, `Rule`.
    pub(super) relation: Sql,
    /// Whether there can be groups at all.
    pub(super) groups: bool,
    /// What was counted of its rules, where there are any.
    pub(super) counts: Option<TableName>,
}

/// A rule whose columns were found.
pub(super) struct OwnRule {
    name: String,
    conditions: Vec<OwnCondition>,
    exceptions: Vec<OwnCondition>,
}

/// A condition whose column was found.
struct OwnCondition {
    column: Column,
    normalize: Vec<Spanned<Normalize>>,
    near: Exception,
}

pub(super) fn plan(p: &mut Planner<'_>, table: &Mapped, rules: &[Rule], said: &Overrides) -> Dedupe {
    let own = own_rules(p, table, rules);
    let link = table.table.suffixed("_Link");
    let stated = p.catalog().get(link.as_str()).is_some();
    // What was decided of single records joins them in `unify.match`, too: for that alone nothing is grouped here.
    let groups = stated || !own.is_empty() || said.has_lists;
    let dedupe = table.table.prefixed("Dedupe_");
    if groups {
        let of_source = stated.then(|| sql!("select \"Key\", \"Other\", \"Kind\", 'source' as \"By\" from ", &link));
        let links = Some(join(of_source.into_iter().chain([own_links(table)]), " union all "));
        group(p, table, &own, format!("unify.dedupe {}", table.table), dedupe.clone(), links);
    }
    let key = cast(id(table.key.name.as_str()), DataType::Text);
    let relation = match groups {
        true => Sql::from(&dedupe),
        false => sql!(
            "(select ",
            &key,
            " as \"Key\", ",
            &key,
            " as \"WinnerKey\", true as \"IsWinner\", ",
            "cast(null as varchar) as \"Rule\" from ",
            &table.table,
            ")"
        ),
    };
    publish(p, table, &own, groups.then_some(&dedupe));
    let counts = groups.then(|| counts_of(&dedupe));
    Dedupe { relation, groups, counts }
}

/// What people say of two records of the table.
fn own_links(table: &Mapped) -> Sql {
    let name = words(table.table.as_str());
    sql!(
        "select \"Key1\" as \"Key\", \"Key2\" as \"Other\", \"Kind\", 'people' as \"By\" from ",
        overrides::table(),
        " where \"Table1\" = ",
        &name,
        " and \"Table2\" = ",
        &name,
        " and \"Why\" <> ",
        words(overrides::STATED)
    )
}

fn counts_of(out: &TableName) -> TableName {
    out.suffixed("_Counts")
}

/// Adds the step that groups the records of a table: `Key`, `WinnerKey`, `IsWinner`, `Group`, `Rule`, `Score`; with several
/// rules `Score_<n>` and `Group_<n>` for each; and what was counted.
pub(super) fn group(
    p: &mut Planner<'_>,
    table: &Mapped,
    own: &[OwnRule],
    step: String,
    out: TableName,
    links: Option<Sql>,
) {
    let (text, number) = (DataType::Text, DataType::Number);
    let mut written = columns([
        ("Key", text),
        ("WinnerKey", text),
        ("IsWinner", DataType::Boolean),
        ("Group", DataType::Integer),
        ("Rule", text),
        ("Score", number),
    ]);
    for rule in (1..=own.len()).filter(|_| own.len() > 1) {
        written.push(Column::new(format!("Score_{rule}"), number));
        written.push(Column::new(format!("Group_{rule}"), DataType::Integer));
    }
    let mut inputs = vec![input(p, table, own)];
    inputs.extend(links);
    let rule = |rule: &OwnRule| DedupeRule {
        name: rule.name.clone(),
        conditions: rule.conditions.iter().map(|condition| condition.near.at_least).collect(),
        exceptions: rule.exceptions.iter().map(|exception| exception.near).collect(),
    };
    let rules = own.iter().map(rule).collect();
    let counts = Output::internal(counts_of(&out), super::matching::count_columns());
    let out = vec![Output::internal(out, written), counts];
    p.step(kernel_step(step, Stage::Unify, &because(), out, Kernel::Deduplicate { rules }, inputs));
}

/// The rules that can group records of the table: its own, or those that its match rules imply.
pub(super) fn own_rules(p: &mut Planner<'_>, table: &Mapped, rules: &[Rule]) -> Vec<OwnRule> {
    let mut own: Vec<OwnRule> = Vec::new();
    for rule in &table.deduplicate.rules {
        let mut find = |conditions: &[Condition]| -> Vec<Option<OwnCondition>> {
            conditions.iter().map(|condition| own_condition(p, table, condition)).collect()
        };
        let (conditions, exceptions) = (find(&rule.when), find(&rule.unless));
        let conditions: Option<Vec<OwnCondition>> = conditions.into_iter().collect();
        let exceptions: Option<Vec<OwnCondition>> = exceptions.into_iter().collect();
        if own.iter().any(|known| known.name == rule.name.value) {
            let message = format!("`{}` has two deduplication rules `{}`", table.table, rule.name.value);
            p.say(wrong(Code::UnifyRule, rule.name.at, message, "give each rule a name of its own"));
        }
        let (Some(conditions), Some(exceptions)) = (conditions, exceptions) else { continue };
        super::matching::warn_without_exact(p, &rule.name, &rule.when);
        if rule.active && !conditions.is_empty() {
            own.push(OwnRule { name: rule.name.value.clone(), conditions, exceptions });
        }
    }
    if table.deduplicate.rules.is_empty() {
        for rule in rules.iter().filter(|rule| rule.unless.is_empty()) {
            let lower = rule.from == table.order;
            if !lower && rule.to != table.order {
                continue;
            }
            let condition = |when: &super::matching::When| {
                let (column, steps) = when.side(lower);
                OwnCondition { column: column.clone(), normalize: steps.to_vec(), near: when.near }
            };
            let conditions = rule.when.iter().map(condition).collect();
            own.push(OwnRule { name: rule.name.clone(), conditions, exceptions: Vec::new() });
        }
    }
    let is_key = |condition: &OwnCondition| {
        condition.column.name == table.key.name && condition.normalize.is_empty() && condition.near.at_least >= 1.0
    };
    own.retain(|rule| !rule.conditions.iter().any(is_key));
    own
}

fn own_condition(p: &mut Planner<'_>, table: &Mapped, condition: &Condition) -> Option<OwnCondition> {
    let name = &condition.column.column;
    let column = p.find_column(&table.all, name, name.at)?;
    let near = super::matching::near(p, condition, &[&column])?;
    Some(OwnCondition { column, normalize: condition.column.normalize.clone(), near })
}

fn input(p: &mut Planner<'_>, table: &Mapped, rules: &[OwnRule]) -> Sql {
    let mut all = vec![
        sql!(cast(column("t", table.key.name.as_str()), DataType::Text), " as \"key\""),
        sql!(preference(p, table, &table.deduplicate.keep), " as \"preference\""),
    ];
    let mut lookups = Lookups::default();
    for (r, rule) in rules.iter().enumerate() {
        for (word, conditions) in [("r", &rule.conditions), ("ru", &rule.exceptions)] {
            for (c, condition) in conditions.iter().enumerate() {
                let (column, normalize) = (&condition.column, &condition.normalize);
                let compared = lookups.compared(p, column, column.ty, normalize);
                all.push(sql!(compared, " as ", id(format!("{word}{r}_c{c}"))));
            }
        }
    }
    sql!("select ", join(all, ", "), " from ", &table.table, " t", lookups.joins())
}

/// Which record of a group is to win, as a double: the higher the better.
pub(super) fn preference(p: &mut Planner<'_>, table: &Mapped, keep: &Keep) -> Sql {
    match keep {
        Keep::MostFilled => {
            let filled = table.columns.iter().map(|filled| {
                let own = column("t", filled.name.as_str());
                let empty = if filled.ty.is_text() { sql!(" and ", &own, " <> ''") } else { Sql::default() };
                sql!("case when ", &own, " is not null", empty, " then 1 else 0 end")
            });
            let sum = join(std::iter::once(Sql::from("0")).chain(filled), " + ");
            sql!("cast(", sum, " as double)")
        }
        Keep::MostRecent(by) => ordering(p, table, by).unwrap_or_else(none),
        Keep::LeastRecent(by) => ordering(p, table, by).map_or_else(none, |order| sql!("-(", order, ")")),
    }
}

fn none() -> Sql {
    "cast(null as double)".into()
}

fn ordering(p: &mut Planner<'_>, table: &Mapped, by: &Spanned<String>) -> Option<Sql> {
    let found = p.find_column(&table.all, by, by.at)?;
    let order = as_order(column("t", found.name.as_str()), found.ty);
    if order.is_none() {
        let message = format!("`{}` is {}: rows cannot be put in order by it", by.value, found.ty);
        p.say(wrong(Code::UnifyMerge, by.at, message, "choose a date or a number"));
    }
    order
}

/// The name of a column of ours, out of the way of the table's own.
fn ours(table: &Mapped, name: &str) -> String {
    match table.kept().iter().any(|column| column.name == name) || table.key.name == name {
        true => format!("Deduplication_{name}"),
        false => name.to_owned(),
    }
}

fn publish(p: &mut Planner<'_>, table: &Mapped, own: &[OwnRule], dedupe: Option<&TableName>) {
    let (text, kept) = (DataType::Text, table.kept());
    let mut written = vec![table.key.clone(), Column::new(format!("{}_Alternate", table.key.name), text)];
    written.push(Column::new(ours(table, "Deduplication_GroupId"), text));
    written.extend([Column::new(ours(table, "Rule"), text), Column::new(ours(table, "Score"), DataType::Number)]);
    for rule in (1..=own.len()).filter(|_| own.len() > 1) {
        written.push(Column::new(ours(table, &format!("Deduplication_GroupId_{rule}")), text));
        written.push(Column::new(ours(table, &format!("Rule_{rule}")), text));
        written.push(Column::new(ours(table, &format!("Score_{rule}")), DataType::Number));
    }
    written.push(Column::new(ours(table, "Deduplication_WinnerId"), text));
    written.extend(kept.iter().cloned());

    let own_key = column("t", table.key.name.as_str());
    let key = cast(own_key.clone(), text);
    let null = |ty| cast("null".into(), ty);
    let overrides = dedupe.map(|_| overridden(p, table)).unwrap_or_default();
    let system = match dedupe {
        None => vec![key.clone(), null(text), null(text), null(DataType::Number), key.clone()],
        Some(_) => {
            let mut system = vec![
                sql!("coalesce(a.\"Keys\", ", &key, ")"),
                "case when d.\"Rule\" is not null then cast(d.\"Group\" as varchar) end".into(),
                "d.\"Rule\"".into(),
                "d.\"Score\"".into(),
            ];
            for (rule, number) in own.iter().zip(1..).filter(|_| own.len() > 1) {
                let score = column("d", format!("Score_{number}"));
                system.push(cast(column("a", format!("Group_{number}")), text));
                system.push(sql!("case when ", &score, " is not null then ", words(rule.name.as_str()), " end"));
                system.push(score);
            }
            system.push("d.\"Key\"".into());
            system
        }
    };
    let values = kept.iter().map(|kept| match overrides.iter().any(|(column, _)| column.name == kept.name) {
        true => sql!("coalesce(o.", id(kept.name.as_str()), ", ", column("t", kept.name.as_str()), ")"),
        false => column("t", kept.name.as_str()),
    });
    let values = std::iter::once(own_key).chain(system).chain(values);
    let items = join(values.zip(&written).map(|(value, column)| sql!(value, " as ", id(column.name.as_str()))), ", ");
    let from = match dedupe {
        None => Sql::from(&table.table),
        Some(dedupe) => grouped(table, own, dedupe, &key, overrides),
    };
    let query = match dedupe {
        None => sql!("select ", items, " from ", from, " t"),
        Some(_) => sql!("select ", items, " from ", from),
    };
    let name = table.table.prefixed("Deduplication_");
    let out = Output::published(name, written);
    p.step(sql_step(format!("unify.deduplicated {}", table.table), Stage::Unify, &because(), out, query));
}

/// Winners with the keys of their groups, and the values that are chosen column by column.
fn grouped(table: &Mapped, own: &[OwnRule], dedupe: &TableName, key: &Sql, overrides: Vec<(Column, Sql)>) -> Sql {
    let mut of_rules = Sql::default();
    for rule in (1..=own.len()).filter(|_| own.len() > 1) {
        let name = id(format!("Group_{rule}"));
        of_rules.push(sql!(", min(", &name, ") as ", name));
    }
    let mut from = sql!(
        &table.table,
        " t join ",
        dedupe,
        " d on d.\"Key\" = ",
        key,
        " and d.\"IsWinner\" left join ",
        "(select \"WinnerKey\", ",
        listed(&id("Key")),
        " as \"Keys\"",
        of_rules,
        " from ",
        dedupe,
        " where \"Rule\" is not null group by \"WinnerKey\") a on a.\"WinnerKey\" = d.\"Key\""
    );
    if !overrides.is_empty() {
        let chosen =
            join(overrides.into_iter().map(|(column, value)| sql!(value, " as ", id(column.name.as_str()))), ", ");
        from.push(sql!(
            " left join (select d.\"WinnerKey\", ",
            chosen,
            " from ",
            &table.table,
            " t join ",
            dedupe,
            " d on d.\"Key\" = ",
            key,
            " where d.\"Rule\" is not null group by d.\"WinnerKey\") o on o.\"WinnerKey\" = d.\"Key\""
        ));
    }
    from
}

/// The columns with a choice of their own, and the aggregate that makes it; the companion of a date goes with it.
fn overridden(p: &mut Planner<'_>, table: &Mapped) -> Vec<(Column, Sql)> {
    let mut all = Vec::new();
    let kept = table.kept();
    for (name, keep) in &table.deduplicate.columns {
        let Some(own) = kept.iter().find(|column| column.name == name.value.as_str()) else {
            p.say(unknown_column(table.table.as_str(), &kept, name, name.at));
            continue;
        };
        let order = match keep {
            Keep::MostFilled => Some(Sql::from("d.\"IsWinner\" desc")),
            Keep::MostRecent(by) => ordering(p, table, by).map(|order| sql!(order, " desc nulls last")),
            Keep::LeastRecent(by) => ordering(p, table, by).map(|order| sql!(order, " asc nulls last")),
        };
        let Some(order) = order else { continue };
        for column_of in [Some(own), table.companion(name)].into_iter().flatten() {
            let value = sql!(
                "first_value(",
                column("t", column_of.name.as_str()),
                " order by ",
                &order,
                ", d.\"Key\" desc) filter (where ",
                column("t", own.name.as_str()),
                " is not null)"
            );
            all.push((column_of.clone(), value));
        }
    }
    all
}
