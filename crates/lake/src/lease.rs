//! Lease: one writer a lake, and a place of its own for what each process spills.
//!
//! Writes   `_runs/lock`, `_tmp/<process>-<n>/lock`, both locked through the operating system
//!
//! Invariants
//! - A lock goes with its process: the lease of a dead writer is free at once, and no clock is asked.
//! - What stands in the file only tells people who holds it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::layout::{self, Layout};
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

/// A folder for spilled rows that no other process uses, removed when dropped.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: PathBuf,
    _lock: File,
}

impl Scratch {
    /// Makes a new folder.
    pub(crate) fn create(layout: &Layout) -> Result<Self> {
        let mut number = 0;
        loop {
            let folder = layout.tmp().join(format!("{}-{number}", std::process::id()));
            match std::fs::create_dir(&folder) {
                Ok(()) => {
                    let path = folder.join("lock");
                    let lock = File::create_new(&path).map_err(LakeError::io("write", &path))?;
                    lock.lock().map_err(LakeError::io("lock", &path))?;
                    return Ok(Self { folder, _lock: lock });
                }
                // Left by a dead process, or of one with the same number on another machine.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(LakeError::io("make", folder)(error)),
            }
        }
    }
    /// Its path.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays is removed when the lake is opened next.
        _ = layout::remove_folder(&self.folder);
    }
}

/// Removes what dead processes have spilled.
pub(crate) fn remove_dead_scratch(layout: &Layout) -> Result<()> {
    for name in layout::folder_names(&layout.tmp())? {
        let folder = layout.tmp().join(name);
        // A folder without a lock is being made at this moment, or was when its process died: the next time tells.
        if let Ok(lock) = File::open(folder.join("lock"))
            && lock.try_lock().is_ok()
        {
            layout::remove_folder(&folder)?;
        }
    }
    Ok(())
}
