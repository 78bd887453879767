//! Dynamics 365 Marketing (outbound): segments as static segments of the receiver, by its Web API.
//!
//! Writes   one `msdyncrm_segment` a segment: name, static type, members, description, link back
//! Flow     contact ids of a segment ─ those the receiver knows (`contacts`) ─ our segment there, found by its link
//!          back ─ PATCH of the whole membership, or POST of a draft
//!
//! Invariants
//! - The whole membership goes in one request: there is no half-replaced segment.
//! - The status is written once, `Draft`, when a segment is created. Going live is a person's decision; a live
//!   segment stays live.
//! - No contact is created. Ids the receiver does not know are left out and counted.
//!
//! How ours is told from others': *External Segment URL* holds `<public_url>/segments/<Name>`, and nobody else writes
//! that. *External source* is a choice with one value, `Customer Insight`, so it cannot carry a name of ours.
//!
//! Not here: rows without a key and malformed ids, beyond counting them.

mod contacts;

use futures::TryStreamExt as _;
use onefold_model::define::Auth;
use reqwest::{Method, Url};
use serde::Deserialize;
use serde_json::json;

use self::contacts::{ContactId, KnownContacts};
use super::text::Texts;
use super::{Outgoing, SendJob, SentItem, key_column, plain};
use crate::ConnectError;
use crate::dataverse_url::odata;
use crate::http::{Answer, Request, Server};

/// The version of the Web API.
const API: &str = "api/data/v9.2";
/// *Segment type*: static.
const STATIC: i64 = 192_350_001;
/// *Status reason*: draft.
const DRAFT: i64 = 192_350_000;
/// *Status reason*: live.
const LIVE: i64 = 192_350_001;
/// *External source*: Customer Insight, the only choice there is.
const CUSTOMER_INSIGHT: i64 = 192_350_000;
/// Letters that *Member IDs* holds.
const LONGEST_MEMBERS: usize = 1_000_000;
/// Letters of a name.
const LONGEST_NAME: usize = 100;

/// What is asked of a segment when looking for ours.
const SELECTED: &str =
    "msdyncrm_segmentid,msdyncrm_segmentname,msdyncrm_segmenttype,msdyncrm_externalsegmenturl,statuscode";

/// A segment that the receiver has.
#[derive(Debug, Deserialize)]
struct Existing {
    msdyncrm_segmentid: String,
    #[serde(default)]
    msdyncrm_segmenttype: Option<i64>,
    #[serde(default)]
    msdyncrm_externalsegmenturl: Option<String>,
    #[serde(default)]
    statuscode: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Found {
    value: Vec<Existing>,
}

/// Sends every segment, in order.
pub(super) async fn send(
    job: SendJob<'_>,
    url: &str,
    auth: &Auth,
    items: Vec<Outgoing<'_>>,
) -> Result<Vec<SentItem>, ConnectError> {
    let who = format!("connection `{}`", job.connection.name.value);
    check(&job, &items)?;
    let server = Server::new(&who, url, auth, job.root)?.patient(job.patience);
    let mut known = KnownContacts::default();
    let mut offered = 0;
    let mut sent: Vec<SentItem> = Vec::new();
    for item in items {
        let name = item.name.clone();
        match send_segment(&job, &server, &mut known, item, &mut offered).await {
            Ok(item) => sent.push(item),
            Err(error) => return Err(during(&name, &sent, error)),
        }
    }
    Ok(sent)
}

/// What can be told to be wrong before anything is sent.
fn check(job: &SendJob<'_>, items: &[Outgoing<'_>]) -> Result<(), ConnectError> {
    let export = &job.export.name.value;
    let Some(key) = &job.export.key else {
        return Err(ConnectError::new(format!("export `{export}` does not say which column is the contact id"))
            .hint("add `match: {customer: contactid, target: contactid}`"));
    };
    if key.target.value != "contactid" {
        let target = &key.target.value;
        return Err(ConnectError::new(format!(
            "export `{export}` matches on `{target}`, which marketing segments are not made of"
        ))
        .hint("write `target: contactid`"));
    }
    if let Some(table) = items.iter().find(|item| !item.segment) {
        return Err(ConnectError::new(format!(
            "export `{export}` holds the table `{}`; marketing takes segments",
            table.name
        ))
        .hint("send tables to a connection of kind `folder`"));
    }
    if job.public_url.is_none() {
        return Err(ConnectError::new(format!("export `{export}` needs an address for the link back to its segments"))
            .hint("set `public_url` in `onefold.yaml`: the receiver's segments are recognised by it"));
    }
    Ok(())
}

/// One segment, from its rows to the receiver's answer.
async fn send_segment(
    job: &SendJob<'_>,
    server: &Server,
    known: &mut KnownContacts,
    item: Outgoing<'_>,
    offered: &mut u64,
) -> Result<SentItem, ConnectError> {
    let link = link_back(job, &item.name);
    let title = item.title.as_deref().unwrap_or(&item.name);
    let name: String = title.chars().take(LONGEST_NAME).collect();
    let mut sent = SentItem { name: item.name.clone(), ..SentItem::default() };
    let candidates = read_ids(job, item, &mut sent, offered).await?;
    known.learn(server, API, &candidates).await?;
    let mut members: Vec<ContactId> = candidates.iter().copied().filter(|id| known.has(*id)).collect();
    sent.rows_sent = members.len() as u64;
    sent.rows_unknown_to_receiver += (candidates.len() - members.len()) as u64;
    members.sort_unstable();
    members.dedup();
    let members_text = members_text(&sent.name, &members)?;
    let content = json!({
        "msdyncrm_segmentname": name,
        "msdyncrm_segmenttype": STATIC,
        "msdyncrm_segmentmemberids": members_text,
        "msdyncrm_description": format!("Refreshed by Onefold at {}", whole_second(job.at)),
        "msdyncrm_externalsource": CUSTOMER_INSIGHT,
        "msdyncrm_externalsegmenturl": link,
    });
    let (existing, namesakes) = find(server, &link, &name).await?;
    (sent.place, sent.note) = match existing {
        Some(existing) => replace(server, &existing, &content).await?,
        None => create(server, content).await?,
    };
    if (members.len() as u64) < sent.rows_sent {
        sent.note.push_str(&format!("; {} members once repeated ids are dropped", members.len()));
    }
    if namesakes > 0 {
        sent.note.push_str("; another segment of that name, not of this project, is left alone");
    }
    Ok(sent)
}

/// The contact ids of a segment's rows; rows without one and malformed ones are counted.
async fn read_ids(
    job: &SendJob<'_>,
    mut item: Outgoing<'_>,
    sent: &mut SentItem,
    offered: &mut u64,
) -> Result<Vec<ContactId>, ConnectError> {
    let key = key_column(job.export, &item.name, &item.schema)?.unwrap_or_default();
    let mut ids = Vec::new();
    let mut text = String::new();
    while let Some(batch) = item.rows.try_next().await? {
        let batch = plain(&batch)?;
        let options = arrow::util::display::FormatOptions::default();
        let keys = Texts::new(&batch, &[key], &options)?;
        for row in 0..batch.num_rows() {
            text.clear();
            keys.write(0, row, &mut text);
            match text.trim() {
                "" => sent.rows_without_key += 1,
                id => match ContactId::parse(id) {
                    Some(id) => ids.push(id),
                    None => sent.rows_unknown_to_receiver += 1,
                },
            }
        }
        sent.rows_offered += batch.num_rows() as u64;
        *offered += batch.num_rows() as u64;
        (job.progress)(*offered);
    }
    Ok(ids)
}

/// *Member IDs*: a JSON list of ids, each with `crm` before it, as text.
fn members_text(segment: &str, members: &[ContactId]) -> Result<String, ConnectError> {
    let ids: Vec<String> = members.iter().map(|id| format!("crm{id}")).collect();
    let text = serde_json::to_string(&ids).expect("a list of texts can be written as JSON");
    if text.len() > LONGEST_MEMBERS {
        let most = (LONGEST_MEMBERS - 1) / (members_text(segment, &members[..1])?.len() - 1);
        return Err(ConnectError::new(format!(
            "segment `{segment}` has {} members that the receiver knows; its field for them holds {most}",
            members.len()
        ))
        .hint("narrow the segment, or split it into several"));
    }
    Ok(text)
}

/// Our segment there, if we made it before, told by its link back; and how many others bear its name.
async fn find(server: &Server, link: &str, name: &str) -> Result<(Option<Existing>, usize), ConnectError> {
    let mut url = server.below(&format!("{API}/msdyncrm_segments"));
    let filter = format!("msdyncrm_externalsegmenturl eq {} or msdyncrm_segmentname eq {}", quoted(link), quoted(name));
    url.query_pairs_mut()
        .append_pair("$select", SELECTED)
        .append_pair("$filter", &filter)
        .append_pair("$orderby", "createdon asc");
    let request = odata(Request::get(url));
    let answer = server.fetch(&request).await?;
    let found: Found = serde_json::from_slice(&answer.body)
        .map_err(|_| server.not_as_asked(&request, &answer, "a page of segments"))?;
    let (ours, others): (Vec<_>, Vec<_>) =
        found.value.into_iter().partition(|existing| existing.msdyncrm_externalsegmenturl.as_deref() == Some(link));
    // Two that are ours can only be copies made by hand: the oldest is the one that journeys use.
    let Some(ours) = ours.into_iter().next() else { return Ok((None, others.len())) };
    if ours.msdyncrm_segmenttype.is_some_and(|kind| kind != STATIC) {
        let who = server.who();
        return Err(ConnectError::new(format!("{who}: the segment `{name}` there is no longer a static one"))
            .hint("delete it there, or clear its External Segment URL; a new one is made then"));
    }
    Ok((Some(ours), others.len()))
}

/// Replaces the whole membership of our segment; its status stays.
async fn replace(
    server: &Server,
    existing: &Existing,
    content: &serde_json::Value,
) -> Result<(String, String), ConnectError> {
    let url = server.below(&format!("{API}/msdyncrm_segments({})", existing.msdyncrm_segmentid));
    let place = url.to_string();
    // Without `If-Match` a PATCH of a record that is gone would make it anew.
    let request = odata(Request { method: Method::PATCH, body: Some(body(content)), ..Request::get(url) })
        .header("If-Match", "*");
    server.fetch(&request).await?;
    let note = match existing.statuscode {
        Some(LIVE) => "replaced, live",
        Some(DRAFT) => "replaced, still a draft: go live there to use it",
        _ => "replaced",
    };
    Ok((place, note.to_owned()))
}

/// Makes our segment, as a draft with its members.
async fn create(server: &Server, mut content: serde_json::Value) -> Result<(String, String), ConnectError> {
    content["statuscode"] = DRAFT.into();
    let url = server.below(&format!("{API}/msdyncrm_segments"));
    let request = Request { method: Method::POST, body: Some(body(&content)), repeatable: false, ..Request::get(url) };
    let answer = server.fetch(&odata(request)).await?;
    let place = created_at(server, &answer).unwrap_or_default();
    Ok((place, "created as a draft: go live there to use it".to_owned()))
}

/// Where the receiver says the new record is; only an address of its own is believed.
fn created_at(server: &Server, answer: &Answer) -> Option<String> {
    let text = answer.headers.get("OData-EntityId")?.to_str().ok()?;
    let url = Url::parse(text).ok()?;
    (url.origin() == server.below("").origin()).then(|| url.to_string())
}

/// The link back that makes a segment ours.
fn link_back(job: &SendJob<'_>, name: &str) -> String {
    format!("{}/segments/{name}", job.public_url.unwrap_or_default().trim_end_matches('/'))
}

/// A text in an OData filter.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn body(content: &serde_json::Value) -> bytes::Bytes {
    content.to_string().into()
}

fn whole_second(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The same error, saying which segment it was about and which have arrived.
fn during(name: &str, sent: &[SentItem], mut error: ConnectError) -> ConnectError {
    let arrived: Vec<String> = sent.iter().map(|item| format!("`{}`", item.name)).collect();
    let before =
        if arrived.is_empty() { String::new() } else { format!(" ({} arrived before it)", arrived.join(", ")) };
    error.message = format!("segment `{name}` was not sent{before}: {}", error.message);
    error
}
