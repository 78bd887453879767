//! Synthea: 615 simulated patients with their encounters as activities; the lab's definitions less the contacts.

use crate::scratch::{Scratch, data};

#[test]
fn encounters_are_the_activities_of_615_people() {
    let Some(from) = data("synthea-r4") else { return };
    let scratch = Scratch::of("synthea");
    for name in ["Patient.ndjson.gz", "Encounter.ndjson.gz"] {
        scratch.link(&from.join(name), &format!("data/fhir/{name}"));
    }
    let said = scratch.onefold(&["check"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("Customer has no column `contactid`"), "{said:?}");
    std::fs::remove_file(scratch.path().join("exports/SegmentsToOutreach.yaml")).expect("the export is there");

    let record = scratch.run();
    assert_eq!(record["outcome"], "completed", "{record:#}");
    for (sql, expected) in [
        (r#"select count(*) from "Customer""#, 615.0),
        (r#"select count(*) from "UnifiedActivity""#, 18_098.0),
        (r#"select count(*) from "UnifiedActivity" where "CustomerId" is null"#, 0.0),
        (r#"select sum("TotalAppointments") from "Customer_Measure""#, 18_098.0),
        (r#"select sum("NoShowAppointments") from "Customer_Measure""#, 0.0),
        (r#"select count(*) from "NoShow50""#, 0.0),
    ] {
        assert_eq!(scratch.number(sql), expected, "{sql}");
    }
}
