//! Lease: one writer a lake, held by a lock of the operating system on `_runs/lock`.
//!
//! Invariants
//! - The lock goes with its process: the lease of a dead writer is free at once, and no clock is asked.
//! - What stands in the file only tells people who holds it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};

use crate::layout::Layout;
use crate::{LakeError, Result};

/// The right to write, until dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    _file: File,
}

impl Lease {
    /// Takes the lease, or tells who has it.
    pub(crate) fn take(layout: &Layout) -> Result<Self> {
        let path = layout.lock();
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(LakeError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                // The text is only for people: what cannot be read is not missed.
                _ = file.read_to_string(&mut owner);
                let owner =
                    if owner.trim().is_empty() { "another process".to_owned() } else { owner.trim().to_owned() };
                return Err(LakeError::Busy { folder: layout.root().to_owned(), owner });
            }
            Err(TryLockError::Error(error)) => return Err(LakeError::io("lock", &path)(error)),
        }
        let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
        let owner = match host.trim() {
            "" => format!("process {}", std::process::id()),
            host => format!("process {} on `{host}`", std::process::id()),
        };
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(owner.as_bytes()))
            .map_err(LakeError::io("write", &path))?;
        Ok(Self { _file: file })
    }
}
