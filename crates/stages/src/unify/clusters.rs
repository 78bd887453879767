//! Clusters: profiles that belong together, households say.
//!
//! Reads    `CustomerMerged`: the profiles as `merge` leaves them; `clusters:` of `unify.yaml`
//! Writes   for each cluster `ClusterGroup_<Name>` (internal) and `<Name>_Cluster`; `Customer`, with `<Name>_ClusterId`
//! Flow     profiles grouped by rules, as records of a table are ─ ids ─ Customer
//!
//! Invariants
//! - A cluster has two members or more; whoever is alone has none.
//! - A cluster's id is a hash of its name and of the id of its oldest member, the one with the lowest `profile_no`: a
//!   member that comes does not change it.
//!
//! Not here: grouping itself (the kernel of deduplication).

use onefold_model::define::{Cluster, Deduplicate, Keep, Unify};
use onefold_model::plan::Stage;
use onefold_model::sql::{column, id, join, text};
use onefold_model::{Code, Column, DataType, Output, Spanned, Sql, Table, TableName, sql};

use super::map::Mapped;
use super::{because, columns, customer, dedupe, wrong};
use crate::Planner;
use crate::planner::sql_step;

/// The profiles before they are in clusters.
pub(super) fn merged() -> TableName {
    TableName::from("CustomerMerged")
}

/// Plans the clusters over the merged columns, and Customer with their ids; gives its columns and the step that is to be
/// added once it has its checks.
pub(super) fn plan(
    p: &mut Planner<'_>,
    unify: &Unify,
    merged_columns: &[Column],
) -> (Vec<Column>, onefold_model::Step) {
    let mut all = merged_columns.to_vec();
    let mut items: Vec<Sql> =
        merged_columns.iter().map(|own| sql!(column("c", own.name.as_str()), " as ", &own.name)).collect();
    let mut from = sql!(merged(), " c");
    for (number, cluster) in unify.clusters.iter().enumerate() {
        let own = format!("{}_ClusterId", cluster.name.value);
        if all.iter().any(|known| known.name == own.as_str()) {
            let message = format!("Customer would have two columns `{own}`");
            p.say(wrong(Code::UnifyMerge, cluster.name.at, message, "choose another name"));
            continue;
        }
        let members = one(p, cluster, merged_columns);
        let alias = format!("h{number}");
        from.push(sql!(
            " left join ",
            members,
            " ",
            id(&alias),
            " on ",
            column(&alias, "profile_no"),
            " = c.\"profile_no\""
        ));
        items.push(sql!(column(&alias, "ClusterId"), " as ", id(own.as_str())));
        all.push(Column::new(own, DataType::Text));
    }
    let query = sql!("select ", join(items, ", "), " from ", from);
    let out = Output::published(customer(), all.clone()).sorted_by(&["profile_no"]);
    (all, sql_step("unify.customer", Stage::Unify, &because(), out, query))
}

/// Plans one kind of clusters; gives the table of its members.
fn one(p: &mut Planner<'_>, cluster: &Cluster, merged_columns: &[Column]) -> TableName {
    let name = &cluster.name;
    let profiles = as_records(cluster, merged_columns);
    let rules = dedupe::own_rules(p, &profiles, &[]);
    let group = TableName::new(format!("ClusterGroup_{}", name.value));
    dedupe::group(p, &profiles, &rules, format!("unify.cluster {}", name.value), group.clone(), None);
    let written =
        columns([("ClusterId", DataType::Text), ("CustomerId", DataType::Text), ("profile_no", DataType::Small)]);
    let query = sql!(
        "select substr(sha256_hex(concat(",
        text(format!("{}:", name.value)),
        ", g.\"WinnerKey\")), 1, 32) as \"ClusterId\", g.\"Key\" as \"CustomerId\", c.\"profile_no\" as \"profile_no\" from ",
        group,
        " g join ",
        merged(),
        " c on c.\"CustomerId\" = g.\"Key\" where g.\"Rule\" is not null"
    );
    let members = TableName::new(format!("{}_Cluster", name.value));
    let out = Output::published(members.clone(), written).sorted_by(&["profile_no"]);
    p.step(sql_step(format!("unify.members {}", name.value), Stage::Unify, &because(), out, query));
    members
}

/// Profiles as records of a table, of which the oldest stands for its group.
fn as_records(cluster: &Cluster, merged_columns: &[Column]) -> Mapped {
    Mapped {
        table: merged(),
        named: cluster.name.clone(),
        order: 0,
        all: Table { name: customer(), columns: merged_columns.to_vec(), key: Some("CustomerId".into()) },
        key: Column::new("CustomerId", DataType::Text),
        columns: merged_columns.to_vec(),
        include_all: true,
        deduplicate: Deduplicate {
            rules: cluster.rules.clone(),
            keep: Keep::LeastRecent(Spanned::made("profile_no".to_owned())),
            columns: Vec::new(),
        },
    }
}
