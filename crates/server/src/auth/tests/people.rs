//! People: accounts and tokens, who may give what to whom, and what ends with them.

use super::table::token;
use super::*;

#[tokio::test]
async fn somebody_is_invited_and_sets_their_own_password() {
    let house = House::peopled().await;
    let mut adam = house.signed_in("adam").await;
    let answer = adam.post("/api/accounts", json!({ "name": "Ines", "title": "Ines I.", "role": "viewer" })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let (view, url) = (answer.json()["account"].clone(), answer.json()["url"].as_str().unwrap().to_owned());
    assert_eq!((&view["name"], &view["local"]), (&json!("ines"), &json!(false)));
    let entry = house.entry();
    assert_eq!((entry.actor.as_str(), entry.detail.as_deref()), ("adam", Some("`ines` as viewer")));
    let token = url.strip_prefix(&format!("{BASE}/setup#")).unwrap();
    assert!(!format!("{entry:?} {}", house.registry.text()).contains(token), "the link is a secret");

    let ask = |name: &str| json!({ "token": token, "name": name, "password": PASSWORD });
    assert_eq!(house.browser().post("/api/setup", ask("olga")).await.status, 422, "it is for somebody else");
    let mut ines = house.browser();
    assert_eq!(ines.post("/api/setup", ask("")).await.json()["user"]["name"], "ines");
    assert_eq!(house.entry().actor, "ines");
    assert_eq!(house.browser().post("/api/setup", ask("")).await.status, 403, "once");
    assert_eq!(ines.who().await, "ines");
    assert_eq!(
        adam.post("/api/accounts", json!({ "name": "ines", "role": "viewer" })).await.status,
        422,
        "the name is taken"
    );

    // A lost password: the link ends what sessions there are.
    let again = adam.post("/api/accounts/ines/invitation", json!({})).await.json()["url"].as_str().unwrap().to_owned();
    let token = again.split_once('#').unwrap().1;
    let answer =
        house.browser().post("/api/setup", json!({ "token": token, "password": "river otter lamp seven" })).await;
    assert_eq!((answer.status, ines.who().await.as_str()), (200, ""));
    // A link ends with the next password, and with its account.
    let links = [link(&house).await, link(&house).await];
    assert_eq!(used(&house, &links[0]).await, 200);
    assert_eq!(used(&house, &links[1]).await, 403, "the password is another now");
    let old = link(&house).await;
    house.wait(1);
    assert_eq!(adam.send(Method::DELETE, "/api/accounts/ines", None, &[]).await.status, 200);
    house.person("ines", Role::Viewer).await;
    assert_eq!(used(&house, &old).await, 403, "it was for another of that name");
    house.wait(8 * 24 * 3600);
    let mut olga = house.signed_in("olga").await;
    let late = olga.post("/api/accounts/ines/invitation", json!({})).await.json()["url"].as_str().unwrap().to_owned();
    house.wait(7 * 24 * 3600);
    let ask = json!({ "token": late.split_once('#').unwrap().1, "password": PASSWORD });
    assert_eq!(house.browser().post("/api/setup", ask).await.status, 403, "it expired");
}

async fn link(house: &House) -> String {
    crate::auth::invite(&*house.registry, "ines", house.auth.now()).await.unwrap().0
}

async fn used(house: &House, link: &str) -> u16 {
    let ask = json!({ "token": link.split_once('#').unwrap().1, "password": PASSWORD });
    house.browser().post("/api/setup", ask).await.status
}

#[tokio::test]
async fn nobody_reaches_above_themselves_and_there_is_always_an_owner() {
    let house = House::peopled().await;
    let (mut olga, mut adam) = (house.signed_in("olga").await, house.signed_in("adam").await);
    let cases: &[(Method, &str, Value, u16)] = &[
        (Method::POST, "/api/accounts", json!({ "name": "eve", "role": "owner" }), 403),
        (Method::PATCH, "/api/accounts/adam", json!({ "role": "owner" }), 403),
        (Method::PATCH, "/api/accounts/olga", json!({ "disabled": true }), 403),
        (Method::DELETE, "/api/accounts/olga", json!({}), 403),
        (Method::POST, "/api/accounts/olga/invitation", json!({}), 403),
        (Method::POST, "/api/tokens", json!({ "title": "x", "role": "owner" }), 403),
        (Method::PATCH, "/api/accounts/vera", json!({ "role": "administrator" }), 200),
        (Method::PATCH, "/api/accounts/nobody", json!({ "role": "viewer" }), 404),
    ];
    for (method, path, body, status) in cases {
        let answer = adam.send(method.clone(), path, Some(body.clone()), &[]).await;
        assert_eq!(answer.status, *status, "{method} {path} {body}: {}", answer.text);
    }
    for body in [json!({ "role": "viewer" }), json!({ "disabled": true })] {
        let answer = olga.send(Method::PATCH, "/api/accounts/olga", Some(body), &[]).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
    }
    assert_eq!(olga.send(Method::DELETE, "/api/accounts/olga", None, &[]).await.status, 422);
    assert_eq!(olga.send(Method::PATCH, "/api/accounts/adam", Some(json!({ "role": "owner" })), &[]).await.status, 200);
    assert_eq!(
        adam.send(Method::DELETE, "/api/accounts/olga", None, &[]).await.status,
        200,
        "at once, with the same session"
    );
    assert_eq!(olga.who().await, "");
}

#[tokio::test]
async fn who_is_disabled_or_lowered_is_so_at_once() {
    let house = House::peopled().await;
    let (mut olga, mut carl) = (house.signed_in("olga").await, house.signed_in("carl").await);
    let (program, _) = token(&house, "carl", Role::Contributor).await;
    let bearer = format!("Bearer {program}");
    let by_token = [("authorization", bearer.as_str())];
    let plan = "/api/projects/p/conditions";
    let change = |body: Value| {
        let mut olga = olga.clone();
        async move { assert_eq!(olga.send(Method::PATCH, "/api/accounts/carl", Some(body), &[]).await.status, 200) }
    };
    assert_ne!(carl.post(plan, json!([])).await.status, 403);
    change(json!({ "role": "viewer" })).await;
    assert_eq!(carl.post(plan, json!([])).await.status, 403);
    assert_eq!(house.browser().send(Method::POST, plan, Some(json!([])), &by_token).await.status, 403, "tokens too");
    assert_eq!(carl.get("/api/projects").await.status, 200);
    change(json!({ "disabled": true })).await;
    assert_eq!(carl.get("/api/projects").await.status, 401);
    assert_eq!(house.browser().send(Method::GET, "/api/projects", None, &by_token).await.status, 401);
    change(json!({ "disabled": false })).await;
    assert_eq!(carl.get("/api/projects").await.status, 401, "a session that ended stays so");
    assert_eq!(house.browser().send(Method::GET, "/api/projects", None, &by_token).await.status, 200);
    assert_eq!(olga.who().await, "olga");
}

#[tokio::test]
async fn a_token_is_shown_once_does_what_it_may_and_ends() {
    let house = House::peopled().await;
    let mut adam = house.signed_in("adam").await;
    for days in [0, 3661] {
        assert_eq!(adam.post("/api/tokens", json!({ "title": "x", "role": "viewer", "days": days })).await.status, 422);
    }
    house.registry.entries();
    let made = adam.post("/api/tokens", json!({ "title": "nightly", "role": "viewer", "days": 1 })).await.json();
    let (token, id) = (made["token"].as_str().unwrap(), made["view"]["id"].as_str().unwrap());
    assert!(token.starts_with("ofd_") && token.len() == 47);
    assert!(!format!("{:?} {}", house.entry(), house.registry.text()).contains(token));
    assert!(!adam.get("/api/tokens").await.text.contains(token));

    let bearer = format!("Bearer {token}");
    let ask = |method: Method, path: &'static str, value: String| {
        let mut browser = house.browser();
        async move { browser.send(method, path, Some(json!({})), &[("authorization", &value)]).await.status }
    };
    assert_eq!(ask(Method::GET, "/api/projects", bearer.clone()).await, 200);
    assert_eq!(ask(Method::GET, "/api/projects", bearer.replace("Bearer", "bearer")).await, 200);
    assert_eq!(ask(Method::GET, "/api/accounts", bearer.clone()).await, 403);
    assert_eq!(ask(Method::POST, "/api/session/password", bearer.clone()).await, 400);
    for wrong in [
        format!("{bearer}x"),
        bearer.replace("ofd_", ""),
        "Basic b2xnYTp4".to_owned(),
        "Bearer".to_owned(),
        token.to_owned(),
    ] {
        assert_eq!(ask(Method::GET, "/api/projects", wrong.clone()).await, 401, "{wrong}");
    }
    // A token and a cookie of somebody who may more: the token counts.
    let answer = adam.send(Method::GET, "/api/accounts", None, &[("authorization", &bearer)]).await;
    assert_eq!(answer.status, 403);
    house.wait(24 * 3600);
    assert_eq!(ask(Method::GET, "/api/projects", bearer.clone()).await, 401, "its day is over");

    let mut adam = house.signed_in("adam").await;
    let made = adam.post("/api/tokens", json!({ "title": "nightly", "role": "viewer" })).await.json();
    let bearer = format!("Bearer {}", made["token"].as_str().unwrap());
    assert_eq!(ask(Method::GET, "/api/projects", bearer.clone()).await, 200);
    let path = format!("/api/tokens/{}", made["view"]["id"].as_str().unwrap());
    assert_eq!(adam.send(Method::DELETE, &path, None, &[]).await.status, 200);
    assert_eq!(ask(Method::GET, "/api/projects", bearer).await, 401, "it was taken back");
    assert_eq!(adam.send(Method::DELETE, &path, None, &[]).await.status, 404);
    assert_ne!(id, "");
}
