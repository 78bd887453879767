//! Doors: the audit of what is shown and changed, and ways around the guard that lead nowhere.

use std::sync::atomic::Ordering;

use super::*;

const ROWS: &str = "/api/projects/p/tables/Customer/rows";

#[tokio::test]
async fn who_is_shown_is_written_down_and_what_was_searched_for_is_not() {
    let house = House::peopled().await;
    let mut vera = house.signed_in("vera").await;
    let answer = vera.post(ROWS, json!({ "offset": 0, "limit": 10, "search": "Alice Secretname" })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let entry = house.entry();
    assert_eq!(entry.people, ["alice", "bob"], "each once");
    assert_eq!((entry.actor.as_str(), entry.outcome.as_str(), entry.project.as_deref()), ("vera", "ok 200", Some("p")));
    assert_eq!((entry.object.as_str(), entry.act.as_str()), (ROWS, "POST /api/projects/{project}/tables/{table}/rows"));
    assert_eq!(entry.request, answer.header("x-request-id"));
    assert!(!format!("{entry:?}").contains("Secretname"));
    // Values asked for in the query are free text of people too.
    let _ = vera.get("/api/projects/p/tables/Customer/values?column=Name&contains=Secretname").await;
    assert!(!format!("{:?}", house.entry()).contains("Secretname"));
    let _ = vera.get("/api/projects/p/tables").await;
    let _ = vera.get("/api/projects").await;
    assert_eq!(house.registry.entries(), [], "what shows nobody leaves nothing");
}

#[tokio::test]
async fn the_short_way_to_the_only_project_is_guarded_and_written_down_as_the_whole_one() {
    let house = House::peopled().await;
    let mut nobody = house.browser();
    assert_eq!(nobody.get("/api/v1/tables").await.status, 401);
    let mut vera = house.signed_in("vera").await;
    let (short, whole) = (vera.get("/api/v1/segments").await, vera.get("/api/projects/p/segments").await);
    assert_eq!((short.status, &short.text), (200, &whole.text));
    let rows = json!({ "offset": 0, "limit": 10 });
    assert_eq!(vera.post("/api/v1/tables/Customer/rows", rows).await.status, 200);
    assert_eq!(house.entry().object, ROWS);
    assert_eq!(vera.get("/api/v1").await.status, 404);
}

#[tokio::test]
async fn what_cannot_be_written_down_is_not_shown() {
    let house = House::peopled().await;
    let mut adam = house.signed_in("adam").await;
    house.registry.full.store(true, Ordering::Relaxed);
    let answer = adam.post(ROWS, json!({ "offset": 0, "limit": 10 })).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert!(!answer.text.contains("alice"));
    assert_eq!(adam.post("/api/accounts", json!({ "name": "ines", "role": "viewer" })).await.status, 503);
    assert_eq!(adam.get("/api/projects").await.status, 200, "what needs no entry goes on");
}

#[tokio::test]
async fn a_change_is_written_down_when_whoever_asked_has_gone() {
    let house = House::peopled().await;
    let adam = house.signed_in("adam").await;
    let request = adam.request(Method::POST, "/api/accounts", Some(json!({ "name": "ines", "role": "viewer" })), &[]);
    let mut asked = Box::pin(house.app.clone().oneshot(request));
    assert!(futures::poll!(&mut asked).is_pending());
    drop(asked);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(house.registry.account("ines").await.unwrap().is_some());
    assert_eq!(house.entry().outcome, "ok 200");
}

#[tokio::test]
async fn ways_around_the_guard_lead_nowhere() {
    let house = House::peopled().await;
    let mut nobody = house.browser();
    for (method, path, status) in [
        (Method::GET, "/api/nothing", 404),
        (Method::GET, "/api", 404),
        (Method::PUT, "/api/session", 405),
        (Method::OPTIONS, "/api/accounts", 405),
        (Method::HEAD, "/api/accounts", 401),
        (Method::GET, "/api//accounts", 404),
        (Method::GET, "/api/accounts/", 404),
        (Method::GET, "/api/projects/p/../../accounts", 404),
        (Method::GET, "/api/%61ccounts", 404),
        (Method::GET, "/API/accounts", 0),
        (Method::GET, "//api/accounts", 0),
    ] {
        let answer = nobody.send(method.clone(), path, None, &[]).await;
        // What is not below `/api` is a page, which holds no data.
        assert!(
            answer.status == status || (status == 0 && !answer.text.contains("olga")),
            "{method} {path}: {}",
            answer.status
        );
    }
    let answer = nobody.send(Method::PUT, "/api/session", None, &[]).await;
    assert_eq!(answer.header("allow"), "GET, POST, DELETE");
    // The kind that decides the role is read as it was asked, in whatever way that is written.
    let mut carl = house.signed_in("carl").await;
    for (kind, status) in [("connection", 403), ("c%6fnnection", 403), ("Connection", 403), ("settings", 403)] {
        let path = format!("/api/projects/p/definitions/{kind}/x");
        assert_eq!(carl.send(Method::PUT, &path, Some(json!({})), &[]).await.status, status, "{kind}");
    }
}

#[tokio::test]
async fn a_route_without_a_line_in_the_table_is_refused() {
    let house = House::peopled().await;
    let guarded = axum::middleware::from_fn_with_state(Arc::clone(&house.auth), crate::auth::guard);
    let app = Router::new().route("/api/forgotten", axum::routing::get(|| async { "secret" })).layer(guarded);
    let olga = house.signed_in("olga").await;
    let mut browser = Browser { app, ..olga };
    let answer = browser.get("/api/forgotten").await;
    assert_eq!(answer.status, 403);
    assert!(!answer.text.contains("secret"));
}

#[tokio::test]
async fn the_address_is_the_peers_unless_a_proxy_is_known() {
    let house = House::peopled().await;
    let said = [("x-forwarded-for", "6.6.6.6, 10.0.0.9")];
    let _ = house.signed_in("vera").await.send(Method::POST, ROWS, Some(json!({})), &said).await;
    assert_eq!(house.entry().address, "-", "nobody is believed");
    let settings = AuthSettings { behind_proxy: true, ..house.auth.settings.clone() };
    let auth = Arc::new(Auth::new(Arc::clone(&house.registry) as _, settings));
    let serving = Arc::new(Serving { host: Arc::new(FakeHost::default()), jobs: JobBoard::new() });
    let (app, _) = crate::app(serving, auth, Pages::Embedded);
    let vera = house.signed_in("vera").await;
    let mut behind = Browser { app, ..vera };
    let _ = behind.send(Method::POST, ROWS, Some(json!({})), &said).await;
    assert_eq!(house.entry().address, "10.0.0.9", "only the last word is the proxy's own");
}
