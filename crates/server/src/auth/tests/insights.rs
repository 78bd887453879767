//! Insights: whoever is shown as similar stands in the audit, and who may only look may not work suggestions out.

use super::*;

const AT: &str = "/api/projects/p/segments/insights";

#[tokio::test]
async fn whoever_is_shown_as_similar_stands_in_the_audit() {
    let house = House::peopled().await;
    let mut adam = house.signed_in("adam").await;
    let answer = adam.post(&format!("{AT}/similar"), json!({ "segment": "Loyal" })).await;
    assert_eq!((answer.status, &answer.json()["people"][0]["title"]), (200, &json!("Alice")), "{}", answer.text);
    assert_eq!(house.entry().people, ["alice"]);
    let answer = adam.post(&format!("{AT}/overlap"), json!({ "segments": ["Loyal"] })).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert_eq!(house.entry().outcome, "refused 422");
    let answer = adam.post(&format!("{AT}/outcome"), json!({ "outcome": "Customer.nothing" })).await;
    assert_eq!(answer.status, 404, "{}", answer.text);
    assert_eq!(house.entry().people, Vec::<String>::new(), "counts are about nobody by name");
}

#[tokio::test]
async fn what_can_be_asked_about_leaves_no_trace() {
    let house = House::peopled().await;
    let mut adam = house.signed_in("adam").await;
    assert_eq!(adam.get(&format!("{AT}/choices")).await.json()["profiles"], 2);
    assert_eq!(house.registry.entries(), []);
}
