//! HTTP: one way to ask a server, for everything that reads from or sends to one.
//!
//! Flow     definition ─ [`Server::new`] (address checked, secrets resolved) ─ [`Server::ask`] (sign-in, retries) ─ [`Answer`]
//!
//! Invariants
//! - `https` only, unless the server is on this machine.
//! - A token goes to the origin it is meant for and nowhere else: redirects and next links to another origin are refused.
//! - A request is repeated only when that cannot do a thing twice.
//! - No secret, token, query string or body stands in an error or a log line.
//!
//! Not here: what the answers mean (`fhir_url`, `dataverse_url`, `send`).

mod auth;
mod client;
mod links;
mod patience;
mod secrets;
mod words;

pub use client::{Answer, Request, Server};
pub use links::Links;
pub use patience::Patience;
