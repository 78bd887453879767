//! Patient: a Patient as values by semantic type, and a profile as a Patient.
//!
//! To map another element: a line in [`values`] and one in [`resource`].

use std::collections::BTreeMap;

use onefold_api::LookupCandidate;
use serde_json::{Value, json};

const FIRST: &str = "Person.FirstName";
const MIDDLE: &str = "Person.MiddleName";
const LAST: &str = "Person.LastName";
const FULL: &str = "Person.FullName";
const BORN: &str = "Person.BirthDate";
const GENDER: &str = "Person.Gender";
const EMAIL: &str = "Identity.Service.Email";
const PHONE: &str = "Identity.Service.Phone";
const NUMBER: &str = "Identity.GovernmentID";
const STREET: &str = "Location.Address.Street";
const ADDRESS: &str = "Location.Address";
const CITY: &str = "Location.City";
const STATE: &str = "Location.State";
const POSTAL: &str = "Location.PostalCode";
const COUNTRY: &str = "Location.Country";

/// What a Patient says, by semantic type.
pub(super) fn values(patient: &Value) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut say = |meaning: &str, text: &str| {
        let text = text.trim();
        let own = all.entry(meaning.to_owned()).or_default();
        if !text.is_empty() && !own.iter().any(|known| known == text) {
            own.push(text.to_owned());
        }
    };
    for name in list(&patient["name"]) {
        // What somebody is called for fun is no evidence.
        if name["use"] == "anonymous" {
            continue;
        }
        let given: Vec<&str> = texts(&name["given"]).collect();
        if let Some((first, middle)) = given.split_first() {
            say(FIRST, first);
            say(MIDDLE, &middle.join(" "));
        }
        say(LAST, name["family"].as_str().unwrap_or_default());
        if given.is_empty() && name["family"].as_str().is_none() {
            say(FULL, name["text"].as_str().unwrap_or_default());
        }
    }
    say(BORN, patient["birthDate"].as_str().unwrap_or_default());
    let gender = patient["gender"].as_str().unwrap_or_default();
    if gender != "unknown" {
        say(GENDER, gender);
    }
    for contact in list(&patient["telecom"]) {
        let value = contact["value"].as_str().unwrap_or_default();
        match contact["system"].as_str() {
            Some("email") => say(EMAIL, value.trim_start_matches("mailto:")),
            Some("phone" | "sms" | "fax" | "pager") => say(PHONE, value.trim_start_matches("tel:")),
            _ => {}
        }
    }
    for address in list(&patient["address"]) {
        let lines: Vec<&str> = texts(&address["line"]).collect();
        let street = match lines.as_slice() {
            [] => address["text"].as_str().unwrap_or_default().to_owned(),
            lines => lines.join(" "),
        };
        say(STREET, &street);
        say(ADDRESS, &street);
        say(CITY, address["city"].as_str().unwrap_or_default());
        say(STATE, address["state"].as_str().unwrap_or_default());
        say(POSTAL, address["postalCode"].as_str().unwrap_or_default());
        say(COUNTRY, address["country"].as_str().unwrap_or_default());
    }
    for identifier in list(&patient["identifier"]) {
        say(NUMBER, identifier["value"].as_str().unwrap_or_default());
    }
    all.retain(|_, texts| !texts.is_empty());
    all
}

/// A profile as a Patient.
pub(super) fn resource(candidate: &LookupCandidate) -> Value {
    let all = |meaning: &str| -> Vec<String> {
        let of = candidate.fields.iter().filter(|field| field.semantic.as_deref() == Some(meaning));
        let texts = of.map(|field| match &field.value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        });
        // Several values of a column stand in one text.
        let texts = texts.flat_map(|text| text.split(';').map(|part| part.trim().to_owned()).collect::<Vec<_>>());
        texts.filter(|text| !text.is_empty()).collect()
    };
    let one = |meaning: &str| all(meaning).into_iter().next();
    let mut patient = json!({
        "resourceType": "Patient",
        "id": candidate.customer_id,
        "identifier": [{ "system": "urn:onefold:customer", "value": candidate.customer_id }],
    });
    let mut name = json!({});
    let given: Vec<String> = [FIRST, MIDDLE].into_iter().filter_map(one).collect();
    if !given.is_empty() {
        name["given"] = given.into();
    }
    if let Some(family) = one(LAST) {
        name["family"] = family.into();
    }
    if let Some(text) = one(FULL) {
        name["text"] = text.into();
    }
    if name != json!({}) {
        patient["name"] = json!([name]);
    }
    // A date with its time is a date here; a part of one is one too.
    if let Some(born) = one(BORN) {
        patient["birthDate"] = born.split(['T', ' ']).next().unwrap_or_default().into();
    }
    if let Some(gender) = one(GENDER).and_then(|text| gender(&text)) {
        patient["gender"] = gender.into();
    }
    let telecom = |system: &'static str, meaning: &str| {
        all(meaning).into_iter().map(move |value| json!({ "system": system, "value": value })).collect::<Vec<_>>()
    };
    let contacts = [telecom("phone", PHONE), telecom("email", EMAIL)].concat();
    if !contacts.is_empty() {
        patient["telecom"] = contacts.into();
    }
    let mut address = json!({});
    if let Some(line) = one(STREET).or_else(|| one(ADDRESS)) {
        address["line"] = json!([line]);
    }
    for (element, meaning) in [("city", CITY), ("state", STATE), ("postalCode", POSTAL), ("country", COUNTRY)] {
        if let Some(text) = one(meaning) {
            address[element] = text.into();
        }
    }
    if address != json!({}) {
        patient["address"] = json!([address]);
    }
    patient
}

/// The code of a gender; none for what FHIR has no word for.
fn gender(text: &str) -> Option<&'static str> {
    Some(match text.to_lowercase().as_str() {
        "f" | "female" | "woman" | "w" => "female",
        "m" | "male" | "man" => "male",
        "other" | "o" | "x" | "diverse" | "nonbinary" | "non-binary" => "other",
        "unknown" | "u" => "unknown",
        _ => return None,
    })
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    list(value).iter().filter_map(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}
