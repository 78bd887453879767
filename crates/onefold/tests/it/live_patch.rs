//! Live patch: values that are laid over profiles for a while are seen at once, as a run finds them, and run out.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use onefold_lake::live::LiveTable;
use onefold_model::TableName;
use serde_json::{Value, json};

use crate::live::{Visitor, shown};
use crate::scratch::Scratch;
use crate::serve::Server;

fn project() -> Scratch {
    let scratch = Scratch::empty();
    scratch.onefold(&["init"]).done();
    scratch.write("segments/WithMail.yaml", "rules:\n  - where: Customer.email is not null\n");
    scratch.write("segments/NoMail.yaml", "rules:\n  - where: Customer.email is null\n");
    scratch.onefold(&["run"]).done();
    scratch
}

/// What a patch runs out by.
#[allow(clippy::disallowed_methods, reason = "a server is watched, which asks the clock")]
fn clock() -> Timestamp {
    Timestamp::now()
}

fn after(seconds: i64) -> String {
    clock().saturating_add(SignedDuration::from_secs(seconds)).unwrap().to_string()
}

/// The card of a profile of the shop.
async fn card(visitor: &Visitor, server: &Server, key: &str) -> Value {
    let path = format!("customers/Shop_customers:{key}");
    let (status, card) = visitor.ask(&server.address, reqwest::Method::GET, &path, None).await.unwrap();
    assert_eq!(status, 200, "{card}");
    card
}

/// A column of a card: its value, and whether it is patched.
fn field(card: &Value, column: &str) -> (Value, bool) {
    let found = card["fields"].as_array().unwrap().iter().find(|field| field["column"] == column);
    found.map_or((Value::Null, false), |field| (field["value"].clone(), field["patched"].is_object()))
}

/// Waits until a column of a card has a value.
async fn until(visitor: &Visitor, server: &Server, key: &str, column: &str, value: &Value) -> Value {
    for _ in 0..1000 {
        let seen = card(visitor, server, key).await;
        if field(&seen, column).0 == *value {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("`{column}` of {key} is not {value}: {}", card(visitor, server, key).await)
}

async fn counts(visitor: &Visitor, server: &Server) -> Value {
    let (_, segments) = visitor.ask(&server.address, reqwest::Method::GET, "segments", None).await.unwrap();
    segments.as_array().unwrap().iter().map(|segment| json!([segment["name"], segment["members"]])).collect()
}

/// All that is shown of the people of the shop.
async fn everything(visitor: &Visitor, server: &Server) -> Vec<Value> {
    let mut all = vec![counts(visitor, server).await];
    for key in ["C1", "C2", "C4"] {
        all.push(shown(visitor, &server.address, key).await);
        all.push(card(visitor, server, key).await["fields"].clone());
    }
    all
}

#[tokio::test]
async fn a_patch_is_seen_at_once_as_the_next_run_finds_it() {
    let scratch = project();
    let mut server = Server::start(&scratch, &["serve"]);
    let visitor = Visitor::first(&server).await;
    let before = everything(&visitor, &server).await;
    let body = json!({"set": {"email": "grace@example.org", "last_name": null}, "valid_until": after(3600)});
    let (status, view) = visitor.patch(&server.address, "Shop_customers:C4", &body).await.unwrap();
    assert_eq!((status, &view["set"]), (202, &json!(["email", "last_name"])), "{view}");
    let seen = until(&visitor, &server, "C4", "email", &json!("grace@example.org")).await;
    let email = seen["fields"].as_array().unwrap().iter().find(|field| field["column"] == "email").unwrap();
    assert_eq!(
        (&email["patched"]["by"], &email["patched"]["until"]),
        (&json!("olga"), &view["valid_until"]),
        "{email}"
    );
    assert_eq!((field(&seen, "last_name"), &seen["title"]), ((Value::Null, true), &json!("Grace")));
    // Other tables are touched, too.
    let order = json!([{"order_id": "L1", "customer_id": "C4", "ordered_at": "2026-05-01T10:00:00Z", "product": "Sent", "amount": 400}]);
    visitor.post(&server.address, "activities/Shop_orders", &order).await.unwrap();
    for _ in 0..200 {
        if shown(&visitor, &server.address, "C4").await["measures"][0]["value"] == 550.0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let live = everything(&visitor, &server).await;
    assert_eq!(live[0], json!([["GoodCustomers", 2], ["NoMail", 0], ["WithMail", 3]]), "before: {}", before[0]);
    let (_, found) = visitor.post(&server.address, "customers/search", &json!({"text": "Hopper"})).await.unwrap();
    assert_eq!(found["hits"][0]["title"], "Grace", "{found}");
    let (_, explained) =
        visitor.ask(&server.address, reqwest::Method::GET, "customers/Shop_customers:C4/explain", None).await.unwrap();
    let told = |explained: &Value| {
        let values = explained["values"].as_array().unwrap();
        let of = |column: &str| values.iter().find(|value| value["column"] == column).unwrap().clone();
        json!([of("email"), of("last_name")])
    };
    let email = &told(&explained)[0];
    assert_eq!((&email["value"], &email["patched"]["by"]), (&json!("grace@example.org"), &json!("olga")), "{email}");
    assert_eq!(told(&explained)[1]["others"], json!([["Shop_customers", "Hopper"]]));
    drop(server);

    // A run finds the same, and says what it laid over.
    scratch.onefold(&["run"]).done();
    assert_eq!(
        scratch.number("select count(*) from \"CustomerPatch\" where \"By\" = 'olga' and \"Value\" is null"),
        1.0
    );
    let told_by_command: Value =
        serde_json::from_str(&scratch.onefold(&["explain", "customer", "Shop_customers:C4", "--json"]).done().out)
            .unwrap();
    assert_eq!(told(&told_by_command), told(&explained));
    server = Server::start(&scratch, &["serve"]);
    assert_eq!(everything(&visitor, &server).await, live);

    // Taken away: at once what sources say, also where a run laid it over.
    let (status, view) =
        visitor.patch(&server.address, "Shop_customers:C4", &json!({"remove": ["email", "last_name"]})).await.unwrap();
    assert_eq!((status, &view["valid_until"]), (202, &Value::Null), "{view}");
    until(&visitor, &server, "C4", "last_name", &json!("Hopper")).await;
    let live = everything(&visitor, &server).await;
    assert_eq!(
        (field(&card(&visitor, &server, "C4").await, "email"), &live[0][1]),
        ((Value::Null, false), &json!(["NoMail", 1]))
    );
    drop(server);
    scratch.onefold(&["run"]).done();
    server = Server::start(&scratch, &["serve"]);
    assert_eq!(everything(&visitor, &server).await, live);
    assert_ne!(
        scratch.onefold(&["query", "select * from \"CustomerPatch\""]).code,
        Some(0),
        "nothing is patched any more"
    );
}

#[tokio::test]
async fn a_patch_runs_out_without_a_run_and_follows_its_profile() {
    let scratch = project();
    let mut server = Server::start(&scratch, &["serve"]);
    let visitor = Visitor::first(&server).await;
    let first = everything(&visitor, &server).await;
    let soon = after(10);
    let body = |name: &str, until: &str| json!({"set": {"first_name": name}, "valid_until": until});
    visitor.patch(&server.address, "Shop_customers:C2", &body("Chuck", &soon)).await.unwrap();
    until(&visitor, &server, "C2", "first_name", &json!("Chuck")).await;
    until(&visitor, &server, "C2", "first_name", &json!("Charles")).await;
    assert!(clock() >= soon.parse::<Timestamp>().unwrap(), "it held as long as it was to");
    assert_eq!(everything(&visitor, &server).await, first);
    // One that a run laid over runs out as well, in a server that began after it.
    let soon = after(40);
    visitor.patch(&server.address, "Shop_customers:C2", &body("Chas", &soon)).await.unwrap();
    drop(server);
    scratch.onefold(&["run"]).done();
    assert_eq!(scratch.number("select count(*) from \"Customer\" where first_name = 'Chas'"), 1.0);
    server = Server::start(&scratch, &["serve"]);
    until(&visitor, &server, "C2", "first_name", &json!("Charles")).await;
    assert!(clock() >= soon.parse::<Timestamp>().unwrap());
    assert_eq!(everything(&visitor, &server).await, first);
    // It follows the profile into which its own is folded.
    let ids: Vec<Value> = scratch
        .rows("select \"CustomerId\" as id from \"Customer\" where customer_id in ('C2', 'C4') order by profile_no")
        .into_iter()
        .map(|row| row["id"].clone())
        .collect();
    visitor.patch(&server.address, ids[1].as_str().unwrap(), &body("Both", &after(3600))).await.unwrap();
    let (status, said) = visitor.post(&server.address, "customers/merge", &json!({"customer_ids": ids})).await.unwrap();
    assert_eq!(status, 200, "{said}");
    drop(server);
    scratch.onefold(&["run"]).done();
    let both =
        scratch.rows("select \"CustomerId\" as id, first_name from \"Customer\" where customer_id in ('C2', 'C4')");
    assert_eq!((both.len(), &both[0]["id"], &both[0]["first_name"]), (1, &ids[0], &json!("Both")), "{both:?}");
    server = Server::start(&scratch, &["serve"]);
    assert_eq!(field(&card(&visitor, &server, "C2").await, "first_name"), (json!("Both"), true));
}

/// The patches that are in their table.
async fn kept(scratch: &Scratch) -> Vec<String> {
    let lake = scratch.path().join("lake");
    let table = LiveTable::open(&lake, &TableName::from("Customer")).await.unwrap();
    table.rows(0).unwrap().into_iter().map(|row| row.row).collect()
}

#[tokio::test]
async fn patches_that_hold_no_more_go_with_the_run_that_follows() {
    let scratch = project();
    let mut server = Server::start(&scratch, &["serve"]);
    let visitor = Visitor::first(&server).await;
    let patch = async |key: &str, set: Value, until: &str| {
        let body = json!({"set": set, "valid_until": until});
        let (status, view) = visitor.patch(&server.address, key, &body).await.unwrap();
        assert_eq!(status, 202, "{view}");
    };
    // Long enough for a run to lay it over.
    let soon = after(15);
    patch("Shop_customers:C4", json!({"email": "grace@example.org"}), &after(3600)).await;
    for name in ["Chuck", "Chas", "Carl"] {
        patch("Shop_customers:C2", json!({"first_name": name}), &soon).await;
    }
    patch("Shop_customers:C1", json!({"first_name": "A."}), &after(3600)).await;
    let (status, _) =
        visitor.patch(&server.address, "Shop_customers:C1", &json!({"remove": ["first_name"]})).await.unwrap();
    assert_eq!(status, 202);
    patch("Shop_customers:C4", json!({"last_name": "Murray"}), &after(3600)).await;
    drop(server);
    scratch.onefold(&["run"]).done();
    assert_eq!(scratch.number("select count(*) from \"Customer\" where first_name = 'Carl'"), 1.0);

    // What the run lays over is told by its row until it is taken back; what came before it is not needed.
    server = Server::start(&scratch, &["serve"]);
    let mut left = Vec::new();
    for _ in 0..100 {
        left = kept(&scratch).await;
        if left.len() == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(left.len() == 3 && left[1].contains("Carl"), "{left:?}");
    until(&visitor, &server, "C2", "first_name", &json!("Charles")).await;
    drop(server);
    server = Server::start(&scratch, &["serve"]);
    until(&visitor, &server, "C2", "first_name", &json!("Charles")).await;
    drop(server);

    // The next run lays it over no more.
    scratch.onefold(&["run"]).done();
    server = Server::start(&scratch, &["serve"]);
    for _ in 0..100 {
        left = kept(&scratch).await;
        if left.len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(left.len() == 2 && left[0].contains("email") && left[1].contains("Murray"), "{left:?}");
    let seen = until(&visitor, &server, "C4", "email", &json!("grace@example.org")).await;
    assert_eq!(field(&seen, "last_name"), (json!("Murray"), true));
    assert_eq!(field(&card(&visitor, &server, "C2").await, "first_name"), (json!("Charles"), false));
}

#[tokio::test]
async fn what_cannot_be_patched_is_refused_with_a_reason() {
    let scratch = project();
    let server = Server::start(&scratch, &["serve"]);
    let visitor = Visitor::first(&server).await;
    let refused = async |id: &str, body: Value| {
        let (status, said) = visitor.patch(&server.address, id, &body).await.unwrap();
        (status, said["detail"].as_str().unwrap_or_default().to_owned(), said["hint"].clone())
    };
    let (status, said, _) = refused("Shop_customers:C4", json!({"set": {"customer_id": "C9"}})).await;
    assert_eq!((status, said.as_str()), (422, "`customer_id` cannot be patched: it is an id"));
    let (status, said, _) = refused("Shop_customers:C4", json!({"set": {"CustomerId": "x"}})).await;
    assert_eq!((status, said.as_str()), (422, "`CustomerId` cannot be patched: it is an id"));
    let (status, said, hint) = refused("Shop_customers:C4", json!({"set": {"emial": "x"}})).await;
    assert_eq!(
        (status, said.as_str(), hint),
        (422, "`Customer` has no column `emial`", json!("did you mean `email`?"))
    );
    let (status, said, _) = refused("Shop_customers:C4", json!({"set": {"TotalSpent": 5}})).await;
    assert_eq!((status, said.as_str()), (422, "`Customer` has no column `TotalSpent`"));
    let (status, ..) = refused("Shop_customers:C9", json!({"set": {"email": "x"}})).await;
    assert_eq!(status, 404);
    for body in [
        json!({}),
        json!({"set": {"email": "x"}, "remove": ["email"]}),
        json!({"set": {"email": "x"}, "valid_until": "2020-01-01T00:00:00Z"}),
        json!({"set": {"email": "x"}, "valid_until": "tomorrow"}),
    ] {
        let (status, said, hint) = refused("Shop_customers:C4", body.clone()).await;
        assert!(status == 422 && !said.is_empty() && hint.is_string(), "{body}: {status} {said} {hint}");
    }
    let (status, said, _) = refused("Shop_customers:C4", json!({"sets": {"email": "x"}})).await;
    assert!(status == 400 && said.contains("unknown field `sets`"), "{status} {said}");
    assert!(!scratch.path().join("lake/_live/log/00000001.log").exists(), "nothing was kept");
}

/// The runs of a project with who asked for them, newest first.
async fn runs(visitor: &Visitor, server: &Server) -> Vec<String> {
    let (_, runs) = visitor.ask(&server.address, reqwest::Method::GET, "runs", None).await.unwrap();
    runs.as_array().unwrap().iter().map(|run| run["by"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Waits until a run that was asked for under a name has ended.
async fn ran_by(visitor: &Visitor, server: &Server, by: &str) {
    for _ in 0..240 {
        if runs(visitor, server).await.iter().any(|own| own == by) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    panic!("no run by `{by}`: {:?}", runs(visitor, server).await)
}

async fn state(visitor: &Visitor, server: &Server) -> Value {
    let (status, state) = visitor.ask(&server.address, reqwest::Method::GET, "live", None).await.unwrap();
    assert_eq!(status, 200, "{state}");
    state
}

#[tokio::test]
async fn rows_that_pile_up_begin_a_run_and_figures_tell_of_them() {
    let scratch = project();
    let text = scratch.read("onefold.yaml");
    scratch.write("onefold.yaml", &format!("{text}\nlive: {{rows: 3}}\n"));
    let server = Server::start(&scratch, &["serve"]);
    let visitor = Visitor::first(&server).await;
    let send = async |id: &str| {
        let row = json!([{"order_id": id, "customer_id": "C4", "ordered_at": "2026-05-01T10:00:00Z", "product": "Sent", "amount": 1}]);
        visitor.post(&server.address, "activities/Shop_orders", &row).await.unwrap();
    };
    send("L1").await;
    send("L2").await;
    let waits = state(&visitor, &server).await;
    assert_eq!(
        (&waits["open"], &waits["waiting"], &waits["in_log"], &waits["errors"]),
        (&json!(true), &json!(2), &json!(2), &json!(0)),
        "{waits}"
    );
    assert!(waits["log_bytes"].as_u64() > Some(0) && waits["waiting_since"].is_string(), "{waits}");
    let lines = visitor.metrics(&server.address).await;
    assert!(lines.contains("onefold_live_waiting_rows{project=\"starter\"} 2"), "{lines}");
    tokio::time::sleep(Duration::from_secs(12)).await;
    assert!(!runs(&visitor, &server).await.contains(&"live".to_owned()), "two rows are too few");
    send("L3").await;
    ran_by(&visitor, &server, "live").await;
    for _ in 0..300 {
        if state(&visitor, &server).await["waiting"] == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let waits = state(&visitor, &server).await;
    assert_eq!((&waits["waiting"], &waits["in_log"]), (&json!(0), &json!(0)), "{waits}");
    assert!(waits["last_commit"].is_string(), "{waits}");
    assert_eq!(scratch.number("select count(*) from \"Shop_orders\" where product = 'Sent'"), 3.0);
}

#[tokio::test]
async fn what_asks_the_time_is_worked_out_anew_when_time_has_changed_it() {
    let scratch = Scratch::empty();
    scratch.onefold(&["init"]).done();
    let day = |back: i64| {
        let at = clock().saturating_sub(SignedDuration::from_hours(24 * back)).unwrap();
        at.strftime("%Y-%m-%dT12:00:00Z").to_string()
    };
    scratch.write(
        "data/orders.csv",
        &format!("order_id,customer_id,ordered_at,product,amount\nO1,C1,{},Book,5\n", day(31)),
    );
    scratch.write("segments/Lately.yaml", "rules:\n  - where: within_last(Order.ordered_at, 30, 'day')\ntables: {Order: {table: Shop_orders, path: [OrderCustomer]}}\n");
    scratch.write("segments/OfThem.yaml", "rules:\n  - where: in_segment('Lately')\n");
    let before = day(5)[..10].to_owned();
    scratch.onefold(&["run", "--now", &before]).done();
    let members = || {
        let sql = "select count(*) from \"SegmentMembership\" where \"Segment\" in ('Lately', 'OfThem')";
        scratch.number(sql)
    };
    assert_eq!(members(), 2.0);
    let server = Server::start(&scratch, &["serve"]);
    let visitor = Visitor::first(&server).await;
    ran_by(&visitor, &server, "clock").await;
    assert_eq!(members(), 0.0);
    let waits = state(&visitor, &server).await;
    assert!(waits["clock_next"].is_null(), "time changes nothing any more: {waits}");
    let (_, all) = visitor.ask(&server.address, reqwest::Method::GET, "runs", None).await.unwrap();
    let run = all[0]["run"].as_str().or(all[0]["name"].as_str()).unwrap_or_default().to_owned();
    let (_, view) = visitor.ask(&server.address, reqwest::Method::GET, &format!("runs/{run}"), None).await.unwrap();
    let steps = view["steps"].as_array().unwrap().iter().filter(|step| step["state"] == "done");
    let did: Vec<&str> = steps.filter_map(|step| step["name"].as_str()).collect();
    assert!(!did.is_empty() && did.iter().all(|name| name.starts_with("segments.")), "{did:?}");
}

#[tokio::test]
async fn a_draft_of_a_segment_counts_what_came_in() {
    let scratch = project();
    let server = Server::start(&scratch, &["serve"]);
    let visitor = Visitor::first(&server).await;
    let count = async || {
        let draft = json!({"name": "Draft", "value": {"rules": [
            {"where": "Customer_Measure.TotalSpent > 300 and Customer.email is not null"}]}, "sample": 1, "seed": 1, "without": false});
        let (status, view) = visitor.post(&server.address, "preview/segment", &draft).await.unwrap();
        assert_eq!(status, 200, "{view}");
        (view["count"].clone(), view["diagnostics"].clone())
    };
    assert_eq!(count().await, (json!(0), json!([])));
    let order = json!([{"order_id": "L1", "customer_id": "C4", "ordered_at": "2026-05-01T10:00:00Z", "product": "Sent", "amount": 400}]);
    visitor.post(&server.address, "activities/Shop_orders", &order).await.unwrap();
    let body = json!({"set": {"email": "grace@example.org"}});
    visitor.patch(&server.address, "Shop_customers:C4", &body).await.unwrap();
    until(&visitor, &server, "C4", "email", &json!("grace@example.org")).await;
    for _ in 0..100 {
        if count().await.0 == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(count().await, (json!(1), json!([])));
}
