//! Data: the no-show, OpenHack and Synthea data through the views of the labs.

use std::path::PathBuf;

use serde_json::json;

use crate::made::{Came, all, lines, source, tables};

fn data(part: &str) -> Option<PathBuf> {
    let root = std::env::var_os("ONEFOLD_DATA").map(PathBuf::from);
    let root = root.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"));
    if root.join(part).exists() {
        return Some(root);
    }
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{} is not there", root.join(part).display());
    #[allow(clippy::print_stderr)] // the one way a test can say that it was skipped
    {
        eprintln!("skipped: {} is not there", root.join(part).display());
    }
    None
}

async fn came(declared: serde_json::Value, folder: &str) -> Option<Vec<Came>> {
    let root = data(folder)?;
    let mut found = Vec::new();
    for table in tables(source(&declared, folder), &root) {
        found.push(all(table).await.expect("the data is whole"));
    }
    Some(found)
}

fn patients() -> serde_json::Value {
    json!({"key": "id", "view": {"resource": "Patient", "select": [{"column": [
        {"name": "id", "path": "getResourceKey()"},
        {"name": "meta.lastUpdated", "path": "meta.lastUpdated", "type": "instant"},
        {"name": "birthDate", "path": "birthDate", "type": "date"},
        {"name": "lastname", "path": "name.where(use = 'official').family.first()"},
        {"name": "firstname", "path": "name.where(use = 'official').given.first()"},
        {"name": "email", "path": "telecom.where(system = 'email').value.first()"}]}]}})
}

fn appointments() -> serde_json::Value {
    json!({"key": "id", "view": {"resource": "Appointment", "select": [{"column": [
        {"name": "id", "path": "getResourceKey()"},
        {"name": "status", "path": "status"},
        {"name": "serviceType.coding.code", "path": "serviceType.coding.code.first()"},
        {"name": "serviceType.coding.display", "path": "serviceType.coding.display.first()"},
        {"name": "appointmentType.coding.code", "path": "appointmentType.coding.code.first()"},
        {"name": "appointmentType.coding.display", "path": "appointmentType.coding.display.first()"},
        {"name": "start", "path": "start", "type": "instant"},
        {"name": "patient.id", "path": "participant.actor.getReferenceKey(Patient).first()"},
        {"name": "patient.name", "path": "participant.actor.where(reference.startsWith('Patient/')).display.first()"}]}]}})
}

#[tokio::test]
async fn no_show() {
    let declared = json!({"kind": "fhir", "tables": {"Patient": patients(), "Appointment": appointments()}});
    let Some(found) = came(declared, "no-show").await else { return };
    assert_eq!((found[0].report.rows_kept, found[0].report.corrupt), (62_299, 0));
    assert_eq!((found[1].report.rows_kept, found[1].report.corrupt), (110_527, 0));
    assert!(found[0].rows.iter().all(|batch| batch.num_rows() <= 8192));
    let first = "29872499824296 | 2016-04-29T18:38:08 | 1954-01-01 | year | Barbosa Pinto | Francisca | \
                 francisca.barbosa5783@example.org | Patient.ndjson.gz | 1";
    assert_eq!(lines(&found[0].rows[..1])[0], first);
    let first = "5642903 | fulfilled | 394814009 | General practice | WALKIN | A previously unscheduled walk-in visit | \
                 2016-04-29T00:00:00 | 29872499824296 | Francisca Barbosa Pinto | Appointment.ndjson.gz | 1";
    assert_eq!(lines(&found[1].rows[..1])[0], first);
    let missed = lines(&found[1].rows).iter().filter(|line| line.split(" | ").nth(1) == Some("noshow")).count();
    assert_eq!(missed, 22_319);
}

#[tokio::test]
async fn contacts() {
    let declared = json!({"kind": "dataverse", "tables": {"contact": {"entity": "contacts", "key": "contactid"}}});
    let Some(found) = came(declared, "no-show").await else { return };
    assert_eq!((found[0].report.rows_kept, found[0].report.corrupt), (45_000, 0));
    let types: Vec<String> = found[0].columns.iter().map(|column| format!("{} {}", column.name, column.ty)).collect();
    assert_eq!(
        types[..6],
        [
            "contactid guid",
            "firstname text",
            "lastname text",
            "emailaddress1 text",
            "msemr_contacttype integer",
            "msemr_azurefhirid text"
        ]
    );
    assert!(lines(&found[0].rows[..1])[0].starts_with("85a5d9ec-bc40-53ab-0101-c8bd5f0179fb | Francisca | "));
}

#[tokio::test]
async fn open_hack() {
    let declared = json!({"kind": "fhir", "tables": {"Patient": patients(), "Appointment": appointments()}});
    let Some(found) = came(declared, "mc4h").await else { return };
    assert_eq!((found[0].report.rows_kept, found[1].report.rows_kept), (9, 1));
    assert_eq!(found[0].report.links, 1);
    assert!(lines(&found[0].links)[0].ends_with(" | same"));
}

#[tokio::test]
async fn synthea() {
    let encounters = json!({"key": "id", "view": {"resource": "Encounter", "select": [{"column": [
        {"name": "id", "path": "getResourceKey()"},
        {"name": "patient", "path": "subject.getReferenceKey(Patient)"},
        {"name": "start", "path": "period.start", "type": "dateTime"}]}]}});
    let declared = json!({"kind": "fhir", "tables": {"Patient": patients(), "Encounter": encounters}});
    let Some(found) = came(declared, "synthea-r4").await else { return };
    assert_eq!((found[0].report.rows_kept, found[1].report.rows_kept), (615, 18_098));
    let ids: std::collections::HashSet<String> =
        lines(&found[0].rows).iter().filter_map(|line| line.split(" | ").next().map(str::to_owned)).collect();
    let lead_nowhere =
        lines(&found[1].rows).iter().filter(|line| !ids.contains(line.split(" | ").nth(1).unwrap_or(""))).count();
    assert_eq!(lead_nowhere, 0);
}
