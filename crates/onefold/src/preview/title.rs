//! Title: what a profile is called in lists: its name, else its first id.
//!
//! Reads    names and ids of the profiles that are listed
//!
//! Not here: the rule by which a profile is called (`customers::title`).

use std::collections::HashMap;
use std::sync::Arc;

use onefold_api::Problem;
use onefold_lake::{Lake, Published, TryOut};
use onefold_model::sql::{id, integer, join};
use onefold_model::{TableName, sql};

use super::draft::ask;
use crate::customers::Layout;

/// A profile in a list.
#[derive(Clone, Debug, Default)]
pub(super) struct Titled {
    /// Its id.
    pub(super) customer_id: String,
    /// Its name, else its first id.
    pub(super) title: String,
}

/// Profiles by their numbers.
pub(super) async fn titles(
    lake: &Lake,
    published: Option<&Arc<Published>>,
    profiles: &[u32],
) -> Result<HashMap<u32, Titled>, Problem> {
    let Some(published) = published.filter(|_| !profiles.is_empty()) else { return Ok(HashMap::new()) };
    let Some(customer) = published.table("Customer") else { return Ok(HashMap::new()) };
    let layout = Layout::of(&customer.columns);
    let read: Vec<usize> = layout.name_columns().chain(layout.id_columns()).collect();
    let cell = |(n, at): (usize, &usize)| {
        let column = &customer.columns[*at];
        sql!(", cast(", id(column.name.as_str()), " as varchar) as ", id(format!("v{n}")))
    };
    let columns: Vec<_> = read.iter().enumerate().map(cell).collect();
    let any = profiles.iter().map(|no| sql!("\"profile_no\" = ", integer(i64::from(*no))));
    let from = sql!(" from ", TableName::from("Customer"), " where ", join(any, " or "));
    let query = sql!("select cast(\"profile_no\" as bigint) as \"n\", \"CustomerId\"", join(columns, ""), from);
    let rows = ask(lake, &TryOut::of(published), &query).await?;
    let found = rows.into_iter().filter_map(|row| {
        let no = u32::try_from(row.first()?.as_u64()?).ok()?;
        let customer_id = row.get(1)?.as_str()?.to_owned();
        let text = |at: usize| row[2 + read.iter().position(|known| *known == at)?].as_str().map(str::to_owned);
        let title = layout.title(text).unwrap_or_else(|| customer_id.clone());
        Some((no, Titled { customer_id, title }))
    });
    Ok(found.collect())
}
