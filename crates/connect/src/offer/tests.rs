//! What folders and resources offer.

use serde_json::json;

use super::view::starting;
use super::*;

fn paths(view: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let columns = view["select"][0]["column"].as_array().expect("a view has columns");
    columns.iter().map(|column| (text(&column["name"]), text(&column["path"]), text(&column["type"]))).collect()
}

fn has(view: &Value, name: &str, path: &str, ty: &str) {
    let all = paths(view);
    let wanted = (name.to_owned(), path.to_owned(), ty.to_owned());
    assert!(all.contains(&wanted), "{wanted:?} is not among {all:#?}");
    assert!(crate::view_errors(view, false).is_empty(), "{:?}", crate::view_errors(view, false));
}

#[test]
fn an_appointment_gets_its_patient_and_codes() {
    let sample = json!({
        "resourceType": "Appointment", "id": "1", "status": "fulfilled",
        "serviceType": [{"coding": [{"system": "s", "code": "c", "display": "d"}]}],
        "appointmentType": {"coding": [{"code": "WALKIN", "display": "walk in"}]},
        "created": "2016-04-29T18:38:08Z", "start": "2016-04-29T00:00:00Z", "minutesDuration": 20,
        "participant": [
            {"actor": {"reference": "Patient/2", "display": "F. B."}, "status": "accepted"},
            {"actor": {"reference": "Location/0", "display": "J. D."}, "status": "accepted"}
        ]
    });
    let view = starting("Appointment", &[sample]);
    has(&view, "id", "getResourceKey()", "");
    has(&view, "status", "status", "");
    has(&view, "serviceType.coding.code", "serviceType.coding.code.first()", "");
    has(&view, "start", "start", "instant");
    has(&view, "minutesDuration", "minutesDuration", "integer");
    has(&view, "patient.id", "participant.actor.getReferenceKey(Patient).first()", "");
    has(&view, "patient.name", "participant.actor.where(reference.startsWith('Patient/')).display.first()", "");
    has(&view, "location.id", "participant.actor.getReferenceKey(Location).first()", "");
}

#[test]
fn a_patient_gets_the_official_name() {
    let sample = json!({
        "resourceType": "Patient", "id": "1", "meta": {"lastUpdated": "2016-04-29T18:38:08.000+00:00"}, "active": true,
        "name": [{"use": "usual", "given": ["X"]}, {"use": "official", "family": "Barbosa", "given": ["Francisca"]}],
        "telecom": [{"system": "email", "value": "f@example.org"}], "birthDate": "1954",
        "address": [{"city": "Vitória", "line": ["a"]}], "deceasedDateTime": "2020-01-01T00:00:00Z",
        "maritalStatus": {"text": "S"}, "generalPractitioner": [{"reference": "urn:uuid:1"}]
    });
    let view = starting("Patient", &[sample]);
    has(&view, "lastname", "name.where(use = 'official').family.first()", "");
    has(&view, "email", "telecom.where(system = 'email').value.first()", "");
    has(&view, "birthDate", "birthDate", "date");
    has(&view, "active", "active", "boolean");
    has(&view, "address.city", "address.city.first()", "");
    has(&view, "deceasedDateTime", "deceased.ofType(dateTime)", "instant");
    has(&view, "generalPractitioner.id", "generalPractitioner.getReferenceKey().first()", "");
    has(&view, "meta.lastUpdated", "meta.lastUpdated", "instant");
}

#[test]
fn names_and_keys_are_likely() {
    let columns = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    assert_eq!(likely_key("orders", &columns(&["customer_id", "order_id"])), Some("order_id".to_owned()));
    assert_eq!(likely_key("contacts", &columns(&["name", "contactid"])), Some("contactid".to_owned()));
    assert_eq!(likely_key("x", &columns(&["Id", "x"])), Some("Id".to_owned()));
    assert_eq!(likely_key("x", &columns(&["a", "b"])), None);
    assert_eq!((table_name("my orders (2)"), table_name("2026-x")), ("my_orders__2".to_owned(), "t_2026_x".to_owned()));
    assert_eq!(
        (singular("opportunities"), singular("contacts"), singular("address")),
        ("opportunity".to_owned(), "contact".to_owned(), "address".to_owned())
    );
}
