//! Contacts: which contact ids the receiver knows.
//!
//! Reads    `contacts` of the receiver: by id, [`CHUNK`] a request (some 9 kB of address, under the 16 kB that the
//!          strictest proxies allow); or, once more than [`MANY`] ids are in question, all ids in pages of 5,000, which
//!          is then the smaller number of requests
//!
//! Invariants
//! - An id is asked for once per export, however many segments hold it.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::Deserialize;
use uuid::Uuid;

use crate::ConnectError;
use crate::dataverse_url::odata;
use crate::http::{Links, Request, Server};

/// Ids in one request.
const CHUNK: usize = 200;
/// Ids in question from which on all contacts are read.
const MANY: usize = 20_000;

/// The id of a contact. Shown as the Web API writes it: lower case, with hyphens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ContactId(Uuid);

impl ContactId {
    /// Any usual spelling of a guid: upper case, in braces; `None` for what is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().map(Self)
    }
}

impl fmt::Display for ContactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.hyphenated())
    }
}

/// What has been learned so far.
#[derive(Debug, Default)]
pub(super) struct KnownContacts {
    asked: HashMap<ContactId, bool>,
    all: Option<HashSet<ContactId>>,
}

#[derive(Deserialize)]
struct Page {
    value: Vec<Contact>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Contact {
    contactid: String,
}

impl KnownContacts {
    /// Whether the receiver has that contact. Only of ids that were learned before.
    pub(super) fn has(&self, id: ContactId) -> bool {
        match &self.all {
            Some(all) => all.contains(&id),
            None => self.asked.get(&id).copied().unwrap_or(false),
        }
    }

    /// Asks the receiver for the ids not asked for yet.
    pub(super) async fn learn(&mut self, server: &Server, api: &str, ids: &[ContactId]) -> Result<(), ConnectError> {
        if self.all.is_some() {
            return Ok(());
        }
        let mut new: Vec<ContactId> = ids.iter().copied().filter(|id| !self.asked.contains_key(id)).collect();
        new.sort_unstable();
        new.dedup();
        if self.asked.len() + new.len() > MANY {
            let mut all = HashSet::new();
            read_contacts(server, api, None, |id| {
                all.insert(id);
            })
            .await?;
            self.all = Some(all);
            return Ok(());
        }
        for chunk in new.chunks(CHUNK) {
            self.asked.extend(chunk.iter().map(|&id| (id, false)));
            let values: Vec<String> = chunk.iter().map(|id| format!("'{id}'")).collect();
            let values = values.join(",");
            let filter = format!("Microsoft.Dynamics.CRM.In(PropertyName='contactid',PropertyValues=[{values}])");
            read_contacts(server, api, Some(&filter), |id| {
                self.asked.insert(id, true);
            })
            .await?;
        }
        Ok(())
    }
}

/// Every contact id that passes the filter, page by page.
async fn read_contacts(
    server: &Server,
    api: &str,
    filter: Option<&str>,
    mut each: impl FnMut(ContactId),
) -> Result<(), ConnectError> {
    let mut url = server.below(&format!("{api}/contacts"));
    // Written by hand: what an `application/x-www-form-urlencoded` serialiser escapes would make addresses half as long again.
    url.set_query(Some(&match filter {
        Some(filter) => format!("$select=contactid&$filter={filter}"),
        None => "$select=contactid".to_owned(),
    }));
    let mut links = Links::new(server.who(), url.clone());
    loop {
        let request = odata(Request::get(url)).header("Prefer", "odata.maxpagesize=5000");
        let answer = server.fetch(&request).await?;
        let page: Page = serde_json::from_slice(&answer.body)
            .map_err(|_| server.not_as_asked(&request, &answer, "a page of contacts"))?;
        page.value.iter().filter_map(|contact| ContactId::parse(&contact.contactid)).for_each(&mut each);
        match page.next {
            Some(next) => url = links.follow(&next)?,
            None => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_are_known_in_any_spelling() {
        let lower = "1405f4ba-1ee9-e811-a99d-000d3a35f12f";
        for text in [lower, &lower.to_uppercase(), &format!("{{{lower}}}")] {
            assert_eq!(ContactId::parse(text).map(|id| id.to_string()).as_deref(), Some(lower), "{text}");
        }
        for text in ["", "crm1405f4ba-1ee9-e811-a99d-000d3a35f12f", "42", "1405f4ba-1ee9-e811-a99d"] {
            assert_eq!(ContactId::parse(text), None, "{text}");
        }
    }
}
