//! Live: rows that are sent to a server are there once, whenever it is killed; and a run takes them in.
//!
//! `ONEFOLD_KILL_ROUNDS=1000` for more rounds; `ONEFOLD_KILL_SEED` for others.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::{Value, json};

use crate::scratch::Scratch;
use crate::serve::Server;

const PASSWORD: &str = "lamp river seven otter";
/// Columns for patches, in the test that kills.
const COLUMNS: usize = 75;
pub(crate) const NOW: &str = "2026-06-01T12:00:00Z";

/// Somebody who is signed in, and stays so when the server is started again.
#[derive(Clone)]
pub(crate) struct Visitor {
    client: reqwest::Client,
    cookie: String,
    csrf: String,
}

impl Visitor {
    pub(crate) async fn first(server: &Server) -> Self {
        let base = format!("http://{}", server.address);
        let link = server.greeting.lines().find_map(|line| line.trim().strip_prefix(&format!("{base}/setup#")));
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60)).build().unwrap();
        let ask = json!({ "token": link.expect("a link"), "name": "olga", "title": "Olga O.", "password": PASSWORD });
        let answer = client.post(format!("{base}/api/setup")).json(&ask).send().await.unwrap();
        let cookie = answer.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        let csrf = answer.json::<Value>().await.unwrap()["csrf"].as_str().unwrap().to_owned();
        Self { client, cookie, csrf }
    }
    pub(crate) async fn ask(
        &self,
        server: &str,
        method: reqwest::Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(u16, Value), reqwest::Error> {
        let url = format!("http://{server}/api/projects/starter/{path}");
        let mut request =
            self.client.request(method, url).header(COOKIE, &self.cookie).header("x-csrf-token", &self.csrf);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        Ok((status, answer.json().await?))
    }
    pub(crate) async fn patch(&self, server: &str, id: &str, body: &Value) -> Result<(u16, Value), reqwest::Error> {
        self.ask(server, reqwest::Method::PATCH, &format!("customers/{id}"), Some(body)).await
    }
    /// What programs that watch servers read.
    pub(crate) async fn metrics(&self, server: &str) -> String {
        let request = self.client.get(format!("http://{server}/metrics")).header(COOKIE, &self.cookie);
        request.send().await.unwrap().text().await.unwrap()
    }
    pub(crate) async fn post(&self, server: &str, path: &str, body: &Value) -> Result<(u16, Value), reqwest::Error> {
        self.ask(server, reqwest::Method::POST, path, Some(body)).await
    }
}

pub(crate) fn order(id: &str, customer: &str, amount: f64) -> Value {
    json!({"order_id": id, "customer_id": customer, "ordered_at": "2026-05-01T10:00:00Z", "product": "Sent", "amount": amount})
}

pub(crate) fn setting(name: &str, or: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(or)
}

#[tokio::test]
async fn rows_are_judged_one_by_one_and_the_next_run_takes_them_in() {
    let scratch = Scratch::empty();
    scratch.onefold(&["init"]).done();
    scratch.run();
    let server = Server::start(&scratch, &["serve"]);
    let visitor = Visitor::first(&server).await;
    let at = server.address.clone();
    let rows = json!([order("L1", "C1", 40.0), order("O3", "C2", 500.0), {"order_id": "L2", "amount": "much"}, order("L1", "C1", 40.0)]);
    let (status, view) = visitor.post(&at, "activities/Shop_orders", &rows).await.unwrap();
    assert_eq!((status, &view["accepted"], &view["repeated"]), (202, &json!(2), &json!(1)), "{view}");
    assert_eq!(view["rejected"], json!([{"row": 2, "reason": "amount: expected a number, found \"much\""}]));
    let (_, view) = visitor.post(&at, "activities/Shop_orders", &order("L1", "C1", 40.0)).await.unwrap();
    assert_eq!((&view["accepted"], &view["repeated"]), (&json!(0), &json!(1)), "{view}");
    let (_, view) = visitor.post(&at, "activities/shop_orders", &order("L1", "C1", 41.0)).await.unwrap();
    assert_eq!((&view["accepted"], &view["repeated"]), (&json!(1), &json!(0)), "{view}");
    let (status, view) = visitor.post(&at, "activities/Shop_order", &order("L1", "C1", 41.0)).await.unwrap();
    assert_eq!((status, view["hint"].as_str()), (404, Some("did you mean `Shop_orders`?")), "{view}");
    let (status, _) = visitor.post(&at, "activities/Shop_orders", &json!(5)).await.unwrap();
    assert_eq!(status, 422);
    drop(server);
    scratch.onefold(&["run", "--now", NOW]).done();
    let sql = "select order_id, amount from \"Shop_orders\" where product = 'Sent' order by 1";
    assert_eq!(
        scratch.rows(sql),
        [json!({"order_id": "L1", "amount": 41.0}), json!({"order_id": "O3", "amount": 500.0})]
    );
    assert_eq!(scratch.number("select count(*) from \"Shop_orders\""), 5.0);
    let corrupt =
        "select count(*) from \"Shop_orders_Corrupt\" where \"CorruptionDetails\" like 'amount: expected a number%'";
    assert_eq!(scratch.number(corrupt), 1.0);
    // A file that is changed later has the later word.
    std::thread::sleep(Duration::from_millis(20));
    let text = scratch.read("data/orders.csv").replace("12.90", "13.90");
    scratch.write("data/orders.csv", &text);
    scratch.onefold(&["run", "--now", NOW]).done();
    assert_eq!(scratch.number("select amount from \"Shop_orders\" where order_id = 'O3'"), 13.9);
    assert_eq!(scratch.number("select amount from \"Shop_orders\" where order_id = 'L1'"), 41.0);
    assert_eq!(scratch.number("select count(*) from \"Shop_orders\""), 5.0);
}

#[tokio::test]
async fn what_was_answered_is_there_once_whenever_the_server_is_killed() {
    let scratch = Scratch::empty();
    scratch.onefold(&["init"]).done();
    // Columns that only patches fill, so that each patch has one of its own.
    let columns: Vec<String> = (0..COLUMNS).map(|n| format!("note{n}")).collect();
    let table = scratch.read("data/customers.csv");
    let wider = table.lines().enumerate().map(|(at, line)| match at {
        0 => format!("{line},{}\n", columns.join(",")),
        _ => format!("{line}{}\n", ",-".repeat(COLUMNS)),
    });
    scratch.write("data/customers.csv", &wider.collect::<String>());
    let mapped: String = columns.iter().map(|name| format!("      {name}: Note\n")).collect();
    scratch.replace("unify.yaml", "      customer_id: ID\n", &format!("      customer_id: ID\n{mapped}"));
    scratch.run();
    let mut server = Server::start(&scratch, &["serve"]);
    let visitor = Visitor::first(&server).await;
    let mut seed = setting("ONEFOLD_KILL_SEED", 1);
    let mut below = |n: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % n
    };
    let mut answered: BTreeSet<String> = BTreeSet::new();
    let (mut sent, mut lost) = (0_u64, 0);
    let (mut patched, mut patches) = (BTreeSet::new(), 0);
    let points = ["live-before-commit", "live-before-cut", "live-after-cut"];
    for round in 0..setting("ONEFOLD_KILL_ROUNDS", 12) {
        // What patches look a profile up in is read once a server.
        visitor.ask(&server.address, reqwest::Method::GET, "customers/Shop_customers:C4", None).await.unwrap();
        // Killed once so many were answered, however fast the machine is.
        let come = Arc::new(AtomicU64::new(0));
        let asked: Vec<_> = (0..40)
            .map(|n| {
                let ids: Vec<String> = (0..=n % 3).map(|m| format!("R{round}-{n}-{m}")).collect();
                let rows: Vec<Value> = ids.iter().map(|id| order(id, "C4", 1.0)).collect();
                let (visitor, at, wait) = (visitor.clone(), server.address.clone(), below(60));
                let come = Arc::clone(&come);
                sent += ids.len() as u64;
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(wait)).await;
                    let answer = visitor.post(&at, "activities/Shop_orders", &Value::from(rows)).await;
                    let taken = answer.is_ok_and(|(status, _)| status == 202);
                    come.fetch_add(u64::from(taken), Ordering::Relaxed);
                    (ids, taken)
                })
            })
            .collect();
        let patching: Vec<_> = (0..10)
            .filter_map(|_| {
                let place = patches;
                patches += 1;
                let customer = ["C2", "C4"].get(place / COLUMNS)?;
                let (visitor, at, wait) = (visitor.clone(), server.address.clone(), below(60));
                Some(tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(wait)).await;
                    let body = json!({"set": {format!("note{}", place % COLUMNS): format!("P{place}")}, "valid_until": "2099-01-01T00:00:00Z"});
                    let answer = visitor.patch(&at, &format!("Shop_customers:{customer}"), &body).await;
                    (place, answer.is_ok_and(|(status, _)| status == 202))
                }))
            })
            .collect();
        let (enough, begun) = (below(30), Instant::now());
        while come.load(Ordering::Relaxed) < enough && begun.elapsed() < Duration::from_secs(5) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(below(20))).await;
        // Killed without a word.
        drop(server);
        for asked in asked {
            let (ids, taken) = asked.await.unwrap();
            lost += u64::from(!taken);
            answered.extend(ids.into_iter().filter(|_| taken));
        }
        for patching in patching {
            let (place, taken) = patching.await.unwrap();
            patched.extend(Some(place).filter(|_| taken));
        }
        // What the log holds is put into a table as the server starts or when the next row comes, and dies on the way.
        if round % 3 == 1 {
            let point = points[below(3) as usize];
            if let Some(crashing) = Server::try_start_with(&scratch, &["serve"], &[("ONEFOLD_CRASH_AT", point)]) {
                let id = format!("X{round}");
                let answer = visitor.post(&crashing.address, "activities/Shop_orders", &order(&id, "C4", 1.0)).await;
                if answer.is_ok_and(|(status, _)| status == 202) {
                    answered.insert(id);
                }
            }
        }
        server = Server::start(&scratch, &["serve"]);
    }
    drop(server);
    scratch.onefold(&["run", "--now", NOW]).done();
    let rows = scratch.rows("select order_id, count(*) as n from \"Shop_orders\" where product = 'Sent' group by 1");
    let found: BTreeSet<String> = rows.iter().map(|row| row["order_id"].as_str().unwrap().to_owned()).collect();
    assert!(rows.iter().all(|row| row["n"] == 1), "a row is there twice");
    let missing: Vec<_> = answered.difference(&found).collect();
    assert!(missing.is_empty(), "{} of {} answered rows are lost: {missing:?}", missing.len(), answered.len());
    assert_eq!(scratch.number("select count(*) from \"Shop_orders_Corrupt\""), 0.0);
    for place in &patched {
        let (customer, note) = (["C2", "C4"][place / COLUMNS], place % COLUMNS);
        let sql = format!("select note{note} as n from \"Customer\" where customer_id = '{customer}'");
        assert_eq!(scratch.rows(&sql)[0]["n"], format!("P{place}"), "a patch that was answered is lost");
    }
    let twice = "select count(*) - count(distinct \"Value\") from \"CustomerPatch\"";
    assert_eq!((scratch.number(twice), patched.is_empty()), (0.0, false));
    assert!(lost > 0 && !answered.is_empty(), "nothing was killed in the middle: {sent} sent, {}", answered.len());
}

/// What is shown of a profile, without what tells one run from another.
pub(crate) async fn shown(visitor: &Visitor, server: &str, key: &str) -> Value {
    let path = format!("customers/Shop_customers:{key}");
    let (status, card) = visitor.ask(server, reqwest::Method::GET, &path, None).await.unwrap();
    assert_eq!(status, 200, "{card}");
    let path = format!("{path}/timeline");
    let (_, timeline) = visitor.post(server, &path, &json!({})).await.unwrap();
    let segments = card["segments"].as_array().unwrap().iter().map(|member| member["segment"].clone());
    json!({
        "measures": card["measures"], "segments": segments.collect::<Vec<_>>(), "activities": card["activities"],
        "first": card["first_activity"], "last": card["last_activity"], "timeline": timeline,
    })
}

async fn everything(visitor: &Visitor, server: &str) -> Value {
    let (_, segments) = visitor.ask(server, reqwest::Method::GET, "segments", None).await.unwrap();
    let counts = segments.as_array().unwrap().iter().map(|segment| json!([segment["name"], segment["members"]]));
    let mut all = vec![Value::from(counts.collect::<Vec<_>>())];
    for key in ["C1", "C2", "C4"] {
        all.push(shown(visitor, server, key).await);
    }
    Value::from(all)
}

#[tokio::test]
async fn what_comes_in_is_shown_within_seconds_as_the_next_run_finds_it() {
    let scratch = Scratch::empty();
    scratch.onefold(&["init"]).done();
    scratch.onefold(&["run"]).done();
    let server = Server::start(&scratch, &["serve"]);
    let visitor = Visitor::first(&server).await;
    let before = everything(&visitor, &server.address).await;
    // One more for C2, one that now belongs to somebody else, one that is worth less, one of nobody.
    let rows =
        json!([order("L1", "C2", 500.0), order("O4", "C2", 150.0), order("O2", "C3", 1.0), order("L2", "C9", 7.0)]);
    let (_, view) = visitor.post(&server.address, "activities/Shop_orders", &rows).await.unwrap();
    assert_eq!((&view["accepted"], &view["seen"]), (&json!(4), &json!("soon")), "{view}");
    for _ in 0..200 {
        let seen = everything(&visitor, &server.address).await;
        if seen[2]["measures"][0]["value"] == 662.9 && seen != before {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // Counts are asked for before profiles: those of the last answer may be a moment older.
    let mut live = everything(&visitor, &server.address).await;
    assert_eq!(live[2]["measures"][0]["value"], 662.9, "{live}");
    assert_eq!(live[0], json!([["GoodCustomers", 1]]), "one came, two left: {live}");
    // Once more, when rows of these profiles have come in before.
    visitor.post(&server.address, "activities/Shop_orders", &json!([order("L1", "C4", 200.0)])).await.unwrap();
    for _ in 0..200 {
        live = everything(&visitor, &server.address).await;
        if live[3]["measures"][0]["value"] == 200.0 && live[2]["measures"][0]["value"] == 162.9 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    live = everything(&visitor, &server.address).await;
    drop(server);
    scratch.onefold(&["run"]).done();
    let server = Server::start(&scratch, &["serve"]);
    let after = everything(&visitor, &server.address).await;
    for (live, after) in live.as_array().unwrap().iter().zip(after.as_array().unwrap()) {
        assert_eq!(live, after);
    }
    assert_ne!(before, after);
    // What a run has taken in is not laid over it again; what comes next is.
    visitor.post(&server.address, "activities/Shop_orders", &json!([order("L3", "C4", 0.5)])).await.unwrap();
    for _ in 0..200 {
        live = everything(&visitor, &server.address).await;
        if live[3]["measures"][0]["value"] == 200.5 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(live[3]["measures"][0]["value"], 200.5, "{live}");
}

/// A changed definition has only what depends on it worked out anew.
#[test]
fn a_changed_definition_leaves_what_does_not_depend_on_it() {
    let scratch = Scratch::empty();
    scratch.onefold(&["init"]).done();
    let again = |from: &str, to: &str, file: &str| {
        scratch.replace(file, from, to);
        let record = scratch.run();
        crate::scratch::ran(&record).into_iter().map(str::to_owned).collect::<Vec<String>>()
    };
    scratch.write("segments/Everybody.yaml", "title: Everybody\nrules:\n  - where: Customer.customer_id is not null\n");
    scratch.write("measures/Orders.yaml", "kind: customer_measure\nvalues: {Count: count(*)}\ndimensions: [{name: Month, value: Order.ordered_at, bucket: month}]\ntables: {Order: {table: Shop_orders, path: [OrderCustomer]}}\n");
    scratch.run();
    let of =
        |ran: &[String], stages: &[&str]| ran.iter().all(|step| stages.iter().any(|stage| step.starts_with(stage)));
    let ran = again("> 100", "> 120", "segments/GoodCustomers.yaml");
    assert!(!ran.is_empty() && of(&ran, &["segments.", "activate."]), "{ran:?}");
    let ran = again("title: Good customers", "title: Better customers", "segments/GoodCustomers.yaml");
    assert!(ran.is_empty(), "{ran:?}");
    let ran = again("sum(Order.amount)", "sum(Order.amount) + 1", "measures/TotalSpent.yaml");
    assert!(
        ran.contains(&"measures.attributes".to_owned()) && of(&ran, &["measures.", "segments.", "activate."]),
        "{ran:?}"
    );
    assert!(!ran.contains(&"measures.table Orders".to_owned()), "{ran:?}");
    let ran = again("count(*)", "count(*) + 0", "measures/Orders.yaml");
    assert_eq!(ran, ["measures.table Orders"]);
}
