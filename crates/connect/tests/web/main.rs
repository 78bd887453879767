//! Tests of everything that goes over HTTP, and of sending: against servers on this machine.

mod dataverse;
mod fhir;
mod folder;
mod made;
mod marketing;
#[path = "../receiver/mod.rs"]
mod receiver;
mod server;
mod sign_in;
