//! Assign ids: clusters of records, and who they were in the last run.

use onefold_kernels::ids::{ClusteredRecords, KeyRing, Profiles, assign_ids};

use super::{Rows, apart, inputs};
use crate::Result;
use crate::frames::{Frame, batches, boolean, integer, small, text};
use crate::land::Landing;

/// The clustered records, the last key ring and the last ids of profiles.
pub(super) async fn run(work: &Landing<'_>, frames: Vec<Frame>) -> Result<Vec<Rows>> {
    let [mut records, mut ring, mut profiles] = inputs::<3>(work, frames)?;
    let records = ClusteredRecords {
        table: records.text("SourceTable")?,
        key: records.text("Key")?,
        is_winner: records.booleans("IsWinner")?,
        cluster: records.all_integers("Cluster")?,
        table_order: records.all_integers("TableOrder")?,
    };
    let ring = KeyRing {
        table: ring.text("SourceTable")?,
        key: ring.text("Key")?,
        // Who stood for a table is not asked of the last run.
        is_winner: vec![false; ring.rows()],
        customer_id: ring.text("CustomerId")?,
        profile_no: ring.all_small("profile_no")?,
    };
    let no = profiles.integers("profile_no")?.into_iter().map(|no| no.and_then(|no| i32::try_from(no).ok()));
    let profiles = Profiles {
        profile_no: no.collect(),
        customer_id: profiles.text("CustomerId")?,
        previous: profiles.text("PreviousCustomerId")?,
        founding_table: profiles.text("FoundingTable")?,
        founding_key: profiles.text("FoundingKey")?,
        retired: profiles.booleans("Retired")?,
        cluster: profiles.integers("Cluster")?,
    };
    let (ring, profiles) = apart(work, move || assign_ids(&records, &ring, &profiles)).await?;
    let ring_rows = batches(ring.key.len(), |rows| {
        vec![
            ("SourceTable", text(rows.clone().map(|row| ring.table.get(row)))),
            ("Key", text(rows.clone().map(|row| ring.key.get(row)))),
            ("IsWinner", boolean(rows.clone().map(|row| ring.is_winner[row]))),
            ("CustomerId", text(rows.clone().map(|row| ring.customer_id.get(row)))),
            ("profile_no", small(rows.map(|row| Some(ring.profile_no[row])))),
        ]
    })?;
    let profile_rows = batches(profiles.customer_id.len(), |rows| {
        vec![
            ("CustomerId", text(rows.clone().map(|row| profiles.customer_id.get(row)))),
            ("profile_no", small(rows.clone().map(|row| profiles.profile_no[row]))),
            ("PreviousCustomerId", text(rows.clone().map(|row| profiles.previous.get(row)))),
            ("FoundingTable", text(rows.clone().map(|row| profiles.founding_table.get(row)))),
            ("FoundingKey", text(rows.clone().map(|row| profiles.founding_key.get(row)))),
            ("Retired", boolean(rows.clone().map(|row| profiles.retired[row]))),
            ("Cluster", integer(rows.map(|row| profiles.cluster[row]))),
        ]
    })?;
    Ok(vec![ring_rows, profile_rows])
}
