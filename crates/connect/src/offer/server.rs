//! Server: what a server says of itself.
//!
//! Reads    FHIR: `metadata`, then some resources of common types; Dataverse: `EntityDefinitions`, else the service document

use std::time::Duration;

use futures::future::join_all;
use serde_json::Value;

use super::Offer;
use super::files::{entity_offer, resource};
use crate::ConnectError;
use crate::dataverse_url::odata;
use crate::http::{Answer, Request, Server};

/// Types that are looked at more closely, where a server has them.
const COMMON: &[&str] = &[
    "Patient",
    "Appointment",
    "Encounter",
    "Condition",
    "Observation",
    "Immunization",
    "MedicationRequest",
    "Procedure",
    "Practitioner",
    "Organization",
];
/// How long a server may take for each of them.
const TIME: Duration = Duration::from_secs(8);
/// The most tables that are offered.
const MOST: usize = 2_000;

/// The resource types that a FHIR server serves.
pub(super) async fn resources(server: &Server) -> Result<(String, Vec<Offer>), ConnectError> {
    let request = fhir(server, "metadata", &[]);
    let answer = server.fetch(&request).await?;
    let said = json(&answer);
    if said["resourceType"] != "CapabilityStatement" {
        return Err(server.not_as_asked(&request, &answer, "a CapabilityStatement"));
    }
    let list = said["rest"].as_array().into_iter().flatten().filter_map(|rest| rest["resource"].as_array()).flatten();
    let mut names: Vec<String> = list.filter_map(|own| own["type"].as_str()).map(str::to_owned).collect();
    names.dedup();
    let place = |name: &String| COMMON.iter().position(|common| common == name).unwrap_or(COMMON.len());
    names.sort_by_key(|name| (place(name), name.clone()));
    let looked_at = names.iter().filter(|name| COMMON.contains(&name.as_str())).map(|name| async move {
        let asked = async { (samples(server, name).await, count(server, name).await) };
        let (samples, count) = tokio::time::timeout(TIME, asked).await.unwrap_or_default();
        resource(name, count, &samples)
    });
    let mut offers = join_all(looked_at).await;
    let others = names.iter().filter(|name| !COMMON.contains(&name.as_str()));
    offers.extend(others.map(|name| resource(name, None, &[])));
    let software = said["software"]["name"].as_str().map(|name| format!(" ({name})")).unwrap_or_default();
    let version = said["fhirVersion"].as_str().unwrap_or("of a version it does not state");
    let sentence = format!("the server answers{software}: FHIR {version}, {} resource types", offers.len());
    Ok((sentence, offers))
}

fn fhir(server: &Server, path: &str, query: &[(&str, &str)]) -> Request {
    let mut url = server.below(path);
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Request::get(url).header("Accept", "application/fhir+json")
}

async fn samples(server: &Server, name: &str) -> Vec<Value> {
    let Ok(answer) = server.fetch(&fhir(server, name, &[("_count", "100")])).await else { return Vec::new() };
    let mut bundle = json(&answer);
    let entries = bundle["entry"].as_array_mut().into_iter().flatten();
    entries.map(|entry| entry["resource"].take()).filter(|own| own["resourceType"] == *name).collect()
}

async fn count(server: &Server, name: &str) -> Option<u64> {
    let answer = server.fetch(&fhir(server, name, &[("_summary", "count")])).await.ok()?;
    json(&answer)["total"].as_u64()
}

/// The entity sets of a Dataverse environment.
pub(super) async fn entities(server: &Server) -> Result<(String, Vec<Offer>), ConnectError> {
    let api = "api/data/v9.2";
    let mut url = server.below(&format!("{api}/EntityDefinitions"));
    url.set_query(Some("$select=LogicalName,EntitySetName,PrimaryIdAttribute"));
    if let Ok(answer) = server.fetch(&odata(Request::get(url))).await {
        let said = json(&answer);
        let text = |own: &Value, key: &str| own[key].as_str().map(str::to_owned).filter(|text| !text.is_empty());
        let mut offers: Vec<Offer> = said["value"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|own| {
                let (logical, key) = (text(own, "LogicalName"), text(own, "PrimaryIdAttribute"));
                Some(entity_offer(&text(own, "EntitySetName")?, logical.as_deref(), key.as_deref(), Vec::new()))
            })
            .take(MOST)
            .collect();
        if !offers.is_empty() {
            in_order(&mut offers);
            return Ok((format!("the environment answers; it has {} tables", offers.len()), offers));
        }
    }
    let request = odata(Request::get(server.below(&format!("{api}/"))));
    let answer = server.fetch(&request).await?;
    let said = json(&answer);
    let Some(list) = said["value"].as_array() else {
        return Err(server.not_as_asked(&request, &answer, "a service document of the Web API"));
    };
    let is_set = |own: &&Value| own["kind"].as_str().is_none_or(|kind| kind == "EntitySet");
    let sets = list.iter().filter(is_set).filter_map(|own| own["url"].as_str().or(own["name"].as_str()));
    let mut offers: Vec<Offer> = sets.map(|name| entity_offer(name, None, None, Vec::new())).take(MOST).collect();
    in_order(&mut offers);
    Ok((format!("the environment answers; it has {} tables", offers.len()), offers))
}

/// People first, then by name.
fn in_order(offers: &mut [Offer]) {
    let place = |name: &str| ["contacts", "leads", "accounts"].iter().position(|known| *known == name).unwrap_or(9);
    offers.sort_by(|a, b| (place(&a.name), &a.name).cmp(&(place(&b.name), &b.name)));
}

fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}
