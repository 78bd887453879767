//! Segments: why somebody is in or not, what rules keep, where a value comes from, and sizes that stop an export.

use serde_json::{Value, json};

use crate::scratch::Scratch;

/// Seven patients of a clinic and their visits.
fn clinic() -> Scratch {
    let scratch = Scratch::empty();
    scratch.write("onefold.yaml", "name: clinic\n");
    scratch.write(
        "sources/Clinic.yaml",
        "kind: csv\nfrom: {folder: ./data}\ntables:\n  people: {key: id, columns: {id: text, clinic: text, rate: number}}\n  \
         visits: {key: visit, columns: {visit: text, person: text, status: text, at: date-time}}\n",
    );
    scratch.write("unify.yaml", "tables: [{table: Clinic_people, include_all: true, columns: {id: ID, clinic: Clinic.Name, rate: Clinic.Rate}}]\n");
    scratch.write(
        "relationships.yaml",
        "VisitPerson: {from: Clinic_visits.person, to: Clinic_people.id, cardinality: many_to_one}\n",
    );
    scratch.write("data/people.csv", "id,clinic,rate\n1,A,0.9\n2,A,0.42\n3,A,0.6\n4,B,0.7\n5,B,\n6,B,0.1\n7,B,0.8\n");
    scratch.write(
        "data/visits.csv",
        "visit,person,status,at\na,1,noshow,2026-01-01T09:00:00Z\nb,1,noshow,2026-02-01T09:00:00Z\nc,1,booked,2026-02-10T09:00:00Z\n\
         d,2,noshow,2026-01-01T09:00:00Z\ne,3,kept,2026-01-01T09:00:00Z\nf,3,booked,2026-01-02T09:00:00Z\n",
    );
    scratch.write("segments/High.yaml", "rules:\n  - where: Customer.rate > 0.5 and Customer.clinic = 'A'\n");
    scratch.write(
        "segments/Often.yaml",
        "tables: {V: Clinic_visits}\nrules: [{where: V.status = 'noshow', times: {at_least: 3}}]\n",
    );
    scratch.write(
        "segments/Back.yaml",
        "tables: {V: Clinic_visits}\nrules:\n  - where: V.status = 'booked'\n    after: {where: V.status = 'noshow', within: {count: 30, unit: day}}\n    order_by: V.at\n",
    );
    scratch.write(
        "segments/Best.yaml",
        "rules: [{where: true}]\nlimit: {count: 1, by: Customer.rate, per: Customer.clinic}\n",
    );
    scratch.write("segments/Kept.yaml", "rules: [{where: true}]\nholdout: 0.5\n");
    scratch.write(
        "measures/Missed.yaml",
        "kind: customer_attribute\nvalue: count(V.visit)\ntables: {V: Clinic_visits}\nwhere: V.status = 'noshow'\n",
    );
    scratch
}

#[track_caller]
fn explained(scratch: &Scratch, args: &[&str]) -> Value {
    let said = scratch.onefold(&[&["explain"], args, &["--json"]].concat()).done();
    serde_json::from_str(&said.out).expect("the answer is JSON")
}

#[test]
fn who_is_not_in_is_told_the_nearest_change() {
    let scratch = clinic();
    scratch.run();
    let high = explained(&scratch, &["segment", "High", "2"]);
    assert_eq!(high["member"], json!(false));
    let nearest = high["nearest"].as_array().expect("somebody could come in");
    assert_eq!(nearest.len(), 1, "{nearest:?}");
    assert_eq!(nearest[0]["needs"], json!("needs to be above 0.5"));
    assert!((nearest[0]["distance"].as_f64().unwrap_or_default() - 0.08).abs() < 1e-9);
    assert_eq!(explained(&scratch, &["segment", "High", "1"])["nearest"], Value::Null, "who is in needs nothing");
    let both = explained(&scratch, &["segment", "High", "6"]);
    assert_eq!(both["nearest"].as_array().map(Vec::len), Some(2));

    let often = explained(&scratch, &["segment", "Often", "1"]);
    assert_eq!(often["rules"][0]["parts"][0]["values"], json!([["rows", 2]]));
    assert_eq!(often["nearest"][0]["needs"], json!("needs 1 more row with `V.status = 'noshow'`"));

    assert_eq!(explained(&scratch, &["segment", "Back", "1"])["member"], json!(true));
    let back = explained(&scratch, &["segment", "Back", "3"]);
    let texts: Vec<&str> =
        back["nearest"].as_array().into_iter().flatten().filter_map(|c| c["condition"].as_str()).collect();
    assert_eq!(texts, ["after a row with V.status = 'noshow' within 30 days"]);

    let best = explained(&scratch, &["segment", "Best", "4"]);
    assert_eq!((&best["limit"]["rank"], &best["limit"]["of"]), (&json!(2), &json!(3)));
    assert_eq!(best["nearest"][0]["needs"], json!("needs to be above 0.8, the last one within the limit"));

    let held = scratch.rows(r#"select "CustomerId" from "SegmentMembership" where "Segment" = 'Kept#holdout'"#);
    let held = held.first().and_then(|row| row["CustomerId"].as_str()).expect("of seven some are held out");
    let kept = explained(&scratch, &["segment", "Kept", held]);
    assert_eq!((&kept["holdout"]["held_out"], &kept["nearest"]), (&json!(true), &Value::Null));
    assert!(scratch.onefold(&["explain", "segment", "High", "2"]).done().out.contains("what would bring it in"));
}

#[test]
fn a_segment_tells_what_its_rules_keep_and_a_measure_its_rows() {
    let scratch = clinic();
    scratch.run();
    let high = explained(&scratch, &["segment", "High"]);
    let parts = high["rules"][0]["parts"].as_array().expect("a rule has parts");
    let counts: Vec<(u64, Option<u64>)> =
        parts.iter().map(|part| (part["keeps"].as_u64().unwrap_or_default(), part["without"].as_u64())).collect();
    // The whole; the rate alone, without which three of the clinic are in; the clinic alone, without which four are.
    assert_eq!(counts, [(2, None), (4, Some(3)), (3, Some(4))]);
    assert_eq!(explained(&scratch, &["segment", "Best"])["beyond_limit"], json!(5));
    assert_eq!(explained(&scratch, &["segment", "Often"])["count"], json!(0));
    assert!(scratch.onefold(&["explain", "segment", "High"]).done().out.contains("[without it +1]"));

    let missed = explained(&scratch, &["measure", "Missed", "1"]);
    assert_eq!((&missed["value"], &missed["total"], &missed["kept"]), (&json!(2), &json!(3), &json!(2)));
    let keys: Vec<(&Value, &Value)> =
        missed["rows"].as_array().into_iter().flatten().map(|row| (&row["key"], &row["kept"])).collect();
    assert_eq!(keys, [(&json!("a"), &json!("true")), (&json!("b"), &json!("true")), (&json!("c"), &json!("false"))]);
    let second = explained(&scratch, &["measure", "Missed", "1", "--offset", "2", "--limit", "1"]);
    assert_eq!(second["rows"].as_array().map(Vec::len), Some(1));
    assert_eq!(scratch.onefold(&["explain", "measure", "Mised", "1"]).code, Some(1));
}

#[test]
fn a_size_that_is_not_expected_stops_the_export_until_it_is() {
    let scratch = clinic();
    scratch.write("segments/A.yaml", "rules: [{where: Customer.clinic = 'A'}]\nexpect: {min: 2, max_change: 0.4}\n");
    scratch.write("connections/Out.yaml", "kind: folder\npath: ./out\n");
    scratch.write("exports/Letters.yaml", "connection: Out\nsegments: [A, High]\ncolumns: [id]\n");
    let states = |record: &Value| -> Vec<String> {
        let sent = record["exports"].as_array().into_iter().flatten();
        sent.map(|one| format!("{} {}", one["item"].as_str().unwrap_or(""), one["state"].as_str().unwrap_or("")))
            .collect()
    };
    assert_eq!(states(&scratch.run()), ["A sent", "High sent"]);
    // Three become one: too few, and too great a change.
    scratch.replace("data/people.csv", "2,A,0.42\n3,A,0.6\n", "2,C,0.42\n3,C,0.6\n");
    let record = scratch.run();
    assert_eq!(states(&record), ["High sent", "A stopped"]);
    assert_eq!(record["outcome"], json!("completed_with_warnings"));
    let warnings = record["warnings"].to_string();
    assert!(warnings.contains("`A` has 1 members, and `expect` says at least 2"), "{warnings}");
    // Once more, with nothing changed: it is not sent either.
    assert!(states(&scratch.run()).contains(&"A stopped".to_owned()));
    // Two are enough, but a third fewer than were sent; that is within the bound.
    scratch.replace("data/people.csv", "3,C,0.6\n", "3,A,0.6\n");
    assert_eq!(states(&scratch.run()), ["A sent", "High sent"]);
}
