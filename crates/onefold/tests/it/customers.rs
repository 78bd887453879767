//! Customers: profiles found and shown over the missed-appointment story, held against what SQL says.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use onefold::platform::Onefold;
use onefold_api::*;
use serde_json::{Value, json};

use crate::scratch::{Scratch, data};

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

#[test]
fn profiles_are_found_and_shown_as_sql_says() {
    let Some(from) = data("no-show") else { return };
    let scratch = story(&from);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads can be had");
    runtime.block_on(async {
        let project = Arc::new(Onefold::quiet(scratch.path()));
        cards(&scratch, &project).await;
        whoever_is_meant(&scratch, &project).await;
        timelines(&scratch, &project).await;
        words(&scratch, &project).await;
        facets_and_conditions(&scratch, &project).await;
        during_and_after_a_run(&scratch, &project).await;
    });
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn by_number(rows: Vec<Value>) -> HashMap<i64, Vec<Value>> {
    let mut all: HashMap<i64, Vec<Value>> = HashMap::new();
    for row in rows {
        all.entry(row["profile_no"].as_i64().expect("a number")).or_default().push(row);
    }
    all
}

/// 200 profiles, spread over all.
const SOME: &str = r#""profile_no" % 311 = 7"#;

async fn cards(scratch: &Scratch, project: &Onefold) {
    let select = |what: &str| by_number(scratch.rows(&format!("select * from {what} where {SOME}")));
    let customers = select("\"Customer\"");
    let measures = select("\"Customer_Measure\"");
    let ring = select("\"KeyRing\"");
    let members = select("\"SegmentMembership\"");
    let activities = by_number(scratch.rows(&format!(
        r#"select "profile_no", "ActivityType", count(*) as "n", min("ActivityTime") as "first", max("ActivityTime") as "last" from "UnifiedActivity" where {SOME} group by 1, 2"#
    )));
    assert!(customers.len() >= 200, "{}", customers.len());
    for (number, rows) in &customers {
        let row = &rows[0];
        let id = row["CustomerId"].as_str().expect("an id");
        let card = project.customer(id).await.expect("a card");
        assert_eq!((card.profile_no, card.customer_id.as_str()), (*number, id));
        assert_eq!(card.title, format!("{} {}", text(&row["firstname"]), text(&row["lastname"])), "{row}");
        for field in &card.fields {
            let stated = text(&row[&field.column]);
            let letters = if row[format!("{}_precision", field.column)] == "year" { 4 } else { stated.len() };
            assert_eq!(text(&field.value), stated[..letters], "{field:?}");
        }
        let shown = ["birthDate", "email", "meta.lastUpdated"];
        for column in shown.into_iter().filter(|column| !row[*column].is_null()) {
            assert!(card.fields.iter().any(|field| field.column == column), "{column}: {:?}", card.fields);
        }
        let own: BTreeMap<_, _> = card.ids.iter().map(|id| ((id.table.clone(), id.key.clone()), id.winner)).collect();
        let expected: BTreeMap<_, _> = ring[number]
            .iter()
            .map(|row| ((text(&row["SourceTable"]), text(&row["Key"])), row["IsWinner"] == true))
            .collect();
        assert_eq!(own, expected);
        for measure in &card.measures {
            let expected = &measures[number][0][&measure.name];
            let same = match (measure.value.as_f64(), expected.as_f64()) {
                (Some(own), Some(expected)) => (own - expected).abs() < 1e-9,
                _ => measure.value == *expected,
            };
            assert!(same, "{measure:?} is {expected}");
        }
        assert_eq!(card.measures.len(), 6);
        let own: Vec<(String, Option<String>)> =
            card.segments.iter().map(|segment| (segment.segment.clone(), segment.since.clone())).collect();
        let mut expected: Vec<(String, Option<String>)> = members
            .get(number)
            .map(|rows| rows.iter().map(|row| (text(&row["Segment"]), Some(text(&row["Since"])))).collect())
            .unwrap_or_default();
        expected.sort();
        assert_eq!(own, expected);
        let expected = activities.get(number).map_or(0, |rows| rows[0]["n"].as_u64().expect("a count"));
        assert_eq!(card.activities.iter().map(|bucket| bucket.count).sum::<u64>(), expected);
        if let Some(rows) = activities.get(number) {
            assert_eq!(card.first_activity, Some(text(&rows[0]["first"])));
            assert_eq!(card.last_activity, Some(text(&rows[0]["last"])));
        }
    }
}

async fn whoever_is_meant(scratch: &Scratch, project: &Onefold) {
    let rows = scratch.rows(r#"select "CustomerId", "id", "contactid" from "Customer" where "profile_no" = 100"#);
    let (id, fhir) = (text(&rows[0]["CustomerId"]), text(&rows[0]["id"]));
    for asked in
        ["profile_no:100".to_owned(), fhir.clone(), format!("azureapiforfhir_patient:{fhir}"), format!(" {id} ")]
    {
        assert_eq!(project.customer(&asked).await.expect("somebody").customer_id, id, "{asked}");
    }
    let contact =
        scratch.rows(r#"select "CustomerId", "contactid" from "Customer" where "contactid" is not null limit 1"#);
    let upper = text(&contact[0]["contactid"]).to_uppercase();
    assert_eq!(project.customer(&upper).await.expect("somebody").customer_id, text(&contact[0]["CustomerId"]));
    let nobody = project.customer("nobody").await.expect_err("nobody");
    assert_eq!(nobody.kind, ProblemKind::NotFound, "{nobody:?}");
}

async fn timelines(scratch: &Scratch, project: &Onefold) {
    let most = r#"select "profile_no", count(*) as "n" from "UnifiedActivity" where "profile_no" is not null group by 1 order by 2 desc, 1 limit 5"#;
    for row in scratch.rows(most) {
        let number = row["profile_no"].as_i64().expect("a number");
        let all = scratch.rows(&format!(
            r#"select "ActivityId", "ActivityTime", "Title" from "UnifiedActivity" where "profile_no" = {number} order by "ActivityTime" desc"#
        ));
        let id = format!("profile_no:{number}");
        let ask = TimelineAsk { limit: 500, ..TimelineAsk::default() };
        let found = project.timeline(&id, &ask).await.expect("a timeline");
        assert_eq!((found.total, found.items.len()), (all.len() as u64, all.len()));
        assert_eq!(found.months.iter().map(|month| month.count).sum::<u64>(), found.total);
        let times = |items: &[ActivityView]| items.iter().map(|item| item.time.clone()).collect::<Vec<_>>();
        assert_eq!(times(&found.items), all.iter().map(|row| Some(text(&row["ActivityTime"]))).collect::<Vec<_>>());
        let titles: HashMap<String, String> =
            all.iter().map(|row| (text(&row["ActivityId"]), text(&row["Title"]))).collect();
        for item in &found.items {
            assert_eq!(item.title.as_ref(), titles.get(&item.id), "{item:?}");
        }
        let page = TimelineAsk { offset: 3, limit: 4, ..TimelineAsk::default() };
        let page = project.timeline(&id, &page).await.expect("a timeline");
        assert_eq!(page.items, found.items[3..7]);
        // From page to page by cursor comes the same as at once, each once.
        let (mut paged, mut cursor, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = TimelineAsk { cursor: cursor.take(), limit: 3, ..TimelineAsk::default() };
            let page = project.timeline(&id, &page).await.expect("a timeline");
            assert_eq!(page.total, found.total);
            paged.extend(page.items);
            pages += 1;
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!((pages, &paged), (found.items.len().div_ceil(3), &found.items));
        let wrong = TimelineAsk { cursor: Some("soon".into()), ..TimelineAsk::default() };
        assert_eq!(project.timeline(&id, &wrong).await.expect_err("no cursor").kind, ProblemKind::Refused);
        let word = found.items.iter().filter_map(|item| item.title.as_deref()).next().expect("a title").to_uppercase();
        let said = TimelineAsk { text: Some(word.clone()), limit: 500, ..TimelineAsk::default() };
        let said = project.timeline(&id, &said).await.expect("a timeline");
        let holds = |item: &&ActivityView| {
            let texts = [item.title.as_deref(), item.description.as_deref(), Some(item.type_display.as_str())];
            let all: Vec<String> = texts.into_iter().flatten().map(str::to_lowercase).collect();
            word.to_lowercase().split_whitespace().all(|word| all.iter().any(|text| text.contains(word)))
        };
        assert_eq!(said.total, found.items.iter().filter(holds).count() as u64);
        assert!(said.total > 0);
        let from = found.items[found.items.len() / 2].time.clone();
        let since = TimelineAsk { from: from.clone(), ..ask.clone() };
        let since = project.timeline(&id, &since).await.expect("a timeline");
        assert_eq!(since.total, found.items.iter().filter(|item| item.time >= from).count() as u64);
        let none = TimelineAsk { types: vec!["Purchase".into()], ..ask };
        assert_eq!(project.timeline(&id, &none).await.expect("a timeline").total, 0);
    }
}

async fn find(project: &Onefold, text: &str) -> SearchView {
    let ask = SearchAsk { text: text.to_owned(), limit: 100, ..SearchAsk::default() };
    project.search(&ask).await.expect("an answer")
}

async fn words(scratch: &Scratch, project: &Onefold) {
    let rows = scratch.rows(
        r#"select "CustomerId", "firstname", "lastname", "email", "id" from "Customer" where "email" is not null and "profile_no" % 9001 = 5"#,
    );
    assert!(rows.len() > 3);
    for row in rows {
        let (first, last, email) = (text(&row["firstname"]), text(&row["lastname"]), text(&row["email"]));
        let prefix: String = last.chars().take(3).collect();
        let name = format!("{first} {}", prefix.to_uppercase());
        let expected = scratch.number(&format!(
            r#"select count(*) from "Customer" where lower("firstname") like lower('{first}%') and lower("lastname") like lower('{prefix}%')"#
        ));
        let found = find(project, &name).await;
        assert!(found.total as f64 >= expected && expected > 0.0, "{name}: {} of {expected}", found.total);
        for asked in [email.clone(), text(&row["id"]), text(&row["CustomerId"]), format!("{first} {email}")] {
            let found = find(project, &asked).await;
            let is_there = found.hits.iter().any(|hit| hit.customer_id == text(&row["CustomerId"]));
            assert!(is_there, "{asked}: {:?}", found.hits);
        }
    }
    assert_eq!(find(project, "").await.total, 62_299);
    assert_eq!(find(project, "zzzzzz").await.total, 0);
}

fn filter(column: &str, values: &[Value]) -> SearchFilter {
    SearchFilter { column: column.to_owned(), values: values.to_vec(), ..SearchFilter::default() }
}

async fn facets_and_conditions(scratch: &Scratch, project: &Onefold) {
    let all = find(project, "").await;
    let facets: Vec<String> =
        all.columns.iter().filter(|column| column.facet).map(|column| column.name.clone()).collect();
    assert!(facets.contains(&"Segment".to_owned()) && facets.contains(&"Customer_Measure.pct_no_show".to_owned()));
    let ask = SearchAsk { facets, text: "ma".into(), ..SearchAsk::default() };
    let found = project.search(&ask).await.expect("an answer");
    assert!(found.total > 1000);
    for facet in found.facets.iter().filter(|facet| facet.column != "Segment") {
        let counted: u64 = facet.buckets.iter().map(|bucket| bucket.count).sum();
        assert_eq!(counted + facet.others + facet.missing, found.total, "{}", facet.column);
    }
    // A range that was counted finds as many as it said.
    let all =
        SearchAsk { facets: vec!["Customer_Measure.pct_no_show".into(), "birthDate".into()], ..SearchAsk::default() };
    for facet in project.search(&all).await.expect("an answer").facets {
        let bucket = facet.buckets.iter().max_by_key(|bucket| bucket.count).expect("a bucket").clone();
        let range = SearchFilter { from: Some(bucket.value), below: bucket.to, ..filter(&facet.column, &[]) };
        let ask = SearchAsk { filters: vec![range], ..SearchAsk::default() };
        assert_eq!(project.search(&ask).await.expect("an answer").total, bucket.count, "{}", facet.column);
    }
    let asks = [
        (vec![filter("Segment", &[json!("NoShow50")])], r#"select count(*) from "NoShow50""#),
        (vec![filter("contactid", &[Value::Null])], r#"select count(*) from "Customer" where "contactid" is null"#),
        (
            vec![SearchFilter {
                from: Some(json!(20)),
                to: Some(json!(50)),
                ..filter("Customer_Measure.pct_no_show", &[])
            }],
            r#"select count(*) from "Customer_Measure" where "pct_no_show" between 20 and 50"#,
        ),
        (
            vec![SearchFilter {
                from: Some(json!("1960-01-01")),
                below: Some(json!("1970-01-01")),
                ..filter("birthDate", &[])
            }],
            r#"select count(*) from "Customer" where "birthDate" >= date '1960-01-01' and "birthDate" < date '1970-01-01'"#,
        ),
        (
            vec![
                filter("Segment", &[Value::Null]),
                filter("Customer_Measure.TotalAppointments", &[json!(1), json!(2)]),
            ],
            r#"select count(*) from "Customer_Measure" where "TotalAppointments" in (1, 2) and "profile_no" not in (select "profile_no" from "SegmentMembership")"#,
        ),
    ];
    for (filters, sql) in asks {
        let found = project.search(&SearchAsk { filters, ..SearchAsk::default() }).await.expect("an answer");
        assert_eq!(found.total as f64, scratch.number(sql), "{sql}");
        // The same filters as a segment have the same members.
        let condition = found.condition.expect("a condition");
        let value = json!({"title": "x", "rules": [{"where": condition}]});
        let ask = PreviewAsk { name: "Found".into(), value, ..PreviewAsk::default() };
        let preview = project.preview_segment(&ask).await.expect("a preview");
        assert_eq!(preview.count, found.total, "{condition}: {:?}", preview.diagnostics);
    }
    let sorted = SearchAsk { sort: Some("lastname".into()), limit: 5, ..SearchAsk::default() };
    let names = scratch.rows(r#"select "CustomerId" from "Customer" order by "lastname", "profile_no" limit 5"#);
    let found = project.search(&sorted).await.expect("an answer");
    let own: Vec<&str> = found.hits.iter().map(|hit| hit.customer_id.as_str()).collect();
    assert_eq!(own, names.iter().map(|row| row["CustomerId"].as_str().expect("an id")).collect::<Vec<_>>());
    let wrong = project.search(&SearchAsk { sort: Some("nothing".into()), ..SearchAsk::default() }).await;
    assert_eq!(wrong.expect_err("no such column").kind, ProblemKind::Refused);
}

/// Cards are there all the time while a run is under way, and follow it; so do searches.
async fn during_and_after_a_run(scratch: &Scratch, project: &Arc<Onefold>) {
    let before = project.customer("profile_no:100").await.expect("a card");
    scratch.write(
        "segments/Everybody.yaml",
        "title: Everybody\nrules:\n  - where: Customer_Measure.TotalAppointments >= 1\n",
    );
    let run = {
        let mut command = scratch.command(&["run", "--now", "2026-06-02T12:00:00Z", "--json"]);
        tokio::task::spawn_blocking(move || command.output().expect("the binary runs"))
    };
    let mut shown = 0;
    while !run.is_finished() {
        let number = 1 + shown % 62_000;
        let card = project.customer(&format!("profile_no:{number}")).await.expect("a card");
        assert_eq!(card.profile_no, number);
        shown += 1;
    }
    let output = run.await.expect("it ended");
    assert!(output.status.success() && shown > 10, "{shown}: {}", String::from_utf8_lossy(&output.stderr));
    let mut after = project.customer("profile_no:100").await.expect("a card");
    for _ in 0..100 {
        if after.run != before.run {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        after = project.customer("profile_no:100").await.expect("a card");
    }
    assert_ne!(after.run, before.run);
    assert!(after.segments.iter().any(|segment| segment.segment == "Everybody"), "{:?}", after.segments);
    // The binary has built the index anew, as there was one.
    let ask = SearchAsk { filters: vec![filter("Segment", &[json!("Everybody")])], ..SearchAsk::default() };
    let mut found = project.search(&ask).await.expect("an answer");
    for _ in 0..100 {
        if found.run == after.run {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        found = project.search(&ask).await.expect("an answer");
    }
    assert_eq!(found.run, after.run);
    assert_eq!(found.total as f64, scratch.number(r#"select count(*) from "Everybody""#));
    let shelf: Vec<_> = std::fs::read_dir(scratch.path().join("lake/_search"))
        .expect("the indexes")
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .collect();
    assert_eq!(shelf.len(), 1, "{shelf:?}");
}
