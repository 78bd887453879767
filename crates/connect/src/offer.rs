//! Offer: what a source has, before any table of it is defined; and whether a connection answers.
//!
//! Reads    the names and first records of files; of a server its description of itself, and a page of a few tables
//! Flow     source ─ what lies there, by name ─ its columns and a likely key ─ a starting definition
//!
//! Invariants
//! - Nothing is read whole: what was not counted in time has no count.
//! - No secret stands in an answer; whoever does not answer is asked once.
//!
//! Not here: views of resources (`offer::view`), reading (`read`).
//! To add a connector: an arm in [`offers`].

mod files;
mod server;
mod view;

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use onefold_model::Column;
use onefold_model::define::{Connection, ConnectionKind, Location, Source, SourceKind};
use serde_json::Value;

use crate::http::{Patience, Request, Server};
use crate::{ConnectError, dataverse_url};

/// A table that a source offers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Offer {
    /// The name at the source: a resource type, an entity set, a file or a pattern of files.
    pub name: String,
    /// A local name for it.
    pub suggested: String,
    /// Its key, when known or likely.
    pub key: Option<String>,
    /// Its columns, when known.
    pub columns: Vec<Column>,
    /// Its rows, when counted.
    pub rows: Option<u64>,
    /// A starting definition, as under `tables:`.
    pub definition: Value,
}

/// Who is only being tried is not waited for.
pub(crate) const BRIEFLY: Patience =
    Patience { first: Duration::from_millis(200), unasked: Duration::from_millis(200), asked: Duration::from_secs(2) };

/// What a source offers, and a sentence about it. `root` is the project's folder.
///
/// # Errors
/// A folder that is not there, a server that does not answer or refuses.
pub async fn offers(root: &Path, source: &Source) -> Result<(String, Vec<Offer>), ConnectError> {
    match &source.from {
        Location::Folder(folder) => {
            let (root, source, folder) = (root.to_owned(), source.clone(), folder.value.clone());
            let found = tokio::task::spawn_blocking(move || {
                let path = root.join(&folder);
                match source.kind {
                    SourceKind::Fhir => files::resources(&path),
                    SourceKind::Dataverse => files::entities(&root, &source, &path),
                    SourceKind::Csv | SourceKind::Parquet => files::tables(&root, &source, &path),
                }
                .map(|offers| (files::sentence(source.kind, &folder, offers.len()), offers))
            });
            let stopped = |fault| ConnectError::new("looking at the folder stopped because of a fault").cause(fault);
            found.await.map_err(stopped)?
        }
        Location::Url { url, auth } => {
            let who = format!("source `{}`", source.name.value);
            let server = Server::new(&who, url, auth, root)?.patient(BRIEFLY);
            match source.kind {
                SourceKind::Fhir => server::resources(&server).await,
                _ => server::entities(&server).await,
            }
        }
    }
}

/// Whether a connection answers, as a sentence. A folder is written to: a file of no bytes, which is removed.
///
/// # Errors
/// A folder that cannot be written, a server that does not answer or refuses.
pub async fn answers(root: &Path, connection: &Connection) -> Result<String, ConnectError> {
    match &connection.kind {
        ConnectionKind::Folder { path } => folder_answers(root, path),
        ConnectionKind::Dynamics365Marketing { url, auth } => {
            let who = format!("connection `{}`", connection.name.value);
            let server = Server::new(&who, url, auth, root)?.patient(BRIEFLY);
            let request = dataverse_url::odata(Request::get(server.below("api/data/v9.2/WhoAmI")));
            let answer = server.fetch(&request).await?;
            let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            match said.get("UserId").and_then(Value::as_str) {
                Some(_) => Ok("the environment answers, and the sign-in is known there".to_owned()),
                None => Err(server.not_as_asked(&request, &answer, "who is signed in")),
            }
        }
    }
}

/// Whether a folder can be written; one that is not there yet is made by the first export, in what there is of its way.
fn folder_answers(root: &Path, path: &str) -> Result<String, ConnectError> {
    let folder = root.join(path);
    let there = folder.ancestors().find(|folder| folder.exists()).unwrap_or(root);
    let hint = "let the user that runs Onefold write there, or choose another folder";
    if !there.is_dir() {
        return Err(ConnectError::new(format!("`{path}` is not a folder")).hint("choose a folder"));
    }
    static TRIALS: AtomicU32 = AtomicU32::new(0);
    let number = TRIALS.fetch_add(1, Ordering::Relaxed);
    let trial = there.join(format!(".onefold-{}-{number}", std::process::id()));
    let written = std::fs::File::create_new(&trial).and_then(|_| std::fs::remove_file(&trial));
    written.map_err(|cause| ConnectError::new(format!("`{path}` cannot be written: {cause}")).hint(hint))?;
    Ok(match there == folder {
        true => format!("`{path}` can be written"),
        false => format!("`{path}` is not there yet; the first export makes it"),
    })
}

/// A name that a table can have: letters, digits and `_`, a letter first.
pub(crate) fn table_name(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let plain = plain.trim_matches('_').to_owned();
    match plain.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => plain,
        Some(_) => format!("t_{plain}"),
        None => "table".to_owned(),
    }
}

/// The likely key among columns of a table of that name: `id`, `<name>id`, `<name>_id`, then the first that is named
/// like an id.
pub(crate) fn likely_key(table: &str, columns: &[String]) -> Option<String> {
    let table = table.to_lowercase();
    let one = singular(&table);
    let find = |wanted: &str| columns.iter().find(|column| column.eq_ignore_ascii_case(wanted)).cloned();
    let forms = ["id".to_owned(), format!("{one}id"), format!("{one}_id"), format!("{table}id"), format!("{table}_id")];
    let named = forms.iter().find_map(|form| find(form)).or_else(|| find("key"));
    named.or_else(|| columns.iter().find(|column| crate::dataverse::is_id(column, "")).cloned())
}

/// The singular of an English plural, roughly: `contacts` → `contact`, `opportunities` → `opportunity`.
pub(crate) fn singular(plural: &str) -> String {
    for (end, one) in [("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh")] {
        if let Some(stem) = plural.strip_suffix(end) {
            return format!("{stem}{one}");
        }
    }
    match plural.strip_suffix('s') {
        Some(stem) if !stem.ends_with('s') && !stem.is_empty() => stem.to_owned(),
        _ => plural.to_owned(),
    }
}

#[cfg(test)]
mod tests;
