//! Assign ids: clusters of records, and who they were in the last run.

use onefold_kernels::ids::{ClusteredRecords, Given, IdValues, KeyRing, Preferences, Profiles, assign_ids};

use super::{Rows, apart, inputs};
use crate::Result;
use crate::frames::{Frame, batches, boolean, instant, integer, small, text};
use crate::land::Landing;

/// The clustered records, the last key ring and the last ids of profiles, what is preferred; what ids are made from as
/// a fifth input.
pub(super) async fn run(work: &Landing<'_>, mut frames: Vec<Frame>) -> Result<Vec<Rows>> {
    let id_values = if frames.len() > 4 { id_values(&mut frames.remove(4))? } else { IdValues::default() };
    let [mut records, mut ring, mut profiles, mut preferred] = inputs::<4>(work, frames)?;
    let given = Given {
        records: ClusteredRecords {
            table: records.text("SourceTable")?,
            key: records.text("Key")?,
            is_winner: records.booleans("IsWinner")?,
            cluster: records.all_integers("Cluster")?,
            table_order: records.all_integers("TableOrder")?,
        },
        ring: key_ring(&mut ring)?,
        profiles: past_profiles(&mut profiles)?,
        preferences: Preferences {
            table: preferred.text("SourceTable")?,
            key: preferred.text("Key")?,
            preference: preferred.numbers("Preference")?,
        },
        id_values,
    };
    let done = apart(work, move || assign_ids(&given)).await?;
    let (ring, profiles, standing, changes) = (done.ring, done.profiles, done.standing, done.changes);
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
    let standing_rows = batches(standing.key.len(), |rows| {
        vec![
            ("SourceTable", text(rows.clone().map(|row| standing.table.get(row)))),
            ("Key", text(rows.clone().map(|row| standing.key.get(row)))),
            ("profile_no", small(rows.clone().map(|row| Some(standing.profile_no[row])))),
            ("Place", integer(rows.map(|row| Some(standing.place[row])))),
        ]
    })?;
    let at = work.run.now();
    let change_rows = batches(changes.len(), |rows| {
        let all = || changes[rows.clone()].iter();
        vec![
            ("CustomerId", text(all().map(|said| Some(said.customer_id.as_str())))),
            ("Change", text(all().map(|said| Some(said.change.word())))),
            ("Other", text(all().map(|said| said.other.as_deref()))),
            ("At", instant(at, rows.len())),
        ]
    })?;
    Ok(vec![ring_rows, profile_rows, standing_rows, change_rows])
}

fn key_ring(ring: &mut Frame) -> Result<KeyRing> {
    Ok(KeyRing {
        table: ring.text("SourceTable")?,
        key: ring.text("Key")?,
        // Who stood for a table is not asked of the last run.
        is_winner: vec![false; ring.rows()],
        customer_id: ring.text("CustomerId")?,
        profile_no: ring.all_small("profile_no")?,
    })
}

fn past_profiles(profiles: &mut Frame) -> Result<Profiles> {
    let no = profiles.integers("profile_no")?.into_iter().map(|no| no.and_then(|no| i32::try_from(no).ok()));
    Ok(Profiles {
        profile_no: no.collect(),
        customer_id: profiles.text("CustomerId")?,
        previous: profiles.text("PreviousCustomerId")?,
        founding_table: profiles.text("FoundingTable")?,
        founding_key: profiles.text("FoundingKey")?,
        retired: profiles.booleans("Retired")?,
        cluster: profiles.integers("Cluster")?,
    })
}

fn id_values(values: &mut Frame) -> Result<IdValues> {
    Ok(IdValues {
        table: values.text("SourceTable")?,
        key: values.text("Key")?,
        rank: values.all_integers("Rank")?,
        value: values.text("Value")?,
    })
}
