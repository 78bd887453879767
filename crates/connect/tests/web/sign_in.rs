//! Signing in at a real OpenID provider (`tests/servers/oidc.mjs`, npm package `oidc-provider`), by client credentials.
//!
//! The server that is read asks the provider about every token it is shown (introspection), and lets in only those
//! that are alive.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use onefold_model::define::{Auth, SourceKind};
use serde_json::Value;

use crate::fhir::{bundle, patients, read_ids};
use crate::made::{credentials, source};
use crate::server::{Asked, Server, bare, json};

const SCOPE: &str = "https://onefold.example/.default";
const SECRET: &str = "correct-horse-battery";

/// A running provider; ends when dropped.
struct Provider {
    url: String,
    process: Child,
}

impl Provider {
    /// Starts one whose tokens live so many seconds; `None` (said aloud) where it cannot be installed.
    #[expect(clippy::print_stdout, reason = "a test that is passed over says so")]
    fn start(life: u32) -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/servers");
        if let Err(why) = install(&folder) {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "no OpenID provider: {why}");
            println!("skipped: no OpenID provider: {why}");
            return None;
        }
        let mut process = Command::new("node")
            .arg("oidc.mjs")
            .arg(life.to_string())
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("npm ran, so node does");
        let mut lines = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        let url = lines.next().expect("the provider says its address").unwrap();
        assert_eq!(lines.next().expect("and that it is ready").unwrap(), "ready");
        Some(Self { url, process })
    }

    /// Whether a token is alive, and for how long of seconds still.
    async fn alive(url: &str, token: &str) -> bool {
        let form = [("client_id", "guard"), ("client_secret", "guards-look-at-tokens"), ("token", token)];
        let answer = client().post(format!("{url}/token/introspection")).form(&form).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["active"] == true
    }

    /// Takes a token back.
    async fn revoke(url: &str, token: &str) {
        let form = [("client_id", "guard"), ("client_secret", "guards-look-at-tokens"), ("token", token)];
        let answer = client().post(format!("{url}/token/revocation")).form(&form).send().await.unwrap();
        assert!(answer.status().is_success());
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        // Its standard input ends, and with it the provider.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// `npm ci`, once; tests of one process wait for each other.
fn install(folder: &PathBuf) -> Result<(), String> {
    static ONCE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one_at_a_time = ONCE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if folder.join("node_modules/oidc-provider/package.json").exists() {
        return Ok(());
    }
    let npm = Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(folder).output();
    let npm = npm.map_err(|error| format!("npm does not run: {error}"))?;
    if npm.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&npm.stderr).into_owned()) }
}

/// Three pages of patients, for tokens that are alive; a page takes `slow`.
async fn guarded(provider: &Provider, slow: Duration) -> Server {
    let provider = provider.url.clone();
    Server::start(move |asked: Asked| {
        let provider = provider.clone();
        async move {
            let token = asked.header("authorization").strip_prefix("Bearer ").unwrap_or_default().to_owned();
            if !Provider::alive(&provider, &token).await {
                return bare(401, &[("WWW-Authenticate", "Bearer error=\"invalid_token\"")]);
            }
            tokio::time::sleep(slow).await;
            let next = |page: u32| Some(format!("{}/Patient?page={page}", asked.url));
            match asked.query.as_str() {
                "_count=1000" => json(200, &bundle(&[1], next(2))),
                "page=2" => json(200, &bundle(&[2], next(3))),
                _ => json(200, &bundle(&[3], None)),
            }
        }
    })
    .await
}

fn tokens(server: &Server) -> Vec<String> {
    server.log().iter().map(|asked| asked.header("authorization").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_renewed_in_the_middle_of_a_read() {
    let Some(provider) = Provider::start(2) else { return };
    let server = guarded(&provider, Duration::from_millis(1100)).await;
    let root = tempfile::tempdir().unwrap();
    let auth = credentials(root.path(), &format!("{}/token", provider.url), "onefold", SECRET, SCOPE);
    let far = source(root.path(), SourceKind::Fhir, &server.url, auth, patients());
    assert_eq!(read_ids(far, "id").await.unwrap().0, ["1", "2", "3"]);
    let mut tokens = tokens(&server);
    assert_eq!(tokens.len(), 3, "none was refused: they are renewed in time");
    tokens.dedup();
    assert_eq!(tokens.len(), 3, "every page came later than half a token's life");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_shared_and_one_taken_back_is_renewed() {
    let Some(provider) = Provider::start(3600) else { return };
    let server = guarded(&provider, Duration::ZERO).await;
    let root = tempfile::tempdir().unwrap();
    let auth = credentials(root.path(), &format!("{}/token", provider.url), "onefold", SECRET, SCOPE);
    let far = source(root.path(), SourceKind::Fhir, &server.url, auth, patients());
    for _ in 0..2 {
        assert_eq!(read_ids(far.clone(), "id").await.unwrap().0, ["1", "2", "3"]);
    }
    let mut before = tokens(&server);
    assert_eq!(before.len(), 6);
    before.dedup();
    assert_eq!(before.len(), 1, "one token for both reads");

    Provider::revoke(&provider.url, before[0].strip_prefix("Bearer ").unwrap()).await;
    assert_eq!(read_ids(far, "id").await.unwrap().0, ["1", "2", "3"]);
    let after = tokens(&server).split_off(6);
    assert_eq!(after.len(), 4, "one 401, then three pages");
    assert!(after[0] == before[0] && after[1..].iter().all(|token| *token == after[1]) && after[1] != after[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_providers_words_are_shown_and_the_secret_is_not() {
    let Some(provider) = Provider::start(3600) else { return };
    let server = guarded(&provider, Duration::ZERO).await;
    let root = tempfile::tempdir().unwrap();
    let cases = [
        ("onefold", "wrong-horse-battery", SCOPE, "gave no token: invalid_client: client authentication failed"),
        ("nobody", SECRET, SCOPE, "gave no token: invalid_client: client authentication failed"),
        (
            "onefold",
            SECRET,
            "https://onefold.example/forbidden",
            "gave no token: invalid_scope: requested scope is not allowed",
        ),
    ];
    for (client, secret, scope, words) in cases {
        let auth = credentials(root.path(), &format!("{}/token", provider.url), client, secret, scope);
        assert!(matches!(auth, Auth::ClientCredentials { .. }));
        let far = source(root.path(), SourceKind::Fhir, &server.url, auth, patients());
        let error = read_ids(far, "id").await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(words), "{shown}");
        assert!(!shown.contains(secret), "{shown}");
        assert!(error.hint.as_deref().is_some_and(|hint| hint.contains("client_secret")));
    }
    assert!(server.log().is_empty(), "nothing is asked without a token");
}
