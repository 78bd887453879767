//! Made: definitions and rows for the tests, as the loader and the lake would hand them over.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use futures::StreamExt as _;
use onefold_connect::http::Patience;
use onefold_connect::{ConnectError, Outgoing, SendJob, SendReport, SourceRef, send};
use onefold_model::Spanned;
use onefold_model::define::{
    Auth, Connection, ConnectionKind, Export, ExportFormat, Location, MatchKey, RefreshWhen, Secret, Source,
    SourceKind, SourceTable,
};

/// A patience that lets a test end soon.
pub(crate) const SHORT: Patience =
    Patience { first: Duration::from_millis(10), unasked: Duration::from_millis(160), asked: Duration::from_secs(60) };

/// Text without a place.
pub(crate) fn text(text: &str) -> Spanned<String> {
    Spanned::made(text.to_owned())
}

/// Client credentials whose secret lies in a file of `root`.
pub(crate) fn credentials(root: &Path, token_url: &str, client: &str, secret: &str, scope: &str) -> Auth {
    std::fs::write(root.join("secret.txt"), secret).unwrap();
    Auth::ClientCredentials {
        token_url: text(token_url),
        client_id: client.into(),
        client_secret: Secret::File("secret.txt".into()),
        scope: scope.into(),
    }
}

/// A connection called `Out`.
pub(crate) fn connection(kind: ConnectionKind) -> Connection {
    Connection { name: text("Out"), title: None, kind }
}

/// An export called `Segments`, keyed on `contactid`.
pub(crate) fn export() -> Export {
    Export {
        name: text("Segments"),
        title: None,
        connection: text("Out"),
        format: ExportFormat::Csv,
        segments: Vec::new(),
        tables: Vec::new(),
        columns: Vec::new(),
        key: Some(MatchKey { customer: text("contactid"), target: text("contactid") }),
        schedule: RefreshWhen::WithEveryRun,
        options: serde_json::Value::Null,
    }
}

/// A segment whose rows have a `CustomerId` and these contact ids, in batches of 1,000.
pub(crate) fn segment(name: &str, ids: &[Option<String>]) -> Outgoing<'static> {
    let fields = ["CustomerId", "contactid"].map(|name| Field::new(name, DataType::Utf8, true));
    let schema = Arc::new(Schema::new(fields.to_vec()));
    let batches: Vec<Result<RecordBatch, ConnectError>> = ids
        .chunks(1000)
        .map(|ids| {
            let customers: StringArray = (0..ids.len()).map(|row| Some(format!("{row:032x}"))).collect();
            let contacts: StringArray = ids.iter().map(Option::as_deref).collect();
            Ok(RecordBatch::try_new(schema.clone(), vec![Arc::new(customers), Arc::new(contacts)]).unwrap())
        })
        .collect();
    Outgoing { name: name.into(), title: None, segment: true, schema, rows: futures::stream::iter(batches).boxed() }
}

/// Sends, at a fixed instant.
pub(crate) async fn send_to(
    root: &Path,
    connection: &Connection,
    export: &Export,
    items: Vec<Outgoing<'_>>,
) -> Result<SendReport, ConnectError> {
    let job = SendJob {
        root,
        connection,
        export,
        public_url: Some("https://onefold.example/"),
        run: "run-1",
        at: "2026-11-22T05:00:00.25Z".parse().unwrap(),
        patience: SHORT,
        progress: &|_| {},
    };
    send(job, items).await
}

/// A table of a source that is a server. `view` for FHIR, `entity` for Dataverse.
pub(crate) fn source(root: &Path, kind: SourceKind, url: &str, auth: Auth, table: SourceTable) -> SourceRef {
    let source = Source {
        name: text("Far"),
        title: None,
        kind,
        from: Location::Url { url: text(url), auth },
        refresh: RefreshWhen::WithEveryRun,
        tables: vec![table.clone()],
    };
    SourceRef { root: root.to_owned(), source: Arc::new(source), table, last: None, only: None }
}

/// A table without anything but a name and a key.
pub(crate) fn table(name: &str, key: &str) -> SourceTable {
    SourceTable {
        name: text(name),
        key: text(key),
        entity: None,
        file: None,
        columns: Vec::new(),
        view: None,
        view_from_file: false,
        steps: Vec::new(),
    }
}
