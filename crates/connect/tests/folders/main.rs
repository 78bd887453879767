//! Folders: what becomes of files, good and bad, through the port alone.

#![allow(missing_docs, unreachable_pub)]

mod data;
mod dirty;
mod made;
mod typed;
