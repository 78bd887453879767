//! Sessions: coming in, staying in, and all the ways in which one does not.

use super::*;

#[tokio::test]
async fn the_first_account_is_made_by_a_link_that_works_once() {
    let house = House::new();
    let links = [house.auth.begin().await.unwrap().unwrap(), house.auth.begin().await.unwrap().unwrap()];
    let [token, other] = links.each_ref().map(|link| link.strip_prefix(&format!("{BASE}/setup#")).unwrap());
    let mut browser = house.browser();
    assert_eq!(browser.get("/api/session").await.json()["setup"], true);
    let ask = |token: &str, name: &str, password: &str| json!({ "token": token, "name": name, "title": "Olga O.", "password": password });
    for (token, name, password, status) in [
        ("nonsense", "olga", PASSWORD, 403),
        (token, "olga", "short", 422),
        (token, "olga", "Password!2026", 422),
        (token, "olga", "olgaolgaolga", 422),
        (token, "", PASSWORD, 422),
        (token, "<olga>", PASSWORD, 422),
    ] {
        assert_eq!(browser.post("/api/setup", ask(token, name, password)).await.status, status, "{name} {password}");
    }
    assert_eq!(house.registry.entries(), []);
    let answer = browser.post("/api/setup", ask(token, " Olga ", PASSWORD)).await;
    assert_eq!(
        (answer.status, &answer.json()["user"]),
        (200, &json!({ "name": "olga", "title": "Olga O.", "role": "owner" }))
    );
    assert_eq!(answer.json()["setup"], false);
    let entry = house.entry();
    assert_eq!((entry.actor.as_str(), entry.outcome.as_str(), entry.object.as_str()), ("olga", "ok 200", "/api/setup"));
    assert_eq!(browser.who().await, "olga");
    for token in [token, other] {
        assert_eq!(
            house.browser().post("/api/setup", ask(token, "eve", PASSWORD)).await.status,
            403,
            "no second owner"
        );
    }
    assert_eq!(house.auth.begin().await.unwrap(), None);
}

#[tokio::test]
async fn the_first_link_ends_after_a_day() {
    let house = House::new();
    let link = house.auth.begin().await.unwrap().unwrap();
    house.wait(24 * 3600);
    let ask = json!({ "token": link.split_once('#').unwrap().1, "name": "olga", "password": PASSWORD });
    assert_eq!(house.browser().post("/api/setup", ask).await.status, 403);
}

#[tokio::test]
async fn the_cookie_is_kept_from_scripts_and_other_sites_and_secrets_are_kept_as_hashes() {
    let house = House::peopled().await;
    house.password("vera", PASSWORD).await;
    let mut browser = house.browser();
    let answer = browser.post("/api/session", json!({ "name": "Vera", "password": PASSWORD })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let cookies = answer.set_cookies();
    let [cookie] = cookies.as_slice() else { panic!("{cookies:?}") };
    let (name, rest) = cookie.split_once('=').unwrap();
    let (value, attributes) = rest.split_once("; ").unwrap();
    assert_eq!((name, value.len()), ("__Host-onefold", 43));
    assert_eq!(attributes, "Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=43200");
    assert_eq!(answer.header("cache-control"), "no-store");
    for secret in [value, PASSWORD] {
        assert!(!house.registry.text().contains(secret));
        assert!(!answer.text.contains(secret));
    }
    let csrf = answer.json()["csrf"].as_str().unwrap().to_owned();
    assert_eq!(browser.get("/api/session").await.json()["csrf"], csrf, "a page that is loaded again gets it again");
}

#[tokio::test]
async fn wrong_names_and_wrong_passwords_get_one_answer_and_are_written_down_without_what_was_typed() {
    let house = House::peopled().await;
    for name in ["vera", "carl"] {
        house.password(name, PASSWORD).await;
    }
    let mut admin = house.signed_in("adam").await;
    let disabled = admin.send(Method::PATCH, "/api/accounts/carl", Some(json!({ "disabled": true })), &[]).await;
    assert_eq!(disabled.status, 200, "{}", disabled.text);
    house.registry.entries();
    let mut answers = Vec::new();
    let tries = [
        ("vera", "wrong wrong wrong", "vera"),
        ("my secret password", "vera", "-"),
        ("carl", PASSWORD, "carl"),
        ("olga", PASSWORD, "olga"),
    ];
    for (name, password, actor) in tries {
        let answer = house.browser().post("/api/session", json!({ "name": name, "password": password })).await;
        assert_eq!(answer.status, 401, "{name}");
        let mut problem = answer.json();
        problem["request"] = Value::Null;
        answers.push(problem);
        let entry = house.entry();
        assert_eq!((entry.actor.as_str(), entry.outcome.as_str()), (actor, "refused 401"));
        assert!(!format!("{entry:?}").contains(password) || password == "vera", "{entry:?}");
        assert!(!format!("{entry:?}").contains("my secret"), "{entry:?}");
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_after_half_a_day_in_any_case() {
    let house = House::peopled().await;
    let mut idle = house.signed_in("vera").await;
    house.wait(29 * 60);
    assert_eq!(idle.who().await, "vera");
    house.wait(29 * 60);
    assert_eq!(idle.who().await, "vera", "it was used in between");
    house.wait(30 * 60);
    let before = idle.clone();
    assert_eq!(idle.get("/api/projects").await.status, 401);
    assert_eq!(before.clone().who().await, "", "and stays so");

    // A page that goes on asking by itself in an empty room does not keep it alive.
    let mut left = house.signed_in("vera").await;
    for status in [200, 200, 401] {
        house.wait(14 * 60);
        assert_eq!(left.send(Method::GET, "/api/projects", None, &[("x-background", "1")]).await.status, status);
    }

    let mut busy = house.signed_in("vera").await;
    for _ in 0..(12 * 3) - 1 {
        house.wait(20 * 60);
        assert_eq!(busy.who().await, "vera");
    }
    house.wait(20 * 60);
    assert_eq!(busy.get("/api/projects").await.status, 401);
}

#[tokio::test]
async fn foreign_and_ended_sessions_are_nobodys() {
    let house = House::peopled().await;
    let mut vera = house.signed_in("vera").await;
    let stolen = vera.clone();
    assert_eq!(vera.send(Method::DELETE, "/api/session", None, &[]).await.status, 200);
    assert_eq!(house.entry().act, "DELETE /api/session");
    assert_eq!(vera.cookies, [], "the browser forgets it");
    assert_eq!(stolen.clone().who().await, "", "a session that was left cannot be taken up again");
    let made_up = "A".repeat(43);
    let hash = crate::auth::secrets::hash(&stolen.cookies[0].1);
    for value in [made_up.as_str(), "", "x", &hash, "' or 1=1 --"] {
        let mut browser = house.browser();
        browser.cookies = vec![("__Host-onefold".to_owned(), value.to_owned())];
        assert_eq!(browser.get("/api/projects").await.status, 401, "{value}");
    }
    // A cookie of another name is not looked at.
    let mut other = house.signed_in("vera").await;
    other.cookies[0].0 = "onefold".to_owned();
    assert_eq!(other.get("/api/projects").await.status, 401);
}

#[tokio::test]
async fn a_session_cannot_be_planted_and_signing_in_again_ends_the_one_before() {
    let house = House::peopled().await;
    house.password("vera", PASSWORD).await;
    let planted = "P".repeat(43);
    let mut browser = house.browser();
    browser.cookies = vec![("__Host-onefold".to_owned(), planted.clone())];
    let ask = json!({ "name": "vera", "password": PASSWORD });
    assert_eq!(browser.post("/api/session", ask.clone()).await.status, 200);
    assert_ne!(browser.cookies[0].1, planted);
    let mut attacker = house.browser();
    attacker.cookies = vec![("__Host-onefold".to_owned(), planted)];
    assert_eq!(attacker.who().await, "", "the planted one is nobody's");
    let mut before = browser.clone();
    assert_eq!(browser.post("/api/session", ask).await.status, 200);
    assert_ne!(before.cookies, browser.cookies);
    assert_eq!((before.who().await.as_str(), browser.who().await.as_str()), ("", "vera"));
}

#[tokio::test]
async fn a_change_needs_the_sessions_own_token_and_a_page_of_ours() {
    let house = House::peopled().await;
    let adam = house.signed_in("adam").await;
    let other = house.signed_in("adam").await.csrf.unwrap();
    let own = adam.csrf.clone().unwrap();
    let cases: &[(&str, &[(&str, &str)], u16)] = &[
        ("as it is", &[], 200),
        ("no token", &[("x-csrf-token", "")], 403),
        ("a wrong token", &[("x-csrf-token", "wrong")], 403),
        ("the token of another session", &[("x-csrf-token", &other)], 403),
        ("another origin", &[("origin", "https://evil.example")], 403),
        ("no origin that is told", &[("origin", "null")], 403),
        ("another port", &[("origin", "http://127.0.0.1:7071")], 403),
        (
            "another scheme and name",
            &[("origin", "https://onefold.evil.example"), ("host", "onefold.evil.example")],
            403,
        ),
        ("another site", &[("sec-fetch-site", "cross-site")], 403),
        ("a neighbouring site", &[("sec-fetch-site", "same-site")], 403),
        ("another name of this machine", &[("origin", "http://localhost:7070"), ("host", "localhost:7070")], 200),
        (
            "a name that only leads here",
            &[("origin", "http://rebound.example:7070"), ("host", "rebound.example:7070")],
            403,
        ),
        ("an old browser", &[("origin", ""), ("sec-fetch-site", "")], 200),
    ];
    for (what, headers, status) in cases {
        let body = json!({ "title": what });
        let answer = adam.clone().send(Method::PATCH, "/api/accounts/vera", Some(body), headers).await;
        assert_eq!(answer.status, *status, "{what}: {}", answer.text);
        assert_eq!(house.entry().outcome, if *status == 200 { "ok 200" } else { "refused 403" }, "{what}");
    }
    // Nobody is signed in or out by a foreign page either.
    house.password("vera", PASSWORD).await;
    let foreign = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    let ask = json!({ "name": "vera", "password": PASSWORD });
    assert_eq!(house.browser().send(Method::POST, "/api/session", Some(ask), &foreign).await.status, 403);
    let mut leaving = adam.clone();
    assert_eq!(leaving.send(Method::DELETE, "/api/session", None, &foreign).await.status, 403);
    assert_eq!(leaving.send(Method::DELETE, "/api/session", None, &[("x-csrf-token", "")]).await.status, 403);
    assert_eq!(leaving.who().await, "adam");
    assert_eq!(leaving.csrf.as_deref(), Some(own.as_str()));
}

#[tokio::test]
async fn who_tries_too_often_waits_also_with_the_right_password() {
    let house = House::peopled().await;
    house.password("vera", PASSWORD).await;
    let ask = |password: &str| json!({ "name": "vera", "password": password });
    for _ in 0..5 {
        assert_eq!(house.browser().post("/api/session", ask("wrong")).await.status, 401);
    }
    house.registry.entries();
    let answer = house.browser().post("/api/session", ask(PASSWORD)).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "1"), "{}", answer.text);
    assert_eq!(answer.json()["type"], "too-many");
    assert_eq!(house.registry.entries(), [], "tries that are not taken do not fill the audit");
    house.wait(1);
    assert_eq!(house.browser().post("/api/session", ask("wrong")).await.status, 401);
    assert_eq!(house.browser().post("/api/session", ask(PASSWORD)).await.header("retry-after"), "2");
    house.wait(2);
    assert_eq!(house.browser().post("/api/session", ask(PASSWORD)).await.status, 200);
    assert_eq!(house.browser().post("/api/session", ask("wrong")).await.status, 401, "the count began anew");
}

#[tokio::test]
async fn a_changed_password_ends_all_other_sessions() {
    let house = House::peopled().await;
    house.password("vera", PASSWORD).await;
    let (mut here, mut there) = (house.signed_in("vera").await, house.signed_in("vera").await);
    let before = here.clone();
    let new = "otter seven river lamp";
    let ask = |old: &str, new: &str| json!({ "old": old, "new": new });
    for (old, password, status) in [("wrong", new, 403), (PASSWORD, "short", 422), (PASSWORD, new, 200)] {
        assert_eq!(here.post("/api/session/password", ask(old, password)).await.status, status, "{old} {password}");
    }
    assert_eq!(
        (here.who().await.as_str(), there.who().await.as_str(), before.clone().who().await.as_str()),
        ("vera", "", "")
    );
    for (password, status) in [(PASSWORD, 401), (new, 200)] {
        let answer = house.browser().post("/api/session", json!({ "name": "vera", "password": password })).await;
        assert_eq!(answer.status, status, "{password}");
    }
}
