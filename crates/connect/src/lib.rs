//! Sources and destinations: what comes in, what goes out.
//!
//! Reads    folders of files (`files`, `fhir`, `dataverse`) and servers (`fhir_url`, `dataverse_url` over `http`)
//! Writes   record batches to whoever asked (`read`), exports to folders and servers (`send`)
//! Flow     SourceRef ─ `describe` ─ columns;  SourceRef + columns ─ `read` ─ stream of RawBatch, then ReadReport
//!          pages of a URL reader ─ bounded channel ─ the same page → rows code that folders use
//!
//! Invariants
//! - Memory does not grow with the input: batches of some 8,000 rows, a bounded channel, pages one at a time.
//! - rows_read = rows_kept + corrupt, and the same input gives the same rows in the same order.
//! - A bad row is data (a row of `Corrupt`); a `ConnectError` is for the outside world.
//!
//! Not here: tables of the lake, transform steps.
//! To add a connector: a kind in `onefold_model::define::SourceKind`, a file here, a line in `read`.

mod cells;
mod dataverse;
mod dataverse_url;
mod error;
mod fhir;
mod fhir_url;
mod files;
pub mod http;
mod json;
mod lines;
pub mod live;
mod offer;
mod raw;
pub mod read;
pub mod send;

pub use error::ConnectError;
pub use fhir::{ViewFault, view_errors};
pub use offer::{Offer, answers, offers};
pub use raw::{RawBatch, arrow_type, corrupt_schema, link_schema, rows_schema};
pub use read::{
    Progress, RawStream, ReadReport, SourceRef, Stamp, delivers_links, describe, missing_input, read, read_at,
    signature,
};
pub use send::{Outgoing, SendJob, SendReport, SentItem, send};
