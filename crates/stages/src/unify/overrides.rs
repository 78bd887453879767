//! Overrides: which pairs of records always match and which never do.
//!
//! Reads    the tables that `always` and `never` of `unify.yaml` name, `MatchDecision`, `<S>_<T>_Link` where a source states
//!          links
//! Writes   `MatchOverride` (internal): `Table1`, `Key1`, `Table2`, `Key2`, `Kind` (`same`, `split`), `Why`
//!
//! Invariants
//! - A pair is there once, the lower (table, then key) first: a decision goes before never, never before always,
//!   always before what the source states.
//! - Names of tables are found ignoring case; a pair whose tables or keys are not there is a warning, not an error.
//!
//! Not here: what is made of them (the kernels).

use onefold_model::define::Unify;
use onefold_model::plan::{Check, Stage};
use onefold_model::sql::{cast, column, id, join, text};
use onefold_model::{Code, Column, DataType, Output, Spanned, Sql, TableName, sql};

use super::map::Mapped;
use super::{because, columns, decisions, wrong};
use crate::Planner;
use crate::planner::sql_step;

/// What there is besides decisions.
pub(super) struct Overrides {
    /// Whether there are tables of pairs.
    pub(super) has_lists: bool,
}

/// What people say of pairs.
pub(super) fn table() -> TableName {
    TableName::from("MatchOverride")
}

/// Why two records are the same or not, when their source says so.
pub(super) const STATED: &str = "stated by the source";

/// The columns of a list of pairs, each with the names it may have.
const LIST: [[&str; 2]; 4] =
    [["Table1", "Entity1"], ["Table1Key", "Entity1Key"], ["Table2", "Entity2"], ["Table2Key", "Entity2Key"]];

/// Plans the table.
pub(super) fn plan(p: &mut Planner<'_>, unify: &Unify, mapped: &[Mapped]) -> Overrides {
    let mut all = vec![decided()];
    all.extend(mapped.iter().filter_map(|table| stated(p, table)));
    let mut checks = Vec::new();
    for (lists, kind, why, rank) in [(&unify.never, "split", "never", "2"), (&unify.always, "same", "always", "1")] {
        for list in lists {
            let Some(names) = list_columns(p, list) else { continue };
            let pairs = list_pairs(list, &names, mapped);
            checks.push(check(list, &pairs, mapped));
            let rest = [sql!(text(kind), " as \"Kind\""), sql!(text(why), " as \"Why\""), sql!(rank, " as \"Rank\"")];
            all.push(sql!(
                "select \"Table1\", \"Key1\", \"Table2\", \"Key2\", ",
                join(rest, ", "),
                " from (",
                pairs,
                ") l"
            ));
        }
    }
    let place = |n: &'static str| sql!("concat(\"Table", n, "\", chr(1), \"Key", n, "\")");
    let first = sql!(place("1"), " <= ", place("2"));
    let side = |low: &str, high: &str, name: &str| {
        sql!("case when ", &first, " then ", id(low), " else ", id(high), " end as ", id(name))
    };
    let sides = [
        side("Table1", "Table2", "Table1"),
        side("Key1", "Key2", "Key1"),
        side("Table2", "Table1", "Table2"),
        side("Key2", "Key1", "Key2"),
    ];
    let query = sql!(
        "select \"Table1\", \"Key1\", \"Table2\", \"Key2\", \"Kind\", \"Why\" from (select o.*, row_number() over (",
        "partition by \"Table1\", \"Key1\", \"Table2\", \"Key2\" order by \"Rank\" desc, \"Why\") as \"Place\" from (select ",
        join(sides, ", "),
        ", \"Kind\", \"Why\", \"Rank\" from (",
        join(all, " union all "),
        ") u where \"Table1\" is not null and \"Key1\" is not null and \"Table2\" is not null and \"Key2\" is not null",
        " and (\"Table1\" <> \"Table2\" or \"Key1\" <> \"Key2\")) o) r where \"Place\" = 1"
    );
    let word = DataType::Text;
    let written =
        columns([("Table1", word), ("Key1", word), ("Table2", word), ("Key2", word), ("Kind", word), ("Why", word)]);
    let has_lists = all_lists(unify) > 0;
    p.step(sql_step("unify.overrides", Stage::Unify, &because(), Output::internal(table(), written), query));
    checks.into_iter().for_each(|check| p.check(&table(), check));
    Overrides { has_lists }
}

fn all_lists(unify: &Unify) -> usize {
    unify.always.len() + unify.never.len()
}

/// What was decided pair by pair.
fn decided() -> Sql {
    sql!(
        "select \"Table1\", \"Key1\", \"Table2\", \"Key2\", case \"Decision\" when 'same' then 'same' else 'split' end ",
        "as \"Kind\", concat('decided by ', \"By\") as \"Why\", 3 as \"Rank\" from ",
        decisions::decisions(),
        " where \"Decision\" in ('same', 'different')"
    )
}

/// What the source of a table states of its records.
fn stated(p: &Planner<'_>, table: &Mapped) -> Option<Sql> {
    let link = table.table.suffixed("_Link");
    p.catalog().get(link.as_str())?;
    let name = text(table.table.as_str());
    Some(sql!(
        "select ",
        &name,
        " as \"Table1\", \"Key\" as \"Key1\", ",
        &name,
        " as \"Table2\", \"Other\" as \"Key2\", \"Kind\", ",
        text(STATED),
        " as \"Why\", 0 as \"Rank\" from ",
        &link,
        " where \"Kind\" in ('same', 'split')"
    ))
}

/// The names of the four columns in a list, or what is wrong with it.
fn list_columns(p: &mut Planner<'_>, list: &Spanned<String>) -> Option<Vec<String>> {
    let table = p.find_table(list)?;
    let found = |names: &[&str; 2]| -> Option<String> {
        let is = |column: &&Column| names.iter().any(|name| column.name.as_str().eq_ignore_ascii_case(name));
        table.columns.iter().find(is).map(|column| column.name.to_string())
    };
    let open = p.is_open(list);
    let mut names = Vec::new();
    for wanted in &LIST {
        match found(wanted) {
            Some(name) => names.push(name),
            None if open => names.push(wanted[0].to_owned()),
            None => {
                let message = format!("`{}` has no column `{}`", list.value, wanted[0]);
                let hint = "give it the columns `Table1`, `Table1Key`, `Table2`, `Table2Key`";
                p.say(wrong(Code::UnknownColumn, list.at, message, hint));
                return None;
            }
        }
    }
    Some(names)
}

/// A list with the names of tables as they are known; null for others.
fn list_pairs(list: &Spanned<String>, names: &[String], mapped: &[Mapped]) -> Sql {
    let known = |name: &str| {
        let mut all = sql!("case lower(trim(", cast(id(name), DataType::Text), "))");
        for table in mapped {
            all.push(sql!(" when ", text(table.table.folded()), " then ", text(table.table.as_str())));
        }
        sql!(all, " end")
    };
    let key = |name: &str| cast(id(name), DataType::Text);
    let items = [
        sql!(known(&names[0]), " as \"Table1\""),
        sql!(key(&names[1]), " as \"Key1\""),
        sql!(known(&names[2]), " as \"Table2\""),
        sql!(key(&names[3]), " as \"Key2\""),
    ];
    sql!("select ", join(items, ", "), " from ", TableName::from(list.as_str()))
}

/// That the records of a list are there.
fn check(list: &Spanned<String>, pairs: &Sql, mapped: &[Mapped]) -> Check {
    let keys = mapped.iter().map(|table| {
        let key = cast(id(table.key.name.as_str()), DataType::Text);
        sql!("select ", text(table.table.as_str()), " as \"Table\", ", key, " as \"Key\" from ", &table.table)
    });
    let keys = join(keys, " union all ");
    let side = |alias: &str, n: &str| {
        let (table, key) = (column("l", format!("Table{n}")), column("l", format!("Key{n}")));
        sql!(
            " left join (",
            &keys,
            ") ",
            id(alias),
            " on ",
            column(alias, "Table"),
            " = ",
            table,
            " and ",
            column(alias, "Key"),
            " = ",
            key
        )
    };
    Check {
        fact: format!("every pair of `{}` names tables of `unify.yaml` and records in them", list.value),
        broken_by: sql!(
            "select l.* from (",
            pairs,
            ") l",
            side("a", "1"),
            side("b", "2"),
            " where a.\"Key\" is null or b.\"Key\" is null"
        ),
        warning: true,
    }
}
