//! MC4H: nine test patients, one appointment, one patient replaced by another; the lab's definitions less the contacts.

use crate::scratch::{Scratch, data};

#[test]
fn nine_patients_are_seven_people() {
    let Some(from) = data("mc4h") else { return };
    let scratch = Scratch::of("mc4h");
    // One file holds resources of all types.
    scratch.link(&from.join("mc4h_resources.ndjson"), "data/fhir/mc4h_resources.ndjson");

    // Without contacts there is nothing for marketing to go by.
    let said = scratch.onefold(&["check"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("Customer has no column `contactid`"), "{said:?}");
    let run = scratch.onefold(&["run"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(!scratch.path().join("lake").exists(), "wrong definitions leave no lake");
    std::fs::remove_file(scratch.path().join("exports/SegmentsToOutreach.yaml")).expect("the export is there");

    // One patient has no id; one says that another has replaced it.
    let record = scratch.run();
    assert_eq!(record["outcome"], "completed_with_warnings");
    let patients = &record["sources"][0];
    assert_eq!((&patients["read"], &patients["kept"], &patients["corrupt"]), (&9.into(), &8.into(), &1.into()));
    assert_eq!(record["unify"]["profiles"], 7);
    let ring = r#"select count(*) from "KeyRing" where "Key" in ('D000000001', 'D000000001-1')"#;
    assert_eq!(scratch.number(ring), 2.0);
    let same = r#"select count(distinct "CustomerId") from "KeyRing" where "Key" in ('D000000001', 'D000000001-1')"#;
    assert_eq!(scratch.number(same), 1.0);
    assert_eq!(scratch.number(r#"select count(*) from "UnifiedActivity" where "CustomerId" is not null"#), 1.0);
    assert_eq!(scratch.number(r#"select sum("TotalAppointments") from "Customer_Measure""#), 1.0);

    let said = scratch.onefold(&["explain", "customer", "D000000001-1"]).done();
    assert!(said.out.contains("`D000000001-1`") && said.out.contains("`D000000001`"), "{}", said.out);
}
