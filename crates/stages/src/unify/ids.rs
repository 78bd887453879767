//! Ids: which cluster is which profile, and what became of profiles.
//!
//! Reads    `MatchLinks`; of the mapped tables what is preferred of records that share a profile, and the columns that
//!          `customer_id:` names
//! Before   `KeyRing`, `ProfileId`
//! Writes   `KeyRing`, `ProfileChange` (appended), `ProfileId` and `ProfileStanding` (internal)
//!
//! Invariants
//! - A table's preference is worked out for those records alone that meet others of their table in a profile.
//!
//! Not here: giving and keeping ids (the kernel).

use onefold_model::define::Unify;
use onefold_model::plan::{Kernel, Stage};
use onefold_model::sql::{before, cast, column, integer, join, text};
use onefold_model::{Code, Column, DataType, Output, Sql, TableName, sql};

use super::map::Mapped;
use super::{because, columns, key_ring, matching, profile_id, wrong};
use crate::Planner;
use crate::planner::{kernel_step, unknown_column};

/// Records of one table that are together in a profile without being a group, in order of preference.
pub(super) fn standing() -> TableName {
    TableName::from("ProfileStanding")
}
/// What became of profiles.
fn profile_change() -> TableName {
    TableName::from("ProfileChange")
}

pub(super) fn plan(p: &mut Planner<'_>, unify: &Unify, mapped: &[Mapped]) {
    let (text, small) = (DataType::Text, DataType::Small);
    let ring = columns([
        ("SourceTable", text),
        ("Key", text),
        ("IsWinner", DataType::Boolean),
        ("CustomerId", text),
        ("profile_no", small),
    ]);
    let profiles = columns([
        ("CustomerId", text),
        ("profile_no", small),
        ("PreviousCustomerId", text),
        ("FoundingTable", text),
        ("FoundingKey", text),
        ("Retired", DataType::Boolean),
        ("Cluster", DataType::Integer),
    ]);
    let behind = columns([("SourceTable", text), ("Key", text), ("profile_no", small), ("Place", DataType::Integer)]);
    let changes = columns([("CustomerId", text), ("Change", text), ("Other", text), ("At", DataType::DateTime)]);
    let included = sql!(
        "select \"SourceTable\", \"Key\", \"IsWinner\", \"Cluster\", \"TableOrder\" from ",
        matching::links(),
        " where \"Included\""
    );
    let ring_before =
        sql!("select \"SourceTable\", \"Key\", \"CustomerId\", \"profile_no\" from ", before(&key_ring()));
    let profiles_before = sql!(
        "select \"CustomerId\", \"profile_no\", \"PreviousCustomerId\", \"FoundingTable\", \"FoundingKey\", \"Retired\", ",
        "\"Cluster\" from ",
        before(&profile_id())
    );
    let mut inputs = vec![included, ring_before, profiles_before, preferences(p, mapped)];
    inputs.extend(id_values(p, unify, mapped));
    let writes = vec![
        Output::published(key_ring(), ring).sorted_by(&["profile_no"]),
        Output::internal(profile_id(), profiles),
        Output::internal(standing(), behind),
        Output::published(profile_change(), changes).append(),
    ];
    p.step(kernel_step("unify.ids", Stage::Unify, &because(), writes, Kernel::AssignIds, inputs));
}

fn own_key(table: &Mapped) -> Sql {
    cast(column("t", table.key.name.as_str()), DataType::Text)
}

/// How much each record is preferred that meets another group of its table in a profile.
fn preferences(p: &mut Planner<'_>, mapped: &[Mapped]) -> Sql {
    let of_table =
        |table: &Mapped| sql!("\"SourceTable\" = ", text(table.table.as_str()), " and \"IsWinner\" and \"Included\"");
    let all = mapped.iter().map(|table| {
        sql!(
            "select ",
            text(table.table.as_str()),
            " as \"SourceTable\", m.\"Key\", ",
            super::dedupe::preference(p, table, &table.deduplicate.keep),
            " as \"Preference\" from ",
            &table.table,
            " t join (select l.\"Key\" from (select \"Key\", \"Cluster\" from ",
            matching::links(),
            " where ",
            of_table(table),
            ") l join (select \"Cluster\" from ",
            matching::links(),
            " where ",
            of_table(table),
            " group by \"Cluster\" having count(*) > 1) c on c.\"Cluster\" = l.\"Cluster\") m on m.\"Key\" = ",
            own_key(table)
        )
    });
    let all: Vec<Sql> = all.collect();
    join(all, " union all ")
}

/// The values of the columns that `customer_id:` names; `None` without any.
fn id_values(p: &mut Planner<'_>, unify: &Unify, mapped: &[Mapped]) -> Option<Sql> {
    let mut all = Vec::new();
    for (rank, name) in unify.customer_id.iter().enumerate() {
        let (table, own) = name.split_once('.').unwrap_or((name, ""));
        let Some(table) = mapped.iter().find(|mapped| mapped.table.as_str().eq_ignore_ascii_case(table)) else {
            let message = format!("`{table}` is not one of the tables of `unify.yaml`");
            let hint = "name a table of `tables:` and its column: `<Source>_<Table>.<column>`";
            p.say(wrong(Code::UnifyMapping, name.at, message, hint));
            continue;
        };
        let Some(own) = table
            .all
            .column(own)
            .cloned()
            .or_else(|| p.is_open(table.table.as_str()).then(|| Column::new(own, DataType::Any)))
        else {
            p.say(unknown_column(table.table.as_str(), &table.all.columns, own, name.at));
            continue;
        };
        let value = cast(column("t", own.name.as_str()), DataType::Text);
        all.push(sql!(
            "select ",
            text(table.table.as_str()),
            " as \"SourceTable\", ",
            own_key(table),
            " as \"Key\", ",
            cast(integer(rank as i64), DataType::Integer),
            " as \"Rank\", ",
            &value,
            " as \"Value\" from ",
            &table.table,
            " t where ",
            &value,
            " <> ''"
        ));
    }
    (!all.is_empty()).then(|| join(all, " union all "))
}
