//! Preview: drafts tried over the missed-appointment story say what a run would make of them.

use std::panic::AssertUnwindSafe;
use std::path::Path;

use futures::FutureExt as _;
use onefold::platform::Onefold;
use onefold_api::*;
use serde_json::{Value, json};

use crate::scratch::{Scratch, data};

/// The story, after a run.
fn story(from: &Path) -> Scratch {
    let scratch = Scratch::of("patient-outreach");
    scratch.replace("exports/SegmentsToOutreach.yaml", "with_every_run", "manual");
    for name in ["Patient.ndjson.gz", "Appointment.ndjson.gz"] {
        scratch.link(&from.join(name), &format!("data/fhir/{name}"));
    }
    scratch.link(&from.join("contacts.json.gz"), "data/dataverse/contacts.json.gz");
    scratch.run();
    scratch
}

fn ask(name: &str, value: Value) -> PreviewAsk {
    PreviewAsk { name: name.to_owned(), value, ..PreviewAsk::default() }
}

#[test]
fn drafts_say_what_a_run_would_make_of_them() {
    let Some(from) = data("no-show") else { return };
    let scratch = story(&from);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads can be had");
    runtime.block_on(async {
        let project = Onefold::new(scratch.path());
        // Every part is tried, though one before it fails.
        let tried = [
            part("segments", segments(&scratch, &project)).await,
            part("new on new", new_on_new(&scratch, &project)).await,
            part("wrong drafts", wrong_drafts(&project)).await,
            part("measures", measures(&scratch, &project)).await,
            part("activities", activities(&project)).await,
            part("transforms", transforms(&project)).await,
            part("probes", probes(&project)).await,
            part("tables", tables(&project)).await,
        ];
        assert_eq!(tried.into_iter().flatten().collect::<Vec<_>>(), Vec::<&str>::new());
        nothing_was_written(&scratch);
    });
}

/// The name of a part that failed.
async fn part(name: &'static str, tried: impl Future<Output = ()>) -> Option<&'static str> {
    AssertUnwindSafe(tried).catch_unwind().await.err().map(|_| name)
}

async fn segments(scratch: &Scratch, project: &Onefold) {
    let above =
        |percent: u32| json!({"title": "x", "rules": [{"where": format!("Customer_Measure.pct_no_show > {percent}")}]});
    let same = project.preview_segment(&ask("NoShow50", above(50))).await.expect("a preview");
    assert_eq!((same.count, same.of, same.entered, same.left), (9_157, 62_299, 0, 0), "{:?}", same.diagnostics);
    assert_eq!((same.rules.len(), same.rules[0].count, same.rules[0].cumulative), (1, 9_157, 9_157));
    assert_eq!(same.sample.len(), 10);
    for hit in &same.sample {
        let field = &hit.fields[0];
        assert_eq!(field.column, "Customer_Measure.pct_no_show");
        assert!(field.value.as_f64().expect("a number") > 50.0 && !hit.title.is_empty(), "{hit:?}");
    }
    let fewer = project.preview_segment(&ask("NoShow50", above(75))).await.expect("a preview");
    let query = r#"select count(*) from "Customer_Measure" where "pct_no_show" > 75"#;
    assert_eq!(fewer.count as f64, scratch.number(query));
    assert_eq!((fewer.entered, fewer.left), (0, 9_157 - fewer.count));

    // Rules over rows of a table, parts of conditions, and other segments.
    let value = json!({
        "tables": {"A": {"table": "AzureAPIforFHIR_Appointment", "path": ["FHIRAptToUnifiedCustomer"]}},
        "rules": [
            {"where": "A.status = 'noshow' and (A.start >= '2016-06-01' or A.serviceType.coding.code is null)"},
            {"intersect": {"where": "in_segment('NoShow50')"}},
            {"except": {"where": "Customer.email is null"}},
        ],
    });
    let found = project.preview_segment(&ask("Late", value)).await.expect("a preview");
    assert_eq!(found.diagnostics, []);
    let parts: Vec<(Vec<usize>, u64)> =
        found.rules[0].parts.iter().map(|part| (part.path.clone(), part.keeps)).collect();
    let paths: Vec<&[usize]> = parts.iter().map(|(path, _)| path.as_slice()).collect();
    assert_eq!(paths, [&[][..], &[0], &[1], &[1, 0], &[1, 1]]);
    assert_eq!((parts[0].1, parts[1].1), (found.rules[0].count, 17_663));
    let query = r#"select count(distinct "patient.id") from "AzureAPIforFHIR_Appointment" where "status" = 'noshow' and ("start" >= '2016-06-01T00:00:00Z' or "serviceType.coding.code" is null)"#;
    assert_eq!(found.rules[0].count as f64, scratch.number(query));
    assert_eq!(found.rules[1].count, 9_157);
    assert!(found.rules[1].cumulative <= 9_157 && found.rules[2].cumulative == found.count);
    assert_eq!((found.entered, found.left), (0, 0));
    let late = PreviewAsk {
        seed: 3,
        sample: 4,
        ..ask("Late", json!({"rules": [{"where": "Customer_Measure.TotalAppointments > 3"}]}))
    };
    let again = project.preview_segment(&late).await.expect("a preview");
    assert_eq!(again.sample.len(), 4);

    let sets = project.overlap(&["NoShow50".to_owned(), "Missed50".to_owned()]).await.expect("sets");
    let both = sets.sets.iter().find(|set| set.within.len() == 2).expect("somebody is in both");
    assert_eq!((sets.sets.iter().map(|set| set.count).sum::<u64>(), both.count), (9_157, 9_157), "{sets:?}");
    assert!(project.overlap(&["NoShow50".to_owned()]).await.is_err());
    let near = project.overlap(&["NoShow50".to_owned(), "Missed5".to_owned()]).await.unwrap_err();
    assert_eq!(near.hint.as_deref(), Some("did you mean `Missed50`?"));
}

/// Drafts that rest on what was saved but never ran.
async fn new_on_new(scratch: &Scratch, project: &Onefold) {
    scratch
        .write("measures/Twice.yaml", "kind: customer_attribute\nvalue: max(Customer_Measure.TotalAppointments) * 2\n");
    scratch.write("segments/Many.yaml", "rules:\n  - where: Customer_Measure.Twice > 6\n");
    let value = json!({"rules": [{"where": "Customer_Measure.Twice > 6"}, {"intersect": {"where": "in_segment('Many') and Customer_Measure.pct_no_show > 50"}}]});
    let found = project.preview_segment(&ask("Both", value)).await.expect("a preview");
    assert_eq!(found.diagnostics, []);
    let many = scratch.number(r#"select count(*) from "Customer_Measure" where "TotalAppointments" > 3"#);
    let both = scratch
        .number(r#"select count(*) from "Customer_Measure" where "TotalAppointments" > 3 and "pct_no_show" > 50"#);
    assert_eq!((found.rules[0].count as f64, found.count as f64), (many, both));
    // A relationship that never ran.
    let path = "relationships.yaml";
    let before = scratch.read(path);
    scratch.write(path, &format!("{before}\nAgain: {{from: AzureAPIforFHIR_Appointment.patient.name, to: AzureAPIforFHIR_Patient.lastname, cardinality: many_to_one}}\n"));
    let value = json!({"kind": "customer_attribute", "value": "count()", "tables": {"A": {"table": "AzureAPIforFHIR_Appointment", "path": ["Again"]}}});
    let found = project.preview_measure(&ask("Odd", value)).await.expect("a preview");
    assert_eq!((found.rows, found.diagnostics), (62_299, vec![]));
    scratch.write(path, &before);
    for file in ["measures/Twice.yaml", "segments/Many.yaml"] {
        std::fs::remove_file(scratch.path().join(file)).expect("it was written");
    }
}

async fn wrong_drafts(project: &Onefold) {
    let value = json!({"rules": [{"where": "Customer_Measure.pct_noshow > 50"}]});
    let found = project.preview_segment(&ask("NoShow50", value)).await.expect("a preview all the same");
    assert_eq!((found.count, found.diagnostics.len()), (0, 1), "{:?}", found.diagnostics);
    assert_eq!(found.diagnostics[0].code, "name/unknown-column");
    let found = project.preview_segment(&ask("X", json!({"rulez": []}))).await.expect("a preview all the same");
    assert!(found.diagnostics.iter().any(|found| found.code == "file/unknown-key"));
    let found =
        project.preview_measure(&ask("X", json!({"kind": "customer_attribute", "value": "Customer.email"}))).await;
    assert!(found.expect("a preview all the same").diagnostics.iter().any(DiagnosticView::is_error));
    assert!(project.preview_segment(&ask("../X", json!({}))).await.is_err());
}

async fn measures(scratch: &Scratch, project: &Onefold) {
    let value = json!({
        "kind": "customer_attribute",
        "value": "count_unique(Appointment.id)",
        "tables": {"Appointment": {"table": "AzureAPIforFHIR_Appointment", "path": ["FHIRAptToUnifiedCustomer"]}},
        "where": "Appointment.status ilike 'noshow'",
    });
    let found = project.preview_measure(&ask("NoShowAppointments", value)).await.expect("a preview");
    assert_eq!(
        (found.kind.as_str(), found.rows, found.of),
        ("customer_attribute", 62_299, 62_299),
        "{:?}",
        found.diagnostics
    );
    let numbers = found.numbers.expect("numbers");
    assert!((numbers.mean - 22_319.0 / 62_299.0).abs() < 1e-9, "{numbers:?}");
    let most = scratch.number(r#"select max("NoShowAppointments") from "Customer_Measure""#);
    assert!((numbers.max - most).abs() < 1e-9 && numbers.histogram.iter().map(|b| b.count).sum::<u64>() == 62_299);
    let table = found.table.expect("a table");
    assert_eq!((table.columns[2].name.as_str(), table.rows[0][2].as_f64()), ("NoShowAppointments", Some(most)));

    let split = json!({
        "kind": "business_measure",
        "values": {"n": "count()"},
        "tables": {"A": {"table": "AzureAPIforFHIR_Appointment", "path": ["FHIRAptToUnifiedCustomer"]}},
        "dimensions": [{"status": "A.status"}],
    });
    let found = project.preview_measure(&ask("ByStatus", split)).await.expect("a preview");
    let table = found.table.unwrap_or_else(|| panic!("{:?}", found.diagnostics));
    assert_eq!(table.rows, [vec![json!("fulfilled"), json!(88_208)], vec![json!("noshow"), json!(22_319)]]);
    let whole = json!({"kind": "business_measure", "value": "avg(Customer_Measure.pct_no_show)"});
    let found = project.preview_measure(&ask("Average", whole)).await.expect("a preview");
    let mean = scratch.number(r#"select avg("pct_no_show") from "Customer_Measure""#);
    assert!((found.value.as_f64().unwrap_or_else(|| panic!("{found:?}")) - mean).abs() < 1e-9);
}

async fn activities(project: &Onefold) {
    let value = json!({
        "table": "AzureAPIforFHIR_Appointment", "key": "id", "path": ["FHIRAptPatient"], "type": "Appointment",
        "event": "appointmentType.coding.code", "time": "start", "detail": "serviceType.coding.display",
    });
    let found = project.preview_activity(&ask("visits", value)).await.expect("a preview");
    assert_eq!((found.total, found.without_profile, found.diagnostics), (110_527, 0, vec![]));
    assert!(found.items.len() > 2 && found.items.iter().all(|item| item.ty == "Appointment"), "{:?}", found.items);
    let times: Vec<&String> = found.items.iter().filter_map(|item| item.time.as_ref()).collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "newest first: {times:?}");
}

async fn transforms(project: &Onefold) {
    let steps = json!([
        {"choose_columns": ["contactid", "firstname", "lastname", "msemr_contacttype"]},
        {"filter_rows": "msemr_contacttype = 935000000"},
        {"change_type": {"firstname": "integer"}},
        {"uppercase": ["nosuch"]},
        {"trim": ["lastname"]},
    ]);
    let source = |steps: &Value| {
        json!({
            "kind": "dataverse", "from": {"folder": "./data/dataverse"},
            "tables": {"contact": {"entity": "contacts", "key": "contactid", "columns": {"msemr_contacttype": "integer"}, "steps": steps}},
        })
    };
    let asked = |steps: &Value, after: Option<usize>| TransformAsk {
        name: "D365Patients".to_owned(),
        value: source(steps),
        table: "contact".to_owned(),
        after,
        limit: 5,
    };
    let found = project.preview_transform(&asked(&steps, Some(2))).await.expect("a preview");
    let rows: Vec<Option<u64>> = found.steps.iter().map(|step| step.rows).collect();
    assert_eq!((rows[0], rows[1], found.read, found.sampled), (Some(2_000), Some(2_000), 2_000, true));
    assert!(rows[2].is_some_and(|rows| (1_000..2_000).contains(&rows)), "{rows:?}");
    assert_eq!(found.steps[2].sentence, "keep rows where msemr_contacttype = 935000000");
    assert!(found.steps[4].error.as_ref().is_some_and(|error| error.contains("nosuch")), "{:?}", found.steps);
    assert!(found.steps[5].error.is_some() && found.steps.len() == 6);
    assert_eq!((found.columns.len(), found.rows.len()), (4, 5));
    let kind = &found.columns[3];
    assert_eq!((kind.ty.as_str(), kind.distinct, kind.valid, kind.error), ("integer", 1, rows[2].unwrap_or(0), 0));

    // Cells that cannot be read say so.
    let found = project.preview_transform(&asked(&steps, Some(3))).await.expect("a preview");
    let bad = &found.columns[1];
    assert!(bad.error > 1_000 && bad.valid == 0 && bad.ty == "integer", "{bad:?}");
    assert_eq!((found.corrupt.len(), found.corrupt[0].column.as_str()), (100, "firstname"));
    assert!(!found.corrupt[0].text.is_empty() && found.corrupt[0].reason.starts_with("expected integer"));

    // A step that is no expression is told where it is; the rows before it are shown.
    let steps = json!([{"choose_columns": ["contactid"]}, {"filter_rows": "contactid ="}, {"keep_rows": 1}]);
    let found = project.preview_transform(&asked(&steps, None)).await.expect("a preview");
    assert_eq!((found.steps.len(), found.columns.len()), (4, 1));
    assert!(found.steps[1].error.is_none() && found.steps[2].error.is_some() && found.steps[3].error.is_some());
    assert!(found.diagnostics.iter().any(DiagnosticView::is_error));
}

async fn probes(project: &Onefold) {
    let value = json!({"kind": "fhir", "from": {"folder": "./data/fhir"}});
    let found = project.probe(Kind::Source, &ask("New", value)).await.expect("an answer");
    assert!(found.ok && found.diagnostics.is_empty(), "{found:?}");
    let names: Vec<(&str, Option<u64>)> = found.tables.iter().map(|table| (table.name.as_str(), table.rows)).collect();
    assert_eq!(names, [("Patient", Some(62_299)), ("Appointment", Some(110_527))]);
    let columns: Vec<&str> = found.tables[1].columns.iter().map(|column| column.name.as_str()).collect();
    assert!(["id", "status", "patient.id", "start"].iter().all(|name| columns.contains(name)), "{columns:?}");
    // What is offered can be read as it is.
    let tables = json!({"Patient": found.tables[0].value, "Appointment": found.tables[1].value});
    let value = json!({"kind": "fhir", "from": {"folder": "./data/fhir"}, "tables": tables});
    for table in ["Patient", "Appointment"] {
        let asked = TransformAsk {
            name: "New".to_owned(),
            value: value.clone(),
            table: table.to_owned(),
            ..TransformAsk::default()
        };
        let found = project.preview_transform(&asked).await.expect("a preview");
        assert_eq!((found.read, found.diagnostics, found.corrupt.len()), (2_000, vec![], 0));
    }
    let value = json!({"kind": "dataverse", "from": {"folder": "./data/dataverse"}});
    let found = project.probe(Kind::Source, &ask("New", value)).await.expect("an answer");
    let table = &found.tables[0];
    assert_eq!(
        (table.name.as_str(), table.suggested.as_str(), table.key.as_deref()),
        ("contacts", "contact", Some("contactid"))
    );
    assert_eq!(table.value, json!({"key": "contactid", "entity": "contacts"}));
    let value = json!({"kind": "csv", "from": {"folder": "./nowhere"}});
    let found = project.probe(Kind::Source, &ask("New", value)).await.expect("an answer");
    assert!(!found.ok && found.hint.is_some(), "{found:?}");
    let value = json!({"kind": "folder", "path": "./out"});
    assert!(project.probe(Kind::Connection, &ask("Out", value)).await.expect("an answer").ok);
    let value = json!({"kind": "dynamics_365_marketing", "url": "http://127.0.0.1:9", "auth": {"bearer": {"env": "NO_SUCH_SECRET"}}});
    let found = project.probe(Kind::Connection, &ask("Away", value)).await.expect("an answer");
    assert!(!found.ok && found.message.contains("NO_SUCH_SECRET"), "{found:?}");
}

async fn tables(project: &Onefold) {
    let page = |asked: RowsAsk| async move { project.page("Customer", &asked).await.expect("a page") };
    let first = page(RowsAsk { limit: 3, ..RowsAsk::default() }).await;
    assert_eq!((first.rows.len(), first.total), (3, Some(62_299)));
    let next = page(RowsAsk { limit: 2, offset: 1, ..RowsAsk::default() }).await;
    assert_eq!(next.rows[..], first.rows[1..3], "pages follow each other");
    let columns = vec!["lastname".to_owned(), "email".to_owned()];
    let asked =
        RowsAsk { search: "BARBOSA".to_owned(), columns, sort: Some("lastname".to_owned()), ..RowsAsk::default() };
    let found = page(asked.clone()).await;
    assert!(found.total.is_some_and(|total| total > 100) && found.rows.len() == 100 && found.columns.len() == 2);
    let fewer =
        page(RowsAsk { condition: Some("lastname ilike 'barbosa%' and email is not null".to_owned()), ..asked }).await;
    assert!(
        fewer.total < found.total
            && fewer.rows.iter().all(|row| row[0].as_str().is_some_and(|name| name.starts_with("Barbosa")))
    );
    let wrong =
        project.page("Customer", &RowsAsk { condition: Some("lastnam = 'x'".to_owned()), ..RowsAsk::default() }).await;
    assert!(matches!(wrong.unwrap_err().kind, ProblemKind::Definitions { .. }));
    assert!(project.page("Raw_D365Patients_contact", &RowsAsk::default()).await.is_err());
    let internal = RowsAsk { internal: true, limit: 1, ..RowsAsk::default() };
    assert_eq!(project.page("Raw_D365Patients_contact", &internal).await.expect("a page").total, Some(45_000));
    assert_eq!(
        project.page("NoShow50", &RowsAsk { limit: 1, ..RowsAsk::default() }).await.expect("a page").total,
        Some(9_157)
    );

    let columns = project.statistics("AzureAPIforFHIR_Appointment").await.expect("figures");
    let status = columns.iter().find(|column| column.name == "status").expect("a column");
    assert_eq!((status.count, status.missing, status.distinct), (110_527, 0, 2));
    assert_eq!((status.top[0].value.as_str(), status.top[0].count), (Some("fulfilled"), 88_208));
    let key = columns.iter().find(|column| column.name == "id").expect("a column");
    assert!(key.top.is_empty() && key.distinct > 100_000, "{key:?}");
    let columns = project.statistics("Customer_Measure").await.expect("figures");
    let percent = columns.iter().find(|column| column.name == "pct_no_show").expect("a column");
    assert!(percent.numbers.as_ref().is_some_and(|numbers| numbers.count == 62_299 && numbers.max <= 100.0));

    let values = |contains: &'static str| project.values("AzureAPIforFHIR_Appointment", "status", contains, 0);
    assert_eq!(values("").await.expect("values").len(), 2);
    assert_eq!(values("NOSH").await.expect("values")[0].count, 22_319);
    let names = project.values("Customer", "lastname", "barb", 5).await.expect("values");
    assert!(
        names.len() == 5
            && names.iter().all(|name| name.value.as_str().is_some_and(|n| n.to_lowercase().contains("barb")))
    );
}

/// A preview leaves the lake as it was, and does not stand in the way of a run.
fn nothing_was_written(scratch: &Scratch) {
    let record = scratch.run();
    assert_eq!(crate::scratch::ran(&record), Vec::<&str>::new());
}
