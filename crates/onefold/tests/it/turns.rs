//! Turns: what asks the time is worked out anew when time changes it, then at once, and else not at all.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use onefold::platform::Onefold;
use onefold_api::{Nobody, Platform as _, RunAsk};
use serde_json::Value;

use crate::scratch::Scratch;

const ORDERS: &str = "order_id,customer_id,ordered_at,product,amount\n";
const TABLES: &str = "tables: {Order: {table: Shop_orders, path: [OrderCustomer]}}\n";

/// The shop with a few orders, and the settings of `live:`.
fn shop(orders: &[(&str, &str, String)], live: &str) -> Scratch {
    let scratch = Scratch::empty();
    scratch.onefold(&["init"]).done();
    scratch.replace("onefold.yaml", "time_zone: UTC", "time_zone: Europe/Berlin");
    let text = scratch.read("onefold.yaml");
    scratch.write("onefold.yaml", &format!("{text}\nlive: {{{live}}}\n"));
    let rows: Vec<String> = orders.iter().map(|(id, who, at)| format!("{id},{who},{at},Book,5\n")).collect();
    scratch.write("data/orders.csv", &format!("{ORDERS}{}", rows.concat()));
    scratch
}

/// The names of the steps that a run did.
#[track_caller]
fn run(scratch: &Scratch, now: &str) -> Vec<String> {
    let said = scratch.onefold(&["run", "--now", now, "--json"]).done();
    let record: Value = serde_json::from_str(&said.out).expect("the record is JSON");
    let done = record["steps"].as_array().expect("a record has steps").iter().filter(|step| step["state"] == "done");
    done.map(|step| step["name"].as_str().expect("a step has a name").to_owned()).collect()
}

fn members(scratch: &Scratch, segment: &str) -> f64 {
    scratch.number(&format!("select count(*) from \"SegmentMembership\" where \"Segment\" = '{segment}'"))
}

/// When a segment or measure next changes by itself.
async fn next(project: &Onefold, name: &str) -> Option<String> {
    let segments = project.segments().await.expect("segments are listed");
    if let Some(segment) = segments.into_iter().find(|segment| segment.name == name) {
        return segment.next_change;
    }
    let mut measures = project.measures(Some(name)).await.expect("it is a measure");
    measures.pop().expect("one is asked for").next_change
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_works_out_what_time_has_changed_since_and_nothing_else() {
    let at = |text: &str| text.to_owned();
    let orders = [
        ("O1", "C1", at("2026-05-02T10:00:00Z")),
        ("O2", "C2", at("2026-05-20T08:30:00Z")),
        ("O3", "C3", at("2026-07-01T09:00:00Z")),
    ];
    let scratch = shop(&orders, "");
    let more: String = (5..30).map(|n| format!("C{n},Given{n},Family{n},mail{n}@example.org\n")).collect();
    scratch.write("data/customers.csv", &(scratch.read("data/customers.csv") + &more));
    scratch.write(
        "segments/Lately.yaml",
        &format!("rules:\n  - where: within_last(Order.ordered_at, 30, 'day')\n{TABLES}"),
    );
    scratch.write("segments/OfThem.yaml", "rules:\n  - where: in_segment('Lately')\n");
    scratch.write("segments/WithMail.yaml", "rules:\n  - where: Customer.email is not null\n");
    scratch.write(
        "measures/OfMonth.yaml",
        &format!(
            "kind: customer_attribute\nvalue: count(*)\nwindow: {{this: month, time: Order.ordered_at}}\n{TABLES}"
        ),
    );
    scratch.write(
        "measures/LastYear.yaml",
        &format!("kind: customer_attribute\nvalue: sum(Order.amount)\nwindow: {{last: 365, unit: day, time: Order.ordered_at}}\n{TABLES}"),
    );
    scratch.write("segments/Spenders.yaml", "rules:\n  - where: Customer_Measure.LastYear > 1\n");
    run(&scratch, "2026-05-25T12:00:00Z");
    let project = Onefold::quiet(scratch.path());
    // 30 days after 10:00Z, which is noon in Berlin on both days; the instant itself is within.
    let lately = Some("2026-06-01T10:00:00.000001Z");
    assert_eq!(next(&project, "Lately").await.as_deref(), lately);
    assert_eq!(next(&project, "OfThem").await.as_deref(), lately, "it is made of the other");
    assert_eq!(next(&project, "WithMail").await, None);
    assert_eq!(next(&project, "OfMonth").await.as_deref(), Some("2026-05-31T22:00:00Z"));
    // The order to come comes; that is before the first of them is a year old.
    assert_eq!(next(&project, "LastYear").await.as_deref(), Some("2026-07-01T09:00:00Z"));
    assert_eq!(next(&project, "Spenders").await.as_deref(), Some("2026-07-01T09:00:00Z"));
    assert_eq!((members(&scratch, "Lately"), members(&scratch, "OfThem")), (2.0, 2.0));

    assert!(run(&scratch, "2026-05-31T21:59:59Z").is_empty(), "nothing can have changed");
    let begun = run(&scratch, "2026-05-31T22:00:00Z");
    assert!(begun.contains(&"measures.attributes".to_owned()), "a month begins: {begun:?}");
    assert!(!begun.iter().any(|step| step.contains("_orders_")), "the scan of orders is as it was: {begun:?}");
    assert!(run(&scratch, "2026-06-01T10:00:00Z").is_empty());
    let turned = run(&scratch, "2026-06-01T10:00:00.000001Z");
    assert!(!turned.is_empty() && !turned.iter().any(|step| step.starts_with("measures.")), "{turned:?}");
    assert_eq!((members(&scratch, "Lately"), members(&scratch, "OfThem")), (1.0, 1.0));
    assert_eq!(next(&project, "Lately").await.as_deref(), Some("2026-06-19T08:30:00.000001Z"));

    // Rows of one person of many come: hers are worked out as of now, and the rest stays.
    scratch.replace("sources/Shop.yaml", "  orders:\n", "  orders:\n    file: \"orders*.csv\"\n");
    run(&scratch, "2026-06-02T10:00:00Z");
    scratch.write("data/orders_1.csv", &format!("{ORDERS}O4,C4,2026-05-10T10:00:00Z,Book,5\n"));
    let said = scratch.onefold(&["run", "--now", "2026-06-03T10:00:00Z", "--json"]).done().out;
    assert!(said.contains("1 of "), "one profile alone is worked out: {said}");
    assert_eq!(members(&scratch, "Lately"), 2.0);
    assert_eq!(next(&project, "Lately").await.as_deref(), Some("2026-06-09T10:00:00.000001Z"));
}

#[allow(clippy::disallowed_methods, reason = "what a server does by the clock is watched")]
fn clock() -> Timestamp {
    Timestamp::now()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_due_at_the_instant_at_which_time_changes_something() {
    let soon = clock().as_millisecond() + 12_000;
    let soon = Timestamp::from_millisecond(soon).expect("an instant");
    let orders = [("O1", "C1", soon.to_string()), ("O2", "C2", "2026-01-01T10:00:00Z".to_owned())];
    let scratch = shop(&orders, "clock_minutes: 0");
    scratch.write("segments/Booked.yaml", &format!("rules:\n  - where: Order.ordered_at > now()\n{TABLES}"));
    scratch.write("segments/WithMail.yaml", "rules:\n  - where: Customer.email is not null\n");
    scratch.write(
        "measures/Age.yaml",
        &format!("kind: customer_attribute\nvalue: days_between(max(Order.ordered_at), now())\n{TABLES}"),
    );
    let project = Onefold::quiet(scratch.path());
    project.run(&RunAsk::default(), "test", Arc::new(Nobody)).await.expect("it runs");
    assert!(clock() < soon, "the run took longer than it may here");
    assert_eq!(members(&scratch, "Booked"), 1.0);
    assert_eq!(next(&project, "Booked").await.as_deref(), Some(soon.to_string().as_str()));
    let due = project.due().await.expect("it can be told");
    assert!(due.is_none() || clock() >= soon, "{due:?}");
    let waits = soon.duration_since(clock()) + SignedDuration::from_millis(20);
    tokio::time::sleep(Duration::try_from(waits).unwrap_or_default()).await;
    let due = project.due().await.expect("it can be told").expect("its instant has come");
    assert_eq!(due.by, "clock");
    assert!(due.ask.only.iter().all(|step| step.starts_with("segments.")), "{due:?}");
    assert!(due.ask.only.iter().any(|step| step.starts_with("segments.scan ")), "{due:?}");
    let view = project.run(&due.ask, "clock", Arc::new(Nobody)).await.expect("it runs");
    let did = view.steps.iter().filter(|step| step.state == onefold_api::StepState::Done);
    assert!(did.map(|step| &step.name).all(|step| due.ask.only.contains(step)), "{view:?}");
    assert_eq!(members(&scratch, "Booked"), 0.0);
    assert_eq!(next(&project, "Booked").await, None);
    assert!(project.due().await.expect("it can be told").is_none(), "nothing changes before the next day");
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_by_the_clock_keep_their_distance() {
    let seconds =
        |seconds: i64| clock().checked_add(SignedDuration::from_secs(seconds)).expect("an instant").to_string();
    let scratch = shop(&[("O1", "C1", seconds(20)), ("O2", "C2", seconds(21))], "clock_minutes: 7");
    scratch.write("segments/Booked.yaml", &format!("rules:\n  - where: Order.ordered_at > now()\n{TABLES}"));
    let project = Onefold::quiet(scratch.path());
    let view = project.run(&RunAsk::default(), "test", Arc::new(Nobody)).await.expect("it runs");
    let ran: Timestamp = view.now.parse().expect("an instant");
    let due = project.live_state().await.expect("it can be told").clock_next.expect("something changes");
    assert_eq!(due.parse::<Timestamp>().expect("an instant"), ran + SignedDuration::from_mins(7));
    scratch.replace("onefold.yaml", "clock_minutes: 7", "clock: never");
    let state = Onefold::quiet(scratch.path()).live_state().await.expect("it can be told");
    assert_eq!(state.clock_next, None);
}
