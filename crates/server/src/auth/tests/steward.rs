//! Steward: decisions are made under the name of whoever asks, and the audit says about whom.

use super::table::token;
use super::*;

const DECISIONS: &str = "/api/projects/p/match/decisions";

fn pair() -> Value {
    json!({ "table1": "T", "key1": "1", "table2": "U", "key2": "2", "decision": "different" })
}

#[tokio::test]
async fn who_decides_is_named_and_the_audit_knows_about_whom() {
    let house = House::peopled().await;
    let mut adam = house.signed_in("adam").await;
    let answer = adam.post(DECISIONS, pair()).await;
    assert_eq!((answer.status, &answer.json()["decisions"][0]["by"]), (200, &json!("adam")), "{}", answer.text);
    let entry = house.entry();
    assert_eq!((entry.actor.as_str(), entry.people.as_slice()), ("adam", ["alice".to_owned()].as_slice()));
    assert!(!format!("{entry:?}").contains("different"), "what was decided stands in the log of decisions alone");

    // By a token, which is named as the audit names it.
    let (token, id) = token(&house, "adam", Role::Contributor).await;
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("origin", ""), ("sec-fetch-site", ""), ("host", "x")];
    let answer = house.browser().send(Method::POST, DECISIONS, Some(pair()), &headers).await;
    assert_eq!(answer.json()["decisions"][0]["by"], format!("token:{id}"));
    assert_eq!(house.entry().actor, format!("token:{id}"));

    let undone = adam.send(Method::DELETE, &format!("{DECISIONS}/7"), None, &[]).await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    assert_eq!(house.entry().people, ["alice"]);
    assert_eq!(adam.send(Method::DELETE, &format!("{DECISIONS}/8"), None, &[]).await.status, 404);
    assert_eq!(house.entry().outcome, "refused 404");
}

#[tokio::test]
async fn whoever_is_shown_stands_in_the_audit_blind_or_not() {
    let house = House::peopled().await;
    let mut adam = house.signed_in("adam").await;
    let blind = adam.post("/api/projects/p/match/review", json!({})).await.json();
    assert_eq!(blind["pairs"][0]["probability"], Value::Null);
    assert_eq!(house.entry().people, ["alice"]);
    let scored = adam.post("/api/projects/p/match/review", json!({ "scores": true, "order": "random" })).await.json();
    assert_eq!(scored["pairs"][0]["probability"], 0.5);
    assert_eq!(house.entry().people, ["alice"]);
    let ask = json!({ "table1": "T", "key1": "1", "table2": "U", "key2": "2" });
    assert_eq!(adam.post("/api/projects/p/match/explain", ask).await.status, 200);
    assert_eq!(house.entry().people, ["alice", "bob"], "both sides of a pair are shown");
    let answer = adam.get("/api/projects/p/match/decisions?decision=same&all=true&limit=5").await;
    assert_eq!((answer.status, &answer.json()["decisions"][0]["decision"]), (200, &json!("same")), "{}", answer.text);
    assert_eq!(house.entry().people, ["alice"]);
    assert_eq!(adam.get("/api/projects/p/match/quality?width=0.1").await.json()["width"], 0.1);
    assert_eq!(house.registry.entries(), [], "figures are about nobody");
    let split = json!({ "records": [{ "table": "T", "key": "1" }] });
    assert_eq!(adam.post("/api/projects/p/customers/alice/split", split.clone()).await.status, 200);
    assert_eq!(house.entry().people, ["alice"]);
    assert_eq!(adam.post("/api/projects/p/customers/zoe/split", split).await.status, 404);
}
