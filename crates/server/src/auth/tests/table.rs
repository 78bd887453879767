//! Table: every endpoint, asked by nobody, by each role in a browser and by a token, against the table of roles.

use std::collections::BTreeSet;

use super::*;
use crate::auth::{Access, RULES, Rule, Trail};

/// Endpoints that stand beside the document.
const UNDOCUMENTED: &[&str] = &["/api/openapi.json"];

#[tokio::test]
async fn the_document_and_the_table_name_the_same_endpoints() {
    let house = House::new();
    let document = serde_json::to_value(&house.document).unwrap();
    let documented: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().keys();
            methods
                .filter(|key| ["get", "post", "put", "patch", "delete"].contains(&key.as_str()))
                .map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let listed: BTreeSet<String> = RULES
        .iter()
        .filter(|rule| !UNDOCUMENTED.contains(&rule.path))
        .map(|rule| format!("{} {}", rule.method, rule.path))
        .collect();
    let missing: Vec<_> = documented.difference(&listed).collect();
    let idle: Vec<_> = listed.difference(&documented).collect();
    assert!(
        missing.is_empty() && idle.is_empty(),
        "without a line in the table: {missing:?}; without an endpoint: {idle:?}"
    );
}

/// The path of a rule, filled in.
fn path(rule: &Rule, kind: &str) -> String {
    let path = rule.path.replace("{project}", "p").replace("{kind}", kind).replace("{table}", "Customer");
    ["{name}", "{id}", "{run}", "{segment}"].iter().fold(path, |path, name| path.replace(name, "x1"))
}

/// Who may, by hand and not by the code under test.
fn may(access: Access, kind: &str, role: Option<Role>) -> bool {
    match access {
        Access::Open => true,
        Access::Any => role.is_some(),
        Access::Role(least) => role >= Some(least),
        Access::ByKind => {
            let least = if matches!(kind, "connection" | "settings") { Role::Administrator } else { Role::Contributor };
            role >= Some(least)
        }
    }
}

#[tokio::test]
async fn every_endpoint_lets_in_whom_the_table_says_and_writes_it_down() {
    let house = House::peopled().await;
    let method = |rule: &Rule| rule.method.parse::<Method>().unwrap();
    let body = |rule: &Rule| (rule.method != "GET").then(|| json!({}));
    let mut asked = 0;
    for rule in RULES {
        let kinds: &[&str] =
            if rule.access == Access::ByKind { &["segment", "source", "connection", "settings"] } else { &["segment"] };
        for kind in kinds {
            let path = path(rule, kind);
            let at = |who: &str| format!("{} {path} by {who}", rule.method);

            let answer = house.browser().send(method(rule), &path, body(rule), &[]).await;
            let open = may(rule.access, kind, None);
            assert_eq!(answer.status != 401, open, "{}: {}", at("nobody"), answer.status);
            assert_eq!(house.registry.entries(), [], "{}", at("nobody"));

            for (name, role) in PEOPLE {
                let may = may(rule.access, kind, Some(*role));
                // In a browser.
                let mut browser = house.signed_in(name).await;
                let answer = browser.send(method(rule), &path, body(rule), &[]).await;
                judge(&house, rule, &at(name), &answer, may, name);
                // In a browser, by a page that does not know the session's token.
                if rule.method != "GET" && rule.access != Access::Open {
                    let mut forging = house.signed_in(name).await;
                    forging.csrf = None;
                    let answer = forging.send(method(rule), &path, body(rule), &[]).await;
                    judge(&house, rule, &at("a forger"), &answer, false, name);
                }
                // By a token.
                let (token, id) = token(&house, name, *role).await;
                let bearer = format!("Bearer {token}");
                let headers =
                    [("authorization", bearer.as_str()), ("origin", ""), ("sec-fetch-site", ""), ("host", "x")];
                let answer = house.browser().send(method(rule), &path, body(rule), &headers).await;
                judge(&house, rule, &at(&format!("a token of {name}")), &answer, may, &format!("token:{id}"));
                asked += 3;
            }
        }
    }
    assert!(asked > 700, "{asked}");
}

fn judge(house: &House, rule: &Rule, at: &str, answer: &Answer, may: bool, actor: &str) {
    let refused = answer.status == 401 || answer.status == 403;
    assert_eq!(refused, !may, "{at}: {} {}", answer.status, answer.text);
    if refused {
        let kind = if rule.path.starts_with("/fhir") { "application/fhir+json" } else { "application/problem+json" };
        assert_eq!(answer.header("content-type"), kind, "{at}");
    }
    let entries = house.registry.entries();
    if rule.trail == Trail::Quiet {
        assert_eq!(entries, [], "{at}");
        return;
    }
    assert_eq!(entries.len(), 1, "{at}: {entries:?}");
    let word = match answer.status {
        ..400 => "ok",
        400..500 => "refused",
        500.. => "failed",
    };
    assert_eq!(entries[0].outcome, format!("{word} {}", answer.status), "{at}");
    assert_eq!(
        (entries[0].actor.as_str(), entries[0].act.as_str()),
        (actor, format!("{} {}", rule.method, rule.path).as_str()),
        "{at}"
    );
}

/// A token of somebody with a role, and its id.
pub(super) async fn token(house: &House, name: &str, role: Role) -> (String, String) {
    let word = crate::auth::secrets::word().unwrap();
    let (token, id) = (format!("ofd_{word}"), crate::auth::secrets::id().unwrap());
    let view = onefold_api::TokenView {
        id: id.clone(),
        title: "a program".to_owned(),
        role,
        account: name.to_owned(),
        created: stamp(house.auth.now()),
        expires: Some(stamp(crate::auth::after(house.auth.now(), 3600))),
        last_used: None,
    };
    house.registry.put_token(&view, &crate::auth::secrets::hash(&token)).await.unwrap();
    (token, id)
}
