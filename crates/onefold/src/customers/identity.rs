//! Identity: who else is in the clusters of profiles, and what became of profiles, by arrays that are read once a run.
//!
//! Reads    `<Name>_Cluster` of the clusters that are defined, `ProfileChange`
//!
//! Invariants
//! - That a profile was created is not held: it is so of all of them.

use std::collections::HashMap;

use arrow::array::{Array as _, AsArray as _};
use arrow::datatypes::{Int32Type, TimestampMicrosecondType};
use onefold_api::{ClusterMember, ClusterView, Problem, ProfileChangeView};
use onefold_lake::lookup::whole;
use onefold_lake::{Lake, Published};
use onefold_model::Project;

use super::brief::brief;
use super::card::instant;
use super::shown::Shown;
use crate::runner::problem::of_lake;

/// Members of a cluster that a card names.
const MEMBERS: usize = 20;

/// The clusters and the history of a run's profiles.
#[derive(Default)]
pub(super) struct Identity {
    clusters: Vec<Cluster>,
    changes: Vec<Change>,
    /// The changes that name an id, oldest first.
    of_id: HashMap<String, Vec<u32>>,
}

/// One kind of clusters.
struct Cluster {
    name: String,
    /// The cluster of a profile's number.
    of: HashMap<u32, u32>,
    /// The members of each, ascending.
    members: Vec<Vec<u32>>,
    ids: Vec<String>,
}

struct Change {
    at: i64,
    change: String,
    customer_id: String,
    other: Option<String>,
}

impl Identity {
    /// Reads the clusters and changes of a run.
    pub(super) fn read(project: &Project, lake: &Lake, published: &Published) -> Result<Self, Problem> {
        let mut all = Self::default();
        for defined in project.unify.iter().flat_map(|unify| &unify.clusters) {
            all.clusters.extend(Cluster::read(&defined.name, lake, published)?);
        }
        all.read_changes(lake, published)?;
        Ok(all)
    }

    fn read_changes(&mut self, lake: &Lake, published: &Published) -> Result<(), Problem> {
        let Some(table) = published.table("ProfileChange") else { return Ok(()) };
        for batch in whole(lake, table, &["CustomerId", "Change", "Other", "At"]).map_err(of_lake)? {
            let batch = batch.map_err(of_lake)?;
            let text = |at: usize| batch.column(at).as_string::<i32>();
            let (ids, kinds, others) = (text(0), text(1), text(2));
            let instants = batch.column(3).as_primitive::<TimestampMicrosecondType>();
            for row in (0..batch.num_rows()).filter(|&row| kinds.value(row) != "created") {
                self.changes.push(Change {
                    at: instants.value(row),
                    change: kinds.value(row).to_owned(),
                    customer_id: ids.value(row).to_owned(),
                    other: others.is_valid(row).then(|| others.value(row).to_owned()),
                });
            }
        }
        self.changes.sort_by(|a, b| (a.at, &a.change, &a.customer_id).cmp(&(b.at, &b.change, &b.customer_id)));
        for (at, change) in self.changes.iter().enumerate() {
            for id in std::iter::once(&change.customer_id).chain(&change.other) {
                self.of_id.entry(id.clone()).or_default().push(at as u32);
            }
        }
        Ok(())
    }

    /// What became of a profile, and of others with it, oldest first.
    pub(super) fn history(&self, customer_id: &str) -> Vec<ProfileChangeView> {
        let view = |&at: &u32| {
            let change = &self.changes[at as usize];
            ProfileChangeView {
                at: instant(change.at).unwrap_or_default(),
                change: change.change.clone(),
                customer_id: change.customer_id.clone(),
                other: change.other.clone(),
            }
        };
        self.of_id.get(customer_id).into_iter().flatten().map(view).collect()
    }

    /// The clusters of a profile, with the other members.
    pub(super) fn clusters(&self, project: &Project, shown: &Shown, number: u32) -> Result<Vec<ClusterView>, Problem> {
        let mut all = Vec::new();
        for cluster in &self.clusters {
            let Some(&own) = cluster.of.get(&number) else { continue };
            let members = &cluster.members[own as usize];
            let mut others = Vec::new();
            for &other in members.iter().filter(|&&other| other != number).take(MEMBERS) {
                others.extend(brief(project, shown, other)?.map(|brief| ClusterMember {
                    customer_id: brief.customer_id,
                    profile_no: i64::from(other),
                    title: Some(brief.title),
                }));
            }
            all.push(ClusterView {
                name: cluster.name.clone(),
                cluster_id: cluster.ids[own as usize].clone(),
                size: members.len() as u64,
                others,
            });
        }
        Ok(all)
    }
}

impl Cluster {
    fn read(name: &str, lake: &Lake, published: &Published) -> Result<Option<Self>, Problem> {
        let Some(table) = published.table(&format!("{name}_Cluster")) else { return Ok(None) };
        let mut cluster = Self { name: name.to_owned(), of: HashMap::new(), members: Vec::new(), ids: Vec::new() };
        let mut place_of: HashMap<String, u32> = HashMap::new();
        for batch in whole(lake, table, &["ClusterId", "profile_no"]).map_err(of_lake)? {
            let batch = batch.map_err(of_lake)?;
            let ids = batch.column(0).as_string::<i32>();
            for (id, number) in ids.iter().zip(batch.column(1).as_primitive::<Int32Type>()) {
                let (Some(id), Some(Ok(number))) = (id, number.map(u32::try_from)) else { continue };
                let place = match place_of.get(id) {
                    Some(&place) => place,
                    None => {
                        cluster.ids.push(id.to_owned());
                        cluster.members.push(Vec::new());
                        *place_of.entry(id.to_owned()).or_insert(cluster.ids.len() as u32 - 1)
                    }
                };
                cluster.of.insert(number, place);
                cluster.members[place as usize].push(number);
            }
        }
        cluster.members.iter_mut().for_each(|members| members.sort_unstable());
        Ok(Some(cluster))
    }
}
