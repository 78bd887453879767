//! Sending segments to Dynamics 365 Marketing.

use std::path::Path;

use onefold_connect::{ConnectError, Outgoing, SendReport, SentItem};
use onefold_model::define::{Auth, Connection, ConnectionKind};

use crate::made::{connection, credentials, export, segment, send_to, text};
use crate::receiver::{CLIENT, Receiver, SCOPE, SECRET};

/// The n-th contact.
fn contact(number: u32) -> String {
    format!("c0ffee00-0000-4000-8000-{number:012x}")
}

fn contacts(numbers: impl IntoIterator<Item = u32>) -> Vec<Option<String>> {
    numbers.into_iter().map(|number| Some(contact(number))).collect()
}

fn out(receiver: &Receiver, root: &Path) -> Connection {
    let auth = credentials(root, &receiver.token_url(), CLIENT, SECRET, SCOPE);
    connection(ConnectionKind::Dynamics365Marketing { url: text(&receiver.url), auth })
}

async fn send_all(receiver: &Receiver, items: Vec<Outgoing<'_>>) -> Result<SendReport, ConnectError> {
    let root = tempfile::tempdir().unwrap();
    let sent = send_to(root.path(), &out(receiver, root.path()), &export(), items).await;
    if let Err(error) = &sent {
        assert_secretless(error);
    }
    sent
}

fn assert_secretless(error: &ConnectError) {
    let shown = format!("{error} {error:?} {:?}", error.hint);
    assert!(!shown.contains(SECRET) && !shown.contains("-of-the-receiver"), "{shown}");
}

fn counts(item: &SentItem) -> [u64; 4] {
    assert!(item.adds_up(), "{item:?}");
    [item.rows_offered, item.rows_sent, item.rows_without_key, item.rows_unknown_to_receiver]
}

#[tokio::test]
async fn a_segment_becomes_a_draft_of_known_contacts() {
    let receiver = Receiver::start((1..=5).map(contact));
    let mut ids = contacts([1, 2, 9]);
    ids.extend([None, Some("  ".into()), Some("not a guid".into()), Some(contact(3).to_uppercase()), Some(contact(3))]);
    let mut item = segment("NoShow50", &ids);
    item.title = Some("No Show over 50 percent".into());
    let report = send_all(&receiver, vec![item]).await.unwrap();

    assert_eq!(report.connection, "Out");
    let item = &report.items[0];
    assert_eq!(counts(item), [8, 4, 2, 2]);
    assert!(item.place.starts_with(&format!("{}/api/data/v9.2/msdyncrm_segments(", receiver.url)), "{}", item.place);
    assert!(item.note.starts_with("created as a draft") && item.note.contains("3 members"), "{}", item.note);

    let kept = receiver.segment("No Show over 50 percent");
    assert_eq!(kept.members, [1, 2, 3].map(contact).into());
    assert_eq!(kept.ignored, 0);
    assert!(!kept.is_live());
    assert_eq!(kept.columns["msdyncrm_segmenttype"], 192_350_001);
    assert_eq!(kept.columns["msdyncrm_externalsource"], 192_350_000);
    assert_eq!(kept.text("msdyncrm_externalsegmenturl"), "https://onefold.example/segments/NoShow50");
    assert_eq!(kept.text("msdyncrm_description"), "Refreshed by Onefold at 2026-11-22T05:00:00Z");
}

#[tokio::test]
async fn sending_again_replaces_the_members_and_makes_no_second_segment() {
    let receiver = Receiver::start((1..=5).map(contact));
    for _ in 0..2 {
        send_all(&receiver, vec![segment("A", &contacts([1, 2, 3])), segment("B", &[])]).await.unwrap();
    }
    assert_eq!(receiver.state().segments.len(), 2);
    assert_eq!(receiver.segment("B").members.len(), 0, "an empty segment is sent too");

    receiver.go_live("A");
    let report = send_all(&receiver, vec![segment("A", &contacts([3, 4]))]).await.unwrap();
    assert_eq!(report.items[0].note, "replaced, live");
    assert_eq!(receiver.segment("A").members, [3, 4].map(contact).into(), "who left is gone");
    assert!(receiver.segment("A").is_live(), "a live segment stays live");

    send_all(&receiver, vec![segment("A", &[])]).await.unwrap();
    assert!(receiver.segment("A").members.is_empty() && receiver.segment("A").is_live());
    assert_eq!(receiver.segment("B").members.len(), 0, "what is not sent stays");
}

#[tokio::test]
async fn a_new_title_renames_and_a_namesake_is_left_alone() {
    let receiver = Receiver::start((1..=5).map(contact));
    send_all(&receiver, vec![segment("A", &contacts([1]))]).await.unwrap();
    let mut renamed = segment("A", &contacts([2]));
    renamed.title = Some("O'Brien's".into());
    send_all(&receiver, vec![renamed]).await.unwrap();
    assert_eq!(receiver.segment("O'Brien's").members, [contact(2)].into());
    assert_eq!(receiver.state().segments.len(), 1);

    // A marketer's own segment is called as the next one will be.
    receiver
        .state()
        .segments
        .values_mut()
        .next()
        .unwrap()
        .columns
        .insert("msdyncrm_externalsegmenturl".into(), "".into());
    let mut third = segment("C", &contacts([3]));
    third.title = Some("O'Brien's".into());
    let report = send_all(&receiver, vec![third]).await.unwrap();
    assert!(report.items[0].note.contains("left alone"), "{}", report.items[0].note);
    assert_eq!(receiver.state().segments.len(), 2);
}

#[tokio::test]
async fn ten_thousand_members_arrive_through_throttling() {
    let receiver = Receiver::start((0..9_500).map(contact));
    receiver.state().throttle_every = Some(25);
    let report = send_all(&receiver, vec![segment("Big", &contacts(0..10_000))]).await.unwrap();
    assert_eq!(counts(&report.items[0]), [10_000, 9_500, 0, 500]);
    assert_eq!(receiver.segment("Big").members.len(), 9_500);
    assert_eq!(receiver.throttled(), 2, "50 requests for contacts, 2 for the segment, 2 asked again");
    let asked: Vec<String> = receiver.state().log.clone();
    assert_eq!(asked.iter().filter(|line| line.starts_with("POST")).count(), 1);
}

#[tokio::test]
async fn many_ids_are_told_by_reading_all_contacts() {
    let receiver = Receiver::start((0..21_000).map(contact));
    receiver.state().page_size = Some(4_000);
    let items = vec![segment("Huge", &contacts(0..22_000)), segment("Small", &contacts([5, 30_000]))];
    let report = send_all(&receiver, items).await.unwrap();
    assert_eq!(counts(&report.items[0]), [22_000, 21_000, 0, 1_000]);
    assert_eq!(counts(&report.items[1]), [2, 1, 0, 1]);
    let log = receiver.state().log.clone();
    assert_eq!(log.iter().filter(|line| line.ends_with("contacts")).count(), 6, "pages are read once for all segments");
}

#[tokio::test]
async fn more_members_than_the_field_holds_are_refused_before_sending() {
    let receiver = Receiver::start((0..24_000).map(contact));
    let error = send_all(&receiver, vec![segment("Huge", &contacts(0..24_000))]).await.unwrap_err();
    assert!(
        error.to_string().contains("24000 members that the receiver knows; its field for them holds 23809"),
        "{error}"
    );
    assert!(receiver.state().segments.is_empty());
    send_all(&receiver, vec![segment("Huge", &contacts(0..23_809))]).await.unwrap();
}

#[tokio::test]
async fn a_broken_off_export_is_mended_by_the_next() {
    let receiver = Receiver::start((1..=5).map(contact));
    let items = || vec![segment("A", &contacts([1, 2])), segment("B", &contacts([2, 3]))];
    for answers in 0..6 {
        receiver.state().breaks_after = Some(answers);
        let error = send_all(&receiver, items()).await.unwrap_err().to_string();
        assert!(error.contains("500 Internal Server Error: 0x80040216: An unexpected error occurred."), "{error}");
        assert!(receiver.state().segments.len() <= 2);
    }
    receiver.state().breaks_after = None;
    send_all(&receiver, items()).await.unwrap();
    assert_eq!(receiver.segment("A").members, [1, 2].map(contact).into());
    assert_eq!(receiver.segment("B").members, [2, 3].map(contact).into());
    assert_eq!(receiver.state().segments.len(), 2);
}

#[tokio::test]
async fn what_arrived_before_a_failure_is_named() {
    let receiver = Receiver::start((1..=5).map(contact));
    receiver.state().breaks_after = Some(3);
    let items = vec![segment("A", &contacts([1])), segment("B", &contacts([2]))];
    let error = send_all(&receiver, items).await.unwrap_err().to_string();
    assert!(error.starts_with("segment `B` was not sent (`A` arrived before it): connection `Out`: GET "), "{error}");
}

#[tokio::test]
async fn a_wrong_secret_a_wrong_scope_and_a_wrong_token_are_told_apart() {
    let receiver = Receiver::start([contact(1)]);
    let root = tempfile::tempdir().unwrap();
    let cases = [
        (
            credentials(root.path(), &receiver.token_url(), CLIENT, "wrong-secret", SCOPE),
            "gave no token: invalid_client: AADSTS7000215",
        ),
        (
            credentials(root.path(), &receiver.token_url(), CLIENT, SECRET, "other"),
            "gave no token: invalid_scope: AADSTS70011",
        ),
        (Auth::Bearer(onefold_model::define::Secret::File("token.txt".into())), "was refused with 401 Unauthorized"),
        (Auth::None, "was refused with 401 Unauthorized"),
    ];
    std::fs::write(root.path().join("token.txt"), "stale-token").unwrap();
    for (auth, words) in cases {
        let secret = if words.contains("AADSTS7000215") { "wrong-secret" } else { SECRET };
        std::fs::write(root.path().join("secret.txt"), secret).unwrap();
        let connection = connection(ConnectionKind::Dynamics365Marketing { url: text(&receiver.url), auth });
        let error = send_to(root.path(), &connection, &export(), vec![segment("A", &contacts([1]))]).await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert!(!format!("{error:?}").contains("stale-token") && !format!("{error:?}").contains("wrong-secret"));
        assert_secretless(&error);
    }
    assert!(receiver.state().segments.is_empty());
}

#[tokio::test]
async fn a_token_that_is_taken_back_is_renewed_once() {
    let receiver = Receiver::start([contact(1)]);
    send_all(&receiver, vec![segment("A", &contacts([1]))]).await.unwrap();
    receiver.state().tokens.clear();
    send_all(&receiver, vec![segment("A", &contacts([1]))]).await.unwrap();
    assert_eq!(receiver.state().tokens.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_right_is_said_before_anything_is_sent() {
    let receiver = Receiver::start([contact(1)]);
    let root = tempfile::tempdir().unwrap();
    let connection = out(&receiver, root.path());
    let mut no_key = export();
    no_key.key = None;
    let mut other_key = export();
    other_key.key.as_mut().unwrap().target = text("emailaddress1");
    let mut other_column = export();
    other_column.key.as_mut().unwrap().customer = text("ContactId");
    let mut a_table = segment("Customer", &[]);
    a_table.segment = false;
    let cases = [
        (no_key, segment("A", &[]), "does not say which column is the contact id"),
        (other_key, segment("A", &[]), "matches on `emailaddress1`"),
        (other_column, segment("A", &[]), "keyed on `ContactId`, a column that the rows of `A` do not have"),
        (export(), a_table, "holds the table `Customer`; marketing takes segments"),
    ];
    for (export, item, words) in cases {
        let error = send_to(root.path(), &connection, &export, vec![item]).await.unwrap_err();
        assert!(error.to_string().contains(words) && error.hint.is_some(), "{error}");
    }
    assert!(receiver.state().log.is_empty(), "nothing was asked");
}

/// The receiver's own refusals, so that the tests above mean something.
#[tokio::test]
async fn the_receiver_refuses_what_the_real_one_refuses() {
    let receiver = Receiver::start([contact(1)]);
    receiver.state().tokens.insert("t".into());
    let client = reqwest_client();
    let url = format!("{}/api/data/v9.2/msdyncrm_segments", receiver.url);
    let post = |body: serde_json::Value, odata: bool| {
        let request = client.post(&url).bearer_auth("t").header("Accept", "application/json").body(body.to_string());
        let request =
            if odata { request.header("OData-Version", "4.0").header("OData-MaxVersion", "4.0") } else { request };
        async move {
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        }
    };
    let cases = [
        (serde_json::json!({"msdyncrm_segmentname": "A", "colour": "red"}), true, "Invalid property 'colour'"),
        (serde_json::json!({"msdyncrm_segmentname": "A", "msdyncrm_externalsource": "Onefold"}), true, "does not fit"),
        (serde_json::json!({"msdyncrm_segmentname": "A", "statuscode": 192_350_001}), true, "cannot be moved to Live"),
        (
            serde_json::json!({"msdyncrm_segmentname": "A", "msdyncrm_segmentmemberids": format!("[\"{}\"]", contact(1))}),
            true,
            "does not begin with 'crm'",
        ),
        (serde_json::json!({"msdyncrm_segmentname": "A"}), false, "OData-Version"),
        (serde_json::json!({"msdyncrm_segmenttype": 192_350_001}), true, "'msdyncrm_segmentname' is required"),
    ];
    for (body, odata, words) in cases {
        let (status, text) = post(body, odata).await;
        assert!(status == 400 && text.contains(words), "{status} {text}");
    }
    assert!(receiver.state().segments.is_empty());
    assert_eq!(post(serde_json::json!({"msdyncrm_segmentname": "A"}), true).await.0, 204);
}

fn reqwest_client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}
