//! Reading FHIR from a server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{Array, AsArray};
use axum::body::Body;
use axum::http::Response;
use onefold_connect::{ConnectError, RawBatch, ReadReport, SourceRef, describe, read};
use onefold_model::Spanned;
use onefold_model::define::{Auth, SourceKind, SourceTable};
use serde_json::{Value, json};

use crate::made::{source, table};
use crate::server::{Asked, Server, bare, json};

pub(crate) fn patients() -> SourceTable {
    let view = json!({
        "resource": "Patient",
        "select": [{"column": [{"name": "id", "path": "getResourceKey()"}, {"name": "gender", "path": "gender"}]}]
    });
    SourceTable { view: Some(Spanned::made(view)), ..table("Patient", "id") }
}

/// The ids read, in order, and the report.
pub(crate) async fn read_ids(source: SourceRef, id: &str) -> Result<(Vec<String>, ReadReport), ConnectError> {
    let columns = describe(&source, true).await?.expect("a server may be asked");
    let mut stream = read(source, columns, |_| {});
    let mut ids = Vec::new();
    while let Some(batch) = stream.next().await {
        if let RawBatch::Rows(batch) = batch {
            let column = batch.column_by_name(id).unwrap().as_string::<i32>();
            ids.extend((0..column.len()).map(|row| column.value(row).to_owned()));
        }
    }
    Ok((ids, stream.finish().await?))
}

pub(crate) fn bundle(ids: &[u32], next: Option<String>) -> Value {
    let entries: Vec<Value> = ids
        .iter()
        .map(|id| json!({"resource": {"resourceType": "Patient", "id": id.to_string(), "gender": "female"}, "search": {"mode": "match"}}))
        .collect();
    let links: Vec<Value> = next.map(|url| json!({"relation": "next", "url": url})).into_iter().collect();
    json!({"resourceType": "Bundle", "type": "searchset", "total": 5, "link": links, "entry": entries})
}

async fn read_from(server: &Server) -> Result<(Vec<String>, ReadReport), ConnectError> {
    let root = tempfile::tempdir().unwrap();
    let source = source(root.path(), SourceKind::Fhir, &format!("{}/r4", server.url), Auth::None, patients());
    read_ids(source, "id").await
}

#[tokio::test]
async fn bundles_are_followed_to_the_last() {
    let server = Server::start(|asked: Asked| async move {
        match asked.query.as_str() {
            "_count=1000" => json(200, &bundle(&[1, 2], Some(format!("{}/r4/Patient?page=2", asked.url)))),
            "page=2" => {
                // Outcomes and included resources are no patients.
                let mut page = bundle(&[3, 4], Some("Patient?page=3".into()));
                let entries = page["entry"].as_array_mut().unwrap();
                entries.push(json!({"resource": {"resourceType": "OperationOutcome", "issue": []}, "search": {"mode": "outcome"}}));
                entries.push(json!({"resource": {"resourceType": "Organization", "id": "o"}, "search": {"mode": "include"}}));
                json(200, &page)
            }
            _ => json(200, &bundle(&[5], None)),
        }
    })
    .await;
    let (ids, report) = read_from(&server).await.unwrap();
    assert_eq!(ids, ["1", "2", "3", "4", "5"]);
    assert_eq!((report.rows_read, report.corrupt, report.files), (5, 0, 3));
    let log = server.log();
    assert!(log.iter().all(|asked| asked.method == "GET" && asked.header("accept") == "application/fhir+json"));
    assert_eq!(log[0].path, "/r4/Patient");
    assert!(log.iter().all(|asked| asked.header("authorization").is_empty()));
}

#[tokio::test]
async fn a_busy_server_is_asked_again() {
    let server = Server::start(|asked: Asked| async move {
        match asked.number {
            1 => bare(429, &[("Retry-After", "1")]),
            2 => bare(
                503,
                &[("Retry-After", "Sun, 22 Nov 2026 05:00:01 GMT"), ("Date", "Sun, 22 Nov 2026 05:00:00 GMT")],
            ),
            3 => bare(502, &[]),
            // A body that is cut off in its middle.
            4 => Response::new(Body::from_stream(futures::stream::iter([
                Ok("{\"resourceType\":".to_owned()),
                Err(std::io::Error::other("the line is cut")),
            ]))),
            _ => json(200, &bundle(&[1], None)),
        }
    })
    .await;
    let began = std::time::Instant::now();
    let (ids, _) = read_from(&server).await.unwrap();
    assert_eq!(ids, ["1"]);
    assert_eq!(server.log().len(), 5);
    assert!(began.elapsed().as_millis() >= 2000, "both `Retry-After` are heeded");
}

#[tokio::test]
async fn what_a_server_says_is_shown() {
    let outcome = json!({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "too-costly", "diagnostics": "narrow the search"}]});
    let cases: Vec<(u16, Value, &str)> = vec![
        (400, outcome.clone(), "/r4/Patient was refused with 400 Bad Request: too-costly: narrow the search"),
        (403, json!({"name": "Doe"}), "was refused with 403 Forbidden"),
        (200, outcome, "did not answer with a Bundle: too-costly: narrow the search"),
        (200, json!([{"name": "Doe"}]), "did not answer with a Bundle"),
    ];
    for (status, body, words) in cases {
        let answer = body.clone();
        let server = Server::start(move |_| {
            let answer = answer.clone();
            async move { json(status, &answer) }
        })
        .await;
        let error = read_from(&server).await.unwrap_err();
        assert!(error.to_string().contains(words) && error.to_string().starts_with("source `Far`: "), "{error}");
        assert!(!error.to_string().contains("Doe"), "no body is shown: {error}");
        assert!(error.hint.is_some());
        assert_eq!(server.log().len(), 1, "a refusal is not asked again");
    }
}

#[tokio::test]
async fn links_that_lead_away_or_in_a_circle_are_refused() {
    let elsewhere = Server::start(|_| async { json(200, &bundle(&[9], None)) }).await;
    let away = elsewhere.url.clone();
    type Answers = Box<dyn Fn(&Asked) -> Response<Body> + Send + Sync>;
    let cases: Vec<(Answers, &str)> = vec![
        (
            Box::new({
                let away = away.clone();
                move |_: &Asked| json(200, &bundle(&[1], Some(format!("{away}/r4/Patient?page=2"))))
            }),
            "leads to another server",
        ),
        (
            Box::new(|asked: &Asked| json(200, &bundle(&[1], Some(format!("{}/r4/Patient?_count=1000", asked.url))))),
            "lead back to a page already read",
        ),
        (
            Box::new(move |_: &Asked| bare(302, &[("Location", &format!("{away}/r4/Patient"))])),
            "redirects to another server",
        ),
        (Box::new(|asked: &Asked| bare(302, &[("Location", &asked.path)])), "redirects to nowhere useful"),
    ];
    for (answer, words) in cases {
        let answer = Arc::new(answer);
        let server = Server::start(move |asked: Asked| {
            let answer = answer.clone();
            async move { answer(&asked) }
        })
        .await;
        let error = read_from(&server).await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
    assert!(elsewhere.log().is_empty(), "nothing was sent elsewhere");
}

#[tokio::test]
async fn a_redirect_on_the_same_server_is_followed() {
    let server = Server::start(|asked: Asked| async move {
        match asked.path.as_str() {
            "/r4/Patient" => bare(307, &[("Location", "/v4/Patient")]),
            _ => json(200, &bundle(&[1], None)),
        }
    })
    .await;
    assert_eq!(read_from(&server).await.unwrap().0, ["1"]);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_to_be_unreachable() {
    let root = tempfile::tempdir().unwrap();
    let far = source(root.path(), SourceKind::Fhir, "http://fhir.example/r4", Auth::None, patients());
    let error = read_ids(far, "id").await.unwrap_err();
    assert!(error.to_string().contains("not encrypted"), "{error}");
}

#[tokio::test]
async fn reading_stops_when_nobody_listens() {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let server = Server::start(move |asked: Asked| {
        let number = counted.fetch_add(1, Ordering::Relaxed);
        let ids: Vec<u32> = (0..9000).collect();
        async move { json(200, &bundle(&ids, Some(format!("{}/r4/Patient?page={number}", asked.url)))) }
    })
    .await;
    let root = tempfile::tempdir().unwrap();
    let source = source(root.path(), SourceKind::Fhir, &format!("{}/r4", server.url), Auth::None, patients());
    let columns = describe(&source, true).await.unwrap().unwrap();
    let stream = read(source, columns, |_| {});
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    drop(stream);
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let asked = count.load(Ordering::Relaxed);
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert!(count.load(Ordering::Relaxed) <= asked + 1, "still asking for pages");
}
