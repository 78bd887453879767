//! Tests of the demo's data: the same again from the same seed, and what its truth says is so.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{APPOINTMENTS, DemoOptions, DemoReport, generate};

fn make(dir: &Path, patients: u64, seed: u64) -> DemoReport {
    let now = "2026-11-22T05:00:00Z".parse().unwrap();
    generate(dir, &DemoOptions { patients, appointments: APPOINTMENTS, seed, now }, &|_, _| {}).unwrap()
}

fn read(dir: &Path, file: &str) -> String {
    fs::read_to_string(dir.join(file)).unwrap()
}

/// The lines of a file that are fine, by id; a line's number is with it.
fn fine(dir: &Path, file: &str, dirty: &BTreeSet<(String, u64)>) -> Vec<Value> {
    let name = file.rsplit('/').next().unwrap();
    let lines = read(dir, file);
    let numbered = lines.lines().zip(1_u64..).filter(|(_, line)| !dirty.contains(&(name.to_owned(), *line)));
    numbered.map(|(text, _)| serde_json::from_str(text).unwrap()).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let dirs: Vec<_> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    make(dirs[0].path(), 5_000, 1);
    make(dirs[1].path(), 5_000, 1);
    make(dirs[2].path(), 5_000, 2);
    for file in [
        "data/fhir/Patient.ndjson",
        "data/fhir/Appointment.ndjson",
        "data/dataverse/contacts-00001.json",
        "truth/records.csv",
    ] {
        let [first, again, other] = [0, 1, 2].map(|at| read(dirs[at].path(), file));
        assert!(first == again && first != other, "{file}");
    }
}

#[test]
fn the_truth_says_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let expected = make(dir.path(), 9_000, 7).expected;
    let dir = dir.path();
    let dirty: BTreeSet<(String, u64)> = read(dir, "truth/dirty.csv")
        .lines()
        .skip(1)
        .map(|line| {
            let mut fields = line.split(',');
            (fields.next().unwrap().to_owned(), fields.next().unwrap().parse().unwrap())
        })
        .collect();
    assert!(dirty.len() >= 8);

    let patients = fine(dir, "data/fhir/Patient.ndjson", &dirty);
    let ids: BTreeSet<&str> = patients.iter().map(|patient| patient["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len() as u64, expected.patients);
    assert_eq!(patients.len() as u64, expected.patients, "no id is there twice");
    // The record under which a patient's appointments count.
    let mut stands_for: HashMap<&str, &str> = ids.iter().map(|id| (*id, *id)).collect();
    for patient in &patients {
        if let Some(other) = patient.pointer("/link/0/other/reference").and_then(Value::as_str) {
            stands_for
                .insert(patient["id"].as_str().unwrap(), ids.get(other.strip_prefix("Patient/").unwrap()).unwrap());
        }
    }
    let customers: BTreeSet<&str> = stands_for.values().copied().collect();
    assert_eq!(customers.len() as u64, expected.customers);
    assert_eq!(expected.customers, expected.patients - expected.patients_replaced);

    let appointments = fine(dir, "data/fhir/Appointment.ndjson", &dirty);
    assert_eq!(appointments.len() as u64, expected.appointments);
    let mut went: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
    let mut statuses: BTreeMap<&str, u64> = BTreeMap::new();
    let mut of_nobody = 0;
    for appointment in &appointments {
        let patient = appointment.pointer("/participant/0/actor/reference").and_then(Value::as_str).unwrap();
        let Some(customer) = stands_for.get(patient.strip_prefix("Patient/").unwrap()) else {
            of_nobody += 1;
            continue;
        };
        let status = appointment["status"].as_str().unwrap();
        *statuses.entry(status).or_default() += 1;
        let counts = went.entry(customer).or_default();
        counts[0] += 1;
        counts[1] += u64::from(status == "noshow");
        counts[2] += u64::from(status == "noshow" || status == "cancelled");
    }
    assert_eq!(of_nobody, expected.appointments_without_customer);
    assert_eq!(statuses, expected.by_status);
    assert_eq!(statuses.len(), 10, "all statuses: {statuses:?}");
    let members = |at: usize| went.values().filter(|counts| 2 * counts[at] > counts[0]).count() as u64;
    assert_eq!((members(1), members(2)), (expected.no_show_50, expected.missed_50));
    assert!(members(1) > 50);

    contacts_are_as_expected(dir, &ids, &expected);
}

fn contacts_are_as_expected(dir: &Path, ids: &BTreeSet<&str>, expected: &super::Expected) {
    let mut contacts: Vec<Value> = Vec::new();
    for page in 1.. {
        let text: Value = serde_json::from_str(&read(dir, &format!("data/dataverse/contacts-{page:05}.json"))).unwrap();
        contacts.extend(text["value"].as_array().unwrap().iter().cloned());
        if text.get("@odata.nextLink").is_none() {
            break;
        }
    }
    assert!(contacts.len() > 5_000);
    assert_eq!(contacts.len() as u64, expected.contacts + expected.contacts_corrupt);
    let guids: BTreeSet<String> =
        contacts.iter().map(|contact| contact["contactid"].as_str().unwrap().to_lowercase()).collect();
    assert_eq!(guids.len(), contacts.len());
    let of_patients: Vec<&Value> =
        contacts.iter().filter(|contact| contact["msemr_contacttype"] == 935_000_000).collect();
    assert_eq!(of_patients.len() as u64, expected.contacts_of_patients);
    let linked: Vec<&str> = of_patients
        .iter()
        .filter_map(|contact| contact["msemr_azurefhirid"].as_str())
        .filter(|id| ids.contains(id))
        .collect();
    assert_eq!(linked.len() as u64, expected.contacts_matched);
    let with_contact: BTreeSet<&str> = linked.into_iter().collect();
    assert_eq!(with_contact.len() as u64, expected.customers_with_contact);
}

#[test]
fn many_people_make_gzipped_files() {
    let dir = tempfile::tempdir().unwrap();
    let report = make(dir.path(), super::GZIP_FROM, 1);
    let bytes = fs::metadata(dir.path().join("data/fhir/Patient.ndjson.gz")).unwrap().len();
    assert!(bytes > 1_000_000 && report.bytes > bytes);
    let share = report.expected.appointments as f64 / report.expected.people as f64;
    assert!((3.9..4.2).contains(&share), "{share}");
}
