//! Receiver: the forms of `connections/<Name>.yaml` and `exports/<Name>.yaml`.
//!
//! Not here: whether segments and columns are there (`load::reference`, `onefold-stages`).

use super::form::{Fields, List, Record};
use super::source::refresh;
use super::step::{renamed_from, title};
use super::word::{Choice, Text, Url, auth};
use crate::Spanned;
use crate::define::{Connection, ConnectionKind, Export, ExportFormat, MatchKey};

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Folder,
    Dynamics365Marketing,
}

const KINDS: Choice<Kind> = Choice {
    words: &[("folder", Kind::Folder), ("dynamics_365_marketing", Kind::Dynamics365Marketing)],
    later: &["dynamics_365_sales", "azure_blob", "s3", "sftp", "webhook", "mailchimp", "google_ads", "facebook_ads"],
};

/// `connections/<Name>.yaml`
pub(crate) fn connection(f: &mut Fields<'_, '_>, name: &Spanned<String>) -> Option<Connection> {
    let title = title(f);
    renamed_from(f);
    let kind = f.required("kind", "what kind of receiver", KINDS);
    let path = f.optional("path", "the folder, relative to the project (`folder`)", Text);
    let url = f.optional("url", "the address of the environment (`dynamics_365_marketing`)", Url);
    let auth = f.optional("auth", "how to sign in (`dynamics_365_marketing`)", auth());
    let kind = match kind?.value {
        Kind::Folder => {
            for key in ["url", "auth"] {
                f.refuse(key, format!("`{key}` has no meaning for a connection of kind `folder`"), "remove it");
            }
            if !f.has("path") {
                f.lacks("path", "the folder, relative to the project");
            }
            ConnectionKind::Folder { path: path? }
        }
        Kind::Dynamics365Marketing => {
            let why = "`path` has no meaning for a connection of kind `dynamics_365_marketing`".to_owned();
            f.refuse("path", why, "remove it");
            for (key, about) in [("url", "the address of the environment"), ("auth", "how to sign in")] {
                if !f.has(key) {
                    f.lacks(key, about);
                }
            }
            ConnectionKind::Dynamics365Marketing { url: url?, auth: auth? }
        }
    };
    Some(Connection { name: name.clone(), title, kind })
}

const FORMATS: Choice<ExportFormat> = Choice {
    words: &[("csv", ExportFormat::Csv), ("parquet", ExportFormat::Parquet), ("ndjson", ExportFormat::Ndjson)],
    later: &["json", "delta", "excel"],
};

/// `exports/<Name>.yaml`
pub(crate) fn export(f: &mut Fields<'_, '_>, name: &Spanned<String>) -> Option<Export> {
    let title = title(f);
    renamed_from(f);
    let connection = f.required("connection", "the connection to send over", Text);
    let format = f.optional("format", "the form of files (`folder`); default `csv`", FORMATS);
    let segments = f.several("segments", "the segments to send", List(Text));
    let tables = f.several("tables", "the tables to send (`folder`)", List(Text));
    let columns = f.several(
        "columns",
        "the columns to send, of Customer or `<Table>.<column>`; all of Customer when absent",
        List(Text),
    );
    let key = f.optional(
        "match",
        "which column of Customer is which at the receiver; rows without it are left out",
        Record(match_key),
    );
    let schedule = refresh(f, "schedule", "when it is sent; default `with_every_run`");
    if f.reading() && !f.has("segments") && !f.has("tables") {
        f.lacks("segments", "the segments to send (or `tables:`)");
    }
    Some(Export {
        name: name.clone(),
        title,
        connection: connection?,
        format: format.map(|format| format.value).unwrap_or_default(),
        segments,
        tables,
        columns,
        key,
        schedule,
        options: serde_json::Value::Null,
    })
}

fn match_key(f: &mut Fields<'_, '_>) -> Option<MatchKey> {
    let customer = f.required("customer", "the column of Customer", Text);
    let target = f.required("target", "the receiver's name for it", Text);
    Some(MatchKey { customer: customer?, target: target? })
}
