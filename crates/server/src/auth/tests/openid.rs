//! Openid: signing in at a real OpenID provider (`tests/servers/people.mjs`, npm package `oidc-provider`), by its own pages.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use axum::http;
use url::Url;

use super::*;
use crate::auth::HttpCall;

/// A running provider and another that signs with the same keys; they end when dropped.
struct Provider {
    issuer: String,
    other: String,
    process: Child,
    /// What it says goes on being read by somebody; else it ends.
    _said: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Provider {
    /// Starts them; `None` (said aloud) where they cannot be installed.
    fn start() -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/servers");
        if let Err(why) = install(&folder) {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "no OpenID provider: {why}");
            println!("skipped: no OpenID provider: {why}");
            return None;
        }
        let mut process = Command::new("node")
            .args(["people.mjs", &format!("{BASE}/api/openid/callback")])
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(if std::env::var_os("LOUD").is_some() { Stdio::inherit() } else { Stdio::null() })
            .spawn()
            .expect("npm ran, so node does");
        let mut lines = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        let mut line = || lines.next().expect("the provider says where it is").unwrap();
        let (issuer, other, ready) = (line(), line(), line());
        assert_eq!(ready, "ready");
        Some(Self { issuer, other, process, _said: lines })
    }

    /// Puts somebody into groups.
    async fn groups(&mut self, name: &str, groups: &[&str]) {
        let line = json!({ name: groups }).to_string();
        writeln!(self.process.stdin.as_mut().unwrap(), "{line}").unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }

    /// What an administrator would write about it.
    fn settings(&self) -> OpenId {
        OpenId {
            title: "Clinic".to_owned(),
            issuer: self.issuer.clone(),
            client_id: "onefold-web".to_owned(),
            client_secret: Some("staple-battery-horse".to_owned()),
            scopes: vec!["profile".to_owned(), "groups".to_owned()],
            role_claim: Some("groups".to_owned()),
            roles: vec![("clinic-staff".to_owned(), Role::Viewer), ("clinic-admins".to_owned(), Role::Administrator)],
            default_role: None,
            http: Arc::new(|request| Box::pin(fetch(request))),
        }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        // Its standard input ends, and with it the provider.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// `npm ci`, once; tests of one process wait for each other.
fn install(folder: &PathBuf) -> Result<(), String> {
    static ONCE: Mutex<()> = Mutex::new(());
    let _one_at_a_time = ONCE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if folder.join("node_modules/oidc-provider/package.json").exists() {
        return Ok(());
    }
    let npm = Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(folder).output();
    let npm = npm.map_err(|error| format!("npm does not run: {error}"))?;
    if npm.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&npm.stderr).into_owned()) }
}

async fn fetch(request: http::Request<Vec<u8>>) -> std::io::Result<http::Response<Vec<u8>>> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let (head, body) = request.into_parts();
    let asked = client.request(head.method, head.uri.to_string()).headers(head.headers).body(body);
    let answer = asked.send().await.map_err(std::io::Error::other)?;
    let mut response = http::Response::builder().status(answer.status());
    *response.headers_mut().unwrap() = answer.headers().clone();
    let body = answer.bytes().await.map_err(std::io::Error::other)?.to_vec();
    Ok(response.body(body).unwrap())
}

/// What a person's browser does at the provider: signs in and agrees, until it is sent back. Gives where to.
async fn at_provider(start: &str, who: &str) -> Url {
    let mut url = Url::parse(start).unwrap();
    let mut cookies: Vec<(String, String)> = Vec::new();
    let mut form: Option<String> = None;
    for _ in 0..12 {
        if url.as_str().starts_with(BASE) {
            return url;
        }
        let jar: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let builder = http::Request::builder().uri(url.as_str()).header("cookie", jar.join("; "));
        let request = match form.take() {
            Some(form) => builder
                .method("POST")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form.into_bytes()),
            None => builder.body(Vec::new()),
        };
        let answer = fetch(request.unwrap()).await.unwrap();
        for cookie in answer.headers().get_all("set-cookie") {
            let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            cookies.retain(|(other, _)| other != name);
            cookies.push((name.to_owned(), value.to_owned()));
        }
        if let Some(location) = answer.headers().get("location") {
            url = url.join(location.to_str().unwrap()).unwrap();
            continue;
        }
        let page = String::from_utf8(answer.into_body()).unwrap();
        form = Some(if page.contains("value=\"login\"") {
            format!("prompt=login&login={who}&password=anything")
        } else {
            assert!(page.contains("value=\"consent\""), "{page}");
            "prompt=consent".to_owned()
        });
    }
    panic!("the provider sends around in circles: {url}");
}

/// From the button to where the provider sends the browser back to, as a path.
async fn away_and_back(browser: &mut Browser, who: &str) -> String {
    let answer = browser.get("/api/openid/start?to=%2Fp%2Fp%2Fhome").await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let back = at_provider(answer.header("location"), who).await;
    back[url::Position::BeforePath..].to_owned()
}

/// As a browser follows a redirect from another site.
async fn follow(browser: &mut Browser, path: &str) -> Answer {
    browser.send(Method::GET, path, None, &[("sec-fetch-site", "cross-site")]).await
}

async fn house(openid: OpenId) -> House {
    let house = House::with(Some(openid));
    house.person("olga", Role::Owner).await;
    house
}

#[tokio::test]
async fn somebody_comes_in_by_the_providers_word() {
    let Some(mut provider) = Provider::start() else { return };
    let house = house(provider.settings()).await;
    // Somebody else has the name already: names match nobody.
    house.person("ann", Role::Owner).await;
    let mut browser = house.browser();
    assert_eq!(browser.get("/api/session").await.json()["openid"], json!({ "title": "Clinic" }));
    let start = browser.get("/api/openid/start").await;
    let url = Url::parse(start.header("location")).unwrap();
    let asked: std::collections::HashMap<_, _> = url.query_pairs().into_owned().collect();
    assert_eq!(asked["code_challenge_method"], "S256");
    assert_eq!(asked["response_type"], "code");
    assert!(asked["state"].len() >= 16 && asked["nonce"].len() >= 16 && asked["scope"].contains("openid"));
    assert!(!start.header("location").contains("staple-battery-horse"));

    let back = away_and_back(&mut browser, "ann").await;
    let answer = follow(&mut browser, &back).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/p/p/home"));
    let view = browser.get("/api/session").await.json();
    assert_eq!(view["user"], json!({ "name": "ann-2", "title": "Ann Person", "role": "viewer" }));
    let entry = house.entry();
    assert_eq!(
        (entry.actor.as_str(), entry.outcome.as_str(), entry.object.as_str()),
        ("ann-2", "ok 303", "/api/openid/callback")
    );
    let account = house.registry.account("ann-2").await.unwrap().unwrap();
    assert_eq!(
        (account.subject.as_deref(), account.view.local),
        (Some(format!("{} ann", provider.issuer).as_str()), false)
    );

    // Again: the same account; what they may do follows the claim.
    for (groups, role) in [(&["clinic-admins"][..], "administrator"), (&["clinic-staff"], "viewer")] {
        provider.groups("ann", groups).await;
        let mut browser = house.browser();
        let back = away_and_back(&mut browser, "ann").await;
        let _ = follow(&mut browser, &back).await;
        let view = browser.get("/api/session").await.json();
        assert_eq!((&view["user"]["name"], &view["user"]["role"]), (&json!("ann-2"), &json!(role)));
    }
    house.registry.entries();
    // Nothing gives a role any more; or the account is disabled.
    provider.groups("ann", &["bowling"]).await;
    refused(&house, "ann", "openid-no-role", Some("ann-2")).await;
    provider.groups("ann", &["clinic-staff"]).await;
    let disable = onefold_api::AccountChange { disabled: Some(true), ..Default::default() };
    house.registry.change_account("ann-2", &disable).await.unwrap();
    refused(&house, "ann", "openid-disabled", Some("ann-2")).await;
    refused(&house, "nora", "openid-no-role", Some("-")).await;
    assert_eq!(house.registry.accounts().await.unwrap().len(), 3, "nobody else has an account");
}

/// Somebody signs in at the provider and is not let in.
async fn refused(house: &House, who: &str, problem: &str, actor: Option<&str>) {
    let mut browser = house.browser();
    let back = away_and_back(&mut browser, who).await;
    turned_away(house, &mut browser, &back, problem, actor).await;
}

async fn turned_away(house: &House, browser: &mut Browser, back: &str, problem: &str, actor: Option<&str>) {
    let answer = follow(browser, back).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, format!("/signin?problem={problem}").as_str()),
        "{back}"
    );
    assert_eq!(browser.who().await, "", "{problem}");
    let entries: Vec<_> = house.registry.entries().into_iter().map(|entry| (entry.actor, entry.outcome)).collect();
    let expected: Vec<_> = actor.map(|actor| (actor.to_owned(), "refused 401".to_owned())).into_iter().collect();
    assert_eq!(entries, expected, "{problem}");
}

#[tokio::test]
async fn a_default_gives_a_role_and_no_owner_means_nobody_comes_in() {
    let Some(provider) = Provider::start() else { return };
    let settings = OpenId { default_role: Some(Role::Contributor), ..provider.settings() };
    let empty = House::with(Some(settings.clone()));
    refused(&empty, "nora", "openid-no-owner", Some("-")).await;
    assert!(empty.auth.begin().await.unwrap().is_some(), "the first account is still to be made");
    let house = house(settings).await;
    let mut browser = house.browser();
    let back = away_and_back(&mut browser, "nora").await;
    let _ = follow(&mut browser, &back).await;
    assert_eq!(browser.get("/api/session").await.json()["user"]["role"], "contributor");
    // A default does not take back what was given here.
    let raise = onefold_api::AccountChange { role: Some(Role::Administrator), ..Default::default() };
    house.registry.change_account("nora", &raise).await.unwrap();
    let mut browser = house.browser();
    let back = away_and_back(&mut browser, "nora").await;
    let _ = follow(&mut browser, &back).await;
    assert_eq!(browser.get("/api/session").await.json()["user"]["role"], "administrator");
}

#[tokio::test]
async fn what_was_used_begun_elsewhere_or_made_up_is_refused() {
    let Some(provider) = Provider::start() else { return };
    let house = house(provider.settings()).await;
    let expired = "openid-expired";

    // Used before.
    let mut browser = house.browser();
    let back = away_and_back(&mut browser, "ann").await;
    let mut copy = browser.clone();
    assert_eq!(follow(&mut browser, &back).await.header("location"), "/p/p/home");
    house.registry.entries();
    turned_away(&house, &mut copy, &back, expired, None).await;

    // In another browser: somebody is to be signed in as another.
    let mut attacker = house.browser();
    let back = away_and_back(&mut attacker, "adam").await;
    let mut victim = house.browser();
    let _ = victim.get("/api/openid/start").await;
    turned_away(&house, &mut victim, &back, expired, None).await;
    turned_away(&house, &mut attacker, &back, expired, None).await;

    // Too late.
    let mut late = house.browser();
    let back = away_and_back(&mut late, "ann").await;
    house.wait(600);
    turned_away(&house, &mut late, &back, expired, None).await;

    // A state that is made up, none, or no code.
    for query in ["?code=x&state=made-up", "?code=x", "", "?error=access_denied"] {
        let mut browser = house.browser();
        let _ = away_and_back(&mut browser, "ann").await;
        turned_away(&house, &mut browser, &format!("/api/openid/callback{query}"), expired, None).await;
    }
    house.wait(3600);

    // The provider says no.
    let mut browser = house.browser();
    let state = state_of(&mut browser).await;
    turned_away(
        &house,
        &mut browser,
        &format!("/api/openid/callback?error=access_denied&state={state}"),
        "openid-refused",
        None,
    )
    .await;

    // The code of one sign-in under the state of another: its proof key does not fit.
    let mut first = house.browser();
    let back = away_and_back(&mut first, "adam").await;
    let code = query_of(&back, "code");
    let mut second = house.browser();
    let state = state_of(&mut second).await;
    let mixed = format!("/api/openid/callback?code={code}&state={state}");
    turned_away(&house, &mut second, &mixed, "openid-refused", Some("-")).await;

    // Another issuer says it is.
    let mut browser = house.browser();
    let back = away_and_back(&mut browser, "ann").await;
    assert_eq!(query_of(&back, "iss"), provider.issuer, "the provider says who it is");
    let mut url = Url::parse(BASE).unwrap().join("/api/openid/callback").unwrap();
    let (code, state) = (query_of(&back, "code"), query_of(&back, "state"));
    url.query_pairs_mut().extend_pairs([("code", code.as_str()), ("state", &state), ("iss", &provider.other)]);
    turned_away(&house, &mut browser, &url[url::Position::BeforePath..], "openid-refused", None).await;
}

#[tokio::test]
async fn an_id_token_that_does_not_hold_is_refused() {
    let Some(provider) = Provider::start() else { return };
    // The nonce of another sign-in.
    let house = house(provider.settings()).await;
    let mut browser = house.browser();
    let back = away_and_back(&mut browser, "ann").await;
    let kept = crate::auth::secrets::hash(&format!("openid {}", query_of(&back, "state")));
    let value = house.registry.take_once(&kept, false).await.unwrap().unwrap();
    let mut under_way: Value = serde_json::from_str(&value).unwrap();
    under_way["nonce"] = json!("another");
    let expires = stamp(crate::auth::after(house.auth.now(), 60));
    house.registry.put_once(&kept, &under_way.to_string(), &expires).await.unwrap();
    turned_away(&house, &mut browser, &back, "openid-refused", Some("-")).await;

    // Tokens that are changed on their way.
    type Change = fn(&str) -> String;
    let part = |token: &str, n: usize| token.split('.').nth(n).unwrap().to_owned();
    let cases: [(&str, Change); 4] = [
        ("another's subject", |token| rewrite(token, |claims| claims["sub"] = json!("adam"))),
        ("a longer life", |token| rewrite(token, |claims| claims["exp"] = json!(4_000_000_000_u64))),
        ("no signature", |token| {
            let head = encode(&json!({ "alg": "none" }));
            format!("{head}.{}.", token.split('.').nth(1).unwrap())
        }),
        ("signed with the client's secret", |token| {
            let head = encode(&json!({ "alg": "HS256" }));
            format!("{head}.{}.{}", token.split('.').nth(1).unwrap(), "A".repeat(43))
        }),
    ];
    for (what, change) in cases {
        let house = self::house(OpenId { http: changed(change), ..provider.settings() }).await;
        let mut browser = house.browser();
        let back = away_and_back(&mut browser, "ann").await;
        let answer = follow(&mut browser, &back).await;
        assert_eq!(answer.header("location"), "/signin?problem=openid-refused", "{what}");
        assert_eq!(browser.who().await, "", "{what}");
    }
    let house = self::house(OpenId { http: changed(str::to_owned), ..provider.settings() }).await;
    let mut browser = house.browser();
    let back = away_and_back(&mut browser, "ann").await;
    assert_eq!(follow(&mut browser, &back).await.header("location"), "/p/p/home", "what is not changed holds");
    assert_eq!(part("a.b.c", 1), "b");
}

#[tokio::test]
async fn another_issuers_word_counts_for_nothing() {
    let Some(provider) = Provider::start() else { return };
    // All is asked of the other provider, which has the same keys and clients; only its name differs.
    let (here, there) = (provider.issuer.clone(), provider.other.clone());
    let elsewhere: HttpCall = Arc::new(move |request| {
        let (here, there) = (here.clone(), there.clone());
        Box::pin(async move {
            let (mut head, body) = request.into_parts();
            let token = head.uri.path() == "/token";
            if token {
                head.uri = head.uri.to_string().replace(&here, &there).parse().unwrap();
            }
            fetch(http::Request::from_parts(head, body)).await
        })
    });
    let house = house(OpenId { http: elsewhere, ..provider.settings() }).await;
    let mut browser = house.browser();
    let answer = browser.get("/api/openid/start").await;
    let start = answer.header("location").replace(&provider.issuer, &provider.other);
    let back = at_provider(&start, "adam").await;
    let (code, state) = (query_of(back.as_str(), "code"), query_of(back.as_str(), "state"));
    let back = format!("/api/openid/callback?code={code}&state={state}");
    turned_away(&house, &mut browser, &back, "openid-refused", Some("-")).await;

    // A provider that says it is another, that is not there, or that is far and not encrypted.
    let port = provider.issuer.rsplit(':').next().unwrap().to_owned();
    for issuer in
        [format!("http://localhost:{port}"), "http://127.0.0.1:9".to_owned(), "http://id.example.org".to_owned()]
    {
        let house = self::house(OpenId { issuer: issuer.clone(), ..provider.settings() }).await;
        let answer = house.browser().get("/api/openid/start").await;
        assert_eq!(answer.header("location"), "/signin?problem=openid-unreachable", "{issuer}");
    }
}

async fn state_of(browser: &mut Browser) -> String {
    query_of(browser.get("/api/openid/start").await.header("location"), "state")
}

fn query_of(address: &str, name: &str) -> String {
    let url = Url::parse(BASE).unwrap().join(address).unwrap();
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// The provider's answers with its ID tokens changed.
fn changed(change: fn(&str) -> String) -> HttpCall {
    Arc::new(move |request| {
        Box::pin(async move {
            let token = request.uri().path() == "/token";
            let (head, body) = fetch(request).await?.into_parts();
            if !token {
                return Ok(http::Response::from_parts(head, body));
            }
            let mut answer: Value = serde_json::from_slice(&body).unwrap();
            answer["id_token"] = json!(change(answer["id_token"].as_str().unwrap()));
            Ok(http::Response::from_parts(head, answer.to_string().into_bytes()))
        })
    })
}

fn encode(value: &Value) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string())
}

fn rewrite(token: &str, change: fn(&mut Value)) -> String {
    use base64::Engine as _;
    let parts: Vec<&str> = token.split('.').collect();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
    let mut claims = serde_json::from_slice(&claims).unwrap();
    change(&mut claims);
    format!("{}.{}.{}", parts[0], encode(&claims), parts[2])
}
