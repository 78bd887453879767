//! Fhir: `Patient/$match` and the look-up it stands on, as a program that speaks FHIR meets them.

use super::*;

const MATCH: &str = "/fhir/p/Patient/$match";
const LOOKUP: &str = "/api/projects/p/customers/lookup";

fn alice() -> Value {
    json!({
        "resourceType": "Patient",
        "name": [{ "use": "official", "given": ["Alice", "Pleasance"], "family": "Lidell" }],
        "birthDate": "1852-05-04",
    })
}

fn parameters(more: &[Value]) -> Value {
    let mut all = vec![json!({ "name": "resource", "resource": alice() })];
    all.extend(more.iter().cloned());
    json!({ "resourceType": "Parameters", "parameter": all })
}

const FHIR: &[(&str, &str)] = &[("content-type", "application/fhir+json; charset=utf-8")];

#[tokio::test]
async fn a_patient_is_matched_the_likeliest_first_and_who_was_shown_is_written_down() {
    let house = House::peopled().await;
    let mut vera = house.signed_in("vera").await;
    for body in [alice(), parameters(&[])] {
        let answer = vera.send(Method::POST, MATCH, Some(body), FHIR).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/fhir+json"), "{}", answer.text);
        assert_eq!(answer.header("cache-control"), "no-store");
        let bundle = answer.json();
        assert_eq!(
            (&bundle["resourceType"], &bundle["type"], &bundle["total"]),
            (&json!("Bundle"), &json!("searchset"), &json!(2))
        );
        let entries = bundle["entry"].as_array().unwrap();
        let scores: Vec<f64> = entries.iter().map(|entry| entry["search"]["score"].as_f64().unwrap()).collect();
        assert_eq!(scores, [0.995, 0.004]);
        assert_eq!(
            entries[0]["search"],
            json!({
                "extension": [{
                    "url": "http://hl7.org/fhir/StructureDefinition/match-grade",
                    "valueCode": "certain",
                }],
                "mode": "match",
                "score": 0.995,
            })
        );
        assert_eq!(entries[1]["search"]["extension"][0]["valueCode"], "certainly-not");
        assert_eq!(
            entries[0]["resource"],
            json!({
                "resourceType": "Patient",
                "id": "alice",
                "identifier": [{ "system": "urn:onefold:customer", "value": "alice" }],
                "name": [{ "given": ["Alice"], "family": "Lidell" }],
                "birthDate": "1852-05-04",
                "gender": "female",
                "telecom": [{ "system": "email", "value": "one@example.org" }],
                "address": [{ "line": ["1 Tom Gate"], "city": "Oxford" }],
            })
        );
        let entry = house.entry();
        assert_eq!((entry.people, entry.project.as_deref()), (vec!["alice".to_owned(), "bob".to_owned()], Some("p")));
        assert!(!format!("{:?}", entry.object).contains("Lidell"));
    }
}

#[tokio::test]
async fn count_and_only_certain_matches_are_heeded() {
    let house = House::peopled().await;
    let mut vera = house.signed_in("vera").await;
    let mut ask = async |more: Value| vera.send(Method::POST, MATCH, Some(parameters(&[more])), FHIR).await;
    let one = ask(json!({ "name": "count", "valueInteger": 1 })).await.json();
    assert_eq!(one["entry"].as_array().unwrap().len(), 1);
    let certain = ask(json!({ "name": "onlyCertainMatches", "valueBoolean": true })).await.json();
    assert_eq!((&certain["total"], &certain["entry"][0]["resource"]["id"]), (&json!(1), &json!("alice")));
    for wrong in [
        json!({ "name": "count", "valueInteger": 0 }),
        json!({ "name": "count", "valueString": "3" }),
        json!({ "name": "onlyCertainMatches", "valueString": "true" }),
    ] {
        assert_eq!(ask(wrong).await.status, 400);
    }
}

#[tokio::test]
async fn nobody_is_an_empty_bundle_and_too_little_is_refused_in_fhir() {
    let house = House::peopled().await;
    let mut vera = house.signed_in("vera").await;
    let stranger = json!({
        "resourceType": "Patient",
        "name": [{ "given": ["Edgar"], "family": "Cuthwellis" }],
        "telecom": [{ "system": "email", "value": "mailto:edgar@example.org" }],
    });
    let answer = vera.send(Method::POST, MATCH, Some(stranger), FHIR).await;
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({ "resourceType": "Bundle", "type": "searchset", "total": 0 }))
    );
    for (body, status) in [
        (json!({ "resourceType": "Patient", "name": [{ "family": "Lidell" }] }), 400),
        (json!({ "resourceType": "Patient" }), 400),
        (json!({ "resourceType": "Practitioner" }), 400),
        (json!({ "resourceType": "Parameters" }), 400),
        (json!({}), 400),
        (json!([1, 2]), 400),
    ] {
        let answer = vera.send(Method::POST, MATCH, Some(body.clone()), FHIR).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text);
        outcome(&answer, "invalid");
    }
    let answer = vera.send(Method::POST, "/fhir/q/Patient/$match", Some(alice()), FHIR).await;
    assert_eq!(answer.status, 404);
    outcome(&answer, "not-found");
}

#[tokio::test]
async fn strangers_are_refused_in_fhir_and_capabilities_are_open() {
    let house = House::peopled().await;
    let answer = house.browser().send(Method::POST, MATCH, Some(alice()), FHIR).await;
    assert_eq!(answer.status, 401);
    outcome(&answer, "login");
    let mut forging = house.signed_in("vera").await;
    forging.csrf = None;
    let answer = forging.send(Method::POST, MATCH, Some(alice()), FHIR).await;
    assert_eq!(answer.status, 403);
    outcome(&answer, "forbidden");
    let answer = house.browser().get(MATCH).await;
    assert_eq!(answer.status, 405);
    outcome(&answer, "not-supported");
    let answer = house.browser().get("/fhir/p/Observation").await;
    assert_eq!(answer.status, 404);
    outcome(&answer, "not-found");
    let answer = house.browser().get("/fhir/p/metadata").await;
    let statement = answer.json();
    assert_eq!((answer.status, &statement["fhirVersion"]), (200, &json!("4.0.1")));
    assert_eq!(statement["rest"][0]["resource"][0]["operation"][0]["name"], "match");
    assert_eq!(statement, house.browser().get("/fhir/nobody/metadata").await.json(), "it tells nothing of projects");
}

#[tokio::test]
async fn the_plain_look_up_answers_the_same_people() {
    let house = House::peopled().await;
    let mut vera = house.signed_in("vera").await;
    let values =
        json!({ "Person.FirstName": ["Alice"], "Person.LastName": ["Lidell"], "Person.BirthDate": ["1852-05-04"] });
    let answer = vera.post(LOOKUP, json!({ "values": values })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let view = answer.json();
    assert_eq!(
        (&view["candidates"][0]["customer_id"], &view["candidates"][0]["grade"]),
        (&json!("alice"), &json!("certain"))
    );
    assert_eq!(house.entry().people, ["alice", "bob"]);
    let answer = vera.post(LOOKUP, json!({ "values": { "Person.LastName": ["Lidell"] } })).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
}

fn outcome(answer: &Answer, code: &str) {
    assert_eq!(answer.header("content-type"), "application/fhir+json", "{}", answer.text);
    let outcome = answer.json();
    assert_eq!((&outcome["resourceType"], &outcome["issue"][0]["code"]), (&json!("OperationOutcome"), &json!(code)));
    assert!(!outcome["issue"][0]["diagnostics"].as_str().unwrap().is_empty());
}
