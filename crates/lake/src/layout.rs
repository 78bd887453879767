//! Layout: where things lie in the lake's folder, and how a file gets there to stay.
//!
//! ```text
//! <lake>/<Table>/part-<run>-<n>.parquet     rows of a published table
//! <lake>/<Table>/_delta_log/                its Delta log
//! <lake>/_internal/<Table>/part-…           rows of a table that only steps read
//! <lake>/_runs/<run>/manifest.json          what a run published (`manifest.rs`)
//! <lake>/_runs/current                      the published run
//! <lake>/_runs/lock                         the lease of the one writer (`lease.rs`)
//! <lake>/_tmp/                              spilled rows
//! ```
//!
//! Invariants
//! - What `durable` and `put_if_absent` wrote survives a loss of power: file, then folder are synced.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::{LakeError, Result};

/// The paths of a lake.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    /// Makes the folder if need be, and takes its absolute path.
    pub(crate) fn create(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).map_err(LakeError::io("make", folder))?;
        let root = fs::canonicalize(folder).map_err(LakeError::io("open", folder))?;
        let layout = Self { root };
        for folder in [layout.runs(), layout.tmp()] {
            fs::create_dir_all(&folder).map_err(LakeError::io("make", &folder))?;
        }
        Ok(layout)
    }
    /// No lake at all: nothing is read from it or written to it.
    pub(crate) fn nowhere() -> Self {
        Self { root: PathBuf::new() }
    }
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }
    pub(crate) fn runs(&self) -> PathBuf {
        self.root.join("_runs")
    }
    pub(crate) fn run(&self, run: &str) -> PathBuf {
        self.runs().join(run)
    }
    pub(crate) fn manifest(&self, run: &str) -> PathBuf {
        self.run(run).join("manifest.json")
    }
    pub(crate) fn current(&self) -> PathBuf {
        self.runs().join("current")
    }
    pub(crate) fn lock(&self) -> PathBuf {
        self.runs().join("lock")
    }
    pub(crate) fn tmp(&self) -> PathBuf {
        self.root.join("_tmp")
    }
    /// The absolute path of something named relative to the lake.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }
    /// The folder of a table, relative to the lake.
    pub(crate) fn table_folder(name: &str, internal: bool) -> String {
        if internal { format!("_internal/{name}") } else { name.to_owned() }
    }
    /// Every folder that may hold rows, relative to the lake.
    pub(crate) fn table_folders(&self) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for (parent, prefix) in [(self.root.clone(), ""), (self.root.join("_internal"), "_internal/")] {
            for name in folder_names(&parent)? {
                if !name.starts_with('_') {
                    found.push(format!("{prefix}{name}"));
                }
            }
        }
        Ok(found)
    }
    /// The name of the n-th file of a run.
    pub(crate) fn part(run: &str, number: usize) -> String {
        format!("part-{run}-{number:05}.parquet")
    }
    /// The run that wrote a file, if its name is one of ours.
    pub(crate) fn run_of_part(file: &str) -> Option<&str> {
        let (run, number) = file.strip_prefix("part-")?.strip_suffix(".parquet")?.split_once('-')?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        (digits(run) && digits(number)).then_some(run)
    }
    /// The ids of runs that have a folder, oldest first.
    pub(crate) fn run_ids(&self) -> Result<Vec<String>> {
        let mut ids = folder_names(&self.runs())?;
        ids.retain(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()));
        ids.sort();
        Ok(ids)
    }
}

/// The names of the folders in a folder; none if it is not there.
pub(crate) fn folder_names(parent: &Path) -> Result<Vec<String>> {
    names(parent, true)
}

/// The names of the files in a folder; none if it is not there.
pub(crate) fn file_names(parent: &Path) -> Result<Vec<String>> {
    names(parent, false)
}

fn names(parent: &Path, folders: bool) -> Result<Vec<String>> {
    let entries = match fs::read_dir(parent) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(LakeError::io("list", parent)(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(LakeError::io("list", parent))?;
        let is_folder = entry.file_type().map_err(LakeError::io("list", entry.path()))?.is_dir();
        if is_folder == folders
            && let Ok(name) = entry.file_name().into_string()
        {
            found.push(name);
        }
    }
    found.sort();
    Ok(found)
}

/// Writes a file whole or not at all, in the place of one that may be there.
pub(crate) fn durable(path: &Path, bytes: &[u8]) -> Result<()> {
    let temp = beside(path);
    write_synced(&temp, bytes)?;
    fs::rename(&temp, path).map_err(LakeError::io("write", path))?;
    sync_folder_of(path)
}

/// Writes a file whole unless there is one; false when there is.
pub(crate) fn put_if_absent(path: &Path, bytes: &[u8]) -> Result<bool> {
    let temp = beside(path);
    write_synced(&temp, bytes)?;
    let linked = fs::hard_link(&temp, path);
    fs::remove_file(&temp).map_err(LakeError::io("remove", &temp))?;
    match linked {
        Ok(()) => sync_folder_of(path).map(|()| true),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(LakeError::io("write", path)(error)),
    }
}

/// Brings a file's bytes to the disk.
pub(crate) fn sync_file(path: &Path) -> Result<()> {
    File::open(path).and_then(|file| file.sync_all()).map_err(LakeError::io("sync", path))
}

/// Brings a folder's entries to the disk.
pub(crate) fn sync_folder(path: &Path) -> Result<()> {
    if cfg!(windows) {
        return Ok(()); // folders cannot be opened there, and need not be
    }
    sync_file(path)
}

/// Removes a file that may be gone already.
pub(crate) fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(LakeError::io("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Removes a folder with all in it, that may be gone already.
pub(crate) fn remove_folder(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(LakeError::io("remove", path)(error)),
        _ => Ok(()),
    }
}

fn sync_folder_of(path: &Path) -> Result<()> {
    path.parent().map_or(Ok(()), sync_folder)
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = File::create(path).map_err(LakeError::io("write", path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(LakeError::io("write", path))
}

/// A name for the file while it is written; a leading dot keeps Delta readers away from it.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}
