//! Identity: who else is in the clusters of a profile, and what became of it.
//!
//! Reads    `<Name>_Cluster` of the clusters that are defined, `ProfileChange`

use onefold_api::{ClusterMember, ClusterView, Problem, ProfileChangeView};
use onefold_lake::{Lake, Published};
use onefold_model::sql::{integer, text};
use onefold_model::{TableName, sql};
use serde_json::Value;

use super::profile::{Profile, cell};
use crate::opened::Opened;
use crate::runner::figures::{Row, ask, number};

/// Members of a cluster that are named.
const MEMBERS: i64 = 100;

/// The clusters of a profile, with the other members.
pub(super) async fn clusters(
    opened: &Opened,
    lake: &Lake,
    published: &Published,
    profile: &Profile,
) -> Result<Vec<ClusterView>, Problem> {
    let mut all = Vec::new();
    for cluster in opened.project.unify.iter().flat_map(|unify| &unify.clusters) {
        let table = TableName::new(format!("{}_Cluster", cluster.name.value));
        if published.table(table.as_str()).is_none() {
            continue;
        }
        let own = sql!("select \"ClusterId\" from ", &table, " where \"profile_no\" = ", integer(profile.profile_no));
        let Some(cluster_id) = ask(lake, published, &own).await?.first().and_then(|row| cell(row, "ClusterId")) else {
            continue;
        };
        let is = sql!(" from ", &table, " where \"ClusterId\" = ", text(cluster_id.as_str()));
        let size = ask(lake, published, &sql!("select count(*) as \"n\"", &is)).await?;
        let others = sql!(
            "select \"CustomerId\", \"profile_no\"",
            is,
            " and \"profile_no\" <> ",
            integer(profile.profile_no),
            " order by \"profile_no\" limit ",
            integer(MEMBERS)
        );
        let member = |row: &Row| {
            let profile_no = row.get("profile_no").and_then(Value::as_i64)?;
            Some(ClusterMember { customer_id: cell(row, "CustomerId")?, profile_no, title: None })
        };
        all.push(ClusterView {
            name: cluster.name.value.clone(),
            cluster_id,
            size: size.first().map_or(0, |row| number(row, "n")),
            others: ask(lake, published, &others).await?.iter().filter_map(member).collect(),
        });
    }
    Ok(all)
}

/// What became of a profile, and of others with it, oldest first.
pub(super) async fn history(
    lake: &Lake,
    published: &Published,
    profile: &Profile,
) -> Result<Vec<ProfileChangeView>, Problem> {
    let table = TableName::from("ProfileChange");
    if published.table(table.as_str()).is_none() {
        return Ok(Vec::new());
    }
    let id = text(profile.customer_id.as_str());
    let sql = sql!(
        "select * from ",
        table,
        " where \"CustomerId\" = ",
        &id,
        " or \"Other\" = ",
        &id,
        " order by \"At\", \"Change\", \"CustomerId\""
    );
    let change = |row: &Row| {
        Some(ProfileChangeView {
            at: cell(row, "At")?,
            change: cell(row, "Change")?,
            customer_id: cell(row, "CustomerId")?,
            other: cell(row, "Other"),
        })
    };
    Ok(ask(lake, published, &sql).await?.iter().filter_map(change).collect())
}
