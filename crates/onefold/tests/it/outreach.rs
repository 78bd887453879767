//! Outreach: the missed-appointment story on 62,299 patients, from files to export, against numbers worked out with
//! another engine.

use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use crate::receiver::{CLIENT, Receiver, SCOPE, SECRET};
use crate::scratch::{Scratch, data, ran};

fn project(from: &Path) -> Scratch {
    let scratch = Scratch::of("patient-outreach");
    // There is no server to send to.
    scratch.replace("exports/SegmentsToOutreach.yaml", "with_every_run", "manual");
    for name in ["Patient.ndjson.gz", "Appointment.ndjson.gz"] {
        scratch.link(&from.join(name), &format!("data/fhir/{name}"));
    }
    scratch.link(&from.join("contacts.json.gz"), "data/dataverse/contacts.json.gz");
    scratch
}

fn unpacked(path: &Path) -> String {
    let mut text = String::new();
    let file = std::fs::File::open(path).expect("the data is there");
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("the data is gzipped text");
    text
}

/// Every profile with its number and keys.
fn profiles(scratch: &Scratch) -> String {
    let sql = r#"select "CustomerId", "profile_no", "id", "contactid" from "Customer" order by "id""#;
    scratch.onefold(&["query", sql, "--format", "csv"]).done().out
}

fn line<'r>(record: &'r Value, list: &str, key: &str, name: &str) -> &'r Value {
    let found = record[list].as_array().and_then(|list| list.iter().find(|line| line[key] == name));
    found.unwrap_or_else(|| panic!("{list} has no {name}: {record:#}"))
}

#[test]
fn the_story_has_the_numbers_of_another_engine() {
    let Some(from) = data("no-show") else { return };
    let scratch = project(&from);
    let record = scratch.run();
    expected_figures(&record);
    expected_tables(&scratch);

    // Nothing changed: nothing runs, nothing is sent, nothing is published.
    let again = scratch.run();
    assert_eq!(ran(&again), Vec::<&str>::new());
    assert_eq!(again["run"], record["run"]);
    assert_eq!(again["exports"][0]["state"], "unchanged");

    let before = profiles(&scratch);
    gone_and_back(&scratch, &from, &before);
    shuffled(&from, &before);
}

fn expected_figures(record: &Value) {
    let unify = &record["unify"];
    assert_eq!(unify["profiles"], 62_299);
    assert_eq!(unify["unique_source_records"], 102_299);
    assert_eq!(unify["matched_and_non_matched"], 64_299);
    assert_eq!(unify["matched_only"], 38_000);
    for (table, read, kept) in [
        ("AzureAPIforFHIR_Patient", 62_299, 62_299),
        ("AzureAPIforFHIR_Appointment", 110_527, 110_527),
        ("D365Patients_contact", 45_000, 40_000),
    ] {
        let source = line(record, "sources", "table", table);
        assert_eq!((&source["read"], &source["kept"]), (&read.into(), &kept.into()), "{source}");
        assert_eq!((&source["corrupt"], &source["repeated"]), (&0.into(), &0.into()), "{source}");
        assert_eq!(source["left_out"], read - kept, "{source}");
    }
    assert_eq!(line(record, "segments", "segment", "NoShow50")["members"], 9_157);
    let sent = line(record, "exports", "item", "NoShow50");
    assert_eq!((&sent["offered"], &sent["sent"], &sent["without_key"]), (&9_157.into(), &5_585.into(), &3_572.into()));
    assert_eq!(sent["place"], "./out/NoShow50.csv");
}

fn expected_tables(scratch: &Scratch) {
    for (sql, expected) in [
        (r#"select count(*) from "Customer""#, 62_299.0),
        (r#"select count(*) from "UnifiedActivity""#, 110_527.0),
        (r#"select count(*) from "UnifiedActivity" where "CustomerId" is null"#, 0.0),
        (r#"select sum("TotalAppointments") from "Customer_Measure""#, 110_527.0),
        (r#"select sum("NoShowAppointments") from "Customer_Measure""#, 22_319.0),
        (r#"select sum("CancelledAppointments") from "Customer_Measure""#, 0.0),
        (r#"select count(*) from "Customer_Measure" where "NoShowAppointments" > 0"#, 17_663.0),
        (r#"select count(*) from "NoShow50""#, 9_157.0),
        (r#"select count(*) from "NoShow50" where "contactid" is not null"#, 5_585.0),
        (r#"select count(*) from "SegmentMembership" where "Segment" = 'NoShow50'"#, 9_157.0),
        (r#"select count(*) from "Customer_Measure" where "NoShowAppointments" > 50"#, 0.0),
        (r#"select count(distinct "CustomerId") from "Customer""#, 62_299.0),
    ] {
        assert_eq!(scratch.number(sql), expected, "{sql}");
    }
    let file = scratch.read("out/NoShow50.csv");
    assert_eq!(file.lines().count(), 5_586);
    assert_eq!(file.lines().next(), Some("CustomerId,contactid,email,Customer_Measure.pct_no_show"));
}

/// A record gone from its source is gone from the next run; when it comes back so does its id.
fn gone_and_back(scratch: &Scratch, from: &Path, before: &str) {
    let patients = unpacked(&from.join("Patient.ndjson.gz"));
    let (first, rest) = patients.split_once('\n').expect("more than one patient");
    let id = serde_json::from_str::<Value>(first).expect("a line is JSON")["id"].as_str().expect("an id").to_owned();
    std::fs::remove_file(scratch.path().join("data/fhir/Patient.ndjson.gz")).expect("the link is there");
    scratch.write("data/fhir/Patient.ndjson", rest);
    let record = scratch.run();
    assert_eq!(record["unify"]["profiles"], 62_298);
    assert!(ran(&record).contains(&"unify.merge") && !ran(&record).contains(&"ingest.read D365Patients_contact"));
    let gone = |text: &str| text.lines().filter(|line| line.split(',').nth(2) == Some(&id)).count();
    let without = profiles(scratch);
    assert_eq!((gone(before), gone(&without)), (1, 0));
    let others: Vec<&str> = before.lines().filter(|line| line.split(',').nth(2) != Some(&id)).collect();
    assert!(others.iter().copied().eq(without.lines()), "the ids of others changed");

    scratch.write("data/fhir/Patient.ndjson", &patients);
    scratch.run();
    assert!(profiles(scratch) == before, "the id did not come back");
}

/// The same records in another order are the same people with the same ids.
fn shuffled(from: &Path, before: &str) {
    let scratch = project(from);
    for name in ["Patient", "Appointment"] {
        let text = unpacked(&from.join(format!("{name}.ndjson.gz")));
        let turned: Vec<&str> = text.lines().rev().collect();
        std::fs::remove_file(scratch.path().join(format!("data/fhir/{name}.ndjson.gz"))).expect("the link is there");
        scratch.write(&format!("data/fhir/{name}.ndjson"), &turned.join("\n"));
    }
    let mut page: Value =
        serde_json::from_str(&unpacked(&from.join("contacts.json.gz"))).expect("a page of contacts is JSON");
    page["value"].as_array_mut().expect("a page has rows").reverse();
    std::fs::remove_file(scratch.path().join("data/dataverse/contacts.json.gz")).expect("the link is there");
    scratch.write("data/dataverse/contacts.json", &page.to_string());
    expected_figures(&scratch.run());
    assert!(profiles(&scratch) == before, "another order gives other ids");
}

#[test]
fn an_export_that_fails_leaves_the_run_published() {
    let Some(from) = data("no-show") else { return };
    let scratch = project(&from);
    scratch.replace("exports/SegmentsToOutreach.yaml", "manual", "with_every_run");
    // The secret is not set.
    let said = scratch.onefold(&["run", "--now", "2026-06-01T12:00:00Z"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.contains("export SegmentsToOutreach: failed") && said.out.contains("D365_SECRET"), "{said:?}");
    assert!(
        said.out
            .contains("export SegmentsToFolder: NoShow50: 9,157 offered = 5,585 sent + 3,572 without key + 0 unknown")
    );
    assert!(said.out.lines().last().is_some_and(|last| last.starts_with("published in ")), "{said:?}");
    assert_eq!(scratch.number(r#"select count(*) from "NoShow50""#), 9_157.0);
}

#[test]
fn marketing_takes_the_contacts_it_knows() {
    let Some(from) = data("no-show") else { return };
    let scratch = project(&from);
    scratch.run();
    let members = |segment: &str| {
        let sql = format!(r#"select "contactid" from "{segment}" where "contactid" is not null order by "contactid""#);
        let rows = scratch.rows(&sql);
        rows.iter().map(|row| row["contactid"].as_str().expect("a text").to_owned()).collect::<Vec<_>>()
    };
    let all = members("NoShow50");
    assert_eq!(all.len(), 5_585);
    // Every other one is known, the receiver is busy now and then, and a page is short.
    let receiver = Receiver::start(all.iter().step_by(2).cloned());
    receiver.state().throttle_every = Some(40);
    let (url, token) = (&receiver.url, receiver.token_url());
    scratch.write(
        "connections/PatientOutreach.yaml",
        &format!(
            "kind: dynamics_365_marketing\nurl: {url}\nauth: {{client_credentials: {{token_url: \"{token}\", \
             client_id: {CLIENT}, client_secret: {{env: D365_SECRET}}, scope: \"{SCOPE}\"}}}}\n"
        ),
    );
    let send = || {
        let args = ["run", "--only", "SegmentsToOutreach", "--now", "2026-06-01T12:00:00Z", "--json"];
        let output = scratch.command(&args).env("D365_SECRET", SECRET).output().expect("the binary can be run");
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!err.contains(SECRET));
        let record: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{err}"));
        assert_eq!(output.status.code(), Some(0), "{record:#}");
        record
    };
    for record in [send(), send()] {
        let sent = line(&record, "exports", "item", "NoShow50");
        let counts = ["offered", "sent", "without_key", "unknown"].map(|count| sent[count].as_u64().expect("a count"));
        assert_eq!(counts, [9_157, 2_793, 3_572, 2_792]);
        let kept = receiver.segment("No Show over 50 percent");
        assert!(kept.members.iter().eq(all.iter().step_by(2)), "{} members", kept.members.len());
        assert_eq!(kept.text("msdyncrm_externalsegmenturl"), "https://onefold.example/segments/NoShow50");
    }
    assert!(receiver.throttled() > 0);
}

#[test]
fn a_profile_and_a_segment_are_explained() {
    let Some(from) = data("no-show") else { return };
    let scratch = project(&from);
    scratch.run();
    let row = &scratch.rows(
        r#"select c."CustomerId", c."id", c."contactid", m."pct_no_show" from "NoShow50" c
           join "Customer_Measure" m on m."profile_no" = c."profile_no" where c."contactid" is not null
           order by c."id" limit 1"#,
    )[0];
    let (customer, contact) = (row["CustomerId"].as_str().unwrap(), row["contactid"].as_str().unwrap());
    let said = scratch.onefold(&["explain", "customer", &contact.to_uppercase(), "--json"]).done();
    let explained: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(explained["customer_id"], customer);
    assert_eq!(explained["records"][0]["table"], "AzureAPIforFHIR_Patient");
    let record = &explained["records"][1];
    assert_eq!((&record["table"], &record["rule"]), (&"D365Patients_contact".into(), &"ExactFHIRID".into()));
    assert_eq!(record["matched"], serde_json::json!(["AzureAPIforFHIR_Patient", row["id"]]));
    let values = explained["values"].as_array().unwrap();
    let email = values.iter().find(|value| value["column"] == "email").unwrap();
    assert_eq!(email["table"], "AzureAPIforFHIR_Patient");
    assert_eq!(email["others"][0][0], "D365Patients_contact");

    let said = scratch.onefold(&["explain", "segment", "noshow50", customer, "--json"]).done();
    let explained: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(explained["member"], true);
    let part = &explained["rules"][0]["parts"][0];
    assert_eq!((&part["truth"], &part["values"][0][1]), (&"true".into(), &row["pct_no_show"]), "{explained:#}");

    let nobody = scratch.onefold(&["explain", "customer", "no such key"]);
    assert_eq!(nobody.code, Some(1));
    assert!(nobody.err.contains("error: nobody has the id or key `no such key`"), "{nobody:?}");
}
