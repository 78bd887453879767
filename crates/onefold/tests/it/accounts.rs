//! Accounts: made on the command line and by the first link, while the server runs or not; and the audit of what was done.

use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::{Value, json};

use crate::scratch::Scratch;
use crate::serve::Server;

const PASSWORD: &str = "lamp river seven otter";

fn starter() -> Scratch {
    let scratch = Scratch::empty();
    scratch.onefold(&["init"]).done();
    scratch
}

/// The server's file, changed behind its back.
fn tamper(scratch: &Scratch, sql: &str) {
    let file = rusqlite::Connection::open(scratch.path().join(".onefold/server.sqlite")).unwrap();
    file.execute_batch(sql).unwrap();
}

#[test]
fn accounts_are_made_by_links_and_what_was_done_stands_in_a_chain() {
    let scratch = starter();
    for command in [&["account", "list"][..], &["account", "reset", "ann"], &["audit", "list"], &["audit", "verify"]] {
        let said = scratch.onefold(command);
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(said.err.contains("no server has run here\n  hint: "), "{said:?}");
    }
    assert!(!scratch.path().join(".onefold/server.sqlite").exists(), "asking leaves nothing behind");
    for (words, why) in [
        (&["Ann", "--role", "viewer"][..], "there is no owner yet"),
        (&["ann", "--role", "king"], "`king` is no role"),
        (&["a b", "--role", "owner"], "cannot be the name of an account"),
    ] {
        let said = scratch.onefold(&[&["account", "add"], words].concat());
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(said.err.contains(why) && said.err.contains("hint: "), "{said:?}");
    }
    let said = scratch.onefold(&["account", "add", "Ann", "--role", "owner", "--title", "Ann A."]).done();
    assert!(said.out.starts_with("/setup#") && said.out.lines().count() == 1, "{said:?}");
    assert!(said.err.contains("sets the password of `ann`"), "{said:?}");
    let said = scratch.onefold(&["account", "add", "ben", "--role", "viewer", "--json"]).done();
    let made: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(made["account"], "ben");
    assert!(
        scratch
            .onefold(&["account", "add", "ben", "--role", "viewer"])
            .err
            .contains("there is an account `ben` already")
    );
    scratch.onefold(&["account", "reset", "BEN"]).done();
    let list = scratch.onefold(&["account", "list"]).done().out;
    assert_eq!(
        list.lines().map(str::trim_end).collect::<Vec<_>>(),
        [
            "name  person  role    state        last seen",
            "----  ------  ------  -----------  ---------",
            "ann   Ann A.  owner   no password  never",
            "ben   ben     viewer  no password  never",
        ]
    );

    let entries: Value = serde_json::from_str(&scratch.onefold(&["audit", "list", "--json"]).done().out).unwrap();
    let acts: Vec<_> = entries
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (&entry["seq"], &entry["entry"]["act"], &entry["entry"]["object"]))
        .collect();
    assert_eq!(
        json!(acts),
        json!([
            [3, "onefold account reset", "ben"],
            [2, "onefold account add", "ben"],
            [1, "onefold account add", "ann"]
        ])
    );
    assert!(scratch.onefold(&["audit", "list", "--act", "reset"]).done().out.contains("command line"));

    let said = scratch.onefold(&["audit", "verify"]).done();
    let head = said.out.lines().find_map(|line| line.strip_prefix("head ")).unwrap().to_owned();
    assert!(said.out.starts_with("the chain of 3 entries holds\n") && head.starts_with("3:"), "{said:?}");
    scratch.onefold(&["account", "reset", "ben"]).done();
    scratch.onefold(&["audit", "verify", "--expect", &head]).done();
    assert!(scratch.onefold(&["audit", "verify", "--expect", "3"]).err.contains("is no head of an audit"));

    // Cut off together with the note of the end: only the head that was kept tells.
    tamper(
        &scratch,
        "delete from audit where seq > 2; update audit_head set seq = 2, hash = (select hash from audit where seq = 2)",
    );
    scratch.onefold(&["audit", "verify"]).done();
    let said = scratch.onefold(&["audit", "verify", "--expect", &head]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.contains("the chain is broken at entry 3: "), "{said:?}");
    tamper(&scratch, "update audit set body = replace(body, 'ann', 'bob') where seq = 1");
    let said = scratch.onefold(&["audit", "verify", "--json"]);
    let check: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, &check["ok"], &check["broken_at"]), (Some(1), &json!(false), &json!(1)), "{said:?}");
}

#[tokio::test]
async fn the_first_account_is_made_in_the_browser_and_its_audit_outlives_a_crash() {
    let scratch = starter();
    let server = Server::start(&scratch, &["serve"]);
    let base = format!("http://{}", server.address);
    let link = server.greeting.lines().find_map(|line| line.trim().strip_prefix(&format!("{base}/setup#"))).unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = json!({ "token": link, "name": "olga", "title": "Olga O.", "password": PASSWORD });
    let answer = client.post(format!("{base}/api/setup")).json(&ask).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let cookie = answer.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let csrf = answer.json::<Value>().await.unwrap()["csrf"].as_str().unwrap().to_owned();

    // Made on the command line while the server runs, used in the browser at once; the link has the server's address.
    let said = scratch.onefold(&["account", "add", "vera", "--role", "viewer"]).done();
    let token = said.out.trim().strip_prefix(&format!("{base}/setup#")).unwrap().to_owned();
    let ask = json!({ "token": token, "password": PASSWORD });
    assert_eq!(client.post(format!("{base}/api/setup")).json(&ask).send().await.unwrap().status(), 200);

    let all: Vec<_> = (0..20)
        .map(|n| {
            let body = json!({ "title": format!("program {n}"), "role": "viewer", "days": 1 });
            let asked = client.post(format!("{base}/api/tokens")).header(COOKIE, &cookie).header("x-csrf-token", &csrf);
            asked.json(&body).send()
        })
        .collect();
    for answer in futures::future::join_all(all).await {
        assert_eq!(answer.unwrap().status(), 200);
    }
    // Killed without a word, right after the last answer.
    drop(server);
    let said = scratch.onefold(&["audit", "verify"]).done();
    assert!(said.out.starts_with("the chain of 23 entries holds\n"), "{said:?}");
    let list = |words: &[&str]| {
        let said = scratch.onefold(&[&["audit", "list", "--json"], words].concat()).done();
        serde_json::from_str::<Value>(&said.out).unwrap().as_array().unwrap().len()
    };
    assert_eq!(
        (list(&["--actor", "olga"]), list(&["--act", "/api/tokens"]), list(&["--outcome", "refused"])),
        (21, 20, 0)
    );
    let file = std::fs::read(scratch.path().join(".onefold/server.sqlite")).unwrap();
    let log = std::fs::read(scratch.path().join(".onefold/server.sqlite-wal")).unwrap_or_default();
    let kept = [file, log].concat();
    for secret in [PASSWORD, &token, cookie.split_once('=').unwrap().1] {
        assert!(!kept.windows(secret.len()).any(|part| part == secret.as_bytes()), "a secret is kept as it is");
    }
}
