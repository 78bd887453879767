//! Connections and exports: where to send, and what.

use serde_json::Value;

use super::RefreshWhen;
use crate::Spanned;

/// `connections/<Name>.yaml`: an address with what it takes to get in.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The file's name.
    pub name: Spanned<String>,
    /// The name shown to people.
    pub title: Option<String>,
    /// What kind of receiver, with its address.
    pub kind: ConnectionKind,
}

/// The closed list of destinations.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields bear the names of the keys that the variant's words explain")]
pub enum ConnectionKind {
    /// A folder, relative to the project.
    Folder { path: Spanned<String> },
    /// Outbound marketing of Dynamics 365: static segments over the Web API.
    Dynamics365Marketing { url: Spanned<String>, auth: Auth },
}

/// How to sign in.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields bear the names of the keys that the variant's words explain")]
pub enum Auth {
    /// Not at all.
    #[default]
    None,
    /// A fixed token.
    Bearer(Secret),
    /// User and password.
    Basic { user: String, password: Secret },
    /// OAuth 2 client credentials, as Entra ID asks for them.
    ClientCredentials { token_url: Spanned<String>, client_id: String, client_secret: Secret, scope: String },
}

/// A secret: always a reference, never text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// `{env: NAME}`
    Env(String),
    /// `{file: path}`, relative to the project; white space at its ends is dropped.
    File(String),
}

/// `exports/<Name>.yaml`: what is sent where.
#[derive(Clone, Debug)]
pub struct Export {
    /// The file's name.
    pub name: Spanned<String>,
    /// The name shown to people.
    pub title: Option<String>,
    /// The connection.
    pub connection: Spanned<String>,
    /// The form of files; `folder` only, CSV when absent.
    pub format: ExportFormat,
    /// Segments to send.
    pub segments: Vec<Spanned<String>>,
    /// Tables to send; `folder` only.
    pub tables: Vec<Spanned<String>>,
    /// Columns to send: of Customer, or `<Table>.<column>` of what leads to Customer. All of Customer when empty.
    pub columns: Vec<Spanned<String>>,
    /// The key; rows without it are left out and counted.
    pub key: Option<MatchKey>,
    /// Whether it goes out with every run.
    pub schedule: RefreshWhen,
    /// Settings of one kind of destination alone.
    pub options: Value,
}

/// Which column of Customer is which at the receiver.
#[derive(Clone, Debug)]
pub struct MatchKey {
    /// The column of Customer.
    pub customer: Spanned<String>,
    /// The receiver's name for it.
    pub target: Spanned<String>,
}

/// The form of exported files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ExportFormat {
    /// Comma-separated, UTF-8, RFC 4180, one header line.
    #[default]
    Csv,
    /// Parquet with Snappy.
    Parquet,
    /// One JSON object a line.
    Ndjson,
}
