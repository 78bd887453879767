//! Reading Dataverse from an environment.

use onefold_model::Spanned;
use onefold_model::define::{Auth, Secret, SourceKind, SourceTable, TransformStep};
use serde_json::{Value, json};

use crate::fhir::read_ids;
use crate::made::{source, table, text};
use crate::server::{Asked, Server, json};

fn contacts(steps: Vec<TransformStep>) -> SourceTable {
    SourceTable {
        entity: Some(text("contacts")),
        steps: steps.into_iter().map(Spanned::made).collect(),
        ..table("contact", "contactid")
    }
}

fn page(ids: std::ops::Range<u32>, next: Option<String>) -> Value {
    let rows: Vec<Value> = ids
        .map(|id| json!({"@odata.etag": "W/\"1\"", "contactid": format!("c0ffee00-0000-4000-8000-{id:012x}"), "firstname": "Ada"}))
        .collect();
    let mut page = json!({"@odata.context": "x", "value": rows});
    if let Some(next) = next {
        page["@odata.nextLink"] = next.into();
    }
    page
}

#[tokio::test]
async fn pages_are_followed_and_columns_chosen() {
    let server = Server::start(|asked: Asked| async move {
        if asked.query.contains("skiptoken") {
            return json(200, &page(3..5, None));
        }
        json(200, &page(0..3, Some(format!("{}{}?$skiptoken=1", asked.url, asked.path))))
    })
    .await;
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("token.txt"), "hunter2").unwrap();
    let auth = Auth::Bearer(Secret::File("token.txt".into()));
    let chosen = TransformStep::ChooseColumns(vec![text("contactid"), text("firstname")]);
    let far = source(root.path(), SourceKind::Dataverse, &server.url, auth, contacts(vec![chosen]));
    let (ids, report) = read_ids(far, "contactid").await.unwrap();
    assert_eq!(ids.len(), 5);
    assert_eq!((report.rows_kept, report.files), (5, 2));
    let log = server.log();
    assert_eq!(
        (log[0].path.as_str(), log[0].query.as_str()),
        ("/api/data/v9.2/contacts", "$select=contactid,firstname")
    );
    for asked in &log {
        let headers = ["odata-version", "odata-maxversion", "prefer", "authorization"].map(|name| asked.header(name));
        assert_eq!(headers, ["4.0", "4.0", "odata.maxpagesize=5000", "Bearer hunter2"]);
    }
}

#[tokio::test]
async fn without_a_first_choice_all_columns_are_asked_for() {
    let server = Server::start(|_| async { json(200, &page(0..1, None)) }).await;
    let root = tempfile::tempdir().unwrap();
    let steps =
        vec![TransformStep::Lowercase(vec![text("contactid")]), TransformStep::ChooseColumns(vec![text("contactid")])];
    let far = source(root.path(), SourceKind::Dataverse, &server.url, Auth::None, contacts(steps));
    assert_eq!(read_ids(far, "contactid").await.unwrap().0.len(), 1);
    assert!(server.log().iter().all(|asked| asked.query.is_empty()));
}

#[tokio::test]
async fn an_environments_words_are_shown_and_its_secrets_are_not() {
    let server = Server::start(|asked: Asked| async move {
        let words = format!("Could not find a property named 'colour' (you sent {})", asked.header("authorization"));
        json(400, &json!({"error": {"code": "0x80060888", "message": words}}))
    })
    .await;
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("token.txt"), "hunter2").unwrap();
    let auth = Auth::Bearer(Secret::File("token.txt".into()));
    let far = source(root.path(), SourceKind::Dataverse, &server.url, auth, contacts(Vec::new()));
    let error = read_ids(far, "contactid").await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(
        shown.contains(
            "refused with 400 Bad Request: 0x80060888: Could not find a property named 'colour' (you sent Bearer ***)"
        ),
        "{shown}"
    );
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[tokio::test]
async fn basic_sign_in_and_missing_secrets() {
    let server = Server::start(|_| async { json(200, &page(0..1, None)) }).await;
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("password.txt"), "hunter2\n").unwrap();
    let basic = |file: &str| Auth::Basic { user: "ada".into(), password: Secret::File(file.into()) };
    let far = |auth| source(root.path(), SourceKind::Dataverse, &server.url, auth, contacts(Vec::new()));
    read_ids(far(basic("password.txt")), "contactid").await.unwrap();
    assert_eq!(server.log()[0].header("authorization"), "Basic YWRhOmh1bnRlcjI=");

    let error = read_ids(far(basic("none.txt")), "contactid").await.unwrap_err();
    assert!(error.to_string().contains("source `Far` cannot read its secret from the file `none.txt`"), "{error}");
    let error = read_ids(far(Auth::Bearer(Secret::Env("ONEFOLD_TEST_UNSET".into()))), "contactid").await.unwrap_err();
    assert!(
        error.to_string().contains("needs the environment variable `ONEFOLD_TEST_UNSET`, which is not set"),
        "{error}"
    );
    assert_eq!(error.hint.as_deref(), Some("set `ONEFOLD_TEST_UNSET` before the run"));
}

#[tokio::test]
async fn a_page_of_another_form_is_an_error() {
    let server =
        Server::start(|_| async { json(200, &json!({"contactid": "c0ffee00-0000-4000-8000-000000000001"})) }).await;
    let root = tempfile::tempdir().unwrap();
    let far = source(root.path(), SourceKind::Dataverse, &server.url, Auth::None, contacts(Vec::new()));
    let error = read_ids(far, "contactid").await.unwrap_err();
    assert!(error.to_string().contains("did not answer with a page of the Web API"), "{error}");
}
